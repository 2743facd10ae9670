/* What references and proxies share. */
#ifndef CORE_OBJECT_WEAKREF_INTERNAL_H
#define CORE_OBJECT_WEAKREF_INTERNAL_H

#include "core/object/native.h"
#include "core/object/weakref.h"
#include "gc/weak.h"

typedef struct WeakRef {
    WeakHead weak;          /* callback: 0 for none */
    _Atomic int64_t hash;   /* of the referent, once `hashed` */
    _Atomic bool hashed;
} WeakRef;

static inline WeakHead *weakref_head(Value v) { return (WeakHead *)value_object(v); }
void weakref_trace(Object *self, Tracer *tr);
/* A reference or proxy of the given type; shared when that is possible. */
Value weakref_make(Thread *t, Type *type, Value referent, Value callback);

#endif
