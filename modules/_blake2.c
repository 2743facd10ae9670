/* The module _blake2: BLAKE2b and BLAKE2s (RFC 7693) with keys, salts, personalisation and tree
 * parameters.  One state serves both: words of 64 or 32 bits. */
#include <stdio.h>

#include "core/base/mutex.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/lock.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "modules/_hash/evp_hash.h"

typedef struct Blake2State {
    uint64_t h[8];
    uint64_t count;          /* bytes compressed so far */
    uint64_t last_node;
    unsigned char block[128];
    unsigned filled;
    bool small;              /* BLAKE2s */
    unsigned digest_size;
} Blake2State;

typedef struct Blake2 {
    Object head;
    Mutex busy;
    Blake2State s;
} Blake2;

extern Type blake2b_type, blake2s_type;

static const uint64_t iv_wide[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};
static const uint8_t sigma[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};
static const uint8_t mix_at[8][4] = {{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15},
                                     {0, 5, 10, 15}, {1, 6, 11, 12}, {2, 7, 8, 13}, {3, 4, 9, 14}};

static inline uint64_t ror64(uint64_t x, int n) { return x >> n | x << (64 - n); }
static inline uint32_t ror32(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void compress_wide(Blake2State *s, bool last)
{
    uint64_t m[16], v[16];
    memcpy(m, s->block, sizeof m);
    memcpy(v, s->h, sizeof s->h);
    memcpy(v + 8, iv_wide, sizeof iv_wide);
    v[12] ^= s->count;
    v[14] ^= last ? UINT64_MAX : 0;
    v[15] ^= last && s->last_node ? UINT64_MAX : 0;
#pragma GCC unroll 12 /* the order of the message's words is known then */
    for (int round = 0; round < 12; round++) {
        const uint8_t *order = sigma[round % 10];
#pragma GCC unroll 8 /* the words stay in registers */
        for (int i = 0; i < 8; i++) {
            uint64_t *a = &v[mix_at[i][0]], *b = &v[mix_at[i][1]], *c = &v[mix_at[i][2]],
                     *d = &v[mix_at[i][3]];
            *a += *b + m[order[2 * i]];
            *d = ror64(*d ^ *a, 32);
            *c += *d;
            *b = ror64(*b ^ *c, 24);
            *a += *b + m[order[2 * i + 1]];
            *d = ror64(*d ^ *a, 16);
            *c += *d;
            *b = ror64(*b ^ *c, 63);
        }
    }
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= v[i] ^ v[i + 8];
    }
}

static void compress_narrow(Blake2State *s, bool last)
{
    uint32_t m[16], v[16];
    memcpy(m, s->block, sizeof m);
    for (int i = 0; i < 8; i++) {
        v[i] = (uint32_t)s->h[i];
        v[i + 8] = (uint32_t)(iv_wide[i] >> 32);
    }
    v[12] ^= (uint32_t)s->count;
    v[13] ^= (uint32_t)(s->count >> 32);
    v[14] ^= last ? UINT32_MAX : 0;
    v[15] ^= last && s->last_node ? UINT32_MAX : 0;
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        const uint8_t *order = sigma[round];
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            uint32_t *a = &v[mix_at[i][0]], *b = &v[mix_at[i][1]], *c = &v[mix_at[i][2]],
                     *d = &v[mix_at[i][3]];
            *a += *b + m[order[2 * i]];
            *d = ror32(*d ^ *a, 16);
            *c += *d;
            *b = ror32(*b ^ *c, 12);
            *a += *b + m[order[2 * i + 1]];
            *d = ror32(*d ^ *a, 8);
            *c += *d;
            *b = ror32(*b ^ *c, 7);
        }
    }
    for (int i = 0; i < 8; i++) {
        s->h[i] ^= v[i] ^ v[i + 8];
    }
}

static unsigned block_size(const Blake2State *s)
{
    return s->small ? 64 : 128;
}

static void compress_block(Blake2State *s, bool last)
{
    s->count += s->filled;
    if (s->small) {
        compress_narrow(s, last);
    } else {
        compress_wide(s, last);
    }
    s->filled = 0;
}

static void state_update(Blake2State *s, const unsigned char *p, size_t n)
{
    while (n > 0) {
        if (s->filled == block_size(s)) {
            compress_block(s, false);
        }
        size_t part = block_size(s) - s->filled;
        part = part < n ? part : n;
        memcpy(s->block + s->filled, p, part);
        s->filled += (unsigned)part;
        p += part;
        n -= part;
    }
}

static void state_digest(Blake2State s, unsigned char *out)
{
    memset(s.block + s.filled, 0, block_size(&s) - s.filled);
    compress_block(&s, true);
    for (unsigned i = 0; i < s.digest_size; i++) {
        out[i] = s.small ? (unsigned char)(s.h[i / 4] >> (i % 4 * 8))
                         : (unsigned char)(s.h[i / 8] >> (i % 8 * 8));
    }
}

/* ---- constructor ---- */

enum {
    P_DATA,
    P_DIGEST_SIZE,
    P_KEY,
    P_SALT,
    P_PERSON,
    P_FANOUT,
    P_DEPTH,
    P_LEAF_SIZE,
    P_NODE_OFFSET,
    P_NODE_DEPTH,
    P_INNER_SIZE,
    P_LAST_NODE,
    P_SECURITY,
    P_COUNT
};

/* A small parameter in [lo, hi]. */
static bool take_small(Thread *t, Value v, int lo, int hi, int dflt, const char *message,
                       unsigned char *out)
{
    int i = dflt;
    if (v && !value_to_int(t, v, &i)) {
        return false;
    }
    if (i < lo || i > hi) {
        value_error(t, "%s", message);
        return false;
    }
    *out = (unsigned char)i;
    return true;
}

static bool take_number(Thread *t, Value v, uint64_t max, const char *name, uint64_t *out)
{
    *out = 0;
    if (!v) {
        return true;
    }
    Value i = number_index(t, v);
    if (!i) {
        return false;
    }
    if (int_sign(i) < 0) {
        value_error(t, "value must be positive");
        return false;
    }
    if (int_bit_length(i) > 64) {
        overflow_error(t, "int too big to convert");
        return false;
    }
    if (!value_to_uint64(t, i, out)) {
        return false;
    }
    if (*out > max) {
        overflow_error(t, "%s is too large", name);
        return false;
    }
    return true;
}

static bool take_bytes(Thread *t, Value v, size_t max, const char *name, unsigned char *out,
                       size_t *len)
{
    Buffer view;
    *len = 0;
    if (!v) {
        return true;
    }
    if (!buffer_get_still(t, v, &view)) {
        return false;
    }
    bool fits = (size_t)view.len <= max;
    if (fits) {
        memcpy(out, view.buf, (size_t)view.len);
        *len = (size_t)view.len;
    } else {
        value_error(t, "maximum %s length is %zu bytes", name, max);
    }
    buffer_release(t, &view);
    return fits;
}

/* Fills the parameter block (RFC 7693, section 2.5; BLAKE2 paper, section 2.8) and key. */
static bool take_parameters(Thread *t, Value *a, bool small, unsigned char *block,
                            unsigned char *key, size_t *key_len)
{
    int max = small ? 32 : 64;
    size_t salt = small ? 8 : 16, len;
    uint64_t leaf, offset;
    char digest_message[64];
    snprintf(digest_message, sizeof digest_message, "digest_size must be between 1 and %d bytes",
             max);
    unsigned char *p = block;
    if (!take_small(t, a[P_DIGEST_SIZE], 1, max, max, digest_message, &p[0]) ||
        !take_bytes(t, a[P_SALT], salt, "salt", small ? p + 16 : p + 32, &len) ||
        !take_bytes(t, a[P_PERSON], salt, "person", small ? p + 24 : p + 48, &len) ||
        !take_small(t, a[P_FANOUT], 0, 255, 1, "fanout must be between 0 and 255", &p[2]) ||
        !take_small(t, a[P_DEPTH], 1, 255, 1, "depth must be between 1 and 255", &p[3]) ||
        !take_number(t, a[P_LEAF_SIZE], UINT32_MAX, "leaf_size", &leaf) ||
        !take_number(t, a[P_NODE_OFFSET], small ? ((uint64_t)1 << 48) - 1 : UINT64_MAX,
                     "node_offset", &offset) ||
        !take_small(t, a[P_NODE_DEPTH], 0, 255, 0, "node_depth must be between 0 and 255",
                    small ? &p[14] : &p[16]) ||
        !take_small(t, a[P_INNER_SIZE], 0, max, 0,
                    small ? "inner_size must be between 0 and is 32"
                          : "inner_size must be between 0 and is 64",
                    small ? &p[15] : &p[17]) ||
        !take_bytes(t, a[P_KEY], (size_t)max, "key", key, key_len)) {
        return false;
    }
    p[1] = (unsigned char)*key_len;
    for (int i = 0; i < 4; i++) {
        p[4 + i] = (unsigned char)(leaf >> 8 * i);
    }
    for (int i = 0; i < (small ? 6 : 8); i++) {
        p[8 + i] = (unsigned char)(offset >> 8 * i);
    }
    return true;
}

static void state_init(Blake2State *s, bool small, const unsigned char *block,
                       const unsigned char *key, size_t key_len)
{
    *s = (Blake2State){.small = small, .digest_size = block[0]};
    for (int i = 0; i < 8; i++) {
        uint64_t w = 0;
        memcpy(&w, block + i * (small ? 4 : 8), small ? 4 : 8);
        s->h[i] = w ^ (small ? iv_wide[i] >> 32 : iv_wide[i]);
    }
    if (key_len) {
        unsigned char padded[128] = {0};
        memcpy(padded, key, key_len);
        state_update(s, padded, block_size(s));
    }
}

static bool blake2_update(Thread *t, Blake2 *b, Value data)
{
    Buffer view;
    if (!hash_input(t, data, &view)) {
        return false;
    }
    thread_park(t);
    mutex_lock(&b->busy);
    BufferPieces pieces;
    buffer_pieces(&pieces, &view);
    const uint8_t *p;
    for (size_t n; buffer_next_piece(&pieces, &p, &n);) {
        state_update(&b->s, p, n);
    }
    mutex_unlock(&b->busy);
    thread_unpark(t);
    buffer_release(t, &view);
    return true;
}

static Value blake2_make(Thread *t, Type *type, Value *a)
{
    bool small = type_is_subtype(type, &blake2s_type);
    unsigned char block[64] = {0}, key[64] = {0};
    size_t key_len;
    int last = a[P_LAST_NODE] ? object_truth(t, a[P_LAST_NODE]) : 0;
    if (last < 0 || !take_parameters(t, a, small, block, key, &key_len)) {
        return 0;
    }
    Blake2 *b = object_alloc_instance(t, type, 0);
    if (!b) {
        return 0;
    }
    state_init(&b->s, small, block, key, key_len);
    b->s.last_node = (uint64_t)last;
    return !a[P_DATA] || blake2_update(t, b, a[P_DATA]) ? object_value(b) : 0;
}

#define BLAKE2_PARAMETERS(size) \
    "(data=b'', /, *, digest_size=" #size ", key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, " \
    "node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True)"

static Value blake2b_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("blake2b" BLAKE2_PARAMETERS(64));
    Value a[P_COUNT];
    return args_bind(t, &sig, args, n, kwnames, a) ? blake2_make(t, type, a) : 0;
}

static Value blake2s_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("blake2s" BLAKE2_PARAMETERS(32));
    Value a[P_COUNT];
    return args_bind(t, &sig, args, n, kwnames, a) ? blake2_make(t, type, a) : 0;
}

/* ---- methods ---- */

static Blake2State snapshot(Thread *t, Value self)
{
    Blake2 *b = (Blake2 *)value_object(self);
    mutex_lock_parked(t, &b->busy);
    Blake2State s = b->s;
    mutex_unlock(&b->busy);
    return s;
}

static Value blake2_update_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return blake2_update(t, (Blake2 *)value_object(args[0]), args[1]) ? NONE : 0;
}

static Value blake2_copy(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Blake2 *c = object_alloc(t, type_of(args[0]), sizeof *c);
    if (c) {
        c->s = snapshot(t, args[0]);
    }
    return object_value(c);
}

static Value blake2_digest(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    unsigned char out[64];
    Blake2State s = snapshot(t, args[0]);
    state_digest(s, out);
    return bytes_new(t, out, s.digest_size);
}

static Value blake2_hexdigest(Thread *t, Value *args, size_t n, Value kw)
{
    Value b = blake2_digest(t, args, n, kw);
    return b ? call_method0(t, b, intern_cstr(t, "hex")) : 0;
}

static const NativeDef blake2_methods[] = {
    {"update(data, /)", blake2_update_method, "Feeds the hash object with more data.", 0},
    {"copy()", blake2_copy, "A copy of the hash object.", 0},
    {"digest()", blake2_digest, "The digest as bytes.", 0},
    {"hexdigest()", blake2_hexdigest, "The digest as hexadecimal text.", 0},
    {0},
};

static Value blake2_name(Thread *t, Value self, void *closure UNUSED)
{
    return intern_cstr(t, ((Blake2 *)value_object(self))->s.small ? "blake2s" : "blake2b");
}

static Value blake2_block_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(block_size(&((Blake2 *)value_object(self))->s));
}

static Value blake2_digest_size(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return fixnum(((Blake2 *)value_object(self))->s.digest_size);
}

static const GetSetDef blake2_getset[] = {
    {"name", blake2_name, NULL, "Name of the algorithm.", NULL},
    {"block_size", blake2_block_size, NULL, "Bytes hashed at a time.", NULL},
    {"digest_size", blake2_digest_size, NULL, "Bytes of a digest.", NULL},
    {0},
};

#define BLAKE2_TYPE(name_, size_)                                                   \
    Type name_##_type = {                                                           \
        .head = OBJECT_STATIC_HEAD(&type_type), .name = "_blake2." #name_,          \
        .doc = "Return a new hash object.", .sig = #name_ BLAKE2_PARAMETERS(size_), \
        .size = sizeof(Blake2), .flags = TYPE_LIKE_CLASS, .new = name_##_new,       \
        .methods = blake2_methods, .getset = blake2_getset}
BLAKE2_TYPE(blake2b, 64);
BLAKE2_TYPE(blake2s, 32);

static bool add_constants(Thread *t, Value mod, Type *type, int size, const char *prefix)
{
    static const char *const names_of[] = {"SALT_SIZE", "PERSON_SIZE", "MAX_KEY_SIZE",
                                           "MAX_DIGEST_SIZE"};
    for (int i = 0; i < 4; i++) {
        char name[40];
        int value = i < 2 ? size / 4 : size;
        snprintf(name, sizeof name, "%s_%s", prefix, names_of[i]);
        if (!module_add_int(t, mod, name, value) ||
            !dict_set_cstr(t, object_value(type_names(type)), names_of[i], fixnum(value))) {
            return false;
        }
    }
    return true;
}

static bool blake2_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &blake2b_type) && module_add_type(t, mod, &blake2s_type) &&
           add_constants(t, mod, &blake2b_type, 64, "BLAKE2B") &&
           add_constants(t, mod, &blake2s_type, 32, "BLAKE2S");
}

const ModuleDef module__blake2 = {"_blake2", "BLAKE2b and BLAKE2s hashes.", NULL, blake2_exec};
