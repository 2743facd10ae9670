/* Prompt finalization.
 *
 * There are no reference counts, so what is no longer reachable is found by the next collection.
 * Where a statement lets go of an object with a finalizer or with weak references (del, or None
 * instead of it), the program may be waiting for its end: then the thread collects at once, and
 * runs what is due, before it goes on with the next instruction.  A collection of young objects
 * does for most; it takes some 10 microseconds, or a millisecond when much has been made since the
 * last one.  An object that is old takes one of everything.  Neither is begun when a register of
 * this thread holds the object.
 *
 * What that may cost is limited by a bucket of processor time: it holds BUCKET_NS at most, what
 * these collections and the looks at registers take is taken from it, and one part in REFILL_PART
 * of the time that goes by comes back.  So a program that deletes a million such objects becomes
 * slower by 5 %, and those that the bucket has nothing left for wait for the next collection.  One
 * of everything may take a quarter of what is there, or all of a full bucket; how long it would
 * take is told from what is live.
 *
 * What was let go of in vain is owed: a wait that lasts collects for it (vm_idle), since the thread
 * may be waiting for just that.
 *
 * Nothing is promised: what something else refers to lives on, what the stack seems to hold, too;
 * and a cycle that the object lies in may end here, which reference counts would not do.
 * gc.disable() switches it off.
 */
#include "gc/prompt.h"

#include <time.h>

#include "core/base/clock.h"
#include "gc/heap.h"

#define BUCKET_NS ((int64_t)30000000)
enum { REFILL_PART = 20, YOUNG_NS = 20000, BYTES_PER_NS = 1, FULL_PART = 4 };
/* Further safepoints to look for it at, when it has a finalizer: a variable of the loop may hold it
 * until the next step, an argument until the function has returned. */
enum { AGAIN = 2 };
/* When the bucket has too little, the clock is not looked at for so many times. */
enum { DEAF = 16 };
enum { NOTHING, YOUNG, EVERYTHING }; /* GcThread.let_go */

/* How much the bucket held at a time; two threads that take from it at once are charged for one. */
static struct {
    _Atomic int64_t level, since;
} bucket = {.level = BUCKET_NS};

static _Atomic bool owed;

static void owe(void)
{
    if (!load_relaxed(&owed)) {
        store_relaxed(&owed, true);
    }
}

bool prompt_is_owed(void) { return load_relaxed(&owed); }
void prompt_settled(void) { store_relaxed(&owed, false); }

/* Of the calling thread: other programs on the machine take none of it. */
static int64_t thread_ns(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

static int64_t level_at(int64_t now)
{
    int64_t level = atomic_load_explicit(&bucket.level, memory_order_relaxed) +
                    (now - atomic_load_explicit(&bucket.since, memory_order_relaxed)) / REFILL_PART;
    return level < BUCKET_NS ? level : BUCKET_NS;
}

/* What the bucket has to hold before a collection; a full one does for what it can pay. */
static int64_t level_wanted(bool young)
{
    if (young) {
        return YOUNG_NS;
    }
    int64_t full = (int64_t)(load_relaxed(&heap.live) / BYTES_PER_NS), wanted = full * FULL_PART;
    return full <= BUCKET_NS && wanted > BUCKET_NS ? BUCKET_NS : wanted;
}

void prompt_ask(Thread *t, const Object *o)
{
    GcThread *g = gc_thread(t);
    if (g->let_go_deaf > 0) {
        g->let_go_deaf--;
        owe();
        return;
    }
    bool young = gc_is_young(o), too_little = level_wanted(young) > level_at(monotonic_ns());
    g->let_go_deaf = too_little ? DEAF : 0;
    if (too_little || !gc_is_enabled() || g->no_collect > 0 || g->running_pending > 0) {
        owe();
        return;
    }
    g->let_go_of = g->let_go == NOTHING ? o : NULL;
    if (g->let_go != EVERYTHING) {
        g->let_go = young ? YOUNG : EVERYTHING;
    }
    bool has_weak = atomic_load_explicit(&o->gc_flags, memory_order_relaxed) & GC_HAS_WEAK;
    g->let_go_again = young && !has_weak ? AGAIN : 0;
    atomic_fetch_or_explicit(&g->poll, POLL_LET_GO, memory_order_relaxed);
}

const Object *prompt_begin(Thread *t)
{
    GcThread *g = gc_thread(t);
    g->let_go_begin = thread_ns();
    return g->let_go_of;
}

/* What has been done since prompt_begin is taken from the bucket. */
static void pay(const GcThread *g)
{
    int64_t now = monotonic_ns(), level = level_at(now) - (thread_ns() - g->let_go_begin);
    atomic_store_explicit(&bucket.level, level, memory_order_relaxed);
    atomic_store_explicit(&bucket.since, now, memory_order_relaxed);
}

static void forget(GcThread *g)
{
    g->let_go = NOTHING;
    g->let_go_of = NULL;
    atomic_fetch_and_explicit(&g->poll, ~(uint32_t)POLL_LET_GO, memory_order_relaxed);
}

/* Looks at the next safepoint, too, as often as prompt_ask said; false: no more.  o as
 * let_go_of. */
static bool look_again(GcThread *g, const Object *o)
{
    if (g->let_go_again == 0) {
        return false;
    }
    g->let_go_again--;
    g->let_go = YOUNG;
    g->let_go_of = o;
    atomic_fetch_or_explicit(&g->poll, POLL_LET_GO, memory_order_relaxed);
    return true;
}

void prompt_is_held(Thread *t)
{
    GcThread *g = gc_thread(t);
    pay(g);
    if (!look_again(g, g->let_go_of)) {
        owe();
        forget(g);
    }
}

void prompt_collect(Thread *t)
{
    GcThread *g = gc_thread(t);
    bool full = g->let_go == EVERYTHING;
    forget(g);
    if (g->no_collect > 0) {
        return;
    }
    collect_promptly(t, full);
    pay(g);
    if (!gc_has_pending()) {
        look_again(g, NULL);
    }
}
