/* The module array: the type's slots, its constructor, iterator and buffer.  Items:
 * modules/array/array_items.c. */
#include "core/base/racy.h"
#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/native.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/array/array.h"

/* ---- constructor ---- */

static bool fill_new(Thread *t, Array *a, Value init)
{
    const ArrayKind *k = a->kind;
    if (value_is_bytes(init) || value_is_bytearray(init)) {
        return array_from_bytes(t, a, init);
    }
    if (value_is_str(init) && k->code != 'u') {
        type_error(t, "cannot use a str to initialize an array with typecode '%c'", (int)k->code);
        return false;
    }
    if (value_is_array(init)) {
        Array *b = as_array(init);
        if (b->kind->code == 'u' && k->code != 'u') {
            type_error(t, "cannot use a unicode array to initialize an array with typecode '%c'",
                       (int)k->code);
            return false;
        }
        if (b->kind == k) {
            return array_extend(t, a, init);
        }
        Value x;
        uint64_t cell;
        for (size_t i = 0; (x = array_item(t, b, i)); i++) {
            if (!array_store(t, k, x, &cell) || !array_splice(t, a, SIZE_MAX, SIZE_MAX, &cell, 1)) {
                return false;
            }
        }
        return !error_pending(t);
    }
    return array_extend(t, a, init);
}

static Value array_new_slot(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (kwnames && !(type->flags & TYPE_HEAP)) {
        return type_error(t, "array.array() takes no keyword arguments");
    }
    if (n < 1 || n > 2) {
        return n < 1 ? type_error(t, "array() takes at least 1 argument (0 given)")
                     : type_error(t, "array() takes at most 2 arguments (%zu given)", n);
    }
    if (!value_is_str(args[0]) || str_len(args[0]) != 1) {
        return type_error(t, "array() argument 1 must be a unicode character, not %T", args[0]);
    }
    const ArrayKind *k = array_kind_find(str_get(value_str(args[0]), 0));
    if (!k) {
        return value_error(t, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    }
    Value v = array_new(t, type, k, 0);
    return v && (n == 1 || fill_new(t, as_array(v), args[1])) ? v : 0;
}

static void array_trace(Object *o, Tracer *tr)
{
    trace_object(tr, ((Array *)o)->buf);
}

static Value array_repr(Thread *t, Value self)
{
    Array *a = as_array(self);
    const char *name = type_short_name(type_of(self));
    if (array_size(a) == 0) {
        return str_format(t, "%s('%c')", name, (int)a->kind->code);
    }
    Value content =
        call_method0(t, self, intern_cstr(t, a->kind->code == 'u' ? "tounicode" : "tolist"));
    return content ? str_format(t, "%s('%c', %R)", name, (int)a->kind->code, content) : 0;
}

/* ---- sequence ---- */

static ssize_t array_len(Thread *t UNUSED, Value self)
{
    return (ssize_t)array_size(as_array(self));
}

static Value array_slice(Thread *t, Array *a, Value key)
{
    ssize_t start, stop, step;
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return 0;
    }
    size_t size = a->kind->size, len;
    RawBuffer *buf = array_content(a, &len);
    size_t n = (size_t)slice_adjust((ssize_t)len, &start, &stop, step);
    Value r = array_new(t, &array_type, a->kind, n);
    if (r && step == 1) {
        racy_copy(as_array(r)->buf->data, buf->data + (size_t)start * size, n * size);
        return r;
    }
    for (size_t i = 0; r && i < n; i++) {
        racy_copy(as_array(r)->buf->data + i * size,
                  buf->data + (size_t)(start + (ssize_t)i * step) * size, size);
    }
    return r;
}

static Value array_getitem(Thread *t, Value self, Value key)
{
    Array *a = as_array(self);
    if (type_of(key)->index) {
        ssize_t i;
        if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
            return 0;
        }
        i = i < 0 ? i + (ssize_t)array_size(a) : i;
        Value v = i < 0 ? 0 : array_item(t, a, (size_t)i);
        return v || error_pending(t) ? v : index_error(t, "array index out of range");
    }
    return type_of(key) == &slice_type ? array_slice(t, a, key)
                                       : type_error(t, "array indices must be integers");
}

static Value array_sq_item(Thread *t, Value self, ssize_t i)
{
    Value v = i < 0 ? 0 : array_item(t, as_array(self), (size_t)i);
    return v || error_pending(t) ? v : index_error(t, "array index out of range");
}

static bool set_index(Thread *t, Array *a, Value key, Value v)
{
    ssize_t i;
    uint64_t cell;
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return false;
    }
    i = i < 0 ? i + (ssize_t)array_size(a) : i;
    if (i < 0 || i >= (ssize_t)array_size(a)) {
        index_error(t, "array assignment index out of range");
        return false;
    }
    if (!v) {
        return array_splice(t, a, (size_t)i, (size_t)i + 1, NULL, 0);
    }
    return array_store(t, a->kind, v, &cell) &&
           array_splice(t, a, (size_t)i, (size_t)i + 1, &cell, 1);
}

/* Removes every step-th of n items from start on (step > 1). */
static bool delete_stepped(Thread *t, Array *a, ssize_t start, ssize_t step, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)(start + (ssize_t)i * step) - i;
        if (!array_splice(t, a, at, at + 1, NULL, 0)) {
            return false;
        }
    }
    return true;
}

static bool set_slice(Thread *t, Array *a, Value key, Value v)
{
    ssize_t start, stop, step;
    RawBuffer *from = NULL;
    size_t count = 0;
    if (v) {
        if (!value_is_array(v)) {
            type_error(t, "can only assign array (not \"%T\") to array slice", v);
            return false;
        }
        if (as_array(v)->kind != a->kind) {
            type_error(t, "bad argument type for built-in operation");
            return false;
        }
        from = array_content(as_array(v), &count);
        if (as_array(v) == a) {
            RawBuffer *copy = raw_buffer_new(t, count * a->kind->size);
            if (!copy) {
                return false;
            }
            memcpy(copy->data, from->data, count * a->kind->size);
            from = copy;
        }
    }
    if (!slice_unpack(t, key, &start, &stop, &step)) {
        return false;
    }
    size_t n = (size_t)slice_adjust((ssize_t)array_size(a), &start, &stop, step);
    if (step == 1) {
        size_t hi = (size_t)(stop > start ? stop : start);
        return array_splice(t, a, (size_t)start, hi, from ? from->data : NULL, count);
    }
    if (!v) {
        if (step < 0) {
            start += ((ssize_t)n - 1) * step;
            step = -step;
        }
        return delete_stepped(t, a, start, step, n);
    }
    if (count != n) {
        value_error(t, "attempt to assign array of size %zu to extended slice of size %zu", count,
                    n);
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        size_t at = (size_t)(start + (ssize_t)i * step);
        ok = array_splice(t, a, at, at + 1, from->data + i * a->kind->size, 1);
    }
    return ok;
}

static bool array_setitem(Thread *t, Value self, Value key, Value v)
{
    if (type_of(key)->index) {
        return set_index(t, as_array(self), key, v);
    }
    if (type_of(key) == &slice_type) {
        return set_slice(t, as_array(self), key, v);
    }
    type_error(t, "array indices must be integers");
    return false;
}

static int array_contains(Thread *t, Value self, Value v)
{
    Value x;
    for (size_t i = 0; (x = array_item(t, as_array(self), i)); i++) {
        int c = object_compare_bool(t, x, v, CMP_EQ);
        if (c) {
            return c;
        }
    }
    return error_pending(t) ? -1 : 0;
}

static Value array_concat(Thread *t, Value a, Value b)
{
    if (!value_is_array(b)) {
        return type_error(t, "can only append array (not \"%T\") to array", b);
    }
    if (as_array(a)->kind != as_array(b)->kind) {
        return type_error(t, "bad argument type for built-in operation");
    }
    size_t size = as_array(a)->kind->size, n, m;
    RawBuffer *x = array_content(as_array(a), &n), *y = array_content(as_array(b), &m);
    Value r = array_new(t, &array_type, as_array(a)->kind, n + m);
    if (r) {
        racy_copy(as_array(r)->buf->data, x->data, n * size);
        racy_copy(as_array(r)->buf->data + n * size, y->data, m * size);
    }
    return r;
}

static Value array_iconcat(Thread *t, Value a, Value b)
{
    if (!value_is_array(b)) {
        return type_error(t, "can only extend with array (not \"%T\")", b);
    }
    return array_extend(t, as_array(a), b) ? a : 0;
}

/* Fills `total` bytes with copies of the first `unit`. */
static void repeat_unit(char *p, size_t unit, size_t total)
{
    for (size_t done = unit; done < total;) {
        size_t more = done < total - done ? done : total - done;
        memcpy(p + done, p, more);
        done += more;
    }
}

static Value kind_repeat(Thread *t, Value self, Value count)
{
    Array *a = as_array(self);
    ssize_t n;
    if (!value_to_count(t, count, &n)) {
        return 0;
    }
    n = n < 0 ? 0 : n;
    size_t len;
    const RawBuffer *buf = array_content(a, &len);
    if (len && (size_t)n > PTRDIFF_MAX / len / a->kind->size) {
        return raise_memory(t);
    }
    Value r = array_new(t, &array_type, a->kind, len * (size_t)n);
    if (r && len && n) {
        char *to = as_array(r)->buf->data;
        racy_copy(to, buf->data, len * a->kind->size);
        repeat_unit(to, len * a->kind->size, len * (size_t)n * a->kind->size);
    }
    return r;
}

static Value array_irepeat(Thread *t, Value self, Value count)
{
    Array *a = as_array(self);
    Value r = kind_repeat(t, self, count);
    return r && array_splice(t, a, 0, SIZE_MAX, as_array(r)->buf->data, as_array(r)->len) ? self
                                                                                          : 0;
}

/* Whether the first n items are equal because their bits are; false says nothing. */
static bool same_bits(Array *a, Array *b, size_t n)
{
    return a->kind == b->kind && a->kind->is_integer &&
           !many_threads() &&
           memcmp(a->buf->data, b->buf->data, n * a->kind->size) == 0;
}

static Value array_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_array(a) || !value_is_array(b)) {
        return NOT_IMPLEMENTED;
    }
    size_t la = array_size(as_array(a)), lb = array_size(as_array(b)), i = 0;
    if (la != lb && (op == CMP_EQ || op == CMP_NE)) {
        return bool_value(op == CMP_NE);
    }
    if (same_bits(as_array(a), as_array(b), la < lb ? la : lb)) {
        i = la < lb ? la : lb;
    }
    for (; i < la && i < lb; i++) {
        Value x = array_item(t, as_array(a), i), y = x ? array_item(t, as_array(b), i) : 0;
        int equal = x && y ? object_compare_bool(t, x, y, CMP_EQ) : -1;
        if (equal < 0) {
            return error_pending(t) ? 0 : NOT_IMPLEMENTED;
        }
        if (!equal) {
            return op == CMP_EQ   ? FALSE_VALUE
                   : op == CMP_NE ? TRUE_VALUE
                                  : object_compare(t, x, y, op);
        }
    }
    int c = (la > lb) - (la < lb);
    return bool_value(op == CMP_LT ? c < 0 : op == CMP_LE ? c <= 0 : op == CMP_EQ ? c == 0
                      : op == CMP_NE ? c != 0 : op == CMP_GT ? c > 0 : c >= 0);
}

/* ---- buffer ---- */

static bool array_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    Array *a = as_array(self);
    ssize_t *shape = mem_alloc(2 * sizeof *shape);
    if (!shape) {
        raise_memory(t);
        return false;
    }
    bool locked = object_lock(t, a);
    (void)world_fetch_add(&a->exports, 1);
    *view = (Buffer){.buf = a->buf->data,
                     .obj = value_object(self),
                     .len = (ssize_t)(array_size(a) * a->kind->size),
                     .itemsize = a->kind->size,
                     .ndim = 1,
                     .internal = shape};
    shape[0] = (ssize_t)array_size(a);
    shape[1] = a->kind->size;
    object_unlock(a, locked);
    if (flags & BUFFER_FORMAT) {
        view->format = (char *)(uintptr_t)a->kind->format;
    }
    if (flags & BUFFER_ND) {
        view->shape = &shape[0];
    }
    if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES) {
        view->strides = &shape[1];
    }
    return true;
}

static void array_release_buffer(Thread *t UNUSED, Value self, Buffer *view)
{
    mem_free(view->internal);
    (void)world_fetch_add(&as_array(self)->exports, -1);
}

static _Atomic ssize_t *array_exports(Object *o)
{
    return &((Array *)o)->exports;
}

/* ---- iterator ---- */

static Value array_iter(Thread *t, Value self)
{
    return seq_iter_alloc(t, &array_iter_type, self, 0);
}

static Value array_iter_next(Thread *t, Value self)
{
    SeqIter *it = (SeqIter *)value_object(self);
    Value array = value_load(&it->seq);
    if (!array) {
        return 0;
    }
    Value v = array_item(t, as_array(array), world_fetch_add(&it->pos, 1));
    if (!v && !error_pending(t)) {
        gc_store(it, &it->seq, 0);
    }
    return v;
}

static bool array_iter_each(Thread *t, Value self, ItemFn take, void *arg)
{
    SeqIter *it = (SeqIter *)value_object(self);
    Value array = value_load(&it->seq), v;
    if (!array) {
        return true;
    }
    while ((v = array_item(t, as_array(array), world_fetch_add(&it->pos, 1))) != 0) {
        if (!take(t, arg, v)) {
            return false;
        }
    }
    if (error_pending(t)) {
        return false;
    }
    gc_store(it, &it->seq, 0);
    return true;
}

static const NativeDef array_iter_methods[] = {
    SEQ_ITER_REDUCE_METHOD(seq_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate_clipped),
    {0},
};

Type array_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "array.arrayiterator",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(SeqIter),
    .trace = seq_iter_trace,
    .iter = iter_self,
    .next = array_iter_next,
    .each = array_iter_each,
    .methods = array_iter_methods,
};

Type array_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "array.array",
    .getattr = generic_getattr,
    .doc = "array(typecode [, initializer]) -> array\n\nItems of one machine type: b B u h H i I l "
           "L q Q f d.",
    .flags = TYPE_BASETYPE | TYPE_SEQUENCE | TYPE_LIKE_CLASS,
    .size = sizeof(Array),
    .weakrefable = 1,
    .trace = array_trace,
    .new = array_new_slot,
    .repr = array_repr,
    .hash = hash_unhashable,
    .compare = array_compare,
    .iter = array_iter,
    .len = array_len,
    .getitem = array_getitem,
    .setitem = array_setitem,
    .item = array_sq_item,
    .contains = array_contains,
    .concat = array_concat,
    .iconcat = array_iconcat,
    .repeat = kind_repeat,
    .irepeat = array_irepeat,
    .get_buffer = array_get_buffer,
    .release_buffer = array_release_buffer,
    .exports = array_exports,
    .methods = array_methods,
    .getset = array_getset,
};

static const NativeDef array_functions[] = {
    {"_array_reconstructor(arraytype, typecode, mformat_code, items, /)", array_reconstructor,
     "Internal. Used for pickling support.", 0},
    {0},
};

/* Arrays are sequences: abstract base classes are told by name. */
static bool register_sequence(Thread *t)
{
    Value base = import_attr(t, "collections.abc", "MutableSequence");
    return base && call_method1(t, base, intern_cstr(t, "register"), object_value(&array_type));
}

static bool array_exec(Thread *t, Value mod)
{
    return register_sequence(t) && type_ready(t, &array_iter_type) &&
           module_add_type(t, mod, &array_type) &&
           module_add(t, mod, "ArrayType", object_value(&array_type)) &&
           module_add_str(t, mod, "typecodes", "bBuhHiIlLqQfd");
}

const ModuleDef module_array = {"array", "Compact arrays of numbers.", array_functions, array_exec};
