/* memoryview: items of native formats, indexing, slicing, assignment, cast, comparison. */
#include "core/base/racy.h"
#include "core/object/int.h"
#include "core/object/float.h"
#include "core/object/list_internal.h"
#include "core/object/memoryview_internal.h"
#include "core/object/module.h"
#include "core/object/slice.h"
#include "core/object/tuple.h"

static const char *bare_format(const char *f) { return *f == '@' ? f + 1 : f; }

int view_format_char(const char *format)
{
    if (*format == '@') {
        format++;
    }
    switch (format[0]) {
    case 'c': case 'b': case 'B': case 'h': case 'H': case 'i': case 'I': case 'l': case 'L':
    case 'q': case 'Q': case 'n': case 'N': case 'f': case 'd': case 'e': case '?': case 'P':
        return format[1] ? 0 : format[0];
    default: return 0;
    }
}

ssize_t view_format_size(int c)
{
    switch (c) {
    case 'c': case 'b': case 'B': case '?': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    case 0: return -1;
    default: return 8;
    }
}

#define ITEM(type, p)                         \
    __extension__({                           \
        type item_;                           \
        racy_copy(&item_, (p), sizeof item_); \
        item_;                                \
    })

Value view_unpack(Thread *t, const Buffer *b, const char *p)
{
    if (LIKELY(b->format[0] == 'B' && !b->format[1])) {
        return fixnum(__atomic_load_n((const uint8_t *)p, __ATOMIC_RELAXED));
    }
    switch (view_format_char(b->format)) {
    case 'c': return bytes_new_racy(t, p, 1);
    case '?': return bool_value(ITEM(uint8_t, p) != 0);
    case 'b': return fixnum(ITEM(int8_t, p));
    case 'B': return fixnum(ITEM(uint8_t, p));
    case 'h': return fixnum(ITEM(int16_t, p));
    case 'H': return fixnum(ITEM(uint16_t, p));
    case 'i': return fixnum(ITEM(int32_t, p));
    case 'I': return fixnum(ITEM(uint32_t, p));
    case 'l': case 'q': case 'n': return int_from_int64(t, ITEM(int64_t, p));
    case 'L': case 'Q': case 'N': case 'P': return int_from_uint64(t, ITEM(uint64_t, p));
    case 'e': return float_new(t, half_to_double(ITEM(uint16_t, p)));
    case 'f': return float_new(t, ITEM(float, p));
    case 'd': return float_new(t, ITEM(double, p));
    default:
        return raise(t, &exc_NotImplementedError, "memoryview: format %s not supported", b->format);
    }
}

static bool bad_value(Thread *t, const Buffer *b, bool type)
{
    if (type) {
        type_error(t, "memoryview: invalid type for format '%s'", b->format);
    } else {
        value_error(t, "memoryview: invalid value for format '%s'", b->format);
    }
    return false;
}

static bool pack_int(Thread *t, const Buffer *b, char *p, Value v, int c, ssize_t size)
{
    v = value_is_int(v) ? v : number_index(t, v);
    if (!v) {
        return error_matches(t, &exc_TypeError) ? (error_clear(t), bad_value(t, b, true)) : false;
    }
    uint64_t u;
    if (c == 'P' || (c < 'a' && c != '?')) {
        if (int_sign(v) < 0 || !value_to_uint64(t, v, &u) || (size < 8 && u >> (8 * size))) {
            error_clear(t);
            return bad_value(t, b, false);
        }
    } else {
        int64_t i;
        if (!int_try_int64(v, &i) || (size < 8 && (i < -((int64_t)1 << (8 * size - 1)) ||
                                                   i >= (int64_t)1 << (8 * size - 1)))) {
            return bad_value(t, b, false);
        }
        u = (uint64_t)i;
    }
    memcpy(p, &u, (size_t)size);
    return true;
}

bool view_pack(Thread *t, const Buffer *b, char *p, Value v)
{
    int c = view_format_char(b->format);
    ssize_t size = view_format_size(c);
    if (size < 0) {
        raise(t, &exc_NotImplementedError, "memoryview: format %s not supported", b->format);
        return false;
    }
    if (c == 'c') {
        if (!value_is_bytes(v)) {
            return bad_value(t, b, true);
        }
        if (value_bytes(v)->len != 1) {
            return bad_value(t, b, false);
        }
        *p = value_bytes(v)->data[0];
        return true;
    }
    if (c == '?') {
        int truth = object_truth(t, v);
        *p = (char)(truth > 0);
        return truth >= 0;
    }
    if (c == 'f' || c == 'd' || c == 'e') {
        double d;
        if (!value_to_double(t, v, &d)) {
            return error_matches(t, &exc_TypeError) ? (error_clear(t), bad_value(t, b, true))
                                                    : false;
        }
        float f = (float)d;
        _Float16 h = (_Float16)d;
        memcpy(p, c == 'f' ? (void *)&f : c == 'd' ? (void *)&d : (void *)&h, (size_t)size);
        return true;
    }
    return pack_int(t, b, p, v, c, size);
}

char *view_step(const Buffer *b, char *p, int dim, ssize_t i)
{
    p += b->strides[dim] * i;
    if (b->suboffsets && b->suboffsets[dim] >= 0) {
        p = *(char **)p + b->suboffsets[dim];
    }
    return p;
}

Value view_tolist(Thread *t, const Buffer *b, char *p, int dim)
{
    Value list = list_new(t, (size_t)b->shape[dim]);
    if (list && dim + 1 == b->ndim && !b->suboffsets && strcmp(bare_format(b->format), "B") == 0) {
        ValueArray *items = value_list(list)->array; /* small ints: nothing is allocated */
        for (ssize_t i = 0; i < b->shape[dim]; i++, p += b->strides[dim]) {
            uint8_t byte = __atomic_load_n((const uint8_t *)p, __ATOMIC_RELAXED);
            gc_init(&items->items[i], fixnum(byte));
        }
        list_set_filled(list, (size_t)b->shape[dim]);
        return list;
    }
    for (ssize_t i = 0; list && i < b->shape[dim]; i++) {
        char *q = view_step(b, p, dim, i);
        Value item = dim + 1 == b->ndim ? view_unpack(t, b, q) : view_tolist(t, b, q, dim + 1);
        if (!item || !list_add_new(t, list, item)) {
            return 0;
        }
    }
    return list;
}

static char *copy_dim(const Buffer *b, char *p, int dim, char *out)
{
    if (dim == b->ndim) {
        racy_copy(out, p, (size_t)b->itemsize);
        return out + b->itemsize;
    }
    if (dim + 1 == b->ndim && b->strides[dim] == b->itemsize && !b->suboffsets) {
        racy_copy(out, p, (size_t)(b->itemsize * b->shape[dim]));
        return out + b->itemsize * b->shape[dim];
    }
    for (ssize_t i = 0; i < b->shape[dim]; i++) {
        out = copy_dim(b, view_step(b, p, dim, i), dim + 1, out);
    }
    return out;
}

/* Item by item in Fortran order: the first index changes fastest. */
static void copy_fortran(const Buffer *b, char *out)
{
    ssize_t index[VIEW_MAX_DIMS] = {0};
    for (ssize_t done = 0; done < b->len; done += b->itemsize) {
        char *p = b->buf;
        for (int d = 0; d < b->ndim; d++) {
            p = view_step(b, p, d, index[d]);
        }
        memcpy(out + done, p, (size_t)b->itemsize);
        for (int d = 0; d < b->ndim && ++index[d] == b->shape[d]; d++) {
            index[d] = 0;
        }
    }
}

void view_copy_out(const Buffer *b, char *out, bool fortran)
{
    if (fortran) {
        copy_fortran(b, out);
    } else {
        copy_dim(b, b->buf, 0, out);
    }
}

/* ---- indexing ---- */

static char *item_address(Thread *t, const Buffer *b, char *p, int dim, ssize_t i)
{
    ssize_t n = b->shape[dim];
    i = i < 0 ? i + n : i;
    if (i < 0 || i >= n) {
        index_error(t, "index out of bounds on dimension %d", dim + 1);
        return NULL;
    }
    return view_step(b, p, dim, i);
}

/* Address of the single item that key names; NULL: raised. */
static char *keyed_address(Thread *t, const Buffer *b, Value key)
{
    ssize_t i;
    if (!value_is_tuple(key)) {
        if (b->ndim > 1) {
            raise_not_implemented(t, "multi-dimensional sub-views are not implemented");
            return NULL;
        }
        return value_to_ssize(t, key, &i, &exc_IndexError) ? item_address(t, b, b->buf, 0, i)
                                                           : NULL;
    }
    size_t n = tuple_len(key);
    if ((int)n < b->ndim) {
        raise_not_implemented(t, "sub-views are not implemented");
        return NULL;
    }
    if ((int)n > b->ndim) {
        type_error(t, "cannot index %d-dimension view with %zd-element tuple", b->ndim, (ssize_t)n);
        return NULL;
    }
    char *p = b->buf;
    for (size_t d = 0; d < n && p; d++) {
        if (!value_to_ssize(t, tuple_get(key, d), &i, &exc_IndexError)) {
            return NULL;
        }
        p = item_address(t, b, p, (int)d, i);
    }
    return p;
}

typedef enum { KEY_INDEX, KEY_SLICE, KEY_SLICES, KEY_ELLIPSIS, KEY_INVALID } KeyKind;

static KeyKind kind_of_key(Value key)
{
    if (value_is_fixnum(key) || type_of(key)->index) {
        return KEY_INDEX;
    }
    if (type_of(key) == &slice_type) {
        return KEY_SLICE;
    }
    if (key == ELLIPSIS) {
        return KEY_ELLIPSIS;
    }
    if (!value_is_tuple(key)) {
        return KEY_INVALID;
    }
    size_t indices = 0, slices = 0;
    for (size_t i = 0; i < tuple_len(key); i++) {
        Value x = tuple_get(key, i);
        indices += value_is_fixnum(x) || type_of(x)->index;
        slices += type_of(x) == &slice_type;
    }
    return indices == tuple_len(key)  ? KEY_INDEX
           : slices == tuple_len(key) ? KEY_SLICES
                                      : KEY_INVALID;
}

static MemoryView *sliced(Thread *t, MemoryView *m, Value key)
{
    ssize_t start, stop, step;
    MemoryView *r = view_derive(t, m, m->view.ndim); /* first: __index__ may release m */
    if (!r) {
        return NULL;
    }
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        Value failure = error_take(t);
        bool done = view_release(t, r);
        assert(done);
        (void)done;
        error_restore(t, failure);
        return NULL;
    }
    Buffer *b = &r->view;
    ssize_t n = slice_adjust(b->shape[0], &start, &stop, step);
    n = n < 0 ? 0 : n;
    if (!b->suboffsets || b->suboffsets[0] < 0) {
        b->buf = (char *)b->buf + b->strides[0] * start;
    } else {
        b->suboffsets[0] += b->strides[0] * start;
    }
    b->shape[0] = n;
    b->strides[0] *= step;
    b->len = b->itemsize;
    for (int i = 0; i < b->ndim; i++) {
        b->len *= b->shape[i];
    }
    return r;
}

static Value get_pinned(Thread *t, MemoryView *m, Value key)
{
    const Buffer *b = &m->view;
    if (b->ndim == 0) {
        if (value_is_tuple(key) && tuple_len(key) == 0) {
            return view_unpack(t, b, b->buf);
        }
        return key == ELLIPSIS ? object_value(m)
                               : type_error(t, "invalid indexing of 0-dim memory");
    }
    switch (kind_of_key(key)) {
    case KEY_ELLIPSIS:
        return object_value(m);
    case KEY_INDEX: {
        if (view_format_char(b->format) == 0) {
            return raise(t, &exc_NotImplementedError, "memoryview: unsupported format %s",
                         b->format);
        }
        char *p = keyed_address(t, b, key);
        return p && view_check(t, m) ? view_unpack(t, b, p) : 0;
    }
    case KEY_SLICE: return object_value(sliced(t, m, key));
    case KEY_SLICES:
        return raise_not_implemented(t, "multi-dimensional slicing is not implemented");
    default: return type_error(t, "memoryview: invalid slice key");
    }
}

/* Where the item is that a small int names in a row; NULL: something else. */
static inline char *item_of_key(const Buffer *b, Value key)
{
    if (UNLIKELY(!value_is_fixnum(key)) || UNLIKELY(b->ndim != 1) || UNLIKELY(b->suboffsets)) {
        return NULL;
    }
    ssize_t i = fixnum_get(key), n = b->shape[0];
    i += i < 0 ? n : 0;
    return LIKELY((size_t)i < (size_t)n) ? (char *)b->buf + b->strides[0] * i : NULL;
}

#define PUT_ITEM(type, p, i)                          \
    __extension__({                                   \
        type item_ = (type)(i);                       \
        bool fits_ = item_ == (i);                    \
        if (fits_) {                                  \
            racy_copy((p), &item_, sizeof item_);     \
        }                                             \
        fits_;                                        \
    })

/* false: it is too large, or the format is none of these. */
static inline bool put_fixnum(const Buffer *b, char *p, int64_t i)
{
    if (b->format[0] == 0 || b->format[1] != 0) {
        return false;
    }
    switch (b->format[0]) {
    case 'B': return PUT_ITEM(uint8_t, p, i);
    case 'b': return PUT_ITEM(int8_t, p, i);
    case 'H': return PUT_ITEM(uint16_t, p, i);
    case 'h': return PUT_ITEM(int16_t, p, i);
    case 'I': return PUT_ITEM(uint32_t, p, i);
    case 'i': return PUT_ITEM(int32_t, p, i);
    case 'l': case 'q': case 'n': return PUT_ITEM(int64_t, p, i);
    default: return false;
    }
}

Value view_getitem(Thread *t, Value self, Value key)
{
    MemoryView *m = view_of(self);
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return 0;
    }
    const Buffer *b = &m->view;
    const char *p = item_of_key(b, key);
    Value item = LIKELY(p != NULL) && LIKELY(view_format_char(b->format)) ? view_unpack(t, b, p)
                                                                          : get_pinned(t, m, key);
    view_unpin(t, pinned);
    return item;
}

static bool same_structure(Thread *t, const Buffer *a, const Buffer *b)
{
    bool same = strcmp(bare_format(a->format), bare_format(b->format ? b->format : "B")) == 0 &&
                a->itemsize == b->itemsize && a->ndim == b->ndim;
    for (int i = 0; same && i < a->ndim; i++) {
        same = a->shape[i] == b->shape[i];
    }
    if (!same) {
        value_error(t, "memoryview assignment: lvalue and rvalue have different structures");
    }
    return same;
}

/* One row of single bytes without gaps. */
static bool is_plain_bytes(const Buffer *b)
{
    return b->ndim == 1 && b->itemsize == 1 && b->strides[0] == 1 && !b->suboffsets &&
           strcmp(bare_format(b->format), "B") == 0;
}

static bool assign_slice(Thread *t, MemoryView *target, Value source)
{
    if (value_is_bytes(source) && is_plain_bytes(&target->view) &&
        (ssize_t)value_bytes(source)->len == target->view.len) {
        racy_copy(target->view.buf, value_bytes(source)->data, value_bytes(source)->len);
        return true;
    }
    Value from = memoryview_new(t, source);
    if (!from) {
        return false;
    }
    Buffer *a = &target->view, *b = &view_of(from)->view;
    bool ok = same_structure(t, a, b);
    if (ok && a->len) {
        RawBuffer *copy = raw_buffer_new(t, (size_t)a->len); /* source and target may overlap */
        ok = copy != NULL;
        if (ok) {
            view_copy_out(b, copy->data, false);
            for (ssize_t i = 0; i < a->shape[0]; i++) {
                racy_copy(view_step(a, a->buf, 0, i), copy->data + i * a->itemsize,
                          (size_t)a->itemsize);
            }
        }
    }
    Value failure = error_take(t);
    bool done = view_release(t, view_of(from));
    if (failure) {
        error_restore(t, failure);
    }
    return ok && done;
}

static bool set_pinned(Thread *t, MemoryView *m, Value key, Value v)
{
    const Buffer *b = &m->view;
    if (b->readonly) {
        type_error(t, "cannot modify read-only memory");
        return false;
    }
    if (!v) {
        type_error(t, "cannot delete memory");
        return false;
    }
    if (b->ndim == 0) {
        if (key == ELLIPSIS || (value_is_tuple(key) && tuple_len(key) == 0)) {
            return view_pack(t, b, b->buf, v);
        }
        type_error(t, "invalid indexing of 0-dim memory");
        return false;
    }
    switch (kind_of_key(key)) {
    case KEY_INDEX: {
        if (view_format_char(b->format) == 0) {
            raise(t, &exc_NotImplementedError, "memoryview: unsupported format %s", b->format);
            return false;
        }
        _Alignas(8) char item[8];
        char *p = keyed_address(t, b, key);
        memset(item, 0, sizeof item);
        /* the conversion may run Python and release the view */
        if (!p || !view_pack(t, b, item, v) || !view_check(t, m)) {
            return false;
        }
        racy_copy(p, item, (size_t)b->itemsize);
        return true;
    }
    case KEY_SLICE: {
        if (b->ndim != 1) {
            raise_not_implemented(
                t, "memoryview slice assignments are currently restricted to ndim = 1");
            return false;
        }
        MemoryView *target = sliced(t, m, key);
        if (!target || !view_check(t, m)) { /* __index__ may release the view */
            return false;
        }
        bool ok = assign_slice(t, target, v);
        Value pending = error_take(t);
        bool done = view_release(t, target);
        if (pending) {
            error_restore(t, pending);
        }
        return ok && done;
    }
    case KEY_ELLIPSIS:
    case KEY_SLICES:
        raise_not_implemented(t,
                              "memoryview slice assignments are currently restricted to ndim = 1");
        return false;
    default:
        type_error(t, "memoryview: invalid slice key");
        return false;
    }
}

bool view_setitem(Thread *t, Value self, Value key, Value v)
{
    MemoryView *m = view_of(self);
    Managed *pinned = view_pin(t, m);
    if (!pinned) {
        return false;
    }
    char *p = item_of_key(&m->view, key);
    bool ok = (LIKELY(p != NULL) && LIKELY(value_is_fixnum(v)) && LIKELY(!m->view.readonly) &&
               put_fixnum(&m->view, p, fixnum_get(v))) ||
              set_pinned(t, m, key, v);
    view_unpin(t, pinned);
    return ok;
}

/* ---- cast ---- */

static bool cast_to_bytes(Thread *t, MemoryView *r, Value format)
{
    Buffer *b = &r->view;
    if (!value_is_str(format)) {
        type_error(t, "cast() argument 'format' must be str, not %B", format);
        return false;
    }
    const char *text = str_utf8(t, format, NULL);
    if (!text) {
        return false;
    }
    int from = view_format_char(b->format), to = view_format_char(text);
    if (!to) {
        value_error(t, "memoryview: destination format must be a native single character format "
                       "prefixed with an optional '@'");
        return false;
    }
    /* to bytes from any format */
    if ((!from || !strchr("cbB", from)) && !strchr("cbB", to)) {
        type_error(t, "memoryview: cannot cast between two non-byte formats");
        return false;
    }
    ssize_t size = view_format_size(to);
    if (b->len % size) {
        type_error(t, "memoryview: length is not a multiple of itemsize");
        return false;
    }
    Value copy = bytes_from_cstr(t, text);
    if (!copy) {
        return false;
    }
    gc_init(&r->format, copy);
    b->format = value_bytes(copy)->data;
    b->itemsize = size;
    b->ndim = 1;
    b->shape[0] = b->len / size;
    b->strides[0] = size;
    b->suboffsets = NULL;
    return true;
}

static bool cast_to_shape(Thread *t, MemoryView *r, Value shape)
{
    Buffer *b = &r->view;
    size_t n = tuple_len(shape);
    ssize_t len = b->itemsize;
    ssize_t dims[VIEW_MAX_DIMS];
    for (size_t i = 0; i < n; i++) {
        Value v = tuple_get(shape, i);
        if (!value_is_int(v)) {
            type_error(t, "memoryview.cast(): elements of shape must be integers");
            return false;
        }
        if (!value_to_ssize(t, v, &dims[i], &exc_OverflowError)) {
            return false;
        }
        if (dims[i] <= 0) {
            value_error(t, "memoryview.cast(): elements of shape must be integers > 0");
            return false;
        }
        if (dims[i] > PTRDIFF_MAX / len) {
            value_error(t, "memoryview.cast(): product(shape) > SSIZE_MAX");
            return false;
        }
        len *= dims[i];
    }
    if (len != b->len) {
        type_error(t, "memoryview: product(shape) * itemsize != buffer size");
        return false;
    }
    b->ndim = (int)n;
    b->shape = r->dims;
    b->strides = r->dims + n;
    ssize_t stride = b->itemsize;
    for (size_t i = n; i-- > 0;) {
        b->shape[i] = dims[i];
        b->strides[i] = stride;
        stride *= dims[i];
    }
    return true;
}

Value view_cast_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    MemoryView *m = view_of(args[0]);
    Value shape = args[2] && !is_none(args[2]) ? args[2] : 0;
    if (!view_check(t, m)) {
        return 0;
    }
    if (!view_is_c_contiguous(&m->view)) {
        return type_error(t, "memoryview: casts are restricted to C-contiguous views");
    }
    for (int i = 0; (shape || m->view.ndim != 1) && i < m->view.ndim; i++) {
        if (m->view.shape[i] == 0 || m->view.strides[i] == 0) {
            return type_error(t, "memoryview: cannot cast view with zeros in shape or strides");
        }
    }
    int ndim = 1;
    if (shape) {
        if (!value_is_list(shape) && !value_is_tuple(shape)) {
            return type_error(t, "shape must be a list or a tuple");
        }
        shape = sequence_tuple(t, shape);
        if (!shape) {
            return 0;
        }
        if (tuple_len(shape) > VIEW_MAX_DIMS) {
            return value_error(t, "memoryview: number of dimensions must not exceed 64");
        }
        ndim = (int)tuple_len(shape);
        if (m->view.ndim != 1 && ndim != 1) {
            return type_error(t, "memoryview: cast must be 1D -> ND or ND -> 1D");
        }
    }
    Managed *pinned = view_pin(t, m); /* reading the shape has run Python */
    if (!pinned) {
        return 0;
    }
    MemoryView *r = view_derive(t, m,
                                ndim > m->view.ndim ? ndim
                                : m->view.ndim > 0  ? m->view.ndim
                                                    : 1);
    view_unpin(t, pinned);
    if (!r || !cast_to_bytes(t, r, args[1]) || (shape && !cast_to_shape(t, r, shape))) {
        return 0;
    }
    return object_value(r);
}

/* ---- comparison ---- */

typedef struct Unpacker {
    const Buffer *b;
    Value unpack_from; /* of struct.Struct, for formats that are not native */
} Unpacker;

/* 1 ready, 0 not understood, -1 raised */
static int unpacker_init(Thread *t, Unpacker *u, const Buffer *b)
{
    *u = (Unpacker){.b = b};
    if (view_format_char(b->format)) {
        return 1;
    }
    Value make = import_attr(t, "struct", "Struct"), text = make ? str_from_cstr(t, b->format) : 0;
    Value st = text ? call1(t, make, text) : 0;
    u->unpack_from = st ? object_getattr_cstr(t, st, "unpack") : 0;
    if (u->unpack_from) {
        return 1;
    }
    error_clear(t);
    return 0;
}

static Value unpack_one(Thread *t, const Unpacker *u, const char *p)
{
    if (!u->unpack_from) {
        return view_unpack(t, u->b, p);
    }
    Value raw = bytes_new_racy(t, p, (size_t)u->b->itemsize);
    return raw ? call1(t, u->unpack_from, raw) : 0;
}

/* 1 equal, 0 not, -1 raised */
static int equal_dims(Thread *t, const Unpacker *x, char *p, const Unpacker *y, char *q, int dim)
{
    if (dim == x->b->ndim) {
        Value a = unpack_one(t, x, p), b = a ? unpack_one(t, y, q) : 0;
        return b ? object_compare_bool(t, a, b, CMP_EQ) : -1;
    }
    for (ssize_t i = 0; i < x->b->shape[dim]; i++) {
        int equal =
            equal_dims(t, x, view_step(x->b, p, dim, i), y, view_step(y->b, q, dim, i), dim + 1);
        if (equal != 1) {
            return equal;
        }
    }
    return 1;
}

static int equal_views(Thread *t, const Buffer *a, const Buffer *b)
{
    if (a->ndim != b->ndim) {
        return 0;
    }
    for (int i = 0; i < a->ndim; i++) {
        if (a->shape[i] != b->shape[i]) {
            return 0;
        }
        if (a->shape[i] == 0) {
            break;
        }
    }
    int c = view_format_char(a->format), d = view_format_char(b->format);
    if (c && c == d && !strchr("fde?", c) && view_is_c_contiguous(a) && view_is_c_contiguous(b)) {
        return racy_equal(a->buf, b->buf, (size_t)a->len);
    }
    Unpacker x, y;
    int ready = unpacker_init(t, &x, a);
    ready = ready == 1 ? unpacker_init(t, &y, b) : ready;
    return ready == 1 ? equal_dims(t, &x, a->buf, &y, b->buf, 0) : ready;
}

/* 1, 0, -1: raised, -2: cannot be compared; m is pinned */
static int equal_to(Thread *t, MemoryView *m, Value other)
{
    if (type_of(other) == &memoryview_type) {
        Managed *pinned = view_pin_quietly(view_of(other));
        if (!pinned) {
            return object_value(m) == other;
        }
        int equal = equal_views(t, &m->view, &view_of(other)->view);
        view_unpin(t, pinned);
        return equal;
    }
    if (value_is_bytes(other) && is_plain_bytes(&m->view)) {
        Bytes *b = value_bytes(other);
        return (ssize_t)b->len == m->view.len && racy_equal(m->view.buf, b->data, b->len);
    }
    Value view = memoryview_new(t, other);
    if (!view) {
        error_clear(t);
        return -2;
    }
    int equal = equal_views(t, &m->view, &view_of(view)->view);
    Value pending = error_take(t);
    if (!view_release(t, view_of(view))) {
        return -1;
    }
    if (pending) {
        error_restore(t, pending);
    }
    return equal;
}

Value view_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(a) != &memoryview_type) {
        return NOT_IMPLEMENTED;
    }
    MemoryView *m = view_of(a);
    Managed *pinned = view_pin_quietly(m);
    if (!pinned) {
        return bool_value((a == b) == (op == CMP_EQ));
    }
    int equal = value_has_buffer(b) ? equal_to(t, m, b) : -2;
    view_unpin(t, pinned);
    return equal == -2 ? NOT_IMPLEMENTED : equal < 0 ? 0 : bool_value(equal == (op == CMP_EQ));
}
