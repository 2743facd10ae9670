/* The methods of Decimal. */
#include "core/object/float.h"
#include "modules/_decimal/decimal.h"

/* ---- one and two numbers in a context: args are self, [other,] context ---- */

static Value unary_in(Thread *t, Value *args, NumUnary op)
{
    Operand a;
    DecimalContext *c = context_arg(t, args[1]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c ? run_unary(t, c, &a, op) : 0;
}

static Value binary_in(Thread *t, Value *args, NumBinary op)
{
    Operand a, b;
    DecimalContext *c = context_arg(t, args[2]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c && operand_arg(t, args[1], &b) ? run_binary(t, c, &a, &b, op) : 0;
}

#define UNARY(name, doc)                                                                           \
    static Value name##_method(DECIMAL_ARGS) { return unary_in(t, args, num_##name); }
#define BINARY(name, doc)                                                                          \
    static Value name##_method(DECIMAL_ARGS) { return binary_in(t, args, num_##name); }
#include "modules/_decimal/operations.def"
#undef UNARY
#undef BINARY

/* ---- tests ---- */

#define TEST(name, condition)                                                                      \
    static Value name##_method(DECIMAL_ARGS)                                                       \
    {                                                                                              \
        Operand a;                                                                                 \
        operand_of_decimal(as_decimal(args[0]), &a);                                               \
        return bool_value(condition);                                                              \
    }
TEST(is_canonical, true)
TEST(is_finite, a.kind == KIND_FINITE)
TEST(is_infinite, a.kind == KIND_INF)
TEST(is_nan, operand_is_nan(&a))
TEST(is_qnan, a.kind == KIND_QNAN)
TEST(is_snan, a.kind == KIND_SNAN)
TEST(is_signed, a.neg)
TEST(is_zero, operand_is_zero(&a))

#define TEST_IN_CONTEXT(name, result)                                                              \
    static Value name##_method(DECIMAL_ARGS)                                                       \
    {                                                                                              \
        Operand a;                                                                                 \
        Env e;                                                                                     \
        DecimalContext *c = context_arg(t, args[1]);                                               \
        if (!c) {                                                                                  \
            return 0;                                                                              \
        }                                                                                          \
        env_of(c, &e);                                                                             \
        operand_of_decimal(as_decimal(args[0]), &a);                                               \
        return result;                                                                             \
    }
TEST_IN_CONTEXT(is_normal, bool_value(operand_is_normal(&a, &e)))
TEST_IN_CONTEXT(is_subnormal, bool_value(operand_is_subnormal(&a, &e)))
TEST_IN_CONTEXT(number_class, str_from_cstr(t, operand_class(&a, &e)))

static Value same_quantum_method(DECIMAL_ARGS)
{
    Operand a, b;
    operand_of_decimal(as_decimal(args[0]), &a);
    return context_arg(t, args[2]) && operand_arg(t, args[1], &b)
               ? bool_value(operand_same_quantum(&a, &b))
               : 0;
}

/* ---- rounding ---- */

/* The mode that `v` names, the context's when it is absent. */
static bool mode_arg(Thread *t, Value v, const DecimalContext *c, RoundMode *mode)
{
    *mode = load_relaxed(&c->rounding);
    return !v || is_none(v) || rounding_arg(t, v, mode);
}

static Value quantize_method(DECIMAL_ARGS)
{
    Operand a, b;
    RoundMode mode;
    DecimalContext *c = context_arg(t, args[3]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c && mode_arg(t, args[2], c, &mode) && operand_arg(t, args[1], &b)
               ? run_quantize(t, c, &a, &b, mode)
               : 0;
}

static Value integral_in(Thread *t, Value *args, bool exact)
{
    Operand a;
    RoundMode mode;
    DecimalContext *c = context_arg(t, args[2]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c && mode_arg(t, args[1], c, &mode) ? run_to_integral(t, c, &a, mode, exact) : 0;
}

static Value to_integral_value_method(DECIMAL_ARGS) { return integral_in(t, args, false); }

static Value to_integral_exact_method(DECIMAL_ARGS) { return integral_in(t, args, true); }

/* int(a rounded by mode) */
static Value rounded_int(Thread *t, Value self, RoundMode mode)
{
    DecimalContext *c = context_current(t);
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    if (a.kind != KIND_FINITE) {
        return decimal_int(t, self);
    }
    Value v = c ? run_to_integral(t, c, &a, mode, false) : 0;
    return v ? decimal_int(t, v) : 0;
}

static Value round_method(DECIMAL_ARGS)
{
    if (!args[1]) {
        return rounded_int(t, args[0], ROUND_HALF_EVEN);
    }
    if (!value_is_int(args[1])) {
        return type_error(t, "optional arg must be an integer");
    }
    int64_t places;
    if (!int64_of_int(t, args[1], &places)) {
        return 0;
    }
    DecimalContext *c = context_current(t);
    Operand a, unit = {.small = 1, .n = 1, .digits = 1, .kind = KIND_FINITE};
    unit.p = &unit.small;
    unit.exp = places > DEC_MAX_EMAX    ? -DEC_MAX_EMAX
               : places < -DEC_MAX_EMAX ? DEC_MAX_EMAX
                                        : -places;
    operand_of_decimal(as_decimal(args[0]), &a);
    return c ? run_quantize(t, c, &a, &unit, load_relaxed(&c->rounding)) : 0;
}

static Value floor_method(DECIMAL_ARGS) { return rounded_int(t, args[0], ROUND_FLOOR); }
static Value ceil_method(DECIMAL_ARGS) { return rounded_int(t, args[0], ROUND_CEILING); }
static Value trunc_method(DECIMAL_ARGS) { return decimal_int(t, args[0]); }

/* ---- signs ---- */

static Value with_sign(Thread *t, Value self, bool neg)
{
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    a.neg = neg;
    return decimal_from_operand(t, &decimal_type, &a);
}

static Value copy_abs_method(DECIMAL_ARGS) { return with_sign(t, args[0], false); }
static Value copy_negate_method(DECIMAL_ARGS)
{
    return with_sign(t, args[0], !as_decimal(args[0])->neg);
}
static Value copy_sign_method(DECIMAL_ARGS)
{
    Operand b;
    return context_arg(t, args[2]) && operand_arg(t, args[1], &b) ? with_sign(t, args[0], b.neg)
                                                                  : 0;
}
static Value self_method(DECIMAL_ARGS) { return args[0]; }

/* ---- other forms ---- */

static Value adjusted_method(DECIMAL_ARGS)
{
    Operand a;
    operand_of_decimal(as_decimal(args[0]), &a);
    return int_from_int64(t, a.kind == KIND_FINITE ? operand_adjusted(&a) : 0);
}

static Value radix_method(DECIMAL_ARGS)
{
    Operand ten;
    operand_of_int(fixnum(10), &ten);
    return decimal_from_operand(t, &decimal_type, &ten);
}

static Value to_eng_string_method(DECIMAL_ARGS)
{
    Operand a;
    DecimalContext *c = context_arg(t, args[1]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c ? decimal_text(t, &a, true, load_relaxed(&c->capitals)) : 0;
}

static Value fma_method(DECIMAL_ARGS)
{
    Operand a, b, x;
    DecimalContext *c = context_arg(t, args[3]);
    operand_of_decimal(as_decimal(args[0]), &a);
    return c && operand_arg(t, args[1], &b) && operand_arg(t, args[2], &x)
               ? run_fma(t, c, &a, &b, &x)
               : 0;
}

static Value digits_tuple(Thread *t, const Operand *a)
{
    char *text = mem_alloc((size_t)a->digits);
    if (!text || !limbs_to_text(a->p, a->n, text, a->digits)) {
        mem_free(text);
        return raise_memory(t);
    }
    bool none = a->kind >= KIND_QNAN && a->n == 0;
    Value v = tuple_new(t, none ? 0 : (size_t)a->digits);
    for (int64_t i = 0; v && !none && i < a->digits; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], fixnum(text[i] - '0'));
    }
    mem_free(text);
    return v;
}

static Value as_tuple_method(DECIMAL_ARGS)
{
    static const char *const letters[] = {[KIND_INF] = "F", [KIND_QNAN] = "n", [KIND_SNAN] = "N"};
    Operand a;
    operand_of_decimal(as_decimal(args[0]), &a);
    Value digits = digits_tuple(t, &a);
    Value exp = !digits                 ? 0
                : a.kind == KIND_FINITE ? int_from_int64(t, a.exp)
                                        : str_from_cstr(t, letters[a.kind]);
    return exp ? call3(t, decimal_tuple_class(), fixnum(a.neg), digits, exp) : 0;
}

static Value as_integer_ratio_method(DECIMAL_ARGS)
{
    Operand a;
    operand_of_decimal(as_decimal(args[0]), &a);
    if (a.kind == KIND_INF) {
        return overflow_error(t, "cannot convert Infinity to integer ratio");
    }
    if (a.kind != KIND_FINITE) {
        return value_error(t, "cannot convert NaN to integer ratio");
    }
    if (a.exp >= 0 || a.n == 0) {
        Value whole = int_from_operand(t, &a);
        return whole ? tuple_pack(t, 2, whole, fixnum(1)) : 0;
    }
    Operand unit = {.small = 1, .n = 1, .digits = 1, .exp = -a.exp};
    unit.p = &unit.small;
    Value numerator = int_from_limbs(t, a.p, a.n, a.neg);
    Value denominator = numerator ? int_from_operand(t, &unit) : 0;
    Value common = denominator ? int_gcd(t, numerator, denominator) : 0;
    numerator = common ? int_floordiv(t, numerator, common) : 0;
    denominator = numerator ? int_floordiv(t, denominator, common) : 0;
    return denominator ? tuple_pack(t, 2, numerator, denominator) : 0;
}

static Value complex_method(DECIMAL_ARGS)
{
    Value f = decimal_to_float(t, args[0]);
    return f ? complex_new(t, float_get(f), 0.0) : 0;
}

static Value reduce_method(DECIMAL_ARGS)
{
    Value text = decimal_str(t, args[0]);
    Value arguments = text ? tuple_pack(t, 1, text) : 0;
    return arguments ? tuple_pack(t, 2, object_value(type_of(args[0])), arguments) : 0;
}

static Value sizeof_method(DECIMAL_ARGS)
{
    Operand a;
    operand_of_decimal(as_decimal(args[0]), &a);
    size_t wide = a.n > 2 ? sizeof(BigInt) + a.n * sizeof(uint64_t) : 0;
    return fixnum((int64_t)(sizeof(Decimal) + wide));
}

static Value from_float_method(DECIMAL_ARGS)
{
    DecimalContext *c = context_current(t);
    return c ? decimal_from_float(t, value_type(args[0]), args[1], c, true) : 0;
}

static Value get_real(Thread *t UNUSED, Value self, void *closure UNUSED) { return self; }

static Value get_imag(Thread *t, Value self UNUSED, void *closure UNUSED)
{
    Operand zero;
    operand_of_int(fixnum(0), &zero);
    return decimal_from_operand(t, &decimal_type, &zero);
}

const GetSetDef decimal_getset[] = {
    {"real", get_real, NULL, "The number itself.", NULL},
    {"imag", get_imag, NULL, "Zero.", NULL},
    {0},
};

#define UNARY_DEF(name, doc)                                                                       \
    {                                                                                              \
#name "(context=None)", name##_method, doc, 0                                              \
    }
#define BINARY_DEF(name, doc)                                                                      \
    {                                                                                              \
#name "(other, context=None)", name##_method, doc, 0                                       \
    }
#define TEST_DEF(name, doc)                                                                        \
    {                                                                                              \
#name "()", name##_method, doc, 0                                                          \
    }
const NativeDef decimal_methods[] = {
#define UNARY(name, doc) UNARY_DEF(name, doc),
#define BINARY(name, doc) BINARY_DEF(name, doc),
#include "modules/_decimal/operations.def"
#undef UNARY
#undef BINARY
    UNARY_DEF(is_normal, "Finite, not zero and not subnormal."),
    UNARY_DEF(is_subnormal, "Finite, not zero and below Emin."),
    UNARY_DEF(number_class, "The name of the class of the number."),
    UNARY_DEF(to_eng_string, "Text with exponents that are multiples of three."),
    BINARY_DEF(same_quantum, "Whether the exponents are equal."),
    BINARY_DEF(copy_sign, "The first number with the sign of the other."),
    TEST_DEF(is_canonical, "True: all are."),
    TEST_DEF(is_finite, "Neither infinite nor a NaN."),
    TEST_DEF(is_infinite, "Infinite."),
    TEST_DEF(is_nan, "A quiet or signaling NaN."),
    TEST_DEF(is_qnan, "A quiet NaN."),
    TEST_DEF(is_snan, "A signaling NaN."),
    TEST_DEF(is_signed, "Negative, zeros and NaNs included."),
    TEST_DEF(is_zero, "Zero."),
    TEST_DEF(adjusted, "The exponent of the first digit."),
    TEST_DEF(radix, "Decimal(10)."),
    TEST_DEF(copy_abs, "Without the sign."),
    TEST_DEF(copy_negate, "With the other sign."),
    TEST_DEF(as_tuple, "As DecimalTuple(sign, digits, exponent)."),
    TEST_DEF(as_integer_ratio, "Numerator and denominator in lowest terms."),
    {"canonical()", self_method, "The number itself.", 0},
    {"conjugate()", self_method, "The number itself.", 0},
    {"quantize(exp, rounding=None, context=None)", quantize_method,
     "Rounded to the exponent of the other number.", 0},
    {"to_integral(rounding=None, context=None)", to_integral_value_method,
     "Rounded to an integral value.", 0},
    {"to_integral_value(rounding=None, context=None)", to_integral_value_method,
     "Rounded to an integral value.", 0},
    {"to_integral_exact(rounding=None, context=None)", to_integral_exact_method,
     "Rounded to an integral value; signals Inexact and Rounded.", 0},
    {"fma(other, third, context=None)", fma_method, "self * other + third, rounded once.", 0},
    {"from_float(f, /)", from_float_method, "The exact value of a float or int.", NATIVE_CLASS},
    {"__copy__()", self_method, "The number itself.", 0},
    {"__deepcopy__(memo, /)", self_method, "The number itself.", 0},
    {"__format__(spec, override=None, /)", decimal_format_method, "Text by a format string.", 0},
    {"__reduce__()", reduce_method, "The type and the text.", 0},
    {"__round__(ndigits=None, /)", round_method, "An int, or rounded to ndigits places.", 0},
    {"__ceil__()", ceil_method, "The smallest int that is not smaller.", 0},
    {"__floor__()", floor_method, "The largest int that is not larger.", 0},
    {"__trunc__()", trunc_method, "The integral part as an int.", 0},
    {"__complex__()", complex_method, "As a complex number.", 0},
    {"__sizeof__()", sizeof_method, "Bytes of memory.", 0},
    {0},
};
