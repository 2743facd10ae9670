/* str: making, comparing, hashing and joining text.
 *
 *   exact str:     | Str | characters ... NUL |                data points behind the struct
 *   s += x:        | Str | --data--> | StrBuffer | characters ... free tail |
 *   subclass:      | Str | instance part |, data points into the exact str or StrBuffer it was made
 * from The owner of data is found from its address: both owners keep their characters at a fixed
 * offset. A str is immutable once published; hash, interned and utf8 are filled in later, each
 * atomically.
 */
#include "core/object/str.h"

#include <endian.h>

#include "core/base/hash.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"
#include "core/object/list.h"
#include "core/object/tuple.h"

#define STR_GROWTH_MIN 64 /* characters; shorter results are simply copied */

typedef struct CharStr {
    Str s;
    char c[8];
    Object utf8_head; /* a RawBuffer with the UTF-8 form */
    size_t utf8_cap;
    char utf8[8];
} CharStr;
static_assert(offsetof(CharStr, utf8) - offsetof(CharStr, utf8_head) == offsetof(RawBuffer, data),
              "RawBuffer");

static CharStr latin1_strs[256];

#define CHAR1(i)                                                                                   \
    {.s = {.head = OBJECT_STATIC_HEAD(&str_type), .len = 1, .kind = 1, .ascii = (i) < 128,         \
           .str_flags = STR_TERMINATED,                                                            \
           .data = (i) < 128 ? (void *)&latin1_strs[i].s.utf8 : latin1_strs[i].c,                  \
           .utf8 = (i) < 128 ? (char *)(uintptr_t)(i) : latin1_strs[i].utf8},                      \
     .c = {(char)(i), 0},                                                                          \
     .utf8_head = OBJECT_STATIC_HEAD(&raw_buffer_type),                                            \
     .utf8_cap = 3,                                                                                \
     .utf8 = {(char)(0xc0 | (i) >> 6), (char)(0x80 | ((i) & 63)), 0}}
#define CHAR4(i) CHAR1(i), CHAR1((i) + 1), CHAR1((i) + 2), CHAR1((i) + 3)
#define CHAR16(i) CHAR4(i), CHAR4((i) + 4), CHAR4((i) + 8), CHAR4((i) + 12)
#define CHAR64(i) CHAR16(i), CHAR16((i) + 16), CHAR16((i) + 32), CHAR16((i) + 48)

static CharStr latin1_strs[256] = {CHAR64(0), CHAR64(64), CHAR64(128), CHAR64(192)};
static Str empty_str = {.head = OBJECT_STATIC_HEAD(&str_type),
                        .kind = 1,
                        .ascii = 1,
                        .str_flags = STR_TERMINATED,
                        .data = &empty_str.utf8};
#define EMPTY_STR object_value(&empty_str)

void str_trace(Object *self, Tracer *tr)
{
    Str *s = (Str *)self;
    if (s->str_flags & STR_SHARED_BUFFER) {
        trace_object(tr, (char *)s->data - offsetof(StrBuffer, data));
    } else if (s->str_flags & STR_SHARED_STR) {
        trace_object(tr, (char *)s->data - str_head_size(s->ascii));
    }
    if (s->data != (void *)&s->utf8) {
        char *utf8 = atomic_load_explicit(&s->utf8, memory_order_acquire);
        trace_object(tr, utf8 ? utf8 - offsetof(RawBuffer, data) : NULL);
    }
}

Type str_buffer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "str_buffer",
                        .size = sizeof(StrBuffer),
                        .item_size = 1,
                        .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE};

/* ---- runs of characters ---- */

bool ascii_only(const void *ptr, size_t n)
{
    const uint8_t *p = ptr;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        uint64_t w[4];
        memcpy(w, p + i, 32);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) {
            return false;
        }
    }
    uint64_t all = 0, w = 0;
    for (; i + 8 <= n; i += 8) {
        memcpy(&w, p + i, 8);
        all |= w;
    }
    if (i < n && n >= 8) { /* the last eight again */
        memcpy(&w, p + n - 8, 8);
        all |= w;
    } else if (n - i >= 4) {
        uint32_t first, last;
        memcpy(&first, p, 4);
        memcpy(&last, p + n - 4, 4);
        all |= first | last;
    } else {
        for (; i < n; i++) {
            all |= p[i];
        }
    }
    return (all & 0x8080808080808080u) == 0;
}

uint32_t chars_max(int kind, const void *p, size_t n)
{
    if (kind == 1) {
        return ascii_only(p, n) ? 127 : 255;
    }
    /* eight bytes at a time; all holds the bits of characters, beyond `wide` decides */
    const uint64_t wide = kind == 2 ? 0xff00ff00ff00ff00u : 0xffff0000ffff0000u;
    size_t bytes = n * (size_t)kind, i = 0;
    uint64_t words = 0, w;
    for (; bytes - i >= 8; i += 8) {
        memcpy(&w, (const char *)p + i, 8);
        words |= w;
        if (words & wide) {
            return kind == 2 ? 0xffff : 0x10ffff;
        }
    }
    words |= words >> 32;
    uint32_t all = (uint32_t)(kind == 2 ? (words | words >> 16) & 0xffff : words);
    for (i /= (size_t)kind; i < n; i++) {
        all |= chars_get(kind, p, i);
    }
    if (kind == 2 ? all >= 256 : all >= 0x10000) {
        return kind == 2 ? 0xffff : 0x10ffff;
    }
    return all < 128 ? 127 : all < 256 ? 255 : 0xffff;
}

/* Eight characters at a time, by way of the width M: gcc makes vector instructions of a step to
 * half or twice the width only. */
#define COPY_LOOP(D, M, S)                                       \
    do {                                                         \
        typedef D To __attribute__((vector_size(8 * sizeof(D)))); \
        typedef M Via __attribute__((vector_size(8 * sizeof(M)))); \
        typedef S From __attribute__((vector_size(8 * sizeof(S)))); \
        D *d_ = (D *)dst + at;                                   \
        const S *s_ = (const S *)src + from;                     \
        size_t i = 0;                                            \
        for (; n - i >= 8; i += 8) {                             \
            From eight;                                          \
            memcpy(&eight, s_ + i, sizeof eight);                \
            Via half = __builtin_convertvector(eight, Via);      \
            To out = __builtin_convertvector(half, To);          \
            memcpy(d_ + i, &out, sizeof out);                    \
        }                                                        \
        for (; i < n; i++) {                                     \
            d_[i] = (D)s_[i];                                    \
        }                                                        \
    } while (0)

void chars_copy(int dst_kind, void *dst, size_t at, int src_kind, const void *src, size_t from,
                size_t n)
{
    if (dst_kind == src_kind) {
        memcpy((char *)dst + at * (size_t)dst_kind, (const char *)src + from * (size_t)src_kind,
               n * (size_t)dst_kind);
        return;
    }
    switch (dst_kind << 4 | src_kind) {
    case 0x21: COPY_LOOP(uint16_t, uint16_t, uint8_t); break;
    case 0x41: COPY_LOOP(uint32_t, uint16_t, uint8_t); break;
    case 0x42: COPY_LOOP(uint32_t, uint32_t, uint16_t); break;
    case 0x12: COPY_LOOP(uint8_t, uint8_t, uint16_t); break;
    case 0x14: COPY_LOOP(uint8_t, uint16_t, uint32_t); break;
    case 0x24: COPY_LOOP(uint16_t, uint16_t, uint32_t); break;
    default: assert(!"kind"); break;
    }
}

bool chars_equal(int akind, const void *a, size_t at, int bkind, const void *b, size_t n)
{
    if (akind == bkind) {
        return memcmp((const char *)a + at * (size_t)akind, b, n * (size_t)akind) == 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (chars_get(akind, a, at + i) != chars_get(bkind, b, i)) {
            return false;
        }
    }
    return true;
}

/* ---- making ---- */

Value str_new(Thread *t, size_t len, uint32_t max_char)
{
    if (len == 0) {
        return EMPTY_STR;
    }
    size_t kind = (size_t)kind_for(max_char), head = str_head_size(max_char < 128);
    if (len > ((size_t)PTRDIFF_MAX - sizeof(Str)) / kind - 1) {
        return raise_memory(t);
    }
    size_t size = head + (len + 1) * kind;
    Str *s = size <= GC_STEP_MAX ? object_alloc_fast(t, &str_type, size)
                                 : object_alloc_raw(t, &str_type, size);
    if (!s) {
        return 0;
    }
    if (size > GC_STEP_MAX) {
        memset((char *)s + sizeof(Object), 0, head - sizeof(Object));
        memset((char *)s + size - kind, 0, kind);
    }
    s->len = len;
    s->kind = (uint8_t)kind;
    s->ascii = max_char < 128;
    s->str_flags = STR_TERMINATED;
    s->data = (char *)s + head;
    return object_value(s);
}

static NOINLINE Value str_from_char_slow(Thread *t, uint32_t c)
{
    Value v = str_new(t, 1, c);
    if (v) {
        chars_put(value_str(v)->kind, value_str(v)->data, 0, c);
    }
    return v;
}

Value str_from_char(Thread *t, uint32_t c)
{
    return LIKELY(c < 256) ? object_value(&latin1_strs[c]) : str_from_char_slow(t, c);
}

Value str_from_ascii(Thread *t, const char *p, size_t n)
{
    if (n <= 1) {
        return n ? object_value(&latin1_strs[(uint8_t)*p]) : EMPTY_STR;
    }
    assert(ascii_only(p, n));
    Value v = str_new(t, n, 127);
    if (v) {
        copy_piece(value_str(v)->data, p, n);
    }
    return v;
}

Value str_from_kind(Thread *t, int kind, const void *p, size_t n)
{
    if (n <= 1) {
        return n ? str_from_char(t, chars_get(kind, p, 0)) : EMPTY_STR;
    }
    uint32_t max_char = chars_max(kind, p, n);
    Value v = str_new(t, n, max_char);
    if (v) {
        chars_copy(value_str(v)->kind, value_str(v)->data, 0, kind, p, 0, n);
    }
    return v;
}

Value str_from_latin1(Thread *t, const uint8_t *p, size_t n) { return str_from_kind(t, 1, p, n); }
Value str_from_ucs4(Thread *t, const uint32_t *p, size_t n) { return str_from_kind(t, 4, p, n); }

Value str_from_utf8(Thread *t, const char *p, size_t n)
{
    return utf8_to_str(t, p, n, NULL, NULL);
}

Value str_from_cstr(Thread *t, const char *utf8) { return str_from_utf8(t, utf8, strlen(utf8)); }
Value str_or_none(Thread *t, const char *utf8) { return utf8 ? str_from_cstr(t, utf8) : NONE; }

Value str_from_fs(Thread *t, const char *p, size_t n)
{
    const char *codec = runtime.config.fs_codec;
    return UNLIKELY(codec != NULL) ? str_decode(t, p, n, codec, "surrogateescape")
                                   : utf8_to_str(t, p, n, "surrogateescape", NULL);
}

Value str_to_fs(Thread *t, Value s)
{
    const char *codec = runtime.config.fs_codec;
    return str_encode(t, s, codec ? codec : "utf-8", "surrogateescape");
}

Value str_share(Thread *t, Type *type, Value v)
{
    Str *from = value_str(v);
    Str *s =
        type == &str_type ? object_alloc(t, type, sizeof(Str)) : object_alloc_instance(t, type, 0);
    if (!s) {
        return 0;
    }
    s->len = from->len;
    s->kind = from->kind;
    s->ascii = from->ascii;
    s->str_flags = from->str_flags & (STR_TERMINATED | STR_SHARED_BUFFER | STR_SHARED_STR);
    if (!(s->str_flags & (STR_SHARED_BUFFER | STR_SHARED_STR))) {
        assert(from->data == (char *)from + str_head_size(from->ascii));
        s->str_flags |= STR_SHARED_STR;
    }
    s->data = from->data;
    atomic_store_explicit(&s->hash, atomic_load_explicit(&from->hash, memory_order_relaxed),
                          memory_order_relaxed);
    return object_value(s);
}

Value str_exact(Thread *t, Value v)
{
    if (value_is_str_exact(v)) {
        return v;
    }
    Str *s = value_str(v);
    if (s->len <= 1) {
        return s->len ? str_from_char(t, str_get(s, 0)) : EMPTY_STR;
    }
    return str_share(t, &str_type, v);
}

Value str_substring(Thread *t, Value v, size_t lo, size_t hi)
{
    Str *s = value_str(v);
    assert(lo <= hi && hi <= s->len);
    if (hi - lo == s->len) {
        return str_exact(t, v);
    }
    if (s->ascii) {
        return str_from_ascii(t, (char *)s->data + lo, hi - lo);
    }
    return str_from_kind(t, s->kind, str_at(s, lo), hi - lo);
}

/* ---- comparing and hashing ---- */

bool str_eq(Value a, Value b)
{
    if (a == b) {
        return true;
    }
    Str *x = value_str(a), *y = value_str(b);
    return x->len == y->len && x->kind == y->kind &&
           same_piece(x->data, y->data, x->len * x->kind);
}

bool str_eq_cstr(Value a, const char *ascii)
{
    Str *s = value_str(a);
    return s->ascii && strlen(ascii) == s->len && memcmp(s->data, ascii, s->len) == 0;
}

int str_cmp(Value a, Value b)
{
    Str *x = value_str(a), *y = value_str(b);
    size_t n = x->len < y->len ? x->len : y->len;
    if (x->kind == 1 && y->kind == 1) {
        if (n >= 8) { /* mostly the first eight decide */
            uint64_t c, d;
            memcpy(&c, x->data, 8);
            memcpy(&d, y->data, 8);
            if (c != d) {
                return be64toh(c) < be64toh(d) ? -1 : 1;
            }
        }
        const uint8_t *p = x->data, *q = y->data;
        for (size_t i = 0; n < 8 && i < n; i++) { /* less than a call takes */
            if (p[i] != q[i]) {
                return p[i] < q[i] ? -1 : 1;
            }
        }
        int order = n < 8 ? 0 : memcmp(p, q, n);
        if (order) {
            return order;
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t c = str_get(x, i), d = str_get(y, i);
            if (c != d) {
                return c < d ? -1 : 1;
            }
        }
    }
    return x->len < y->len ? -1 : x->len > y->len;
}

int64_t str_hash_text(const void *p, size_t n)
{
    int64_t h = n ? (int64_t)siphash13(p, n, runtime.hash_key) : 0;
    return n == 0 ? 0 : h == -1 ? -2 : h == 0 ? 1 : h;
}

int64_t str_hash(Value v)
{
    Str *s = value_str(v);
    int64_t h = atomic_load_explicit(&s->hash, memory_order_relaxed);
    if (LIKELY(h)) {
        return h;
    }
    h = str_hash_text(s->data, s->len * s->kind);
    atomic_store_explicit(&s->hash, h, memory_order_relaxed);
    return h;
}

/* ---- joining ---- */

static Value str_over_buffer(Thread *t, StrBuffer *b, size_t len, uint32_t max_char)
{
    Str *s = object_alloc_fast(t, &str_type, sizeof(Str));
    if (!s) {
        return 0;
    }
    s->len = len;
    s->kind = (uint8_t)kind_for(max_char);
    s->ascii = max_char < 128;
    s->str_flags = STR_SHARED_BUFFER;
    s->data = b->data;
    return object_value(s);
}

/* Appends y behind x in x's own buffer when x is its newest prefix and there is room. 0 without
 * exception: no. */
static Value append_in_place(Thread *t, Str *x, Str *y)
{
    StrBuffer *b = (StrBuffer *)((char *)x->data - offsetof(StrBuffer, data));
    size_t len = x->len;
    if (y->kind > x->kind || b->cap - len < y->len || (x->ascii && !y->ascii)) {
        return 0;
    }
    /* The winner owns the tail [len, len + y->len); its str is published by the caller's store. */
    if (!world_cas(&b->used, &len, len + y->len)) {
        return 0;
    }
    chars_copy(x->kind, b->data, x->len, y->kind, y->data, 0, y->len);
    return str_over_buffer(t, b, x->len + y->len, str_max_char(x));
}

static Value append_to_new_buffer(Thread *t, Str *x, Str *y, size_t len, uint32_t max_char)
{
    size_t kind = (size_t)kind_for(max_char);
    size_t cap = len + len / 2 + 16;
    StrBuffer *b = object_alloc_raw(t, &str_buffer_type, sizeof(StrBuffer) + cap * kind);
    if (!b) {
        return 0;
    }
    b->cap = cap;
    atomic_store_explicit(&b->used, len, memory_order_relaxed);
    chars_copy((int)kind, b->data, 0, x->kind, x->data, 0, x->len);
    chars_copy((int)kind, b->data, x->len, y->kind, y->data, 0, y->len);
    return str_over_buffer(t, b, len, max_char);
}

Value str_concat(Thread *t, Value a, Value b)
{
    Str *x = value_str(a), *y = value_str(b);
    if (y->len == 0) {
        return str_exact(t, a);
    }
    if (x->len == 0) {
        return str_exact(t, b);
    }
    size_t len = x->len + y->len;
    if (x->str_flags & STR_SHARED_BUFFER) {
        Value v = append_in_place(t, x, y);
        if (v || error_pending(t)) {
            return v;
        }
    }
    if (len > (size_t)PTRDIFF_MAX / 8) {
        return overflow_error(t, "strings are too large to concat");
    }
    uint32_t mx = str_max_char(x), my = str_max_char(y);
    uint32_t max_char = mx > my ? mx : my;
    if (len >= STR_GROWTH_MIN && x->len >= y->len &&
        (x->str_flags & (STR_JOINED | STR_SHARED_BUFFER))) {
        return append_to_new_buffer(t, x, y, len, max_char);
    }
    Value v = str_new(t, len, max_char);
    if (v) {
        Str *s = value_str(v);
        chars_copy(s->kind, s->data, 0, x->kind, x->data, 0, x->len);
        chars_copy(s->kind, s->data, x->len, y->kind, y->data, 0, y->len);
        s->str_flags |= STR_JOINED;
    }
    return v;
}

/* Parts and separator are all of kind 1. */
static void join_narrow(char *to, const Str *sep, const Value *parts, size_t n)
{
    size_t gap = sep ? sep->len : 0;
    for (size_t i = 0; i < n; i++) {
        if (i && gap) {
            copy_piece(to, sep->data, gap);
            to += gap;
        }
        const Str *s = value_str(parts[i]);
        copy_piece(to, s->data, s->len);
        to += s->len;
    }
}

static Value join_parts(Thread *t, Str *sep, const Value *parts, size_t n)
{
    size_t len = 0;
    uint32_t max_char = n > 1 && sep ? str_max_char(sep) : 0;
    for (size_t i = 0; i < n; i++) {
        Str *s = value_str(parts[i]);
        size_t more = s->len + (sep && i ? sep->len : 0);
        if (more > (size_t)PTRDIFF_MAX / 8 - len) {
            return overflow_error(t, "join() result is too long for a Python string");
        }
        len += more;
        uint32_t mx = str_max_char(s);
        max_char = mx > max_char ? mx : max_char;
    }
    Value v = str_new(t, len, max_char);
    if (!v || !len) {
        return v;
    }
    Str *out = value_str(v);
    if (out->kind == 1) {
        join_narrow(out->data, sep, parts, n);
        return v;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (sep && i) {
            chars_copy(out->kind, out->data, at, sep->kind, sep->data, 0, sep->len);
            at += sep->len;
        }
        Str *s = value_str(parts[i]);
        chars_copy(out->kind, out->data, at, s->kind, s->data, 0, s->len);
        at += s->len;
    }
    assert(at == len);
    return v;
}

Value str_concat_n(Thread *t, const Value *parts, size_t n)
{
    if (n == 1) {
        return str_exact(t, parts[0]);
    }
    return join_parts(t, NULL, parts, n);
}

/* ---- UTF-8 forms ---- */

const char *str_utf8(Thread *t, Value v, size_t *n)
{
    Str *s = value_str(v);
    if (s->ascii && (s->str_flags & STR_TERMINATED)) {
        if (n) {
            *n = s->len;
        }
        return s->data;
    }
    /* pairs with the exchange below */
    char *p = atomic_load_explicit(&s->utf8, memory_order_acquire);
    if (!p) {
        RawBuffer *b = str_to_utf8(t, v, "strict");
        if (!b) {
            return NULL;
        }
        char *expected = NULL;
        if (atomic_compare_exchange_strong_explicit(&s->utf8, &expected, b->data,
                                                    memory_order_acq_rel, memory_order_acquire)) {
            p = b->data;
            gc_written(s);
        } else {
            p = expected;
        }
    }
    if (n) {
        *n = ((RawBuffer *)(p - offsetof(RawBuffer, data)))->cap - 1;
    }
    return p;
}

const char *str_cstr(Thread *t, Value v)
{
    size_t n;
    const char *p = str_utf8(t, v, &n);
    if (p && strlen(p) != n) {
        value_error(t, "embedded null character");
        return NULL;
    }
    return p;
}

const char *str_cstr_arg(Thread *t, Value v, const char *function, const char *which)
{
    if (!value_is_str(v)) {
        type_error(t, "%s() argument %s%smust be str, not %B", function, which, *which ? " " : "",
                   v);
        return NULL;
    }
    return str_cstr(t, v);
}

const char *str_fs_path(Thread *t, Value path)
{
    if (!value_is_str(path) && !value_is_bytes(path)) {
        Value method = lookup_special(t, path, N(__fspath__));
        if (!method) {
            if (!error_pending(t)) {
                type_error(t, "expected str, bytes or os.PathLike object, not %T", path);
            }
            return NULL;
        }
        Value r = call0(t, method);
        if (!r) {
            return NULL;
        }
        if (!value_is_str(r) && !value_is_bytes(r)) {
            type_error(t, "expected %T.__fspath__() to return str or bytes, not %T", path, r);
            return NULL;
        }
        path = r;
    }
    const char *p;
    size_t n;
    if (value_is_bytes(path)) {
        p = value_bytes(path)->data;
        n = value_bytes(path)->len;
    } else if (value_str(path)->ascii) {
        p = str_utf8(t, path, &n);
    } else {
        Value encoded = str_to_fs(t, path);
        p = encoded ? value_bytes(encoded)->data : NULL;
        n = encoded ? value_bytes(encoded)->len : 0;
    }
    if (p && strlen(p) != n) {
        value_error(t, "embedded null byte");
        return NULL;
    }
    return p;
}

/* ---- the type ---- */

Value str_join(Thread *t, Value sep, Value iterable)
{
    if (!value_is_list_exact(iterable)) {
        iterable = sequence_fast(t, iterable, "can only join an iterable");
    }
    Value few[ITEMS_FEW];
    size_t n;
    const Value *items = iterable ? items_at_once(t, iterable, few, &n) : NULL;
    if (!items) {
        return 0;
    }
    /* nothing below runs Python */
    for (size_t i = 0; i < n; i++) {
        if (!value_is_str(items[i])) {
            return type_error(t, "sequence item %zd: expected str instance, %T found", (ssize_t)i,
                              items[i]);
        }
    }
    if (n == 1 && value_is_str_exact(items[0])) {
        return items[0];
    }
    return join_parts(t, value_str(sep), items, n);
}

