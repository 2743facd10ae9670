/* Sorting by words: keys of types whose order a 64-bit word tells, or begins to tell.
 *
 * An int or float that lives in its value has a word that orders as it does; a str of one byte per
 * character, the first eight characters behind those in which all agree.  The words are sorted
 * together with where they come from, byte by byte from the lowest (a stable radix sort; bytes in
 * which all words agree are skipped) or, when they are few, by merging; keys and items are then
 * moved once.  No Python code runs and nothing is allocated from the heap.
 */
#include "core/base/memory.h"
#include "core/object/float.h"
#include "core/object/list_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

enum { MERGE_FROM = 8 }; /* shorter runs are sorted by insertion */
/* Up to so many strings are sorted by words even if they are in a few runs: to merge the words, in
 * seven rounds, takes less time than to compare each string once. */
enum { STR_WORDS_MAX = 1024 };

/* Words of the keys, ascending when the keys are. */
static uint64_t double_word(double d)
{
    uint64_t bits;
    d += 0.0; /* -0.0 equals 0.0 */
    memcpy(&bits, &d, sizeof bits);
    return bits ^ (bits >> 63 ? ~(uint64_t)0 : (uint64_t)1 << 63);
}

static bool str_word(Value v, size_t skip, uint64_t *word)
{
    const Str *s = value_str(v);
    uint64_t w = 0;
    if (s->kind != 1) {
        return false;
    }
    assert(skip <= s->len);
    memcpy(&w, (const char *)s->data + skip, s->len - skip < 8 ? s->len - skip : 8);
    *word = be64toh(w);
    return true;
}

static bool key_word(LessKind kind, Value v, size_t skip, uint64_t *word)
{
    if (kind == LESS_FIXNUM) {
        *word = v ^ (uint64_t)1 << 63;
        return true;
    }
    if (kind == LESS_STR) {
        return str_word(v, skip, word);
    }
    double d = kind == LESS_FLONUM ? flonum_get(v) : float_get(v);
    *word = double_word(d);
    return d == d;
}

/* Fills words; *differ: the bits in which they do, none if they are in order.  false: keys without
 * a word, or so few runs that merging them is less work. */
static bool make_words(SortWord *words, const Value *keys, size_t n, LessKind kind, bool tuples,
                       size_t skip, uint64_t *differ)
{
    uint64_t first = 0, last = 0;
    size_t descents = 0;
    *differ = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t w;
        if (!key_word(kind, tuples ? tuple_get(keys[i], 0) : keys[i], skip, &w)) {
            return false;
        }
        first = i == 0 ? w : first;
        *differ |= w ^ first;
        descents += i > 0 && w < last;
        last = w;
        words[i] = (SortWord){.word = w, .at = i};
    }
    if (kind == LESS_STR && (descents == 0 || n <= STR_WORDS_MAX)) {
        *differ = descents == 0 ? 0 : *differ;
        return true;
    }
    return descents > n / 8 && descents < n - n / 8;
}

static void sort_by_byte(const SortWord *from, SortWord *to, size_t n, int shift)
{
    size_t start[256] = {0};
    for (size_t i = 0; i < n; i++) {
        start[from[i].word >> shift & 255]++;
    }
    size_t sum = 0;
    for (size_t i = 0; i < 256; i++) {
        size_t count = start[i];
        start[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[start[from[i].word >> shift & 255]++] = from[i];
    }
}

/* Sorts words by comparing them, stable: short runs by insertion, then merges of neighbours from
 * one array to the other.  Returns the array that holds the result. */
static SortWord *merge_sort(SortWord *from, SortWord *to, size_t n)
{
    for (size_t lo = 0; lo < n; lo += MERGE_FROM) {
        size_t hi = n - lo < MERGE_FROM ? n : lo + MERGE_FROM;
        for (size_t i = lo + 1; i < hi; i++) {
            SortWord w = from[i];
            size_t k = i;
            for (; k > lo && from[k - 1].word > w.word; k--) {
                from[k] = from[k - 1];
            }
            from[k] = w;
        }
    }
    for (size_t width = MERGE_FROM; width < n; width *= 2) {
        for (size_t lo = 0; lo < n; lo += 2 * width) {
            size_t a = lo, mid = n - lo < width ? n : lo + width, b = mid,
                   hi = n - mid < width ? n : mid + width, out = lo;
            while (a < mid && b < hi) { /* without a branch that cannot be predicted */
                bool second = from[b].word < from[a].word;
                to[out++] = from[second ? b : a];
                b += second;
                a += !second;
            }
            memcpy(to + out, from + a, (mid - a) * sizeof *to);
            memcpy(to + out + (mid - a), from + b, (hi - b) * sizeof *to);
        }
        SortWord *other = from;
        from = to;
        to = other;
    }
    return from;
}

/* Is the radix sort of n words less work than comparing them? */
static bool radix_pays(uint64_t differ, size_t n)
{
    size_t passes = 0, log = 0;
    for (; differ != 0; differ >>= 8) {
        passes += (differ & 255) != 0;
    }
    for (size_t k = n; k > 1; k >>= 1) {
        log++;
    }
    return passes * (n + 80) < n * log;
}

static void permute(Value *values, Value *room, const SortWord *order, size_t n)
{
    memcpy(room, values, n * sizeof(Value));
    for (size_t i = 0; i < n; i++) {
        values[i] = room[order[i].at];
    }
}

size_t sort_common_prefix(const Value *keys, size_t n, bool tuples, size_t from)
{
    const Str *first = value_str(tuples ? tuple_get(keys[0], 0) : keys[0]);
    const char *p = first->data;
    size_t common = first->len;
    for (size_t i = 1; i < n && common > from; i++) {
        const Str *s = value_str(tuples ? tuple_get(keys[i], 0) : keys[i]);
        const char *q = s->data;
        size_t k = from;
        common = s->kind != 1 ? from : s->len < common ? s->len : common;
        while (k + 8 <= common && memcmp(p + k, q + k, 8) == 0) {
            k += 8;
        }
        while (k < common && p[k] == q[k]) {
            k++;
        }
        common = k;
    }
    return first->kind == 1 ? common : from;
}

SortWord *sort_by_words(Value *keys, Value *items, size_t n, LessKind kind, bool tuples,
                        size_t skip)
{
    SortWord *words = mem_alloc(2 * n * sizeof *words), *from = words, *to = words + n;
    uint64_t differ;
    if (words == NULL || !make_words(words, keys, n, kind, tuples, skip, &differ)) {
        mem_free(words);
        return NULL;
    }
    if (radix_pays(differ, n)) {
        for (int shift = 0; shift < 64; shift += 8) {
            if (differ >> shift & 255) {
                sort_by_byte(from, to, n, shift);
                SortWord *other = from;
                from = to;
                to = other;
            }
        }
    } else {
        from = merge_sort(words, words + n, n);
        to = from == words ? words + n : words;
    }
    permute(keys, (Value *)to, from, n);
    if (items != NULL) {
        permute(items, (Value *)to, from, n);
    }
    if (from != words) {
        memcpy(words, from, n * sizeof *words);
    }
    return words;
}
