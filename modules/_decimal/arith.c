/* Sums, products and what is made of them. */
#include "modules/_decimal/number.h"

void num_plus(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
        return;
    }
    num_apply(r, a, e);
    if (operand_is_zero(a)) {
        r->neg = e->rounding == ROUND_FLOOR && a->neg;
    }
}

void num_minus(Num *r, const Operand *a, Env *e)
{
    Operand negated = *a;
    if (!operand_is_nan(a)) {
        negated.neg = operand_is_zero(a) ? e->rounding == ROUND_FLOOR && !a->neg : !a->neg;
    }
    num_plus(r, &negated, e);
}

void num_abs(Num *r, const Operand *a, Env *e)
{
    Operand positive = *a;
    positive.neg = operand_is_nan(a) && a->neg;
    num_plus(r, &positive, e);
}

static void add_infinities(Num *r, const Operand *a, const Operand *b, bool b_neg, Env *e)
{
    if (a->kind == KIND_INF && b->kind == KIND_INF && a->neg != b_neg) {
        num_invalid(r, e, COND_INVALID);
    } else {
        num_infinity(r, a->kind == KIND_INF ? a->neg : b_neg);
    }
}

/* r += b, where r is finite with exp >= b's. */
static bool add_aligned(Num *r, const Operand *b, bool b_neg, Env *e)
{
    if (!big_mul_pow10(&r->c, r->exp - b->exp)) {
        return false;
    }
    r->exp = b->exp;
    if (r->neg == b_neg) {
        return big_add(&r->c, b->p, b->n);
    }
    bool flipped;
    if (!big_sub_abs(&r->c, b->p, b->n, &flipped)) {
        return false;
    }
    r->neg = r->c.n == 0 ? e->rounding == ROUND_FLOOR : flipped ? b_neg : r->neg;
    return true;
}

/* Digits of the smaller number so far behind those of the larger one that they can only tell in
 * which direction the sum is rounded need not be there: what is left of them in *tail, and in *lost
 * that they were not all zero. */
static bool shorten(Num *tail, const Operand *low, int64_t exp, bool *lost)
{
    Cut cut = CUT_NOTHING;
    int64_t drop = exp - low->exp;
    if (drop >= low->digits) {
        num_zero(tail, low->neg, exp);
        *lost = low->n != 0;
        return true;
    }
    if (!num_copy(tail, low) || !big_div_pow10(&tail->c, drop, &cut)) {
        return false;
    }
    tail->exp = exp;
    *lost = cut != CUT_NOTHING;
    return true;
}

/* The least exponent that digits of a sum with `high`, not zero, need. */
static int64_t needed_exponent(const Operand *high, const Env *e)
{
    int64_t behind = operand_adjusted(high) - e->prec - 3;
    return behind < high->exp ? behind : high->exp;
}

/* r = high + low, cut at exp; *sticky: the sum lies above that. */
static bool add_shortened(Num *r, const Operand *low, bool low_neg, int64_t exp, bool *sticky,
                          Env *e)
{
    Num tail;
    num_init(&tail);
    bool ok = shorten(&tail, low, exp, sticky);
    if (ok && *sticky && r->neg != low_neg) {
        ok = big_add_u64(&tail.c, 1); /* a difference lies above what one unit less leaves */
    }
    Operand view = num_operand(&tail);
    ok = ok && add_aligned(r, &view, low_neg, e);
    num_clear(&tail);
    return ok;
}

/* The unrounded sum of finite numbers; *sticky as num_finish takes it. */
static bool add_finite(Num *r, const Operand *a, const Operand *b, bool b_neg, bool *sticky, Env *e)
{
    const Operand *high = a, *low = b;
    bool high_neg = a->neg, low_neg = b_neg;
    *sticky = false;
    if (a->exp < b->exp) {
        high = b, low = a;
        high_neg = b_neg, low_neg = a->neg;
    }
    if (high->n == 0 && low->n == 0) {
        num_zero(r, high_neg == low_neg ? high_neg : e->rounding == ROUND_FLOOR, low->exp);
        return true;
    }
    if (!num_copy(r, high)) {
        return false;
    }
    r->neg = high_neg;
    int64_t exp = needed_exponent(high, e);
    bool smaller = high->n != 0 && operand_adjusted(low) < operand_adjusted(high) - 1;
    return low->exp < exp && smaller ? add_shortened(r, low, low_neg, exp, sticky, e)
                                     : add_aligned(r, low, low_neg, e);
}

static void add_signed(Num *r, const Operand *a, const Operand *b, bool b_neg, Env *e)
{
    if (UNLIKELY(a->kind != KIND_FINITE || b->kind != KIND_FINITE)) {
        if (operand_is_nan(a) || operand_is_nan(b)) {
            num_nan_of(r, a, b, e);
        } else {
            add_infinities(r, a, b, b_neg, e);
        }
        return;
    }
    bool sticky;
    if (add_finite(r, a, b, b_neg, &sticky, e)) {
        num_finish(r, e, sticky);
    } else {
        num_no_memory(r, e);
    }
}

void num_add(Num *r, const Operand *a, const Operand *b, Env *e) { add_signed(r, a, b, b->neg, e); }

void num_subtract(Num *r, const Operand *a, const Operand *b, Env *e)
{
    add_signed(r, a, b, !b->neg, e);
}

/* The exact product; false: a NaN or no memory, r is done. */
static bool product(Num *r, const Operand *a, const Operand *b, Env *e)
{
    bool neg = a->neg != b->neg;
    if (UNLIKELY(a->kind != KIND_FINITE || b->kind != KIND_FINITE)) {
        if (operand_is_nan(a) || operand_is_nan(b)) {
            num_nan_of(r, a, b, e);
            return false;
        }
        if (operand_is_zero(a) || operand_is_zero(b)) {
            num_invalid(r, e, COND_INVALID);
            return false;
        }
        num_infinity(r, neg);
        return true;
    }
    num_zero(r, neg, a->exp + b->exp);
    if (!big_mul(&r->c, a->p, a->n, b->p, b->n)) {
        num_no_memory(r, e);
        return false;
    }
    return true;
}

void num_multiply(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (product(r, a, b, e)) {
        num_finish(r, e, false);
    }
}

void num_fma(Num *r, const Operand *a, const Operand *b, const Operand *c, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b) || operand_is_nan(c)) {
        bool signals = a->kind == KIND_SNAN || b->kind == KIND_SNAN;
        if (!signals && !operand_is_nan(a) && !operand_is_nan(b)) {
            Num ignored;
            num_init(&ignored);
            bool ok = product(&ignored, a, b, e);
            num_clear(&ignored);
            if (!ok) {
                num_invalid(r, e, 0);
            } else {
                num_nan_of(r, c, NULL, e);
            }
        } else if (signals || c->kind != KIND_SNAN) {
            num_nan_of(r, a, b, e);
        } else {
            num_nan_of(r, c, NULL, e);
        }
        return;
    }
    Num exact;
    num_init(&exact);
    if (product(&exact, a, b, e)) {
        Operand p = num_operand(&exact);
        add_signed(r, &p, c, c->neg, e);
    } else {
        num_invalid(r, e, 0);
    }
    num_clear(&exact);
}
