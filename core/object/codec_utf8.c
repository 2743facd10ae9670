/* UTF-8, both ways.  Valid input takes two fast passes (measure, convert); anything else goes run
 * by run with handlers. */
#include "core/base/utf8.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"

static Value decode_valid(Thread *t, const char *p, size_t n, const Utf8Scan *scan)
{
    if (scan->length <= 1) {
        uint32_t c = 0;
        if (n) {
            utf8_decode_char(p, n, &c);
        }
        return n ? str_from_char(t, c) : str_new(t, 0, 0);
    }
    Value v = str_new(t, scan->length, scan->max_char);
    if (v && scan->max_char < 0x80) {
        memcpy(value_str(v)->data, p, n);
    } else if (v) {
        utf8_decode(p, n, value_str(v)->kind, value_str(v)->data);
    }
    return v;
}

/* Appends the n valid bytes at p. */
static bool append_valid(StrBuilder *out, const char *p, size_t n, const Utf8Scan *scan)
{
    if (scan->max_char < 128) {
        return sb_ascii(out, p, n);
    }
    Value v = decode_valid(out->t, p, n, scan);
    if (!v) {
        out->failed = true;
        return false;
    }
    return sb_str(out, v);
}

/* The first two of three bytes of a surrogate: more input lets an error handler see all of it. */
static bool cut_surrogate(const uint8_t *p, size_t n)
{
    return n == 2 && p[0] == 0xed && p[1] >= 0xa0 && p[1] <= 0xbf;
}

Value utf8_to_str(Thread *t, const char *bytes, size_t n, const char *errors, size_t *consumed)
{
    Utf8Scan scan;
    if (ascii_only(bytes, n)) {
        if (consumed) {
            *consumed = n;
        }
        return str_from_ascii(t, bytes, n);
    }
    if (utf8_scan(bytes, n, &scan)) {
        if (consumed) {
            *consumed = n;
        }
        return decode_valid(t, bytes, n, &scan);
    }
    DecodeErrors d = {
        .t = t, .encoding = "utf-8", .errors = errors, .p = (const uint8_t *)bytes, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    size_t i = 0;
    while (i < d.n) {
        const char *p = (const char *)d.p + i;
        bool whole = utf8_scan(p, d.n - i, &scan);
        if (!append_valid(&out, p, scan.valid, &scan)) {
            return 0;
        }
        i += scan.valid;
        if (whole || (consumed && (scan.truncated || cut_surrogate(d.p + i, d.n - i)))) {
            break;
        }
        const char *reason = scan.truncated ? "unexpected end of data"
                             : scan.bad_start ? "invalid start byte" : "invalid continuation byte";
        if (!decode_error(&d, reason, i, i + scan.bad, &out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = i;
    }
    return sb_finish(&out);
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
            b->len += utf8_encode_char(c, p);
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
    size_t n = utf8_encoded_size(s->kind, s->data, s->len);
    if (n == SIZE_MAX) {
        ByteBuilder b;
        if (!encode_slow(t, v, errors, &b)) {
            return NULL;
        }
        RawBuffer *raw = raw_buffer_new_unset(t, b.len + 1);
        if (raw && b.len) {
            memcpy(raw->data, b.data, b.len);
        }
        if (raw) {
            raw->data[b.len] = 0;
        }
        return raw;
    }
    RawBuffer *raw = raw_buffer_new_unset(t, n + 1);
    if (raw) {
        utf8_encode(s->kind, s->data, s->len, raw->data);
        raw->data[n] = 0;
    }
    return raw;
}

Value utf8_encode_str(Thread *t, Value v, const char *errors)
{
    Str *s = value_str(v);
    size_t n = utf8_encoded_size(s->kind, s->data, s->len);
    if (n == SIZE_MAX) {
        ByteBuilder b;
        return encode_slow(t, v, errors, &b) ? bb_finish(&b) : 0;
    }
    if (s->ascii) {
        return bytes_new(t, s->data, n);
    }
    Value r = bytes_new_unset(t, n);
    if (r) {
        utf8_encode(s->kind, s->data, s->len, value_bytes(r)->data);
    }
    return r;
}
