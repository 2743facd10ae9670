/* Activation records: one window of registers with a header right below it.
 *
 *      caller's window                                 callee's window
 *   r[0] ... r[A]=callable  r[A+1] ......... r[A+6]  r[A+7] = args[0] ...
 *             |               |                 |      |
 *   Frame:   func   code  ns  frame_object  prev  pc  flags   base[0] base[1] ... base[nregs)
 *            -7     -6    -5  -4            -3    -2  -1
 *
 * The header has seven words; the first one is the register that held the callable, so a call
 * writes only the FRAME_WORDS words behind it.  Windows lie on the thread's register stack, but a
 * generator's lies inside the generator object (FRAME_GEN) and calls it makes go to the stack from
 * generator->stack_top on. Above a window's nregs registers VM_SLOP words are free for absent
 * optional arguments of native functions.
 *
 * pc is stored before anything that can raise, call or be inspected; it points behind the current
 * instruction, which therefore contains unit pc - 1.  A fresh frame has pc == code->instrs.
 * A Frame is touched by the thread that runs it only (others: with the world stopped).
 */
#ifndef CORE_VM_FRAME_H
#define CORE_VM_FRAME_H

#include "core/vm/vm.h"

struct Frame {
    Value func;          /* Function */
    Value code;          /* Code that runs: func's may be replaced meanwhile */
    /* FRAME_NS: namespace mapping; FRAME_INIT: instance under construction; FRAME_OPERATOR,
     * FRAME_ENTERS: see there; else undefined */
    Value ns;
    Value frame_object;  /* FrameObject; valid with FRAME_OBJECT only */
    Value *prev;         /* base of the caller or resumer; NULL: none */
    const Instr *pc;
    /* FRAME_* in bits 0..15, destination register of the caller in bits 16.. */
    uint64_t flags;
};

enum {
    FRAME_ENTRY = 1, /* returning leaves vm_run */
    FRAME_NS = 2,    /* ns holds the namespace mapping: module, class body, exec */
    /* __init__ pushed by a class call: the result is ns, the function must return None */
    FRAME_INIT = 4,
    FRAME_GEN = 8,       /* the window is inside a Generator */
    FRAME_FOR = 16,      /* generator resumed by FOR_ITER: its end jumps */
    FRAME_SEND = 32,     /* generator resumed by SEND: its end jumps with the return value */
    FRAME_OBJECT = 64,   /* frame_object is valid */
    FRAME_TRACED = 128,  /* a trace or profile function sees its return; not: it has yet to see the
                            call or resumption */
    FRAME_DISCARD = 256, /* the result is dropped */
    FRAME_SINK = 512,    /* FRAME_ENTRY of generator_each: what it yields goes to t->sink */
    FRAME_OPERATOR = 1024, /* special method called by an instruction: ns says what comes after */
    FRAME_ENTERS = 2048,   /* __enter__: ns, the bound __exit__, goes below the result */
    FRAME_NEXT = 4096,     /* __next__ called by FOR_ITER: its StopIteration jumps */
    FRAME_SEEN = 8192,     /* FRAME_INIT: others may know what its registers hold */
    FRAME_UNBIASED = 16384, /* of a generator that is no thread's (core/vm/generator_bias.c) */
    FRAME_SPECIAL = 0xffff,
    FRAME_DEST_SHIFT = 16,
};
#define FRAME_HEADER (FRAME_WORDS + 1)
#define VM_SLOP 24

static inline Frame *frame_of(Value *base) { return (Frame *)(base - FRAME_HEADER); }
static inline Code *frame_code_of(Value *base)
{
    return (Code *)value_object(frame_of(base)->code);
}
static inline Function *frame_function(Value *base)
{
    return (Function *)value_object(frame_of(base)->func);
}
static inline void frame_is_seen(Frame *f)
{
    if (f->flags & FRAME_INIT) { /* others are left in a longer way with any more flags */
        f->flags |= FRAME_SEEN;
    }
}
/* Does the frame make the object o, which nobody else knows, by an instruction that ends at pc?
 * Then nothing of o needs a lock until the next poll or code of Python. */
static inline bool frame_makes(Value *base, const Instr *pc, Value o)
{
    const Frame *f = frame_of(base);
    if ((f->flags & (FRAME_INIT | FRAME_SEEN | FRAME_GEN)) != FRAME_INIT || f->ns != o) {
        return false;
    }
    Code *code = frame_code_of(base);
    uint32_t end = atomic_load_explicit(&code->making, memory_order_relaxed);
    end = LIKELY(end) ? end - 1 : code_making_end(code);
    return pc <= code->instrs + end && !objects_are_seen();
}
/* Number of the unit that the frame executes. */
static inline uint32_t frame_unit(Value *base)
{
    const Instr *start = frame_code_of(base)->instrs, *pc = frame_of(base)->pc;
    return pc > start ? (uint32_t)(pc - start - 1) : 0;
}

/* ---- generators, coroutines, asynchronous generators: one layout ---- */
typedef enum { GEN_CREATED, GEN_SUSPENDED, GEN_RUNNING, GEN_FINISHED } GenState;
enum { GEN_STATE_BITS = 2, GEN_STATE_MASK = (1 << GEN_STATE_BITS) - 1 };

typedef struct Generator {
    Object head;
    Value name, qualname;
    Value yield_from;        /* iterator delegated to while suspended in YIELD_FROM, else 0 */
    Value origin;            /* coroutines: cr_origin tuple or 0 */
    Value finalizer;         /* asynchronous generators: hook or 0 */
    ExcInfo exc;             /* entry of the handled-exception chain while running */
    Value *stack_top;        /* while running: first free word of the resumer's register stack */
    /* GenState in the low bits; above them the bias: a number of the thread that may go on with it
     * by a plain store, or 0 */
    _Atomic uint64_t state;
    uint16_t nregs;
    uint16_t resume_reg;     /* register that receives the value sent in */
    bool hooks_inited;       /* atomic, as the next two: asynchronous generators */
    bool closed;
    bool running_async;      /* an asend/athrow/aclose is in progress */
    /* only the await that runs it refers to it: its place is the next one's when it ends */
    bool owned;
    Frame frame;             /* must stand right before regs */
    Value regs[];
} Generator;
_Static_assert(offsetof(Generator, regs) == offsetof(Generator, frame) + sizeof(Frame),
               "frame below regs");

static inline GenState generator_state(const Generator *g)
{
    return (GenState)(atomic_load_explicit(&g->state, memory_order_acquire) & GEN_STATE_MASK);
}
static inline Generator *generator_of(Value *base)
{
    return (Generator *)((char *)base - offsetof(Generator, regs));
}
static inline bool value_is_generator_like(Value v)
{
    Type *ty = type_of(v);
    return ty == &generator_type || ty == &coroutine_type || ty == &async_generator_type;
}

/* First free word above the window. */
static inline Value *frame_top(Value *base)
{
    return UNLIKELY(frame_of(base)->flags & FRAME_GEN)
               ? generator_of(base)->stack_top
               : base + frame_code_of(base)->nregs + VM_SLOP;
}
static inline Value *vm_stack_top(Thread *t) { return t->base ? frame_top(t->base) : t->stack; }

/* ---- frame objects: what Python sees of an activation ---- */
typedef struct FrameObject {
    Object head;
    /* of frames that C functions make: the line shown; 0: that of the instruction */
    int32_t c_line;
    void *c_back;        /* what C functions keep in f_back; counted there, not shown */
    Value *base;         /* atomic: the live window, NULL when the activation has ended */
    Value func, code;
    Value back;          /* ended: the caller's frame object or 0 */
    Value generator;     /* generator whose frame it is, or 0 */
    Value ns;            /* namespace mapping or 0 */
    Value locals;        /* f_locals dict made so far or 0 */
    /* ended: tuple with the registers of locals, cells and free variables, or 0 */
    Value registers;
    Value trace;         /* local trace function or 0 */
    int lasti_unit;      /* ended: unit of the last instruction */
    int trace_line;      /* line of the last line event, 0: none yet */
    int trace_unit;      /* unit that was last looked at for line events, or -1 */
    bool trace_lines, trace_opcodes, cleared;
    const char *event;   /* of the trace function that runs, or NULL */
    bool suspended;      /* a traced generator has yielded and not gone on */
} FrameObject;
/* Frame object for code that runs in no window: what C functions show in tracebacks. */
Value frame_object_detached(Thread *t, Value func);
/* Control goes on at `line` when the trace function returns (f_lineno = line).  false: raised. */
NODISCARD bool frame_jump(Thread *t, FrameObject *f, int line);
/* Frame object of a live window, made on demand; 0: no memory. */
Value frame_object_of(Thread *t, Value *base);
/* What a trace function has put into f_locals becomes the values of the variables; names it deleted
 * stay bound. */
void frame_store_locals(Thread *t, FrameObject *f);
/* The activation ends: copies what its frame object still needs.  Only for windows with
 * FRAME_OBJECT. */
void frame_detach(Thread *t, Value *base);
/* Base of the innermost window seen from Python, NULL: none. */
Value *vm_innermost(Thread *t);

#endif
