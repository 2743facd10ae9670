/* Correctly rounded results from approximations: Ziv's strategy.  An Approx is computed with some
 * digits more than are kept, and again with twice as many when its error could change the rounding.
 */
#ifndef MODULES_DECIMAL_TRANSCENDENTAL_H
#define MODULES_DECIMAL_TRANSCENDENTAL_H

#include "modules/_decimal/number.h"

/* c * 10^exp, off by less than APPROX_ERROR units of c */
enum { APPROX_ERROR = 2 };
typedef struct Approx { mpz_t c; int64_t exp; } Approx;

/* Fills in an Approx with at least `digits` digits. */
typedef void (*ApproxFn)(Approx *out, const Operand *x, const Operand *y, int64_t digits);

/* r = (-1)^neg * fn(x, y), rounded to e; the value is known not to be zero. */
void num_from_approx(Num *r, bool neg, ApproxFn fn, const Operand *x, const Operand *y, Env *e);
/* Natural logarithm of x > 0, x != 1, with `bits` bits behind the point. */
void approx_ln_bits(mpz_t r, const Operand *x, long bits);
/* About how many digits ln(x) has in front of its point; less than 1: zeros behind it. */
int64_t ln_magnitude(const Operand *x);
/* e^x of x in fixed point as a decimal approximation. */
void approx_exp_of(Approx *out, const mpz_t x, long bits, int64_t digits);
/* Certainly out of range: the result of rounding what is too large or too small. */
void num_out_of_range(Num *r, bool neg, bool large, Env *e);
bool operand_is_one(const Operand *x);

#endif
