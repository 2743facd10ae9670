/* The module _sha1. */
#include "modules/_hash/evp_hash.h"

static const EvpHashKind sha1_kind = {.name = "sha1", .md = EVP_sha1};
EVP_HASH_TYPE(sha1_type, "_sha1.sha1", sha1_kind);

static Value sha1_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &sha1_type, args[0]);
}

static const NativeDef sha1_functions[] = {
    {"sha1(string=b'', *, usedforsecurity=True)", sha1_new, "A SHA1 hash object.", 0},
    {0},
};

static bool sha1_exec(Thread *t, Value mod)
{
    return type_ready(t, &sha1_type) &&
           module_add(t, mod, "SHA1Type", object_value(&sha1_type));
}

const ModuleDef module__sha1 = {"_sha1", "The SHA-1 algorithm.", sha1_functions, sha1_exec};
