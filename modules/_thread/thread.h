/* The parts of the module _thread. */
#ifndef MODULES_THREAD_THREAD_H
#define MODULES_THREAD_THREAD_H

#include "core/base/atomics.h"
#include "core/base/mutex.h"
#include "core/object/module.h"
#include "core/object/thread_state.h"

/* Locks fill a cache line each: the cells of the heap are aligned to their size, and threads whose
 * locks are neighbours must not wait for each other. */
typedef union Lock {
    struct {
        Object head;
        Mutex mutex;
    };
    char line[CACHE_LINE];
} Lock;
typedef union RLock {
    struct {
        Object head;
        Mutex mutex;
        _Atomic uint64_t owner; /* thread id, 0: not held */
        uint64_t count;         /* owner */
    };
    char line[CACHE_LINE];
} RLock;

extern Type thread_lock_type, thread_rlock_type, thread_local_type;

Value lock_new(Thread *t);
void lock_release_if_held(Lock *lock);

/* Waits for m, parked; signal handlers run meanwhile on the main thread.  deadline < 0: none.
 * 1 locked, 0 timed out, -1 a handler raised.  Effects: blocks, runs Python. */
int mutex_acquire(Thread *t, Mutex *m, int64_t deadline);

/* acquire(blocking=True, timeout=-1): *deadline as above, 0 for "do not wait".  false: raised. */
NODISCARD bool acquire_arguments(Thread *t, Value blocking, Value timeout, int64_t *deadline);

/* The thread ends: drops its attributes of all threading.local objects. */
void local_thread_exit(Thread *t);

#endif
