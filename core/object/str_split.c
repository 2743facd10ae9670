/* split, rsplit, splitlines, partition, rpartition. */
#include "core/object/list_internal.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/unicode.h"

static bool append_piece(Thread *t, Value list, Value s, size_t lo, size_t hi)
{
    Value piece = str_substring(t, s, lo, hi);
    return piece && list_add_new(t, list, piece);
}

/* The same for a v of that kind; ascii: str_from_ascii makes the piece. */
ALWAYS_INLINE bool add_piece(Thread *t, Value list, Value v, int kind, bool ascii, size_t lo,
                             size_t hi)
{
    const char *p = (const char *)value_str(v)->data + lo * (size_t)kind;
    size_t n = hi - lo;
    Value piece = n == str_len(v) ? str_exact(t, v)
                  : ascii         ? str_from_ascii(t, p, n)
                                  : str_from_kind(t, kind, p, n);
    return piece && list_add_new(t, list, piece);
}

ALWAYS_INLINE Value split_space_of(Thread *t, Value v, int kind, bool ascii, size_t limit)
{
    const char *p = value_str(v)->data;
    Value list = list_new(t, LIST_PIECES);
    size_t i = 0, n = str_len(v);
    while (list) {
        while (i < n && unicode_is_space(chars_get(kind, p, i))) {
            i++;
        }
        if (i == n) {
            break;
        }
        size_t start = i;
        if (limit-- == 0) {
            i = n;
        }
        while (i < n && !unicode_is_space(chars_get(kind, p, i))) {
            i++;
        }
        if (!add_piece(t, list, v, kind, ascii, start, i)) {
            return 0;
        }
    }
    return list;
}

static Value split_space(Thread *t, Value v, size_t limit)
{
    const Str *s = value_str(v);
    return s->ascii       ? split_space_of(t, v, 1, true, limit)
           : s->kind == 1 ? split_space_of(t, v, 1, false, limit)
           : s->kind == 2 ? split_space_of(t, v, 2, false, limit)
                          : split_space_of(t, v, 4, false, limit);
}

/* The same from the end; the pieces come in reverse order. */
ALWAYS_INLINE Value rsplit_space_of(Thread *t, Value v, int kind, bool ascii, size_t limit)
{
    const char *p = value_str(v)->data;
    Value list = list_new(t, limit < LIST_PIECES ? limit + 1 : LIST_PIECES);
    size_t i = str_len(v);
    while (list) {
        while (i > 0 && unicode_is_space(chars_get(kind, p, i - 1))) {
            i--;
        }
        if (i == 0) {
            break;
        }
        size_t end = i;
        if (limit-- == 0) {
            i = 0;
        }
        while (i > 0 && !unicode_is_space(chars_get(kind, p, i - 1))) {
            i--;
        }
        if (!add_piece(t, list, v, kind, ascii, i, end)) {
            return 0;
        }
    }
    return list;
}

static Value rsplit_space(Thread *t, Value v, size_t limit)
{
    const Str *s = value_str(v);
    Value list = s->ascii       ? rsplit_space_of(t, v, 1, true, limit)
                 : s->kind == 1 ? rsplit_space_of(t, v, 1, false, limit)
                 : s->kind == 2 ? rsplit_space_of(t, v, 2, false, limit)
                                : rsplit_space_of(t, v, 4, false, limit);
    return list && list_reverse(t, list) ? list : 0;
}

/* The same by one ASCII character. */
static Value split_char_ascii(Thread *t, Value v, char sep, size_t limit)
{
    const char *p = value_str(v)->data, *end = p + str_len(v), *hit = p;
    ByteHits hits = byte_hits_begin(p, str_len(v), (uint8_t)sep);
    Value list = list_new(t, LIST_PIECES);
    while (list && hit) {
        hit = limit-- > 0 ? (const char *)byte_hits_next(&hits) : NULL;
        size_t n = (size_t)((hit ? hit : end) - p);
        Value piece = n == str_len(v) ? str_exact(t, v) : str_from_ascii(t, p, n);
        if (!piece || !list_add_new(t, list, piece)) {
            return 0;
        }
        p = hit ? hit + 1 : end;
    }
    return list;
}

/* The same by several. */
static Value split_piece_ascii(Thread *t, Value v, const Str *sep, size_t limit)
{
    const char *p = value_str(v)->data, *hit;
    PieceHits hits = piece_hits_begin(p, str_len(v), sep->data, sep->len);
    Value list = list_new(t, LIST_PIECES);
    size_t at = 0;
    while (list && limit-- > 0 && (hit = piece_hits_next(&hits)) != NULL) {
        if (!add_piece(t, list, v, 1, true, at, (size_t)(hit - p))) {
            return 0;
        }
        at = (size_t)(hit - p) + sep->len;
    }
    return list && add_piece(t, list, v, 1, true, at, str_len(v)) ? list : 0;
}

static Value split_by(Thread *t, Value v, Value sep, size_t limit)
{
    Str *s = value_str(v), *x = value_str(sep);
    if (s->ascii && x->ascii && x->len == 1) {
        return split_char_ascii(t, v, *(const char *)x->data, limit);
    }
    if (s->ascii && x->ascii) {
        return split_piece_ascii(t, v, x, limit);
    }
    Value list = list_new(t, LIST_PIECES);
    size_t at = 0;
    while (list && limit-- > 0) {
        ssize_t hit = chars_find(s->kind, str_at(s, at), s->len - at, x->kind, x->data, x->len);
        if (hit < 0) {
            break;
        }
        if (!append_piece(t, list, v, at, at + (size_t)hit)) {
            return 0;
        }
        at += (size_t)hit + x->len;
    }
    return list && append_piece(t, list, v, at, s->len) ? list : 0;
}

static Value rsplit_by(Thread *t, Value v, Value sep, size_t limit)
{
    Str *s = value_str(v), *x = value_str(sep);
    Value list = list_new(t, limit < LIST_PIECES ? limit + 1 : LIST_PIECES);
    size_t end = s->len;
    while (list && limit-- > 0) {
        ssize_t hit = chars_rfind(s->kind, s->data, end, x->kind, x->data, x->len);
        if (hit < 0) {
            break;
        }
        if (!append_piece(t, list, v, (size_t)hit + x->len, end)) {
            return 0;
        }
        end = (size_t)hit;
    }
    return list && append_piece(t, list, v, 0, end) && list_reverse(t, list) ? list : 0;
}

static Value split_any(Thread *t, Value *args, bool reverse)
{
    ssize_t limit = -1;
    if (args[2] && !value_to_ssize(t, args[2], &limit, &exc_OverflowError)) {
        return 0;
    }
    size_t max = limit < 0 ? SIZE_MAX : (size_t)limit;
    Value sep = args[1];
    if (!sep || is_none(sep)) {
        return reverse && limit >= 0 ? rsplit_space(t, args[0], max)
                                     : split_space(t, args[0], max);
    }
    if (!value_is_str(sep)) {
        return type_error(t, "must be str or None, not %T", sep);
    }
    if (str_len(sep) == 0) {
        return value_error(t, "empty separator");
    }
    /* all pieces are the same from either end unless separators overlap */
    return reverse && (limit >= 0 || str_len(sep) > 1) ? rsplit_by(t, args[0], sep, max)
                                                       : split_by(t, args[0], sep, max);
}

Value str_split_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return split_any(t, args, false);
}
Value str_rsplit_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return split_any(t, args, true);
}

/* Where the line that begins at i ends. */
ALWAYS_INLINE size_t line_end(int kind, const void *p, size_t i, size_t n)
{
    while (i < n && !unicode_is_linebreak(chars_get(kind, p, i))) {
        i++;
        i = kind == 1 ? ascii_next_control(p, i, n) : i;
    }
    return i;
}

ALWAYS_INLINE Value splitlines_of(Thread *t, Value v, int kind, bool ascii, bool keep)
{
    const char *p = value_str(v)->data;
    Value list = list_new(t, LIST_PIECES);
    size_t n = str_len(v);
    for (size_t i = 0; list && i < n;) {
        size_t start = i, end = line_end(kind, p, i, n);
        i = end;
        if (i < n) {
            bool two = chars_get(kind, p, i) == '\r' && i + 1 < n &&
                       chars_get(kind, p, i + 1) == '\n';
            i += two ? 2 : 1;
        }
        if (!add_piece(t, list, v, kind, ascii, start, keep ? i : end)) {
            return 0;
        }
    }
    return list;
}

Value str_splitlines_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const Str *s = value_str(args[0]);
    int keep = 0;
    if (args[1] && !value_to_int(t, args[1], &keep)) {
        return 0;
    }
    return s->ascii       ? splitlines_of(t, args[0], 1, true, keep)
           : s->kind == 1 ? splitlines_of(t, args[0], 1, false, keep)
           : s->kind == 2 ? splitlines_of(t, args[0], 2, false, keep)
                          : splitlines_of(t, args[0], 4, false, keep);
}

static Value partition_any(Thread *t, Value *args, bool reverse)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "must be str, not %T", args[1]);
    }
    Str *s = value_str(args[0]), *x = value_str(args[1]);
    if (x->len == 0) {
        return value_error(t, "empty separator");
    }
    ssize_t at = reverse ? chars_rfind(s->kind, s->data, s->len, x->kind, x->data, x->len)
                         : chars_find(s->kind, s->data, s->len, x->kind, x->data, x->len);
    if (at < 0) {
        Value whole = str_exact(t, args[0]);
        if (!whole) {
            return 0;
        }
        return reverse ? tuple_pack(t, 3, N(empty), N(empty), whole)
                       : tuple_pack(t, 3, whole, N(empty), N(empty));
    }
    Value before = str_substring(t, args[0], 0, (size_t)at);
    Value sep = str_exact(t, args[1]);
    Value after = str_substring(t, args[0], (size_t)at + x->len, s->len);
    return before && sep && after ? tuple_from(t, (Value[]){before, sep, after}, 3) : 0;
}

Value str_partition_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return partition_any(t, args, false);
}
Value str_rpartition_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return partition_any(t, args, true);
}
