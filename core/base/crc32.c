/* CRC-32 by folding: 64 bytes at a time are multiplied by powers of x modulo the polynomial, and
 * what is left is reduced after Barrett (Gopal and others, "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ Instruction").  All numbers are bit-reversed, as the sum is. */
#include "core/base/crc32.h"

#include <zlib.h>

#include "core/base/attrs.h"

#if defined(__x86_64__) && __has_include(<sys/platform/x86.h>)
#include <immintrin.h>
#include <sys/platform/x86.h>

enum { LANES = 4, LANE = 16, STEP = LANES * LANE };

#define FOLDING __attribute__((target("pclmul,sse4.1")))

/* x, moved over the distance that the factors of `by` stand for, and what is there. */
FOLDING static inline __m128i fold(__m128i x, __m128i by, __m128i there)
{
    __m128i low = _mm_clmulepi64_si128(x, by, 0x00), high = _mm_clmulepi64_si128(x, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

FOLDING static inline __m128i lane(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

FOLDING static uint32_t reduce(__m128i x)
{
    const __m128i by_96 = _mm_set_epi64x(0, 0x00ccaa009e), by_64 = _mm_set_epi64x(0, 0x0163cd6124);
    const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
    const __m128i words = _mm_setr_epi32(-1, 0, -1, 0);
    x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, by_96, 0x00));
    x = _mm_xor_si128(_mm_srli_si128(x, 4),
                      _mm_clmulepi64_si128(_mm_and_si128(x, words), by_64, 0x00));
    __m128i q = _mm_clmulepi64_si128(_mm_and_si128(x, words), barrett, 0x10);
    q = _mm_clmulepi64_si128(_mm_and_si128(q, words), barrett, 0x00);
    return (uint32_t)_mm_extract_epi32(_mm_xor_si128(x, q), 1);
}

/* n: a multiple of LANE, at least STEP; crc: inverted. */
FOLDING static uint32_t fold_all(uint32_t crc, const uint8_t *p, size_t n)
{
    const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
    const __m128i by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
    __m128i x[LANES];
    for (int i = 0; i < LANES; i++) {
        x[i] = lane(p + i * LANE);
    }
    x[0] = _mm_xor_si128(x[0], _mm_cvtsi32_si128((int)crc));
    for (p += STEP, n -= STEP; n >= STEP; p += STEP, n -= STEP) {
        for (int i = 0; i < LANES; i++) {
            x[i] = fold(x[i], by_512, lane(p + i * LANE));
        }
    }
    __m128i all = x[0];
    for (int i = 1; i < LANES; i++) {
        all = fold(all, by_128, x[i]);
    }
    for (; n > 0; p += LANE, n -= LANE) {
        all = fold(all, by_128, lane(p));
    }
    return reduce(all);
}

uint32_t crc32_update(uint32_t crc, const void *p, size_t n)
{
    size_t folded = n & ~(size_t)(LANE - 1);
    if (folded >= STEP && CPU_FEATURE_ACTIVE(PCLMULQDQ) && CPU_FEATURE_ACTIVE(SSE4_1)) {
        crc = ~fold_all(~crc, p, folded);
        p = (const uint8_t *)p + folded;
        n -= folded;
    }
    return (uint32_t)crc32_z(crc, p, n);
}
#else
uint32_t crc32_update(uint32_t crc, const void *p, size_t n)
{
    return (uint32_t)crc32_z(crc, p, n);
}
#endif
