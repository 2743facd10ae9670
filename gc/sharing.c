/* Who has the world alone.
 *
 * Most programs with several threads have one that computes while the others wait.  It pays for
 * locks of objects that nobody else can want, so when it has paid often (GcThread.charge) it looks
 * whether it may have the world alone:
 *
 *   claim   by the running thread, at a poll: when all others are parked, not inside an operation,
 *           and have not parked anew since somebody looked last, they become OUTSIDE, and
 *           world_shared false.  (Who wakes often is in, and costs nobody a stop.)
 *   share   the way back: they become PARKED, world_shared true.  By the thread that has the world
 *           alone at a poll, or by anybody for it while it is parked and not inside an operation.
 *
 *   state  OUTSIDE          parked; asks before it goes on
 *          ENTERING         has asked: POLL_SHARE is set in the poll word of sole_thread
 *          ENTERING_ASLEEP  and sleeps until it is woken
 *
 * A thread that finds itself OUTSIDE while the sole one is parked takes its place, and that one is
 * OUTSIDE.  Otherwise it sets POLL_SHARE and looks again; the sole thread looks at POLL_SHARE
 * behind its change to PARKED (all sequentially consistent), so one of them sees the other.
 *
 * All changes are made under world_lock, by or with the consent of the thread that runs, and each
 * state word is changed by an operation that acquires and releases: what one thread did without
 * locks happened before whatever another does after it came in.
 */
#include "gc/mark.h"

#include "core/base/atomics.h"

/* Locks taken between two looks, which cost some 100 ns per thread, as does letting them in. */
enum { CHARGE = 8192, CHARGE_PER_THREAD = 1024 };
static uint32_t eager; /* init-only: TYPHON_CLAIM_EVERY, or 0 */
enum { ENTERING_LOOKS = 1000 }; /* some 20 microseconds */

_Atomic bool world_shared;
static GcThread *sole_thread; /* world lock; NULL: the world is shared, or nobody is in it */

/* Nobody is within an operation that relies on having the world alone. */
static void share_locked(void)
{
    if (sole_thread != NULL) {
        atomic_fetch_and_explicit(&sole_thread->poll, ~(uint32_t)POLL_SHARE, memory_order_relaxed);
        sole_thread = NULL;
    }
    atomic_store_explicit(&world_shared, true, memory_order_relaxed);
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (atomic_load_explicit(&g->state, memory_order_relaxed) >= THREAD_OUTSIDE &&
            atomic_exchange_explicit(&g->state, THREAD_PARKED, memory_order_seq_cst) ==
                THREAD_ENTERING_ASLEEP) {
            futex_wake(&g->state, 1);
        }
    }
}

void world_share(Thread *t)
{
    GcThread *self = gc_thread(t);
    assert(self->sections == 0);
    if (world_is_shared() || load_relaxed(&world_stopped_by) == self) {
        return;
    }
    world_lock_parked(t);
    if (!world_is_shared()) {
        assert(sole_thread == self);
        share_locked();
    }
    mutex_unlock(&world_lock);
}

void sharing_set_eager(unsigned long every)
{
    eager = (uint32_t)every;
}

/* ---- claiming ---- */

void world_charged(GcThread *g)
{
    g->charge = eager != 0 ? eager
                           : CHARGE + CHARGE_PER_THREAD * load_relaxed(&world_thread_count);
    atomic_fetch_or_explicit(&g->poll, POLL_CLAIM, memory_order_relaxed);
}

static bool others_are_idle_locked(const GcThread *self)
{
    bool idle = true;
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self) {
            if (atomic_load_explicit(&g->state, memory_order_acquire) != THREAD_PARKED) {
                return false;
            }
            uint32_t parks = load_relaxed(&g->parks);
            idle = idle && (parks == g->parks_seen || eager != 0);
            g->parks_seen = parks;
        }
    }
    return idle;
}

static void claim_locked(GcThread *self)
{
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self &&
            (!thread_change_state(g, THREAD_PARKED, THREAD_OUTSIDE) || g->inside)) {
            share_locked();
            return;
        }
    }
    sole_thread = self;
    atomic_store_explicit(&world_shared, false, memory_order_relaxed);
}

void world_answer(Thread *t)
{
    GcThread *self = gc_thread(t);
    uint32_t bits =
        atomic_fetch_and_explicit(&self->poll, ~(uint32_t)POLL_CLAIM, memory_order_relaxed);
    assert(self->sections == 0);
    if ((bits & POLL_CLAIM) && world_is_shared() && mutex_try_lock(&world_lock)) {
        if (others_are_idle_locked(self)) {
            claim_locked(self);
        }
        mutex_unlock(&world_lock);
    }
    if (bits & POLL_SHARE) {
        world_share(t);
    }
}

/* ---- coming in ---- */

/* Is g, which is not running, in or the sole thread now? */
static bool take_over_locked(GcThread *g)
{
    GcThread *sole = sole_thread;
    if (sole != NULL) {
        if (!thread_change_state(sole, THREAD_PARKED, THREAD_OUTSIDE)) {
            return false;
        }
        if (sole->inside) {
            atomic_store_explicit(&sole->state, THREAD_PARKED, memory_order_seq_cst);
            return false;
        }
        if (atomic_load_explicit(&sole->poll, memory_order_relaxed) & POLL_SHARE) {
            share_locked(); /* g is not the only one that wants to come in */
            return true;
        }
    }
    sole_thread = g;
    atomic_store_explicit(&g->state, THREAD_PARKED, memory_order_seq_cst);
    return true;
}

void sharing_enter(GcThread *self)
{
    mutex_lock(&world_lock);
    if (atomic_load_explicit(&self->state, memory_order_relaxed) == THREAD_OUTSIDE &&
        !take_over_locked(self)) {
        atomic_store_explicit(&self->state, THREAD_ENTERING, memory_order_relaxed);
        atomic_fetch_or_explicit(&sole_thread->poll, POLL_SHARE, memory_order_seq_cst);
        (void)take_over_locked(self);
    }
    mutex_unlock(&world_lock);
    for (int i = 0; i < ENTERING_LOOKS && world_processors > 1; i++) {
        if (atomic_load_explicit(&self->state, memory_order_relaxed) != THREAD_ENTERING) {
            break;
        }
        cpu_pause();
    }
    if (thread_change_state(self, THREAD_ENTERING, THREAD_ENTERING_ASLEEP) ||
        atomic_load_explicit(&self->state, memory_order_relaxed) == THREAD_ENTERING_ASLEEP) {
        futex_wait(&self->state, THREAD_ENTERING_ASLEEP, -1);
    }
}

void sharing_parked(GcThread *self)
{
    if (load_relaxed(&world_stopped_by) == self) {
        return;
    }
    mutex_lock(&world_lock);
    if (sole_thread == self &&
        (atomic_load_explicit(&self->poll, memory_order_relaxed) & POLL_SHARE)) {
        share_locked();
    }
    mutex_unlock(&world_lock);
}

void sharing_attach(GcThread *g)
{
    g->charge = eager != 0 ? eager : CHARGE;
    atomic_store_explicit(&g->state, world_is_shared() ? THREAD_PARKED : THREAD_OUTSIDE,
                          memory_order_relaxed);
}

void sharing_detach(GcThread *g)
{
    if (sole_thread == g) {
        if (atomic_load_explicit(&g->poll, memory_order_relaxed) & POLL_SHARE) {
            share_locked();
        }
        sole_thread = NULL;
    }
}

void sharing_after_fork(GcThread *self)
{
    sole_thread = self;
    atomic_store_explicit(&world_shared, false, memory_order_relaxed);
    atomic_fetch_and_explicit(&self->poll, ~(uint32_t)(POLL_SHARE | POLL_CLAIM),
                              memory_order_relaxed);
}
