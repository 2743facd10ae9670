/* folders: core/base gc */
/* Unit test of gc/: reachability, sizes, weak references, finalizers, threads, stop-the-world.
 * Types are mock-ups that hold nothing but the collector's hooks. */
#undef NDEBUG
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/os_thread.h"
#include "gc/gc_thread.h"
#include "gc/gc.h"
#include "gc/heap.h"
#include "gc/keep.h"
#include "gc/weak.h"

struct Type { Object head; GcHooks hooks; };
struct Thread { GcThread gc; };
typedef struct Node { Object head; Value left, right; int64_t number; } Node;

static int freed, finalized, called_back;
static Value resurrected;

static void node_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Node *)o)->left);
    trace_value(tr, ((Node *)o)->right);
}
static void node_free(Object *o UNUSED) { freed++; }
static void run_finalizer(Thread *t UNUSED, Object *o)
{
    finalized++;
    if (((Node *)o)->number == 777) {
        resurrected = object_value(o);
    }
}
static void type_finalize(Thread *t UNUSED, Value o UNUSED) {}
static void run_callback(Thread *t UNUSED, Object *ref UNUSED) { called_back++; }

static Type node_type = {OBJECT_STATIC_HEAD(NULL), {node_trace, NULL, NULL}};
static Type free_type = {OBJECT_STATIC_HEAD(NULL), {node_trace, node_free, NULL}};
static Type del_type = {OBJECT_STATIC_HEAD(NULL), {node_trace, NULL, type_finalize}};
static Type leaf_type = {OBJECT_STATIC_HEAD(NULL), {NULL, NULL, NULL}};
static const GcOps ops = {offsetof(Type, hooks), run_finalizer, run_callback, NULL, NULL};
static Thread main_thread;
static Value root;

static Node *node_new(Thread *t, Type *type, int64_t number, Value left, Value right)
{
    Node *n = gc_alloc(t, type, sizeof(Node));
    assert(n != NULL && n->left == 0 && n->right == 0 && n->number == 0);
    n->number = number;
    gc_init(&n->left, left);
    gc_init(&n->right, right);
    return n;
}

/* Overwrites what former calls have left on the C stack. */
static NOINLINE void clear_stack(void)
{
    volatile char junk[16384];
    memset((char *)junk, 0, sizeof junk);
    __asm__ volatile("" : : : "memory");
}

static NOINLINE void make_list(Thread *t, int n)
{
    root = 0;
    for (int i = 0; i < n; i++) {
        root = object_value(node_new(t, &node_type, i, root, 0));
    }
}

enum { LENGTH = 1000000 };

static NOINLINE void check_list(void)
{
    int64_t expect = LENGTH;
    for (Value v = root; v != 0; v = ((Node *)value_object(v))->left) {
        assert(((Node *)value_object(v))->number == --expect);
    }
    assert(expect == 0);
    Object *base;
    char *inside = (char *)value_object(root) + 17;
    assert(gc_find_object(inside, &base) && object_value(base) == root);
}

static void test_list(Thread *t)
{
    make_list(t, LENGTH);
    gc_collect(t);
    check_list();
    root = 0;
    clear_stack();
    assert(gc_collect(t) > LENGTH / 2);
}

static NOINLINE void make_mortals(Thread *t)
{
    for (int i = 0; i < 100; i++) {
        node_new(t, &free_type, i, 0, 0);
        node_new(t, &del_type, i, 0, 0);
    }
    node_new(t, &del_type, 777, object_value(node_new(t, &node_type, 5, 0, 0)), 0);
    root = object_value(node_new(t, &del_type, 1, 0, 0));
}

static void test_finalizers(Thread *t)
{
    gc_add_root(&resurrected);
    make_mortals(t);
    clear_stack();
    gc_collect(t);
    assert(freed > 90 && freed <= 100 && finalized > 90 && finalized <= 102);
    assert(resurrected != 0);
    gc_collect(t);
    Node *n = (Node *)value_object(resurrected);
    assert(n->number == 777 && ((Node *)value_object(n->left))->number == 5);
    n = NULL;
    gc_finalize_all(t);
    assert(finalized == 102);
}

static Type ref_type = {OBJECT_STATIC_HEAD(NULL), {NULL, NULL, NULL}};
static Value refs[200];

static NOINLINE void make_refs(Thread *t)
{
    for (int i = 0; i < 200; i++) {
        Node *n = node_new(t, &node_type, i, 0, 0);
        if (i % 2) {
            root = object_value(node_new(t, &node_type, i, root, object_value(n)));
        }
        WeakHead *w = gc_alloc(t, &ref_type, sizeof(WeakHead));
        w->target = &n->head;
        w->callback = fixnum(1);
        assert(weak_attach(w));
        refs[i] = object_value(w);
    }
}

static void test_weak(Thread *t)
{
    for (int i = 0; i < 200; i++) {
        gc_add_root(&refs[i]);
    }
    root = 0;
    make_refs(t);
    clear_stack();
    gc_collect(t);
    int dead = 0;
    for (int i = 0; i < 200; i++) {
        Object *o = weak_target((WeakHead *)value_object(refs[i]));
        assert(i % 2 == 0 || (o != NULL && ((Node *)o)->number == i));
        dead += o == NULL;
    }
    assert(dead > 95 && called_back == dead);
    weak_detach((WeakHead *)value_object(refs[1]));
    assert(weak_target((WeakHead *)value_object(refs[1])) == NULL);
    memset(refs, 0, sizeof refs);
}

static void test_sizes(Thread *t)
{
    static const size_t sizes[] = {16,    24,     256,    257,    8192,    8193,
                                   16384, 100000, 524288, 524289, 3000000, 70000000};
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        for (int k = 0; k < 3; k++) {
            char *p = gc_alloc(t, &leaf_type, sizes[i]);
            assert(p != NULL && gc_object_size((Object *)p) >= sizes[i]);
            for (size_t at = sizeof(Object); at < sizes[i]; at += sizes[i] / 64 + 1) {
                assert(p[at] == 0);
            }
            memset(p + sizeof(Object), 0xff, sizes[i] - sizeof(Object));
            Object *base;
            assert(gc_find_object(p + sizes[i] - 1, &base) && base == (Object *)p);
        }
    }
    clear_stack();
    gc_collect(t);
    assert(gc_alloc(t, &leaf_type, (size_t)1 << 60) == NULL);
}

static _Atomic int running;

static void *mutate(void *arg)
{
    Thread *t = calloc(1, sizeof *t);
    char *lowest, *highest;
    os_thread_stack_bounds(&lowest, &highest);
    gc_thread_attach(t, highest);
    uint64_t seed = (uintptr_t)arg;
    Node *volatile mine = NULL;
    for (int i = 0; i < 300000; i++) {
        if (atomic_load_explicit(&t->gc.poll, memory_order_relaxed) & POLL_STOP) {
            safepoint_stop(t);
        }
        seed = seed * 6364136223846793005ull + 1;
        mine = node_new(t, seed >> 60 ? &node_type : &free_type, i, object_value(mine), 0);
        if (i % 5000 == 0) {
            mine = NULL;
            thread_park(t);
            sched_yield();
            thread_unpark(t);
        }
        if (mine != NULL && mine->left != 0) {
            assert(((Node *)value_object(mine->left))->number == i - 1);
        }
        if (i % 100000 == 50000) {
            gc_collect(t);
        }
    }
    gc_thread_detach(t);
    free(t);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void test_threads(Thread *t)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    running = THREADS;
    for (uintptr_t i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, mutate, (void *)(i + 1));
    }
    while (atomic_load(&running) > 0) {
        gc_collect(t);
        thread_park(t);
        sched_yield();
        thread_unpark(t);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}

/* Threads that allocate by turns, a portion each: which blocks of the heap they get. */
enum { PORTION = 256 << 10, TURNS = 800, PLACES = 1 << 12 };
typedef struct Sharer {
    int number;
    uint8_t *seen; /* by the block's place in the heap */
} Sharer;
static _Atomic int turn;

static NOINLINE void allocate_portion(Thread *t, uint8_t *seen)
{
    enum { SIZES = 5 };
    static const size_t sizes[SIZES] = {32, 48, 96, 400, 1024};
    Object *volatile held[SIZES]; /* keeps some blocks from being empty */
    for (size_t done = 0, i = 0; done < PORTION; done += sizes[i], i = (i + 1) % SIZES) {
        if (atomic_load_explicit(&t->gc.poll, memory_order_relaxed) & POLL_STOP) {
            safepoint_stop(t);
        }
        held[i] = gc_alloc(t, &leaf_type, sizes[i]);
        seen[((uintptr_t)held[i] - heap.low) >> BLOCK_SHIFT & (PLACES - 1)] = 1;
    }
}

static void *share(void *arg)
{
    Sharer *s = arg;
    Thread *t = calloc(1, sizeof *t);
    char *lowest, *highest;
    os_thread_stack_bounds(&lowest, &highest);
    gc_thread_attach(t, highest);
    for (int i = 0; i < TURNS; i++) {
        thread_park(t);
        while (atomic_load(&turn) != 2 * i + s->number) {
            sched_yield();
        }
        thread_unpark(t);
        if (i == TURNS / 2) { /* by now they have what they need */
            memset(s->seen, 0, PLACES);
        }
        allocate_portion(t, s->seen);
        atomic_fetch_add(&turn, 1);
    }
    gc_thread_detach(t);
    free(t);
    return NULL;
}

/* Are the blocks that two threads have used in the end, but for a quarter, of one of them each? */
static bool own_blocks(Thread *t)
{
    pthread_t threads[2];
    Sharer sharers[2];
    atomic_store(&turn, 0);
    for (int i = 0; i < 2; i++) {
        sharers[i] = (Sharer){i, calloc(1, PLACES)};
        pthread_create(&threads[i], NULL, share, &sharers[i]);
    }
    thread_park(t);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    thread_unpark(t);
    int all = 0, of_both = 0;
    for (int i = 0; i < PLACES; i++) {
        all += sharers[0].seen[i] | sharers[1].seen[i];
        of_both += sharers[0].seen[i] & sharers[1].seen[i];
    }
    free(sharers[0].seen);
    free(sharers[1].seen);
    fprintf(stderr, "%d blocks, %d used by both\n", all, of_both);
    assert(all >= 60);
    return of_both * 4 <= all; /* some change hands whenever the pace does */
}

/* Each goes on to allocate from blocks that it has used before, not from the other's. */
static void test_own_blocks(Thread *t)
{
    enum { ATTEMPTS = 5 }; /* a full collection, or another pace, lets all blocks go */
    if (heap.debug) {
        return; /* collections come without a cause, also full ones */
    }
    bool own = false;
    for (int i = 0; i < ATTEMPTS && !own; i++) {
        own = own_blocks(t);
    }
    assert(own);
}

/* A wide tree of more than the size from which marking is parallel. */
static void test_parallel_mark(Thread *t)
{
    make_list(t, LENGTH);
    for (int round = 0; round < 3; round++) {
        gc_collect(t);
    }
    int64_t n = 0;
    for (Value v = root; v != 0; v = ((Node *)value_object(v))->left) {
        n++;
    }
    assert(n == LENGTH);
    root = 0;
}

/* Memory from the heap's first page, which no object gets and the walk over the blocks leaves
 * out. */
static void test_rest(void)
{
    char *a = gc_take_rest(100), *b = gc_take_rest(100);
    assert(a != NULL && b != NULL && b - a >= 100 && gc_take_rest((size_t)1 << 20) == NULL);
    for (int i = 0; i < 100; i++) {
        assert(a[i] == 0 && b[i] == 0);
    }
    memset(a, 0xff, 100);
    memset(b, 0xff, 100);
    Object *o;
    assert(!gc_find_object(a, &o) && !gc_find_object(b, &o));
}

/* What is said to stay brings no collection nearer. */
static void test_kept(Thread *t)
{
    gc_collect(t);
    uint64_t before = heap.collections;
    for (int i = 0; i < 100; i++) {
        uint64_t allocated = gc_allocated(t);
        for (int k = 0; k < 20; k++) {
            assert(gc_alloc(t, &leaf_type, 4000) != NULL);
        }
        gc_keep_allocated(t, allocated);
        assert(gc_allocated(t) == allocated);
        gc_keep_allocated(t, allocated); /* a module in another one: what stays is known already */
    }
    assert(heap.collections == before || load_relaxed(&heap.debug));
    uint64_t allocated = gc_allocated(t);
    for (int i = 0; i < 200; i++) {
        assert(gc_alloc(t, &leaf_type, 4000) != NULL);
    }
    gc_keep_allocated(t, allocated); /* other threads need not collect for it either */
    assert(load_relaxed(&heap.allocated) < 300 << 10);
    for (int i = 0; i < 10000; i++) {
        assert(gc_alloc(t, &leaf_type, 4000) != NULL);
    }
    assert(heap.collections > before);
}

/* A list of about 40 megabytes that is said to stay, with some garbage beside it. */
static NOINLINE void make_kept_list(Thread *t)
{
    root = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t allocated = gc_allocated(t);
        for (int k = 0; k < 1000; k++) {
            root = object_value(node_new(t, &node_type, k, root, 0));
        }
        gc_keep_allocated(t, allocated);
        for (int k = 0; k < 10; k++) {
            assert(gc_alloc(t, &leaf_type, 4000) != NULL);
        }
    }
}

/* In pieces, of which the C stack may still hold some. */
static NOINLINE void drop_list(Thread *t)
{
    Node *n = (Node *)value_object(root);
    for (int i = 1; n != NULL; i++) {
        Node *next = n->left != 0 ? (Node *)value_object(n->left) : NULL;
        if (i % 1000 == 0) {
            n->left = 0;
        }
        n = next;
    }
    root = 0;
    clear_stack();
    gc_collect(t);
}

/* Nor a collection of all objects; unless what was said to stay has not before. */
static void test_kept_old(Thread *t)
{
    gc_collect(t);
    uint64_t all = heap.collections, full = heap.full_collections;
    make_kept_list(t);
    assert(heap.collections > all);
    assert(heap.full_collections == full || load_relaxed(&heap.debug));
    drop_list(t);
    full = heap.full_collections;
    make_kept_list(t);
    assert(heap.full_collections > full);
    drop_list(t);
}

/* What only the caller has known is there for the next object, without a collection. */
static void test_private(Thread *t)
{
    const size_t sizes[] = {20000, 100000, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        gc_collect(t);
        uint64_t before = heap.collections;
        char *first = NULL;
        for (int k = 0; k < 200; k++) {
            char *o = gc_alloc(t, &leaf_type, sizes[i]);
            assert(o != NULL && o[sizes[i] - 1] == 0 && o[sizes[i] / 2] == 0);
            assert(first == NULL || o == first || load_relaxed(&heap.debug));
            first = o;
            memset(o + sizeof(Object), 0xff, sizes[i] - sizeof(Object));
            gc_free_private(t, o);
        }
        assert(heap.collections == before || sizes[i] > NURSERY_MIN || load_relaxed(&heap.debug));
    }
    char *kept = gc_alloc(t, &leaf_type, 100000), *small = gc_alloc(t, &leaf_type, 100);
    gc_free_private(t, small); /* what is next to it is not touched */
    gc_free_private(t, NULL);
    gc_collect(t);
    current_thread_state = t;
    kept[99999] = 1;
    gc_free_private(t, kept); /* a collection has met it: it may be known there */
    assert(kept[99999] == 1);
    gc_collect(t);
}

int main(void)
{
    Thread *t = &main_thread;
    char *lowest, *highest;
    gc_set_ops(&ops);
    os_thread_stack_bounds(&lowest, &highest);
    gc_thread_attach(t, highest);
    gc_add_root(&root);
    test_rest();
    test_list(t);
    test_kept(t);
    test_kept_old(t);
    test_private(t);
    test_finalizers(t);
    test_weak(t);
    test_sizes(t);
    test_threads(t);
    test_own_blocks(t);
    test_parallel_mark(t);
    world_stop(t);
    gc_verify_heap(t);
    world_start(t);
    gc_thread_detach(t);
    puts("ok");
    return 0;
}
