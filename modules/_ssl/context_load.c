/* _SSLContext: certificates, keys and parameters from files and from memory. */
#define OPENSSL_SUPPRESS_DEPRECATED /* PEM_read_bio_DHparams(): its successor hides what is wrong  \
                                       with a file */
#include <errno.h>
#include <limits.h>
#include <openssl/pem.h>

#include "core/object/audit.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "importer/archive_files.h"
#include "modules/_ssl/ssl.h"

/* *path of an optional argument, NULL when it is None; TypeError "name should be a valid filesystem
 * path". */
static bool path_arg(Thread *t, Value v, const char *name, const char **path)
{
    *path = NULL;
    if (!v || is_none(v)) {
        return true;
    }
    *path = str_fs_path(t, v);
    if (!*path && error_clear_if(t, &exc_TypeError)) {
        type_error(t, "%s should be a valid filesystem path", name);
    }
    return *path != NULL;
}

/* After a failed call of OpenSSL for that path: the system's error, else the library's. */
static Value load_failed(Thread *t, int err, const char *path)
{
    if (!err) {
        return raise_ssl_queue(t);
    }
    ERR_clear_error();
    raise_errno(t, &exc_OSError, err, 0);
    archive_file_note(t, path, err);
    return 0;
}

/* ---- certificate chains ---- */

/* str, bytes, bytearray, or a function that returns one */
typedef struct Password { Thread *t; Value source; } Password;

static bool copy_password(Thread *t, Value v, char *to, int size, int *n)
{
    Buffer view;
    if (value_is_str(v)) {
        v = str_encode(t, v, "utf-8", "strict");
    }
    if (!v || !(value_is_bytes(v) || value_is_bytearray(v))) {
        if (v) {
            type_error(t, "password should be a string or callable");
        }
        return false;
    }
    if (!buffer_get_still(t, v, &view)) {
        return false;
    }
    bool fits = view.len <= size;
    if (fits) {
        memcpy(to, view.buf, (size_t)view.len);
        *n = (int)view.len;
    }
    buffer_release(t, &view);
    if (!fits) {
        value_error(t, "password cannot be longer than %d bytes", size);
    }
    return fits;
}

static int password_callback(char *to, int size, int for_writing UNUSED, void *arg)
{
    Password *p = arg;
    Value v = p->source;
    int n = -1;
    if (error_pending(p->t)) {
        return -1; /* the library asks again where it has failed before */
    }
    if (callable(v)) {
        v = call0(p->t, v);
        if (v && !value_is_str(v) && !value_is_bytes(v) && !value_is_bytearray(v)) {
            v = type_error(p->t, "password callback must return a string");
        }
    }
    return v && copy_password(p->t, v, to, size, &n) ? n : -1;
}

/* A function of OpenSSL that reads a file, which may be in an archive.  false: raised. */
static bool load_file(Thread *t, SSL_CTX *ctx, int (*load)(SSL_CTX *ctx, const char *path),
                      const char *path)
{
    ArchivePath own;
    const char *name = archive_path_begin(t, path, &own);
    errno = 0;
    bool ok = name && load(ctx, name) == 1;
    int err = errno;
    archive_path_end(&own);
    if (!ok && !error_pending(t)) {
        load_failed(t, err, path);
    }
    return ok;
}

static int use_key(SSL_CTX *ctx, const char *path)
{
    return SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
}

static Value load_chain(Thread *t, SSL_CTX *ctx, const char *certfile, const char *keyfile)
{
    if (!load_file(t, ctx, SSL_CTX_use_certificate_chain_file, certfile) ||
        !load_file(t, ctx, use_key, keyfile ? keyfile : certfile)) {
        return 0;
    }
    return SSL_CTX_check_private_key(ctx) == 1 ? NONE : raise_ssl_queue(t);
}

Value context_load_cert_chain(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    const char *certfile, *keyfile;
    Password password = {t, args[3] ? args[3] : NONE};
    if (!path_arg(t, args[1], "certfile", &certfile) ||
        !path_arg(t, args[2], "keyfile", &keyfile)) {
        return 0;
    }
    if (!certfile) {
        return type_error(t, "certfile should be a valid filesystem path");
    }
    bool asked = !is_none(password.source);
    if (asked && !callable(password.source) && !value_is_str(password.source) &&
        !value_is_bytes(password.source) && !value_is_bytearray(password.source)) {
        return type_error(t, "password should be a string or callable");
    }
    owned_mutex_lock(t, &c->lock);
    pem_password_cb *old = SSL_CTX_get_default_passwd_cb(c->ctx);
    void *old_arg = SSL_CTX_get_default_passwd_cb_userdata(c->ctx);
    if (asked) {
        SSL_CTX_set_default_passwd_cb(c->ctx, password_callback);
        SSL_CTX_set_default_passwd_cb_userdata(c->ctx, &password);
    }
    Value r = load_chain(t, c->ctx, certfile, keyfile);
    SSL_CTX_set_default_passwd_cb(c->ctx, old);
    SSL_CTX_set_default_passwd_cb_userdata(c->ctx, old_arg);
    owned_mutex_unlock(&c->lock);
    if (!r) {
        ERR_clear_error();
    }
    return r;
}

/* ---- authorities ---- */

/* Adds all certificates of b; what must be left in the queue at the end of the data is taken out of
 * it. */
static Value add_certificates(Thread *t, SslContext *c, BIO *b, bool der)
{
    X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
    int loaded = 0;
    for (;; loaded++) {
        X509 *cert = der ? d2i_X509_bio(b, NULL) : PEM_read_bio_X509(b, NULL, NULL, NULL);
        if (!cert) {
            break;
        }
        bool ok = X509_STORE_add_cert(store, cert);
        X509_free(cert);
        if (!ok) {
            return raise_ssl_queue(t);
        }
    }
    unsigned long e = ERR_peek_last_error();
    if (loaded == 0) {
        return raise_ssl(t, SSL_EXC_ERROR, 0,
                         der ? "not enough data: cadata does not contain a certificate"
                             : "no start line: cadata does not contain a certificate",
                         0, NULL);
    }
    bool end = der ? ERR_GET_LIB(e) == ERR_LIB_ASN1 && ERR_GET_REASON(e) == ASN1_R_HEADER_TOO_LONG
                   : ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE;
    bool at_end = der ? BIO_eof(b) : end;
    if (end || at_end || e == 0) {
        ERR_clear_error();
        return NONE;
    }
    return raise_ssl_queue(t);
}

static Value load_memory(Thread *t, SslContext *c, Value data)
{
    Buffer view;
    bool pem = value_is_str(data);
    if (pem && !value_str(data)->ascii) {
        return type_error(t, "cadata should be an ASCII string or a bytes-like object");
    }
    Value bytes = pem ? str_encode(t, data, "ascii", "strict") : data;
    if (!bytes || !value_has_buffer(bytes)) {
        return bytes ? type_error(t, "cadata should be an ASCII string or a bytes-like object") : 0;
    }
    if (!buffer_get_still(t, bytes, &view)) {
        return 0;
    }
    Value r;
    if (view.len <= 0 || view.len > INT_MAX) {
        r = value_error(t, view.len ? "Certificate data is too long." : "Empty certificate data");
    } else {
        BIO *b = BIO_new_mem_buf(view.buf, (int)view.len);
        r = b ? add_certificates(t, c, b, !pem) : raise_memory(t);
        BIO_free(b);
    }
    buffer_release(t, &view);
    return r;
}

Value context_load_verify_locations(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    const char *cafile, *capath, *name = NULL;
    Value data = args[3] && !is_none(args[3]) ? args[3] : 0;
    if (!path_arg(t, args[1], "cafile", &cafile) || !path_arg(t, args[2], "capath", &capath)) {
        return 0;
    }
    if (!cafile && !capath && !data) {
        return type_error(t, "cafile, capath and cadata cannot be all omitted");
    }
    Value r = NONE;
    owned_mutex_lock(t, &c->lock);
    if (data) {
        r = load_memory(t, c, data);
    }
    ArchivePath own = {.fd = -1};
    if (r && cafile) {
        name = archive_path_begin(t, cafile, &own);
        r = name ? r : 0;
    }
    if (r && (cafile || capath)) {
        thread_park(t);
        errno = 0;
        bool ok = SSL_CTX_load_verify_locations(c->ctx, name, capath);
        int err = errno;
        thread_unpark(t);
        r = ok ? NONE : load_failed(t, err, cafile ? cafile : capath);
    }
    archive_path_end(&own);
    owned_mutex_unlock(&c->lock);
    return r;
}

Value context_set_default_verify_paths(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    owned_mutex_lock(t, &c->lock);
    bool ok = SSL_CTX_set_default_verify_paths(c->ctx);
    owned_mutex_unlock(&c->lock);
    return ok ? NONE : raise_ssl_queue(t);
}

Value context_load_dh_params(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    const char *path = str_fs_path(t, args[1]);
    if (!path || !AUDIT(t, "open", 3, args[1], str_from_cstr(t, "rb"), fixnum(0))) {
        return 0;
    }
    ArchivePath own;
    const char *name = archive_path_begin(t, path, &own);
    if (!name) {
        return 0;
    }
    errno = 0;
    BIO *file = BIO_new_file(name, "r");
    int err = errno;
    archive_path_end(&own);
    if (!file) {
        ERR_clear_error();
        return raise_errno(t, &exc_OSError, err, args[1]);
    }
    DH *parameters = PEM_read_bio_DHparams(file, NULL, NULL, NULL);
    BIO_free(file);
    if (!parameters) {
        return raise_ssl_queue(t);
    }
    owned_mutex_lock(t, &c->lock);
    bool ok = SSL_CTX_set_tmp_dh(c->ctx, parameters);
    owned_mutex_unlock(&c->lock);
    DH_free(parameters);
    return ok ? NONE : raise_ssl_queue(t);
}

/* ---- what is loaded ---- */

Value context_get_ca_certs(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    int der = args[1] ? object_truth(t, args[1]) : 0;
    Value list = der < 0 ? 0 : list_new(t, 0);
    owned_mutex_lock(t, &c->lock);
    STACK_OF(X509) *certs = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(c->ctx));
    owned_mutex_unlock(&c->lock);
    /* without the store's lock, as this allocates */
    for (int i = 0; list && i < sk_X509_num(certs); i++) {
        X509 *cert = sk_X509_value(certs, i);
        if (X509_check_ca(cert)) {
            Value v = der ? certificate_der(t, cert) : certificate_dict(t, cert);
            list = v && list_append(t, list, v) ? list : 0;
        }
    }
    sk_X509_pop_free(certs, X509_free);
    return list;
}

Value context_cert_store_stats(SSL_ARGS)
{
    SslContext *c = as_context(args[0]);
    int certs = 0, authorities = 0, lists = 0;
    owned_mutex_lock(t, &c->lock);
    X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
    X509_STORE_lock(store);
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509_OBJECT *o = sk_X509_OBJECT_value(objects, i);
        if (X509_OBJECT_get_type(o) == X509_LU_X509) {
            certs++;
            authorities += X509_check_ca(X509_OBJECT_get0_X509(o)) != 0;
        } else {
            lists += X509_OBJECT_get_type(o) == X509_LU_CRL;
        }
    }
    X509_STORE_unlock(store);
    owned_mutex_unlock(&c->lock);
    Value d = dict_new(t);
    bool ok = d && dict_set_cstr(t, d, "x509", fixnum(certs)) &&
              dict_set_cstr(t, d, "crl", fixnum(lists)) &&
              dict_set_cstr(t, d, "x509_ca", fixnum(authorities));
    return ok ? d : 0;
}

Value context_session_stats(SSL_ARGS)
{
    SSL_CTX *ctx = as_context(args[0])->ctx;
    const struct { const char *name; long count;
    } counts[] = {
        {"number", SSL_CTX_sess_number(ctx)},
        {"connect", SSL_CTX_sess_connect(ctx)},
        {"connect_good", SSL_CTX_sess_connect_good(ctx)},
        {"connect_renegotiate", SSL_CTX_sess_connect_renegotiate(ctx)},
        {"accept", SSL_CTX_sess_accept(ctx)},
        {"accept_good", SSL_CTX_sess_accept_good(ctx)},
        {"accept_renegotiate", SSL_CTX_sess_accept_renegotiate(ctx)},
        {"hits", SSL_CTX_sess_hits(ctx)},
        {"misses", SSL_CTX_sess_misses(ctx)},
        {"timeouts", SSL_CTX_sess_timeouts(ctx)},
        {"cache_full", SSL_CTX_sess_cache_full(ctx)},
    };
    Value d = dict_new(t);
    for (size_t i = 0; d && i < ARRAY_SIZE(counts); i++) {
        d = dict_set_cstr(t, d, counts[i].name, fixnum(counts[i].count)) ? d : 0;
    }
    return d;
}
