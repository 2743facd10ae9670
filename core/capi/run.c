/* Imports, running code, sys, files, the process. */
#include <signal.h>

#include "core/capi/capi.h"
#include "core/object/exception.h"
#include "core/vm/frame.h"
#include "core/vm/vm.h"
#include "importer/importer.h"

int Py_OptimizeFlag, Py_VerboseFlag, Py_DebugFlag;
const char *Py_hexdigits = "0123456789abcdef";

/* ---- imports ---- */

PyObject *PyImport_Import(PyObject *name)
{
    THREAD;
    LEAVE_EXTENSION;
    Value m = importer_import_module(t, value_in(name));
    BACK_IN_EXTENSION;
    return value_out(t, m);
}

PyObject *PyImport_ImportModule(const char *name)
{
    THREAD;
    Value v = str_from_cstr(t, name);
    return v ? PyImport_Import(value_lend(t, v)) : NULL;
}

PyObject *PyImport_ImportModuleNoBlock(const char *name) { return PyImport_ImportModule(name); }

PyObject *PyImport_ImportModuleLevelObject(PyObject *name, PyObject *globals, PyObject *locals,
                                           PyObject *fromlist, int level)
{
    THREAD;
    LEAVE_EXTENSION;
    Value m = importer_import(t, value_in(name), value_in(globals), value_in(locals),
                              value_in(fromlist), level);
    BACK_IN_EXTENSION;
    return value_out(t, m);
}

PyObject *PyImport_ImportModuleLevel(const char *name, PyObject *globals, PyObject *locals,
                                     PyObject *fromlist, int level)
{
    THREAD;
    Value v = str_from_cstr(t, name);
    return v ? PyImport_ImportModuleLevelObject(value_lend(t, v), globals, locals, fromlist, level)
             : NULL;
}

PyObject *PyImport_GetModuleDict(void)
{
    THREAD;
    return value_lend(t, t->interp->modules);
}

PyObject *PyImport_GetModule(PyObject *name)
{
    THREAD;
    return value_out(t, dict_get(t, t->interp->modules, value_in(name)));
}

PyObject *PyImport_AddModuleObject(PyObject *name)
{
    THREAD;
    Value m = dict_get(t, t->interp->modules, value_in(name));
    if (!m && !t->exc) {
        m = module_new(t, value_in(name));
        if (m && !dict_set(t, t->interp->modules, value_in(name), m)) {
            return NULL;
        }
    }
    return value_lend(t, m);
}

PyObject *PyImport_AddModule(const char *name)
{
    THREAD;
    Value v = str_from_cstr(t, name);
    return v ? PyImport_AddModuleObject(value_lend(t, v)) : NULL;
}

PyObject *PyImport_ReloadModule(PyObject *m)
{
    THREAD;
    Value reload = import_attr(t, "importlib", "reload");
    return reload ? value_out(t, call1(t, reload, value_in(m))) : NULL;
}

/* ---- running ---- */

static Value compile_text(Thread *t, const char *s, const char *filename, int start)
{
    const char *mode = start == Py_eval_input     ? "eval"
                       : start == Py_single_input ? "single"
                                                  : "exec";
    Value source = str_from_cstr(t, s), file = source ? str_from_cstr(t, filename) : 0;
    return file ? runtime.compile_source(t, source, file, mode, 0, -1) : 0;
}

static Value run_text(Thread *t, const char *s, int start, Value globals, Value locals)
{
    Value code = compile_text(t, s, "<string>", start);
    if (!code) {
        return 0;
    }
    if (!dict_get_cstr(t, globals, "__builtins__") &&
        !dict_set_cstr(t, globals, "__builtins__",
                       dict_get_cstr(t, t->interp->modules, "builtins"))) {
        return 0;
    }
    LEAVE_EXTENSION;
    Value r = vm_eval_code(t, code, globals, locals, 0);
    BACK_IN_EXTENSION;
    return r;
}

PyObject *PyRun_StringFlags(const char *s, int start, PyObject *globals, PyObject *locals,
                            PyCompilerFlags *flags UNUSED)
{
    THREAD;
    return value_out(t, run_text(t, s, start, value_in(globals), value_in(locals)));
}

int PyRun_SimpleStringFlags(const char *s, PyCompilerFlags *flags UNUSED)
{
    THREAD;
    Value main = dict_get_cstr(t, t->interp->modules, "__main__");
    if (main && run_text(t, s, Py_file_input, module_dict(main), 0)) {
        return 0;
    }
    PyErr_Print();
    return -1;
}

PyObject *Py_CompileString(const char *s, const char *filename, int start)
{
    THREAD;
    return value_out(t, compile_text(t, s, filename, start));
}

PyObject *PyEval_EvalCode(PyObject *code, PyObject *globals, PyObject *locals)
{
    THREAD;
    LEAVE_EXTENSION;
    Value r = vm_eval_code(t, value_in(code), value_in(globals), value_in(locals), 0);
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyEval_GetBuiltins(void)
{
    THREAD;
    return value_lend(t, t->interp->builtins);
}

PyObject *PyEval_GetGlobals(void)
{
    THREAD;
    return t->base ? value_lend(t, vm_current_globals(t)) : NULL;
}

PyObject *PyEval_GetLocals(void)
{
    THREAD;
    return t->base ? value_lend(t, vm_current_locals(t)) : NULL;
}

const char *PyEval_GetFuncName(PyObject *f)
{
    THREAD;
    bool named = PyMethod_Check(f) || PyFunction_Check(f) || PyCFunction_Check(f);
    Value name = named ? object_getattr_cstr(t, value_in(f), "__name__") : 0;
    if (name && value_is_str(name)) {
        return str_utf8(t, name, NULL);
    }
    error_clear(t);
    return Py_TYPE(f)->tp_name;
}

const char *PyEval_GetFuncDesc(PyObject *f)
{
    return PyFunction_Check(f) || PyMethod_Check(f) || PyCFunction_Check(f) ? "()" : " object";
}

/* ---- pending calls, end of the process ---- */

enum { PENDING_MAX = 32 }; /* as many as the reference queues */
typedef struct PendingCall { int (*fn)(void *); void *arg; } PendingCall;
static struct {
    Mutex lock;
    size_t n;
    PendingCall calls[PENDING_MAX];
    bool (*signals)(Thread *t); /* what runtime.run_signals was */
} queue;

/* The calls queued so far, in the main thread; false: one failed, with an exception. */
static bool run_pending(Thread *t)
{
    PendingCall calls[PENDING_MAX];
    if (t != runtime.main_thread) {
        return true;
    }
    atomic_fetch_and_explicit(&t->gc.poll, ~(uint32_t)POLL_PENDING, memory_order_acq_rel);
    mutex_lock(&queue.lock);
    size_t n = queue.n;
    memcpy(calls, queue.calls, n * sizeof *calls);
    queue.n = 0;
    mutex_unlock(&queue.lock);
    for (size_t i = 0; i < n; i++) {
        Extension *before = extension_enter(t, extension_at((const void *)(uintptr_t)calls[i].fn));
        int r = calls[i].fn(calls[i].arg);
        extension_leave(t, before);
        if (r) {
            return t->exc ? false
                          : (system_error(t, "a pending call failed without setting an exception"),
                             false);
        }
    }
    return true;
}

static bool run_signals_too(Thread *t)
{
    return run_pending(t) && (!queue.signals || queue.signals(t));
}

/* -1: the queue is full. */
int Py_AddPendingCall(int (*fn)(void *), void *arg)
{
    mutex_lock(&queue.lock);
    bool fits = queue.n < PENDING_MAX;
    if (fits) {
        queue.calls[queue.n++] = (PendingCall){fn, arg};
    }
    if (runtime.run_signals != run_signals_too) {
        queue.signals = runtime.run_signals;
        runtime.run_signals = run_signals_too;
    }
    mutex_unlock(&queue.lock);
    atomic_fetch_or_explicit(&runtime.main_thread->gc.poll, POLL_PENDING, memory_order_release);
    return fits ? 0 : -1;
}

int Py_MakePendingCalls(void) { return run_pending(thread_current()) ? PyErr_CheckSignals() : -1; }

enum { EXIT_FUNCTIONS = 32 }; /* as many as CPython takes */
static struct { Mutex lock; void (*functions[EXIT_FUNCTIONS])(void); int n; } at_exit;

static void run_at_exit(void)
{
    while (at_exit.n) {
        at_exit.functions[--at_exit.n]();
    }
}

int Py_AtExit(void (*fn)(void))
{
    mutex_lock(&at_exit.lock);
    bool fits = at_exit.n < EXIT_FUNCTIONS;
    if (fits) {
        at_exit.functions[at_exit.n++] = fn;
        runtime.at_exit = run_at_exit;
    }
    mutex_unlock(&at_exit.lock);
    return fits ? 0 : -1;
}

int Py_IsInitialized(void) { return runtime.main_thread != NULL; }
int _Py_IsFinalizing(void) { return runtime.finalizing; }
const char *Py_GetVersion(void) { return PY_VERSION " (typhon " TYPHON_VERSION ")"; }
const char *Py_GetPlatform(void) { return "linux"; }
const char *Py_GetCopyright(void) { return ""; }
const char *Py_GetCompiler(void) { return "[GCC " __VERSION__ "]"; }
const char *Py_GetBuildInfo(void) { return "typhon"; }

/* ---- the command line, signals ---- */

/* sys.NAME, a str, as it is now; stays.  NULL: there is none. */
static wchar_t *sys_text(const char *name)
{
    PyObject *text = PySys_GetObject(name);
    return text && PyUnicode_Check(text) ? PyUnicode_AsWideCharString(text, NULL) : NULL;
}

wchar_t *Py_GetProgramFullPath(void)
{
    static wchar_t *path;
    return path ? path : (path = sys_text("executable"));
}

void Py_GetArgcArgv(int *argc, wchar_t ***argv)
{
    THREAD;
    static wchar_t **all;
    static int count;
    Value list = dict_get_cstr(t, t->interp->sys_dict, "orig_argv");
    size_t n = list && value_is_list(list) ? list_len(list) : 0;
    if (!all && (all = mem_calloc(n + 1, sizeof *all)) != NULL) {
        for (size_t i = 0; i < n; i++) {
            all[i] = PyUnicode_AsWideCharString(value_lend(t, list_get(list, i)), NULL);
        }
        count = (int)n;
    }
    *argc = count;
    *argv = all;
}

wchar_t *Py_GetProgramName(void)
{
    int argc;
    wchar_t **argv;
    Py_GetArgcArgv(&argc, &argv);
    return argc ? argv[0] : Py_GetProgramFullPath();
}

PyOS_sighandler_t PyOS_getsig(int sig)
{
    struct sigaction now;
    return sigaction(sig, NULL, &now) ? SIG_ERR : now.sa_handler;
}

PyOS_sighandler_t PyOS_setsig(int sig, PyOS_sighandler_t handler)
{
    struct sigaction next = {.sa_handler = handler}, before;
    return sigaction(sig, &next, &before) ? SIG_ERR : before.sa_handler;
}

int PyEval_MergeCompilerFlags(PyCompilerFlags *flags)
{
    THREAD;

    if (t->base) {
        flags->cf_flags |= (int)frame_code_of(t->base)->flags & CO_FUTURE_ALL;
    }
    return flags->cf_flags != 0;
}

/* ---- sys, files ---- */

PyObject *PySys_GetObject(const char *name)
{
    THREAD;
    Value pending = error_take(t);
    PyObject *o = value_lend(t, dict_get_cstr(t, t->interp->sys_dict, name));
    error_restore(t, pending);
    return o;
}

int PySys_SetObject(const char *name, PyObject *v)
{
    THREAD;
    Value key = intern_cstr(t, name);
    if (!v) {
        return key && dict_del(t, t->interp->sys_dict, key) >= 0 ? 0 : -1;
    }
    return key && dict_set(t, t->interp->sys_dict, key, value_in(v)) ? 0 : -1;
}

int PyFile_WriteObject(PyObject *o, PyObject *file, int flags)
{
    THREAD;
    if (!file) {
        type_error(t, "writeobject with NULL file");
        return -1;
    }
    Value s = flags & Py_PRINT_RAW ? object_str(t, value_in(o)) : object_repr(t, value_in(o));
    return s && call_method1(t, value_in(file), N(write), s) ? 0 : -1;
}

int PyFile_WriteString(const char *s, PyObject *file)
{
    THREAD;
    if (t->exc) {
        return -1;
    }
    Value v = str_from_cstr(t, s);
    return v && call_method1(t, value_in(file), N(write), v) ? 0 : -1;
}

PyObject *PyFile_GetLine(PyObject *file, int n)
{
    THREAD;
    Value arg = fixnum(n);
    return value_out(
        t, call_method(t, value_in(file), intern_cstr(t, "readline"), &arg, n > 0 ? 1 : 0));
}

PyObject *PyFile_FromFd(int fd, const char *name UNUSED, const char *mode, int buffering,
                        const char *encoding, const char *errors, const char *newline, int closefd)
{
    THREAD;
    Value open = import_attr(t, "io", "open");
    if (!open) {
        return NULL;
    }
    PyObject *args = Py_BuildValue("(isizzzi)", fd, mode ? mode : "r", buffering, encoding, errors,
                                   newline, closefd);
    return args ? value_out(t, call_tuple(t, open, value_take(args), 0)) : NULL;
}

static void write_to(const char *stream, FILE *fallback, Value text)
{
    THREAD;
    Value pending = error_take(t);
    Value f = text ? dict_get_cstr(t, t->interp->sys_dict, stream) : 0;
    if (text && (!f || !call_method1(t, f, N(write), text))) {
        const char *p = str_utf8(t, text, NULL);
        fputs(p ? p : "", fallback);
    }
    error_clear(t);
    error_restore(t, pending);
}

static Value limited_text(const char *format, va_list ap)
{
    THREAD;
    char text[1001];
    vsnprintf(text, sizeof text, format, ap);
    return str_from_fs(t, text, strlen(text));
}

#define WRITE_FN(name, stream, fallback, expr)     \
    void PySys_##name(const char *format, ...)     \
    {                                              \
        va_list ap;                                \
        va_start(ap, format);                      \
        write_to(stream, fallback, expr);          \
        va_end(ap);                                \
    }
WRITE_FN(WriteStdout, "stdout", stdout, limited_text(format, ap))
WRITE_FN(WriteStderr, "stderr", stderr, limited_text(format, ap))
WRITE_FN(FormatStdout, "stdout", stdout, format_c(thread_current(), format, ap))
WRITE_FN(FormatStderr, "stderr", stderr, format_c(thread_current(), format, ap))
