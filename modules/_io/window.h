/* The window of a buffered stream onto its raw stream: what BufferedReader, BufferedWriter and
 * BufferedRandom read ahead and have not yet written.
 *
 *     buf   0 ........ dirty ######## dirty_end ........ len        size
 *                             ^ pos                       ^ at
 *
 * buf[0 .. len) is what a part of the stream holds, pos the place where reading and writing go on,
 * buf[dirty .. dirty_end) what the raw stream does not have yet, at where the raw stream stands.
 * Reading fills an empty window; writing puts bytes at pos, which may make the window longer.  So
 * turns from one to the other within the window are no affair of the raw stream.  A reader's window
 * has nothing dirty, a writer's nothing else.
 *
 * What is written to a file opened for appending goes to its end, so there a window is either read
 * ahead or dirty.  Buffers of the usual size are made when they are first needed.
 *
 * All functions are for the holder of the lock, with a raw stream.
 */
#ifndef MODULES_IO_WINDOW_H
#define MODULES_IO_WINDOW_H

#include "core/object/str_internal.h"
#include "modules/_io/io.h"

typedef struct Buffered {
    Object head;
    OwnedMutex lock; /* guards all below; a thread that is inside may not enter again */
    Value raw;       /* 0: not initialised or detached; also read without it, by value_load */
    RawBuffer *buf;  /* size bytes, or NULL: the window is empty */
    size_t size, len, pos, at, dirty, dirty_end; /* all but size: at most len; none dirty: equal */
    int64_t raw_pos;       /* where in its file the raw stream stands; -1: not known */
    bool detached, writes; /* atomic */
    bool reads, appends;
} Buffered;

static inline bool window_is_dirty(const Buffered *b) { return b->dirty < b->dirty_end; }
static inline size_t window_ahead_len(const Buffered *b) { return b->len - b->pos; }
static inline const char *window_ahead(const Buffered *b)
{
    return b->buf ? b->buf->data + b->pos : "";
}

/* From the raw stream's place on, with nothing in it. */
static inline void window_clear(Buffered *b)
{
    b->len = b->pos = b->at = b->dirty = b->dirty_end = 0;
}

/* Has it room for n bytes at pos? */
static inline bool window_takes(const Buffered *b, size_t n)
{
    return b->buf && n <= b->size - b->pos && !(b->appends && b->len && !window_is_dirty(b));
}

/* Puts n bytes, for which there is room, at pos. */
static inline void window_put(Buffered *b, const char *p, size_t n)
{
    copy_piece(b->buf->data + b->pos, p, n);
    bool first = !window_is_dirty(b);
    size_t end = b->pos + n;
    b->dirty = first || b->pos < b->dirty ? b->pos : b->dirty;
    b->dirty_end = first || end > b->dirty_end ? end : b->dirty_end;
    b->pos = end;
    b->len = end > b->len ? end : b->len;
}

/* Makes the buffer.  Effects: allocates. */
NODISCARD bool window_need_buffer(Thread *t, Buffered *b);
/* Writes out what is dirty; BlockingIOError where the raw stream takes no more now: what it took
 * is no longer dirty.  Effects of this and all below: raises, runs Python, blocks. */
NODISCARD bool window_flush(Thread *t, Buffered *b);
/* Writes out what is dirty, gives the raw stream back what was read ahead, and begins an empty
 * window where the old one's pos was. */
NODISCARD bool window_close(Thread *t, Buffered *b);
/* Reads at most n <= size bytes into a new window.  > 0: bytes there; 0: end; -1 raised; -2 would
 * block. */
ssize_t window_fill(Thread *t, Buffered *b, size_t n);
/* Reads at most n bytes to p, past the window, which is closed first.  Counts as above. */
ssize_t window_read_past(Thread *t, Buffered *b, char *p, size_t n);

/* The raw stream of a window that is closed.  Count written; -1 raised; -2 would block. */
ssize_t raw_write(Thread *t, Buffered *b, const char *p, size_t n);
/* Moves it; its new position as the method returned it, 0: raised. */
Value raw_seek(Thread *t, Buffered *b, int64_t offset, int whence);
/* BlockingIOError with characters_written; false. */
bool raise_blocked(Thread *t, size_t written);
#endif
