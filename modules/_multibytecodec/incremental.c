/* _multibytecodec: encoders and decoders that are fed piece by piece. */
#include "modules/_multibytecodec/convert.h"

void incremental_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Incremental *)o)->errors);
    trace_value(tr, ((Incremental *)o)->stream);
}

static Progress progress_load(Thread *t, Incremental *o)
{
    bool locked = object_lock(t, o);
    Progress p = o->progress;
    object_unlock(o, locked);
    return p;
}

static void progress_store(Thread *t, Incremental *o, const Progress *p)
{
    bool locked = object_lock(t, o);
    o->progress = *p;
    object_unlock(o, locked);
}

void incremental_restart(Thread *t, Incremental *o, void (*start)(CjkState *))
{
    Progress p = {0};
    cjk_state_reset(&p.state, start);
    progress_store(t, o, &p);
}

/* An object for the encoding that the class attribute `codec` names. */
Value incremental_new(Thread *t, Type *type, Value errors, Value stream)
{
    if (errors && !value_is_str(errors)) {
        return type_error(t, "%s() argument 'errors' must be str, not %T", type_short_name(type),
                          errors);
    }
    Value codec = object_getattr_cstr(t, object_value(type), "codec");
    if (!codec) {
        return 0;
    }
    if (type_of(codec) != &multibyte_codec_type) {
        return type_error(t, "codec is unexpected type");
    }
    Incremental *e = object_alloc_instance(t, type, 0);
    if (!e) {
        return 0;
    }
    e->codec = ((MultibyteCodec *)value_object(codec))->codec;
    gc_init(&e->errors, errors ? errors : N(strict));
    gc_init(&e->stream, stream);
    return object_value(e);
}

bool incremental_init(Thread *t UNUSED, Value self UNUSED, Value *args UNUSED, size_t n UNUSED,
                      Value kwnames UNUSED)
{
    return true;
}

static Value get_errors(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return value_load(&incremental_of(self)->errors);
}
static bool set_errors(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v) {
        raise(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    if (!value_is_str(v)) {
        type_error(t, "errors must be a string");
        return false;
    }
    gc_store(value_object(self), &incremental_of(self)->errors, v);
    return true;
}
const GetSetDef incremental_getset[] = {
    {"errors", get_errors, set_errors, "How to treat errors.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* ---- encoder ---- */

Value incremental_encode(Thread *t, Incremental *e, Value text, bool last)
{
    ByteBuilder out;
    Progress now;
    size_t used;
    if (!value_is_str(text)) {
        text = object_str(t, text);
    }
    Value handler = value_load(&e->errors);
    const char *errors = text ? str_utf8(t, handler, NULL) : NULL;
    if (!errors) {
        return 0;
    }
    now = progress_load(t, e);
    if (now.pending > 0) {
        Value before = str_from_ucs4(t, now.chars, now.pending);
        text = before ? str_concat(t, before, text) : 0;
        if (!text) {
            return 0;
        }
    }
    bb_init(&out, t);
    bool ok = cjk_encode_text(t, e->codec, &now.state, text, errors, last, last, &out, &used);
    size_t left = ok ? str_len(text) - used : 0;
    if (left > PENDING_CHARS) {
        raise(t, &exc_UnicodeError, "pending buffer overflow");
        ok = false;
    }
    for (size_t i = 0; ok && i < left; i++) {
        now.chars[i] = str_get(value_str(text), used + i);
    }
    now.pending = ok ? (uint8_t)left : now.pending;
    progress_store(t, e, &now);
    return ok ? bb_finish(&out) : 0;
}

static bool last_arg(Thread *t, Value v, bool *out)
{
    int truth = v ? object_truth(t, v) : 0;
    *out = truth > 0;
    return truth >= 0;
}

static Value encoder_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("IncrementalEncoder(errors='strict')");
    Value a[1];
    Value v = args_bind(t, &sig, args, n, kwnames, a) ? incremental_new(t, type, a[0], 0) : 0;
    if (v) {
        incremental_restart(t, incremental_of(v), incremental_of(v)->codec->start_encode);
    }
    return v;
}

static Value encoder_encode(ARGS)
{
    bool last;
    return last_arg(t, args[2], &last)
               ? incremental_encode(t, incremental_of(args[0]), args[1], last)
               : 0;
}

static Value encoder_reset(ARGS)
{
    Incremental *e = incremental_of(args[0]);
    Progress now = progress_load(t, e);
    uint8_t bytes[16];
    if (e->codec->finish) {
        e->codec->finish(&now.state, bytes);
    }
    now.pending = 0;
    progress_store(t, e, &now);
    return NONE;
}

/* The state as a number: count of pending bytes, these in UTF-8, the state of the encoding. */
static Value encoder_getstate(ARGS)
{
    Progress now = progress_load(t, incremental_of(args[0]));
    uint8_t raw[1 + PENDING_CHARS * 4 + sizeof now.state];
    size_t used = 0;
    if (now.pending) {
        Value text = str_from_ucs4(t, now.chars, now.pending);
        const char *utf8 = text ? str_utf8(t, text, &used) : NULL;
        if (!utf8) {
            return 0;
        }
        memcpy(raw + 1, utf8, used);
    }
    raw[0] = (uint8_t)used;
    memcpy(raw + 1 + used, &now.state, sizeof now.state);
    return int_from_bytes(t, raw, 1 + used + sizeof now.state, true, false);
}

static Value encoder_setstate(ARGS)
{
    Progress then = {0};
    uint8_t raw[1 + PENDING_CHARS * 4 + sizeof then.state];
    if (!value_is_int(args[1])) {
        return type_error(t, "setstate() argument must be int, not %T", args[1]);
    }
    if (!int_to_bytes(t, args[1], raw, sizeof raw, true, false)) {
        return 0;
    }
    if (raw[0] > PENDING_CHARS * 4) {
        return raise(t, &exc_UnicodeError, "pending buffer too large");
    }
    Value text = str_from_utf8(t, (const char *)raw + 1, raw[0]);
    if (!text) {
        return 0;
    }
    if (str_len(text) > PENDING_CHARS) {
        return raise(t, &exc_UnicodeError, "pending buffer too large");
    }
    then.pending = (uint8_t)str_len(text);
    for (size_t i = 0; i < then.pending; i++) {
        then.chars[i] = str_get(value_str(text), i);
    }
    memcpy(&then.state, raw + 1 + raw[0], sizeof then.state);
    progress_store(t, incremental_of(args[0]), &then);
    return NONE;
}

static const NativeDef encoder_methods[] = {
    {"encode(input, final=False)", encoder_encode, "Encode a piece.", 0},
    {"getstate()", encoder_getstate, "The state as an int.", 0},
    {"setstate(state, /)", encoder_setstate, "Go back to a state.", 0},
    {"reset()", encoder_reset, "Go back to the initial state.", 0},
    {NULL, NULL, NULL, 0},
};
Type incremental_encoder_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multibytecodec.MultibyteIncrementalEncoder",
    .size = sizeof(Incremental),
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .trace = incremental_trace,
    .new = encoder_new,
    .init = incremental_init,
    .methods = encoder_methods,
    .getset = incremental_getset,
    .getattr = generic_getattr,
};

/* ---- decoder ---- */

Value incremental_decode(Thread *t, Incremental *d, const uint8_t *p, size_t n, bool last)
{
    Value handler = value_load(&d->errors), joined = 0;
    const char *errors = str_utf8(t, handler, NULL);
    StrBuilder out;
    size_t used;
    if (!errors) {
        return 0;
    }
    Progress now = progress_load(t, d);
    if (now.pending > 0) {
        joined = bytes_new(t, NULL, now.pending + n);
        if (!joined) {
            return 0;
        }
        memcpy(value_bytes(joined)->data, now.bytes, now.pending);
        memcpy(value_bytes(joined)->data + now.pending, p, n);
        p = (const uint8_t *)value_bytes(joined)->data;
        n += now.pending;
    }
    sb_init(&out, t);
    bool ok = cjk_decode_bytes(t, d->codec, &now.state, p, n, errors, last, &out, &used);
    size_t left = ok && used < n ? n - used : 0;
    if (left > PENDING_BYTES) {
        raise(t, &exc_UnicodeError, "pending buffer overflow");
        ok = false;
    }
    if (ok) {
        memcpy(now.bytes, p + n - left, left);
        now.pending = (uint8_t)left;
    }
    progress_store(t, d, &now);
    return ok ? sb_finish(&out) : 0;
}

static Value decoder_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("IncrementalDecoder(errors='strict')");
    Value a[1];
    Value v = args_bind(t, &sig, args, n, kwnames, a) ? incremental_new(t, type, a[0], 0) : 0;
    if (v) {
        incremental_restart(t, incremental_of(v), incremental_of(v)->codec->start_decode);
    }
    return v;
}

static Value decoder_decode(ARGS)
{
    Buffer view;
    bool last;
    if (!last_arg(t, args[2], &last) || !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    Value v = incremental_decode(t, incremental_of(args[0]), view.buf, (size_t)view.len, last);
    buffer_release(t, &view);
    return v;
}

static Value decoder_reset(ARGS)
{
    Incremental *d = incremental_of(args[0]);
    incremental_restart(t, d, d->codec->start_decode);
    return NONE;
}

static Value decoder_getstate(ARGS)
{
    Progress now = progress_load(t, incremental_of(args[0]));
    Value pending = bytes_new(t, now.bytes, now.pending);
    Value state = int_from_bytes(t, now.state.c, sizeof now.state.c, true, false);
    return pending && state ? tuple_pack(t, 2, pending, state) : 0;
}

static Value decoder_setstate(ARGS)
{
    Progress then = {0};
    if (!value_is_tuple(args[1])) {
        return type_error(t, "setstate() argument must be tuple, not %T", args[1]);
    }
    if (tuple_len(args[1]) != 2 || !value_is_bytes(tuple_get(args[1], 0)) ||
        !value_is_int(tuple_get(args[1], 1))) {
        return type_error(t, "setstate(): illegal state argument");
    }
    if (!int_to_bytes(t, tuple_get(args[1], 1), then.state.c, sizeof then.state.c, true, false)) {
        return 0;
    }
    Bytes *pending = value_bytes(tuple_get(args[1], 0));
    if (pending->len > PENDING_BYTES) {
        return raise(t, &exc_UnicodeError, "pending buffer too large");
    }
    memcpy(then.bytes, pending->data, pending->len);
    then.pending = (uint8_t)pending->len;
    progress_store(t, incremental_of(args[0]), &then);
    return NONE;
}

static const NativeDef decoder_methods[] = {
    {"decode(input, final=False)", decoder_decode, "Decode a piece.", 0},
    {"getstate()", decoder_getstate, "The state as (bytes, int).", 0},
    {"setstate(state, /)", decoder_setstate, "Go back to a state.", 0},
    {"reset()", decoder_reset, "Go back to the initial state.", 0},
    {NULL, NULL, NULL, 0},
};
Type incremental_decoder_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multibytecodec.MultibyteIncrementalDecoder",
    .size = sizeof(Incremental),
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .trace = incremental_trace,
    .new = decoder_new,
    .init = incremental_init,
    .methods = decoder_methods,
    .getset = incremental_getset,
    .getattr = generic_getattr,
};
