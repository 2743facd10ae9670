/* _SSLContext: the settings of connections.  Certificates and keys: context_load.c. */
#include <errno.h>
#include <openssl/x509_vfy.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_ssl/ssl.h"

enum {
    PROTOCOL_TLS = 2,
    PROTOCOL_TLS1 = 3,
    PROTOCOL_TLS1_1 = 4,
    PROTOCOL_TLS1_2 = 5,
    PROTOCOL_CLIENT = 16,
    PROTOCOL_SERVER = 17
};
enum { VERSION_LOWEST = -2, VERSION_HIGHEST = -1 };

static void context_trace(Object *o, Tracer *tr)
{
    SslContext *c = (SslContext *)o;
    trace_value(tr, c->sni_callback);
    trace_value(tr, c->message_callback);
    trace_value(tr, c->keylog_name);
    trace_value(tr, c->alpn);
}

static void context_free(Object *o)
{
    SSL_CTX_free(((SslContext *)o)->ctx);
    BIO_free_all(((SslContext *)o)->keylog);
}

/* ---- creation ---- */

/* The range of versions of a protocol that names one, 0: as the library is configured; -1: unknown
 * protocol. */
static int fixed_version(int protocol)
{
    switch (protocol) {
    case PROTOCOL_TLS: case PROTOCOL_CLIENT: case PROTOCOL_SERVER:
        return 0;
    case PROTOCOL_TLS1:
        return TLS1_VERSION;
    case PROTOCOL_TLS1_1:
        return TLS1_1_VERSION;
    case PROTOCOL_TLS1_2:
        return TLS1_2_VERSION;
    default:
        return -1;
    }
}

static bool warn_deprecated(Thread *t, int protocol)
{
    const char *name = protocol == PROTOCOL_TLS      ? "TLS"
                       : protocol == PROTOCOL_TLS1   ? "TLSv1"
                       : protocol == PROTOCOL_TLS1_1 ? "TLSv1_1"
                       : protocol == PROTOCOL_TLS1_2 ? "TLSv1_2"
                                                     : NULL;
    return !name || warn(t, &exc_DeprecationWarning, 2, "ssl.PROTOCOL_%s is deprecated", name);
}

/* By CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED. */
static const int verify_flags[] = {SSL_VERIFY_NONE, SSL_VERIFY_PEER,
                                   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};

static SSL_CTX *make_ctx(Thread *t, int protocol)
{
    int version = fixed_version(protocol);
    SSL_CTX *ctx = SSL_CTX_new(protocol == PROTOCOL_CLIENT ? TLS_client_method()
                               : protocol == PROTOCOL_SERVER ? TLS_server_method() : TLS_method());
    if (!ctx || (version && (!SSL_CTX_set_min_proto_version(ctx, version) ||
                             !SSL_CTX_set_max_proto_version(ctx, version)))) {
        SSL_CTX_free(ctx);
        raise_ssl_queue(t);
        return NULL;
    }
    SSL_CTX_set_verify(ctx, protocol == PROTOCOL_CLIENT ? verify_flags[2] : verify_flags[0], NULL);
    SSL_CTX_set_options(ctx, (SSL_OP_ALL & ~(uint64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS) |
                                 SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_AUTO_RETRY);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx), X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(ctx), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"Python", 6);
    return ctx;
}

static Value context_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    int protocol;
    if (!args_no_kw(t, "_SSLContext", kwnames) || !args_count(t, "_SSLContext", n, 1, 1) ||
        !value_to_int(t, args[0], &protocol)) {
        return 0;
    }
    if (fixed_version(protocol) < 0) {
        return value_error(t, "invalid or unsupported protocol version %d", protocol);
    }
    SslContext *c = warn_deprecated(t, protocol) ? object_alloc_instance(t, type, 0) : NULL;
    if (!c || !(c->ctx = make_ctx(t, protocol))) {
        return 0;
    }
    c->protocol = protocol;
    store_relaxed(&c->check_hostname, protocol == PROTOCOL_CLIENT);
    store_relaxed(&c->host_flags, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    gc_init(&c->keylog_name, NONE);
    return object_value(c);
}

/* ---- ciphers ---- */

static Value context_set_ciphers(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    const char *list = value_is_str(args[1]) ? str_cstr(t, args[1]) : NULL;
    if (!value_is_str(args[1])) {
        return type_error(t, "set_ciphers() argument must be str, not %T", args[1]);
    }
    if (!list) {
        return 0;
    }
    owned_mutex_lock(t, &c->lock);
    bool ok = SSL_CTX_set_cipher_list(c->ctx, list);
    owned_mutex_unlock(&c->lock);
    return ok ? NONE : raise_ssl(t, SSL_EXC_ERROR, 0, "No cipher can be selected.", 0, NULL);
}

static Value cipher_dict(Thread *t, const SSL_CIPHER *c)
{
    char description[512];
    int alg_bits, bits = SSL_CIPHER_get_bits(c, &alg_bits);
    if (SSL_CIPHER_description(c, description, sizeof description)) {
        description[strcspn(description, "\n")] = 0;
    }
    const int nids[] = {SSL_CIPHER_get_cipher_nid(c), SSL_CIPHER_get_digest_nid(c),
                        SSL_CIPHER_get_kx_nid(c), SSL_CIPHER_get_auth_nid(c)};
    const char *texts[4];
    for (size_t i = 0; i < 4; i++) {
        texts[i] = nids[i] != NID_undef ? OBJ_nid2ln(nids[i]) : NULL;
    }
    const struct { const char *key; Value v;
    } fields[] = {
        {"id", fixnum((int64_t)SSL_CIPHER_get_id(c))},
        {"name", str_or_none(t, SSL_CIPHER_get_name(c))},
        {"protocol", str_or_none(t, SSL_CIPHER_get_version(c))},
        {"description", str_from_cstr(t, description)},
        {"strength_bits", fixnum(bits)},
        {"alg_bits", fixnum(alg_bits)},
        {"aead", bool_value(SSL_CIPHER_is_aead(c))},
        {"symmetric", str_or_none(t, texts[0])},
        {"digest", str_or_none(t, texts[1])},
        {"kea", str_or_none(t, texts[2])},
        {"auth", str_or_none(t, texts[3])},
    };
    Value d = dict_new(t);
    for (size_t i = 0; d && i < ARRAY_SIZE(fields); i++) {
        d = fields[i].v && dict_set_cstr(t, d, fields[i].key, fields[i].v) ? d : 0;
    }
    return d;
}

static Value context_get_ciphers(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    owned_mutex_lock(t, &c->lock);
    SSL *ssl = SSL_new(c->ctx);
    owned_mutex_unlock(&c->lock);
    if (!ssl) {
        return raise_ssl_queue(t);
    }
    STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(ssl);
    Value list = list_new(t, 0);
    for (int i = 0; list && i < sk_SSL_CIPHER_num(ciphers); i++) {
        Value d = cipher_dict(t, sk_SSL_CIPHER_value(ciphers, i));
        list = d && list_append(t, list, d) ? list : 0;
    }
    SSL_free(ssl);
    return list;
}

/* ---- ALPN ---- */

/* The server's choice: its first protocol that the client offers, too. */
static int choose_protocol(SSL *ssl UNUSED, const unsigned char **out, unsigned char *n,
                           const unsigned char *client, unsigned client_n, void *arg)
{
    Value alpn = value_load(&((SslContext *)arg)->alpn);
    unsigned char *chosen;
    int r = SSL_select_next_proto(&chosen, n, (const unsigned char *)value_bytes(alpn)->data,
                                  (unsigned)value_bytes(alpn)->len, client, client_n);
    *out = chosen;
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static Value context_set_alpn(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    Value wire = buffer_to_bytes(t, args[1]);
    if (!wire) {
        return 0;
    }
    gc_store(c, &c->alpn, wire);
    owned_mutex_lock(t, &c->lock);
    bool failed = SSL_CTX_set_alpn_protos(c->ctx, (const unsigned char *)value_bytes(wire)->data,
                                          (unsigned)value_bytes(wire)->len);
    SSL_CTX_set_alpn_select_cb(c->ctx, choose_protocol, c);
    owned_mutex_unlock(&c->lock);
    return failed ? raise_memory(t) : NONE;
}

static Value context_set_ecdh_curve(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    const char *name = str_fs_path(t, args[1]);
    if (!name) {
        return 0;
    }
    int nid = OBJ_sn2nid(name);
    if (nid == NID_undef) {
        return value_error(t, "unknown elliptic curve name %R", args[1]);
    }
    owned_mutex_lock(t, &c->lock);
    bool ok = SSL_CTX_set1_groups(c->ctx, &nid, 1);
    owned_mutex_unlock(&c->lock);
    return ok ? NONE : raise_ssl_queue(t);
}

/* ---- verification ---- */

static Value get_verify_mode(SSL_GETTER)
{
    int mode = SSL_CTX_get_verify_mode(as_context(self)->ctx);
    return fixnum(mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT ? 2 : mode & SSL_VERIFY_PEER ? 1 : 0);
}

static bool set_mode(Thread *t, SslContext *c, int mode)
{
    if (mode < 0 || mode > 2) {
        value_error(t, "invalid value for verify_mode");
        return false;
    }
    owned_mutex_lock(t, &c->lock);
    SSL_CTX_set_verify(c->ctx, verify_flags[mode], NULL);
    owned_mutex_unlock(&c->lock);
    return true;
}

static bool set_verify_mode(Thread *t, Value self, Value v, void *closure UNUSED)
{
    int mode;
    if (!v || !value_to_int(t, v, &mode)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    if (mode == 0 && as_context(self)->check_hostname) {
        value_error(t, "Cannot set verify_mode to CERT_NONE when check_hostname is enabled.");
        return false;
    }
    return set_mode(t, as_context(self), mode);
}

static Value get_check_hostname(SSL_GETTER)
{
    return bool_value(as_context(self)->check_hostname);
}

static bool set_check_hostname(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    int on = v ? object_truth(t, v) : 0;
    if (on < 0 ||
        (on && SSL_CTX_get_verify_mode(c->ctx) == SSL_VERIFY_NONE && !set_mode(t, c, 2))) {
        return false;
    }
    c->check_hostname = on;
    return true;
}

static Value get_verify_flags(SSL_GETTER)
{
    return int_from_uint64(t,
                           X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(as_context(self)->ctx)));
}

static bool set_verify_flags(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    uint64_t flags;
    if (!v || !value_to_uint64(t, v, &flags)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    owned_mutex_lock(t, &c->lock);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(c->ctx);
    unsigned long old = X509_VERIFY_PARAM_get_flags(param);
    bool ok = X509_VERIFY_PARAM_clear_flags(param, old & ~flags) &&
              X509_VERIFY_PARAM_set_flags(param, flags);
    owned_mutex_unlock(&c->lock);
    if (!ok) {
        raise_ssl_queue(t);
    }
    return ok;
}

static Value get_host_flags(SSL_GETTER)
{
    return fixnum(as_context(self)->host_flags);
}

static bool set_host_flags(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    int flags;
    if (!v || !value_to_int(t, v, &flags)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    c->host_flags = (unsigned)flags;
    owned_mutex_lock(t, &c->lock);
    X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(c->ctx), (unsigned)flags);
    owned_mutex_unlock(&c->lock);
    return true;
}

/* ---- options and versions ---- */

static Value get_options(SSL_GETTER)
{
    return int_from_uint64(t, SSL_CTX_get_options(as_context(self)->ctx));
}

static bool set_options(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    uint64_t wanted;
    if (!v || !value_to_uint64(t, v, &wanted)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    const uint64_t versions = SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 |
                              SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
    uint64_t old = SSL_CTX_get_options(c->ctx);
    if ((wanted & ~old & versions) &&
        !warn(t, &exc_DeprecationWarning, 2,
              "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated")) {
        return false;
    }
    owned_mutex_lock(t, &c->lock);
    SSL_CTX_clear_options(c->ctx, old & ~wanted);
    SSL_CTX_set_options(c->ctx, wanted & ~old);
    owned_mutex_unlock(&c->lock);
    return true;
}

/* closure: not NULL for the maximum */
static Value get_version(SSL_GETTER)
{
    SSL_CTX *ctx = as_context(self)->ctx;
    long version =
        closure ? SSL_CTX_get_max_proto_version(ctx) : SSL_CTX_get_min_proto_version(ctx);
    if (version == 0 || fixed_version(as_context(self)->protocol) != 0) {
        version = closure ? VERSION_HIGHEST : VERSION_LOWEST;
    }
    return fixnum(version);
}

static bool set_version(Thread *t, Value self, Value v, void *closure)
{
    SslContext *c = as_context(self);
    int version;
    if (!v || !value_to_int(t, v, &version)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    if (fixed_version(c->protocol) != 0) {
        value_error(
            t,
            "The context's protocol doesn't support modification of highest and lowest version.");
        return false;
    }
    if (version >= SSL3_VERSION && version < TLS1_2_VERSION) {
        const char *name = version == SSL3_VERSION   ? "SSLv3"
                           : version == TLS1_VERSION ? "TLSv1"
                                                     : "TLSv1_1";
        if (!warn(t, &exc_DeprecationWarning, 2, "ssl.TLSVersion.%s is deprecated", name)) {
            return false;
        }
    } else if (version != VERSION_LOWEST && version != VERSION_HIGHEST &&
               version != TLS1_2_VERSION && version != TLS1_3_VERSION) {
        value_error(t, "Unsupported TLS/SSL version 0x%x", version);
        return false;
    }
    int lowest = TLS1_VERSION, highest = TLS1_3_VERSION;
    int wanted = version == VERSION_LOWEST ? (closure ? lowest : 0)
                 : version == VERSION_HIGHEST ? (closure ? 0 : highest) : version;
    owned_mutex_lock(t, &c->lock);
    bool ok = closure ? SSL_CTX_set_max_proto_version(c->ctx, wanted)
                      : SSL_CTX_set_min_proto_version(c->ctx, wanted);
    owned_mutex_unlock(&c->lock);
    if (!ok) {
        value_error(t, "Unsupported protocol version 0x%x", version);
    }
    return ok;
}

static Value get_num_tickets(SSL_GETTER)
{
    return fixnum((int64_t)SSL_CTX_get_num_tickets(as_context(self)->ctx));
}

static bool set_num_tickets(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    int64_t count;
    if (!v || !value_to_int64(t, v, &count)) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    if (count < 0 || c->protocol != PROTOCOL_SERVER) {
        value_error(t, count < 0 ? "value must be non-negative"
                                 : "SSLContext is not a server context.");
        return false;
    }
    owned_mutex_lock(t, &c->lock);
    bool ok = SSL_CTX_set_num_tickets(c->ctx, (size_t)count);
    owned_mutex_unlock(&c->lock);
    return ok || value_error(t, "failed to set num tickets.");
}

static Value get_security_level(SSL_GETTER)
{
    return fixnum(SSL_CTX_get_security_level(as_context(self)->ctx));
}

static Value get_protocol(SSL_GETTER)
{
    return fixnum(as_context(self)->protocol);
}

static Value get_post_handshake_auth(SSL_GETTER)
{
    return bool_value(as_context(self)->post_handshake_auth);
}

static bool set_post_handshake_auth(Thread *t, Value self, Value v, void *closure UNUSED)
{
    int on = v ? object_truth(t, v) : -1;
    if (on < 0) {
        return v ? false : type_error(t, "cannot delete attribute");
    }
    as_context(self)->post_handshake_auth = on;
    return true;
}

/* ---- callbacks ---- */

static Value get_sni_callback(SSL_GETTER)
{
    Value f = value_load(&as_context(self)->sni_callback);
    return f ? f : NONE;
}

/* Asks the Python callback f; errors of the program become an alert. */
static int ask_sni_callback(Thread *t, SslContext *c, Connection *connection, Value f, int *alert)
{
    const char *name = SSL_get_servername(connection->ssl, TLSEXT_NAMETYPE_host_name);
    Value owner = value_load(&connection->owner), text = str_or_none(t, name);
    Value r =
        text ? call3(t, f, is_none(owner) ? object_value(connection) : owner, text, object_value(c))
             : 0;
    int code;
    if (!r) {
        error_unraisable(t, NULL, f);
        *alert = SSL_AD_HANDSHAKE_FAILURE;
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    if (is_none(r)) {
        return SSL_TLSEXT_ERR_OK;
    }
    if (!value_to_int(t, r, &code)) {
        error_unraisable(t, NULL, r);
        code = SSL_AD_INTERNAL_ERROR;
    }
    *alert = code;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int sni_callback(SSL *ssl, int *alert, void *arg)
{
    SslContext *c = arg;
    Connection *connection = connection_of_ssl(ssl);
    Value f = value_load(&c->sni_callback);
    return f ? ask_sni_callback(thread_current(), c, connection, f, alert) : SSL_TLSEXT_ERR_OK;
}

static bool set_sni_callback(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    if (c->protocol == PROTOCOL_CLIENT) {
        value_error(t, "sni_callback cannot be set on TLS_CLIENT context");
        return false;
    }
    bool off = !v || is_none(v);
    if (!off && !callable(v)) {
        type_error(t, "not a callable object");
        return false;
    }
    gc_store(c, &c->sni_callback, off ? 0 : v);
    owned_mutex_lock(t, &c->lock);
    int (*callback)(SSL *, int *, void *) = off ? NULL : sni_callback;
    SSL_CTX_set_tlsext_servername_callback(c->ctx, callback);
    SSL_CTX_set_tlsext_servername_arg(c->ctx, c);
    owned_mutex_unlock(&c->lock);
    return true;
}

static Value get_msg_callback(SSL_GETTER)
{
    Value f = value_load(&as_context(self)->message_callback);
    return f ? f : NONE;
}

/* The type of a message inside its content type; of a record header the version, too. */
static int message_type(int content_type, const unsigned char *p, size_t len, int *version)
{
    switch (content_type) {
    case SSL3_RT_CHANGE_CIPHER_SPEC:
        return SSL3_MT_CHANGE_CIPHER_SPEC;
    case SSL3_RT_ALERT:
        return len > 1 ? p[1] : -1;
    case SSL3_RT_HEADER:
        *version = len > 2 ? p[1] << 8 | p[2] : *version;
        return len > 0 ? p[0] : -1;
    case SSL3_RT_HANDSHAKE: case SSL3_RT_INNER_CONTENT_TYPE:
        return len > 0 ? p[0] : -1;
    default:
        return -1;
    }
}

/* Calls the program's function; what it raises ends the operation that is going on. */
static void message_callback(int writing, int version, int content_type, const void *p, size_t len,
                             SSL *ssl, void *arg)
{
    Thread *t = thread_current();
    Connection *connection = connection_of_ssl(ssl);
    Value f = value_load(&((SslContext *)arg)->message_callback);
    if (!f || !connection || error_pending(t)) {
        return;
    }
    int type = message_type(content_type, p, len, &version);
    Value owner = value_load(&connection->owner), data = bytes_new(t, p, len);
    Value direction = intern_cstr(t, writing ? "write" : "read");
    if (data && direction) {
        Value a[6] = {is_none(owner) ? object_value(connection) : owner, direction, fixnum(version),
                      fixnum(content_type), fixnum(type), data};
        (void)call(t, f, a, 6, 0);
    }
}

static bool set_msg_callback(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    bool off = !v || is_none(v);
    if (!off && !callable(v)) {
        type_error(t, "not a callable object");
        return false;
    }
    gc_store(c, &c->message_callback, off ? 0 : v);
    owned_mutex_lock(t, &c->lock);
    SSL_CTX_set_msg_callback(c->ctx, off ? NULL : message_callback);
    SSL_CTX_set_msg_callback_arg(c->ctx, c);
    owned_mutex_unlock(&c->lock);
    return true;
}

static void keylog_line(const SSL *ssl, const char *line)
{
    SslContext *c = as_context(value_load(&connection_of_ssl(ssl)->context));
    Thread *t = thread_current();
    owned_mutex_lock(t, &c->lock);
    if (c->keylog) {
        BIO_printf(c->keylog, "%s\n", line);
        (void)BIO_flush(c->keylog);
    }
    owned_mutex_unlock(&c->lock);
}

static Value get_keylog(SSL_GETTER)
{
    return value_load(&as_context(self)->keylog_name);
}

static bool set_keylog(Thread *t, Value self, Value v, void *closure UNUSED)
{
    SslContext *c = as_context(self);
    BIO *file = NULL;
    if (v && !is_none(v)) {
        const char *path = str_fs_path(t, v);
        if (!path) {
            return false;
        }
        errno = 0;
        if (!(file = BIO_new_file(path, "a"))) {
            int err = errno;
            ERR_clear_error();
            raise_errno(t, &exc_OSError, err, v);
            return false;
        }
        if (BIO_tell(file) == 0) {
            BIO_puts(file, "# TLS secrets log file, generated by OpenSSL / Python\n");
            (void)BIO_flush(file);
        }
    }
    owned_mutex_lock(t, &c->lock);
    BIO_free_all(c->keylog);
    c->keylog = file;
    gc_store(c, &c->keylog_name, file ? v : NONE);
    SSL_CTX_set_keylog_callback(c->ctx, file ? keylog_line : NULL);
    owned_mutex_unlock(&c->lock);
    return true;
}

static const NativeDef context_methods[] = {
    {"_wrap_socket(sock, server_side, server_hostname=None, *, owner=None, session=None)",
     context_wrap_socket, "A connection over a socket.", 0},
    {"_wrap_bio(incoming, outgoing, server_side, server_hostname=None, *, owner=None, "
     "session=None)",
     context_wrap_bio, "A connection over two MemoryBIOs.", 0},
    {"set_ciphers(cipherlist, /)", context_set_ciphers, "Sets the ciphers, in OpenSSL's notation.",
     0},
    {"get_ciphers()", context_get_ciphers, "A list of dicts about the enabled ciphers, best first.",
     0},
    {"_set_alpn_protocols(protos, /)", context_set_alpn,
     "Sets the protocols of ALPN, in wire form.", 0},
    {"set_ecdh_curve(name, /)", context_set_ecdh_curve, "Sets the curve of the key exchange.", 0},
    {"load_cert_chain(certfile, keyfile=None, password=None)", context_load_cert_chain,
     "Loads a private key and its certificates.", 0},
    {"load_verify_locations(cafile=None, capath=None, cadata=None)", context_load_verify_locations,
     "Loads certificates of authorities.", 0},
    {"set_default_verify_paths()", context_set_default_verify_paths,
     "Takes the authorities of the system.", 0},
    {"load_dh_params(path, /)", context_load_dh_params,
     "Loads parameters of the Diffie-Hellman key exchange.", 0},
    {"get_ca_certs(binary_form=False)", context_get_ca_certs,
     "The loaded authorities, as dicts or DER.", 0},
    {"cert_store_stats()", context_cert_store_stats,
     "How many certificates and revocation lists are loaded.", 0},
    {"session_stats()", context_session_stats, "Counts of sessions.", 0},
    {0},
};

static const GetSetDef context_getset[] = {
    {"check_hostname", get_check_hostname, set_check_hostname, "Whether the peer's name must fit.",
     NULL},
    {"_host_flags", get_host_flags, set_host_flags, "How names are compared.", NULL},
    {"minimum_version", get_version, set_version, "Lowest version of TLS.", NULL},
    {"maximum_version", get_version, set_version, "Highest version of TLS.", &ssl_context_type},
    {"num_tickets", get_num_tickets, set_num_tickets, "Tickets that a server sends.", NULL},
    {"options", get_options, set_options, "OP_... flags.", NULL},
    {"post_handshake_auth", get_post_handshake_auth, set_post_handshake_auth,
     "Whether clients can be asked for a certificate later.", NULL},
    {"protocol", get_protocol, NULL, "The PROTOCOL_... given at creation.", NULL},
    {"security_level", get_security_level, NULL, "OpenSSL's security level.", NULL},
    {"sni_callback", get_sni_callback, set_sni_callback,
     "Called with the name that a client asks for.", NULL},
    {"_msg_callback", get_msg_callback, set_msg_callback,
     "Called with each message of the protocol.", NULL},
    {"keylog_filename", get_keylog, set_keylog, "File that secrets are written to, for debugging.",
     NULL},
    {"verify_flags", get_verify_flags, set_verify_flags, "VERIFY_... flags.", NULL},
    {"verify_mode", get_verify_mode, set_verify_mode, "CERT_NONE, CERT_OPTIONAL or CERT_REQUIRED.",
     NULL},
    {0},
};

Type ssl_context_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ssl._SSLContext",
    .doc = "Settings of SSL connections.",
    .size = sizeof(SslContext),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = context_trace,
    .free = context_free,
    .new = context_new,
    .methods = context_methods,
    .getset = context_getset,
};
