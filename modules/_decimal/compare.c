/* Order of numbers: by value, total, and the choice of the larger or smaller. */
#include "modules/_decimal/number.h"

/* |a| against |b| for finite numbers: the adjusted exponents decide, or the digits do. */
static int compare_magnitude(const Operand *a, const Operand *b, Env *e)
{
    if (a->n == 0 || b->n == 0) {
        return (a->n != 0) - (b->n != 0);
    }
    int64_t x = operand_adjusted(a), y = operand_adjusted(b);
    if (x != y) {
        return x < y ? -1 : 1;
    }
    if (a->exp == b->exp) {
        return limbs_compare(a->p, a->n, b->p, b->n);
    }
    if (a->exp < b->exp) {
        return -compare_magnitude(b, a, e);
    }
    if (b->n <= 2 && b->digits < (int64_t)ARRAY_SIZE(pow10_u128)) {
        /* as many digits as b has are enough for both */
        uint128 scaled = limbs_u128(a->p, a->n) * pow10_u128[a->exp - b->exp];
        uint128 other = limbs_u128(b->p, b->n);
        return scaled < other ? -1 : scaled > other;
    }
    Big scaled;
    big_init(&scaled);
    int order = 0;
    if (big_set(&scaled, a->p, a->n) && big_mul_pow10(&scaled, a->exp - b->exp)) {
        order = limbs_compare(scaled.p, scaled.n, b->p, b->n);
    } else {
        e->status |= COND_NO_MEMORY;
    }
    big_clear(&scaled);
    return order;
}

/* -1, 0, 1 as the sign of a number without NaN */
static int sign_of(const Operand *a) { return operand_is_zero(a) ? 0 : a->neg ? -1 : 1; }

int operand_compare(const Operand *a, const Operand *b, Env *e)
{
    int x = sign_of(a), y = sign_of(b);
    if (x != y) {
        return x < y ? -1 : 1;
    }
    if (a->kind == KIND_INF || b->kind == KIND_INF) {
        return ((a->kind == KIND_INF) - (b->kind == KIND_INF)) * x;
    }
    return compare_magnitude(a, b, e) * (x < 0 ? -1 : 1);
}

/* Order of the absolute values: finite, infinite, signaling, quiet. */
static int compare_total_magnitude(const Operand *a, const Operand *b, Env *e)
{
    static const int rank[] = {[KIND_FINITE] = 0, [KIND_INF] = 1, [KIND_SNAN] = 2, [KIND_QNAN] = 3};
    if (a->kind != b->kind) {
        return rank[a->kind] < rank[b->kind] ? -1 : 1;
    }
    if (a->kind != KIND_FINITE) {
        return limbs_compare(a->p, a->n, b->p, b->n);
    }
    int order = compare_magnitude(a, b, e);
    return order ? order : (a->exp > b->exp) - (a->exp < b->exp);
}

int operand_compare_total(const Operand *a, const Operand *b, Env *e)
{
    if (a->neg != b->neg) {
        return a->neg ? -1 : 1;
    }
    int order = compare_total_magnitude(a, b, e);
    return a->neg ? -order : order;
}

static void set_order(Num *r, int order)
{
    num_set_u64(r, order != 0, 0);
    r->neg = order < 0;
}

void num_compare(Num *r, const Operand *a, const Operand *b, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
    } else {
        set_order(r, operand_compare(a, b, e));
    }
}

void num_compare_signal(Num *r, const Operand *a, const Operand *b, Env *e)
{
    num_compare(r, a, b, e);
    if (operand_is_nan(a) || operand_is_nan(b)) {
        e->status |= COND_INVALID;
    }
}

void num_compare_total(Num *r, const Operand *a, const Operand *b, Env *e)
{
    set_order(r, operand_compare_total(a, b, e));
}

void num_compare_total_mag(Num *r, const Operand *a, const Operand *b, Env *e)
{
    set_order(r, compare_total_magnitude(a, b, e));
}

/* a when want has the sign of a's order against b, else b; a quiet NaN loses to a number. */
static void choose(Num *r, const Operand *a, const Operand *b, int want, bool magnitude, Env *e)
{
    const Operand *chosen;
    if (operand_is_nan(a) || operand_is_nan(b)) {
        if (a->kind == KIND_QNAN && !operand_is_nan(b)) {
            chosen = b;
        } else if (b->kind == KIND_QNAN && !operand_is_nan(a)) {
            chosen = a;
        } else {
            num_nan_of(r, a, b, e);
            return;
        }
    } else {
        Operand x = *a, y = *b;
        x.neg = a->neg && !magnitude;
        y.neg = b->neg && !magnitude;
        int order = operand_compare(&x, &y, e);
        order = order ? order : magnitude ? operand_compare(a, b, e) : 0;
        order = order ? order : operand_compare_total(a, b, e);
        chosen = order == want ? a : b;
    }
    num_assign(r, chosen, e);
    num_finish(r, e, false);
}

void num_max(Num *r, const Operand *a, const Operand *b, Env *e) { choose(r, a, b, 1, false, e); }

void num_min(Num *r, const Operand *a, const Operand *b, Env *e) { choose(r, a, b, -1, false, e); }

void num_max_mag(Num *r, const Operand *a, const Operand *b, Env *e)
{
    choose(r, a, b, 1, true, e);
}

void num_min_mag(Num *r, const Operand *a, const Operand *b, Env *e)
{
    choose(r, a, b, -1, true, e);
}

bool operand_is_normal(const Operand *a, const Env *e)
{
    return a->kind == KIND_FINITE && a->n != 0 && operand_adjusted(a) >= e->emin;
}

bool operand_is_subnormal(const Operand *a, const Env *e)
{
    return a->kind == KIND_FINITE && a->n != 0 && operand_adjusted(a) < e->emin;
}

bool operand_same_quantum(const Operand *a, const Operand *b)
{
    return operand_is_nan(a) ? operand_is_nan(b) : a->kind == b->kind && a->exp == b->exp;
}

const char *operand_class(const Operand *a, const Env *e)
{
    static const char *const names[] = {"+Infinity", "+Zero", "+Subnormal", "+Normal",
                                        "-Infinity", "-Zero", "-Subnormal", "-Normal"};
    if (operand_is_nan(a)) {
        return a->kind == KIND_SNAN ? "sNaN" : "NaN";
    }
    size_t which = a->kind == KIND_INF ? 0 : a->n == 0 ? 1 : operand_is_subnormal(a, e) ? 2 : 3;
    return names[which + (a->neg ? 4 : 0)];
}
