/* The table of a zone: made from the contents of a time zone file, and searched. */
#include "core/object/list.h"
#include "modules/_zoneinfo/zoneinfo.h"

/* What load_data() returned. */
typedef struct Source {
    Value kinds, utc, offsets, is_dst, names; /* tuples */
    Value rule;                               /* bytes, or None */
} Source;

static bool source_from(Thread *t, Value data, Source *s)
{
    bool ok = value_is_tuple(data) && tuple_len(data) == 6;
    if (ok) {
        *s = (Source){tuple_get(data, 0), tuple_get(data, 1), tuple_get(data, 2),
                      tuple_get(data, 3), tuple_get(data, 4), tuple_get(data, 5)};
        const Value tuples[] = {s->kinds, s->utc, s->offsets, s->is_dst, s->names};
        for (size_t i = 0; i < ARRAY_SIZE(tuples); i++) {
            ok = ok && value_is_tuple(tuples[i]) &&
                 tuple_len(tuples[i]) == tuple_len(i < 2 ? s->utc : s->offsets);
        }
    }
    if (!ok) {
        type_error(t, "load_data() must return the six parts of a time zone file");
    }
    return ok;
}

static bool read_int32(Thread *t, Value v, int32_t *out)
{
    int i;
    bool ok = value_to_int(t, v, &i);
    *out = ok ? i : 0;
    return ok;
}

static bool fill_numbers(Thread *t, const Source *s, ZoneTable *z)
{
    for (uint32_t i = 0; i < z->n_types; i++) {
        if (!read_int32(t, tuple_get(s->offsets, i), &table_offsets(z)[i])) {
            return false;
        }
    }
    for (uint32_t i = 0; i < z->n_trans; i++) {
        int32_t kind;
        if (!value_to_int64(t, tuple_get(s->utc, i), &table_utc(z)[i]) ||
            !read_int32(t, tuple_get(s->kinds, i), &kind)) {
            return false;
        }
        if (kind < 0 || (uint32_t)kind >= z->n_types || kind > UINT8_MAX) {
            value_error(t, "Invalid transition index found while reading TZif: %d", (int)kind);
            return false;
        }
        table_kinds(z)[i] = (uint8_t)kind;
    }
    return true;
}

/* Local times of the transitions: with fold 0 the later of the two that a clock shows then. */
static void fill_local(ZoneTable *z)
{
    const int32_t *offsets = table_offsets(z);
    for (uint32_t i = 0; i < z->n_trans; i++) {
        int32_t old = offsets[i ? table_kinds(z)[i - 1] : 0], new = offsets[table_kinds(z)[i]];
        table_local(z, 0)[i] = table_utc(z)[i] + (old > new ? old : new);
        table_local(z, 1)[i] = table_utc(z)[i] + (old > new ? new : old);
    }
}

/* What a type of summer time adds to the standard time beside it; the file does not say it. */
static void infer_saved(ZoneTable *z, const bool *is_dst, int32_t *saved)
{
    const int32_t *offsets = table_offsets(z);
    const uint8_t *kinds = table_kinds(z);
    for (uint32_t i = 1; i < z->n_trans; i++) {
        uint8_t kind = kinds[i];
        if (!is_dst[kind] || saved[kind] != 0) {
            continue;
        }
        int32_t found = is_dst[kinds[i - 1]] ? 0 : offsets[kind] - offsets[kinds[i - 1]];
        if (found == 0 && kind + 1u < z->n_types && i + 1 < z->n_trans && !is_dst[kinds[i + 1]]) {
            found = offsets[kind] - offsets[kinds[i + 1]];
        }
        saved[kind] = found;
    }
    for (uint32_t i = 0; i < z->n_types; i++) {
        if (is_dst[i] && saved[i] == 0) {
            saved[i] = 3600; /* the most likely */
        }
    }
}

static bool add_type(Thread *t, Value list, int32_t offset, int32_t saved, Value name)
{
    Value parts[TYPE_FIELDS] = {delta_new(t, 0, offset, 0), delta_new(t, 0, saved, 0), name};
    for (size_t i = 0; i < TYPE_FIELDS; i++) {
        if (!parts[i] || !list_append(t, list, parts[i])) {
            return false;
        }
    }
    return true;
}

static bool add_file_types(Thread *t, const Source *s, ZoneTable *z, Value list)
{
    bool is_dst[UINT8_MAX + 1] = {0};
    int32_t saved[UINT8_MAX + 1] = {0};
    for (uint32_t i = 0; i < z->n_types; i++) {
        int truth = object_truth(t, tuple_get(s->is_dst, i));
        if (truth < 0) {
            return false;
        }
        is_dst[i] = truth;
    }
    infer_saved(z, is_dst, saved);
    z->before = z->n_trans ? table_kinds(z)[0] : -1;
    for (uint32_t i = z->n_types; i-- > 0;) {
        z->before = is_dst[i] ? z->before : (int32_t)i;
    }
    for (uint32_t i = 0; i < z->n_types; i++) {
        if (!add_type(t, list, table_offsets(z)[i], saved[i], tuple_get(s->names, i))) {
            return false;
        }
    }
    return true;
}

static Value rule_name(Thread *t, RuleName name)
{
    return str_decode(t, name.p, name.n, "utf-8", NULL);
}

/* What holds behind the last transition. */
static bool add_rule(Thread *t, const Source *s, ZoneTable *z, Value list)
{
    z->after = z->n_trans ? table_kinds(z)[z->n_trans - 1] : (int32_t)z->n_types - 1;
    if (!value_isa(s->rule, &bytes_type) || value_bytes(s->rule)->len == 0) {
        if (z->n_types == 0) {
            value_error(t, "No time zone information found.");
            return false;
        }
        return true;
    }
    const Bytes *text = value_bytes(s->rule);
    ParsedRule parsed;
    if (!rule_parse(text->data, text->len, &parsed)) {
        value_error(t, "Malformed TZ string: %U",
                    str_decode(t, text->data, text->len, "utf-8", "backslashreplace"));
        return false;
    }
    const Rule *r = &parsed.rule;
    z->rule = *r;
    z->has_rule = parsed.has_dst;
    z->after = (int32_t)z->n_types;
    table_offsets(z)[z->n_types] = r->std;
    table_offsets(z)[z->n_types + 1] = r->dst;
    Value std = rule_name(t, parsed.std_name);
    if (!std || !add_type(t, list, r->std, 0, std) || !parsed.has_dst) {
        return !error_pending(t);
    }
    Value dst = rule_name(t, parsed.dst_name);
    return dst && add_type(t, list, r->dst, r->dst - r->std, dst);
}

/* 1 when two types show the same, 0, or -1: raised */
static int same_type(Thread *t, Value list, size_t a, size_t b)
{
    int same = 1;
    for (size_t i = 0; same == 1 && i < TYPE_FIELDS; i++) {
        same = object_compare_bool(t, list_get(list, a * TYPE_FIELDS + i),
                                   list_get(list, b * TYPE_FIELDS + i), CMP_EQ);
    }
    return same;
}

static bool find_fixed(Thread *t, ZoneTable *z, Value list)
{
    int same = z->has_rule || z->n_types > 1 ? 0
               : z->n_types == 0             ? 1
                                             : same_type(t, list, 0, (size_t)z->after);
    z->fixed = same == 1;
    return same >= 0;
}

Value table_new(Thread *t, Value data, Value *values)
{
    Source s;
    if (!source_from(t, data, &s)) {
        return 0;
    }
    size_t n_trans = tuple_len(s.utc), n_types = tuple_len(s.offsets);
    if (n_types > UINT8_MAX + 1) {
        return value_error(t, "too many types of local time in a time zone file");
    }
    Value bytes = bytes_new(t, NULL, sizeof(ZoneTable) + n_trans * (3 * sizeof(int64_t) + 1) +
                                         (n_types + 2) * sizeof(int32_t));
    Value list = bytes ? list_new(t, 0) : 0;
    if (!list) {
        return 0;
    }
    ZoneTable *z = (ZoneTable *)value_bytes(bytes)->data;
    assert((uintptr_t)z % _Alignof(ZoneTable) == 0);
    z->n_trans = (uint32_t)n_trans;
    z->n_types = (uint32_t)n_types;
    if (!fill_numbers(t, &s, z)) {
        return 0;
    }
    fill_local(z);
    if (!add_file_types(t, &s, z, list) || !add_rule(t, &s, z, list) ||
        !find_fixed(t, z, list)) {
        return 0;
    }
    *values = list_to_tuple(t, list);
    return *values ? bytes : 0;
}

bool table_seconds(Thread *t, Value dt, int64_t *seconds)
{
    if (type_of(dt) == &datetime_type) {
        const DateTime *d = as_datetime(dt);
        *seconds = civil_seconds(d->date.year, d->date.month, d->date.day, &d->clock) -
                   (int64_t)EPOCH_ORDINAL * DAY_SECONDS;
        return true;
    }
    static const char *const parts[] = {"hour", "minute", "second"};
    static const int factors[] = {3600, 60, 1};
    Value days = call_method0(t, dt, intern_cstr(t, "toordinal"));
    int part;
    if (!days || !value_to_int64(t, days, seconds)) {
        return false;
    }
    *seconds = (*seconds - EPOCH_ORDINAL) * DAY_SECONDS;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        Value v = object_getattr_cstr(t, dt, parts[i]);
        if (!v || !value_to_int(t, v, &part)) {
            return false;
        }
        *seconds += (int64_t)part * factors[i];
    }
    return true;
}

/* Number of the times that are not behind ts. */
static size_t count_up_to(const int64_t *times, size_t n, int64_t ts)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ts < times[mid]) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

int table_find(ZoneTable *z, int64_t local, int year, int fold)
{
    size_t n = z->n_trans;
    const int64_t *times = table_local(z, fold);
    if (n && local < times[0]) {
        return z->before;
    }
    if (n && local <= times[n - 1]) {
        return table_kinds(z)[count_up_to(times, n, local) - 1];
    }
    return z->has_rule ? (int)z->n_types + rule_is_dst(&z->rule, local, year, fold) : z->after;
}

int table_find_utc(ZoneTable *z, int64_t utc, int year, bool *fold)
{
    size_t n = z->n_trans;
    const int64_t *times = table_utc(z);
    *fold = false;
    if (n && utc < times[0]) {
        return z->before;
    }
    if (z->has_rule && (n == 0 || utc > times[n - 1])) {
        return (int)z->n_types + rule_is_dst_utc(&z->rule, utc, year, fold);
    }
    if (n == 0) {
        return z->after;
    }
    const int32_t *offsets = table_offsets(z);
    size_t at = count_up_to(times, n, utc); /* at least 1 */
    int kind = table_kinds(z)[at - 1], old = at > 1 ? table_kinds(z)[at - 2] : z->before;
    if (n == 1 && utc > times[0]) {
        old = kind;
        kind = z->after;
    }
    *fold = offsets[old] - offsets[kind] > utc - times[at - 1];
    return kind;
}
