/* What the files of _datetime share: the layout of its values and the steps between them.
 *
 * All objects are immutable after they have been made (init-only fields), so nothing here takes a
 * lock.
 *   date      year, month, day
 *   time      Clock, tzinfo
 *   datetime  a date with a Clock and tzinfo behind it (a subclass)
 *   timedelta days, seconds 0..86399, microseconds 0..999999
 *   timezone  a fixed offset and a name
 */
#ifndef MODULES_DATETIME_H
#define MODULES_DATETIME_H

#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum {
    YEAR_MIN = 1, YEAR_MAX = 9999,
    ORDINAL_MAX = 3652059,       /* 9999-12-31 */
    EPOCH_ORDINAL = 719163,      /* 1970-01-01 */
    DAYS_MAX = 999999999,        /* of a timedelta */
    DAY_SECONDS = 24 * 3600,
    SECOND_US = 1000000,
};
#define DAY_US ((int64_t)DAY_SECONDS * SECOND_US)

typedef struct Clock { uint8_t hour, minute, second, fold; int32_t us; } Clock;
/* has_tzinfo: of datetimes only; C code reads it, as it does that of Time */
typedef struct Date { Object head; int32_t year; uint8_t month, day; bool has_tzinfo; } Date;
typedef struct DateTime { Date date; Clock clock; Value tzinfo; /* or NONE */ } DateTime;
typedef struct Time { Object head; Clock clock; Value tzinfo; /* or NONE */ bool has_tzinfo; } Time;
typedef struct Delta { Object head; int32_t days, seconds, us; } Delta;
typedef struct TimeZone {
    Object head;
    Value offset; /* Delta */
    Value name;   /* str or NONE */
} TimeZone;

extern Type date_type, datetime_type, time_type, delta_type, tzinfo_type, timezone_type,
    iso_date_type;

static inline Date *as_date(Value v) { return (Date *)value_object(v); }
static inline DateTime *as_datetime(Value v) { return (DateTime *)value_object(v); }
static inline Time *as_time(Value v) { return (Time *)value_object(v); }
static inline Delta *as_delta(Value v) { return (Delta *)value_object(v); }
static inline bool is_date(Value v) { return value_isa(v, &date_type); }
static inline bool is_datetime(Value v) { return value_isa(v, &datetime_type); }
static inline bool is_time(Value v) { return value_isa(v, &time_type); }
static inline bool is_delta(Value v) { return value_isa(v, &delta_type); }

#define METHOD_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED
#define GETTER_ARGS Thread *t UNUSED, Value self, void *closure UNUSED

/* ---- calendar.c: no objects ---- */
int days_in_month(int year, int month);
int ymd_to_ordinal(int year, int month, int day);        /* 1 for 0001-01-01 */
void ordinal_to_ymd(int ordinal, int *year, int *month, int *day);
int day_of_year(int year, int month, int day);           /* 1 for January 1 */
int weekday_of(int year, int month, int day);            /* 0: Monday */
int iso_week1_monday(int year);                          /* its ordinal */
typedef struct IsoDay { int year, week, day; } IsoDay;   /* day 1..7 */
IsoDay iso_day(int year, int month, int day);
/* NULL and the ordinal in *ordinal, or the name of the field that is out of range. */
const char *iso_to_ordinal(IsoDay iso, int *ordinal);
/* since 0001-01-00, as if it were UTC */
int64_t civil_seconds(int year, int month, int day, const Clock *c);
/* Local time of UTC seconds counted as civil_seconds does; false: raised. */
NODISCARD bool local_seconds(Thread *t, int64_t utc, int64_t *local);
NODISCARD bool broken_down_time(Thread *t, int64_t unix_seconds, bool local, struct tm *tm);

/* ---- delta.c, delta_arith.c ---- */
Value delta_new(Thread *t, int days, int seconds, int us);   /* normalised; OverflowError */
Value delta_from_us(Thread *t, Type *type, __int128 us);
static inline __int128 delta_us(const Delta *d)
{
    return (__int128)d->days * DAY_US + (int64_t)d->seconds * SECOND_US + d->us;
}
/* us = days * DAY_US + *rest, 0 <= *rest < DAY_US; days fit for every date, clock and timedelta. */
static inline int64_t days_of_us(__int128 us, int64_t *rest)
{
    __int128 days;
    if (LIKELY((int64_t)us == us)) { /* a division by multiplication */
        days = (int64_t)us / DAY_US;
        *rest = (int64_t)us % DAY_US;
    } else {
        days = us / DAY_US;
        *rest = (int64_t)(us % DAY_US);
    }
    if (*rest < 0) {
        *rest += DAY_US;
        days--;
    }
    return days > INT64_MAX ? INT64_MAX : days < INT64_MIN ? INT64_MIN : (int64_t)days;
}
int delta_sign_of_difference(const Delta *a, const Delta *b);  /* -1, 0, 1 */
Value delta_total_seconds(Thread *t, Value delta);
int64_t hash_words(const int64_t *words, size_t n);
Value compare_result(int difference, CompareOp op);
Value delta_add(Thread *t, Value a, Value b);
Value delta_sub(Thread *t, Value a, Value b);
Value delta_neg(Thread *t, Value a);
Value delta_pos(Thread *t, Value a);
Value delta_abs(Thread *t, Value a);
Value delta_mul(Thread *t, Value a, Value b);
Value delta_truediv(Thread *t, Value a, Value b);
Value delta_floordiv(Thread *t, Value a, Value b);
Value delta_mod(Thread *t, Value a, Value b);
Value delta_divmod(Thread *t, Value a, Value b);

/* ---- tzinfo.c ---- */
NODISCARD bool timezone_init(Thread *t); /* makes timezone.utc, once */
Value timezone_utc(void);
Value timezone_new(Thread *t, Value offset, Value name /* NONE: none */);
NODISCARD bool tzinfo_check(Thread *t, Value tz);            /* None or a tzinfo; else TypeError */
/* tz.method(arg): a timedelta of less than a day, or NONE; 0: raised. */
Value tzinfo_utcoffset(Thread *t, Value tz, Value arg);
Value tzinfo_dst(Thread *t, Value tz, Value arg);
Value tzinfo_tzname(Thread *t, Value tz, Value arg);
/* Text of an offset: "" for NONE, else "+HH<sep>MM[<sep>SS[.ffffff]]". */
NODISCARD bool format_offset(Thread *t, StrBuilder *b, const char *sep, Value offset);

/* ---- date.c ---- */
NODISCARD bool check_date(Thread *t, int year, int month, int day);
/* absent ones leave *out as it is */
NODISCARD bool int_args(Thread *t, const Value *args, size_t n, int *out);
/* checks; plain construction */
Value date_new(Thread *t, Type *type, int year, int month, int day);
Value date_new_as(Thread *t, Type *type, int year, int month, int day);    /* calls a subclass */
/* The bytes of a pickle: args[0] as bytes, or str of latin-1, of `len` bytes whose byte `at` masked
 * is below `limit` and at least `least`; *state: NULL when it is something else.  false: raised. */
typedef struct StateShape {
    const char *what;
    size_t len, at;
    uint8_t mask, least, limit;
} StateShape;
NODISCARD bool pickle_state(Thread *t, Value v, StateShape shape, const uint8_t **state);
/* NONE, or 0: out of range */
Value date_ymd_add(Thread *t, Value date, const Delta *d, int sign, int *ymd);
Value struct_time(Thread *t, const Date *d, const Clock *c, int dst);
/* self.isoformat(): the `str` of date and time */
Value str_by_isoformat(Thread *t, Value self);
Value date_format_method(METHOD_ARGS);              /* __format__ of date, time and datetime */

/* ---- time.c ---- */
/* hour, minute, second, us */
NODISCARD bool check_clock(Thread *t, const int *fields, int fold, Clock *out);
Value time_new(Thread *t, Type *type, const Clock *c, Value tz);
void clock_to_state(const Clock *c, uint8_t *six);
void clock_from_state(const uint8_t *six, Clock *c);

/* (type, (state, tzinfo)) for pickling, the zone only where there is one. */
Value reduce_state(Thread *t, Value self, const uint8_t *state, size_t n, Value tzinfo);

/* The getters of time and datetime; closure is the offset of the field in the object. */
Value clock_get_hour(Thread *t, Value self, void *closure);
Value clock_get_minute(Thread *t, Value self, void *closure);
Value clock_get_second(Thread *t, Value self, void *closure);
Value clock_get_us(Thread *t, Value self, void *closure);
Value clock_get_fold(Thread *t, Value self, void *closure);
Value clock_get_tzinfo(Thread *t, Value self, void *closure);
#define CLOCK_GETSET(Struct)                                                             \
    {"hour", clock_get_hour, NULL, "0 to 23.", FIELD(Struct, clock)},                    \
    {"minute", clock_get_minute, NULL, "0 to 59.", FIELD(Struct, clock)},                \
    {"second", clock_get_second, NULL, "0 to 59.", FIELD(Struct, clock)},                \
    {"microsecond", clock_get_us, NULL, "0 to 999999.", FIELD(Struct, clock)},           \
    {"tzinfo", clock_get_tzinfo, NULL, "The time zone, or None.", FIELD(Struct, tzinfo)}, \
    {"fold", clock_get_fold, NULL,                                                       \
     "1: the second of two equal local times, when clocks were set back.",               \
     FIELD(Struct, clock)},                                                              \
    {0},
#define FIELD(Struct, name) ((void *)offsetof(Struct, name))
int clock_compare(const Clock *a, const Clock *b); /* without fold */
int64_t clock_us(const Clock *c);                  /* since midnight */

/* ---- datetime.c, datetime_arith.c, datetime_convert.c ---- */
/* plain, unchecked */
Value datetime_new(Thread *t, Type *type, const int *ymd, const Clock *c, Value tz);
/* calls a subclass */
Value datetime_new_as(Thread *t, Type *type, const int *ymd, const Clock *c, Value tz);
Value datetime_utcoffset(Thread *t, Value dt);
/* dt + sign * d */
Value datetime_shift(Thread *t, Value dt, const Delta *d, int sign, Type *type);
Value datetime_add(Thread *t, Value a, Value b);
Value datetime_sub(Thread *t, Value a, Value b);
Value datetime_compare(Thread *t, Value a, Value b, CompareOp op);
int64_t datetime_hash(Thread *t, Value self);
Value datetime_fromtimestamp(METHOD_ARGS);
Value datetime_utcfromtimestamp(METHOD_ARGS);
Value datetime_now(METHOD_ARGS);
Value datetime_utcnow(METHOD_ARGS);
Value datetime_timestamp(METHOD_ARGS);
Value datetime_astimezone(METHOD_ARGS);
Value datetime_timetuple(METHOD_ARGS);
Value datetime_utctimetuple(METHOD_ARGS);
/* Seconds and microseconds of a POSIX timestamp; half_even: microseconds are rounded, else the
 * seconds floored. */
NODISCARD bool timestamp_parts(Thread *t, Value v, bool half_even, int64_t *seconds, int *us);

/* ---- iso.c, iso_parse.c ---- */
typedef enum {
    SPEC_AUTO,
    SPEC_HOURS,
    SPEC_MINUTES,
    SPEC_SECONDS,
    SPEC_MILLISECONDS,
    SPEC_MICROSECONDS
} TimeSpec;
NODISCARD bool timespec_arg(Thread *t, Value v /* or 0 */, int argument, TimeSpec *out);
void format_date(StrBuilder *b, const Date *d);
void format_clock(StrBuilder *b, const Clock *c, TimeSpec spec);
/* strftime: tuple is a struct_time, dt what the tzinfo methods get, us -1 for dates. */
typedef struct FormatFields { Value tuple, tzinfo, dt; int us; } FormatFields;
Value strftime_with(Thread *t, Value format, const FormatFields *fields);
/* false: malformed; the fields of a date are not checked */
NODISCARD bool parse_iso_date(const char *p, size_t n, int *ymd);
typedef enum { ISO_OK, ISO_MALFORMED, ISO_RAISED } IsoResult;
IsoResult parse_iso_time(Thread *t, const char *p, size_t n, int *fields /* h, m, s, us */,
                         Value *tz);
/* The two parts of a date and time: length of the date, 0: malformed. */
size_t iso_separator(const char *p, size_t n);

#endif
