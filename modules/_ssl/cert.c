/* Certificates as Python code sees them: the dict of getpeercert(), DER, and the type Certificate.
 */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_ssl/ssl.h"

static Value text_of_object(Thread *t, const ASN1_OBJECT *o)
{
    char text[256];
    int n = OBJ_obj2txt(text, sizeof text, o, 0);
    return n < 0 ? raise_ssl_queue(t) : str_from_utf8(t, text, strnlen(text, sizeof text - 1));
}

static Value text_of_string(Thread *t, const ASN1_STRING *s)
{
    unsigned char *utf8 = NULL;
    int n = ASN1_STRING_to_UTF8(&utf8, s);
    if (n < 0) {
        return raise_ssl_queue(t);
    }
    Value v = str_from_utf8(t, (char *)utf8, (size_t)n);
    OPENSSL_free(utf8);
    return v;
}

static Value tuple_of_list(Thread *t, Value list)
{
    return list ? sequence_tuple(t, list) : 0;
}

/* A tuple of RDNs, each a tuple of (name, value) pairs. */
static Value name_tuple(Thread *t, const X509_NAME *name)
{
    Value all = list_new(t, 4), rdn = list_new(t, 1);
    int set = -1;
    for (int i = 0; all && rdn && i < X509_NAME_entry_count(name); i++) {
        X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
        if (set >= 0 && X509_NAME_ENTRY_set(e) != set) {
            Value done = sequence_tuple(t, rdn);
            rdn = done && list_append(t, all, done) ? list_new(t, 1) : 0;
        }
        set = X509_NAME_ENTRY_set(e);
        Value key = rdn ? text_of_object(t, X509_NAME_ENTRY_get_object(e)) : 0;
        Value v = key ? text_of_string(t, X509_NAME_ENTRY_get_data(e)) : 0,
              pair = v ? tuple_pack(t, 2, key, v) : 0;
        if (!pair || !list_append(t, rdn, pair)) {
            return 0;
        }
    }
    if (!all || !rdn) {
        return 0;
    }
    if (list_len(rdn)) {
        Value done = sequence_tuple(t, rdn);
        if (!done || !list_append(t, all, done)) {
            return 0;
        }
    }
    return sequence_tuple(t, all);
}

/* What print() writes, as a str. */
static Value printed(Thread *t, bool (*print)(BIO *b, const void *what), const void *what)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *p;
    Value v = 0;
    if (!b || !print(b, what)) {
        raise_ssl_queue(t);
    } else {
        long n = BIO_get_mem_data(b, &p);
        v = str_from_utf8(t, p, (size_t)n);
    }
    BIO_free(b);
    return v;
}

static bool print_time(BIO *b, const void *when)
{
    return ASN1_TIME_print(b, when);
}

static bool print_serial(BIO *b, const void *serial)
{
    return i2a_ASN1_INTEGER(b, serial) >= 0;
}

static bool print_name(BIO *b, const void *name)
{
    return GENERAL_NAME_print(b, (GENERAL_NAME *)(uintptr_t)name);
}

static Value ip_text_of(Thread *t, const ASN1_OCTET_STRING *ip)
{
    const unsigned char *p = ASN1_STRING_get0_data(ip);
    int n = ASN1_STRING_length(ip);
    if (n == 4) {
        return str_format(t, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);
    }
    if (n != 16) {
        return str_from_cstr(t, "<invalid>");
    }
    char text[48];
    int len = 0;
    for (int i = 0; i < 16; i += 2) {
        len += snprintf(text + len, sizeof text - (size_t)len, "%s%X", i ? ":" : "",
                        p[i] << 8 | p[i + 1]);
    }
    return str_from_ascii(t, text, (size_t)len);
}

/* (kind, value) of an alternative name. */
static Value general_name(Thread *t, GENERAL_NAME *g)
{
    const char *kind;
    Value v;
    switch (g->type) {
    case GEN_DIRNAME:
        kind = "DirName";
        v = name_tuple(t, g->d.dirn);
        break;
    case GEN_EMAIL:
        kind = "email";
        v = text_of_string(t, g->d.rfc822Name);
        break;
    case GEN_DNS:
        kind = "DNS";
        v = text_of_string(t, g->d.dNSName);
        break;
    case GEN_URI:
        kind = "URI";
        v = text_of_string(t, g->d.uniformResourceIdentifier);
        break;
    case GEN_IPADD:
        kind = "IP Address";
        v = ip_text_of(t, g->d.iPAddress);
        break;
    case GEN_RID: {
        char oid[256];
        kind = "Registered ID";
        OBJ_obj2txt(oid, sizeof oid, g->d.registeredID, 1);
        v = str_from_cstr(t, oid);
        break;
    }
    default: { /* "othername:..." */
        Value all = printed(t, print_name, g);
        ssize_t colon = all ? str_find(all, str_from_char(t, ':'), 0, str_len(all)) : -1;
        Value left = colon < 0 ? 0 : str_substring(t, all, 0, (size_t)colon);
        v = left ? str_substring(t, all, (size_t)colon + 1, str_len(all)) : 0;
        return v ? tuple_pack(t, 2, left, v) : all ? tuple_pack(t, 2, all, all) : 0;
    }
    }
    return v ? tuple_pack(t, 2, str_from_cstr(t, kind), v) : 0;
}

/* NONE: has none */
static Value alternative_names(Thread *t, X509 *cert)
{
    GENERAL_NAMES *all_names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    if (!all_names) {
        return NONE;
    }
    Value all = list_new(t, 4);
    for (int i = 0; all && i < sk_GENERAL_NAME_num(all_names); i++) {
        Value pair = general_name(t, sk_GENERAL_NAME_value(all_names, i));
        all = pair && list_append(t, all, pair) ? all : 0;
    }
    sk_GENERAL_NAME_pop_free(all_names, GENERAL_NAME_free);
    return tuple_of_list(t, all);
}

static bool append_uri(Thread *t, Value list, const GENERAL_NAME *g)
{
    if (g->type != GEN_URI) {
        return true;
    }
    Value uri = text_of_string(t, g->d.uniformResourceIdentifier);
    return uri && list_append(t, list, uri);
}

/* Addresses of the authority's services of one kind; NONE: has none. */
static Value authority_info(Thread *t, X509 *cert, int method)
{
    AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);
    Value all = list_new(t, 2);
    for (int i = 0; all && info && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(d->method) == method && !append_uri(t, all, d->location)) {
            all = 0;
        }
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return all && list_len(all) == 0 ? NONE : tuple_of_list(t, all);
}

static Value crl_points(Thread *t, X509 *cert)
{
    STACK_OF(DIST_POINT) *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    Value all = list_new(t, 2);
    for (int i = 0; all && points && i < sk_DIST_POINT_num(points); i++) {
        DIST_POINT *p = sk_DIST_POINT_value(points, i);
        GENERAL_NAMES *all_names =
            p->distpoint && p->distpoint->type == 0 ? p->distpoint->name.fullname : NULL;
        for (int j = 0; all && all_names && j < sk_GENERAL_NAME_num(all_names); j++) {
            all = append_uri(t, all, sk_GENERAL_NAME_value(all_names, j)) ? all : 0;
        }
    }
    sk_DIST_POINT_pop_free(points, DIST_POINT_free);
    return all && list_len(all) == 0 ? NONE : tuple_of_list(t, all);
}

/* Adds a field unless it is None, which stands for an absent extension. */
static bool put(Thread *t, Value dict, const char *key, Value v)
{
    return v && (is_none(v) || dict_set_cstr(t, dict, key, v));
}

Value certificate_dict(Thread *t, X509 *cert)
{
    Value d = dict_new(t);
    bool ok = d && put(t, d, "subject", name_tuple(t, X509_get_subject_name(cert))) &&
              put(t, d, "issuer", name_tuple(t, X509_get_issuer_name(cert))) &&
              put(t, d, "version", fixnum(X509_get_version(cert) + 1)) &&
              put(t, d, "serialNumber", printed(t, print_serial, X509_get0_serialNumber(cert))) &&
              put(t, d, "notBefore", printed(t, print_time, X509_get0_notBefore(cert))) &&
              put(t, d, "notAfter", printed(t, print_time, X509_get0_notAfter(cert))) &&
              put(t, d, "subjectAltName", alternative_names(t, cert)) &&
              put(t, d, "OCSP", authority_info(t, cert, NID_ad_OCSP)) &&
              put(t, d, "caIssuers", authority_info(t, cert, NID_ad_ca_issuers)) &&
              put(t, d, "crlDistributionPoints", crl_points(t, cert));
    return ok ? d : 0;
}

Value certificate_der(Thread *t, X509 *cert)
{
    unsigned char *der = NULL;
    int n = i2d_X509(cert, &der);
    if (n < 0) {
        return raise_ssl_queue(t);
    }
    Value v = bytes_new(t, der, (size_t)n);
    OPENSSL_free(der);
    return v;
}

/* ---- Certificate ---- */

typedef struct Certificate { Object head; X509 *cert; } Certificate; /* init-only */

static X509 *cert_of(Value v)
{
    return ((Certificate *)value_object(v))->cert;
}

static void certificate_free(Object *o)
{
    X509_free(((Certificate *)o)->cert);
}

Value certificate_list(Thread *t, STACK_OF(X509) *chain)
{
    Value list = list_new(t, 2);
    for (int i = 0; list && i < sk_X509_num(chain); i++) {
        Certificate *c = object_alloc(t, &certificate_type, sizeof *c);
        if (c) {
            c->cert = sk_X509_value(chain, i);
            X509_up_ref(c->cert);
        }
        list = c && list_append(t, list, object_value(c)) ? list : 0;
    }
    return list;
}

static bool print_pem(BIO *b, const void *cert)
{
    return PEM_write_bio_X509(b, cert);
}

static bool print_subject(BIO *b, const void *cert)
{
    return X509_NAME_print_ex(b, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) >= 0;
}

static Value certificate_public_bytes(SSL_ARGS)
{
    int format = SSL_ENCODING_PEM;
    if (args[1] && !value_to_int(t, args[1], &format)) {
        return 0;
    }
    switch (format) {
    case SSL_ENCODING_PEM:
        return printed(t, print_pem, cert_of(args[0]));
    case SSL_ENCODING_DER:
        return certificate_der(t, cert_of(args[0]));
    default:
        return value_error(t, "Unsupported format");
    }
}

static Value certificate_get_info(SSL_ARGS)
{
    return certificate_dict(t, cert_of(args[0]));
}

static Value certificate_repr(Thread *t, Value self)
{
    Value subject = printed(t, print_subject, cert_of(self));
    return subject ? str_format(t, "<%s '%U'>", type_of(self)->name, subject) : 0;
}

static int64_t certificate_hash(Thread *t UNUSED, Value self)
{
    return (int64_t)(X509_subject_name_hash(cert_of(self)) & INT32_MAX);
}

static Value certificate_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if (type_of(b) != &certificate_type || (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    return bool_value((X509_cmp(cert_of(a), cert_of(b)) == 0) == (op == CMP_EQ));
}

static const NativeDef certificate_methods[] = {
    {"public_bytes(format=1)", certificate_public_bytes, "The certificate as PEM text or as DER.",
     0},
    {"get_info()", certificate_get_info, "The dict of the certificate.", 0},
    {0},
};

Type certificate_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_ssl.Certificate",
    .sig = "Certificate()",
    .doc = "A certificate of a peer's chain.",
    .size = sizeof(Certificate),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .free = certificate_free,
    .repr = certificate_repr,
    .hash = certificate_hash,
    .compare = certificate_compare,
    .methods = certificate_methods,
};
