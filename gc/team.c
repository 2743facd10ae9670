/* Several markers.
 *
 * One that runs out of work takes a segment of items from the shared list; those that have some
 * put there as much as is asked for (team_wanting).  All look for a while before they sleep: most
 * rounds take less than waking a thread does.  Marking ends when all are idle and the list is
 * empty.
 *
 * Markers are the thread that collects, helper threads while there are any, and threads that the
 * collection holds, as long as these look (gc/safepoint.c).
 */
#include "core/base/clock.h"
#include "core/base/os_thread.h"
#include "gc/mark.h"

/* A helper that had nothing to do for so long ends: a program at rest has no threads but its own.
 * Waking one is quicker than starting one, by milliseconds when the processors are busy. */
#define HELPER_IDLE_NS 200000000
enum { LOOKS = 2000 }; /* some 40 microseconds */

_Atomic int team_wanting; /* idle ones, less what is on the list; changed under the lock */

static struct {
    Mutex lock;
    Cond begun;             /* helpers: a new round */
    Cond wake;              /* markers: work, or the end of the round */
    Segment *shared;        /* lock; looked at without */
    _Atomic bool open;      /* a round runs; changed under the lock */
    int idle;               /* markers without work; lock */
    int markers;            /* in this round; lock */
    int helpers;            /* threads there are; lock */
    int running;            /* markers still in it but for the first one; lock, looked at without */
    uint64_t round;         /* lock */
    Colours colours;
    uint64_t live_bytes, live_objects, pinned_objects; /* sums of the others; lock */
} team;

bool team_is_at_work(void)
{
    return atomic_load_explicit(&team.open, memory_order_relaxed);
}

void team_share(Segment *s)
{
    mutex_lock(&team.lock);
    s->next = team.shared;
    store_relaxed(&team.shared, s);
    atomic_fetch_sub_explicit(&team_wanting, 1, memory_order_relaxed);
    cond_signal(&team.wake);
    mutex_unlock(&team.lock);
}

/* Waits for a shared segment; false: everybody is idle, marking is complete. */
static bool take_shared(Tracer *tr)
{
    mutex_lock(&team.lock);
    team.idle++;
    atomic_fetch_add_explicit(&team_wanting, 1, memory_order_relaxed);
    for (bool looked = false; team.shared == NULL && team_is_at_work(); looked = true) {
        if (team.idle == team.markers) {
            atomic_store_explicit(&team.open, false, memory_order_relaxed);
            cond_broadcast(&team.wake);
        } else if (looked) {
            cond_wait(&team.wake, &team.lock);
        } else {
            mutex_unlock(&team.lock);
            for (int i = 0; i < LOOKS && load_relaxed(&team.shared) == NULL && team_is_at_work();
                 i++) {
                cpu_pause();
            }
            mutex_lock(&team.lock);
        }
    }
    Segment *s = team.shared;
    if (s != NULL) {
        store_relaxed(&team.shared, s->next);
        s->next = tr->full;
        tr->full = s;
        team.idle--;
    }
    mutex_unlock(&team.lock);
    return s != NULL;
}

/* Marks as one of several until the round ends.  Called and left with the lock held. */
static void take_part_locked(void)
{
    store_relaxed(&team.running, team.running + 1);
    team.markers++;
    Tracer tr;
    tracer_init(&tr, &team.colours);
    tr.parallel = true;
    mutex_unlock(&team.lock);
    while (take_shared(&tr)) {
        mark_drain(&tr);
    }
    tracer_done(&tr);
    mutex_lock(&team.lock);
    team.live_bytes += tr.live_bytes;
    team.live_objects += tr.live_objects;
    team.pinned_objects += tr.pinned_objects;
    store_relaxed(&team.running, team.running - 1);
    cond_broadcast(&team.wake);
}

void team_help(void)
{
    mutex_lock(&team.lock);
    if (team_is_at_work()) {
        take_part_locked();
    }
    mutex_unlock(&team.lock);
}

static void helper_main(void *arg UNUSED)
{
    os_thread_set_name("typhon-mark");
    uint64_t seen = 0;
    mutex_lock(&team.lock);
    for (;;) {
        while (team.round == seen || !team_is_at_work()) {
            seen = team.round;
            bool woken = cond_wait_until(&team.begun, &team.lock, monotonic_ns() + HELPER_IDLE_NS);
            if (!woken && team.round == seen) {
                team.helpers--;
                mutex_unlock(&team.lock);
                return;
            }
        }
        seen = team.round;
        take_part_locked();
    }
}

static void start_helpers_locked(void)
{
#ifndef TYPHON_NO_SYNC
    int wanted = os_cpu_count() < heap.markers ? os_cpu_count() - 1 : heap.markers - 1;
    while (team.helpers < wanted && os_thread_start(NULL, 1 << 18, true, helper_main, NULL) == 0) {
        team.helpers++;
    }
#endif
}

void team_drain(Tracer *tr, bool with_helpers)
{
    mark_flush(tr); /* what stacks hold: no helper may find it at the same time, and make it old */
    mutex_lock(&team.lock);
    if (with_helpers) {
        start_helpers_locked();
        cond_broadcast(&team.begun);
    }
    team.colours = (Colours){.dead = tr->from, .old = tr->to, .young = tr->pinned};
    team.idle = 0;
    atomic_store_explicit(&team_wanting, 0, memory_order_relaxed);
    team.markers = 1;
    team.live_bytes = team.live_objects = team.pinned_objects = 0;
    team.round++;
    atomic_store_explicit(&team.open, true, memory_order_relaxed);
    mutex_unlock(&team.lock);
    tr->parallel = true;
    do {
        mark_drain(tr);
    } while (take_shared(tr));
    tr->parallel = false;
    for (int i = 0; i < LOOKS && load_relaxed(&team.running) > 0; i++) {
        cpu_pause();
    }
    mutex_lock(&team.lock);
    while (team.running > 0) {
        cond_wait(&team.wake, &team.lock);
    }
    tr->live_bytes += team.live_bytes;
    tr->live_objects += team.live_objects;
    tr->pinned_objects += team.pinned_objects;
    mutex_unlock(&team.lock);
}

void team_reinit_after_fork(void)
{
    memset(&team, 0, sizeof team);
}
