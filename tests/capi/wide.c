/* A walk over the API: each function returns None, or fails with the line of what does not hold. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <pthread.h>
#include "_check.h"

static PyObject *numbers(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *a = PyLong_FromLong(7), *b = PyLong_FromLong(2), *r;
    CHECK((r = PyNumber_Power(a, b, Py_None)) && PyLong_AsLong(r) == 49);
    CHECK((r = PyNumber_TrueDivide(a, b)) && PyFloat_Check(r) && PyFloat_AS_DOUBLE(r) == 3.5);
    CHECK((r = PyNumber_FloorDivide(a, b)) && PyLong_AsLong(r) == 3);
    CHECK((r = PyNumber_Divmod(a, b)) && PyTuple_Check(r) &&
          PyLong_AsLong(PyTuple_GET_ITEM(r, 1)) == 1);
    CHECK((r = PyNumber_Lshift(a, PyLong_FromLong(70))) && _PyLong_NumBits(r) == 73);
    CHECK(PyLong_AsLong(r) == -1 && PyErr_ExceptionMatches(PyExc_OverflowError));
    PyErr_Clear();
    int overflow;
    CHECK(PyLong_AsLongAndOverflow(r, &overflow) == -1 && overflow == 1);
    CHECK(PyLong_AsUnsignedLongLongMask(PyLong_FromLong(-1)) == ~0ULL);
    CHECK(PyLong_AsUnsignedLong(PyLong_FromLong(-1)) == (unsigned long)-1 &&
          PyErr_Occurred() == PyExc_OverflowError);
    PyErr_Clear();
    CHECK(PyLong_AsUnsignedLongLong(PyLong_FromUnsignedLongLong(~0ULL)) == ~0ULL &&
          !PyErr_Occurred());
    CHECK((r = PyLong_FromString("-0x1f", NULL, 0)) && PyLong_AsLong(r) == -31);
    unsigned char bytes[8];
    CHECK(_PyLong_AsByteArray((PyLongObject *)PyLong_FromLong(-2), bytes, 8, 1, 1) == 0 &&
          bytes[0] == 0xfe && bytes[7] == 0xff);
    CHECK((r = _PyLong_FromByteArray(bytes, 8, 1, 1)) && PyLong_AsLong(r) == -2);
    CHECK((r = PyNumber_ToBase(PyLong_FromLong(-255), 16)) &&
          PyUnicode_CompareWithASCIIString(r, "-0xff") == 0);
    CHECK(PyNumber_Check(a) && PyIndex_Check(a) && !PyNumber_Check(Py_None) &&
          PyBool_Check(Py_True) && PyLong_Check(Py_True));
    CHECK(PyFloat_AsDouble(a) == 7.0 && PyFloat_AsDouble(Py_None) == -1.0 &&
          PyErr_ExceptionMatches(PyExc_TypeError));
    PyErr_Clear();
    CHECK((r = PyFloat_FromDouble(0.0)) && PyFloat_AS_DOUBLE(r) == 0.0 && PyFloat_CheckExact(r));
    CHECK((r = PyComplex_FromDoubles(1, 2)) && PyComplex_ImagAsDouble(r) == 2 &&
          PyComplex_AsCComplex(r).real == 1);
    CHECK((r = PyNumber_InPlaceAdd(a, b)) && PyLong_AsLong(r) == 9 &&
          PyObject_RichCompareBool(a, b, Py_GT) == 1);
    CHECK(PyNumber_AsSsize_t(PyNumber_Lshift(a, PyLong_FromLong(90)), NULL) == PY_SSIZE_T_MAX);
    Py_RETURN_NONE;
}

static PyObject *containers(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *list = Py_BuildValue("[iiis]", 3, 1, 2, "x"), *r;
    CHECK(PyList_Size(list) == 4 && PyList_SetSlice(list, 3, 4, NULL) == 0 &&
          PyList_GET_SIZE(list) == 3);
    CHECK(PyList_Sort(list) == 0 && PyLong_AsLong(PyList_GET_ITEM(list, 0)) == 1 &&
          PyList_Reverse(list) == 0);
    CHECK(PyList_Insert(list, 0, Py_None) == 0 && PyList_GetItem(list, 0) == Py_None);
    CHECK(PyList_GetItem(list, 9) == NULL && PyErr_ExceptionMatches(PyExc_IndexError));
    PyErr_Clear();
    CHECK((r = PyList_GetSlice(list, 1, 3)) && PyList_Size(r) == 2 && (r = PyList_AsTuple(list)) &&
          PyTuple_GET_SIZE(r) == 4);
    CHECK(PySequence_Contains(list, Py_None) == 1 && PySequence_Index(list, Py_None) == 0 &&
          PySequence_Count(list, Py_True) == 1);
    CHECK((r = PySequence_Concat(list, list)) && PySequence_Size(r) == 8 &&
          (r = PySequence_Repeat(list, 3)) && PyList_Size(r) == 12);
    PyObject *d = PyDict_New(), *key = PyUnicode_FromString("k"), *v;
    CHECK(PyDict_SetItem(d, key, list) == 0 && PyDict_SetItemString(d, "n", Py_True) == 0 &&
          PyDict_Size(d) == 2);
    CHECK(PyDict_GetItem(d, key) == list && PyDict_GetItemString(d, "zz") == NULL &&
          !PyErr_Occurred());
    CHECK(PyDict_GetItemWithError(d, list) == NULL && PyErr_ExceptionMatches(PyExc_TypeError));
    PyErr_Clear();
    CHECK(PyDict_Contains(d, key) == 1 && PyDict_DelItemString(d, "n") == 0 &&
          PyDict_DelItemString(d, "n") < 0);
    CHECK(PyErr_ExceptionMatches(PyExc_KeyError));
    PyErr_Clear();
    CHECK(PyDict_SetDefault(d, key, Py_None) == list && (r = PyDict_Copy(d)) &&
          PyDict_Merge(r, d, 1) == 0);
    CHECK((r = PyDict_Items(d)) && PyList_Size(r) == 1 && PyMapping_Check(d) &&
          !PySequence_Check(d));
    CHECK(PyMapping_HasKeyString(d, "k") && (r = PyMapping_GetItemString(d, "k")) == list);
    PyObject *set = PySet_New(list);
    CHECK(PySet_Size(set) == 4 && PySet_Contains(set, Py_None) == 1 &&
          PySet_Discard(set, Py_None) == 1 && PySet_Add(set, key) == 0);
    CHECK(PyAnySet_Check(set) && (r = PyFrozenSet_New(set)) && PyFrozenSet_CheckExact(r) &&
          PySet_Clear(set) == 0);
    PyObject *t = PyTuple_New(2);
    PyTuple_SET_ITEM(t, 0, PyLong_FromLong(1000000));
    CHECK(PyTuple_SetItem(t, 1, PyFloat_FromDouble(2.5)) == 0 &&
          PyLong_AsLong(PyTuple_GET_ITEM(t, 0)) == 1000000);
    CHECK(_PyTuple_Resize(&t, 1) == 0 && PyTuple_GET_SIZE(t) == 1);
    r = PySequence_Fast(t, "no");
    PyObject **items = PySequence_Fast_ITEMS(r);
    CHECK(PyLong_AsLong(items[0]) == 1000000);
    Py_ssize_t start, stop, step;
    CHECK((r = PySlice_New(NULL, PyLong_FromLong(-1), NULL)) &&
          PySlice_Unpack(r, &start, &stop, &step) == 0);
    CHECK(PySlice_AdjustIndices(10, &start, &stop, step) == 9 && start == 0 && stop == 9);
    CHECK((v = PyObject_GetItem(list, r)) && PyList_Size(v) == 3);
    Py_RETURN_NONE;
}

static PyObject *text(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *s = PyUnicode_FromString("h\xc3\xa9llo"), *r;
    Py_ssize_t n;
    CHECK(PyUnicode_GET_LENGTH(s) == 5 && PyUnicode_READ_CHAR(s, 1) == 0xe9 &&
          PyUnicode_KIND(s) == PyUnicode_1BYTE_KIND);
    CHECK(strcmp(PyUnicode_AsUTF8AndSize(s, &n), "h\xc3\xa9llo") == 0 && n == 6);
    CHECK((r = PyUnicode_AsLatin1String(s)) && PyBytes_GET_SIZE(r) == 5 &&
          (r = PyUnicode_AsASCIIString(s)) == NULL);
    CHECK(PyErr_ExceptionMatches(PyExc_UnicodeEncodeError));
    PyErr_Clear();
    CHECK((r = PyUnicode_Substring(s, 1, 3)) && PyUnicode_GetLength(r) == 2 &&
          (r = PyUnicode_Concat(s, r)));
    CHECK(PyUnicode_Find(s, PyUnicode_FromString("l"), 0, 5, -1) == 3 &&
          PyUnicode_FindChar(s, 'l', 0, 5, 1) == 2);
    CHECK((r = PyUnicode_Split(PyUnicode_FromString("a,b"), PyUnicode_FromString(","), -1)) &&
          PyList_Size(r) == 2);
    CHECK((r = PyUnicode_Join(PyUnicode_FromString("-"), r)) &&
          PyUnicode_CompareWithASCIIString(r, "a-b") == 0);
    CHECK((r = PyUnicode_Replace(r, PyUnicode_FromString("-"), PyUnicode_FromString("+"), -1)) &&
          _PyUnicode_EqualToASCIIString(r, "a+b"));
    CHECK((r = PyUnicode_DecodeUTF8("\xff", 1, "replace")) && PyUnicode_READ_CHAR(r, 0) == 0xfffd);
    CHECK(PyUnicode_DecodeUTF8("\xff", 1, NULL) == NULL &&
          PyErr_ExceptionMatches(PyExc_UnicodeDecodeError));
    PyErr_Clear();
    Py_UCS4 *copy = PyUnicode_AsUCS4Copy(s);
    CHECK(copy && copy[1] == 0xe9 && copy[5] == 0);
    PyMem_Free(copy);
    wchar_t *w = PyUnicode_AsWideCharString(s, &n);
    CHECK(w && n == 5 && (r = PyUnicode_FromWideChar(w, -1)) && PyUnicode_Compare(r, s) == 0);
    PyMem_Free(w);
    PyObject *i1 = PyUnicode_InternFromString("interned text"),
             *i2 = PyUnicode_InternFromString("interned text");
    CHECK(i1 == i2 && PyUnicode_Contains(s, PyUnicode_FromString("ll")) == 1 &&
          PyUnicode_Tailmatch(s, PyUnicode_FromString("lo"), 0, 5, 1) == 1);
    CHECK((r = PyUnicode_Format(PyUnicode_FromString("%d-%s"), Py_BuildValue("(is)", 4, "q"))) &&
          _PyUnicode_EqualToASCIIString(r, "4-q"));
    CHECK((r = PyUnicode_EncodeFSDefault(s)) &&
          (r = PyUnicode_DecodeFSDefault(PyBytes_AS_STRING(r))) && PyUnicode_Compare(r, s) == 0);
    PyObject *b = PyBytes_FromStringAndSize(NULL, 10);
    memset(PyBytes_AS_STRING(b), 'z', 10);
    CHECK(_PyBytes_Resize(&b, 4) == 0 && PyBytes_GET_SIZE(b) == 4 &&
          memcmp(PyBytes_AsString(b), "zzzz", 5) == 0);
    PyBytes_ConcatAndDel(&b, PyBytes_FromString("!"));
    CHECK(b && strcmp(PyBytes_AsString(b), "zzzz!") == 0 &&
          (r = PyBytes_FromFormat("%s-%d-%c", "a", 5, 'b')) &&
          strcmp(PyBytes_AsString(r), "a-5-b") == 0);
    PyObject *ba = PyByteArray_FromStringAndSize("abc", 3);
    CHECK(PyByteArray_Resize(ba, 5) == 0 && PyByteArray_Size(ba) == 5 &&
          PyByteArray_AsString(ba)[1] == 'b' && PyByteArray_Resize(ba, 1) == 0);
    Py_buffer view;
    CHECK(PyObject_GetBuffer(ba, &view, PyBUF_WRITABLE) == 0 && view.len == 1 &&
          PyBuffer_IsContiguous(&view, 'C'));
    PyBuffer_Release(&view);
    static char memory[4] = "mem";
    CHECK((r = PyMemoryView_FromMemory(memory, 3, PyBUF_READ)) &&
          PyMemoryView_GET_BUFFER(r)->len == 3 && PyObject_Size(r) == 3);
    Py_RETURN_NONE;
}

static PyObject *various(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *m = PyImport_ImportModule("math"), *r, *globals = PyDict_New();
    CHECK(m && (r = PyObject_CallMethod(m, "sqrt", "d", 16.0)) && PyFloat_AsDouble(r) == 4.0);
    CHECK(PyImport_ImportModule("there_is_no_such_module") == NULL &&
          PyErr_ExceptionMatches(PyExc_ImportError));
    PyErr_Clear();
    CHECK((r = PyRun_String("6 * 7", Py_eval_input, globals, globals)) && PyLong_AsLong(r) == 42);
    CHECK((r = PyRun_String("x = [i for i in range(3)]", Py_file_input, globals, globals)) &&
          PyDict_GetItemString(globals, "x"));
    CHECK(PyRun_String("1 +", Py_eval_input, globals, globals) == NULL &&
          PyErr_ExceptionMatches(PyExc_SyntaxError));
    PyErr_Clear();
    CHECK(PySys_GetObject("path") && PyList_Check(PySys_GetObject("path")) &&
          PyEval_GetBuiltins() && PyDict_Check(PyImport_GetModuleDict()));
    PyObject *type = PyRun_String("type('C', (), {'m': lambda self, *a, **k: (a, k), 'a': 5})",
                                  Py_eval_input, globals, globals);
    PyObject *o = PyObject_CallNoArgs(type);
    CHECK(o && PyObject_HasAttrString(o, "a") && !PyObject_HasAttrString(o, "b") &&
          PyObject_SetAttrString(o, "b", Py_True) == 0);
    CHECK((r = PyObject_CallMethodObjArgs(o, PyUnicode_FromString("m"), Py_None, NULL)) &&
          PyTuple_Size(r) == 2);
    PyObject *vector[] = {o, PyLong_FromLong(1), PyLong_FromLong(2)};
    CHECK((r = PyObject_VectorcallMethod(PyUnicode_FromString("m"), vector, 2,
                                         Py_BuildValue("(s)", "kw"))));
    CHECK(PyLong_AsLong(PyDict_GetItemString(PyTuple_GET_ITEM(r, 1), "kw")) == 2);
    CHECK(PyObject_IsInstance(o, type) == 1 &&
          PyObject_IsSubclass(type, (PyObject *)&PyBaseObject_Type) == 1 && PyCallable_Check(type));
    PyObject **dict = _PyObject_GetDictPtr(o);
    CHECK(dict && PyDict_Check(*dict) && PyDict_GetItemString(*dict, "b") == Py_True);
    PyObject *ref = PyWeakref_NewRef(o, NULL);
    CHECK(ref && PyWeakref_Check(ref) && PyWeakref_GetObject(ref) == o);
    CHECK(strcmp(((PyTypeObject *)type)->tp_name, "C") == 0 &&
          ((PyTypeObject *)type)->tp_base == &PyBaseObject_Type);
    PyErr_SetString(PyExc_KeyError, "first");
    PyObject *et, *ev, *tb;
    PyErr_Fetch(&et, &ev, &tb);
    CHECK(et == PyExc_KeyError && !PyErr_Occurred());
    PyErr_Restore(et, ev, tb);
    CHECK(PyErr_ExceptionMatches(PyExc_LookupError) &&
          PyErr_GivenExceptionMatches(et, Py_BuildValue("(OO)", PyExc_OSError, PyExc_KeyError)));
    PyErr_Clear();
    errno = ENOENT;
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, "some file");
    CHECK(PyErr_ExceptionMatches(PyExc_FileNotFoundError));
    PyErr_Clear();
    CHECK(PyErr_WarnEx(PyExc_UserWarning, "a warning", 1) == 0 || PyErr_Occurred());
    PyErr_Clear();
    PyObject *var = PyContextVar_New("var", NULL), *value = Py_None;
    CHECK(var && PyContextVar_Get(var, NULL, &value) == 0 && value == NULL &&
          PyContextVar_Set(var, Py_True));
    CHECK(PyContextVar_Get(var, NULL, &value) == 0 && value == Py_True);
    static PyStructSequence_Field fields[] = {{"one", NULL}, {"two", NULL}, {NULL, NULL}};
    static PyStructSequence_Desc desc = {"wide.Seq", "doc", fields, 2};
    PyTypeObject *seq = PyStructSequence_NewType(&desc);
    PyObject *item = seq ? PyStructSequence_New(seq) : NULL;
    CHECK(item);
    PyStructSequence_SET_ITEM(item, 0, PyLong_FromLong(1));
    PyStructSequence_SET_ITEM(item, 1, PyLong_FromLong(2));
    CHECK((r = PyObject_GetAttrString(item, "two")) && PyLong_AsLong(r) == 2);
    PyObject *it = PyObject_GetIter(globals);
    CHECK(it && PyIter_Check(it) && (r = PyIter_Next(it)) && PyUnicode_Check(r));
    char *big = PyMem_Malloc(100);
    memset(big, 1, 100);
    CHECK((big = PyMem_Realloc(big, 100000)) && big[99] == 1 && (big = PyMem_Realloc(big, 10)) &&
          big[9] == 1);
    PyMem_Free(big);
    CHECK(PyGILState_Check() && PyThreadState_Get() &&
          PyInterpreterState_GetID(PyInterpreterState_Get()) == 0);
    Py_RETURN_NONE;
}

/* A thread that Python knows nothing of. */
static void *foreign(void *arg)
{
    PyObject *f = ((PyObject **)arg)[0];
    for (int i = 0; i < 100; i++) {
        PyGILState_STATE state = PyGILState_Ensure(), inner = PyGILState_Ensure();
        PyObject *r = PyObject_CallFunction(f, "i", i);
        if (!r) {
            PyErr_Print();
        }
        Py_XDECREF(r);
        PyGILState_Release(inner);
        PyGILState_Release(state);
    }
    return NULL;
}

static PyObject *threads(PyObject *self, PyObject *f)
{
    (void)self;
    pthread_t ids[3];
    PyObject *arg[] = {f};
    Py_BEGIN_ALLOW_THREADS
    for (int i = 0; i < 3; i++) {
        pthread_create(&ids[i], NULL, foreign, arg);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(ids[i], NULL);
    }
    Py_BLOCK_THREADS
    Py_XDECREF(PyObject_CallFunction(f, "i", -1));
    Py_UNBLOCK_THREADS
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"numbers", numbers, METH_NOARGS, NULL}, {"containers", containers, METH_NOARGS, NULL},
    {"text", text, METH_NOARGS, NULL},       {"various", various, METH_NOARGS, NULL},
    {"threads", threads, METH_O, NULL},      {NULL, NULL, 0, NULL},
};
static PyModuleDef_Slot slots[] = {{0, NULL}};
static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "wide", NULL, 0, methods, slots, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_wide(void) { return PyModuleDef_Init(&def); }
