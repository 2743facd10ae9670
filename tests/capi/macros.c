/* What the macros of the headers stand for: tests of types, characters, text in all its widths,
 * memory, calls, containers, functions, errors, modules, the platform; struct members of every
 * kind; the sizes of structs. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "frameobject.h"
#include "structmember.h"
#include "_check.h"

/* ---- tests of types ---- */

#define TESTS(X)                                                                                   \
    X(PyLong_Check)                                                                                \
    X(PyLong_CheckExact) X(PyBool_Check) X(PyFloat_Check) X(PyFloat_CheckExact) X(                 \
        PyComplex_Check) X(PyComplex_CheckExact) X(PyUnicode_Check) X(PyUnicode_CheckExact)        \
        X(PyBytes_Check) X(PyBytes_CheckExact) X(PyByteArray_Check) X(PyByteArray_CheckExact) X(   \
            PyMemoryView_Check) X(PyTuple_Check) X(PyTuple_CheckExact) X(PyList_Check)             \
            X(PyList_CheckExact) X(PyDict_Check) X(PyDict_CheckExact) X(PyDictKeys_Check) X(       \
                PyDictValues_Check) X(PyDictItems_Check) X(PyAnySet_Check) X(PyAnySet_CheckExact)  \
                X(PySet_Check) X(PySet_CheckExact) X(PyFrozenSet_Check) X(PyFrozenSet_CheckExact)  \
                    X(PySlice_Check) X(PyRange_Check) X(PyCFunction_Check)                         \
                        X(PyCFunction_CheckExact) X(PyFunction_Check) X(PyMethod_Check)            \
                            X(PyInstanceMethod_Check) X(PyGen_Check) X(PyGen_CheckExact)           \
                                X(PyCoro_CheckExact) X(PyAsyncGen_CheckExact) X(PyCode_Check)      \
                                    X(PyFrame_Check) X(PyTraceBack_Check) X(PyCell_Check)          \
                                        X(PyCapsule_CheckExact) X(PyWeakref_Check)                 \
                                            X(PyWeakref_CheckRef) X(PyWeakref_CheckRefExact)       \
                                                X(PyWeakref_CheckProxy) X(PyContext_CheckExact)    \
                                                    X(PyModule_Check) X(PyModule_CheckExact)       \
                                                        X(PyType_Check) X(PyType_CheckExact)       \
                                                            X(PyExceptionInstance_Check)           \
                                                                X(PyExceptionClass_Check)
#define DEFINE_TEST(name)                                                                          \
    static int test_##name(PyObject *o) { return name(o) != 0; }
TESTS(DEFINE_TEST)
#define ENTRY(name) {#name, test_##name},
static const struct {
    const char *name;
    int (*test)(PyObject *);
} tests[] = {TESTS(ENTRY)};

static PyObject *kinds(PyObject *self, PyObject *o)
{
    (void)self;
    PyObject *list = PyList_New(0);
    for (size_t i = 0; list && i < Py_ARRAY_LENGTH(tests); i++) {
        if (tests[i].test(o)) {
            PyObject *name = PyUnicode_FromString(tests[i].name);
            PyList_Append(list, name);
            Py_DECREF(name);
        }
    }
    return list;
}

/* ---- characters ---- */

static PyObject *character(PyObject *self, PyObject *o)
{
    (void)self;
    Py_UCS4 c = PyUnicode_READ_CHAR(o, 0);
    return Py_BuildValue("(iiiiiiiiiII)", !!Py_UNICODE_ISSPACE(c), !!Py_UNICODE_ISALPHA(c),
                         !!Py_UNICODE_ISDIGIT(c), !!Py_UNICODE_ISDECIMAL(c),
                         !!Py_UNICODE_ISNUMERIC(c), !!Py_UNICODE_ISALNUM(c),
                         !!Py_UNICODE_ISUPPER(c), !!Py_UNICODE_ISLOWER(c),
                         !!Py_UNICODE_ISPRINTABLE(c), Py_UNICODE_TOLOWER(c), Py_UNICODE_TOUPPER(c));
}

static PyObject *ascii(PyObject *self, PyObject *o)
{
    (void)self;
    int c = (int)PyLong_AS_LONG(o);
    return Py_BuildValue("(iiiiiiiii)", !!Py_ISLOWER(c), !!Py_ISUPPER(c), !!Py_ISALPHA(c),
                         !!Py_ISDIGIT(c), !!Py_ISXDIGIT(c), !!Py_ISALNUM(c), !!Py_ISSPACE(c),
                         (int)Py_TOLOWER(c), (int)Py_TOUPPER(c));
}

static PyObject *surrogates(NONE_ARGS)
{
    UNUSED_ARGS;
    Py_UCS4 c = 0x1F600, high = Py_UNICODE_HIGH_SURROGATE(c), low = Py_UNICODE_LOW_SURROGATE(c);
    CHECK(high == 0xD83D && low == 0xDE00);
    CHECK(Py_UNICODE_IS_HIGH_SURROGATE(high) && !Py_UNICODE_IS_HIGH_SURROGATE(low));
    CHECK(Py_UNICODE_IS_LOW_SURROGATE(low) && !Py_UNICODE_IS_LOW_SURROGATE(high));
    CHECK(Py_UNICODE_IS_SURROGATE(high) && Py_UNICODE_IS_SURROGATE(low) &&
          !Py_UNICODE_IS_SURROGATE(c));
    CHECK(Py_UNICODE_JOIN_SURROGATES(high, low) == c);
    CHECK(Py_UNICODE_REPLACEMENT_CHARACTER == 0xFFFD);
    Py_RETURN_NONE;
}

/* ---- text ---- */

static PyObject *texts(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *narrow, *middle, *wide;
    CHECK(PyArg_ParseTuple(args, "UUU", &narrow, &middle, &wide));
    CHECK(PyUnicode_READY(narrow) == 0 && PyUnicode_IS_READY(narrow));
    CHECK(PyUnicode_IS_COMPACT(narrow) && PyUnicode_IS_COMPACT_ASCII(narrow));
    CHECK(!PyUnicode_IS_COMPACT_ASCII(middle) && PyUnicode_IS_ASCII(narrow));
    CHECK(PyUnicode_KIND(narrow) == PyUnicode_1BYTE_KIND &&
          PyUnicode_KIND(middle) == PyUnicode_2BYTE_KIND &&
          PyUnicode_KIND(wide) == PyUnicode_4BYTE_KIND);
    Py_UCS1 *one = PyUnicode_1BYTE_DATA(narrow);
    Py_UCS2 *two = PyUnicode_2BYTE_DATA(middle);
    Py_UCS4 *four = PyUnicode_4BYTE_DATA(wide);
    CHECK(one[0] == 'a' && two[1] == 0x20AC && four[2] == 0x1F600);
    CHECK(PyUnicode_READ_CHAR(wide, 2) == 0x1F600 && PyUnicode_GET_LENGTH(wide) == 3);
    CHECK((int)PyUnicode_CHECK_INTERNED(narrow) >= 0 && PyUnicode_MAX_CHAR_VALUE(narrow) == 127);
    CHECK(strcmp(PyUnicode_AsUTF8(narrow), "abc") == 0);
    Py_UNICODE *w = PyUnicode_AS_UNICODE(wide);
    PY_UNICODE_TYPE last = w[2];
    CHECK(last == 0x1F600 && sizeof *w == Py_UNICODE_SIZE);
    CHECK(PyUnicode_GET_SIZE(wide) == 3 && PyUnicode_GetSize(wide) == 3);
    CHECK(PyUnicode_GET_DATA_SIZE(wide) == 3 * Py_UNICODE_SIZE);
    CHECK(memcmp(PyUnicode_AS_DATA(wide), w, 3 * sizeof *w) == 0);
    PyObject *again = PyUnicode_FromUnicode(w, 3);
    CHECK(again && PyUnicode_Compare(again, wide) == 0);
    Py_DECREF(again);
    Py_RETURN_NONE;
}

/* ---- memory, references ---- */

typedef struct {
    PyObject_HEAD int n;
} Plain;
typedef struct {
    PyObject_VAR_HEAD short items[1];
} Row;
static PyTypeObject plain_type = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "macros.Plain",
                                  .tp_basicsize = sizeof(Plain), .tp_flags = Py_TPFLAGS_DEFAULT};
static PyTypeObject row_type = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "macros.Row",
                                .tp_basicsize = offsetof(Row, items), .tp_itemsize = sizeof(short),
                                .tp_flags = Py_TPFLAGS_DEFAULT};

static PyObject *blocks(NONE_ARGS)
{
    UNUSED_ARGS;
    long *p = PyMem_NEW(long, 4), *q = PyMem_New(long, 2);
    CHECK(p && q);
    p[3] = 5;
    PyMem_Resize(p, long, 400);
    CHECK(p && p[3] == 5);
    PyMem_RESIZE(p, long, 800);
    CHECK(p && p[3] == 5 && !PyMem_New(long, PY_SSIZE_T_MAX));
    PyMem_Del(p);
    PyMem_DEL(q);
    char *c = PyMem_MALLOC(3);
    CHECK(c && (c = PyMem_REALLOC(c, 300)));
    PyMem_FREE(c);
    CHECK((c = PyObject_MALLOC(3)) && (c = PyObject_REALLOC(c, 300)));
    PyObject_FREE(c);
    CHECK((c = PyObject_MALLOC(3)));
    PyObject_Del(c);
    CHECK((c = PyObject_MALLOC(3)));
    PyObject_DEL(c);
    Py_RETURN_NONE;
}

static PyObject *objects(NONE_ARGS)
{
    UNUSED_ARGS;
    CHECK(_PyObject_SIZE(&plain_type) == sizeof(Plain));
    CHECK(_PyObject_VAR_SIZE(&row_type, 3) == 32);
    Plain *a = PyObject_NEW(Plain, &plain_type);
    Row *r = PyObject_NEW_VAR(Row, &row_type, 10), *r2 = PyObject_NewVar(Row, &row_type, 3);
    CHECK(a && r && r2 && Py_SIZE(r) == 10 && Py_SIZE(r2) == 3 && Py_IS_TYPE(r, &row_type));
    a->n = 7;
    CHECK((PyObject *)PyObject_INIT(a, &plain_type) == (PyObject *)a && Py_TYPE(a) == &plain_type);
    CHECK(PyObject_INIT_VAR(r, &row_type, 4) == (PyVarObject *)r && Py_SIZE(r) == 4);
    CHECK(!PyType_IS_GC(&plain_type) && PyType_IS_GC(&PyList_Type));
    PyObject *list = PyList_New(0), *held = list, *none = NULL;
    CHECK(_PyGC_FINALIZED(list) == 0);
    Py_XINCREF(held);
    Py_XINCREF(none);
    CHECK(Py_XNewRef(none) == NULL && Py_XNewRef(list) == list);
    Py_XDECREF(list);
    Py_SETREF(held, PyTuple_New(0));
    CHECK(PyTuple_CheckExact(held) && PyTuple_GET_SIZE(held) == 0);
    Py_XSETREF(held, NULL);
    CHECK(held == NULL && PyList_GET_SIZE(list) == 0 && Py_SIZE(list) == 0);
    Py_DECREF(list);
    list = PyList_New(3);
    for (Py_ssize_t i = 0; i < 3; i++) {
        PyList_SET_ITEM(list, i, PyLong_FromSsize_t(i));
    }
    CHECK(Py_SIZE(list) == 3 && PySequence_Fast_GET_SIZE(list) == 3);
    Py_DECREF(PyList_GET_ITEM(list, 2));
    Py_SET_SIZE(list, 2);
    CHECK(Py_SIZE(list) == 2 && PyList_Size(list) == 2);
    Py_DECREF(list);
    Py_DECREF(a);
    Py_DECREF(r);
    Py_DECREF(r2);
    CHECK(Py_INVALID_SIZE == (Py_ssize_t)-1);
    Py_RETURN_NONE;
}

/* a deallocation between the trashcan's macros, and tracking */
typedef struct {
    PyObject_HEAD PyObject *next;
} Link;
static int freed;
static void link_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, link_dealloc) Py_CLEAR(((Link *)self)->next);
    freed++;
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}
static int link_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((Link *)self)->next);
    return 0;
}
static PyTypeObject link_type = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "macros.Link",
                                 .tp_basicsize = sizeof(Link),
                                 .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                 .tp_dealloc = link_dealloc, .tp_traverse = link_traverse};

static PyObject *chain(PyObject *self, PyObject *o)
{
    (void)self;
    PyObject *last = NULL;
    for (long i = PyLong_AS_LONG(o); i > 0; i--) {
        Link *l = PyObject_GC_New(Link, &link_type);
        CHECK(l);
        l->next = last;
        PyObject_GC_Track(l);
        last = (PyObject *)l;
    }
    return last;
}
static PyObject *freed_links(NONE_ARGS)
{
    UNUSED_ARGS;
    return PyLong_FromLong(freed);
}

/* ---- calls ---- */

/* f takes anything and returns (args, kwargs); o has method() of that kind. */
static PyObject *calls(PyObject *self, PyObject *args)
{
    (void)self;
    PyObject *f, *o, *list = PyList_New(0);
    CHECK(PyArg_ParseTuple(args, "OO", &f, &o));
    PyObject *name = PyUnicode_FromString("method"), *one = PyLong_FromLong(1);
    PyObject *stack[] = {o, one}, *kwargs = Py_BuildValue("{s:i}", "k", 2);
    PyObject *results[] = {
        _PyObject_Vectorcall(f, stack + 1, 1, NULL),
        _PyObject_VectorcallMethod(name, stack, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL),
        _PyObject_FastCallDict(f, stack + 1, 1, kwargs),
        PyObject_CallNoArgs(f),
        _PyObject_CallOneArg(f, one),
        _PyObject_CallMethodNoArgs(o, name),
        _PyObject_CallMethodOneArg(o, name, one),
        _PyObject_CallFunction_SizeT(f, "y#", "abc", (Py_ssize_t)2),
        _PyObject_CallMethod_SizeT(o, "method", "(s#)", "abc", (Py_ssize_t)2),
        PyEval_CallFunction(f, "(i)", 3),
        PyEval_CallMethod(o, "method", "(i)", 3),
        PyEval_CallObject(f, PyTuple_Pack(1, one)),
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(results); i++) {
        CHECK(results[i]);
        PyList_Append(list, results[i]);
        Py_DECREF(results[i]);
    }
    CHECK(PyVectorcall_NARGS(2 | PY_VECTORCALL_ARGUMENTS_OFFSET) == 2);
    return list;
}

/* ---- containers ---- */

static PyObject *containers(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *d = Py_BuildValue("{s:i,s:i}", "a", 1, "b", 2), *a = PyUnicode_FromString("a");
    PyObject *l = Py_BuildValue("[iii]", 1, 2, 3), *t = Py_BuildValue("(si)", "x", 5);
    PyObject *s = PySet_New(l), *two = PyLong_FromLong(2),
             *ba = PyByteArray_FromStringAndSize("xyz", 3);
    CHECK(d && a && l && t && s && two && ba);
    CHECK(PyDict_GET_SIZE(d) == 2 && PyMapping_Length(d) == 2 && PyObject_Length(l) == 3);
    CHECK(PyMapping_DelItemString(d, "b") == 0 && PyMapping_DelItem(d, a) == 0);
    CHECK(PyDict_GET_SIZE(d) == 0 && PyMapping_DelItem(d, a) < 0 && RAISED(PyExc_KeyError));
    CHECK(PySequence_Length(l) == 3 && PySequence_In(l, two) == 1 && PySet_GET_SIZE(s) == 3);
    PyObject *item = PySequence_ITEM(l, 2);
    CHECK(item && PyLong_AS_LONG(item) == 3);
    Py_DECREF(item);
    CHECK(PyByteArray_GET_SIZE(ba) == 3 && PyByteArray_AS_STRING(ba)[1] == 'y');
    CHECK(PyTuple_GET_SIZE(t) == 2 && PyUnicode_Check(PyTuple_GET_ITEM(t, 0)));
    PyObject *fast = PySequence_Fast(l, "no sequence");
    CHECK(fast && PySequence_Fast_GET_SIZE(fast) == 3 && PySequence_Fast_ITEMS(fast) &&
          PyLong_AS_LONG(PySequence_Fast_GET_ITEM(fast, 0)) == 1);
    PyObject *view = PyMemoryView_FromObject(ba);
    CHECK(view && PyMemoryView_GET_BASE(view) == ba && PyMemoryView_GET_BUFFER(view)->len == 3);
    PyObject *pid = PyLong_FromPid(4711);
    CHECK(pid && PyLong_AsPid(pid) == 4711);
    PyObject *target = PyObject_CallNoArgs((PyObject *)&PySet_Type),
             *ref = PyWeakref_NewRef(target, NULL);
    CHECK(ref && PyWeakref_GET_OBJECT(ref) == target && PyWeakref_CheckRefExact(ref));
    Py_DECREF(view);
    Py_DECREF(fast);
    Py_RETURN_NONE;
}

static PyObject *attributes(PyObject *self, PyObject *o)
{
    (void)self;
    PyObject *name = PyUnicode_FromString("x");
    CHECK(PyObject_DelAttrString(o, "y") == 0 && PyObject_DelAttr(o, name) == 0);
    CHECK(PyObject_DelAttr(o, name) < 0 && RAISED(PyExc_AttributeError));
    Py_RETURN_NONE;
}

/* ---- functions ---- */

static PyObject *fast(PyObject *self, PyObject *const *args, Py_ssize_t n)
{
    (void)self, (void)args;
    return PyLong_FromSsize_t(n);
}
static PyObject *fast_keywords(PyObject *self, PyObject *const *args, Py_ssize_t n,
                               PyObject *kwnames)
{
    (void)self, (void)args;
    return Py_BuildValue("(nn)", n, kwnames ? PyTuple_GET_SIZE(kwnames) : 0);
}
static PyObject *keywords(PyObject *self, PyObject *args, PyObject *kwargs)
{
    (void)self;
    return Py_BuildValue("(OO)", args, kwargs ? kwargs : Py_None);
}
static PyObject *with_class(PyObject *self, PyTypeObject *cls, PyObject *const *args, size_t n,
                            PyObject *kwnames)
{
    (void)args, (void)kwnames;
    return Py_BuildValue("(OOn)", self, cls, (Py_ssize_t)n);
}
static PyObject *owner(PyObject *self, PyObject *unused)
{
    (void)unused;
    return Py_NewRef(self);
}
static const _PyCFunctionFast as_fast = fast;
static const _PyCFunctionFastWithKeywords as_fast_keywords = fast_keywords;
static const PyCFunctionWithKeywords as_keywords = keywords;
static const PyCMethod as_method = with_class;

static PyObject *functions(PyObject *self, PyObject *args)
{
    PyObject *builtin, *bound, *function;
    CHECK(PyArg_ParseTuple(args, "OOO", &builtin, &bound, &function));
    CHECK(PyCFunction_GET_FUNCTION(builtin) == owner && PyCFunction_GET_SELF(builtin) == self);
    CHECK(PyCFunction_GET_FLAGS(builtin) == METH_NOARGS);
    CHECK(PyFunction_Check(PyMethod_GET_FUNCTION(bound)) && PyMethod_GET_SELF(bound) == builtin);
    CHECK(PyCode_Check(PyFunction_GET_CODE(function)) &&
          PyDict_Check(PyFunction_GET_GLOBALS(function)));
    PyObject *instance = PyInstanceMethod_New(function);
    CHECK(instance && PyInstanceMethod_GET_FUNCTION(instance) == function);
    Py_DECREF(instance);
    CHECK(as_fast == fast && as_fast_keywords == fast_keywords && as_keywords == keywords &&
          as_method == with_class);
    Py_RETURN_NONE;
}

/* The functions that PY_SSIZE_T_CLEAN renames to. */
static int parse_va(PyObject *args, PyObject *kwargs, char **names, ...)
{
    va_list ap;
    va_start(ap, names);
    int ok = _PyArg_VaParseTupleAndKeywords_SizeT(args, kwargs, "s#", names, ap);
    va_end(ap);
    return ok;
}
static PyObject *build_va(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyObject *r = _Py_VaBuildValue_SizeT(format, ap);
    va_end(ap);
    return r;
}
static void release(PyObject *o, Py_buffer *view) { (void)o, (void)view; }
static int traced(PyObject *o, PyFrameObject *frame, int what, PyObject *arg)
{
    (void)o, (void)frame, (void)arg;
    return what;
}
static void forget(PyObject *capsule) { (void)capsule; }
static _Py_NO_RETURN void stop(void) { abort(); }

static PyObject *sized(PyObject *self, PyObject *args)
{
    (void)self;
    static char *names[] = {"text", NULL};
    const char *s[4];
    Py_ssize_t n[4];
    CHECK(_PyArg_ParseTuple_SizeT(args, "s#", &s[0], &n[0]) && n[0] == 3);
    CHECK(_PyArg_ParseTupleAndKeywords_SizeT(args, NULL, "s#", names, &s[1], &n[1]) && n[1] == 3);
    CHECK(parse_va(args, NULL, names, &s[2], &n[2]) && n[2] == 3);
    CHECK(_PyArg_Parse_SizeT(PyTuple_GET_ITEM(args, 0), "s#", &s[3], &n[3]) && n[3] == 3);
    CHECK(strcmp(_PyUnicode_AsString(PyTuple_GET_ITEM(args, 0)), s[0]) == 0);
    void (*const ending)(void) = stop;
    const releasebufferproc releaser = release;
    const Py_tracefunc tracer = traced;
    const PyCapsule_Destructor destroyer = forget;
    const PyAsyncMethods async = {.am_await = NULL};
    const PyModuleDef_Base base = PyModuleDef_HEAD_INIT;
    PyWeakReference *ref = NULL;
    PyConfig *config = NULL;
    CHECK(ending && releaser && tracer && destroyer);
    CHECK(!async.am_await && !base.m_init && !ref && !config);
    PyObject *a = _Py_BuildValue_SizeT("s#", s[0], (Py_ssize_t)2);
    return Py_BuildValue("(NN)", a, build_va("y#", s[0], (Py_ssize_t)1));
}

/* The fields of a descriptor. */
static PyObject *described(PyObject *self, PyObject *o)
{
    (void)self;
    PyTypeObject *type = PyDescr_TYPE(o);
    const char *name =
        PyObject_TypeCheck(o, &PyMemberDescr_Type) ? ((PyMemberDescrObject *)o)->d_member->name
        : Py_IS_TYPE(o, &PyGetSetDescr_Type)       ? ((PyGetSetDescrObject *)o)->d_getset->name
                                                   : ((PyMethodDescrObject *)o)->d_method->ml_name;
    return Py_BuildValue("(OOs)", type, PyDescr_NAME(o), name);
}

/* ---- errors, modules ---- */

static PyObject *errors(PyObject *self, PyObject *e)
{
    (void)self;
    CHECK(PyExceptionInstance_Class(e) == PyExc_StopIteration);
    CHECK(PyErr_Warn(PyExc_UserWarning, "warned") == 0);
    PyObject *type, *value, *tb;
    PyErr_SetObject(PyExceptionInstance_Class(e), e);
    PyErr_Fetch(&type, &value, &tb);
    CHECK(value == e && !tb);
    Py_DECREF(type);
    PyObject *result = Py_NewRef(((PyStopIterationObject *)value)->value);
    Py_DECREF(value);
    return result;
}

#define TWELVE 12
#define TEXT "text"
static PyObject *add_constants(PyObject *self, PyObject *m)
{
    (void)self;
    CHECK(PyModule_AddIntMacro(m, TWELVE) == 0 && PyModule_AddStringMacro(m, TEXT) == 0);
    return PyImport_ImportModuleEx("json.decoder", NULL, NULL, NULL);
}

static PyObject *frame_code(PyObject *self, PyObject *tb)
{
    (void)self;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_GET());
    CHECK(frame && PyFrame_Check(frame) && PyTraceBack_Check(tb));
    PyCodeObject *code = PyFrame_GetCode(frame);
    return Py_BuildValue("(NiO)", (PyObject *)code, !!(code->co_flags & CO_VARKEYWORDS),
                         ((PyTracebackObject *)tb)->tb_frame);
}

/* ---- the platform ---- */

#ifdef TYPHON /* a newer language's */
static PyModuleDef_Slot newer_slots[] = {
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_SUPPORTED},
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
    {Py_mod_gil, Py_MOD_GIL_USED},
    {0, NULL}};
#else
static PyModuleDef_Slot newer_slots[] = {{0, NULL}};
#endif
static PyModuleDef newer = {PyModuleDef_HEAD_INIT, "newer", NULL, 0,   NULL,
                            newer_slots,           NULL,    NULL, NULL};

static PyObject *newer_module(PyObject *self, PyObject *spec)
{
    (void)self;
    PyObject *m = PyModule_FromDefAndSpec(&newer, spec);
    CHECK(m && PyModule_ExecDef(m, &newer) == 0);
    return m;
}

Py_LOCAL(int) local(void) { return 1; }
Py_LOCAL_INLINE(int) local_inline(void) { return 2; }
static Py_ALWAYS_INLINE inline int always(void) { return 3; }
Py_NO_INLINE static int never(void) { return 4; }
Py_DEPRECATED(3.11) Py_LOCAL_SYMBOL int old_function(void);
int old_function(void) { return 5; }
extern Py_IMPORTED_SYMBOL char **environ;
static int formatted(const char *, ...) Py_GCC_ATTRIBUTE((format(printf, 1, 2)));
static int formatted(const char *format, ...)
{
    char out[40];
    va_list ap, copy;
    va_start(ap, format);
    Py_VA_COPY(copy, ap);
    int n = PyOS_vsnprintf(out, sizeof out, format, copy);
    va_end(copy);
    va_end(ap);
    return n;
}
typedef struct {
    char c;
    int Py_ALIGNED(32) aligned;
} Aligned;
_Static_assert(offsetof(Aligned, aligned) == 32, "Py_ALIGNED");
static int in_order(int a, int b) { return a < b ? 1 : Py_SAFE_DOWNCAST(0L, long, int); }

static PyObject *platform(NONE_ARGS)
{
    UNUSED_ARGS;
    CHECK(local() + local_inline() + always() + never() + old_function() == 15 && environ);
    CHECK(formatted("%d%s", 12, "ab") == 4 && in_order(1, 2));
    CHECK(Py_MIN(2, 1) == 1 && Py_MAX(2, 1) == 2 && Py_ABS(-3) == 3);
    CHECK(strcmp(Py_STRINGIFY(TWELVE), "12") == 0 && strcmp(_Py_XSTRINGIFY(TWELVE), "TWELVE") == 0);
    CHECK(Py_MEMBER_SIZE(Py_buffer, len) == sizeof(Py_ssize_t) && Py_CHARMASK(-1) == 255);
    Py_BUILD_ASSERT(sizeof(PY_LONG_LONG) == 8);
    CHECK(Py_BUILD_ASSERT_EXPR(1) == 0 && _Py_STATIC_CAST(int, 2.5) == 2);
    CHECK(_Py_SIZE_ROUND_UP(13, 8) == 16 && _Py_SIZE_ROUND_DOWN(13, 8) == 8);
    CHECK(_Py_ALIGN_UP((void *)13, 8) == (void *)16 && _Py_ALIGN_DOWN((void *)13, 8) == (void *)8);
    CHECK(_Py_IS_ALIGNED((void *)16, 8) && !_Py_IS_ALIGNED((void *)13, 8));
    CHECK(Py_ARITHMETIC_RIGHT_SHIFT(int, -8, 1) == -4 && Py_FORCE_EXPANSION(4) == 4);
    CHECK(Py_IS_NAN(Py_NAN) && Py_IS_INFINITY(Py_HUGE_VAL) && Py_IS_FINITE(1.5) &&
          !Py_IS_FINITE(-Py_HUGE_VAL));
    CHECK(Py_MATH_PI > 3.14159 && Py_MATH_E > 2.71828 && (double)Py_MATH_TAU == 2 * Py_MATH_PI);
    char copy[4];
    Py_MEMCPY(copy, "abc", 4);
    CHECK(strcmp(copy, "abc") == 0 && PyOS_stricmp("aBc", copy) == 0 &&
          PyOS_strnicmp("ABx", copy, 2) == 0);
    PyFPE_START_PROTECT("add", return NULL)
        CHECK(Py_LL(1) << 40 == 1099511627776 && Py_ULL(1) << 63 == 9223372036854775808U);
    PyFPE_END_PROTECT(copy) PY_UINT32_T u32 = (PY_UINT32_T)-1;
    PY_UINT64_T u64 = (PY_UINT64_T)-1;
    PY_INT32_T i32 = (PY_INT32_T)u32;
    PY_INT64_T i64 = (PY_INT64_T)u64;
    PY_TIMEOUT_T timeout = PY_LLONG_MAX;
    CHECK(u32 == 4294967295U && u64 == PY_ULLONG_MAX && i32 == -1 && i64 == -1 && timeout > 0);
    Py_uhash_t hash = (Py_uhash_t)-1;
    Py_ssize_clean_t size = -1;
    Py_intptr_t ip = -1;
    Py_uintptr_t up = (Py_uintptr_t)ip;
    CHECK(hash == PY_SIZE_MAX && size == -1 && up == UINTPTR_MAX && PY_SSIZE_T_MIN < 0);
    char text[40];
    snprintf(text, sizeof text, "%" PY_FORMAT_SIZE_T "d", (Py_ssize_t)-5);
    CHECK(strcmp(text, "-5") == 0 && strcmp(PYTHON_API_STRING, "1013") == 0 && _Py_NULL == NULL);
    CHECK(strncmp(PY_VERSION, "3.11.", 5) == 0 && PY_LITTLE_ENDIAN + PY_BIG_ENDIAN == 1);
    CHECK(_PyInterpreterState_Get() == PyInterpreterState_Main());
#ifdef TYPHON
    CHECK(strchr(TYPHON_VERSION, '.') && PYLONG_BITS_IN_DIGIT == PyLong_SHIFT);
#ifndef WITH_THREAD
#error "threads"
#endif
#ifndef Py_USING_UNICODE
#error "str"
#endif
#endif
    Py_RETURN_NAN;
}

/* ---- struct members ---- */

typedef struct {
    PyObject_HEAD short s;
    int i;
    long l;
    float f;
    double d;
    const char *string;
    PyObject *o, *ex;
    char c;
    signed char byte;
    unsigned char ubyte;
    unsigned short ushort_;
    unsigned uint_;
    unsigned long ulong_;
    char inplace[8];
    char flag;
    long long ll;
    unsigned long long ull;
    Py_ssize_t size;
} Members;
#define M(name, kind, field)                                                                       \
    {                                                                                              \
        name, kind, offsetof(Members, field), 0, "doc of " name                                    \
    }
static PyMemberDef member_defs[] = {
    M("short", T_SHORT, s),
    M("int", T_INT, i),
    M("long", T_LONG, l),
    M("float", T_FLOAT, f),
    M("double", T_DOUBLE, d),
    M("string", T_STRING, string),
    M("object", T_OBJECT, o),
    M("object_ex", T_OBJECT_EX, ex),
    M("char", T_CHAR, c),
    M("byte", T_BYTE, byte),
    M("ubyte", T_UBYTE, ubyte),
    M("ushort", T_USHORT, ushort_),
    M("uint", T_UINT, uint_),
    M("ulong", T_ULONG, ulong_),
    M("inplace", T_STRING_INPLACE, inplace),
    M("bool", T_BOOL, flag),
    M("longlong", T_LONGLONG, ll),
    M("ulonglong", T_ULONGLONG, ull),
    M("ssize", T_PYSSIZET, size),
    M("none", T_NONE, s),
    {"readonly", T_INT, offsetof(Members, i), READONLY, NULL},
    {"audited", T_INT, offsetof(Members, i), PY_AUDIT_READ | READ_RESTRICTED, NULL},
    {"restricted", T_INT, offsetof(Members, i), RESTRICTED | PY_WRITE_RESTRICTED, NULL},
    {NULL, 0, 0, 0, NULL}};
static PyObject *members_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args, (void)kwargs;
    Members *m = (Members *)type->tp_alloc(type, 0);
    if (m) {
        m->string = "const";
        strcpy(m->inplace, "inside");
        m->c = 'c';
    }
    return (PyObject *)m;
}
static PyTypeObject members_type = {PyVarObject_HEAD_INIT(NULL, 0).tp_name = "macros.Members",
                                    .tp_basicsize = sizeof(Members), .tp_flags = Py_TPFLAGS_DEFAULT,
                                    .tp_members = member_defs, .tp_new = members_new};

/* ---- sizes ---- */

typedef struct {
    PyDescr_COMMON;
    void *more;
} OwnDescriptor;

#define SIZE(type)                                                                                 \
    {                                                                                              \
#type, sizeof(type)                                                                        \
    }
static const struct {
    const char *name;
    size_t size;
} sizes[] = {
    SIZE(PyLongObject),          SIZE(PyFloatObject),     SIZE(PyComplexObject),
    SIZE(PyUnicodeObject),       SIZE(PyASCIIObject),     SIZE(PyCompactUnicodeObject),
    SIZE(PyBytesObject),         SIZE(PyByteArrayObject), SIZE(PyListObject),
    SIZE(PyTupleObject),         SIZE(PyDictObject),      SIZE(PySetObject),
    SIZE(PySliceObject),         SIZE(PyTypeObject),      SIZE(PyHeapTypeObject),
    SIZE(PyBaseExceptionObject), SIZE(PyOSErrorObject),   SIZE(PyStopIterationObject),
    SIZE(PyGenObject),           SIZE(PyCoroObject),      SIZE(PyAsyncGenObject),
    SIZE(PyTracebackObject),     SIZE(PyStructSequence),  SIZE(PyCFunctionObject),
    SIZE(PyCMethodObject),       SIZE(OwnDescriptor),     SIZE(digit),
#ifdef TYPHON /* no field is public elsewhere */
    SIZE(PyFrameObject),
#endif
};

static PyObject *sizes_of(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *d = PyDict_New();
    for (size_t i = 0; d && i < Py_ARRAY_LENGTH(sizes); i++) {
        PyObject *n = PyLong_FromSize_t(sizes[i].size);
        PyDict_SetItemString(d, sizes[i].name, n);
        Py_DECREF(n);
    }
    return d;
}

static PyMethodDef class_methods[] = {{"with_class", (PyCFunction)(void (*)(void))with_class,
                                       METH_METHOD | METH_FASTCALL | METH_KEYWORDS, NULL},
                                      {"item", owner, METH_NOARGS | METH_COEXIST, NULL},
                                      {NULL, NULL, 0, NULL}};
static PyType_Slot class_slots[] = {{Py_tp_methods, class_methods}, {0, NULL}};
static PyType_Spec class_spec = {"macros.Class", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT,
                                 class_slots};

static PyMethodDef methods[] = {
    {"kinds", kinds, METH_O, NULL},
    {"character", character, METH_O, NULL},
    {"ascii", ascii, METH_O, NULL},
    {"surrogates", surrogates, METH_NOARGS, NULL},
    {"texts", texts, METH_VARARGS, NULL},
    {"blocks", blocks, METH_NOARGS, NULL},
    {"objects", objects, METH_NOARGS, NULL},
    {"chain", chain, METH_O, NULL},
    {"freed_links", freed_links, METH_NOARGS, NULL},
    {"calls", calls, METH_VARARGS, NULL},
    {"containers", containers, METH_NOARGS, NULL},
    {"attributes", attributes, METH_O, NULL},
    {"fast", (PyCFunction)(void (*)(void))fast, METH_FASTCALL, NULL},
    {"fast_keywords", _PyCFunction_CAST(fast_keywords), METH_FASTCALL | METH_KEYWORDS, NULL},
    {"keywords", _PyCFunction_CAST(keywords), METH_VARARGS | METH_KEYWORDS, NULL},
    {"owner", owner, METH_NOARGS, NULL},
    {"functions", functions, METH_VARARGS, NULL},
    {"sized", sized, METH_VARARGS, NULL},
    {"described", described, METH_O, NULL},
    {"errors", errors, METH_O, NULL},
    {"add_constants", add_constants, METH_O, NULL},
    {"frame_code", frame_code, METH_O, NULL},
    {"newer_module", newer_module, METH_O, NULL},
    {"platform", platform, METH_NOARGS, NULL},
    {"sizes", sizes_of, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "macros", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_macros(void)
{
    if (PyType_Ready(&plain_type) < 0 || PyType_Ready(&row_type) < 0 ||
        PyType_Ready(&link_type) < 0) {
        return NULL;
    }
    PyObject *m = PyModule_Create(&module);
    if (m && (PyModule_AddType(m, &members_type) < 0 ||
              PyModule_AddObject(m, "Class", PyType_FromModuleAndSpec(m, &class_spec, NULL)) < 0)) {
        Py_CLEAR(m);
    }
    return m;
}
