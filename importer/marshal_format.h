/* What both halves of marshal agree on. */
#ifndef IMPORTER_MARSHAL_FORMAT_H
#define IMPORTER_MARSHAL_FORMAT_H

#include "core/bytecode/code.h"

enum {
    MARSHAL_FLAG_REF = 0x80,   /* the object takes the next reference number */
    MARSHAL_CODE = 'K',        /* our code objects */
    /* a function in a frozen module: its numbers, names and docstring, then the size of a marshal
     * dump of the whole code object, which shares no references with what is around it */
    MARSHAL_STUB = 'J',
    MARSHAL_MAX_DEPTH = 2000   /* nesting of containers, as in the reference */
};

/* May another container be read or written inside of `depth` others? */
static inline bool marshal_may_nest(const Thread *t, int depth)
{
    return depth <= MARSHAL_MAX_DEPTH && (char *)__builtin_frame_address(0) > t->c_limit;
}

#endif
