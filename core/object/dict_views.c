/* dict_keys, dict_values, dict_items, and the six iterators.
 *
 * An iterator holds the dict and an entry number; it goes on in whatever table the dict has, and
 * checks that the size has not changed.  Racing threads may see an item twice or not at all, as
 * their interleaving has it.
 */
#include "core/object/dict_internal.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/set_internal.h"
#include "core/object/tuple.h"

static inline Value view_dict(Value view)
{
    return ((DictView *)value_object(view))->dict;
}
static inline DictIter *iter_of(Value v)
{
    return (DictIter *)value_object(v);
}

/* ---- iterators ---- */

static void dict_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((DictIter *)self)->dict);
}

static bool is_reverse(const Type *type)
{
    return type == &dict_reverse_key_iter_type || type == &dict_reverse_value_iter_type ||
           type == &dict_reverse_item_iter_type;
}

static DictPart part_of_iter(const Type *type)
{
    return type == &dict_key_iter_type || type == &dict_reverse_key_iter_type       ? DICT_KEYS
           : type == &dict_value_iter_type || type == &dict_reverse_value_iter_type ? DICT_VALUES
                                                                                    : DICT_ITEMS;
}

Value dict_iter_new(Thread *t, Type *type, Value d)
{
    DictIter *it = object_alloc_fast(t, type, sizeof(DictIter));
    if (it == NULL) {
        return 0;
    }
    gc_init(&it->dict, d);
    it->used = it->left = dict_len(d);
    const DictTable *tb = dict_table(d);
    it->pos = is_reverse(type) ? atomic_load_explicit(&tb->count, memory_order_acquire)
                               : __atomic_load_n(&tb->first, __ATOMIC_RELAXED);
    return object_value(it);
}

/* The next live entry in either direction, or NULL: none left. *value: its value. */
ALWAYS_INLINE const DictEntry *iter_entry(DictIter *it, const DictTable *tb, bool reverse,
                                          Value *value)
{
    size_t n = atomic_load_explicit(&tb->count, memory_order_acquire);
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    pos = reverse && pos > n ? n : pos;
    while (reverse ? pos > 0 : pos < n) {
        const DictEntry *e = &tb->entries[reverse ? --pos : pos++];
        *value = value_load(&e->value);
        if (*value != 0) {
            __atomic_store_n(&it->pos, pos, __ATOMIC_RELAXED);
            return e;
        }
    }
    return NULL;
}

/* The same for the iterator's next step; NULL: at the end, or raised. */
ALWAYS_INLINE const DictEntry *iter_advance(Thread *t, DictIter *it, bool reverse, Value *value)
{
    Value d = value_load(&it->dict);
    if (d == 0) {
        return NULL;
    }
    if (UNLIKELY(dict_len(d) != __atomic_load_n(&it->used, __ATOMIC_RELAXED))) {
        __atomic_store_n(&it->used, SIZE_MAX, __ATOMIC_RELAXED);
        runtime_error(t, "dictionary changed size during iteration");
        return NULL;
    }
    const DictEntry *e = iter_entry(it, dict_table(d), reverse, value);
    if (UNLIKELY(e == NULL)) {
        gc_store(it, &it->dict, 0);
        return NULL;
    }
    size_t left = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
    if (UNLIKELY(left == 0)) {
        if (many_threads()) {
            left = 1;
        } else {
            gc_store(it, &it->dict, 0);
            runtime_error(t, "dictionary keys changed during iteration");
            return NULL;
        }
    }
    __atomic_store_n(&it->left, left - 1, __ATOMIC_RELAXED);
    return e;
}

static inline Value iter_step(Thread *t, Value self, DictPart part, bool reverse)
{
    Value v;
    const DictEntry *e = iter_advance(t, iter_of(self), reverse, &v);
    return e == NULL             ? 0
           : part == DICT_KEYS   ? e->key
           : part == DICT_VALUES ? v
                                 : tuple_pair(t, e->key, v);
}

static Value dict_key_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_KEYS, false);
}
static Value dict_value_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_VALUES, false);
}
static Value dict_item_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_ITEMS, false);
}
static int dict_item_iter_next_into(Thread *t, Value self, Value *out, size_t n)
{
    if (n != 2) {
        return -1;
    }
    const DictEntry *e = iter_advance(t, iter_of(self), false, &out[1]);
    if (e == NULL) {
        return 0;
    }
    out[0] = e->key;
    return 1;
}
static Value dict_reverse_key_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_KEYS, true);
}
static Value dict_reverse_value_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_VALUES, true);
}
static Value dict_reverse_item_iter_next(Thread *t, Value self)
{
    return iter_step(t, self, DICT_ITEMS, true);
}

NATIVE_FN(dict_iter_length_hint)
{
    DictIter *it = iter_of(args[0]);
    Value d = value_load(&it->dict);
    bool same = d != 0 && dict_len(d) == __atomic_load_n(&it->used, __ATOMIC_RELAXED);
    return fixnum(same ? (int64_t)__atomic_load_n(&it->left, __ATOMIC_RELAXED) : 0);
}

NATIVE_FN(dict_iter_reduce)
{
    DictIter *it = iter_of(args[0]);
    Value iter = builtin_named(t, "iter"),
          list = list_new(t, __atomic_load_n(&it->left, __ATOMIC_RELAXED));
    if (iter == 0 || list == 0) {
        return 0;
    }
    DictIter copy = {.pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED)};
    Type *type = type_of(args[0]);
    Value d = value_load(&it->dict), v;
    if (d != 0 && dict_len(d) != __atomic_load_n(&it->used, __ATOMIC_RELAXED)) {
        return runtime_error(t, "dictionary changed size during iteration");
    }
    while (d != 0) {
        const DictEntry *e = iter_entry(&copy, dict_table(d), is_reverse(type), &v);
        if (e == NULL) {
            break;
        }
        DictPart part = part_of_iter(type);
        Value item = part == DICT_KEYS     ? e->key
                     : part == DICT_VALUES ? v
                                           : tuple_pair(t, e->key, v);
        if (item == 0 || !list_append(t, list, item)) {
            return 0;
        }
    }
    Value inner = tuple_pack(t, 1, list);
    return inner == 0 ? 0 : tuple_pack(t, 2, iter, inner);
}

static const NativeDef dict_iter_methods[] = {
    {"__length_hint__()", dict_iter_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    {"__reduce__()", dict_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

#define DICT_ITER_TYPE(variable, name_, next_, into_)               \
    Type variable = {.head = OBJECT_STATIC_HEAD(&type_type),        \
                     .name = name_,                                 \
                     .size = sizeof(DictIter),                      \
                     .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE, \
                     .trace = dict_iter_trace,                      \
                     .iter = iter_self,                             \
                     .next = next_,                                 \
                     .next_into = into_,                            \
                     .methods = dict_iter_methods}
DICT_ITER_TYPE(dict_key_iter_type, "dict_keyiterator", dict_key_iter_next, NULL);
DICT_ITER_TYPE(dict_value_iter_type, "dict_valueiterator", dict_value_iter_next, NULL);
DICT_ITER_TYPE(dict_item_iter_type, "dict_itemiterator", dict_item_iter_next,
               dict_item_iter_next_into);
DICT_ITER_TYPE(dict_reverse_key_iter_type, "dict_reversekeyiterator", dict_reverse_key_iter_next,
               NULL);
DICT_ITER_TYPE(dict_reverse_value_iter_type, "dict_reversevalueiterator",
               dict_reverse_value_iter_next, NULL);
DICT_ITER_TYPE(dict_reverse_item_iter_type, "dict_reverseitemiterator", dict_reverse_item_iter_next,
               NULL);

/* ---- views ---- */

static void dict_view_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((DictView *)self)->dict);
}

Value dict_view_new(Thread *t, Type *type, Value d)
{
    DictView *v = object_alloc_fast(t, type, sizeof(DictView));
    if (v == NULL) {
        return 0;
    }
    gc_init(&v->dict, d);
    return object_value(v);
}

/* The dict view type that an OrderedDict's view type is derived from; else type itself. */
static inline Type *builtin_view(Type *type)
{
    return type == &odict_keys_type || type == &odict_values_type || type == &odict_items_type
               ? type->base
               : type;
}

bool dict_view_list(Thread *t, Value v, Value *out)
{
    if (!value_is_object(v)) {
        return false;
    }
    Type *type = builtin_view(type_of(v));
    if (type != &dict_keys_type && type != &dict_values_type && type != &dict_items_type) {
        return false;
    }
    Value d = view_dict(v);
    if (!dict_iterates_table(d)) {
        return false;
    }
    *out = dict_snapshot(t, d,
                         type == &dict_keys_type     ? DICT_KEYS
                         : type == &dict_values_type ? DICT_VALUES
                                                     : DICT_ITEMS);
    return true;
}

static ssize_t dict_view_length(Thread *t UNUSED, Value a)
{
    return (ssize_t)dict_len(view_dict(a));
}

static Value dict_view_repr(Thread *t, Value self)
{
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "...", 3);
    }
    Value list = sequence_list(t, self);
    Value r = list == 0 ? 0 : str_format(t, "%s(%R)", type_of(self)->name, list);
    repr_leave(t, self);
    return r;
}

static Value dict_keys_iter(Thread *t, Value self)
{
    return dict_iter_new(t, &dict_key_iter_type, view_dict(self));
}
static Value dict_values_iter(Thread *t, Value self)
{
    return dict_iter_new(t, &dict_value_iter_type, view_dict(self));
}
static Value dict_items_iter(Thread *t, Value self)
{
    return dict_iter_new(t, &dict_item_iter_type, view_dict(self));
}

NATIVE_FN(dict_keys_reversed)
{
    return dict_iter_new(t, &dict_reverse_key_iter_type, view_dict(args[0]));
}
NATIVE_FN(dict_values_reversed)
{
    return dict_iter_new(t, &dict_reverse_value_iter_type, view_dict(args[0]));
}
NATIVE_FN(dict_items_reversed)
{
    return dict_iter_new(t, &dict_reverse_item_iter_type, view_dict(args[0]));
}

static Value dict_view_mapping(Thread *t, Value self, void *closure UNUSED)
{
    return mappingproxy_new(t, view_dict(self));
}

static const GetSetDef dict_view_getset[] = {
    {"mapping", dict_view_mapping, NULL, "dictionary that this view refers to", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- keys and items as sets ---- */

static int dict_keys_contains(Thread *t, Value self, Value item)
{
    return dict_contains(t, view_dict(self), item);
}

static int dict_items_contains(Thread *t, Value self, Value item)
{
    if (!value_is_tuple(item) || tuple_len(item) != 2) {
        return 0;
    }
    Value v = dict_get(t, view_dict(self), tuple_get(item, 0));
    if (v == 0) {
        return error_pending(t) ? -1 : 0;
    }
    return object_compare_bool(t, v, tuple_get(item, 1), CMP_EQ);
}

static bool is_set_view(Value v)
{
    Type *type = value_is_object(v) ? builtin_view(type_of(v)) : NULL;
    return type == &dict_keys_type || type == &dict_items_type;
}

static int all_contained_in(Thread *t, Value a, Value b)
{
    Value it = object_iter(t, a), item;
    if (it == 0) {
        return -1;
    }
    while ((item = iter_next(t, it)) != 0) {
        int c = object_contains(t, b, item);
        if (c <= 0) {
            return c;
        }
    }
    return error_pending(t) ? -1 : 1;
}

static Value dict_view_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_anyset(b) && !is_set_view(b)) {
        return NOT_IMPLEMENTED;
    }
    ssize_t na = dict_view_length(t, a), nb = object_len(t, b);
    if (nb < 0) {
        return 0;
    }
    int c = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE:
        c = na == nb ? all_contained_in(t, a, b) : 0;
        c = op == CMP_NE && c >= 0 ? !c : c;
        break;
    case CMP_LT: c = na < nb ? all_contained_in(t, a, b) : 0; break;
    case CMP_LE: c = na <= nb ? all_contained_in(t, a, b) : 0; break;
    case CMP_GT: c = na > nb ? all_contained_in(t, b, a) : 0; break;
    case CMP_GE: c = na >= nb ? all_contained_in(t, b, a) : 0; break;
    }
    return c < 0 ? 0 : bool_value(c);
}

static Value dict_view_sub(Thread *t, Value a, Value b)
{
    Value r = set_new(t, a);
    return r != 0 && set_difference_update(t, r, b) ? r : 0;
}

static Value dict_view_and(Thread *t, Value a, Value b)
{
    if (!is_set_view(a)) { /* reflected: the view is on the right */
        Value swap = a;
        a = b;
        b = swap;
    }
    if (is_set_view(b) && dict_view_length(t, b) > dict_view_length(t, a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    Value r = set_new(t, 0);
    Value it = r == 0 ? 0 : object_iter(t, b), item;
    if (it == 0) {
        return 0;
    }
    while ((item = iter_next(t, it)) != 0) {
        int c = object_contains(t, a, item);
        if (c < 0 || (c && !set_add(t, r, item))) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : r;
}

static Value dict_view_or(Thread *t, Value a, Value b)
{
    Value r = set_new(t, a);
    return r != 0 && set_update(t, r, b) ? r : 0;
}

static Value dict_view_xor(Thread *t, Value a, Value b)
{
    Value r = set_new(t, a);
    return r != 0 && set_symmetric_difference_update(t, r, b) ? r : 0;
}

NATIVE_FN(dict_view_isdisjoint)
{
    Value a = args[0], b = args[1];
    if (a == b) {
        return bool_value(dict_view_length(t, a) == 0);
    }
    if (value_is_anyset(b) || is_set_view(b)) {
        ssize_t nb = object_len(t, b);
        if (nb < 0) {
            return 0;
        }
        if (nb > dict_view_length(t, a)) {
            Value swap = a;
            a = b;
            b = swap;
        }
    }
    Value it = object_iter(t, b), item;
    if (it == 0) {
        return 0;
    }
    while ((item = iter_next(t, it)) != 0) {
        int c = object_contains(t, a, item);
        if (c != 0) {
            return c < 0 ? 0 : FALSE_VALUE;
        }
    }
    return error_pending(t) ? 0 : TRUE_VALUE;
}

#define ISDISJOINT_METHOD                     \
    {"isdisjoint(other, /)", dict_view_isdisjoint, \
     "Return True if the view and the given iterable have a null intersection.", 0}
static const NativeDef dict_keys_methods[] = {
    ISDISJOINT_METHOD,
    {"__reversed__()", dict_keys_reversed, "Return a reverse iterator over the dict keys.", 0},
    {NULL, NULL, NULL, 0},
};
static const NativeDef dict_items_methods[] = {
    ISDISJOINT_METHOD,
    {"__reversed__()", dict_items_reversed, "Return a reverse iterator over the dict items.", 0},
    {NULL, NULL, NULL, 0},
};
static const NativeDef dict_values_methods[] = {
    {"__reversed__()", dict_values_reversed, "Return a reverse iterator over the dict values.", 0},
    {NULL, NULL, NULL, 0},
};

Type dict_keys_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "dict_keys",
    .getattr = generic_getattr,
    .size = sizeof(DictView),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = dict_view_trace,
    .repr = dict_view_repr,
    .hash = hash_unhashable,
    .compare = dict_view_compare,
    .iter = dict_keys_iter,
    .len = dict_view_length,
    .contains = dict_keys_contains,
    .sub = dict_view_sub,
    .and_ = dict_view_and,
    .or_ = dict_view_or,
    .xor = dict_view_xor,
    .methods = dict_keys_methods,
    .getset = dict_view_getset,
};

Type dict_items_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "dict_items",
    .getattr = generic_getattr,
    .size = sizeof(DictView),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = dict_view_trace,
    .repr = dict_view_repr,
    .hash = hash_unhashable,
    .compare = dict_view_compare,
    .iter = dict_items_iter,
    .len = dict_view_length,
    .contains = dict_items_contains,
    .sub = dict_view_sub,
    .and_ = dict_view_and,
    .or_ = dict_view_or,
    .xor = dict_view_xor,
    .methods = dict_items_methods,
    .getset = dict_view_getset,
};

Type dict_values_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "dict_values",
    .getattr = generic_getattr,
    .size = sizeof(DictView),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = dict_view_trace,
    .repr = dict_view_repr,
    .iter = dict_values_iter,
    .len = dict_view_length,
    .methods = dict_values_methods,
    .getset = dict_view_getset,
};
