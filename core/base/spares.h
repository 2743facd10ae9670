/* A few blocks of memory of one kind, kept for the next who needs one.  No lock: a block is in one
 * slot or with one owner; signal handlers and children of fork may use it.
 */
#ifndef CORE_BASE_SPARES_H
#define CORE_BASE_SPARES_H

#include "core/base/atomics.h"

enum { SPARES_KEPT = 8 };
typedef struct Spares {
    void *slots[SPARES_KEPT]; /* atomic; NULL: free */
} Spares;

/* A block, which holds what its last owner left in it, or NULL. */
static inline void *spares_take(Spares *s)
{
    for (int i = 0; i < SPARES_KEPT; i++) {
        void *block = load_relaxed(&s->slots[i]) ? exchange_acq_rel(&s->slots[i], NULL) : NULL;
        if (block) {
            return block;
        }
    }
    return NULL;
}

/* false: there are enough; the block stays the caller's. */
static inline bool spares_give(Spares *s, void *block)
{
    for (int i = 0; i < SPARES_KEPT; i++) {
        void *none = NULL;
        if (!load_relaxed(&s->slots[i]) && cas_acq_rel(&s->slots[i], &none, block)) {
            return true;
        }
    }
    return false;
}

#endif
