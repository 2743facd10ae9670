/* Decimals from ints, floats, text and tuples: exactly (the constructor) or rounded
 * (create_decimal). */
#include "core/base/ascii.h"
#include "core/object/float.h"
#include "core/object/list.h"
#include "core/object/number_text.h"
#include "gc/safepoint.h"
#include "modules/_decimal/decimal.h"

/* ---- the two ways to end a conversion ---- */

static Value end_exact(Thread *t, Type *type, Num *r, Env *e, DecimalContext *c)
{
    num_finish(r, e, false);
    if (e->status & (COND_INEXACT | COND_ROUNDED | COND_CLAMPED)) {
        num_invalid(r, e, COND_INVALID);
    }
    e->status &= COND_ANY_INVALID | COND_NO_MEMORY;
    return context_signal(t, c, e->status) ? decimal_new(t, type, r) : 0;
}

static Value end_rounded(Thread *t, Num *r, Env *e, DecimalContext *c)
{
    if (r->kind >= KIND_QNAN && big_digits(&r->c) > e->prec - e->clamp && r->c.n) {
        num_invalid(r, e, COND_SYNTAX);
    }
    num_finish(r, e, false);
    return context_signal(t, c, e->status) ? decimal_new(t, &decimal_type, r) : 0;
}

/* A target: the exact type and context, or rounding to the context. */
typedef struct Target {
    Type *type;
    DecimalContext *context;
    bool exact;
} Target;

static Env target_env(const Target *to)
{
    Env e = ENV_MAX;
    if (!to->exact) {
        env_of(to->context, &e);
    }
    return e;
}

static Value end_for(Thread *t, const Target *to, Num *r, Env *e)
{
    return to->exact ? end_exact(t, to->type, r, e, to->context)
                     : end_rounded(t, r, e, to->context);
}

/* ---- text ---- */

static Value from_ascii(Thread *t, const char *text, size_t n, const Target *to)
{
    Env e = target_env(to);
    Num r;
    num_init(&r);
    bool ok;
    PARKED_IF(t, n > PARK_DIGITS, ok = num_parse(&r, text, n, &e));
    if (!ok) {
        num_invalid(&r, &e, COND_SYNTAX);
    }
    Value v = end_for(t, to, &r, &e);
    num_clear(&r);
    return v;
}

/* Leaves out underscores and the space around the text. */
static size_t strip(char *text, size_t n)
{
    size_t to = 0, from = 0;
    while (n > 0 && ascii_is_space((uint8_t)text[n - 1])) {
        n--;
    }
    while (from < n && ascii_is_space((uint8_t)text[from])) {
        from++;
    }
    for (; from < n; from++) {
        if (text[from] != '_') {
            text[to++] = text[from];
        }
    }
    return to;
}

static Value from_str(Thread *t, Value s, const Target *to)
{
    NumberText x;
    if (!number_text_init(t, &x, s)) {
        return 0;
    }
    size_t n = x.n;
    if (to->exact) {
        n = strip(x.p, n);
    }
    Value v = from_ascii(t, x.p, n, to);
    number_text_free(&x);
    return v;
}

/* ---- tuples ---- */

static bool is_list_or_tuple(Value v)
{
    return value_is_object(v) && value_has(v, TYPE_LIST | TYPE_TUPLE);
}

static bool put_coefficient(Thread *t, StrBuilder *b, Value v)
{
    Value digits = is_list_or_tuple(v) ? sequence_tuple(t, v) : 0;
    if (!digits) {
        if (!error_pending(t)) {
            value_error(t, "coefficient must be a tuple of digits");
        }
        return false;
    }
    for (size_t i = 0; i < tuple_len(digits); i++) {
        int64_t digit;
        Value item = tuple_get(digits, i);
        if (!value_is_int(item) || !int_try_int64(item, &digit) || digit < 0 || digit > 9) {
            value_error(t, "coefficient must be a tuple of digits");
            return false;
        }
        sb_char(b, (uint32_t)('0' + digit));
    }
    return true;
}

/* Leaves the exponent of a finite number in *exp; else *special is what is written in front. */
static bool tuple_exponent(Thread *t, Value v, const char **special, int64_t *exp)
{
    *special = NULL;
    *exp = 0;
    if (value_is_str(v)) {
        *special = str_eq_cstr(v, "F")   ? "Infinity"
                   : str_eq_cstr(v, "n") ? "NaN"
                   : str_eq_cstr(v, "N") ? "sNaN"
                                         : NULL;
        if (!*special) {
            value_error(t, "string argument in the third position must be 'F', 'n' or 'N'");
        }
        return *special != NULL;
    }
    if (!value_is_int(v)) {
        value_error(t, "exponent must be an integer");
        return false;
    }
    return int64_of_int(t, v, exp);
}

static Value from_tuple(Thread *t, Value v, const Target *to)
{
    Value parts = sequence_tuple(t, v);
    if (!parts) {
        return 0;
    }
    if (tuple_len(parts) != 3) {
        return value_error(t, "argument must be a sequence of length 3");
    }
    int64_t sign, exp;
    const char *special;
    if (!value_is_int(tuple_get(parts, 0)) || !int_try_int64(tuple_get(parts, 0), &sign) ||
        sign < 0 || sign > 1) {
        return value_error(t, "sign must be an integer with the value 0 or 1");
    }
    if (!tuple_exponent(t, tuple_get(parts, 2), &special, &exp)) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_cstr(&b, sign ? "-" : "");
    sb_cstr(&b, special ? special : "");
    size_t before = b.len;
    bool infinite = special && *special == 'I';
    if (!infinite && !put_coefficient(t, &b, tuple_get(parts, 1))) {
        return 0;
    }
    if (!special) {
        sb_format(&b, "%sE%lld", b.len == before ? "0" : "", (long long)exp);
    }
    Value text = sb_finish(&b);
    return text ? from_ascii(t, str_utf8(t, text, NULL), str_len(text), to) : 0;
}

/* ---- numbers ---- */

static Value from_operand(Thread *t, const Operand *a, const Target *to)
{
    Env e = target_env(to);
    Num r;
    num_init(&r);
    num_assign(&r, a, &e);
    Value v = end_for(t, to, &r, &e);
    num_clear(&r);
    return v;
}

static Value from_double(Thread *t, double d, const Target *to)
{
    Env e = target_env(to);
    Num r;
    num_init(&r);
    num_from_double(&r, d, &e);
    Value v = end_for(t, to, &r, &e);
    num_clear(&r);
    return v;
}

static Value from_value(Thread *t, Value v, const Target *to)
{
    Operand a;
    if (value_is_str(v)) {
        return from_str(t, v, to);
    }
    if (operand_of(v, &a)) {
        return to->exact ? decimal_from_operand(t, to->type, &a) : from_operand(t, &a, to);
    }
    if (is_list_or_tuple(v)) {
        return from_tuple(t, v, to);
    }
    if (value_is_float(v)) {
        return context_signal(t, to->context, COND_FLOAT) ? from_double(t, float_get(v), to) : 0;
    }
    return type_error(t, "conversion from %T to Decimal is not supported", v);
}

Value decimal_from_value(Thread *t, Type *type, Value v, DecimalContext *c)
{
    if (type == &decimal_type && is_exact_decimal(v)) {
        return v;
    }
    Target to = {type, c, true};
    return from_value(t, v, &to);
}

Value decimal_create(Thread *t, Value v, DecimalContext *c)
{
    Target to = {&decimal_type, c, false};
    return from_value(t, v, &to);
}

Value decimal_from_float(Thread *t, Type *type, Value v, DecimalContext *c, bool exact)
{
    Target to = {&decimal_type, c, exact};
    Operand a;
    Value made;
    if (value_is_int(v)) {
        operand_of_int(v, &a);
        made = from_operand(t, &a, &to);
    } else if (value_is_float(v)) {
        made = from_double(t, float_get(v), &to);
    } else {
        return type_error(t, "argument must be int or float");
    }
    return !made || type == &decimal_type ? made : call1(t, object_value(type), made);
}

Value decimal_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Decimal(value='0', context=None)");
    Value a[2] = {0, 0};
    if (LIKELY(n == 1 && !kwnames)) {
        a[0] = args[0];
    } else if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    DecimalContext *c = context_arg(t, a[1]);
    return c ? decimal_from_value(t, type, a[0] ? a[0] : fixnum(0), c) : 0;
}
