/* Parking and stopping threads.
 *
 *   state  RUNNING  may touch the heap
 *          PARKED   does not; its stack and registers are saved
 *          HELD     parked, and a stopper has taken note: unpark waits until it is PARKED again
 *          ASLEEP   held, and its thread sleeps until it is woken
 *          OUTSIDE and up: parked, and the world is another thread's alone, gc/sharing.c
 *
 * Stopper: takes world_lock, sets POLL_STOP in every other thread, then turns each PARKED into
 * HELD, waiting for those that run.  A thread that parks looks at POLL_STOP behind its state change
 * (both sequentially consistent), so either the stopper sees PARKED or the thread sees POLL_STOP
 * and announces itself.  Who has the world alone has nobody to stop.
 *
 * A thread is at its next safepoint within microseconds and most collections are as short, while it
 * takes far longer to sleep and be woken: so both sides look for a while before they sleep, and
 * nobody is woken who does not.  Those that look help to mark (gc/team.c) and sweep (gc/sweep.c).
 */
#include "gc/mark.h"

#include <errno.h>
#include <limits.h>

#include "core/base/clock.h"
#include "core/base/os_thread.h"
#include "gc/thread_stats.h"

enum { ARRIVAL_LOOKS = 1000, HELD_LOOKS = 20000 }; /* some 20 and 400 microseconds */

Mutex world_lock;
GcThread *world_threads;
uint32_t world_thread_count;
GcThread *world_stopped_by;
/* by ARRIVAL for each thread that parks while POLL_STOP is set; STOPPER_SLEEPS: wake it then */
static _Atomic uint32_t arrivals;
enum { STOPPER_SLEEPS = 1, ARRIVAL = 2 };
static _Atomic int watching; /* held threads that look instead of sleeping */
_Atomic uint32_t world_awaited;
int world_processors;

NOINLINE void safepoint_save_context(GcThread *g)
{
    void **r = g->saved_regs;
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
                     "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
                     : : "r"(r) : "memory");
#elif defined(__aarch64__)
    __asm__ volatile("stp x19, x20, [%0]\n\tstp x21, x22, [%0, 16]\n\tstp x23, x24, [%0, 32]\n\t"
                     "stp x25, x26, [%0, 48]\n\tstp x27, x28, [%0, 64]\n\tstr x29, [%0, 80]"
                     : : "r"(r) : "memory");
#else
#error "saving the callee-saved registers is not written for this architecture"
#endif
    g->stack_top = __builtin_frame_address(0);
}

static COLD void announce_slow(GcThread *g, uint32_t poll)
{
    if (poll & POLL_STOP) {
        uint32_t before = atomic_fetch_add_explicit(&arrivals, ARRIVAL, memory_order_seq_cst);
        if (before & STOPPER_SLEEPS) {
            futex_wake(&arrivals, INT_MAX);
        }
    }
    if ((poll & POLL_SHARE) && !g->inside) {
        sharing_parked(g);
    }
}

static inline void announce(GcThread *g)
{
    if (UNLIKELY(g->stats != NULL)) {
        thread_stats_park(g->stats);
    }
    assert(g->sections == 0 || g->inside);
    store_relaxed(&g->parks, g->parks + 1);
    atomic_store_explicit(&g->state, THREAD_PARKED, memory_order_seq_cst);
    uint32_t poll = atomic_load_explicit(&g->poll, memory_order_seq_cst);
    if (UNLIKELY(poll & (POLL_STOP | POLL_SHARE))) {
        announce_slow(g, poll);
    }
}

/* What the caller of thread_park holds in callee-saved registers must be seen as it is there: a
 * compiled prologue would keep some of it in a frame that is gone while the thread is parked.  So
 * the registers are saved first, and the stack pointer as the caller will have it, then NAME_saved
 * goes on. */
_Static_assert(offsetof(GcThread, stack_top) == GC_STACK_TOP_AT, "assembled below");
_Static_assert(offsetof(GcThread, saved_regs) == GC_SAVED_REGS_AT, "assembled below");
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#if defined(__x86_64__)
#define SAVE(i, reg) "movq %" reg ", " TEXT(GC_SAVED_REGS_AT) "+8*" #i "(%rdi)\n\t"
#define SAVES_CONTEXT(name)                                                                     \
    __asm__(".pushsection .text." #name ", \"ax\", @progbits\n.globl " #name "\n"               \
            ".type " #name ", @function\n" #name ":\n\t"                                        \
            SAVE(0, "rbx") SAVE(1, "rbp") SAVE(2, "r12") SAVE(3, "r13") SAVE(4, "r14")          \
            SAVE(5, "r15") "leaq 8(%rsp), %rax\n\tmovq %rax, " TEXT(GC_STACK_TOP_AT)            \
            "(%rdi)\n\tjmp " #name "_saved\n.size " #name ", .-" #name "\n.popsection\n")
#elif defined(__aarch64__)
#define SAVE(i, two) "stp " two ", [x9, 16*" #i "]\n\t"
#define SAVES_CONTEXT(name)                                                                     \
    __asm__(".pushsection .text." #name ", \"ax\", %progbits\n.globl " #name "\n"               \
            ".type " #name ", %function\n" #name ":\n\t"                                        \
            "add x9, x0, " TEXT(GC_SAVED_REGS_AT) "\n\t"                                        \
            SAVE(0, "x19, x20") SAVE(1, "x21, x22") SAVE(2, "x23, x24") SAVE(3, "x25, x26")     \
            SAVE(4, "x27, x28") SAVE(5, "x29, x30")                                             \
            "mov x10, sp\n\tstr x10, [x0, " TEXT(GC_STACK_TOP_AT) "]\n\tb " #name "_saved\n"    \
            ".size " #name ", .-" #name "\n.popsection\n")
#endif
SAVES_CONTEXT(thread_park);
SAVES_CONTEXT(thread_park_waiting);
SAVES_CONTEXT(thread_park_inside);

void thread_park_saved(Thread *t);
void thread_park_saved(Thread *t)
{
    assert(atomic_load_explicit(&gc_thread(t)->state, memory_order_relaxed) == THREAD_RUNNING);
    announce(gc_thread(t));
}

void thread_park_waiting_saved(Thread *t);
void thread_park_waiting_saved(Thread *t)
{
    gc_thread(t)->waiting = true; /* seen by who holds this thread */
    announce(gc_thread(t));
}

void thread_park_inside_saved(Thread *t);
void thread_park_inside_saved(Thread *t)
{
    gc_thread(t)->inside = true; /* seen by who would have the world alone */
    announce(gc_thread(t));
}

/* Waits until g, the caller's own state, is not held any more, or something else is worth a try.
 * Those that look leave a processor to the one that has stopped the world. */
static NOINLINE void wait_while_held(GcThread *g)
{
    atomic_fetch_add_explicit(&world_awaited, 1, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&watching, 1, memory_order_relaxed) < world_processors - 1) {
        for (int i = 0; i < HELD_LOOKS; i++) {
            if (atomic_load_explicit(&g->state, memory_order_relaxed) != THREAD_HELD) {
                break;
            }
            if (team_is_at_work()) {
                team_help();
                i = 0;
            }
            if (sweep_is_wanted(g)) {
                sweep_help(g);
            }
            cpu_pause();
        }
    }
    atomic_fetch_sub_explicit(&watching, 1, memory_order_relaxed);
    uint32_t state = atomic_load_explicit(&g->state, memory_order_relaxed);
    if (state == THREAD_ASLEEP ||
        (state == THREAD_HELD && thread_change_state(g, THREAD_HELD, THREAD_ASLEEP))) {
        futex_wait(&g->state, THREAD_ASLEEP, -1);
    }
}

NOINLINE void thread_unpark(Thread *t)
{
    GcThread *g = gc_thread(t);
    int64_t held = 0;
    while (UNLIKELY(!thread_change_state(g, THREAD_PARKED, THREAD_RUNNING))) {
        held = g->stats != NULL && held == 0 ? monotonic_ns() : held;
        if (atomic_load_explicit(&g->state, memory_order_relaxed) >= THREAD_OUTSIDE) {
            sharing_enter(g);
        } else {
            wait_while_held(g);
        }
    }
    g->waiting = g->inside = false;
    if (UNLIKELY(g->stats != NULL)) {
        thread_stats_unpark(g->stats, held);
    }
}

/* g is parked.  Who would stop it may have lost its processor, maybe to this thread: gets one. */
static void let_stopper_come(GcThread *g)
{
    for (int i = 0; atomic_load_explicit(&g->state, memory_order_relaxed) == THREAD_PARKED; i++) {
        if (!(atomic_load_explicit(&g->poll, memory_order_relaxed) & POLL_STOP)) {
            return;
        }
        if (i == ARRIVAL_LOOKS || world_processors == 1) {
            sched_yield();
            return;
        }
        cpu_pause();
    }
}

void safepoint_stop(Thread *t)
{
    if (atomic_load_explicit(&gc_thread(t)->poll, memory_order_seq_cst) & POLL_STOP) {
        thread_wait_begin(t, WAIT_COLLECTOR); /* from here on, not when the other one notices */
        thread_park(t);
        let_stopper_come(gc_thread(t));
        thread_unpark(t);
        thread_wait_end(t);
    }
}

bool world_await_stopper(Thread *t)
{
    if (!(atomic_load_explicit(&gc_thread(t)->poll, memory_order_seq_cst) & POLL_STOP)) {
        return false;
    }
    thread_wait_begin(t, WAIT_COLLECTOR);
    thread_park_inside(t);
    let_stopper_come(gc_thread(t));
    thread_unpark(t);
    thread_wait_end(t);
    return true;
}

void world_lock_parked(Thread *t)
{
    if (!mutex_try_lock(&world_lock)) {
        atomic_fetch_add_explicit(&world_awaited, 1, memory_order_relaxed);
        thread_wait_begin(t, WAIT_COLLECTOR);
        thread_park_inside(t);
        mutex_lock(&world_lock);
        thread_unpark(t); /* at once: only the holder of the lock stops threads */
        thread_wait_end(t);
    }
}

static void hold(GcThread *g)
{
    for (int i = 0; i < ARRIVAL_LOOKS && world_processors > 1; i++) {
        if (atomic_load_explicit(&g->state, memory_order_relaxed) == THREAD_PARKED) {
            break;
        }
        cpu_pause();
    }
    while (!thread_change_state(g, THREAD_PARKED, THREAD_HELD)) {
        assert(atomic_load_explicit(&g->state, memory_order_relaxed) <= THREAD_PARKED);
        uint32_t seen = atomic_fetch_or_explicit(&arrivals, STOPPER_SLEEPS, memory_order_seq_cst) |
                        STOPPER_SLEEPS;
        if (thread_change_state(g, THREAD_PARKED, THREAD_HELD)) {
            return;
        }
        futex_wait(&arrivals, seen, -1);
    }
}

static void stop_others(GcThread *self)
{
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self) {
            atomic_fetch_or_explicit(&g->poll, POLL_STOP, memory_order_seq_cst);
        }
    }
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self) {
            hold(g);
        }
    }
    atomic_fetch_and_explicit(&arrivals, ~(uint32_t)STOPPER_SLEEPS, memory_order_relaxed);
}

void world_stop(Thread *t)
{
    thread_wait_begin(t, WAIT_COLLECTOR);
    world_lock_parked(t);
    assert(world_stopped_by == NULL);
    GcThread *self = gc_thread(t);
    store_relaxed(&world_stopped_by, self);
    if (world_is_shared()) {
        stop_others(self);
    }
    safepoint_save_context(self);
    self->no_collect++;
}

static void start_others(GcThread *self)
{
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        if (g != self) {
            atomic_fetch_and_explicit(&g->poll, ~(uint32_t)POLL_STOP, memory_order_seq_cst);
            if (atomic_exchange_explicit(&g->state, THREAD_PARKED, memory_order_seq_cst) ==
                THREAD_ASLEEP) {
                futex_wake(&g->state, 1);
            }
        }
    }
}

void world_start(Thread *t)
{
    GcThread *self = gc_thread(t);
    assert(world_stopped_by == self);
    if (world_is_shared()) {
        start_others(self);
    }
    self->no_collect--;
    store_relaxed(&world_stopped_by, NULL);
    mutex_unlock(&world_lock);
    thread_wait_end(t);
}

/* ---- threads come and go ---- */

__thread Thread *current_thread_state;

void gc_thread_attach(Thread *t, char *stack_base)
{
    GcThread *g = gc_thread(t);
    assert(!g->attached && gc_ops != NULL);
    g->stack_base = stack_base;
    g->os_thread = pthread_self();
    g->stats = thread_stats_on ? thread_stats_new() : NULL;
    finalize_thread_init(t);
    safepoint_save_context(g);
    if (g->stats != NULL) {
        thread_stats_park(g->stats);
    }
    mutex_lock(&world_lock);
    sharing_attach(g);
    if (world_processors == 0 && world_threads != NULL) {
        world_processors = os_cpu_count();
    }
    g->prev = NULL;
    g->next = world_threads;
    if (world_threads != NULL) {
        world_threads->prev = g;
    }
    world_threads = g;
    store_relaxed(&world_thread_count, world_thread_count + 1);
    g->attached = true;
    mutex_unlock(&world_lock);
    thread_unpark(t);
}

static void unlink_thread(GcThread *g)
{
    if (g->prev != NULL) {
        g->prev->next = g->next;
    } else {
        world_threads = g->next;
    }
    if (g->next != NULL) {
        g->next->prev = g->prev;
    }
    store_relaxed(&world_thread_count, world_thread_count - 1);
    g->attached = false;
    heap.objects += sweep_retire_runs(g);
    sweep_gather_young(g);
    sweep_give_back(g, false);
    remember_thread_exit(g);
    finalize_thread_exit((Thread *)g);
}

void gc_thread_detach(Thread *t)
{
    GcThread *g = gc_thread(t);
    assert(g->attached);
    world_lock_parked(t);
    if (g->stats != NULL) {
        thread_stats_end(g->stats);
        g->stats = NULL;
    }
    unlink_thread(g);
    sharing_detach(g);
    /* somebody else runs what this thread would have */
    if (gc_has_pending() && world_threads != NULL) {
        atomic_fetch_or_explicit(&world_threads->poll, POLL_FINALIZE, memory_order_relaxed);
    }
    mutex_unlock(&world_lock);
}

void gc_each_thread(Thread *t, void (*fn)(Thread *other, void *arg), void *arg)
{
    bool own = load_relaxed(&world_stopped_by) != gc_thread(t);
    if (own) {
        world_lock_parked(t);
    }
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        fn((Thread *)g, arg);
    }
    if (own) {
        mutex_unlock(&world_lock);
    }
}

bool gc_thread_is_running(const Thread *t)
{
    return load_relaxed(&((const GcThread *)t)->state) == THREAD_RUNNING;
}

__attribute__((no_sanitize("thread")))
void gc_each_thread_unlocked(void (*fn)(Thread *other, void *arg), void *arg)
{
    for (GcThread *g = world_threads; g != NULL; g = g->next) {
        fn((Thread *)g, arg);
    }
}

/* ---- fork ---- */

void gc_before_fork(Thread *t)
{
    world_stop(t);
}

void gc_after_fork_parent(Thread *t)
{
    world_start(t);
}

static void clear_object_lock(Object *o, void *arg UNUSED)
{
    if (atomic_load_explicit(&o->lock, memory_order_relaxed) & OBJECT_LOCKED) {
        atomic_store_explicit(&o->lock, 0, memory_order_relaxed);
    }
}

void gc_after_fork_child(Thread *t, void (*orphan)(Thread *gone))
{
    GcThread *self = gc_thread(t), *next;
    heap_reinit_locks();
    finalize_reinit_locks();
    weak_reinit_locks();
    roots_reinit_locks();
    self->os_thread = pthread_self();
    bool had_others = false;
    for (GcThread *g = world_threads; g != NULL; g = next) {
        next = g->next;
        if (g != self) {
            had_others = true;
            unlink_thread(g);
            if (orphan != NULL) {
                orphan((Thread *)g);
            }
        }
    }
    if (had_others) { /* a thread may have been stopped while it held an object's lock */
        gc_walk(clear_object_lock, NULL);
    }
    team_reinit_after_fork();
    sweep_reinit_after_fork();
    thread_stats_after_fork(self->stats);
    mutex_reinit(&world_lock);
    sharing_after_fork(self);
    store_relaxed(&world_stopped_by, NULL);
    self->no_collect--;
    arrivals = 0;
    watching = 0;
}
