/* Big: natural numbers over mpn.  Sums, products, quotients, powers of ten and digits as text. */
#include <math.h>
#include <pthread.h>

#include "modules/_decimal/big.h"

uint64_t pow10_u64[20];
uint128 pow10_u128[39];
enum { POW10_LIMBS = 8 };
static struct {
    uint64_t p[POW10_LIMBS];
    size_t n;
} pow10_table[POW10_TABLE + 1];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void fill_tables(void)
{
    pow10_table[0].p[0] = pow10_table[0].n = 1;
    pow10_u64[0] = 1;
    pow10_u128[0] = 1;
    for (size_t k = 1; k <= POW10_TABLE; k++) {
        pow10_table[k] = pow10_table[k - 1];
        uint64_t *p = pow10_table[k].p;
        uint64_t carry = mpn_mul_1(p, p, (mp_size_t)pow10_table[k].n, 10);
        if (carry) {
            assert(pow10_table[k].n < POW10_LIMBS);
            p[pow10_table[k].n++] = carry;
        }
        if (k < ARRAY_SIZE(pow10_u64)) {
            pow10_u64[k] = p[0];
        }
        if (k < ARRAY_SIZE(pow10_u128)) {
            pow10_u128[k] = limbs_u128(p, pow10_table[k].n);
        }
    }
}

void big_tables_init(void) { pthread_once(&tables_once, fill_tables); }

const uint64_t *pow10_limbs(size_t k, size_t *n)
{
    assert(k <= POW10_TABLE);
    *n = pow10_table[k].n;
    return pow10_table[k].p;
}

bool big_reserve_slow(Big *b, size_t n)
{
    if (n > BIG_MAX_LIMBS) {
        return false;
    }
    uint64_t *p = mem_alloc(n * sizeof *p);
    if (!p) {
        return false;
    }
    memcpy(p, b->p, b->n * sizeof *p);
    big_clear(b);
    b->p = p;
    b->cap = n;
    return true;
}

int limbs_compare(const uint64_t *a, size_t an, const uint64_t *b, size_t bn)
{
    if (an != bn) {
        return an < bn ? -1 : 1;
    }
    return an == 0 ? 0 : mpn_cmp(a, b, (mp_size_t)an);
}

bool big_from_mpz(Big *r, mpz_srcptr z) { return big_set(r, mpz_limbs_read(z), mpz_size(z)); }

bool big_pow10(Big *r, int64_t k)
{
    assert(k >= 0);
    if (k <= POW10_TABLE) {
        size_t n;
        const uint64_t *p = pow10_limbs((size_t)k, &n);
        return big_set(r, p, n);
    }
    if (k > BIG_MAX_DIGITS) {
        return false;
    }
    mpz_t z;
    mpz_init(z);
    mpz_ui_pow_ui(z, 5, (unsigned long)k);
    bool ok = big_from_mpz(r, z) && big_shift_left(r, (size_t)k);
    mpz_clear(z);
    return ok;
}

/* More than two limbs: the bits tell the digits but for one, which a comparison decides. */
int64_t limbs_digits_slow(const uint64_t *p, size_t n)
{
    static const double log10_2 = 0.30102999566398119521;
    int64_t bits = (int64_t)n * 64 - __builtin_clzll(p[n - 1]);
    int64_t low = (int64_t)((double)(bits - 1) * log10_2) + 1;
    int64_t high = (int64_t)((double)bits * log10_2) + 1;
    if (low == high) {
        return low;
    }
    if (low <= POW10_TABLE) {
        size_t m;
        const uint64_t *power = pow10_limbs((size_t)low, &m);
        return limbs_compare(p, n, power, m) >= 0 ? low + 1 : low;
    }
    double top = ldexp((double)p[n - 1], 64) + (double)p[n - 2];
    double logarithm = log10(top) + (double)(n - 2) * 64 * log10_2;
    if (fabs(logarithm - nearbyint(logarithm)) > 1e-14 * logarithm + 1e-12) {
        return (int64_t)logarithm + 1;
    }
    int64_t k = (int64_t)nearbyint(logarithm);
    Big power;
    big_init(&power);
    /* without memory for the power nothing else will work: any answer will do */
    int64_t digits =
        !big_pow10(&power, k) || limbs_compare(p, n, power.p, power.n) >= 0 ? k + 1 : k;
    big_clear(&power);
    return digits;
}

bool big_add(Big *a, const uint64_t *b, size_t bn)
{
    size_t most = (a->n > bn ? a->n : bn) + 1;
    if (!big_reserve(a, most)) {
        return false;
    }
    uint64_t carry;
    if (a->n >= bn) {
        carry = bn ? mpn_add(a->p, a->p, (mp_size_t)a->n, b, (mp_size_t)bn) : 0;
    } else {
        carry = a->n ? mpn_add(a->p, b, (mp_size_t)bn, a->p, (mp_size_t)a->n) : 0;
        if (a->n == 0) {
            memcpy(a->p, b, bn * sizeof *b);
        }
        a->n = bn;
    }
    if (carry) {
        a->p[a->n++] = carry;
    }
    return true;
}

bool big_add_u64(Big *a, uint64_t v) { return big_add(a, &v, v != 0); }

bool big_sub_abs(Big *a, const uint64_t *b, size_t bn, bool *flipped)
{
    int order = limbs_compare(a->p, a->n, b, bn);
    *flipped = order < 0;
    if (order >= 0) {
        if (bn) {
            mpn_sub(a->p, a->p, (mp_size_t)a->n, b, (mp_size_t)bn);
        }
    } else {
        if (!big_reserve(a, bn)) {
            return false;
        }
        if (a->n) {
            mpn_sub(a->p, b, (mp_size_t)bn, a->p, (mp_size_t)a->n);
        } else {
            memcpy(a->p, b, bn * sizeof *b);
        }
        a->n = bn;
    }
    a->n = limbs_trim(a->p, a->n);
    return true;
}

void big_sub_u64(Big *a, uint64_t v)
{
    if (a->n) {
        mpn_sub_1(a->p, a->p, (mp_size_t)a->n, v);
        a->n = limbs_trim(a->p, a->n);
    }
}

bool big_mul(Big *r, const uint64_t *a, size_t an, const uint64_t *b, size_t bn)
{
    if (an == 0 || bn == 0) {
        r->n = 0;
        return true;
    }
    r->n = 0;
    if (!big_reserve(r, an + bn)) {
        return false;
    }
    if (an == 1 && bn == 1) {
        big_set_u128(r, (uint128)a[0] * b[0]);
        return true;
    }
    uint64_t top = an >= bn ? mpn_mul(r->p, a, (mp_size_t)an, b, (mp_size_t)bn)
                            : mpn_mul(r->p, b, (mp_size_t)bn, a, (mp_size_t)an);
    r->n = an + bn - (top == 0);
    return true;
}

bool big_mul_u64(Big *a, uint64_t v)
{
    if (!big_reserve(a, a->n + 1)) {
        return false;
    }
    uint64_t carry = a->n ? mpn_mul_1(a->p, a->p, (mp_size_t)a->n, v) : 0;
    if (carry) {
        a->p[a->n++] = carry;
    }
    a->n = limbs_trim(a->p, a->n);
    return true;
}

bool big_shift_left(Big *a, size_t bits)
{
    size_t limbs = bits / 64;
    if (a->n == 0 || bits == 0) {
        return true;
    }
    if (!big_reserve(a, a->n + limbs + 1)) {
        return false;
    }
    memmove(a->p + limbs, a->p, a->n * sizeof *a->p);
    memset(a->p, 0, limbs * sizeof *a->p);
    a->p[a->n + limbs] =
        bits % 64 ? mpn_lshift(a->p + limbs, a->p + limbs, (mp_size_t)a->n, bits % 64) : 0;
    a->n = limbs_trim(a->p, a->n + limbs + 1);
    return true;
}

bool big_mul_pow10(Big *a, int64_t k)
{
    assert(k >= 0);
    if (k == 0 || a->n == 0) {
        return true;
    }
    if (k <= 19) {
        return big_mul_u64(a, pow10_u64[k]);
    }
    Big product;
    big_init(&product);
    bool ok = big_scale(&product, a->p, a->n, k) && big_set(a, product.p, product.n);
    big_clear(&product);
    return ok;
}

bool big_scale(Big *r, const uint64_t *p, size_t n, int64_t k)
{
    if (k <= POW10_TABLE) {
        size_t power_n;
        const uint64_t *power = pow10_limbs((size_t)k, &power_n);
        return big_mul(r, p, n, power, power_n);
    }
    Big power;
    big_init(&power);
    bool ok = n == 0 || big_pow10(&power, k);
    ok = ok && big_mul(r, p, n, power.p, power.n);
    big_clear(&power);
    return ok;
}

static Cut cut_of(const uint64_t *rest, size_t n, const uint64_t *unit, size_t unit_n)
{
    if (n == 0) {
        return CUT_NOTHING;
    }
    /* 2 * rest against unit, without forming it where the tops differ by more than a bit */
    Big twice;
    big_init(&twice);
    Cut cut = CUT_ABOVE_HALF;
    if (big_set(&twice, rest, n) && big_shift_left(&twice, 1)) {
        int order = limbs_compare(twice.p, twice.n, unit, unit_n);
        cut = order < 0 ? CUT_BELOW_HALF : order == 0 ? CUT_HALF : CUT_ABOVE_HALF;
    }
    big_clear(&twice);
    return cut;
}

/* q = floor(p / d) of n limbs, q perhaps p; the rest. */
static uint64_t divide_limbs(uint64_t *q, const uint64_t *p, size_t n, uint64_t d)
{
    enum { SHORT = 6 }; /* beyond, a reciprocal of d pays */
    if (n > SHORT) {
        return mpn_divrem_1(q, 0, p, (mp_size_t)n, d);
    }
    uint64_t rest = 0;
    while (n-- > 0) {
        q[n] = divide_two_limbs(rest, p[n], d, &rest);
    }
    return rest;
}

/* a = floor(a / unit), which is one limb; the rest. */
static uint64_t divide_by_limb(Big *a, uint64_t unit)
{
    uint64_t rest = divide_limbs(a->p, a->p, a->n, unit);
    a->n = limbs_trim(a->p, a->n);
    return rest;
}

bool big_div_pow10(Big *a, int64_t k, Cut *cut)
{
    enum { LIMB_DIGITS = 19 };
    if (k == 0 || a->n == 0) {
        *cut = CUT_NOTHING;
        return true;
    }
    if (k <= 2 * LIMB_DIGITS) {
        bool tail = k > LIMB_DIGITS && divide_by_limb(a, pow10_u64[LIMB_DIGITS]) != 0;
        uint64_t unit = pow10_u64[k > LIMB_DIGITS ? k - LIMB_DIGITS : k];
        uint64_t rest = a->n ? divide_by_limb(a, unit) : 0, half = unit / 2;
        *cut = rest < half    ? (rest || tail ? CUT_BELOW_HALF : CUT_NOTHING)
               : rest == half ? (tail ? CUT_ABOVE_HALF : CUT_HALF)
                              : CUT_ABOVE_HALF;
        return true;
    }
    Big power, q;
    big_init(&power);
    big_init(&q);
    bool ok = big_pow10(&power, k) && big_divide(&q, a, power.p, power.n);
    if (ok) {
        *cut = cut_of(a->p, a->n, power.p, power.n);
        ok = big_set(a, q.p, q.n);
    }
    big_clear(&power);
    big_clear(&q);
    return ok;
}

bool big_divide(Big *q, Big *a, const uint64_t *b, size_t bn)
{
    assert(bn > 0);
    q->n = 0;
    if (a->n < bn) {
        return true;
    }
    size_t qn = a->n - bn + 1;
    if (!big_reserve(q, qn)) {
        return false;
    }
    if (bn == 1) {
        uint64_t rest = divide_limbs(q->p, a->p, a->n, b[0]);
        q->n = limbs_trim(q->p, qn);
        big_set_u64(a, rest);
        return true;
    }
    mpn_tdiv_qr(q->p, a->p, 0, a->p, (mp_size_t)a->n, b, (mp_size_t)bn);
    q->n = limbs_trim(q->p, qn);
    a->n = limbs_trim(a->p, bn);
    return true;
}

bool big_sqrt(Big *a, bool *exact)
{
    if (a->n == 0) {
        *exact = true;
        return true;
    }
    Big root;
    big_init(&root);
    size_t n = (a->n + 1) / 2;
    bool ok = big_reserve(&root, n);
    if (ok) {
        *exact = mpn_sqrtrem(root.p, a->p, a->p, (mp_size_t)a->n) == 0;
        ok = big_set(a, root.p, limbs_trim(root.p, n));
    }
    big_clear(&root);
    return ok;
}

bool big_pow(Big *r, const Big *a, uint64_t e)
{
    mpz_t base, z;
    mpz_roinit_n(base, a->p, (mp_size_t)a->n);
    mpz_init(z);
    mpz_pow_ui(z, base, e);
    bool ok = big_from_mpz(r, z);
    mpz_clear(z);
    return ok;
}

/* Takes at most `most` zeros off a number of one word that is not 0; how many. */
static int64_t word_strip_zeros(uint64_t *word, int64_t most)
{
    uint64_t x = *word;
    int64_t left = most;
    for (; left >= 8 && x % 100000000 == 0; left -= 8) {
        x /= 100000000;
    }
    if (left >= 4 && x % 10000 == 0) {
        x /= 10000;
        left -= 4;
    }
    if (left >= 2 && x % 100 == 0) {
        x /= 100;
        left -= 2;
    }
    if (left >= 1 && x % 10 == 0) {
        x /= 10;
        left--;
    }
    *word = x;
    return most - left;
}

int64_t big_strip_zeros(Big *a, int64_t most)
{
    int64_t stripped = 0;
    /* ten divides at most as often as two does */
    if (a->n > 1 || most <= 0) {
        int64_t twos = a->n ? (int64_t)mpn_scan1(a->p, 0) : 0;
        most = most < twos ? most : twos;
    }
    while (a->n > 1 && stripped < most) {
        int64_t left = most - stripped, step = left >= 16 ? 16 : left >= 4 ? 4 : 1;
        while (step > 0 && limbs_last_digits(a->p, a->n, (int)step) != 0) {
            step /= 4;
        }
        if (step == 0) {
            return stripped;
        }
        divide_by_limb(a, pow10_u64[step]);
        stripped += step;
    }
    if (stripped < most && a->p[0] % 10 == 0) {
        stripped += word_strip_zeros(&a->p[0], most - stripped);
    }
    return stripped;
}

uint64_t limbs_last_digits(const uint64_t *p, size_t n, int k)
{
    uint64_t d = pow10_u64[k], rest = 0;
    if (n > 2) {
        return mpn_mod_1(p, (mp_size_t)n, d);
    }
    while (n-- > 0) {
        divide_two_limbs(rest, p[n], d, &rest);
    }
    return rest;
}
