/* What the files of _ssl share.
 *
 * error.c exceptions; context.c _SSLContext and its settings, context_load.c certificates and keys;
 * socket.c _SSLSocket, connection_info.c what it tells of its connection; bio.c MemoryBIO and the
 * transport below SSL; session.c; cert.c.
 *
 * Locking: OpenSSL's SSL objects are not made for two threads at once.  OwnedMutex is held
 * around each call into OpenSSL, which never waits: transports do not block, and the waiting for
 * the network is done between calls without the lock.  The lock counts its owner's entries, as
 * callbacks run Python code that may come back.  Order: connection, incoming BIO, outgoing BIO.
 * Contexts: settings are made under their own OwnedMutex. */
#ifndef MODULES_SSL_SSL_H
#define MODULES_SSL_SSL_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/object/lock.h"
#include "core/object/module.h"

#define SSL_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED
#define SSL_GETTER Thread *t UNUSED, Value self UNUSED, void *closure UNUSED

typedef struct SslContext {
    Object head;
    SSL_CTX *ctx;                /* init-only; settings under `lock` */
    OwnedMutex lock;
    int protocol;                /* init-only: PROTOCOL_... */
    _Atomic bool check_hostname, post_handshake_auth;
    _Atomic unsigned host_flags;
    Value sni_callback;          /* or 0; atomic */
    Value message_callback;      /* or 0; atomic */
    Value keylog_name;           /* or NONE; atomic */
    BIO *keylog;                 /* lock */
    Value alpn;                  /* bytes in wire form, or 0; atomic */
} SslContext;

typedef struct MemoryBio {
    Object head;
    BIO *bio; /* lock */
    OwnedMutex lock;
    _Atomic bool eof_written;
} MemoryBio;

typedef struct Connection { /* _SSLSocket */
    Object head;
    SSL *ssl;                    /* lock */
    OwnedMutex lock;
    bool server_side;            /* init-only */
    bool shutdown_seen_zero;     /* lock */
    Value socket;                /* _socket.socket, or 0: MemoryBIOs; init-only */
    Value incoming, outgoing;    /* MemoryBIO or 0; init-only */
    Value context;               /* atomic */
    /* the one it was made by, whose callbacks OpenSSL may still call; init-only */
    Value first_context;
    Value owner;                 /* or NONE; atomic */
    Value server_hostname;       /* str or NONE; init-only */
} Connection;

/* init-only */
typedef struct Session { Object head; SSL_SESSION *session; Value context; } Session;

extern Type ssl_context_type, memory_bio_type, connection_type, session_type, certificate_type;
static inline SslContext *as_context(Value v) { return (SslContext *)value_object(v); }
static inline Connection *as_connection(Value v) { return (Connection *)value_object(v); }
static inline MemoryBio *as_memory_bio(Value v) { return (MemoryBio *)value_object(v); }

/* ---- error.c ---- */
typedef enum {
    SSL_EXC_ERROR,
    SSL_EXC_ZERO_RETURN,
    SSL_EXC_WANT_READ,
    SSL_EXC_WANT_WRITE,
    SSL_EXC_SYSCALL,
    SSL_EXC_EOF,
    SSL_EXC_VERIFICATION,
    SSL_EXC_COUNT
} SslException;
enum { SSL_ERRNO_EOF = 8 };
NODISCARD bool ssl_errors_init(Thread *t, Value mod);
/* SSLError from the last queued error of OpenSSL; the queue is emptied.  Returns 0. */
COLD Value raise_ssl_queue(Thread *t);
/* exception(number, words); queued: code of a libcrypto error or 0; c: connection whose
 * verification failed, or NULL. */
COLD Value raise_ssl(Thread *t, SslException exception, int number, const char *words,
                     unsigned long queued, Connection *c);
/* For a call on c that returned r: what SSL_get_error() said, and errno after the call. */
COLD Value raise_ssl_result(Thread *t, Connection *c, int r, int ssl_error, int err);

/* ---- bio.c ---- */
BIO *socket_bio_new(int fd); /* reads and writes without waiting; NULL: no memory */

/* ---- cert.c ---- */
Value certificate_dict(Thread *t, X509 *cert);
Value certificate_der(Thread *t, X509 *cert);
enum { SSL_ENCODING_PEM = 1, SSL_ENCODING_DER = 2 };
/* of Certificate objects; takes references of its own */
Value certificate_list(Thread *t, STACK_OF(X509) *chain);

/* ---- context_load.c ---- */
Value context_load_cert_chain(SSL_ARGS);
Value context_load_verify_locations(SSL_ARGS);
Value context_set_default_verify_paths(SSL_ARGS);
Value context_load_dh_params(SSL_ARGS);
Value context_get_ca_certs(SSL_ARGS);
Value context_cert_store_stats(SSL_ARGS);
Value context_session_stats(SSL_ARGS);

/* ---- socket.c ---- */
Value context_wrap_socket(SSL_ARGS);
Value context_wrap_bio(SSL_ARGS);
Connection *connection_of_ssl(const SSL *ssl);

/* ---- connection_info.c, session.c: methods and attributes of connections ---- */
extern const NativeDef connection_methods[];
extern const GetSetDef connection_getset[];
Value connection_read(SSL_ARGS);
Value connection_write(SSL_ARGS);
Value connection_do_handshake(SSL_ARGS);
Value connection_shutdown(SSL_ARGS);
Value connection_verify_client(SSL_ARGS);
Value connection_get_session(SSL_GETTER);
NODISCARD bool connection_set_session(Thread *t, Value self, Value v, void *closure);

#endif
