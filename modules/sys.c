/* The sys module: functions and constants.  sys_info.c builds the structured constants (flags,
 * version_info, ...), sys_hooks.c has excepthook, displayhook, unraisablehook and breakpointhook.
 */
#include "modules/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/gc.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static Value sys_exit(ARGS)
{
    Value code = args[0] ? args[0] : NONE;
    return args[0] ? raise_value(t, &exc_SystemExit, code) : raise_none(t, &exc_SystemExit);
}

static Value handled_exception(Thread *t)
{
    for (ExcInfo *e = t->exc_info; e; e = e->prev) {
        if (e->value && !is_none(e->value)) {
            return e->value;
        }
    }
    return 0;
}

static Value sys_exc_info(ARGS)
{
    Value e = handled_exception(t);
    if (!e) {
        return tuple_pack(t, 3, NONE, NONE, NONE);
    }
    Value tb = exception_traceback(e);
    return tuple_pack(t, 3, object_value(type_of(e)), e, tb ? tb : NONE);
}

static Value sys_exception(ARGS)
{
    Value e = handled_exception(t);
    return e ? e : NONE;
}

static Value sys_debugmallocstats(ARGS)
{
    gc_print_stats();
    return NONE;
}

static Value sys_getframe(ARGS)
{
    int depth = 0;
    if (args[0] && !value_to_int(t, args[0], &depth)) {
        return 0;
    }
    Value frame = vm_frame(t, depth < 0 ? 0 : depth);
    if (!frame && !t->exc) {
        return value_error(t, "call stack is not deep enough");
    }
    return frame && AUDIT(t, "sys._getframe", 1, frame) ? frame : 0;
}

static Value sys_getrecursionlimit(ARGS) { return fixnum(t->interp->recursion_limit); }

static Value sys_getdlopenflags(ARGS) { return fixnum(t->interp->dlopen_flags); }

static Value sys_setdlopenflags(ARGS)
{
    int flags;
    if (!value_to_int(t, args[0], &flags)) {
        return 0;
    }
    t->interp->dlopen_flags = flags;
    return NONE;
}

static Value sys_setrecursionlimit(ARGS)
{
    int limit;
    if (!value_to_int(t, args[0], &limit)) {
        return 0;
    }
    if (limit < 1) {
        return value_error(t, "recursion limit must be greater or equal than 1");
    }
    if (t->depth >= limit) {
        return raise(
            t, &exc_RecursionError,
            "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low",
            limit, t->depth);
    }
    t->interp->recursion_limit = limit;
    return NONE;
}

static Value sys_intern(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "intern() argument must be str, not %T", args[0]);
    }
    return value_is_str_exact(args[0]) ? intern_str(t, args[0])
                                       : type_error(t, "can't intern %T", args[0]);
}

static Value sys_getsizeof(ARGS)
{
    Value method = lookup_special(t, args[0], N(__sizeof__));
    Value size = method ? call0(t, method) : 0;
    ssize_t bytes = 0;
    if (!method && !t->exc) {
        type_error(t, "Type %T doesn't define __sizeof__", args[0]);
    }
    if (!size || !value_to_ssize(t, size, &bytes, &exc_OverflowError)) {
        if (args[1] && error_matches(t, &exc_TypeError)) {
            error_clear(t);
            return args[1];
        }
        return 0;
    }
    return bytes < 0 ? value_error(t, "__sizeof__() should return >= 0") : fixnum(bytes);
}

/* There are no reference counts; a constant that says "shared". */
static Value sys_getrefcount(ARGS) { return fixnum(3); }

static Value sys_is_finalizing(ARGS)
{
    return bool_value(atomic_load_explicit(&runtime.finalizing, memory_order_relaxed));
}

static Value sys_getdefaultencoding(ARGS) { return N(utf8); }
static Value sys_getfilesystemencoding(ARGS)
{
    return runtime.config.fs_codec ? str_from_cstr(t, runtime.config.fs_codec) : N(utf8);
}
static Value sys_getfilesystemencodeerrors(ARGS) { return str_from_cstr(t, "surrogateescape"); }

static Value sys_getswitchinterval(ARGS)
{
    Value v = dict_get_cstr(t, t->interp->extra, "switchinterval");
    return v ? v : float_new(t, 0.005);
}

static Value sys_setswitchinterval(ARGS)
{
    double d;
    if (!value_to_double(t, args[0], &d)) {
        return 0;
    }
    if (!(d > 0)) {
        return value_error(t, "switch interval must be strictly positive");
    }
    return dict_set_cstr(t, t->interp->extra, "switchinterval", float_new(t, d)) ? NONE : 0;
}

static Value sys_get_int_max_str_digits(ARGS) { return fixnum(runtime.config.int_max_str_digits); }

static Value sys_set_int_max_str_digits(ARGS)
{
    int limit;
    if (!value_to_int(t, args[0], &limit)) {
        return 0;
    }
    if (limit != 0 && limit < 640) {
        return value_error(t, "maxdigits must be 0 or larger than 640");
    }
    runtime.config.int_max_str_digits = limit;
    return NONE;
}

static Value trace_value_or_none(Value v) { return v ? v : NONE; }
static Value sys_gettrace(ARGS) { return trace_value_or_none(t->trace_fn); }
static Value sys_getprofile(ARGS) { return trace_value_or_none(t->profile_fn); }

static Value sys_settrace(ARGS)
{
    if (!AUDIT(t, "sys.settrace", 0)) {
        return 0;
    }
    vm_set_trace(t, is_none(args[0]) ? 0 : args[0]);
    return NONE;
}

static Value sys_setprofile(ARGS)
{
    if (!AUDIT(t, "sys.setprofile", 0)) {
        return 0;
    }
    vm_set_profile(t, is_none(args[0]) ? 0 : args[0], NULL);
    return NONE;
}

static bool hook_arg(Thread *t, Value v, const char *what, Value *slot)
{
    if (v && !is_none(v) && !callable(v)) {
        type_error(t, "callable %s expected, got %T", what, v);
        return false;
    }
    if (v) {
        *slot = is_none(v) ? 0 : v;
    }
    return true;
}

static Value sys_set_asyncgen_hooks(ARGS)
{
    return (!args[1] || AUDIT(t, "sys.set_asyncgen_hook_finalizer", 0)) &&
           hook_arg(t, args[1], "finalizer", &t->asyncgen_finalizer) &&
           (!args[0] || AUDIT(t, "sys.set_asyncgen_hook_firstiter", 0)) &&
           hook_arg(t, args[0], "firstiter", &t->asyncgen_firstiter) ? NONE : 0;
}

static Value sys_get_asyncgen_hooks(ARGS)
{
    Value type = dict_get_cstr(t, t->interp->extra, "asyncgen_hooks");
    const Value fields[] = {trace_value_or_none(t->asyncgen_firstiter),
                            trace_value_or_none(t->asyncgen_finalizer)};
    return type ? structseq_pack(t, type, fields) : 0;
}

static Value sys_set_coroutine_origin_tracking_depth(ARGS)
{
    int depth;
    if (!value_to_int(t, args[0], &depth)) {
        return 0;
    }
    if (depth < 0) {
        return value_error(t, "depth must be >= 0");
    }
    t->coroutine_origin_depth = depth;
    return NONE;
}
static Value sys_get_coroutine_origin_tracking_depth(ARGS)
{
    return fixnum(t->coroutine_origin_depth);
}

/* The exception that a stopped thread is handling, or None. */
static Value handled_by(const Thread *other)
{
    for (const ExcInfo *e = other->exc_info; e; e = e->prev) {
        if (e->value) {
            return e->value;
        }
    }
    return NONE;
}

static Value sys_current_exceptions(ARGS)
{
    Value d = dict_new(t), found = list_new(t, 16);
    if (!d || !found || !AUDIT(t, "sys._current_exceptions", 0)) {
        return 0;
    }
    world_stop(t);
    GcThread *first = &t->gc;
    while (first->prev) {
        first = first->prev;
    }
    for (GcThread *g = first; g; g = g->next) {
        Thread *other = (Thread *)g;
        if (other->interp != t->interp) {
            continue;
        }
        if (!list_append(t, found, int_from_uint64(t, other->id)) ||
            !list_append(t, found, handled_by(other))) {
            break;
        }
    }
    world_start(t);
    for (size_t i = 0; !t->exc && i + 1 < list_len(found); i += 2) {
        Value exc = list_get(found, i + 1), none = NONE;
        bool handles = exc && !is_none(exc);
        Value tb = handles ? exception_traceback(exc) : 0;
        Value info = handles ? tuple_pack(t, 3, object_value(type_of(exc)), exc, tb ? tb : none)
                             : tuple_pack(t, 3, none, none, none);
        if (!info || !dict_set(t, d, list_get(found, i), info)) {
            return 0;
        }
    }
    return t->exc ? 0 : d;
}

typedef struct FrameList {
    Thread *t;
    Value list; /* identifier, frame, ...; 0: raised */
} FrameList;

/* The world is stopped. */
static void add_frame_of(Thread *other, void *arg)
{
    FrameList *frames = arg;
    Thread *t = frames->t;
    if (other == t || other->interp != t->interp || !frames->list) {
        return;
    }
    Value f = vm_frame_of_thread(t, other);
    if (f && (!list_append(t, frames->list, int_from_uint64(t, other->id)) ||
              !list_append(t, frames->list, f))) {
        frames->list = 0;
    }
}

static Value sys_current_frames(ARGS)
{
    Value d = AUDIT(t, "sys._current_frames", 0) ? dict_new(t) : 0;
    if (!d) {
        return 0;
    }
    Value frame = vm_frame(t, 0);
    if (frame && !dict_set(t, d, int_from_uint64(t, t->id), frame)) {
        return 0;
    }
    world_stop(t);
    FrameList frames = {t, list_new(t, 16)};
    gc_each_thread(t, add_frame_of, &frames);
    world_start(t);
    for (size_t i = 0; frames.list && i + 1 < list_len(frames.list); i += 2) {
        if (!dict_set(t, d, list_get(frames.list, i), list_get(frames.list, i + 1))) {
            return 0;
        }
    }
    return t->exc ? 0 : d;
}

static Value sys_addaudithook(ARGS) { return audit_add_hook(t, args[0]) ? NONE : 0; }

static Value sys_audit(ARGS)
{
    if (n < 1) {
        return type_error(t, "audit() missing 1 required positional argument: 'event'");
    }
    if (!value_load(&t->interp->audit_hooks)) {
        return NONE;
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "expected str for argument 'event', not %T", args[0]);
    }
    Value rest = tuple_from(t, args + 1, n - 1);
    return rest && audit_call_hooks(t, args[0], rest) ? NONE : 0;
}

static Value sys_call_tracing(ARGS)
{
    if (!value_is_tuple(args[1])) {
        return type_error(t, "call_tracing() argument 2 must be tuple, not %T", args[1]);
    }
    int saved = t->tracing;
    t->tracing = 0;
    Value v = call_tuple(t, args[0], args[1], 0);
    t->tracing = saved;
    return v;
}

static Value sys_getallocatedblocks(ARGS) { return fixnum((int64_t)(t->gc.allocated / 64)); }
static Value sys_nothing(ARGS) { return NONE; }
static Value sys_false(ARGS) { return FALSE_VALUE; }

static const NativeDef sys_functions[] = {
    {"addaudithook(hook)", sys_addaudithook, "Add an audit hook.", 0},
    {"audit", sys_audit, "Pass an event to the audit hooks.", NATIVE_RAW},
    {"breakpointhook", sys_breakpointhook, "Called by the built-in function breakpoint().",
     NATIVE_RAW | NATIVE_KW},
    {"call_tracing(func, args, /)", sys_call_tracing, "Call func(*args) with tracing enabled.", 0},
    {"_clear_type_cache()", sys_nothing, "Clear the type lookup cache.", 0},
    {"_current_exceptions()", sys_current_exceptions,
     "Map each thread's identifier to the exception it handles.", 0},
    {"_current_frames()", sys_current_frames, "Map each thread's identifier to its current frame.",
     0},
    {"displayhook(object, /)", sys_displayhook, "Print an object and save it in builtins._.", 0},
    {"exc_info()", sys_exc_info, "Return (type, value, traceback) of the exception being handled.",
     0},
    {"exception()", sys_exception, "Return the exception being handled, or None.", 0},
    {"excepthook(exctype, value, traceback, /)", sys_excepthook,
     "Print an exception to sys.stderr.", 0},
    {"exit(status=None, /)", sys_exit, "Exit the interpreter by raising SystemExit(status).", 0},
    {"getdefaultencoding()", sys_getdefaultencoding, "Return the default string encoding.", 0},
    {"getfilesystemencoding()", sys_getfilesystemencoding, "Return the encoding of file names.", 0},
    {"getfilesystemencodeerrors()", sys_getfilesystemencodeerrors,
     "Return the error handler of file names.", 0},
    {"_debugmallocstats()", sys_debugmallocstats, "Print what the heap holds to stderr.", 0},
    {"_getframe(depth=0, /)", sys_getframe, "Return a frame object from the call stack.", 0},
    {"getallocatedblocks()", sys_getallocatedblocks,
     "Return an estimate of the number of allocated blocks.", 0},
    {"getdlopenflags()", sys_getdlopenflags,
     "Return the flags that extension modules are loaded with.", 0},
    {"setdlopenflags(flags, /)", sys_setdlopenflags,
     "Set the flags that extension modules are loaded with.", 0},
    {"getrecursionlimit()", sys_getrecursionlimit, "Return the recursion limit.", 0},
    {"setrecursionlimit(limit, /)", sys_setrecursionlimit, "Set the maximum depth of Python calls.",
     0},
    {"getrefcount(object, /)", sys_getrefcount, "Return a constant: objects are not counted here.",
     0},
    {"getsizeof(object, default=<unrepresentable>)", sys_getsizeof,
     "Return the size of the object in bytes.", 0},
    {"getswitchinterval()", sys_getswitchinterval,
     "Return the thread switch interval; it has no effect here.", 0},
    {"setswitchinterval(interval, /)", sys_setswitchinterval,
     "Set the thread switch interval; it has no effect.", 0},
    {"get_int_max_str_digits()", sys_get_int_max_str_digits,
     "Return the digit limit of int-str conversions.", 0},
    {"set_int_max_str_digits(maxdigits)", sys_set_int_max_str_digits,
     "Set the digit limit of int-str conversions.", 0},
    {"gettrace()", sys_gettrace, "Return the trace function of this thread.", 0},
    {"settrace(function, /)", sys_settrace, "Set the trace function of this thread.", 0},
    {"getprofile()", sys_getprofile, "Return the profile function of this thread.", 0},
    {"setprofile(function, /)", sys_setprofile, "Set the profile function of this thread.", 0},
    {"set_asyncgen_hooks(firstiter=<unrepresentable>, finalizer=<unrepresentable>)",
     sys_set_asyncgen_hooks, "Set the hooks of asynchronous generators.", 0},
    {"get_asyncgen_hooks()", sys_get_asyncgen_hooks, "Return the hooks of asynchronous generators.",
     0},
    {"set_coroutine_origin_tracking_depth(depth)", sys_set_coroutine_origin_tracking_depth,
     "Set how many frames cr_origin records.", 0},
    {"get_coroutine_origin_tracking_depth()", sys_get_coroutine_origin_tracking_depth,
     "Return how many frames cr_origin records.", 0},
    {"intern(string, /)", sys_intern, "Return the interned string with this text.", 0},
    {"is_finalizing()", sys_is_finalizing, "Return whether the interpreter is shutting down.", 0},
    {"unraisablehook(unraisable, /)", sys_unraisablehook,
     "Report an exception that cannot be raised.", 0},
    {"is_stack_trampoline_active()", sys_false, "Return whether a stack trampoline is active.", 0},
    {0},
};

bool sys_add_functions(Thread *t, Value mod)
{
    return module_add(t, mod, "__displayhook__",
                      dict_get_cstr(t, module_dict(mod), "displayhook")) &&
           module_add(t, mod, "__excepthook__", dict_get_cstr(t, module_dict(mod), "excepthook")) &&
           module_add(t, mod, "__breakpointhook__",
                      dict_get_cstr(t, module_dict(mod), "breakpointhook")) &&
           module_add(t, mod, "__unraisablehook__",
                      dict_get_cstr(t, module_dict(mod), "unraisablehook"));
}

static bool sys_exec(Thread *t, Value mod)
{
    return sys_add_functions(t, mod) && sys_add_info(t, mod);
}

const ModuleDef module_sys = {
    "sys", "Objects used or maintained by the interpreter.", sys_functions, sys_exec};
