/* Cursors: running statements. */
#include <stddef.h>

#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_sqlite/sqlite.h"

static void cursor_trace(Object *o, Tracer *tr)
{
    Cursor *c = (Cursor *)o;
    trace_value(tr, c->connection);
    trace_value(tr, c->description);
    trace_value(tr, c->lastrowid);
    trace_value(tr, c->row_factory);
    trace_value(tr, c->converters);
    trace_value(tr, c->statement);
}

static void cursor_free(Object *o)
{
    Cursor *c = (Cursor *)o;
    if (c->resource) {
        resource_drop(c->resource, true);
    }
}

static Value cursor_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                        Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static void leave_both(Connection *c, Connection *before /* or NULL */)
{
    connection_leave(c);
    if (before) {
        owned_mutex_unlock(&before->lock);
    }
}

/* Takes the locks of a cursor's new connection and of the one before, which may be closed, in the
 * order of their addresses. */
static bool enter_both(Thread *t, Connection *c, Connection *before)
{
    if (before && before < c) {
        owned_mutex_lock(t, &before->lock);
    }
    bool ok = connection_enter(t, c);
    if (before && before < c && !ok) {
        owned_mutex_unlock(&before->lock);
    } else if (before && before > c && ok) {
        owned_mutex_lock(t, &before->lock);
    }
    return ok;
}

static bool cursor_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Cursor *c = as_cursor(self);
    if ((type_of(self) == &cursor_type && !args_no_kw(t, "Cursor", kwnames)) ||
        !args_count(t, "Cursor", n, 1, 1)) {
        return false;
    }
    if (!value_isa(args[0], &connection_object_type)) {
        type_error(t, "Cursor() argument 1 must be sqlite3.Connection, not %T", args[0]);
        return false;
    }
    if (c->locked) {
        raise_sqlite(t, EXC_PROGRAMMING, "Recursive use of cursors not allowed.");
        return false;
    }
    Value before = value_load(&c->connection);
    before = before && before != args[0] ? before : 0;
    if (!enter_both(t, as_connection(args[0]), before ? as_connection(before) : NULL)) {
        return false;
    }
    Value now = c->connection;
    if (now && now != args[0] && now != before) { /* another thread was faster */
        leave_both(as_connection(args[0]), before ? as_connection(before) : NULL);
        raise_sqlite(t, EXC_PROGRAMMING, "Recursive use of cursors not allowed.");
        return false;
    }
    if (c->resource && now == args[0]) {
        cursor_end_statement(t, c);
    } else if (c->resource) {
        resource_drop(c->resource, true);
        c->resource = NULL;
    }
    gc_store(c, &c->description, NONE);
    gc_store(c, &c->lastrowid, NONE);
    gc_store(c, &c->row_factory, NONE);
    store_relaxed(&c->arraysize, 1);
    store_relaxed(&c->rowcount, -1);
    store_relaxed(&c->closed, false);
    gc_store(c, &c->connection, args[0]);
    leave_both(as_connection(args[0]), before ? as_connection(before) : NULL);
    return true;
}

/* ---- execute ---- */

/* Before statements that change data, unless a transaction is on its way. */
static bool begin_transaction(Thread *t, Connection *con)
{
    return !con->begin || !sqlite3_get_autocommit(con->db->handle) ||
           database_command(t, con, con->begin);
}

static bool run_failed(Thread *t, Connection *con, int rc)
{
    if (error_pending(t)) { /* of a callback */
        callback_error(t, NONE);
    }
    raise_sqlite_code(t, con->db->handle, rc);
    return false;
}

/* Runs the statement once, up to its first row. */
static bool run_once(Thread *t, Cursor *c, Connection *con, Value parameters)
{
    Statement *s = as_statement(c->statement);
    if (!statement_bind(t, s, parameters)) {
        return false;
    }
    int rc = statement_step(t, con->db, s->resource->stmt);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return run_failed(t, con, rc);
    }
    if (error_pending(t) || !cursor_describe(t, c)) {
        return false;
    }
    if (rc == SQLITE_DONE) {
        if (s->is_dml) {
            store_relaxed(&c->rowcount, c->rowcount + sqlite3_changes(con->db->handle));
        }
        statement_reset(t, s->resource->stmt);
    }
    return true;
}

static bool run_many(Thread *t, Cursor *c, Connection *con, Value it)
{
    for (Value p; (p = iter_next(t, it));) {
        if (!run_once(t, c, con, p)) {
            return false;
        }
    }
    return !error_pending(t);
}

/* Makes sql's statement the one that the cursor runs. */
static bool take_statement(Thread *t, Cursor *c, Connection *con, Value sql, bool many)
{
    Value v = statement_get(t, con, sql);
    if (!v) {
        return false;
    }
    Statement *s = as_statement(v);
    gc_store(c, &c->statement, v);
    resource_retain(s->resource);
    c->resource = s->resource;
    s->resource->in_use = true;
    if (many && sqlite3_stmt_readonly(s->resource->stmt)) {
        raise_sqlite(t, EXC_PROGRAMMING, "executemany() can only execute DML statements.");
        return false;
    }
    statement_reset(t, s->resource->stmt);
    store_relaxed(&c->rowcount, s->is_dml ? 0 : -1);
    return !s->is_dml || begin_transaction(t, con);
}

static bool run(Thread *t, Cursor *c, Connection *con, Value *args, bool many)
{
    cursor_end_statement(t, c);
    gc_store(c, &c->description, NONE);
    Value parameters = many ? object_iter(t, args[2]) : args[2] ? args[2] : tuple_empty();
    if (!parameters || !take_statement(t, c, con, args[1], many) ||
        !(many ? run_many(t, c, con, parameters) : run_once(t, c, con, parameters))) {
        return false;
    }
    if (!many) {
        Value id = int_from_int64(t, sqlite3_last_insert_rowid(con->db->handle));
        if (!id) {
            return false;
        }
        gc_store(c, &c->lastrowid, id);
    }
    return true;
}

static Value execute(Thread *t, Value *args, bool many)
{
    Cursor *c = as_cursor(args[0]);
    if (!value_is_str(args[1])) {
        return type_error(t, "execute%s() argument 1 must be str, not %T", many ? "many" : "",
                          args[1]);
    }
    Connection *con = cursor_enter(t, c);
    if (!con) {
        return 0;
    }
    store_relaxed(&c->locked, true);
    bool ok = run(t, c, con, args, many);
    store_relaxed(&c->locked, false);
    Value e = error_take(t);
    if (!ok) {
        store_relaxed(&c->rowcount, -1);
    }
    if (!ok || (c->resource && !(c->resource->stmt && sqlite3_stmt_busy(c->resource->stmt)))) {
        cursor_end_statement(t, c);
    }
    connection_leave(con);
    error_restore(t, e);
    return ok ? args[0] : 0;
}

static Value cursor_execute(SQL_ARGS) { return execute(t, args, false); }
static Value cursor_executemany(SQL_ARGS) { return execute(t, args, true); }

static Value cursor_executescript(SQL_ARGS)
{
    Connection *con = cursor_enter(t, as_cursor(args[0]));
    if (!con) {
        return 0;
    }
    Value r = run_script(t, con, args[1]);
    connection_leave(con);
    return r ? args[0] : 0;
}

static Value cursor_close(SQL_ARGS)
{
    Cursor *c = as_cursor(args[0]);
    Value connection = value_load(&c->connection);
    if (c->locked) {
        return raise_sqlite(t, EXC_PROGRAMMING, "Recursive use of cursors not allowed.");
    }
    if (!connection) {
        return raise_sqlite(t, EXC_PROGRAMMING, "Base Cursor.__init__ not called.");
    }
    if (!connection_enter(t, as_connection(connection))) {
        return 0;
    }
    cursor_end_statement(t, c);
    store_relaxed(&c->closed, true);
    connection_leave(as_connection(connection));
    return NONE;
}

static Value cursor_nothing(SQL_ARGS) { return NONE; }

static const NativeDef cursor_methods[] = {
    {"close()", cursor_close, "Ends what the cursor runs; it cannot be used any more.", 0},
    {"execute(sql, parameters=(), /)", cursor_execute, "Runs a statement.", 0},
    {"executemany(sql, seq_of_parameters, /)", cursor_executemany,
     "Runs a statement once for each item.", 0},
    {"executescript(sql_script, /)", cursor_executescript, "Runs several statements.", 0},
    {"fetchone()", cursor_fetchone, "The next row, or None.", 0},
    {"fetchmany(size=1)", cursor_fetchmany, "A list of up to size rows.", 0},
    {"fetchall()", cursor_fetchall, "A list of all rows that are left.", 0},
    {"setinputsizes(sizes, /)", cursor_nothing, "Does nothing; demanded by PEP 249.", 0},
    {"setoutputsize(size, column=None, /)", cursor_nothing, "Does nothing; demanded by PEP 249.",
     0},
    {0},
};

static const MemberDef cursor_members[] = {
    {"connection", MEMBER_VALUE_EX, offsetof(Cursor, connection), true, NULL},
    {"description", MEMBER_VALUE, offsetof(Cursor, description), true, NULL},
    {"lastrowid", MEMBER_VALUE, offsetof(Cursor, lastrowid), true, NULL},
    {"row_factory", MEMBER_VALUE, offsetof(Cursor, row_factory), false, NULL},
    {"arraysize", MEMBER_INT, offsetof(Cursor, arraysize), false, NULL},
    {"rowcount", MEMBER_SSIZE, offsetof(Cursor, rowcount), true, NULL},
    {0},
};

Type cursor_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.Cursor",
    .doc = "Runs statements and fetches rows.",
    .size = sizeof(Cursor),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .trace = cursor_trace,
    .free = cursor_free,
    .new = cursor_new,
    .init = cursor_init,
    .iter = iter_self,
    .next = cursor_next,
    .methods = cursor_methods,
    .members = cursor_members,
};
