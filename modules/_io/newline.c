/* IncrementalNewlineDecoder, and finding line ends. */
#include "modules/_io/io.h"

#include "core/base/ascii.h"
#include "core/base/atomics.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

enum { SEEN_CR = 1, SEEN_LF = 2, SEEN_CRLF = 4 };

static NewlineDecoder *self_of(Value v)
{
    assert(value_isa(v, &newline_decoder_type));
    return (NewlineDecoder *)value_object(v);
}

static void newline_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((NewlineDecoder *)o)->decoder);
    trace_value(tr, ((NewlineDecoder *)o)->errors);
}

Value newline_decoder_new(Thread *t, Value decoder, bool translate)
{
    NewlineDecoder *d = object_alloc_instance(t, &newline_decoder_type, 0);
    if (!d) {
        return 0;
    }
    gc_init(&d->decoder, decoder);
    d->translate = translate;
    return object_value(d);
}

static Value newline_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kw UNUSED)
{
    NewlineDecoder *d = object_alloc_instance(t, type, 0);
    return d ? object_value(d) : 0;
}

static bool newline_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig =
        SIGNATURE("IncrementalNewlineDecoder(decoder, translate, errors='strict')");
    Value a[3];
    if (!args_bind(t, &sig, args, n, kw, a)) {
        return false;
    }
    int translate;
    if (!value_to_int(t, a[1], &translate)) {
        return false;
    }
    NewlineDecoder *d = self_of(self);
    gc_store(d, &d->decoder, a[0]);
    gc_store(d, &d->errors, a[2]);
    store_relaxed(&d->translate, translate != 0);
    return true;
}

/* The distance from lo to the next c in s; -1: none. */
static ssize_t next_char(const Str *s, size_t lo, uint32_t c)
{
    return chars_find_char(s->kind, str_at(s, lo), s->len - lo, c);
}

/* Which kinds of line end occur in s. */
static int kinds_of_newline(const Str *s)
{
    int seen = 0;
    size_t i = 0;
    ssize_t hit;
    while (seen != (SEEN_CR | SEEN_LF | SEEN_CRLF) && (hit = next_char(s, i, '\r')) >= 0) {
        if (!(seen & SEEN_LF) &&
            chars_find_char(s->kind, str_at(s, i), (size_t)hit, '\n') >= 0) {
            seen |= SEEN_LF;
        }
        i += (size_t)hit + 1;
        bool pair = i < s->len && str_get(s, i) == '\n';
        seen |= pair ? SEEN_CRLF : SEEN_CR;
        i += pair;
    }
    return seen & SEEN_LF || next_char(s, i, '\n') < 0 ? seen : seen | SEEN_LF;
}

static Value translate_newlines(Thread *t, Value text)
{
    StrBuilder b;
    const Str *s = value_str(text);
    sb_init(&b, t);
    size_t from = 0;
    for (size_t i = 0; i < s->len; i++) {
        ssize_t hit = next_char(s, i, '\r');
        if (hit < 0) {
            break;
        }
        i += (size_t)hit;
        sb_sub(&b, text, from, i);
        sb_char(&b, '\n');
        i += i + 1 < s->len && str_get(s, i + 1) == '\n';
        from = i + 1;
    }
    sb_sub(&b, text, from, s->len);
    return sb_finish(&b);
}

/* The decoder below, NONE where there is none; 0: raised, __init__() was not called. */
static Value inner_decoder(Thread *t, NewlineDecoder *d)
{
    Value decoder = value_load(&d->decoder);
    return decoder ? decoder
                   : value_error(t, "IncrementalNewlineDecoder.__init__() not called");
}

static Value decode_input(Thread *t, NewlineDecoder *d, Value input, bool final)
{
    Value decoder = inner_decoder(t, d);
    if (!decoder || is_none(decoder)) {
        return decoder ? input : 0;
    }
    return call_method2(t, decoder, N(decode), input, bool_value(final));
}

Value newline_decode(Thread *t, NewlineDecoder *d, Value input, bool final)
{
    Value text = decode_input(t, d, input, final);
    if (!text) {
        return 0;
    }
    if (!value_is_str(text)) {
        return type_error(t, "decoder should return a string result, not '%T'", text);
    }
    size_t len = str_len(text);
    if (load_relaxed(&d->pending_cr) && (final || len > 0)) {
        text = str_concat(t, str_from_char(t, '\r'), text);
        store_relaxed(&d->pending_cr, false);
        len++;
    }
    if (text && !final && len > 0 && str_get(value_str(text), len - 1) == '\r') {
        text = str_substring(t, text, 0, len - 1);
        store_relaxed(&d->pending_cr, true);
    }
    if (!text) {
        return 0;
    }
    int seen = kinds_of_newline(value_str(text));
    store_relaxed(&d->seen, load_relaxed(&d->seen) | seen);
    bool translate = load_relaxed(&d->translate) && (seen & (SEEN_CR | SEEN_CRLF));
    return translate ? translate_newlines(t, text) : text;
}

static Value newline_decode_fn(IO_ARGS)
{
    int final = args[2] ? object_truth(t, args[2]) : 0;
    return final < 0 ? 0 : newline_decode(t, self_of(args[0]), args[1], final);
}

static Value newline_getstate(IO_ARGS)
{
    NewlineDecoder *d = self_of(args[0]);
    Value buffer = bytes_new(t, "", 0), flag = fixnum(0), decoder = inner_decoder(t, d);
    if (!buffer || !decoder) {
        return 0;
    }
    if (!is_none(decoder)) {
        Value state = call_method0(t, decoder, INTERN(t, "getstate"));
        if (!state) {
            return 0;
        }
        if (!value_is_tuple(state) || tuple_len(state) != 2) {
            return type_error(t, "illegal decoder state");
        }
        buffer = tuple_get(state, 0);
        flag = tuple_get(state, 1);
    }
    flag = number_binary(t, OP_LSHIFT, flag, fixnum(1));
    flag = flag && load_relaxed(&d->pending_cr) ? number_binary(t, OP_OR, flag, fixnum(1)) : flag;
    return flag ? tuple_pack(t, 2, buffer, flag) : 0;
}

static Value newline_setstate(IO_ARGS)
{
    NewlineDecoder *d = self_of(args[0]);
    if (!value_is_tuple(args[1]) || tuple_len(args[1]) != 2) {
        return type_error(t, "state argument must be a tuple");
    }
    Value decoder = inner_decoder(t, d);
    if (!decoder) {
        return 0;
    }
    Value flag = tuple_get(args[1], 1);
    Value low = number_binary(t, OP_AND, flag, fixnum(1)),
          rest = number_binary(t, OP_RSHIFT, flag, fixnum(1));
    if (!low || !rest) {
        return 0;
    }
    store_relaxed(&d->pending_cr, low == fixnum(1));
    if (is_none(decoder)) {
        return NONE;
    }
    Value state = tuple_pack(t, 2, tuple_get(args[1], 0), rest);
    return state ? call_method1(t, decoder, INTERN(t, "setstate"), state) : 0;
}

static Value newline_reset(IO_ARGS)
{
    NewlineDecoder *d = self_of(args[0]);
    Value decoder = inner_decoder(t, d);
    if (!decoder) {
        return 0;
    }
    store_relaxed(&d->seen, 0);
    store_relaxed(&d->pending_cr, false);
    return is_none(decoder) ? NONE : call_method0(t, decoder, N(reset));
}

Value newline_seen_value(Thread *t, int seen)
{
    static const char *const kinds[] = {"\r", "\n", "\r\n"};
    Value found[3];
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        if (seen & 1 << i) {
            found[n++] = str_from_cstr(t, kinds[i]);
        }
    }
    return n == 0 ? NONE : n == 1 ? found[0] : tuple_from(t, found, n);
}

static Value newline_get_newlines(Thread *t, Value self, void *c UNUSED)
{
    return newline_seen_value(t, load_relaxed(&self_of(self)->seen));
}

ssize_t newline_find(Value text, size_t lo, bool translated, bool universal, Value newline)
{
    const Str *s = value_str(text);
    if (!universal && !translated && newline) {
        ssize_t at = str_find(text, newline, lo, s->len);
        return at < 0 ? -1 : at + (ssize_t)str_len(newline);
    }
    if (!universal) {
        ssize_t hit = next_char(s, lo, '\n');
        return hit < 0 ? -1 : (ssize_t)lo + hit + 1;
    }
    for (size_t i = lo; i < s->len; i++) {
        i = s->kind == 1 ? ascii_next_control(s->data, i, s->len) : i;
        uint32_t c = i < s->len ? str_get(s, i) : 0;
        if (c == '\n') {
            return (ssize_t)i + 1;
        }
        if (c == '\r') {
            return (ssize_t)i + 1 + (i + 1 < s->len && str_get(s, i + 1) == '\n');
        }
    }
    return -1;
}

static const NativeDef newline_methods[] = {
    {"decode(input, final=False)", newline_decode_fn, "Decode and translate line ends.", 0},
    {"getstate()", newline_getstate, "Return the state of the decoder.", 0},
    {"setstate(state, /)", newline_setstate, "Set the state of the decoder.", 0},
    {"reset()", newline_reset, "Forget what was seen.", 0},
    {0},
};
static const GetSetDef newline_getset[] = {
    {"newlines", newline_get_newlines, NULL, "Line ends seen so far.", NULL}, {0}};
Type newline_decoder_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "_io.IncrementalNewlineDecoder",
                             .size = sizeof(NewlineDecoder),
                             .doc = "Codec used when reading a file in universal newlines mode.",
                             .flags = TYPE_BASETYPE,
                             .trace = newline_trace,
                             .new = newline_new,
                             .init = newline_init,
                             .methods = newline_methods,
                             .getset = newline_getset,
                             .sig =
                                 "IncrementalNewlineDecoder(decoder, translate, errors='strict')"};
