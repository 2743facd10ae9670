/* itertools.groupby and tee.
 *
 * tee: the iterators share a chain of blocks, each holding the source and the next items; a block
 * is filled by whoever needs an item first, and is garbage when all iterators have passed it.
 */
#include "modules/itertools/itertools.h"

#include "core/object/list.h"

/* ---- groupby ---- */

typedef struct GroupBy {
    Object head;
    Value it, key_fn;          /* key_fn: None: identity */
    /* key of the group of the moment; 0: none yet; atomic, as the two below */
    Value target_key;
    Value current_key, current_value;
    const void *current_group; /* the _grouper that may take items; compared only */
} GroupBy;

typedef struct Grouper {
    Object head;
    Value parent, target_key;
} Grouper;

static void groupby_trace(Object *self, Tracer *tr)
{
    GroupBy *g = (GroupBy *)self;
    trace_value(tr, g->it);
    trace_value(tr, g->key_fn);
    trace_value(tr, g->target_key);
    trace_value(tr, g->current_key);
    trace_value(tr, g->current_value);
}

static Value groupby_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("groupby(iterable, key=None)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value it = object_iter(t, a[0]);
    GroupBy *g = it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (g == NULL) {
        return 0;
    }
    gc_init(&g->it, it);
    gc_init(&g->key_fn, a[1] == 0 ? NONE : a[1]);
    return object_value(g);
}

/* Takes the next item and its key; returns the key. */
static Value groupby_step(Thread *t, GroupBy *g)
{
    Value v = iter_take(t, g->it);
    Value key = v == 0 ? 0 : is_none(g->key_fn) ? v : call1(t, g->key_fn, v);
    if (key == 0) {
        return 0;
    }
    gc_store(g, &g->current_value, v);
    gc_store(g, &g->current_key, key);
    return key;
}

static Value grouper_make(Thread *t, Type *type, Value parent, Value key)
{
    Grouper *r = object_alloc_instance(t, type, 0);
    if (r == NULL) {
        return 0;
    }
    gc_init(&r->parent, parent);
    gc_init(&r->target_key, key);
    __atomic_store_n(&((GroupBy *)value_object(parent))->current_group, r, __ATOMIC_RELAXED);
    return object_value(r);
}

static Value groupby_next(Thread *t, Value self)
{
    GroupBy *g = (GroupBy *)value_object(self);
    __atomic_store_n(&g->current_group, NULL, __ATOMIC_RELAXED);
    Value current = value_load(&g->current_key);
    for (;;) { /* to the first item with another key */
        Value target = value_load(&g->target_key);
        if (current != 0) {
            if (target == 0) {
                break;
            }
            int c = object_compare_bool(t, target, current, CMP_EQ);
            if (c < 0) {
                return 0;
            }
            if (c == 0) {
                break;
            }
        }
        current = groupby_step(t, g);
        if (current == 0) {
            return 0;
        }
    }
    gc_store(g, &g->target_key, current);
    Value group = grouper_make(t, &grouper_type, self, current);
    return group == 0 ? 0 : tuple_pack(t, 2, current, group);
}

NATIVE_FN(groupby_reduce)
{
    GroupBy *g = (GroupBy *)value_object(args[0]);
    Value inner = tuple_pack(t, 2, g->it, g->key_fn), type = object_value(type_of(args[0]));
    if (inner == 0) {
        return 0;
    }
    Value value = value_load(&g->current_value), key = value_load(&g->current_key),
          target = value_load(&g->target_key);
    if (target == 0 || key == 0 || value == 0) {
        return tuple_pack(t, 2, type, inner);
    }
    Value state = tuple_pack(t, 3, value, target, key);
    return state == 0 ? 0 : tuple_pack(t, 3, type, inner, state);
}

NATIVE_FN(groupby_setstate)
{
    GroupBy *g = (GroupBy *)value_object(args[0]);
    if (!itertools_state(t, args[1], 3, 3)) {
        return 0;
    }
    gc_store(g, &g->current_value, tuple_get(args[1], 0));
    gc_store(g, &g->target_key, tuple_get(args[1], 1));
    gc_store(g, &g->current_key, tuple_get(args[1], 2));
    return NONE;
}

static const NativeDef groupby_methods[] = {REDUCE_METHOD(groupby_reduce),
                                            SETSTATE_METHOD(groupby_setstate), END_OF_METHODS};
ITERTOOL_TYPE(groupby_type, "groupby", "(iterable, key=None)", GroupBy, groupby,
              "make an iterator that returns consecutive keys and groups from the iterable\n\n"
              "  iterable\n    Elements to divide into groups according to the key function.\n"
              "  key\n    A function for computing the group category for each element.\n"
              "    If the key function is not specified or is None, the element itself\n"
              "    is used for grouping.");

static void grouper_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Grouper *)self)->parent);
    trace_value(tr, ((Grouper *)self)->target_key);
}

static Value grouper_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "_grouper", kwnames) || !args_count(t, "_grouper", n, 2, 2)) {
        return 0;
    }
    if (!value_isa(args[0], &groupby_type)) {
        return type_error(t, "_grouper() argument 1 must be itertools.groupby, not %T", args[0]);
    }
    return grouper_make(t, type, args[0], args[1]);
}

static Value grouper_next(Thread *t, Value self)
{
    Grouper *r = (Grouper *)value_object(self);
    GroupBy *g = (GroupBy *)value_object(r->parent);
    if (__atomic_load_n(&g->current_group, __ATOMIC_RELAXED) != r) {
        return 0;
    }
    Value v = value_load(&g->current_value), key = value_load(&g->current_key);
    if (v == 0 || key == 0) {
        key = groupby_step(t, g);
        v = key == 0 ? 0 : value_load(&g->current_value);
        if (v == 0) {
            return 0; /* raised, at the end, or another thread took it */
        }
    }
    int c = object_compare_bool(t, r->target_key, key, CMP_EQ);
    if (c <= 0) {
        return 0; /* raised, or the group is over */
    }
    gc_store(g, &g->current_value, 0);
    gc_store(g, &g->current_key, 0);
    return v;
}

NATIVE_FN(grouper_reduce)
{
    Grouper *r = (Grouper *)value_object(args[0]);
    GroupBy *g = (GroupBy *)value_object(r->parent);
    if (__atomic_load_n(&g->current_group, __ATOMIC_RELAXED) != r) {
        Value iter = builtin_named(t, "iter"), inner = tuple_pack(t, 1, tuple_empty());
        return iter == 0 || inner == 0 ? 0 : tuple_pack(t, 2, iter, inner);
    }
    Value inner = tuple_pack(t, 2, r->parent, r->target_key);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef grouper_methods[] = {REDUCE_METHOD(grouper_reduce), END_OF_METHODS};
Type grouper_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "itertools._grouper",
    .getattr = generic_getattr,
    .size = sizeof(Grouper),
    .flags = TYPE_IMMUTABLE,
    .trace = grouper_trace,
    .new = grouper_new,
    .iter = iter_self,
    .next = grouper_next,
    .methods = grouper_methods,
};

/* ---- tee ---- */

#define TEE_BLOCK 57 /* items per block */

typedef struct TeeData {
    Object head;
    Value it;
    uint32_t count;  /* items read; atomic release */
    uint8_t running; /* somebody reads the next item; atomic */
    Value next;      /* the block behind, or 0; lock */
    Value items[TEE_BLOCK];
} TeeData;

typedef struct Tee {
    Object head;
    Value data;      /* TeeData; atomic */
    uint32_t index;  /* atomic relaxed */
} Tee;

static void tee_data_trace(Object *self, Tracer *tr)
{
    TeeData *d = (TeeData *)self;
    trace_value(tr, d->it);
    trace_value(tr, d->next);
    trace_values(tr, d->items, TEE_BLOCK);
}

static TeeData *tee_data_make(Thread *t, Value it)
{
    TeeData *d = object_alloc(t, &tee_data_type, sizeof(TeeData));
    if (d != NULL) {
        gc_init(&d->it, it);
    }
    return d;
}

static Value tee_data_item(Thread *t, TeeData *d, uint32_t i)
{
    if (i < __atomic_load_n(&d->count, __ATOMIC_ACQUIRE)) {
        return value_load(&d->items[i]);
    }
    if (world_exchange(&d->running, 1)) {
        return runtime_error(t, "cannot re-enter the tee iterator");
    }
    Value v;
    if (i < d->count) { /* another thread was faster */
        v = value_load(&d->items[i]);
    } else {
        v = iter_take(t, d->it);
        if (v != 0) {
            gc_store(d, &d->items[i], v);
            __atomic_store_n(&d->count, i + 1, __ATOMIC_RELEASE);
        }
    }
    __atomic_store_n(&d->running, 0, __ATOMIC_RELEASE);
    return v;
}

static TeeData *tee_data_next_block(Thread *t, TeeData *d)
{
    bool taken = object_lock(t, d);
    if (d->next == 0) {
        TeeData *fresh = tee_data_make(t, d->it);
        if (fresh != NULL) {
            gc_store(d, &d->next, object_value(fresh));
        }
    }
    TeeData *next = (TeeData *)value_object(d->next);
    object_unlock(d, taken);
    return next;
}

static Value tee_data_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "_tee_dataobject", kwnames) || !args_count(t, "teedataobject", n, 3, 3)) {
        return 0;
    }
    if (!value_is_list(args[1])) {
        return type_error(t, "teedataobject() argument 2 must be list, not %T", args[1]);
    }
    TeeData *d = tee_data_make(t, args[0]);
    if (d == NULL) {
        return 0;
    }
    size_t len = list_len(args[1]);
    if (len > TEE_BLOCK) {
        return value_error(t, "Invalid arguments");
    }
    for (size_t i = 0; i < len; i++) {
        Value v = list_get(args[1], i);
        if (v == 0) {
            return value_error(t, "Invalid arguments");
        }
        gc_store(d, &d->items[i], v);
    }
    d->count = (uint32_t)len;
    if (len == TEE_BLOCK) {
        if (!is_none(args[2])) {
            if (type_of(args[2]) != &tee_data_type) {
                return value_error(t, "Invalid arguments");
            }
            gc_init(&d->next, args[2]);
        }
    } else if (!is_none(args[2])) {
        return value_error(t, "Invalid arguments");
    }
    return object_value(d);
}

NATIVE_FN(tee_data_reduce)
{
    TeeData *d = (TeeData *)value_object(args[0]);
    Value items = list_from(t, d->items, __atomic_load_n(&d->count, __ATOMIC_ACQUIRE));
    Value next = value_load(&d->next);
    Value inner = items == 0 ? 0 : tuple_pack(t, 3, d->it, items, next == 0 ? NONE : next);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef tee_data_methods[] = {REDUCE_METHOD(tee_data_reduce), END_OF_METHODS};
Type tee_data_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "itertools._tee_dataobject",
    .getattr = generic_getattr,
    .doc = "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee "
           "objects.",
    .size = sizeof(TeeData),
    .flags = TYPE_IMMUTABLE,
    .trace = tee_data_trace,
    .new = tee_data_new,
    .methods = tee_data_methods,
};

static void tee_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Tee *)self)->data);
}

static Value tee_make(Thread *t, Type *type, Value data, uint32_t index)
{
    Tee *r = object_alloc_instance(t, type, 0);
    if (r == NULL) {
        return 0;
    }
    gc_init(&r->data, data);
    r->index = index;
    return object_value(r);
}

NATIVE_FN(tee_copy)
{
    Tee *r = (Tee *)value_object(args[0]);
    uint32_t index = __atomic_load_n(&r->index, __ATOMIC_RELAXED);
    return tee_make(t, &tee_type, value_load(&r->data), index);
}

static Value tee_from_iterable(Thread *t, Value iterable)
{
    Value it = object_iter(t, iterable);
    if (it == 0) {
        return 0;
    }
    if (type_of(it) == &tee_type) {
        return tee_copy(t, &it, 1, 0);
    }
    TeeData *d = tee_data_make(t, it);
    return d == NULL ? 0 : tee_make(t, &tee_type, object_value(d), 0);
}

static Value tee_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    return args_no_kw(t, "_tee", kwnames) && args_count(t, "_tee", n, 1, 1)
               ? tee_from_iterable(t, args[0])
               : 0;
}

static Value tee_next(Thread *t, Value self)
{
    Tee *r = (Tee *)value_object(self);
    TeeData *d = (TeeData *)value_object(value_load(&r->data));
    uint32_t i = __atomic_load_n(&r->index, __ATOMIC_RELAXED);
    if (i >= TEE_BLOCK) {
        d = tee_data_next_block(t, d);
        if (d == NULL) {
            return 0;
        }
        gc_store(r, &r->data, object_value(d));
        i = 0;
    }
    if (i > __atomic_load_n(&d->count, __ATOMIC_ACQUIRE)) {
        i = __atomic_load_n(&d->count, __ATOMIC_ACQUIRE); /* racing threads on one iterator */
    }
    Value v = tee_data_item(t, d, i);
    if (v != 0) {
        __atomic_store_n(&r->index, i + 1, __ATOMIC_RELAXED);
    }
    return v;
}

NATIVE_FN(tee_reduce)
{
    Tee *r = (Tee *)value_object(args[0]);
    Value inner = tuple_pack(t, 1, tuple_empty());
    uint32_t index = __atomic_load_n(&r->index, __ATOMIC_RELAXED);
    Value state = tuple_pack(t, 2, value_load(&r->data), fixnum(index));
    return inner == 0 || state == 0
               ? 0
               : tuple_pack(t, 3, object_value(type_of(args[0])), inner, state);
}

NATIVE_FN(tee_setstate)
{
    Tee *r = (Tee *)value_object(args[0]);
    int index;
    if (!itertools_state(t, args[1], 2, 2)) {
        return 0;
    }
    if (type_of(tuple_get(args[1], 0)) != &tee_data_type) {
        return type_error(t, "argument 1 must be itertools._tee_dataobject, not %T",
                          tuple_get(args[1], 0));
    }
    if (!value_to_int(t, tuple_get(args[1], 1), &index)) {
        return 0;
    }
    if (index < 0 || index > TEE_BLOCK) {
        return value_error(t, "Index out of range");
    }
    gc_store(r, &r->data, tuple_get(args[1], 0));
    __atomic_store_n(&r->index, (uint32_t)index, __ATOMIC_RELAXED);
    return NONE;
}

static const NativeDef tee_methods[] = {
    {"__copy__()", tee_copy, "Returns an independent iterator.", 0},
    REDUCE_METHOD(tee_reduce),
    SETSTATE_METHOD(tee_setstate),
    END_OF_METHODS,
};
Type tee_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "itertools._tee",
    .sig = "_tee(iterable, /)",
    .doc = "Iterator wrapped to make it copyable.",
    .size = sizeof(Tee),
    .flags = TYPE_IMMUTABLE,
    .weakrefable = 1,
    .trace = tee_trace,
    .new = tee_new,
    .iter = iter_self,
    .next = tee_next,
    .methods = tee_methods,
};

Value itertools_tee(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    ssize_t count = 2;
    if (!args_count(t, "tee", n, 1, 2) ||
        (n > 1 && !value_to_ssize(t, args[1], &count, &exc_OverflowError))) {
        return 0;
    }
    if (count < 0) {
        return value_error(t, "n must be >= 0");
    }
    Value r = tuple_new(t, (size_t)count);
    if (r == 0 || count == 0) {
        return r;
    }
    Value it = object_iter(t, args[0]), copy_fn = 0;
    if (it == 0) {
        return 0;
    }
    int found = object_lookup_attr(t, it, N(__copy__), &copy_fn);
    if (found == 0) {
        it = tee_from_iterable(t, it);
        found = it == 0 ? -1 : object_lookup_attr(t, it, N(__copy__), &copy_fn);
    }
    if (found <= 0) {
        return 0;
    }
    gc_store(value_object(r), &value_tuple(r)->items[0], it);
    for (ssize_t i = 1; i < count; i++) {
        Value copy = call0(t, copy_fn);
        if (copy == 0) {
            return 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[i], copy);
    }
    return r;
}
