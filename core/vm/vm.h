/* The virtual machine's interface to the other folders. */
#ifndef CORE_VM_VM_H
#define CORE_VM_VM_H

#include "core/bytecode/code.h"
#include "core/object/exception.h"

typedef struct Function {
    Object head;
    Value code;                 /* Code; replaced by f.__code__ = ... */
    Value globals;              /* dict */
    Value builtins;             /* dict */
    Value defaults;             /* tuple or 0 */
    Value kwdefaults;           /* dict or 0 */
    Value closure;              /* tuple of cells or 0 */
    Value name, qualname;
    Value doc;                  /* 0: what code has */
    Value module, annotations, dict; /* 0: not set */
    _Atomic uint32_t version;   /* changes when code or defaults change */
} Function;
static inline Value function_qualname(const Function *f) { return value_load(&f->qualname); }
typedef struct Cell { Object head; Value value; } Cell;
typedef struct BoundMethod { Object head; Value func, self; } BoundMethod;
extern Type function_type, cell_type, method_type, frame_type, generator_type, coroutine_type,
    async_generator_type;

Value function_new(Thread *t, Value code, Value globals, Value qualname /* or 0 */);
Value method_new(Thread *t, Value func, Value self);
Value cell_new(Thread *t, Value v /* or 0 */);
/* Runs code in globals/locals (locals: mapping; 0: globals). closure: tuple of cells or 0. */
Value vm_eval_code(Thread *t, Value code, Value globals, Value locals, Value closure);
Value builtins_build_class(Thread *t, Value *args, size_t n, Value kwnames); /* NativeFn */

/* frames as Python sees them; built on demand. depth 0: innermost Python frame; 0 without
 * exception: not that deep. */
Value vm_frame(Thread *t, int depth);
/* The pending exception has passed the frame: an entry of its traceback.  A failure replaces it
 * with MemoryError. */
void vm_add_traceback(Thread *t, Value *base);
Value vm_frame_of_thread(Thread *t, Thread *other); /* world stopped */
Value frame_globals(Value frame);
Value frame_locals(Thread *t, Value frame);         /* f_locals: fresh dict for functions */
Value frame_code(Value frame);
int frame_line(Thread *t, Value frame);
Value vm_current_globals(Thread *t);
Value vm_current_locals(Thread *t);                 /* locals() */
/* CO_FUTURE bits of the innermost Python frame */
unsigned vm_current_future_flags(Thread *t);
/* super() without arguments: first argument and __class__ cell of the innermost frame */
NODISCARD bool vm_super_args(Thread *t, Type **type, Value *obj);

/* Is o a generator or coroutine that its finalizer would run on, or a coroutine never awaited? */
bool vm_is_unfinished(const Object *o);
Value anext_awaitable_new(Thread *t, Value awaitable, Value dflt); /* anext() with a default */
/* Will the interpreter do what t is doing again if it raises BufferError, and views go? */
bool vm_may_redo(Thread *t);
/* Clears the C stack below the caller, as far as calls of native functions commonly go: what they
 * have left there stays in gaps of the frames of a later one, which may wait for ever. */
void vm_forget_stack(void);
/* Clears what dead registers of t's innermost frames hold, world stopped; see GcOps. */
int vm_scrub(Thread *t, int frames);
/* Called, unparked, by a wait without end that has lasted VM_IDLE_NS: collects when there is
 * something to collect, so that what others wait for (a finalizer, the end of a leaked connection)
 * does not need more allocation; seldom while other threads run.  Returns when (monotonic_ns) to
 * call it again in this wait.  Effects: runs Python. */
#define VM_IDLE_NS ((int64_t)50 * 1000 * 1000)
int64_t vm_idle(Thread *t);
bool vm_thread_init(Thread *t);                     /* register stack */
/* For Thread.own_suspended of a thread that is not attached: never the same again. */
uint64_t vm_new_generator_bias(void);
void vm_thread_free(Thread *t);
/* For a native function called with `args` before it collects: what its caller's window holds from
 * there on is dead. */
void vm_forget_above(Thread *t, Value *args);
/* sys.settrace, sys.setprofile of the calling thread; fn 0: off.  hook: takes the events instead of
 * calling fn, or NULL. */
void vm_set_trace(Thread *t, Value fn);
void vm_set_profile(Thread *t, Value fn, ProfileHook hook);
/* Records of inline caches: parts of the code that Python code never sees. */
extern Type global_cache_type, attr_cache_type, poly_cache_type, keyword_cache_type;
static inline bool vm_is_inline_cache(const Type *type)
{
    return type == &attr_cache_type || type == &poly_cache_type || type == &global_cache_type ||
           type == &keyword_cache_type;
}
/* Slow path of the poll word: stops for the collector, runs signal handlers, finalizers, async
 * exceptions. false: an exception is pending. */
NODISCARD bool vm_poll(Thread *t);
/* The same between two instructions of the innermost frame, the next of which is at its pc. */
NODISCARD bool vm_poll_between(Thread *t);

#endif
