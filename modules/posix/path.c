/* posix: names of files: creating, renaming, linking, removing; the working directory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "importer/archive_files.h"
#include "modules/posix/posix.h"

static Value os_getcwd_as(Thread *t, bool bytes)
{
    char *p;
    thread_park(t);
    p = getcwd(NULL, 0);
    thread_unpark(t);
    if (!p) {
        return os_failed(t);
    }
    Value v = path_text(t, bytes, p, strlen(p));
    free(p);
    return v;
}
static Value os_getcwd(ARGS) { return os_getcwd_as(t, false); }
static Value os_getcwdb(ARGS) { return os_getcwd_as(t, true); }

static Value os_chdir(ARGS)
{
    PathArg p = PATH_FD_ARG("chdir");
    int r;
    if (!path_arg(t, args[0], &p) || !AUDIT(t, "os.chdir", 1, p.object)) {
        return 0;
    }
    PARKED(t, r, p.fd != -1 ? fchdir(p.fd) : chdir(p.narrow));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_fchdir(ARGS)
{
    int fd, r;
    if (!fildes_arg(t, args[0], &fd) || !AUDIT(t, "os.chdir", 1, fixnum(fd))) {
        return 0;
    }
    BLOCKING(t, r, fchdir(fd));
    return os_result(t, r);
}

static Value os_chroot(ARGS)
{
    PathArg p = PATH_ARG("chroot");
    int r;
    if (!path_arg(t, args[0], &p)) {
        return 0;
    }
    PARKED(t, r, chroot(p.narrow));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_mkdir(ARGS)
{
    PathArg p = PATH_ARG("mkdir");
    int mode = 0777, dir_fd, r;
    if (!path_arg(t, args[0], &p) || !int_arg(t, args[1], &mode) ||
        !dir_fd_arg(t, args[2], &dir_fd) ||
        !AUDIT(t, "os.mkdir", 3, p.object, fixnum(mode),
               fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd))) {
        return 0;
    }
    PARKED(t, r, mkdirat(dir_fd, p.narrow, (mode_t)mode));
    return r ? path_failed(t, &p) : NONE;
}

static Value remove_name(Thread *t, const char *function, const char *event, Value *args, int flags)
{
    PathArg p = PATH_ARG(function);
    int dir_fd, r;
    if (!path_arg(t, args[0], &p) || !dir_fd_arg(t, args[1], &dir_fd) ||
        !AUDIT(t, event, 2, p.object, fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd))) {
        return 0;
    }
    PARKED(t, r, unlinkat(dir_fd, p.narrow, flags));
    return r ? path_failed(t, &p) : NONE;
}
static Value os_rmdir(ARGS) { return remove_name(t, "rmdir", "os.rmdir", args, AT_REMOVEDIR); }
static Value os_unlink(ARGS) { return remove_name(t, "unlink", "os.remove", args, 0); }
static Value os_remove(ARGS) { return remove_name(t, "remove", "os.remove", args, 0); }

static Value rename_as(Thread *t, const char *function, Value *args)
{
    PathArg a = PATH_ARG(function), b = PATH_ARG(function);
    int src_fd, dst_fd, r;
    if (!path_arg2(t, args[0], args[1], &a, &b) || !dir_fd_arg(t, args[2], &src_fd) ||
        !dir_fd_arg(t, args[3], &dst_fd) ||
        !AUDIT(t, "os.rename", 4, a.object, b.object, fixnum(src_fd == AT_FDCWD ? -1 : src_fd),
               fixnum(dst_fd == AT_FDCWD ? -1 : dst_fd))) {
        return 0;
    }
    PARKED(t, r, renameat(src_fd, a.narrow, dst_fd, b.narrow));
    return r ? path_failed2(t, &a, &b) : NONE;
}
static Value os_rename(ARGS) { return rename_as(t, "rename", args); }
static Value os_replace(ARGS) { return rename_as(t, "replace", args); }

static Value os_link(ARGS)
{
    PathArg a = PATH_ARG("link"), b = PATH_ARG("link");
    int src_fd, dst_fd, r;
    bool follow = true;
    if (!path_arg2(t, args[0], args[1], &a, &b) || !dir_fd_arg(t, args[2], &src_fd) ||
        !dir_fd_arg(t, args[3], &dst_fd) || !flag_arg(t, args[4], &follow) ||
        !AUDIT(t, "os.link", 4, a.object, b.object, fixnum(src_fd == AT_FDCWD ? -1 : src_fd),
               fixnum(dst_fd == AT_FDCWD ? -1 : dst_fd))) {
        return 0;
    }
    bool plain = src_fd == AT_FDCWD && dst_fd == AT_FDCWD && follow;
    PARKED(t, r,
           plain ? link(a.narrow, b.narrow)
                 : linkat(src_fd, a.narrow, dst_fd, b.narrow, follow ? AT_SYMLINK_FOLLOW : 0));
    return r ? path_failed2(t, &a, &b) : NONE;
}

static Value os_symlink(ARGS)
{
    PathArg a = PATH_ARG("symlink"), b = PATH_ARG("symlink");
    int dir_fd, r;
    bool ignored = false;
    if (!path_arg2(t, args[0], args[1], &a, &b) || !flag_arg(t, args[2], &ignored) ||
        !dir_fd_arg(t, args[3], &dir_fd) ||
        !AUDIT(t, "os.symlink", 3, a.object, b.object, fixnum(dir_fd == AT_FDCWD ? -1 : dir_fd))) {
        return 0;
    }
    PARKED(t, r, symlinkat(a.narrow, dir_fd, b.narrow));
    return r ? path_failed2(t, &a, &b) : NONE;
}

static Value os_readlink(ARGS)
{
    PathArg p = PATH_ARG("readlink");
    char buffer[PATH_CSTR_MAX + 1];
    int dir_fd;
    ssize_t r;
    if (!path_arg(t, args[0], &p) || !dir_fd_arg(t, args[1], &dir_fd)) {
        return 0;
    }
    PARKED(t, r, readlinkat(dir_fd, p.narrow, buffer, PATH_CSTR_MAX));
    if (r < 0 && errno == ENOTDIR && dir_fd == AT_FDCWD) {
        errno = archive_file_access(t, p.narrow, F_OK) ? EINVAL : errno; /* it is no link */
    }
    return r < 0 ? path_failed(t, &p) : path_text(t, path_is_bytes(&p), buffer, (size_t)r);
}

static Value os_access(ARGS)
{
    PathArg p = PATH_ARG("access");
    int mode, dir_fd, r;
    bool effective = false, follow = true;
    if (!path_arg(t, args[0], &p) || !value_to_int(t, args[1], &mode) ||
        !dir_fd_arg(t, args[2], &dir_fd) || !flag_arg(t, args[3], &effective) ||
        !flag_arg(t, args[4], &follow)) {
        return 0;
    }
    PARKED(t, r,
           faccessat(dir_fd, p.narrow, mode,
                     (follow ? 0 : AT_SYMLINK_NOFOLLOW) | (effective ? AT_EACCESS : 0)));
    return bool_value(r == 0 || (errno == ENOTDIR && dir_fd == AT_FDCWD &&
                                 archive_file_access(t, p.narrow, mode)));
}

static Value os_mkfifo(ARGS)
{
    PathArg p = PATH_ARG("mkfifo");
    int mode = 0666, dir_fd, r;
    if (!path_arg(t, args[0], &p) || !int_arg(t, args[1], &mode) ||
        !dir_fd_arg(t, args[2], &dir_fd)) {
        return 0;
    }
    BLOCKING(t, r, mkfifoat(dir_fd, p.narrow, (mode_t)mode));
    return r ? os_failed(t) : NONE;
}

static Value os_mknod(ARGS)
{
    PathArg p = PATH_ARG("mknod");
    int mode = 0600, dir_fd, r;
    dev_t device = 0;
    if (!path_arg(t, args[0], &p) || !int_arg(t, args[1], &mode) ||
        (args[2] && !dev_arg(t, args[2], &device)) || !dir_fd_arg(t, args[3], &dir_fd)) {
        return 0;
    }
    BLOCKING(t, r, mknodat(dir_fd, p.narrow, (mode_t)mode, device));
    return r ? os_failed(t) : NONE;
}

static Value os_truncate(ARGS)
{
    PathArg p = PATH_FD_ARG("truncate");
    off_t length;
    int r;
    if (!path_arg(t, args[0], &p) || !off_arg(t, args[1], &length) ||
        !AUDIT(t, "os.truncate", 2, p.object, args[1])) {
        return 0;
    }
    PARKED(t, r, p.fd != -1 ? ftruncate(p.fd, length) : truncate(p.narrow, length));
    return r ? path_failed(t, &p) : NONE;
}

static Value os_major(ARGS)
{
    dev_t d;
    return dev_arg(t, args[0], &d) ? int_from_int64(t, major(d)) : 0;
}
static Value os_minor(ARGS)
{
    dev_t d;
    return dev_arg(t, args[0], &d) ? int_from_int64(t, minor(d)) : 0;
}
static Value os_makedev(ARGS)
{
    int major_, minor_;
    return value_to_int(t, args[0], &major_) && value_to_int(t, args[1], &minor_)
               ? int_from_uint64(t, makedev((unsigned)major_, (unsigned)minor_)) : 0;
}

static Value os_fspath(ARGS)
{
    Value v = args[0];
    if (value_is_str(v) || value_is_bytes(v)) {
        return v;
    }
    Value method = lookup_special(t, v, N(__fspath__));
    if (!method) {
        return error_pending(t)
                   ? 0
                   : type_error(t, "expected str, bytes or os.PathLike object, not %T", v);
    }
    Value text = call0(t, method);
    if (text && !value_is_str(text) && !value_is_bytes(text)) {
        return type_error(t, "expected %T.__fspath__() to return str or bytes, not %T", v, text);
    }
    return text;
}

/* ---- normpath ---- */

/* Writes the normalised form of s to out (room for len + 1), returns its length: empty and "."
 * parts vanish, ".." takes the part before it away, two leading slashes (and no third) stay. */
static size_t normalise(const Str *s, uint32_t *out)
{
    size_t i = 0, used = 0, n = s->len;
    while (i < n && str_get(s, i) == '/') {
        i++;
    }
    size_t root = i == 2 ? 2 : i > 0;
    while (used < root) {
        out[used++] = '/';
    }
    size_t floor = used;
    while (i < n) {
        size_t start = i;
        while (i < n && str_get(s, i) != '/') {
            i++;
        }
        size_t len = i - start;
        while (i < n && str_get(s, i) == '/') {
            i++;
        }
        bool dot = len == 1 && str_get(s, start) == '.';
        bool up = len == 2 && str_get(s, start) == '.' && str_get(s, start + 1) == '.';
        if (dot || len == 0) {
            continue;
        }
        if (up && used > floor) {
            while (used > floor && out[used - 1] != '/') {
                used--;
            }
            used -= used > floor; /* the separator */
            continue;
        }
        if (up && root) {
            continue; /* nothing above the root */
        }
        if (used > root) {
            out[used++] = '/';
        }
        for (size_t k = 0; k < len; k++) {
            out[used++] = str_get(s, start + k);
        }
        if (up) {
            floor = used; /* a leading ".." stays */
        }
    }
    return used;
}

static Value os_path_normpath(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "expected 'str', not '%T'", args[0]);
    }
    const Str *s = value_str(args[0]);
    RawBuffer *room = raw_buffer_new(t, (s->len + 1) * sizeof(uint32_t));
    if (!room) {
        return 0;
    }
    size_t used = normalise(s, (uint32_t *)(void *)room->data);
    return used ? str_from_ucs4(t, (uint32_t *)(void *)room->data, used) : str_from_char(t, '.');
}

const NativeDef posix_path_functions[] = {
    {"getcwd()", os_getcwd, "The current directory as str.", 0},
    {"getcwdb()", os_getcwdb, "The current directory as bytes.", 0},
    {"chdir(path)", os_chdir, "Change the current directory.", 0},
    {"fchdir(fd)", os_fchdir, "Change the current directory to an open one.", 0},
    {"chroot(path)", os_chroot, "Change the root directory.", 0},
    {"mkdir(path, mode=511, *, dir_fd=None)", os_mkdir, "Create a directory.", 0},
    {"rmdir(path, *, dir_fd=None)", os_rmdir, "Remove an empty directory.", 0},
    {"unlink(path, *, dir_fd=None)", os_unlink, "Remove a file; the same as remove().", 0},
    {"remove(path, *, dir_fd=None)", os_remove, "Remove a file; the same as unlink().", 0},
    {"rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", os_rename,
     "Rename a file or directory.", 0},
    {"replace(src, dst, *, src_dir_fd=None, dst_dir_fd=None)", os_replace,
     "Rename, replacing what has the new name.", 0},
    {"link(src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", os_link,
     "Create a hard link.", 0},
    {"symlink(src, dst, target_is_directory=False, *, dir_fd=None)", os_symlink,
     "Create a symbolic link.", 0},
    {"readlink(path, *, dir_fd=None)", os_readlink, "What a symbolic link points to.", 0},
    {"access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", os_access,
     "May the process use the path in this way?", 0},
    {"mkfifo(path, mode=438, *, dir_fd=None)", os_mkfifo, "Create a named pipe.", 0},
    {"mknod(path, mode=384, device=0, *, dir_fd=None)", os_mknod,
     "Create a node of the file system.", 0},
    {"truncate(path, length)", os_truncate, "Give a file this length.", 0},
    {"major(device, /)", os_major, "Major number of a device.", 0},
    {"minor(device, /)", os_minor, "Minor number of a device.", 0},
    {"makedev(major, minor, /)", os_makedev, "Device number from major and minor numbers.", 0},
    {"fspath(path)", os_fspath, "The str or bytes a path object stands for.", 0},
    {"_path_normpath(path)", os_path_normpath, "Normalise a path lexically.", 0},
    {NULL, NULL, NULL, 0},
};
