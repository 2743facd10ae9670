/* What the files of the math module share. */
#ifndef MODULES_MATH_MATH_INTERNAL_H
#define MODULES_MATH_MATH_INTERNAL_H

#include "core/object/module.h"

COLD Value math_domain_error(Thread *t);
COLD Value math_range_error(Thread *t);

/* modules/math/math_int.c: integer functions */
Value math_factorial(Thread *t, Value *args, size_t n, Value kw);
Value math_comb(Thread *t, Value *args, size_t n, Value kw);
Value math_perm(Thread *t, Value *args, size_t n, Value kw);
Value math_isqrt(Thread *t, Value *args, size_t n, Value kw);
Value math_gcd(Thread *t, Value *args, size_t n, Value kw);
Value math_lcm(Thread *t, Value *args, size_t n, Value kw);

/* modules/math/math_sum.c: functions of many numbers */
Value math_fsum(Thread *t, Value *args, size_t n, Value kw);
Value math_prod(Thread *t, Value *args, size_t n, Value kw);
Value math_hypot(Thread *t, Value *args, size_t n, Value kw);
Value math_dist(Thread *t, Value *args, size_t n, Value kw);

#endif
