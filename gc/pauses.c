/* Statistics of pauses.  The median comes from a histogram whose steps are an eighth of a doubling
 * wide, so that it is right to 9 % however many pauses there were.
 */
#include "gc/pauses.h"

#include "core/base/atomics.h"

enum { STEP_BITS = 3, STEPS = 64 << STEP_BITS };

typedef struct Record {
    uint64_t collections, freed, total_ns, max_ns;
    uint32_t steps[STEPS];
} Record;
static Record records[GC_KINDS]; /* written with the world stopped, read at any time */

static unsigned step_of(uint64_t ns)
{
    if (ns < 1 << STEP_BITS) {
        return (unsigned)ns;
    }
    unsigned doublings = 63u - (unsigned)__builtin_clzll(ns) - STEP_BITS;
    return (doublings << STEP_BITS) + (unsigned)(ns >> doublings);
}

/* The middle of what falls into a step. */
static uint64_t step_middle(unsigned step)
{
    if (step < 2 << STEP_BITS) {
        return step;
    }
    unsigned doublings = (step >> STEP_BITS) - 1;
    uint64_t first = (step & ((1 << STEP_BITS) - 1)) | 1 << STEP_BITS;
    return (first << doublings) + ((uint64_t)1 << doublings) / 2;
}

void pauses_add(GcKind kind, uint64_t ns, uint64_t freed)
{
    Record *r = &records[kind];
    fetch_add_relaxed(&r->collections, 1);
    fetch_add_relaxed(&r->freed, freed);
    fetch_add_relaxed(&r->total_ns, ns);
    fetch_add_relaxed(&r->steps[step_of(ns)], 1);
    if (ns > r->max_ns) {
        store_relaxed(&r->max_ns, ns);
    }
}

static uint64_t median(Record *r, uint64_t count)
{
    uint64_t below = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        below += load_relaxed(&r->steps[i]);
        if (below * 2 >= count) {
            return step_middle(i);
        }
    }
    return 0;
}

void pauses_get(GcKind kind, GcPauses *out)
{
    Record *r = &records[kind];
    *out = (GcPauses){
        .collections = load_relaxed(&r->collections),
        .objects_freed = load_relaxed(&r->freed),
        .total_ns = load_relaxed(&r->total_ns),
        .max_ns = load_relaxed(&r->max_ns),
    };
    out->median_ns = out->collections == 0 ? 0 : median(r, out->collections);
    if (out->median_ns > out->max_ns) {
        out->median_ns = out->max_ns;
    }
}
