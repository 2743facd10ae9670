/* Most lists and dicts are changed by one thread only, so the first thread that locks an object in a
 * shared world leaves its biased mark there, and from then on locks it by telling in a word of its
 * own which object it holds:
 *
 *   owner    holding = o; fence_light(); goes on if the mark is still in the byte
 *   others   put their own mark and OBJECT_LOCKED into the byte; fence_heavy(); wait until the
 *            owner does not hold o
 *
 * One of the two sees the other (core/base/fence.h).  The object is nobody's then for ever.
 *
 * A thread holds at most one object that way, and others by their bytes.  The marks have 31
 * numbers, each of which is that of one thread at a time; others have no bias.  A thread that has
 * come to a number owns what earlier threads have left with it; a number that no thread has needs
 * no fence.
 *
 * What is built by one thread and changed by another costs some microseconds for each object.  So
 * all that time is counted, and when it is more than a share of what has passed, the owner loses
 * its number, with the world stopped; it may ask for another one when the share has halved.
 */
#include "core/object/lock_bias.h"

#include <sched.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/base/fence.h"
#include "core/object/turn.h"

enum { SPENT_FREE_NS = 1000000, SPENT_SHARE = 128 };

static _Atomic uint32_t numbers = 1; /* a bit for each one in use; 0 is none */
static _Atomic uint32_t last_number; /* the next one is behind it: least used lately */
static _Atomic int64_t spent;        /* nanoseconds of all threads in lock_bias_end */
static _Atomic int64_t first_end;    /* monotonic_ns; 0: there was none */

/* The bit of t's own number in `numbers`; that of 0 is always set. */
static uint32_t number_bit(const Thread *t)
{
    return 1u << (t->own_mark >> LOCK_NUMBER_SHIFT);
}

/* A number that no thread has, or 0. */
static unsigned take_number(void)
{
    uint32_t used = load_relaxed(&numbers);
    while (used != UINT32_MAX) {
        unsigned n = load_relaxed(&last_number);
        do {
            n = (n + 1) % (LOCK_NUMBERS + 1);
        } while (used >> n & 1);
        if (cas_acq_rel(&numbers, &used, used | 1u << n)) {
            store_relaxed(&last_number, n);
            /* who has taken an object of this number since sees it in use, or its mark is gone */
            atomic_thread_fence(memory_order_seq_cst);
            return n;
        }
    }
    return 0;
}

static void give_number(Thread *owner)
{
    if (owner->own_mark != LOCK_NO_BIAS) {
        atomic_fetch_and_explicit(&numbers, ~number_bit(owner), memory_order_release);
        owner->own_mark = LOCK_NO_BIAS;
    }
}

/* t, which has no number of its own, gets one if there is one; 0: there is none. */
static unsigned own_number(Thread *t)
{
    unsigned number = take_number();
    t->own_mark = number != 0 ? (uint8_t)(number << LOCK_NUMBER_SHIFT | TURN_UNTIMED)
                              : LOCK_NO_BIAS;
    return number;
}

void lock_bias_begin(Thread *t)
{
    unsigned number = own_number(t);
    t->lock_mark = turn_mark(number != 0 ? number : t->serial % LOCK_NUMBERS + 1);
}

void lock_bias_finish(Thread *t)
{
    assert(t->holding == NULL);
    give_number(t);
}

void lock_bias_after_fork(Thread *t)
{
    store_relaxed(&numbers, number_bit(t) | 1);
}

/* How many nanoseconds may have been spent until now. */
static int64_t allowed(int64_t now)
{
    int64_t first = 0;
    if (atomic_compare_exchange_strong_explicit(&first_end, &first, now, memory_order_relaxed,
                                                memory_order_relaxed)) {
        first = now;
    }
    return SPENT_FREE_NS + (now - first) / SPENT_SHARE;
}

void lock_bias_ask(Thread *t)
{
    if (load_relaxed(&spent) < allowed(monotonic_ns()) / 2) {
        (void)own_number(t);
    }
}

typedef struct Search {
    const Object *o;
    const Thread *self;
    uint8_t mark;
    bool found;
} Search;

static void look_for_holder(Thread *other, void *arg)
{
    Search *s = arg;
    s->found |= other != s->self && load_acquire(&other->holding) == s->o;
}

static void end_number(Thread *other, void *arg)
{
    Search *s = arg;
    if (other->own_mark == s->mark) {
        give_number(other);
    }
}

void lock_bias_end(Thread *t, Object *o, uint8_t seen)
{
    int64_t begin = monotonic_ns();
    Search s = {.o = o, .self = t, .mark = seen};
    atomic_thread_fence(memory_order_seq_cst);
    bool in_use = load_relaxed(&numbers) >> (seen >> LOCK_NUMBER_SHIFT) & 1;
    if (in_use && !fence_heavy()) {
        world_stop(t);
        world_start(t);
    }
    gc_each_thread(t, look_for_holder, &s);
    while (s.found) {
        thread_park_inside(t);
        sched_yield();
        thread_unpark(t);
        s.found = false;
        gc_each_thread(t, look_for_holder, &s);
    }
    int64_t now = monotonic_ns();
    int64_t all = atomic_fetch_add_explicit(&spent, now - begin, memory_order_relaxed) + now - begin;
    if (in_use && all > allowed(now)) {
        world_stop(t);
        gc_each_thread(t, end_number, &s);
        world_start(t);
    }
}
