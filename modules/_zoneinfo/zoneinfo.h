/* What the files of _zoneinfo share: a zone's table of transitions and the rule behind them.
 *
 * A zone is immutable but for the note that it came from a cache.  Its numbers lie in a bytes
 * object, its timedeltas and names in a tuple; a type of local time is an index into both:
 *   0 .. n_types-1      those of the file
 *   n_types, n_types+1  standard and summer time of the rule
 */
#ifndef MODULES_ZONEINFO_H
#define MODULES_ZONEINFO_H

#include "core/object/bytes.h"
#include "modules/_datetime/datetime.h"

/* ---- rule.c: the TZ strings of POSIX, no objects ---- */

/* The day of a year when the clock changes, and the local time of that day. */
typedef struct RuleDay {
    enum { DAY_OF_WEEK, DAY_JULIAN, DAY_OF_YEAR } kind; /* Mm.w.d, Jn (no February 29), n */
    uint8_t month, week, weekday;                       /* weekday: 0 is Sunday; week 5: the last */
    int16_t day;
    int32_t seconds;
} RuleDay;

typedef struct Rule {
    int32_t std, dst;   /* offsets in seconds, east is positive */
    RuleDay start, end; /* of summer time */
} Rule;

typedef struct RuleName { const char *p; size_t n; } RuleName;
typedef struct ParsedRule {
    Rule rule;
    bool has_dst;
    RuleName std_name, dst_name;
} ParsedRule;

NODISCARD bool rule_parse(const char *p, size_t n, ParsedRule *out); /* false: malformed */
/* Is it summer time at this local time, in seconds since 1970? */
bool rule_is_dst(const Rule *r, int64_t local, int year, int fold);
/* The same at a UTC time; *fold: the local time is the second of two equal ones. */
bool rule_is_dst_utc(const Rule *r, int64_t utc, int year, bool *fold);

/* ---- table.c ---- */

typedef struct ZoneTable {
    uint32_t n_trans, n_types;
    int32_t before, after; /* type before the first transition and behind the last; -1: none */
    bool has_rule;         /* `after` does not count: the rule decides */
    bool fixed;            /* one offset for ever */
    Rule rule;
    /* n_trans times in UTC, as many local ones with fold 0 and with fold 1; then int32_t offsets of
     * n_types + 2 types; then n_trans types as bytes */
    int64_t times[];
} ZoneTable;

static inline int64_t *table_utc(ZoneTable *z)
{
    return z->times;
}
static inline int64_t *table_local(ZoneTable *z, int fold)
{
    return z->times + (size_t)z->n_trans * (size_t)(1 + fold);
}
static inline int32_t *table_offsets(ZoneTable *z)
{
    return (int32_t *)(z->times + (size_t)z->n_trans * 3);
}
static inline uint8_t *table_kinds(ZoneTable *z)
{
    return (uint8_t *)(table_offsets(z) + z->n_types + 2);
}

enum { TYPE_UTCOFF, TYPE_DST, TYPE_NAME, TYPE_FIELDS }; /* of a type in the tuple */

/* From what zoneinfo._common.load_data returned.  *values: a tuple of TYPE_FIELDS * (n_types + 2).
 * Returns the bytes, 0: raised.  Effects: allocates. */
Value table_new(Thread *t, Value data, Value *values);
/* Seconds since 1970 as if dt were UTC; false: raised. */
NODISCARD bool table_seconds(Thread *t, Value dt, int64_t *seconds);
/* Type at a local time; fold and year are those of the datetime. */
int table_find(ZoneTable *z, int64_t local, int year, int fold);
int table_find_utc(ZoneTable *z, int64_t utc, int year, bool *fold);

#endif
