/* Exponential and logarithm of binary fixed-point numbers: an mpz with `bits` bits behind the
 * point.  Results are off by a few units of the last bit at most (FIXED_ERROR_BITS of them). */
#ifndef MODULES_DECIMAL_FIXED_H
#define MODULES_DECIMAL_FIXED_H

#include <gmp.h>

enum { FIXED_ERROR_BITS = 4 };

void fixed_ln10(mpz_t r, long bits);
/* r = e^x for |x| < 4; r another variable than x. */
void fixed_exp(mpz_t r, const mpz_t x, long bits);
/* r = ln(x) for 0.25 < x < 4; r another variable than x. */
void fixed_ln(mpz_t r, const mpz_t x, long bits);

#endif
