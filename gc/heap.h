/* The heap's structures, private to gc/.
 *
 * Two generations without moving: an object that survives a collection, or two when only stacks
 * hold it (gc/mark.c), is old, by its mark byte and GC_OLD in its header.  Most collections trace
 * young objects only, from the roots and from what old objects have come to refer to
 * (gc/remember.c), and sweep only the blocks that were allocated from since the last one; when the
 * old objects have grown enough (gc/pace.c), all are traced and swept.
 *
 *   Chunk (1 MB, aligned)
 *     0        Chunk header; the mark byte of the granule at offset x is the chunk's byte x / 16
 *     4 KB     mark bytes of blocks 4..63 (those of the header itself fall on the header and are
 *              not used)
 *     64 KB    block 4 ... block 63, 16 KB each
 *   block      small: equal cells of one size class; spare: a thread's, to be a small one again;
 *              medium: 1..32 blocks for one object; or free
 *   huge       an object of its own mapping: header as above, object at 64 KB, length not limited
 *              to a chunk
 *
 *   mark byte  0: free cell, or not the start of a cell;  else cell in use, and its colour:
 *              1 or 2 old, 4 or 8 young
 *
 * heap.colours are those of everything live or allocated between two collections.  A collection
 * marks what it reaches: old, with the other old colour when all is traced; or with the other young
 * colour, pinned, what only stacks hold: a small object that they refer to, for it may be in the
 * making (gc_init), and the first time anything else, for it may be about to die (GC_AGED).  What
 * keeps its colour is dead.  Blocks are swept (dead colours -> 0) by a collection of young objects
 * itself, but those that hold nothing else when a thread takes them again (Block.stale); after the
 * others, when a thread takes them to allocate from, at the latest when the next collection starts.
 * A cell in use whose type word is 0 belongs to a thread's run and has not been handed out yet.
 */
#ifndef GC_HEAP_H
#define GC_HEAP_H

#include "core/base/atomics.h"
#include "core/base/mutex.h"
#include "gc/gc.h"
#include "gc/gc_thread.h"

#define CHUNK_SHIFT 20
#define CHUNK_SIZE ((size_t)1 << CHUNK_SHIFT)
#define BLOCK_SHIFT 14
#define BLOCK_SIZE ((size_t)1 << BLOCK_SHIFT)
#define CHUNK_BLOCKS 64
#define FIRST_BLOCK 4
#define GRANULE 16
#define SMALL_MAX ((size_t)8192)
/* mappings that the kernel may back by pages of 2 MB: tables of large dicts */
#define HUGE_PAGES_FROM ((size_t)4 << 20)
/* Little beside what a program with such objects has; a fresh page takes ten times as long as
 * zeroing one that is there. */
#define HUGE_KEPT_MAX ((size_t)4 << 20)
#define HUGE_OFFSET ((size_t)FIRST_BLOCK << BLOCK_SHIFT)
#define BLOCK_MARKS (BLOCK_SIZE / GRANULE)
#define SIZE_CLASS_COUNT 37
/* a young block is allocated from again when one in so many cells is free */
#define REUSE_FREE_PART 8

enum { BLOCK_FREE, BLOCK_SMALL, BLOCK_SPARE, BLOCK_MEDIUM, BLOCK_MEDIUM_REST, BLOCK_HUGE,
       BLOCK_TAKEN /* no objects: memory for gc_take_rest */ };

enum { OLD_COLOURS = 1 | 2, YOUNG_COLOUR = 4, YOUNG_COLOURS = 4 | 8 };
/* colours of dead objects and those of live ones, after or during a collection */
typedef struct Colours {
    uint8_t dead, old, young;
} Colours;

typedef struct Block {
    uint8_t kind;         /* BLOCK_*, heap lock; small, spare: owner */
    uint8_t class;        /* small: size class */
    uint8_t live;         /* set by markers: something in it is marked (relaxed) */
    uint8_t unswept;      /* small: holds cells of the old colour; owner of the list entry */
    uint8_t dirty;        /* has been used since its pages were mapped or discarded */
    uint8_t head;         /* medium rest: index of the first block */
    uint8_t listed;       /* small: on a list of its class; as `next` */
    uint8_t young;        /* on a list of young blocks; owner of the list */
    uint8_t pinned;       /* set by markers: holds objects that stay young (relaxed) */
    uint8_t fresh;        /* small: all its cells have come into use since the last collection */
    uint8_t stale;        /* spare: its mark bytes are still those of its dead cells, all young */
    uint32_t cell;        /* small: bytes per cell */
    size_t size;          /* medium, huge: usable bytes of the object */
    /* small: list of blocks of the class with free cells, its lock or world stopped; or the same of
     * a thread's, or its spare ones; medium: a list of spare ones */
    struct Block *next;
    struct Block *next_young; /* list of young blocks of a thread, or of the heap */
} Block;

typedef struct Chunk {
    struct Chunk *next, *prev; /* all chunks, heap lock */
    uint64_t free_mask;        /* bit per free block, heap lock */
    size_t mapped;             /* bytes of the mapping */
    uint8_t populated;         /* blocks whose pages have been asked for, heap lock */
    bool huge;
    bool available;            /* on the list of chunks with free blocks */
    struct Chunk *next_available;
    Block blocks[CHUNK_BLOCKS];
} Chunk;
_Static_assert(sizeof(Chunk) <= HUGE_OFFSET / GRANULE,
               "the header must end before the first used mark byte");

/* blocks with free cells that are no thread's */
typedef struct ClassList {
    Mutex lock;
    Block *blocks;
} ClassList;

typedef struct Heap { /* fields read while the world runs: through core/base/atomics.h */
    Mutex lock;                /* chunk list, free masks, kinds of blocks */
    Chunk *chunks;             /* all of them */
    char *spare, *spare_end;   /* mapped for chunks to come */
    char *rest, *rest_end;     /* what gc_take_rest gives; one thread */
    Chunk *available;          /* chunks with free blocks (may hold full ones) */
    /* mappings of huge objects that the last collection found dead, by next; heap_free_huge */
    Chunk *kept_huge;
    size_t kept_huge_bytes;
    size_t chunk_count, empty_chunks;
    Colours colours;     /* changed with the world stopped */
    bool unswept;        /* some listed blocks are not swept; world stopped */
    Block *young_blocks; /* of threads that are gone or not busy, and of large pinned objects;
                          * world stopped */
    ClassList classes[SIZE_CLASS_COUNT];
    uintptr_t low, high; /* bounds of all chunks ever mapped */
    /* trigger: gc/collect.c */
    size_t allocated;  /* bytes reported since the last collection */
    ssize_t finalizable;       /* objects with finalizers since then */
    ssize_t finalizer_weight;  /* see FINALIZER_WEIGHT; changed with the world stopped */
    ssize_t finalizer_limit;   /* gc.disable(): so many bring a collection nevertheless; the same */
    size_t threshold;          /* allocated > threshold: collect; changed with the world stopped */
    uint32_t busy_threads;     /* that have allocated NURSERY_MIN; relaxed */
    size_t pace;               /* of one thread, NURSERY_MIN to PACE_MAX; world stopped */
    size_t each;               /* what a thread may make between two collections; world stopped */
    /* bytes found live by the last collection, old ones included, less what was disowned since;
     * relaxed */
    size_t live;
    size_t full_live;          /* the same after the last one that traced everything */
    uint64_t kept;     /* bytes made since then that are known to stay; world lock */
    /* live after it, and allocated since by threads that are gone; world lock, old_objects
     * relaxed */
    uint64_t objects, old_objects;
    ssize_t external;  /* gc_account_external */
    uint64_t collections, full_collections;
    bool enabled;
    size_t mapped;
    int64_t started_ns;        /* init-only */
    bool debug;                /* one of the fields every, fail and trace is set; relaxed */
    const GcAllocTrace *trace; /* gc_set_alloc_trace; release, acquire */
    bool verify, poison;
    int markers;               /* threads that mark at the same time, at most; init-only */
    unsigned long every, fail;
    _Atomic unsigned long allocations;
    bool ext_refs;             /* raised reference counts are roots */
} Heap;

extern Heap heap;
extern const GcOps *gc_ops;
extern const uint16_t gc_class_size[SIZE_CLASS_COUNT];

static inline GcThread *gc_thread(Thread *t) { return (GcThread *)t; }
static inline const GcHooks *gc_hooks(const Type *type)
{
    return (const GcHooks *)((const char *)type + gc_ops->hooks_offset);
}

/* ---- chunk table: address -> chunk, without lock ---- */
#define TABLE_BITS 14
#define LEAF_BITS 13 /* 2^(14 + 13 + 20) = 2^47 bytes of user address space */
extern Chunk **gc_chunk_table[1 << TABLE_BITS];

static inline Chunk *chunk_lookup(uintptr_t address)
{
    uintptr_t index = address >> CHUNK_SHIFT;
    if (UNLIKELY(index >> (TABLE_BITS + LEAF_BITS))) {
        return NULL;
    }
    Chunk **leaf = load_acquire(&gc_chunk_table[index >> LEAF_BITS]);
    return leaf == NULL ? NULL : load_relaxed(&leaf[index & ((1 << LEAF_BITS) - 1)]);
}
static inline uint8_t *chunk_mark(Chunk *c, size_t offset)
{
    return (uint8_t *)c + offset / GRANULE;
}
static inline Chunk *block_chunk(Block *b) { return (Chunk *)((uintptr_t)b & ~(CHUNK_SIZE - 1)); }
static inline size_t block_index(Block *b) { return (size_t)(b - block_chunk(b)->blocks); }
static inline char *block_start(Block *b)
{
    return (char *)block_chunk(b) + (block_index(b) << BLOCK_SHIFT);
}
static inline uint8_t *block_marks(Block *b)
{
    return chunk_mark(block_chunk(b), block_index(b) << BLOCK_SHIFT);
}

/* Start of the cell in use that holds address, or NULL.  *mark: its mark byte. */
Object *heap_find(uintptr_t address, uint8_t **mark);
bool heap_is_valid(void); /* invariants of chunks and blocks; world stopped */
void heap_reinit_locks(void);

/* ---- gc/sweep.c; all with the world stopped but for sweep_block ---- */
/* Cells of the colours `dead` become free.  Returns the colours that are left. */
uint8_t sweep_block(Block *b, uint8_t dead);
/* the blocks nobody took since the last collection */
void sweep_finish(void);
/* after marking everything: frees empty blocks, lists the others */
void sweep_prepare(uint8_t dead);
/* after marking young objects: sweeps the young blocks; self: the collecting thread */
void sweep_young(GcThread *self, uint8_t dead);
/* For a held thread that looks: are young blocks swept now, and some its own?  Sweeps them. */
bool sweep_is_wanted(const GcThread *self);
void sweep_help(GcThread *self);
void sweep_reinit_after_fork(void); /* who helped is gone */
/* The young blocks of g become those of the heap. */
void sweep_gather_young(GcThread *g);
/* Blocks that g has kept and not needed become everybody's: those with free cells, and spare ones,
 * but for a few if it goes on to allocate much. */
void sweep_give_back(GcThread *g, bool goes_on);
/* Keeps b, of a dead medium object, for the next one of g that takes as many blocks; false: g has
 * enough.  Owner, or world stopped. */
bool sweep_spare_medium(GcThread *g, Block *b);
/* g forgets its runs, its pinned blocks become young ones; how many objects it has made since the
 * last time */
uint64_t sweep_retire_runs(GcThread *g);
void heap_free_blocks(Chunk *c, size_t first, size_t count); /* heap lock held or world stopped */
void heap_release_empty_chunks(size_t keep);
/* The mapping is kept for another object, up to HUGE_KEPT_MAX of all, until the next collection. */
void heap_free_huge(Chunk *c);
void heap_unmap_kept_huge(void);
void heap_clear_medium(Block *b); /* it holds no object any more; by who frees it */
void heap_free_medium(Chunk *c, Block *b); /* heap lock held or world stopped */

/* ---- gc/collect.c ---- */
/* Called when t's credit is used up: reports it and may collect. */
void collect_spend_credit(Thread *t);
/* Takes back what was reported for a credit of more than a quantum. */
void collect_return_credit(GcThread *g);
/* Collects (full: everything, else what is due) unless somebody else has done so since `seen`
 * collections; false: not possible now. */
bool collect_now(Thread *t, uint64_t seen, bool full);
/* Collects as precisely as gc_collect, but looks for dead registers in few frames; what is due to
 * be finalized then is left to the caller. */
void collect_promptly(Thread *t, bool full);
NOINLINE void *collect_alloc_debug(Thread *t, Type *type, size_t size);
void collect_read_environment(void);
#define CREDIT_QUANTUM ((ssize_t)64 << 10)
/* An object with a finalizer counts as that many bytes more, at least: what it holds outside the
 * heap, or does in the end, should not wait for long. */
#define FINALIZER_WEIGHT ((ssize_t)256)
#define MARKERS_MAX 4

/* ---- gc/pace.c ---- */
#define NURSERY_MIN ((size_t)256 << 10)
#define NURSERY ((size_t)1 << 20)
#define FIRST_NURSERY ((size_t)3 << 20) /* up to the first collection */
/* so much more for each further thread that has itself allocated NURSERY_MIN, up to so many */
#define FIRST_PER_THREAD NURSERY
enum { FIRST_THREADS_MAX = 4 };
/* the pace is such a part of what is live, at most; the second when much of what is made stays */
enum { PACE_PART = 2, PACE_PART_STAYS = 8 };
#define PACE_MAX ((size_t)8 << 20)
bool pace_is_full_due(void); /* all objects are to be looked at; world stopped */
/* A collection ends.  began: when it did, before the others were stopped; marking: what of it was
 * marking; ns.  before: bytes of old objects until then; threads: that have allocated since the
 * last one. */
void pace_end(bool full, int64_t began, int64_t marking, size_t before, unsigned threads);

/* ---- gc/finalize.c ---- */
/* after a collection, world stopped: sets the heap's finalizer_weight and finalizer_limit */
void finalize_adapt(void);
void finalize_thread_init(Thread *t);
void finalize_thread_exit(Thread *t);           /* world lock held: hands its registries on */
bool finalize_register(Thread *t, Object *o, const GcHooks *hooks); /* false: no memory */
/* queues dead objects with finalizers, marks from them */
void finalize_after_mark(Tracer *tr);
void finalize_free_dead(const Tracer *tr); /* calls the free hooks of dead objects */
void finalize_trace_queues(Tracer *tr);
/* References that have died since their callbacks were queued are not called: what these work for
 * has mostly died, too.  Before new ones are queued. */
void finalize_forget_callbacks(const Tracer *tr);
void finalize_queue_callback(Object *ref);
void finalize_reinit_locks(void);

/* ---- gc/weak.c ---- */
/* clears references to unmarked objects, queues callbacks */
void weak_clear_dead(const Tracer *tr);
/* after the last marking: forgets dead reference objects */
void weak_unlink_dead(const Tracer *tr);
void weak_reinit_locks(void);

/* ---- gc/remember.c; world stopped ---- */
void remember_trace(Tracer *tr); /* traces what is remembered, and forgets it */
bool remember_is_complete(void); /* false: everything has to be traced */
void remember_thread_exit(GcThread *g);

/* ---- gc/verify.c ---- */
/* calls fn for each object of one of these colours in b */
void heap_walk_block(Block *b, uint8_t colours, void (*fn)(Object *o, void *arg), void *arg);
void heap_walk(uint8_t colours, void (*fn)(Object *o, void *arg), void *arg); /* all blocks */

/* ---- gc/roots.c ---- */
/* All but the C stacks, to be drained before: what these hold and nothing old refers to stays young
 * if it is small. */
void roots_trace(Tracer *tr);
void roots_trace_stacks(Tracer *tr);
void roots_trace_late(Tracer *tr); /* after the rest is marked */
void roots_reinit_locks(void);

/* ---- gc/safepoint.c ---- */
/* GcThread.state; gc/safepoint.c and gc/sharing.c say what they mean */
enum {
    THREAD_RUNNING, THREAD_PARKED, THREAD_HELD, THREAD_ASLEEP,
    THREAD_OUTSIDE, THREAD_ENTERING, THREAD_ENTERING_ASLEEP
};
static inline bool thread_change_state(GcThread *g, uint32_t from, uint32_t to)
{
    return atomic_compare_exchange_strong_explicit(&g->state, &from, to, memory_order_seq_cst,
                                                   memory_order_seq_cst);
}
extern Mutex world_lock;                        /* thread list; held while the world is stopped */
extern GcThread *world_threads;                 /* world lock */
extern uint32_t world_thread_count;             /* world lock, read relaxed */
extern int world_processors;                    /* set before a second thread can run */
/* Within an operation: when another thread is stopping the world, helps it and waits until it lets
 * the others go on; false: it is not. */
bool world_await_stopper(Thread *t);
void world_lock_parked(Thread *t); /* takes world_lock without keeping a stopper waiting */
/* world lock; another thread may ask whether it is itself: relaxed */
extern GcThread *world_stopped_by;
/* how often a thread that would have gone on had to wait for another's collection; relaxed */
extern _Atomic uint32_t world_awaited;
NOINLINE void safepoint_save_context(GcThread *g);

/* ---- gc/sharing.c ---- */
void sharing_enter(GcThread *self);       /* THREAD_OUTSIDE and up: waits, maybe not enough */
COLD void sharing_parked(GcThread *self); /* it has parked, and POLL_SHARE was set */
void sharing_attach(GcThread *g);         /* world lock; it unparks next */
void sharing_detach(GcThread *g);         /* world lock */
void sharing_after_fork(GcThread *self);  /* in the child */
/* At start.  Not 0: looks after so many locks, and claims also from those who wake often. */
void sharing_set_eager(unsigned long every);

#endif
