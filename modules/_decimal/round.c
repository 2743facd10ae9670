/* Results: special values, and rounding to the limits of a context. */
#include "modules/_decimal/number.h"

void num_zero(Num *r, bool neg, int64_t exp)
{
    r->kind = KIND_FINITE;
    r->neg = neg;
    r->exp = exp;
    r->c.n = 0;
}

void num_infinity(Num *r, bool neg)
{
    num_zero(r, neg, 0);
    r->kind = KIND_INF;
}

void num_invalid(Num *r, Env *e, uint32_t condition)
{
    num_zero(r, false, 0);
    r->kind = KIND_QNAN;
    e->status |= condition;
}

void num_no_memory(Num *r, Env *e) { num_invalid(r, e, COND_NO_MEMORY); }

void num_set_u64(Num *r, uint64_t v, int64_t exp)
{
    num_zero(r, false, exp);
    big_set_u64(&r->c, v);
}

bool num_copy(Num *r, const Operand *a)
{
    r->kind = a->kind;
    r->neg = a->neg;
    r->exp = a->exp;
    return big_set(&r->c, a->p, a->n);
}

void num_assign(Num *r, const Operand *a, Env *e)
{
    if (!num_copy(r, a)) {
        num_no_memory(r, e);
    }
}

void num_cap(Num *r, int64_t digits, Env *e)
{
    if (big_digits(&r->c) <= digits) {
        return;
    }
    Big power, q;
    big_init(&power);
    big_init(&q);
    if (!big_pow10(&power, digits) || !big_divide(&q, &r->c, power.p, power.n)) {
        num_no_memory(r, e);
    }
    big_clear(&power);
    big_clear(&q);
}

void num_nan_of(Num *r, const Operand *a, const Operand *b, Env *e)
{
    const Operand *from = a;
    if (b && (a->kind != KIND_SNAN && (b->kind == KIND_SNAN || !operand_is_nan(a)))) {
        from = b;
    }
    if (from->kind == KIND_SNAN) {
        e->status |= COND_INVALID;
    }
    num_assign(r, from, e);
    r->kind = KIND_QNAN;
    num_cap(r, e->prec - e->clamp, e);
}

void num_apply(Num *r, const Operand *a, Env *e)
{
    num_assign(r, a, e);
    if (operand_is_nan(a)) {
        num_cap(r, e->prec - e->clamp, e);
    }
    num_finish(r, e, false);
}

bool round_away(RoundMode mode, bool neg, const uint64_t *c, size_t n, Cut cut)
{
    if (cut == CUT_NOTHING) {
        return false;
    }
    switch (mode) {
    case ROUND_UP:
        return true;
    case ROUND_CEILING:
        return !neg;
    case ROUND_FLOOR:
        return neg;
    case ROUND_HALF_UP:
        return cut >= CUT_HALF;
    case ROUND_HALF_DOWN:
        return cut > CUT_HALF;
    case ROUND_HALF_EVEN:
        return cut > CUT_HALF || (cut == CUT_HALF && n > 0 && (c[0] & 1));
    case ROUND_05UP:
        return limbs_last_digits(c, n, 1) % 5 == 0;
    default:
        return false;
    }
}

bool num_cut(Num *r, int64_t drop, RoundMode mode, bool sticky, Env *e)
{
    Cut cut = CUT_NOTHING;
    if (drop > 0) {
        e->status |= COND_ROUNDED;
        if (drop > big_digits(&r->c)) {
            cut = r->c.n ? CUT_BELOW_HALF : CUT_NOTHING;
            r->c.n = 0;
        } else if (!big_div_pow10(&r->c, drop, &cut)) {
            return false;
        }
        r->exp += drop;
    }
    if (sticky) {
        e->status |= COND_ROUNDED;
        cut = cut == CUT_NOTHING ? CUT_BELOW_HALF : cut == CUT_HALF ? CUT_ABOVE_HALF : cut;
    }
    if (cut == CUT_NOTHING) {
        return true;
    }
    e->status |= COND_INEXACT;
    return !round_away(mode, r->neg, r->c.p, r->c.n, cut) || big_add_u64(&r->c, 1);
}

/* Too large: infinity or the largest number. */
static void overflow(Num *r, Env *e)
{
    e->status |= COND_OVERFLOW | COND_INEXACT | COND_ROUNDED;
    bool largest;
    switch (e->rounding) {
    case ROUND_DOWN:
    case ROUND_05UP:
        largest = true;
        break;
    case ROUND_CEILING:
        largest = r->neg;
        break;
    case ROUND_FLOOR:
        largest = !r->neg;
        break;
    default:
        largest = false;
    }
    if (!largest) {
        num_infinity(r, r->neg);
        return;
    }
    if (!big_pow10(&r->c, e->prec)) {
        num_no_memory(r, e);
        return;
    }
    big_sub_u64(&r->c, 1);
    r->exp = env_etop(e);
}

static void finish_zero(Num *r, Env *e)
{
    int64_t top = e->clamp ? env_etop(e) : e->emax, tiny = env_etiny(e);
    int64_t exp = r->exp > top ? top : r->exp < tiny ? tiny : r->exp;
    if (exp != r->exp) {
        e->status |= COND_CLAMPED;
        r->exp = exp;
    }
}

/* A coefficient of 10^prec, which rounding up has made, becomes 10^(prec-1). */
static void carry_over(Num *r, int64_t prec)
{
    Cut cut;
    if (big_digits(&r->c) > prec && big_div_pow10(&r->c, 1, &cut)) {
        r->exp++;
    }
}

/* clamp: an exponent above Etop is brought down to it by zeros. */
static void fold_down(Num *r, Env *e)
{
    if (LIKELY(!e->clamp) || r->exp <= env_etop(e)) {
        return;
    }
    int64_t pad = r->exp - env_etop(e);
    e->status |= COND_CLAMPED;
    if (pad > BIG_MAX_DIGITS || !big_mul_pow10(&r->c, pad)) {
        num_no_memory(r, e);
        return;
    }
    r->exp -= pad;
}

static void finish_subnormal(Num *r, int64_t digits UNUSED, Env *e, bool sticky)
{
    e->status |= COND_SUBNORMAL;
    uint32_t before = e->status;
    e->status &= ~(uint32_t)COND_INEXACT;
    int64_t tiny = env_etiny(e), drop = tiny > r->exp ? tiny - r->exp : 0;
    assert(digits - drop <= e->prec);
    if (!num_cut(r, drop, e->rounding, sticky, e)) {
        num_no_memory(r, e);
        return;
    }
    if (e->status & COND_INEXACT) {
        e->status |= COND_UNDERFLOW;
    }
    e->status |= before;
    if (r->c.n == 0) {
        e->status |= COND_CLAMPED;
        finish_zero(r, e);
    } else {
        carry_over(r, e->prec);
        fold_down(r, e);
    }
}

void num_finish(Num *r, Env *e, bool sticky)
{
    if (r->kind != KIND_FINITE) {
        return;
    }
    if (r->c.n == 0 && !sticky) {
        finish_zero(r, e);
        return;
    }
    int64_t digits = big_digits(&r->c), adjusted = r->exp + digits - 1;
    if (UNLIKELY(adjusted > e->emax)) {
        overflow(r, e);
        return;
    }
    if (UNLIKELY(adjusted < e->emin)) {
        finish_subnormal(r, digits, e, sticky);
        return;
    }
    if (digits > e->prec || sticky) {
        if (!num_cut(r, digits - e->prec, e->rounding, sticky, e)) {
            num_no_memory(r, e);
            return;
        }
        carry_over(r, e->prec);
        if (r->exp > env_etop(e)) {
            overflow(r, e);
            return;
        }
    }
    fold_down(r, e);
}
