/* The collector's contract with the rest of the system.
 *
 * Non-moving mark-sweep heap; C stacks are scanned conservatively, so C code holds plain pointers
 * (an interior pointer also keeps its object alive).  Objects are traced precisely by their type's
 * trace hook.  Memory from gc_alloc is zero-filled.  Raw variable data that only one object uses
 * and that readers may see without a lock must be a heap object of its own (gc_alloc with a buffer
 * type), never malloc'd and freed in place.
 *
 * Rule: every store of a reference into a heap object goes through gc_store, which
 * publishes the pointee as well.  Stores into an object that no other thread can see yet may use
 * gc_init.
 */
#ifndef GC_GC_H
#define GC_GC_H

#include "core/base/atomics.h"
#include "gc/value.h"

typedef struct Tracer Tracer;

/* Allocates size bytes (header included), header set up.  Returns NULL when memory is exhausted;
 * nothing is raised (core/object wraps it in object_alloc).  Effects: allocates, may collect. */
NODISCARD void *gc_alloc(Thread *t, Type *type, size_t size);
/* The same, but what follows the header may hold anything when size > GC_STEP_MAX: for types whose
 * trace hook looks at no part of it that the caller has not written before the next allocation or
 * safepoint. */
NODISCARD void *gc_alloc_raw(Thread *t, Type *type, size_t size);

/* ---- what the collector knows of types ----
 * At hooks_offset inside every Type lie three function pointers, each may be NULL:
 * trace marks the object's own references (the collector traces o->type itself), must not allocate,
 * may run twice; free releases outside memory (world stopped, any thread; no heap access but to
 * what o refers to, which may be dead, too);
 * finalize != NULL makes instances call it once when they become unreachable (__del__); they may
 * come back to life. */
typedef struct GcHooks {
    void (*trace)(Object *o, Tracer *tr);
    void (*free)(Object *o);
    void (*finalize)(Thread *t, Value o);
} GcHooks;
typedef struct GcOps {
    size_t hooks_offset;                       /* offsetof(Type, trace) */
    void (*finalize)(Thread *t, Object *o);    /* runs the finalizer, keeps t's pending exception */
    /* calls the callback of a cleared weak reference */
    void (*weak_callback)(Thread *t, Object *ref);
    /* Before gc_collect, world stopped: clears what dead registers of up to `frames` of t's frames
     * hold, and may set skip_from and skip_to; how many frames are left.  t is the caller of
     * gc_collect or waits.  May be NULL. */
    int (*scrub)(Thread *t, int frames);
    /* World stopped: would finalize take o apart for good, so that nothing may come back to life
     * that refers to it?  Such objects are finalized in the order of references.  May be NULL. */
    bool (*takes_apart)(const Object *o);
} GcOps;
void gc_set_ops(const GcOps *ops); /* before the first gc_alloc; ops stays in place */
/* For an object whose type got its finalizer after the object was made; harmless when repeated. */
void gc_register_finalizer(Thread *t, Object *o);
/* The finalizer or free hook of o, its only one, would do nothing any more: forgets an o that was
 * registered last. */
void gc_forget_finalizer(Thread *t, Object *o);
/* Registers all existing instances of exactly this type. */
void gc_register_instances(Thread *t, Type *type);

/* Size in bytes of the cell or large block that holds o (>= requested size). */
size_t gc_object_size(const Object *o);

/* True when p points into a live heap object; *base gets its start. For verification and tests. */
bool gc_find_object(const void *p, Object **base);

/* Most collections look at young objects only (gc/heap.h): what an old one comes to refer to must
 * be known.  owner: the object whose memory or outside table holds the slot. */
COLD void gc_remember_slot(void *owner, const void *slot);
static inline bool gc_is_young(const void *o)
{
    return !any_relaxed(&((const Object *)o)->gc_flags, GC_OLD | GC_STATIC);
}
static inline void gc_barrier(void *owner, const void *slot, Value v)
{
    if (UNLIKELY(!gc_is_young(owner)) && value_is_object(v) && v != 0 &&
        gc_is_young(value_object(v))) {
        gc_remember_slot(owner, slot);
    }
}
/* The same for a slot whose object is not at hand. */
static inline void gc_barrier_inside(const void *slot, Value v)
{
    if (value_is_object(v) && v != 0 && gc_is_young(value_object(v))) {
        gc_remember_slot(NULL, slot);
    }
}
/* References inside owner were moved or written by other means: it is traced as a whole. */
COLD void gc_remember_whole(void *owner);
static inline void gc_written(void *owner)
{
    if (UNLIKELY(!gc_is_young(owner)) &&
        !any_relaxed(&((const Object *)owner)->gc_flags, GC_REMEMBERED)) {
        gc_remember_whole(owner);
    }
}
/* Publishes what v refers to: whoever reads the slot with value_load sees all that was written. */
static inline void gc_store(void *owner, Value *slot, Value v)
{
    __atomic_store_n(slot, v, __ATOMIC_RELEASE);
    gc_barrier(owner, slot, v);
}
/* Into the object that this function has allocated, which nothing else refers to yet. */
static inline void gc_init(Value *slot, Value v) { *slot = v; }
/* A root outside the heap, which a root source or gc_add_root shows the collector every time. */
static inline void gc_store_root(Value *slot, Value v)
{
    __atomic_store_n(slot, v, __ATOMIC_RELEASE);
}
/* The same for typed pointer fields: GC_STORE_PTR(owner, &owner->field, ptr). */
#define GC_STORE_PTR(owner, slot, ptr)                                                             \
    do {                                                                                           \
        __typeof__(*(slot)) stored_ = (ptr);                                                       \
        __atomic_store_n((slot), stored_, __ATOMIC_RELEASE);                                       \
        gc_barrier((owner), (slot), (Value)(uintptr_t)stored_);                                    \
    } while (0)
/* What another thread may store at the same time: the object it refers to is seen whole. */
static inline Value value_load(const Value *slot)
{
    return __atomic_load_n(slot, __ATOMIC_ACQUIRE);
}

/* The heap no longer refers to o, a table or buffer that its only owner has replaced; stacks still
 * may.  When o is old and larger than a small object, it counts as young again: else it would take
 * up its memory until everything is collected.  NULL: nothing.  Not for types with a free or
 * finalize hook. */
COLD void gc_disown_old(void *o);
static inline void gc_disown(void *o)
{
    if (o != NULL && (atomic_load_explicit(&((Object *)o)->gc_flags, memory_order_relaxed) &
                      (GC_OLD | GC_STATIC)) == GC_OLD) {
        gc_disown_old(o);
    }
}

/* Nothing refers to o but the caller's variables: t made it and has stored it nowhere.  Its memory
 * is there again at once when it is larger than a small object and no collection has met it; else
 * as gc_disown. */
void gc_free_private(Thread *t, void *o);

/* ---- tracing: to be called from trace hooks and root sources only ---- */
void trace_value(Tracer *tr, Value v);           /* any Value, also 0 and immediates */
void trace_object(Tracer *tr, const void *o);    /* object pointer or NULL */
void trace_values(Tracer *tr, const Value *v, size_t n);
void trace_conservative(Tracer *tr, const void *lo, const void *hi); /* any words */
/* o, whose references change without gc_store (a generator that runs): it is traced now and by the
 * next collection, old or not. */
void trace_changing(Tracer *tr, const void *o);
/* For the hook of an object whose memory others write without gc_store: the next collection traces
 * it, too. */
void trace_again(Tracer *tr, const void *o);
/* false: references are asked for one by one, guesses are not wanted */
bool trace_is_marking(const Tracer *tr);
/* only young objects are looked for: what is old need not be traced */
bool trace_is_young_only(const Tracer *tr);

/* Words that are values, what is left of dead ones, or anything else: only whole object pointers
 * count. */
void trace_stale_values(Tracer *tr, const Value *v, size_t n);
/* The same for a stack of values, which like a C stack may hold what is in the making. */
void trace_stack_values(Tracer *tr, const Value *v, size_t n);

/* ---- root sources: fn is called in every collection with the world stopped ---- */
typedef void (*RootFn)(Tracer *tr, void *arg);
void gc_add_root_source(RootFn fn, void *arg);
void gc_add_root(Value *slot); /* one static slot */

void gc_remove_root_source(RootFn fn, void *arg);
/* fn is called when everything else is marked: what it traces lives on, too, but trace_has_reached
 * tells it what only it holds. */
void gc_add_late_root_source(RootFn fn, void *arg);
bool trace_has_reached(const Tracer *tr, const void *o);
/* From now on every object with ext_refs > 0 is a root (found by a walk of the heap in each
 * collection). */
void gc_enable_ext_refs(void);
/* References that extension objects hold to each other keep nothing alive by themselves: begin
 * counts them (world stopped, no allocation from the heap), internal tells how many of o's
 * references they are, end forgets them. */
typedef struct GcExtCounts {
    void (*begin)(void);
    uint32_t (*internal)(const Object *o);
    void (*end)(void);
} GcExtCounts;
void gc_set_ext_counts(const GcExtCounts *counts); /* counts stays in place */

/* ---- tracing of allocations: while it is on, each passes through here ---- */
typedef struct GcAllocTrace {
    /* must not allocate from the heap */
    void (*allocated)(Thread *t, const void *object, size_t size);
    /* world stopped, no dead object's place is used again yet: see gc_survived */
    void (*collected)(unsigned dead);
    /* A block outside the heap was made or resized, under a number of its owner's; false: no memory
     * to note it.  It was freed, or never noted.  Any thread that may touch the heap. */
    bool (*block_made)(Thread *t, unsigned domain, uintptr_t address, size_t size);
    void (*block_freed)(unsigned domain, uintptr_t address);
} GcAllocTrace;
/* NULL: off; stays in place. Effects: runs Python (finalizers) */
void gc_set_alloc_trace(Thread *t, const GcAllocTrace *trace);
const GcAllocTrace *gc_alloc_trace(void);
bool gc_survived(const void *object, unsigned dead);

/* Accounts for memory outside the heap that lives as long as heap objects do (bytes may be < 0). */
void gc_account_external(Thread *t, ssize_t bytes);

/* Full collection now, as precise as it can be; returns the number of objects found unreachable.
 * Runs finalizers and weak-reference callbacks afterwards on the calling thread.  Effects: runs
 * Python. */
size_t gc_collect(Thread *t);
/* The same; of the unreachable objects only those count that `counts`, called with the world
 * stopped, says true of; *others: how many it said false of.  Looking at them takes some 10 ns
 * each. */
size_t gc_collect_counting(Thread *t, bool (*counts)(const Object *o), size_t *others);
/* The same of young objects only, for what has just been let go of: 10 microseconds, or a
 * millisecond when much has been made since the last collection. */
void gc_collect_young(Thread *t);
/* What calls that have returned left on the C stack below the caller's frame keeps nothing alive
 * any more. */
void gc_scrub_stack(void);
/* Runs what waits in the queues of finalizers and weak-reference callbacks (POLL_FINALIZE); errors
 * are reported as unraisable.  Effects: runs Python. */
void gc_run_pending(Thread *t);
bool gc_has_pending(void);
/* Is there an object whose finalizer has not run yet that `wanted`, called with the world stopped,
 * says true of? */
bool gc_any_finalizable(Thread *t, bool (*wanted)(const Object *o));
/* Calls every finalizer that has not run, reachable or not; for the end of the process.  Effects:
 * runs Python. */
void gc_finalize_all(Thread *t);

/* gc module: settings and statistics. */
/* off: only a much larger heap growth starts a collection by itself */
void gc_set_enabled(bool on);
bool gc_is_enabled(void);
typedef enum { GC_YOUNG, GC_FULL, GC_KINDS } GcKind; /* of collections */
typedef struct GcPauses {
    uint64_t collections, objects_freed, total_ns, max_ns, median_ns;
} GcPauses;
typedef struct GcStats {
    GcPauses kinds[GC_KINDS], all; /* all: without the median */
    uint64_t bytes_live, bytes_mapped, bytes_external;
    int64_t started_ns; /* monotonic time of the heap's begin */
} GcStats;
void gc_get_stats(GcStats *out);
void gc_print_stats(void); /* to stderr, a line in all and one for each kind */
/* Bytes allocated since the last collection (all threads; a few blocks late). */
size_t gc_allocated_since(void);

/* Calls fn for each live object, with the world stopped by the caller. */
void gc_walk(void (*fn)(Object *o, void *arg), void *arg);
/* Calls fn for each value that o holds (its type, too), which is an object or not. */
void gc_referents(Object *o, void (*fn)(Value v, void *arg), void *arg);
/* Aborts with a message when a live object refers to something that is not one.  World stopped. */
void gc_verify_heap(Thread *t);

/* ---- process life ---- */
/* the calling OS thread starts to use the heap */
void gc_thread_attach(Thread *t, char *stack_base);
void gc_thread_detach(Thread *t);                    /* and stops to; t->gc may then be freed */
/* fork(): before stops the world; parent and child let it go on, the child with the calling thread
 * only. orphan (may be NULL) is called in the child for every thread that is gone. */
void gc_before_fork(Thread *t);
void gc_after_fork_parent(Thread *t);
void gc_after_fork_child(Thread *t, void (*orphan)(Thread *gone));
/* Calls fn for each attached thread under the thread-list lock: fn must not block, nor allocate
 * unless the caller has stopped the world. */
void gc_each_thread(Thread *t, void (*fn)(Thread *other, void *arg), void *arg);
bool gc_thread_is_running(const Thread *t); /* and not parked; for fn of gc_each_thread */
/* Without the lock, for the report of a crash; the list may change under it. */
void gc_each_thread_unlocked(void (*fn)(Thread *other, void *arg), void *arg);

#endif
