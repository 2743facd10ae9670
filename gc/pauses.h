/* How long collections stop the world: count, sum, longest and median of each kind.  Private to
 * gc/; read through gc_get_stats. */
#ifndef GC_PAUSES_H
#define GC_PAUSES_H

#include "gc/gc.h"

/* world stopped: a collection has ended that took ns and freed so many objects */
void pauses_add(GcKind kind, uint64_t ns, uint64_t freed);
/* any time; of pauses that are added meanwhile some figures may be in, others not */
void pauses_get(GcKind kind, GcPauses *out);

#endif
