/* float: arithmetic, comparison (exact against ints of any size), hash, the type object.  Doubles
 * with common exponents live in the word; the rest are boxed.  Text: float_text.c; methods:
 * float_methods.c. */
#include <math.h>

#include "core/object/float_internal.h"
#include "core/object/int_internal.h"
#include "core/object/native.h"
#include "core/object/tuple.h"

Float float_zero = {OBJECT_STATIC_HEAD(&float_type), 0.0};
static Float float_minus_zero = {OBJECT_STATIC_HEAD(&float_type), -0.0};

Value float_new_slow(Thread *t, double d)
{
    Value v;
    if (flonum_try(d, &v)) {
        return v;
    }
    if (d == 0.0) {
        return object_value(signbit(d) ? &float_minus_zero : &float_zero);
    }
    Float *f = object_alloc_fast(t, &float_type, sizeof *f);
    if (!f) {
        return 0;
    }
    f->value = d;
    return object_value(f);
}

Value float_new_instance(Thread *t, Type *type, double d)
{
    if (type == &float_type) {
        return float_new(t, d);
    }
    Float *f = object_alloc_instance(t, type, 0);
    if (!f) {
        return 0;
    }
    f->value = d;
    return object_value(f);
}

int float_operand(Thread *t, Value v, double *out)
{
    if (LIKELY(value_is_flonum(v))) {
        *out = flonum_get(v);
        return 1;
    }
    if (value_is_fixnum(v)) {
        *out = (double)fixnum_get(v);
        return 1;
    }
    if (value_has(v, TYPE_FLOAT)) {
        *out = ((Float *)value_object(v))->value;
        return 1;
    }
    if (!value_has(v, TYPE_INT)) {
        return 0;
    }
    *out = int_to_double(t, v);
    return *out == -1.0 && error_pending(t) ? -1 : 1;
}

/* 1 both are numbers, 0 NotImplemented, -1 raised. */
static inline int float_pair(Thread *t, Value a, Value b, double *x, double *y)
{
    int r = float_operand(t, a, x);
    return r == 1 ? float_operand(t, b, y) : r;
}

#define FLOAT_OPERANDS()                                     \
    double x, y;                                             \
    int ok_ = float_pair(t, a, b, &x, &y);                   \
    if (UNLIKELY(ok_ != 1)) {                                \
        return ok_ == 0 ? NOT_IMPLEMENTED : 0;               \
    }

static Value float_add(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    return float_new(t, x + y);
}

static Value float_sub(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    return float_new(t, x - y);
}

static Value float_mul(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    return float_new(t, x * y);
}

static Value float_truediv(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    if (y == 0.0) {
        return raise(t, &exc_ZeroDivisionError, "float division by zero");
    }
    return float_new(t, x / y);
}

double float_remainder(double a, double b)
{
    double mod = fmod(a, b);
    return mod == 0.0 ? copysign(0.0, b) : (b < 0) != (mod < 0) ? mod + b : mod;
}

double float_modulo(double a, double b, double *floor_div)
{
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0.0) {
        if ((b < 0) != (mod < 0)) {
            mod += b;
            div -= 1.0;
        }
    } else {
        mod = copysign(0.0, b);
    }
    if (div != 0.0) {
        *floor_div = floor(div);
        if (div - *floor_div > 0.5) {
            *floor_div += 1.0;
        }
    } else {
        *floor_div = copysign(0.0, a / b);
    }
    return mod;
}

static Value float_floordiv(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    if (y == 0.0) {
        return raise(t, &exc_ZeroDivisionError, "float floor division by zero");
    }
    double q;
    float_modulo(x, y, &q);
    return float_new(t, q);
}

static Value float_mod(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    if (y == 0.0) {
        return raise(t, &exc_ZeroDivisionError, "float modulo");
    }
    return float_new(t, float_remainder(x, y));
}

static Value float_divmod(Thread *t, Value a, Value b)
{
    FLOAT_OPERANDS()
    if (y == 0.0) {
        return raise(t, &exc_ZeroDivisionError, "float divmod()");
    }
    double q, m = float_modulo(x, y, &q);
    Value vq = float_new(t, q), vm = float_new(t, m);
    return vq && vm ? tuple_pack(t, 2, vq, vm) : 0;
}

Value float_power(Thread *t, double a, double b)
{
    if (a == 0.0 && b < 0.0 && isfinite(b)) {
        return raise(t, &exc_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    }
    if (a < 0.0 && isfinite(a) && isfinite(b) && b != floor(b)) {
        return complex_power(t, a, 0.0, b, 0.0);
    }
    double r = pow(a, b);
    if (isinf(r) && isfinite(a) && isfinite(b)) {
        Value text = intern_cstr(t, "Numerical result out of range");
        Value args = text ? tuple_pack(t, 2, fixnum(34), text) : 0;
        return args ? raise_value(t, &exc_OverflowError, args) : 0;
    }
    return float_new(t, r);
}

static Value float_pow(Thread *t, Value a, Value b, Value m)
{
    if (m && !is_none(m)) {
        return type_error(t, "pow() 3rd argument not allowed unless all arguments are integers");
    }
    FLOAT_OPERANDS()
    return float_power(t, x, y);
}

static Value float_neg(Thread *t, Value a)
{
    return float_new(t, -float_get(a));
}

static Value float_pos(Thread *t, Value a)
{
    return value_is_flonum(a) ? a : float_new(t, float_get(a));
}

static Value float_float(Thread *t, Value a)
{
    return value_is_flonum(a) || value_object(a)->type == &float_type ? a
                                                                      : float_new(t, float_get(a));
}

static Value float_abs(Thread *t, Value a)
{
    return float_new(t, fabs(float_get(a)));
}

static Value float_int(Thread *t, Value a)
{
    return int_from_double(t, float_get(a));
}

static int float_truth(Thread *t UNUSED, Value a)
{
    return float_get(a) != 0.0;
}

/* Sign of d - i, exact; d is not NaN.  2: memory exhausted. */
static int compare_with_int(Thread *t, double d, Value i)
{
    int64_t k;
    if (int_try_int64(i, &k) && d >= -9.2e18 && d <= 9.2e18) {
        int64_t whole = (int64_t)d;
        if (whole != k) {
            return whole > k ? 1 : -1;
        }
        double rest = d - (double)whole;
        return (rest > 0) - (rest < 0);
    }
    int si = int_sign(i), sd = (d > 0) - (d < 0);
    if (si != sd) {
        return sd > si ? 1 : -1;
    }
    if (isinf(d)) {
        return sd;
    }
    int e;
    frexp(d, &e);                                    /* 2^(e-1) <= |d| < 2^e */
    int64_t bits = (int64_t)int_bit_length(i);
    if (e != bits) {
        return e > bits ? sd : -sd;
    }
    Value whole = int_from_double(t, d);             /* |d| > 9e18: no fraction */
    return whole ? int_compare(whole, i) : 2;
}

static Value compare_result(int c, CompareOp op)
{
    switch (op) {
    case CMP_LT: return bool_value(c < 0);
    case CMP_LE: return bool_value(c <= 0);
    case CMP_EQ: return bool_value(c == 0);
    case CMP_NE: return bool_value(c != 0);
    case CMP_GT: return bool_value(c > 0);
    default: return bool_value(c >= 0);
    }
}

static Value float_compare(Thread *t, Value a, Value b, CompareOp op)
{
    double x = float_get(a);
    if (value_is_float(b)) {
        double y = float_get(b);
        switch (op) {
        case CMP_LT: return bool_value(x < y);
        case CMP_LE: return bool_value(x <= y);
        case CMP_EQ: return bool_value(x == y);
        case CMP_NE: return bool_value(x != y);
        case CMP_GT: return bool_value(x > y);
        default: return bool_value(x >= y);
        }
    }
    if (!value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    if (isnan(x)) {
        return bool_value(op == CMP_NE);
    }
    int c = compare_with_int(t, x, b);
    return c == 2 ? 0 : compare_result(c, op);
}

/* d = m * 2^e reduced modulo 2^61 - 1, so that equal numbers of all types hash alike. */
int64_t double_hash(double d)
{
    if (!isfinite(d)) {
        return isinf(d) ? (d > 0 ? 314159 : -314159) : 0;
    }
    int e;
    double m = frexp(fabs(d), &e);
    const uint64_t p = ((uint64_t)1 << 61) - 1;
    uint64_t x = (uint64_t)ldexp(m, 53);             /* d = x * 2^(e - 53), x < 2^53 */
    int shift = (e - 53) % 61;
    shift = shift < 0 ? shift + 61 : shift;
    x = shift ? ((x << shift) & p) | x >> (61 - shift) : x;
    int64_t h = d < 0 ? -(int64_t)x : (int64_t)x;
    return h == -1 ? -2 : h;
}

int64_t nan_hash(Value v)
{
    uint64_t h = v >> 4 | v << 60;
    return (int64_t)h == -1 ? -2 : (int64_t)h;
}

static int64_t float_hash(Thread *t UNUSED, Value v)
{
    double d = float_get(v);
    if (UNLIKELY(isnan(d))) {
        return nan_hash(v);
    }
    return double_hash(d);
}

static Value float_new_slot(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((kwnames && (type == &float_type || type->init == float_type.init) &&
         !args_no_kw(t, "float", kwnames)) ||
        !args_count(t, "float", n, 0, 1)) {
        return 0;
    }
    Value v = n ? float_from_object(t, args[0]) : object_value(&float_zero);
    return !v || type == &float_type ? v : float_new_instance(t, type, float_get(v));
}

Type float_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "float",
    .getattr = generic_getattr,
    .doc = "Convert a string or number to a floating point number, if possible.",
    .sig = "float(x=0, /)",
    .flags = TYPE_BASETYPE | TYPE_FLOAT | TYPE_MATCH_SELF,
    .size = sizeof(Float),
    .new = float_new_slot,
    .repr = float_repr_slot,
    .hash = float_hash,
    .compare = float_compare,
    .add = float_add,
    .sub = float_sub,
    .mul = float_mul,
    .truediv = float_truediv,
    .floordiv = float_floordiv,
    .mod = float_mod,
    .divmod = float_divmod,
    .pow = float_pow,
    .neg = float_neg,
    .pos = float_pos,
    .abs = float_abs,
    .int_ = float_int,
    .float_ = float_float,
    .truth = float_truth,
    .methods = float_methods,
    .getset = float_getset,
};

/* ---- 16 bits ---- */

bool half_from_double(double d, uint16_t *out)
{
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    if (d == 0.0 || isinf(d)) {
        *out = sign | (d == 0.0 ? 0 : 0x7c00);
        return true;
    }
    if (isnan(d)) {
        *out = sign | 0x7e00;
        return true;
    }
    int e;
    double m = frexp(fabs(d), &e);                   /* 0.5 <= m < 1 */
    int drop = e < -13 ? -13 - e : 0;                /* subnormal: fewer bits */
    double scaled = rint(ldexp(m, 11 - drop));       /* 11 bits with the hidden one */
    uint32_t bits = (uint32_t)scaled;
    uint32_t half = drop ? bits : ((uint32_t)(e + 13) << 10) + bits;
    if (half >= 0x7c00) {
        return false;
    }
    *out = sign | (uint16_t)half;
    return true;
}

double half_to_double(uint16_t h)
{
    int e = h >> 10 & 31;
    double m = h & 1023;
    double d = e == 31 ? (m ? NAN : INFINITY) : e ? ldexp(m + 1024, e - 25) : ldexp(m, -24);
    return h & 0x8000 ? -d : d;
}
