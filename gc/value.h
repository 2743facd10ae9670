/* The tagged 64-bit Value and the two-word object header.
 *
 *   ...xxx1   fixnum: 63-bit signed integer, value = (int64_t)v >> 1
 *   ...x100   float kept in the word: rotl(bits + FLOAT_BIAS, 4); covers 2^-128 <= |x| < 2^128
 *   ...x000   pointer to a heap or static object (8-byte aligned)
 *   0         no value; as a result: an error, the exception is pending in the thread
 * Other doubles (0.0, inf, nan, rare exponents) are boxed Float objects (core/object/float.h).
 * Self-tagging follows arXiv 2411.16544; one add moves the common exponents under one tag.
 *
 * Header: word 0 = references held by C extensions (a root while > 0) + lock byte + flags,
 * word 1 = type: C extensions find ob_refcnt and ob_type there.
 */
#ifndef GC_VALUE_H
#define GC_VALUE_H

#include <stdatomic.h>
#include <string.h>

#include "core/base/attrs.h"

typedef uint64_t Value;
typedef struct Type Type;
typedef struct Thread Thread;

typedef struct Object {
    _Atomic uint32_t ext_refs; /* raised by C extensions only */
    _Atomic uint8_t lock;      /* bit 0: taken; the others: whose it was last, core/object/lock.h */
    _Atomic uint8_t gc_flags;  /* GC_* below, owned by gc/ */
    uint16_t flags;            /* owned by the object's type, but for OBJECT_* */
    Type *type;
} Object;

enum {
    GC_STATIC = 1,       /* not in the heap: never freed, traced only when registered as a root */
    GC_FINALIZED = 2,    /* finalizer has run */
    GC_NO_FINALIZE = 16, /* the finalizer would do nothing and need not run */
    GC_HAS_WEAK = 4,     /* weak references to it exist */
    GC_OLD = 8,          /* has survived a collection: changed with the world stopped, gc_disown */
    GC_ORDERED = 128,    /* gc/order.c: is one of those that are put in order; world stopped */
    GC_REMEMBERED = 32,  /* old and on a list of gc/remember.c: traced by the next collection */
    GC_AGED = 64,        /* has survived one collection young */
};

enum { OBJECT_LOCKED = 1 }; /* bit of Object.lock */
/* In Object.flags; core/object/instance.h. */
enum {
    OBJECT_OPEN = 0x8000, /* set under its lock */
    OBJECT_PLAIN = 0x1000 /* has an InstancePart, right behind the header; init-only */
};

#define OBJECT_STATIC_HEAD(type_) {0, 0, GC_STATIC, 0, (type_)}

#define FIXNUM_MAX ((int64_t)0x3fffffffffffffff)
#define FIXNUM_MIN (-FIXNUM_MAX - 1)
#define FLOAT_TAG 4u
#define FLOAT_BIAS ((uint64_t)129 << 52) /* exponent field 895..1150 -> top bits 100 */

static inline bool value_is_fixnum(Value v) { return v & 1; }
static inline bool value_is_object(Value v) { return (v & 7) == 0; } /* also true for 0 */
static inline bool value_is_flonum(Value v) { return (v & 7) == FLOAT_TAG; }
static inline bool fixnum_fits(int64_t i) { return i >= FIXNUM_MIN && i <= FIXNUM_MAX; }
static inline int64_t fixnum_get(Value v)
{
    assert(value_is_fixnum(v));
    return (int64_t)v >> 1;
}
static inline Value fixnum(int64_t i)
{
    assert(fixnum_fits(i));
    return ((uint64_t)i << 1) | 1;
}
static inline Object *value_object(Value v)
{
    assert(value_is_object(v));
    return (Object *)(uintptr_t)v;
}
static inline Value object_value(const void *o) { return (Value)(uintptr_t)o; }

static inline double flonum_get(Value v)
{
    uint64_t bits = (v >> 4 | v << 60) - FLOAT_BIAS;
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

/* Puts d into *v and returns true when d can live in the word. */
static inline bool flonum_try(double d, Value *v)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    bits += FLOAT_BIAS;
    *v = bits << 4 | bits >> 60;
    return (*v & 7) == FLOAT_TAG;
}

#endif
