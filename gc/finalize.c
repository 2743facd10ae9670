/* Finalizers, weak-reference callbacks, free hooks.
 *
 * Objects whose type has a finalize or free hook are entered in a registry of the allocating
 * thread, so that the collector finds the dead ones without touching the dead rest of the heap.
 * Free hooks run with the world stopped; dead objects with a finalizer come back to life in a
 * queue, which gc_run_pending empties on a thread at its next poll. A finalizer runs once per
 * object (GC_FINALIZED).  Those that take an object apart (tp_dealloc of C types) run in the order
 * of references, and only where no other finalizer can reach the object.
 *
 * How long the queue gets: a thread that allocates collects, and who has collected runs what waits
 * before it goes on.  So what a collection may find at most is what limits the queue, and an object
 * with a finalizer counts as the more bytes the longer finalizers have taken of late: those of one
 * collection are to take about FINALIZERS_NS.  What finalizers themselves leave over is run inside
 * of them when it gets too much (LONG_QUEUE).
 */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "gc/mark.h"

typedef struct Registered {
    Object *object;
    void (*free)(Object *o); /* NULL: has a finalizer */
} Registered;
/* items from `young` on may be young */
typedef struct Registry {
    Registered *items;
    size_t count, capacity, young;
} Registry;
typedef struct Queue { Object **items; size_t count, capacity; } Queue;

static Registry orphans;         /* of threads that are gone; world lock */
static Mutex queue_lock;
static Queue dead_queue;         /* objects whose finalizer is to run; queue_lock */
/* cleared weak references with a callback; does not keep them alive; queue_lock */
static Queue callback_queue;
static _Atomic size_t pending;   /* length of both */

enum { FINALIZERS_NS = 50000000, LONG_QUEUE = 1024, RUNNING_MAX = 4, CLOCK_EVERY = 64 };
enum { WEIGHT_MAX = 16 << 10, LIMIT_MIN = 64, LIMIT_MAX = 4096 };
/* Of late: time that finalizers took, and objects registered for them.  To begin with what is
 * neither fast nor slow. */
static struct {
    _Atomic int64_t spent_ns;   /* since the last collection */
    int64_t ns, objects;        /* world stopped */
    int64_t waited;             /* objects made before the last collection; world stopped */
} cost = {.ns = FINALIZERS_NS, .objects = 1000};

static NOINLINE bool registry_grow(Registry *r)
{
    size_t capacity = r->capacity ? r->capacity * 2 : 16;
    Registered *items = mem_realloc(r->items, capacity * sizeof *items);
    if (items == NULL) {
        return false;
    }
    r->items = items;
    r->capacity = capacity;
    return true;
}

static inline bool registry_add(Registry *r, Registered item)
{
    if (UNLIKELY(r->count == r->capacity) && !registry_grow(r)) {
        return false;
    }
    r->items[r->count++] = item;
    return true;
}

static bool queue_add_locked(Queue *q, Object *o)
{
    if (q->count == q->capacity) {
        size_t capacity = q->capacity ? q->capacity * 2 : 64;
        Object **items = mem_realloc(q->items, capacity * sizeof *items);
        if (items == NULL) {
            return false;
        }
        q->items = items;
        q->capacity = capacity;
    }
    q->items[q->count++] = o;
    atomic_fetch_add_explicit(&pending, 1, memory_order_relaxed);
    return true;
}

void finalize_thread_init(Thread *t)
{
    gc_thread(t)->extra = mem_calloc(1, sizeof(Registry));
}

void finalize_thread_exit(Thread *t)
{
    Registry *r = gc_thread(t)->extra;
    if (r != NULL) {
        for (size_t i = 0; i < r->count; i++) {
            if (!registry_add(&orphans, r->items[i])) {
                break; /* these objects leak their outside memory */
            }
        }
        mem_free(r->items);
        mem_free(r);
        gc_thread(t)->extra = NULL;
    }
}

bool finalize_register(Thread *t, Object *o, const GcHooks *hooks)
{
    Registry *r = gc_thread(t)->extra;
    if (r == NULL || (hooks->free != NULL && !registry_add(r, (Registered){o, hooks->free}))) {
        return false;
    }
    if (hooks->finalize == NULL) {
        return true;
    }
    gc_thread(t)->credit -= load_relaxed(&heap.finalizer_weight);
    gc_thread(t)->finalizable++;
    return registry_add(r, (Registered){o, NULL});
}

/* Generators and coroutines, which mostly end before they die, weigh only what slow finalizers
 * make them. */
static void weigh(GcThread *g, int n)
{
    g->credit -= n * (load_relaxed(&heap.finalizer_weight) - FINALIZER_WEIGHT);
    g->finalizable += n;
}

void gc_register_finalizer(Thread *t, Object *o)
{
    Registry *r = gc_thread(t)->extra;
    if (r != NULL) {
        weigh(gc_thread(t), 1);
        (void)registry_add(r, (Registered){o, NULL});
    }
}

void gc_forget_finalizer(Thread *t, Object *o)
{
    Registry *r = gc_thread(t)->extra;
    if (r != NULL && r->count > 0 && r->items[r->count - 1].object == o) {
        r->count--;
        r->young = r->young < r->count ? r->young : r->count;
        weigh(gc_thread(t), r->items[r->count].free == NULL ? -1 : 0);
    }
}

typedef struct Instances { Thread *t; Type *type; } Instances;

static void register_instance(Object *o, void *arg)
{
    Instances *a = arg;
    if (o->type == a->type) {
        gc_register_finalizer(a->t, o);
    }
}

void gc_register_instances(Thread *t, Type *type)
{
    Instances a = {t, type};
    world_stop(t);
    gc_walk(register_instance, &a);
    world_start(t);
}

/* ---- the collector's side; world stopped ---- */

static void each_registry(void (*fn)(Registry *r, void *arg), void *arg)
{
    fn(&orphans, arg);
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g->extra != NULL) {
            fn(g->extra, arg);
        }
    }
}

/* Moves the dead objects with finalizers to the queue. */
static void queue_dead(Registry *r, void *arg)
{
    const Tracer *tr = arg;
    size_t kept = tr->young_only ? r->young : 0;
    for (size_t i = kept; i < r->count; i++) {
        Registered item = r->items[i];
        if (item.free == NULL && !mark_is_live(item.object, tr->from)) {
            if (atomic_load_explicit(&item.object->gc_flags, memory_order_relaxed) &
                GC_NO_FINALIZE) {
                continue;
            }
            uint8_t old = atomic_fetch_or_explicit(&item.object->gc_flags, GC_FINALIZED,
                                                   memory_order_relaxed);
            if (!(old & GC_FINALIZED) && !queue_add_locked(&dead_queue, item.object)) {
                atomic_fetch_and_explicit(&item.object->gc_flags, (uint8_t)~GC_FINALIZED,
                                          memory_order_relaxed);
            }
            continue;
        }
        r->items[kept++] = item;
    }
    r->count = kept;
}

/* What a queue holds is mostly dead when its finalizer has run: it need not become old. */
static void trace_briefly(Tracer *tr, Object *o)
{
    tr->source = FROM_PINNED;
    trace_object(tr, o);
    tr->source = 0;
}

/* Marks the dead objects and what they refer to.  The order they are finalized in, from the last to
 * the first: what another one refers to comes after it, as a file after the buffer over it; else
 * the newest comes first. */
static void revive(Tracer *tr, Object **dead, size_t n)
{
    Object **outer = mem_alloc(n * sizeof *outer + 1);
    size_t inner = 0, outers = 0;
    for (size_t i = 0; i < n; i++) {
        Object *o = dead[i];
        if (outer != NULL && mark_is_live(o, tr->from)) {
            dead[inner++] = o;
            continue;
        }
        trace_briefly(tr, o);
        if (outer != NULL) {
            mark_drain(tr);
            outer[outers++] = o;
        }
    }
    if (outer != NULL) {
        if (dead != NULL) {
            memcpy(dead + inner, outer, outers * sizeof *outer);
        }
        mem_free(outer);
    }
}

/* Moves those of the n dead objects that will be taken apart behind the others; how many others. */
static size_t part_ends(Object **dead, size_t n)
{
    size_t others = 0, ends = 0;
    Object **end = gc_ops->takes_apart != NULL ? mem_alloc(n * sizeof *end + 1) : NULL;
    for (size_t i = 0; end != NULL && i < n; i++) {
        if (gc_ops->takes_apart(dead[i])) {
            end[ends++] = dead[i];
        } else {
            dead[others++] = dead[i];
        }
    }
    if (ends > 0) {
        memcpy(dead + others, end, ends * sizeof *dead);
    }
    mem_free(end);
    return end != NULL ? others : n;
}

/* What a finalizer might bring back to life is not taken apart yet: registers it again. */
static void postpone_reached(const Tracer *tr, size_t first)
{
    size_t kept = first;
    for (size_t i = first; i < dead_queue.count; i++) {
        Object *o = dead_queue.items[i];
        if (mark_is_live(o, tr->from) && registry_add(&orphans, (Registered){o, NULL})) {
            atomic_fetch_and_explicit(&o->gc_flags, (uint8_t)~GC_FINALIZED, memory_order_relaxed);
            atomic_fetch_sub_explicit(&pending, 1, memory_order_relaxed);
        } else {
            dead_queue.items[kept++] = o;
        }
    }
    dead_queue.count = kept;
}

void finalize_after_mark(Tracer *tr)
{
    mutex_lock(&queue_lock);
    size_t first = dead_queue.count;
    each_registry(queue_dead, tr);
    size_t n = dead_queue.count - first, others = n;
    if (n > 0) {
        others = part_ends(dead_queue.items + first, n);
        revive(tr, dead_queue.items + first, others);
        mark_drain(tr);
    }
    if (others < n) {
        postpone_reached(tr, first + others);
        order_dead(tr, dead_queue.items + first + others, dead_queue.count - first - others);
    }
    mutex_unlock(&queue_lock);
}

static void free_dead(Registry *r, void *arg)
{
    const Tracer *tr = arg;
    size_t kept = tr->young_only ? r->young : 0, young = SIZE_MAX;
    for (size_t i = kept; i < r->count; i++) {
        Registered item = r->items[i];
        if (item.free != NULL && !mark_is_live(item.object, tr->from)) {
            item.free(item.object);
            continue;
        }
        if (young == SIZE_MAX && gc_is_young(item.object)) {
            young = kept;
        }
        r->items[kept++] = item;
    }
    r->count = kept;
    r->young = young < kept ? young : kept;
}

void finalize_free_dead(const Tracer *tr) { each_registry(free_dead, (void *)(uintptr_t)tr); }

void finalize_adapt(void)
{
    int64_t ns = atomic_exchange_explicit(&cost.spent_ns, 0, memory_order_relaxed);
    ssize_t made = load_relaxed(&heap.finalizable);
    store_relaxed(&heap.finalizable, 0);
    if (ns > 0 || cost.waited > 0) {
        cost.ns = cost.ns / 4 * 3 + ns;
        cost.objects = cost.objects / 4 * 3 + cost.waited;
    }
    cost.waited = made > 0 ? made : 0;
    int64_t each = cost.ns / (cost.objects + 1) + 1, limit = FINALIZERS_NS / each + 1;
    int64_t weight = (int64_t)heap.threshold / limit;
    store_relaxed(&heap.finalizer_weight, weight < FINALIZER_WEIGHT ? FINALIZER_WEIGHT
                                          : weight > WEIGHT_MAX     ? WEIGHT_MAX
                                                                    : weight);
    store_relaxed(&heap.finalizer_limit, limit < LIMIT_MIN   ? LIMIT_MIN
                                         : limit > LIMIT_MAX ? LIMIT_MAX
                                                             : limit);
}

void finalize_queue_callback(Object *ref)
{
    mutex_lock(&queue_lock);
    (void)queue_add_locked(&callback_queue, ref);
    mutex_unlock(&queue_lock);
}

void finalize_trace_queues(Tracer *tr)
{
    for (size_t i = 0; i < dead_queue.count; i++) {
        trace_briefly(tr, dead_queue.items[i]);
    }
}

void finalize_forget_callbacks(const Tracer *tr)
{
    mutex_lock(&queue_lock);
    size_t kept = 0, n = callback_queue.count;
    for (size_t i = 0; i < n; i++) {
        if (mark_is_live(callback_queue.items[i], tr->from)) {
            callback_queue.items[kept++] = callback_queue.items[i];
        }
    }
    callback_queue.count = kept;
    atomic_fetch_sub_explicit(&pending, n - kept, memory_order_relaxed);
    mutex_unlock(&queue_lock);
}

void finalize_reinit_locks(void)
{
    mutex_reinit(&queue_lock);
}

/* ---- running them ---- */

bool gc_has_pending(void)
{
    return atomic_load_explicit(&pending, memory_order_relaxed) != 0;
}

static Object *take_last(Queue *q)
{
    mutex_lock(&queue_lock);
    Object *o = NULL;
    if (q->count != 0) {
        o = q->items[--q->count];
        atomic_fetch_sub_explicit(&pending, 1, memory_order_relaxed);
    }
    mutex_unlock(&queue_lock);
    return o;
}

static void reverse(Queue *q)
{
    mutex_lock(&queue_lock);
    for (size_t i = 0, j = q->count; i + 1 < j; i++) {
        Object *o = q->items[i];
        q->items[i] = q->items[--j];
        q->items[j] = o;
    }
    mutex_unlock(&queue_lock);
}

static void run_finalizers(Thread *t)
{
    Object *volatile o; /* on the stack: the queue no longer holds it */
    int64_t start = monotonic_ns();
    for (size_t n = 1; (o = take_last(&dead_queue)) != NULL; n++) {
        gc_ops->finalize(t, o);
        if (n % CLOCK_EVERY == 0 || !gc_has_pending()) {
            int64_t now = monotonic_ns();
            atomic_fetch_add_explicit(&cost.spent_ns, now - start, memory_order_relaxed);
            start = now;
        }
    }
}

void gc_run_pending(Thread *t)
{
    GcThread *g = gc_thread(t);
    atomic_fetch_and_explicit(&g->poll, ~(uint32_t)POLL_FINALIZE, memory_order_relaxed);
    size_t length = atomic_load_explicit(&pending, memory_order_relaxed);
    if (length == 0 ||
        (g->running_pending > 0 && (length < LONG_QUEUE || g->running_pending == RUNNING_MAX))) {
        return;
    }
    if (g->running_pending++ == 0) {
        g->pending_since = monotonic_ns();
    }
    Object *volatile o;
    reverse(&callback_queue); /* taken from the end, so the oldest comes first */
    while ((o = take_last(&callback_queue)) != NULL) {
        gc_ops->weak_callback(t, o);
    }
    run_finalizers(t);
    g->running_pending--;
    if (gc_has_pending()) {
        atomic_fetch_or_explicit(&g->poll, POLL_FINALIZE, memory_order_relaxed);
    }
}

static void queue_all(Registry *r, void *arg UNUSED)
{
    r->young = 0;
    size_t kept = 0;
    for (size_t i = 0; i < r->count; i++) {
        Registered item = r->items[i];
        if (item.free != NULL) {
            r->items[kept++] = item;
            continue;
        }
        uint8_t old =
            atomic_fetch_or_explicit(&item.object->gc_flags, GC_FINALIZED, memory_order_relaxed);
        if (!(old & GC_FINALIZED)) {
            (void)queue_add_locked(&dead_queue, item.object);
        }
    }
    r->count = kept;
}

typedef struct Search {
    bool (*wanted)(const Object *o);
    bool found;
} Search;

static void search(Registry *r, void *arg)
{
    Search *s = arg;
    for (size_t i = 0; i < r->count && !s->found; i++) {
        Object *o = r->items[i].object;
        uint8_t flags = atomic_load_explicit(&o->gc_flags, memory_order_relaxed);
        s->found = r->items[i].free == NULL && !(flags & (GC_NO_FINALIZE | GC_FINALIZED)) &&
                   s->wanted(o);
    }
}

bool gc_any_finalizable(Thread *t, bool (*wanted)(const Object *o))
{
    Search s = {wanted, false};
    world_stop(t);
    each_registry(search, &s);
    world_start(t);
    return s.found;
}

void gc_finalize_all(Thread *t)
{
    world_stop(t);
    mutex_lock(&queue_lock);
    each_registry(queue_all, NULL);
    mutex_unlock(&queue_lock);
    world_start(t);
    gc_run_pending(t);
}
