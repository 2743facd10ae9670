/* Roots: C stacks with the saved registers, registered sources, single slots, objects held by C
 * extensions. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "gc/mark.h"

typedef struct RootSource { RootFn fn; void *arg; bool late; } RootSource;

static struct {
    Mutex lock;              /* short critical sections, no allocation from the heap inside */
    RootSource *sources;
    size_t source_count, source_capacity;
    Value **slots;
    size_t slot_count, slot_capacity;
} roots;

static void *grow(void *p, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return p;
    }
    *capacity = *capacity ? *capacity * 2 : 64;
    p = mem_realloc(p, *capacity * size);
    if (p == NULL) {
        fputs("typhon: no memory for root table\n", stderr);
        abort();
    }
    return p;
}

static void add_source(RootSource source)
{
    mutex_lock(&roots.lock);
    roots.sources =
        grow(roots.sources, roots.source_count, &roots.source_capacity, sizeof *roots.sources);
    roots.sources[roots.source_count++] = source;
    mutex_unlock(&roots.lock);
}

void gc_add_root_source(RootFn fn, void *arg)
{
    add_source((RootSource){fn, arg, false});
}

void gc_add_late_root_source(RootFn fn, void *arg)
{
    add_source((RootSource){fn, arg, true});
}

void gc_remove_root_source(RootFn fn, void *arg)
{
    mutex_lock(&roots.lock);
    for (size_t i = 0; i < roots.source_count; i++) {
        if (roots.sources[i].fn == fn && roots.sources[i].arg == arg) {
            roots.sources[i] = roots.sources[--roots.source_count];
            break;
        }
    }
    mutex_unlock(&roots.lock);
}

void gc_add_root(Value *slot)
{
    mutex_lock(&roots.lock);
    roots.slots = grow(roots.slots, roots.slot_count, &roots.slot_capacity, sizeof *roots.slots);
    roots.slots[roots.slot_count++] = slot;
    mutex_unlock(&roots.lock);
}

void gc_enable_ext_refs(void)
{
    heap.ext_refs = true;
}

static void trace_stack(Tracer *tr, GcThread *g)
{
    if (g->stopping_from != NULL) {
        trace_conservative(tr, g->stopping_from, g->stack_base);
        return;
    }
    trace_conservative(tr, g->saved_regs, g->saved_regs + ARRAY_SIZE(g->saved_regs));
    if (g->stack_top != NULL) {
        assert(g->stack_top <= g->stack_base);
        const char *from = g->stack_top;
        if (g->skip_from != NULL) {
            assert(from <= g->skip_from && g->skip_from <= g->skip_to);
            trace_conservative(tr, from, g->skip_from);
            from = g->skip_to;
        }
        trace_conservative(tr, from, g->stack_base);
    }
}

static const GcExtCounts *ext_counts; /* init-only: set before the first extension object exists */

void gc_set_ext_counts(const GcExtCounts *counts)
{
    ext_counts = counts;
}

static void trace_ext_refs(Object *o, void *arg)
{
    uint32_t n = atomic_load_explicit(&o->ext_refs, memory_order_relaxed);
    if (n != 0 && (ext_counts == NULL || ext_counts->internal(o) < n)) {
        trace_object(arg, o);
    }
}

static void trace_young_ext_refs(Object *o, void *arg)
{
    if (atomic_load_explicit(&o->ext_refs, memory_order_relaxed) != 0) {
        trace_object(arg, o);
    }
}

static void trace_held_among(Block *young, Tracer *tr)
{
    for (; young != NULL; young = young->next_young) {
        heap_walk_block(young, tr->from, trace_young_ext_refs, tr);
    }
}

static void trace_held_by_extensions(Tracer *tr)
{
    if (tr->young_only) {
        trace_held_among(heap.young_blocks, tr);
        for (GcThread *g = world_threads; g != NULL; g = g->next) {
            trace_held_among(g->young_blocks, tr);
        }
        return;
    }
    if (ext_counts != NULL) {
        ext_counts->begin();
    }
    gc_walk(trace_ext_refs, tr);
    if (ext_counts != NULL) {
        ext_counts->end();
    }
}

static void trace_sources_locked(Tracer *tr, bool late)
{
    for (size_t i = 0; i < roots.source_count; i++) {
        if (roots.sources[i].late == late) {
            roots.sources[i].fn(tr, roots.sources[i].arg);
        }
    }
}

void roots_trace_late(Tracer *tr)
{
    mutex_lock(&roots.lock);
    trace_sources_locked(tr, true);
    mutex_unlock(&roots.lock);
}

void roots_trace_stacks(Tracer *tr)
{
    tr->source = PIN;
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        trace_stack(tr, g);
    }
    mark_flush(tr);
    tr->source = 0;
}

void roots_trace(Tracer *tr)
{
    remember_trace(tr);
    mutex_lock(&roots.lock); /* a thread that is not attached yet may add a source */
    for (size_t i = 0; i < roots.slot_count; i++) {
        trace_value(tr, value_load(roots.slots[i]));
    }
    trace_sources_locked(tr, false);
    mutex_unlock(&roots.lock);
    finalize_trace_queues(tr);
    if (heap.ext_refs) {
        trace_held_by_extensions(tr);
    }
}

void roots_reinit_locks(void)
{
    mutex_reinit(&roots.lock);
}
