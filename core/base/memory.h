/* Memory outside the object heap.  The process links jemalloc when it is there (TYPHON_JEMALLOC),
 * which then serves malloc itself, so these are thin; they exist so that the allocator is named in
 * one place. All return NULL when memory is exhausted.  A size of 0 gives a unique pointer. */
#ifndef CORE_BASE_MEMORY_H
#define CORE_BASE_MEMORY_H

#include "core/base/attrs.h"

NODISCARD void *mem_alloc(size_t size);
NODISCARD void *mem_calloc(size_t count, size_t size); /* zero-filled; NULL on overflow */
NODISCARD void *mem_realloc(void *p, size_t size);
void mem_free(void *p);                                /* p may be NULL */
/* align: a power of two >= 8.  Freed with mem_free. */
NODISCARD void *mem_aligned(size_t align, size_t size);
/* Blocks of several megabytes will be allocated and freed again and again.  Takes 0.1 ms and 0.7 MB
 * the first time: the allocator's first arena is made before it reads options. */
void mem_will_reuse_big(void);
char *mem_strdup(const char *s);
/* Usable bytes behind p. */
size_t mem_usable_size(void *p);

/* Whole pages straight from the system, zero-filled, aligned; returned with mem_unmap. */
NODISCARD void *mem_map(size_t size, size_t align);
/* a hint for a mapping that will be used throughout */
void mem_want_huge_pages(void *p, size_t size);
void mem_unmap(void *p, size_t size);
/* pages of a mapping that will all be used soon: at once, not one by one */
void mem_populate(void *p, size_t size);
/* Address space whose pages appear, zero-filled, when touched (register stacks). */
NODISCARD void *mem_reserve(size_t size);
/* The pages' content becomes zero and their memory goes back to the system. */
void mem_discard(void *p, size_t size);

#endif
