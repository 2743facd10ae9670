/* Dialect: how a CSV file is written. */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "modules/_csv/csv.h"

enum {
    P_DIALECT,
    P_DELIMITER,
    P_DOUBLEQUOTE,
    P_ESCAPECHAR,
    P_LINETERMINATOR,
    P_QUOTECHAR,
    P_QUOTING,
    P_SKIPINITIALSPACE,
    P_STRICT,
    P_COUNT
};
static const char *const parameter_names[P_COUNT] = {
    NULL,        "delimiter", "doublequote",      "escapechar", "lineterminator",
    "quotechar", "quoting",   "skipinitialspace", "strict"};

static bool set_flag(Thread *t, Value v, bool dflt, bool *out)
{
    int truth = v ? object_truth(t, v) : dflt;
    *out = truth > 0;
    return truth >= 0;
}

/* optional: None means no such character. */
static bool set_char(Thread *t, const char *name, Value v, uint32_t dflt, bool optional,
                     uint32_t *out)
{
    *out = dflt;
    if (!v) {
        return true;
    }
    *out = CSV_NO_CHAR;
    if (optional && is_none(v)) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(
            t, optional ? "\"%s\" must be string or None, not %T" : "\"%s\" must be string, not %T",
            name, v);
        return false;
    }
    if (str_len(v) != 1) {
        type_error(t, "\"%s\" must be a 1-character string", name);
        return false;
    }
    *out = str_get(value_str(v), 0);
    return true;
}

static bool set_quoting(Thread *t, Value v, CsvQuoting *out)
{
    int i;
    *out = CSV_QUOTE_MINIMAL;
    if (!v) {
        return true;
    }
    if (!value_is_int_exact(v)) {
        type_error(t, "\"quoting\" must be an integer");
        return false;
    }
    if (!value_to_int(t, v, &i)) {
        return false;
    }
    if (i < CSV_QUOTE_MINIMAL || i > CSV_QUOTE_NONE) {
        type_error(t, "bad \"quoting\" value");
        return false;
    }
    *out = (CsvQuoting)i;
    return true;
}

static bool set_terminator(Thread *t, CsvDialect *d, Value v)
{
    if (v && is_none(v)) {
        type_error(t, "lineterminator must be set");
        return false;
    }
    if (v && !value_is_str(v)) {
        type_error(t, "\"lineterminator\" must be a string");
        return false;
    }
    gc_init(&d->lineterminator, v ? v : str_from_cstr(t, "\r\n"));
    return d->lineterminator != 0;
}

static bool dialect_fill(Thread *t, CsvDialect *d, Value *a)
{
    if (!set_char(t, "delimiter", a[P_DELIMITER], ',', false, &d->delimiter) ||
        !set_flag(t, a[P_DOUBLEQUOTE], true, &d->doublequote) ||
        !set_char(t, "escapechar", a[P_ESCAPECHAR], CSV_NO_CHAR, true, &d->escapechar) ||
        !set_terminator(t, d, a[P_LINETERMINATOR]) ||
        !set_char(t, "quotechar", a[P_QUOTECHAR], '"', true, &d->quotechar) ||
        !set_quoting(t, a[P_QUOTING], &d->quoting) ||
        !set_flag(t, a[P_SKIPINITIALSPACE], false, &d->skipinitialspace) ||
        !set_flag(t, a[P_STRICT], false, &d->strict)) {
        return false;
    }
    if (a[P_QUOTECHAR] && is_none(a[P_QUOTECHAR]) && !a[P_QUOTING]) {
        d->quoting = CSV_QUOTE_NONE;
    }
    if (d->quoting != CSV_QUOTE_NONE && d->quotechar == CSV_NO_CHAR) {
        type_error(t, "quotechar must be set if quoting enabled");
        return false;
    }
    return true;
}

static Value dialect_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("Dialect(dialect=None, delimiter=',', doublequote=True, escapechar=None, "
                  "lineterminator='\\r\\n', quotechar='\"', quoting=0, skipinitialspace=False, "
                  "strict=False)");
    Value a[P_COUNT];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value from = a[P_DIALECT];
    if (from && value_is_str(from) && !(from = csv_get_dialect(t, from))) {
        return 0;
    }
    bool plain = true;
    for (int i = P_DELIMITER; i < P_COUNT; i++) {
        plain = plain && !a[i];
    }
    if (from && plain && value_isa(from, type)) {
        return from;
    }
    for (int i = P_DELIMITER; from && i < P_COUNT; i++) {
        if (!a[i] && object_lookup_attr_cstr(t, from, parameter_names[i], &a[i]) <= 0) {
            error_clear(t);
            a[i] = 0;
        }
    }
    CsvDialect *d = object_alloc_instance(t, type, 0);
    return d && dialect_fill(t, d, a) ? object_value(d) : 0;
}

static CsvDialect *dialect_of(Value v)
{
    assert(value_isa(v, &csv_dialect_type));
    return (CsvDialect *)value_object(v);
}
static void dialect_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((CsvDialect *)self)->lineterminator);
}

static Value char_value(Thread *t, uint32_t c)
{
    return c == CSV_NO_CHAR ? NONE : str_from_char(t, c);
}
static Value get_delimiter(Thread *t, Value self, void *c UNUSED)
{
    return char_value(t, dialect_of(self)->delimiter);
}
static Value get_escapechar(Thread *t, Value self, void *c UNUSED)
{
    return char_value(t, dialect_of(self)->escapechar);
}
static Value get_quotechar(Thread *t, Value self, void *c UNUSED)
{
    return char_value(t, dialect_of(self)->quotechar);
}
static Value get_terminator(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return dialect_of(self)->lineterminator;
}
static Value get_quoting(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return fixnum(dialect_of(self)->quoting);
}

NATIVE_FN(dialect_reduce)
{
    return type_error(t, "cannot pickle '%s' instances", type_short_name(type_of(args[0])));
}

static const NativeDef dialect_methods[] = {
    {"__reduce__(*args)", dialect_reduce, "raises an exception to avoid pickling", 0},
    {"__reduce_ex__(*args)", dialect_reduce, "raises an exception to avoid pickling", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef dialect_getset[] = {
    {"delimiter", get_delimiter, NULL, NULL, NULL},
    {"escapechar", get_escapechar, NULL, NULL, NULL},
    {"lineterminator", get_terminator, NULL, NULL, NULL},
    {"quotechar", get_quotechar, NULL, NULL, NULL},
    {"quoting", get_quoting, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef dialect_members[] = {
    {"skipinitialspace", MEMBER_BOOL, offsetof(CsvDialect, skipinitialspace), true, NULL},
    {"doublequote", MEMBER_BOOL, offsetof(CsvDialect, doublequote), true, NULL},
    {"strict", MEMBER_BOOL, offsetof(CsvDialect, strict), true, NULL},
    {NULL, 0, 0, false, NULL},
};
Type csv_dialect_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_csv.Dialect",
    .size = sizeof(CsvDialect),
    .doc = "CSV dialect\n\nThe Dialect type records CSV parsing and generation options.\n",
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = dialect_trace,
    .new = dialect_new,
    .methods = dialect_methods,
    .getset = dialect_getset,
    .members = dialect_members};
