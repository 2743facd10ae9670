/* PyObject_*: attributes, text, truth, comparison, items, iteration, calls. */
#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/object/descr.h"
#include "core/object/instance.h"
#include "core/object/iter.h"
#include "core/object/slot.h"

/* A result that is NULL when the operand was NULL with an error pending. */
#define NULL_CHECK(o, failure)                                                \
    do {                                                                      \
        if (UNLIKELY((o) == NULL)) {                                          \
            if (!t->exc) {                                                    \
                system_error(t, "null argument to internal routine");         \
            }                                                                 \
            return failure;                                                   \
        }                                                                     \
    } while (0)

/* ---- text ---- */

PyObject *PyObject_Repr(PyObject *o)
{
    THREAD;
    return value_out(t, o ? object_repr(t, value_in(o)) : str_from_cstr(t, "<NULL>"));
}

PyObject *PyObject_Str(PyObject *o)
{
    THREAD;
    return value_out(t, o ? object_str(t, value_in(o)) : str_from_cstr(t, "<NULL>"));
}

PyObject *PyObject_ASCII(PyObject *o)
{
    THREAD;
    return value_out(t, o ? object_ascii(t, value_in(o)) : str_from_cstr(t, "<NULL>"));
}

PyObject *PyObject_Bytes(PyObject *o)
{
    THREAD;
    if (!o) {
        return PyBytes_FromString("<NULL>");
    }
    Value v = value_in(o);
    if (value_is_bytes(v) && type_of(v) == &bytes_type) {
        return Py_NewRef(o);
    }
    bool found;
    Value r = special_call(t, v, N(__bytes__), NULL, 0, &found);
    if (!found) {
        return PyBytes_FromObject(o);
    }
    if (r && !value_is_bytes(r)) {
        type_error(t, "__bytes__ returned non-bytes (type %T)", r);
        return NULL;
    }
    return value_out(t, r);
}

PyObject *PyObject_Format(PyObject *o, PyObject *spec)
{
    THREAD;
    return value_out(t, object_format(t, value_in(o), value_in(spec)));
}

PyObject *PyObject_Type(PyObject *o)
{
    THREAD;
    NULL_CHECK(o, NULL);
    return Py_NewRef((PyObject *)Py_TYPE(o));
}

PyObject *PyObject_Dir(PyObject *o)
{
    THREAD;
    return value_out(t, object_dir(t, value_in(o)));
}

int PyObject_Print(PyObject *o, FILE *fp, int flags)
{
    THREAD;
    Value s = !o                     ? str_from_cstr(t, "<nil>")
              : flags & Py_PRINT_RAW ? object_str(t, value_in(o))
                                     : object_repr(t, value_in(o));
    size_t n;
    const char *p = s ? str_utf8(t, s, &n) : NULL;
    return p && fwrite(p, 1, n, fp) == n ? 0 : -1;
}

int Py_ReprEnter(PyObject *o)
{
    THREAD;
    return repr_enter(t, value_in(o)) ? 0 : t->exc ? -1 : 1;
}

void Py_ReprLeave(PyObject *o) { repr_leave(thread_current(), value_in(o)); }

/* ---- attributes ---- */

PyObject *PyObject_GetAttr(PyObject *o, PyObject *name)
{
    THREAD;
    Value v = value_in(name);
    if (!value_is_str(v)) {
        type_error(t, "attribute name must be string, not '%T'", v);
        return NULL;
    }
    return value_out(t, object_getattr(t, value_in(o), v));
}

PyObject *PyObject_GetAttrString(PyObject *o, const char *name)
{
    THREAD;
    return value_out(t, object_getattr_cstr(t, value_in(o), name));
}

int PyObject_SetAttr(PyObject *o, PyObject *name, PyObject *v)
{
    THREAD;
    Value n = value_in(name);
    if (!value_is_str(n)) {
        type_error(t, "attribute name must be string, not '%T'", n);
        return -1;
    }
    return object_setattr(t, value_in(o), n, value_in(v)) ? 0 : -1;
}

int PyObject_SetAttrString(PyObject *o, const char *name, PyObject *v)
{
    THREAD;
    Value n = intern_cstr(t, name);
    return n && object_setattr(t, value_in(o), n, value_in(v)) ? 0 : -1;
}

int _PyObject_LookupAttr(PyObject *o, PyObject *name, PyObject **result)
{
    THREAD;
    Value v = 0;
    int r = object_lookup_attr(t, value_in(o), value_in(name), &v);
    *result = r > 0 ? value_out(t, v) : NULL;
    return r;
}

int PyObject_HasAttr(PyObject *o, PyObject *name)
{
    THREAD;
    Value v;
    int r = object_lookup_attr(t, value_in(o), value_in(name), &v);
    if (r < 0) {
        error_clear(t);
    }
    return r > 0;
}

int PyObject_HasAttrString(PyObject *o, const char *name)
{
    THREAD;
    Value v;
    int r = object_lookup_attr_cstr(t, value_in(o), name, &v);
    if (r < 0) {
        error_clear(t);
    }
    return r > 0;
}

PyObject *PyObject_GenericGetAttr(PyObject *o, PyObject *name)
{
    THREAD;
    return value_out(t, generic_getattr(t, value_in(o), value_in(name)));
}

int PyObject_GenericSetAttr(PyObject *o, PyObject *name, PyObject *v)
{
    THREAD;
    return generic_setattr(t, value_in(o), value_in(name), value_in(v)) ? 0 : -1;
}

PyObject *PyObject_GenericGetDict(PyObject *o, void *context UNUSED)
{
    THREAD;
    Type *type = type_of(value_in(o));
    if (type->dict_offset > 0) {
        Value *slot = (Value *)((char *)o + type->dict_offset);
        if (!*slot) {
            gc_store(o, slot, dict_new(t));
        }
        return value_out(t, *slot);
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        return value_out(t, instance_dict(t, (Object *)o));
    }
    raise(t, &exc_AttributeError, "This object has no __dict__");
    return NULL;
}

int PyObject_GenericSetDict(PyObject *o, PyObject *v, void *context UNUSED)
{
    THREAD;
    Value d = value_in(v);
    Type *type = type_of(value_in(o));
    if (!d || !value_is_dict(d)) {
        d ? type_error(t, "__dict__ must be set to a dictionary, not a '%T'", d)
          : type_error(t, "cannot delete __dict__");
        return -1;
    }
    if (type->dict_offset > 0) {
        gc_store(o, (Value *)((char *)o + type->dict_offset), d);
        return 0;
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        return instance_set_dict(t, (Object *)o, d) ? 0 : -1;
    }
    raise(t, &exc_AttributeError, "This object has no __dict__");
    return -1;
}

/* Address of the field that holds o's dict; for Python instances the dict is made now, and the
 * field is its place. */
PyObject **_PyObject_GetDictPtr(PyObject *o)
{
    THREAD;
    Type *type = type_in(Py_TYPE(o));
    if (type->dict_offset > 0) {
        return (PyObject **)((char *)o + type->dict_offset);
    }
    if (type_has(type, TYPE_HAS_DICT) && instance_dict(t, (Object *)o)) {
        return (PyObject **)&instance_part((Object *)o)->ext;
    }
    error_clear(t);
    return NULL;
}

PyObject *PyObject_SelfIter(PyObject *o) { return Py_NewRef(o); }

PyObject *_PyObject_NextNotImplemented(PyObject *o)
{
    THREAD;
    type_error(t, "'%s' object is not iterable", Py_TYPE(o)->tp_name);
    return NULL;
}

PyObject *Py_GenericAlias(PyObject *origin, PyObject *args)
{
    THREAD;
    return value_out(t, generic_alias_new(t, value_in(origin), value_in(args)));
}

/* ---- truth, hash, comparison ---- */

int PyObject_IsTrue(PyObject *o) { return object_truth(thread_current(), value_in(o)); }

int PyObject_Not(PyObject *o)
{
    int r = object_truth(thread_current(), value_in(o));
    return r < 0 ? r : !r;
}

Py_hash_t PyObject_Hash(PyObject *o) { return object_hash(thread_current(), value_in(o)); }
Py_hash_t PyObject_HashNotImplemented(PyObject *o)
{
    return hash_unhashable(thread_current(), value_in(o));
}

Py_hash_t _Py_HashPointer(const void *p)
{
    size_t v = (size_t)p;
    v = v >> 4 | v << 60;
    return v == (size_t)-1 ? -2 : (Py_hash_t)v;
}

Py_hash_t _Py_HashDouble(PyObject *o, double d)
{
    return isnan(d) ? _Py_HashPointer(o) : double_hash(d);
}

Py_hash_t _Py_HashBytes(const void *p, Py_ssize_t n)
{
    THREAD;
    Value b = bytes_new(t, p, (size_t)n);
    return b ? object_hash(t, b) : -1;
}

PyObject *PyObject_RichCompare(PyObject *a, PyObject *b, int op)
{
    THREAD;
    NULL_CHECK(a, NULL);
    NULL_CHECK(b, NULL);
    return value_out(t, object_compare(t, value_in(a), value_in(b), (CompareOp)op));
}

int PyObject_RichCompareBool(PyObject *a, PyObject *b, int op)
{
    THREAD;
    NULL_CHECK(a, -1);
    NULL_CHECK(b, -1);
    Value x = value_in(a), y = value_in(b);
    if (x == y && (op == Py_EQ || op == Py_NE)) {
        return op == Py_EQ;
    }
    return object_compare_bool(t, x, y, (CompareOp)op);
}

int PyObject_IsInstance(PyObject *o, PyObject *cls)
{
    return object_isinstance(thread_current(), value_in(o), value_in(cls));
}
int PyObject_IsSubclass(PyObject *c, PyObject *cls)
{
    return object_issubclass(thread_current(), value_in(c), value_in(cls));
}
int PyCallable_Check(PyObject *o) { return o && callable(value_in(o)); }

/* ---- items ---- */

Py_ssize_t PyObject_Size(PyObject *o)
{
    THREAD;
    NULL_CHECK(o, -1);
    return object_len(t, value_in(o));
}

Py_ssize_t PyObject_LengthHint(PyObject *o, Py_ssize_t dflt)
{
    return object_length_hint(thread_current(), value_in(o), dflt);
}

PyObject *PyObject_GetItem(PyObject *o, PyObject *key)
{
    THREAD;
    NULL_CHECK(o, NULL);
    NULL_CHECK(key, NULL);
    return value_out(t, object_getitem(t, value_in(o), value_in(key)));
}

int PyObject_SetItem(PyObject *o, PyObject *key, PyObject *v)
{
    THREAD;
    NULL_CHECK(o, -1);
    NULL_CHECK(key, -1);
    NULL_CHECK(v, -1);
    return object_setitem(t, value_in(o), value_in(key), value_in(v)) ? 0 : -1;
}

int PyObject_DelItem(PyObject *o, PyObject *key)
{
    THREAD;
    NULL_CHECK(o, -1);
    NULL_CHECK(key, -1);
    if (!type_of(value_in(o))->setitem) {
        type_error(t, "'%s' object does not support item deletion", Py_TYPE(o)->tp_name);
        return -1;
    }
    return object_delitem(t, value_in(o), value_in(key)) ? 0 : -1;
}

int PyObject_DelItemString(PyObject *o, const char *key)
{
    THREAD;
    Value k = str_from_cstr(t, key);
    return k && object_delitem(t, value_in(o), k) ? 0 : -1;
}

/* ---- iteration ---- */

PyObject *PyObject_GetIter(PyObject *o)
{
    THREAD;
    return value_out(t, object_iter(t, value_in(o)));
}

PyObject *PyObject_GetAIter(PyObject *o)
{
    THREAD;
    return value_out(t, object_aiter(t, value_in(o)));
}

int PyIter_Check(PyObject *o) { return type_in(Py_TYPE(o))->next != NULL; }

PyObject *PyIter_Next(PyObject *it)
{
    THREAD;
    LEAVE_EXTENSION;
    Value v = iter_next(t, value_in(it));
    BACK_IN_EXTENSION;
    return value_out(t, v);
}

PySendResult PyIter_Send(PyObject *it, PyObject *v, PyObject **result)
{
    THREAD;
    Value self = value_in(it);
    Value r;
    bool done = false;
    LEAVE_EXTENSION;
    if (type_of(self)->send) {
        r = type_of(self)->send(t, self, value_in(v), &done);
    } else if (v == Py_None && type_of(self)->next) {
        r = iter_next(t, self);
    } else {
        r = call_method1(t, self, intern_cstr(t, "send"), value_in(v));
    }
    BACK_IN_EXTENSION;
    if (!r && (!t->exc || error_matches(t, &exc_StopIteration))) {
        Value e = error_take(t);
        Value returned = e ? ((StopIterationExc *)value_object(e))->value : NONE;
        *result = value_out(t, returned ? returned : NONE);
        return PYGEN_RETURN;
    }
    *result = value_out(t, r);
    return !r ? PYGEN_ERROR : done ? PYGEN_RETURN : PYGEN_NEXT;
}

PyObject *PySeqIter_New(PyObject *seq)
{
    THREAD;
    return value_out(t, seq_iter_new(t, value_in(seq)));
}

PyObject *PyCallIter_New(PyObject *f, PyObject *sentinel)
{
    THREAD;
    return value_out(t, callable_iter_new(t, value_in(f), value_in(sentinel)));
}

int PyObject_AsFileDescriptor(PyObject *o)
{
    THREAD;
    Value v = value_in(o), fd = v;
    if (!value_is_int(v)) {
        Value f;
        int r = object_lookup_attr_cstr(t, v, "fileno", &f);
        if (r <= 0) {
            if (r == 0) {
                type_error(t, "argument must be an int, or have a fileno() method.");
            }
            return -1;
        }
        fd = call0(t, f);
        if (!fd) {
            return -1;
        }
        if (!value_is_int(fd)) {
            type_error(t, "fileno() returned a non-integer");
            return -1;
        }
    }
    int n;
    if (!value_to_int(t, fd, &n)) {
        return -1;
    }
    if (n < 0) {
        value_error(t, "file descriptor cannot be a negative integer (%d)", n);
        return -1;
    }
    return n;
}

/* ---- calls ---- */

PyObject *PyObject_Call(PyObject *f, PyObject *args, PyObject *kwargs)
{
    THREAD;
    LEAVE_EXTENSION;
    Value r = call_tuple(t, value_in(f), value_in(args), value_in(kwargs));
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyObject_CallObject(PyObject *f, PyObject *args)
{
    THREAD;
    if (args && !PyTuple_Check(args)) {
        type_error(t, "argument list must be a tuple");
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = args ? call_tuple(t, value_in(f), value_in(args), 0) : call0(t, value_in(f));
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyEval_CallObjectWithKeywords(PyObject *f, PyObject *args, PyObject *kwargs)
{
    THREAD;
    return PyObject_Call(f, args ? args : value_lend(t, tuple_empty()), kwargs);
}

/* Values of C arguments: in room when they fit, else in a tuple. */
static Value *values_in(Thread *t, PyObject *const *args, size_t n, Value *room, size_t room_size)
{
    Value *out = room;
    if (n > room_size) {
        Value tuple = tuple_new(t, n);
        out = tuple ? value_tuple(tuple)->items : NULL;
    }
    for (size_t i = 0; out && i < n; i++) {
        out[i] = value_in(args[i]);
    }
    return out;
}

PyObject *PyObject_Vectorcall(PyObject *f, PyObject *const *args, size_t nargsf, PyObject *kwnames)
{
    THREAD;
    Value room[8], kw = value_in(kwnames);
    size_t n = (size_t)PyVectorcall_NARGS(nargsf);
    Value *v = values_in(t, args, n + (kw ? tuple_len(kw) : 0), room, ARRAY_SIZE(room));
    if (!v) {
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = call(t, value_in(f), v, n, kw && tuple_len(kw) ? kw : 0);
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyObject_VectorcallDict(PyObject *f, PyObject *const *args, size_t nargsf,
                                  PyObject *kwargs)
{
    THREAD;
    Value room[8];
    size_t n = (size_t)PyVectorcall_NARGS(nargsf);
    Value *v = values_in(t, args, n, room, ARRAY_SIZE(room));
    Value tuple = v ? tuple_from(t, v, n) : 0;
    if (!tuple) {
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = call_tuple(t, value_in(f), tuple, value_in(kwargs));
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *_PyObject_FastCall(PyObject *f, PyObject *const *args, Py_ssize_t n)
{
    return PyObject_Vectorcall(f, args, (size_t)n, NULL);
}

PyObject *PyObject_VectorcallMethod(PyObject *name, PyObject *const *args, size_t nargsf,
                                    PyObject *kwnames)
{
    PyObject *f = PyObject_GetAttr(args[0], name);
    if (!f) {
        return NULL;
    }
    PyObject *r = PyObject_Vectorcall(f, args + 1, (size_t)PyVectorcall_NARGS(nargsf) - 1, kwnames);
    Py_DECREF(f);
    return r;
}

PyObject *PyObject_CallNoArgs(PyObject *f) { return PyObject_Vectorcall(f, NULL, 0, NULL); }
PyObject *PyObject_CallOneArg(PyObject *f, PyObject *arg)
{
    return PyObject_Vectorcall(f, &arg, 1, NULL);
}
PyObject *PyObject_CallMethodNoArgs(PyObject *o, PyObject *name)
{
    return PyObject_VectorcallMethod(name, &o, 1, NULL);
}

PyObject *PyObject_CallMethodOneArg(PyObject *o, PyObject *name, PyObject *arg)
{
    PyObject *args[] = {o, arg};
    return PyObject_VectorcallMethod(name, args, 2, NULL);
}

/* Arguments up to NULL, as a tuple. */
static Value listed_arguments(Thread *t, va_list ap)
{
    Value list = list_new(t, 4);
    PyObject *o;
    while (list && (o = va_arg(ap, PyObject *)) != NULL) {
        if (!list_append(t, list, value_in(o))) {
            return 0;
        }
    }
    return list ? list_to_tuple(t, list) : 0;
}

PyObject *call_listed(Thread *t, Value f, va_list ap)
{
    Value args = f ? listed_arguments(t, ap) : 0;
    if (!args) {
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = call_tuple(t, f, args, 0);
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyObject_CallFunctionObjArgs(PyObject *f, ...)
{
    va_list ap;
    va_start(ap, f);
    PyObject *r = call_listed(thread_current(), value_in(f), ap);
    va_end(ap);
    return r;
}

PyObject *PyObject_CallMethodObjArgs(PyObject *o, PyObject *name, ...)
{
    THREAD;
    va_list ap;
    va_start(ap, name);
    PyObject *r = call_listed(t, object_getattr(t, value_in(o), value_in(name)), ap);
    va_end(ap);
    return r;
}

vectorcallfunc PyVectorcall_Function(PyObject *f)
{
    PyTypeObject *type = Py_TYPE(f);
    if (type->tp_vectorcall_offset <= 0 || !(type->tp_flags & Py_TPFLAGS_HAVE_VECTORCALL)) {
        return NULL;
    }
    return *(vectorcallfunc *)((char *)f + type->tp_vectorcall_offset);
}

/* What extensions put into tp_call beside a vectorcall offset. */
PyObject *PyVectorcall_Call(PyObject *f, PyObject *tuple, PyObject *dict)
{
    THREAD;
    vectorcallfunc fn = PyVectorcall_Function(f);
    if (!fn) {
        type_error(t, "'%s' object does not support vectorcall", Py_TYPE(f)->tp_name);
        return NULL;
    }
    Value args = value_in(tuple), kw = value_in(dict);
    size_t nkw = kw ? dict_len(kw) : 0;
    Value all = args, kwnames = 0;
    if (nkw) {
        Value items = dict_items_list(t, kw), rest = items ? tuple_new(t, nkw) : 0;
        kwnames = rest ? tuple_new(t, nkw) : 0;
        for (size_t i = 0; kwnames && i < nkw; i++) {
            gc_store(value_object(kwnames), &value_tuple(kwnames)->items[i],
                     tuple_get(list_get(items, i), 0));
            gc_store(value_object(rest), &value_tuple(rest)->items[i],
                     tuple_get(list_get(items, i), 1));
        }
        all = kwnames ? sequence_concat(t, args, rest) : 0;
    }
    if (!all) {
        return NULL;
    }
    return value_out(t, call_vector(t, f, fn, value_tuple(all)->items, tuple_len(args), kwnames));
}

int _PyObject_GetMethod(PyObject *o, PyObject *name, PyObject **method)
{
    *method = PyObject_GetAttr(o, name);
    return 0;
}

/* ---- recursion ---- */

int Py_EnterRecursiveCall(const char *where)
{
    return c_recursion_enter(thread_current(), where) ? 0 : -1;
}
void Py_LeaveRecursiveCall(void) { c_recursion_leave(thread_current()); }
int Py_GetRecursionLimit(void) { return thread_current()->interp->recursion_limit; }
