/* Fixed-point series: ln 10 by arcus hyperbolic tangents, exp by Taylor's series after halving the
 * argument, ln as the inverse of exp by Halley's iteration. */
#include <math.h>
#include <stdint.h>

#include "modules/_decimal/fixed.h"

enum { SPARE_BITS = 32 };

/* r += factor * atanh(1 / n) */
static void add_atanh(mpz_t r, unsigned long factor, unsigned long n, long bits)
{
    mpz_t power, term;
    mpz_init_set_ui(power, factor);
    mpz_init(term);
    mpz_mul_2exp(power, power, (mp_bitcnt_t)bits);
    mpz_tdiv_q_ui(power, power, n);
    for (unsigned long k = 1; mpz_sgn(power) != 0; k += 2) {
        mpz_tdiv_q_ui(term, power, k);
        mpz_add(r, r, term);
        mpz_tdiv_q_ui(power, power, n * n);
    }
    mpz_clear(power);
    mpz_clear(term);
}

void fixed_ln10(mpz_t r, long bits)
{
    mpz_set_ui(r, 0);
    add_atanh(r, 46, 31, bits + SPARE_BITS);
    add_atanh(r, 34, 49, bits + SPARE_BITS);
    add_atanh(r, 20, 161, bits + SPARE_BITS);
    mpz_tdiv_q_2exp(r, r, SPARE_BITS);
}

/* r = 1 + x + x^2/2 + ... */
static void taylor(mpz_t r, const mpz_t x, long bits)
{
    mpz_t term;
    mpz_init_set(term, x);
    mpz_set_ui(r, 1);
    mpz_mul_2exp(r, r, (mp_bitcnt_t)bits);
    for (unsigned long k = 2; mpz_sgn(term) != 0; k++) {
        mpz_add(r, r, term);
        mpz_mul(term, term, x);
        mpz_tdiv_q_2exp(term, term, (mp_bitcnt_t)bits);
        mpz_tdiv_q_ui(term, term, k);
    }
    mpz_clear(term);
}

void fixed_exp(mpz_t r, const mpz_t x, long bits)
{
    /* halvings cost a squaring each and save terms of the series: balanced near the root */
    long halvings = (long)sqrt((double)bits) * 2 / 3 + 2, work = bits + halvings + SPARE_BITS;
    mpz_t reduced;
    mpz_init(reduced);
    mpz_mul_2exp(reduced, x, SPARE_BITS); /* x with `work` bits, divided by 2^halvings */
    taylor(r, reduced, work);
    for (long i = 0; i < halvings; i++) {
        mpz_mul(r, r, r);
        mpz_tdiv_q_2exp(r, r, (mp_bitcnt_t)work);
    }
    mpz_tdiv_q_2exp(r, r, (mp_bitcnt_t)(work - bits));
    mpz_clear(reduced);
}

/* x with `from` bits gets `to`. */
static void rescale_bits(mpz_t r, const mpz_t x, long from, long to)
{
    if (to >= from) {
        mpz_mul_2exp(r, x, (mp_bitcnt_t)(to - from));
    } else {
        mpz_tdiv_q_2exp(r, x, (mp_bitcnt_t)(from - to));
    }
}

/* y += 2 (x - e^y) / (x + e^y): triples the number of right bits. */
static void improve_ln(mpz_t y, const mpz_t x, long bits)
{
    mpz_t e, sum;
    mpz_init(e);
    mpz_init(sum);
    fixed_exp(e, y, bits);
    mpz_add(sum, x, e);
    mpz_sub(e, x, e);
    mpz_mul_2exp(e, e, (mp_bitcnt_t)(bits + 1));
    mpz_tdiv_q(e, e, sum);
    mpz_add(y, y, e);
    mpz_clear(e);
    mpz_clear(sum);
}

void fixed_ln(mpz_t r, const mpz_t x, long bits)
{
    enum { DOUBLE_BITS = 48, START_BITS = 60 };
    long exp, right = DOUBLE_BITS, have = START_BITS;
    double top = mpz_get_d_2exp(&exp, x);
    mpz_set_d(r, ldexp(log(ldexp(top, (int)(exp - bits))), START_BITS));
    mpz_t part;
    mpz_init(part);
    while (right < bits + SPARE_BITS / 2) {
        right = right * 3 - 8;
        long work = (right < bits ? right : bits) + SPARE_BITS;
        rescale_bits(r, r, have, work);
        rescale_bits(part, x, bits, work);
        improve_ln(r, part, work);
        have = work;
    }
    rescale_bits(r, r, have, bits);
    mpz_clear(part);
}
