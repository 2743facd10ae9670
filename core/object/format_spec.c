/* Parser of the format mini-language and padding.  Layout of numbers: format_number.c. */
#include "core/object/format_spec.h"

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/* Reads decimal digits at *pos into *out; -1 when there are none. */
static bool read_number(Thread *t, const Str *s, size_t *pos, ssize_t *out)
{
    size_t start = *pos;
    ssize_t n = 0;
    for (; *pos < s->len; (*pos)++) {
        uint32_t c = str_get(s, *pos);
        if (c < '0' || c > '9') {
            break;
        }
        if (n > (PTRDIFF_MAX - (ssize_t)(c - '0')) / 10) {
            value_error(t, "Too many decimal digits in format string");
            return false;
        }
        n = n * 10 + (ssize_t)(c - '0');
    }
    *out = *pos > start ? n : -1;
    return true;
}

static bool check_grouping(Thread *t, const FormatSpec *f)
{
    uint32_t c = f->type;
    if (f->grouping == 0 || (c && c < 128 && strchr("defgEG%F", (int)c)) || c == 0) {
        return true;
    }
    if (f->grouping == '_' && (c == 'b' || c == 'o' || c == 'x' || c == 'X')) {
        return true;
    }
    if (c > 32 && c < 128) {
        value_error(t, "Cannot specify '%c' with '%c'.", (int)f->grouping, (int)c);
    } else {
        value_error(t, "Cannot specify '%c' with '\\x%x'.", (int)f->grouping, (unsigned)c);
    }
    return false;
}

static bool parse_grouping(Thread *t, const Str *s, size_t *pos, FormatSpec *f)
{
    if (*pos < s->len && str_get(s, *pos) == ',') {
        f->grouping = ',';
        ++*pos;
    }
    bool again = false;
    if (*pos < s->len && str_get(s, *pos) == '_') {
        again = f->grouping != 0;
        f->grouping = '_';
        ++*pos;
    }
    if (again || (*pos < s->len && str_get(s, *pos) == ',' && f->grouping == '_')) {
        value_error(t, "Cannot specify both ',' and '_'.");
        return false;
    }
    return true;
}

static void parse_flags(const Str *s, size_t *pos, uint32_t default_align, FormatSpec *f)
{
    size_t i = 0, n = s->len;
    if (n >= 2 && is_align(str_get(s, 1))) {
        f->fill = str_get(s, 0);
        f->align = str_get(s, 1);
        f->fill_given = f->align_given = true;
        i = 2;
    } else if (n >= 1 && is_align(str_get(s, 0))) {
        f->align = str_get(s, 0);
        f->align_given = true;
        i = 1;
    }
    if (i < n && (str_get(s, i) == '+' || str_get(s, i) == '-' || str_get(s, i) == ' ')) {
        f->sign = str_get(s, i++);
    }
    if (i < n && str_get(s, i) == 'z') {
        f->no_neg_zero = true;
        i++;
    }
    if (i < n && str_get(s, i) == '#') {
        f->alternate = true;
        i++;
    }
    if (!f->fill_given && i < n && str_get(s, i) == '0') {
        f->fill = '0';
        if (!f->align_given && default_align == '>') {
            f->align = '=';
        }
        i++;
    }
    *pos = i;
}

bool format_spec_parse(Thread *t, Value spec, Value obj, uint32_t default_type,
                       uint32_t default_align, FormatSpec *f)
{
    const Str *s = value_str(spec);
    *f = (FormatSpec){.fill = ' ', .align = default_align, .type = default_type, .width = -1,
                      .precision = -1};
    size_t pos;
    parse_flags(s, &pos, default_align, f);
    if (!read_number(t, s, &pos, &f->width) || !parse_grouping(t, s, &pos, f)) {
        return false;
    }
    if (pos < s->len && str_get(s, pos) == '.') {
        pos++;
        if (!read_number(t, s, &pos, &f->precision)) {
            return false;
        }
        if (f->precision < 0) {
            value_error(t, "Format specifier missing precision");
            return false;
        }
    }
    if (s->len - pos > 1) {
        value_error(t, "Invalid format specifier '%U' for object of type '%T'", spec, obj);
        return false;
    }
    if (s->len - pos == 1) {
        f->type = str_get(s, pos);
    }
    return check_grouping(t, f);
}

Value format_unknown_code(Thread *t, uint32_t code, Value obj)
{
    if (code > 32 && code < 128) {
        return value_error(t, "Unknown format code '%c' for object of type '%T'", (int)code, obj);
    }
    return value_error(t, "Unknown format code '\\x%x' for object of type '%T'", (unsigned)code,
                       obj);
}

Value format_pad(Thread *t, Value text, const FormatSpec *f)
{
    size_t len = str_len(text);
    if (f->width < 0 || (size_t)f->width <= len) {
        return text;
    }
    size_t fill = (size_t)f->width - len;
    size_t left = f->align == '<' ? 0 : f->align == '^' ? fill / 2 : fill;
    StrBuilder b;
    sb_init(&b, t);
    sb_repeat(&b, f->fill, left);
    sb_str(&b, text);
    sb_repeat(&b, f->fill, fill - left);
    return sb_finish(&b);
}
