/* The other methods that bytes and bytearray share: case, tests, padding, join, hex, translate; and
 * their iterators. */
#include "core/base/ascii.h"
#include "core/object/bytes_internal.h"
#include "core/object/iter.h"
#include "core/object/module.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

/* ---- case ---- */

typedef enum { MAP_LOW, MAP_UP, MAP_CAPITALIZE, MAP_SWAP, MAP_TITLE } MapMode;

static Value map_bytes(Thread *t, Value self, MapMode mode)
{
    Span s = bytes_span(self);
    Value r = bytes_make(t, self, NULL, s.n);
    if (!r) {
        return 0;
    }
    uint8_t *q = bytes_fill(r);
    bool in_word = false;
    if (mode == MAP_LOW || mode == MAP_UP) {
        ascii_flip_letters(q, s.p, s.n, mode == MAP_LOW ? 'A' : 'a');
        return r;
    }
    if (mode == MAP_CAPITALIZE && s.n > 0) {
        ascii_flip_letters(q, s.p, 1, 'a');
        ascii_flip_letters(q + 1, s.p + 1, s.n - 1, 'A');
        return r;
    }
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i], low = ascii_is_upper(c) ? c + 32 : c;
        uint8_t up = ascii_is_lower(c) ? c - 32 : c;
        switch (mode) {
        case MAP_SWAP: q[i] = low != c ? low : up; break;
        default:
            q[i] = in_word ? low : up;
            in_word = low != up;
            break;
        }
    }
    return r;
}

#define MAP_METHOD(name, mode)                                                                     \
    Value bytes_##name##_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)          \
    {                                                                                              \
        return map_bytes(t, args[0], mode);                                                        \
    }
MAP_METHOD(lower, MAP_LOW)
MAP_METHOD(upper, MAP_UP)
MAP_METHOD(capitalize, MAP_CAPITALIZE)
MAP_METHOD(swapcase, MAP_SWAP)
MAP_METHOD(title, MAP_TITLE)

/* ---- tests ---- */

#define ALL_ARE(name, test)                                                                        \
    static bool all_##name(Span s)                                                                 \
    {                                                                                              \
        for (size_t i = 0; i < s.n; i++) {                                                         \
            if (!test(s.p[i])) {                                                                   \
                return false;                                                                      \
            }                                                                                      \
        }                                                                                          \
        return s.n > 0;                                                                            \
    }
ALL_ARE(isalnum, ascii_is_alnum)
ALL_ARE(isalpha, ascii_is_alpha)
ALL_ARE(isdigit, ascii_is_digit)
ALL_ARE(isspace, ascii_is_c_space)
#undef ALL_ARE

static bool all_isascii(Span s)
{
    size_t i = 0;
    uint64_t words[4], high = 0;
    for (; i + sizeof words <= s.n && !(high & 0x8080808080808080u); i += sizeof words) {
        memcpy(words, s.p + i, sizeof words);
        high = words[0] | words[1] | words[2] | words[3];
    }
    for (; i < s.n; i++) {
        high |= s.p[i];
    }
    return !(high & 0x8080808080808080u);
}

static bool all_islower(Span s)
{
    bool found = false;
    for (size_t i = 0; i < s.n; i++) {
        if (ascii_is_upper(s.p[i])) {
            return false;
        }
        found |= ascii_is_lower(s.p[i]);
    }
    return found;
}

static bool all_isupper(Span s)
{
    bool found = false;
    for (size_t i = 0; i < s.n; i++) {
        if (ascii_is_lower(s.p[i])) {
            return false;
        }
        found |= ascii_is_upper(s.p[i]);
    }
    return found;
}

static bool all_istitle(Span s)
{
    bool found = false, in_word = false;
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if ((ascii_is_upper(c) && in_word) || (ascii_is_lower(c) && !in_word)) {
            return false;
        }
        in_word = ascii_is_alpha(c);
        found |= in_word;
    }
    return found;
}

#define TEST_METHOD(name)                                                                          \
    Value bytes_##name##_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)   \
    {                                                                                              \
        BytesLook look = {0};                                                                      \
        bool r;                                                                                    \
        do {                                                                                       \
            bytes_look(&look, args[0]);                                                            \
            r = all_##name(look.s);                                                                \
        } while (!bytes_look_held(&look));                                                         \
        return bool_value(r);                                                                      \
    }
TEST_METHOD(isalnum)
TEST_METHOD(isalpha)
TEST_METHOD(isascii)
TEST_METHOD(isdigit)
TEST_METHOD(islower)
TEST_METHOD(isspace)
TEST_METHOD(istitle)
TEST_METHOD(isupper)
#undef TEST_METHOD

/* ---- padding ---- */

static Value padded(Thread *t, Value self, size_t left, size_t right, uint8_t fill)
{
    if (!left && !right) {
        return bytes_whole(t, self);
    }
    Span s = bytes_span(self);
    if (left > (size_t)PTRDIFF_MAX / 8 || right > (size_t)PTRDIFF_MAX / 8) {
        return raise_memory(t);
    }
    Value r = bytes_make(t, self, NULL, left + s.n + right);
    if (r) {
        uint8_t *q = bytes_fill(r);
        PARKED_IF(t, left + s.n + right > PARK_BYTES && value_is_bytes(self), {
            memset(q, fill, left);
            memcpy(q + left, s.p, s.n);
            memset(q + left + s.n, fill, right);
        });
    }
    return r;
}

static Value justify(Thread *t, Value *args, const char *name, int where)
{
    ssize_t width;
    uint8_t fill = ' ';
    if (!value_to_ssize(t, args[1], &width, &exc_OverflowError)) {
        return 0;
    }
    if (args[2]) {
        Span f = {0};
        if (value_is_bytes(args[2]) || value_is_bytearray(args[2])) {
            f = bytes_span(args[2]);
        }
        if (f.n != 1) {
            return type_error(t, "%s() argument 2 must be a byte string of length 1, not %B", name,
                              args[2]);
        }
        fill = f.p[0];
    }
    ssize_t len = (ssize_t)bytes_span(args[0]).n;
    size_t pad = width > len ? (size_t)(width - len) : 0;
    size_t left = where < 0 ? 0 : where > 0 ? pad : pad / 2 + (pad & (size_t)width & 1);
    return padded(t, args[0], left, pad - left, fill);
}
Value bytes_center_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, "center", 0);
}
Value bytes_ljust_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, "ljust", -1);
}
Value bytes_rjust_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return justify(t, args, "rjust", 1);
}

Value bytes_zfill_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t width;
    if (!value_to_ssize(t, args[1], &width, &exc_OverflowError)) {
        return 0;
    }
    Span s = bytes_span(args[0]);
    size_t pad = width > (ssize_t)s.n ? (size_t)width - s.n : 0;
    Value r = padded(t, args[0], pad, 0, '0');
    if (r && pad && s.n && (s.p[0] == '+' || s.p[0] == '-')) {
        uint8_t *q = bytes_fill(r);
        q[0] = s.p[0];
        q[pad] = '0';
    }
    return r;
}

Value bytes_expandtabs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int size = 8;
    if (args[1] && !value_to_int(t, args[1], &size)) {
        return 0;
    }
    Span s = bytes_span(args[0]);
    ByteBuilder b;
    bb_init(&b, t);
    size_t column = 0;
    for (size_t i = 0; i < s.n && !b.failed; i++) {
        uint8_t c = s.p[i];
        if (c == '\t') {
            size_t more = size > 0 ? (size_t)size - column % (size_t)size : 0;
            if (more > (size_t)PTRDIFF_MAX / 8 - b.len) {
                return overflow_error(t, "result too long");
            }
            char *p = bb_reserve(&b, more);
            if (p && more) {
                memset(p, ' ', more);
                b.len += more;
            }
            column += more;
        } else {
            bb_byte(&b, c);
            column = c == '\n' || c == '\r' ? 0 : column + 1;
        }
    }
    return value_is_bytes(args[0]) ? bb_finish(&b) : bb_finish_bytearray(&b);
}

/* ---- join, hex, translate, decode ---- */

/* Where the bytes of an item are that nobody changes before the next poll.  false: not there. */
static inline bool piece_of(Value item, Span *s)
{
    if (LIKELY(type_of(item) == &bytes_type) ||
        (type_of(item) == &bytearray_type && !world_is_shared())) {
        BytesLook look = {0};
        bytes_look(&look, item);
        *s = look.s;
        return true;
    }
    return false;
}

/* The usual case of join: every item is bytes, or a bytearray where nobody else has it.  false: it
 * is not, or the result is too long. */
static bool join_pieces(Thread *t, Value like, Span sep, const Value *items, size_t count,
                        Value *out)
{
    size_t size = 0;
    Span s;
    for (size_t i = 0; i < count; i++) {
        if (!piece_of(items[i], &s) ||
            __builtin_add_overflow(size, s.n + (i ? sep.n : 0), &size)) {
            return false;
        }
    }
    *out = bytes_make(t, like, NULL, size);
    char *to = *out && size ? (char *)bytes_fill(*out) : NULL;
    for (size_t i = 0; to && i < count && piece_of(items[i], &s); i++) {
        if (i && sep.n == 1) {
            *to++ = (char)*sep.p;
        } else if (i) {
            copy_piece(to, (const char *)sep.p, sep.n);
            to += sep.n;
        }
        copy_piece(to, (const char *)s.p, s.n);
        to += s.n;
    }
    return true;
}

Value bytes_join_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Span sep = bytes_span(args[0]);
    Value seq = sequence_fast(t, args[1], "can only join an iterable");
    if (!seq) {
        return 0;
    }
    size_t count = tuple_len(seq);
    if (count == 1 && type_of(tuple_get(seq, 0)) == &bytes_type && value_is_bytes(args[0])) {
        return tuple_get(seq, 0);
    }
    Value joined;
    if (join_pieces(t, args[0], sep, value_tuple(seq)->items, count, &joined)) {
        return joined;
    }
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < count; i++) {
        Value item = tuple_get(seq, i);
        ByteArg a;
        if (i && !bb_bytes(&b, sep.p, sep.n)) {
            return 0;
        }
        if (!value_has_buffer(item)) {
            return type_error(t, "sequence item %zd: expected a bytes-like object, %T found",
                              (ssize_t)i, item);
        }
        if (!byte_arg(t, item, &a)) {
            return 0;
        }
        bb_bytes(&b, a.p, a.n);
        byte_arg_release(t, &a);
    }
    return value_is_bytes(args[0]) ? bb_finish(&b) : bb_finish_bytearray(&b);
}

Value bytes_fromhex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "fromhex() argument must be str, not %B", args[1]);
    }
    Str *s = value_str(args[1]);
    Value r = bytes_new_unset(t, s->len / 2);
    uint8_t *out = r ? (uint8_t *)value_bytes(r)->data : NULL;
    size_t count = 0;
    for (size_t i = 0; r && i < s->len;) {
        size_t pairs = s->ascii ? hex_bytes(out + count, (uint8_t *)s->data + i, s->len - i) : 0;
        count += pairs;
        i += 2 * pairs;
        uint32_t c = i < s->len ? str_get(s, i) : ' ';
        if (c < 128 && ascii_is_c_space((uint8_t)c)) {
            i++;
            continue;
        }
        int hi = hex_digit_value(c), lo = i + 1 < s->len ? hex_digit_value(str_get(s, i + 1)) : -1;
        if (hi < 0 || lo < 0) {
            return value_error(t, "non-hexadecimal number found in fromhex() arg at position %zd",
                               (ssize_t)(hi < 0 ? i : i + 1));
        }
        out[count++] = (uint8_t)(hi << 4 | lo);
        i += 2;
    }
    Type *type = value_type(args[0]);
    bool mutable = type_is_subtype(type, &bytearray_type);
    r = !r ? 0 : mutable ? bytearray_new(t, out, count) : bytes_shorten(t, r, count);
    return !r || type == &bytes_type || type == &bytearray_type ? r : call1(t, args[0], r);
}

/* c and two digits for each byte. */
static void hex_spaced(char *out, const uint8_t *p, size_t n, char c)
{
    for (size_t i = 0; i < n; i++, out += 3) {
        out[0] = c;
        out[1] = "0123456789abcdef"[p[i] >> 4];
        out[2] = "0123456789abcdef"[p[i] & 15];
    }
}

/* Shared with memoryview.hex and binascii: hexadecimal digits of s in groups. */
Value bytes_to_hex(Thread *t, const uint8_t *p, size_t n, Value sep, Value per_group, bool as_bytes)
{
    int group = 1;
    uint32_t c = 0;
    if (per_group && !value_to_int(t, per_group, &group)) {
        return 0;
    }
    if (sep) {
        if (!value_is_str(sep) && !value_is_bytes(sep)) {
            return type_error(t, "sep must be str or bytes.");
        }
        size_t len = value_is_str(sep) ? str_len(sep) : value_bytes(sep)->len;
        if (len != 1) {
            return value_error(t, "sep must be length 1.");
        }
        c = value_is_str(sep) ? str_get(value_str(sep), 0) : (uint8_t)value_bytes(sep)->data[0];
        if (c > 255 || (c > 127 && !as_bytes)) {
            return value_error(t, "sep must be ASCII.");
        }
    }
    size_t width = !sep ? 0 : group < 0 ? (size_t)-(ssize_t)group : (size_t)group;
    if (n > (size_t)PTRDIFF_MAX / 4) {
        return raise_memory(t);
    }
    size_t len = n * 2 + (width && n ? (n - 1) / width : 0);
    Value r = as_bytes ? bytes_new_unset(t, len) : str_new(t, len, 127);
    if (!r || n == 0) {
        return r;
    }
    char *out = as_bytes ? value_bytes(r)->data : value_str(r)->data;
    /* positive groups count from the right */
    size_t until = !width || width > n ? n : group < 0 || n % width == 0 ? width : n % width;
    hex_digits(out, p, until);
    if (width == 1) {
        hex_spaced(out + 2, p + 1, n - 1, (char)c);
        return r;
    }
    for (size_t i = until; i < n; i += width) {
        out += 2 * (i == until ? until : width);
        *out++ = (char)c;
        hex_digits(out, p + i, width < n - i ? width : n - i);
    }
    return r;
}

Value bytes_hex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Span s = bytes_span(args[0]);
    return bytes_to_hex(t, s.p, s.n, args[1], args[2], false);
}

Value bytes_maketrans_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ByteArg from, to;
    if (!byte_arg(t, args[0], &from)) {
        return 0;
    }
    Value r = 0;
    if (byte_arg(t, args[1], &to)) {
        if (from.n != to.n) {
            value_error(t, "maketrans arguments must have same length");
        } else {
            uint8_t table[256];
            for (int i = 0; i < 256; i++) {
                table[i] = (uint8_t)i;
            }
            for (size_t i = 0; i < from.n; i++) {
                table[from.p[i]] = to.p[i];
            }
            r = bytes_new(t, table, 256);
        }
        byte_arg_release(t, &to);
    }
    byte_arg_release(t, &from);
    return r;
}

/* s, which is what self holds, with each byte replaced. */
static void put_by_table(uint8_t *out, Span s, const uint8_t *table)
{
    size_t i = 0;
    for (; i + 4 <= s.n; i += 4) {
        uint8_t c[4] = {table[s.p[i]], table[s.p[i + 1]], table[s.p[i + 2]], table[s.p[i + 3]]};
        memcpy(out + i, c, 4);
    }
    for (; i < s.n; i++) {
        out[i] = table[s.p[i]];
    }
}

static Value replace_by_table(Thread *t, Value self, Span s, const uint8_t *table)
{
    Value r = s.n ? bytes_make(t, self, NULL, s.n) : bytes_whole(t, self);
    if (!r || s.n == 0) {
        return r;
    }
    uint8_t *out = bytes_fill(r);
    PARKED_IF(t, s.n > PARK_BYTES && value_is_bytes(self), put_by_table(out, s, table));
    return type_of(self) == &bytes_type && memcmp(out, s.p, s.n) == 0 ? self : r;
}

Value bytes_translate_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint8_t table[256];
    bool delete[256] = {0}, any = false;
    for (int i = 0; i < 256; i++) {
        table[i] = (uint8_t)i;
    }
    ByteArg a;
    if (!is_none(args[1])) {
        if (!byte_arg(t, args[1], &a)) {
            return 0;
        }
        bool right_size = a.n == 256;
        if (right_size) {
            memcpy(table, a.p, 256);
        }
        byte_arg_release(t, &a);
        if (!right_size) {
            return value_error(t, "translation table must be 256 characters long");
        }
    }
    if (args[2]) {
        if (!byte_arg(t, args[2], &a)) {
            return 0;
        }
        for (size_t i = 0; i < a.n; i++) {
            delete[a.p[i]] = any = true;
        }
        byte_arg_release(t, &a);
    }
    Span s = bytes_span(args[0]);
    if (!any) {
        return replace_by_table(t, args[0], s, table);
    }
    RawBuffer *buf = raw_buffer_new_unset(t, s.n + 1);
    if (!buf) {
        return 0;
    }
    size_t w = 0;
    for (size_t i = 0; i < s.n; i++) {
        buf->data[w] = (char)table[s.p[i]];
        w += !delete[s.p[i]];
    }
    if (w == s.n && type_of(args[0]) == &bytes_type && memcmp(buf->data, s.p, w) == 0) {
        return args[0];
    }
    return bytes_make(t, args[0], buf->data, w);
}

Value bytes_decode_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!args[1] && !args[2]) {
        Span s = bytes_span(args[0]);
        return utf8_to_str(t, (const char *)s.p, s.n, NULL, NULL);
    }
    const char *encoding = args[1] ? str_cstr_arg(t, args[1], "decode", "'encoding'") : "utf-8";
    const char *errors =
        encoding && args[2] ? str_cstr_arg(t, args[2], "decode", "'errors'") : NULL;
    return !encoding || (args[2] && !errors) ? 0 : buffer_decode(t, args[0], encoding, errors);
}

/* ---- iterators ---- */

Value bytes_iter(Thread *t, Value self) { return seq_iter_alloc(t, &bytes_iter_type, self, 0); }
Value bytearray_iter(Thread *t, Value self)
{
    return seq_iter_alloc(t, &bytearray_iter_type, self, 0);
}

static Value bytes_iter_next(Thread *t UNUSED, Value v)
{
    SeqIter *it = (SeqIter *)value_object(v);
    Value seq = value_load(&it->seq);
    size_t i = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    if (!seq || i >= value_bytes(seq)->len) {
        gc_store(it, &it->seq, 0);
        return 0;
    }
    __atomic_store_n(&it->pos, i + 1, __ATOMIC_RELAXED);
    return fixnum((uint8_t)value_bytes(seq)->data[i]);
}

static bool bytes_iter_each(Thread *t, Value v, ItemFn take, void *arg)
{
    SeqIter *it = (SeqIter *)value_object(v);
    Value seq = value_load(&it->seq);
    const Bytes *bytes = seq ? value_bytes(seq) : NULL;
    for (size_t i; seq && (i = world_fetch_add(&it->pos, 1)) < bytes->len;) {
        if (!take(t, arg, fixnum((uint8_t)bytes->data[i]))) {
            return false;
        }
    }
    gc_store(it, &it->seq, 0);
    return true;
}

static Value bytearray_iter_next(Thread *t, Value v)
{
    SeqIter *it = (SeqIter *)value_object(v);
    Value seq = value_load(&it->seq);
    size_t i = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    Value item = seq ? bytearray_get(t, seq, (ssize_t)i) : 0;
    if (!item) {
        gc_store(it, &it->seq, 0);
        return 0;
    }
    __atomic_store_n(&it->pos, i + 1, __ATOMIC_RELAXED);
    return item;
}

static bool bytearray_iter_each(Thread *t, Value v, ItemFn take, void *arg)
{
    Value item;
    while ((item = bytearray_iter_next(t, v)) != 0) {
        if (!take(t, arg, item)) {
            return false;
        }
    }
    return true;
}

static const NativeDef iter_methods[] = {
    SEQ_ITER_LENGTH_HINT_METHOD,
    SEQ_ITER_REDUCE_METHOD(seq_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate_clipped),
    {0}};

Type bytes_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "bytes_iterator",
                        .size = sizeof(SeqIter),
                        .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                        .trace = seq_iter_trace,
                        .iter = iter_self,
                        .next = bytes_iter_next,
                        .each = bytes_iter_each,
                        .methods = iter_methods,
                        .getattr = generic_getattr};
Type bytearray_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type), .name = "bytearray_iterator",
                            .size = sizeof(SeqIter), .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                            .trace = seq_iter_trace, .iter = iter_self, .next = bytearray_iter_next,
                            .each = bytearray_iter_each, .methods = iter_methods,
                            .getattr = generic_getattr};
