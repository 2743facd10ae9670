/* utf8.h.  ASCII runs go eight bytes at a time; the rest is decoded by ranges of the second byte
 * (table 3-7 of the Unicode standard), which rejects overlong forms, surrogates and values above
 * U+10FFFF in one compare. */
#include "core/base/utf8.h"

#include <endian.h>
#include <string.h>

#define HIGH_BITS 0x8080808080808080ull

static inline bool ascii8(const void *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return !(w & HIGH_BITS);
}

size_t utf8_ascii_prefix(const char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t w[4]; i + sizeof w <= n; i += sizeof w) {
        memcpy(w, p + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & HIGH_BITS) {
            break;
        }
    }
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        if (w & HIGH_BITS) {
            return i + (size_t)__builtin_ctzll(w & HIGH_BITS) / 8;
        }
    }
    while (i < n && (unsigned char)p[i] < 0x80) {
        i++;
    }
    return i;
}

/* Length of the sequence that byte b starts, 0 if it starts none; *lo..*hi: allowed second bytes.
 */
static inline size_t sequence_length(unsigned char b, unsigned flags, unsigned char *lo,
                                     unsigned char *hi)
{
    *lo = 0x80;
    *hi = 0xbf;
    if (b < 0x80) {
        return 1;
    }
    if (b < 0xc2) {
        return 0;
    }
    if (b < 0xe0) {
        return 2;
    }
    if (b < 0xf0) {
        if (b == 0xe0) {
            *lo = 0xa0;
        } else if (b == 0xed && !(flags & UTF8_SURROGATES)) {
            *hi = 0x9f;
        }
        return 3;
    }
    if (b < 0xf5) {
        if (b == 0xf0) {
            *lo = 0x90;
        } else if (b == 0xf4) {
            *hi = 0x8f;
        }
        return 4;
    }
    return 0;
}

/* As utf8_decode_char; *good: number of bytes that fit a sequence so far; *want: its full length.
 */
static inline size_t decode_one(const unsigned char *p, size_t n, unsigned flags, uint32_t *c,
                                size_t *good, size_t *want)
{
    unsigned char lo, hi;
    size_t len = sequence_length(p[0], flags, &lo, &hi);
    *want = len;
    *good = len ? 1 : 0;
    if (len == 0) {
        return 0;
    }
    if (len == 1) {
        *c = p[0];
        return 1;
    }
    if (n < 2 || p[1] < lo || p[1] > hi) {
        return 0;
    }
    *good = 2;
    if (len == 2) {
        *c = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if (n < 3 || (p[2] & 0xc0) != 0x80) {
        return 0;
    }
    *good = 3;
    if (len == 3) {
        *c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        return 3;
    }
    if (n < 4 || (p[3] & 0xc0) != 0x80) {
        return 0;
    }
    *good = 4;
    *c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
         (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    return 4;
}

size_t utf8_decode_char(const char *p, size_t n, unsigned flags, uint32_t *c)
{
    size_t good, want;
    return n == 0 ? 0 : decode_one((const unsigned char *)p, n, flags, c, &good, &want);
}

bool utf8_scan(const char *p, size_t n, unsigned flags, Utf8Scan *out)
{
    size_t i = 0, length = 0, good = 0, want = 0;
    uint32_t max_char = 0;
    *out = (Utf8Scan){0};
    while (i < n) {
        unsigned char b = (unsigned char)p[i];
        if (b < 0x80) {
            size_t from = i, near = n - i > 8 ? i + 8 : n; /* mostly words between others */
            do {
                i++;
            } while (i < near && (unsigned char)p[i] < 0x80);
            i += i == near ? utf8_ascii_prefix(p + i, n - i) : 0;
            max_char = max_char < 0x7f ? 0x7f : max_char;
            length += i - from;
            continue;
        }
        uint32_t c = 0;
        if (b >= 0xc2 && b < 0xe0 && n - i > 1 && ((unsigned char)p[i + 1] & 0xc0) == 0x80) {
            c = (uint32_t)(b & 0x1f) << 6 | ((unsigned char)p[i + 1] & 0x3f);
            max_char = c > max_char ? c : max_char;
            i += 2;
            length++;
            continue;
        }
        size_t used = decode_one((const unsigned char *)p + i, n - i, flags, &c, &good, &want);
        if (used == 0) {
            if (!(flags & UTF8_ESCAPE)) {
                out->bad = good ? good : 1;
                out->bad_start = want == 0;
                out->truncated = want != 0 && i + good == n;
                break;
            }
            c = 0xdc00 + b;
            used = 1;
        }
        max_char = c > max_char ? c : max_char;
        i += used;
        length++;
    }
    out->length = length;
    out->max_char = max_char;
    out->valid = i;
    return i == n;
}

static inline void put(int kind, void *out, size_t at, uint32_t c)
{
    if (kind == 1) {
        ((uint8_t *)out)[at] = (uint8_t)c;
    } else if (kind == 2) {
        ((uint16_t *)out)[at] = (uint16_t)c;
    } else {
        ((uint32_t *)out)[at] = c;
    }
}

static inline uint32_t get(int kind, const void *chars, size_t i)
{
    return kind == 1   ? ((const uint8_t *)chars)[i]
           : kind == 2 ? ((const uint16_t *)chars)[i]
                       : ((const uint32_t *)chars)[i];
}

/* The character at p, which is not ASCII, of input that is valid with these flags; its length. */
static inline size_t decode_known(const unsigned char *p, size_t n, unsigned flags, uint32_t *c)
{
    if (flags & UTF8_ESCAPE) {
        size_t good, want, used = decode_one(p, n, flags, c, &good, &want);
        *c = used ? *c : 0xdc00u + p[0];
        return used ? used : 1;
    }
    if (p[0] < 0xe0) {
        *c = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
        return 2;
    }
    if (p[0] < 0xf0) {
        *c = (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
        return 3;
    }
    *c = (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 |
         (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    return 4;
}

ALWAYS_INLINE size_t decode_kind(const char *p, size_t n, unsigned flags, int kind, void *out)
{
    size_t i = 0, at = 0;
    while (i < n) {
        if (i + 8 <= n && ascii8(p + i)) {
            for (size_t k = 0; k < 8; k++) {
                put(kind, out, at + k, (unsigned char)p[i + k]);
            }
            at += 8;
            i += 8;
            continue;
        }
        for (size_t stop = i + 8 < n ? i + 8 : n; i < stop;) {
            uint32_t c = (unsigned char)p[i];
            i += c < 0x80 ? 1 : decode_known((const unsigned char *)p + i, n - i, flags, &c);
            put(kind, out, at++, c);
        }
    }
    return at;
}

size_t utf8_decode(const char *p, size_t n, unsigned flags, int kind, void *out)
{
    switch (kind) {
    case 1: {
        size_t ascii = utf8_ascii_prefix(p, n);
        memcpy(out, p, ascii);
        return ascii + decode_kind(p + ascii, n - ascii, flags, 1, (uint8_t *)out + ascii);
    }
    case 2:
        return decode_kind(p, n, flags, 2, out);
    default:
        return decode_kind(p, n, flags, 4, out);
    }
}

/* How many bytes more than one each the n characters take together; SIZE_MAX: there are surrogates
 * among them.  So few at once that the sums fit the characters' own width, in which the compiler's
 * vector instructions add. */
enum { EXTRA_BLOCK = 4096 };

static size_t extra1(const uint8_t *p, size_t n)
{
    uint16_t more = 0;
    for (size_t i = 0; i < n; i++) {
        more += p[i] >> 7;
    }
    return more;
}

static size_t extra2(const uint16_t *p, size_t n)
{
    uint16_t more = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        more += (uint16_t)((p[i] >= 0x80) + (p[i] >= 0x800));
        bad |= (p[i] & 0xf800) == 0xd800;
    }
    return bad ? SIZE_MAX : more;
}

static size_t extra4(const uint32_t *p, size_t n)
{
    uint32_t more = 0, bad = 0;
    for (size_t i = 0; i < n; i++) {
        more += (uint32_t)((p[i] >= 0x80) + (p[i] >= 0x800) + (p[i] >= 0x10000));
        bad |= (p[i] & 0xfffff800) == 0xd800;
    }
    return bad ? SIZE_MAX : more;
}

/* The size when there is no surrogate among the characters, else SIZE_MAX. */
static size_t plain_size(int kind, const void *chars, size_t len)
{
    size_t size = len;
    for (size_t i = 0; i < len; i += EXTRA_BLOCK) {
        size_t n = len - i < EXTRA_BLOCK ? len - i : EXTRA_BLOCK;
        size_t more = kind == 1   ? extra1((const uint8_t *)chars + i, n)
                      : kind == 2 ? extra2((const uint16_t *)chars + i, n)
                                  : extra4((const uint32_t *)chars + i, n);
        if (more == SIZE_MAX) {
            return SIZE_MAX;
        }
        size += more;
    }
    return size;
}

size_t utf8_encoded_size(int kind, const void *chars, size_t len, unsigned flags, size_t *bad)
{
    if (bad != NULL) {
        *bad = len;
    }
    size_t size = kind == 1   ? plain_size(1, chars, len)
                  : kind == 2 ? plain_size(2, chars, len)
                              : plain_size(4, chars, len);
    if (size != SIZE_MAX) {
        return size;
    }
    size = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t c = get(kind, chars, i);
        if (c < 0x80) {
            size += 1;
        } else if (c < 0x800) {
            size += 2;
        } else if (c >= 0xd800 && c <= 0xdfff && !(flags & UTF8_SURROGATES)) {
            if ((flags & UTF8_ESCAPE) && c >= 0xdc80 && c <= 0xdcff) {
                size += 1;
            } else {
                if (bad != NULL && *bad == len) {
                    *bad = i;
                }
                size += 3;
            }
        } else {
            size += c < 0x10000 ? 3 : 4;
        }
    }
    return size;
}

static inline size_t encode_char(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out = (char)c;
        return 1;
    }
    if (c < 0x800) {
        uint16_t two = htole16((uint16_t)(0x80c0 | c >> 6 | (c & 0x3f) << 8));
        memcpy(out, &two, 2);
        return 2;
    }
    if (c < 0x10000) {
        uint16_t two = htole16((uint16_t)(0x80e0 | c >> 12 | (c << 2 & 0x3f00)));
        memcpy(out, &two, 2);
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    uint32_t four = htole32(0x808080f0 | c >> 18 | (c >> 4 & 0x3f00) | (c << 10 & 0x3f0000) |
                            (c & 0x3f) << 24);
    memcpy(out, &four, 4);
    return 4;
}

size_t utf8_encode_char(uint32_t c, char *out) { return encode_char(c, out); }

ALWAYS_INLINE size_t encode_kind(int kind, const void *chars, size_t len, unsigned flags,
                                 char *out)
{
    char *at = out;
    const bool escape = (flags & UTF8_ESCAPE) && !(flags & UTF8_SURROGATES);
    for (size_t i = 0; i < len;) {
        if (kind == 1 && i + 8 <= len && ascii8((const char *)chars + i)) {
            memcpy(at, (const char *)chars + i, 8);
            at += 8;
            i += 8;
            continue;
        }
        for (size_t stop = kind == 1 && i + 8 < len ? i + 8 : len; i < stop; i++) {
            uint32_t c = get(kind, chars, i);
            if (kind == 1 || c < 0x800 || c >= 0x10000) {
                at += encode_char(c, at);
            } else if ((c < 0xd800 || c >= 0xe000) && i + 1 < len) {
                /* three bytes and one too many, where the next character begins */
                uint32_t bytes = htole32(0x8080e0 | c >> 12 | (c << 2 & 0x3f00) | (c & 0x3f) << 16);
                memcpy(at, &bytes, 4);
                at += 3;
            } else if (escape && c >= 0xdc80 && c <= 0xdcff) {
                *at++ = (char)(c - 0xdc00);
            } else {
                at += encode_char(c, at);
            }
        }
    }
    return (size_t)(at - out);
}

size_t utf8_encode(int kind, const void *chars, size_t len, unsigned flags, char *out)
{
    return kind == 1   ? encode_kind(1, chars, len, flags, out)
           : kind == 2 ? encode_kind(2, chars, len, flags, out)
                       : encode_kind(4, chars, len, flags, out);
}
