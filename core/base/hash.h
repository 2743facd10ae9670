/* Keyed and plain hashing of bytes and words. */
#ifndef CORE_BASE_HASH_H
#define CORE_BASE_HASH_H

#include "core/base/attrs.h"

/* SipHash-1-3 (Aumasson, Bernstein) of n bytes under a 128-bit key. */
uint64_t siphash13(const void *p, size_t n, const uint64_t key[2]);

/* Mixes all bits of a word (the finaliser of MurmurHash3); for tables keyed by addresses and ids.
 */
static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    return x ^ x >> 33;
}

#endif
