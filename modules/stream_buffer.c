/* Input and output of the decompressor objects. */
#include "modules/stream_buffer.h"

#include "gc/safepoint.h"

enum { FIRST_ROOM = 8192 };

bool stream_room(StreamOutput *o, bool *no_memory)
{
    *no_memory = false;
    if (o->len < o->cap) {
        return true;
    }
    if (o->cap >= o->limit) {
        return false;
    }
    size_t cap = o->cap ? o->cap * 2 : FIRST_ROOM;
    cap = cap < o->limit ? cap : o->limit;
    uint8_t *p = mem_realloc(o->p, cap);
    if (!p) {
        *no_memory = true;
        return false;
    }
    o->p = p;
    o->cap = cap;
    return true;
}

Value stream_bytes(Thread *t, StreamOutput *o)
{
    Value v = bytes_new(t, o->p ? o->p : (uint8_t *)"", o->len);
    mem_free(o->p);
    return v;
}

bool stream_input_begin(StreamInput *in, const Buffer *fresh, const uint8_t **p, size_t *n,
                        uint8_t **owned)
{
    *owned = NULL;
    if (in->len == 0) {
        *p = fresh->buf;
        *n = (size_t)fresh->len;
        return true;
    }
    uint8_t *all = mem_realloc(in->pending, in->len + (size_t)fresh->len + 1);
    if (!all) {
        return false;
    }
    memcpy(all + in->len, fresh->buf, (size_t)fresh->len);
    *p = *owned = all;
    *n = in->len + (size_t)fresh->len;
    *in = (StreamInput){NULL, 0};
    return true;
}

bool stream_input_end(StreamInput *in, const uint8_t *p, size_t n, uint8_t *owned)
{
    bool good = true;
    if (n) {
        uint8_t *copy = mem_alloc(n);
        good = copy != NULL;
        if (good) {
            memcpy(copy, p, n);
            *in = (StreamInput){copy, n};
        }
    }
    mem_free(owned);
    return good;
}
