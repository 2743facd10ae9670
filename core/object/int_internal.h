/* What the files of int share: a uniform view of the three forms an int can have. */
#ifndef CORE_OBJECT_INT_INTERNAL_H
#define CORE_OBJECT_INT_INTERNAL_H

#include <gmp.h>

#include "core/object/gmp_run.h"
#include "core/object/int.h"

/* Magnitude limbs (no leading zero limb) and sign of any int; p points into the object or to
 * `small`. */
typedef struct IntView {
    const mp_limb_t *p;
    size_t n;
    bool negative;
    mp_limb_t small;
} IntView;

#define INT_MAX_LIMBS ((size_t)1 << 31)
/* Operations on more limbs than this are long-running ones of gmp_run. */
#define INT_PARK_LIMBS 2000
#define INT_SURE_LIMBS 100  /* operations on no more are done without GMP's asking for memory */

static inline void int_view(Value v, IntView *w)
{
    if (value_is_fixnum(v)) {
        int64_t i = fixnum_get(v);
        w->negative = i < 0;
        w->small = i < 0 ? -(uint64_t)i : (uint64_t)i;
        w->n = i != 0;
        w->p = &w->small;
    } else if (value_is_bool(v)) {
        w->negative = false;
        w->small = v == TRUE_VALUE;
        w->n = w->small;
        w->p = &w->small;
    } else {
        BigInt *b = (BigInt *)value_object(v);
        w->negative = b->size < 0;
        w->n = (size_t)(b->size < 0 ? -b->size : b->size);
        w->p = (const mp_limb_t *)b->limbs;
        w->small = 0;
    }
}

/* Of an int whose magnitude is less than 2^127: its value.  Two limbs are calculated with as one
 * number of the compiler's. */
static inline bool int_try_int128(Value v, __int128 *out)
{
    if (value_is_fixnum(v)) {
        *out = fixnum_get(v);
        return true;
    }
    if (value_is_bool(v)) {
        *out = v == TRUE_VALUE;
        return true;
    }
    const BigInt *b = (const BigInt *)value_object(v);
    const size_t n = (size_t)(b->size < 0 ? -b->size : b->size);
    const uint64_t high = n == 2 ? b->limbs[1] : 0;
    if (n > 2 || high >> 63) {
        return false;
    }
    const __int128 m = (__int128)high << 64 | (n ? b->limbs[0] : 0);
    *out = b->size < 0 ? -m : m;
    return true;
}

/* A read-only mpz over the limbs of w. */
static inline mpz_srcptr int_as_mpz(const IntView *w, mpz_t z)
{
    return mpz_roinit_n(z, w->p, w->negative ? -(mp_size_t)w->n : (mp_size_t)w->n);
}

/* Operands and results of what runs under gmp_run; each computation says which of them it uses. */
typedef struct IntWork {
    mpz_t r;              /* the computation initialises it */
    mp_limb_t *out, *rest;
    const IntView *a, *b, *c;
    uint64_t n;
    bool failed;
} IntWork;
/* The int that work leaves in w->r; 0: raised, or w->failed. */
Value int_run(Thread *t, GmpWork *work, IntWork *w, bool long_running);

/* An exact int of n limbs to be filled in and handed to int_finish; NULL: MemoryError. */
NODISCARD BigInt *big_new(Thread *t, size_t n);
/* Drops leading zero limbs and makes a fixnum of what fits. */
Value int_finish(BigInt *b, size_t n, bool negative);
Value int_from_mpz(Thread *t, mpz_srcptr z);
Value int_from_int128(Thread *t, __int128 i);
/* m * 2^e as a double, rounded half to even, sticky: bits below m were not all zero; inf on
 * overflow. */
double double_from_scaled(unsigned __int128 m, bool sticky, int64_t e);
/* Value of v / 2^*exp with 0.5 <= result < 1 (0 for zero): frexp for ints. */
double int_frexp(Value v, int64_t *exp);
Value int_true_divide(Thread *t, Value a, Value b);
Value int_from_object(Thread *t, Value x); /* int(x) */
Value int_bit_and(Thread *t, Value a, Value b);
Value int_bit_or(Thread *t, Value a, Value b);
Value int_bit_xor(Thread *t, Value a, Value b);
Value int_invert(Thread *t, Value a);
Value int_abs(Thread *t, Value a);
Value int_decimal_text(Thread *t, Value v);
/* As int_from_text; orig is what the message shows. */
Value int_from_literal(Thread *t, const char *p, size_t n, int base, Value orig);
Value int_from_str_value(Thread *t, Value s, int base);

/* Slots and tables of int_type (int_arith.c, int_methods.c). */
extern const NativeDef int_methods[];
extern const GetSetDef int_getset[];
Value int_new_slot(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
Value int_add_slot(Thread *t, Value a, Value b);
Value int_sub_slot(Thread *t, Value a, Value b);
Value int_mul_slot(Thread *t, Value a, Value b);
Value int_truediv_slot(Thread *t, Value a, Value b);
Value int_floordiv_slot(Thread *t, Value a, Value b);
Value int_mod_slot(Thread *t, Value a, Value b);
Value int_divmod_slot(Thread *t, Value a, Value b);
Value int_lshift_slot(Thread *t, Value a, Value b);
Value int_rshift_slot(Thread *t, Value a, Value b);
Value int_and_slot(Thread *t, Value a, Value b);
Value int_or_slot(Thread *t, Value a, Value b);
Value int_xor_slot(Thread *t, Value a, Value b);
Value int_pow_slot(Thread *t, Value a, Value b, Value m);

#endif
