/* TextIOWrapper: characters over a buffered binary stream. */
#include "modules/_io/textio.h"

#include <string.h>

#include "core/base/atomics.h"
#include "core/base/locale.h"
#include "core/object/bytes_internal.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"

static void textio_trace(Object *o, Tracer *tr)
{
    TextIO *x = (TextIO *)o;
    const Value fields[] = {x->buffer,  x->encoding,       x->errors,        x->read_newline,
                            x->encoder, x->decoder,        x->write_newline,
                            x->chars,   x->snapshot_input, x->snapshot_flags};
    trace_values(tr, fields, ARRAY_SIZE(fields));
    trace_object(tr, x->room);
}

/* 0: raised */
static Value buffer_of(Thread *t, TextIO *x)
{
    return io_below(t, &x->buffer, &x->detached, "underlying buffer has been detached");
}

bool textio_check(Thread *t, Value self)
{
    Value buffer = buffer_of(t, textio_of(self));
    int closed = buffer ? io_is_closed(t, buffer) : -1;
    if (closed > 0) {
        io_closed_error(t);
    }
    return closed == 0;
}

bool textio_enter(Thread *t, TextIO *x)
{
    owned_mutex_lock(t, &x->lock);
    if (!buffer_of(t, x)) {
        owned_mutex_unlock(&x->lock);
        return false;
    }
    return true;
}

void textio_set_chars(TextIO *x, Value chars)
{
    gc_store(x, &x->chars, chars);
    x->used = x->carried = 0;
}

/* ---- construction ---- */

static Value textio_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    TextIO *x = object_alloc_instance(t, type, 0);
    if (!x) {
        return 0;
    }
    x->chunk_size = IO_BUFFER_SIZE;
    return object_value(x);
}

static bool newline_valid(Thread *t, Value newline)
{
    if (!newline || is_none(newline)) {
        return true;
    }
    if (!value_is_str(newline)) {
        type_error(t, "newline must be str or None, not %T", newline);
        return false;
    }
    if (str_len(newline) == 0 || str_eq_cstr(newline, "\n") || str_eq_cstr(newline, "\r") ||
        str_eq_cstr(newline, "\r\n")) {
        return true;
    }
    value_error(t, "illegal newline value: %R", newline);
    return false;
}

static void set_newline(TextIO *x, Value newline)
{
    newline = newline ? newline : NONE;
    gc_store(x, &x->read_newline, newline);
    x->universal = is_none(newline) || str_len(newline) == 0;
    x->translate = is_none(newline);
    bool writes = !is_none(newline) && str_len(newline) && str_get(value_str(newline), 0) == '\r';
    gc_store(x, &x->write_newline, writes ? newline : 0);
}

static Value lookup_codec(Thread *t, Value encoding, const char *name)
{
    Value lookup = import_attr(t, "_codecs", "lookup");
    Value info = lookup ? call1(t, lookup, encoding) : 0;
    if (!info) {
        return 0;
    }
    Value is_text;
    int found = object_lookup_attr(t, info, INTERN(t, "_is_text_encoding"), &is_text);
    int text = found > 0 ? object_truth(t, is_text) : found == 0 ? 1 : -1;
    if (text < 0) {
        return 0;
    }
    if (!text) {
        return raise_error(
            t, &exc_LookupError,
            "%R is not a text encoding; use codecs.open() to handle arbitrary codecs", encoding);
    }
    return object_getattr(t, info, intern_cstr(t, name));
}

static Value make_codec(Thread *t, const TextIO *x, const char *kind)
{
    if (utf8_codec_is_for(x->encoding)) {
        return utf8_codec_new(t, x->errors);
    }
    Value factory = lookup_codec(t, x->encoding, kind);
    return factory ? call1(t, factory, x->errors) : 0;
}

bool textio_make_decoder(Thread *t, TextIO *x)
{
    Value decoder = make_codec(t, x, "incrementaldecoder");
    decoder = decoder && x->universal ? newline_decoder_new(t, decoder, x->translate) : decoder;
    gc_store(x, &x->decoder, decoder);
    return decoder;
}

static bool make_encoder(Thread *t, TextIO *x)
{
    Value encoder = make_codec(t, x, "incrementalencoder");
    gc_store(x, &x->encoder, encoder);
    Value lower = encoder ? call_method0(t, x->encoding, INTERN(t, "lower")) : 0;
    if (!lower) {
        return false;
    }
    x->fast_encode = str_eq_cstr(lower, "utf-8") || str_eq_cstr(lower, "utf8") ||
                     str_eq_cstr(lower, "ascii") || str_eq_cstr(lower, "latin-1") ||
                     str_eq_cstr(lower, "iso-8859-1");
    return true;
}

static bool ask(Thread *t, Value stream, const char *method, bool *answer)
{
    Value v = call_method0(t, stream, intern_cstr(t, method));
    int truth = v ? object_truth(t, v) : -1;
    *answer = truth > 0;
    return truth >= 0;
}

/* An encoder that would write a start mark must not when the stream already has data. */
static bool skip_start_mark(Thread *t, TextIO *x, Value buffer)
{
    if (!x->seekable || !x->encoder) {
        return true;
    }
    Value pos = call_method0(t, buffer, INTERN(t, "tell"));
    if (!pos) {
        return false;
    }
    int at_start = object_compare_bool(t, pos, fixnum(0), CMP_EQ);
    if (at_start != 0) {
        return at_start > 0;
    }
    return call_method1(t, x->encoder, INTERN(t, "setstate"), fixnum(0));
}

static bool codecs_setup(Thread *t, TextIO *x, Value buffer)
{
    bool readable, writable, seekable;
    if (!ask(t, buffer, "readable", &readable) || !ask(t, buffer, "writable", &writable) ||
        !ask(t, buffer, "seekable", &seekable)) {
        return false;
    }
    store_relaxed(&x->seekable, seekable);
    store_relaxed(&x->telling, seekable);
    gc_store(x, &x->decoder, 0);
    gc_store(x, &x->encoder, 0);
    if ((readable && !textio_make_decoder(t, x)) || (writable && !make_encoder(t, x))) {
        return false;
    }
    return !writable || skip_start_mark(t, x, buffer);
}

static bool handler_valid(Thread *t, Value errors)
{
    if (!value_is_str(errors)) {
        type_error(t, "TextIOWrapper() argument 'errors' must be str or None, not %T", errors);
        return false;
    }
    if (runtime.config.dev_mode) {
        Value lookup = import_attr(t, "_codecs", "lookup_error");
        return lookup && call1(t, lookup, errors);
    }
    return true;
}

static bool truth_arg(Thread *t, Value v, bool *out)
{
    int truth = v && !is_none(v) ? object_truth(t, v) : 0;
    *out = truth > 0;
    return truth >= 0;
}

static bool init_locked(Thread *t, TextIO *x, const Value *a)
{
    gc_store(x, &x->buffer, 0);
    store_relaxed(&x->detached, false);
    if (!newline_valid(t, a[3])) {
        return false;
    }
    bool none = !a[1] || is_none(a[1]), line_buffering, write_through;
    if (runtime.config.warn_default_encoding && none &&
        !warn(t, &exc_EncodingWarning, 1, "'encoding' argument not specified")) {
        return false;
    }
    Value encoding = none && runtime.config.utf8_mode ? N(utf8)
                     : none || (value_is_str(a[1]) && str_eq_cstr(a[1], "locale"))
                         ? str_from_cstr(t, locale_encoding())
                         : a[1];
    Value errors = !a[2] || is_none(a[2]) ? N(strict) : a[2];
    if (!value_is_str(encoding)) {
        type_error(t, "TextIOWrapper() argument 'encoding' must be str or None, not %T", encoding);
        return false;
    }
    if (!handler_valid(t, errors) || !truth_arg(t, a[4], &line_buffering) ||
        !truth_arg(t, a[5], &write_through) || !str_cstr(t, encoding)) {
        return false;
    }
    store_relaxed(&x->line_buffering, line_buffering);
    store_relaxed(&x->write_through, write_through);
    gc_store(x, &x->encoding, encoding);
    gc_store(x, &x->errors, errors);
    x->pending = false;
    x->pending_bytes = 0;
    textio_set_chars(x, 0);
    gc_store(x, &x->snapshot_input, 0);
    set_newline(x, a[3]);
    int has_read1 = object_hasattr(t, a[0], INTERN(t, "read1"));
    if (has_read1 < 0 || !codecs_setup(t, x, a[0])) {
        return false;
    }
    x->has_read1 = has_read1;
    gc_store(x, &x->buffer, a[0]); /* others may use it from here on */
    if (x->encoder) {
        io_unregister(&x->head);
        io_register(&x->head);
    }
    return true;
}

static bool textio_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE(
        "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, line_buffering=False, "
        "write_through=False)");
    Value a[6];
    TextIO *x = textio_of(self);
    if (!args_bind(t, &sig, args, n, kw, a) || !owned_mutex_enter(t, &x->lock, self)) {
        return false;
    }
    bool ok = init_locked(t, x, a);
    owned_mutex_unlock(&x->lock);
    return ok;
}

static void textio_free(Object *o) { io_unregister(o); }

/* ---- writing ---- */

static Span span_of(Value part)
{
    return value_is_str(part) ? (Span){value_str(part)->data, value_str(part)->len}
                              : (Span){(uint8_t *)value_bytes(part)->data, value_bytes(part)->len};
}

/* Adds to what is pending.  The room for it is kept: there will be more. */
static bool add_pending(Thread *t, TextIO *x, Span data)
{
    size_t need = x->pending_bytes + data.n;
    if (x->room == NULL || x->room->cap < need) {
        RawBuffer *room = raw_buffer_new_unset(t, need < 1024 ? 2048 : need + need / 2);
        if (room == NULL) {
            return false;
        }
        if (x->pending_bytes) {
            memcpy(room->data, x->room->data, x->pending_bytes);
        }
        GC_STORE_PTR(x, &x->room, room);
    }
    memcpy(x->room->data + x->pending_bytes, data.p, data.n);
    x->pending_bytes = need;
    x->pending = true;
    return true;
}

/* Hands n bytes on to the buffer. */
static bool hand_on(Thread *t, TextIO *x, const char *p, size_t n)
{
    if (buffered_writes_plainly(t, x->buffer)) {
        return buffered_put(t, x->buffer, p, n) >= 0;
    }
    Value data = bytes_new(t, n ? p : NULL, n);
    return data && call_method1(t, x->buffer, N(write), data);
}

bool textio_flush_pending(Thread *t, TextIO *x)
{
    if (!x->pending) {
        return true;
    }
    RawBuffer *room = x->room;
    size_t n = x->pending_bytes;
    x->pending = false;
    x->pending_bytes = 0;
    GC_STORE_PTR(x, &x->room, NULL); /* a signal's handler may write to this file meanwhile */
    bool ok = hand_on(t, x, room ? room->data : "", n);
    if (x->room == NULL) {
        GC_STORE_PTR(x, &x->room, room);
    }
    return ok;
}

/* As bytes; a str of ASCII that is encoded as itself stays as it is. */
static Value encode_text(Thread *t, TextIO *x, Value text)
{
    if (x->fast_encode && value_str(text)->ascii) {
        return text;
    }
    if (x->fast_encode) {
        return str_encode(t, text, str_utf8(t, x->encoding, NULL), str_utf8(t, x->errors, NULL));
    }
    Value data = call_method1(t, x->encoder, INTERN(t, "encode"), text);
    return !data || value_is_bytes(data) ? data
           : type_error(t, "encoder should return a bytes object, not '%T'", data);
}

static bool write_locked(Thread *t, TextIO *x, Value text)
{
    bool has_newline = (x->write_newline || x->line_buffering) &&
                       str_find(text, str_from_char(t, '\n'), 0, str_len(text)) >= 0;
    bool flush = x->line_buffering &&
                 (has_newline || str_find(text, str_from_char(t, '\r'), 0, str_len(text)) >= 0);
    if (has_newline && x->write_newline) {
        const Value args[] = {str_from_char(t, '\n'), x->write_newline};
        text = call_method(t, text, INTERN(t, "replace"), args, 2);
    }
    Value data = text ? encode_text(t, x, text) : 0;
    if (!data) {
        return false;
    }
    size_t size = span_of(data).n;
    if (x->pending_bytes && x->pending_bytes + size > load_relaxed(&x->chunk_size) &&
        !textio_flush_pending(t, x)) {
        return false;
    }
    bool through = x->pending_bytes + size >= load_relaxed(&x->chunk_size) || flush ||
                   x->write_through;
    if (through && !x->pending) {
        Span span = span_of(data);
        if (!hand_on(t, x, (const char *)span.p, span.n)) {
            return false;
        }
    } else if (!add_pending(t, x, span_of(data)) || (through && !textio_flush_pending(t, x))) {
        return false;
    }
    if (flush && !call_method0(t, x->buffer, N(flush))) {
        return false;
    }
    textio_set_chars(x, 0);
    gc_store(x, &x->snapshot_input, 0);
    return !x->decoder || !x->used || call_method0(t, x->decoder, N(reset));
}

/* Puts ASCII behind what is pending, for an open file that is only written to, where nothing else is
 * to be done and nobody is to be kept from it until the next poll. */
static bool write_at_hand(TextIO *x, const Str *text)
{
    if (!owned_mutex_is_spare(&x->lock) || !x->pending || !x->room || !x->fast_encode ||
        !text->ascii || x->decoder || x->line_buffering || x->write_newline || x->write_through) {
        return false;
    }
    size_t need = x->pending_bytes + text->len;
    Value raw = need < x->chunk_size && need <= x->room->cap ? buffered_raw(x->buffer) : 0;
    if (!raw || type_of(raw) != &fileio_type || fileio_is_closed(raw)) {
        return false;
    }
    copy_piece(x->room->data + x->pending_bytes, text->data, text->len);
    x->pending_bytes = need;
    return true;
}

Value textio_write(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    if (value_is_str(args[1]) && write_at_hand(x, value_str(args[1]))) {
        return fixnum((int64_t)str_len(args[1]));
    }
    if (!buffer_of(t, x)) {
        return 0;
    }
    if (!value_is_str(args[1])) {
        return type_error(t, "write() argument must be str, not %T", args[1]);
    }
    if (!textio_check(t, args[0]) || !textio_enter(t, x)) {
        return 0;
    }
    bool ok = x->encoder ? write_locked(t, x, args[1]) : io_unsupported(t, "not writable");
    owned_mutex_unlock(&x->lock);
    return ok ? fixnum((int64_t)str_len(args[1])) : 0;
}

static Value textio_flush(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    if (!textio_check(t, args[0]) || !textio_enter(t, x)) {
        return 0;
    }
    Value buffer = x->buffer;
    store_relaxed(&x->telling, x->seekable);
    bool ok = textio_flush_pending(t, x);
    owned_mutex_unlock(&x->lock);
    return ok ? call_method0(t, buffer, N(flush)) : 0;
}

/* ---- reading; lock held ---- */

static Value decode_bytes(Thread *t, TextIO *x, Value data, bool final)
{
    Value text = type_of(x->decoder) == &newline_decoder_type
                 ? newline_decode(t, (NewlineDecoder *)value_object(x->decoder), data, final)
                 : call_method2(t, x->decoder, N(decode), data, bool_value(final));
    return !text || value_is_str(text)
               ? text
               : type_error(t, "decoder should return a string result, not '%T'", text);
}

/* What a method of the binary stream returned, as bytes. */
static Value bytes_of(Thread *t, Value data, const char *method)
{
    if (value_is_bytes(data)) {
        return data;
    }
    if (!value_has_buffer(data)) {
        return type_error(t, "underlying %s() should have returned a bytes-like object, not '%T'",
                          method, data);
    }
    return buffer_to_bytes(t, data);
}

bool textio_decoder_state(Thread *t, TextIO *x, Value *input, Value *flags)
{
    Value state = call_method0(t, x->decoder, INTERN(t, "getstate"));
    if (!state) {
        return false;
    }
    if (!value_is_tuple(state) || tuple_len(state) != 2 || !value_is_bytes(tuple_get(state, 0)) ||
        !value_is_int(tuple_get(state, 1))) {
        type_error(t, "illegal decoder state");
        return false;
    }
    *input = tuple_get(state, 0);
    *flags = tuple_get(state, 1);
    return true;
}

/* Reads and decodes one chunk into x->chars. 1: something, 0: end of file, -1: raised. */
static int read_chunk(Thread *t, TextIO *x, size_t hint)
{
    if (!x->decoder) {
        io_unsupported(t, "not readable");
        return -1;
    }
    Value flags = 0, input = 0;
    bool telling = load_relaxed(&x->telling);
    if (telling && !textio_decoder_state(t, x, &input, &flags)) {
        return -1;
    }
    size_t chunk = load_relaxed(&x->chunk_size), want = hint > chunk ? hint : chunk;
    Value data = call_method1(t, x->buffer, intern_cstr(t, x->has_read1 ? "read1" : "read"),
                              fixnum((int64_t)want));
    data = data ? bytes_of(t, data, x->has_read1 ? "read1" : "read") : 0;
    if (!data) {
        return -1;
    }
    bool eof = value_bytes(data)->len == 0;
    Value text = decode_bytes(t, x, data, eof);
    if (!text) {
        return -1;
    }
    textio_set_chars(x, text);
    if (telling) {
        Value all = value_bytes(input)->len ? bytes_concat(t, input, data) : data;
        gc_store(x, &x->snapshot_input, all);
        gc_store(x, &x->snapshot_flags, flags);
    }
    return !eof || str_len(text) > 0;
}

static Value take_chars(Thread *t, TextIO *x, size_t n)
{
    size_t left = x->chars ? str_len(x->chars) - x->used : 0;
    n = n < left ? n : left;
    if (n == 0) {
        return N(empty);
    }
    Value v = x->used == 0 && n == str_len(x->chars)
                  ? x->chars
                  : str_substring(t, x->chars, x->used, x->used + n);
    x->used += n;
    return v;
}

static Value read_rest(Thread *t, TextIO *x)
{
    Value data = call_method0(t, x->buffer, N(read));
    if (!data) {
        return 0;
    }
    if (is_none(data)) {
        return take_chars(t, x, SIZE_MAX);
    }
    data = bytes_of(t, data, "read");
    if (!data) {
        return 0;
    }
    Value head = take_chars(t, x, SIZE_MAX), text = decode_bytes(t, x, data, true);
    textio_set_chars(x, 0);
    gc_store(x, &x->snapshot_input, 0);
    return text && head && str_len(head) ? str_concat(t, head, text) : text;
}

static Value read_locked(Thread *t, TextIO *x, ssize_t size)
{
    if (!x->decoder) {
        return io_unsupported(t, "not readable");
    }
    if (!textio_flush_pending(t, x)) {
        return 0;
    }
    if (size < 0) {
        return read_rest(t, x);
    }
    Value out = take_chars(t, x, (size_t)size);
    while (out && (ssize_t)str_len(out) < size) {
        int more = read_chunk(t, x, (size_t)size - str_len(out));
        if (more < 0) {
            return 0;
        }
        if (!more) {
            break;
        }
        Value part = take_chars(t, x, (size_t)size - str_len(out));
        out = part && str_len(out) ? str_concat(t, out, part) : part;
    }
    return out;
}

static Value textio_read(IO_ARGS)
{
    ssize_t size = -1;
    TextIO *x = textio_of(args[0]);
    if (!buffer_of(t, x) || !io_index_or_none(t, args[1], &size) || !textio_check(t, args[0]) ||
        !textio_enter(t, x)) {
        return 0;
    }
    Value v = read_locked(t, x, size);
    owned_mutex_unlock(&x->lock);
    return v;
}

static Value readline_locked(Thread *t, TextIO *x, ssize_t limit)
{
    if (!textio_flush_pending(t, x)) {
        return 0;
    }
    Value line = 0; /* what came before x->chars */
    bool any = x->universal && !x->translate;
    for (;;) {
        if (!x->chars || x->used == str_len(x->chars)) {
            int more = read_chunk(t, x, 0);
            if (more < 0) {
                return 0;
            }
            if (!more) {
                textio_set_chars(x, 0);
                gc_store(x, &x->snapshot_input, 0);
                return line ? line : N(empty);
            }
            if (str_len(x->chars) == 0) {
                continue;
            }
        }
        if (line && str_len(line) == 0) {
            line = 0;
        }
        if (line) { /* a line end may span two chunks */
            Value rest = take_chars(t, x, SIZE_MAX);
            textio_set_chars(x, rest ? str_concat(t, line, rest) : 0);
            if (!x->chars) {
                return 0;
            }
            x->carried = str_len(line);
        }
        ssize_t end = newline_find(x->chars, x->used, x->translate, any,
                                   is_none(x->read_newline) ? 0 : x->read_newline);
        size_t stop = end < 0 ? str_len(x->chars) : (size_t)end;
        bool limited = limit >= 0 && (size_t)limit <= stop - x->used;
        if (limited || end >= 0) {
            return take_chars(t, x, limited ? (size_t)limit : stop - x->used);
        }
        line = take_chars(t, x, SIZE_MAX);
        if (!line) {
            return 0;
        }
    }
}

/* The next line when it ends within x->chars, by the commonest rule for line ends. */
static bool line_at_hand(Thread *t, TextIO *x, Value *line)
{
    const Str *s = x->chars ? value_str(x->chars) : NULL;
    if (!s || !x->translate || x->pending) {
        return false;
    }
    lock_section_begin(t);
    ssize_t hit = chars_find_char(s->kind, str_at(s, x->used), s->len - x->used, '\n');
    if (hit >= 0) {
        *line = take_chars(t, x, (size_t)hit + 1);
    }
    lock_section_end();
    return hit >= 0;
}

static Value textio_readline(IO_ARGS)
{
    ssize_t limit = -1;
    TextIO *x = textio_of(args[0]);
    if (!buffer_of(t, x) || !io_index_or_none(t, args[1], &limit) || !textio_check(t, args[0])) {
        return 0;
    }
    Value v;
    if (limit < 0 && owned_mutex_is_spare(&x->lock) && line_at_hand(t, x, &v)) {
        return v;
    }
    if (!textio_enter(t, x)) {
        return 0;
    }
    v = limit == 0 ? N(empty) : readline_locked(t, x, limit);
    owned_mutex_unlock(&x->lock);
    return v;
}

OwnedMutex *textio_lock(Value v)
{
    return type_of(v) == &textiowrapper_type ? &textio_of(v)->lock : NULL;
}

static Value textio_next(Thread *t, Value self)
{
    TextIO *x = textio_of(self);
    bool exact = type_of(self) == &textiowrapper_type;
    if (exact ? !textio_check(t, self) : !buffer_of(t, x)) {
        return 0;
    }
    store_relaxed(&x->telling, false);
    Value line;
    if (exact && owned_mutex_is_spare(&x->lock) && line_at_hand(t, x, &line)) {
        return line;
    }
    if (exact) {
        if (!textio_enter(t, x)) {
            return 0;
        }
        if (!line_at_hand(t, x, &line)) {
            line = readline_locked(t, x, -1);
        }
        owned_mutex_unlock(&x->lock);
    } else {
        line = call_method0(t, self, N(readline));
        if (line && !value_is_str(line)) {
            return raise_error(t, &exc_OSError,
                               "readline() should have returned a str object, not '%T'", line);
        }
    }
    if (line && str_len(line) == 0) {
        store_relaxed(&x->telling, load_relaxed(&x->seekable));
        return 0;
    }
    return line;
}

/* ---- the rest ---- */

static Value textio_detach(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    if (!buffer_of(t, x) || !owned_mutex_enter(t, &x->lock, args[0])) {
        return 0;
    }
    Value buffer = buffer_of(t, x);
    if (buffer && call_method0(t, args[0], N(flush))) {
        store_relaxed(&x->detached, true);
        gc_store(x, &x->buffer, 0);
    } else {
        buffer = 0;
    }
    owned_mutex_unlock(&x->lock);
    return buffer;
}

static Value textio_close(IO_ARGS)
{
    Value buffer = buffer_of(t, textio_of(args[0]));
    int closed = buffer ? io_is_closed(t, buffer) : -1;
    if (closed) {
        return closed < 0 ? 0 : NONE;
    }
    Value flushed = call_method0(t, args[0], N(flush));
    Value error = flushed ? 0 : error_take(t);
    Value result = call_method0(t, buffer, N(close));
    io_unregister(value_object(args[0]));
    if (error) {
        Value second = error_take(t);
        if (second && second != error && !exception_context(second)) {
            exception_set_context(second, error);
        }
        error_restore(t, second ? second : error);
        return 0;
    }
    return result;
}

static void textio_finalize(Thread *t, Value self)
{
    Value buffer = value_load(&textio_of(self)->buffer);
    if (buffer) {
        io_warn_unclosed(t, self, buffer);
        iobase_type.finalize(t, self);
    }
}

static Value textio_truncate(IO_ARGS)
{
    Value buffer = textio_check(t, args[0]) && call_method0(t, args[0], N(flush))
                       ? buffer_of(t, textio_of(args[0]))
                       : 0;
    return buffer ? call_method1(t, buffer, INTERN(t, "truncate"), args[1] ? args[1] : NONE)
                  : 0;
}

static Value ask_buffer(Thread *t, Value self, const char *method)
{
    Value buffer = buffer_of(t, textio_of(self));
    return buffer ? call_method0(t, buffer, intern_cstr(t, method)) : 0;
}
static Value textio_fileno(IO_ARGS) { return ask_buffer(t, args[0], "fileno"); }
static Value textio_isatty(IO_ARGS) { return ask_buffer(t, args[0], "isatty"); }
static Value textio_seekable(IO_ARGS) { return ask_buffer(t, args[0], "seekable"); }
static Value textio_readable(IO_ARGS) { return ask_buffer(t, args[0], "readable"); }
static Value textio_writable(IO_ARGS) { return ask_buffer(t, args[0], "writable"); }

static Value reconfigure_locked(Thread *t, Value self, const Value *args)
{
    TextIO *x = textio_of(self);
    Value encoding = args[1] && !is_none(args[1]) ? args[1] : 0,
          errors = args[2] && !is_none(args[2]) ? args[2] : 0, newline = args[3];
    bool codecs = encoding || errors || newline;
    if (codecs && x->chars && x->snapshot_input) {
        return io_unsupported(
            t, "It is not possible to set the encoding or newline of stream after the first read");
    }
    if (newline && !newline_valid(t, newline)) {
        return 0;
    }
    bool line_buffering = x->line_buffering, write_through = x->write_through;
    if ((args[4] && !is_none(args[4]) && !truth_arg(t, args[4], &line_buffering)) ||
        (args[5] && !is_none(args[5]) && !truth_arg(t, args[5], &write_through)) ||
        !call_method0(t, self, N(flush))) {
        return 0;
    }
    if (encoding && str_eq_cstr(encoding, "locale")) {
        encoding = str_from_cstr(t, locale_encoding());
    }
    if (codecs) {
        errors = errors ? errors : encoding ? N(strict) : x->errors;
        gc_store(x, &x->encoding, encoding ? encoding : x->encoding);
        gc_store(x, &x->errors, errors);
        if (newline) {
            set_newline(x, newline);
        }
        if (!codecs_setup(t, x, x->buffer)) {
            return 0;
        }
    }
    store_relaxed(&x->line_buffering, line_buffering);
    store_relaxed(&x->write_through, write_through);
    return NONE;
}

static Value textio_reconfigure(IO_ARGS)
{
    TextIO *x = textio_of(args[0]);
    if (!buffer_of(t, x) || !owned_mutex_enter(t, &x->lock, args[0])) {
        return 0;
    }
    Value done = buffer_of(t, x) ? reconfigure_locked(t, args[0], args) : 0;
    owned_mutex_unlock(&x->lock);
    return done;
}

static Value textio_repr(Thread *t, Value self)
{
    TextIO *x = textio_of(self);
    Value name = 0, mode = 0;
    if (!load_relaxed(&x->detached) && !buffer_of(t, x)) {
        return 0;
    }
    if (!repr_enter(t, self)) {
        return t->exc ? 0
                      : runtime_error(t, "reentrant call inside %s.__repr__", type_of(self)->name);
    }
    bool ok =
        (object_lookup_attr(t, self, N(name), &name) >= 0 || error_clear_if(t, &exc_ValueError)) &&
        (object_lookup_attr(t, self, N(mode), &mode) >= 0 || error_clear_if(t, &exc_ValueError));
    StrBuilder b;
    sb_init(&b, t);
    ok = ok && sb_cstr(&b, "<_io.TextIOWrapper") && (!name || sb_format(&b, " name=%R", name)) &&
         (!mode || sb_format(&b, " mode=%R", mode)) &&
         sb_format(&b, " encoding=%R>", value_load(&x->encoding));
    repr_leave(t, self);
    return ok ? sb_finish(&b) : 0;
}

static Value get_field(Thread *t, Value self, void *offset)
{
    TextIO *x = textio_of(self);
    if ((uintptr_t)offset == offsetof(TextIO, buffer) || !load_relaxed(&x->detached)) {
        if (!buffer_of(t, x)) {
            return 0;
        }
    }
    Value v = value_load((Value *)(void *)((char *)x + (uintptr_t)offset));
    return v ? v : NONE;
}

static Value get_from_buffer(Thread *t, Value self, void *name)
{
    Value buffer = buffer_of(t, textio_of(self));
    return buffer ? object_getattr_cstr(t, buffer, name) : 0;
}

static Value get_newlines(Thread *t, Value self, void *c UNUSED)
{
    TextIO *x = textio_of(self);
    if (!buffer_of(t, x)) {
        return 0;
    }
    Value decoder = value_load(&x->decoder);
    return decoder && type_of(decoder) == &newline_decoder_type
               ? object_getattr(t, decoder, N(newlines))
               : NONE;
}

static Value get_line_buffering(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(load_relaxed(&textio_of(self)->line_buffering));
}
static Value get_write_through(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(load_relaxed(&textio_of(self)->write_through));
}
static Value get_finalizing(Thread *t UNUSED, Value self UNUSED, void *c UNUSED)
{
    return FALSE_VALUE;
}

static Value get_chunk_size(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return fixnum((int64_t)load_relaxed(&textio_of(self)->chunk_size));
}

static bool set_chunk_size(Thread *t, Value self, Value v, void *c UNUSED)
{
    ssize_t n;
    if (!v) {
        raise_error(t, &exc_AttributeError, "cannot delete attribute");
        return false;
    }
    if (!value_to_ssize(t, v, &n, &exc_ValueError)) {
        return false;
    }
    if (n <= 0) {
        value_error(t, "a strictly positive integer is required");
        return false;
    }
    store_relaxed(&textio_of(self)->chunk_size, (size_t)n);
    return true;
}

static Value textio_getstate(IO_ARGS)
{
    return type_error(t, "cannot pickle '%T' object", args[0]);
}

static const NativeDef textio_methods[] = {
    {"detach()", textio_detach, "Separate the buffer from the text stream.", 0},
    {"reconfigure(*, encoding=None, errors=None, newline=None, line_buffering=None, "
     "write_through=None)",
     textio_reconfigure, "Change parameters of the stream; flushes it.", 0},
    {"write(text, /)", textio_write, "Write the string; return its length.", 0},
    {"read(size=-1, /)", textio_read, "Read at most size characters.", 0},
    {"readline(size=-1, /)", textio_readline, "Read until newline or end of file.", 0},
    {"flush()", textio_flush, "Write what is buffered.", 0},
    {"close()", textio_close, "Flush and close the stream.", 0},
    {"fileno()", textio_fileno, "Return the file descriptor.", 0},
    {"seekable()", textio_seekable, "Return whether the buffer is seekable.", 0},
    {"readable()", textio_readable, "Return whether the buffer is readable.", 0},
    {"writable()", textio_writable, "Return whether the buffer is writable.", 0},
    {"isatty()", textio_isatty, "Return whether the stream is a terminal.", 0},
    {"seek(cookie, whence=0, /)", textio_seek,
     "Change the stream position to one that tell() returned.", 0},
    {"tell()", textio_tell, "Return an opaque number for the stream position.", 0},
    {"truncate(pos=None, /)", textio_truncate, "Truncate the file.", 0},
    {"__getstate__()", textio_getstate, "Raise TypeError: it cannot be pickled.", 0},
    {0},
};
#define FIELD(name) (void *)offsetof(TextIO, name)
static const GetSetDef textio_getset[] = {
    {"buffer", get_field, NULL, "The binary stream.", FIELD(buffer)},
    {"encoding", get_field, NULL, "Name of the encoding.", FIELD(encoding)},
    {"errors", get_field, NULL, "The error handler.", FIELD(errors)},
    {"name", get_from_buffer, NULL, "Name of the stream.", "name"},
    {"closed", get_from_buffer, NULL, "Whether the stream is closed.", "closed"},
    {"newlines", get_newlines, NULL, "Line ends seen so far.", NULL},
    {"line_buffering", get_line_buffering, NULL, "Whether a newline flushes.", NULL},
    {"write_through", get_write_through, NULL, "Whether writes are passed on at once.", NULL},
    {"_finalizing", get_finalizing, NULL, "", NULL},
    {"_CHUNK_SIZE", get_chunk_size, set_chunk_size, "Bytes read at a time.", NULL},
    {0},
};
Type textiowrapper_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                           .name = "_io.TextIOWrapper",
                           .size = sizeof(TextIO),
                           .base = &textiobase_type,
                           .doc = "Character stream over a buffered binary stream.",
                           .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                           .weakrefable = 1,
                           .trace = textio_trace,
                           .free = textio_free,
                           .new = textio_new,
                           .init = textio_init,
                           .repr = textio_repr,
                           .next = textio_next,
                           .finalize = textio_finalize,
                           .methods = textio_methods,
                           .getset = textio_getset,
                           .sig = "TextIOWrapper(buffer, encoding=None, errors=None, newline=None, "
                                  "line_buffering=False, write_through=False)"};
