/* What the lock byte of an object says.
 *
 *   0                                   nobody has locked it yet
 *   number, UNTIMED                     biased to the thread of that number: it alone locks it, and
 *                                       not by this byte (core/object/lock_bias.c)
 *   number, with or without STAYS,      free: the thread was the last to lock it (core/object/turn.c)
 *   UNTIMED only beside STAYS
 *   the same and OBJECT_LOCKED          taken; or, of a biased one, asked back: its thread, which
 *                                       knows that it does not hold it, takes it
 *
 * Numbers are above these bits, and not 0. */
#ifndef CORE_OBJECT_LOCK_BITS_H
#define CORE_OBJECT_LOCK_BITS_H

#include "gc/value.h"

enum {
    TURN_STAYS = 2,   /* others that come may wait */
    TURN_UNTIMED = 4, /* the thread's next change goes without turn_begin; alone: biased */
    LOCK_NUMBER_SHIFT = 3,
    LOCK_NUMBERS = 31,
};

static inline bool lock_is_biased(uint8_t byte)
{
    return (byte & (OBJECT_LOCKED | TURN_STAYS | TURN_UNTIMED)) == TURN_UNTIMED;
}

#endif
