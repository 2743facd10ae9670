/* mutex.h on Linux futexes.  The locking scheme is the three-state one of U. Drepper, "Futexes are
 * tricky". */
#include "core/base/mutex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"

enum { NAP_NS = 200 * 1000 * 1000 }; /* where only one word can be waited for: from look to look */
enum { SPIN_PAUSES = 1600 }; /* before it sleeps */
enum { BACKOFF_FIRST = 4, BACKOFF_FIRST_MAX = 512, BACKOFF_CALM_NS = 20000 };

/* NULL: no deadline */
static struct timespec *timespec_of(int64_t deadline, struct timespec *ts)
{
    ts->tv_sec = deadline / 1000000000;
    ts->tv_nsec = deadline % 1000000000;
    return deadline >= 0 ? ts : NULL;
}

int futex_wait(_Atomic uint32_t *word, uint32_t value, int64_t deadline)
{
    struct timespec ts;
    int saved = errno;
    long r = syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, value,
                     timespec_of(deadline, &ts), NULL, FUTEX_BITSET_MATCH_ANY);
    int err = r == 0 ? 0 : errno;
    errno = saved;
    return err;
}

static bool has_gone_off(const Alarm *alarm)
{
    return atomic_load_explicit(alarm->word, memory_order_acquire) != alarm->seen;
}

/* futex_wait_or with one system call; ENOSYS, or another error, where there is none like that. */
static int wait_for_both(_Atomic uint32_t *word, uint32_t value, const Alarm *alarm,
                         int64_t deadline)
{
    enum { OF_ALARM, OF_WORD, WORDS }; /* the answer is the last one that was woken */
    const uint32_t flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
    struct futex_waitv both[WORDS] = {
        [OF_ALARM] = {.uaddr = (uintptr_t)alarm->word, .val = alarm->seen, .flags = flags},
        [OF_WORD] = {.uaddr = (uintptr_t)word, .val = value, .flags = flags},
    };
    struct timespec ts;
    int saved = errno;
    long woken = syscall(SYS_futex_waitv, both, WORDS, 0, timespec_of(deadline, &ts),
                         CLOCK_MONOTONIC);
    int err = woken == OF_WORD ? 0 : woken == OF_ALARM ? EINTR : errno;
    errno = saved;
    return err == EAGAIN && has_gone_off(alarm) ? EINTR : err;
}

int futex_wait_or(_Atomic uint32_t *word, uint32_t value, const Alarm *alarm, int64_t deadline)
{
    static _Atomic bool one_only; /* an older system, or one that forbids the call */
    if (alarm == NULL) {
        return futex_wait(word, value, deadline);
    }
    if (!atomic_load_explicit(&one_only, memory_order_relaxed)) {
        int err = wait_for_both(word, value, alarm, deadline);
        if (err == 0 || err == EAGAIN || err == EINTR || err == ETIMEDOUT) {
            return err;
        }
        atomic_store_explicit(&one_only, true, memory_order_relaxed);
    }
    if (has_gone_off(alarm)) {
        return EINTR;
    }
    int64_t look = monotonic_ns() + NAP_NS;
    if (deadline >= 0 && deadline <= look) {
        return futex_wait(word, value, deadline);
    }
    int err = futex_wait(word, value, look);
    return err == ETIMEDOUT ? EINTR : err;
}

void futex_wake(_Atomic uint32_t *word, int n)
{
    int saved = errno;
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, n, NULL, NULL, 0);
    errno = saved;
}

static __thread int64_t last_backoff;

unsigned backoff_begin(void)
{
    static __thread unsigned pauses;
    if (monotonic_ns() - last_backoff > BACKOFF_CALM_NS) {
        pauses = BACKOFF_FIRST;
    } else if (pauses < BACKOFF_FIRST_MAX) {
        pauses *= 2;
    }
    return pauses;
}

void backoff_end(void)
{
    last_backoff = monotonic_ns();
}

bool mutex_try_lock(Mutex *m)
{
    uint32_t expected = 0;
    return atomic_compare_exchange_strong_explicit(&m->state, &expected, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Tries for a while; what the word becomes is 1, or 2 when others may sleep. */
static bool spin(Mutex *m, uint32_t taken)
{
    unsigned pauses = backoff_begin();
    bool done = false;
    for (unsigned spent = 0; spent < SPIN_PAUSES && !done; spent += pauses) {
        uint32_t expected = 0;
        done = atomic_load_explicit(&m->state, memory_order_relaxed) == 0 &&
               atomic_compare_exchange_strong_explicit(&m->state, &expected, taken,
                                                       memory_order_acquire, memory_order_relaxed);
        if (!done) {
            cpu_backoff(&pauses);
        }
    }
    backoff_end();
    return done;
}

int mutex_lock_until(Mutex *m, const Alarm *alarm, int64_t deadline)
{
    /* After the first sleep the lock is taken as "contended": the release must wake the next
     * one. */
    for (uint32_t taken = 1; !spin(m, taken); taken = 2) {
        if (atomic_exchange_explicit(&m->state, 2, memory_order_acquire) == 0) {
            return 0;
        }
        int err = futex_wait_or(&m->state, 2, alarm, deadline);
        backoff_end();
        if (err == ETIMEDOUT || err == EINTR) {
            return err;
        }
    }
    return 0;
}

void mutex_lock(Mutex *m)
{
    while (!mutex_try_lock(m) && mutex_lock_until(m, NULL, -1) != 0) {
    }
}

void mutex_unlock(Mutex *m)
{
    if (atomic_exchange_explicit(&m->state, 0, memory_order_release) == 2) {
        futex_wake(&m->state, 1);
    }
}

bool mutex_is_locked(Mutex *m)
{
    return atomic_load_explicit(&m->state, memory_order_relaxed) != 0;
}

void mutex_reinit(Mutex *m)
{
    atomic_store_explicit(&m->state, 0, memory_order_relaxed);
}

bool cond_wait_until(Cond *c, Mutex *m, int64_t deadline)
{
    uint32_t seq = atomic_load_explicit(&c->seq, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->waiters, 1, memory_order_seq_cst);
    mutex_unlock(m);
    int err = futex_wait(&c->seq, seq, deadline);
    atomic_fetch_sub_explicit(&c->waiters, 1, memory_order_relaxed);
    mutex_lock(m);
    return err != ETIMEDOUT;
}

void cond_wait(Cond *c, Mutex *m)
{
    cond_wait_until(c, m, -1);
}

void cond_signal(Cond *c)
{
    atomic_fetch_add_explicit(&c->seq, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&c->waiters, memory_order_seq_cst) != 0) {
        futex_wake(&c->seq, 1);
    }
}

void cond_broadcast(Cond *c)
{
    atomic_fetch_add_explicit(&c->seq, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&c->waiters, memory_order_seq_cst) != 0) {
        futex_wake(&c->seq, INT_MAX);
    }
}

void cond_reinit(Cond *c)
{
    atomic_store_explicit(&c->waiters, 0, memory_order_relaxed);
}
