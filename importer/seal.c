/* Checking the seal of an archive. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init(): its successor loads providers first */
#include "importer/seal.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/memory.h"
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
#define MEMBER_LEN (sizeof member - 1)

static void hash_segment(const uint8_t *p, size_t n, uint8_t out[HASH_SIZE])
{
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, "", 1);
    SHA256_Update(&c, p, n);
    SHA256_Final(out, &c);
}

static bool read_source(const SealSource *from, void *out, size_t n, uint64_t at)
{
    if (from->memory) {
        memcpy(out, from->memory + at, n);
        return true;
    }
    for (size_t done = 0; done < n;) {
        ssize_t k = pread(from->fd, (char *)out + done, n - done, (off_t)(at + done));
        if (k <= 0 && !(k < 0 && errno == EINTR)) {
            return false;
        }
        done += k > 0 ? (size_t)k : 0;
    }
    return true;
}

static const uint8_t *comment_of(const Seal *seal)
{
    return seal->tail + (seal->size - seal->start - COMMENT_SIZE);
}

/* Is there any trace of a seal in the file's last bytes: the comment, or a directory that ends with
 * SEAL? */
static bool is_sealed(const uint8_t *comment)
{
    const uint8_t *end = comment - END_SIZE;
    return memcmp(comment, seal_mark, MARK_SIZE) == 0 ||
           (memcmp(end - MEMBER_LEN, member, MEMBER_LEN) == 0 &&
            get_u32(end - MEMBER_LEN - ENTRY_SIZE) == ENTRY_MARK);
}

static uint64_t entry_offset(const Seal *seal, size_t i)
{
    return i < seal->n ? get_u64(seal->table + i * LEAF_SIZE) : seal->start;
}

/* Do the segments cover the file up to SEAL, without gaps? */
static bool table_is_valid(const Seal *seal)
{
    for (size_t i = 0; i < seal->n; i++) {
        if (entry_offset(seal, i) >= entry_offset(seal, i + 1)) {
            return false;
        }
    }
    return entry_offset(seal, 0) == 0;
}

static bool root_holds(const Seal *seal)
{
    uint8_t hashes[2][HASH_SIZE], root[HASH_SIZE];
    const uint8_t *comment = comment_of(seal);
    size_t own = (size_t)(seal->directory - seal->start);
    hash_segment(seal->tail, own, hashes[0]);
    hash_segment(seal->tail + own, (size_t)(comment - seal->tail) - own, hashes[1]);
    SHA256_CTX c;
    SHA256_Init(&c);
    SHA256_Update(&c, "\1", 1);
    SHA256_Update(&c, comment + AT_OFFSETS, 16);
    SHA256_Update(&c, hashes, sizeof hashes);
    SHA256_Final(root, &c);
    return memcmp(root, comment + AT_ROOT, HASH_SIZE) == 0;
}

static bool entry_holds(const Seal *seal, size_t i, const uint8_t *bytes)
{
    uint8_t hash[HASH_SIZE];
    hash_segment(bytes, (size_t)(entry_offset(seal, i + 1) - entry_offset(seal, i)), hash);
    return memcmp(hash, seal->table + i * LEAF_SIZE + 8, HASH_SIZE) == 0;
}

/* A first line is checked at once, an interpreter (which is running already) is not. */
static bool first_line_holds(const Seal *seal, const SealSource *from)
{
    uint8_t line[FIRST_LINE_MAX];
    size_t n = (size_t)entry_offset(seal, 1);
    return seal->n == 0 || n > sizeof line ||
           (read_source(from, line, n, 0) && entry_holds(seal, 0, line));
}

/* Reads the file from SEAL on; the comment says where that is. */
static bool read_tail(const SealSource *from, const uint8_t *comment, Seal *seal)
{
    uint64_t start = get_u64(comment + AT_OFFSETS), directory = get_u64(comment + AT_OFFSETS + 8);
    if (memcmp(comment, seal_mark, MARK_SIZE) != 0 || directory > from->size - COMMENT_SIZE ||
        start > directory || directory - start < LOCAL_SIZE + MEMBER_LEN) {
        return false;
    }
    size_t n = (size_t)(from->size - start),
           bytes = (size_t)(directory - start) - LOCAL_SIZE - MEMBER_LEN;
    uint8_t *tail = mem_alloc(n);
    *seal = (Seal){.size = from->size,
                   .start = start,
                   .directory = directory,
                   .tail = tail,
                   .table = tail + LOCAL_SIZE + MEMBER_LEN,
                   .n = bytes / LEAF_SIZE};
    return tail && bytes % LEAF_SIZE == 0 && read_source(from, tail, n, start);
}

SealState seal_open(const SealSource *from, Seal *seal)
{
    uint8_t last[ENTRY_SIZE + MEMBER_LEN + END_SIZE + COMMENT_SIZE];
    const uint8_t *comment = last + sizeof last - COMMENT_SIZE;
    *seal = (Seal){0};
    if (from->size < sizeof last ||
        !read_source(from, last, sizeof last, from->size - sizeof last) || !is_sealed(comment)) {
        return SEAL_NONE;
    }
    if (read_tail(from, comment, seal) && root_holds(seal) && table_is_valid(seal) &&
        first_line_holds(seal, from)) {
        return SEAL_HOLDS;
    }
    seal_free(seal);
    return SEAL_BROKEN;
}

void seal_free(Seal *seal)
{
    mem_free(seal->tail);
    *seal = (Seal){0};
}

/* The entry of the segment at this offset; seal->n: there is none. */
static size_t find_entry(const Seal *seal, uint64_t offset)
{
    size_t low = 0, high = seal->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (entry_offset(seal, mid) < offset) {
            low = mid + 1;
        } else {
            high = mid;
        }
    }
    return low < seal->n && entry_offset(seal, low) == offset ? low : seal->n;
}

size_t seal_segment_size(const Seal *seal, uint64_t offset)
{
    size_t i = find_entry(seal, offset);
    if (offset == seal->start) {
        return (size_t)(seal->directory - seal->start); /* SEAL itself */
    }
    return i < seal->n ? (size_t)(entry_offset(seal, i + 1) - offset) : 0;
}

bool seal_segment_holds(const Seal *seal, uint64_t offset, const void *bytes)
{
    size_t i = find_entry(seal, offset);
    if (offset == seal->start) {
        return memcmp(bytes, seal->tail, (size_t)(seal->directory - seal->start)) == 0;
    }
    return i < seal->n && entry_holds(seal, i, bytes);
}

uint64_t seal_find_change(const Seal *seal, const uint8_t *memory)
{
    for (size_t i = 0; i < seal->n; i++) {
        if (!entry_holds(seal, i, memory + entry_offset(seal, i))) {
            return entry_offset(seal, i);
        }
    }
    return UINT64_MAX;
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

/* A name as it may be printed: in one line, without control characters. */
static void copy_name(char *out, size_t n, const uint8_t *name, size_t len)
{
    size_t i = 0;
    for (; i < len && i + 1 < n; i++) {
        out[i] = name[i] < ' ' || name[i] == 127 ? '?' : (char)name[i];
    }
    out[i] = 0;
}

void seal_segment_name(const Seal *seal, uint64_t offset, char *name, size_t n)
{
    const uint8_t *p = seal->tail + (seal->directory - seal->start),
                  *end = comment_of(seal) - END_SIZE;
    while (end - p >= ENTRY_SIZE && get_u32(p) == ENTRY_MARK) {
        size_t len = get_u16(p + 28),
               whole = ENTRY_SIZE + len + (size_t)get_u16(p + 30) + get_u16(p + 32);
        if (whole > (size_t)(end - p)) {
            break;
        }
        if (get_u32(p + 42) == offset) {
            copy_name(name, n, p + ENTRY_SIZE, len);
            return;
        }
        p += whole;
    }
    snprintf(name, n, "%s", offset ? "a member" : "what precedes its members");
}

/* The key in the text of a PEM file. Returns NULL, or what is wrong. */
static const char *parse_key(const char *text, uint8_t key[SEAL_KEY_SIZE])
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----\n",
                      end[] = "\n-----END PUBLIC KEY-----";
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
