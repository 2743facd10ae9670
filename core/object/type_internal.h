/* What the type*.c files share. */
#ifndef CORE_OBJECT_TYPE_INTERNAL_H
#define CORE_OBJECT_TYPE_INTERNAL_H

#include "core/object/slot.h"

extern Object type_lock; /* the runtime's type lock, taken with object_lock */

static inline Value type_dict(Type *type) { return object_value(type->dict); }
/* C3 linearisation of type over its bases, or the result of the metatype's mro(): a tuple. */
Value mro_compute(Thread *t, Type *type);
Value mro_c3(Thread *t, Type *type);
/* The base whose memory layout the new class extends. */
Type *bases_best(Thread *t, Value bases);
Type *type_solid_base(Type *type);
NODISCARD bool type_add_subclass(Thread *t, Type *base, Type *type);
void type_remove_subclass(Thread *t, Type *base, Type *type);
Value type_subclasses(Thread *t, Type *type);   /* list of live ones */
/* Offsets, trace hooks and shapes, from base, size and flags. */
NODISCARD bool type_set_layout(Thread *t, Type *type);
void type_inherit_flags(Type *type, Type *base);
Value type_call_mro_method(Thread *t, Type *type);
/* Attribute rules of type objects. */
Value type_getattr(Thread *t, Value self, Value name);
/* the same; 0 and nothing raised: absent */
Value type_find_attr(Thread *t, Value self, Value name /* str */);
bool type_setattr(Thread *t, Value self, Value name, Value v);
extern const GetSetDef type_getset[];
extern const NativeDef type_methods[];
extern const GetSetDef dict_getset_def, weakref_getset_def;
bool type_add_new_method(Thread *t, Type *type);  /* __new__ of a static type */
Value winner_metatype(Thread *t, Type *meta, Value bases);

#endif
