/* Authorizers, progress handlers, tracing. */
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

static int on_access(void *data, int action, const char *arg1, const char *arg2,
                     const char *database, const char *trigger)
{
    const Callback *cb = data;
    if (cb->db->closing) {
        return SQLITE_DENY;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    const char *const texts[] = {arg1, arg2, database, trigger};
    Value args[5] = {fixnum(action)};
    bool ok = true;
    for (size_t i = 0; ok && i < ARRAY_SIZE(texts); i++) {
        ok = (args[i + 1] = str_or_none(t, texts[i])) != 0;
    }
    Value r = ok ? call(t, cb->callable, args, ARRAY_SIZE(args), 0) : 0;
    int answer = SQLITE_DENY;
    if (r && (!value_is_int(r) || !value_to_int(t, r, &answer))) {
        answer = SQLITE_DENY;
    }
    if (error_pending(t)) {
        callback_error(t, cb->callable);
    }
    callback_end(&scope);
    return answer;
}

static int on_progress(void *data)
{
    const Callback *cb = data;
    if (cb->db->closing) {
        return 0;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    Value r = call0(t, cb->callable);
    int stop = r ? object_truth(t, r) : -1;
    if (stop < 0) {
        callback_error(t, cb->callable);
    }
    callback_end(&scope);
    return stop != 0;
}

/* The statement with its parameters put in; without, when that is too long. */
static Value traced_text(Thread *t, const Callback *cb, sqlite3_stmt *stmt)
{
    char *expanded = sqlite3_expanded_sql(stmt);
    if (expanded) {
        Value text = str_from_cstr(t, expanded);
        sqlite3_free(expanded);
        return text;
    }
    if (sqlite3_errcode(cb->db->handle) == SQLITE_NOMEM) {
        return raise_memory(t);
    }
    raise_sqlite(t, EXC_DATA, "Expanded SQL string exceeds the maximum string length");
    callback_error(t, cb->callable);
    return str_or_none(t, sqlite3_sql(stmt));
}

static int on_trace(unsigned what, void *data, void *stmt, void *text UNUSED)
{
    const Callback *cb = data;
    if (what != SQLITE_TRACE_STMT || cb->db->closing) {
        return 0;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    Value sql = traced_text(t, cb, stmt);
    if (!sql || !call1(t, cb->callable, sql)) {
        callback_error(t, cb->callable);
    }
    callback_end(&scope);
    return 0;
}

Value connection_set_authorizer(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    if (!connection_enter(t, c)) {
        return 0;
    }
    Callback *cb = &c->db->authorizer;
    bool on = !is_none(args[1]);
    bool ok = callback_keep(t, c, cb, intern_cstr(t, "set_authorizer"), args[1]);
    if (ok && sqlite3_set_authorizer(c->db->handle, on ? on_access : NULL, cb) != SQLITE_OK) {
        raise_sqlite(t, EXC_OPERATIONAL, "Error setting authorizer callback");
        ok = false;
    }
    connection_leave(c);
    return ok ? NONE : 0;
}

Value connection_set_progress_handler(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    int count;
    if (!value_to_int(t, args[2], &count) || !connection_enter(t, c)) {
        return 0;
    }
    Callback *cb = &c->db->progress;
    bool on = !is_none(args[1]);
    bool ok = callback_keep(t, c, cb, intern_cstr(t, "set_progress_handler"), args[1]);
    if (ok) {
        sqlite3_progress_handler(c->db->handle, on ? count : 0, on ? on_progress : NULL, cb);
    }
    connection_leave(c);
    return ok ? NONE : 0;
}

Value connection_set_trace_callback(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    if (!connection_enter(t, c)) {
        return 0;
    }
    Callback *cb = &c->db->trace;
    bool on = !is_none(args[1]);
    bool ok = callback_keep(t, c, cb, intern_cstr(t, "set_trace_callback"), args[1]);
    if (ok) {
        sqlite3_trace_v2(c->db->handle, on ? SQLITE_TRACE_STMT : 0, on ? on_trace : NULL, cb);
    }
    connection_leave(c);
    return ok ? NONE : 0;
}
