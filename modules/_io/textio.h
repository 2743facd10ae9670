/* TextIOWrapper, shared between textio.c (construction, writing, reading) and textio_seek.c
 * (positions). */
#ifndef MODULES_IO_TEXTIO_H
#define MODULES_IO_TEXTIO_H

#include "modules/_io/io.h"

typedef struct TextIO {
    Object head;
    OwnedMutex lock;         /* guards all below; what is also read without it is said there */
    Value buffer;            /* binary stream; 0: not initialised or detached; read by value_load */
    Value encoding, errors, read_newline; /* strs; read_newline may be NONE */
    Value encoder, decoder;  /* incremental codecs, or 0 */
    Value write_newline;     /* what \n becomes, or 0 */
    RawBuffer *room;         /* its first pending_bytes are not yet given to the buffer; or NULL */
    size_t pending_bytes, chunk_size;
    Value chars;             /* decoded str, or 0 */
    size_t used;             /* characters of it already handed out */
    size_t carried;          /* characters at its front that are not from the snapshot's input */
    Value snapshot_input;    /* bytes the decoder was fed since snapshot_flags, or 0 */
    Value snapshot_flags;    /* decoder flags before that input */
    bool pending;            /* there has been a write since, even of nothing */
    bool universal, translate, has_read1, encoding_start, fast_encode;
    bool detached, line_buffering, write_through, telling, seekable; /* atomic, as is chunk_size */
} TextIO;

static inline TextIO *textio_of(Value v)
{
    assert(value_isa(v, &textiowrapper_type));
    return (TextIO *)value_object(v);
}
/* Init, detach and reconfigure replace codecs and buffer: a thread that is inside already may not
 * (owned_mutex_enter), so that these stay what they are for who holds the lock. */
NODISCARD bool textio_check(Thread *t, Value self);             /* initialised and open */
/* Takes the lock.  false: raised, the stream was detached before, and nothing is locked. */
NODISCARD bool textio_enter(Thread *t, TextIO *x);
/* What the decoder's getstate() says: bytes and an int.  false: raised */
NODISCARD bool textio_decoder_state(Thread *t, TextIO *x, Value *input, Value *flags);
NODISCARD bool textio_flush_pending(Thread *t, TextIO *x);      /* lock held */
NODISCARD bool textio_make_decoder(Thread *t, TextIO *x);
void textio_set_chars(TextIO *x, Value chars);
Value textio_seek(Thread *t, Value *args, size_t n, Value kw);  /* NativeFn */
Value textio_tell(Thread *t, Value *args, size_t n, Value kw);
#endif
