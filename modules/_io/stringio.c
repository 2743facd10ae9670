/* StringIO: a text stream in memory.  The text is kept in characters of equal width, as wide as the
 * widest that was written, so that any position can be overwritten. */
#include "core/base/atomics.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/lock.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "modules/_io/io.h"

typedef struct StringIO {
    Object head;
    RawBuffer *buf;          /* lock; characters of `kind` bytes each */
    size_t len, pos;         /* lock; in characters; readers may see old or new */
    Value whole;             /* lock: what getvalue() returned, 0: it has changed since then */
    int kind;                /* lock; 1, 2 or 4; 0: no buffer yet */
    Value newline;           /* str to write for \n, or 0: as it is */
    Value read_newline;      /* newline argument: str or NONE */
    Value decoder;           /* NewlineDecoder or 0 */
    bool closed, ready, universal, translate;
} StringIO;

static StringIO *self_of(Value v)
{
    assert(value_isa(v, &stringio_type));
    return (StringIO *)value_object(v);
}
/* The character at i of what is kept. */
static void *chars(StringIO *s, size_t i) { return s->buf ? s->buf->data + i * s->kind : NULL; }

static void stringio_trace(Object *o, Tracer *tr)
{
    StringIO *s = (StringIO *)o;
    trace_object(tr, s->buf);
    trace_value(tr, s->whole);
    trace_value(tr, s->newline);
    trace_value(tr, s->read_newline);
    trace_value(tr, s->decoder);
}

static bool check_open(Thread *t, StringIO *s)
{
    bool closed = load_relaxed(&s->closed);
    bool ready = load_relaxed(&s->ready);
    if (!ready) {
        value_error(t, "I/O operation on uninitialized object");
    } else if (closed) {
        value_error(t, "I/O operation on closed file");
    }
    return ready && !closed;
}

/* Makes room for n characters in all, of `kind` bytes each or fewer. */
static bool reserve_locked(Thread *t, StringIO *s, size_t n, int kind)
{
    if (s->buf && kind <= s->kind && n * s->kind <= s->buf->cap) {
        return true;
    }
    kind = kind < s->kind ? s->kind : kind;
    n = n < s->len ? s->len : n;
    RawBuffer *bigger = raw_buffer_new_unset(t, (n + n / 2 + 32) * kind);
    if (!bigger) {
        return false;
    }
    if (s->buf) {
        chars_copy(kind, bigger->data, 0, s->kind, s->buf->data, 0, s->len);
    }
    GC_STORE_PTR(s, &s->buf, bigger);
    s->kind = kind;
    return true;
}

/* Before each change of the text; another thread that still gets it has asked before the change. */
static void forget_whole_locked(StringIO *s)
{
    if (s->whole) {
        gc_store(s, &s->whole, 0);
    }
}

/* initial: it is the whole text then, and the position stays in front of it. */
static bool write_text(Thread *t, StringIO *s, Value text, bool initial)
{
    Value decoder = value_load(&s->decoder), newline = value_load(&s->newline);
    if (decoder) {
        text = newline_decode(t, (NewlineDecoder *)value_object(decoder), text, true);
    }
    if (text && newline) {
        const Value args[] = {str_from_char(t, '\n'), newline};
        text = call_method(t, text, INTERN(t, "replace"), args, 2);
    }
    if (!text) {
        return false;
    }
    const Str *src = value_str(text);
    bool taken = object_lock(t, s);
    forget_whole_locked(s);
    if (initial) { /* others may have sought and written since the stream was emptied */
        store_relaxed(&s->pos, 0);
        s->len = 0;
    }
    bool ok = reserve_locked(t, s, s->pos + src->len, src->kind);
    if (ok) {
        if (s->pos > s->len) {
            memset(chars(s, s->len), 0, (s->pos - s->len) * s->kind);
        }
        chars_copy(s->kind, s->buf->data, s->pos, src->kind, src->data, 0, src->len);
        size_t end = s->pos + src->len;
        s->len = end > s->len ? end : s->len;
        store_relaxed(&s->pos, initial ? 0 : end);
    }
    object_unlock(s, taken);
    return ok;
}

static size_t position(StringIO *s) { return load_acquire(&s->pos); }

static Value take_locked(Thread *t, StringIO *s, size_t n)
{
    size_t from = s->pos < s->len ? s->pos : s->len, left = s->len - from;
    n = n < left ? n : left;
    store_relaxed(&s->pos, s->pos + n);
    return str_from_kind(t, s->kind, chars(s, from), n);
}

static Value take(Thread *t, StringIO *s, size_t n)
{
    bool taken = object_lock(t, s);
    Value text = take_locked(t, s, n);
    object_unlock(s, taken);
    return text;
}

static Value stringio_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kw UNUSED)
{
    StringIO *s = object_alloc_unfinalized(t, type, &stringio_type);
    return s ? object_value(s) : 0;
}

static bool set_newline(Thread *t, StringIO *s, Value newline)
{
    if (!is_none(newline) && !value_is_str(newline)) {
        type_error(t, "newline must be str or None, not %T", newline);
        return false;
    }
    bool valid = is_none(newline) || str_len(newline) == 0 || str_eq_cstr(newline, "\n") ||
                 str_eq_cstr(newline, "\r") || str_eq_cstr(newline, "\r\n");
    if (!valid) {
        value_error(t, "illegal newline value: %R", newline);
        return false;
    }
    gc_store(s, &s->read_newline, newline);
    bool universal = is_none(newline) || str_len(newline) == 0, translate = is_none(newline);
    Value decoder = universal ? newline_decoder_new(t, NONE, translate) : 0;
    store_relaxed(&s->universal, universal);
    store_relaxed(&s->translate, translate);
    bool replaces = !is_none(newline) && str_len(newline) && str_get(value_str(newline), 0) == '\r';
    gc_store(s, &s->newline, replaces ? newline : 0);
    gc_store(s, &s->decoder, decoder);
    return !universal || decoder;
}

static void open_empty(Thread *t, StringIO *s)
{
    bool taken = object_lock(t, s);
    forget_whole_locked(s);
    store_relaxed(&s->pos, 0);
    s->len = 0;
    store_relaxed(&s->closed, false);
    store_relaxed(&s->ready, true);
    object_unlock(s, taken);
}

static bool stringio_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("StringIO(initial_value='', newline='\\n')");
    Value a[2];
    StringIO *s = self_of(self);
    if (!args_bind(t, &sig, args, n, kw, a) ||
        !set_newline(t, s, a[1] ? a[1] : str_from_char(t, '\n'))) {
        return false;
    }
    open_empty(t, s);
    if (!a[0] || is_none(a[0])) {
        return true;
    }
    if (!value_is_str(a[0])) {
        type_error(t, "initial_value must be str or None, not %T", a[0]);
        return false;
    }
    return write_text(t, s, a[0], true);
}

static Value stringio_read(IO_ARGS)
{
    ssize_t size = -1;
    if (!check_open(t, self_of(args[0])) || !io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    return take(t, self_of(args[0]), size < 0 ? SIZE_MAX : (size_t)size);
}

/* Length of the next line; the lock is held. */
static size_t line_length(StringIO *s)
{
    bool universal = load_relaxed(&s->universal), any = universal && !load_relaxed(&s->translate);
    Value end = universal ? 0 : value_load(&s->read_newline);
    uint32_t first = end && str_len(end) ? str_get(value_str(end), 0) : '\n';
    bool pair = end && str_len(end) == 2;
    size_t left = s->pos < s->len ? s->len - s->pos : 0;
    const void *p = chars(s, s->pos);
    if (!pair && !any) {
        ssize_t at = left ? chars_find_char(s->kind, p, left, first) : -1;
        return at < 0 ? left : (size_t)at + 1;
    }
    for (size_t i = 0; i < left; i++) {
        uint32_t c = chars_get(s->kind, p, i);
        bool crlf = c == '\r' && i + 1 < left && chars_get(s->kind, p, i + 1) == '\n';
        if (crlf || (any && (c == '\n' || c == '\r'))) {
            return i + 1 + crlf;
        }
    }
    return left;
}

static Value take_line(Thread *t, StringIO *s, ssize_t limit)
{
    bool taken = object_lock(t, s);
    size_t n = line_length(s);
    Value text = take_locked(t, s, limit >= 0 && (size_t)limit < n ? (size_t)limit : n);
    object_unlock(s, taken);
    return text;
}

static Value stringio_readline(IO_ARGS)
{
    StringIO *s = self_of(args[0]);
    ssize_t limit = -1;
    if (!check_open(t, s) || !io_index_or_none(t, args[1], &limit)) {
        return 0;
    }
    return take_line(t, s, limit);
}

static Value stringio_next(Thread *t, Value self)
{
    StringIO *s = self_of(self);
    if (!check_open(t, s)) {
        return 0;
    }
    Value line;
    if (type_of(self) == &stringio_type) {
        line = take_line(t, s, -1);
    } else {
        line = call_method0(t, self, N(readline));
        if (line && !value_is_str(line)) {
            return raise_error(t, &exc_OSError,
                               "readline() should have returned a str object, not '%T'", line);
        }
    }
    return line && str_len(line) ? line : 0;
}

static Value stringio_write(IO_ARGS)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "string argument expected, got '%T'", args[1]);
    }
    if (!check_open(t, self_of(args[0]))) {
        return 0;
    }
    size_t len = str_len(args[1]);
    return len == 0 || write_text(t, self_of(args[0]), args[1], false) ? fixnum((int64_t)len) : 0;
}

static Value stringio_getvalue(IO_ARGS)
{
    StringIO *s = self_of(args[0]);
    if (!check_open(t, s)) {
        return 0;
    }
    Value text = value_load(&s->whole);
    if (text) {
        return text;
    }
    bool taken = object_lock(t, s);
    text = str_from_kind(t, s->kind, chars(s, 0), s->len);
    if (text) {
        gc_store(s, &s->whole, text);
    }
    object_unlock(s, taken);
    return text;
}

static Value stringio_seek(IO_ARGS)
{
    StringIO *s = self_of(args[0]);
    ssize_t pos;
    int whence = 0;
    if (!check_open(t, s) || !value_to_ssize(t, args[1], &pos, &exc_OverflowError) ||
        (args[2] && !value_to_int(t, args[2], &whence))) {
        return 0;
    }
    if (whence < 0 || whence > 2) {
        return value_error(t, "Invalid whence (%d, should be 0, 1 or 2)", whence);
    }
    if (whence == 0 && pos < 0) {
        return value_error(t, "Negative seek position %zd", pos);
    }
    if (whence != 0 && pos != 0) {
        return raise_error(t, &exc_OSError, "Can't do nonzero cur-relative seeks");
    }
    bool taken = object_lock(t, s);
    size_t to = whence == 0 ? (size_t)pos : whence == 1 ? s->pos : s->len;
    store_relaxed(&s->pos, to);
    object_unlock(s, taken);
    return int_from_int64(t, (int64_t)to);
}

static Value stringio_tell(IO_ARGS)
{
    return check_open(t, self_of(args[0]))
               ? int_from_int64(t, (int64_t)position(self_of(args[0])))
               : 0;
}

static Value stringio_truncate(IO_ARGS)
{
    StringIO *s = self_of(args[0]);
    ssize_t size = (ssize_t)position(s);
    if (!check_open(t, s) || !io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    if (size < 0) {
        return value_error(t, "Negative size value %zd", size);
    }
    bool taken = object_lock(t, s);
    forget_whole_locked(s);
    s->len = (size_t)size < s->len ? (size_t)size : s->len;
    object_unlock(s, taken);
    return int_from_int64(t, size);
}

static Value stringio_close(IO_ARGS)
{
    StringIO *s = self_of(args[0]);
    bool taken = object_lock(t, s);
    store_relaxed(&s->closed, true);
    GC_STORE_PTR(s, &s->buf, NULL);
    forget_whole_locked(s);
    store_relaxed(&s->pos, 0);
    s->len = 0;
    s->kind = 0;
    object_unlock(s, taken);
    return NONE;
}

static Value stringio_true(IO_ARGS) { return check_open(t, self_of(args[0])) ? TRUE_VALUE : 0; }
static Value stringio_get_closed(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(load_relaxed(&self_of(self)->closed));
}
static Value stringio_get_line_buffering(Thread *t UNUSED, Value self UNUSED, void *c UNUSED)
{
    return FALSE_VALUE;
}

static Value stringio_get_newlines(Thread *t, Value self, void *c UNUSED)
{
    StringIO *s = self_of(self);
    Value decoder = value_load(&s->decoder);
    return !check_open(t, s) ? 0 : decoder ? object_getattr(t, decoder, N(newlines)) : NONE;
}

static Value stringio_getstate(IO_ARGS)
{
    Value text = stringio_getvalue(t, args, 1, 0);
    Value dict = text ? io_dict_for_pickle(t, args[0]) : 0;
    StringIO *s = self_of(args[0]);
    return dict ? tuple_pack(t, 4, text, value_load(&s->read_newline),
                             int_from_int64(t, (int64_t)position(s)), dict)
                : 0;
}

static Value stringio_setstate(IO_ARGS)
{
    Value state = args[1];
    StringIO *s = self_of(args[0]);
    if (load_relaxed(&s->closed)) {
        return value_error(t, "I/O operation on closed file");
    }
    if (!value_is_tuple(state) || tuple_len(state) < 4) {
        return type_error(t, "%T.__setstate__ argument should be 4-tuple, got %T", args[0], state);
    }
    Value init[2] = {N(empty), tuple_get(state, 1)}, text = tuple_get(state, 0),
          dict = tuple_get(state, 3);
    ssize_t pos;
    if (!stringio_init(t, args[0], init, 2, 0)) {
        return 0;
    }
    if (!value_is_str(text)) {
        return type_error(t, "initial_value must be str, not %T", text);
    }
    const Str *src = value_str(text);
    if (!value_is_int(tuple_get(state, 2))) {
        return type_error(t, "third item of state must be an integer, got %T", tuple_get(state, 2));
    }
    if (!value_to_ssize(t, tuple_get(state, 2), &pos, &exc_OverflowError)) {
        return 0;
    }
    if (pos < 0) {
        return value_error(t, "position value cannot be negative");
    }
    bool taken = object_lock(t, s), ok = reserve_locked(t, s, src->len + 1, src->kind);
    forget_whole_locked(s);
    if (ok) {
        chars_copy(s->kind, s->buf->data, 0, src->kind, src->data, 0, src->len);
    }
    s->len = ok ? src->len : 0;
    store_relaxed(&s->pos, (size_t)pos);
    object_unlock(s, taken);
    if (!ok) {
        return 0;
    }
    if (is_none(dict)) {
        return NONE;
    }
    if (!value_is_dict(dict)) {
        return type_error(t, "fourth item of state should be a dict, got a %T", dict);
    }
    Value own = instance_dict(t, value_object(args[0]));
    return own && dict_update(t, own, dict) ? NONE : 0;
}

static const NativeDef stringio_methods[] = {
    {"close()", stringio_close, "Close the stream and free the text.", 0},
    {"getvalue()", stringio_getvalue, "Return the entire contents.", 0},
    {"read(size=-1, /)", stringio_read, "Read at most size characters.", 0},
    {"readline(size=-1, /)", stringio_readline, "Read until newline or end.", 0},
    {"tell()", stringio_tell, "Return the position.", 0},
    {"truncate(pos=None, /)", stringio_truncate, "Truncate to pos characters.", 0},
    {"seek(pos, whence=0, /)", stringio_seek, "Change the position.", 0},
    {"write(s, /)", stringio_write, "Write the string; return its length.", 0},
    {"readable()", stringio_true, "Return True.", 0},
    {"writable()", stringio_true, "Return True.", 0},
    {"seekable()", stringio_true, "Return True.", 0},
    {"__getstate__()", stringio_getstate, "Return the state for pickling, where there is one.", 0},
    {"__setstate__(state, /)", stringio_setstate, "Restore what __getstate__() returned.", 0},
    {0},
};
static const GetSetDef stringio_getset[] = {
    {"closed", stringio_get_closed, NULL, "Whether it is closed.", NULL},
    {"newlines", stringio_get_newlines, NULL, "Line ends seen so far.", NULL},
    {"line_buffering", stringio_get_line_buffering, NULL, "False.", NULL},
    {0},
};
Type stringio_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                      .name = "_io.StringIO",
                      .size = sizeof(StringIO),
                      .base = &textiobase_type,
                      .doc = "Text I/O over a string in memory.",
                      .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                      .weakrefable = 1,
                      .trace = stringio_trace,
                      .new = stringio_new,
                      .init = stringio_init,
                      .next = stringio_next,
                      .methods = stringio_methods,
                      .getset = stringio_getset,
                      .sig = "StringIO(initial_value='', newline='\\n')"};
