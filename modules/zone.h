/* Broken-down time for several threads: the C library's functions take a lock of the process, which
 * makes two threads that ask for the time of day half as fast as one. */
#ifndef MODULES_ZONE_H
#define MODULES_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Seconds since 1970 as gmtime_r and localtime_r would have them; false with errno. */
bool zone_utc(int64_t when, struct tm *tm);
bool zone_local(int64_t when, struct tm *tm);

/* TZ has another value now, which counts from the next tzset() on; any thread. */
void zone_variable_changed(void);
/* After calls of C functions that may have called tzset(). */
void zone_maybe_set(void);
void zone_set(void); /* tzset() */

#endif
