/* _hashlib: hashes, HMAC and key derivation of OpenSSL's libcrypto.  hash.c, hmac.c, kdf.c; here
 * the module. */
#include <openssl/crypto.h>

#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "modules/_hashlib/hashlib.h"
#include "modules/compare_digest.h"

static Value unsupported_error; /* root */

EVP_MD *digest_by_mod(Thread *t, Value digestmod)
{
    if (value_is_str(digestmod)) {
        return digest_by_name(t, digestmod);
    }
    Value constructors = value_load(interp_slot(t, INTERP_hashlib_constructors));
    Value name = dict_get(t, constructors, digestmod);
    if (!name) {
        error_clear(t);
        raise(t, value_type(unsupported_error), "Unsupported digestmod %R", digestmod);
        return NULL;
    }
    return digest_by_name(t, name);
}

static Value new_function(HASHLIB_ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "name must be a string");
    }
    return openssl_hash_new(t, digest_by_name(t, args[0]), args[1]);
}

#define ALGORITHMS(X)                                           \
    X(md5) X(sha1) X(sha224) X(sha256) X(sha384) X(sha512)      \
    X(sha3_224) X(sha3_256) X(sha3_384) X(sha3_512)             \
    X(shake_128) X(shake_256)

#define CONSTRUCTOR(id)                                                                   \
    static Value openssl_##id(HASHLIB_ARGS)                                               \
    {                                                                                     \
        return openssl_hash_new(t, digest_by_name(t, intern_cstr(t, #id)), args[0]);      \
    }
ALGORITHMS(CONSTRUCTOR)

static Value get_fips_mode(HASHLIB_ARGS)
{
    return fixnum(EVP_default_properties_is_fips_enabled(NULL));
}

#define CONSTRUCTOR_ROW(id)                                                                        \
    {"openssl_" #id "(string=b'', *, usedforsecurity=True)", openssl_##id,                         \
     "A hash object for " #id ".", 0},

static const NativeDef hashlib_functions[] = {
    {"new(name, string=b'', *, usedforsecurity=True)", new_function,
     "A hash object for the named algorithm.", 0},
    ALGORITHMS(CONSTRUCTOR_ROW){"hmac_new(key, msg=b'', digestmod=None)", hmac_new_function,
                                "A HMAC object.", 0},
    {"hmac_digest(key, msg, digest)", hmac_digest_function, "The HMAC of a message at once.", 0},
    {"pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None)", pbkdf2_hmac_function,
     "Key from a password by PBKDF2 of PKCS #5.", 0},
    {"scrypt(password, *, salt=None, n=None, r=None, p=None, maxmem=0, dklen=64)", scrypt_function,
     "Key from a password by scrypt.", 0},
    {"compare_digest(a, b, /)", compare_digest,
     "Whether a and b are equal, in a time that does not depend on where "
     "they differ.",
     0},
    {"get_fips_mode()", get_fips_mode, "Whether only FIPS 140 algorithms are offered: 1 or 0.", 0},
    {0},
};

static bool add_constructors(Thread *t, Value mod)
{
    /* dict: openssl_... function -> name of the digest */
    Value constructors = dict_new(t);
#define ADD(id)                                                                                    \
    if (!constructors || !dict_set(t, constructors, object_getattr_cstr(t, mod, "openssl_" #id),   \
                                   intern_cstr(t, #id))) {                                         \
        return false;                                                                              \
    }
    ALGORITHMS(ADD)
#undef ADD
    gc_store_root(interp_slot(t, INTERP_hashlib_constructors), constructors);
    return module_add(t, mod, "_constructors", mappingproxy_new(t, constructors));
}

static bool hashlib_exec(Thread *t, Value mod)
{
    if (!unsupported_error) {
        gc_add_root(&unsupported_error);
        unsupported_error =
            type_new_simple(t, "_hashlib.UnsupportedDigestmodError", &exc_ValueError,
                            "A digest that this module does not know.");
    }
    return module_add_type(t, mod, &openssl_hash_type) &&
           module_add_type(t, mod, &openssl_xof_type) &&
           module_add_type(t, mod, &openssl_hmac_type) &&
           module_add(t, mod, "UnsupportedDigestmodError", unsupported_error) &&
           add_constructors(t, mod) && module_add(t, mod, "openssl_md_meth_names", digest_names(t));
}

extern const ModuleDef module__hashlib;
const ModuleDef module__hashlib = {
    .name = "_hashlib",
    .doc = "Hashes of OpenSSL, behind the modules hashlib and hmac.",
    .functions = hashlib_functions,
    .exec = hashlib_exec,
};
