/* _datetime: the types of the module datetime in C.
 *
 * calendar.c days and weeks; delta.c, delta_arith.c timedelta; tzinfo.c tzinfo, timezone; date.c;
 * time.c; datetime.c, datetime_arith.c, datetime_convert.c; iso.c text, iso_parse.c text read back.
 */
#include "core/object/dict.h"
#include "modules/_datetime/datetime.h"

static bool add_constant(Thread *t, Type *type, const char *name, Value v)
{
    return v && dict_set_cstr(t, object_value(type_names(type)), name, v);
}

static Value minutes(Thread *t, int n)
{
    return delta_new(t, 0, n * 60, 0);
}

static bool add_limits(Thread *t)
{
    static const int first[3] = {YEAR_MIN, 1, 1}, last[3] = {YEAR_MAX, 12, 31};
    static const Clock end = {23, 59, 59, 0, 999999};
    const Clock start = {0};
    Value day = delta_new(t, 1, 0, 0), us = delta_new(t, 0, 0, 1), edge = minutes(t, 23 * 60 + 59);
    return add_constant(t, &delta_type, "min", delta_new(t, -DAYS_MAX, 0, 0)) &&
           add_constant(t, &delta_type, "max",
                        delta_new(t, DAYS_MAX, DAY_SECONDS - 1, SECOND_US - 1)) &&
           add_constant(t, &delta_type, "resolution", us) &&
           add_constant(t, &date_type, "min", date_new(t, &date_type, first[0], 1, 1)) &&
           add_constant(t, &date_type, "max", date_new(t, &date_type, last[0], 12, 31)) &&
           add_constant(t, &date_type, "resolution", day) &&
           add_constant(t, &time_type, "min", time_new(t, &time_type, &start, NONE)) &&
           add_constant(t, &time_type, "max", time_new(t, &time_type, &end, NONE)) &&
           add_constant(t, &time_type, "resolution", us) &&
           add_constant(t, &datetime_type, "min",
                        datetime_new(t, &datetime_type, first, &start, NONE)) &&
           add_constant(t, &datetime_type, "max",
                        datetime_new(t, &datetime_type, last, &end, NONE)) &&
           add_constant(t, &datetime_type, "resolution", us) &&
           add_constant(t, &timezone_type, "utc", timezone_utc()) &&
           add_constant(t, &timezone_type, "min",
                        edge ? timezone_new(t, delta_neg(t, edge), NONE) : 0) &&
           add_constant(t, &timezone_type, "max", edge ? timezone_new(t, edge, NONE) : 0);
}

static bool datetime_exec(Thread *t, Value mod)
{
    Type *const types[] = {&delta_type,    &date_type,   &time_type,
                           &datetime_type, &tzinfo_type, &timezone_type};
    bool again = timezone_utc() != 0;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!module_add_type(t, mod, types[i])) {
            return false;
        }
    }
    return type_ready(t, &iso_date_type) && timezone_init(t) && (again || add_limits(t)) &&
           module_add_int(t, mod, "MINYEAR", YEAR_MIN) &&
           module_add_int(t, mod, "MAXYEAR", YEAR_MAX) && module_add(t, mod, "UTC", timezone_utc());
}

extern const ModuleDef module__datetime;
const ModuleDef module__datetime = {
    .name = "_datetime",
    .doc = "The types of the module datetime.",
    .exec = datetime_exec,
};
