/* Sums and products of two Decimals of one limb whose exact result fits the context: nothing to
 * round, no condition to record.  Anything else takes the general way. */
#include "modules/_decimal/decimal.h"

static inline bool is_quick(const Decimal *a) { return a->kind == KIND_FINITE && a->n == 1; }

/* c * 10^exp, c not zero; 0: the context does not hold it as it is (nothing is raised). */
static inline Value quick_new(Thread *t, const DecimalContext *context, uint128 c, int64_t exp,
                              bool neg)
{
    uint64_t limbs[2] = {(uint64_t)c, (uint64_t)(c >> 64)};
    size_t n = 1 + (limbs[1] != 0);
    int64_t digits = limbs_digits(limbs, n), adjusted = exp + digits - 1;
    Env e;
    env_of(context, &e);
    if (digits > e.prec || adjusted > e.emax || adjusted < e.emin ||
        (e.clamp && exp > env_etop(&e))) {
        return 0;
    }
    Decimal *d = object_alloc_fast(t, &decimal_type, sizeof(Decimal));
    if (LIKELY(d != NULL)) {
        d->exp = exp;
        d->digits = (uint32_t)digits;
        d->n = (uint8_t)n;
        d->kind = KIND_FINITE;
        d->neg = neg;
        d->limbs[0] = limbs[0];
        d->limbs[1] = limbs[1];
    }
    return object_value(d);
}

Value quick_add(Thread *t, const DecimalContext *c, const Decimal *a, const Decimal *b,
                bool subtract)
{
    enum { LIMB_DIGITS = 19 };
    if (!is_quick(a) || !is_quick(b)) {
        return 0;
    }
    int64_t exp = a->exp < b->exp ? a->exp : b->exp;
    int64_t up_a = a->exp - exp, up_b = b->exp - exp;
    if (up_a > LIMB_DIGITS || up_b > LIMB_DIGITS) {
        return 0;
    }
    uint128 x = (uint128)a->limbs[0] * pow10_u64[up_a];
    uint128 y = (uint128)b->limbs[0] * pow10_u64[up_b];
    if (a->neg == (b->neg != subtract)) {
        return quick_new(t, c, x + y, exp, a->neg);
    }
    return x > y   ? quick_new(t, c, x - y, exp, a->neg)
           : x < y ? quick_new(t, c, y - x, exp, !a->neg)
                   : 0;
}

Value quick_multiply(Thread *t, const DecimalContext *c, const Decimal *a, const Decimal *b)
{
    if (!is_quick(a) || !is_quick(b)) {
        return 0;
    }
    return quick_new(t, c, (uint128)a->limbs[0] * b->limbs[0], a->exp + b->exp, a->neg != b->neg);
}
