/* What the type*.c files share. */
#ifndef CORE_OBJECT_TYPE_INTERNAL_H
#define CORE_OBJECT_TYPE_INTERNAL_H

#include "core/object/slot.h"

extern Object type_lock; /* the runtime's type lock, taken with object_lock */

static inline Value type_dict(Type *type) { return object_value(type_names(type)); }
/* C3 linearisation of type over its bases, or the result of the metatype's mro(): a tuple. */
Value mro_compute(Thread *t, Type *type);
Value mro_c3(Thread *t, Type *type);
bool mro_is_c3(Thread *t, Type *type); /* mro_compute calls no mro() of the metatype */
/* A new order for type and everything below it.  Effects: allocates, raises, runs Python. */
NODISCARD bool type_renew_order(Thread *t, Type *type);
/* The base whose memory layout the new class extends. */
Type *bases_best(Thread *t, Value bases);
Type *type_solid_base(Type *type);
NODISCARD bool type_add_subclass(Thread *t, Type *base, Type *type);
/* The same for a class that may be there: it becomes the last. */
NODISCARD bool type_move_subclass(Thread *t, Type *base, Type *type);
/* Unless base is one of the bases of type. */
void type_remove_subclass(Thread *t, Type *base, Type *type);
/* best: bases_best(bases) */
void type_set_bases(Thread *t, Type *type, Value bases, Type *best);
/* Replaces one order by another, which was computed when runtime.order_changes was *changes, unless
 * something has changed since.  changes NULL: whatever has changed. */
NODISCARD bool type_set_mro(Thread *t, Type *type, Value from, Value to, const uint32_t *changes);
Value type_subclasses(Thread *t, Type *type);   /* list of live ones */
/* Offsets, trace hooks and shapes, from base, size and flags. */
NODISCARD bool type_set_layout(Thread *t, Type *type);
void type_inherit_flags(Type *type, Type *base);
/* Attribute rules of type objects. */
Value type_getattr(Thread *t, Value self, Value name);
/* the same; 0 and nothing raised: absent */
Value type_find_attr(Thread *t, Value self, Value name /* str */);
bool type_setattr(Thread *t, Value self, Value name, Value v);
/* The same of modules: core/object/module.c. */
Value module_getattr(Thread *t, Value self, Value name);
Value module_find_attr(Thread *t, Value self, Value name /* str */);
extern const GetSetDef type_getset[];
extern const NativeDef type_methods[];
extern const GetSetDef dict_getset_def, weakref_getset_def;
Value winner_metatype(Thread *t, Type *meta, Value bases);

#endif
