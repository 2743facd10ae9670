/* The module _dbm: databases with the interface of ndbm, by the GNU library. */
#include <errno.h>
#include <fcntl.h>
#include <ndbm.h>

#include "core/object/str.h"
#include "modules/_dbm/store.h"

static Value error_type; /* root */

static datum ops_fetch(void *handle, datum key) { return dbm_fetch(handle, key); }
static datum ops_first(void *handle) { return dbm_firstkey(handle); }
static datum ops_next(void *handle, datum before UNUSED) { return dbm_nextkey(handle); }
static int ops_store(void *handle, datum key, datum v)
{
    return dbm_store(handle, key, v, DBM_REPLACE);
}
static int ops_remove(void *handle, datum key) { return dbm_delete(handle, key); }
static void ops_close(void *handle) { dbm_close(handle); }

static const StoreOps dbm_ops = {
    .name = "dbm",
    .owned = false,
    .error = &error_type,
    .fetch = ops_fetch,
    .first = ops_first,
    .next = ops_next,
    .store = ops_store,
    .remove = ops_remove,
    .close = ops_close,
};

static const NativeDef dbm_methods[] = {STORE_METHODS, {0}};

static Type dbm_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_dbm.dbm",
    .flags = TYPE_LIKE_CLASS,
    .doc = "A database in files.",
    STORE_SLOTS,
    .methods = dbm_methods,
};

static int open_flags(Thread *t, Value v)
{
    static const struct { const char *text; int flags;
    } table[] = {
        {"r", O_RDONLY},
        {"w", O_RDWR},
        {"rw", O_RDWR},
        {"c", O_RDWR | O_CREAT},
        {"n", O_RDWR | O_CREAT | O_TRUNC},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
        if (!v ? i == 0 : str_eq_cstr(v, table[i].text)) {
            return table[i].flags;
        }
    }
    raise_store(t, &dbm_ops, "arg 2 to open should be 'r', 'w', 'c', or 'n'");
    return -1;
}

static Value dbm_open_function(STORE_ARGS)
{
    const char *path = str_fs_path(t, args[0]);
    int mode = 0666;
    if (!path || (args[2] && !value_to_int(t, args[2], &mode))) {
        return 0;
    }
    if (args[1] && !value_is_str(args[1])) {
        return type_error(t, "open() argument 2 must be str, not %T", args[1]);
    }
    int flags = open_flags(t, args[1]);
    if (flags < 0) {
        return 0;
    }
    thread_park(t);
    DBM *handle = dbm_open((char *)(uintptr_t)path, flags, mode);
    int err = errno;
    thread_unpark(t);
    return handle ? store_new(t, &dbm_type, &dbm_ops, handle, flags != O_RDONLY)
                  : raise_open(t, &dbm_ops, err, args[0]);
}

static const NativeDef dbm_functions[] = {
    {"open(filename, flags='r', mode=0o666, /)", dbm_open_function,
     "Opens a database: for reading 'r', writing 'w', created when needed 'c', or new 'n'.", 0},
    {0},
};

static bool dbm_exec(Thread *t, Value mod)
{
    if (!error_type) {
        gc_add_root(&error_type);
        error_type = type_new_simple(t, "_dbm.error", &exc_OSError, "An error of the library.");
    }
    return type_ready(t, &dbm_type) && module_add(t, mod, "error", error_type) &&
           module_add_str(t, mod, "library", "GNU gdbm");
}

extern const ModuleDef module__dbm;
const ModuleDef module__dbm = {
    .name = "_dbm",
    .doc = "Databases with the interface of ndbm.",
    .functions = dbm_functions,
    .exec = dbm_exec,
};
