/* Cursors: what a statement that runs gives. */
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_sqlite/sqlite.h"

Connection *cursor_enter(Thread *t, Cursor *c)
{
    Value connection = value_load(&c->connection);
    if (!connection) {
        raise_sqlite(t, EXC_PROGRAMMING, "Base Cursor.__init__ not called.");
        return NULL;
    }
    if (c->closed) {
        raise_sqlite(t, EXC_PROGRAMMING, "Cannot operate on a closed cursor.");
        return NULL;
    }
    if (!connection_enter(t, as_connection(connection))) {
        return NULL;
    }
    if (c->locked) {
        raise_sqlite(t, EXC_PROGRAMMING, "Recursive use of cursors not allowed.");
    } else if (!c->closed && c->connection == connection) {
        return as_connection(connection);
    } else { /* by another thread, meanwhile */
        raise_sqlite(t, EXC_PROGRAMMING, "Cannot operate on a closed cursor.");
    }
    connection_leave(as_connection(connection));
    return NULL;
}

void cursor_end_statement(Thread *t, Cursor *c)
{
    Resource *r = c->resource;
    if (r) {
        c->resource = NULL;
        c->statement = 0;
        r->in_use = false;
        statement_reset(t, r->stmt);
        resource_drop(r, false);
    }
}

/* ---- columns ---- */

/* The converter of a column: "name [type]" before its declared type; NONE: none. */
static Value column_converter(Thread *t, sqlite3_stmt *stmt, int i, int detect)
{
    const char *name = detect & PARSE_COLNAMES ? sqlite3_column_name(stmt, i) : NULL;
    const char *open = name ? strchr(name, '[') : NULL, *close = open ? strchr(open, ']') : NULL;
    Value found = NONE;
    if (close) {
        for (const char *p = open; p < close; p++) {
            open = *p == '[' ? p : open;
        }
        found = converter_find(t, open + 1, (size_t)(close - open - 1));
    }
    if (found && is_none(found) && (detect & PARSE_DECLTYPES)) {
        const char *type = sqlite3_column_decltype(stmt, i);
        found = type ? converter_find(t, type, strcspn(type, " (")) : NONE;
    }
    return found;
}

static Value column_title(Thread *t, sqlite3_stmt *stmt, int i, int detect)
{
    const char *name = sqlite3_column_name(stmt, i);
    if (!name) {
        return raise_memory(t);
    }
    size_t n = strlen(name);
    const char *open = detect & PARSE_COLNAMES ? strchr(name, '[') : NULL;
    if (open) {
        n = (size_t)(open - name);
        n -= n > 0 && name[n - 1] == ' ';
    }
    return str_from_utf8(t, name, n);
}

bool cursor_describe(Thread *t, Cursor *c)
{
    sqlite3_stmt *stmt = c->resource->stmt;
    int n = stmt ? sqlite3_column_count(stmt) : 0;
    int detect = as_connection(c->connection)->detect_types;
    Value all = n && is_none(c->description) ? tuple_new(t, (size_t)n) : NONE;
    Value converters = n && detect ? tuple_new(t, (size_t)n) : NONE;
    if (!all || !converters) {
        return false;
    }
    for (int i = 0; i < n; i++) {
        Value title = is_none(all) ? NONE : column_title(t, stmt, i, detect);
        Value column = title ? tuple_pack(t, 7, title, NONE, NONE, NONE, NONE, NONE, NONE) : 0;
        Value converter = is_none(converters) ? NONE : column_converter(t, stmt, i, detect);
        if (!column || !converter) {
            return false;
        }
        if (!is_none(all)) {
            gc_store(value_object(all), &value_tuple(all)->items[i], column);
        }
        if (!is_none(converters)) {
            gc_store(value_object(converters), &value_tuple(converters)->items[i], converter);
        }
    }
    if (!is_none(all)) {
        gc_store(c, &c->description, all);
    }
    gc_store(c, &c->converters, is_none(converters) ? 0 : converters);
    return true;
}

static Value column_text(Thread *t, Cursor *c, int i)
{
    sqlite3_stmt *stmt = c->resource->stmt;
    const char *text = (const char *)sqlite3_column_text(stmt, i);
    Value factory = as_connection(c->connection)->text_factory;
    if (!text) {
        return raise_memory(t);
    }
    size_t n = (size_t)sqlite3_column_bytes(stmt, i);
    if (factory == object_value(&str_type)) {
        Value v = str_from_utf8(t, text, n);
        if (!v && error_clear_if(t, &exc_UnicodeDecodeError)) {
            Value readable = str_decode(t, text, n, "utf-8", "replace");
            const char *name = sqlite3_column_name(stmt, i);
            return readable ? raise_sqlite(t, EXC_OPERATIONAL,
                                           "Could not decode to UTF-8 column '%s' with text '%U'",
                                           name ? name : "", readable)
                            : 0;
        }
        return v;
    }
    if (factory == object_value(&bytearray_type)) {
        return bytearray_new(t, text, n);
    }
    Value bytes = bytes_new(t, text, n);
    return bytes && factory != object_value(&bytes_type) ? call1(t, factory ? factory : NONE, bytes)
                                                         : bytes;
}

static Value column_blob(Thread *t, sqlite3_stmt *stmt, int i)
{
    const void *p = sqlite3_column_blob(stmt, i);
    return bytes_new(t, p ? p : "", (size_t)sqlite3_column_bytes(stmt, i));
}

static Value column_value(Thread *t, Cursor *c, int i)
{
    sqlite3_stmt *stmt = c->resource->stmt;
    Value converters = c->converters;
    bool known = converters && (size_t)i < tuple_len(converters);
    Value converter = known ? tuple_get(converters, (size_t)i) : NONE;
    int type = sqlite3_column_type(stmt, i);
    if (type == SQLITE_NULL) {
        return NONE;
    }
    if (!is_none(converter)) {
        if (!sqlite3_column_blob(stmt, i)) { /* of no bytes: as the reference has it */
            return NONE;
        }
        Value bytes = column_blob(t, stmt, i);
        return bytes ? call1(t, converter, bytes) : 0;
    }
    switch (type) {
    case SQLITE_INTEGER:
        return int_from_int64(t, sqlite3_column_int64(stmt, i));
    case SQLITE_FLOAT:
        return float_new(t, sqlite3_column_double(stmt, i));
    case SQLITE_TEXT:
        return column_text(t, c, i);
    default:
        return column_blob(t, stmt, i);
    }
}

/* ---- rows ---- */

static Value read_row(Thread *t, Cursor *c)
{
    int n = sqlite3_data_count(c->resource->stmt);
    Value row = n ? tuple_new(t, (size_t)n) : tuple_empty();
    for (int i = 0; row && i < n; i++) {
        Value v = column_value(t, c, i);
        if (!v) {
            return 0;
        }
        gc_store(value_object(row), &value_tuple(row)->items[i], v);
    }
    return row;
}

/* Goes on to the row behind the one just read. */
static bool advance(Thread *t, Cursor *c)
{
    bool is_dml = as_statement(c->statement)->is_dml;
    Database *db = c->resource->db; /* an older one after Connection.__init__() */
    int rc = statement_step(t, db, c->resource->stmt);
    if (rc == SQLITE_DONE && is_dml) {
        store_relaxed(&c->rowcount, sqlite3_changes(db->handle));
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        error_clear(t);
        raise_sqlite_code(t, db->handle, rc);
    }
    if (rc != SQLITE_ROW) {
        cursor_end_statement(t, c);
    }
    return !error_pending(t);
}

/* Under the lock; 0 without an exception: no more rows. */
static Value next_row(Thread *t, Cursor *c)
{
    if (!c->resource || !c->resource->stmt) {
        return 0;
    }
    store_relaxed(&c->locked, true); /* converters may come back */
    Value row = read_row(t, c);
    store_relaxed(&c->locked, false);
    if (!row || !advance(t, c)) {
        return 0;
    }
    Value factory = value_load(&c->row_factory);
    return factory && !is_none(factory) ? call2(t, factory, object_value(c), row) : row;
}

Value cursor_next(Thread *t, Value self)
{
    Cursor *c = as_cursor(self);
    Connection *con = cursor_enter(t, c);
    if (!con) {
        return 0;
    }
    Value row = next_row(t, c);
    connection_leave(con);
    return row;
}

Value cursor_fetchone(SQL_ARGS)
{
    Value row = cursor_next(t, args[0]);
    return row || error_pending(t) ? row : NONE;
}

/* Up to max rows, < 0: all. */
static Value fetch_list(Thread *t, Value self, int max)
{
    Value list = list_new(t, 0);
    Value row = NONE;
    for (int i = 0; list && row && i != max; i++) {
        row = cursor_next(t, self);
        if (row && !list_append(t, list, row)) {
            return 0;
        }
    }
    return error_pending(t) ? 0 : list;
}

Value cursor_fetchmany(SQL_ARGS)
{
    int max = as_cursor(args[0])->arraysize;
    if (args[1] && !value_to_int(t, args[1], &max)) {
        return 0;
    }
    return fetch_list(t, args[0], max);
}

Value cursor_fetchall(SQL_ARGS) { return fetch_list(t, args[0], -1); }
