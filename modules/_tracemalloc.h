/* What an extension tells tracemalloc of memory of its own. */
#ifndef MODULES_TRACEMALLOC_H
#define MODULES_TRACEMALLOC_H

#include "core/object/object.h"

enum { TRACEMALLOC_OFF = -2 };

/* A block of an extension's domain was allocated or has changed its size.  Returns 0, -1 without memory, or
 * TRACEMALLOC_OFF.  Any thread that may touch the heap. */
int tracemalloc_track(Thread *t, unsigned domain, uintptr_t address, size_t size);
/* It was freed, or was never tracked.  Returns 0 or TRACEMALLOC_OFF. */
int tracemalloc_untrack(unsigned domain, uintptr_t address);

#endif
