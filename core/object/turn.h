/* Turns at an object that several threads change: who finds another thread's mark in its lock byte
 * asks here whether to leave the object to that one for a while. */
#ifndef CORE_OBJECT_TURN_H
#define CORE_OBJECT_TURN_H

#include "core/object/lock_bits.h"
#include "core/object/thread.h"

/* The bits of the lock byte: core/object/lock_bits.h.  The thread's mark there, for which others may
 * wait. */
static inline uint8_t turn_mark(unsigned number)
{
    return (uint8_t)(number << LOCK_NUMBER_SHIFT | TURN_STAYS | TURN_UNTIMED);
}

/* The holder of a lock, or another thread, may be the one that wants to collect. */
static inline bool thread_is_stop_wanted(Thread *t)
{
    return atomic_load_explicit(&((GcThread *)t)->poll, memory_order_relaxed) & POLL_STOP;
}

/* Before t changes o, whose lock byte is not just t's mark: gives the mark for it.  No poll.
 * Effects: waits up to some 10 microseconds. */
COLD uint8_t turn_begin(Thread *t, Object *o);
/* Have several other threads been at o lately, as far as this thread has seen? */
bool turn_is_crowded(const Object *o);
/* Has this thread taken o from others lately, and changed it some times in a row? */
bool turn_is_known(const Object *o);

#endif
