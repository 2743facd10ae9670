/* tzinfo, the base class of time zones, and timezone, a fixed offset. */
#include "modules/_datetime/datetime.h"

static Value utc; /* root */

Value timezone_utc(void)
{
    return utc;
}

static TimeZone *as_timezone(Value v)
{
    return (TimeZone *)value_object(v);
}

bool tzinfo_check(Thread *t, Value tz)
{
    if (is_none(tz) || value_isa(tz, &tzinfo_type)) {
        return true;
    }
    type_error(t, "tzinfo argument must be None or of a tzinfo subclass, not type '%T'", tz);
    return false;
}

/* ---- asking a tzinfo ---- */

static bool offset_in_range(Value offset)
{
    const Delta *d = as_delta(offset);
    return d->days == 0 || (d->days == -1 && (d->seconds > 0 || d->us > 0));
}

static Value ask_offset(Thread *t, Value tz, Value name, const char *text, Value arg)
{
    if (is_none(tz)) {
        return NONE;
    }
    Value v = call_method1(t, tz, name, arg);
    if (!v || is_none(v)) {
        return v;
    }
    if (!is_delta(v)) {
        return type_error(t, "tzinfo.%s() must return None or timedelta, not '%T'", text, v);
    }
    return offset_in_range(v) ? v : value_error(t, "offset must be a timedelta strictly between "
                                                   "-timedelta(hours=24) and timedelta(hours=24).");
}

Value tzinfo_utcoffset(Thread *t, Value tz, Value arg)
{
    if (type_of(tz) == &timezone_type) {
        return as_timezone(tz)->offset;
    }
    return ask_offset(t, tz, N(utcoffset), "utcoffset", arg);
}

Value tzinfo_dst(Thread *t, Value tz, Value arg)
{
    return ask_offset(t, tz, N(dst), "dst", arg);
}

Value tzinfo_tzname(Thread *t, Value tz, Value arg)
{
    if (is_none(tz)) {
        return NONE;
    }
    Value v = call_method1(t, tz, N(tzname), arg);
    return !v || is_none(v) || value_is_str(v)
               ? v : type_error(t, "tzinfo.tzname() must return None or a string, not '%T'", v);
}

bool format_offset(Thread *t UNUSED, StrBuilder *b, const char *sep, Value offset)
{
    if (is_none(offset)) {
        return true;
    }
    int64_t us = (int64_t)delta_us(as_delta(offset)); /* less than a day */
    char sign = us < 0 ? '-' : '+';
    us = us < 0 ? -us : us;
    int seconds = (int)(us / SECOND_US), rest = (int)(us % SECOND_US);
    sb_format(b, "%c%02d%s%02d", sign, seconds / 3600, sep, seconds / 60 % 60);
    if (seconds % 60 || rest) {
        sb_format(b, "%s%02d", sep, seconds % 60);
    }
    if (rest) {
        sb_format(b, ".%06d", rest);
    }
    return !b->failed;
}

/* ---- tzinfo ---- */

static Value tzinfo_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static Value must_implement(Thread *t, const char *name)
{
    return raise(t, &exc_NotImplementedError, "a tzinfo subclass must implement %s()", name);
}

static Value tzinfo_no_utcoffset(METHOD_ARGS)
{
    return must_implement(t, "utcoffset");
}

static Value tzinfo_no_tzname(METHOD_ARGS)
{
    return must_implement(t, "tzname");
}

static Value tzinfo_no_dst(METHOD_ARGS)
{
    return must_implement(t, "dst");
}

static bool check_fromutc(Thread *t, Value self, Value dt)
{
    if (!is_datetime(dt)) {
        type_error(t, "fromutc: argument must be a datetime");
        return false;
    }
    if (as_datetime(dt)->tzinfo != self) {
        value_error(t, "fromutc: dt.tzinfo is not self");
        return false;
    }
    return true;
}

static Value without_none(Thread *t, Value v, const char *words)
{
    return v && is_none(v) ? value_error(t, "fromutc: %s", words) : v;
}

/* Standard time is utc + (offset - dst); daylight time begins where that says so. */
static Value tzinfo_fromutc(METHOD_ARGS)
{
    Value self = args[0], dt = args[1];
    if (!check_fromutc(t, self, dt)) {
        return 0;
    }
    Value offset =
        without_none(t, datetime_utcoffset(t, dt), "non-None utcoffset() result required");
    Value dst =
        offset ? without_none(t, tzinfo_dst(t, self, dt), "non-None dst() result required") : 0;
    Value standard = dst ? delta_sub(t, offset, dst) : 0;
    Value result = standard ? datetime_add(t, dt, standard) : 0;
    if (!result) {
        return 0;
    }
    dst = without_none(t, tzinfo_dst(t, self, result),
                       "tz.dst() gave inconsistent results; cannot convert");
    if (!dst || delta_us(as_delta(dst)) == 0) {
        return dst ? result : 0;
    }
    return datetime_add(t, result, dst);
}

static Value tzinfo_reduce(METHOD_ARGS)
{
    Value make, init = tuple_empty();
    int found = object_lookup_attr(t, args[0], N(__getinitargs__), &make);
    if (found < 0 || (found > 0 && !(init = call0(t, make)))) {
        return 0;
    }
    Value state = call_method0(t, args[0], N(__getstate__));
    return state ? tuple_pack(t, 3, object_value(type_of(args[0])), init, state) : 0;
}

static const NativeDef tzinfo_methods[] = {
    {"tzname(dt, /)", tzinfo_no_tzname, "The zone's name at a datetime.", 0},
    {"utcoffset(dt, /)", tzinfo_no_utcoffset,
     "Offset from UTC at a datetime: a timedelta, negative in the west.", 0},
    {"dst(dt, /)", tzinfo_no_dst, "Daylight saving at a datetime: a timedelta.", 0},
    {"fromutc(dt, /)", tzinfo_fromutc, "Local time of a datetime in UTC.", 0},
    {"__reduce__()", tzinfo_reduce, "-> (cls, state)", 0},
    {0},
};

Type tzinfo_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.tzinfo",
    .doc = "Abstract base class of time zones.",
    .size = sizeof(Object),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .new = tzinfo_new,
    .getattr = generic_getattr,
    .methods = tzinfo_methods,
};

/* ---- timezone ---- */

static void timezone_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((TimeZone *)o)->offset);
    trace_value(tr, ((TimeZone *)o)->name);
}

static Value timezone_make(Thread *t, Value offset, Value name)
{
    TimeZone *tz = object_alloc(t, &timezone_type, sizeof *tz);
    if (tz) {
        gc_init(&tz->offset, offset);
        gc_init(&tz->name, name);
    }
    return object_value(tz);
}

Value timezone_new(Thread *t, Value offset, Value name)
{
    if (!offset_in_range(offset)) {
        return value_error(t,
                           "offset must be a timedelta strictly between -timedelta(hours=24) and "
                           "timedelta(hours=24), not %R.",
                           offset);
    }
    return is_none(name) && delta_us(as_delta(offset)) == 0 ? utc : timezone_make(t, offset, name);
}

static Value timezone_type_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("timezone(offset, name=None)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!is_delta(a[0])) {
        return type_error(t, "timezone() argument 1 must be datetime.timedelta, not %T", a[0]);
    }
    if (a[1] && !value_is_str(a[1])) {
        return type_error(t, "timezone() argument 2 must be str, not %T", a[1]);
    }
    return timezone_new(t, a[0], a[1] ? a[1] : NONE);
}

static Value timezone_repr(Thread *t, Value self)
{
    const TimeZone *tz = as_timezone(self);
    if (self == utc) {
        return str_from_cstr(t, "datetime.timezone.utc");
    }
    return is_none(tz->name)
               ? str_format(t, "%s(%R)", type_of(self)->name, tz->offset)
               : str_format(t, "%s(%R, %R)", type_of(self)->name, tz->offset, tz->name);
}

static Value timezone_str(Thread *t, Value self)
{
    const TimeZone *tz = as_timezone(self);
    if (!is_none(tz->name)) {
        return tz->name;
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_cstr(&b, "UTC");
    if (self != utc && delta_us(as_delta(tz->offset)) != 0 &&
        !format_offset(t, &b, ":", tz->offset)) {
        return 0;
    }
    return sb_finish(&b);
}

static Value timezone_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(b) != &timezone_type) {
        return NOT_IMPLEMENTED;
    }
    return compare_result(delta_sign_of_difference(as_delta(as_timezone(a)->offset),
                                                   as_delta(as_timezone(b)->offset)),
                          op);
}

static int64_t timezone_hash(Thread *t, Value self)
{
    return object_hash(t, as_timezone(self)->offset);
}

static bool check_argument(Thread *t, Value dt, const char *method)
{
    if (is_none(dt) || is_datetime(dt)) {
        return true;
    }
    type_error(t, "%s(dt) argument must be a datetime instance or None, not %T", method, dt);
    return false;
}

static Value timezone_tzname(METHOD_ARGS)
{
    return check_argument(t, args[1], "tzname") ? timezone_str(t, args[0]) : 0;
}

static Value timezone_utcoffset(METHOD_ARGS)
{
    return check_argument(t, args[1], "utcoffset") ? as_timezone(args[0])->offset : 0;
}

static Value timezone_dst(METHOD_ARGS)
{
    return check_argument(t, args[1], "dst") ? NONE : 0;
}

static Value timezone_fromutc(METHOD_ARGS)
{
    return check_fromutc(t, args[0], args[1])
               ? datetime_add(t, args[1], as_timezone(args[0])->offset)
               : 0;
}

static Value timezone_getinitargs(METHOD_ARGS)
{
    const TimeZone *tz = as_timezone(args[0]);
    return is_none(tz->name) ? tuple_pack(t, 1, tz->offset)
                             : tuple_pack(t, 2, tz->offset, tz->name);
}

static const NativeDef timezone_methods[] = {
    {"tzname(dt, /)", timezone_tzname, "The name given at creation, or else 'UTC' with the offset.",
     0},
    {"utcoffset(dt, /)", timezone_utcoffset, "The fixed offset.", 0},
    {"dst(dt, /)", timezone_dst, "None.", 0},
    {"fromutc(dt, /)", timezone_fromutc, "Local time of a datetime in UTC.", 0},
    {"__getinitargs__()", timezone_getinitargs, "What pickle makes it from again.", 0},
    {0},
};

Type timezone_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.timezone",
    .base = &tzinfo_type,
    .doc = "A time zone with a fixed offset from UTC.",
    .size = sizeof(TimeZone),
    .flags = TYPE_IMMUTABLE,
    .trace = timezone_trace,
    .new = timezone_type_new,
    .repr = timezone_repr,
    .str = timezone_str,
    .compare = timezone_compare,
    .hash = timezone_hash,
    .methods = timezone_methods,
};

bool timezone_init(Thread *t)
{
    if (!utc) {
        gc_add_root(&utc);
        Value zero = delta_new(t, 0, 0, 0);
        utc = zero ? timezone_make(t, zero, NONE) : 0;
    }
    return utc != 0;
}
