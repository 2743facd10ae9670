/* Turns at an object that several threads change.
 *
 * A thread that takes an object from another one waits for its cache lines, 100 ns or several times
 * that, as the processors are near or far.  Where this is more than what a thread does between two
 * changes, all get more done if each does many in a row: who comes waits, for twice as long each
 * time, up to LEAVE_MAX_NS, some thousand changes.  Where it is less, waiting threads only would do
 * one after the other what they could do at the same time.  So each measures, for the objects that
 * it takes from others, how long it needs from one change to the next
 *
 *   in_row   while it is left alone, from the third change on after it has come
 *   free     while nobody waits for anybody: with what others take from it in between
 *
 * and waits if `free` is more than `in_row` for each of the threads that come here, which are told
 * apart by their marks, and `in_row` is short.  With the thread's number the mark in the lock byte
 * has
 *
 *   -                 it does not wait, nor need others: its changes are timed for `free`
 *   STAYS             it has come to stay: others may wait; its next changes are timed for `in_row`
 *   STAYS, UNTIMED    it has made some changes in a row: these cost nothing more than the lock
 *
 *   UNTIMED          the same in a turn that is not short: the lock is biased to it until another
 *                    thread asks for it (core/object/lock_bias.c)
 *
 * A long wait is given up if the other thread does not change the object at all: it may be stopped,
 * or wait for a lock that this one holds (leave_to_other).
 */
#include "core/object/turn.h"

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/object/lock_bias.h"
#include "gc/thread_stats.h"

enum { LEAVE_NS = 100, LEAVE_MAX_NS = 25600, KNOCK_NS = 1500 };
enum { KNOWN_NS = 16 * LEAVE_MAX_NS }; /* after so long without a turn all is measured anew */
enum { FREE_MAX_NS = 4000 };           /* beyond it is no matter of cache lines */
/* Who does more than this between two changes has work of its own, which may be in pieces that two
 * times do not show: a wait would hold that up, too. */
enum { DENSE_NS = 200 };
/* Turns: every so many `free` is measured where others wait; where nobody does it begins with a
 * short wait, in which the others may find their `in_row`; without a wait after one in vain. */
enum { FREE_EVERY = 16, PROBE_EVERY = 128, PROBE_FIRST = 8, IN_VAIN = 32 };
enum { TIMED_STAYING = 3, TIMED = 16 }; /* changes in a row that are timed */
enum { BIASED_FROM_NS = 3200 }; /* a turn that the thread has waited so long for biases the lock */
enum { TURN_BITS = 5 };

typedef struct Turn {
    const Object *object; /* never dereferenced */
    int64_t last;         /* the last change that was timed; monotonic_ns */
    int in_row, free;     /* nanoseconds; 0: not known */
    int waited;           /* nanoseconds, the last time; < 0: turns until it waits again */
    uint32_t marks;       /* numbers of the threads that it was taken from, the last four */
    uint8_t count;        /* of turns */
    uint8_t timed;        /* changes since it has come, up to TIMED: no more are timed */
    bool staying;
} Turn;
static __thread Turn turns[1 << TURN_BITS]; /* by address */

static Turn *turn_of(const Object *o)
{
    return &turns[(uintptr_t)o / 16 * 0x9e3779b97f4a7c15 >> (64 - TURN_BITS)]; /* Fibonacci */
}

/* The mean of the last ones. */
static void learn_free(Turn *turn, int64_t ns)
{
    if (ns < FREE_MAX_NS) {
        turn->free = turn->free == 0 ? (int)ns : (15 * turn->free + (int)ns) / 16;
    }
}

/* Nearly the least: another thread may have come in vain and taken the cache lines away, most so
 * while nobody waits. */
static void learn_in_row(Turn *turn, int64_t ns)
{
    if (ns < turn->in_row || turn->in_row == 0) {
        turn->in_row = (int)ns + 1;
    } else if (turn->staying && ns < FREE_MAX_NS) {
        turn->in_row += ((int)ns - turn->in_row) / 64;
    }
}

/* How many threads come here, as far as is known. */
static int threads_here(const Turn *turn)
{
    uint8_t a = (uint8_t)turn->marks, b = (uint8_t)(turn->marks >> 8),
            c = (uint8_t)(turn->marks >> 16), d = (uint8_t)(turn->marks >> 24);
    return 2 + (b != a) + (c != a && c != b) + (d != a && d != b && d != c);
}

bool turn_is_crowded(const Object *o)
{
    const Turn *turn = turn_of(o);
    return turn->object == o && threads_here(turn) > 2;
}

bool turn_is_known(const Object *o)
{
    const Turn *turn = turn_of(o);
    return turn->object == o && turn->in_row != 0;
}

static void wait_for(Thread *t, const Object *o, Turn *turn, int ns)
{
    thread_wait_begin(t, type_text(o->type));
    for (int64_t end = turn->last + ns; turn->last < end && !thread_is_stop_wanted(t);) {
        cpu_pause();
        turn->last = monotonic_ns();
    }
    thread_wait_end(t);
}

/* Takes UNTIMED from another thread's mark, which its next change puts back, and waits a little;
 * false: there was no change. */
static bool knock(Thread *t, Object *o, Turn *turn)
{
    uint8_t seen = load_relaxed(&o->lock), knocked = seen & ~TURN_UNTIMED;
    if ((seen & OBJECT_LOCKED) || !(seen & TURN_UNTIMED) ||
        !cas_relaxed(&o->lock, &seen, knocked)) {
        return true;
    }
    wait_for(t, o, turn, KNOCK_NS);
    return load_relaxed(&o->lock) != knocked;
}

/* Waits; false: in vain. */
static bool leave_to_other(Thread *t, Object *o, Turn *turn)
{
    int rest = turn->waited - KNOCK_NS;
    if (rest <= 0) {
        wait_for(t, o, turn, turn->waited);
        return true;
    }
    if (lock_is_biased(load_relaxed(&o->lock))) { /* and stays so until it is asked for */
        wait_for(t, o, turn, turn->waited);
        return lock_bias_ask_back(t, o);
    }
    if (!knock(t, o, turn)) {
        return false;
    }
    wait_for(t, o, turn, rest);
    return true;
}

static bool is_long(const Thread *t, const Turn *turn)
{
    return turn->staying && turn->waited >= BIASED_FROM_NS &&
           (t->own_mark | TURN_STAYS) == t->lock_mark;
}

/* It is still t's turn. */
static uint8_t turn_go_on(Thread *t, Turn *turn, int64_t since)
{
    if (turn->timed >= 2 && turn->timed < TIMED) {
        learn_in_row(turn, since);
    }
    if (!turn->staying) {
        learn_free(turn, since);
    }
    bool begins = turn->timed < TIMED;
    turn->timed += begins;
    if (turn->timed >= (turn->staying ? TIMED_STAYING : TIMED)) {
        turn->timed = TIMED;
        return begins && is_long(t, turn) ? t->own_mark : t->lock_mark;
    }
    return t->lock_mark & ~(turn->staying ? TURN_UNTIMED : TURN_STAYS | TURN_UNTIMED);
}

uint8_t turn_begin(Thread *t, Object *o)
{
    enum { NO_NUMBER = OBJECT_LOCKED | TURN_STAYS | TURN_UNTIMED };
    uint8_t seen = load_relaxed(&o->lock);
    Turn *turn = turn_of(o);
    int64_t now = monotonic_ns(), since = now - turn->last;
    if (turn->object != o || since > KNOWN_NS) {
        *turn = (Turn){.object = o, .timed = TIMED};
    }
    turn->last = now;
    if ((seen | NO_NUMBER) == (t->lock_mark | NO_NUMBER)) {
        return turn_go_on(t, turn, since);
    }
    if (turn->timed < TIMED && !turn->staying) {
        learn_free(turn, since);
    }
    uint32_t number = seen & ~NO_NUMBER;
    turn->marks = turn->marks == 0 ? 0x01010101 * number : turn->marks << 8 | number;
    turn->timed = 1;
    turn->count++;
    turn->staying = turn->in_row != 0 && turn->in_row < DENSE_NS &&
                    turn->free > threads_here(turn) * turn->in_row;
    if (!turn->staying) {
        turn->waited = 0;
        if (turn->count % PROBE_EVERY == PROBE_FIRST) {
            wait_for(t, o, turn, 3 * turn->free);
        }
    } else if (turn->waited < 0) {
        turn->waited++;
    } else if ((seen & TURN_STAYS) || lock_is_biased(seen)) {
        turn->waited += turn->waited < LEAVE_MAX_NS ? turn->waited + LEAVE_NS : 0;
        if (!leave_to_other(t, o, turn)) {
            turn->waited = -IN_VAIN;
        }
    }
    turn->staying = turn->staying && turn->count % FREE_EVERY != 0;
    return t->lock_mark & ~(turn->staying ? TURN_UNTIMED : TURN_STAYS | TURN_UNTIMED);
}
