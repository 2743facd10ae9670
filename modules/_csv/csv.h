/* The parts of the module _csv. */
#ifndef MODULES_CSV_CSV_H
#define MODULES_CSV_CSV_H

#include "core/object/iter.h"
#include "core/object/module.h"
#include "core/object/str.h"

typedef enum { CSV_QUOTE_MINIMAL, CSV_QUOTE_ALL, CSV_QUOTE_NONNUMERIC, CSV_QUOTE_NONE } CsvQuoting;
#define CSV_NO_CHAR UINT32_MAX

typedef struct CsvDialect { /* init-only */
    Object head;
    Value lineterminator;                       /* str */
    uint32_t delimiter, quotechar, escapechar;  /* the latter two may be CSV_NO_CHAR */
    CsvQuoting quoting;
    bool doublequote, skipinitialspace, strict;
} CsvDialect;
extern Type csv_dialect_type, csv_reader_type, csv_writer_type;
/* roots: exception type; dict of registered dialects */
extern Value csv_error;
extern _Atomic int64_t csv_field_limit;

/* Dialect(*args, **kw), for reader(), writer() and register_dialect(). */
static inline Value csv_dialect(Thread *t, const Value *args, size_t n, Value kwnames)
{
    return call(t, object_value(&csv_dialect_type), args, n, kwnames);
}
Value csv_get_dialect(Thread *t, Value name);   /* Error "unknown dialect" */
COLD Value csv_raise(Thread *t, const char *text);

Value csv_reader(Thread *t, Value *args, size_t n, Value kwnames); /* NativeFns, raw */
Value csv_writer(Thread *t, Value *args, size_t n, Value kwnames);

#endif
