/* Kinds of array items and their conversion; changing the size of an array. */
#include "core/base/racy.h"
#include "core/object/buffer.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/array/array.h"

const ArrayKind array_kinds[] = {
    {'b', 1, "b", 1, true, true},  {'B', 1, "B", 0, true, false},  {'u', 4, "w", 20, false, false},
    {'h', 2, "h", 4, true, true},  {'H', 2, "H", 2, true, false},  {'i', 4, "i", 8, true, true},
    {'I', 4, "I", 6, true, false}, {'l', 8, "l", 12, true, true},  {'L', 8, "L", 10, true, false},
    {'q', 8, "q", 12, true, true}, {'Q', 8, "Q", 10, true, false}, {'f', 4, "f", 14, false, false},
    {'d', 8, "d", 16, false, false}, {0},
};

const ArrayKind *array_kind_find(uint32_t code)
{
    for (const ArrayKind *k = array_kinds; k->code; k++) {
        if ((uint32_t)k->code == code) {
            return k;
        }
    }
    return NULL;
}

static bool store_small(Thread *t, const ArrayKind *k, Value v, int64_t *out)
{
    static const char *const names_of[][2] = {
        {"signed char", "unsigned byte integer"}, {"signed short integer", "unsigned short"},
        {"signed integer", "unsigned int"},
    };
    int64_t i;
    int width = k->size == 1 ? 0 : k->size == 2 ? 1 : 2;
    if (!value_to_int64(t, v, &i)) {
        return false;
    }
    const char *name = names_of[width][k->is_signed ? 0 : 1];
    int64_t min = k->is_signed ? -((int64_t)1 << (k->size * 8 - 1)) : 0;
    int64_t max = ((int64_t)1 << (k->size * 8 - (k->is_signed ? 1 : 0))) - 1;
    if (i < min) {
        if (k->code == 'I') {
            overflow_error(t, "can't convert negative value to unsigned int");
        } else {
            overflow_error(t, "%s is less than minimum", name);
        }
        return false;
    }
    if (i > max) {
        overflow_error(t, "%s is greater than maximum", name);
        return false;
    }
    *out = i;
    return true;
}

static bool store_wide(Thread *t, const ArrayKind *k, Value v, void *out)
{
    Value i = number_index(t, v);
    int64_t s;
    if (!i) {
        return false;
    }
    bool fits = int_try_int64(i, &s);
    if (k->is_signed ? fits : fits && s >= 0) {
        memcpy(out, &s, 8);
        return true;
    }
    if (!k->is_signed && int_sign(i) > 0 && int_bit_length(i) <= 64) {
        return int_to_bytes(t, i, out, 8, true, false);
    }
    const char *message = k->code == 'l'      ? "Python int too large to convert to C long"
                          : int_sign(i) < 0 && !k->is_signed
                              ? (k->code == 'L' ? "can't convert negative value to unsigned int"
                                                : "can't convert negative int to unsigned")
                          : k->code == 'L' ? "Python int too large to convert to C unsigned long"
                                           : "int too big to convert";
    overflow_error(t, "%s", message);
    return false;
}

bool array_store(Thread *t, const ArrayKind *k, Value v, void *out)
{
    if (k->is_integer) {
        int64_t i;
        if (k->size == 8) {
            return store_wide(t, k, v, out);
        }
        if (!store_small(t, k, v, &i)) {
            return false;
        }
        memcpy(out, &i, k->size);                    /* little-endian machines */
        return true;
    }
    if (k->code == 'u') {
        if (!value_is_str(v) || str_len(v) != 1) {
            type_error(t, "array item must be unicode character");
            return false;
        }
        uint32_t c = str_get(value_str(v), 0);
        memcpy(out, &c, 4);
        return true;
    }
    double d;
    if (!value_to_double(t, v, &d)) {
        return false;
    }
    if (k->code == 'f') {
        float f = (float)d;
        memcpy(out, &f, 4);
    } else {
        memcpy(out, &d, 8);
    }
    return true;
}

#define LOAD(type, make)          \
    do {                          \
        type x_;                  \
        racy_copy(&x_, p, sizeof x_); \
        return make;              \
    } while (0)

Value array_load(Thread *t, const ArrayKind *k, const void *p)
{
    switch (k->code) {
    case 'b': LOAD(int8_t, fixnum(x_));
    case 'B': LOAD(uint8_t, fixnum(x_));
    case 'h': LOAD(int16_t, fixnum(x_));
    case 'H': LOAD(uint16_t, fixnum(x_));
    case 'i': LOAD(int32_t, fixnum(x_));
    case 'I': LOAD(uint32_t, fixnum(x_));
    case 'l': case 'q': LOAD(int64_t, int_from_int64(t, x_));
    case 'L': case 'Q': LOAD(uint64_t, int_from_uint64(t, x_));
    case 'f': LOAD(float, float_new(t, (double)x_));
    case 'd': LOAD(double, float_new(t, x_));
    default: {
        uint32_t c;
        racy_copy(&c, p, 4);
        return c > 0x10ffff ? value_error(t, "character U+%x is not in range [U+0000; U+10ffff]",
                                          (unsigned)c)
                            : str_from_char(t, c);
    }
    }
}
#undef LOAD

Value array_item(Thread *t, Array *a, size_t i)
{
    RawBuffer *buf = __atomic_load_n(&a->buf, __ATOMIC_ACQUIRE);
    if (i >= __atomic_load_n(&a->len, __ATOMIC_RELAXED) || (i + 1) * a->kind->size > buf->cap) {
        return 0;
    }
    return array_load(t, a->kind, buf->data + i * a->kind->size);
}

Value array_new(Thread *t, Type *type, const ArrayKind *k, size_t n)
{
    if (n > PTRDIFF_MAX / k->size) {
        return raise_memory(t);
    }
    RawBuffer *buf = raw_buffer_new_unset(t, n * k->size); /* callers fill it */
    Array *a = buf ? object_alloc_instance(t, type, 0) : NULL;
    if (!a) {
        return 0;
    }
    a->buf = buf;
    a->len = n;
    a->kind = k;
    return object_value(a);
}

static bool splice_locked(Thread *t, Array *a, size_t lo, size_t hi, const void *p, size_t n)
{
    size_t size = a->kind->size;
    hi = hi < a->len ? hi : a->len;
    lo = lo < hi ? lo : hi;
    size_t tail = a->len - hi, len = lo + n + tail;
    if (len != a->len && atomic_load(&a->exports) > 0) {
        raise(t, &exc_BufferError, "cannot resize an array that is exporting buffers");
        return false;
    }
    RawBuffer *buf = a->buf;
    if (len * size > buf->cap || len < a->len / 4) {
        if (len > PTRDIFF_MAX / size / 2) {
            raise_memory(t);
            return false;
        }
        RawBuffer *grown = raw_buffer_new_unset(t, (len + (len >> 3) + (len < 9 ? 3 : 6)) * size);
        if (!grown) {
            return false;
        }
        racy_copy(grown->data, buf->data, lo * size);
        racy_copy(grown->data + (lo + n) * size, buf->data + hi * size, tail * size);
        buf = grown;
        gc_disown(a->buf);
    } else if (n != hi - lo) {
        racy_copy(buf->data + (lo + n) * size, buf->data + hi * size, tail * size);
    }
    if (p) {
        racy_copy(buf->data + lo * size, p, n * size);
    } else {
        memset(buf->data + lo * size, 0, n * size);
    }
    GC_STORE_PTR(a, &a->buf, buf);
    __atomic_store_n(&a->len, len, __ATOMIC_RELAXED);
    return true;
}

bool array_splice(Thread *t, Array *a, size_t lo, size_t hi, const void *p, size_t n)
{
    bool ok;
    int attempt = 0;
    do {
        bool locked = object_lock(t, a);
        ok = splice_locked(t, a, lo, hi, p, n);
        object_unlock(a, locked);
    } while (!ok && buffer_exports_may_go(t, &attempt));
    return ok;
}

static bool extend_singly(Thread *t, Array *a, Value it)
{
    Value v;
    while ((v = iter_next(t, it)) != 0) {
        uint64_t cell;
        if (!array_store(t, a->kind, v, &cell) ||
            !array_splice(t, a, SIZE_MAX, SIZE_MAX, &cell, 1)) {
            return false;
        }
    }
    return !error_pending(t);
}

/* Of an iterator that runs no code: many at once.  What comes before one that is refused stays. */
static bool extend_several(Thread *t, Array *a, Value it)
{
    enum { BATCH = 128 };
    uint64_t cells[BATCH + 1];
    Value v = 0;
    bool ok = true;
    do {
        char *to = (char *)cells, *end = to + BATCH * a->kind->size;
        size_t n = 0;
        while (to < end && (v = iter_take(t, it)) != 0 && (ok = array_store(t, a->kind, v, to))) {
            to += a->kind->size;
            n++;
        }
        Value error = ok ? 0 : error_take(t);
        if (!array_splice(t, a, SIZE_MAX, SIZE_MAX, cells, n)) {
            return false;
        }
        if (error) {
            error_restore(t, error);
        }
    } while (ok && v);
    return ok;
}

bool array_extend(Thread *t, Array *a, Value iterable)
{
    if (value_is_array(iterable)) {
        Array *b = as_array(iterable);
        if (b->kind != a->kind) {
            type_error(t, "can only extend with array of same kind");
            return false;
        }
        size_t n;
        RawBuffer *buf = array_content(b, &n);
        return array_splice(t, a, SIZE_MAX, SIZE_MAX, buf->data, n);
    }
    Value it = object_iter(t, iterable);
    return it && (value_is_list_exact(iterable) || value_is_tuple_exact(iterable)
                      ? extend_several(t, a, it)
                      : extend_singly(t, a, it));
}

void array_swap(void *data, size_t size, size_t n)
{
    unsigned char *p = data, item[sizeof(uint64_t)];
    assert(size <= sizeof item);
    for (; size == 4 && n > 0; n--, p += 4) {
        uint32_t x;
        racy_copy(&x, p, 4);
        x = __builtin_bswap32(x);
        racy_copy(p, &x, 4);
    }
    for (size_t i = 0; i < n; i++, p += size) {
        racy_copy(item, p, size);
        for (size_t j = 0; j < size / 2; j++) {
            unsigned char c = item[j];
            item[j] = item[size - 1 - j];
            item[size - 1 - j] = c;
        }
        racy_copy(p, item, size);
    }
}
