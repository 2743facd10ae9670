/* The proleptic Gregorian calendar: ordinals, ISO weeks, and the local time of the C library. */
#include <errno.h>
#include <time.h>

#include "modules/_datetime/datetime.h"
#include "modules/zone.h"

static const int month_days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const int days_before[13] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
enum { DAYS_4Y = 1461, DAYS_100Y = 36524, DAYS_400Y = 146097 };

static bool is_leap(int year)
{
    return (year & 3) == 0 && (year % 25 != 0 || (year & 15) == 0); /* 100 is 4 * 25, 400 16 * 25 */
}

int days_in_month(int year, int month)
{
    return month_days[month] + (month == 2 && is_leap(year));
}

static int days_before_year(int year)
{
    int y = year - 1;
    return y * 365 + y / 4 - y / 100 + y / 400;
}

int day_of_year(int year, int month, int day)
{
    return days_before[month] + (month > 2 && is_leap(year)) + day;
}

int ymd_to_ordinal(int year, int month, int day)
{
    return days_before_year(year) + day_of_year(year, month, day);
}

/* Takes off cycles of 400, 100, 4 and 1 years; the last day of a cycle would begin a year too many.
 */
void ordinal_to_ymd(int ordinal, int *year, int *month, int *day)
{
    assert(ordinal >= 1);
    unsigned left = (unsigned)ordinal - 1; /* divided by constants in half as many steps */
    const unsigned cycles = left / DAYS_400Y;
    left -= cycles * DAYS_400Y;
    const unsigned centuries = left / DAYS_100Y;
    left -= centuries * DAYS_100Y;
    const unsigned fours = left / DAYS_4Y;
    left -= fours * DAYS_4Y;
    const unsigned ones = left / 365;
    const int n = (int)(left - ones * 365);
    const int y = (int)(cycles * 400 + centuries * 100 + fours * 4 + ones) + 1;
    if (ones == 4 || centuries == 4) {
        *year = y - 1;
        *month = 12;
        *day = 31;
        return;
    }
    bool leap = is_leap(y);
    int m = n / 32 + 1; /* this month or the next */
    if (m < 12 && n >= days_before[m + 1] + (m >= 2 && leap)) {
        m++;
    }
    *year = y;
    *month = m;
    *day = n - days_before[m] - (m > 2 && leap) + 1;
}

int weekday_of(int year, int month, int day)
{
    return (ymd_to_ordinal(year, month, day) + 6) % 7;
}

/* Week 1 is the one with January 4. */
int iso_week1_monday(int year)
{
    int first = ymd_to_ordinal(year, 1, 1), weekday = (first + 6) % 7;
    return first - weekday + (weekday > 3 ? 7 : 0);
}

IsoDay iso_day(int year, int month, int day)
{
    int today = ymd_to_ordinal(year, month, day);
    int first = iso_week1_monday(year);
    if (today < first) {
        first = iso_week1_monday(--year);
    } else if (today >= iso_week1_monday(year + 1)) {
        first = iso_week1_monday(++year);
    }
    return (IsoDay){year, (today - first) / 7 + 1, (today - first) % 7 + 1};
}

const char *iso_to_ordinal(IsoDay iso, int *ordinal)
{
    if (iso.year < YEAR_MIN || iso.year > YEAR_MAX) {
        return "year";
    }
    if (iso.week < 1 || iso.week > 52) {
        /* years that begin on Thursday, or leap on Wednesday, have 53 weeks */
        int first = weekday_of(iso.year, 1, 1);
        if (iso.week != 53 || !(first == 3 || (first == 2 && is_leap(iso.year)))) {
            return "week";
        }
    }
    if (iso.day < 1 || iso.day > 7) {
        return "day";
    }
    *ordinal = iso_week1_monday(iso.year) + (iso.week - 1) * 7 + iso.day - 1;
    return NULL;
}

int64_t civil_seconds(int year, int month, int day, const Clock *c)
{
    return (int64_t)ymd_to_ordinal(year, month, day) * DAY_SECONDS + c->hour * 3600 +
           c->minute * 60 + c->second;
}

bool broken_down_time(Thread *t, int64_t unix_seconds, bool local, struct tm *tm)
{
    if ((local ? zone_local : zone_utc)(unix_seconds, tm)) {
        return true;
    }
    raise_errno(t, &exc_OSError, errno ? errno : EINVAL, 0);
    return false;
}

bool local_seconds(Thread *t, int64_t utc, int64_t *local)
{
    struct tm tm;
    if (!broken_down_time(t, utc - (int64_t)EPOCH_ORDINAL * DAY_SECONDS, true, &tm)) {
        return false;
    }
    int year = tm.tm_year + 1900;
    if (year < YEAR_MIN || year > YEAR_MAX) {
        value_error(t, "year %d is out of range", year);
        return false;
    }
    Clock c = {
        .hour = (uint8_t)tm.tm_hour, .minute = (uint8_t)tm.tm_min, .second = (uint8_t)tm.tm_sec};
    *local = civil_seconds(year, tm.tm_mon + 1, tm.tm_mday, &c);
    return true;
}
