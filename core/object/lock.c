/* The slow half of object locks: a bounded spin, then sleeping in a parked state so that a
 * collection that the holder's allocation starts can proceed.  And mutexes. */
#include "core/object/lock.h"

#include <time.h>

#include "core/base/atomics.h"
#include "core/object/error.h"
#include "core/object/lock_bias.h"
#include "core/object/turn.h"
#include "gc/thread_stats.h"

enum { SPIN_FIRST = 4, SPIN_PAUSES = 4800, YIELDS = 20, NAP_NS = 20000 };

static bool try_lock(Thread *t, Object *o, uint8_t mark)
{
    uint8_t seen = load_relaxed(&o->lock);
    if (lock_is_biased(seen) && seen != t->own_mark && turn_is_known(o)) {
        (void)lock_bias_ask_back(t, o);
        seen = load_relaxed(&o->lock);
    }
    bool done =
        (!(seen & OBJECT_LOCKED) || lock_is_asked_back(t, seen)) &&
        atomic_compare_exchange_strong_explicit(&o->lock, &seen, mark | OBJECT_LOCKED,
                                                memory_order_acq_rel, memory_order_relaxed);
    if (done && lock_is_biased(seen) && seen != t->own_mark) {
        lock_bias_end(t, o, seen);
    }
    return done;
}

/* Tries for a while; in a crowd with longer waits, as each look costs the holder a cache line. */
static bool spin(Thread *t, Object *o, uint8_t mark)
{
    bool crowded = turn_is_crowded(o), done = false;
    unsigned pauses = crowded ? backoff_begin() : SPIN_FIRST;
    for (unsigned spent = 0; spent < SPIN_PAUSES && !thread_is_stop_wanted(t); spent += pauses) {
        done = try_lock(t, o, mark);
        if (done) {
            break;
        }
        cpu_backoff(&pauses);
    }
    if (crowded) {
        backoff_end();
    }
    return done;
}

static COLD void lock_slow(Thread *t, Object *o)
{
    uint8_t mark = turn_begin(t, o);
    if (try_lock(t, o, mark)) {
        return;
    }
    thread_wait_begin(t, type_text(o->type));
    bool taken = spin(t, o, mark);
    for (int i = 0; !taken && !try_lock(t, o, mark); i++) {
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

void object_lock_shared(Thread *t, Object *o)
{
    lock_bias_look(t);
    uint8_t seen = load_relaxed(&o->lock), mark = t->lock_mark;
    if ((seen == 0 && t->own_mark != LOCK_NO_BIAS) || seen == t->own_mark) {
        mark = t->own_mark;
    }
    if (UNLIKELY((seen != mark && seen != 0) ||
                 !atomic_compare_exchange_strong_explicit(&o->lock, &seen, mark | OBJECT_LOCKED,
                                                          memory_order_acquire,
                                                          memory_order_relaxed))) {
        lock_slow(t, o);
    }
}

void object_make_mine(Thread *t, Object *o)
{
    if (!(load_relaxed(&o->lock) & OBJECT_LOCKED)) {
        uint8_t mark = turn_begin(t, o), seen = load_relaxed(&o->lock);
        mark = lock_is_biased(mark) ? t->lock_mark : mark; /* the lock is not what costs here */
        if (lock_is_biased(seen)) {
            lock_slow(t, o);
            store_release(&o->lock, load_relaxed(&o->lock) & ~OBJECT_LOCKED);
        } else if (!(seen & OBJECT_LOCKED)) {
            (void)atomic_compare_exchange_strong_explicit(
                &o->lock, &seen, mark, memory_order_relaxed, memory_order_relaxed);
        }
    }
}

/* object_lock that tells nothing in t->holding, which has room for one object. */
static bool lock_by_byte(Thread *t, Object *o)
{
    lock_section_begin(t);
    bool shared = world_is_shared();
    if (shared) {
        world_charge(&t->gc);
        object_lock_shared(t, o);
    }
    return shared;
}

bool object_lock2(Thread *t, void *a, void *b)
{
    void *first = a < b ? a : b, *second = a < b ? b : a;
    bool taken = lock_by_byte(t, first);
    if (second != first) {
        bool also = lock_by_byte(t, second);
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

bool owned_mutex_enter_in(Thread *t, OwnedMutex *m, Value self, const char *where)
{
    if (owned_mutex_is_mine(t, m)) {
        runtime_error(t, "reentrant call inside %R", self);
        return false;
    }
    owned_mutex_lock_in(t, m, where);
    return true;
}

void owned_mutex_unlock(OwnedMutex *m)
{
    if (--m->depth == 0) {
        atomic_store_explicit(&m->owner, NULL, memory_order_relaxed);
        mutex_unlock(&m->mutex);
    }
}
