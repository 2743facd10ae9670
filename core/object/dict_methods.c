/* dict: the type as Python sees it: slots and methods. */
#include "core/object/dict_internal.h"
#include "core/object/set_internal.h"
#include "core/object/instance.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/slot.h"
#include "core/object/tuple.h"

static void dict_trace(Object *self, Tracer *tr)
{
    trace_object(tr, ((Dict *)self)->table);
}

static Value dict_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                           Value kwnames UNUSED)
{
    Value d = dict_alloc(t, type);
    if (d != 0) {
        object_bias_new(t, value_dict(d));
    }
    return d;
}

/* dict(x, **kw) and d.update(x, **kw) */
static bool update_from_args(Thread *t, const char *name, Value self, Value *args, size_t n,
                             Value kwnames)
{
    if (!args_count(t, name, n, 0, 1) || (n == 1 && !dict_update(t, self, args[0]))) {
        return false;
    }
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    for (size_t i = 0; i < nkw; i++) {
        if (!dict_set(t, self, tuple_get(kwnames, i), args[n + i])) {
            return false;
        }
    }
    return true;
}

static bool dict_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    return update_from_args(t, "dict", self, args, n, kwnames);
}

/* ---- slots ---- */

static ssize_t dict_length(Thread *t UNUSED, Value a)
{
    return (ssize_t)dict_len(a);
}

static Value missing_key(Thread *t, Value self, Value key)
{
    if (type_of(self) != &dict_type) {
        bool found;
        Value v = special_call(t, self, N(__missing__), &key, 1, &found);
        if (found) {
            return v;
        }
    }
    return key_error(t, key);
}

static Value dict_getitem(Thread *t, Value self, Value key)
{
    Value v = dict_get(t, self, key);
    if (LIKELY(v != 0) || error_pending(t)) {
        return v;
    }
    return missing_key(t, self, key);
}

static bool dict_setitem(Thread *t, Value self, Value key, Value v)
{
    if (v != 0) {
        return dict_set(t, self, key, v);
    }
    int c = dict_del(t, self, key);
    if (c == 0) {
        key_error(t, key);
    }
    return c > 0;
}

static Value dict_iter(Thread *t, Value self)
{
    return dict_iter_new(t, &dict_key_iter_type, self);
}

/* All items of a are in b with equal values; both dicts have the same size. */
static int dict_is_equal(Thread *t, Value a, Value b)
{
    DictTable *tb = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(a, &tb, &pos, &key, &v)) {
        Value other = dict_get_hash(t, b, key, tb->entries[pos - 1].hash);
        if (other == 0) {
            return error_pending(t) ? -1 : 0;
        }
        int c = value_equal(t, v, other);
        if (c <= 0) {
            return c;
        }
    }
    return 1;
}

static Value dict_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_dict(a) || !value_is_dict(b) || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    int c = dict_len(a) != dict_len(b) ? 0 : dict_is_equal(t, a, b);
    return c < 0 ? 0 : bool_value(c == (op == CMP_EQ));
}

static bool repr_items(Thread *t, StrBuilder *b, Value self)
{
    DictTable *tb = NULL;
    size_t pos = 0;
    Value key, v;
    for (bool first = true; dict_next(self, &tb, &pos, &key, &v); first = false) {
        if (!first) {
            sb_ascii(b, ", ", 2);
        }
        Value s = object_repr(t, key);
        if (s == 0) {
            return false;
        }
        sb_str(b, s);
        sb_ascii(b, ": ", 2);
        s = object_repr(t, v);
        if (s == 0) {
            return false;
        }
        sb_str(b, s);
    }
    return true;
}

static Value dict_repr(Thread *t, Value self)
{
    if (dict_len(self) == 0) {
        return str_from_ascii(t, "{}", 2);
    }
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "{...}", 5);
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_char(&b, '{');
    bool ok = repr_items(t, &b, self);
    sb_char(&b, '}');
    repr_leave(t, self);
    return ok ? sb_finish(&b) : 0;
}

static Value dict_or(Thread *t, Value a, Value b)
{
    if (!value_is_dict(a) || !value_is_dict(b)) {
        return NOT_IMPLEMENTED;
    }
    Value r = dict_copy(t, a);
    return r != 0 && dict_merge(t, r, b, 1) ? r : 0;
}

static Value dict_ior(Thread *t, Value a, Value b)
{
    return dict_update(t, a, b) ? a : 0;
}

/* ---- methods ---- */

NATIVE_FN(dict_contains_method)
{
    int c = dict_contains(t, args[0], args[1]);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(dict_getitem_method)
{
    return dict_getitem(t, args[0], args[1]);
}

NATIVE_FN(dict_get_method)
{
    Value v = dict_get(t, args[0], args[1]);
    if (v != 0 || error_pending(t)) {
        return v;
    }
    return args[2] != 0 ? args[2] : NONE;
}

NATIVE_FN(dict_setdefault_method)
{
    return dict_setdefault(t, args[0], args[1], args[2] != 0 ? args[2] : NONE);
}

NATIVE_FN(dict_pop_method)
{
    /* nothing is looked for in an empty one, nor hashed */
    Value v = dict_len(args[0]) ? dict_pop(t, args[0], args[1]) : 0;
    if (v != 0 || error_pending(t)) {
        return v;
    }
    return args[2] != 0 ? args[2] : key_error(t, args[1]);
}

NATIVE_FN(dict_popitem)
{
    Dict *d = value_dict(args[0]);
    Value pair = tuple_new(t, 2);
    if (pair == 0) {
        return 0;
    }
    bool taken = object_lock(t, d);
    bool found = d->used > 0;
    if (found) {
        DictTable *tb = d->table;
        uint32_t at = tb->last;
        while (tb->entries[at - 1].value == 0) {
            at--;
        }
        store_release(&tb->last, at);
        gc_store(value_object(pair), &value_tuple(pair)->items[0], tb->entries[at - 1].key);
        gc_store(value_object(pair), &value_tuple(pair)->items[1], tb->entries[at - 1].value);
        dict_remove_locked(d, tb, at - 1);
    }
    object_unlock(d, taken);
    return found
               ? pair
               : raise_value(t, &exc_KeyError, str_from_cstr(t, "popitem(): dictionary is empty"));
}

NATIVE_FN(dict_update_method)
{
    return update_from_args(t, "update", args[0], args + 1, n - 1, kw) ? NONE : 0;
}

NATIVE_FN(dict_clear_method)
{
    return dict_clear(t, args[0]) ? NONE : 0;
}

NATIVE_FN(dict_copy_method)
{
    return dict_copy(t, args[0]);
}

/* The same from a set, whose items have their hashes. */
static bool fromkeys_set(Thread *t, Value d, Value set, Value v)
{
    const SetTable *tb = set_table(set);
    size_t pos = 0;
    Value key;
    int64_t hash;
    while (set_table_next(tb, &pos, &key, &hash)) {
        if (!dict_set_hash(t, d, key, hash, v)) {
            return false;
        }
    }
    return true;
}

static bool fromkeys_fill(Thread *t, Value d, Value iterable, Value v)
{
    if (value_is_dict_exact(d) &&
        (value_is_set_exact(iterable) || value_is_frozenset_exact(iterable))) {
        return fromkeys_set(t, d, iterable, v);
    }
    Items items;
    if (!items_start(t, &items, iterable)) {
        return false;
    }
    bool exact = value_is_dict_exact(d);
    if (exact && value_is_list_exact(iterable) && !dict_reserve(t, d, list_len(iterable))) {
        return false;
    }
    for (;;) {
        Value key = items_take(t, &items);
        if (key == 0) {
            return !error_pending(t);
        }
        if (!(exact ? dict_set(t, d, key, v) : object_setitem(t, d, key, v))) {
            return false;
        }
    }
}

NATIVE_FN(dict_fromkeys)
{
    Value d = call0(t, args[0]);
    if (d == 0) {
        return 0;
    }
    return fromkeys_fill(t, d, args[1], args[2] != 0 ? args[2] : NONE) ? d : 0;
}

NATIVE_FN(dict_keys)
{
    return dict_view_new(t, &dict_keys_type, args[0]);
}

NATIVE_FN(dict_values)
{
    return dict_view_new(t, &dict_values_type, args[0]);
}

NATIVE_FN(dict_items)
{
    return dict_view_new(t, &dict_items_type, args[0]);
}

NATIVE_FN(dict_reversed)
{
    return dict_iter_new(t, &dict_reverse_key_iter_type, args[0]);
}

NATIVE_FN(dict_sizeof)
{
    DictTable *tb = dict_table(args[0]);
    size_t size = type_of(args[0])->size +
                  (type_has(type_of(args[0]), TYPE_HAS_DICT) ? sizeof(InstancePart) : 0);
    if (tb != dict_empty_table) {
        size += sizeof(DictTable) + tb->usable * sizeof(DictEntry) +
                ((size_t)tb->index_width << tb->log2_size);
    }
    return fixnum((int64_t)size);
}

const NativeDef dict_methods[] = {
    {"__contains__(key, /)", dict_contains_method,
     "True if the dictionary has the specified key, else False.", NATIVE_COEXIST},
    {"__getitem__(key, /)", dict_getitem_method, "Return self[key].", NATIVE_COEXIST},
    {"__sizeof__()", dict_sizeof, "Size of the dictionary in memory, in bytes.", 0},
    {"get(key, default=None, /)", dict_get_method,
     "Return the value for key if key is in the dictionary, else default.", 0},
    {"setdefault(key, default=None, /)", dict_setdefault_method,
     "Insert key with a value of default if key is not in the dictionary.\n\n"
     "Return the value for key if key is in the dictionary, else default.",
     0},
    {"pop(key, default=<unrepresentable>, /)", dict_pop_method,
     "Remove the key and return its value.\n\n"
     "If the key is not found, return the default if given; otherwise,\nraise a KeyError.",
     0},
    {"popitem()", dict_popitem,
     "Remove and return a (key, value) pair as a 2-tuple.\n\n"
     "Pairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is "
     "empty.",
     0},
    {"keys()", dict_keys, "A set-like object with a view on the keys.", 0},
    {"items()", dict_items, "A set-like object with a view on the items.", 0},
    {"values()", dict_values, "An object with a view on the values.", 0},
    {"update", dict_update_method,
     "Update from a mapping or an iterable of pairs, then from the keyword arguments.",
     NATIVE_RAW | NATIVE_KW},
    {"fromkeys(iterable, value=None, /)", dict_fromkeys,
     "Create a new dictionary with keys from iterable and values set to value.", NATIVE_CLASS},
    {"clear()", dict_clear_method, "Remove all items.", 0},
    {"copy()", dict_copy_method, "A shallow copy.", 0},
    {"__reversed__()", dict_reversed, "Return a reverse iterator over the dict keys.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

Type dict_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "dict",
    .getattr = generic_getattr,
    .doc = "dict() -> new empty dictionary\n"
           "dict(mapping) -> new dictionary with the pairs of a mapping\n"
           "dict(iterable) -> new dictionary with the (key, value) pairs of an iterable\n"
           "dict(**kwargs) -> new dictionary with the name=value pairs of the keyword arguments",
    .size = sizeof(Dict),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_MAPPING | TYPE_MATCH_SELF | TYPE_DICT,
    .trace = dict_trace,
    .new = dict_type_new,
    .init = dict_init,
    .repr = dict_repr,
    .hash = hash_unhashable,
    .compare = dict_compare,
    .iter = dict_iter,
    .or_ = dict_or,
    .ior = dict_ior,
    .len = dict_length,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = dict_contains,
    .methods = dict_methods,
};
