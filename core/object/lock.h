/* The one-byte lock of each object, and the rule for using it; mutexes of objects whose operations
 * block.
 *
 * Writers of a shared mutable object hold its lock; readers take none.  While one thread has the
 * world alone (gc/safepoint.h), nothing is locked.  Under the lock: no Python code, no blocking
 * call, no other object's lock except through object_lock2 (address order).  Allocation is allowed.
 *
 * The lock of an object that one thread alone locks is biased to it, and costs no atomic operation
 * (core/object/lock_bias.c).
 *
 * Two threads that change an object in turn may never find it locked, and yet wait at each change:
 * for the cache lines, which takes ten times as long.  So a free lock says whose it was last, and a
 * thread that finds another's mark may leave the object to that one for a while
 * (core/object/turn.c).
 */
#ifndef CORE_OBJECT_LOCK_H
#define CORE_OBJECT_LOCK_H

#include "core/base/atomics.h"
#include "core/base/fence.h"
#include "core/base/mutex.h"
#include "core/object/lock_bits.h"
#include "core/object/thread.h"

/* In a shared world: takes the lock by its byte.  Spins, then parks; lets the collector run. */
void object_lock_shared(Thread *t, Object *o);

/* In between is no poll, no code of Python and no wait: asserted, also where nothing is locked. */
static inline void lock_section_begin(Thread *t UNUSED)
{
#ifndef NDEBUG
    t->gc.sections++;
#endif
}
static inline void lock_section_end(void)
{
#ifndef NDEBUG
    assert(thread_current()->gc.sections > 0);
    thread_current()->gc.sections--;
#endif
}

/* In a shared world, for who reads several words of o without its lock: may somebody be changing o?
 * A change that is seen in part was begun before: after loads with acquire the answer is then yes,
 * until all of it is seen. */
static inline bool object_may_change(const void *object)
{
    uint8_t seen = load_acquire(&((const Object *)object)->lock);
    return (seen & OBJECT_LOCKED) ||
           (lock_is_biased(seen) && seen != thread_current()->own_mark);
}

/* In a shared world: did t change o last?  A hint, for what is changed without the lock. */
static inline bool object_was_mine(const Thread *t, const Object *o)
{
    return (load_relaxed(&o->lock) | TURN_STAYS) == t->lock_mark;
}
/* If not: leaves it to who did for a while, where that pays, and from then on t did.  Does nothing
 * while the lock is held.  No poll. */
COLD void object_make_mine(Thread *t, Object *o);

/* o, which t has made and nobody else knows, is biased to t from now on: its first lock is no
 * atomic operation.  For what its maker will change: another thread that does pays for the bias. */
static inline void object_bias_new(const Thread *t, void *object)
{
    Object *o = object;
    uint8_t own = t->own_mark;
    if (UNLIKELY(world_is_shared()) && lock_is_biased(own) && load_relaxed(&o->lock) == 0) {
        store_relaxed(&o->lock, own);
    }
}

/* Returns whether a lock was taken; hand the result to object_unlock. */
static inline bool object_lock(Thread *t, void *object)
{
    Object *o = object;
    lock_section_begin(t);
    if (LIKELY(!world_is_shared())) {
        return false;
    }
    world_charge(&t->gc);
    uint8_t own = t->own_mark;
    if (LIKELY(load_relaxed(&o->lock) == own) && LIKELY(load_relaxed(&t->holding) == NULL)) {
        store_relaxed(&t->holding, o);
        fence_light();
        if (LIKELY(load_relaxed(&o->lock) == own)) {
            return true;
        }
        store_relaxed(&t->holding, NULL);
    }
    object_lock_shared(t, o);
    return true;
}
static inline void object_unlock(void *object, bool taken)
{
    lock_section_end();
    if (UNLIKELY(taken)) {
        Object *o = object;
        Thread *t = thread_current();
        if (LIKELY(load_relaxed(&t->holding) == o)) {
            store_release(&t->holding, NULL);
        } else {
            store_release(&o->lock, load_relaxed(&o->lock) & ~OBJECT_LOCKED);
        }
    }
}
bool object_lock2(Thread *t, void *a, void *b); /* a may equal b */
void object_unlock2(void *a, void *b, bool taken);

/* A mutex that is held over system calls, long computations or calls of Python: whoever waits for
 * it is parked. */
#define mutex_lock_parked(t, m) mutex_lock_parked_in(t, m, "a lock in " __FILE_NAME__)
void mutex_lock_parked_in(Thread *t, Mutex *m, const char *where /* for -X threadstats */);

/* The same, and its owner may enter again. */
typedef struct OwnedMutex {
    Mutex mutex;
    Thread *_Atomic owner;
    int depth; /* owner */
} OwnedMutex;
static inline bool owned_mutex_is_mine(Thread *t, OwnedMutex *m)
{
    return atomic_load_explicit(&m->owner, memory_order_relaxed) == t;
}
#define owned_mutex_lock(t, m) owned_mutex_lock_in(t, m, "a lock in " __FILE_NAME__)
void owned_mutex_lock_in(Thread *t, OwnedMutex *m, const char *where);
void owned_mutex_unlock(OwnedMutex *m);
/* Not again: RuntimeError that names self, and false, when t holds it already, as a signal's
 * handler or a callback may find. */
#define owned_mutex_enter(t, m, self) owned_mutex_enter_in(t, m, self, "a lock in " __FILE_NAME__)
NODISCARD bool owned_mutex_enter_in(Thread *t, OwnedMutex *m, Value self, const char *where);
/* Nobody holds m, and nobody else may until the next poll: what has no poll, no code of Python and
 * no wait in it needs no lock. */
static inline bool owned_mutex_is_spare(OwnedMutex *m)
{
    return !world_is_shared() &&
           atomic_load_explicit(&m->owner, memory_order_relaxed) == NULL;
}

#endif
