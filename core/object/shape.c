/* Shapes: the tree of attribute layouts of each type.
 *
 *   type->root_shape (count 0) --x--> {x} --y--> {x, y} --x--> {gone, y} ... type->dict_shape: dict
 * mode
 *
 * Readers find a slot without a lock: along the parents for small shapes, through `index` for
 * larger ones.  Growing the tree takes the object lock of the type.  When instances outgrow the
 * inline slots, the type gets a new root with more of them for its next instances; the old tree
 * stays linked (`older`) for as long as the type lives.
 */
#include <stdlib.h>

#include "core/object/instance.h"
#include "core/object/lock.h"
#include "core/object/shape_internal.h"
#include "core/object/str.h"

enum {
    FIRST_INLINE = 4,     /* 0 in exceptions, which seldom have attributes of their own */
    MAX_INLINE = 30,      /* an instance then fills 288 bytes */
    LINEAR_LIMIT = 8,     /* up to this many attributes a walk beats the dict */
    CHANGES_MAX = 1 << 14, /* of a class; then no site caches what its instances have */
};

/* Ids of a run, times two; each thread may take one at the limit. */
enum { ID_RUN = 64 };
static const uint32_t ID_LIMIT = UINT32_MAX - (1 << 24);
static _Atomic uint32_t next_guard_id = GUARD_ID_NEVER + 2;

uint32_t guard_id_new(void)
{
    /* Threads take ids in runs, so that making classes does not bounce one cache line. */
    static __thread uint32_t next, end;
    if (next == end) {
        if (atomic_load_explicit(&next_guard_id, memory_order_relaxed) > ID_LIMIT) {
            return GUARD_ID_LOST; /* after two thousand million changes of classes */
        }
        next = atomic_fetch_add_explicit(&next_guard_id, ID_RUN, memory_order_relaxed);
        end = next + ID_RUN;
    }
    next += 2;
    return next - 2;
}

void guard_ids_leave(uint32_t n)
{
    atomic_store_explicit(&next_guard_id, (ID_LIMIT | 1) - 2 * n, memory_order_relaxed);
}

static void shape_trace(Object *o, Tracer *tr)
{
    Shape *s = (Shape *)o;
    trace_object(tr, s->type);
    trace_object(tr, s->parent);
    trace_value(tr, s->name);
    trace_value(tr, s->transitions);
    trace_value(tr, s->index);
    trace_object(tr, s->older);
}

Type shape_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "shape",
    .size = sizeof(Shape),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = shape_trace,
};

static Shape *shape_new(Thread *t, Type *type, unsigned inline_cap, uint32_t id)
{
    Shape *s = object_alloc(t, &shape_type, sizeof *s);
    if (s) {
        s->id = id;
        s->type = type;
        s->inline_cap = (uint16_t)inline_cap;
    }
    return s;
}

Shape *shape_closed(Thread *t, Shape *s)
{
    Shape *closed = shape_new(t, s->type, s->inline_cap, GUARD_ID_LOST);
    if (closed) {
        closed->count = s->count;
        closed->live = s->live;
        closed->is_gone = s->is_gone;
        closed->is_closed = true;
        closed->parent = s->parent;
        closed->older = s;
        gc_init(&closed->name, s->name);
        gc_init(&closed->index, value_load(&s->index));
    }
    return closed;
}

bool shapes_init(Thread *t, Type *type)
{
    unsigned cap = type_has(type, TYPE_EXC) ? 0 : FIRST_INLINE;
    for (Type *b = type_base(type); b; b = type_base(b)) {
        if (b->root_shape && b->root_shape->inline_cap > cap) {
            cap = b->root_shape->inline_cap;
        }
    }
    type->inst_offset = type->item_size ? -1 : (int32_t)type->size;
    cap = type->item_size ? 0 : cap;
    GC_STORE_PTR(type, &type->root_shape, shape_new(t, type, cap, guard_id_new()));
    GC_STORE_PTR(type, &type->dict_shape, shape_new(t, type, 0, guard_id_new()));
    if (!type->root_shape || !type->dict_shape) {
        return false;
    }
    type->dict_shape->is_dict = true;
    return true;
}

static void renew_tree(Shape *s, bool lost)
{
    for (; s; s = s->older) {
        __atomic_store_n(&s->id, lost ? GUARD_ID_LOST : guard_id_new(), __ATOMIC_RELAXED);
        Value transitions = value_load(&s->transitions);
        DictTable *table = NULL;
        size_t pos = 0;
        Value key, child;
        while (transitions && dict_next(transitions, &table, &pos, &key, &child)) {
            renew_tree((Shape *)value_object(child), lost);
        }
    }
}

void shapes_renew_ids(Type *type)
{
    bool locked = object_lock(thread_current(), &type->head);
    if (type->root_shape) {
        bool lost = type->changes >= CHANGES_MAX;
        type->changes += !lost;
        renew_tree(type->root_shape, lost);
        renew_tree(type->dict_shape, lost);
    }
    object_unlock(&type->head, locked);
}

/* The slot of the name that s adds; -1: s deletes it. */
static inline int slot_of(const Shape *s)
{
    return s->is_gone ? -1 : s->count - 1;
}

static Value make_index(Thread *t, Shape *s)
{
    Value index = dict_new_sized(t, s->count);
    for (Shape *p = s; index && p->count; p = p->parent) {
        if (!dict_get_str(index, p->name) && !dict_set(t, index, p->name, fixnum(slot_of(p)))) {
            return 0;
        }
    }
    if (index) {
        gc_store(s, &s->index, index);
    }
    return index;
}

int shape_find(Thread *t, Shape *s, Value name)
{
    if (s->count > LINEAR_LIMIT) {
        Value index = value_load(&s->index);
        if (!index) {
            index = make_index(t, s);
        }
        if (index) {
            Value slot = dict_get_str(index, name);
            return slot ? (int)fixnum_get(slot) : -1;
        }
        error_clear(t); /* no memory for the index: walk */
    }
    for (Shape *p = s; p->count; p = p->parent) {
        if (p->name == name) {
            return slot_of(p);
        }
    }
    if (value_str(name)->interned) {
        return -1;
    }
    for (Shape *p = s; p->count; p = p->parent) {
        if (str_eq(p->name, name)) {
            return slot_of(p);
        }
    }
    return -1;
}

/* Next instances of the type get more inline slots. */
static void grow_root_locked(Thread *t, Shape *s)
{
    Type *type = s->type;
    Shape *root = type->root_shape;
    if (s->inline_cap != root->inline_cap || root->inline_cap >= MAX_INLINE || type->item_size) {
        return;
    }
    unsigned cap = root->inline_cap * 2u + 2;
    Shape *bigger = shape_new(t, type, cap > MAX_INLINE ? MAX_INLINE : cap, guard_id_new());
    if (!bigger) {
        error_clear(t);
        return;
    }
    GC_STORE_PTR(bigger, &bigger->older, root);
    GC_STORE_PTR(type, &type->root_shape, bigger);
}

static Shape *child_locked(Thread *t, Shape *s, Value name)
{
    Value transitions = value_load(&s->transitions);
    Value found = transitions ? dict_get_str(transitions, name) : 0;
    if (found) {
        return (Shape *)value_object(found);
    }
    bool gone = shape_find(t, s, name) >= 0;
    if ((gone ? s->count - s->live >= SHAPE_MAX_GONE : s->count >= SHAPE_MAX_SLOTS) ||
        (transitions && dict_len(transitions) >= SHAPE_MAX_CHILDREN)) {
        return NULL;
    }
    Shape *child = shape_new(t, s->type, s->inline_cap, guard_id_new());
    if (!child) {
        return NULL;
    }
    child->is_gone = gone;
    child->count = (uint16_t)(s->count + !gone);
    child->live = (uint16_t)(gone ? s->live - 1 : s->live + 1);
    child->parent = s;
    gc_init(&child->name, name);
    if (!transitions) {
        transitions = dict_new(t);
        if (!transitions) {
            return NULL;
        }
        gc_store(s, &s->transitions, transitions);
    }
    if (!dict_set(t, transitions, name, object_value(child))) {
        return NULL;
    }
    if (!gone && child->count == s->inline_cap + 1) {
        grow_root_locked(t, s);
    }
    return child;
}

Shape *shape_child(Thread *t, Shape *s, Value name)
{
    Value transitions = value_load(&s->transitions);
    Value found = transitions ? dict_get_str(transitions, name) : 0;
    if (LIKELY(found)) {
        return (Shape *)value_object(found);
    }
    bool locked = object_lock(t, &s->type->head);
    Shape *child = child_locked(t, s, name);
    object_unlock(&s->type->head, locked);
    return child;
}
