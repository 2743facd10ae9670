/* The parts of the module _socket: the socket type (socket.c, transfer.c, message.c), addresses
 * (address.c), names of hosts and services (resolve.c, names.c), constants. */
#ifndef MODULES_SOCKET_SOCKET_H
#define MODULES_SOCKET_SOCKET_H

#include <errno.h>
#include <sys/socket.h>

#include "core/object/buffer.h"
#include "core/object/iter.h"
#include "core/object/module.h"

typedef struct Sock {
    Object head;
    _Atomic int fd;          /* -1: closed */
    _Atomic int family, type, proto;
    _Atomic int64_t timeout; /* nanoseconds; < 0: blocking, 0: never waits */
    /* SO_RCVTIMEO was set: the kernel says when a blocking receive ends */
    _Atomic bool kernel_timeout;
} Sock;
extern Type socket_type;
static inline Sock *sock_of(Value v)
{
    assert(value_isa(v, &socket_type));
    return (Sock *)value_object(v);
}

typedef struct SockAddr {
    union {
        struct sockaddr any;
        struct sockaddr_storage storage;
    };
    socklen_t len;
} SockAddr;

/* ---- address.c ---- */
/* What Python code gives as an address of the socket's family; caller: "bind" and so on, for
 * messages. */
NODISCARD bool sockaddr_from_value(Thread *t, const Sock *s, Value addr, SockAddr *out,
                                   const char *caller);
/* The address as Python code sees it; len 0: None. */
Value sockaddr_to_value(Thread *t, const Sock *s, const SockAddr *a);
/* Encoded host name: *text lives as long as *keep.  idna: str goes through that codec even when it
 * could go without. */
NODISCARD bool host_text(Thread *t, Value v, const char **text, Value *keep);
/* Numbers and names of hosts -> address without port.  family: AF_UNSPEC or the one wanted. */
NODISCARD bool host_address(Thread *t, const char *name, int family, SockAddr *out);
/* numeric host of an AF_INET or AF_INET6 address */
Value ip_text(Thread *t, const struct sockaddr *sa);

/* ---- waiting and transfer ---- */
/* One attempt of an operation on the descriptor: result >= 0, or -1 with errno. */
typedef ssize_t (*SockOp)(int fd, void *data);
/* Runs op with the thread parked until it succeeds, waiting as the socket's timeout says.  -1:
 * raised. */
NODISCARD ssize_t sock_run(Thread *t, Sock *s, bool writing, SockOp op, void *data,
                           int64_t deadline);
int64_t sock_deadline(const Sock *s);           /* for an operation that starts now */
#define SOCK_PATIENT INT64_MAX /* the deadline of an op that does not wait on a blocking socket */
/* Waits until fd can be read or written: 1, 0 timed out, -1 raised. */
int sock_wait(Thread *t, int fd, bool writing, int64_t deadline);
Value sock_timed_out(Thread *t);
Value sock_failed(Thread *t);                   /* OSError from errno */
NODISCARD bool flags_arg(Thread *t, Value v, int *out); /* 0: *out stays */
/* Buffer of argument `number` that can be written to: TypeError "f() argument 1 must be read-write
 * ..." */
NODISCARD bool writable_arg(Thread *t, Value v, Buffer *view, const char *function, int number);

extern _Atomic int64_t sock_default_timeout; /* setdefaulttimeout() */
Value sock_wrap(Thread *t, Type *type, int fd, int family, int kind, int proto); /* takes fd over */
NODISCARD bool sock_set_nonblocking(Thread *t, int fd, bool on);
NODISCARD bool sock_audit(Thread *t, const char *event, Value a, Value b);
NODISCARD bool sock_timeout_arg(Thread *t, Value v, int64_t *ns);
Value sock_timeout_value(Thread *t, int64_t ns);

/* NativeFns of the type: transfer.c and message.c */
Value sock_recv(Thread *t, Value *args, size_t n, Value kw);
Value sock_recv_into(Thread *t, Value *args, size_t n, Value kw);
Value sock_recvfrom(Thread *t, Value *args, size_t n, Value kw);
Value sock_recvfrom_into(Thread *t, Value *args, size_t n, Value kw);
Value sock_send(Thread *t, Value *args, size_t n, Value kw);
Value sock_sendall(Thread *t, Value *args, size_t n, Value kw);
Value sock_sendto(Thread *t, Value *args, size_t n, Value kw);
Value sock_sendmsg(Thread *t, Value *args, size_t n, Value kw);
Value sock_sendmsg_afalg(Thread *t, Value *args, size_t n, Value kw);
Value sock_recvmsg(Thread *t, Value *args, size_t n, Value kw);
Value sock_recvmsg_into(Thread *t, Value *args, size_t n, Value kw);

/* ---- resolve.c, names.c ---- */
extern Value socket_gaierror, socket_herror; /* exception types, roots */
COLD Value raise_gai(Thread *t, int code);
extern const NativeDef resolve_functions[], socket_name_functions[];

bool socket_add_constants(Thread *t, Value mod);

#endif
