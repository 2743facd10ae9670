/* Marking: an explicit stack in segments, so deep structures need no C stack; big arrays are pushed
 * as ranges.
 *
 * A mark byte is read, compared and stored without a read-modify-write: two markers may trace the
 * same object, which is harmless because tracing only marks; what one of them holds to stay young
 * while another settles it is old, so that staying young takes a read-modify-write.  gc/team.c
 * shares the work.
 */
#include "gc/mark.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"

/* GIVE_FROM: so many items on a marker's stack, at least, are worth giving half of them away */
enum { RANGE_MAX = 4096, GIVE_FROM = 32 };

void tracer_init(Tracer *tr, const Colours *colours)
{
    memset(tr, 0, sizeof *tr);
    tr->mode = TRACE_MARK;
    tr->from = colours->dead;
    tr->to = colours->old;
    tr->pinned = colours->young;
    tr->unsettled = tr->from | tr->pinned;
    tr->young_only = !(colours->dead & OLD_COLOURS);
}

void tracer_done(Tracer *tr)
{
    assert((tr->top == NULL || tr->top->count == 0) && tr->full == NULL);
    mem_free(tr->top);
    mem_free(tr->spare);
    tr->top = tr->spare = NULL;
}

COLD void mark_out_of_memory(void)
{
    fputs("typhon: no memory for the collector's mark stack\n", stderr);
    abort();
}

static Segment *new_segment(Tracer *tr)
{
    Segment *s = tr->spare;
    tr->spare = NULL;
    if (s == NULL) {
        s = mem_alloc(sizeof *s);
        if (s == NULL) {
            mark_out_of_memory();
        }
    }
    s->count = 0;
    s->next = NULL;
    return s;
}

static NOINLINE void push_segment(Tracer *tr)
{
    Segment *full = tr->top;
    tr->top = new_segment(tr);
    if (full != NULL) {
        full->next = tr->full;
        tr->full = full;
    }
}

/* Others have nothing to do: they get a full segment, or the half of top that was there first,
 * which mostly leads to more. */
static NOINLINE void give(Tracer *tr)
{
    Segment *s = tr->full, *top = tr->top;
    if (s != NULL) {
        tr->full = s->next;
    } else if (top->count >= GIVE_FROM) {
        s = new_segment(tr);
        s->count = top->count / 2;
        top->count -= s->count;
        memcpy(s->items, top->items, s->count * sizeof *s->items);
        memmove(top->items, top->items + s->count, top->count * sizeof *top->items);
    }
    if (s != NULL) {
        team_share(s);
    }
}

static inline void push(Tracer *tr, uintptr_t item)
{
    if (UNLIKELY(tr->top == NULL || tr->top->count == SEGMENT_ITEMS)) {
        push_segment(tr);
    }
    tr->top->items[tr->top->count++] = item;
}

static bool pop(Tracer *tr, uintptr_t *item)
{
    if (UNLIKELY(tr->top == NULL || tr->top->count == 0)) {
        if (tr->full == NULL) {
            return false;
        }
        mem_free(tr->spare);
        tr->spare = tr->top;
        tr->top = tr->full;
        tr->full = tr->full->next;
    }
    *item = tr->top->items[--tr->top->count];
    return true;
}

/* What only C stacks and values on register stacks hold: a small object that they refer to may be
 * in the making (gc_init), and is looked at again as long as they do; of the rest, most is let go
 * of soon after, so that it has to survive twice. */
static bool stays_young(const Tracer *tr, uintptr_t edge, uint8_t colour, const Block *b, Object *o)
{
    if (colour < YOUNG_COLOUR) {
        return false;
    }
    if (((edge & PIN) && b->kind == BLOCK_SMALL) || tr->prompt) {
        return true;
    }
    uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
    if (!tr->young_only || (flags & GC_AGED)) {
        return false;
    }
    atomic_fetch_or_explicit(&o->gc_flags, GC_AGED, memory_order_relaxed);
    return true;
}

/* The object of mark, in b, is live and no longer pinned. */
static inline void mark_settled(Tracer *tr, Block *b, uint8_t *mark)
{
    store_relaxed(mark, tr->to);
    if (!load_relaxed(&b->live)) {
        store_relaxed(&b->live, 1);
    }
    tr->live_bytes += b->kind == BLOCK_SMALL ? b->cell : b->size;
    tr->live_objects++;
}

/* It is live and stays young; false: another marker has found meanwhile that it does not. */
static inline bool pin(Tracer *tr, Block *b, uint8_t *mark, uint8_t colour)
{
    if (!cas_relaxed(mark, &colour, tr->pinned)) {
        return false;
    }
    store_relaxed(&b->pinned, 1);
    store_relaxed(&b->live, 1);
    tr->pinned_objects++;
    return true;
}

/* The edge's cell has this colour, which is not settled, in mark.  Most edges do not get here: on
 * their way no register is saved. */
static NOINLINE void mark_unsettled(Tracer *tr, uintptr_t edge, uint8_t *mark, uint8_t colour)
{
    uintptr_t address = edge & ~(uintptr_t)(DOUBT | PIN | FROM_PINNED);
    Chunk *c = (Chunk *)(address & ~(CHUNK_SIZE - 1));
    Block *b = &c->blocks[(address - (uintptr_t)c) >> BLOCK_SHIFT];
    if ((edge & DOUBT) &&
        (b->kind == BLOCK_SPARE || load_relaxed(&((Object *)address)->type) == NULL)) {
        return;
    }
    if (UNLIKELY(colour == tr->pinned)) {
        if (edge & (PIN | FROM_PINNED)) {
            return;
        }
        tr->pinned_objects--; /* something old refers to it, too */
    } else if ((edge & (PIN | FROM_PINNED)) &&
               stays_young(tr, edge, colour, b, (Object *)address)) {
        if (pin(tr, b, mark, colour)) {
            push(tr, address | PINNED);
        }
        return;
    }
    mark_settled(tr, b, mark);
    push(tr, address);
}

/* Only the first granule of a cell in use has a colour; one in a thread's run has no type. */
static inline void mark_edge(Tracer *tr, uintptr_t edge)
{
    uintptr_t address = edge & ~(uintptr_t)(DOUBT | PIN | FROM_PINNED);
    Chunk *c = (Chunk *)(address & ~(CHUNK_SIZE - 1));
    uint8_t *mark = chunk_mark(c, address - (uintptr_t)c);
    uint8_t colour = load_relaxed(mark);
    if (colour & tr->unsettled) {
        mark_unsettled(tr, edge, mark, colour);
    }
}

/* Fetches the mark byte of the cell at address in c, and goes on with the oldest edge meanwhile. */
static inline void add_edge(Tracer *tr, Chunk *c, uintptr_t address, unsigned how)
{
    __builtin_prefetch(chunk_mark(c, address - (uintptr_t)c));
    uintptr_t oldest = tr->edges[tr->edge];
    tr->edges[tr->edge] = address | how;
    tr->edge = (tr->edge + 1) % EDGE_RING;
    if (LIKELY(oldest != 0)) {
        mark_edge(tr, oldest);
    }
}

void mark_flush(Tracer *tr)
{
    for (unsigned i = 0; i < EDGE_RING; i++) {
        uintptr_t edge = tr->edges[i];
        tr->edges[i] = 0;
        if (edge != 0) {
            mark_edge(tr, edge);
        }
    }
}

static inline void mark_object(Tracer *tr, const void *o)
{
    assert(((uintptr_t)o & 7) == 0);
    Chunk *c = chunk_lookup((uintptr_t)o);
    if (c != NULL && (uintptr_t)o - (uintptr_t)c < CHUNK_SIZE) {
        add_edge(tr, c, (uintptr_t)o, tr->source);
    }
}

bool trace_is_marking(const Tracer *tr) { return tr->mode != TRACE_CALL; }
bool trace_is_young_only(const Tracer *tr) { return tr->young_only; }
bool trace_has_reached(const Tracer *tr, const void *o) { return mark_is_live(o, tr->from); }

void trace_object(Tracer *tr, const void *o)
{
    if (o == NULL) {
        return;
    }
    if (LIKELY(tr->mode == TRACE_MARK)) {
        mark_object(tr, o);
    } else {
        tr->fn(object_value(o), tr->arg);
    }
}

void trace_value(Tracer *tr, Value v)
{
    if (value_is_object(v)) {
        trace_object(tr, value_object(v));
    } else if (UNLIKELY(tr->mode != TRACE_MARK)) {
        tr->fn(v, tr->arg);
    }
}

void trace_values(Tracer *tr, const Value *v, size_t n)
{
    if (UNLIKELY(n > RANGE_MAX && tr->mode == TRACE_MARK)) {
        for (; n > RANGE_MAX; v += RANGE_MAX, n -= RANGE_MAX) {
            push(tr, (uintptr_t)RANGE_MAX << 48 | (uintptr_t)v | RANGE);
        }
    }
    for (size_t i = 0; i < n; i++) {
        trace_value(tr, value_load(&v[i]));
    }
}

void trace_stale_values(Tracer *tr, const Value *v, size_t n)
{
    if (tr->mode != TRACE_MARK) {
        return;
    }
    for (size_t i = 0; i < n; i++) {
        Value x = value_load(&v[i]);
        Chunk *c = x % GRANULE == 0 ? chunk_lookup(x) : NULL;
        size_t offset = x - (uintptr_t)c;
        if (c != NULL && offset >= HUGE_OFFSET && offset < CHUNK_SIZE) {
            add_edge(tr, c, x, DOUBT | tr->source);
        }
    }
}

void trace_stack_values(Tracer *tr, const Value *v, size_t n)
{
    uint8_t source = tr->source;
    tr->source = PIN;
    trace_stale_values(tr, v, n);
    tr->source = source;
}

void mark_conservative(Tracer *tr, uintptr_t address)
{
    uint8_t *mark;
    Object *o = heap_find(address, &mark);
    if (o != NULL) {
        add_edge(tr, chunk_lookup((uintptr_t)o), (uintptr_t)o, tr->source);
    }
}

__attribute__((no_sanitize("address"))) __attribute__((no_sanitize("thread")))
void trace_conservative(Tracer *tr, const void *lo, const void *hi)
{
    if (tr->mode == TRACE_CALL) {
        return;
    }
    const uintptr_t *p = (const uintptr_t *)(((uintptr_t)lo + 7) & ~(uintptr_t)7);
    uintptr_t low = heap.low, high = heap.high;
    for (; (const char *)(p + 1) <= (const char *)hi; p++) {
        if (*p < low || *p >= high) {
            continue;
        }
        if (LIKELY(tr->mode == TRACE_MARK)) {
            mark_conservative(tr, *p);
        } else {
            uint8_t *mark;
            trace_object(tr, heap_find(*p, &mark));
        }
    }
}

void mark_contents(Tracer *tr, Object *o)
{
    trace_object(tr, o->type);
    const GcHooks *hooks = gc_hooks(o->type);
    if (hooks->trace != NULL) {
        hooks->trace(o, tr);
    }
}

static inline void process(Tracer *tr, uintptr_t item)
{
    if (UNLIKELY(item & RANGE)) {
        const Value *v = (const Value *)(item & 0xfffffffffffe);
        trace_values(tr, v, item >> 48);
        return;
    }
    Object *o = (Object *)(item & ~(uintptr_t)PINNED);
    uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
    if (!(item & PINNED) && !(flags & GC_OLD)) {
        atomic_store_explicit(&o->gc_flags, flags | GC_OLD, memory_order_relaxed);
    }
    tr->source = item & PINNED ? FROM_PINNED : 0;
    mark_contents(tr, o);
    tr->source = 0;
}

bool mark_enter(Tracer *tr, Object *o)
{
    Chunk *c = chunk_lookup((uintptr_t)o);
    size_t offset = (uintptr_t)o - (uintptr_t)c;
    uint8_t *mark = c != NULL ? chunk_mark(c, offset) : NULL, colour = 0;
    if (mark == NULL || !((colour = load_relaxed(mark)) & tr->from)) {
        return false;
    }
    Block *b = &c->blocks[offset >> BLOCK_SHIFT];
    if (stays_young(tr, FROM_PINNED, colour, b, o)) {
        return pin(tr, b, mark, colour);
    }
    mark_settled(tr, b, mark);
    return true;
}

void mark_leave(Tracer *tr, Object *o)
{
    Chunk *c = chunk_lookup((uintptr_t)o);
    bool young = load_relaxed(chunk_mark(c, (uintptr_t)o - (uintptr_t)c)) == tr->pinned;
    process(tr, (uintptr_t)o | (young ? PINNED : 0));
}

bool mark_drain_some(Tracer *tr, size_t most)
{
    uintptr_t ring[TRACE_RING], item;
    unsigned head = 0, count = 0;
    for (size_t done = 0;; done++) {
        while (count < TRACE_RING && pop(tr, &item)) {
            __builtin_prefetch((const void *)(item & 0xfffffffffff8), 1);
            ring[(head + count++) % TRACE_RING] = item;
        }
        if (count == 0) {
            mark_flush(tr);
            if (tr->top == NULL || (tr->top->count == 0 && tr->full == NULL)) {
                return true;
            }
            continue;
        }
        if (UNLIKELY(done >= most)) {
            break;
        }
        item = ring[head % TRACE_RING];
        head++;
        count--;
        process(tr, item);
        if (UNLIKELY(tr->parallel) && team_is_short_of_work()) {
            give(tr);
        }
    }
    for (; count > 0; head++, count--) {
        push(tr, ring[head % TRACE_RING]);
    }
    return false;
}

void mark_drain(Tracer *tr)
{
    (void)mark_drain_some(tr, SIZE_MAX);
}
