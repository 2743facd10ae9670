/* The parts of the _io module: raw files, in-memory streams, buffered binary streams, text streams.
 *
 * Locking: FileIO keeps only numbers and needs no lock.  BytesIO and StringIO hold their object
 * lock over each operation. Buffered and text streams do blocking calls and run Python code inside
 * an operation, so they have an OwnedMutex.
 */
#ifndef MODULES_IO_IO_H
#define MODULES_IO_IO_H

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"

enum { IO_BUFFER_SIZE = 8192 };
/* The lock of a plain text stream, for those who call several of its operations; else NULL. */
OwnedMutex *textio_lock(Value v);
/* NativeFns */
Value textio_write(Thread *t, Value *args, size_t n, Value kw);
Value bytesio_write(Thread *t, Value *args, size_t n, Value kw);

#define IO_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

extern Type iobase_type, rawiobase_type, bufferediobase_type, textiobase_type;
extern Type fileio_type, bytesio_type, bytesio_buffer_type, stringio_type, buffered_reader_type,
    buffered_writer_type, buffered_random_type, buffered_rwpair_type, textiowrapper_type,
    newline_decoder_type, utf8_codec_type;

Value utf8_codec_new(Thread *t, Value errors);       /* an incremental decoder and encoder */
/* a str that names UTF-8 as programs write it */
bool utf8_codec_is_for(Value encoding);
Value io_unsupported(Thread *t, const char *what);   /* raises io.UnsupportedOperation */
bool io_make_unsupported(Thread *t, Value mod);
Value io_open(Thread *t, Value *args, size_t n, Value kw);      /* NativeFn, open() */
/* The stream that another one is over, or 0: ValueError, with the message if it was detached. */
Value io_below(Thread *t, const Value *place, const bool *detached, const char *message);
/* ValueError "I/O operation on closed file." */
Value io_closed_error(Thread *t);
/* __dict__ of a stream with something in it, or None: what pickling keeps of its attributes */
Value io_dict_for_pickle(Thread *t, Value self);
/* A stream over `below` is collected: when it is still open, `below` is asked to warn in its name.
 */
void io_warn_unclosed(Thread *t, Value self, Value below);
/* self.closed as Python sees it: 1, 0, -1 raised. */
int io_is_closed(Thread *t, Value self);
NODISCARD bool io_check_open(Thread *t, Value self);
/* self.readable() and the like: UnsupportedOperation with the message when false. */
NODISCARD bool io_check_able(Thread *t, Value self, const char *method, const char *message);
NODISCARD bool io_index_or_none(Thread *t, Value v, ssize_t *out); /* None or absent leave *out */

/* Streams with data that must reach the file at exit: entered when opened, left when closed or
 * collected. */
void io_register(Object *stream);
void io_unregister(Object *stream);
void io_flush_registered(Thread *t, Type *family);

/* of an exact FileIO; seekable: as far as is known */
bool fileio_is_closed(Value self);
bool fileio_is_seekable(Value self);
/* Was a FileIO opened for appending? */
bool fileio_is_appending(Value self);
/* Was what an exact FileIO has opened a terminal then?  For who opens; isatty() asks anew. */
bool fileio_was_terminal(Value self);
/* The raw stream of an exact BufferedReader, BufferedWriter or BufferedRandom, else 0. */
Value buffered_raw(Value self);
/* Is self.write that of an exact BufferedWriter or BufferedRandom?  Then buffered_put does the same
 * for n bytes at p, which stay as they are: how many were taken, -1 raised. */
bool buffered_writes_plainly(Thread *t, Value self);
ssize_t buffered_put(Thread *t, Value self, const char *p, size_t n);
/* read or write of an exact FileIO: count, -1 raised, -2 would block. */
ssize_t fileio_transfer(Thread *t, Value self, void *p, size_t n, bool write_);

/* newline decoding shared by StringIO and TextIOWrapper; see newline.c */
typedef struct NewlineDecoder {
    Object head;
    Value decoder;       /* incremental decoder or NONE */
    Value errors;
    bool translate, pending_cr;
    int seen;            /* bits: 1 \r, 2 \n, 4 \r\n */
} NewlineDecoder;
Value newline_decoder_new(Thread *t, Value decoder, bool translate);
Value newline_decode(Thread *t, NewlineDecoder *d, Value input, bool final);
Value newline_seen_value(Thread *t, int seen);
/* End of the first line in s[lo..]: index behind its newline, -1: none.  universal: \n, \r, \r\n;
 * translated: \n only; else the given newline. */
ssize_t newline_find(Value s, size_t lo, bool translated, bool universal, Value newline);
#endif
