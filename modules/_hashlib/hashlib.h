/* What the files of _hashlib share.  HASH objects are EvpHash (modules/_hash): their context is
 * used under `busy`. */
#ifndef MODULES_HASHLIB_H
#define MODULES_HASHLIB_H

#include "modules/_hash/evp_hash.h"

#define HASHLIB_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

extern Type openssl_hash_type, openssl_xof_type, openssl_hmac_type;

/* ValueError with the last error of libcrypto, whose queue is emptied.  Returns 0. */
COLD Value raise_crypto(Thread *t);
/* The library's digest of one of our names or its own; to be given to EVP_MD_free.  NULL: raised.
 */
EVP_MD *digest_by_name(Thread *t, Value name);
/* The same for a name or one of the constructors openssl_...; UnsupportedDigestmodError. */
EVP_MD *digest_by_mod(Thread *t, Value digestmod);
Value digest_name(Thread *t, const EVP_MD *md); /* as hashlib spells it */
Value digest_names(Thread *t);                  /* frozenset of them all */
/* frees md; 0 md: raised before */
Value openssl_hash_new(Thread *t, EVP_MD *md, Value data /* or 0 */);

Value hmac_new_function(HASHLIB_ARGS);
Value hmac_digest_function(HASHLIB_ARGS);
Value pbkdf2_hmac_function(HASHLIB_ARGS);
Value scrypt_function(HASHLIB_ARGS);

#endif
