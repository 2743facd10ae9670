/* Locks of objects that are biased to the thread that has locked them first: see lock_bias.c. */
#ifndef CORE_OBJECT_LOCK_BIAS_H
#define CORE_OBJECT_LOCK_BIAS_H

#include "core/object/lock_bits.h"
#include "core/object/thread.h"

enum { LOCK_NO_BIAS = TURN_UNTIMED | OBJECT_LOCKED }; /* number 0: no lock byte is that */

/* A new thread's number and marks.  Any number of threads may have the number of lock_mark; that of
 * own_mark is its own. */
void lock_bias_begin(Thread *t);
/* t locks no objects any more. */
void lock_bias_finish(Thread *t);
/* In the child: t is the only thread. */
void lock_bias_after_fork(Thread *t);

/* t, which has just taken the lock of o, found it biased to another thread, `seen`: that thread
 * holds it no more.  Effects: interrupts the processors that run other threads; may stop the
 * world. */
COLD void lock_bias_end(Thread *t, Object *o, uint8_t seen);
/* Asks the thread to which the lock of o is biased to lock it by its byte from now on, and waits
 * until it has done so; false: it has not for some time, and the bias has been ended without it, as
 * by lock_bias_end.  True also if o was not biased any more. */
COLD bool lock_bias_ask_back(Thread *t, Object *o);
/* Has another thread asked t so? */
static inline bool lock_is_asked_back(const Thread *t, uint8_t seen)
{
    return seen == (t->own_mark | OBJECT_LOCKED) && t->own_mark != LOCK_NO_BIAS;
}

COLD void lock_bias_ask(Thread *t);
/* Before a lock is taken by its byte: a thread without a number of its own asks for one at times. */
static inline void lock_bias_look(Thread *t)
{
    if (UNLIKELY(t->own_mark == LOCK_NO_BIAS) && ++t->own_mark_in == 0) {
        lock_bias_ask(t);
    }
}

#endif
