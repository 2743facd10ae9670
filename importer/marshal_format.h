/* What both halves of marshal agree on. */
#ifndef IMPORTER_MARSHAL_FORMAT_H
#define IMPORTER_MARSHAL_FORMAT_H

#include "core/bytecode/code.h"

enum {
    MARSHAL_FLAG_REF = 0x80,   /* the object takes the next reference number */
    MARSHAL_CODE = 'K',        /* our code objects */
    /* a function in a module: its numbers and names, then the size of what else there is to it,
     * which shares no references with what is around it: the docstring or None, and as for other
     * code objects, but names */
    MARSHAL_STUB = 'J',
    MARSHAL_NEAR_REF = 'k',    /* a reference with a number of one byte, in our code objects */
    /* a dump with a sum: marshal_sum(), size, bytes.  Functions in it are read when they are first
     * called: what is torn must be found before */
    MARSHAL_SUMMED = 'Q',
    MARSHAL_MAX_DEPTH = 2000   /* nesting of containers, as in the reference */
};

/* Numbers of a code object and of a stub, each 7 bits a byte, low ones first, the high bit set in
 * all bytes but the last.  They are followed by filename (None: that of the code around), name and
 * qualname.  Then come, for the stub its size first: MARSHAL_SIZES, the instructions and the table
 * of handlers as they are in memory, consts, names, varnames, cellvars, freevars, the table of
 * lines, and for each inline cache its name or '0'. */
enum {
    MARSHAL_ARGCOUNT,
    MARSHAL_POSONLYARGCOUNT,
    MARSHAL_KWONLYARGCOUNT,
    MARSHAL_NREGS,
    MARSHAL_FLAGS,
    MARSHAL_FIRSTLINENO,
    MARSHAL_CODE_NUMBERS,
    MARSHAL_NLOCALS = MARSHAL_CODE_NUMBERS,
    MARSHAL_NCELLS,
    MARSHAL_NFREES,
    MARSHAL_STUB_NUMBERS
};
enum { MARSHAL_INSTRS, MARSHAL_CACHES, MARSHAL_HANDLERS, MARSHAL_SIZES }; /* how many there are */

/* The next eight bytes into a sum.  A step can be undone: different words give different sums. */
static inline uint64_t marshal_sum_step(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9e3779b97f4a7c15ull;
    return sum ^ sum >> 32;
}

/* Of n bytes: words of eight go to four sums in turn, so that a step does not wait for the one
 * before it.  No change of one word leaves it as it is, others hardly ever.  Against accidents, not
 * against intent. */
static inline uint64_t marshal_sum(const uint8_t *p, size_t n)
{
    enum { LANES = 4 };
    uint64_t lane[LANES] = {0}, word[LANES], sum = n;
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(word, p, sizeof word);
        for (int i = 0; i < LANES; i++) {
            lane[i] = marshal_sum_step(lane[i], word[i]);
        }
    }
    memset(word, 0, sizeof word);
    memcpy(word, p, n);
    for (int i = 0; i < LANES; i++) {
        sum = marshal_sum_step(sum, marshal_sum_step(lane[i], word[i]));
    }
    return sum;
}

/* May another container be read or written inside of `depth` others? */
static inline bool marshal_may_nest(const Thread *t, int depth)
{
    return depth <= MARSHAL_MAX_DEPTH && (char *)__builtin_frame_address(0) > t->c_limit;
}

#endif
