/* Methods of float. */
#include <math.h>

#include "core/base/dtoa.h"
#include "core/base/memory.h"
#include "core/object/float_internal.h"
#include "core/object/format_spec.h"
#include "core/object/int_internal.h"
#include "core/object/tuple.h"

static Value float_is_integer_method(Thread *t UNUSED, Value *args, size_t n UNUSED,
                                     Value kw UNUSED)
{
    double d = float_get(args[0]);
    return bool_value(isfinite(d) && d == floor(d));
}

static Value float_ratio_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double d = float_get(args[0]);
    if (isinf(d)) {
        return overflow_error(t, "cannot convert Infinity to integer ratio");
    }
    if (isnan(d)) {
        return value_error(t, "cannot convert NaN to integer ratio");
    }
    int e;
    double m = frexp(d, &e);
    for (int i = 0; i < 300 && m != floor(m); i++) {
        m *= 2.0;
        e--;
    }
    Value num = int_from_double(t, m), den = fixnum(1);
    if (num && e > 0) {
        num = int_lshift(t, num, (size_t)e);
    } else if (num) {
        den = int_lshift(t, den, (size_t)-e);
    }
    return num && den ? tuple_pack(t, 2, num, den) : 0;
}

static Value float_trunc_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_double(t, float_get(args[0]));
}

static Value float_floor_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_double(t, floor(float_get(args[0])));
}

static Value float_ceil_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_double(t, ceil(float_get(args[0])));
}

static Value float_itself(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return float_new(t, float_get(args[0]));
}

static Value float_getnewargs_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = float_new(t, float_get(args[0]));
    return v ? tuple_pack(t, 1, v) : 0;
}

/* To a multiple of 10**k (k > 0), exactly: the whole part as an int, the fraction breaks ties. */
static Value round_to_tens(Thread *t, double d, int k)
{
    double whole = trunc(fabs(d));
    Value v = int_from_double(t, whole), power = v ? int_pow(t, fixnum(10), fixnum(k), 0) : 0, q, r;
    if (!power || !int_divmod(t, v, power, &q, &r)) {
        return 0;
    }
    Value twice = int_lshift(t, r, 1);
    Value odd = twice ? int_bit_and(t, q, fixnum(1)) : 0;
    Value down = odd ? int_sub(t, v, r) : 0;
    if (!down) {
        return 0;
    }
    int c = int_compare(twice, power);
    if (c > 0 || (c == 0 && (whole != fabs(d) || odd == fixnum(1)))) {
        down = int_add(t, down, power);
    }
    double result = down ? int_to_double(t, down) : 0;
    if (error_pending(t)) {
        return error_clear_if(t, &exc_OverflowError)
                   ? overflow_error(t, "rounded value too large to represent") : 0;
    }
    return float_new(t, copysign(result, d));
}

static Value round_to_digits(Thread *t, double d, int digits)
{
    size_t n;
    char *p = double_format(d, 'f', digits, 0, &n);
    if (!p) {
        return raise_memory(t);
    }
    const char *end;
    double r = double_parse(p, p + n, &end);
    mem_free(p);
    return float_new(t, r);
}

static Value float_round_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double d = float_get(args[0]);
    if (!args[1] || is_none(args[1])) {
        return int_from_double(t, rint(d));
    }
    ssize_t digits;
    if (!value_to_ssize(t, args[1], &digits, NULL)) {
        return 0;
    }
    if (d == 0.0 || !isfinite(d) || digits > 323) {
        return float_new(t, d);
    }
    if (digits < -308) {
        return float_new(t, copysign(0.0, d));
    }
    return digits < 0 ? round_to_tens(t, d, (int)-digits) : round_to_digits(t, d, (int)digits);
}

static Value float_format_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__format__() argument must be str, not %B", args[1]);
    }
    return float_format(t, args[0], args[1]);
}

static Value float_getformat_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__getformat__() argument must be str, not %B", args[1]);
    }
    if (!str_eq_cstr(args[1], "double") && !str_eq_cstr(args[1], "float")) {
        return value_error(t, "__getformat__() argument 1 must be 'double' or 'float'");
    }
    return str_from_cstr(t, "IEEE, little-endian");
}

const NativeDef float_methods[] = {
    {"conjugate()", float_itself, "The number itself: its complex conjugate.", 0},
    {"is_integer()", float_is_integer_method, "Whether the number is an integer.", 0},
    {"as_integer_ratio()", float_ratio_method,
     "Pair of integers whose ratio is exactly the number.\n\n>>> (2.5).as_integer_ratio()\n(5, 2)",
     0},
    {"hex()", float_hex_method,
     "The number as hexadecimal text.\n\n>>> (2.5).hex()\n'0x1.4000000000000p+1'", 0},
    {"fromhex(string, /)", float_fromhex_method,
     "The number that a hexadecimal text stands for.\n\n>>> float.fromhex('0x1.4p+1')\n2.5",
     NATIVE_CLASS},
    {"__trunc__()", float_trunc_method, "The nearest integer between 0 and the number.", 0},
    {"__floor__()", float_floor_method, "The largest integer not above the number.", 0},
    {"__ceil__()", float_ceil_method, "The smallest integer not below the number.", 0},
    {"__round__(ndigits=None, /)", float_round_method,
     "The nearest integer, or the nearest number with ndigits decimals; ties go to even.", 0},
    {"__getnewargs__()", float_getnewargs_method, "Arguments for __new__ when unpickling.", 0},
    {"__format__(format_spec, /)", float_format_method,
     "The number as text by a format specification.", 0},
    {"__getformat__(typestr, /)", float_getformat_method,
     "How doubles or floats are laid out in memory.", NATIVE_CLASS},
    {0},
};

static Value get_float_real(Thread *t, Value self, void *closure UNUSED)
{
    return float_new(t, float_get(self));
}

static Value get_float_imag(Thread *t UNUSED, Value self UNUSED, void *closure UNUSED)
{
    return object_value(&float_zero);
}

const GetSetDef float_getset[] = {
    {"real", get_float_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_float_imag, NULL, "the imaginary part of a complex number", NULL},
    {0},
};
