/* _queue: SimpleQueue, an unbounded FIFO.
 *
 * The items are in a deque, whose lock is the queue's.  A getter that finds it empty counts itself
 * among the waiters before it unlocks the deque, so that the next put sees it, and sleeps until
 * `puts` changes, a futex word that counts the puts while somebody waits.  put never blocks and
 * runs no Python code, so it may be called from signal handlers and finalizers.
 */
#include <errno.h>

#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/object/float.h"
#include "core/object/lock.h"
#include "core/object/thread_state.h"
#include "core/vm/vm.h"
#include "gc/thread_stats.h"
#include "modules/_collections/deque.h"
#include "modules/file_descriptor.h"

typedef struct SimpleQueue {
    Object head;
    Value items;              /* deque; init-only */
    _Atomic uint32_t puts;    /* lock of the deque; others: the kernel */
    uint32_t waiters;         /* lock of the deque */
} SimpleQueue;
extern Type simple_queue_type;

static Value empty_exception; /* registered as a root */

static inline SimpleQueue *queue_of(Value v)
{
    assert(value_isa(v, &simple_queue_type));
    return (SimpleQueue *)value_object(v);
}

static void queue_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((SimpleQueue *)self)->items);
}

static Value queue_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    if (type == &simple_queue_type && !args_no_kw(t, "SimpleQueue", kwnames)) {
        return 0;
    }
    if (type == &simple_queue_type && n > 0) {
        return type_error(t, "SimpleQueue() takes no positional arguments");
    }
    Value items = deque_alloc(t, &deque_type);
    SimpleQueue *q = items == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (q == NULL) {
        return 0;
    }
    gc_init(&q->items, items);
    return object_value(q);
}

static Value queue_put_item(Thread *t, SimpleQueue *q, Value v)
{
    Deque *d = value_deque(q->items);
    bool taken = object_lock(t, d), ok = deque_append_locked(t, d, v);
    bool wake = q->waiters > 0;
    if (wake) {
        store_relaxed(&q->puts, load_relaxed(&q->puts) + 1);
    }
    deque_unlock(d, taken);
    if (wake) {
        futex_wake(&q->puts, 1);
    }
    return ok ? NONE : 0;
}

NATIVE_FN(queue_put)
{
    return queue_put_item(t, queue_of(args[0]), args[1]);
}

/* Sleeps until a put after `seen`, the deadline (< 0: none) or a signal; false: raised. */
static bool queue_sleep(Thread *t, SimpleQueue *q, uint32_t seen, int64_t deadline, IdleWait *idle)
{
    if (idle->at == 0) {
        *idle = idle_wait();
    }
    Alarm storage;
    const Alarm *alarm = thread_alarm(t, &storage);
    if (!thread_check_signals(t)) {
        return false;
    }
    thread_wait_begin(t, "_queue.SimpleQueue");
    thread_park_waiting(t);
    futex_wait_or(&q->puts, seen, alarm, idle_until(idle, deadline));
    thread_unpark(t);
    thread_wait_end(t);
    (void)idle_again(t, idle, deadline);
    return vm_poll(t);
}

static void queue_end_wait(Thread *t, SimpleQueue *q)
{
    bool taken = object_lock(t, value_deque(q->items));
    q->waiters--;
    object_unlock(value_deque(q->items), taken);
}

static Value queue_take(Thread *t, SimpleQueue *q, bool block, int64_t deadline)
{
    Deque *d = value_deque(q->items);
    IdleWait idle = {0}; /* starts with the first sleep */
    for (;;) {
        bool taken = object_lock(t, d);
        Value v = deque_take_left_locked(d);
        const bool waits = v == 0 && block && (deadline < 0 || monotonic_ns() < deadline);
        uint32_t seen = load_relaxed(&q->puts);
        if (waits) {
            q->waiters++;
        }
        deque_unlock(d, taken);
        if (v != 0) {
            return v;
        }
        if (!waits) {
            raise_none(t, value_type(empty_exception));
            return 0;
        }
        bool goes_on = queue_sleep(t, q, seen, deadline, &idle);
        queue_end_wait(t, q);
        if (!goes_on) {
            futex_wake(&q->puts, 1); /* a put may have woken this thread and left its item here */
            return 0;
        }
    }
}

/* Seconds as a deadline; false: raised. */
static bool deadline_of(Thread *t, Value timeout, int64_t *deadline)
{
    double seconds;
    *deadline = -1;
    if (timeout == 0 || is_none(timeout)) {
        return true;
    }
    if (!value_is_float(timeout)) {
        timeout = number_index(t, timeout);
        if (timeout == 0) {
            return false;
        }
    }
    if (!value_to_double(t, timeout, &seconds)) {
        return false;
    }
    if (seconds != seconds || seconds < 0) {
        value_error(t, seconds < 0 ? "'timeout' must be a non-negative number"
                                   : "Invalid value NaN (not a number)");
        return false;
    }
    if (seconds > 9.0e9) {
        overflow_error(t, "timeout value is too large");
        return false;
    }
    *deadline = monotonic_ns() + (int64_t)(seconds * 1e9);
    return true;
}

NATIVE_FN(queue_get)
{
    int block = args[1] == 0 ? 1 : object_truth(t, args[1]);
    int64_t deadline = -1;
    if (block < 0 || (block && !deadline_of(t, args[2], &deadline))) {
        return 0;
    }
    return queue_take(t, queue_of(args[0]), block, deadline);
}

NATIVE_FN(queue_get_nowait)
{
    return queue_take(t, queue_of(args[0]), false, -1);
}

NATIVE_FN(queue_is_empty)
{
    return bool_value(deque_len(queue_of(args[0])->items) == 0);
}

NATIVE_FN(queue_size)
{
    return fixnum((int64_t)deque_len(queue_of(args[0])->items));
}

static const NativeDef queue_methods[] = {
    {"put(item, block=True, timeout=None)", queue_put,
     "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as "
     "this method\n"
     "never blocks.",
     0},
    {"put_nowait(item)", queue_put, "Put an item into the queue without blocking.", 0},
    {"get(block=True, timeout=None)", queue_get,
     "Remove and return an item from the queue.\n\n"
     "Waits until an item is available, at most 'timeout' seconds, then raises Empty.",
     0},
    {"get_nowait()", queue_get_nowait, "Remove and return an item from the queue without blocking.",
     0},
    {"empty()", queue_is_empty,
     "Return True if the queue is empty, False otherwise (not reliable!).", 0},
    {"qsize()", queue_size, "Return the approximate size of the queue (not reliable!).", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

Type simple_queue_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_queue.SimpleQueue",
    .sig = "SimpleQueue()",
    .doc = "Simple, unbounded, reentrant FIFO queue.",
    .size = sizeof(SimpleQueue),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .trace = queue_trace,
    .new = queue_new,
    .methods = queue_methods,
};

static bool queue_exec(Thread *t, Value mod)
{
    if (empty_exception == 0) {
        Value type = type_new_simple(t, "_queue.Empty", &exc_Exception,
                                     "Exception raised by Queue.get(block=0)/get_nowait().");
        if (type == 0) {
            return false;
        }
        empty_exception = type;
        gc_add_root(&empty_exception);
    }
    return type_ready(t, &deque_type) && module_add_type(t, mod, &simple_queue_type) &&
           module_add(t, mod, "Empty", empty_exception);
}

extern const ModuleDef module__queue;
const ModuleDef module__queue = {
    .name = "_queue",
    .doc = "C implementation of the Python queue module.\nThis module is an implementation detail, "
           "please do not use it directly.",
    .exec = queue_exec,
};
