/* bytes: making, comparing, hashing; RawBuffer and ByteBuilder. */
#include "core/object/bytes.h"

#include "core/base/hash.h"
#include "core/base/racy.h"
#include "core/object/bytes_internal.h"
#include "core/object/str_internal.h"
#include "core/object/codec.h"

typedef struct ByteChar {
    Object head;
    size_t len;
    _Atomic int64_t hash;
    char data[8];
} ByteChar;
static_assert(offsetof(ByteChar, data) == offsetof(Bytes, data), "layout of Bytes");

#define BYTE1(i) {.head = OBJECT_STATIC_HEAD(&bytes_type), .len = 1, .data = {(char)(i), 0}}
#define BYTE4(i) BYTE1(i), BYTE1((i) + 1), BYTE1((i) + 2), BYTE1((i) + 3)
#define BYTE16(i) BYTE4(i), BYTE4((i) + 4), BYTE4((i) + 8), BYTE4((i) + 12)
#define BYTE64(i) BYTE16(i), BYTE16((i) + 16), BYTE16((i) + 32), BYTE16((i) + 48)

static ByteChar byte_chars[256] = {BYTE64(0), BYTE64(64), BYTE64(128), BYTE64(192)};
static ByteChar empty_bytes = {.head = OBJECT_STATIC_HEAD(&bytes_type)};

Type raw_buffer_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                        .name = "raw_buffer",
                        .size = sizeof(RawBuffer),
                        .item_size = 1,
                        .flags = TYPE_NO_INSTANTIATE | TYPE_IMMUTABLE};

ALWAYS_INLINE RawBuffer *new_buffer(Thread *t, size_t cap,
                                    void *(*alloc)(Thread *t, Type *type, size_t size))
{
    if (cap > (size_t)PTRDIFF_MAX - sizeof(RawBuffer)) {
        raise_memory(t);
        return NULL;
    }
    RawBuffer *b = alloc(t, &raw_buffer_type, sizeof(RawBuffer) + cap);
    if (b) {
        b->cap = cap;
    }
    return b;
}

RawBuffer *raw_buffer_new(Thread *t, size_t cap) { return new_buffer(t, cap, object_alloc); }
RawBuffer *raw_buffer_new_unset(Thread *t, size_t cap)
{
    return cap <= GC_STEP_MAX - sizeof(RawBuffer) ? new_buffer(t, cap, object_alloc_fast)
                                                  : new_buffer(t, cap, object_alloc_raw);
}

ALWAYS_INLINE Value new_unset(Thread *t, size_t n)
{
    if (n == 0) {
        return object_value(&empty_bytes);
    }
    if (n > (size_t)PTRDIFF_MAX - sizeof(Bytes) - 1) {
        return raise_memory(t);
    }
    size_t size = sizeof(Bytes) + n + 1;
    Bytes *b = size <= GC_STEP_MAX ? object_alloc_fast(t, &bytes_type, size)
                                   : object_alloc_raw(t, &bytes_type, size);
    if (!b) {
        return 0;
    }
    b->len = n;
    atomic_init(&b->hash, 0);
    b->data[n] = 0;
    return object_value(b);
}

Value bytes_new_unset(Thread *t, size_t n) { return new_unset(t, n); }

Value bytes_shorten(Thread *t, Value v, size_t n)
{
    Bytes *b = value_bytes(v);
    assert(n <= b->len);
    if (n < b->len / 4 * 3 || n <= 1) {
        return bytes_new(t, b->data, n);
    }
    b->len = n;
    b->data[n] = 0;
    return v;
}

Value bytes_new_racy(Thread *t, const void *p, size_t n)
{
    if (n == 1) {
        char c;
        racy_copy(&c, p, 1);
        return bytes_new(t, &c, 1);
    }
    Value v = bytes_new_unset(t, n);
    if (v) {
        racy_copy(value_bytes(v)->data, p, n);
    }
    return v;
}

Value bytes_new(Thread *t, const void *p, size_t n)
{
    if (n == 0) {
        return object_value(&empty_bytes);
    }
    if (n == 1 && p) {
        return object_value(&byte_chars[*(const uint8_t *)p]);
    }
    if (p) {
        Value v = new_unset(t, n);
        if (v) {
            copy_piece(value_bytes(v)->data, p, n);
        }
        return v;
    }
    if (n > (size_t)PTRDIFF_MAX - sizeof(Bytes) - 1) {
        return raise_memory(t);
    }
    Bytes *b = object_alloc(t, &bytes_type, sizeof(Bytes) + n + 1);
    if (b) {
        b->len = n;
    }
    return b ? object_value(b) : 0;
}

Value bytes_from_cstr(Thread *t, const char *s) { return bytes_new(t, s, strlen(s)); }

int64_t bytes_hash(Thread *t UNUSED, Value v)
{
    Bytes *b = value_bytes(v);
    int64_t h = atomic_load_explicit(&b->hash, memory_order_relaxed);
    if (h || b->len == 0) {
        return h;
    }
    h = (int64_t)siphash13(b->data, b->len, runtime.hash_key);
    h = h == -1 ? -2 : h == 0 ? 1 : h;
    atomic_store_explicit(&b->hash, h, memory_order_relaxed);
    return h;
}

/* ---- ByteBuilder ---- */

void bb_init(ByteBuilder *b, Thread *t)
{
    b->t = t;
    b->data = b->small;
    b->len = 0;
    b->cap = BB_SMALL;
    b->buf = NULL;
    b->failed = false;
}

char *bb_reserve(ByteBuilder *b, size_t more)
{
    if (b->failed) {
        return NULL;
    }
    if (b->cap - b->len < more) {
        if (more > (size_t)PTRDIFF_MAX / 4 - b->len) {
            raise_memory(b->t);
            b->failed = true;
            return NULL;
        }
        size_t need = b->len + more;
        RawBuffer *buf = raw_buffer_new_unset(b->t, need + need / 2);
        if (!buf) {
            b->failed = true;
            return NULL;
        }
        memcpy(buf->data, b->data, b->len);
        b->buf = buf;
        b->data = buf->data;
        b->cap = buf->cap;
    }
    return b->data + b->len;
}

bool bb_bytes(ByteBuilder *b, const void *src, size_t n)
{
    char *p = bb_reserve(b, n);
    if (!p) {
        return false;
    }
    if (n) {
        memcpy(p, src, n);
    }
    b->len += n;
    return true;
}

Value bb_finish(ByteBuilder *b)
{
    if (b->failed) {
        return 0;
    }
    return bytes_new(b->t, b->data, b->len);
}

Value bb_finish_bytearray(ByteBuilder *b)
{
    if (b->failed) {
        return 0;
    }
    return bytearray_new(b->t, b->data, b->len);
}
