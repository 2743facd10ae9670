/* time: a time of day, with or without a time zone. */
#include "core/object/bytes.h"
#include "modules/_datetime/datetime.h"

bool check_clock(Thread *t, const int *fields, int fold, Clock *out)
{
    static const struct { const char *name; int last; } limits[] = {
        {"hour", 23}, {"minute", 59}, {"second", 59}, {"microsecond", 999999},
    };
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (fields[i] < 0 || fields[i] > limits[i].last) {
            value_error(t, "%s must be in 0..%d", limits[i].name, limits[i].last);
            return false;
        }
    }
    if (fold != 0 && fold != 1) {
        value_error(t, "fold must be either 0 or 1");
        return false;
    }
    *out = (Clock){(uint8_t)fields[0], (uint8_t)fields[1], (uint8_t)fields[2], (uint8_t)fold,
                   fields[3]};
    return true;
}

int64_t clock_us(const Clock *c)
{
    return ((int64_t)c->hour * 3600 + c->minute * 60 + c->second) * SECOND_US + c->us;
}

int clock_compare(const Clock *a, const Clock *b)
{
    int64_t x = clock_us(a), y = clock_us(b);
    return x < y ? -1 : x > y;
}

void clock_to_state(const Clock *c, uint8_t *six)
{
    const uint8_t bytes[6] = {c->hour, c->minute, c->second,
                              (uint8_t)(c->us >> 16), (uint8_t)(c->us >> 8), (uint8_t)c->us};
    memcpy(six, bytes, sizeof bytes);
}

void clock_from_state(const uint8_t *six, Clock *c)
{
    *c = (Clock){six[0], six[1], six[2], 0, six[3] << 16 | six[4] << 8 | six[5]};
}

Value reduce_state(Thread *t, Value self, const uint8_t *state, size_t n, Value tzinfo)
{
    Value bytes = bytes_new(t, state, n);
    Value args = !bytes            ? 0
                 : is_none(tzinfo) ? tuple_pack(t, 1, bytes)
                                   : tuple_pack(t, 2, bytes, tzinfo);
    return args ? tuple_pack(t, 2, object_value(type_of(self)), args) : 0;
}

static const void *field(Value self, void *offset)
{
    return (const char *)value_object(self) + (uintptr_t)offset;
}

Value clock_get_hour(Thread *t UNUSED, Value self, void *at)
{
    return fixnum(((const Clock *)field(self, at))->hour);
}
Value clock_get_minute(Thread *t UNUSED, Value self, void *at)
{
    return fixnum(((const Clock *)field(self, at))->minute);
}
Value clock_get_second(Thread *t UNUSED, Value self, void *at)
{
    return fixnum(((const Clock *)field(self, at))->second);
}
Value clock_get_us(Thread *t UNUSED, Value self, void *at)
{
    return fixnum(((const Clock *)field(self, at))->us);
}
Value clock_get_fold(Thread *t UNUSED, Value self, void *at)
{
    return fixnum(((const Clock *)field(self, at))->fold);
}
Value clock_get_tzinfo(Thread *t UNUSED, Value self, void *at)
{
    return *(const Value *)field(self, at);
}

static void time_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Time *)o)->tzinfo);
}

Value time_new(Thread *t, Type *type, const Clock *c, Value tz)
{
    Time *v = object_alloc_instance(t, type, 0);
    if (v) {
        v->clock = *c;
        gc_init(&v->tzinfo, tz);
        v->has_tzinfo = !is_none(tz);
    }
    return object_value(v);
}

static Value time_from_state(Thread *t, Type *type, const uint8_t *state, Value tz)
{
    Clock c;
    if (!is_none(tz) && !value_isa(tz, &tzinfo_type)) {
        return type_error(t, "bad tzinfo state arg");
    }
    clock_from_state(state, &c);
    c.fold = c.hour >> 7;
    c.hour &= 0x7f;
    return time_new(t, type, &c, tz);
}

static Value time_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("function(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0)");
    static const StateShape shape = {"time", 6, 0, 0x7f, 0, 24};
    const uint8_t *state;
    if ((n == 1 || n == 2) && !kwnames) {
        if (!pickle_state(t, args[0], shape, &state)) {
            return 0;
        }
        if (state) {
            return time_from_state(t, type, state, n == 2 ? args[1] : NONE);
        }
    }
    Value a[6];
    int fields[4] = {0}, fold = 0;
    Clock c;
    if (!args_bind(t, &sig, args, n, kwnames, a) || !int_args(t, a, 4, fields) ||
        !int_args(t, a + 5, 1, &fold)) {
        return 0;
    }
    Value tz = a[4] ? a[4] : NONE;
    return check_clock(t, fields, fold, &c) && tzinfo_check(t, tz) ? time_new(t, type, &c, tz) : 0;
}

static Value time_fromisoformat(METHOD_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "fromisoformat: argument must be str");
    }
    int fields[4];
    Value tz;
    size_t len;
    const char *p = str_utf8(t, args[1], &len);
    error_clear(t); /* surrogates: no time either */
    if (p && len > 0 && *p == 'T') { /* ISO 8601 asks for it where only a time stands */
        p++;
        len--;
    }
    IsoResult r = p ? parse_iso_time(t, p, len, fields, &tz) : ISO_MALFORMED;
    if (r != ISO_OK) {
        return r == ISO_RAISED ? 0 : value_error(t, "Invalid isoformat string: %R", args[1]);
    }
    Type *type = value_type(args[0]);
    if (type != &time_type) {
        Value a[5] = {fixnum(fields[0]), fixnum(fields[1]), fixnum(fields[2]), fixnum(fields[3]),
                      tz};
        return call(t, args[0], a, 5, 0);
    }
    Clock c;
    return check_clock(t, fields, 0, &c) ? time_new(t, type, &c, tz) : 0;
}

/* ---- time zone ---- */

static Value time_utcoffset(METHOD_ARGS)
{
    return tzinfo_utcoffset(t, as_time(args[0])->tzinfo, NONE);
}

static Value time_dst(METHOD_ARGS)
{
    return tzinfo_dst(t, as_time(args[0])->tzinfo, NONE);
}

static Value time_tzname(METHOD_ARGS)
{
    return tzinfo_tzname(t, as_time(args[0])->tzinfo, NONE);
}

static Value offset_of(Thread *t, Value self)
{
    return tzinfo_utcoffset(t, as_time(self)->tzinfo, NONE);
}

/* ---- comparison ---- */

static Value time_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!is_time(b)) {
        return NOT_IMPLEMENTED;
    }
    const Time *x = as_time(a), *y = as_time(b);
    if (x->tzinfo == y->tzinfo) {
        return compare_result(clock_compare(&x->clock, &y->clock), op);
    }
    Value left = offset_of(t, a), right = left ? offset_of(t, b) : 0;
    if (!right) {
        return 0;
    }
    if (is_none(left) != is_none(right)) {
        return op == CMP_EQ || op == CMP_NE
                   ? bool_value(op == CMP_NE)
                   : type_error(t, "can't compare offset-naive and offset-aware times");
    }
    int64_t difference = clock_us(&x->clock) - clock_us(&y->clock);
    if (!is_none(left)) {
        difference -= (int64_t)(delta_us(as_delta(left)) - delta_us(as_delta(right)));
    }
    return compare_result(difference < 0 ? -1 : difference > 0, op);
}

static int64_t time_hash(Thread *t, Value self)
{
    const Time *v = as_time(self);
    Value plain = self;
    if (v->clock.fold && !is_none(v->tzinfo)) { /* both folds are equal, so they have one hash */
        Clock c = v->clock;
        c.fold = 0;
        plain = time_new(t, &time_type, &c, v->tzinfo);
    }
    Value offset = plain ? offset_of(t, plain) : 0;
    if (!offset) {
        return -1;
    }
    int64_t word =
        clock_us(&v->clock) - (is_none(offset) ? 0 : (int64_t)delta_us(as_delta(offset)));
    return hash_words(&word, 1);
}

/* ---- text ---- */

static Value time_repr(Thread *t, Value self)
{
    const Time *v = as_time(self);
    StrBuilder b;
    sb_init(&b, t);
    sb_format(&b, "%s(%d, %d", type_of(self)->name, v->clock.hour, v->clock.minute);
    if (v->clock.second || v->clock.us) {
        sb_format(&b, ", %d", v->clock.second);
    }
    if (v->clock.us) {
        sb_format(&b, ", %d", v->clock.us);
    }
    if (!is_none(v->tzinfo)) {
        sb_format(&b, ", tzinfo=%R", v->tzinfo);
    }
    if (v->clock.fold) {
        sb_cstr(&b, ", fold=1");
    }
    sb_char(&b, ')');
    return error_pending(t) ? 0 : sb_finish(&b);
}

static Value time_isoformat(METHOD_ARGS)
{
    TimeSpec spec;
    if (!timespec_arg(t, args[1], 1, &spec)) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    format_clock(&b, &as_time(args[0])->clock, spec);
    Value offset = offset_of(t, args[0]);
    return offset && format_offset(t, &b, ":", offset) ? sb_finish(&b) : 0;
}

/* The day is one that has every field of strftime. */
static Value time_strftime(METHOD_ARGS)
{
    const Time *v = as_time(args[0]);
    if (!value_is_str(args[1])) {
        return type_error(t, "strftime() argument 1 must be str, not %T", args[1]);
    }
    Value tuple = tuple_pack(t, 9, fixnum(1900), fixnum(1), fixnum(1), fixnum(v->clock.hour),
                             fixnum(v->clock.minute), fixnum(v->clock.second), fixnum(0), fixnum(1),
                             fixnum(-1));
    FormatFields fields = {tuple, v->tzinfo, NONE, v->clock.us};
    return tuple ? strftime_with(t, args[1], &fields) : 0;
}

/* ---- other forms ---- */

static Value time_replace(METHOD_ARGS)
{
    const Time *v = as_time(args[0]);
    int fields[4] = {v->clock.hour, v->clock.minute, v->clock.second, v->clock.us},
        fold = v->clock.fold;
    Value tz = args[5] ? args[5] : v->tzinfo;
    Clock c;
    return int_args(t, args + 1, 4, fields) && int_args(t, args + 6, 1, &fold) &&
                   check_clock(t, fields, fold, &c) && tzinfo_check(t, tz)
               ? time_new(t, type_of(args[0]), &c, tz)
               : 0;
}

static Value reduce(Thread *t, Value self, bool with_fold)
{
    const Time *v = as_time(self);
    uint8_t bytes[6];
    clock_to_state(&v->clock, bytes);
    if (with_fold && v->clock.fold) {
        bytes[0] |= 0x80;
    }
    return reduce_state(t, self, bytes, sizeof bytes, v->tzinfo);
}

static Value time_reduce_ex(METHOD_ARGS)
{
    int protocol;
    return value_to_int(t, args[1], &protocol) ? reduce(t, args[0], protocol > 3) : 0;
}

static Value time_reduce(METHOD_ARGS)
{
    return reduce(t, args[0], false);
}

static const GetSetDef time_getset[] = {CLOCK_GETSET(Time)};

static const NativeDef time_methods[] = {
    {"fromisoformat(time_string, /)", time_fromisoformat,
     "The time that an ISO 8601 text stands for.", NATIVE_CLASS},
    {"isoformat(timespec='auto')", time_isoformat, "Text in the form HH:MM[:SS[.ffffff]][+HH:MM].",
     0},
    {"strftime(format)", time_strftime, "Text by a format of strftime().", 0},
    {"__format__(format, /)", date_format_method, "Formats self with strftime.", 0},
    {"utcoffset()", time_utcoffset, "self.tzinfo.utcoffset(None), or None.", 0},
    {"tzname()", time_tzname, "self.tzinfo.tzname(None), or None.", 0},
    {"dst()", time_dst, "self.tzinfo.dst(None), or None.", 0},
    {"replace(hour=None, minute=None, second=None, microsecond=None, tzinfo=None, *, fold=None)",
     time_replace, "The time with other fields.", 0},
    {"__reduce_ex__(protocol, /)", time_reduce_ex, "__reduce_ex__(proto) -> (cls, state)", 0},
    {"__reduce__()", time_reduce, "__reduce__() -> (cls, state)", 0},
    {0},
};

Type time_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.time",
    .doc = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time of day\n\n"
           "tzinfo is None or a time zone; the others are ints, 0 unless given.",
    .size = sizeof(Time),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_FLAT_COMPARE,
    .trace = time_trace,
    .new = time_type_new,
    .getattr = generic_getattr,
    .repr = time_repr,
    .str = str_by_isoformat,
    .compare = time_compare,
    .hash = time_hash,
    .methods = time_methods,
    .getset = time_getset,
};
