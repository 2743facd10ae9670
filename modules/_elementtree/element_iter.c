/* _elementtree: what Element.iter() and itertext() give, a walk with a stack of its own.
 *
 * Locking: the walk's place changes under the iterator's lock; threads that share an iterator share
 * its items.
 */
#include "modules/_elementtree/elementtree.h"

typedef struct ElementIter {
    Object head;
    Value tag;         /* 0: all elements */
    bool texts;        /* init-only */
    Value root;        /* 0: begun */
    ValueArray *stack; /* of each open element: it, and the number of children seen */
    size_t depth;      /* open elements */
} ElementIter;

enum { DEPTH_FIRST = 4 };

static inline ElementIter *iter_of(Value v)
{
    assert(value_isa(v, &element_iter_type));
    return (ElementIter *)value_object(v);
}

static void iter_trace(Object *self, Tracer *tr)
{
    ElementIter *it = (ElementIter *)self;
    trace_value(tr, it->tag);
    trace_value(tr, it->root);
    trace_object(tr, it->stack);
}

Value element_iter_new(Thread *t, Value e, Value tag, bool texts)
{
    ValueArray *stack = value_array_new(t, 2 * DEPTH_FIRST);
    ElementIter *it = stack ? object_alloc(t, &element_iter_type, sizeof *it) : NULL;
    if (!it) {
        return 0;
    }
    gc_init(&it->tag, tag);
    gc_init(&it->root, e);
    it->stack = stack;
    it->texts = texts;
    return object_value(it);
}

/* lock */
static bool push(Thread *t, ElementIter *it, Value e)
{
    size_t at = 2 * it->depth;
    if (at == it->stack->cap) {
        ValueArray *stack = value_array_new(t, 2 * at);
        if (!stack) {
            return false;
        }
        for (size_t i = 0; i < at; i++) {
            gc_store(stack, &stack->items[i], it->stack->items[i]);
        }
        GC_STORE_PTR(it, &it->stack, stack);
    }
    gc_store(it->stack, &it->stack->items[at], e);
    gc_store(it->stack, &it->stack->items[at + 1], fixnum(0));
    it->depth++;
    return true;
}

/* One step of the walk, under the lock: the element that it comes to, or, where texts are wanted,
 * leaves (*leaves; not the root); 0: at its end, or no memory (raised). */
static Value step(Thread *t, ElementIter *it, bool *leaves)
{
    *leaves = false;
    if (it->root) {
        Value root = it->root;
        gc_store(it, &it->root, 0);
        return push(t, it, root) ? root : 0;
    }
    while (it->depth) {
        Value *top = &it->stack->items[2 * (it->depth - 1)], e = top[0],
              children = element_children(e);
        size_t seen = (size_t)fixnum_get(top[1]);
        Value child = children ? list_get(children, seen) : 0;
        if (child) {
            gc_store(it->stack, &top[1], fixnum((int64_t)seen + 1));
            return push(t, it, child) ? child : 0;
        }
        gc_store(it->stack, &top[0], 0);
        if (--it->depth && it->texts) {
            *leaves = true;
            return e;
        }
    }
    return 0;
}

static Value iter_next_item(Thread *t, Value self)
{
    ElementIter *it = iter_of(self);
    for (;;) {
        bool leaves, taken = object_lock(t, it);
        Value v = step(t, it, &leaves);
        object_unlock(it, taken);
        if (!v) {
            return 0;
        }
        Element *e = element_of(v);
        int wanted = !leaves;
        if (it->texts) {
            v = value_load(leaves ? &e->tail : &e->text);
            wanted = is_none(v) ? 0 : object_truth(t, v);
        } else if (wanted && it->tag) {
            wanted = value_equal(t, value_load(&e->tag), it->tag);
        }
        if (wanted != 0) {
            return wanted > 0 ? v : 0;
        }
    }
}

Type element_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_elementtree._element_iterator",
    .size = sizeof(ElementIter),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = iter_trace,
    .iter = iter_self,
    .next = iter_next_item,
};
