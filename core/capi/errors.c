/* PyErr_*, PyException_*, warnings.  A pending exception is always an instance. */
#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/vm/frame.h"

#define EXC(name, base, doc) PyObject *PyExc_##name = (PyObject *)&exc_##name;
#include "core/object/exceptions.def"
#undef EXC
PyObject *PyExc_EnvironmentError = (PyObject *)&exc_OSError;
PyObject *PyExc_IOError = (PyObject *)&exc_OSError;

/* ---- raising ---- */

void raise_c(Thread *t, PyObject *exc, Value arg)
{
    if (!exc || !PyExceptionClass_Check(exc)) {
        system_error(t, "_PyErr_SetObject: exception %R is not a BaseException subclass",
                     exc ? value_in(exc) : NONE);
        return;
    }
    Type *type = type_in((PyTypeObject *)exc);
    t->exc = 0;
    if (arg && value_isa(arg, type)) {
        raise_exception(t, arg);
    } else if (!arg || is_none(arg)) {
        Value e = call0(t, object_value(type));
        if (e) {
            raise_exception(t, e);
        }
    } else {
        Value e = value_is_tuple(arg) ? call_tuple(t, object_value(type), arg, 0)
                                      : call1(t, object_value(type), arg);
        if (e) {
            raise_exception(t, e);
        }
    }
}

void PyErr_SetObject(PyObject *exc, PyObject *v) { raise_c(thread_current(), exc, value_in(v)); }
void PyErr_SetNone(PyObject *exc) { raise_c(thread_current(), exc, 0); }

void PyErr_SetString(PyObject *exc, const char *message)
{
    THREAD;
    Value saved = error_take(t);
    Value s = utf8_to_str(t, message, strlen(message), "replace", NULL);
    error_restore(t, saved);
    if (s) {
        raise_c(t, exc, s);
    }
}

PyObject *PyErr_FormatV(PyObject *exc, const char *format, va_list ap)
{
    THREAD;
    t->exc = 0;
    Value s = format_c(t, format, ap);
    if (s) {
        raise_c(t, exc, s);
    }
    return NULL;
}

PyObject *PyErr_Format(PyObject *exc, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyErr_FormatV(exc, format, ap);
    va_end(ap);
    return NULL;
}

static void chain(Thread *t, Value cause)
{
    if (t->exc && cause) {
        exception_set_context(t->exc, cause);
        exception_set_cause(t->exc, cause);
    }
}

PyObject *_PyErr_FormatFromCause(PyObject *exc, const char *format, ...)
{
    THREAD;
    Value cause = error_take(t);
    va_list ap;
    va_start(ap, format);
    PyErr_FormatV(exc, format, ap);
    va_end(ap);
    chain(t, cause);
    return NULL;
}

int PyErr_BadArgument(void)
{
    type_error(thread_current(), "bad argument type for built-in operation");
    return 0;
}

PyObject *PyErr_NoMemory(void)
{
    raise_memory(thread_current());
    return NULL;
}

void PyErr_BadInternalCall(void)
{
    system_error(thread_current(), "bad argument to internal function");
}

void _PyErr_BadInternalCall(const char *filename, int line)
{
    system_error(thread_current(), "%s:%d: bad argument to internal function", filename, line);
}

PyObject *PyErr_SetFromErrnoWithFilenameObjects(PyObject *exc, PyObject *filename,
                                                PyObject *filename2)
{
    THREAD;
    int err = errno;
    if (err == EINTR && PyErr_CheckSignals()) {
        return NULL;
    }
    Value msg = str_from_fs(t, strerror(err), strlen(strerror(err)));
    Value args = 0;
    if (msg) {
        args = !filename    ? tuple_pack(t, 2, fixnum(err), msg)
               : !filename2 ? tuple_pack(t, 3, fixnum(err), msg, value_in(filename))
                            : tuple_pack(t, 5, fixnum(err), msg, value_in(filename), fixnum(0),
                                         value_in(filename2));
    }
    if (args) {
        raise_c(t, exc, args);
    }
    return NULL;
}

PyObject *PyErr_SetFromErrnoWithFilenameObject(PyObject *exc, PyObject *filename)
{
    return PyErr_SetFromErrnoWithFilenameObjects(exc, filename, NULL);
}

PyObject *PyErr_SetFromErrno(PyObject *exc)
{
    return PyErr_SetFromErrnoWithFilenameObjects(exc, NULL, NULL);
}

PyObject *PyErr_SetFromErrnoWithFilename(PyObject *exc, const char *filename)
{
    THREAD;
    int err = errno;
    Value name = filename ? str_from_fs(t, filename, strlen(filename)) : 0;
    if (filename && !name) {
        return NULL;
    }
    errno = err;
    return PyErr_SetFromErrnoWithFilenameObjects(exc, value_lend(t, name), NULL);
}

PyObject *PyErr_SetImportError(PyObject *msg, PyObject *name, PyObject *path)
{
    THREAD;
    Value e = call1(t, object_value(&exc_ImportError), value_in(msg));
    if (e && (!name || object_setattr(t, e, N(name), value_in(name))) &&
        (!path || object_setattr(t, e, N(path), value_in(path)))) {
        raise_exception(t, e);
    }
    return NULL;
}

void Py_FatalError(const char *message)
{
    fprintf(stderr, "Fatal Python error: %s\n", message);
    abort();
}

void _Py_FatalErrorFunc(const char *func, const char *message)
{
    fprintf(stderr, "Fatal Python error: %s: %s\n", func, message);
    abort();
}

/* ---- the pending exception ---- */

PyObject *PyErr_Occurred(void)
{
    Thread *t = thread_current();
    return t && t->exc ? (PyObject *)type_of(t->exc) : NULL;
}

void PyErr_Clear(void)
{
    THREAD;
    traceback_adopt(t);
    error_clear(t);
}

int PyErr_GivenExceptionMatches(PyObject *given, PyObject *exc)
{
    THREAD;
    if (!given || !exc) {
        return 0;
    }
    Value e = value_in(exc);
    if (value_is_tuple(e)) {
        for (size_t i = 0; i < tuple_len(e); i++) {
            if (PyErr_GivenExceptionMatches(given, value_lend(t, tuple_get(e, i)))) {
                return 1;
            }
        }
        return 0;
    }
    PyObject *cls = PyExceptionInstance_Check(given) ? (PyObject *)Py_TYPE(given) : given;
    if (PyExceptionClass_Check(cls) && PyExceptionClass_Check(exc)) {
        return type_is_subtype(type_in((PyTypeObject *)cls), type_in((PyTypeObject *)exc));
    }
    return given == exc;
}

int PyErr_ExceptionMatches(PyObject *exc)
{
    return PyErr_GivenExceptionMatches(PyErr_Occurred(), exc);
}

void traceback_adopt_slow(Thread *t, CapiThread *c)
{
    PyObject *tb = c->state.curexc_traceback;
    c->state.curexc_traceback = NULL;
    if (t->exc && PyTraceBack_Check(tb)) {
        exception_set_traceback(t->exc, value_in(tb));
    }
    Py_DECREF(tb);
}

/* C code reads the value of a StopIteration as a field. */
static void lend_value(Thread *t, Value e)
{
    if (type_of(e) == &exc_StopIteration) {
        StopIterationExc *stop = (StopIterationExc *)value_object(e);
        PyObject *v = value_lend(t, stop->value ? stop->value : NONE);
        gc_store(stop, &stop->lent, v ? object_value(v) : NONE);
    }
}

static void split(Thread *t, Value e, PyObject **type, PyObject **value, PyObject **tb)
{
    if (e) {
        lend_value(t, e);
    }
    *type = e ? Py_NewRef((PyObject *)type_of(e)) : NULL;
    *value = value_out(t, e);
    *tb = e ? value_out(t, exception_traceback(e)) : NULL;
}

void PyErr_Fetch(PyObject **type, PyObject **value, PyObject **tb)
{
    THREAD;
    traceback_adopt(t);
    split(t, error_take(t), type, value, tb);
}

/* The instance that (type, value, tb) stands for; 0: none, or raised. */
static Value join(Thread *t, PyObject *type, PyObject *value, PyObject *tb)
{
    Value v = value_in(value), e = 0;
    if (v && value_is_exception(v)) {
        e = v;
    } else if (type) {
        e = exception_normalize(t, value_in(type), v && !is_none(v) ? v : 0);
    }
    if (e && value_is_exception(e) && tb && tb != Py_None) {
        exception_set_traceback(e, value_in(tb));
    }
    return e;
}

void PyErr_Restore(PyObject *type, PyObject *value, PyObject *tb)
{
    THREAD;
    t->exc = 0;
    Value e = join(t, type, value, tb);
    if (e) {
        t->exc = e;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(tb);
}

void PyErr_NormalizeException(PyObject **type, PyObject **value, PyObject **tb)
{
    THREAD;
    if (!*type || (*value && PyExceptionInstance_Check(*value))) {
        return;
    }
    Value pending = error_take(t);
    Value e = join(t, *type, *value, *tb);
    if (!e) {
        e = error_take(t);
    }
    error_restore(t, pending);
    PyObject *old_type = *type, *old_value = *value;
    lend_value(t, e);
    *value = value_out(t, e);
    *type = Py_NewRef((PyObject *)type_of(e));
    Py_XDECREF(old_type);
    Py_XDECREF(old_value);
}

/* ---- the exception being handled ---- */

static Value handled(Thread *t)
{
    for (ExcInfo *i = t->exc_info; i; i = i->prev) {
        if (i->value && !is_none(i->value)) {
            return i->value;
        }
    }
    return 0;
}

PyObject *PyErr_GetHandledException(void)
{
    THREAD;
    return value_out(t, handled(t));
}

void PyErr_SetHandledException(PyObject *exc)
{
    THREAD;
    t->exc_info->value = exc && exc != Py_None ? value_in(exc) : 0;
}

void PyErr_GetExcInfo(PyObject **type, PyObject **value, PyObject **tb)
{
    THREAD;
    split(t, handled(t), type, value, tb);
}

void PyErr_SetExcInfo(PyObject *type, PyObject *value, PyObject *tb)
{
    PyErr_SetHandledException(value);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(tb);
}

void _PyErr_ChainExceptions(PyObject *type, PyObject *value, PyObject *tb)
{
    THREAD;
    if (!type) {
        return;
    }
    if (!t->exc) {
        PyErr_Restore(type, value, tb);
        return;
    }
    Value now = error_take(t), e = join(t, type, value, tb);
    error_clear(t);
    error_restore(t, now);
    if (e) {
        exception_set_context(now, e);
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(tb);
}

/* ---- new exceptions ---- */

PyObject *PyErr_NewExceptionWithDoc(const char *name, const char *doc, PyObject *base,
                                    PyObject *dict)
{
    THREAD;
    const char *dot = strrchr(name, '.');
    if (!dot) {
        PyErr_SetString(PyExc_SystemError, "PyErr_NewException: name must be module.class");
        return NULL;
    }
    Value ns = dict ? dict_copy(t, value_in(dict)) : dict_new(t);
    Value bases = base ? value_in(base) : object_value(&exc_Exception);
    bases = value_is_tuple(bases) ? bases : tuple_pack(t, 1, bases);
    Value module = str_from_utf8(t, name, (size_t)(dot - name)),
          short_name = str_from_cstr(t, dot + 1);
    if (!ns || !bases || !module || !short_name) {
        return NULL;
    }
    if (!dict_get_str(ns, N(__module__)) && !dict_set(t, ns, N(__module__), module)) {
        return NULL;
    }
    if (doc && !dict_set_cstr(t, ns, "__doc__", str_from_cstr(t, doc))) {
        return NULL;
    }
    return value_out(t, call3(t, object_value(&type_type), short_name, bases, ns));
}

PyObject *PyErr_NewException(const char *name, PyObject *base, PyObject *dict)
{
    return PyErr_NewExceptionWithDoc(name, NULL, base, dict);
}

const char *PyExceptionClass_Name(PyObject *o) { return ((PyTypeObject *)o)->tp_name; }

/* ---- fields of exceptions ---- */

int PyException_SetTraceback(PyObject *o, PyObject *tb)
{
    THREAD;
    return object_setattr(t, value_in(o), intern_cstr(t, "__traceback__"), tb ? value_in(tb) : NONE)
               ? 0
               : -1;
}

PyObject *PyException_GetTraceback(PyObject *o)
{
    THREAD;
    return value_out(t, exception_traceback(value_in(o)));
}

PyObject *PyException_GetCause(PyObject *o)
{
    THREAD;
    return value_out(t, exception_cause(value_in(o)));
}

void PyException_SetCause(PyObject *o, PyObject *cause)
{
    if (o != NULL) {
        exception_set_cause(value_in(o), value_take(cause));
    }
}

PyObject *PyException_GetContext(PyObject *o)
{
    THREAD;
    return value_out(t, exception_context(value_in(o)));
}

void PyException_SetContext(PyObject *o, PyObject *context)
{
    if (o != NULL) {
        exception_set_context(value_in(o), value_take(context));
    }
}

PyObject *PyUnicodeDecodeError_Create(const char *encoding, const char *p, Py_ssize_t n,
                                      Py_ssize_t start, Py_ssize_t end, const char *reason)
{
    THREAD;
    Value saved = error_take(t);
    raise_unicode_decode(t, encoding, p, (size_t)n, (size_t)start, (size_t)end, reason);
    Value e = error_take(t);
    error_restore(t, saved);
    return value_out(t, e);
}

/* ---- reporting ---- */

void PyErr_WriteUnraisable(PyObject *o) { error_unraisable(thread_current(), NULL, value_in(o)); }

void PyErr_Display(PyObject *type UNUSED, PyObject *value, PyObject *tb)
{
    THREAD;
    Value pending = error_take(t);
    Value e = join(t, NULL, value, tb);
    Value hook = dict_get_cstr(t, t->interp->sys_dict, "__excepthook__");
    if (e && hook) {
        (void)call3(t, hook, object_value(type_of(e)), e,
                    exception_traceback(e) ? exception_traceback(e) : NONE);
    }
    error_clear(t);
    error_restore(t, pending);
}

void PyErr_PrintEx(int set_sys_last)
{
    THREAD;
    Value e = error_take(t);
    if (!e) {
        return;
    }
    Value sys = t->interp->sys_dict,
          tb = exception_traceback(e) ? exception_traceback(e) : NONE;
    if (set_sys_last &&
        (!dict_set_cstr(t, sys, "last_type", object_value(type_of(e))) ||
         !dict_set_cstr(t, sys, "last_value", e) || !dict_set_cstr(t, sys, "last_traceback", tb))) {
        error_clear(t);
    }
    Value hook = dict_get_cstr(t, sys, "excepthook");
    if (!hook || !call3(t, hook, object_value(type_of(e)), e, tb)) {
        error_clear(t);
        PyErr_Display(NULL, value_lend(t, e), NULL);
    }
}

void PyErr_Print(void) { PyErr_PrintEx(1); }

int PyErr_CheckSignals(void)
{
    THREAD;
    return thread_check_signals(t) ? 0 : -1;
}

void PyErr_SetInterrupt(void) { kill(getpid(), SIGINT); }

/* message: 0 is a failure. */
static int issue(Thread *t, PyObject *category, Value message, Value source, Py_ssize_t stack_level)
{
    Type *type = category ? type_in((PyTypeObject *)category) : &exc_RuntimeWarning;
    bool ok = message &&
              (!runtime.warn || runtime.warn(t, type, message, source, (int)stack_level));
    return ok ? 0 : -1;
}

int PyErr_WarnEx(PyObject *category, const char *message, Py_ssize_t stack_level)
{
    THREAD;
    return issue(t, category, str_from_cstr(t, message), 0, stack_level);
}

int PyErr_WarnFormat(PyObject *category, Py_ssize_t stack_level, const char *format, ...)
{
    THREAD;
    va_list ap;
    va_start(ap, format);
    int r = issue(t, category, format_c(t, format, ap), 0, stack_level);
    va_end(ap);
    return r;
}

int PyErr_ResourceWarning(PyObject *source, Py_ssize_t stack_level, const char *format, ...)
{
    THREAD;
    va_list ap;
    va_start(ap, format);
    int r = issue(t, PyExc_ResourceWarning, format_c(t, format, ap), source ? value_in(source) : 0,
                  stack_level);
    va_end(ap);
    return r;
}

int PyErr_WarnExplicitObject(PyObject *category, PyObject *message, PyObject *filename, int line,
                             PyObject *module, PyObject *registry)
{
    THREAD;
    Value fn = import_attr(t, "warnings", "warn_explicit");
    Value args[] = {value_in(message),
                    category ? value_in(category) : object_value(&exc_RuntimeWarning),
                    value_in(filename),
                    fixnum(line),
                    module ? value_in(module) : NONE,
                    registry ? value_in(registry) : NONE};
    return fn && call(t, fn, args, ARRAY_SIZE(args), 0) ? 0 : -1;
}

int PyErr_WarnExplicit(PyObject *category, const char *message, const char *filename, int line,
                       const char *module, PyObject *registry)
{
    THREAD;
    Value msg = str_from_cstr(t, message), file = msg ? str_from_cstr(t, filename) : 0;
    Value mod = str_or_none(t, module);
    return file && mod ? PyErr_WarnExplicitObject(category, value_lend(t, msg),
                                                  value_lend(t, file), line,
                                                  value_lend(t, mod), registry)
                       : -1;
}
