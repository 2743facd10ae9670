/* Sweeping: what kept the old colour is free.  Cells themselves are not touched, only their mark
 * bytes.
 *
 * sweep_prepare (world stopped, after marking) gives blocks without any live cell back at once and
 * puts the others on the list of their size class; a thread that needs a run takes one from there
 * and sweeps it then.
 */
#include "gc/heap.h"

static void poison_dead_cells(Block *b, uint8_t dead)
{
    uint8_t *marks = block_marks(b);
    for (size_t i = 0; i + b->cell <= BLOCK_SIZE; i += b->cell) {
        if (marks[i / GRANULE] == dead) {
            memset(block_start(b) + i, 0xdb, b->cell);
        }
    }
}

void sweep_block(Block *b, uint8_t dead)
{
    assert(b->kind == BLOCK_SMALL && b->unswept);
    if (UNLIKELY(heap.poison)) {
        poison_dead_cells(b, dead);
    }
    uint8_t *marks = block_marks(b);
#ifdef __SANITIZE_THREAD__
    for (size_t i = 0; i < BLOCK_MARKS; i++) { /* gc_find_object looks at the marks meanwhile */
        store_relaxed(&marks[i], load_relaxed(&marks[i]) == dead ? 0 : load_relaxed(&marks[i]));
    }
#else
    for (size_t i = 0; i < BLOCK_MARKS; i++) { /* many at a time; each byte is stored whole */
        marks[i] = marks[i] == dead ? 0 : marks[i];
    }
#endif
    b->unswept = 0;
    b->dirty = 1;
}

void sweep_finish(void)
{
    uint8_t dead = (uint8_t)(3 - heap.colour);
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        Block *b = heap.classes[i].unswept;
        while (b != NULL) {
            Block *next = b->next;
            sweep_block(b, dead);
            b->next = NULL;
            b = next;
        }
        heap.classes[i].unswept = NULL;
    }
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

/* Frees the dead medium objects and empty small blocks of a chunk, lists its other small blocks. */
static void prepare_chunk(Chunk *c, uint8_t dead)
{
    for (size_t i = FIRST_BLOCK; i < CHUNK_BLOCKS; i++) {
        Block *b = &c->blocks[i];
        if (b->kind == BLOCK_SMALL) {
            if (b->live) {
                b->unswept = 1;
                b->next = heap.classes[b->class].unswept;
                heap.classes[b->class].unswept = b;
            } else {
                b->unswept = 1;
                sweep_block(b, dead);
                heap_free_blocks(c, i, 1);
            }
        } else if (b->kind == BLOCK_MEDIUM && !b->live) {
            if (heap.poison) {
                memset(block_start(b), 0xdb, b->size);
            }
            *block_marks(b) = 0;
            heap_free_blocks(c, i, b->size >> BLOCK_SHIFT);
        }
        b->live = 0;
    }
}

void sweep_prepare(uint8_t live UNUSED, uint8_t dead)
{
    Chunk *next;
    for (Chunk *c = heap.chunks; c != NULL; c = next) {
        next = c->next;
        if (!c->huge) {
            prepare_chunk(c, dead);
        } else if (c->blocks[FIRST_BLOCK].live) {
            c->blocks[FIRST_BLOCK].live = 0;
        } else {
            heap_free_huge(c);
        }
    }
    /* what is allocated until the next collection comes from the chunks that are empty now: keep
     * that much, and what headers and the ends of blocks take */
    size_t keep = (heap.live > heap.threshold ? heap.live : heap.threshold) / CHUNK_SIZE;
    heap_release_empty_chunks(keep + keep / 4 + 4);
}
