/* unicode-escape, raw-unicode-escape, and the escapes of bytes literals. */
#include "core/base/ascii.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"
#include "core/object/unicode_names.h"

typedef enum { STEP_OK, STEP_ERROR, STEP_INCOMPLETE } Step;

/* count hexadecimal digits at *i. */
static Step read_hex(const DecodeErrors *d, size_t *i, int count, uint32_t *c)
{
    *c = 0;
    for (; count > 0; count--, ++*i) {
        if (*i >= d->n) {
            return STEP_INCOMPLETE;
        }
        int digit = hex_digit_value(d->p[*i]);
        if (digit < 0) {
            return STEP_ERROR;
        }
        *c = *c << 4 | (uint32_t)digit;
    }
    return STEP_OK;
}

/* \N{...}, *i behind the N */
static Step read_name(const DecodeErrors *d, size_t *i, uint32_t *c, const char **reason)
{
    *reason = "malformed \\N character escape";
    if (*i >= d->n) {
        return STEP_INCOMPLETE;
    }
    if (d->p[*i] != '{') {
        return STEP_ERROR;
    }
    size_t start = ++*i;
    while (*i < d->n && d->p[*i] != '}') {
        ++*i;
    }
    if (*i >= d->n) {
        return STEP_INCOMPLETE;
    }
    size_t n = *i - start;
    if (n == 0) {
        return STEP_ERROR;
    }
    ++*i;
    *reason = "unknown Unicode character name";
    return unicode_lookup_name((const char *)d->p + start, n, c) ? STEP_OK : STEP_ERROR;
}

typedef struct Unescape {
    DecodeErrors d;
    StrBuilder out;
    int invalid;          /* first unknown escape: its character, or 256 + octal number; 0: none */
} Unescape;

/* The escape whose backslash is at *i - 1. */
static Step unescape_one(Unescape *u, size_t *i, const char **reason)
{
    const DecodeErrors *d = &u->d;
    *reason = "\\ at end of string";
    if (*i >= d->n) {
        return STEP_INCOMPLETE;
    }
    int c = d->p[(*i)++];
    if (c == '\n') {
        return STEP_OK;
    }
    int simple = ascii_simple_escape(c);
    uint32_t ch;
    if (simple >= 0) {
        ch = (uint32_t)simple;
    } else if (c >= '0' && c <= '7') {
        ch = (uint32_t)c - '0';
        for (int k = 0; k < 2 && *i < d->n && d->p[*i] >= '0' && d->p[*i] <= '7'; k++) {
            ch = ch << 3 | (uint32_t)(d->p[(*i)++] - '0');
        }
        if (ch > 0377 && !u->invalid) {
            u->invalid = 256 + (int)ch;
        }
    } else if (c == 'x' || c == 'u' || c == 'U') {
        *reason = c == 'x'   ? "truncated \\xXX escape"
                  : c == 'u' ? "truncated \\uXXXX escape"
                             : "truncated \\UXXXXXXXX escape";
        Step step = read_hex(d, i, c == 'x' ? 2 : c == 'u' ? 4 : 8, &ch);
        if (step != STEP_OK) {
            return step;
        }
        if (ch > 0x10ffff) {
            *reason = "illegal Unicode character";
            return STEP_ERROR;
        }
    } else if (c == 'N') {
        Step step = read_name(d, i, &ch, reason);
        if (step != STEP_OK) {
            return step;
        }
    } else {
        if (!u->invalid) {
            u->invalid = c;
        }
        sb_char(&u->out, '\\');
        ch = (uint32_t)c;
    }
    sb_char(&u->out, ch);
    return STEP_OK;
}

static bool warn_invalid(Thread *t, int invalid)
{
    if (!invalid) {
        return true;
    }
    return invalid >= 256
               ? warn(t, &exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%o'",
                      (unsigned)(invalid - 256))
               : warn(t, &exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", invalid);
}

Value unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                            size_t *consumed)
{
    Unescape u = {.d = {.t = t, .encoding = "unicodeescape", .errors = errors, .p = p, .n = n}};
    sb_init(&u.out, t);
    size_t i = 0;
    while (i < u.d.n && !u.out.failed) {
        size_t start = i;
        uint8_t c = u.d.p[i++];
        if (c != '\\') {
            sb_char(&u.out, c);
            continue;
        }
        const char *reason;
        Step step = unescape_one(&u, &i, &reason);
        if (step == STEP_OK) {
            continue;
        }
        if (step == STEP_INCOMPLETE && consumed) {
            i = start;
            break;
        }
        if (!decode_error(&u.d, reason, start, i, &u.out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = i;
    }
    return warn_invalid(t, u.invalid) ? sb_finish(&u.out) : 0;
}

static void put_hex(ByteBuilder *b, char letter, uint32_t c, int digits)
{
    bb_byte(b, '\\');
    bb_byte(b, letter);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        bb_byte(b, "0123456789abcdef"[c >> shift & 15]);
    }
}

Value unicode_escape_encode(Thread *t, Value v)
{
    Str *s = value_str(v);
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < s->len && !b.failed; i++) {
        uint32_t c = str_get(s, i);
        if (c > 0xffff) {
            put_hex(&b, 'U', c, 8);
        } else if (c > 0xff) {
            put_hex(&b, 'u', c, 4);
        } else if (c == '\\' || c == '\t' || c == '\n' || c == '\r') {
            bb_byte(&b, '\\');
            bb_byte(&b, c == '\\' ? '\\' : c == '\t' ? 't' : c == '\n' ? 'n' : 'r');
        } else if (c < 32 || c >= 127) {
            put_hex(&b, 'x', c, 2);
        } else {
            bb_byte(&b, (int)c);
        }
    }
    return bb_finish(&b);
}

Value raw_unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                                size_t *consumed)
{
    DecodeErrors d = {.t = t, .encoding = "rawunicodeescape", .errors = errors, .p = p, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    size_t i = 0;
    while (i < d.n && !out.failed) {
        size_t start = i;
        uint8_t c = d.p[i++];
        if (c != '\\' || (i >= d.n && !consumed)) {
            sb_char(&out, c);
            continue;
        }
        Step step = STEP_INCOMPLETE;
        const char *reason = "\\ at end of string";
        if (i < d.n) {
            uint8_t kind = d.p[i++];
            if (kind != 'u' && kind != 'U') {
                sb_char(&out, '\\');
                sb_char(&out, kind);
                continue;
            }
            uint32_t ch;
            reason = kind == 'u' ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
            step = read_hex(&d, &i, kind == 'u' ? 4 : 8, &ch);
            if (step == STEP_OK && ch > 0x10ffff) {
                step = STEP_ERROR;
                reason = "\\Uxxxxxxxx out of range";
            }
            if (step == STEP_OK) {
                sb_char(&out, ch);
                continue;
            }
        }
        if (step == STEP_INCOMPLETE && consumed) {
            i = start;
            break;
        }
        if (!decode_error(&d, reason, start, i, &out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = i;
    }
    return sb_finish(&out);
}

Value raw_unicode_escape_encode(Thread *t, Value v)
{
    Str *s = value_str(v);
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < s->len && !b.failed; i++) {
        uint32_t c = str_get(s, i);
        if (c > 0xffff) {
            put_hex(&b, 'U', c, 8);
        } else if (c > 0xff) {
            put_hex(&b, 'u', c, 4);
        } else {
            bb_byte(&b, (int)c);
        }
    }
    return bb_finish(&b);
}

Value bytes_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                          ssize_t *first_invalid)
{
    ByteBuilder b;
    bb_init(&b, t);
    *first_invalid = -1;
    for (size_t i = 0; i < n && !b.failed;) {
        if (p[i] != '\\') {
            bb_byte(&b, p[i++]);
            continue;
        }
        size_t start = i++;
        if (i >= n) {
            return value_error(t, "Trailing \\ in string");
        }
        int c = p[i++], simple = ascii_simple_escape(c);
        if (c == '\n') {
            continue;
        }
        if (simple >= 0) {
            bb_byte(&b, simple);
        } else if (c >= '0' && c <= '7') {
            int value = c - '0';
            for (int k = 0; k < 2 && i < n && p[i] >= '0' && p[i] <= '7'; k++) {
                value = value << 3 | (p[i++] - '0');
            }
            if (value > 0377 && *first_invalid < 0) {
                *first_invalid = (ssize_t)start;
            }
            bb_byte(&b, value);
        } else if (c == 'x') {
            int hi = i < n ? hex_digit_value(p[i]) : -1,
                lo = i + 1 < n ? hex_digit_value(p[i + 1]) : -1;
            if (hi >= 0 && lo >= 0) {
                bb_byte(&b, hi << 4 | lo);
                i += 2;
                continue;
            }
            if (!errors || strcmp(errors, "strict") == 0) {
                return value_error(t, "invalid \\x escape at position %zd", (ssize_t)start);
            }
            if (strcmp(errors, "replace") == 0) {
                bb_byte(&b, '?');
            } else if (strcmp(errors, "ignore") != 0) {
                return value_error(t, "decoding error; unknown error handling code: %s", errors);
            }
            i += hi >= 0;
        } else {
            if (*first_invalid < 0) {
                *first_invalid = (ssize_t)start;
            }
            bb_byte(&b, '\\');
            bb_byte(&b, c);
        }
    }
    return bb_finish(&b);
}
