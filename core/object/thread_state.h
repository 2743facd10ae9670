/* Life of thread states, and what code around blocking calls and fork() needs. */
#ifndef CORE_OBJECT_THREAD_STATE_H
#define CORE_OBJECT_THREAD_STATE_H

#include "core/base/mutex.h"
#include "core/object/thread.h"
#include "core/object/upward.h"

/* State for a new OS thread, not attached; NULL: no memory. The first one starts the heap. */
Thread *thread_new(Interpreter *interp);
/* The calling OS thread becomes t: ids, stack bounds, entry into the collector's list. */
void thread_attach(Thread *t);
/* Ends it: releases the sentinel lock, forgets the thread's roots, frees t. */
void thread_detach_and_free(Thread *t);
/* The same for one that was never attached. */
void thread_free(Thread *t);
/* Before a thread is started: many_threads from now on, and the world is shared when it is a thread
 * of Python that calls.  false: this build has no synchronisation, so there must be one thread. */
NODISCARD bool thread_enable_multi(void);
/* At exit: no other thread touches the heap again.  Effects: blocks until they have stopped. */
void thread_stop_others_forever(Thread *t);

/* Around fork(): before stops all other threads; the child keeps the calling thread only. */
void thread_before_fork(Thread *t);
void thread_after_fork_parent(Thread *t);
void thread_after_fork_child(Thread *t);
/* fn runs in the child of every fork, before Python code does: to reinitialise mutexes.  At
 * start-up only. */
void thread_add_fork_hook(void (*fn)(Thread *t));

/* The released lock of a thread that ends: set by modules/_thread.c. */
extern void (*thread_release_sentinel)(Thread *t, Value lock);

/* What the thread is asked to do at its next safepoint: POLL_*. */
static inline uint32_t thread_poll_bits(const Thread *t)
{
#ifdef TYPHON_NO_SYNC
    (void)t;
    return 0;
#else
    return atomic_load_explicit(&t->gc.poll, memory_order_relaxed);
#endif
}
/* Is there anything? */
static inline bool thread_is_asked(const Thread *t)
{
#ifdef TYPHON_NO_SYNC
    (void)t;
    return false;
#else
    return !equal_relaxed(&t->gc.poll, 0);
#endif
}

/* For a loop in C that may be long, at a point where code of Python might run, too: no lock of an
 * object is held.  Does what the thread is asked to do; false: raised. */
NODISCARD static inline bool thread_poll(Thread *t)
{
    assert(t->gc.sections == 0);
    return LIKELY(!thread_is_asked(t)) ||
           !(thread_poll_bits(t) & ~(uint32_t)(POLL_TRACE | POLL_LET_GO)) || vm_poll(t);
}

/* After a blocking call was interrupted (EINTR), unparked: true: try again, false: a handler
 * raised. */
NODISCARD static inline bool thread_check_signals(Thread *t)
{
    return !(thread_poll_bits(t) & POLL_SIGNAL) ||
           runtime.run_signals == NULL || runtime.run_signals(t);
}

/* For a wait on a futex that signals are to end: what to give futex_wait_or, NULL where t does not
 * handle them.  Taken before thread_check_signals, so that none is lost between that and the wait,
 * whichever thread it comes to. */
static inline const Alarm *thread_alarm(const Thread *t, Alarm *alarm)
{
    alarm->word = &runtime.arrivals;
    alarm->seen = atomic_load_explicit(&runtime.arrivals, memory_order_acquire); /* trip */
    return t->is_main ? alarm : NULL;
}

/* The collector's view of types: installed by the first thread_new. */
void gc_ops_install(void);

/* A thread_poll that runs nothing, no handlers either: for loops that signals do not end. */
static inline void thread_let_others(Thread *t)
{
    if (UNLIKELY(thread_poll_bits(t) & (POLL_STOP | POLL_SHARE))) {
        thread_park(t);
        thread_unpark(t);
    }
}

#endif
