/* Thread states: creation, attachment to an OS thread, their roots, fork. */
#include <errno.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/os_thread.h"
#include "core/runtime/runtime.h"
#include "core/vm/vm.h"

enum { FORK_HOOKS = 16 };
/* left for C code that does not check, and for signal handlers */
#define C_STACK_RESERVE ((size_t)256 << 10)

Runtime runtime;
__thread Thread *current_thread_state;
void (*thread_release_sentinel)(Thread *t, Value lock);
static void (*fork_hooks[FORK_HOOKS])(Thread *t);
static size_t fork_hook_count;

/* ---- roots ---- */

/* The type cache keeps nothing alive, and the address of a dead name may be used again. (Roots:
 * core/vm/thread.c.) */
static void forget_cached(Thread *t, void *arg UNUSED)
{
    memset(t->type_cache, 0, sizeof t->type_cache);
}

static void forget_all_cached(Tracer *tr UNUSED, void *arg UNUSED)
{
    gc_each_thread(thread_current(), forget_cached, NULL);
}

/* ---- life ---- */

Thread *thread_new(Interpreter *interp)
{
    if (runtime.main_thread == NULL && current_thread_state == NULL) {
        gc_ops_install();
        gc_add_root_source(forget_all_cached, NULL);
    }
    Thread *t = mem_calloc(1, sizeof *t);
    if (t != NULL) {
        static _Atomic uint64_t serials;
        t->interp = interp;
        t->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
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

void thread_detach_and_free(Thread *t)
{
    assert(current_thread_state == t);
    t->gc.stack_base = __builtin_frame_address(0); /* the frames above are done with the heap */
    Value sentinel = t->sentinel;
    t->exc = t->dict = t->context = t->repr_stack = t->sentinel = 0;
    if (sentinel != 0 && thread_release_sentinel != NULL) {
        thread_release_sentinel(t, sentinel);
    }
    gc_thread_detach(t);
    current_thread_state = NULL;
    vm_thread_free(t);
    mem_free(t);
}

void thread_enable_multi(void)
{
    atomic_store_explicit(&runtime.multi_threaded, true, memory_order_seq_cst);
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
    t->native_id = os_thread_native_id();
    t->is_main = true;
    t->daemon = false;
    runtime.main_thread = t;
    atomic_store_explicit(&runtime.multi_threaded, false, memory_order_seq_cst);
    for (size_t i = 0; i < fork_hook_count; i++) {
        fork_hooks[i](t);
    }
}
