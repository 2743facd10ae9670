/* Operators on numbers: reflected methods, NotImplemented, in-place forms, conversions to C. */
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/operator.h"
#include "core/object/str.h"

#define NAME(dunder) offsetof(struct Names, dunder)
#define ROW(field, method, symbol)                                                          \
    {generic_##field, generic_i##method, offsetof(Type, field), offsetof(Type, i##method),      \
     NAME(__##method##__), NAME(__r##method##__), NAME(__i##method##__), symbol, symbol "="}
const Operator operators[OP_COUNT] = {
    [OP_ADD] = ROW(add, add, "+"),
    [OP_SUB] = ROW(sub, sub, "-"),
    [OP_MUL] = ROW(mul, mul, "*"),
    [OP_MATMUL] = ROW(matmul, matmul, "@"),
    [OP_TRUEDIV] = ROW(truediv, truediv, "/"),
    [OP_FLOORDIV] = ROW(floordiv, floordiv, "//"),
    [OP_MOD] = ROW(mod, mod, "%"),
    [OP_POW] = {.symbol = "** or pow()", .inplace_symbol = "**="},
    [OP_LSHIFT] = ROW(lshift, lshift, "<<"),
    [OP_RSHIFT] = ROW(rshift, rshift, ">>"),
    [OP_AND] = ROW(and_, and, "&"),
    [OP_OR] = ROW(or_, or, "|"),
    [OP_XOR] = ROW(xor, xor, "^"),
    [OP_DIVMOD] = {.slot = offsetof(Type, divmod), .symbol = "divmod()"},
};
#undef ROW
#undef NAME

/* ---- binary operators ---- */

/* Result, NotImplemented, or 0. */
static Value try_binary(Thread *t, size_t slot, Value a, Value b)
{
    Type *ta = type_of(a), *tb = type_of(b);
    BinaryFn left = operator_slot(ta, slot), right = ta == tb ? NULL : operator_slot(tb, slot);
    if (right == left) {
        right = NULL;
    }
    if (left) {
        if (right && type_is_subtype(tb, ta)) {
            Value v = right(t, a, b);
            if (v != NOT_IMPLEMENTED) {
                return v;
            }
            right = NULL;
        }
        Value v = left(t, a, b);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
    }
    return right ? right(t, a, b) : NOT_IMPLEMENTED;
}

static COLD Value operand_error(Thread *t, const char *symbol, Value a, Value b)
{
    if (strcmp(symbol, ">>") == 0 && value_is_object(a) &&
        strcmp(type_text(type_of(a)), "builtin_function_or_method") == 0 &&
        value_is_object(object_getattr(t, a, N(__name__))) &&
        str_eq_cstr(object_getattr(t, a, N(__name__)), "print")) {
        return type_error(
            t,
            "unsupported operand type(s) for %s: '%T' and '%T'. Did you mean \"print(<message>, "
            "file=<output_stream>)\"?",
            symbol, a, b);
    }
    return type_error(t, "unsupported operand type(s) for %s: '%T' and '%T'", symbol, a, b);
}

static Value repeat_by(Thread *t, BinaryFn repeat, Value seq, Value count)
{
    if (!type_of(count)->index) {
        return type_error(t, "can't multiply sequence by non-int of type '%T'", count);
    }
    return repeat(t, seq, count);
}

/* Sequences take + and * when no number slot wanted them. */
static Value try_sequence(Thread *t, BinaryOp op, Value a, Value b)
{
    if (op == OP_ADD && type_of(a)->concat) {
        return type_of(a)->concat(t, a, b);
    }
    if (op == OP_MUL && type_of(a)->repeat) {
        return repeat_by(t, type_of(a)->repeat, a, b);
    }
    if (op == OP_MUL && type_of(b)->repeat) {
        return repeat_by(t, type_of(b)->repeat, b, a);
    }
    return NOT_IMPLEMENTED;
}

static Value try_pow(Thread *t, Value a, Value b, Value mod)
{
    Type *types[3] = {type_of(a), type_of(b), mod ? type_of(mod) : NULL};
    TernaryFn left = types[0]->pow, right = types[1] == types[0] ? NULL : types[1]->pow;
    right = right == left ? NULL : right;
    if (left && right && type_is_subtype(types[1], types[0])) {
        Value v = right(t, a, b, mod);
        if (v != NOT_IMPLEMENTED) {
            return v;
        }
        right = NULL;
    }
    Value v = left ? left(t, a, b, mod) : NOT_IMPLEMENTED;
    if (v == NOT_IMPLEMENTED && right) {
        v = right(t, a, b, mod);
    }
    if (v == NOT_IMPLEMENTED && mod && types[2]->pow && types[2]->pow != left &&
        types[2]->pow != right) {
        v = types[2]->pow(t, a, b, mod);
    }
    return v;
}

static inline Value try_numbers(Thread *t, BinaryOp op, Value a, Value b)
{
    Type *type = type_of(a);
    if (LIKELY(type == type_of(b)) && LIKELY(op != OP_POW)) {
        BinaryFn fn = operator_slot(type, operators[op].slot);
        return LIKELY(fn != NULL) ? fn(t, a, b) : NOT_IMPLEMENTED;
    }
    return op == OP_POW ? try_pow(t, a, b, 0) : try_binary(t, operators[op].slot, a, b);
}

Value number_binary(Thread *t, BinaryOp op, Value a, Value b)
{
    Value v = try_numbers(t, op, a, b);
    return LIKELY(v != NOT_IMPLEMENTED) ? v : number_binary_rest(t, op, a, b, v);
}

Value number_binary_rest(Thread *t, BinaryOp op, Value a, Value b, Value v)
{
    if (v == NOT_IMPLEMENTED && (op == OP_ADD || op == OP_MUL)) {
        v = try_sequence(t, op, a, b);
    }
    return v == NOT_IMPLEMENTED ? operand_error(t, operators[op].symbol, a, b) : v;
}

Value number_pow3(Thread *t, Value a, Value b, Value mod)
{
    if (!mod || is_none(mod)) {
        return number_binary(t, OP_POW, a, b);
    }
    Value v = try_pow(t, a, b, mod);
    return v == NOT_IMPLEMENTED
               ? type_error(t, "unsupported operand type(s) for ** or pow(): '%T', '%T', '%T'", a,
                            b, mod)
               : v;
}

Value number_inplace(Thread *t, BinaryOp op, Value a, Value b)
{
    Type *type = type_of(a);
    Value v = NOT_IMPLEMENTED;
    if (op == OP_POW) {
        v = type->ipow ? type->ipow(t, a, b, 0) : v;
    } else if (operators[op].inplace && operator_slot(type, operators[op].inplace)) {
        v = operator_slot(type, operators[op].inplace)(t, a, b);
    }
    return v != NOT_IMPLEMENTED ? v : number_inplace_after(t, op, a, b);
}

Value number_inplace_after(Thread *t, BinaryOp op, Value a, Value b)
{
    Value v = try_numbers(t, op, a, b);
    return LIKELY(v != NOT_IMPLEMENTED) ? v : number_inplace_rest(t, op, a, b, v);
}

Value number_inplace_rest(Thread *t, BinaryOp op, Value a, Value b, Value v)
{
    Type *type = type_of(a);
    if (v == NOT_IMPLEMENTED && op == OP_ADD && type->iconcat) {
        v = type->iconcat(t, a, b);
    } else if (v == NOT_IMPLEMENTED && op == OP_MUL && type->irepeat) {
        v = repeat_by(t, type->irepeat, a, b);
    } else if (v == NOT_IMPLEMENTED &&
               (op == OP_ADD || (op == OP_MUL && (type->repeat || !type_is_container(type))))) {
        v = try_sequence(t, op, a, b);
    }
    return v == NOT_IMPLEMENTED ? operand_error(t, operators[op].inplace_symbol, a, b) : v;
}

/* ---- unary operators ---- */

#define UNARY_OP(function, field, text)                                                          \
    Value function(Thread *t, Value a)                                                           \
    {                                                                                            \
        UnaryFn fn = type_of(a)->field;                                                          \
        return fn ? fn(t, a) : type_error(t, "bad operand type for " text ": '%T'", a);           \
    }
UNARY_OP(number_neg, neg, "unary -")
UNARY_OP(number_pos, pos, "unary +")
UNARY_OP(number_invert, invert, "unary ~")
UNARY_OP(number_abs, abs, "abs()")

/* ---- conversions ---- */

/* Result of __index__ or __int__: an int, a warning for a subclass of int. */
static Value checked_int(Thread *t, Value v, const char *method)
{
    if (!v || value_is_int_exact(v)) {
        return v;
    }
    if (!value_is_int(v)) {
        return type_error(t, "%s returned non-int (type %T)", method, v);
    }
    return warn(t, &exc_DeprecationWarning, 1,
                "%s returned non-int (type %T).  The ability to return an instance of a strict "
                "subclass of int is deprecated, "
                "and may not be supported in a future version of Python.",
                method, v)
               ? v
               : 0;
}

Value number_index(Thread *t, Value a)
{
    if (LIKELY(value_is_int_exact(a))) {
        return a;
    }
    UnaryFn fn = type_of(a)->index;
    if (!fn) {
        return type_error(t, "'%T' object cannot be interpreted as an integer", a);
    }
    Value i = value_is_int(a) ? a : checked_int(t, fn(t, a), "__index__");
    return i ? int_to_exact(t, i) : 0;
}

Value number_int(Thread *t, Value a)
{
    if (value_is_int_exact(a)) {
        return a;
    }
    Value args[1] = {a};
    return call(t, object_value(&int_type), args, 1, 0);
}

Value number_float(Thread *t, Value a)
{
    return value_is_float(a) && type_of(a) == &float_type ? a
                                                          : call1(t, object_value(&float_type), a);
}

/* 1; 0: out of range, and *out is the limit; -1 raised */
static int to_ssize(Thread *t, Value v, ssize_t *out)
{
    Value i = number_index(t, v);
    int64_t wide;
    if (!i) {
        return -1;
    }
    bool fits = int_try_int64(i, &wide);
    *out = fits ? wide : int_sign(i) < 0 ? PTRDIFF_MIN : PTRDIFF_MAX;
    return fits;
}

static NOINLINE bool no_index(Thread *t, Value v, Type *exc)
{
    raise(t, exc, "cannot fit '%T' into an index-sized integer", v);
    return false;
}

bool value_to_ssize(Thread *t, Value v, ssize_t *out, Type *overflow_exc)
{
    if (LIKELY(value_is_fixnum(v))) {
        *out = fixnum_get(v);
        return true;
    }
    int fits = to_ssize(t, v, out);
    if (fits || !overflow_exc) {
        return fits >= 0;
    }
    if (overflow_exc == &exc_OverflowError) {
        overflow_error(t, "Python int too large to convert to C ssize_t");
        return false;
    }
    return no_index(t, v, overflow_exc);
}

bool value_to_count(Thread *t, Value v, ssize_t *out)
{
    int fits = to_ssize(t, v, out);
    return fits > 0 || (fits == 0 && no_index(t, v, &exc_OverflowError));
}

bool value_to_int64(Thread *t, Value v, int64_t *out)
{
    Value i = number_index(t, v);
    if (i && !int_try_int64(i, out)) {
        overflow_error(t, "Python int too large to convert to C long");
        return false;
    }
    return i != 0;
}

bool value_to_uint64(Thread *t, Value v, uint64_t *out)
{
    Value i = number_index(t, v);
    int64_t s;
    if (!i) {
        return false;
    }
    if (int_sign(i) < 0) {
        overflow_error(t, "can't convert negative value to unsigned int");
        return false;
    }
    if (int_try_int64(i, &s)) {
        *out = (uint64_t)s;
        return true;
    }
    uint8_t bytes[8];
    if (int_bit_length(i) > 64 || !int_to_bytes(t, i, bytes, 8, true, false)) {
        error_clear(t);
        overflow_error(t, "Python int too large to convert to C unsigned long");
        return false;
    }
    memcpy(out, bytes, 8);
    return true;
}

bool value_to_int(Thread *t, Value v, int *out)
{
    ssize_t wide;
    if (to_ssize(t, v, &wide) < 0) {
        return false;
    }
    if (wide < INT32_MIN || wide > INT32_MAX) {
        overflow_error(t, "Python int too large to convert to C int");
        return false;
    }
    *out = (int)wide;
    return true;
}

bool value_to_parsed_int(Thread *t, Value v, int *out)
{
    int64_t wide;
    if (!value_to_int64(t, v, &wide)) {
        return false;
    }
    if (wide < INT32_MIN || wide > INT32_MAX) {
        overflow_error(t, wide < 0 ? "signed integer is less than minimum"
                                   : "signed integer is greater than maximum");
        return false;
    }
    *out = (int)wide;
    return true;
}

bool value_to_double(Thread *t, Value v, double *out)
{
    if (value_is_float(v)) {
        *out = float_get(v);
        return true;
    }
    if (value_is_int(v) || (!type_of(v)->float_ && type_of(v)->index)) {
        Value i = number_index(t, v);
        *out = i ? int_to_double(t, i) : -1.0;
        return !error_pending(t);
    }
    if (!type_of(v)->float_) {
        type_error(t, "must be real number, not %T", v);
        return false;
    }
    Value f = type_of(v)->float_(t, v);
    if (f && !value_is_float(f)) {
        type_error(t, "%T.__float__ returned non-float (type %T)", v, f);
        return false;
    }
    *out = f ? float_get(f) : -1.0;
    return f != 0;
}
