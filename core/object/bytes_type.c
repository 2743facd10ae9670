/* bytes: the type object, constructor, slots; helpers shared with bytearray. */
#include "core/base/racy.h"
#include "core/object/bytes_internal.h"
#include "core/object/escape.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list_internal.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/slice.h"
#include "core/object/str_internal.h"
#include "core/object/str_mod.h"
#include "core/object/tuple.h"

/* ---- arguments ---- */

bool byte_arg(Thread *t, Value v, ByteArg *out)
{
    out->view.obj = NULL;
    if (value_is_bytes(v)) {
        out->p = (uint8_t *)value_bytes(v)->data;
        out->n = value_bytes(v)->len;
        return true;
    }
    if (value_is_object(v) && value_is_bytearray(v)) {
        Span s = bytes_span(v);
        out->p = s.p;
        out->n = s.n;
        return true;
    }
    if (!buffer_get_still(t, v, &out->view)) {
        return false;
    }
    out->p = out->view.buf;
    out->n = (size_t)out->view.len;
    return true;
}

void byte_arg_release(Thread *t, ByteArg *a)
{
    if (a->view.obj) {
        buffer_release(t, &a->view);
    }
}

bool byte_value(Thread *t, Value v, int *out, const char *message)
{
    int64_t i;
    if (!value_is_fixnum(v)) {
        v = number_index(t, v);
        if (!v) {
            return false;
        }
    }
    if (!int_try_int64(v, &i) || i < 0 || i > 255) {
        value_error(t, "%s", message);
        return false;
    }
    *out = (int)i;
    return true;
}

bool byte_or_int_arg(Thread *t, Value v, ByteArg *out)
{
    out->view.obj = NULL;
    if (value_has_buffer(v)) {
        return byte_arg(t, v, out);
    }
    if (!value_is_int(v) && !type_of(v)->index) {
        type_error(t, "argument should be integer or bytes-like object, not '%T'", v);
        return false;
    }
    int c;
    if (!byte_value(t, v, &c, "byte must be in range(0, 256)")) {
        return false;
    }
    out->one = (uint8_t)c;
    out->p = &out->one;
    out->n = 1;
    return true;
}

Value bytes_whole(Thread *t, Value self)
{
    if (type_of(self) == &bytes_type) {
        return self;
    }
    static const SliceBounds all = {0, PTRDIFF_MAX, 1};
    return bytes_get_slice(t, self, &all);
}

/* ---- slots shared by both types ---- */

Value bytes_compare_spans(Span a, Span b, CompareOp op)
{
    if ((op == CMP_EQ || op == CMP_NE) && a.n != b.n) {
        return bool_value(op == CMP_NE);
    }
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    order = order ? order : a.n < b.n ? -1 : a.n > b.n;
    switch (op) {
    case CMP_LT: return bool_value(order < 0);
    case CMP_LE: return bool_value(order <= 0);
    case CMP_EQ: return bool_value(order == 0);
    case CMP_NE: return bool_value(order != 0);
    case CMP_GT: return bool_value(order > 0);
    default: return bool_value(order >= 0);
    }
}

Value bytes_escaped(Thread *t, Span s, unsigned flags)
{
    Escapes e;
    escapes_find(&e, flags | ESCAPE_BYTES, s.p, s.n);
    Value r = str_new(t, strlen("b''") + s.n + e.more, 127);
    if (r) {
        char *to = value_str(r)->data;
        *to++ = 'b';
        *to++ = e.quote;
        to = escapes_write(&e, to, s.p, s.n);
        *to = e.quote;
    }
    return r;
}

static Value repeated(Thread *t, Value like, Span s, ssize_t n)
{
    if (n <= 0 || s.n == 0) {
        return bytes_make(t, like, NULL, 0);
    }
    if (s.n > (size_t)PTRDIFF_MAX / 8 / (size_t)n) {
        return value_is_bytes(like) ? overflow_error(t, "repeated bytes are too long")
                                    : raise_memory(t);
    }
    Value r = bytes_make(t, like, NULL, s.n * (size_t)n);
    if (r) {
        uint8_t *to = bytes_fill(r);
        const size_t all = s.n * (size_t)n;
        PARKED_IF(t, all > PARK_BYTES && value_is_bytes(like), fill_repeating(to, all, s.p, s.n));
    }
    return r;
}

Value bytes_repeat(Thread *t, Value like, Value count)
{
    ssize_t n;
    if (!value_to_count(t, count, &n)) {
        return 0;
    }
    if (n == 1) {
        return bytes_whole(t, like);
    }
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, like);
        r = repeated(t, like, look.s, n);
    } while (r && !bytes_look_held(&look));
    return r;
}

Value bytes_slice(Thread *t, Value self, Value slice)
{
    SliceBounds bounds;
    return slice_bounds(t, slice, &bounds) ? bytes_get_slice(t, self, &bounds) : 0;
}

/* Of s, which is what self holds. */
static Value slice_of(Thread *t, Value self, Span s, const SliceBounds *bounds)
{
    ssize_t start = bounds->start, stop = bounds->stop, step = bounds->step;
    ssize_t n = slice_adjust((ssize_t)s.n, &start, &stop, step);
    if (n <= 0) {
        return bytes_make(t, self, NULL, 0);
    }
    if (step == 1 || n == 1) {
        return (size_t)n == s.n && type_of(self) == &bytes_type
                   ? self
                   : bytes_make(t, self, s.p + start, (size_t)n);
    }
    Value r = bytes_make(t, self, NULL, (size_t)n);
    uint8_t *to = r ? bytes_fill(r) : NULL;
    for (ssize_t i = 0, at = start; to && i < n; i++, at += step) {
        to[i] = s.p[at];
    }
    return r;
}

Value bytes_get_slice(Thread *t, Value self, const SliceBounds *bounds)
{
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, self);
        r = slice_of(t, self, look.s, bounds);
    } while (r && !bytes_look_held(&look));
    return r;
}

int bytes_contains(Thread *t, Value self, Value item)
{
    ByteArg a;
    if (value_is_fixnum(item) && (uint64_t)fixnum_get(item) <= 255) {
        BytesLook look = {0};
        bool found;
        do {
            bytes_look(&look, self);
            found = look.s.n && memchr(look.s.p, (int)fixnum_get(item), look.s.n);
        } while (!bytes_look_held(&look));
        return found;
    }
    if (!value_is_int(item) && !value_has_buffer(item) && !type_of(item)->index) {
        type_error(t, "a bytes-like object is required, not '%T'", item);
        return -1;
    }
    if (!byte_or_int_arg(t, item, &a)) {
        return -1;
    }
    BytesLook look = {0};
    int found;
    do {
        bytes_look(&look, self);
        found = chars_find(1, look.s.p, look.s.n, 1, a.p, a.n) >= 0;
    } while (!bytes_look_held(&look));
    byte_arg_release(t, &a);
    return found;
}

static Value concat_spans(Thread *t, Value like, Span a, Span b)
{
    if (b.n > (size_t)PTRDIFF_MAX - 64 - a.n) {
        return raise_memory(t);
    }
    Value r = bytes_make(t, like, NULL, a.n + b.n);
    if (r && a.n + b.n) {
        char *p = (char *)bytes_fill(r);
        copy_piece(p, (const char *)a.p, a.n);
        copy_piece(p + a.n, (const char *)b.p, b.n);
    }
    return r;
}

Value bytes_concat_slot(Thread *t, Value a, Value b)
{
    if (type_of(a) == &bytes_type && type_of(b) == &bytes_type) {
        if (value_bytes(a)->len == 0) {
            return b;
        }
        if (value_bytes(b)->len == 0) {
            return a;
        }
        /* the sum fits: both are there */
        size_t na = value_bytes(a)->len, nb = value_bytes(b)->len;
        Value both = bytes_new_unset(t, na + nb);
        if (both) {
            memcpy(value_bytes(both)->data, value_bytes(a)->data, na);
            memcpy(value_bytes(both)->data + na, value_bytes(b)->data, nb);
        }
        return both;
    }
    ByteArg x;
    if (!value_has_buffer(b)) {
        return type_error(t, "can't concat %T to %T", b, a);
    }
    if (!byte_arg(t, b, &x)) {
        return 0;
    }
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, a);
        r = concat_spans(t, a, look.s, (Span){x.p, x.n});
    } while (r && !bytes_look_held(&look));
    byte_arg_release(t, &x);
    return r;
}

Value bytes_concat(Thread *t, Value a, Value b) { return bytes_concat_slot(t, a, b); }

Value bytes_mod_slot(Thread *t, Value a, Value b)
{
    if (!value_is_bytes(a) && !value_is_bytearray(a)) {
        return NOT_IMPLEMENTED;
    }
    Span s = bytes_span(a);
    ByteBuilder out;
    bb_init(&out, t);
    if (!bytes_mod_into(t, (const char *)s.p, s.n, b, &out)) {
        return 0;
    }
    return value_is_bytes(a) ? bb_finish(&out) : bb_finish_bytearray(&out);
}

Value bytes_str(Thread *t, Value v)
{
    if (runtime.config.bytes_warning && !warn(t, &exc_BytesWarning, 1, "str() on a %s instance",
                                              value_is_bytes(v) ? "bytes" : "bytearray")) {
        return 0;
    }
    return object_repr(t, v);
}

/* ---- constructor ---- */

Value bytes_of_small_ints(Thread *t, Value source)
{
    if (!value_is_object(source) ||
        (!value_is_list_exact(source) && !value_is_tuple_exact(source))) {
        return 0;
    }
    Value few[ITEMS_FEW];
    size_t n;
    const Value *items = items_at_once(t, source, few, &n);
    for (size_t i = 0; items && i < n; i++) {
        if (!value_is_fixnum(items[i]) || (uint64_t)fixnum_get(items[i]) > 255) {
            return 0;
        }
    }
    if (!items) {
        return 0;
    }
    if (n == 1) {
        return bytes_new(t, &(char){(char)fixnum_get(items[0])}, 1);
    }
    Value r = bytes_new_unset(t, n);
    for (size_t i = 0; r && i < n; i++) {
        value_bytes(r)->data[i] = (char)fixnum_get(items[i]);
    }
    return r;
}

enum { HINT_MOST = 1 << 20 }; /* bytes that are reserved because an iterator says so */

static bool collect_iterable(Thread *t, Value source, ByteBuilder *out, const char *message)
{
    Value quick = bytes_of_small_ints(t, source);
    if (quick) {
        return bb_bytes(out, value_bytes(quick)->data, value_bytes(quick)->len);
    }
    if (error_pending(t)) {
        return false;
    }
    Items items;
    if (!items_start(t, &items, source)) {
        return false;
    }
    ssize_t hint = object_length_hint(t, source, 32);
    if (hint < 0 || !bb_reserve(out, hint < HINT_MOST ? (size_t)hint : HINT_MOST)) {
        return false;
    }
    Value item;
    while ((item = items_take(t, &items)) != 0) {
        int c;
        if (value_is_fixnum(item) && (uint64_t)fixnum_get(item) < 256) {
            c = (int)fixnum_get(item);
            if (!bb_byte(out, c)) {
                return false;
            }
            continue;
        }
        if (!byte_value(t, item, &c, message) || !bb_byte(out, c)) {
            return false;
        }
    }
    return !error_pending(t);
}

bool bytes_collect(Thread *t, Value source, ByteBuilder *out, const char *what)
{
    if (value_is_str(source)) {
        type_error(t, "cannot convert '%T' object to %s", source, what);
        return false;
    }
    if (value_has_buffer(source)) {
        ByteArg a;
        if (byte_arg(t, source, &a)) {
            bool ok = bb_bytes(out, a.p, a.n);
            byte_arg_release(t, &a);
            return ok;
        }
        Buffer view;
        if (!error_clear_if(t, &exc_BufferError) ||
            !buffer_get(t, source, &view, BUFFER_FULL_RO)) {
            return false;
        }
        buffer_release(t, &view);
        Value flat = call_method0(t, source, intern_cstr(t, "tobytes"));
        return flat && bb_bytes(out, value_bytes(flat)->data, value_bytes(flat)->len);
    }
    if (!type_of(source)->iter && !type_of(source)->getitem) {
        type_error(t, "cannot convert '%T' object to %s", source, what);
        return false;
    }
    bool is_bytes = strcmp(what, "bytes") == 0;
    return collect_iterable(t, source, out,
                            is_bytes ? "bytes must be in range(0, 256)"
                                     : "byte must be in range(0, 256)");
}

/* The str/encoding/errors part of both constructors: *out gets encoded bytes, or stays 0: another
 * kind of source. */
bool bytes_encode_source(Thread *t, const char *class, const Value *v, Value *out)
{
    Value source = v[0], encoding = v[1], errors = v[2];
    *out = 0;
    if (encoding && !value_is_str(encoding)) {
        type_error(t, "%s() argument 'encoding' must be str, not %B", class, encoding);
        return false;
    }
    if (errors && !value_is_str(errors)) {
        type_error(t, "%s() argument 'errors' must be str, not %B", class, errors);
        return false;
    }
    if (!encoding && !errors && (!source || !value_is_str(source))) {
        return true;
    }
    if (!source || !value_is_str(source)) {
        type_error(t, encoding ? "encoding without a string argument"
                               : "errors without a string argument");
        return false;
    }
    if (!encoding) {
        type_error(t, "string argument without an encoding");
        return false;
    }
    const char *e = str_utf8(t, encoding, NULL), *h = errors ? str_utf8(t, errors, NULL) : NULL;
    if (!e || (errors && !h)) {
        return false;
    }
    *out = str_encode(t, source, e, h);
    return *out != 0;
}

static Value bytes_of_bytearray(Thread *t, Value array)
{
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, array);
        r = bytes_new(t, look.s.p, look.s.n);
    } while (r && !bytes_look_held(&look));
    return r;
}

static Value from_source(Thread *t, Value source)
{
    if (type_of(source) == &bytes_type) {
        return source;
    }
    if (type_of(source) == &bytearray_type) {
        return bytes_of_bytearray(t, source);
    }
    Value quick = bytes_of_small_ints(t, source);
    if (quick || error_pending(t)) {
        return quick;
    }
    Value method = lookup_special(t, source, N(__bytes__));
    if (method) {
        Value r = call0(t, method);
        if (r && !value_is_bytes(r)) {
            return type_error(t, "__bytes__ returned non-bytes (type %T)", r);
        }
        return r;
    }
    if (error_pending(t)) {
        return 0;
    }
    if (value_is_int(source) || type_of(source)->index) {
        ssize_t n;
        if (value_to_count(t, source, &n)) {
            return n < 0 ? value_error(t, "negative count") : bytes_new(t, NULL, (size_t)n);
        }
        if (!error_matches(t, &exc_TypeError) || value_is_int(source)) {
            return 0;
        }
        error_clear(t);
    }
    ByteArg a;
    if (value_has_buffer(source)) {
        if (byte_arg(t, source, &a)) {
            Value v = bytes_new(t, a.p, a.n);
            byte_arg_release(t, &a);
            return v;
        }
        if (!error_clear_if(t, &exc_BufferError)) {
            return 0;
        }
    }
    ByteBuilder b;
    bb_init(&b, t);
    return bytes_collect(t, source, &b, "bytes") ? bb_finish(&b) : 0;
}

static Value bytes_construct(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("bytes(source=b'', encoding='utf-8', errors='strict')");
    Value a[3], v = 0;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    bool own =
        a[0] && !a[1] && !a[2] && value_is_str(a[0]) && type_lookup(t, type_of(a[0]), N(__bytes__));
    if (!own && !bytes_encode_source(t, "bytes", a, &v)) {
        return 0;
    }
    if (!v) {
        v = a[0] ? from_source(t, a[0]) : bytes_new(t, NULL, 0);
    }
    if (!v || type == &bytes_type) {
        return v;
    }
    Bytes *from = value_bytes(v), *b = object_alloc_instance(t, type, from->len);
    if (!b) {
        return 0;
    }
    b->len = from->len;
    memcpy(b->data, from->data, from->len);
    return object_value(b);
}

/* ---- slots of bytes ---- */

static Value repr_slot(Thread *t, Value v) { return bytes_escaped(t, bytes_span(v), 0); }
static ssize_t len_slot(Thread *t UNUSED, Value v) { return (ssize_t)value_bytes(v)->len; }
Value bytes_repr(Thread *t, Value v) { return repr_slot(t, v); }

static Value compare_slot(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_bytes(a) || !value_is_bytes(b)) {
        if (runtime.config.bytes_warning && (op == CMP_EQ || op == CMP_NE) &&
            (value_is_str(a) || value_is_str(b)) &&
            !warn(t, &exc_BytesWarning, 1, "Comparison between bytes and string")) {
            return 0;
        }
        return NOT_IMPLEMENTED;
    }
    return bytes_compare_spans(bytes_span(a), bytes_span(b), op);
}

static Value item_slot(Thread *t, Value v, ssize_t i)
{
    Bytes *b = value_bytes(v);
    if (i < 0 || (size_t)i >= b->len) {
        return index_error(t, "index out of range");
    }
    return fixnum((uint8_t)b->data[i]);
}

static Value getitem_slot(Thread *t, Value v, Value key)
{
    ssize_t i = value_is_fixnum(key) ? fixnum_get(key) : 0;
    if (UNLIKELY(!value_is_fixnum(key))) {
        Subscript kind =
            subscript_key(t, key, "byte indices must be integers or slices, not %T", &i);
        if (kind != SUBSCRIPT_INDEX) {
            return kind == SUBSCRIPT_SLICE ? bytes_slice(t, v, key) : 0;
        }
    }
    return item_slot(t, v, i < 0 ? i + (ssize_t)value_bytes(v)->len : i);
}

static bool get_buffer_slot(Thread *t, Value v, Buffer *view, int flags)
{
    return buffer_fill(t, view, v, value_bytes(v)->data, (ssize_t)value_bytes(v)->len, true, flags);
}

static Value bytes_dunder_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bytes_whole(t, args[0]) == args[0]
               ? args[0]
               : bytes_new(t, bytes_span(args[0]).p, bytes_span(args[0]).n);
}

static Value getnewargs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value whole = bytes_whole(t, args[0]);
    return whole ? tuple_pack(t, 1, whole) : 0;
}

static Value sizeof_method(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return fixnum((int64_t)(type_of(args[0])->size + value_bytes(args[0])->len));
}

static const NativeDef methods[] = {
    BYTES_METHOD_TABLE,
    {"__bytes__()", bytes_dunder_method, "Convert to type bytes.", 0},
    {"__getnewargs__()", getnewargs_method, "Arguments for pickling.", 0},
    {"__sizeof__()", sizeof_method, "Return the size of the object in memory, in bytes.", 0},
    {0}};

Type bytes_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "bytes",
    .size = sizeof(Bytes) + 1,
    .item_size = 1,
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\n"
           "bytes(bytes_or_buffer) -> copy of the data\nbytes(int) -> zero bytes of that "
           "number\nbytes() -> empty bytes\n\n"
           "An immutable array of bytes.",
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_BYTES | TYPE_MATCH_SELF | TYPE_FLAT_COMPARE,
    .new = bytes_construct,
    .repr = repr_slot,
    .str = bytes_str,
    .hash = bytes_hash,
    .compare = compare_slot,
    .iter = bytes_iter,
    .mod = bytes_mod_slot,
    .len = len_slot,
    .getitem = getitem_slot,
    .contains = bytes_contains,
    .concat = bytes_concat_slot,
    .repeat = bytes_repeat,
    .item = item_slot,
    .get_buffer = get_buffer_slot,
    .methods = methods,
    .getattr = generic_getattr};
