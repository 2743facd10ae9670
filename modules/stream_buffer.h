/* Input and output of the decompressor objects: memory outside the heap, so that long work can run
 * parked. */
#ifndef MODULES_STREAM_BUFFER_H
#define MODULES_STREAM_BUFFER_H

#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/iter.h"
#include "core/object/lock.h"
#include "core/object/module.h"

/* Growing output. */
typedef struct StreamOutput {
    uint8_t *p;
    size_t len, cap;
    size_t limit; /* SIZE_MAX: none */
} StreamOutput;
/* Makes room behind len; false: the limit is reached or (no_memory) memory is exhausted. */
bool stream_room(StreamOutput *o, bool *no_memory);
Value stream_bytes(Thread *t, StreamOutput *o); /* and frees it */

/* Input that waits for the next call. */
typedef struct StreamInput {
    uint8_t *pending;
    size_t len;
} StreamInput;
/* pending + new data: *p, *n.  *owned: to be freed by stream_input_end. false: no memory. */
NODISCARD bool stream_input_begin(StreamInput *in, const Buffer *fresh, const uint8_t **p,
                                  size_t *n, uint8_t **owned);
/* keeps what is left (p, n); false: no memory. */
NODISCARD bool stream_input_end(StreamInput *in, const uint8_t *p, size_t n, uint8_t *owned);

#endif
