/* The type `object`: what every instance can do. */
#include "core/object/audit.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/module.h"
#include "core/object/object_reduce.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"

/* ---- life ---- */

static bool object_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);

static Value object_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    if (n || (kwnames && tuple_len(kwnames))) {
        if (type->new != object_new) {
            return type_error(
                t, "object.__new__() takes exactly one argument (the type to instantiate)");
        }
        if (type->init == object_init) {
            return type_error(t, "%N() takes no arguments", type);
        }
    }
    if (UNLIKELY(type_has(type, TYPE_ABSTRACT))) {
        return type_abstract_error(t, type);
    }
    return object_value(object_alloc_instance(t, type, 0));
}

static bool object_init(Thread *t, Value self, Value *args UNUSED, size_t n, Value kwnames)
{
    Type *type = type_of(self);
    if (n || (kwnames && tuple_len(kwnames))) {
        if (type->init != object_init) {
            type_error(t,
                       "object.__init__() takes exactly one argument (the instance to initialize)");
            return false;
        }
        if (type->new == object_new) {
            type_error(t, "%N.__init__() takes exactly one argument (the instance to initialize)",
                       type);
            return false;
        }
    }
    return true;
}

/* ---- text, hash, comparison ---- */

static Value object_repr_slot(Thread *t, Value self)
{
    Type *type = type_of(self);
    Value module = object_getattr(t, object_value(type), N(__module__));
    Value qualname = module ? object_getattr(t, object_value(type), N(__qualname__)) : 0;
    if (!qualname) {
        if (!error_clear_if(t, &exc_AttributeError)) {
            return 0;
        }
        return object_type_repr(t, self);
    }
    if (value_is_str(module) && value_is_str(qualname) && !str_eq_cstr(module, "builtins")) {
        return str_format(t, "<%U.%U object at %p>", module, qualname, (void *)(uintptr_t)self);
    }
    return object_type_repr(t, self);
}

static Value object_str_slot(Thread *t, Value self)
{
    return object_repr(t, self);
}

static int64_t object_hash_slot(Thread *t UNUSED, Value self)
{
    uint64_t h = self >> 4 | self << 60;
    return h == UINT64_MAX ? -2 : (int64_t)h;
}

static Value object_compare_slot(Thread *t, Value a, Value b, CompareOp op)
{
    if (op == CMP_EQ) {
        return a == b ? TRUE_VALUE : NOT_IMPLEMENTED;
    }
    if (op != CMP_NE || !type_of(a)->compare) {
        return NOT_IMPLEMENTED;
    }
    Value eq = type_of(a)->compare(t, a, b, CMP_EQ);
    if (!eq || eq == NOT_IMPLEMENTED) {
        return eq;
    }
    int truth = object_truth(t, eq);
    return truth < 0 ? 0 : bool_value(!truth);
}

/* ---- __class__ ---- */

static Value get_class(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return object_value(type_of(self));
}

static bool same_slots(Type *a, Type *b)
{
    if (!a->slot_names || !b->slot_names) {
        return a->slot_names == b->slot_names;
    }
    if (tuple_len(a->slot_names) != tuple_len(b->slot_names)) {
        return false;
    }
    for (size_t i = 0; i < tuple_len(a->slot_names); i++) {
        if (tuple_get(a->slot_names, i) != tuple_get(b->slot_names, i)) {
            return false;
        }
    }
    return true;
}

static bool same_layout(Type *a, Type *b)
{
    Type *sa = type_solid_base(a), *sb = type_solid_base(b);
    Type *below_a = type_base(sa), *below_b = type_base(sb);
    bool same =
        sa == sb ||
        (sa->size == sb->size && below_a && below_b &&
         type_solid_base(below_a) == type_solid_base(below_b) && type_has(sa, TYPE_HEAP) &&
         type_has(sb, TYPE_HEAP) && same_slots(sa, sb));
    return same && a->size == b->size && a->dict_offset == b->dict_offset &&
           a->weakrefable == b->weakrefable && !((a->flags ^ b->flags) & TYPE_HAS_DICT) &&
           a->native_size == b->native_size;
}

static bool set_class(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v) {
        type_error(t, "can't delete __class__ attribute");
        return false;
    }
    if (!value_is_type(v)) {
        type_error(t, "__class__ must be set to a class, not '%T' object", v);
        return false;
    }
    if (!AUDIT(t, "object.__setattr__", 3, self, N(__class__), v)) {
        return false;
    }
    Type *old = type_of(self), *new = value_type(v);
    bool modules = type_is_subtype(old, &module_type) && type_is_subtype(new, &module_type);
    if (!modules && (type_has(old, TYPE_IMMUTABLE) || type_has(new, TYPE_IMMUTABLE))) {
        type_error(
            t, "__class__ assignment only supported for mutable types or ModuleType subclasses");
        return false;
    }
    if (!same_layout(old, new)) {
        type_error(t, "__class__ assignment: '%N' object layout differs from '%N'", new, old);
        return false;
    }
    if (!instance_set_type(t, value_object(self), new)) {
        return false;
    }
    if (new->finalize && !old->finalize) {
        gc_register_finalizer(t, value_object(self));
    }
    return true;
}

/* ---- methods ---- */

static Value format_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__format__() argument must be str, not %B", args[1]);
    }
    if (str_len(args[1])) {
        return type_error(t, "unsupported format string passed to %T.__format__", args[0]);
    }
    return object_str(t, args[0]);
}

static Value sizeof_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Type *type = type_of(args[0]);
    size_t size = type->size;
    if (type->item_size && type->len) {
        ssize_t len = type->len(t, args[0]);
        if (len < 0) {
            return 0;
        }
        size += (size_t)len * type->item_size;
    }
    return fixnum((int64_t)size);
}

static Value subclasshook_method(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                 Value kw UNUSED)
{
    return NOT_IMPLEMENTED;
}

static Value init_subclass_method(Thread *t, Value *args, size_t n, Value kwnames)
{
    if (kwnames && tuple_len(kwnames)) {
        return type_error(t, "%N.__init_subclass__() takes no keyword arguments",
                          value_type(args[0]));
    }
    if (n > 1) {
        return type_error(t, "%N.__init_subclass__() takes no arguments (%zu given)",
                          value_type(args[0]), n - 1);
    }
    return NONE;
}

static bool merge_class_names(Thread *t, Value into, Value cls)
{
    Value dict, bases;
    int r = object_lookup_attr(t, cls, N(__dict__), &dict);
    if (r < 0 || (r && !dict_update(t, into, dict))) {
        return false;
    }
    r = object_lookup_attr(t, cls, N(__bases__), &bases);
    if (r <= 0 || !value_is_tuple(bases)) {
        return r >= 0;
    }
    for (size_t i = 0; i < tuple_len(bases); i++) {
        if (!merge_class_names(t, into, tuple_get(bases, i))) {
            return false;
        }
    }
    return true;
}

static Value dir_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value own, cls, all = dict_new(t);
    if (!all) {
        return 0;
    }
    int r = object_lookup_attr(t, args[0], N(__dict__), &own);
    if (r < 0 || (r && value_is_dict(own) && !dict_update(t, all, own))) {
        return 0;
    }
    r = object_lookup_attr(t, args[0], N(__class__), &cls);
    if (r < 0 || (r && !merge_class_names(t, all, cls))) {
        return 0;
    }
    return dict_keys_list(t, all);
}

static const NativeDef object_methods[] = {
    {"__reduce_ex__(protocol, /)", object_reduce_ex_method, "Helper for pickle.", 0},
    {"__reduce__()", object_reduce_method, "Helper for pickle.", 0},
    {"__getstate__()", object_getstate_method, "Helper for pickle.", 0},
    {"__subclasshook__(*args)", subclasshook_method,
     "Abstract classes can override this to customize issubclass().\n\nThis is invoked early on by "
     "abc.ABCMeta.__subclasscheck__().",
     NATIVE_CLASS | NATIVE_RAW},
    {"__init_subclass__(*args, **kwargs)", init_subclass_method,
     "This method is called when a class is subclassed.\n\nThe default implementation does "
     "nothing.",
     NATIVE_CLASS | NATIVE_RAW | NATIVE_KW},
    {"__format__(format_spec, /)", format_method, "Default object formatter.", 0},
    {"__sizeof__()", sizeof_method, "Size of object in memory, in bytes.", 0},
    {"__dir__()", dir_method, "Default dir() implementation.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef object_getset[] = {
    {"__class__", get_class, set_class, "the object's class", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type object_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "object",
    .size = sizeof(Object),
    .flags = TYPE_BASETYPE,
    .new = object_new,
    .init = object_init,
    .repr = object_repr_slot,
    .str = object_str_slot,
    .hash = object_hash_slot,
    .compare = object_compare_slot,
    .getattr = generic_getattr,
    .setattr = generic_setattr,
    .methods = object_methods,
    .getset = object_getset,
    .sig = "object()",
    .doc = "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and "
           "returns a new featureless\n"
           "instance that has no instance attributes and cannot be given any.\n",
};
