/* Arithmetic of int: + - * / // % divmod pow gcd.  Fixnums first, then limbs through GMP's mpn
 * functions (pow and gcd of big numbers through mpz on read-only views), under gmp_run what may
 * take memory or time. */
#include <math.h>

#include "core/object/float_internal.h"
#include "core/object/int_internal.h"
#include "core/object/tuple.h"

static bool small_pair(Value a, Value b, int64_t *x, int64_t *y)
{
    return int_try_int64(a, x) && int_try_int64(b, y);
}

static Value add_magnitudes(Thread *t, const IntView *a, const IntView *b, bool negative)
{
    if (a->n < b->n) {
        const IntView *swap = a;
        a = b;
        b = swap;
    }
    BigInt *r = big_new(t, a->n + 1);
    if (!r) {
        return 0;
    }
    mp_limb_t *out = (mp_limb_t *)r->limbs;
    if (b->n == 0) {
        mpn_copyi(out, a->p, (mp_size_t)a->n);
        out[a->n] = 0;
    } else {
        out[a->n] = mpn_add(out, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
    }
    return int_finish(r, a->n + 1, negative);
}

static Value sub_magnitudes(Thread *t, const IntView *a, const IntView *b, bool negative)
{
    int c = a->n != b->n ? (a->n > b->n ? 1 : -1) : a->n ? mpn_cmp(a->p, b->p, (mp_size_t)a->n) : 0;
    if (c == 0) {
        return fixnum(0);
    }
    if (c < 0) {
        const IntView *swap = a;
        a = b;
        b = swap;
        negative = !negative;
    }
    BigInt *r = big_new(t, a->n);
    if (!r) {
        return 0;
    }
    mp_limb_t *out = (mp_limb_t *)r->limbs;
    if (b->n == 0) {
        mpn_copyi(out, a->p, (mp_size_t)a->n);
    } else {
        mpn_sub(out, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
    }
    return int_finish(r, a->n, negative);
}

static NOINLINE Value add_slow(Thread *t, Value a, Value b, bool subtract)
{
    IntView x, y;
    __int128 i, j, sum;
    if (int_try_int128(a, &i) && int_try_int128(b, &j) &&
        !(subtract ? __builtin_sub_overflow(i, j, &sum) : __builtin_add_overflow(i, j, &sum))) {
        return int_from_int128(t, sum);
    }
    int_view(a, &x);
    int_view(b, &y);
    bool yneg = y.negative != subtract;
    return x.negative == yneg ? add_magnitudes(t, &x, &y, x.negative)
                              : sub_magnitudes(t, &x, &y, x.negative);
}

Value int_add(Thread *t, Value a, Value b)
{
    if (LIKELY(value_is_fixnum(a) && value_is_fixnum(b))) {
        return int_from_int64(t, fixnum_get(a) + fixnum_get(b));
    }
    return add_slow(t, a, b, false);
}

Value int_sub(Thread *t, Value a, Value b)
{
    if (LIKELY(value_is_fixnum(a) && value_is_fixnum(b))) {
        return int_from_int64(t, fixnum_get(a) - fixnum_get(b));
    }
    return add_slow(t, a, b, true);
}

/* out = a * b, a is not shorter */
static void multiply(void *arg)
{
    IntWork *w = arg;
    const IntView *a = w->a, *b = w->b;
    if (b->n == 1) {
        w->out[a->n] = mpn_mul_1(w->out, a->p, (mp_size_t)a->n, b->p[0]);
    } else if (a->p == b->p && a->n == b->n) {
        mpn_sqr(w->out, a->p, (mp_size_t)a->n);
    } else {
        mpn_mul(w->out, a->p, (mp_size_t)a->n, b->p, (mp_size_t)b->n);
    }
}

static NOINLINE Value mul_slow(Thread *t, Value a, Value b)
{
    IntView x, y;
    int64_t i, j, product;
    if (int_try_int64(a, &i) && int_try_int64(b, &j) && !__builtin_mul_overflow(i, j, &product)) {
        return int_from_int64(t, product);
    }
    int_view(a, &x);
    int_view(b, &y);
    if (x.n == 0 || y.n == 0) {
        return fixnum(0);
    }
    bool in_order = x.n >= y.n;
    IntWork w = {.a = in_order ? &x : &y, .b = in_order ? &y : &x};
    size_t n = x.n + y.n;
    BigInt *r = big_new(t, n);
    if (!r) {
        return 0;
    }
    w.out = (mp_limb_t *)r->limbs;
    if (w.b->n <= INT_SURE_LIMBS) {
        multiply(&w);
    } else if (!gmp_run(t, multiply, &w, w.b->n > INT_PARK_LIMBS)) {
        return 0;
    }
    return int_finish(r, n, x.negative != y.negative);
}

Value int_mul(Thread *t, Value a, Value b)
{
    if (LIKELY(value_is_fixnum(a) && value_is_fixnum(b))) {
        int64_t r;
        if (LIKELY(!__builtin_mul_overflow(fixnum_get(a), fixnum_get(b), &r))) {
            return int_from_int64(t, r);
        }
        return int_from_int128(t, (__int128)fixnum_get(a) * fixnum_get(b));
    }
    return mul_slow(t, a, b);
}

/* out, rest = divmod(a, b) of magnitudes; a is not shorter */
static void divide(void *arg)
{
    IntWork *w = arg;
    mpn_tdiv_qr(w->out, w->rest, 0, w->a->p, (mp_size_t)w->a->n, w->b->p, (mp_size_t)w->b->n);
}

/* Truncating division of magnitudes; q or r may be NULL.  y is not zero. */
static bool divide_views(Thread *t, const IntView *x, const IntView *y, Value *q, Value *r)
{
    if (x->n < y->n) {
        *q = fixnum(0);
        BigInt *rem = big_new(t, x->n);
        if (!rem) {
            return false;
        }
        if (x->n) {
            mpn_copyi((mp_limb_t *)rem->limbs, x->p, (mp_size_t)x->n);
        }
        *r = int_finish(rem, x->n, x->negative);
        return true;
    }
    size_t qn = x->n - y->n + 1;
    BigInt *quot = big_new(t, qn), *rem = quot ? big_new(t, y->n) : NULL;
    if (!rem) {
        return false;
    }
    IntWork w = {.a = x, .b = y, .out = (mp_limb_t *)quot->limbs, .rest = (mp_limb_t *)rem->limbs};
    if (x->n <= INT_SURE_LIMBS) {
        divide(&w);
    } else if (!gmp_run(t, divide, &w, y->n > INT_PARK_LIMBS)) {
        return false;
    }
    *q = int_finish(quot, qn, x->negative != y->negative);
    *r = int_finish(rem, y->n, x->negative);
    return true;
}

static inline __int128 floor_int128(__int128 a, __int128 b, __int128 *rest)
{
    __int128 d = a / b, m = a - d * b;
    if (m != 0 && (m < 0) != (b < 0)) {
        m += b;
        d--;
    }
    *rest = m;
    return d;
}

/* Floor division; the divisor is not zero. */
static bool floor_divide(Thread *t, Value a, Value b, Value *q, Value *r)
{
    int64_t x, y;
    if (LIKELY(small_pair(a, b, &x, &y)) && !(x == INT64_MIN && y == -1)) {
        int64_t d = x / y, m = x - d * y;
        if (m != 0 && (m < 0) != (y < 0)) {
            m += y;
            d--;
        }
        *q = int_from_int64(t, d);
        *r = int_from_int64(t, m);
        return *q && *r;
    }
    __int128 i, j;
    if (int_try_int128(a, &i) && int_try_int128(b, &j)) {
        __int128 m, d = floor_int128(i, j, &m);
        *q = int_from_int128(t, d);
        *r = int_from_int128(t, m);
        return *q && *r;
    }
    IntView v, w;
    int_view(a, &v);
    int_view(b, &w);
    if (v.n < w.n || (v.n == w.n && mpn_cmp(v.p, w.p, (mp_size_t)v.n) < 0)) {
        *q = fixnum(0); /* nothing to divide */
        *r = int_to_exact(t, a);
    } else if (!divide_views(t, &v, &w, q, r)) {
        return false;
    }
    if (*r && *r != fixnum(0) && v.negative != w.negative) {
        *q = int_sub(t, *q, fixnum(1));
        *r = *q ? int_add(t, *r, b) : 0;
    }
    return *q && *r;
}

bool int_divmod(Thread *t, Value a, Value b, Value *q, Value *r)
{
    if (int_sign(b) == 0) {
        raise(t, &exc_ZeroDivisionError, "integer division or modulo by zero");
        return false;
    }
    return floor_divide(t, a, b, q, r);
}

Value int_floordiv(Thread *t, Value a, Value b)
{
    Value q, r;
    __int128 i, j, rest;
    if (!(value_is_fixnum(a) && value_is_fixnum(b)) && int_try_int128(a, &i) &&
        int_try_int128(b, &j) && j != 0) {
        return int_from_int128(t, floor_int128(i, j, &rest)); /* no remainder is made */
    }
    return int_divmod(t, a, b, &q, &r) ? q : 0;
}

Value int_mod(Thread *t, Value a, Value b)
{
    if (LIKELY(value_is_fixnum(a) && value_is_fixnum(b) && b != fixnum(0))) {
        int64_t y = fixnum_get(b), m = fixnum_get(a) % y;
        return fixnum(m != 0 && (m < 0) != (y < 0) ? m + y : m);
    }
    if (int_sign(b) == 0) {
        return raise(t, &exc_ZeroDivisionError, "integer modulo by zero");
    }
    __int128 i, j;
    if (int_try_int128(a, &i) && int_try_int128(b, &j)) {
        floor_int128(i, j, &i);
        return int_from_int128(t, i);
    }
    IntView v, w;
    int_view(a, &v);
    int_view(b, &w);
    if (v.n > 1 && w.n == 1) {
        mp_limb_t m = mpn_mod_1(v.p, (mp_size_t)v.n, w.p[0]);
        m = m != 0 && v.negative != w.negative ? w.p[0] - m : m;
        return w.negative ? int_neg(t, int_from_uint64(t, m)) : int_from_uint64(t, m);
    }
    Value q, r;
    return floor_divide(t, a, b, &q, &r) ? r : 0;
}

Value int_neg(Thread *t, Value a)
{
    if (LIKELY(value_is_fixnum(a))) {
        return int_from_int64(t, -fixnum_get(a));
    }
    __int128 i;
    if (int_try_int128(a, &i)) {
        return int_from_int128(t, -i);
    }
    IntView w;
    int_view(a, &w);
    BigInt *r = big_new(t, w.n);
    if (!r) {
        return 0;
    }
    if (w.n) {
        mpn_copyi((mp_limb_t *)r->limbs, w.p, (mp_size_t)w.n);
    }
    return int_finish(r, w.n, !w.negative);
}

Value int_abs(Thread *t, Value a)
{
    return int_sign(a) < 0 ? int_neg(t, a) : int_to_exact(t, a);
}

/* Correctly rounded a / b for big operands: a quotient of at least 66 bits and a sticky bit. */
static double divide_scaled(Thread *t, Value a, Value b, bool *failed)
{
    int64_t shift = (int64_t)int_bit_length(b) - (int64_t)int_bit_length(a) + 66;
    if (shift < -1100) {                         /* quotient beyond 2^1100 */
        return INFINITY;
    }
    Value num = int_abs(t, a), den = int_abs(t, b);
    if (num && den) {
        if (shift > 0) {
            num = int_lshift(t, num, (size_t)shift);
        } else {
            den = int_lshift(t, den, (size_t)-shift);
        }
    }
    Value q, r;
    *failed = !num || !den || !floor_divide(t, num, den, &q, &r);
    if (*failed) {
        return 0.0;
    }
    IntView w;
    int_view(q, &w);
    unsigned __int128 m = w.n == 0 ? 0 : w.p[0] | (w.n > 1 ? (unsigned __int128)w.p[1] << 64 : 0);
    return double_from_scaled(m, r != fixnum(0), -shift);
}

Value int_true_divide(Thread *t, Value a, Value b)
{
    int64_t x, y;
    const int64_t exact = (int64_t)1 << 53;
    if (LIKELY(small_pair(a, b, &x, &y) && x >= -exact && x <= exact && y >= -exact && y <= exact &&
               y)) {
        return float_new(t, (double)x / (double)y);
    }
    int sa = int_sign(a), sb = int_sign(b);
    if (sb == 0) {
        return raise(t, &exc_ZeroDivisionError, "division by zero");
    }
    if (sa == 0) {
        return float_new(t, sb < 0 ? -0.0 : 0.0);
    }
    bool failed = false;
    double d = divide_scaled(t, a, b, &failed);
    if (failed) {
        return 0;
    }
    if (isinf(d)) {
        return overflow_error(t, "integer division result too large for a float");
    }
    return float_new(t, sa != sb ? -d : d);
}

static void common_divisor(void *arg)
{
    IntWork *w = arg;
    mpz_t a, b;
    mpz_init(w->r);
    mpz_gcd(w->r, int_as_mpz(w->a, a), int_as_mpz(w->b, b));
}

/* Stein's algorithm: no divisions. */
static uint64_t gcd_of_words(uint64_t u, uint64_t v)
{
    if (u == 0 || v == 0) {
        return u | v;
    }
    int twos = __builtin_ctzll(u | v);
    u >>= __builtin_ctzll(u);
    do {
        v >>= __builtin_ctzll(v);
        uint64_t less = u < v ? u : v;
        v = u < v ? v - u : u - v;
        u = less;
    } while (v != 0);
    return u << twos;
}

Value int_gcd(Thread *t, Value a, Value b)
{
    int64_t x, y;
    if (small_pair(a, b, &x, &y)) {
        uint64_t u = x < 0 ? -(uint64_t)x : (uint64_t)x, v = y < 0 ? -(uint64_t)y : (uint64_t)y;
        return int_from_uint64(t, gcd_of_words(u, v));
    }
    IntView v, w;
    int_view(a, &v);
    int_view(b, &w);
    if ((v.n == 1 && w.n > 0) || (w.n == 1 && v.n > 0)) {
        const IntView *one = v.n == 1 ? &v : &w, *other = v.n == 1 ? &w : &v;
        return int_from_uint64(t, mpn_gcd_1(other->p, other->n, one->p[0]));
    }
    IntWork work = {.a = &v, .b = &w};
    return int_run(t, common_divisor, &work, v.n + w.n > INT_SURE_LIMBS);
}

/* r = a ** n */
static void raise_to_power(void *arg)
{
    IntWork *w = arg;
    mpz_t a;
    mpz_init(w->r);
    mpz_pow_ui(w->r, int_as_mpz(w->a, a), w->n);
}

static Value pow_big(Thread *t, Value base, uint64_t e)
{
    IntView w;
    int_view(base, &w);
    size_t bits = int_bit_length(base);
    if (w.n == 1 && w.p[0] == 1) {
        return fixnum(w.negative && (e & 1) ? -1 : 1);
    }
    if ((unsigned __int128)bits * e / 64 >= INT_MAX_LIMBS) {
        return raise_memory(t);
    }
    if (w.n == 1 && (w.p[0] & (w.p[0] - 1)) == 0) {              /* a power of two */
        Value r = int_lshift(t, fixnum(1), (bits - 1) * e);
        return r && w.negative && (e & 1) ? int_neg(t, r) : r;
    }
    IntWork work = {.a = &w, .n = e};
    return int_run(t, raise_to_power, &work, (unsigned __int128)bits * e / 64 > INT_SURE_LIMBS);
}

static Value pow_plain(Thread *t, Value a, Value b)
{
    int64_t x, e;
    if (int_sign(b) < 0) {
        double base = int_to_double(t, a);
        if (base == -1.0 && error_pending(t)) {
            return 0;
        }
        double ex = int_to_double(t, b);
        if (ex == -1.0 && error_pending(t)) {
            return 0;
        }
        return float_power(t, base, ex);
    }
    if (!int_try_int64(b, &e)) {
        if (int_try_int64(a, &x) && x >= -1 && x <= 1) {
            return fixnum(x == -1 && !(((BigInt *)value_object(b))->limbs[0] & 1) ? 1 : x);
        }
        return raise_memory(t);
    }
    if (int_try_int64(a, &x)) {
        int64_t r = 1, s = x;
        uint64_t k = (uint64_t)e;
        bool fits = true;
        while (fits) {
            fits = !(k & 1) || !__builtin_mul_overflow(r, s, &r);
            k >>= 1;
            if (!k || !fits) {
                break;
            }
            fits = !__builtin_mul_overflow(s, s, &s);
        }
        if (fits) {
            return int_from_int64(t, r);
        }
    }
    return e == 0 ? fixnum(1) : pow_big(t, a, (uint64_t)e);
}

static Value pow_small_mod(Thread *t, int64_t a, uint64_t e, int64_t m)
{
    uint64_t mod = m < 0 ? -(uint64_t)m : (uint64_t)m;
    int64_t rem = mod > INT64_MAX ? a : a % (int64_t)mod;
    uint64_t s = rem < 0 ? (uint64_t)rem + mod : (uint64_t)rem;
    uint64_t r = 1 % mod;
    for (; e; e >>= 1) {
        if (e & 1) {
            r = (uint64_t)((unsigned __int128)r * s % mod);
        }
        s = (uint64_t)((unsigned __int128)s * s % mod);
    }
    return m < 0 && r ? int_sub(t, int_from_uint64(t, r), int_from_uint64(t, mod))
                      : int_from_uint64(t, r);
}

/* r = pow(a, b, c); fails when there is no inverse. */
static void raise_modulo(void *arg)
{
    IntWork *w = arg;
    mpz_t a, b, c, inverse;
    mpz_srcptr base = int_as_mpz(w->a, a), exponent = int_as_mpz(w->b, b), m = int_as_mpz(w->c, c);
    mpz_init(w->r);
    if (w->b->negative) {
        mpz_init(inverse);
        w->failed = mpz_invert(inverse, base, m) == 0;
        if (!w->failed) {
            mpz_powm(w->r, inverse, mpz_roinit_n(b, w->b->p, (mp_size_t)w->b->n), m);
        }
        mpz_clear(inverse);
    } else {
        mpz_powm(w->r, base, exponent, m);
    }
    if (w->c->negative && mpz_sgn(w->r) > 0) {   /* the result takes the sign of the modulus */
        mpz_add(w->r, w->r, m);
    }
}

static Value pow_mod(Thread *t, Value a, Value b, Value m)
{
    int64_t x, e, n;
    if (int_sign(m) == 0) {
        return value_error(t, "pow() 3rd argument cannot be 0");
    }
    if (int_try_int64(a, &x) && int_try_int64(b, &e) && e >= 0 && int_try_int64(m, &n)) {
        return pow_small_mod(t, x, (uint64_t)e, n);
    }
    IntView va, vb, vm;
    int_view(a, &va);
    int_view(b, &vb);
    int_view(m, &vm);
    if (vb.negative && vm.n == 1 && vm.p[0] == 1) {
        return fixnum(0);
    }
    IntWork w = {.a = &va, .b = &vb, .c = &vm};
    Value r = int_run(t, raise_modulo, &w, va.n + vb.n + vm.n > 8);
    return w.failed ? value_error(t, "base is not invertible for the given modulus") : r;
}

Value int_pow(Thread *t, Value a, Value b, Value mod)
{
    return mod ? pow_mod(t, a, b, mod) : pow_plain(t, a, b);
}

#define INT_SLOT(name)                                       \
    Value int_##name##_slot(Thread *t, Value a, Value b)     \
    {                                                        \
        if (!value_is_int(a) || !value_is_int(b)) {          \
            return NOT_IMPLEMENTED;                          \
        }                                                    \
        return int_##name(t, a, b);                          \
    }
INT_SLOT(add)
INT_SLOT(sub)
INT_SLOT(mul)
INT_SLOT(floordiv)
INT_SLOT(mod)
#undef INT_SLOT

Value int_truediv_slot(Thread *t, Value a, Value b)
{
    return value_is_int(a) && value_is_int(b) ? int_true_divide(t, a, b) : NOT_IMPLEMENTED;
}

Value int_divmod_slot(Thread *t, Value a, Value b)
{
    if (!value_is_int(a) || !value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    Value q, r;
    return int_divmod(t, a, b, &q, &r) ? tuple_pack(t, 2, q, r) : 0;
}

Value int_pow_slot(Thread *t, Value a, Value b, Value m)
{
    if (!value_is_int(a) || !value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    if (m == 0 || is_none(m)) {
        return int_pow(t, a, b, 0);
    }
    return value_is_int(m) ? int_pow(t, a, b, m) : NOT_IMPLEMENTED;
}
