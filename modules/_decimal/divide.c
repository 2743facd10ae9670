/* Quotients, remainders and square roots. */
#include "modules/_decimal/number.h"

/* Beyond this many digits an exact result is looked for before the whole precision is computed. */
enum { TRY_EXACT_DIGITS = 5000 };

/* q = a * 10^shift / b; *exact: no rest. */
static bool scaled_quotient(Big *q, const Operand *a, const Operand *b, int64_t shift, bool *exact)
{
    Big rest;
    big_init(&rest);
    bool ok = big_scale(&rest, a->p, a->n, shift) && big_divide(q, &rest, b->p, b->n);
    *exact = ok && rest.n == 0;
    big_clear(&rest);
    return ok;
}

/* Digits that an exact quotient has behind the point at most: as many as b has twos or fives. */
static int64_t exact_digits(const Operand *b) { return (int64_t)b->n * 64; }

static void quotient(Num *r, const Operand *a, const Operand *b, Env *e)
{
    int64_t shift = e->prec + 1 + b->digits - a->digits, ideal = a->exp - b->exp;
    shift = shift > 0 ? shift : 0;
    bool exact = false, ok = true;
    int64_t enough = exact_digits(b);
    if (shift > TRY_EXACT_DIGITS && shift > enough) {
        ok = scaled_quotient(&r->c, a, b, enough, &exact);
    }
    if (exact) {
        shift = enough;
    } else {
        ok = ok && shift <= BIG_MAX_DIGITS && scaled_quotient(&r->c, a, b, shift, &exact);
    }
    if (!ok) {
        num_no_memory(r, e);
        return;
    }
    r->exp = ideal - shift;
    if (exact) {
        r->exp += big_strip_zeros(&r->c, shift);
    }
    num_finish(r, e, !exact);
}

static void divide_by_zero(Num *r, const Operand *a, bool neg, Env *e)
{
    if (operand_is_zero(a)) {
        num_invalid(r, e, COND_DIVISION_UNDEFINED);
    } else {
        e->status |= COND_DIVISION_BY_ZERO;
        num_infinity(r, neg);
    }
}

void num_divide(Num *r, const Operand *a, const Operand *b, Env *e)
{
    bool neg = a->neg != b->neg;
    if (UNLIKELY(a->kind != KIND_FINITE || b->kind != KIND_FINITE)) {
        if (operand_is_nan(a) || operand_is_nan(b)) {
            num_nan_of(r, a, b, e);
        } else if (a->kind == KIND_INF && b->kind == KIND_INF) {
            num_invalid(r, e, COND_INVALID);
        } else if (a->kind == KIND_INF) {
            num_infinity(r, neg);
        } else {
            num_zero(r, neg, env_etiny(e));
            e->status |= COND_CLAMPED;
        }
        return;
    }
    if (b->n == 0) {
        divide_by_zero(r, a, neg, e);
        return;
    }
    num_zero(r, neg, a->exp - b->exp);
    if (a->n == 0) {
        num_finish(r, e, false);
    } else {
        quotient(r, a, b, e);
    }
}

/* Integer quotient in q and rest in r, both unrounded, of finite numbers, b not zero.  false: the
 * quotient has more digits than the precision (or no memory), conditions set. */
static bool integer_parts(Num *q, Num *r, const Operand *a, const Operand *b, Env *e)
{
    int64_t exp = a->exp < b->exp ? a->exp : b->exp;
    int64_t distance = operand_adjusted(a) - operand_adjusted(b);
    num_zero(q, a->neg != b->neg, 0);
    if (a->n != 0 && distance > e->prec) {
        e->status |= COND_DIVISION_IMPOSSIBLE;
        return false;
    }
    if (a->n == 0 || distance < 0) {
        if (!num_copy(r, a)) {
            e->status |= COND_NO_MEMORY;
            return false;
        }
        if (r->exp > exp) {
            /* the rest has the smaller exponent where it can be written so */
            if (!big_mul_pow10(&r->c, r->exp - exp)) {
                e->status |= COND_NO_MEMORY;
                return false;
            }
            r->exp = exp;
        }
        return true;
    }
    Big divisor;
    big_init(&divisor);
    bool ok = num_copy(r, a) && big_mul_pow10(&r->c, a->exp - exp) &&
              big_set(&divisor, b->p, b->n) && big_mul_pow10(&divisor, b->exp - exp) &&
              big_divide(&q->c, &r->c, divisor.p, divisor.n);
    big_clear(&divisor);
    r->exp = exp;
    if (!ok) {
        e->status |= COND_NO_MEMORY;
        return false;
    }
    if (q->c.n != 0 && big_digits(&q->c) > e->prec) {
        e->status |= COND_DIVISION_IMPOSSIBLE;
        return false;
    }
    return true;
}

void num_divide_int(Num *r, const Operand *a, const Operand *b, Env *e)
{
    bool neg = a->neg != b->neg;
    if (a->kind != KIND_FINITE || b->kind != KIND_FINITE) {
        if (operand_is_nan(a) || operand_is_nan(b)) {
            num_nan_of(r, a, b, e);
        } else if (a->kind == KIND_INF && b->kind == KIND_INF) {
            num_invalid(r, e, COND_INVALID);
        } else if (a->kind == KIND_INF) {
            num_infinity(r, neg);
        } else {
            num_zero(r, neg, 0);
        }
        return;
    }
    if (b->n == 0) {
        divide_by_zero(r, a, neg, e);
        return;
    }
    Num rest;
    num_init(&rest);
    if (integer_parts(r, &rest, a, b, e)) {
        num_finish(r, e, false);
    } else {
        num_invalid(r, e, 0);
    }
    num_clear(&rest);
}

/* What both remainders do with other than finite numbers; false: r is done. */
static bool remainder_is_finite(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
        return false;
    }
    if (a->kind == KIND_INF) {
        num_invalid(r, e, COND_INVALID);
        return false;
    }
    if (b->kind == KIND_INF) {
        num_assign(r, a, e);
        num_finish(r, e, false);
        return false;
    }
    if (b->n == 0) {
        num_invalid(r, e, a->n == 0 ? COND_DIVISION_UNDEFINED : COND_INVALID);
        return false;
    }
    return true;
}

void num_remainder(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (!remainder_is_finite(r, a, b, e)) {
        return;
    }
    Num q;
    num_init(&q);
    if (integer_parts(&q, r, a, b, e)) {
        r->neg = a->neg;
        num_finish(r, e, false);
    } else {
        num_invalid(r, e, 0);
    }
    num_clear(&q);
}

/* r, the rest of a / b with a quotient q, becomes the one nearest to zero; q grows with it. */
static bool make_nearest(Num *q, Num *r, const Operand *b)
{
    Big twice, divisor;
    big_init(&twice);
    big_init(&divisor);
    bool ok = big_set(&twice, r->c.p, r->c.n) && big_shift_left(&twice, 1) &&
              big_set(&divisor, b->p, b->n) && big_mul_pow10(&divisor, b->exp - r->exp);
    int order = ok ? limbs_compare(twice.p, twice.n, divisor.p, divisor.n) : 0;
    bool flipped;
    if (ok && (order > 0 || (order == 0 && big_is_odd(&q->c)))) {
        ok = big_sub_abs(&r->c, divisor.p, divisor.n, &flipped) && big_add_u64(&q->c, 1);
        r->neg = !r->neg;
    }
    big_clear(&twice);
    big_clear(&divisor);
    return ok;
}

void num_remainder_near(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (!remainder_is_finite(r, a, b, e)) {
        return;
    }
    Num q;
    num_init(&q);
    if (!integer_parts(&q, r, a, b, e)) {
        num_invalid(r, e, 0);
    } else if (operand_adjusted(a) < operand_adjusted(b) - 1) {
        r->neg = a->neg;
        num_finish(r, e, false); /* less than a tenth of b */
    } else if (r->neg = a->neg, !make_nearest(&q, r, b)) {
        num_no_memory(r, e);
    } else if (big_digits(&q.c) > e->prec) {
        num_invalid(r, e, COND_DIVISION_IMPOSSIBLE);
    } else {
        num_finish(r, e, false);
    }
    num_clear(&q);
}

void num_divmod(Num *q, Num *r, const Operand *a, const Operand *b, Env *e)
{
    bool neg = a->neg != b->neg;
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(q, a, b, e);
        num_nan_of(r, a, b, e);
    } else if (a->kind == KIND_INF) {
        if (b->kind == KIND_INF) {
            num_invalid(q, e, COND_INVALID);
        } else {
            num_infinity(q, neg);
        }
        num_invalid(r, e, COND_INVALID);
    } else if (b->kind == KIND_INF) {
        num_assign(r, a, e);
        num_finish(r, e, false);
        num_zero(q, neg, 0);
    } else if (b->n == 0) {
        divide_by_zero(q, a, neg, e);
        num_invalid(r, e, a->n == 0 ? COND_DIVISION_UNDEFINED : COND_INVALID);
    } else if (integer_parts(q, r, a, b, e)) {
        r->neg = a->neg;
        num_finish(q, e, false);
        num_finish(r, e, false);
    } else {
        num_invalid(q, e, 0);
        num_invalid(r, e, 0);
    }
}

/* The root of a * 10^shift, of which a->exp - shift is even. */
static bool scaled_root(Num *r, const Operand *a, int64_t shift, bool *exact)
{
    r->exp = (a->exp - shift) / 2;
    return big_set(&r->c, a->p, a->n) && big_mul_pow10(&r->c, shift) && big_sqrt(&r->c, exact);
}

void num_sqrt(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
        return;
    }
    int64_t odd = a->exp & 1, ideal = (a->exp - odd) / 2;
    if (operand_is_zero(a)) {
        num_zero(r, a->neg, ideal);
        num_finish(r, e, false);
        return;
    }
    if (a->neg) {
        num_invalid(r, e, COND_INVALID);
        return;
    }
    if (a->kind == KIND_INF) {
        num_infinity(r, false);
        return;
    }
    num_zero(r, false, 0);
    RoundMode mode = e->rounding;
    e->rounding = ROUND_HALF_EVEN;
    int64_t shift = 2 * (e->prec + 1) - a->digits;
    shift = shift < 0 ? 0 : shift;
    shift += (shift & 1) != odd;
    bool exact = false, ok = true;
    if (shift > TRY_EXACT_DIGITS) {
        /* an exact root of n digits has n/2 of them */
        ok = scaled_root(r, a, odd, &exact);
    }
    if (!exact) {
        ok = ok && shift <= BIG_MAX_DIGITS && scaled_root(r, a, shift, &exact);
    }
    if (!ok) {
        num_no_memory(r, e);
    } else {
        if (exact && r->exp < ideal) {
            r->exp += big_strip_zeros(&r->c, ideal - r->exp);
        }
        num_finish(r, e, !exact);
    }
    e->rounding = mode;
}
