/* Sweeping: what has a dead colour is free.  Cells themselves are not touched, only their mark
 * bytes.
 *
 * sweep_prepare (world stopped, after marking everything) gives blocks without any live cell back
 * at once and puts the others on the list of their size class; a thread that needs a run takes one
 * from there and sweeps it then.  sweep_young does the same for the young blocks, and sweeps them
 * at once; what is empty then stays with the thread that has used it, while that goes on.
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
        b->owner = NULL;
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

void sweep_gather_young(GcThread *g, GcThread *owner)
{
    Block *b = g->young_blocks, *next;
    for (; b != NULL; b = next) {
        next = b->next_young;
        b->owner = owner;
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

/* What a thread has just used goes back to it, as much as it allocates between two collections. */
static void free_young_small(Block *b)
{
    GcThread *g = b->owner;
    if (g == NULL || g->spare_count >= heap.pace >> BLOCK_SHIFT) {
        heap_free_blocks(block_chunk(b), block_index(b), 1);
        return;
    }
    b->next = g->spare;
    g->spare = b;
    g->spare_count++;
}

static bool is_worth_reuse(const uint8_t *marks, size_t step)
{
    size_t count = BLOCK_MARKS / step, wanted = count / REUSE_FREE_PART + 1;
    for (size_t i = 0; i < count && wanted > 0; i++) {
        wanted -= marks[i * step] == 0;
    }
    return wanted == 0;
}

static void sweep_young_small(Block *b, uint8_t dead)
{
    if (sweep_block(b, dead) == 0 && !b->listed) {
        free_young_small(b);
    } else if (!b->listed && is_worth_reuse(block_marks(b), b->cell / GRANULE)) {
        list_block(b);
    }
}

void sweep_young(uint8_t dead)
{
    Block *b = heap.young_blocks, *next;
    heap_unmap_kept_huge();
    heap.young_blocks = NULL;
    for (; b != NULL; b = next) {
        next = b->next_young;
        Chunk *c = block_chunk(b);
        b->live = 0;
        if (b->kind == BLOCK_SMALL) {
            sweep_young_small(b, dead);
            keep_young(b);
        } else if (!(*block_marks(b) & dead)) {
            keep_young(b);
        } else if (c->huge) {
            heap_free_huge(c);
        } else {
            heap_free_medium(c, b);
        }
    }
}
