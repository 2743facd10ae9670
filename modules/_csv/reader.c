/* reader: lines to rows.
 *
 * All parsing state lives in the call of next(); the object holds the iterator and the dialect
 * only, so threads may share a reader.  Lines without quotes and escapes are split directly.
 */
#include <string.h>

#include "core/base/memory.h"
#include "core/object/list.h"
#include "modules/_csv/csv.h"

enum { FIELD_ON_STACK = 256 };
#define END_OF_LINE UINT32_MAX

typedef struct CsvReader {
    Object head;
    Value iterator, dialect;
    _Atomic int64_t line_num;
} CsvReader;

typedef enum {
    START_RECORD,
    START_FIELD,
    ESCAPED_CHAR,
    IN_FIELD,
    IN_QUOTED_FIELD,
    ESCAPE_IN_QUOTED_FIELD,
    QUOTE_IN_QUOTED_FIELD,
    EAT_CRNL,
    AFTER_ESCAPED_CRNL
} State;

typedef struct Parser {
    Thread *t;
    const CsvDialect *d;
    Value fields;       /* list */
    State state;
    bool numeric;       /* the field becomes a float */
    uint32_t *field;
    size_t len, cap;
    uint32_t local[FIELD_ON_STACK];
} Parser;

static bool save_value(Parser *p, Value text)
{
    if (p->numeric && text) {
        p->numeric = false;
        text = number_float(p->t, text);
    }
    return text && list_append(p->t, p->fields, text);
}

static bool save_field(Parser *p)
{
    size_t len = p->len;
    p->len = 0;
    return save_value(p, str_from_ucs4(p->t, p->field, len));
}

static bool too_long(Parser *p)
{
    raise(p->t, value_type(csv_error), "field larger than field limit (%lld)",
          (long long)csv_field_limit);
    return false;
}

static bool add_char(Parser *p, uint32_t c)
{
    if ((int64_t)p->len >= csv_field_limit) {
        return too_long(p);
    }
    if (p->len == p->cap) {
        size_t cap = p->cap * 2;
        uint32_t *bigger =
            mem_realloc(p->field == p->local ? NULL : p->field, cap * sizeof *bigger);
        if (!bigger) {
            raise_memory(p->t);
            return false;
        }
        if (p->field == p->local) {
            memcpy(bigger, p->local, sizeof p->local);
        }
        p->field = bigger;
        p->cap = cap;
    }
    p->field[p->len++] = c;
    return true;
}

static bool is_newline(uint32_t c) { return c == '\n' || c == '\r' || c == END_OF_LINE; }

static bool end_field(Parser *p, uint32_t c)
{
    p->state = c == END_OF_LINE ? START_RECORD : EAT_CRNL;
    return save_field(p);
}

static bool parse_start_field(Parser *p, uint32_t c)
{
    const CsvDialect *d = p->d;
    if (is_newline(c)) {
        return end_field(p, c);
    }
    if (c == d->quotechar && d->quoting != CSV_QUOTE_NONE) {
        p->state = IN_QUOTED_FIELD;
    } else if (c == d->escapechar) {
        p->state = ESCAPED_CHAR;
    } else if (c == ' ' && d->skipinitialspace) {
        p->state = START_FIELD;
    } else if (c == d->delimiter) {
        p->state = START_FIELD;
        return save_field(p);
    } else {
        p->numeric = d->quoting == CSV_QUOTE_NONNUMERIC;
        p->state = IN_FIELD;
        return add_char(p, c);
    }
    return true;
}

static bool parse_in_field(Parser *p, uint32_t c)
{
    if (is_newline(c)) {
        return end_field(p, c);
    }
    if (c == p->d->escapechar) {
        p->state = ESCAPED_CHAR;
        return true;
    }
    if (c == p->d->delimiter) {
        p->state = START_FIELD;
        return save_field(p);
    }
    p->state = IN_FIELD;
    return add_char(p, c);
}

static bool parse_quoted(Parser *p, uint32_t c)
{
    const CsvDialect *d = p->d;
    if (c == END_OF_LINE) {
        return true;
    }
    if (c == d->escapechar) {
        p->state = ESCAPE_IN_QUOTED_FIELD;
        return true;
    }
    if (c == d->quotechar && d->quoting != CSV_QUOTE_NONE) {
        p->state = d->doublequote ? QUOTE_IN_QUOTED_FIELD : IN_FIELD;
        return true;
    }
    return add_char(p, c);
}

static bool parse_after_quote(Parser *p, uint32_t c)
{
    const CsvDialect *d = p->d;
    if (d->quoting != CSV_QUOTE_NONE && c == d->quotechar) {
        p->state = IN_QUOTED_FIELD;
        return add_char(p, c);
    }
    if (c == d->delimiter) {
        p->state = START_FIELD;
        return save_field(p);
    }
    if (is_newline(c)) {
        return end_field(p, c);
    }
    if (!d->strict) {
        p->state = IN_FIELD;
        return add_char(p, c);
    }
    raise(p->t, value_type(csv_error), "'%c' expected after '%c'", (int)d->delimiter,
          (int)d->quotechar);
    return false;
}

static bool parse_char(Parser *p, uint32_t c)
{
    switch (p->state) {
    case START_RECORD:
        if (c == END_OF_LINE) {
            return true;
        }
        if (is_newline(c)) {
            p->state = EAT_CRNL;
            return true;
        }
        return parse_start_field(p, c);
    case START_FIELD:
        return parse_start_field(p, c);
    case ESCAPED_CHAR:
        p->state = c == '\n' || c == '\r' ? AFTER_ESCAPED_CRNL : IN_FIELD;
        return add_char(p, c == END_OF_LINE ? '\n' : c);
    case AFTER_ESCAPED_CRNL:
        return c == END_OF_LINE || parse_in_field(p, c);
    case IN_FIELD:
        return parse_in_field(p, c);
    case IN_QUOTED_FIELD:
        return parse_quoted(p, c);
    case ESCAPE_IN_QUOTED_FIELD:
        p->state = IN_QUOTED_FIELD;
        return add_char(p, c == END_OF_LINE ? '\n' : c);
    case QUOTE_IN_QUOTED_FIELD:
        return parse_after_quote(p, c);
    case EAT_CRNL:
        if (c == END_OF_LINE) {
            p->state = START_RECORD;
        } else if (!is_newline(c)) {
            return csv_raise(
                p->t, "new-line character seen in unquoted field - do you need to open the file in "
                      "universal-newline mode?");
        }
        return true;
    }
    return true;
}

/* Length of a line of one byte per character that can be split at delimiters without more, -1: it
 * cannot. */
static ssize_t simple_line(const CsvDialect *d, const Str *s)
{
    size_t n = s->len;
    const char *p = s->data;
    if (s->kind != 1 || d->delimiter > 255 || d->skipinitialspace ||
        d->quoting == CSV_QUOTE_NONNUMERIC) {
        return -1;
    }
    if (n && p[n - 1] == '\n') {
        n--;
    }
    if (n && p[n - 1] == '\r') {
        n--;
    }
    if (n == 0 || (d->quotechar <= 255 && memchr(p, (int)d->quotechar, n)) ||
        (d->escapechar <= 255 && memchr(p, (int)d->escapechar, n)) || memchr(p, '\r', n) ||
        memchr(p, '\n', n)) {
        return -1;
    }
    return (ssize_t)n;
}

static bool split_line(Parser *p, Value line, size_t n)
{
    const char *data = value_str(line)->data;
    for (size_t at = 0;;) {
        const char *stop = memchr(data + at, (int)p->d->delimiter, n - at);
        size_t end = stop ? (size_t)(stop - data) : n;
        if ((int64_t)(end - at) > csv_field_limit) {
            return too_long(p);
        }
        if (!save_value(p, str_from_latin1(p->t, (const uint8_t *)data + at, end - at))) {
            return false;
        }
        if (!stop) {
            return true;
        }
        at = end + 1;
    }
}

static bool parse_line(Parser *p, Value line)
{
    const Str *s = value_str(line);
    ssize_t simple = p->state == START_RECORD ? simple_line(p->d, s) : -1;
    if (simple >= 0) {
        return split_line(p, line, (size_t)simple);
    }
    for (size_t i = 0; i < s->len; i++) {
        if (!parse_char(p, str_get(s, i))) {
            return false;
        }
    }
    return parse_char(p, END_OF_LINE);
}

/* One record: true when it is complete. */
static bool parse_record(Parser *p, CsvReader *r)
{
    do {
        Value line = iter_next(p->t, r->iterator);
        if (!line) {
            if (p->t->exc || (p->len == 0 && p->state != IN_QUOTED_FIELD)) {
                return false;
            }
            return p->d->strict ? csv_raise(p->t, "unexpected end of data") : save_field(p);
        }
        if (!value_is_str(line)) {
            raise(p->t, value_type(csv_error),
                  "iterator should return strings, not %T (the file should be opened in text mode)",
                  line);
            return false;
        }
        if (world_is_shared()) {
            fetch_add_relaxed(&r->line_num, 1);
        } else {
            store_relaxed(&r->line_num, load_relaxed(&r->line_num) + 1);
        }
        if (!parse_line(p, line)) {
            return false;
        }
    } while (p->state != START_RECORD);
    return true;
}

static Value reader_next(Thread *t, Value self)
{
    CsvReader *r = (CsvReader *)value_object(self);
    Parser p;
    p.t = t;
    p.d = (const CsvDialect *)value_object(r->dialect);
    p.fields = list_new(t, 0);
    p.state = START_RECORD;
    p.numeric = false;
    p.field = p.local;
    p.len = 0;
    p.cap = FIELD_ON_STACK;
    bool complete = p.fields && parse_record(&p, r);
    if (p.field != p.local) {
        mem_free(p.field);
    }
    return complete ? p.fields : 0;
}

static void reader_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((CsvReader *)self)->iterator);
    trace_value(tr, ((CsvReader *)self)->dialect);
}

Value csv_reader(Thread *t, Value *args, size_t n, Value kwnames)
{
    if (!args_count(t, "", n, 1, 2)) {
        return 0;
    }
    Value iterator = object_iter(t, args[0]);
    Value dialect = iterator ? csv_dialect(t, args + 1, n - 1, kwnames) : 0;
    CsvReader *r = dialect ? object_alloc(t, &csv_reader_type, sizeof *r) : NULL;
    if (!r) {
        return 0;
    }
    gc_init(&r->iterator, iterator);
    gc_init(&r->dialect, dialect);
    return object_value(r);
}

static Value reader_line_num(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return fixnum(((CsvReader *)value_object(self))->line_num);
}

static const GetSetDef reader_getset[] = {
    {"line_num", reader_line_num, NULL, "Number of lines read.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef reader_members[] = {
    {"dialect", MEMBER_VALUE, offsetof(CsvReader, dialect), true, "The dialect."},
    {NULL, 0, 0, false, NULL},
};
Type csv_reader_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "_csv.reader",
                        .size = sizeof(CsvReader),
                        .doc = "CSV reader\n\nReader objects are responsible for reading and "
                               "parsing tabular data\nin CSV format.\n",
                        .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
                        .trace = reader_trace,
                        .iter = iter_self,
                        .next = reader_next,
                        .getset = reader_getset,
                        .members = reader_members};
