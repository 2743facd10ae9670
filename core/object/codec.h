/* Codecs: the registry, the error handlers, and the encodings written in C.
 *
 * A decoder turns bytes into a str, an encoder a str into bytes.  What an encoding cannot represent
 * goes to an error handler, named by `errors` (NULL: strict): the well-known ones are built in,
 * others are Python functions that get the exception and return (replacement, position to go on).
 */
#ifndef CORE_OBJECT_CODEC_H
#define CORE_OBJECT_CODEC_H

#include "core/object/bytes.h"
#include "core/object/str.h"

/* ---- growing bytes; one per function on the C stack ---- */
enum { BB_SMALL = 96 }; /* most results of % and of encoders are shorter */
typedef struct ByteBuilder {
    Thread *t;
    char *data;      /* small, or that of buf; stays where it is until the next piece */
    size_t len, cap;
    RawBuffer *buf;  /* NULL: small is large enough */
    bool failed;     /* exception pending */
    char small[BB_SMALL];
} ByteBuilder;
void bb_init(ByteBuilder *b, Thread *t);
char *bb_reserve(ByteBuilder *b, size_t more); /* room for more bytes behind len; NULL: failed */
static inline bool bb_byte(ByteBuilder *b, int c)
{
    char *p = LIKELY(b->len < b->cap) ? b->data + b->len : bb_reserve(b, 1);
    if (UNLIKELY(!p)) {
        return false;
    }
    *p = (char)c;
    b->len++;
    return !b->failed;
}
bool bb_bytes(ByteBuilder *b, const void *p, size_t n);
Value bb_finish(ByteBuilder *b);               /* bytes; 0 when anything failed */
Value bb_finish_bytearray(ByteBuilder *b);

/* ---- error handling while decoding ---- */
typedef struct DecodeErrors {
    Thread *t;
    const char *encoding, *errors;
    const uint8_t *p;  /* input; a handler may replace it */
    size_t n;
    Value object;      /* input as bytes once an exception needed it */
    Value handler, exc;
} DecodeErrors;
/* Handles input[start:end): appends the replacement to out, sets *pos to where decoding goes on.
 * Reload p and n. */
NODISCARD bool decode_error(DecodeErrors *d, const char *reason, size_t start, size_t end,
                            StrBuilder *out, size_t *pos);

typedef struct EncodeErrors {
    Thread *t;
    const char *encoding, *errors;
    Value object;      /* str being encoded */
    Value handler, exc;
} EncodeErrors;
/* Handles object[start:end): *replacement is str or bytes to be put out (0: nothing), *pos where to
 * go on. */
NODISCARD bool encode_error(EncodeErrors *e, const char *reason, size_t start, size_t end,
                            Value *replacement, size_t *pos);
COLD Value raise_unicode_encode(Thread *t, const char *encoding, Value s, size_t start, size_t end,
                                const char *reason);
COLD Value raise_unicode_decode(Thread *t, const char *encoding, const void *p, size_t n,
                                size_t start, size_t end, const char *reason);

/* ---- encodings; consumed NULL: the input is complete, else *consumed gets the bytes used ---- */
Value utf8_to_str(Thread *t, const char *p, size_t n, const char *errors, size_t *consumed);
/* NUL-terminated, cap == length + 1; NULL raised */
RawBuffer *str_to_utf8(Thread *t, Value s, const char *errors);
Value utf8_encode_str(Thread *t, Value s, const char *errors);
Value ascii_decode(Thread *t, const uint8_t *p, size_t n, const char *errors);
Value ascii_encode(Thread *t, Value s, const char *errors);
Value latin1_encode(Thread *t, Value s, const char *errors);
/* order: -1 little, 1 big, 0: by the byte order mark; *order gets what was found. */
Value utf16_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order,
                   size_t *consumed);
Value utf16_encode(Thread *t, Value s, const char *errors, int order);
Value utf32_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order,
                   size_t *consumed);
Value utf32_encode(Thread *t, Value s, const char *errors, int order);
Value utf7_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed);
Value utf7_encode(Thread *t, Value s, const char *errors);
Value unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                            size_t *consumed);
Value unicode_escape_encode(Thread *t, Value s);
Value raw_unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                                size_t *consumed);
Value raw_unicode_escape_encode(Thread *t, Value s);
/* Bytes literal escapes; *first_invalid gets the offset of the first unknown escape or -1. */
Value bytes_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors,
                          ssize_t *first_invalid);
Value charmap_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, Value mapping);
Value charmap_encode(Thread *t, Value s, const char *errors, Value mapping);
Value charmap_build(Thread *t, Value decoding);
/* Maps through a table for str.translate; errors as in encoding. */
Value charmap_translate(Thread *t, Value s, Value mapping);
extern Type encoding_map_type;
/* fills a dict name -> handler */
NODISCARD bool codec_add_builtin_errors(Thread *t, Value registry);

/* ---- registry ---- */
NODISCARD bool codec_register(Thread *t, Value search_function);
NODISCARD bool codec_unregister(Thread *t, Value search_function);
/* Development mode: do such an encoding and an error handler exist?  NULL: not given. */
NODISCARD bool codec_check_names(Thread *t, const char *encoding, const char *errors);
Value codec_lookup(Thread *t, const char *encoding);   /* codec info tuple; LookupError */
/* any codec, any objects */
Value codec_encode(Thread *t, Value o, const char *encoding, const char *errors);
Value codec_decode(Thread *t, Value o, const char *encoding, const char *errors);
NODISCARD bool codec_register_error(Thread *t, Value name, Value handler);
/* callable; LookupError: unknown error handler name */
Value codec_lookup_error(Thread *t, const char *name);
/* bytes.decode of any buffer object */
Value buffer_decode(Thread *t, Value o, const char *encoding, const char *errors);

#endif
