/* fsum (Shewchuk's exact partial sums), prod, hypot and dist (sums of squares in double-double). */
#include <math.h>

#include "core/base/memory.h"
#include "core/object/float.h"
#include "core/object/iter.h"
#include "core/object/int.h"
#include "core/object/tuple.h"
#include "modules/math/math_internal.h"

typedef struct Partials {
    double *p, small[32];
    size_t n, cap;
    double special;      /* sum of infinities and nans */
    bool has_inf, has_special;
    double inf_sum;
} Partials;

/* Adds x to the non-overlapping partials, smallest first.  0: ok, 1: overflow, -1: no memory */
static int partials_add(Partials *s, double x)
{
    double original = x;
    size_t out = 0;
    for (size_t i = 0; i < s->n; i++) {
        double y = s->p[i];
        if (fabs(x) < fabs(y)) {
            double swap = x;
            x = y;
            y = swap;
        }
        volatile double hi = x + y;
        volatile double yr = hi - x;
        volatile double lo = y - yr;
        if (lo != 0.0) {
            s->p[out++] = lo;
        }
        x = hi;
    }
    s->n = out;
    if (x == 0.0) {
        return 0;
    }
    if (!isfinite(x)) {
        if (isfinite(original)) {
            return 1;
        }
        s->inf_sum += isinf(original) ? original : 0.0;
        s->has_inf |= isinf(original);
        s->special += original;
        s->has_special = true;
        s->n = 0;
        return 0;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap * 2;
        double *p = mem_alloc(cap * sizeof *p);
        if (!p) {
            return -1;
        }
        memcpy(p, s->p, s->n * sizeof *p);
        if (s->p != s->small) {
            mem_free(s->p);
        }
        s->p = p;
        s->cap = cap;
    }
    s->p[s->n++] = x;
    return 0;
}

/* The partials' exact sum, rounded half to even. */
static double partials_total(const Partials *s)
{
    size_t n = s->n;
    if (n == 0) {
        return 0.0;
    }
    volatile double hi = s->p[--n], lo = 0.0;
    while (n > 0) {
        double x = hi, y = s->p[--n];
        hi = x + y;
        volatile double yr = hi - x;
        lo = y - yr;
        if (lo != 0.0) {
            break;
        }
    }
    if (n > 0 && ((lo < 0.0 && s->p[n - 1] < 0.0) || (lo > 0.0 && s->p[n - 1] > 0.0))) {
        double y = lo * 2.0;
        volatile double x = hi + y, yr = x - hi;
        if (y == yr) {
            hi = x;
        }
    }
    return hi;
}

Value math_fsum(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value item, result = 0;
    Items items;
    Partials s = {.n = 0, .cap = ARRAY_SIZE(s.small)};
    s.p = s.small;
    if (!items_start(t, &items, args[0])) {
        return 0;
    }
    while ((item = items_take(t, &items))) {
        double x;
        if (!value_to_double(t, item, &x)) {
            goto done;
        }
        int r = partials_add(&s, x);
        if (r) {
            result = r > 0 ? overflow_error(t, "intermediate overflow in fsum") : raise_memory(t);
            goto done;
        }
    }
    if (error_pending(t)) {
        goto done;
    }
    if (s.has_special) {
        result = s.has_inf && isnan(s.inf_sum) ? value_error(t, "-inf + inf in fsum")
                                               : float_new(t, s.special);
    } else {
        result = float_new(t, partials_total(&s));
    }
done:
    if (s.p != s.small) {
        mem_free(s.p);
    }
    return result;
}

Value math_prod(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value r = args[1] ? args[1] : fixnum(1), item;
    Items items;
    if (!items_start(t, &items, args[0])) {
        return 0;
    }
    while (r && (item = items_take(t, &items))) {
        int64_t product_of_two;
        if (value_is_fixnum(r) && value_is_fixnum(item) &&
            !__builtin_mul_overflow(fixnum_get(r), fixnum_get(item), &product_of_two) &&
            fixnum_fits(product_of_two)) {
            r = fixnum(product_of_two);
            continue;
        }
        if (!value_is_float_exact(r)) {
            r = number_binary(t, OP_MUL, r, item);
            continue;
        }
        double product = float_get(r); /* no object in between */
        while (item && value_is_float_exact(item)) {
            product *= float_get(item);
            item = items_take(t, &items);
        }
        r = float_new(t, product);
        if (!item) {
            break;
        }
        r = r ? number_binary(t, OP_MUL, r, item) : 0;
    }
    return error_pending(t) ? 0 : r;
}

/* sqrt(sum of squares) of n non-negative numbers, at most max: scaled by a power of two, squares
 * and their sum in double-double, the root corrected once. */
static double vector_norm(double *v, size_t n, double max, bool has_nan)
{
    if (isinf(max)) {
        return max;
    }
    if (has_nan) {
        return NAN;
    }
    if (max == 0.0 || n <= 1) {
        return max;
    }
    int e;
    frexp(max, &e);
    if (e < -1020) {                                 /* scale subnormals in two steps */
        for (size_t i = 0; i < n; i++) {
            v[i] = ldexp(v[i], 600);
        }
        return ldexp(vector_norm(v, n, ldexp(max, 600), false), -600);
    }
    double hi = 0.0, lo = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = ldexp(v[i], -e), sq = x * x, err = fma(x, x, -sq);
        double sum = hi + sq, part = sum - hi;
        lo += (hi - (sum - part)) + (sq - part) + err;
        hi = sum;
    }
    double root = sqrt(hi + lo), sq = root * root, err = fma(root, root, -sq);
    root += ((hi - sq) - err + lo) / (2.0 * root);
    return ldexp(root, e);
}

static bool take_coordinate(double x, double *max, bool *has_nan, double *out)
{
    *out = fabs(x);
    *has_nan |= isnan(x);
    if (*out > *max) {
        *max = *out;
    }
    return true;
}

Value math_hypot(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    double small[16], *v = n <= ARRAY_SIZE(small) ? small : mem_alloc(n * sizeof *v), max = 0.0;
    bool nan_seen = false, ok = true;
    if (!v) {
        return raise_memory(t);
    }
    for (size_t i = 0; ok && i < n; i++) {
        double x;
        ok = value_to_double(t, args[i], &x) && take_coordinate(x, &max, &nan_seen, &v[i]);
    }
    Value r = ok ? float_new(t, vector_norm(v, n, max, nan_seen)) : 0;
    if (v != small) {
        mem_free(v);
    }
    return r;
}

Value math_dist(Thread *t, Value *args, size_t argc UNUSED, Value kw UNUSED)
{
    Value p = sequence_tuple(t, args[0]), q = p ? sequence_tuple(t, args[1]) : 0;
    if (!q) {
        return 0;
    }
    size_t n = tuple_len(p);
    if (n != tuple_len(q)) {
        return value_error(t, "both points must have the same number of dimensions");
    }
    double small[16], *v = n <= ARRAY_SIZE(small) ? small : mem_alloc(n * sizeof *v), max = 0.0;
    bool nan_seen = false, ok = true;
    if (!v) {
        return raise_memory(t);
    }
    for (size_t i = 0; ok && i < n; i++) {
        double x, y;
        ok = value_to_double(t, tuple_get(p, i), &x) && value_to_double(t, tuple_get(q, i), &y) &&
             take_coordinate(x - y, &max, &nan_seen, &v[i]);
    }
    Value r = ok ? float_new(t, vector_norm(v, n, max, nan_seen)) : 0;
    if (v != small) {
        mem_free(v);
    }
    return r;
}
