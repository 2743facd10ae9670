/* Sweeping: what has a dead colour is free.  Cells themselves are not touched, only their mark
 * bytes.
 *
 * sweep_prepare (world stopped, after marking everything) gives blocks without any live cell back
 * at once and puts the others on the list of their size class; a thread that needs a run takes one
 * from there and sweeps it then.  sweep_young does the same for the young blocks, and sweeps them
 * at once; what is empty then stays with the thread that has used it, while that goes on.  Threads
 * that look while they are held (gc/safepoint.c) sweep their own: the mark bytes are in the cache
 * of their processor, and are needed there next.
 */
#include "gc/heap.h"

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

static void list_block(Block *b)
{
    b->listed = 1;
    b->next = heap.classes[b->class].blocks;
    heap.classes[b->class].blocks = b;
}

uint64_t sweep_retire_runs(GcThread *g)
{
    uint64_t cells = g->cells;
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        cells -= (size_t)(g->bump_end[i] - g->bump[i]) / gc_class_size[i];
        g->bump[i] = g->bump_end[i] = NULL;
        g->block[i] = NULL;
    }
    g->credit = 0;
    g->cells = 0;
    return cells;
}

/* Pinned objects are swept by the next collection, too. */
static void keep_young(Block *b)
{
    b->young = b->pinned;
    if (b->pinned) {
        b->pinned = 0;
        b->next_young = heap.young_blocks;
        heap.young_blocks = b;
    }
}

/* Frees the dead medium objects and empty small blocks of a chunk, lists its other small blocks. */
static void prepare_chunk(Chunk *c, uint8_t dead)
{
    for (size_t i = FIRST_BLOCK; i < CHUNK_BLOCKS; i++) {
        Block *b = &c->blocks[i];
        if (b->kind == BLOCK_SMALL) {
            if (b->live) {
                b->unswept = 1;
                list_block(b);
            } else {
                sweep_block(b, dead);
                heap_free_blocks(c, i, 1);
            }
        } else if (b->kind == BLOCK_MEDIUM && !b->live) {
            heap_free_medium(c, b);
        }
        keep_young(b);
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

void sweep_give_spare_back(GcThread *g)
{
    mutex_lock(&heap.lock);
    for (Block *b = g->spare, *next; b != NULL; b = next) {
        next = b->next;
        heap_free_blocks(block_chunk(b), block_index(b), 1);
    }
    g->spare = NULL;
    g->spare_count = 0;
    mutex_unlock(&heap.lock);
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

/* Sweeps a small block; true: it is empty, and nobody's. */
static bool sweep_young_small(Block *b, uint8_t dead)
{
    uint8_t left = sweep_block(b, dead);
    if (b->listed) {
        return false;
    }
    if (left == 0) {
        return true;
    }
    if (is_worth_reuse(block_marks(b), b->cell / GRANULE)) {
        ClassList *list = &heap.classes[b->class];
        mutex_lock(&list->lock);
        list_block(b);
        mutex_unlock(&list->lock);
    }
    return false;
}

static void sweep_young_large(Block *b, uint8_t dead)
{
    Chunk *c = block_chunk(b);
    if (!(*block_marks(b) & dead)) {
        keep_young(b);
    } else if (c->huge) {
        heap_free_huge(c);
    } else {
        heap_free_medium(c, b);
    }
}

/* A list of young blocks, that of g, or of nobody's (NULL).  The last ones that g has allocated
 * from stand first in it, and among its spare ones: they are still in its cache.  g keeps as much
 * as it allocates between two collections. */
static void sweep_list(Block *b, GcThread *g, uint8_t dead)
{
    Block **spare = g != NULL ? &g->spare : NULL, *next;
    for (; b != NULL; b = next) {
        next = b->next_young;
        b->live = 0;
        if (b->kind == BLOCK_SMALL && sweep_young_small(b, dead)) {
            assert(!b->pinned);
            b->young = 0;
            if (g != NULL && g->spare_count < heap.each >> BLOCK_SHIFT) {
                b->next = *spare;
                *spare = b;
                spare = &b->next;
                g->spare_count++;
                continue;
            }
        } else if (b->kind == BLOCK_SMALL && !b->pinned) {
            b->young = 0;
            continue;
        }
        mutex_lock(&heap.lock);
        if (b->kind != BLOCK_SMALL) {
            sweep_young_large(b, dead);
        } else if (b->pinned) {
            keep_young(b);
        } else {
            heap_free_blocks(block_chunk(b), block_index(b), 1);
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
