/* Which registers an instruction and what may run after it still read, and what for. */
#ifndef CORE_BYTECODE_REGISTER_USES_H
#define CORE_BYTECODE_REGISTER_USES_H

#include "core/bytecode/code.h"

enum { /* uses, or'ed; 0: dead */
    LIVE_ITERATOR = 1, /* of a for loop */
    LIVE_EXIT = 2,     /* of a with statement */
    LIVE_SAVED = 4,    /* what was handled before a handler began */
    LIVE_VALUE = 8,    /* anything else */
};
/* A table uses[unit * nregs + reg] for every unit where an instruction starts; free it with
 * mem_free.  NULL: raised. */
uint8_t *code_register_uses(Thread *t, const Code *code);

#endif
