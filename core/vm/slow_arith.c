/* Arithmetic, comparison and subscripts that the handlers leave: mixed and boxed floats, str and
 * dict, then the object protocol. */
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/slice.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

static Value float_binary(Thread *t, BinaryOp op, Value a, Value b)
{
    double x, y;
    if (!number_as_double(a, &x) || !number_as_double(b, &y)) {
        return 0;
    }
    switch (op) {
    case OP_ADD:
        return float_new(t, x + y);
    case OP_SUB:
        return float_new(t, x - y);
    case OP_MUL:
        return float_new(t, x * y);
    case OP_TRUEDIV:
        return y == 0.0 ? 0 : float_new(t, x / y);
    case OP_MOD:
        return y == 0.0 ? 0 : float_new(t, float_remainder(x, y));
    case OP_POW:
        return float_power(t, x, y);
    default:
        return 0;
    }
}

/* A sequence that no number slot and no method in Python multiplies. */
static inline bool only_repeats(const Type *type)
{
    return type->repeat && !type->mul && !(type->flags & TYPE_HEAP);
}

static Value push_operator(Thread *t, Value f, Value a, Value b, uint64_t after)
{
    Value args[] = {a, b};
    return vm_push_special(t, f, args, 2, FRAME_OPERATOR, fixnum((int64_t)after));
}

Value vm_binary_slow(Thread *t, BinaryOp op, Value a, Value b)
{
    if ((!both_fixnum(a, b) || op == OP_TRUEDIV) &&
        !(value_is_object(a) && value_object(a)->type != &float_type)) {
        Value v = float_binary(t, op, a, b);
        if (v) {
            return v;
        }
    } else if (op == OP_ADD && is_exact(a, &str_type) && is_exact(b, &str_type)) {
        return str_concat(t, a, b);
    } else if (op == OP_MUL && value_is_float(a)) {
        Value v = float_binary(t, op, a, b);
        if (v) {
            return v;
        }
    } else if (op == OP_MUL && value_is_fixnum(b) && only_repeats(type_of(a))) {
        return type_of(a)->repeat(t, a, b);
    }
    if (UNLIKELY(t->exc)) {
        return 0;
    }
    if (!(type_of(a)->flags & TYPE_HEAP)) { /* no method in Python to ask first */
        return number_binary(t, op, a, b);
    }
    uint64_t after;
    Value f = vm_binary_method(t, op, a, b, false, &after);
    return f ? push_operator(t, f, a, b, after) : number_binary(t, op, a, b);
}

Value vm_inplace_slow(Thread *t, BinaryOp op, Value a, Value b)
{
    if (value_is_flonum(a) || value_is_flonum(b)) {
        Value v = float_binary(t, op, a, b);
        if (v) {
            return v;
        }
    } else if (op == OP_ADD && is_exact(a, &str_type) && is_exact(b, &str_type)) {
        return str_concat(t, a, b);
    }
    if (UNLIKELY(t->exc)) {
        return 0;
    }
    if (!(type_of(a)->flags & TYPE_HEAP)) {
        return number_inplace(t, op, a, b);
    }
    uint64_t after;
    Value f = vm_binary_method(t, op, a, b, true, &after);
    return f ? push_operator(t, f, a, b, after) : number_inplace(t, op, a, b);
}

Value vm_compare_slow(Thread *t, CompareOp op, Value a, Value b)
{
    Value f = type_of(a)->compare == generic_compare ? vm_compare_method(t, op, a, b) : 0;
    return f ? push_operator(t, f, a, b, AFTER_COMPARE | (uint64_t)op << AFTER_OP_SHIFT)
             : object_compare(t, a, b, op);
}

int vm_compare_test(Thread *t, CompareOp op, Value a, Value b)
{
    Value v = vm_compare_slow(t, op, a, b);
    if (UNLIKELY(!v)) {
        return -1;
    }
    int truth = quick_truth(v);
    return LIKELY(truth >= 0) ? truth : object_truth(t, v);
}

/* A part of a slice when it is a fixnum, or None, which leaves *out. */
static inline bool bounds_part(Value v, ssize_t *out)
{
    if (LIKELY(value_is_fixnum(v))) {
        *out = fixnum_get(v);
        return true;
    }
    return v == NONE;
}

/* slice_unpack for the 2 or 3 parts of a slice to be; false: they run Python code or raise. */
static inline bool bounds_of_parts(const Value *parts, unsigned n, SliceBounds *out)
{
    out->step = 1;
    if (n == 3 && UNLIKELY(!bounds_part(parts[2], &out->step) || out->step == 0)) {
        return false;
    }
    out->start = out->step < 0 ? PTRDIFF_MAX : 0;
    out->stop = out->step < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return LIKELY(bounds_part(parts[0], &out->start)) && LIKELY(bounds_part(parts[1], &out->stop));
}

int vm_slice_at_once(Thread *t, Value *base, Instr next, unsigned key, const Value *parts,
                     unsigned n)
{
    unsigned a = instr_a(next), b = instr_b(next), c = instr_c(next);
    SliceBounds bounds;
    if (UNLIKELY(!bounds_of_parts(parts, n, &bounds))) {
        return 0;
    }
    if (instr_op(next) == OP_CODE_SET_ITEM) {
        Value o = base[a];
        if (b != key || !is_exact(o, &list_type)) {
            return 0;
        }
        bool ok = list_set_slice(t, o, &bounds, base[c]);
        base[key] = NONE;
        return ok ? 1 : -1;
    }
    Value o = base[b];
    if (c != key || (a != key && a >= frame_code_of(base)->nlocals) || !value_is_object(o)) {
        return 0;
    }
    Type *type = value_object(o)->type;
    Value v;
    if (type == &list_type) {
        v = list_get_slice(t, o, &bounds);
    } else if (type == &str_type) {
        v = str_get_slice(t, o, &bounds);
    } else if (type == &tuple_type) {
        v = tuple_get_slice(t, o, &bounds);
    } else if (type == &bytes_type || type == &bytearray_type) {
        v = bytes_get_slice(t, o, &bounds);
    } else {
        return 0;
    }
    base[key] = NONE;
    if (UNLIKELY(!v)) {
        return -1;
    }
    base[a] = v;
    return 1;
}

Value vm_getitem_slow(Thread *t, Value o, Value key)
{
    if (is_exact(o, &dict_type)) {
        Value v = dict_get(t, o, key);
        return LIKELY(v) || t->exc ? v : key_error(t, key);
    }
    if (is_exact(o, &str_type) && value_is_fixnum(key)) {
        int64_t n = (int64_t)str_len(o), index = fixnum_get(key);
        index += index < 0 ? n : 0;
        if (LIKELY(index >= 0 && index < n)) {
            return str_from_char(t, str_get(value_str(o), index));
        }
    }
    BinaryFn get = type_of(o)->getitem;
    if (LIKELY(get != generic_getitem) && LIKELY(get != NULL)) {
        return get(t, o, key);
    }
    Value f = get ? special_function(t, o, N(__getitem__)) : 0;
    Value args[] = {o, key};
    return f ? vm_push_special(t, f, args, 2, 0, 0) : object_getitem(t, o, key);
}

bool vm_setitem_slow(Thread *t, Value o, Value key, Value v)
{
    if (is_exact(o, &dict_type)) {
        return dict_set(t, o, key, v);
    }
    SetFn set = type_of(o)->setitem;
    if (LIKELY(set != generic_setitem) && LIKELY(set != NULL)) {
        return set(t, o, key, v);
    }
    Value f = set ? special_function(t, o, N(__setitem__)) : 0;
    Value args[] = {o, key, v};
    return f ? vm_push_special(t, f, args, 3, FRAME_DISCARD, 0) : object_setitem(t, o, key, v);
}

bool vm_delitem_slow(Thread *t, Value o, Value key)
{
    return object_delitem(t, o, key);
}
