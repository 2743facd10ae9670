/* The raw stream of a buffered stream, and the window onto it. */
#include <errno.h>

#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/_io/window.h"

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
static ssize_t moved(Buffered *b, ssize_t count, bool written)
{
    if (count > 0) {
        b->raw_pos = b->raw_pos < 0 || (written && b->appends) ? -1 : b->raw_pos + count;
    }
    return count;
}

Value raw_seek(Thread *t, Buffered *b, int64_t offset, int whence)
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
        return moved(b, fileio_transfer(t, b->raw, p, n, false), false);
    }
    Value target = bytearray_new(t, NULL, n);
    Value view = target ? memoryview_new(t, target) : 0;
    Value got = view ? call_method1(t, b->raw, N(readinto), view) : 0;
    ssize_t count = moved(b, raw_count(t, got, n, "readinto"), false);
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

ssize_t raw_write(Thread *t, Buffered *b, const char *p, size_t n)
{
    if (type_of(b->raw) == &fileio_type) {
        return moved(b, fileio_transfer(t, b->raw, (void *)(uintptr_t)p, n, true), true);
    }
    Value data = bytes_new(t, p, n);
    Value view = data ? memoryview_new(t, data) : 0;
    Value put = view ? call_method1(t, b->raw, N(write), view) : 0;
    return moved(b, raw_count(t, put, n, "write"), true);
}

bool raise_blocked(Thread *t, size_t written)
{
    Value args = tuple_pack(t, 3, fixnum(EAGAIN),
                            str_from_cstr(t, "write could not complete without blocking"),
                            fixnum((int64_t)written));
    if (args) {
        raise_value(t, &exc_BlockingIOError, args);
    }
    return false;
}

/* ---- the window ---- */

UNUSED static bool window_is_valid(const Buffered *b)
{
    return b->len <= b->size && b->pos <= b->len && b->at <= b->len && b->dirty <= b->dirty_end &&
           b->dirty_end <= b->len && (b->buf || !b->len);
}

bool window_need_buffer(Thread *t, Buffered *b)
{
    if (!b->buf) {
        RawBuffer *buffer = raw_buffer_new_unset(t, b->size);
        if (!buffer) {
            return false;
        }
        GC_STORE_PTR(b, &b->buf, buffer);
    }
    return true;
}

/* Moves the raw stream to a place in the window. */
static bool stand_at(Thread *t, Buffered *b, size_t place)
{
    if (b->at == place) {
        return true;
    }
    if (!raw_seek(t, b, (int64_t)place - (int64_t)b->at, 1)) {
        return false;
    }
    b->at = place;
    return true;
}

bool window_flush(Thread *t, Buffered *b)
{
    assert(window_is_valid(b));
    bool ok = !window_is_dirty(b) || stand_at(t, b, b->dirty);
    while (ok && window_is_dirty(b)) {
        ssize_t n = raw_write(t, b, b->buf->data + b->dirty, b->dirty_end - b->dirty);
        if (n < 0) {
            return n == -2 ? raise_blocked(t, 0) : false;
        }
        b->dirty += (size_t)n;
        b->at = b->dirty;
        ok = thread_check_signals(t); /* a signal may have cut the write short */
    }
    return ok;
}

bool window_close(Thread *t, Buffered *b)
{
    if (!window_flush(t, b)) {
        return false;
    }
    bool ok = stand_at(t, b, b->pos);
    window_clear(b);
    return ok;
}

ssize_t window_fill(Thread *t, Buffered *b, size_t n)
{
    if (!window_close(t, b) || !window_need_buffer(t, b)) {
        return -1;
    }
    ssize_t got = raw_read(t, b, b->buf->data, n);
    b->len = b->at = got > 0 ? (size_t)got : 0;
    return got;
}

ssize_t window_read_past(Thread *t, Buffered *b, char *p, size_t n)
{
    return window_close(t, b) ? raw_read(t, b, p, n) : -1;
}
