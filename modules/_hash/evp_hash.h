/* Hash objects over libcrypto's digests; the modules _md5, _sha1, _sha256, _sha512 and _sha3 are
 * tables of them. */
#ifndef MODULES_HASH_EVP_HASH_H
#define MODULES_HASH_EVP_HASH_H

#include <openssl/evp.h>

#include "core/base/mutex.h"
#include "core/object/buffer.h"
#include "core/object/module.h"

typedef struct EvpHash {
    Object head;
    EVP_MD_CTX *ctx;   /* under `busy` */
    Mutex busy;
} EvpHash;

/* What a type of hash objects needs to know; found through the type's `ext`. */
typedef struct EvpHashKind {
    const char *name;        /* of the algorithm: "sha256" */
    const EVP_MD *(*md)(void);
    bool xof;                /* digest(length) */
    int rate_bits;           /* sha3 */
    unsigned char suffix;
} EvpHashKind;

/* A new object; data: bytes-like or 0. */
Value evp_hash_new(Thread *t, Type *type, Value data);
void evp_hash_free(Object *o);
/* with a fresh context; NULL: raised */
EvpHash *evp_hash_alloc(Thread *t, Type *type);
NODISCARD bool evp_hash_update(Thread *t, EvpHash *h, Value data);
/* given the same input; NULL: raised */
EVP_MD_CTX *evp_hash_copy_context(Thread *t, EvpHash *h);
Value hash_hex(Thread *t, Value bytes /* or 0, passed on */);
/* The methods update(obj, /) and copy() of EvpHash objects. */
Value evp_hash_update_method(Thread *t, Value *args, size_t n, Value kw);
Value evp_hash_copy_method(Thread *t, Value *args, size_t n, Value kw);
extern const NativeDef evp_hash_methods[], evp_sha3_methods[], evp_xof_methods[];
extern const GetSetDef evp_hash_getset[], evp_sha3_getset[];
/* A buffer of hash input; TypeErrors of the hash modules. */
NODISCARD bool hash_input(Thread *t, Value data, Buffer *view);

#define EVP_HASH_TYPE(variable, type_name, kind_)                                                  \
    static Type variable = {                                                                       \
        .head = OBJECT_STATIC_HEAD(&type_type), .name = type_name,                                 \
        .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS, .size = sizeof(EvpHash),                   \
        .free = evp_hash_free, .methods = evp_hash_methods,                                        \
        .getset = evp_hash_getset, .ext = (void *)(uintptr_t)&(kind_),                             \
    }

#endif
