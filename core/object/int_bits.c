/* Shifts and bitwise operators of int.  Negative numbers act as two's complement of unlimited
 * length: limbs are complemented on the fly. */
#include "core/object/int_internal.h"

Value int_lshift(Thread *t, Value a, size_t n)
{
    if (value_is_fixnum(a) && n < 62) {
        int64_t x = fixnum_get(a), r = (int64_t)((uint64_t)x << n);
        if (r >> n == x) {
            return int_from_int64(t, r);
        }
    }
    IntView w;
    int_view(a, &w);
    if (w.n == 0) {
        return fixnum(0);
    }
    size_t limbs = n / 64;
    if (n > SSIZE_MAX) {
        return raise(t, &exc_OverflowError, "too many digits in integer");
    }
    if (limbs > INT_MAX_LIMBS || w.n + limbs + 1 > INT_MAX_LIMBS) {
        return raise_memory(t);
    }
    BigInt *r = big_new(t, w.n + limbs + 1);
    if (!r) {
        return 0;
    }
    mp_limb_t *out = (mp_limb_t *)r->limbs;
    mpn_zero(out, (mp_size_t)limbs);
    if (n % 64) {
        out[w.n + limbs] = mpn_lshift(out + limbs, w.p, (mp_size_t)w.n, n % 64);
    } else {
        mpn_copyi(out + limbs, w.p, (mp_size_t)w.n);
        out[w.n + limbs] = 0;
    }
    return int_finish(r, w.n + limbs + 1, w.negative);
}

Value int_rshift(Thread *t, Value a, size_t n)
{
    if (value_is_fixnum(a)) {
        return fixnum(fixnum_get(a) >> (n > 63 ? 63 : n));
    }
    IntView w;
    int_view(a, &w);
    size_t limbs = n / 64;
    if (limbs >= w.n) {
        return fixnum(w.negative ? -1 : 0);
    }
    /* floor: bits shifted out of a negative number */
    bool lost = false;
    for (size_t i = 0; w.negative && i < limbs && !lost; i++) {
        lost = w.p[i] != 0;
    }
    BigInt *r = big_new(t, w.n - limbs + 1);
    if (!r) {
        return 0;
    }
    mp_limb_t *out = (mp_limb_t *)r->limbs;
    mp_size_t rn = (mp_size_t)(w.n - limbs);
    if (n % 64) {
        lost |= mpn_rshift(out, w.p + limbs, rn, n % 64) != 0;
    } else {
        mpn_copyi(out, w.p + limbs, rn);
    }
    out[rn] = w.negative && lost ? mpn_add_1(out, out, rn, 1) : 0;
    return int_finish(r, (size_t)rn + 1, w.negative);
}

/* Limb i of the two's complement form; *carry starts at 1. */
static inline mp_limb_t complement_limb(const IntView *w, size_t i, mp_limb_t *carry)
{
    mp_limb_t limb = i < w->n ? w->p[i] : 0;
    if (!w->negative) {
        return limb;
    }
    limb = ~limb + *carry;
    *carry = *carry && limb == 0;
    return limb;
}

/* Two magnitudes; x is not the shorter one. */
static Value bitwise_positive(Thread *t, const IntView *x, const IntView *y, char op)
{
    size_t common = y->n, n = op == '&' ? common : x->n;
    BigInt *r = big_new(t, n);
    if (!r) {
        return 0;
    }
    for (size_t i = 0; i < common; i++) {
        mp_limb_t u = x->p[i], v = y->p[i];
        r->limbs[i] = op == '&' ? u & v : op == '|' ? u | v : u ^ v;
    }
    if (n > common) {
        mpn_copyi((mp_limb_t *)r->limbs + common, x->p + common, (mp_size_t)(n - common));
    }
    return int_finish(r, n, false);
}

static Value bitwise(Thread *t, Value a, Value b, char op)
{
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (!x.negative && !y.negative) {
        return x.n >= y.n ? bitwise_positive(t, &x, &y, op) : bitwise_positive(t, &y, &x, op);
    }
    size_t n = (x.n > y.n ? x.n : y.n) + 1;
    BigInt *r = big_new(t, n);
    if (!r) {
        return 0;
    }
    mp_limb_t cx = 1, cy = 1;
    for (size_t i = 0; i < n; i++) {
        mp_limb_t u = complement_limb(&x, i, &cx), v = complement_limb(&y, i, &cy);
        r->limbs[i] = op == '&' ? u & v : op == '|' ? u | v : u ^ v;
    }
    bool negative = r->limbs[n - 1] >> 63;
    if (negative) {
        mpn_neg((mp_limb_t *)r->limbs, (mp_limb_t *)r->limbs, (mp_size_t)n);
    }
    return int_finish(r, n, negative);
}

Value int_bit_and(Thread *t, Value a, Value b)
{
    return value_is_fixnum(a) && value_is_fixnum(b) ? (a & b) : bitwise(t, a, b, '&');
}

Value int_bit_or(Thread *t, Value a, Value b)
{
    return value_is_fixnum(a) && value_is_fixnum(b) ? (a | b) : bitwise(t, a, b, '|');
}

Value int_bit_xor(Thread *t, Value a, Value b)
{
    return value_is_fixnum(a) && value_is_fixnum(b) ? ((a ^ b) | 1) : bitwise(t, a, b, '^');
}

Value int_invert(Thread *t, Value a)
{
    if (value_is_fixnum(a)) {
        return fixnum(~fixnum_get(a));
    }
    __int128 i;
    if (int_try_int128(a, &i)) {
        return int_from_int128(t, ~i);
    }
    Value n = int_neg(t, a);
    return n ? int_sub(t, n, fixnum(1)) : 0;
}

#define BIT_SLOT(name, fn)                                   \
    Value int_##name##_slot(Thread *t, Value a, Value b)     \
    {                                                        \
        if (!value_is_int(a) || !value_is_int(b)) {          \
            return NOT_IMPLEMENTED;                          \
        }                                                    \
        return fn(t, a, b);                                  \
    }
BIT_SLOT(and, int_bit_and)
BIT_SLOT(or, int_bit_or)
BIT_SLOT(xor, int_bit_xor)
#undef BIT_SLOT

/* Shift counts beyond any possible size saturate. */
static bool shift_count(Thread *t, Value b, size_t *n)
{
    if (int_sign(b) < 0) {
        value_error(t, "negative shift count");
        return false;
    }
    int64_t i;
    *n = int_try_int64(b, &i) ? (size_t)i : SIZE_MAX;
    return true;
}

Value int_lshift_slot(Thread *t, Value a, Value b)
{
    size_t n;
    if (!value_is_int(a) || !value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    return shift_count(t, b, &n) ? int_lshift(t, a, n) : 0;
}

Value int_rshift_slot(Thread *t, Value a, Value b)
{
    size_t n;
    if (!value_is_int(a) || !value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    return shift_count(t, b, &n) ? int_rshift(t, a, n) : 0;
}
