/* A type from a specification that has every slot there is.  Each slot's function writes its name
 * and operands to the list `log`, and returns what is said at its definition. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "structmember.h"

static PyObject *log_list;

typedef struct {
    PyObject_HEAD PyObject *held;
} Every;

/* Takes v over; 0, or -1 raised. */
static int note(const char *slot, PyObject *operands)
{
    PyObject *entry = operands ? Py_BuildValue("(sN)", slot, operands) : NULL;
    int r = entry ? PyList_Append(log_list, entry) : -1;
    Py_XDECREF(entry);
    return r;
}

#define UNARY(slot)                                                                                \
    static PyObject *slot(PyObject *a)                                                             \
    {                                                                                              \
        return note(#slot, PyTuple_New(0)) < 0 ? NULL : (Py_INCREF(a), a);                         \
    }
#define BINARY(slot)                                                                               \
    static PyObject *slot(PyObject *a, PyObject *b)                                                \
    {                                                                                              \
        PyObject *other = Py_TYPE(a) == Py_TYPE(log_list) ? a : b;                                 \
        return note(#slot, Py_BuildValue("(O)", other)) < 0 ? NULL : Py_NewRef(a);                 \
    }
#define INDEXED(slot)                                                                              \
    static PyObject *slot(PyObject *a, Py_ssize_t i)                                               \
    {                                                                                              \
        return note(#slot, Py_BuildValue("(n)", i)) < 0 ? NULL : Py_NewRef(a);                     \
    }
#define NUMBER(slot, expression)                                                                   \
    static PyObject *slot(PyObject *a)                                                             \
    {                                                                                              \
        (void)a;                                                                                   \
        return note(#slot, PyTuple_New(0)) < 0 ? NULL : (expression);                              \
    }
#define LENGTH(slot, n)                                                                            \
    static Py_ssize_t slot(PyObject *a)                                                            \
    {                                                                                              \
        (void)a;                                                                                   \
        return note(#slot, PyTuple_New(0)) < 0 ? -1 : (n);                                         \
    }

#define EACH_BINARY(X)                                                                             \
    X(nb_add)                                                                                      \
    X(nb_subtract) X(nb_multiply) X(nb_remainder) X(nb_divmod) X(nb_lshift) X(nb_rshift) X(nb_and) \
        X(nb_xor) X(nb_or) X(nb_floor_divide) X(nb_true_divide) X(nb_matrix_multiply)              \
            X(nb_inplace_add) X(nb_inplace_subtract) X(nb_inplace_multiply)                        \
                X(nb_inplace_remainder) X(nb_inplace_lshift) X(nb_inplace_rshift)                  \
                    X(nb_inplace_and) X(nb_inplace_xor) X(nb_inplace_or)                           \
                        X(nb_inplace_floor_divide) X(nb_inplace_true_divide)                       \
                            X(nb_inplace_matrix_multiply) X(mp_subscript)
#define EACH_UNARY(X)                                                                              \
    X(nb_negative) X(nb_positive) X(nb_absolute) X(nb_invert) X(tp_iter) X(am_aiter) X(am_anext)
EACH_BINARY(BINARY)
EACH_UNARY(UNARY)
NUMBER(nb_int, PyLong_FromLong(41))
NUMBER(nb_index, PyLong_FromLong(42))
NUMBER(nb_float, PyFloat_FromDouble(4.5))
NUMBER(tp_iternext, NULL)
NUMBER(tp_str, PyUnicode_FromString("str of it"))
NUMBER(tp_repr, PyUnicode_FromString("repr of it"))
NUMBER(am_await, PyObject_GetIter(log_list))
LENGTH(mp_length, 7)

static PyObject *power(PyObject *a, PyObject *b, PyObject *c, const char *slot)
{
    return note(slot, Py_BuildValue("(OO)", b, c)) < 0 ? NULL : Py_NewRef(a);
}
static PyObject *nb_power(PyObject *a, PyObject *b, PyObject *c)
{
    return power(a, b, c, "nb_power");
}
static PyObject *nb_inplace_power(PyObject *a, PyObject *b, PyObject *c)
{
    return power(a, b, c, "nb_inplace_power");
}
static int nb_bool(PyObject *a)
{
    (void)a;
    return note("nb_bool", PyTuple_New(0)) < 0 ? -1 : 0;
}
static int mp_ass_subscript(PyObject *a, PyObject *key, PyObject *v)
{
    (void)a;
    return note("mp_ass_subscript", v ? Py_BuildValue("(OO)", key, v) : Py_BuildValue("(O)", key));
}
static int tp_setattro(PyObject *a, PyObject *name, PyObject *v)
{
    (void)a;
    return note("tp_setattro", v ? Py_BuildValue("(OO)", name, v) : Py_BuildValue("(O)", name));
}
static PyObject *tp_getattro(PyObject *a, PyObject *name)
{
    if (PyUnicode_CompareWithASCIIString(name, "virtual") != 0) {
        return PyObject_GenericGetAttr(a, name);
    }
    return note("tp_getattro", Py_BuildValue("(O)", name)) < 0 ? NULL : PyLong_FromLong(3);
}
static Py_hash_t tp_hash(PyObject *a)
{
    (void)a;
    return note("tp_hash", PyTuple_New(0)) < 0 ? -1 : 4711;
}
static PyObject *tp_richcompare(PyObject *a, PyObject *b, int op)
{
    (void)a;
    if (op == Py_NE) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    return note("tp_richcompare", Py_BuildValue("(Oi)", b, op)) < 0 ? NULL
                                                                    : PyBool_FromLong(op == Py_EQ);
}
static PyObject *tp_call(PyObject *a, PyObject *args, PyObject *kwargs)
{
    (void)a;
    return Py_BuildValue("(OO)", args, kwargs ? kwargs : Py_None);
}
static PyObject *tp_descr_get(PyObject *a, PyObject *obj, PyObject *type)
{
    (void)a;
    return Py_BuildValue("(sOO)", "tp_descr_get", obj ? obj : Py_None, type ? type : Py_None);
}
static int tp_descr_set(PyObject *a, PyObject *obj, PyObject *v)
{
    (void)a, (void)obj;
    return note("tp_descr_set", Py_BuildValue("(O)", v ? v : Py_None));
}
static PySendResult am_send(PyObject *a, PyObject *v, PyObject **result)
{
    (void)a;
    *result = Py_NewRef(v);
    if (note("am_send", Py_BuildValue("(O)", v)) < 0) {
        return PYGEN_ERROR;
    }
    return v == Py_None ? PYGEN_RETURN : PYGEN_NEXT;
}
static int bf_getbuffer(PyObject *a, Py_buffer *view, int flags)
{
    static char bytes[] = "buffer";
    return note("bf_getbuffer", Py_BuildValue("(i)", flags & PyBUF_WRITABLE)) < 0
               ? -1
               : PyBuffer_FillInfo(view, a, bytes, 6, 1, flags);
}
static void bf_releasebuffer(PyObject *a, Py_buffer *view)
{
    (void)a;
    (void)note("bf_releasebuffer", Py_BuildValue("(n)", view->len));
}
static int tp_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Every *)self)->held);
    Py_VISIT(Py_TYPE(self));
    return 0;
}
static int tp_clear(PyObject *self)
{
    Py_CLEAR(((Every *)self)->held);
    return 0;
}
static int tp_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)kwargs;
    Py_XSETREF(((Every *)self)->held, Py_NewRef(args));
    return note("tp_init", Py_NewRef(args));
}
static PyObject *tp_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)kwargs;
    return note("tp_new", Py_NewRef(args)) < 0 ? NULL : type->tp_alloc(type, 0);
}
static PyObject *tp_alloc(PyTypeObject *type, Py_ssize_t n)
{
    return note("tp_alloc", Py_BuildValue("(n)", n)) < 0 ? NULL : PyType_GenericAlloc(type, n);
}
static void tp_free(void *o) { PyObject_GC_Del(o); }
static int tp_is_gc(PyObject *o) { return o != NULL; }
static void tp_finalize(PyObject *self) { (void)self; }
static void tp_del(PyObject *self) { (void)self; }
static void tp_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    tp_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}
static PyObject *ask(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(((Every *)self)->held);
}
static PyMethodDef own_methods[] = {{"ask", ask, METH_NOARGS, "What it holds."},
                                    {NULL, NULL, 0, NULL}};
static PyObject *get_held(PyObject *self, void *closure)
{
    return closure ? ask(self, NULL) : NULL;
}
static PyGetSetDef own_getset[] = {{"held", get_held, NULL, NULL, own_methods},
                                   {NULL, NULL, NULL, NULL, NULL}};
static PyMemberDef own_members[] = {{"raw", T_OBJECT, offsetof(Every, held), READONLY, NULL},
                                    {NULL, 0, 0, 0, NULL}};

#define S(slot) {Py_##slot, (void *)slot},
static PyType_Slot slots[] = {
    EACH_BINARY(S) EACH_UNARY(S) S(nb_int) S(nb_index) S(nb_float) S(nb_power) S(nb_inplace_power)
        S(nb_bool) S(tp_iternext) S(tp_str) S(tp_repr) S(am_await) S(am_send) S(mp_length)
            S(mp_ass_subscript) S(tp_getattro) S(tp_setattro) S(tp_hash) S(tp_richcompare)
                S(tp_call) S(bf_getbuffer) S(bf_releasebuffer) S(tp_traverse) S(tp_clear) S(tp_init)
                    S(tp_new) S(tp_alloc) S(tp_free) S(tp_is_gc) S(tp_finalize)
                        S(tp_dealloc){Py_tp_methods, own_methods},
    {Py_tp_getset, own_getset},
    {Py_tp_members, own_members},
    {Py_tp_doc, (void *)"Every slot."},
    {0, NULL},
};
static PyType_Spec spec = {"slots.Every", sizeof(Every), 0,
                           Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_BASETYPE, slots};

static PyType_Slot descriptor_slots[] = {S(tp_descr_get) S(tp_descr_set) S(tp_new)
                                             S(tp_del){0, NULL}};
static PyType_Spec descriptor_spec = {"slots.Descriptor", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT,
                                      descriptor_slots};

/* ---- a sequence, whose class names it as tp_base does ---- */

BINARY(sq_concat)
BINARY(sq_inplace_concat)
INDEXED(sq_repeat)
INDEXED(sq_inplace_repeat)
LENGTH(sq_length, 3)
static PyObject *sq_item(PyObject *a, Py_ssize_t i)
{
    (void)a;
    if (i >= 3 || i < 0) {
        PyErr_SetString(PyExc_IndexError, "no such item");
        return NULL;
    }
    return PyLong_FromSsize_t(i * 10);
}
static int sq_ass_item(PyObject *a, Py_ssize_t i, PyObject *v)
{
    (void)a;
    return note("sq_ass_item", v ? Py_BuildValue("(nO)", i, v) : Py_BuildValue("(n)", i));
}
static int sq_contains(PyObject *a, PyObject *v)
{
    (void)a;
    return note("sq_contains", Py_BuildValue("(O)", v)) < 0 ? -1 : 1;
}
static int sequence_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)self, (void)kwargs;
    return note("sequence_init", Py_NewRef(args));
}
static PyType_Slot sequence_slots[] = {S(sq_concat) S(sq_inplace_concat) S(sq_repeat)
                                           S(sq_inplace_repeat) S(sq_length) S(sq_item)
                                               S(sq_ass_item) S(sq_contains){Py_tp_base, NULL},
                                       {Py_tp_init, (void *)sequence_init},
                                       {0, NULL}};
static PyType_Spec sequence_spec = {"slots.Sequence", sizeof(PyObject), 0,
                                    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_SEQUENCE,
                                    sequence_slots};

/* ---- a type derived from Sequence with slots of its own ---- */

static PyObject *derived_item(PyObject *a, Py_ssize_t i)
{
    (void)a;
    return PyLong_FromSsize_t(i + 100);
}
static PyObject *derived_concat(PyObject *a, PyObject *b)
{
    return Py_BuildValue("(sOO)", "derived", a, b);
}
static int derived_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)self, (void)kwargs;
    return note("derived_init", Py_NewRef(args));
}
static PyType_Slot derived_slots[] = {{Py_sq_item, (void *)derived_item},
                                      {Py_sq_concat, (void *)derived_concat},
                                      {Py_tp_init, (void *)derived_init},
                                      {0, NULL}};
static PyType_Spec derived_spec = {"slots.Derived", sizeof(PyObject), 0,
                                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, derived_slots};

/* ---- attributes by char *, as old types have them ---- */

static PyObject *tp_getattr(PyObject *a, char *name)
{
    (void)a;
    if (strcmp(name, "missing") == 0) {
        PyErr_SetString(PyExc_AttributeError, name);
        return NULL;
    }
    return PyUnicode_FromString(name);
}
static int tp_setattr(PyObject *a, char *name, PyObject *v)
{
    (void)a;
    return note("tp_setattr", Py_BuildValue("(sO)", name, v ? v : Py_None));
}
static PyType_Slot old_slots[] = {S(tp_getattr) S(tp_setattr){Py_tp_bases, NULL}, {0, NULL}};
static PyType_Spec old_spec = {"slots.Old", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, old_slots};

/* Whether PyType_GetSlot() gives what the specification said, for each slot of Every. */
static PyObject *same_slots(PyObject *self, PyObject *type)
{
    (void)self;
    PyObject *wrong = PyList_New(0);
    for (PyType_Slot *s = slots; wrong && s->slot; s++) {
        int own = s->slot == Py_tp_doc || s->slot == Py_tp_members;
        void *found = PyType_GetSlot((PyTypeObject *)type, s->slot);
        if (own ? found == NULL : found != s->pfunc) {
            PyObject *n = PyLong_FromLong(s->slot);
            PyList_Append(wrong, n);
            Py_DECREF(n);
        }
    }
    return wrong;
}

static PyMethodDef methods[] = {
    {"same_slots", same_slots, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "slots", NULL, -1, methods, NULL, NULL, NULL, NULL};

static int add_type(PyObject *m, const char *name, PyObject *type)
{
    return type ? PyModule_AddObject(m, name, type) : -1;
}

PyMODINIT_FUNC PyInit_slots(void)
{
    log_list = PyList_New(0);
    PyObject *m = log_list ? PyModule_Create(&module) : NULL;
    if (!m || PyModule_AddObjectRef(m, "log", log_list) < 0) {
        return NULL;
    }
    sequence_slots[8].pfunc = &PyBaseObject_Type;
    PyObject *every = PyType_FromSpec(&spec), *sequence = PyType_FromSpec(&sequence_spec);
    if (!every || !sequence) {
        return NULL;
    }
    old_slots[2].pfunc = Py_BuildValue("(O)", &PyBaseObject_Type);
    if (add_type(m, "Every", every) < 0 ||
        add_type(m, "Descriptor", PyType_FromSpec(&descriptor_spec)) < 0 ||
        add_type(m, "Sequence", sequence) < 0 ||
        add_type(m, "Derived", PyType_FromSpecWithBases(&derived_spec, sequence)) < 0 ||
        add_type(m, "Old", PyType_FromSpec(&old_spec)) < 0) {
        return NULL;
    }
    return m;
}
