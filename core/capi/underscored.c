/* Functions with a leading underscore that generated and older code calls: names as static strings,
 * parsers with static tables, attributes by a given dict. */
#include "core/capi/capi.h"

/* ---- names as static strings ---- */

static Value id_name(Thread *t, const _Py_Identifier *id) { return intern_cstr(t, id->string); }

PyObject *_PyUnicode_FromId(_Py_Identifier *id)
{
    THREAD;
    return value_lend(t, id_name(t, id)); /* interned names are found again: borrowed */
}

PyObject *_PyObject_GetAttrId(PyObject *o, _Py_Identifier *id)
{
    return PyObject_GetAttrString(o, id->string);
}
int _PyObject_SetAttrId(PyObject *o, _Py_Identifier *id, PyObject *v)
{
    return PyObject_SetAttrString(o, id->string, v);
}

int _PyObject_LookupAttrId(PyObject *o, _Py_Identifier *id, PyObject **result)
{
    THREAD;
    return _PyObject_LookupAttr(o, value_lend(t, id_name(t, id)), result);
}

PyObject *_PyObject_CallMethodId(PyObject *o, _Py_Identifier *id, const char *format, ...)
{
    PyObject *f = _PyObject_GetAttrId(o, id);
    if (!f) {
        return NULL;
    }
    va_list ap;
    va_start(ap, format);
    PyObject *args = format && *format ? Py_VaBuildValue(format, ap) : PyTuple_New(0);
    va_end(ap);
    if (args && !PyTuple_Check(args)) {
        PyObject *one = PyTuple_Pack(1, args);
        Py_DECREF(args);
        args = one;
    }
    PyObject *r = args ? PyObject_Call(f, args, NULL) : NULL;
    Py_XDECREF(args);
    Py_DECREF(f);
    return r;
}

PyObject *_PyObject_CallMethodIdObjArgs(PyObject *o, _Py_Identifier *id, ...)
{
    THREAD;
    va_list ap;
    va_start(ap, id);
    PyObject *r = call_listed(t, object_getattr(t, value_in(o), id_name(t, id)), ap);
    va_end(ap);
    return r;
}

PyObject *_PyObject_CallMethodIdNoArgs(PyObject *o, _Py_Identifier *id)
{
    THREAD;
    return PyObject_CallMethodNoArgs(o, value_lend(t, id_name(t, id)));
}

PyObject *_PyObject_CallMethodIdOneArg(PyObject *o, _Py_Identifier *id, PyObject *arg)
{
    THREAD;
    return PyObject_CallMethodOneArg(o, value_lend(t, id_name(t, id)), arg);
}

PyObject *_PyDict_GetItemIdWithError(PyObject *d, _Py_Identifier *id)
{
    return _PyDict_GetItemStringWithError(d, id->string);
}
int _PyDict_SetItemId(PyObject *d, _Py_Identifier *id, PyObject *v)
{
    return PyDict_SetItemString(d, id->string, v);
}

/* ---- attributes ---- */

static Value found_in_type(Thread *t, Value descr, Value o)
{
    DescrGetFn get = type_of(descr)->descr_get;
    return get ? get(t, descr, o, object_value(type_of(o))) : descr;
}

static Value getattr_with_dict(Thread *t, Value o, Value name, Value dict)
{
    Value key = intern_str(t, name), descr = key ? type_lookup(t, type_of(o), key) : 0;
    if (!key) {
        return 0;
    }
    if (descr && type_of(descr)->descr_set && type_of(descr)->descr_get) {
        return found_in_type(t, descr, o);
    }
    Value v = dict_get(t, dict, key);
    if (v || t->exc) {
        return v;
    }
    return descr ? found_in_type(t, descr, o) : attribute_error(t, o, key);
}

PyObject *_PyObject_GenericGetAttrWithDict(PyObject *o, PyObject *name, PyObject *dict,
                                           int suppress)
{
    THREAD;
    Value v = dict ? getattr_with_dict(t, value_in(o), value_in(name), value_in(dict))
                   : generic_getattr(t, value_in(o), value_in(name));
    if (!v && suppress && !error_clear_if(t, &exc_AttributeError)) {
        return NULL;
    }
    return value_out(t, v);
}

/* ---- errors ---- */

void _PyErr_SetKeyError(PyObject *key)
{
    THREAD;
    Value args = tuple_pack(t, 1, value_in(key)); /* a key that is a tuple is one argument */
    if (args) {
        raise_c(t, PyExc_KeyError, args);
    }
}

void _PyErr_WriteUnraisableMsg(const char *message, PyObject *o)
{
    error_unraisable(thread_current(), message, value_in(o));
}

/* ---- arguments with static tables ---- */

int _PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                                 _PyArg_Parser *parser, ...)
{
    THREAD;
    Value kw, tuple = positional_as_tuple(t, args, n);
    if (!tuple || !keywords_as_dict(t, args, n, kwnames, &kw)) {
        return 0;
    }
    va_list ap;
    va_start(ap, parser);
    int r = PyArg_VaParseTupleAndKeywords(value_lend(t, tuple), value_lend(t, kw), parser->format,
                                          (char **)parser->keywords, ap);
    va_end(ap);
    return r;
}

int _PyArg_ParseTupleAndKeywordsFast(PyObject *args, PyObject *kw, _PyArg_Parser *parser, ...)
{
    va_list ap;
    va_start(ap, parser);
    int r = PyArg_VaParseTupleAndKeywords(args, kw, parser->format, (char **)parser->keywords, ap);
    va_end(ap);
    return r;
}
