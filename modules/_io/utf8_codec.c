/* The incremental UTF-8 codec of text streams: what codecs.getincrementaldecoder("utf-8") and its
 * encoder do, without the codec registry, whose first use imports the package `encodings`.  Guarded
 * by the stream's lock.
 */
#include "core/base/racy.h"
#include "modules/_io/io.h"

#include "core/object/codec.h"
#include "core/object/int.h"
#include "core/object/tuple.h"

typedef struct Utf8Codec {
    Object head;
    Value errors;   /* str */
    Value rest;     /* bytes: start of a character whose end has not come yet; or 0 */
} Utf8Codec;

static Utf8Codec *codec_of(Value v) { return (Utf8Codec *)value_object(v); }

static void utf8_codec_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Utf8Codec *)o)->errors);
    trace_value(tr, ((Utf8Codec *)o)->rest);
}

Value utf8_codec_new(Thread *t, Value errors)
{
    Utf8Codec *c = object_alloc(t, &utf8_codec_type, sizeof *c);
    if (!c) {
        return 0;
    }
    gc_init(&c->errors, errors);
    return object_value(c);
}

bool utf8_codec_is_for(Value encoding)
{
    static const char *const spellings[] = {"utf-8", "UTF-8", "utf8", "UTF8", "utf_8"};
    for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
        if (str_eq_cstr(encoding, spellings[i])) {
            return true;
        }
    }
    return false;
}

/* All bytes to be decoded: what was left, then the input. */
static Value whole_input(Thread *t, const Utf8Codec *c, Value input)
{
    Buffer view;
    if (!buffer_get(t, input, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    size_t left = c->rest ? value_bytes(c->rest)->len : 0;
    Value all = bytes_new_unset(t, left + (size_t)view.len);
    if (all) {
        char *p = value_bytes(all)->data;
        memcpy(p, c->rest ? value_bytes(c->rest)->data : "", left);
        racy_copy(p + left, view.buf, (size_t)view.len);
    }
    buffer_release(t, &view);
    return all;
}

static Value utf8_codec_decode(IO_ARGS)
{
    Utf8Codec *c = codec_of(args[0]);
    int final = args[2] ? object_truth(t, args[2]) : 0;
    Value all = final < 0                             ? 0
                : value_is_bytes(args[1]) && !c->rest ? args[1]
                                                      : whole_input(t, c, args[1]);
    const char *errors = all ? str_utf8(t, c->errors, NULL) : NULL;
    if (!errors) {
        return 0;
    }
    size_t used, len = value_bytes(all)->len;
    Value text = utf8_to_str(t, value_bytes(all)->data, len, errors, final ? NULL : &used);
    if (!text) {
        return 0;
    }
    Value rest = !final && used < len ? bytes_new(t, value_bytes(all)->data + used, len - used) : 0;
    if (!rest && t->exc) {
        return 0;
    }
    gc_store(c, &c->rest, rest);
    return text;
}

static Value utf8_codec_encode(IO_ARGS)
{
    const char *errors = str_utf8(t, codec_of(args[0])->errors, NULL);
    if (!value_is_str(args[1])) {
        return type_error(t, "utf_8_encode() argument 1 must be str, not %T", args[1]);
    }
    return errors ? str_encode(t, args[1], "utf-8", errors) : 0;
}

static Value utf8_codec_getstate(IO_ARGS)
{
    Value rest = value_load(&codec_of(args[0])->rest);
    rest = rest ? rest : bytes_new(t, "", 0);
    return rest ? tuple_pack(t, 2, rest, fixnum(0)) : 0;
}

/* Decoders get (bytes, flag); encoders a number, which says nothing. */
static Value utf8_codec_setstate(IO_ARGS)
{
    Utf8Codec *c = codec_of(args[0]);
    bool pair = value_is_tuple(args[1]) && tuple_len(args[1]) == 2;
    Value rest = pair ? tuple_get(args[1], 0) : 0;
    gc_store(c, &c->rest, rest && value_is_bytes(rest) && value_bytes(rest)->len ? rest : 0);
    return NONE;
}

static Value utf8_codec_reset(IO_ARGS)
{
    Utf8Codec *c = codec_of(args[0]);
    gc_store(c, &c->rest, 0);
    return NONE;
}

static const NativeDef utf8_codec_methods[] = {
    {"decode(input, final=False)", utf8_codec_decode,
     "Decode bytes; keep the start of a character for the next call.", 0},
    {"encode(input, final=False)", utf8_codec_encode, "Encode text.", 0},
    {"getstate()", utf8_codec_getstate, "Return the state of the decoder.", 0},
    {"setstate(state, /)", utf8_codec_setstate, "Set the state.", 0},
    {"reset()", utf8_codec_reset, "Forget bytes that were kept.", 0},
    {0},
};
Type utf8_codec_type = {
    .head = OBJECT_STATIC_HEAD(&type_type), .name = "_io._UTF8Codec", .size = sizeof(Utf8Codec),
    .flags = TYPE_NO_INSTANTIATE, .trace = utf8_codec_trace, .methods = utf8_codec_methods,
    .doc = "Incremental UTF-8 codec of text streams.",
};
