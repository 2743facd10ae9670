/* What the files of _sqlite3 share.
 *
 * _sqlite3.c the module; constants.c; error.c exceptions; database.c what lives outside the heap;
 * connection.c Connection and transactions, connection_more.c backup, images, limits, extensions;
 * callback.c functions, aggregates, collations, hooks; statement.c, bind.c; cursor.c execute,
 * fetch.c rows; row.c; blob.c; adapt.c adapters and converters.
 *
 *   Connection --> Database { sqlite3, Resource ... }      heap --> memory of its own
 *   Statement, Blob, Cursor ------> Resource { sqlite3_stmt or sqlite3_blob }
 *
 * Objects may be collected in any order, on any thread, while the world is stopped; so the hooks
 * that free them only count down and mark.  Who next uses the connection finalizes what nobody
 * needs (database_tidy); who next uses any closes databases without references (database_bury).
 *
 * Locking: everything that is done with a connection, its cursors, statements and blobs is done
 * under Connection.lock, held through callbacks too, which may come back on the same thread.  Two
 * connections: the one at the lower address first.  interrupt() alone takes Connection's object
 * lock only.
 * Calls that may last or call back go through sqlite_run, which parks the thread.
 */
#ifndef MODULES_SQLITE_SQLITE_H
#define MODULES_SQLITE_SQLITE_H

#include <sqlite3.h>

#include "core/object/lock.h"
#include "core/object/module.h"

#define SQL_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED
#define SQL_GETTER Thread *t UNUSED, Value self UNUSED, void *closure UNUSED

typedef struct Database Database;
typedef struct Resource {
    struct Resource *next;     /* connection's lock */
    Database *db;              /* init-only */
    sqlite3_stmt *stmt;        /* one of the two; connection's lock; NULL: closed */
    sqlite3_blob *blob;
    bool in_use;               /* connection's lock: a cursor runs the statement */
    _Atomic int refs;          /* 0: to be finalized and freed */
    _Atomic bool abandoned;    /* the cursor that ran it is gone: to be reset */
} Resource;
/* What SQLite gets as user data. */
typedef struct Callback {
    Database *db;
    struct Connection *connection;
    Value callable;            /* kept alive by Connection.callbacks */
} Callback;
struct Database {
    sqlite3 *handle;           /* connection's lock; NULL: closed */
    Resource *resources;       /* connection's lock */
    _Atomic int refs;          /* the connection's and one for each of its resources' references */
    _Atomic bool untidy;       /* a resource has refs == 0 or is abandoned */
    Database *next_dead;       /* in the list of those to be closed */
    bool closing;              /* no callback may run any more */
    Callback authorizer, progress, trace; /* lock */
};

typedef enum {
    EXC_WARNING,
    EXC_ERROR,
    EXC_INTERFACE,
    EXC_DATABASE,
    EXC_INTERNAL,
    EXC_OPERATIONAL,
    EXC_PROGRAMMING,
    EXC_INTEGRITY,
    EXC_DATA,
    EXC_NOT_SUPPORTED,
    EXC_COUNT
} SqliteException;

typedef struct Connection {
    Object head;
    Database *db;              /* lock and object lock; NULL: closed */
    OwnedMutex lock;
    _Atomic bool initialized, check_same_thread; /* set under the lock, as all below */
    _Atomic uint64_t thread_ident;
    int detect_types;
    const char *begin;         /* "BEGIN ...", or NULL: no implicit transactions */
    Value row_factory, text_factory;
    Value statement_cache;     /* functools.lru_cache around the connection */
    Value callbacks;           /* dict: what SQLite may call, by name */
    Value aggregates;          /* dict: address of their context -> running aggregate */
    Value exceptions[EXC_COUNT];
} Connection;

typedef struct Statement {
    Object head;
    Value connection;          /* init-only */
    Resource *resource;        /* init-only; its stmt is NULL for empty text */
    bool is_dml;               /* init-only: INSERT, UPDATE, DELETE or REPLACE */
} Statement;

typedef struct Cursor {
    Object head;
    Value connection;          /* its lock, as all below, and the next one's; 0: not initialized */
    Value description, lastrowid, row_factory;
    Value converters;          /* tuple: converter or None for each column, or 0 */
    Value statement;           /* Statement that is running, or 0 */
    Resource *resource;        /* of the statement, counted */
    _Atomic int arraysize;
    _Atomic ssize_t rowcount;
    _Atomic bool closed, locked; /* looked at without the lock, too */
} Cursor;

typedef struct Blob {
    Object head;
    Value connection;          /* init-only */
    Resource *resource;        /* init-only */
    int offset;                /* Connection's lock */
} Blob;

typedef struct Row { Object head; Value data, description; } Row; /* init-only; both tuples */

enum { PARSE_DECLTYPES = 1, PARSE_COLNAMES = 2 };

extern Type connection_object_type, cursor_type, statement_type, row_type, blob_type,
    prepare_protocol_type;
static inline Connection *as_connection(Value v) { return (Connection *)value_object(v); }
static inline Cursor *as_cursor(Value v) { return (Cursor *)value_object(v); }
static inline Statement *as_statement(Value v) { return (Statement *)value_object(v); }

/* ---- error.c ---- */
extern Value sqlite_exceptions[EXC_COUNT]; /* roots */
NODISCARD bool sqlite_errors_init(Thread *t, Value mod);
#define raise_sqlite(t_, which_, ...) raise(t_, value_type(sqlite_exceptions[which_]), __VA_ARGS__)
/* What the last call on db that returned rc failed with; nothing for SQLITE_OK.  Returns 0. */
COLD Value raise_sqlite_code(Thread *t, sqlite3 *db, int rc);
/* false: raised unless rc is SQLITE_OK */
NODISCARD bool sqlite_check(Thread *t, Connection *c, int rc);

/* ---- constants.c ---- */
NODISCARD bool sqlite_add_constants(Thread *t, Value mod);
const char *sqlite_error_name(int code); /* "SQLITE_BUSY"; "unknown" */

/* ---- database.c ---- */
/* fn(arg), parked; callbacks wake the thread up for their time. Effects: blocks, runs Python. */
int sqlite_run(Thread *t, int (*fn)(void *arg), void *arg);
/* Around Python code in callbacks; an exception that was pending before is so again after it. */
typedef struct CallbackScope {
    Thread *t;
    Value pending;
    bool was_parked;
} CallbackScope;
Thread *callback_begin(CallbackScope *scope); /* the calling thread, awake */
void callback_end(CallbackScope *scope);
/* NULL: no memory (raised) */
Database *database_new(Thread *t);
void database_release(Database *db);
/* Closes the databases whose last reference has gone: may write, so no free hook does it. */
void database_bury(Thread *t);
/* Looks for connections and cursors that nobody refers to any more, which may hold locks and files;
 * whether there were some.  Effects: runs Python (finalizers). */
bool database_reclaim(Thread *t);
/* Under the lock: finalizes, resets.  Effects: may run Python. */
void database_tidy_slow(Thread *t, Database *db);
static inline void database_tidy(Thread *t, Database *db)
{
    if (atomic_load_explicit(&db->untidy, memory_order_acquire)) {
        database_tidy_slow(t, db);
    }
}
/* keep_running: statements in use go on, and with the last reference it is closed.  Whether it is
 * closed now. */
bool database_close(Thread *t, Database *db, bool keep_running);
/* With refs == 1; NULL: no memory (raised) */
Resource *resource_new(Thread *t, Database *db);
void resource_retain(Resource *r);
void resource_drop(Resource *r, bool reset);
/* One step of a statement, SQLITE_DONE for an empty one.  When the database is locked, or a file
 * cannot be opened, it is tried again after database_reclaim. */
int statement_step(Thread *t, Database *db, sqlite3_stmt *stmt);
/* Makes a statement of sql[0..len) (-1: to its NUL); it ends at tail.  Codes of SQLite. */
typedef struct Preparation {
    sqlite3 *handle;
    const char *sql, *tail;
    int len;
    sqlite3_stmt *stmt;
} Preparation;
int statement_prepare(Thread *t, Preparation *p);
int statement_finalize(Thread *t, sqlite3_stmt *stmt);
int statement_reset(Thread *t, sqlite3_stmt *stmt);
/* Runs one statement without results, "COMMIT"; false: raised. */
NODISCARD bool database_command(Thread *t, Connection *c, const char *sql);

/* ---- connection.c ---- */
/* Takes the lock of an open connection that this thread may use; false: raised, not locked. */
NODISCARD bool connection_enter(Thread *t, Connection *c);
NODISCARD bool connection_check(Thread *t, Connection *c); /* the same without staying inside */
void connection_leave(Connection *c);

/* ---- connection_more.c ---- */
Value connection_backup(SQL_ARGS);
Value connection_serialize(SQL_ARGS);
Value connection_deserialize(SQL_ARGS);
Value connection_setlimit(SQL_ARGS);
Value connection_getlimit(SQL_ARGS);
Value connection_enable_load_extension(SQL_ARGS);
Value connection_load_extension(SQL_ARGS);
Value run_script(Thread *t, Connection *c, Value script);

/* ---- callback.c, hook.c ---- */
extern _Atomic bool callback_tracebacks;
Value connection_create_function(SQL_ARGS);
Value connection_create_aggregate(SQL_ARGS);
Value connection_create_window_function(SQL_ARGS);
Value connection_create_collation(SQL_ARGS);
Value connection_set_authorizer(SQL_ARGS);
Value connection_set_progress_handler(SQL_ARGS);
Value connection_set_trace_callback(SQL_ARGS);
/* Fills cb and keeps callable alive under a name, until another one or NONE takes its place. */
NODISCARD bool callback_keep(Thread *t, Connection *c, Callback *cb, Value name, Value callable);
/* The pending exception of a callback: shown or forgotten. */
void callback_error(Thread *t, Value callable);

/* ---- statement.c ---- */
Value statement_new(Thread *t, Connection *c, Value sql);
/* From the cache, or a new one when that one is busy. */
Value statement_get(Thread *t, Connection *c, Value sql);
/* ---- bind.c ---- */
NODISCARD bool statement_bind(Thread *t, Statement *s, Value parameters);

/* ---- fetch.c ---- */
/* Enters the connection of an initialized, open cursor that does not run; NULL: raised. */
NODISCARD Connection *cursor_enter(Thread *t, Cursor *c);
/* Description and converters of the statement that runs. */
NODISCARD bool cursor_describe(Thread *t, Cursor *c);
void cursor_end_statement(Thread *t, Cursor *c);
Value cursor_next(Thread *t, Value self);
Value cursor_fetchone(SQL_ARGS);
Value cursor_fetchmany(SQL_ARGS);
Value cursor_fetchall(SQL_ARGS);

/* ---- blob.c ---- */
Value connection_blobopen(SQL_ARGS);

/* ---- adapt.c ---- */
NODISCARD bool adapt_init(Thread *t, Value mod);
Value adapt_register_adapter(SQL_ARGS);
Value adapt_register_converter(SQL_ARGS);
Value adapt_adapt(SQL_ARGS);
/* The value to bind: v itself when nothing adapts it. */
Value adapt_parameter(Thread *t, Value v);
/* The converter of a column type, name[0..n); NONE: none; 0: raised. */
Value converter_find(Thread *t, const char *name, size_t n);

#endif
