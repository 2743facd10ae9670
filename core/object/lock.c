/* The slow half of object locks: a bounded spin, then sleeping in a parked state so that a
 * collection that the holder's allocation starts can proceed.  And mutexes. */
#include "core/object/lock.h"

#include <time.h>

#include "core/base/atomics.h"
#include "gc/thread_stats.h"

enum { SPIN_PAUSES = 4800, YIELDS = 20, NAP_NS = 20000 };

static bool try_lock(Object *o)
{
    uint8_t free_state = 0;
    return atomic_load_explicit(&o->lock, memory_order_relaxed) == 0 &&
           atomic_compare_exchange_strong_explicit(&o->lock, &free_state, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* The holder may be the one that wants to collect. */
static bool is_stop_wanted(Thread *t)
{
    return atomic_load_explicit(&((GcThread *)t)->poll, memory_order_relaxed) & POLL_STOP;
}

void object_lock_slow(Thread *t, Object *o)
{
    unsigned pauses = backoff_begin();
    for (unsigned spent = 0; spent < SPIN_PAUSES && !is_stop_wanted(t); spent += pauses) {
        if (try_lock(o)) {
            return;
        }
        cpu_backoff(&pauses);
    }
    thread_wait_begin(t, o->type->name);
    for (int i = 0; !try_lock(o); i++) {
        thread_park(t);
        if (i < YIELDS) {
            sched_yield();
        } else {
            nanosleep(&(struct timespec){0, NAP_NS}, NULL);
        }
        thread_unpark(t);
    }
    thread_wait_end(t);
}

bool object_lock2(Thread *t, void *a, void *b)
{
    void *first = a < b ? a : b, *second = a < b ? b : a;
    bool taken = object_lock(t, first);
    if (second != first) {
        bool also = object_lock(t, second);
        assert(also == taken);
        (void)also;
    }
    return taken;
}

void object_unlock2(void *a, void *b, bool taken)
{
    object_unlock(a, taken);
    if (a != b) {
        object_unlock(b, taken);
    }
}

void mutex_lock_parked_in(Thread *t, Mutex *m, const char *where)
{
    if (!mutex_try_lock(m)) {
        thread_wait_begin(t, where);
        thread_park(t);
        mutex_lock(m);
        thread_unpark(t);
        thread_wait_end(t);
    }
}

void owned_mutex_lock_in(Thread *t, OwnedMutex *m, const char *where)
{
    if (!owned_mutex_is_mine(t, m)) {
        mutex_lock_parked_in(t, &m->mutex, where);
        atomic_store_explicit(&m->owner, t, memory_order_relaxed);
    }
    m->depth++;
}

void owned_mutex_unlock(OwnedMutex *m)
{
    if (--m->depth == 0) {
        atomic_store_explicit(&m->owner, NULL, memory_order_relaxed);
        mutex_unlock(&m->mutex);
    }
}
