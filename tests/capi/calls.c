/* Calls functions of the C API by name, for the cases of calls.txt.  TABLE is generated: {"name",
 * address}, ...
 *
 * All arguments of the x86-64 convention that are no floating-point numbers travel alike, so one
 * function type serves them all.  Codes of arguments:
 *   O object   N object whose reference is taken over   0 NULL   i integer
 *   s text as char * (None: NULL)   d double   & PyObject ** to NULL   @ PyObject ** to an object
 *   # pointer to an integer (0)   . nothing
 * of results:
 *   O new reference   B borrowed   i int   l long   k unsigned long   s char *   d double
 *   v nothing   p pointer: whether not NULL
 * What & @ # point to afterwards comes behind the result, in a tuple. */
#include "Python.h"

static const struct { const char *name; void *fn; } table[] = {
#include TABLE
};
typedef long (*Any)(long, long, long, long, long, long, double, double, long, long, long, long);
typedef double (*AnyDouble)(long, long, long, long, long, long, double, double, long, long, long,
                            long);

typedef struct {
    long words[10];
    double doubles[2];
    PyObject *objects[10];
    long integers[10];
    char out[10];
    int n, n_doubles, n_out;
} Call;

static int add_argument(Call *c, char code, PyObject *arg)
{
    long *word = &c->words[c->n];
    switch (code) {
    case 'O': *word = (long)arg; break;
    case 'N': *word = (long)Py_NewRef(arg); break;
    case '0': *word = 0; break;
    case 'i':
        *word = (long)PyLong_AsUnsignedLongMask(arg);
        break;
    case 's':
        *word = arg == Py_None       ? 0
                : PyBytes_Check(arg) ? (long)PyBytes_AsString(arg)
                                     : (long)PyUnicode_AsUTF8(arg);
        break;
    case 'd': c->doubles[c->n_doubles++] = PyFloat_AsDouble(arg); return PyErr_Occurred() ? -1 : 0;
    case '&':
    case '@':
        c->objects[c->n_out] = code == '@' ? Py_NewRef(arg) : NULL;
        *word = (long)&c->objects[c->n_out];
        c->out[c->n_out++] = 'O';
        break;
    case '#':
        *word = (long)&c->integers[c->n_out];
        c->out[c->n_out++] = 'i';
        break;
    default: PyErr_Format(PyExc_ValueError, "argument code %c", code); return -1;
    }
    c->n++;
    return PyErr_Occurred() ? -1 : 0;
}

static PyObject *object_result(PyObject *o, int borrowed)
{
    if (!o) {
        return PyErr_Occurred() ? NULL : PyUnicode_FromString("<NULL>");
    }
    return borrowed ? Py_NewRef(o) : o;
}

static PyObject *run(Call *c, void *fn, char code)
{
    long *w = c->words;
    double *d = c->doubles;
    if (code == 'd') {
        double x =
            ((AnyDouble)fn)(w[0], w[1], w[2], w[3], w[4], w[5], d[0], d[1], w[6], w[7], w[8], w[9]);
        return PyErr_Occurred() ? NULL : PyFloat_FromDouble(x);
    }
    long r = ((Any)fn)(w[0], w[1], w[2], w[3], w[4], w[5], d[0], d[1], w[6], w[7], w[8], w[9]);
    if (code == 'O' || code == 'B') {
        return object_result((PyObject *)r, code == 'B');
    }
    if (PyErr_Occurred()) {
        return NULL;
    }
    switch (code) {
    case 'i': return PyLong_FromLong((int)r);
    case 'l': return PyLong_FromLong(r);
    case 'k': return PyLong_FromUnsignedLong((unsigned long)r);
    case 's': return r ? PyUnicode_FromString((const char *)r) : PyUnicode_FromString("<NULL>");
    case 'p': return PyBool_FromLong(r != 0);
    default: Py_RETURN_NONE;
    }
}

static PyObject *with_out(Call *c, PyObject *result)
{
    if (!result || !c->n_out) {
        return result;
    }
    PyObject *list = PyList_New(0);
    PyList_Append(list, result);
    Py_DECREF(result);
    for (int i = 0; i < c->n_out; i++) {
        PyObject *o =
            c->out[i] == 'O' ? object_result(c->objects[i], 0) : PyLong_FromLong(c->integers[i]);
        PyList_Append(list, o);
        Py_XDECREF(o);
    }
    PyObject *tuple = PyList_AsTuple(list);
    Py_DECREF(list);
    return tuple;
}

/* call(name, codes, result code, arguments...) */
static PyObject *call(PyObject *m, PyObject *args)
{
    (void)m;
    Call c = {.n = 0};
    const char *name = PyUnicode_AsUTF8(PyTuple_GetItem(args, 0)),
               *codes = PyUnicode_AsUTF8(PyTuple_GetItem(args, 1));
    const char *result = PyUnicode_AsUTF8(PyTuple_GetItem(args, 2));
    Py_ssize_t at = 3;
    for (const char *p = codes; *p; p++) {
        PyObject *arg = strchr("0&#", *p) ? NULL : *p == '.' ? NULL : PyTuple_GetItem(args, at++);
        if (*p != '.' && (PyErr_Occurred() || add_argument(&c, *p, arg) < 0)) {
            return NULL;
        }
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(table); i++) {
        if (strcmp(table[i].name, name) == 0) {
            return with_out(&c, run(&c, table[i].fn, *result));
        }
    }
    return PyErr_Format(PyExc_NameError, "%s", name);
}

static PyMethodDef methods[] = {{"call", call, METH_VARARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "calls", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_calls(void) { return PyModule_Create(&module); }
