/* Broken-down time: the arithmetic is done here, and what the zone's rules say of a minute is asked
 * for once by each thread.
 *
 * That a zone's offset changes at whole minutes only is so since 1972, except for what is not
 * remembered here: moments before SINCE, and far ones, which nobody asks for often.
 */
#include "modules/zone.h"

#include <errno.h>

#include "core/base/atomics.h"
#include "modules/_datetime/datetime.h"

#define SINCE INT64_C(946684800)  /* 2000 */
#define UNTIL INT64_C(4102444800) /* 2100 */

typedef struct Minute { /* what the zone's rules say of it */
    int64_t minute;     /* since 1970; 0: none */
    uint32_t set;       /* of zone_sets when it was asked for */
    int dst;
    long offset;      /* seconds east */
    const char *name; /* the C library keeps it for ever */
} Minute;

static __thread Minute minutes[8];
static uint32_t zone_sets;    /* times that tzset() may have changed the rules; atomic */
static bool variable_changed; /* since zone_set; atomic */

/* The same minutes of neighbouring days, which datetime compares, have slots of their own. */
static Minute *minute_slot(int64_t minute)
{
    return &minutes[(uint64_t)(minute + minute / (DAY_SECONDS / 60)) % ARRAY_SIZE(minutes)];
}

static void break_down(int64_t when, struct tm *tm)
{
    const int64_t seconds = when + (int64_t)EPOCH_ORDINAL * DAY_SECONDS;
    const int ordinal = (int)(seconds / DAY_SECONDS), rest = (int)(seconds % DAY_SECONDS);
    int year, month, day;
    ordinal_to_ymd(ordinal, &year, &month, &day);
    *tm = (struct tm){.tm_year = year - 1900,
                      .tm_mon = month - 1,
                      .tm_mday = day,
                      .tm_hour = rest / 3600,
                      .tm_min = rest / 60 % 60,
                      .tm_sec = rest % 60,
                      .tm_wday = ordinal % 7,
                      .tm_yday = day_of_year(year, month, day) - 1};
}

bool zone_utc(int64_t when, struct tm *tm)
{
    if (when < SINCE || when >= UNTIL) {
        time_t seconds = when;
        errno = 0;
        return gmtime_r(&seconds, tm) != NULL;
    }
    break_down(when, tm);
    tm->tm_zone = "GMT";
    return true;
}

static bool ask(int64_t when, struct tm *tm)
{
    time_t seconds = when;
    errno = 0;
    return localtime_r(&seconds, tm) != NULL;
}

bool zone_local(int64_t when, struct tm *tm)
{
    if (when < SINCE || when >= UNTIL) {
        return ask(when, tm);
    }
    const int64_t minute = when / 60;
    Minute *m = minute_slot(minute);
    const uint32_t set = load_acquire(&zone_sets);
    if (m->minute == minute && m->set == set) {
        break_down(when + m->offset, tm);
        tm->tm_isdst = m->dst;
        tm->tm_gmtoff = m->offset;
        tm->tm_zone = m->name;
        return true;
    }
    if (!ask(when, tm)) {
        return false;
    }
    *m = (Minute){.minute = minute,
                  .set = set,
                  .dst = tm->tm_isdst,
                  .offset = tm->tm_gmtoff,
                  .name = tm->tm_zone};
    return true;
}

void zone_variable_changed(void)
{
    store_release(&variable_changed, true);
}

void zone_maybe_set(void)
{
    if (load_acquire(&variable_changed)) {
        fetch_add_acq_rel(&zone_sets, 1);
    }
}

void zone_set(void)
{
    store_relaxed(&variable_changed, false);
    tzset();
    fetch_add_acq_rel(&zone_sets, 1);
}
