/* Searching in text: find, count, replace and what builds on them.
 *
 * One character: memchr (kind 1) or a plain loop.  Longer needles: memchr for the first byte while
 * that rarely misleads, then memmem (two-way, linear) on the bytes; for wider kinds a hit counts
 * only when aligned.  A needle of a narrower kind is widened first, one of a wider kind is absent.
 */
#include "core/base/memory.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

/* In text of more than one byte a character. */
static NOINLINE ssize_t find_wide_char(int kind, const void *p, size_t n, uint32_t c)
{
    if (kind == 2 && c >= 0x10000) {
        return -1;
    }
    const uint64_t ones = kind == 2 ? 0x0001000100010001u : 0x0000000100000001u;
    const uint64_t high = ones << (8 * kind - 1);
    size_t step = sizeof(uint64_t) / (size_t)kind, i = 0;
    for (; n - i >= step; i += step) { /* a character that is c makes a part of the word 0 */
        uint64_t w;
        memcpy(&w, (const char *)p + i * (size_t)kind, sizeof w);
        w ^= ones * c;
        if ((w - ones) & ~w & high) {
            break;
        }
    }
    for (; i < n; i++) {
        if (chars_get(kind, p, i) == c) {
            return (ssize_t)i;
        }
    }
    return -1;
}

ssize_t chars_find_char(int kind, const void *p, size_t n, uint32_t c)
{
    if (kind != 1) {
        return find_wide_char(kind, p, n, c);
    }
    const char *hit = c < 256 && n ? memchr(p, (int)c, n) : NULL;
    return hit ? hit - (const char *)p : -1;
}

ssize_t chars_rfind_char(int kind, const void *p, size_t n, uint32_t c)
{
    if (kind == 1) {
        const char *hit = c < 256 && n ? memrchr(p, (int)c, n) : NULL;
        return hit ? hit - (const char *)p : -1;
    }
    for (size_t i = n; i-- > 0;) {
        if (chars_get(kind, p, i) == c) {
            return (ssize_t)i;
        }
    }
    return -1;
}

/* memmem without its preparations, for as long as most bytes are passed over: n >= m >= 2. */
static const char *find_bytes(const char *p, size_t n, const char *needle, size_t m)
{
    const char *from = p, *stop = p + (n - m) + 1;
    for (size_t misses = 0; (from = memchr(from, *needle, (size_t)(stop - from))) != NULL;
         misses++) {
        if (from[m - 1] == needle[m - 1] &&
            (m == 2 || (from[1] == needle[1] && (m == 3 || memcmp(from, needle, m) == 0)))) {
            return from;
        }
        if (++from == stop) {
            return NULL;
        }
        if (misses > 8 && misses * 8 > (size_t)(from - p)) {
            return memmem(from, (size_t)(stop - from) + m - 1, needle, m);
        }
    }
    return NULL;
}

static ssize_t find_same_kind(int kind, const char *p, size_t n, const char *needle, size_t m)
{
    size_t size = n * (size_t)kind, bytes = m * (size_t)kind, from = 0;
    while (size - from >= bytes) {
        const char *hit = find_bytes(p + from, size - from, needle, bytes);
        if (!hit) {
            return -1;
        }
        size_t at = (size_t)(hit - p);
        if (at % (size_t)kind == 0) {
            return (ssize_t)(at / (size_t)kind);
        }
        from = at + 1;
    }
    return -1;
}

static ssize_t rfind_same_kind(int kind, const char *p, size_t n, const char *needle, size_t m)
{
    uint32_t first = chars_get(kind, needle, 0);
    for (size_t stop = n - m + 1; stop > 0;) {
        ssize_t at = chars_rfind_char(kind, p, stop, first);
        if (at < 0) {
            return -1;
        }
        if (memcmp(p + (size_t)at * (size_t)kind, needle, m * (size_t)kind) == 0) {
            return at;
        }
        stop = (size_t)at;
    }
    return -1;
}

static ssize_t find_any(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m,
                        bool reverse)
{
    if (m > n || nkind > kind) {
        return -1;
    }
    if (m == 0) {
        return reverse ? (ssize_t)n : 0;
    }
    if (m == 1) {
        uint32_t c = chars_get(nkind, needle, 0);
        return reverse ? chars_rfind_char(kind, p, n, c) : chars_find_char(kind, p, n, c);
    }
    char small[1024], *wide = NULL;
    if (nkind != kind) {
        wide = m * (size_t)kind <= sizeof small ? small : mem_alloc(m * (size_t)kind);
        if (!wide) { /* no memory for the faster way */
            for (size_t i = 0; i <= n - m; i++) {
                size_t at = reverse ? n - m - i : i;
                if (chars_equal(kind, p, at, nkind, needle, m)) {
                    return (ssize_t)at;
                }
            }
            return -1;
        }
        chars_copy(kind, wide, 0, nkind, needle, 0, m);
        needle = wide;
    }
    ssize_t at =
        reverse ? rfind_same_kind(kind, p, n, needle, m) : find_same_kind(kind, p, n, needle, m);
    if (wide && wide != small) {
        mem_free(wide);
    }
    return at;
}

ssize_t chars_find(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m)
{
    return find_any(kind, p, n, nkind, needle, m, false);
}

ssize_t chars_rfind(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m)
{
    return find_any(kind, p, n, nkind, needle, m, true);
}

static size_t count_byte(const uint8_t *p, size_t n, uint8_t c)
{
    typedef uint8_t Bytes16 __attribute__((vector_size(16)));
    size_t count = 0, i = 0;
    while (n - i >= 16) {
        Bytes16 sums = {0}, wanted = sums + c, next;
        for (int k = 0; k < 255 && n - i >= 16; k++, i += 16) { /* a sum is at most 255 */
            memcpy(&next, p + i, sizeof next);
            sums -= (Bytes16)(next == wanted);
        }
        for (int k = 0; k < 16; k++) {
            count += sums[k];
        }
    }
    for (; i < n; i++) {
        count += p[i] == c;
    }
    return count;
}

size_t chars_count(int kind, const void *p, size_t n, int nkind, const void *needle, size_t m,
                   size_t max)
{
    if (m == 0) {
        return n + 1 < max ? n + 1 : max;
    }
    size_t count = 0, at = 0;
    if (m == 1 && kind == 1 && max >= n && nkind == 1) {
        return count_byte(p, n, *(const uint8_t *)needle);
    }
    if (kind == 1 && nkind == 1 && m > 1) { /* no needle to widen */
        const char *from = p, *end = from + n, *hit;
        while (count < max && (size_t)(end - from) >= m &&
               (hit = find_bytes(from, (size_t)(end - from), needle, m)) != NULL) {
            count++;
            from = hit + m;
        }
        return count;
    }
    while (count < max) {
        ssize_t hit =
            chars_find(kind, (const char *)p + at * (size_t)kind, n - at, nkind, needle, m);
        if (hit < 0) {
            break;
        }
        count++;
        at += (size_t)hit + m;
    }
    return count;
}

void chars_matches(Matches *m, int kind, const void *p, size_t n, int nkind, const void *needle,
                   size_t len, size_t max)
{
    assert(len > 0);
    bool bytes = kind == 1 && nkind == 1;
    size_t at = 0, keep = max < MATCHES_KEPT ? max : MATCHES_KEPT;
    for (m->count = 0; m->count < keep && n - at >= len;) {
        const char *from = (const char *)p + at * (size_t)kind;
        ssize_t hit;
        if (bytes) {
            const char *found = len == 1 ? memchr(from, *(const char *)needle, n - at)
                                         : find_bytes(from, n - at, needle, len);
            hit = found ? found - from : -1;
        } else {
            hit = chars_find(kind, from, n - at, nkind, needle, len);
        }
        if (hit < 0) {
            return;
        }
        at += (size_t)hit;
        m->at[m->count++] = at;
        at += len;
    }
    if (m->count < max) {
        m->count += chars_count(kind, (const char *)p + at * (size_t)kind, n - at, nkind, needle,
                                len, max - m->count);
    }
}

ssize_t str_find(Value hay, Value needle, size_t lo, size_t hi)
{
    Str *s = value_str(hay), *x = value_str(needle);
    ssize_t at = chars_find(s->kind, str_at(s, lo), hi - lo, x->kind, x->data, x->len);
    return at < 0 ? -1 : at + (ssize_t)lo;
}

/* ---- methods ---- */

bool slice_index(Thread *t, Value v, ssize_t *out)
{
    if (!v || is_none(v)) {
        return true;
    }
    if (!value_is_fixnum(v) && !type_of(v)->index) {
        type_error(t, "slice indices must be integers or None or have an __index__ method");
        return false;
    }
    return value_to_ssize(t, v, out, NULL);
}

bool find_limits(Thread *t, Value start, Value end, ssize_t *lo, ssize_t *hi)
{
    *lo = 0;
    *hi = PTRDIFF_MAX;
    return slice_index(t, start, lo) && slice_index(t, end, hi);
}

bool find_bounds(Thread *t, Value start, Value end, size_t len, ssize_t *lo, ssize_t *hi)
{
    if (!find_limits(t, start, end, lo, hi)) {
        return false;
    }
    find_clip(len, lo, hi);
    return true;
}

/* Shared by the four finders: position, -1 absent, -2 raised. */
static ssize_t locate(Thread *t, Value *args, bool reverse)
{
    Str *s = value_str(args[0]);
    ssize_t lo, hi;
    if (!find_bounds(t, args[2], args[3], s->len, &lo, &hi)) {
        return -2;
    }
    if (!value_is_str(args[1])) {
        type_error(t, "must be str, not %T", args[1]);
        return -2;
    }
    Str *x = value_str(args[1]);
    if (lo > hi) {
        return -1;
    }
    size_t n = (size_t)(hi - lo);
    const void *p = str_at(s, (size_t)lo);
    ssize_t at;
    PARKED_IF(t, n > PARK_BYTES,
              at = find_any(s->kind, p, n, x->kind, x->data, x->len, reverse));
    return at < 0 ? -1 : at + lo;
}

Value str_find_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = locate(t, args, false);
    return at == -2 ? 0 : fixnum(at);
}
Value str_rfind_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = locate(t, args, true);
    return at == -2 ? 0 : fixnum(at);
}
Value str_index_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = locate(t, args, false);
    return at == -2 ? 0 : at < 0 ? value_error(t, "substring not found") : fixnum(at);
}
Value str_rindex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = locate(t, args, true);
    return at == -2 ? 0 : at < 0 ? value_error(t, "substring not found") : fixnum(at);
}

Value str_count_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Str *s = value_str(args[0]);
    ssize_t lo, hi;
    if (!find_bounds(t, args[2], args[3], s->len, &lo, &hi)) {
        return 0;
    }
    if (!value_is_str(args[1])) {
        return type_error(t, "must be str, not %T", args[1]);
    }
    Str *x = value_str(args[1]);
    if (lo > hi) {
        return fixnum(0);
    }
    const void *p = str_at(s, (size_t)lo);
    size_t len = (size_t)(hi - lo), count;
    PARKED_IF(t, len > PARK_BYTES,
              count = chars_count(s->kind, p, len, x->kind, x->data, x->len, SIZE_MAX));
    return fixnum((int64_t)count);
}

static bool matches_at(Str *s, Str *x, ssize_t lo, ssize_t hi, bool at_end)
{
    if (lo > hi || (size_t)(hi - lo) < x->len || x->kind > s->kind) {
        return lo <= hi && x->len == 0;
    }
    size_t at = at_end ? (size_t)hi - x->len : (size_t)lo;
    return chars_equal(s->kind, s->data, at, x->kind, x->data, x->len);
}

static Value starts_or_ends(Thread *t, Value *args, bool at_end)
{
    const char *name = at_end ? "endswith" : "startswith";
    Str *s = value_str(args[0]);
    ssize_t lo, hi;
    if (!find_bounds(t, args[2], args[3], s->len, &lo, &hi)) {
        return 0;
    }
    if (value_is_str(args[1])) {
        return bool_value(matches_at(s, value_str(args[1]), lo, hi, at_end));
    }
    if (!value_is_tuple(args[1])) {
        return type_error(t, "%s first arg must be str or a tuple of str, not %T", name, args[1]);
    }
    for (size_t i = 0; i < tuple_len(args[1]); i++) {
        Value x = tuple_get(args[1], i);
        if (!value_is_str(x)) {
            return type_error(t, "tuple for %s must only contain str, not %T", name, x);
        }
        if (matches_at(s, value_str(x), lo, hi, at_end)) {
            return TRUE_VALUE;
        }
    }
    return FALSE_VALUE;
}

Value str_startswith_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return starts_or_ends(t, args, false);
}
Value str_endswith_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return starts_or_ends(t, args, true);
}

/* ---- replace ---- */

/* s as the narrowest kind, after wide characters may have left it. */
static Value renarrow(Thread *t, Value v, bool maybe_narrower)
{
    Str *s = value_str(v);
    if (!maybe_narrower || s->ascii || chars_max(s->kind, s->data, s->len) == str_max_char(s)) {
        return v;
    }
    return str_from_kind(t, s->kind, s->data, s->len);
}

static void replace_into(Str *out, Str *s, Str *from, Str *to, const Matches *m)
{
    size_t at = 0, w = 0;
    for (size_t i = 0; i < m->count; i++) {
        size_t keep;
        if (from->len == 0) {
            keep = i == 0 ? 0 : 1;
        } else if (i < MATCHES_KEPT) {
            keep = m->at[i] - at;
        } else {
            keep = (size_t)chars_find(s->kind, str_at(s, at), s->len - at, from->kind, from->data,
                                      from->len);
        }
        chars_copy(out->kind, out->data, w, s->kind, s->data, at, keep);
        w += keep;
        chars_copy(out->kind, out->data, w, to->kind, to->data, 0, to->len);
        w += to->len;
        at += keep + from->len;
    }
    chars_copy(out->kind, out->data, w, s->kind, s->data, at, s->len - at);
    assert(w + s->len - at == out->len);
}

/* The same in text of one byte a character; `from` is not empty. */
static void replace_bytes(Str *out, const Str *s, const Str *from, const Str *to, const Matches *m)
{
    const char *p = s->data, *end = p + s->len;
    char *w = out->data;
    for (size_t i = 0; i < m->count; i++) {
        const char *hit = i < MATCHES_KEPT ? (const char *)s->data + m->at[i]
                          : from->len == 1
                              ? memchr(p, *(const char *)from->data, (size_t)(end - p))
                              : find_bytes(p, (size_t)(end - p), from->data, from->len);
        size_t keep = (size_t)(hit - p);
        copy_piece(w, p, keep);
        copy_piece(w + keep, to->data, to->len);
        w += keep + to->len;
        p = hit + from->len;
    }
    copy_piece(w, p, (size_t)(end - p));
    assert(w + (end - p) == (char *)out->data + out->len);
}

void chars_copy_replacing(uint8_t *to, const uint8_t *from, size_t n, uint8_t old, uint8_t new)
{
    typedef uint8_t Lanes __attribute__((vector_size(16)));
    size_t i = 0;
    for (; i + sizeof(Lanes) <= n; i += sizeof(Lanes)) {
        Lanes x;
        memcpy(&x, from + i, sizeof x);
        x ^= (Lanes)(x == old) & (uint8_t)(old ^ new);
        memcpy(to + i, &x, sizeof x);
    }
    for (; i < n; i++) {
        to[i] = from[i] == old ? new : from[i];
    }
}

/* All occurrences of one character by another one, in text of one byte each. */
static Value replace_byte(Thread *t, Value v, uint8_t old, uint8_t new)
{
    const Str *s = value_str(v);
    const uint8_t *from = s->data, *hit;
    bool parks = s->len > PARK_BYTES;
    PARKED_IF(t, parks, hit = s->len ? memchr(from, old, s->len) : NULL);
    Value r = hit ? str_new(t, s->len, s->ascii ? (new > 127 ? 255 : 127) : 255) : 0;
    if (!r) {
        return hit ? 0 : str_exact(t, v);
    }
    uint8_t *to = value_str(r)->data;
    size_t i = (size_t)(hit - from);
    PARKED_IF(t, parks, {
        memcpy(to, from, i);
        chars_copy_replacing(to + i, hit, s->len - i, old, new);
    });
    return renarrow(t, r, old > 127 && new <= 127);
}

static Value replace(Thread *t, Value v, Value old, Value new, ssize_t limit)
{
    Str *s = value_str(v), *from = value_str(old), *to = value_str(new);
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    if (max == SIZE_MAX && from->len == 1 && to->len == 1 && s->kind == 1 && from->kind == 1 &&
        to->kind == 1) {
        return replace_byte(t, v, *(const uint8_t *)from->data, *(const uint8_t *)to->data);
    }
    Matches m;
    bool parks = s->len > PARK_BYTES;
    if (from->len == 0) {
        m.count = s->len + 1 < max ? s->len + 1 : max;
    } else {
        PARKED_IF(t, parks, chars_matches(&m, s->kind, s->data, s->len, from->kind, from->data,
                                          from->len, max));
    }
    size_t count = m.count;
    if (count == 0 || (from->len == 0 && to->len == 0) || str_eq(old, new)) {
        return str_exact(t, v);
    }
    size_t grow = to->len > from->len ? to->len - from->len : 0;
    if (grow && count > ((size_t)PTRDIFF_MAX / 8 - s->len) / grow) {
        return overflow_error(t, "replace string is too long");
    }
    size_t len = s->len - count * from->len + count * to->len;
    uint32_t ms = str_max_char(s), mt = str_max_char(to);
    Value r = str_new(t, len, ms > mt ? ms : mt);
    if (!r || len == 0) {
        return r;
    }
    Str *out = value_str(r);
    PARKED_IF(t, parks, {
        if (out->kind == 1 && from->len > 0) {
            replace_bytes(out, s, from, to, &m);
        } else {
            replace_into(out, s, from, to, &m);
        }
    });
    return renarrow(t, r, str_max_char(from) == ms && mt < ms);
}

Value str_replace_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t limit = -1;
    for (int i = 1; i <= 2; i++) {
        if (!value_is_str(args[i])) {
            return type_error(t, "replace() argument %d must be str, not %B", i, args[i]);
        }
    }
    if (args[3] && !value_to_ssize(t, args[3], &limit, &exc_OverflowError)) {
        return 0;
    }
    return replace(t, args[0], args[1], args[2], limit);
}
