/* _multibytecodec: converting whole texts, with error handlers; the codec objects. */
#include "modules/_multibytecodec/convert.h"

#define ILLEGAL "illegal multibyte sequence"
#define INCOMPLETE "incomplete multibyte sequence"

bool cjk_errors_arg(Thread *t, Value v, const char *what, const char **out)
{
    *out = NULL;
    if (!v || is_none(v)) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "%s must be str or None, not %T", what, v);
        return false;
    }
    *out = str_utf8(t, v, NULL);
    return *out != NULL;
}

/* ---- encoding ---- */

/* Writes what an error handler gave for characters that cannot be written. */
static bool put_replacement(Thread *t, CjkCodec *codec, CjkState *s, Value v, ByteBuilder *out)
{
    size_t used;
    if (!v) {
        return true;
    }
    if (value_is_bytes(v)) {
        return bb_bytes(out, value_bytes(v)->data, value_bytes(v)->len);
    }
    return cjk_encode_text(t, codec, s, v, NULL, true, false, out, &used);
}

bool cjk_encode_text(Thread *t, CjkCodec *codec, CjkState *s, Value text, const char *errors,
                     bool last, bool finish, ByteBuilder *out, size_t *used)
{
    EncodeErrors e = {.t = t, .encoding = codec->name, .errors = errors, .object = text};
    uint8_t bytes[32];
    size_t i = 0, n = str_len(text);
    while (i < n) {
        uint32_t chars[2] = {str_get(value_str(text), i),
                             i + 1 < n ? str_get(value_str(text), i + 1) : 0};
        int len = 0, r = codec->encode(codec, s, chars, n - i, last, bytes, &len);
        if (r == 0) {
            break;
        }
        if (r > 0) {
            i += (size_t)r;
            if (!bb_bytes(out, bytes, (size_t)len)) {
                return false;
            }
            continue;
        }
        Value replacement = 0;
        if (!encode_error(&e, ILLEGAL, i, i + 1, &replacement, &i) ||
            !put_replacement(t, codec, s, replacement, out)) {
            return false;
        }
    }
    *used = i;
    return !finish || !codec->finish || bb_bytes(out, bytes, (size_t)codec->finish(s, bytes));
}

/* ---- decoding ---- */

bool cjk_decode_bytes(Thread *t, CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n,
                      const char *errors, bool last, StrBuilder *out, size_t *used)
{
    DecodeErrors d = {.t = t, .encoding = codec->name, .errors = errors, .p = p, .n = n};
    size_t i = 0;
    while (i < d.n) {
        uint32_t chars[4];
        int count = 0, r = codec->decode(codec, s, d.p + i, d.n - i, chars, &count);
        if (r == 0 && !last) {
            break;
        }
        if (r > 0) {
            i += (size_t)r;
            for (int k = 0; k < count; k++) {
                if (!sb_char(out, chars[k])) {
                    return false;
                }
            }
            continue;
        }
        size_t end = r == 0 ? d.n : i + (size_t)-r;
        if (!decode_error(&d, r == 0 ? INCOMPLETE : ILLEGAL, i, end < d.n ? end : d.n, out, &i)) {
            return false;
        }
    }
    *used = i;
    return true;
}

/* ---- codec objects ---- */

static CjkCodec *codec_of(Value v) { return ((MultibyteCodec *)value_object(v))->codec; }

static Value codec_encode_method(ARGS)
{
    CjkCodec *codec = codec_of(args[0]);
    CjkState s;
    const char *errors;
    size_t used;
    ByteBuilder out;
    Value text = args[1];
    if (!cjk_errors_arg(t, args[2], "encode() argument 'errors'", &errors)) {
        return 0;
    }
    if (!value_is_str(text)) {
        text = object_str(t, text);
        if (!text) {
            return 0;
        }
    }
    cjk_state_reset(&s, codec->start_encode);
    bb_init(&out, t);
    if (!cjk_encode_text(t, codec, &s, text, errors, true, true, &out, &used)) {
        return 0;
    }
    Value bytes = bb_finish(&out);
    return bytes ? tuple_pack(t, 2, bytes, fixnum((int64_t)str_len(text))) : 0;
}

static Value codec_decode_method(ARGS)
{
    CjkCodec *codec = codec_of(args[0]);
    CjkState s;
    const char *errors;
    size_t used;
    Buffer view;
    StrBuilder out;
    if (!cjk_errors_arg(t, args[2], "decode() argument 'errors'", &errors) ||
        !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    cjk_state_reset(&s, codec->start_decode);
    sb_init(&out, t);
    bool ok = cjk_decode_bytes(t, codec, &s, view.buf, (size_t)view.len, errors, true, &out, &used);
    ssize_t len = view.len;
    buffer_release(t, &view);
    Value text = ok ? sb_finish(&out) : 0;
    return text ? tuple_pack(t, 2, text, fixnum(len)) : 0;
}

static const NativeDef codec_methods[] = {
    {"encode(input, errors=None)", codec_encode_method, "Encode a str: (bytes, length).", 0},
    {"decode(input, errors=None)", codec_decode_method, "Decode bytes: (str, length).", 0},
    {NULL, NULL, NULL, 0},
};
Type multibyte_codec_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multibytecodec.MultibyteCodec",
    .size = sizeof(MultibyteCodec),
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .methods = codec_methods,
};

Value multibyte_codec_new(Thread *t, CjkCodec *codec)
{
    if (!type_ready(t, &multibyte_codec_type) || !cjk_codec_load(t, codec)) {
        return 0;
    }
    MultibyteCodec *c = object_alloc(t, &multibyte_codec_type, sizeof *c);
    if (c) {
        c->codec = codec;
    }
    return object_value(c);
}
