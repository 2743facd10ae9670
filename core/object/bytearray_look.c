/* What a bytearray holds at one moment, without its lock where nobody changes it.
 *
 * Who changes a bytearray in a shared world counts that in `changes`, with the lock held.  A reader
 *      loads the count, sees that the lock is free, and loads where the bytes are;
 *      reads them, or copies them;
 *      sees that the lock is free, and the count is the same.
 * Whatever it reads of a change was stored behind the taking of the lock (change_begin has a fence
 * with release), and is loaded in front of a fence with acquire: so it then finds the lock taken,
 * or the change counted.  The buffer that it reads is in the heap, replaced or not.  Changes by way
 * of a memoryview, or of the pointer that a buffer is, are not counted: no one promises a moment
 * for these.
 *
 * Who has looked in vain takes the lock.  The thread sanitizer is shown a copy that is made byte by
 * byte.
 */
#include "core/base/racy.h"
#include "core/object/bytes_internal.h"

/* false: somebody changes it. */
static bool peek(BytesLook *look, ByteArray *a)
{
    look->array = a;
    look->changes = load_acquire(&a->changes);
    if (object_may_change(a)) {
        return false;
    }
    size_t n = load_acquire(&a->len), start = load_acquire(&a->start);
    const RawBuffer *buf = load_acquire(&a->buf);
    size_t cap = buf ? buf->cap : 0;
    look->s = (Span){buf ? (const uint8_t *)buf->data + start : (const uint8_t *)"", n};
    look->buf = buf;
    return start <= cap && n <= cap - start;
}

static bool is_same(const BytesLook *look)
{
    fence_acquire();
    return !object_may_change(look->array) && load_relaxed(&look->array->changes) == look->changes;
}

/* NULL: there is no memory, which is not raised. */
static RawBuffer *copy_of(Thread *t, Span s)
{
    RawBuffer *copy = raw_buffer_new_unset(t, s.n);
    if (copy) {
        racy_copy(copy->data, s.p, s.n);
    } else {
        error_clear(t); /* what the array holds must do */
    }
    return copy;
}

Span bytearray_span_copied(ByteArray *a)
{
    Thread *t = thread_current();
    BytesLook look;
    if (world_is_shared() && peek(&look, a)) {
        RawBuffer *copy = look.s.n ? copy_of(t, look.s) : NULL;
        if (is_same(&look)) {
            return copy ? (Span){(uint8_t *)copy->data, look.s.n} : look.s;
        }
    }
    bool taken = object_lock(t, a);
    Span s = bytearray_span(a);
    RawBuffer *copy = s.n ? copy_of(t, s) : NULL;
    object_unlock(a, taken);
    return copy ? (Span){(uint8_t *)copy->data, s.n} : s;
}

void bytearray_look(BytesLook *look, ByteArray *a)
{
#if defined(__SANITIZE_THREAD__)
    bool in_place = false;
#else
    bool in_place = look->array == NULL && peek(look, a);
#endif
    if (!in_place) {
        look->s = bytearray_span_copied(a);
        look->array = NULL;
    }
}

bool bytearray_look_held(BytesLook *look) { return is_same(look); }

Value bytearray_get_shared(Thread *t, ByteArray *a, ssize_t i)
{
    BytesLook look;
    if (peek(&look, a)) {
        Value r = byte_at(look.s, i);
        if (LIKELY(is_same(&look))) {
            return r;
        }
    }
    bool taken = object_lock(t, a);
    Value r = byte_at(bytearray_span(a), i);
    object_unlock(a, taken);
    return r;
}
