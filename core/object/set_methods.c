/* set and frozenset as Python sees them: slots, methods, operators. */
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/set_internal.h"
#include "core/object/tuple.h"

static void set_trace(Object *self, Tracer *tr)
{
    trace_object(tr, ((Set *)self)->table);
}

/* ---- construction ---- */

static Value set_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    return set_alloc(t, type);
}

static bool set_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "set", kwnames) || !args_count(t, "set", n, 0, 1)) {
        return false;
    }
    if (set_len(self) > 0) {
        set_clear(t, self);
    }
    return n == 0 || set_update(t, self, args[0]);
}

static Value frozenset_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (kwnames != 0 && (type == &frozenset_type || type->init == frozenset_type.init) &&
        !args_no_kw(t, "frozenset", kwnames)) {
        return 0;
    }
    if (!args_count(t, "frozenset", n, 0, 1)) {
        return 0;
    }
    if (type == &frozenset_type) {
        return frozenset_new(t, n == 0 ? 0 : args[0]);
    }
    Value s = set_alloc(t, type);
    return s != 0 && (n == 0 || set_update(t, s, args[0])) ? s : 0;
}

/* ---- slots ---- */

static ssize_t set_length(Thread *t UNUSED, Value a)
{
    return (ssize_t)set_len(a);
}

/* The hash of key; a set that cannot be hashed stands for the frozenset of its items: *key is
 * replaced. */
static int64_t hash_as_key(Thread *t, Value *key)
{
    int64_t hash = key_hash(t, *key);
    if (hash != -1 || !value_is_anyset(*key) || !error_clear_if(t, &exc_TypeError)) {
        return hash;
    }
    *key = frozenset_new(t, *key);
    return *key == 0 ? -1 : key_hash(t, *key);
}

static int set_contains_slot(Thread *t, Value self, Value key)
{
    int64_t hash = hash_as_key(t, &key);
    return hash == -1 ? -1 : set_contains_hash(t, self, key, hash);
}

static Value set_repr(Thread *t, Value self)
{
    Value name = type_name_value(t, type_of(self));
    if (name == 0) {
        return 0;
    }
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_format(t, "%U(...)", name);
    }
    Value r = 0, list;
    if (set_len(self) == 0) {
        r = str_format(t, "%U()", name);
    } else if ((list = sequence_list(t, self)) != 0) {
        Value text = object_repr(t, list);
        if (text != 0) {
            text = str_substring(t, text, 1, str_len(text) - 1);
        }
        if (text != 0) {
            r = type_of(self) == &set_type ? str_format(t, "{%U}", text)
                                           : str_format(t, "%U({%U})", name, text);
        }
    }
    repr_leave(t, self);
    return r;
}

static inline uint64_t shuffle_bits(uint64_t h)
{
    return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u;
}

/* Independent of the order of the items; the constants are those of collections.abc.Set._hash. */
static int64_t frozenset_hash(Thread *t UNUSED, Value self)
{
    Set *s = value_set(self);
    int64_t cached = __atomic_load_n(&s->hash, __ATOMIC_RELAXED);
    if (cached != 0) {
        return cached;
    }
    uint64_t h = 1927868237u * (s->used + 1);
    size_t pos = 0;
    Value key;
    int64_t item_hash;
    while (set_table_next(s->table, &pos, &key, &item_hash)) {
        h ^= shuffle_bits((uint64_t)item_hash);
    }
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    if (h == UINT64_MAX || h == 0) {
        h = 590923713u;
    }
    __atomic_store_n(&s->hash, (int64_t)h, __ATOMIC_RELAXED);
    return (int64_t)h;
}

/* All items of a are in b. */
static int is_subset(Thread *t, Value a, Value b)
{
    if (set_len(a) > set_len(b)) {
        return 0;
    }
    SetTable *tb = set_table(a);
    size_t pos = 0;
    Value key;
    int64_t hash;
    while (set_table_next(tb, &pos, &key, &hash)) {
        int c = set_contains_hash(t, b, key, hash);
        if (c <= 0) {
            return c;
        }
    }
    return 1;
}

static Value set_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    size_t na = set_len(a), nb = set_len(b);
    int c = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE: {
        int64_t ha = __atomic_load_n(&value_set(a)->hash, __ATOMIC_RELAXED);
        int64_t hb = __atomic_load_n(&value_set(b)->hash, __ATOMIC_RELAXED);
        c = na == nb && (ha == 0 || hb == 0 || ha == hb) ? is_subset(t, a, b) : 0;
        c = op == CMP_NE && c >= 0 ? !c : c;
        break;
    }
    case CMP_LT: c = na < nb ? is_subset(t, a, b) : 0; break;
    case CMP_LE: c = is_subset(t, a, b); break;
    case CMP_GT: c = na > nb ? is_subset(t, b, a) : 0; break;
    case CMP_GE: c = is_subset(t, b, a); break;
    }
    return c < 0 ? 0 : bool_value(c);
}

/* ---- the operations; `other` is any iterable ---- */

/* Walks a set, a dict or any iterable with the hashes of its items:
 * walk_next(t, &w, &key, &hash). */
typedef struct Walk {
    Items items; /* unless one of the tables is set */
    SetTable *set;
    Value dict;
    DictTable *dict_table;
    size_t pos;
} Walk;

static bool walk_start(Thread *t, Walk *w, Value iterable)
{
    *w = (Walk){0};
    if (value_is_anyset(iterable)) {
        w->set = set_table(iterable);
    } else if (value_is_dict_exact(iterable)) {
        w->dict = iterable;
    } else {
        return items_start(t, &w->items, iterable);
    }
    return true;
}

static inline bool walk_next(Thread *t, Walk *w, Value *key, int64_t *hash)
{
    if (w->set != NULL) {
        return set_table_next(w->set, &w->pos, key, hash);
    }
    if (w->dict != 0) {
        if (!dict_next(w->dict, &w->dict_table, &w->pos, key, NULL)) {
            return false;
        }
        *hash = w->dict_table->entries[w->pos - 1].hash;
        return true;
    }
    *key = items_take(t, &w->items);
    if (*key == 0) {
        return false;
    }
    *hash = key_hash(t, *key);
    return *hash != -1;
}

bool set_difference_update(Thread *t, Value self, Value other)
{
    if (self == other) {
        set_clear(t, self);
        return true;
    }
    if (value_is_anyset(other)) {
        return set_change_table(t, self, set_table(other), SET_DISCARD);
    }
    Walk w;
    Value key;
    int64_t hash;
    if (!walk_start(t, &w, other)) {
        return false;
    }
    while (walk_next(t, &w, &key, &hash)) {
        if (set_discard_hash(t, self, key, hash) < 0) {
            return false;
        }
    }
    return !error_pending(t);
}

static Value difference(Thread *t, Value self, Value other)
{
    bool can_look_up = value_is_anyset(other) || value_is_dict_exact(other);
    if (!can_look_up || set_len(self) / 4 > (size_t)object_len(t, other)) {
        Value r = set_copy(t, self, 0);
        return r != 0 && set_difference_update(t, r, other) ? r : 0;
    }
    Value r = set_new_like(t, self, 0), key;
    SetTable *tb = set_table(self);
    size_t pos = 0;
    int64_t hash;
    while (r != 0 && set_table_next(tb, &pos, &key, &hash)) {
        int c;
        if (value_is_anyset(other)) {
            c = set_contains_hash(t, other, key, hash);
        } else {
            c = dict_get_hash(t, other, key, hash) != 0 ? 1 : error_pending(t) ? -1 : 0;
        }
        if (c < 0 || (c == 0 && !set_add_absent(t, r, key, hash))) {
            return 0;
        }
    }
    return r;
}

static Value intersection(Thread *t, Value self, Value other)
{
    if (self == other) {
        return set_new_like(t, self, self);
    }
    Value like = self;
    if (value_is_anyset(other) && set_len(other) > set_len(self)) {
        Value swap = self;
        self = other;
        other = swap;
    }
    Value r = set_new_like(t, like, 0), key;
    Walk w;
    int64_t hash;
    if (r == 0 || !walk_start(t, &w, other)) {
        return 0;
    }
    while (walk_next(t, &w, &key, &hash)) {
        int c = set_contains_hash(t, self, key, hash);
        if (c < 0 || (c > 0 && !(w.items.from != 0 ? set_add_hash(t, r, key, hash)
                                                   : set_add_absent(t, r, key, hash)))) {
            return 0;
        }
        if (c > 0 && w.items.from != 0 && set_len(r) >= set_len(self)) {
            break; /* nothing can be missing */
        }
    }
    return error_pending(t) ? 0 : r;
}

bool set_symmetric_difference_update(Thread *t, Value self, Value other)
{
    if (self == other) {
        set_clear(t, self);
        return true;
    }
    if (!value_is_anyset(other) && !value_is_dict_exact(other)) {
        other = set_new(t, other);
        if (other == 0) {
            return false;
        }
    }
    if (value_is_anyset(other)) {
        return set_change_table(t, self, set_table(other), SET_TOGGLE);
    }
    Walk w;
    Value key;
    int64_t hash;
    if (!walk_start(t, &w, other)) {
        return false;
    }
    while (walk_next(t, &w, &key, &hash)) {
        int c = set_discard_hash(t, self, key, hash);
        if (c < 0 || (c == 0 && !set_add_hash(t, self, key, hash))) {
            return false;
        }
    }
    return !error_pending(t);
}

/* ---- operators ---- */

static Value set_or(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(a) || !value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    Value r = set_copy(t, a, a == b ? 0 : set_len(b));
    return r != 0 && (a == b || set_update(t, r, b)) ? r : 0;
}

static Value set_and(Thread *t, Value a, Value b)
{
    return value_is_anyset(a) && value_is_anyset(b) ? intersection(t, a, b) : NOT_IMPLEMENTED;
}

static Value set_sub(Thread *t, Value a, Value b)
{
    return value_is_anyset(a) && value_is_anyset(b) ? difference(t, a, b) : NOT_IMPLEMENTED;
}

static Value set_xor(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(a) || !value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    Value r = set_copy(t, a, 0);
    return r != 0 && set_symmetric_difference_update(t, r, b) ? r : 0;
}

static Value set_ior(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    return set_update(t, a, b) ? a : 0;
}

static Value set_iand(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    Value r = intersection(t, a, b);
    if (r == 0) {
        return 0;
    }
    set_take(t, a, r);
    return a;
}

static Value set_isub(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    return set_difference_update(t, a, b) ? a : 0;
}

static Value set_ixor(Thread *t, Value a, Value b)
{
    if (!value_is_anyset(b)) {
        return NOT_IMPLEMENTED;
    }
    return set_symmetric_difference_update(t, a, b) ? a : 0;
}

/* ---- methods ---- */

NATIVE_FN(set_contains_method)
{
    int c = set_contains_slot(t, args[0], args[1]);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(set_add_method)
{
    return set_add(t, args[0], args[1]) ? NONE : 0;
}

static int discard_key(Thread *t, Value self, Value key)
{
    int64_t hash = hash_as_key(t, &key);
    return hash == -1 ? -1 : set_discard_hash(t, self, key, hash);
}

NATIVE_FN(set_discard_method)
{
    return discard_key(t, args[0], args[1]) < 0 ? 0 : NONE;
}

NATIVE_FN(set_remove_method)
{
    int c = discard_key(t, args[0], args[1]);
    return c > 0 ? NONE : c == 0 ? key_error(t, args[1]) : 0;
}

NATIVE_FN(set_pop_method)
{
    Value v = set_pop(t, args[0]);
    return v != 0 ? v : raise_value(t, &exc_KeyError, str_from_cstr(t, "pop from an empty set"));
}

NATIVE_FN(set_clear_method)
{
    set_clear(t, args[0]);
    return NONE;
}

NATIVE_FN(set_copy_method)
{
    return value_is_frozenset_exact(args[0]) ? args[0] : set_copy(t, args[0], 0);
}

NATIVE_FN(set_update_method)
{
    for (size_t i = 1; i < n; i++) {
        if (!set_update(t, args[0], args[i])) {
            return 0;
        }
    }
    return NONE;
}

NATIVE_FN(set_union_method)
{
    Value r = set_copy(t, args[0], 0);
    for (size_t i = 1; r != 0 && i < n; i++) {
        if (args[i] != args[0] && !set_update(t, r, args[i])) {
            return 0;
        }
    }
    return r;
}

NATIVE_FN(set_intersection_method)
{
    if (n == 1) { /* a new set even for a frozenset */
        Value copy = set_new_like(t, args[0], 0);
        return copy != 0 && set_update(t, copy, args[0]) ? copy : 0;
    }
    Value r = args[0];
    for (size_t i = 1; r != 0 && i < n; i++) {
        r = intersection(t, r, args[i]);
    }
    return r;
}

NATIVE_FN(set_intersection_update_method)
{
    Value r = set_intersection_method(t, args, n, 0);
    if (r == 0) {
        return 0;
    }
    set_take(t, args[0], r);
    return NONE;
}

NATIVE_FN(set_difference_method)
{
    if (n == 1) {
        return set_copy_method(t, args, n, 0);
    }
    Value r = difference(t, args[0], args[1]);
    for (size_t i = 2; r != 0 && i < n; i++) {
        r = set_difference_update(t, r, args[i]) ? r : 0;
    }
    return r;
}

NATIVE_FN(set_difference_update_method)
{
    for (size_t i = 1; i < n; i++) {
        if (!set_difference_update(t, args[0], args[i])) {
            return 0;
        }
    }
    return NONE;
}

NATIVE_FN(set_symmetric_difference_method)
{
    Value r = set_new_like(t, args[0], 0);
    if (r == 0 || !set_update(t, r, args[1])) {
        return 0;
    }
    return set_symmetric_difference_update(t, r, args[0]) ? r : 0;
}

NATIVE_FN(set_symmetric_difference_update_method)
{
    return set_symmetric_difference_update(t, args[0], args[1]) ? NONE : 0;
}

NATIVE_FN(set_isdisjoint_method)
{
    Value self = args[0], other = args[1], key;
    if (self == other) {
        return bool_value(set_len(self) == 0);
    }
    if (value_is_anyset(other) && set_len(other) > set_len(self)) {
        self = args[1];
        other = args[0];
    }
    Walk w;
    int64_t hash;
    if (!walk_start(t, &w, other)) {
        return 0;
    }
    while (walk_next(t, &w, &key, &hash)) {
        int c = set_contains_hash(t, self, key, hash);
        if (c != 0) {
            return c < 0 ? 0 : FALSE_VALUE;
        }
    }
    return error_pending(t) ? 0 : TRUE_VALUE;
}

NATIVE_FN(set_issubset_method)
{
    Value other = args[1];
    if (!value_is_anyset(other)) {
        other = intersection(t, args[0], other);
        return other == 0 ? 0 : bool_value(set_len(other) == set_len(args[0]));
    }
    int c = is_subset(t, args[0], other);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(set_issuperset_method)
{
    if (value_is_anyset(args[1])) {
        int c = is_subset(t, args[1], args[0]);
        return c < 0 ? 0 : bool_value(c);
    }
    Walk w;
    Value key;
    int64_t hash;
    if (!walk_start(t, &w, args[1])) {
        return 0;
    }
    while (walk_next(t, &w, &key, &hash)) {
        int c = set_contains_hash(t, args[0], key, hash);
        if (c <= 0) {
            return c < 0 ? 0 : FALSE_VALUE;
        }
    }
    return error_pending(t) ? 0 : TRUE_VALUE;
}

NATIVE_FN(set_reduce)
{
    Value items = sequence_list(t, args[0]);
    Value inner = items == 0 ? 0 : tuple_pack(t, 1, items);
    Value state = inner == 0 ? 0 : call_method0(t, args[0], N(__getstate__));
    return state == 0 ? 0 : tuple_pack(t, 3, object_value(type_of(args[0])), inner, state);
}

NATIVE_FN(set_sizeof)
{
    SetTable *tb = set_table(args[0]);
    size_t size = type_of(args[0])->size;
    if (tb->mask > 7) {
        size += sizeof(SetTable) + (tb->mask + 1) * sizeof(SetEntry);
    }
    return fixnum((int64_t)size);
}

#define SHARED_METHODS                                                                             \
    {"__contains__(object, /)", set_contains_method, "x.__contains__(y) <==> y in x.", NATIVE_COEXIST}, \
    {"__reduce__()", set_reduce, "Return state information for pickling.", 0},                     \
    {"__sizeof__()", set_sizeof, "Size of the set in memory, in bytes.", 0}, CLASS_GETITEM_METHOD, \
    {"copy()", set_copy_method, "Return a shallow copy of a set.", 0},                             \
    {"union", set_union_method, "Return the union of sets as a new set.", NATIVE_RAW},             \
    {"intersection", set_intersection_method, "Return the intersection of sets as a new set.", NATIVE_RAW}, \
    {"difference", set_difference_method, "Return the items that are in no other set, as a new set.", NATIVE_RAW}, \
    {"symmetric_difference(other, /)", set_symmetric_difference_method,                            \
     "Return the items that are in exactly one of two sets, as a new set.", 0},                    \
    {"isdisjoint(other, /)", set_isdisjoint_method, "Return True if two sets have a null intersection.", 0}, \
    {"issubset(other, /)", set_issubset_method, "Report whether another set contains this set.", 0}, \
    {"issuperset(other, /)", set_issuperset_method, "Report whether this set contains another set.", 0}

const NativeDef set_methods[] = {
    SHARED_METHODS,
    {"add(object, /)", set_add_method, "Add an element; no effect if it is already present.", 0},
    {"clear()", set_clear_method, "Remove all elements from this set.", 0},
    {"discard(object, /)", set_discard_method, "Remove an element if it is a member.", 0},
    {"remove(object, /)", set_remove_method,
     "Remove an element; it must be a member, else KeyError.", 0},
    {"pop()", set_pop_method,
     "Remove and return an arbitrary element; KeyError if the set is empty.", 0},
    {"update", set_update_method, "Add the items of all the iterables.", NATIVE_RAW},
    {"intersection_update", set_intersection_update_method,
     "Keep only the items that all the iterables have.", NATIVE_RAW},
    {"difference_update", set_difference_update_method, "Remove the items of all the iterables.",
     NATIVE_RAW},
    {"symmetric_difference_update(other, /)", set_symmetric_difference_update_method,
     "Keep the items that are in exactly one of the two.", 0},
    {NULL, NULL, NULL, 0},
};

const NativeDef frozenset_methods[] = {
    SHARED_METHODS,
    {NULL, NULL, NULL, 0},
};

Type set_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "set",
    .getattr = generic_getattr,
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\n"
           "Build an unordered collection of unique elements.",
    .size = sizeof(Set),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_MATCH_SELF | TYPE_SET,
    .weakrefable = 1,
    .trace = set_trace,
    .new = set_type_new,
    .init = set_init,
    .repr = set_repr,
    .hash = hash_unhashable,
    .compare = set_compare,
    .iter = set_iter,
    .sub = set_sub,
    .and_ = set_and,
    .or_ = set_or,
    .xor = set_xor,
    .isub = set_isub,
    .iand = set_iand,
    .ior = set_ior,
    .ixor = set_ixor,
    .len = set_length,
    .contains = set_contains_slot,
    .methods = set_methods,
};

Type frozenset_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "frozenset",
    .getattr = generic_getattr,
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object\n\n"
           "Build an immutable unordered collection of unique elements.",
    .size = sizeof(Set),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_MATCH_SELF | TYPE_SET,
    .weakrefable = 1,
    .trace = set_trace,
    .new = frozenset_type_new,
    .repr = set_repr,
    .hash = frozenset_hash,
    .compare = set_compare,
    .iter = set_iter,
    .sub = set_sub,
    .and_ = set_and,
    .or_ = set_or,
    .xor = set_xor,
    .len = set_length,
    .contains = set_contains_slot,
    .methods = frozenset_methods,
};
