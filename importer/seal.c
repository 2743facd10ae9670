/* Checking the seal of an archive. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init(): its successor loads providers first */
#include "importer/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "importer/archive_format.h"

enum {
    HASH_SIZE = 32,
    SIGNATURE_SIZE = 64,
    MARK_SIZE = 14,
    LEAF_SIZE = 8 + HASH_SIZE, /* an entry of SEAL */
    /* in the comment */
    AT_OFFSETS = MARK_SIZE,
    AT_ROOT = AT_OFFSETS + 16,
    AT_KEY = AT_ROOT + HASH_SIZE,
    AT_SIGNATURE = AT_KEY + SEAL_KEY_SIZE,
    COMMENT_SIZE = AT_SIGNATURE + SIGNATURE_SIZE,
    FIRST_LINE_MAX = 4096,
};
static const char seal_mark[] = "typhon-seal-1\n", member[] = "SEAL";
static const size_t member_len = sizeof member - 1;

static void hash_segment(const uint8_t *p, size_t n, uint8_t out[HASH_SIZE])
{
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, "", 1);
    SHA256_Update(&c, p, n);
    SHA256_Final(out, &c);
}

static const uint8_t *comment_of(const Seal *seal)
{
    return seal->data + seal->size - COMMENT_SIZE;
}

/* Is there any trace of a seal: the comment, or a directory that ends with SEAL? */
static bool is_sealed(const uint8_t *data, size_t size)
{
    if (size < COMMENT_SIZE + END_SIZE + ENTRY_SIZE + member_len) {
        return false;
    }
    const uint8_t *comment = data + size - COMMENT_SIZE, *end = comment - END_SIZE;
    return memcmp(comment, seal_mark, MARK_SIZE) == 0 ||
           (memcmp(end - member_len, member, member_len) == 0 &&
            get_u32(end - member_len - ENTRY_SIZE) == ENTRY_MARK);
}

/* Do the segments cover the file up to SEAL, without gaps? */
static bool table_is_valid(const Seal *seal)
{
    for (size_t i = 0; i < seal->n; i++) {
        uint64_t at = get_u64(seal->table + i * LEAF_SIZE);
        uint64_t next = i + 1 < seal->n ? get_u64(seal->table + (i + 1) * LEAF_SIZE)
                                        : seal->start;
        if (at >= next || (i == 0 && at != 0)) {
            return false;
        }
    }
    return seal->n > 0 || seal->start == 0;
}

static bool root_holds(const Seal *seal)
{
    uint8_t hashes[2][HASH_SIZE], root[HASH_SIZE];
    const uint8_t *comment = comment_of(seal);
    hash_segment(seal->data + seal->start, seal->directory - seal->start, hashes[0]);
    hash_segment(seal->data + seal->directory, seal->size - COMMENT_SIZE - seal->directory,
                 hashes[1]);
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, "\1", 1);
    SHA256_Update(&c, comment + AT_OFFSETS, 16);
    SHA256_Update(&c, hashes, sizeof hashes);
    SHA256_Final(root, &c);
    return memcmp(root, comment + AT_ROOT, HASH_SIZE) == 0;
}

static bool entry_holds(const Seal *seal, size_t i)
{
    const uint8_t *entry = seal->table + i * LEAF_SIZE;
    size_t at = get_u64(entry),
           end = i + 1 < seal->n ? get_u64(entry + LEAF_SIZE) : seal->start;
    uint8_t hash[HASH_SIZE];
    hash_segment(seal->data + at, end - at, hash);
    return memcmp(hash, entry + 8, HASH_SIZE) == 0;
}

/* A first line is checked at once, an interpreter (which is running already) is not. */
static bool first_line_holds(const Seal *seal)
{
    size_t end = seal->n > 1 ? get_u64(seal->table + LEAF_SIZE) : seal->start;
    return seal->n == 0 || end > FIRST_LINE_MAX || entry_holds(seal, 0);
}

SealState seal_open(const uint8_t *data, size_t size, Seal *seal)
{
    if (!is_sealed(data, size)) {
        return SEAL_NONE;
    }
    *seal = (Seal){.data = data, .size = size};
    const uint8_t *comment = comment_of(seal);
    uint64_t start = get_u64(comment + AT_OFFSETS),
             directory = get_u64(comment + AT_OFFSETS + 8);
    if (memcmp(comment, seal_mark, MARK_SIZE) != 0 || directory > size - COMMENT_SIZE ||
        start > directory || directory - start < LOCAL_SIZE + member_len) {
        return SEAL_BROKEN;
    }
    seal->start = start;
    seal->directory = directory;
    seal->table = data + start + LOCAL_SIZE + member_len;
    size_t bytes = directory - start - LOCAL_SIZE - member_len;
    seal->n = bytes / LEAF_SIZE;
    return bytes % LEAF_SIZE == 0 && root_holds(seal) && table_is_valid(seal) &&
                   first_line_holds(seal)
               ? SEAL_HOLDS
               : SEAL_BROKEN;
}

bool seal_segment_holds(const Seal *seal, size_t offset)
{
    size_t low = 0, high = seal->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (get_u64(seal->table + mid * LEAF_SIZE) < offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    if (offset == seal->start) {
        return true; /* SEAL itself: checked with the root */
    }
    return low < seal->n && get_u64(seal->table + low * LEAF_SIZE) == offset &&
           entry_holds(seal, low);
}

size_t seal_find_change(const Seal *seal)
{
    for (size_t i = 0; i < seal->n; i++) {
        if (!entry_holds(seal, i)) {
            return get_u64(seal->table + i * LEAF_SIZE);
        }
    }
    return SIZE_MAX;
}

bool seal_is_by(const Seal *seal, const uint8_t key[SEAL_KEY_SIZE])
{
    const uint8_t *comment = comment_of(seal);
    if (memcmp(comment + AT_KEY, key, SEAL_KEY_SIZE) != 0) {
        return false;
    }
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, SEAL_KEY_SIZE);
    EVP_MD_CTX *c = public ? EVP_MD_CTX_new() : NULL;
    bool ok = c && EVP_DigestVerifyInit(c, NULL, NULL, NULL, public) == 1 &&
              EVP_DigestVerify(c, comment + AT_SIGNATURE, SIGNATURE_SIZE, comment, AT_KEY) == 1;
    EVP_MD_CTX_free(c);
    EVP_PKEY_free(public);
    return ok;
}

void seal_segment_name(const Seal *seal, size_t offset, char *name, size_t n)
{
    const uint8_t *p = seal->data + seal->directory, *end = comment_of(seal) - END_SIZE;
    while (end - p >= ENTRY_SIZE && get_u32(p) == ENTRY_MARK) {
        size_t len = get_u16(p + 28),
               whole = ENTRY_SIZE + len + (size_t)get_u16(p + 30) + get_u16(p + 32);
        if (get_u32(p + 42) == offset && whole <= (size_t)(end - p)) {
            snprintf(name, n, "%.*s", (int)len, (const char *)p + ENTRY_SIZE);
            return;
        }
        p += whole;
    }
    snprintf(name, n, "%s", offset ? "a member" : "what precedes its members");
}

/* The key in the text of a PEM file. Returns NULL, or what is wrong. */
static const char *parse_key(const char *text, uint8_t key[SEAL_KEY_SIZE])
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----\n", end[] = "\n-----END PUBLIC KEY-----";
    /* a SubjectPublicKeyInfo of the algorithm 1.3.101.112 */
    static const uint8_t front[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65,
                                      0x70, 0x03, 0x21, 0x00};
    if (strstr(text, "PRIVATE KEY")) {
        return "holds a private key (openssl pkey -in FILE -pubout writes the public one)";
    }
    const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
    uint8_t der[48];
    from += from ? sizeof begin - 1 : 0;
    if (!to || to - from != 60 || /* 44 bytes */
        EVP_DecodeBlock(der, (const uint8_t *)from, 60) < 44 ||
        memcmp(der, front, sizeof front) != 0) {
        return "holds no Ed25519 public key";
    }
    memcpy(key, der + sizeof front, SEAL_KEY_SIZE);
    return NULL;
}

const char *seal_read_key(const char *path, uint8_t key[SEAL_KEY_SIZE])
{
    FILE *f = fopen(path, "re");
    if (!f) {
        return strerror(errno);
    }
    char text[4096];
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = 0;
    const char *wrong = ferror(f) ? strerror(errno) : parse_key(text, key);
    fclose(f);
    return wrong;
}
