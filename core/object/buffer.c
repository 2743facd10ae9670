/* The buffer protocol. */
#include "core/object/buffer.h"

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

bool buffer_exports_may_go(Thread *t, int *attempt)
{
    if ((*attempt)++ || !error_clear_if(t, &exc_BufferError)) {
        return false;
    }
    gc_collect(t);
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
