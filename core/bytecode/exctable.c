/* The exception table: entries sorted by start, disjoint (code.h), so that a handler is found by
 * bisection. */
#include "core/bytecode/code.h"

const ExcEntry *code_find_handler(const Code *code, uint32_t unit)
{
    uint32_t lo = 0, hi = code->n_exc;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        const ExcEntry *entry = &code->exc_table[mid];
        if (unit < entry->start) {
            hi = mid;
        } else if (unit >= entry->end) {
            lo = mid + 1;
        } else {
            return entry;
        }
    }
    return NULL;
}
