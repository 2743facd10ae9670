/* The buffer protocol: Buffer has the layout of Py_buffer, so extensions and the VM share it. */
#ifndef CORE_OBJECT_BUFFER_H
#define CORE_OBJECT_BUFFER_H

#include "core/object/object.h"

struct Buffer {
    void *buf;
    Object *obj;        /* exporter, kept alive; NULL: released */
    ssize_t len;
    ssize_t itemsize;
    int readonly;
    int ndim;
    char *format;
    ssize_t *shape, *strides, *suboffsets;
    void *internal;
};
enum {
    BUFFER_SIMPLE = 0,
    BUFFER_WRITABLE = 1,
    BUFFER_FORMAT = 4,
    BUFFER_ND = 8,
    BUFFER_STRIDES = 0x18,
    BUFFER_C_CONTIGUOUS = 0x38,
    BUFFER_F_CONTIGUOUS = 0x58,
    BUFFER_ANY_CONTIGUOUS = 0x98,
    BUFFER_INDIRECT = 0x118,
    BUFFER_FULL = 0x11d,
    BUFFER_FULL_RO = 0x11c
};
/* "a bytes-like object is required, not 'X'" when o has no buffer. */
NODISCARD bool buffer_get(Thread *t, Value o, Buffer *view, int flags);
/* A writable one for the argument of method fn: "fn() argument must be read-write bytes-like
 * object, not X". */
NODISCARD bool buffer_get_writable(Thread *t, Value o, Buffer *view, const char *fn);
void buffer_release(Thread *t, Buffer *view);
/* A change of what exports memory has failed: was it a BufferError, then the collector releases the
 * views that nobody uses any more; true: try again.  *attempt is 0 at first.  No lock is held.
 * Effects: runs Python. */
NODISCARD bool buffer_exports_may_go(Thread *t, int *attempt);
/* Fills a one-dimensional byte view, for GetBufferFn implementations. */
NODISCARD bool buffer_fill(Thread *t, Buffer *view, Value exporter, void *p, ssize_t n,
                           bool readonly, int flags);
bool value_has_buffer(Value o);
Value memoryview_new(Thread *t, Value o);
/* A view of memory that the caller keeps alive; shape and strides are copied. */
Value memoryview_from_buffer(Thread *t, const Buffer *b);
extern Type memoryview_type;

#endif
