/* Attribute lookup on types, its per-thread cache, and what happens when a type changes.
 *
 * Cache entries are keyed by (type version, interned name).  A version is never used twice, so an
 * entry is never wrong; it only dies.  A writer changes the dict first and then makes new versions,
 * and keeps the replaced value on its stack until then, so that a reader that still hits the old
 * version finds a live object.
 */
#include "core/base/atomics.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/type_internal.h"
#include "core/object/weakref.h"

Object type_lock = OBJECT_STATIC_HEAD(&object_type);

bool type_is_subtype(Type *a, Type *b)
{
    if (a == b) {
        return true;
    }
    Value mro = type_mro(a);
    if (!mro) {
        while (a && a != b) {
            a = type_base(a);
        }
        return a == b || b == &object_type;
    }
    for (size_t i = 0; i < tuple_len(mro); i++) {
        if (value_object(tuple_get(mro, i)) == &b->head) {
            return true;
        }
    }
    return false;
}

Value type_find(Type *type, Value name)
{
    Value mro = type_mro(type);
    for (size_t i = 0; mro && i < tuple_len(mro); i++) {
        Type *c = value_type(tuple_get(mro, i));
        Dict *names_ = type_names(c);
        Value v = names_ ? dict_get_str(object_value(names_), name) : 0;
        if (v) {
            return v;
        }
    }
    return 0;
}

/* The same where __eq__ of keys that are no strings may run; what it raises is forgotten, since a
 * lookup cannot fail.  *failed: it did. */
static Value walk_mro(Thread *t, Type *type, Value name, bool *failed)
{
    Value pending = error_take(t), mro = type_mro(type), v = 0;
    for (size_t i = 0; !v && mro && i < tuple_len(mro); i++) {
        Type *c = value_type(tuple_get(mro, i));
        Dict *names_ = type_names(c);
        v = names_ ? dict_get_name(t, object_value(names_), name) : 0;
    }
    *failed = error_pending(t);
    error_restore(t, pending);
    return v;
}

/* The new half is written to at once: a page that is read before comes twice, the second time with
 * an interrupt of all processors. */
static void grow_cache(Thread *t)
{
    const size_t size = t->type_cache_mask + 1;
    memset(t->type_cache + size, 0, size * sizeof *t->type_cache);
    t->type_cache_mask = (uint32_t)(2 * size - 1);
    t->type_cache_misses = 0;
}

Value type_lookup(Thread *t, Type *type, Value name)
{
    uint32_t version = type_version(type);
    bool failed;
    if (UNLIKELY(!guard_id_lasts(version) || !value_str(name)->interned)) {
        return walk_mro(t, type, name, &failed);
    }
    TypeCacheEntry *e =
        &t->type_cache[(version * 0x9e3779b1u ^ (uint32_t)(name >> 4)) & t->type_cache_mask];
    if (LIKELY(e->version == version && e->name == name)) {
        return e->value;
    }
    Value v = walk_mro(t, type, name, &failed);
    if (LIKELY(!failed)) {
        *e = (TypeCacheEntry){version, name, v};
        if (++t->type_cache_misses > 2 * t->type_cache_mask &&
            t->type_cache_mask < TYPE_CACHE_SIZE - 1) {
            grow_cache(t);
        }
        t->type_cache_young |= gc_is_young(value_object(name)) ||
                               (value_is_object(v) && v && gc_is_young(value_object(v)));
    }
    return v;
}

/* ---- change ---- */

static Type *live_subclass(Value entry)
{
    Value v = value_is_type(entry) ? entry : weakref_get(entry);
    return v ? value_type(v) : NULL;
}

static void modified_locked(Thread *t, Type *type, Value name)
{
    __atomic_store_n(&type->version, guard_id_new(), __ATOMIC_RELEASE);
    shapes_renew_ids(type);
    if (type_has(type, TYPE_HEAP) && !type_has(type, TYPE_EXT)) {
        bool had_del = type->finalize != NULL;
        slots_update(t, type, name);
        if (!had_del && type->finalize && type_has(type, TYPE_READY)) {
            gc_register_instances(t, type);
        }
    }
    Value list = value_load(&type->subclasses);
    for (size_t i = 0; list && i < list_len(list); i++) {
        Value entry = list_get(list, i);
        Type *sub = entry ? live_subclass(entry) : NULL;
        if (sub) {
            modified_locked(t, sub, name);
        }
    }
}

bool type_modified(Thread *t, Type *type, Value name)
{
    bool locked = object_lock(t, &type_lock);
    modified_locked(t, type, name);
    object_unlock(&type_lock, locked);
    return true;
}

/* ---- subclasses ---- */

/* Writes the live entries other than `without` to a new list; NULL list: starts one. */
static Value copy_entries(Thread *t, Value list, Type *without)
{
    Value copy = list_new(t, 4);
    for (size_t i = 0; copy && list && i < list_len(list); i++) {
        Value entry = list_get(list, i);
        Type *sub = entry ? live_subclass(entry) : NULL;
        if (sub && sub != without && !list_append(t, copy, entry)) {
            return 0;
        }
    }
    return copy;
}

bool type_add_subclass(Thread *t, Type *base, Type *type)
{
    Value entry =
        type_has(type, TYPE_HEAP) ? weakref_new(t, object_value(type), 0) : object_value(type);
    if (!entry) {
        return false;
    }
    bool locked = object_lock(t, &type_lock);
    Value list = value_load(&base->subclasses);
    size_t n = list ? list_len(list) : 0;
    bool ok = true;
    /* drop the dead ones whenever the length reaches a power of four: others made the entries, and
     * to look at one is to wait for its cache line */
    const size_t powers_of_four = (size_t)0x5555555555555555;
    if (!list || (n >= 16 && (n & (n - 1)) == 0 && (n & powers_of_four) != 0)) {
        list = copy_entries(t, list, NULL);
        ok = list != 0;
        if (ok) {
            gc_store(base, &base->subclasses, list);
        }
    }
    ok = ok && list_append(t, list, entry);
    object_unlock(&type_lock, locked);
    return ok;
}

static bool has_dead(Value list)
{
    for (size_t i = 0; i < list_len(list); i++) {
        if (!live_subclass(list_get(list, i))) {
            return true;
        }
    }
    return false;
}

/* true: some entries are gone */
static bool forget_dead_locked(Thread *t, Type *base)
{
    Value list = value_load(&base->subclasses);
    bool dead = list && has_dead(list);
    if (dead) {
        list = copy_entries(t, list, NULL);
        dead = list != 0;
        if (dead) {
            gc_store(base, &base->subclasses, list);
        }
    }
    for (size_t i = 0; list && i < list_len(list); i++) {
        Type *sub = live_subclass(list_get(list, i));
        dead |= sub && forget_dead_locked(t, sub);
    }
    return dead;
}

bool type_forget_dead_subclasses(Thread *t)
{
    bool locked = object_lock(t, &type_lock);
    bool dead = forget_dead_locked(t, &object_type);
    error_clear(t); /* no memory: they stay in the list */
    object_unlock(&type_lock, locked);
    return dead;
}

bool type_move_subclass(Thread *t, Type *base, Type *type)
{
    Value entry = weakref_new(t, object_value(type), 0);
    if (!entry) {
        return false;
    }
    bool locked = object_lock(t, &type_lock);
    Value list = copy_entries(t, base->subclasses, type);
    bool ok = list && list_append(t, list, entry);
    if (ok) {
        gc_store(base, &base->subclasses, list);
    }
    object_unlock(&type_lock, locked);
    return ok;
}

static bool has_base_locked(Type *type, Type *base)
{
    Value bases = type->bases;
    for (size_t i = 0; i < tuple_len(bases); i++) {
        if (tuple_get(bases, i) == object_value(base)) {
            return true;
        }
    }
    return false;
}

void type_remove_subclass(Thread *t, Type *base, Type *type)
{
    bool locked = object_lock(t, &type_lock);
    Value list = has_base_locked(type, base) ? 0 : copy_entries(t, base->subclasses, type);
    if (list) {
        gc_store(base, &base->subclasses, list);
    }
    error_clear(t); /* no memory: the class stays in the list */
    object_unlock(&type_lock, locked);
}

void type_set_bases(Thread *t, Type *type, Value bases, Type *best)
{
    bool locked = object_lock(t, &type_lock);
    gc_store(type, &type->bases, bases);
    GC_STORE_PTR(type, &type->base, best);
    fetch_add_relaxed(&runtime.order_changes, 1);
    object_unlock(&type_lock, locked);
}

bool type_set_mro(Thread *t, Type *type, Value from, Value to, const uint32_t *changes)
{
    bool locked = object_lock(t, &type_lock);
    bool current =
        type->mro == from && (!changes || load_relaxed(&runtime.order_changes) == *changes);
    if (current) {
        gc_store(type, &type->mro, to);
        fetch_add_relaxed(&runtime.order_changes, 1);
    }
    object_unlock(&type_lock, locked);
    return current;
}

Value type_subclasses(Thread *t, Type *type)
{
    Value result = list_new(t, 4);
    Value list = value_load(&type->subclasses);
    for (size_t i = 0; result && list && i < list_len(list); i++) {
        Value entry = list_get(list, i);
        Type *sub = entry ? live_subclass(entry) : NULL;
        if (sub && !list_append(t, result, object_value(sub))) {
            return 0;
        }
    }
    return result;
}
