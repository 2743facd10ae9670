/* Decimal as a type: operators, comparison, hash, conversion to other numbers. */
#include <math.h>

#include "core/object/float.h"
#include "core/object/iter.h"
#include "modules/_decimal/decimal.h"

/* ---- operators ---- */

static Value operate(Thread *t, Value a, Value b, NumBinary op)
{
    Operand x, y;
    if (!operand_of(a, &x) || !operand_of(b, &y)) {
        return NOT_IMPLEMENTED;
    }
    DecimalContext *c = context_current(t);
    return c ? run_binary(t, c, &x, &y, op) : 0;
}

static Value operate_unary(Thread *t, Value a, NumUnary op)
{
    Operand x;
    operand_of_decimal(as_decimal(a), &x);
    DecimalContext *c = context_current(t);
    return c ? run_unary(t, c, &x, op) : 0;
}

static Value add_or_subtract(Thread *t, Value a, Value b, bool subtract)
{
    Operand x, y;
    if (!operand_of(a, &x) || !operand_of(b, &y)) {
        return NOT_IMPLEMENTED;
    }
    DecimalContext *c = context_current(t);
    Value v = c ? quick_add(t, c, &x, &y, subtract) : 0;
    return v || error_pending(t) ? v
                                 : run_binary(t, c, &x, &y, subtract ? num_subtract : num_add);
}

static Value decimal_add(Thread *t, Value a, Value b) { return add_or_subtract(t, a, b, false); }
static Value decimal_sub(Thread *t, Value a, Value b) { return add_or_subtract(t, a, b, true); }
static Value decimal_mul(Thread *t, Value a, Value b)
{
    Operand x, y;
    if (!operand_of(a, &x) || !operand_of(b, &y)) {
        return NOT_IMPLEMENTED;
    }
    DecimalContext *c = context_current(t);
    Value v = c ? quick_multiply(t, c, &x, &y) : 0;
    return v || error_pending(t) ? v : run_binary(t, c, &x, &y, num_multiply);
}
static Value decimal_truediv(Thread *t, Value a, Value b) { return operate(t, a, b, num_divide); }
static Value decimal_floordiv(Thread *t, Value a, Value b)
{
    return operate(t, a, b, num_divide_int);
}
static Value decimal_mod(Thread *t, Value a, Value b) { return operate(t, a, b, num_remainder); }
static Value decimal_neg(Thread *t, Value a) { return operate_unary(t, a, num_minus); }
static Value decimal_pos(Thread *t, Value a) { return operate_unary(t, a, num_plus); }
static Value decimal_abs(Thread *t, Value a) { return operate_unary(t, a, num_abs); }

static Value decimal_divmod(Thread *t, Value a, Value b)
{
    Operand x, y;
    if (!operand_of(a, &x) || !operand_of(b, &y)) {
        return NOT_IMPLEMENTED;
    }
    DecimalContext *c = context_current(t);
    return c ? run_divmod(t, c, &x, &y) : 0;
}

static Value decimal_pow(Thread *t, Value a, Value b, Value m)
{
    Operand x, y, z;
    bool modulo = m && !is_none(m);
    if (!operand_of(a, &x) || !operand_of(b, &y) || (modulo && !operand_of(m, &z))) {
        return NOT_IMPLEMENTED;
    }
    DecimalContext *c = context_current(t);
    return !c       ? 0
           : modulo ? run_power_modulo(t, c, &x, &y, &z)
                    : run_binary(t, c, &x, &y, num_power);
}

static int decimal_truth(Thread *t UNUSED, Value a)
{
    const Decimal *d = as_decimal(a);
    return d->kind != KIND_FINITE || d->n != 0;
}

/* ---- comparison ---- */

/* What a Decimal is compared with: its number, held by *room where it has to be made. */
typedef struct Other {
    Operand view;
    Num room;
} Other;

static bool other_of_float(Thread *t, double d, Other *o, bool equality)
{
    DecimalContext *c = context_current(t);
    Env e = ENV_MAX;
    if (!c) {
        return false;
    }
    if (equality) {
        store_relaxed(&c->flags, load_relaxed(&c->flags) | COND_FLOAT);
    } else if (!context_signal(t, c, COND_FLOAT)) {
        return false;
    }
    num_from_double(&o->room, d, &e);
    o->view = num_operand(&o->room);
    return context_signal(t, c, e.status);
}

static Value compare_operands(Thread *t, const Operand *a, const Operand *b, CompareOp op)
{
    Env e = ENV_MAX;
    if (operand_is_nan(a) || operand_is_nan(b)) {
        bool equality = op == CMP_EQ || op == CMP_NE;
        if (!equality || a->kind == KIND_SNAN || b->kind == KIND_SNAN) {
            DecimalContext *c = context_current(t);
            if (!c || !context_signal(t, c, COND_INVALID)) {
                return 0;
            }
        }
        return bool_value(op == CMP_NE);
    }
    int order = operand_compare(a, b, &e);
    if (e.status) {
        return raise_memory(t);
    }
    switch (op) {
    case CMP_LT:
        return bool_value(order < 0);
    case CMP_LE:
        return bool_value(order <= 0);
    case CMP_EQ:
        return bool_value(order == 0);
    case CMP_NE:
        return bool_value(order != 0);
    case CMP_GT:
        return bool_value(order > 0);
    default:
        return bool_value(order >= 0);
    }
}

/* a against numerator / denominator: a * denominator against numerator */
static Value compare_rational(Thread *t, const Operand *a, Value b, CompareOp op)
{
    Value numerator = object_getattr_cstr(t, b, "numerator");
    Value denominator = numerator ? object_getattr_cstr(t, b, "denominator") : 0;
    if (!denominator) {
        return 0;
    }
    if (!value_is_int(numerator) || !value_is_int(denominator)) {
        return type_error(t, "numerator and denominator must be int");
    }
    Operand x, y;
    operand_of_int(numerator, &x);
    operand_of_int(denominator, &y);
    if (a->kind != KIND_FINITE) {
        return compare_operands(t, a, &x, op);
    }
    Num scaled;
    num_init(&scaled);
    num_zero(&scaled, a->neg, a->exp);
    Value v = 0;
    if (big_mul(&scaled.c, a->p, a->n, y.p, y.n)) {
        Operand left = num_operand(&scaled);
        v = compare_operands(t, &left, &x, op);
    } else {
        raise_memory(t);
    }
    num_clear(&scaled);
    return v;
}

static Value compare_other(Thread *t, const Operand *a, Value b, CompareOp op)
{
    bool equality = op == CMP_EQ || op == CMP_NE;
    double d;
    if (value_is_float(b)) {
        d = float_get(b);
    } else if (equality && value_isa(b, &complex_type)) {
        const Complex *z = (const Complex *)value_object(b);
        if (z->im != 0.0) {
            return bool_value(op == CMP_NE);
        }
        d = z->re;
    } else if (value_is_str(b) || is_none(b)) {
        return NOT_IMPLEMENTED; /* what numbers are often compared with, though no number */
    } else {
        Value rational = import_attr(t, "numbers", "Rational");
        int is = rational ? object_isinstance(t, b, rational) : -1;
        return is < 0 ? 0 : is ? compare_rational(t, a, b, op) : NOT_IMPLEMENTED;
    }
    Other other;
    num_init(&other.room);
    Value v = other_of_float(t, d, &other, equality) ? compare_operands(t, a, &other.view, op) : 0;
    num_clear(&other.room);
    return v;
}

Value decimal_compare_slot(Thread *t, Value a, Value b, CompareOp op)
{
    Operand x, y;
    operand_of_decimal(as_decimal(a), &x);
    return operand_of(b, &y) ? compare_operands(t, &x, &y, op) : compare_other(t, &x, b, op);
}

/* ---- hash: that of the equal int, float or Fraction ---- */

#define HASH_MODULUS ((UINT64_C(1) << 61) - 1)

static uint64_t mul_mod(uint64_t a, uint64_t b)
{
    return (uint64_t)((uint128)a * b % HASH_MODULUS);
}

static uint64_t pow_mod(uint64_t base, uint64_t e)
{
    uint64_t r = 1;
    for (; e; e >>= 1) {
        r = e & 1 ? mul_mod(r, base) : r;
        base = mul_mod(base, base);
    }
    return r;
}

int64_t decimal_hash(Thread *t, Value self)
{
    enum { HASH_INF = 314159 };
    static const uint64_t tenth = UINT64_C(2075258708292324556); /* 10^-1 in the field */
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    if (a.kind == KIND_INF) {
        return a.neg ? -HASH_INF : HASH_INF;
    }
    if (a.kind == KIND_QNAN) {
        return object_type.hash(t, self);
    }
    if (a.kind == KIND_SNAN) {
        type_error(t, "Cannot hash a signaling NaN value");
        return -1;
    }
    uint64_t r =
        a.n <= 1 ? (a.n ? a.p[0] % HASH_MODULUS : 0) : mpn_mod_1(a.p, (mp_size_t)a.n, HASH_MODULUS);
    if (a.exp != 0) {
        uint64_t e = a.exp < 0 ? -(uint64_t)a.exp : (uint64_t)a.exp;
        r = mul_mod(r, pow_mod(a.exp < 0 ? tenth : 10, e));
    }
    int64_t h = a.neg ? -(int64_t)r : (int64_t)r;
    return h == -1 ? -2 : h;
}

/* ---- conversion ---- */

Value decimal_int(Thread *t, Value self)
{
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    if (a.kind == KIND_INF) {
        return overflow_error(t, "cannot convert Infinity to integer");
    }
    return a.kind != KIND_FINITE ? value_error(t, "cannot convert NaN to integer")
                                 : int_from_operand(t, &a);
}

Value decimal_to_float(Thread *t, Value self)
{
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    if (a.kind == KIND_SNAN) {
        return value_error(t, "cannot convert signaling NaN to float");
    }
    if (a.kind == KIND_QNAN) {
        return float_new(t, a.neg ? -NAN : NAN);
    }
    char small[TEXT_SMALL];
    size_t n;
    char *text = operand_text(t, &a, false, true, small, &n);
    Value v = text ? float_from_text(t, text, n, self) : 0;
    if (text != small) {
        mem_free(text);
    }
    return v;
}

static void decimal_trace(Object *self, Tracer *tr)
{
    const Decimal *d = (const Decimal *)self;
    if (d->n == DECIMAL_WIDE) {
        trace_value(tr, d->limbs[0]);
    }
}

Type decimal_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "decimal.Decimal",
    .doc = "A decimal number: exact from an int, a str, a tuple, a float or another Decimal.\n\n"
           "The context decides only whether text that is no number raises InvalidOperation.",
    .sig = "Decimal(value='0', context=None)",
    .size = sizeof(Decimal),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_FLAT_COMPARE | TYPE_LIKE_CLASS,
    .new = decimal_type_new,
    .trace = decimal_trace,
    .getattr = generic_getattr,
    .repr = decimal_repr,
    .str = decimal_str,
    .hash = decimal_hash,
    .compare = decimal_compare_slot,
    .truth = decimal_truth,
    .add = decimal_add,
    .sub = decimal_sub,
    .mul = decimal_mul,
    .truediv = decimal_truediv,
    .floordiv = decimal_floordiv,
    .mod = decimal_mod,
    .divmod = decimal_divmod,
    .pow = decimal_pow,
    .neg = decimal_neg,
    .pos = decimal_pos,
    .abs = decimal_abs,
    .int_ = decimal_int,
    .float_ = decimal_to_float,
    .methods = decimal_methods,
    .getset = decimal_getset,
};
