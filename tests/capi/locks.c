/* An extension that relies on a lock around it: what it does between two reads of its own data must
 * not be disturbed. Compiled with FREE it says that it needs no lock. */
#include "Python.h"

static volatile long inside, most, total;

static void work(long turns)
{
    for (volatile long i = 0; i < turns; i++) {
    }
}

/* Enters, works, leaves; counts how many threads are inside at once. */
static PyObject *visit(PyObject *m, PyObject *turns)
{
    (void)m;
    long n = PyLong_AsLong(turns);
    long now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    if (now > most) {
        most = now;
    }
    long before = total;
    work(n);
    total = before + 1;
    __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    Py_RETURN_NONE;
}

/* The same, giving its lock up meanwhile: waits until another thread is inside, too. */
static PyObject *meet(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    long met = 0;
    Py_BEGIN_ALLOW_THREADS
    __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
    for (long i = 0; i < 20000 && !met; i++) {
        met = __atomic_load_n(&inside, __ATOMIC_SEQ_CST) >= 2;
        usleep(500);
    }
    Py_END_ALLOW_THREADS
    return PyBool_FromLong(met);
}

static PyObject *call_back(PyObject *m, PyObject *f)
{
    (void)m;
    return PyObject_CallNoArgs(f);
}

static PyObject *state(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    PyObject *r = Py_BuildValue("(ll)", most, total);
    most = total = inside = 0;
    return r;
}

/* Stays inside without the lock given up until a byte of the buffer is set; gives up after a while.
 */
static PyObject *wait_for_byte(PyObject *m, PyObject *o)
{
    (void)m;
    Py_buffer view;
    if (PyObject_GetBuffer(o, &view, PyBUF_WRITABLE) < 0) {
        return NULL;
    }
    long i = 0;
    while (!__atomic_load_n((char *)view.buf, __ATOMIC_SEQ_CST) && i < 2000) {
        usleep(1000);
        i++;
    }
    PyBuffer_Release(&view);
    return PyBool_FromLong(i < 2000);
}

static PyMethodDef methods[] = {
    {"visit", visit, METH_O, NULL},
    {"meet", meet, METH_NOARGS, NULL},
    {"call_back", call_back, METH_O, NULL},
    {"state", state, METH_NOARGS, NULL},
    {"wait_for_byte", wait_for_byte, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {
#if defined(FREE) && defined(Py_mod_gil)
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};
#ifdef FREE
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "free_", NULL, 0, methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_free_(void) { return PyModuleDef_Init(&module); }
#else
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "locks", NULL, 0, methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_locks(void) { return PyModuleDef_Init(&module); }
#endif
