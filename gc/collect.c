/* A collection from start to end, its statistics and the modes for tests.
 *
 * Environment (any build): TYPHON_GC_EVERY=n collects at every n-th allocation, TYPHON_GC_FAIL=n
 * lets the n-th allocation fail, TYPHON_GC_VERIFY=1 checks the whole heap after each collection,
 * TYPHON_GC_MARKERS=n lets n threads mark at most, TYPHON_CLAIM_EVERY=n lets a thread look after n
 * locks whether it may have the world alone (gc/sharing.c).
 */
#include <string.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "gc/keep.h"
#include "gc/mark.h"
#include "gc/pauses.h"
#include "gc/prompt.h"
#include "gc/thread_stats.h"

/* gc.disable(): at least this much growth, or finalizer_limit.  What would be gone at once with
 * reference counts has to be found then, too. */
#define THRESHOLD_DISABLED ((size_t)2 << 20)
#define PARALLEL_MIN ((size_t)16 << 20)        /* live heap from which helper threads pay */
enum { SCRUB_FRAMES = 200, DEAD_STACK = 16 << 10 };
enum { ALONE = 200 /* objects that one thread marks before others could have come */ };

/* Threads that wait for the end of it help, unless it is over before they could. */
static void drain(Tracer *tr)
{
    if (mark_drain_some(tr, ALONE)) {
        return;
    }
    bool wake_helpers = !tr->young_only && heap.live >= PARALLEL_MIN;
    if (wake_helpers || (!tr->prompt && world_threads->next != NULL)) {
        team_drain(tr, wake_helpers);
    } else {
        mark_drain(tr);
    }
}

static void mark_all(Tracer *tr)
{
    roots_trace(tr);
    drain(tr);
    roots_trace_stacks(tr);
    drain(tr);
    roots_trace_late(tr);
    drain(tr);
}

/* Accounts for what was found live; objects: how many there were.  Returns how many are gone. */
static uint64_t count_live(const Tracer *tr, uint64_t objects)
{
    if (tr->young_only) {
        heap.old_objects += tr->live_objects;
        heap.live += tr->live_bytes;
    } else {
        heap.old_objects = tr->live_objects;
        heap.live = tr->live_bytes;
        heap.full_collections++;
    }
    heap.objects = heap.old_objects + tr->pinned_objects;
    uint64_t freed = objects - heap.objects;
    return freed;
}

/* Of the unreachable objects only those are counted that `counts` says true of. */
typedef struct Count {
    bool (*counts)(const Object *o);
    size_t found;
} Count;

static void count_one(Object *o, void *arg)
{
    Count *count = arg;
    count->found += count->counts(o);
}

/* REQUEST...: by a statement, not by the heap's growth */
typedef enum { WHAT_IS_DUE, EVERYTHING, REQUEST, REQUEST_PROMPT, REQUEST_PROMPT_ALL } Extent;

/* Returns how many objects it found unreachable.  A prompt collection leaves young what only stacks
 * hold, directly or not: the next statement may let go of it; and the next one that is due comes no
 * later. */
static uint64_t collect_stopped(Extent extent, int64_t began, Count *count)
{
    const bool prompt = extent == REQUEST_PROMPT;
    const bool full = (extent != WHAT_IS_DUE && !prompt) || pace_is_full_due();
    uint64_t objects = heap.objects;
    size_t before = heap.live;
    unsigned threads = 0;
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        uint64_t made = sweep_retire_runs(g);
        objects += made;
        threads += made > 0;
        if (full || made == 0 || extent == WHAT_IS_DUE) { /* not needed since the last one */
            sweep_give_back(g, !full && g->busy);
        }
    }
    sweep_finish();
    Colours c = {.old = full ? OLD_COLOURS - heap.colours.old : heap.colours.old,
                 .young = YOUNG_COLOURS - heap.colours.young};
    c.dead = (uint8_t)((OLD_COLOURS | YOUNG_COLOURS) & ~(c.old | c.young));
    if (!full) {
        c.dead &= YOUNG_COLOURS;
    }
    Tracer tr;
    tracer_init(&tr, &c);
    tr.prompt = prompt && !full;
    const int64_t marking_from = monotonic_ns();
    mark_all(&tr);
    const int64_t marking = monotonic_ns() - marking_from;
    finalize_forget_callbacks(&tr);
    weak_clear_dead(&tr);
    finalize_after_mark(&tr);
    weak_unlink_dead(&tr);
    if (UNLIKELY(heap.trace != NULL)) {
        heap.trace->collected(c.dead);
    }
    if (count != NULL) {
        heap_walk(c.dead, count_one, count);
    }
    finalize_free_dead(&tr);
    heap.colours = c;
    uint64_t freed = count_live(&tr, objects);
    if (full) {
        sweep_prepare(c.dead);
    } else {
        sweep_young(world_stopped_by, c.dead);
    }
    tracer_done(&tr);
    if (!prompt || full || heap.collections == 0) {
        pace_end(full, began, marking, before, threads);
    }
    fetch_add_relaxed(&heap.collections, 1);
    finalize_adapt();
    int64_t end = monotonic_ns();
    pauses_add(full ? GC_FULL : GC_YOUNG, (uint64_t)(end - began), freed);
    return freed;
}

static void scrub_registers(GcThread *self, int frames)
{
    frames = gc_ops->scrub((Thread *)self, frames);
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self && g->waiting) {
            frames = gc_ops->scrub((Thread *)g, frames);
        }
    }
}

static void skip_nothing(void)
{
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        g->skip_from = NULL;
    }
}

/* A thread that collects in a loop leaves those that it stops as much time as it takes: between two
 * collections they would not even have woken. */
static int64_t others_until; /* monotonic time; relaxed */

/* Collects; but for requests only when no other thread has since the collection number `seen`. */
static NOINLINE uint64_t collect(Thread *t, Extent extent, uint64_t seen, Count *count)
{
    GcThread *g = gc_thread(t);
    uint64_t freed = 0;
    const bool requested = extent >= REQUEST;
    g->stopping_from = requested ? g->scan_from : NULL;
    g->scan_from = NULL;
    safepoint_save_context(g); /* the frames above hold roots */
    const int64_t began = monotonic_ns(); /* to stop the others */
    const uint32_t awaited = load_relaxed(&world_awaited);
    world_stop(t);
    if (requested && gc_ops->scrub != NULL) {
        scrub_registers(g, extent == REQUEST ? SCRUB_FRAMES : GC_PROMPT_FRAMES);
    }
    if (requested || load_relaxed(&heap.collections) == seen) {
        freed = collect_stopped(extent, began, count);
        skip_nothing();
        g->stopping_from = NULL;
        assert(heap_is_valid());
        if (heap.verify) {
            gc_verify_heap(t);
        }
    }
    world_start(t);
    if (extent == REQUEST && load_relaxed(&world_awaited) != awaited) {
        int64_t end = monotonic_ns();
        store_relaxed(&others_until, end + (end - began));
    }
    if (gc_has_pending()) {
        atomic_fetch_or_explicit(&g->poll, POLL_FINALIZE, memory_order_relaxed);
    }
    return freed;
}

/* Overwrites the part of the C stack that deeper calls left behind, where collect() will have its
 * frame, too: no redzone of a sanitizer may lie above the array. */
NOINLINE __attribute__((no_sanitize("address"))) void gc_scrub_stack(void)
{
    volatile char dead[DEAD_STACK];
    memset((char *)dead, 0, sizeof dead);
    __asm__ volatile("" : : "r"(dead) : "memory");
}

static NOINLINE void leave_others_time(Thread *t)
{
    int64_t until = load_relaxed(&others_until);
    if (until > monotonic_ns()) {
        thread_wait_begin(t, WAIT_COLLECTOR);
        thread_park(t);
        (void)sleep_until(until);
        thread_unpark(t);
        thread_wait_end(t);
    }
}

static size_t collect_requested(Thread *t, Count *count)
{
    leave_others_time(t);
    gc_scrub_stack(); /* and this frame has no room for what was there */
    uint64_t freed = collect(t, REQUEST, 0, count);
    gc_run_pending(t);
    return freed;
}

size_t gc_collect(Thread *t) { return collect_requested(t, NULL); }

size_t gc_collect_counting(Thread *t, bool (*counts)(const Object *o), size_t *others)
{
    Count count = {counts, 0};
    size_t freed = collect_requested(t, &count);
    *others = freed > count.found ? freed - count.found : 0;
    return count.found;
}

void collect_promptly(Thread *t, bool full)
{
    gc_scrub_stack();
    collect(t, full ? REQUEST_PROMPT_ALL : REQUEST_PROMPT, 0, NULL);
}

void gc_collect_young(Thread *t)
{
    collect_promptly(t, false);
    gc_run_pending(t);
}

bool collect_now(Thread *t, uint64_t seen, bool full)
{
    if (gc_thread(t)->no_collect > 0) {
        return false;
    }
    if (full || !world_await_stopper(t) || load_relaxed(&heap.collections) == seen) {
        collect(t, full ? EVERYTHING : WHAT_IS_DUE, seen, NULL);
    }
    return true;
}

/* Returns what all threads have reported. */
static size_t report_spent(GcThread *g)
{
    size_t spent = (size_t)(CREDIT_QUANTUM - g->credit);
    g->credit = CREDIT_QUANTUM;
    return fetch_add_relaxed(&heap.allocated, spent) + spent;
}

/* Room before the first collection for what threads that work have claimed and not yet used; not
 * for idle ones, which would fill it together. */
static size_t first_room(const GcThread *g)
{
    static __thread bool counted; /* in heap.busy_threads */
    if (!counted && g->allocated >= NURSERY_MIN) {
        counted = true;
        fetch_add_relaxed(&heap.busy_threads, 1);
    }
    const uint32_t busy = load_relaxed(&heap.busy_threads);
    const uint32_t further = busy == 0 ? 0 : busy - 1;
    return FIRST_PER_THREAD * (further < FIRST_THREADS_MAX ? further : FIRST_THREADS_MAX);
}

void collect_spend_credit(Thread *t)
{
    GcThread *g = gc_thread(t);
    size_t total = report_spent(g);
    ssize_t finalizable = fetch_add_relaxed(&heap.finalizable, g->finalizable) + g->finalizable;
    g->finalizable = 0;
    size_t threshold = load_relaxed(&heap.threshold);
    if (load_relaxed(&heap.collections) == 0) {
        threshold += first_room(g);
    }
    if (!load_relaxed(&heap.enabled)) {
        if (finalizable >= load_relaxed(&heap.finalizer_limit)) {
            threshold = 0;
        } else if (threshold < THRESHOLD_DISABLED) {
            threshold = THRESHOLD_DISABLED;
        }
    }
    if (total > threshold + (g->starting ? FIRST_NURSERY : 0)) {
        collect_now(t, load_relaxed(&heap.collections), false);
    }
}

void gc_begin_start(Thread *t)
{
    collect_spend_credit(t);
    gc_thread(t)->starting = true;
}

void gc_end_start(Thread *t)
{
    gc_thread(t)->starting = false;
    report_spent(gc_thread(t));
}

void collect_return_credit(GcThread *g)
{
    size_t most = g->credit > CREDIT_QUANTUM ? (size_t)(g->credit - CREDIT_QUANTUM) : 0;
    size_t reported = load_relaxed(&heap.allocated), n;
    do { /* less, when there has been a collection since */
        n = reported < most ? reported : most;
    } while (n > 0 && !cas_relaxed(&heap.allocated, &reported, reported - n));
    g->credit -= (ssize_t)n;
}

void gc_account_external(Thread *t, ssize_t bytes)
{
    fetch_add_relaxed(&heap.external, bytes);
    if (t != NULL && bytes > 0) {
        gc_thread(t)->credit -= bytes; /* the next refill looks at it */
    }
}

/* ---- modes for tests ---- */

void *collect_alloc_debug(Thread *t, Type *type, size_t size UNUSED)
{
    unsigned long n = atomic_fetch_add_explicit(&heap.allocations, 1, memory_order_relaxed) + 1;
    if (n == heap.fail) {
        return type;
    }
    if (heap.every != 0 && n % heap.every == 0) {
        collect_now(t, load_relaxed(&heap.collections), n / heap.every % 4 == 0);
    }
    return NULL;
}

static unsigned long number_from_environment(const char *name, unsigned long otherwise)
{
    const char *s = getenv(name);
    return s != NULL && *s != 0 ? strtoul(s, NULL, 10) : otherwise;
}

void collect_read_environment(void)
{
#ifdef TYPHON_GCSTRESS
    heap.every = 997;
    heap.verify = heap.poison = true;
#endif
    heap.every = number_from_environment("TYPHON_GC_EVERY", heap.every);
    heap.fail = number_from_environment("TYPHON_GC_FAIL", 0);
    heap.verify = number_from_environment("TYPHON_GC_VERIFY", heap.verify);
    heap.markers = (int)number_from_environment("TYPHON_GC_MARKERS", MARKERS_MAX);
    sharing_set_eager(number_from_environment("TYPHON_CLAIM_EVERY", 0));
    heap.poison |= heap.every != 0 || heap.verify;
    heap.debug = heap.every != 0 || heap.fail != 0;
}

/* ---- settings and statistics ---- */

const GcAllocTrace *gc_alloc_trace(void) { return load_acquire(&heap.trace); }

void gc_set_alloc_trace(Thread *t, const GcAllocTrace *trace)
{
    store_release(&heap.trace, trace);
    store_relaxed(&heap.debug, trace != NULL || heap.every != 0 || heap.fail != 0);
    /* takes back the runs of cells that threads allocate from without coming to gc_alloc */
    gc_collect(t);
}

bool gc_survived(const void *object, unsigned dead) { return mark_is_live(object, (uint8_t)dead); }

void gc_set_enabled(bool on)
{
    store_relaxed(&heap.enabled, on);
}

bool gc_is_enabled(void)
{
    return load_relaxed(&heap.enabled);
}

void gc_get_stats(GcStats *out)
{
    *out = (GcStats){
        .bytes_live = load_relaxed(&heap.live),
        .bytes_mapped = load_relaxed(&heap.mapped),
        .bytes_external = (uint64_t)load_relaxed(&heap.external),
        .started_ns = heap.started_ns,
    };
    for (int kind = 0; kind < GC_KINDS; kind++) {
        GcPauses *p = &out->kinds[kind], *all = &out->all;
        pauses_get(kind, p);
        all->collections += p->collections;
        all->objects_freed += p->objects_freed;
        all->total_ns += p->total_ns;
        all->max_ns = p->max_ns > all->max_ns ? p->max_ns : all->max_ns;
    }
}

static void print_pauses(const char *what, const GcPauses *p)
{
    fprintf(stderr, "gc: %s %llu, %.1f ms in all, longest %.2f ms, median %.2f ms\n", what,
            (unsigned long long)p->collections, (double)p->total_ns / 1e6, (double)p->max_ns / 1e6,
            (double)p->median_ns / 1e6);
}

void gc_print_stats(void)
{
    GcStats s;
    gc_get_stats(&s);
    double total = (double)s.all.total_ns / 1e6,
           elapsed = (double)(monotonic_ns() - s.started_ns) / 1e6;
    fprintf(stderr,
            "gc: %llu collections, %.1f ms in all (%.1f %% of the time), longest %.1f ms; %llu "
            "objects freed, %.1f MB live, %.1f MB mapped\n",
            (unsigned long long)s.all.collections, total, 100 * total / elapsed,
            (double)s.all.max_ns / 1e6, (unsigned long long)s.all.objects_freed,
            (double)s.bytes_live / 1e6, (double)s.bytes_mapped / 1e6);
    print_pauses("of young objects", &s.kinds[GC_YOUNG]);
    print_pauses("of all objects", &s.kinds[GC_FULL]);
}

size_t gc_allocated_since(void)
{
    return load_relaxed(&heap.allocated);
}
