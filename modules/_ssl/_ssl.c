/* _ssl: SSL connections by OpenSSL.  The types are in the other files of this folder; here
 * functions and constants. */
#include <limits.h>
#include <openssl/rand.h>

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/float.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_socket/socket.h"
#include "modules/_ssl/ssl.h"

/* ---- random numbers ---- */

static Value rand_add(SSL_ARGS)
{
    Buffer view;
    double entropy;
    Value data = value_is_str(args[0]) ? str_encode(t, args[0], "utf-8", "strict") : args[0];
    if (!data || !value_to_double(t, args[1], &entropy) ||
        !buffer_get_still(t, data, &view)) {
        return 0;
    }
    const char *p = view.buf;
    for (ssize_t left = view.len; left > 0; left -= INT_MAX, p += INT_MAX) {
        RAND_add(p, left < INT_MAX ? (int)left : INT_MAX, entropy);
    }
    buffer_release(t, &view);
    return NONE;
}

static Value rand_bytes(SSL_ARGS)
{
    int count;
    if (!value_to_int(t, args[0], &count)) {
        return 0;
    }
    if (count < 0) {
        return value_error(t, "num must be positive");
    }
    Value bytes = bytes_new(t, NULL, (size_t)count);
    if (bytes && RAND_bytes((unsigned char *)value_bytes(bytes)->data, count) != 1) {
        return raise_ssl_queue(t);
    }
    return bytes;
}

static Value rand_pseudo_bytes(SSL_ARGS)
{
    if (!warn(t, &exc_DeprecationWarning, 1, "ssl.RAND_pseudo_bytes() is deprecated")) {
        return 0;
    }
    Value bytes = rand_bytes(t, args, n, kw);
    return bytes ? tuple_pack(t, 2, bytes, TRUE_VALUE) : 0;
}

static Value rand_status(SSL_ARGS)
{
    return bool_value(RAND_status() == 1);
}

/* ---- objects ---- */

static Value object_tuple(Thread *t, const ASN1_OBJECT *o)
{
    int nid = OBJ_obj2nid(o);
    char oid[256];
    if (nid == NID_undef) {
        return value_error(t, "Unknown object");
    }
    Value dotted = OBJ_obj2txt(oid, sizeof oid, o, 1) > 0 ? str_from_cstr(t, oid) : NONE;
    Value short_name = str_from_cstr(t, OBJ_nid2sn(nid)),
          long_name = str_from_cstr(t, OBJ_nid2ln(nid));
    return dotted && short_name && long_name
               ? tuple_pack(t, 4, fixnum(nid), short_name, long_name, dotted)
               : 0;
}

static Value txt2obj(SSL_ARGS)
{
    const char *text = str_cstr_arg(t, args[0], "txt2obj", "'txt'");
    int by_name = text && args[1] ? object_truth(t, args[1]) : 0;
    if (!text || by_name < 0) {
        return 0;
    }
    ASN1_OBJECT *o = OBJ_txt2obj(text, !by_name);
    ERR_clear_error();
    if (!o) {
        return value_error(t, "unknown object '%.100s'", text);
    }
    Value v = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return v;
}

static Value nid2obj(SSL_ARGS)
{
    int nid;
    if (!value_to_int(t, args[0], &nid)) {
        return 0;
    }
    if (nid < NID_undef) {
        return value_error(t, "NID must be positive.");
    }
    ASN1_OBJECT *o = OBJ_nid2obj(nid);
    ERR_clear_error();
    if (!o) {
        return value_error(t, "unknown NID %d", nid);
    }
    Value v = object_tuple(t, o);
    ASN1_OBJECT_free(o);
    return v;
}

/* ---- files ---- */

static Value default_verify_paths(SSL_ARGS)
{
    const char *const texts[4] = {X509_get_default_cert_file_env(), X509_get_default_cert_file(),
                                  X509_get_default_cert_dir_env(), X509_get_default_cert_dir()};
    Value tuple = tuple_new(t, 4);
    for (size_t i = 0; tuple && i < 4; i++) {
        Value v = str_from_fs(t, texts[i], strlen(texts[i]));
        if (!v) {
            return 0;
        }
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i], v);
    }
    return tuple;
}

static Value test_decode_cert(SSL_ARGS)
{
    const char *path = str_fs_path(t, args[0]);
    BIO *b = path ? BIO_new_file(path, "r") : NULL;
    if (!b) {
        return path ? raise_ssl(t, SSL_EXC_ERROR, 0, "Can't open file", 0, NULL) : 0;
    }
    X509 *cert = PEM_read_bio_X509(b, NULL, NULL, NULL);
    BIO_free(b);
    if (!cert) {
        return raise_ssl(t, SSL_EXC_ERROR, 0, "Error decoding PEM-encoded file", 0, NULL);
    }
    Value v = certificate_dict(t, cert);
    X509_free(cert);
    return v;
}

static const NativeDef ssl_functions[] = {
    {"RAND_add(string, entropy, /)", rand_add, "Mixes data into the random number generator.", 0},
    {"RAND_bytes(n, /)", rand_bytes, "n random bytes.", 0},
    {"RAND_pseudo_bytes(n, /)", rand_pseudo_bytes, "n random bytes, and True.", 0},
    {"RAND_status()", rand_status, "Whether the random number generator has been seeded.", 0},
    {"get_default_verify_paths()", default_verify_paths,
     "Where OpenSSL looks for authorities: variables and paths.", 0},
    {"txt2obj(txt, name=False)", txt2obj, "NID, short name, long name and OID of an object.", 0},
    {"nid2obj(nid, /)", nid2obj, "The same by NID.", 0},
    {"_test_decode_cert(path, /)", test_decode_cert,
     "The dict of a certificate in a file, for tests.", 0},
    {0},
};

/* ---- constants ---- */

#define C(prefix, name, value) {#prefix "_" #name, value}
#define ALERT(name) C(ALERT_DESCRIPTION, name, SSL_AD_##name)
static const IntConstant constants[] = {
    C(SSL_ERROR, ZERO_RETURN, 6),
    C(SSL_ERROR, WANT_READ, 2),
    C(SSL_ERROR, WANT_WRITE, 3),
    C(SSL_ERROR, WANT_X509_LOOKUP, 4),
    C(SSL_ERROR, SYSCALL, 5),
    C(SSL_ERROR, SSL, 1),
    C(SSL_ERROR, WANT_CONNECT, 7),
    C(SSL_ERROR, EOF, SSL_ERRNO_EOF),
    C(SSL_ERROR, INVALID_ERROR_CODE, 10),
    C(CERT, NONE, 0),
    C(CERT, OPTIONAL, 1),
    C(CERT, REQUIRED, 2),
    C(VERIFY, DEFAULT, 0),
    C(VERIFY, CRL_CHECK_LEAF, X509_V_FLAG_CRL_CHECK),
    C(VERIFY, CRL_CHECK_CHAIN, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL),
    C(VERIFY, X509_STRICT, X509_V_FLAG_X509_STRICT),
    C(VERIFY, ALLOW_PROXY_CERTS, X509_V_FLAG_ALLOW_PROXY_CERTS),
    C(VERIFY, X509_TRUSTED_FIRST, X509_V_FLAG_TRUSTED_FIRST),
    C(VERIFY, X509_PARTIAL_CHAIN, X509_V_FLAG_PARTIAL_CHAIN),
    ALERT(CLOSE_NOTIFY),
    ALERT(UNEXPECTED_MESSAGE),
    ALERT(BAD_RECORD_MAC),
    ALERT(RECORD_OVERFLOW),
    ALERT(DECOMPRESSION_FAILURE),
    ALERT(HANDSHAKE_FAILURE),
    ALERT(BAD_CERTIFICATE),
    ALERT(UNSUPPORTED_CERTIFICATE),
    ALERT(CERTIFICATE_REVOKED),
    ALERT(CERTIFICATE_EXPIRED),
    ALERT(CERTIFICATE_UNKNOWN),
    ALERT(ILLEGAL_PARAMETER),
    ALERT(UNKNOWN_CA),
    ALERT(ACCESS_DENIED),
    ALERT(DECODE_ERROR),
    ALERT(DECRYPT_ERROR),
    ALERT(PROTOCOL_VERSION),
    ALERT(INSUFFICIENT_SECURITY),
    ALERT(INTERNAL_ERROR),
    ALERT(USER_CANCELLED),
    ALERT(NO_RENEGOTIATION),
    ALERT(UNSUPPORTED_EXTENSION),
    ALERT(CERTIFICATE_UNOBTAINABLE),
    ALERT(UNRECOGNIZED_NAME),
    ALERT(BAD_CERTIFICATE_STATUS_RESPONSE),
    ALERT(BAD_CERTIFICATE_HASH_VALUE),
    ALERT(UNKNOWN_PSK_IDENTITY),
    C(PROTOCOL, SSLv23, 2),
    C(PROTOCOL, TLS, 2),
    C(PROTOCOL, TLS_CLIENT, 16),
    C(PROTOCOL, TLS_SERVER, 17),
    C(PROTOCOL, TLSv1, 3),
    C(PROTOCOL, TLSv1_1, 4),
    C(PROTOCOL, TLSv1_2, 5),
    C(OP, ALL, SSL_OP_ALL & ~(int64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS),
    C(OP, NO_SSLv2, 0),
    C(OP, NO_SSLv3, SSL_OP_NO_SSLv3),
    C(OP, NO_TLSv1, SSL_OP_NO_TLSv1),
    C(OP, NO_TLSv1_1, SSL_OP_NO_TLSv1_1),
    C(OP, NO_TLSv1_2, SSL_OP_NO_TLSv1_2),
    C(OP, NO_TLSv1_3, SSL_OP_NO_TLSv1_3),
    C(OP, CIPHER_SERVER_PREFERENCE, SSL_OP_CIPHER_SERVER_PREFERENCE),
    C(OP, SINGLE_DH_USE, 0),
    C(OP, NO_TICKET, SSL_OP_NO_TICKET),
    C(OP, SINGLE_ECDH_USE, 0),
    C(OP, NO_COMPRESSION, SSL_OP_NO_COMPRESSION),
    C(OP, ENABLE_MIDDLEBOX_COMPAT, SSL_OP_ENABLE_MIDDLEBOX_COMPAT),
    C(OP, NO_RENEGOTIATION, SSL_OP_NO_RENEGOTIATION),
    C(OP, IGNORE_UNEXPECTED_EOF, SSL_OP_IGNORE_UNEXPECTED_EOF),
    C(HOSTFLAG, ALWAYS_CHECK_SUBJECT, X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT),
    C(HOSTFLAG, NEVER_CHECK_SUBJECT, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT),
    C(HOSTFLAG, NO_WILDCARDS, X509_CHECK_FLAG_NO_WILDCARDS),
    C(HOSTFLAG, NO_PARTIAL_WILDCARDS, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS),
    C(HOSTFLAG, MULTI_LABEL_WILDCARDS, X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS),
    C(HOSTFLAG, SINGLE_LABEL_SUBDOMAINS, X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS),
    C(ENCODING, PEM, SSL_ENCODING_PEM),
    C(ENCODING, DER, SSL_ENCODING_DER),
    C(PROTO, MINIMUM_SUPPORTED, -2),
    C(PROTO, MAXIMUM_SUPPORTED, -1),
    C(PROTO, SSLv3, SSL3_VERSION),
    C(PROTO, TLSv1, TLS1_VERSION),
    C(PROTO, TLSv1_1, TLS1_1_VERSION),
    C(PROTO, TLSv1_2, TLS1_2_VERSION),
    C(PROTO, TLSv1_3, TLS1_3_VERSION),
    {"OPENSSL_VERSION_NUMBER", OPENSSL_VERSION_NUMBER},
};
#undef ALERT
#undef C

static bool add_features(Thread *t, Value mod)
{
    static const struct { const char *name; bool there;
    } features[] = {
        {"HAS_SNI", true},     {"HAS_TLS_UNIQUE", true}, {"HAS_ECDH", true},    {"HAS_NPN", false},
        {"HAS_ALPN", true},    {"HAS_SSLv2", false},     {"HAS_SSLv3", false},  {"HAS_TLSv1", true},
        {"HAS_TLSv1_1", true}, {"HAS_TLSv1_2", true},    {"HAS_TLSv1_3", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
        if (!module_add(t, mod, features[i].name, bool_value(features[i].there))) {
            return false;
        }
    }
    return true;
}

/* Major, minor, fix, patch, status: the nibbles of a version number. */
static Value version_tuple(Thread *t, unsigned long v)
{
    return tuple_pack(t, 5, fixnum(v >> 28 & 0xff), fixnum(v >> 20 & 0xff), fixnum(v >> 12 & 0xff),
                      fixnum(v >> 4 & 0xff), fixnum(v & 0xf));
}

static bool ssl_exec(Thread *t, Value mod)
{
    return type_ready(t, &socket_type) && ssl_errors_init(t, mod) &&
           module_add_type(t, mod, &ssl_context_type) &&
           module_add_type(t, mod, &connection_type) && module_add_type(t, mod, &memory_bio_type) &&
           module_add_type(t, mod, &session_type) && module_add_type(t, mod, &certificate_type) &&
           module_add_ints(t, mod, constants, ARRAY_SIZE(constants)) && add_features(t, mod) &&
           module_add_str(t, mod, "_DEFAULT_CIPHERS", OSSL_default_cipher_list()) &&
           module_add_str(t, mod, "OPENSSL_VERSION", OpenSSL_version(OPENSSL_VERSION)) &&
           module_add(t, mod, "OPENSSL_VERSION_INFO", version_tuple(t, OpenSSL_version_num())) &&
           module_add(t, mod, "_OPENSSL_API_VERSION", version_tuple(t, OPENSSL_VERSION_NUMBER));
}

extern const ModuleDef module__ssl;
const ModuleDef module__ssl = {
    .name = "_ssl",
    .doc = "SSL connections by OpenSSL, behind the module ssl.",
    .functions = ssl_functions,
    .exec = ssl_exec,
};
