/* The socket type: life, options, connections.
 *
 * A socket with a timeout is a non-blocking descriptor; operations try first and wait when they
 * have to (sock_run). All waiting is done parked, so the other threads and the collector go on.
 */
#include "modules/_socket/socket.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/time_value.h"
#include "core/object/tuple.h"
#include "modules/file_descriptor.h"
#include "modules/posix/posix.h"

enum { OPTION_MAX = 1024, BACKLOG = 128 };

_Atomic int64_t sock_default_timeout = -1; /* of sockets made from now on */

/* ---- life ---- */

bool sock_audit(Thread *t, const char *event, Value a, Value b) { return AUDIT(t, event, 2, a, b); }

bool sock_set_nonblocking(Thread *t, int fd, bool on)
{
    int flag = on;
    if (ioctl(fd, FIONBIO, &flag) < 0) {
        sock_failed(t);
        return false;
    }
    return true;
}

/* Takes fd over. */
static bool sock_setup(Thread *t, Sock *s, int fd, int family, int type, int proto)
{
    int64_t timeout = sock_default_timeout;
    store_relaxed(&s->family, family);
    store_relaxed(&s->type, type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK));
    store_relaxed(&s->proto, proto);
    store_relaxed(&s->timeout, type & SOCK_NONBLOCK ? 0 : timeout);
    store_release(&s->fd, fd);
    return type & SOCK_NONBLOCK || timeout < 0 || sock_set_nonblocking(t, fd, true);
}

static Value sock_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = object_alloc_instance(t, type, 0);
    if (!s) {
        return 0;
    }
    store_relaxed(&s->fd, -1);
    store_relaxed(&s->timeout, sock_default_timeout);
    return object_value(s);
}

Value sock_wrap(Thread *t, Type *type, int fd, int family, int kind, int proto)
{
    Value v = sock_new(t, type, NULL, 0, 0);
    if (!v) {
        close(fd);
        return 0;
    }
    return sock_setup(t, sock_of(v), fd, family, kind, proto) ? v : 0;
}

/* What the system knows of an existing descriptor replaces arguments of -1. */
static bool sock_detect(Thread *t, int fd, int *family, int *type, int *proto)
{
    SockAddr a = {.len = sizeof a.storage};
    if (getsockname(fd, &a.any, &a.len) < 0) {
        if (*family == -1 || errno == EBADF || errno == ENOTSOCK) {
            sock_failed(t);
            return false;
        }
    } else if (*family == -1) {
        *family = a.any.sa_family;
    }
    socklen_t len = sizeof *type;
    if ((*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &len) < 0) ||
        (*proto == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, proto, &len) < 0)) {
        sock_failed(t);
        return false;
    }
    return true;
}

static bool sock_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("socket(family=-1, type=-1, proto=-1, fileno=None)");
    Value a[4];
    int family = -1, type = -1, proto = -1, fd = -1;
    if (!args_bind(t, &sig, args, n, kwnames, a) || !flags_arg(t, a[0], &family) ||
        !flags_arg(t, a[1], &type) || !flags_arg(t, a[2], &proto) ||
        !AUDIT(t, "socket.__new__", 4, self, fixnum(family), fixnum(type), fixnum(proto))) {
        return false;
    }
    if (a[3] && !is_none(a[3])) {
        if (!value_to_int(t, a[3], &fd)) {
            return false;
        }
        if (fd < 0) {
            value_error(t, "negative file descriptor");
            return false;
        }
        return sock_detect(t, fd, &family, &type, &proto) &&
               sock_setup(t, sock_of(self), fd, family, type, proto);
    }
    family = family == -1 ? AF_INET : family;
    type = type == -1 ? SOCK_STREAM : type;
    proto = proto == -1 ? 0 : proto;
    bool tried = false;
    do {
        thread_park(t);
        fd = socket(family, type | SOCK_CLOEXEC, proto);
        thread_unpark(t);
    } while (fd < 0 && descriptor_retry(t, &tried));
    if (fd < 0) {
        sock_failed(t);
        return false;
    }
    if (!sock_setup(t, sock_of(self), fd, family, type, proto)) {
        store_release(&sock_of(self)->fd, -1);
        close(fd);
        return false;
    }
    return true;
}

static void sock_free(Object *self)
{
    int fd = atomic_exchange(&((Sock *)self)->fd, -1);
    if (fd >= 0) {
        close(fd);
    }
}

static void sock_finalize(Thread *t, Value self)
{
    if (sock_of(self)->fd < 0) {
        return;
    }
    Value pending = error_take(t);
    if (!warn_unclosed(t, self, "unclosed %R", self) && t->exc) {
        if (error_matches(t, &exc_Warning)) {
            error_unraisable(t, NULL, self);
        }
        error_clear(t);
    }
    sock_free(value_object(self));
    error_restore(t, pending);
}

static Value sock_repr(Thread *t, Value self)
{
    Sock *s = sock_of(self);
    return str_format(t, "<socket object, fd=%d, family=%d, type=%d, proto=%d>", (int)s->fd,
                      s->family, s->type, s->proto);
}

NATIVE_FN(sock_close)
{
    int fd = atomic_exchange(&sock_of(args[0])->fd, -1);
    if (fd < 0) {
        return NONE;
    }
    thread_park(t);
    int failed = close(fd);
    thread_unpark(t);
    return failed && errno != ECONNRESET ? sock_failed(t) : NONE;
}

NATIVE_FN(sock_detach) { return fixnum(atomic_exchange(&sock_of(args[0])->fd, -1)); }
NATIVE_FN(sock_fileno) { return fixnum(sock_of(args[0])->fd); }

/* ---- timeouts ---- */

bool sock_timeout_arg(Thread *t, Value v, int64_t *ns)
{
    *ns = -1;
    if (is_none(v)) {
        return true;
    }
    if (!value_to_ns(t, v, NS_TIMEOUT, ns)) {
        return false;
    }
    if (*ns < 0) {
        value_error(t, "Timeout value out of range");
        return false;
    }
    if (*ns / 1000000 > INT_MAX) {
        overflow_error(t, "timeout doesn't fit into C timeval");
        return false;
    }
    return true;
}

Value sock_timeout_value(Thread *t, int64_t ns)
{
    return ns < 0 ? NONE : float_new(t, (double)ns / 1e9);
}

NATIVE_FN(sock_settimeout)
{
    Sock *s = sock_of(args[0]);
    int64_t ns;
    if (!sock_timeout_arg(t, args[1], &ns)) {
        return 0;
    }
    store_relaxed(&s->timeout, ns);
    return sock_set_nonblocking(t, s->fd, ns >= 0) ? NONE : 0;
}

NATIVE_FN(sock_setblocking)
{
    Sock *s = sock_of(args[0]);
    int block;
    if (!value_to_int(t, args[1], &block)) {
        return 0;
    }
    store_relaxed(&s->timeout, block ? -1 : 0);
    return sock_set_nonblocking(t, s->fd, !block) ? NONE : 0;
}

NATIVE_FN(sock_gettimeout) { return sock_timeout_value(t, sock_of(args[0])->timeout); }
NATIVE_FN(sock_getblocking) { return bool_value(sock_of(args[0])->timeout != 0); }
static Value sock_get_timeout(Thread *t, Value self, void *c UNUSED)
{
    return sock_timeout_value(t, sock_of(self)->timeout);
}

/* ---- options ---- */

NATIVE_FN(sock_getsockopt)
{
    int level, option, size = 0, fd = sock_of(args[0])->fd;
    if (!value_to_int(t, args[1], &level) || !value_to_int(t, args[2], &option) ||
        !flags_arg(t, args[3], &size)) {
        return 0;
    }
    if (sock_of(args[0])->family == AF_VSOCK && level == AF_VSOCK) {
        uint64_t wide = 0;
        socklen_t len = sizeof wide;
        if (size != 0) {
            return raise(t, &exc_OSError, "getsockopt string buffer not allowed");
        }
        return getsockopt(fd, level, option, &wide, &len) < 0 ? sock_failed(t)
                                                              : int_from_uint64(t, wide);
    }
    if (size == 0) {
        int value = 0;
        socklen_t len = sizeof value;
        return getsockopt(fd, level, option, &value, &len) < 0 ? sock_failed(t) : fixnum(value);
    }
    if (size < 0 || size > OPTION_MAX) {
        return raise(t, &exc_OSError, "getsockopt buflen out of range");
    }
    char buffer[OPTION_MAX] = {0};
    socklen_t len = (socklen_t)size;
    return getsockopt(fd, level, option, buffer, &len) < 0 ? sock_failed(t)
                                                           : bytes_new(t, buffer, len);
}

NATIVE_FN(sock_setsockopt)
{
    int level, option, value, fd = sock_of(args[0])->fd, failed;
    if (n != 4 && !(n == 5 && is_none(args[3]))) {
        return type_error(t, "setsockopt() takes exactly %d arguments (%zu given)", 3, n - 1);
    }
    if (!value_to_int(t, args[1], &level) || !value_to_int(t, args[2], &option)) {
        return 0;
    }
    if (sock_of(args[0])->family == AF_VSOCK && level == AF_VSOCK) {
        uint64_t wide;
        if (!value_to_uint64(t, args[3], &wide)) {
            return 0;
        }
        failed = setsockopt(fd, level, option, &wide, sizeof wide);
    } else if (n == 5) {
        int64_t len;
        if (!value_to_int64(t, args[4], &len)) {
            return 0;
        }
        failed = setsockopt(fd, level, option, NULL, (socklen_t)len);
    } else if (value_is_int(args[3])) {
        if (!value_to_int(t, args[3], &value)) {
            return 0;
        }
        failed = setsockopt(fd, level, option, &value, sizeof value);
    } else {
        Buffer view;
        if (!buffer_get_still(t, args[3], &view)) {
            return 0;
        }
        failed = setsockopt(fd, level, option, view.buf, (socklen_t)view.len);
        int err = errno;
        buffer_release(t, &view);
        errno = err;
    }
    if (failed >= 0 && level == SOL_SOCKET && option == SO_RCVTIMEO) {
        store_relaxed(&sock_of(args[0])->kernel_timeout, true);
    }
    return failed < 0 ? sock_failed(t) : NONE;
}

/* ---- addresses and connections ---- */

NATIVE_FN(sock_bind)
{
    Sock *s = sock_of(args[0]);
    SockAddr a;
    if (!sockaddr_from_value(t, s, args[1], &a, "bind") ||
        !sock_audit(t, "socket.bind", args[0], args[1])) {
        return 0;
    }
    thread_park(t);
    int failed = bind(s->fd, &a.any, a.len);
    thread_unpark(t);
    return failed < 0 ? sock_failed(t) : NONE;
}

NATIVE_FN(sock_listen)
{
    int backlog = SOMAXCONN < BACKLOG ? SOMAXCONN : BACKLOG, fd = sock_of(args[0])->fd;
    if (!flags_arg(t, args[1], &backlog)) {
        return 0;
    }
    return listen(fd, backlog < 0 ? 0 : backlog) < 0 ? sock_failed(t) : NONE;
}

NATIVE_FN(sock_shutdown)
{
    int how;
    if (!value_to_int(t, args[1], &how)) {
        return 0;
    }
    return shutdown(sock_of(args[0])->fd, how) < 0 ? sock_failed(t) : NONE;
}

static ssize_t op_accept(int fd, void *data)
{
    SockAddr *a = data;
    a->len = sizeof a->storage;
    return accept4(fd, &a->any, &a->len, SOCK_CLOEXEC);
}

NATIVE_FN(sock_accept)
{
    Sock *s = sock_of(args[0]);
    SockAddr a;
    memset(&a, 0, sizeof a);
    if (s->timeout < 0 && !s->kernel_timeout && sock_wait(t, s->fd, false, -1) < 0) {
        return 0;
    }
    ssize_t fd = sock_run(t, s, false, op_accept, &a, sock_deadline(s));
    if (fd < 0) {
        return 0;
    }
    Value addr = sockaddr_to_value(t, s, &a), pair = addr ? tuple_pack(t, 2, fixnum(fd), addr) : 0;
    if (!pair) {
        close((int)fd);
    }
    return pair;
}

/* 0 connected, an errno value, or -1: raised (a signal handler did). */
static int connect_to(Thread *t, Sock *s, const SockAddr *a)
{
    int fd = s->fd, err;
    int64_t deadline = sock_deadline(s);
    thread_park(t);
    err = connect(fd, &a->any, a->len) < 0 ? errno : 0;
    thread_unpark(t);
    if (err == EINTR ? s->timeout == 0 : !(err == EINPROGRESS && s->timeout > 0)) {
        return err;
    }
    if (err == EINTR && !thread_check_signals(t)) {
        return -1;
    }
    int ready = sock_wait(t, fd, true, deadline);
    if (ready <= 0) {
        return ready < 0 ? -1 : EWOULDBLOCK;
    }
    socklen_t len = sizeof err;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 ? errno : err;
}

NATIVE_FN(sock_connect)
{
    Sock *s = sock_of(args[0]);
    SockAddr a;
    if (!sockaddr_from_value(t, s, args[1], &a, "connect") ||
        !sock_audit(t, "socket.connect", args[0], args[1])) {
        return 0;
    }
    int err = connect_to(t, s, &a);
    if (err == EWOULDBLOCK && s->timeout > 0) {
        return sock_timed_out(t);
    }
    return err == 0 ? NONE : err < 0 ? 0 : raise_errno(t, &exc_OSError, err, 0);
}

NATIVE_FN(sock_connect_ex)
{
    Sock *s = sock_of(args[0]);
    SockAddr a;
    if (!sockaddr_from_value(t, s, args[1], &a, "connect_ex") ||
        !sock_audit(t, "socket.connect", args[0], args[1])) {
        return 0;
    }
    int err = connect_to(t, s, &a);
    return err < 0 ? 0 : fixnum(err);
}

static Value own_address(Thread *t, Sock *s, int (*get)(int, struct sockaddr *, socklen_t *))
{
    SockAddr a;
    memset(&a, 0, sizeof a);
    a.len = sizeof a.storage;
    return get(s->fd, &a.any, &a.len) < 0 ? sock_failed(t) : sockaddr_to_value(t, s, &a);
}

static int local_name(int fd, struct sockaddr *sa, socklen_t *len)
{
    return getsockname(fd, sa, len);
}
static int peer_name(int fd, struct sockaddr *sa, socklen_t *len)
{
    return getpeername(fd, sa, len);
}
NATIVE_FN(sock_getsockname) { return own_address(t, sock_of(args[0]), local_name); }
NATIVE_FN(sock_getpeername) { return own_address(t, sock_of(args[0]), peer_name); }

/* ---- the type ---- */

static const NativeDef socket_methods[] = {
    {"_accept()", sock_accept,
     "Wait for a connection; return its descriptor and the address of the client.", 0},
    {"bind(address, /)", sock_bind, "Bind the socket to a local address.", 0},
    {"close()", sock_close, "Close the socket.  It cannot be used after this call.", 0},
    {"connect(address, /)", sock_connect, "Connect the socket to a remote address.", 0},
    {"connect_ex(address, /)", sock_connect_ex,
     "Like connect(address), but return an error code, 0 when it succeeded, instead of raising "
     "OSError.",
     0},
    {"detach()", sock_detach, "Forget the file descriptor without closing it; return it.", 0},
    {"fileno()", sock_fileno, "Return the file descriptor, -1 when closed.", 0},
    {"getpeername()", sock_getpeername, "Return the address of the remote end.", 0},
    {"getsockname()", sock_getsockname, "Return the address of the local end.", 0},
    {"getsockopt(level, option, buffersize=0, /)", sock_getsockopt,
     "Get an option: an integer, or bytes when the size of the buffer is given.", 0},
    {"setsockopt(level, option, value, optlen=0, /)", sock_setsockopt,
     "Set an option: to an integer, to the content of a bytes-like object, or to None with a "
     "length.",
     NATIVE_RAW},
    {"listen(backlog=128, /)", sock_listen, "Let the socket accept connections.", 0},
    {"recv(buffersize, flags=0, /)", sock_recv,
     "Receive at most buffersize bytes; b'' when the other end has closed.", 0},
    {"recv_into(buffer, nbytes=0, flags=0)", sock_recv_into,
     "Receive into a buffer, at most nbytes when that is not 0; return the number of bytes.", 0},
    {"recvfrom(buffersize, flags=0, /)", sock_recvfrom,
     "Like recv(), but return (data, address of the sender).", 0},
    {"recvfrom_into(buffer, nbytes=0, flags=0)", sock_recvfrom_into,
     "Like recv_into(), but return (number of bytes, address of the sender).", 0},
    {"recvmsg(bufsize, ancbufsize=0, flags=0, /)", sock_recvmsg,
     "Receive data and ancillary data.\n\n"
     "The result is (data, list of (level, type, data), flags of the message, address).",
     0},
    {"recvmsg_into(buffers, ancbufsize=0, flags=0, /)", sock_recvmsg_into,
     "Like recvmsg() into an iterable of buffers: (number of bytes, ancillary data, flags, "
     "address).",
     0},
    {"send(data, flags=0, /)", sock_send, "Send data; return how many bytes were sent.", 0},
    {"sendall(data, flags=0, /)", sock_sendall, "Send all of the data, or raise an error.", 0},
    {"sendto(data, flags_or_address, address, /)", sock_sendto,
     "sendto(data[, flags], address): send data to an address.", NATIVE_RAW},
    {"sendmsg(buffers, ancdata=(), flags=0, address=None, /)", sock_sendmsg,
     "Send the concatenated buffers and ancillary data; return the number of bytes of data sent.",
     0},
    {"sendmsg_afalg(msg=(), *, op=-1, iv=None, assoclen=-1, flags=0)", sock_sendmsg_afalg,
     "Send data with the parameters of an operation of AF_ALG.", 0},
    {"setblocking(flag, /)", sock_setblocking, "Make the socket blocking or non-blocking.", 0},
    {"getblocking()", sock_getblocking,
     "Return whether the socket is blocking (with or without a timeout).", 0},
    {"settimeout(timeout, /)", sock_settimeout,
     "Set a timeout for operations in seconds; None: they block, 0: they do not.", 0},
    {"gettimeout()", sock_gettimeout, "Return the timeout in seconds or None.", 0},
    {"shutdown(flag, /)", sock_shutdown,
     "Shut down reading (SHUT_RD), writing (SHUT_WR) or both (SHUT_RDWR).", 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef socket_members[] = {
    {"family", MEMBER_INT, offsetof(Sock, family), true, "the socket family"},
    {"type", MEMBER_INT, offsetof(Sock, type), true, "the socket type"},
    {"proto", MEMBER_INT, offsetof(Sock, proto), true, "the socket protocol"},
    {NULL, 0, 0, false, NULL},
};
static const GetSetDef socket_getset[] = {
    {"timeout", sock_get_timeout, NULL, "the socket timeout", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
Type socket_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                    .name = "_socket.socket",
                    .size = sizeof(Sock),
                    .doc = "One endpoint of a network connection.\n\n"
                           "family, type and proto default to AF_INET, SOCK_STREAM and 0; with "
                           "fileno, to what the descriptor is.",
                    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
                    .free = sock_free,
                    .finalize = sock_finalize,
                    .new = sock_new,
                    .init = sock_init,
                    .repr = sock_repr,
                    .methods = socket_methods,
                    .members = socket_members,
                    .getset = socket_getset,
                    .getattr = generic_getattr};
