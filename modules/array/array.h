/* array.array: items of one machine type in a replaceable RawBuffer.
 *
 * Locking: writers hold the object lock and convert values before taking it; readers load buf
 * (acquire) and len, and bound the index by what buf holds.  While exports > 0 the size does not
 * change. */
#ifndef MODULES_ARRAY_ARRAY_H
#define MODULES_ARRAY_ARRAY_H

#include "core/object/bytes.h"
#include "core/object/module.h"

typedef struct ArrayKind {
    char code;
    uint8_t size;
    const char *format;       /* of the buffer */
    int machine_format;       /* for pickles */
    bool is_integer, is_signed;
} ArrayKind;

typedef struct Array {
    Object head;
    size_t len;               /* lock */
    RawBuffer *buf;           /* lock; never NULL */
    const ArrayKind *kind;    /* init-only */
    _Atomic ssize_t exports;
} Array;

static inline size_t array_size(const Array *a)
{
    return __atomic_load_n(&a->len, __ATOMIC_RELAXED);
}
/* The buffer, and how many items are there: no more than it holds, also when another thread
 * replaces it. */
static inline RawBuffer *array_content(const Array *a, size_t *n)
{
    RawBuffer *buf = __atomic_load_n(&a->buf, __ATOMIC_ACQUIRE);
    size_t len = array_size(a), room = buf->cap / a->kind->size;
    *n = len < room ? len : room;
    return buf;
}
extern Type array_type, array_iter_type;
extern const ArrayKind array_kinds[];          /* end: code 0 */
const ArrayKind *array_kind_find(uint32_t code); /* NULL: none */

static inline Array *as_array(Value v)
{
    assert(value_isa(v, &array_type));
    return (Array *)value_object(v);
}
static inline bool value_is_array(Value v)
{
    return value_is_object(v) && value_isa(v, &array_type);
}
/* Item i or 0 when out of range (nothing raised). */
Value array_item(Thread *t, Array *a, size_t i);
/* Puts v in machine form at out. false: raised. */
NODISCARD bool array_store(Thread *t, const ArrayKind *k, Value v, void *out);
Value array_load(Thread *t, const ArrayKind *k, const void *p);
Value array_new(Thread *t, Type *type, const ArrayKind *k, size_t n);
/* Replaces items [lo, hi) by n items at p (NULL: zeros).  false: BufferError or MemoryError. */
NODISCARD bool array_splice(Thread *t, Array *a, size_t lo, size_t hi, const void *p, size_t n);
NODISCARD bool array_extend(Thread *t, Array *a, Value iterable);
NODISCARD bool array_from_bytes(Thread *t, Array *a, Value data);
/* Swaps the bytes of n items in place. */
void array_swap(void *p, size_t size, size_t n);

extern const NativeDef array_methods[];        /* array_methods.c */
extern const GetSetDef array_getset[];
Value array_reconstructor(Thread *t, Value *args, size_t n, Value kw);

#endif
