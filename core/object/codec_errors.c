/* Error handlers: the built-in ones, as Python callables and as shortcuts, and the calls of
 * registered ones. */
#include <stdio.h>

#include "core/object/codec.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/unicode_names.h"

typedef enum {
    H_STRICT,
    H_IGNORE,
    H_REPLACE,
    H_XML,
    H_BACKSLASH,
    H_NAME,
    H_ESCAPE,
    H_PASS,
    H_OTHER
} Handler;

static Handler builtin_handler(const char *errors)
{
    static const char *const known[] = {
        "strict",           "ignore",      "replace",         "xmlcharrefreplace",
        "backslashreplace", "namereplace", "surrogateescape", "surrogatepass"};
    for (int i = 0; errors && i < H_OTHER; i++) {
        if (strcmp(errors, known[i]) == 0) {
            return (Handler)i;
        }
    }
    return errors ? H_OTHER : H_STRICT;
}

/* ---- raising ---- */

static Value make_error(Thread *t, Type *type, const char *encoding, Value object, size_t start,
                        size_t end, const char *reason)
{
    Value name = str_from_cstr(t, encoding), why = str_from_cstr(t, reason);
    if (!name || !why || !object) {
        return 0;
    }
    Value args[5] = {name, object, fixnum((int64_t)start), fixnum((int64_t)end), why};
    return call(t, object_value(type), args, 5, 0);
}

Value raise_unicode_encode(Thread *t, const char *encoding, Value s, size_t start, size_t end,
                           const char *reason)
{
    Value exc = make_error(t, &exc_UnicodeEncodeError, encoding, s, start, end, reason);
    return exc ? raise_exception(t, exc) : 0;
}

Value raise_unicode_decode(Thread *t, const char *encoding, const void *p, size_t n, size_t start,
                           size_t end, const char *reason)
{
    Value exc =
        make_error(t, &exc_UnicodeDecodeError, encoding, bytes_new(t, p, n), start, end, reason);
    return exc ? raise_exception(t, exc) : 0;
}

/* The exception handed to handlers, made once and then moved along. */
static UnicodeErrorExc *positioned(Thread *t, Value *exc, Type *type, const char *encoding,
                                   Value object, size_t start, size_t end, const char *reason)
{
    if (!*exc) {
        *exc = make_error(t, type, encoding, object, start, end, reason);
        return *exc ? (UnicodeErrorExc *)value_object(*exc) : NULL;
    }
    UnicodeErrorExc *e = (UnicodeErrorExc *)value_object(*exc);
    Value why = str_from_cstr(t, reason);
    if (!why) {
        return NULL;
    }
    gc_store(e, &e->reason, why);
    e->start = (ssize_t)start;
    e->end = (ssize_t)end;
    return e;
}

/* Calls the handler; checks its (replacement, position) result against len. */
static bool call_handler(Thread *t, Value *handler, const char *errors, Value exc,
                         const char *usage, Value *replacement, ssize_t *pos)
{
    if (!*handler) {
        *handler = codec_lookup_error(t, errors ? errors : "strict");
        if (!*handler) {
            return false;
        }
    }
    Value r = call1(t, *handler, exc);
    if (!r) {
        return false;
    }
    if (!value_is_tuple(r) || tuple_len(r) != 2) {
        type_error(t, "%s", usage);
        return false;
    }
    *replacement = tuple_get(r, 0);
    Value at = tuple_get(r, 1);
    if (!value_is_fixnum(at) && !type_of(at)->index) {
        type_error(t, "%s", usage);
        return false;
    }
    return value_to_ssize(t, at, pos, &exc_IndexError);
}

static bool check_position(Thread *t, ssize_t *pos, size_t len)
{
    ssize_t given = *pos;
    if (*pos < 0) {
        *pos += (ssize_t)len;
    }
    if (*pos < 0 || *pos > (ssize_t)len) {
        index_error(t, "position %zd from error handler out of bounds", given);
        return false;
    }
    return true;
}

/* ---- decoding ---- */

static bool call_decode_handler(DecodeErrors *d, const char *reason, size_t start, size_t end,
                                StrBuilder *out, size_t *pos)
{
    Thread *t = d->t;
    if (!d->object) {
        d->object = bytes_new(t, d->p, d->n);
    }
    UnicodeErrorExc *e = !d->object ? NULL
                                    : positioned(t, &d->exc, &exc_UnicodeDecodeError, d->encoding,
                                                 d->object, start, end, reason);
    static const char usage[] = "decoding error handler must return (str, int) tuple";
    Value text;
    ssize_t at;
    if (!e || !call_handler(t, &d->handler, d->errors, d->exc, usage, &text, &at)) {
        return false;
    }
    if (!value_is_str(text)) {
        type_error(t, "%s", usage);
        return false;
    }
    if (!value_is_bytes(e->object)) {
        type_error(t, "exception attribute object must be bytes");
        return false;
    }
    d->object = e->object;
    d->p = (const uint8_t *)value_bytes(e->object)->data;
    d->n = value_bytes(e->object)->len;
    if (!check_position(t, &at, d->n)) {
        return false;
    }
    *pos = (size_t)at;
    return sb_str(out, text);
}

bool decode_error(DecodeErrors *d, const char *reason, size_t start, size_t end, StrBuilder *out,
                  size_t *pos)
{
    size_t i = start;
    switch (builtin_handler(d->errors)) {
    case H_STRICT:
        if (d->object) {
            Value exc = make_error(d->t, &exc_UnicodeDecodeError, d->encoding, d->object, start,
                                   end, reason);
            return exc && raise_exception(d->t, exc);
        }
        raise_unicode_decode(d->t, d->encoding, d->p, d->n, start, end, reason);
        return false;
    case H_IGNORE:
        *pos = end;
        return true;
    case H_REPLACE:
        *pos = end;
        return sb_char(out, 0xfffd);
    case H_ESCAPE:
        while (i < end && i < start + 4 && d->p[i] >= 128) {
            sb_char(out, 0xdc00 + d->p[i++]);
        }
        if (i > start) {
            *pos = i;
            return !out->failed;
        }
        break;
    default:
        break;
    }
    return call_decode_handler(d, reason, start, end, out, pos);
}

/* ---- encoding ---- */

static bool call_encode_handler(EncodeErrors *e, const char *reason, size_t start, size_t end,
                                Value *replacement, size_t *pos)
{
    Thread *t = e->t;
    static const char usage[] = "encoding error handler must return (str/bytes, int) tuple";
    ssize_t at;
    if (!positioned(t, &e->exc, &exc_UnicodeEncodeError, e->encoding, e->object, start, end,
                    reason) ||
        !call_handler(t, &e->handler, e->errors, e->exc, usage, replacement, &at)) {
        return false;
    }
    if (!value_is_str(*replacement) && !value_is_bytes(*replacement)) {
        type_error(t, "%s", usage);
        return false;
    }
    if (!check_position(t, &at, str_len(e->object))) {
        return false;
    }
    *pos = (size_t)at;
    return true;
}

static Value question_marks(Thread *t, size_t n, uint32_t c)
{
    Value v = str_new(t, n, c);
    for (size_t i = 0; v && i < n; i++) {
        chars_put(value_str(v)->kind, value_str(v)->data, i, c);
    }
    return v;
}

bool encode_error(EncodeErrors *e, const char *reason, size_t start, size_t end, Value *replacement,
                  size_t *pos)
{
    Str *s = value_str(e->object);
    *replacement = 0;
    switch (builtin_handler(e->errors)) {
    case H_STRICT:
        raise_unicode_encode(e->t, e->encoding, e->object, start, end, reason);
        return false;
    case H_IGNORE:
        *pos = end;
        return true;
    case H_REPLACE:
        *pos = end;
        *replacement = question_marks(e->t, end - start, '?');
        return *replacement != 0;
    case H_ESCAPE: {
        ByteBuilder b;
        bb_init(&b, e->t);
        size_t i = start;
        while (i < end && str_get(s, i) >= 0xdc80 && str_get(s, i) <= 0xdcff) {
            bb_byte(&b, (int)(str_get(s, i++) - 0xdc00));
        }
        if (i == start) {
            break;
        }
        *pos = i;
        *replacement = bb_finish(&b);
        return *replacement != 0;
    }
    default:
        break;
    }
    return call_encode_handler(e, reason, start, end, replacement, pos);
}

/* ---- the handlers as functions of an exception ---- */

typedef struct Failure {
    bool encode, decode, translate;
    Value exc, object, encoding;
    size_t start, end;
} Failure;

static bool failure_from(Thread *t, Value exc, Failure *f)
{
    *f = (Failure){.exc = exc};
    if (value_is_exception(exc)) {
        f->encode = value_isa(exc, &exc_UnicodeEncodeError);
        f->decode = value_isa(exc, &exc_UnicodeDecodeError);
        f->translate = value_isa(exc, &exc_UnicodeTranslateError);
    }
    if (!f->encode && !f->decode && !f->translate) {
        type_error(t, "don't know how to handle %T in error callback", exc);
        return false;
    }
    UnicodeErrorExc *e = (UnicodeErrorExc *)value_object(exc);
    f->object = e->object;
    f->encoding = e->encoding;
    if (!e->object || (f->decode ? !value_is_bytes(e->object) : !value_is_str(e->object))) {
        type_error(t, "object attribute must be %s", f->decode ? "bytes" : "unicode");
        return false;
    }
    size_t len = f->decode ? value_bytes(e->object)->len : str_len(e->object);
    size_t limit = len ? len - 1 : 0;
    f->start = e->start < 0 ? 0 : (size_t)e->start > limit ? limit : (size_t)e->start;
    f->end = e->end < 1 ? 1 : (size_t)e->end;
    f->end = f->end > len ? len : f->end;
    f->end = f->end < f->start ? f->start : f->end;
    return true;
}

static Value answer(Thread *t, Value replacement, size_t pos)
{
    return replacement ? tuple_pack(t, 2, replacement, fixnum((int64_t)pos)) : 0;
}

static Value cannot_handle(Thread *t, Value exc)
{
    return type_error(t, "don't know how to handle %T in error callback", exc);
}

static Value strict_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return value_is_exception(args[0]) ? raise_exception(t, args[0])
                                       : type_error(t, "codec must pass exception instance");
}

static Value ignore_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    return failure_from(t, args[0], &f) ? answer(t, N(empty), f.end) : 0;
}

static Value replace_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    size_t count = f.decode ? 1 : f.end - f.start;
    return answer(t, question_marks(t, count, f.encode ? '?' : 0xfffd), f.end);
}

static void put_backslashed(StrBuilder *b, uint32_t c)
{
    sb_format(b, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)c);
}

static Value xmlcharrefreplace_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    if (!f.encode) {
        return cannot_handle(t, args[0]);
    }
    StrBuilder b;
    sb_init(&b, t);
    for (size_t i = f.start; i < f.end; i++) {
        sb_format(&b, "&#%d;", (int)str_get(value_str(f.object), i));
    }
    return answer(t, sb_finish(&b), f.end);
}

static Value backslashreplace_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    for (size_t i = f.start; i < f.end; i++) {
        put_backslashed(&b, f.decode ? (uint8_t)value_bytes(f.object)->data[i]
                                     : str_get(value_str(f.object), i));
    }
    return answer(t, sb_finish(&b), f.end);
}

static Value namereplace_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    if (!f.encode) {
        return cannot_handle(t, args[0]);
    }
    StrBuilder b;
    sb_init(&b, t);
    for (size_t i = f.start; i < f.end; i++) {
        uint32_t c = str_get(value_str(f.object), i);
        char room[64];
        size_t len;
        const char *name = unicode_name(c, room, &len);
        if (name) {
            sb_ascii(&b, "\\N{", 3);
            sb_ascii(&b, name, len);
            sb_char(&b, '}');
        } else {
            put_backslashed(&b, c);
        }
    }
    return answer(t, sb_finish(&b), f.end);
}

static Value surrogateescape_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    if (f.translate) {
        return cannot_handle(t, args[0]);
    }
    if (f.encode) {
        ByteBuilder b;
        bb_init(&b, t);
        for (size_t i = f.start; i < f.end; i++) {
            uint32_t c = str_get(value_str(f.object), i);
            if (c < 0xdc80 || c > 0xdcff) {
                return raise_exception(t, f.exc);
            }
            bb_byte(&b, (int)(c - 0xdc00));
        }
        return answer(t, bb_finish(&b), f.end);
    }
    StrBuilder b;
    sb_init(&b, t);
    size_t i = f.start;
    for (; i < f.end && i < f.start + 4; i++) {
        uint8_t c = (uint8_t)value_bytes(f.object)->data[i];
        if (c < 128) {
            break;
        }
        sb_char(&b, 0xdc00 + (uint32_t)c);
    }
    return i == f.start ? raise_exception(t, f.exc) : answer(t, sb_finish(&b), i);
}

/* Unit size of a UTF by its name, *big its byte order; 1: UTF-8, 0: another encoding. */
static int utf_of(Value name, bool *big)
{
    char text[24] = {0};
    size_t n = 0;
    Str *s = value_str(name);
    for (size_t i = 0; i < s->len && n < sizeof text - 1; i++) {
        uint32_t c = str_get(s, i);
        if (c != '-' && c != '_') {
            text[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c < 128 ? c : '?');
        }
    }
    *big = n > 2 && strcmp(text + n - 2, "be") == 0;
    if (strncmp(text, "utf", 3) == 0) {
        if (strcmp(text + 3, "8") == 0) {
            return 1;
        }
        const char *rest = text + 5;
        if ((strncmp(text + 3, "16", 2) == 0 || strncmp(text + 3, "32", 2) == 0) &&
            (!*rest || !strcmp(rest, "le") || !strcmp(rest, "be"))) {
            return text[3] == '1' ? 2 : 4;
        }
    }
    return strcmp(text, "cp65001") == 0;
}

static void put_unit(ByteBuilder *b, uint32_t c, int size, bool big)
{
    if (size == 1) {
        bb_byte(b, (int)(0xe0 | c >> 12));
        bb_byte(b, (int)(0x80 | (c >> 6 & 63)));
        bb_byte(b, (int)(0x80 | (c & 63)));
        return;
    }
    for (int i = 0; i < size; i++) {
        bb_byte(b, (int)(c >> 8 * (big ? size - 1 - i : i) & 255));
    }
}

static Value surrogatepass_errors(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Failure f;
    if (!failure_from(t, args[0], &f)) {
        return 0;
    }
    if (f.translate) {
        return cannot_handle(t, args[0]);
    }
    bool big;
    int size = utf_of(f.encoding, &big);
    if (!size) {
        return raise_exception(t, f.exc);
    }
    if (f.encode) {
        ByteBuilder b;
        bb_init(&b, t);
        for (size_t i = f.start; i < f.end; i++) {
            uint32_t c = str_get(value_str(f.object), i);
            if (!char_is_surrogate(c)) {
                return raise_exception(t, f.exc);
            }
            put_unit(&b, c, size, big);
        }
        return answer(t, bb_finish(&b), f.end);
    }
    const uint8_t *p = (const uint8_t *)value_bytes(f.object)->data + f.start;
    size_t left = value_bytes(f.object)->len - f.start, need = size == 1 ? 3 : (size_t)size;
    uint32_t c = 0;
    if (left >= need) {
        if (size == 1) {
            bool form = (p[0] & 0xf0) == 0xe0 && (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80;
            c = form ? (uint32_t)(p[0] & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63) : 0;
        }
        for (int i = 0; size > 1 && i < size; i++) {
            c |= (uint32_t)p[i] << 8 * (big ? size - 1 - i : i);
        }
    }
    if (!char_is_surrogate(c)) {
        return raise_exception(t, f.exc);
    }
    return answer(t, str_from_char(t, c), f.start + need);
}

static const NativeDef handlers[] = {
    {"strict_errors(exception, /)", strict_errors, "Raise the exception.", 0},
    {"ignore_errors(exception, /)", ignore_errors, "Skip what cannot be converted.", 0},
    {"replace_errors(exception, /)", replace_errors, "Put a question mark or U+FFFD.", 0},
    {"xmlcharrefreplace_errors(exception, /)", xmlcharrefreplace_errors,
     "Put XML character references.", 0},
    {"backslashreplace_errors(exception, /)", backslashreplace_errors, "Put backslash escapes.", 0},
    {"namereplace_errors(exception, /)", namereplace_errors, "Put \\N{...} escapes.", 0},
    {"surrogateescape_errors(exception, /)", surrogateescape_errors,
     "Map undecodable bytes to lone surrogates and back.", 0},
    {"surrogatepass_errors(exception, /)", surrogatepass_errors, "Let surrogates through.", 0}};

bool codec_add_builtin_errors(Thread *t, Value registry)
{
    for (size_t i = 0; i < ARRAY_SIZE(handlers); i++) {
        char name[32];
        size_t n = (size_t)(strchr(handlers[i].sig, '(') - handlers[i].sig) - strlen("_errors");
        memcpy(name, handlers[i].sig, n);
        name[n] = 0;
        Value f = native_function_new(t, &handlers[i], 0, 0);
        if (!f || !dict_set_cstr(t, registry, name, f)) {
            return false;
        }
    }
    return true;
}
