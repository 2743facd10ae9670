/* printf-style formatting of str and bytes.
 *
 * A directive is %[(key)][flags][width][.precision][hlL]type.  Numbers become ASCII text first;
 * text and numbers are then padded by one function.  A bytes format writes into a ByteBuilder, a
 * str format into a StrBuilder. */
#include "core/object/str_mod.h"

#include "core/base/dtoa.h"
#include "core/object/bytes_internal.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

enum { FLAG_LEFT = 1, FLAG_PLUS = 2, FLAG_SPACE = 4, FLAG_ALT = 8, FLAG_ZERO = 16 };

typedef struct Mod {
    Thread *t;
    bool bytes;             /* a bytes format */
    int kind;               /* of the format's characters */
    const void *fmt;
    size_t len, pos;
    Value args;             /* tuple of arguments, or the single argument */
    size_t nargs, next;     /* nargs of a single argument: 1 */
    bool single;
    Value mapping;          /* for %(key)s, or 0 */
    StrBuilder *text;
    ByteBuilder *raw;
    unsigned flags;         /* of the current directive */
    ssize_t width, precision;
    uint32_t conv;
} Mod;

static uint32_t peek(const Mod *m) { return chars_get(m->kind, m->fmt, m->pos); }

static bool fill(Mod *m, uint32_t c, size_t n)
{
    if (!m->bytes) {
        return sb_repeat(m->text, c, n);
    }
    char *p = bb_reserve(m->raw, n);
    if (p) {
        memset(p, (int)c, n);
        m->raw->len += n;
    }
    return p != NULL;
}

static bool put_chars(Mod *m, int kind, const void *p, size_t n)
{
    return m->bytes ? bb_bytes(m->raw, p, n) : sb_kind(m->text, kind, p, n);
}

/* Text with its padding; numbers: zeros go behind sign and 0x. */
static bool put_padded(Mod *m, int kind, const char *p, size_t n, bool number)
{
    size_t pad = m->width > (ssize_t)n ? (size_t)m->width - n : 0, head = 0;
    bool zeros = number && (m->flags & FLAG_ZERO) && !(m->flags & FLAG_LEFT);
    if (!(m->flags & FLAG_LEFT) && !zeros && !fill(m, ' ', pad)) {
        return false;
    }
    if (zeros) {
        head = n && (*p == '-' || *p == '+' || *p == ' ');
        if (m->flags & FLAG_ALT && n > head + 1 && p[head] == '0' && strchr("xXo", p[head + 1])) {
            head += 2;
        }
        if (!put_chars(m, kind, p, head) || !fill(m, '0', pad)) {
            return false;
        }
    }
    if (!put_chars(m, kind, p + head, n - head)) {
        return false;
    }
    return !(m->flags & FLAG_LEFT) || fill(m, ' ', pad);
}

static bool put_str(Mod *m, Value v)
{
    if (!v) {
        return false;
    }
    Str *s = value_str(v);
    size_t n = m->precision >= 0 && (size_t)m->precision < s->len ? (size_t)m->precision : s->len;
    return put_padded(m, s->kind, s->data, n, false);
}

/* ---- arguments ---- */

static Value next_arg(Mod *m)
{
    if (m->next >= m->nargs) {
        return type_error(m->t, "not enough arguments for format string");
    }
    size_t i = m->next++;
    return m->single ? m->args : tuple_get(m->args, i);
}

static bool read_key(Mod *m)
{
    if (!m->mapping) {
        type_error(m->t, "format requires a mapping");
        return false;
    }
    size_t start = ++m->pos;
    int depth = 1;
    while (m->pos < m->len) {
        uint32_t c = peek(m);
        m->pos++;
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (depth == 0) {
            break;
        }
    }
    if (depth > 0) {
        value_error(m->t, "incomplete format key");
        return false;
    }
    const char *p = (const char *)m->fmt + start * (size_t)m->kind;
    size_t n = m->pos - 1 - start;
    Value key = m->bytes ? bytes_new(m->t, p, n) : str_from_kind(m->t, m->kind, p, n);
    Value v = key ? object_getitem(m->t, m->mapping, key) : 0;
    if (!v) {
        return false;
    }
    m->args = v;
    m->single = true;
    m->nargs = 1;
    m->next = 0;
    return true;
}

/* Digits or '*' at pos; *out is left alone when there are none. */
static bool read_size(Mod *m, bool is_width, ssize_t *out)
{
    if (m->pos < m->len && peek(m) == '*') {
        m->pos++;
        Value v = next_arg(m);
        if (!v) {
            return false;
        }
        if (!value_is_int(v)) {
            type_error(m->t, "* wants int");
            return false;
        }
        if (is_width) {
            if (!value_to_ssize(m->t, v, out, &exc_OverflowError)) {
                return false;
            }
            if (*out < 0) {
                m->flags |= FLAG_LEFT;
                *out = -*out;
            }
            return true;
        }
        int precision;
        if (!value_to_int(m->t, v, &precision)) {
            return false;
        }
        *out = precision < 0 ? 0 : precision;
        return true;
    }
    ssize_t n = 0, limit = is_width ? PTRDIFF_MAX : INT32_MAX;
    bool any = false;
    for (; m->pos < m->len && peek(m) >= '0' && peek(m) <= '9'; m->pos++) {
        ssize_t digit = (ssize_t)peek(m) - '0';
        if (n > (limit - digit) / 10) {
            value_error(m->t, is_width   ? "width too big"
                              : m->bytes ? "prec too big"
                                         : "precision too big");
            return false;
        }
        n = n * 10 + digit;
        any = true;
    }
    if (any) {
        *out = n;
    }
    return true;
}

/* ---- one conversion ---- */

static bool is_integer_type(uint32_t c)
{
    return c == 'd' || c == 'x' || c == 'X' || c == 'i' || c == 'o' || c == 'u';
}

/* v as an int; 0: raised. */
static Value take_int(Mod *m, Value v)
{
    if (value_is_int(v)) {
        return v;
    }
    if (m->conv == 'o' || m->conv == 'x' || m->conv == 'X') {
        return type_of(v)->index ? number_index(m->t, v)
                                 : type_error(m->t, "%%%c format: an integer is required, not %T",
                                              (int)m->conv, v);
    }
    Type *ty = type_of(v);
    if (!value_is_float(v) && !ty->int_ && !ty->index) {
        int shown = m->bytes && m->conv == 'i' ? 'd' : (int)m->conv;
        return type_error(m->t, "%%%c format: a real number is required, not %T", shown, v);
    }
    return number_int(m->t, v);
}

/* The digits of i end at end; their begin. */
static char *small_digits(int64_t i, uint32_t conv, char *end)
{
    const char *digits = conv == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    uint64_t left = i < 0 ? -(uint64_t)i : (uint64_t)i;
    char *p = end;
    if (conv == 'x' || conv == 'X') {
        do {
            *--p = digits[left & 15];
        } while ((left >>= 4) != 0);
    } else if (conv == 'o') {
        do {
            *--p = digits[left & 7];
        } while ((left >>= 3) != 0);
    } else {
        do {
            *--p = digits[left % 10];
        } while ((left /= 10) != 0);
    }
    if (i < 0) {
        *--p = '-';
    }
    return p;
}

/* Digits with what flags and precision add before them. */
static bool put_extended(Mod *m, const char *p, size_t n)
{
    ByteBuilder b;
    bb_init(&b, m->t);
    if (n && *p == '-') {
        bb_byte(&b, '-');
        p++;
        n--;
    } else if (m->flags & (FLAG_PLUS | FLAG_SPACE)) {
        bb_byte(&b, m->flags & FLAG_PLUS ? '+' : ' ');
    }
    if ((m->flags & FLAG_ALT) && strchr("xXo", (int)m->conv)) {
        bb_byte(&b, '0');
        bb_byte(&b, (int)m->conv);
    }
    for (ssize_t i = (ssize_t)n; i < m->precision && !b.failed; i++) {
        bb_byte(&b, '0');
    }
    for (size_t i = 0; i < n && !b.failed; i++) {
        int c = p[i];
        bb_byte(&b, m->conv == 'X' && c >= 'a' ? c - 32 : c);
    }
    return !b.failed && put_padded(m, 1, b.data, b.len, true);
}

static bool put_int(Mod *m, Value v)
{
    char small[24];
    const char *p;
    size_t n;
    v = take_int(m, v);
    if (!v) {
        return false;
    }
    bool extended = m->precision >= 0 || m->flags & (FLAG_PLUS | FLAG_SPACE | FLAG_ALT);
    if (value_is_fixnum(v)) {
        p = small_digits(fixnum_get(v), m->conv, small + sizeof small);
        n = (size_t)(small + sizeof small - p);
    } else {
        int base = m->conv == 'o' ? 8 : m->conv == 'x' || m->conv == 'X' ? 16 : 10;
        Value digits = int_to_str(m->t, v, base);
        if (!digits) {
            return false;
        }
        p = str_utf8(m->t, digits, &n);
        extended = extended || m->conv == 'X';
    }
    return extended ? put_extended(m, p, n) : put_padded(m, 1, p, n, true);
}

static bool put_float(Mod *m, Value v)
{
    double d;
    if (m->bytes && !value_is_float(v) && !value_is_int(v) && !type_of(v)->float_ &&
        !type_of(v)->index) {
        type_error(m->t, "float argument required, not %T", v);
        return false;
    }
    if (!value_to_double(m->t, v, &d)) {
        return false;
    }
    unsigned flags = m->flags & FLAG_ALT ? DTOA_ALT : 0;
    flags |= m->flags & FLAG_PLUS ? DTOA_SIGN : m->flags & FLAG_SPACE ? DTOA_SPACE : 0;
    int precision = m->precision < 0 ? 6 : (int)m->precision;
    Value text = float_format_double(m->t, d, (char)m->conv, precision, flags);
    if (!text) {
        return false;
    }
    Str *s = value_str(text);
    return put_padded(m, 1, s->data, s->len, true);
}

static bool put_char(Mod *m, Value v)
{
    uint32_t limit = m->bytes ? 256 : 0x110000, c;
    bool holds_bytes = m->bytes && (value_is_bytes(v) || value_is_bytearray(v));
    Span s = holds_bytes ? bytes_span(v) : (Span){0};
    if (s.n == 1) {
        c = *s.p;
    } else if (!m->bytes && value_is_str(v)) {
        if (str_len(v) != 1) {
            type_error(m->t, "%%c requires int or char");
            return false;
        }
        c = str_get(value_str(v), 0);
    } else {
        int64_t i;
        Value number = value_is_int(v) ? v : type_of(v)->index ? number_index(m->t, v) : 0;
        if (!number) {
            if (!error_pending(m->t)) {
                type_error(m->t, m->bytes ? "%%c requires an integer in range(256) or a single byte"
                                          : "%%c requires int or char");
            }
            return false;
        }
        if (!int_try_int64(number, &i) || i < 0 || i >= limit) {
            overflow_error(m->t, m->bytes ? "%%c arg not in range(256)"
                                          : "%%c arg not in range(0x110000)");
            return false;
        }
        c = (uint32_t)i;
    }
    uint8_t byte = (uint8_t)c;
    return m->bytes ? put_padded(m, 1, (char *)&byte, 1, false)
                    : put_padded(m, 4, (char *)&c, 1, false);
}

/* %b and %s of bytes */
static bool put_bytes(Mod *m, Value v)
{
    Buffer view = {0};
    if (!value_has_buffer(v)) {
        Value method = lookup_special(m->t, v, N(__bytes__));
        if (!method) {
            if (!error_pending(m->t)) {
                type_error(m->t,
                           "%%b requires a bytes-like object, or an object that implements "
                           "__bytes__, not '%T'",
                           v);
            }
            return false;
        }
        Value r = call0(m->t, method);
        if (!r) {
            return false;
        }
        if (!value_is_bytes(r)) {
            type_error(m->t, "__bytes__ returned non-bytes (type %T)", r);
            return false;
        }
        v = r;
    }
    if (!buffer_get_still(m->t, v, &view)) {
        return false;
    }
    size_t n =
        m->precision >= 0 && m->precision < view.len ? (size_t)m->precision : (size_t)view.len;
    bool ok = put_padded(m, 1, view.buf, n, false);
    buffer_release(m->t, &view);
    return ok;
}

static bool convert_arg(Mod *m, Value v, size_t at)
{
    switch (m->conv) {
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X':
        return put_int(m, v);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
        return put_float(m, v);
    case 'c':
        return put_char(m, v);
    case 'b':
        if (m->bytes) {
            return put_bytes(m, v);
        }
        break;
    case 's':
        return m->bytes ? put_bytes(m, v)
                        : put_str(m, value_is_str_exact(v) ? v : object_str(m->t, v));
    case 'r':
        return put_str(m, m->bytes ? object_ascii(m->t, v) : object_repr(m->t, v));
    case 'a':
        return put_str(m, object_ascii(m->t, v));
    default:
        break;
    }
    uint32_t shown = m->conv >= 32 && m->conv < 127 ? m->conv : m->bytes ? m->conv : '?';
    value_error(m->t, "unsupported format character '%c' (0x%x) at index %zd", (int)shown,
                (unsigned)m->conv, (ssize_t)at);
    return false;
}

/* A type, nothing between it and the '%'. */
static bool plain_directive(Mod *m)
{
    size_t at = m->pos++;
    Value v = next_arg(m);
    if (!v) {
        return false;
    }
    if (!m->bytes && m->conv == 's' && value_is_str_exact(v)) {
        return sb_str(m->text, v);
    }
    if (m->bytes && (m->conv == 's' || m->conv == 'b') && type_of(v) == &bytes_type) {
        return bb_bytes(m->raw, value_bytes(v)->data, value_bytes(v)->len);
    }
    if (value_is_fixnum(v) && is_integer_type(m->conv)) {
        char small[24], *end = small + sizeof small;
        const char *p = small_digits(fixnum_get(v), m->conv, end);
        return put_chars(m, 1, p, (size_t)(end - p));
    }
    return convert_arg(m, v, at);
}

/* Whether c is one of the letters that end a directive. */
static bool is_type(uint32_t c)
{
    switch (c) {
    case 'a': case 'b': case 'c': case 'd': case 'e': case 'E': case 'f': case 'F': case 'g':
    case 'G': case 'i': case 'o': case 'r': case 's': case 'u': case 'x': case 'X':
        return true;
    default:
        return false;
    }
}

/* The directive behind '%'. */
static bool directive(Mod *m)
{
    m->conv = m->pos < m->len ? peek(m) : 0;
    if (m->conv == '%') {
        m->pos++;
        return fill(m, '%', 1);
    }
    m->flags = 0;
    m->width = m->precision = -1;
    if (is_type(m->conv)) {
        return plain_directive(m);
    }
    if (m->pos < m->len && peek(m) == '(' && !read_key(m)) {
        return false;
    }
    for (; m->pos < m->len; m->pos++) {
        uint32_t c = peek(m);
        unsigned flag = c == '-'   ? FLAG_LEFT
                        : c == '+' ? FLAG_PLUS
                        : c == ' ' ? FLAG_SPACE
                        : c == '#' ? FLAG_ALT
                        : c == '0' ? FLAG_ZERO
                                   : 0;
        if (!flag) {
            break;
        }
        m->flags |= flag;
    }
    if (!read_size(m, true, &m->width)) {
        return false;
    }
    if (m->pos < m->len && peek(m) == '.') {
        m->pos++;
        m->precision = 0;
        if (!read_size(m, false, &m->precision)) {
            return false;
        }
    }
    if (m->pos < m->len && (peek(m) == 'h' || peek(m) == 'l' || peek(m) == 'L')) {
        m->pos++;
    }
    if (m->pos >= m->len) {
        value_error(m->t, "incomplete format");
        return false;
    }
    m->conv = peek(m);
    size_t at = m->pos++;
    Value v = next_arg(m);
    return v && convert_arg(m, v, at);
}

static bool run(Mod *m, Value args)
{
    if (value_is_tuple(args)) {
        m->args = args;
        m->nargs = tuple_len(args);
    } else {
        m->args = args;
        m->single = true;
        m->nargs = 1;
    }
    bool text =
        value_is_str(args) || (m->bytes && (value_is_bytes(args) || value_is_bytearray(args)));
    if (!value_is_tuple(args) && !text && type_of(args)->getitem) {
        m->mapping = args;
    }
    while (m->pos < m->len) {
        size_t at = m->pos;
        ssize_t skip =
            chars_find_char(m->kind, (const char *)m->fmt + at * (size_t)m->kind, m->len - at, '%');
        size_t n = skip < 0 ? m->len - at : (size_t)skip;
        if (n && !put_chars(m, m->kind, (const char *)m->fmt + at * (size_t)m->kind, n)) {
            return false;
        }
        m->pos += n;
        if (skip >= 0) {
            m->pos++;
            if (!directive(m)) {
                return false;
            }
        }
    }
    if (m->next < m->nargs && !m->mapping) {
        type_error(m->t, "not all arguments converted during %s formatting",
                   m->bytes ? "bytes" : "string");
        return false;
    }
    return true;
}

/* The argument of a format that is nothing but "%s" or "%r" (conv); 0: the format is another. */
static Value only_arg(const Str *fmt, Value args, char conv)
{
    const char *p = fmt->data;
    if (fmt->len != 2 || fmt->kind != 1 || p[0] != '%' || p[1] != conv) {
        return 0;
    }
    return !value_is_tuple(args) ? args : tuple_len(args) == 1 ? tuple_get(args, 0) : 0;
}

Value str_mod(Thread *t, Value fmt, Value args)
{
    Str *s = value_str(fmt);
    Value only = only_arg(s, args, 's'), text;
    if (only) {
        text = object_str(t, only);
        return text ? str_exact(t, text) : 0;
    }
    if ((only = only_arg(s, args, 'r')) != 0) {
        text = object_repr(t, only);
        return text ? str_exact(t, text) : 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    Mod m = {.t = t, .kind = s->kind, .fmt = s->data, .len = s->len, .text = &b};
    return run(&m, args) ? sb_finish(&b) : 0;
}

bool bytes_mod_into(Thread *t, const char *p, size_t n, Value args, ByteBuilder *out)
{
    Mod m = {.t = t, .bytes = true, .kind = 1, .fmt = p, .len = n, .raw = out};
    return run(&m, args) && !out->failed;
}
