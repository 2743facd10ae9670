/* Parameters of statements. */
#include <limits.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_sqlite/sqlite.h"

static int bind_int(Thread *t, sqlite3_stmt *stmt, int pos, Value v)
{
    int64_t i;
    if (!int_try_int64(v, &i)) {
        overflow_error(t, "Python int too large to convert to SQLite INTEGER");
        return SQLITE_ERROR;
    }
    return sqlite3_bind_int64(stmt, pos, i);
}

static int bind_str(Thread *t, sqlite3_stmt *stmt, int pos, Value v)
{
    size_t n;
    const char *p = str_utf8(t, v, &n);
    if (p && n > INT_MAX) {
        overflow_error(t, "string longer than INT_MAX bytes");
        p = NULL;
    }
    return p ? sqlite3_bind_text(stmt, pos, p, (int)n, SQLITE_TRANSIENT) : SQLITE_ERROR;
}

static int bind_buffer(Thread *t, sqlite3_stmt *stmt, int pos, Value v)
{
    Buffer view;
    if (!buffer_get_still(t, v, &view)) {
        return SQLITE_ERROR;
    }
    int rc = SQLITE_ERROR;
    if (view.len > INT_MAX) {
        overflow_error(t, "BLOB longer than INT_MAX bytes");
    } else { /* no address would mean NULL */
        rc = sqlite3_bind_blob(stmt, pos, view.len ? view.buf : "", (int)view.len,
                               SQLITE_TRANSIENT);
    }
    buffer_release(t, &view);
    return rc;
}

static int bind_value(Thread *t, sqlite3_stmt *stmt, int pos, Value v)
{
    if (is_none(v)) {
        return sqlite3_bind_null(stmt, pos);
    }
    if (value_is_int(v)) {
        return bind_int(t, stmt, pos, v);
    }
    if (value_is_float(v)) {
        return sqlite3_bind_double(stmt, pos, float_get(v));
    }
    if (value_is_str(v)) {
        return bind_str(t, stmt, pos, v);
    }
    if (value_has_buffer(v)) {
        return bind_buffer(t, stmt, pos, v);
    }
    raise_sqlite(t, EXC_PROGRAMMING, "Error binding parameter %d: type '%T' is not supported", pos,
                 v);
    return SQLITE_ERROR;
}

static bool bind_one(Thread *t, Statement *s, int pos, Value v)
{
    Value adapted = adapt_parameter(t, v);
    sqlite3_stmt *stmt = s->resource->stmt;
    if (!adapted) {
        return false;
    }
    int rc = bind_value(t, stmt, pos, adapted);
    if (rc != SQLITE_OK && !error_pending(t)) {
        raise_sqlite_code(t, sqlite3_db_handle(stmt), rc);
    }
    return rc == SQLITE_OK;
}

static bool bind_sequence(Thread *t, Statement *s, Value parameters, int needed)
{
    ssize_t given = object_len(t, parameters);
    if (given < 0) {
        return false;
    }
    if (given != needed) {
        raise_sqlite(t, EXC_PROGRAMMING,
                     "Incorrect number of bindings supplied. The current statement uses %d, and "
                     "there are %zd supplied.",
                     needed, given);
        return false;
    }
    for (int i = 0; i < needed; i++) {
        Value v = value_is_tuple_exact(parameters) ? tuple_get(parameters, (size_t)i)
                                                   : object_getitem(t, parameters, fixnum(i));
        if (!v || !bind_one(t, s, i + 1, v)) {
            return false;
        }
    }
    return true;
}

static bool bind_names(Thread *t, Statement *s, Value parameters, int needed)
{
    for (int i = 1; i <= needed; i++) {
        const char *name = sqlite3_bind_parameter_name(s->resource->stmt, i);
        if (!name) {
            raise_sqlite(t, EXC_PROGRAMMING,
                         "Binding %d has no name, but you supplied a dictionary (which has only "
                         "names).",
                         i);
            return false;
        }
        Value key = str_from_cstr(t, name + 1); /* without ":" */
        Value v = !key                               ? 0
                  : value_is_dict_exact(parameters) ? dict_get(t, parameters, key)
                                                     : object_getitem(t, parameters, key);
        if (!v && key && (!error_pending(t) || error_clear_if(t, &exc_LookupError))) {
            raise_sqlite(t, EXC_PROGRAMMING,
                         "You did not supply a value for binding parameter :%U.", key);
        }
        if (!v || !bind_one(t, s, i, v)) {
            return false;
        }
    }
    return true;
}

bool statement_bind(Thread *t, Statement *s, Value parameters)
{
    int needed = s->resource->stmt ? sqlite3_bind_parameter_count(s->resource->stmt) : 0;
    bool is_dict = value_is_dict(parameters);
    if (!is_dict && value_is_sequence(parameters)) {
        return bind_sequence(t, s, parameters, needed);
    }
    if (is_dict || value_is_mapping(parameters)) {
        return bind_names(t, s, parameters, needed);
    }
    raise_sqlite(t, EXC_PROGRAMMING, "parameters are of unsupported type");
    return false;
}
