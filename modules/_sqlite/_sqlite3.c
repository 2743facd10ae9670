/* The module _sqlite3: databases of the library SQLite 3. */
#include "core/object/int.h"
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

static Value sqlite_connect(SQL_ARGS)
{
    /* connect(database, timeout, detect_types, isolation_level, check_same_thread, factory, ...) */
    static Signature sig = SIGNATURE("connect(*args, factory=None, **kw)");
    enum { FACTORY = 5 };
    Value a[3];
    if (!args_bind(t, &sig, args, n, kw, a)) {
        return 0;
    }
    Value factory = a[1]          ? a[1]
                    : n > FACTORY ? args[FACTORY]
                                  : object_value(&connection_object_type);
    return call(t, factory, args, n, kw);
}

static Value sqlite_complete_statement(SQL_ARGS)
{
    const char *text = str_cstr_arg(t, args[0], "complete_statement", "'statement'");
    return text ? bool_value(sqlite3_complete(text)) : 0;
}

static Value sqlite_enable_callback_tracebacks(SQL_ARGS)
{
    int on;
    if (!value_to_int(t, args[0], &on)) {
        return 0;
    }
    atomic_store(&callback_tracebacks, on != 0);
    return NONE;
}

static Value sqlite_enable_shared_cache(SQL_ARGS)
{
    int on;
    if (!value_to_int(t, args[0], &on)) {
        return 0;
    }
    return sqlite3_enable_shared_cache(on) == SQLITE_OK
               ? NONE
               : raise_sqlite(t, EXC_OPERATIONAL, "Changing the shared_cache flag failed");
}

static const NativeDef sqlite_functions[] = {
    {"adapt(obj, proto=PrepareProtocolType, alt=<unrepresentable>, /)", adapt_adapt,
     "The form of obj that protocol asks for.", 0},
    {"complete_statement(statement)", sqlite_complete_statement,
     "Whether a text ends with a whole statement.", 0},
    {"connect(database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, "
     "factory=ConnectionType, cached_statements=128, uri=False)",
     sqlite_connect, "Opens a database.", NATIVE_RAW | NATIVE_KW},
    {"enable_callback_tracebacks(enable, /)", sqlite_enable_callback_tracebacks,
     "Shows or hides exceptions in callbacks.", 0},
    {"enable_shared_cache(do_enable)", sqlite_enable_shared_cache,
     "Lets connections of this process share caches.", 0},
    {"register_adapter(type, adapter, /)", adapt_register_adapter,
     "Sets the function that makes values of SQL from objects of a type.", 0},
    {"register_converter(typename, converter, /)", adapt_register_converter,
     "Sets the function that makes objects from columns of a type.", 0},
    {0},
};

static bool sqlite_exec(Thread *t, Value mod)
{
    sqlite3_initialize();
    return sqlite_errors_init(t, mod) && adapt_init(t, mod) && sqlite_add_constants(t, mod) &&
           type_ready(t, &statement_type) && module_add_type(t, mod, &connection_object_type) &&
           module_add_type(t, mod, &cursor_type) && module_add_type(t, mod, &row_type) &&
           module_add_type(t, mod, &blob_type) &&
           module_add_type(t, mod, &prepare_protocol_type) &&
           module_add_str(t, mod, "version", "2.6.0") &&
           module_add_str(t, mod, "sqlite_version", sqlite3_libversion()) &&
           /* DB-API: 0 threads share nothing, 1 the module, 3 connections and cursors */
           module_add_int(t, mod, "threadsafety", sqlite3_threadsafe() == 1   ? 3
                                                  : sqlite3_threadsafe() == 2 ? 1
                                                                              : 0);
}

extern const ModuleDef module__sqlite3;
const ModuleDef module__sqlite3 = {
    .name = "_sqlite3",
    .doc = "Databases of the library SQLite 3.",
    .functions = sqlite_functions,
    .exec = sqlite_exec,
};
