/* bytearray: a mutable run of bytes in a replaceable RawBuffer.
 *
 *   | ByteArray | buf --> RawBuffer: [ start bytes free | len bytes | NUL | free ]
 * Every change of size goes through splice_locked: it refuses while buffers are exported, and moves
 * the items within the buffer or into a new one (the old one is garbage).  Removing at the front
 * only moves `start`. Locking: writers hold the object lock, from change_begin to change_end;
 * readers take none where nobody writes (core/object/bytearray_look.c). */
#include "core/base/racy.h"
#include "core/object/bytes_internal.h"
#include "core/object/escape.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/slice.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

static ByteArray *array_of(Value v) { return (ByteArray *)value_object(v); }
static char *items_of(ByteArray *a) { return a->buf ? a->buf->data + a->start : (char *)""; }

static void array_trace(Object *self, Tracer *tr)
{
    trace_object(tr, __atomic_load_n(&((ByteArray *)self)->buf, __ATOMIC_ACQUIRE));
}

/* What another thread finds of a change was stored behind the taking of the lock: pairs with
 * bytearray_look_held. */
static bool change_begin(Thread *t, ByteArray *a)
{
    bool taken = object_lock(t, a);
    fence_release();
    return taken;
}
static void change_end(ByteArray *a, bool taken)
{
    if (UNLIKELY(taken)) {
        store_release(&a->changes, load_relaxed(&a->changes) + 1);
    }
    object_unlock(a, taken);
}

/* n zeros, or bytes that the caller writes.  *buf is NULL for none. */
static bool contents_new(Thread *t, size_t n, bool unset, RawBuffer **buf)
{
    *buf = NULL;
    if (n == 0) {
        return true;
    }
    *buf = unset ? raw_buffer_new_unset(t, n + 1) : raw_buffer_new(t, n + 1);
    if (*buf && unset) {
        (*buf)->data[n] = 0;
    }
    return *buf;
}

static Value array_new(Thread *t, size_t n, bool unset)
{
    RawBuffer *buf;
    ByteArray *a = object_alloc_fast(t, &bytearray_type, sizeof *a);
    if (!a || !contents_new(t, n, unset, &buf)) {
        return 0;
    }
    GC_STORE_PTR(a, &a->buf, buf);
    a->len = n;
    return object_value(a);
}

Value bytearray_new_unset(Thread *t, size_t n) { return array_new(t, n, true); }

Value bytearray_new(Thread *t, const void *p, size_t n)
{
    Value v = array_new(t, n, p != NULL);
    if (v && p && n) {
        copy_piece(array_of(v)->buf->data, p, n);
    }
    return v;
}

static bool check_exports(Thread *t, ByteArray *a)
{
    if (atomic_load_explicit(&a->exports, memory_order_acquire) > 0) {
        raise(t, &exc_BufferError, "Existing exports of data: object cannot be re-sized");
        return false;
    }
    return true;
}

static bool grow_locked(Thread *t, ByteArray *a, size_t lo, size_t hi, const void *p, size_t n)
{
    size_t len = a->len - (hi - lo) + n;
    RawBuffer *buf = raw_buffer_new_unset(t, len + len / 8 + (len < 9 ? 4 : 7));
    if (!buf) {
        return false;
    }
    const char *old = items_of(a);
    racy_copy(buf->data, old, lo);
    if (n) {
        memcpy(buf->data + lo, p, n);
    }
    racy_copy(buf->data + lo + n, old + hi, a->len - hi);
    buf->data[len] = 0;
    RawBuffer *replaced = a->buf;
    GC_STORE_PTR(a, &a->buf, buf);
    gc_disown(replaced);
    __atomic_store_n(&a->start, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&a->len, len, __ATOMIC_RELEASE);
    return true;
}

/* Replaces [lo, hi) by n bytes at p, which must not lie in the array itself. */
static bool splice_locked(Thread *t, ByteArray *a, size_t lo, size_t hi, const void *p, size_t n)
{
    assert(lo <= hi && hi <= a->len);
    if (n == hi - lo) {
        if (n) {
            racy_copy(items_of(a) + lo, p, n);
        }
        return true;
    }
    if (!check_exports(t, a)) {
        return false;
    }
    if (n > (size_t)PTRDIFF_MAX / 2 - a->len) {
        raise_memory(t);
        return false;
    }
    size_t len = a->len - (hi - lo) + n;
    if (!a->buf || a->start + len + 1 > a->buf->cap || len < a->buf->cap / 4) {
        return grow_locked(t, a, lo, hi, p, n);
    }
    char *items = items_of(a);
    if (lo == 0 && n < hi) { /* the front goes: only the start moves */
        __atomic_store_n(&a->start, a->start + (hi - n), __ATOMIC_RELAXED);
        items = items_of(a);
    } else if (hi < a->len) {
        racy_copy(items + lo + n, items + hi, a->len - hi);
    }
    if (n) {
        racy_copy(items + lo, p, n);
    }
    __atomic_store_n(&items[len], 0, __ATOMIC_RELAXED); /* views just released may be read still */
    __atomic_store_n(&a->len, len, __ATOMIC_RELEASE);
    return true;
}

static bool splice(Thread *t, ByteArray *a, size_t from, size_t to, const void *p, size_t n)
{
    bool ok;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        size_t hi = to > a->len ? a->len : to, lo = from > hi ? hi : from;
        ok = splice_locked(t, a, lo, hi, p, n);
        change_end(a, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

static ssize_t len_slot(Thread *t UNUSED, Value v)
{
    return (ssize_t)__atomic_load_n(&array_of(v)->len, __ATOMIC_RELAXED);
}

/* ---- constructor ---- */

static Value array_construct(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                             Value kwnames UNUSED)
{
    ByteArray *a = object_alloc_instance(t, type, 0);
    return object_value(a);
}

/* p: NULL, zeros. */
static bool init_contents(Thread *t, ByteArray *a, const void *p, size_t n)
{
    RawBuffer *buf;
    if (!contents_new(t, n, p != NULL, &buf)) {
        return false;
    }
    if (p && n) {
        copy_piece(buf->data, p, n);
    }
    bool taken = change_begin(t, a);
    GC_STORE_PTR(a, &a->buf, buf);
    __atomic_store_n(&a->start, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&a->len, n, __ATOMIC_RELEASE);
    change_end(a, taken);
    return true;
}

bool bytearray_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("bytearray(source=b'', encoding='utf-8', errors='strict')");
    Value v[3], encoded;
    ByteArray *a = array_of(self);
    if (!args_bind(t, &sig, args, n, kwnames, v)) {
        return false;
    }
    if ((len_slot(t, self) && !splice(t, a, 0, SIZE_MAX, NULL, 0)) ||
        !bytes_encode_source(t, "bytearray", v, &encoded)) {
        return false;
    }
    if (encoded) {
        return init_contents(t, a, value_bytes(encoded)->data, value_bytes(encoded)->len);
    }
    if (!v[0]) {
        return true;
    }
    Value ints = bytes_of_small_ints(t, v[0]);
    if (ints || error_pending(t)) {
        return ints && init_contents(t, a, value_bytes(ints)->data, value_bytes(ints)->len);
    }
    ssize_t count = -1;
    if (value_is_int(v[0]) || type_of(v[0])->index) {
        if (!value_to_count(t, v[0], &count)) {
            if (!error_matches(t, &exc_TypeError) || value_is_int(v[0])) {
                return false;
            }
            error_clear(t);
        } else {
            if (count < 0) {
                value_error(t, "negative count");
                return false;
            }
            return init_contents(t, a, NULL, (size_t)count);
        }
    }
    if (type_of(v[0]) == &bytes_type || type_of(v[0]) == &bytearray_type) {
        Span s = bytes_span(v[0]);
        return init_contents(t, a, s.p, s.n);
    }
    ByteBuilder b;
    bb_init(&b, t);
    return bytes_collect(t, v[0], &b, "bytearray") &&
           splice(t, a, 0, SIZE_MAX, b.len ? b.data : NULL, b.len);
}

/* ---- slots ---- */

static Value repr_slot(Thread *t, Value v)
{
    StrBuilder b;
    sb_init(&b, t);
    sb_cstr(&b, type_short_name(type_of(v)));
    sb_ascii(&b, "(", 1);
    Value text = bytes_escaped(t, bytes_span(v), ESCAPE_SINGLE);
    if (!text || !sb_str(&b, text)) {
        return 0;
    }
    sb_ascii(&b, ")", 1);
    return sb_finish(&b);
}

static inline bool is_bytes_or_array(Value v)
{
    return value_is_object(v) && (value_has(v, TYPE_BYTES) || value_has(v, TYPE_BYTEARRAY));
}
static inline Span span_in_place(Value v)
{
    return value_is_bytes(v) ? bytes_span(v) : bytearray_span(array_of(v));
}

static Value compare_arrays(Value a, Value b, CompareOp op)
{
    if (LIKELY(!world_is_shared())) {
        return bytes_compare_spans(span_in_place(a), span_in_place(b), op);
    }
    BytesLook x = {0}, y = {0};
    Value r;
    bool held;
    do {
        bytes_look(&x, a);
        bytes_look(&y, b);
        r = bytes_compare_spans(x.s, y.s, op);
        held = bytes_look_held(&x);
        held &= bytes_look_held(&y);
    } while (!held);
    return r;
}

static Value compare_slot(Thread *t, Value a, Value b, CompareOp op)
{
    if (is_bytes_or_array(a) && is_bytes_or_array(b)) {
        return compare_arrays(a, b, op);
    }
    if (!value_has_buffer(a) || !value_has_buffer(b)) {
        if (runtime.config.bytes_warning && (op == CMP_EQ || op == CMP_NE) &&
            (value_is_str(a) || value_is_str(b)) &&
            !warn(t, &exc_BytesWarning, 1, "Comparison between bytearray and string")) {
            return 0;
        }
        return NOT_IMPLEMENTED;
    }
    ByteArg x, y;
    if (!byte_arg(t, a, &x)) {
        error_clear(t);
        return NOT_IMPLEMENTED;
    }
    if (!byte_arg(t, b, &y)) {
        byte_arg_release(t, &x);
        error_clear(t);
        return NOT_IMPLEMENTED;
    }
    Value r = bytes_compare_spans((Span){x.p, x.n}, (Span){y.p, y.n}, op);
    byte_arg_release(t, &x);
    byte_arg_release(t, &y);
    return r;
}

static Value item_slot(Thread *t, Value v, ssize_t i)
{
    Value c = i >= 0 ? bytearray_get(t, v, i) : 0;
    return c ? c : index_error(t, "bytearray index out of range");
}

static Value getitem_slot(Thread *t, Value v, Value key)
{
    ssize_t i = value_is_fixnum(key) ? fixnum_get(key) : 0;
    if (UNLIKELY(!value_is_fixnum(key))) {
        Subscript kind =
            subscript_key(t, key, "bytearray indices must be integers or slices, not %T", &i);
        if (kind != SUBSCRIPT_INDEX) {
            return kind == SUBSCRIPT_SLICE ? bytes_slice(t, v, key) : 0;
        }
    }
    Value c = bytearray_get(t, v, i);
    return c ? c : index_error(t, "bytearray index out of range");
}

static bool set_one(Thread *t, Value v, Value key, Value item)
{
    ssize_t i;
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return false;
    }
    int c = 0;
    if (item && !byte_value(t, item, &c, "byte must be in range(0, 256)")) {
        return false;
    }
    ByteArray *a = array_of(v);
    bool ok;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        size_t at = (size_t)(i < 0 ? i + (ssize_t)a->len : i);
        ok = at < a->len;
        if (!ok) {
            index_error(t, "bytearray index out of range");
        } else if (item) {
            __atomic_store_n(items_of(a) + at, (char)c, __ATOMIC_RELAXED);
        } else {
            ok = splice_locked(t, a, at, at + 1, NULL, 0);
        }
        change_end(a, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

/* Removes every step-th byte from start on, count of them; step > 1. */
static bool delete_stepped_locked(Thread *t, ByteArray *a, size_t start, size_t step, size_t count)
{
    if (!check_exports(t, a)) {
        return false;
    }
    char *items = items_of(a);
    size_t w = start, next = start;
    for (size_t i = start; i < a->len; i++) {
        if (count && i == next) {
            next += step;
            count--;
        } else {
            racy_copy(&items[w++], &items[i], 1);
        }
    }
    __atomic_store_n(&items[w], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&a->len, w, __ATOMIC_RELEASE);
    return true;
}

static bool set_slice_locked(Thread *t, ByteArray *a, ssize_t start, ssize_t stop, ssize_t step,
                             const uint8_t *p, size_t n, bool delete)
{
    ssize_t count = slice_adjust((ssize_t)a->len, &start, &stop, step);
    if (delete && count <= 0 && step != 1) {
        return true;
    }
    if (step == 1 || (delete && count <= 1)) {
        size_t lo = (size_t)start;
        return splice_locked(t, a, lo, lo + (size_t)(count > 0 ? count : 0), p, n);
    }
    if (delete) {
        if (step < 0) {
            start += step * (count - 1);
            step = -step;
        }
        return delete_stepped_locked(t, a, (size_t)start, (size_t)step, (size_t)count);
    }
    if (n != (size_t)count) {
        value_error(t, "attempt to assign bytes of size %zd to extended slice of size %zd",
                    (ssize_t)n, count);
        return false;
    }
    for (ssize_t i = 0, at = start; i < count; i++, at += step) {
        racy_copy(items_of(a) + at, p + i, 1);
    }
    return true;
}

/* The bytes to store, in the empty b: a copy, so that a[i:j] = a and racing writers are harmless. */
static bool source_bytes(Thread *t, Value v, ByteBuilder *b)
{
    if (value_is_int(v) || value_is_str(v)) {
        type_error(t, "can assign only bytes, buffers, or iterables of ints in range(0, 256)");
        return false;
    }
    return bytes_collect(t, v, b, "bytearray");
}

static bool setitem_slot(Thread *t, Value v, Value key, Value item)
{
    if (LIKELY(value_is_fixnum(key))) {
        ByteArray *a = array_of(v);
        size_t i = (size_t)fixnum_get(key);
        if (LIKELY(value_is_fixnum(item)) && LIKELY((uint64_t)fixnum_get(item) <= 255)) {
            bool taken = change_begin(t, a), inside = i < a->len;
            if (LIKELY(inside)) {
                __atomic_store_n(items_of(a) + i, (char)fixnum_get(item), __ATOMIC_RELAXED);
            }
            change_end(a, taken);
            if (LIKELY(inside)) {
                return true;
            }
        }
        return set_one(t, v, key, item);
    }
    if (type_of(key)->index) {
        return set_one(t, v, key, item);
    }
    if (type_of(key) != &slice_type) {
        type_error(t, "bytearray indices must be integers or slices, not %T", key);
        return false;
    }
    ssize_t start, stop, step;
    ByteBuilder b;
    bb_init(&b, t);
    if (!slice_unpack(t, key, &start, &stop, &step) || (item && !source_bytes(t, item, &b))) {
        return false;
    }
    ByteArray *a = array_of(v);
    bool ok;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        ok = set_slice_locked(t, a, start, stop, step, b.len ? (uint8_t *)b.data : NULL, b.len,
                              !item || !b.len);
        change_end(a, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

static Value iconcat_slot(Thread *t, Value v, Value other)
{
    ByteArg x;
    if (!value_has_buffer(other)) {
        return type_error(t, "can't concat %T to %T", other, v);
    }
    if (v == other) {
        Span s = bytes_span(v);
        Value copy = bytes_new(t, s.p, s.n);
        return copy && splice(t, array_of(v), SIZE_MAX, SIZE_MAX, value_bytes(copy)->data, s.n) ? v
                                                                                                : 0;
    }
    if (!byte_arg(t, other, &x)) {
        return 0;
    }
    bool ok = splice(t, array_of(v), SIZE_MAX, SIZE_MAX, x.p, x.n);
    byte_arg_release(t, &x);
    return ok ? v : 0;
}

static Value irepeat_slot(Thread *t, Value v, Value count)
{
    Value r = bytes_repeat(t, v, count);
    if (!r) {
        return 0;
    }
    Span s = bytes_span(r);
    return splice(t, array_of(v), 0, SIZE_MAX, s.p, s.n) ? v : 0;
}

static bool get_buffer_slot(Thread *t, Value v, Buffer *view, int flags)
{
    ByteArray *a = array_of(v);
    bool taken = object_lock(t, a);
    bool ok = buffer_fill(t, view, v, items_of(a), (ssize_t)a->len, false, flags);
    if (ok) {
        (void)world_fetch_add(&a->exports, 1);
    }
    object_unlock(a, taken);
    return ok;
}

static void release_buffer_slot(Thread *t UNUSED, Value v, Buffer *view UNUSED)
{
    (void)world_fetch_add(&array_of(v)->exports, -1);
}

static _Atomic ssize_t *exports_slot(Object *o)
{
    return &((ByteArray *)o)->exports;
}

/* ---- methods of its own ---- */

/* Where the buffer has room, and is no larger than it should be.  false: not so. */
static bool append_byte(Thread *t, ByteArray *a, char byte)
{
    bool taken = change_begin(t, a);
    RawBuffer *buf = a->buf;
    size_t len = a->len + 1, at = a->start + a->len;
    bool room = buf && at + 2 <= buf->cap && len >= buf->cap / 4 &&
                atomic_load_explicit(&a->exports, memory_order_acquire) == 0;
    if (room) {
        __atomic_store_n(&buf->data[at], byte, __ATOMIC_RELAXED);
        __atomic_store_n(&buf->data[at + 1], 0, __ATOMIC_RELAXED);
        __atomic_store_n(&a->len, len, __ATOMIC_RELEASE);
    }
    change_end(a, taken);
    return room;
}

static Value append_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int c;
    if (value_is_fixnum(args[1]) && (uint64_t)fixnum_get(args[1]) <= 255) {
        if (LIKELY(append_byte(t, array_of(args[0]), (char)fixnum_get(args[1])))) {
            return NONE;
        }
    }
    if (!byte_value(t, args[1], &c, "byte must be in range(0, 256)")) {
        return 0;
    }
    char byte = (char)c;
    return splice(t, array_of(args[0]), SIZE_MAX, SIZE_MAX, &byte, 1) ? NONE : 0;
}

static Value insert_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t i;
    int c;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError) ||
        !byte_value(t, args[2], &c, "byte must be in range(0, 256)")) {
        return 0;
    }
    ByteArray *a = array_of(args[0]);
    char byte = (char)c;
    bool ok;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        ssize_t len = (ssize_t)a->len, at = i < 0 ? (i + len < 0 ? 0 : i + len) : i > len ? len : i;
        ok = splice_locked(t, a, (size_t)at, (size_t)at, &byte, 1);
        change_end(a, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok ? NONE : 0;
}

static Value extend_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (value_has_buffer(args[1])) {
        return iconcat_slot(t, args[0], args[1]) ? NONE : 0;
    }
    ByteBuilder b;
    bb_init(&b, t);
    Type *ty = type_of(args[1]);
    if (!ty->iter && !ty->getitem) {
        return type_error(t, "can't extend bytearray with %T", args[1]);
    }
    if (value_is_str(args[1])) {
        return str_len(args[1]) == 0 ? NONE : number_index(t, args[1]); /* as its first item */
    }
    if (!bytes_collect(t, args[1], &b, "bytearray")) {
        return 0;
    }
    return splice(t, array_of(args[0]), SIZE_MAX, SIZE_MAX, b.len ? b.data : NULL, b.len) ? NONE
                                                                                          : 0;
}

static Value pop_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t i = -1;
    if (args[1] && !value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    ByteArray *a = array_of(args[0]);
    Value r = 0;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        ssize_t len = (ssize_t)a->len, at = i < 0 ? i + len : i;
        if (len == 0) {
            index_error(t, "pop from empty bytearray");
        } else if (at < 0 || at >= len) {
            index_error(t, "pop index out of range");
        } else {
            uint8_t c = (uint8_t)items_of(a)[at];
            r = splice_locked(t, a, (size_t)at, (size_t)at + 1, NULL, 0) ? fixnum(c) : 0;
        }
        change_end(a, taken);
    } while (!r && buffer_exports_may_go(t, &attempt));
    return r;
}

static Value remove_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int c;
    if (!byte_value(t, args[1], &c, "byte must be in range(0, 256)")) {
        return 0;
    }
    ByteArray *a = array_of(args[0]);
    bool ok = false;
    int attempt = 0;
    do {
        bool taken = change_begin(t, a);
        char *items = items_of(a), *hit = a->len ? memchr(items, c, a->len) : NULL;
        if (!hit) {
            value_error(t, "value not found in bytearray");
        } else {
            size_t at = (size_t)(hit - items);
            ok = splice_locked(t, a, at, at + 1, NULL, 0);
        }
        change_end(a, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok ? NONE : 0;
}

static Value reverse_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ByteArray *a = array_of(args[0]);
    bool taken = change_begin(t, a);
    char *items = items_of(a);
    for (size_t i = 0, k = a->len; i + 1 < k;) {
        char c = items[i];
        racy_copy(&items[i++], &items[--k], 1);
        racy_copy(&items[k], &c, 1);
    }
    change_end(a, taken);
    return NONE;
}

static Value clear_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return splice(t, array_of(args[0]), 0, SIZE_MAX, NULL, 0) ? NONE : 0;
}

static Value copy_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bytes_whole(t, args[0]);
}

static Value alloc_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const RawBuffer *buf = load_acquire(&array_of(args[0])->buf);
    /* with the byte behind the last, which an empty one shares */
    return fixnum(buf ? (int64_t)buf->cap : 1);
}

static Value sizeof_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const RawBuffer *buf = load_acquire(&array_of(args[0])->buf);
    return fixnum((int64_t)(type_of(args[0])->size + (buf ? buf->cap : 0)));
}

static Value reduce(Thread *t, Value self, int protocol)
{
    Value state = call_method0(t, self, N(__getstate__));
    if (!state) {
        return 0;
    }
    Span s = bytes_span(self);
    Value init;
    if (protocol < 3) {
        Value text = str_from_latin1(t, s.p, s.n), name = text ? str_from_cstr(t, "latin-1") : 0;
        init = name ? (s.n ? tuple_pack(t, 2, text, name) : tuple_empty()) : 0;
    } else {
        Value copy = s.n ? bytes_new(t, s.p, s.n) : 0;
        init = s.n ? (copy ? tuple_pack(t, 1, copy) : 0) : tuple_empty();
    }
    return init ? tuple_pack(t, 3, object_value(type_of(self)), init, state) : 0;
}

static Value reduce_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return reduce(t, args[0], 2);
}

static Value reduce_ex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int protocol = 0;
    if (args[1] && !value_to_int(t, args[1], &protocol)) {
        return 0;
    }
    return reduce(t, args[0], protocol);
}

static const NativeDef methods[] = {
    BYTES_METHOD_TABLE,
    {"append(item, /)", append_method, "Append one byte.", NATIVE_RESIZES},
    {"clear()", clear_method, "Remove all bytes.", NATIVE_RESIZES},
    {"copy()", copy_method, "Return a copy.", 0},
    {"extend(iterable_of_ints, /)", extend_method, "Append all bytes of an iterable.",
     NATIVE_RESIZES},
    {"insert(index, item, /)", insert_method, "Insert one byte before index.", NATIVE_RESIZES},
    {"pop(index=-1, /)", pop_method, "Remove and return the byte at index.", NATIVE_RESIZES},
    {"remove(value, /)", remove_method, "Remove the first occurrence of a byte.", NATIVE_RESIZES},
    {"reverse()", reverse_method, "Reverse the order of the bytes in place.", 0},
    {"__alloc__()", alloc_method, "Number of bytes allocated.", 0},
    {"__reduce__()", reduce_method, "Return state information for pickling.", 0},
    {"__reduce_ex__(proto=0, /)", reduce_ex_method, "Return state information for pickling.", 0},
    {"__sizeof__()", sizeof_method, "Return the size of the object in memory, in bytes.", 0},
    {0}};

Type bytearray_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                       .name = "bytearray",
                       .size = sizeof(ByteArray),
                       .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, "
                              "encoding[, errors]) -> bytearray\n"
                              "bytearray(bytes_or_buffer) -> copy of the data\nbytearray(int) -> "
                              "zero bytes of that number\n"
                              "bytearray() -> empty bytearray\n\nA mutable array of bytes.",
                       .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_BYTEARRAY | TYPE_MATCH_SELF |
                                TYPE_FLAT_COMPARE,
                       .trace = array_trace,
                       .new = array_construct,
                       .init = bytearray_init,
                       .repr = repr_slot,
                       .str = bytes_str,
                       .hash = hash_unhashable,
                       .compare = compare_slot,
                       .iter = bytearray_iter,
                       .mod = bytes_mod_slot,
                       .len = len_slot,
                       .getitem = getitem_slot,
                       .setitem = setitem_slot,
                       .contains = bytes_contains,
                       .concat = bytes_concat_slot,
                       .iconcat = iconcat_slot,
                       .repeat = bytes_repeat,
                       .irepeat = irepeat_slot,
                       .item = item_slot,
                       .get_buffer = get_buffer_slot,
                       .release_buffer = release_buffer_slot,
                       .exports = exports_slot,
                       .methods = methods,
                       .getattr = generic_getattr};
