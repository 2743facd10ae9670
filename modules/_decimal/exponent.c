/* Operations that set or tell the exponent, and the neighbours of a number. */
#include "modules/_decimal/number.h"

bool operand_int64(const Operand *a, int64_t *out)
{
    if (a->kind != KIND_FINITE) {
        return false;
    }
    if (a->n == 0) {
        *out = 0;
        return true;
    }
    if (operand_adjusted(a) > 18 || a->exp < -(int64_t)BIG_MAX_DIGITS) {
        return false;
    }
    Num work;
    num_init(&work);
    Cut cut = CUT_NOTHING;
    bool ok = num_copy(&work, a) && (a->exp >= 0 ? big_mul_pow10(&work.c, a->exp)
                                                 : big_div_pow10(&work.c, -a->exp, &cut));
    ok = ok && cut == CUT_NOTHING && work.c.n == 1 && work.c.p[0] <= INT64_MAX;
    if (ok) {
        *out = a->neg ? -(int64_t)work.c.p[0] : (int64_t)work.c.p[0];
    }
    num_clear(&work);
    return ok;
}

/* Gives r the exponent `exp`, rounding where that is larger. */
static bool rescale(Num *r, int64_t exp, Env *e)
{
    if (r->exp < exp) {
        if (r->c.n == 0) {
            r->exp = exp;
            return true;
        }
        return num_cut(r, exp - r->exp, e->rounding, false, e);
    }
    bool ok = big_mul_pow10(&r->c, r->exp - exp);
    r->exp = exp;
    return ok;
}

void num_quantize(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
        return;
    }
    if (a->kind == KIND_INF || b->kind == KIND_INF) {
        if (a->kind == b->kind) {
            num_infinity(r, a->neg);
        } else {
            num_invalid(r, e, COND_INVALID);
        }
        return;
    }
    if (b->exp > e->emax || b->exp < env_etiny(e) ||
        (a->n != 0 && operand_adjusted(a) - b->exp >= e->prec)) {
        num_invalid(r, e, COND_INVALID);
        return;
    }
    if (!num_copy(r, a) || !rescale(r, b->exp, e)) {
        num_no_memory(r, e);
        return;
    }
    int64_t digits = big_digits(&r->c);
    if (r->c.n != 0 && (digits > e->prec || r->exp + digits - 1 > e->emax)) {
        e->status &= ~(uint32_t)(COND_ROUNDED | COND_INEXACT);
        num_invalid(r, e, COND_INVALID);
        return;
    }
    num_finish(r, e, false);
}

static bool to_integral(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
        return true;
    }
    return num_copy(r, a) && (a->kind == KIND_INF || a->exp >= 0 || rescale(r, 0, e));
}

void num_to_integral_exact(Num *r, const Operand *a, Env *e)
{
    if (!to_integral(r, a, e)) {
        num_no_memory(r, e);
    }
}

void num_to_integral(Num *r, const Operand *a, Env *e)
{
    num_to_integral_exact(r, a, e);
    e->status &= ~(uint32_t)(COND_ROUNDED | COND_INEXACT);
}

void num_normalize(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
        return;
    }
    num_apply(r, a, e);
    if (r->kind != KIND_FINITE) {
        return;
    }
    if (r->c.n == 0) {
        r->exp = 0;
        return;
    }
    int64_t top = e->clamp ? env_etop(e) : e->emax;
    if (r->exp < top) {
        r->exp += big_strip_zeros(&r->c, top - r->exp);
    }
}

void num_scaleb(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
        return;
    }
    int64_t by, most = 2 * (e->emax + e->prec);
    if (b->exp != 0 || !operand_int64(b, &by) || by > most || by < -most) {
        num_invalid(r, e, COND_INVALID);
        return;
    }
    num_assign(r, a, e);
    if (r->kind == KIND_FINITE) {
        r->exp += by;
        num_finish(r, e, false);
    }
}

void num_logb(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
    } else if (a->kind == KIND_INF) {
        num_infinity(r, false);
    } else if (a->n == 0) {
        e->status |= COND_DIVISION_BY_ZERO;
        num_infinity(r, true);
    } else {
        int64_t exp = operand_adjusted(a);
        num_set_u64(r, exp < 0 ? -(uint64_t)exp : (uint64_t)exp, 0);
        r->neg = exp < 0;
        num_finish(r, e, false);
    }
}

/* The next number in the direction that the mode, ROUND_CEILING or ROUND_FLOOR, rounds to. */
static void neighbour(Num *r, const Operand *a, RoundMode mode, Env *e)
{
    bool up = mode == ROUND_CEILING;
    Env quiet = *e;
    quiet.rounding = mode;
    quiet.status = 0;
    if (a->kind == KIND_INF && a->neg != up) {
        num_infinity(r, a->neg);
        return;
    }
    if (a->kind == KIND_INF) {
        /* the largest number: what is beyond it, rounded back */
        Operand beyond = {.small = 1, .n = 1, .exp = e->emax + 1, .digits = 1, .neg = a->neg};
        beyond.p = &beyond.small;
        num_plus(r, &beyond, &quiet);
    } else {
        num_plus(r, a, &quiet);
        if (!(quiet.status & COND_INEXACT)) {
            Operand step = {.small = 1, .n = 1, .exp = env_etiny(e) - 1, .digits = 1, .neg = !up};
            step.p = &step.small;
            num_add(r, a, &step, &quiet);
        }
    }
    e->status |= quiet.status & COND_NO_MEMORY;
}

void num_next_plus(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
    } else {
        neighbour(r, a, ROUND_CEILING, e);
    }
}

void num_next_minus(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
    } else {
        neighbour(r, a, ROUND_FLOOR, e);
    }
}

void num_next_toward(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
        return;
    }
    int order = operand_compare(a, b, e);
    if (order == 0) {
        num_assign(r, a, e);
        r->neg = b->neg;
        return;
    }
    neighbour(r, a, order < 0 ? ROUND_CEILING : ROUND_FLOOR, e);
    if (r->kind == KIND_INF) {
        e->status |= COND_OVERFLOW | COND_INEXACT | COND_ROUNDED;
    } else if (r->c.n == 0 || r->exp + big_digits(&r->c) - 1 < e->emin) {
        e->status |= COND_UNDERFLOW | COND_SUBNORMAL | COND_INEXACT | COND_ROUNDED;
        if (r->c.n == 0) {
            e->status |= COND_CLAMPED;
        }
    }
}
