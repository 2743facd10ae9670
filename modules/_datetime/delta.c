/* timedelta: construction, text, comparison.  Arithmetic: delta_arith.c.  Totals of microseconds
 * need 67 bits: __int128. */
#include <math.h>
#include <stdio.h>

#include "core/base/hash.h"
#include "core/object/float.h"
#include "modules/_datetime/datetime.h"

static bool days_in_range(Thread *t, int64_t days)
{
    if (days < INT32_MIN || days > INT32_MAX) {
        overflow_error(t, "Python int too large to convert to C int");
        return false;
    }
    if (days < -DAYS_MAX || days > DAYS_MAX) {
        overflow_error(t, "days=%lld; must have magnitude <= %d", (long long)days, DAYS_MAX);
        return false;
    }
    return true;
}

static Value make(Thread *t, Type *type, int64_t days, int seconds, int us)
{
    Delta *d = days_in_range(t, days) ? object_alloc_instance(t, type, 0) : NULL;
    if (d) {
        assert(seconds >= 0 && seconds < DAY_SECONDS && us >= 0 && us < SECOND_US);
        d->days = (int32_t)days;
        d->seconds = seconds;
        d->us = us;
    }
    return object_value(d);
}

Value delta_from_us(Thread *t, Type *type, __int128 us)
{
    int64_t rest, days = days_of_us(us, &rest);
    return make(t, type, days, (int)(rest / SECOND_US), (int)(rest % SECOND_US));
}

Value delta_new(Thread *t, int days, int seconds, int us)
{
    return delta_from_us(t, &delta_type,
                         (__int128)days * DAY_US + (int64_t)seconds * SECOND_US + us);
}

/* ---- construction ---- */

typedef struct Sum { __int128 us; double left; /* below one microsecond */ } Sum;

static bool out_of_range(Thread *t)
{
    overflow_error(t, "Python int too large to convert to C int");
    return false;
}

static bool add_double(Thread *t, Sum *sum, double d, int64_t factor)
{
    double whole, part = modf(d, &whole);
    if (!isfinite(d)) {
        return int_from_double(t, d) != 0;
    }
    if (fabs(whole) >= 9.2e18) {
        return out_of_range(t);
    }
    sum->us += (__int128)(int64_t)whole * factor;
    if (part != 0.0) {
        part = modf(part * (double)factor, &whole);
        sum->us += (int64_t)whole;
        sum->left += part;
    }
    return true;
}

static bool add_component(Thread *t, Sum *sum, Value v, const char *name, int64_t factor)
{
    if (value_is_int(v)) {
        int64_t i;
        if (!int_try_int64(v, &i)) {
            return out_of_range(t);
        }
        sum->us += (__int128)i * factor;
        return true;
    }
    if (value_is_float(v)) {
        return add_double(t, sum, float_get(v), factor);
    }
    type_error(t, "unsupported type for timedelta %s component: %T", name, v);
    return false;
}

/* What is left of all components, rounded half to even in the sum. */
static void add_left(Sum *sum)
{
    double whole = round(sum->left);
    if (fabs(whole - sum->left) == 0.5) {
        double odd = (double)(sum->us & 1);
        whole = 2.0 * round((sum->left + odd) * 0.5) - odd;
    }
    sum->us += (int64_t)whole;
}

static Value delta_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE(
        "__new__(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)");
    static const struct { int at; const char *name; int64_t factor;
    } components[] = {
        {2, "microseconds", 1},           {3, "milliseconds", 1000},
        {1, "seconds", SECOND_US},        {4, "minutes", 60ll * SECOND_US},
        {5, "hours", 3600ll * SECOND_US}, {0, "days", DAY_US},
        {6, "weeks", 7 * DAY_US},
    };
    Value a[7];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Sum sum = {0, 0.0};
    for (size_t i = 0; i < ARRAY_SIZE(components); i++) {
        Value v = a[components[i].at];
        if (v && !add_component(t, &sum, v, components[i].name, components[i].factor)) {
            return 0;
        }
    }
    add_left(&sum);
    return delta_from_us(t, type, sum.us);
}

/* ---- text ---- */

static Value delta_repr(Thread *t, Value self)
{
    const Delta *d = as_delta(self);
    const struct { const char *name; int v; } fields[] = {
        {"days", d->days}, {"seconds", d->seconds}, {"microseconds", d->us},
    };
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "%s(", type_of(self)->name);
    const char *sep = "";
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        if (fields[i].v != 0) {
            sb_format(&b, "%s%s=%d", sep, fields[i].name, fields[i].v);
            sep = ", ";
        }
    }
    sb_cstr(&b, *sep ? ")" : "0)");
    return sb_finish(&b);
}

static Value delta_str(Thread *t, Value self)
{
    const Delta *d = as_delta(self);
    char text[64];
    int n = d->days ? snprintf(text, sizeof text, "%d day%s, ", d->days,
                               d->days == 1 || d->days == -1 ? "" : "s")
                    : 0;
    n += snprintf(text + n, sizeof text - (size_t)n, "%d:%02d:%02d", d->seconds / 3600,
                  d->seconds / 60 % 60, d->seconds % 60);
    if (d->us) {
        n += snprintf(text + n, sizeof text - (size_t)n, ".%06d", d->us);
    }
    return str_from_ascii(t, text, (size_t)n);
}

/* ---- comparison ---- */

int64_t hash_words(const int64_t *words, size_t n)
{
    int64_t h = (int64_t)siphash13(words, n * sizeof *words, runtime.hash_key);
    return h == -1 ? -2 : h;
}

Value compare_result(int difference, CompareOp op)
{
    switch (op) {
    case CMP_LT:
        return bool_value(difference < 0);
    case CMP_LE:
        return bool_value(difference <= 0);
    case CMP_EQ:
        return bool_value(difference == 0);
    case CMP_NE:
        return bool_value(difference != 0);
    case CMP_GT:
        return bool_value(difference > 0);
    default:
        return bool_value(difference >= 0);
    }
}

int delta_sign_of_difference(const Delta *a, const Delta *b)
{
    __int128 difference = delta_us(a) - delta_us(b);
    return difference < 0 ? -1 : difference > 0;
}

static Value delta_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    return is_delta(b) ? compare_result(delta_sign_of_difference(as_delta(a), as_delta(b)), op)
                       : NOT_IMPLEMENTED;
}

static int64_t delta_hash(Thread *t UNUSED, Value self)
{
    const Delta *d = as_delta(self);
    int64_t words[3] = {d->days, d->seconds, d->us};
    return hash_words(words, 3);
}

static int delta_truth(Thread *t UNUSED, Value self)
{
    const Delta *d = as_delta(self);
    return d->days || d->seconds || d->us;
}

/* ---- methods ---- */

Value delta_total_seconds(Thread *t, Value delta)
{
    __int128 us = delta_us(as_delta(delta));
    if (us > -(1ll << 53) && us < 1ll << 53) {
        return float_new(t, (double)(int64_t)us / 1e6);
    }
    const Delta *d = as_delta(delta);
    Value seconds = fixnum((int64_t)d->days * DAY_SECONDS + d->seconds);
    Value total = int_mul(t, seconds, fixnum(SECOND_US));
    total = total ? int_add(t, total, fixnum(d->us)) : 0;
    return total ? number_binary(t, OP_TRUEDIV, total, fixnum(SECOND_US)) : 0;
}

static Value total_seconds_method(METHOD_ARGS)
{
    return delta_total_seconds(t, args[0]);
}

static Value delta_reduce(METHOD_ARGS)
{
    const Delta *d = as_delta(args[0]);
    Value state = tuple_pack(t, 3, fixnum(d->days), fixnum(d->seconds), fixnum(d->us));
    return state ? tuple_pack(t, 2, object_value(type_of(args[0])), state) : 0;
}

static const NativeDef delta_methods[] = {
    {"total_seconds()", total_seconds_method, "The whole duration in seconds, as a float.", 0},
    {"__reduce__()", delta_reduce, "__reduce__() -> (cls, state)", 0},
    {0},
};

static const MemberDef delta_members[] = {
    {"days", MEMBER_INT, offsetof(Delta, days), true, "Days, negative or not."},
    {"seconds", MEMBER_INT, offsetof(Delta, seconds), true, "Seconds beyond the days: 0 to 86399."},
    {"microseconds", MEMBER_INT, offsetof(Delta, us), true,
     "Microseconds beyond the seconds: 0 to 999999."},
    {0},
};

Type delta_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.timedelta",
    .doc = "A duration: what lies between two moments.\n\n"
           "timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, "
           "weeks=0)\n\n"
           "Every argument may be left out, be an int or a float, and be negative.",
    .size = sizeof(Delta),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_FLAT_COMPARE,
    .new = delta_type_new,
    .getattr = generic_getattr,
    .repr = delta_repr,
    .str = delta_str,
    .compare = delta_compare,
    .hash = delta_hash,
    .truth = delta_truth,
    .add = delta_add,
    .sub = delta_sub,
    .neg = delta_neg,
    .pos = delta_pos,
    .abs = delta_abs,
    .mul = delta_mul,
    .truediv = delta_truediv,
    .floordiv = delta_floordiv,
    .mod = delta_mod,
    .divmod = delta_divmod,
    .methods = delta_methods,
    .members = delta_members,
};
