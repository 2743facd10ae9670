/* The module _gdbm: databases of the GNU library. */
#include <errno.h>

#include "core/object/bytes.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_dbm/store.h"

static Value error_type; /* root */

static datum ops_fetch(void *handle, datum key) { return gdbm_fetch(handle, key); }
static datum ops_first(void *handle) { return gdbm_firstkey(handle); }
static datum ops_next(void *handle, datum before) { return gdbm_nextkey(handle, before); }
static int ops_store(void *handle, datum key, datum v)
{
    return gdbm_store(handle, key, v, GDBM_REPLACE);
}
static int ops_remove(void *handle, datum key) { return gdbm_delete(handle, key); }
static void ops_close(void *handle) { gdbm_close(handle); }

static const StoreOps gdbm_ops = {
    .name = "gdbm",
    .owned = true,
    .error = &error_type,
    .fetch = ops_fetch,
    .first = ops_first,
    .next = ops_next,
    .store = ops_store,
    .remove = ops_remove,
    .close = ops_close,
};

/* The key as bytes, None at the end. */
static Value key_value(Thread *t, Store *s, datum key)
{
    Value v = key.dptr ? store_bytes(t, s->ops, key) : NONE;
    store_leave(s);
    return v;
}

static Value gdbm_first_method(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    return store_enter(t, s) ? key_value(t, s, gdbm_firstkey(s->handle)) : 0;
}

static Value gdbm_next_method(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    datum before;
    return store_datum(t, args[1], &before) && store_enter(t, s)
               ? key_value(t, s, gdbm_nextkey(s->handle, before))
               : 0;
}

static Value finish(Thread *t, Store *s, int failed)
{
    int err = errno;
    store_leave(s);
    if (!failed) {
        return NONE;
    }
    return err ? raise_open(t, s->ops, err, 0) : raise_store(t, s->ops, gdbm_strerror(gdbm_errno));
}

static Value gdbm_reorganize_method(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    if (!store_enter(t, s)) {
        return 0;
    }
    errno = 0;
    return finish(t, s, gdbm_reorganize(s->handle));
}

static Value gdbm_sync_method(STORE_ARGS)
{
    Store *s = as_store(args[0]);
    if (!store_enter(t, s)) {
        return 0;
    }
    errno = 0;
    return finish(t, s, gdbm_sync(s->handle));
}

static const NativeDef gdbm_methods[] = {
    STORE_METHODS,
    {"firstkey()", gdbm_first_method, "The first key in the library's order, or None.", 0},
    {"nextkey(key, /)", gdbm_next_method, "The key that follows another, or None.", 0},
    {"reorganize()", gdbm_reorganize_method, "Gives the room of deleted items back.", 0},
    {"sync()", gdbm_sync_method, "Writes what is in memory to the disk.", 0},
    {0},
};

static Type gdbm_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_gdbm.gdbm",
    .doc = "A database in a file.",
    STORE_SLOTS,
    .methods = gdbm_methods,
};

/* "r", "w", "c" or "n", then "f", "s", "u"; -1: raised. */
static int open_flags(Thread *t, const char *flags)
{
    int mode;
    switch (*flags) {
    case 'r':
        mode = GDBM_READER;
        break;
    case 'w':
        mode = GDBM_WRITER;
        break;
    case 'c':
        mode = GDBM_WRCREAT;
        break;
    case 'n':
        mode = GDBM_NEWDB;
        break;
    default:
        raise_store(t, &gdbm_ops, "First flag must be one of 'r', 'w', 'c' or 'n'");
        return -1;
    }
    for (const char *p = flags + 1; *p; p++) {
        int more = *p == 'f' ? GDBM_FAST : *p == 's' ? GDBM_SYNC : *p == 'u' ? GDBM_NOLOCK : 0;
        if (!more) {
            raise(t, value_type(error_type), "Flag '%c' is not supported.", *p);
            return -1;
        }
        mode |= more;
    }
    return mode;
}

static Value gdbm_open_function(STORE_ARGS)
{
    const char *path = str_fs_path(t, args[0]);
    const char *flags = path && args[1] ? str_cstr_arg(t, args[1], "open", "2") : "r";
    int mode = 0666;
    if (!path || !flags || (args[2] && !value_to_int(t, args[2], &mode))) {
        return 0;
    }
    int how = open_flags(t, flags);
    if (how < 0) {
        return 0;
    }
    errno = 0;
    thread_park(t);
    GDBM_FILE handle = gdbm_open(path, 0, how, mode, NULL);
    int err = errno;
    thread_unpark(t);
    if (handle) {
        return store_new(t, &gdbm_type, &gdbm_ops, handle, *flags != 'r');
    }
    return err ? raise_open(t, &gdbm_ops, err, args[0])
               : raise_store(t, &gdbm_ops, gdbm_strerror(gdbm_errno));
}

static const NativeDef gdbm_functions[] = {
    {"open(filename, flags='r', mode=0o666, /)", gdbm_open_function,
     "Opens a database: for reading 'r', writing 'w', "
     "created when needed 'c', or new 'n'; then 'f' fast, 's' synchronised, 'u' without lock.",
     0},
    {0},
};

static bool gdbm_exec(Thread *t, Value mod)
{
    if (!error_type) {
        gc_add_root(&error_type);
        error_type = type_new_simple(t, "_gdbm.error", &exc_OSError, "An error of the library.");
    }
    return type_ready(t, &gdbm_type) && module_add(t, mod, "error", error_type) &&
           module_add_str(t, mod, "open_flags", "rwcnfsu") &&
           module_add(t, mod, "_GDBM_VERSION",
                      tuple_pack(t, 3, fixnum(GDBM_VERSION_MAJOR), fixnum(GDBM_VERSION_MINOR),
                                 fixnum(GDBM_VERSION_PATCH)));
}

extern const ModuleDef module__gdbm;
const ModuleDef module__gdbm = {
    .name = "_gdbm",
    .doc = "Databases of the GNU library gdbm.",
    .functions = gdbm_functions,
    .exec = gdbm_exec,
};
