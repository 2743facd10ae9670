/* posix: scattered and gathered transfers, copies between descriptors, descriptors that are no
 * files. */
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "core/base/memory.h"
#include "core/base/racy.h"
#include "modules/posix/posix.h"

typedef struct Vectors {
    struct iovec *iov;
    Buffer *views;
    size_t n;
    Value items;   /* tuple: keeps the objects */
} Vectors;

/* read: how much has been read into them, -1: nothing */
static void vectors_release(Thread *t, Vectors *v, ssize_t read)
{
    buffers_take_back(t, v->views, v->iov, v->n, read);
    mem_free(v->iov);
    mem_free(v->views);
}

static bool vectors_get(Thread *t, Value seq, const char *what, int flags, Vectors *v)
{
    *v = (Vectors){0};
    if (!value_is_sequence(seq)) {
        type_error(t, "%s must be a sequence", what);
        return false;
    }
    v->items = sequence_tuple(t, seq);
    if (!v->items) {
        return false;
    }
    size_t count = tuple_len(v->items);
    v->iov = mem_calloc(count + 1, sizeof *v->iov);
    v->views = mem_calloc(count + 1, sizeof *v->views);
    bool ok = v->iov && v->views;
    if (!ok) {
        raise_memory(t);
    }
    for (size_t i = 0; ok && i < count; i++) {
        ok = buffer_get(t, tuple_get(v->items, i), &v->views[i], flags);
        if (ok) {
            size_t len = (size_t)v->views[i].len;
            v->iov[i] = (struct iovec){racy_lend(v->views[i].buf, len), len};
            v->n++;
        }
    }
    if (!ok) {
        vectors_release(t, v, -1);
    }
    return ok;
}

/* offset NULL: at the position of the descriptor */
static Value transfer(Thread *t, Value fd_value, Value seq, const char *what, bool reading,
                      const off_t *offset, int flags)
{
    int fd;
    ssize_t r;
    Vectors v;
    if (!value_to_int(t, fd_value, &fd) ||
        !vectors_get(t, seq, what, reading ? BUFFER_WRITABLE : BUFFER_SIMPLE, &v)) {
        return 0;
    }
    int n_vectors = (int)v.n;
    if (!offset) {
        BLOCKING(t, r, reading ? readv(fd, v.iov, n_vectors) : writev(fd, v.iov, n_vectors));
    } else {
        BLOCKING(t, r, reading ? preadv2(fd, v.iov, n_vectors, *offset, flags)
                               : pwritev2(fd, v.iov, n_vectors, *offset, flags));
    }
    vectors_release(t, &v, reading ? r : -1);
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}
static Value os_readv(ARGS)
{
    return transfer(t, args[0], args[1], "readv() arg 2", true, NULL, 0);
}
static Value os_writev(ARGS)
{
    return transfer(t, args[0], args[1], "writev() arg 2", false, NULL, 0);
}
static Value os_preadv(ARGS)
{
    off_t offset;
    int flags = 0;
    return off_arg(t, args[2], &offset) && int_arg(t, args[3], &flags)
               ? transfer(t, args[0], args[1], "preadv2() arg 2", true, &offset, flags) : 0;
}
static Value os_pwritev(ARGS)
{
    off_t offset;
    int flags = 0;
    return off_arg(t, args[2], &offset) && int_arg(t, args[3], &flags)
               ? transfer(t, args[0], args[1], "pwritev() arg 2", false, &offset, flags) : 0;
}

static Value os_sendfile(ARGS)
{
    int out, in;
    ssize_t count, r;
    off_t offset = 0;
    bool at = !is_none(args[2]);
    if (!value_to_int(t, args[0], &out) || !value_to_int(t, args[1], &in) ||
        (at && !off_arg(t, args[2], &offset)) || !size_arg(t, args[3], &count)) {
        return 0;
    }
    BLOCKING(t, r, sendfile(out, in, at ? &offset : NULL, (size_t)count));
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}

/* src, dst, count, offset_src, offset_dst of copy_file_range and splice */
typedef struct CopyArgs {
    int src, dst;
    ssize_t count;
    off_t src_offset, dst_offset;
    off_t *src_at, *dst_at;
} CopyArgs;

static bool copy_args(Thread *t, Value *args, CopyArgs *c)
{
    *c = (CopyArgs){0};
    if (!value_to_int(t, args[0], &c->src) || !value_to_int(t, args[1], &c->dst) ||
        !size_arg(t, args[2], &c->count)) {
        return false;
    }
    if (c->count < 0) {
        value_error(t, "negative value for 'count' not allowed");
        return false;
    }
    if (args[3] && !is_none(args[3])) {
        if (!off_arg(t, args[3], &c->src_offset)) {
            return false;
        }
        c->src_at = &c->src_offset;
    }
    if (args[4] && !is_none(args[4])) {
        if (!off_arg(t, args[4], &c->dst_offset)) {
            return false;
        }
        c->dst_at = &c->dst_offset;
    }
    return true;
}

static Value os_copy_file_range(ARGS)
{
    CopyArgs c;
    ssize_t r;
    if (!copy_args(t, args, &c)) {
        return 0;
    }
    BLOCKING(t, r, copy_file_range(c.src, c.src_at, c.dst, c.dst_at, (size_t)c.count, 0));
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}

static Value os_splice(ARGS)
{
    CopyArgs c;
    ssize_t r;
    unsigned flags = 0;
    int given = 0;
    if (!copy_args(t, args, &c) || !int_arg(t, args[5], &given)) {
        return 0;
    }
    flags = (unsigned)given;
    BLOCKING(t, r, splice(c.src, c.src_at, c.dst, c.dst_at, (size_t)c.count, flags));
    return r < 0 ? os_failed(t) : int_from_int64(t, r);
}

static Value os_memfd_create(ARGS)
{
    Value keep;
    int flags = MFD_CLOEXEC, fd;
    const char *name = fs_cstr(t, args[0], &keep);
    if (!name || !int_arg(t, args[1], &flags)) {
        return 0;
    }
    PARKED(t, fd, memfd_create(name, (unsigned)flags));
    return fd < 0 ? os_failed(t) : fixnum(fd);
}

static Value os_eventfd(ARGS)
{
    uint64_t initial;
    int flags = EFD_CLOEXEC;
    if (!value_to_uint64(t, args[0], &initial) || !int_arg(t, args[1], &flags)) {
        return 0;
    }
    if (initial > UINT_MAX) {
        return overflow_error(t, "Python int too large to convert to C unsigned int");
    }
    int fd = eventfd((unsigned)initial, flags);
    return fd < 0 ? os_failed(t) : fixnum(fd);
}
static Value os_eventfd_read(ARGS)
{
    int fd, r;
    eventfd_t v;
    if (!fildes_arg(t, args[0], &fd)) {
        return 0;
    }
    BLOCKING(t, r, eventfd_read(fd, &v));
    return r ? os_failed(t) : int_from_uint64(t, v);
}
static Value os_eventfd_write(ARGS)
{
    int fd, r;
    uint64_t v;
    if (!fildes_arg(t, args[0], &fd) || !value_to_uint64(t, args[1], &v)) {
        return 0;
    }
    BLOCKING(t, r, eventfd_write(fd, v));
    return os_result(t, r);
}

static Value os_pidfd_open(ARGS)
{
    int pid, flags = 0;
    if (!value_to_parsed_int(t, args[0], &pid) || !int_arg(t, args[1], &flags)) {
        return 0;
    }
    int fd = (int)syscall(SYS_pidfd_open, pid, flags);
    return fd < 0 ? os_failed(t) : fixnum(fd);
}

const NativeDef posix_vector_functions[] = {
    {"readv(fd, buffers, /)", os_readv, "Read into several buffers.", 0},
    {"writev(fd, buffers, /)", os_writev, "Write several buffers.", 0},
    {"preadv(fd, buffers, offset, flags=0, /)", os_preadv,
     "Read into several buffers at an offset.", 0},
    {"pwritev(fd, buffers, offset, flags=0, /)", os_pwritev, "Write several buffers at an offset.",
     0},
    {"sendfile(out_fd, in_fd, offset, count)", os_sendfile,
     "Copy bytes from a file to a descriptor.", 0},
    {"copy_file_range(src, dst, count, offset_src=None, offset_dst=None)", os_copy_file_range,
     "Copy bytes between files inside the kernel.", 0},
    {"splice(src, dst, count, offset_src=None, offset_dst=None, flags=0)", os_splice,
     "Move bytes between a pipe and a descriptor.", 0},
    {"memfd_create(name, flags=MFD_CLOEXEC)", os_memfd_create, "Create an anonymous file.", 0},
    {"eventfd(initval, flags=EFD_CLOEXEC)", os_eventfd, "Create a descriptor that counts events.",
     0},
    {"eventfd_read(fd)", os_eventfd_read, "Read the counter.", 0},
    {"eventfd_write(fd, value)", os_eventfd_write, "Add to the counter.", 0},
    {"pidfd_open(pid, flags=0)", os_pidfd_open, "A descriptor that stands for a process.", 0},
    {NULL, NULL, NULL, 0},
};
