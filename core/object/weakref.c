/* weakref.ref and the functions around references; proxies are in weakref_proxy.c.
 *
 * A reference begins with the collector's WeakHead.  The target is read without a lock; the
 * collector clears it with the world stopped.  A reference without callback of the exact type ref
 * is shared by all who ask for one.
 */
#include "core/object/weakref.h"

#include "core/object/descr.h"
#include "core/object/str.h"
#include "core/object/weakref_internal.h"

Value weakref_get(Value ref)
{
    return object_value(weak_target(weakref_head(ref)));
}

void weakref_trace(Object *self, Tracer *tr)
{
    trace_value(tr, value_load(&((WeakRef *)self)->weak.callback));
}

typedef struct Search { Type *type; WeakHead *found; } Search;

static bool find_plain(WeakHead *w, void *arg)
{
    Search *s = arg;
    if (w->head.type == s->type && w->callback == 0) {
        s->found = w;
        return false;
    }
    return true;
}

Value weakref_make(Thread *t, Type *type, Value referent, Value callback)
{
    if (!value_is_object(referent) || !type_of(referent)->weakrefable) {
        return type_error(t, "cannot create weak reference to '%T' object", referent);
    }
    if (callback != 0 && is_none(callback)) {
        callback = 0;
    }
    Search search = {type, NULL};
    bool share = callback == 0 && (type == &weakref_type || type == &weakproxy_type ||
                                   type == &weakcallableproxy_type);
    if (share) {
        weak_each_plain(value_object(referent), find_plain, &search);
        if (search.found != NULL) {
            return object_value(search.found);
        }
    }
    WeakRef *w = object_alloc_instance(t, type, 0);
    if (w == NULL) {
        return 0;
    }
    gc_init(&w->weak.callback, callback);
    atomic_store_explicit(&w->weak.target, value_object(referent), memory_order_release);
    if (!weak_attach_unless(&w->weak, share ? find_plain : NULL, &search)) {
        atomic_store_explicit(&w->weak.target, NULL, memory_order_release);
        return raise_memory(t);
    }
    if (search.found != NULL) { /* another thread was faster */
        atomic_store_explicit(&w->weak.target, NULL, memory_order_release);
        return object_value(search.found);
    }
    return object_value(w);
}

Value weakref_new(Thread *t, Value referent, Value callback)
{
    return weakref_make(t, &weakref_type, referent, callback);
}

static Value ref_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (kwnames != 0 && type == &weakref_type) {
        return type_error(t, "ref() takes no keyword arguments");
    }
    if (!args_count(t, "__new__", n, 1, 2)) {
        return 0;
    }
    return weakref_make(t, type, args[0], n > 1 ? args[1] : 0);
}

static bool ref_init(Thread *t, Value self UNUSED, Value *args UNUSED, size_t n, Value kwnames)
{
    if (kwnames != 0 && !args_no_kw(t, "ref", kwnames)) {
        return false;
    }
    return args_count(t, "__init__", n, 1, 2);
}

static Value ref_call(Thread *t, Value self, Value *args UNUSED, size_t n, Value kwnames)
{
    if (n != 0 || kwnames != 0) {
        return type_error(t, "weakref expected at most 0 arguments, got %zu", n);
    }
    Value target = weakref_get(self);
    return target != 0 ? target : NONE;
}

static int64_t ref_hash(Thread *t, Value self)
{
    WeakRef *w = (WeakRef *)value_object(self);
    if (atomic_load_explicit(&w->hashed, memory_order_acquire)) {
        return atomic_load_explicit(&w->hash, memory_order_relaxed);
    }
    Value target = weakref_get(self);
    if (target == 0) {
        type_error(t, "weak object has gone away");
        return -1;
    }
    int64_t hash = object_hash(t, target);
    if (hash != -1) {
        atomic_store_explicit(&w->hash, hash, memory_order_relaxed);
        atomic_store_explicit(&w->hashed, true, memory_order_release);
    }
    return hash;
}

static Value ref_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !value_isa(a, &weakref_type) ||
        !value_isa(b, &weakref_type)) {
        return NOT_IMPLEMENTED;
    }
    Value left = weakref_get(a), right = weakref_get(b);
    if (left == 0 || right == 0) {
        return bool_value((a == b) == (op == CMP_EQ));
    }
    return object_compare(t, left, right, op);
}

static Value ref_repr(Thread *t, Value self)
{
    Value target = weakref_get(self), name = 0;
    if (target == 0) {
        return str_format(t, "<weakref at %p; dead>", (void *)value_object(self));
    }
    if (object_lookup_attr(t, target, N(__name__), &name) < 0) {
        return 0;
    }
    if (name == 0 || !value_is_str(name)) {
        return str_format(t, "<weakref at %p; to '%T' at %p>", (void *)value_object(self), target,
                          (void *)value_object(target));
    }
    return str_format(t, "<weakref at %p; to '%T' at %p (%U)>", (void *)value_object(self), target,
                      (void *)value_object(target), name);
}

static Value ref_get_callback(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value callback = value_load(&weakref_head(self)->callback);
    return callback != 0 && weakref_get(self) != 0 ? callback : NONE;
}

static const NativeDef ref_methods[] = {
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS},
    {NULL, NULL, NULL, 0},
};

static const GetSetDef ref_getset[] = {
    {"__callback__", ref_get_callback, NULL,
     "Function called when the referent goes away, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type weakref_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "weakref.ReferenceType",
    .doc = "A weak reference: calling it gives the referent while that is alive, else None.",
    .flags = TYPE_BASETYPE,
    .size = sizeof(WeakRef),
    .trace = weakref_trace,
    .new = ref_new,
    .init = ref_init,
    .call = ref_call,
    .repr = ref_repr,
    .hash = ref_hash,
    .compare = ref_compare,
    .methods = ref_methods,
    .getset = ref_getset,
};
