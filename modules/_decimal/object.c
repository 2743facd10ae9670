/* Decimal objects made of numbers, and numbers read from Decimals, ints and floats. */
#include <math.h>

#include "gc/safepoint.h"
#include "modules/_decimal/decimal.h"

void operand_of_int(Value v, Operand *o)
{
    IntView w;
    int_view(v, &w);
    o->small = w.small;
    o->p = w.p == &w.small ? &o->small : w.p;
    o->n = w.n;
    o->exp = 0;
    o->digits = limbs_digits(o->p, o->n);
    o->kind = KIND_FINITE;
    o->neg = w.negative;
}

bool int64_of_int(Thread *t, Value v, int64_t *out)
{
    if (!int_try_int64(v, out)) {
        overflow_error(t, "Python int too large to convert to C ssize_t");
        return false;
    }
    return true;
}

bool operand_of_other(Value v, Operand *o)
{
    if (value_is_int(v)) {
        operand_of_int(v, o);
    } else if (is_decimal(v)) {
        operand_of_decimal(as_decimal(v), o);
    } else {
        return false;
    }
    return true;
}

bool operand_arg(Thread *t, Value v, Operand *o)
{
    if (operand_of(v, o)) {
        return true;
    }
    type_error(t, "conversion from %T to Decimal is not supported", v);
    return false;
}

Value int_from_limbs(Thread *t, const uint64_t *p, size_t n, bool neg)
{
    if (n == 0) {
        return fixnum(0);
    }
    BigInt *b = big_new(t, n);
    if (!b) {
        return 0;
    }
    memcpy(b->limbs, p, n * sizeof *p);
    return int_finish(b, n, neg);
}

static Value make(Thread *t, Type *type, const Operand *a)
{
    Value wide = 0;
    if (UNLIKELY(a->n > 2)) {
        wide = int_from_limbs(t, a->p, a->n, false);
        if (!wide) {
            return 0;
        }
    }
    Decimal *d = type == &decimal_type ? object_alloc_fast(t, type, sizeof(Decimal))
                                       : object_alloc_instance(t, type, 0);
    if (UNLIKELY(!d)) {
        return 0;
    }
    d->exp = a->kind == KIND_FINITE ? a->exp : 0;
    d->digits = (uint32_t)a->digits;
    d->kind = (uint8_t)a->kind;
    d->neg = a->neg;
    if (LIKELY(!wide)) {
        d->n = (uint8_t)a->n;
        d->limbs[0] = a->n > 0 ? a->p[0] : 0;
        d->limbs[1] = a->n > 1 ? a->p[1] : 0;
    } else {
        d->n = DECIMAL_WIDE;
        gc_init(&d->limbs[0], wide);
    }
    return object_value(d);
}

Value decimal_new(Thread *t, Type *type, const Num *r)
{
    Operand view = num_operand(r);
    return make(t, type, &view);
}

Value decimal_from_operand(Thread *t, Type *type, const Operand *a) { return make(t, type, a); }

Value decimal_arg(Thread *t, Value v)
{
    Operand o;
    if (is_decimal(v)) {
        return v;
    }
    return operand_arg(t, v, &o) ? make(t, &decimal_type, &o) : 0;
}

Value int_from_operand(Thread *t, const Operand *a)
{
    enum { PARK_AT = 5000 };
    Big c;
    Cut cut;
    big_init(&c);
    bool parked = a->digits > PARK_AT || a->exp > PARK_AT;
    if (parked) {
        thread_park(t);
    }
    bool ok = big_set(&c, a->p, a->n);
    if (ok && a->exp >= 0) {
        ok = a->n == 0 || (a->exp <= BIG_MAX_DIGITS && big_mul_pow10(&c, a->exp));
    } else if (ok && -a->exp >= a->digits) {
        c.n = 0;
    } else {
        ok = ok && big_div_pow10(&c, -a->exp, &cut);
    }
    if (parked) {
        thread_unpark(t);
    }
    Value v = ok ? int_from_limbs(t, c.p, c.n, a->neg) : raise_memory(t);
    big_clear(&c);
    return v;
}

void num_from_double(Num *r, double d, Env *e)
{
    num_zero(r, signbit(d), 0);
    if (!isfinite(d)) {
        r->kind = isnan(d) ? KIND_QNAN : KIND_INF;
        r->neg = isinf(d) && d < 0;
        return;
    }
    int exp;
    uint64_t m = (uint64_t)ldexp(fabs(frexp(d, &exp)), 53);
    exp -= 53;
    if (m == 0) {
        return;
    }
    int zeros = __builtin_ctzll(m);
    m >>= zeros;
    exp += zeros;
    big_set_u64(&r->c, m);
    /* m / 2^k = m * 5^k / 10^k */
    Big five, power;
    big_init(&five);
    big_init(&power);
    big_set_u64(&five, 5);
    Big scaled;
    big_init(&scaled);
    bool ok;
    if (exp >= 0) {
        ok = big_shift_left(&r->c, (size_t)exp);
    } else {
        ok = big_pow(&power, &five, (uint64_t)-exp) &&
             big_mul(&scaled, power.p, power.n, r->c.p, r->c.n) &&
             big_set(&r->c, scaled.p, scaled.n);
        r->exp = exp;
    }
    big_clear(&scaled);
    big_clear(&power);
    if (!ok) {
        num_no_memory(r, e);
    }
}
