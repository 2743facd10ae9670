/* Integer functions of math; the big cases through GMP. */
#include <math.h>
#include <pthread.h>

#include "core/object/int_internal.h"
#include "modules/math/math_internal.h"

/* r = n! */
static void factorial(void *arg)
{
    IntWork *w = arg;
    mpz_init(w->r);
    mpz_fac_ui(w->r, w->n);
}

static Value factorial_of(Thread *t, uint64_t n)
{
    if (n <= 20) { /* fits 64 bits */
        uint64_t r = 1;
        for (uint64_t i = 2; i <= n; i++) {
            r *= i;
        }
        return int_from_uint64(t, r);
    }
    if (n > 200000000) {
        return raise_memory(t);
    }
    IntWork w = {.n = n};
    return int_run(t, factorial, &w, n > INT_SURE_LIMBS);
}

Value math_factorial(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = number_index(t, args[0]);
    int64_t i;
    if (!v) {
        return 0;
    }
    if (int_sign(v) < 0) {
        return value_error(t, "factorial() not defined for negative values");
    }
    if (!int_try_int64(v, &i)) {
        return overflow_error(t, "factorial() argument should not exceed %lld",
                              (long long)INT64_MAX);
    }
    return factorial_of(t, (uint64_t)i);
}

/* Both operands as ints that are not negative. */
static bool take_n_k(Thread *t, Value *args, Value *n, Value *k)
{
    *n = number_index(t, args[0]);
    *k = *n ? number_index(t, args[1]) : 0;
    if (!*k) {
        return false;
    }
    if (int_sign(*n) < 0) {
        value_error(t, "n must be a non-negative integer");
        return false;
    }
    if (int_sign(*k) < 0) {
        value_error(t, "k must be a non-negative integer");
        return false;
    }
    return true;
}

#define TRIANGLE_ROWS 68 /* all of these fit 64 bits */
static uint64_t triangle[TRIANGLE_ROWS][TRIANGLE_ROWS / 2]; /* Pascal's: comb(n, k), k <= n / 2 */
static pthread_once_t triangle_once = PTHREAD_ONCE_INIT;

static uint64_t in_triangle(uint64_t n, uint64_t k) { return triangle[n][k > n / 2 ? n - k : k]; }

static void triangle_fill(void)
{
    for (uint64_t n = 0; n < TRIANGLE_ROWS; n++) {
        triangle[n][0] = 1;
        for (uint64_t k = 1; k <= n / 2; k++) {
            triangle[n][k] = in_triangle(n - 1, k - 1) + in_triangle(n - 1, k);
        }
    }
}

/* comb(n, k) with k <= n / 2; false: too large for this. */
static bool comb_small(uint64_t n, uint64_t k, uint64_t *r)
{
    if (n < TRIANGLE_ROWS) {
        pthread_once(&triangle_once, triangle_fill);
        *r = triangle[n][k];
        return true;
    }
    *r = 1;
    for (uint64_t i = 0; i < k; i++) {
        if (__builtin_mul_overflow(*r, n - i, r)) {
            return false;
        }
        *r /= i + 1;
    }
    return true;
}

/* r = comb(a, n) */
static void binomial(void *arg)
{
    IntWork *w = arg;
    mpz_t a;
    mpz_init(w->r);
    mpz_bin_ui(w->r, int_as_mpz(w->a, a), w->n);
}

Value math_comb(Thread *t, Value *args, size_t argc UNUSED, Value kw UNUSED)
{
    Value n, k;
    if (!take_n_k(t, args, &n, &k)) {
        return 0;
    }
    if (int_compare(k, n) > 0) {
        return fixnum(0);
    }
    Value rest = int_sub(t, n, k);
    if (!rest) {
        return 0;
    }
    Value small = int_compare(rest, k) < 0 ? rest : k;
    int64_t i;
    if (!int_try_int64(small, &i)) {
        return overflow_error(t, "min(n - k, k) must not exceed %lld", (long long)INT64_MAX);
    }
    if (i == 0) {
        return fixnum(1);
    }
    int64_t all;
    uint64_t r;
    if (int_try_int64(n, &all) && comb_small((uint64_t)all, (uint64_t)i, &r)) {
        return int_from_uint64(t, r);
    }
    IntView w;
    int_view(n, &w);
    IntWork work = {.a = &w, .n = (uint64_t)i};
    return int_run(t, binomial, &work, w.n > INT_SURE_LIMBS / work.n);
}

/* r = (n - lo) * ... * (n - hi + 1), by halves */
static void falling(mpz_t r, mpz_srcptr n, uint64_t lo, uint64_t hi)
{
    if (hi - lo <= 32 && mpz_fits_ulong_p(n)) {
        uint64_t top = mpz_get_ui(n), part = top - lo, more;
        mpz_set_ui(r, 1);
        for (uint64_t i = lo + 1; i < hi; i++) {
            if (__builtin_mul_overflow(part, top - i, &more)) {
                mpz_mul_ui(r, r, part);
                more = top - i;
            }
            part = more;
        }
        mpz_mul_ui(r, r, part);
        return;
    }
    if (hi - lo <= 8) {
        mpz_t f;
        mpz_init(f);
        mpz_sub_ui(r, n, lo);
        for (uint64_t i = lo + 1; i < hi; i++) {
            mpz_sub_ui(f, n, i);
            mpz_mul(r, r, f);
        }
        mpz_clear(f);
        return;
    }
    uint64_t mid = lo + (hi - lo) / 2;
    mpz_t right;
    mpz_init(right);
    falling(r, n, lo, mid);
    falling(right, n, mid, hi);
    mpz_mul(r, r, right);
    mpz_clear(right);
}

/* r = perm(a, n) */
static void permutations(void *arg)
{
    IntWork *w = arg;
    mpz_t a;
    mpz_init(w->r);
    falling(w->r, int_as_mpz(w->a, a), 0, w->n);
}

Value math_perm(Thread *t, Value *args, size_t argc, Value kw)
{
    if (!args[1] || is_none(args[1])) {
        return math_factorial(t, args, argc, kw);
    }
    Value n, k;
    int64_t i;
    if (!take_n_k(t, args, &n, &k)) {
        return 0;
    }
    if (int_compare(k, n) > 0) {
        return fixnum(0);
    }
    if (!int_try_int64(k, &i)) {
        return overflow_error(t, "k must not exceed %lld", (long long)INT64_MAX);
    }
    if (i == 0) {
        return fixnum(1);
    }
    if (i > 200000000) {
        return raise_memory(t);
    }
    int64_t all;
    uint64_t r = 1;
    if (int_try_int64(n, &all)) {
        int64_t left = i;
        while (left > 0 && !__builtin_mul_overflow(r, (uint64_t)(all - i + left), &r)) {
            left--;
        }
        if (left == 0) {
            return int_from_uint64(t, r);
        }
    }
    IntView w;
    int_view(n, &w);
    IntWork work = {.a = &w, .n = (uint64_t)i};
    return int_run(t, permutations, &work, w.n > INT_SURE_LIMBS / work.n);
}

/* r = isqrt(a) */
static void square_root(void *arg)
{
    IntWork *w = arg;
    mpz_t a;
    mpz_init(w->r);
    mpz_sqrt(w->r, int_as_mpz(w->a, a));
}

Value math_isqrt(Thread *t, Value *args, size_t argc UNUSED, Value kw UNUSED)
{
    Value v = number_index(t, args[0]);
    if (!v) {
        return 0;
    }
    if (int_sign(v) < 0) {
        return value_error(t, "isqrt() argument must be nonnegative");
    }
    int64_t i;
    if (int_try_int64(v, &i)) {
        uint64_t r = (uint64_t)sqrt((double)i); /* off by one at most */
        r -= r * r > (uint64_t)i;
        r += (r + 1) * (r + 1) <= (uint64_t)i;
        return int_from_uint64(t, r);
    }
    IntView w;
    int_view(v, &w);
    IntWork work = {.a = &w};
    return int_run(t, square_root, &work, w.n > INT_SURE_LIMBS);
}

Value math_gcd(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    Value g = fixnum(0);
    for (size_t i = 0; i < n; i++) {
        Value v = value_is_fixnum(args[i]) ? args[i] : number_index(t, args[i]);
        g = !v ? 0 : i == 0 ? int_abs(t, v) : int_gcd(t, g, v);
        if (!g) {
            return 0;
        }
    }
    return g;
}

Value math_lcm(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    Value r = fixnum(1);
    for (size_t i = 0; i < n; i++) {
        Value v = value_is_fixnum(args[i]) ? args[i] : number_index(t, args[i]);
        if (!v) {
            return 0;
        }
        if (i == 0) {
            r = int_abs(t, v);
            continue;
        }
        if (int_sign(r) == 0 || int_sign(v) == 0) {
            r = fixnum(0);
            continue;
        }
        Value g = int_gcd(t, r, v), q = g ? int_floordiv(t, r, g) : 0;
        r = q ? int_mul(t, q, v) : 0;
        r = r && int_sign(r) < 0 ? int_abs(t, r) : r;
        if (!r) {
            return 0;
        }
    }
    return r;
}
