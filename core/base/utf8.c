/* utf8.h.  ASCII runs go eight bytes at a time, neighbours of two or three bytes four and two
 * characters at a time; the rest is decoded by ranges of the second byte (table 3-7 of the Unicode
 * standard), which rejects overlong forms, surrogates and values above U+10FFFF in one compare.
 *
 * Four characters below 0x10000 lie in the 16 bits each ("lanes") of one word, the first lowest. */
#include "core/base/utf8.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080ull
#define LANES(x) ((x)*0x0001000100010001ull)

static inline uint64_t load8(const void *p)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return w;
}

/* Whether one of the lanes is 0. */
static inline bool has_zero_lane(uint64_t w) { return (w - LANES(1)) & ~w & LANES(0x8000); }

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
static inline size_t sequence_length(unsigned char b, unsigned char *lo, unsigned char *hi)
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
        } else if (b == 0xed) {
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
static inline size_t decode_one(const unsigned char *p, size_t n, uint32_t *c, size_t *good,
                                size_t *want)
{
    unsigned char lo, hi;
    size_t len = sequence_length(p[0], &lo, &hi);
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

size_t utf8_decode_char(const char *p, size_t n, uint32_t *c)
{
    size_t good, want;
    return n == 0 ? 0 : decode_one((const unsigned char *)p, n, c, &good, &want);
}

/* Whether w is four sequences of two bytes, their bytes after the first being right. */
static inline bool are_twos(uint64_t w) { return (w & LANES(0xc0e0)) == LANES(0x80c0); }

/* Their characters, in lanes. */
static inline uint64_t decode_twos(uint64_t w)
{
    return (w & LANES(0x1f)) << 6 | (w >> 8 & LANES(0x3f));
}

/* Whether w begins with two sequences of three bytes, their bytes after the first being right. */
static inline bool are_threes(uint64_t w)
{
    return (w & 0xc0c0f0c0c0f0) == 0x8080e08080e0;
}

static inline void decode_threes(uint64_t w, uint32_t *first, uint32_t *second)
{
    uint64_t two = (w & 0x00000f00000f) << 12 | (w >> 2 & 0x000fc0000fc0) |
                   (w >> 16 & 0x00003f00003f);
    *first = two & 0xffff;
    *second = (uint32_t)(two >> 24);
}

/* Whether c takes three bytes, and may. */
static inline bool is_three(uint32_t c) { return c >= 0x800 && (c & 0xf800) != 0xd800; }

/* The characters of two or three bytes from p on, all right, that come by fours and twos: adds
 * their number and bits.  Returns their bytes. */
static size_t scan_blocks(const char *p, size_t n, size_t *length, uint32_t *bits)
{
    size_t i = 0;
    uint64_t seen = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w = load8(p + i);
        if (!are_twos(w) || has_zero_lane(w & LANES(0x1e))) {
            break;
        }
        seen |= decode_twos(w);
    }
    *length += i / 2;
    *bits |= (uint32_t)((seen | seen >> 16 | seen >> 32 | seen >> 48) & 0xffff);
    for (; i + 8 <= n; i += 6) {
        uint64_t w = load8(p + i);
        uint32_t first, second;
        if (!are_threes(w)) {
            break;
        }
        decode_threes(w, &first, &second);
        if (!is_three(first) || !is_three(second)) {
            break;
        }
        *bits |= first | second;
        *length += 2;
    }
    return i;
}

bool utf8_scan(const char *p, size_t n, Utf8Scan *out)
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
            max_char |= 0x7f;
            length += i - from;
            continue;
        }
        size_t used = scan_blocks(p + i, n - i, &length, &max_char);
        if (used) {
            i += used;
            continue;
        }
        uint32_t c = 0;
        if (b >= 0xc2 && b < 0xe0 && n - i > 1 && ((unsigned char)p[i + 1] & 0xc0) == 0x80) {
            c = (uint32_t)(b & 0x1f) << 6 | ((unsigned char)p[i + 1] & 0x3f);
            used = 2;
        } else {
            used = decode_one((const unsigned char *)p + i, n - i, &c, &good, &want);
        }
        if (used == 0) {
            out->bad = good ? good : 1;
            out->bad_start = want == 0;
            out->truncated = want != 0 && i + good == n;
            break;
        }
        max_char |= c;
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

/* The character at p, which is not ASCII, of valid input; its length. */
static inline size_t decode_known(const unsigned char *p, uint32_t *c)
{
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

/* The characters that the valid bytes of w begin with, when they are eight of one byte, four of two
 * or two of three: their number, and *used = their bytes. */
ALWAYS_INLINE size_t decode_block(uint64_t w, int kind, void *out, size_t at, size_t *used)
{
    *used = 8;
    if (!(w & HIGH_BITS)) {
        for (int k = 0; k < 8; k++) {
            put(kind, out, at + (size_t)k, (uint32_t)(w >> 8 * k & 0xff));
        }
        return 8;
    }
    if (are_twos(w)) {
        uint64_t lanes = decode_twos(w);
        if (kind == 2) {
            memcpy((uint16_t *)out + at, &lanes, 8);
            return 4;
        }
        for (int k = 0; k < 4; k++) {
            put(kind, out, at + (size_t)k, (uint32_t)(lanes >> 16 * k & 0xffff));
        }
        return 4;
    }
    if (kind != 1 && are_threes(w)) {
        uint32_t first, second;
        decode_threes(w, &first, &second);
        put(kind, out, at, first);
        put(kind, out, at + 1, second);
        *used = 6;
        return 2;
    }
    return 0;
}

ALWAYS_INLINE size_t decode_kind(const char *p, size_t n, int kind, void *out)
{
    size_t i = 0, at = 0;
    while (i < n) {
        size_t used, done = i + 8 <= n ? decode_block(load8(p + i), kind, out, at, &used) : 0;
        if (done) {
            at += done;
            i += used;
            continue;
        }
        for (size_t stop = i + 8 < n ? i + 8 : n; i < stop;) {
            uint32_t c = (unsigned char)p[i];
            i += c < 0x80 ? 1 : decode_known((const unsigned char *)p + i, &c);
            put(kind, out, at++, c);
        }
    }
    return at;
}

size_t utf8_decode(const char *p, size_t n, int kind, void *out)
{
    switch (kind) {
    case 1: {
        size_t ascii = utf8_ascii_prefix(p, n);
        memcpy(out, p, ascii);
        return ascii + decode_kind(p + ascii, n - ascii, 1, (uint8_t *)out + ascii);
    }
    case 2:
        return decode_kind(p, n, 2, out);
    default:
        return decode_kind(p, n, 4, out);
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

ALWAYS_INLINE size_t size_of_kind(int kind, const void *chars, size_t len)
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

size_t utf8_encoded_size(int kind, const void *chars, size_t len)
{
    return kind == 1   ? size_of_kind(1, chars, len)
           : kind == 2 ? size_of_kind(2, chars, len)
                       : size_of_kind(4, chars, len);
}

static inline size_t encode_char(uint32_t c, char *out)
{
    if (c < 0x80) {
        *out = (char)c;
        return 1;
    }
    if (c < 0x800) {
        uint16_t two = (uint16_t)(0x80c0 | c >> 6 | (c & 0x3f) << 8);
        memcpy(out, &two, 2);
        return 2;
    }
    if (c < 0x10000) {
        uint16_t two = (uint16_t)(0x80e0 | c >> 12 | (c << 2 & 0x3f00));
        memcpy(out, &two, 2);
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    uint32_t four = 0x808080f0 | c >> 18 | (c >> 4 & 0x3f00) | (c << 10 & 0x3f0000) |
                    (c & 0x3f) << 24;
    memcpy(out, &four, 4);
    return 4;
}

size_t utf8_encode_char(uint32_t c, char *out) { return encode_char(c, out); }

/* Characters i to i + 3 in lanes.  False: one of them is too large for that. */
static inline bool load_lanes(int kind, const void *chars, size_t i, uint64_t *w)
{
    if (kind == 1) {
        uint32_t four;
        memcpy(&four, (const char *)chars + i, 4);
        *w = (four | (uint64_t)four << 16) & 0x0000ffff0000ffff;
        *w = (*w | *w << 8) & LANES(0xff);
        return true;
    }
    if (kind == 2) {
        *w = load8((const uint16_t *)chars + i);
        return true;
    }
    const uint32_t *four = (const uint32_t *)chars + i;
    uint64_t low = load8(four), high = load8(four + 2);
    *w = ((low | low >> 16) & 0xffffffff) | (high | high >> 16) << 32;
    return !((low | high) & 0xffff0000ffff0000);
}

/* Six bytes, and two zeros: two characters of three bytes each, which lie in the low lanes. */
static inline uint64_t encode_threes(uint64_t w)
{
    w = (w & 0xffff) | (w << 8 & 0xffff000000);
    return 0x8080e08080e0 | (w >> 12 & 0x00000f00000f) | (w << 2 & 0x003f00003f00) |
           (w << 16 & 0x3f00003f0000);
}

/* Encodes four characters of one and the same length.  Writes up to 14 bytes, returns how many of
 * them count; 0: their lengths differ. */
ALWAYS_INLINE size_t encode_lanes(int kind, uint64_t w, char *out)
{
    if (kind != 1 && !has_zero_lane(w & LANES(0xf800))) {
        uint64_t first = encode_threes(w), second = encode_threes(w >> 32);
        memcpy(out, &first, 8);
        memcpy(out + 6, &second, 8);
        return 12;
    }
    uint64_t above = w & LANES(0xff80);
    if (above == 0) {
        w |= w >> 8;
        uint32_t four = (uint32_t)((w & 0xffff) | (w >> 16 & 0xffff0000));
        memcpy(out, &four, 4);
        return 4;
    }
    if (!has_zero_lane(above) && !(w & LANES(0xf800))) {
        w = LANES(0x80c0) | (w >> 6 & LANES(0x1f)) | (w & LANES(0x3f)) << 8;
        memcpy(out, &w, 8);
        return 8;
    }
    return 0;
}

/* c's bytes, no branch taken by its length unless it needs 4: writes four, returns how many
 * count. */
ALWAYS_INLINE size_t encode_ahead(int kind, uint32_t c, char *out)
{
    if (kind == 4 && c >= 0x10000) {
        return encode_char(c, out);
    }
    const uint32_t two = 0x80c0 | c >> 6 | (c & 0x3f) << 8;
    uint32_t bytes = c < 0x80 ? c : two;
    size_t n = 1 + (c >= 0x80);
    if (kind != 1) {
        const uint32_t three = 0x8080e0 | c >> 12 | (c << 2 & 0x3f00) | (c & 0x3f) << 16;
        bytes = c < 0x800 ? bytes : three;
        n += c >= 0x800;
    }
    memcpy(out, &bytes, 4);
    return n;
}

ALWAYS_INLINE size_t encode_kind(int kind, const void *chars, size_t len, char *out)
{
    char *at = out;
    size_t i = 0;
    while (i + 8 <= len) { /* what is written too much lies where the next four will */
        uint64_t w = kind == 1 ? load8((const char *)chars + i) : 1;
        if (kind == 1 && !(w & HIGH_BITS)) {
            memcpy(at, &w, 8);
            at += 8;
            i += 8;
            continue;
        }
        size_t n = load_lanes(kind, chars, i, &w) ? encode_lanes(kind, w, at) : 0;
        for (size_t k = 0; n == 0 && k < 4; k++) {
            at += encode_ahead(kind, get(kind, chars, i + k), at);
        }
        at += n;
        i += 4;
    }
    for (; i < len; i++) {
        at += encode_char(get(kind, chars, i), at);
    }
    return (size_t)(at - out);
}

size_t utf8_encode(int kind, const void *chars, size_t len, char *out)
{
    return kind == 1   ? encode_kind(1, chars, len, out)
           : kind == 2 ? encode_kind(2, chars, len, out)
                       : encode_kind(4, chars, len, out);
}
