/* datetime and clocks: the current time, POSIX timestamps, time zones, time tuples. */
#include <math.h>
#include <time.h>

#include "core/object/float.h"
#include "modules/_datetime/datetime.h"

#define EPOCH_SECONDS ((int64_t)EPOCH_ORDINAL * DAY_SECONDS)

/* ---- timestamps ---- */

static bool out_of_time_t(Thread *t)
{
    overflow_error(t, "timestamp out of range for platform time_t");
    return false;
}

static bool float_parts(Thread *t, double d, bool half_even, int64_t *seconds, int *us)
{
    if (isnan(d)) {
        value_error(t, "Invalid value NaN (not a number)");
        return false;
    }
    double whole, part = 0;
    if (half_even) {
        part = nearbyint(modf(d, &whole) * 1e6);
        if (part >= 1e6) {
            part -= 1e6;
            whole += 1;
        } else if (part < 0) {
            part += 1e6;
            whole -= 1;
        }
    } else {
        whole = floor(d);
    }
    if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) {
        return out_of_time_t(t);
    }
    *seconds = (int64_t)whole;
    *us = (int)part;
    return true;
}

bool timestamp_parts(Thread *t, Value v, bool half_even, int64_t *seconds, int *us)
{
    *us = 0;
    if (value_is_float(v)) {
        return float_parts(t, float_get(v), half_even, seconds, us);
    }
    Value i = number_index(t, v);
    return i && (int_try_int64(i, seconds) || out_of_time_t(t));
}

/* Whether local time `seconds` (civil) of the given UTC came a second time, after clocks were set
 * back; -1: raised. */
static int find_fold(Thread *t, int64_t unix_seconds, int64_t local)
{
    int64_t before, again;
    if (!local_seconds(t, EPOCH_SECONDS + unix_seconds - DAY_SECONDS, &before)) {
        return -1;
    }
    int64_t transition = local - before - DAY_SECONDS;
    if (transition >= 0) {
        return 0;
    }
    return local_seconds(t, EPOCH_SECONDS + unix_seconds + transition, &again) ? again == local
                                                                               : -1;
}

static Value from_utc_parts(Thread *t, Type *type, int64_t seconds, int us, bool local, Value tz)
{
    struct tm tm;
    if (!broken_down_time(t, seconds, local, &tm)) {
        return 0;
    }
    int ymd[3] = {tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
    if (!check_date(t, ymd[0], ymd[1], ymd[2])) {
        return 0;
    }
    int second = tm.tm_sec > 59 ? 59 : tm.tm_sec; /* leap seconds have no field */
    Clock c = {(uint8_t)tm.tm_hour, (uint8_t)tm.tm_min, (uint8_t)second, 0, us};
    if (local) {
        int fold = find_fold(t, seconds, civil_seconds(ymd[0], ymd[1], ymd[2], &c));
        if (fold < 0) {
            return 0;
        }
        c.fold = (uint8_t)fold;
    }
    return datetime_new_as(t, type, ymd, &c, tz);
}

/* Local time when tz is None, else tz.fromutc(). */
static Value in_zone(Thread *t, Type *type, int64_t seconds, int us, Value tz)
{
    if (!tzinfo_check(t, tz)) {
        return 0;
    }
    Value v = from_utc_parts(t, type, seconds, us, is_none(tz), tz);
    return v && !is_none(tz) ? call_method1(t, tz, N(fromutc), v) : v;
}

Value datetime_fromtimestamp(METHOD_ARGS)
{
    int64_t seconds;
    int us;
    return timestamp_parts(t, args[1], true, &seconds, &us)
               ? in_zone(t, value_type(args[0]), seconds, us, args[2] ? args[2] : NONE) : 0;
}

Value datetime_utcfromtimestamp(METHOD_ARGS)
{
    int64_t seconds;
    int us;
    return timestamp_parts(t, args[1], true, &seconds, &us)
               ? from_utc_parts(t, value_type(args[0]), seconds, us, false, NONE) : 0;
}

Value datetime_now(METHOD_ARGS)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return in_zone(t, value_type(args[0]), now.tv_sec, (int)(now.tv_nsec / 1000),
                   args[1] ? args[1] : NONE);
}

Value datetime_utcnow(METHOD_ARGS)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return from_utc_parts(t, value_type(args[0]), now.tv_sec, (int)(now.tv_nsec / 1000), false,
                          NONE);
}

/* ---- local time to UTC ---- */

/* UTC seconds of a local time, both civil.  PEP 495: of two solutions, fold chooses; in a gap, fold
 * says from which side it is extended. */
static bool utc_of_local(Thread *t, int64_t local, int fold, int64_t *utc)
{
    int64_t seen, other;
    if (!local_seconds(t, local, &seen)) {
        return false;
    }
    int64_t first = local - (seen - local), offset = seen - local, offset2;
    if (!local_seconds(t, first, &seen)) {
        return false;
    }
    if (seen == local) { /* a solution; the other one is a day away at most */
        if (!local_seconds(t, first + (fold ? DAY_SECONDS : -DAY_SECONDS), &other)) {
            return false;
        }
        offset2 = other - (first + (fold ? DAY_SECONDS : -DAY_SECONDS));
        if (offset == offset2) {
            *utc = first;
            return true;
        }
    } else {
        offset2 = seen - first;
    }
    int64_t second = local - offset2;
    if (!local_seconds(t, second, &other)) {
        return false;
    }
    if (other == local) {
        *utc = second;
    } else if (seen == local) {
        *utc = first;
    } else {
        *utc = (first > second) == (fold == 0) ? first : second;
    }
    return true;
}

/* POSIX seconds of a datetime without zone, as local time. */
static bool naive_to_unix(Thread *t, const DateTime *v, int64_t *out)
{
    int64_t utc;
    if (!utc_of_local(t, civil_seconds(v->date.year, v->date.month, v->date.day, &v->clock),
                      v->clock.fold, &utc)) {
        return false;
    }
    *out = utc - EPOCH_SECONDS;
    return true;
}

static Value epoch(Thread *t)
{
    return datetime_new(t, &datetime_type, (int[]){1970, 1, 1}, &(Clock){0}, timezone_utc());
}

Value datetime_timestamp(METHOD_ARGS)
{
    const DateTime *v = as_datetime(args[0]);
    if (is_none(v->tzinfo)) {
        int64_t seconds;
        return naive_to_unix(t, v, &seconds) ? float_new(t, (double)seconds + v->clock.us / 1e6)
                                             : 0;
    }
    Value start = epoch(t), since = start ? datetime_sub(t, args[0], start) : 0;
    return since ? delta_total_seconds(t, since) : 0;
}

/* ---- astimezone ---- */

static Value zone_at(Thread *t, int64_t unix_seconds)
{
    struct tm tm;
    if (!broken_down_time(t, unix_seconds, true, &tm)) {
        return 0;
    }
    Value offset = delta_new(t, 0, (int)tm.tm_gmtoff, 0);
    Value name =
        offset ? str_decode(t, tm.tm_zone, strlen(tm.tm_zone), "utf-8", "surrogateescape") : 0;
    return name ? timezone_new(t, offset, name) : 0;
}

static Value zone_of_naive(Thread *t, const DateTime *v)
{
    int64_t seconds;
    return naive_to_unix(t, v, &seconds) ? zone_at(t, seconds) : 0;
}

static Value with_zone(Thread *t, Value dt, Value tz)
{
    const DateTime *v = as_datetime(dt);
    return datetime_new_as(t, type_of(dt), (int[]){v->date.year, v->date.month, v->date.day},
                           &v->clock, tz);
}

static Value local_zone_of_utc(Thread *t, Value utc)
{
    Value start = epoch(t), since = start ? datetime_sub(t, utc, start) : 0;
    const Delta *d = since ? as_delta(since) : NULL;
    return d ? zone_at(t, (int64_t)d->days * DAY_SECONDS + d->seconds) : 0;
}

Value datetime_astimezone(METHOD_ARGS)
{
    Value self = args[0], target = args[1] ? args[1] : NONE, own = as_datetime(self)->tzinfo,
          offset = NONE;
    if (!tzinfo_check(t, target)) {
        return 0;
    }
    if (!is_none(own) && own == target) {
        return self;
    }
    if (!is_none(own) && !(offset = tzinfo_utcoffset(t, own, self))) {
        return 0;
    }
    if (is_none(offset)) { /* naive: local time */
        own = zone_of_naive(t, as_datetime(self));
        if (!own || own == target) {
            return own ? self : 0;
        }
        offset = tzinfo_utcoffset(t, own, self);
    }
    Value shifted = datetime_shift(t, self, as_delta(offset), -1, type_of(self));
    Value utc = shifted ? with_zone(t, shifted, timezone_utc()) : 0;
    if (utc && is_none(target)) {
        target = local_zone_of_utc(t, utc);
    }
    if (!utc || !target || target == timezone_utc()) {
        return utc && target ? utc : 0;
    }
    Value in_target = with_zone(t, utc, target);
    return in_target ? call_method1(t, target, N(fromutc), in_target) : 0;
}

/* ---- time tuples ---- */

Value datetime_timetuple(METHOD_ARGS)
{
    const DateTime *v = as_datetime(args[0]);
    Value dst = tzinfo_dst(t, v->tzinfo, args[0]);
    return dst ? struct_time(t, &v->date, &v->clock,
                             is_none(dst) ? -1 : delta_us(as_delta(dst)) != 0)
               : 0;
}

Value datetime_utctimetuple(METHOD_ARGS)
{
    Value self = args[0], offset = datetime_utcoffset(t, self);
    if (offset && !is_none(offset)) {
        self = datetime_shift(t, self, as_delta(offset), -1, &datetime_type);
    }
    return offset && self ? struct_time(t, &as_datetime(self)->date, &as_datetime(self)->clock, 0)
                          : 0;
}
