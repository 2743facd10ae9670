/* The exceptions of _ssl. */
#include <errno.h>
#include <openssl/x509v3.h>

#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"
#include "modules/_ssl/ssl.h"

static Value exceptions[SSL_EXC_COUNT]; /* roots */

/* ---- raising ---- */

static const char *library_name(unsigned long e)
{
    static const struct { int library; const char *name;
    } libraries[] = {
        {ERR_LIB_SSL, "SSL"},
        {ERR_LIB_X509, "X509"},
        {ERR_LIB_X509V3, "X509V3"},
        {ERR_LIB_PEM, "PEM"},
        {ERR_LIB_ASN1, "ASN1"},
        {ERR_LIB_EVP, "EVP"},
        {ERR_LIB_BIO, "BIO"},
        {ERR_LIB_RSA, "RSA"},
        {ERR_LIB_EC, "EC"},
        {ERR_LIB_DH, "DH"},
        {ERR_LIB_CONF, "CONF"},
        {ERR_LIB_PKCS12, "PKCS12"},
        {ERR_LIB_RAND, "RAND"},
        {ERR_LIB_SYS, "SYS"},
        {ERR_LIB_OBJ, "OBJ"},
        {ERR_LIB_CRYPTO, "CRYPTO"},
        {ERR_LIB_PROV, "PROV"},
        {ERR_LIB_OSSL_DECODER, "OSSL_DECODER"},
        {ERR_LIB_OSSL_STORE, "OSSL_STORE"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
        if (libraries[i].library == ERR_GET_LIB(e)) {
            return libraries[i].name;
        }
    }
    return NULL;
}

/* The reason as C code spells it: "certificate verify failed" is CERTIFICATE_VERIFY_FAILED.  NONE:
 * unknown. */
static Value reason_name(Thread *t, unsigned long e)
{
    bool common = ERR_GET_REASON(e) & ERR_RFLAG_COMMON; /* of no library in particular */
    const char *words = e && !common ? ERR_reason_error_string(e) : NULL;
    char name[128];
    size_t i = 0;
    for (; words && words[i] && i < sizeof name - 1; i++) {
        char c = words[i];
        name[i] = c >= 'a' && c <= 'z'                               ? (char)(c - 32)
                  : (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c
                                                                     : '_';
    }
    return i ? str_from_ascii(t, name, i) : NONE;
}

static Value verify_words(Thread *t, Connection *c, long code)
{
    if (code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH) {
        return str_format(t, "%s mismatch, certificate is not valid for '%S'.",
                          code == X509_V_ERR_HOSTNAME_MISMATCH ? "Hostname" : "IP address",
                          c->server_hostname);
    }
    return str_from_cstr(t, X509_verify_cert_error_string(code));
}

static Value message(Thread *t, const char *words, Value reason, const char *library, Value verify)
{
    StrBuilder b;
    sb_init(&b, t);
    if (library && !is_none(reason)) {
        sb_format(&b, "[%s: %U] ", library, reason);
    } else if (library) {
        sb_format(&b, "[%s] ", library);
    }
    sb_cstr(&b, words);
    if (!is_none(verify)) {
        sb_format(&b, ": %U", verify);
    }
    sb_cstr(&b, " (_ssl.c)");
    return sb_finish(&b);
}

Value raise_ssl(Thread *t, SslException exception, int number, const char *words,
                unsigned long queued, Connection *c)
{
    const char *library = queued ? library_name(queued) : NULL;
    Value reason = reason_name(t, queued), verify = NONE, code = NONE;
    ERR_clear_error();
    if (exception == SSL_EXC_VERIFICATION && c) {
        long result = SSL_get_verify_result(c->ssl);
        code = fixnum(result);
        verify = verify_words(t, c, result);
    }
    Value text = reason && verify ? message(t, words, reason, library, verify) : 0;
    Value exc = text ? call2(t, exceptions[exception], fixnum(number), text) : 0;
    Value library_value = str_or_none(t, library);
    if (!exc || !library_value || !object_setattr(t, exc, intern_cstr(t, "reason"), reason) ||
        !object_setattr(t, exc, intern_cstr(t, "library"), library_value)) {
        return 0;
    }
    if (exception == SSL_EXC_VERIFICATION &&
        (!object_setattr(t, exc, intern_cstr(t, "verify_code"), code) ||
         !object_setattr(t, exc, intern_cstr(t, "verify_message"), verify))) {
        return 0;
    }
    return raise_exception(t, exc);
}

static const char *queued_words(unsigned long e)
{
    const char *words = e ? ERR_reason_error_string(e) : NULL;
    return words ? words : "unknown error";
}

Value raise_ssl_queue(Thread *t)
{
    unsigned long e = ERR_peek_last_error();
    return raise_ssl(t, SSL_EXC_ERROR, ERR_GET_REASON(e), queued_words(e), e, NULL);
}

static Value raise_syscall(Thread *t, Connection *c, int r, unsigned long e, int err)
{
    if (e) {
        return raise_ssl(t, SSL_EXC_SYSCALL, SSL_ERROR_SYSCALL, queued_words(e), e, NULL);
    }
    if (r == 0 || !c->socket || err == 0) {
        return raise_ssl(t, SSL_EXC_EOF, SSL_ERRNO_EOF, "EOF occurred in violation of protocol", 0,
                         NULL);
    }
    ERR_clear_error();
    return raise_errno(t, &exc_OSError, err, 0);
}

Value raise_ssl_result(Thread *t, Connection *c, int r, int ssl_error, int err)
{
    unsigned long e = ERR_peek_last_error();
    switch (ssl_error) {
    case SSL_ERROR_ZERO_RETURN:
        return raise_ssl(t, SSL_EXC_ZERO_RETURN, ssl_error,
                         "TLS/SSL connection has been closed (EOF)", 0, NULL);
    case SSL_ERROR_WANT_READ:
        return raise_ssl(t, SSL_EXC_WANT_READ, ssl_error, "The operation did not complete (read)",
                         0, NULL);
    case SSL_ERROR_WANT_WRITE:
        return raise_ssl(t, SSL_EXC_WANT_WRITE, ssl_error, "The operation did not complete (write)",
                         0, NULL);
    case SSL_ERROR_WANT_X509_LOOKUP:
        return raise_ssl(t, SSL_EXC_ERROR, ssl_error,
                         "The operation did not complete (X509 lookup)", 0, NULL);
    case SSL_ERROR_SYSCALL:
        return raise_syscall(t, c, r, e, err);
    case SSL_ERROR_SSL:
        if (ERR_GET_LIB(e) == ERR_LIB_SSL &&
            ERR_GET_REASON(e) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
            return raise_ssl(t, SSL_EXC_EOF, SSL_ERRNO_EOF, "EOF occurred in violation of protocol",
                             e, NULL);
        }
        if (ERR_GET_LIB(e) == ERR_LIB_SSL && ERR_GET_REASON(e) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            return raise_ssl(t, SSL_EXC_VERIFICATION, ssl_error, queued_words(e), e, c);
        }
        return raise_ssl(t, SSL_EXC_ERROR, ssl_error,
                         e ? queued_words(e) : "A failure in the SSL library occurred", e, NULL);
    default:
        return raise_ssl(t, SSL_EXC_ERROR, ssl_error, "Invalid error code", e, NULL);
    }
}

/* ---- the types ---- */

/* What was given as text, or the arguments. */
static Value error_str(SSL_ARGS)
{
    const OSErrorExc *e = (OSErrorExc *)value_object(args[0]);
    return e->strerror_ && value_is_str(e->strerror_) ? e->strerror_ : object_str(t, e->base.args);
}

static Value new_exception(Thread *t, const char *name, Value bases, const char *doc)
{
    Value ns = call0(t, object_value(&dict_type));
    bool ok = ns && object_setitem(t, ns, N(__module__), intern_cstr(t, "ssl")) &&
              object_setitem(t, ns, N(__doc__), str_from_cstr(t, doc));
    return ok && bases ? call3(t, object_value(&type_type), intern_cstr(t, name), bases, ns) : 0;
}

bool ssl_errors_init(Thread *t, Value mod)
{
    static const struct { const char *name, *doc;
    } table[SSL_EXC_COUNT] = {
        {"SSLError", "An error of the SSL library."},
        {"SSLZeroReturnError", "The connection was closed cleanly."},
        {"SSLWantReadError", "More data must come in before the operation can go on."},
        {"SSLWantWriteError", "Data must go out before the operation can go on."},
        {"SSLSyscallError", "A system call failed below the SSL library."},
        {"SSLEOFError", "The connection ended where the protocol does not allow it."},
        {"SSLCertVerificationError", "A certificate could not be verified."},
    };
    static const NativeDef str_def = {"__str__()", error_str, "Return str(self).", 0};
    for (size_t i = 0; i < SSL_EXC_COUNT; i++) {
        if (!exceptions[i]) {
            gc_add_root(&exceptions[i]);
            Value bases = i == SSL_EXC_ERROR          ? tuple_pack(t, 1, object_value(&exc_OSError))
                          : i == SSL_EXC_VERIFICATION ? tuple_pack(t, 2, exceptions[SSL_EXC_ERROR],
                                                                   object_value(&exc_ValueError))
                                                      : tuple_pack(t, 1, exceptions[SSL_EXC_ERROR]);
            exceptions[i] = new_exception(t, table[i].name, bases, table[i].doc);
            Value str = i == SSL_EXC_ERROR && exceptions[i]
                            ? method_descr_new(t, value_type(exceptions[i]), &str_def) : NONE;
            if (!exceptions[i] || !str ||
                (!is_none(str) && !object_setattr(t, exceptions[i], N(__str__), str))) {
                return false;
            }
            if (i == SSL_EXC_ERROR) {
                value_type(exceptions[i])->name = "ssl.SSLError"; /* as messages call it */
                value_type(exceptions[i])->flags |= TYPE_IMMUTABLE;
            }
        }
        if (!module_add(t, mod, table[i].name, exceptions[i])) {
            return false;
        }
    }
    return true;
}
