/* The slow half of object locks: a bounded spin, then sleeping in a parked state so that a
 * collection that the holder's allocation starts can proceed.  And mutexes. */
#include "core/object/lock.h"

#include <time.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "gc/thread_stats.h"

enum { SPIN_PAUSES = 4800, YIELDS = 20, NAP_NS = 20000 };

/* Handovers of free locks.  One that comes sooner than HASTE_NS after the thread's last one of the
 * same object, or than twice what it waited then, is one of many: each waits twice as long, up to
 * LEAVE_MAX_NS, some thousand changes.  Every AFRESH-th begins anew, as the other thread may do
 * something else between its changes by now. */
enum { HASTE_NS = 500, LEAVE_NS = 100, LEAVE_MAX_NS = 12800, AFRESH = 32, HANDOVERS = 8 };
/* A store without a lock costs a thread no more than a cache line, so it pays to wait only where
 * hardly anything is done between two of them: less than DENSE_NS, that line included. */
enum { DENSE_NS = 250 };
typedef struct Handover {
    const Object *object; /* never dereferenced */
    int64_t end;
    int waited;
    unsigned times;
    bool looks;  /* how soon the next store without a lock comes */
    bool sparse; /* not soon */
} Handover;
static __thread Handover handovers[HANDOVERS]; /* by address */

static bool try_lock(Thread *t, Object *o)
{
    uint8_t seen = load_relaxed(&o->lock);
    return !(seen & OBJECT_LOCKED) &&
           atomic_compare_exchange_strong_explicit(&o->lock, &seen, t->lock_mark | OBJECT_LOCKED,
                                                   memory_order_acquire, memory_order_relaxed);
}

/* The holder may be the one that wants to collect. */
static bool is_stop_wanted(Thread *t)
{
    return atomic_load_explicit(&((GcThread *)t)->poll, memory_order_relaxed) & POLL_STOP;
}

static Handover *handover_of(const Object *o)
{
    return &handovers[(uintptr_t)o / 16 % HANDOVERS];
}

/* o was another thread's last: lets that one go on, when there have been many handovers. */
static void leave_to_other(Thread *t, const Object *o)
{
    Handover *h = handover_of(o);
    int64_t now = monotonic_ns();
    if (h->object != o || now - h->end > HASTE_NS + 2 * h->waited || h->times == AFRESH) {
        *h = (Handover){.object = o};
    } else if (h->waited < LEAVE_MAX_NS && !h->sparse) {
        h->waited += h->waited + LEAVE_NS;
    }
    for (int64_t end = now + h->waited; now < end && !is_stop_wanted(t); now = monotonic_ns()) {
        cpu_pause();
    }
    h->end = now;
    h->times++;
}

void object_make_mine(Thread *t, Object *o)
{
    world_charge(&t->gc);
    Handover *h = handover_of(o);
    if (h->object == o && h->looks) {
        h->looks = false;
        h->sparse = monotonic_ns() - h->end > DENSE_NS;
    } else if (!(load_relaxed(&o->lock) & OBJECT_LOCKED)) {
        bool again = h->object == o; /* else it may be one of many, and no look would end */
        thread_wait_begin(t, o->type->name);
        leave_to_other(t, o);
        thread_wait_end(t);
        h->looks = again && h->times == 1;
    }
    uint8_t seen = load_relaxed(&o->lock);
    if (!h->looks && !(seen & OBJECT_LOCKED)) {
        (void)atomic_compare_exchange_strong_explicit(
            &o->lock, &seen, t->lock_mark, memory_order_relaxed, memory_order_relaxed);
    }
}

/* Tries for a while. */
static bool spin(Thread *t, Object *o)
{
    unsigned pauses = backoff_begin();
    for (unsigned spent = 0; spent < SPIN_PAUSES && !is_stop_wanted(t); spent += pauses) {
        if (try_lock(t, o)) {
            return true;
        }
        cpu_backoff(&pauses);
    }
    return false;
}

void object_lock_slow(Thread *t, Object *o)
{
    thread_wait_begin(t, o->type->name);
    if (!(load_relaxed(&o->lock) & OBJECT_LOCKED)) {
        leave_to_other(t, o);
    }
    bool taken = try_lock(t, o) || spin(t, o);
    for (int i = 0; !taken && !try_lock(t, o); i++) {
        thread_park_inside(t); /* maybe with the lock of another object */
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
