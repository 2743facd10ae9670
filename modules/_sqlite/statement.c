/* Prepared statements, and the cache of them. */
#include <string.h>
#include <strings.h>

#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

static void statement_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Statement *)o)->connection);
}

static void statement_free(Object *o)
{
    Statement *s = (Statement *)o;
    if (s->resource) {
        resource_drop(s->resource, false);
    }
}

Type statement_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.Statement",
    .size = sizeof(Statement),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = statement_trace,
    .free = statement_free,
};

/* Where SQL begins behind space and comments; NULL: nowhere. */
static const char *sql_start(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\n\r\f\v");
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (p[0] == '/' && p[1] == '*') {
            p = strstr(p + 2, "*/");
            if (!p) {
                return NULL;
            }
            p += 2;
        } else {
            return *p ? p : NULL;
        }
    }
}

static bool starts_dml(const char *sql)
{
    static const char *const words[] = {"INSERT", "UPDATE", "DELETE", "REPLACE"};
    for (size_t i = 0; sql && i < ARRAY_SIZE(words); i++) {
        if (strncasecmp(sql, words[i], strlen(words[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool prepare(Thread *t, Connection *c, Value sql, Preparation *p)
{
    size_t len;
    p->handle = c->db->handle;
    p->sql = str_utf8(t, sql, &len);
    if (!p->sql) {
        return false;
    }
    if (len > (size_t)sqlite3_limit(p->handle, SQLITE_LIMIT_SQL_LENGTH, -1)) {
        raise_sqlite(t, EXC_DATA, "query string is too large");
        return false;
    }
    if (strlen(p->sql) != len) {
        raise_sqlite(t, EXC_PROGRAMMING, "the query contains a null character");
        return false;
    }
    p->len = (int)len + 1; /* with the final NUL nothing is copied */
    if (!sqlite_check(t, c, statement_prepare(t, p))) {
        return false;
    }
    if (sql_start(p->tail)) {
        sqlite3_finalize(p->stmt);
        raise_sqlite(t, EXC_PROGRAMMING, "You can only execute one statement at a time.");
        return false;
    }
    return true;
}

Value statement_new(Thread *t, Connection *c, Value sql)
{
    Preparation p = {.stmt = NULL};
    Statement *s = object_alloc(t, &statement_type, sizeof *s);
    Resource *r = s ? resource_new(t, c->db) : NULL;
    if (!r) {
        return 0;
    }
    s->resource = r;
    gc_init(&s->connection, object_value(c));
    if (!prepare(t, c, sql, &p)) {
        return 0;
    }
    r->stmt = p.stmt;
    s->is_dml = starts_dml(sql_start(p.sql));
    return object_value(s);
}

Value statement_get(Thread *t, Connection *c, Value sql)
{
    Value v = call1(t, c->statement_cache, sql);
    if (!v || !value_isa(v, &statement_type)) {
        return v ? type_error(t, "factory must return a statement, not %T", v) : 0;
    }
    Resource *r = as_statement(v)->resource;
    return r->in_use || (r->stmt && sqlite3_stmt_busy(r->stmt)) ? statement_new(t, c, sql) : v;
}
