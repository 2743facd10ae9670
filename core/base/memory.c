/* memory.h: thin over malloc (jemalloc's when it is linked) and mmap. */
#include "core/base/memory.h"

#include <stdatomic.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifdef TYPHON_JEMALLOC
#include <jemalloc/jemalloc.h>

/* jemalloc looks for this name when the process starts.  What a thread keeps for itself would be
 * 60 KB for one that does nothing: a cache of fewer places.  One arena for each processor, not
 * four: to make one takes 100 KB, and the last thread of one that ends gives its memory back
 * piece by piece, for each of which the system interrupts the processors that run other threads.
 * Freed memory goes back to the system at once from BIG bytes in a row on, as in glibc, not from
 * 8 MB on: who decompresses many pieces would have its buffers made anew for each. */
#define BIG 33554432
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
extern const char *malloc_conf;
const char *malloc_conf =
    "tcache_nslots_small_min:8,tcache_nslots_small_max:32,tcache_nslots_large:8,narenas_ratio:1,"
    "oversize_threshold:" TEXT(BIG);

void mem_will_reuse_big(void)
{
    static _Atomic bool done;
    if (!atomic_exchange_explicit(&done, true, memory_order_relaxed)) {
        size_t big = BIG;
        (void)mallctl("arena.0.oversize_threshold", NULL, NULL, &big, sizeof big);
    }
}
#else
void mem_will_reuse_big(void) {}
#endif

void *mem_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *mem_calloc(size_t count, size_t size)
{
    return count && size ? calloc(count, size) : calloc(1, 1);
}

void *mem_realloc(void *p, size_t size)
{
    return realloc(p, size ? size : 1);
}

void mem_free(void *p)
{
    free(p);
}

void *mem_aligned(size_t align, size_t size)
{
    void *p = NULL;
    assert(align >= sizeof(void *) && (align & (align - 1)) == 0);
    return posix_memalign(&p, align, size ? size : 1) == 0 ? p : NULL;
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *p = mem_alloc(n);
    return p ? memcpy(p, s, n) : NULL;
}

size_t mem_usable_size(void *p)
{
    return malloc_usable_size(p);
}

void *mem_map(size_t size, size_t align)
{
    /* the mapping made last: the kernel hands out addresses downwards */
    static char *_Atomic lowest;
    char *hint = atomic_load_explicit(&lowest, memory_order_relaxed);
    if (hint != NULL && size % align == 0) {
        char *below =
            mmap(hint - size, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (below != MAP_FAILED && ((uintptr_t)below & (align - 1)) == 0) {
            atomic_store_explicit(&lowest, below, memory_order_relaxed);
            return below;
        }
        if (below != MAP_FAILED) {
            munmap(below, size);
        }
    }
    size_t total = size + align;
    char *p = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return NULL;
    }
    char *start = (char *)(((uintptr_t)p + align - 1) & ~(uintptr_t)(align - 1));
    if (start > p) {
        munmap(p, (size_t)(start - p));
    }
    if (p + total > start + size) {
        munmap(start + size, (size_t)(p + total - (start + size)));
    }
    atomic_store_explicit(&lowest, start, memory_order_relaxed);
    return start;
}

void mem_populate(void *p, size_t size)
{
#ifdef MADV_POPULATE_WRITE
    madvise(p, size, MADV_POPULATE_WRITE); /* an old kernel does it page by page, on use */
#else
    (void)p;
    (void)size;
#endif
}

void mem_want_huge_pages(void *p, size_t size)
{
    (void)madvise(p, size, MADV_HUGEPAGE);
}

void mem_unmap(void *p, size_t size)
{
    munmap(p, size);
}

void *mem_reserve(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void mem_discard(void *p, size_t size)
{
    if (madvise(p, size, MADV_DONTNEED) != 0) {
        memset(p, 0, size);
    }
}
