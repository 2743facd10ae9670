/* Descriptors and the small objects around types: property, classmethod, staticmethod, super,
 * mappingproxy, types.GenericAlias, types.UnionType, types.SimpleNamespace. */
#ifndef CORE_OBJECT_DESCR_H
#define CORE_OBJECT_DESCR_H

#include "core/object/native.h"

typedef struct Property {
    Object head;
    Value fget, fset, fdel, doc; /* 0: absent */
    Value name;                  /* from __set_name__, or 0 */
    _Atomic bool getter_doc;     /* doc came from fget */
} Property;
/* classmethod and staticmethod */
typedef struct WrapMethod { Object head; Value callable; } WrapMethod;
/* NULL/0: unbound */
typedef struct Super { Object head; Type *type; Value obj; Type *obj_type; } Super;
typedef struct MappingProxy { Object head; Value mapping; } MappingProxy;
typedef struct GenericAlias {
    Object head;
    Value origin, args, parameters; /* parameters: 0 until asked for */
    bool starred;                   /* *tuple[int] */
} GenericAlias;
typedef struct UnionType { Object head; Value args, parameters; } UnionType;

extern Type property_type, classmethod_type, staticmethod_type, super_type, mappingproxy_type,
    generic_alias_type, union_type, namespace_type, generic_alias_iter_type;

Value mappingproxy_new(Thread *t, Value mapping);
Value generic_alias_new(Thread *t, Value origin, Value args /* tuple or one item */);
/* fn for {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS}
 */
Value generic_alias_class_getitem(Thread *t, Value *args, size_t n, Value kwnames);
/* int | None: the `or_` slot of types, generic aliases and unions */
Value union_or(Thread *t, Value a, Value b);
/* Values of __parameters__ found in args; and args with parameters replaced by item. */
Value generic_parameters(Thread *t, Value args);
Value generic_subscript(Thread *t, Value self, Value args, Value parameters, Value item);
Value namespace_new(Thread *t, Value dict /* or 0 */);
Value staticmethod_new(Thread *t, Value callable);
Value classmethod_new(Thread *t, Value callable);
/* What the classes behind `after` in the mro of `start` have under `name`, not bound; 0: nothing.
 */
Value super_find(Type *after, Type *start, Value name);
/* Attribute `name` of the type after `after` in the mro of `start`, bound to obj as super does; 0
 * without exception: absent. */
Value super_lookup(Thread *t, Type *after, Value obj, Type *start, Value name);
/* 1 when o.__isabstractmethod__ is true, -1 raised. */
int object_is_abstract(Thread *t, Value o);

#endif
