/* Code objects and frames that C functions make for tracebacks, questions about those of Python,
 * trace functions in C. */
#include "core/capi/capi.h"
#include "core/bytecode/code.h"
#include "core/object/bytes.h"
#include "core/vm/frame.h"

_Static_assert(offsetof(PyFrameObject, f_lineno) == offsetof(FrameObject, c_line),
               "the line that C code sets");
_Static_assert(offsetof(PyFrameObject, f_back) == offsetof(FrameObject, c_back),
               "f_back as C code stores it");
_Static_assert(offsetof(PyTracebackObject, tb_frame) == offsetof(Traceback, frame),
               "tracebacks are read in place");
_Static_assert(offsetof(PyStopIterationObject, value) == offsetof(StopIterationExc, lent),
               "value, for C code");

_Static_assert(offsetof(PyCodeObject, co_flags) == offsetof(Code, flags),
               "flags are read in place");
_Static_assert(offsetof(PyCodeObject, co_firstlineno) == offsetof(Code, firstlineno),
               "the first line is read in place");
_Static_assert(offsetof(PyGenObject, gi_code) == offsetof(Generator, frame.code),
               "a generator's code is read in place");

/* ---- code objects ---- */

static Code *code_in(PyCodeObject *code) { return (Code *)code; }

static Value empty_code(Thread *t, const char *filename, const char *name, int line)
{
    Value none = tuple_empty(), nothing = bytes_new(t, "", 0), text = str_from_cstr(t, name);
    Value file = str_from_fs(t, filename, strlen(filename));
    if (!nothing || !text || !file) {
        return 0;
    }
    const CodeSpec spec = {
        .firstlineno = line,
        .consts = none,
        .names = none,
        .varnames = none,
        .cellvars = none,
        .freevars = none,
        .filename = file,
        .name = text,
        .qualname = text,
        .linetable = nothing,
    };
    return code_new_hollow(t, &spec);
}

PyCodeObject *PyCode_NewEmpty(const char *filename, const char *name, int line)
{
    THREAD;
    return (PyCodeObject *)value_out(t, empty_code(t, filename, name, line));
}

Py_ssize_t PyCode_GetNumFree(PyCodeObject *code) { return code_in(code)->nfrees; }

int PyCode_Addr2Line(PyCodeObject *code, int lasti)
{
    THREAD;
    uint32_t unit = lasti < 0 ? 0 : (uint32_t)lasti / sizeof(Instr);
    if (!code_complete(t, code_in(code))) {
        return -1;
    }
    return lasti < 0                        ? code_in(code)->firstlineno
           : unit < code_in(code)->n_instrs ? code_line(code_in(code), unit)
                                            : -1;
}

#define CODE_FIELD(name, expr)                                  \
    PyObject *PyCode_Get##name(PyCodeObject *code)              \
    {                                                           \
        THREAD;                                                 \
        return value_out(t, expr);                              \
    }
CODE_FIELD(Code, object_getattr_cstr(t, object_value(code), "co_code"))
CODE_FIELD(Varnames, object_getattr_cstr(t, object_value(code), "co_varnames"))
CODE_FIELD(Cellvars, object_getattr_cstr(t, object_value(code), "co_cellvars"))
CODE_FIELD(Freevars, object_getattr_cstr(t, object_value(code), "co_freevars"))

/* ---- what generators return ---- */

int _PyGen_SetStopIterationValue(PyObject *v)
{
    THREAD;
    /* a tuple or an exception is a value like any other */
    Value args = tuple_pack(t, 1, value_in(v));
    Value e = args ? call_tuple(t, object_value(&exc_StopIteration), args, 0) : 0;
    if (e) {
        raise_exception(t, e);
    }
    return e ? 0 : -1;
}

/* Takes a pending StopIteration; without exception the value is None. */
int _PyGen_FetchStopIterationValue(PyObject **v)
{
    THREAD;
    Value value = NONE;
    *v = NULL;
    if (t->exc) {
        if (!error_matches(t, &exc_StopIteration)) {
            return -1;
        }
        Value e = error_take(t);
        value = ((StopIterationExc *)value_object(e))->value;
    }
    *v = value_out(t, value ? value : NONE);
    return *v ? 0 : -1;
}

/* ---- frames ---- */

PyFrameObject *PyEval_GetFrame(void)
{
    THREAD;
    return (PyFrameObject *)value_lend(t, vm_frame(t, 0));
}

PyFrameObject *PyThreadState_GetFrame(PyThreadState *ts UNUSED)
{
    THREAD;
    return (PyFrameObject *)value_out(t, vm_frame(t, 0));
}

static Value frame_in(PyFrameObject *f) { return object_value(f); }

int PyFrame_GetLineNumber(PyFrameObject *f) { return frame_line(thread_current(), frame_in(f)); }

PyCodeObject *PyFrame_GetCode(PyFrameObject *f)
{
    THREAD;
    return (PyCodeObject *)value_out(t, frame_code(frame_in(f)));
}

PyObject *PyFrame_GetGlobals(PyFrameObject *f)
{
    THREAD;
    return value_out(t, frame_globals(frame_in(f)));
}

PyObject *PyFrame_GetBuiltins(PyFrameObject *f)
{
    THREAD;
    return value_out(t, object_getattr_cstr(t, frame_in(f), "f_builtins"));
}

PyObject *PyFrame_GetLocals(PyFrameObject *f)
{
    THREAD;
    return value_out(t, frame_locals(t, frame_in(f)));
}

PyObject *PyFrame_GetGenerator(PyFrameObject *f)
{
    THREAD;
    return value_out(t, ((FrameObject *)f)->generator);
}

int PyFrame_GetLasti(PyFrameObject *f)
{
    THREAD;
    Value lasti = object_getattr_cstr(t, frame_in(f), "f_lasti");
    return lasti ? (int)fixnum_get(lasti) : -1;
}

PyFrameObject *PyFrame_GetBack(PyFrameObject *f)
{
    THREAD;
    Value back = object_getattr_cstr(t, frame_in(f), "f_back");
    return back && !is_none(back) ? (PyFrameObject *)value_out(t, back) : NULL;
}

static Value new_frame(Thread *t, Value code, Value globals, Value locals)
{
    Value func = function_new(t, code, globals, 0);
    Value frame = func ? frame_object_detached(t, func) : 0;
    if (frame && locals) {
        FrameObject *f = (FrameObject *)value_object(frame);
        gc_store(f, &f->ns, locals);
    }
    return frame;
}

PyFrameObject *PyFrame_New(PyThreadState *ts UNUSED, PyCodeObject *code, PyObject *globals,
                           PyObject *locals)
{
    THREAD;
    if (!code || !globals || !PyDict_Check(globals) || (locals && !PyMapping_Check(locals))) {
        PyErr_BadInternalCall();
        return NULL;
    }
    return (PyFrameObject *)value_out(
        t, new_frame(t, object_value(code), value_in(globals), value_in(locals)));
}

/* ---- tracebacks ---- */

/* The pending exception has passed through frame. */
static bool passed_through(Thread *t, Value frame)
{
    Value exc = error_take(t);
    FrameObject *f = (FrameObject *)value_object(frame);
    int lasti = f->base ? PyFrame_GetLasti((PyFrameObject *)f) : 0;
    Value tb =
        exc ? traceback_new(t, exception_traceback(exc), frame, lasti, frame_line(t, frame))
            : 0;
    if (!tb) {
        return false;
    }
    exception_set_traceback(exc, tb);
    t->exc = exc;
    return true;
}

int PyTraceBack_Here(PyFrameObject *frame)
{
    return passed_through(thread_current(), frame_in(frame)) ? 0 : -1;
}

void _PyTraceback_Add(const char *func, const char *filename, int line)
{
    THREAD;
    Value exc = error_take(t);
    Value globals = dict_new(t), code = globals ? empty_code(t, filename, func, line) : 0;
    Value frame = code ? new_frame(t, code, globals, 0) : 0;
    if (frame) {
        t->exc = exc;
        (void)passed_through(t, frame);
    }
}

int PyTraceBack_Print(PyObject *tb, PyObject *file)
{
    THREAD;
    if (!tb || !PyTraceBack_Check(tb)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Value print = import_attr(t, "traceback", "print_tb"),
          args[] = {value_in(tb), NONE, value_in(file)};
    if (!print || !call_method1(t, args[2], N(write),
                                str_from_cstr(t, "Traceback (most recent call last):\n"))) {
        return -1;
    }
    return call(t, print, args, ARRAY_SIZE(args), 0) ? 0 : -1;
}

/* ---- trace functions ---- */

/* What sys.settrace() or sys.setprofile() would be given: calls a C function. */
typedef struct CTrace {
    Object head;
    Py_tracefunc fn;
    Value o;                 /* or 0 */
    Extension *ext;
} CTrace;

static void ctrace_trace(Object *o, Tracer *tr) { trace_value(tr, ((CTrace *)o)->o); }

static int event_number(Value name)
{
    static const char *const events[] = {"call",   "exception",   "line",     "return",
                                         "c_call", "c_exception", "c_return", "opcode"};
    for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
        if (str_eq_cstr(name, events[i])) {
            return (int)i;
        }
    }
    return -1;
}

/* (frame, event, arg); the function itself goes on with the events of the frame. */
static Value ctrace_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames UNUSED)
{
    CTrace *c = (CTrace *)value_object(callee);
    assert(n == 3);
    PyObject *arg = n == 3 ? value_lend(t, args[2]) : NULL;
    if (!arg) {
        return 0;
    }
    Extension *before = extension_enter(t, c->ext);
    int r = c->fn(value_lend(t, c->o), (PyFrameObject *)value_object(args[0]),
                  event_number(args[1]), arg);
    extension_leave(t, before);
    return r == 0 ? callee : 0;
}

Type ctrace_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "trace function",
    .size = sizeof(CTrace),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = ctrace_trace,
    .call = ctrace_call,
};

static Value trace_function(Thread *t, Py_tracefunc fn, PyObject *o)
{
    CTrace *c = fn ? object_alloc(t, &ctrace_type, sizeof *c) : NULL;
    if (!c) {
        error_clear(t); /* these functions cannot fail: nothing is traced */
        return 0;
    }
    c->fn = fn;
    gc_init(&c->o, value_in(o));
    c->ext = extension_current(t);
    return object_value(c);
}

void PyEval_SetTrace(Py_tracefunc fn, PyObject *o)
{
    THREAD;
    vm_set_trace(t, trace_function(t, fn, o));
}

void PyEval_SetProfile(Py_tracefunc fn, PyObject *o)
{
    THREAD;
    vm_set_profile(t, trace_function(t, fn, o), NULL);
}

void PyThreadState_EnterTracing(PyThreadState *ts UNUSED) { thread_current()->tracing++; }
void PyThreadState_LeaveTracing(PyThreadState *ts UNUSED) { thread_current()->tracing--; }
