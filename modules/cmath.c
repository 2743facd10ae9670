/* The module cmath, over the C library's complex functions (C11 annex G gives their special
 * values). */
#include <complex.h>
#include <math.h>

#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

typedef double complex Cplx;

/* A number, or what __complex__ returns. */
static bool take_complex(Thread *t, Value v, Cplx *z)
{
    if (!value_is_object(v) || !value_isa(v, &complex_type)) {
        Value m = lookup_special(t, v, N(dunder_complex));
        if (error_pending(t)) {
            return false;
        }
        if (m) {
            v = call0(t, m);
            if (!v) {
                return false;
            }
            if (!value_is_object(v) || !value_isa(v, &complex_type)) {
                type_error(t, "__complex__ returned non-complex (type %T)", v);
                return false;
            }
        }
    }
    if (value_is_object(v) && value_isa(v, &complex_type)) {
        Complex *c = (Complex *)value_object(v);
        *z = CMPLX(c->re, c->im);
        return true;
    }
    double d;
    if (!value_to_double(t, v, &d)) {
        return false;
    }
    *z = CMPLX(d, 0.0);
    return true;
}

static bool finite_both(Cplx z)
{
    return isfinite(creal(z)) && isfinite(cimag(z));
}

static Value complex_value(Thread *t, Cplx z)
{
    return complex_new(t, creal(z), cimag(z));
}

static COLD Value domain(Thread *t)
{
    return value_error(t, "math domain error");
}

static COLD Value range_overflow(Thread *t)
{
    return overflow_error(t, "math range error");
}

/* Infinite results of finite arguments: overflow, or (pole) outside the domain. */
static Value checked(Thread *t, Cplx z, Cplx r, bool pole)
{
    if (finite_both(z)) {
        if (isinf(creal(r)) || isinf(cimag(r))) {
            return pole ? domain(t) : range_overflow(t);
        }
        return complex_value(t, r);
    }
    return complex_value(t, r);
}

#define COMPLEX_FUNCTION(name, fn, pole)                                                \
    static Value cmath_##name(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED) \
    {                                                                                   \
        Cplx z;                                                                         \
        return take_complex(t, args[0], &z) ? checked(t, z, fn(z), pole) : 0;           \
    }
COMPLEX_FUNCTION(acos, cacos, false)
static Cplx acosh_of(Cplx z)
{
    /* C libraries differ here */
    return creal(z) == 0.0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : cacosh(z);
}
COMPLEX_FUNCTION(acosh, acosh_of, false)
COMPLEX_FUNCTION(asin, casin, false)
COMPLEX_FUNCTION(asinh, casinh, false)
COMPLEX_FUNCTION(atan, catan, true)
COMPLEX_FUNCTION(atanh, catanh, true)
COMPLEX_FUNCTION(sqrt, csqrt, false)

/* An infinite part combined with a finite imaginary part whose direction matters is a domain error.
 */
#define PERIODIC_FUNCTION(name, fn, periodic, other)                                    \
    static Value cmath_##name(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED) \
    {                                                                                   \
        Cplx z;                                                                         \
        if (!take_complex(t, args[0], &z)) {                                            \
            return 0;                                                                   \
        }                                                                               \
        double p = periodic(z), o = other(z);                                           \
        if (isinf(p) && !isnan(o) && is_domain_##name(o)) {                             \
            return domain(t);                                                           \
        }                                                                               \
        return checked(t, z, fn(z), false);                                             \
    }
/* exp(x + inf j): undefined unless x is -inf or nan */
static bool is_domain_exp(double o) { return o != -INFINITY; }
static bool is_domain_cosh(double o UNUSED) { return true; }
static bool is_domain_sinh(double o UNUSED) { return true; }
static bool is_domain_cos(double o UNUSED) { return true; }
static bool is_domain_sin(double o UNUSED) { return true; }
static bool is_domain_tan(double o) { return !isinf(o); }
static bool is_domain_tanh(double o) { return !isinf(o); }
PERIODIC_FUNCTION(exp, cexp, cimag, creal)
PERIODIC_FUNCTION(cosh, ccosh, cimag, creal)
PERIODIC_FUNCTION(sinh, csinh, cimag, creal)
static Cplx tanh_of(Cplx z)
{
    return creal(z) == 0.0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : ctanh(z);
}
PERIODIC_FUNCTION(tanh, tanh_of, cimag, creal)
PERIODIC_FUNCTION(cos, ccos, creal, cimag)
PERIODIC_FUNCTION(sin, csin, creal, cimag)
static Cplx tan_of(Cplx z)
{
    return cimag(z) == 0.0 && isnan(creal(z)) ? CMPLX(NAN, NAN) : ctan(z);
}
PERIODIC_FUNCTION(tan, tan_of, creal, cimag)

/* log|z| without overflow, and near 1 without cancellation */
static Cplx log_of(Cplx z)
{
    double re = fabs(creal(z)), im = fabs(cimag(z)), big = fmax(re, im), small = fmin(re, im);
    double h = hypot(re, im);
    if (isfinite(h) && h >= 0.71 && h <= 1.73) {
        return CMPLX(log1p((big - 1) * (big + 1) + small * small) / 2.0, atan2(cimag(z), creal(z)));
    }
    return clog(z);
}

static Value cmath_log(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z, base;
    if (!take_complex(t, args[0], &z) || (args[1] && !take_complex(t, args[1], &base))) {
        return 0;
    }
    if (z == 0.0 || (args[1] && base == 0.0)) {
        return domain(t);
    }
    Cplx r = log_of(z);
    if (!args[1]) {
        return complex_value(t, r);
    }
    Cplx b = log_of(base);
    if (b == 0.0) {
        return domain(t);
    }
    Value x = complex_value(t, r), y = x ? complex_value(t, b) : 0;
    return y ? number_binary(t, OP_TRUEDIV, x, y) : 0;
}

static Value cmath_log10(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    if (!take_complex(t, args[0], &z)) {
        return 0;
    }
    if (z == 0.0) {
        return domain(t);
    }
    Cplx r = log_of(z);
    return complex_new(t, creal(r) / M_LN10, cimag(r) / M_LN10);
}

static Value cmath_phase(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    return take_complex(t, args[0], &z) ? float_new(t, carg(z)) : 0;
}

static Value cmath_polar(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    if (!take_complex(t, args[0], &z)) {
        return 0;
    }
    double r = cabs(z);
    if (isinf(r) && finite_both(z)) {
        return range_overflow(t);
    }
    Value a = float_new(t, r), b = a ? float_new(t, carg(z)) : 0;
    return b ? tuple_pack(t, 2, a, b) : 0;
}

static Value cmath_rect(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double r, phi;
    if (!value_to_double(t, args[0], &r) || !value_to_double(t, args[1], &phi)) {
        return 0;
    }
    if (isinf(phi) && r != 0.0 && !isnan(r)) {
        return domain(t);
    }
    if (phi == 0.0) {
        return complex_new(t, r,
                           isinf(r)   ? copysign(phi, r * copysign(1.0, phi))
                           : isnan(r) ? phi
                                      : r * phi);
    }
    if (isinf(r) && isnan(phi)) {
        return complex_new(t, INFINITY, NAN);
    }
    if (isinf(r) && isfinite(phi)) {
        return complex_new(t, copysign(INFINITY, r * cos(phi)), copysign(INFINITY, r * sin(phi)));
    }
    if (r == 0.0 && !isfinite(phi)) {
        return complex_new(t, 0.0, 0.0);
    }
    return complex_new(t, r * cos(phi), r * sin(phi));
}

static Value cmath_isfinite(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    return take_complex(t, args[0], &z) ? bool_value(finite_both(z)) : 0;
}

static Value cmath_isinf(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    return take_complex(t, args[0], &z) ? bool_value(isinf(creal(z)) || isinf(cimag(z))) : 0;
}

static Value cmath_isnan(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx z;
    return take_complex(t, args[0], &z) ? bool_value(isnan(creal(z)) || isnan(cimag(z))) : 0;
}

static Value cmath_isclose(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Cplx a, b;
    double rel = 1e-9, tolerance = 0.0;
    if (!take_complex(t, args[0], &a) || !take_complex(t, args[1], &b) ||
        (args[2] && !value_to_double(t, args[2], &rel)) ||
        (args[3] && !value_to_double(t, args[3], &tolerance))) {
        return 0;
    }
    if (rel < 0.0 || tolerance < 0.0) {
        return value_error(t, "tolerances must be non-negative");
    }
    if (creal(a) == creal(b) && cimag(a) == cimag(b)) {
        return TRUE_VALUE;
    }
    if (isinf(creal(a)) || isinf(cimag(a)) || isinf(creal(b)) || isinf(cimag(b))) {
        return FALSE_VALUE;
    }
    double diff = cabs(a - b);
    return bool_value(diff <= rel * cabs(b) || diff <= rel * cabs(a) || diff <= tolerance);
}

#define ONE_COMPLEX(name, doc) {#name "(z, /)", cmath_##name, doc, 0}
static const NativeDef cmath_functions[] = {
    ONE_COMPLEX(acos, "Arc cosine."),
    ONE_COMPLEX(acosh, "Inverse hyperbolic cosine."),
    ONE_COMPLEX(asin, "Arc sine."),
    ONE_COMPLEX(asinh, "Inverse hyperbolic sine."),
    ONE_COMPLEX(atan, "Arc tangent."),
    ONE_COMPLEX(atanh, "Inverse hyperbolic tangent."),
    ONE_COMPLEX(cos, "Cosine."),
    ONE_COMPLEX(cosh, "Hyperbolic cosine."),
    ONE_COMPLEX(exp, "e to the power z."),
    ONE_COMPLEX(log10, "Logarithm to base 10."),
    ONE_COMPLEX(phase, "The angle of z."),
    ONE_COMPLEX(polar, "The pair (r, phi)."),
    ONE_COMPLEX(sin, "Sine."),
    ONE_COMPLEX(sinh, "Hyperbolic sine."),
    ONE_COMPLEX(sqrt, "Square root."),
    ONE_COMPLEX(tan, "Tangent."),
    ONE_COMPLEX(tanh, "Hyperbolic tangent."),
    ONE_COMPLEX(isfinite, "Whether both parts are finite."),
    ONE_COMPLEX(isinf, "Whether a part is infinite."),
    ONE_COMPLEX(isnan, "Whether a part is not a number."),
    {"log(z, base=<unrepresentable>, /)", cmath_log, "Logarithm of z to the given base.", 0},
    {"rect(r, phi, /)", cmath_rect, "The number with these polar coordinates.", 0},
    {"isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)", cmath_isclose,
     "Whether two numbers are close.", 0},
    {0},
};

static bool cmath_exec(Thread *t, Value mod)
{
    return module_add(t, mod, "pi", float_new(t, M_PI)) &&
           module_add(t, mod, "e", float_new(t, M_E)) &&
           module_add(t, mod, "tau", float_new(t, 2 * M_PI)) &&
           module_add(t, mod, "inf", float_new(t, INFINITY)) &&
           module_add(t, mod, "nan", float_new(t, NAN)) &&
           module_add(t, mod, "infj", complex_new(t, 0.0, INFINITY)) &&
           module_add(t, mod, "nanj", complex_new(t, 0.0, NAN));
}

const ModuleDef module_cmath = {"cmath", "Functions of complex numbers.", cmath_functions,
                                cmath_exec};
