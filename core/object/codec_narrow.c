/* ASCII and Latin-1. */
#include "core/base/utf8.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"

Value ascii_decode(Thread *t, const uint8_t *p, size_t n, const char *errors)
{
    if (ascii_only(p, n)) {
        return str_from_ascii(t, (const char *)p, n);
    }
    DecodeErrors d = {.t = t, .encoding = "ascii", .errors = errors, .p = p, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    for (size_t i = 0; i < d.n;) {
        size_t run = utf8_ascii_prefix((const char *)d.p + i, d.n - i);
        sb_ascii(&out, (const char *)d.p + i, run);
        i += run;
        if (i < d.n && !decode_error(&d, "ordinal not in range(128)", i, i + 1, &out, &i)) {
            return 0;
        }
    }
    return sb_finish(&out);
}

static Value encode_narrow(Thread *t, Value v, const char *errors, const char *encoding,
                           uint32_t limit)
{
    Str *s = value_str(v);
    if (s->kind == 1 && (limit == 256 || s->ascii)) {
        return bytes_new(t, s->data, s->len);
    }
    const char *reason = limit == 256 ? "ordinal not in range(256)" : "ordinal not in range(128)";
    EncodeErrors e = {.t = t, .encoding = encoding, .errors = errors, .object = v};
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < s->len && !b.failed;) {
        uint32_t c = str_get(s, i);
        if (c < limit) {
            bb_byte(&b, (int)c);
            i++;
            continue;
        }
        size_t start = i, end = i + 1;
        while (end < s->len && str_get(s, end) >= limit) {
            end++;
        }
        Value r;
        if (!encode_error(&e, reason, start, end, &r, &i)) {
            return 0;
        }
        if (r && value_is_bytes(r)) {
            bb_bytes(&b, value_bytes(r)->data, value_bytes(r)->len);
        }
        for (size_t k = 0; r && value_is_str(r) && k < str_len(r); k++) {
            uint32_t x = str_get(value_str(r), k);
            if (x >= limit) {
                return raise_unicode_encode(t, encoding, v, start, end, reason);
            }
            bb_byte(&b, (int)x);
        }
    }
    return bb_finish(&b);
}

Value ascii_encode(Thread *t, Value s, const char *errors)
{
    return encode_narrow(t, s, errors, "ascii", 128);
}
Value latin1_encode(Thread *t, Value s, const char *errors)
{
    return encode_narrow(t, s, errors, "latin-1", 256);
}
