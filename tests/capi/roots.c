/* Places where C code keeps objects: static and thread-local data, module state, memory from each
 * allocator, objects of its own.  Borrowed references are to items of a tuple that is kept alive:
 * ints and floats among them may be boxes made for the occasion. */
#include "Python.h"
#include "structmember.h"

enum { N = 6 };
typedef struct { PyObject *items[N]; } Box;
typedef struct { PyObject *kept; } State;

static PyObject *owner;                  /* counted */
static PyObject *borrowed[N];            /* items of owner */
static __thread PyObject *local;         /* counted */
static Box *in_mem, *in_object_mem;      /* borrowed items of owner */
static Box *in_raw, *in_malloc;          /* counted references */
static Box **indirect;                   /* a block that only another block refers to */
static PyObject *holder;                 /* an object of a type of this module */

typedef struct {
    PyObject_HEAD
    Box *box;                            /* borrowed items of owner */
    PyObject *counted;
} Holder;

static void holder_dealloc(PyObject *self)
{
    PyMem_Free(((Holder *)self)->box);
    Py_XDECREF(((Holder *)self)->counted);
    Py_TYPE(self)->tp_free(self);
}

static PyTypeObject holder_type = {
    PyVarObject_HEAD_INIT(NULL, 0) .tp_name = "roots.Holder", .tp_basicsize = sizeof(Holder),
    .tp_dealloc = holder_dealloc, .tp_flags = Py_TPFLAGS_DEFAULT,
};

/* A node of a linked structure; instances are made by object.__new__(). */
typedef struct {
    PyObject_HEAD
    PyObject *next;
} Node;

static long dead_nodes;

static int node_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Node *)self)->next);
    return 0;
}

static int node_clear(PyObject *self)
{
    Py_CLEAR(((Node *)self)->next);
    return 0;
}

static void node_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    node_clear(self);
    dead_nodes++;
    Py_TYPE(self)->tp_free(self);
}

static PyMemberDef node_members[] = {{"next", T_OBJECT, offsetof(Node, next), 0, NULL},
                                     {NULL, 0, 0, 0, NULL}};
static PyTypeObject node_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "roots.Node",
    .tp_basicsize = sizeof(Node),
    .tp_dealloc = node_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = node_traverse,
    .tp_clear = node_clear,
    .tp_members = node_members,
};

static PyObject *count_dead_nodes(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    return PyLong_FromLong(dead_nodes);
}

static void borrow(PyObject **to)
{
    for (Py_ssize_t i = 0; i < N; i++) {
        to[i] = PyTuple_GET_ITEM(owner, i);
    }
}

static Box *count(Box *box, PyObject *tuple)
{
    for (Py_ssize_t i = 0; i < N; i++) {
        box->items[i] = PySequence_GetItem(tuple, i);
    }
    return box;
}

/* keep(make): make() gives a new tuple of N objects each time. */
static PyObject *keep(PyObject *m, PyObject *make)
{
    PyObject *raw = PyObject_CallNoArgs(make), *plain = PyObject_CallNoArgs(make);
    owner = PyObject_CallNoArgs(make);
    local = PyObject_CallNoArgs(make);
    ((State *)PyModule_GetState(m))->kept = PyObject_CallNoArgs(make);
    if (!raw || !plain || !owner || !local) {
        return NULL;
    }
    borrow(borrowed);
    borrow((in_mem = PyMem_Malloc(sizeof(Box)))->items);
    borrow((in_object_mem = PyObject_Malloc(sizeof(Box)))->items);
    indirect = PyMem_New(Box *, 1);
    borrow((*indirect = PyMem_Calloc(1, sizeof(Box)))->items);
    in_raw = count(PyMem_RawMalloc(sizeof(Box)), raw);
    in_malloc = count(malloc(sizeof(Box)), plain);
    holder = (PyObject *)PyObject_New(Holder, &holder_type);
    borrow((((Holder *)holder)->box = PyMem_Malloc(sizeof(Box)))->items);
    ((Holder *)holder)->counted = PyObject_CallNoArgs(make);
    Py_DECREF(raw);
    Py_DECREF(plain);
    Py_RETURN_NONE;
}

static PyObject *list_of(PyObject *const *items)
{
    PyObject *list = PyList_New(0);
    for (int i = 0; list && i < N; i++) {
        if (PyList_Append(list, items[i]) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *kept(PyObject *m, PyObject *unused)
{
    (void)unused;
    return Py_BuildValue(
        "{s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:O,s:O,s:O,s:O}", "static data", list_of(borrowed), "PyMem",
        list_of(in_mem->items), "PyObject", list_of(in_object_mem->items), "block of a block",
        list_of((*indirect)->items), "PyMem_Raw", list_of(in_raw->items), "malloc",
        list_of(in_malloc->items), "object's block", list_of(((Holder *)holder)->box->items),
        "object", ((Holder *)holder)->counted, "owner", owner, "thread", local ? local : Py_None,
        "state", ((State *)PyModule_GetState(m))->kept);
}

/* Moves what the blocks hold into larger blocks. */
static PyObject *grow(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    in_mem = PyMem_Realloc(in_mem, 100 * sizeof(Box));
    in_object_mem = PyObject_Realloc(in_object_mem, 1000 * sizeof(Box));
    in_raw = PyMem_RawRealloc(in_raw, 100 * sizeof(Box));
    in_malloc = realloc(in_malloc, 100 * sizeof(Box));
    Py_RETURN_NONE;
}

/* What a function returns stays what it was where it is borrowed: an item of `owner`; a number of
 * which the module's dict has the only reference. */
static PyObject *first(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    return Py_NewRef(borrowed[0]);
}

static PyObject *second(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    return Py_NewRef(borrowed[1]);
}

static PyObject *made, *given; /* the module's dict refers to them */

static PyObject *constant(PyObject *m, PyObject *number)
{
    if (!made) {
        made = PyFloat_FromDouble(1234.5);
        if (PyModule_AddObjectRef(m, "made", made) < 0 ||
            PyModule_AddObjectRef(m, "given", number) < 0) {
            return NULL;
        }
        Py_DECREF(made);
        given = number;
    }
    return Py_NewRef(PyLong_AsLong(number) % 2 ? made : given);
}

static PyObject *let_go(PyObject *m, PyObject *unused)
{
    (void)unused;
    for (int i = 0; i < N; i++) {
        Py_CLEAR(in_raw->items[i]);
        Py_CLEAR(in_malloc->items[i]);
    }
    Py_CLEAR(owner);
    Py_CLEAR(local);
    Py_CLEAR(((State *)PyModule_GetState(m))->kept);
    Py_CLEAR(holder);
    memset(borrowed, 0, sizeof borrowed);
    PyMem_Free(in_mem);
    PyObject_Free(in_object_mem);
    PyMem_Free(*indirect);
    PyMem_Free(indirect);
    PyMem_RawFree(in_raw);
    free(in_malloc);
    Py_RETURN_NONE;
}

/* Numbers of other values, as objects: they take the place of any box that was freed by mistake. */
static PyObject *churn(PyObject *m, PyObject *count_)
{
    (void)m;
    for (long i = 0, n = PyLong_AsLong(count_); i < n; i++) {
        PyObject *a = PyLong_FromLong(10000000000 + i), *b = PyFloat_FromDouble((double)i + 0.75);
        Py_XDECREF(a);
        Py_XDECREF(b);
    }
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"keep", keep, METH_O, NULL},
    {"kept", kept, METH_NOARGS, NULL},
    {"grow", grow, METH_NOARGS, NULL},
    {"first", first, METH_NOARGS, NULL},
    {"second", second, METH_NOARGS, NULL},
    {"constant", constant, METH_O, NULL},
    {"let_go", let_go, METH_NOARGS, NULL},
    {"churn", churn, METH_O, NULL},
    {"dead_nodes", count_dead_nodes, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "roots", NULL, sizeof(State), methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_roots(void)
{
    node_type.tp_new = PyBaseObject_Type.tp_new;
    if (PyType_Ready(&holder_type) < 0 || PyType_Ready(&node_type) < 0) {
        return NULL;
    }
    PyObject *m = PyModule_Create(&module);
    if (m && PyModule_AddObjectRef(m, "Node", (PyObject *)&node_type) < 0) {
        Py_CLEAR(m);
    }
    return m;
}
