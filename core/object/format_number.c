/* __format__ of int, float and complex: digits come from int_text.c and dtoa, here they are laid
 * out.
 *
 *   [left padding] sign prefix [inner padding] grouped digits, rest (point, decimals, exponent, %)
 * [right padding]
 */
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>

#include "core/base/dtoa.h"
#include "core/base/locale.h"
#include "core/base/memory.h"
#include "core/base/utf8.h"
#include "core/object/float_internal.h"
#include "core/object/format_spec.h"
#include "core/object/int_internal.h"
#include "core/object/str_internal.h"

#define SEPARATOR_MAX 8

typedef struct Grouping {
    /* as localeconv()->grouping: sizes from the right, last repeats, CHAR_MAX ends */
    const char *sizes;
    uint32_t separator[SEPARATOR_MAX];
    size_t separator_len;
    uint32_t point[SEPARATOR_MAX];   /* what '.' becomes */
    size_t point_len;
} Grouping;

typedef struct NumberLayout {
    bool negative;
    const char *prefix;              /* "0x" or "" */
    const char *digits;              /* ASCII, whole part */
    size_t n_digits;
    const char *rest;                /* ASCII, from the point on */
    size_t n_rest;
} NumberLayout;

static size_t locale_text(const char *s, uint32_t *out)
{
    wchar_t wide[SEPARATOR_MAX];
    size_t n = mbstowcs(wide, s, SEPARATOR_MAX);
    if (n == (size_t)-1) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint32_t)wide[i];
    }
    return n;
}

static void grouping_init(Grouping *g, uint32_t kind, int group)
{
    *g = (Grouping){.sizes = group == 4 ? "\4" : "\3", .point = {'.'}, .point_len = 1};
    if (kind == 'n') {
        locale_use();
        struct lconv *lc = localeconv();
        g->sizes = lc->grouping;
        g->separator_len = locale_text(lc->thousands_sep, g->separator);
        g->point_len = locale_text(lc->decimal_point, g->point);
    } else if (kind) {
        g->separator[0] = kind;
        g->separator_len = 1;
    } else {
        g->sizes = "";
    }
}

/* Writes digits from the right into out (ending at end), grouped, at least min_width characters
 * with zeros in front; returns the start. */
static uint32_t *group_digits(const Grouping *g, const char *digits, size_t n, ssize_t min_width,
                              uint32_t *end)
{
    const char *sizes = g->sizes;
    ssize_t left = (ssize_t)n;
    uint32_t *p = end;
    bool separate = false;
    for (;;) {
        ssize_t most = left > min_width ? left : min_width;
        most = most > 1 ? most : 1;
        ssize_t size = *sizes > 0 && *sizes != CHAR_MAX ? *sizes : most;
        size = size < most ? size : most;
        if (separate) {
            for (size_t i = g->separator_len; i-- > 0;) {
                *--p = g->separator[i];
            }
        }
        for (ssize_t i = 0; i < size; i++) {
            *--p = left > 0 ? (uint32_t)(uint8_t)digits[--left] : '0';
        }
        separate = true;
        min_width -= size;
        if (left <= 0 && min_width <= 0) {
            return p;
        }
        min_width -= (ssize_t)g->separator_len;
        if (sizes[0] > 0 && sizes[1] != 0) {
            sizes++;
        }
    }
}

/* The character of its sign, or 0. */
static uint32_t sign_of(const NumberLayout *x, const FormatSpec *f)
{
    return x->negative ? '-' : f->sign == '-' ? 0 : f->sign;
}

/* Fill before the number, behind its sign and prefix, and behind it. */
typedef struct Padding { size_t left, inner, right; } Padding;

/* total: the number's characters */
static Padding padding_of(const FormatSpec *f, size_t total)
{
    size_t fill = f->width > 0 && (size_t)f->width > total ? (size_t)f->width - total : 0;
    Padding p = {.left = f->align == '>' ? fill : f->align == '^' ? fill / 2 : 0,
                 .inner = f->align == '=' ? fill : 0};
    p.right = fill - p.left - p.inner;
    return p;
}

static char *put_fill(char *to, uint32_t fill, size_t n)
{
    for (; n > 0; n--) {
        *to++ = (char)fill;
    }
    return to;
}

/* A number that is not grouped, with a fill of ASCII, in at most 128 characters.  0: it takes
 * more. */
static Value lay_out_plain(Thread *t, const NumberLayout *x, const FormatSpec *f)
{
    char text[128], *to = text;
    const uint32_t sign = sign_of(x, f);
    const size_t n_prefix = strlen(x->prefix);
    const size_t total = (sign != 0) + n_prefix + x->n_digits + x->n_rest;
    const Padding pad = padding_of(f, total);
    if (total + pad.left + pad.inner + pad.right > sizeof text) {
        return 0;
    }
    to = put_fill(to, f->fill, pad.left);
    if (sign) {
        *to++ = (char)sign;
    }
    copy_piece(to, x->prefix, n_prefix);
    to = put_fill(to + n_prefix, f->fill, pad.inner);
    copy_piece(to, x->digits, x->n_digits);
    to += x->n_digits;
    copy_piece(to, x->rest, x->n_rest);
    to = put_fill(to + x->n_rest, f->fill, pad.right);
    return str_from_ascii(t, text, (size_t)(to - text));
}

static Value lay_out(Thread *t, const NumberLayout *x, const FormatSpec *f, const Grouping *g)
{
    if (g->separator_len == 0 && g->point_len == 1 && g->point[0] == '.' && f->fill < 128) {
        Value v = lay_out_plain(t, x, f);
        if (v || error_pending(t)) {
            return v;
        }
    }
    uint32_t sign = sign_of(x, f);
    size_t n_prefix = strlen(x->prefix), n_rest = x->n_rest;
    if (n_rest && x->rest[0] == '.') {
        n_rest += g->point_len - 1;
    }
    size_t outer = (sign != 0) + n_prefix + n_rest;
    ssize_t min_width = 0;
    if (f->fill == '0' && f->align == '=') {
        min_width = f->width - (ssize_t)outer;
        min_width = min_width > 0 ? min_width : 0;
    }
    size_t cap = (x->n_digits + (size_t)min_width) * (1 + g->separator_len) + 2 * SEPARATOR_MAX;
    uint32_t small[128], *buf = cap <= ARRAY_SIZE(small) ? small : mem_alloc(cap * sizeof *buf);
    if (!buf) {
        return raise_memory(t);
    }
    uint32_t *end = buf + cap;
    uint32_t *p = x->n_digits ? group_digits(g, x->digits, x->n_digits, min_width, end) : end;
    Padding pad = padding_of(f, outer + (size_t)(end - p));
    StrBuilder b;
    sb_init(&b, t);
    sb_repeat(&b, f->fill, pad.left);
    if (sign) {
        sb_char(&b, sign);
    }
    sb_ascii(&b, x->prefix, n_prefix);
    sb_repeat(&b, f->fill, pad.inner);
    for (; p < end; p++) {
        sb_char(&b, *p);
    }
    const char *rest = x->rest;
    size_t n = x->n_rest;
    if (n && rest[0] == '.') {
        for (size_t i = 0; i < g->point_len; i++) {
            sb_char(&b, g->point[i]);
        }
        rest++;
        n--;
    }
    sb_ascii(&b, rest, n);
    sb_repeat(&b, f->fill, pad.right);
    if (buf != small) {
        mem_free(buf);
    }
    return sb_finish(&b);
}

/* ---- int ---- */

static Value format_character(Thread *t, Value v, const FormatSpec *f)
{
    if (f->sign) {
        return value_error(t, "Sign not allowed with integer format specifier 'c'");
    }
    if (f->alternate) {
        return value_error(t, "Alternate form (#) not allowed with integer format specifier 'c'");
    }
    int64_t c;
    if (!int_try_int64(v, &c)) {
        return overflow_error(t, "Python int too large to convert to C long");
    }
    if (c < 0 || c > 0x10ffff) {
        return overflow_error(t, "%%c arg not in range(0x110000)");
    }
    Value text = str_from_char(t, (uint32_t)c);
    FormatSpec g = *f;
    if (g.align == '=') {
        g.align = '>';
    }
    return text ? format_pad(t, text, &g) : 0;
}

static Value format_integer(Thread *t, Value v, const FormatSpec *f)
{
    if (f->precision >= 0) {
        return value_error(t, "Precision not allowed in integer format specifier");
    }
    if (f->no_neg_zero) {
        return value_error(t, "Negative zero coercion (z) not allowed in integer format specifier");
    }
    if (f->type == 'c') {
        return format_character(t, v, f);
    }
    int base = f->type == 'b' ? 2 : f->type == 'o' ? 8 : f->type == 'x' || f->type == 'X' ? 16 : 10;
    Value text = int_to_str(t, v, base);
    if (!text) {
        return 0;
    }
    const char *p = str_utf8(t, text, NULL);
    size_t n = str_len(text);
    char *upper = NULL, small[64];
    NumberLayout x = {.negative = *p == '-', .prefix = "", .rest = ""};
    x.digits = p + x.negative;
    x.n_digits = n - x.negative;
    if (f->alternate && base != 10) {
        x.prefix = f->type == 'b' ? "0b" : f->type == 'o' ? "0o" : f->type == 'x' ? "0x" : "0X";
    }
    if (f->type == 'X') {
        upper = x.n_digits <= sizeof small ? small : mem_alloc(x.n_digits);
        if (!upper) {
            return raise_memory(t);
        }
        for (size_t i = 0; i < x.n_digits; i++) {
            char c = x.digits[i];
            upper[i] = (char)(c >= 'a' ? c - 32 : c);
        }
        x.digits = upper;
    }
    Grouping g;
    grouping_init(&g, f->type == 'n' ? 'n' : f->grouping, base == 10 ? 3 : 4);
    Value r = lay_out(t, &x, f, &g);
    if (upper && upper != small) {
        mem_free(upper);
    }
    return r;
}

static Value format_double(Thread *t, double d, const FormatSpec *f);

Value int_format(Thread *t, Value v, Value spec)
{
    if (str_len(spec) == 0) {
        return value_is_int_exact(v) ? int_decimal_text(t, v) : object_str(t, v);
    }
    FormatSpec f;
    if (!format_spec_parse(t, spec, v, 'd', '>', &f)) {
        return 0;
    }
    switch (f.type) {
    case 'b': case 'c': case 'd': case 'o': case 'x': case 'X': case 'n':
        return format_integer(t, v, &f);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case '%': {
        double d = int_to_double(t, v);
        return d == -1.0 && error_pending(t) ? 0 : format_double(t, d, &f);
    }
    default:
        return format_unknown_code(t, f.type, v);
    }
}

/* ---- float ---- */

/* The dtoa text of d by f; NULL with an exception pending. */
static char *double_text(Thread *t, double d, const FormatSpec *f, bool dot_0, size_t *n)
{
    if (f->precision > INT_MAX) {
        value_error(t, "precision too big");
        return NULL;
    }
    char code = f->type == 0 ? 'r' : f->type == 'n' ? 'g' : (char)f->type;
    int precision = (int)f->precision;
    if (code == 'r' && precision >= 0) {
        code = 'g';
    }
    if (precision < 0) {
        precision = code == 'r' ? 0 : 6;
    }
    unsigned flags = (f->alternate ? DTOA_ALT : 0u) | (f->no_neg_zero ? DTOA_NO_NEG_0 : 0u) |
                     (f->type == 0 && dot_0 ? DTOA_DOT_0 : 0u);
    char *p = double_format(d, code, precision, flags, n);
    if (!p) {
        raise_memory(t);
    }
    return p;
}

static void split_double(const char *p, size_t n, NumberLayout *x)
{
    *x = (NumberLayout){.negative = *p == '-', .prefix = ""};
    const char *s = p + x->negative, *end = p + n;
    x->digits = s;
    while (s < end && *s >= '0' && *s <= '9') {
        s++;
    }
    x->n_digits = (size_t)(s - x->digits);
    x->rest = s;
    x->n_rest = (size_t)(end - s);
}

static Value format_double(Thread *t, double d, const FormatSpec *f)
{
    size_t n;
    char *p = double_text(t, d, f, true, &n);
    if (!p) {
        return 0;
    }
    NumberLayout x;
    split_double(p, n, &x);
    Grouping g;
    grouping_init(&g, f->type == 'n' ? 'n' : f->grouping, 3);
    Value r = lay_out(t, &x, f, &g);
    mem_free(p);
    return r;
}

static bool is_float_code(uint32_t c)
{
    return c == 0 || (c < 128 && strchr("eEfFgGn%", (int)c));
}

Value float_format(Thread *t, Value v, Value spec)
{
    if (str_len(spec) == 0) {
        return type_of(v) == &float_type ? float_repr_slot(t, v) : object_str(t, v);
    }
    FormatSpec f;
    if (!format_spec_parse(t, spec, v, 0, '>', &f)) {
        return 0;
    }
    return is_float_code(f.type) ? format_double(t, float_get(v), &f)
                                 : format_unknown_code(t, f.type, v);
}

/* ---- complex ---- */

/* One part without padding; sign: forced '+' for the imaginary part. */
static Value format_part(Thread *t, double d, const FormatSpec *f, uint32_t sign)
{
    FormatSpec part = *f;
    part.width = -1;
    part.sign = sign;
    part.align = '>';
    size_t n;
    char *p = double_text(t, d, &part, false, &n);
    if (!p) {
        return 0;
    }
    NumberLayout x;
    split_double(p, n, &x);
    Grouping g;
    grouping_init(&g, f->type == 'n' ? 'n' : f->grouping, 3);
    Value r = lay_out(t, &x, &part, &g);
    mem_free(p);
    return r;
}

Value complex_format(Thread *t, Value v, Value spec)
{
    FormatSpec f;
    if (str_len(spec) == 0) {
        return object_str(t, v);
    }
    if (!format_spec_parse(t, spec, v, 0, '>', &f)) {
        return 0;
    }
    if (!is_float_code(f.type) || f.type == '%') {
        return format_unknown_code(t, f.type, v);
    }
    if (f.fill == '0') {
        return value_error(t, "Zero padding is not allowed in complex format specifier");
    }
    if (f.align == '=') {
        return value_error(t, "'=' alignment flag is not allowed in complex format specifier");
    }
    Complex *c = (Complex *)value_object(v);
    bool skip_re = f.type == 0 && c->re == 0.0 && !signbit(c->re);
    bool parens = f.type == 0 && !skip_re;
    Value re = skip_re ? N(empty) : format_part(t, c->re, &f, f.sign);
    Value im = re ? format_part(t, c->im, &f, skip_re ? f.sign : '+') : 0;
    if (!im) {
        return 0;
    }
    Value text = str_format(t, "%s%U%Uj%s", parens ? "(" : "", re, im, parens ? ")" : "");
    return text ? format_pad(t, text, &f) : 0;
}
