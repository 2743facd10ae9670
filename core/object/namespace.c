/* types.SimpleNamespace. */
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Value namespace_make(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                            Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static bool namespace_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (n) {
        type_error(t, "no positional arguments expected");
        return false;
    }
    for (size_t i = 0; kwnames && i < tuple_len(kwnames); i++) {
        if (!instance_set(t, value_object(self), tuple_get(kwnames, i), args[i])) {
            return false;
        }
    }
    return true;
}

Value namespace_new(Thread *t, Value dict)
{
    Value self = namespace_make(t, &namespace_type, NULL, 0, 0);
    Value items = self && dict ? dict_items_list(t, dict) : 0;
    if (!self || (dict && !items)) {
        return 0;
    }
    for (size_t i = 0; items && i < list_len(items); i++) {
        Value pair = list_get(items, i);
        if (!instance_set(t, value_object(self), tuple_get(pair, 0), tuple_get(pair, 1))) {
            return 0;
        }
    }
    return self;
}

static Value namespace_repr(Thread *t, Value self)
{
    const char *name =
        type_of(self) == &namespace_type ? "namespace" : type_short_name(type_of(self));
    if (!repr_enter(t, self)) {
        return str_format(t, "%s(...)", name);
    }
    Value dict = instance_dict_copy(t, value_object(self));
    Value items = dict ? dict_items_list(t, dict) : 0;
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "%s(", name);
    bool first = true;
    for (size_t i = 0; items && i < list_len(items); i++) {
        Value pair = list_get(items, i), key = tuple_get(pair, 0);
        if (value_is_str(key) && str_len(key)) {
            sb_format(&b, "%s%U=%R", first ? "" : ", ", key, tuple_get(pair, 1));
            first = false;
        }
    }
    sb_char(&b, ')');
    repr_leave(t, self);
    return items ? sb_finish(&b) : 0;
}

static Value namespace_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_isa(a, &namespace_type) || !value_isa(b, &namespace_type)) {
        return NOT_IMPLEMENTED;
    }
    Value x = instance_dict_copy(t, value_object(a)),
          y = x ? instance_dict_copy(t, value_object(b)) : 0;
    return y ? object_compare(t, x, y, op) : 0;
}

static Value namespace_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value dict = instance_dict(t, value_object(args[0]));
    return dict ? tuple_pack(t, 3, object_value(type_of(args[0])), tuple_empty(), dict) : 0;
}

static const NativeDef namespace_methods[] = {
    {"__reduce__()", namespace_reduce, "Return state information for pickling", 0},
    {NULL, NULL, NULL, 0},
};

Type namespace_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "types.SimpleNamespace",
    .size = sizeof(Object),
    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
    .new = namespace_make,
    .init = namespace_init,
    .repr = namespace_repr,
    .compare = namespace_compare,
    .methods = namespace_methods,
    .doc = "A simple attribute-based namespace.\n\nSimpleNamespace(**kwargs)",
    .getattr = generic_getattr,
};
