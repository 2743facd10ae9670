/* The parts of the module _asyncio: futures (future.c), tasks (task.c), running loops and
 * registries (_asyncio.c). */
#ifndef MODULES_ASYNCIO_ASYNCIO_H
#define MODULES_ASYNCIO_ASYNCIO_H

#include "core/object/iter.h"
#include "core/object/module.h"

typedef enum { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED } FutureState;

/* An event loop runs in one thread and futures belong to it, so fields are plain (but never torn)
 * values. */
typedef struct Future {
    Object head;
    Value loop;              /* 0: __init__ was not called */
    Value callbacks;         /* list of (function, context), or 0 */
    Value result;            /* or 0 */
    Value exception;         /* or 0 */
    Value exception_tb;      /* its traceback when it was set, or 0 */
    Value source_traceback;  /* or 0 */
    Value cancel_message;    /* or 0 */
    Value cancelled_exc;     /* CancelledError that ended a task, handed out once; or 0 */
    _Atomic uint8_t state;   /* FutureState; set when the outcome is there */
    _Atomic bool log_traceback; /* the exception has not been retrieved */
    _Atomic bool blocking;   /* a task must wait for it */
} Future;

typedef struct Task {
    Future future;
    Value coro, waiter, context, name; /* or 0 */
    _Atomic bool must_cancel, log_destroy_pending;
    _Atomic int cancels;     /* requests */
} Task;
extern Type asyncio_future_type, asyncio_task_type, asyncio_future_iter_type;

static inline Future *future_of(Value v)
{
    assert(value_isa(v, &asyncio_future_type));
    return (Future *)value_object(v);
}
static inline Task *task_of(Value v)
{
    assert(value_isa(v, &asyncio_task_type));
    return (Task *)value_object(v);
}
/* Exactly these types: subclasses may override anything. */
static inline bool value_is_future(Value v)
{
    return type_of(v) == &asyncio_future_type || type_of(v) == &asyncio_task_type;
}

/* ---- future.c ---- */
extern const NativeDef asyncio_future_methods[];
void future_trace(Object *self, Tracer *tr);
NODISCARD bool future_setup(Thread *t, Value self, Value loop /* or 0 */);
NODISCARD bool future_alive(Thread *t, Value self);            /* else RuntimeError */
bool future_cancel_now(Thread *t, Value self, Value message, bool *cancelled);
NODISCARD bool future_set_result_now(Thread *t, Value self, Value v);
NODISCARD bool future_set_exception_now(Thread *t, Value self, Value exc);
NODISCARD bool future_add_callback(Thread *t, Value self, Value fn, Value context);
/* Result of a future that is done: the value, or 0 with *exc what to raise, or 0 with an error
 * pending. */
Value future_outcome(Thread *t, Value self, Value *exc);
Value future_cancelled_error(Thread *t, Value self);
void future_report(Thread *t, Value self);                     /* __del__ */
/* After a change of what future_report and task_report look at: the collector need not call them
 * when there is nothing to report.  (Those of subclasses are called in any case.) */
void future_note_report(Value self);
extern const GetSetDef asyncio_future_getset[];

/* ---- _asyncio.c ---- */
/* slot: where the interpreter keeps it */
Value asyncio_import(Thread *t, const char *module, const char *name, int slot);
Value asyncio_cancelled_type(Thread *t);
COLD bool asyncio_invalid_state(Thread *t, const char *text);
/* the running loop, or the policy's */
Value asyncio_current_loop(Thread *t);
/* loop.call_soon(fn[, arg], context=context) */
NODISCARD bool asyncio_call_soon(Thread *t, Value loop, Value fn, Value arg, Value context);
Value asyncio_copy_context(Thread *t);
/* f([arg], name=v) */
Value asyncio_call_kw(Thread *t, Value f, Value arg /* or 0 */, const char *name, Value v);
NODISCARD bool asyncio_enter(Thread *t, Value loop, Value task);
NODISCARD bool asyncio_leave(Thread *t, Value loop, Value task);
NODISCARD bool asyncio_register(Thread *t, Value task);
/* loop.call_exception_handler */
NODISCARD bool asyncio_report(Thread *t, Value loop, Value context_dict);

#endif
