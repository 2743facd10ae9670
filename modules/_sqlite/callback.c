/* Functions, aggregates and collations in Python that SQLite calls. */
#include <limits.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

#define ARGUMENTS_MAX 127 /* SQLITE_MAX_FUNCTION_ARG */

_Atomic bool callback_tracebacks;

bool callback_keep(Thread *t, Connection *c, Callback *cb, Value name, Value callable)
{
    *cb = (Callback){.db = c->db, .connection = c, .callable = callable};
    return dict_set(t, c->callbacks, name, callable);
}

void callback_error(Thread *t, Value callable)
{
    if (atomic_load(&callback_tracebacks)) {
        error_unraisable(t, NULL, callable);
    } else {
        error_clear(t);
    }
}

static void callback_free(void *callback) { mem_free(callback); }

/* ---- values ---- */

static Value argument(Thread *t, sqlite3_value *v)
{
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER:
        return int_from_int64(t, sqlite3_value_int64(v));
    case SQLITE_FLOAT:
        return float_new(t, sqlite3_value_double(v));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_value_text(v);
        return text ? str_from_utf8(t, text, (size_t)sqlite3_value_bytes(v)) : raise_memory(t);
    }
    case SQLITE_BLOB: {
        const void *p = sqlite3_value_blob(v);
        return bytes_new(t, p ? p : "", (size_t)sqlite3_value_bytes(v));
    }
    default:
        return NONE;
    }
}

/* f(*argv) */
static Value call_with(Thread *t, Value f, int argc, sqlite3_value **argv)
{
    Value args[ARGUMENTS_MAX];
    assert(argc <= ARGUMENTS_MAX);
    for (int i = 0; i < argc; i++) {
        if (!(args[i] = argument(t, argv[i]))) {
            return 0;
        }
    }
    return call(t, f, args, (size_t)argc, 0);
}

static bool give_text(Thread *t, sqlite3_context *context, Value v)
{
    size_t n;
    const char *p = str_utf8(t, v, &n);
    if (p && n > INT_MAX) {
        overflow_error(t, "string is longer than INT_MAX bytes");
        p = NULL;
    }
    if (p) {
        sqlite3_result_text(context, p, (int)n, SQLITE_TRANSIENT);
    }
    return p != NULL;
}

static bool give_buffer(Thread *t, sqlite3_context *context, Value v)
{
    Buffer view;
    if (!buffer_get_still(t, v, &view)) {
        return false;
    }
    bool fits = view.len <= INT_MAX;
    if (fits) {
        sqlite3_result_blob(context, view.len ? view.buf : "", (int)view.len, SQLITE_TRANSIENT);
    } else {
        overflow_error(t, "BLOB longer than INT_MAX bytes");
    }
    buffer_release(t, &view);
    return fits;
}

/* false: v is 0, or no value of SQL */
static bool give_result(Thread *t, sqlite3_context *context, Value v)
{
    int64_t i;
    if (!v) {
        return false;
    }
    if (is_none(v)) {
        sqlite3_result_null(context);
    } else if (value_is_int(v)) {
        if (!int_try_int64(v, &i)) {
            overflow_error(t, "Python int too large to convert to SQLite INTEGER");
            return false;
        }
        sqlite3_result_int64(context, i);
    } else if (value_is_float(v)) {
        sqlite3_result_double(context, float_get(v));
    } else if (value_is_str(v)) {
        return give_text(t, context, v);
    } else {
        return value_has_buffer(v) && give_buffer(t, context, v);
    }
    return true;
}

static void give_error(Thread *t, sqlite3_context *context, const char *words)
{
    const Callback *cb = sqlite3_user_data(context);
    if (error_pending(t) && error_matches(t, &exc_MemoryError)) {
        sqlite3_result_error_nomem(context);
    } else if (error_pending(t) && error_matches(t, &exc_OverflowError)) {
        sqlite3_result_error_toobig(context);
    } else {
        sqlite3_result_error(context, words, -1);
    }
    if (error_pending(t)) {
        callback_error(t, cb->callable);
    }
}

/* ---- functions ---- */

static void on_function(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const Callback *cb = sqlite3_user_data(context);
    if (cb->db->closing) {
        return;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    if (!give_result(t, context, call_with(t, cb->callable, argc, argv))) {
        give_error(t, context, "user-defined function raised exception");
    }
    callback_end(&scope);
}

/* ---- aggregates ---- */

/* Calls a method of the running aggregate; 0: the error was given. */
static Value call_aggregate(Thread *t, sqlite3_context *context, Value self, const char *name,
                            int argc, sqlite3_value **argv)
{
    Value method = object_getattr_cstr(t, self, name);
    Value r = method ? call_with(t, method, argc, argv) : 0;
    if (!r) {
        bool undefined = !method && error_matches(t, &exc_AttributeError);
        char words[80];
        snprintf(words, sizeof words, "user-defined aggregate's '%s' method %s", name,
                 undefined ? "not defined" : "raised error");
        give_error(t, context, words);
    }
    return r;
}

static Value aggregate_key(Thread *t, const Value *slot)
{
    return int_from_uint64(t, (uint64_t)(uintptr_t)slot);
}

/* The running aggregate, made at the first step; 0: the error was given. */
static Value aggregate_instance(Thread *t, sqlite3_context *context)
{
    const Callback *cb = sqlite3_user_data(context);
    Value *slot = sqlite3_aggregate_context(context, sizeof *slot);
    if (!slot) {
        sqlite3_result_error_nomem(context);
        return 0;
    }
    if (!*slot) {
        Value self = call0(t, cb->callable), key = self ? aggregate_key(t, slot) : 0;
        if (!key || !dict_set(t, cb->connection->aggregates, key, self)) {
            give_error(t, context, "user-defined aggregate's '__init__' method raised error");
            return 0;
        }
        *slot = self;
    }
    return *slot;
}

static void step_with(sqlite3_context *context, const char *method, int argc, sqlite3_value **argv)
{
    const Callback *cb = sqlite3_user_data(context);
    if (cb->db->closing) {
        return;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    Value self = aggregate_instance(t, context);
    if (self) {
        call_aggregate(t, context, self, method, argc, argv);
    }
    callback_end(&scope);
}

static void on_step(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    step_with(context, "step", argc, argv);
}

static void on_inverse(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    step_with(context, "inverse", argc, argv);
}

static void result_with(sqlite3_context *context, const char *method, bool last)
{
    const Callback *cb = sqlite3_user_data(context);
    Value *slot = cb->db->closing ? NULL : sqlite3_aggregate_context(context, 0);
    if (!slot || !*slot) { /* no row, or it could not be made */
        return;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    Value self = *slot, r = call_aggregate(t, context, self, method, 0, NULL);
    if (r && !give_result(t, context, r)) {
        char words[80];
        snprintf(words, sizeof words, "user-defined aggregate's '%s' method raised error", method);
        give_error(t, context, words);
    }
    if (last) {
        Value key = aggregate_key(t, slot);
        *slot = 0;
        if (!key || dict_del(t, cb->connection->aggregates, key) < 0) {
            error_clear(t);
        }
    }
    callback_end(&scope);
}

static void on_final(sqlite3_context *context) { result_with(context, "finalize", true); }
static void on_value(sqlite3_context *context) { result_with(context, "value", false); }

/* ---- registering ---- */

typedef struct Registration {
    const char *name;
    int count, flags;
    Value callable;
    enum { FUNCTION, AGGREGATE, WINDOW } kind;
} Registration;

/* Result code, or -1: raised. */
static int register_callback(Thread *t, Connection *c, const Registration *r)
{
    Callback *cb = NULL;
    if (!is_none(r->callable)) {
        Value key = str_format(t, "%s %d", r->name, r->count);
        cb = mem_alloc(sizeof *cb);
        if (!cb) {
            raise_memory(t);
        }
        if (!cb || !key || !callback_keep(t, c, cb, key, r->callable)) {
            mem_free(cb);
            return -1;
        }
    }
    sqlite3 *db = c->db->handle;
    bool function = cb && r->kind == FUNCTION, aggregate = cb && r->kind == AGGREGATE;
    int flags = SQLITE_UTF8 | r->flags;
    void (*destroy)(void *) = cb ? callback_free : NULL; /* is called on failure, too */
    if (r->kind == WINDOW) {
        return sqlite3_create_window_function(db, r->name, r->count, flags, cb,
                                              cb ? on_step : NULL, cb ? on_final : NULL,
                                              cb ? on_value : NULL, cb ? on_inverse : NULL,
                                              destroy);
    }
    return sqlite3_create_function_v2(db, r->name, r->count, flags, cb,
                                      function ? on_function : NULL, aggregate ? on_step : NULL,
                                      aggregate ? on_final : NULL, destroy);
}

/* what: told in place of the library's words; NULL: they are */
static Value create(Thread *t, Value *args, Registration *r, const char *function, const char *what)
{
    Connection *c = as_connection(args[0]);
    r->name = str_cstr_arg(t, args[1], function, r->kind == WINDOW ? "1" : "'name'");
    r->callable = args[3];
    if (!r->name || !value_to_int(t, args[2], &r->count) || !connection_enter(t, c)) {
        return 0;
    }
    int rc = register_callback(t, c, r);
    if (rc > 0 && what) {
        raise_sqlite(t, EXC_OPERATIONAL, "Error creating %s", what);
    } else if (rc > 0) {
        raise_sqlite(t, EXC_PROGRAMMING, "%s", sqlite3_errstr(rc));
    }
    connection_leave(c);
    return rc == SQLITE_OK ? NONE : 0;
}

Value connection_create_function(SQL_ARGS)
{
    int deterministic = args[4] ? object_truth(t, args[4]) : 0;
    Registration r = {.kind = FUNCTION, .flags = deterministic > 0 ? SQLITE_DETERMINISTIC : 0};
    return deterministic < 0 ? 0 : create(t, args, &r, "create_function", "function");
}

Value connection_create_aggregate(SQL_ARGS)
{
    Registration r = {.kind = AGGREGATE};
    return create(t, args, &r, "create_aggregate", "aggregate");
}

Value connection_create_window_function(SQL_ARGS)
{
    Registration r = {.kind = WINDOW};
    return create(t, args, &r, "create_window_function", NULL);
}

/* ---- collations ---- */

static int on_collation(void *data, int n, const void *a, int m, const void *b)
{
    const Callback *cb = data;
    if (cb->db->closing) {
        return 0;
    }
    CallbackScope scope;
    Thread *t = callback_begin(&scope);
    int order = 0;
    if (!scope.pending) { /* an exception stays, and ends the statement */
        Value x = str_from_utf8(t, a, (size_t)n), y = x ? str_from_utf8(t, b, (size_t)m) : 0;
        Value r = y ? call2(t, cb->callable, x, y) : 0;
        if (r && !value_is_int(r)) {
            r = number_index(t, r);
        }
        order = r ? int_sign(r) : 0;
    }
    callback_end(&scope);
    return order;
}

Value connection_create_collation(SQL_ARGS)
{
    Connection *c = as_connection(args[0]);
    const char *name = str_cstr_arg(t, args[1], "create_collation", "1");
    bool remove = is_none(args[2]);
    if (!name) {
        return 0;
    }
    if (!remove && !callable(args[2])) {
        return type_error(t, "parameter must be callable");
    }
    if (!connection_enter(t, c)) {
        return 0;
    }
    Callback *cb = remove ? NULL : mem_alloc(sizeof *cb);
    bool ok = remove || (cb && callback_keep(t, c, cb, args[1], args[2]));
    if (!ok) {
        mem_free(cb);
        raise_memory(t);
    } else {
        int rc = sqlite3_create_collation_v2(c->db->handle, name, SQLITE_UTF8, cb,
                                             cb ? on_collation : NULL, cb ? callback_free : NULL);
        if (rc != SQLITE_OK) { /* the one function that leaves the user data to the caller */
            mem_free(cb);
        }
        ok = sqlite_check(t, c, rc);
    }
    connection_leave(c);
    return ok ? NONE : 0;
}
