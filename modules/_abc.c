/* _abc: the speed-ups of abc.ABCMeta.
 *
 * Each abstract base class has an _abc_data in its _abc_impl attribute: the registry, and two
 * caches of classes known to be subclasses or not to be.  All three are sets of weak references;
 * the sets are replaced whole when many references in them are dead, and when the negative cache is
 * outdated, so lookups need no lock. A registration anywhere outdates every negative cache (the
 * counter).
 */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/tuple.h"
#include "core/object/weakref.h"

#define ABC_MIN_PURGE 32

typedef struct WeakSet {
    Value refs;      /* set of weak references, or 0: empty; atomic */
    size_t purge_at; /* size at which dead references are looked for; lock */
} WeakSet;

typedef struct AbcData {
    Object head;
    WeakSet registry, cache, negative;
    uint64_t negative_version; /* atomic */
    uint64_t changes;          /* atomic; counts additions and purges, to order them */
} AbcData;
extern Type abc_data_type;

static uint64_t invalidation_counter; /* atomic */

static void abc_data_trace(Object *self, Tracer *tr)
{
    AbcData *d = (AbcData *)self;
    trace_value(tr, d->registry.refs);
    trace_value(tr, d->cache.refs);
    trace_value(tr, d->negative.refs);
}

static Value abc_data_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    AbcData *d = object_alloc(t, type, sizeof(AbcData));
    if (d == NULL) {
        return 0;
    }
    d->negative_version = __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE);
    return object_value(d);
}

Type abc_data_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_abc._abc_data",
    .doc = "Internal state held by ABC machinery.",
    .size = sizeof(AbcData),
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = abc_data_trace,
    .new = abc_data_new,
};

static AbcData *data_of(Thread *t, Value cls)
{
    Value name = intern_cstr(t, "_abc_impl");
    Value v = name == 0 ? 0 : object_getattr(t, cls, name);
    if (v == 0) {
        return NULL;
    }
    if (type_of(v) != &abc_data_type) {
        type_error(t, "_abc_impl is set to a wrong type");
        return NULL;
    }
    return (AbcData *)value_object(v);
}

/* ---- weak sets ---- */

static int weak_set_has(Thread *t, WeakSet *s, Value obj)
{
    Value refs = value_load(&s->refs);
    if (refs == 0 || set_len(refs) == 0) {
        return 0;
    }
    Value ref = weakref_new(t, obj, 0);
    if (ref == 0) {
        return error_clear_if(t, &exc_TypeError) ? 0 : -1;
    }
    return set_contains(t, refs, ref);
}

/* A new set with the references that are alive; 0: raised. */
static Value live_refs(Thread *t, Value refs)
{
    Value r = set_new(t, 0), items = r == 0 ? 0 : set_items_list(t, refs);
    if (items == 0) {
        return 0;
    }
    for (size_t i = 0; i < list_len(items); i++) {
        Value ref = list_get(items, i);
        if (weakref_get(ref) != 0 && !set_add(t, r, ref)) {
            return 0;
        }
    }
    return r;
}

/* Adds to `to` what is in `from`. */
static bool copy_refs(Thread *t, Value from, Value to)
{
    Value items = set_items_list(t, from);
    for (size_t i = 0; items != 0 && i < list_len(items); i++) {
        if (weakref_get(list_get(items, i)) != 0 && !set_add(t, to, list_get(items, i))) {
            return false;
        }
    }
    return items != 0;
}

static void set_purge_at(size_t *purge_at, Value fresh)
{
    size_t limit = set_len(fresh) * 2;
    __atomic_store_n(purge_at, limit < ABC_MIN_PURGE ? ABC_MIN_PURGE : limit, __ATOMIC_RELAXED);
}

/* Puts a set without the dead references in the place of `refs`, unless another thread was faster.
 * What others add to `refs` until they see the new set is copied again afterwards; behind that they
 * see the new set (weak_set_add). */
static bool weak_set_purge(Thread *t, AbcData *owner, WeakSet *s, Value refs)
{
    Value fresh = refs == 0 ? set_new(t, 0) : live_refs(t, refs);
    if (fresh == 0) {
        return false;
    }
    bool taken = object_lock(t, owner), mine = s->refs == refs;
    if (mine) {
        gc_store(owner, &s->refs, fresh);
        set_purge_at(&s->purge_at, fresh);
    }
    object_unlock(owner, taken);
    __atomic_fetch_add(&owner->changes, 1, __ATOMIC_SEQ_CST);
    return !mine || refs == 0 || copy_refs(t, refs, fresh);
}

static bool weak_set_add(Thread *t, AbcData *owner, WeakSet *s, Value obj)
{
    Value refs = value_load(&s->refs), ref = weakref_new(t, obj, 0);
    if (ref == 0) {
        return false;
    }
    if (refs == 0 || set_len(refs) >= __atomic_load_n(&s->purge_at, __ATOMIC_RELAXED)) {
        if (!weak_set_purge(t, owner, s, refs)) {
            return false;
        }
        refs = value_load(&s->refs);
    }
    while (refs != 0) {
        if (!set_add(t, refs, ref)) {
            return false;
        }
        /* with the one in weak_set_purge: one of the two sees the other */
        __atomic_fetch_add(&owner->changes, 1, __ATOMIC_SEQ_CST);
        Value now = value_load(&s->refs);
        if (now == refs) {
            break;
        }
        refs = now;
    }
    return true;
}

static void weak_set_reset(AbcData *owner, WeakSet *s)
{
    gc_store(owner, &s->refs, 0);
}

static Value weak_set_copy(Thread *t, WeakSet *s)
{
    Value refs = value_load(&s->refs);
    return refs == 0 ? set_new(t, 0) : live_refs(t, refs);
}

/* ---- set-up of a class ---- */

/* 1, 0, -1: whether v says of itself that it is abstract. */
static int is_abstract(Thread *t, Value v)
{
    Value flag;
    int found = object_lookup_attr(t, v, N(__isabstractmethod__), &flag);
    return found <= 0 ? found : object_truth(t, flag);
}

/* Adds the names of the abstract methods that base has and cls does not define. */
static bool inherit_abstracts(Thread *t, Value cls, Value base, Value names_out)
{
    Value abstracts, name, v;
    int found = object_lookup_attr(t, base, N(__abstractmethods__), &abstracts);
    if (found <= 0) {
        return found == 0;
    }
    Value it = object_iter(t, abstracts);
    if (it == 0) {
        return false;
    }
    while ((name = iter_next(t, it)) != 0) {
        found = object_lookup_attr(t, cls, name, &v);
        int c = found <= 0 ? found : is_abstract(t, v);
        if (c < 0 || (c > 0 && !set_add(t, names_out, name))) {
            return false;
        }
    }
    return !error_pending(t);
}

static bool compute_abstract_methods(Thread *t, Value cls)
{
    Value found = set_new(t, 0), items, bases;
    Value ns = found == 0 ? 0 : object_getattr(t, cls, N(__dict__));
    ns = ns == 0 ? 0 : call_method0(t, ns, N(items));
    items = ns == 0 ? 0 : sequence_list(t, ns);
    if (items == 0) {
        return false;
    }
    for (size_t i = 0; i < list_len(items); i++) {
        Value pair = list_get(items, i);
        int c = is_abstract(t, tuple_get(pair, 1));
        if (c < 0 || (c > 0 && !set_add(t, found, tuple_get(pair, 0)))) {
            return false;
        }
    }
    bases = object_getattr(t, cls, N(__bases__));
    if (bases == 0) {
        return false;
    }
    if (!value_is_tuple(bases)) {
        type_error(t, "__bases__ is not tuple");
        return false;
    }
    for (size_t i = 0; i < tuple_len(bases); i++) {
        if (!inherit_abstracts(t, cls, tuple_get(bases, i), found)) {
            return false;
        }
    }
    Value frozen = frozenset_new(t, found);
    return frozen != 0 && object_setattr(t, cls, N(__abstractmethods__), frozen);
}

enum { ABC_FLAG_SEQUENCE = 1 << 5, ABC_FLAG_MAPPING = 1 << 6 }; /* bits of __abc_tpflags__ */

static uint32_t collection_flags(int64_t bits)
{
    return (bits & ABC_FLAG_SEQUENCE ? (uint32_t)TYPE_SEQUENCE : 0) |
           (bits & ABC_FLAG_MAPPING ? (uint32_t)TYPE_MAPPING : 0);
}

/* __abc_tpflags__ of the class body becomes flags of the type. */
static bool take_pattern_flags(Thread *t, Value cls)
{
    Value name = intern_cstr(t, "__abc_tpflags__");
    Type *type = value_type(cls);
    Value v = name == 0 || type->dict == NULL ? 0 : dict_get_str(object_value(type->dict), name);
    if (v == 0) {
        return !error_pending(t);
    }
    if (value_is_fixnum(v)) {
        uint32_t flags = collection_flags(fixnum_get(v));
        if (flags == (TYPE_SEQUENCE | TYPE_MAPPING)) {
            type_error(t,
                       "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING");
            return false;
        }
        type->flags |= flags;
    }
    return object_setattr(t, cls, name, 0);
}

NATIVE_FN(abc_init)
{
    Value cls = args[0], name = intern_cstr(t, "_abc_impl");
    if (name == 0 || !compute_abstract_methods(t, cls)) {
        return 0;
    }
    Value data = abc_data_new(t, &abc_data_type, NULL, 0, 0);
    if (data == 0 || !object_setattr(t, cls, name, data)) {
        return 0;
    }
    return !value_is_type(cls) || take_pattern_flags(t, cls) ? NONE : 0;
}

/* A class registered as sequence or mapping is one for match statements, with its subclasses. */
static bool spread_pattern_flags(Thread *t, Type *type, uint32_t flags)
{
    if ((type->flags & TYPE_IMMUTABLE) || (type->flags & (TYPE_SEQUENCE | TYPE_MAPPING)) == flags) {
        return true;
    }
    type->flags = (type->flags & ~(uint32_t)(TYPE_SEQUENCE | TYPE_MAPPING)) | flags;
    Value subs = call_method0(t, object_value(type), intern_cstr(t, "__subclasses__"));
    if (subs == 0 || !value_is_list(subs)) {
        return false;
    }
    for (size_t i = 0; i < list_len(subs); i++) {
        Value sub = list_get(subs, i); /* a metaclass may answer anything */
        if (value_is_type(sub) && !spread_pattern_flags(t, value_type(sub), flags)) {
            return false;
        }
    }
    return true;
}

NATIVE_FN(abc_register)
{
    Value cls = args[0], sub = args[1];
    if (!value_is_type(sub)) {
        return type_error(t, "Can only register classes");
    }
    int c = object_issubclass(t, sub, cls);
    if (c != 0) {
        return c < 0 ? 0 : sub;
    }
    c = object_issubclass(t, cls, sub);
    if (c != 0) {
        return c < 0 ? 0 : runtime_error(t, "Refusing to create an inheritance cycle");
    }
    AbcData *d = data_of(t, cls);
    if (d == NULL || !weak_set_add(t, d, &d->registry, sub)) {
        return 0;
    }
    __atomic_fetch_add(&invalidation_counter, 1, __ATOMIC_ACQ_REL);
    if (value_is_type(cls)) {
        uint32_t flags = value_type(cls)->flags & (TYPE_SEQUENCE | TYPE_MAPPING);
        if (flags != 0 && !spread_pattern_flags(t, value_type(sub), flags)) {
            return 0;
        }
    }
    return sub;
}

/* ---- checks ---- */

static int check_registry(Thread *t, AbcData *d, Value sub)
{
    Value refs = value_load(&d->registry.refs);
    if (refs == 0 || set_len(refs) == 0) {
        return 0;
    }
    int c = weak_set_has(t, &d->registry, sub);
    if (c != 0) {
        return c;
    }
    Value items = set_items_list(t, refs);
    if (items == 0) {
        return -1;
    }
    for (size_t i = 0; i < list_len(items); i++) {
        Value cls = weakref_get(list_get(items, i));
        c = cls == 0 ? 0 : object_issubclass(t, sub, cls);
        if (c != 0) {
            return c;
        }
    }
    return 0;
}

static int check_subclasses(Thread *t, Value cls, Value sub)
{
    Value name = intern_cstr(t, "__subclasses__");
    Value subs = name == 0 ? 0 : call_method0(t, cls, name);
    if (subs == 0) {
        return -1;
    }
    if (!value_is_list(subs)) {
        type_error(t, "__subclasses__() must return a list");
        return -1;
    }
    for (size_t i = 0; i < list_len(subs); i++) {
        int c = object_issubclass(t, sub, list_get(subs, i));
        if (c != 0) {
            return c;
        }
    }
    return 0;
}

/* What __subclasshook__, the mro, the registry and the subclasses say: 1, 0, -1. */
static int find_out(Thread *t, AbcData *d, Value cls, Value sub)
{
    Value ok = call_method1(t, cls, N(__subclasshook__), sub);
    if (ok == 0) {
        return -1;
    }
    if (ok == TRUE_VALUE || ok == FALSE_VALUE) {
        return ok == TRUE_VALUE;
    }
    if (ok != NOT_IMPLEMENTED) {
        raise_error(t, &exc_AssertionError,
                    "__subclasshook__ must return either False, True, or NotImplemented");
        return -1;
    }
    if (value_is_type(cls) && type_is_subtype(value_type(sub), value_type(cls))) {
        return 1;
    }
    int c = check_registry(t, d, sub);
    return c != 0 ? c : check_subclasses(t, cls, sub);
}

static bool negative_is_current(AbcData *d)
{
    return __atomic_load_n(&d->negative_version, __ATOMIC_ACQUIRE) ==
           __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE);
}

/* Notes that sub is no subclass, as found at `version`, when `negative` was the cache: a cache that
 * has been replaced since takes a note that nobody reads, and a first cache is only made when
 * nothing has been registered since. */
static bool remember_negative(Thread *t, AbcData *d, Value sub, Value negative, uint64_t version)
{
    if (negative != 0 &&
        set_len(negative) < __atomic_load_n(&d->negative.purge_at, __ATOMIC_RELAXED)) {
        Value ref = weakref_new(t, sub, 0);
        return ref != 0 && set_add(t, negative, ref);
    }
    Value fresh = negative == 0 ? set_new(t, 0) : live_refs(t, negative),
          ref = weakref_new(t, sub, 0);
    if (fresh == 0 || ref == 0 || !set_add(t, fresh, ref)) {
        return false;
    }
    bool taken = object_lock(t, d);
    if (d->negative.refs == negative &&
        __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE) == version) {
        gc_store(d, &d->negative.refs, fresh);
        set_purge_at(&d->negative.purge_at, fresh);
    }
    object_unlock(d, taken);
    return true;
}

static int subclass_check(Thread *t, Value cls, Value sub)
{
    if (!value_is_type(sub)) {
        type_error(t, "issubclass() arg 1 must be a class");
        return -1;
    }
    AbcData *d = data_of(t, cls);
    int c = d == NULL ? -1 : weak_set_has(t, &d->cache, sub);
    if (c != 0) {
        return c;
    }
    uint64_t version = __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE);
    Value negative = value_load(&d->negative.refs);
    if (__atomic_load_n(&d->negative_version, __ATOMIC_ACQUIRE) < version) {
        bool taken = object_lock(t, d);
        weak_set_reset(d, &d->negative);
        __atomic_store_n(&d->negative_version, version, __ATOMIC_RELEASE);
        object_unlock(d, taken);
        negative = 0;
    } else {
        c = weak_set_has(t, &d->negative, sub);
        if (c != 0) {
            return c < 0 ? -1 : 0;
        }
    }
    c = find_out(t, d, cls, sub);
    if (c < 0) {
        return -1;
    }
    bool ok =
        c ? weak_set_add(t, d, &d->cache, sub) : remember_negative(t, d, sub, negative, version);
    return ok ? c : -1;
}

NATIVE_FN(abc_subclasscheck)
{
    int c = subclass_check(t, args[0], args[1]);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(abc_instancecheck)
{
    Value cls = args[0], instance = args[1];
    AbcData *d = data_of(t, cls);
    Value sub = d == NULL ? 0 : object_getattr(t, instance, N(__class__));
    int c = sub == 0 ? -1 : weak_set_has(t, &d->cache, sub);
    if (c != 0) {
        return c < 0 ? 0 : TRUE_VALUE;
    }
    Value type = object_value(type_of(instance));
    if (type == sub) {
        if (negative_is_current(d)) {
            c = weak_set_has(t, &d->negative, sub);
            if (c != 0) {
                return c < 0 ? 0 : FALSE_VALUE;
            }
        }
        return call_method1(t, cls, N(__subclasscheck__), sub);
    }
    Value r = call_method1(t, cls, N(__subclasscheck__), sub);
    c = r == 0 ? -1 : object_truth(t, r);
    if (c != 0) {
        return c < 0 ? 0 : r;
    }
    return call_method1(t, cls, N(__subclasscheck__), type);
}

/* ---- inspection ---- */

NATIVE_FN(abc_get_cache_token)
{
    return int_from_uint64(t, __atomic_load_n(&invalidation_counter, __ATOMIC_ACQUIRE));
}

NATIVE_FN(abc_reset_registry)
{
    AbcData *d = data_of(t, args[0]);
    if (d == NULL) {
        return 0;
    }
    weak_set_reset(d, &d->registry);
    return NONE;
}

NATIVE_FN(abc_reset_caches)
{
    AbcData *d = data_of(t, args[0]);
    if (d == NULL) {
        return 0;
    }
    weak_set_reset(d, &d->cache);
    weak_set_reset(d, &d->negative);
    return NONE;
}

NATIVE_FN(abc_get_dump)
{
    AbcData *d = data_of(t, args[0]);
    if (d == NULL) {
        return 0;
    }
    Value registry = weak_set_copy(t, &d->registry), cache = weak_set_copy(t, &d->cache);
    Value negative = weak_set_copy(t, &d->negative),
          version = int_from_uint64(t, d->negative_version);
    return registry == 0 || cache == 0 || negative == 0 || version == 0
               ? 0
               : tuple_pack(t, 4, registry, cache, negative, version);
}

static const NativeDef abc_functions[] = {
    {"get_cache_token()", abc_get_cache_token,
     "Returns the current ABC cache token.\n\nThe token changes with every call to register() on "
     "any ABC.",
     0},
    {"_abc_init(self, /)", abc_init,
     "Internal ABC helper for class set-up. Should be never used outside abc module.", 0},
    {"_reset_registry(self, /)", abc_reset_registry,
     "Internal ABC helper to reset registry of a given class.", 0},
    {"_reset_caches(self, /)", abc_reset_caches,
     "Internal ABC helper to reset both caches of a given class.", 0},
    {"_get_dump(self, /)", abc_get_dump, "Internal ABC helper for cache and registry debugging.",
     0},
    {"_abc_register(self, subclass, /)", abc_register,
     "Internal ABC helper for subclasss registration. Should be never used outside abc module.", 0},
    {"_abc_instancecheck(self, instance, /)", abc_instancecheck,
     "Internal ABC helper for instance checks. Should be never used outside abc module.", 0},
    {"_abc_subclasscheck(self, subclass, /)", abc_subclasscheck,
     "Internal ABC helper for subclasss checks. Should be never used outside abc module.", 0},
    {NULL, NULL, NULL, 0},
};

static bool abc_exec(Thread *t, Value mod UNUSED)
{
    return type_ready(t, &abc_data_type);
}

extern const ModuleDef module__abc;
const ModuleDef module__abc = {
    .name = "_abc",
    .doc = "Module contains faster C implementation of abc.ABCMeta",
    .functions = abc_functions,
    .exec = abc_exec,
};
