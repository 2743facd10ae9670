/* UTF-8, both ways.  Valid input takes two fast passes (measure, convert); anything else the slow pass with handlers. */
#include "core/object/codec.h"
#include "core/object/str_internal.h"

/* Decodes one character at p (n > 0 bytes left, *p >= 128).  Returns its length; 0: the input ends inside a so far
 * valid sequence; -k: the first k bytes are ill-formed (Unicode's "maximal subpart"). */
static int utf8_step(const uint8_t *p, size_t n, uint32_t *c)
{
    unsigned b = p[0];
    if (b < 0xc2 || b > 0xf4) {
        return -1;
    }
    int need = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    uint32_t ch = b & (0x3fu >> need);
    for (int i = 1; i <= need; i++) {
        if ((size_t)i >= n) {
            return 0;
        }
        unsigned lo = 0x80, hi = 0xbf, x = p[i];
        if (i == 1) {
            lo = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
            hi = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
        }
        if (x < lo || x > hi) {
            return -i;
        }
        ch = ch << 6 | (x & 0x3f);
    }
    *c = ch;
    return need + 1;
}

/* Counts characters and finds the largest; false: something is not valid. */
static bool measure(const uint8_t *p, size_t n, size_t *len, uint32_t *max_char)
{
    size_t chars = 0;
    uint32_t max = 127;
    for (size_t i = 0; i < n;) {
        if (p[i] < 128) {
            size_t run = ascii_prefix(p + i, n - i);
            chars += run;
            i += run;
            continue;
        }
        uint32_t c;
        int step = utf8_step(p + i, n - i, &c);
        if (step <= 0) {
            return false;
        }
        max = c > max ? c : max;
        chars++;
        i += (size_t)step;
    }
    *len = chars;
    *max_char = max;
    return true;
}

static Value decode_valid(Thread *t, const uint8_t *p, size_t n, size_t len, uint32_t max_char)
{
    if (len <= 1) {
        uint32_t c = n ? p[0] : 0;
        if (n && c >= 128) {
            int step = utf8_step(p, n, &c);
            assert(step > 0);
            (void)step;
        }
        return len ? str_from_char(t, c) : str_new(t, 0, 0);
    }
    Value v = str_new(t, len, max_char);
    if (!v) {
        return 0;
    }
    Str *s = value_str(v);
    size_t at = 0;
    for (size_t i = 0; i < n;) {
        uint32_t c = p[i];
        if (c < 128) {
            chars_put(s->kind, s->data, at++, c);
            i++;
            continue;
        }
        i += (size_t)utf8_step(p + i, n - i, &c);
        chars_put(s->kind, s->data, at++, c);
    }
    assert(at == len);
    return v;
}

Value utf8_to_str(Thread *t, const char *bytes, size_t n, const char *errors, size_t *consumed)
{
    const uint8_t *p = (const uint8_t *)bytes;
    size_t len;
    uint32_t max_char;
    if (measure(p, n, &len, &max_char)) {
        if (consumed) {
            *consumed = n;
        }
        return decode_valid(t, p, n, len, max_char);
    }
    DecodeErrors d = {.t = t, .encoding = "utf-8", .errors = errors, .p = p, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    size_t i = 0;
    while (i < d.n) {
        if (d.p[i] < 128) {
            size_t run = ascii_prefix(d.p + i, d.n - i);
            sb_ascii(&out, (const char *)d.p + i, run);
            i += run;
            continue;
        }
        uint32_t c;
        int step = utf8_step(d.p + i, d.n - i, &c);
        if (step > 0) {
            sb_char(&out, c);
            i += (size_t)step;
            continue;
        }
        if (step == 0 && consumed) {
            break;
        }
        const char *reason = step == 0 ? "unexpected end of data"
                             : d.p[i] < 0xc2 || d.p[i] > 0xf4 ? "invalid start byte" : "invalid continuation byte";
        size_t end = step == 0 ? d.n : i + (size_t)-step;
        if (!decode_error(&d, reason, i, end, &out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = i;
    }
    return sb_finish(&out);
}

/* Bytes of s in UTF-8; *surrogates tells that there are some. */
static size_t utf8_size(const Str *s, bool *surrogates)
{
    *surrogates = false;
    if (s->ascii) {
        return s->len;
    }
    size_t size = 0;
    for (size_t i = 0; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        size += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        if (char_is_surrogate(c)) {
            *surrogates = true;
        }
    }
    return size;
}

static char *utf8_put(char *p, uint32_t c)
{
    if (c < 0x80) {
        *p++ = (char)c;
    } else if (c < 0x800) {
        *p++ = (char)(0xc0 | c >> 6);
        *p++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *p++ = (char)(0xe0 | c >> 12);
        *p++ = (char)(0x80 | (c >> 6 & 63));
        *p++ = (char)(0x80 | (c & 63));
    } else {
        *p++ = (char)(0xf0 | c >> 18);
        *p++ = (char)(0x80 | (c >> 12 & 63));
        *p++ = (char)(0x80 | (c >> 6 & 63));
        *p++ = (char)(0x80 | (c & 63));
    }
    return p;
}

static void write_utf8(const Str *s, char *p)
{
    if (s->ascii) {
        memcpy(p, s->data, s->len);
        return;
    }
    for (size_t i = 0; i < s->len; i++) {
        p = utf8_put(p, str_get(s, i));
    }
}

/* Text with surrogates: runs of them go to the error handler. */
static bool encode_slow(Thread *t, Value v, const char *errors, ByteBuilder *b)
{
    Str *s = value_str(v);
    EncodeErrors e = {.t = t, .encoding = "utf-8", .errors = errors, .object = v};
    bb_init(b, t);
    size_t i = 0;
    while (i < s->len) {
        uint32_t c = str_get(s, i);
        if (!char_is_surrogate(c)) {
            char *p = bb_reserve(b, 4);
            if (!p) {
                return false;
            }
            b->len += (size_t)(utf8_put(p, c) - p);
            i++;
            continue;
        }
        size_t end = i + 1;
        while (end < s->len && char_is_surrogate(str_get(s, end))) {
            end++;
        }
        Value r;
        size_t start = i;
        if (!encode_error(&e, "surrogates not allowed", start, end, &r, &i)) {
            return false;
        }
        if (r && value_is_bytes(r)) {
            bb_bytes(b, value_bytes(r)->data, value_bytes(r)->len);
        } else if (r) {
            if (!value_str(r)->ascii) {
                raise_unicode_encode(t, "utf-8", v, start, end, "surrogates not allowed");
                return false;
            }
            bb_bytes(b, value_str(r)->data, value_str(r)->len);
        }
    }
    return !b->failed;
}

RawBuffer *str_to_utf8(Thread *t, Value v, const char *errors)
{
    Str *s = value_str(v);
    bool surrogates;
    size_t n = utf8_size(s, &surrogates);
    if (surrogates) {
        ByteBuilder b;
        if (!encode_slow(t, v, errors, &b)) {
            return NULL;
        }
        RawBuffer *raw = raw_buffer_new(t, b.len + 1);
        if (raw && b.len) {
            memcpy(raw->data, b.buf->data, b.len);
        }
        return raw;
    }
    RawBuffer *raw = raw_buffer_new(t, n + 1);
    if (raw) {
        write_utf8(s, raw->data);
    }
    return raw;
}

Value utf8_encode_str(Thread *t, Value v, const char *errors)
{
    Str *s = value_str(v);
    bool surrogates;
    size_t n = utf8_size(s, &surrogates);
    if (surrogates) {
        ByteBuilder b;
        return encode_slow(t, v, errors, &b) ? bb_finish(&b) : 0;
    }
    if (s->ascii) {
        return bytes_new(t, s->data, n);
    }
    Value r = bytes_new(t, NULL, n);
    if (r) {
        write_utf8(s, value_bytes(r)->data);
    }
    return r;
}
