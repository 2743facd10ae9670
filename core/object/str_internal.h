/* What the str_*.c files share: raw runs of characters ("Chars": kind, pointer, length) and helpers
 * on them. */
#ifndef CORE_OBJECT_STR_INTERNAL_H
#define CORE_OBJECT_STR_INTERNAL_H

#include "core/base/byte_hits.h"
#include "core/object/str.h"

/* Characters that several strs may share: every str over it is a prefix of data.  Only the str
 * whose length is `used` may append, after winning the compare-and-swap on used; so written
 * characters never change. */
typedef struct StrBuffer {
    Object head;
    _Atomic size_t used; /* characters */
    size_t cap;          /* characters; init-only */
    char data[];
} StrBuffer;
extern Type str_buffer_type, str_iter_type, str_ascii_iter_type;

enum {
    STR_SHARED_STR = 4, /* data lies inline in another exact str (subclass instances) */
    STR_JOINED = 8,     /* result of a concatenation: appending to it again makes a StrBuffer */
};

static inline uint32_t chars_get(int kind, const void *p, size_t i)
{
    return kind == 1 ? ((const uint8_t *)p)[i]
                     : kind == 2 ? ((const uint16_t *)p)[i] : ((const uint32_t *)p)[i];
}
static inline void chars_put(int kind, void *p, size_t i, uint32_t c)
{
    if (kind == 1) {
        ((uint8_t *)p)[i] = (uint8_t)c;
    } else if (kind == 2) {
        ((uint16_t *)p)[i] = (uint16_t)c;
    } else {
        ((uint32_t *)p)[i] = c;
    }
}
static inline int kind_for(uint32_t max_char)
{
    return max_char < 256 ? 1 : max_char < 65536 ? 2 : 4;
}
/* Upper bound of the characters of s, exact in what matters (ascii and kind). */
static inline uint32_t str_max_char(const Str *s)
{
    return s->ascii ? 127 : s->kind == 1 ? 255 : s->kind == 2 ? 0xffff : 0x10ffff;
}
static inline bool char_is_surrogate(uint32_t c) { return c >= 0xd800 && c < 0xe000; }

void str_trace(Object *self, Tracer *tr);
/* 127, 255, 0xffff or 0x10ffff: the narrowest class that holds all n characters. */
uint32_t chars_max(int kind, const void *p, size_t n);
/* dst kind >= src kind, or the characters are known to fit. */
void chars_copy(int dst_kind, void *dst, size_t at, int src_kind, const void *src, size_t from,
                size_t n);
bool ascii_only(const void *p, size_t n);
/* memcpy; of few bytes, as most pieces of text have, without a call. */
static inline void copy_piece(char *to, const char *from, size_t n)
{
    uint64_t first, last;
    uint32_t head, tail;
    if (n > 16) {
        memcpy(to, from, n);
    } else if (n >= 8) {
        memcpy(&first, from, 8);
        memcpy(&last, from + n - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + n - 8, &last, 8);
    } else if (n >= 4) {
        memcpy(&head, from, 4);
        memcpy(&tail, from + n - 4, 4);
        memcpy(to, &head, 4);
        memcpy(to + n - 4, &tail, 4);
    } else if (n > 0) {
        to[0] = from[0];
        to[n / 2] = from[n / 2];
        to[n - 1] = from[n - 1];
    }
}
/* memcmp() == 0; of few bytes without a call. */
static inline bool same_piece(const char *a, const char *b, size_t n)
{
    if (n > 16) {
        return memcmp(a, b, n) == 0;
    }
    if (n >= 8) { /* memcmp() of a constant size is one compare */
        return memcmp(a, b, 8) == 0 && memcmp(a + n - 8, b + n - 8, 8) == 0;
    }
    if (n >= 4) {
        return memcmp(a, b, 4) == 0 && memcmp(a + n - 4, b + n - 4, 4) == 0;
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}
/* The hash of a str whose characters are these n bytes. */
int64_t str_hash_text(const void *p, size_t n);

/* Position of the needle within [lo, hi) or -1. Kinds may differ. */
ssize_t chars_find(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m);
ssize_t chars_rfind(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m);
ssize_t chars_find_char(int kind, const void *p, size_t n, uint32_t c);
ssize_t chars_rfind_char(int kind, const void *p, size_t n, uint32_t c);
size_t chars_count(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m,
                   size_t max);
/* Where a needle of one character at least was found, without overlaps: how often, at most max, and
 * the first positions. */
enum { MATCHES_KEPT = 64 };
typedef struct Matches {
    size_t count, at[MATCHES_KEPT];
} Matches;
void chars_matches(Matches *m, int kind, const void *p, size_t n, int nkind, const void *needle,
                   size_t len, size_t max);
/* The places of a needle of two bytes or more among others, without overlaps, one after the other:
 * for text in which it is frequent, where each search by itself would take longer than what it
 * passes over. */
typedef struct PieceHits {
    ByteHits hits; /* of its first byte */
    const char *needle, *start, *end, *from;
    size_t m, misses;
} PieceHits;
static inline PieceHits piece_hits_begin(const char *p, size_t n, const char *needle, size_t m)
{
    return (PieceHits){byte_hits_begin(p, n, (uint8_t)*needle), needle, p, p + n, p, m, 0};
}
/* The next place; NULL: there is none. */
static inline const char *piece_hits_next(PieceHits *h)
{
    const char *hit;
    while (h->misses * 8 <= 64 + (size_t)(h->from - h->start)) {
        hit = (const char *)byte_hits_next(&h->hits);
        if (hit == NULL || (size_t)(h->end - hit) < h->m) {
            return NULL;
        }
        if (hit >= h->from && same_piece(hit, h->needle, h->m)) {
            h->from = hit + h->m;
            return hit;
        }
        h->misses++;
    }
    ssize_t at = chars_find(1, h->from, (size_t)(h->end - h->from), 1, h->needle, h->m);
    hit = at < 0 ? NULL : h->from + at;
    h->from = hit ? hit + h->m : h->from;
    return hit;
}
/* n bytes from `from` to `to`, with every `old` made `new`. */
void chars_copy_replacing(uint8_t *to, const uint8_t *from, size_t n, uint8_t old, uint8_t new);
bool chars_equal(int akind, const void *a, size_t at, int bkind, const void *b, size_t n);

/* v itself when it is an exact str, else an exact str with the same characters (shared). */
Value str_exact(Thread *t, Value v);
/* An instance of type (str or a subclass) that shares s's characters. */
Value str_share(Thread *t, Type *type, Value s);
/* s is replaced by its own method result when unchanged: methods return exact strs. */
static inline void *str_at(const Str *s, size_t i) { return (char *)s->data + i * s->kind; }
/* Start and end arguments of find, count, startswith ...: None or 0 stand for the defaults; clipped
 * to [0, len]. */
NODISCARD bool find_bounds(Thread *t, Value start, Value end, size_t len, ssize_t *lo, ssize_t *hi);
/* The same in two steps, of which the second runs no code of Python. */
NODISCARD bool find_limits(Thread *t, Value start, Value end, ssize_t *lo, ssize_t *hi);
static inline void find_clip(size_t len, ssize_t *lo, ssize_t *hi)
{
    ssize_t n = (ssize_t)len;
    *hi = *hi > n ? n : *hi < 0 ? (*hi + n < 0 ? 0 : *hi + n) : *hi;
    *lo = *lo < 0 ? (*lo + n < 0 ? 0 : *lo + n) : *lo;
}
/* Sets one missing index argument: value_to_ssize clipping, None allowed. */
NODISCARD bool slice_index(Thread *t, Value v, ssize_t *out);

/* methods of str.c's type that live in other files */
Value str_split_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rsplit_method(Thread *t, Value *args, size_t n, Value kw);
Value str_splitlines_method(Thread *t, Value *args, size_t n, Value kw);
Value str_partition_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rpartition_method(Thread *t, Value *args, size_t n, Value kw);
Value str_replace_method(Thread *t, Value *args, size_t n, Value kw);
Value str_find_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rfind_method(Thread *t, Value *args, size_t n, Value kw);
Value str_index_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rindex_method(Thread *t, Value *args, size_t n, Value kw);
Value str_count_method(Thread *t, Value *args, size_t n, Value kw);
Value str_startswith_method(Thread *t, Value *args, size_t n, Value kw);
Value str_endswith_method(Thread *t, Value *args, size_t n, Value kw);
Value str_lower_method(Thread *t, Value *args, size_t n, Value kw);
Value str_upper_method(Thread *t, Value *args, size_t n, Value kw);
Value str_title_method(Thread *t, Value *args, size_t n, Value kw);
Value str_capitalize_method(Thread *t, Value *args, size_t n, Value kw);
Value str_swapcase_method(Thread *t, Value *args, size_t n, Value kw);
Value str_casefold_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isalnum_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isalpha_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isascii_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isdecimal_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isdigit_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isidentifier_method(Thread *t, Value *args, size_t n, Value kw);
Value str_islower_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isnumeric_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isprintable_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isspace_method(Thread *t, Value *args, size_t n, Value kw);
Value str_istitle_method(Thread *t, Value *args, size_t n, Value kw);
Value str_isupper_method(Thread *t, Value *args, size_t n, Value kw);
Value str_center_method(Thread *t, Value *args, size_t n, Value kw);
Value str_ljust_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rjust_method(Thread *t, Value *args, size_t n, Value kw);
Value str_zfill_method(Thread *t, Value *args, size_t n, Value kw);
Value str_expandtabs_method(Thread *t, Value *args, size_t n, Value kw);
Value str_strip_method(Thread *t, Value *args, size_t n, Value kw);
Value str_lstrip_method(Thread *t, Value *args, size_t n, Value kw);
Value str_rstrip_method(Thread *t, Value *args, size_t n, Value kw);
Value str_removeprefix_method(Thread *t, Value *args, size_t n, Value kw);
Value str_removesuffix_method(Thread *t, Value *args, size_t n, Value kw);
Value str_translate_method(Thread *t, Value *args, size_t n, Value kw);
Value str_maketrans_method(Thread *t, Value *args, size_t n, Value kw);
Value str_encode_method(Thread *t, Value *args, size_t n, Value kw);
Value str_join_method(Thread *t, Value *args, size_t n, Value kw);
Value str_format_method(Thread *t, Value *args, size_t n, Value kw);
Value str_format_map_method(Thread *t, Value *args, size_t n, Value kw);
Value str_dunder_format_method(Thread *t, Value *args, size_t n, Value kw);
Value str_sizeof_method(Thread *t, Value *args, size_t n, Value kw);
Value str_getnewargs_method(Thread *t, Value *args, size_t n, Value kw);
extern const NativeDef str_methods[];

#endif
