/* The buffer protocol. */
#include <errno.h>
#include <sys/uio.h>

#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/bytes_internal.h"

bool value_has_buffer(Value o) { return type_of(o)->get_buffer != NULL; }

bool buffer_get(Thread *t, Value o, Buffer *view, int flags)
{
    GetBufferFn get = type_of(o)->get_buffer;
    *view = (Buffer){0};
    if (!get) {
        type_error(t, "a bytes-like object is required, not '%T'", o);
        return false;
    }
    if (!get(t, o, view, flags)) {
        view->obj = NULL;
        return false;
    }
    return true;
}

void buffer_release(Thread *t, Buffer *view)
{
    /* once, also when threads share the view */
    Object *o = world_exchange(&view->obj, NULL);
    if (!o) {
        return;
    }
    ReleaseBufferFn release = o->type->release_buffer;
    if (release) {
        release(t, object_value(o), view);
    }
}

void buffers_take_back(Thread *t, Buffer *views, const struct iovec *iov, size_t n, ssize_t read)
{
    int err = errno;
    for (size_t i = 0; i < n; i++) {
        ssize_t len = views[i].len, here = read < len ? read : len;
        racy_take_back(iov[i].iov_base, views[i].buf, here);
        read -= here > 0 ? here : 0;
        buffer_release(t, &views[i]);
    }
    errno = err;
}

/* ---- memory that other threads may write to ---- */

static bool may_change(const Buffer *view)
{
    if (view->len == 0 || !many_threads()) {
        return false;
    }
    return !view->readonly ||
           (view->obj && view->obj->type == &memoryview_type &&
            memoryview_may_change(object_value(view->obj)));
}

const uint8_t *buffer_still_part(Thread *t, const Buffer *view, size_t at, size_t n)
{
    const uint8_t *p = (uint8_t *)view->buf + at;
    if (!may_change(view)) {
        return p;
    }
    RawBuffer *copy = raw_buffer_new_unset(t, n);
    if (!copy) {
        return NULL;
    }
    racy_copy(copy->data, p, n);
    return (uint8_t *)copy->data;
}

bool buffer_get_still(Thread *t, Value o, Buffer *view)
{
    if (LIKELY(type_of(o) == &bytes_type)) {
        return buffer_get(t, o, view, BUFFER_SIMPLE);
    }
    if (type_of(o) == &bytearray_type && many_threads()) {
        Span s = bytes_span(o);
        return buffer_fill(t, view, 0, (void *)s.p, (ssize_t)s.n, true, BUFFER_SIMPLE);
    }
    if (!buffer_get(t, o, view, BUFFER_SIMPLE)) {
        return false;
    }
    if (!may_change(view)) {
        return true;
    }
    const uint8_t *copy = buffer_still_part(t, view, 0, (size_t)view->len);
    buffer_release(t, view);
    return copy && buffer_fill(t, view, 0, (void *)copy, view->len, true, BUFFER_SIMPLE);
}

bool buffer_get_once(Thread *t, Value o, Buffer *view)
{
#ifdef __SANITIZE_THREAD__
    return buffer_get_still(t, o, view);
#else
    return buffer_get(t, o, view, BUFFER_SIMPLE);
#endif
}

Value buffer_to_bytes(Thread *t, Value o)
{
    Buffer view;
    if (!buffer_get(t, o, &view, BUFFER_SIMPLE)) {
        return 0;
    }
    Value copy = bytes_new_racy(t, view.buf, (size_t)view.len);
    buffer_release(t, &view);
    return copy;
}

void buffer_pieces(BufferPieces *pieces, const Buffer *view)
{
    pieces->p = view->buf;
    pieces->left = (size_t)view->len;
    pieces->copied = may_change(view);
}

bool buffer_next_piece(BufferPieces *pieces, const uint8_t **p, size_t *n)
{
    size_t here = pieces->left;
    if (here == 0) {
        return false;
    }
    *p = pieces->p;
    if (pieces->copied) {
        here = here < BUFFER_PIECE ? here : BUFFER_PIECE;
        racy_copy(pieces->piece, pieces->p, here);
        *p = pieces->piece;
    }
    *n = here;
    pieces->p += here;
    pieces->left -= here;
    return true;
}

ssize_t buffer_exports(Value v)
{
    Type *type = type_of(v);
    while (type && !type->exports) {
        type = type->base;
    }
    return type ? atomic_load_explicit(type->exports(value_object(v)), memory_order_acquire) : -1;
}

bool buffer_exports_may_go(Thread *t, int *attempt)
{
    enum { YOUNG, EVERYTHING, TRIED };
    const int next = (*attempt)++;
    if (next == TRIED || !error_matches(t, &exc_BufferError) || runtime.may_redo(t)) {
        return false; /* nothing has to be guessed when it is done again */
    }
    error_clear(t);
    if (next == YOUNG) {
        gc_collect_young(t);
    } else {
        gc_collect(t);
    }
    return true;
}

bool buffer_fill(Thread *t, Buffer *view, Value exporter, void *p, ssize_t n, bool readonly,
                 int flags)
{
    if ((flags & BUFFER_WRITABLE) && readonly) {
        raise(t, &exc_BufferError, "Object is not writable.");
        return false;
    }
    *view = (Buffer){.buf = p,
                     .obj = exporter ? value_object(exporter) : NULL,
                     .len = n,
                     .itemsize = 1,
                     .readonly = readonly,
                     .ndim = 1};
    if (flags & BUFFER_FORMAT) {
        view->format = "B";
    }
    if (flags & BUFFER_ND) {
        view->shape = &view->len;
    }
    if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES) {
        view->strides = &view->itemsize;
    }
    return true;
}

bool buffer_get_writable(Thread *t, Value o, Buffer *view, const char *fn)
{
    if (buffer_get(t, o, view, BUFFER_WRITABLE)) {
        return true;
    }
    error_clear(t);
    type_error(t, "%s() argument must be read-write bytes-like object, not %T", fn, o);
    return false;
}
