/* Converting whole texts, and the objects of the module _multibytecodec. */
#ifndef MODULES_MULTIBYTECODEC_CONVERT_H
#define MODULES_MULTIBYTECODEC_CONVERT_H

#include "core/object/buffer.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/tuple.h"
#include "modules/_multibytecodec/cjk.h"

enum { PENDING_CHARS = 2, PENDING_BYTES = 8 };

typedef struct MultibyteCodec { Object head; CjkCodec *codec; } MultibyteCodec;
extern Type multibyte_codec_type;

/* Where an encoder or decoder is in its text. */
typedef struct Progress {
    CjkState state;
    uint32_t chars[PENDING_CHARS];  /* encoders: not yet written */
    uint8_t bytes[PENDING_BYTES];   /* decoders: not yet understood */
    uint8_t pending;         /* how many of either */
} Progress;

/* Layout of the four incremental and stream types. One thread at a time uses one, as with their
 * base classes; of several, each goes on from where one of them was. */
typedef struct Incremental {
    Object head;
    CjkCodec *codec;         /* init-only */
    Value errors;            /* str */
    Value stream;            /* readers and writers; init-only */
    Progress progress;       /* lock */
} Incremental;
extern Type incremental_encoder_type, incremental_decoder_type, stream_reader_type,
    stream_writer_type;
static inline Incremental *incremental_of(Value v) { return (Incremental *)value_object(v); }

/* Appends str; stops before characters that need the next one unless last.  finish: ends in the
 * initial state. *used: characters taken. */
NODISCARD bool cjk_encode_text(Thread *t, CjkCodec *codec, CjkState *s, Value text,
                               const char *errors, bool last, bool finish, ByteBuilder *out,
                               size_t *used);
/* Appends characters; incomplete input is an error when last.  *used: bytes taken. */
NODISCARD bool cjk_decode_bytes(Thread *t, CjkCodec *codec, CjkState *s, const uint8_t *p, size_t n,
                                const char *errors, bool last, StrBuilder *out, size_t *used);
/* str or None as the name of an error handler: NULL for strict. */
NODISCARD bool cjk_errors_arg(Thread *t, Value v, const char *what, const char **out);
static inline void cjk_state_reset(CjkState *s, void (*start)(CjkState *))
{
    memset(s, 0, sizeof *s);
    if (start) {
        start(s);
    }
}

/* incremental.c, used by streams.c */
/* To the initial state; start: the codec's for this direction, or NULL. */
void incremental_restart(Thread *t, Incremental *o, void (*start)(CjkState *));
Value incremental_new(Thread *t, Type *type, Value errors, Value stream);
Value incremental_encode(Thread *t, Incremental *e, Value text, bool last);
Value incremental_decode(Thread *t, Incremental *d, const uint8_t *p, size_t n, bool last);
void incremental_trace(Object *o, Tracer *tr);
bool incremental_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);
extern const GetSetDef incremental_getset[];

#endif
