/* What _bench.py and _bench_threads.py time: calls of each convention, a sum over a buffer,
 * work. */
#include <time.h>

#include "Python.h"

static PyObject *one(PyObject *m, PyObject *o)
{
    (void)m;
    return Py_NewRef(o);
}

static PyObject *none(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    Py_RETURN_NONE;
}

static PyObject *fast(PyObject *m, PyObject *const *args, Py_ssize_t n)
{
    (void)m;
    return n ? Py_NewRef(args[n - 1]) : Py_NewRef(Py_None);
}

static PyObject *tuple(PyObject *m, PyObject *args)
{
    (void)m;
    int a, b;
    return PyArg_ParseTuple(args, "ii", &a, &b) ? PyLong_FromLong(a + b) : NULL;
}

static PyObject *parsed(PyObject *m, PyObject *args)
{
    (void)m;
    PyObject *o;
    return PyArg_ParseTuple(args, "O:parsed", &o) ? Py_NewRef(o) : NULL;
}

static PyObject *named(PyObject *m, PyObject *args, PyObject *keywords)
{
    (void)m;
    static char *names[] = {"object", "count", NULL};
    PyObject *o;
    int n = 0;
    return PyArg_ParseTupleAndKeywords(args, keywords, "O|i", names, &o, &n) ? Py_NewRef(o) : NULL;
}

static PyObject *add(PyObject *m, PyObject *o)
{
    (void)m;
    long n = PyLong_AsLong(o);
    return n == -1 && PyErr_Occurred() ? NULL : PyLong_FromLong(n + 1000);
}

static PyObject *half(PyObject *m, PyObject *o)
{
    (void)m;
    return PyFloat_FromDouble(PyFloat_AsDouble(o) / 2);
}

/* Computes for so many milliseconds of its thread's time, and lets nobody else in. */
static PyObject *spin(PyObject *m, PyObject *o)
{
    (void)m;
    long milliseconds = PyLong_AsLong(o);
    struct timespec start, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 <
             milliseconds);
    return PyLong_FromLong(milliseconds);
}

static PyObject *sum(PyObject *m, PyObject *o)
{
    (void)m;
    Py_buffer view;
    if (PyObject_GetBuffer(o, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    double s = 0;
    for (Py_ssize_t i = 0; i < view.len / (Py_ssize_t)sizeof s; i++) {
        s += ((double *)view.buf)[i];
    }
    PyBuffer_Release(&view);
    return PyFloat_FromDouble(s);
}

static PyMethodDef methods[] = {
    {"one", one, METH_O, NULL},
    {"none", none, METH_NOARGS, NULL},
    {"tuple", tuple, METH_VARARGS, NULL},
    {"parsed", parsed, METH_VARARGS, NULL},
    {"named", (PyCFunction)(void (*)(void))named, METH_VARARGS | METH_KEYWORDS, NULL},
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL, NULL},
    {"add", add, METH_O, NULL},
    {"half", half, METH_O, NULL},
    {"spin", spin, METH_O, NULL},
    {"sum", sum, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "bench", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_bench(void) { return PyModule_Create(&module); }
