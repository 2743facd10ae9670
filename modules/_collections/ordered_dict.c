/* collections.OrderedDict: a dict keeps the order of its keys already; here are the ends, the order
 * in comparisons, and filling by a subclass's own __setitem__.  How it is iterated over:
 * core/object/dict_ordered.c.
 *
 * Locking: as dict; moving a key is one step for other threads. */
#include "core/object/dict_internal.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_collections/collections.h"

/* Items are set and deleted by dict's own functions. */
static bool is_plain(Value v)
{
    return type_of(v)->setitem == dict_type.setitem;
}

/* ---- filling ---- */

static bool set_pair(Thread *t, Value self, Value pair)
{
    Value it = object_iter(t, pair), key = it ? iter_next(t, it) : 0,
          v = key ? iter_next(t, it) : 0;
    if (!v) {
        if (it && !error_pending(t)) {
            value_error(t, "need more than %d value%s to unpack", key ? 1 : 0, key ? "" : "s");
        }
        return false;
    }
    if (iter_next(t, it)) {
        value_error(t, "too many values to unpack (expected 2)");
        return false;
    }
    return !error_pending(t) && object_setitem(t, self, key, v);
}

static bool add_pairs(Thread *t, Value self, Value pairs)
{
    Value it = object_iter(t, pairs), pair;
    while (it && (pair = iter_next(t, it))) {
        if (!set_pair(t, self, pair)) {
            return false;
        }
    }
    return !error_pending(t);
}

static bool add_by_keys(Thread *t, Value self, Value other, Value keys_method)
{
    Value keys = call0(t, keys_method), it = keys ? object_iter(t, keys) : 0, key;
    while (it && (key = iter_next(t, it))) {
        Value v = object_getitem(t, other, key);
        if (!v || !object_setitem(t, self, key, v)) {
            return false;
        }
    }
    return !error_pending(t);
}

static bool add_all(Thread *t, Value self, Value other)
{
    if (dict_iterates_table(other)) {
        if (is_plain(self)) {
            return dict_update(t, self, other);
        }
        Value items = dict_items_list(t, other);
        return items && add_pairs(t, self, items);
    }
    Value method;
    int found = object_lookup_attr(t, other, N(keys), &method);
    if (found > 0) {
        return add_by_keys(t, self, other, method);
    }
    found = found < 0 ? found : object_lookup_attr(t, other, N(items), &method);
    if (found < 0) {
        return false;
    }
    Value pairs = found ? call0(t, method) : other;
    return pairs && add_pairs(t, self, pairs);
}

static bool fill(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (n == 1 && !add_all(t, self, args[0])) {
        return false;
    }
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    for (size_t i = 0; i < nkw; i++) {
        if (!object_setitem(t, self, tuple_get(kwnames, i), args[n + i])) {
            return false;
        }
    }
    return true;
}

static bool ordered_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (n > 1) {
        type_error(t, "expected at most 1 arguments, got %zu", n);
        return false;
    }
    return fill(t, self, args, n, kwnames);
}

NATIVE_FN(ordered_update)
{
    if (n > 2) {
        return type_error(t, "update() takes at most 1 positional argument (%zu given)", n - 1);
    }
    return fill(t, args[0], args + 1, n - 1, kw) ? NONE : 0;
}

/* ---- the ends ---- */

/* Number of the first or last live entry of a dict that is not empty. */
static uint32_t end_locked(const Dict *d, bool last)
{
    uint32_t at = last ? d->table->last - 1 : d->table->first;
    while (!value_load(&d->table->entries[at].value)) {
        at = last ? at - 1 : at + 1;
    }
    return at;
}

static Value take_end(Thread *t, Dict *d, bool last)
{
    Value pair = tuple_new(t, 2);
    if (!pair) {
        return 0;
    }
    bool taken = object_lock(t, d), found = d->used > 0;
    if (found) {
        DictTable *tb = d->table;
        uint32_t at = end_locked(d, last);
        gc_store(value_object(pair), &value_tuple(pair)->items[0], tb->entries[at].key);
        gc_store(value_object(pair), &value_tuple(pair)->items[1], tb->entries[at].value);
        dict_remove_locked(d, tb, at);
    }
    object_unlock(d, taken);
    return found ? pair : raise_value(t, &exc_KeyError, str_from_cstr(t, "dictionary is empty"));
}

NATIVE_FN(ordered_popitem)
{
    int last = args[1] ? object_truth(t, args[1]) : 1;
    if (last < 0) {
        return 0;
    }
    return take_end(t, value_dict(args[0]), last);
}

/* A new table with the entry at one end takes the place of d's; `room` entries fit. */
static bool rebuild_locked(Thread *t, Dict *d, uint32_t entry, bool last, size_t room)
{
    DictTable *from = d->table, *to = dict_table_new(t, room);
    if (!to) {
        return false;
    }
    DictEntry moved = from->entries[entry];
    if (!last) {
        dict_table_append(to, moved.key, moved.hash, moved.value);
    }
    for (uint32_t i = from->first; i < from->last; i++) {
        const DictEntry *e = &from->entries[i];
        if (i != entry && e->value) {
            dict_table_append(to, e->key, e->hash, e->value);
        }
    }
    if (last) {
        dict_table_append(to, moved.key, moved.hash, moved.value);
    }
    to->first = 0;
    gc_store(d, (Value *)&d->table, object_value(&to->head));
    return true;
}

/* Moves the entry; who reads without the lock finds the key in the old place or the new one. */
static bool move_locked(Thread *t, Dict *d, uint32_t entry, bool last)
{
    DictTable *tb = d->table;
    if (last && atomic_load_explicit(&tb->count, memory_order_relaxed) < tb->usable) {
        dict_table_move_last(tb, entry);
    } else if (!rebuild_locked(t, d, entry, last, last ? d->used * 2 : d->used + 1)) {
        return false;
    }
    __atomic_store_n(&d->version, d->version + 1, __ATOMIC_RELEASE);
    return true;
}

NATIVE_FN(ordered_move_to_end)
{
    Dict *d = value_dict(args[0]);
    int last = args[2] ? object_truth(t, args[2]) : 1;
    int64_t hash = last < 0 ? -1 : key_hash(t, args[1]), entry;
    bool taken;
    if (hash == -1 || !dict_lock_find(t, d, args[1], hash, &entry, &taken)) {
        return 0;
    }
    bool ok = true;
    if (entry >= 0 && entry != end_locked(d, last)) {
        ok = move_locked(t, d, (uint32_t)entry, last);
    }
    object_unlock(d, taken);
    return entry < 0 ? key_error(t, args[1]) : ok ? NONE : 0;
}

/* ---- items ---- */

NATIVE_FN(ordered_pop)
{
    Value v = dict_pop(t, args[0], args[1]);
    if (v || error_pending(t)) {
        return v;
    }
    return args[2] ? args[2] : key_error(t, args[1]);
}

NATIVE_FN(ordered_setdefault)
{
    Value self = args[0], dflt = args[2] ? args[2] : NONE;
    if (is_plain(self)) {
        return dict_setdefault(t, self, args[1], dflt);
    }
    int found = object_contains(t, self, args[1]);
    if (found < 0) {
        return 0;
    }
    if (found) {
        return object_getitem(t, self, args[1]);
    }
    return object_setitem(t, self, args[1], dflt) ? dflt : 0;
}

NATIVE_FN(ordered_keys)
{
    return dict_view_new(t, &odict_keys_type, args[0]);
}
NATIVE_FN(ordered_values)
{
    return dict_view_new(t, &odict_values_type, args[0]);
}
NATIVE_FN(ordered_items)
{
    return dict_view_new(t, &odict_items_type, args[0]);
}
NATIVE_FN(ordered_reversed)
{
    return dict_ordered_reversed(t, args[0]);
}

NATIVE_FN(ordered_copy)
{
    Value copy = call0(t, object_value(type_of(args[0])));
    if (!copy || type_of(args[0]) == &ordered_dict_type) {
        return copy && dict_update(t, copy, args[0]) ? copy : 0;
    }
    Value keys = dict_keys_list(t, args[0]);
    for (size_t i = 0; keys && i < list_len(keys); i++) {
        Value v = object_getitem(t, args[0], list_get(keys, i));
        if (!v || !object_setitem(t, copy, list_get(keys, i), v)) {
            return 0;
        }
    }
    return keys ? copy : 0;
}

NATIVE_FN(ordered_fromkeys)
{
    Value made = call0(t, args[0]), it = made ? object_iter(t, args[1]) : 0, key;
    while (it && (key = iter_next(t, it))) {
        if (!object_setitem(t, made, key, args[2] ? args[2] : NONE)) {
            return 0;
        }
    }
    return it && !error_pending(t) ? made : 0;
}

NATIVE_FN(ordered_reduce)
{
    Value state = call_method0(t, args[0], intern_cstr(t, "__getstate__"));
    Value items = state ? call_method0(t, args[0], N(items)) : 0,
          it = items ? object_iter(t, items) : 0;
    return it ? tuple_pack(t, 5, object_value(type_of(args[0])), tuple_empty(), state, NONE, it)
              : 0;
}

/* ---- slots ---- */

static Value ordered_repr(Thread *t, Value self)
{
    Value name = type_name_value(t, type_of(self));
    if (!name || dict_len(self) == 0) {
        return name ? str_format(t, "%U()", name) : 0;
    }
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_from_cstr(t, "...");
    }
    Value text = 0, items = 0;
    if (type_of(self) == &ordered_dict_type) {
        items = dict_items_list(t, self);
    } else {
        Value view = call_method0(t, self, N(items));
        items = view ? sequence_list(t, view) : 0;
    }
    text = items ? str_format(t, "%U(%R)", name, items) : 0;
    repr_leave(t, self);
    return text;
}

/* Whether the keys of two dicts come in the same order: 1, 0, -1. */
static int same_order(Thread *t, Value a, Value b)
{
    Value ka = dict_keys_list(t, a), kb = ka ? dict_keys_list(t, b) : 0;
    if (!kb) {
        return -1;
    }
    return object_compare_bool(t, ka, kb, CMP_EQ);
}

static Value ordered_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !value_is_dict(b)) {
        return NOT_IMPLEMENTED;
    }
    Value equal = dict_type.compare(t, a, b, CMP_EQ);
    if (!equal || equal == NOT_IMPLEMENTED) {
        return equal;
    }
    int same = equal == TRUE_VALUE;
    if (same && value_isa(b, &ordered_dict_type)) {
        same = same_order(t, a, b);
    }
    return same < 0 ? 0 : bool_value(same == (op == CMP_EQ));
}

static Value ordered_or(Thread *t, Value a, Value b)
{
    if (!value_is_dict(a) || !value_is_dict(b)) {
        return NOT_IMPLEMENTED;
    }
    Value r = call1(t, object_value(type_of(value_isa(a, &ordered_dict_type) ? a : b)), a);
    return r && add_all(t, r, b) ? r : 0;
}

static Value ordered_ior(Thread *t, Value a, Value b)
{
    return add_all(t, a, b) ? a : 0;
}

static const NativeDef ordered_methods[] = {
    {"update", ordered_update,
     "Update from a mapping or an iterable of pairs, then from the keyword arguments.",
     NATIVE_RAW | NATIVE_KW},
    {"popitem(last=True)", ordered_popitem,
     "Remove and return a (key, value) pair from the dictionary.\n\n"
     "Pairs are returned in LIFO order if last is true or FIFO order if false.",
     0},
    {"move_to_end(key, last=True)", ordered_move_to_end,
     "Move an existing element to the end (or beginning if last is false).\n\n"
     "Raise KeyError if the element does not exist.",
     0},
    {"pop(key, default=<unrepresentable>)", ordered_pop,
     "Remove the key and return its value; absent: default, or KeyError without one.", 0},
    {"setdefault(key, default=None)", ordered_setdefault,
     "The value of key; when it is not in the dictionary it is stored with the value default.", 0},
    {"keys()", ordered_keys, "A set-like object with a view on the keys.", 0},
    {"values()", ordered_values, "An object with a view on the values.", 0},
    {"items()", ordered_items, "A set-like object with a view on the items.", 0},
    {"__reversed__()", ordered_reversed, "Return a reverse iterator over the keys.", 0},
    {"copy()", ordered_copy, "A shallow copy.", 0},
    {"fromkeys(iterable, value=None)", ordered_fromkeys,
     "Create a new ordered dictionary with keys from iterable and values set to value.",
     NATIVE_CLASS},
    {"__reduce__()", ordered_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type ordered_dict_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "collections.OrderedDict",
    .doc = "Dictionary that remembers insertion order",
    .base = &dict_type,
    .size = sizeof(Dict),
    .flags =
        TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_MAPPING | TYPE_DICT | TYPE_MATCH_SELF | TYPE_HAS_DICT,
    .weakrefable = 1,
    .init = ordered_init,
    .repr = ordered_repr,
    .compare = ordered_compare,
    .iter = dict_ordered_iter,
    .or_ = ordered_or,
    .ior = ordered_ior,
    .methods = ordered_methods,
};
