/* The module _weakref. */
#include <string.h>

#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/weakref.h"
#include "core/object/weakref_internal.h"

typedef struct Refs { size_t count, capacity; Value *items; } Refs;

static bool count_ref(WeakHead *w UNUSED, void *arg)
{
    ((Refs *)arg)->count++;
    return true;
}

static bool take_ref(WeakHead *w, void *arg)
{
    Refs *r = arg;
    if (r->count < r->capacity) {
        r->items[r->count++] = object_value(w);
    }
    return true;
}

static Value weakref_getweakrefcount(Thread *t UNUSED, Value *args, size_t n UNUSED,
                                     Value kw UNUSED)
{
    Refs refs = {0, 0, NULL};
    if (value_is_object(args[0])) {
        weak_each(value_object(args[0]), count_ref, &refs);
    }
    return fixnum((int64_t)refs.count);
}

static Value weakref_getweakrefs(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Refs refs = {0, 0, NULL};
    if (!value_is_object(args[0])) {
        return list_new(t, 0);
    }
    weak_each(value_object(args[0]), count_ref, &refs);
    ValueArray *array = value_array_new(t, refs.count); /* a heap object: its items stay alive */
    if (array == NULL) {
        return 0;
    }
    refs = (Refs){0, refs.count, array->items};
    weak_each(value_object(args[0]), take_ref, &refs);
    /* the shared reference without a callback comes first */
    for (size_t i = 1; i < refs.count; i++) {
        Value ref = array->items[i];
        if (type_of(ref) == &weakref_type && value_load(&weakref_head(ref)->callback) == 0) {
            memmove(array->items + 1, array->items, i * sizeof(Value));
            array->items[0] = ref;
            break;
        }
    }
    return list_from(t, array->items, refs.count);
}

static Value weakref_proxy_function(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return weakproxy_new(t, args[0], args[1]);
}

/* Deletes dct[key] if its value is a dead reference. */
static Value weakref_remove_dead(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value dict = args[0], key = args[1];
    if (!value_is_dict(dict)) {
        return type_error(t, "_remove_dead_weakref() argument 1 must be dict, not %T", dict);
    }
    Value ref = dict_get(t, dict, key);
    if (ref == 0) {
        return error_pending(t) ? 0 : NONE;
    }
    if (!value_isa(ref, &weakref_type)) {
        return type_error(t, "not a weakref");
    }
    if (weakref_get(ref) == 0 && dict_del_if(t, dict, key, ref) < 0) {
        return 0;
    }
    return NONE;
}

static const NativeDef functions[] = {
    {"getweakrefcount(object, /)", weakref_getweakrefcount,
     "Return the number of weak references to 'object'.", 0},
    {"getweakrefs(object, /)", weakref_getweakrefs,
     "Return a list of all weak reference objects pointing to 'object'.", 0},
    {"proxy(object, callback=None, /)", weakref_proxy_function,
     "Create a proxy object that weakly references 'object'.", 0},
    {"_remove_dead_weakref(dct, key, /)", weakref_remove_dead,
     "Atomically remove key from dict if it points to a dead weakref.", 0},
    {NULL, NULL, NULL, 0},
};

static bool exec(Thread *t, Value mod)
{
    return module_add(t, mod, "ref", object_value(&weakref_type)) &&
           module_add(t, mod, "ReferenceType", object_value(&weakref_type)) &&
           module_add(t, mod, "ProxyType", object_value(&weakproxy_type)) &&
           module_add(t, mod, "CallableProxyType", object_value(&weakcallableproxy_type));
}

const ModuleDef module__weakref = {"_weakref", "Weak-reference support module.", functions, exec};
