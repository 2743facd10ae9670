/* The module math: functions of one and two floats; the rest is in modules/math/. */
#include <math.h>

#include "core/object/float.h"
#include "core/object/int_internal.h"
#include "core/object/tuple.h"
#include "modules/math/math_internal.h"

Value math_domain_error(Thread *t)
{
    return value_error(t, "math domain error");
}

Value math_range_error(Thread *t)
{
    return overflow_error(t, "math range error");
}

static inline bool take_double(Thread *t, Value v, double *x)
{
    if (LIKELY(value_is_flonum(v))) {
        *x = flonum_get(v);
        return true;
    }
    return value_to_double(t, v, x);
}

/* A NaN out of a number is outside the domain; an infinity out of a finite number is an overflow
 * where the function can overflow, else a pole. */
static Value checked_result(Thread *t, double r, double x, bool overflows)
{
    if (UNLIKELY(isnan(r) && !isnan(x))) {
        return math_domain_error(t);
    }
    if (UNLIKELY(isinf(r) && isfinite(x))) {
        return overflows ? math_range_error(t) : math_domain_error(t);
    }
    return float_new(t, r);
}

#define FUNCTION_1(name, expression, overflows)                                                   \
    static Value math_##name(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)            \
    {                                                                                             \
        double x;                                                                                 \
        return take_double(t, args[0], &x) ? checked_result(t, (expression), x, overflows) : 0;   \
    }
FUNCTION_1(acos, acos(x), false)
FUNCTION_1(acosh, acosh(x), false)
FUNCTION_1(asin, asin(x), false)
FUNCTION_1(asinh, asinh(x), false)
FUNCTION_1(atan, atan(x), false)
FUNCTION_1(atanh, atanh(x), false)
FUNCTION_1(cbrt, cbrt(x), false)
FUNCTION_1(cos, cos(x), false)
FUNCTION_1(cosh, cosh(x), true)
FUNCTION_1(erf, erf(x), false)
FUNCTION_1(erfc, erfc(x), false)
FUNCTION_1(exp, exp(x), true)
FUNCTION_1(exp2, exp2(x), true)
FUNCTION_1(expm1, expm1(x), true)
FUNCTION_1(fabs, fabs(x), false)
FUNCTION_1(log1p, log1p(x), false)
FUNCTION_1(sin, sin(x), false)
FUNCTION_1(sinh, sinh(x), true)
FUNCTION_1(sqrt, sqrt(x), false)
FUNCTION_1(tan, tan(x), false)
FUNCTION_1(tanh, tanh(x), false)

static Value math_gamma(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    if (x == -INFINITY || (x <= 0.0 && x == floor(x))) {
        return math_domain_error(t);
    }
    return checked_result(t, tgamma(x), x, true);
}

static Value math_lgamma(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    int sign;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    if (x <= 0.0 && x == floor(x) && isfinite(x)) {
        return math_domain_error(t);
    }
    return checked_result(t, lgamma_r(x, &sign), x, true);
}

static Value math_degrees(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    return take_double(t, args[0], &x) ? float_new(t, x * (180.0 / M_PI)) : 0;
}

static Value math_radians(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    return take_double(t, args[0], &x) ? float_new(t, x * (M_PI / 180.0)) : 0;
}

static Value math_isfinite(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    return take_double(t, args[0], &x) ? bool_value(isfinite(x)) : 0;
}

static Value math_isinf(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    return take_double(t, args[0], &x) ? bool_value(isinf(x)) : 0;
}

static Value math_isnan(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    return take_double(t, args[0], &x) ? bool_value(isnan(x)) : 0;
}

static Value math_ulp(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    x = fabs(x);
    if (!isfinite(x)) {
        return float_new(t, x);
    }
    double next = nextafter(x, INFINITY);
    return float_new(t, isinf(next) ? x - nextafter(x, -INFINITY) : next - x);
}

/* ---- to integers ---- */

static Value by_special(Thread *t, Value v, Value name, bool *found)
{
    Value m = lookup_special(t, v, name);
    *found = m || error_pending(t);
    return m ? call0(t, m) : 0;
}

static Value math_floor(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (value_is_fixnum(args[0])) {
        return args[0];
    }
    double x;
    if (type_of(args[0]) != &float_type) {
        bool found;
        Value v = by_special(t, args[0], N(__floor__), &found);
        if (found) {
            return v;
        }
    }
    return take_double(t, args[0], &x) ? int_from_double(t, floor(x)) : 0;
}

static Value math_ceil(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (value_is_fixnum(args[0])) {
        return args[0];
    }
    double x;
    if (type_of(args[0]) != &float_type) {
        bool found;
        Value v = by_special(t, args[0], N(__ceil__), &found);
        if (found) {
            return v;
        }
    }
    return take_double(t, args[0], &x) ? int_from_double(t, ceil(x)) : 0;
}

static Value math_trunc(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (type_of(args[0]) == &float_type) {
        return int_from_double(t, float_get(args[0]));
    }
    bool found;
    Value v = by_special(t, args[0], N(__trunc__), &found);
    return found ? v : type_error(t, "type %T doesn't define __trunc__ method", args[0]);
}

/* ---- logarithms ---- */

typedef double (*LogFn)(double);

/* fn of a positive number; ints beyond doubles through frexp.  false: raised. */
static bool take_log(Thread *t, Value v, LogFn fn, double *out)
{
    double x;
    if (value_is_int(v)) {
        if (int_sign(v) <= 0) {
            math_domain_error(t);
            return false;
        }
        x = int_to_double(t, v);
        if (x == -1.0 && error_pending(t)) {
            int64_t e;
            error_clear(t);
            x = int_frexp(v, &e);
            *out = fn(x) + fn(2.0) * (double)e;
            return true;
        }
    } else if (!take_double(t, v, &x)) {
        return false;
    }
    if (x <= 0.0 || x == -INFINITY) {
        math_domain_error(t);
        return false;
    }
    *out = fn(x);
    return true;
}

static Value math_log(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    double num, den;
    if (n < 1 || n > 2) {
        return type_error(t, "math.log requires 1 to 2 arguments");
    }
    if (!take_log(t, args[0], log, &num)) {
        return 0;
    }
    if (n == 1) {
        return float_new(t, num);
    }
    if (!take_log(t, args[1], log, &den)) {
        return 0;
    }
    return den == 0.0 ? raise(t, &exc_ZeroDivisionError, "float division by zero")
                      : float_new(t, num / den);
}

static Value math_log2(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double r;
    return take_log(t, args[0], log2, &r) ? float_new(t, r) : 0;
}

static Value math_log10(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double r;
    return take_log(t, args[0], log10, &r) ? float_new(t, r) : 0;
}

/* ---- two numbers ---- */

static bool take_pair(Thread *t, Value *args, double *x, double *y)
{
    return take_double(t, args[0], x) && take_double(t, args[1], y);
}

static Value math_atan2(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    return take_pair(t, args, &x, &y) ? float_new(t, atan2(x, y)) : 0;
}

static Value math_copysign(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    return take_pair(t, args, &x, &y) ? float_new(t, copysign(x, y)) : 0;
}

static Value math_nextafter(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    return take_pair(t, args, &x, &y) ? float_new(t, nextafter(x, y)) : 0;
}

static Value math_fmod(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    if (!take_pair(t, args, &x, &y)) {
        return 0;
    }
    double r = fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? math_domain_error(t) : float_new(t, r);
}

static Value math_remainder(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    if (!take_pair(t, args, &x, &y)) {
        return 0;
    }
    double r = remainder(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? math_domain_error(t) : float_new(t, r);
}

static Value math_pow(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, y;
    if (!take_pair(t, args, &x, &y)) {
        return 0;
    }
    double r = pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(r) || (isinf(r) && x == 0.0)) {
            return math_domain_error(t);
        }
        if (isinf(r)) {
            return math_range_error(t);
        }
    }
    return float_new(t, r);
}

static Value math_ldexp(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    if (!value_is_int(args[1])) {
        return type_error(t, "Expected an int as second argument to ldexp.");
    }
    int64_t e;
    if (x == 0.0 || !isfinite(x)) {
        return float_new(t, x);
    }
    if (!int_try_int64(args[1], &e) || e > INT32_MAX || e < INT32_MIN) {
        return int_sign(args[1]) > 0 ? math_range_error(t) : float_new(t, copysign(0.0, x));
    }
    double r = ldexp(x, (int)e);
    return isinf(r) ? math_range_error(t) : float_new(t, r);
}

static Value math_frexp(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    int e = 0;
    if (x != 0.0 && isfinite(x)) {
        x = frexp(x, &e);
    }
    Value m = float_new(t, x);
    return m ? tuple_pack(t, 2, m, fixnum(e)) : 0;
}

static Value math_modf(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double x, whole;
    if (!take_double(t, args[0], &x)) {
        return 0;
    }
    double part = isinf(x) ? copysign(0.0, x) : modf(x, &whole);
    Value a = float_new(t, part), b = float_new(t, isinf(x) ? x : whole);
    return a && b ? tuple_pack(t, 2, a, b) : 0;
}

static Value math_isclose(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double a, b, rel = 1e-9, tolerance = 0.0;
    if (!take_pair(t, args, &a, &b) || (args[2] && !take_double(t, args[2], &rel)) ||
        (args[3] && !take_double(t, args[3], &tolerance))) {
        return 0;
    }
    if (rel < 0.0 || tolerance < 0.0) {
        return value_error(t, "tolerances must be non-negative");
    }
    if (a == b) {
        return TRUE_VALUE;
    }
    if (isinf(a) || isinf(b)) {
        return FALSE_VALUE;
    }
    double diff = fabs(b - a);
    return bool_value(diff <= fabs(rel * b) || diff <= fabs(rel * a) || diff <= tolerance);
}

#define ONE(name, doc) {#name "(x, /)", math_##name, doc, 0}
static const NativeDef math_functions[] = {
    ONE(acos, "Arc cosine in radians."),
    ONE(acosh, "Inverse hyperbolic cosine."),
    ONE(asin, "Arc sine in radians."),
    ONE(asinh, "Inverse hyperbolic sine."),
    ONE(atan, "Arc tangent in radians."),
    ONE(atanh, "Inverse hyperbolic tangent."),
    ONE(cbrt, "Cube root."),
    ONE(ceil, "The smallest integer not below x."),
    ONE(cos, "Cosine of x radians."),
    ONE(cosh, "Hyperbolic cosine."),
    ONE(degrees, "An angle in radians as degrees."),
    ONE(erf, "Error function."),
    ONE(erfc, "Complementary error function."),
    ONE(exp, "e to the power x."),
    ONE(exp2, "2 to the power x."),
    ONE(expm1, "exp(x) - 1 without loss for small x."),
    ONE(fabs, "Absolute value as a float."),
    ONE(floor, "The largest integer not above x."),
    ONE(frexp, "The pair (m, e) with x = m * 2**e."),
    ONE(gamma, "Gamma function."),
    ONE(isfinite, "Neither infinity nor NaN."),
    ONE(isinf, "An infinity."),
    ONE(isnan, "Not a number."),
    ONE(lgamma, "Logarithm of the absolute gamma function."),
    ONE(log10, "Logarithm to base 10."),
    ONE(log1p, "log(1 + x) without loss for small x."),
    ONE(log2, "Logarithm to base 2."),
    ONE(modf, "Fraction and whole part."),
    ONE(radians, "An angle in degrees as radians."),
    ONE(sin, "Sine of x radians."),
    ONE(sinh, "Hyperbolic sine."),
    ONE(sqrt, "Square root."),
    ONE(tan, "Tangent of x radians."),
    ONE(tanh, "Hyperbolic tangent."),
    ONE(trunc, "x without its fraction, by __trunc__."),
    ONE(ulp, "Value of the least significant bit of x."),
    {"atan2(y, x, /)", math_atan2, "Arc tangent of y/x in the right quadrant.", 0},
    {"copysign(x, y, /)", math_copysign, "Size of x, sign of y.", 0},
    {"nextafter(x, y, /)", math_nextafter, "The next float after x towards y.", 0},
    {"fmod(x, y, /)", math_fmod, "Remainder with the sign of x.", 0},
    {"remainder(x, y, /)", math_remainder, "Difference between x and the closest multiple of y.",
     0},
    {"pow(x, y, /)", math_pow, "x to the power y.", 0},
    {"ldexp(x, i, /)", math_ldexp, "x * 2**i.", 0},
    {"isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)", math_isclose, "Whether two numbers are close.",
     0},
    {"log", math_log, "log(x, [base=math.e])\nLogarithm of x to the given base.", NATIVE_RAW},
    {"factorial(n, /)", math_factorial, "n!", 0},
    {"comb(n, k, /)", math_comb, "Number of ways to choose k of n items.", 0},
    {"perm(n, k=None, /)", math_perm, "Number of ways to arrange k of n items.", 0},
    {"isqrt(n, /)", math_isqrt, "Integer part of the square root.", 0},
    {"gcd(*integers)", math_gcd, "Greatest common divisor.", NATIVE_RAW},
    {"lcm(*integers)", math_lcm, "Least common multiple.", NATIVE_RAW},
    {"fsum(seq, /)", math_fsum, "Exact sum, rounded once.", 0},
    {"prod(iterable, /, *, start=1)", math_prod, "Product of all items.", 0},
    {"hypot", math_hypot, "hypot(*coordinates) -> value\n\nEuclidean length of a vector.",
     NATIVE_RAW},
    {"dist(p, q, /)", math_dist, "Euclidean distance of two points.", 0},
    {0},
};

static bool math_exec(Thread *t, Value mod)
{
    return module_add(t, mod, "pi", float_new(t, M_PI)) &&
           module_add(t, mod, "e", float_new(t, M_E)) &&
           module_add(t, mod, "tau", float_new(t, 2 * M_PI)) &&
           module_add(t, mod, "inf", float_new(t, INFINITY)) &&
           module_add(t, mod, "nan", float_new(t, NAN));
}

const ModuleDef module_math = {"math", "Functions of floats and integers.", math_functions,
                               math_exec};
