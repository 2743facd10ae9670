/* slice: an immutable triple, and the arithmetic of slice indices for all sequences. */
#include "core/object/slice.h"

#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Slice *as_slice(Value v)
{
    assert(value_isa(v, &slice_type));
    return (Slice *)value_object(v);
}

Value slice_new(Thread *t, Value start, Value stop, Value step)
{
    Slice *s = object_alloc_fast(t, &slice_type, sizeof *s);
    if (!s) {
        return 0;
    }
    gc_init(&s->start, start ? start : NONE);
    gc_init(&s->stop, stop ? stop : NONE);
    gc_init(&s->step, step ? step : NONE);
    s->boxed[0] = s->boxed[1] = s->boxed[2] = NULL;
    bool (*made)(Thread *, Slice *) = __atomic_load_n(&runtime.slice_made, __ATOMIC_ACQUIRE);
    return LIKELY(made == NULL) || made(t, s) ? object_value(s) : 0;
}

Subscript subscript_key(Thread *t, Value key, const char *message, ssize_t *i)
{
    if (type_of(key) == &slice_type) {
        return SUBSCRIPT_SLICE;
    }
    if (type_of(key)->index == NULL) {
        type_error(t, message, key);
        return SUBSCRIPT_ERROR;
    }
    return value_to_ssize(t, key, i, &exc_IndexError) ? SUBSCRIPT_INDEX : SUBSCRIPT_ERROR;
}

/* Index v of a sequence of len items, within [lowest, highest]. */
static inline ssize_t clamp(ssize_t v, ssize_t len, ssize_t lowest, ssize_t highest)
{
    if (v < 0) {
        v += len;
        return v < 0 ? lowest : v;
    }
    return v >= len ? highest : v;
}

ssize_t slice_adjust(ssize_t len, ssize_t *start, ssize_t *stop, ssize_t step)
{
    assert(step != 0 && step >= -PTRDIFF_MAX && len >= 0);
    ssize_t lowest = step < 0 ? -1 : 0, highest = step < 0 ? len - 1 : len;
    ssize_t from = *start = clamp(*start, len, lowest, highest);
    ssize_t to = *stop = clamp(*stop, len, lowest, highest);
    if (step == 1) {
        return from < to ? to - from : 0;
    }
    if (step == -1) {
        return to < from ? from - to : 0;
    }
    if (step < 0) {
        return to < from ? (from - to - 1) / -step + 1 : 0;
    }
    return from < to ? (to - from - 1) / step + 1 : 0;
}

static bool slice_index(Thread *t, Value v, ssize_t *out)
{
    if (LIKELY(value_is_fixnum(v))) {
        *out = fixnum_get(v);
        return true;
    }
    if (!type_of(v)->index) {
        type_error(t, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    return value_to_ssize(t, v, out, NULL);
}

bool slice_unpack(Thread *t, Value slice, ssize_t *start, ssize_t *stop, ssize_t *step)
{
    Slice *s = as_slice(slice);
    *step = 1;
    if (!is_none(s->step)) {
        if (!slice_index(t, s->step, step)) {
            return false;
        }
        if (*step == 0) {
            value_error(t, "slice step cannot be zero");
            return false;
        }
        if (*step < -PTRDIFF_MAX) {
            *step = -PTRDIFF_MAX;
        }
    }
    *start = *step < 0 ? PTRDIFF_MAX : 0;
    *stop = *step < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return (is_none(s->start) || slice_index(t, s->start, start)) &&
           (is_none(s->stop) || slice_index(t, s->stop, stop));
}

static Value slice_new_slot(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "slice", kwnames) || !args_count(t, "slice", n, 1, 3)) {
        return 0;
    }
    return n == 1 ? slice_new(t, 0, args[0], 0)
                  : slice_new(t, args[0], args[1], n == 3 ? args[2] : 0);
}

static Value slice_repr(Thread *t, Value v)
{
    Slice *s = as_slice(v);
    return str_format(t, "slice(%R, %R, %R)", s->start, s->stop, s->step);
}

static Value slice_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (type_of(b) != &slice_type) {
        return NOT_IMPLEMENTED;
    }
    if (a == b) {
        return bool_value(op == CMP_EQ || op == CMP_LE || op == CMP_GE);
    }
    Slice *x = as_slice(a), *y = as_slice(b);
    Value p = tuple_pack(t, 3, x->start, x->stop, x->step),
          q = p ? tuple_pack(t, 3, y->start, y->stop, y->step) : 0;
    return q ? object_compare(t, p, q, op) : 0;
}

/* An int from a slice member. */
static Value slice_int(Thread *t, Value v)
{
    if (!type_of(v)->index) {
        return type_error(t, "slice indices must be integers or None or have an __index__ method");
    }
    return number_index(t, v);
}

/* start or stop as slice.indices() gives it: negative ones count from len, then clamped to [lower,
 * upper]. */
static Value clamp_index(Thread *t, Value v, Value len, Value lower, Value upper)
{
    Value i = slice_int(t, v);
    if (i && int_sign(i) < 0) {
        i = int_add(t, i, len);
        return i && int_compare(i, lower) < 0 ? lower : i;
    }
    return i && int_compare(i, upper) > 0 ? upper : i;
}

/* Exact indices for a length of any size. */
bool slice_indices_exact(Thread *t, Value slice, Value len, Value *start, Value *stop, Value *step)
{
    Slice *s = as_slice(slice);
    *step = is_none(s->step) ? fixnum(1) : slice_int(t, s->step);
    if (!*step) {
        return false;
    }
    int sign = int_sign(*step);
    if (sign == 0) {
        value_error(t, "slice step cannot be zero");
        return false;
    }
    Value lower = sign < 0 ? fixnum(-1) : fixnum(0);
    Value upper = sign < 0 ? int_add(t, len, fixnum(-1)) : len;
    if (!upper) {
        return false;
    }
    *start = is_none(s->start) ? (sign < 0 ? upper : lower)
                               : clamp_index(t, s->start, len, lower, upper);
    *stop = !*start            ? 0
            : is_none(s->stop) ? (sign < 0 ? lower : upper)
                               : clamp_index(t, s->stop, len, lower, upper);
    return *stop != 0;
}

static Value slice_indices_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value len = number_index(t, args[1]), start, stop, step;
    if (!len) {
        return 0;
    }
    if (int_sign(len) < 0) {
        return value_error(t, "length should not be negative");
    }
    return slice_indices_exact(t, args[0], len, &start, &stop, &step)
               ? tuple_pack(t, 3, start, stop, step)
               : 0;
}

static Value slice_reduce_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Slice *s = as_slice(args[0]);
    Value a = tuple_pack(t, 3, s->start, s->stop, s->step);
    return a ? tuple_pack(t, 2, object_value(&slice_type), a) : 0;
}

static void slice_trace(Object *o, Tracer *tr)
{
    Slice *s = (Slice *)o;
    trace_value(tr, s->start);
    trace_value(tr, s->stop);
    trace_value(tr, s->step);
    for (int i = 0; i < 3; i++) {
        trace_object(tr, s->boxed[i]);
    }
}

static const NativeDef slice_methods[] = {
    {"indices(len, /)", slice_indices_method,
     "The (start, stop, stride) that the slice means for a sequence of len items.", 0},
    {"__reduce__()", slice_reduce_method, "How to pickle the slice.", 0},
    {0},
};

static const MemberDef slice_members[] = {
    {"start", MEMBER_VALUE, offsetof(Slice, start), true, NULL},
    {"stop", MEMBER_VALUE, offsetof(Slice, stop), true, NULL},
    {"step", MEMBER_VALUE, offsetof(Slice, step), true, NULL},
    {0},
};

Type slice_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "slice",
    .getattr = generic_getattr,
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nWhat a[start:stop:step] passes to "
           "a.__getitem__.",
    .size = sizeof(Slice),
    .trace = slice_trace,
    .new = slice_new_slot,
    .repr = slice_repr,
    .hash = hash_unhashable,
    .compare = slice_compare,
    .methods = slice_methods,
    .members = slice_members,
};
