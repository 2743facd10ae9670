/* Instances: hidden classes (shapes) and slots.
 *
 * Objects of a class with TYPE_HAS_DICT carry an InstancePart at type->inst_offset:
 *
 *   shape | ext | inline slots [shape->inline_cap]
 * shape: which attribute name lives in which slot; ext: ValueArray with the slots beyond
 * inline_cap, or, when the shape is type->dict_shape, the instance's real __dict__ (Dict): "dict
 * mode", entered when __dict__ is asked for or many attributes have been deleted; never left.
 * A deleted attribute's slot stays empty; when it comes back, it gets the next slot, as it then is
 * the last of vars(). A slot of a shape never changes meaning and shape ids are never reused.  A
 * change of the type (or a base) gives all its shapes new ids, so one compare of the id guards
 * everything an attribute cache assumed: the type, the slot, and that no data descriptor of the
 * type hides it.  A slot may hold 0 (not yet written): treat as absent, take the slow path.
 *
 * Locking: adding or deleting an attribute, entering dict mode and replacing a value take the lock
 * of the object; a new slot's value is stored before the shape is published (release).  Now and
 * then, so to those whose values are replaced often, a thread that replaces one gives the object
 * OBJECT_OPEN: from then on values of inline slots and members are replaced without the lock, by a
 * store (release) behind the guard.  So that none is lost to a switch to dict mode, which reads the
 * slots, both sides announce what they do:
 *
 *   store    t->storing = o (release); light fence; look at the guard, store
 *   switch   (lock held) publish a closed shape, which no guard matches; heavy fence; if o is the
 *            last that another thread stored into, have all come to a safepoint; read the slots,
 *            publish the dict
 *
 * A closed shape is a copy of the one before it: who reads goes on as ever, who would store waits
 * for the lock.  In a world that is not shared none of that is needed.  A store that passed its
 * guard may come after another thread's deletion, or after the __dict__ was replaced: it was before
 * them then, and what it leaves in a slot that is not looked at any more does no harm.
 */
#ifndef CORE_OBJECT_INSTANCE_H
#define CORE_OBJECT_INSTANCE_H

#include "core/base/atomics.h"
#include "core/base/fence.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/thread.h"

struct Shape {
    Object head;
    uint32_t id;           /* changes when the type changes */
    uint16_t count;        /* slots in use, those of deleted attributes included */
    uint16_t live;         /* attributes */
    uint16_t inline_cap;
    Type *type;
    Shape *parent;
    Value name;            /* attribute added over the parent or, with is_gone, deleted */
    Value transitions;     /* dict name -> Shape, or 0; shape lock = object lock of the type */
    Value index;           /* dict name -> fixnum slot (-1: deleted), built on demand, or 0 */
    bool is_dict;          /* dict mode */
    bool is_gone;
    bool is_closed;        /* of one instance, under its lock; `older` is what it is a copy of */
    /* root shapes: the root that this one, with more inline slots, replaced */
    Shape *older;
};
extern Type shape_type;

/* A thread that works with more objects than that in turn opens one after the other all the same,
 * as it counts only those that are not open. */
enum { REPLACED_PER_OPEN = 31 };

typedef struct InstancePart {
    Shape *shape;
    Object *ext;
    Value slots[];
} InstancePart;

InstancePart *instance_part_slow(Object *o);
static inline InstancePart *instance_part(Object *o) /* o's type has TYPE_HAS_DICT */
{
    int32_t off = o->type->inst_offset;
    return LIKELY(off > 0) ? (InstancePart *)((char *)o + off) : instance_part_slow(o);
}
/* The id attribute caches guard on: the shape's for instances with a dict, else the type's version.
 */
static inline uint32_t object_guard_id(Object *o)
{
    Type *ty = o->type;
    int32_t off = ty->inst_offset;
    if (off == 0) { /* no TYPE_HAS_DICT */
        return type_version(ty);
    }
    InstancePart *part =
        LIKELY(off > 0) ? (InstancePart *)((char *)o + off) : instance_part_slow(o);
    Shape *shape = __atomic_load_n(&part->shape, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&shape->id, __ATOMIC_RELAXED);
}
/* Is id the one of o?  Of an even number it is not. */
static inline bool object_guard_is(Object *o, uint32_t id)
{
    if (LIKELY(any_relaxed(&o->flags, OBJECT_PLAIN))) {
        Shape *shape = __atomic_load_n(&((InstancePart *)(o + 1))->shape, __ATOMIC_ACQUIRE);
        return equal_relaxed(&shape->id, id);
    }
    return (id & 1) && object_guard_id(o) == id;
}
static inline bool object_is_open(const Object *o)
{
    return any_relaxed(&o->flags, OBJECT_OPEN);
}
/* The same, and t was the last to change it (core/object/lock.h). */
static inline bool object_is_open_mine(const Thread *t, const Object *o)
{
    return object_is_open(o) && object_was_mine(t, o);
}
/* In a shared world: puts v in place of what *slot holds, a field of the open o for as long as id
 * guards it; false: id is not the one of o any more, and nothing has happened.  Before, t has made
 * it its own, so that threads that store in turn get the cache line for many stores each. */
static inline bool object_replace_open(Thread *t, Object *o, uint32_t id, Value *slot, Value v)
{
    store_release(&t->storing, o);
    fence_light();
    bool same = object_guard_is(o, id);
    if (LIKELY(same)) {
        gc_store(o, slot, v);
    }
    return same;
}
/* The same for any v, None included: what was there is let go of. */
bool object_replace_open_any(Thread *t, Object *o, uint32_t id, Value *slot, Value v);
/* A value of o, whose lock is held or need not be, is being replaced. */
static inline void object_open_locked(Thread *t, Object *o)
{
    if (world_is_shared() && ++t->replaced % REPLACED_PER_OPEN == 0) {
        (void)fetch_or_relaxed(&o->flags, OBJECT_OPEN);
    }
}
static inline uint32_t value_guard_id(Value v)
{
    return value_is_object(v) ? object_guard_id(value_object(v)) : type_version(type_of(v));
}
/* Shapes for a type with TYPE_HAS_DICT: sets root_shape, dict_shape, inst_offset. */
NODISCARD bool shapes_init(Thread *t, Type *type);
void shapes_renew_ids(Type *type);   /* type lock held */
/* trace hook of heap types and types with an InstancePart */
void instance_trace(Object *o, Tracer *tr);
/* Gives o (lock not held) another class of the same layout; own attributes are kept. */
NODISCARD bool instance_set_type(Thread *t, Object *o, Type *type);
/* Number of own attributes, for bool(vars) and __reduce__. */
bool instance_is_empty(Thread *t, Object *o);
int shape_find(Thread *t, Shape *s, Value name);               /* slot or -1 */
/* own attribute; 0: absent, or __eq__ of a key raised */
Value instance_get(Thread *t, Object *o, Value name);
NODISCARD bool instance_set(Thread *t, Object *o, Value name,
                            Value v /* 0: delete, AttributeError when absent */);
/* Is the __dict__ of instances of `type` their own attributes, as it is but where the class says
 * something else?  Then instance_set does what a store into it does. */
bool type_has_own_dict(Thread *t, Type *type);
/* a new dict with the own attributes */
Value instance_dict_copy(Thread *t, Object *o);
Value instance_dict(Thread *t, Object *o);                     /* __dict__: enters dict mode */
NODISCARD bool instance_set_dict(Thread *t, Object *o, Value dict);
Value *instance_slot(InstancePart *p, Shape *s, unsigned slot);/* address of the slot's value */

#endif
