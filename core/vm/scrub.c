/* What dead temporaries of frames still refer to is cleared, so that an explicit collection finds
 * all garbage; collections of idle threads. */
#include "core/base/memory.h"
#include "core/base/clock.h"
#include "core/object/native.h"
#include "core/vm/vm_internal.h"
#include "gc/prompt.h"

/* Slots from the first argument on that a native callee may use beyond the arguments passed. */
static size_t native_slots(Value callee)
{
    const Signature *sig = NULL;
    if (type_of(callee) == &native_function_type) {
        sig = native_signature((NativeFunction *)value_object(callee));
    } else if (type_of(callee) == &method_descr_type) {
        sig = method_signature((MethodDescr *)value_object(callee));
    }
    return sig ? (size_t)sig->nparams + 2 : 0; /* a missing self moves them by one */
}

/* A bound native function finds its self in the last word of the header of the frame that is not
 * made. */
static bool has_self_below(Value callee)
{
    return type_of(callee) == &native_function_type &&
           ((NativeFunction *)value_object(callee))->self;
}

/* What the call d does not need of the words from its callee on; top: of the window. */
static void scrub_call(Value *base, const Decoded *d, size_t top)
{
    Value *callee = base + d->a, *args = callee + CALL_ARGS_OFFSET;
    /* 0: a call has taken it already */
    Value self = *callee && has_self_below(*callee) ? args[-1] : 0;
    size_t passed = d->op == OP_CODE_CALL_EX ? 2 : (size_t)d->b + 1,
           slots = *callee ? native_slots(*callee) : VM_SLOP;
    for (Value *p = callee + 1; p < args && p < base + top; p++) {
        *p = p == args - 1 ? self : 0;
    }
    for (Value *p = args + (passed > slots ? passed : slots); p < base + top; p++) {
        *p = 0;
    }
}

/* above: the next window on the register stack, or NULL.  Does the frame stand at a call? */
static bool scrub_frame(Value *base, Value *above, uint8_t *live)
{
    Code *code = frame_code_of(base);
    Frame *f = frame_of(base);
    Decoded d;
    if (!(f->flags & (FRAME_NS | FRAME_INIT | FRAME_OPERATOR | FRAME_ENTERS))) {
        f->ns = 0;
    }
    if (!(f->flags & FRAME_OBJECT)) {
        f->frame_object = 0;
    }
    uint32_t vars = (uint32_t)code->nlocals + code->ncells + code->nfrees;
    if (f->pc == code->instrs || !code_live_temps(code, frame_unit(base), live, &d)) {
        return false;
    }
    uint32_t end = code->nregs;
    if (op_is_call(d.op)) {
        end = d.a;
    }
    for (uint32_t r = vars; r < end; r++) {
        if (!live[r - vars]) {
            base[r] = 0;
        }
    }
    if (!op_is_call(d.op)) {
        return false;
    }
    if (f->flags & FRAME_GEN) {
        scrub_call(base, &d, generator_of(base)->nregs);
    } else if (!above || above >= base + code->nregs + VM_SLOP) {
        /* what is scanned */
        scrub_call(base, &d, (size_t)code->nregs + VM_SLOP + (above ? 0 : FRAME_HEADER + VM_SLOP));
    }
    return true;
}

int vm_scrub(Thread *t, int frames)
{
    uint8_t *live = mem_alloc(UINT16_MAX + 1);
    Value *above = NULL;
    for (Value *base = live ? t->base : NULL; base && frames > 0;
         base = frame_of(base)->prev, frames--) {
        bool at_call = scrub_frame(base, above, live);
        if (base == t->base && at_call) {
            t->gc.skip_from = t->vm_end;
            t->gc.skip_to = t->vm_entry;
        }
        above = frame_of(base)->flags & FRAME_GEN ? above : base;
    }
    mem_free(live);
    return frames;
}

enum { FORGOTTEN_WORDS = 128 }; /* SimpleQueue.get(block=True) waits 75 words below its caller */

NOINLINE void vm_forget_stack(void)
{
    UNUSED volatile Value words[FORGOTTEN_WORDS];
    for (size_t i = 0; i < FORGOTTEN_WORDS; i++) {
        words[i] = 0;
    }
}

/* ---- idle threads ---- */

enum { IDLE_ALLOCATED = 32 << 10 };
/* A collection of an idle thread may take one part in so many of the time: of all, and while others
 * run, whose time it takes and who collect themselves what they make. */
enum { IDLE_SHARE = 50, IDLE_SHARE_BESIDE_OTHERS = 500 };
#define IDLE_FIRST_NS ((int64_t)2 * 1000 * 1000) /* the first one is expected to take so long */

typedef struct Others {
    const Thread *self;
    uint64_t allocated; /* bytes that all threads have taken */
    bool run;           /* another one, now */
} Others;

static void look_at(Thread *other, void *arg)
{
    Others *others = arg;
    others->allocated += __atomic_load_n(&other->gc.allocated, __ATOMIC_RELAXED);
    others->run |= other != others->self && gc_thread_is_running(other);
}

static Others look_at_others(Thread *t)
{
    Others others = {.self = t};
    gc_each_thread(t, look_at, &others);
    return others;
}

int64_t vm_idle(Thread *t)
{
    static _Atomic uint64_t seen; /* allocated at the last of these collections */
    static _Atomic bool busy, again; /* again: what finalizers let go of may be collected, too */
    static _Atomic int64_t last_end, took = IDLE_FIRST_NS; /* of the last of these collections */
    Others others = look_at_others(t);
    /* less than then when threads have ended: counts as some */
    bool fresh = others.allocated - seen >= IDLE_ALLOCATED || prompt_is_owed();
    if (!gc_is_enabled() || !(fresh || again) || t->gc.no_collect > 0 || t->gc.running_pending ||
        atomic_load_explicit(&runtime.finalizing, memory_order_relaxed)) {
        return INT64_MAX;
    }
    int64_t start = monotonic_ns(), first = 0;
    (void)atomic_compare_exchange_strong(&last_end, &first, start - IDLE_SHARE * took);
    int64_t earliest = last_end + (others.run ? IDLE_SHARE_BESIDE_OTHERS : IDLE_SHARE) * took;
    if (start < earliest) {
        return earliest;
    }
    if (atomic_exchange(&busy, true)) {
        return start + VM_IDLE_NS;
    }
    int64_t before = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    prompt_settled();
    gc_collect(t);
    seen = look_at_others(t).allocated;
    int64_t end = monotonic_ns();
    took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before; /* finalizers may wait */
    last_end = end;
    again = fresh;
    busy = false;
    return fresh ? end + VM_IDLE_NS : INT64_MAX;
}
