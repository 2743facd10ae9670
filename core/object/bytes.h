/* bytes (immutable, hash cached, NUL-terminated), bytearray (mutable, items in a replaceable heap
 * buffer). */
#ifndef CORE_OBJECT_BYTES_H
#define CORE_OBJECT_BYTES_H

#include "core/object/object.h"

typedef struct Bytes {
    Object head;
    size_t len;
    _Atomic int64_t hash;  /* 0: not computed */
    char data[];           /* len + 1 bytes */
} Bytes;

/* Plain data in the heap, no references: what mutable types keep their bytes in. */
typedef struct RawBuffer {
    Object head;
    size_t cap;
    char data[];
} RawBuffer;

typedef struct ByteArray {
    Object head;
    size_t len;            /* lock; readers may see old or new */
    RawBuffer *buf;        /* lock; never shrunk in place while exports > 0 */
    size_t start;          /* offset of the first byte in buf */
    _Atomic ssize_t exports;
    uint64_t changes;      /* lock: how many there were in a shared world */
} ByteArray;

extern Type bytes_type, bytearray_type, raw_buffer_type;
static inline bool value_is_bytes(Value v)
{
    return value_is_object(v) && value_has(v, TYPE_BYTES);
}
static inline bool value_is_bytearray(Value v)
{
    return value_is_object(v) && value_has(v, TYPE_BYTEARRAY);
}
static inline Bytes *value_bytes(Value v)
{
    assert(value_is_bytes(v));
    return (Bytes *)value_object(v);
}
Value bytes_new(Thread *t, const void *p /* NULL: zero-filled, caller fills in */, size_t n);
/* The same for a caller that writes all n bytes before anyone else sees them: they may hold
 * anything. */
Value bytes_new_unset(Thread *t, size_t n);
/* A copy of memory that other threads may write to (core/base/racy.h). */
Value bytes_new_racy(Thread *t, const void *p, size_t n);
/* The first n bytes of v, which no one else has seen: v itself, cut, unless that wastes much. */
Value bytes_shorten(Thread *t, Value v, size_t n);
Value bytes_from_cstr(Thread *t, const char *s);
Value bytes_concat(Thread *t, Value a, Value b);
/* Hexadecimal digits; sep, per_group: arguments as bytes.hex takes them, or 0. str, or bytes. */
Value bytes_to_hex(Thread *t, const uint8_t *p, size_t n, Value sep, Value per_group,
                   bool as_bytes);
Value bytearray_new(Thread *t, const void *p /* NULL: zero-filled */, size_t n);
NODISCARD RawBuffer *raw_buffer_new(Thread *t, size_t cap); /* zero-filled */
/* The same without that: what is not written holds anything. */
NODISCARD RawBuffer *raw_buffer_new_unset(Thread *t, size_t cap);

#endif
