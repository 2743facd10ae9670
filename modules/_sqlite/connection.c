/* sqlite3.Connection: its life, attributes, transactions. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <strings.h>

#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "importer/archive_files.h"
#include "modules/_sqlite/sqlite.h"
#include "modules/posix/posix.h"

static void connection_trace(Object *o, Tracer *tr)
{
    Connection *c = (Connection *)o;
    trace_value(tr, c->row_factory);
    trace_value(tr, c->text_factory);
    trace_value(tr, c->statement_cache);
    trace_value(tr, c->callbacks);
    trace_value(tr, c->aggregates);
    trace_values(tr, c->exceptions, EXC_COUNT);
}

static void connection_free(Object *o)
{
    Connection *c = (Connection *)o;
    if (c->db) {
        database_release(c->db);
    }
}

/* ---- entering ---- */

static bool check_thread(Thread *t, const Connection *c)
{
    if (c->initialized && c->check_same_thread && c->thread_ident != t->id) {
        raise_sqlite(t, EXC_PROGRAMMING,
                     "SQLite objects created in a thread can only be used in that same thread. "
                     "The object was created in thread id %zu and this is thread id %zu.",
                     (size_t)c->thread_ident, (size_t)t->id);
        return false;
    }
    return true;
}

static bool check_initialized(Thread *t, const Connection *c)
{
    if (UNLIKELY(!load_relaxed(&c->initialized))) { /* looked at once: another thread may init c */
        raise_sqlite(t, EXC_PROGRAMMING, "Base Connection.__init__ not called.");
        return false;
    }
    return true;
}

bool connection_enter(Thread *t, Connection *c)
{
    if (!check_thread(t, c) || !check_initialized(t, c)) {
        return false;
    }
    owned_mutex_lock(t, &c->lock);
    if (!c->db) {
        owned_mutex_unlock(&c->lock);
        raise_sqlite(t, EXC_PROGRAMMING, "Cannot operate on a closed database.");
        return false;
    }
    database_tidy(t, c->db);
    database_bury(t);
    return true;
}

void connection_leave(Connection *c) { owned_mutex_unlock(&c->lock); }

bool connection_check(Thread *t, Connection *c)
{
    if (!connection_enter(t, c)) {
        return false;
    }
    connection_leave(c);
    return true;
}

/* Closes what is open; under the lock.  false: raised.  reopen: statements that cursors run go on
 * with the old database. */
static bool disconnect(Thread *t, Connection *c, bool reopen)
{
    if (c->db && c->lock.depth > 1) { /* SQLite's functions below go on with it */
        raise_sqlite(t, EXC_PROGRAMMING, "Cannot close the connection while it runs a statement.");
        return false;
    }
    bool taken = object_lock(t, c);
    Database *db = c->db;
    c->db = NULL;
    object_unlock(c, taken);
    c->statement_cache = 0;
    if (db) {
        if (database_close(t, db, reopen)) {
            c->callbacks = 0;
        }
        database_release(db);
    }
    database_bury(t);
    return true;
}

/* ---- init ---- */

static const char *const isolation_levels[] = {"BEGIN ", "BEGIN DEFERRED", "BEGIN IMMEDIATE",
                                               "BEGIN EXCLUSIVE"};

static bool begin_from(Thread *t, Value level, const char **out)
{
    *out = NULL;
    if (is_none(level)) {
        return true;
    }
    if (!value_is_str(level)) {
        type_error(t, "isolation_level must be str or None");
        return false;
    }
    const char *name = str_cstr(t, level);
    for (size_t i = 0; name && i < ARRAY_SIZE(isolation_levels); i++) {
        if (strcasecmp(name, isolation_levels[i] + sizeof "BEGIN") == 0) {
            *out = isolation_levels[i];
            return true;
        }
    }
    if (name) {
        value_error(t, "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or "
                       "'EXCLUSIVE'");
    }
    return false;
}

typedef struct Opening {
    const char *path, *begin;
    int detect_types, flags, timeout_ms;
    bool check_same_thread;
    Value cache_size;
    sqlite3 *handle;
} Opening;

static int do_open(void *arg)
{
    Opening *o = arg;
    return sqlite3_open_v2(o->path, &o->handle, o->flags, NULL);
}

/* A database in an archive: its bytes, which nothing changes. */
typedef struct Inside { Opening *opening; MemberData data; } Inside;

static int do_open_inside(void *arg)
{
    Inside *in = arg;
    sqlite3 *handle = NULL;
    unsigned char *copy = sqlite3_malloc64(in->data.len + !in->data.len);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY,
        rc = copy ? sqlite3_open_v2(":memory:", &handle, flags, NULL) : SQLITE_NOMEM;
    if (rc != SQLITE_OK) {
        sqlite3_free(copy);
    } else {
        memcpy(copy, in->data.data, in->data.len);
        rc = sqlite3_deserialize(handle, "main", copy, (sqlite3_int64)in->data.len,
                                 (sqlite3_int64)in->data.len,
                                 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
    }
    sqlite3_close_v2(in->opening->handle);
    in->opening->handle = handle;
    return rc;
}

/* The name of the file, in `room` where the path is a URI. */
static const char *file_of(const Opening *o, char *room, size_t size)
{
    if (!(o->flags & SQLITE_OPEN_URI) || strncmp(o->path, "file:", 5) != 0) {
        return o->path;
    }
    const char *start = o->path + 5 + (strncmp(o->path, "file:///", 8) == 0 ? 2 : 0);
    snprintf(room, size, "%.*s", (int)strcspn(start, "?#"), start);
    return room;
}

/* What could not be opened may be in an archive.  SQLITE_CANTOPEN: it is not, or raised. */
static int open_inside(Thread *t, Opening *o)
{
    char room[4096];
    Inside in = {.opening = o};
    if (!archive_file_read(t, file_of(o, room, sizeof room), &in.data)) {
        return SQLITE_CANTOPEN;
    }
    int rc = sqlite_run(t, do_open_inside, &in);
    member_data_free(&in.data);
    return rc;
}

static int do_close(void *handle) { return sqlite3_close_v2(handle); }

static bool parse_opening(Thread *t, const Value *a, Opening *o)
{
    double timeout = 5.0;
    int check = 1, uri = 0;
    *o = (Opening){.begin = isolation_levels[0], .cache_size = a[6] ? a[6] : fixnum(128)};
    if ((a[1] && !value_to_double(t, a[1], &timeout)) ||
        (a[2] && !value_to_int(t, a[2], &o->detect_types)) ||
        (a[3] && !begin_from(t, a[3], &o->begin)) ||
        (a[4] && (check = object_truth(t, a[4])) < 0)) {
        return false;
    }
    int cache_size;
    if (!value_to_int(t, o->cache_size, &cache_size) ||
        (a[7] && (uri = object_truth(t, a[7])) < 0)) {
        return false;
    }
    o->timeout_ms = (int)(timeout * 1000);
    o->check_same_thread = check;
    o->flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | (uri ? SQLITE_OPEN_URI : 0);
    return true;
}

/* functools.lru_cache(size)(connection) */
static Value new_cache(Thread *t, Connection *c, Value size)
{
    Value lru_cache = import_attr(t, "functools", "lru_cache");
    Value decorate = lru_cache ? call1(t, lru_cache, size) : 0;
    return decorate ? call1(t, decorate, object_value(c)) : 0;
}

static bool fill(Thread *t, Connection *c, const Opening *o, Database *db)
{
    Value cache = new_cache(t, c, o->cache_size);
    Value callbacks = cache ? dict_new(t) : 0;
    Value aggregates = c->aggregates ? c->aggregates : callbacks ? dict_new(t) : 0;
    if (!callbacks || !aggregates ||
        (c->callbacks && !dict_set(t, callbacks, NONE, c->callbacks))) { /* a statement runs yet */
        return false;
    }
    gc_store(c, &c->statement_cache, cache);
    gc_store(c, &c->callbacks, callbacks);
    gc_store(c, &c->aggregates, aggregates);
    gc_store(c, &c->row_factory, NONE);
    gc_store(c, &c->text_factory, object_value(&str_type));
    for (int i = 0; i < EXC_COUNT; i++) {
        gc_store(c, &c->exceptions[i], sqlite_exceptions[i]);
    }
    c->detect_types = o->detect_types;
    c->begin = o->begin;
    store_relaxed(&c->check_same_thread, o->check_same_thread);
    store_relaxed(&c->thread_ident, t->id);
    bool taken = object_lock(t, c);
    c->db = db;
    object_unlock(c, taken);
    store_release(&c->initialized, true);
    return true;
}

/* Opens the database; under the lock. */
static bool open_database(Thread *t, Connection *c, Opening *o)
{
    Database *db = database_new(t);
    if (!db) {
        return false;
    }
    int rc = sqlite_run(t, do_open, o);
    if (rc == SQLITE_CANTOPEN && o->handle && sqlite3_system_errno(o->handle) == EMFILE &&
        database_reclaim(t)) {
        sqlite_run(t, do_close, o->handle);
        rc = sqlite_run(t, do_open, o);
    }
    rc = rc == SQLITE_CANTOPEN ? open_inside(t, o) : rc;
    if (rc != SQLITE_OK && !error_pending(t)) {
        if (o->handle) {
            char room[4096];
            raise_sqlite_code(t, o->handle, rc);
            archive_file_note(t, file_of(o, room, sizeof room), ENOTDIR);
        } else {
            raise_memory(t);
        }
    }
    db->handle = o->handle;
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(o->handle, o->timeout_ms);
    }
    if (rc != SQLITE_OK || !fill(t, c, o, db)) {
        db->handle = NULL;
        sqlite_run(t, do_close, o->handle);
        database_release(db);
        return false;
    }
    return true;
}

static bool connection_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE(
        "Connection(database, timeout=5.0, detect_types=0, isolation_level='', "
        "check_same_thread=True, factory=ConnectionType, cached_statements=128, uri=False)");
    Connection *c = as_connection(self);
    Value a[8];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    /* slots: factory is for connect() only */
    const Value wanted[] = {a[0], a[1], a[2], a[3], a[4], 0, a[6], a[7]};
    Opening o;
    if (!AUDIT(t, "sqlite3.connect", 1, a[0])) {
        return false;
    }
    const char *path = str_fs_path(t, a[0]);
    if (!path || !parse_opening(t, wanted, &o)) {
        return false;
    }
    o.path = path;
    owned_mutex_lock(t, &c->lock);
    bool ok = disconnect(t, c, true);
    store_relaxed(&c->initialized, c->initialized && !ok);
    ok = ok && open_database(t, c, &o);
    owned_mutex_unlock(&c->lock);
    return ok && AUDIT(t, "sqlite3.connect/handle", 1, self);
}

static Value connection_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                            Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

/* ---- methods ---- */

static Value connection_close(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    if (!check_thread(t, c) || !check_initialized(t, c)) {
        return 0;
    }
    owned_mutex_lock(t, &c->lock);
    bool ok = disconnect(t, c, false);
    owned_mutex_unlock(&c->lock);
    return ok ? NONE : 0;
}

/* COMMIT or ROLLBACK, when there is a transaction. */
static bool end_transaction(Thread *t, Connection *c, const char *command)
{
    if (!connection_enter(t, c)) {
        return false;
    }
    bool ok = sqlite3_get_autocommit(c->db->handle) || database_command(t, c, command);
    connection_leave(c);
    return ok;
}

static Value connection_commit(SQL_ARGS)
{
    return end_transaction(t, as_connection(args[0]), "COMMIT") ? NONE : 0;
}

static Value connection_rollback(SQL_ARGS)
{
    return end_transaction(t, as_connection(args[0]), "ROLLBACK") ? NONE : 0;
}

static Value connection_enter_method(SQL_ARGS)
{
    return connection_check(t, as_connection(args[0])) ? args[0] : 0;
}

static Value connection_exit(SQL_ARGS)
{
    bool failed = !is_none(args[1]) || !is_none(args[2]) || !is_none(args[3]);
    Value r = call_method0(t, args[0], intern_cstr(t, failed ? "rollback" : "commit"));
    if (!r && !failed) { /* the transaction must not stay open */
        Value e = error_take(t);
        if (!call_method0(t, args[0], intern_cstr(t, "rollback"))) {
            Value second = error_take(t);
            error_restore(t, second);
            return 0;
        }
        error_restore(t, e);
    }
    return r ? FALSE_VALUE : 0;
}

static Value connection_cursor(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    if (!connection_check(t, c)) {
        return 0;
    }
    Value cursor = call1(t, args[1] ? args[1] : object_value(&cursor_type), args[0]);
    if (!cursor) {
        return 0;
    }
    if (!value_isa(cursor, &cursor_type)) {
        return type_error(t, "factory must return a cursor, not %T", cursor);
    }
    Value factory = value_load(&c->row_factory);
    if (factory && !is_none(factory)) {
        gc_store(value_object(cursor), &as_cursor(cursor)->row_factory, factory);
    }
    return cursor;
}

/* connection.cursor().name(...) */
static Value by_cursor(Thread *t, Value *args, size_t n, const char *name)
{
    Value cursor = call_method0(t, args[0], intern_cstr(t, "cursor"));
    return cursor ? call_method(t, cursor, intern_cstr(t, name), args + 1, n - 1) : 0;
}

static Value connection_execute(SQL_ARGS) { return by_cursor(t, args, n, "execute"); }
static Value connection_executemany(SQL_ARGS) { return by_cursor(t, args, n, "executemany"); }
static Value connection_script(SQL_ARGS) { return by_cursor(t, args, n, "executescript"); }

static Value connection_interrupt(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    if (!check_initialized(t, c)) {
        return 0;
    }
    bool taken = object_lock(t, c), open = c->db != NULL;
    if (open) {
        sqlite3_interrupt(c->db->handle);
    }
    object_unlock(c, taken);
    return open ? NONE : raise_sqlite(t, EXC_PROGRAMMING, "Cannot operate on a closed database.");
}

static Value connection_iterdump(SQL_ARGS)
{
    if (!connection_check(t, as_connection(args[0]))) {
        return 0;
    }
    Value dump = import_attr(t, "sqlite3.dump", "_iterdump");
    return dump ? call1(t, dump, args[0]) : 0;
}

/* connection(sql): a statement; what the cache calls. */
static Value connection_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Connection *c = as_connection(self);
    if (!args_no_kw(t, "sqlite3.Connection", kwnames)) {
        return 0;
    }
    if (!connection_check(t, c)) {
        return 0;
    }
    if (n != 1) {
        return type_error(t, "function takes exactly 1 argument (%zu given)", n);
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "argument 1 must be str, not %T", args[0]);
    }
    if (!connection_enter(t, c)) {
        return 0;
    }
    Value s = statement_new(t, c, args[0]);
    connection_leave(c);
    return s;
}

/* ---- attributes ---- */

static Value get_isolation_level(SQL_GETTER)
{
    Connection *c = as_connection(self);
    if (!connection_check(t, c)) {
        return 0;
    }
    return c->begin ? str_from_cstr(t, c->begin + sizeof "BEGIN") : NONE;
}

static bool set_isolation_level(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Connection *c = as_connection(self);
    const char *begin;
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    if (!begin_from(t, v, &begin) || (!begin && !end_transaction(t, c, "COMMIT"))) {
        return false;
    }
    c->begin = begin;
    return true;
}

static Value get_total_changes(SQL_GETTER)
{
    Connection *c = as_connection(self);
    if (!connection_enter(t, c)) {
        return 0;
    }
    Value v = fixnum(sqlite3_total_changes(c->db->handle));
    connection_leave(c);
    return v;
}

static Value get_in_transaction(SQL_GETTER)
{
    Connection *c = as_connection(self);
    if (!connection_enter(t, c)) {
        return 0;
    }
    Value v = bool_value(!sqlite3_get_autocommit(c->db->handle));
    connection_leave(c);
    return v;
}

static const GetSetDef connection_getset[] = {
    {"isolation_level", get_isolation_level, set_isolation_level,
     "How transactions begin by themselves; None: not at all.", NULL},
    {"total_changes", get_total_changes, NULL, "Rows changed since the database was opened.",
     NULL},
    {"in_transaction", get_in_transaction, NULL, "Whether a transaction is open.", NULL},
    {0},
};

#define EXCEPTION(name, which) \
    {name, MEMBER_VALUE, offsetof(Connection, exceptions[which]), true, NULL}
static const MemberDef connection_members[] = {
    EXCEPTION("Warning", EXC_WARNING),
    EXCEPTION("Error", EXC_ERROR),
    EXCEPTION("InterfaceError", EXC_INTERFACE),
    EXCEPTION("DatabaseError", EXC_DATABASE),
    EXCEPTION("DataError", EXC_DATA),
    EXCEPTION("OperationalError", EXC_OPERATIONAL),
    EXCEPTION("IntegrityError", EXC_INTEGRITY),
    EXCEPTION("InternalError", EXC_INTERNAL),
    EXCEPTION("ProgrammingError", EXC_PROGRAMMING),
    EXCEPTION("NotSupportedError", EXC_NOT_SUPPORTED),
    {"row_factory", MEMBER_VALUE, offsetof(Connection, row_factory), false, NULL},
    {"text_factory", MEMBER_VALUE, offsetof(Connection, text_factory), false, NULL},
    {0},
};

static const NativeDef connection_methods[] = {
    {"backup(target, *, pages=-1, progress=None, name='main', sleep=0.25)", connection_backup,
     "Copies the database to that of another connection.", 0},
    {"blobopen(table, column, row, /, *, readonly=False, name='main')", connection_blobopen,
     "Opens a BLOB for reading and writing in place.", 0},
    {"close()", connection_close, "Closes the database; nothing is committed.", 0},
    {"commit()", connection_commit, "Commits the transaction, if there is one.", 0},
    {"create_aggregate(name, n_arg, aggregate_class)", connection_create_aggregate,
     "Makes a class an aggregate function of SQL.", 0},
    {"create_collation(name, callback, /)", connection_create_collation,
     "Makes a function an order of texts; None removes it.", 0},
    {"create_function(name, narg, func, *, deterministic=False)", connection_create_function,
     "Makes a function one of SQL; None removes it.", 0},
    {"create_window_function(name, num_params, aggregate_class, /)",
     connection_create_window_function, "Makes a class a window function of SQL.", 0},
    {"cursor(factory=Cursor)", connection_cursor, "A new cursor.", 0},
    {"deserialize(data, /, *, name='main')", connection_deserialize,
     "Replaces the database by one from bytes.", 0},
    {"enable_load_extension(enable, /)", connection_enable_load_extension,
     "Allows or forbids loading of extensions.", 0},
    {"execute(sql, parameters=(), /)", connection_execute, "Runs a statement in a new cursor.",
     NATIVE_RAW},
    {"executemany(sql, parameters, /)", connection_executemany,
     "Runs a statement once for each item, in a new cursor.", NATIVE_RAW},
    {"executescript(sql_script, /)", connection_script, "Runs several statements.", NATIVE_RAW},
    {"getlimit(category, /)", connection_getlimit, "A limit of the connection.", 0},
    {"interrupt()", connection_interrupt, "Ends what other threads run with the connection.", 0},
    {"iterdump()", connection_iterdump, "An iterator over SQL that makes the same database.", 0},
    {"load_extension(name, /)", connection_load_extension, "Loads an extension of SQLite.", 0},
    {"rollback()", connection_rollback, "Rolls the transaction back, if there is one.", 0},
    {"serialize(*, name='main')", connection_serialize, "The database as bytes.", 0},
    {"set_authorizer(authorizer_callback)", connection_set_authorizer,
     "Calls a function for each access to a column.", 0},
    {"set_progress_handler(progress_handler, n)", connection_set_progress_handler,
     "Calls a function every n instructions.", 0},
    {"set_trace_callback(trace_callback)", connection_set_trace_callback,
     "Calls a function with each statement that runs.", 0},
    {"setlimit(category, limit, /)", connection_setlimit,
     "Sets a limit; the one it was before.", 0},
    {"__enter__()", connection_enter_method, "The connection.", 0},
    {"__exit__(type, value, traceback, /)", connection_exit,
     "Commits, or rolls back after an exception.", 0},
    {0},
};

Type connection_object_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.Connection",
    .doc = "A connection to a database.",
    .size = sizeof(Connection),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = connection_trace,
    .free = connection_free,
    .new = connection_new,
    .init = connection_init,
    .call = connection_call,
    .methods = connection_methods,
    .getset = connection_getset,
    .members = connection_members,
};
