/* _multibytecodec: readers and writers over streams; the modules. */
#include "modules/_multibytecodec/convert.h"

/* ---- reader ---- */

static Value reader_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("StreamReader(stream, errors='strict')");
    Value a[2];
    Value v = args_bind(t, &sig, args, n, kwnames, a) ? incremental_new(t, type, a[1], a[0]) : 0;
    if (v) {
        incremental_restart(t, incremental_of(v), incremental_of(v)->codec->start_decode);
    }
    return v;
}

/* Text from stream.method(size); size < 0: everything. */
static Value read_text(Thread *t, Incremental *r, const char *method, ssize_t size)
{
    StrBuilder out;
    sb_init(&out, t);
    if (size == 0) {
        return N(empty);
    }
    for (;;) {
        Value f = object_getattr_cstr(t, r->stream, method);
        Value data = !f ? 0 : size < 0 ? call0(t, f) : call1(t, f, int_from_int64(t, size));
        if (!data) {
            return 0;
        }
        if (!value_is_bytes(data)) {
            return type_error(t, "stream function returned a non-bytes object (%T)", data);
        }
        size_t len = value_bytes(data)->len;
        Value text = incremental_decode(t, r, (const uint8_t *)value_bytes(data)->data, len,
                                        len == 0 || size < 0);
        if (!text || !sb_str(&out, text)) {
            return 0;
        }
        if (len == 0 || size < 0 || out.len > 0) {
            return sb_finish(&out);
        }
        size = 1; /* the rest of a character */
    }
}

static bool read_size(Thread *t, Value v, ssize_t *out)
{
    *out = -1;
    if (!v || is_none(v)) {
        return true;
    }
    if (!value_is_int(v)) {
        type_error(t, "arg 1 must be an integer");
        return false;
    }
    return value_to_ssize(t, v, out, &exc_OverflowError);
}

static Value reader_read(ARGS)
{
    ssize_t size;
    return read_size(t, args[1], &size) ? read_text(t, incremental_of(args[0]), "read", size) : 0;
}
static Value reader_readline(ARGS)
{
    ssize_t size;
    return read_size(t, args[1], &size) ? read_text(t, incremental_of(args[0]), "readline", size)
                                        : 0;
}
static Value reader_readlines(ARGS)
{
    ssize_t size;
    Value text =
        read_size(t, args[1], &size) ? read_text(t, incremental_of(args[0]), "read", size) : 0;
    return text ? call_method1(t, text, intern_cstr(t, "splitlines"), TRUE_VALUE) : 0;
}
static Value reader_reset(ARGS)
{
    Incremental *r = incremental_of(args[0]);
    incremental_restart(t, r, r->codec->start_decode);
    return NONE;
}

static const NativeDef reader_methods[] = {
    {"read(sizeobj=None, /)", reader_read, "Read text.", 0},
    {"readline(sizeobj=None, /)", reader_readline, "Read a line.", 0},
    {"readlines(sizehintobj=None, /)", reader_readlines, "Read lines.", 0},
    {"reset()", reader_reset, "Go back to the initial state.", 0},
    {NULL, NULL, NULL, 0},
};
static const MemberDef stream_members[] = {
    {"stream", MEMBER_VALUE, offsetof(Incremental, stream), true, NULL},
    {NULL, 0, 0, false, NULL},
};
Type stream_reader_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multibytecodec.MultibyteStreamReader",
    .size = sizeof(Incremental),
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .trace = incremental_trace,
    .new = reader_new,
    .init = incremental_init,
    .methods = reader_methods,
    .members = stream_members,
    .getset = incremental_getset,
    .getattr = generic_getattr,
};

/* ---- writer ---- */

static Value writer_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("StreamWriter(stream, errors='strict')");
    Value a[2];
    Value v = args_bind(t, &sig, args, n, kwnames, a) ? incremental_new(t, type, a[1], a[0]) : 0;
    if (v) {
        incremental_restart(t, incremental_of(v), incremental_of(v)->codec->start_encode);
    }
    return v;
}

static bool write_text(Thread *t, Incremental *w, Value text)
{
    Value data = incremental_encode(t, w, text, false);
    return data && call_method1(t, w->stream, intern_cstr(t, "write"), data);
}

static Value writer_write(ARGS)
{
    return write_text(t, incremental_of(args[0]), args[1]) ? NONE : 0;
}
static Value writer_writelines(ARGS)
{
    if (!value_is_sequence(args[1])) {
        return type_error(t, "arg must be a sequence object");
    }
    Value lines = sequence_tuple(t, args[1]);
    for (size_t i = 0; lines && i < tuple_len(lines); i++) {
        if (!write_text(t, incremental_of(args[0]), tuple_get(lines, i))) {
            return 0;
        }
    }
    return lines ? NONE : 0;
}
static Value writer_reset(ARGS)
{
    Incremental *w = incremental_of(args[0]);
    Value data = incremental_encode(t, w, N(empty), true);
    if (!data) {
        return 0;
    }
    if (value_bytes(data)->len > 0 && !call_method1(t, w->stream, intern_cstr(t, "write"), data)) {
        return 0;
    }
    return NONE;
}

static const NativeDef writer_methods[] = {
    {"write(strobj, /)", writer_write, "Write text.", 0},
    {"writelines(lines, /)", writer_writelines, "Write several texts.", 0},
    {"reset()", writer_reset, "Write what waits and go back to the initial state.", 0},
    {NULL, NULL, NULL, 0},
};
Type stream_writer_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multibytecodec.MultibyteStreamWriter",
    .size = sizeof(Incremental),
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .trace = incremental_trace,
    .new = writer_new,
    .init = incremental_init,
    .methods = writer_methods,
    .members = stream_members,
    .getset = incremental_getset,
    .getattr = generic_getattr,
};

/* ---- modules ---- */

static bool multibyte_exec(Thread *t, Value mod)
{
    return type_ready(t, &multibyte_codec_type) &&
           module_add_type(t, mod, &incremental_encoder_type) &&
           module_add_type(t, mod, &incremental_decoder_type) &&
           module_add_type(t, mod, &stream_reader_type) &&
           module_add_type(t, mod, &stream_writer_type);
}
const ModuleDef module__multibytecodec = {"_multibytecodec", "Base of the East Asian codecs.", NULL,
                                          multibyte_exec};

CjkCodec *cjk_codec_find(const char *name)
{
    CjkCodec *const all[] = {cjk_codecs, iso2022_codecs};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        for (CjkCodec *c = all[i]; c->name; c++) {
            if (strcmp(c->name, name) == 0) {
                return c;
            }
        }
    }
    return NULL;
}

static Value get_codec(Thread *t, Value name, const char *const *known)
{
    if (!value_is_str(name)) {
        return type_error(t, "encoding name must be a string.");
    }
    const char *text = str_utf8(t, name, NULL);
    for (; text && *known; known++) {
        CjkCodec *codec = strcmp(*known, text) == 0 ? cjk_codec_find(text) : NULL;
        if (codec) {
            return multibyte_codec_new(t, codec);
        }
    }
    return text ? raise(t, &exc_LookupError, "no such codec is supported.") : 0;
}

#define COUNTRY(country, description, ...)                                                         \
    static Value country##_getcodec(ARGS)                                                          \
    {                                                                                              \
        static const char *const known[] = {__VA_ARGS__, NULL};                                    \
        return get_codec(t, args[0], known);                                                       \
    }                                                                                              \
    static const NativeDef country##_functions[] = {                                               \
        {"getcodec(name, /)", country##_getcodec, "The codec with this name.", 0},                 \
        {NULL, NULL, NULL, 0}};                                                                    \
    const ModuleDef module__codecs_##country = {"_codecs_" #country, description,                  \
                                                country##_functions, NULL};
COUNTRY(cn, "Chinese encodings.", "gb2312", "gbk", "gb18030", "hz")
COUNTRY(hk, "Encodings of Hong Kong.", "big5hkscs")
COUNTRY(jp, "Japanese encodings.", "shift_jis", "cp932", "euc_jp", "shift_jis_2004", "euc_jis_2004",
        "euc_jisx0213", "shift_jisx0213")
COUNTRY(kr, "Korean encodings.", "euc_kr", "cp949", "johab")
COUNTRY(tw, "Taiwanese encodings.", "big5", "cp950")
COUNTRY(iso2022, "Encodings with escape sequences.", "iso2022_kr", "iso2022_jp", "iso2022_jp_1",
        "iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_3", "iso2022_jp_ext")
