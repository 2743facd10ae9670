/* ISO 8601 text of dates and times read back: the forms that fromisoformat() takes.
 *
 *   date  YYYY-MM-DD  YYYYMMDD  YYYY-Www[-D]  YYYYWww[D]
 *   time  HH[:MM[:SS[.f+]]]  HH[MM[SS[.f+]]], the point may be a comma; then Z or an offset in the
 * same forms
 */
#include "core/base/ascii.h"
#include "modules/_datetime/datetime.h"

/* Takes n digits; NULL: there are none. */
static const char *take(const char *p, const char *end, int n, int *out)
{
    int v = 0;
    for (; n > 0; n--, p++) {
        if (p >= end || !ascii_is_digit(*p)) {
            return NULL;
        }
        v = v * 10 + (*p - '0');
    }
    *out = v;
    return p;
}

static bool parse_week(const char *p, const char *end, bool dashes, int year, int *ymd)
{
    IsoDay iso = {year, 0, 1};
    int ordinal;
    p = take(p, end, 2, &iso.week);
    if (p && p < end) {
        if (dashes && *p++ != '-') {
            return false;
        }
        p = take(p, end, 1, &iso.day);
    }
    if (!p || p != end || iso_to_ordinal(iso, &ordinal) || ordinal < 1) {
        return false;
    }
    ordinal_to_ymd(ordinal, &ymd[0], &ymd[1], &ymd[2]);
    return true;
}

bool parse_iso_date(const char *p, size_t n, int *ymd)
{
    const char *end = p + n;
    p = take(p, end, 4, &ymd[0]);
    if (!p) {
        return false;
    }
    bool dashes = p < end && *p == '-';
    p += dashes;
    if (p < end && *p == 'W') {
        return parse_week(p + 1, end, dashes, ymd[0], ymd);
    }
    p = take(p, end, 2, &ymd[1]);
    if (!p || (dashes && (p >= end || *p++ != '-'))) {
        return false;
    }
    p = take(p, end, 2, &ymd[2]);
    return p == end;
}

static size_t end_of_week_date(const char *p, size_t n)
{
    size_t digits = 7;
    while (digits < n && ascii_is_digit(p[digits])) {
        digits++;
    }
    if (digits < 9) {
        return digits;
    }
    /* a separator that is a digit: times have even numbers of them */
    return digits % 2 == 0 ? 7 : 8;
}

size_t iso_separator(const char *p, size_t n)
{
    if (n < 7) {
        return 0;
    }
    if (n == 7) {
        return 7;
    }
    if (p[4] != '-') {
        return p[4] == 'W' ? end_of_week_date(p, n) : 8;
    }
    if (p[5] != 'W') {
        return 10;
    }
    if (n > 8 && p[8] == '-') {
        if (n == 9) {
            return 0;
        }
        return n > 10 && ascii_is_digit(p[10]) ? 8 : 10; /* a hyphen that separates, not a digit */
    }
    return 8;
}

/* Digits of a fraction to microseconds; those beyond six are dropped. */
static const char *parse_fraction(const char *p, const char *end, int *us)
{
    int v = 0, n = 0;
    const char *start = p;
    for (; p < end && ascii_is_digit(*p); p++) {
        if (n < 6) {
            v = v * 10 + (*p - '0');
            n++;
        }
    }
    for (; n < 6; n++) {
        v *= 10;
    }
    *us = v;
    return p > start ? p : NULL;
}

/* All of p..end as hour, minute, second, microsecond. */
static bool parse_clock(const char *p, const char *end, int *fields)
{
    bool colons = false;
    memset(fields, 0, 4 * sizeof *fields);
    for (int i = 0; i < 3; i++) {
        p = take(p, end, 2, &fields[i]);
        if (!p || p == end) {
            return p != NULL;
        }
        if (i == 0) {
            colons = *p == ':';
        }
        if (*p == '.' || *p == ',') {
            break;
        }
        if (i < 2 && colons && *p++ != ':') {
            return false;
        }
    }
    if (*p != '.' && *p != ',') {
        return false;
    }
    return parse_fraction(p + 1, end, &fields[3]) == end;
}

static bool parse_zone(Thread *t, const char *p, const char *end, Value *tz)
{
    int f[4];
    if (*p == 'Z') {
        *tz = timezone_utc();
        return p + 1 == end;
    }
    int sign = *p == '-' ? -1 : 1;
    if (!parse_clock(p + 1, end, f)) {
        return false;
    }
    int seconds = f[0] * 3600 + f[1] * 60 + f[2];
    Value offset = delta_new(t, 0, sign * seconds, sign * f[3]);
    *tz = offset ? timezone_new(t, offset, NONE) : 0;
    return true;
}

IsoResult parse_iso_time(Thread *t, const char *p, size_t n, int *fields, Value *tz)
{
    const char *end = p + n, *zone = p;
    while (zone < end && *zone != '+' && *zone != '-' && *zone != 'Z') {
        zone++;
    }
    *tz = NONE;
    if (!parse_clock(p, zone, fields) || (zone < end && !parse_zone(t, zone, end, tz))) {
        return ISO_MALFORMED;
    }
    return *tz ? ISO_OK : ISO_RAISED;
}
