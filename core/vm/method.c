/* Bound methods: a function and the object it is called on. */
#include "core/object/dict.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

#define METHOD(v) ((BoundMethod *)value_object(v))

static void trace_method(Object *o, Tracer *tr)
{
    trace_value(tr, ((BoundMethod *)o)->func);
    trace_value(tr, ((BoundMethod *)o)->self);
}

Value method_new(Thread *t, Value func, Value self)
{
    BoundMethod *m = object_alloc(t, &method_type, sizeof *m);
    if (!m) {
        return 0;
    }
    gc_init(&m->func, func);
    gc_init(&m->self, self);
    return object_value(m);
}

static Value method_construct(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "method", kwnames) || !args_count(t, "method", n, 2, 2)) {
        return 0;
    }
    if (!callable(args[0])) {
        return type_error(t, "first argument must be callable");
    }
    if (is_none(args[1])) {
        return type_error(t, "self must not be None");
    }
    return method_new(t, args[0], args[1]);
}

static Value method_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    size_t total = n + (kwnames ? tuple_len(kwnames) : 0);
    if (total < 16) {
        Value all[16];
        all[0] = METHOD(self)->self;
        values_copy(all + 1, args, total);
        return call(t, METHOD(self)->func, all, n + 1, kwnames);
    }
    Value all = tuple_new(t, total + 1);
    if (!all) {
        return 0;
    }
    gc_store(value_object(all), &value_tuple(all)->items[0], METHOD(self)->self);
    values_copy(value_tuple(all)->items + 1, args, total);
    return call(t, METHOD(self)->func, value_tuple(all)->items, n + 1, kwnames);
}

static Value method_repr(Thread *t, Value self)
{
    Value name = 0;
    BoundMethod *m = METHOD(self);
    if (object_lookup_attr(t, m->func, N(__qualname__), &name) < 0 ||
        (!name && object_lookup_attr(t, m->func, N(__name__), &name) < 0)) {
        return 0;
    }
    if (!name || !value_is_str(name)) {
        return str_format(t, "<bound method ? of %R>", m->self);
    }
    return str_format(t, "<bound method %U of %R>", name, m->self);
}

static Value method_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(a) != &method_type ||
        type_of(b) != &method_type) {
        return NOT_IMPLEMENTED;
    }
    int equal = METHOD(a)->self == METHOD(b)->self;
    if (equal) {
        equal = object_compare_bool(t, METHOD(a)->func, METHOD(b)->func, CMP_EQ);
    }
    return equal < 0 ? 0 : bool_value(equal == (op == CMP_EQ));
}

static int64_t method_hash(Thread *t, Value self)
{
    int64_t h = object_hash(t, METHOD(self)->func);
    if (h == -1) {
        return -1;
    }
    h ^= (int64_t)(METHOD(self)->self * 0x9e3779b97f4a7c15u >> 4);
    return h == -1 ? -2 : h;
}

/* Attributes of the function shine through. */
static Value method_getattr(Thread *t, Value self, Value name)
{
    if (type_lookup(t, &method_type, name)) {
        return generic_getattr(t, self, name);
    }
    return t->exc ? 0 : object_getattr(t, METHOD(self)->func, name);
}

static Value method_get_func(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return METHOD(self)->func;
}
static Value method_get_self(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return METHOD(self)->self;
}
static Value method_get_doc(Thread *t, Value self, void *closure UNUSED)
{
    Value doc = 0;
    return object_lookup_attr(t, METHOD(self)->func, N(__doc__), &doc) < 0 ? 0 : doc ? doc : NONE;
}

static Value method_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value getattr_fn = dict_get_cstr(t, t->interp->builtins, "getattr");
    Value name = object_getattr(t, METHOD(args[0])->func, N(__name__));
    if (!getattr_fn || !name) {
        return 0;
    }
    Value pair = tuple_pack(t, 2, METHOD(args[0])->self, name);
    return pair ? tuple_pack(t, 2, getattr_fn, pair) : 0;
}

static const GetSetDef method_getset[] = {
    {"__func__", method_get_func, NULL, "The function.", NULL},
    {"__self__", method_get_self, NULL, "The object the function is called on.", NULL},
    {"__doc__", method_get_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef method_methods[] = {
    {"__reduce__()", method_reduce, "Pickle support.", 0},
    {NULL, NULL, NULL, 0},
};

Type method_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "method",
    .doc = "A function bound to an object.",
    .sig = "method(function, instance, /)",
    .size = sizeof(BoundMethod),
    .weakrefable = true,
    .trace = trace_method,
    .new = method_construct,
    .call = method_call,
    .repr = method_repr,
    .hash = method_hash,
    .compare = method_compare,
    .getattr = method_getattr,
    .getset = method_getset,
    .methods = method_methods,
};
