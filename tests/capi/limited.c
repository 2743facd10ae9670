/* Built with Py_LIMITED_API: functions of the stable ABI, a type from a specification, multi-phase
 * initialisation. */
#define Py_LIMITED_API 0x030b0000
#include "Python.h"

typedef struct {
    PyObject_HEAD
    PyObject *item;
} Cell;

static int cell_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)kwargs;
    PyObject *item;
    if (!PyArg_ParseTuple(args, "O", &item)) {
        return -1;
    }
    Py_XDECREF(((Cell *)self)->item);
    ((Cell *)self)->item = Py_NewRef(item);
    return 0;
}

static PyObject *cell_get(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyObject *item = ((Cell *)self)->item;
    return Py_NewRef(item ? item : Py_None);
}

static void cell_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF(((Cell *)self)->item);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF(type);
}

static PyMethodDef cell_methods[] = {{"get", cell_get, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyType_Slot cell_slots[] = {
    {Py_tp_init, cell_init},
    {Py_tp_dealloc, cell_dealloc},
    {Py_tp_methods, cell_methods},
    {0, NULL},
};
static PyType_Spec cell_spec = {"limited.Cell", sizeof(Cell), 0, Py_TPFLAGS_DEFAULT, cell_slots};

static PyObject *pairs(PyObject *m, PyObject *dict)
{
    (void)m;
    PyObject *list = PyList_New(0), *key, *value;
    Py_ssize_t pos = 0;
    while (list && PyDict_Next(dict, &pos, &key, &value)) {
        PyObject *pair = PyTuple_Pack(2, key, value);
        if (!pair || PyList_Append(list, pair) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(pair);
    }
    return list;
}

static int exec_module(PyObject *m)
{
    PyObject *type = PyType_FromSpec(&cell_spec);
    return type ? PyModule_AddObject(m, "Cell", type) : -1;
}

static PyMethodDef methods[] = {{"pairs", pairs, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec_module}, {0, NULL}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "limited", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_limited(void) { return PyModuleDef_Init(&module); }
