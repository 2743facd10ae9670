/* BufferedReader, BufferedWriter, BufferedRandom: one struct serves all three (window.h). */
#include <errno.h>

#include "core/base/racy.h"
#include "core/object/codec.h"
#include "core/object/exception.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/_io/window.h"

static Buffered *self_of(Value v) { return (Buffered *)value_object(v); }

static void buffered_trace(Object *o, Tracer *tr)
{
    Buffered *b = (Buffered *)o;
    trace_value(tr, b->raw);
    trace_object(tr, b->buf);
}

/* 0: raised */
static Value raw_of(Thread *t, Buffered *b)
{
    return io_below(t, &b->raw, &b->detached, "raw stream has been detached");
}

Value buffered_raw(Value self)
{
    const Type *type = type_of(self);
    bool exact = type == &buffered_reader_type || type == &buffered_writer_type ||
                 type == &buffered_random_type;
    return exact ? value_load(&self_of(self)->raw) : 0;
}

/* Takes the lock for an operation on the raw stream, which stays what it is until then.  false:
 * raised, and nothing is locked. */
static bool enter(Thread *t, Value self)
{
    Buffered *b = self_of(self);
    if (!owned_mutex_enter(t, &b->lock, self)) {
        return false;
    }
    if (!raw_of(t, b)) {
        owned_mutex_unlock(&b->lock);
        return false;
    }
    return true;
}

static bool check_usable(Thread *t, Value self, const char *what)
{
    Value raw = raw_of(t, self_of(self));
    int closed = raw ? io_is_closed(t, raw) : -1;
    if (closed > 0) {
        value_error(t, strcmp(what, "write") == 0 ? "%s to closed file" : "%s of closed file",
                    what);
    }
    return closed == 0;
}

/* ---- construction ---- */

static Value buffered_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kw UNUSED)
{
    Buffered *b = object_alloc_instance(t, type, 0);
    return b ? object_value(b) : 0;
}

static bool setup_locked(Thread *t, Buffered *b, Value raw, ssize_t size, bool reads, bool writes)
{
    gc_store(b, &b->raw, 0);
    store_relaxed(&b->detached, false);
    if (size <= 0) {
        value_error(t, "buffer size must be strictly positive");
        return false;
    }
    b->buf = NULL;
    store_relaxed(&b->size, (size_t)size);
    store_relaxed(&b->writes, writes);
    b->reads = reads;
    b->appends = value_isa(raw, &fileio_type) && fileio_is_appending(raw);
    window_clear(b);
    b->raw_pos = -1;
    /* of an unusual size: the constructor tells when there is no memory */
    if (size != IO_BUFFER_SIZE && !window_need_buffer(t, b)) {
        return false;
    }
    gc_store(b, &b->raw, raw); /* others may use it from here on */
    if (writes) {
        io_unregister(&b->head);
        io_register(&b->head);
    }
    return true;
}

static bool buffered_setup(Thread *t, Value self, Value raw, Value size, bool reads, bool writes)
{
    Buffered *b = self_of(self);
    ssize_t n_bytes = IO_BUFFER_SIZE;
    if ((size && !value_to_ssize(t, size, &n_bytes, &exc_ValueError)) ||
        !owned_mutex_enter(t, &b->lock, self)) {
        return false;
    }
    bool ok = setup_locked(t, b, raw, n_bytes, reads, writes);
    owned_mutex_unlock(&b->lock);
    return ok;
}

static void buffered_free(Object *o) { io_unregister(o); }

static bool reader_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("BufferedReader(raw, buffer_size=8192)");
    Value a[2];
    return args_bind(t, &sig, args, n, kw, a) &&
           io_check_able(t, a[0], "readable", "File or stream is not readable.") &&
           buffered_setup(t, self, a[0], a[1], true, false);
}

static bool writer_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("BufferedWriter(raw, buffer_size=8192)");
    Value a[2];
    return args_bind(t, &sig, args, n, kw, a) &&
           io_check_able(t, a[0], "writable", "File or stream is not writable.") &&
           buffered_setup(t, self, a[0], a[1], false, true);
}

static bool random_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("BufferedRandom(raw, buffer_size=8192)");
    Value a[2];
    return args_bind(t, &sig, args, n, kw, a) &&
           io_check_able(t, a[0], "seekable", "File or stream is not seekable.") &&
           io_check_able(t, a[0], "readable", "File or stream is not readable.") &&
           io_check_able(t, a[0], "writable", "File or stream is not writable.") &&
           buffered_setup(t, self, a[0], a[1], true, true);
}

/* ---- reading ---- */

static bool start_read(Thread *t, Value self, const char *what)
{
    return check_usable(t, self, what) && enter(t, self);
}

static size_t take_ahead(Buffered *b, char *p, size_t n)
{
    n = n < window_ahead_len(b) ? n : window_ahead_len(b);
    memcpy(p, window_ahead(b), n);
    b->pos += n;
    return n;
}

static Value read_all_locked(Thread *t, Buffered *b)
{
    Value head = bytes_new(t, window_ahead(b), window_ahead_len(b));
    Value readall = 0, rest;
    b->pos = b->len;
    if (!head || !window_close(t, b)) {
        return 0;
    }
    b->raw_pos = -1;
    if (object_lookup_attr(t, b->raw, INTERN(t, "readall"), &readall) < 0) {
        return 0;
    }
    if (readall) {
        rest = call0(t, readall);
        if (!rest) {
            return 0;
        }
        if (is_none(rest)) {
            return value_bytes(head)->len ? head : rest;
        }
        if (!value_is_bytes(rest)) {
            return type_error(t, "readall() should return bytes");
        }
        return value_bytes(head)->len ? bytes_concat(t, head, rest) : rest;
    }
    Value parts = list_new(t, 4);
    if (!parts || (value_bytes(head)->len && !list_append(t, parts, head))) {
        return 0;
    }
    for (;;) {
        Value chunk = call_method0(t, b->raw, N(read));
        if (!chunk) {
            return 0;
        }
        if (!is_none(chunk) && !value_is_bytes(chunk)) {
            return type_error(t, "read() should return bytes");
        }
        if (is_none(chunk) || value_bytes(chunk)->len == 0) {
            if (list_len(parts) == 0) {
                return chunk;
            }
            return call_method1(t, bytes_new(t, "", 0), INTERN(t, "join"), parts);
        }
        if (!list_append(t, parts, chunk)) {
            return 0;
        }
    }
}

/* Exactly n bytes unless the stream ends or would block. */
static Value read_n_locked(Thread *t, Buffered *b, size_t n)
{
    Value out = bytes_new_unset(t, n);
    if (!out) {
        return 0;
    }
    char *p = value_bytes(out)->data;
    size_t done = take_ahead(b, p, n);
    while (done < n) {
        ssize_t got;
        if (n - done >= b->size) {
            size_t whole = (n - done) / b->size * b->size;
            got = window_read_past(t, b, p + done, whole);
            done += got > 0 ? (size_t)got : 0;
        } else {
            got = window_fill(t, b, b->size);
            done += got > 0 ? take_ahead(b, p + done, n - done) : 0;
        }
        if (got == -1) {
            return 0;
        }
        if (got == -2 && done == 0) {
            return NONE;
        }
        if (got <= 0) {
            break;
        }
    }
    return bytes_shorten(t, out, done);
}

/* Is it over an open file, and is nobody to be kept from it until the next poll? */
static inline bool is_at_hand(Buffered *b)
{
    return owned_mutex_is_spare(&b->lock) && b->raw && type_of(b->raw) == &fileio_type &&
           !fileio_is_closed(b->raw);
}

/* n bytes where nothing but that is to be done: they have been read ahead.  0: not so, or
 * raised. */
static Value bytes_at_hand(Thread *t, Buffered *b, size_t n)
{
    if (!is_at_hand(b) || window_ahead_len(b) < n) {
        return 0;
    }
    lock_section_begin(t);
    Value bytes = bytes_new(t, window_ahead(b), n);
    b->pos += bytes ? n : 0;
    lock_section_end();
    return bytes;
}

/* The same for the next line. */
static Value line_at_hand(Thread *t, Buffered *b)
{
    if (!is_at_hand(b) || !window_ahead_len(b)) {
        return 0;
    }
    lock_section_begin(t);
    const char *p = window_ahead(b), *newline = memchr(p, '\n', window_ahead_len(b));
    Value line = newline ? bytes_new(t, p, (size_t)(newline - p) + 1) : 0;
    b->pos += line ? (size_t)(newline - p) + 1 : 0;
    lock_section_end();
    return line;
}

static Value buffered_read(IO_ARGS)
{
    ssize_t size = -1;
    Buffered *b = self_of(args[0]);
    if (args[1] && value_is_fixnum(args[1]) && fixnum_get(args[1]) > 0) {
        Value bytes = bytes_at_hand(t, b, (size_t)fixnum_get(args[1]));
        if (bytes || error_pending(t)) {
            return bytes;
        }
    }
    if (!raw_of(t, b) || !io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    if (size < -1) {
        return value_error(t, "read length must be non-negative or -1");
    }
    if (!start_read(t, args[0], "read")) {
        return 0;
    }
    Value v = size < 0 ? read_all_locked(t, b) : read_n_locked(t, b, (size_t)size);
    owned_mutex_unlock(&b->lock);
    return v;
}

static Value buffered_read1(IO_ARGS)
{
    ssize_t size = -1;
    Buffered *b = self_of(args[0]);
    if (!raw_of(t, b) || !io_index_or_none(t, args[1], &size) || !start_read(t, args[0], "read")) {
        return 0;
    }
    size_t want = size < 0 ? b->size : (size_t)size, ahead = window_ahead_len(b);
    Value out = 0;
    if (ahead || want == 0) {
        want = want < ahead ? want : ahead;
        out = bytes_new(t, window_ahead(b), want);
        b->pos += want;
    } else if (want <= b->size) { /* mostly much less than that is there */
        ssize_t got = window_fill(t, b, want);
        out = got == -1 ? 0 : bytes_new(t, window_ahead(b), b->len);
        b->pos = b->len;
    } else {
        out = bytes_new_unset(t, want);
        ssize_t got = out ? window_read_past(t, b, value_bytes(out)->data, want) : -1;
        out = got == -1 ? 0 : bytes_shorten(t, out, got > 0 ? (size_t)got : 0);
    }
    owned_mutex_unlock(&b->lock);
    return out;
}

static Value readinto_common(Thread *t, Value *args, bool once)
{
    Buffered *b = self_of(args[0]);
    Buffer view;
    if (!start_read(t, args[0], "readinto")) {
        return 0;
    }
    if (!buffer_get_writable(t, args[1], &view, "readinto")) {
        owned_mutex_unlock(&b->lock);
        return 0;
    }
    size_t n = (size_t)view.len;
    char *p = racy_lend(view.buf, n);
    size_t done = take_ahead(b, p, n);
    ssize_t got = 1;
    while (done < n) {
        if (n - done > b->size) {
            got = window_read_past(t, b, p + done, n - done);
            done += got > 0 ? (size_t)got : 0;
            if (once) {
                break;
            }
        } else if (once && done) {
            break;
        } else {
            got = window_fill(t, b, b->size);
            done += got > 0 ? take_ahead(b, p + done, n - done) : 0;
        }
        if (got <= 0) {
            break;
        }
    }
    racy_take_back(p, view.buf, (ssize_t)done);
    buffer_release(t, &view);
    owned_mutex_unlock(&b->lock);
    return got == -1 ? 0 : got == -2 && !done ? NONE : fixnum((int64_t)done);
}
static Value buffered_readinto(IO_ARGS) { return readinto_common(t, args, false); }
static Value buffered_readinto1(IO_ARGS) { return readinto_common(t, args, true); }

static Value buffered_peek(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    if (!start_read(t, args[0], "peek")) {
        return 0;
    }
    ssize_t got = window_ahead_len(b) ? 1 : window_fill(t, b, b->size);
    Value v = got == -1 ? 0 : bytes_new(t, window_ahead(b), window_ahead_len(b));
    owned_mutex_unlock(&b->lock);
    return v;
}

static Value readline_locked(Thread *t, Buffered *b, ssize_t limit)
{
    ByteBuilder line; /* what came before the buffer's contents */
    bool begun = false;
    for (;;) {
        size_t ahead = window_ahead_len(b);
        if (limit >= 0 && (size_t)limit < ahead) {
            ahead = (size_t)limit;
        }
        const char *p = window_ahead(b), *newline = ahead ? memchr(p, '\n', ahead) : NULL;
        size_t n = newline ? (size_t)(newline - p) + 1 : ahead;
        bool last = newline || (limit >= 0 && (size_t)limit == n);
        if (last && !begun) {
            b->pos += n;
            return bytes_new(t, p, n);
        }
        if (!begun) {
            bb_init(&line, t);
            begun = true;
        }
        if (!bb_bytes(&line, p, n)) {
            return 0;
        }
        b->pos += n;
        limit = limit >= 0 ? limit - (ssize_t)n : limit;
        ssize_t got = last ? 0 : window_fill(t, b, b->size);
        if (got <= 0) {
            return got == -1 ? 0 : bb_finish(&line);
        }
    }
}

static Value buffered_readline(IO_ARGS)
{
    ssize_t limit = -1;
    Buffered *b = self_of(args[0]);
    Value line = args[1] ? 0 : line_at_hand(t, b);
    if (line || error_pending(t)) {
        return line;
    }
    if (!raw_of(t, b) || !io_index_or_none(t, args[1], &limit) ||
        !start_read(t, args[0], "readline")) {
        return 0;
    }
    Value v = readline_locked(t, b, limit);
    owned_mutex_unlock(&b->lock);
    return v;
}

static Value buffered_next(Thread *t, Value self)
{
    Value line;
    if (type_of(self) == &buffered_reader_type || type_of(self) == &buffered_random_type) {
        line = line_at_hand(t, self_of(self));
        if (line || error_pending(t)) {
            return line;
        }
        if (!start_read(t, self, "readline")) {
            return 0;
        }
        line = readline_locked(t, self_of(self), -1);
        owned_mutex_unlock(&self_of(self)->lock);
    } else {
        line = call_method0(t, self, N(readline));
        if (line && !value_is_bytes(line)) {
            return raise_error(t, &exc_OSError,
                               "readline() should have returned a bytes object, not '%T'", line);
        }
    }
    return line && value_bytes(line)->len ? line : 0;
}

/* ---- writing ---- */

/* The raw stream takes no more now: keeps what the window has room for behind what is dirty. */
static ssize_t write_blocked(Thread *t, Buffered *b, const char *p, size_t n)
{
    size_t part = 0, gone = b->dirty;
    if (!error_matches(t, &exc_BlockingIOError)) {
        return -1;
    }
    error_clear(t);
    if (b->at == gone && b->pos == b->dirty_end && b->pos == b->len) {
        memmove(b->buf->data, b->buf->data + gone, b->len - gone);
        b->at = b->dirty = 0; /* the raw stream stands where it could not go on */
        b->pos = b->dirty_end = b->len = b->len - gone;
        part = n < b->size - b->pos ? n : b->size - b->pos;
        window_put(b, p, part);
    }
    return part == n ? (ssize_t)n : (raise_blocked(t, part), -1);
}

/* Puts n bytes into the window or past it; how many were taken, -1 raised. */
static ssize_t write_locked(Thread *t, Buffered *b, const char *p, size_t n)
{
    size_t done = 0;
    if (!window_need_buffer(t, b)) {
        return -1;
    }
    if (window_takes(b, n)) {
        window_put(b, p, n);
        return (ssize_t)n;
    }
    if (!window_flush(t, b)) {
        return write_blocked(t, b, p, n);
    }
    if (!window_close(t, b)) {
        return -1;
    }
    while (n - done > b->size) {
        ssize_t put = raw_write(t, b, p + done, n - done);
        if (put == -1) {
            return -1;
        }
        if (put == -2) {
            window_put(b, p + done, b->size);
            raise_blocked(t, done + b->size);
            return -1;
        }
        done += (size_t)put;
        if (!thread_check_signals(t)) {
            return -1;
        }
    }
    window_put(b, p + done, n - done);
    return (ssize_t)n;
}

ssize_t buffered_put(Thread *t, Value self, const char *p, size_t n)
{
    Buffered *b = self_of(self);
    ssize_t done = -1;
    if (check_usable(t, self, "write") && enter(t, self)) {
        if (check_usable(t, self, "write")) { /* another thread may have closed it meanwhile */
            done = write_locked(t, b, p, n);
        }
        owned_mutex_unlock(&b->lock);
    }
    return done;
}

bool buffered_writes_plainly(Thread *t, Value self)
{
    const Type *type = type_of(self);
    return (type == &buffered_writer_type || type == &buffered_random_type) &&
           instance_get(t, value_object(self), N(write)) == 0;
}

/* Puts bytes into the window where nothing else is to be done. */
static bool write_at_hand(Buffered *b, const Bytes *from)
{
    if (!is_at_hand(b) || !window_takes(b, from->len)) {
        return false;
    }
    window_put(b, from->data, from->len);
    return true;
}

static Value buffered_write(IO_ARGS)
{
    Buffer view;
    if (type_of(args[1]) == &bytes_type && write_at_hand(self_of(args[0]), value_bytes(args[1]))) {
        return fixnum((int64_t)value_bytes(args[1])->len);
    }
    if (!raw_of(t, self_of(args[0])) || !buffer_get_once(t, args[1], &view)) {
        return 0;
    }
    ssize_t done = buffered_put(t, args[0], view.buf, (size_t)view.len);
    buffer_release(t, &view);
    return done < 0 ? 0 : fixnum(done);
}

static Value buffered_flush(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    if (!check_usable(t, args[0], "flush") || !enter(t, args[0])) {
        return 0;
    }
    Value raw = b->raw;
    bool writes = b->writes;
    bool ok = !writes || window_close(t, b);
    owned_mutex_unlock(&b->lock);
    return !ok ? 0 : writes ? NONE : call_method0(t, raw, N(flush));
}

/* ---- position ---- */

static Value buffered_tell(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    Value raw = raw_of(t, b);
    if (!raw) {
        return 0;
    }
    bool inside = owned_mutex_is_mine(t, &b->lock); /* a method of the raw stream asks */
    owned_mutex_lock(t, &b->lock);
    int64_t at, ahead = (int64_t)b->pos - (int64_t)b->at;
    Value pos = call_method0(t, raw, INTERN(t, "tell"));
    bool told = pos && value_to_int64(t, pos, &at);
    b->raw_pos = inside ? b->raw_pos : told && raw == b->raw ? at : -1;
    owned_mutex_unlock(&b->lock);
    if (!told) {
        return 0;
    }
    if (at < 0) {
        return raise_error(t, &exc_OSError, "Raw stream returned invalid position %lld",
                           (long long)at);
    }
    at += ahead;
    return int_from_int64(t, at < 0 ? 0 : at);
}

/* A place within the window that is read needs no call of the raw stream. */
static bool seek_within(Buffered *b, int64_t offset, int whence)
{
    if (whence > 1 || !b->reads || b->len == 0 || b->raw_pos < (int64_t)b->at ||
        (b->appends && window_is_dirty(b))) {
        return false;
    }
    int64_t start = whence == 0 ? b->raw_pos - (int64_t)b->at : -(int64_t)b->pos;
    if (offset < start || offset > start + (int64_t)b->len) {
        return false;
    }
    b->pos = (size_t)(offset - start);
    return true;
}

static Value buffered_seek(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    int whence = 0;
    int64_t offset;
    Value raw = raw_of(t, b);
    if (!raw || (args[2] && !value_to_int(t, args[2], &whence))) {
        return 0;
    }
    if (whence < 0 || whence > 4) {
        return value_error(t, "whence value %d unsupported", whence);
    }
    bool known_seekable = type_of(raw) == &fileio_type && fileio_is_seekable(raw);
    if (!check_usable(t, args[0], "seek") ||
        (!known_seekable &&
         !io_check_able(t, raw, "seekable", "File or stream is not seekable.")) ||
        !value_to_int64(t, args[1], &offset) || !enter(t, args[0])) {
        return 0;
    }
    Value pos = 0;
    if (seek_within(b, offset, whence)) {
        pos = int_from_int64(t, b->raw_pos - (int64_t)b->at + (int64_t)b->pos);
    } else if (window_flush(t, b)) {
        offset += whence == 1 ? (int64_t)b->pos - (int64_t)b->at : 0;
        pos = raw_seek(t, b, offset, whence);
        if (pos) {
            window_clear(b);
        }
    }
    owned_mutex_unlock(&b->lock);
    return pos;
}

static Value buffered_truncate(IO_ARGS)
{
    if (!check_usable(t, args[0], "truncate")) {
        return 0;
    }
    if (!load_relaxed(&self_of(args[0])->writes)) {
        return io_unsupported(t, "truncate");
    }
    if (!buffered_flush(t, args, 1, 0)) {
        return 0;
    }
    Value size = args[1] && !is_none(args[1]) ? args[1] : buffered_tell(t, args, 1, 0);
    Value raw = size ? raw_of(t, self_of(args[0])) : 0;
    return raw ? call_method1(t, raw, INTERN(t, "truncate"), size) : 0;
}

/* ---- closing ---- */

static Value buffered_close(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    Value raw = raw_of(t, b);
    int closed = raw ? io_is_closed(t, raw) : -1;
    if (closed) {
        return closed < 0 ? 0 : NONE;
    }
    Value flushed = call_method0(t, args[0], N(flush));
    Value error = flushed ? 0 : error_take(t);
    /* writers wait and find the stream closed */
    bool locked = owned_mutex_enter(t, &b->lock, args[0]);
    Value result = locked ? call_method0(t, raw, N(close)) : 0;
    if (locked) {
        owned_mutex_unlock(&b->lock);
    }
    io_unregister(value_object(args[0]));
    if (error) {
        Value second = result ? 0 : error_take(t);
        if (second && !exception_context(second)) {
            exception_set_context(second, error);
        }
        error_restore(t, second ? second : error);
        return 0;
    }
    return result;
}

static void buffered_finalize(Thread *t, Value self)
{
    Value raw = value_load(&self_of(self)->raw);
    if (raw) {
        io_warn_unclosed(t, self, raw);
        iobase_type.finalize(t, self);
    }
}

static Value buffered_detach(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    if (!raw_of(t, b) || !call_method0(t, args[0], N(flush)) || !enter(t, args[0])) {
        return 0;
    }
    Value raw = b->raw;
    bool ok = window_flush(t, b); /* another thread may have written meanwhile */
    if (ok) {
        store_relaxed(&b->detached, true);
        gc_store(b, &b->raw, 0);
    }
    owned_mutex_unlock(&b->lock);
    return ok ? raw : 0;
}

/* ---- what the raw stream answers ---- */

static Value ask_raw(Thread *t, Value self, const char *method)
{
    Value raw = raw_of(t, self_of(self));
    return raw ? call_method0(t, raw, intern_cstr(t, method)) : 0;
}
static Value buffered_seekable(IO_ARGS) { return ask_raw(t, args[0], "seekable"); }
static Value buffered_readable(IO_ARGS) { return ask_raw(t, args[0], "readable"); }
static Value buffered_writable(IO_ARGS) { return ask_raw(t, args[0], "writable"); }
static Value buffered_fileno(IO_ARGS) { return ask_raw(t, args[0], "fileno"); }
static Value buffered_isatty(IO_ARGS) { return ask_raw(t, args[0], "isatty"); }

static Value raw_attr(Thread *t, Value self, void *name)
{
    Value raw = raw_of(t, self_of(self));
    return raw ? object_getattr_cstr(t, raw, name) : 0;
}

static Value buffered_get_raw(Thread *t UNUSED, Value self, void *c UNUSED)
{
    Value raw = value_load(&self_of(self)->raw);
    return raw ? raw : NONE;
}

static Value buffered_repr(Thread *t, Value self)
{
    Value name = 0;
    if (object_lookup_attr(t, self, N(name), &name) < 0 && !error_clear_if(t, &exc_ValueError)) {
        return 0;
    }
    if (!name) {
        return str_format(t, "<%s>", type_of(self)->name);
    }
    if (!repr_enter(t, self)) {
        return t->exc ? 0
                      : runtime_error(t, "reentrant call inside %s.__repr__", type_of(self)->name);
    }
    Value text = str_format(t, "<%s name=%R>", type_of(self)->name, name);
    repr_leave(t, self);
    return text;
}

static Value buffered_getstate(IO_ARGS)
{
    return type_error(t, "cannot pickle '%T' object", args[0]);
}

static Value buffered_dealloc_warn(IO_ARGS)
{
    Value raw = value_load(&self_of(args[0])->raw);
    if (raw && !call_method1(t, raw, INTERN(t, "_dealloc_warn"), args[1])) {
        error_clear(t);
    }
    return NONE;
}

static Value buffered_sizeof(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    return fixnum((int64_t)(sizeof *b + load_relaxed(&b->size)));
}

/* clang-format off: it takes the entries for statements */
#define BUFFERED_COMMON                                                                           \
    {"detach()", buffered_detach, "Separate the raw stream from the buffer.", 0},                 \
    {"flush()", buffered_flush, "Write what is buffered.", 0},                                    \
    {"close()", buffered_close, "Flush and close the stream.", 0},                                \
    {"seekable()", buffered_seekable, "Return whether the raw stream is seekable.", 0},           \
    {"fileno()", buffered_fileno, "Return the file descriptor.", 0},                              \
    {"isatty()", buffered_isatty, "Return whether the stream is a terminal.", 0},                 \
    {"seek(target, whence=0, /)", buffered_seek, "Change the stream position.", 0},               \
    {"tell()", buffered_tell, "Return the stream position.", 0},                                  \
    {"truncate(pos=None, /)", buffered_truncate, "Truncate the file.", 0},                        \
    {"_dealloc_warn(source, /)", buffered_dealloc_warn, "Warn that source was never closed.", 0}, \
    {"__getstate__()", buffered_getstate, "Raise TypeError: it cannot be pickled.", 0},           \
    {"__sizeof__()", buffered_sizeof, "Return the size in bytes, with the buffer.", 0}
#define BUFFERED_READING                                                                          \
    {"readable()", buffered_readable, "Return whether the raw stream is readable.", 0},           \
    {"read(size=-1, /)", buffered_read, "Read and return up to size bytes.", 0},                  \
    {"read1(size=-1, /)", buffered_read1, "Read with at most one raw read.", 0},                  \
    {"peek(size=0, /)", buffered_peek, "Return buffered bytes without advancing.", 0},            \
    {"readinto(buffer, /)", buffered_readinto, "Read into the buffer.", 0},                       \
    {"readinto1(buffer, /)", buffered_readinto1, "Read into the buffer with at most one raw read.",\
     0},                                                                                          \
    {"readline(size=-1, /)", buffered_readline, "Read and return one line.", 0}
#define BUFFERED_WRITING                                                                          \
    {"writable()", buffered_writable, "Return whether the raw stream is writable.", 0},           \
    {"write(buffer, /)", buffered_write, "Write the buffer; return how many bytes.", 0}
/* clang-format on */

static const NativeDef reader_methods[] = {BUFFERED_COMMON, BUFFERED_READING, {0}};
static const NativeDef writer_methods[] = {BUFFERED_COMMON, BUFFERED_WRITING, {0}};
static const NativeDef random_methods[] = {
    BUFFERED_COMMON, BUFFERED_READING, BUFFERED_WRITING, {0}};
static const GetSetDef buffered_getset[] = {
    {"raw", buffered_get_raw, NULL, "The raw stream.", NULL},
    {"closed", raw_attr, NULL, "Whether the stream is closed.", "closed"},
    {"name", raw_attr, NULL, "Name of the raw stream.", "name"},
    {"mode", raw_attr, NULL, "Mode of the raw stream.", "mode"},
    {0},
};

Type buffered_reader_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "_io.BufferedReader",
                             .size = sizeof(Buffered),
                             .base = &bufferediobase_type,
                             .doc = "Buffer for a readable raw stream.",
                             .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                             .weakrefable = 1,
                             .trace = buffered_trace,
                             .new = buffered_new,
                             .init = reader_init,
                             .repr = buffered_repr,
                             .next = buffered_next,
                             .finalize = buffered_finalize,
                             .methods = reader_methods,
                             .getset = buffered_getset,
                             .sig = "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)"};
Type buffered_writer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "_io.BufferedWriter",
                             .size = sizeof(Buffered),
                             .base = &bufferediobase_type,
                             .doc = "Buffer for a writable raw stream.",
                             .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                             .weakrefable = 1,
                             .trace = buffered_trace,
                             .free = buffered_free,
                             .new = buffered_new,
                             .init = writer_init,
                             .repr = buffered_repr,
                             .finalize = buffered_finalize,
                             .methods = writer_methods,
                             .getset = buffered_getset,
                             .sig = "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)"};
Type buffered_random_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                             .name = "_io.BufferedRandom",
                             .size = sizeof(Buffered),
                             .base = &bufferediobase_type,
                             .doc = "Buffer for a seekable raw stream.",
                             .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                             .weakrefable = 1,
                             .trace = buffered_trace,
                             .free = buffered_free,
                             .new = buffered_new,
                             .init = random_init,
                             .repr = buffered_repr,
                             .next = buffered_next,
                             .finalize = buffered_finalize,
                             .methods = random_methods,
                             .getset = buffered_getset,
                             .sig = "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)"};
