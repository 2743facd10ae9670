/* Native slots that call the C slots of extension types.
 *
 * Each looks the C function up on the nearest extension type of its operand, converts the operands,
 * runs it inside the extension and takes the result over.
 */
#include "core/capi/capi.h"
#include "core/object/buffer.h"
#include "core/object/slice.h"
#include "core/object/slot.h"

#define IN(type_) Extension *before_ = extension_enter(t, type_extension(type_in(type_)))
#define OUT extension_leave(t, before_)

static PyObject *lend(Thread *t, Value v) { return value_lend(t, v); }

/* ---- one operand ---- */

#define UNARY_SLOT(name, expr)                            \
    static Value ext_##name(Thread *t, Value v)           \
    {                                                     \
        PyTypeObject *type = ext_type_of(t, v);           \
        IN(type);                                         \
        PyObject *r = type->expr(lend(t, v));             \
        OUT;                                              \
        return result_in(t, r);                           \
    }
UNARY_SLOT(repr, tp_repr)
UNARY_SLOT(str, tp_str)
UNARY_SLOT(iter, tp_iter)
UNARY_SLOT(await_, tp_as_async->am_await)
UNARY_SLOT(aiter, tp_as_async->am_aiter)
UNARY_SLOT(anext, tp_as_async->am_anext)
UNARY_SLOT(neg, tp_as_number->nb_negative)
UNARY_SLOT(pos, tp_as_number->nb_positive)
UNARY_SLOT(abs, tp_as_number->nb_absolute)
UNARY_SLOT(invert, tp_as_number->nb_invert)
UNARY_SLOT(int_, tp_as_number->nb_int)
UNARY_SLOT(float_, tp_as_number->nb_float)
UNARY_SLOT(index, tp_as_number->nb_index)

static Value ext_next(Thread *t, Value v)
{
    PyTypeObject *type = ext_type_of(t, v);
    IN(type);
    PyObject *r = type->tp_iternext(lend(t, v));
    OUT;
    return r || t->exc ? result_in(t, r) : 0;
}

static int64_t ext_hash(Thread *t, Value v)
{
    PyTypeObject *type = ext_type_of(t, v);
    IN(type);
    Py_hash_t h = type->tp_hash(lend(t, v));
    OUT;
    return h == -1 && !t->exc ? -2 : h;
}

static int ext_truth(Thread *t, Value v)
{
    PyTypeObject *type = ext_type_of(t, v);
    IN(type);
    int r = type->tp_as_number->nb_bool(lend(t, v));
    OUT;
    return r < 0 ? -1 : r != 0;
}

static ssize_t ext_len(Thread *t, Value v)
{
    PyTypeObject *type = ext_type_of(t, v);
    lenfunc len = type->tp_as_mapping ? type->tp_as_mapping->mp_length : NULL;
    if (!len || (type->tp_as_sequence && type->tp_as_sequence->sq_length)) {
        len = type->tp_as_sequence->sq_length;
    }
    IN(type);
    Py_ssize_t n = len(lend(t, v));
    OUT;
    return n;
}

/* ---- binary operators ---- */

/* The C function of v's type for the operator at offset; NULL: v is not of an extension type that
 * has one. */
static binaryfunc operator_of(Thread *t, Value v, size_t offset, PyTypeObject **type)
{
    *type = ext_type_of(t, v);
    PyNumberMethods *nb = *type ? (*type)->tp_as_number : NULL;
    return nb ? *(binaryfunc *)((char *)nb + offset) : NULL;
}

static Value call_operator(Thread *t, PyTypeObject *type, binaryfunc fn, Value a, Value b)
{
    PyObject *x = lend(t, a), *y = lend(t, b);
    if (!x || !y) {
        return 0;
    }
    IN(type);
    PyObject *r = fn(x, y);
    OUT;
    return result_in(t, r);
}

/* Whether a slot wrapper is called: the slot of no other operand is asked. */
static bool is_explicit(const Thread *t, Value a, Value b)
{
    return t->slot_self && (t->slot_self == a || t->slot_self == b);
}

/* Both operands may be of extension types, with different functions; the one of a subtype on the
 * right comes first. */
static Value ext_binary(Thread *t, Value a, Value b, size_t offset)
{
    PyTypeObject *ta, *tb;
    if (UNLIKELY(is_explicit(t, a, b))) {
        binaryfunc fn = operator_of(t, t->slot_self, offset, &ta);
        return fn ? call_operator(t, ta, fn, a, b) : NOT_IMPLEMENTED;
    }
    binaryfunc fa = operator_of(t, a, offset, &ta), fb = operator_of(t, b, offset, &tb);
    if (fb == fa) {
        fb = NULL;
    }
    if (fa && fb && type_of(a) != type_of(b) && type_is_subtype(type_of(b), type_of(a))) {
        Value r = call_operator(t, tb, fb, a, b);
        if (r != NOT_IMPLEMENTED) {
            return r;
        }
        fb = NULL;
    }
    if (fa) {
        Value r = call_operator(t, ta, fa, a, b);
        if (r != NOT_IMPLEMENTED) {
            return r;
        }
    }
    return fb ? call_operator(t, tb, fb, a, b) : NOT_IMPLEMENTED;
}

#define BINARY_SLOT(name, field)                                                       \
    static Value ext_##name(Thread *t, Value a, Value b)                               \
    {                                                                                  \
        return ext_binary(t, a, b, offsetof(PyNumberMethods, field));                  \
    }
BINARY_SLOT(add, nb_add)
BINARY_SLOT(sub, nb_subtract)
BINARY_SLOT(mul, nb_multiply)
BINARY_SLOT(mod, nb_remainder)
BINARY_SLOT(divmod, nb_divmod)
BINARY_SLOT(lshift, nb_lshift)
BINARY_SLOT(rshift, nb_rshift)
BINARY_SLOT(and_, nb_and)
BINARY_SLOT(xor, nb_xor)
BINARY_SLOT(or_, nb_or)
BINARY_SLOT(floordiv, nb_floor_divide)
BINARY_SLOT(truediv, nb_true_divide)
BINARY_SLOT(matmul, nb_matrix_multiply)

#define INPLACE_SLOT(name, expr)                                        \
    static Value ext_##name(Thread *t, Value a, Value b)                \
    {                                                                   \
        PyTypeObject *type = ext_type_of(t, a);                         \
        return call_operator(t, type, type->expr, a, b);                \
    }
INPLACE_SLOT(iadd, tp_as_number->nb_inplace_add)
INPLACE_SLOT(isub, tp_as_number->nb_inplace_subtract)
INPLACE_SLOT(imul, tp_as_number->nb_inplace_multiply)
INPLACE_SLOT(imod, tp_as_number->nb_inplace_remainder)
INPLACE_SLOT(ilshift, tp_as_number->nb_inplace_lshift)
INPLACE_SLOT(irshift, tp_as_number->nb_inplace_rshift)
INPLACE_SLOT(iand, tp_as_number->nb_inplace_and)
INPLACE_SLOT(ixor, tp_as_number->nb_inplace_xor)
INPLACE_SLOT(ior, tp_as_number->nb_inplace_or)
INPLACE_SLOT(ifloordiv, tp_as_number->nb_inplace_floor_divide)
INPLACE_SLOT(itruediv, tp_as_number->nb_inplace_true_divide)
INPLACE_SLOT(imatmul, tp_as_number->nb_inplace_matrix_multiply)
INPLACE_SLOT(concat, tp_as_sequence->sq_concat)
INPLACE_SLOT(iconcat, tp_as_sequence->sq_inplace_concat)
INPLACE_SLOT(subscript, tp_as_mapping->mp_subscript)

static Value call_power(Thread *t, PyTypeObject *type, ternaryfunc fn, Value a, Value b, Value mod)
{
    PyObject *x = lend(t, a), *y = lend(t, b), *z = mod ? lend(t, mod) : Py_None;
    if (!x || !y || !z) {
        return 0;
    }
    IN(type);
    PyObject *r = fn(x, y, z);
    OUT;
    return result_in(t, r);
}

static ternaryfunc power_of(Thread *t, Value v, PyTypeObject **type)
{
    return (ternaryfunc)(void (*)(void))operator_of(t, v, offsetof(PyNumberMethods, nb_power),
                                                    type);
}

static Value ext_pow(Thread *t, Value a, Value b, Value mod)
{
    PyTypeObject *ta, *tb;
    if (UNLIKELY(is_explicit(t, a, b))) {
        ternaryfunc fn = power_of(t, t->slot_self, &ta);
        return fn ? call_power(t, ta, fn, a, b, mod) : NOT_IMPLEMENTED;
    }
    ternaryfunc fa = power_of(t, a, &ta), fb = power_of(t, b, &tb);
    Value r = fa ? call_power(t, ta, fa, a, b, mod) : NOT_IMPLEMENTED;
    return r == NOT_IMPLEMENTED && fb && fb != fa ? call_power(t, tb, fb, a, b, mod) : r;
}

static Value ext_ipow(Thread *t, Value a, Value b, Value mod)
{
    PyTypeObject *type = ext_type_of(t, a);
    return call_power(t, type, type->tp_as_number->nb_inplace_power, a, b, mod);
}

/* ---- comparison ---- */

static Value ext_compare(Thread *t, Value a, Value b, CompareOp op)
{
    PyTypeObject *type = ext_type_of(t, a);
    PyObject *x = lend(t, a), *y = lend(t, b);
    if (!type || !type->tp_richcompare) {
        return NOT_IMPLEMENTED;
    }
    if (!x || !y) {
        return 0;
    }
    IN(type);
    PyObject *r = type->tp_richcompare(x, y, (int)op);
    OUT;
    return result_in(t, r);
}

/* ---- attributes ---- */

static Value ext_getattr(Thread *t, Value o, Value name)
{
    PyTypeObject *type = ext_type_of(t, o);
    PyObject *r;
    const char *utf8 = NULL;
    if (!type->tp_getattro && !(utf8 = str_utf8(t, name, NULL))) {
        return 0;
    }
    IN(type);
    r = type->tp_getattro ? type->tp_getattro(lend(t, o), lend(t, name))
                          : type->tp_getattr(lend(t, o), (char *)utf8);
    OUT;
    return result_in(t, r);
}

static bool ext_setattr(Thread *t, Value o, Value name, Value v)
{
    PyTypeObject *type = ext_type_of(t, o);
    PyObject *c = lend(t, v);
    const char *utf8 = NULL;
    if ((v && !c) || (!type->tp_setattro && !(utf8 = str_utf8(t, name, NULL)))) {
        return false;
    }
    IN(type);
    int r = type->tp_setattro ? type->tp_setattro(lend(t, o), lend(t, name), c)
                              : type->tp_setattr(lend(t, o), (char *)utf8, c);
    OUT;
    return r >= 0;
}

static Value ext_descr_get(Thread *t, Value descr, Value obj, Value type_value)
{
    PyTypeObject *type = ext_type_of(t, descr);
    PyObject *o = lend(t, obj);
    if (obj && !o) {
        return 0;
    }
    IN(type);
    PyObject *r = type->tp_descr_get(lend(t, descr), o, lend(t, type_value));
    OUT;
    return result_in(t, r);
}

static bool ext_descr_set(Thread *t, Value descr, Value obj, Value v)
{
    PyTypeObject *type = ext_type_of(t, descr);
    PyObject *o = lend(t, obj), *c = lend(t, v);
    if (!o || (v && !c)) {
        return false;
    }
    IN(type);
    int r = type->tp_descr_set(lend(t, descr), o, c);
    OUT;
    return r >= 0;
}

/* ---- calls, creation ---- */

static Value ext_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    PyTypeObject *type = ext_type_of(t, callee);
    PyObject *o = lend(t, callee);
    if (type->tp_vectorcall_offset > 0 && (type->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL)) {
        vectorcallfunc fn = *(vectorcallfunc *)((char *)o + type->tp_vectorcall_offset);
        if (fn) {
            IN(type);
            Value r = call_vector(t, o, fn, args, n, kwnames);
            OUT;
            return r;
        }
    }
    Value tuple, kwargs;
    if (!arguments_pack(t, args, n, kwnames, &tuple, &kwargs)) {
        return 0;
    }
    IN(type);
    PyObject *r = type->tp_call(o, lend(t, tuple), lend(t, kwargs));
    OUT;
    return result_in(t, r);
}

PyTypeObject *ext_type_beside(Type *type)
{
    Value mro = type_mro(type);
    for (size_t i = 0; mro && i < tuple_len(mro); i++) {
        Value base = tuple_get(mro, i);
        if (type_has(value_type(base), TYPE_EXT)) {
            return type_out(value_type(base));
        }
    }
    return NULL;
}

static Value ext_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    PyTypeObject *ext = ext_type_of_type(type);
    Value tuple, kwargs;
    if (UNLIKELY(!ext)) { /* of a base that does not make the layout: the one that does makes it */
        Type *base = type_base(type);
        while (base->new == ext_new) {
            base = type_base(base);
        }
        return base->new(t, type, args, n, kwnames);
    }
    if (UNLIKELY(type_has(type, TYPE_ABSTRACT))) {
        return type_abstract_error(t, type);
    }
    if (!arguments_pack(t, args, n, kwnames, &tuple, &kwargs)) {
        return 0;
    }
    IN(ext);
    PyObject *r = ext->tp_new(type_out(type), lend(t, tuple), lend(t, kwargs));
    OUT;
    return result_in(t, r);
}

static bool ext_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    PyTypeObject *type = ext_type_of(t, self);
    Value tuple, kwargs;
    if (!arguments_pack(t, args, n, kwnames, &tuple, &kwargs)) {
        return false;
    }
    IN(type);
    int r = type->tp_init(lend(t, self), lend(t, tuple), lend(t, kwargs));
    OUT;
    if (r < 0 && !t->exc) {
        system_error(t, "%s.__init__ failed without setting an exception", type->tp_name);
    }
    return r >= 0;
}

/* ---- containers ---- */

static Value item_of(Thread *t, PyTypeObject *type, Value self, ssize_t i)
{
    IN(type);
    PyObject *r = type->tp_as_sequence->sq_item(lend(t, self), i);
    OUT;
    return result_in(t, r);
}

/* sq_item under []: an index, made non-negative with the length. */
static Value ext_item(Thread *t, Value self, ssize_t i)
{
    return item_of(t, ext_type_of(t, self), self, i);
}

static bool sequence_index(Thread *t, PyTypeObject *type, Value self, Value key, ssize_t *i)
{
    if (!type_of(key)->index) {
        type_error(t, "sequence index must be integer, not '%T'", key);
        return false;
    }
    if (!value_to_ssize(t, key, i, &exc_IndexError)) {
        return false;
    }
    if (*i < 0 && type->tp_as_sequence->sq_length) {
        ssize_t n = ext_len(t, self);
        if (n < 0) {
            return false;
        }
        *i += n;
    }
    return true;
}

static Value ext_getitem_index(Thread *t, Value self, Value key)
{
    PyTypeObject *type = ext_type_of(t, self);
    ssize_t i;
    return sequence_index(t, type, self, key, &i) ? item_of(t, type, self, i) : 0;
}

static bool ext_setitem(Thread *t, Value self, Value key, Value v)
{
    PyTypeObject *type = ext_type_of(t, self);
    PyObject *k = lend(t, key), *c = lend(t, v);
    if (!k || (v && !c)) {
        return false;
    }
    IN(type);
    int r = type->tp_as_mapping->mp_ass_subscript(lend(t, self), k, c);
    OUT;
    return r >= 0;
}

static bool ext_setitem_index(Thread *t, Value self, Value key, Value v)
{
    PyTypeObject *type = ext_type_of(t, self);
    ssize_t i;
    PyObject *c = lend(t, v);
    if ((v && !c) || !sequence_index(t, type, self, key, &i)) {
        return false;
    }
    IN(type);
    int r = type->tp_as_sequence->sq_ass_item(lend(t, self), i, c);
    OUT;
    return r >= 0;
}

static int ext_contains(Thread *t, Value self, Value item)
{
    PyTypeObject *type = ext_type_of(t, self);
    PyObject *c = lend(t, item);
    if (!c) {
        return -1;
    }
    IN(type);
    int r = type->tp_as_sequence->sq_contains(lend(t, self), c);
    OUT;
    return r < 0 ? -1 : r != 0;
}

static Value repeat_with(Thread *t, Value self, Value count, ssizeargfunc fn, PyTypeObject *type)
{
    ssize_t n;
    if (!type_of(count)->index) {
        return type_error(t, "can't multiply sequence by non-int of type '%T'", count);
    }
    if (!value_to_count(t, count, &n)) {
        return 0;
    }
    IN(type);
    PyObject *r = fn(lend(t, self), n);
    OUT;
    return result_in(t, r);
}

static Value ext_repeat(Thread *t, Value self, Value count)
{
    PyTypeObject *type = ext_type_of(t, self);
    return repeat_with(t, self, count, type->tp_as_sequence->sq_repeat, type);
}

static Value ext_irepeat(Thread *t, Value self, Value count)
{
    PyTypeObject *type = ext_type_of(t, self);
    return repeat_with(t, self, count, type->tp_as_sequence->sq_inplace_repeat, type);
}

/* ---- buffers: Py_buffer and Buffer are the same ---- */

/* A bf_getbuffer function has answered r. */
static bool view_done(Buffer *view, int r)
{
    if (r < 0) {
        view->obj = NULL;
        return false;
    }
    Py_XDECREF((PyObject *)view->obj); /* the view is scanned, not counted */
    return true;
}

static bool ext_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    PyTypeObject *type = ext_type_of(t, self);
    IN(type);
    int r = type->tp_as_buffer->bf_getbuffer(lend(t, self), (Py_buffer *)view, flags);
    OUT;
    return view_done(view, r);
}

static void ext_release_buffer(Thread *t, Value self, Buffer *view)
{
    PyTypeObject *type = ext_type_of(t, self);
    if (type->tp_as_buffer && type->tp_as_buffer->bf_releasebuffer) {
        IN(type);
        type->tp_as_buffer->bf_releasebuffer(lend(t, self), (Py_buffer *)view);
        OUT;
    }
}

/* The nearest class in Python of v whose table C code has filled in; NULL: none. */
static PyBufferProcs *late_buffer(Value v)
{
    for (Type *type = type_of(v); type; type = type_base(type)) {
        PyBufferProcs *procs = type_out(type)->tp_as_buffer;
        if (procs && procs->bf_getbuffer && procs->bf_getbuffer != PyObject_GetBuffer &&
            type_has(type, TYPE_HEAP)) {
            return procs;
        }
    }
    return NULL;
}

static bool late_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    PyBufferProcs *procs = late_buffer(self);
    if (!procs) {
        type_error(t, "a bytes-like object is required, not '%T'", self);
        return false;
    }
    Extension *before =
        extension_enter(t, extension_at((const void *)(uintptr_t)procs->bf_getbuffer));
    int r = procs->bf_getbuffer(lend(t, self), (Py_buffer *)view, flags);
    extension_leave(t, before);
    return view_done(view, r);
}

static void late_release_buffer(Thread *t, Value self, Buffer *view)
{
    PyBufferProcs *procs = late_buffer(self);
    if (procs && procs->bf_releasebuffer) {
        Extension *before =
            extension_enter(t, extension_at((const void *)(uintptr_t)procs->bf_releasebuffer));
        procs->bf_releasebuffer(lend(t, self), (Py_buffer *)view);
        extension_leave(t, before);
    }
}

void type_buffer_adopt(Value v)
{
    Type *type = type_of(v);
    if (!type->get_buffer && type_has(type, TYPE_HEAP) && late_buffer(v)) {
        __atomic_store_n(&type->release_buffer, late_release_buffer, __ATOMIC_RELEASE);
        __atomic_store_n(&type->get_buffer, late_get_buffer, __ATOMIC_RELEASE);
    }
}

static Value ext_send(Thread *t, Value self, Value v, bool *done)
{
    PyTypeObject *type = ext_type_of(t, self);
    PyObject *r = NULL, *c = lend(t, v);
    if (!c) {
        return 0;
    }
    IN(type);
    PySendResult how = type->tp_as_async->am_send(lend(t, self), c, &r);
    OUT;
    *done = how == PYGEN_RETURN;
    return how == PYGEN_ERROR ? 0 : result_in(t, r);
}

/* ---- choosing ---- */

/* Where a C slot lies: in the type itself or in one of its tables. */
typedef struct CSlot { size_t table, offset, native; void *fn; } CSlot;
#define TYPE_SLOT(field, native, fn)                                                               \
    {                                                                                              \
        0, offsetof(PyTypeObject, field), offsetof(Type, native), (void *)(fn)                     \
    }
#define TABLE_SLOT(table, methods, field, native, fn) \
    {offsetof(PyTypeObject, table), offsetof(methods, field), offsetof(Type, native), (void *)(fn)}
#define NB(field, native) TABLE_SLOT(tp_as_number, PyNumberMethods, field, native, ext_##native)
#define SQ(field, native, fn) TABLE_SLOT(tp_as_sequence, PySequenceMethods, field, native, fn)
#define MP(field, native, fn) TABLE_SLOT(tp_as_mapping, PyMappingMethods, field, native, fn)

static const CSlot c_slots[] = {
    /* a later row does not replace what an earlier one has set */
    TYPE_SLOT(tp_repr, repr, ext_repr),
    TYPE_SLOT(tp_str, str, ext_str),
    TYPE_SLOT(tp_hash, hash, ext_hash),
    TYPE_SLOT(tp_call, call, ext_call),
    TYPE_SLOT(tp_getattro, getattr, ext_getattr),
    TYPE_SLOT(tp_getattr, getattr, ext_getattr),
    TYPE_SLOT(tp_setattro, setattr, ext_setattr),
    TYPE_SLOT(tp_setattr, setattr, ext_setattr),
    TYPE_SLOT(tp_richcompare, compare, ext_compare),
    TYPE_SLOT(tp_iter, iter, ext_iter),
    TYPE_SLOT(tp_iternext, next, ext_next),
    TYPE_SLOT(tp_descr_get, descr_get, ext_descr_get),
    TYPE_SLOT(tp_descr_set, descr_set, ext_descr_set),
    TYPE_SLOT(tp_init, init, ext_init),
    TYPE_SLOT(tp_new, new, ext_new),
    TABLE_SLOT(tp_as_async, PyAsyncMethods, am_await, await_, ext_await_),
    TABLE_SLOT(tp_as_async, PyAsyncMethods, am_aiter, aiter, ext_aiter),
    TABLE_SLOT(tp_as_async, PyAsyncMethods, am_anext, anext, ext_anext),
    TABLE_SLOT(tp_as_async, PyAsyncMethods, am_send, send, ext_send),
    NB(nb_add, add),
    NB(nb_subtract, sub),
    NB(nb_multiply, mul),
    NB(nb_remainder, mod),
    NB(nb_divmod, divmod),
    NB(nb_power, pow),
    NB(nb_negative, neg),
    NB(nb_positive, pos),
    NB(nb_absolute, abs),
    NB(nb_bool, truth),
    NB(nb_invert, invert),
    NB(nb_lshift, lshift),
    NB(nb_rshift, rshift),
    NB(nb_and, and_),
    NB(nb_xor, xor),
    NB(nb_or, or_),
    NB(nb_int, int_),
    NB(nb_float, float_),
    NB(nb_inplace_add, iadd),
    NB(nb_inplace_subtract, isub),
    NB(nb_inplace_multiply, imul),
    NB(nb_inplace_remainder, imod),
    NB(nb_inplace_power, ipow),
    NB(nb_inplace_lshift, ilshift),
    NB(nb_inplace_rshift, irshift),
    NB(nb_inplace_and, iand),
    NB(nb_inplace_xor, ixor),
    NB(nb_inplace_or, ior),
    NB(nb_floor_divide, floordiv),
    NB(nb_true_divide, truediv),
    NB(nb_inplace_floor_divide, ifloordiv),
    NB(nb_inplace_true_divide, itruediv),
    NB(nb_index, index),
    NB(nb_matrix_multiply, matmul),
    NB(nb_inplace_matrix_multiply, imatmul),
    MP(mp_length, len, ext_len),
    MP(mp_subscript, getitem, ext_subscript),
    MP(mp_ass_subscript, setitem, ext_setitem),
    SQ(sq_length, len, ext_len),
    SQ(sq_item, item, ext_item),
    SQ(sq_item, getitem, ext_getitem_index),
    SQ(sq_ass_item, setitem, ext_setitem_index),
    SQ(sq_concat, concat, ext_concat),
    SQ(sq_repeat, repeat, ext_repeat),
    SQ(sq_contains, contains, ext_contains),
    SQ(sq_inplace_concat, iconcat, ext_iconcat),
    SQ(sq_inplace_repeat, irepeat, ext_irepeat),
    TABLE_SLOT(tp_as_buffer, PyBufferProcs, bf_getbuffer, get_buffer, ext_get_buffer),
    TABLE_SLOT(tp_as_buffer, PyBufferProcs, bf_getbuffer, release_buffer, ext_release_buffer),
};

static void *c_slot_get(PyTypeObject *type, const CSlot *s)
{
    char *at = (char *)type;
    if (s->table) {
        at = *(char **)(at + s->table);
    }
    return at ? *(void **)(at + s->offset) : NULL;
}

/* C functions of ours that stand for a native one. */
static void *native_equivalent(void *fn)
{
    static const struct { void *c, *native; } pairs[] = {
        {(void *)PyObject_GenericGetAttr, (void *)generic_getattr},
        {(void *)PyObject_GenericSetAttr, (void *)generic_setattr},
        {(void *)PyObject_SelfIter, (void *)iter_self},
        {(void *)PyObject_HashNotImplemented, (void *)hash_unhashable},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
        if (pairs[i].c == fn) {
            return pairs[i].native;
        }
    }
    return NULL;
}

static void **native_slot(Type *type, const CSlot *s)
{
    return (void **)((char *)type + s->native);
}

/* A slot copied from the base (`type.tp_new = PyBaseObject_Type.tp_new`) is the base's in the
 * native part, too. */
void type_set_native_slots(Type *type)
{
    PyTypeObject *tp = type_out(type);
    for (size_t i = 0; i < ARRAY_SIZE(c_slots); i++) {
        const CSlot *s = &c_slots[i];
        void *fn = c_slot_get(tp, s);
        void **native = native_slot(type, s);
        if (fn && !*native) {
            void *same = c_slot_get(tp->tp_base, s) == fn ? *native_slot(type_base(type), s)
                                                          : native_equivalent(fn);
            *native = same ? same : s->fn;
        }
    }
}

/* ---- inheritance between the C parts ---- */

static void inherit_words(void *to, const void *from, size_t size)
{
    void **a = to;
    void *const *b = from;
    for (size_t i = 0; i < size / sizeof *a; i++) {
        if (!a[i]) {
            a[i] = b[i];
        }
    }
}

#define INHERIT_TABLE(field, methods)                                 \
    do {                                                              \
        if (!type->field) {                                           \
            type->field = base->field;                                \
        } else if (base->field) {                                     \
            inherit_words(type->field, base->field, sizeof(methods)); \
        }                                                             \
    } while (0)
#define INHERIT(field) type->field = type->field ? type->field : base->field

void type_inherit_capi(PyTypeObject *type)
{
    PyTypeObject *base = type->tp_base;
    INHERIT_TABLE(tp_as_number, PyNumberMethods);
    INHERIT_TABLE(tp_as_sequence, PySequenceMethods);
    INHERIT_TABLE(tp_as_mapping, PyMappingMethods);
    INHERIT_TABLE(tp_as_async, PyAsyncMethods);
    INHERIT_TABLE(tp_as_buffer, PyBufferProcs);
    if (!type->tp_getattr && !type->tp_getattro) {
        type->tp_getattr = base->tp_getattr;
        type->tp_getattro = base->tp_getattro;
    }
    if (!type->tp_setattr && !type->tp_setattro) {
        type->tp_setattr = base->tp_setattr;
        type->tp_setattro = base->tp_setattro;
    }
    if (!type->tp_richcompare && !type->tp_hash) {
        type->tp_richcompare = base->tp_richcompare;
        type->tp_hash = base->tp_hash;
    }
    if (!type->tp_call) {
        type->tp_call = base->tp_call;
        type->tp_flags |= base->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL;
    }
    INHERIT(tp_vectorcall_offset);
    INHERIT(tp_repr);
    INHERIT(tp_str);
    INHERIT(tp_iter);
    INHERIT(tp_iternext);
    INHERIT(tp_descr_get);
    INHERIT(tp_descr_set);
    INHERIT(tp_init);
    INHERIT(tp_alloc);
    INHERIT(tp_dealloc);
    INHERIT(tp_finalize);
    INHERIT(tp_traverse);
    INHERIT(tp_clear);
    INHERIT(tp_weaklistoffset);
    INHERIT(tp_dictoffset);
    type->tp_flags |= base->tp_flags & Py_TPFLAGS_HAVE_GC;
    if (!type->tp_free) {
        type->tp_free = type->tp_flags & Py_TPFLAGS_HAVE_GC ? PyObject_GC_Del : PyObject_Free;
    }
}

/* ---- tables of methods, computed attributes, fields ---- */

static bool add_descr(Thread *t, Type *type, const char *name, Value descr, bool override)
{
    Value key = descr ? intern_cstr(t, name) : 0;
    Value dict = object_value(type->dict);
    return key && ((!override && dict_get_str(dict, key)) || dict_set(t, dict, key, descr));
}

bool type_add_c_tables(Thread *t, Type *type, Extension *ext)
{
    PyTypeObject *tp = type_out(type);
    for (PyMethodDef *m = tp->tp_methods; m && m->ml_name; m++) {
        Value d = c_method_descr_new(t, type, m, ext);
        if (!add_descr(t, type, m->ml_name, d, m->ml_flags & METH_COEXIST)) {
            return false;
        }
    }
    for (PyMemberDef *m = tp->tp_members; m && m->name; m++) {
        if (!add_descr(t, type, m->name, c_member_descr_new(t, type, m), false)) {
            return false;
        }
    }
    for (PyGetSetDef *g = tp->tp_getset; g && g->name; g++) {
        if (!add_descr(t, type, g->name, c_getset_descr_new(t, type, g, ext), false)) {
            return false;
        }
    }
    return true;
}
