/* Task: a coroutine driven by an event loop. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "modules/_asyncio/asyncio.h"

static _Atomic uint64_t task_count;

static void set_value(Task *k, Value *slot, Value v) { gc_store(k, slot, v); }
static bool task_step(Thread *t, Value self, Value exc);

/* ---- the callables that the loop gets ---- */

NATIVE_FN(task_step_method)
{
    return task_step(t, args[0], args[1] && !is_none(args[1]) ? args[1] : 0) ? NONE : 0;
}

NATIVE_FN(task_wakeup)
{
    Value future = args[1], exc = 0, v;
    if (value_is_future(future)) {
        v = future_outcome(t, future, &exc);
    } else {
        v = call_method0(t, future, N(result));
    }
    if (!v && !exc) {
        exc = error_take(t);
        if (!value_is_exception(exc)) {
            return 0;
        }
    }
    return task_step(t, args[0], v ? 0 : exc) ? NONE : 0;
}

static const NativeDef step_def = {"TaskStepMethWrapper(exc=None, /)", task_step_method,
                                   "Run the coroutine.", 0};
static const NativeDef wakeup_def = {"task_wakeup(future, /)", task_wakeup,
                                     "Go on: the future is done.", 0};

/* The loop calls __step soon; exc: to be thrown into the coroutine, or 0. */
static bool schedule_step(Thread *t, Value self, Value exc)
{
    Task *k = task_of(self);
    Value step = native_function_new(t, &step_def, self, 0);
    return step && asyncio_call_soon(t, k->future.loop, step, exc, k->context);
}

/* ---- life ---- */

static Value task_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return object_value(object_alloc_unfinalized(t, type, &asyncio_task_type));
}

static int is_coroutine(Thread *t, Value v)
{
    if (type_of(v) == &coroutine_type) {
        return 1;
    }
    Value f = asyncio_import(t, "asyncio.coroutines", "iscoroutine", INTERP_asyncio_iscoroutine),
          r = f ? call1(t, f, v) : 0;
    return r ? object_truth(t, r) : -1;
}

static bool task_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Task(coro, *, loop=None, name=None, context=None)");
    Task *k = task_of(self);
    Value a[4];
    if (!args_bind(t, &sig, args, n, kwnames, a) || !future_setup(t, self, a[1])) {
        return false;
    }
    int good = is_coroutine(t, a[0]);
    if (good <= 0) {
        atomic_store_explicit(&k->log_destroy_pending, false, memory_order_relaxed);
        if (good == 0) {
            type_error(t, "a coroutine was expected, got %R", a[0]);
        }
        return false;
    }
    Value context = a[3] && !is_none(a[3]) ? a[3] : asyncio_copy_context(t);
    Value name = !a[2] || is_none(a[2]) ? str_format(t, "Task-%lld", (long long)(++task_count))
                 : value_is_str_exact(a[2]) ? a[2] : object_str(t, a[2]);
    if (!context || !name) {
        return false;
    }
    atomic_store_explicit(&k->must_cancel, false, memory_order_relaxed);
    atomic_store_explicit(&k->log_destroy_pending, true, memory_order_relaxed);
    store_relaxed(&k->cancels, 0);
    set_value(k, &k->waiter, 0);
    set_value(k, &k->coro, a[0]);
    set_value(k, &k->context, context);
    set_value(k, &k->name, name);
    future_note_report(self);
    gc_register_finalizer(t, value_object(self));
    return schedule_step(t, self, 0) && asyncio_register(t, self);
}

static void task_trace(Object *self, Tracer *tr)
{
    Task *k = (Task *)self;
    future_trace(self, tr);
    trace_value(tr, k->coro);
    trace_value(tr, k->waiter);
    trace_value(tr, k->context);
    trace_value(tr, k->name);
}

static void task_report(Thread *t, Value self)
{
    Task *k = task_of(self);
    Value pending = error_take(t);
    if (k->future.loop && k->future.state == FUTURE_PENDING && k->log_destroy_pending) {
        atomic_store_explicit(&k->log_destroy_pending, false, memory_order_relaxed);
        Value context = dict_new(t),
              message = context ? str_from_cstr(t, "Task was destroyed but it is pending!") : 0;
        bool good = message && dict_set_cstr(t, context, "task", self) &&
                    dict_set_cstr(t, context, "message", message) &&
                    (!k->future.source_traceback ||
                     dict_set_cstr(t, context, "source_traceback", k->future.source_traceback)) &&
                    asyncio_report(t, k->future.loop, context);
        if (!good && t->exc) {
            error_unraisable(t, NULL, self);
        }
    }
    error_restore(t, pending);
    future_report(t, self);
}

NATIVE_FN(task_del)
{
    task_report(t, args[0]);
    return NONE;
}

static Value task_repr(Thread *t, Value self)
{
    Value f = asyncio_import(t, "asyncio.base_tasks", "_task_repr", INTERP_asyncio_task_repr);
    return f ? call1(t, f, self) : 0;
}

/* ---- running ---- */

/* Resumes the coroutine: what it yields; or with *finished its return value; or 0 raised. */
static Value resume(Thread *t, Value coro, Value exc, bool *finished)
{
    *finished = false;
    Value v;
    if (!exc && type_of(coro)->send) {
        v = type_of(coro)->send(t, coro, NONE, finished);
    } else {
        v = exc ? call_method1(t, coro, N(throw), exc) : call_method1(t, coro, N(send), NONE);
    }
    if (v || !error_matches(t, &exc_StopIteration)) {
        return v;
    }
    Value stop = error_take(t);
    *finished = true;
    v = ((StopIterationExc *)value_object(stop))->value;
    return v ? v : NONE;
}

static bool finish_returned(Thread *t, Value self, Value result)
{
    Task *k = task_of(self);
    bool cancelled;
    if (k->must_cancel) {
        atomic_store_explicit(&k->must_cancel, false, memory_order_relaxed);
        return future_cancel_now(t, self, k->future.cancel_message, &cancelled);
    }
    return future_set_result_now(t, self, result);
}

/* The coroutine raised. */
static bool finish_raised(Thread *t, Value self)
{
    Value cancelled_type = 0, exc = error_take(t);
    cancelled_type = asyncio_cancelled_type(t);
    if (!cancelled_type) {
        return false;
    }
    if (type_is_subtype(type_of(exc), value_type(cancelled_type))) {
        bool cancelled;
        gc_store(value_object(self), &future_of(self)->cancelled_exc, exc);
        return future_cancel_now(t, self, 0, &cancelled);
    }
    if (!future_set_exception_now(t, self, exc)) {
        return false;
    }
    if (value_isa(exc, &exc_KeyboardInterrupt) || value_isa(exc, &exc_SystemExit)) {
        error_restore(t, exc);
        return false;
    }
    return true;
}

/* The next step raises RuntimeError(text) in the coroutine. */
static bool step_with_error(Thread *t, Value self, Value text)
{
    Value exc = text ? call1(t, object_value(&exc_RuntimeError), text) : 0;
    return exc && schedule_step(t, self, exc);
}

/* Waits for a future (any object of that protocol) that the coroutine yielded. */
static bool wait_for(Thread *t, Value self, Value future)
{
    Task *k = task_of(self);
    Value wakeup = native_function_new(t, &wakeup_def, self, 0);
    if (!wakeup) {
        return false;
    }
    if (value_is_future(future)) {
        atomic_store_explicit(&future_of(future)->blocking, false, memory_order_relaxed);
        if (!future_add_callback(t, future, wakeup, k->context)) {
            return false;
        }
    } else {
        Value add;
        if (!object_setattr(t, future, INTERN(t, "_asyncio_future_blocking"), FALSE_VALUE) ||
            !(add = object_getattr(t, future, INTERN(t, "add_done_callback"))) ||
            !asyncio_call_kw(t, add, wakeup, "context", k->context)) {
            return false;
        }
    }
    set_value(k, &k->waiter, future);
    if (k->must_cancel) {
        Value cancel = object_getattr(t, future, INTERN(t, "cancel"));
        Value r = cancel
                      ? asyncio_call_kw(t, cancel, 0, "msg",
                                        k->future.cancel_message ? k->future.cancel_message : NONE)
                      : 0;
        int truth = r ? object_truth(t, r) : -1;
        if (truth < 0) {
            return false;
        }
        atomic_store_explicit(&k->must_cancel, k->must_cancel && !truth, memory_order_relaxed);
    }
    return true;
}

static Value loop_of_future(Thread *t, Value future)
{
    if (value_is_future(future)) {
        return future_of(future)->loop ? future_of(future)->loop : NONE;
    }
    Value get;
    int found = object_lookup_attr(t, future, INTERN(t, "get_loop"), &get);
    if (found > 0) {
        return call0(t, get);
    }
    return found < 0 ? 0 : object_getattr(t, future, INTERN(t, "_loop"));
}

/* What the coroutine yielded. */
static bool step_yielded(Thread *t, Value self, Value result)
{
    Task *k = task_of(self);
    Value blocking = 0;
    if (result == self) {
        return step_with_error(t, self, str_format(t, "Task cannot await on itself: %R", self));
    }
    if (is_none(result)) {
        return schedule_step(t, self, 0);
    }
    if (value_is_future(result)) {
        blocking = bool_value(future_of(result)->blocking);
    } else if (object_lookup_attr(t, result, INTERN(t, "_asyncio_future_blocking"),
                                  &blocking) < 0) {
        return false;
    }
    if (blocking && !is_none(blocking)) {
        Value loop = loop_of_future(t, result);
        int truth = loop ? object_truth(t, blocking) : -1;
        if (truth < 0) {
            return false;
        }
        if (loop != k->future.loop) {
            return step_with_error(
                t, self,
                str_format(t, "Task %R got Future %R attached to a different loop", self, result));
        }
        if (!truth) {
            return step_with_error(
                t, self,
                str_format(t, "yield was used instead of yield from in task %R with %R", self,
                           result));
        }
        return wait_for(t, self, result);
    }
    if (type_of(result) == &generator_type) {
        return step_with_error(
            t, self,
            str_format(t, "yield was used instead of yield from for generator in task %R with %R",
                       self, result));
    }
    return step_with_error(t, self, str_format(t, "Task got bad yield: %R", result));
}

static bool run_step(Thread *t, Value self, Value exc)
{
    Task *k = task_of(self);
    if (k->must_cancel) {
        Value type = asyncio_cancelled_type(t);
        if (!type) {
            return false;
        }
        if (!exc || !type_is_subtype(type_of(exc), value_type(type))) {
            exc = future_cancelled_error(t, self);
            if (!exc) {
                return false;
            }
        }
        atomic_store_explicit(&k->must_cancel, false, memory_order_relaxed);
    }
    set_value(k, &k->waiter, 0);
    if (!k->coro) {
        runtime_error(t, "uninitialized Task object");
        return false;
    }
    bool finished;
    Value v = resume(t, k->coro, exc, &finished);
    return !v         ? finish_raised(t, self)
           : finished ? finish_returned(t, self, v)
                      : step_yielded(t, self, v);
}

static bool task_step(Thread *t, Value self, Value exc)
{
    Task *k = task_of(self);
    if (k->future.state != FUTURE_PENDING) {
        Value text = str_format(t, "_step(): already done: %R %R", self, exc ? exc : NONE);
        const char *p = text ? str_utf8(t, text, NULL) : NULL;
        return p && asyncio_invalid_state(t, p);
    }
    if (!asyncio_enter(t, k->future.loop, self)) {
        return false;
    }
    bool good = run_step(t, self, exc);
    Value pending = error_take(t);
    bool left = asyncio_leave(t, k->future.loop, self);
    if (pending) {
        error_restore(t, pending);
    }
    return good && left;
}

/* ---- methods ---- */

NATIVE_FN(task_cancel)
{
    Task *k = task_of(args[0]);
    Value message = args[1] ? args[1] : NONE;
    if (!future_alive(t, args[0])) {
        return 0;
    }
    store_relaxed(&k->future.log_traceback, false);
    future_note_report(args[0]);
    if (k->future.state != FUTURE_PENDING) {
        return FALSE_VALUE;
    }
    k->cancels++;
    if (k->waiter) {
        Value cancel = object_getattr(t, k->waiter, INTERN(t, "cancel"));
        Value r = cancel ? asyncio_call_kw(t, cancel, 0, "msg", message) : 0;
        int truth = r ? object_truth(t, r) : -1;
        if (truth) {
            return truth < 0 ? 0 : TRUE_VALUE;
        }
    }
    atomic_store_explicit(&k->must_cancel, true, memory_order_relaxed);
    gc_store(k, &k->future.cancel_message, message);
    return TRUE_VALUE;
}

NATIVE_FN(task_cancelling) { return fixnum(task_of(args[0])->cancels); }
NATIVE_FN(task_uncancel)
{
    Task *k = task_of(args[0]);
    if (k->cancels > 0) {
        k->cancels--;
    }
    return fixnum(k->cancels);
}

NATIVE_FN(task_get_coro) { return task_of(args[0])->coro ? task_of(args[0])->coro : NONE; }
NATIVE_FN(task_get_name) { return task_of(args[0])->name ? task_of(args[0])->name : NONE; }
NATIVE_FN(task_set_name)
{
    Value name = value_is_str_exact(args[1]) ? args[1] : object_str(t, args[1]);
    set_value(task_of(args[0]), &task_of(args[0])->name, name ? name : task_of(args[0])->name);
    return name ? NONE : 0;
}

NATIVE_FN(task_set_result)
{
    return runtime_error(t, "Task does not support set_result operation");
}
NATIVE_FN(task_set_exception)
{
    return runtime_error(t, "Task does not support set_exception operation");
}

NATIVE_FN(task_get_stack)
{
    Value f = asyncio_import(t, "asyncio.base_tasks", "_task_get_stack",
                             INTERP_asyncio_task_get_stack);
    return f ? call2(t, f, args[0], args[1] ? args[1] : NONE) : 0;
}

NATIVE_FN(task_print_stack)
{
    Value f = asyncio_import(t, "asyncio.base_tasks", "_task_print_stack",
                             INTERP_asyncio_task_print_stack);
    return f ? call3(t, f, args[0], args[1] ? args[1] : NONE, args[2] ? args[2] : NONE) : 0;
}

static Value get_must_cancel(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(task_of(self)->must_cancel);
}
static Value get_coro(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return task_of(self)->coro ? task_of(self)->coro : NONE;
}
static Value get_waiter(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return task_of(self)->waiter ? task_of(self)->waiter : NONE;
}
static Value get_log_destroy(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(task_of(self)->log_destroy_pending);
}
static bool set_log_destroy(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    int truth = object_truth(t, v);
    atomic_store_explicit(&task_of(self)->log_destroy_pending, truth > 0, memory_order_relaxed);
    future_note_report(self);
    return truth >= 0;
}

static const GetSetDef task_getset[] = {
    {"_log_destroy_pending", get_log_destroy, set_log_destroy, NULL, NULL},
    {"_must_cancel", get_must_cancel, NULL, NULL, NULL},
    {"_coro", get_coro, NULL, NULL, NULL},
    {"_fut_waiter", get_waiter, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef task_methods[] = {
    {"set_result(result, /)", task_set_result, "Not supported: the coroutine gives the result.", 0},
    {"set_exception(exception, /)", task_set_exception,
     "Not supported: the coroutine gives the result.", 0},
    {"cancel(msg=None)", task_cancel,
     "Request that this task cancel itself: CancelledError is thrown into the coroutine on the "
     "next cycle of the loop.",
     0},
    {"cancelling()", task_cancelling, "Return the count of the task's cancellation requests.", 0},
    {"uncancel()", task_uncancel,
     "Decrement the count of cancellation requests; return what remains.", 0},
    {"get_stack(*, limit=None)", task_get_stack,
     "Return the list of stack frames for this task's coroutine.", 0},
    {"print_stack(*, limit=None, file=None)", task_print_stack,
     "Print the stack or traceback of the coroutine.", 0},
    {"get_name()", task_get_name, "Return the name of the task.", 0},
    {"set_name(value, /)", task_set_name, "Set the name of the task.", 0},
    {"get_coro()", task_get_coro, "Return the coroutine.", 0},
    {"__del__()", task_del, "Report a task that was forgotten while it was pending.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};
Type asyncio_task_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                          .name = "_asyncio.Task",
                          .size = sizeof(Task),
                          .base = &asyncio_future_type,
                          .doc = "A coroutine wrapped in a Future.",
                          .sig = "Task(coro, *, loop=None, name=None, context=None)",
                          .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_HAS_DICT,
                          .weakrefable = 1,
                          .trace = task_trace,
                          .finalize_registered = task_report,
                          .new = task_new,
                          .init = task_init,
                          .repr = task_repr,
                          .methods = task_methods,
                          .getset = task_getset};
