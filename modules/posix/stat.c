/* posix: the state of files and file systems. */
#include <sys/statvfs.h>

#include "importer/archive_files.h"
#include "modules/posix/posix.h"

static Value stat_result_type, statvfs_result_type; /* roots; init-only */
/* init-only: the constructor of any struct sequence */
static NewFn stat_seq_new;

enum {
    STAT_SIZE = 6,
    STAT_INT_TIMES = 7,
    STAT_FLOAT_TIMES = 10,
    STAT_NS = 13,
    STAT_BLKSIZE = 16,
    STAT_FIELDS = 19
};

static void set_time(Thread *t, Value seq, int i, const struct timespec *ts)
{
    int64_t ns = (int64_t)ts->tv_nsec;
    structseq_set(seq, STAT_INT_TIMES + i, int_from_int64(t, ts->tv_sec));
    structseq_set(seq, STAT_FLOAT_TIMES + i, float_new(t, (double)ts->tv_sec + 1e-9 * (double)ns));
    Value whole;
    int64_t sum;
    if (!__builtin_mul_overflow((int64_t)ts->tv_sec, (int64_t)1000000000, &sum) &&
        !__builtin_add_overflow(sum, ns, &sum)) {
        whole = int_from_int64(t, sum);
    } else {
        whole =
            int_add(t, int_mul(t, int_from_int64(t, ts->tv_sec), fixnum(1000000000)), fixnum(ns));
    }
    structseq_set(seq, STAT_NS + i, whole);
}

Value stat_result_from(Thread *t, const struct stat *st)
{
    Value seq = structseq_new(t, stat_result_type);
    if (!seq) {
        return 0;
    }
    const Value first[] = {fixnum(st->st_mode),
                           int_from_uint64(t, st->st_ino),
                           int_from_uint64(t, st->st_dev),
                           int_from_uint64(t, st->st_nlink),
                           id_value(t, st->st_uid),
                           id_value(t, st->st_gid),
                           int_from_int64(t, st->st_size)};
    for (int i = 0; i < STAT_INT_TIMES; i++) {
        structseq_set(seq, i, first[i]);
    }
    set_time(t, seq, 0, &st->st_atim);
    set_time(t, seq, 1, &st->st_mtim);
    set_time(t, seq, 2, &st->st_ctim);
    structseq_set(seq, STAT_BLKSIZE, int_from_int64(t, st->st_blksize));
    structseq_set(seq, STAT_BLKSIZE + 1, int_from_int64(t, st->st_blocks));
    structseq_set(seq, STAT_BLKSIZE + 2, int_from_uint64(t, st->st_rdev));
    return error_pending(t) ? 0 : seq;
}

/* Times missing from the sequence are those given as ints. */
static Value stat_result_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    Value seq = stat_seq_new(t, type, args, n, kwnames);
    for (int i = 0; seq && i < 3; i++) {
        if (is_none(value_tuple(seq)->items[STAT_FLOAT_TIMES + i])) {
            structseq_set(seq, STAT_FLOAT_TIMES + i, value_tuple(seq)->items[STAT_INT_TIMES + i]);
        }
    }
    return seq;
}

static Value do_stat(Thread *t, PathArg *p, Value path, Value dir, bool follow)
{
    struct stat st;
    int dir_fd, r;
    if (!path_arg(t, path, p) || !dir_fd_arg(t, dir, &dir_fd) || !check_dir_fd_path(t, p, dir_fd) ||
        !check_fd_follow(t, p, follow)) {
        return 0;
    }
    if (p->fd != -1) {
        PARKED(t, r, fstat(p->fd, &st));
    } else {
        PARKED(t, r, fstatat(dir_fd, p->narrow, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW));
        if (r && errno == ENOTDIR && dir_fd == AT_FDCWD) {
            r = archive_file_stat(t, p->narrow, &st) ? 0 : -1;
        }
    }
    return r ? path_failed(t, p) : stat_result_from(t, &st);
}

static Value os_stat(ARGS)
{
    PathArg p = PATH_FD_ARG("stat");
    bool follow = true;
    return flag_arg(t, args[2], &follow) ? do_stat(t, &p, args[0], args[1], follow) : 0;
}

static Value os_lstat(ARGS)
{
    PathArg p = PATH_ARG("lstat");
    return do_stat(t, &p, args[0], args[1], false);
}

static Value os_fstat(ARGS)
{
    struct stat st;
    int fd, r;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, fstat(fd, &st));
    return r ? os_failed(t) : stat_result_from(t, &st);
}

static Value statvfs_from(Thread *t, const struct statvfs *st)
{
    const uint64_t numbers[] = {st->f_bsize,  st->f_frsize,  st->f_blocks, st->f_bfree,
                                st->f_bavail, st->f_files,   st->f_ffree,  st->f_favail,
                                st->f_flag,   st->f_namemax, st->f_fsid};
    Value fields[ARRAY_SIZE(numbers)];
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        fields[i] = int_from_uint64(t, numbers[i]);
    }
    return structseq_pack(t, statvfs_result_type, fields);
}

static Value os_statvfs(ARGS)
{
    PathArg p = PATH_FD_ARG("statvfs");
    struct statvfs st;
    int r;
    if (!path_arg(t, args[0], &p)) {
        return 0;
    }
    PARKED(t, r, p.fd != -1 ? fstatvfs(p.fd, &st) : statvfs(p.narrow, &st));
    return r ? path_failed(t, &p) : statvfs_from(t, &st);
}

static Value os_fstatvfs(ARGS)
{
    struct statvfs st;
    int fd, r;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, fstatvfs(fd, &st));
    return r ? os_failed(t) : statvfs_from(t, &st);
}

const NativeDef posix_stat_functions[] = {
    {"stat(path, *, dir_fd=None, follow_symlinks=True)", os_stat,
     "State of the file: a stat_result.", 0},
    {"lstat(path, *, dir_fd=None)", os_lstat,
     "State of the file, without following a symbolic link.", 0},
    {"fstat(fd)", os_fstat, "State of an open file.", 0},
    {"statvfs(path)", os_statvfs, "State of the file system that holds path.", 0},
    {"fstatvfs(fd, /)", os_fstatvfs, "State of the file system that holds an open file.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_stat_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"st_mode", "type and permissions"},
        {"st_ino", "number of the inode"},
        {"st_dev", "device"},
        {"st_nlink", "number of hard links"},
        {"st_uid", "user who owns it"},
        {"st_gid", "group that owns it"},
        {"st_size", "size in bytes"},
        {"", NULL},
        {"", NULL},
        {"", NULL},
        {"st_atime", "last access"},
        {"st_mtime", "last change of the contents"},
        {"st_ctime", "last change of the state"},
        {"st_atime_ns", "last access, in nanoseconds"},
        {"st_mtime_ns", "last change of the contents, in nanoseconds"},
        {"st_ctime_ns", "last change of the state, in nanoseconds"},
        {"st_blksize", "best size of reads and writes"},
        {"st_blocks", "blocks of 512 bytes in use"},
        {"st_rdev", "device that it is, if it is one"},
        {NULL, NULL}};
    static const StructSeqDef def = {"os.stat_result", "State of a file.", fields, 10};
    static const StructSeqField vfs_fields[] = {
        {"f_bsize", NULL},
        {"f_frsize", NULL},
        {"f_blocks", NULL},
        {"f_bfree", NULL},
        {"f_bavail", NULL},
        {"f_files", NULL},
        {"f_ffree", NULL},
        {"f_favail", NULL},
        {"f_flag", NULL},
        {"f_namemax", NULL},
        {"f_fsid", NULL},
        {NULL, NULL}};
    static const StructSeqDef vfs_def = {"os.statvfs_result", "State of a file system.", vfs_fields,
                                         10};
    if (!module_add_structseq(t, mod, &def, &stat_result_type) ||
        !module_add_structseq(t, mod, &vfs_def, &statvfs_result_type)) {
        return false;
    }
    Type *type = value_type(stat_result_type);
    if (type->new != stat_result_new) {
        stat_seq_new = type->new;
        type->new = stat_result_new;
    }
    return true;
}
