/* exp, ln and log10. */
#include <math.h>

#include "modules/_decimal/fixed.h"
#include "modules/_decimal/transcendental.h"

#define BITS_PER_DIGIT 3.3219280948873626
enum {
    FIRST_GUARD = 12, /* digits beyond those kept, at first */
    LAST_GUARD = 400, /* a tie so far out is taken for one */
    BITS_SPARE = 32,
    EXPONENT_BITS = 72, /* of what is in front of the point, at most */
};
#define DIGITS_LIMIT INT64_C(50000000) /* of a transcendental result */

static long bits_of_digits(int64_t digits)
{
    return (long)((double)digits * BITS_PER_DIGIT) + BITS_SPARE;
}

static void set_mpz(mpz_t z, const Operand *a)
{
    mpz_t view;
    mpz_set(z, mpz_roinit_n(view, a->p, (mp_size_t)a->n));
}

bool operand_is_one(const Operand *x)
{
    if (x->kind != KIND_FINITE || x->n == 0 || x->exp != 1 - x->digits) {
        return false;
    }
    Big power;
    big_init(&power);
    bool is = big_pow10(&power, x->digits - 1) && limbs_compare(x->p, x->n, power.p, power.n) == 0;
    big_clear(&power);
    return is;
}

void num_out_of_range(Num *r, bool neg, bool large, Env *e)
{
    num_set_u64(r, 1, large ? e->emax + 1 : env_etiny(e) - 2);
    r->neg = neg;
    num_finish(r, e, !large);
}

/* ---- Ziv's strategy ---- */

/* The rounding of c, which has n digits, does not change within its error. */
static bool is_settled(const Approx *a, int64_t n, const Env *e)
{
    int64_t drop = n - e->prec, tiny = env_etiny(e) - a->exp;
    drop = drop < tiny ? tiny : drop;
    if (drop > n + 1) {
        return true;
    }
    mpz_t unit, rest;
    mpz_init(unit);
    mpz_init(rest);
    mpz_ui_pow_ui(unit, 10, (unsigned long)drop);
    mpz_tdiv_r(rest, a->c, unit);
    bool settled = true;
    if (e->rounding < ROUND_HALF_UP || e->rounding > ROUND_HALF_EVEN) {
        settled = mpz_cmp_ui(rest, APPROX_ERROR) > 0;
        mpz_sub(unit, unit, rest);
        settled = settled && mpz_cmp_ui(unit, APPROX_ERROR) > 0;
    } else {
        mpz_tdiv_q_2exp(unit, unit, 1);
        mpz_sub(unit, unit, rest);
        settled = mpz_cmpabs_ui(unit, APPROX_ERROR) > 0;
    }
    mpz_clear(unit);
    mpz_clear(rest);
    return settled;
}

/* Takes an approximation that comes close to a tie, or to a number that needs no rounding, for
 * just that. */
static void round_unsettled(Num *r, int64_t keep, Env *e)
{
    uint32_t ignored = e->status;
    Env inner = *e;
    int64_t drop = big_digits(&r->c) - keep;
    if (drop > 0 && !num_cut(r, drop, ROUND_HALF_EVEN, false, &inner)) {
        num_no_memory(r, e);
        return;
    }
    e->status = ignored | COND_INEXACT | COND_ROUNDED;
    num_finish(r, e, false);
}

void num_from_approx(Num *r, bool neg, ApproxFn fn, const Operand *x, const Operand *y, Env *e)
{
    if (e->prec > DIGITS_LIMIT || x->digits > DIGITS_LIMIT) {
        num_no_memory(r, e);
        return;
    }
    Approx a;
    mpz_init(a.c);
    int64_t guard = FIRST_GUARD;
    bool settled;
    do {
        fn(&a, x, y, e->prec + guard);
        num_zero(r, neg, a.exp);
        if (!big_from_mpz(&r->c, a.c)) {
            num_no_memory(r, e);
            break;
        }
        settled = is_settled(&a, big_digits(&r->c), e);
        guard *= 2;
    } while (!settled && guard <= LAST_GUARD);
    mpz_clear(a.c);
    if (r->kind != KIND_FINITE) {
        return;
    }
    if (settled) {
        num_finish(r, e, true);
    } else {
        round_unsettled(r, e->prec + guard / 4, e);
    }
}

/* ---- exp ---- */

void approx_exp_of(Approx *out, const mpz_t x, long bits, int64_t digits)
{
    mpz_t ln10, q, rest;
    mpz_init(ln10);
    mpz_init(q);
    mpz_init(rest);
    fixed_ln10(ln10, bits + EXPONENT_BITS);
    /* x = q ln 10 + rest */
    mpz_mul_2exp(rest, x, EXPONENT_BITS);
    mpz_tdiv_q_2exp(q, ln10, 1);
    mpz_add(q, q, rest);
    mpz_fdiv_q(q, q, ln10);
    mpz_submul(rest, q, ln10);
    mpz_tdiv_q_2exp(rest, rest, EXPONENT_BITS);
    fixed_exp(ln10, rest, bits);
    mpz_ui_pow_ui(rest, 10, (unsigned long)digits);
    mpz_mul(out->c, ln10, rest);
    mpz_tdiv_q_2exp(out->c, out->c, (mp_bitcnt_t)bits);
    out->exp = mpz_get_si(q) - digits;
    mpz_clear(ln10);
    mpz_clear(q);
    mpz_clear(rest);
}

/* x with `bits` bits behind the point, cut */
static void fixed_of_operand(mpz_t r, const Operand *x, long bits)
{
    if (operand_adjusted(x) < -(int64_t)bits) {
        mpz_set_ui(r, 0);
        return;
    }
    mpz_t power;
    mpz_init(power);
    set_mpz(r, x);
    mpz_ui_pow_ui(power, 10, (unsigned long)(x->exp < 0 ? -x->exp : x->exp));
    if (x->exp >= 0) {
        mpz_mul(r, r, power);
        mpz_mul_2exp(r, r, (mp_bitcnt_t)bits);
    } else {
        mpz_mul_2exp(r, r, (mp_bitcnt_t)bits);
        mpz_tdiv_q(r, r, power);
    }
    if (x->neg) {
        mpz_neg(r, r);
    }
    mpz_clear(power);
}

static void approx_exp(Approx *out, const Operand *x, const Operand *y UNUSED, int64_t digits)
{
    long bits = bits_of_digits(digits);
    mpz_t fixed;
    mpz_init(fixed);
    fixed_of_operand(fixed, x, bits);
    approx_exp_of(out, fixed, bits, digits);
    mpz_clear(fixed);
}

/* These functions round half to even, whatever the context says. */
static void half_even(Num *r, ApproxFn fn, bool neg, const Operand *x, Env *e)
{
    RoundMode mode = e->rounding;
    e->rounding = ROUND_HALF_EVEN;
    num_from_approx(r, neg, fn, x, NULL, e);
    e->rounding = mode;
}

void num_exp(Num *r, const Operand *a, Env *e)
{
    enum { ALWAYS_OUT = 19 }; /* e^(10^19) has more than 4e18 digits */
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
    } else if (a->kind == KIND_INF) {
        if (a->neg) {
            num_zero(r, false, 0);
        } else {
            num_infinity(r, false);
        }
    } else if (a->n == 0) {
        num_set_u64(r, 1, 0);
    } else if (operand_adjusted(a) >= ALWAYS_OUT) {
        RoundMode mode = e->rounding;
        e->rounding = ROUND_HALF_EVEN;
        num_out_of_range(r, false, !a->neg, e);
        e->rounding = mode;
    } else {
        half_even(r, approx_exp, false, a, e);
    }
}

/* ---- logarithms ---- */

/* The power of ten next to x: x = m * 10^f with m about 0.3 to 3.2. */
static int64_t nearest_power(const Operand *x)
{
    mpz_t view;
    long exp;
    double top = mpz_get_d_2exp(&exp, mpz_roinit_n(view, x->p, (mp_size_t)x->n));
    double lead = log10(top) + (double)exp / BITS_PER_DIGIT - (double)(x->digits - 1);
    return operand_adjusted(x) + (lead > 0.5);
}

int64_t ln_magnitude(const Operand *x)
{
    int64_t f = nearest_power(x);
    if (f != 0) {
        uint64_t size = f < 0 ? -(uint64_t)f : (uint64_t)f;
        return limbs_digits(&size, 1);
    }
    /* close to 1: what ln(x) begins with is x - 1 */
    mpz_t distance, c;
    mpz_init(distance);
    mpz_init(c);
    set_mpz(c, x);
    mpz_ui_pow_ui(distance, 10, (unsigned long)-x->exp);
    mpz_sub(distance, distance, c);
    int64_t digits = limbs_digits(mpz_limbs_read(distance), mpz_size(distance));
    bool none = mpz_sgn(distance) == 0;
    mpz_clear(distance);
    mpz_clear(c);
    return none ? INT64_MIN : digits + x->exp;
}

void approx_ln_bits(mpz_t r, const Operand *x, long bits)
{
    int64_t f = nearest_power(x);
    mpz_t m, power;
    mpz_init(m);
    mpz_init(power);
    set_mpz(m, x);
    mpz_mul_2exp(m, m, (mp_bitcnt_t)bits);
    mpz_ui_pow_ui(power, 10, (unsigned long)(f - x->exp));
    mpz_tdiv_q(m, m, power);
    fixed_ln(r, m, bits);
    if (f != 0) {
        fixed_ln10(power, bits + EXPONENT_BITS);
        mpz_set_si(m, f);
        mpz_mul(power, power, m);
        mpz_tdiv_q_2exp(power, power, EXPONENT_BITS);
        mpz_add(r, r, power);
    }
    mpz_clear(m);
    mpz_clear(power);
}

/* |r|, with `bits` bits behind the point, as a decimal with `places` places */
static void decimal_of_fixed(Approx *out, mpz_t r, long bits, int64_t places)
{
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)places);
    mpz_abs(out->c, r);
    mpz_mul(out->c, out->c, power);
    mpz_tdiv_q_2exp(out->c, out->c, (mp_bitcnt_t)bits);
    out->exp = -places;
    mpz_clear(power);
}

static int64_t log_places(const Operand *x, int64_t digits)
{
    int64_t size = ln_magnitude(x);
    return digits + 1 + (size < 0 ? -size : 0);
}

static void approx_ln(Approx *out, const Operand *x, const Operand *y UNUSED, int64_t digits)
{
    int64_t places = log_places(x, digits);
    long bits = bits_of_digits(places);
    mpz_t r;
    mpz_init(r);
    approx_ln_bits(r, x, bits);
    decimal_of_fixed(out, r, bits, places);
    mpz_clear(r);
}

static void approx_log10(Approx *out, const Operand *x, const Operand *y UNUSED, int64_t digits)
{
    int64_t places = log_places(x, digits);
    long bits = bits_of_digits(places) + EXPONENT_BITS;
    mpz_t r, ln10;
    mpz_init(r);
    mpz_init(ln10);
    approx_ln_bits(r, x, bits);
    fixed_ln10(ln10, bits);
    mpz_mul_2exp(r, r, (mp_bitcnt_t)bits);
    mpz_tdiv_q(r, r, ln10);
    decimal_of_fixed(out, r, bits, places);
    mpz_clear(r);
    mpz_clear(ln10);
}

/* What both logarithms do with other than positive numbers; false: r is done. */
static bool log_is_plain(Num *r, const Operand *a, Env *e)
{
    if (operand_is_nan(a)) {
        num_nan_of(r, a, NULL, e);
    } else if (operand_is_zero(a)) {
        num_infinity(r, true);
    } else if (a->neg) {
        num_invalid(r, e, COND_INVALID);
    } else if (a->kind == KIND_INF) {
        num_infinity(r, false);
    } else {
        return true;
    }
    return false;
}

static bool is_below_one(const Operand *a) { return operand_adjusted(a) < 0; }

void num_ln(Num *r, const Operand *a, Env *e)
{
    if (!log_is_plain(r, a, e)) {
        return;
    }
    if (operand_is_one(a)) {
        num_zero(r, false, 0);
    } else {
        half_even(r, approx_ln, is_below_one(a), a, e);
    }
}

/* The coefficient is a power of ten. */
static bool is_power_of_ten(const Operand *a)
{
    Operand unit = *a;
    unit.exp = 1 - a->digits;
    return operand_is_one(&unit);
}

void num_log10(Num *r, const Operand *a, Env *e)
{
    if (!log_is_plain(r, a, e)) {
        return;
    }
    if (is_power_of_ten(a)) {
        RoundMode mode = e->rounding;
        e->rounding = ROUND_HALF_EVEN;
        num_logb(r, a, e);
        e->rounding = mode;
    } else {
        half_even(r, approx_log10, is_below_one(a), a, e);
    }
}
