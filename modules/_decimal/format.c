/* Decimal.__format__: [[fill]align][sign][z][0][width][,][.precision][type].
 *
 * The number is rounded and laid out as ASCII text (sign, whole digits, rest); then separators,
 * the point of the locale and padding are put in.
 */
#include <limits.h>
#include <locale.h>
#include <stdio.h>

#include "core/base/locale.h"
#include "core/object/dict.h"
#include "modules/_decimal/decimal.h"

typedef struct Spec {
    uint32_t fill, align; /* align '0': zeros between sign and digits */
    uint32_t sign, type;
    bool no_neg_zero;
    int64_t width, precision; /* -1: not given */
    Value point, separator;   /* str */
    const char *grouping;     /* as localeconv()->grouping */
} Spec;

/* ---- the format string ---- */

typedef struct Reader {
    const Str *s;
    size_t at;
} Reader;

static uint32_t peek(const Reader *r, size_t ahead)
{
    return r->at + ahead < r->s->len ? str_get(r->s, r->at + ahead) : 0;
}

static bool is_one_of(uint32_t c, const char *set)
{
    return c != 0 && c < 128 && strchr(set, (int)c);
}

static bool take(Reader *r, const char *set, uint32_t *out)
{
    if (!is_one_of(peek(r, 0), set)) {
        return false;
    }
    *out = peek(r, 0);
    r->at++;
    return true;
}

static bool is_digit_next(const Reader *r) { return peek(r, 0) - '0' <= 9; }

static bool take_number(Reader *r, int64_t *out)
{
    *out = 0;
    while (is_digit_next(r)) {
        if (*out > BIG_MAX_DIGITS * 1000) {
            return false;
        }
        *out = *out * 10 + (peek(r, 0) - '0');
        r->at++;
    }
    return true;
}

static bool use_locale(Thread *t, Spec *spec)
{
    locale_use();
    const struct lconv *lc = localeconv();
    spec->point = str_decode(t, lc->decimal_point, strlen(lc->decimal_point), "utf-8", "replace");
    spec->separator =
        str_decode(t, lc->thousands_sep, strlen(lc->thousands_sep), "utf-8", "replace");
    spec->grouping = lc->grouping;
    return spec->point && spec->separator;
}

static bool read_alignment(Reader *r, Spec *spec)
{
    uint32_t ignored;
    bool aligned = false;
    if (is_one_of(peek(r, 1), "<>=^") && r->s->len > r->at + 1) {
        spec->fill = peek(r, 0);
        spec->align = peek(r, 1);
        r->at += 2;
        aligned = true;
    } else {
        aligned = take(r, "<>=^", &spec->align);
    }
    spec->no_neg_zero = take(r, "z", &ignored);
    take(r, "+- ", &spec->sign);
    if (!spec->no_neg_zero) {
        spec->no_neg_zero = take(r, "z", &ignored);
    }
    if (take(r, "0", &ignored)) {
        if (aligned) {
            return false;
        }
        spec->align = '0';
        spec->fill = '0';
    }
    return true;
}

static bool read_spec(Reader *r, Spec *spec, bool *comma)
{
    uint32_t ignored;
    *comma = false;
    if (!read_alignment(r, spec) || peek(r, 0) == '0' || !take_number(r, &spec->width)) {
        return false;
    }
    *comma = take(r, ",", &ignored);
    if (take(r, ".", &ignored)) {
        if (!is_digit_next(r) || !take_number(r, &spec->precision)) {
            return false;
        }
    }
    take(r, "eEfFgGnN%", &spec->type);
    return r->at == r->s->len && !(*comma && (spec->type == 'n' || spec->type == 'N'));
}

static bool parse_spec(Thread *t, Value text, bool capitals, Spec *spec)
{
    Reader r = {value_str(text), 0};
    bool comma;
    *spec = (Spec){.fill = ' ',
                   .align = '>',
                   .sign = '-',
                   .precision = -1,
                   .type = capitals ? 'G' : 'g',
                   .grouping = ""};
    if (!read_spec(&r, spec, &comma)) {
        value_error(t, "invalid format string");
        return false;
    }
    if (spec->type == 'n' || spec->type == 'N') {
        spec->type = spec->type == 'n' ? 'g' : 'G';
        return use_locale(t, spec);
    }
    spec->point = str_from_char(t, '.');
    spec->separator = str_from_cstr(t, comma ? "," : "");
    spec->grouping = comma ? "\3" : "";
    return spec->point && spec->separator;
}

enum { LOCALE_TEXT_MAX = 4 }; /* bytes of a point or separator */

static size_t utf8_length(Thread *t, Value s)
{
    size_t n;
    return str_utf8(t, s, &n) ? n : SIZE_MAX;
}

static bool is_grouping(const char *grouping)
{
    while (*grouping > 0) {
        grouping++;
    }
    return *grouping == 0;
}

/* The strings of a dict in place of those of the locale. */
static bool apply_override(Thread *t, Value override, Spec *spec)
{
    static const char *const keys[] = {"decimal_point", "thousands_sep", "grouping"};
    Value found[3];
    for (int i = 0; i < 3; i++) {
        found[i] = dict_get_cstr(t, override, keys[i]);
        if (!found[i] && error_pending(t)) {
            return false;
        }
        if (found[i] && !value_is_str(found[i])) {
            type_error(t, "bad argument type for built-in operation");
            return false;
        }
    }
    spec->point = found[0] ? found[0] : spec->point;
    spec->separator = found[1] ? found[1] : spec->separator;
    spec->grouping = found[2] ? str_utf8(t, found[2], NULL) : spec->grouping;
    if (!spec->grouping) {
        return false;
    }
    size_t dot = utf8_length(t, spec->point), separator = utf8_length(t, spec->separator);
    if (dot == 0 || dot > LOCALE_TEXT_MAX || separator > LOCALE_TEXT_MAX ||
        !is_grouping(spec->grouping)) {
        value_error(t, "invalid override dict");
        return false;
    }
    return true;
}

/* ---- the number ---- */

/* Rounds r as the type and precision want it; *place: digits before the point, INT64_MIN: as str.
 */
static bool round_for(Num *r, const Spec *spec, Env *e, int64_t *place)
{
    uint32_t type = spec->type | 0x20; /* lower case; '%' stays one */
    int64_t precision = spec->precision, drop = 0;
    *place = type == 'e' ? 1 : INT64_MIN;
    if (spec->type == '%') {
        r->exp += 2;
    }
    if (precision >= 0 && type == 'g') {
        drop = big_digits(&r->c) - (precision ? precision : 1);
    } else if (precision >= 0 && type == 'e') {
        if (r->c.n == 0) {
            *place = 1 - precision;
        } else {
            drop = big_digits(&r->c) - precision - 1;
            if (drop < 0) {
                r->exp += drop;
                return big_mul_pow10(&r->c, -drop);
            }
        }
    } else if (precision >= 0) {
        drop = -precision - r->exp;
        if (drop < 0) {
            r->exp += drop;
            if (r->c.n != 0 && !big_mul_pow10(&r->c, -drop)) {
                return false;
            }
        }
    }
    if (drop > 0) {
        int64_t digits = big_digits(&r->c) - drop;
        if (r->c.n == 0) {
            r->exp += type == 'g' ? 0 : drop;
        } else if (!num_cut(r, drop, e->rounding, false, e)) {
            return false;
        } else if (type != 'f' && spec->type != '%' && big_digits(&r->c) > digits) {
            return num_cut(r, 1, e->rounding, false, e); /* 99.9 became 100 */
        }
    }
    return true;
}

/* Text of digits with the point after `place` of them, and an exponent (0: none). */
static char *lay_out(const Num *r, int64_t place, bool exponent, bool capital, size_t *len)
{
    Operand a = num_operand(r);
    int64_t left = a.exp + a.digits, zeros = place <= 0 ? 1 - place : 0;
    int64_t tail = place > a.digits ? place - a.digits : 0, total = zeros + a.digits + tail;
    if (total > BIG_MAX_DIGITS) {
        return NULL;
    }
    char *text = mem_alloc((size_t)total + 32);
    if (!text || !limbs_to_text(a.p, a.n, text + zeros, a.digits)) {
        mem_free(text);
        return NULL;
    }
    memset(text, '0', (size_t)zeros);
    memset(text + zeros + a.digits, '0', (size_t)tail);
    int64_t whole = place <= 0 ? 1 : place;
    char *p = text + total;
    if (whole < total) {
        memmove(text + whole + 1, text + whole, (size_t)(total - whole));
        text[whole] = '.';
        p++;
    }
    if (exponent) {
        p += sprintf(p, "%c%+lld", capital ? 'E' : 'e', (long long)(left - place));
    }
    *len = (size_t)(p - text);
    return text;
}

/* Sign-less text of a finite r; NULL: no memory. */
static char *number_text(Num *r, const Spec *spec, Env *e, size_t *len)
{
    int64_t place;
    if (!round_for(r, spec, e, &place)) {
        return NULL;
    }
    bool capital = spec->type == 'E' || spec->type == 'G';
    int64_t left = r->exp + big_digits(&r->c);
    if ((spec->type | 0x20) == 'e') {
        return lay_out(r, place, true, capital, len);
    }
    if ((spec->type | 0x20) == 'g') {
        bool plain = r->exp <= 0 && left > -6;
        return lay_out(r, plain ? left : 1, !plain, capital, len);
    }
    if (r->c.n == 0 && r->exp > 0) {
        r->exp = 0;
        left = 1;
    }
    return lay_out(r, left, false, capital, len);
}

/* ---- separators and padding ---- */

/* Digits of the group that is `index` groups from the right; 0: no more separators. */
static size_t group_size(const char *grouping, size_t index)
{
    size_t n = strlen(grouping);
    if (n == 0) {
        return 0;
    }
    char c = grouping[index < n ? index : n - 1];
    return c <= 0 || c == CHAR_MAX ? 0 : (size_t)c;
}

/* How many digits, zeros in front included, come to at least `width` characters when grouped. */
static size_t padded_digits(const Spec *spec, size_t digits, int64_t width)
{
    int64_t written = 0, separator = (int64_t)str_len(spec->separator);
    size_t n = 0;
    for (size_t index = 0;; index++) {
        size_t size = separator ? group_size(spec->grouping, index) : 0;
        size_t wanted = digits > n ? digits - n : 0;
        size_t fill = width > written ? (size_t)(width - written) : 0;
        size_t most = wanted > fill ? wanted : fill;
        size_t here = size == 0 || most < size ? most : size;
        here = here == 0 && n == 0 ? 1 : here;
        n += here;
        written += (int64_t)here;
        if (n >= digits && written >= width) {
            return n;
        }
        written += separator;
        if (n >= digits && written >= width) {
            return n + 1; /* a separator does not stand in front */
        }
    }
}

/* A separator stands in front of the last `right` digits: they fill whole groups. */
static bool is_group_start(const char *grouping, size_t right)
{
    size_t n = strlen(grouping), sum = 0;
    for (size_t i = 0; i < n; i++) {
        size_t size = group_size(grouping, i);
        sum += size;
        if (size == 0 || sum >= right) {
            return size != 0 && sum == right;
        }
    }
    return n > 0 && (right - sum) % group_size(grouping, n - 1) == 0;
}

static void put_grouped(StrBuilder *b, const Spec *spec, const char *digits, size_t n,
                        size_t padded)
{
    if (!*spec->grouping) {
        sb_repeat(b, '0', padded - n);
        sb_ascii(b, digits, n);
        return;
    }
    for (size_t i = 0; i < padded; i++) {
        if (i > 0 && is_group_start(spec->grouping, padded - i)) {
            sb_str(b, spec->separator);
        }
        sb_char(b, i < padded - n ? '0' : (uint32_t)digits[i - (padded - n)]);
    }
}

static Value pad(Thread *t, Value sign, Value body, const Spec *spec)
{
    if (str_len(sign) == 0 && spec->width <= (int64_t)str_len(body)) {
        return body;
    }
    int64_t spaces = spec->width - (int64_t)(str_len(sign) + str_len(body));
    StrBuilder b;
    sb_init(&b, t);
    spaces = spaces < 0 ? 0 : spaces;
    int64_t before = spec->align == '<' ? 0 : spec->align == '^' ? spaces / 2 : spaces;
    if (spec->align != '=') {
        sb_repeat(&b, spec->fill, (size_t)before);
    }
    sb_str(&b, sign);
    if (spec->align == '=') {
        sb_repeat(&b, spec->fill, (size_t)before);
    }
    sb_str(&b, body);
    sb_repeat(&b, spec->fill, (size_t)(spaces - before));
    return sb_finish(&b);
}

static Value body_of(Thread *t, const Spec *spec, const char *text, size_t len, size_t sign_len)
{
    size_t whole = 0;
    while (whole < len && text[whole] >= '0' && text[whole] <= '9') {
        whole++;
    }
    bool point = whole < len && text[whole] == '.';
    const char *rest = text + whole + point;
    size_t n_rest = len - whole - point;
    int64_t room = spec->align != '0' ? 0
                                      : spec->width - (int64_t)(sign_len + n_rest) -
                                            (point ? (int64_t)str_len(spec->point) : 0);
    StrBuilder b;
    sb_init(&b, t);
    put_grouped(&b, spec, text, whole, padded_digits(spec, whole, room));
    if (point) {
        sb_str(&b, spec->point);
    }
    sb_ascii(&b, rest, n_rest);
    return sb_finish(&b);
}

static const char *sign_text(const Spec *spec, bool neg)
{
    return neg ? "-" : spec->sign == '+' ? "+" : spec->sign == ' ' ? " " : "";
}

/* Infinities and NaNs: sign and padding with spaces only. */
static Value format_special(Thread *t, const Operand *a, Spec *spec)
{
    Operand positive = *a;
    positive.neg = false;
    if (spec->align == '0') {
        spec->align = '>';
        spec->fill = ' ';
    }
    Value sign = str_from_cstr(t, sign_text(spec, a->neg));
    Value body = sign ? decimal_text(t, &positive, false, true) : 0;
    if (body && spec->type == '%') {
        body = str_format(t, "%U%%", body);
    }
    return body ? pad(t, sign, body, spec) : 0;
}

static Value format_finite(Thread *t, const Operand *a, const Spec *spec, RoundMode mode)
{
    Env e = ENV_MAX;
    e.rounding = mode;
    Num r;
    num_init(&r);
    size_t len = 0;
    char *text = num_copy(&r, a) ? number_text(&r, spec, &e, &len) : NULL;
    bool neg = r.neg && !(spec->no_neg_zero && r.c.n == 0);
    num_clear(&r);
    if (!text) {
        return raise_memory(t);
    }
    if (spec->type == '%') {
        text[len++] = '%'; /* lay_out leaves room behind the digits */
    }
    const char *sign_chars = sign_text(spec, neg);
    Value sign = str_from_cstr(t, sign_chars);
    Value body = sign ? body_of(t, spec, text, len, strlen(sign_chars)) : 0;
    mem_free(text);
    return body ? pad(t, sign, body, spec) : 0;
}

/* "[,].Nf": N, *comma; -1: another format string. */
static int fixed_places(const Str *s, bool *comma)
{
    const char *p = s->data;
    *comma = s->ascii && s->len == 4 && *p == ',';
    p += *comma;
    return s->ascii && s->len == 3 + (size_t)*comma && p[0] == '.' && p[1] >= '0' &&
                   p[1] <= '9' && p[2] == 'f'
               ? p[1] - '0'
               : -1;
}

/* Format strings that are common and need no padding; 0: not this way (nothing raised). */
static Value format_fixed(Thread *t, const Operand *a, const Str *spec, RoundMode mode)
{
    enum { DIGITS = 20, ROOM = 1 + DIGITS + DIGITS / 3 + 1 + 10 };
    bool comma;
    int places = fixed_places(spec, &comma);
    uint64_t c;
    if (places < 0 || !quick_cents(a, places, mode, &c)) {
        return 0;
    }
    char text[ROOM], *p = text + sizeof text;
    for (int i = 0; i < places; i++, c /= 10) {
        *--p = (char)('0' + c % 10);
    }
    if (places > 0) {
        *--p = '.';
    }
    int digits = 0;
    do {
        if (comma && digits > 0 && digits % 3 == 0) {
            *--p = ',';
        }
        *--p = (char)('0' + c % 10);
        digits++;
        c /= 10;
    } while (c != 0);
    if (a->neg) {
        *--p = '-';
    }
    return str_from_ascii(t, p, (size_t)(text + sizeof text - p));
}

Value decimal_format_method(DECIMAL_ARGS)
{
    DecimalContext *c = context_current(t);
    Spec spec;
    if (!c) {
        return 0;
    }
    if (!value_is_str(args[1])) {
        return type_error(t, "format arg must be str");
    }
    if (str_len(args[1]) == 0 && !args[2]) {
        return object_str(t, args[0]);
    }
    Operand a;
    operand_of_decimal(as_decimal(args[0]), &a);
    Value quick = args[2] ? 0 : format_fixed(t, &a, value_str(args[1]), load_relaxed(&c->rounding));
    if (quick || error_pending(t)) {
        return quick;
    }
    if (!str_utf8(t, args[1], NULL) || !parse_spec(t, args[1], load_relaxed(&c->capitals), &spec)) {
        return 0;
    }
    if (args[2]) {
        if (!value_is_dict(args[2])) {
            return type_error(t, "optional argument must be a dict");
        }
        if (!apply_override(t, args[2], &spec)) {
            return 0;
        }
    }
    return a.kind == KIND_FINITE ? format_finite(t, &a, &spec, load_relaxed(&c->rounding))
                                 : format_special(t, &a, &spec);
}
