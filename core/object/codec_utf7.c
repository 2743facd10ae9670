/* UTF-7 (RFC 2152). Characters outside the direct set travel as UTF-16 in base64 between '+' and
 * '-'. */
#include "core/object/codec.h"
#include "core/object/str_internal.h"

static bool is_base64(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

static uint32_t from_base64(uint32_t c)
{
    return c >= 'a'               ? c - 'a' + 26
           : c >= 'A'             ? c - 'A'
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
                                  : 63;
}

static bool is_direct(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' ||
           (c >= 32 && c < 127 && c != '+' && c != '\\' && c != '~');
}

typedef struct Utf7 {
    DecodeErrors d;
    StrBuilder out;
    bool shifted;
    uint32_t surrogate;      /* high one waiting for its partner */
    uint32_t buffer;
    int bits;
    size_t shift_start;      /* input position of the '+' */
    size_t shift_out;        /* output length there */
} Utf7;

/* 16 bits of base64 have come together. */
static void take_unit(Utf7 *u, uint32_t c)
{
    if (u->surrogate) {
        if (c >= 0xdc00 && c <= 0xdfff) {
            sb_char(&u->out, 0x10000 + ((u->surrogate - 0xd800) << 10) + (c - 0xdc00));
            u->surrogate = 0;
            return;
        }
        sb_char(&u->out, u->surrogate);
        u->surrogate = 0;
    }
    if (c >= 0xd800 && c <= 0xdbff) {
        u->surrogate = c;
    } else {
        sb_char(&u->out, c);
    }
}

/* A byte inside a shift sequence; returns the reason of an error or NULL. */
static const char *shifted_byte(Utf7 *u, size_t *i)
{
    uint32_t c = u->d.p[*i];
    if (is_base64(c)) {
        u->buffer = u->buffer << 6 | from_base64(c);
        u->bits += 6;
        ++*i;
        if (u->bits >= 16) {
            u->bits -= 16;
            take_unit(u, u->buffer >> u->bits & 0xffff);
            u->buffer &= (1u << u->bits) - 1;
        }
        return NULL;
    }
    u->shifted = false;
    if (u->bits >= 6) {
        ++*i;
        return "partial character in base64 sequence";
    }
    if (u->bits > 0 && u->buffer) {
        ++*i;
        return "non-zero padding bits in shift sequence";
    }
    if (u->surrogate && c < 128 && c != '+') {
        sb_char(&u->out, u->surrogate);
    }
    u->surrogate = 0;
    if (c == '-') {
        ++*i;
    }
    return NULL;
}

static const char *plain_byte(Utf7 *u, size_t *i)
{
    uint32_t c = u->d.p[*i];
    if (c == '+') {
        u->shift_start = (*i)++;
        if (*i < u->d.n && u->d.p[*i] == '-') {
            ++*i;
            sb_char(&u->out, '+');
        } else if (*i < u->d.n && !is_base64(u->d.p[*i])) {
            ++*i;
            return "ill-formed sequence";
        } else {
            u->shifted = true;
            u->surrogate = u->buffer = 0;
            u->bits = 0;
            u->shift_out = u->out.len;
        }
        return NULL;
    }
    if (c < 128) {
        sb_char(&u->out, c);
        ++*i;
        return NULL;
    }
    u->shift_start = (*i)++;
    return "unexpected special character";
}

Value utf7_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed)
{
    Utf7 u = {.d = {.t = t, .encoding = "utf7", .errors = errors, .p = p, .n = n}};
    sb_init(&u.out, t);
    size_t i = 0;
    for (;;) {
        if (u.out.failed) {
            return 0;
        }
        const char *reason = NULL;
        if (i < u.d.n) {
            reason = u.shifted ? shifted_byte(&u, &i) : plain_byte(&u, &i);
            if (!reason) {
                continue;
            }
        } else {
            bool open = u.surrogate || u.bits >= 6 || (u.bits > 0 && u.buffer);
            if (!u.shifted || consumed || !open) {
                break;
            }
            u.shifted = false;
            reason = "unterminated shift sequence";
        }
        if (!decode_error(&u.d, reason, u.shift_start, i, &u.out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = u.shifted ? u.shift_start : i;
        if (u.shifted) {
            u.out.len = u.shift_out;
            Value text = sb_finish(&u.out); /* narrow what is left */
            return text ? str_from_kind(t, value_str(text)->kind, value_str(text)->data,
                                        str_len(text))
                        : 0;
        }
    }
    return sb_finish(&u.out);
}

static void put_base64(ByteBuilder *b, uint32_t six)
{
    bb_byte(b, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[six & 63]);
}

Value utf7_encode(Thread *t, Value v, const char *errors UNUSED)
{
    Str *s = value_str(v);
    ByteBuilder b;
    bb_init(&b, t);
    bool shifted = false;
    uint32_t buffer = 0;
    int bits = 0;
    for (size_t i = 0; i < s->len && !b.failed; i++) {
        uint32_t c = str_get(s, i);
        if (is_direct(c)) {
            if (shifted) {
                if (bits) {
                    put_base64(&b, buffer << (6 - bits));
                }
                bits = 0;
                buffer = 0;
                shifted = false;
                if (is_base64(c) || c == '-') {
                    bb_byte(&b, '-');
                }
            }
            bb_byte(&b, (int)c);
            continue;
        }
        if (!shifted) {
            bb_byte(&b, '+');
            if (c == '+') {
                bb_byte(&b, '-');
                continue;
            }
            shifted = true;
        }
        uint32_t units[2] = {c, 0};
        int count = 1;
        if (c > 0xffff) {
            units[0] = 0xd800 + ((c - 0x10000) >> 10);
            units[1] = 0xdc00 + (c & 0x3ff);
            count = 2;
        }
        for (int k = 0; k < count; k++) {
            buffer = buffer << 16 | units[k];
            bits += 16;
            while (bits >= 6) {
                put_base64(&b, buffer >> (bits - 6));
                bits -= 6;
                buffer &= (1u << bits) - 1;
            }
        }
    }
    if (bits) {
        put_base64(&b, buffer << (6 - bits));
    }
    if (shifted) {
        bb_byte(&b, '-');
    }
    return bb_finish(&b);
}
