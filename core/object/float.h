/* float: in the word when flonum_try succeeds, else a boxed Float (0.0, inf, nan, rare exponents,
 * subclasses). complex. */
#ifndef CORE_OBJECT_FLOAT_H
#define CORE_OBJECT_FLOAT_H

#include "core/object/object.h"

typedef struct Float { Object head; double value; } Float;
typedef struct Complex { Object head; double re, im; } Complex;
extern Float float_zero; /* the boxed +0.0 */
extern Type complex_type;

Value float_new_slow(Thread *t, double d);
static inline Value float_new(Thread *t, double d)
{
    Value v;
    return LIKELY(flonum_try(d, &v)) ? v : float_new_slow(t, d);
}
static inline bool value_is_float(Value v)
{
    return value_is_flonum(v) || (value_is_object(v) && value_has(v, TYPE_FLOAT));
}
static inline bool value_is_float_exact(Value v)
{
    return value_is_flonum(v) || (value_is_object(v) && value_object(v)->type == &float_type);
}
static inline double float_get(Value v) /* v is a float */
{
    return value_is_flonum(v) ? flonum_get(v) : ((Float *)value_object(v))->value;
}
/* v as a double when it is a float or a small int, none of a subclass, and exactly that. */
static inline bool number_as_double(Value v, double *out)
{
    if (value_is_flonum(v)) {
        *out = flonum_get(v);
        return true;
    }
    if (value_is_fixnum(v)) {
        int64_t n = fixnum_get(v);
        *out = (double)n;
        return n >= -((int64_t)1 << 53) && n <= (int64_t)1 << 53;
    }
    if (value_object(v)->type == &float_type) {
        *out = ((Float *)value_object(v))->value;
        return true;
    }
    return false;
}
/* a % b as Python has it; b is not 0. */
double float_remainder(double a, double b);
Value float_power(Thread *t, double a, double b);
Value complex_new(Thread *t, double re, double im);
Value float_from_text(Thread *t, const char *p, size_t n, Value orig /* for the message */);
int64_t double_hash(double d);
/* IEEE 754 half precision, ties to even; false: too large. */
bool half_from_double(double d, uint16_t *out);
double half_to_double(uint16_t h);
/* Shortest repr that reads back equal: "1.0", "1e+16", "inf", "nan". */
Value float_repr_double(Thread *t, double d);
/* code e E f F g G r % as format(); flags ALT/SIGN: core/base/dtoa.h; returns a str */
Value float_format_double(Thread *t, double d, char code, int precision, unsigned flags);

#endif
