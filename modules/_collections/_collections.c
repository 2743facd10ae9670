/* _collections: defaultdict, _tuplegetter, _count_elements, and the module.  deque: deque*.c. */
#include "core/object/dict_internal.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_collections/collections.h"

/* ---- defaultdict ---- */

typedef struct DefaultDict {
    Dict dict;
    Value factory; /* atomic; 0 or None: none */
} DefaultDict;

static inline DefaultDict *defaultdict(Value v)
{
    assert(value_isa(v, &defaultdict_type));
    return (DefaultDict *)value_object(v);
}

static void defaultdict_trace(Object *self, Tracer *tr)
{
    dict_type.trace(self, tr);
    trace_value(tr, ((DefaultDict *)self)->factory);
}

static bool defaultdict_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Value factory = n > 0 ? args[0] : NONE;
    if (!is_none(factory) && !callable(factory)) {
        type_error(t, "first argument must be callable or None");
        return false;
    }
    gc_store(defaultdict(self), &defaultdict(self)->factory, factory);
    return n > 0 ? dict_type.init(t, self, args + 1, n - 1, kwnames)
                 : dict_type.init(t, self, args, 0, kwnames);
}

NATIVE_FN(defaultdict_missing)
{
    Value self = args[0], key = args[1], factory = value_load(&defaultdict(self)->factory);
    if (factory == 0 || is_none(factory)) {
        return key_error(t, key);
    }
    Value v = call0(t, factory);
    if (v == 0) {
        return 0;
    }
    if (type_of(self)->setitem == dict_type.setitem) {
        return dict_setdefault(t, self, key, v); /* threads that race get the same value */
    }
    return object_setitem(t, self, key, v) ? v : 0;
}

/* type(self)(factory, source) */
static Value remade(Thread *t, Value self, Value source)
{
    Value factory = value_load(&defaultdict(self)->factory);
    return call2(t, object_value(type_of(self)), factory == 0 ? NONE : factory, source);
}

NATIVE_FN(defaultdict_copy)
{
    return remade(t, args[0], args[0]);
}

NATIVE_FN(defaultdict_reduce)
{
    Value factory = value_load(&defaultdict(args[0])->factory);
    Value inner = factory == 0 || is_none(factory) ? tuple_empty() : tuple_pack(t, 1, factory);
    Value items = inner == 0 ? 0 : call_method0(t, args[0], N(items));
    Value it = items == 0 ? 0 : object_iter(t, items);
    return it == 0 ? 0 : tuple_pack(t, 5, object_value(type_of(args[0])), inner, NONE, NONE, it);
}

static Value defaultdict_repr(Thread *t, Value self)
{
    Value base = dict_type.repr(t, self), name = type_name_value(t, type_of(self)), factory_repr;
    if (base == 0 || name == 0) {
        return 0;
    }
    Value factory = value_load(&defaultdict(self)->factory);
    if (factory == 0 || is_none(factory)) {
        factory_repr = str_from_cstr(t, "None");
    } else if (repr_enter(t, factory)) {
        factory_repr = object_repr(t, factory);
        repr_leave(t, factory);
    } else {
        factory_repr = error_pending(t) ? 0 : str_from_cstr(t, "...");
    }
    return factory_repr == 0 ? 0 : str_format(t, "%U(%U, %U)", name, factory_repr, base);
}

static Value defaultdict_or(Thread *t, Value a, Value b)
{
    Value self = value_isa(a, &defaultdict_type) ? a : b;
    if (!value_is_dict(self == a ? b : a)) {
        return NOT_IMPLEMENTED;
    }
    Value r = remade(t, self, a);
    return r != 0 && dict_update(t, r, b) ? r : 0;
}

static const NativeDef defaultdict_methods[] = {
    {"__missing__(key, /)", defaultdict_missing,
     "Called by __getitem__ for a missing key: stores and returns default_factory(), or raises "
     "KeyError.",
     0},
    {"copy()", defaultdict_copy, "D.copy() -> a shallow copy of D.", 0},
    {"__copy__()", defaultdict_copy, "D.copy() -> a shallow copy of D.", 0},
    {"__reduce__()", defaultdict_reduce, "Return state information for pickling.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};
static const MemberDef defaultdict_members[] = {
    {"default_factory", MEMBER_VALUE, offsetof(DefaultDict, factory), false,
     "Factory for default value called by __missing__()."},
    {NULL, 0, 0, false, NULL},
};

Type defaultdict_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "collections.defaultdict",
    .getattr = generic_getattr,
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\n"
           "The default factory is called without arguments to produce\n"
           "a new value when a key is not present, in __getitem__ only.\n"
           "A defaultdict compares equal to a dict with the same items.\n"
           "All remaining arguments are treated the same as if they were\n"
           "passed to the dict constructor, including keyword arguments.",
    .base = &dict_type,
    .size = sizeof(DefaultDict),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_MAPPING | TYPE_DICT | TYPE_MATCH_SELF,
    .trace = defaultdict_trace,
    .init = defaultdict_init,
    .repr = defaultdict_repr,
    .or_ = defaultdict_or,
    .methods = defaultdict_methods,
    .members = defaultdict_members,
};

/* ---- _tuplegetter: the fields of named tuples ---- */

typedef struct TupleGetter {
    Object head;
    ssize_t index;
    Value doc;
} TupleGetter;

static void tuplegetter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((TupleGetter *)self)->doc);
}

static Value tuplegetter_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    ssize_t index;
    if (!args_no_kw(t, "_tuplegetter", kwnames) || !args_count(t, "_tuplegetter", n, 2, 2) ||
        !value_to_ssize(t, args[0], &index, &exc_OverflowError)) {
        return 0;
    }
    TupleGetter *g = object_alloc_instance(t, type, 0);
    if (g == NULL) {
        return 0;
    }
    g->index = index;
    gc_init(&g->doc, args[1]);
    return object_value(g);
}

static Value tuplegetter_get(Thread *t, Value self, Value obj, Value type UNUSED)
{
    TupleGetter *g = (TupleGetter *)value_object(self);
    if (obj == 0) {
        return self;
    }
    if (LIKELY(value_is_tuple(obj))) {
        if (g->index < 0 || (size_t)g->index >= tuple_len(obj)) {
            return index_error(t, "tuple index out of range");
        }
        return tuple_get(obj, (size_t)g->index);
    }
    if (is_none(obj)) {
        return self;
    }
    return type_error(
        t, "descriptor for index '%zd' for tuple subclasses doesn't apply to '%T' object", g->index,
        obj);
}

static bool tuplegetter_set(Thread *t, Value self UNUSED, Value obj UNUSED, Value v)
{
    raise_error(t, &exc_AttributeError, v == 0 ? "can't delete attribute" : "can't set attribute");
    return false;
}

static Value tuplegetter_repr(Thread *t, Value self)
{
    TupleGetter *g = (TupleGetter *)value_object(self);
    return str_format(t, "%s(%zd, %R)", type_short_name(type_of(self)), g->index,
                      value_load(&g->doc));
}

NATIVE_FN(tuplegetter_reduce)
{
    TupleGetter *g = (TupleGetter *)value_object(args[0]);
    Value inner = tuple_pack(t, 2, fixnum(g->index), g->doc);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef tuplegetter_methods[] = {
    {"__reduce__()", tuplegetter_reduce, NULL, 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef tuplegetter_members[] = {
    {"__doc__", MEMBER_VALUE, offsetof(TupleGetter, doc), false, NULL},
    {NULL, 0, 0, false, NULL},
};

Type tuplegetter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_collections._tuplegetter",
    .size = sizeof(TupleGetter),
    .flags = TYPE_IMMUTABLE,
    .trace = tuplegetter_trace,
    .new = tuplegetter_new,
    .repr = tuplegetter_repr,
    .descr_get = tuplegetter_get,
    .descr_set = tuplegetter_set,
    .methods = tuplegetter_methods,
    .members = tuplegetter_members,
};

/* ---- _count_elements ---- */

/* Counts key with one lookup: 1 done, 0 the count there is no small int, -1 raised. */
static int count_small(Thread *t, Dict *d, Value key, int64_t hash)
{
    int64_t entry;
    bool taken;
    if (!dict_lock_find(t, d, key, hash, &entry, &taken)) {
        return -1;
    }
    int done = 1;
    if (entry < 0) {
        done = dict_insert_locked(t, d, key, hash, fixnum(1)) ? 1 : -1;
    } else {
        Value *slot = &d->table->entries[entry].value;
        if (value_is_fixnum(*slot) && fixnum_get(*slot) < FIXNUM_MAX) {
            gc_store(d->table, slot, fixnum(fixnum_get(*slot) + 1));
        } else {
            done = 0;
        }
    }
    dict_unlock_replaced(d, taken);
    return done;
}

static bool count_in_dict(Thread *t, Value dict, Items *items)
{
    Value key;
    while ((key = items_take(t, items)) != 0) {
        int64_t hash = key_hash(t, key);
        int done = hash == -1 ? -1 : count_small(t, value_dict(dict), key, hash);
        if (done > 0) {
            continue;
        }
        Value old = done < 0 ? 0 : dict_get_hash(t, dict, key, hash);
        if (old == 0 && error_pending(t)) {
            return false;
        }
        Value sum = old == 0 ? fixnum(1) : number_binary(t, OP_ADD, old, fixnum(1));
        if (sum == 0 || !dict_set_hash(t, dict, key, hash, sum)) {
            return false;
        }
    }
    return !error_pending(t);
}

static bool count_in_mapping(Thread *t, Value mapping, Items *items)
{
    Value get = object_getattr(t, mapping, N(get)), key;
    if (get == 0) {
        return false;
    }
    while ((key = items_take(t, items)) != 0) {
        Value old = call2(t, get, key, fixnum(0));
        Value sum = old == 0 ? 0 : number_binary(t, OP_ADD, old, fixnum(1));
        if (sum == 0 || !object_setitem(t, mapping, key, sum)) {
            return false;
        }
    }
    return !error_pending(t);
}

Value collections_count_elements(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value mapping = args[0];
    Items items;
    if (!items_start(t, &items, args[1])) {
        return 0;
    }
    Type *type = type_of(mapping);
    bool plain = value_is_dict(mapping) &&
                 type_lookup(t, type, N(__setitem__)) ==
                     type_lookup(t, &dict_type, N(__setitem__)) &&
                 type_lookup(t, type, N(get)) == type_lookup(t, &dict_type, N(get));
    bool counted =
        plain ? count_in_dict(t, mapping, &items) : count_in_mapping(t, mapping, &items);
    return counted ? NONE : 0;
}

/* ---- module ---- */

static const NativeDef collections_functions[] = {
    {"_count_elements(mapping, iterable, /)", collections_count_elements,
     "Count elements in the iterable, updating the mapping", 0},
    {NULL, NULL, NULL, 0},
};

static bool collections_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &deque_type) && module_add_type(t, mod, &ordered_dict_type) &&
           module_add_type(t, mod, &defaultdict_type) &&
           module_add_type(t, mod, &deque_iter_type) &&
           module_add_type(t, mod, &deque_reverse_iter_type) &&
           module_add_type(t, mod, &tuplegetter_type);
}

extern const ModuleDef module__collections;
const ModuleDef module__collections = {
    .name = "_collections",
    .doc = "High performance data structures.\n- deque:        ordered collection accessible from "
           "endpoints only\n"
           "- defaultdict:  dict subclass with a default value factory",
    .functions = collections_functions,
    .exec = collections_exec,
};
