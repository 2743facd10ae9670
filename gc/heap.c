/* Allocation: size classes, runs, blocks, chunks (shape: gc/heap.h).
 *
 * The fast path takes the next cell of the thread's run and writes its type: no other memory is
 * touched and no lock is taken.  A run is a stretch of neighbouring free cells of one block; when
 * it is taken its cells get the live colour and are zeroed at once; of cells larger than
 * GC_STEP_MAX only the headers, and the rest when an object is made that needs it.  The next run
 * comes from the same block, then from a listed block of the class, then from a spare block of the
 * thread, then from a free one, then from a new chunk: of these three it is the whole block.
 */
#include "gc/heap.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "gc/keep.h"

Heap heap;
const GcOps *gc_ops;
Chunk **gc_chunk_table[1 << TABLE_BITS];

/* 16-byte steps to 256, then about 4 per doubling, chosen so that a block has little waste at its
 * end. */
const uint16_t gc_class_size[SIZE_CLASS_COUNT] = {
    16,   32,   48,   64,   80,   96,   112,  128,  144,  160,  176, 192, 208,
    224,  240,  256,  288,  320,  352,  384,  432,  480,  544,  624, 736, 816,
    1024, 1168, 1360, 1632, 1808, 2048, 2720, 3264, 4096, 5456, 8192};

/* class of a size: index (size + 15) / 16; 16-byte steps are the class itself up to 256 */
static uint8_t class_of_granules[SMALL_MAX / GRANULE + 1];

static void map_first_piece(void);

void gc_set_ops(const GcOps *ops)
{
    map_first_piece();
    gc_ops = ops;
    heap.colours = (Colours){.dead = 2 | 8, .old = 1, .young = 4};
    heap.enabled = true;
    heap.pace = heap.each = NURSERY_MIN;
    heap.threshold = FIRST_NURSERY;
    finalize_adapt();
    heap.started_ns = monotonic_ns();
    unsigned class = 0;
    for (size_t i = 0; i <= SMALL_MAX / GRANULE; i++) {
        if (i * GRANULE > gc_class_size[class]) {
            class++;
        }
        class_of_granules[i] = (uint8_t)class;
    }
    assert(class == SIZE_CLASS_COUNT - 1 && SIZE_CLASS_COUNT <= GC_SIZE_CLASSES);
    assert(class_of_granules[GC_STEP_MAX / GRANULE] == GC_STEP_MAX / GRANULE - 1);
    collect_read_environment();
}

/* ---- chunks ---- */

static bool table_set(uintptr_t start, size_t size, Chunk *c)
{
    for (uintptr_t a = start; a < start + size; a += CHUNK_SIZE) {
        uintptr_t index = a >> CHUNK_SHIFT;
        Chunk **leaf = gc_chunk_table[index >> LEAF_BITS];
        if (leaf == NULL) {
            leaf = mem_calloc((size_t)1 << LEAF_BITS, sizeof(Chunk *));
            if (leaf == NULL) {
                return false;
            }
            store_release(&gc_chunk_table[index >> LEAF_BITS], leaf); /* pairs with chunk_lookup */
        }
        store_relaxed(&leaf[index & ((1 << LEAF_BITS) - 1)], c);
    }
    return true;
}

/* The first chunks come in pieces that the system can back with a huge page each: it then is there
 * at once, where that many small ones take a tenth of the time that a process needs to start.  What
 * it does not fill is memory all the same, so it is one piece, which every program fills. */
enum { PIECE = 2 << 20, PIECES = 1 };
/* The last blocks of the first piece, for gc_take_rest: the page is there anyway. */
enum { REST_BLOCKS = 9 };

/* Later ones come from longer stretches: to map one, the system waits until all threads have the
 * pages that they ask for, and those that ask next wait for it. */
enum { STRETCH = 16 << 20 };

static bool map_spare(size_t size)
{
    char *p = mem_map(size, PIECE);
    if (p == NULL) {
        return false;
    }
    if (size == PIECE) {
        mem_want_huge_pages(p, size);
    }
    heap.spare = p;
    heap.spare_end = p + size;
    return true;
}

static void map_first_piece(void)
{
    if (map_spare(PIECE)) {
        heap.rest_end = heap.spare_end;
        heap.rest = heap.rest_end - REST_BLOCKS * BLOCK_SIZE;
    }
}

void *gc_take_rest(size_t size)
{
    size = (size + 63) & ~(size_t)63; /* cache lines */
    if ((size_t)(heap.rest_end - heap.rest) < size) {
        return NULL;
    }
    void *p = heap.rest;
    heap.rest += size;
    return p;
}

static void *map_chunk(size_t size)
{
    if (size == CHUNK_SIZE &&
        (heap.spare < heap.spare_end ||
         map_spare(load_relaxed(&heap.mapped) < PIECES * PIECE ? PIECE : STRETCH))) {
        void *p = heap.spare;
        heap.spare += CHUNK_SIZE;
        return p;
    }
    return mem_map(size, CHUNK_SIZE);
}

void heap_unmap_kept_huge(void)
{
    for (Chunk *c = heap.kept_huge, *next; c != NULL; c = next) {
        next = c->next;
        fetch_add_relaxed(&heap.mapped, -c->mapped);
        mem_unmap(c, c->mapped);
    }
    heap.kept_huge = NULL;
    heap.kept_huge_bytes = 0;
}

/* A kept mapping with room for size bytes, of which an eighth at most is too much; or NULL. */
static Chunk *take_kept_huge(size_t size)
{
    for (Chunk **link = &heap.kept_huge; *link != NULL; link = &(*link)->next) {
        Chunk *c = *link;
        if (c->mapped >= size && c->mapped - size <= size / 8) {
            *link = c->next;
            size_t mapped = c->mapped;
            heap.kept_huge_bytes -= mapped;
            fetch_add_relaxed(&heap.mapped, -mapped);
            memset(c, 0, sizeof *c);
            c->mapped = mapped;
            c->blocks[FIRST_BLOCK].dirty = 1;
            return c;
        }
    }
    return NULL;
}

/* Maps a chunk (heap lock held).  size: bytes of the mapping, of a huge object's at least. */
static Chunk *chunk_new(size_t size, bool huge)
{
    Chunk *c = huge ? take_kept_huge(size) : NULL;
    if (c != NULL) {
        size = c->mapped;
    } else if ((c = map_chunk(size)) == NULL && heap.kept_huge != NULL) {
        heap_unmap_kept_huge();
        c = map_chunk(size);
    }
    if (c == NULL) {
        return NULL;
    }
    if (!table_set((uintptr_t)c, size, c)) {
        table_set((uintptr_t)c, size, NULL);
        mem_unmap(c, size);
        return NULL;
    }
    if (size >= HUGE_PAGES_FROM) {
        mem_want_huge_pages(c, size);
    }
    c->mapped = size;
    c->huge = huge;
    c->free_mask = huge ? 0 : ~(uint64_t)0 << FIRST_BLOCK;
    if ((char *)c + size == heap.rest_end) {
        c->free_mask &= ~(uint64_t)0 >> REST_BLOCKS; /* and so the chunk stays */
        for (size_t i = CHUNK_BLOCKS - REST_BLOCKS; i < CHUNK_BLOCKS; i++) {
            c->blocks[i].kind = BLOCK_TAKEN;
        }
    }
    c->next = heap.chunks;
    if (heap.chunks != NULL) {
        heap.chunks->prev = c;
    }
    heap.chunks = c;
    heap.chunk_count++;
    fetch_add_relaxed(&heap.mapped, size);
    if (heap.low == 0 || (uintptr_t)c < heap.low) {
        store_relaxed(&heap.low, (uintptr_t)c);
    }
    if ((uintptr_t)c + size > heap.high) {
        store_relaxed(&heap.high, (uintptr_t)c + size);
    }
    if (!huge) {
        c->available = true;
        c->next_available = heap.available;
        heap.available = c;
    }
    return c;
}

/* Takes c from the list and the table of chunks. */
static void chunk_unlink(Chunk *c)
{
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        heap.chunks = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    heap.chunk_count--;
    table_set((uintptr_t)c, c->mapped, NULL);
}

static void chunk_unmap(Chunk *c)
{
    size_t size = c->mapped;
    chunk_unlink(c);
    fetch_add_relaxed(&heap.mapped, -size);
    mem_unmap(c, size);
}

void heap_free_huge(Chunk *c)
{
    assert(c->huge);
    if (c->mapped > HUGE_KEPT_MAX - heap.kept_huge_bytes) {
        chunk_unmap(c);
        return;
    }
    chunk_unlink(c);
    c->next = heap.kept_huge;
    heap.kept_huge = c;
    heap.kept_huge_bytes += c->mapped;
}

void heap_free_blocks(Chunk *c, size_t first, size_t count)
{
    assert(first >= FIRST_BLOCK && first + count <= CHUNK_BLOCKS);
    for (size_t i = first; i < first + count; i++) {
        c->blocks[i].kind = BLOCK_FREE;
        c->blocks[i].unswept = c->blocks[i].young = c->blocks[i].listed = 0;
    }
    c->free_mask |= (((uint64_t)1 << count) - 1) << first;
    if (!c->available) {
        c->available = true;
        c->next_available = heap.available;
        heap.available = c;
    }
}

void heap_clear_medium(Block *b)
{
    if (heap.poison) {
        memset(block_start(b), 0xdb, b->size);
    }
    store_relaxed(block_marks(b), 0);
}

void heap_free_medium(Chunk *c, Block *b)
{
    heap_clear_medium(b);
    heap_free_blocks(c, block_index(b), b->size >> BLOCK_SHIFT);
}

void heap_release_empty_chunks(size_t keep)
{
    const uint64_t empty = ~(uint64_t)0 << FIRST_BLOCK;
    size_t have = 0;
    for (Chunk *c = heap.available; c != NULL; c = c->next_available) {
        have += c->free_mask == empty;
    }
    if (have <= keep + keep / 2) { /* most would be mapped again in the next cycle */
        return;
    }
    Chunk **link = &heap.available;
    while (*link != NULL) {
        Chunk *c = *link;
        if (c->free_mask == empty && keep == 0) {
            *link = c->next_available;
            chunk_unmap(c);
            continue;
        }
        keep -= c->free_mask == empty;
        link = &c->next_available;
    }
}

/* Lowest bit where count consecutive bits of mask are set, or -1. */
static int find_bits(uint64_t mask, size_t count)
{
    for (size_t have = 1; have < count && mask != 0;) {
        size_t step = count - have < have ? count - have : have;
        mask &= mask >> step;
        have += step;
    }
    return mask == 0 ? -1 : __builtin_ctzll(mask);
}

/* Pages of blocks that are used for the first time, to be asked for when the heap lock is free. */
typedef struct NewPages {
    char *start;
    size_t size;
} NewPages;

/* An eighth of the chunk at once: a page fault each would take longer.  The first chunk is one that
 * every program fills. */
static NewPages new_pages(Chunk *c, size_t end)
{
    const uint8_t step = heap.chunk_count == 1 ? CHUNK_BLOCKS : CHUNK_BLOCKS / 8;
    NewPages pages = {(char *)c + c->populated * BLOCK_SIZE, 0};
    while (c->populated < end) {
        pages.size += step * BLOCK_SIZE;
        c->populated += step;
    }
    return pages;
}

/* Without the lock: the system takes its time, and others that get blocks meanwhile need not
 * wait. */
static void populate(const NewPages *pages)
{
    if (pages->size > 0) {
        mem_populate(pages->start, pages->size);
    }
}

/* Takes count free blocks in a row (heap lock held); NULL: no memory. */
static Block *take_blocks_locked(size_t count, NewPages *pages)
{
    enum { PROBES = 64 }; /* chunks looked at before a new one is mapped, for runs of blocks */
    Chunk **link = &heap.available;
    Chunk *c = NULL;
    int first = -1;
    for (int probes = 0; *link != NULL && (count == 1 || probes < PROBES);) {
        c = *link;
        if (c->free_mask == 0) {
            *link = c->next_available;
            c->available = false;
            continue;
        }
        first = find_bits(c->free_mask, count);
        if (first >= 0) {
            break;
        }
        probes++;
        link = &c->next_available;
    }
    if (first < 0) {
        c = chunk_new(CHUNK_SIZE, false);
        if (c == NULL) {
            return NULL;
        }
        first = FIRST_BLOCK;
    }
    *pages = new_pages(c, (size_t)first + count);
    c->free_mask &= ~((((uint64_t)1 << count) - 1) << first);
    return &c->blocks[first];
}

/* ---- small objects ---- */

static void block_init_spare(Block *b)
{
    b->unswept = b->stale = 0;
    b->next = NULL;
    store_relaxed(&b->kind, BLOCK_SPARE);
}

/* A thread that allocates much takes more blocks whose pages are there, or asked for with those of
 * the first one: else another thread would use them before, with a page fault each. */
static size_t blocks_at_once(const GcThread *g)
{
    enum { BLOCKS_MAX = 16, ONE_FOR_BYTES_SHIFT = 16 };
    size_t blocks = g->allocated >> ONE_FOR_BYTES_SHIFT;
    return blocks < BLOCKS_MAX ? blocks : BLOCKS_MAX;
}

static Block *new_spare(GcThread *g)
{
    NewPages pages = {0};
    mutex_lock(&heap.lock);
    Block *b = take_blocks_locked(1, &pages);
    if (b != NULL) {
        block_init_spare(b);
        Chunk *c = block_chunk(b);
        const size_t count = blocks_at_once(g);
        for (size_t i = 1; i < count && c->free_mask != 0; i++) {
            size_t first = (size_t)__builtin_ctzll(c->free_mask);
            if (first >= c->populated) {
                break;
            }
            c->free_mask &= c->free_mask - 1;
            Block *more = &c->blocks[first];
            block_init_spare(more);
            more->next = g->spare;
            g->spare = more;
            g->spare_count++;
        }
    }
    mutex_unlock(&heap.lock);
    populate(&pages);
    return b;
}

static Block *take_spare(GcThread *g)
{
    Block *b = g->spare;
    if (b != NULL) {
        g->spare = b->next;
        g->spare_count--;
        b->next = NULL;
    }
    return b;
}

static Block *take_listed(GcThread *g, unsigned class)
{
    Block *b = g->listed[class];
    if (b != NULL) {
        g->listed[class] = b->next;
        b->next = NULL;
        b->listed = 0;
        return b;
    }
    ClassList *list = &heap.classes[class];
    if (load_relaxed(&list->blocks) == NULL) {
        return NULL;
    }
    mutex_lock(&list->lock);
    b = list->blocks;
    if (b != NULL) {
        store_relaxed(&list->blocks, b->next);
        b->next = NULL;
        b->listed = 0;
    }
    mutex_unlock(&list->lock);
    return b;
}

static inline void note_young(GcThread *g, Block *b)
{
    if (!b->young) {
        b->young = 1;
        b->next_young = g->young_blocks;
        g->young_blocks = b;
    }
}

/* The cells from `lo` to `hi` of b, which have the live colour, become g's run. */
static void begin_run(GcThread *g, Block *b, unsigned class, char *lo, char *hi)
{
    size_t cell = b->cell;
    note_young(g, b);
    if (b->dirty && cell > GC_STEP_MAX) {
        for (char *p = lo; p < hi; p += cell) {
            memset(p, 0, sizeof(Object));
        }
    } else if (b->dirty) {
        memset(lo, 0, (size_t)(hi - lo));
    } else if (hi + cell > block_start(b) + BLOCK_SIZE) {
        b->dirty = 1;
    }
    g->bump[class] = lo;
    g->bump_end[class] = hi;
    g->block[class] = b;
    g->credit -= hi - lo;
    g->cells += (uint64_t)(hi - lo) / cell;
    store_relaxed(&g->allocated, g->allocated + (uint64_t)(hi - lo));
}

/* Claims the first free run of b at or behind `from`; false: none. */
static bool claim_run(GcThread *g, Block *b, unsigned class, char *from)
{
    size_t cell = b->cell, step = cell / GRANULE;
    char *start = block_start(b);
    uint8_t *marks = block_marks(b);
    size_t count = BLOCK_SIZE / cell;
    size_t i = from == NULL ? 0 : (size_t)(from - start) / cell;
    while (i < count && marks[i * step] != 0) {
        i++;
    }
    if (i == count) {
        return false;
    }
    uint8_t colour = load_relaxed(&heap.colours.young);
    /* one cell: every allocation comes to gc_alloc */
    size_t end = i, stop = UNLIKELY(load_relaxed(&heap.debug)) ? i + 1 : count;
    while (end < stop && marks[end * step] == 0) {
        marks[end * step] = colour;
        end++;
    }
    begin_run(g, b, class, start + i * cell, start + end * cell);
    return true;
}

/* All cells of a spare block get the live colour.  Where they have been of the same class, their
 * mark bytes, which are of either young colour, say where they are. */
static void colour_cells(Block *b, bool same_class)
{
    uint8_t *marks = block_marks(b), colour = load_relaxed(&heap.colours.young);
    if (b->stale && same_class) {
        const uint64_t ones = 0x0101010101010101u;
        const int shift = __builtin_ctz(colour);
        for (uint64_t *m = (uint64_t *)marks; m < (uint64_t *)(marks + BLOCK_MARKS); m++) {
            *m = ((*m >> 2 | *m >> 3) & ones) << shift;
        }
        return;
    }
    if (b->stale) {
        memset(marks, 0, BLOCK_MARKS);
    }
    const size_t step = b->cell / GRANULE;
    for (size_t i = 0; i + step <= BLOCK_MARKS; i += step) {
        marks[i] = colour;
    }
}
_Static_assert(YOUNG_COLOURS == (1 << 2 | 1 << 3), "colour_cells");

/* A spare block becomes a small one, and g's run. */
static void claim_spare(GcThread *g, Block *b, unsigned class)
{
    const bool same_class = b->class == class, one_cell = UNLIKELY(load_relaxed(&heap.debug));
    b->class = (uint8_t)class;
    b->cell = gc_class_size[class];
    if (one_cell) {
        memset(block_marks(b), 0, BLOCK_MARKS);
    } else {
        colour_cells(b, same_class);
    }
    b->stale = 0;
    b->fresh = !one_cell;
    store_release(&b->kind, BLOCK_SMALL); /* gc_find_object may look */
    if (one_cell) {
        claim_run(g, b, class, NULL);
    } else {
        char *start = block_start(b);
        begin_run(g, b, class, start, start + BLOCK_SIZE / b->cell * b->cell);
    }
}

uint64_t gc_allocated(Thread *t)
{
    return load_relaxed(&gc_thread(t)->allocated) - gc_thread(t)->kept;
}

void gc_keep_allocated(Thread *t, uint64_t before)
{
    uint64_t n = gc_allocated(t) - before;
    gc_thread(t)->credit += (ssize_t)n;
    gc_thread(t)->kept += n;
    if (gc_thread(t)->credit >= 2 * CREDIT_QUANTUM) {
        collect_return_credit(gc_thread(t));
    }
}

static bool refill(Thread *t, unsigned class)
{
    GcThread *g = gc_thread(t);
    if (UNLIKELY(g->credit < 0)) {
        collect_spend_credit(t); /* may collect and so retire the block */
    }
    Block *b = g->block[class];
    if (b != NULL && claim_run(g, b, class, g->bump_end[class])) {
        return true;
    }
    while ((b = take_listed(g, class)) != NULL) {
        if (b->unswept) {
            sweep_block(b, heap.colours.dead);
        }
        if (claim_run(g, b, class, NULL)) {
            return true;
        }
    }
    b = take_spare(g);
    b = b != NULL ? b : new_spare(g);
    if (b != NULL) {
        claim_spare(g, b, class);
    }
    return b != NULL;
}

static NOINLINE void *alloc_small_slow(Thread *t, unsigned class)
{
    GcThread *g = gc_thread(t);
    if (!refill(t, class)) {
        if (!collect_now(t, heap.collections, true) || !refill(t, class)) {
            return NULL;
        }
    }
    char *p = g->bump[class];
    g->bump[class] = p + gc_class_size[class];
    return p;
}

/* ---- medium and huge objects ---- */

static Block *take_spare_medium(GcThread *g, size_t count)
{
    Block *b = g->spare_medium[count];
    if (b != NULL) {
        g->spare_medium[count] = b->next;
        b->next = NULL;
        g->spare_count -= count;
    }
    return b;
}

/* *clear: has been used. */
static Block *new_medium(size_t count, bool *clear)
{
    NewPages pages = {0};
    mutex_lock(&heap.lock);
    Block *b = take_blocks_locked(count, &pages);
    if (b != NULL) {
        size_t first = block_index(b);
        for (size_t i = 0; i < count; i++) {
            *clear |= b[i].dirty;
            b[i].dirty = 1;
            b[i].head = (uint8_t)first;
            b[i].unswept = 0;
            store_relaxed(&b[i].kind, i == 0 ? BLOCK_MEDIUM : BLOCK_MEDIUM_REST);
        }
        b->next = NULL;
        b->size = count << BLOCK_SHIFT;
    }
    mutex_unlock(&heap.lock);
    populate(&pages);
    return b;
}

static Block *new_huge(size_t size, bool *clear)
{
    size_t mapped = (HUGE_OFFSET + size + 4095) & ~(size_t)4095;
    mutex_lock(&heap.lock);
    Chunk *c = mapped > size ? chunk_new(mapped, true) : NULL;
    Block *b = c != NULL ? &c->blocks[FIRST_BLOCK] : NULL;
    if (b != NULL) {
        b->kind = BLOCK_HUGE;
        b->size = mapped - HUGE_OFFSET; /* a kept mapping may be longer */
        *clear = b->dirty;
        b->dirty = 1;
    }
    mutex_unlock(&heap.lock);
    return b;
}

static Object *alloc_large_once(GcThread *g, size_t size, bool zero)
{
    uint8_t colour = load_relaxed(&heap.colours.young);
    bool clear = false;
    Block *b;
    if (size <= GC_MEDIUM_BLOCKS * BLOCK_SIZE) {
        const size_t count = (size + BLOCK_SIZE - 1) >> BLOCK_SHIFT;
        b = take_spare_medium(g, count);
        clear = b != NULL;
        b = b != NULL ? b : new_medium(count, &clear);
    } else {
        b = new_huge(size, &clear);
    }
    if (b == NULL) {
        return NULL;
    }
    Object *o = (Object *)block_start(b);
    if (clear) {
        memset(o, 0, zero ? b->size : sizeof(Object));
    }
    store_relaxed(block_marks(b), colour);
    note_young(g, b);
    return o;
}

void gc_disown_old(void *object)
{
    Object *o = object;
    Chunk *c = chunk_lookup((uintptr_t)o);
    Block *b = &c->blocks[((uintptr_t)o - (uintptr_t)c) >> BLOCK_SHIFT];
    if (b->kind == BLOCK_SMALL) {
        return; /* a whole block would have to be swept for it */
    }
    assert(gc_hooks(o->type)->free == NULL && gc_hooks(o->type)->finalize == NULL);
    atomic_fetch_and_explicit(&o->gc_flags, (uint8_t)~(GC_OLD | GC_AGED), memory_order_relaxed);
    store_relaxed(block_marks(b), load_relaxed(&heap.colours.young));
    note_young(gc_thread(thread_current()), b);
    fetch_add_relaxed(&heap.live, -b->size);
    fetch_add_relaxed(&heap.old_objects, -(uint64_t)1);
}

/* Takes b from the list of g's young blocks if it is one of the last that came there. */
static bool forget_young(GcThread *g, Block *b)
{
    enum { LOOKED_AT = 16 };
    Block **link = &g->young_blocks;
    for (int i = 0; i < LOOKED_AT && *link != NULL; i++, link = &(*link)->next_young) {
        if (*link == b) {
            *link = b->next_young;
            b->young = 0;
            return true;
        }
    }
    return false;
}

void gc_free_private(Thread *t, void *object)
{
    Object *o = object;
    if (o == NULL || !gc_is_young(o) || load_relaxed(&heap.trace) != NULL) {
        gc_disown(o);
        return;
    }
    GcThread *g = gc_thread(t);
    Chunk *c = chunk_lookup((uintptr_t)o);
    Block *b = &c->blocks[((uintptr_t)o - (uintptr_t)c) >> BLOCK_SHIFT];
    if (b->kind == BLOCK_SMALL || !forget_young(g, b)) {
        return;
    }
    assert(gc_hooks(o->type)->free == NULL && gc_hooks(o->type)->finalize == NULL);
    const size_t taken = (b->size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
    bool freed = !c->huge && sweep_spare_medium(g, b);
    if (!freed) {
        mutex_lock(&heap.lock);
        freed = !c->huge || c->mapped <= HUGE_KEPT_MAX - heap.kept_huge_bytes;
        if (!freed) {
            /* others may look at any address while the world runs: not to be unmapped */
            note_young(g, b);
        } else if (c->huge) {
            heap_free_huge(c);
        } else {
            heap_free_medium(c, b);
        }
        mutex_unlock(&heap.lock);
    }
    if (freed) {
        g->cells--;
        g->credit += (ssize_t)taken;
        if (g->credit >= 2 * CREDIT_QUANTUM) {
            collect_return_credit(g);
        }
    }
}

static NOINLINE void *alloc_large(Thread *t, size_t size, bool zero)
{
    GcThread *g = gc_thread(t);
    if (size > (size_t)1 << 46) {
        return NULL;
    }
    size_t taken = (size + BLOCK_SIZE - 1) & ~(BLOCK_SIZE - 1);
    g->credit -= (ssize_t)taken;
    g->cells++;
    store_relaxed(&g->allocated, g->allocated + taken);
    if (g->credit < 0) {
        collect_spend_credit(t);
    }
    Object *o = alloc_large_once(g, size, zero);
    if (o == NULL && collect_now(t, heap.collections, true)) {
        o = alloc_large_once(g, size, zero);
    }
    return o;
}

ALWAYS_INLINE void *alloc_plain(Thread *t, Type *type, size_t size, bool zero)
{
    Object *o;
    if (LIKELY(size <= SMALL_MAX)) {
        unsigned class = class_of_granules[(size + GRANULE - 1) / GRANULE];
        char *p = gc_thread(t)->bump[class];
        if (LIKELY(p != gc_thread(t)->bump_end[class])) {
            gc_thread(t)->bump[class] = p + gc_class_size[class];
        } else {
            p = alloc_small_slow(t, class);
        }
        if (zero && size > GC_STEP_MAX && p != NULL) {
            memset(p + sizeof(Object), 0, gc_class_size[class] - sizeof(Object));
        }
        o = (Object *)p;
    } else {
        o = alloc_large(t, size, zero);
    }
    if (UNLIKELY(o == NULL)) {
        return NULL;
    }
    o->type = type;
    const GcHooks *hooks = gc_hooks(type);
    if (UNLIKELY(hooks->free != NULL || hooks->finalize != NULL)) {
        if (!finalize_register(t, o, hooks)) {
            return NULL;
        }
    }
    return o;
}

static NOINLINE void *alloc_debug(Thread *t, Type *type, size_t size, bool zero)
{
    if (collect_alloc_debug(t, type, size) != NULL) {
        return NULL; /* the simulated failure */
    }
    void *o = alloc_plain(t, type, size, zero);
    const GcAllocTrace *trace = gc_alloc_trace();
    if (o != NULL && trace != NULL) {
        trace->allocated(t, o, size);
    }
    return o;
}

static inline void *alloc(Thread *t, Type *type, size_t size, bool zero)
{
    assert(size >= sizeof(Object) && gc_thread(t)->attached);
    return UNLIKELY(load_relaxed(&heap.debug)) ? alloc_debug(t, type, size, zero)
                                               : alloc_plain(t, type, size, zero);
}

void *gc_alloc(Thread *t, Type *type, size_t size)
{
    return alloc(t, type, size, true);
}

void *gc_alloc_raw(Thread *t, Type *type, size_t size)
{
    return alloc(t, type, size, false);
}

/* ---- looking at addresses ---- */

Object *heap_find(uintptr_t address, uint8_t **mark)
{
    if (address < load_relaxed(&heap.low) || address >= load_relaxed(&heap.high)) {
        return NULL;
    }
    Chunk *c = chunk_lookup(address);
    if (c == NULL) {
        return NULL;
    }
    size_t offset = address - (uintptr_t)c;
    if (offset < HUGE_OFFSET) {
        return NULL;
    }
    size_t start;
    if (c->huge) {
        start = HUGE_OFFSET;
    } else {
        Block *b = &c->blocks[offset >> BLOCK_SHIFT];
        switch (load_acquire(&b->kind)) {
        case BLOCK_SMALL: {
            uint32_t in_block = (uint32_t)(offset & (BLOCK_SIZE - 1));
            uint32_t cell = in_block / load_relaxed(&b->cell) * load_relaxed(&b->cell);
            start = (offset & ~(BLOCK_SIZE - 1)) + cell;
            break;
        }
        case BLOCK_MEDIUM:
            start = offset & ~(BLOCK_SIZE - 1);
            break;
        case BLOCK_MEDIUM_REST:
            start = (size_t)b->head << BLOCK_SHIFT;
            break;
        default:
            return NULL;
        }
    }
    uint8_t *m = chunk_mark(c, start);
    Object *o = (Object *)((char *)c + start);
    if (load_relaxed(m) == 0 || load_relaxed(&o->type) == NULL) {
        return NULL;
    }
    *mark = m;
    return o;
}

bool gc_find_object(const void *p, Object **base)
{
    uint8_t *mark;
    Object *o = heap_find((uintptr_t)p, &mark);
    if (o == NULL || (load_relaxed(mark) & load_relaxed(&heap.colours.dead))) {
        return false;
    }
    *base = o;
    return true;
}

size_t gc_object_size(const Object *o)
{
    Chunk *c = chunk_lookup((uintptr_t)o);
    assert(c != NULL);
    Block *b = &c->blocks[c->huge ? FIRST_BLOCK : ((uintptr_t)o - (uintptr_t)c) >> BLOCK_SHIFT];
    return b->kind == BLOCK_SMALL ? b->cell : b->size;
}

bool heap_is_valid(void)
{
    for (Chunk *c = heap.chunks; c != NULL; c = c->next) {
        if (chunk_lookup((uintptr_t)c) != c || (c->next != NULL && c->next->prev != c)) {
            return false;
        }
        for (size_t i = FIRST_BLOCK; !c->huge && i < CHUNK_BLOCKS; i++) {
            Block *b = &c->blocks[i];
            bool is_free = c->free_mask >> i & 1;
            if (is_free != (b->kind == BLOCK_FREE) ||
                (b->kind == BLOCK_SMALL && b->cell != gc_class_size[b->class]) ||
                (b->kind == BLOCK_MEDIUM_REST && c->blocks[b->head].kind != BLOCK_MEDIUM)) {
                return false;
            }
        }
    }
    return true;
}

void heap_reinit_locks(void)
{
    mutex_reinit(&heap.lock);
    for (size_t i = 0; i < SIZE_CLASS_COUNT; i++) {
        mutex_reinit(&heap.classes[i].lock);
    }
}
