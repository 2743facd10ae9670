/* Static types in all their parts; heap types from specifications; multi-phase initialisation with
 * module state. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

/* ---- Vector: a static type with most slots ---- */

typedef struct {
    PyObject_HEAD
    Py_ssize_t n;
    double *items;
    PyObject *tag;
    int mode;
    PyObject *weaklist;
} Vector;
static PyTypeObject VectorType;
static long deallocated;

static Vector *vector_make(Py_ssize_t n)
{
    Vector *v = (Vector *)VectorType.tp_alloc(&VectorType, 0);
    if (v) {
        v->n = n;
        v->items = PyMem_Calloc(n ? (size_t)n : 1, sizeof(double));
    }
    return v;
}

static PyObject *vector_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    (void)args;
    (void)kw;
    Vector *v = (Vector *)type->tp_alloc(type, 0);
    if (v) {
        v->tag = Py_NewRef(Py_None);
        v->mode = 7;
    }
    return (PyObject *)v;
}

static int vector_init(Vector *self, PyObject *args, PyObject *kw)
{
    static char *names[] = {"items", "tag", NULL};
    PyObject *items, *tag = NULL;
    if (!PyArg_ParseTupleAndKeywords(args, kw, "O|O:Vector", names, &items, &tag)) {
        return -1;
    }
    PyObject *fast = PySequence_Fast(items, "items must be iterable");
    if (!fast) {
        return -1;
    }
    Py_ssize_t n = PySequence_Fast_GET_SIZE(fast);
    PyObject **p = PySequence_Fast_ITEMS(fast);
    double *data = PyMem_New(double, n ? n : 1);
    for (Py_ssize_t i = 0; i < n; i++) {
        data[i] = PyFloat_AsDouble(p[i]);
        if (data[i] == -1.0 && PyErr_Occurred()) {
            Py_DECREF(fast);
            PyMem_Free(data);
            return -1;
        }
    }
    Py_DECREF(fast);
    PyMem_Free(self->items);
    self->items = data;
    self->n = n;
    if (tag) {
        Py_INCREF(tag);
        Py_XSETREF(self->tag, tag);
    }
    return 0;
}

static void vector_dealloc(Vector *self)
{
    PyObject_GC_UnTrack(self);
    if (self->weaklist) {
        PyObject_ClearWeakRefs((PyObject *)self);
    }
    deallocated++;
    Py_CLEAR(self->tag);
    PyMem_Free(self->items);
    self->items = NULL;
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static int vector_traverse(Vector *self, visitproc visit, void *arg)
{
    Py_VISIT(self->tag);
    return 0;
}

static int vector_clear(Vector *self)
{
    Py_CLEAR(self->tag);
    return 0;
}

static PyObject *vector_repr(Vector *self)
{
    PyObject *list = PyList_New(self->n);
    for (Py_ssize_t i = 0; i < self->n; i++) {
        PyList_SET_ITEM(list, i, PyFloat_FromDouble(self->items[i]));
    }
    PyObject *r = PyUnicode_FromFormat("%s(%R)", Py_TYPE(self)->tp_name, list);
    Py_DECREF(list);
    return r;
}

static Py_hash_t vector_hash(Vector *self) { return (Py_hash_t)self->n * 31; }

static PyObject *vector_compare(PyObject *a, PyObject *b, int op)
{
    if (!PyObject_TypeCheck(a, &VectorType) || !PyObject_TypeCheck(b, &VectorType)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    Py_RETURN_RICHCOMPARE(((Vector *)a)->n, ((Vector *)b)->n, op);
}

static Py_ssize_t vector_length(Vector *self) { return self->n; }

static PyObject *vector_item(Vector *self, Py_ssize_t i)
{
    if (i < 0 || i >= self->n) {
        PyErr_SetString(PyExc_IndexError, "vector index out of range");
        return NULL;
    }
    return PyFloat_FromDouble(self->items[i]);
}

static PyObject *vector_subscript(Vector *self, PyObject *key)
{
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step, n;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0) {
            return NULL;
        }
        n = PySlice_AdjustIndices(self->n, &start, &stop, step);
        Vector *v = vector_make(n);
        for (Py_ssize_t i = 0; v && i < n; i++) {
            v->items[i] = self->items[start + i * step];
        }
        return (PyObject *)v;
    }
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred()) {
        return NULL;
    }
    return vector_item(self, i < 0 ? i + self->n : i);
}

static int vector_ass_subscript(Vector *self, PyObject *key, PyObject *v)
{
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (!v) {
        PyErr_SetString(PyExc_TypeError, "cannot delete items");
        return -1;
    }
    if (i < 0 || i >= self->n) {
        PyErr_SetString(PyExc_IndexError, "vector index out of range");
        return -1;
    }
    double d = PyFloat_AsDouble(v);
    if (d == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    self->items[i] = d;
    return 0;
}

static int vector_contains(Vector *self, PyObject *v)
{
    double d = PyFloat_AsDouble(v);
    if (d == -1.0 && PyErr_Occurred()) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < self->n; i++) {
        if (self->items[i] == d) {
            return 1;
        }
    }
    return 0;
}

/* vector + vector, vector + number, number + vector */
static PyObject *vector_add(PyObject *a, PyObject *b)
{
    PyObject *x = PyObject_TypeCheck(a, &VectorType) ? a : b, *y = x == a ? b : a;
    Vector *v = (Vector *)x, *r;
    if (PyObject_TypeCheck(y, &VectorType)) {
        if (((Vector *)y)->n != v->n) {
            PyErr_SetString(PyExc_ValueError, "lengths differ");
            return NULL;
        }
        r = vector_make(v->n);
        for (Py_ssize_t i = 0; r && i < v->n; i++) {
            r->items[i] = v->items[i] + ((Vector *)y)->items[i];
        }
        return (PyObject *)r;
    }
    if (!PyFloat_Check(y) && !PyLong_Check(y)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    double d = PyFloat_AsDouble(y);
    r = vector_make(v->n);
    for (Py_ssize_t i = 0; r && i < v->n; i++) {
        r->items[i] = v->items[i] + d;
    }
    return (PyObject *)r;
}

static PyObject *vector_negative(Vector *self)
{
    Vector *r = vector_make(self->n);
    for (Py_ssize_t i = 0; r && i < self->n; i++) {
        r->items[i] = -self->items[i];
    }
    return (PyObject *)r;
}

static int vector_bool(Vector *self) { return self->n > 0; }

static PyObject *vector_call(Vector *self, PyObject *args, PyObject *kw)
{
    return Py_BuildValue("nOO", self->n, args, kw ? kw : Py_None);
}

static int vector_getbuffer(Vector *self, Py_buffer *view, int flags)
{
    (void)flags;
    view->buf = self->items;
    view->obj = Py_NewRef(self);
    view->len = self->n * (Py_ssize_t)sizeof(double);
    view->itemsize = sizeof(double);
    view->readonly = 0;
    view->ndim = 1;
    view->format = "d";
    view->shape = &self->n;
    view->strides = &view->itemsize;
    view->suboffsets = NULL;
    view->internal = NULL;
    return 0;
}

static PyObject *vector_scaled(Vector *self, PyObject *arg)
{
    double d = PyFloat_AsDouble(arg);
    if (d == -1.0 && PyErr_Occurred()) {
        return NULL;
    }
    Vector *r = vector_make(self->n);
    for (Py_ssize_t i = 0; r && i < self->n; i++) {
        r->items[i] = self->items[i] * d;
    }
    return (PyObject *)r;
}

static PyObject *vector_zeros(PyTypeObject *cls, PyObject *arg)
{
    Py_ssize_t n = PyLong_AsSsize_t(arg);
    if (n == -1 && PyErr_Occurred()) {
        return NULL;
    }
    PyObject *list = PyList_New(n);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyList_SET_ITEM(list, i, PyLong_FromLong(0));
    }
    PyObject *r = PyObject_CallFunctionObjArgs((PyObject *)cls, list, NULL);
    Py_DECREF(list);
    return r;
}

static PyObject *vector_version(PyObject *self, PyObject *args)
{
    (void)args;
    return PyBool_FromLong(self == NULL);
}

static PyObject *vector_get_sum(Vector *self, void *closure)
{
    double sum = 0;
    for (Py_ssize_t i = 0; i < self->n; i++) {
        sum += self->items[i];
    }
    return PyFloat_FromDouble(sum * (double)(intptr_t)closure);
}

static int vector_set_sum(Vector *self, PyObject *v, void *closure)
{
    (void)closure;
    if (!v) {
        PyErr_SetString(PyExc_TypeError, "cannot delete sum");
        return -1;
    }
    for (Py_ssize_t i = 0; i < self->n; i++) {
        self->items[i] = PyFloat_AsDouble(v) / (double)self->n;
    }
    return 0;
}

static PyNumberMethods vector_number = {.nb_add = vector_add,
                                        .nb_negative = (unaryfunc)vector_negative,
                                        .nb_bool = (inquiry)vector_bool};
static PySequenceMethods vector_sequence = {.sq_length = (lenfunc)vector_length,
                                            .sq_item = (ssizeargfunc)vector_item,
                                            .sq_contains = (objobjproc)vector_contains};
static PyMappingMethods vector_mapping = {(lenfunc)vector_length, (binaryfunc)vector_subscript,
                                          (objobjargproc)vector_ass_subscript};
static PyBufferProcs vector_buffer = {(getbufferproc)vector_getbuffer, NULL};
static PyMethodDef vector_methods[] = {
    {"scaled", (PyCFunction)vector_scaled, METH_O,
     "scaled($self, factor, /)\n--\n\nA scaled copy."},
    {"zeros", (PyCFunction)vector_zeros, METH_O | METH_CLASS, "A vector of n zeros."},
    {"version", vector_version, METH_NOARGS | METH_STATIC, NULL},
    {NULL, NULL, 0, NULL},
};
static PyMemberDef vector_members[] = {
    {"n", T_PYSSIZET, offsetof(Vector, n), READONLY, "Number of items."},
    {"tag", T_OBJECT, offsetof(Vector, tag), 0, NULL},
    {"mode", T_INT, offsetof(Vector, mode), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef vector_getset[] = {
    {"sum", (getter)vector_get_sum, (setter)vector_set_sum, "Sum of the items.", (void *)1},
    {"twice", (getter)vector_get_sum, NULL, NULL, (void *)2},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyTypeObject VectorType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    "types_.Vector",                  /* tp_name */
    sizeof(Vector),                  /* tp_basicsize */
    0,                               /* tp_itemsize */
    (destructor)vector_dealloc,      /* tp_dealloc */
    0, 0, 0, 0,
    (reprfunc)vector_repr,           /* tp_repr */
    &vector_number, &vector_sequence, &vector_mapping,
    (hashfunc)vector_hash,           /* tp_hash */
    (ternaryfunc)vector_call,        /* tp_call */
    0, 0, 0,
    &vector_buffer,                  /* tp_as_buffer */
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    "Vector(items, tag=None)\n--\n\nA vector of floats.",
    (traverseproc)vector_traverse, (inquiry)vector_clear,
    vector_compare,                  /* tp_richcompare */
    offsetof(Vector, weaklist),
    0, 0,
    vector_methods, vector_members, vector_getset,
    .tp_init = (initproc)vector_init, .tp_new = vector_new,
};

/* ---- Countdown: an iterator ---- */

typedef struct { PyObject_HEAD long left; } Countdown;

static PyObject *countdown_next(Countdown *self)
{
    return self->left > 0 ? PyLong_FromLong(self->left--) : NULL;
}

static PyObject *countdown_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
    (void)kw;
    long n;
    if (!PyArg_ParseTuple(args, "l", &n)) {
        return NULL;
    }
    Countdown *c = PyObject_New(Countdown, type);
    if (c) {
        c->left = n;
    }
    return (PyObject *)c;
}

static PyTypeObject CountdownType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "types_.Countdown",
    .tp_basicsize = sizeof(Countdown),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_iter = PyObject_SelfIter,
    .tp_iternext = (iternextfunc)countdown_next,
    .tp_new = countdown_new,
};

/* ---- Plain: cannot be made from Python; Tracked: a dict with a field more ---- */

static PyTypeObject PlainType = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "types_.Plain", .tp_basicsize = sizeof(PyObject), .tp_flags = Py_TPFLAGS_DEFAULT,
};

typedef struct { PyDictObject dict; long changes; } Tracked;

static int tracked_ass_subscript(PyObject *self, PyObject *key, PyObject *v)
{
    ((Tracked *)self)->changes++;
    return v ? PyDict_SetItem(self, key, v) : PyDict_DelItem(self, key);
}

static int tracked_init(PyObject *self, PyObject *args, PyObject *kw)
{
    ((Tracked *)self)->changes = 100;
    return PyDict_Type.tp_init(self, args, kw);
}

static PyMappingMethods tracked_mapping = {.mp_ass_subscript = tracked_ass_subscript};
static PyMemberDef tracked_members[] = {
    {"changes", T_LONG, offsetof(Tracked, changes), READONLY, NULL}, {NULL, 0, 0, 0, NULL}};
static PyTypeObject TrackedType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "types_.Tracked",
    .tp_basicsize = sizeof(Tracked),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_as_mapping = &tracked_mapping,
    .tp_members = tracked_members,
    .tp_init = tracked_init,
};

/* ---- Point: a heap type from a specification, with a dict ---- */

typedef struct { PyObject_HEAD long x, y; PyObject *dict; } Point;

static int point_init(PyObject *self, PyObject *args, PyObject *kw)
{
    static char *names[] = {"x", "y", NULL};
    return PyArg_ParseTupleAndKeywords(args, kw, "ll", names, &((Point *)self)->x,
                                       &((Point *)self)->y)
               ? 0
               : -1;
}

static PyObject *point_repr(PyObject *self)
{
    return PyUnicode_FromFormat("Point(%ld, %ld)", ((Point *)self)->x, ((Point *)self)->y);
}

static void point_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_CLEAR(((Point *)self)->dict);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *point_state(PyObject *self, PyTypeObject *cls, PyObject *const *args, size_t n,
                             PyObject *kwnames)
{
    (void)self;
    (void)args;
    (void)n;
    (void)kwnames;
    long *state = PyType_GetModuleState(cls);
    return state ? PyLong_FromLong(++*state) : NULL;
}

static PyMemberDef point_members[] = {
    {"x", T_LONG, offsetof(Point, x), 0, NULL},
    {"y", T_LONG, offsetof(Point, y), 0, NULL},
    {"__dictoffset__", T_PYSSIZET, offsetof(Point, dict), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};
static PyGetSetDef point_getset[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static PyMethodDef point_methods[] = {
    {"state", (PyCFunction)(void (*)(void))point_state, METH_METHOD | METH_FASTCALL | METH_KEYWORDS,
     NULL},
    {NULL, NULL, 0, NULL},
};
static PyType_Slot point_slots[] = {
    {Py_tp_init, point_init},       {Py_tp_repr, point_repr},
    {Py_tp_dealloc, point_dealloc}, {Py_tp_members, point_members},
    {Py_tp_methods, point_methods}, {Py_tp_getset, point_getset},
    {Py_tp_doc, "A point."},        {0, NULL},
};
static PyType_Spec point_spec = {"types_.Point", sizeof(Point), 0,
                                 Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, point_slots};

/* ---- functions ---- */

static PyObject *dealloc_count(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    return PyLong_FromLong(deallocated);
}

static PyObject *type_name_of(PyObject *self, PyObject *o)
{
    (void)self;
    return Py_BuildValue("siii", Py_TYPE(o)->tp_name, PyNumber_Check(o), PySequence_Check(o),
                         PyMapping_Check(o));
}

static void capsule_end(PyObject *capsule)
{
    (void)capsule;
    deallocated += 1000;
}

static PyObject *capsule(PyObject *self, PyObject *args)
{
    (void)self;
    (void)args;
    return PyCapsule_New(&deallocated, "types_._C", capsule_end);
}

static PyObject *open_capsule(PyObject *self, PyObject *o)
{
    (void)self;
    long *p = PyCapsule_GetPointer(o, "types_._C");
    return p ? PyLong_FromLong(p == &deallocated) : NULL;
}

/* A type of a metatype of its own, both in the data of this library: numpy's dtypes are such. */
typedef struct { PyHeapTypeObject type; PyObject *item; } Kind;

static PyObject *kind_item(Kind *self, void *closure)
{
    (void)closure;
    return Py_NewRef(self->item);
}

static PyGetSetDef kind_getset[] = {{"item", (getter)kind_item, NULL, NULL, NULL},
                                    {NULL, NULL, NULL, NULL, NULL}};
static PyTypeObject KindType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "types_.Kind",
    .tp_basicsize = sizeof(Kind),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_getset = kind_getset,
};
static Kind MadeKind = {.type.ht_type = {
    PyVarObject_HEAD_INIT(&KindType, 0).tp_name = "types_.MadeKind",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
}};

static int add_kinds(PyObject *m)
{
    KindType.tp_base = &PyType_Type;
    if (PyModule_AddType(m, &KindType) < 0 || PyModule_AddType(m, &MadeKind.type.ht_type) < 0) {
        return -1;
    }
    MadeKind.item = PyList_New(0);
    return MadeKind.item ? PyList_Append(MadeKind.item, Py_True) : -1;
}

/* Buffers for a class in Python. */
static int four_bytes(PyObject *o, Py_buffer *view, int flags)
{
    static char bytes[] = "four";
    return PyBuffer_FillInfo(view, o, bytes, 4, 1, flags);
}

static PyObject *give_buffer(PyObject *Py_UNUSED(self), PyObject *cls)
{
    ((PyTypeObject *)cls)->tp_as_buffer->bf_getbuffer = four_bytes;
    Py_RETURN_NONE;
}

static PyObject *read_buffer(PyObject *Py_UNUSED(self), PyObject *o)
{
    Py_buffer view;
    if (!PyObject_CheckBuffer(o)) {
        return PyUnicode_FromString("none");
    }
    if (PyObject_GetBuffer(o, &view, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    PyObject *r = PyBytes_FromStringAndSize(view.buf, view.len);
    PyBuffer_Release(&view);
    return r;
}

static PyMethodDef functions[] = {
    {"give_buffer", give_buffer, METH_O, NULL},
    {"read_buffer", read_buffer, METH_O, NULL},
    {"dealloc_count", dealloc_count, METH_NOARGS, NULL},
    {"type_name_of", type_name_of, METH_O, NULL},
    {"capsule", capsule, METH_NOARGS, NULL},
    {"open_capsule", open_capsule, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static int exec(PyObject *m)
{
    *(long *)PyModule_GetState(m) = 10;
    if (PyType_Ready(&VectorType) < 0 || PyModule_AddType(m, &CountdownType) < 0 ||
        PyModule_AddType(m, &PlainType) < 0) {
        return -1;
    }
    if (add_kinds(m) < 0) {
        return -1;
    }
    TrackedType.tp_base = &PyDict_Type;
    if (PyModule_AddType(m, &TrackedType) < 0) {
        return -1;
    }
    PyObject *point = PyType_FromModuleAndSpec(m, &point_spec, NULL);
    if (!point || PyModule_AddObject(m, "Point", point) < 0) {
        return -1;
    }
    PyDict_SetItemString(VectorType.tp_dict, "CONSTANT", Py_True);
    return PyModule_AddObjectRef(m, "Vector", (PyObject *)&VectorType);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "types_", NULL, sizeof(long), functions, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_types_(void) { return PyModuleDef_Init(&def); }
