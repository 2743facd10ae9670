/* Searching, splitting and replacing in bytes and bytearray: the methods both types share. */
#include "core/base/ascii.h"
#include "core/object/bytes_internal.h"
#include "core/object/list_internal.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

typedef enum { FIRST, LAST, HOW_MANY } Search;

/* In the bytes of s between these limits: the position, or -1, or how many there are. */
static ssize_t search_in(Span s, ssize_t from, ssize_t to, const ByteArg *a, Search what)
{
    find_clip(s.n, &from, &to);
    if (from > to) {
        return what == HOW_MANY ? 0 : -1;
    }
    const uint8_t *p = s.p + from;
    const size_t n = (size_t)(to - from);
    if (what == HOW_MANY) {
        return (ssize_t)chars_count(1, p, n, 1, a->p, a->n, SIZE_MAX);
    }
    ssize_t at = what == LAST ? chars_rfind(1, p, n, 1, a->p, a->n)
                              : chars_find(1, p, n, 1, a->p, a->n);
    return at < 0 ? -1 : at + from;
}

/* Shared by the finders and count: what search_in says, -2 raised. */
static ssize_t search(Thread *t, Value *args, Search what)
{
    ByteArg a;
    ssize_t from, to;
    if (!byte_or_int_arg(t, args[1], &a)) {
        return -2;
    }
    ssize_t found = -2;
    if (find_limits(t, args[2], args[3], &from, &to)) {
        BytesLook look = {0};
        do {
            bytes_look(&look, args[0]);
            PARKED_IF(t, look.s.n > PARK_BYTES && value_is_bytes(args[0]),
                      found = search_in(look.s, from, to, &a, what));
        } while (!bytes_look_held(&look));
    }
    byte_arg_release(t, &a);
    return found;
}

Value bytes_find_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = search(t, args, FIRST);
    return at == -2 ? 0 : fixnum(at);
}
Value bytes_rfind_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = search(t, args, LAST);
    return at == -2 ? 0 : fixnum(at);
}
Value bytes_index_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = search(t, args, FIRST);
    return at == -2 ? 0 : at < 0 ? value_error(t, "subsection not found") : fixnum(at);
}
Value bytes_rindex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t at = search(t, args, LAST);
    return at == -2 ? 0 : at < 0 ? value_error(t, "subsection not found") : fixnum(at);
}

Value bytes_count_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ssize_t count = search(t, args, HOW_MANY);
    return count == -2 ? 0 : fixnum(count);
}

static bool matches(Span s, const ByteArg *a, bool at_end, ssize_t lo, ssize_t hi)
{
    find_clip(s.n, &lo, &hi);
    return lo <= hi && (size_t)(hi - lo) >= a->n &&
           memcmp(s.p + (at_end ? (size_t)hi - a->n : (size_t)lo), a->p, a->n) == 0;
}

static Value matches_any(Thread *t, Value self, Value all, bool at_end, ssize_t lo, ssize_t hi)
{
    Span s = bytes_span(self); /* of one moment for all */
    bool match = false;
    for (size_t i = 0; i < tuple_len(all) && !match; i++) {
        ByteArg a;
        if (!byte_arg(t, tuple_get(all, i), &a)) {
            return 0;
        }
        match = matches(s, &a, at_end, lo, hi);
        byte_arg_release(t, &a);
    }
    return bool_value(match);
}

static Value starts_or_ends(Thread *t, Value *args, bool at_end)
{
    const char *name = at_end ? "endswith" : "startswith";
    ssize_t lo, hi;
    if (!find_limits(t, args[2], args[3], &lo, &hi)) {
        return 0;
    }
    if (value_is_tuple(args[1])) {
        return matches_any(t, args[0], args[1], at_end, lo, hi);
    }
    ByteArg a;
    if (!byte_arg(t, args[1], &a)) {
        return !error_clear_if(t, &exc_TypeError)
                   ? 0
                   : type_error(t, "%s first arg must be bytes or a tuple of bytes, not %T", name,
                                args[1]);
    }
    BytesLook look = {0};
    bool match;
    do {
        bytes_look(&look, args[0]);
        match = matches(look.s, &a, at_end, lo, hi);
    } while (!bytes_look_held(&look));
    byte_arg_release(t, &a);
    return bool_value(match);
}
Value bytes_startswith_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return starts_or_ends(t, args, false);
}
Value bytes_endswith_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return starts_or_ends(t, args, true);
}

/* ---- splitting ---- */

static bool append_piece(Thread *t, Value list, Value self, Span s, size_t lo, size_t hi)
{
    Value piece =
        lo == 0 && hi == s.n && type_of(self) == &bytes_type
            ? self
            : bytes_make(t, self, s.p + lo, hi - lo);
    return piece && list_add_new(t, list, piece);
}

static Value split_space(Thread *t, Value self, Span s, size_t limit)
{
    Value list = list_new(t, LIST_PIECES);
    size_t i = 0;
    while (list) {
        while (i < s.n && ascii_is_c_space(s.p[i])) {
            i++;
        }
        if (i == s.n) {
            break;
        }
        size_t start = i;
        if (limit-- == 0) {
            return append_piece(t, list, self, s, start, s.n) ? list : 0;
        }
        while (i < s.n && !ascii_is_c_space(s.p[i])) {
            i++;
        }
        if (!append_piece(t, list, self, s, start, i)) {
            return 0;
        }
    }
    return list;
}

static Value rsplit_space(Thread *t, Value self, Span s, size_t limit)
{
    Value list = list_new(t, LIST_PIECES);
    size_t i = s.n;
    while (list) {
        while (i > 0 && ascii_is_c_space(s.p[i - 1])) {
            i--;
        }
        if (i == 0) {
            break;
        }
        size_t end = i;
        if (limit-- == 0) {
            i = 0;
        }
        while (i > 0 && !ascii_is_c_space(s.p[i - 1])) {
            i--;
        }
        if (!append_piece(t, list, self, s, i, end)) {
            return 0;
        }
    }
    return list && list_reverse(t, list) ? list : 0;
}

static Value split_by_byte(Thread *t, Value self, Span s, uint8_t sep, size_t limit)
{
    ByteHits hits = byte_hits_begin(s.p, s.n, sep);
    Value list = list_new(t, LIST_PIECES);
    size_t at = 0;
    for (bool more = true; list && more;) {
        const uint8_t *hit = limit-- > 0 ? byte_hits_next(&hits) : NULL;
        size_t end = hit ? (size_t)(hit - s.p) : s.n;
        if (!append_piece(t, list, self, s, at, end)) {
            return 0;
        }
        at = end + 1;
        more = hit != NULL;
    }
    return list;
}

static Value split_by(Thread *t, Value self, Span s, ByteArg *sep, size_t limit)
{
    if (sep->n == 1) {
        return split_by_byte(t, self, s, *sep->p, limit);
    }
    const char *p = (const char *)s.p, *hit;
    PieceHits hits = piece_hits_begin(p, s.n, (const char *)sep->p, sep->n);
    Value list = list_new(t, LIST_PIECES);
    size_t at = 0;
    while (list && limit-- > 0 && (hit = piece_hits_next(&hits)) != NULL) {
        if (!append_piece(t, list, self, s, at, (size_t)(hit - p))) {
            return 0;
        }
        at = (size_t)(hit - p) + sep->n;
    }
    return list && append_piece(t, list, self, s, at, s.n) ? list : 0;
}

static Value rsplit_by(Thread *t, Value self, Span s, ByteArg *sep, size_t limit)
{
    Value list = list_new(t, LIST_PIECES);
    size_t end = s.n;
    while (list && limit-- > 0) {
        ssize_t hit = chars_rfind(1, s.p, end, 1, sep->p, sep->n);
        if (hit < 0) {
            break;
        }
        if (!append_piece(t, list, self, s, (size_t)hit + sep->n, end)) {
            return 0;
        }
        end = (size_t)hit;
    }
    return list && append_piece(t, list, self, s, 0, end) && list_reverse(t, list) ? list : 0;
}

static Value split_any(Thread *t, Value *args, bool reverse)
{
    ssize_t limit = -1;
    if (args[2] && !value_to_ssize(t, args[2], &limit, &exc_OverflowError)) {
        return 0;
    }
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    bool at_space = !args[1] || is_none(args[1]);
    ByteArg sep = {0};
    if (!at_space && !byte_arg(t, args[1], &sep)) {
        return 0;
    }
    if (!at_space && sep.n == 0) {
        byte_arg_release(t, &sep);
        return value_error(t, "empty separator");
    }
    /* all pieces are the same from either end unless separators overlap */
    reverse &= limit >= 0 || sep.n > 1;
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, args[0]);
        r = at_space  ? reverse ? rsplit_space(t, args[0], look.s, max)
                                : split_space(t, args[0], look.s, max)
             : reverse ? rsplit_by(t, args[0], look.s, &sep, max)
                      : split_by(t, args[0], look.s, &sep, max);
    } while (r && !bytes_look_held(&look));
    byte_arg_release(t, &sep);
    return r;
}
Value bytes_split_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return split_any(t, args, false);
}
Value bytes_rsplit_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return split_any(t, args, true);
}

Value bytes_splitlines_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Span s = bytes_span(args[0]);
    int keep = 0;
    Value list = args[1] && !value_to_int(t, args[1], &keep) ? 0 : list_new(t, 0);
    size_t i = 0;
    while (list && i < s.n) {
        size_t start = i;
        while (i < s.n && s.p[i] != '\n' && s.p[i] != '\r') {
            i = ascii_next_control(s.p, i + 1, s.n);
        }
        size_t end = i;
        if (i < s.n) {
            i += s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n' ? 2 : 1;
        }
        if (!append_piece(t, list, args[0], s, start, keep ? i : end)) {
            return 0;
        }
    }
    return list;
}

/* Of s, which is what args[0] holds. */
static Value parts_of(Thread *t, Value *args, Span s, const ByteArg *sep, bool reverse)
{
    Value self = args[0], parts[3];
    ssize_t at = reverse ? chars_rfind(1, s.p, s.n, 1, sep->p, sep->n)
                         : chars_find(1, s.p, s.n, 1, sep->p, sep->n);
    if (at < 0) {
        Value whole = type_of(self) == &bytes_type ? self : bytes_make(t, self, s.p, s.n);
        parts[0] = reverse ? bytes_make(t, self, NULL, 0) : whole;
        parts[1] = bytes_make(t, self, NULL, 0);
        parts[2] = reverse ? whole : bytes_make(t, self, NULL, 0);
    } else {
        size_t after = (size_t)at + sep->n;
        parts[0] = bytes_make(t, self, s.p, (size_t)at);
        parts[1] = type_of(args[1]) == &bytes_type && value_is_bytes(self)
                       ? args[1]
                       : bytes_make(t, self, sep->p, sep->n);
        parts[2] = bytes_make(t, self, s.p + after, s.n - after);
    }
    return parts[0] && parts[1] && parts[2] ? tuple_from(t, parts, 3) : 0;
}

static Value partition_any(Thread *t, Value *args, bool reverse)
{
    ByteArg sep;
    if (!byte_arg(t, args[1], &sep)) {
        return 0;
    }
    if (sep.n == 0) {
        byte_arg_release(t, &sep);
        return value_error(t, "empty separator");
    }
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, args[0]);
        r = parts_of(t, args, look.s, &sep, reverse);
    } while (r && !bytes_look_held(&look));
    byte_arg_release(t, &sep);
    return r;
}
Value bytes_partition_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return partition_any(t, args, false);
}
Value bytes_rpartition_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return partition_any(t, args, true);
}

/* ---- replacing ---- */

/* s with the matches replaced; from the first that m does not keep on they are looked for again. */
static void put_replaced(uint8_t *out, Span s, const Matches *m, const ByteArg *old,
                         const ByteArg *new)
{
    size_t at = 0;
    for (size_t i = 0; i < m->count; i++) {
        size_t keep = old->n == 0         ? i != 0
                      : i < MATCHES_KEPT ? m->at[i] - at
                                         : (size_t)chars_find(1, s.p + at, s.n - at, 1, old->p,
                                                              old->n);
        copy_piece((char *)out, (const char *)s.p + at, keep);
        copy_piece((char *)out + keep, (const char *)new->p, new->n);
        out += keep + new->n;
        at += keep + old->n;
    }
    memcpy(out, s.p + at, s.n - at);
}

static Value replace(Thread *t, Value self, ByteArg *old, ByteArg *new, size_t max)
{
    Span s = bytes_span(self);
    const bool parks = s.n > PARK_BYTES && value_is_bytes(self);
    Matches m;
    if (old->n == 1 && new->n == 1 && max >= s.n) {
        bool any = s.n && memchr(s.p, *old->p, s.n);
        Value r = any ? bytes_make(t, self, NULL, s.n) : bytes_whole(t, self);
        if (r && any) {
            chars_copy_replacing(bytes_fill(r), s.p, s.n, *old->p, *new->p);
        }
        return r;
    }
    if (old->n == 0) {
        m.count = s.n + 1 < max ? s.n + 1 : max;
    } else {
        PARKED_IF(t, parks, chars_matches(&m, 1, s.p, s.n, 1, old->p, old->n, max));
    }
    size_t count = m.count;
    if (count == 0 || (old->n == 0 && new->n == 0)) {
        return bytes_whole(t, self);
    }
    if (new->n > old->n && count > ((size_t)PTRDIFF_MAX / 4 - s.n) / (new->n - old->n)) {
        return overflow_error(t, "replace bytes is too long");
    }
    size_t len = s.n - count * old->n + count * new->n;
    Value r = bytes_make(t, self, NULL, len);
    if (!r || len == 0) {
        return r;
    }
    uint8_t *out = bytes_fill(r);
    PARKED_IF(t, parks || (len > PARK_BYTES && value_is_bytes(self)),
              put_replaced(out, s, &m, old, new));
    return r;
}

Value bytes_replace_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ByteArg old, new;
    ssize_t limit = -1;
    if (!byte_arg(t, args[1], &old)) {
        return 0;
    }
    Value r = 0;
    if (byte_arg(t, args[2], &new)) {
        if (!args[3] || value_to_ssize(t, args[3], &limit, &exc_OverflowError)) {
            r = replace(t, args[0], &old, &new, limit < 0 ? SIZE_MAX : (size_t)limit);
        }
        byte_arg_release(t, &new);
    }
    byte_arg_release(t, &old);
    return r;
}

/* ---- stripping ---- */

/* set: a bit for each byte */
static Value stripped(Thread *t, Value self, Span s, const uint64_t *set, bool left, bool right)
{
    size_t lo = 0, hi = s.n;
    while (left && lo < hi && set[s.p[lo] >> 6] >> (s.p[lo] & 63) & 1) {
        lo++;
    }
    while (right && hi > lo && set[s.p[hi - 1] >> 6] >> (s.p[hi - 1] & 63) & 1) {
        hi--;
    }
    return hi - lo == s.n && type_of(self) == &bytes_type ? self
                                                          : bytes_make(t, self, s.p + lo, hi - lo);
}

static Value strip(Thread *t, Value *args, bool left, bool right)
{
    uint64_t set[4] = {0x100003e00, 0, 0, 0}; /* a bit for each byte: white space */
    if (args[1] && !is_none(args[1])) {
        ByteArg a;
        if (!byte_arg(t, args[1], &a)) {
            return 0;
        }
        set[0] = 0;
        for (size_t i = 0; i < a.n; i++) {
            set[a.p[i] >> 6] |= (uint64_t)1 << (a.p[i] & 63);
        }
        byte_arg_release(t, &a);
    }
    BytesLook look = {0};
    Value r;
    do {
        bytes_look(&look, args[0]);
        r = stripped(t, args[0], look.s, set, left, right);
    } while (r && !bytes_look_held(&look));
    return r;
}
Value bytes_strip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, true, true);
}
Value bytes_lstrip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, true, false);
}
Value bytes_rstrip_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return strip(t, args, false, true);
}

static Value remove_affix(Thread *t, Value *args, bool at_end)
{
    ByteArg a;
    if (!byte_arg(t, args[1], &a)) {
        return 0;
    }
    Span s = bytes_span(args[0]);
    bool match = a.n && a.n <= s.n && memcmp(at_end ? s.p + s.n - a.n : s.p, a.p, a.n) == 0;
    size_t cut = match ? a.n : 0;
    byte_arg_release(t, &a);
    return cut ? bytes_make(t, args[0], at_end ? s.p : s.p + cut, s.n - cut)
               : bytes_whole(t, args[0]);
}
Value bytes_removeprefix_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return remove_affix(t, args, false);
}
Value bytes_removesuffix_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return remove_affix(t, args, true);
}
