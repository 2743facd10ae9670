/* The arithmetic of the General Decimal Arithmetic Specification, free of Python objects.
 *
 *   Operand   a number as it is read: limbs somewhere else, or one in `small`
 *   Num       a number being made, on the C stack
 *   Env       the context of one operation: limits, rounding, and the conditions met so far
 *
 * value = (-1)^neg * coefficient * 10^exp for KIND_FINITE; of the NaNs the coefficient is the
 * payload, of infinities it is zero; exp is 0 for all of these.
 * Operations leave a result that is rounded to the Env, with the conditions in env->status; when
 * memory is short the status has COND_NO_MEMORY and the result is a NaN.  A Num is cleared by
 * whoever initialised it.  Exponents of operands lie within +-2e18, so sums of two fit in 64 bits.
 */
#ifndef MODULES_DECIMAL_NUMBER_H
#define MODULES_DECIMAL_NUMBER_H

#include "modules/_decimal/big.h"

typedef enum { KIND_FINITE, KIND_INF, KIND_QNAN, KIND_SNAN } NumKind;

typedef enum {
    ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN,
    ROUND_HALF_EVEN, ROUND_05UP,
    ROUND_MODES
} RoundMode;

/* Signals first, in the order of their names in repr(context); then the conditions that raise
 * InvalidOperation under a name of their own. */
enum {
    COND_CLAMPED = 1 << 0, COND_INVALID = 1 << 1, COND_DIVISION_BY_ZERO = 1 << 2,
    COND_INEXACT = 1 << 3, COND_FLOAT = 1 << 4, COND_OVERFLOW = 1 << 5, COND_ROUNDED = 1 << 6,
    COND_SUBNORMAL = 1 << 7, COND_UNDERFLOW = 1 << 8,
    SIGNAL_COUNT = 9, SIGNAL_MASK = (1 << 9) - 1,
    COND_SYNTAX = 1 << 9, COND_DIVISION_IMPOSSIBLE = 1 << 10, COND_DIVISION_UNDEFINED = 1 << 11,
    COND_INVALID_CONTEXT = 1 << 12,
    COND_NO_MEMORY = 1 << 13,
    /* what sets the flag InvalidOperation */
    COND_ANY_INVALID = COND_INVALID | COND_SYNTAX | COND_DIVISION_IMPOSSIBLE |
                       COND_DIVISION_UNDEFINED | COND_INVALID_CONTEXT,
};

#define DEC_MAX_PREC INT64_C(999999999999999999)
#define DEC_MAX_EMAX INT64_C(999999999999999999)
#define DEC_MIN_EMIN (-DEC_MAX_EMAX)
#define DEC_MIN_ETINY (DEC_MIN_EMIN - (DEC_MAX_PREC - 1))

typedef struct Env {
    int64_t prec, emax, emin;
    RoundMode rounding;
    bool clamp;
    uint32_t status;         /* COND_* */
} Env;
#define ENV_MAX {.prec = DEC_MAX_PREC, .emax = DEC_MAX_EMAX, .emin = DEC_MIN_EMIN, \
                 .rounding = ROUND_HALF_EVEN}

typedef struct Operand {
    const uint64_t *p;
    size_t n;
    int64_t exp, digits;     /* digits of the coefficient, 1 for zero */
    NumKind kind;
    bool neg;
    uint64_t small;
} Operand;

typedef struct Num {
    Big c;
    int64_t exp;
    NumKind kind;
    bool neg;
} Num;

static inline bool operand_is_zero(const Operand *a) { return a->kind == KIND_FINITE && a->n == 0; }
static inline bool operand_is_nan(const Operand *a) { return a->kind >= KIND_QNAN; }
static inline int64_t operand_adjusted(const Operand *a) { return a->exp + a->digits - 1; }
static inline int64_t env_etiny(const Env *e) { return e->emin - (e->prec - 1); }
static inline int64_t env_etop(const Env *e) { return e->emax - (e->prec - 1); }

static inline void num_init(Num *r)
{
    big_init(&r->c);
    r->exp = 0;
    r->kind = KIND_FINITE;
    r->neg = false;
}
static inline void num_clear(Num *r) { big_clear(&r->c); }
/* A view of r, valid until r changes. */
static inline Operand num_operand(const Num *r)
{
    return (Operand){.p = r->c.p, .n = r->c.n, .exp = r->exp, .digits = big_digits(&r->c),
                     .kind = r->kind, .neg = r->neg};
}

/* ---- round.c: results ---- */
void num_zero(Num *r, bool neg, int64_t exp);
void num_infinity(Num *r, bool neg);
void num_invalid(Num *r, Env *e, uint32_t condition);      /* NaN */
void num_no_memory(Num *r, Env *e);
void num_set_u64(Num *r, uint64_t v, int64_t exp);
NODISCARD bool num_copy(Num *r, const Operand *a);         /* as it is; false: no memory */
void num_assign(Num *r, const Operand *a, Env *e);         /* the same, failure in the status */
/* The coefficient keeps its last `digits` digits. */
void num_cap(Num *r, int64_t digits, Env *e);
/* a rounded to e: -0 and signaling NaNs stay what they are. */
void num_apply(Num *r, const Operand *a, Env *e);
/* One of the operands is a NaN: the result they give, payload cut to the precision. */
void num_nan_of(Num *r, const Operand *a, const Operand *b /* or NULL */, Env *e);
/* Rounds the exact result to e.  sticky: the true value lies above the coefficient by less than
 * one unit; then the coefficient must have at least prec digits. */
void num_finish(Num *r, Env *e, bool sticky);
/* Cuts `drop` digits, rounding by `mode`; conditions Rounded and Inexact.  false: no memory. */
NODISCARD bool num_cut(Num *r, int64_t drop, RoundMode mode, bool sticky, Env *e);
/* Is a coefficient one more after `cut` was dropped? */
bool round_away(RoundMode mode, bool neg, const uint64_t *c, size_t n, Cut cut);

/* ---- arith.c ---- */
void num_add(Num *r, const Operand *a, const Operand *b, Env *e);
void num_subtract(Num *r, const Operand *a, const Operand *b, Env *e);
void num_multiply(Num *r, const Operand *a, const Operand *b, Env *e);
void num_fma(Num *r, const Operand *a, const Operand *b, const Operand *c, Env *e);
void num_plus(Num *r, const Operand *a, Env *e);
void num_minus(Num *r, const Operand *a, Env *e);
void num_abs(Num *r, const Operand *a, Env *e);

/* ---- divide.c ---- */
void num_divide(Num *r, const Operand *a, const Operand *b, Env *e);
void num_divide_int(Num *r, const Operand *a, const Operand *b, Env *e);
void num_remainder(Num *r, const Operand *a, const Operand *b, Env *e);
void num_remainder_near(Num *r, const Operand *a, const Operand *b, Env *e);
void num_divmod(Num *q, Num *r, const Operand *a, const Operand *b, Env *e);
void num_sqrt(Num *r, const Operand *a, Env *e);

/* ---- compare.c ---- */
int operand_compare(const Operand *a, const Operand *b, Env *e);         /* no NaNs */
int operand_compare_total(const Operand *a, const Operand *b, Env *e);
void num_compare(Num *r, const Operand *a, const Operand *b, Env *e);
void num_compare_signal(Num *r, const Operand *a, const Operand *b, Env *e);
void num_compare_total(Num *r, const Operand *a, const Operand *b, Env *e);
void num_compare_total_mag(Num *r, const Operand *a, const Operand *b, Env *e);
void num_max(Num *r, const Operand *a, const Operand *b, Env *e);
void num_min(Num *r, const Operand *a, const Operand *b, Env *e);
void num_max_mag(Num *r, const Operand *a, const Operand *b, Env *e);
void num_min_mag(Num *r, const Operand *a, const Operand *b, Env *e);

bool operand_is_normal(const Operand *a, const Env *e);
bool operand_is_subnormal(const Operand *a, const Env *e);
bool operand_same_quantum(const Operand *a, const Operand *b);
const char *operand_class(const Operand *a, const Env *e); /* "+Normal", "-Zero", "NaN" ... */

/* ---- exponent.c: what changes the exponent or looks at it ---- */
void num_quantize(Num *r, const Operand *a, const Operand *b, Env *e);
/* Without a fraction; the exact form tells Rounded and Inexact. */
void num_to_integral(Num *r, const Operand *a, Env *e);
void num_to_integral_exact(Num *r, const Operand *a, Env *e);
void num_normalize(Num *r, const Operand *a, Env *e);
void num_scaleb(Num *r, const Operand *a, const Operand *b, Env *e);
void num_logb(Num *r, const Operand *a, Env *e);
void num_next_plus(Num *r, const Operand *a, Env *e);
void num_next_minus(Num *r, const Operand *a, Env *e);
void num_next_toward(Num *r, const Operand *a, const Operand *b, Env *e);
/* The coefficient of an integral operand as int64; false: not integral or too large. */
NODISCARD bool operand_int64(const Operand *a, int64_t *out);

/* ---- logical.c: on digits ---- */
void num_shift(Num *r, const Operand *a, const Operand *b, Env *e);
void num_rotate(Num *r, const Operand *a, const Operand *b, Env *e);
void num_logical_and(Num *r, const Operand *a, const Operand *b, Env *e);
void num_logical_or(Num *r, const Operand *a, const Operand *b, Env *e);
void num_logical_xor(Num *r, const Operand *a, const Operand *b, Env *e);
void num_logical_invert(Num *r, const Operand *a, Env *e);

/* ---- transcendental.c, power.c ---- */
void num_exp(Num *r, const Operand *a, Env *e);
void num_ln(Num *r, const Operand *a, Env *e);
void num_log10(Num *r, const Operand *a, Env *e);
void num_power(Num *r, const Operand *a, const Operand *b, Env *e);
void num_power_modulo(Num *r, const Operand *a, const Operand *b, const Operand *m, Env *e);

/* ---- parse.c ---- */
/* Reads n ASCII characters, exactly; false: not a number (or no memory: in the status). */
NODISCARD bool num_parse(Num *r, const char *text, size_t n, Env *e);

#endif
