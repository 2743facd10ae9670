/* BufferedReader, BufferedWriter, BufferedRandom.
 *
 * One struct serves all three: bytes read ahead in rbuf[rpos .. rlen), bytes not yet written
 * in wbuf[0 .. wlen).  At most one of the two is in use: reading flushes first, writing gives
 * read-ahead back by a relative seek.  Buffers of the usual size are made when they are first
 * needed.
 */
#include <errno.h>

#include "core/base/racy.h"
#include "core/object/codec.h"
#include "core/object/exception.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str_internal.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/_io/io.h"

typedef struct Buffered {
    Object head;
    OwnedMutex lock;       /* guards all below; a thread that is inside may not enter again */
    Value raw;             /* 0: not initialised or detached; also read without it, by value_load */
    RawBuffer *rbuf, *wbuf; /* size bytes, or NULL */
    size_t rpos, rlen, wlen, size;
    int64_t raw_pos;       /* where the raw stream stands, behind what was read; -1: not known */
    bool detached, writes; /* atomic */
} Buffered;

static Buffered *self_of(Value v) { return (Buffered *)value_object(v); }

static void buffered_trace(Object *o, Tracer *tr)
{
    Buffered *b = (Buffered *)o;
    trace_value(tr, b->raw);
    trace_object(tr, b->rbuf);
    trace_object(tr, b->wbuf);
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

/* ---- the raw stream ---- */

static ssize_t raw_count(Thread *t, Value got, size_t max, const char *method)
{
    ssize_t n;
    if (!got) {
        return -1;
    }
    if (is_none(got)) {
        return -2;
    }
    if (!value_to_ssize(t, got, &n, &exc_ValueError)) {
        if (error_matches(t, &exc_TypeError)) {
            raise_from(t, &exc_OSError, "raw %s() failed", method);
        }
        return -1;
    }
    if (n < 0 || (size_t)n > max) {
        raise_error(t, &exc_OSError,
                    "raw %s() returned invalid length %zd (should have been between 0 and %zd)",
                    method, n, (ssize_t)max);
        return -1;
    }
    return n;
}

/* The raw stream has transferred count bytes, or none (negative). */
static ssize_t moved(Buffered *b, ssize_t count)
{
    b->raw_pos += b->raw_pos >= 0 && count > 0 ? count : 0;
    return count;
}

/* Moves the raw stream; its new position as the method returned it, 0: raised. */
static Value raw_seek(Thread *t, Buffered *b, int64_t offset, int whence)
{
    int64_t at;
    b->raw_pos = -1;
    Value pos = call_method2(t, b->raw, N(seek), int_from_int64(t, offset), fixnum(whence));
    if (!pos || !value_to_int64(t, pos, &at)) {
        return 0;
    }
    if (at < 0) {
        return raise_error(t, &exc_OSError, "Raw stream returned invalid position %lld",
                           (long long)at);
    }
    b->raw_pos = at;
    return pos;
}

static ssize_t raw_read(Thread *t, Buffered *b, char *p, size_t n)
{
    if (type_of(b->raw) == &fileio_type) {
        return moved(b, fileio_transfer(t, b->raw, p, n, false));
    }
    Value target = bytearray_new(t, NULL, n);
    Value view = target ? memoryview_new(t, target) : 0;
    Value got = view ? call_method1(t, b->raw, N(readinto), view) : 0;
    ssize_t count = moved(b, raw_count(t, got, n, "readinto"));
    ByteArray *a = count > 0 ? (ByteArray *)value_object(target) : NULL;
    if (a && a->len < (size_t)count) { /* the method released the view, and made it shorter */
        raise_error(t, &exc_OSError, "raw readinto() has changed its buffer");
        return -1;
    }
    if (a) {
        memcpy(p, a->buf->data + a->start, (size_t)count);
    }
    return count;
}

static ssize_t raw_write(Thread *t, Buffered *b, const char *p, size_t n)
{
    if (type_of(b->raw) == &fileio_type) {
        return moved(b, fileio_transfer(t, b->raw, (void *)(uintptr_t)p, n, true));
    }
    Value data = bytes_new(t, p, n);
    Value view = data ? memoryview_new(t, data) : 0;
    Value put = view ? call_method1(t, b->raw, N(write), view) : 0;
    return moved(b, raw_count(t, put, n, "write"));
}

/* BlockingIOError with characters_written. */
static bool raise_blocked(Thread *t, size_t written)
{
    Value args = tuple_pack(t, 3, fixnum(EAGAIN),
                            str_from_cstr(t, "write could not complete without blocking"),
                            fixnum((int64_t)written));
    if (args) {
        raise_value(t, &exc_BlockingIOError, args);
    }
    return false;
}

static bool need_buffer(Thread *t, Buffered *b, RawBuffer **slot)
{
    if (!*slot) {
        RawBuffer *buffer = raw_buffer_new_unset(t, b->size);
        if (!buffer) {
            return false;
        }
        GC_STORE_PTR(b, slot, buffer);
    }
    return true;
}

static const char *ahead_data(const Buffered *b) { return b->rbuf ? b->rbuf->data + b->rpos : ""; }

/* Writes wbuf out; lock held. What could not be written stays at the front. */
static bool flush_locked(Thread *t, Buffered *b)
{
    size_t done = 0;
    bool ok = true;
    while (ok && done < b->wlen) {
        ssize_t n = raw_write(t, b, b->wbuf->data + done, b->wlen - done);
        if (n < 0) {
            ok = n == -2 ? raise_blocked(t, 0) : false;
            break;
        }
        done += (size_t)n;
        ok = thread_check_signals(t); /* a signal may have cut the write short */
    }
    if (done) {
        memmove(b->wbuf->data, b->wbuf->data + done, b->wlen - done);
        b->wlen -= done;
    }
    return ok;
}

/* Gives read-ahead back to the raw stream before a write or a seek. */
static bool unread_locked(Thread *t, Buffered *b)
{
    size_t ahead = b->rlen - b->rpos;
    b->rlen = b->rpos = 0;
    return !ahead || raw_seek(t, b, -(int64_t)ahead, 1);
}

/* Reads at most n bytes into the empty read buffer. > 0: bytes there; 0: end; -1 raised; -2 would
 * block. */
static ssize_t fill_up_to_locked(Thread *t, Buffered *b, size_t most)
{
    b->rpos = b->rlen = 0;
    if (!need_buffer(t, b, &b->rbuf)) {
        return -1;
    }
    ssize_t n = raw_read(t, b, b->rbuf->data, most);
    b->rlen = n > 0 ? (size_t)n : 0;
    return n;
}

static ssize_t fill_locked(Thread *t, Buffered *b) { return fill_up_to_locked(t, b, b->size); }

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
    b->rbuf = b->wbuf = NULL;
    store_relaxed(&b->size, (size_t)size);
    store_relaxed(&b->writes, writes);
    b->rpos = b->rlen = b->wlen = 0;
    b->raw_pos = -1;
    bool unusual = size != IO_BUFFER_SIZE; /* the constructor tells when there is no memory */
    if (unusual && ((reads && !need_buffer(t, b, &b->rbuf)) ||
                    (writes && !need_buffer(t, b, &b->wbuf)))) {
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
    Buffered *b = self_of(self);
    if (!check_usable(t, self, what) || !enter(t, self)) {
        return false;
    }
    if (b->wlen && !flush_locked(t, b)) {
        owned_mutex_unlock(&b->lock);
        return false;
    }
    return true;
}

static size_t take_ahead(Buffered *b, char *p, size_t n)
{
    size_t ahead = b->rlen - b->rpos;
    n = n < ahead ? n : ahead;
    if (n > 0) { /* or there may be no buffer yet */
        memcpy(p, b->rbuf->data + b->rpos, n);
        b->rpos += n;
    }
    return n;
}

static Value read_all_locked(Thread *t, Buffered *b)
{
    Value head = bytes_new(t, ahead_data(b), b->rlen - b->rpos);
    b->rpos = b->rlen = 0;
    b->raw_pos = -1;
    Value readall = 0, rest;
    if (!head || object_lookup_attr(t, b->raw, INTERN(t, "readall"), &readall) < 0) {
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
            got = raw_read(t, b, p + done, whole);
            done += got > 0 ? (size_t)got : 0;
        } else {
            got = fill_locked(t, b);
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
    if (!is_at_hand(b) || b->wlen || b->rlen - b->rpos < n) {
        return 0;
    }
    lock_section_begin(t);
    Value bytes = bytes_new(t, ahead_data(b), n);
    b->rpos += bytes ? n : 0;
    lock_section_end();
    return bytes;
}

/* The same for the next line. */
static Value line_at_hand(Thread *t, Buffered *b)
{
    if (!is_at_hand(b) || b->wlen || b->rpos == b->rlen) {
        return 0;
    }
    lock_section_begin(t);
    const char *p = ahead_data(b), *newline = memchr(p, '\n', b->rlen - b->rpos);
    Value line = newline ? bytes_new(t, p, (size_t)(newline - p) + 1) : 0;
    b->rpos += line ? (size_t)(newline - p) + 1 : 0;
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
    if (!raw_of(t, b) || !io_index_or_none(t, args[1], &size) ||
        !start_read(t, args[0], "read")) {
        return 0;
    }
    size_t want = size < 0 ? b->size : (size_t)size, ahead = b->rlen - b->rpos;
    Value out = 0;
    if (ahead || want == 0) {
        want = want < ahead ? want : ahead;
        out = bytes_new(t, ahead_data(b), want);
        b->rpos += want;
    } else if (want <= b->size) { /* mostly much less than that is there */
        ssize_t got = fill_up_to_locked(t, b, want);
        out = got == -1 ? 0 : bytes_new(t, ahead_data(b), b->rlen);
        b->rpos = b->rlen = 0;
    } else {
        out = bytes_new_unset(t, want);
        b->rpos = b->rlen = 0;
        ssize_t got = out ? raw_read(t, b, value_bytes(out)->data, want) : -1;
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
            got = raw_read(t, b, p + done, n - done);
            done += got > 0 ? (size_t)got : 0;
            if (once) {
                break;
            }
        } else if (once && done) {
            break;
        } else {
            got = fill_locked(t, b);
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
    ssize_t got = b->rpos < b->rlen ? 1 : fill_locked(t, b);
    Value v = got == -1 ? 0 : bytes_new(t, ahead_data(b), b->rlen - b->rpos);
    owned_mutex_unlock(&b->lock);
    return v;
}

static Value readline_locked(Thread *t, Buffered *b, ssize_t limit)
{
    ByteBuilder line; /* what came before the buffer's contents */
    bool begun = false;
    for (;;) {
        size_t ahead = b->rlen - b->rpos;
        if (limit >= 0 && (size_t)limit < ahead) {
            ahead = (size_t)limit;
        }
        const char *p = ahead_data(b), *newline = ahead ? memchr(p, '\n', ahead) : NULL;
        size_t n = newline ? (size_t)(newline - p) + 1 : ahead;
        bool last = newline || (limit >= 0 && (size_t)limit == n);
        if (last && !begun) {
            b->rpos += n;
            return bytes_new(t, p, n);
        }
        if (!begun) {
            bb_init(&line, t);
            begun = true;
        }
        if (!bb_bytes(&line, p, n)) {
            return 0;
        }
        b->rpos += n;
        limit = limit >= 0 ? limit - (ssize_t)n : limit;
        ssize_t got = last ? 0 : fill_locked(t, b);
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

/* Puts n bytes into the buffer or through it; how many were taken, -1 raised. */
static ssize_t write_locked(Thread *t, Buffered *b, const char *p, size_t n)
{
    if ((b->rlen && !unread_locked(t, b)) || !need_buffer(t, b, &b->wbuf)) {
        return -1;
    }
    if (b->wlen + n <= b->size) {
        memcpy(b->wbuf->data + b->wlen, p, n);
        b->wlen += n;
        return (ssize_t)n;
    }
    size_t done = 0;
    if (!flush_locked(t, b)) {
        if (!error_matches(t, &exc_BlockingIOError)) {
            return -1;
        }
        size_t room = b->size - b->wlen, part = n < room ? n : room;
        error_clear(t);
        memcpy(b->wbuf->data + b->wlen, p, part);
        b->wlen += part;
        return part == n ? (ssize_t)n : (raise_blocked(t, part), -1);
    }
    while (n - done > b->size) {
        ssize_t put = raw_write(t, b, p + done, n - done);
        if (put == -1) {
            return -1;
        }
        if (put == -2) {
            memcpy(b->wbuf->data, p + done, b->size);
            b->wlen = b->size;
            raise_blocked(t, done + b->size);
            return -1;
        }
        done += (size_t)put;
        if (!thread_check_signals(t)) {
            return -1;
        }
    }
    memcpy(b->wbuf->data, p + done, n - done);
    b->wlen = n - done;
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

/* Puts bytes behind others that wait in the buffer, where nothing else is to be done. */
static bool write_at_hand(Buffered *b, const Bytes *from)
{
    if (!is_at_hand(b) || b->wlen == 0 || b->rlen || b->wlen + from->len > b->size) {
        return false;
    }
    copy_piece(b->wbuf->data + b->wlen, from->data, from->len);
    b->wlen += from->len;
    return true;
}

static Value buffered_write(IO_ARGS)
{
    Buffer view;
    if (type_of(args[1]) == &bytes_type &&
        write_at_hand(self_of(args[0]), value_bytes(args[1]))) {
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
    bool ok = !b->wlen || flush_locked(t, b);
    ok = ok && (!b->rlen || !writes || unread_locked(t, b));
    owned_mutex_unlock(&b->lock);
    return !ok ? 0 : writes ? NONE : call_method0(t, raw, N(flush));
}

/* ---- position ---- */

static Value buffered_tell(IO_ARGS)
{
    Buffered *b = self_of(args[0]);
    Value raw = raw_of(t, b), pos = raw ? call_method0(t, raw, INTERN(t, "tell")) : 0;
    owned_mutex_lock(t, &b->lock);
    int64_t at, ahead = (int64_t)b->wlen - (int64_t)(b->rlen - b->rpos);
    owned_mutex_unlock(&b->lock);
    if (!pos || !value_to_int64(t, pos, &at)) {
        return 0;
    }
    if (at < 0) {
        return raise_error(t, &exc_OSError, "Raw stream returned invalid position %lld",
                           (long long)at);
    }
    at += ahead;
    return int_from_int64(t, at < 0 ? 0 : at);
}

/* A place within what was read ahead needs no call of the raw stream. */
static bool seek_ahead(Buffered *b, int64_t offset, int whence)
{
    if (whence > 1 || b->rlen == 0 || b->raw_pos < (int64_t)b->rlen) {
        return false;
    }
    int64_t start = whence == 0 ? b->raw_pos - (int64_t)b->rlen : -(int64_t)b->rpos;
    if (offset < start || offset > start + (int64_t)b->rlen) {
        return false;
    }
    b->rpos = (size_t)(offset - start);
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
    if (seek_ahead(b, offset, whence)) {
        pos = int_from_int64(t, b->raw_pos - (int64_t)(b->rlen - b->rpos));
    } else if (!b->wlen || flush_locked(t, b)) {
        offset -= whence == 1 ? (int64_t)(b->rlen - b->rpos) : 0;
        pos = raw_seek(t, b, offset, whence);
        b->rpos = pos ? 0 : b->rpos;
        b->rlen = pos ? 0 : b->rlen;
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
    bool ok = !b->wlen || flush_locked(t, b); /* another thread may have written meanwhile */
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

#define BUFFERED_COMMON \
    {"detach()", buffered_detach, "Separate the raw stream from the buffer.", 0}, \
    {"flush()", buffered_flush, "Write what is buffered.", 0}, \
    {"close()", buffered_close, "Flush and close the stream.", 0}, \
    {"seekable()", buffered_seekable, "Return whether the raw stream is seekable.", 0}, \
    {"fileno()", buffered_fileno, "Return the file descriptor.", 0}, \
    {"isatty()", buffered_isatty, "Return whether the stream is a terminal.", 0}, \
    {"seek(target, whence=0, /)", buffered_seek, "Change the stream position.", 0}, \
    {"tell()", buffered_tell, "Return the stream position.", 0}, \
    {"truncate(pos=None, /)", buffered_truncate, "Truncate the file.", 0}, \
    {"_dealloc_warn(source, /)", buffered_dealloc_warn, "Warn that source was never closed.", 0}, \
    {"__getstate__()", buffered_getstate, "Raise TypeError: it cannot be pickled.", 0}, \
    {"__sizeof__()", buffered_sizeof, "Return the size in bytes, with the buffer.", 0}
#define BUFFERED_READING                                                                \
    {"readable()", buffered_readable, "Return whether the raw stream is readable.", 0}, \
    {"read(size=-1, /)", buffered_read, "Read and return up to size bytes.", 0},        \
    {"read1(size=-1, /)", buffered_read1, "Read with at most one raw read.", 0},        \
    {"peek(size=0, /)", buffered_peek, "Return buffered bytes without advancing.", 0},  \
    {"readinto(buffer, /)", buffered_readinto, "Read into the buffer.", 0},             \
    {"readinto1(buffer, /)", buffered_readinto1,                                        \
     "Read into the buffer with at most one raw read.", 0},                             \
    {"readline(size=-1, /)", buffered_readline, "Read and return one line.", 0}
#define BUFFERED_WRITING \
    {"writable()", buffered_writable, "Return whether the raw stream is writable.", 0}, \
    {"write(buffer, /)", buffered_write, "Write the buffer; return how many bytes.", 0}

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
