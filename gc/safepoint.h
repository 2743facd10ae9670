/* Stopping threads, and having the world alone.
 *
 * A mutator polls t->poll on loop back-edges and calls.  Around every blocking system
 * call or long C loop it parks: thread_park ... thread_unpark; while parked it must not touch heap
 * objects (bytes of a str/bytes/buffer it holds on its C stack stay valid: the heap does not move).
 *
 * The world is shared, or one thread has it alone: the others, if there are any, are parked and ask
 * it before they go on.  Who has the world alone locks no object, so it lets others in only where
 * it is within no operation: at a poll (world_answer), and while it is parked.  The rule:
 *
 *   Between a look at world_is_shared and the last effect that relies on it there is no poll, no
 *   code of Python and no thread_park.  There may be allocation: it collects, but where the world
 *   is stopped nobody comes in, and a thread that waits for another's stop is parked by
 *   thread_park_inside, which says that it is within an operation.
 */
#ifndef GC_SAFEPOINT_H
#define GC_SAFEPOINT_H

#include "core/base/atomics.h"
#include "gc/value.h"

/* Reasons in the thread's poll word; any non-zero bit makes the interpreter take the slow path. */
enum {
    POLL_STOP = 1,       /* stop the world for the collector or a handshake */
    POLL_SIGNAL = 2,     /* signal handlers to run (main thread) */
    POLL_ASYNC_EXC = 4,  /* exception injected by another thread */
    POLL_FINALIZE = 8,   /* finalizers and weakref callbacks wait to be run */
    POLL_PENDING = 16,   /* pending calls */
    POLL_TRACE = 32,     /* sys.settrace / setprofile active in this thread */
    POLL_LET_GO = 64,    /* gc/prompt.h; the interpreter's own safepoints only */
    POLL_SHARE = 128,    /* this thread has the world alone, and another one waits */
    POLL_CLAIM = 256,    /* it may be time to have the world alone */
};

/* Marks the calling thread as not touching the heap; saves registers and the live stack range.
 * The pair must be in one C function (the stack below it stays in place). */
void thread_park(Thread *t);
/* The same in a native function that Python code has called and that may wait long: what the
 * registers of the thread's frames hold that is dead may be forgotten meanwhile. */
void thread_park_waiting(Thread *t);
/* The same where the thread may be between two steps that others must not see apart. */
void thread_park_inside(Thread *t);
/* Waits while the world is stopped, or another thread has it alone; keeps errno. */
void thread_unpark(Thread *t);

/* Runs the statement, parked if the condition holds: a loop over more than PARK_BYTES bytes that
 * the C stack keeps alive, where no lock is held.  A read of that many takes some ten us. */
#define PARK_BYTES (1u << 16)
#define PARKED_IF(t_, condition_, statement_) \
    do {                                      \
        const bool parks_ = (condition_);     \
        if (UNLIKELY(parks_)) {               \
            thread_park(t_);                  \
        }                                     \
        statement_;                           \
        if (UNLIKELY(parks_)) {               \
            thread_unpark(t_);                \
        }                                     \
    } while (0)

/* Stops here when POLL_STOP is set.  Effects: blocks. */
void safepoint_stop(Thread *t);

/* Stops all other threads / lets them go on.  Not recursive.  In between this thread does not
 * collect, so that it may allocate. */
void world_stop(Thread *t);
void world_start(Thread *t);

/* ---- gc/sharing.c ---- */
/* May another thread touch the heap, too?  As long as the rule above says; relaxed. */
extern _Atomic bool world_shared;
static inline bool world_is_shared(void)
{
#ifdef TYPHON_NO_SYNC
    return false;
#else
    return !equal_relaxed(&world_shared, false);
#endif
}
/* Read-modify-write as one operation, acquire and release: an atomic instruction, which drains the
 * processor's stores, only where another thread could see the steps apart.  They give what was
 * there before; world_cas: whether *expected was, which is updated if not. */
#define world_update_(p, atomically, alone)                          \
    __extension__({                                                  \
        __typeof__(p) p_ = (p);                                      \
        __typeof__(load_relaxed(p_)) old_ = load_relaxed(p_);        \
        if (UNLIKELY(world_is_shared())) {                           \
            old_ = (atomically);                                     \
        } else {                                                     \
            store_relaxed(p_, (alone));                              \
        }                                                            \
        old_;                                                        \
    })
#define world_fetch_add(p, v) world_update_(p, fetch_add_acq_rel(p_, (v)), old_ + (v))
#define world_exchange(p, v) world_update_(p, exchange_acq_rel(p_, (v)), (v))
#define world_cas(p, expected, v)                                    \
    __extension__({                                                  \
        __typeof__(p) p_ = (p);                                      \
        __typeof__(load_relaxed(p_)) old_ = load_relaxed(p_);        \
        __typeof__(old_) *expected_ = (expected);                    \
        bool done_ = old_ == *expected_;                             \
        if (UNLIKELY(world_is_shared())) {                           \
            done_ = cas_acq_rel(p_, expected_, (v));                 \
        } else if (LIKELY(done_)) {                                  \
            store_relaxed(p_, (v));                                  \
        } else {                                                     \
            *expected_ = old_;                                       \
        }                                                            \
        done_;                                                       \
    })
/* Says whether the finalizer of o may be left out when o dies: set, it has nothing to do. */
static inline void gc_set_no_finalize(Object *o, bool set)
{
    const uint8_t rest = (uint8_t)~GC_NO_FINALIZE;
    if (set) {
        (void)world_update_(&o->gc_flags,
                            atomic_fetch_or_explicit(p_, GC_NO_FINALIZE, memory_order_relaxed),
                            (uint8_t)(old_ | GC_NO_FINALIZE));
    } else {
        (void)world_update_(&o->gc_flags,
                            atomic_fetch_and_explicit(p_, rest, memory_order_relaxed),
                            (uint8_t)(old_ & rest));
    }
}
/* For a poll with POLL_SHARE or POLL_CLAIM.  Effects: blocks. */
void world_answer(Thread *t);
/* At a point like a poll: another thread is about to run.  Effects: blocks. */
void world_share(Thread *t);

#endif
