/* mappingproxy: a read-only view of a mapping, what type.__dict__ returns. */
#include "core/object/descr.h"
#include "core/object/str.h"

static Value mapping_of(Value v)
{
    return ((MappingProxy *)value_object(v))->mapping;
}

static void proxy_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((MappingProxy *)o)->mapping);
}

Value mappingproxy_new(Thread *t, Value mapping)
{
    MappingProxy *p = object_alloc(t, &mappingproxy_type, sizeof *p);
    if (p) {
        gc_init(&p->mapping, mapping);
    }
    return object_value(p);
}

static Value proxy_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("mappingproxy(mapping)");
    Value a[1];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!value_is_mapping(a[0]) || value_has(a[0], TYPE_LIST | TYPE_TUPLE)) {
        return type_error(t, "mappingproxy() argument must be a mapping, not %T", a[0]);
    }
    return mappingproxy_new(t, a[0]);
}

static ssize_t proxy_len(Thread *t, Value self)
{
    return object_len(t, mapping_of(self));
}

static Value proxy_getitem(Thread *t, Value self, Value key)
{
    return object_getitem(t, mapping_of(self), key);
}

static int proxy_contains(Thread *t, Value self, Value key)
{
    return object_contains(t, mapping_of(self), key);
}

static Value proxy_iter(Thread *t, Value self)
{
    return object_iter(t, mapping_of(self));
}

static Value proxy_repr(Thread *t, Value self)
{
    return str_format(t, "mappingproxy(%R)", mapping_of(self));
}

static Value proxy_str(Thread *t, Value self)
{
    return object_str(t, mapping_of(self));
}

static Value proxy_compare(Thread *t, Value a, Value b, CompareOp op)
{
    return object_compare(t, mapping_of(a), b, op);
}

static Value unwrapped(Value v)
{
    return type_of(v) == &mappingproxy_type ? mapping_of(v) : v;
}

static Value proxy_or(Thread *t, Value a, Value b)
{
    return number_binary(t, OP_OR, unwrapped(a), unwrapped(b));
}

static Value proxy_ior(Thread *t, Value a, Value b UNUSED)
{
    return type_error(t, "'|=' is not supported by %T; use '|' instead", a);
}

static Value get_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return call_method2(t, mapping_of(args[0]), N(get), args[1], args[2] ? args[2] : NONE);
}

#define FORWARD(function, name)                                                              \
    static Value function(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)          \
    {                                                                                        \
        return call_method0(t, mapping_of(args[0]), N(name));                                \
    }
FORWARD(keys_method, keys)
FORWARD(values_method, values)
FORWARD(items_method, items)
FORWARD(copy_method, copy)
FORWARD(reversed_method, __reversed__)

static const NativeDef proxy_methods[] = {
    {"get(key, default=None, /)", get_method,
     "Return the value for key if key is in the mapping, else default.", 0},
    {"keys()", keys_method, "A set-like view of the keys.", 0},
    {"values()", values_method, "A view of the values.", 0},
    {"items()", items_method, "A set-like view of the items.", 0},
    {"copy()", copy_method, "A shallow copy of the mapping.", 0},
    {"__reversed__()", reversed_method, "Reverse iterator over the keys.", 0},
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {NULL, NULL, NULL, 0},
};

Type mappingproxy_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "mappingproxy",
    .size = sizeof(MappingProxy),
    .flags = TYPE_MAPPING,
    .trace = proxy_trace,
    .new = proxy_new,
    .len = proxy_len,
    .getitem = proxy_getitem,
    .contains = proxy_contains,
    .iter = proxy_iter,
    .repr = proxy_repr,
    .str = proxy_str,
    .hash = hash_unhashable,
    .compare = proxy_compare,
    .or_ = proxy_or,
    .ior = proxy_ior,
    .methods = proxy_methods,
    .sig = "mappingproxy(mapping)",
    .doc = "Read-only view of a mapping.",
    .getattr = generic_getattr,
};
