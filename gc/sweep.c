/* Sweeping: what has a dead colour is free.  Cells themselves are not touched, only their mark
 * bytes.
 *
 * sweep_prepare (world stopped, after marking everything) gives blocks without any live cell back
 * at once and puts the others on the list of their size class; a thread that needs a run takes one
 * from there and sweeps it then.  sweep_young does the same for the young blocks, and sweeps them
 * at once; what is empty then, or has free cells, stays with the thread that has used it, while
 * that goes on: a block that another thread allocates from has to come from one processor's cache
 * to the other's, 256 lines of it.  Threads that look while they are held (gc/safepoint.c) sweep
 * their own: the mark bytes are in the cache of their processor, and are needed there next.
 */
#include "gc/heap.h"

/* A thread that has made so much since the last collection is busy: it will need its blocks again.
 * One that starts and waits makes less.  The only thread there is need not keep them. */
#define BUSY_FROM ((size_t)64 << 10)

static void poison_dead_cells(Block *b, uint8_t dead)
{
    uint8_t *marks = block_marks(b);
    for (size_t i = 0; i + b->cell <= BLOCK_SIZE; i += b->cell) {
        if (marks[i / GRANULE] & dead) {
            memset(block_start(b) + i, 0xdb, b->cell);
        }
    }
}

uint8_t sweep_block(Block *b, uint8_t dead)
{
    assert(b->kind == BLOCK_SMALL);
    if (UNLIKELY(heap.poison)) {
        poison_dead_cells(b, dead);
    }
    uint8_t *marks = block_marks(b);
    uint64_t left = 0;
#ifdef __SANITIZE_THREAD__
    for (size_t i = 0; i < BLOCK_MARKS; i++) { /* gc_find_object looks at the marks meanwhile */
        uint8_t mark = load_relaxed(&marks[i]) & (uint8_t)~dead;
        store_relaxed(&marks[i], mark);
        left |= mark;
    }
#else
    const uint64_t keep = ~(dead * 0x0101010101010101u); /* a colour is a bit */
    const size_t step = b->cell / GRANULE;
    if (step >= 32) { /* few cells: what is between their marks is 0 */
        for (size_t i = 0; i < BLOCK_MARKS; i += step) {
            left |= marks[i] &= (uint8_t)keep;
        }
    } else {
        for (uint64_t *m = (uint64_t *)marks; m < (uint64_t *)(marks + BLOCK_MARKS); m++) {
            left |= *m &= keep;
        }
    }
    left |= left >> 32;
    left |= left >> 16;
    left |= left >> 8;
#endif
    b->unswept = 0;
    b->dirty = 1;
    return (uint8_t)left;
}

void sweep_finish(void)
{
    for (size_t i = 0; heap.unswept && i < SIZE_CLASS_COUNT; i++) {
        for (Block *b = heap.classes[i].blocks; b != NULL; b = b->next) {
            if (b->unswept) {
                sweep_block(b, heap.colours.dead);
            }
        }
    }
    heap.unswept = false;
}

static void list_block(Block *b, Block **list)
{
    b->listed = 1;
    b->next = *list;
    *list = b;
}

static void pinned_become_young(GcThread *g)
{
    if (g->pinned_blocks == NULL) {
        return;
    }
    Block **end = &g->pinned_blocks;
    while (*end != NULL) {
        end = &(*end)->next_young;
    }
    *end = g->young_blocks;
    store_relaxed(&g->young_blocks, g->pinned_blocks); /* held threads look at it */
    g->pinned_blocks = NULL;
}

uint64_t sweep_retire_runs(GcThread *g)
{
    uint64_t cells = g->cells, used = g->allocated - g->allocated_before;
    g->allocated_before = g->allocated;
    heap.kept += g->kept - g->kept_before;
    g->kept_before = g->kept;
    pinned_become_young(g);
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        if (g->block[i] == NULL) { /* its lines stay in its processor's cache */
            continue;
        }
        size_t left = (size_t)(g->bump_end[i] - g->bump[i]);
        used -= left;
        cells -= left / gc_class_size[i];
        g->bump[i] = g->bump_end[i] = NULL;
        g->block[i] = NULL;
    }
    g->busy = used >= BUSY_FROM && world_thread_count > 1;
    g->credit = 0;
    g->cells = 0;
    return cells;
}

/* Pinned objects are swept by the next collection, too: b goes to the list. */
static void keep_young(Block *b, Block **list)
{
    b->young = b->pinned;
    if (b->pinned) {
        b->pinned = 0;
        b->next_young = *list;
        *list = b;
    }
}

/* Frees the dead medium objects and empty small blocks of a chunk, lists its other small blocks. */
static void prepare_chunk(Chunk *c, uint8_t dead)
{
    for (size_t i = FIRST_BLOCK; i < CHUNK_BLOCKS; i++) {
        Block *b = &c->blocks[i];
        if (b->kind == BLOCK_SMALL) {
            b->fresh = 0;
            if (b->live) {
                b->unswept = 1;
                list_block(b, &heap.classes[b->class].blocks);
            } else {
                sweep_block(b, dead);
                heap_free_blocks(c, i, 1);
            }
        } else if (b->kind == BLOCK_MEDIUM && !b->live) {
            heap_free_medium(c, b);
        }
        keep_young(b, &heap.young_blocks);
        b->live = 0;
    }
}

void sweep_prepare(uint8_t dead)
{
    Chunk *next;
    heap_unmap_kept_huge();
    heap.unswept = true;
    heap.young_blocks = NULL;
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        store_relaxed(&g->young_blocks, NULL); /* held threads look at it */
    }
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        heap.classes[i].blocks = NULL;
    }
    for (Chunk *c = heap.chunks; c != NULL; c = next) {
        next = c->next;
        if (!c->huge) {
            prepare_chunk(c, dead);
        } else if (c->blocks[FIRST_BLOCK].live) {
            c->blocks[FIRST_BLOCK].live = c->blocks[FIRST_BLOCK].young = 0;
        } else {
            heap_free_huge(c);
        }
    }
    /* what is allocated until the next collection comes from the chunks that are empty now: keep
     * that much, and what headers and the ends of blocks take */
    size_t keep = (heap.live > heap.threshold ? heap.live : heap.threshold) / CHUNK_SIZE;
    heap_release_empty_chunks(keep + keep / 4 + 4);
}

void sweep_gather_young(GcThread *g)
{
    Block *b = g->young_blocks, *next;
    for (; b != NULL; b = next) {
        next = b->next_young;
        b->next_young = heap.young_blocks;
        heap.young_blocks = b;
    }
    g->young_blocks = NULL;
}

/* So many spare blocks are left to a busy thread beyond what it allocates on average: it takes some
 * more or less in each cycle, and these would wander from one thread's cache to another's. */
static size_t spare_slack(void) { return (heap.each >> BLOCK_SHIFT) / 4; }

/* And so many it has at most when it looks for dead ones among those it has used. */
static size_t spare_max(const GcThread *g)
{
    return (heap.each >> BLOCK_SHIFT) + (g->busy ? spare_slack() : 0);
}

/* A spare block gets mark bytes as a free one has. */
static void clear_stale(Block *b)
{
    if (b->stale) {
        memset(block_marks(b), 0, BLOCK_MARKS);
        b->stale = 0;
    }
}

/* Frees the blocks of a list of spare cells of `count` blocks each, but for the first ones, which
 * were used last and are still in the cache, while *keep blocks last; heap lock held. */
static void free_spare(GcThread *g, Block **list, size_t count, size_t *keep)
{
    Block **end = list, *next;
    for (; *end != NULL && *keep >= count; *keep -= count) {
        end = &(*end)->next;
    }
    Block *b = *end;
    *end = NULL;
    for (; b != NULL; b = next) {
        next = b->next;
        b->next = NULL;
        clear_stale(b);
        heap_free_blocks(block_chunk(b), block_index(b), count);
        g->spare_count -= count;
    }
}

static void give_spare_back(GcThread *g, size_t keep)
{
    if (g->spare_count <= keep) {
        return;
    }
    mutex_lock(&heap.lock);
    free_spare(g, &g->spare, 1, &keep);
    for (size_t i = 1; i <= GC_MEDIUM_BLOCKS; i++) {
        free_spare(g, &g->spare_medium[i], i, &keep);
    }
    mutex_unlock(&heap.lock);
}

bool sweep_spare_medium(GcThread *g, Block *b)
{
    const size_t count = b->size >> BLOCK_SHIFT;
    if (g->spare_count + count > spare_max(g)) {
        return false;
    }
    heap_clear_medium(b);
    b->young = 0;
    b->next = g->spare_medium[count];
    g->spare_medium[count] = b;
    g->spare_count += count;
    return true;
}

static void give_listed_back(GcThread *g)
{
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        Block **end = &g->listed[i];
        if (*end == NULL) {
            continue;
        }
        while (*end != NULL) {
            end = &(*end)->next;
        }
        ClassList *list = &heap.classes[i];
        mutex_lock(&list->lock);
        *end = list->blocks;
        store_relaxed(&list->blocks, g->listed[i]);
        mutex_unlock(&list->lock);
        g->listed[i] = NULL;
    }
}

void sweep_give_back(GcThread *g, bool goes_on)
{
    give_spare_back(g, goes_on ? spare_slack() : 0);
    give_listed_back(g);
}

static bool is_worth_reuse(const uint8_t *marks, size_t step)
{
    size_t count = BLOCK_MARKS / step, wanted = count / REUSE_FREE_PART + 1;
    for (size_t i = 0; i < count && wanted > 0; i++) {
        wanted -= marks[i * step] == 0;
    }
    return wanted == 0;
}

/* ---- young blocks: each thread's may be swept by another one ---- */

static _Atomic uint32_t young_dead; /* the colours of what is dead; 0: nobody sweeps */
static _Atomic uint32_t sweepers;   /* whom the collecting thread has to wait for */
enum { SWEEPER_LOOKS = 1000 };      /* some 20 microseconds */

/* Sweeps a small block; true: it is empty, and nobody's.  keeper: who may allocate from it, or
 * NULL: anybody. */
static bool sweep_young_small(Block *b, bool live, GcThread *keeper, uint8_t dead)
{
    const bool fresh = b->fresh;
    b->fresh = 0;
    if (fresh && !live) {
        assert(!b->listed);
        if (UNLIKELY(heap.poison)) {
            poison_dead_cells(b, dead);
        }
        b->stale = 1;
        return true;
    }
    uint8_t left = sweep_block(b, dead);
    if (b->listed) {
        return false;
    }
    if (left == 0) {
        return true;
    }
    if (is_worth_reuse(block_marks(b), b->cell / GRANULE)) {
        if (keeper != NULL) {
            list_block(b, &keeper->listed[b->class]);
        } else {
            ClassList *list = &heap.classes[b->class];
            mutex_lock(&list->lock);
            list_block(b, &list->blocks);
            mutex_unlock(&list->lock);
        }
    }
    return false;
}

static void sweep_young_large(Block *b, uint8_t dead)
{
    Chunk *c = block_chunk(b);
    if (!(*block_marks(b) & dead)) {
        keep_young(b, &heap.young_blocks);
    } else if (c->huge) {
        heap_free_huge(c);
    } else {
        heap_free_medium(c, b);
    }
}

/* A list of young blocks, that of g, or of nobody's (NULL).  The last ones that g has allocated
 * from stand first in it, and among its spare ones: they are still in its cache.  g keeps as much
 * as it allocates between two collections; if busy, also those with free cells, and those with
 * pinned objects. */
static void sweep_list(Block *b, GcThread *g, uint8_t dead)
{
    GcThread *keeper = g != NULL && g->busy ? g : NULL;
    Block **spare = g != NULL ? &g->spare : NULL, *next;
    const size_t most = g != NULL ? spare_max(g) : 0;
    for (; b != NULL; b = next) {
        next = b->next_young;
        const bool live = b->live, small = b->kind == BLOCK_SMALL;
        b->live = 0;
        const bool empty = small && sweep_young_small(b, live, keeper, dead);
        if (small && !empty && (keeper != NULL || !b->pinned)) {
            keep_young(b, keeper != NULL ? &keeper->pinned_blocks : NULL);
            continue;
        }
        if (empty && g != NULL && g->spare_count < most) {
            assert(!b->pinned);
            b->young = 0;
            store_relaxed(&b->kind, BLOCK_SPARE);
            b->next = *spare;
            *spare = b;
            spare = &b->next;
            g->spare_count++;
            continue;
        }
        if (b->kind == BLOCK_MEDIUM && (*block_marks(b) & dead) && g != NULL &&
            sweep_spare_medium(g, b)) {
            continue;
        }
        if (empty) {
            clear_stale(b);
        }
        mutex_lock(&heap.lock);
        if (empty) {
            heap_free_blocks(block_chunk(b), block_index(b), 1);
        } else if (small) {
            keep_young(b, &heap.young_blocks);
        } else {
            sweep_young_large(b, dead);
        }
        mutex_unlock(&heap.lock);
    }
}

static void sweep_of(GcThread *g, uint8_t dead)
{
    sweep_list(exchange_acq_rel(&g->young_blocks, NULL), g, dead);
}

bool sweep_is_wanted(const GcThread *self)
{
    return load_relaxed(&self->young_blocks) != NULL &&
           atomic_load_explicit(&young_dead, memory_order_relaxed) != 0;
}

void sweep_help(GcThread *self)
{
    atomic_fetch_add_explicit(&sweepers, 1, memory_order_seq_cst);
    uint8_t dead = (uint8_t)atomic_load_explicit(&young_dead, memory_order_seq_cst);
    if (dead != 0) {
        sweep_of(self, dead);
    }
    atomic_fetch_sub_explicit(&sweepers, 1, memory_order_release);
}

void sweep_young(GcThread *self, uint8_t dead)
{
    Block *nobodys = heap.young_blocks;
    heap_unmap_kept_huge();
    heap.young_blocks = NULL;
    atomic_store_explicit(&young_dead, dead, memory_order_seq_cst);
    sweep_of(self, dead);
    sweep_list(nobodys, NULL, dead);
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        sweep_of(g, dead);
    }
    atomic_store_explicit(&young_dead, 0, memory_order_seq_cst);
    for (int i = 0; atomic_load_explicit(&sweepers, memory_order_acquire) > 0; i++) {
        if (i < SWEEPER_LOOKS) {
            cpu_pause();
        } else {
            sched_yield(); /* it may have lost its processor to this thread */
        }
    }
}

void sweep_reinit_after_fork(void)
{
    atomic_store_explicit(&sweepers, 0, memory_order_relaxed);
}
