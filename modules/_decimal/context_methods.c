/* The methods of Context: operations in it on any Decimals and ints. */
#include "modules/_decimal/decimal.h"

/* args: the context, numbers */
static Value unary_of(Thread *t, Value *args, NumUnary op)
{
    Operand a;
    return operand_arg(t, args[1], &a) ? run_unary(t, as_context(args[0]), &a, op) : 0;
}

static Value binary_of(Thread *t, Value *args, NumBinary op)
{
    Operand a, b;
    return operand_arg(t, args[1], &a) && operand_arg(t, args[2], &b)
               ? run_binary(t, as_context(args[0]), &a, &b, op)
               : 0;
}

#define CONTEXT_UNARY(name, op)                                                                    \
    static Value context_##name(DECIMAL_ARGS) { return unary_of(t, args, op); }
#define CONTEXT_BINARY(name, op)                                                                   \
    static Value context_##name(DECIMAL_ARGS) { return binary_of(t, args, op); }
CONTEXT_UNARY(abs, num_abs)
CONTEXT_UNARY(minus, num_minus)
CONTEXT_UNARY(plus, num_plus)
CONTEXT_UNARY(to_integral, num_to_integral)
CONTEXT_UNARY(to_integral_value, num_to_integral)
CONTEXT_UNARY(to_integral_exact, num_to_integral_exact)
CONTEXT_UNARY(_apply, num_apply)
CONTEXT_BINARY(add, num_add)
CONTEXT_BINARY(divide, num_divide)
CONTEXT_BINARY(divide_int, num_divide_int)
CONTEXT_BINARY(multiply, num_multiply)
CONTEXT_BINARY(remainder, num_remainder)
CONTEXT_BINARY(subtract, num_subtract)
CONTEXT_BINARY(quantize, num_quantize)
#define UNARY(name, doc) CONTEXT_UNARY(name, num_##name)
#define BINARY(name, doc) CONTEXT_BINARY(name, num_##name)
#include "modules/_decimal/operations.def"
#undef UNARY
#undef BINARY

static Value context_divmod(DECIMAL_ARGS)
{
    Operand a, b;
    return operand_arg(t, args[1], &a) && operand_arg(t, args[2], &b)
               ? run_divmod(t, as_context(args[0]), &a, &b)
               : 0;
}

static Value context_fma(DECIMAL_ARGS)
{
    Operand a, b, x;
    return operand_arg(t, args[1], &a) && operand_arg(t, args[2], &b) && operand_arg(t, args[3], &x)
               ? run_fma(t, as_context(args[0]), &a, &b, &x)
               : 0;
}

static Value context_power(DECIMAL_ARGS)
{
    Operand a, b, m;
    DecimalContext *c = as_context(args[0]);
    if (!operand_arg(t, args[1], &a) || !operand_arg(t, args[2], &b)) {
        return 0;
    }
    if (!args[3] || is_none(args[3])) {
        return run_binary(t, c, &a, &b, num_power);
    }
    return operand_arg(t, args[3], &m) ? run_power_modulo(t, c, &a, &b, &m) : 0;
}

#define TEST(name, condition)                                                                      \
    static Value context_##name(DECIMAL_ARGS)                                                      \
    {                                                                                              \
        Operand a;                                                                                 \
        Env e;                                                                                     \
        env_of(as_context(args[0]), &e);                                                           \
        return operand_arg(t, args[1], &a) ? bool_value(condition) : 0;                            \
    }

static Value context_is_canonical(DECIMAL_ARGS)
{
    return is_decimal(args[1]) ? TRUE_VALUE : type_error(t, "argument must be a Decimal");
}

TEST(is_finite, a.kind == KIND_FINITE)
TEST(is_infinite, a.kind == KIND_INF)
TEST(is_nan, operand_is_nan(&a))
TEST(is_qnan, a.kind == KIND_QNAN)
TEST(is_snan, a.kind == KIND_SNAN)
TEST(is_signed, a.neg)
TEST(is_zero, operand_is_zero(&a))
TEST(is_normal, operand_is_normal(&a, &e))
TEST(is_subnormal, operand_is_subnormal(&a, &e))

static Value context_number_class(DECIMAL_ARGS)
{
    Operand a;
    Env e;
    env_of(as_context(args[0]), &e);
    return operand_arg(t, args[1], &a) ? str_from_cstr(t, operand_class(&a, &e)) : 0;
}

static Value context_same_quantum(DECIMAL_ARGS)
{
    Operand a, b;
    return operand_arg(t, args[1], &a) && operand_arg(t, args[2], &b)
               ? bool_value(operand_same_quantum(&a, &b))
               : 0;
}

static Value context_same(DECIMAL_ARGS) { return decimal_arg(t, args[1]); }

static Value context_canonical(DECIMAL_ARGS)
{
    return is_decimal(args[1]) ? args[1] : type_error(t, "argument must be a Decimal");
}

/* A copy of the number args[1] with another sign. */
static Value signed_copy(Thread *t, Value v, int neg /* -1: the other one */)
{
    Operand a;
    if (!operand_arg(t, v, &a)) {
        return 0;
    }
    a.neg = neg < 0 ? !a.neg : neg;
    return decimal_from_operand(t, &decimal_type, &a);
}

static Value context_copy_abs(DECIMAL_ARGS) { return signed_copy(t, args[1], 0); }
static Value context_copy_negate(DECIMAL_ARGS) { return signed_copy(t, args[1], -1); }
static Value context_copy_sign(DECIMAL_ARGS)
{
    Operand b;
    return operand_arg(t, args[2], &b) ? signed_copy(t, args[1], b.neg) : 0;
}

static Value text_of(Thread *t, Value *args, bool engineering)
{
    Operand a;
    const bool capitals = load_relaxed(&as_context(args[0])->capitals);
    return operand_arg(t, args[1], &a) ? decimal_text(t, &a, engineering, capitals) : 0;
}
static Value context_to_sci_string(DECIMAL_ARGS)
{
    return text_of(t, args, false);
}
static Value context_to_eng_string(DECIMAL_ARGS)
{
    return text_of(t, args, true);
}

static Value context_radix(DECIMAL_ARGS) { return decimal_arg(t, fixnum(10)); }

static Value context_etiny(DECIMAL_ARGS)
{
    Env e;
    env_of(as_context(args[0]), &e);
    return int_from_int64(t, env_etiny(&e));
}
static Value context_etop(DECIMAL_ARGS)
{
    Env e;
    env_of(as_context(args[0]), &e);
    return int_from_int64(t, env_etop(&e));
}

static Value context_clear_flags(DECIMAL_ARGS)
{
    store_relaxed(&as_context(args[0])->flags, 0);
    return NONE;
}
static Value context_clear_traps(DECIMAL_ARGS)
{
    store_relaxed(&as_context(args[0])->traps, 0);
    return NONE;
}

static Value context_copy(DECIMAL_ARGS) { return context_new_copy(t, as_context(args[0])); }

static Value context_reduce(DECIMAL_ARGS)
{
    DecimalContext c;
    context_settings(&c, as_context(args[0]));
    Value flags = signals_list(t, c.flags), traps = flags ? signals_list(t, c.traps) : 0;
    Value rounding = traps ? str_from_cstr(t, rounding_names[c.rounding]) : 0;
    Value settings = rounding ? tuple_pack(t, 8, int_from_int64(t, c.prec), rounding,
                                           int_from_int64(t, c.emin), int_from_int64(t, c.emax),
                                           fixnum(c.capitals), fixnum(c.clamp), flags, traps)
                              : 0;
    return settings ? tuple_pack(t, 2, object_value(type_of(args[0])), settings) : 0;
}

static Value context_create_decimal(DECIMAL_ARGS)
{
    return decimal_create(t, args[1] ? args[1] : fixnum(0), as_context(args[0]));
}
static Value context_create_decimal_from_float(DECIMAL_ARGS)
{
    return decimal_from_float(t, &decimal_type, args[1], as_context(args[0]), false);
}

#define UNARY_DEF(name, doc)                                                                       \
    {                                                                                              \
#name "(x, /)", context_##name, doc, 0                                                     \
    }
#define BINARY_DEF(name, doc)                                                                      \
    {                                                                                              \
#name "(x, y, /)", context_##name, doc, 0                                                  \
    }
#define PLAIN_DEF(name, doc)                                                                       \
    {                                                                                              \
#name "()", context_##name, doc, 0                                                         \
    }
const NativeDef context_methods[] = {
#define UNARY(name, doc) UNARY_DEF(name, doc),
#define BINARY(name, doc) BINARY_DEF(name, doc),
#include "modules/_decimal/operations.def"
#undef UNARY
#undef BINARY
    UNARY_DEF(abs, "The absolute value, rounded."),
    UNARY_DEF(minus, "The negated number, rounded."),
    UNARY_DEF(plus, "The number, rounded."),
    UNARY_DEF(to_integral, "Rounded to an integral value."),
    UNARY_DEF(to_integral_value, "Rounded to an integral value."),
    UNARY_DEF(to_integral_exact, "Rounded to an integral value; signals Inexact and Rounded."),
    UNARY_DEF(_apply, "The number, rounded."),
    UNARY_DEF(is_canonical, "True: all are."),
    UNARY_DEF(is_finite, "Neither infinite nor a NaN."),
    UNARY_DEF(is_infinite, "Infinite."),
    UNARY_DEF(is_nan, "A quiet or signaling NaN."),
    UNARY_DEF(is_qnan, "A quiet NaN."),
    UNARY_DEF(is_snan, "A signaling NaN."),
    UNARY_DEF(is_signed, "Negative, zeros and NaNs included."),
    UNARY_DEF(is_zero, "Zero."),
    UNARY_DEF(is_normal, "Finite, not zero and not subnormal."),
    UNARY_DEF(is_subnormal, "Finite, not zero and below Emin."),
    UNARY_DEF(number_class, "The name of the class of the number."),
    UNARY_DEF(canonical, "The number itself."),
    UNARY_DEF(copy_abs, "Without the sign."),
    UNARY_DEF(copy_negate, "With the other sign."),
    UNARY_DEF(to_sci_string, "Text, scientific where it has an exponent."),
    UNARY_DEF(to_eng_string, "Text with exponents that are multiples of three."),
    BINARY_DEF(add, "The sum."),
    BINARY_DEF(divide, "The quotient."),
    BINARY_DEF(divide_int, "The integral part of the quotient."),
    BINARY_DEF(multiply, "The product."),
    BINARY_DEF(remainder, "What is left of the integral division."),
    BINARY_DEF(subtract, "The difference."),
    BINARY_DEF(quantize, "Rounded to the exponent of the second number."),
    BINARY_DEF(divmod, "Integral quotient and remainder."),
    BINARY_DEF(same_quantum, "Whether the exponents are equal."),
    BINARY_DEF(copy_sign, "The first number with the sign of the second."),
    PLAIN_DEF(radix, "Decimal(10)."),
    PLAIN_DEF(clear_flags, "Makes all flags False."),
    PLAIN_DEF(clear_traps, "Makes all traps False."),
    PLAIN_DEF(copy, "A copy of the context."),
    {"Etiny()", context_etiny, "Emin - prec + 1: the smallest exponent of subnormal numbers.", 0},
    {"Etop()", context_etop, "Emax - prec + 1.", 0},
    {"__copy__()", context_copy, "A copy of the context.", 0},
    {"__reduce__()", context_reduce, "The type and the settings.", 0},
    {"copy_decimal(x, /)", context_same, "The number as a Decimal.", 0},
    {"power(a, b, modulo=None)", context_power, "a to the power of b, by a modulus perhaps.", 0},
    {"fma(x, y, z, /)", context_fma, "x * y + z, rounded once.", 0},
    {"create_decimal(num='0', /)", context_create_decimal, "A Decimal, rounded.", 0},
    {"create_decimal_from_float(f, /)", context_create_decimal_from_float,
     "A Decimal of a float or int, rounded.", 0},
    {0},
};
