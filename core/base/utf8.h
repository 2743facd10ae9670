/* UTF-8 to and from code points of 1, 2 or 4 bytes.  Strict as the Unicode standard: shortest form,
 * no surrogates, nothing above U+10FFFF.  A machine of little endian order is assumed. */
#ifndef CORE_BASE_UTF8_H
#define CORE_BASE_UTF8_H

#include "core/base/attrs.h"

typedef struct Utf8Scan {
    size_t length;      /* code points in the valid part */
    uint32_t max_char;  /* as wide as the largest: all bits of them (any ASCII counts as 127) */
    size_t valid;       /* bytes in the valid part; == n when all is well */
    /* bytes of the maximal ill-formed subpart at `valid`, >= 1 unless all is well */
    size_t bad;
    bool truncated;     /* that subpart is the beginning of a sequence cut off by the end */
    bool bad_start;     /* its first byte cannot start a sequence */
} Utf8Scan;

/* Validates and measures.  True when all n bytes are valid. */
bool utf8_scan(const char *p, size_t n, Utf8Scan *out);
/* Number of leading ASCII bytes. */
size_t utf8_ascii_prefix(const char *p, size_t n);
/* Writes the code points of n valid bytes into out, kind bytes each; returns their number. */
size_t utf8_decode(const char *p, size_t n, int kind, void *out);
/* Decodes one character.  Returns its length, 0 when p is ill-formed or n == 0. */
size_t utf8_decode_char(const char *p, size_t n, uint32_t *c);
/* Bytes needed for len code points; SIZE_MAX: there are surrogates among them. */
size_t utf8_encoded_size(int kind, const void *chars, size_t len);
/* Encodes them (no surrogates); returns the bytes written. */
size_t utf8_encode(int kind, const void *chars, size_t len, char *out);
/* Encodes any one code point (surrogates too) in at most 4 bytes. */
size_t utf8_encode_char(uint32_t c, char *out);

#endif
