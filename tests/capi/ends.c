/* Objects that own others: what tp_dealloc finds. */
#include <Python.h>
#include <string.h>

/* Owned is counted; with a name, so that the order of ends can be told. */
typedef struct Owner {
    PyObject_HEAD
    char name[16];
    int alive;
    PyObject *owned;
} Owner;

static PyTypeObject owner_type, plain_type;
static char ended[1 << 16];
static int broken, count;

static PyObject *owner_new(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(kwargs))
{
    const char *name;
    PyObject *owned = NULL;
    if (!PyArg_ParseTuple(args, "s|O", &name, &owned)) {
        return NULL;
    }
    Owner *o = (Owner *)type->tp_alloc(type, 0);
    if (o) {
        strncpy(o->name, name, sizeof o->name - 1);
        o->alive = 1;
        Py_XINCREF(owned);
        o->owned = owned;
    }
    return (PyObject *)o;
}

static int owner_traverse(Owner *o, visitproc visit, void *arg)
{
    Py_VISIT(o->owned);
    return 0;
}

/* What an owner still refers to must be whole. */
static void owner_dealloc(Owner *o)
{
    PyObject *owned = o->owned;
    if (!o->alive || (owned && (Py_TYPE(owned) == &owner_type || Py_TYPE(owned) == &plain_type) &&
                      !((Owner *)owned)->alive)) {
        broken++;
    }
    count++;
    if (strlen(ended) + strlen(o->name) + 1 < sizeof ended) {
        strcat(ended, o->name);
    }
    o->alive = 0;
    Py_CLEAR(o->owned);
    Py_TYPE(o)->tp_free((PyObject *)o);
}

static PyObject *alive(PyObject *Py_UNUSED(self), PyObject *o)
{
    return PyBool_FromLong(((Owner *)o)->alive);
}

/* (names of what has ended in that order, how many, how many found what they own taken apart) */
static PyObject *report(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args))
{
    PyObject *r = Py_BuildValue("(sii)", ended, count, broken);
    ended[0] = 0;
    count = 0;
    return r;
}

static PyTypeObject owner_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "ends.Owner",
    .tp_basicsize = sizeof(Owner),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = owner_new,
    .tp_dealloc = (destructor)owner_dealloc,
    .tp_traverse = (traverseproc)owner_traverse,
};
static PyTypeObject plain_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "ends.Plain",
    .tp_basicsize = sizeof(Owner),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = owner_new,
    .tp_dealloc = (destructor)owner_dealloc,
};

static PyMethodDef methods[] = {
    {"alive", alive, METH_O, NULL},
    {"report", report, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "ends", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_ends(void)
{
    PyObject *m = PyModule_Create(&def);
    return m && PyModule_AddType(m, &owner_type) == 0 && PyModule_AddType(m, &plain_type) == 0
               ? m
               : NULL;
}
