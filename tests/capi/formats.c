/* The format strings of PyArg_Parse*, Py_BuildValue and PyUnicode_FromFormat, with any format:
 * test_formats.py.  Integers and pointers travel alike in the x86-64 convention, and doubles apart
 * from them, so that one call serves every format. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "_check.h"

enum { MOST = 24 };
typedef union {
    char bytes[sizeof(Py_buffer)];
    Py_buffer view;
    PyObject *object;
    char *text;
    wchar_t *wide;
    long long whole;
    Py_ssize_t size;
    float single;
    double real;
    Py_complex complex;
} Slot;

static int convert(PyObject *o, void *to)
{
    if (PyFloat_Check(o)) {
        PyErr_SetString(PyExc_ValueError, "no floats here");
        return 0;
    }
    *(PyObject **)to = o;
    return 1;
}

/* What the call gets: pointers to slots, and what goes in between. */
static int arguments_for(const char *format, Slot *slots, void **words)
{
    int n = 0, s = 0;
    for (const char *p = format; *p && *p != ':' && *p != ';'; p++) {
        if (*p == 'e') {
            words[n++] = (void *)"utf-8";
        } else if (*p == '!') {
            words[n] = words[n - 1];
            words[n++ - 1] = &PyList_Type;
        } else if (*p == '&') {
            words[n] = words[n - 1];
            words[n++ - 1] = (void *)convert;
        } else if (*p == '*') {
            continue;
        } else if (*p == '#' || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')) {
            words[n++] = &slots[s++];
        }
    }
    return n;
}

static PyObject *bytes_of(const char *p, Py_ssize_t n)
{
    return p ? PyBytes_FromStringAndSize(p, n < 0 ? (Py_ssize_t)strlen(p) : n) : Py_NewRef(Py_None);
}

/* The value that one unit has left in *slot (and its size behind it). */
static PyObject *value_of(const char *unit, Slot *slot)
{
    char mark = unit[1];
    switch (*unit) {
    case 'b':
    case 'B':
        return PyLong_FromLong((unsigned char)slot->bytes[0]);
    case 'h':
        return PyLong_FromLong((short)slot->whole);
    case 'H':
        return PyLong_FromLong((unsigned short)slot->whole);
    case 'i':
    case 'p':
    case 'C':
        return PyLong_FromLong((int)slot->whole);
    case 'I':
        return PyLong_FromLongLong((unsigned)slot->whole);
    case 'l':
    case 'L':
    case 'n':
        return PyLong_FromLongLong(slot->whole);
    case 'k':
    case 'K':
        return PyLong_FromUnsignedLongLong((unsigned long long)slot->whole);
    case 'c':
        return PyLong_FromLong(slot->bytes[0]);
    case 'f':
        return PyFloat_FromDouble(slot->single);
    case 'd':
        return PyFloat_FromDouble(slot->real);
    case 'D':
        return PyComplex_FromCComplex(slot->complex);
    case 'u':
    case 'Z':
        return slot->wide ? PyUnicode_FromWideChar(slot->wide, mark == '#' ? slot[1].size : -1)
                          : Py_NewRef(Py_None);
    case 's':
    case 'z':
    case 'y':
    case 'w':
    case 'e':
        if (mark == '*') {
            PyObject *r = bytes_of(slot->view.buf, slot->view.len);
            PyBuffer_Release(&slot->view);
            return r;
        }
        return bytes_of(slot->text, mark == '#' ? slot[1].size : -1);
    default:
        return slot->object ? Py_NewRef(slot->object) : PyUnicode_FromString("<NULL>");
    }
}

static PyObject *values_of(const char *format, Slot *slots)
{
    PyObject *list = PyList_New(0);
    for (const char *p = format; *p && *p != ':' && *p != ';'; p++) {
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))) {
            slots += *p == '#';
            continue;
        }
        const char *unit = p;
        p += *p == 'e';
        char marked[2] = {*unit, p[1]};
        PyObject *v = value_of(marked, slots++);
        if (!v || PyList_Append(list, v) < 0) {
            return NULL;
        }
        if (*unit == 'e') {
            PyMem_Free(slots[-1].text);
        }
        Py_DECREF(v);
    }
    return list;
}

/* parse(format, args[, kwargs, names]): what is stored, in order */
static PyObject *parse(PyObject *self, PyObject *all)
{
    (void)self;
    PyObject *args = PyTuple_GET_ITEM(all, 1), *kwargs = NULL, *names;
    const char *format = PyUnicode_AsUTF8(PyTuple_GET_ITEM(all, 0));
    Slot slots[MOST] = {{{0}}};
    void *w[MOST] = {NULL};
    char *keywords[MOST] = {NULL};
    arguments_for(format, slots, w);
    int ok;
    if (PyTuple_GET_SIZE(all) > 2) {
        kwargs = PyTuple_GET_ITEM(all, 2);
        names = PyTuple_GET_ITEM(all, 3);
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
            keywords[i] = (char *)PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i));
        }
        ok =
            PyArg_ParseTupleAndKeywords(args, kwargs == Py_None ? NULL : kwargs, format, keywords,
                                        w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9]);
    } else if (PyTuple_Check(args)) {
        ok = PyArg_ParseTuple(args, format, w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8],
                              w[9], w[10], w[11]);
    } else {
        ok = PyArg_Parse(args, format, w[0], w[1], w[2], w[3]);
    }
    return ok ? values_of(format, slots) : NULL;
}

/* One word for each argument: an int, the text of bytes, an object in a list; doubles apart. */
static int words_of(PyObject *args, long *words, double *doubles)
{
    int n = 0, d = 0;
    for (Py_ssize_t i = 1; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *o = PyTuple_GET_ITEM(args, i);
        if (PyFloat_Check(o)) {
            doubles[d++] = PyFloat_AS_DOUBLE(o);
        } else if (PyList_Check(o)) {
            words[n++] = (long)PyList_GetItem(o, 0);
        } else if (PyBytes_Check(o)) {
            words[n++] = (long)PyBytes_AsString(o);
        } else if (o == Py_None) {
            words[n++] = 0;
        } else {
            words[n++] = (long)PyLong_AsUnsignedLongMask(o);
        }
    }
    return n;
}

#define WORDS w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], d[0], d[1], d[2]

/* build(format, arguments...) */
static PyObject *built(PyObject *self, PyObject *args)
{
    (void)self;
    long w[MOST] = {0};
    double d[MOST] = {0};
    words_of(args, w, d);
    PyObject *r = Py_BuildValue(PyUnicode_AsUTF8(PyTuple_GET_ITEM(args, 0)), WORDS);
    return r || PyErr_Occurred() ? r : PyUnicode_FromString("<NULL>");
}

static PyObject *text(PyObject *self, PyObject *args)
{
    (void)self;
    long w[MOST] = {0};
    double d[MOST] = {0};
    words_of(args, w, d);
    return PyUnicode_FromFormat(PyUnicode_AsUTF8(PyTuple_GET_ITEM(args, 0)), WORDS);
}

static PyObject *bytes(PyObject *self, PyObject *args)
{
    (void)self;
    long w[MOST] = {0};
    double d[MOST] = {0};
    words_of(args, w, d);
    return PyBytes_FromFormat(PyUnicode_AsUTF8(PyTuple_GET_ITEM(args, 0)), WORDS);
}

static PyObject *error(PyObject *self, PyObject *args)
{
    (void)self;
    long w[MOST] = {0};
    double d[MOST] = {0};
    words_of(args, w, d);
    return PyErr_Format(PyExc_LookupError, PyUnicode_AsUTF8(PyTuple_GET_ITEM(args, 0)), WORDS);
}

static PyMethodDef methods[] = {
    {"parse", parse, METH_VARARGS, NULL}, {"build", built, METH_VARARGS, NULL},
    {"text", text, METH_VARARGS, NULL},   {"bytes", bytes, METH_VARARGS, NULL},
    {"error", error, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "formats", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_formats(void) { return PyModule_Create(&module); }
