/* date, and the named tuple that isocalendar() returns. */
#include <stdio.h>
#include <time.h>

#include "core/object/bytes.h"
#include "modules/_datetime/datetime.h"

bool int_args(Thread *t, const Value *args, size_t n, int *out)
{
    for (size_t i = 0; i < n; i++) {
        if (args[i] && !value_to_parsed_int(t, args[i], &out[i])) {
            return false;
        }
    }
    return true;
}

bool check_date(Thread *t, int year, int month, int day)
{
    if (year < YEAR_MIN || year > YEAR_MAX) {
        value_error(t, "year %d is out of range", year);
    } else if (month < 1 || month > 12) {
        value_error(t, "month must be in 1..12");
    } else if (day < 1 || day > days_in_month(year, month)) {
        value_error(t, "day is out of range for month");
    } else {
        return true;
    }
    return false;
}

Value date_new(Thread *t, Type *type, int year, int month, int day)
{
    Date *d = check_date(t, year, month, day) ? object_alloc_instance(t, type, 0) : NULL;
    if (d) {
        d->year = year;
        d->month = (uint8_t)month;
        d->day = (uint8_t)day;
    }
    return object_value(d);
}

Value date_new_as(Thread *t, Type *type, int year, int month, int day)
{
    if (type == &date_type) {
        return date_new(t, type, year, month, day);
    }
    if (type == &datetime_type) {
        return check_date(t, year, month, day)
                   ? datetime_new(t, type, (int[]){year, month, day}, &(Clock){0}, NONE) : 0;
    }
    return call3(t, object_value(type), fixnum(year), fixnum(month), fixnum(day));
}

static bool fits_shape(uint32_t c, StateShape shape)
{
    c &= ~(uint32_t)(uint8_t)~shape.mask;
    return c >= shape.least && c < shape.limit;
}

bool pickle_state(Thread *t, Value v, StateShape shape, const uint8_t **state)
{
    *state = NULL;
    if (value_is_str(v) && str_len(v) == shape.len &&
        fits_shape(str_get(value_str(v), shape.at), shape)) {
        v = str_encode(t, v, "latin-1", "strict");
        if (!v) {
            error_clear(t);
            value_error(t, "Failed to encode latin1 string when unpickling a %s object. "
                           "pickle.load(data, encoding='latin1') is assumed.", shape.what);
            return false;
        }
    }
    if (value_is_bytes(v) && value_bytes(v)->len == shape.len) {
        const uint8_t *p = (const uint8_t *)value_bytes(v)->data;
        *state = fits_shape(p[shape.at], shape) ? p : NULL;
    }
    return true;
}

static Value date_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("function(year, month, day)");
    static const StateShape shape = {"date", 4, 2, 0xff, 1, 13};
    const uint8_t *state;
    if (n == 1 && !kwnames) {
        if (!pickle_state(t, args[0], shape, &state)) {
            return 0;
        }
        if (state) {
            Date *d = object_alloc_instance(t, type, 0); /* as it was: not checked */
            if (d) {
                d->year = state[0] << 8 | state[1];
                d->month = state[2];
                d->day = state[3];
            }
            return object_value(d);
        }
    }
    Value a[3];
    int ymd[3];
    return args_bind(t, &sig, args, n, kwnames, a) && int_args(t, a, 3, ymd)
               ? date_new(t, type, ymd[0], ymd[1], ymd[2])
               : 0;
}

/* ---- constructors ---- */

static Value date_fromtimestamp(METHOD_ARGS)
{
    int64_t seconds;
    int us;
    struct tm tm;
    if (!timestamp_parts(t, args[1], false, &seconds, &us) ||
        !broken_down_time(t, seconds, true, &tm)) {
        return 0;
    }
    return date_new_as(t, value_type(args[0]), tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static Value date_today(METHOD_ARGS)
{
    Value clock = import_attr(t, "time", "time"), now = clock ? call0(t, clock) : 0;
    return now ? call_method1(t, args[0], N(fromtimestamp), now) : 0;
}

static Value date_fromordinal(METHOD_ARGS)
{
    int ordinal, ymd[3];
    if (!value_to_parsed_int(t, args[1], &ordinal)) {
        return 0;
    }
    if (ordinal < 1) {
        return value_error(t, "ordinal must be >= 1");
    }
    ordinal_to_ymd(ordinal, &ymd[0], &ymd[1], &ymd[2]);
    return date_new_as(t, value_type(args[0]), ymd[0], ymd[1], ymd[2]);
}

static Value date_fromisoformat(METHOD_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "fromisoformat: argument must be str");
    }
    int ymd[3];
    size_t n_text;
    const char *p = str_utf8(t, args[1], &n_text);
    error_clear(t); /* surrogates: no date either */
    if (!p || (n_text != 7 && n_text != 8 && n_text != 10) || !parse_iso_date(p, n_text, ymd)) {
        return value_error(t, "Invalid isoformat string: %R", args[1]);
    }
    return date_new_as(t, value_type(args[0]), ymd[0], ymd[1], ymd[2]);
}

static Value date_fromisocalendar(METHOD_ARGS)
{
    int iso[3], ymd[3], ordinal;
    if (!int_args(t, args + 1, 3, iso)) {
        return error_clear_if(t, &exc_OverflowError)
                   ? value_error(t, "ISO calendar component out of range")
                   : 0;
    }
    const char *wrong = iso_to_ordinal((IsoDay){iso[0], iso[1], iso[2]}, &ordinal);
    if (wrong) {
        return wrong[0] == 'y'   ? value_error(t, "Year is out of range: %d", iso[0])
               : wrong[0] == 'w' ? value_error(t, "Invalid week: %d", iso[1])
                                 : value_error(t, "Invalid day: %d (range is [1, 7])", iso[2]);
    }
    if (ordinal < 1) {
        return value_error(t, "year 0 is out of range");
    }
    ordinal_to_ymd(ordinal, &ymd[0], &ymd[1], &ymd[2]);
    return date_new_as(t, value_type(args[0]), ymd[0], ymd[1], ymd[2]);
}

/* ---- arithmetic ---- */

Value date_ymd_add(Thread *t, Value date, const Delta *delta, int sign, int *ymd)
{
    const Date *d = as_date(date);
    int64_t ordinal = ymd_to_ordinal(d->year, d->month, d->day) + (int64_t)sign * delta->days;
    if (ordinal < 1 || ordinal > ORDINAL_MAX) {
        return overflow_error(t, "date value out of range");
    }
    ordinal_to_ymd((int)ordinal, &ymd[0], &ymd[1], &ymd[2]);
    return NONE;
}

static Value date_shift(Thread *t, Value date, Value delta, int sign)
{
    int ymd[3];
    return date_ymd_add(t, date, as_delta(delta), sign, ymd)
               ? date_new_as(t, type_of(date), ymd[0], ymd[1], ymd[2]) : 0;
}

static Value date_add(Thread *t, Value a, Value b)
{
    if (is_datetime(a) || is_datetime(b)) {
        return NOT_IMPLEMENTED;
    }
    if (is_date(a) && is_delta(b)) {
        return date_shift(t, a, b, 1);
    }
    return is_delta(a) && is_date(b) ? date_shift(t, b, a, 1) : NOT_IMPLEMENTED;
}

static int ordinal_of(Value date)
{
    return ymd_to_ordinal(as_date(date)->year, as_date(date)->month, as_date(date)->day);
}

static Value date_sub(Thread *t, Value a, Value b)
{
    if (is_datetime(a) || is_datetime(b) || !is_date(a)) {
        return NOT_IMPLEMENTED;
    }
    if (is_date(b)) {
        return delta_new(t, ordinal_of(a) - ordinal_of(b), 0, 0);
    }
    return is_delta(b) ? date_shift(t, a, b, -1) : NOT_IMPLEMENTED;
}

static Value date_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (!is_date(b)) {
        return NOT_IMPLEMENTED;
    }
    const Date *x = as_date(a), *y = as_date(b);
    int left = x->year << 16 | x->month << 8 | x->day,
        right = y->year << 16 | y->month << 8 | y->day;
    return compare_result(left < right ? -1 : left > right, op);
}

static int64_t date_hash(Thread *t UNUSED, Value self)
{
    const Date *d = as_date(self);
    int64_t word = d->year << 16 | d->month << 8 | d->day;
    return hash_words(&word, 1);
}

/* ---- text ---- */

static Value date_repr(Thread *t, Value self)
{
    const Date *d = as_date(self);
    return str_format(t, "%s(%d, %d, %d)", type_of(self)->name, d->year, d->month, d->day);
}

static Value date_isoformat(METHOD_ARGS)
{
    StrBuilder b;
    sb_init(&b, t);
    format_date(&b, as_date(args[0]));
    return sb_finish(&b);
}

Value str_by_isoformat(Thread *t, Value self)
{
    return call_method0(t, self, N(isoformat));
}

Value date_format_method(METHOD_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "__format__() argument 1 must be str, not %T", args[1]);
    }
    return str_len(args[1]) == 0 ? object_str(t, args[0])
                                 : call_method1(t, args[0], N(strftime), args[1]);
}

static Value date_strftime(METHOD_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "strftime() argument 1 must be str, not %T", args[1]);
    }
    Value tuple = call_method0(t, args[0], N(timetuple));
    Value tz = is_datetime(args[0]) ? as_datetime(args[0])->tzinfo : NONE;
    FormatFields fields = {tuple, tz, args[0],
                           is_datetime(args[0]) ? as_datetime(args[0])->clock.us : 0};
    return tuple ? strftime_with(t, args[1], &fields) : 0;
}

static Value date_ctime(METHOD_ARGS)
{
    static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Date *d = as_date(args[0]);
    Clock c = is_datetime(args[0]) ? as_datetime(args[0])->clock : (Clock){0};
    char text[64];
    int len = snprintf(text, sizeof text, "%s %s %2d %02d:%02d:%02d %04d",
                       days[weekday_of(d->year, d->month, d->day)], months[d->month - 1], d->day,
                       c.hour, c.minute, c.second, d->year);
    return str_from_ascii(t, text, (size_t)len);
}

/* ---- other forms ---- */

Value struct_time(Thread *t, const Date *d, const Clock *c, int dst)
{
    int64_t fields[9] = {d->year, d->month, d->day, c->hour, c->minute, c->second, 0, 0, dst};
    fields[6] = weekday_of(d->year, d->month, d->day);
    fields[7] = day_of_year(d->year, d->month, d->day);
    Value tuple = tuple_new(t, 9), make = tuple ? import_attr(t, "time", "struct_time") : 0;
    for (size_t i = 0; make && i < 9; i++) {
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i], fixnum(fields[i]));
    }
    return make ? call1(t, make, tuple) : 0;
}

static Value date_timetuple(METHOD_ARGS)
{
    return struct_time(t, as_date(args[0]), &(Clock){0}, -1);
}

static Value date_toordinal(METHOD_ARGS)
{
    return fixnum(ordinal_of(args[0]));
}

static Value date_weekday(METHOD_ARGS)
{
    return fixnum((ordinal_of(args[0]) + 6) % 7);
}

static Value date_isoweekday(METHOD_ARGS)
{
    return fixnum((ordinal_of(args[0]) + 6) % 7 + 1);
}

static Value iso_date_make(Thread *t, Type *type, Value year, Value week, Value weekday)
{
    Tuple *r = object_alloc_instance(t, type, 3);
    if (r) {
        r->len = 3;
        gc_store(r, &r->items[0], year);
        gc_store(r, &r->items[1], week);
        gc_store(r, &r->items[2], weekday);
    }
    return object_value(r);
}

static Value date_isocalendar(METHOD_ARGS)
{
    const Date *d = as_date(args[0]);
    IsoDay iso = iso_day(d->year, d->month, d->day);
    return iso_date_make(t, &iso_date_type, fixnum(iso.year), fixnum(iso.week), fixnum(iso.day));
}

static Value date_replace(METHOD_ARGS)
{
    const Date *d = as_date(args[0]);
    int ymd[3] = {d->year, d->month, d->day};
    return int_args(t, args + 1, 3, ymd) ? date_new(t, type_of(args[0]), ymd[0], ymd[1], ymd[2])
                                         : 0;
}

static Value date_reduce(METHOD_ARGS)
{
    const Date *d = as_date(args[0]);
    uint8_t bytes[4] = {(uint8_t)(d->year >> 8), (uint8_t)d->year, d->month, d->day};
    Value state = bytes_new(t, bytes, sizeof bytes), inner = state ? tuple_pack(t, 1, state) : 0;
    return inner ? tuple_pack(t, 2, object_value(type_of(args[0])), inner) : 0;
}

static Value get_year(GETTER_ARGS) { return fixnum(as_date(self)->year); }
static Value get_month(GETTER_ARGS) { return fixnum(as_date(self)->month); }
static Value get_day(GETTER_ARGS) { return fixnum(as_date(self)->day); }

static const GetSetDef date_getset[] = {
    {"year", get_year, NULL, "1 to 9999.", NULL},
    {"month", get_month, NULL, "1 to 12.", NULL},
    {"day", get_day, NULL, "1 to the last of the month.", NULL},
    {0},
};

static const NativeDef date_methods[] = {
    {"fromtimestamp(timestamp, /)", date_fromtimestamp,
     "The local day of a POSIX timestamp, as time.time() returns it.", NATIVE_CLASS},
    {"fromordinal(ordinal, /)", date_fromordinal,
     "The date with an ordinal of the proleptic Gregorian calendar.", NATIVE_CLASS},
    {"fromisoformat(date_string, /)", date_fromisoformat,
     "The date that an ISO 8601 text stands for.", NATIVE_CLASS},
    {"fromisocalendar(year, week, day)", date_fromisocalendar,
     "The date of an ISO year, week and weekday: undoes isocalendar().", NATIVE_CLASS},
    {"today()", date_today, "The current local date, or datetime.", NATIVE_CLASS},
    {"ctime()", date_ctime, "Text in the form of ctime().", 0},
    {"strftime(format)", date_strftime, "Text by a format of strftime().", 0},
    {"__format__(format, /)", date_format_method, "Formats self with strftime.", 0},
    {"timetuple()", date_timetuple, "A time tuple like that of time.localtime().", 0},
    {"isocalendar()", date_isocalendar, "Named tuple of ISO year, week and weekday.", 0},
    {"isoformat()", date_isoformat, "Text in the form YYYY-MM-DD.", 0},
    {"isoweekday()", date_isoweekday, "Day of the week: 1 is Monday, 7 is Sunday.", 0},
    {"toordinal()", date_toordinal,
     "Days of the proleptic Gregorian calendar; January 1 of year 1 is day 1.", 0},
    {"weekday()", date_weekday, "Day of the week: 0 is Monday, 6 is Sunday.", 0},
    {"replace(year=None, month=None, day=None)", date_replace, "The date with other fields.", 0},
    {"__reduce__()", date_reduce, "__reduce__() -> (cls, state)", 0},
    {0},
};

Type date_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.date",
    .doc = "date(year, month, day) --> a day",
    .size = sizeof(Date),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_FLAT_COMPARE,
    .new = date_type_new,
    .getattr = generic_getattr,
    .repr = date_repr,
    .str = str_by_isoformat,
    .compare = date_compare,
    .hash = date_hash,
    .add = date_add,
    .sub = date_sub,
    .methods = date_methods,
    .getset = date_getset,
};

/* ---- IsoCalendarDate ---- */

static Value iso_date_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("IsoCalendarDate(year, week, weekday)");
    Value a[3];
    return args_bind(t, &sig, args, n, kwnames, a) ? iso_date_make(t, type, a[0], a[1], a[2]) : 0;
}

static Value iso_date_repr(Thread *t, Value self)
{
    return str_format(t, "%s(year=%S, week=%S, weekday=%S)", type_of(self)->name,
                      tuple_get(self, 0), tuple_get(self, 1), tuple_get(self, 2));
}

static Value iso_date_reduce(METHOD_ARGS)
{
    Value plain = tuple_from(t, value_tuple(args[0])->items, 3),
          inner = plain ? tuple_pack(t, 1, plain) : 0;
    return inner ? tuple_pack(t, 2, object_value(&tuple_type), inner) : 0;
}

static Value iso_date_item(Thread *t UNUSED, Value self, void *closure)
{
    return tuple_get(self, (size_t)closure);
}

static const GetSetDef iso_date_getset[] = {
    {"year", iso_date_item, NULL, "ISO year.", (void *)0},
    {"week", iso_date_item, NULL, "ISO week, 1 to 53.", (void *)1},
    {"weekday", iso_date_item, NULL, "Day of the week, 1 is Monday.", (void *)2},
    {0},
};

static const NativeDef iso_date_methods[] = {
    {"__reduce__()", iso_date_reduce, "Pickled as a plain tuple.", 0},
    {0},
};

Type iso_date_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "datetime.IsoCalendarDate",
    .base = &tuple_type,
    .doc = "The result of date.isocalendar(), a tuple with names.",
    .size = sizeof(Tuple),
    .item_size = sizeof(Value),
    .flags = TYPE_IMMUTABLE,
    .new = iso_date_new,
    .repr = iso_date_repr,
    .methods = iso_date_methods,
    .getset = iso_date_getset,
};
