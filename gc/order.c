/* The order in which dead objects are taken apart: an owner before what it refers to, directly or
 * not, as reference counts would have it.  Objects on a cycle come in any order.
 *
 * A walk in depth over what the dead refer to, which marks an object when it is entered; those that
 * were asked for are listed as they are left, so that what an object refers to stands before it.
 * References are told one by one, also those that only a search of an object's memory finds; what
 * is not told at all is marked when the object is left.  World stopped.
 */
#include "core/base/memory.h"
#include "gc/mark.h"

enum { LEAVE = 1 };

typedef struct Walk {
    Tracer *tr;
    uintptr_t *items;       /* objects to enter, or with LEAVE to leave */
    size_t count, capacity;
    Object **left;
    size_t done;
} Walk;

static void order_push(Walk *w, uintptr_t item)
{
    if (w->count == w->capacity) {
        w->capacity = w->capacity ? w->capacity * 2 : 256;
        w->items = mem_realloc(w->items, w->capacity * sizeof *w->items);
        if (w->items == NULL) {
            mark_out_of_memory();
        }
    }
    w->items[w->count++] = item;
}

static void order_found(Value v, void *arg)
{
    Walk *w = arg;
    if (value_is_object(v) && !mark_is_live(value_object(v), w->tr->from)) {
        order_push(w, (uintptr_t)value_object(v));
    }
}

static void order_step(Walk *w, Tracer *teller)
{
    uintptr_t item = w->items[--w->count];
    Object *o = (Object *)(item & ~(uintptr_t)LEAVE);
    if (!(item & LEAVE)) {
        if (mark_enter(w->tr, o)) {
            order_push(w, item | LEAVE);
            mark_contents(teller, o);
        }
        return;
    }
    mark_leave(w->tr, o);
    uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
    if (flags & GC_ORDERED) {
        atomic_store_explicit(&o->gc_flags, flags & (uint8_t)~GC_ORDERED, memory_order_relaxed);
        w->left[w->done++] = o;
    }
}

void order_dead(Tracer *tr, Object **dead, size_t n)
{
    Walk w = {.tr = tr, .left = mem_alloc(n * sizeof(Object *) + 1)};
    if (w.left == NULL) {
        mark_out_of_memory();
    }
    for (size_t i = 0; i < n; i++) {
        atomic_fetch_or_explicit(&dead[i]->gc_flags, GC_ORDERED, memory_order_relaxed);
    }
    Tracer teller = {.mode = TRACE_TELL, .from = tr->from, .young_only = tr->young_only,
                     .fn = order_found, .arg = &w};
    for (size_t i = 0; i < n; i++) {
        order_push(&w, (uintptr_t)dead[i]);
        while (w.count > 0) {
            order_step(&w, &teller);
        }
    }
    assert(w.done == n);
    memcpy(dead, w.left, n * sizeof *dead);
    mem_free(w.left);
    mem_free(w.items);
    mark_drain(tr);
}
