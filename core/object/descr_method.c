/* classmethod and staticmethod. */
#include "core/object/descr.h"
#include "core/object/str.h"
#include "core/object/upward.h"

static WrapMethod *wrap_of(Value v)
{
    return (WrapMethod *)value_object(v);
}

static void wrap_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((WrapMethod *)o)->callable);
}

static Value wrap_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                      Value kwnames UNUSED)
{
    WrapMethod *w = object_alloc_instance(t, type, 0);
    if (w) {
        gc_init(&w->callable, NONE);
    }
    return object_value(w);
}

/* The wrapper shows the function's name, module and docstring. */
static bool copy_attributes(Thread *t, Value self, Value f)
{
    const Value copied[] = {N(__module__), N(__name__), N(__qualname__), N(__doc__),
                            N(__annotations__)};
    for (size_t i = 0; i < ARRAY_SIZE(copied); i++) {
        Value v;
        int r = object_lookup_attr(t, f, copied[i], &v);
        if (r < 0 || (r && !object_setattr(t, self, copied[i], v))) {
            return false;
        }
    }
    return true;
}

static bool wrap_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    bool is_class = value_isa(self, &classmethod_type);
    const char *name = is_class ? "classmethod" : "staticmethod";
    if (!args_no_kw(t, name, kwnames) || !args_count(t, name, n, 1, 1)) {
        return false;
    }
    gc_store(value_object(self), &wrap_of(self)->callable, args[0]);
    return copy_attributes(t, self, args[0]);
}

static Value wrap_make(Thread *t, Type *type, Value f)
{
    Value w = wrap_new(t, type, NULL, 0, 0);
    if (!w) {
        return 0;
    }
    gc_init(&wrap_of(w)->callable, f);
    /* at start-up there is nothing to copy with yet */
    bool native = type_of(f) == &native_function_type &&
                  !foreign_def(((NativeFunction *)value_object(f))->def);
    return native || copy_attributes(t, w, f) ? w : 0;
}

Value staticmethod_new(Thread *t, Value f)
{
    return wrap_make(t, &staticmethod_type, f);
}

Value classmethod_new(Thread *t, Value f)
{
    return wrap_make(t, &classmethod_type, f);
}

static Value class_get(Thread *t, Value descr, Value obj, Value type)
{
    Value f = value_load(&wrap_of(descr)->callable);
    Value cls = type ? type : object_value(type_of(obj));
    DescrGetFn get = type_of(f)->descr_get;
    return get ? get(t, f, cls, cls) : method_new(t, f, cls);
}

static Value static_get(Thread *t UNUSED, Value descr, Value obj UNUSED, Value type UNUSED)
{
    return value_load(&wrap_of(descr)->callable);
}

static Value static_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    return call(t, value_load(&wrap_of(callee)->callable), args, n, kwnames);
}

static Value wrap_repr(Thread *t, Value self)
{
    return str_format(t, "<%s(%R)>",
                      value_isa(self, &classmethod_type) ? "classmethod" : "staticmethod",
                      value_load(&wrap_of(self)->callable));
}

static Value get_abstract(Thread *t, Value self, void *closure UNUSED)
{
    int r = object_is_abstract(t, value_load(&wrap_of(self)->callable));
    return r < 0 ? 0 : bool_value(r);
}

static const GetSetDef wrap_getset[] = {
    {"__isabstractmethod__", get_abstract, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef wrap_members[] = {
    {"__func__", MEMBER_VALUE, offsetof(WrapMethod, callable), true, NULL},
    {"__wrapped__", MEMBER_VALUE, offsetof(WrapMethod, callable), true, NULL},
    {NULL, 0, 0, false, NULL},
};

Type classmethod_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "classmethod",
    .size = sizeof(WrapMethod),
    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
    .trace = wrap_trace,
    .new = wrap_new,
    .init = wrap_init,
    .descr_get = class_get,
    .repr = wrap_repr,
    .getset = wrap_getset,
    .members = wrap_members,
    .doc =
        "classmethod(function) -> method\n\nMake a method receive the class as its first argument.",
};
Type staticmethod_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "staticmethod",
    .size = sizeof(WrapMethod),
    .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
    .trace = wrap_trace,
    .new = wrap_new,
    .init = wrap_init,
    .descr_get = static_get,
    .call = static_call,
    .repr = wrap_repr,
    .getset = wrap_getset,
    .members = wrap_members,
    .doc = "staticmethod(function) -> method\n\nMake a method that receives neither the instance "
           "nor the class.",
};
