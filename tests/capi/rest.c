/* What calls.txt cannot call: types and exceptions as data, memory and objects, capsules, frames
 * and tracebacks, locks and thread-local storage, buffers, text that grows, functions and
 * descriptors made at run time.  Each function returns None or raises AssertionError with the line
 * of what does not hold. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "frameobject.h"
#include "pythread.h"
#include "structmember.h"
#include "structseq.h"
#include "_check.h"

/* ---- data ---- */

#define T(name) {#name, (PyObject *)&Py##name##_Type}
static const struct { const char *name; PyObject *type;
} types[] = {
    T(AsyncGen),    T(BaseObject),   T(Bool),           T(ByteArray),    T(Bytes),
    T(CFunction),   T(Capsule),      T(Cell),           T(ClassMethod),  T(ClassMethodDescr),
    T(Code),        T(Complex),      T(Context),        T(Coro),         T(Dict),
    T(DictItems),   T(DictKeys),     T(DictProxy),      T(DictValues),   T(Ellipsis),
    T(Enum),        T(Float),        T(Frame),          T(FrozenSet),    T(Function),
    T(Gen),         T(GetSetDescr),  T(InstanceMethod), T(List),         T(Long),
    T(MemberDescr), T(MemoryView),   T(Method),         T(MethodDescr),  T(Module),
    T(ModuleDef),   T(Property),     T(Range),          T(Reversed),     T(Set),
    T(Slice),       T(StaticMethod), T(Super),          T(TraceBack),    T(Tuple),
    T(Type),        T(Unicode),      T(UnicodeIter),    T(WrapperDescr),
};
#define E(name) {#name, &PyExc_##name}
static const struct { const char *name; PyObject **exc;
} exceptions[] = {
    E(ArithmeticError),
    E(AssertionError),
    E(AttributeError),
    E(BaseException),
    E(BaseExceptionGroup),
    E(BlockingIOError),
    E(BrokenPipeError),
    E(BufferError),
    E(BytesWarning),
    E(ChildProcessError),
    E(ConnectionAbortedError),
    E(ConnectionError),
    E(ConnectionRefusedError),
    E(ConnectionResetError),
    E(DeprecationWarning),
    E(EOFError),
    E(EncodingWarning),
    E(Exception),
    E(FileExistsError),
    E(FileNotFoundError),
    E(FloatingPointError),
    E(FutureWarning),
    E(GeneratorExit),
    E(ImportError),
    E(ImportWarning),
    E(IndentationError),
    E(IndexError),
    E(InterruptedError),
    E(IsADirectoryError),
    E(KeyError),
    E(KeyboardInterrupt),
    E(LookupError),
    E(MemoryError),
    E(ModuleNotFoundError),
    E(NameError),
    E(NotADirectoryError),
    E(NotImplementedError),
    E(OSError),
    E(OverflowError),
    E(PendingDeprecationWarning),
    E(PermissionError),
    E(ProcessLookupError),
    E(RecursionError),
    E(ReferenceError),
    E(ResourceWarning),
    E(RuntimeError),
    E(RuntimeWarning),
    E(StopAsyncIteration),
    E(StopIteration),
    E(SyntaxError),
    E(SyntaxWarning),
    E(SystemError),
    E(SystemExit),
    E(TabError),
    E(TimeoutError),
    E(TypeError),
    E(UnboundLocalError),
    E(UnicodeDecodeError),
    E(UnicodeEncodeError),
    E(UnicodeError),
    E(UnicodeTranslateError),
    E(UnicodeWarning),
    E(UserWarning),
    E(ValueError),
    E(Warning),
    E(ZeroDivisionError),
};

static PyObject *all_types(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *d = PyDict_New();
    for (size_t i = 0; d && i < Py_ARRAY_LENGTH(types); i++) {
        CHECK(PyDict_SetItemString(d, types[i].name, types[i].type) == 0 &&
              PyType_Check(types[i].type));
    }
    return d;
}

static PyObject *all_exceptions(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *d = PyDict_New();
    for (size_t i = 0; d && i < Py_ARRAY_LENGTH(exceptions); i++) {
        CHECK(PyDict_SetItemString(d, exceptions[i].name, *exceptions[i].exc) == 0);
        CHECK(PyExceptionClass_Check(*exceptions[i].exc));
    }
    CHECK(PyExc_EnvironmentError == PyExc_OSError && PyExc_IOError == PyExc_OSError);
    CHECK(Py_Ellipsis != NULL && Py_IS_TYPE(Py_Ellipsis, &PyEllipsis_Type));
    CHECK(strcmp(Py_hexdigits, "0123456789abcdef") == 0 && Py_DebugFlag == 0 &&
          Py_VerboseFlag == 0 && Py_OptimizeFlag == 0);
    CHECK(strcmp(Py_FileSystemDefaultEncoding, "utf-8") == 0 &&
          Py_FileSystemDefaultEncodeErrors != NULL);
    return d;
}

/* ---- memory, objects ---- */

typedef struct {
    PyObject_VAR_HEAD
    PyObject *items[1];
} Row;

static int row_traverse(PyObject *o, visitproc visit, void *arg)
{
    for (Py_ssize_t i = 0; i < Py_SIZE(o); i++) {
        Py_VISIT(((Row *)o)->items[i]);
    }
    return 0;
}

static void row_dealloc(PyObject *o)
{
    PyObject_GC_UnTrack(o);
    for (Py_ssize_t i = 0; i < Py_SIZE(o); i++) {
        Py_CLEAR(((Row *)o)->items[i]);
    }
    PyObject_GC_Del(o);
}

static PyTypeObject row_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "rest.Row",
    .tp_basicsize = offsetof(Row, items),
    .tp_itemsize = sizeof(PyObject *),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
    .tp_traverse = row_traverse,
    .tp_dealloc = row_dealloc,
};
static PyTypeObject plain_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "rest.Plain",
    .tp_basicsize = sizeof(PyObject),
    .tp_flags = Py_TPFLAGS_DEFAULT,
};

static PyObject *memory(NONE_ARGS)
{
    UNUSED_ARGS;
    char *p = PyObject_Calloc(10, 10), *q = PyMem_RawCalloc(3, 4);
    CHECK(p && q && p[99] == 0 && q[11] == 0);
    PyObject_Free(p);
    PyMem_RawFree(q);
    CHECK(PyMem_Malloc((size_t)PY_SSIZE_T_MAX) == NULL &&
          PyMem_Calloc((size_t)PY_SSIZE_T_MAX, 16) == NULL);
    Row *row = PyObject_GC_NewVar(Row, &row_type, 2);
    CHECK(row && Py_SIZE(row) == 2);
    row->items[0] = PyLong_FromLong(100000);
    row->items[1] = PyList_New(0);
    PyObject_GC_Track((PyObject *)row);
    CHECK(PyObject_GC_IsTracked((PyObject *)row) && !PyObject_GC_IsFinalized((PyObject *)row));
    PyObject_GC_UnTrack((PyObject *)row);
    CHECK(!PyObject_GC_IsTracked((PyObject *)row));
    row = PyObject_GC_Resize(Row, row, 40);
    CHECK(row && Py_SIZE(row) == 40 && PyLong_AsLong(row->items[0]) == 100000);
    for (int i = 2; i < 40; i++) {
        row->items[i] = NULL;
    }
    PyObject_GC_Track((PyObject *)row);
    Py_DECREF(row);
    PyObject *plain = PyObject_Malloc(sizeof(PyObject));
    CHECK(PyObject_Init(plain, &plain_type) == plain && Py_TYPE(plain) == &plain_type);
    Py_IncRef(plain);
    Py_DecRef(plain);
    Py_IncRef(NULL);
    Py_DecRef(NULL);
    Py_DECREF(plain);
    int enabled = PyGC_Disable();
    CHECK(enabled == 1 && PyGC_IsEnabled() == 0 && PyGC_Enable() == 0 && PyGC_IsEnabled() == 1 &&
          PyGC_Collect() >= 0);
    PyObject *list = PyList_New(0);
    CHECK(Py_ReprEnter(list) == 0 && Py_ReprEnter(list) == 1);
    Py_ReprLeave(list);
    CHECK(Py_ReprEnter(list) == 0);
    Py_ReprLeave(list);
    Py_DECREF(list);
    CHECK(PyType_GetFlags(&PyLong_Type) & Py_TPFLAGS_LONG_SUBCLASS);
    PyType_Modified(&row_type);
    PyObject *dir = PyObject_Dir(Py_None);
    CHECK(dir && PyList_Check(dir) &&
          PySequence_Contains(dir, PyUnicode_FromString("__class__")) == 1);
    Py_DECREF(dir);
    Py_RETURN_NONE;
}

/* ---- capsules ---- */

static int destroyed;
static void destroy(PyObject *capsule)
{
    destroyed += PyCapsule_GetPointer(capsule, "other") != NULL;
}

static PyObject *traced_memory(PyObject *self, PyObject *is_tracing)
{
    (void)self;
    enum { DOMAIN = 4711 };
    uintptr_t block = 0x1000;
    if (is_tracing == Py_False) {
        CHECK(PyTraceMalloc_Track(DOMAIN, block, 10) == -2);
        CHECK(PyTraceMalloc_Untrack(DOMAIN, block) == -2);
        Py_RETURN_NONE;
    }
    CHECK(PyTraceMalloc_Track(DOMAIN, block, 10) == 0);
    CHECK(PyTraceMalloc_Track(DOMAIN, block, 1 << 20) == 0);
    CHECK(PyTraceMalloc_Track(DOMAIN, block * 2, 1 << 20) == 0);
    CHECK(PyTraceMalloc_Track(0, block * 2, 77) == 0);
    CHECK(PyTraceMalloc_Untrack(DOMAIN, block * 2) == 0);
    CHECK(PyTraceMalloc_Untrack(DOMAIN, block * 3) == 0);
    Py_RETURN_NONE;
}

static PyObject *capsules(NONE_ARGS)
{
    UNUSED_ARGS;
    static int a, b, context;
    PyObject *c = PyCapsule_New(&a, "name", NULL);
    CHECK(c && PyCapsule_CheckExact(c) && PyCapsule_IsValid(c, "name") &&
          !PyCapsule_IsValid(c, "x") && !PyCapsule_IsValid(NULL, "x"));
    CHECK(strcmp(PyCapsule_GetName(c), "name") == 0 && PyCapsule_GetPointer(c, "name") == &a);
    CHECK(PyCapsule_GetPointer(c, "wrong") == NULL && RAISED(PyExc_ValueError));
    CHECK(PyCapsule_SetPointer(c, &b) == 0 && PyCapsule_GetPointer(c, "name") == &b);
    CHECK(PyCapsule_SetPointer(c, NULL) == -1 && RAISED(PyExc_ValueError));
    CHECK(PyCapsule_SetName(c, "other") == 0 && PyCapsule_GetPointer(c, "other") == &b);
    CHECK(PyCapsule_GetContext(c) == NULL && PyCapsule_SetContext(c, &context) == 0 &&
          PyCapsule_GetContext(c) == &context);
    CHECK(PyCapsule_GetDestructor(c) == NULL && PyCapsule_SetDestructor(c, destroy) == 0 &&
          PyCapsule_GetDestructor(c) == destroy);
    CHECK(PyCapsule_New(NULL, "x", NULL) == NULL && RAISED(PyExc_ValueError));
    CHECK(PyCapsule_Import("rest.nothing", 0) == NULL && RAISED(PyExc_AttributeError));
    Py_DECREF(c);
    Py_RETURN_NONE;
}

/* ---- frames, tracebacks, trace functions ---- */

static int events[8];
static int on_event(PyObject *o, PyFrameObject *frame, int what, PyObject *arg)
{
    if (o && PyList_Check(o) && frame && arg && what >= 0 && what < 8) {
        events[what]++;
    }
    return 0;
}

static PyObject *frames(PyObject *self, PyObject *f)
{
    (void)self;
    PyFrameObject *frame = PyEval_GetFrame(), *again = PyThreadState_GetFrame(PyThreadState_Get());
    CHECK(frame && frame == again && PyFrame_Check(frame));
    Py_DECREF(again);
    PyCodeObject *code = PyFrame_GetCode(frame);
    CHECK(code && PyCode_Check(code) && PyCode_GetNumFree(code) == 0 &&
          PyFrame_GetLineNumber(frame) > 1);
    CHECK(PyFrame_GetLasti(frame) >= 0);
    PyFrameObject *back = PyFrame_GetBack(frame);
    CHECK(back == NULL || PyFrame_Check(back));
    Py_XDECREF(back);
    PyObject *globals = PyFrame_GetGlobals(frame), *builtins = PyFrame_GetBuiltins(frame),
             *locals = PyFrame_GetLocals(frame);
    CHECK(globals && PyDict_Check(globals) && PyDict_GetItemString(builtins, "len") &&
          PyMapping_Check(locals));
    CHECK(PyFrame_GetGenerator(frame) == NULL);
    PyObject *list = PyList_New(0);
    PyEval_SetTrace(on_event, list);
    PyObject *r = PyObject_CallNoArgs(f);
    PyEval_SetTrace(NULL, NULL);
    CHECK(r && events[PyTrace_CALL] == 1 && events[PyTrace_RETURN] == 1 &&
          events[PyTrace_LINE] >= 1);
    Py_DECREF(r);
    memset(events, 0, sizeof events);
    PyEval_SetProfile(on_event, list);
    r = PyObject_CallNoArgs(f);
    PyThreadState_EnterTracing(PyThreadState_Get());
    CHECK(r);
    Py_DECREF(r);
    r = PyObject_CallNoArgs(f);
    PyThreadState_LeaveTracing(PyThreadState_Get());
    PyEval_SetProfile(NULL, NULL);
    CHECK(r && events[PyTrace_CALL] == 1 && events[PyTrace_RETURN] == 1 &&
          events[PyTrace_C_CALL] == 1);
    Py_DECREF(r);
    Py_DECREF(list);
    PyCodeObject *made = PyCode_NewEmpty("made.c", "made_up", 77);
    PyFrameObject *fake = PyFrame_New(PyThreadState_Get(), made, globals, NULL);
    CHECK(made && fake && PyFrame_GetLineNumber(fake) == 77);
    PyErr_SetString(PyExc_KeyError, "x");
    CHECK(PyTraceBack_Here(fake) == 0);
#ifdef TYPHON
    _PyTraceback_Add("added", "added.c", 99);
#endif
    return NULL;
}

/* ---- errors ---- */

static PyObject *format_v(PyObject *exc, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyErr_FormatV(exc, format, ap);
    va_end(ap);
    return NULL;
}

static PyObject *errors(PyObject *self, PyObject *path)
{
    (void)self;
    PyObject *type, *value, *tb;
    CHECK(format_v(PyExc_KeyError, "%d%s", 5, "x") == NULL && RAISED(PyExc_KeyError));
    errno = ENOENT;
    CHECK(PyErr_SetFromErrno(PyExc_OSError) == NULL && RAISED(PyExc_FileNotFoundError));
    errno = EACCES;
    CHECK(PyErr_SetFromErrnoWithFilename(PyExc_OSError, "name") == NULL &&
          RAISED(PyExc_PermissionError));
    errno = EEXIST;
    PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
    CHECK(RAISED(PyExc_FileExistsError));
    errno = ENOENT;
    PyErr_SetFromErrnoWithFilenameObjects(PyExc_OSError, path, path);
    PyErr_Fetch(&type, &value, &tb);
    PyErr_NormalizeException(&type, &value, &tb);
    PyObject *name2 = PyObject_GetAttrString(value, "filename2");
    CHECK(name2 == path);
    Py_DECREF(name2);
    PyErr_Restore(type, value, tb);
    CHECK(RAISED(PyExc_OSError));
    PyErr_GetExcInfo(&type, &value, &tb);
    PyErr_SetExcInfo(type, value, tb);
    PyObject *e = PyObject_CallFunction(PyExc_ValueError, "s", "handled"), *handled;
    PyErr_SetHandledException(e);
    handled = PyErr_GetHandledException();
    CHECK(handled == e);
    PyErr_SetHandledException(Py_None);
    Py_DECREF(handled);
    PyErr_SetString(PyExc_KeyError, "first");
    PyErr_Fetch(&type, &value, &tb);
    PyErr_SetString(PyExc_ValueError, "second");
    _PyErr_ChainExceptions(type, value, tb);
    CHECK(RAISED(PyExc_ValueError));
    PyErr_SetString(PyExc_KeyError, "cause");
    _PyErr_FormatFromCause(PyExc_ValueError, "effect %d", 1);
    PyErr_Fetch(&type, &value, &tb);
    PyErr_NormalizeException(&type, &value, &tb);
    PyObject *cause = PyException_GetCause(value);
    CHECK(cause && PyErr_GivenExceptionMatches(cause, PyExc_KeyError));
    Py_DECREF(cause);
    PyErr_Display(type, value, tb);
    PyErr_Restore(type, value, tb);
    PyErr_PrintEx(0);
    CHECK(!PyErr_Occurred());
    PyErr_SetString(PyExc_KeyError, "unraisable");
    PyErr_WriteUnraisable(path);
    CHECK(!PyErr_Occurred());
    _PyErr_BadInternalCall("file.c", 5);
    CHECK(RAISED(PyExc_SystemError));
    CHECK(Py_EnterRecursiveCall(" here") == 0);
    Py_LeaveRecursiveCall();
    CHECK(PyRun_SimpleString("import sys") == 0);
    PySys_WriteStdout("%s %d;", "out", 1);
    PySys_FormatStdout("%R;\n", path);
    PySys_WriteStderr("%s;", "err");
    PySys_FormatStderr("%U;\n", path);
    Py_DECREF(e);
    Py_RETURN_NONE;
}

/* ---- locks, thread-local storage, threads ---- */

typedef struct { PyThread_type_lock start, done; Py_tss_t *key; void *seen; int interp; } Other;

static void other_thread(void *arg)
{
    Other *o = arg;
    PyThread_acquire_lock(o->start, WAIT_LOCK);
    o->seen = PyThread_tss_get(o->key);
    PyGILState_STATE s = PyGILState_Ensure();
    o->interp = PyThreadState_GetInterpreter(PyThreadState_Get()) == PyInterpreterState_Main();
    PyGILState_Release(s);
    PyThread_release_lock(o->done);
}

static PyObject *locks(NONE_ARGS)
{
    UNUSED_ARGS;
    static Py_tss_t plain = Py_tss_NEEDS_INIT;
    PyThread_init_thread();
    PyThread_type_lock lock = PyThread_allocate_lock();
    CHECK(lock && PyThread_acquire_lock(lock, WAIT_LOCK) == 1 &&
          PyThread_acquire_lock(lock, NOWAIT_LOCK) == 0);
    CHECK(PyThread_acquire_lock_timed(lock, 2000, 0) == PY_LOCK_FAILURE);
    PyThread_release_lock(lock);
    CHECK(PyThread_acquire_lock_timed(lock, -1, 1) == PY_LOCK_ACQUIRED);
    PyThread_release_lock(lock);
    PyThread_free_lock(lock);
    CHECK(!PyThread_tss_is_created(&plain) && PyThread_tss_create(&plain) == 0 &&
          PyThread_tss_is_created(&plain));
    CHECK(PyThread_tss_get(&plain) == NULL && PyThread_tss_set(&plain, &plain) == 0 &&
          PyThread_tss_get(&plain) == &plain);
    PyThread_tss_delete(&plain);
    CHECK(!PyThread_tss_is_created(&plain));
    Other o = {PyThread_allocate_lock(), PyThread_allocate_lock(), PyThread_tss_alloc(), &o, 0};
    CHECK(o.key && PyThread_tss_create(o.key) == 0 && PyThread_tss_set(o.key, &o) == 0);
    PyThread_acquire_lock(o.start, WAIT_LOCK);
    PyThread_acquire_lock(o.done, WAIT_LOCK);
    CHECK(PyThread_start_new_thread(other_thread, &o) != PYTHREAD_INVALID_THREAD_ID);
    PyThread_release_lock(o.start);
    PyThreadState *inside = _PyThreadState_UncheckedGet(), *outside;
    Py_BEGIN_ALLOW_THREADS
    outside = _PyThreadState_UncheckedGet();
    PyThread_acquire_lock(o.done, WAIT_LOCK);
    Py_END_ALLOW_THREADS
    CHECK(inside == PyThreadState_Get() && outside == NULL);
    CHECK(o.seen == NULL && o.interp == 1 && PyThread_tss_get(o.key) == &o);
    PyThread_release_lock(o.done);
    PyThread_free_lock(o.start);
    PyThread_free_lock(o.done);
    PyThread_tss_free(o.key);
    PyThread_tss_free(NULL);
    PyThreadState *ts = PyThreadState_Get();
    CHECK(PyThreadState_GetID(ts) > 0 &&
          PyInterpreterState_GetID(PyThreadState_GetInterpreter(ts)) == 0);
    CHECK(PyDict_Check(PyInterpreterState_GetDict(PyInterpreterState_Get())));
    PyEval_ReleaseThread(ts);
    PyEval_AcquireThread(ts);
    CHECK(PyThreadState_SetAsyncExc(1, NULL) == 0 && PyGILState_Check());
    Py_RETURN_NONE;
}

/* ---- buffers ---- */

static PyObject *buffers(NONE_ARGS)
{
    UNUSED_ARGS;
    char data[12] = "abcdefghijk", copy[12] = "";
    Py_ssize_t shape[] = {2, 3}, strides[] = {6, 2}, index[] = {1, 2};
    Py_buffer view = {.buf = data,
                      .len = 6,
                      .itemsize = 1,
                      .ndim = 2,
                      .format = "B",
                      .shape = shape,
                      .strides = strides};
    CHECK(PyBuffer_GetPointer(&view, index) == data + 10 && !PyBuffer_IsContiguous(&view, 'C'));
    CHECK(PyBuffer_ToContiguous(copy, &view, 6, 'C') == 0 && memcmp(copy, "acegik", 6) == 0);
    PyObject *m = PyMemoryView_FromBuffer(&view);
    CHECK(m && PyMemoryView_Check(m) && PyObject_Size(m) == 2);
    Py_DECREF(m);
    PyObject *owner = PyBytes_FromString("xyz");
    CHECK(PyBuffer_FillInfo(&view, owner, PyBytes_AsString(owner), 3, 1, PyBUF_SIMPLE) == 0 &&
          view.len == 3 && view.obj == owner);
    PyBuffer_Release(&view);
    CHECK(PyBuffer_FillInfo(&view, owner, PyBytes_AsString(owner), 3, 1, PyBUF_WRITABLE) == -1 &&
          RAISED(PyExc_BufferError));
    const void *p;
    const char *s;
    void *w;
    Py_ssize_t n;
    CHECK(PyObject_AsReadBuffer(owner, &p, &n) == 0 && n == 3 &&
          PyObject_AsCharBuffer(owner, &s, &n) == 0 && s[0] == 'x');
    CHECK(PyObject_AsWriteBuffer(owner, &w, &n) == -1 && RAISED(PyExc_TypeError));
    Py_DECREF(owner);
    Py_RETURN_NONE;
}

/* ---- text ---- */

static PyObject *text_v(const char *format, ...)
{
    va_list ap, again;
    va_start(ap, format);
    va_copy(again, ap);
    PyObject *u = PyUnicode_FromFormatV(format, ap), *b = PyBytes_FromFormatV(format, again), *both;
    va_end(ap);
    va_end(again);
    both = PyTuple_Pack(2, u, b);
    Py_DECREF(u);
    Py_DECREF(b);
    return both;
}

static PyObject *text(NONE_ARGS)
{
    UNUSED_ARGS;
    _PyUnicodeWriter w;
    PyObject *s = PyUnicode_FromString("h\xc3\xa9llo"), *r;
    _PyUnicodeWriter_Init(&w);
    w.overallocate = 1;
    CHECK(_PyUnicodeWriter_Prepare(&w, 3, 127) == 0 && _PyUnicodeWriter_WriteChar(&w, 'a') == 0);
    CHECK(_PyUnicodeWriter_WriteStr(&w, s) == 0 &&
          _PyUnicodeWriter_WriteSubstring(&w, s, 1, 3) == 0);
    CHECK(_PyUnicodeWriter_WriteASCIIString(&w, "xyz", 2) == 0 &&
          _PyUnicodeWriter_WriteLatin1String(&w, "\xe9", 1) == 0);
    CHECK(_PyUnicodeWriter_WriteChar(&w, 0x20ac) == 0);
    r = _PyUnicodeWriter_Finish(&w);
    CHECK(r && strcmp(PyUnicode_AsUTF8(r), "ah\xc3\xa9llo\xc3\xa9lxy\xc3\xa9\xe2\x82\xac") == 0);
    CHECK(PyUnicode_KIND(r) == PyUnicode_2BYTE_KIND && PyUnicode_READ_CHAR(r, 11) == 0x20ac &&
          !PyUnicode_IS_ASCII(r));
    Py_DECREF(r);
    _PyUnicodeWriter_Init(&w);
    CHECK(_PyUnicodeWriter_WriteStr(&w, s) == 0);
    _PyUnicodeWriter_Dealloc(&w);
    wchar_t wide[10];
    Py_UCS4 ucs[10];
    CHECK(PyUnicode_AsWideChar(s, wide, 10) == 5 && wide[1] == 0xe9 && wide[5] == 0);
    CHECK(PyUnicode_AsUCS4(s, ucs, 10, 1) == ucs && ucs[1] == 0xe9 && ucs[5] == 0);
    CHECK(PyUnicode_AsUCS4(s, ucs, 2, 1) == NULL && RAISED(PyExc_SystemError));
    PyObject *fresh = PyUnicode_New(4, 0x20ac), *bytes = PyBytes_FromStringAndSize(NULL, 10);
    for (int i = 0; i < 4; i++) {
        PyUnicode_WRITE(PyUnicode_KIND(fresh), PyUnicode_DATA(fresh), i, 0x20ac + i);
    }
    _PyUnicode_FastCopyCharacters(fresh, 1, s, 0, 1);
    CHECK(PyUnicode_ReadChar(fresh, 1) == 'h' && PyUnicode_ReadChar(fresh, 3) == 0x20af &&
          _PyUnicode_Ready(fresh) == 0);
    CHECK(PyUnicode_Resize(&fresh, 2) == 0);
    CHECK(PyUnicode_GetLength(fresh) == 2);
    memcpy(PyBytes_AS_STRING(bytes), "0123456789", 10);
    CHECK(_PyBytes_Resize(&bytes, 4) == 0 && PyBytes_GET_SIZE(bytes) == 4 &&
          strcmp(PyBytes_AS_STRING(bytes), "0123") == 0);
    CHECK(_PyBytes_Resize(&bytes, 20) == 0 && PyBytes_GET_SIZE(bytes) == 20 &&
          memcmp(PyBytes_AS_STRING(bytes), "0123", 4) == 0);
    Py_DECREF(bytes);
    Py_DECREF(fresh);
    Py_DECREF(s);
    char small[6];
    CHECK(PyOS_snprintf(small, sizeof small, "%d-%s", 12, "abcdef") == 9 &&
          strcmp(small, "12-ab") == 0);
    return text_v("%d|%s|%c|%x|%zd|%%", 42, "str", 'c', 255, (Py_ssize_t)-7);
}

/* ---- numbers ---- */

static PyObject *numbers(NONE_ARGS)
{
    UNUSED_ARGS;
    char p[8];
    CHECK(PyFloat_Pack4(1.5, p, 1) == 0 && PyFloat_Unpack4(p, 1) == 1.5 &&
          PyFloat_Pack8(-2.25, p, 0) == 0);
    CHECK(PyFloat_Unpack8(p, 0) == -2.25 && (unsigned char)p[0] == 0xc0);
    CHECK(PyFloat_Pack4(1e300, p, 1) == -1 && RAISED(PyExc_OverflowError));
    Py_complex c = {1, -2};
    PyObject *z = PyComplex_FromCComplex(c);
    c = PyComplex_AsCComplex(z);
    CHECK(z && c.real == 1 && c.imag == -2);
    Py_DECREF(z);
    unsigned char bytes[10] = {0};
    PyObject *big = PyLong_FromString("-123456789012345678901", NULL, 10);
    CHECK(_PyLong_AsByteArray((PyLongObject *)big, bytes, 10, 1, 1) == 0);
    PyObject *back = _PyLong_FromByteArray(bytes, 10, 1, 1);
    CHECK(PyObject_RichCompareBool(big, back, Py_EQ) == 1);
    CHECK(_PyLong_AsByteArray((PyLongObject *)big, bytes, 4, 1, 1) == -1 &&
          RAISED(PyExc_OverflowError));
    Py_DECREF(big);
    Py_DECREF(back);
    CHECK(_Py_HashBytes("abc", 3) == PyObject_Hash(PyUnicode_FromString("abc")) &&
          _Py_HashPointer(p) != -1);
    Py_RETURN_NONE;
}

/* ---- calls and arguments ---- */

static int va_parse(PyObject *args, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int r = PyArg_VaParse(args, format, ap);
    va_end(ap);
    return r;
}

static int va_parse_keywords(PyObject *args, PyObject *kw, const char *format, char **names, ...)
{
    va_list ap;
    va_start(ap, names);
    int r = PyArg_VaParseTupleAndKeywords(args, kw, format, names, ap);
    va_end(ap);
    return r;
}

static PyObject *va_build(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyObject *r = Py_VaBuildValue(format, ap);
    va_end(ap);
    return r;
}

static PyObject *arguments(PyObject *self, PyObject *f)
{
    (void)self;
    int a, b = -1;
    const char *s;
    PyObject *args = va_build("(is)", 5, "x"), *kw = Py_BuildValue("{s:i}", "b", 7),
             *one = PyLong_FromLong(9);
    CHECK(va_parse(args, "is", &a, &s) && a == 5 && strcmp(s, "x") == 0);
    CHECK(PyArg_Parse(one, "i", &a) && a == 9);
    char *names[] = {"a", "b", NULL};
    PyObject *single = PyTuple_Pack(1, one);
    CHECK(va_parse_keywords(single, kw, "i|i", names, &a, &b) && a == 9 && b == 7);
    PyObject *vector[] = {NULL, one, one, one};
    PyObject *kwnames = Py_BuildValue("(s)", "k");
    PyObject *r = PyTuple_New(5);
    PyTuple_SET_ITEM(
        r, 0, PyObject_Vectorcall(f, vector + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames));
    PyTuple_SET_ITEM(r, 1, PyObject_VectorcallDict(f, vector + 1, 1, kw));
    PyTuple_SET_ITEM(r, 2, _PyObject_FastCall(f, vector + 1, 3));
    PyObject *receiver[] = {Py_None, one};
    receiver[0] = args;
    PyObject *index = PyUnicode_FromString("index");
    PyObject *five = PyLong_FromLong(5);
    receiver[1] = five;
    PyTuple_SET_ITEM(r, 3, PyObject_VectorcallMethod(index, receiver, 2, NULL));
    PyObject *method = NULL;
    int unbound = _PyObject_GetMethod(args, index, &method);
    CHECK(unbound >= 0 && method);
    PyTuple_SET_ITEM(r, 4,
                     unbound ? PyObject_CallFunctionObjArgs(method, args, five, NULL)
                             : PyObject_CallOneArg(method, five));
    Py_DECREF(method);
    CHECK(PyObject_Print(five, stdout, 0) == 0 && fflush(stdout) == 0);
    Py_DECREF(index);
    Py_DECREF(five);
    Py_DECREF(kwnames);
    Py_DECREF(single);
    Py_DECREF(args);
    Py_DECREF(kw);
    Py_DECREF(one);
    return r;
}

/* ---- containers ---- */

static PyObject *containers(NONE_ARGS)
{
    UNUSED_ARGS;
    PyObject *set = PySet_New(NULL), *key, *list = PyList_New(0);
    Py_hash_t hash;
    Py_ssize_t pos = 0, found = 0;
    for (long i = 0; i < 20; i++) {
        PyObject *n = PyLong_FromLong(i * 1000);
        CHECK(PySet_Add(set, n) == 0);
        Py_DECREF(n);
    }
    while (_PySet_NextEntry(set, &pos, &key, &hash)) {
        CHECK(hash == PyObject_Hash(key));
        found++;
    }
    CHECK(found == 20);
    PyObject *it = PySeqIter_New(list), *cell = PyCell_New(list), *item;
    CHECK(it && PyIter_Check(it) && PyIter_Next(it) == NULL && !PyErr_Occurred());
    item = PyCell_Get(cell);
    CHECK(item == list && PyCell_Set(cell, NULL) == 0 && PyCell_Get(cell) == NULL &&
          PyCell_Check(cell));
    Py_DECREF(item);
    PyObject *tuple = PyTuple_New(3);
    CHECK(_PyTuple_Resize(&tuple, 1) == 0 && PyTuple_GET_SIZE(tuple) == 1);
    Py_DECREF(tuple);
    CHECK(PySequence_Fast_GET_ITEM(list, 0) == NULL || 1);
    PyErr_Clear();
    Py_DECREF(it);
    Py_DECREF(cell);
    Py_DECREF(set);
    Py_DECREF(list);
    Py_RETURN_NONE;
}

/* ---- functions, descriptors, modules ---- */

static PyObject *echo(PyObject *self, PyObject *arg)
{
    return PyTuple_Pack(2, self ? self : Py_None, arg);
}
static PyMethodDef echo_def = {"echo", echo, METH_O, "echo(x, /)\n--\n\nPair."};
typedef struct { PyObject_HEAD int number; } Numbered;
static PyObject *numbered_get(PyObject *o, void *closure)
{
    return PyLong_FromLong(((Numbered *)o)->number + (long)closure);
}
static PyGetSetDef plus_def = {"plus", numbered_get, NULL, NULL, (void *)5};
static PyMemberDef number_def = {"number", T_INT, offsetof(Numbered, number), 0, NULL};
static PyTypeObject numbered_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "rest.Numbered",
    .tp_basicsize = sizeof(Numbered),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = PyType_GenericNew,
};
static PyModuleDef other_module = {
    PyModuleDef_HEAD_INIT, "other", NULL, 8, NULL, NULL, NULL, NULL, NULL};

static PyObject *descriptors(PyObject *self, PyObject *spec)
{
    PyObject *f = PyCFunction_NewEx(&echo_def, spec, NULL), *g = PyCFunction_New(&echo_def, NULL);
    CHECK(f && PyCFunction_Check(f) && PyCFunction_GetFunction(f) == echo &&
          PyCFunction_GetSelf(f) == spec);
    CHECK(PyCFunction_GetFlags(f) == METH_O && PyCFunction_GetSelf(g) == NULL);
    PyObject *h = PyCMethod_New(&echo_def, spec, NULL, NULL);
    CHECK(h && PyObject_RichCompareBool(f, h, Py_EQ) == 1);
    PyObject *dict = numbered_type.tp_dict;
    PyObject *method = PyDescr_NewMethod(&numbered_type, &echo_def);
    CHECK(((PyMethodDescrObject *)method)->d_method->ml_meth == echo &&
          PyDescr_TYPE(method) == &numbered_type &&
          PyUnicode_CompareWithASCIIString(PyDescr_NAME(method), "echo") == 0);
    CHECK(PyDict_SetItemString(dict, "echo", method) == 0);
    PyObject *append = PyObject_GetAttrString((PyObject *)&PyList_Type, "append");
    CHECK(PyDescr_TYPE(append) == &PyList_Type && ((PyMethodDescrObject *)append)->d_method);
    CHECK(PyDict_SetItemString(dict, "cecho", PyDescr_NewClassMethod(&numbered_type, &echo_def)) ==
          0);
    CHECK(PyDict_SetItemString(dict, "plus", PyDescr_NewGetSet(&numbered_type, &plus_def)) == 0);
    CHECK(PyDict_SetItemString(dict, "number", PyDescr_NewMember(&numbered_type, &number_def)) ==
          0);
    PyObject *bound_later = PyInstanceMethod_New(g);
    CHECK(bound_later && PyInstanceMethod_Check(bound_later) &&
          PyInstanceMethod_Function(bound_later) == g);
    CHECK(PyDict_SetItemString(dict, "later", bound_later) == 0);
    PyType_Modified(&numbered_type);
    PyObject *o = PyObject_CallNoArgs((PyObject *)&numbered_type), *five = PyLong_FromLong(5);
    CHECK(o && PyMember_SetOne((char *)o, &number_def, five) == 0);
    PyObject *got = PyMember_GetOne((char *)o, &number_def);
    CHECK(got && PyLong_AsLong(got) == 5);
    PyObject *m = PyModule_FromDefAndSpec(&other_module, spec);
    CHECK(m && PyModule_GetDef(m) == &other_module && PyModule_ExecDef(m, &other_module) == 0 &&
          PyModule_GetState(m));
    PyMethodDef *defs = PyMem_Calloc(2, sizeof *defs);
    defs[0] = echo_def;
    CHECK(PyModule_AddFunctions(m, defs) == 0);
    CHECK(PyState_AddModule(m, &other_module) == 0 && PyState_FindModule(&other_module) == m);
    CHECK(PyState_RemoveModule(&other_module) == 0 && PyState_FindModule(&other_module) == NULL);
    const char *file = PyModule_GetFilename(self);
    CHECK(file && strstr(file, "rest"));
    PyObject *r = Py_BuildValue(
        "(NNNNNNN)", PyObject_CallOneArg(f, five), PyObject_CallMethod(o, "echo", "i", 1),
        PyObject_CallMethod(o, "cecho", "i", 2), PyObject_GetAttrString(o, "plus"),
        PyObject_GetAttrString(o, "number"), PyObject_CallMethod(m, "echo", "i", 3), o);
    Py_DECREF(f);
    Py_DECREF(g);
    Py_DECREF(h);
    Py_DECREF(five);
    Py_DECREF(got);
    return r;
}

static int pending_calls;
static int count_pending(void *by) { pending_calls += (int)(intptr_t)by; return 0; }
static int fail_pending(void *arg)
{
    (void)arg;
    PyErr_SetString(PyExc_KeyError, "pending");
    return -1;
}

/* pending(fail): queues calls; pending(None): how much they have counted. */
static PyObject *pending(PyObject *self, PyObject *fail)
{
    (void)self;
    if (fail == Py_None) {
        return PyLong_FromLong(pending_calls);
    }
    CHECK(Py_AddPendingCall(count_pending, (void *)5) == 0 &&
          Py_AddPendingCall(count_pending, (void *)2) == 0);
    CHECK(!PyObject_IsTrue(fail) || Py_AddPendingCall(fail_pending, NULL) == 0);
    Py_RETURN_NONE;
}

static PyStructSequence_Field fields[] = {
    {"first", "1st"}, {NULL, NULL}, {"third", NULL}, {NULL, NULL}};
static PyStructSequence_Desc sequence = {"rest.Triple", "three", fields, 2};

static PyObject *struct_sequence(NONE_ARGS)
{
    UNUSED_ARGS;
    fields[1].name = PyStructSequence_UnnamedField;
    PyTypeObject *type = PyStructSequence_NewType(&sequence);
    PyObject *o = type ? PyStructSequence_New(type) : NULL;
    for (int i = 0; o && i < 3; i++) {
        PyStructSequence_SetItem(o, i, PyLong_FromLong(i * 10));
    }
    CHECK(o && PyLong_AsLong(PyStructSequence_GetItem(o, 2)) == 20 &&
          PyLong_AsLong(PyStructSequence_GET_ITEM(o, 1)) == 10);
    return o;
}

static PyMethodDef methods[] = {
    {"all_types", all_types, METH_NOARGS, NULL},
    {"all_exceptions", all_exceptions, METH_NOARGS, NULL},
    {"memory", memory, METH_NOARGS, NULL},
    {"traced_memory", traced_memory, METH_O, NULL},
    {"capsules", capsules, METH_NOARGS, NULL},
    {"frames", frames, METH_O, NULL},
    {"errors", errors, METH_O, NULL},
    {"locks", locks, METH_NOARGS, NULL},
    {"buffers", buffers, METH_NOARGS, NULL},
    {"text", text, METH_NOARGS, NULL},
    {"numbers", numbers, METH_NOARGS, NULL},
    {"arguments", arguments, METH_O, NULL},
    {"containers", containers, METH_NOARGS, NULL},
    {"descriptors", descriptors, METH_O, NULL},
    {"pending", pending, METH_O, NULL},
    {"struct_sequence", struct_sequence, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "rest", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_rest(void)
{
    if (PyType_Ready(&row_type) < 0 || PyType_Ready(&plain_type) < 0 ||
        PyType_Ready(&numbered_type) < 0) {
        return NULL;
    }
    return PyModule_Create(&module);
}
