/* Properties of code points: two table look-ups; normal forms through utf8proc, limited to what
 * Unicode 14.0 knows. */
#include "core/object/unicode.h"

#include <utf8proc.h>

#include "core/base/memory.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"

typedef struct Record {
    uint16_t flags;            /* U_* */
    uint8_t category, bidi, combining, width;
    int8_t decimal, digit;     /* -1: none */
    int16_t numeric;           /* index into numeric_values or -1 */
    int32_t lower, upper, title; /* distances; U_SPECIAL: lower is an index into case_special */
} Record;
typedef struct CaseSpecial {
    uint32_t maps[4][4];       /* lower, upper, title, fold: count, code points */
} CaseSpecial;

#include "core/object/unicode_data.inc"

static const Record *record(uint32_t c)
{
    return c < 0x110000 ? &records[pages[(uint32_t)page_index[c >> 7] << 7 | (c & 127)]]
                        : &records[pages[0]];
}
static inline bool has(uint32_t c, unsigned flag)
{
    return c < 0x110000 && (record(c)->flags & flag);
}

bool unicode_is_alpha(uint32_t c) { return has(c, U_ALPHA); }
bool unicode_is_decimal(uint32_t c) { return has(c, U_DECIMAL); }
bool unicode_is_digit(uint32_t c) { return has(c, U_DIGIT); }
bool unicode_is_numeric(uint32_t c) { return has(c, U_NUMERIC); }
bool unicode_is_alnum(uint32_t c) { return has(c, U_ALPHA | U_DECIMAL | U_DIGIT | U_NUMERIC); }
bool unicode_is_space_slow(uint32_t c) { return has(c, U_SPACE); }
bool unicode_is_linebreak_slow(uint32_t c) { return has(c, U_LINEBREAK); }
bool unicode_is_printable(uint32_t c) { return c < 127 ? c >= 32 : has(c, U_PRINTABLE); }
bool unicode_is_lower(uint32_t c) { return has(c, U_LOWER); }
bool unicode_is_upper(uint32_t c) { return has(c, U_UPPER); }
bool unicode_is_title(uint32_t c) { return has(c, U_TITLE); }
bool unicode_is_cased(uint32_t c) { return has(c, U_CASED); }
bool unicode_is_case_ignorable(uint32_t c) { return has(c, U_IGNORABLE); }
bool unicode_is_xid_start(uint32_t c) { return has(c, U_XID_START); }
bool unicode_is_xid_continue(uint32_t c) { return has(c, U_XID_CONTINUE); }
bool unicode_mirrored(uint32_t c) { return has(c, U_MIRRORED); }
int unicode_decimal(uint32_t c) { return c < 0x110000 ? record(c)->decimal : -1; }
int unicode_digit(uint32_t c) { return c < 0x110000 ? record(c)->digit : -1; }
int unicode_combining(uint32_t c) { return c < 0x110000 ? record(c)->combining : 0; }
const char *unicode_category(uint32_t c)
{
    return category_names[c < 0x110000 ? record(c)->category : 0];
}
const char *unicode_bidirectional(uint32_t c)
{
    return bidi_names[c < 0x110000 ? record(c)->bidi : 0];
}
const char *unicode_east_asian_width(uint32_t c)
{
    return width_names[c < 0x110000 ? record(c)->width : 0];
}

bool unicode_numeric(uint32_t c, double *value)
{
    int i = c < 0x110000 ? record(c)->numeric : -1;
    if (i >= 0) {
        *value = numeric_values[i];
    }
    return i >= 0;
}

enum { MAP_LOWER, MAP_UPPER, MAP_TITLE, MAP_FOLD };

static int map_full(uint32_t c, int which, uint32_t out[3])
{
    if (c >= 0x110000) {
        out[0] = c;
        return 1;
    }
    const Record *r = record(c);
    if (r->flags & U_SPECIAL) {
        const uint32_t *m = case_special[r->lower].maps[which];
        memcpy(out, m + 1, m[0] * sizeof *m);
        return (int)m[0];
    }
    int32_t delta = which == MAP_UPPER ? r->upper : which == MAP_TITLE ? r->title : r->lower;
    out[0] = (uint32_t)((int32_t)c + delta);
    return 1;
}
static uint32_t map_simple(uint32_t c, int which)
{
    uint32_t out[3];
    map_full(c, which, out);
    return out[0];
}
uint32_t unicode_to_lower(uint32_t c) { return map_simple(c, MAP_LOWER); }
uint32_t unicode_to_upper(uint32_t c) { return map_simple(c, MAP_UPPER); }
uint32_t unicode_to_title(uint32_t c) { return map_simple(c, MAP_TITLE); }
int unicode_lower_full(uint32_t c, uint32_t out[3]) { return map_full(c, MAP_LOWER, out); }
int unicode_upper_full(uint32_t c, uint32_t out[3]) { return map_full(c, MAP_UPPER, out); }
int unicode_title_full(uint32_t c, uint32_t out[3]) { return map_full(c, MAP_TITLE, out); }
int unicode_fold_full(uint32_t c, uint32_t out[3]) { return map_full(c, MAP_FOLD, out); }

ALWAYS_INLINE size_t map_plain(int kind, const void *chars, size_t n, bool upper, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t c = chars_get(kind, chars, i);
        if (c < 128) {
            out[i] = c ^ ((c - (upper ? 'a' : 'A') < 26) << 5);
            continue;
        }
        const Record *r = record(c);
        if ((r->flags & U_SPECIAL) || c == 0x3a3) {
            return i;
        }
        out[i] = c + (uint32_t)(upper ? r->upper : r->lower);
    }
    return n;
}

size_t unicode_map_plain(int kind, const void *chars, size_t n, bool upper, uint32_t *out)
{
    return kind == 1   ? map_plain(1, chars, n, upper, out)
           : kind == 2 ? map_plain(2, chars, n, upper, out)
                       : map_plain(4, chars, n, upper, out);
}

/* ---- normal forms ---- */

#define FEW_MARKS 30      /* the longest run of text in stream-safe format */
#define DECOMPOSED_MAX 18 /* U+FDFA: the longest compatibility decomposition */

static int decompose_char(uint32_t c, bool compat, utf8proc_int32_t *out)
{
    if (c < 0xa0 || record(c)->category == 0) {
        out[0] = (utf8proc_int32_t)c;
        return 1;
    }
    int boundclass = 0;
    utf8proc_option_t options = UTF8PROC_DECOMPOSE | (compat ? UTF8PROC_COMPAT : 0);
    utf8proc_ssize_t n =
        utf8proc_decompose_char((utf8proc_int32_t)c, out, DECOMPOSED_MAX * 2, options, &boundclass);
    if (n <= 0) {
        out[0] = (utf8proc_int32_t)c;
        return 1;
    }
    return (int)n;
}

/* Insertion, for runs as they are in text. */
static void order_few_marks(utf8proc_int32_t *p, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        utf8proc_int32_t c = p[i];
        int cls = unicode_combining((uint32_t)c);
        size_t k = i;
        while (k > 0 && unicode_combining((uint32_t)p[k - 1]) > cls) {
            p[k] = p[k - 1];
            k--;
        }
        p[k] = c;
    }
}

/* Counts the classes: linear.  false: no memory. */
static bool order_many_marks(utf8proc_int32_t *p, size_t n)
{
    size_t begin[257] = {0}; /* of each class, which is one byte */
    utf8proc_int32_t *sorted = mem_alloc(n * sizeof *p);
    if (!sorted) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        begin[unicode_combining((uint32_t)p[i]) + 1]++;
    }
    for (int cls = 0; cls < 256; cls++) {
        begin[cls + 1] += begin[cls];
    }
    for (size_t i = 0; i < n; i++) {
        sorted[begin[unicode_combining((uint32_t)p[i])]++] = p[i];
    }
    memcpy(p, sorted, n * sizeof *p);
    mem_free(sorted);
    return true;
}

/* Canonical ordering: each run of non-starters by combining class, stable. */
static void order_marks(utf8proc_int32_t *p, size_t n)
{
    for (size_t i = 0, begin = 0; i <= n; i++) {
        if (i == n || unicode_combining((uint32_t)p[i]) == 0) {
            if (i - begin <= FEW_MARKS || !order_many_marks(p + begin, i - begin)) {
                order_few_marks(p + begin, i - begin);
            }
            begin = i + 1;
        }
    }
}

/* The canonical composite of a and b, or 0. */
static uint32_t compose_pair(uint32_t a, uint32_t b)
{
    if (a >= 0x1100 && a < 0x1113 && b >= 0x1161 && b < 0x1176) {
        return 0xac00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28;
    }
    if (a >= 0xac00 && a < 0xd7a4 && (a - 0xac00) % 28 == 0 && b > 0x11a7 && b < 0x11c3) {
        return a + (b - 0x11a7);
    }
    if (b >= 0x1160 && b < 0x1200) { /* other letters of Hangul stay */
        return 0;
    }
    utf8proc_int32_t pair[4] = {(utf8proc_int32_t)a, (utf8proc_int32_t)b};
    utf8proc_ssize_t n = utf8proc_normalize_utf32(pair, 2, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return n == 1 ? (uint32_t)pair[0] : 0;
}

static size_t compose(utf8proc_int32_t *p, size_t n)
{
    size_t out = 0, starter = SIZE_MAX;
    int last = 0; /* class of the last character kept behind the starter */
    for (size_t i = 0; i < n; i++) {
        uint32_t c = (uint32_t)p[i];
        int cls = unicode_combining(c);
        bool blocked = starter != SIZE_MAX && out > starter + 1 && (last >= cls || last == 0);
        if (starter != SIZE_MAX && !blocked && c >= 0x300) {
            uint32_t whole = compose_pair((uint32_t)p[starter], c);
            if (whole) {
                p[starter] = (utf8proc_int32_t)whole;
                continue;
            }
        }
        if (cls == 0) {
            starter = out;
        }
        last = cls;
        p[out++] = (utf8proc_int32_t)c;
    }
    return out;
}

/* True when no character of s can change: a quick test, false means "maybe". */
static bool surely_normal(const Str *s, NormalForm form)
{
    if (s->ascii) {
        return true;
    }
    uint32_t limit = form == NFC ? 0x300 : form == NFKC ? 0xa0 : 0xc0;
    limit = form == NFKD ? 0xa0 : limit;
    for (size_t i = 0; i < s->len; i++) {
        if (str_get(s, i) >= limit) {
            return false;
        }
    }
    return true;
}

Value unicode_normalize(Thread *t, NormalForm form, Value v)
{
    Str *s = value_str(v);
    if (surely_normal(s, form)) {
        return str_exact(t, v);
    }
    bool compat = form == NFKC || form == NFKD;
    size_t n = 0;
    utf8proc_int32_t one[DECOMPOSED_MAX * 2];
    for (size_t i = 0; i < s->len; i++) {
        n += (size_t)decompose_char(str_get(s, i), compat, one);
    }
    RawBuffer *buf = raw_buffer_new(t, (n + DECOMPOSED_MAX * 2) * sizeof one[0]);
    if (!buf) {
        return 0;
    }
    utf8proc_int32_t *p = (utf8proc_int32_t *)buf->data;
    PARKED_IF(t, s->len > PARK_BYTES, {
        size_t at = 0;
        for (size_t i = 0; i < s->len; i++) {
            at += (size_t)decompose_char(str_get(s, i), compat, p + at);
        }
        assert(at == n);
        order_marks(p, n);
        if (form == NFC || form == NFKC) {
            n = compose(p, n);
        }
    });
    return str_from_ucs4(t, (uint32_t *)p, n);
}

bool unicode_is_normalized(Thread *t, NormalForm form, Value v)
{
    if (surely_normal(value_str(v), form)) {
        return true;
    }
    Value r = unicode_normalize(t, form, v);
    return r && str_eq(r, v);
}

/* ---- decompositions ---- */

typedef struct Decomposition {
    uint32_t c;
    uint8_t tag, count;
    uint16_t first;
} Decomposition;

#include "core/object/unicode_decomp.inc"

int unicode_decomposition(uint32_t c, const char **tag, uint32_t out[18])
{
    size_t lo = 0, hi = ARRAY_SIZE(decompositions);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (decompositions[mid].c < c) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo == ARRAY_SIZE(decompositions) || decompositions[lo].c != c) {
        return 0;
    }
    const Decomposition *d = &decompositions[lo];
    *tag = d->tag ? decomp_tags[d->tag] : NULL;
    memcpy(out, &decomp_chars[d->first], d->count * sizeof *out);
    return d->count;
}
