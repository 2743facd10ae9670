/* Where a reference is let go of explicitly (del, or None instead of it): is it worth a collection?
 * gc/prompt.c says why and how much. */
#ifndef CORE_OBJECT_LET_GO_H
#define CORE_OBJECT_LET_GO_H

#include "core/object/object.h"
#include "gc/prompt.h"

/* Has v a finalizer that is still to run, or are there weak references to it?  Classes do not
 * count: they lie in cycles, which reference counts would not end either. */
static inline bool is_end_awaited(Value v)
{
    if (!value_is_object(v) || v == 0) {
        return false;
    }
    const Object *o = value_object(v);
    uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
    if (flags & GC_HAS_WEAK) {
        return !(flags & GC_STATIC) && !value_is_type(v);
    }
    return (o->type->finalize || o->type->finalize_registered) &&
           !(flags & (GC_FINALIZED | GC_NO_FINALIZE));
}

/* v has just been removed from where it was. */
static inline void let_go(Thread *t, Value v)
{
    if (UNLIKELY(is_end_awaited(v))) {
        prompt_ask(t, value_object(v));
    }
}

/* v is about to take the place of what *slot holds. */
static inline void let_go_for(Thread *t, Value v, const Value *slot)
{
    if (UNLIKELY(v == NONE)) {
        let_go(t, value_load(slot));
    }
}

#endif
