/* The tracer: what trace hooks feed, in one of three modes.  Private to gc/. */
#ifndef GC_MARK_H
#define GC_MARK_H

#include "gc/heap.h"

enum { TRACE_MARK, TRACE_CALL /* report each reference to fn */ };

#define SEGMENT_ITEMS 1022
#define TRACE_RING 8 /* objects on their way into the cache */
#define EDGE_RING 16 /* the same for mark bytes; a power of two */

typedef struct Segment {
    struct Segment *next;
    size_t count;
    /* object address, or a range of values: count << 48 | address | 1 */
    uintptr_t items[SEGMENT_ITEMS];
} Segment;

struct Tracer {
    int mode;
    uint8_t from, to;       /* colours: not yet marked, marked */
    bool parallel;          /* other markers run: share work */
    Segment *top;           /* the segment in use */
    Segment *full;          /* full ones below it */
    Segment *spare;         /* one empty segment kept at hand */
    /* addresses whose mark byte will be looked at, + 1: may be no object; 0: none */
    uintptr_t edges[EDGE_RING];
    unsigned edge;          /* the oldest */
    uint64_t live_bytes, live_objects;
    void (*fn)(Value v, void *arg); /* TRACE_CALL */
    void *arg;
};

void tracer_init(Tracer *tr, uint8_t from, uint8_t to);
void tracer_done(Tracer *tr);
void mark_drain(Tracer *tr);          /* until this tracer's stack is empty */
/* Drains with helper threads; worth it for big heaps.  Adds the helpers' counts to tr's. */
void mark_drain_parallel(Tracer *tr);
void mark_reinit_after_fork(void);    /* the helpers are gone */
/* Marks the object that holds address, if any. */
void mark_conservative(Tracer *tr, uintptr_t address);
static inline bool mark_is_live(const Object *o, uint8_t live)
{
    Chunk *c = chunk_lookup((uintptr_t)o);
    return c == NULL || load_relaxed(chunk_mark(c, (uintptr_t)o - (uintptr_t)c)) == live;
}

#endif
