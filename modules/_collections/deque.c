/* collections.deque: the ring. */
#include "modules/_collections/deque.h"

#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/slice.h"
#include "core/object/tuple.h"

static inline void set_len(Deque *d, size_t n)
{
    store_release(&d->len, n);
    store_release(&d->state, d->state + 1);
}

static inline void set_start(Deque *d, size_t start)
{
    store_release(&d->start, start & (d->ring->cap - 1));
}

Value deque_alloc(Thread *t, Type *type)
{
    Deque *d = object_alloc_instance(t, type, 0);
    if (d == NULL) {
        return 0;
    }
    d->ring = &list_no_items;
    d->maxlen = -1;
    object_bias_new(t, d);
    return object_value(d);
}

/* The items in their order: the ring's two runs. */
static void copy_out_locked(Deque *d, Value *out)
{
    size_t first = d->ring->cap - d->start < d->len ? d->ring->cap - d->start : d->len;
    memcpy(out, d->ring->items + d->start, first * sizeof(Value));
    memcpy(out + first, d->ring->items, (d->len - first) * sizeof(Value));
}

static bool reserve_locked(Thread *t, Deque *d, size_t need)
{
    if (LIKELY(need <= d->ring->cap)) {
        return true;
    }
    size_t cap = d->ring->cap < 8 ? 8 : d->ring->cap * 2;
    while (cap < need && cap <= SIZE_MAX / 16) {
        cap *= 2;
    }
    ValueArray *ring = value_array_new(t, cap);
    if (ring == NULL) {
        return false;
    }
    copy_out_locked(d, ring->items);
    gc_written(ring);
    ValueArray *replaced = d->ring;
    GC_STORE_PTR(d, &d->ring, ring);
    gc_disown(replaced);
    set_start(d, 0);
    return true;
}

static Value pop_left_locked(Deque *d)
{
    Value *slot = deque_slot_locked(d, 0), v = *slot;
    gc_store(d->ring, slot, 0);
    set_start(d, d->start + 1);
    set_len(d, d->len - 1);
    return v;
}

static Value pop_locked(Deque *d)
{
    Value *slot = deque_slot_locked(d, d->len - 1), v = *slot;
    gc_store(d->ring, slot, 0);
    set_len(d, d->len - 1);
    return v;
}

/* Room for one more at the end (or at the start): a full deque of limited length gives up the
 * element at the other end without its length ever changing.  False: no memory, or *nothing: maxlen
 * is 0. */
static bool make_room_locked(Thread *t, Deque *d, bool at_start, bool *nothing)
{
    *nothing = d->maxlen == 0;
    if (*nothing) {
        return true;
    }
    if (d->maxlen > 0 && d->len >= (size_t)d->maxlen) {
        gc_store(d->ring, deque_slot_locked(d, at_start ? d->len - 1 : 0), 0);
        set_start(d, at_start ? d->start - 1 : d->start + 1);
        return true;
    }
    if (!reserve_locked(t, d, d->len + 1)) {
        return false;
    }
    if (at_start) {
        set_start(d, d->start - 1);
    }
    set_len(d, d->len + 1);
    return true;
}

static bool append_locked(Thread *t, Deque *d, Value v, bool at_start)
{
    bool nothing, ok = make_room_locked(t, d, at_start, &nothing);
    if (LIKELY(ok) && !nothing) {
        gc_store(d->ring, deque_slot_locked(d, at_start ? 0 : d->len - 1), v);
    }
    return ok;
}

static bool append_at(Thread *t, Value self, Value v, bool at_start)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d), ok = append_locked(t, d, v, at_start);
    deque_unlock(d, taken);
    return ok;
}

/* n items at the end, or one after the other at the start, of a ring with room for them. */
static void put_items_locked(Deque *d, const Value *items, size_t n, bool at_start)
{
    size_t mask = d->ring->cap - 1;
    if (at_start) {
        for (size_t i = 0; i < n; i++) {
            store_release(&d->ring->items[(d->start - 1 - i) & mask], items[i]);
        }
        set_start(d, d->start - n);
    } else {
        size_t end = (d->start + d->len) & mask;
        size_t first = d->ring->cap - end < n ? d->ring->cap - end : n;
        values_copy(d->ring->items + end, items, first);
        values_copy(d->ring->items, items + first, n - first);
    }
    gc_written(d->ring);
    set_len(d, d->len + n);
}

/* In one step for others. */
static bool add_items(Thread *t, Value self, const Value *items, size_t n, bool at_start)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d), ok = true;
    if (d->maxlen >= 0 && n > (size_t)d->maxlen) { /* the last ones stay */
        items += n - (size_t)d->maxlen;
        n = (size_t)d->maxlen;
    }
    if (d->maxlen < 0 && n > 0 && (ok = reserve_locked(t, d, d->len + n))) {
        put_items_locked(d, items, n, at_start);
        n = 0;
    }
    for (size_t i = 0; ok && i < n; i++) {
        ok = append_locked(t, d, items[i], at_start);
    }
    deque_unlock(d, taken);
    return ok;
}

bool deque_append(Thread *t, Value self, Value v)
{
    return append_at(t, self, v, false);
}

bool deque_append_left(Thread *t, Value self, Value v)
{
    return append_at(t, self, v, true);
}

Value deque_pop(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    Value v = d->len > 0 ? pop_locked(d) : 0;
    deque_unlock(d, taken);
    return v != 0 ? v : index_error(t, "pop from an empty deque");
}

bool deque_append_locked(Thread *t, Deque *d, Value v)
{
    return append_locked(t, d, v, false);
}

Value deque_take_left_locked(Deque *d)
{
    return d->len > 0 ? pop_left_locked(d) : 0;
}

Value deque_pop_left(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    Value v = deque_take_left_locked(d);
    deque_unlock(d, taken);
    return v != 0 ? v : index_error(t, "pop from an empty deque");
}

Value deque_get(Thread *t, Value self, size_t i)
{
    Deque *d = value_deque(self);
    DequeLook look;
    if (world_is_shared() && deque_look_begin(d, &look)) {
        Value v = i < look.len ? deque_look_item(&look, i) : 0;
        if (deque_look_end(d, &look)) {
            return v;
        }
    }
    bool taken = object_lock(t, d);
    Value v = i < d->len ? *deque_slot_locked(d, i) : 0;
    object_unlock(d, taken);
    return v;
}

/* The n items from `from` on go to where `to` is, one place up or down. */
static void shift_locked(Deque *d, size_t to, size_t from, size_t n)
{
    Value *items = d->ring->items;
    const size_t mask = d->ring->cap - 1;
    to += d->start;
    from += d->start;
    if (to < from) {
        for (size_t k = 0; k < n; k++) {
            store_release(&items[(to + k) & mask], items[(from + k) & mask]);
        }
    } else {
        for (size_t k = n; k-- > 0;) {
            store_release(&items[(to + k) & mask], items[(from + k) & mask]);
        }
    }
    gc_written(d->ring);
}

bool deque_insert(Thread *t, Value self, size_t i, Value v, bool *full)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d), ok = true;
    *full = d->maxlen >= 0 && d->len >= (size_t)d->maxlen;
    if (!*full && (ok = reserve_locked(t, d, d->len + 1))) {
        i = i > d->len ? d->len : i;
        if (i < d->len / 2) {
            set_start(d, d->start - 1);
            shift_locked(d, 0, 1, i);
        } else {
            shift_locked(d, i + 1, i, d->len - i);
        }
        gc_store(d->ring, deque_slot_locked(d, i), v);
        set_len(d, d->len + 1);
    }
    deque_unlock(d, taken);
    return ok;
}

bool deque_remove_at(Thread *t, Value self, size_t i)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d), found = i < d->len;
    if (found && i < d->len / 2) {
        shift_locked(d, 1, 0, i);
        pop_left_locked(d);
    } else if (found) {
        shift_locked(d, i, i + 1, d->len - i - 1);
        pop_locked(d);
    }
    deque_unlock(d, taken);
    return found;
}

void deque_clear(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    GC_STORE_PTR(d, &d->ring, &list_no_items);
    set_start(d, 0);
    set_len(d, 0);
    deque_unlock(d, taken);
}

void deque_rotate(Thread *t, Value self, ssize_t n)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    ssize_t len = (ssize_t)d->len;
    if (len > 1) {
        ssize_t k = n % len; /* to the right */
        k = k < 0 ? k + len : k;
        bool left = k > len / 2;
        for (ssize_t steps = left ? len - k : k; steps > 0; steps--) {
            if (left) {
                Value v = pop_left_locked(d);
                gc_store(d->ring, deque_slot_locked(d, d->len), v);
            } else {
                Value v = pop_locked(d);
                set_start(d, d->start - 1);
                gc_store(d->ring, deque_slot_locked(d, 0), v);
            }
            set_len(d, d->len + 1);
        }
    }
    deque_unlock(d, taken);
}

void deque_reverse(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    for (size_t i = 0, j = d->len; i + 1 < j; i++) {
        j--;
        Value *x = deque_slot_locked(d, i), *y = deque_slot_locked(d, j), v = *x;
        store_release(x, *y);
        store_release(y, v);
    }
    gc_written(d->ring);
    deque_unlock(d, taken);
}

/* Copies the items without the lock; false: somebody changes them. */
static bool copy_looking(Deque *d, const DequeLook *look, Value *out)
{
    size_t rest = look->ring->cap - look->start, first = rest < look->len ? rest : look->len;
    values_copy_looking(out, look->ring->items + look->start, first);
    values_copy_looking(out + first, look->ring->items, look->len - first);
    return deque_look_end(d, look);
}

Value deque_items(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    DequeLook look;
    if (world_is_shared() && deque_look_begin(d, &look)) {
        Value r = list_new(t, look.len);
        if (r == 0) {
            return 0;
        }
        if (copy_looking(d, &look, value_list(r)->array->items)) {
            list_set_filled(r, look.len);
            return r;
        }
    }
    bool taken = object_lock(t, d);
    Value r = list_new(t, d->len);
    if (r != 0) {
        copy_out_locked(d, value_list(r)->array->items);
        gc_written(value_list(r)->array);
        list_set_filled(r, d->len);
    }
    object_unlock(d, taken);
    return r;
}

static bool is_short_range(Value v)
{
    if (!value_is_object(v) || type_of(v) != &range_type) {
        return false;
    }
    Value n = ((Range *)value_object(v))->length;
    return value_is_fixnum(n) && fixnum_get(n) <= 4096;
}

static bool take_last(Thread *t, void *deque, Value item)
{
    return deque_append(t, *(Value *)deque, item);
}

static bool take_first(Thread *t, void *deque, Value item)
{
    return deque_append_left(t, *(Value *)deque, item);
}

bool deque_extend(Thread *t, Value self, Value iterable, bool at_start)
{
    if (iterable == self) {
        iterable = deque_items(t, self);
        if (iterable == 0) {
            return false;
        }
    }
    if (value_is_list_exact(iterable)) {
        iterable = list_to_tuple(t, iterable);
        if (iterable == 0) {
            return false;
        }
    }
    if (value_is_tuple_exact(iterable)) {
        return add_items(t, self, value_tuple(iterable)->items, tuple_len(iterable), at_start);
    }
    if (is_short_range(iterable)) {
        Value items = sequence_list(t, iterable);
        return items &&
               add_items(t, self, value_list(items)->array->items, list_len(items), at_start);
    }
    Value it = object_iter(t, iterable), v;
    if (it == 0) {
        return false;
    }
    if (type_of(it)->each) {
        return type_of(it)->each(t, it, at_start ? take_first : take_last, &self);
    }
    while ((v = iter_take(t, it)) != 0) {
        if (!append_at(t, self, v, at_start)) {
            return false;
        }
    }
    return !error_pending(t);
}

/* The items of d become those of the new `to`; false: MemoryError. */
static bool copy_ring(Thread *t, Deque *d, Deque *to)
{
    DequeLook look;
    if (world_is_shared() && deque_look_begin(d, &look)) {
        if (!reserve_locked(t, to, look.len)) {
            return false;
        }
        if (copy_looking(d, &look, to->ring->items)) {
            gc_written(to->ring);
            to->len = look.len;
            return true;
        }
        to->ring = &list_no_items;
    }
    bool taken = object_lock(t, d), ok = reserve_locked(t, to, d->len);
    if (ok) {
        copy_out_locked(d, to->ring->items);
        gc_written(to->ring);
        to->len = d->len;
    }
    object_unlock(d, taken);
    return ok;
}

Value deque_copy(Thread *t, Value self)
{
    Deque *d = value_deque(self);
    if (type_of(self) != &deque_type) {
        ssize_t maxlen = deque_limit(d);
        return maxlen < 0 ? call1(t, object_value(type_of(self)), self)
                          : call2(t, object_value(type_of(self)), self, int_from_int64(t, maxlen));
    }
    Value r = deque_alloc(t, &deque_type);
    if (r == 0) {
        return 0;
    }
    Deque *to = value_deque(r);
    to->maxlen = deque_limit(d);
    return copy_ring(t, d, to) ? r : 0;
}

/* ---- iterators ---- */

typedef struct DequeIter {
    Object head;
    Value deque;
    /* of the next item, counted from the end the iteration started at; atomic relaxed */
    size_t index;
    uint64_t state; /* of the deque at the start */
    size_t left;    /* atomic relaxed */
} DequeIter;

static void deque_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((DequeIter *)self)->deque);
}

Value deque_iter_new(Thread *t, Type *type, Value d)
{
    DequeIter *it = object_alloc(t, type, sizeof(DequeIter));
    if (it == NULL) {
        return 0;
    }
    gc_init(&it->deque, d);
    it->state = deque_state(d);
    it->left = deque_len(d);
    return object_value(it);
}

/* What the next step finds: has the deque another state, its length, and the item, or 0. */
typedef struct Step { bool changed; size_t len; Value item; } Step;

static inline bool step_looking(Deque *d, uint64_t state, size_t i, bool reverse, Step *step)
{
    DequeLook look;
    if (!world_is_shared() || !deque_look_begin(d, &look)) {
        return false;
    }
    step->changed = load_acquire(&d->state) != state;
    step->len = look.len;
    step->item = step->changed || i >= look.len
                     ? 0
                     : deque_look_item(&look, reverse ? look.len - 1 - i : i);
    return deque_look_end(d, &look);
}

static inline void step_locked(Deque *d, uint64_t state, size_t i, bool reverse, Step *step)
{
    step->changed = d->state != state;
    step->len = d->len;
    step->item = step->changed || i >= d->len
                     ? 0
                     : *deque_slot_locked(d, reverse ? d->len - 1 - i : i);
}

static inline Value deque_iter_step(Thread *t, Value self, bool reverse)
{
    DequeIter *it = (DequeIter *)value_object(self);
    Deque *d = value_deque(it->deque);
    size_t i = __atomic_load_n(&it->index, __ATOMIC_RELAXED);
    Step step;
    if (!step_looking(d, it->state, i, reverse, &step)) {
        bool taken = object_lock(t, d);
        step_locked(d, it->state, i, reverse, &step);
        object_unlock(d, taken);
    }
    if (LIKELY(step.item != 0 && __atomic_load_n(&it->left, __ATOMIC_RELAXED) > 0)) {
        __atomic_store_n(&it->index, i + 1, __ATOMIC_RELAXED);
        __atomic_store_n(&it->left, step.len - i - 1, __ATOMIC_RELAXED);
        return step.item;
    }
    if (step.changed && (!reverse || __atomic_load_n(&it->left, __ATOMIC_RELAXED) > 0)) {
        __atomic_store_n(&it->left, 0, __ATOMIC_RELAXED);
        return runtime_error(t, "deque mutated during iteration");
    }
    return 0;
}

static Value deque_iter_next(Thread *t, Value self)
{
    return deque_iter_step(t, self, false);
}
/* What take calls may change the deque, or go on with the iterator itself: each item is looked up
 * when its turn comes. */
static bool deque_iter_each(Thread *t, Value self, ItemFn take, void *arg)
{
    DequeIter *it = (DequeIter *)value_object(self);
    const Value deque = it->deque;
    for (;;) {
        const size_t i = load_relaxed(&it->index), left = load_relaxed(&it->left);
        Value v;
        if (!world_is_shared() && left > 0 && deque_state(deque) == it->state &&
            i < deque_len(deque)) {
            v = *deque_slot_locked(value_deque(deque), i); /* nobody else is there to be kept out */
            store_relaxed(&it->index, i + 1);
            store_relaxed(&it->left, left - 1);
        } else if (!(v = deque_iter_next(t, self))) {
            return !error_pending(t);
        }
        if (!take(t, arg, v)) {
            return false;
        }
    }
}

static Value deque_reverse_iter_next(Thread *t, Value self)
{
    return deque_iter_step(t, self, true);
}

static Value deque_iter_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, type_short_name(type), kwnames) ||
        !args_count(t, type_short_name(type), n, 1, 2)) {
        return 0;
    }
    if (!value_isa(args[0], &deque_type)) {
        return type_error(t, "argument 1 must be collections.deque, not %T", args[0]);
    }
    ssize_t index = 0;
    if (n > 1 && !value_to_ssize(t, args[1], &index, &exc_OverflowError)) {
        return 0;
    }
    Value v = deque_iter_new(t, type, args[0]);
    for (; v != 0 && index > 0; index--) {
        if (iter_next(t, v) == 0) {
            return error_pending(t) ? 0 : v;
        }
    }
    return v;
}

NATIVE_FN(deque_iter_length_hint)
{
    DequeIter *it = (DequeIter *)value_object(args[0]);
    return fixnum((int64_t)__atomic_load_n(&it->left, __ATOMIC_RELAXED));
}

NATIVE_FN(deque_iter_reduce)
{
    DequeIter *it = (DequeIter *)value_object(args[0]);
    ssize_t left = (ssize_t)__atomic_load_n(&it->left, __ATOMIC_RELAXED);
    ssize_t index = (ssize_t)deque_len(it->deque) - left;
    Value inner = tuple_pack(t, 2, it->deque, fixnum(index));
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef deque_iter_methods[] = {
    {"__length_hint__()", deque_iter_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    {"__reduce__()", deque_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type deque_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_collections._deque_iterator",
    .getattr = generic_getattr,
    .size = sizeof(DequeIter),
    .flags = TYPE_IMMUTABLE,
    .trace = deque_iter_trace,
    .new = deque_iter_type_new,
    .iter = iter_self,
    .next = deque_iter_next,
    .each = deque_iter_each,
    .methods = deque_iter_methods,
};

Type deque_reverse_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_collections._deque_reverse_iterator",
    .getattr = generic_getattr,
    .size = sizeof(DequeIter),
    .flags = TYPE_IMMUTABLE,
    .trace = deque_iter_trace,
    .new = deque_iter_type_new,
    .iter = iter_self,
    .next = deque_reverse_iter_next,
    .methods = deque_iter_methods,
};
