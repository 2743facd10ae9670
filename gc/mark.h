/* The tracer: what trace hooks feed, in one of three modes.  Private to gc/. */
#ifndef GC_MARK_H
#define GC_MARK_H

#include "gc/heap.h"

enum {
    TRACE_MARK,
    TRACE_CALL, /* report each reference to fn */
    TRACE_TELL, /* the same, with what only a search of memory finds */
};
enum { DOUBT = 1 /* may be no object */, PIN = 2 /* from a C stack */, FROM_PINNED = 4 };
enum { RANGE = 1, PINNED = 2 };

#define SEGMENT_ITEMS 1022
#define TRACE_RING 8 /* objects on their way into the cache */
#define EDGE_RING 16 /* the same for mark bytes; a power of two */

typedef struct Segment {
    struct Segment *next;
    size_t count;
    /* object address, with PINNED, or a range of values: count << 48 | address | RANGE */
    uintptr_t items[SEGMENT_ITEMS];
} Segment;

struct Tracer {
    int mode;
    uint8_t from;       /* colours of what is not yet marked */
    uint8_t to, pinned; /* the colours it gets: old; young, being held by a C stack */
    uint8_t unsettled;  /* from and pinned */
    uint8_t source;     /* PIN or FROM_PINNED: where references come from now */
    bool young_only;
    bool prompt;            /* young_only, and what only stacks hold does not age */
    bool parallel;          /* other markers run: share work */
    Segment *top;           /* the segment in use */
    Segment *full;          /* full ones below it */
    Segment *spare;         /* one empty segment kept at hand */
    /* addresses whose mark byte will be looked at, with DOUBT, PIN, FROM_PINNED; 0: none */
    uintptr_t edges[EDGE_RING];
    unsigned edge;          /* the oldest */
    uint64_t live_bytes, live_objects; /* that are old now */
    uint64_t pinned_objects;
    void (*fn)(Value v, void *arg); /* TRACE_CALL, TRACE_TELL */
    void *arg;
};

void tracer_init(Tracer *tr, const Colours *colours);
void tracer_done(Tracer *tr);
void mark_drain(Tracer *tr);          /* until this tracer's stack is empty */
/* the same, but of `most` objects; true: it is empty */
bool mark_drain_some(Tracer *tr, size_t most);
void mark_flush(Tracer *tr);          /* what is waiting to be looked at goes on the stack */
void mark_contents(Tracer *tr, Object *o); /* what o refers to, not o */
/* For a walk that has its own stack: marks o, but not what it refers to, as what need not become
 * old; false: it was marked. */
bool mark_enter(Tracer *tr, Object *o);
void mark_leave(Tracer *tr, Object *o); /* marks what o refers to, too */
_Noreturn void mark_out_of_memory(void);
/* Marks the object that holds address, if any. */
void mark_conservative(Tracer *tr, uintptr_t address);
/* dead: the colours of dead objects, all being marked */
static inline bool mark_is_live(const Object *o, uint8_t dead)
{
    Chunk *c = chunk_lookup((uintptr_t)o);
    return c == NULL || !(load_relaxed(chunk_mark(c, (uintptr_t)o - (uintptr_t)c)) & dead);
}

/* ---- gc/team.c ---- */
/* Drains tr together with threads that look while they are held, and with helper threads, if these
 * are worth waking.  Adds their counts to tr's. */
void team_drain(Tracer *tr, bool with_helpers);
/* For a held thread that looks: is there anything to mark?  Marks until there is not. */
bool team_is_at_work(void);
void team_help(void);
extern _Atomic int team_wanting; /* markers that have nothing to do and will get nothing yet */
static inline bool team_is_short_of_work(void)
{
    return atomic_load_explicit(&team_wanting, memory_order_relaxed) > 0;
}
void team_share(Segment *s);
void team_reinit_after_fork(void); /* the helpers are gone */

/* ---- gc/order.c ---- */
/* Marks the dead objects and all they refer to, and sorts them: what another one refers to comes
 * before it. */
void order_dead(Tracer *tr, Object **dead, size_t n);

#endif
