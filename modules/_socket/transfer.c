/* Waiting for a socket, and the transfer of plain data. */
#include <poll.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/racy.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"
#include "modules/file_descriptor.h"

enum { ON_STACK = 256 }; /* more would only keep what the stack held before alive: it is scanned */

Value sock_timed_out(Thread *t) { return raise(t, &exc_TimeoutError, "timed out"); }
Value sock_failed(Thread *t) { return raise_errno(t, &exc_OSError, errno, 0); }

int64_t sock_deadline(const Sock *s)
{
    int64_t timeout = s->timeout;
    return timeout > 0 ? deadline_after(timeout) : -1;
}

int sock_wait(Thread *t, int fd, bool writing, int64_t deadline)
{
    IdleWait idle = idle_wait();
    for (;;) {
        struct pollfd p = {.fd = fd, .events = writing ? POLLOUT : POLLIN};
        int ms = poll_milliseconds(idle_left(&idle, deadline));
        thread_park_waiting(t);
        int got = poll(&p, 1, ms);
        int err = errno;
        thread_unpark(t);
        if (got > 0) {
            return 1;
        }
        if (got == 0 && !idle_again(t, &idle, deadline)) {
            return 0;
        }
        if (got < 0 && err != EINTR) {
            raise_errno(t, &exc_OSError, err, 0);
            return -1;
        }
        if (!thread_check_signals(t)) {
            return -1;
        }
    }
}

ssize_t sock_run(Thread *t, Sock *s, bool writing, SockOp op, void *data, int64_t deadline)
{
    for (;;) {
        int fd = s->fd;
        thread_park_waiting(t);
        ssize_t got = op(fd, data);
        int err = errno;
        thread_unpark(t);
        if (got >= 0) {
            return got;
        }
        if (err == EINTR) {
            if (!thread_check_signals(t)) {
                return -1;
            }
            continue;
        }
        if ((err != EAGAIN && err != EWOULDBLOCK) ||
            (s->timeout <= 0 && deadline != SOCK_PATIENT)) {
            raise_errno(t, &exc_OSError, err, 0);
            return -1;
        }
        int ready = sock_wait(t, fd, writing, deadline);
        if (ready <= 0) {
            if (ready == 0) {
                sock_timed_out(t);
            }
            return -1;
        }
    }
}

bool flags_arg(Thread *t, Value v, int *out) { return v == 0 || value_to_int(t, v, out); }

bool writable_arg(Thread *t, Value v, Buffer *view, const char *function, int number)
{
    if (buffer_get(t, v, view, BUFFER_WRITABLE)) {
        return true;
    }
    if (error_clear_if(t, &exc_TypeError) || error_clear_if(t, &exc_BufferError)) {
        type_error(t, "%s() argument %d must be read-write bytes-like object, not %T", function,
                   number, v);
    }
    return false;
}

typedef struct Transfer {
    char *p;
    size_t n;
    int flags;
    SockAddr *addr;
} Transfer;

static ssize_t op_recv(int fd, void *data)
{
    Transfer *x = data;
    return recv(fd, x->p, x->n, x->flags);
}

static ssize_t op_recvfrom(int fd, void *data)
{
    Transfer *x = data;
    x->addr->len = sizeof x->addr->storage;
    memset(&x->addr->storage, 0, sizeof x->addr->storage);
    return recvfrom(fd, x->p, x->n, x->flags, &x->addr->any, &x->addr->len);
}

static ssize_t op_send(int fd, void *data)
{
    Transfer *x = data;
    return send(fd, x->p, x->n, x->flags | MSG_NOSIGNAL);
}

static ssize_t op_sendto(int fd, void *data)
{
    Transfer *x = data;
    return sendto(fd, x->p, x->n, x->flags | MSG_NOSIGNAL, &x->addr->any, x->addr->len);
}

/* A blocking socket without data is waited for by sock_wait(), which collects meanwhile. */
static ssize_t receive(Thread *t, Sock *s, Transfer *x)
{
    int64_t deadline = sock_deadline(s);
    if (x->flags == 0 && s->timeout < 0 && !s->kernel_timeout) {
        x->flags = MSG_DONTWAIT;
        deadline = SOCK_PATIENT;
    }
    return sock_run(t, s, false, x->addr ? op_recvfrom : op_recv, x, deadline);
}

/* Received data as bytes; addr NULL: not wanted. */
static Value receive_bytes(Thread *t, Sock *s, ssize_t size, int flags, SockAddr *addr)
{
    char local[ON_STACK];
    Transfer x = {local, (size_t)size, flags, addr};
    if (size > ON_STACK && !(x.p = mem_alloc((size_t)size))) {
        return raise_memory(t);
    }
    ssize_t got = receive(t, s, &x);
    Value v = got >= 0 ? bytes_new(t, x.p, (size_t)got) : 0;
    if (x.p != local) {
        mem_free(x.p);
    }
    return v;
}

static bool size_arg(Thread *t, Value v, ssize_t *size, const char *function)
{
    int64_t n;
    Value i = number_index(t, v);
    if (!i) {
        return false;
    }
    if (!int_try_int64(i, &n)) {
        overflow_error(t, "Python int too large to convert to C ssize_t");
        return false;
    }
    if (n < 0) {
        value_error(t, "negative buffersize in %s", function);
        return false;
    }
    *size = n;
    return true;
}

Value sock_recv(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t size;
    int flags = 0;
    return size_arg(t, args[1], &size, "recv") && flags_arg(t, args[2], &flags)
               ? receive_bytes(t, sock_of(args[0]), size, flags, NULL) : 0;
}

Value sock_recvfrom(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    ssize_t size;
    int flags = 0;
    SockAddr from;
    if (!size_arg(t, args[1], &size, "recvfrom") || !flags_arg(t, args[2], &flags)) {
        return 0;
    }
    Value data = receive_bytes(t, s, size, flags, &from),
          addr = data ? sockaddr_to_value(t, s, &from) : 0;
    return addr ? tuple_pack(t, 2, data, addr) : 0;
}

/* recv_into and recvfrom_into: bytes received, -1 raised. */
static ssize_t receive_into(Thread *t, Value *args, SockAddr *from, const char *function,
                            const char *too_small)
{
    Buffer view;
    ssize_t size = 0, got = -1;
    int flags = 0;
    if (!writable_arg(t, args[1], &view, function, 1)) {
        return -1;
    }
    if ((args[2] == 0 || size_arg(t, args[2], &size, function)) && flags_arg(t, args[3], &flags)) {
        if (size > view.len) {
            value_error(t, "%s", too_small);
        } else {
            Sock *s = sock_of(args[0]);
            size = size ? size : view.len;
            void *lent = racy_lend(view.buf, (size_t)size);
            Transfer x = {lent, (size_t)size, flags, from};
            got = receive(t, s, &x);
            racy_take_back(lent, view.buf, got < size ? got : size);
        }
    }
    buffer_release(t, &view);
    return got;
}

Value sock_recv_into(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t got = receive_into(t, args, NULL, "recv_into", "buffer too small for requested bytes");
    return got >= 0 ? fixnum(got) : 0;
}

Value sock_recvfrom_into(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    SockAddr from;
    ssize_t got = receive_into(t, args, &from, "recvfrom_into",
                               "nbytes is greater than the length of the buffer");
    Value addr = got >= 0 ? sockaddr_to_value(t, sock_of(args[0]), &from) : 0;
    return addr ? tuple_pack(t, 2, fixnum(got), addr) : 0;
}

Value sock_send(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    Buffer view;
    int flags = 0;
    if (!buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    ssize_t put = -1;
    if (flags_arg(t, args[2], &flags)) {
        Transfer x = {view.buf, (size_t)view.len, flags, NULL};
        put = sock_run(t, s, true, op_send, &x, sock_deadline(s));
    }
    buffer_release(t, &view);
    return put >= 0 ? fixnum(put) : 0;
}

Value sock_sendall(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    Buffer view;
    int flags = 0;
    if (!buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    if (flags_arg(t, args[2], &flags)) {
        Transfer x = {view.buf, (size_t)view.len, flags, NULL};
        int64_t deadline = sock_deadline(s);
        do {
            ssize_t put = sock_run(t, s, true, op_send, &x, deadline);
            if (put < 0 || !thread_check_signals(t)) {
                break;
            }
            x.p += put;
            x.n -= (size_t)put;
            if (x.n && deadline >= 0 && deadline_left(deadline) == 0) {
                sock_timed_out(t);
                break;
            }
        } while (x.n);
    }
    buffer_release(t, &view);
    return t->exc ? 0 : NONE;
}

/* sendto(data[, flags], address) */
Value sock_sendto(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    Sock *s = sock_of(args[0]);
    Buffer view;
    SockAddr to;
    int flags = 0;
    if (n != 3 && n != 4) {
        return type_error(t, "sendto() takes 2 or 3 arguments (%zu given)", n - 1);
    }
    if (!buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    ssize_t put = -1;
    Value addr = args[n - 1];
    if ((n == 3 || value_to_int(t, args[2], &flags)) &&
        sockaddr_from_value(t, s, addr, &to, "sendto") &&
        sock_audit(t, "socket.sendto", args[0], addr)) {
        Transfer x = {view.buf, (size_t)view.len, flags, &to};
        put = sock_run(t, s, true, op_sendto, &x, sock_deadline(s));
    }
    buffer_release(t, &view);
    return put >= 0 ? fixnum(put) : 0;
}
