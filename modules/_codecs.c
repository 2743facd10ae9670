/* _codecs: the registry and the encodings of core/object/codec.h as functions returning (result,
 * length). */
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"
#include "core/object/module.h"
#include "core/object/tuple.h"

/* ---- arguments ---- */

static bool text_arg(Thread *t, Value v, const char *function, const char **out)
{
    *out = NULL;
    if (!v || is_none(v)) {
        return true;
    }
    if (!value_is_str(v)) {
        type_error(t, "%s() argument 2 must be str or None, not %T", function, v);
        return false;
    }
    *out = str_cstr(t, v);
    return *out != NULL;
}

static Value pair(Thread *t, Value result, size_t length)
{
    return result ? tuple_pack(t, 2, result, fixnum((int64_t)length)) : 0;
}

/* ---- registry ---- */

static Value register_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return codec_register(t, args[0]) ? NONE : 0;
}
static Value unregister_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return codec_unregister(t, args[0]) ? NONE : 0;
}
static Value lookup_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *name = str_cstr_arg(t, args[0], "lookup", "");
    return name ? codec_lookup(t, name) : 0;
}
static Value register_error_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return str_cstr_arg(t, args[0], "register_error", "1") &&
                   codec_register_error(t, args[0], args[1])
               ? NONE
               : 0;
}
static Value lookup_error_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *name = str_cstr_arg(t, args[0], "lookup_error", "");
    return name ? codec_lookup_error(t, name) : 0;
}

static Value encode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *encoding = args[1] ? str_cstr_arg(t, args[1], "encode", "'encoding'") : "utf-8";
    const char *errors = args[2] ? str_cstr_arg(t, args[2], "encode", "'errors'") : NULL;
    return !encoding || (args[2] && !errors) ? 0 : codec_encode(t, args[0], encoding, errors);
}
static Value decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *encoding = args[1] ? str_cstr_arg(t, args[1], "decode", "'encoding'") : "utf-8";
    const char *errors = args[2] ? str_cstr_arg(t, args[2], "decode", "'errors'") : NULL;
    return !encoding || (args[2] && !errors) ? 0 : codec_decode(t, args[0], encoding, errors);
}

/* ---- decoders ---- */

typedef struct Input {
    Thread *t;
    Buffer view;
    const uint8_t *p;
    size_t n;
    const char *errors;
    bool final;
    size_t consumed;
} Input;

/* args: data, errors, final (already a Value or 0). */
static bool input_open(Thread *t, Input *in, Value *args, Value final, bool default_final,
                       const char *function, bool accept_str)
{
    *in = (Input){.t = t, .final = default_final};
    if (accept_str && value_is_str(args[0])) {
        in->p = (const uint8_t *)str_utf8(t, args[0], &in->n);
    } else if (buffer_get_still(t, args[0], &in->view)) {
        in->p = in->view.buf ? in->view.buf : (const uint8_t *)"";
        in->n = (size_t)in->view.len;
    }
    int truth = default_final;
    if (!in->p || !text_arg(t, args[1], function, &in->errors) ||
        (final && !value_to_int(t, final, &truth))) {
        if (in->view.obj) {
            buffer_release(t, &in->view);
        }
        return false;
    }
    in->final = truth != 0;
    in->consumed = in->n;
    return true;
}

static Value input_close(Input *in, Value result)
{
    if (in->view.obj) {
        buffer_release(in->t, &in->view);
    }
    return pair(in->t, result, in->consumed);
}

static size_t *stop_at(Input *in) { return in->final ? NULL : &in->consumed; }

static Value utf_8_decode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    if (!input_open(t, &in, args, args[2], false, "utf_8_decode", false)) {
        return 0;
    }
    return input_close(&in, utf8_to_str(t, (const char *)in.p, in.n, in.errors, stop_at(&in)));
}

static Value utf_7_decode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    if (!input_open(t, &in, args, args[2], false, "utf_7_decode", false)) {
        return 0;
    }
    return input_close(&in, utf7_decode(t, in.p, in.n, in.errors, stop_at(&in)));
}

static Value wide_decode(Thread *t, Value *args, int size, int order, const char *function)
{
    Input in;
    if (!input_open(t, &in, args, args[2], false, function, false)) {
        return 0;
    }
    return input_close(&in, size == 2
                                ? utf16_decode(t, in.p, in.n, in.errors, &order, stop_at(&in))
                                : utf32_decode(t, in.p, in.n, in.errors, &order, stop_at(&in)));
}

#define WIDE_DECODE(name, size, order)                                                      \
    static Value name(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)             \
    {                                                                                       \
        return wide_decode(t, args, size, order, #name);                                    \
    }
WIDE_DECODE(utf_16_decode, 2, 0)
WIDE_DECODE(utf_16_le_decode, 2, -1)
WIDE_DECODE(utf_16_be_decode, 2, 1)
WIDE_DECODE(utf_32_decode, 4, 0)
WIDE_DECODE(utf_32_le_decode, 4, -1)
WIDE_DECODE(utf_32_be_decode, 4, 1)

static Value ex_decode(Thread *t, Value *args, int size, const char *function)
{
    Input in;
    int order = 0;
    if ((args[2] && !value_to_int(t, args[2], &order)) ||
        !input_open(t, &in, args, args[3], false, function, false)) {
        return 0;
    }
    Value text = size == 2 ? utf16_decode(t, in.p, in.n, in.errors, &order, stop_at(&in))
                           : utf32_decode(t, in.p, in.n, in.errors, &order, stop_at(&in));
    if (!input_close(&in, text)) {
        return 0;
    }
    return tuple_pack(t, 3, text, fixnum((int64_t)in.consumed), fixnum(order));
}
static Value utf_16_ex_decode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return ex_decode(t, args, 2, "utf_16_ex_decode");
}
static Value utf_32_ex_decode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return ex_decode(t, args, 4, "utf_32_ex_decode");
}

static Value unicode_escape_decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    if (!input_open(t, &in, args, args[2], true, "unicode_escape_decode", true)) {
        return 0;
    }
    return input_close(&in, unicode_escape_decode(t, in.p, in.n, in.errors, stop_at(&in)));
}

static Value raw_unicode_escape_decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    if (!input_open(t, &in, args, args[2], true, "raw_unicode_escape_decode", true)) {
        return 0;
    }
    return input_close(&in, raw_unicode_escape_decode(t, in.p, in.n, in.errors, stop_at(&in)));
}

static Value latin_1_decode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    return input_open(t, &in, args, 0, true, "latin_1_decode", false)
               ? input_close(&in, str_from_latin1(t, in.p, in.n)) : 0;
}

static Value ascii_decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    return input_open(t, &in, args, 0, true, "ascii_decode", false)
               ? input_close(&in, ascii_decode(t, in.p, in.n, in.errors)) : 0;
}

static Value charmap_decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    return input_open(t, &in, args, 0, true, "charmap_decode", false)
               ? input_close(&in, charmap_decode(t, in.p, in.n, in.errors, args[2])) : 0;
}

static Value escape_decode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    if (!input_open(t, &in, args, 0, true, "escape_decode", true)) {
        return 0;
    }
    ssize_t bad;
    Value r = bytes_escape_decode(t, in.p, in.n, in.errors, &bad);
    if (r && bad >= 0) {
        uint8_t c = in.p[bad + 1];
        bool octal = c >= '0' && c <= '7';
        if (octal ? !warn(t, &exc_DeprecationWarning, 1, "invalid octal escape sequence '\\%.3s'",
                          in.p + bad + 1)
                  : !warn(t, &exc_DeprecationWarning, 1, "invalid escape sequence '\\%c'", c)) {
            r = 0;
        }
    }
    return input_close(&in, r);
}

static Value readbuffer_encode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Input in;
    return input_open(t, &in, args, 0, true, "readbuffer_encode", true)
               ? input_close(&in, bytes_new(t, in.p, in.n)) : 0;
}

/* ---- encoders ---- */

static bool str_arg(Thread *t, Value *args, const char *function, const char **errors)
{
    if (!value_is_str(args[0])) {
        type_error(t, "%s() argument 1 must be str, not %T", function, args[0]);
        return false;
    }
    return text_arg(t, args[1], function, errors);
}

#define ENCODE_AS(function, name, expression)                                               \
    static Value function(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)         \
    {                                                                                       \
        const char *errors;                                                                 \
        return str_arg(t, args, name, &errors) ? pair(t, expression, str_len(args[0])) : 0; \
    }
#define ENCODE(name, expression) ENCODE_AS(name, #name, expression)
ENCODE(utf_8_encode, utf8_encode_str(t, args[0], errors))
ENCODE(utf_7_encode, utf7_encode(t, args[0], errors))
ENCODE(utf_16_le_encode, utf16_encode(t, args[0], errors, -1))
ENCODE(utf_16_be_encode, utf16_encode(t, args[0], errors, 1))
ENCODE(utf_32_le_encode, utf32_encode(t, args[0], errors, -1))
ENCODE(utf_32_be_encode, utf32_encode(t, args[0], errors, 1))
ENCODE(latin_1_encode, latin1_encode(t, args[0], errors))
ENCODE_AS(ascii_encode_fn, "ascii_encode", ascii_encode(t, args[0], errors))
ENCODE_AS(charmap_encode_fn, "charmap_encode", charmap_encode(t, args[0], errors, args[2]))
ENCODE_AS(unicode_escape_encode_fn, "unicode_escape_encode", unicode_escape_encode(t, args[0]))
ENCODE_AS(raw_unicode_escape_encode_fn, "raw_unicode_escape_encode",
          raw_unicode_escape_encode(t, args[0]))

static Value ordered_encode(Thread *t, Value *args, int size, const char *function)
{
    const char *errors;
    int order = 0;
    if (!str_arg(t, args, function, &errors) || (args[2] && !value_to_int(t, args[2], &order))) {
        return 0;
    }
    order = order < 0 ? -1 : order > 0;
    return pair(t,
                size == 2 ? utf16_encode(t, args[0], errors, order)
                          : utf32_encode(t, args[0], errors, order),
                str_len(args[0]));
}
static Value utf_16_encode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return ordered_encode(t, args, 2, "utf_16_encode");
}
static Value utf_32_encode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return ordered_encode(t, args, 4, "utf_32_encode");
}

static Value escape_encode(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_bytes(args[0])) {
        return type_error(t, "escape_encode() argument 1 must be bytes, not %T", args[0]);
    }
    Bytes *s = value_bytes(args[0]);
    ByteBuilder b;
    bb_init(&b, t);
    for (size_t i = 0; i < s->len && !b.failed; i++) {
        uint8_t c = (uint8_t)s->data[i];
        if (c == '\'' || c == '\\' || c == '\t' || c == '\n' || c == '\r') {
            bb_byte(&b, '\\');
            bb_byte(&b, c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c);
        } else if (c < 32 || c >= 127) {
            char hex[4] = {'\\', 'x', "0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]};
            bb_bytes(&b, hex, 4);
        } else {
            bb_byte(&b, c);
        }
    }
    return pair(t, bb_finish(&b), s->len);
}

static Value charmap_build_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "charmap_build() argument must be str, not %T", args[0]);
    }
    return charmap_build(t, args[0]);
}

#define DECODER(name, fn)                                                                          \
    {                                                                                              \
        name "(data, errors=None, final=False, /)", fn, "Decode bytes: (str, bytes consumed).", 0  \
    }
#define ENCODER(name, fn)                                                                          \
    {                                                                                              \
        name "(str, errors=None, /)", fn, "Encode a string: (bytes, characters consumed).", 0      \
    }

static const NativeDef functions[] = {
    {"register(search_function, /)", register_fn, "Register a codec search function.", 0},
    {"unregister(search_function, /)", unregister_fn,
     "Unregister a codec search function and clear the cache.", 0},
    {"lookup(encoding, /)", lookup_fn, "Look up the codec of an encoding.", 0},
    {"encode(obj, encoding='utf-8', errors='strict')", encode_fn,
     "Encode obj with the codec registered for encoding.", 0},
    {"decode(obj, encoding='utf-8', errors='strict')", decode_fn,
     "Decode obj with the codec registered for encoding.", 0},
    {"register_error(errors, handler, /)", register_error_fn,
     "Register an error handler under a name.", 0},
    {"lookup_error(name, /)", lookup_error_fn, "Return the error handler of that name.", 0},
    {"escape_encode(data, errors=None, /)", escape_encode, "Escape bytes as in a literal.", 0},
    {"escape_decode(data, errors=None, /)", escape_decode_fn,
     "Undo the escapes of a bytes literal.", 0},
    DECODER("utf_8_decode", utf_8_decode),
    ENCODER("utf_8_encode", utf_8_encode),
    DECODER("utf_7_decode", utf_7_decode),
    ENCODER("utf_7_encode", utf_7_encode),
    DECODER("utf_16_decode", utf_16_decode),
    DECODER("utf_16_le_decode", utf_16_le_decode),
    DECODER("utf_16_be_decode", utf_16_be_decode),
    {"utf_16_encode(str, errors=None, byteorder=0, /)", utf_16_encode,
     "Encode a string: (bytes, characters consumed).", 0},
    ENCODER("utf_16_le_encode", utf_16_le_encode),
    ENCODER("utf_16_be_encode", utf_16_be_encode),
    {"utf_16_ex_decode(data, errors=None, byteorder=0, final=False, /)", utf_16_ex_decode,
     "Decode bytes: (str, bytes consumed, byte order).", 0},
    DECODER("utf_32_decode", utf_32_decode),
    DECODER("utf_32_le_decode", utf_32_le_decode),
    DECODER("utf_32_be_decode", utf_32_be_decode),
    {"utf_32_encode(str, errors=None, byteorder=0, /)", utf_32_encode,
     "Encode a string: (bytes, characters consumed).", 0},
    ENCODER("utf_32_le_encode", utf_32_le_encode),
    ENCODER("utf_32_be_encode", utf_32_be_encode),
    {"utf_32_ex_decode(data, errors=None, byteorder=0, final=False, /)", utf_32_ex_decode,
     "Decode bytes: (str, bytes consumed, byte order).", 0},
    {"unicode_escape_decode(data, errors=None, final=True, /)", unicode_escape_decode_fn,
     "Decode escapes: (str, bytes consumed).", 0},
    ENCODER("unicode_escape_encode", unicode_escape_encode_fn),
    {"raw_unicode_escape_decode(data, errors=None, final=True, /)", raw_unicode_escape_decode_fn,
     "Decode escapes: (str, bytes consumed).", 0},
    ENCODER("raw_unicode_escape_encode", raw_unicode_escape_encode_fn),
    {"latin_1_decode(data, errors=None, /)", latin_1_decode, "Decode bytes: (str, bytes consumed).",
     0},
    ENCODER("latin_1_encode", latin_1_encode),
    {"ascii_decode(data, errors=None, /)", ascii_decode_fn, "Decode bytes: (str, bytes consumed).",
     0},
    ENCODER("ascii_encode", ascii_encode_fn),
    {"charmap_decode(data, errors=None, mapping=None, /)", charmap_decode_fn,
     "Decode bytes through a mapping.", 0},
    {"charmap_encode(str, errors=None, mapping=None, /)", charmap_encode_fn,
     "Encode a string through a mapping.", 0},
    {"charmap_build(map, /)", charmap_build_fn, "Build an encoding map from a decoding table.", 0},
    {"readbuffer_encode(data, errors=None, /)", readbuffer_encode, "Return the bytes of a buffer.",
     0},
    {0}};

const ModuleDef module__codecs;
const ModuleDef module__codecs = {
    .name = "_codecs", .doc = "Codec registry and built-in codecs.", .functions = functions};
