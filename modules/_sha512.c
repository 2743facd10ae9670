/* The module _sha512. */
#include "modules/_hash/evp_hash.h"

static const EvpHashKind sha384_kind = {.name = "sha384", .md = EVP_sha384};
EVP_HASH_TYPE(sha384_type, "_sha512.sha384", sha384_kind);

static Value sha384_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &sha384_type, args[0]);
}

static const EvpHashKind sha512_kind = {.name = "sha512", .md = EVP_sha512};
EVP_HASH_TYPE(sha512_type, "_sha512.sha512", sha512_kind);

static Value sha512_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &sha512_type, args[0]);
}

static const NativeDef sha512_functions[] = {
    {"sha384(string=b'', *, usedforsecurity=True)", sha384_new, "A SHA384 hash object.", 0},
    {"sha512(string=b'', *, usedforsecurity=True)", sha512_new, "A SHA512 hash object.", 0},
    {0},
};

static bool sha512_exec(Thread *t, Value mod)
{
    return type_ready(t, &sha384_type) &&
           module_add(t, mod, "SHA384Type", object_value(&sha384_type)) &&
           type_ready(t, &sha512_type) &&
           module_add(t, mod, "SHA512Type", object_value(&sha512_type));
}

const ModuleDef module__sha512 = {"_sha512", "The SHA-384 and SHA-512 algorithms.",
                                  sha512_functions, sha512_exec};
