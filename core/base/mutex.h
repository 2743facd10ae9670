/* Mutex and condition variable of one futex word each.
 *
 *   Mutex.state   0 free, 1 locked, 2 locked and somebody may be waiting
 *   Cond.seq      counts signals; a waiter sleeps while it is unchanged
 *
 * No ownership, no allocation, no destruction.  A thread that may wait long for a mutex whose
 * holder can stop at a safepoint must be parked (gc/safepoint.h) while it waits.
 */
#ifndef CORE_BASE_MUTEX_H
#define CORE_BASE_MUTEX_H

#include "core/base/attrs.h"

typedef struct Mutex { _Atomic uint32_t state; } Mutex;
typedef struct Cond { _Atomic uint32_t seq; _Atomic uint32_t waiters; } Cond;
#define MUTEX_INIT {0}

void mutex_lock(Mutex *m);              /* Effects: blocks */
NODISCARD bool mutex_try_lock(Mutex *m);
/* What else ends a wait on a futex: *word is not `seen` any more.  Whoever changes it wakes all
 * that sleep on it; who has looked at it before looking for the reason to change it misses none. */
typedef struct Alarm {
    _Atomic uint32_t *word;
    uint32_t seen;
} Alarm;
/* alarm: NULL for none.  deadline: monotonic_ns() time, or < 0 for none.  0 locked, ETIMEDOUT, or
 * EINTR when a signal came or the alarm went off. */
NODISCARD int mutex_lock_until(Mutex *m, const Alarm *alarm, int64_t deadline);
void mutex_unlock(Mutex *m);
bool mutex_is_locked(Mutex *m);
void mutex_reinit(Mutex *m);            /* in the child after fork, whoever held it */

void cond_wait(Cond *c, Mutex *m);      /* spurious wake-ups happen */
bool cond_wait_until(Cond *c, Mutex *m, int64_t deadline); /* false: timed out */
void cond_signal(Cond *c);
void cond_broadcast(Cond *c);
void cond_reinit(Cond *c);

/* The futex itself: sleeps while *word == value.  0, EAGAIN, EINTR or ETIMEDOUT. */
int futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline);
/* The same; EINTR also when the alarm, unless it is NULL, has gone off, but 0 when it was woken. */
int futex_wait_or(_Atomic uint32_t *word, uint32_t value, const Alarm *alarm, int64_t deadline);
void futex_wake(_Atomic uint32_t *word, int n);

/* For cpu_backoff: how long a thread that finds a lock taken waits first.  Short, but where that
 * happens again and again several times what moving the cache lines of a lock and of what it guards
 * from one processor to another costs: meanwhile the holder keeps them and does many operations in
 * a row. */
unsigned backoff_begin(void);
/* Such a wait has ended: how soon the next one comes counts from here, or many threads, whose waits
 * are long, would begin with short ones each time. */
void backoff_end(void);

#endif
