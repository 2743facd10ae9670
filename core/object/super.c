/* super: attribute lookup that starts behind a class in the method resolution order. */
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/upward.h"

static Super *super_of(Value v)
{
    assert(value_isa(v, &super_type));
    return (Super *)value_object(v);
}

static void super_trace(Object *o, Tracer *tr)
{
    Super *s = (Super *)o;
    trace_object(tr, s->type);
    trace_value(tr, s->obj);
    trace_object(tr, s->obj_type);
}

/* The class whose mro is searched: obj itself when it is a subclass of type, else its class.  NULL:
 * raised. */
static Type *check_object(Thread *t, Type *type, Value obj)
{
    if (value_is_type(obj) && type_is_subtype(value_type(obj), type)) {
        return value_type(obj);
    }
    if (value_isa(obj, type)) {
        return type_of(obj);
    }
    Value cls;
    int r = object_lookup_attr(t, obj, N(__class__), &cls);
    if (r < 0) {
        return NULL;
    }
    if (r && value_is_type(cls) && type_is_subtype(value_type(cls), type)) {
        return value_type(cls);
    }
    type_error(t, "super(type, obj): obj must be an instance or subtype of type");
    return NULL;
}

Value super_find(Type *after, Type *start, Value name)
{
    Value mro = type_mro(start);
    size_t i = 0, n = mro ? tuple_len(mro) : 0;
    while (i < n && value_type(tuple_get(mro, i)) != after) {
        i++;
    }
    for (i++; i < n; i++) {
        Value v = dict_get_str(object_value(type_names(value_type(tuple_get(mro, i)))), name);
        if (v) {
            return v;
        }
    }
    return 0;
}

Value super_lookup(Thread *t, Type *after, Value obj, Type *start, Value name)
{
    Value v = super_find(after, start, name);
    DescrGetFn get = v ? type_of(v)->descr_get : NULL;
    return get ? get(t, v, obj == object_value(start) ? 0 : obj, object_value(start)) : v;
}

static Value super_getattr(Thread *t, Value self, Value name)
{
    Super *s = super_of(self);
    if (s->obj_type && value_is_str(name) && !str_eq(name, N(__class__))) {
        Value v = super_lookup(t, s->type, s->obj, s->obj_type, name);
        if (v || error_pending(t)) {
            return v;
        }
    }
    return generic_getattr(t, self, name);
}

static Value super_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                       Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static bool bind_to(Thread *t, Super *s, Type *type, Value obj)
{
    Type *start = obj ? check_object(t, type, obj) : NULL;
    if (obj && !start) {
        return false;
    }
    GC_STORE_PTR(s, &s->type, type);
    gc_store(s, &s->obj, obj);
    GC_STORE_PTR(s, &s->obj_type, start);
    return true;
}

static bool super_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "super", kwnames) || !args_count(t, "super()", n, 0, 2)) {
        return false;
    }
    Type *type;
    Value obj;
    if (n == 0) {
        return vm_super_args(t, &type, &obj) && bind_to(t, super_of(self), type, obj);
    }
    if (!value_is_type(args[0])) {
        type_error(t, "super() argument 1 must be a type, not %T", args[0]);
        return false;
    }
    return bind_to(t, super_of(self), value_type(args[0]),
                   n == 2 && !is_none(args[1]) ? args[1] : 0);
}

static Value super_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    Super *s = super_of(descr);
    if (!obj || is_none(obj) || s->obj) {
        return descr;
    }
    if (type_of(descr) != &super_type) {
        return call2(t, object_value(type_of(descr)), object_value(s->type), obj);
    }
    Super *bound = object_alloc_instance(t, &super_type, 0);
    return bound && bind_to(t, bound, s->type, obj) ? object_value(bound) : 0;
}

static Value super_repr(Thread *t, Value self)
{
    Super *s = super_of(self);
    const char *name = s->type ? type_text(s->type) : "NULL";
    return s->obj_type ? str_format(t, "<super: <class '%s'>, <%N object>>", name, s->obj_type)
                       : str_format(t, "<super: <class '%s'>, NULL>", name);
}

static const GetSetDef super_getset[] = {
    {"__thisclass__", field_or_none, NULL, "the class invoking super()",
     (void *)offsetof(Super, type)},
    {"__self__", field_or_none, NULL, "the instance invoking super(); may be None",
     (void *)offsetof(Super, obj)},
    {"__self_class__", field_or_none, NULL,
     "the type of the instance invoking super(); may be None", (void *)offsetof(Super, obj_type)},
    {NULL, NULL, NULL, NULL, NULL},
};

Type super_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "super",
    .size = sizeof(Super),
    .flags = TYPE_BASETYPE,
    .trace = super_trace,
    .new = super_new,
    .init = super_init,
    .getattr = super_getattr,
    .descr_get = super_get,
    .repr = super_repr,
    .getset = super_getset,
    .doc = "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super "
           "object\n"
           "super(type, obj) -> bound super object; requires isinstance(obj, type)\n"
           "super(type, type2) -> bound super object; requires issubclass(type2, type)",
};
