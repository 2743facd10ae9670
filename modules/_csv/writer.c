/* writer: rows to lines. */
#include "core/object/float.h"
#include "core/object/str.h"
#include "modules/_csv/csv.h"

typedef struct CsvWriter {
    Object head;
    Value write, dialect;
} CsvWriter;

/* What a character needs. */
typedef enum { AS_IT_IS, QUOTED, DOUBLED, ESCAPED } Treatment;

static Treatment char_treatment(const CsvDialect *d, uint32_t c)
{
    if (c != d->delimiter && c != d->escapechar && c != d->quotechar) {
        const Str *end = value_str(d->lineterminator);
        size_t i = 0;
        while (i < end->len && str_get(end, i) != c) {
            i++;
        }
        if (i == end->len) {
            return AS_IT_IS;
        }
    }
    if (d->quoting == CSV_QUOTE_NONE) {
        return ESCAPED;
    }
    if (c == d->quotechar) {
        return d->doublequote ? DOUBLED : ESCAPED;
    }
    if (c == d->escapechar) {
        return ESCAPED;
    }
    return QUOTED;
}

/* Appends the field; false: raised. */
static bool write_field(Thread *t, StrBuilder *b, const CsvDialect *d, Value text, bool quoted)
{
    const Str *s = value_str(text);
    bool special = false;
    for (size_t i = 0; i < s->len; i++) {
        Treatment how = char_treatment(d, str_get(s, i));
        if (how == ESCAPED && d->escapechar == CSV_NO_CHAR) {
            return csv_raise(t, "need to escape, but no escapechar set");
        }
        special = special || how != AS_IT_IS;
        quoted = quoted || how == QUOTED || how == DOUBLED;
    }
    if (quoted) {
        sb_char(b, d->quotechar);
    }
    if (special) {
        for (size_t i = 0; i < s->len; i++) {
            uint32_t c = str_get(s, i);
            Treatment how = char_treatment(d, c);
            if (how == ESCAPED || how == DOUBLED) {
                sb_char(b, how == ESCAPED ? d->escapechar : d->quotechar);
            }
            sb_char(b, c);
        }
    } else {
        sb_str(b, text);
    }
    if (quoted) {
        sb_char(b, d->quotechar);
    }
    return !b->failed;
}

static bool is_number(Value v)
{
    Type *type = type_of(v);
    return type->index || type->int_ || type->float_ || type_is_subtype(type, &complex_type);
}

static bool write_value(Thread *t, StrBuilder *b, const CsvDialect *d, Value field)
{
    bool quoted =
        d->quoting == CSV_QUOTE_ALL || (d->quoting == CSV_QUOTE_NONNUMERIC && !is_number(field));
    Value text = value_is_str(field) ? field : is_none(field) ? N(empty) : object_str(t, field);
    return text && write_field(t, b, d, text, quoted);
}

static Value writer_row(Thread *t, CsvWriter *w, Value row)
{
    const CsvDialect *d = (const CsvDialect *)value_object(w->dialect);
    StrBuilder b;
    Value it = object_iter(t, row), field;
    if (!it) {
        return error_clear_if(t, &exc_TypeError)
                   ? raise(t, value_type(csv_error), "iterable expected, not %T", row)
                   : 0;
    }
    sb_init(&b, t);
    size_t count = 0;
    while ((field = iter_next(t, it)) != 0) {
        if (count++) {
            sb_char(&b, d->delimiter);
        }
        if (!write_value(t, &b, d, field)) {
            return 0;
        }
    }
    if (t->exc) {
        return 0;
    }
    if (count > 0 && b.len == 0) {
        if (d->quoting == CSV_QUOTE_NONE) {
            return csv_raise(t, "single empty field record must be quoted");
        }
        sb_char(&b, d->quotechar);
        sb_char(&b, d->quotechar);
    }
    sb_str(&b, d->lineterminator);
    Value line = sb_finish(&b);
    return line ? call1(t, w->write, line) : 0;
}

NATIVE_FN(writer_writerow) { return writer_row(t, (CsvWriter *)value_object(args[0]), args[1]); }
NATIVE_FN(writer_writerows)
{
    Value it = object_iter(t, args[1]), row;
    if (!it) {
        return 0;
    }
    while ((row = iter_next(t, it)) != 0) {
        if (!writer_row(t, (CsvWriter *)value_object(args[0]), row)) {
            return 0;
        }
    }
    return t->exc ? 0 : NONE;
}

static void writer_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((CsvWriter *)self)->write);
    trace_value(tr, ((CsvWriter *)self)->dialect);
}

Value csv_writer(Thread *t, Value *args, size_t n, Value kwnames)
{
    Value write;
    if (!args_count(t, "", n, 1, 2)) {
        return 0;
    }
    Value dialect = csv_dialect(t, args + 1, n - 1, kwnames);
    if (!dialect) {
        return 0;
    }
    int found = object_lookup_attr(t, args[0], N(write), &write);
    if (found < 0) {
        return 0;
    }
    if (!found || !callable(write)) {
        return type_error(t, "argument 1 must have a \"write\" method");
    }
    CsvWriter *w = object_alloc(t, &csv_writer_type, sizeof *w);
    if (!w) {
        return 0;
    }
    gc_init(&w->write, write);
    gc_init(&w->dialect, dialect);
    return object_value(w);
}

static const NativeDef writer_methods[] = {
    {"writerow(row, /)", writer_writerow,
     "Write the fields of an iterable as one record; fields that are no strings go through str().",
     0},
    {"writerows(rows, /)", writer_writerows, "Write each of the rows.", 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef writer_members[] = {
    {"dialect", MEMBER_VALUE, offsetof(CsvWriter, dialect), true, "The dialect."},
    {NULL, 0, 0, false, NULL},
};
Type csv_writer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "_csv.writer",
                        .size = sizeof(CsvWriter),
                        .doc = "CSV writer\n\nWriter objects are responsible for generating "
                               "tabular data\nin CSV format from sequence input.\n",
                        .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
                        .trace = writer_trace,
                        .methods = writer_methods,
                        .members = writer_members};
