/* Thread states that C code makes and takes apart, fields of slices, addresses of items of
 * tuples. */
#define PY_SSIZE_T_CLEAN
#include <pthread.h>

#include <Python.h>

#include "_check.h"

/* What one thread that Python does not know does; each fills in what it has seen. */
typedef struct {
    PyInterpreterState *interp;
    PyThreadState *ts;
    PyObject *callback;
    int known, counter, inside, outside;
} Work;

static void run_callback(Work *w)
{
    PyObject *r = PyObject_CallNoArgs(w->callback);
    if (r == NULL) {
        PyErr_Print();
    }
    Py_XDECREF(r);
}

/* Makes a state, takes it, gives it up in between, deletes it. */
static void *own_state(void *arg)
{
    Work *w = arg;
    w->known = PyGILState_GetThisThreadState() != NULL;
    PyThreadState *ts = PyThreadState_New(w->interp);
    PyEval_AcquireThread(ts);
    w->inside = PyThreadState_Get() == ts && PyThreadState_GetInterpreter(ts) == w->interp;
    run_callback(w);
    w->outside = PyThreadState_Swap(NULL) == ts && !PyGILState_Check();
    w->outside &= PyThreadState_Swap(ts) == NULL && PyGILState_Check();
    run_callback(w);
    PyThreadState_Clear(ts);
    PyThreadState_DeleteCurrent();
    return NULL;
}

/* Ends without forgetting its state, which somebody else deletes. */
static void *counted_state(void *arg)
{
    Work *w = arg;
    PyGILState_STATE s = PyGILState_Ensure();
    w->ts = PyGILState_GetThisThreadState();
    w->counter = w->ts->gilstate_counter++;
    run_callback(w);
    PyGILState_Release(s);
    w->outside = !PyGILState_Check() && PyGILState_GetThisThreadState() == w->ts;
    s = PyGILState_Ensure();
    w->inside = PyThreadState_Get() == w->ts;
    run_callback(w);
    PyGILState_Release(s);
    return NULL;
}

static int in_thread(void *(*fn)(void *), Work *w)
{
    pthread_t id;
    int err;
    Py_BEGIN_ALLOW_THREADS
    err = pthread_create(&id, NULL, fn, w) || pthread_join(id, NULL);
    Py_END_ALLOW_THREADS
    return err == 0;
}

static PyObject *states(PyObject *self, PyObject *callback)
{
    (void)self;
    Work own = {.interp = PyInterpreterState_Get(), .callback = callback};
    CHECK(in_thread(own_state, &own));
    CHECK(!own.known && own.inside && own.outside);
    Work counted = {.interp = own.interp, .callback = callback};
    CHECK(in_thread(counted_state, &counted));
    CHECK(counted.counter == 1 && counted.inside && counted.outside);
    PyGC_Collect(); /* nobody looks at the stack of the thread that is gone */
    PyThreadState_Clear(counted.ts);
    PyThreadState_Delete(counted.ts);
    PyThreadState *unused = PyThreadState_New(own.interp);
    CHECK(unused);
    PyThreadState_Clear(unused);
    PyThreadState_Delete(unused);
    CHECK(PyThreadState_Get()->gilstate_counter >= 1);
    Py_RETURN_NONE;
}

static PyObject *slice_fields(PyObject *self, PyObject *o)
{
    (void)self;
    CHECK(PySlice_Check(o));
    PySliceObject *s = (PySliceObject *)o;
    return PyTuple_Pack(3, s->start, s->stop, s->step);
}

/* The sum of the lengths of a tuple's items, which are reached like an array. */
static PyObject *lengths(PyObject *self, PyObject *o)
{
    (void)self;
    CHECK(PyTuple_Check(o));
    PyObject **items = &PyTuple_GET_ITEM(o, 0);
    Py_ssize_t sum = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(o); i++) {
        CHECK(items[i] == PyTuple_GET_ITEM(o, i));
        sum += PyObject_Size(items[i]);
    }
    return PyLong_FromSsize_t(sum);
}

static PyObject *numbers(PyObject *self, PyObject *o)
{
    (void)self;
    return PyTuple_Pack(4, PyTuple_GET_ITEM(o, 0), PyTuple_GET_ITEM(o, 1), PyTuple_GET_ITEM(o, 2),
                        PyTuple_GET_ITEM(o, 3));
}

static PyMethodDef methods[] = {
    {"states", states, METH_O, "Thread states made by C code."},
    {"slice_fields", slice_fields, METH_O, "start, stop and step of a slice."},
    {"lengths", lengths, METH_O, "Lengths of a tuple's items."},
    {"numbers", numbers, METH_O, "The first four items."},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "states", NULL, -1, methods};
PyMODINIT_FUNC PyInit_states(void) { return PyModule_Create(&definition); }
