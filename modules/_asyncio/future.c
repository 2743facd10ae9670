/* Future: a result that will be there later; what `await` on it iterates over. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_asyncio/asyncio.h"

static Value or_none(Value v) { return v ? v : NONE; }
static void set_value(Future *f, Value *slot, Value v) { gc_store(f, slot, v); }

/* ---- life ---- */

static Value future_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return object_value(object_alloc_unfinalized(t, type, &asyncio_future_type));
}

void future_note_report(Value self)
{
    const Future *f = future_of(self);
    if (value_is_future(self)) {
        bool destroyed = type_of(self) == &asyncio_task_type && f->state == FUTURE_PENDING &&
                         task_of(self)->log_destroy_pending;
        gc_set_no_finalize(value_object(self), !f->log_traceback && !destroyed);
    }
}

/* The outcome is there, or has been looked at. */
static void set_log_traceback_now(Value self, bool log)
{
    atomic_store_explicit(&future_of(self)->log_traceback, log, memory_order_relaxed);
    future_note_report(self);
}

bool future_alive(Thread *t, Value self)
{
    if (!future_of(self)->loop) {
        runtime_error(t, "Future object is not initialized.");
        return false;
    }
    return true;
}

bool future_setup(Thread *t, Value self, Value loop)
{
    Future *f = future_of(self);
    loop = loop && !is_none(loop) ? loop : asyncio_current_loop(t);
    if (!loop) {
        return false;
    }
    atomic_init(&f->state, FUTURE_PENDING);
    atomic_init(&f->log_traceback, false);
    atomic_init(&f->blocking, false);
    Value *slots[] = {&f->callbacks,        &f->result,         &f->exception,    &f->exception_tb,
                      &f->source_traceback, &f->cancel_message, &f->cancelled_exc};
    for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
        set_value(f, slots[i], 0);
    }
    set_value(f, &f->loop, loop);
    Value debug = call_method0(t, loop, INTERN(t, "get_debug"));
    int on = debug ? object_truth(t, debug) : -1;
    if (on > 0) {
        Value fn = asyncio_import(t, "asyncio.format_helpers", "extract_stack",
                                  INTERP_asyncio_extract_stack),
              stack = fn ? call0(t, fn) : 0;
        set_value(f, &f->source_traceback, stack);
        return stack != 0;
    }
    return on == 0;
}

static bool future_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Future(*, loop=None)");
    Value a[1];
    return args_bind(t, &sig, args, n, kwnames, a) && future_setup(t, self, a[0]);
}

void future_trace(Object *self, Tracer *tr)
{
    Future *f = (Future *)self;
    const Value fields[] = {f->loop,           f->callbacks,    f->result,
                            f->exception,      f->exception_tb, f->source_traceback,
                            f->cancel_message, f->cancelled_exc};
    trace_values(tr, fields, ARRAY_SIZE(fields));
}

void future_report(Thread *t, Value self)
{
    Future *f = future_of(self);
    if (!f->log_traceback || !f->loop) {
        return;
    }
    atomic_store_explicit(&f->log_traceback, false, memory_order_relaxed);
    Value pending = error_take(t), context = dict_new(t);
    Value message =
        context ? str_format(t, "%s exception was never retrieved", type_short_name(type_of(self)))
                : 0;
    bool good = message && dict_set_cstr(t, context, "message", message) &&
                dict_set_cstr(t, context, "exception", or_none(value_load(&f->exception))) &&
                dict_set_cstr(t, context, "future", self) &&
                (!f->source_traceback ||
                 dict_set_cstr(t, context, "source_traceback", f->source_traceback)) &&
                asyncio_report(t, f->loop, context);
    if (!good && t->exc) {
        error_unraisable(t, NULL, self);
    }
    error_restore(t, pending);
}

NATIVE_FN(future_del)
{
    future_report(t, args[0]);
    return NONE;
}

static Value future_repr(Thread *t, Value self)
{
    Value f = asyncio_import(t, "asyncio.base_futures", "_future_repr", INTERP_asyncio_future_repr);
    return f ? call1(t, f, self) : 0;
}

/* ---- completion ---- */

static bool schedule_callbacks(Thread *t, Value self)
{
    Future *f = future_of(self);
    Value list = value_load(&f->callbacks);
    if (!list) {
        return true;
    }
    set_value(f, &f->callbacks, 0);
    for (size_t i = 0; i < list_len(list); i++) {
        Value pair = list_get(list, i);
        if (!asyncio_call_soon(t, f->loop, tuple_get(pair, 0), self, tuple_get(pair, 1))) {
            return false;
        }
    }
    return true;
}

bool future_cancel_now(Thread *t, Value self, Value message, bool *cancelled)
{
    Future *f = future_of(self);
    *cancelled = f->state == FUTURE_PENDING;
    if (*cancelled) {
        atomic_store_explicit(&f->state, FUTURE_CANCELLED, memory_order_release);
    }
    set_log_traceback_now(self, false);
    if (!*cancelled) {
        return true;
    }
    set_value(f, &f->cancel_message, message);
    return schedule_callbacks(t, self);
}

bool future_set_result_now(Thread *t, Value self, Value v)
{
    Future *f = future_of(self);
    if (!future_alive(t, self)) {
        return false;
    }
    if (f->state != FUTURE_PENDING) {
        return asyncio_invalid_state(t, "invalid state");
    }
    set_value(f, &f->result, v);
    atomic_store_explicit(&f->state, FUTURE_FINISHED, memory_order_release);
    future_note_report(self);
    return schedule_callbacks(t, self);
}

bool future_set_exception_now(Thread *t, Value self, Value exc)
{
    Future *f = future_of(self);
    if (!future_alive(t, self)) {
        return false;
    }
    if (f->state != FUTURE_PENDING) {
        return asyncio_invalid_state(t, "invalid state");
    }
    if (value_is_exception_type(exc) && !(exc = call0(t, exc))) {
        return false;
    }
    if (!value_is_exception(exc)) {
        type_error(t, "invalid exception object");
        return false;
    }
    if (type_of(exc) == &exc_StopIteration) {
        type_error(
            t, "StopIteration interacts badly with generators and cannot be raised into a Future");
        return false;
    }
    set_value(f, &f->exception, exc);
    set_value(f, &f->exception_tb, exception_traceback(exc));
    atomic_store_explicit(&f->state, FUTURE_FINISHED, memory_order_release);
    if (!schedule_callbacks(t, self)) {
        return false;
    }
    set_log_traceback_now(self, true);
    gc_register_finalizer(t, value_object(self));
    return true;
}

Value future_cancelled_error(Thread *t, Value self)
{
    Future *f = future_of(self);
    Value exc = value_load(&f->cancelled_exc), type;
    if (exc) {
        set_value(f, &f->cancelled_exc, 0);
        return exc;
    }
    type = asyncio_cancelled_type(t);
    Value message = value_load(&f->cancel_message);
    bool plain = !message || is_none(message);
    return !type ? 0 : plain ? call0(t, type) : call1(t, type, message);
}

Value future_outcome(Thread *t, Value self, Value *exc)
{
    Future *f = future_of(self);
    *exc = 0;
    if (f->state == FUTURE_CANCELLED) {
        *exc = future_cancelled_error(t, self);
        return 0;
    }
    if (f->state != FUTURE_FINISHED) {
        asyncio_invalid_state(t, "Result is not set.");
        return 0;
    }
    if (f->log_traceback) {
        set_log_traceback_now(self, false);
    }
    Value failure = value_load(&f->exception);
    if (failure) {
        exception_set_traceback(failure, value_load(&f->exception_tb));
        *exc = failure;
        return 0;
    }
    return value_load(&f->result);
}

bool future_add_callback(Thread *t, Value self, Value fn, Value context)
{
    Future *f = future_of(self);
    if (f->state != FUTURE_PENDING) {
        return asyncio_call_soon(t, f->loop, fn, self, context);
    }
    Value pair = tuple_pack(t, 2, fn, context);
    if (!pair) {
        return false;
    }
    Value list = value_load(&f->callbacks);
    if (list) {
        return list_append(t, list, pair);
    }
    list = list_from(t, &pair, 1);
    set_value(f, &f->callbacks, list);
    return list != 0;
}

/* ---- methods ---- */

NATIVE_FN(future_result)
{
    Value exc, v = future_outcome(t, args[0], &exc);
    return v ? v : exc ? raise_exception(t, exc) : 0;
}

NATIVE_FN(future_exception)
{
    Future *f = future_of(args[0]);
    if (f->state == FUTURE_CANCELLED) {
        Value exc = future_cancelled_error(t, args[0]);
        return exc ? raise_exception(t, exc) : 0;
    }
    if (f->state != FUTURE_FINISHED) {
        asyncio_invalid_state(t, "Exception is not set.");
        return 0;
    }
    set_log_traceback_now(args[0], false);
    return f->exception ? f->exception : NONE;
}

NATIVE_FN(future_set_result) { return future_set_result_now(t, args[0], args[1]) ? NONE : 0; }
NATIVE_FN(future_set_exception) { return future_set_exception_now(t, args[0], args[1]) ? NONE : 0; }
NATIVE_FN(future_done)
{
    return bool_value(future_of(args[0])->loop && future_of(args[0])->state != FUTURE_PENDING);
}
NATIVE_FN(future_cancelled) { return bool_value(future_of(args[0])->state == FUTURE_CANCELLED); }
NATIVE_FN(future_get_loop) { return future_alive(t, args[0]) ? future_of(args[0])->loop : 0; }
NATIVE_FN(future_make_cancelled_error) { return future_cancelled_error(t, args[0]); }

NATIVE_FN(future_cancel)
{
    bool cancelled;
    return future_alive(t, args[0]) && future_cancel_now(t, args[0], args[1], &cancelled)
               ? bool_value(cancelled)
               : 0;
}

NATIVE_FN(future_add_done_callback)
{
    if (!future_alive(t, args[0])) {
        return 0;
    }
    Value context = args[2] ? args[2] : asyncio_copy_context(t);
    return context && future_add_callback(t, args[0], args[1], context) ? NONE : 0;
}

NATIVE_FN(future_remove_done_callback)
{
    Future *f = future_of(args[0]);
    if (!future_alive(t, args[0])) {
        return 0;
    }
    Value old = value_load(&f->callbacks), kept = list_new(t, 0);
    size_t removed = 0;
    for (size_t i = 0; old && kept && i < list_len(old); i++) {
        Value pair = list_get(old, i);
        int same = pair ? object_compare_bool(t, tuple_get(pair, 0), args[1], CMP_EQ) : 0;
        if (same < 0 || (!same && pair && !list_append(t, kept, pair))) {
            return 0;
        }
        removed += same > 0;
    }
    if (!kept) {
        return 0;
    }
    if (removed && value_load(&f->callbacks)) {
        set_value(f, &f->callbacks, list_len(kept) ? kept : 0);
    }
    return fixnum((int64_t)removed);
}

/* ---- attributes ---- */

static Value get_loop_attr(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return or_none(future_of(self)->loop);
}
static Value get_exception_attr(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return or_none(value_load(&future_of(self)->exception));
}
static Value get_result_attr(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return or_none(value_load(&future_of(self)->result));
}
static Value get_source_traceback(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return or_none(value_load(&future_of(self)->source_traceback));
}
static Value get_callbacks(Thread *t, Value self, void *c UNUSED)
{
    Value list = value_load(&future_of(self)->callbacks);
    return list ? sequence_list(t, list) : NONE;
}
static Value get_state(Thread *t, Value self, void *c UNUSED)
{
    static const char *const states[] = {"PENDING", "CANCELLED", "FINISHED"};
    uint8_t state = future_of(self)->state;
    return future_alive(t, self) ? intern_cstr(t, states[state]) : 0;
}
static Value get_blocking(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(future_of(self)->loop && future_of(self)->blocking);
}
static bool set_blocking(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    int truth = future_alive(t, self) ? object_truth(t, v) : -1;
    atomic_store_explicit(&future_of(self)->blocking, truth > 0, memory_order_relaxed);
    return truth >= 0;
}
static Value get_log_traceback(Thread *t, Value self, void *c UNUSED)
{
    return future_alive(t, self) ? bool_value(future_of(self)->log_traceback) : 0;
}
static bool set_log_traceback(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    int truth = object_truth(t, v);
    if (truth > 0) {
        value_error(t, "_log_traceback can only be set to False");
    }
    if (truth == 0) {
        set_log_traceback_now(self, false);
    }
    return truth == 0;
}
static Value get_cancel_message(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return or_none(value_load(&future_of(self)->cancel_message));
}
static bool set_cancel_message(Thread *t, Value self, Value v, void *c UNUSED)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    set_value(future_of(self), &future_of(self)->cancel_message, v);
    return true;
}

const GetSetDef asyncio_future_getset[] = {
    {"_state", get_state, NULL, NULL, NULL},
    {"_asyncio_future_blocking", get_blocking, set_blocking, NULL, NULL},
    {"_loop", get_loop_attr, NULL, NULL, NULL},
    {"_callbacks", get_callbacks, NULL, NULL, NULL},
    {"_result", get_result_attr, NULL, NULL, NULL},
    {"_exception", get_exception_attr, NULL, NULL, NULL},
    {"_log_traceback", get_log_traceback, set_log_traceback, NULL, NULL},
    {"_source_traceback", get_source_traceback, NULL, NULL, NULL},
    {"_cancel_message", get_cancel_message, set_cancel_message, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

const NativeDef asyncio_future_methods[] = {
    {"result()", future_result, "Return the result this future represents, or raise its exception.",
     0},
    {"exception()", future_exception, "Return the exception that was set on this future, or None.",
     0},
    {"set_result(result, /)", future_set_result, "Mark the future done and set its result.", 0},
    {"set_exception(exception, /)", future_set_exception,
     "Mark the future done and set an exception.", 0},
    {"add_done_callback(fn, /, *, context=None)", future_add_done_callback,
     "Add a function that the loop calls with the future when it is done.", 0},
    {"remove_done_callback(fn, /)", future_remove_done_callback,
     "Remove all instances of a callback; return how many there were.", 0},
    {"cancel(msg=None)", future_cancel,
     "Cancel the future and schedule callbacks; False when it is done already.", 0},
    {"cancelled()", future_cancelled, "Return True if the future was cancelled.", 0},
    {"done()", future_done, "Return True if the future is done.", 0},
    {"get_loop()", future_get_loop, "Return the event loop the future is bound to.", 0},
    {"_make_cancelled_error()", future_make_cancelled_error, "Create the CancelledError to raise.",
     0},
    {"__del__()", future_del, "Report an exception that was never retrieved.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

/* ---- await ---- */

typedef struct FutureIter {
    Object head;
    Value future; /* 0: finished */
} FutureIter;

static Value future_iter(Thread *t, Value self)
{
    if (!future_alive(t, self)) {
        return 0;
    }
    FutureIter *it = object_alloc(t, &asyncio_future_iter_type, sizeof *it);
    if (!it) {
        return 0;
    }
    gc_init(&it->future, self);
    return object_value(it);
}

static Value iter_send(Thread *t, Value self, Value v UNUSED, bool *done)
{
    FutureIter *it = (FutureIter *)value_object(self);
    Value future = value_load(&it->future);
    *done = false;
    if (!future) {
        *done = true;
        return NONE;
    }
    Future *f = future_of(future);
    if (f->state == FUTURE_PENDING) {
        if (f->blocking) {
            return runtime_error(t, "await wasn't used with future");
        }
        atomic_store_explicit(&f->blocking, true, memory_order_relaxed);
        return future;
    }
    gc_store(it, &it->future, 0);
    Value exc, result = future_outcome(t, future, &exc);
    *done = result != 0;
    return result ? result : exc ? raise_exception(t, exc) : 0;
}

static Value iter_step(Thread *t, Value self)
{
    bool done;
    Value v = iter_send(t, self, NONE, &done);
    return v && done ? stop_iteration(t, is_none(v) ? 0 : v) : v;
}

NATIVE_FN(iter_send_method) { return iter_step(t, args[0]); }

NATIVE_FN(iter_throw)
{
    FutureIter *it = (FutureIter *)value_object(args[0]);
    Value type = args[1], exc, tb = args[3] && !is_none(args[3]) ? args[3] : 0;
    if (tb && type_of(tb) != &traceback_type) {
        return type_error(t, "throw() third argument must be a traceback");
    }
    if (value_is_exception_type(type)) {
        exc = exception_normalize(t, type, args[2] && !is_none(args[2]) ? args[2] : 0);
    } else if (value_is_exception(type)) {
        if (args[2] && !is_none(args[2])) {
            return type_error(t, "instance exception may not have a separate value");
        }
        exc = type;
    } else {
        return type_error(
            t, "exceptions must be classes deriving BaseException or instances of such a class");
    }
    if (!exc) {
        return 0;
    }
    if (tb) {
        exception_set_traceback(exc, tb);
    }
    gc_store(it, &it->future, 0);
    return raise_exception(t, exc);
}

NATIVE_FN(iter_close)
{
    gc_store(value_object(args[0]), &((FutureIter *)value_object(args[0]))->future, 0);
    return NONE;
}

static void iter_trace(Object *self, Tracer *tr) { trace_value(tr, ((FutureIter *)self)->future); }

static const NativeDef iter_methods[] = {
    {"send(value, /)", iter_send_method, "Resume.", 0},
    {"throw(type, value=None, tb=None, /)", iter_throw, "Raise an exception.", 0},
    {"close()", iter_close, "Finish.", 0},
    {NULL, NULL, NULL, 0},
};
Type asyncio_future_iter_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                                 .name = "_asyncio.FutureIter",
                                 .size = sizeof(FutureIter),
                                 .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
                                 .trace = iter_trace,
                                 .iter = iter_self,
                                 .next = iter_step,
                                 .send = iter_send,
                                 .methods = iter_methods};

Type asyncio_future_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "_asyncio.Future",
                            .size = sizeof(Future),
                            .doc = "A result that an event loop will have later.\n\n"
                                   "Almost compatible with concurrent.futures.Future, but it is "
                                   "not thread-safe, result() and exception() do not\n"
                                   "wait, and callbacks are called by the event loop.",
                            .sig = "Future(*, loop=None)",
                            .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_HAS_DICT,
                            .weakrefable = 1,
                            .trace = future_trace,
                            .finalize_registered = future_report,
                            .new = future_new,
                            .init = future_init,
                            .repr = future_repr,
                            .iter = future_iter,
                            .await_ = future_iter,
                            .methods = asyncio_future_methods,
                            .getset = asyncio_future_getset};
