/* Sums, products and roundings of finite numbers of at most 38 digits, without a Num: the
 * result, of two limbs, is rounded to the context.  Zeros, results near the limits of the
 * exponent and what is larger take the general way. */
#include "modules/_decimal/decimal.h"

enum { LIMB_DIGITS = 19, QUICK_DIGITS = 38 /* of two limbs */, QUICK_LIMBS = 4 };

typedef struct Quick {
    uint64_t p[QUICK_LIMBS];
    size_t n;
    int64_t digits, exp;
    bool neg;
    uint32_t status;
} Quick;

static inline bool is_quick(const Operand *a)
{
    return a->kind == KIND_FINITE && a->n - 1 < 2 && a->digits <= QUICK_DIGITS;
}

static inline uint64_t divide_quick(Quick *q, uint64_t unit)
{
    uint64_t rest = 0;
    for (size_t i = q->n; i-- > 0;) {
        q->p[i] = divide_two_limbs(rest, q->p[i], unit, &rest);
    }
    q->n = limbs_trim(q->p, q->n);
    return rest;
}

/* Drops the last `drop` digits, 1 to QUICK_DIGITS, of what has more; false: nothing is left. */
static bool cut_quick(Quick *q, int64_t drop, RoundMode mode)
{
    bool tail = drop > LIMB_DIGITS && divide_quick(q, pow10_u64[LIMB_DIGITS]) != 0;
    uint64_t unit = pow10_u64[drop > LIMB_DIGITS ? drop - LIMB_DIGITS : drop];
    uint64_t rest = divide_quick(q, unit), half = unit / 2;
    q->exp += drop;
    q->digits -= drop;
    q->status |= COND_ROUNDED;
    if (rest != 0 || tail) {
        Cut cut = rest < half    ? CUT_BELOW_HALF
                  : rest == half ? (tail ? CUT_ABOVE_HALF : CUT_HALF)
                                 : CUT_ABOVE_HALF;
        q->status |= COND_INEXACT;
        if (round_away(mode, q->neg, q->p, q->n, cut)) {
            q->p[0]++;
            for (size_t i = 0; q->p[i] == 0 && i + 1 < QUICK_LIMBS; i++) {
                q->p[i + 1]++;
            }
            q->n += q->n < QUICK_LIMBS && q->p[q->n] != 0;
            q->digits = limbs_digits(q->p, q->n);
        }
    }
    return q->n != 0;
}

/* A Decimal of q, which the context holds as it is; 0: it does not (nothing is raised), or a
 * condition is trapped (raised). */
static inline Value quick_new(Thread *t, DecimalContext *context, const Env *e, const Quick *q)
{
    int64_t adjusted = q->exp + q->digits - 1;
    if (q->n > 2 || q->digits > e->prec || adjusted > e->emax || adjusted < e->emin ||
        (e->clamp && q->exp > env_etop(e))) {
        return 0;
    }
    if (q->status && !context_signal(t, context, q->status)) {
        return 0;
    }
    Decimal *d = object_alloc_fast(t, &decimal_type, sizeof(Decimal));
    if (LIKELY(d != NULL)) {
        d->exp = q->exp;
        d->digits = (uint32_t)q->digits;
        d->n = (uint8_t)q->n;
        d->kind = KIND_FINITE;
        d->neg = q->neg;
        d->limbs[0] = q->p[0];
        d->limbs[1] = q->n > 1 ? q->p[1] : 0;
    }
    return object_value(d);
}

/* The same, rounded to the context.  q is not zero. */
static inline Value quick_finish(Thread *t, DecimalContext *context, Quick *q)
{
    Env e;
    env_of(context, &e);
    q->digits = limbs_digits(q->p, q->n);
    if (q->digits > e.prec) {
        int64_t drop = q->digits - e.prec;
        if (drop > QUICK_DIGITS || !cut_quick(q, drop, e.rounding) ||
            (q->digits > e.prec && !cut_quick(q, 1, e.rounding))) { /* 99.9 became 100 */
            return 0;
        }
    }
    return quick_new(t, context, &e, q);
}

static inline void set_u128(Quick *q, uint128 c)
{
    q->p[0] = (uint64_t)c;
    q->p[1] = (uint64_t)(c >> 64);
    q->p[2] = q->p[3] = 0;
    q->n = 1 + (q->p[1] != 0);
}

Value quick_add(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, bool subtract)
{
    if (!is_quick(a) || !is_quick(b)) {
        return 0;
    }
    int64_t exp = a->exp < b->exp ? a->exp : b->exp;
    int64_t up_a = a->exp - exp, up_b = b->exp - exp;
    if (up_a > QUICK_DIGITS - a->digits || up_b > QUICK_DIGITS - b->digits) {
        return 0;
    }
    uint128 x = limbs_u128(a->p, a->n), y = limbs_u128(b->p, b->n);
    if (up_a != 0) {
        x *= pow10_u128[up_a];
    } else if (up_b != 0) {
        y *= pow10_u128[up_b];
    }
    Quick q = {.exp = exp, .neg = a->neg};
    if (a->neg == (b->neg != subtract)) {
        set_u128(&q, x + y);
    } else if (x > y) {
        set_u128(&q, x - y);
    } else if (x < y) {
        set_u128(&q, y - x);
        q.neg = !a->neg;
    } else {
        return 0;
    }
    return quick_finish(t, c, &q);
}

Value quick_multiply(Thread *t, DecimalContext *c, const Operand *a, const Operand *b)
{
    if (!is_quick(a) || !is_quick(b)) {
        return 0;
    }
    Quick q = {.exp = a->exp + b->exp, .neg = a->neg != b->neg};
    if (a->n == 1 && b->n == 1) {
        set_u128(&q, (uint128)a->p[0] * b->p[0]);
        return quick_finish(t, c, &q);
    }
    for (size_t i = 0; i < a->n; i++) {
        uint64_t carry = 0;
        for (size_t j = 0; j < b->n; j++) {
            uint128 product = (uint128)a->p[i] * b->p[j] + q.p[i + j] + carry;
            q.p[i + j] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        q.p[i + b->n] = carry;
    }
    q.n = limbs_trim(q.p, a->n + b->n);
    return quick_finish(t, c, &q);
}

/* a with the exponent `exp`, rounded by `mode`. */
Value quick_quantize(Thread *t, DecimalContext *c, const Operand *a, int64_t exp, RoundMode mode)
{
    int64_t up = a->exp - exp;
    if (!is_quick(a) || up < -QUICK_DIGITS || up > QUICK_DIGITS - a->digits) {
        return 0;
    }
    Env e;
    env_of(c, &e);
    Quick q = {.exp = a->exp, .neg = a->neg, .digits = a->digits};
    uint128 coefficient = limbs_u128(a->p, a->n);
    set_u128(&q, up > 0 ? coefficient * pow10_u128[up] : coefficient);
    if (up < 0) {
        if (!cut_quick(&q, -up, mode)) {
            return 0;
        }
    } else {
        q.exp = exp;
    }
    q.digits = limbs_digits(q.p, q.n);
    return exp < env_etiny(&e) ? 0 : quick_new(t, c, &e, &q);
}

bool quick_cents(const Operand *a, int64_t places, RoundMode mode, uint64_t *coefficient)
{
    int64_t up = a->exp + places;
    if (!is_quick(a) || a->n != 1 || up < -LIMB_DIGITS || up > LIMB_DIGITS - 1 - a->digits) {
        return false;
    }
    if (up >= 0) {
        *coefficient = a->p[0] * pow10_u64[up];
        return true;
    }
    Quick q = {.exp = a->exp, .neg = a->neg, .digits = a->digits};
    set_u128(&q, a->p[0]);
    *coefficient = cut_quick(&q, -up, mode) ? q.p[0] : 0;
    return q.n <= 1;
}
