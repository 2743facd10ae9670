/* _SSLSocket: connections over a socket or over two MemoryBIOs; handshake, reading, writing, the
 * end. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>

#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/str.h"
#include "modules/_socket/socket.h"
#include "modules/_ssl/ssl.h"

enum { PROTOCOL_CLIENT = 16, PROTOCOL_SERVER = 17 };

static void connection_trace(Object *o, Tracer *tr)
{
    Connection *c = (Connection *)o;
    const Value fields[] = {c->socket,        c->incoming, c->outgoing,       c->context,
                            c->first_context, c->owner,    c->server_hostname};
    trace_values(tr, fields, ARRAY_SIZE(fields));
}

static void connection_free(Object *o)
{
    SSL_free(((Connection *)o)->ssl);
}

Connection *connection_of_ssl(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}

/* ---- creation ---- */

static bool is_address(const char *name)
{
    unsigned char address[16];
    return inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1;
}

/* Asks for the name by SNI, and has the certificate checked against it. */
static bool set_hostname(Thread *t, Connection *c, SslContext *context, Value hostname)
{
    const char *name = str_cstr_arg(t, hostname, "_wrap_socket", "'server_hostname'");
    if (!name) {
        if (error_clear_if(t, &exc_ValueError)) {
            type_error(t, "argument must be encoded string without null bytes, not str");
        }
        return false;
    }
    if (!*name || *name == '.') {
        value_error(t, "server_hostname cannot be an empty string or start with a leading dot.");
        return false;
    }
    if (!value_str(hostname)->ascii) {
        value_error(t, "server_hostname must be ASCII");
        return false;
    }
    bool address = is_address(name), ok = true;
    gc_init(&c->server_hostname, hostname);
    if (!address) {
        ok = SSL_set_tlsext_host_name(c->ssl, name);
    }
    if (ok && context->check_hostname) {
        X509_VERIFY_PARAM *param = SSL_get0_param(c->ssl);
        ok = address ? X509_VERIFY_PARAM_set1_ip_asc(param, name)
                     : X509_VERIFY_PARAM_set1_host(param, name, strlen(name));
    }
    if (!ok) {
        raise_ssl_queue(t);
    }
    return ok;
}

static bool check_side(Thread *t, SslContext *context, bool server)
{
    if (server && context->protocol == PROTOCOL_CLIENT) {
        raise_ssl(t, SSL_EXC_ERROR, 0,
                  "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context", 0, NULL);
        return false;
    }
    if (!server && context->protocol == PROTOCOL_SERVER) {
        raise_ssl(t, SSL_EXC_ERROR, 0,
                  "Cannot create a client socket with a PROTOCOL_TLS_SERVER context", 0, NULL);
        return false;
    }
    return true;
}

static Connection *connection_new(Thread *t, SslContext *context, bool server)
{
    Connection *c =
        check_side(t, context, server) ? object_alloc(t, &connection_type, sizeof *c) : NULL;
    if (!c) {
        return NULL;
    }
    gc_init(&c->context, object_value(context));
    gc_init(&c->first_context, object_value(context));
    gc_init(&c->owner, NONE);
    gc_init(&c->server_hostname, NONE);
    c->server_side = server;
    ERR_clear_error();
    owned_mutex_lock(t, &context->lock);
    c->ssl = SSL_new(context->ctx);
    owned_mutex_unlock(&context->lock);
    if (!c->ssl) {
        raise_ssl_queue(t);
        return NULL;
    }
    SSL_set_app_data(c->ssl, c);
    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(c->ssl), context->host_flags);
    if (context->post_handshake_auth) {
        if (server) {
            int mode = SSL_get_verify_mode(c->ssl);
            if (mode & SSL_VERIFY_PEER) {
                SSL_set_verify(c->ssl, mode | SSL_VERIFY_POST_HANDSHAKE, NULL);
            }
        } else {
            SSL_set_post_handshake_auth(c->ssl, 1);
        }
    }
    return c;
}

/* args: hostname, owner, session, each 0 or None when absent */
static Value finish_wrap(Thread *t, Connection *c, SslContext *context, const Value *args)
{
    if (args[0] && !is_none(args[0]) && !set_hostname(t, c, context, args[0])) {
        return 0;
    }
    c->server_side ? SSL_set_accept_state(c->ssl) : SSL_set_connect_state(c->ssl);
    gc_init(&c->owner, args[1] ? args[1] : NONE);
    if (args[2] && !is_none(args[2]) &&
        !connection_set_session(t, object_value(c), args[2], NULL)) {
        return 0;
    }
    return object_value(c);
}

/* args: self, sock, server_side, server_hostname, owner, session */
Value context_wrap_socket(SSL_ARGS)
{
    SslContext *context = as_context(args[0]);
    int server = object_truth(t, args[2]);
    if (!value_isa(args[1], &socket_type)) {
        return type_error(t, "_wrap_socket() argument 'sock' must be _socket.socket, not %T",
                          args[1]);
    }
    Connection *c = server < 0 ? NULL : connection_new(t, context, server);
    BIO *b = c ? socket_bio_new(sock_of(args[1])->fd) : NULL;
    if (!b) {
        return c ? raise_memory(t) : 0;
    }
    SSL_set_bio(c->ssl, b, b);
    gc_init(&c->socket, args[1]);
    return finish_wrap(t, c, context, args + 3);
}

/* args: self, incoming, outgoing, server_side, server_hostname, owner, session */
Value context_wrap_bio(SSL_ARGS)
{
    SslContext *context = as_context(args[0]);
    for (size_t i = 1; i < 3; i++) {
        if (!value_isa(args[i], &memory_bio_type)) {
            return type_error(t, "_wrap_bio() argument '%s' must be _ssl.MemoryBIO, not %T",
                              i == 1 ? "incoming" : "outgoing", args[i]);
        }
    }
    int server = object_truth(t, args[3]);
    Connection *c = server < 0 ? NULL : connection_new(t, context, server);
    if (!c) {
        return 0;
    }
    BIO *in = as_memory_bio(args[1])->bio, *out = as_memory_bio(args[2])->bio;
    BIO_up_ref(in);
    BIO_up_ref(out);
    SSL_set_bio(c->ssl, in, out);
    gc_init(&c->incoming, args[1]);
    gc_init(&c->outgoing, args[2]);
    return finish_wrap(t, c, context, args + 4);
}

/* ---- running operations ---- */

typedef int (*ConnectionOp)(SSL *ssl, void *data);
typedef struct Outcome { int r, ssl_error, err; } Outcome;

static void lock_all(Thread *t, Connection *c)
{
    owned_mutex_lock(t, &c->lock);
    if (c->incoming) {
        owned_mutex_lock(t, &as_memory_bio(c->incoming)->lock);
        owned_mutex_lock(t, &as_memory_bio(c->outgoing)->lock);
    }
}

static void unlock_all(Connection *c)
{
    if (c->incoming) {
        owned_mutex_unlock(&as_memory_bio(c->outgoing)->lock);
        owned_mutex_unlock(&as_memory_bio(c->incoming)->lock);
    }
    owned_mutex_unlock(&c->lock);
}

static Outcome attempt(Thread *t, Connection *c, ConnectionOp op, void *data)
{
    lock_all(t, c);
    ERR_clear_error();
    errno = 0;
    Outcome o = {.r = op(c->ssl, data)};
    o.err = errno;
    o.ssl_error = SSL_get_error(c->ssl, o.r);
    unlock_all(c);
    return o;
}

/* Runs op until it is done, waiting for the socket as its timeout says.  false: raised; what: for
 * timeouts. */
static bool run(Thread *t, Connection *c, ConnectionOp op, void *data, const char *what, Outcome *o)
{
    Sock *s = c->socket ? sock_of(c->socket) : NULL;
    if (s && s->fd < 0) {
        raise_ssl(t, SSL_EXC_ERROR, 0, "Underlying socket connection gone", 0, NULL);
        return false;
    }
    int64_t deadline = s ? sock_deadline(s) : 0;
    for (;;) {
        *o = attempt(t, c, op, data);
        if (error_pending(t)) { /* from a callback */
            return false;
        }
        bool waits = o->ssl_error == SSL_ERROR_WANT_READ || o->ssl_error == SSL_ERROR_WANT_WRITE;
        if (!waits || !s || s->timeout == 0) {
            return true;
        }
        int ready = sock_wait(t, s->fd, o->ssl_error == SSL_ERROR_WANT_WRITE, deadline);
        if (ready == 0) {
            raise(t, &exc_TimeoutError, "The %s operation timed out", what);
        }
        if (ready <= 0) {
            return false;
        }
    }
}

static Value result_error(Thread *t, Connection *c, const Outcome *o)
{
    return raise_ssl_result(t, c, o->r, o->ssl_error, o->err);
}

/* ---- the operations ---- */

static int handshake_op(SSL *ssl, void *data UNUSED)
{
    return SSL_do_handshake(ssl);
}

Value connection_do_handshake(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Outcome o;
    if (!run(t, c, handshake_op, NULL, "handshake", &o)) {
        return 0;
    }
    return o.r < 1 ? result_error(t, c, &o) : NONE;
}

typedef struct Span { char *p; size_t n, done; } Span;

static int read_op(SSL *ssl, void *data)
{
    Span *s = data;
    return SSL_read_ex(ssl, s->p, s->n, &s->done);
}

static int write_op(SSL *ssl, void *data)
{
    Span *s = data;
    return SSL_write_ex(ssl, s->p, s->n, &s->done);
}

/* false: raised; at a clean end nothing is read. */
static bool read_into(Thread *t, Connection *c, Span *span)
{
    Outcome o;
    span->done = 0;
    if (!run(t, c, read_op, span, "read", &o)) {
        return false;
    }
    bool end =
        o.ssl_error == SSL_ERROR_ZERO_RETURN && SSL_get_shutdown(c->ssl) == SSL_RECEIVED_SHUTDOWN;
    if (o.r == 0 && !end) {
        result_error(t, c, &o);
        return false;
    }
    return true;
}

static Value read_to_buffer(Thread *t, Connection *c, int64_t size, Value target)
{
    Buffer view;
    if (!buffer_get_writable(t, target, &view, "read")) {
        return 0;
    }
    size_t n = size <= 0 || size > view.len ? (size_t)view.len : (size_t)size;
    Span span = {racy_lend(view.buf, n), n, 0};
    bool ok = n == 0 || read_into(t, c, &span);
    racy_take_back(span.p, view.buf, (ssize_t)span.done);
    buffer_release(t, &view);
    return ok ? fixnum((int64_t)span.done) : 0;
}

Value connection_read(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    int size;
    if (!value_to_int(t, args[1], &size)) {
        return 0;
    }
    if (args[2]) {
        return read_to_buffer(t, c, size, args[2]);
    }
    if (size < 0) {
        return value_error(t, "size should not be negative");
    }
    Value bytes = bytes_new(t, NULL, (size_t)size);
    Span span = {bytes ? value_bytes(bytes)->data : NULL, (size_t)size, 0};
    if (!bytes || size == 0) {
        return bytes;
    }
    return read_into(t, c, &span) ? bytes_new(t, span.p, span.done) : 0;
}

Value connection_write(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Buffer view;
    Outcome o;
    if (!buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    Span span = {view.buf, (size_t)view.len, 0};
    bool ran = run(t, c, write_op, &span, "write", &o);
    buffer_release(t, &view);
    if (!ran) {
        return 0;
    }
    return o.r == 0 && o.ssl_error != SSL_ERROR_NONE ? result_error(t, c, &o)
                                                     : fixnum((int64_t)span.done);
}

static int shutdown_op(SSL *ssl, void *data)
{
    Connection *c = data;
    if (c->shutdown_seen_zero) { /* what follows the peer's close notice is not SSL's */
        SSL_set_read_ahead(ssl, 0);
    }
    int r = SSL_shutdown(ssl);
    c->shutdown_seen_zero |= r == 0;
    return r;
}

/* Sends the close notice and waits for the peer's, twice at most. */
Value connection_shutdown(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    Outcome o;
    for (int zeros = 0; zeros < 2; zeros++) {
        if (!run(t, c, shutdown_op, c, "read", &o)) {
            return 0;
        }
        if (o.r > 0) {
            break;
        }
        if (o.r < 0) {
            return result_error(t, c, &o);
        }
    }
    return c->socket ? c->socket : NONE;
}

static int verify_client_op(SSL *ssl, void *data UNUSED)
{
    return SSL_verify_client_post_handshake(ssl);
}

Value connection_verify_client(SSL_ARGS)
{
    Outcome o = attempt(t, as_connection(args[0]), verify_client_op, NULL);
    return o.r ? NONE : raise_ssl_queue(t);
}

Type connection_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ssl._SSLSocket",
    .sig = "_SSLSocket()",
    .doc = "An SSL connection.",
    .size = sizeof(Connection),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = connection_trace,
    .free = connection_free,
    .methods = connection_methods,
    .getset = connection_getset,
};
