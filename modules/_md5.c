/* The module _md5. */
#include "modules/_hash/evp_hash.h"

static const EvpHashKind md5_kind = {.name = "md5", .md = EVP_md5};
EVP_HASH_TYPE(md5_type, "_md5.md5", md5_kind);

static Value md5_new(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_new(t, &md5_type, args[0]);
}

static const NativeDef md5_functions[] = {
    {"md5(string=b'', *, usedforsecurity=True)", md5_new, "A MD5 hash object.", 0},
    {0},
};

static bool md5_exec(Thread *t, Value mod)
{
    return type_ready(t, &md5_type) &&
           module_add(t, mod, "MD5Type", object_value(&md5_type));
}

const ModuleDef module__md5 = {"_md5", "The MD5 algorithm.", md5_functions, md5_exec};
