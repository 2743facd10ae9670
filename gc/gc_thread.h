/* The collector's part of a thread state: the first member of struct Thread. */
#ifndef GC_GC_THREAD_H
#define GC_GC_THREAD_H

#include <pthread.h>

#include "gc/safepoint.h"

#define GC_SIZE_CLASSES 64
#define GC_MEDIUM_BLOCKS 32 /* larger objects are huge */
/* bytes from the start of a GcThread, for gc/safepoint.c */
#define GC_STACK_TOP_AT 1568
#define GC_SAVED_REGS_AT 1584

/* addresses of slots, or of objects + 1: gc/remember.c */
typedef struct Remembered {
    uintptr_t *items;
    size_t count, capacity;
} Remembered;

typedef struct GcThread {
    _Atomic uint32_t poll;       /* POLL_* bits; set by anyone, read relaxed by the owner */
    _Atomic uint32_t state;      /* running, parked, held, outside: gc/safepoint.c */
    /* owner: next cell of the run of free, zeroed cells per size class */
    char *bump[GC_SIZE_CLASSES];
    char *bump_end[GC_SIZE_CLASSES]; /* owner: its end; equal: no run */
    void *block[GC_SIZE_CLASSES];    /* owner: block the run belongs to */
    /* owner: bytes left until this thread reports to the global trigger */
    ssize_t credit;
    ssize_t finalizable;         /* owner: objects with finalizers, not yet reported */
    char *stack_base;            /* owner: highest address of the C stack that is scanned */
    char *stack_top;             /* valid while parked or held: lowest live address */
    /* owner: not NULL: the next gc_collect need not look at C frames below, nor at registers */
    char *scan_from;
    void *saved_regs[16];        /* callee-saved registers while parked or held */
    /* set by scrub for the collection: a part of the C stack that is not looked at, or NULL */
    char *skip_from, *skip_to;
    /* owner: scan_from while it stops the world for that; whoever collects meanwhile goes by it */
    char *stopping_from;
    struct GcThread *next, *prev;/* thread list, locked by the world lock */
    pthread_t os_thread;
    int no_collect;              /* owner: > 0 delays collections */
    int running_pending;         /* owner: inside so many calls of gc_run_pending */
    int64_t pending_since;       /* owner: when it entered it, monotonic */
    bool attached;               /* owner */
    bool waiting;                /* owner: parked by thread_park_waiting */
    bool inside;                 /* owner: parked by thread_park_inside */
    bool starting;               /* owner: between gc_begin_start and gc_end_start */
    int sections;                /* owner: locks of objects that it holds or need not; asserts */
    /* gc/sharing.c */
    uint32_t charge;             /* owner: what it may still spend on locks before POLL_CLAIM */
    uint32_t parks;              /* owner, others read relaxed: how often it has parked */
    uint32_t parks_seen;         /* world lock: the same when somebody looked */
    uint8_t let_go, let_go_again, let_go_deaf; /* owner: gc/prompt.c */
    const Object *let_go_of;     /* owner: the object that let_go is for, if one; an address */
    int64_t let_go_begin;        /* owner: processor time at prompt_begin */
    uint64_t allocated;          /* owner: bytes of runs and large objects taken, statistics */
    uint64_t kept;               /* owner: how many of these are known to stay */
    uint64_t allocated_before;   /* what was allocated when the last collection began */
    uint64_t kept_before;        /* what was kept then */
    bool busy;                   /* one of several that makes much; world stopped */
    /* owner: cells taken since the last collection, those of the present runs included */
    uint64_t cells;
    struct ThreadStats *stats;   /* -X threadstats, or NULL */
    Remembered remembered;       /* owner */
    /* owner: blocks that hold objects made since the last collection */
    struct Block *young_blocks;
    /* those that hold pinned ones: young blocks again when the next collection begins; who sweeps
     * its young blocks, world stopped */
    struct Block *pinned_blocks;
    /* owner: empty small blocks that it allocated from before, which lie in its processor's
     * cache; and cells of as many blocks as the index says, of medium objects that it has made and
     * that are dead */
    struct Block *spare;
    struct Block *spare_medium[GC_MEDIUM_BLOCKS + 1];
    size_t spare_count;          /* blocks of both */
    /* owner: small blocks with free cells per size class, which it allocated from before */
    struct Block *listed[GC_SIZE_CLASSES];
    void *extra;                 /* gc/finalize.c: registries of this thread */
} GcThread;

extern __thread Thread *current_thread_state; /* set while the OS thread is attached */
static inline Thread *thread_current(void) { return current_thread_state; }

/* The owner has paid for an operation because the world is shared; when that was often it asks
 * itself by POLL_CLAIM whether it need be. */
COLD void world_charged(GcThread *g);
static inline void world_charge(GcThread *g)
{
    if (UNLIKELY(--g->charge == 0)) {
        world_charged(g);
    }
}

#define GC_STEP_MAX 256 /* up to here a size class is 16 bytes wider than the one before it */

/* The inline half of gc_alloc: a zeroed cell for an object of 16..GC_STEP_MAX bytes, or NULL:
 * gc_alloc has one.  The caller writes its type at once.  Not for types with a free or finalize
 * hook. */
static inline void *gc_take_cell(GcThread *g, size_t size)
{
    size_t class = (size - 1) / 16;
    char *p = g->bump[class];
    if (UNLIKELY(p == g->bump_end[class])) {
        return NULL;
    }
    g->bump[class] = p + (class + 1) * 16;
    return p;
}

#endif
