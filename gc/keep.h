/* Memory of which it is known that it will stay. */
#ifndef GC_KEEP_H
#define GC_KEEP_H

#include "gc/gc.h"

/* Memory for what the start needs once and keeps: zero, in pages that the heap has asked for
 * anyway, and no object of the heap.  NULL: there is none left.  Before the second thread. */
NODISCARD void *gc_take_rest(size_t size);

/* Bytes that t has allocated from the heap, in whole runs of cells, but for what is known to
 * stay. */
uint64_t gc_allocated(Thread *t);
/* What t has allocated since that was `before` will stay, code that a cache keeps and modules: the
 * next collection would find it alive, and comes no sooner for it; nor, up to a limit, the next one
 * of all objects (gc/pace.c). */
void gc_keep_allocated(Thread *t, uint64_t before);

/* Around the start of an interpreter, most of which stays: the collection that is due comes at
 * begin, when one that was closed before is garbage, and the next one up to FIRST_NURSERY later.
 * After end, which the thread that asked for it calls, too, t may allocate a quantum before it
 * looks whether a collection is due: the interpreter may be closed by then.  Effects: begin
 * collects. */
void gc_begin_start(Thread *t);
void gc_end_start(Thread *t);

#endif
