/* datetime: construction, text, attributes.  Comparison and arithmetic: datetime_arith.c; clocks:
 * datetime_convert.c. */
#include "core/object/bytes.h"
#include "modules/_datetime/datetime.h"

static void datetime_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((DateTime *)o)->tzinfo);
}

Value datetime_new(Thread *t, Type *type, const int *ymd, const Clock *c, Value tz)
{
    DateTime *v = object_alloc_instance(t, type, 0);
    if (v) {
        v->date.year = ymd[0];
        v->date.month = (uint8_t)ymd[1];
        v->date.day = (uint8_t)ymd[2];
        v->clock = *c;
        gc_init(&v->tzinfo, tz);
        v->date.has_tzinfo = !is_none(tz);
    }
    return object_value(v);
}

Value datetime_new_as(Thread *t, Type *type, const int *ymd, const Clock *c, Value tz)
{
    if (type == &datetime_type) {
        return datetime_new(t, type, ymd, c, tz);
    }
    Value a[8] = {fixnum(ymd[0]), fixnum(ymd[1]), fixnum(ymd[2]), fixnum(c->hour),
                  fixnum(c->minute), fixnum(c->second), fixnum(c->us), tz};
    Value v = call(t, object_value(type), a, 8, 0);
    if (v && c->fold && is_datetime(v)) { /* not published by anyone but the class itself */
        as_datetime(v)->clock.fold = 1;
    }
    return v;
}

static Value datetime_from_state(Thread *t, Type *type, const uint8_t *state, Value tz)
{
    if (!is_none(tz) && !value_isa(tz, &tzinfo_type)) {
        return type_error(t, "bad tzinfo state arg");
    }
    int ymd[3] = {state[0] << 8 | state[1], state[2] & 0x7f, state[3]};
    Clock c;
    clock_from_state(state + 4, &c);
    c.fold = state[2] >> 7;
    return datetime_new(t, type, ymd, &c, tz);
}

static Value datetime_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("function(year, month, day, hour=0, minute=0, second=0, "
                                     "microsecond=0, tzinfo=None, *, fold=0)");
    static const StateShape shape = {"datetime", 10, 2, 0x7f, 1, 13};
    const uint8_t *state;
    if ((n == 1 || n == 2) && !kwnames) {
        if (!pickle_state(t, args[0], shape, &state)) {
            return 0;
        }
        if (state) {
            return datetime_from_state(t, type, state, n == 2 ? args[1] : NONE);
        }
    }
    Value a[9];
    int f[7] = {0}, fold = 0;
    Clock c;
    if (!args_bind(t, &sig, args, n, kwnames, a) || !int_args(t, a, 7, f) ||
        !int_args(t, a + 8, 1, &fold)) {
        return 0;
    }
    Value tz = a[7] ? a[7] : NONE;
    return check_date(t, f[0], f[1], f[2]) && check_clock(t, f + 3, fold, &c) && tzinfo_check(t, tz)
               ? datetime_new(t, type, f, &c, tz) : 0;
}

/* ---- constructors ---- */

static Value datetime_strptime(METHOD_ARGS)
{
    for (size_t i = 1; i < 3; i++) {
        if (!value_is_str(args[i])) {
            return type_error(t, "strptime() argument %zu must be str, not %T", i, args[i]);
        }
    }
    Value parse = import_attr(t, "_strptime", "_strptime_datetime");
    return parse ? call3(t, parse, args[0], args[1], args[2]) : 0;
}

static Value datetime_combine(METHOD_ARGS)
{
    if (!is_date(args[1])) {
        return type_error(t, "combine() argument 1 must be datetime.date, not %T", args[1]);
    }
    if (!is_time(args[2])) {
        return type_error(t, "combine() argument 2 must be datetime.time, not %T", args[2]);
    }
    const Date *d = as_date(args[1]);
    Value tz = args[3] ? args[3] : as_time(args[2])->tzinfo;
    int ymd[3] = {d->year, d->month, d->day};
    return tzinfo_check(t, tz)
               ? datetime_new_as(t, value_type(args[0]), ymd, &as_time(args[2])->clock, tz)
               : 0;
}

/* The text in UTF-8; a separator that is not ASCII becomes 'T'.  NULL: malformed, or raised. */
static const char *separated_text(Thread *t, Value text, size_t *n)
{
    const Str *s = value_str(text);
    if (s->ascii || s->len < 8) {
        return str_utf8(t, text, n);
    }
    char start[16]; /* where the date ends shows before that */
    size_t len = s->len < sizeof start ? s->len : sizeof start;
    for (size_t i = 0; i < len; i++) {
        uint32_t c = str_get(s, i);
        start[i] = (char)(c < 0x80 ? c : 'T');
    }
    size_t at = iso_separator(start, len);
    if (at == 0 || at >= s->len) {
        return NULL;
    }
    Value left = str_substring(t, text, 0, at),
          right = left ? str_substring(t, text, at + 1, s->len) : 0;
    Value all = right ? str_concat_n(t, (Value[]){left, str_from_char(t, 'T'), right}, 3) : 0;
    return all ? str_utf8(t, all, n) : NULL;
}

static Value datetime_fromisoformat(METHOD_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "fromisoformat: argument must be str");
    }
    int ymd[3], fields[4] = {0};
    size_t len = 0;
    Value tz = NONE;
    const char *p = separated_text(t, args[1], &len);
    error_clear(t); /* surrogates: no date either */
    size_t at = p ? iso_separator(p, len) : 0;
    bool good = at > 0 && at <= len && parse_iso_date(p, at, ymd);
    if (good && at < len) {
        IsoResult r = parse_iso_time(t, p + at + 1, len - at - 1, fields, &tz);
        if (r == ISO_RAISED) {
            return 0;
        }
        good = r == ISO_OK;
    }
    Clock c;
    if (!good) {
        return value_error(t, "Invalid isoformat string: %R", args[1]);
    }
    return check_date(t, ymd[0], ymd[1], ymd[2]) && check_clock(t, fields, 0, &c)
               ? datetime_new_as(t, value_type(args[0]), ymd, &c, tz) : 0;
}

/* ---- time zone ---- */

Value datetime_utcoffset(Thread *t, Value dt)
{
    return tzinfo_utcoffset(t, as_datetime(dt)->tzinfo, dt);
}

static Value utcoffset_method(METHOD_ARGS)
{
    return datetime_utcoffset(t, args[0]);
}

static Value datetime_dst(METHOD_ARGS)
{
    return tzinfo_dst(t, as_datetime(args[0])->tzinfo, args[0]);
}

static Value datetime_tzname(METHOD_ARGS)
{
    return tzinfo_tzname(t, as_datetime(args[0])->tzinfo, args[0]);
}

/* ---- text ---- */

static Value datetime_repr(Thread *t, Value self)
{
    const DateTime *v = as_datetime(self);
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "%s(%d, %d, %d, %d, %d", type_of(self)->name, v->date.year, v->date.month,
              v->date.day, v->clock.hour, v->clock.minute);
    if (v->clock.second || v->clock.us) {
        sb_format(&b, ", %d", v->clock.second);
    }
    if (v->clock.us) {
        sb_format(&b, ", %d", v->clock.us);
    }
    if (v->clock.fold) {
        sb_cstr(&b, ", fold=1");
    }
    if (!is_none(v->tzinfo)) {
        sb_format(&b, ", tzinfo=%R", v->tzinfo);
    }
    sb_char(&b, ')');
    return error_pending(t) ? 0 : sb_finish(&b);
}

static Value isoformat(Thread *t, Value self, uint32_t sep, TimeSpec spec)
{
    StrBuilder b;
    sb_init(&b, t);
    format_date(&b, &as_datetime(self)->date);
    sb_char(&b, sep);
    format_clock(&b, &as_datetime(self)->clock, spec);
    Value offset = datetime_utcoffset(t, self);
    return offset && format_offset(t, &b, ":", offset) ? sb_finish(&b) : 0;
}

static Value datetime_isoformat(METHOD_ARGS)
{
    TimeSpec spec;
    if (args[1] && !(value_is_str(args[1]) && str_len(args[1]) == 1)) {
        return type_error(t, "isoformat() argument 1 must be a unicode character, not %T", args[1]);
    }
    return timespec_arg(t, args[2], 2, &spec)
               ? isoformat(t, args[0], args[1] ? str_get(value_str(args[1]), 0) : 'T', spec) : 0;
}

static Value datetime_str(Thread *t, Value self)
{
    return call_method1(t, self, N(isoformat), str_from_char(t, ' '));
}

/* ---- other forms ---- */

static Value datetime_date(METHOD_ARGS)
{
    const Date *d = as_date(args[0]);
    return date_new(t, &date_type, d->year, d->month, d->day);
}

static Value datetime_time(METHOD_ARGS)
{
    return time_new(t, &time_type, &as_datetime(args[0])->clock, NONE);
}

static Value datetime_timetz(METHOD_ARGS)
{
    return time_new(t, &time_type, &as_datetime(args[0])->clock, as_datetime(args[0])->tzinfo);
}

static Value datetime_replace(METHOD_ARGS)
{
    const DateTime *v = as_datetime(args[0]);
    const Clock *old = &v->clock;
    int f[7] = {v->date.year, v->date.month, v->date.day, old->hour,
                old->minute,  old->second,   old->us},
        fold = old->fold;
    Value tz = args[8] ? args[8] : v->tzinfo;
    Clock c;
    if (!int_args(t, args + 1, 7, f) || !int_args(t, args + 9, 1, &fold)) {
        return 0;
    }
    return check_date(t, f[0], f[1], f[2]) && check_clock(t, f + 3, fold, &c) && tzinfo_check(t, tz)
               ? datetime_new(t, type_of(args[0]), f, &c, tz) : 0;
}

static Value reduce(Thread *t, Value self, bool with_fold)
{
    const DateTime *v = as_datetime(self);
    uint8_t bytes[10] = {(uint8_t)(v->date.year >> 8), (uint8_t)v->date.year, v->date.month,
                         v->date.day};
    clock_to_state(&v->clock, bytes + 4);
    if (with_fold && v->clock.fold) {
        bytes[2] |= 0x80;
    }
    return reduce_state(t, self, bytes, sizeof bytes, v->tzinfo);
}

static Value datetime_reduce_ex(METHOD_ARGS)
{
    int protocol;
    return value_to_int(t, args[1], &protocol) ? reduce(t, args[0], protocol > 3) : 0;
}

static Value datetime_reduce(METHOD_ARGS)
{
    return reduce(t, args[0], false);
}

static const GetSetDef datetime_getset[] = {CLOCK_GETSET(DateTime)};

static const NativeDef datetime_methods[] = {
    {"now(tz=None)", datetime_now, "The current time: local, or in a time zone.", NATIVE_CLASS},
    {"utcnow()", datetime_utcnow, "The current UTC time, without a time zone.", NATIVE_CLASS},
    {"fromtimestamp(timestamp, tz=None)", datetime_fromtimestamp,
     "The time of a POSIX timestamp: local, or in a zone.", NATIVE_CLASS},
    {"utcfromtimestamp(timestamp, /)", datetime_utcfromtimestamp,
     "The UTC time of a POSIX timestamp, without a zone.", NATIVE_CLASS},
    {"strptime(date_string, format, /)", datetime_strptime,
     "Parses a text by a format, as time.strptime() does.", NATIVE_CLASS},
    {"combine(date, time, tzinfo=None)", datetime_combine,
     "The datetime with the fields of a date and a time.", NATIVE_CLASS},
    {"fromisoformat(date_string, /)", datetime_fromisoformat,
     "The datetime that an ISO 8601 text stands for.", NATIVE_CLASS},
    {"date()", datetime_date, "The date part.", 0},
    {"time()", datetime_time, "The time part, without time zone.", 0},
    {"timetz()", datetime_timetz, "The time part, with time zone.", 0},
    {"timetuple()", datetime_timetuple, "A time tuple like that of time.localtime().", 0},
    {"timestamp()", datetime_timestamp, "The POSIX timestamp as a float.", 0},
    {"utctimetuple()", datetime_utctimetuple, "A time tuple in UTC.", 0},
    {"isoformat(sep='T', timespec='auto')", datetime_isoformat,
     "Text in the form YYYY-MM-DDTHH:MM:SS[.ffffff][+HH:MM]; sep stands between date and time.", 0},
    {"utcoffset()", utcoffset_method, "self.tzinfo.utcoffset(self), or None.", 0},
    {"tzname()", datetime_tzname, "self.tzinfo.tzname(self), or None.", 0},
    {"dst()", datetime_dst, "self.tzinfo.dst(self), or None.", 0},
    {"replace(year=None, month=None, day=None, hour=None, minute=None, second=None, "
     "microsecond=None, tzinfo=None, *, "
     "fold=None)",
     datetime_replace, "The datetime with other fields.", 0},
    {"astimezone(tz=None)", datetime_astimezone,
     "The same moment in another time zone; None: the local one.", 0},
    {"__reduce_ex__(protocol, /)", datetime_reduce_ex, "__reduce_ex__(proto) -> (cls, state)", 0},
    {"__reduce__()", datetime_reduce, "__reduce__() -> (cls, state)", 0},
    {0},
};

Type datetime_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.datetime",
    .base = &date_type,
    .doc = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])\n\n"
           "A day and a time of day, with or without a time zone.",
    .size = sizeof(DateTime),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_FLAT_COMPARE,
    .trace = datetime_trace,
    .new = datetime_type_new,
    .getattr = generic_getattr,
    .repr = datetime_repr,
    .str = datetime_str,
    .compare = datetime_compare,
    .hash = datetime_hash,
    .add = datetime_add,
    .sub = datetime_sub,
    .methods = datetime_methods,
    .getset = datetime_getset,
};
