/* Walks over the heap: enumeration, references of an object, verification.  World stopped. */
#include <stdio.h>
#include <stdlib.h>

#include "gc/mark.h"

void heap_walk_block(Block *b, uint8_t colours, void (*fn)(Object *o, void *arg), void *arg)
{
    uint8_t *marks = block_marks(b);
    char *start = block_start(b);
    size_t cell = b->kind == BLOCK_SMALL ? b->cell : b->size;
    size_t end = b->kind == BLOCK_SMALL ? BLOCK_SIZE / cell * cell : cell;
    for (size_t at = 0; at < end; at += cell) {
        Object *o = (Object *)(start + at);
        if ((load_relaxed(&marks[at / GRANULE]) & colours) && load_relaxed(&o->type) != NULL) {
            fn(o, arg);
        }
    }
}

void gc_walk(void (*fn)(Object *o, void *arg), void *arg)
{
    heap_walk(heap.colours.old | heap.colours.young, fn, arg);
}

void heap_walk(uint8_t colours, void (*fn)(Object *o, void *arg), void *arg)
{
    for (Chunk *c = heap.chunks; c != NULL; c = c->next) {
        for (size_t i = FIRST_BLOCK; i < CHUNK_BLOCKS; i++) {
            Block *b = &c->blocks[i];
            if (b->kind == BLOCK_SMALL || b->kind == BLOCK_MEDIUM || b->kind == BLOCK_HUGE) {
                heap_walk_block(b, colours, fn, arg);
            }
            if (c->huge) {
                break;
            }
        }
    }
}

void gc_referents(Object *o, void (*fn)(Value v, void *arg), void *arg)
{
    Tracer tr;
    tracer_init(&tr, &(Colours){0});
    tr.mode = TRACE_CALL;
    tr.fn = fn;
    tr.arg = arg;
    fn(object_value(o->type), arg);
    const GcHooks *hooks = gc_hooks(o->type);
    if (hooks->trace != NULL) {
        hooks->trace(o, &tr);
    }
}

static void check_reference(Value v, void *arg)
{
    uint8_t *mark;
    if (!value_is_object(v)) {
        return;
    }
    Object *from = arg, *to = value_object(v);
    if (chunk_lookup((uintptr_t)to) == NULL) {
        return; /* a static object */
    }
    Object *start = heap_find((uintptr_t)to, &mark);
    if (start != to || (load_relaxed(mark) & heap.colours.dead)) {
        fprintf(stderr,
                "typhon: heap verification: %p (type %p) refers to %p, which is no live object\n",
                (void *)from, (void *)from->type, (void *)to);
        abort();
    }
    uint8_t flags = atomic_load_explicit(&from->gc_flags, memory_order_relaxed);
    if ((flags & GC_OLD) && !(flags & GC_REMEMBERED) && gc_is_young(to)) {
        fprintf(stderr,
                "typhon: heap verification: %p (type %p) is old and refers to %p, which is young\n",
                (void *)from, (void *)from->type, (void *)to);
        abort();
    }
}

static void check_object(Object *o, void *arg UNUSED)
{
    gc_referents(o, check_reference, o);
}

void gc_verify_heap(Thread *t UNUSED)
{
    if (!heap_is_valid()) {
        fputs("typhon: heap verification: the block tables are damaged\n", stderr);
        abort();
    }
    gc_walk(check_object, NULL);
}
