/* What collections.OrderedDict iterates with: odict_keys, odict_values, odict_items and
 * odict_iterator.
 *
 * The iterator walks the entries of the dict's table.  It remembers the dict's version, so any
 * change of the keys or of their order ends it with RuntimeError, unless all items have been seen.
 * It is here, not beside OrderedDict, because dict() and update() take the items of an OrderedDict
 * without asking it for its keys.
 */
#include "core/object/dict_internal.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/tuple.h"

typedef struct OrderedIter {
    Object head;
    Value dict;          /* 0: exhausted; atomic */
    /* next entry; reverse: entries below it are left.  Atomic relaxed, as left is */
    size_t pos;
    size_t left;         /* items to come */
    uint64_t version;    /* of the dict at the start; init-only, as all below */
    DictPart part;
    bool reverse;
} OrderedIter;

static void ordered_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((OrderedIter *)self)->dict);
}

static void start_at(OrderedIter *it, const DictTable *tb, size_t used, uint64_t version)
{
    it->pos = it->reverse ? load_acquire(&tb->count) : load_acquire(&tb->first);
    it->left = used;
    it->version = version;
}

/* Without the lock; false: somebody changes the dict. */
static bool start_looking(OrderedIter *it, Dict *d)
{
    DictLook look;
    if (!world_is_shared() || !dict_look_begin(d, &look)) {
        return false;
    }
    start_at(it, look.table, look.used, look.version);
    return dict_look_end(d, &look);
}

static Value ordered_iter_new(Thread *t, Value d, DictPart part, bool reverse)
{
    OrderedIter *it = object_alloc(t, &odict_iter_type, sizeof *it);
    if (!it) {
        return 0;
    }
    it->part = part;
    it->reverse = reverse;
    Dict *dict = value_dict(d);
    if (!start_looking(it, dict)) {
        bool taken = object_lock(t, dict);
        start_at(it, dict->table, dict->used, dict->version);
        object_unlock(dict, taken);
    }
    gc_init(&it->dict, d);
    return object_value(it);
}

/* The next live entry of tb, or NULL; *value: its value. */
static const DictEntry *ordered_step(OrderedIter *it, const DictTable *tb, Value *value)
{
    size_t n = atomic_load_explicit(&tb->count, memory_order_acquire);
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    pos = it->reverse && pos > n ? n : pos;
    while (it->reverse ? pos > 0 : pos < n) {
        const DictEntry *e = &tb->entries[it->reverse ? --pos : pos++];
        *value = value_load(&e->value);
        if (*value) {
            __atomic_store_n(&it->pos, pos, __ATOMIC_RELAXED);
            return e;
        }
    }
    return NULL;
}

static Value ordered_iter_next(Thread *t, Value self)
{
    OrderedIter *it = (OrderedIter *)value_object(self);
    Value d = value_load(&it->dict), v;
    if (!d) {
        return 0;
    }
    size_t left = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
    bool same = __atomic_load_n(&value_dict(d)->version, __ATOMIC_ACQUIRE) == it->version;
    const DictEntry *e = left > 0 && same ? ordered_step(it, dict_table(d), &v) : NULL;
    if (UNLIKELY(!e)) {
        gc_store(it, &it->dict, 0);
        return left == 0 || same ? 0 : runtime_error(t, "OrderedDict %s during iteration",
                                                     dict_len(d) == 0 ? "changed size" : "mutated");
    }
    __atomic_store_n(&it->left, left - 1, __ATOMIC_RELAXED);
    return it->part == DICT_KEYS     ? e->key
           : it->part == DICT_VALUES ? v
                                     : tuple_pack(t, 2, e->key, v);
}

NATIVE_FN(ordered_iter_reduce)
{
    OrderedIter *it = (OrderedIter *)value_object(args[0]),
                *copy = object_alloc(t, &odict_iter_type, sizeof *copy);
    if (!copy) {
        return 0;
    }
    copy->pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    copy->left = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
    copy->version = it->version;
    copy->part = it->part;
    copy->reverse = it->reverse;
    gc_init(&copy->dict, value_load(&it->dict));
    Value rest = sequence_list(t, object_value(copy)), iter = rest ? builtin_named(t, "iter") : 0;
    Value inner = iter ? tuple_pack(t, 1, rest) : 0;
    return inner ? tuple_pack(t, 2, iter, inner) : 0;
}

static const NativeDef ordered_iter_methods[] = {
    {"__reduce__()", ordered_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type odict_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "odict_iterator",
    .size = sizeof(OrderedIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = ordered_iter_trace,
    .iter = iter_self,
    .next = ordered_iter_next,
    .methods = ordered_iter_methods,
};

/* ---- the dict's own iteration, and its views ---- */

Value dict_ordered_iter(Thread *t, Value d)
{
    return ordered_iter_new(t, d, DICT_KEYS, false);
}

Value dict_ordered_reversed(Thread *t, Value d)
{
    return ordered_iter_new(t, d, DICT_KEYS, true);
}

static inline Value view_of(Value view)
{
    return ((DictView *)value_object(view))->dict;
}

static Value odict_keys_iter(Thread *t, Value self)
{
    return ordered_iter_new(t, view_of(self), DICT_KEYS, false);
}
static Value odict_values_iter(Thread *t, Value self)
{
    return ordered_iter_new(t, view_of(self), DICT_VALUES, false);
}
static Value odict_items_iter(Thread *t, Value self)
{
    return ordered_iter_new(t, view_of(self), DICT_ITEMS, false);
}
NATIVE_FN(odict_keys_reversed)
{
    return ordered_iter_new(t, view_of(args[0]), DICT_KEYS, true);
}
NATIVE_FN(odict_values_reversed)
{
    return ordered_iter_new(t, view_of(args[0]), DICT_VALUES, true);
}
NATIVE_FN(odict_items_reversed)
{
    return ordered_iter_new(t, view_of(args[0]), DICT_ITEMS, true);
}

#define ODICT_VIEW_TYPE(part)                                                                      \
    static const NativeDef odict_##part##_methods[] = {                                            \
        {"__reversed__()", odict_##part##_reversed,                                                \
         "Return a reverse iterator over the dict " #part ".", 0},                                 \
        {NULL, NULL, NULL, 0},                                                                     \
    };                                                                                             \
    Type odict_##part##_type = {.head = OBJECT_STATIC_HEAD(&type_type),                            \
                                .name = "odict_" #part,                                            \
                                .base = &dict_##part##_type,                                       \
                                .size = sizeof(DictView),                                          \
                                .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,                     \
                                .iter = odict_##part##_iter,                                       \
                                .methods = odict_##part##_methods}
ODICT_VIEW_TYPE(keys);
ODICT_VIEW_TYPE(values);
ODICT_VIEW_TYPE(items);
