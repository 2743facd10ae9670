/* The exceptions of _sqlite3. */
#include "core/object/str.h"
#include "modules/_sqlite/sqlite.h"

Value sqlite_exceptions[EXC_COUNT];

static SqliteException exception_of_code(int code)
{
    switch (code & 0xff) {
    case SQLITE_INTERNAL:
    case SQLITE_NOTFOUND:
        return EXC_INTERNAL;
    case SQLITE_ERROR:
    case SQLITE_PERM:
    case SQLITE_ABORT:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_EMPTY:
    case SQLITE_SCHEMA:
        return EXC_OPERATIONAL;
    case SQLITE_TOOBIG:
        return EXC_DATA;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
        return EXC_INTEGRITY;
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return EXC_INTERFACE;
    default:
        return EXC_DATABASE;
    }
}

Value raise_sqlite_code(Thread *t, sqlite3 *db, int rc)
{
    if (rc == SQLITE_NOMEM) {
        return raise_memory(t);
    }
    bool own = (sqlite3_errcode(db) & 0xff) == (rc & 0xff); /* else db knows nothing of it */
    int code = own ? sqlite3_extended_errcode(db) : rc;
    Value text = str_from_cstr(t, own ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    Value exc = text ? call1(t, sqlite_exceptions[exception_of_code(rc)], text) : 0;
    if (exc && object_setattr(t, exc, intern_cstr(t, "sqlite_errorcode"), fixnum(code)) &&
        object_setattr(t, exc, intern_cstr(t, "sqlite_errorname"),
                       intern_cstr(t, sqlite_error_name(code)))) {
        raise_exception(t, exc);
    }
    return 0;
}

bool sqlite_check(Thread *t, Connection *c, int rc)
{
    if (rc != SQLITE_OK) {
        raise_sqlite_code(t, c->db->handle, rc);
    }
    return rc == SQLITE_OK;
}

bool sqlite_errors_init(Thread *t, Value mod)
{
    static const struct { const char *name; SqliteException base; const char *doc;
    } table[EXC_COUNT] = {
        [EXC_WARNING] = {"sqlite3.Warning", EXC_COUNT, "A warning of the library."},
        [EXC_ERROR] = {"sqlite3.Error", EXC_COUNT, "The base of all errors of databases."},
        [EXC_INTERFACE] = {"sqlite3.InterfaceError", EXC_ERROR, "The library was misused."},
        [EXC_DATABASE] = {"sqlite3.DatabaseError", EXC_ERROR, "An error of the database."},
        [EXC_INTERNAL] = {"sqlite3.InternalError", EXC_DATABASE, "The library is in disorder."},
        [EXC_OPERATIONAL] = {"sqlite3.OperationalError", EXC_DATABASE,
                             "The operation of the database failed."},
        [EXC_PROGRAMMING] = {"sqlite3.ProgrammingError", EXC_DATABASE,
                             "An interface was used wrongly."},
        [EXC_INTEGRITY] = {"sqlite3.IntegrityError", EXC_DATABASE, "A constraint was violated."},
        [EXC_DATA] = {"sqlite3.DataError", EXC_DATABASE, "Data is out of range."},
        [EXC_NOT_SUPPORTED] = {"sqlite3.NotSupportedError", EXC_DATABASE,
                               "The library has no such feature."},
    };
    for (size_t i = 0; i < EXC_COUNT; i++) {
        if (!sqlite_exceptions[i]) {
            Type *base = table[i].base == EXC_COUNT ? &exc_Exception
                                                    : value_type(sqlite_exceptions[table[i].base]);
            gc_add_root(&sqlite_exceptions[i]);
            sqlite_exceptions[i] = type_new_simple(t, table[i].name, base, table[i].doc);
        }
        if (!module_add(t, mod, table[i].name + sizeof "sqlite3", sqlite_exceptions[i])) {
            return false;
        }
    }
    return true;
}
