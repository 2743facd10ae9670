/* The buffer protocol: Buffer has the layout of Py_buffer, so extensions and the VM share it. */
#ifndef CORE_OBJECT_BUFFER_H
#define CORE_OBJECT_BUFFER_H

#include "core/object/object.h"

struct iovec;

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
/* Other threads may write to the memory of a bytearray, array, mmap or memoryview while a function
 * reads it.  Who reads it
 *   - more than once, or hands it to a library: takes a still view, or pieces where one look at
 *     each byte in turn is enough and the memory may be large;
 *   - once, in a system call or a copy to somewhere else: takes a view to read once;
 *   - itself: copies items with racy_copy (core/base/racy.h).
 * What a library or a system call writes to such memory goes through racy_lend.
 *
 * As BUFFER_SIMPLE, and what the view shows does not change: memory that others may write to is
 * copied, that of a bytearray at one moment.  The memory of bytes, and all memory as long as there
 * is one thread, is not.  The view has to be on the C stack. */
NODISCARD bool buffer_get_still(Thread *t, Value o, Buffer *view);
/* The same of n bytes from `at` on of a view from BUFFER_SIMPLE: where they are, or a copy.  NULL:
 * raised. */
const uint8_t *buffer_still_part(Thread *t, const Buffer *view, size_t at, size_t n);
/* As BUFFER_SIMPLE; only the thread sanitizer is shown a copy. */
NODISCARD bool buffer_get_once(Thread *t, Value o, Buffer *view);
/* A copy of the memory, as bytes. */
Value buffer_to_bytes(Thread *t, Value o);
/* The bytes of a view from BUFFER_SIMPLE, one piece after the other: all at once, or copies of as
 * much as stays in the first cache (32 KB) beside what the reader needs. */
enum { BUFFER_PIECE = 16384 };
typedef struct BufferPieces {
    const uint8_t *p;
    size_t left;
    bool copied;
    uint8_t piece[BUFFER_PIECE];
} BufferPieces;
void buffer_pieces(BufferPieces *pieces, const Buffer *view);
/* false: there are no more.  A piece holds until the next call. */
NODISCARD bool buffer_next_piece(BufferPieces *pieces, const uint8_t **p, size_t *n);
/* A writable one for the argument of method fn: "fn() argument must be read-write bytes-like
 * object, not X". */
NODISCARD bool buffer_get_writable(Thread *t, Value o, Buffer *view, const char *fn);
void buffer_release(Thread *t, Buffer *view);
/* Releases n views whose memory a system call had as iov[i].iov_base = racy_lend(...).  read: how
 * many bytes it has put there in all; -1: none.  Keeps errno. */
void buffers_take_back(Thread *t, Buffer *views, const struct iovec *iov, size_t n, ssize_t read);
/* A change of what exports memory has failed: was it a BufferError, then the collector releases the
 * views that nobody uses any more, at first those that are young, as most are, then all, unless the
 * interpreter does that (core/vm/redo.c); true: try again.  *attempt is 0 at first.  No lock is
 * held.  Effects: runs Python. */
NODISCARD bool buffer_exports_may_go(Thread *t, int *attempt);
/* How many views others have of what v must not change the size of for that; -1: not known. */
ssize_t buffer_exports(Value v);
/* Fills a one-dimensional byte view, for GetBufferFn implementations. */
NODISCARD bool buffer_fill(Thread *t, Buffer *view, Value exporter, void *p, ssize_t n,
                           bool readonly, int flags);
bool value_has_buffer(Value o);
Value memoryview_new(Thread *t, Value o);
/* A view of memory that the caller keeps alive; shape and strides are copied. */
Value memoryview_from_buffer(Thread *t, const Buffer *b);
/* Does v show memory that can be written to otherwise, though not through v? */
bool memoryview_may_change(Value v);
extern Type memoryview_type;

#endif
