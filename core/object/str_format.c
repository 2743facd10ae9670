/* str.format: the parser of replacement fields, argument look-up, conversion, nested specs. */
#include "core/object/str_format.h"

#include "core/object/dict.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

#define FORMAT_DEPTH 2 /* a spec may hold fields, their specs may not */

static int bad_format(Thread *t, const char *message)
{
    value_error(t, "%s", message);
    return -1;
}

/* The field behind '{', *pos at its first character. */
static int parse_field(Thread *t, Str *s, size_t *pos, size_t end, FormatPiece *out)
{
    size_t i = *pos;
    uint32_t c = 0;
    bool in_brackets = false, stop = false;
    out->has_field = true;
    out->name_lo = out->spec_lo = out->spec_hi = i;
    while (i < end && !stop) {
        c = str_get(s, i++);
        if (c == '{' && !in_brackets) {
            return bad_format(t, "unexpected '{' in field name");
        }
        if (in_brackets) {
            in_brackets = c != ']';
        } else if (c == '[') {
            in_brackets = true;
        } else if (!in_brackets && (c == '}' || c == ':' || c == '!')) {
            stop = true;
        }
    }
    out->name_hi = stop ? i - 1 : i;
    *pos = i;
    if (c == '}' && stop) {
        return 1;
    }
    if (!stop) {
        return bad_format(t, "expected '}' before end of string");
    }
    if (c == '!') {
        if (i >= end) {
            return bad_format(t, "end of string while looking for conversion specifier");
        }
        out->conversion = str_get(s, i++);
        if (i < end) {
            c = str_get(s, i++);
            *pos = i;
            if (c == '}') {
                return 1;
            }
            if (c != ':') {
                return bad_format(t, "expected ':' after conversion specifier");
            }
        }
    }
    out->spec_lo = i;
    for (int depth = 1; i < end;) {
        c = str_get(s, i++);
        if (c == '{') {
            out->spec_nested = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            out->spec_hi = i - 1;
            *pos = i;
            return 1;
        }
    }
    return bad_format(t, "unmatched '{' in format spec");
}

/* Index of the first brace from i on, or end. */
static size_t find_brace(const Str *s, size_t i, size_t end)
{
    if (s->kind == 1) {
        const uint8_t *p = s->data;
        while (i < end && p[i] != '{' && p[i] != '}') {
            i++;
        }
        return i;
    }
    while (i < end && str_get(s, i) != '{' && str_get(s, i) != '}') {
        i++;
    }
    return i;
}

int format_next_piece(Thread *t, Value v, size_t *pos, size_t end, FormatPiece *out)
{
    Str *s = value_str(v);
    *out = (FormatPiece){.lit_lo = *pos};
    if (*pos >= end) {
        return 0;
    }
    size_t i = find_brace(s, *pos, end);
    uint32_t c = i < end ? str_get(s, i++) : 0;
    out->lit_hi = i;
    *pos = i;
    if (!c) {
        return 1;
    }
    bool at_end = i >= end;
    if (c == '}' && (at_end || str_get(s, i) != c)) {
        return bad_format(t, "Single '}' encountered in format string");
    }
    if (at_end) {
        return bad_format(t, "Single '{' encountered in format string");
    }
    if (str_get(s, i) == c) {
        *pos = i + 1;
        return 1;
    }
    out->lit_hi--;
    return parse_field(t, s, pos, end, out);
}

/* s[lo:hi) as a number; -1: not a number, -2: raised */
static ssize_t text_number(Thread *t, Str *s, size_t lo, size_t hi)
{
    ssize_t n = 0;
    if (lo == hi) {
        return -1;
    }
    for (size_t i = lo; i < hi; i++) {
        int digit = str_get(s, i) < 128 ? (int)str_get(s, i) - '0' : -1;
        if (digit < 0 || digit > 9) {
            return -1;
        }
        if (n > (PTRDIFF_MAX - digit) / 10) {
            value_error(t, "Too many decimal digits in format string");
            return -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

bool field_first_part(Thread *t, Value v, size_t lo, size_t hi, size_t *first_hi, ssize_t *index)
{
    Str *s = value_str(v);
    size_t i = lo;
    while (i < hi && str_get(s, i) != '.' && str_get(s, i) != '[') {
        i++;
    }
    *first_hi = i;
    *index = text_number(t, s, lo, i);
    return *index != -2;
}

int field_next_part(Thread *t, Value v, size_t *pos, size_t hi, FieldPart *out)
{
    Str *s = value_str(v);
    if (*pos >= hi) {
        return 0;
    }
    size_t i = *pos;
    uint32_t c = str_get(s, i++);
    *out = (FieldPart){.is_attr = c == '.', .lo = i, .index = -1};
    if (c == '.') {
        while (i < hi && str_get(s, i) != '.' && str_get(s, i) != '[') {
            i++;
        }
        out->hi = *pos = i;
    } else if (c == '[') {
        while (i < hi && str_get(s, i) != ']') {
            i++;
        }
        if (i >= hi) {
            return bad_format(t, "Missing ']' in format string");
        }
        out->hi = i;
        *pos = i + 1;
        out->index = text_number(t, s, out->lo, out->hi);
        if (out->index == -2) {
            return -1;
        }
    } else {
        return bad_format(t, "Only '.' or '[' may follow ']' in format field specifier");
    }
    if (out->lo == out->hi) {
        return bad_format(t, "Empty attribute in format string");
    }
    return 1;
}

/* ---- formatting ---- */

typedef struct Formatter {
    Thread *t;
    const Value *args;           /* positional ones, then those of kwnames */
    size_t nargs;
    Value kwnames;               /* tuple of str, or 0 */
    Value mapping;               /* of format_map, which has no positional fields, or 0 */
    enum { UNDECIDED, AUTOMATIC, MANUAL } numbering;
    ssize_t next_index;
} Formatter;

static bool choose_numbering(Formatter *f, bool automatic)
{
    if (f->numbering == UNDECIDED) {
        f->numbering = automatic ? AUTOMATIC : MANUAL;
    }
    if (automatic && f->numbering == MANUAL) {
        value_error(f->t,
                    "cannot switch from manual field specification to automatic field numbering");
        return false;
    }
    if (!automatic && f->numbering == AUTOMATIC) {
        value_error(f->t,
                    "cannot switch from automatic field numbering to manual field specification");
        return false;
    }
    return true;
}

static Value field_argument(Formatter *f, Value fmt, size_t lo, size_t hi, ssize_t index)
{
    Thread *t = f->t;
    if (index < 0 && lo == hi) {
        if (!choose_numbering(f, true)) {
            return 0;
        }
        index = f->next_index++;
    } else if (index >= 0 && !choose_numbering(f, false)) {
        return 0;
    }
    if (index >= 0) {
        if (f->mapping) {
            return value_error(t, "Format string contains positional fields");
        }
        if ((size_t)index >= f->nargs) {
            return index_error(t, "Replacement index %zd out of range for positional args tuple",
                               index);
        }
        return f->args[index];
    }
    Value key = str_substring(t, fmt, lo, hi);
    if (!key) {
        return 0;
    }
    if (!f->mapping) {
        for (size_t i = 0; f->kwnames && i < tuple_len(f->kwnames); i++) {
            if (str_eq(tuple_get(f->kwnames, i), key)) {
                return f->args[f->nargs + i];
            }
        }
        return key_error(t, key);
    }
    if (value_is_dict_exact(f->mapping)) {
        Value v = dict_get(t, f->mapping, key);
        return v || error_pending(t) ? v : key_error(t, key);
    }
    return object_getitem(t, f->mapping, key);
}

static Value field_value(Formatter *f, Value fmt, const FormatPiece *p)
{
    Thread *t = f->t;
    size_t pos;
    ssize_t index;
    if (!field_first_part(t, fmt, p->name_lo, p->name_hi, &pos, &index)) {
        return 0;
    }
    Value v = field_argument(f, fmt, p->name_lo, pos, index);
    FieldPart part;
    int more;
    while (v && (more = field_next_part(t, fmt, &pos, p->name_hi, &part)) != 0) {
        if (more < 0) {
            return 0;
        }
        Value key = part.index >= 0 ? fixnum(part.index) : str_substring(t, fmt, part.lo, part.hi);
        key = key && part.is_attr ? intern_str(t, key) : key;
        v = !key ? 0 : part.is_attr ? object_getattr(t, v, key) : object_getitem(t, v, key);
    }
    return v;
}

static Value convert(Thread *t, Value v, uint32_t conversion)
{
    switch (conversion) {
    case 0: return v;
    case 'r': return object_repr(t, v);
    case 's': return object_str(t, v);
    case 'a': return object_ascii(t, v);
    default:
        if (conversion > 32 && conversion < 127) {
            return value_error(t, "Unknown conversion specifier %c", (int)conversion);
        }
        return value_error(t, "Unknown conversion specifier \\x%x", (unsigned)conversion);
    }
}

static bool format_into(Formatter *f, StrBuilder *b, Value fmt, size_t lo, size_t hi, int depth);

static bool put_field(Formatter *f, StrBuilder *b, Value fmt, const FormatPiece *p, int depth)
{
    Thread *t = f->t;
    Value v = field_value(f, fmt, p);
    v = v ? convert(t, v, p->conversion) : 0;
    if (!v) {
        return false;
    }
    Value spec = N(empty);
    if (p->spec_nested) {
        StrBuilder inner;
        sb_init(&inner, t);
        if (!format_into(f, &inner, fmt, p->spec_lo, p->spec_hi, depth - 1)) {
            return false;
        }
        spec = sb_finish(&inner);
    } else if (p->spec_hi > p->spec_lo) {
        spec = str_substring(t, fmt, p->spec_lo, p->spec_hi);
    } else if (value_is_str_exact(v)) {
        return sb_str(b, v);
    }
    Value text = spec ? object_format(t, v, spec) : 0;
    return text && sb_str(b, text);
}

static bool format_into(Formatter *f, StrBuilder *b, Value fmt, size_t lo, size_t hi, int depth)
{
    if (depth <= 0) {
        value_error(f->t, "Max string recursion exceeded");
        return false;
    }
    FormatPiece piece;
    int more;
    while ((more = format_next_piece(f->t, fmt, &lo, hi, &piece)) > 0) {
        if (!sb_sub(b, fmt, piece.lit_lo, piece.lit_hi)) {
            return false;
        }
        if (piece.has_field && !put_field(f, b, fmt, &piece, depth)) {
            return false;
        }
    }
    return more == 0;
}

static Value format_whole(Formatter *f, Value fmt)
{
    StrBuilder b;
    sb_init(&b, f->t);
    return format_into(f, &b, fmt, 0, str_len(fmt), FORMAT_DEPTH) ? sb_finish(&b) : 0;
}

Value str_format_method(Thread *t, Value *args, size_t n, Value kw)
{
    Formatter f = {.t = t, .args = args + 1, .nargs = n - 1, .kwnames = kw};
    return format_whole(&f, args[0]);
}

Value str_format_map_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Formatter f = {.t = t, .mapping = args[1]};
    return format_whole(&f, args[0]);
}
