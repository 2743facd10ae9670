/* Digests by name, and the types HASH and HASHXOF. */
#include <openssl/err.h>
#include <openssl/objects.h>

#include "core/object/bytes.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "modules/_hashlib/hashlib.h"

/* The common ones, and where hashlib spells a name in another way than libcrypto. */
static const struct { const char *ours, *theirs; int nid; } spellings[] = {
    {"sha512_224", "sha512-224", NID_sha512_224}, {"sha512_256", "sha512-256", NID_sha512_256},
    {"sha3_224", "sha3-224", NID_sha3_224}, {"sha3_256", "sha3-256", NID_sha3_256},
    {"sha3_384", "sha3-384", NID_sha3_384}, {"sha3_512", "sha3-512", NID_sha3_512},
    {"shake_128", "shake128", NID_shake128}, {"shake_256", "shake256", NID_shake256},
    {"blake2s", "blake2s256", NID_blake2s256}, {"blake2b", "blake2b512", NID_blake2b512},
    {"md5", "md5", NID_md5}, {"sha1", "sha1", NID_sha1}, {"sha224", "sha224", NID_sha224},
    {"sha256", "sha256", NID_sha256}, {"sha384", "sha384", NID_sha384},
    {"sha512", "sha512", NID_sha512},
};
/* What they name: fetched once, as a look-up takes longer than a short digest. */
static EVP_MD *fetched[ARRAY_SIZE(spellings)]; /* atomic */

static EVP_MD *fetch_once(size_t i)
{
    EVP_MD *md = __atomic_load_n(&fetched[i], __ATOMIC_ACQUIRE);
    if (!md && (md = EVP_MD_fetch(NULL, spellings[i].theirs, NULL))) {
        EVP_MD *first = NULL;
        if (!__atomic_compare_exchange_n(&fetched[i], &first, md, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE)) {
            EVP_MD_free(md);
            md = first;
        }
    }
    return md && EVP_MD_up_ref(md) ? md : NULL;
}

Value raise_crypto(Thread *t)
{
    unsigned long e = ERR_peek_last_error();
    const char *library = e ? ERR_lib_error_string(e) : NULL,
               *reason = e ? ERR_reason_error_string(e) : NULL;
    ERR_clear_error();
    if (!reason) {
        return value_error(t, "no reason supplied");
    }
    if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE) {
        return raise_memory(t);
    }
    return library ? value_error(t, "[%s] %s", library, reason) : value_error(t, "%s", reason);
}

EVP_MD *digest_by_name(Thread *t, Value name)
{
    const char *text = str_utf8(t, name, NULL);
    if (!text) {
        return NULL;
    }
    size_t i = 0;
    for (; i < ARRAY_SIZE(spellings); i++) {
        if (strcmp(text, spellings[i].ours) == 0) {
            break;
        }
    }
    EVP_MD *md = i < ARRAY_SIZE(spellings) ? fetch_once(i) : EVP_MD_fetch(NULL, text, NULL);
    if (!md) {
        raise_crypto(t);
    }
    return md;
}

static const char *name_text(const EVP_MD *md)
{
    int nid = EVP_MD_get_type(md);
    for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
        if (spellings[i].nid == nid) {
            return spellings[i].ours;
        }
    }
    const char *known = nid == NID_undef ? NULL : OBJ_nid2ln(nid);
    return known ? known : EVP_MD_get0_name(md);
}

Value digest_name(Thread *t, const EVP_MD *md)
{
    return str_from_cstr(t, name_text(md));
}

typedef struct DigestNames { Thread *t; Value set; bool failed; } DigestNames;

static void add_name(EVP_MD *md, void *arg)
{
    DigestNames *found = arg;
    if (EVP_MD_get_type(md) == NID_undef || found->failed) {
        return;
    }
    Value name = digest_name(found->t, md);
    found->failed = !name || !set_add(found->t, found->set, name);
}

Value digest_names(Thread *t)
{
    DigestNames found = {t, set_new(t, 0), false};
    if (!found.set) {
        return 0;
    }
    EVP_MD_do_all_provided(NULL, add_name, &found);
    return found.failed ? 0 : frozenset_new(t, found.set);
}

/* ---- the types ---- */

static EvpHash *as_hash(Value v)
{
    return (EvpHash *)value_object(v);
}

static const EVP_MD *digest_of(Value self)
{
    return EVP_MD_CTX_get0_md(as_hash(self)->ctx); /* stays what it was at creation */
}

Value openssl_hash_new(Thread *t, EVP_MD *md, Value data)
{
    if (!md) {
        return 0;
    }
    bool xof = EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF;
    EvpHash *h = evp_hash_alloc(t, xof ? &openssl_xof_type : &openssl_hash_type);
    bool ok = h && EVP_DigestInit_ex(h->ctx, md, NULL);
    EVP_MD_free(md);
    if (!ok) {
        return h ? raise_crypto(t) : 0;
    }
    return !data || evp_hash_update(t, h, data) ? object_value(h) : 0;
}

static Value final_bytes(Thread *t, Value self, ssize_t length, bool xof)
{
    EVP_MD_CTX *c = evp_hash_copy_context(t, as_hash(self));
    Value r = c ? bytes_new(t, NULL, (size_t)length) : 0;
    unsigned char *out = r ? (unsigned char *)value_bytes(r)->data : NULL;
    bool ok = r && (length == 0 || (xof ? EVP_DigestFinalXOF(c, out, (size_t)length)
                                        : EVP_DigestFinal_ex(c, out, NULL)));
    EVP_MD_CTX_free(c);
    return r && !ok ? raise_crypto(t) : r;
}

static Value digest_method(HASHLIB_ARGS)
{
    return final_bytes(t, args[0], EVP_MD_get_size(digest_of(args[0])), false);
}

static Value hexdigest_method(HASHLIB_ARGS)
{
    return hash_hex(t, digest_method(t, args, n, kw));
}

static Value xof_digest_method(HASHLIB_ARGS)
{
    ssize_t length;
    if (!value_to_ssize(t, args[1], &length, &exc_OverflowError)) {
        return 0;
    }
    return length < 0 ? value_error(t, "value must be positive")
                      : final_bytes(t, args[0], length, true);
}

static Value xof_hexdigest_method(HASHLIB_ARGS)
{
    return hash_hex(t, xof_digest_method(t, args, n, kw));
}

static Value hash_repr(Thread *t, Value self)
{
    return str_format(t, "<%s %s object @ %p>", name_text(digest_of(self)), type_of(self)->name,
                      value_object(self));
}

static Value get_name(Thread *t, Value self, void *closure UNUSED)
{
    return digest_name(t, digest_of(self));
}

static Value get_block_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(EVP_MD_get_block_size(digest_of(self)));
}

static Value get_digest_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(EVP_MD_get_size(digest_of(self)));
}

static Value get_no_size(Thread *t UNUSED, Value self UNUSED, void *closure UNUSED)
{
    return fixnum(0);
}

static const NativeDef hash_methods[] = {
    {"update(obj, /)", evp_hash_update_method, "Feeds the hash object with more data.", 0},
    {"copy()", evp_hash_copy_method, "A copy of the hash object.", 0},
    {"digest()", digest_method, "The digest as bytes.", 0},
    {"hexdigest()", hexdigest_method, "The digest as hexadecimal text.", 0},
    {0},
};

static const NativeDef xof_methods[] = {
    {"digest(length)", xof_digest_method, "The first length bytes of the digest.", 0},
    {"hexdigest(length)", xof_hexdigest_method,
     "The first length bytes of the digest as hexadecimal text.", 0},
    {0},
};

static const GetSetDef hash_getset[] = {
    {"name", get_name, NULL, "Name of the algorithm.", NULL},
    {"block_size", get_block_size, NULL, "Bytes hashed at a time.", NULL},
    {"digest_size", get_digest_size, NULL, "Bytes of a digest.", NULL},
    {0},
};

static const GetSetDef xof_getset[] = {
    {"digest_size", get_no_size, NULL, "0: digest() takes the length.", NULL},
    {0},
};

Type openssl_hash_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_hashlib.HASH",
    .sig = "HASH(name, string=b'')",
    .doc = "A hash being calculated by libcrypto; hashlib.new() makes them.",
    .size = sizeof(EvpHash),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .free = evp_hash_free,
    .repr = hash_repr,
    .methods = hash_methods,
    .getset = hash_getset,
};

Type openssl_xof_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_hashlib.HASHXOF",
    .base = &openssl_hash_type,
    .sig = "HASHXOF(name, string=b'')",
    .doc = "A hash with a digest of any length.",
    .size = sizeof(EvpHash),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .free = evp_hash_free,
    .methods = xof_methods,
    .getset = xof_getset,
};
