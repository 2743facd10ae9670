/* The places of one byte among others, one after the other: for text in which it is frequent, where
 * a call of memchr takes longer than what it passes over.  Eight bytes are looked at together;
 * where none of 24 is it, memchr goes on to the next.
 */
#ifndef CORE_BASE_BYTE_HITS_H
#define CORE_BASE_BYTE_HITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ByteHits {
    const uint8_t *start, *end, *word; /* word: the eight bytes of mask */
    const uint8_t *next;               /* not looked at yet */
    uint64_t mask;                     /* bit 7 of each byte that is one of the rest in word */
    uint8_t wanted;
} ByteHits;

static inline ByteHits byte_hits_begin(const void *p, size_t n, uint8_t wanted)
{
    const uint8_t *start = p;
    return (ByteHits){start, start + n, start, start, 0, wanted};
}

/* Bit 7 of each byte of x that is c: x's other bits of zero bytes carry nothing into the next. */
static inline uint64_t byte_hits_mask(uint64_t x, uint8_t c)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    x ^= c * UINT64_C(0x0101010101010101);
    return ~(((x & low) + low) | x | low);
}

/* Fewer than eight bytes are left. */
static inline uint64_t byte_hits_last(const ByteHits *h)
{
    size_t n = (size_t)(h->end - h->next);
    uint64_t x = 0;
    if (h->end - h->start >= 8) {
        memcpy(&x, h->end - 8, sizeof x);
        return n ? byte_hits_mask(x, h->wanted) >> (8 * (8 - n)) : 0;
    }
    for (size_t i = 0; i < n; i++) {
        x |= (uint64_t)(h->next[i] == h->wanted) << (8 * i + 7);
    }
    return x;
}

/* The next place; NULL: there is none. */
static inline const uint8_t *byte_hits_next(ByteHits *h)
{
    for (int words = 0; h->mask == 0; words++) {
        uint64_t x;
        if (h->end - h->next < 8) {
            h->word = h->next;
            h->mask = byte_hits_last(h);
            h->next = h->end;
            if (h->mask == 0) {
                return NULL;
            }
        } else if (words == 3) {
            const uint8_t *hit = memchr(h->next, h->wanted, (size_t)(h->end - h->next));
            h->next = hit ? hit + 1 : h->end;
            return hit;
        } else {
            memcpy(&x, h->next, sizeof x);
            h->mask = byte_hits_mask(x, h->wanted);
            h->word = h->next;
            h->next += 8;
        }
    }
    const uint8_t *hit = h->word + (__builtin_ctzll(h->mask) >> 3);
    h->mask &= h->mask - 1;
    return hit;
}

#endif
