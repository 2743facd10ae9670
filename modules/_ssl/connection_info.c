/* _SSLSocket: what it tells of its connection.  Everything is asked under the connection's lock. */
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_ssl/ssl.h"

/* ---- ciphers ---- */

/* (name, protocol, bits) */
static Value cipher_tuple(Thread *t, const SSL_CIPHER *cipher)
{
    const char *name = SSL_CIPHER_get_name(cipher), *version = SSL_CIPHER_get_version(cipher);
    Value a = str_or_none(t, name), b = str_or_none(t, version);
    return a && b ? tuple_pack(t, 3, a, b, fixnum(SSL_CIPHER_get_bits(cipher, NULL))) : 0;
}

static Value connection_cipher(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    owned_mutex_lock(t, &c->lock);
    const SSL_CIPHER *cipher = SSL_get_current_cipher(c->ssl); /* one of OpenSSL's tables */
    owned_mutex_unlock(&c->lock);
    return cipher ? cipher_tuple(t, cipher) : NONE;
}

static Value connection_shared_ciphers(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    owned_mutex_lock(t, &c->lock);
    STACK_OF(SSL_CIPHER) *client =
        c->server_side ? SSL_get_client_ciphers(c->ssl) : SSL_get_ciphers(c->ssl);
    STACK_OF(SSL_CIPHER) *server = SSL_get_ciphers(c->ssl);
    Value list = client ? list_new(t, 0) : NONE;
    for (int i = 0; list && client && i < sk_SSL_CIPHER_num(server); i++) {
        const SSL_CIPHER *cipher = sk_SSL_CIPHER_value(server, i);
        if (sk_SSL_CIPHER_find(client, (SSL_CIPHER *)(uintptr_t)cipher) >= 0) {
            Value tuple = cipher_tuple(t, cipher);
            list = tuple && list_append(t, list, tuple) ? list : 0;
        }
    }
    owned_mutex_unlock(&c->lock);
    return list;
}

static Value connection_version(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    owned_mutex_lock(t, &c->lock);
    const char *version = SSL_is_init_finished(c->ssl) ? SSL_get_version(c->ssl) : NULL;
    owned_mutex_unlock(&c->lock);
    return str_or_none(t, version);
}

static Value connection_compression(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    owned_mutex_lock(t, &c->lock);
    const COMP_METHOD *method = SSL_get_current_compression(c->ssl);
    owned_mutex_unlock(&c->lock);
    return method ? str_from_cstr(t, SSL_COMP_get_name(method)) : NONE;
}

static Value connection_alpn(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    const unsigned char *p;
    unsigned n_protocol;
    owned_mutex_lock(t, &c->lock);
    SSL_get0_alpn_selected(c->ssl, &p, &n_protocol);
    Value v = p ? str_from_utf8(t, (const char *)p, n_protocol) : NONE;
    owned_mutex_unlock(&c->lock);
    return v;
}

static Value connection_pending(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    owned_mutex_lock(t, &c->lock);
    int n_pending = SSL_pending(c->ssl);
    owned_mutex_unlock(&c->lock);
    return fixnum(n_pending);
}

/* ---- the peer ---- */

static Value connection_getpeercert(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    int der = args[1] ? object_truth(t, args[1]) : 0;
    if (der < 0) {
        return 0;
    }
    owned_mutex_lock(t, &c->lock);
    bool done = SSL_is_init_finished(c->ssl),
         verified = SSL_get_verify_mode(c->ssl) & SSL_VERIFY_PEER;
    X509 *cert = done ? SSL_get1_peer_certificate(c->ssl) : NULL;
    owned_mutex_unlock(&c->lock);
    if (!done) {
        return value_error(t, "handshake not done yet");
    }
    if (!cert) {
        return NONE;
    }
    Value v = der        ? certificate_der(t, cert)
              : verified ? certificate_dict(t, cert)
                         : call0(t, object_value(&dict_type));
    X509_free(cert);
    return v;
}

static Value connection_channel_binding(SSL_ARGS)
{
    Connection *c = as_connection(args[0]);
    char text[256];
    if (args[1] && !(value_is_str(args[1]) && str_eq_cstr(args[1], "tls-unique"))) {
        return value_is_str(args[1])
                   ? value_error(t, "'%U' channel binding type not implemented", args[1])
                   : type_error(t, "get_channel_binding() argument 'cb_type' must be str, not %T",
                                args[1]);
    }
    owned_mutex_lock(t, &c->lock);
    /* the first Finished message of the handshake */
    bool own = (SSL_session_reused(c->ssl) != 0) ^ !c->server_side;
    size_t len = own ? SSL_get_finished(c->ssl, text, sizeof text)
                     : SSL_get_peer_finished(c->ssl, text, sizeof text);
    owned_mutex_unlock(&c->lock);
    return len ? bytes_new(t, text, len) : NONE;
}

/* A copy of the chain that holds its certificates; NULL: there is none. */
static STACK_OF(X509) *copy_chain(Thread *t, Connection *c, bool verified)
{
    owned_mutex_lock(t, &c->lock);
    STACK_OF(X509) *chain =
        verified ? SSL_get0_verified_chain(c->ssl) : SSL_get_peer_cert_chain(c->ssl);
    STACK_OF(X509) *copy = chain ? X509_chain_up_ref(chain) : NULL;
    if (copy && !verified && c->server_side) { /* OpenSSL leaves the client's own certificate out */
        X509 *own = SSL_get1_peer_certificate(c->ssl);
        if (own && !sk_X509_insert(copy, own, 0)) {
            X509_free(own);
        }
    }
    owned_mutex_unlock(&c->lock);
    return copy;
}

static Value chain_list(Thread *t, Value self, bool verified)
{
    STACK_OF(X509) *chain = copy_chain(t, as_connection(self), verified);
    Value list = chain ? certificate_list(t, chain) : NONE;
    sk_X509_pop_free(chain, X509_free);
    return list;
}

static Value connection_unverified_chain(SSL_ARGS)
{
    return chain_list(t, args[0], false);
}

static Value connection_verified_chain(SSL_ARGS)
{
    return chain_list(t, args[0], true);
}

/* ---- attributes ---- */

static Value get_context(SSL_GETTER)
{
    return value_load(&as_connection(self)->context);
}

static bool set_context(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Connection *c = as_connection(self);
    if (!v || !value_isa(v, &ssl_context_type)) {
        type_error(t, "The value must be a SSLContext");
        return false;
    }
    owned_mutex_lock(t, &c->lock);
    gc_store(c, &c->context, v);
    SSL_set_SSL_CTX(c->ssl, as_context(v)->ctx);
    SSL_set_verify(c->ssl, SSL_CTX_get_verify_mode(as_context(v)->ctx), NULL);
    owned_mutex_unlock(&c->lock);
    return true;
}

static Value get_owner(SSL_GETTER)
{
    return value_load(&as_connection(self)->owner);
}

static bool set_owner(Thread *t UNUSED, Value self, Value v, void *closure UNUSED)
{
    gc_store(value_object(self), &as_connection(self)->owner, v ? v : NONE);
    return true;
}

static Value get_server_side(SSL_GETTER)
{
    return bool_value(as_connection(self)->server_side);
}

static Value get_server_hostname(SSL_GETTER)
{
    return as_connection(self)->server_hostname;
}

static Value get_session_reused(SSL_GETTER)
{
    Connection *c = as_connection(self);
    owned_mutex_lock(t, &c->lock);
    bool reused = SSL_session_reused(c->ssl);
    owned_mutex_unlock(&c->lock);
    return bool_value(reused);
}

const NativeDef connection_methods[] = {
    {"do_handshake()", connection_do_handshake, "Starts the connection.", 0},
    {"read(size, buffer=None, /)", connection_read,
     "Up to size bytes, or their number when they go to a buffer.", 0},
    {"write(b, /)", connection_write, "Writes bytes; returns how many.", 0},
    {"pending()", connection_pending, "Bytes that can be read without asking the transport.", 0},
    {"shutdown()", connection_shutdown, "Says the end to the peer and waits for its answer.", 0},
    {"getpeercert(der=False, /)", connection_getpeercert,
     "The peer's certificate: a dict, {} when it was not verified, "
     "or DER.",
     0},
    {"cipher()", connection_cipher, "Name, protocol and bits of the cipher.", 0},
    {"shared_ciphers()", connection_shared_ciphers, "The ciphers that both sides have.", 0},
    {"version()", connection_version, "Name of the protocol in use.", 0},
    {"compression()", connection_compression, "Name of the compression in use.", 0},
    {"selected_alpn_protocol()", connection_alpn, "The protocol chosen by ALPN.", 0},
    {"get_channel_binding(cb_type='tls-unique')", connection_channel_binding,
     "Data that only this connection has.", 0},
    {"verify_client_post_handshake()", connection_verify_client,
     "Asks the client for its certificate.", 0},
    {"get_unverified_chain()", connection_unverified_chain, "The certificates that the peer sent.",
     0},
    {"get_verified_chain()", connection_verified_chain, "The chain from the peer to the authority.",
     0},
    {0},
};

const GetSetDef connection_getset[] = {
    {"context", get_context, set_context,
     "The context; may be changed while the SNI callback runs.", NULL},
    {"owner", get_owner, set_owner, "The object that callbacks get.", NULL},
    {"server_hostname", get_server_hostname, NULL, "The name that was asked for.", NULL},
    {"server_side", get_server_side, NULL, "Whether this is the server.", NULL},
    {"session", connection_get_session, connection_set_session, "The session, for resuming.", NULL},
    {"session_reused", get_session_reused, NULL, "Whether a session was resumed.", NULL},
    {0},
};
