/* Powers.  An integral power whose digits are not too many is computed exactly and then rounded;
 * others are exp(y ln x). */
#include "modules/_decimal/transcendental.h"

enum { EXACT_DIGITS = 4000 }; /* of an exact power, when the precision is less */

/* y is a whole number; *odd: an odd one. */
static bool is_integral(const Operand *y, bool *odd)
{
    *odd = false;
    if (y->kind != KIND_FINITE) {
        return false;
    }
    if (y->exp >= 0) {
        *odd = y->exp == 0 && y->n != 0 && (y->p[0] & 1);
        return true;
    }
    if (y->n == 0) {
        return true;
    }
    if (-y->exp >= y->digits) {
        return false;
    }
    Big c;
    Cut cut = CUT_HALF;
    big_init(&c);
    bool ok = big_set(&c, y->p, y->n) && big_div_pow10(&c, -y->exp, &cut);
    *odd = ok && big_is_odd(&c);
    big_clear(&c);
    return ok && cut == CUT_NOTHING;
}

static void set_one_padded(Num *r, bool neg, Env *e)
{
    num_set_u64(r, 1, 0);
    r->neg = neg;
    if (big_mul_pow10(&r->c, e->prec - 1)) {
        r->exp = 1 - e->prec;
        num_finish(r, e, false);
    } else {
        num_no_memory(r, e);
    }
}

/* ---- exactly ---- */

/* x^k with x's coefficient stripped to c * 10^zeros; the exponent the result would like is
 * x->exp * k. */
static bool finish_exact(Num *r, const Big *c, int64_t exp, int64_t zeros, uint64_t k, Env *e)
{
    if (!big_pow(&r->c, c, k)) {
        return false;
    }
    __int128 power = (__int128)exp * (__int128)k, pad = (__int128)zeros * (__int128)k;
    int64_t room = e->prec + 1 - big_digits(&r->c);
    room = room < 0 ? 0 : room;
    int64_t padding = pad < room ? (int64_t)pad : room;
    power -= padding;
    const int64_t far = INT64_C(4000000000000000000);
    r->exp = power > far ? far : power < -far ? -far : (int64_t)power;
    if (r->exp == far || r->exp == -far) {
        num_out_of_range(r, r->neg, r->exp > 0, e);
        return true;
    }
    if (!big_mul_pow10(&r->c, padding)) {
        return false;
    }
    num_finish(r, e, false);
    return true;
}

/* x^k for k > 0 when that can be had exactly; false: r is not set. */
static bool power_exact(Num *r, const Operand *x, uint64_t k, bool neg, Env *e)
{
    Big c;
    big_init(&c);
    bool done = false;
    int64_t most = e->prec < EXACT_DIGITS ? EXACT_DIGITS : e->prec + 1;
    if (big_set(&c, x->p, x->n)) {
        int64_t zeros = big_strip_zeros(&c, x->digits);
        bool unit = c.n == 1 && c.p[0] == 1;
        /* digits(c^k) > (digits(c) - 1) * k; of one digit at least log10(2) */
        int64_t digits = big_digits(&c);
        double size = unit ? 0 : (double)k * (digits > 1 ? (double)(digits - 1) : 0.30103);
        if (size <= (double)most) {
            num_zero(r, neg, 0);
            if (!finish_exact(r, &c, x->exp + zeros, zeros, k, e)) {
                num_no_memory(r, e);
            }
            done = true;
        }
    }
    big_clear(&c);
    return done;
}

/* 1 / x, when that has an end; false: it has none. */
static bool exact_inverse(Num *r, const Operand *x)
{
    /* as many digits as x has twos or fives, at most */
    Env wide = ENV_MAX;
    wide.prec = (int64_t)x->n * 64 + x->digits;
    uint64_t unit = 1;
    Operand one = {.p = &unit, .n = 1, .digits = 1, .kind = KIND_FINITE};
    num_divide(r, &one, x, &wide);
    return !(wide.status & (COND_INEXACT | COND_NO_MEMORY));
}

/* ---- by logarithms ---- */

static void approx_power(Approx *out, const Operand *x, const Operand *y, int64_t digits)
{
    enum { SPARE = 160 };
    int64_t size = operand_adjusted(y) > 0 ? operand_adjusted(y) : 0;
    long bits = (long)((double)digits * 3.3219280948873626) + SPARE;
    long ln_bits = bits + (long)((double)(size + 1) * 3.33);
    mpz_t product, power, view;
    mpz_init(product);
    mpz_init(power);
    approx_ln_bits(product, x, ln_bits);
    mpz_mul(product, product, mpz_roinit_n(view, y->p, (mp_size_t)y->n));
    if (operand_adjusted(y) < -(int64_t)ln_bits) {
        mpz_set_ui(product, 0);
    } else {
        mpz_ui_pow_ui(power, 10, (unsigned long)(y->exp < 0 ? -y->exp : y->exp));
        if (y->exp < 0) {
            mpz_tdiv_q(product, product, power);
        } else {
            mpz_mul(product, product, power);
        }
    }
    mpz_tdiv_q_2exp(product, product, (mp_bitcnt_t)(ln_bits - bits));
    if (y->neg) {
        mpz_neg(product, product);
    }
    approx_exp_of(out, product, bits, digits);
    mpz_clear(product);
    mpz_clear(power);
}

/* x > 0, x != 1, y != 0, both finite */
static void power_real(Num *r, const Operand *x, const Operand *y, bool neg, Env *e)
{
    enum { ALWAYS_OUT = 20 }; /* e^(10^19) has more than 4e18 digits */
    int64_t size = operand_adjusted(y) + ln_magnitude(x);
    if (size >= ALWAYS_OUT) {
        num_out_of_range(r, neg, (operand_adjusted(x) >= 0) != y->neg, e);
        return;
    }
    num_from_approx(r, neg, approx_power, x, y, e);
}

static void power_integral(Num *r, const Operand *x, const Operand *y, bool neg, Env *e)
{
    int64_t k = y->neg ? -e->prec : e->prec; /* of more than that, 1.0 has no more zeros */
    if (operand_int64(y, &k) || operand_is_one(x)) {
        if (k > 0 && power_exact(r, x, (uint64_t)k, neg, e)) {
            return;
        }
        Num inverse;
        num_init(&inverse);
        bool done = false;
        if (k < 0 && exact_inverse(&inverse, x)) {
            Operand view = num_operand(&inverse);
            done = power_exact(r, &view, -(uint64_t)k, neg, e);
        }
        num_clear(&inverse);
        if (done) {
            return;
        }
    }
    power_real(r, x, y, neg, e);
}

/* ---- the cases ---- */

/* Base or exponent infinite, or base zero. */
static void power_special(Num *r, const Operand *x, const Operand *y, bool neg, Env *e)
{
    bool grows;
    if (y->kind == KIND_INF) {
        if (x->kind == KIND_FINITE && operand_is_one(x)) {
            e->status |= COND_INEXACT | COND_ROUNDED;
            set_one_padded(r, neg, e);
            return;
        }
        grows = x->kind == KIND_INF || (x->n != 0 && operand_adjusted(x) >= 0);
        grows = grows != y->neg;
    } else {
        grows = (x->kind == KIND_INF) != y->neg;
    }
    if (grows) {
        num_infinity(r, neg);
    } else {
        num_zero(r, neg, 0);
    }
}

void num_power(Num *r, const Operand *x, const Operand *y, Env *e)
{
    bool odd;
    if (operand_is_nan(x) || operand_is_nan(y)) {
        num_nan_of(r, x, y, e);
        return;
    }
    bool integral = is_integral(y, &odd), neg = x->neg && odd;
    if (operand_is_zero(y)) {
        if (operand_is_zero(x)) {
            num_invalid(r, e, COND_INVALID);
        } else {
            num_set_u64(r, 1, 0);
        }
        return;
    }
    if (x->neg && !integral && !operand_is_zero(x)) {
        num_invalid(r, e, COND_INVALID);
        return;
    }
    if (x->kind == KIND_INF || y->kind == KIND_INF || x->n == 0) {
        power_special(r, x, y, neg, e);
        return;
    }
    Operand positive = *x;
    positive.neg = false;
    if (!integral && operand_is_one(&positive)) {
        e->status |= COND_INEXACT | COND_ROUNDED;
        set_one_padded(r, neg, e);
    } else if (integral) {
        power_integral(r, &positive, y, neg, e);
    } else {
        power_real(r, &positive, y, neg, e);
    }
}

/* ---- with a modulus ---- */

/* |a| mod m */
static void reduce(mpz_t r, const Operand *a, const mpz_t m)
{
    mpz_t view, ten, exp;
    mpz_init_set_ui(ten, 10);
    mpz_init_set_si(exp, a->exp);
    mpz_powm(r, ten, exp, m);
    mpz_mul(r, r, mpz_roinit_n(view, a->p, (mp_size_t)a->n));
    mpz_mod(r, r, m);
    mpz_clear(ten);
    mpz_clear(exp);
}

static void power_modulo(Num *r, const Operand *x, const Operand *y, const Operand *m, Env *e)
{
    mpz_t modulus, base, exp, view;
    mpz_init(modulus);
    mpz_init(base);
    mpz_init_set(exp, mpz_roinit_n(view, y->p, (mp_size_t)y->n));
    mpz_ui_pow_ui(modulus, 10, (unsigned long)m->exp);
    mpz_mul(modulus, modulus, mpz_roinit_n(view, m->p, (mp_size_t)m->n));
    reduce(base, x, modulus);
    mpz_powm(base, base, exp, modulus);
    mpz_set_ui(exp, 10);
    for (int64_t i = 0; i < y->exp; i++) {
        mpz_powm(base, base, exp, modulus);
    }
    if (!big_from_mpz(&r->c, base)) {
        num_no_memory(r, e);
    }
    mpz_clear(modulus);
    mpz_clear(base);
    mpz_clear(exp);
}

/* a with an exponent that is not negative; false: it is not integral, or too large. */
static bool integral_copy(Num *r, const Operand *a, Operand *view, bool *odd)
{
    Cut cut;
    if (!is_integral(a, odd) || !num_copy(r, a)) {
        return false;
    }
    if (r->exp < 0) {
        bool ok = r->c.n == 0 || big_div_pow10(&r->c, -r->exp, &cut);
        r->exp = 0;
        if (!ok) {
            return false;
        }
    }
    *view = num_operand(r);
    return true;
}

void num_power_modulo(Num *r, const Operand *a, const Operand *b, const Operand *m, Env *e)
{
    enum { EXPONENT_LIMIT = 10000000 };
    if (operand_is_nan(a) || operand_is_nan(b) || operand_is_nan(m)) {
        bool last = operand_is_nan(m) &&
                    (!(operand_is_nan(a) || operand_is_nan(b)) ||
                     (m->kind == KIND_SNAN && a->kind != KIND_SNAN && b->kind != KIND_SNAN));
        num_nan_of(r, last ? m : a, last ? NULL : b, e);
        return;
    }
    Num base, exp, modulus;
    Operand x, y, z;
    bool odd, ignored;
    num_init(&base);
    num_init(&exp);
    num_init(&modulus);
    num_zero(r, false, 0);
    if (!integral_copy(&base, a, &x, &ignored) || !integral_copy(&exp, b, &y, &odd) ||
        !integral_copy(&modulus, m, &z, &ignored) || (y.neg && y.n != 0) || z.n == 0 ||
        operand_adjusted(&z) >= e->prec || (x.n == 0 && y.n == 0)) {
        num_invalid(r, e, COND_INVALID);
    } else if (y.exp > EXPONENT_LIMIT) {
        num_no_memory(r, e);
    } else {
        r->neg = a->neg && odd;
        power_modulo(r, &x, &y, &z, e);
    }
    num_clear(&base);
    num_clear(&exp);
    num_clear(&modulus);
}
