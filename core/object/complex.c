/* complex: pairs of doubles; constructor, arithmetic, text. */
#include <errno.h>
#include <math.h>

#include "core/base/ascii.h"
#include "core/base/dtoa.h"
#include "core/base/memory.h"
#include "core/object/float_internal.h"
#include "core/object/format_spec.h"
#include "core/object/int.h"
#include "core/object/native.h"
#include "core/object/number_text.h"
#include "core/object/tuple.h"

Value complex_new(Thread *t, double re, double im)
{
    Complex *c = object_alloc_fast(t, &complex_type, sizeof *c);
    if (!c) {
        return 0;
    }
    c->re = re;
    c->im = im;
    return object_value(c);
}

static bool is_complex(Value v)
{
    return value_is_object(v) && value_isa(v, &complex_type);
}

static Complex *get(Value v)
{
    assert(value_isa(v, &complex_type));
    return (Complex *)value_object(v);
}

/* 1 a number, 0 NotImplemented, -1 raised. */
static int complex_operand(Thread *t, Value v, double *re, double *im)
{
    if (is_complex(v)) {
        *re = get(v)->re;
        *im = get(v)->im;
        return 1;
    }
    *im = 0.0;
    return float_operand(t, v, re);
}

#define COMPLEX_OPERANDS()                                   \
    double ar, ai, br, bi;                                   \
    int ok_ = complex_operand(t, a, &ar, &ai);               \
    ok_ = ok_ == 1 ? complex_operand(t, b, &br, &bi) : ok_;  \
    if (ok_ != 1) {                                          \
        return ok_ == 0 ? NOT_IMPLEMENTED : 0;               \
    }

static Value complex_add(Thread *t, Value a, Value b)
{
    COMPLEX_OPERANDS()
    return complex_new(t, ar + br, ai + bi);
}

static Value complex_sub(Thread *t, Value a, Value b)
{
    COMPLEX_OPERANDS()
    return complex_new(t, ar - br, ai - bi);
}

static void multiply(double ar, double ai, double br, double bi, double *re, double *im)
{
    *re = ar * br - ai * bi;
    *im = ar * bi + ai * br;
}

static Value complex_mul(Thread *t, Value a, Value b)
{
    COMPLEX_OPERANDS()
    double re, im;
    multiply(ar, ai, br, bi, &re, &im);
    return complex_new(t, re, im);
}

/* Smith's method: scale by the larger part of the divisor.  false: division by zero. */
static bool divide(double ar, double ai, double br, double bi, double *re, double *im)
{
    double abs_r = fabs(br), abs_i = fabs(bi);
    if (abs_r >= abs_i) {
        if (abs_r == 0.0) {
            return false;
        }
        double ratio = bi / br, denom = br + bi * ratio;
        *re = (ar + ai * ratio) / denom;
        *im = (ai - ar * ratio) / denom;
    } else if (abs_i >= abs_r) {
        double ratio = br / bi, denom = br * ratio + bi;
        *re = (ar * ratio + ai) / denom;
        *im = (ai * ratio - ar) / denom;
    } else {
        *re = *im = NAN;
    }
    return true;
}

static Value complex_truediv(Thread *t, Value a, Value b)
{
    COMPLEX_OPERANDS()
    double re, im;
    if (!divide(ar, ai, br, bi, &re, &im)) {
        return raise(t, &exc_ZeroDivisionError, "complex division by zero");
    }
    return complex_new(t, re, im);
}

static bool power_general(double ar, double ai, double br, double bi, double *re, double *im)
{
    if (br == 0.0 && bi == 0.0) {
        *re = 1.0;
        *im = 0.0;
        return true;
    }
    if (ar == 0.0 && ai == 0.0) {
        *re = *im = 0.0;
        return !(bi != 0.0 || br < 0.0);
    }
    double vabs = hypot(ar, ai), len = pow(vabs, br), at = atan2(ai, ar), phase = at * br;
    if (bi != 0.0) {
        len /= exp(at * bi);
        phase += bi * log(vabs);
    }
    *re = len * cos(phase);
    *im = len * sin(phase);
    return !isinf(phase); /* it has no angle */
}

/* Small whole exponents by squaring, for exact results. */
static bool power_whole(double ar, double ai, long n, double *re, double *im)
{
    double rr = 1.0, ri = 0.0;
    long k = n < 0 ? -n : n;
    for (long mask = 1; mask <= k; mask <<= 1) {
        if (k & mask) {
            multiply(rr, ri, ar, ai, &rr, &ri);
        }
        multiply(ar, ai, ar, ai, &ar, &ai);
    }
    if (n >= 0) {
        *re = rr;
        *im = ri;
        return true;
    }
    return divide(1.0, 0.0, rr, ri, re, im);
}

Value complex_power(Thread *t, double ar, double ai, double br, double bi)
{
    double re, im;
    bool ok;
    if (bi == 0.0 && br == floor(br) && fabs(br) <= 100.0) {
        ok = power_whole(ar, ai, (long)br, &re, &im);
    } else {
        ok = power_general(ar, ai, br, bi, &re, &im);
    }
    if (!ok) {
        return raise(t, &exc_ZeroDivisionError, "0.0 to a negative or complex power");
    }
    if ((isinf(re) || isinf(im)) && isfinite(ar) && isfinite(ai) && isfinite(br) && isfinite(bi)) {
        return overflow_error(t, "complex exponentiation");
    }
    return complex_new(t, re, im);
}

static Value complex_pow(Thread *t, Value a, Value b, Value m)
{
    COMPLEX_OPERANDS()
    if (m && !is_none(m)) {
        return value_error(t, "complex modulo");
    }
    return complex_power(t, ar, ai, br, bi);
}

static Value complex_neg(Thread *t, Value a)
{
    return complex_new(t, -get(a)->re, -get(a)->im);
}

static Value complex_pos(Thread *t, Value a)
{
    return type_of(a) == &complex_type ? a : complex_new(t, get(a)->re, get(a)->im);
}

static Value complex_abs(Thread *t, Value a)
{
    double re = get(a)->re, im = get(a)->im, d = hypot(re, im);
    if (isinf(d) && isfinite(re) && isfinite(im)) {
        return overflow_error(t, "absolute value too large");
    }
    return float_new(t, d);
}

static int complex_truth(Thread *t UNUSED, Value a)
{
    return get(a)->re != 0.0 || get(a)->im != 0.0;
}

static Value complex_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (op != CMP_EQ && op != CMP_NE) {
        return NOT_IMPLEMENTED;
    }
    bool equal;
    if (is_complex(b)) {
        equal = get(a)->re == get(b)->re && get(a)->im == get(b)->im;
    } else if (value_is_float(b)) {
        equal = get(a)->re == float_get(b) && get(a)->im == 0.0;
    } else if (value_is_int(b)) {
        equal = false;
        if (get(a)->im == 0.0) {
            Value re = float_new(t, get(a)->re);
            int r = re ? object_compare_bool(t, re, b, CMP_EQ) : -1;
            if (r < 0) {
                return 0;
            }
            equal = r;
        }
    } else {
        return NOT_IMPLEMENTED;
    }
    return bool_value(equal == (op == CMP_EQ));
}

static int64_t part_hash(Value v, double d)
{
    return isnan(d) ? nan_hash(v) : double_hash(d);
}

static int64_t complex_hash(Thread *t UNUSED, Value v)
{
    uint64_t h = (uint64_t)part_hash(v, get(v)->re) + 1000003u * (uint64_t)part_hash(v, get(v)->im);
    return (int64_t)h == -1 ? -2 : (int64_t)h;
}

static Value complex_repr(Thread *t, Value v)
{
    double re = get(v)->re, im = get(v)->im;
    size_t n_re = 0, n_im = 0;
    bool bare = re == 0.0 && !signbit(re);
    char *r = double_format(re, 'r', 0, 0, &n_re),
         *i = double_format(im, 'r', 0, bare ? 0 : DTOA_SIGN, &n_im);
    Value s = !r || !i ? raise_memory(t)
              : bare   ? str_format(t, "%sj", i)
                       : str_format(t, "(%s%sj)", r, i);
    mem_free(r);
    mem_free(i);
    return s;
}

/* ---- constructor ---- */

/* "a", "bj", "a+bj", "j", "a-j"; false: malformed. */
static bool parse_parts(const char *p, const char *end, double *re, double *im)
{
    const char *s;
    *re = *im = 0.0;
    double z = double_parse(p, end, &s);
    if (s != p) {
        p = s;
        if (p < end && (*p == '+' || *p == '-')) {       /* <float>(+|-)<float>j or <float>(+|-)j */
            *re = z;
            *im = double_parse(p, end, &s);
            if (s == p) {
                *im = *p == '+' ? 1.0 : -1.0;
                s++;
            }
            p = s;
            return p + 1 == end && (*p == 'j' || *p == 'J');
        }
        if (p < end && (*p == 'j' || *p == 'J')) {
            *im = z;
            return p + 1 == end;
        }
        *re = z;
        return p == end;
    }
    *im = p < end && *p == '-' ? -1.0 : 1.0;             /* j, +j, -j */
    p += p < end && (*p == '+' || *p == '-');
    return p + 1 == end && (*p == 'j' || *p == 'J');
}

static bool parse_complex(NumberText *x, double *re, double *im)
{
    size_t n = x->n;
    if (!float_strip_underscores(x->p, &n)) {
        return false;
    }
    const char *p = x->p, *end = x->p + n;
    while (p < end && ascii_is_c_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_c_space((uint8_t)end[-1])) {
        end--;
    }
    if (p < end && *p == '(') {
        if (end[-1] != ')') {
            return false;
        }
        p++;
        end--;
        while (p < end && ascii_is_c_space((uint8_t)*p)) {
            p++;
        }
        while (end > p && ascii_is_c_space((uint8_t)end[-1])) {
            end--;
        }
    }
    return p < end && parse_parts(p, end, re, im);
}

static Value complex_instance(Thread *t, Type *type, double re, double im)
{
    Complex *c = object_alloc_instance(t, type, 0);
    if (!c) {
        return 0;
    }
    c->re = re;
    c->im = im;
    return object_value(c);
}

static Value complex_from_str(Thread *t, Type *type, Value s)
{
    NumberText x;
    if (!number_text_init(t, &x, s)) {
        return 0;
    }
    double re, im;
    bool ok = parse_complex(&x, &re, &im);
    number_text_free(&x);
    return ok ? complex_instance(t, type, re, im)
              : value_error(t, "complex() arg is a malformed string");
}

/* x.__complex__() when it has one: 1 and *out a complex, 0 absent, -1 raised. */
static int by_complex_method(Thread *t, Value x, Value *out)
{
    Value m = lookup_special(t, x, N(dunder_complex));
    if (!m) {
        return error_pending(t) ? -1 : 0;
    }
    Value v = call0(t, m);
    if (!v) {
        return -1;
    }
    if (!is_complex(v)) {
        type_error(t, "__complex__ returned non-complex (type %T)", v);
        return -1;
    }
    if (type_of(v) != &complex_type &&
        !warn(t, &exc_DeprecationWarning, 1,
              "__complex__ returned non-complex (type %T).  The ability to return an instance of a "
              "strict subclass "
              "of complex is deprecated, and may be removed in a future version of Python.",
              v)) {
        return -1;
    }
    *out = v;
    return 1;
}

/* One argument of the constructor as a pair; *is_pair: it was complex. */
static bool constructor_part(Thread *t, Value x, bool second, double *re, double *im, bool *is_pair)
{
    *im = 0.0;
    *is_pair = false;
    if (!second && type_of(x) != &complex_type) {
        int r = by_complex_method(t, x, &x);
        if (r < 0) {
            return false;
        }
    }
    if (is_complex(x)) {
        *re = get(x)->re;
        *im = get(x)->im;
        *is_pair = true;
        return true;
    }
    if (!type_of(x)->float_ && !type_of(x)->index) {
        if (second) {
            type_error(t, "complex() second argument must be a number, not '%T'", x);
        } else {
            type_error(t, "complex() first argument must be a string or a number, not '%T'", x);
        }
        return false;
    }
    Value f = float_from_object(t, x);
    *re = f ? float_get(f) : 0.0;
    return f != 0;
}

static Value complex_new_slot(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("complex(real=0, imag=0)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (a[0] && !a[1] && type == &complex_type && type_of(a[0]) == &complex_type) {
        return a[0];
    }
    if (a[0] && value_is_str(a[0])) {
        return a[1] ? type_error(t, "complex() can't take second arg if first is a string")
                    : complex_from_str(t, type, a[0]);
    }
    if (a[1] && value_is_str(a[1])) {
        return type_error(t, "complex() second arg can't be a string");
    }
    double ar = 0.0, ai = 0.0, br = 0.0, bi = 0.0;
    bool a_pair = false, b_pair = false;
    if ((a[0] && !constructor_part(t, a[0], false, &ar, &ai, &a_pair)) ||
        (a[1] && !constructor_part(t, a[1], true, &br, &bi, &b_pair))) {
        return 0;
    }
    if (b_pair) {
        ar -= bi;
    }
    if (a_pair && a[1]) {
        br += ai;
    } else if (a_pair) {
        br = ai;
    }
    return complex_instance(t, type, ar, br);
}

/* ---- methods ---- */

static Value complex_conjugate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return complex_new(t, get(args[0])->re, -get(args[0])->im);
}

static Value complex_getnewargs(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value re = float_new(t, get(args[0])->re), im = float_new(t, get(args[0])->im);
    return re && im ? tuple_pack(t, 2, re, im) : 0;
}

static Value complex_format_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__format__() argument must be str, not %B", args[1]);
    }
    return complex_format(t, args[0], args[1]);
}

static Value complex_complex(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return complex_pos(t, args[0]);
}

static const NativeDef complex_methods[] = {
    {"conjugate()", complex_conjugate, "The complex conjugate: the imaginary part negated.", 0},
    {"__complex__()", complex_complex, "The number as an exact complex.", 0},
    {"__getnewargs__()", complex_getnewargs, "Arguments for __new__ when unpickling.", 0},
    {"__format__(format_spec, /)", complex_format_method,
     "The number as text by a format specification.", 0},
    {0},
};

static const MemberDef complex_members[] = {
    {"real", MEMBER_DOUBLE, offsetof(Complex, re), true, "the real part of a complex number"},
    {"imag", MEMBER_DOUBLE, offsetof(Complex, im), true, "the imaginary part of a complex number"},
    {0},
};

Type complex_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "complex",
    .getattr = generic_getattr,
    .doc = "Create a complex number from a string or numbers.\n\nThe result is real + imag * 1j.",
    .sig = "complex(real=0, imag=0)",
    .flags = TYPE_BASETYPE | TYPE_FLAT_COMPARE,
    .size = sizeof(Complex),
    .new = complex_new_slot,
    .repr = complex_repr,
    .hash = complex_hash,
    .compare = complex_compare,
    .add = complex_add,
    .sub = complex_sub,
    .mul = complex_mul,
    .truediv = complex_truediv,
    .pow = complex_pow,
    .neg = complex_neg,
    .pos = complex_pos,
    .abs = complex_abs,
    .truth = complex_truth,
    .methods = complex_methods,
    .members = complex_members,
};
