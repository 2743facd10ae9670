/* range: arithmetic progressions of ints of any size, and their two iterators: RangeIter when all
 * values fit int64, LongRangeIter else. */
#include "core/object/module.h"
#include "core/object/int.h"
#include "core/object/native.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

typedef struct LongRangeIter { Object head; Value next, step, left; } LongRangeIter;

static Range *as_range(Value v)
{
    assert(value_isa(v, &range_type));
    return (Range *)value_object(v);
}

/* Number of values of an int64 progression. */
static uint64_t count_small(int64_t start, int64_t stop, int64_t step)
{
    if (step > 0) {
        return start < stop ? ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1 : 0;
    }
    return start > stop ? ((uint64_t)start - (uint64_t)stop - 1) / -(uint64_t)step + 1 : 0;
}

static Value range_length(Thread *t, Value start, Value stop, Value step)
{
    int64_t a, b, s;
    if (int_try_int64(start, &a) && int_try_int64(stop, &b) && int_try_int64(step, &s)) {
        return int_from_uint64(t, count_small(a, b, s));
    }
    Value lo = start, hi = stop;
    if (int_sign(step) < 0) {
        lo = stop;
        hi = start;
        step = int_neg(t, step);
    }
    if (int_compare(lo, hi) >= 0) {
        return fixnum(0);
    }
    Value d = step ? int_sub(t, hi, lo) : 0;
    d = d ? int_sub(t, d, fixnum(1)) : 0;
    d = d ? int_floordiv(t, d, step) : 0;
    return d ? int_add(t, d, fixnum(1)) : 0;
}

/* All three are exact ints, step is not 0. */
static Value make_range(Thread *t, Value start, Value stop, Value step)
{
    Value length = range_length(t, start, stop, step);
    Range *r = length ? object_alloc_fast(t, &range_type, sizeof *r) : NULL;
    if (!r) {
        return 0;
    }
    gc_init(&r->start, start);
    gc_init(&r->stop, stop);
    gc_init(&r->step, step);
    gc_init(&r->length, length);
    return object_value(r);
}

Value range_new(Thread *t, int64_t start, int64_t stop, int64_t step)
{
    assert(step != 0);
    Value a = int_from_int64(t, start), b = int_from_int64(t, stop), s = int_from_int64(t, step);
    return a && b && s ? make_range(t, a, b, s) : 0;
}

static Value exact_index(Thread *t, Value v)
{
    if (value_is_fixnum(v)) {
        return v;
    }
    Value i = number_index(t, v);
    return i ? int_to_exact(t, i) : 0;
}

static Value range_new_slot(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "range", kwnames) || !args_count(t, "range", n, 1, 3)) {
        return 0;
    }
    Value start = fixnum(0), step = fixnum(1);
    if (n > 1 && !(start = exact_index(t, args[0]))) {
        return 0;
    }
    Value stop = exact_index(t, args[n > 1]);
    if (!stop || (n == 3 && !(step = exact_index(t, args[2])))) {
        return 0;
    }
    if (step == fixnum(0)) {
        return value_error(t, "range() arg 3 must not be zero");
    }
    return make_range(t, start, stop, step);
}

static Value range_repr(Thread *t, Value v)
{
    Range *r = as_range(v);
    return r->step == fixnum(1) ? str_format(t, "range(%R, %R)", r->start, r->stop)
                                : str_format(t, "range(%R, %R, %R)", r->start, r->stop, r->step);
}

static ssize_t range_len(Thread *t, Value v)
{
    int64_t n;
    if (!int_try_int64(as_range(v)->length, &n)) {
        overflow_error(t, "Python int too large to convert to C ssize_t");
        return -1;
    }
    return n;
}

static int range_truth(Thread *t UNUSED, Value v)
{
    return as_range(v)->length != fixnum(0);
}

/* start + i * step */
static Value value_at(Thread *t, Value start, Value step, Value i)
{
    Value d = int_mul(t, i, step);
    return d ? int_add(t, start, d) : 0;
}

static Value range_at(Thread *t, Range *r, Value i)
{
    if (int_sign(i) < 0) {
        i = int_add(t, i, r->length);
        if (!i) {
            return 0;
        }
    }
    if (int_sign(i) < 0 || int_compare(i, r->length) >= 0) {
        return index_error(t, "range object index out of range");
    }
    return value_at(t, r->start, r->step, i);
}

static Value range_getitem(Thread *t, Value self, Value key)
{
    Range *r = as_range(self);
    if (type_of(key) == &slice_type) {
        Value a, b, s;
        if (!slice_indices_exact(t, key, r->length, &a, &b, &s)) {
            return 0;
        }
        Value start = value_at(t, r->start, r->step, a), stop = value_at(t, r->start, r->step, b);
        Value step = int_mul(t, r->step, s);
        return start && stop && step ? make_range(t, start, stop, step) : 0;
    }
    if (!type_of(key)->index) {
        return type_error(t, "range indices must be integers or slices, not %T", key);
    }
    Value i = number_index(t, key);
    return i ? range_at(t, r, i) : 0;
}

static Value range_item(Thread *t, Value self, ssize_t i)
{
    return i < 0 ? index_error(t, "range object index out of range")
                 : range_at(t, as_range(self), int_from_int64(t, i));
}

/* Position of the int v, or NONE when absent; 0 raised. */
static Value position_of(Thread *t, Range *r, Value v)
{
    bool up = int_sign(r->step) > 0;
    int lo = int_compare(v, r->start), hi = int_compare(v, r->stop);
    if (up ? lo < 0 || hi >= 0 : lo > 0 || hi <= 0) {
        return NONE;
    }
    Value d = int_sub(t, v, r->start), q, m;
    if (!d || !int_divmod(t, d, r->step, &q, &m)) {
        return 0;
    }
    return m == fixnum(0) ? q : NONE;
}

static bool is_plain_int(Value v)
{
    return value_is_int_exact(v) || value_is_bool(v);
}

static int range_contains(Thread *t, Value self, Value v)
{
    if (is_plain_int(v)) {
        Value p = position_of(t, as_range(self), v);
        return p ? !is_none(p) : -1;
    }
    Value it = object_iter(t, self), x;
    if (!it) {
        return -1;
    }
    while ((x = iter_next(t, it))) {
        int c = object_compare_bool(t, x, v, CMP_EQ);
        if (c) {
            return c;
        }
    }
    return error_pending(t) ? -1 : 0;
}

static Value range_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (type_of(b) != &range_type || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    Range *x = as_range(a), *y = as_range(b);
    bool equal = a == b || (int_compare(x->length, y->length) == 0 &&
                            (x->length == fixnum(0) ||
                             (int_compare(x->start, y->start) == 0 &&
                              (x->length == fixnum(1) || int_compare(x->step, y->step) == 0))));
    return bool_value(equal == (op == CMP_EQ));
}

static int64_t range_hash(Thread *t, Value v)
{
    Range *r = as_range(v);
    bool empty = r->length == fixnum(0), single = r->length == fixnum(1);
    Value key =
        tuple_pack(t, 3, r->length, empty ? NONE : r->start, empty || single ? NONE : r->step);
    return key ? object_hash(t, key) : -1;
}

static void range_trace(Object *o, Tracer *tr)
{
    Range *r = (Range *)o;
    trace_value(tr, r->start);
    trace_value(tr, r->stop);
    trace_value(tr, r->step);
    trace_value(tr, r->length);
}

/* ---- iterators ---- */

static Value small_iter(Thread *t, int64_t start, int64_t step, int64_t left)
{
    RangeIter *it = object_alloc_fast(t, &range_iter_type, sizeof *it);
    if (!it) {
        return 0;
    }
    it->end = (int64_t)((uint64_t)start + (uint64_t)left * (uint64_t)step);
    it->step = step;
    it->left = it->count = left;
    return object_value(it);
}

static Value long_iter(Thread *t, Value start, Value step, Value left)
{
    LongRangeIter *it = object_alloc(t, &long_range_iter_type, sizeof *it);
    if (!it) {
        return 0;
    }
    gc_init(&it->next, start);
    gc_init(&it->step, step);
    gc_init(&it->left, left);
    return object_value(it);
}

/* The small form needs every value, and one step beyond the last, to be a fixnum. */
static Value iter_from(Thread *t, Value start, Value step, Value count)
{
    if (value_is_fixnum(start) && value_is_fixnum(step) && value_is_fixnum(count)) {
        __int128 end = (__int128)fixnum_get(start) + (__int128)fixnum_get(step) * fixnum_get(count);
        if (end >= FIXNUM_MIN && end <= FIXNUM_MAX) {
            return small_iter(t, fixnum_get(start), fixnum_get(step), fixnum_get(count));
        }
    }
    return long_iter(t, start, step, count);
}

static Value range_iter(Thread *t, Value v)
{
    Range *r = as_range(v);
    return iter_from(t, r->start, r->step, r->length);
}

static Value range_reversed(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Range *r = as_range(args[0]);
    Value last = int_sub(t, r->length, fixnum(1));
    Value start = last ? value_at(t, r->start, r->step, last) : 0;
    Value step = start ? int_neg(t, r->step) : 0;
    return step ? iter_from(t, start, step, r->length) : 0;
}

static Value range_iter_next(Thread *t UNUSED, Value v)
{
    RangeIter *it = (RangeIter *)value_object(v);
    int64_t left = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
    if (left <= 0) {
        return 0;
    }
    __atomic_store_n(&it->left, left - 1, __ATOMIC_RELAXED);
    return fixnum(range_iter_value(it, left));
}

static Value long_range_iter_next(Thread *t, Value v)
{
    LongRangeIter *it = (LongRangeIter *)value_object(v);
    Value left = value_load(&it->left), x = value_load(&it->next);
    if (left == fixnum(0)) {
        return 0;
    }
    Value next = int_add(t, x, it->step), rest = next ? int_sub(t, left, fixnum(1)) : 0;
    if (!rest) {
        return 0;
    }
    gc_store(it, &it->next, next);
    gc_store(it, &it->left, rest);
    return x;
}

static void long_iter_trace(Object *o, Tracer *tr)
{
    LongRangeIter *it = (LongRangeIter *)o;
    trace_value(tr, it->next);
    trace_value(tr, it->step);
    trace_value(tr, it->left);
}

/* The three ints of either iterator. */
static bool iter_parts(Thread *t, Value v, Value *next, Value *step, Value *left)
{
    if (type_of(v) == &range_iter_type) {
        RangeIter *it = (RangeIter *)value_object(v);
        int64_t count = __atomic_load_n(&it->left, __ATOMIC_RELAXED);
        *next = fixnum(range_iter_value(it, count));
        *step = fixnum(it->step);
        *left = int_from_int64(t, count);
        return *left != 0;
    }
    LongRangeIter *it = (LongRangeIter *)value_object(v);
    *next = value_load(&it->next);
    *step = it->step;
    *left = value_load(&it->left);
    return true;
}

static Value iter_length_hint(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value next, step, left;
    return iter_parts(t, args[0], &next, &step, &left) ? left : 0;
}

static Value iter_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value next, step, left;
    if (!iter_parts(t, args[0], &next, &step, &left)) {
        return 0;
    }
    Value stop = value_at(t, next, step, left), index = fixnum(0);
    if (type_of(args[0]) == &range_iter_type) { /* the whole range and how far it is in it */
        RangeIter *it = (RangeIter *)value_object(args[0]);
        next = fixnum(range_iter_value(it, it->count));
        index = int_sub(t, fixnum(it->count), left);
    }
    Value range = stop && index ? make_range(t, next, stop, step) : 0;
    Value a = range ? tuple_pack(t, 1, range) : 0;
    Value builtins = a ? import_attr(t, "builtins", "iter") : 0;
    return builtins ? tuple_pack(t, 3, builtins, a, index) : 0;
}

/* Skips state values of an iterator fresh from its range. */
static Value iter_setstate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value next, step, left, i = number_index(t, args[1]);
    if (!i || !iter_parts(t, args[0], &next, &step, &left)) {
        return 0;
    }
    if (int_sign(i) < 0) {
        i = fixnum(0);
    } else if (int_compare(i, left) > 0) {
        i = left;
    }
    next = value_at(t, next, step, i);
    left = next ? int_sub(t, left, i) : 0;
    if (!left) {
        return 0;
    }
    if (type_of(args[0]) == &range_iter_type) {
        RangeIter *it = (RangeIter *)value_object(args[0]);
        __atomic_store_n(&it->left, fixnum_get(left), __ATOMIC_RELAXED);
    } else {
        LongRangeIter *it = (LongRangeIter *)value_object(args[0]);
        gc_store(it, &it->next, next);
        gc_store(it, &it->left, left);
    }
    return NONE;
}

static const NativeDef iter_methods[] = {
    {"__length_hint__()", iter_length_hint, "How many values are left.", 0},
    {"__reduce__()", iter_reduce, "How to pickle the iterator.", 0},
    {"__setstate__(state, /)", iter_setstate, "Skips the first state values.", 0},
    {0},
};

Type range_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "range_iterator",
    .getattr = generic_getattr,
    .flags = TYPE_NO_INSTANTIATE,
    .size = sizeof(RangeIter),
    .iter = iter_self,
    .next = range_iter_next,
    .methods = iter_methods,
};

Type long_range_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "longrange_iterator",
    .getattr = generic_getattr,
    .flags = TYPE_NO_INSTANTIATE,
    .size = sizeof(LongRangeIter),
    .trace = long_iter_trace,
    .iter = iter_self,
    .next = long_range_iter_next,
    .methods = iter_methods,
};

/* ---- methods ---- */

static Value range_count_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (is_plain_int(args[1])) {
        int c = range_contains(t, args[0], args[1]);
        return c < 0 ? 0 : fixnum(c);
    }
    Value it = object_iter(t, args[0]), x;
    int64_t count = 0;
    while (it && (x = iter_next(t, it))) {
        int c = object_compare_bool(t, x, args[1], CMP_EQ);
        if (c < 0) {
            return 0;
        }
        count += c;
    }
    return error_pending(t) ? 0 : fixnum(count);
}

static Value range_index_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (is_plain_int(args[1])) {
        Value p = position_of(t, as_range(args[0]), args[1]);
        return p && is_none(p) ? value_error(t, "%R is not in range", args[1]) : p;
    }
    Value it = object_iter(t, args[0]), x;
    for (int64_t i = 0; it && (x = iter_next(t, it)); i++) {
        int c = object_compare_bool(t, x, args[1], CMP_EQ);
        if (c) {
            return c < 0 ? 0 : fixnum(i);
        }
    }
    return error_pending(t) ? 0 : value_error(t, "sequence.index(x): x not in sequence");
}

static Value range_reduce_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Range *r = as_range(args[0]);
    Value a = tuple_pack(t, 3, r->start, r->stop, r->step);
    return a ? tuple_pack(t, 2, object_value(&range_type), a) : 0;
}

static const NativeDef range_methods[] = {
    {"__reversed__()", range_reversed, "Reverse iterator.", 0},
    {"__reduce__()", range_reduce_method, "How to pickle the range.", 0},
    {"count(value, /)", range_count_method, "How often value occurs: 0 or 1 for ints.", 0},
    {"index(value, /)", range_index_method, "Position of value; ValueError when absent.", 0},
    {0},
};

static const MemberDef range_members[] = {
    {"start", MEMBER_VALUE, offsetof(Range, start), true, NULL},
    {"stop", MEMBER_VALUE, offsetof(Range, stop), true, NULL},
    {"step", MEMBER_VALUE, offsetof(Range, step), true, NULL},
    {0},
};

Type range_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "range",
    .getattr = generic_getattr,
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\n"
           "The ints from start (inclusive) to stop (exclusive) by step.",
    .flags = TYPE_SEQUENCE,
    .size = sizeof(Range),
    .trace = range_trace,
    .new = range_new_slot,
    .repr = range_repr,
    .hash = range_hash,
    .compare = range_compare,
    .iter = range_iter,
    .truth = range_truth,
    .len = range_len,
    .getitem = range_getitem,
    .item = range_item,
    .contains = range_contains,
    .methods = range_methods,
    .members = range_members,
};
