/* The collector's contract with the rest of the system.
 *
 * Non-moving mark-sweep heap; C stacks are scanned conservatively, so C code holds plain pointers
 * (an interior pointer also keeps its object alive).  Objects are traced precisely by their type's
 * trace hook.  Memory from gc_alloc is zero-filled.  Raw variable data that only one object uses and
 * that readers may see without a lock must be a heap object of its own (gc_alloc with a buffer
 * type), never malloc'd and freed in place.
 *
 * Rule: every store of a reference into a heap object goes through gc_store (or gc_store_release
 * when lock-free readers must see the pointee initialised).  Stores into an object that no other
 * thread can see yet may use gc_init.
 */
#ifndef GC_GC_H
#define GC_GC_H

#include "gc/value.h"

typedef struct Tracer Tracer;

/* Allocates size bytes (header included), header set up.  Returns NULL when memory is exhausted;
 * nothing is raised (core/object wraps it in object_alloc).  Effects: allocates, may collect. */
NODISCARD void *gc_alloc(Thread *t, Type *type, size_t size);

/* Size in bytes of the cell or large block that holds o (>= requested size). */
size_t gc_object_size(const Object *o);

/* True when p points into a live heap object; *base gets its start. For verification and tests. */
bool gc_find_object(const void *p, Object **base);

static inline void gc_store(void *owner UNUSED, Value *slot, Value v)
{
    __atomic_store_n(slot, v, __ATOMIC_RELAXED);
}
static inline void gc_store_release(void *owner UNUSED, Value *slot, Value v)
{
    __atomic_store_n(slot, v, __ATOMIC_RELEASE); /* pairs with value_load_acquire */
}
static inline void gc_init(Value *slot, Value v) { *slot = v; }
/* The same for typed pointer fields: GC_STORE_PTR(owner, &owner->field, ptr). */
#define GC_STORE_PTR(owner, slot, ptr) \
    ((void)(owner), __atomic_store_n((slot), (ptr), __ATOMIC_RELEASE))
static inline Value value_load(const Value *slot) { return __atomic_load_n(slot, __ATOMIC_RELAXED); }
static inline Value value_load_acquire(const Value *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

/* ---- tracing: to be called from trace hooks and root sources only ---- */
void trace_value(Tracer *tr, Value v);           /* any Value, also 0 and immediates */
void trace_object(Tracer *tr, const void *o);    /* object pointer or NULL */
void trace_values(Tracer *tr, const Value *v, size_t n);
void trace_conservative(Tracer *tr, const void *lo, const void *hi); /* any words */

/* ---- root sources: fn is called in every collection with the world stopped ---- */
typedef void (*RootFn)(Tracer *tr, void *arg);
void gc_add_root_source(RootFn fn, void *arg);
void gc_add_root(Value *slot); /* one static slot */

/* Accounts for memory outside the heap that lives as long as heap objects do (bytes may be < 0). */
void gc_account_external(Thread *t, ssize_t bytes);

/* Full collection now; returns the number of objects found unreachable.  Runs finalizers and
 * weak-reference callbacks afterwards on the calling thread.  Effects: runs Python. */
size_t gc_collect(Thread *t);

#endif
