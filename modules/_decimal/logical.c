/* Operations on the digits of a coefficient: shift, rotate, and the logical ones on zeros and ones.
 */
#include "modules/_decimal/number.h"

/* The second operand of shift and rotate; false: r is done. */
static bool places(Num *r, const Operand *a, const Operand *b, int64_t *by, Env *e)
{
    if (operand_is_nan(a) || operand_is_nan(b)) {
        num_nan_of(r, a, b, e);
        return false;
    }
    if (b->kind != KIND_FINITE || b->exp != 0 || !operand_int64(b, by) || *by > e->prec ||
        *by < -e->prec) {
        num_invalid(r, e, COND_INVALID);
        return false;
    }
    num_assign(r, a, e);
    return a->kind == KIND_FINITE;
}

void num_shift(Num *r, const Operand *a, const Operand *b, Env *e)
{
    int64_t by;
    if (!places(r, a, b, &by, e)) {
        return;
    }
    Cut cut;
    if (by < 0) {
        num_cap(r, e->prec, e);
    }
    if (by < 0 && -by >= big_digits(&r->c)) {
        r->c.n = 0;
    } else if (by >= 0 ? !big_mul_pow10(&r->c, by) : !big_div_pow10(&r->c, -by, &cut)) {
        num_no_memory(r, e);
    }
    num_cap(r, e->prec, e);
}

void num_rotate(Num *r, const Operand *a, const Operand *b, Env *e)
{
    int64_t by;
    if (!places(r, a, b, &by, e)) {
        return;
    }
    by = by < 0 ? by + e->prec : by;
    /* coefficient = high * 10^(prec - by) + low  becomes  low * 10^by + high */
    Big power, high;
    big_init(&power);
    big_init(&high);
    num_cap(r, e->prec, e);
    bool ok = true;
    if (r->c.n != 0 && big_digits(&r->c) + by <= e->prec) {
        ok = big_mul_pow10(&r->c, by);
    } else if (r->c.n != 0) {
        ok = big_pow10(&power, e->prec - by) && big_divide(&high, &r->c, power.p, power.n) &&
             big_mul_pow10(&r->c, by) && big_add(&r->c, high.p, high.n);
    }
    big_clear(&power);
    big_clear(&high);
    if (!ok) {
        num_no_memory(r, e);
    }
}

/* The last `width` digits of a as text; the digits must be zeros and ones. */
static bool logical_digits(const Operand *a, char *text, int64_t width, Num *r, Env *e)
{
    if (a->kind != KIND_FINITE || a->neg || a->exp != 0) {
        num_invalid(r, e, COND_INVALID);
        return false;
    }
    char *all = mem_alloc((size_t)a->digits);
    if (!all || !limbs_to_text(a->p, a->n, all, a->digits)) {
        mem_free(all);
        num_no_memory(r, e);
        return false;
    }
    bool ok = true;
    for (int64_t i = 0; i < a->digits; i++) {
        ok = ok && (all[i] == '0' || all[i] == '1');
    }
    if (ok) {
        int64_t shown = a->digits < width ? a->digits : width;
        memset(text, '0', (size_t)(width - shown));
        memcpy(text + (width - shown), all + (a->digits - shown), (size_t)shown);
    } else {
        num_invalid(r, e, COND_INVALID);
    }
    mem_free(all);
    return ok;
}

/* op: its truth table, bit (2 * x + y). */
static void combine(Num *r, const Operand *a, const Operand *b, unsigned op, int64_t width, Env *e)
{
    num_zero(r, false, 0);
    char *x = width <= BIG_MAX_DIGITS ? mem_alloc((size_t)width) : NULL;
    char *y = x ? mem_alloc((size_t)width) : NULL;
    if (!y) {
        num_no_memory(r, e);
    } else if (logical_digits(a, x, width, r, e) && logical_digits(b, y, width, r, e)) {
        for (int64_t i = 0; i < width; i++) {
            unsigned row = 2u * (x[i] == '1') + (y[i] == '1');
            x[i] = (char)('0' + (op >> row & 1));
        }
        if (!big_from_text(&r->c, x, (size_t)width)) {
            num_no_memory(r, e);
        }
    }
    mem_free(x);
    mem_free(y);
}

static void logical(Num *r, const Operand *a, const Operand *b, unsigned op, Env *e)
{
    int64_t width = a->digits > b->digits ? a->digits : b->digits;
    combine(r, a, b, op, width < e->prec ? width : e->prec, e);
}

void num_logical_and(Num *r, const Operand *a, const Operand *b, Env *e)
{
    logical(r, a, b, 0x8, e);
}

void num_logical_or(Num *r, const Operand *a, const Operand *b, Env *e)
{
    logical(r, a, b, 0xe, e);
}

void num_logical_xor(Num *r, const Operand *a, const Operand *b, Env *e)
{
    logical(r, a, b, 0x6, e);
}

void num_logical_invert(Num *r, const Operand *a, Env *e)
{
    Operand zero = {.kind = KIND_FINITE, .digits = 1};
    combine(r, a, &zero, 0x1, e->prec, e);
}
