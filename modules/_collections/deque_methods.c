/* collections.deque as Python sees it. */
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_collections/deque.h"

static void deque_trace(Object *self, Tracer *tr)
{
    trace_object(tr, ((Deque *)self)->ring);
}

static Value deque_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                            Value kwnames UNUSED)
{
    return deque_alloc(t, type);
}

static bool deque_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("deque(iterable=(), maxlen=None)");
    Value a[2];
    ssize_t maxlen = -1;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    if (a[1] != 0 && !is_none(a[1])) {
        if (!value_is_int(a[1])) {
            type_error(t, "an integer is required");
            return false;
        }
        if (!value_to_ssize(t, a[1], &maxlen, &exc_OverflowError)) {
            return false;
        }
        if (maxlen < 0) {
            value_error(t, "maxlen must be non-negative");
            return false;
        }
    }
    Deque *d = value_deque(self);
    bool taken = object_lock(t, d);
    store_relaxed(&d->maxlen, maxlen);
    object_unlock(d, taken);
    if (deque_len(self) > 0) {
        deque_clear(t, self);
    }
    return a[0] == 0 || deque_extend(t, self, a[0], false);
}

/* ---- slots ---- */

/* At one moment: extend() adds its items at one. */
static ssize_t deque_length(Thread *t, Value a)
{
    Deque *d = value_deque(a);
    DequeLook look;
    if (world_is_shared() && deque_look_begin(d, &look) && deque_look_end(d, &look)) {
        return (ssize_t)look.len;
    }
    bool taken = object_lock(t, d);
    size_t n = d->len;
    object_unlock(d, taken);
    return (ssize_t)n;
}

static Value deque_item(Thread *t, Value self, ssize_t i)
{
    Value v = i < 0 ? 0 : deque_get(t, self, (size_t)i);
    return v != 0 ? v : index_error(t, "deque index out of range");
}

static Value deque_getitem(Thread *t, Value self, Value key)
{
    ssize_t i;
    if (!value_is_fixnum(key) && type_of(key)->index == NULL) {
        return type_error(t, "sequence index must be integer, not '%T'", key);
    }
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return 0;
    }
    return deque_item(t, self, i < 0 ? i + (ssize_t)deque_len(self) : i);
}

static bool deque_setitem(Thread *t, Value self, Value key, Value v)
{
    ssize_t i;
    if (!value_to_ssize(t, key, &i, &exc_IndexError)) {
        return false;
    }
    Deque *d = value_deque(self);
    i = i < 0 ? i + (ssize_t)deque_len(self) : i;
    bool ok;
    if (v == 0) {
        ok = i >= 0 && deque_remove_at(t, self, (size_t)i);
    } else {
        bool taken = object_lock(t, d);
        ok = i >= 0 && (size_t)i < d->len;
        if (ok) {
            gc_store(d->ring, deque_slot_locked(d, (size_t)i), v);
        }
        deque_unlock(d, taken);
    }
    if (!ok) {
        index_error(t, "deque index out of range");
    }
    return ok;
}

/* Index of the first item in [lo, hi) that equals v; -1: none or raised.  count != NULL: counts
 * them all. */
static ssize_t search(Thread *t, Value self, Value v, size_t lo, size_t hi, size_t *count)
{
    uint64_t state = deque_state(self);
    Value item;
    for (size_t i = lo; i < hi && (item = deque_get(t, self, i)) != 0; i++) {
        int c = object_compare_bool(t, item, v, CMP_EQ);
        if (c < 0) {
            return -1;
        }
        if (c && count == NULL) {
            return (ssize_t)i;
        }
        if (count != NULL) {
            *count += (size_t)c;
        }
        if (deque_state(self) != state) {
            runtime_error(t, "deque mutated during iteration");
            return -1;
        }
    }
    return -1;
}

static int deque_contains(Thread *t, Value self, Value item)
{
    ssize_t i = search(t, self, item, 0, SIZE_MAX, NULL);
    return i >= 0 ? 1 : error_pending(t) ? -1 : 0;
}

static Value deque_concat(Thread *t, Value a, Value b)
{
    if (!value_isa(b, &deque_type)) {
        return type_error(t, "can only concatenate deque (not \"%T\") to deque", b);
    }
    Value r = deque_copy(t, a);
    return r != 0 && deque_extend(t, r, b, false) ? r : 0;
}

static Value deque_iconcat(Thread *t, Value a, Value b)
{
    return deque_extend(t, a, b, false) ? a : 0;
}

static Value deque_irepeat(Thread *t, Value self, Value count)
{
    ssize_t k;
    if (!value_to_count(t, count, &k)) {
        return 0;
    }
    Deque *d = value_deque(self);
    size_t len = deque_len(self);
    if (len == 0 || k == 1) {
        return self;
    }
    if (k <= 0) {
        deque_clear(t, self);
        return self;
    }
    Value items = deque_items(t, self);
    if (items == 0) {
        return 0;
    }
    const ssize_t maxlen = deque_limit(d);
    size_t total, times = (size_t)k;
    if (__builtin_mul_overflow(len, times, &total) || total > (size_t)1 << 58) {
        if (maxlen < 0) {
            return raise_memory(t);
        }
    }
    /* earlier rounds are pushed out again */
    if (maxlen >= 0 && times > (size_t)maxlen / len + 2) {
        size_t whole = (size_t)maxlen / len + 2;
        times = whole;
    }
    for (; times > 1; times--) {
        if (!deque_extend(t, self, items, false)) {
            return 0;
        }
    }
    return self;
}

static Value deque_repeat(Thread *t, Value self, Value count)
{
    Value r = deque_copy(t, self);
    return r == 0 ? 0 : deque_irepeat(t, r, count);
}

static Value deque_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_isa(a, &deque_type) || !value_isa(b, &deque_type)) {
        return NOT_IMPLEMENTED;
    }
    if ((op == CMP_EQ || op == CMP_NE) && (a == b || deque_len(a) != deque_len(b))) {
        return bool_value((a == b) == (op == CMP_EQ));
    }
    Value ia = object_iter(t, a), ib = ia == 0 ? 0 : object_iter(t, b), x, y;
    if (ib == 0) {
        return 0;
    }
    for (;;) {
        x = iter_next(t, ia);
        if (x == 0 && error_pending(t)) {
            return 0;
        }
        y = iter_next(t, ib);
        if (y == 0 && error_pending(t)) {
            return 0;
        }
        if (x == 0 || y == 0) {
            break;
        }
        int c = object_compare_bool(t, x, y, CMP_EQ);
        if (c < 0) {
            return 0;
        }
        if (c == 0) {
            return object_compare(t, x, y, op);
        }
    }
    int order = (x != 0) - (y != 0);
    switch (op) {
    case CMP_LT: return bool_value(order < 0);
    case CMP_LE: return bool_value(order <= 0);
    case CMP_EQ: return bool_value(order == 0);
    case CMP_NE: return bool_value(order != 0);
    case CMP_GT: return bool_value(order > 0);
    default: return bool_value(order >= 0);
    }
}

static Value deque_repr(Thread *t, Value self)
{
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "[...]", 5);
    }
    Value name = type_name_value(t, type_of(self)), items = deque_items(t, self), r = 0;
    if (name != 0 && items != 0) {
        ssize_t maxlen = deque_limit(value_deque(self));
        r = maxlen < 0 ? str_format(t, "%U(%R)", name, items)
                       : str_format(t, "%U(%R, maxlen=%zd)", name, items, maxlen);
    }
    repr_leave(t, self);
    return r;
}

static Value deque_iter(Thread *t, Value self)
{
    return deque_iter_new(t, &deque_iter_type, self);
}

/* ---- methods ---- */

NATIVE_FN(deque_append_method)
{
    return deque_append(t, args[0], args[1]) ? NONE : 0;
}
NATIVE_FN(deque_append_left_method)
{
    return deque_append_left(t, args[0], args[1]) ? NONE : 0;
}
NATIVE_FN(deque_pop_method)
{
    return deque_pop(t, args[0]);
}
NATIVE_FN(deque_pop_left_method)
{
    return deque_pop_left(t, args[0]);
}
NATIVE_FN(deque_clear_method)
{
    deque_clear(t, args[0]);
    return NONE;
}
NATIVE_FN(deque_copy_method)
{
    return deque_copy(t, args[0]);
}
NATIVE_FN(deque_extend_method) { return deque_extend(t, args[0], args[1], false) ? NONE : 0; }

NATIVE_FN(deque_extend_left_method) { return deque_extend(t, args[0], args[1], true) ? NONE : 0; }

NATIVE_FN(deque_count)
{
    size_t count = 0;
    search(t, args[0], args[1], 0, SIZE_MAX, &count);
    return error_pending(t) ? 0 : fixnum((int64_t)count);
}

NATIVE_FN(deque_index)
{
    ssize_t lo, hi;
    if (!index_range_args(t, args[2], args[3], (ssize_t)deque_len(args[0]), &lo, &hi)) {
        return 0;
    }
    ssize_t i = lo < hi ? search(t, args[0], args[1], (size_t)lo, (size_t)hi, NULL) : -1;
    if (i >= 0) {
        return fixnum(i);
    }
    return error_pending(t) ? 0 : value_error(t, "%R is not in deque", args[1]);
}

NATIVE_FN(deque_remove)
{
    uint64_t state = deque_state(args[0]);
    Value item;
    for (size_t i = 0; (item = deque_get(t, args[0], i)) != 0; i++) {
        int c = object_compare_bool(t, item, args[1], CMP_EQ);
        if (c < 0) {
            return 0;
        }
        if (deque_state(args[0]) != state) {
            return index_error(t, "deque mutated during remove().");
        }
        if (c) {
            deque_remove_at(t, args[0], i);
            return NONE;
        }
    }
    return value_error(t, "%R is not in deque", args[1]);
}

NATIVE_FN(deque_insert_method)
{
    ssize_t i;
    bool full;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    i = i < 0 ? i + (ssize_t)deque_len(args[0]) : i;
    if (!deque_insert(t, args[0], i < 0 ? 0 : (size_t)i, args[2], &full)) {
        return 0;
    }
    return full ? index_error(t, "deque already at its maximum size") : NONE;
}

NATIVE_FN(deque_rotate_method)
{
    ssize_t k = 1;
    if (!args_count(t, "deque.rotate", n - 1, 0, 1) ||
        (n > 1 && !value_to_ssize(t, args[1], &k, &exc_OverflowError))) {
        return 0;
    }
    deque_rotate(t, args[0], k);
    return NONE;
}

NATIVE_FN(deque_reverse_method)
{
    deque_reverse(t, args[0]);
    return NONE;
}

NATIVE_FN(deque_reversed)
{
    return deque_iter_new(t, &deque_reverse_iter_type, args[0]);
}

NATIVE_FN(deque_reduce)
{
    ssize_t maxlen = deque_limit(value_deque(args[0]));
    Value state = call_method0(t, args[0], N(__getstate__));
    Value it = state == 0 ? 0 : object_iter(t, args[0]);
    Value inner =
        maxlen < 0 ? tuple_empty() : tuple_pack(t, 2, tuple_empty(), int_from_int64(t, maxlen));
    return it == 0 || inner == 0
               ? 0
               : tuple_pack(t, 4, object_value(type_of(args[0])), inner, state, it);
}

NATIVE_FN(deque_sizeof)
{
    Deque *d = value_deque(args[0]);
    bool taken = object_lock(t, d);
    size_t size = type_of(args[0])->size +
                  (d->ring->cap == 0 ? 0 : sizeof(ValueArray) + d->ring->cap * sizeof(Value));
    object_unlock(d, taken);
    return fixnum((int64_t)size);
}

const NativeDef deque_methods[] = {
    {"append(object, /)", deque_append_method, "Add an element to the right side of the deque.", 0},
    {"appendleft(object, /)", deque_append_left_method,
     "Add an element to the left side of the deque.", 0},
    {"clear()", deque_clear_method, "Remove all elements from the deque.", 0},
    {"__copy__()", deque_copy_method, "Return a shallow copy of a deque.", 0},
    {"copy()", deque_copy_method, "Return a shallow copy of a deque.", 0},
    {"count(value, /)", deque_count, "D.count(value) -- return number of occurrences of value", 0},
    {"extend(iterable, /)", deque_extend_method,
     "Extend the right side of the deque with elements from the iterable", 0},
    {"extendleft(iterable, /)", deque_extend_left_method,
     "Extend the left side of the deque with elements from the iterable", 0},
    {"index(value, start=0, stop=sys.maxsize, /)", deque_index,
     "Return first index of value.\n\nRaises ValueError if the value is not present.", 0},
    {"insert(index, object, /)", deque_insert_method, "Insert object before index.", 0},
    {"pop()", deque_pop_method, "Remove and return the rightmost element.", 0},
    {"popleft()", deque_pop_left_method, "Remove and return the leftmost element.", 0},
    {"__reduce__()", deque_reduce, "Return state information for pickling.", 0},
    {"remove(value, /)", deque_remove, "Remove first occurrence of value.", 0},
    {"__reversed__()", deque_reversed, "Return a reverse iterator over the deque.", 0},
    {"reverse()", deque_reverse_method, "Reverse *IN PLACE*", 0},
    {"rotate", deque_rotate_method,
     "Rotate the deque n steps to the right (default n=1).  If n is negative, rotates left.",
     NATIVE_RAW},
    {"__sizeof__()", deque_sizeof, "Size of the deque in memory, in bytes.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

static Value deque_maxlen(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    ssize_t maxlen = deque_limit(value_deque(self));
    return maxlen < 0 ? NONE : int_from_int64(t, maxlen);
}

static const GetSetDef deque_getset[] = {
    {"maxlen", deque_maxlen, NULL, "maximum size of a deque or None if unbounded", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type deque_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "collections.deque",
    .getattr = generic_getattr,
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\n"
           "A list-like sequence optimized for data accesses near its endpoints.",
    .size = sizeof(Deque),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_SEQUENCE,
    .weakrefable = 1,
    .trace = deque_trace,
    .new = deque_type_new,
    .init = deque_init,
    .repr = deque_repr,
    .hash = hash_unhashable,
    .compare = deque_compare,
    .iter = deque_iter,
    .len = deque_length,
    .getitem = deque_getitem,
    .setitem = deque_setitem,
    .item = deque_item,
    .contains = deque_contains,
    .concat = deque_concat,
    .iconcat = deque_iconcat,
    .repeat = deque_repeat,
    .irepeat = deque_irepeat,
    .methods = deque_methods,
    .getset = deque_getset,
};
