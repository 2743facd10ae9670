/* Most lists and dicts are changed by one thread only, so the first thread that locks an object in
 * a shared world, or has made it empty (object_bias_new), leaves its biased mark there, and from
 * then on locks it by telling in a word of its own which object it holds:
 *
 *   owner    holding = o; fence_light(); goes on if the mark is still in the byte
 *   others   put their own mark and OBJECT_LOCKED into the byte; fence_heavy(); wait until the
 *            owner does not hold o
 *
 * One of the two sees the other (core/base/fence.h).  The object is nobody's then for ever.
 *
 * An object that threads change in long turns (core/object/turn.c) is biased again in each of them,
 * and the owner can be asked for it: who comes puts OBJECT_LOCKED into the byte beside the owner's
 * mark, as if that one had taken it by the byte.  The owner finds that when it locks the object the
 * next time, knows that it does not hold it, and takes it by the byte.  Only if that does not come
 * is there a fence_heavy.
 *
 * A thread holds at most one object that way, and others by their bytes.  The marks have 31
 * numbers, each of which is that of one thread until its end; others have no bias.  A thread that
 * has come to a number owns what earlier threads have left with it; a number by which no thread
 * locks needs no fence.
 *
 * What is built by one thread and changed by another costs some microseconds for each object.  So
 * all that time is counted, and when it is more than a share of what has passed, the owner must not
 * lock by its number any more, which it is told with the world stopped; it may ask for that again
 * when the share has halved.
 */
#include "core/object/lock_bias.h"

#include <sched.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/base/fence.h"
#include "core/object/turn.h"

enum { SPENT_FREE_NS = 1000000, SPENT_SHARE = 128 };
enum { ANSWER_NS = 1500 };

/* A bit for each number. */
static _Atomic uint32_t numbers = 1; /* those that a thread has; 0 is none */
static _Atomic uint32_t biasing;     /* and may lock by: not after it has lost that */
static _Atomic uint32_t last_number; /* the next one is behind it: least used lately */
static _Atomic int64_t spent;        /* nanoseconds of all threads in lock_bias_end */
static _Atomic int64_t first_end;    /* monotonic_ns; 0: there was none */

/* A number that no thread had until now, or 0. */
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
            return n;
        }
    }
    return 0;
}

/* t, which must not lock by a number of its own, may from now on, if it has one or there is one. */
static void begin_bias(Thread *t)
{
    if (t->own_number == 0) {
        t->own_number = (uint8_t)take_number();
    }
    if (t->own_number != 0) {
        atomic_fetch_or_explicit(&biasing, 1u << t->own_number, memory_order_relaxed);
        /* who has taken an object of this number since sees that, or its mark is gone */
        atomic_thread_fence(memory_order_seq_cst);
        t->own_mark = (uint8_t)(t->own_number << LOCK_NUMBER_SHIFT | TURN_UNTIMED);
    }
}

static void end_bias(Thread *owner)
{
    atomic_fetch_and_explicit(&biasing, ~(1u << owner->own_number), memory_order_release);
    owner->own_mark = LOCK_NO_BIAS;
}

void lock_bias_begin(Thread *t)
{
    t->own_number = 0;
    t->own_mark = LOCK_NO_BIAS;
    begin_bias(t);
    t->lock_mark = turn_mark(t->own_number != 0 ? t->own_number : t->serial % LOCK_NUMBERS + 1);
}

void lock_bias_finish(Thread *t)
{
    assert(t->holding == NULL);
    end_bias(t);
    if (t->own_number != 0) {
        atomic_fetch_and_explicit(&numbers, ~(1u << t->own_number), memory_order_release);
        t->own_number = 0;
    }
}

void lock_bias_after_fork(Thread *t)
{
    store_relaxed(&numbers, 1u << t->own_number | 1);
    store_relaxed(&biasing, load_relaxed(&biasing) & 1u << t->own_number);
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
        begin_bias(t);
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
        end_bias(other);
    }
}

/* May a thread lock by this mark? */
static bool is_in_use(uint8_t mark)
{
    return load_relaxed(&biasing) >> (mark >> LOCK_NUMBER_SHIFT) & 1;
}

/* The byte `seen`, by which the lock of o was biased to another thread, has been replaced: waits
 * until that thread does not hold it. */
static void await_owner(Thread *t, Object *o, uint8_t seen)
{
    Search s = {.o = o, .self = t};
    atomic_thread_fence(memory_order_seq_cst);
    if (is_in_use(seen) && !fence_heavy()) {
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
}

void lock_bias_end(Thread *t, Object *o, uint8_t seen)
{
    int64_t begin = monotonic_ns();
    Search s = {.mark = seen};
    await_owner(t, o, seen);
    int64_t now = monotonic_ns();
    int64_t all = atomic_fetch_add_explicit(&spent, now - begin, memory_order_relaxed) + now - begin;
    if (all > allowed(now) && is_in_use(seen)) {
        world_stop(t);
        gc_each_thread(t, end_number, &s);
        world_start(t);
    }
}

bool lock_bias_ask_back(Thread *t, Object *o)
{
    uint8_t seen = load_relaxed(&o->lock);
    uint8_t asked = seen | OBJECT_LOCKED;
    if (!lock_is_biased(seen) || !cas_acq_rel(&o->lock, &seen, asked)) {
        return true;
    }
    int64_t end = monotonic_ns() + ANSWER_NS;
    while (load_acquire(&o->lock) == asked && monotonic_ns() < end) {
        if (thread_is_stop_wanted(t)) {
            thread_park_inside(t);
            thread_unpark(t);
            end = monotonic_ns() + ANSWER_NS;
        }
        cpu_pause();
    }
    if (load_acquire(&o->lock) != asked) {
        return true;
    }
    await_owner(t, o, seen);
    return !cas_acq_rel(&o->lock, &asked, (uint8_t)((seen & ~TURN_UNTIMED) | TURN_STAYS));
}
