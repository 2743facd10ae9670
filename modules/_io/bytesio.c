/* BytesIO: a binary stream in memory.
 *
 * It keeps its bytes in a bytes object, which others see once `shared` is set: what it was made
 * from, or what getvalue() or a read of everything has returned.  A write copies it then.
 *
 * Writers, and who moves the position, hold the object's lock.  tell() and getvalue() take none
 * where that is enough: `shared` becomes true behind the last change of what is in `buf`, and false
 * again in front of the store of a `buf` that changes.
 */
#include "core/base/atomics.h"
#include "core/base/racy.h"
#include "core/object/float.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/tuple.h"
#include "modules/_io/io.h"

typedef struct BytesIO {
    Object head;
    Bytes *buf;             /* lock; as long as there is room; NULL: nothing yet */
    size_t len, pos;        /* lock; readers may see old or new */
    bool shared;            /* the same */
    bool closed;
    _Atomic ssize_t exports; /* memoryviews from getbuffer() */
} BytesIO;

static BytesIO *self_of(Value v)
{
    assert(value_isa(v, &bytesio_type));
    return (BytesIO *)value_object(v);
}

static void bytesio_trace(Object *o, Tracer *tr) { trace_object(tr, ((BytesIO *)o)->buf); }

static bool check_open(Thread *t, BytesIO *b)
{
    bool closed = load_relaxed(&b->closed);
    if (closed) {
        io_closed_error(t);
    }
    return !closed;
}

static bool check_exports(Thread *t, BytesIO *b)
{
    if (b->exports > 0) {
        raise_error(t, &exc_BufferError, "Existing exports of data: object cannot be re-sized");
        return false;
    }
    return true;
}

/* A copy of n of its bytes, to which memoryviews may write meanwhile; lock held. */
static Value copy_locked(Thread *t, BytesIO *b, size_t from, size_t n)
{
    if (n == 1) {
        char byte;
        racy_copy(&byte, b->buf->data + from, 1);
        return bytes_new(t, &byte, 1);
    }
    Value copy = bytes_new_unset(t, n);
    if (copy && n) {
        racy_copy(value_bytes(copy)->data, b->buf->data + from, n);
    }
    return copy;
}

/* Makes room for n bytes in all; lock held. */
static bool reserve_locked(Thread *t, BytesIO *b, size_t n)
{
    if (b->buf && !b->shared && n <= b->buf->len) {
        return true;
    }
    n = n < b->len ? b->len : n;
    Value bigger = n <= SIZE_MAX / 2 ? bytes_new_unset(t, n + n / 2 + 64) : raise_memory(t);
    if (!bigger) {
        return false;
    }
    if (b->buf) {
        memcpy(value_bytes(bigger)->data, b->buf->data, b->len);
    }
    store_relaxed(&b->shared, false); /* in front of the store of `buf`, which releases it */
    GC_STORE_PTR(b, &b->buf, value_bytes(bigger));
    return true;
}

/* All of it, without a copy where that wastes little and nobody can write to it; lock held. */
static Value contents_locked(Thread *t, BytesIO *b)
{
    if (!b->buf || b->exports > 0 || b->len <= 1) {
        return copy_locked(t, b, 0, b->len);
    }
    Value all = object_value(b->buf);
    if (b->shared && b->len < b->buf->len) {
        all = copy_locked(t, b, 0, b->len);
    } else if (!b->shared) {
        all = bytes_shorten(t, all, b->len);
    }
    if (all) {
        GC_STORE_PTR(b, &b->buf, value_bytes(all));
        store_release(&b->shared, true);
    }
    return all;
}

static bool write_locked(Thread *t, BytesIO *b, const void *p, size_t n)
{
    bool ok = check_exports(t, b) && (n == 0 || reserve_locked(t, b, b->pos + n));
    if (ok && n > 0) {
        if (b->pos > b->len) {
            memset(b->buf->data + b->len, 0, b->pos - b->len);
        }
        racy_copy(b->buf->data + b->pos, p, n);
        store_relaxed(&b->pos, b->pos + n);
        store_release(&b->len, b->pos > b->len ? b->pos : b->len);
    }
    return ok;
}

static bool write_bytes(Thread *t, BytesIO *b, const void *p, size_t n)
{
    if (!check_open(t, b)) {
        return false;
    }
    bool ok;
    int attempt = 0;
    do {
        bool taken = object_lock(t, b);
        ok = write_locked(t, b, p, n);
        object_unlock(b, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

static size_t position(BytesIO *b) { return load_acquire(&b->pos); }

static void set_position(Thread *t, BytesIO *b, size_t pos)
{
    bool taken = object_lock(t, b);
    store_relaxed(&b->pos, pos);
    object_unlock(b, taken);
}

static Value take_locked(Thread *t, BytesIO *b, size_t n)
{
    size_t from = b->pos < b->len ? b->pos : b->len, left = b->len - from;
    n = n < left ? n : left;
    store_relaxed(&b->pos, b->pos + n);
    if (from == 0 && left == n) {
        return contents_locked(t, b);
    }
    return copy_locked(t, b, from, n);
}

static Value take(Thread *t, BytesIO *b, size_t n)
{
    bool taken = object_lock(t, b);
    Value bytes = take_locked(t, b, n);
    object_unlock(b, taken);
    return bytes;
}

static Value bytesio_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kw UNUSED)
{
    BytesIO *b = object_alloc_unfinalized(t, type, &bytesio_type);
    return b ? object_value(b) : 0;
}

/* Begins with what is in `bytes`, NULL: nothing, or closes. */
static bool start_again(Thread *t, BytesIO *b, Bytes *bytes, bool closed)
{
    bool ok;
    int attempt = 0;
    do {
        bool taken = object_lock(t, b);
        ok = check_exports(t, b);
        if (ok) {
            store_relaxed(&b->closed, closed);
            GC_STORE_PTR(b, &b->buf, bytes);
            store_release(&b->len, bytes ? bytes->len : 0);
            store_relaxed(&b->pos, 0);
            store_release(&b->shared, bytes != NULL);
        }
        object_unlock(b, taken);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

static bool bytesio_init(Thread *t, Value self, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("BytesIO(initial_bytes=b'')");
    Value a[1];
    BytesIO *b = self_of(self);
    if (!args_bind(t, &sig, args, n, kw, a)) {
        return false;
    }
    bool given = a[0] && !is_none(a[0]), kept = given && type_of(a[0]) == &bytes_type;
    if (!start_again(t, b, kept ? value_bytes(a[0]) : NULL, false)) {
        return false;
    }
    if (!given || kept) {
        return true;
    }
    Buffer view;
    if (!buffer_get(t, a[0], &view, BUFFER_SIMPLE)) {
        return false;
    }
    bool ok = write_bytes(t, b, view.buf, (size_t)view.len);
    buffer_release(t, &view);
    set_position(t, b, 0);
    return ok;
}

static Value bytesio_read(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    ssize_t size = -1;
    if (!check_open(t, b) || !io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    return take(t, b, size < 0 ? SIZE_MAX : (size_t)size);
}

/* Bytes up to and with the next newline, at most limit when that is not negative. */
static Value take_line(Thread *t, BytesIO *b, ssize_t limit)
{
    bool taken = object_lock(t, b);
    size_t from = b->pos < b->len ? b->pos : b->len, left = b->len - from;
    const char *newline = left ? memchr(b->buf->data + from, '\n', left) : NULL;
    size_t n = newline ? (size_t)(newline - (b->buf->data + from)) + 1 : left;
    Value line = take_locked(t, b, limit >= 0 && (size_t)limit < n ? (size_t)limit : n);
    object_unlock(b, taken);
    return line;
}

static Value bytesio_readline(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    ssize_t limit = -1;
    return check_open(t, b) && io_index_or_none(t, args[1], &limit) ? take_line(t, b, limit) : 0;
}

static Value bytesio_readlines(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    ssize_t hint = -1;
    size_t total = 0;
    if (!check_open(t, b) || !io_index_or_none(t, args[1], &hint)) {
        return 0;
    }
    Value list = list_new(t, 0);
    while (list) {
        Value line = take_line(t, b, -1);
        if (!line || value_bytes(line)->len == 0) {
            return line ? list : 0;
        }
        if (!list_append(t, list, line)) {
            return 0;
        }
        total += value_bytes(line)->len;
        if (hint > 0 && total >= (size_t)hint) {
            break;
        }
    }
    return list;
}

static Value bytesio_next(Thread *t, Value self)
{
    if (!check_open(t, self_of(self))) {
        return 0;
    }
    Value line = take_line(t, self_of(self), -1);
    return line && value_bytes(line)->len ? line : 0;
}

static Value bytesio_readinto(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    Buffer view;
    if (!check_open(t, b) || !buffer_get_writable(t, args[1], &view, "readinto")) {
        return 0;
    }
    Value data = take(t, b, (size_t)view.len);
    if (data) {
        racy_copy(view.buf, value_bytes(data)->data, value_bytes(data)->len);
    }
    buffer_release(t, &view);
    return data ? fixnum((int64_t)value_bytes(data)->len) : 0;
}

Value bytesio_write(IO_ARGS)
{
    Buffer view;
    if (type_of(args[1]) == &bytes_type) {
        const Bytes *from = value_bytes(args[1]);
        return write_bytes(t, self_of(args[0]), from->data, from->len) ? fixnum((int64_t)from->len)
                                                                       : 0;
    }
    if (!check_open(t, self_of(args[0])) || !buffer_get(t, args[1], &view, BUFFER_SIMPLE)) {
        return 0;
    }
    bool ok = write_bytes(t, self_of(args[0]), view.buf, (size_t)view.len);
    ssize_t len = view.len;
    buffer_release(t, &view);
    return ok ? fixnum(len) : 0;
}

static Value bytesio_seek(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    ssize_t pos;
    int whence = 0;
    if (!check_open(t, b) || !value_to_ssize(t, args[1], &pos, &exc_OverflowError) ||
        (args[2] && !value_to_int(t, args[2], &whence))) {
        return 0;
    }
    if (whence == 0 && pos < 0) {
        return value_error(t, "negative seek value %zd", pos);
    }
    if (whence < 0 || whence > 2) {
        return value_error(t, "invalid whence (%d, should be 0, 1 or 2)", whence);
    }
    bool taken = object_lock(t, b);
    ssize_t base = whence == 0 ? 0 : whence == 1 ? (ssize_t)b->pos : (ssize_t)b->len;
    bool fits = pos <= INT64_MAX - base;
    ssize_t to = !fits || pos + base < 0 ? 0 : pos + base;
    store_relaxed(&b->pos, fits ? (size_t)to : b->pos);
    object_unlock(b, taken);
    return fits ? int_from_int64(t, to) : overflow_error(t, "new position too large");
}

static Value bytesio_tell(IO_ARGS)
{
    return check_open(t, self_of(args[0]))
               ? int_from_int64(t, (int64_t)position(self_of(args[0])))
               : 0;
}

static Value bytesio_truncate(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    ssize_t size = (ssize_t)position(b);
    if (!check_open(t, b)) {
        return 0;
    }
    for (int attempt = 0; !check_exports(t, b);) {
        if (!buffer_exports_may_go(t, &attempt)) {
            return 0;
        }
    }
    if (!io_index_or_none(t, args[1], &size)) {
        return 0;
    }
    if (size < 0) {
        return value_error(t, "negative size value %zd", size);
    }
    bool taken = object_lock(t, b);
    store_release(&b->len, (size_t)size < b->len ? (size_t)size : b->len);
    object_unlock(b, taken);
    return int_from_int64(t, size);
}

/* What it holds is shared and all of a bytes object; 0: look with the lock.  A change of what is in
 * `buf` came before `shared`, and a replaced one shows. */
static Value shared_contents(BytesIO *b)
{
    Bytes *buf = load_acquire(&b->buf);
    return buf && load_acquire(&b->shared) && load_acquire(&b->len) == buf->len &&
                   load_relaxed(&b->buf) == buf
               ? object_value(buf)
               : 0;
}

static Value bytesio_getvalue(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    if (!check_open(t, b)) {
        return 0;
    }
    Value whole = shared_contents(b);
    if (whole) {
        return whole;
    }
    bool taken = object_lock(t, b);
    Value all = contents_locked(t, b);
    object_unlock(b, taken);
    return all;
}

/* ---- getbuffer() ---- */

/* What the memoryview is of: a BytesIO itself has no buffer. */
typedef struct BytesIOBuffer {
    Object head;
    Value source; /* init-only: the BytesIO */
} BytesIOBuffer;

static BytesIO *source_of(Value v) { return self_of(((BytesIOBuffer *)value_object(v))->source); }

static void bytesio_buffer_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((BytesIOBuffer *)o)->source);
}

static bool bytesio_get_buffer(Thread *t, Value self, Buffer *view, int flags)
{
    BytesIO *b = source_of(self);
    bool taken = object_lock(t, b);
    bool ok = ((b->buf && !b->shared) || reserve_locked(t, b, 1)) &&
              buffer_fill(t, view, self, b->buf->data, (ssize_t)b->len, false, flags);
    if (ok) {
        atomic_fetch_add(&b->exports, 1);
    }
    object_unlock(b, taken);
    return ok;
}

static void bytesio_release_buffer(Thread *t UNUSED, Value self, Buffer *view UNUSED)
{
    atomic_fetch_sub(&source_of(self)->exports, 1);
}

static _Atomic ssize_t *bytesio_buffer_exports(Object *o)
{
    return &source_of(object_value(o))->exports;
}

static _Atomic ssize_t *bytesio_exports(Object *o)
{
    return &((BytesIO *)o)->exports;
}

Type bytesio_buffer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                            .name = "_io._BytesIOBuffer",
                            .size = sizeof(BytesIOBuffer),
                            .flags = TYPE_NO_INSTANTIATE,
                            .trace = bytesio_buffer_trace,
                            .get_buffer = bytesio_get_buffer,
                            .release_buffer = bytesio_release_buffer,
                            .exports = bytesio_buffer_exports};

static Value bytesio_getbuffer(IO_ARGS)
{
    if (!check_open(t, self_of(args[0]))) {
        return 0;
    }
    BytesIOBuffer *buffer = object_alloc(t, &bytesio_buffer_type, sizeof *buffer);
    if (!buffer) {
        return 0;
    }
    gc_init(&buffer->source, args[0]);
    return memoryview_new(t, object_value(buffer));
}

static Value bytesio_close(IO_ARGS)
{
    return start_again(t, self_of(args[0]), NULL, true) ? NONE : 0;
}

static Value bytesio_true(IO_ARGS) { return check_open(t, self_of(args[0])) ? TRUE_VALUE : 0; }
static Value bytesio_isatty(IO_ARGS) { return check_open(t, self_of(args[0])) ? FALSE_VALUE : 0; }
static Value bytesio_flush(IO_ARGS) { return check_open(t, self_of(args[0])) ? NONE : 0; }
static Value bytesio_get_closed(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(load_relaxed(&self_of(self)->closed));
}

static Value bytesio_getstate(IO_ARGS)
{
    Value data = bytesio_getvalue(t, args, 1, 0);
    Value dict = data ? io_dict_for_pickle(t, args[0]) : 0;
    return dict ? tuple_pack(t, 3, data, int_from_int64(t, (int64_t)position(self_of(args[0]))),
                             dict)
                : 0;
}

static Value bytesio_setstate(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    if (load_relaxed(&b->closed)) {
        return value_error(t, "I/O operation on closed file.");
    }
    if (!value_is_tuple(args[1]) || tuple_len(args[1]) < 3) {
        return type_error(t, "%T.__setstate__ argument should be 3-tuple, got %T", args[0],
                          args[1]);
    }
    ssize_t pos;
    Value data = tuple_get(args[1], 0), dict = tuple_get(args[1], 2);
    if (!bytesio_init(t, args[0], &data, 1, 0)) {
        return 0;
    }
    if (!value_is_int(tuple_get(args[1], 1))) {
        return type_error(t, "second item of state must be an integer, not %T",
                          tuple_get(args[1], 1));
    }
    if (!value_to_ssize(t, tuple_get(args[1], 1), &pos, &exc_OverflowError)) {
        return 0;
    }
    if (pos < 0) {
        return value_error(t, "position value cannot be negative");
    }
    set_position(t, b, (size_t)pos);
    if (is_none(dict)) {
        return NONE;
    }
    if (!value_is_dict(dict)) {
        return type_error(t, "third item of state should be a dict, got a %T", dict);
    }
    Value own = instance_dict(t, value_object(args[0]));
    return own && dict_update(t, own, dict) ? NONE : 0;
}

static Value bytesio_sizeof(IO_ARGS)
{
    BytesIO *b = self_of(args[0]);
    bool taken = object_lock(t, b);
    size_t room = b->buf ? b->buf->len : 0;
    object_unlock(b, taken);
    return fixnum((int64_t)(sizeof *b + room));
}

static const NativeDef bytesio_methods[] = {
    {"readable()", bytesio_true, "Return True.", 0},
    {"seekable()", bytesio_true, "Return True.", 0},
    {"writable()", bytesio_true, "Return True.", 0},
    {"isatty()", bytesio_isatty, "Return False.", 0},
    {"flush()", bytesio_flush, "Do nothing.", 0},
    {"close()", bytesio_close, "Disable all I/O operations.", NATIVE_RESIZES},
    {"getbuffer()", bytesio_getbuffer, "Return a view over the contents.", 0},
    {"getvalue()", bytesio_getvalue, "Return the entire contents.", 0},
    {"read(size=-1, /)", bytesio_read, "Read at most size bytes.", 0},
    {"read1(size=-1, /)", bytesio_read, "Read at most size bytes.", 0},
    {"readinto(buffer, /)", bytesio_readinto, "Read bytes into the buffer.", 0},
    {"readline(size=-1, /)", bytesio_readline, "Read the next line.", 0},
    {"readlines(size=None, /)", bytesio_readlines, "Return a list of lines.", 0},
    {"seek(pos, whence=0, /)", bytesio_seek, "Change the stream position.", 0},
    {"tell()", bytesio_tell, "Return the stream position.", 0},
    {"truncate(size=None, /)", bytesio_truncate, "Truncate to at most size bytes.", NATIVE_RESIZES},
    {"write(b, /)", bytesio_write, "Write bytes; return how many.", NATIVE_RESIZES},
    {"__getstate__()", bytesio_getstate, "Return the state for pickling, where there is one.", 0},
    {"__setstate__(state, /)", bytesio_setstate, "Restore what __getstate__() returned.", 0},
    {"__sizeof__()", bytesio_sizeof, "Return the size in bytes, with the buffer.", 0},
    {0},
};
static const GetSetDef bytesio_getset[] = {
    {"closed", bytesio_get_closed, NULL, "Whether it is closed.", NULL}, {0}};
Type bytesio_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                     .name = "_io.BytesIO",
                     .size = sizeof(BytesIO),
                     .base = &bufferediobase_type,
                     .doc = "Buffered I/O over bytes in memory.",
                     .flags = TYPE_BASETYPE | TYPE_HAS_DICT,
                     .weakrefable = 1,
                     .trace = bytesio_trace,
                     .new = bytesio_new,
                     .init = bytesio_init,
                     .next = bytesio_next,
                     .methods = bytesio_methods,
                     .getset = bytesio_getset,
                     .exports = bytesio_exports,
                     .sig = "BytesIO(initial_bytes=b'')"};
