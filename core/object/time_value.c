/* time_value.h */
#include "core/object/time_value.h"

#include <math.h>

#include "core/object/float.h"
#include "core/object/int.h"

static double round_ns(double d, NsRounding rounding)
{
    switch (rounding) {
    case NS_FLOOR:
        return floor(d);
    case NS_CEILING:
        return ceil(d);
    case NS_TIMEOUT:
        return d >= 0 ? ceil(d) : floor(d);
    default:
        return nearbyint(d);
    }
}

bool value_to_ns(Thread *t, Value v, NsRounding rounding, int64_t *ns)
{
    if (value_is_float(v)) {
        double d = float_get(v);
        if (isnan(d)) {
            value_error(t, "Invalid value NaN (not a number)");
            return false;
        }
        d = round_ns(d * 1e9, rounding);
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) {
            overflow_error(t, "timestamp too large to convert to C _PyTime_t");
            return false;
        }
        *ns = (int64_t)d;
        return true;
    }
    Value index = number_index(t, v);
    int64_t seconds;
    if (index == 0) {
        return false;
    }
    if (!int_try_int64(index, &seconds) ||
        __builtin_mul_overflow(seconds, (int64_t)1000000000, ns)) {
        overflow_error(t, "timestamp too large to convert to C _PyTime_t");
        return false;
    }
    return true;
}
