/* The module _sha256. */
#include "modules/_hash/evp_hash.h"

static const EvpHashKind sha224_kind = {.name = "sha224", .md = EVP_sha224};
EVP_HASH_TYPE(sha224_type, "_sha256.sha224", sha224_kind);

static Value sha224_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &sha224_type, args[0]);
}

static const EvpHashKind sha256_kind = {.name = "sha256", .md = EVP_sha256};
EVP_HASH_TYPE(sha256_type, "_sha256.sha256", sha256_kind);

static Value sha256_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &sha256_type, args[0]);
}

static const NativeDef sha256_functions[] = {
    {"sha224(string=b'', *, usedforsecurity=True)", sha224_new, "A SHA224 hash object.", 0},
    {"sha256(string=b'', *, usedforsecurity=True)", sha256_new, "A SHA256 hash object.", 0},
    {0},
};

static bool sha256_exec(Thread *t, Value mod)
{
    return type_ready(t, &sha224_type) &&
           module_add(t, mod, "SHA224Type", object_value(&sha224_type)) &&
           type_ready(t, &sha256_type) &&
           module_add(t, mod, "SHA256Type", object_value(&sha256_type));
}

const ModuleDef module__sha256 = {"_sha256", "The SHA-224 and SHA-256 algorithms.",
                                  sha256_functions, sha256_exec};
