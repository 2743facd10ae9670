/* Filter specifications: dicts to lzma_filter and back. */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "modules/_lzma/lzma_parts.h"

typedef struct Field {
    const char *name;
    size_t offset;
} Field;
#define LZMA_FIELD(field) {#field, offsetof(lzma_options_lzma, field)}
static const Field lzma_fields[] = {LZMA_FIELD(dict_size), LZMA_FIELD(lc),   LZMA_FIELD(lp),
                                    LZMA_FIELD(pb),        LZMA_FIELD(mode), LZMA_FIELD(nice_len),
                                    LZMA_FIELD(mf),        LZMA_FIELD(depth)};
#undef LZMA_FIELD

/* Unsigned value of an entry, if there is one: 1, 0 absent, -1 raised. */
static int entry_uint32(Thread *t, Value spec, const char *name, uint32_t *out)
{
    Value key = str_from_cstr(t, name);
    int has = key ? object_contains(t, spec, key) : -1;
    if (has <= 0) {
        return has;
    }
    Value v = object_getitem(t, spec, key);
    int64_t i;
    if (!v) {
        return -1;
    }
    if (!value_is_int(v)) {
        type_error(t, "an integer is required");
        return -1;
    }
    if (!int_try_int64(v, &i) || i < 0 || i > UINT32_MAX) {
        overflow_error(t, int_sign(v) < 0 ? "can't convert negative value to unsigned int"
                                          : "Value too large for uint32_t type");
        return -1;
    }
    *out = (uint32_t)i;
    return 1;
}

/* Every key must be known: "id", `extra`, or one of the fields. */
static bool keys_known(Thread *t, Value spec, const char *extra, const Field *fields, size_t n,
                       const char *what)
{
    Value it = object_iter(t, spec), key;
    if (!it) {
        return false;
    }
    while ((key = iter_next(t, it)) != 0) {
        bool known = value_is_str(key) && (str_eq_cstr(key, "id") || str_eq_cstr(key, extra));
        for (size_t i = 0; value_is_str(key) && i < n; i++) {
            known = known || str_eq_cstr(key, fields[i].name);
        }
        if (!known) {
            value_error(t, "Invalid filter specifier for %s filter", what);
            return false;
        }
    }
    return !t->exc;
}

static bool lzma_options(Thread *t, Value spec, lzma_filter *f)
{
    uint32_t preset = LZMA_PRESET_DEFAULT;
    if (entry_uint32(t, spec, "preset", &preset) < 0 ||
        !keys_known(t, spec, "preset", lzma_fields, ARRAY_SIZE(lzma_fields), "LZMA")) {
        return false;
    }
    lzma_options_lzma *o = mem_calloc(1, sizeof *o);
    if (!o) {
        return raise_memory(t);
    }
    f->options = o;
    if (lzma_lzma_preset(o, preset)) {
        raise(t, value_type(lzma_error), "Invalid compression preset: %d", (int)preset);
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(lzma_fields); i++) {
        if (entry_uint32(t, spec, lzma_fields[i].name,
                         (uint32_t *)((char *)o + lzma_fields[i].offset)) < 0) {
            return false;
        }
    }
    return true;
}

static bool delta_options(Thread *t, Value spec, lzma_filter *f)
{
    uint32_t dist = 1;
    if (entry_uint32(t, spec, "dist", &dist) < 0 ||
        !keys_known(t, spec, "dist", NULL, 0, "delta")) {
        return false;
    }
    lzma_options_delta *o = mem_calloc(1, sizeof *o);
    if (!o) {
        return raise_memory(t);
    }
    o->type = LZMA_DELTA_TYPE_BYTE;
    o->dist = dist;
    f->options = o;
    return true;
}

static bool bcj_options(Thread *t, Value spec, lzma_filter *f)
{
    uint32_t start = 0;
    if (entry_uint32(t, spec, "start_offset", &start) < 0 ||
        !keys_known(t, spec, "start_offset", NULL, 0, "BCJ")) {
        return false;
    }
    lzma_options_bcj *o = mem_calloc(1, sizeof *o);
    if (!o) {
        return raise_memory(t);
    }
    o->start_offset = start;
    f->options = o;
    return true;
}

bool filter_from_value(Thread *t, Value spec, lzma_filter *f)
{
    f->options = NULL;
    f->id = LZMA_VLI_UNKNOWN;
    if (!value_is_mapping(spec)) {
        type_error(t, "Filter specifier must be a dict or dict-like object");
        return false;
    }
    Value key = str_from_cstr(t, "id"), id = key ? object_getitem(t, spec, key) : 0;
    uint64_t number;
    if (!id) {
        if (error_clear_if(t, &exc_KeyError)) {
            value_error(t, "Filter specifier must have an \"id\" entry");
        }
        return false;
    }
    if (!value_to_uint64(t, id, &number)) {
        return false;
    }
    f->id = number;
    switch (number) {
    case LZMA_FILTER_LZMA1:
    case LZMA_FILTER_LZMA2:
        return lzma_options(t, spec, f);
    case LZMA_FILTER_DELTA:
        return delta_options(t, spec, f);
    case LZMA_FILTER_X86:
    case LZMA_FILTER_POWERPC:
    case LZMA_FILTER_IA64:
    case LZMA_FILTER_ARM:
    case LZMA_FILTER_ARMTHUMB:
    case LZMA_FILTER_SPARC:
        return bcj_options(t, spec, f);
    default:
        value_error(t, "Invalid filter ID: %lld", (long long)number);
        return false;
    }
}

void filters_free(lzma_filter *filters)
{
    for (; filters->id != LZMA_VLI_UNKNOWN; filters++) {
        mem_free(filters->options);
        filters->options = NULL;
    }
}

bool filters_from_value(Thread *t, Value specs, lzma_filter filters[LZMA_FILTERS_MAX + 1])
{
    filters[0].id = LZMA_VLI_UNKNOWN;
    if (value_is_dict(specs)) {
        type_error(t, "%T is not a sequence", specs);
        return false;
    }
    ssize_t n = object_len(t, specs);
    if (n < 0) {
        return false;
    }
    if (n > LZMA_FILTERS_MAX) {
        value_error(t, "Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX);
        return false;
    }
    for (ssize_t i = 0; i < n; i++) {
        Value spec = object_getitem(t, specs, fixnum(i));
        bool good = spec && filter_from_value(t, spec, &filters[i]);
        if (spec) {
            filters[i + 1] = (lzma_filter){.id = LZMA_VLI_UNKNOWN};
        }
        if (!good) {
            filters_free(filters);
            filters[0].id = LZMA_VLI_UNKNOWN;
            return false;
        }
    }
    return true;
}

static bool set_field(Thread *t, Value d, const char *name, uint64_t v)
{
    Value i = int_from_uint64(t, v);
    return i && dict_set_cstr(t, d, name, i);
}

Value filter_to_value(Thread *t, const lzma_filter *f)
{
    Value d = dict_new(t);
    const lzma_options_lzma *o = f->options;
    if (!d || !set_field(t, d, "id", f->id)) {
        return 0;
    }
    if (!o) {
        return d;
    }
    bool good = true;
    if (f->id == LZMA_FILTER_LZMA1) {
        good = set_field(t, d, "dict_size", o->dict_size) && set_field(t, d, "lc", o->lc) &&
               set_field(t, d, "lp", o->lp) && set_field(t, d, "pb", o->pb);
    } else if (f->id == LZMA_FILTER_LZMA2) {
        good = set_field(t, d, "dict_size", o->dict_size);
    } else if (f->id == LZMA_FILTER_DELTA) {
        good = set_field(t, d, "dist", ((const lzma_options_delta *)f->options)->dist);
    } else {
        good =
            set_field(t, d, "start_offset", ((const lzma_options_bcj *)f->options)->start_offset);
    }
    return good ? d : 0;
}
