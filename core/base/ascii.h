/* Characters by their ASCII code: kinds, decimal and hexadecimal digits, simple escapes, case; some
 * of it for eight bytes at a time. */
#ifndef CORE_BASE_ASCII_H
#define CORE_BASE_ASCII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/base/attrs.h"

static inline bool ascii_is_digit(int c) { return c >= '0' && c <= '9'; }
static inline bool ascii_is_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static inline bool ascii_is_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool ascii_is_alpha(uint8_t c) { return ascii_is_lower(c | 32); }
static inline bool ascii_is_alnum(uint8_t c) { return ascii_is_alpha(c) || ascii_is_digit(c); }
static inline bool ascii_is_printable(uint8_t c) { return c >= 32 && c < 127; }
/* As C's isspace and bytes count; ascii_is_space, as str does: the separators 28 to 31, too. */
static inline bool ascii_is_c_space(uint8_t c) { return c == 32 || (uint8_t)(c - 9) < 5; }
static inline bool ascii_is_space(uint8_t c)
{
    const uint64_t low = 0x1f0003e00; /* bits 9 to 13 and 28 to 32 */
    return c <= 32 && low >> c & 1;
}

/* What the digit c stands for, 0 to 15; -1: it is none. */
static inline int hex_digit_value(uint32_t c)
{
    if (c >= '0' && c <= '9') {
        return (int)c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

/* The character that a backslash and c stand for in a literal; -1: not one of the simple
 * escapes. */
static inline int ascii_simple_escape(int c)
{
    switch (c) {
    case '\\': case '\'': case '"': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'v': return '\v';
    case 'a': return '\a';
    default: return -1;
    }
}

/* The 2n digits, lower case, of the n bytes at p; four bytes at a time. */
static inline void hex_digits(char *out, const uint8_t *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        uint32_t four;
        memcpy(&four, p + i, 4);
        uint64_t w = four;
        w = (w | w << 16) & 0x0000ffff0000ffffu;
        w = (w | w << 8) & 0x00ff00ff00ff00ffu;
        w = (w >> 4 & ones * 15) | (w & 0x000f000f000f000fu) << 8; /* the high nibble is first */
        uint64_t letters = (w + ones * (128 - 10)) >> 7 & ones;
        w += ones * '0' + letters * ('a' - '0' - 10);
        memcpy(out + 2 * i, &w, 8);
    }
    for (; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[p[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[p[i] & 15];
    }
}

/* The bytes of the first pairs of digits among the n characters at p, to out; how many: fewer than
 * n / 2 when something else comes first.  Eight digits at a time. */
static inline size_t hex_bytes(uint8_t *out, const uint8_t *p, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, high = ones * 128;
    size_t i = 0;
    for (; n - i >= 8; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        /* bit 7 of x + k tells x >= 128 - k of a byte below 128 */
        uint64_t x = w & ~high, y = x | ones * 0x20;
        uint64_t digits = (x + ones * (128 - '0')) & ~(x + ones * (128 - '9' - 1));
        uint64_t letters = (y + ones * (128 - 'a')) & ~(y + ones * (128 - 'f' - 1));
        if (((digits | letters) & ~w & high) != high) {
            break;
        }
        w = (w & ones * 15) + ((letters & high) >> 7) * 9;
        w = (w << 4 | w >> 8) & 0x00ff00ff00ff00ffu; /* the high nibble is first */
        w = (w | w >> 8) & 0x0000ffff0000ffffu;
        w |= w >> 16;
        uint32_t four = (uint32_t)w;
        memcpy(out + i / 2, &four, 4);
    }
    for (; n - i >= 2; i += 2) {
        int a = hex_digit_value(p[i]), b = hex_digit_value(p[i + 1]);
        if (a < 0 || b < 0) {
            break;
        }
        out[i / 2] = (uint8_t)(a << 4 | b);
    }
    return i / 2;
}

/* Is any bit of these 16 bytes set? */
static inline bool any_of_16(const void *p)
{
    uint64_t half[2];
    memcpy(half, p, sizeof half);
    return half[0] | half[1];
}

/* Index, from i on, of the next of n bytes that is below 32 or among 128 to 159; n: there is none.
 * Text has few of these, and all its line breaks are among them. */
static inline size_t ascii_next_control(const uint8_t *p, size_t i, size_t n)
{
    const uint64_t ones = 0x0101010101010101u, high = ones * 128;
    for (; n - i >= 8; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        uint64_t found = ~((w | high) - ones * 32) & high;
        if (found) {
            return i + (size_t)__builtin_ctzll(found) / 8;
        }
    }
    while (i < n && (p[i] & 127) >= 32) {
        i++;
    }
    return i;
}

/* q = p with the 26 letters from `first` ('a' or 'A') on changed to the other case; bytes from 128
 * on stay. */
static inline void ascii_flip_letters(uint8_t *q, const uint8_t *p, size_t n, uint8_t first)
{
    const uint64_t ones = 0x0101010101010101u, low = ones * 127;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        /* bit 7 of x + k tells x >= 128 - k of a byte below 128 */
        uint64_t x = w & low, from = x + ones * (uint8_t)(128 - first);
        uint64_t letters = from & ~(x + ones * (uint8_t)(128 - first - 26)) & ~w;
        w ^= (letters & ones * 128) >> 2;
        memcpy(q + i, &w, 8);
    }
    for (; i < n; i++) {
        q[i] = (uint8_t)(p[i] - first) < 26 ? p[i] ^ 32 : p[i];
    }
}

#endif
