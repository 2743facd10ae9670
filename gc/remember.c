/* What old objects have come to refer to since the last collection.
 *
 * A collection of young objects does not look into old ones.  So a store of a young object into an
 * old one leaves the address of the slot in a list of the storing thread (gc_remember_slot), and
 * references that are moved about leave the whole object there (gc_written), which carries
 * GC_REMEMBERED meanwhile.  Every collection empties the lists; what still changes then, the
 * generators that run, goes to the list for the next one (trace_changing).
 *
 * Locking: a list belongs to its thread; the collector's own, `rest`, is for the stopped world,
 * where markers take its lock.
 */
#include "core/base/memory.h"
#include "gc/mark.h"

/* a remembered slot or object is memory, too: a thread that makes many of them collects earlier */
enum { ENTRY_BYTES = 16, WHOLE = 1 };

static Remembered rest;         /* of threads that are gone, and for the next collection */
static Mutex rest_lock;         /* markers: rest */
static _Atomic bool incomplete; /* there was no memory for an entry: all has to be traced */

static bool add(Remembered *r, uintptr_t entry)
{
    if (r->count != 0 && r->items[r->count - 1] == entry) {
        return true;
    }
    if (r->count == r->capacity) {
        size_t capacity = r->capacity ? r->capacity * 2 : 32;
        uintptr_t *items = mem_realloc(r->items, capacity * sizeof *items);
        if (items == NULL) {
            atomic_store_explicit(&incomplete, true, memory_order_relaxed);
            return false;
        }
        r->items = items;
        r->capacity = capacity;
    }
    r->items[r->count++] = entry;
    return true;
}

static void add_whole(Remembered *r, Object *o)
{
    uint8_t flags = atomic_fetch_or_explicit(&o->gc_flags, GC_REMEMBERED, memory_order_relaxed);
    if (!(flags & GC_REMEMBERED)) {
        (void)add(r, (uintptr_t)o | WHOLE);
    }
}

void gc_remember_slot(void *owner, const void *slot)
{
    GcThread *g = gc_thread(thread_current());
    if (chunk_lookup((uintptr_t)slot) == NULL) {
        add_whole(&g->remembered, owner); /* outside memory may be freed before the collection */
    } else {
        (void)add(&g->remembered, (uintptr_t)slot);
    }
    g->credit -= ENTRY_BYTES;
}

void gc_remember_whole(void *owner) { add_whole(&gc_thread(thread_current())->remembered, owner); }

/* ---- world stopped ---- */

void remember_thread_exit(GcThread *g)
{
    for (size_t i = 0; i < g->remembered.count; i++) {
        (void)add(&rest, g->remembered.items[i]);
    }
    mem_free(g->remembered.items);
    g->remembered = (Remembered){0};
}

bool remember_is_complete(void) { return !atomic_load_explicit(&incomplete, memory_order_relaxed); }

static void forget_mark(uintptr_t entry)
{
    if (entry & WHOLE) {
        atomic_fetch_and_explicit(&((Object *)(entry - WHOLE))->gc_flags, (uint8_t)~GC_REMEMBERED,
                                  memory_order_relaxed);
    }
}

/* An object that a hook asked to trace again may have stayed young, as a C stack held it: this
 * collection finds out whether anything refers to it, and whether its hook is to be asked. */
static void trace_whole(Tracer *tr, Object *o)
{
    if (!gc_is_young(o)) {
        mark_contents(tr, o);
    }
}

static void trace_list(Tracer *tr, const Remembered *r)
{
    for (size_t i = 0; i < r->count; i++) {
        uintptr_t entry = r->items[i];
        forget_mark(entry);
        if (!trace_is_young_only(tr)) {
            continue;
        }
        if (entry & WHOLE) {
            trace_whole(tr, (Object *)(entry - WHOLE));
        } else {
            trace_value(tr, value_load((const Value *)entry));
        }
    }
}

void remember_trace(Tracer *tr)
{
    Remembered before = rest;
    rest = (Remembered){0}; /* hooks add to it what the next collection is to trace */
    trace_list(tr, &before);
    mem_free(before.items);
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        trace_list(tr, &g->remembered);
        g->remembered.count = 0;
    }
    atomic_store_explicit(&incomplete, false, memory_order_relaxed);
}

void trace_changing(Tracer *tr, const void *o)
{
    trace_object(tr, o);
    if (tr->mode != TRACE_MARK) {
        return;
    }
    if (trace_is_young_only(tr) && !gc_is_young(o)) {
        mark_contents(tr, (Object *)(uintptr_t)o);
    }
    trace_again(tr, o);
}

void trace_again(Tracer *tr, const void *o)
{
    if (tr->mode == TRACE_MARK) {
        mutex_lock(&rest_lock);
        add_whole(&rest, (Object *)(uintptr_t)o);
        mutex_unlock(&rest_lock);
    }
}
