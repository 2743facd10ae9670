/* The fcntl module: control of descriptors and locks on files. */
#include <sys/file.h>
#include <sys/ioctl.h>

#include "core/base/racy.h"
#include "modules/posix/posix.h"

#define CONTROL_MAX 1024 /* longest argument that is copied */

/* A number of which the low 32 bits count. */
static bool unsigned_arg(Thread *t, Value v, unsigned *out)
{
    Value index = number_index(t, v);
    Value low = index ? number_binary(t, OP_AND, index, fixnum(0xffffffff)) : 0;
    int64_t i;
    if (!low || !int_try_int64(low, &i)) {
        return false;
    }
    *out = (unsigned)i;
    return true;
}

/* The bytes of a str (as UTF-8) or read-only object into buf; 1 copied, 0: neither, -1 raised. */
static int bytes_into(Thread *t, Value v, const char *function, char *buf, size_t *len)
{
    Value owner = value_is_str(v) ? str_encode(t, v, "utf-8", "strict") : v;
    Buffer view;
    if (!owner) {
        return -1;
    }
    if (!value_has_buffer(owner)) {
        return 0;
    }
    if (!buffer_get_still(t, owner, &view)) {
        return -1;
    }
    *len = (size_t)view.len;
    bool fits = *len <= CONTROL_MAX;
    if (fits) {
        memcpy(buf, view.buf, *len);
        buf[*len] = 0;
    }
    buffer_release(t, &view);
    if (!fits) {
        value_error(t, "%s string arg too long", function);
    }
    return fits ? 1 : -1;
}

static Value fcntl_fcntl(ARGS)
{
    int fd, command, r;
    unsigned number = 0;
    char buf[CONTROL_MAX + 1];
    size_t len;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &command) ||
        !AUDIT(t, "fcntl.fcntl", 3, fixnum(fd), args[1], args[2])) {
        return 0;
    }
    if (args[2]) {
        int copied = bytes_into(t, args[2], "fcntl", buf, &len);
        if (copied < 0) {
            return 0;
        }
        if (copied) {
            BLOCKING(t, r, fcntl(fd, command, buf));
            return r < 0 ? os_failed(t) : bytes_new(t, buf, len);
        }
        if (!unsigned_arg(t, args[2], &number)) {
            return 0;
        }
    }
    BLOCKING(t, r, fcntl(fd, command, (long)(int)number));
    return r < 0 ? os_failed(t) : fixnum(r);
}

/* A writable buffer as argument: changed in place when mutate. */
static Value ioctl_buffer(Thread *t, int fd, unsigned request, Buffer *view, bool mutate)
{
    char copy[CONTROL_MAX + 1];
    size_t len = (size_t)view->len;
    bool small = len <= CONTROL_MAX;
    int r;
    if (!small && !mutate) {
        buffer_release(t, view);
        return value_error(t, "ioctl string arg too long");
    }
    if (small) {
        racy_copy(copy, view->buf, len);
        copy[len] = 0;
    }
    char *p = small ? copy : racy_lend(view->buf, len);
    PARKED(t, r, ioctl(fd, request, p));
    int err = errno;
    if (mutate && small) {
        racy_copy(view->buf, copy, len);
    } else if (!small) {
        racy_take_back(p, view->buf, (ssize_t)len);
    }
    buffer_release(t, view);
    errno = err;
    return r < 0 ? os_failed(t) : mutate ? fixnum(r) : bytes_new(t, copy, len);
}

static Value fcntl_ioctl(ARGS)
{
    int fd, r, number = 0;
    unsigned request;
    bool mutate = true;
    if (!fildes_arg(t, args[0], &fd) || !unsigned_arg(t, args[1], &request) ||
        !flag_arg(t, args[3], &mutate) ||
        !AUDIT(t, "fcntl.ioctl", 3, fixnum(fd), args[1], args[2])) {
        return 0;
    }
    if (args[2]) {
        Buffer view;
        char buf[CONTROL_MAX + 1];
        size_t len;
        if (!value_is_str(args[2]) && value_has_buffer(args[2])) {
            if (buffer_get(t, args[2], &view, BUFFER_WRITABLE)) {
                return ioctl_buffer(t, fd, request, &view, mutate);
            }
            error_clear(t);
        }
        int copied = bytes_into(t, args[2], "ioctl", buf, &len);
        if (copied < 0) {
            return 0;
        }
        if (copied) {
            PARKED(t, r, ioctl(fd, request, buf));
            return r < 0 ? os_failed(t) : bytes_new(t, buf, len);
        }
        if (!value_is_int(args[2]) && !type_of(args[2])->index) {
            return type_error(
                t,
                "ioctl requires a file or file descriptor, an integer and optionally an integer or "
                "buffer argument");
        }
        if (!value_to_int(t, args[2], &number)) {
            return 0;
        }
    }
    PARKED(t, r, ioctl(fd, request, (long)number));
    return r < 0 ? os_failed(t) : fixnum(r);
}

static Value fcntl_flock(ARGS)
{
    int fd, operation, r;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &operation) ||
        !AUDIT(t, "fcntl.flock", 2, fixnum(fd), args[1])) {
        return 0;
    }
    BLOCKING(t, r, flock(fd, operation));
    return os_result(t, r);
}

static Value fcntl_lockf(ARGS)
{
    int fd, command, whence = 0, r;
    struct flock lock = {0};
    off_t length = 0, start = 0;
    if (!fildes_arg(t, args[0], &fd) || !value_to_int(t, args[1], &command) ||
        !int_arg(t, args[4], &whence) ||
        !AUDIT(t, "fcntl.lockf", 5, fixnum(fd), args[1], args[2], args[3], fixnum(whence))) {
        return 0;
    }
    if (command == LOCK_UN) {
        lock.l_type = F_UNLCK;
    } else if (command & LOCK_SH) {
        lock.l_type = F_RDLCK;
    } else if (command & LOCK_EX) {
        lock.l_type = F_WRLCK;
    } else {
        return value_error(t, "unrecognized lockf argument");
    }
    if ((args[2] && !off_arg(t, args[2], &length)) || (args[3] && !off_arg(t, args[3], &start))) {
        return 0;
    }
    lock.l_len = length;
    lock.l_start = start;
    lock.l_whence = (short)whence;
    BLOCKING(t, r, fcntl(fd, command & LOCK_NB ? F_SETLK : F_SETLKW, &lock));
    return os_result(t, r);
}

static const NativeDef fcntl_functions[] = {
    {"fcntl(fd, cmd, arg=0, /)", fcntl_fcntl, "Control a descriptor.", 0},
    {"ioctl(fd, request, arg=0, mutate_flag=True, /)", fcntl_ioctl, "Control a device.", 0},
    {"flock(fd, operation, /)", fcntl_flock, "Lock or unlock an open file.", 0},
    {"lockf(fd, cmd, len=0, start=0, whence=0, /)", fcntl_lockf,
     "Lock or unlock a part of an open file.", 0},
    {NULL, NULL, NULL, 0},
};

static bool fcntl_exec(Thread *t, Value mod)
{
#define K(name) {#name, (int64_t)(name)},
#define V(name, value) {#name, value},
    static const IntConstant constants[] = {
#include "modules/fcntl_names.inc"
    };
#undef K
#undef V
    return module_add_ints(t, mod, constants, ARRAY_SIZE(constants));
}

const ModuleDef module_fcntl = {"fcntl", "Control of descriptors and locks on files.",
                                fcntl_functions, fcntl_exec};
