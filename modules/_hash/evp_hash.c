/* Hash objects: update, digest, copy.  Long input is hashed parked. */
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "modules/_hash/evp_hash.h"

#define PARK_INPUT 2048

static EvpHash *as_hash(Value v)
{
    return (EvpHash *)value_object(v);
}

static const EvpHashKind *kind_of(Value v)
{
    return type_of(v)->ext;
}

bool hash_input(Thread *t, Value data, Buffer *view)
{
    if (value_is_str(data)) {
        type_error(t, "Strings must be encoded before hashing");
        return false;
    }
    if (!value_has_buffer(data)) {
        type_error(t, "object supporting the buffer API required");
        return false;
    }
    return buffer_get(t, data, view, BUFFER_SIMPLE);
}

bool evp_hash_update(Thread *t, EvpHash *h, Value data)
{
    Buffer view;
    if (!hash_input(t, data, &view)) {
        return false;
    }
    BufferPieces pieces;
    buffer_pieces(&pieces, &view);
    const uint8_t *p;
    bool park = view.len > PARK_INPUT;
    mutex_lock_parked(t, &h->busy);
    if (park) {
        thread_park(t);
    }
    for (size_t n; buffer_next_piece(&pieces, &p, &n);) {
        EVP_DigestUpdate(h->ctx, p, n);
    }
    if (park) {
        thread_unpark(t);
    }
    mutex_unlock(&h->busy);
    buffer_release(t, &view);
    return true;
}

EvpHash *evp_hash_alloc(Thread *t, Type *type)
{
    EvpHash *h = object_alloc(t, type, sizeof *h);
    if (h && !(h->ctx = EVP_MD_CTX_new())) {
        raise_memory(t);
        return NULL;
    }
    return h;
}

Value evp_hash_new(Thread *t, Type *type, Value data)
{
    const EvpHashKind *k = type->ext;
    EvpHash *h = evp_hash_alloc(t, type);
    if (!h) {
        return 0;
    }
    if (!EVP_DigestInit_ex(h->ctx, k->md(), NULL)) {
        return value_error(t, "unsupported hash type %s", k->name);
    }
    return !data || evp_hash_update(t, h, data) ? object_value(h) : 0;
}

void evp_hash_free(Object *o)
{
    EVP_MD_CTX_free(((EvpHash *)o)->ctx);
}

Value evp_hash_update_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return evp_hash_update(t, as_hash(args[0]), args[1]) ? NONE : 0;
}

EVP_MD_CTX *evp_hash_copy_context(Thread *t, EvpHash *h)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    mutex_lock_parked(t, &h->busy);
    bool ok = c && EVP_MD_CTX_copy_ex(c, h->ctx);
    mutex_unlock(&h->busy);
    if (!ok) {
        EVP_MD_CTX_free(c);
        raise_memory(t);
        return NULL;
    }
    return c;
}

Value evp_hash_copy_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    EvpHash *c = object_alloc(t, type_of(args[0]), sizeof *c);
    if (c) {
        c->ctx = evp_hash_copy_context(t, as_hash(args[0]));
    }
    return c && c->ctx ? object_value(c) : 0;
}

/* The digest as bytes; length for extendable output. */
static Value digest_of(Thread *t, Value self, Value length)
{
    const EvpHashKind *k = kind_of(self);
    ssize_t n = EVP_MD_size(k->md());
    if (k->xof) {
        if (!value_to_ssize(t, length, &n, &exc_OverflowError)) {
            return 0;
        }
        if (n < 0) {
            return value_error(t, "value must be positive");
        }
        if (n >= 1 << 29) {
            return value_error(t, "length is too large");
        }
    }
    EVP_MD_CTX *c = evp_hash_copy_context(t, as_hash(self));
    Value r = c ? bytes_new(t, NULL, (size_t)n) : 0;
    if (r) {
        unsigned char *out = (unsigned char *)value_bytes(r)->data;
        if (n > 0) {
            k->xof ? EVP_DigestFinalXOF(c, out, (size_t)n) : EVP_DigestFinal_ex(c, out, NULL);
        }
    }
    EVP_MD_CTX_free(c);
    return r;
}

Value hash_hex(Thread *t, Value bytes)
{
    const Bytes *b = bytes ? value_bytes(bytes) : NULL;
    return b ? bytes_to_hex(t, (const uint8_t *)b->data, b->len, 0, 0, false) : 0;
}

static Value digest_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return digest_of(t, args[0], 0);
}

static Value hexdigest_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return hash_hex(t, digest_of(t, args[0], 0));
}

static Value xof_digest_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return digest_of(t, args[0], args[1]);
}

static Value xof_hexdigest_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return hash_hex(t, digest_of(t, args[0], args[1]));
}

#define COMMON_METHODS(data)                                                                      \
    {"update(" data ", /)", evp_hash_update_method, "Feeds the hash object with more data.", 0}, \
    {"copy()", evp_hash_copy_method, "A copy of the hash object.", 0}
#define DIGEST_METHODS                                      \
    {"digest()", digest_method, "The digest as bytes.", 0}, \
    {"hexdigest()", hexdigest_method, "The digest as hexadecimal text.", 0}
const NativeDef evp_hash_methods[] = {COMMON_METHODS("obj"), DIGEST_METHODS, {0}};
const NativeDef evp_sha3_methods[] = {COMMON_METHODS("data"), DIGEST_METHODS, {0}};
const NativeDef evp_xof_methods[] = {
    COMMON_METHODS("data"),
    {"digest(length, /)", xof_digest_method, "The first length bytes of the digest.", 0},
    {"hexdigest(length, /)", xof_hexdigest_method,
     "The first length bytes of the digest as hexadecimal text.", 0},
    {0},
};

static Value get_name(Thread *t, Value self, void *closure UNUSED)
{
    return intern_cstr(t, kind_of(self)->name);
}

static Value get_block_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    const EvpHashKind *k = kind_of(self);
    return fixnum(k->rate_bits ? k->rate_bits / 8 : EVP_MD_block_size(k->md()));
}

static Value get_digest_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    const EvpHashKind *k = kind_of(self);
    return fixnum(k->xof ? 0 : EVP_MD_size(k->md()));
}

static Value get_rate(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(kind_of(self)->rate_bits);
}

static Value get_capacity(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(1600 - kind_of(self)->rate_bits);
}

static Value get_suffix(Thread *t, Value self, void *closure UNUSED)
{
    return bytes_new(t, &kind_of(self)->suffix, 1);
}

#define COMMON_GETSET                                                                \
    {"name", get_name, NULL, "Name of the algorithm.", NULL},                        \
    {"block_size", get_block_size, NULL, "Bytes hashed at a time.", NULL},           \
    {"digest_size", get_digest_size, NULL, "Bytes of a digest.", NULL}
const GetSetDef evp_hash_getset[] = {COMMON_GETSET, {0}};
const GetSetDef evp_sha3_getset[] = {
    COMMON_GETSET,
    {"_capacity_bits", get_capacity, NULL, NULL, NULL},
    {"_rate_bits", get_rate, NULL, NULL, NULL},
    {"_suffix", get_suffix, NULL, NULL, NULL},
    {0},
};
