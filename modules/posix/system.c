/* posix: what the system is and how it is configured; random bytes; the environment. */
#include <stdlib.h>
#include <sys/random.h>
#include <sys/times.h>
#include <sys/utsname.h>

#include "core/base/locale.h"
#include "modules/posix/constants.h"
#include "modules/posix/posix.h"
#include "modules/zone.h"

static Value uname_type, times_type; /* roots; init-only */

static Value os_uname(ARGS)
{
    struct utsname u;
    if (uname(&u) < 0) {
        return os_failed(t);
    }
    const Value fields[] = {fs_text(t, u.sysname), fs_text(t, u.nodename), fs_text(t, u.release),
                            fs_text(t, u.version), fs_text(t, u.machine)};
    return structseq_pack(t, uname_type, fields);
}

static Value os_times(ARGS)
{
    struct tms process;
    errno = 0;
    clock_t now = times(&process);
    if (now == (clock_t)-1 && errno) {
        return os_failed(t);
    }
    const clock_t clocks[] = {process.tms_utime, process.tms_stime, process.tms_cutime,
                              process.tms_cstime, now};
    double ticks = (double)sysconf(_SC_CLK_TCK);
    Value fields[ARRAY_SIZE(clocks)];
    for (size_t i = 0; i < ARRAY_SIZE(clocks); i++) {
        fields[i] = float_new(t, (double)clocks[i] / ticks);
    }
    return structseq_pack(t, times_type, fields);
}

static Value os_getloadavg(ARGS)
{
    double loads[3];
    if (getloadavg(loads, 3) != 3) {
        return raise(t, &exc_OSError, "Load averages are unobtainable");
    }
    return tuple_pack(t, 3, float_new(t, loads[0]), float_new(t, loads[1]), float_new(t, loads[2]));
}

/* ---- configuration ---- */

static bool conf_name(Thread *t, Value v, const IntConstant *table, int *out)
{
    if (value_is_int(v)) {
        return value_to_int(t, v, out);
    }
    if (!value_is_str(v)) {
        type_error(t, "configuration names must be strings or integers");
        return false;
    }
    for (; table->name; table++) {
        if (str_eq_cstr(v, table->name)) {
            *out = (int)table->value;
            return true;
        }
    }
    value_error(t, "unrecognized configuration name");
    return false;
}

static Value os_sysconf(ARGS)
{
    int name;
    if (!conf_name(t, args[0], sysconf_table, &name)) {
        return 0;
    }
    errno = 0;
    long r = sysconf(name);
    return r == -1 && errno ? os_failed(t) : int_from_int64(t, r);
}

static Value os_confstr(ARGS)
{
    int name;
    char small[256];
    if (!conf_name(t, args[0], confstr_table, &name)) {
        return 0;
    }
    errno = 0;
    size_t len = confstr(name, small, sizeof small);
    if (len == 0) {
        return errno ? os_failed(t) : NONE;
    }
    if (len <= sizeof small) {
        return str_from_fs(t, small, len - 1);
    }
    Value room = bytes_new(t, NULL, len);
    if (!room) {
        return 0;
    }
    confstr(name, value_bytes(room)->data, len);
    return str_from_fs(t, value_bytes(room)->data, len - 1);
}

static Value os_pathconf(ARGS)
{
    PathArg p = PATH_FD_ARG("pathconf");
    int name;
    long r;
    if (!path_arg(t, args[0], &p) || !conf_name(t, args[1], pathconf_table, &name)) {
        return 0;
    }
    errno = 0;
    PARKED(t, r, p.narrow ? pathconf(p.narrow, name) : fpathconf(p.fd, name));
    if (r == -1 && errno) {
        return errno == EINVAL ? os_failed(t) : path_failed(t, &p);
    }
    return int_from_int64(t, r);
}

static Value os_fpathconf(ARGS)
{
    int fd, name;
    if (!fildes_arg(t, args[0], &fd) || !conf_name(t, args[1], pathconf_table, &name)) {
        return 0;
    }
    errno = 0;
    long r = fpathconf(fd, name);
    return r == -1 && errno ? os_failed(t) : int_from_int64(t, r);
}

/* ---- random bytes ---- */

static Value random_bytes(Thread *t, size_t size, unsigned flags, bool all)
{
    Value v = bytes_new(t, NULL, size);
    size_t done = 0;
    if (!v) {
        return 0;
    }
    char *data = value_bytes(v)->data;
    do {
        ssize_t r;
        BLOCKING(t, r, getrandom(data + done, size - done, flags));
        if (r < 0) {
            return os_failed(t);
        }
        done += (size_t)r;
    } while (all && done < size);
    return done == size ? v : bytes_new(t, data, done);
}

static Value os_urandom(ARGS)
{
    ssize_t size;
    if (!size_arg(t, args[0], &size)) {
        return 0;
    }
    return size < 0 ? value_error(t, "negative argument not allowed")
                    : random_bytes(t, (size_t)size, 0, true);
}

static Value os_getrandom(ARGS)
{
    ssize_t size;
    int flags = 0;
    if (!size_arg(t, args[0], &size) || !int_arg(t, args[1], &flags)) {
        return 0;
    }
    if (size < 0) {
        errno = EINVAL;
        return os_failed(t);
    }
    return random_bytes(t, (size_t)size, (unsigned)flags, false);
}

/* ---- environment and the rest ---- */

static void note_variable(const char *name)
{
    if (strcmp(name, "TZ") == 0) {
        zone_variable_changed();
    }
}

static Value os_putenv(ARGS)
{
    Value name_owner, value_owner;
    const char *name = fs_cstr(t, args[0], &name_owner),
               *v = name ? fs_cstr(t, args[1], &value_owner) : NULL;
    if (!v || !AUDIT(t, "os.putenv", 2, args[0], args[1])) {
        return 0;
    }
    if (strchr(name, '=')) {
        return value_error(t, "illegal environment variable name");
    }
    const int r = setenv(name, v, 1);
    note_variable(name);
    return os_result(t, r);
}
static Value os_unsetenv(ARGS)
{
    Value owner;
    const char *name = fs_cstr(t, args[0], &owner);
    if (!name || !AUDIT(t, "os.unsetenv", 1, args[0])) {
        return 0;
    }
    const int r = unsetenv(name);
    note_variable(name);
    return os_result(t, r);
}

static Value os_strerror(ARGS)
{
    int code;
    char buffer[256];
    if (!value_to_int(t, args[0], &code)) {
        return 0;
    }
    const char *text = strerror_r(code, buffer, sizeof buffer);
    return str_from_fs(t, text, strlen(text));
}

static Value os_sync(ARGS)
{
    thread_park(t);
    sync();
    thread_unpark(t);
    return NONE;
}

static Value os_device_encoding(ARGS)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    if (!isatty(fd)) {
        return NONE;
    }
    return str_from_cstr(t, runtime.config.utf8_mode ? "utf-8" : locale_encoding());
}

const NativeDef posix_system_functions[] = {
    {"uname()", os_uname, "What the operating system is.", 0},
    {"times()", os_times, "Times the process and its children have used.", 0},
    {"getloadavg()", os_getloadavg, "Averages of the run queue over 1, 5 and 15 minutes.", 0},
    {"sysconf(name, /)", os_sysconf, "Number of the system's configuration.", 0},
    {"confstr(name, /)", os_confstr, "Text of the system's configuration.", 0},
    {"pathconf(path, name)", os_pathconf, "Limit or option of the file system for a path.", 0},
    {"fpathconf(fd, name, /)", os_fpathconf, "Limit or option of the file system for an open file.",
     0},
    {"urandom(size, /)", os_urandom, "Random bytes fit for cryptography.", 0},
    {"getrandom(size, flags=0)", os_getrandom, "Random bytes from the system.", 0},
    {"putenv(name, value, /)", os_putenv, "Set an environment variable.", 0},
    {"unsetenv(name, /)", os_unsetenv, "Delete an environment variable.", 0},
    {"strerror(code, /)", os_strerror, "Text for an error number.", 0},
    {"sync()", os_sync, "Write everything to the disk.", 0},
    {"device_encoding(fd)", os_device_encoding, "Encoding of a terminal, or None.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_system_exec(Thread *t, Value mod)
{
    static const StructSeqField uname_fields[] = {
        {"sysname", "operating system"},
        {"nodename", "name in the network"},
        {"release", "release of the system"},
        {"version", "version of the system"},
        {"machine", "kind of machine"},
        {NULL, NULL}};
    static const StructSeqDef uname_def = {"posix.uname_result",
                                           "Names of the system, see uname().", uname_fields, 5};
    static const StructSeqField times_fields[] = {
        {"user", "seconds in user mode"},
        {"system", "seconds in the kernel"},
        {"children_user", "the same of ended children, user mode"},
        {"children_system", "the same of ended children, kernel"},
        {"elapsed", "seconds since some moment"},
        {NULL, NULL}};
    static const StructSeqDef times_def = {"posix.times_result", "Times in seconds, see times().",
                                           times_fields, 5};
    return module_add_structseq(t, mod, &uname_def, &uname_type) &&
           module_add_structseq(t, mod, &times_def, &times_type);
}
