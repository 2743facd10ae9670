/* posix: attributes of files: modes, owners, times, extended attributes. */
#include <math.h>
#include <linux/limits.h>
#include <sys/xattr.h>

#include "core/object/time_value.h"
#include "importer/archive_files.h"
#include "modules/posix/posix.h"

static Value os_chmod(ARGS)
{
    PathArg p = PATH_FD_ARG("chmod");
    int mode, dir_fd, r;
    bool follow = true;
    if (!path_arg(t, args[0], &p) || !value_to_int(t, args[1], &mode) ||
        !dir_fd_arg(t, args[2], &dir_fd) || !flag_arg(t, args[3], &follow) ||
        !AUDIT(t, "os.chmod", 3, p.object, fixnum(mode),
               fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd))) {
        return 0;
    }
    PARKED(t, r,
           p.fd != -1 ? fchmod(p.fd, (mode_t)mode)
                      : fchmodat(dir_fd, p.narrow, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (r && !follow && (errno == ENOTSUP || errno == EOPNOTSUPP)) {
        return dir_fd != AT_FDCWD
                   ? value_error(t, "chmod: cannot use dir_fd and follow_symlinks together")
                   : raise(t, &exc_NotImplementedError,
                           "chmod: follow_symlinks unavailable on this platform");
    }
    return r ? path_failed(t, &p) : NONE;
}

static Value os_fchmod(ARGS)
{
    int fd, mode, r;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &mode) ||
        !AUDIT(t, "os.chmod", 3, args[0], args[1], fixnum(-1))) {
        return 0;
    }
    BLOCKING(t, r, fchmod(fd, (mode_t)mode));
    return os_result(t, r);
}

static Value os_chown(ARGS)
{
    PathArg p = PATH_FD_ARG("chown");
    uid_t uid;
    gid_t gid;
    int dir_fd, r;
    bool follow = true;
    if (!path_arg(t, args[0], &p) || !uid_arg(t, args[1], &uid) || !gid_arg(t, args[2], &gid) ||
        !dir_fd_arg(t, args[3], &dir_fd) || !flag_arg(t, args[4], &follow) ||
        !check_dir_fd_path(t, &p, dir_fd) || !check_fd_follow(t, &p, follow) ||
        !AUDIT(t, "os.chown", 4, p.object, args[1], args[2],
               fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd))) {
        return 0;
    }
    PARKED(t, r,
           p.fd != -1 ? fchown(p.fd, uid, gid)
                      : fchownat(dir_fd, p.narrow, uid, gid, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_lchown(ARGS)
{
    PathArg p = PATH_ARG("lchown");
    uid_t uid;
    gid_t gid;
    int r;
    if (!path_arg(t, args[0], &p) || !uid_arg(t, args[1], &uid) || !gid_arg(t, args[2], &gid) ||
        !AUDIT(t, "os.chown", 4, p.object, args[1], args[2], fixnum(-1))) {
        return 0;
    }
    PARKED(t, r, lchown(p.narrow, uid, gid));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_fchown(ARGS)
{
    int fd, r;
    uid_t uid;
    gid_t gid;
    if (!value_to_int(t, args[0], &fd) || !uid_arg(t, args[1], &uid) ||
        !gid_arg(t, args[2], &gid) ||
        !AUDIT(t, "os.chown", 4, args[0], args[1], args[2], fixnum(-1))) {
        return 0;
    }
    BLOCKING(t, r, fchown(fd, uid, gid));
    return os_result(t, r);
}

/* ---- utime ---- */

/* Seconds of any size as a timespec, rounded down. */
static bool seconds_to_timespec(Thread *t, Value v, struct timespec *out)
{
    if (value_is_float(v)) {
        double d = float_get(v), whole;
        if (isnan(d)) {
            value_error(t, "Invalid value NaN (not a number)");
            return false;
        }
        double part = modf(d, &whole);
        part = floor(part * 1e9);
        if (part < 0) {
            part += 1e9;
            whole -= 1;
        }
        if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0)) {
            overflow_error(t, "timestamp out of range for platform time_t");
            return false;
        }
        *out = (struct timespec){(time_t)whole, (long)part};
        return true;
    }
    Value index = number_index(t, v);
    int64_t seconds;
    if (!index) {
        return false;
    }
    if (!int_try_int64(index, &seconds)) {
        overflow_error(t, "timestamp out of range for platform time_t");
        return false;
    }
    *out = (struct timespec){seconds, 0};
    return true;
}

static bool ns_to_timespec(Thread *t, Value v, struct timespec *out)
{
    int64_t seconds, rest;
    Value pair = number_binary(t, OP_DIVMOD, v, fixnum(1000000000));
    if (!pair) {
        return false;
    }
    if (!value_is_tuple(pair) || tuple_len(pair) != 2) {
        type_error(t, "%T.__divmod__() must return a 2-tuple, not %T", v, pair);
        return false;
    }
    if (!value_to_int64(t, tuple_get(pair, 0), &seconds) ||
        !value_to_int64(t, tuple_get(pair, 1), &rest)) {
        return false;
    }
    *out = (struct timespec){seconds, rest};
    return true;
}

/* atime and mtime as the arguments say; *now: the current time. */
static bool utime_times(Thread *t, Value times, Value ns, struct timespec ts[2], bool *now)
{
    *now = false;
    bool given = times && !is_none(times);
    if (given && ns) {
        value_error(t, "utime: you may specify either 'times' or 'ns' but not both");
        return false;
    }
    if (given) {
        if (!value_is_tuple_exact(times) || tuple_len(times) != 2) {
            type_error(t, "utime: 'times' must be either a tuple of two ints or None");
            return false;
        }
        return seconds_to_timespec(t, tuple_get(times, 0), &ts[0]) &&
               seconds_to_timespec(t, tuple_get(times, 1), &ts[1]);
    }
    if (ns) {
        if (!value_is_tuple_exact(ns) || tuple_len(ns) != 2) {
            type_error(t, "utime: 'ns' must be a tuple of two ints");
            return false;
        }
        return ns_to_timespec(t, tuple_get(ns, 0), &ts[0]) &&
               ns_to_timespec(t, tuple_get(ns, 1), &ts[1]);
    }
    *now = true;
    return true;
}

static Value os_utime(ARGS)
{
    PathArg p = PATH_FD_ARG("utime");
    int dir_fd, r;
    bool follow = true, now;
    struct timespec ts[2];
    if (!path_arg(t, args[0], &p) || !dir_fd_arg(t, args[3], &dir_fd) ||
        !flag_arg(t, args[4], &follow) ||
        !AUDIT(t, "os.utime", 4, p.object, args[1], args[2],
               fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd)) ||
        !utime_times(t, args[1], args[2], ts, &now) || !check_dir_fd_path(t, &p, dir_fd) ||
        !check_fd_follow(t, &p, follow)) {
        return 0;
    }
    PARKED(t, r,
           p.fd != -1
               ? futimens(p.fd, now ? NULL : ts)
               : utimensat(dir_fd, p.narrow, now ? NULL : ts, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    return r ? path_failed(t, &p) : NONE;
}

/* ---- extended attributes ---- */

typedef enum { XATTR_GET, XATTR_LIST } XattrRead;

static ssize_t read_xattr(XattrRead what, const PathArg *p, const char *name, bool follow,
                          void *buf, size_t size)
{
    if (what == XATTR_GET) {
        return p->fd >= 0 ? fgetxattr(p->fd, name, buf, size)
               : follow   ? getxattr(p->narrow, name, buf, size)
                          : lgetxattr(p->narrow, name, buf, size);
    }
    const char *path = p->narrow ? p->narrow : ".";
    return p->fd >= 0 ? flistxattr(p->fd, buf, size)
           : follow   ? listxattr(path, buf, size)
                      : llistxattr(path, buf, size);
}

/* The bytes of an attribute, or of the list of names. */
static Value xattr_bytes(Thread *t, XattrRead what, const PathArg *p, const char *name, bool follow)
{
    for (size_t size = 256;; size = size < XATTR_SIZE_MAX ? XATTR_SIZE_MAX : size * 2) {
        Value buf = bytes_new(t, NULL, size);
        ssize_t r;
        if (!buf) {
            return 0;
        }
        char *data = value_bytes(buf)->data;
        PARKED(t, r, read_xattr(what, p, name, follow, data, size));
        if (r < 0 && errno == ENOTDIR && p->narrow && archive_file_access(t, p->narrow, F_OK)) {
            r = what == XATTR_LIST ? 0 : -1; /* members of archives have no attributes */
            errno = ENODATA;
        }
        if (r >= 0) {
            return bytes_new(t, data, (size_t)r);
        }
        if (errno != ERANGE || size > XATTR_SIZE_MAX) {
            return path_failed(t, p);
        }
    }
}

static Value os_getxattr(ARGS)
{
    PathArg p = PATH_FD_ARG("getxattr"),
            name = {.function = "getxattr", .argument = "attribute", .fd = -1};
    bool follow = true;
    if (!path_arg(t, args[0], &p) || !path_arg(t, args[1], &name) ||
        !flag_arg(t, args[2], &follow) || !check_fd_follow(t, &p, follow) ||
        !AUDIT(t, "os.getxattr", 2, p.object, name.object)) {
        return 0;
    }
    return xattr_bytes(t, XATTR_GET, &p, name.narrow, follow);
}

static Value os_setxattr(ARGS)
{
    PathArg p = PATH_FD_ARG("setxattr"),
            name = {.function = "setxattr", .argument = "attribute", .fd = -1};
    bool follow = true;
    int flags = 0, r;
    Buffer view;
    if (!path_arg(t, args[0], &p) || !path_arg(t, args[1], &name) || !int_arg(t, args[3], &flags) ||
        !flag_arg(t, args[4], &follow) || !check_fd_follow(t, &p, follow) ||
        !AUDIT(t, "os.setxattr", 4, p.object, name.object, args[2], fixnum(flags)) ||
        !bytes_arg(t, args[2], &view)) {
        return 0;
    }
    PARKED(t, r, p.fd >= 0 ? fsetxattr(p.fd, name.narrow, view.buf, (size_t)view.len, flags)
                 : follow  ? setxattr(p.narrow, name.narrow, view.buf, (size_t)view.len, flags)
                           : lsetxattr(p.narrow, name.narrow, view.buf, (size_t)view.len, flags));
    int err = errno;
    buffer_release(t, &view);
    errno = err;
    return r ? path_failed(t, &p) : NONE;
}

static Value os_removexattr(ARGS)
{
    PathArg p = PATH_FD_ARG("removexattr"),
            name = {.function = "removexattr", .argument = "attribute", .fd = -1};
    bool follow = true;
    int r;
    if (!path_arg(t, args[0], &p) || !path_arg(t, args[1], &name) ||
        !flag_arg(t, args[2], &follow) || !check_fd_follow(t, &p, follow) ||
        !AUDIT(t, "os.removexattr", 2, p.object, name.object)) {
        return 0;
    }
    PARKED(t, r, p.fd >= 0 ? fremovexattr(p.fd, name.narrow)
                 : follow  ? removexattr(p.narrow, name.narrow)
                           : lremovexattr(p.narrow, name.narrow));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_listxattr(ARGS)
{
    PathArg p = PATH_FD_ARG("listxattr");
    bool follow = true;
    p.nullable = true;
    if (!path_arg(t, args[0], &p) || !flag_arg(t, args[1], &follow) ||
        !check_fd_follow(t, &p, follow) || !AUDIT(t, "os.listxattr", 1, p.object)) {
        return 0;
    }
    Value raw = xattr_bytes(t, XATTR_LIST, &p, NULL, follow), list = raw ? list_new(t, 0) : 0;
    for (size_t i = 0; list && i < value_bytes(raw)->len;) {
        size_t len = strlen(value_bytes(raw)->data + i);
        Value name = str_from_fs(t, value_bytes(raw)->data + i, len);
        if (!name || !list_append(t, list, name)) {
            return 0;
        }
        i += len + 1;
    }
    return list;
}

const NativeDef posix_attr_functions[] = {
    {"chmod(path, mode, *, dir_fd=None, follow_symlinks=True)", os_chmod,
     "Change the permissions of a file.", 0},
    {"fchmod(fd, mode)", os_fchmod, "Change the permissions of an open file.", 0},
    {"chown(path, uid, gid, *, dir_fd=None, follow_symlinks=True)", os_chown,
     "Change the owner of a file.", 0},
    {"lchown(path, uid, gid)", os_lchown, "Change the owner of a file or symbolic link.", 0},
    {"fchown(fd, uid, gid)", os_fchown, "Change the owner of an open file.", 0},
    {"utime(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)", os_utime,
     "Set the times of access and change of a file.", 0},
    {"getxattr(path, attribute, *, follow_symlinks=True)", os_getxattr,
     "Value of an extended attribute.", 0},
    {"setxattr(path, attribute, value, flags=0, *, follow_symlinks=True)", os_setxattr,
     "Set an extended attribute.", 0},
    {"removexattr(path, attribute, *, follow_symlinks=True)", os_removexattr,
     "Remove an extended attribute.", 0},
    {"listxattr(path=None, *, follow_symlinks=True)", os_listxattr,
     "Names of the extended attributes.", 0},
    {NULL, NULL, NULL, 0},
};
