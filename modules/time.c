/* The time module. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/time_value.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/safepoint.h"
#include "modules/file_descriptor.h"
#include "modules/zone.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static Value struct_time_type; /* root; init-only */

static Value seconds(Thread *t, int64_t ns) { return float_new(t, (double)ns * 1e-9); }
static Value clock_float(Thread *t, clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}

static Value time_time(ARGS) { return clock_float(t, CLOCK_REALTIME); }
static Value time_time_ns(ARGS) { return int_from_int64(t, clock_ns(CLOCK_REALTIME)); }
static Value time_monotonic(ARGS) { return clock_float(t, CLOCK_MONOTONIC); }
static Value time_monotonic_ns(ARGS) { return int_from_int64(t, monotonic_ns()); }
static Value time_process_time(ARGS) { return seconds(t, clock_ns(CLOCK_PROCESS_CPUTIME_ID)); }
static Value time_process_time_ns(ARGS)
{
    return int_from_int64(t, clock_ns(CLOCK_PROCESS_CPUTIME_ID));
}
static Value time_thread_time(ARGS) { return seconds(t, clock_ns(CLOCK_THREAD_CPUTIME_ID)); }
static Value time_thread_time_ns(ARGS)
{
    return int_from_int64(t, clock_ns(CLOCK_THREAD_CPUTIME_ID));
}

static Value clock_arg_get(Thread *t, Value id, bool ns, bool resolution)
{
    int clock;
    struct timespec ts;
    if (!value_to_parsed_int(t, id, &clock)) {
        return 0;
    }
    if ((resolution ? clock_getres : clock_gettime)(clock, &ts)) {
        return raise_errno(t, &exc_OSError, errno, 0);
    }
    return ns ? int_from_int64(t, (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec)
              : float_new(t, (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9);
}
static Value time_clock_gettime(ARGS) { return clock_arg_get(t, args[0], false, false); }
static Value time_clock_gettime_ns(ARGS) { return clock_arg_get(t, args[0], true, false); }
static Value time_clock_getres(ARGS) { return clock_arg_get(t, args[0], false, true); }

static Value set_clock(Thread *t, Value id, int64_t ns)
{
    int clock;
    if (!value_to_parsed_int(t, id, &clock)) {
        return 0;
    }
    int64_t seconds_part = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        seconds_part--;
    }
    struct timespec ts = {.tv_sec = seconds_part, .tv_nsec = rest};
    return clock_settime(clock, &ts) ? raise_errno(t, &exc_OSError, errno, 0) : NONE;
}

static Value time_clock_settime(ARGS)
{
    int64_t ns;
    return value_to_ns(t, args[1], NS_FLOOR, &ns) ? set_clock(t, args[0], ns) : 0;
}

static Value time_clock_settime_ns(ARGS)
{
    int64_t ns;
    if (!value_is_int(args[1])) {
        return type_error(t, "expect int, got %T", args[1]);
    }
    return value_to_int64(t, args[1], &ns) ? set_clock(t, args[0], ns) : 0;
}

static Value time_pthread_getcpuclockid(ARGS)
{
    uint64_t thread;
    clockid_t clock;
    if (!value_is_int(args[0])) {
        return type_error(t, "pthread_getcpuclockid() argument 1 must be int, not %T", args[0]);
    }
    if (!value_to_uint64(t, args[0], &thread)) {
        return 0;
    }
    int failed = pthread_getcpuclockid((pthread_t)thread, &clock);
    return failed ? raise_errno(t, &exc_OSError, failed, 0) : fixnum(clock);
}

static Value time_sleep(ARGS)
{
    double duration;
    if (value_is_int(args[0])) {
        int64_t whole;
        if (!value_to_int64(t, args[0], &whole)) {
            return 0;
        }
        duration = (double)whole;
    } else if (!value_to_double(t, args[0], &duration)) {
        return 0;
    }
    if (isnan(duration)) {
        return value_error(t, "Invalid value NaN (not a number)");
    }
    if (duration < 0) {
        return value_error(t, "sleep length must be non-negative");
    }
    if (duration > 9.2e9) {
        return overflow_error(t, "timestamp too large to convert to C _PyTime_t");
    }
    int64_t end = monotonic_ns() + (int64_t)ceil(duration * 1e9);
    IdleWait idle = idle_wait_within((int64_t)(duration * 1e9));
    for (bool over = false;;) {
        Alarm storage;
        const Alarm *alarm = thread_alarm(t, &storage);
        if (!thread_poll(t)) {
            return 0;
        }
        if (over) {
            return NONE;
        }
        int64_t stop = idle_until(&idle, end);
        thread_park_waiting(t);
        int err = alarm == NULL ? sleep_until(stop) : futex_wait(alarm->word, alarm->seen, stop);
        thread_unpark(t);
        over = (err == 0 || err == ETIMEDOUT) && !idle_again(t, &idle, end);
    }
}

/* ---- calendar ---- */

static Value struct_time_from(Thread *t, const struct tm *tm)
{
    const Value fields[] = {fixnum(tm->tm_year + 1900),
                            fixnum(tm->tm_mon + 1),
                            fixnum(tm->tm_mday),
                            fixnum(tm->tm_hour),
                            fixnum(tm->tm_min),
                            fixnum(tm->tm_sec),
                            fixnum((tm->tm_wday + 6) % 7),
                            fixnum(tm->tm_yday + 1),
                            fixnum(tm->tm_isdst),
                            str_from_cstr(t, tm->tm_zone ? tm->tm_zone : ""),
                            fixnum(tm->tm_gmtoff)};
    return structseq_pack(t, struct_time_type, fields);
}

static bool seconds_arg(Thread *t, Value v, time_t *out)
{
    if (!v || is_none(v)) {
        *out = time(NULL);
        return true;
    }
    if (value_is_float(v)) {
        double d = floor(float_get(v));
        if (isnan(d)) {
            value_error(t, "Invalid value NaN (not a number)");
            return false;
        }
        if (!(d >= -9.3e18 && d <= 9.2e18)) {
            overflow_error(t, "timestamp out of range for platform time_t");
            return false;
        }
        *out = (time_t)d;
        return true;
    }
    int64_t i;
    if (!value_to_int64(t, v, &i)) {
        if (error_clear_if(t, &exc_OverflowError)) {
            overflow_error(t, "timestamp out of range for platform time_t");
        }
        return false;
    }
    *out = i;
    return true;
}

static Value broken_down(Thread *t, Value v, bool utc)
{
    time_t when;
    struct tm tm;
    if (!seconds_arg(t, v, &when)) {
        return 0;
    }
    if (!(utc ? zone_utc : zone_local)(when, &tm)) {
        return raise_errno(t, &exc_OSError, errno ? errno : EINVAL, 0);
    }
    return struct_time_from(t, &tm);
}
static Value time_gmtime(ARGS) { return broken_down(t, args[0], true); }
static Value time_localtime(ARGS) { return broken_down(t, args[0], false); }

/* A time tuple as struct tm. */
static bool tm_from_value(Thread *t, Value v, struct tm *tm)
{
    if (!value_is_tuple(v)) {
        type_error(t, "Tuple or struct_time argument required");
        return false;
    }
    if (tuple_len(v) != 9) {
        type_error(t, "function takes exactly 9 arguments (%zd given)", (ssize_t)tuple_len(v));
        return false;
    }
    int f[9];
    for (size_t i = 0; i < 9; i++) {
        if (!value_to_int(t, tuple_get(v, i), &f[i])) {
            return false;
        }
    }
    if (f[0] < INT32_MIN + 1900) {
        overflow_error(t, "year out of range");
        return false;
    }
    *tm = (struct tm){.tm_year = f[0] - 1900,
                      .tm_mon = f[1] - 1,
                      .tm_mday = f[2],
                      .tm_hour = f[3],
                      .tm_min = f[4],
                      .tm_sec = f[5],
                      .tm_wday = (f[6] + 1) % 7,
                      .tm_yday = f[7] - 1,
                      .tm_isdst = f[8]};
    if (type_of(v) == value_type(struct_time_type)) {
        Value off = value_tuple(v)->items[10];
        tm->tm_gmtoff = value_is_fixnum(off) ? fixnum_get(off) : 0;
    }
    return true;
}

static bool tm_check(Thread *t, struct tm *tm)
{
    tm->tm_mon = tm->tm_mon == -1 ? 0 : tm->tm_mon;
    tm->tm_mday = tm->tm_mday == 0 ? 1 : tm->tm_mday;
    tm->tm_yday = tm->tm_yday == -1 ? 0 : tm->tm_yday;
    const char *bad = tm->tm_mon < 0 || tm->tm_mon > 11      ? "month"
                      : tm->tm_mday < 0 || tm->tm_mday > 31  ? "day of month"
                      : tm->tm_hour < 0 || tm->tm_hour > 23  ? "hour"
                      : tm->tm_min < 0 || tm->tm_min > 59    ? "minute"
                      : tm->tm_sec < 0 || tm->tm_sec > 61    ? "seconds"
                      : tm->tm_wday < 0                      ? "day of week"
                      : tm->tm_yday < 0 || tm->tm_yday > 365 ? "day of year"
                                                             : NULL;
    if (bad) {
        value_error(t, "%s out of range", bad);
    }
    return !bad;
}

static bool tm_arg(Thread *t, Value v, struct tm *tm)
{
    if (!v || is_none(v)) {
        return zone_local(time(NULL), tm) || !raise_errno(t, &exc_OSError, errno, 0);
    }
    return tm_from_value(t, v, tm) && tm_check(t, tm);
}

static Value tm_text(Thread *t, const struct tm *tm)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    snprintf(text, sizeof text, "%s %s%3d %.2d:%.2d:%.2d %d", days[tm->tm_wday % 7],
             months[tm->tm_mon], tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec,
             1900 + tm->tm_year);
    return str_from_cstr(t, text);
}

static Value time_asctime(ARGS)
{
    struct tm tm;
    return tm_arg(t, args[0], &tm) ? tm_text(t, &tm) : 0;
}

static Value time_ctime(ARGS)
{
    time_t when;
    struct tm tm;
    if (!seconds_arg(t, args[0], &when)) {
        return 0;
    }
    return zone_local(when, &tm) ? tm_text(t, &tm)
                                 : raise_errno(t, &exc_OSError, errno ? errno : EINVAL, 0);
}

static Value time_mktime(ARGS)
{
    struct tm tm;
    if (!tm_from_value(t, args[0], &tm)) {
        return 0;
    }
    tm.tm_wday = -1;
    time_t when = mktime(&tm);
    zone_maybe_set();
    return when == -1 && tm.tm_wday == -1 ? overflow_error(t, "mktime argument out of range")
                                          : float_new(t, (double)when);
}

static Value time_strftime(ARGS)
{
    struct tm tm;
    if (!value_is_str(args[0])) {
        return type_error(t, "strftime() argument 1 must be str, not %T", args[0]);
    }
    if (!tm_arg(t, args[1], &tm)) {
        return 0;
    }
    Value encoded = str_encode(t, args[0], "utf-8", "surrogateescape");
    if (!encoded) {
        return 0;
    }
    size_t len = (size_t)object_len(t, encoded);
    const char *format = str_fs_path(t, encoded);
    if (!format) {
        return 0;
    }
    if (len == 0) {
        return N(empty);
    }
    for (size_t cap = 1024;; cap *= 2) {
        char *text = malloc(cap);
        size_t got = text ? strftime(text, cap, format, &tm) : 0;
        zone_maybe_set();
        if (got > 0 || cap >= 256 * len || !text) {
            Value v = str_from_fs(t, text ? text : "", got);
            free(text);
            return v;
        }
        free(text);
    }
}

static Value time_strptime(ARGS)
{
    Value f = import_attr(t, "_strptime", "_strptime_time");
    return f ? call(t, f, args, n, 0) : 0;
}

static bool add_zone(Thread *t, Value mod)
{
    zone_set();
    time_t now = time(NULL);
    struct tm jan, jul, tm;
    localtime_r(&now, &tm);
    time_t year_start = now - (time_t)tm.tm_yday * 86400;
    time_t mid_year = year_start + 182 * 86400;
    localtime_r(&year_start, &jan);
    localtime_r(&mid_year, &jul);
    bool south = jan.tm_gmtoff > jul.tm_gmtoff;
    const struct tm *std = south ? &jul : &jan, *dst = south ? &jan : &jul;
    return module_add_int(t, mod, "timezone", -std->tm_gmtoff) &&
           module_add_int(t, mod, "altzone", -dst->tm_gmtoff) &&
           module_add_int(t, mod, "daylight", jan.tm_gmtoff != jul.tm_gmtoff) &&
           module_add(
               t, mod, "tzname",
               tuple_pack(t, 2, str_from_cstr(t, std->tm_zone), str_from_cstr(t, dst->tm_zone)));
}

static Value time_tzset(ARGS)
{
    Value mod = dict_get_cstr(t, t->interp->modules, "time");
    return mod && add_zone(t, mod) ? NONE : 0;
}

static Value time_get_clock_info(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "get_clock_info() argument 1 must be str, not %T", args[0]);
    }
    static const struct {
        const char *name, *impl;
        clockid_t id;
        bool monotonic, adjustable;
    } clocks[] = {
        {"time", "clock_gettime(CLOCK_REALTIME)", CLOCK_REALTIME, false, true},
        {"monotonic", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"perf_counter", "clock_gettime(CLOCK_MONOTONIC)", CLOCK_MONOTONIC, true, false},
        {"process_time", "clock_gettime(CLOCK_PROCESS_CPUTIME_ID)", CLOCK_PROCESS_CPUTIME_ID, true,
         false},
        {"thread_time", "clock_gettime(CLOCK_THREAD_CPUTIME_ID)", CLOCK_THREAD_CPUTIME_ID, true,
         false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        if (str_eq_cstr(args[0], clocks[i].name)) {
            struct timespec ts;
            clock_getres(clocks[i].id, &ts);
            Value type = import_attr(t, "types", "SimpleNamespace"), ns = type ? call0(t, type) : 0;
            return ns &&
                           object_setattr(t, ns, intern_cstr(t, "implementation"),
                                          str_from_cstr(t, clocks[i].impl)) &&
                           object_setattr(t, ns, intern_cstr(t, "monotonic"),
                                          bool_value(clocks[i].monotonic)) &&
                           object_setattr(t, ns, intern_cstr(t, "adjustable"),
                                          bool_value(clocks[i].adjustable)) &&
                           object_setattr(t, ns, intern_cstr(t, "resolution"),
                                          float_new(t, (double)ts.tv_nsec * 1e-9))
                       ? ns
                       : 0;
        }
    }
    return value_error(t, "unknown clock");
}

static const NativeDef time_functions[] = {
    {"time()", time_time, "Seconds since the Epoch.", 0},
    {"time_ns()", time_time_ns, "Nanoseconds since the Epoch.", 0},
    {"monotonic()", time_monotonic, "Monotonic clock in seconds.", 0},
    {"monotonic_ns()", time_monotonic_ns, "Monotonic clock in nanoseconds.", 0},
    {"perf_counter()", time_monotonic, "Performance counter in seconds.", 0},
    {"perf_counter_ns()", time_monotonic_ns, "Performance counter in nanoseconds.", 0},
    {"process_time()", time_process_time, "CPU time of the process in seconds.", 0},
    {"process_time_ns()", time_process_time_ns, "CPU time of the process in nanoseconds.", 0},
    {"thread_time()", time_thread_time, "CPU time of the thread in seconds.", 0},
    {"thread_time_ns()", time_thread_time_ns, "CPU time of the thread in nanoseconds.", 0},
    {"clock_gettime(clk_id, /)", time_clock_gettime, "Time of the clock.", 0},
    {"clock_gettime_ns(clk_id, /)", time_clock_gettime_ns, "Time of the clock in nanoseconds.", 0},
    {"clock_getres(clk_id, /)", time_clock_getres, "Resolution of the clock.", 0},
    {"clock_settime(clk_id, time, /)", time_clock_settime, "Set the clock to a time in seconds.",
     0},
    {"clock_settime_ns(clk_id, time, /)", time_clock_settime_ns,
     "Set the clock to a time in nanoseconds.", 0},
    {"pthread_getcpuclockid(thread_id, /)", time_pthread_getcpuclockid,
     "The clock of a thread's CPU time.", 0},
    {"sleep(seconds, /)", time_sleep, "Suspend the calling thread.", 0},
    {"gmtime(seconds=None, /)", time_gmtime, "Convert seconds to a UTC time tuple.", 0},
    {"localtime(seconds=None, /)", time_localtime, "Convert seconds to a local time tuple.", 0},
    {"asctime(tuple=None, /)", time_asctime, "Convert a time tuple to a string.", 0},
    {"ctime(seconds=None, /)", time_ctime, "Convert seconds to a string in local time.", 0},
    {"mktime(tuple, /)", time_mktime, "Convert a local time tuple to seconds.", 0},
    {"strftime(format, tuple=None, /)", time_strftime, "Format a time tuple.", 0},
    {"strptime", time_strptime, "Parse a string to a time tuple.", NATIVE_RAW},
    {"tzset()", time_tzset, "Read the TZ environment variable again.", 0},
    {"get_clock_info(name, /)", time_get_clock_info, "Information about a clock.", 0},
    {0},
};

static bool time_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"tm_year", "year, as 1993"},
        {"tm_mon", "month, 1 to 12"},
        {"tm_mday", "day of the month, 1 to 31"},
        {"tm_hour", "hour, 0 to 23"},
        {"tm_min", "minute, 0 to 59"},
        {"tm_sec", "second, 0 to 61"},
        {"tm_wday", "day of the week, 0 (Monday) to 6"},
        {"tm_yday", "day of the year, 1 to 366"},
        {"tm_isdst", "1: summer time, 0: not, -1: unknown"},
        {"tm_zone", "short name of the time zone"},
        {"tm_gmtoff", "seconds east of UTC"},
        {NULL, NULL}};
    static const StructSeqDef def = {
        "time.struct_time", "The time value of gmtime(), localtime() and strptime().", fields, 9};
    return module_add_structseq(t, mod, &def, &struct_time_type) && add_zone(t, mod) &&
           module_add_int(t, mod, "_STRUCT_TM_ITEMS", 11) &&
           module_add_int(t, mod, "CLOCK_REALTIME", CLOCK_REALTIME) &&
           module_add_int(t, mod, "CLOCK_MONOTONIC", CLOCK_MONOTONIC) &&
           module_add_int(t, mod, "CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW) &&
           module_add_int(t, mod, "CLOCK_BOOTTIME", CLOCK_BOOTTIME) &&
           module_add_int(t, mod, "CLOCK_TAI", CLOCK_TAI) &&
           module_add_int(t, mod, "CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID) &&
           module_add_int(t, mod, "CLOCK_THREAD_CPUTIME_ID", CLOCK_THREAD_CPUTIME_ID);
}

const ModuleDef module_time = {"time", "Time access and conversions.", time_functions, time_exec};
