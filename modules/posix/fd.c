/* posix: file descriptors. */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "importer/archive_files.h"
#include "modules/file_descriptor.h"
#include "modules/posix/posix.h"

#define READ_MAX 0x7ffff000 /* what the kernel transfers at most */

bool set_cloexec(int fd, bool inheritable)
{
    int flags = fcntl(fd, F_GETFD);
    int wanted = inheritable ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC;
    return flags >= 0 && (flags == wanted || fcntl(fd, F_SETFD, wanted) >= 0);
}

static Value os_open(ARGS)
{
    PathArg p = PATH_ARG("open");
    int flags, mode = 0777, dir_fd, fd;
    if (!path_arg(t, args[0], &p) || !value_to_int(t, args[1], &flags) ||
        !int_arg(t, args[2], &mode) || !dir_fd_arg(t, args[3], &dir_fd) ||
        !AUDIT(t, "open", 3, p.object, NONE, fixnum(flags))) {
        return 0;
    }
    bool tried = false;
    do {
        BLOCKING(t, fd, openat(dir_fd, p.narrow, flags | O_CLOEXEC, mode));
    } while (fd < 0 && descriptor_retry(t, &tried));
    if (fd < 0 && errno == ENOTDIR && dir_fd == AT_FDCWD) {
        fd = archive_file_open(t, p.narrow, flags);
    }
    return fd < 0 ? path_failed(t, &p) : fixnum(fd);
}

static Value os_close(ARGS)
{
    int fd, r;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    PARKED(t, r, close(fd));
    return r < 0 && errno != EINTR ? os_failed(t) : NONE;
}

static Value os_closerange(ARGS)
{
    int lo, hi;
    if (!value_to_int(t, args[0], &lo) || !value_to_int(t, args[1], &hi)) {
        return 0;
    }
    thread_park(t);
    lo = lo < 0 ? 0 : lo;
    if (lo < hi && close_range((unsigned)lo, (unsigned)hi - 1, 0) != 0) {
        for (int fd = lo; fd < hi; fd++) {
            close(fd);
        }
    }
    thread_unpark(t);
    return NONE;
}

static Value os_dup(ARGS)
{
    int fd, r;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    bool tried = false;
    do {
        PARKED(t, r, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    } while (r < 0 && descriptor_retry(t, &tried));
    return r < 0 ? os_failed(t) : fixnum(r);
}

static Value os_dup2(ARGS)
{
    int fd, fd2, r;
    bool inheritable = true;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &fd2) ||
        !flag_arg(t, args[2], &inheritable)) {
        return 0;
    }
    if (fd < 0 || fd2 < 0) {
        errno = EBADF;
        return os_failed(t);
    }
    PARKED(t, r, inheritable || fd == fd2 ? dup2(fd, fd2) : dup3(fd, fd2, O_CLOEXEC));
    if (r >= 0 && fd == fd2 && !inheritable && !set_cloexec(r, false)) {
        return os_failed(t);
    }
    return r < 0 ? os_failed(t) : fixnum(r);
}

static Value make_pipe(Thread *t, int flags)
{
    int fds[2];
    bool tried = false;
    while (pipe2(fds, flags) < 0) {
        if (!descriptor_retry(t, &tried)) {
            return os_failed(t);
        }
    }
    return tuple_pack(t, 2, fixnum(fds[0]), fixnum(fds[1]));
}

static Value os_pipe(ARGS)
{
    return make_pipe(t, O_CLOEXEC);
}

static Value os_pipe2(ARGS)
{
    int flags;
    return value_to_int(t, args[0], &flags) ? make_pipe(t, flags) : 0;
}

/* bytes of the first `got` of buf's bytes */
static Value read_result(Thread *t, Value buf, size_t size, ssize_t got)
{
    if (got < 0) {
        return os_failed(t);
    }
    return (size_t)got == size ? buf : bytes_new(t, value_bytes(buf)->data, (size_t)got);
}

static bool length_arg(Thread *t, Value v, ssize_t *out)
{
    if (!size_arg(t, v, out)) {
        return false;
    }
    if (*out < 0) {
        errno = EINVAL;
        os_failed(t);
        return false;
    }
    *out = *out > READ_MAX ? READ_MAX : *out;
    return true;
}

static Value os_read(ARGS)
{
    int fd;
    ssize_t length, got;
    if (!value_to_int(t, args[0], &fd) || !length_arg(t, args[1], &length)) {
        return 0;
    }
    Value buf = bytes_new(t, NULL, (size_t)length);
    if (!buf) {
        return 0;
    }
    char *data = value_bytes(buf)->data;
    BLOCKING(t, got, read(fd, data, (size_t)length));
    return read_result(t, buf, (size_t)length, got);
}

static Value os_pread(ARGS)
{
    int fd;
    ssize_t length, got;
    off_t offset;
    if (!value_to_int(t, args[0], &fd) || !length_arg(t, args[1], &length) ||
        !off_arg(t, args[2], &offset)) {
        return 0;
    }
    Value buf = bytes_new(t, NULL, (size_t)length);
    if (!buf) {
        return 0;
    }
    char *data = value_bytes(buf)->data;
    BLOCKING(t, got, pread(fd, data, (size_t)length, offset));
    return read_result(t, buf, (size_t)length, got);
}

static Value write_at(Thread *t, Value fd_arg, Value data, const off_t *offset)
{
    Buffer view;
    int fd;
    ssize_t r;
    if (!value_to_int(t, fd_arg, &fd) || !bytes_arg(t, data, &view)) {
        return 0;
    }
    size_t len = view.len > READ_MAX ? READ_MAX : (size_t)view.len;
    BLOCKING(t, r, offset ? pwrite(fd, view.buf, len, *offset) : write(fd, view.buf, len));
    int err = errno;
    buffer_release(t, &view);
    errno = err;
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}
static Value os_write(ARGS) { return write_at(t, args[0], args[1], NULL); }
static Value os_pwrite(ARGS)
{
    off_t offset;
    return off_arg(t, args[2], &offset) ? write_at(t, args[0], args[1], &offset) : 0;
}

static Value os_lseek(ARGS)
{
    int fd, whence;
    off_t offset, r;
    if (!value_to_int(t, args[0], &fd) || !off_arg(t, args[1], &offset) ||
        !value_to_int(t, args[2], &whence)) {
        return 0;
    }
    PARKED(t, r, lseek(fd, offset, whence));
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}

static Value os_isatty(ARGS)
{
    int fd;
    return value_to_int(t, args[0], &fd) ? bool_value(isatty(fd)) : 0;
}

static Value os_fsync(ARGS)
{
    int fd, r;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, fsync(fd));
    return os_result(t, r);
}
static Value os_fdatasync(ARGS)
{
    int fd, r;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, fdatasync(fd));
    return os_result(t, r);
}

static Value os_ftruncate(ARGS)
{
    int fd, r;
    off_t length;
    if (!value_to_int(t, args[0], &fd) || !off_arg(t, args[1], &length) ||
        !AUDIT(t, "os.truncate", 2, args[0], args[1])) {
        return 0;
    }
    BLOCKING(t, r, ftruncate(fd, length));
    return os_result(t, r);
}

static Value os_lockf(ARGS)
{
    int fd, command, r;
    off_t length;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &command) ||
        !off_arg(t, args[2], &length) || !AUDIT(t, "os.lockf", 3, args[0], args[1], args[2])) {
        return 0;
    }
    PARKED(t, r, lockf(fd, command, length));
    return os_result(t, r);
}

static Value os_get_inheritable(ARGS)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFD);
    return flags < 0 ? os_failed(t) : bool_value(!(flags & FD_CLOEXEC));
}
static Value os_set_inheritable(ARGS)
{
    int fd, inheritable;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &inheritable)) {
        return 0;
    }
    return set_cloexec(fd, inheritable) ? NONE : os_failed(t);
}
static Value os_get_blocking(ARGS)
{
    int fd;
    if (!value_to_int(t, args[0], &fd)) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? os_failed(t) : bool_value(!(flags & O_NONBLOCK));
}
static Value os_set_blocking(ARGS)
{
    int fd, blocking;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &blocking)) {
        return 0;
    }
    int flags = fcntl(fd, F_GETFL);
    int wanted = blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK;
    return flags < 0 || (wanted != flags && fcntl(fd, F_SETFL, wanted) < 0) ? os_failed(t) : NONE;
}

/* ---- posix_fadvise and posix_fallocate give the error as their result ---- */
static Value advice_result(Thread *t, int err)
{
    errno = err;
    return err ? os_failed(t) : NONE;
}
static Value os_posix_fallocate(ARGS)
{
    int fd, err;
    off_t offset, length;
    if (!value_to_int(t, args[0], &fd) || !off_arg(t, args[1], &offset) ||
        !off_arg(t, args[2], &length)) {
        return 0;
    }
    do {
        PARKED(t, err, posix_fallocate(fd, offset, length));
    } while (err == EINTR && thread_check_signals(t));
    return advice_result(t, err);
}
static Value os_posix_fadvise(ARGS)
{
    int fd, advice, err;
    off_t offset, length;
    if (!value_to_int(t, args[0], &fd) || !off_arg(t, args[1], &offset) ||
        !off_arg(t, args[2], &length) || !value_to_int(t, args[3], &advice)) {
        return 0;
    }
    do {
        PARKED(t, err, posix_fadvise(fd, offset, length, advice));
    } while (err == EINTR && thread_check_signals(t));
    return advice_result(t, err);
}

const NativeDef posix_fd_functions[] = {
    {"open(path, flags, mode=511, *, dir_fd=None)", os_open, "Open a file; returns a descriptor.",
     0},
    {"close(fd)", os_close, "Close a descriptor.", 0},
    {"closerange(fd_low, fd_high, /)", os_closerange,
     "Close the descriptors of a range, ignoring errors.", 0},
    {"dup(fd, /)", os_dup, "Duplicate a descriptor.", 0},
    {"dup2(fd, fd2, inheritable=True)", os_dup2, "Duplicate a descriptor to a given number.", 0},
    {"pipe()", os_pipe, "Create a pipe: descriptors for reading and writing.", 0},
    {"pipe2(flags, /)", os_pipe2, "Create a pipe with these flags.", 0},
    {"read(fd, length, /)", os_read, "Read from a descriptor.", 0},
    {"pread(fd, length, offset, /)", os_pread, "Read from a descriptor at an offset.", 0},
    {"write(fd, data, /)", os_write, "Write to a descriptor.", 0},
    {"pwrite(fd, buffer, offset, /)", os_pwrite, "Write to a descriptor at an offset.", 0},
    {"lseek(fd, position, how, /)", os_lseek, "Set the position of a descriptor.", 0},
    {"isatty(fd, /)", os_isatty, "Is the descriptor a terminal?", 0},
    {"fsync(fd)", os_fsync, "Write what the file holds to the disk.", 0},
    {"fdatasync(fd)", os_fdatasync, "Write the data of the file to the disk.", 0},
    {"ftruncate(fd, length, /)", os_ftruncate, "Give an open file this length.", 0},
    {"lockf(fd, command, length, /)", os_lockf, "Apply, test or remove a lock on an open file.", 0},
    {"get_inheritable(fd, /)", os_get_inheritable, "Does a new program keep the descriptor?", 0},
    {"set_inheritable(fd, inheritable, /)", os_set_inheritable,
     "Set whether a new program keeps the descriptor.", 0},
    {"get_blocking(fd, /)", os_get_blocking, "Is the descriptor in blocking mode?", 0},
    {"set_blocking(fd, blocking, /)", os_set_blocking, "Set the blocking mode of a descriptor.", 0},
    {"posix_fallocate(fd, offset, length, /)", os_posix_fallocate, "Reserve room on the disk.", 0},
    {"posix_fadvise(fd, offset, length, advice, /)", os_posix_fadvise,
     "Announce how the data will be used.", 0},
    {NULL, NULL, NULL, 0},
};
