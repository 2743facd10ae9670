/* Natural numbers of any size for the coefficients of decimal numbers: binary limbs, GMP's mpn
 * functions below.  A Big lives on the C stack; up to BIG_INLINE limbs (two operands of 38 digits
 * multiplied, or the scaled dividend of a 28-digit division) need no memory of their own.
 *
 * Invariants: p[n-1] != 0 unless n == 0 (zero); n <= cap <= BIG_MAX_LIMBS or cap == BIG_INLINE;
 * p == small or p is mem_alloc'ed.  Functions that return bool fail (false) for want of memory
 * only; the Big then still may be cleared.  No function raises or touches the Python heap.
 */
#ifndef MODULES_DECIMAL_BIG_H
#define MODULES_DECIMAL_BIG_H

#include <gmp.h>
#include <string.h>

#include "core/base/memory.h"

enum { BIG_INLINE = 12 };
#define BIG_MAX_LIMBS ((size_t)1 << 26) /* 1.2e9 digits */
#define BIG_MAX_DIGITS ((int64_t)BIG_MAX_LIMBS * 19)
enum { POW10_TABLE = 154 };             /* 10^0 .. 10^154 are at hand: up to 8 limbs */

typedef unsigned __int128 uint128;

typedef struct Big {
    uint64_t *p;
    size_t n, cap;
    uint64_t small[BIG_INLINE];
} Big;

/* What was cut off a number, against half a unit of its last place. */
typedef enum { CUT_NOTHING, CUT_BELOW_HALF, CUT_HALF, CUT_ABOVE_HALF } Cut;

static inline void big_init(Big *b)
{
    b->p = b->small;
    b->n = 0;
    b->cap = BIG_INLINE;
}
static inline void big_clear(Big *b)
{
    if (UNLIKELY(b->p != b->small)) {
        mem_free(b->p);
    }
}
NODISCARD bool big_reserve_slow(Big *b, size_t n);
/* Room for n limbs; the value is kept. */
NODISCARD static inline bool big_reserve(Big *b, size_t n)
{
    return LIKELY(n <= b->cap) || big_reserve_slow(b, n);
}
static inline size_t limbs_trim(const uint64_t *p, size_t n)
{
    while (n > 0 && p[n - 1] == 0) {
        n--;
    }
    return n;
}
static inline void big_set_u64(Big *b, uint64_t v)
{
    b->p[0] = v;
    b->n = v != 0;
}
static inline void big_set_u128(Big *b, uint128 v)
{
    b->p[0] = (uint64_t)v;
    b->p[1] = (uint64_t)(v >> 64);
    b->n = b->p[1] ? 2 : b->p[0] != 0;
}
NODISCARD static inline bool big_set(Big *b, const uint64_t *p, size_t n)
{
    if (UNLIKELY(!big_reserve(b, n))) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        b->p[i] = p[i];
    }
    b->n = n;
    return true;
}
static inline uint128 limbs_u128(const uint64_t *p, size_t n) /* n <= 2 */
{
    return n == 0 ? 0 : n == 1 ? p[0] : (uint128)p[1] << 64 | p[0];
}
static inline bool big_is_odd(const Big *b) { return b->n > 0 && (b->p[0] & 1); }

/* (high, low) / d for high < d; *rest what is left. */
static inline uint64_t divide_two_limbs(uint64_t high, uint64_t low, uint64_t d, uint64_t *rest)
{
    assert(high < d);
#ifdef __x86_64__
    uint64_t q;
    __asm__("divq %4" : "=a"(q), "=d"(*rest) : "0"(low), "1"(high), "r"(d) : "cc");
    return q;
#else
    uint128 v = (uint128)high << 64 | low;
    *rest = (uint64_t)(v % d);
    return (uint64_t)(v / d);
#endif
}

extern uint64_t pow10_u64[20];      /* 10^0 .. 10^19 */
extern uint128 pow10_u128[39];      /* 10^0 .. 10^38 */
void big_tables_init(void);         /* before anything else here; once is enough */
/* 10^k for k <= POW10_TABLE; *n its limbs. */
const uint64_t *pow10_limbs(size_t k, size_t *n);

/* Decimal digits; 1 for zero. */
int64_t limbs_digits_slow(const uint64_t *p, size_t n);
static inline int64_t limbs_digits(const uint64_t *p, size_t n)
{
    if (LIKELY(n <= 1)) {
        uint64_t v = n ? p[0] | 1 : 1;
        int guess = (64 - __builtin_clzll(v)) * 1233 >> 12; /* log10(2); right or one too low */
        return guess + (v >= pow10_u64[guess]);
    }
    if (LIKELY(n == 2)) {
        int guess = (128 - __builtin_clzll(p[1])) * 1233 >> 12;
        return guess + (limbs_u128(p, n) >= pow10_u128[guess]);
    }
    return limbs_digits_slow(p, n);
}
static inline int64_t big_digits(const Big *b) { return limbs_digits(b->p, b->n); }

int limbs_compare(const uint64_t *a, size_t an, const uint64_t *b, size_t bn); /* -1, 0, 1 */
NODISCARD bool big_pow10(Big *r, int64_t k);
NODISCARD bool big_add(Big *a, const uint64_t *b, size_t bn);     /* a += b */
NODISCARD bool big_add_u64(Big *a, uint64_t v);
/* a = |a - b|; true in *flipped: b was the larger. */
NODISCARD bool big_sub_abs(Big *a, const uint64_t *b, size_t bn, bool *flipped);
void big_sub_u64(Big *a, uint64_t v);                             /* a >= v */
/* r: none of the operands. */
NODISCARD bool big_mul(Big *r, const uint64_t *a, size_t an, const uint64_t *b, size_t bn);
NODISCARD bool big_mul_u64(Big *a, uint64_t v);
NODISCARD bool big_shift_left(Big *a, size_t bits);
NODISCARD bool big_mul_pow10(Big *a, int64_t k);
/* r = p * 10^k; r is another Big than p's. */
NODISCARD bool big_scale(Big *r, const uint64_t *p, size_t n, int64_t k);
/* a = floor(a / 10^k), *cut what is left. */
NODISCARD bool big_div_pow10(Big *a, int64_t k, Cut *cut);
/* q = floor(a / b), a = the rest; b != 0, q another Big. */
NODISCARD bool big_divide(Big *q, Big *a, const uint64_t *b, size_t bn);
/* a = floor(sqrt(a)); *exact: nothing left. */
NODISCARD bool big_sqrt(Big *a, bool *exact);
/* r = a^e; the caller has checked that the result fits. */
NODISCARD bool big_pow(Big *r, const Big *a, uint64_t e);
/* Divides a (not zero) by 10 while that leaves no rest, at most `most` times; how often. */
int64_t big_strip_zeros(Big *a, int64_t most);
/* a mod 10^k for k <= 19. */
uint64_t limbs_last_digits(const uint64_t *p, size_t n, int k);
/* Exactly `digits` digits of a into text, with leading zeros; digits >= those of a. */
NODISCARD bool limbs_to_text(const uint64_t *p, size_t n, char *text, int64_t digits);
/* The value of n digits '0'..'9'. */
NODISCARD bool big_from_text(Big *r, const char *text, size_t n);
NODISCARD bool big_from_mpz(Big *r, mpz_srcptr z);

#endif
