/* Arithmetic of timedelta.  Results are of the exact type; divisions by numbers round half to even.
 */
#include "core/object/float.h"
#include "modules/_datetime/datetime.h"

static Value from_us(Thread *t, __int128 us)
{
    return delta_from_us(t, &delta_type, us);
}

static Value too_large(Thread *t)
{
    return overflow_error(t, "Python int too large to convert to C int");
}

static Value int_from_128(Thread *t, __int128 v)
{
    if (v >= INT64_MIN && v <= INT64_MAX) {
        return int_from_int64(t, (int64_t)v);
    }
    Value high = int_from_int64(t, (int64_t)(v >> 62));
    high = high ? int_lshift(t, high, 62) : 0;
    return high ? int_add(t, high, fixnum((int64_t)(v & (((__int128)1 << 62) - 1)))) : 0;
}

/* -(2**127) / 2 and beyond is far out of the range of timedelta. */
static bool int_to_128(Value v, __int128 *out)
{
    int64_t narrow;
    bool fits = int_try_int64(v, &narrow);
    *out = fits ? narrow : 0;
    return fits;
}

Value delta_add(Thread *t, Value a, Value b)
{
    return is_delta(a) && is_delta(b) ? from_us(t, delta_us(as_delta(a)) + delta_us(as_delta(b)))
                                      : NOT_IMPLEMENTED;
}

Value delta_sub(Thread *t, Value a, Value b)
{
    return is_delta(a) && is_delta(b) ? from_us(t, delta_us(as_delta(a)) - delta_us(as_delta(b)))
                                      : NOT_IMPLEMENTED;
}

Value delta_neg(Thread *t, Value a)
{
    return from_us(t, -delta_us(as_delta(a)));
}

Value delta_pos(Thread *t, Value a)
{
    return from_us(t, delta_us(as_delta(a)));
}

Value delta_abs(Thread *t, Value a)
{
    __int128 us = delta_us(as_delta(a));
    return from_us(t, us < 0 ? -us : us);
}

/* a / b, rounded half to even, as a timedelta; both exact ints. */
static Value divide_nearest(Thread *t, Value a, Value b)
{
    Value q, r;
    if (!int_divmod(t, a, b, &q, &r)) {
        return 0;
    }
    Value twice = int_lshift(t, r, 1);
    if (!twice) {
        return 0;
    }
    int side = int_compare(twice, b); /* r has the sign of b */
    side = int_sign(b) < 0 ? -side : side;
    Value last = int_mod(t, q, fixnum(2));
    if (side > 0 || (side == 0 && last == fixnum(1))) {
        q = int_add(t, q, fixnum(1));
    }
    __int128 us;
    if (!q || !last) {
        return 0;
    }
    if (int_to_128(q, &us)) {
        return from_us(t, us);
    }
    Value high = int_rshift(t, q, 62); /* 67 bits are enough for any timedelta */
    int64_t top;
    if (!high || !int_try_int64(high, &top) || top > 64 || top < -64) {
        return high ? too_large(t) : 0;
    }
    Value low = int_sub(t, q, int_lshift(t, high, 62));
    return low && int_to_128(low, &us) ? from_us(t, ((__int128)top << 62) + us) : 0;
}

static Value total_us(Thread *t, Value delta)
{
    return int_from_128(t, delta_us(as_delta(delta)));
}

/* f.as_integer_ratio(), which a subclass may have replaced. */
static Value ratio_of(Thread *t, Value f)
{
    Value ratio = call_method0(t, f, N(as_integer_ratio));
    if (!ratio) {
        return 0;
    }
    if (!value_is_tuple(ratio)) {
        return type_error(
            t, "unexpected return type from as_integer_ratio(): expected tuple, got '%T'", ratio);
    }
    if (tuple_len(ratio) != 2) {
        return value_error(t, "as_integer_ratio() must return a 2-tuple");
    }
    for (size_t i = 0; i < 2; i++) {
        if (!value_is_int(tuple_get(ratio, i))) {
            return type_error(t, "as_integer_ratio() must return ints, not %T",
                              tuple_get(ratio, i));
        }
    }
    return ratio;
}

/* delta * f or delta / f through the exact ratio of the float. */
static Value scale_by_float(Thread *t, Value delta, Value f, bool divide)
{
    Value ratio = ratio_of(t, f), us = ratio ? total_us(t, delta) : 0;
    if (!us) {
        return 0;
    }
    Value top = int_mul(t, us, tuple_get(ratio, divide ? 1 : 0));
    return top ? divide_nearest(t, top, tuple_get(ratio, divide ? 0 : 1)) : 0;
}

Value delta_mul(Thread *t, Value a, Value b)
{
    Value delta = is_delta(a) ? a : b, other = is_delta(a) ? b : a;
    if (value_is_float(other)) {
        return scale_by_float(t, delta, other, false);
    }
    if (!value_is_int(other)) {
        return NOT_IMPLEMENTED;
    }
    __int128 us = delta_us(as_delta(delta)), factor;
    if (us == 0) {
        return from_us(t, 0);
    }
    if (!int_to_128(other, &factor) || __builtin_mul_overflow(us, factor, &us)) {
        return too_large(t);
    }
    return from_us(t, us);
}

Value delta_truediv(Thread *t, Value a, Value b)
{
    if (!is_delta(a)) {
        return NOT_IMPLEMENTED;
    }
    if (value_is_float(b)) {
        return scale_by_float(t, a, b, true);
    }
    Value us = total_us(t, a);
    if (!us || value_is_int(b)) {
        return us ? divide_nearest(t, us, b) : 0;
    }
    if (!is_delta(b)) {
        return NOT_IMPLEMENTED;
    }
    Value by = total_us(t, b);
    return by ? number_binary(t, OP_TRUEDIV, us, by) : 0;
}

static __int128 floor_div(__int128 a, __int128 b, __int128 *rest)
{
    __int128 q = a / b, r = a % b;
    if (r != 0 && (r < 0) != (b < 0)) {
        q--;
        r += b;
    }
    *rest = r;
    return q;
}

static bool divisor(Thread *t, __int128 by, const char *words)
{
    if (by == 0) {
        raise(t, &exc_ZeroDivisionError, "%s", words);
    }
    return by != 0;
}

Value delta_floordiv(Thread *t, Value a, Value b)
{
    if (!is_delta(a) || !(is_delta(b) || value_is_int(b))) {
        return NOT_IMPLEMENTED;
    }
    __int128 us = delta_us(as_delta(a)), by, rest;
    if (is_delta(b)) {
        by = delta_us(as_delta(b));
        return divisor(t, by, "integer division or modulo by zero")
                   ? int_from_128(t, floor_div(us, by, &rest))
                   : 0;
    }
    if (!int_to_128(b, &by)) { /* larger than any timedelta */
        return from_us(t, us != 0 && (us < 0) != (int_sign(b) < 0) ? -1 : 0);
    }
    return divisor(t, by, "integer division or modulo by zero")
               ? from_us(t, floor_div(us, by, &rest))
               : 0;
}

Value delta_mod(Thread *t, Value a, Value b)
{
    if (!is_delta(a) || !is_delta(b)) {
        return NOT_IMPLEMENTED;
    }
    __int128 by = delta_us(as_delta(b)), rest;
    if (!divisor(t, by, "integer modulo by zero")) {
        return 0;
    }
    floor_div(delta_us(as_delta(a)), by, &rest);
    return from_us(t, rest);
}

Value delta_divmod(Thread *t, Value a, Value b)
{
    if (!is_delta(a) || !is_delta(b)) {
        return NOT_IMPLEMENTED;
    }
    __int128 by = delta_us(as_delta(b)), rest;
    if (!divisor(t, by, "integer division or modulo by zero")) {
        return 0;
    }
    Value q = int_from_128(t, floor_div(delta_us(as_delta(a)), by, &rest));
    Value r = q ? from_us(t, rest) : 0;
    return r ? tuple_pack(t, 2, q, r) : 0;
}
