/* Attributes of instances, stored by shape or, in dict mode, in the instance's real __dict__.  See
 * instance.h.
 *
 * Variable-sized objects (subclasses of int, str, bytes, tuple) have their InstancePart in the last
 * words of their cell, without inline slots, because where their items end depends on the value.
 */
#include "core/object/instance.h"
#include "core/object/let_go.h"
#include "core/object/lock.h"
#include "core/object/shape_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gc/safepoint.h"

enum { LOOKS = 8 }; /* at slots that others store into; then they have to wait */

static size_t round_up(size_t n)
{
    return (n + 7) & ~(size_t)7;
}

/* Bytes of an object of `size` bytes with its InstancePart. */
static size_t with_instance_part(size_t size, const Shape *root)
{
    return round_up(size) + sizeof(InstancePart) + root->inline_cap * sizeof(Value);
}

/* ---- allocation, tracing ---- */

void *object_alloc(Thread *t, Type *type, size_t size)
{
    Object *o = gc_alloc(t, type, size);
    if (UNLIKELY(!o)) {
        raise_memory(t);
    }
    return o;
}

void *object_alloc_raw(Thread *t, Type *type, size_t size)
{
    Object *o = gc_alloc_raw(t, type, size);
    if (UNLIKELY(!o)) {
        raise_memory(t);
    }
    return o;
}

void *object_alloc_instance(Thread *t, Type *type, size_t items)
{
    size_t size = type->size + items * type->item_size;
    bool hooked = type->free != NULL || type->finalize != NULL;
    if (!type_has(type, TYPE_HAS_DICT)) {
        return hooked ? object_alloc(t, type, size) : object_alloc_fast(t, type, size);
    }
    Shape *root = __atomic_load_n(&type->root_shape, __ATOMIC_ACQUIRE);
    size = with_instance_part(size, root);
    Object *o = hooked ? object_alloc(t, type, size) : object_alloc_fast(t, type, size);
    if (LIKELY(o != NULL)) {
        o->flags = type->inst_offset == sizeof(Object) ? OBJECT_PLAIN : 0;
        instance_part(o)->shape = root;
    }
    return o;
}

void *object_alloc_unfinalized(Thread *t, Type *type, const Type *only)
{
    assert(only->free == NULL && type_has((Type *)only, TYPE_HAS_DICT));
    if (type != only) {
        return object_alloc_instance(t, type, 0);
    }
    Shape *root = __atomic_load_n(&type->root_shape, __ATOMIC_ACQUIRE);
    size_t size = with_instance_part(type->size, root);
    Object *o = size <= GC_STEP_MAX ? gc_take_cell((GcThread *)t, size) : NULL;
    if (LIKELY(o != NULL)) {
        o->type = type;
    } else if ((o = object_alloc(t, type, size)) == NULL) {
        return NULL;
    }
    uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
    atomic_store_explicit(&o->gc_flags, flags | GC_NO_FINALIZE, memory_order_relaxed);
    instance_part(o)->shape = root;
    return o;
}

InstancePart *instance_part_slow(Object *o)
{
    size_t size = gc_object_size(o) & ~(size_t)7;
    return (InstancePart *)((char *)o + size - sizeof(InstancePart));
}

void instance_trace(Object *o, Tracer *tr)
{
    Type *type = o->type;
    if (type->native_trace) {
        type->native_trace(o, tr);
    }
    if (type->size > type->native_size && !type->item_size) {
        size_t start = round_up(type->native_size);
        trace_values(tr, (Value *)((char *)o + start), (type->size - start) / sizeof(Value));
    }
    if (!type_has(type, TYPE_HAS_DICT)) {
        return;
    }
    InstancePart *p = instance_part(o);
    if (p->shape) {
        trace_object(tr, p->shape);
        trace_object(tr, p->ext);
        trace_values(tr, p->slots, p->shape->inline_cap);
    }
}

/* ---- slots ---- */

static inline Shape *shape_of(InstancePart *p)
{
    return __atomic_load_n(&p->shape, __ATOMIC_ACQUIRE);
}

static inline Object *ext_of(InstancePart *p)
{
    return __atomic_load_n(&p->ext, __ATOMIC_ACQUIRE);
}

Value *instance_slot(InstancePart *p, Shape *s, unsigned slot)
{
    static Value none; /* stays 0: the reader lost a race with a switch to dict mode */
    if (LIKELY(slot < s->inline_cap)) {
        return &p->slots[slot];
    }
    Object *ext = ext_of(p);
    if (!ext || ext->type != &value_array_type ||
        slot - s->inline_cap >= ((ValueArray *)ext)->cap) {
        return &none;
    }
    return &((ValueArray *)ext)->items[slot - s->inline_cap];
}

/* The dict of an instance in dict mode. */
static Value dict_of(InstancePart *p)
{
    Object *ext = ext_of(p);
    return ext && type_has(ext->type, TYPE_DICT) ? object_value(ext) : 0;
}

Value instance_get(Thread *t, Object *o, Value name)
{
    InstancePart *p = instance_part(o);
    for (;;) {
        Shape *s = shape_of(p);
        if (s->is_dict) {
            Value dict = dict_of(p);
            return dict ? dict_get_name(t, dict, name) : 0;
        }
        int slot = shape_find(t, s, name);
        Value v = slot >= 0 ? value_load(instance_slot(p, s, (unsigned)slot)) : 0;
        if (v || (slot < 0 && shape_of(p) == s)) {
            return v;
        }
        bool locked = object_lock(t, o);
        bool same = p->shape == s;
        object_unlock(o, locked);
        if (same) { /* there was no switch on its way, which changes ext before the shape */
            return 0;
        }
    }
}

/* Room for slot number `slot` beyond the inline ones; the lock is held when other threads exist. */
static bool ensure_ext_locked(Thread *t, Object *o, InstancePart *p, unsigned slot)
{
    ValueArray *old = (ValueArray *)ext_of(p);
    unsigned need = slot - p->shape->inline_cap + 1;
    if (old && old->cap >= need) {
        return true;
    }
    ValueArray *array = value_array_new(t, old ? old->cap * 2 : 4);
    if (!array) {
        return false;
    }
    for (size_t i = 0; old && i < old->cap; i++) {
        gc_store(array, &array->items[i], value_load(&old->items[i]));
    }
    GC_STORE_PTR(o, &p->ext, &array->head);
    return true;
}

/* ---- dict mode ---- */

/* The shape of o, whose lock is held.  A closed one is what a thread left that was in the middle of
 * a switch when the process was forked. */
static Shape *shape_locked(Object *o, InstancePart *p)
{
    Shape *s = p->shape;
    if (UNLIKELY(s->is_closed)) {
        s = s->older;
        GC_STORE_PTR(o, &p->shape, s);
    }
    return s;
}

/* The attributes of instances with shape s in their order: the shapes that added them, the last one
 * first. */
static unsigned attributes_of(Thread *t, Shape *s, Shape *added[SHAPE_MAX_SLOTS])
{
    unsigned n = 0;
    for (Shape *q = s; q->count; q = q->parent) {
        if (!q->is_gone && (s->live == s->count || shape_find(t, s, q->name) == q->count - 1)) {
            added[n++] = q;
        }
    }
    assert(n == s->live);
    return n;
}

/* Does `values` hold what the slots do?  They are made so. */
static bool read_slots(InstancePart *p, Shape *s, Shape **added, unsigned n, Value *values)
{
    bool same = true;
    for (unsigned i = 0; i < n; i++) {
        Value v = value_load(instance_slot(p, s, added[i]->count - 1u));
        same = same && values[i] == v;
        values[i] = v;
    }
    return same;
}

/* *dict: a new one with the attributes of o, whose shape is s or, o being locked, a closed copy of
 * it, or 0 (raised); false: they change all the time. */
static bool dict_from_slots(Thread *t, Object *o, InstancePart *p, Shape *s, bool locked,
                            Value *dict)
{
    Shape *added[SHAPE_MAX_SLOTS];
    Value values[SHAPE_MAX_SLOTS] = {0};
    unsigned n = attributes_of(t, s, added);
    (void)read_slots(p, s, added, n, values);
    bool same = !world_is_shared() || (locked && !object_is_open(o));
    for (int i = 0; i < LOOKS && !same; i++) {
        same = read_slots(p, s, added, n, values);
    }
    for (unsigned i = 0; !locked && i < n; i++) {
        same = same && values[i]; /* a switch to dict mode changes ext before the shape */
    }
    if (!same || (!locked && shape_of(p) != s)) {
        return false;
    }
    *dict = dict_new_sized(t, n);
    while (*dict && n--) {
        if (values[n] && !dict_set(t, *dict, added[n]->name, values[n])) {
            *dict = 0;
        }
    }
    return true;
}

static void publish_dict_locked(Object *o, InstancePart *p, Value dict)
{
    unsigned n = p->shape->inline_cap;
    GC_STORE_PTR(o, &p->ext, value_object(dict));
    GC_STORE_PTR(o, &p->shape, o->type->dict_shape);
    for (unsigned i = 0; i < n; i++) {
        gc_store(o, &p->slots[i], 0);
    }
}

typedef struct Storing {
    const Object *o;
    const Thread *self;
    bool found;
} Storing;

static void look_for_storing(Thread *other, void *arg)
{
    Storing *s = arg;
    s->found |= other != s->self && load_acquire(&other->storing) == s->o;
}

/* From now on nobody stores into the slots of o, whose shape is s, and then a closed copy of s if
 * somebody might.  false: raised, and nothing has happened. */
static bool close_slots_locked(Thread *t, Object *o, InstancePart *p, Shape *s)
{
    if (!world_is_shared() || !object_is_open(o) || s->live == 0) {
        return true;
    }
    Shape *closed = shape_closed(t, s);
    if (!closed) {
        return false;
    }
    GC_STORE_PTR(o, &p->shape, closed);
    Storing storing = {.o = o, .self = t};
    if (fence_heavy()) {
        gc_each_thread(t, look_for_storing, &storing);
    } else {
        storing.found = true; /* maybe */
    }
    if (storing.found) {
        world_stop(t); /* nobody is between a look at the guard and the store */
        world_start(t);
    }
    return true;
}

static Value enter_dict_mode_locked(Thread *t, Object *o, InstancePart *p)
{
    Shape *s = shape_locked(o, p);
    Value dict = s->is_dict ? dict_of(p) : 0;
    if (dict) {
        return dict;
    }
    if (s->is_dict) {
        dict = dict_new(t);
    } else if (close_slots_locked(t, o, p, s)) {
        bool read = dict_from_slots(t, o, p, s, true, &dict);
        assert(read);
        (void)read;
    }
    if (dict) {
        publish_dict_locked(o, p, dict);
    } else if (!s->is_dict) {
        GC_STORE_PTR(o, &p->shape, s);
    }
    return dict;
}

Value instance_dict(Thread *t, Object *o)
{
    InstancePart *p = instance_part(o);
    if (shape_of(p)->is_dict) {
        Value dict = dict_of(p);
        if (dict) {
            return dict;
        }
    }
    bool locked = object_lock(t, o);
    Value dict = enter_dict_mode_locked(t, o, p);
    object_unlock(o, locked);
    return dict;
}

/* The same with o's lock held, whose slots others store into all the time. */
static Value dict_from_closed_slots(Thread *t, Object *o, InstancePart *p, Shape *s)
{
    Value dict = 0;
    if (close_slots_locked(t, o, p, s)) {
        (void)dict_from_slots(t, o, p, s, true, &dict);
    }
    GC_STORE_PTR(o, &p->shape, s);
    return dict;
}

static Value dict_copy_locking(Thread *t, Object *o, InstancePart *p)
{
    bool locked = object_lock(t, o);
    Shape *s = shape_locked(o, p);
    Value dict = s->is_dict ? dict_of(p) : 0;
    if (!s->is_dict && !dict_from_slots(t, o, p, s, true, &dict)) {
        dict = dict_from_closed_slots(t, o, p, s);
    }
    object_unlock(o, locked);
    return !s->is_dict ? dict : dict ? dict_copy(t, dict) : dict_new(t);
}

Value instance_dict_copy(Thread *t, Object *o)
{
    InstancePart *p = instance_part(o);
    Shape *s = shape_of(p);
    Value dict = s->is_dict ? dict_of(p) : 0;
    if (dict) {
        return dict_copy(t, dict);
    }
    bool read = !s->is_dict && !s->is_closed && dict_from_slots(t, o, p, s, false, &dict);
    return read ? dict : dict_copy_locking(t, o, p);
}

bool instance_set_dict(Thread *t, Object *o, Value dict)
{
    bool locked = object_lock(t, o);
    publish_dict_locked(o, instance_part(o), dict);
    object_unlock(o, locked);
    return true;
}

static void store_slot(Object *o, InstancePart *p, Shape *s, unsigned slot, Value v)
{
    void *owner = slot < s->inline_cap ? o : ext_of(p);
    gc_store(owner, instance_slot(p, s, slot), v);
}

/* 1 stored, 0 the shape changed or a dict is needed: try again, -1 raised */
static int set_in_shape_locked(Thread *t, Object *o, InstancePart *p, Shape *s, Value name, Value v)
{
    int slot = shape_find(t, s, name);
    if (slot >= 0) {
        let_go_for(t, v, instance_slot(p, s, (unsigned)slot));
        store_slot(o, p, s, (unsigned)slot, v);
        object_open_locked(t, o);
        return 1;
    }
    Shape *child = shape_child(t, s, name);
    if (!child) {
        return error_pending(t) ? -1 : enter_dict_mode_locked(t, o, p) ? 0 : -1;
    }
    if (s->count >= s->inline_cap && !ensure_ext_locked(t, o, p, s->count)) {
        return -1;
    }
    store_slot(o, p, s, s->count, v);
    GC_STORE_PTR(o, &p->shape, child);
    return 1;
}

/* 1 deleted, 0 absent, 2: a dict is needed, -1 raised */
static int delete_from_shape_locked(Thread *t, Object *o, InstancePart *p, Value name)
{
    Shape *s = shape_locked(o, p);
    if (s->is_dict) {
        return 2;
    }
    int slot = shape_find(t, s, name);
    Shape *child = slot >= 0 ? shape_child(t, s, name) : NULL;
    if (!child) {
        return slot < 0 ? 0 : error_pending(t) ? -1 : 2;
    }
    let_go(t, value_load(instance_slot(p, s, (unsigned)slot)));
    GC_STORE_PTR(o, &p->shape, child);
    store_slot(o, p, s, (unsigned)slot, 0);
    return 1;
}

static bool instance_delete(Thread *t, Object *o, InstancePart *p, Value name)
{
    bool locked = object_lock(t, o);
    int r = delete_from_shape_locked(t, o, p, name);
    object_unlock(o, locked);
    if (r == 2) {
        Value dict = instance_dict(t, o);
        r = dict ? dict_del(t, dict, name) : -1;
    }
    if (r == 0) {
        raise(t, &exc_AttributeError, "'%T' object has no attribute '%U'", object_value(o), name);
    }
    return r == 1;
}

bool object_replace_open_any(Thread *t, Object *o, uint32_t id, Value *slot, Value v)
{
    Value before = v == NONE ? value_load(slot) : 0;
    world_charge(&t->gc); /* as for a lock: beside threads that wait it may have the world alone */
    if (!object_was_mine(t, o)) {
        object_make_mine(t, o);
    }
    bool same = object_replace_open(t, o, id, slot, v);
    if (same) {
        let_go(t, before);
    }
    return same;
}

/* In a shared world, without the lock; false: nothing has happened, it takes the lock. */
static bool replace_open(Thread *t, Object *o, InstancePart *p, Shape *s, Value name, Value v)
{
    uint32_t id = load_relaxed(&s->id);
    bool open = world_is_shared() && object_is_open(o) && guard_id_lasts(id);
    int slot = open ? shape_find(t, s, name) : -1;
    return slot >= 0 && slot < s->inline_cap &&
           object_replace_open_any(t, o, id, &p->slots[slot], v);
}

bool instance_set(Thread *t, Object *o, Value name, Value v)
{
    InstancePart *p = instance_part(o);
    if (UNLIKELY(!value_str(name)->interned) && !(name = intern_str(t, name))) {
        return false;
    }
    if (!v) {
        return instance_delete(t, o, p, name);
    }
    for (;;) {
        Shape *s = shape_of(p);
        if (s->is_dict) {
            Value dict = instance_dict(t, o);
            return dict && dict_set(t, dict, name, v);
        }
        if (replace_open(t, o, p, s, name, v)) {
            return true;
        }
        bool locked = object_lock(t, o);
        s = shape_locked(o, p);
        int r = s->is_dict ? 0 : set_in_shape_locked(t, o, p, s, name, v);
        object_unlock(o, locked);
        if (r) {
            return r > 0;
        }
    }
}

bool instance_set_type(Thread *t, Object *o, Type *type)
{
    if (!type_has(type, TYPE_HAS_DICT)) {
        world_stop(t);
        GC_STORE_PTR(o, &o->type, type);
        world_start(t);
        return true;
    }
    InstancePart *p = instance_part(o);
    bool locked = object_lock(t, o);
    Shape *s = shape_locked(o, p);
    bool empty = !s->is_dict && s->count == 0 && s->inline_cap == type->root_shape->inline_cap;
    Value dict = empty ? 0 : enter_dict_mode_locked(t, o, p);
    if (empty || dict) {
        world_stop(t); /* the type of an object is read without synchronisation */
        GC_STORE_PTR(o, &p->shape, empty ? type->root_shape : type->dict_shape);
        GC_STORE_PTR(o, &o->type, type);
        world_start(t);
    }
    object_unlock(o, locked);
    return empty || dict;
}

bool instance_is_empty(Thread *t, Object *o)
{
    InstancePart *p = instance_part(o);
    Shape *s = shape_of(p);
    if (s->is_dict) {
        Value dict = dict_of(p);
        return !dict || dict_len(dict) == 0;
    }
    (void)t;
    return s->live == 0;
}
