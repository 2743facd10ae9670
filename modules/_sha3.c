/* The module _sha3: SHA-3 and SHAKE as types whose constructors hash. */
#include "core/object/native.h"
#include "modules/_hash/evp_hash.h"

static Value sha3_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("sha3(data=b'', /, *, usedforsecurity=True)");
    Value a[2];
    return args_bind(t, &sig, args, n, kwnames, a) ? evp_hash_new(t, type, a[0]) : 0;
}

#define SHA3_TYPE(name_, md_, rate_, suffix_, xof_, methods_)                                     \
    static const EvpHashKind name_##_kind = {                                                     \
        .name = #name_, .md = md_, .xof = xof_, .rate_bits = rate_, .suffix = suffix_};           \
    static Type name_##_type = {                                                                  \
        .head = OBJECT_STATIC_HEAD(&type_type), .name = "_sha3." #name_, .size = sizeof(EvpHash), \
        .doc = #name_ "([data], *, usedforsecurity=True) -> hash object",                         \
        .free = evp_hash_free, .new = sha3_new, .methods = methods_, .getset = evp_sha3_getset,   \
        .flags = TYPE_LIKE_CLASS, .ext = (void *)(uintptr_t)&name_##_kind}
SHA3_TYPE(sha3_224, EVP_sha3_224, 1152, 6, false, evp_sha3_methods);
SHA3_TYPE(sha3_256, EVP_sha3_256, 1088, 6, false, evp_sha3_methods);
SHA3_TYPE(sha3_384, EVP_sha3_384, 832, 6, false, evp_sha3_methods);
SHA3_TYPE(sha3_512, EVP_sha3_512, 576, 6, false, evp_sha3_methods);
SHA3_TYPE(shake_128, EVP_shake128, 1344, 0x1f, true, evp_xof_methods);
SHA3_TYPE(shake_256, EVP_shake256, 1088, 0x1f, true, evp_xof_methods);

static bool sha3_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &sha3_224_type) && module_add_type(t, mod, &sha3_256_type) &&
           module_add_type(t, mod, &sha3_384_type) && module_add_type(t, mod, &sha3_512_type) &&
           module_add_type(t, mod, &shake_128_type) && module_add_type(t, mod, &shake_256_type) &&
           module_add_int(t, mod, "keccakopt", 64) &&
           module_add_str(t, mod, "implementation", "libcrypto");
}

const ModuleDef module__sha3 = {"_sha3", "The SHA-3 algorithms.", NULL, sha3_exec};
