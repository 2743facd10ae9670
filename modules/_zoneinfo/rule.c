/* The TZ strings of POSIX, with the extensions of RFC 8536: std[offset[dst[offset],start,end]].
 * Rules for each year, that hold behind the last transition of a file.
 */
#include "core/base/ascii.h"
#include "modules/_zoneinfo/zoneinfo.h"

typedef struct Cursor { const char *p, *end; } Cursor;

static bool accept_char(Cursor *c, char wanted)
{
    if (c->p < c->end && *c->p == wanted) {
        c->p++;
        return true;
    }
    return false;
}

/* A number of 1 to `most` digits that is at most `limit`. */
static bool parse_number(Cursor *c, int most, int limit, int *out)
{
    int n = 0, v = 0;
    while (n < most && c->p < c->end && ascii_is_digit(*c->p)) {
        v = v * 10 + (*c->p++ - '0');
        n++;
    }
    *out = v;
    return n > 0 && v <= limit;
}

/* Letters, or anything alphanumeric with signs in <>. */
static bool parse_name(Cursor *c, RuleName *out)
{
    bool quoted = accept_char(c, '<');
    const char *start = c->p;
    while (c->p < c->end &&
           (ascii_is_alpha(*c->p) ||
            (quoted && (ascii_is_digit(*c->p) || *c->p == '+' || *c->p == '-')))) {
        c->p++;
    }
    *out = (RuleName){start, (size_t)(c->p - start)};
    return out->n > 0 && (!quoted || accept_char(c, '>'));
}

/* [+-]h[:mm[:ss]] in seconds */
static bool parse_time(Cursor *c, int hour_digits, int hour_limit, int32_t *out)
{
    bool negative = accept_char(c, '-');
    if (!negative) {
        (void)accept_char(c, '+');
    }
    int hours, minutes = 0, seconds = 0;
    if (!parse_number(c, hour_digits, hour_limit, &hours)) {
        return false;
    }
    if (accept_char(c, ':')) {
        if (!parse_number(c, 2, 59, &minutes) ||
            (accept_char(c, ':') && !parse_number(c, 2, 59, &seconds))) {
            return false;
        }
    }
    int32_t total = hours * 3600 + minutes * 60 + seconds;
    *out = negative ? -total : total;
    return true;
}

/* West is positive in the text. */
static bool parse_offset(Cursor *c, int32_t *out)
{
    int32_t west;
    if (!parse_time(c, 2, 23, &west)) {
        return false;
    }
    *out = -west;
    return true;
}

static bool parse_day(Cursor *c, RuleDay *d)
{
    int month = 0, week = 0, weekday = 0, day = 0;
    if (accept_char(c, 'M')) {
        d->kind = DAY_OF_WEEK;
        if (!parse_number(c, 2, 12, &month) || month == 0 || !accept_char(c, '.') ||
            !parse_number(c, 1, 5, &week) || week == 0 || !accept_char(c, '.') ||
            !parse_number(c, 1, 6, &weekday)) {
            return false;
        }
    } else {
        d->kind = accept_char(c, 'J') ? DAY_JULIAN : DAY_OF_YEAR;
        if (!parse_number(c, 3, 365, &day) || (d->kind == DAY_JULIAN && day == 0)) {
            return false;
        }
    }
    d->month = (uint8_t)month;
    d->week = (uint8_t)week;
    d->weekday = (uint8_t)weekday;
    d->day = (int16_t)day;
    d->seconds = 2 * 3600;
    return !accept_char(c, '/') || parse_time(c, 3, 167, &d->seconds);
}

bool rule_parse(const char *p, size_t n, ParsedRule *out)
{
    Cursor c = {p, p + n};
    Rule *r = &out->rule;
    *out = (ParsedRule){0};
    if (!parse_name(&c, &out->std_name)) {
        return false;
    }
    if (c.p == c.end) {
        return true;
    }
    if (!parse_offset(&c, &r->std)) {
        return false;
    }
    if (c.p == c.end) {
        return true;
    }
    out->has_dst = true;
    r->dst = r->std + 3600;
    if (!parse_name(&c, &out->dst_name) ||
        (c.p < c.end && *c.p != ',' && !parse_offset(&c, &r->dst))) {
        return false;
    }
    return accept_char(&c, ',') && parse_day(&c, &r->start) && accept_char(&c, ',') &&
           parse_day(&c, &r->end) && c.p == c.end;
}

/* Local time of the change in a year, in seconds since 1970. */
static int64_t change_time(const RuleDay *d, int year)
{
    int64_t day;
    if (d->kind == DAY_OF_WEEK) {
        int first = (weekday_of(year, d->month, 1) + 1) % 7; /* 0: Sunday */
        int in_month = 1 + (d->weekday - first + 7) % 7 + (d->week - 1) * 7;
        if (in_month > days_in_month(year, d->month)) {
            in_month -= 7;
        }
        day = ymd_to_ordinal(year, d->month, in_month);
    } else {
        /* as the reference counts: day 0 is the one before January 1, and days from J59 on move in
         * leap years */
        bool moved = d->kind == DAY_JULIAN && d->day >= 59 && days_in_month(year, 2) == 29;
        day = ymd_to_ordinal(year, 1, 1) - 1 + d->day + moved;
    }
    return (day - EPOCH_ORDINAL) * DAY_SECONDS + d->seconds;
}

/* Is ts in the part of the year from start to end, which may go over its end? */
static bool is_between(int64_t start, int64_t ts, int64_t end)
{
    return start < end ? start <= ts && ts < end : !(end <= ts && ts < start);
}

bool rule_is_dst(const Rule *r, int64_t local, int year, int fold)
{
    int64_t start = change_time(&r->start, year), end = change_time(&r->end, year);
    int32_t saved = r->dst - r->std;
    /* the first of two equal times, or one that does not exist, is on the side of the fold */
    if ((fold != 0) == (saved >= 0)) {
        end -= saved;
    } else {
        start += saved;
    }
    return is_between(start, local, end);
}

bool rule_is_dst_utc(const Rule *r, int64_t utc, int year, bool *fold)
{
    int64_t start = change_time(&r->start, year) - r->std,
            end = change_time(&r->end, year) - r->dst;
    int32_t saved = r->dst - r->std;
    int64_t again = saved > 0 ? end : start;
    *fold = again <= utc && utc < again + (saved > 0 ? saved : -saved);
    return is_between(start, utc, end);
}
