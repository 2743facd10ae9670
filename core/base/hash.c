/* SipHash-1-3: one compression round per word, three at the end.  J.-P. Aumasson and D. J.
 * Bernstein, "SipHash: a fast short-input PRF", 2012. */
#include "core/base/hash.h"

#include <string.h>

typedef struct Sip { uint64_t a, b, c, d; } Sip;

static inline uint64_t rotl(uint64_t x, int n)
{
    return x << n | x >> (64 - n);
}

static inline void sip_round(Sip *s)
{
    s->a += s->b;
    s->c += s->d;
    s->b = rotl(s->b, 13) ^ s->a;
    s->d = rotl(s->d, 16) ^ s->c;
    s->a = rotl(s->a, 32);
    s->c += s->b;
    s->a += s->d;
    s->b = rotl(s->b, 17) ^ s->c;
    s->d = rotl(s->d, 21) ^ s->a;
    s->c = rotl(s->c, 32);
}

static inline void sip_word(Sip *s, uint64_t m)
{
    s->d ^= m;
    sip_round(s);
    s->a ^= m;
}

/* n < 8 bytes as the low ones of a word. */
static inline uint64_t tail_word(const unsigned char *p, size_t n)
{
    if (n >= 4) {
        uint32_t low, high; /* they overlap */
        memcpy(&low, p, 4);
        memcpy(&high, p + n - 4, 4);
        return low | (uint64_t)high << 8 * (n - 4);
    }
    return n ? p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) | (uint64_t)p[n - 1] << 8 * (n - 1) : 0;
}

uint64_t siphash13(const void *p, size_t n, const uint64_t key[2])
{
    const unsigned char *in = p;
    Sip s = {key[0] ^ 0x736f6d6570736575ull, key[1] ^ 0x646f72616e646f6dull,
             key[0] ^ 0x6c7967656e657261ull, key[1] ^ 0x7465646279746573ull};
    uint64_t last = (uint64_t)n << 56;
    for (; n >= 8; in += 8, n -= 8) {
        uint64_t m;
        memcpy(&m, in, 8);
        sip_word(&s, m);
    }
    sip_word(&s, last | tail_word(in, n));
    s.c ^= 0xff;
    sip_round(&s);
    sip_round(&s);
    sip_round(&s);
    return s.a ^ s.b ^ s.c ^ s.d;
}
