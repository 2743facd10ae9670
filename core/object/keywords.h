/* Keywords out of a dict, for the call of anything. */
#ifndef CORE_OBJECT_KEYWORDS_H
#define CORE_OBJECT_KEYWORDS_H

#include "core/object/dict_internal.h"

/* What is in the dict kwargs at one moment, as keywords for a call of f: all keys are str.  Those
 * that are not are left out where f leaves them alone (a str's method format), else false with the
 * TypeError that f has for them.  They are there as long as dict_entries_at_once says. */
NODISCARD bool keywords_at_once(Thread *t, Value f, Value kwargs, DictEntries *to);
/* Names and values, `live` of each, into what no other thread knows. */
static inline void keywords_split(const DictEntries *from, Value *keys, Value *values)
{
    for (size_t i = 0, k = 0; i < from->n; i++) {
        const DictEntry *e = &from->entries[i];
        if (e->value != 0) {
            keys[k] = e->key;
            values[k++] = e->value;
        }
    }
}

#endif
