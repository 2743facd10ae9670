/* int: forms, conversions from and to C numbers, comparison, hash, the type object.
 *
 *   fixnum            63 bits in the word
 *   BigInt            sign in size, magnitude in |size| limbs without leading zeros; an exact int
 *                     never has a BigInt whose value fits a fixnum; subclasses always are BigInts
 *   True, False       plain objects without limbs
 * Arithmetic: int_arith.c (+, -, *, /, pow), int_bits.c (shifts, bitwise); text: int_text.c;
 * methods: int_methods.c.
 */
#include <math.h>

#include "core/object/float.h"
#include "core/object/int_internal.h"

BigInt *big_new(Thread *t, size_t n)
{
    if (UNLIKELY(n > INT_MAX_LIMBS)) {
        raise_memory(t);
        return NULL;
    }
    size_t size = sizeof(BigInt) + n * sizeof(mp_limb_t);
    return LIKELY(size <= GC_STEP_MAX) ? object_alloc_fast(t, &int_type, size)
                                       : object_alloc_raw(t, &int_type, size);
}

Value int_finish(BigInt *b, size_t n, bool negative)
{
    while (n > 0 && b->limbs[n - 1] == 0) {
        n--;
    }
    if (n == 0) {
        return fixnum(0);
    }
    if (n == 1) {
        uint64_t m = b->limbs[0];
        if (m <= (uint64_t)FIXNUM_MAX) {
            return fixnum(negative ? -(int64_t)m : (int64_t)m);
        }
        if (negative && m == (uint64_t)FIXNUM_MAX + 1) {
            return fixnum(FIXNUM_MIN);
        }
    }
    b->size = negative ? -(ssize_t)n : (ssize_t)n;
    return object_value(b);
}

Value int_from_uint64(Thread *t, uint64_t u)
{
    if (u <= (uint64_t)FIXNUM_MAX) {
        return fixnum((int64_t)u);
    }
    BigInt *b = big_new(t, 1);
    if (!b) {
        return 0;
    }
    b->limbs[0] = u;
    b->size = 1;
    return object_value(b);
}

Value int_from_int64_slow(Thread *t, int64_t i)
{
    BigInt *b = big_new(t, 1);
    if (!b) {
        return 0;
    }
    b->limbs[0] = i < 0 ? -(uint64_t)i : (uint64_t)i;
    b->size = i < 0 ? -1 : 1;
    return object_value(b);
}

Value int_from_int128(Thread *t, __int128 i)
{
    if (i >= FIXNUM_MIN && i <= FIXNUM_MAX) {
        return fixnum((int64_t)i);
    }
    const unsigned __int128 m = i < 0 ? -(unsigned __int128)i : (unsigned __int128)i;
    const ssize_t n = m >> 64 ? 2 : 1;
    BigInt *b = big_new(t, (size_t)n);
    if (!b) {
        return 0;
    }
    b->limbs[0] = (uint64_t)m;
    if (n == 2) {
        b->limbs[1] = (uint64_t)(m >> 64);
    }
    b->size = i < 0 ? -n : n;
    return object_value(b);
}

Value int_from_double(Thread *t, double d)
{
    if (LIKELY(d > -4e18 && d < 4e18)) {
        return int_from_int64(t, (int64_t)d);
    }
    if (isnan(d)) {
        return value_error(t, "cannot convert float NaN to integer");
    }
    if (isinf(d)) {
        return overflow_error(t, "cannot convert float infinity to integer");
    }
    int e;
    double f = frexp(fabs(d), &e);                  /* e > 61 here */
    uint64_t m = (uint64_t)ldexp(f, 53);
    unsigned shift = (unsigned)(e - 53);
    size_t n = ((size_t)e + 63) / 64;
    BigInt *b = big_new(t, n);
    if (!b) {
        return 0;
    }
    mpn_zero((mp_limb_t *)b->limbs, (mp_size_t)n);
    b->limbs[shift / 64] = m << (shift % 64);
    if (shift % 64 > 11 && shift / 64 + 1 < n) {
        b->limbs[shift / 64 + 1] = m >> (64 - shift % 64);
    }
    return int_finish(b, n, d < 0);
}

Value int_run(Thread *t, GmpWork *work, IntWork *w, bool long_running)
{
    w->failed = false;
    if (!gmp_run(t, work, w, long_running)) {
        return 0;
    }
    Value r = w->failed ? 0 : int_from_mpz(t, w->r);
    mpz_clear(w->r);
    return r;
}

Value int_from_mpz(Thread *t, mpz_srcptr z)
{
    size_t n = mpz_size(z);
    if (n <= 1) {
        uint64_t m = n ? mpz_getlimbn(z, 0) : 0;
        if (m <= (uint64_t)FIXNUM_MAX) {
            return fixnum(mpz_sgn(z) < 0 ? -(int64_t)m : (int64_t)m);
        }
    }
    BigInt *b = big_new(t, n);
    if (!b) {
        return 0;
    }
    mpn_copyi((mp_limb_t *)b->limbs, mpz_limbs_read(z), (mp_size_t)n);
    return int_finish(b, n, mpz_sgn(z) < 0);
}

Value int_to_exact(Thread *t, Value v)
{
    if (value_is_int_exact(v)) {
        return v;
    }
    IntView w;
    int_view(v, &w);
    if (w.n <= 1) {
        uint64_t m = w.n ? w.p[0] : 0;
        if (m <= (uint64_t)FIXNUM_MAX) {
            return fixnum(w.negative ? -(int64_t)m : (int64_t)m);
        }
    }
    BigInt *b = big_new(t, w.n);
    if (!b) {
        return 0;
    }
    mpn_copyi((mp_limb_t *)b->limbs, w.p, (mp_size_t)w.n);
    return int_finish(b, w.n, w.negative);
}

bool int_try_int64(Value v, int64_t *out)
{
    if (LIKELY(value_is_fixnum(v))) {
        *out = fixnum_get(v);
        return true;
    }
    IntView w;
    int_view(v, &w);
    if (w.n > 1) {
        return false;
    }
    uint64_t m = w.n ? w.p[0] : 0;
    if (m > (uint64_t)INT64_MAX + w.negative) {
        return false;
    }
    *out = w.negative ? (int64_t)-m : (int64_t)m;
    return true;
}

int int_sign(Value v)
{
    IntView w;
    int_view(v, &w);
    return w.n == 0 ? 0 : w.negative ? -1 : 1;
}

static size_t view_bits(const IntView *w)
{
    return w->n == 0 ? 0 : w->n * 64 - (size_t)__builtin_clzl(w->p[w->n - 1]);
}

size_t int_bit_length(Value v)
{
    IntView w;
    int_view(v, &w);
    return view_bits(&w);
}

double double_from_scaled(unsigned __int128 m, bool sticky, int64_t e)
{
    if (m == 0) {
        return 0.0;
    }
    uint64_t hi = (uint64_t)(m >> 64);
    int bits = hi ? 128 - __builtin_clzl(hi) : 64 - __builtin_clzl((uint64_t)m);
    int64_t top = e + bits;                      /* value < 2^top */
    if (top > 1024) {
        return INFINITY;
    }
    int64_t keep = top < -1021 ? 53 - (-1021 - top) : 53; /* fewer bits below the normal range */
    if (keep < 0) {
        return 0.0;
    }
    int64_t drop = bits - keep;
    if (drop <= 0) {
        return ldexp((double)m, (int)e);         /* exact: at most 53 bits */
    }
    unsigned __int128 rest = drop >= 128 ? m : m & (((unsigned __int128)1 << drop) - 1);
    unsigned __int128 half = (unsigned __int128)1 << (drop - 1);
    uint64_t q = drop >= 128 ? 0 : (uint64_t)(m >> drop);
    if (rest > half || (rest == half && (sticky || (q & 1)))) {
        q++;
    }
    return ldexp((double)q, (int)(e + drop));
}

/* The top (at most 128) bits of w: value = *m * 2^*e + less, *sticky: less != 0. */
static void view_top(const IntView *w, unsigned __int128 *m, int64_t *e, bool *sticky)
{
    *sticky = false;
    if (w->n <= 2) {
        *m = w->n == 0 ? 0 : w->p[0] | (w->n == 2 ? (unsigned __int128)w->p[1] << 64 : 0);
        *e = 0;
        return;
    }
    *m = (unsigned __int128)w->p[w->n - 1] << 64 | w->p[w->n - 2];
    *e = (int64_t)(w->n - 2) * 64;
    for (size_t i = 0; i + 2 < w->n && !*sticky; i++) {
        *sticky = w->p[i] != 0;
    }
}

double int_to_double(Thread *t, Value v)
{
    if (LIKELY(value_is_fixnum(v))) {
        return (double)fixnum_get(v);            /* rounds half to even */
    }
    IntView w;
    int_view(v, &w);
    unsigned __int128 m;
    int64_t e;
    bool sticky;
    view_top(&w, &m, &e, &sticky);
    double d = double_from_scaled(m, sticky, e);
    if (isinf(d)) {
        overflow_error(t, "int too large to convert to float");
        return -1.0;
    }
    return w.negative ? -d : d;
}

double int_frexp(Value v, int64_t *exp)
{
    IntView w;
    int_view(v, &w);
    unsigned __int128 m;
    int64_t e;
    bool sticky;
    view_top(&w, &m, &e, &sticky);
    int e2 = 0;
    double d = frexp(double_from_scaled(m, sticky, 0), &e2);
    *exp = e + e2;
    return w.negative ? -d : d;
}

int64_t int_hash(Value v)
{
    const uint64_t p = ((uint64_t)1 << 61) - 1;
    if (LIKELY(value_is_fixnum(v)) && fixnum_get(v) > -(int64_t)p && fixnum_get(v) < (int64_t)p) {
        return fixnum_get(v) == -1 ? -2 : fixnum_get(v);
    }
    IntView w;
    int_view(v, &w);
    uint64_t h = 0;
    for (size_t i = w.n; i-- > 0;) {             /* 2^64 is 8 modulo 2^61 - 1 */
        h = ((h << 3) & p) | (h >> 58);
        uint64_t limb = (w.p[i] & p) + (w.p[i] >> 61);
        h += limb >= p ? limb - p : limb;
        if (h >= p) {
            h -= p;
        }
    }
    int64_t r = w.negative ? -(int64_t)h : (int64_t)h;
    return r == -1 ? -2 : r;
}

int int_compare(Value a, Value b)
{
    if (LIKELY(value_is_fixnum(a) && value_is_fixnum(b))) {
        return ((int64_t)a > (int64_t)b) - ((int64_t)a < (int64_t)b);
    }
    __int128 i, j;
    if (int_try_int128(a, &i) && int_try_int128(b, &j)) {
        return (i > j) - (i < j);
    }
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (x.negative != y.negative) {
        return x.negative ? -1 : 1;
    }
    int c = x.n != y.n ? (x.n > y.n ? 1 : -1) : x.n ? mpn_cmp(x.p, y.p, (mp_size_t)x.n) : 0;
    c = (c > 0) - (c < 0);
    return x.negative ? -c : c;
}

static Value int_compare_slot(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (!value_is_int(a) || !value_is_int(b)) {
        return NOT_IMPLEMENTED;
    }
    int c = a == b ? 0 : int_compare(a, b);
    switch (op) {
    case CMP_LT: return bool_value(c < 0);
    case CMP_LE: return bool_value(c <= 0);
    case CMP_EQ: return bool_value(c == 0);
    case CMP_NE: return bool_value(c != 0);
    case CMP_GT: return bool_value(c > 0);
    case CMP_GE: return bool_value(c >= 0);
    }
    return NOT_IMPLEMENTED;
}

static int64_t int_hash_slot(Thread *t UNUSED, Value v)
{
    return int_hash(v);
}

static int int_truth_slot(Thread *t UNUSED, Value v)
{
    return int_sign(v) != 0;
}

static Value int_float_slot(Thread *t, Value v)
{
    double d = int_to_double(t, v);
    return d == -1.0 && error_pending(t) ? 0 : float_new(t, d);
}

Type int_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "int",
    .getattr = generic_getattr,
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\n"
           "The integer that a number or a text in the given base (2 to 36, 0: by its prefix) "
           "stands for.\n\n"
           ">>> int('0b100', base=0)\n4",
    .flags = TYPE_BASETYPE | TYPE_INT | TYPE_MATCH_SELF | TYPE_FLAT_COMPARE,
    .size = sizeof(BigInt),
    .item_size = sizeof(uint64_t),
    .new = int_new_slot,
    .repr = int_decimal_text,
    .hash = int_hash_slot,
    .compare = int_compare_slot,
    .add = int_add_slot,
    .sub = int_sub_slot,
    .mul = int_mul_slot,
    .truediv = int_truediv_slot,
    .floordiv = int_floordiv_slot,
    .mod = int_mod_slot,
    .divmod = int_divmod_slot,
    .pow = int_pow_slot,
    .lshift = int_lshift_slot,
    .rshift = int_rshift_slot,
    .and_ = int_and_slot,
    .or_ = int_or_slot,
    .xor = int_xor_slot,
    .neg = int_neg,
    .pos = int_to_exact,
    .abs = int_abs,
    .invert = int_invert,
    .int_ = int_to_exact,
    .float_ = int_float_slot,
    .index = int_to_exact,
    .truth = int_truth_slot,
    .methods = int_methods,
    .getset = int_getset,
};
