/* The posix module: its definition. */
#include <stdlib.h>

#include "modules/posix/posix.h"

extern char **environ;

static bool add_environ(Thread *t, Value mod)
{
    Value d = dict_new(t);
    for (char **e = environ; d && e && *e; e++) {
        const char *sep = strchr(*e, '=');
        if (!sep) {
            continue;
        }
        Value key = bytes_new(t, *e, (size_t)(sep - *e)), v = bytes_from_cstr(t, sep + 1);
        if (!key || !v || !dict_setdefault(t, d, key, v)) {
            return false;
        }
    }
    return module_add(t, mod, "environ", d);
}

/* Which optional features os.py may announce. */
static bool add_have_functions(Thread *t, Value mod)
{
    static const char *const features[] = {
        "HAVE_EVENTFD",      "HAVE_FACCESSAT",  "HAVE_FCHDIR",   "HAVE_FCHMOD",
        "HAVE_FCHMODAT",     "HAVE_FCHOWN",     "HAVE_FCHOWNAT", "HAVE_FEXECVE",
        "HAVE_FDOPENDIR",    "HAVE_FPATHCONF",  "HAVE_FSTATAT",  "HAVE_FSTATVFS",
        "HAVE_FTRUNCATE",    "HAVE_FUTIMENS",   "HAVE_FUTIMES",  "HAVE_FUTIMESAT",
        "HAVE_LINKAT",       "HAVE_LCHOWN",     "HAVE_LSTAT",    "HAVE_LUTIMES",
        "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT",    "HAVE_MKFIFOAT", "HAVE_MKNODAT",
        "HAVE_OPENAT",       "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT",
        "HAVE_UNLINKAT",     "HAVE_UTIMENSAT"};
    Value list = list_new(t, ARRAY_SIZE(features));
    for (size_t i = 0; list && i < ARRAY_SIZE(features); i++) {
        Value name = intern_cstr(t, features[i]);
        if (!name || !list_append(t, list, name)) {
            return false;
        }
    }
    return module_add(t, mod, "_have_functions", list);
}

static bool posix_exec(Thread *t, Value mod)
{
    static const NativeDef *const tables[] = {
        posix_stat_functions,    posix_dir_functions,   posix_path_functions,
        posix_fd_functions,      posix_attr_functions,  posix_vector_functions,
        posix_process_functions, posix_id_functions,    posix_spawn_functions,
        posix_wait_functions,    posix_sched_functions, posix_system_functions,
        posix_tty_functions,
    };
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
        if (!add_functions(t, mod, tables[i])) {
            return false;
        }
    }
    return add_environ(t, mod) && add_have_functions(t, mod) &&
           module_add(t, mod, "error", object_value(&exc_OSError)) &&
           posix_constants_exec(t, mod) && posix_stat_exec(t, mod) && posix_dir_exec(t, mod) &&
           posix_wait_exec(t, mod) && posix_sched_exec(t, mod) &&
           posix_system_exec(t, mod) && posix_tty_exec(t, mod);
}

const ModuleDef module_posix = {
    "posix", "Calls of the operating system; use the module os, which builds on it.", NULL,
    posix_exec};
