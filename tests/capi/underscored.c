/* Functions with a leading underscore that generated code calls, and what belongs to the life of
 * objects and types.  Functions raise AssertionError with the line of what does not hold. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "structseq.h"
#include <stddef.h>
#include "_check.h"

_Py_IDENTIFIER(field);
_Py_IDENTIFIER(method);
_Py_IDENTIFIER(nothing);

/* ids(object with .method(*args)) */
static PyObject *ids(PyObject *self, PyObject *o)
{
    (void)self;
    PyObject *one = PyLong_FromLong(1), *two = PyLong_FromLong(2), *v = NULL, *d = PyDict_New();
    CHECK(one && two && d);
    CHECK(PyUnicode_CompareWithASCIIString(_PyUnicode_FromId(&PyId_field), "field") == 0);
    CHECK(_PyObject_SetAttrId(o, &PyId_field, one) == 0);
    CHECK((v = _PyObject_GetAttrId(o, &PyId_field)) && PyLong_AsLong(v) == 1);
    CHECK(!_PyObject_GetAttrId(o, &PyId_nothing) && RAISED(PyExc_AttributeError));
    CHECK(_PyObject_LookupAttrId(o, &PyId_field, &v) == 1 && PyLong_AsLong(v) == 1);
    CHECK(_PyObject_LookupAttrId(o, &PyId_nothing, &v) == 0 && !v && !PyErr_Occurred());
    CHECK((v = _PyObject_CallMethodId(o, &PyId_method, "ii", 3, 4)) && PyTuple_GET_SIZE(v) == 2);
    CHECK((v = _PyObject_CallMethodId_SizeT(o, &PyId_method, "(s#)", "abc", (Py_ssize_t)2)));
    CHECK((v = _PyObject_CallMethodIdNoArgs(o, &PyId_method)) && PyTuple_GET_SIZE(v) == 0);
    CHECK((v = _PyObject_CallMethodIdOneArg(o, &PyId_method, two)) &&
          PyLong_AsLong(PyTuple_GET_ITEM(v, 0)) == 2);
    CHECK((v = _PyObject_CallMethodIdObjArgs(o, &PyId_method, one, two, NULL)) &&
          PyTuple_GET_SIZE(v) == 2);
    CHECK(_PyDict_SetItemId(d, &PyId_field, two) == 0);
    CHECK((v = _PyDict_GetItemIdWithError(d, &PyId_field)) && PyLong_AsLong(v) == 2);
    CHECK(!_PyDict_GetItemIdWithError(d, &PyId_nothing) && !PyErr_Occurred());
    CHECK((v = _PyLong_Format(PyLong_FromLong(255), 16)) &&
          PyUnicode_CompareWithASCIIString(v, "0xff") == 0);
    Py_RETURN_NONE;
}

static const char *const names[] = {"", "b", "c", NULL};

/* fast(a, /, b, c=0) by the tables that generated code has */
static PyObject *fast(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static _PyArg_Parser parser = {.format = "OO|i:fast", .keywords = names};
    PyObject *a, *b;
    int c = 0;
    (void)self;
    return _PyArg_ParseStackAndKeywords_SizeT(args, n, kwnames, &parser, &a, &b, &c)
               ? Py_BuildValue("OOi", a, b, c)
               : NULL;
}

static PyObject *fast_tuple(PyObject *self, PyObject *args, PyObject *kw)
{
    static _PyArg_Parser parser = {.format = "OO|i:fast", .keywords = names};
    PyObject *a, *b;
    int c = 0;
    (void)self;
    return _PyArg_ParseTupleAndKeywordsFast_SizeT(args, kw, &parser, &a, &b, &c)
               ? Py_BuildValue("OOi", a, b, c)
               : NULL;
}

static PyObject *unpack(PyObject *self, PyObject *const *args, Py_ssize_t n, PyObject *kwnames)
{
    static _PyArg_Parser parser = {.keywords = names, .fname = "unpack"};
    PyObject *buf[3] = {NULL};
    (void)self;
    PyObject *const *r = _PyArg_UnpackKeywords(args, n, NULL, kwnames, &parser, 1, 2, 0, buf);
    return r ? Py_BuildValue("OOO", r[0], r[1] ? r[1] : Py_None, r[2] ? r[2] : Py_None) : NULL;
}

/* ---- objects ---- */

typedef struct { PyObject_VAR_HEAD long items[]; } Run;
static int finalized;

static void run_finalize(PyObject *self)
{
    (void)self;
    finalized++;
}

static void run_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    if (PyObject_CallFinalizerFromDealloc(self) == 0) {
        type->tp_free(self);
        Py_DECREF(type);
    }
}

static PyType_Slot run_slots[] = {{Py_tp_finalize, run_finalize},
                                {Py_tp_dealloc, run_dealloc},
                                {0, NULL}};
static PyType_Spec run_spec = {"underscored.Run", sizeof(Run), sizeof(long),
                               Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, run_slots};
static PyStructSequence_Field point_fields[] = {{"x", NULL}, {"y", NULL}, {NULL, NULL}};
static PyStructSequence_Desc point_desc = {"underscored.Point", "A point.", point_fields, 2};
static PyTypeObject point_type, point_type2;

static PyObject *vector(PyObject *callable, PyObject *const *args, size_t n, PyObject *kwnames)
{
    (void)callable;
    return Py_BuildValue("(inO)", n ? (int)PyLong_AsLong(args[0]) : 0,
                         (Py_ssize_t)PyVectorcall_NARGS(n), kwnames ? kwnames : Py_None);
}

typedef struct { PyObject_HEAD vectorcallfunc call; } Caller;
static PyTypeObject caller_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "underscored.Caller",
    .tp_basicsize = sizeof(Caller),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL,
    .tp_vectorcall_offset = offsetof(Caller, call),
    .tp_call = PyVectorcall_Call,
};

static PyObject *objects(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    PyObject *bases = PyTuple_Pack(1, &PyBaseObject_Type), *v;
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpecWithBases(&run_spec, bases);
    CHECK(type && type->tp_finalize == run_finalize);
    PyVarObject *run = _PyObject_NewVar(type, 3);
    CHECK(run && Py_SIZE(run) == 3);
    ((Run *)run)->items[2] = 7;
    CHECK(PyObject_InitVar(run, type, 2) == run && Py_SIZE(run) == 2);
    PyObject_CallFinalizer((PyObject *)run);
    CHECK(finalized == 1);
    CHECK(PyStructSequence_InitType2(&point_type, &point_desc) == 0);
    PyStructSequence_InitType(&point_type2, &point_desc);
    CHECK(!PyErr_Occurred() && (v = PyStructSequence_New(&point_type)) != NULL);
    PyStructSequence_SetItem(v, 0, PyLong_FromLong(5));
    PyStructSequence_SetItem(v, 1, PyLong_FromLong(6));
    CHECK(PyLong_AsLong(PyStructSequence_GetItem(v, 1)) == 6);
    CHECK(PyLong_AsLong(PyObject_GetAttrString(v, "x")) == 5 && PyTuple_Check(v));
    CHECK(PyType_Ready(&caller_type) == 0);
    Caller *caller = PyObject_New(Caller, &caller_type);
    CHECK(caller);
    caller->call = vector;
    return (PyObject *)caller;
}

static int deallocs;
static void plain_dealloc(PyObject *self)
{
    deallocs++;
    Py_TYPE(self)->tp_free(self);
}

static int plain_traverse(PyObject *self, visitproc visit, void *arg)
{
    (void)self, (void)visit, (void)arg;
    return 0;
}

typedef struct { PyObject_HEAD PyObject *field; } Plain;
static PyTypeObject plain_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "underscored.Plain",
    .tp_basicsize = sizeof(Plain),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = plain_traverse,
    .tp_dealloc = plain_dealloc,
    .tp_free = PyObject_GC_Del,
};
static PyModuleDef module;

/* How many calls of tp_finalize and tp_dealloc there have been. */
static PyObject *ends(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return Py_BuildValue("ii", finalized, deallocs);
}

/* Leaves an object behind whose tp_finalize is to run. */
static PyObject *lives(PyObject *self, PyObject *unused)
{
    (void)unused;
    PyTypeObject *type = (PyTypeObject *)PyType_FromModuleAndSpec(self, &run_spec, NULL);
    CHECK(type && PyType_GetModuleByDef(type, &module) == self);
    CHECK(!PyType_GetModuleByDef(&PyLong_Type, &module) && RAISED(PyExc_TypeError));
    PyVarObject *run = _PyObject_NewVar(type, 1);
    CHECK(run);
    Py_DECREF(run);
    CHECK(PyType_Ready(&plain_type) == 0);
    PyObject *plain = _PyObject_GC_New(&plain_type), *v = NULL;
    CHECK(plain && Py_IS_TYPE(plain, &plain_type));
    _Py_NewReference(plain);
    CHECK(Py_REFCNT(plain) > 0);
    CHECK((v = (PyObject *)_PyLong_New(0)) && PyLong_Check(v));
    PyErr_SetObject(PyExc_StopIteration, Py_None);
    CHECK(_PyGen_FetchStopIterationValue(&v) == 0 && v == Py_None && !PyErr_Occurred());
    CHECK(_PyGen_FetchStopIterationValue(&v) == 0 && v == Py_None);
    Py_RETURN_NONE;
}

/* Leaves one behind whose tp_dealloc is to run. */
static PyObject *dealloc(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    PyObject *plain = (PyObject *)PyObject_GC_New(Plain, &plain_type);
    CHECK(plain);
    Py_SET_REFCNT(plain, 0);
    _Py_Dealloc(plain);
    Py_RETURN_NONE;
}

static PyObject *numbers(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    char two[2];
    CHECK(PyFloat_Pack2(1.5, two, 1) == 0 && two[0] == 0 && two[1] == 0x3e);
    CHECK(PyFloat_Unpack2(two, 1) == 1.5);
    CHECK(PyFloat_Pack2(-2.0, two, 0) == 0 && PyFloat_Unpack2(two, 0) == -2.0);
    CHECK(PyFloat_Pack2(1e6, two, 0) == -1 && RAISED(PyExc_OverflowError));
    CHECK(PyFloat_Pack4(0.5, (char[4]){0}, 1) == 0);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"ids", ids, METH_O, NULL},
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"fast_tuple", (PyCFunction)(void (*)(void))fast_tuple, METH_VARARGS | METH_KEYWORDS, NULL},
    {"unpack", (PyCFunction)(void (*)(void))unpack, METH_FASTCALL | METH_KEYWORDS, NULL},
    {"objects", objects, METH_NOARGS, NULL},
    {"numbers", numbers, METH_NOARGS, NULL},
    {"lives", lives, METH_NOARGS, NULL},
    {"dealloc", dealloc, METH_NOARGS, NULL},
    {"ends", ends, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "underscored", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_underscored(void) { return PyModule_Create(&module); }
