// What the lexer and the parser need from the object layer: constants, interned names, errors,
// warnings, codecs. The parser proper knows objects only through these functions, implemented in
// host.c.
#pragma once

#include "core/syntax/ast.h"

#include <stdbool.h>

typedef enum HostError { HOST_SYNTAX_ERROR, HOST_INDENTATION_ERROR, HOST_TAB_ERROR } HostError;

// Where an error is.  Lines and offsets count from 1 as in the exception's arguments; `text` is
// UTF-8 that may be damaged (NULL: None).
// end_lineno < 0: the exception gets no end.
typedef struct HostPlace {
    int lineno, offset, end_lineno, end_offset;
    const char *text;
    size_t text_size;
} HostPlace;

// Constants.  0 with an exception pending on failure.  Effects: allocates, raises.
Value host_none(void);
bool host_is_complex(Value value);
Value host_bool(bool value);
Value host_ellipsis(void);
Value host_bytes(Thread *thread, const char *bytes, size_t size);
// `text`: a decimal floating point literal without underscores.
Value host_float(Thread *thread, const char *text, size_t size);
Value host_imaginary(Thread *thread, const char *text, size_t size);
// `digits` holds digits of `base` only.  A decimal text over the digit limit raises ValueError.
Value host_int(Thread *thread, const char *digits, size_t size, int base);
// A str from code points.
Value host_str(Thread *thread, const uint32_t *points, size_t count);
// A str from UTF-8 text; UnicodeDecodeError when it is none.
Value host_str_utf8(Thread *thread, const char *text, size_t size);
// The interned str of an identifier in valid UTF-8, normalised (NFKC).
Value host_intern(Thread *thread, const char *text, size_t size);
// How many bytes of the text make an identifier, from its start; -1 with UnicodeDecodeError pending
// when it is not UTF-8.
ssize_t host_identifier_prefix(Thread *thread, const char *text, size_t size);
// Is the code point printable in the sense of str.isprintable()?
bool host_is_printable(int32_t point);

// The code point of a character's name, or -1 when there is none.
int32_t host_char_by_name(const char *name, size_t size);

// Is there C stack left for a step deeper?  false: RecursionError is pending.  A thread that waits
// for this one to stop, or to enter the world, does so here.
bool host_stack_check(Thread *thread);

// Is an exception pending?  And does it derive from SyntaxError?
bool host_pending(Thread *thread);
bool host_pending_is_syntax(Thread *thread);
void host_clear(Thread *thread);
Value host_take(Thread *thread); // the pending exception, or 0; nothing is pending then
void host_restore(Thread *thread, Value exception);
void host_no_memory(Thread *thread);
void host_value_error(Thread *thread, const char *message);
// UnicodeDecodeError of the given codec for bytes [start, end) of `bytes`.
void host_decode_error(Thread *thread, const char *codec, const char *bytes, size_t size,
                       size_t start, size_t end, const char *reason);
// Replaces the pending UnicodeError or ValueError by its text with "(unicode error) " or "(value
// error) " before it, malloc'ed; NULL when the pending exception is neither.
char *host_take_codec_error(Thread *thread);
// Raises an error of the SyntaxError family with the arguments (message, (filename, ...)).
void host_raise(Thread *thread, HostError type, const char *message, Value filename,
                const HostPlace *place);

// SyntaxError with nothing but a message; the same for a byte of a file that is not UTF-8.
void host_raise_bare(Thread *thread, const char *message);
void host_raise_undeclared(Thread *thread, unsigned byte, Value filename, int lineno);

typedef enum HostWarning { HOST_DEPRECATION, HOST_SYNTAX_WARNING } HostWarning;

// Issues a warning at a place of the source.  Returns false with an exception pending when a filter
// turned it into an error; *is_warning tells whether that is the warning itself.  Effects: runs
// Python.
bool host_warn(Thread *thread, HostWarning kind, const char *message, Value filename, int lineno,
               bool *is_warning);

// Decodes text in a named encoding to malloc'ed UTF-8.  Returns NULL with an exception pending:
// LookupError when the encoding is unknown.  Effects: runs Python.
char *host_decode(Thread *thread, const char *encoding, const char *bytes, size_t size,
                  size_t *out_size);
// Is the pending exception LookupError?
bool host_pending_is_lookup(Thread *thread);

// Line `lineno` of the source file `filename`, decoded to UTF-8 and malloc'ed, with its newline;
// NULL when there is no such file or line (nothing is pending then).
char *host_file_line(Thread *thread, Value filename, int lineno, size_t *size);
