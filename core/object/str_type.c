/* str: the type object, its constructor, indexing, iteration, repr. */
#include "core/object/buffer.h"
#include "core/object/codec.h"
#include "core/object/escape.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/slice.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

/* ---- constructor ---- */

static Value str_construct(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("str(object='', encoding='utf-8', errors='strict')");
    Value a[3], v;
    if (n == 1 && !kwnames) {
        v = object_str(t, args[0]);
    } else {
        if (!args_bind(t, &sig, args, n, kwnames, a)) {
            return 0;
        }
        const char *encoding = a[1] ? str_cstr_arg(t, a[1], "str", "'encoding'") : NULL;
        if (a[1] && !encoding) {
            return 0;
        }
        const char *errors = a[2] ? str_cstr_arg(t, a[2], "str", "'errors'") : NULL;
        if (a[2] && !errors) {
            return 0;
        }
        if (!a[0]) {
            v = N(empty);
        } else if (!a[1] && !a[2]) {
            v = object_str(t, a[0]);
        } else if (value_is_str(a[0])) {
            return type_error(t, "decoding str is not supported");
        } else if (!value_has_buffer(a[0])) {
            return type_error(t, "decoding to str: need a bytes-like object, %T found", a[0]);
        } else {
            v = buffer_decode(t, a[0], encoding ? encoding : "utf-8", errors);
        }
    }
    if (!v || type == &str_type) {
        return v;
    }
    return str_share(t, type, str_exact(t, v));
}

/* ---- slots ---- */

static int64_t hash_slot(Thread *t UNUSED, Value v) { return str_hash(v); }
static Value str_slot(Thread *t, Value v) { return str_exact(t, v); }
static ssize_t len_slot(Thread *t UNUSED, Value v) { return (ssize_t)str_len(v); }

static Value compare_slot(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (!value_is_str(a) || !value_is_str(b)) {
        return NOT_IMPLEMENTED;
    }
    if (op == CMP_EQ || op == CMP_NE) {
        return bool_value(str_eq(a, b) == (op == CMP_EQ));
    }
    int order = a == b ? 0 : str_cmp(a, b);
    switch (op) {
    case CMP_LT: return bool_value(order < 0);
    case CMP_LE: return bool_value(order <= 0);
    case CMP_GT: return bool_value(order > 0);
    default: return bool_value(order >= 0);
    }
}

static Value concat_slot(Thread *t, Value a, Value b)
{
    if (!value_is_str(b)) {
        return type_error(t, "can only concatenate str (not \"%T\") to str", b);
    }
    return str_concat(t, a, b);
}

static Value repeat_slot(Thread *t, Value a, Value count)
{
    ssize_t n;
    if (!value_to_count(t, count, &n)) {
        return 0;
    }
    Str *s = value_str(a);
    if (n <= 0 || s->len == 0) {
        return N(empty);
    }
    if (n == 1) {
        return str_exact(t, a);
    }
    if (s->len > (size_t)PTRDIFF_MAX / (size_t)n) {
        return overflow_error(t, "repeated string is too long");
    }
    Value v = str_new(t, s->len * (size_t)n, str_max_char(s));
    if (!v) {
        return 0;
    }
    const size_t unit = s->len * s->kind, all = unit * (size_t)n;
    char *to = value_str(v)->data;
    PARKED_IF(t, all > PARK_BYTES, fill_repeating(to, all, s->data, unit));
    return v;
}

Value str_get_slice(Thread *t, Value v, const SliceBounds *bounds)
{
    Str *s = value_str(v);
    ssize_t start = bounds->start, stop = bounds->stop, step = bounds->step;
    ssize_t n = slice_adjust((ssize_t)s->len, &start, &stop, step);
    if (n <= 0) {
        return N(empty);
    }
    if (step == 1) {
        return str_substring(t, v, (size_t)start, (size_t)(start + n));
    }
    if (n == 1) {
        return str_from_char(t, str_get(s, (size_t)start));
    }
    uint32_t all = 0;
    for (ssize_t i = 0, at = start; i < n && !s->ascii; i++, at += step) {
        all |= str_get(s, (size_t)at);
    }
    Value r = str_new(t, (size_t)n, all);
    if (r) {
        Str *out = value_str(r);
        if (s->kind == 1) {
            uint8_t *to = out->data;
            const uint8_t *from = (const uint8_t *)s->data + start;
            for (ssize_t i = 0; i < n; i++) {
                to[i] = from[i * step];
            }
            return r;
        }
        for (ssize_t i = 0, at = start; i < n; i++, at += step) {
            chars_put(out->kind, out->data, (size_t)i, str_get(s, (size_t)at));
        }
    }
    return r;
}

static Value item_slot(Thread *t, Value v, ssize_t i)
{
    Str *s = value_str(v);
    if (i < 0 || (size_t)i >= s->len) {
        return index_error(t, "string index out of range");
    }
    return str_from_char(t, str_get(s, (size_t)i));
}

static Value getitem_slot(Thread *t, Value v, Value key)
{
    ssize_t i = value_is_fixnum(key) ? fixnum_get(key) : 0;
    if (UNLIKELY(!value_is_fixnum(key))) {
        Subscript kind = subscript_key(t, key, "string indices must be integers, not '%T'", &i);
        if (kind != SUBSCRIPT_INDEX) {
            SliceBounds bounds;
            return kind == SUBSCRIPT_SLICE && slice_bounds(t, key, &bounds)
                       ? str_get_slice(t, v, &bounds)
                       : 0;
        }
    }
    return item_slot(t, v, i < 0 ? i + (ssize_t)str_len(v) : i);
}

static int contains_slot(Thread *t, Value v, Value item)
{
    if (!value_is_str(item)) {
        type_error(t, "'in <string>' requires string as left operand, not %T", item);
        return -1;
    }
    ssize_t at;
    PARKED_IF(t, str_len(v) > PARK_BYTES, at = str_find(v, item, 0, str_len(v)));
    return at >= 0;
}

static Value mod_slot(Thread *t, Value a, Value b)
{
    return value_is_str(a) ? str_mod(t, a, b) : NOT_IMPLEMENTED;
}

/* ---- repr ---- */

static size_t escape_char(uint32_t c, uint32_t quote, char out[12])
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    out[n++] = '\\';
    if (c == quote || c == '\\') {
        out[n++] = (char)c;
        return n;
    }
    if (c == '\n' || c == '\r' || c == '\t') {
        out[n++] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
        return n;
    }
    int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    out[n++] = digits == 2 ? 'x' : digits == 4 ? 'u' : 'U';
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out[n++] = hex[c >> shift & 15];
    }
    return n;
}

ALWAYS_INLINE bool needs_escape(uint32_t c, uint32_t quote)
{
    return c == quote || c == '\\' || (c < 127 ? c < ' ' : !unicode_is_printable(c));
}

/* Of a str whose characters take more than one byte: whether each stands for itself between single
 * quotes. */
static bool is_plain(const Str *s)
{
    for (size_t i = 0; i < s->len; i++) {
        if (needs_escape(str_get(s, i), '\'')) {
            return false;
        }
    }
    return true;
}

static Value repr_plain(Thread *t, const Str *s)
{
    Value v = str_new(t, s->len + 2, str_max_char(s));
    if (v) {
        Str *r = value_str(v);
        memcpy(str_at(r, 1), s->data, s->len * s->kind);
        chars_put(r->kind, r->data, 0, '\'');
        chars_put(r->kind, r->data, s->len + 1, '\'');
    }
    return v;
}

/* Of a str whose characters take one byte. */
static Value repr_latin1(Thread *t, const Str *s)
{
    Escapes e;
    escapes_find(&e, 0, s->data, s->len);
    Value v = str_new(t, s->len + e.more + 2, e.more && !e.wide ? 127 : str_max_char(s));
    if (v) {
        char *to = value_str(v)->data;
        *to++ = e.quote;
        to = escapes_write(&e, to, s->data, s->len);
        *to = e.quote;
    }
    return v;
}

Value str_repr(Thread *t, Value v)
{
    Str *s = value_str(v);
    if (s->kind == 1) {
        return repr_latin1(t, s);
    }
    if (is_plain(s)) {
        return repr_plain(t, s);
    }
    bool single = chars_find_char(s->kind, s->data, s->len, '\'') >= 0;
    bool twice = chars_find_char(s->kind, s->data, s->len, '"') >= 0;
    uint32_t quote = single && !twice ? '"' : '\'', max = 0;
    char escaped[12];
    size_t n = 2, at = 1;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (needs_escape(c, quote)) {
            n += escape_char(c, quote, escaped);
        } else {
            n++;
            max |= c;
        }
    }
    Value out = str_new(t, n, max);
    if (out == 0) {
        return 0;
    }
    Str *r = value_str(out);
    chars_put(r->kind, r->data, 0, quote);
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (!needs_escape(c, quote)) {
            chars_put(r->kind, r->data, at++, c);
            continue;
        }
        size_t wide = escape_char(c, quote, escaped);
        for (size_t j = 0; j < wide; j++) {
            chars_put(r->kind, r->data, at++, (unsigned char)escaped[j]);
        }
    }
    chars_put(r->kind, r->data, at, quote);
    return out;
}

/* ---- iterator ---- */

static Value iter_slot(Thread *t, Value v)
{
    return seq_iter_alloc(t, value_str(v)->ascii ? &str_ascii_iter_type : &str_iter_type, v, 0);
}

static Value iter_next_slot(Thread *t, Value v)
{
    SeqIter *it = (SeqIter *)value_object(v);
    Value str = value_load(&it->seq);
    size_t i = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    if (str == 0 || i >= str_len(str)) {
        gc_store(it, &it->seq, 0);
        return 0;
    }
    __atomic_store_n(&it->pos, i + 1, __ATOMIC_RELAXED);
    return str_from_char(t, str_get(value_str(str), i));
}

static Value iter_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    return seq_iter_reduced(t, it, "iter", N(empty), seq_iter_pos(it));
}

static const NativeDef iter_methods[] = {
    SEQ_ITER_LENGTH_HINT_METHOD,
    SEQ_ITER_REDUCE_METHOD(iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate_clipped),
    {0}};

Type str_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                      .name = "str_iterator",
                      .size = sizeof(SeqIter),
                      .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                      .trace = seq_iter_trace,
                      .iter = iter_self,
                      .next = iter_next_slot,
                      .methods = iter_methods,
                      .getattr = generic_getattr};
Type str_ascii_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type), .name = "str_ascii_iterator",
                            .size = sizeof(SeqIter), .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE,
                            .trace = seq_iter_trace, .iter = iter_self, .next = iter_next_slot,
                            .methods = iter_methods, .getattr = generic_getattr};

Type str_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                 .name = "str",
                 .size = sizeof(Str),
                 .doc =
                     "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\n"
                     "Text made from an object, or decoded from bytes.",
                 .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_STR | TYPE_MATCH_SELF,
                 .trace = str_trace,
                 .new = str_construct,
                 .repr = str_repr,
                 .str = str_slot,
                 .hash = hash_slot,
                 .compare = compare_slot,
                 .iter = iter_slot,
                 .mod = mod_slot,
                 .len = len_slot,
                 .getitem = getitem_slot,
                 .contains = contains_slot,
                 .concat = concat_slot,
                 .repeat = repeat_slot,
                 .item = item_slot,
                 .methods = str_methods,
                 .getattr = generic_getattr};
