/* tuple: an immutable sequence with its items inline.
 *
 *   Tuple | len | items[len]        (subclasses keep their instance part behind the items)
 * A tuple is filled before it is published, so reads need no care.  There is one empty tuple.
 */
#include "core/object/tuple.h"

#include <stdarg.h>

#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/slice.h"
#include "core/object/str.h"

static Tuple empty_tuple = {.head = OBJECT_STATIC_HEAD(&tuple_type), .len = 0};

Value tuple_empty(void)
{
    return object_value(&empty_tuple);
}

Value tuple_new(Thread *t, size_t n)
{
    if (n == 0) {
        return tuple_empty();
    }
    if (UNLIKELY(n > (size_t)1 << 58)) {
        return raise_memory(t);
    }
    Tuple *tup = object_alloc_fast(t, &tuple_type, sizeof(Tuple) + n * sizeof(Value));
    if (UNLIKELY(tup == NULL)) {
        return 0;
    }
    tup->len = n;
    return object_value(tup);
}

Value tuple_from(Thread *t, const Value *items, size_t n)
{
    size_t size = sizeof(Tuple) + n * sizeof(Value);
    Tuple *tup;
    if (size <= GC_STEP_MAX || UNLIKELY(n > (size_t)1 << 58)) {
        Value v = tuple_new(t, n);
        tup = LIKELY(v != 0) ? value_tuple(v) : NULL;
    } else if (LIKELY((tup = object_alloc_raw(t, &tuple_type, size)) != NULL)) {
        tup->len = n;
    }
    if (UNLIKELY(tup == NULL)) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        assert(items[i] != 0);
        gc_init(&tup->items[i], items[i]);
    }
    return object_value(tup);
}

Value tuple_pack(Thread *t, size_t n, ...)
{
    bool failed = false; /* an item could not be made */
    Value v = tuple_new(t, n);
    if (v == 0) {
        return 0;
    }
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; i < n; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], va_arg(ap, Value));
        failed |= value_tuple(v)->items[i] == 0 && t->exc;
    }
    va_end(ap);
    return failed ? 0 : v;
}

Value tuple_slice(Thread *t, Value tup, size_t lo, size_t hi)
{
    size_t len = tuple_len(tup);
    hi = hi > len ? len : hi;
    lo = lo > hi ? hi : lo;
    if (lo == 0 && hi == len && value_is_tuple_exact(tup)) {
        return tup;
    }
    return tuple_from(t, value_tuple(tup)->items + lo, hi - lo);
}

static void tuple_trace(Object *self, Tracer *tr)
{
    Tuple *tup = (Tuple *)self;
    trace_values(tr, tup->items, tup->len);
}

/* ---- construction ---- */

static Value tuple_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (kwnames != 0 && (type == &tuple_type || type->init == tuple_type.init) &&
        !args_no_kw(t, "tuple", kwnames)) {
        return 0;
    }
    if (!args_count(t, "tuple", n, 0, 1)) {
        return 0;
    }
    Value items = n == 0 ? tuple_empty() : sequence_tuple(t, args[0]);
    if (items == 0 || type == &tuple_type) {
        return items;
    }
    size_t len = tuple_len(items);
    Tuple *tup = object_alloc_instance(t, type, len);
    if (tup == NULL) {
        return 0;
    }
    tup->len = len;
    for (size_t i = 0; i < len; i++) {
        gc_store(tup, &tup->items[i], tuple_get(items, i));
    }
    return object_value(tup);
}

/* ---- slots ---- */

static ssize_t tuple_length(Thread *t UNUSED, Value a)
{
    return (ssize_t)tuple_len(a);
}

static Value tuple_item(Thread *t, Value self, ssize_t i)
{
    if ((size_t)i >= tuple_len(self)) {
        return index_error(t, "tuple index out of range");
    }
    return tuple_get(self, (size_t)i);
}

Value tuple_get_slice(Thread *t, Value self, const SliceBounds *bounds)
{
    ssize_t start = bounds->start, stop = bounds->stop, step = bounds->step;
    ssize_t n = slice_adjust((ssize_t)tuple_len(self), &start, &stop, step);
    if (step == 1) {
        return tuple_slice(t, self, (size_t)start, (size_t)(start + n));
    }
    Value r = tuple_new(t, (size_t)n);
    if (r == 0) {
        return 0;
    }
    for (ssize_t i = 0; i < n; i++) {
        gc_store(value_object(r), &value_tuple(r)->items[i],
                 tuple_get(self, (size_t)(start + i * step)));
    }
    return r;
}

static Value tuple_getitem(Thread *t, Value self, Value key)
{
    if (LIKELY(value_is_fixnum(key))) {
        int64_t i = fixnum_get(key);
        return tuple_item(t, self, i < 0 ? i + (int64_t)tuple_len(self) : i);
    }
    ssize_t i;
    switch (subscript_key(t, key, "tuple indices must be integers or slices, not %T", &i)) {
    case SUBSCRIPT_INDEX:
        return tuple_item(t, self, i < 0 ? i + (ssize_t)tuple_len(self) : i);
    case SUBSCRIPT_SLICE: {
        SliceBounds bounds;
        return slice_bounds(t, key, &bounds) ? tuple_get_slice(t, self, &bounds) : 0;
    }
    default:
        return 0;
    }
}

static int tuple_contains(Thread *t, Value self, Value item)
{
    for (size_t i = 0; i < tuple_len(self); i++) {
        int c = value_equal(t, tuple_get(self, i), item);
        if (c != 0) {
            return c;
        }
    }
    return 0;
}

static Value tuple_concat(Thread *t, Value a, Value b)
{
    if (!value_is_tuple(b)) {
        return type_error(t, "can only concatenate tuple (not \"%T\") to tuple", b);
    }
    size_t na = tuple_len(a), nb = tuple_len(b);
    if (nb == 0 && value_is_tuple_exact(a)) {
        return a;
    }
    if (na == 0 && value_is_tuple_exact(b)) {
        return b;
    }
    Value r = tuple_new(t, na + nb);
    if (r == 0) {
        return 0;
    }
    Value *to = value_tuple(r)->items;
    memcpy(to, value_tuple(a)->items, na * sizeof(Value));
    memcpy(to + na, value_tuple(b)->items, nb * sizeof(Value));
    return r;
}

static Value tuple_repeat(Thread *t, Value a, Value count)
{
    ssize_t k;
    if (!value_to_count(t, count, &k)) {
        return 0;
    }
    size_t len = tuple_len(a);
    if (k == 1 && value_is_tuple_exact(a)) {
        return a;
    }
    if (k <= 0 || len == 0) {
        return tuple_empty();
    }
    size_t total;
    if (__builtin_mul_overflow(len, (size_t)k, &total)) {
        return raise_memory(t);
    }
    Value r = tuple_new(t, total);
    if (r == 0) {
        return 0;
    }
    fill_repeating(value_tuple(r)->items, total * sizeof(Value), value_tuple(a)->items,
                   len * sizeof(Value));
    return r;
}

/* The mixing of xxHash (64-bit lanes), as the reference interpreter does it. */
static int64_t tuple_hash(Thread *t, Value a)
{
    const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u,
                   p5 = 2870177450012600261u;
    uint64_t acc = p5;
    size_t len = tuple_len(a);
    for (size_t i = 0; i < len; i++) {
        Value v = tuple_get(a, i);
        int64_t lane = LIKELY(value_is_fixnum(v)) ? int_hash(v) : object_hash(t, v);
        if (UNLIKELY(lane == -1)) {
            return -1;
        }
        acc += (uint64_t)lane * p2;
        acc = (acc << 31) | (acc >> 33);
        acc *= p1;
    }
    acc += len ^ (p5 ^ 3527539u);
    return acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
}

static Value tuple_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_tuple(a) || !value_is_tuple(b)) {
        return NOT_IMPLEMENTED;
    }
    size_t na = tuple_len(a), nb = tuple_len(b), i = 0;
    size_t least = na < nb ? na : nb;
    for (; i < least; i++) {
        int c = value_equal(t, tuple_get(a, i), tuple_get(b, i));
        if (c < 0) {
            return 0;
        }
        if (c == 0) {
            break;
        }
    }
    if (i < least) {
        if (op == CMP_EQ || op == CMP_NE) {
            return bool_value(op == CMP_NE);
        }
        return object_compare(t, tuple_get(a, i), tuple_get(b, i), op);
    }
    switch (op) {
    case CMP_LT: return bool_value(na < nb);
    case CMP_LE: return bool_value(na <= nb);
    case CMP_EQ: return bool_value(na == nb);
    case CMP_NE: return bool_value(na != nb);
    case CMP_GT: return bool_value(na > nb);
    default: return bool_value(na >= nb);
    }
}

static Value tuple_repr(Thread *t, Value a)
{
    size_t len = tuple_len(a);
    if (len == 0) {
        return str_from_ascii(t, "()", 2);
    }
    if (!repr_enter(t, a)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "(...)", 5);
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_char(&b, '(');
    for (size_t i = 0; i < len; i++) {
        if (i > 0) {
            sb_ascii(&b, ", ", 2);
        }
        Value s = object_repr(t, tuple_get(a, i));
        if (s == 0) {
            repr_leave(t, a);
            return 0;
        }
        sb_str(&b, s);
    }
    sb_ascii(&b, ",)", len == 1 ? 2 : 0);
    if (len != 1) {
        sb_char(&b, ')');
    }
    repr_leave(t, a);
    return sb_finish(&b);
}

/* ---- methods ---- */

NATIVE_FN(tuple_index)
{
    ssize_t lo, hi;
    if (!index_range_args(t, args[2], args[3], (ssize_t)tuple_len(args[0]), &lo, &hi)) {
        return 0;
    }
    for (ssize_t i = lo; i < hi; i++) {
        int c = value_equal(t, tuple_get(args[0], (size_t)i), args[1]);
        if (c != 0) {
            return c < 0 ? 0 : fixnum(i);
        }
    }
    return value_error(t, "tuple.index(x): x not in tuple");
}

NATIVE_FN(tuple_count)
{
    int64_t found = 0;
    for (size_t i = 0; i < tuple_len(args[0]); i++) {
        int c = value_equal(t, tuple_get(args[0], i), args[1]);
        if (c < 0) {
            return 0;
        }
        found += c;
    }
    return fixnum(found);
}

NATIVE_FN(tuple_getnewargs)
{
    Value copy = tuple_from(t, value_tuple(args[0])->items, tuple_len(args[0]));
    return copy == 0 ? 0 : tuple_pack(t, 1, copy);
}

static const NativeDef tuple_methods[] = {
    {"__getnewargs__()", tuple_getnewargs, NULL, 0},
    {"index(value, start=0, stop=sys.maxsize, /)", tuple_index,
     "Return first index of value.\n\nRaises ValueError if the value is not present.", 0},
    {"count(value, /)", tuple_count, "Return number of occurrences of value.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

/* ---- iterator ---- */

static Value tuple_iter(Thread *t, Value self)
{
    return seq_iter_alloc(t, &tuple_iter_type, self, 0);
}

static Value tuple_iter_next(Thread *t UNUSED, Value self)
{
    return tuple_iter_step((SeqIter *)value_object(self));
}

static const NativeDef tuple_iter_methods[] = {
    SEQ_ITER_LENGTH_HINT_METHOD,
    SEQ_ITER_REDUCE_METHOD(seq_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate_clipped),
    {NULL, NULL, NULL, 0},
};

Type tuple_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "tuple_iterator",
    .getattr = generic_getattr,
    .size = sizeof(SeqIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = seq_iter_trace,
    .iter = iter_self,
    .next = tuple_iter_next,
    .methods = tuple_iter_methods,
};

Type tuple_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "tuple",
    .getattr = generic_getattr,
    .doc = "Built-in immutable sequence.\n\n"
           "If no argument is given, the constructor returns an empty tuple.\n"
           "If iterable is specified the tuple is initialized from iterable's items.\n\n"
           "If the argument is a tuple, the return value is the same object.",
    .sig = "tuple(iterable=(), /)",
    .size = sizeof(Tuple),
    .item_size = sizeof(Value),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_SEQUENCE | TYPE_MATCH_SELF | TYPE_TUPLE,
    .trace = tuple_trace,
    .new = tuple_type_new,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .compare = tuple_compare,
    .iter = tuple_iter,
    .len = tuple_length,
    .getitem = tuple_getitem,
    .item = tuple_item,
    .contains = tuple_contains,
    .concat = tuple_concat,
    .repeat = tuple_repeat,
    .methods = tuple_methods,
};
