/* HMAC objects (RFC 2104) by libcrypto.  The context is used under `busy`; long input is taken
 * parked. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "core/object/bytes.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "modules/_hashlib/hashlib.h"

typedef struct Hmac {
    Object head;
    EVP_MAC_CTX *ctx; /* busy */
    EVP_MD *md;       /* init-only */
    Mutex busy;
} Hmac;

#define PARK_INPUT 2048

static Hmac *as_hmac(Value v)
{
    return (Hmac *)value_object(v);
}

static void hmac_free(Object *o)
{
    EVP_MAC_CTX_free(((Hmac *)o)->ctx);
    EVP_MD_free(((Hmac *)o)->md);
}

/* A context keyed for md; NULL: raised. */
static EVP_MAC_CTX *keyed_context(Thread *t, const EVP_MD *md, const Buffer *key)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                         (char *)(uintptr_t)EVP_MD_get0_name(md), 0),
        OSSL_PARAM_construct_end(),
    };
    const unsigned char none = 0;
    if (!ctx || !EVP_MAC_init(ctx, key->len ? key->buf : &none, (size_t)key->len, params)) {
        EVP_MAC_CTX_free(ctx);
        raise_crypto(t);
        return NULL;
    }
    return ctx;
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
        ok = EVP_MAC_update(h->ctx, p, n);
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

static Hmac *hmac_alloc(Thread *t, EVP_MD *md, EVP_MAC_CTX *ctx)
{
    Hmac *h = object_alloc(t, &openssl_hmac_type, sizeof *h);
    if (!h) {
        EVP_MAC_CTX_free(ctx);
        EVP_MD_free(md);
        return NULL;
    }
    h->ctx = ctx;
    h->md = md;
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
    EVP_MD *md = digest_by_mod(t, args[2]);
    EVP_MAC_CTX *ctx = md ? keyed_context(t, md, &key) : NULL;
    buffer_release(t, &key);
    if (!ctx) {
        EVP_MD_free(md);
        return 0;
    }
    Hmac *h = hmac_alloc(t, md, ctx);
    bool has_message = args[1] && !is_none(args[1]);
    return h && (!has_message || hmac_update(t, h, args[1])) ? object_value(h) : 0;
}

static EVP_MAC_CTX *copy_of_context(Thread *t, Hmac *h)
{
    mutex_lock_parked(t, &h->busy);
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(h->ctx);
    mutex_unlock(&h->busy);
    if (!ctx) {
        raise_crypto(t);
    }
    return ctx;
}

/* Ends the calculation of ctx, which is freed. */
static Value final_of(Thread *t, EVP_MAC_CTX *ctx)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    size_t len = 0;
    bool ok = EVP_MAC_final(ctx, out, &len, sizeof out);
    EVP_MAC_CTX_free(ctx);
    return ok ? bytes_new(t, out, len) : raise_crypto(t);
}

Value hmac_digest_function(HASHLIB_ARGS)
{
    Buffer key, msg;
    if (!buffer_get_still(t, args[0], &key)) {
        return 0;
    }
    Value result = 0;
    EVP_MD *md = digest_by_mod(t, args[2]);
    EVP_MAC_CTX *ctx = md ? keyed_context(t, md, &key) : NULL;
    if (ctx && !buffer_get_still(t, args[1], &msg)) {
        EVP_MAC_CTX_free(ctx);
    } else if (ctx) {
        thread_park(t);
        EVP_MAC_update(ctx, msg.buf, (size_t)msg.len);
        thread_unpark(t);
        buffer_release(t, &msg);
        result = final_of(t, ctx);
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
    EVP_MAC_CTX *ctx = copy_of_context(t, h);
    if (!ctx) {
        return 0;
    }
    EVP_MD_up_ref(h->md);
    return object_value(hmac_alloc(t, h->md, ctx));
}

static Value digest_method(HASHLIB_ARGS)
{
    EVP_MAC_CTX *ctx = copy_of_context(t, as_hmac(args[0]));
    return ctx ? final_of(t, ctx) : 0;
}

static Value hexdigest_method(HASHLIB_ARGS)
{
    return hash_hex(t, digest_method(t, args, n, kw));
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
