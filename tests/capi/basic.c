/* Module functions of every calling convention, constants, an exception; single-phase
 * initialisation. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

static PyObject *Error;

static PyObject *noargs(PyObject *self, PyObject *Py_UNUSED(args))
{
    return PyUnicode_FromString(PyModule_GetName(self));
}

static PyObject *one(PyObject *Py_UNUSED(self), PyObject *arg) { return PyNumber_Add(arg, arg); }

static PyObject *varargs(PyObject *Py_UNUSED(self), PyObject *args)
{
    int i;
    const char *s = "none";
    double d = 0.5;
    PyObject *o = Py_None;
    if (!PyArg_ParseTuple(args, "i|sdO:varargs", &i, &s, &d, &o)) {
        return NULL;
    }
    return Py_BuildValue("(isdO)", i, s, d, o);
}

static PyObject *keywords(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kw)
{
    static char *names[] = {"a", "b", "c", NULL};
    int a;
    int b = 2;
    PyObject *c = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "i|i$O:keywords", names, &a, &b, &c)) {
        return NULL;
    }
    return Py_BuildValue("{s:i,s:i,s:O}", "a", a, "b", b, "c", c ? c : Py_None);
}

static PyObject *fast(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t n)
{
    PyObject *list = PyList_New(n);
    for (Py_ssize_t i = 0; list && i < n; i++) {
        PyList_SET_ITEM(list, i, Py_NewRef(args[i]));
    }
    return list;
}

static PyObject *fast_keywords(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t n,
                               PyObject *kwnames)
{
    PyObject *d = PyDict_New();
    for (Py_ssize_t i = 0; kwnames && i < PyTuple_GET_SIZE(kwnames); i++) {
        if (PyDict_SetItem(d, PyTuple_GET_ITEM(kwnames, i), args[n + i]) < 0) {
            return NULL;
        }
    }
    return Py_BuildValue("nN", n, d);
}

static PyObject *fail(PyObject *Py_UNUSED(self), PyObject *arg)
{
    return PyErr_Format(Error, "failed with %R at %d%%, %s, %5.2s|%4d|%04x|%zd|%c", arg, 50, "text",
                        "abc", 7, 255, (Py_ssize_t)-1, 'q');
}

static PyObject *silent(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args)) { return NULL; }

static PyObject *noisy(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args))
{
    PyErr_SetString(PyExc_ValueError, "left behind");
    Py_RETURN_NONE;
}

static PyObject *total(PyObject *Py_UNUSED(self), PyObject *iterable)
{
    PyObject *it = PyObject_GetIter(iterable), *item;
    long sum = 0;
    if (!it) {
        return NULL;
    }
    while ((item = PyIter_Next(it)) != NULL) {
        long v = PyLong_AsLong(item);
        Py_DECREF(item);
        if (v == -1 && PyErr_Occurred()) {
            Py_DECREF(it);
            return NULL;
        }
        sum += v;
    }
    Py_DECREF(it);
    return PyErr_Occurred() ? NULL : PyLong_FromLong(sum);
}

static PyObject *formats(PyObject *Py_UNUSED(self), PyObject *args)
{
    const char *fmt;
    PyObject *rest;
    if (!PyArg_ParseTuple(args, "sO!", &fmt, &PyTuple_Type, &rest)) {
        return NULL;
    }
    if (strcmp(fmt, "y#") == 0) {
        const char *p;
        Py_ssize_t n;
        return PyArg_ParseTuple(rest, "y#", &p, &n) ? PyLong_FromSsize_t(n) : NULL;
    }
    if (strcmp(fmt, "s*") == 0 || strcmp(fmt, "y*") == 0 || strcmp(fmt, "w*") == 0) {
        Py_buffer view;
        if (!PyArg_ParseTuple(rest, fmt, &view)) {
            return NULL;
        }
        if (*fmt == 'w') {
            memset(view.buf, 'x', (size_t)view.len);
        }
        PyObject *r = PyBytes_FromStringAndSize(view.buf, view.len);
        PyBuffer_Release(&view);
        return r;
    }
    if (strcmp(fmt, "(ii)p") == 0) {
        int a, b, c;
        return PyArg_ParseTuple(rest, "(ii)p:pair", &a, &b, &c) ? Py_BuildValue("[iii]", a, b, c)
                                                                : NULL;
    }
    if (strcmp(fmt, "b") == 0) {
        unsigned char c;
        return PyArg_ParseTuple(rest, "b", &c) ? PyLong_FromLong(c) : NULL;
    }
    if (strcmp(fmt, "K") == 0) {
        unsigned long long k;
        return PyArg_ParseTuple(rest, "K", &k) ? PyLong_FromUnsignedLongLong(k) : NULL;
    }
    if (strcmp(fmt, "z") == 0) {
        const char *z;
        return PyArg_ParseTuple(rest, "z", &z) ? Py_BuildValue("z", z) : NULL;
    }
    if (strcmp(fmt, "C") == 0) {
        int c;
        return PyArg_ParseTuple(rest, "C", &c) ? Py_BuildValue("iC", c, c) : NULL;
    }
    if (strcmp(fmt, "et") == 0) {
        char *s = NULL;
        if (!PyArg_ParseTuple(rest, "et", "latin-1", &s)) {
            return NULL;
        }
        PyObject *r = PyBytes_FromString(s);
        PyMem_Free(s);
        return r;
    }
    if (strcmp(fmt, "U") == 0) {
        PyObject *u;
        return PyArg_ParseTuple(rest, "U", &u) ? Py_BuildValue("On", u, PyUnicode_GET_LENGTH(u))
                                               : NULL;
    }
    PyErr_SetString(PyExc_ValueError, "unknown format");
    return NULL;
}

static PyObject *unpack(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *a, *b = NULL;
    if (!PyArg_UnpackTuple(args, "unpack", 1, 2, &a, &b)) {
        return NULL;
    }
    return PyTuple_Pack(2, a, b ? b : Py_None);
}

static PyObject *catch_(PyObject *Py_UNUSED(self), PyObject *f)
{
    PyObject *r = PyObject_CallNoArgs(f);
    if (r) {
        return r;
    }
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        return PyUnicode_FromString("KeyError");
    }
    PyObject *type, *value, *tb;
    PyErr_Fetch(&type, &value, &tb);
    PyErr_NormalizeException(&type, &value, &tb);
    r = Py_BuildValue("OOi", type, value, tb != NULL);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(tb);
    return r;
}

static PyObject *call_all(PyObject *Py_UNUSED(self), PyObject *f)
{
    PyObject *list = PyList_New(0), *r;
    r = PyObject_CallFunction(f, "is", 1, "x");
    PyList_Append(list, r);
    Py_XDECREF(r);
    r = PyObject_CallFunction(f, "(ii)", 1, 2);
    PyList_Append(list, r);
    Py_XDECREF(r);
    r = PyObject_CallFunctionObjArgs(f, Py_True, Py_None, NULL);
    PyList_Append(list, r);
    Py_XDECREF(r);
    r = PyObject_CallMethod(list, "copy", NULL);
    PyList_Append(list, r);
    Py_XDECREF(r);
    PyObject *args = Py_BuildValue("(i)", 5), *kw = Py_BuildValue("{s:i}", "k", 6);
    r = PyObject_Call(f, args, kw);
    Py_DECREF(args);
    Py_DECREF(kw);
    PyList_Append(list, r);
    Py_XDECREF(r);
    return list;
}

static PyObject *strings(PyObject *Py_UNUSED(self), PyObject *s)
{
    PyObject *copy = PyUnicode_New(PyUnicode_GET_LENGTH(s), PyUnicode_MAX_CHAR_VALUE(s));
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(s); i++) {
        PyUnicode_WRITE(PyUnicode_KIND(copy), PyUnicode_DATA(copy), PyUnicode_GET_LENGTH(s) - 1 - i,
                        PyUnicode_READ_CHAR(s, i));
    }
    return Py_BuildValue("NiNs", copy, (int)PyUnicode_KIND(s),
                         PyUnicode_FromFormat("<%U|%S|%A>", s, s, s), PyUnicode_AsUTF8(s));
}

static PyObject *dicts(PyObject *Py_UNUSED(self), PyObject *d)
{
    PyObject *key, *value, *out = PyList_New(0);
    Py_ssize_t pos = 0;
    while (PyDict_Next(d, &pos, &key, &value)) {
        PyObject *pair = PyTuple_Pack(2, value, key);
        PyList_Append(out, pair);
        Py_DECREF(pair);
    }
    return out;
}

static PyObject *without_gil(PyObject *Py_UNUSED(self), PyObject *arg)
{
    double sum = 0;
    long n = PyLong_AsLong(arg);
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; i < n; i++) {
        sum += (double)i;
    }
    Py_END_ALLOW_THREADS
    return PyFloat_FromDouble(sum);
}

/* Describes an undescribed function or method with the second argument, as generated
 * documentation is added to a module. */
static PyObject *describe(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyObject *f;
    const char *text;
    if (!PyArg_ParseTuple(args, "Os", &f, &text)) {
        return NULL;
    }
    PyMethodDef *ml = Py_TYPE(f) == &PyCFunction_Type       ? ((PyCFunctionObject *)f)->m_ml
                      : Py_TYPE(f) == &PyMethodDescr_Type ? ((PyMethodDescrObject *)f)->d_method
                                                          : NULL;
    if (!ml || ml->ml_doc) {
        PyErr_SetString(PyExc_TypeError, "not undescribed");
        return NULL;
    }
    ml->ml_doc = strcpy(malloc(strlen(text) + 1), text);
    return PyUnicode_FromString(ml->ml_name);
}

PyDoc_STRVAR(one_doc, "one($module, x, /)\n--\n\nTwice x.");
static PyMethodDef methods[] = {
    {"noargs", noargs, METH_NOARGS, "No arguments."},
    {"one", one, METH_O, one_doc},
    {"varargs", varargs, METH_VARARGS, NULL},
    {"keywords", (PyCFunction)(void (*)(void))keywords, METH_VARARGS | METH_KEYWORDS, NULL},
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL, NULL},
    {"fast_keywords", (PyCFunction)(void (*)(void))fast_keywords, METH_FASTCALL | METH_KEYWORDS,
     NULL},
    {"fail", fail, METH_O, NULL},
    {"silent", silent, METH_NOARGS, NULL},
    {"noisy", noisy, METH_NOARGS, NULL},
    {"total", total, METH_O, NULL},
    {"formats", formats, METH_VARARGS, NULL},
    {"unpack", unpack, METH_VARARGS, NULL},
    {"catch", catch_, METH_O, NULL},
    {"call_all", call_all, METH_O, NULL},
    {"strings", strings, METH_O, NULL},
    {"dicts", dicts, METH_O, NULL},
    {"without_gil", without_gil, METH_O, NULL},
    {"describe", describe, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "basic", "A module in C.", -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_basic(void)
{
    PyObject *m = PyModule_Create(&def);
    if (!m) {
        return NULL;
    }
    PyModule_AddIntConstant(m, "ANSWER", 42);
    PyModule_AddStringConstant(m, "NAME", "basic");
    PyModule_AddObject(m, "PI", PyFloat_FromDouble(3.25));
    PyModule_AddObject(m, "BIG", PyLong_FromUnsignedLongLong(~0ULL));
    Error = PyErr_NewException("basic.Error", PyExc_ValueError, NULL);
    Py_INCREF(Error);
    PyModule_AddObject(m, "Error", Error);
    return m;
}
