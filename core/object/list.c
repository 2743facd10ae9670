/* list: storage and the operations that C code uses.
 *
 *   List | array -> ValueArray | cap | len | items[cap]
 * Invariants: len <= cap; items[len..cap) are 0; array is never NULL, and nobody writes the one of
 * all empty lists.
 * Writers hold the object lock.  Readers load array (acquire), bound the index by its len, and load
 * the item; a replaced array is garbage, never freed in place, so a late reader still finds values
 * in it.
 */
#include "core/base/atomics.h"
#include "core/object/list.h"

#include "core/object/bytes_internal.h"
#include "core/object/dict.h"
#include "core/object/iter.h"
#include "core/object/let_go.h"
#include "core/object/list_internal.h"
#include "core/object/set.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

ValueArray list_no_items = {.head = OBJECT_STATIC_HEAD(&value_array_type), .cap = 0};

/* Words are moved two at a time where such a move tears none of them. */
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
typedef Value ValuePair __attribute__((vector_size(16), aligned(8), may_alias));

void values_copy(Value *to, const Value *from, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        ValuePair a = *(const ValuePair *)(from + i), b = *(const ValuePair *)(from + i + 2);
        *(ValuePair *)(to + i) = a;
        *(ValuePair *)(to + i + 2) = b;
    }
    for (; i < n; i++) {
        __atomic_store_n(&to[i], value_load(&from[i]), __ATOMIC_RELEASE);
    }
}

static void values_copy_down(Value *to, const Value *from, size_t n)
{
    for (; n >= 4; n -= 4) {
        ValuePair a = *(const ValuePair *)(from + n - 2), b = *(const ValuePair *)(from + n - 4);
        *(ValuePair *)(to + n - 2) = a;
        *(ValuePair *)(to + n - 4) = b;
    }
    while (n-- > 0) {
        __atomic_store_n(&to[n], value_load(&from[n]), __ATOMIC_RELEASE);
    }
}
#else
void values_copy(Value *to, const Value *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __atomic_store_n(&to[i], value_load(&from[i]), __ATOMIC_RELEASE);
    }
}

static void values_copy_down(Value *to, const Value *from, size_t n)
{
    while (n-- > 0) {
        __atomic_store_n(&to[n], value_load(&from[n]), __ATOMIC_RELEASE);
    }
}
#endif

#ifdef __SANITIZE_THREAD__
/* The moves within a long array are hidden from the thread sanitizer, which takes some 50 ns for
 * each; it knows them by the release of the array (list_acquire_moved). */
__attribute__((no_sanitize("thread")))
static void long_items_move_locked(ValueArray *a, size_t to, size_t from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = to <= from ? i : n - 1 - i;
        Value v = __atomic_load_n(&a->items[from + at], __ATOMIC_RELAXED);
        __atomic_store_n(&a->items[to + at], v, __ATOMIC_RELAXED);
    }
}
#endif

/* Moves n items of a from index `from` to index `to`; the ranges may overlap. */
static void items_move_locked(ValueArray *a, size_t to, size_t from, size_t n)
{
#ifdef __SANITIZE_THREAD__
    if (a->cap >= LIST_LONG) {
        long_items_move_locked(a, to, from, n);
        __tsan_release(a);
        return;
    }
#endif
    if (to <= from) {
        values_copy(a->items + to, a->items + from, n);
    } else {
        values_copy_down(a->items + to, a->items + from, n);
    }
}

/* values_copy to the end of owner's items, with what the collector must know. */
static void values_store(ValueArray *owner, Value *to, const Value *from, size_t n)
{
    if (LIKELY(gc_is_young(owner))) {
        values_copy(to, from, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        gc_store(owner, &to[i], value_load(&from[i]));
    }
}

void values_zero(Value *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __atomic_store_n(&to[i], 0, __ATOMIC_RELAXED);
    }
}

static inline ValueArray *array_alloc(Thread *t, size_t cap,
                                      void *(*alloc)(Thread *t, Type *type, size_t size))
{
    if (UNLIKELY(cap > (size_t)1 << 58)) {
        raise_memory(t);
        return NULL;
    }
    ValueArray *a = alloc(t, &value_array_type, sizeof(ValueArray) + cap * sizeof(Value));
    if (LIKELY(a != NULL)) {
        a->cap = cap;
    }
    return a;
}

ValueArray *value_array_new(Thread *t, size_t cap)
{
    return array_alloc(t, cap, object_alloc_fast);
}

ValueArray *value_array_from(Thread *t, size_t cap, const Value *items, size_t n)
{
    ValueArray *a = sizeof(ValueArray) + cap * sizeof(Value) <= GC_STEP_MAX
                        ? array_alloc(t, cap, object_alloc_fast)
                        : array_alloc(t, cap, object_alloc_raw);
    if (LIKELY(a != NULL)) {
        memcpy(a->items, items, n * sizeof(Value));
        memset(a->items + n, 0, (cap - n) * sizeof(Value));
        a->len = n;
    }
    return a;
}

static void value_array_trace(Object *self, Tracer *tr)
{
    ValueArray *a = (ValueArray *)self;
    trace_values(tr, a->items, a->cap);
}

Type value_array_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "value_array",
    .size = sizeof(ValueArray),
    .item_size = sizeof(Value),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = value_array_trace,
};

static void list_trace(Object *self, Tracer *tr)
{
    trace_object(tr, ((List *)self)->array);
}

Value list_new(Thread *t, size_t capacity)
{
    List *l = object_alloc_fast(t, &list_type, sizeof(List));
    if (UNLIKELY(l == NULL)) {
        return 0;
    }
    l->array = &list_no_items;
    if (capacity > 0) {
        ValueArray *a = value_array_new(t, capacity);
        if (UNLIKELY(a == NULL)) {
            return 0;
        }
        GC_STORE_PTR(l, &l->array, a);
    }
    return object_value(l);
}

Value list_from(Thread *t, const Value *items, size_t n)
{
    Value v = list_new(t, 0);
    if (UNLIKELY(v == 0)) {
        return 0;
    }
    List *l = value_list(v);
    if (n == 0) {
        object_bias_new(t, l); /* made to be filled */
        return v;
    }
    ValueArray *a = value_array_from(t, n, items, n);
    if (UNLIKELY(a == NULL)) {
        return 0;
    }
    GC_STORE_PTR(l, &l->array, a);
    return v;
}

bool list_reserve_locked(Thread *t, List *l, size_t need)
{
    ValueArray *old = l->array;
    if (LIKELY(need <= old->cap)) {
        return true;
    }
    /* a first fill gets exactly what it asks for; growth is by half, so n appends copy at most 2n
     * items */
    size_t cap = old->len == 0 && need > 1 ? need : need + (need >> 1) + 3;
    ValueArray *a =
        value_array_from(t, cap & ~(size_t)(cap > need ? 1 : 0), old->items, old->len);
    if (UNLIKELY(a == NULL)) {
        return false;
    }
    GC_STORE_PTR(l, &l->array, a);
    gc_disown(old);
    return true;
}

void list_truncate_locked(List *l, size_t n)
{
    size_t len = l->array->len;
    assert(n <= len);
    if (n == 0) {
        ValueArray *old = l->array;
        GC_STORE_PTR(l, &l->array, &list_no_items);
        gc_disown(old);
        return;
    }
    list_set_len(l, n);
    values_zero(l->array->items + n, len - n);
}

bool list_splice_locked(Thread *t, List *l, size_t lo, size_t hi, const Value *items, size_t n)
{
    size_t len = l->array->len;
    assert(lo <= hi && hi <= len);
    size_t new_len = len - (hi - lo) + n;
    if (new_len > len && !list_reserve_locked(t, l, new_len)) {
        return false;
    }
    if (lo + n != hi) {
        items_move_locked(l->array, lo + n, hi, len - hi);
    }
    values_copy(l->array->items + lo, items, n);
    gc_written(l->array);
    if (new_len < len) {
        list_truncate_locked(l, new_len);
    } else {
        list_set_len(l, new_len);
    }
    return true;
}

bool list_append(Thread *t, Value list, Value v)
{
    List *l = value_list(list);
    if (UNLIKELY(!v)) {
        assert(error_pending(t));
        return false;
    }
    bool taken = object_lock(t, l);
    size_t len = l->array->len;
    bool ok = len < l->array->cap || list_reserve_locked(t, l, len + 1);
    if (LIKELY(ok)) {
        gc_store(l->array, &l->array->items[len], v);
        list_set_len(l, len + 1);
    }
    list_unlock(l, taken);
    return ok;
}

Value list_pop_last(Thread *t, Value list)
{
    List *l = value_list(list);
    if (LIKELY(!world_is_shared())) {
        return list_take_last(l);
    }
    bool taken = object_lock(t, l);
    Value v = list_take_last(l);
    list_unlock(l, taken);
    return v;
}

bool list_insert(Thread *t, Value list, ssize_t i, Value v)
{
    List *l = value_list(list);
    bool taken = object_lock(t, l);
    ssize_t len = (ssize_t)l->array->len;
    i = i < 0 ? i + len : i;
    i = i < 0 ? 0 : i > len ? len : i;
    bool ok = (size_t)len < l->array->cap || list_reserve_locked(t, l, (size_t)len + 1);
    if (LIKELY(ok)) {
        items_move_locked(l->array, (size_t)i + 1, (size_t)i, (size_t)(len - i));
        gc_store(l->array, &l->array->items[i], v);
        gc_written(l->array);
        list_set_len(l, (size_t)len + 1);
    }
    list_unlock(l, taken);
    return ok;
}

bool list_set(Thread *t, Value list, size_t i, Value v)
{
    List *l = value_list(list);
    if (LIKELY(!world_is_shared()) && LIKELY(i < l->array->len)) {
        gc_store(l->array, &l->array->items[i], v);
        return true;
    }
    bool taken = object_lock(t, l);
    bool ok = i < l->array->len;
    if (LIKELY(ok)) {
        gc_store(l->array, &l->array->items[i], v);
    }
    list_unlock(l, taken);
    if (UNLIKELY(!ok)) {
        index_error(t, "list assignment index out of range");
    }
    return ok;
}

bool list_clear(Thread *t, Value list)
{
    List *l = value_list(list);
    bool taken = object_lock(t, l);
    list_truncate_locked(l, 0);
    list_unlock(l, taken);
    return true;
}

bool list_reverse(Thread *t, Value list)
{
    List *l = value_list(list);
    bool taken = object_lock(t, l);
    Value *items = l->array->items;
    for (size_t i = 0, j = l->array->len; i + 1 < j; i++) {
        j--;
        Value a = items[i];
        store_release(&items[i], items[j]);
        store_release(&items[j], a);
    }
    gc_written(l->array);
    list_unlock(l, taken);
    return true;
}

/* ---- extend ---- */

/* list(d), list(s): one critical section each.  false: not such a container. */
static bool container_snapshot(Thread *t, Value iterable, Value *out)
{
    if (dict_iterates_table(iterable)) {
        *out = dict_keys_list(t, iterable);
    } else if (value_is_object(iterable) &&
               (type_of(iterable) == &set_type || type_of(iterable) == &frozenset_type)) {
        *out = set_items_list(t, iterable);
    } else {
        return dict_view_list(t, iterable, out);
    }
    return true;
}

static bool extend_from_items(Thread *t, List *l, const Value *items, size_t n)
{
    bool taken = object_lock(t, l);
    bool ok = list_reserve_locked(t, l, l->array->len + n);
    if (ok) {
        values_store(l->array, l->array->items + l->array->len, items, n);
        list_set_len(l, l->array->len + n);
    }
    list_unlock(l, taken);
    return ok;
}

/* false: src cannot be read without its lock now, or there is no memory; nothing has been added. */
static bool extend_by_peeking(Thread *t, List *l, List *src)
{
    bool taken = object_lock(t, l), ok = false;
    size_t n = list_len(object_value(src)), len = l->array->len;
    if (n <= LIST_COUNTED && list_reserve_locked(t, l, len + n)) {
        ok = list_peek(src, n, 0, n, l->array->items + len);
    }
    if (LIKELY(ok)) {
        gc_written(l->array);
        list_set_len(l, len + n);
    }
    list_unlock(l, taken);
    return ok;
}

static bool extend_from_list(Thread *t, List *l, List *src)
{
    if (world_is_shared() && l != src && extend_by_peeking(t, l, src)) {
        return true;
    }
    bool taken = object_lock2(t, l, src);
    size_t n = src->array->len;
    bool ok = list_reserve_locked(t, l, l->array->len + n);
    if (ok) {
        values_store(l->array, l->array->items + l->array->len, src->array->items, n);
        list_set_len(l, l->array->len + n);
    }
    list_count_locked(l, taken);
    object_unlock2(l, src, taken);
    return ok;
}

bool list_reserve(Thread *t, Value list, size_t n)
{
    List *l = value_list(list);
    bool taken = object_lock(t, l);
    bool ok = list_reserve_locked(t, l, n);
    list_unlock(l, taken);
    return ok;
}

static bool reserve_hinted(Thread *t, List *l, Value iterable)
{
    ssize_t hint = object_length_hint(t, iterable, 8);
    if (hint < 0) {
        return false;
    }
    if (hint > 0 && hint < (ssize_t)1 << 40) {
        if (!list_reserve(t, object_value(l), list_len(object_value(l)) + (size_t)hint)) {
            error_clear(t); /* the hint may lie; appending finds out */
        }
    }
    return true;
}

static bool take_item(Thread *t, void *list, Value item)
{
    return list_append(t, *(Value *)list, item);
}

bool list_extend(Thread *t, Value list, Value iterable)
{
    List *l = value_list(list);
    if (value_is_list_exact(iterable)) {
        return extend_from_list(t, l, value_list(iterable));
    }
    if (value_is_tuple_exact(iterable)) {
        return extend_from_items(t, l, value_tuple(iterable)->items, tuple_len(iterable));
    }
    Value snapshot = 0;
    if (iterable == list) { /* of a subclass: its iterator would see what is appended */
        snapshot = sequence_list(t, iterable);
        return snapshot != 0 && extend_from_list(t, l, value_list(snapshot));
    }
    if (container_snapshot(t, iterable, &snapshot)) {
        return snapshot != 0 && extend_from_list(t, l, value_list(snapshot));
    }
    Value it = object_iter(t, iterable);
    if (it == 0) {
        return false;
    }
    if (!reserve_hinted(t, l, iterable)) {
        return false;
    }
    if (type_of(it)->each) {
        return type_of(it)->each(t, it, take_item, &list);
    }
    for (UnaryFn next = type_of(it)->next; thread_poll(t);) {
        Value v = next(t, it);
        if (v == 0) {
            return !error_pending(t) || error_clear_if(t, &exc_StopIteration);
        }
        if (!list_append(t, list, v)) {
            break;
        }
    }
    return false;
}

/* Items on their way into a new list, which no one else looks at: several at a time. */
typedef struct Batch {
    List *list;
    size_t n;
    Value items[32];
} Batch;

static bool batch_flush(Thread *t, Batch *b)
{
    size_t n = b->n;
    b->n = 0;
    return thread_poll(t) && extend_from_items(t, b->list, b->items, n);
}

static bool batch_add(Thread *t, void *batch, Value item)
{
    Batch *b = batch;
    b->items[b->n++] = item;
    return b->n < ARRAY_SIZE(b->items) || batch_flush(t, b);
}

/* The next items of an iterator of a list or tuple, as many as fit.  false: of another one. */
static inline bool batch_take(Batch *b, Value iterator)
{
    const Type *type = type_of(iterator);
    SeqIter *it = (SeqIter *)value_object(iterator);
    Value v;
#define TAKE(step)                                                                             \
    while (b->n < ARRAY_SIZE(b->items) && (v = step(it)) != 0) {                               \
        b->items[b->n++] = v;                                                                  \
    }
    if (type == &list_iter_type) {
        TAKE(list_iter_step)
    } else if (type == &tuple_iter_type) {
        TAKE(tuple_iter_step)
    } else if (type == &list_reverse_iter_type) {
        TAKE(list_reverse_iter_step)
    } else {
        return false;
    }
#undef TAKE
    return true;
}

static bool fill_from_iterator(Thread *t, List *l, Value it)
{
    Batch batch = {.list = l};
    while (batch_take(&batch, it)) {
        bool all = batch.n < ARRAY_SIZE(batch.items);
        if (!batch_flush(t, &batch)) {
            return false;
        }
        if (all) {
            return true;
        }
    }
    if (type_of(it)->each) {
        return type_of(it)->each(t, it, batch_add, &batch) && batch_flush(t, &batch);
    }
    UnaryFn next = type_of(it)->next;
    Value v;
    while ((v = next(t, it)) != 0) {
        if (!batch_add(t, &batch, v)) {
            return false;
        }
    }
    return (!error_pending(t) || error_clear_if(t, &exc_StopIteration)) && batch_flush(t, &batch);
}

static bool extend_from_chars(Thread *t, List *l, Value str)
{
    Batch batch = {.list = l};
    size_t len = str_len(str);
    if (!list_reserve(t, object_value(l), list_len(object_value(l)) + len)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        Value c = str_from_char(t, str_get(value_str(str), i));
        if (UNLIKELY(c == 0) || !batch_add(t, &batch, c)) {
            return false;
        }
    }
    return batch_flush(t, &batch);
}

static bool extend_from_bytes(Thread *t, List *l, Span s)
{
    Value list = object_value(l);
    if (!list_reserve(t, list, list_len(list) + s.n)) {
        return false;
    }
    Batch batch = {.list = l};
    for (size_t i = 0; i < s.n; i++) {
        if (!batch_add(t, &batch, fixnum(s.p[i]))) {
            return false;
        }
    }
    return batch_flush(t, &batch);
}

bool list_fill(Thread *t, Value list, Value iterable)
{
    List *l = value_list(list);
    Value snapshot = 0;
    if (value_is_list_exact(iterable) || value_is_tuple_exact(iterable)) {
        return list_extend(t, list, iterable);
    }
    if (container_snapshot(t, iterable, &snapshot)) {
        return snapshot != 0 && extend_from_list(t, l, value_list(snapshot));
    }
    if (value_is_str_exact(iterable)) {
        return extend_from_chars(t, l, iterable);
    }
    if (value_is_object(iterable) &&
        (type_of(iterable) == &bytes_type || type_of(iterable) == &bytearray_type)) {
        return extend_from_bytes(t, l, bytes_span(iterable));
    }
    Value it = object_iter(t, iterable);
    return it != 0 && reserve_hinted(t, l, iterable) && fill_from_iterator(t, l, it);
}

Value sequence_list(Thread *t, Value iterable)
{
    Value list = 0;
    if (container_snapshot(t, iterable, &list)) {
        return list;
    }
    list = list_new(t, 0);
    return list && list_fill(t, list, iterable) ? list : 0;
}

/* ---- slots ---- */

static Value list_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                           Value kwnames UNUSED)
{
    List *l = object_alloc_instance(t, type, 0);
    if (l == NULL) {
        return 0;
    }
    l->array = &list_no_items;
    object_bias_new(t, l);
    return object_value(l);
}

static bool list_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (kwnames != 0 && type_of(self)->new == list_type_new && !args_no_kw(t, "list", kwnames)) {
        return false;
    }
    if (!args_count(t, "list", n, 0, 1)) {
        return false;
    }
    return (list_len(self) == 0 || list_clear(t, self)) &&
           (n == 0 || list_fill(t, self, args[0]));
}

static ssize_t list_length(Thread *t UNUSED, Value a)
{
    return (ssize_t)list_len(a);
}

static Value list_item(Thread *t, Value self, ssize_t i)
{
    Value v = i < 0 ? 0 : list_get(self, (size_t)i);
    return LIKELY(v != 0) ? v : index_error(t, "list index out of range");
}

static Value list_getitem(Thread *t, Value self, Value key)
{
    if (LIKELY(value_is_fixnum(key))) {
        int64_t i = fixnum_get(key);
        return list_item(t, self, i < 0 ? i + (int64_t)list_len(self) : i);
    }
    ssize_t i;
    switch (subscript_key(t, key, "list indices must be integers or slices, not %T", &i)) {
    case SUBSCRIPT_INDEX:
        return list_item(t, self, i < 0 ? i + (ssize_t)list_len(self) : i);
    case SUBSCRIPT_SLICE: {
        SliceBounds bounds;
        return slice_bounds(t, key, &bounds) ? list_get_slice(t, self, &bounds) : 0;
    }
    default:
        return 0;
    }
}

static bool store_index(Thread *t, Value self, ssize_t i, Value v)
{
    List *l = value_list(self);
    bool taken = object_lock(t, l), ok = true;
    i = i < 0 ? i + (ssize_t)l->array->len : i;
    if (UNLIKELY(i < 0 || (size_t)i >= l->array->len)) {
        ok = false;
    } else if (v == 0) {
        let_go(t, l->array->items[i]);
        ok = list_splice_locked(t, l, (size_t)i, (size_t)i + 1, NULL, 0);
    } else {
        let_go_for(t, v, &l->array->items[i]);
        gc_store(l->array, &l->array->items[i], v);
    }
    list_unlock(l, taken);
    if (UNLIKELY(!ok)) {
        index_error(t, "list assignment index out of range");
    }
    return ok;
}

static void delete_steps_locked(List *l, ssize_t start, ssize_t step, size_t n)
{
    if (step < 0) {
        start += (ssize_t)(n - 1) * step;
        step = -step;
    }
    Value *items = l->array->items;
    size_t to = (size_t)start;
    for (size_t i = 0; i < n; i++) {
        size_t from = (size_t)(start + (ssize_t)i * step) + 1;
        size_t end = i + 1 < n ? (size_t)(start + (ssize_t)(i + 1) * step) : l->array->len;
        values_copy(items + to, items + from, end - from);
        to += end - from;
    }
    gc_written(l->array);
    list_truncate_locked(l, to);
}

/* items: m new ones, which nobody changes meanwhile; NULL: to delete.  false: m is not *want, or
 * raised. */
static bool store_slice_locked(Thread *t, List *l, SliceBounds at, const Value *items, size_t m,
                               size_t *want)
{
    size_t n = (size_t)slice_adjust((ssize_t)l->array->len, &at.start, &at.stop, at.step);
    *want = n;
    if (at.step == 1) {
        size_t hi = at.stop < at.start ? (size_t)at.start : (size_t)at.stop;
        return list_splice_locked(t, l, (size_t)at.start, hi, items, m);
    }
    if (items == NULL) {
        if (n > 0) {
            delete_steps_locked(l, at.start, at.step, n);
        }
        return true;
    }
    if (m != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        store_release(&l->array->items[at.start + (ssize_t)i * at.step], items[i]);
    }
    gc_written(l->array);
    return true;
}

bool list_set_slice(Thread *t, Value self, const SliceBounds *bounds, Value v)
{
    const Value *items = NULL;
    size_t m = 0, want;
    if (v != 0 && v != self && value_is_list_exact(v) && !world_is_shared()) {
        items = value_list(v)->array->items;
        m = list_len(v);
    } else if (v != 0) {
        Value tuple = sequence_fast(t, v,
                                    bounds->step == 1 ? "can only assign an iterable"
                                                      : "must assign iterable to extended slice");
        if (tuple == 0) {
            return false;
        }
        items = value_tuple(tuple)->items;
        m = tuple_len(tuple);
    }
    List *l = value_list(self);
    bool taken = object_lock(t, l);
    bool ok = store_slice_locked(t, l, *bounds, items, m, &want);
    list_unlock(l, taken);
    if (!ok && !error_pending(t)) {
        value_error(t, "attempt to assign sequence of size %zu to extended slice of size %zu", m,
                    want);
    }
    return ok;
}

static bool list_setitem(Thread *t, Value self, Value key, Value v)
{
    if (LIKELY(value_is_fixnum(key))) {
        return store_index(t, self, fixnum_get(key), v);
    }
    Type *ty = type_of(key);
    if (ty->index != NULL) {
        ssize_t i;
        return value_to_ssize(t, key, &i, &exc_IndexError) && store_index(t, self, i, v);
    }
    if (ty == &slice_type) {
        SliceBounds bounds;
        return slice_bounds(t, key, &bounds) && list_set_slice(t, self, &bounds, v);
    }
    type_error(t, "list indices must be integers or slices, not %T", key);
    return false;
}

static int list_contains(Thread *t, Value self, Value item)
{
    Value v;
    for (size_t i = 0; (v = list_get(self, i)) != 0; i++) {
        int c = value_equal(t, v, item);
        if (c != 0) {
            return c;
        }
    }
    return 0;
}

/* 0 and nothing raised: they cannot be read without their locks now. */
static Value concat_by_peeking(Thread *t, List *x, List *y)
{
    size_t n = list_len(object_value(x)), m = list_len(object_value(y));
    Value r = n + m <= LIST_COUNTED ? list_new(t, n + m) : 0;
    if (r == 0) {
        return 0;
    }
    Value *to = value_list(r)->array->items;
    if (!list_peek(x, n, 0, n, to) || !list_peek(y, m, 0, m, to + n)) {
        values_zero(to, n);
        return 0;
    }
    list_set_filled(r, n + m);
    return r;
}

static Value list_concat(Thread *t, Value a, Value b)
{
    if (!value_is_list(b)) {
        return type_error(t, "can only concatenate list (not \"%T\") to list", b);
    }
    List *x = value_list(a), *y = value_list(b);
    Value peeked = world_is_shared() ? concat_by_peeking(t, x, y) : 0;
    if (peeked != 0 || error_pending(t)) {
        return peeked;
    }
    bool taken = object_lock2(t, x, y);
    Value r = list_new(t, x->array->len + y->array->len);
    if (r != 0) {
        Value *to = value_list(r)->array->items;
        memcpy(to, x->array->items, x->array->len * sizeof(Value));
        memcpy(to + x->array->len, y->array->items, y->array->len * sizeof(Value));
        list_set_filled(r, x->array->len + y->array->len);
    }
    object_unlock2(x, y, taken);
    return r;
}

static Value list_iconcat(Thread *t, Value a, Value b)
{
    return list_extend(t, a, b) ? a : 0;
}

/* Product of a length and a count >= 0; false: MemoryError. */
static bool repeated_length(Thread *t, size_t len, ssize_t k, size_t *total)
{
    if (__builtin_mul_overflow(len, (size_t)k, total) || *total > (size_t)1 << 58) {
        raise_memory(t);
        return false;
    }
    return true;
}

/* Fills to[0..total) of a new array with copies of from[0..len). */
static void values_repeat(Value *to, const Value *from, size_t len, size_t total)
{
    if (len == 1) {
        Value v = from[0];
        for (size_t i = 0; i < total; i++) {
            gc_init(&to[i], v);
        }
        return;
    }
    if (len > 0) {
        fill_repeating(to, total * sizeof(Value), from, len * sizeof(Value));
    }
}

/* Without the lock.  0: somebody changes the list, or it is too long for that, or raised. */
static Value repeat_looking(Thread *t, List *l, ssize_t k)
{
    size_t len = list_len(object_value(l)), total;
    if (len > LIST_COUNTED || !repeated_length(t, len, k, &total)) {
        return 0;
    }
    Value r = list_new(t, total);
    if (r == 0 || total == 0) {
        return r;
    }
    Value *to = value_list(r)->array->items;
    if (!list_peek(l, len, 0, len, to)) {
        return 0;
    }
    values_repeat(to + len, to, len, total - len);
    list_set_filled(r, total);
    return r;
}

static Value list_repeat(Thread *t, Value a, Value count)
{
    ssize_t k;
    if (!value_to_count(t, count, &k)) {
        return 0;
    }
    List *l = value_list(a);
    Value r = world_is_shared() ? repeat_looking(t, l, k < 0 ? 0 : k) : 0;
    if (r != 0 || error_pending(t)) {
        return r;
    }
    bool taken = object_lock(t, l);
    size_t len = l->array->len, total;
    if (repeated_length(t, len, k < 0 ? 0 : k, &total) && (r = list_new(t, total)) != 0) {
        values_repeat(value_list(r)->array->items, l->array->items, len, total);
        list_set_filled(r, total);
    }
    object_unlock(l, taken);
    return r;
}

static Value list_irepeat(Thread *t, Value a, Value count)
{
    ssize_t k;
    if (!value_to_count(t, count, &k)) {
        return 0;
    }
    List *l = value_list(a);
    bool taken = object_lock(t, l);
    size_t len = l->array->len, total;
    bool ok = repeated_length(t, len, k < 0 ? 0 : k, &total);
    if (ok && total < len) {
        list_truncate_locked(l, 0);
    } else if (ok && total > len && (ok = list_reserve_locked(t, l, total))) {
        for (size_t i = len; i < total; i += len) {
            values_copy(l->array->items + i, l->array->items, len);
        }
        gc_written(l->array);
        list_set_len(l, total);
    }
    list_unlock(l, taken);
    return ok ? a : 0;
}

/* How many items from the first one on are the same objects, or fewer. */
static size_t same_items(List *a, List *b)
{
    size_t i = 0;
    if (!world_is_shared()) {
        size_t n = a->array->len < b->array->len ? a->array->len : b->array->len;
        const Value *x = a->array->items, *y = b->array->items;
        while (i < n && x[i] == y[i]) {
            i++;
        }
    }
    return i;
}

static Value list_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_list(a) || !value_is_list(b)) {
        return NOT_IMPLEMENTED;
    }
    if (list_len(a) != list_len(b) && (op == CMP_EQ || op == CMP_NE)) {
        return bool_value(op == CMP_NE);
    }
    Value x, y;
    size_t same = same_items(value_list(a), value_list(b));
    for (size_t i = same; same < list_len(a) || same < list_len(b); i++) {
        x = list_get(a, i);
        y = list_get(b, i);
        if (x == 0 || y == 0) {
            break;
        }
        int c = value_equal(t, x, y);
        if (c < 0) {
            return 0;
        }
        if (c == 0) {
            if (i >= list_len(a) || i >= list_len(b)) { /* cleared by the comparison */
                break;
            }
            return op == CMP_EQ   ? FALSE_VALUE
                   : op == CMP_NE ? TRUE_VALUE
                                  : object_compare(t, x, y, op);
        }
    }
    size_t na = list_len(a), nb = list_len(b);
    switch (op) {
    case CMP_LT: return bool_value(na < nb);
    case CMP_LE: return bool_value(na <= nb);
    case CMP_EQ: return bool_value(na == nb);
    case CMP_NE: return bool_value(na != nb);
    case CMP_GT: return bool_value(na > nb);
    default: return bool_value(na >= nb);
    }
}

static Value list_repr(Thread *t, Value a)
{
    if (list_len(a) == 0) {
        return str_from_ascii(t, "[]", 2);
    }
    if (!repr_enter(t, a)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "[...]", 5);
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_char(&b, '[');
    Value v;
    for (size_t i = 0; (v = list_get(a, i)) != 0; i++) {
        if (i > 0) {
            sb_ascii(&b, ", ", 2);
        }
        Value s = object_repr(t, v);
        if (s == 0) {
            repr_leave(t, a);
            return 0;
        }
        sb_str(&b, s);
    }
    sb_char(&b, ']');
    repr_leave(t, a);
    return sb_finish(&b);
}

static Value list_iter(Thread *t, Value self)
{
    return seq_iter_alloc(t, &list_iter_type, self, 0);
}

Type list_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "list",
    .getattr = generic_getattr,
    .doc = "Built-in mutable sequence.\n\n"
           "If no argument is given, the constructor creates a new empty list.\n"
           "The argument must be an iterable if specified.",
    .sig = "list(iterable=(), /)",
    .size = sizeof(List),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_SEQUENCE | TYPE_MATCH_SELF | TYPE_LIST,
    .trace = list_trace,
    .new = list_type_new,
    .init = list_init,
    .repr = list_repr,
    .hash = hash_unhashable,
    .compare = list_compare,
    .iter = list_iter,
    .len = list_length,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .item = list_item,
    .contains = list_contains,
    .concat = list_concat,
    .iconcat = list_iconcat,
    .repeat = list_repeat,
    .irepeat = list_irepeat,
    .methods = list_methods,
};
