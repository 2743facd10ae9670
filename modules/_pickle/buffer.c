/* pickle.PickleBuffer: an object whose buffer may be pickled out of band. */
#include "core/object/memoryview_internal.h"
#include "modules/_pickle/pickle.h"

typedef struct PickleBuffer {
    Object head;
    Buffer view; /* obj NULL: released */
} PickleBuffer;

static PickleBuffer *buffer_of(Value v)
{
    assert(value_isa(v, &pickle_buffer_type));
    return (PickleBuffer *)value_object(v);
}

static void buffer_trace(Object *o, Tracer *tr) { trace_object(tr, ((PickleBuffer *)o)->view.obj); }

static Value buffer_new(Thread *t, Type *type, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("PickleBuffer(object, /)");
    Value a[1];
    if (!args_bind(t, &sig, args, n, kw, a)) {
        return 0;
    }
    PickleBuffer *b = object_alloc_instance(t, type, 0);
    return b && buffer_get(t, a[0], &b->view, BUFFER_FULL_RO) ? object_value(b) : 0;
}

static bool check_live(Thread *t, PickleBuffer *b)
{
    if (!b->view.obj) {
        value_error(t, "operation forbidden on released PickleBuffer object");
    }
    return b->view.obj != NULL;
}

Value pickle_buffer_view(Thread *t, Value v, Buffer **view)
{
    PickleBuffer *b = buffer_of(v);
    *view = &b->view;
    return check_live(t, b) ? object_value(b->view.obj) : 0;
}

static bool buffer_export(Thread *t, Value self, Buffer *view, int flags)
{
    PickleBuffer *b = buffer_of(self);
    return check_live(t, b) && buffer_get(t, object_value(b->view.obj), view, flags);
}

static void buffer_unexport(Thread *t UNUSED, Value self UNUSED, Buffer *view UNUSED) {}

static bool view_contiguous(const Buffer *b, bool fortran)
{
    if (b->suboffsets) {
        return false;
    }
    if (!b->strides || b->len == 0) {
        return !fortran || b->ndim <= 1 || b->len == 0;
    }
    ssize_t step = b->itemsize;
    for (int i = 0; i < b->ndim; i++) {
        int d = fortran ? i : b->ndim - 1 - i;
        if (b->shape[d] > 1 && b->strides[d] != step) {
            return false;
        }
        step *= b->shape[d];
    }
    return true;
}

static Value buffer_raw(PICKLE_ARGS)
{
    PickleBuffer *b = buffer_of(args[0]);
    if (!check_live(t, b)) {
        return 0;
    }
    if (!view_contiguous(&b->view, false) && !view_contiguous(&b->view, true)) {
        return raise_error(t, &exc_BufferError,
                           "cannot extract raw buffer from non-contiguous buffer");
    }
    Value v = memoryview_new(t, args[0]);
    if (!v || b->view.ndim == 0) {
        return v;
    }
    Buffer *flat = &view_of(v)->view;
    flat->ndim = 1;
    flat->itemsize = 1;
    flat->format = "B";
    flat->shape[0] = flat->len;
    flat->strides[0] = 1;
    flat->suboffsets = NULL;
    return v;
}

static Value buffer_release_method(PICKLE_ARGS)
{
    PickleBuffer *b = buffer_of(args[0]);
    if (b->view.obj) {
        buffer_release(t, &b->view);
    }
    return NONE;
}

static const NativeDef buffer_methods[] = {
    {"raw()", buffer_raw, "Return a memoryview of the raw memory underlying this buffer.", 0},
    {"release()", buffer_release_method,
     "Release the underlying buffer held by the PickleBuffer object.", 0},
    {0},
};

Type pickle_buffer_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "pickle.PickleBuffer",
    .size = sizeof(PickleBuffer),
    .doc = "Wrapper for potentially out-of-band buffers",
    .weakrefable = 1,
    .trace = buffer_trace,
    .new = buffer_new,
    .get_buffer = buffer_export,
    .release_buffer = buffer_unexport,
    .methods = buffer_methods,
};
