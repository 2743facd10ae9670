/* Thread states: creation, attachment to an OS thread, their roots, fork. */
#include <errno.h>
#include <string.h>

#include "core/base/fence.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/os_thread.h"
#include "core/base/spares.h"
#include "core/object/interpreter.h"
#include "core/object/lock_bias.h"
#include "core/runtime/runtime.h"
#include "core/vm/vm.h"
#include "gc/keep.h"

enum { FORK_HOOKS = 16 };
/* left for C code that does not check, and for signal handlers */
#define C_STACK_RESERVE ((size_t)256 << 10)

Runtime runtime;
void (*thread_release_sentinel)(Thread *t, Value lock);
static void (*fork_hooks[FORK_HOOKS])(Thread *t);
static size_t fork_hook_count;

/* ---- roots ---- */

/* The type cache keeps nothing alive, and the address of a dead name may be used again. (Roots:
 * core/vm/thread.c.) */
static void forget_cached(Thread *t)
{
    memset(t->type_cache, 0, (t->type_cache_mask + 1) * sizeof *t->type_cache);
    t->type_cache_young = false;
}

static void forget_unless_old(Thread *t, void *tracer)
{
    if (t->type_cache_young || !trace_is_young_only(tracer)) {
        forget_cached(t);
    }
}

static void forget_all_cached(Tracer *tr, void *arg UNUSED)
{
    gc_each_thread(thread_current(), forget_unless_old, tr);
}

/* ---- life ---- */

static void set_serial(Thread *t)
{
    static _Atomic uint64_t serials;
    t->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
    lock_bias_begin(t);
    t->own_suspended = vm_new_generator_bias();
}

static Spares dead_threads; /* Threads that have ended */

static Thread *first_thread; /* not from mem_calloc; or NULL */

/* An empty Thread; NULL: no memory. */
static Thread *thread_alloc(bool first)
{
    if (first && (first_thread = gc_take_rest(sizeof *first_thread)) != NULL) {
        return first_thread;
    }
    Thread *t = spares_take(&dead_threads);
    if (t != NULL) {
        forget_cached(t);
        memset(t, 0, offsetof(Thread, type_cache));
    } else {
        t = mem_calloc(1, sizeof *t);
    }
    return t;
}

Thread *thread_new(Interpreter *interp)
{
    bool first = runtime.main_thread == NULL && current_thread_state == NULL;
    if (first) {
        gc_ops_install();
        gc_add_root_source(forget_all_cached, NULL);
    }
    Thread *t = thread_alloc(first);
    if (t != NULL) {
        t->type_cache_mask = (first ? TYPE_CACHE_SIZE : TYPE_CACHE_FIRST) - 1;
        t->interp = interp;
        if (interp != NULL) {
            interpreter_add_user(interp);
        }
        set_serial(t);
        t->exc_info = &t->exc_base;
    }
    return t;
}

void thread_attach(Thread *t)
{
    char *lowest, *highest;
    assert(current_thread_state == NULL);
    os_thread_stack_bounds(&lowest, &highest);
    size_t size = (size_t)(highest - lowest);
    /* an unlimited main stack: what the system lets grow in practice */
    if (size > (size_t)1 << 30) {
        size = (size_t)64 << 20;
    }
    size_t reserve = size / 4 < C_STACK_RESERVE ? size / 4 : C_STACK_RESERVE;
    t->c_limit = highest - size + reserve;
    t->id = (uint64_t)(uintptr_t)pthread_self();
    t->native_id = os_thread_native_id();
    current_thread_state = t;
    gc_thread_attach(t, highest);
}

/* While the thread is attached: after that another one that collects may be reading them. */
static void forget_values(Thread *t)
{
    assert(t->gc.attached);
    t->gc.stack_base = __builtin_frame_address(0); /* the frames above are done with the heap */
    t->exc = t->dict = t->context = t->repr_stack = t->sentinel = 0;
    t->trace_fn = t->trace_arg = t->profile_fn = 0;
    t->asyncgen_firstiter = t->asyncgen_finalizer = 0;
    store_relaxed(&t->async_exc, 0); /* another thread may be setting it */
}

void thread_detach_and_free(Thread *t)
{
    assert(current_thread_state == t);
    Value sentinel = t->sentinel;
    forget_values(t);
    if (sentinel != 0 && thread_release_sentinel != NULL) {
        thread_release_sentinel(t, sentinel);
    }
    gc_thread_detach(t);
    current_thread_state = NULL;
    thread_free(t);
}

void thread_free(Thread *t)
{
    lock_bias_finish(t);
    vm_thread_free(t);
    mem_free(t->capi);
    interpreter_drop_user(t->interp);
    if (!spares_give(&dead_threads, t) && t != first_thread) {
        mem_free(t);
    }
}

/* ---- one OS thread in several interpreters ---- */

/* Inner states are used again and never freed: a signal handler may still be writing into the poll
 * word of one that was the main thread's. */
static Mutex spare_lock;
static Thread *spare_threads; /* linked through spare_next */

static Thread **spare_next(Thread *t)
{
    return (Thread **)&t->capi; /* no use while spare */
}

static Thread *spare_take(Interpreter *interp, bool is_main)
{
    mutex_lock(&spare_lock);
    Thread **place = &spare_threads;
    while (*place != NULL && (*place)->is_main != is_main) {
        place = spare_next(*place);
    }
    Thread *t = *place;
    if (t != NULL) {
        *place = *spare_next(t);
        *spare_next(t) = NULL;
    }
    mutex_unlock(&spare_lock);
    if (t != NULL) {
        t->interp = interp;
        interpreter_add_user(interp);
        set_serial(t);
        atomic_store_explicit(&t->gc.poll, 0, memory_order_relaxed);
        return t;
    }
    t = thread_new(interp);
    if (t != NULL) {
        t->is_main = is_main;
    }
    if (t != NULL && !vm_thread_init(t)) {
        lock_bias_finish(t);
        interpreter_drop_user(interp);
        mem_free(t);
        t = NULL;
    }
    return t;
}

static void spare_give(Thread *t)
{
    lock_bias_finish(t);
    interpreter_drop_user(t->interp);
    t->interp = NULL;
    t->profile_hook = NULL;
    t->coroutine_origin_depth = t->tracing = 0;
    forget_cached(t);
    mem_free(t->capi);
    mutex_lock(&spare_lock);
    *spare_next(t) = spare_threads;
    spare_threads = t;
    mutex_unlock(&spare_lock);
}

/* Signals that come from now on go to `to`, and those that `from` has not seen yet. */
static void move_signals(Thread *from, Thread *to)
{
    if (from->is_main) {
        atomic_store(&runtime.main_thread, to);
        uint32_t bits = atomic_load(&from->gc.poll) & (POLL_SIGNAL | POLL_PENDING);
        atomic_fetch_or(&to->gc.poll, bits);
    }
}

Thread *thread_enter(Thread *outer, Interpreter *interp, char *stack_base)
{
    assert(current_thread_state == outer);
    Thread *t = spare_take(interp, outer->is_main);
    if (t == NULL) {
        return NULL;
    }
    t->c_limit = outer->c_limit;
    t->c_depth = outer->c_depth;
    t->id = outer->id;
    t->native_id = outer->native_id;
    thread_park(outer);
    current_thread_state = t;
    gc_thread_attach(t, stack_base);
    move_signals(outer, t);
    return t;
}

void thread_leave(Thread *t, Thread *outer)
{
    assert(current_thread_state == t && t->base == NULL);
    forget_values(t);
    move_signals(t, outer);
    gc_thread_detach(t);
    spare_give(t);
    current_thread_state = outer;
    thread_unpark(outer);
}

bool thread_enable_multi(void)
{
#ifdef TYPHON_NO_SYNC
    return false;
#else
    if (!many_threads()) {
        fence_prepare();
    }
    atomic_store_explicit(&runtime.multi_threaded, true, memory_order_seq_cst);
    if (current_thread_state != NULL) {
        world_share(current_thread_state);
    }
    return true;
#endif
}

void thread_stop_others_forever(Thread *t)
{
    world_stop(t);
}

/* ---- fork ---- */

void thread_add_fork_hook(void (*fn)(Thread *t))
{
    assert(fork_hook_count < FORK_HOOKS);
    fork_hooks[fork_hook_count++] = fn;
}

void thread_before_fork(Thread *t)
{
    gc_before_fork(t);
}

void thread_after_fork_parent(Thread *t)
{
    gc_after_fork_parent(t);
}

void thread_after_fork_child(Thread *t)
{
    /* the others' states stay: frame objects may refer to their register stacks */
    gc_after_fork_child(t, NULL);
    lock_bias_after_fork(t);
    t->native_id = os_thread_native_id();
    t->is_main = true;
    t->daemon = false;
    runtime.main_thread = t;
    atomic_store_explicit(&runtime.multi_threaded, false, memory_order_seq_cst);
    for (size_t i = 0; i < fork_hook_count; i++) {
        fork_hooks[i](t);
    }
}
