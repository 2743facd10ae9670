/* The machine's part of a thread: its register stack, the roots it holds, and what the poll word
 * asks for. */
#include <pthread.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/base/clock.h"
#include "core/base/spares.h"
#include "core/object/exception.h"
#include "core/vm/vm_internal.h"
#include "gc/prompt.h"

#define STACK_BYTES_MAIN ((size_t)64 << 20)
#define STACK_BYTES ((size_t)16 << 20)
/* Words kept free above stack_end: arguments (up to 65535) and locals are written before the limit
 * is checked. */
#define STACK_RESERVE ((size_t)3 << 16)

/* of a stack that is kept for another thread, what stays in memory, zeroed */
#define STACK_KEPT ((size_t)16 << 10)

static Spares spare_stacks; /* of STACK_BYTES */

typedef struct VmThread {
    Thread *thread;
    void *memory;
    size_t bytes;
} VmThread;

/* of what is scanned */
static Value *stack_end(Thread *t) { return vm_stack_top(t) + FRAME_HEADER + VM_SLOP; }

static void trace_frames(Tracer *tr, Thread *t)
{
    if (!t->base) {
        return;
    }
    trace_stack_values(tr, t->stack, (size_t)(stack_end(t) - t->stack));
    for (Value *base = t->base; base; base = frame_of(base)->prev) {
        Frame *f = frame_of(base);
        trace_stack_values(tr, &f->func, 1);
        trace_stack_values(tr, &f->code, 1);
        if (f->flags & FRAME_GEN) {
            trace_changing(tr, generator_of(base));
        }
        if (f->flags & FRAME_OBJECT) {
            trace_value(tr, f->frame_object);
        }
    }
}

void vm_forget_above(Thread *t, Value *args)
{
    Value *base = t->base;
    if (!base || args < base || args >= base + frame_code_of(base)->nregs + VM_SLOP) {
        return;
    }
    if (frame_of(base)->flags & FRAME_GEN) {
        Value *end = base + generator_of(base)->nregs;
        memset(args, 0, args < end ? (size_t)((char *)end - (char *)args) : 0);
        args = vm_stack_top(t);
    }
    memset(args, 0, (size_t)((char *)stack_end(t) - (char *)args));
}

static void trace_thread(Tracer *tr, void *arg)
{
    Thread *t = arg;
    memset(t->spare_generators, 0, sizeof t->spare_generators);
    trace_frames(tr, t);
    for (ExcInfo *e = t->exc_info; e; e = e->prev) {
        trace_value(tr, e->value);
    }
    const Value fields[] = {t->exc,
                            t->exc_base.value,
                            t->dict,
                            t->context,
                            t->async_exc,
                            t->trace_fn,
                            t->trace_arg,
                            t->profile_fn,
                            t->asyncgen_firstiter,
                            t->asyncgen_finalizer,
                            t->repr_stack,
                            t->sentinel};
    trace_values(tr, fields, ARRAY_SIZE(fields));
}

/* Zeroed memory for registers; NULL: none. */
static void *stack_new(size_t bytes)
{
    void *memory = bytes == STACK_BYTES ? spares_take(&spare_stacks) : NULL;
    return memory ? memory : mem_reserve(bytes);
}

static void stack_free(void *memory, size_t bytes)
{
    if (bytes == STACK_BYTES) {
        memset(memory, 0, STACK_KEPT);
        mem_discard((char *)memory + STACK_KEPT, bytes - STACK_KEPT);
        if (spares_give(&spare_stacks, memory)) {
            return;
        }
    }
    mem_unmap(memory, bytes);
}

bool vm_thread_init(Thread *t)
{
    size_t bytes = t->is_main ? STACK_BYTES_MAIN : STACK_BYTES;
    VmThread *vm = mem_calloc(1, sizeof *vm);
    void *memory = vm ? stack_new(bytes) : NULL;
    if (!memory) {
        mem_free(vm);
        return false;
    }
    vm->thread = t;
    vm->memory = memory;
    vm->bytes = bytes;
    t->vm = vm;
    t->stack = memory;
    t->stack_end = (Value *)memory + bytes / sizeof(Value) - STACK_RESERVE;
    t->stack_top = t->stack;
    t->base = NULL;
    if (!t->exc_info) {
        t->exc_info = &t->exc_base;
    }
    gc_add_root_source(trace_thread, t);
    return true;
}

void vm_thread_free(Thread *t)
{
    VmThread *vm = t->vm;
    if (vm) {
        gc_remove_root_source(trace_thread, t);
        stack_free(vm->memory, vm->bytes);
        mem_free(vm);
        t->vm = NULL;
        t->stack = t->stack_end = t->base = NULL;
    }
}

static bool raise_async(Thread *t)
{
    atomic_fetch_and_explicit(&t->gc.poll, ~(uint32_t)POLL_ASYNC_EXC, memory_order_acq_rel);
    Value exc = __atomic_exchange_n(&t->async_exc, 0, __ATOMIC_ACQ_REL);
    if (!exc) {
        return true;
    }
    Value e = exception_normalize(t, exc, 0);
    if (e) {
        raise_exception(t, e);
    }
    return false;
}

/* What a handler raises inside a finalizer would not reach the program: signals wait until it has
 * run, unless it does not end. */
static bool signals_wait(const Thread *t)
{
    const int64_t patience_ns = 1000000000;
    return t->gc.running_pending && monotonic_ns() - t->gc.pending_since < patience_ns;
}

/* Is what t lets go of held by t itself? */
static bool is_held(Thread *t, const Object *o)
{
    vm_scrub(t, GC_PROMPT_FRAMES);
    for (const Value *p = t->stack, *end = stack_end(t); p < end; p++) {
        if (*p == object_value(o)) {
            return true;
        }
    }
    return false;
}

/* The next instruction says which registers are in use, not the one before the pc. */
static void collect_let_go(Thread *t)
{
    Frame *f = frame_of(t->base);
    f->pc++;
    vm_forget_above(t, t->base + frame_code_of(t->base)->nregs);
    const Object *o = prompt_begin(t);
    if (o && is_held(t, o)) {
        prompt_is_held(t);
    } else {
        t->gc.scan_from = t->vm_entry; /* run_frames keeps nothing but its window */
        prompt_collect(t);
        t->gc.scan_from = NULL;
    }
    f->pc--;
}

bool vm_poll_between(Thread *t)
{
    if (thread_poll_bits(t) & POLL_LET_GO) {
        collect_let_go(t);
    }
    return vm_poll(t);
}

bool vm_poll(Thread *t)
{
    const uint32_t handlers = POLL_SIGNAL | POLL_PENDING;
    uint32_t bits = atomic_load_explicit(&t->gc.poll, memory_order_acquire);
    if (bits & POLL_STOP) {
        safepoint_stop(t);
    }
    if (bits & (POLL_SHARE | POLL_CLAIM)) {
        world_answer(t);
    }
    if ((bits & POLL_FINALIZE) && !(bits & handlers)) {
        gc_run_pending(t);
        bits = atomic_load_explicit(&t->gc.poll, memory_order_acquire);
    }
    if ((bits & handlers) && !signals_wait(t)) {
        atomic_fetch_and_explicit(&t->gc.poll, ~handlers, memory_order_acq_rel);
        if (runtime.run_signals && !runtime.run_signals(t)) {
            return false;
        }
    }
    if (bits & POLL_ASYNC_EXC) {
        return raise_async(t);
    }
    return true;
}
