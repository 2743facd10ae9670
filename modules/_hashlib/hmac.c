/* HMAC objects: H(key ^ opad, H(key ^ ipad, message)) of RFC 2104, by libcrypto's digests.  An object
 * holds the inner hash so far, and the padded key that the outer one begins with.  The hash is used
 * under `busy`; long input is taken parked. */
#include <openssl/crypto.h>

#include "core/object/bytes.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "modules/_hashlib/hashlib.h"

enum { PARK_INPUT = 2048, BLOCK_MAX = 144 /* of sha3_224 */, IPAD = 0x36, OPAD = 0x5c };

/* What the outer hash begins with, block bytes of it. */
typedef struct OuterKey { uint8_t bytes[BLOCK_MAX]; } OuterKey;

typedef struct Hmac {
    Object head;
    EVP_MD_CTX *inner; /* busy */
    EVP_MD *md;        /* init-only, as outer */
    Mutex busy;
    OuterKey outer;
} Hmac;

static Hmac *as_hmac(Value v)
{
    return (Hmac *)value_object(v);
}

static void hmac_free(Object *o)
{
    Hmac *h = (Hmac *)o;
    EVP_MD_CTX_free(h->inner);
    EVP_MD_free(h->md);
    OPENSSL_cleanse(&h->outer, sizeof h->outer);
}

/* Sets *outer; the inner hash, which has taken the padded key.  NULL: raised. */
static EVP_MD_CTX *keyed_context(Thread *t, const EVP_MD *md, const Buffer *key, OuterKey *outer)
{
    int block = EVP_MD_get_block_size(md);
    unsigned n = (unsigned)key->len;
    EVP_MD_CTX *ctx = NULL;
    uint8_t pad[BLOCK_MAX] = {0};
    bool ok = !(EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) && block > 0 && block <= BLOCK_MAX &&
              EVP_MD_get_size(md) <= block && (ctx = EVP_MD_CTX_new()) != NULL;
    if (ok && key->len > block) {
        ok = EVP_Digest(key->buf, (size_t)key->len, pad, &n, md, NULL);
    } else if (ok && n) {
        memcpy(pad, key->buf, n);
    }
    for (int i = 0; ok && i < block; i++) {
        outer->bytes[i] = pad[i] ^ OPAD;
        pad[i] ^= IPAD;
    }
    ok = ok && EVP_DigestInit_ex(ctx, md, NULL) && EVP_DigestUpdate(ctx, pad, (size_t)block);
    OPENSSL_cleanse(pad, sizeof pad);
    if (!ok) {
        EVP_MD_CTX_free(ctx);
        raise_crypto(t);
        return NULL;
    }
    return ctx;
}

/* Ends the calculation of inner, which is freed.  A digest of *n bytes. */
static bool finish(Thread *t, EVP_MD_CTX *inner, const EVP_MD *md, const OuterKey *outer,
                   uint8_t out[EVP_MAX_MD_SIZE], unsigned *n)
{
    bool ok = EVP_DigestFinal_ex(inner, out, n) && EVP_DigestInit_ex(inner, md, NULL) &&
              EVP_DigestUpdate(inner, outer->bytes, (size_t)EVP_MD_get_block_size(md)) &&
              EVP_DigestUpdate(inner, out, *n) && EVP_DigestFinal_ex(inner, out, n);
    EVP_MD_CTX_free(inner);
    if (!ok) {
        raise_crypto(t);
    }
    return ok;
}

static bool hmac_update(Thread *t, Hmac *h, Value data)
{
    Buffer view;
    if (!hash_input(t, data, &view)) {
        return false;
    }
    mutex_lock_parked(t, &h->busy);
    bool park = view.len > PARK_INPUT;
    if (park) {
        thread_park(t);
    }
    bool ok = true;
    BufferPieces pieces;
    buffer_pieces(&pieces, &view);
    const uint8_t *p;
    for (size_t n; ok && buffer_next_piece(&pieces, &p, &n);) {
        ok = EVP_DigestUpdate(h->inner, p, n);
    }
    if (park) {
        thread_unpark(t);
    }
    mutex_unlock(&h->busy);
    buffer_release(t, &view);
    if (!ok) {
        raise_crypto(t);
    }
    return ok;
}

/* Takes md and inner over; NULL: raised. */
static Hmac *hmac_alloc(Thread *t, EVP_MD *md, EVP_MD_CTX *inner, const OuterKey *outer)
{
    Hmac *h = object_alloc(t, &openssl_hmac_type, sizeof *h);
    if (!h) {
        EVP_MD_CTX_free(inner);
        EVP_MD_free(md);
        return NULL;
    }
    h->inner = inner;
    h->md = md;
    h->outer = *outer;
    return h;
}

Value hmac_new_function(HASHLIB_ARGS)
{
    Buffer key;
    if (!args[2]) {
        return type_error(t, "Missing required parameter 'digestmod'.");
    }
    if (!buffer_get_still(t, args[0], &key)) {
        return 0;
    }
    OuterKey outer;
    EVP_MD *md = digest_by_mod(t, args[2]);
    EVP_MD_CTX *inner = md ? keyed_context(t, md, &key, &outer) : NULL;
    buffer_release(t, &key);
    if (!inner) {
        EVP_MD_free(md);
        return 0;
    }
    Hmac *h = hmac_alloc(t, md, inner, &outer);
    OPENSSL_cleanse(&outer, sizeof outer);
    bool has_message = args[1] && !is_none(args[1]);
    return h && (!has_message || hmac_update(t, h, args[1])) ? object_value(h) : 0;
}

static EVP_MD_CTX *copy_of_context(Thread *t, Hmac *h)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    mutex_lock_parked(t, &h->busy);
    bool ok = c && EVP_MD_CTX_copy_ex(c, h->inner);
    mutex_unlock(&h->busy);
    if (!ok) {
        EVP_MD_CTX_free(c);
        raise_crypto(t);
        return NULL;
    }
    return c;
}

Value hmac_digest_function(HASHLIB_ARGS)
{
    Buffer key, msg;
    if (!buffer_get_still(t, args[0], &key)) {
        return 0;
    }
    Value result = 0;
    OuterKey outer;
    EVP_MD *md = digest_by_mod(t, args[2]);
    EVP_MD_CTX *inner = md ? keyed_context(t, md, &key, &outer) : NULL;
    if (inner && !buffer_get_still(t, args[1], &msg)) {
        EVP_MD_CTX_free(inner);
    } else if (inner) {
        uint8_t out[EVP_MAX_MD_SIZE];
        unsigned len = 0;
        bool park = msg.len > PARK_INPUT;
        if (park) {
            thread_park(t);
        }
        EVP_DigestUpdate(inner, msg.buf, (size_t)msg.len);
        if (park) {
            thread_unpark(t);
        }
        buffer_release(t, &msg);
        result = finish(t, inner, md, &outer, out, &len) ? bytes_new(t, out, len) : 0;
    }
    if (md) {
        OPENSSL_cleanse(&outer, sizeof outer);
    }
    EVP_MD_free(md);
    buffer_release(t, &key);
    return result;
}

/* ---- the type ---- */

static Value update_method(HASHLIB_ARGS)
{
    return hmac_update(t, as_hmac(args[0]), args[1]) ? NONE : 0;
}

static Value copy_method(HASHLIB_ARGS)
{
    Hmac *h = as_hmac(args[0]);
    EVP_MD_CTX *inner = copy_of_context(t, h);
    if (!inner) {
        return 0;
    }
    EVP_MD_up_ref(h->md);
    return object_value(hmac_alloc(t, h->md, inner, &h->outer));
}

static bool digest_of(Thread *t, Hmac *h, uint8_t out[EVP_MAX_MD_SIZE], unsigned *n)
{
    EVP_MD_CTX *inner = copy_of_context(t, h);
    return inner && finish(t, inner, h->md, &h->outer, out, n);
}

static Value digest_method(HASHLIB_ARGS)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return digest_of(t, as_hmac(args[0]), out, &len) ? bytes_new(t, out, len) : 0;
}

static Value hexdigest_method(HASHLIB_ARGS)
{
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return digest_of(t, as_hmac(args[0]), out, &len) ? bytes_to_hex(t, out, len, 0, 0, false) : 0;
}

static Value hmac_repr(Thread *t, Value self)
{
    Value name = digest_name(t, as_hmac(self)->md);
    return name ? str_format(t, "<%U HMAC object @ %p>", name, value_object(self)) : 0;
}

static Value get_name(Thread *t, Value self, void *closure UNUSED)
{
    Value name = digest_name(t, as_hmac(self)->md);
    return name ? str_format(t, "hmac-%U", name) : 0;
}

static Value get_digest_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(EVP_MD_get_size(as_hmac(self)->md));
}

static Value get_block_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(EVP_MD_get_block_size(as_hmac(self)->md));
}

static const NativeDef hmac_methods[] = {
    {"update(msg)", update_method, "Feeds the HMAC object with more data.", 0},
    {"digest()", digest_method, "The code of the data so far, as bytes.", 0},
    {"hexdigest()", hexdigest_method, "The code of the data so far, as hexadecimal text.", 0},
    {"copy()", copy_method, "A copy of the HMAC object.", 0},
    {0},
};

static const GetSetDef hmac_getset[] = {
    {"name", get_name, NULL, "'hmac-' and the name of the digest.", NULL},
    {"digest_size", get_digest_size, NULL, "Bytes of a digest.", NULL},
    {"block_size", get_block_size, NULL, "Bytes hashed at a time.", NULL},
    {0},
};

Type openssl_hmac_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_hashlib.HMAC",
    .sig = "HMAC()",
    .doc = "A keyed hash being calculated by libcrypto; hmac.new() makes them.",
    .size = sizeof(Hmac),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .free = hmac_free,
    .repr = hmac_repr,
    .methods = hmac_methods,
    .getset = hmac_getset,
};
