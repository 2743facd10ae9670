/* What the files of core/vm share: entry to the loop, calls, unwinding, slow paths. */
#ifndef CORE_VM_VM_INTERNAL_H
#define CORE_VM_VM_INTERNAL_H

#include "core/object/thread_state.h"
#include "core/vm/frame.h"
#include "core/vm/vm.h"

/* ---- the loop ---- */
/* Runs the frame at base (FRAME_ENTRY set, header complete) to its end or next yield; with t->exc
 * pending at entry the exception is raised at the frame's pc.  0: raised. */
Value vm_run(Thread *t, Value *base);
/* false with RecursionError when the C stack is nearly used up. */
NODISCARD bool vm_c_stack_check(Thread *t);
COLD Value vm_recursion_error(Thread *t);

/* ---- calls ---- */
typedef struct CallResult {
    Value value;   /* the result when the call is done */
    Value *base;   /* not NULL: a frame to run, header complete, prev = t->base.  Both 0: raised. */
} CallResult;
/* Calls anything.  args[0..n), then one value per name of kwnames.  window: where a callee's window
 * may begin (the FRAME_HEADER words below are overwritten, args may lie in it), or NULL: above the
 * innermost frame. flags: destination and flags of a pushed frame.  Python functions are pushed,
 * everything else is run. */
CallResult vm_call_any(Thread *t, Value callee, Value *args, size_t n, Value kwnames, Value *window,
                       uint64_t flags);
/* The same for a Python function: the frame to run, or NULL: raised. */
Value *vm_push_function(Thread *t, Value callee, const Value *args, size_t n, Value kwnames,
                        Value *window, uint64_t flags);
/* Remembers in the cache of a CALL how the class makes instances.  Effects: allocates. */
void vm_class_cache_fill(Thread *t, InlineCache *ic, Value callee);
void vm_cache_init(Thread *t, InlineCache *ic, uint32_t version, Value cls, Value init);
/* The same for a call with keywords: ic holds their names, and remembers how they bind. */
Value *vm_push_keywords(Thread *t, Value callee, const Value *args, size_t n, InlineCache *ic,
                        Value *window, uint64_t flags);
/* Call a native function or method descriptor with positional arguments that lie, FRAME_HEADER
 * words of room below them, in the window of the running frame.  0: raised. */
Value vm_call_native_function(Thread *t, Value callee, Value *args, size_t n);
Value vm_call_method_descr(Thread *t, Value callee, Value *args, size_t n);
/* f(*iterable, **mapping): pushes or runs. kwargs: 0: none. */
CallResult vm_call_ex(Thread *t, Value callee, Value args, Value kwargs, uint64_t flags);
/* The two may overlap; from may be NULL when n is 0.  Mostly a few words: not worth a call. */
static inline void values_copy(Value *to, const Value *from, size_t n)
{
    if (to < from) {
        for (size_t i = 0; i < n; i++) {
            to[i] = from[i];
            __asm__ volatile("");
        }
    } else if (to > from) {
        while (n-- > 0) {
            to[n] = from[n];
            __asm__ volatile("");
        }
    }
}
/* Clears the locals from number `from` on, and up to three registers behind the n locals, in which
 * nothing is yet. */
static inline void locals_clear(Value *window, size_t from, size_t n)
{
    typedef Value Four __attribute__((vector_size(4 * sizeof(Value)), aligned(sizeof(Value))));
    for (; from < n; from += 4) {
        *(Four *)&window[from] = (Four){0};
        __asm__ volatile(""); /* few words: not worth a call */
    }
}
/* Does a frame of the code begin with arguments, unlike those of modules and class bodies? */
bool vm_takes_arguments(const Code *code);
/* Window for a frame above the innermost one. */
static inline Value *vm_new_window(Thread *t) { return vm_stack_top(t) + FRAME_HEADER; }
/* Completes the header of a function's frame. */
static inline void frame_init(Thread *t, Value *base, Value fn, Code *code, uint64_t flags)
{
    Frame *f = frame_of(base);
    f->func = fn;
    f->code = object_value(code);
    f->prev = t->base;
    f->pc = code->instrs;
    f->flags = flags;
}
static inline Code *function_code(Value f)
{
    return (Code *)value_object(value_load(&((Function *)value_object(f))->code));
}
/* The frame for a call of a Python function whose parameters are exactly the n arguments, above the
 * innermost frame; NULL, and nothing raised: it is another function, or there is no room. */
static inline Value *vm_push_simple(Thread *t, Value callee, const Value *args, size_t n,
                                    uint64_t flags)
{
    Code *code = function_code(callee);
    Value *base = vm_new_window(t);
    if (UNLIKELY(!equal_acquire(&code->call_shape, n + 1)) ||
        UNLIKELY(base + code->nregs > t->stack_end)) {
        return NULL;
    }
    size_t i = 0;
    for (; i < n; i++) {
        base[i] = args[i];
        __asm__ volatile(""); /* few words: not worth a call */
    }
    locals_clear(base, i, code->nlocals);
    frame_init(t, base, callee, code, flags);
    return base;
}
/* Room for a window of nregs words at base? false: RecursionError. */
NODISCARD bool vm_stack_check(Thread *t, Value *base, size_t nregs);
/* Binds arguments into window[0 .. parameters); zeroes the other locals.  args may be window.
 * false: TypeError. */
NODISCARD bool vm_bind(Thread *t, Function *fn, Code *code, Value *window, const Value *args,
                       size_t n, Value kwnames, const Value *kwvalues);
/* The same with the keywords in arrays, which must not lie in the window. kw: NULL: none. */
typedef struct Keywords { const Value *names, *values; size_t n; } Keywords;
NODISCARD bool vm_bind_general(Thread *t, Function *fn, Code *code, Value *window,
                               const Value *args, size_t n, const Keywords *kw);
/* How the keywords of a call go to the parameters of the code object that was called last;
 * immutable. */
enum { PLAIN_KEYWORDS = 8, PLAIN_PARAMETERS = 32 };
typedef struct KeywordCache {
    Object head;
    Code *code;               /* guards: code, n and ndefaults */
    uint16_t n;               /* positional arguments */
    uint16_t ndefaults;       /* of the function: some may be needed */
    uint8_t place[PLAIN_KEYWORDS]; /* parameter of the j-th keyword */
    uint32_t bound;           /* bit per parameter that gets an argument */
    uint32_t misses;          /* records made at this site so far */
    bool in_order;            /* the arguments are where the parameters are, all of them */
} KeywordCache;
/* After a store of a reference into a cache word, mostly of the code that t runs: while that is
 * young it is found with its code, or dies with it. */
static inline void vm_cache_written(Thread *t, const InlineCache *ic, Value v)
{
    const Code *code = t->base ? frame_code_of(t->base) : NULL;
    bool own = code && ic >= code->caches && ic < code->caches + code->n_caches;
    if (!own || !gc_is_young(code)) {
        gc_barrier_inside(&ic->word, v);
    }
}
/* Makes the record for a call with n positional arguments, if binding is that simple.  Effects:
 * allocates. */
void vm_keyword_cache_fill(Thread *t, InlineCache *ic, Function *fn, Code *code, size_t n);
/* vm_bind by cache; false: it is for other calls, args are untouched. */
bool vm_bind_cached(Function *fn, Code *code, Value *window, const Value *args, size_t n,
                    size_t nkw, const KeywordCache *kc);
/* Argument count a code object takes when it has no *args, **kw and keyword-only parameters, plus
 * one; else 0xffff.  0: its parts have not been read yet, or it is a template. */
uint32_t code_call_shape(Code *code);
/* The function's code, not a template: that is replaced by a clone.  0: raised. */
Value function_own_code(Thread *t, Function *fn);
/* The code of a function that is going to run; NULL: raised.  Effects: may allocate. */
static inline Code *code_to_run(Thread *t, Function *fn)
{
    Code *code = (Code *)value_object(value_load(&fn->code));
    if (UNLIKELY(!atomic_load_explicit(&code->call_shape, memory_order_acquire))) {
        Value own = function_own_code(t, fn);
        code = own ? (Code *)value_object(own) : NULL;
        if (!code || !code_complete(t, code)) {
            return NULL;
        }
        code_call_shape(code);
    }
    return code;
}
/* Function call from C: nested loop. */
Value function_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames);

/* ---- leaving frames ---- */
/* Return with flags set: detaches the frame object, ends the generator, replaces the result of
 * __init__.  0: raised. */
Value vm_leave_special(Thread *t, Value *base, Value v);
/* The pending exception leaves the instruction of frame `base`.  Returns the base of the frame with
 * a handler, whose pc and register are set up, or NULL when the entry frame was left with the
 * exception pending. */
Value *vm_unwind(Thread *t, Value *base, bool add_traceback);
/* The instruction of frame `base` has raised BufferError.  true: views are released that kept it
 * from changing something, it is to be done again and nothing is pending.  Effects: runs Python. */
NODISCARD bool vm_redo(Thread *t, Value *base);

/* ---- generators ---- */
/* RETURN_GENERATOR: copies the window into a new object */
Value generator_make(Thread *t, Value *base);
/* What Generator.state is while g is suspended, or not begun, and t's own. */
static inline uint64_t thread_own_suspended(const Thread *t)
{
#ifdef TYPHON_NO_SYNC
    (void)t;
    return GEN_SUSPENDED;
#else
    return t->own_suspended;
#endif
}
static inline uint64_t thread_own_created(const Thread *t)
{
    return thread_own_suspended(t) - GEN_SUSPENDED + GEN_CREATED;
}
/* Is g suspended or not begun, v may be sent to it, and t may go on with it without asking anybody?
 * This holds up to the next safepoint. */
static inline bool generator_is_ready(const Thread *t, const Generator *g, Value v)
{
    return LIKELY(equal_relaxed(&g->state, thread_own_suspended(t))) ||
           (equal_relaxed(&g->state, thread_own_created(t)) && v == NONE);
}
static inline bool generator_is_resumable(const Generator *g)
{
    return (atomic_load_explicit(&g->state, memory_order_relaxed) & GEN_STATE_MASK) <=
           GEN_SUSPENDED;
}
/* t makes g GEN_RUNNING if it is neither that nor finished; returns what it was.  Effects: may
 * stop the world. */
NODISCARD GenState generator_claim(Thread *t, Generator *g);
/* t lets go of g, which it runs or has claimed: it is GEN_SUSPENDED or GEN_CREATED, and t's own. */
static inline void generator_release_own(Thread *t, Generator *g, GenState state)
{
    /* pairs with generator_claim */
    atomic_store_explicit(&g->state, thread_own_suspended(t) - GEN_SUSPENDED + state,
                          memory_order_release);
}
/* The same; it may be nobody's. */
static inline void generator_release(Thread *t, Generator *g, GenState state)
{
    if (UNLIKELY(g->frame.flags & FRAME_UNBIASED)) {
        atomic_store_explicit(&g->state, state, memory_order_release);
    } else {
        generator_release_own(t, g, state);
    }
}
/* If g is another thread's own: it is nobody's, without consequences for what its code makes. */
void generator_forget_owner(Thread *t, Generator *g);
/* Makes g (not finished) the running frame on behalf of t->base, which becomes g's; v: value sent.
 * false: raised. */
NODISCARD bool generator_enter(Thread *t, Generator *g, Value v, uint64_t flags);
/* The part of it behind the checks, g being GEN_RUNNING. */
static inline void generator_link(Thread *t, Generator *g, Value v, uint64_t flags)
{
    Value *resumer = t->base;
    g->frame.prev = resumer;
    g->frame.flags = (g->frame.flags & (FRAME_GEN | FRAME_OBJECT | FRAME_TRACED | FRAME_NS |
                                        FRAME_UNBIASED)) |
                     flags;
    g->stack_top = resumer ? frame_top(resumer) : t->stack;
    g->exc.prev = t->exc_info;
    t->exc_info = &g->exc;
    __atomic_store_n(&g->yield_from, 0, __ATOMIC_RELAXED);
    g->regs[g->resume_reg] = v;
    t->base = g->regs;
    t->depth++;
    gc_written(g);
}
/* generator_enter with nothing pending: the usual case, that g generator_is_ready, inline. */
NODISCARD static inline bool generator_resume_frame(Thread *t, Generator *g, bool ready, Value v,
                                                    uint64_t flags)
{
    if (LIKELY(ready) && LIKELY(t->depth < t->interp->recursion_limit)) {
        atomic_store_explicit(&g->state, GEN_RUNNING, memory_order_relaxed);
        generator_link(t, g, v, flags);
        return true;
    }
    return generator_enter(t, g, v, flags);
}
/* g leaves the chain of running frames; returns the resumer's base, now t->base. */
static inline Value *generator_unlink(Thread *t, Generator *g)
{
    Value *prev = g->frame.prev;
    assert(t->exc_info == &g->exc);
    t->exc_info = g->exc.prev;
    g->exc.prev = NULL;
    g->frame.prev = NULL;
    g->stack_top = NULL;
    t->depth--;
    t->base = prev;
    return prev;
}
/* Bookkeeping of a yield (GEN_SUSPENDED) or of the end (GEN_FINISHED); returns the resumer's base,
 * now t->base. */
Value *generator_leave(Thread *t, Generator *g, GenState state);
/* To be called when g has ended by returning to a SEND: the next one of its code may have its
 * place. */
static inline void generator_give(Thread *t, Generator *g)
{
    if (g->owned) {
        t->spare_generators[g->nregs % GENERATOR_SPARES] = g;
    }
}
/* Type.each of generators: the frame goes on from yield to yield in one run_frames. */
NODISCARD bool generator_each(Thread *t, Value it, ItemFn take, void *arg);
/* v that g, just suspended in it, yielded is taken, and g made the running frame again.  false: the
 * innermost generator_each goes on. */
NODISCARD bool generator_hand_over(Thread *t, Generator *g, Value v);
/* Resumes from C: value sent.  *done: the value is the return value.  0: raised. */
Value generator_resume(Thread *t, Generator *g, Value v, bool *done);
/* StopIteration leaving a generator becomes RuntimeError. */
void generator_convert_stop(Thread *t, Generator *g);
Value generator_throw(Thread *t, Generator *g, Value exc, bool *done);
NODISCARD bool generator_close(Thread *t, Generator *g);
/* One step of any iterator for SEND; *done: return value (NONE when StopIteration had none). */
Value vm_send(Thread *t, Value it, Value v, bool *done);
/* v of the pending StopIteration, which is cleared; 0: something else is pending. */
Value vm_stop_value(Thread *t);
/* throw(type, value, tb) arguments to an instance; 0: TypeError */
Value vm_throw_argument(Thread *t, Value type, Value value, Value tb);
Value finished_iter_new(Thread *t, Value v);      /* iterator whose next send is done with v */
Value coroutine_awaitable(Thread *t, Value v, unsigned where);  /* GET_AWAITABLE */
Value asyncgen_wrap(Thread *t, Value v);
Value vm_get_aiter(Thread *t, Value v);
Value vm_get_anext(Thread *t, Value v);
Value vm_get_yield_from_iter(Thread *t, Value v, unsigned code_flags);
void coroutine_set_origin(Thread *t, Generator *g);
/* When g is a coroutine that was never started: the warning that says so.  Effects: runs Python. */
void coroutine_warn_unawaited(Thread *t, Generator *g);
void coroutine_finalize(Thread *t, Value self);
void asyncgen_finalize(Thread *t, Value self);
void generator_finalize(Thread *t, Value self);
void generator_trace(Object *o, Tracer *tr);
Value generator_repr(Thread *t, Value self, const char *what);
/* Shared attribute accessors of the three kinds. */
Value generator_get_frame(Thread *t, Value self, void *closure);
Value generator_get_running(Thread *t, Value self, void *closure);
Value generator_get_suspended(Thread *t, Value self, void *closure);
Value generator_get_code(Thread *t, Value self, void *closure);
Value generator_get_yield_from(Thread *t, Value self, void *closure);
Value generator_get_text(Thread *t, Value self, void *closure);
bool generator_set_text(Thread *t, Value self, Value v, void *closure);
Value generator_send_method(Thread *t, Value *args, size_t n, Value kw);
Value generator_throw_method(Thread *t, Value *args, size_t n, Value kw);
Value generator_close_method(Thread *t, Value *args, size_t n, Value kw);
Value generator_send_slot(Thread *t, Value self, Value v, bool *done);

/* ---- special methods in Python ---- */
/* The slow halves of instructions do not call a method that is a Python function: they leave its
 * frame in t->pushed and return as if they had raised.  The loop adds the registers and runs it;
 * vm_operator_done sees to the result. */
enum {
    AFTER_BINARY, AFTER_INPLACE, AFTER_COMPARE, AFTER_CONTAINS, AFTER_BOOL, AFTER_ITER,
    AFTER_KIND = 7,
    AFTER_OP_SHIFT = 3,       /* BinaryOp or CompareOp */
    AFTER_ASSIGN = 1 << 8,    /* AFTER_BINARY: of an in-place operator */
    AFTER_WANT = 1 << 9,      /* the truth asked for */
    AFTER_TRUTH = 1 << 10,    /* the result is whether its truth is that */
    AFTER_JUMP = 1 << 11,     /* the instruction jumps when it is */
    AFTER_IMMEDIATE = 1 << 12, /* the right operand is a signed byte, not a register */
    AFTER_LEFT_SHIFT = 16, AFTER_RIGHT_SHIFT = 32,
};
/* The Python function that obj's class has as a special method, or 0. */
static inline Value special_function(Thread *t, Value obj, Value name)
{
    Value f = type_lookup(t, type_of(obj), name);
    return f && type_of(f) == &function_type && function_code(f)->flags & CO_OPTIMIZED ? f : 0;
}
/* Leaves the frame for f(args...) in t->pushed; always 0. */
Value vm_push_special(Thread *t, Value f, const Value *args, size_t n, uint64_t flags, Value ns);
/* A method has returned v: the result of the instruction of frame base, 0: raised. */
Value vm_operator_done(Thread *t, Value *base, uint64_t after, Value v);
/* The method to ask first for a op b, or in place: a op= b; 0: not in Python, or not this way.
 * *after: what to do with its result. */
Value vm_binary_method(Thread *t, BinaryOp op, Value a, Value b, bool assign, uint64_t *after);
Value vm_compare_method(Thread *t, CompareOp op, Value a, Value b);
/* As object_truth, object_contains, object_iter and calling __next__; -1 or 0: raised or pushed. */
int vm_truth(Thread *t, Value v);
int vm_contains(Thread *t, Value container, Value v);
Value vm_iter(Thread *t, Value v);
Value vm_next(Thread *t, Value it);

/* ---- slow halves of instructions ---- */
Value vm_binary_slow(Thread *t, BinaryOp op, Value a, Value b);
Value vm_inplace_slow(Thread *t, BinaryOp op, Value a, Value b);
Value vm_compare_slow(Thread *t, CompareOp op, Value a, Value b);
/* truth of the comparison, -1 raised */
int vm_compare_test(Thread *t, CompareOp op, Value a, Value b);
Value vm_getitem_slow(Thread *t, Value o, Value key);
NODISCARD bool vm_setitem_slow(Thread *t, Value o, Value key, Value v);
/* Subscript `next` behind the BUILD_SLICE that would make the slice of the 2 or 3 parts in register
 * `key`: done without it, if nothing else uses it.  1 done, 0 not, -1 raised. */
int vm_slice_at_once(Thread *t, Value *base, Instr next, unsigned key, const Value *parts,
                     unsigned n);
/* A bytearray shrinks although C frames have left references to dead views of it behind: the
 * collector looks at none but those of the interpreter's callers. */
NODISCARD bool vm_delitem_slow(Thread *t, Value o, Value key);
Value vm_load_global(Thread *t, Value *base, InlineCache *ic);
Value vm_load_name(Thread *t, Value *base, InlineCache *ic);
NODISCARD bool vm_store_name(Thread *t, Value *base, Value name, Value v /* 0: delete */);
NODISCARD bool vm_delete_global(Thread *t, Value *base, Value name);
Value vm_load_classcell(Thread *t, Value *base, Value name, Value cell);
NODISCARD bool vm_setup_annotations(Thread *t, Value *base);
COLD Value vm_unbound_local(Thread *t, Value *base, unsigned reg);
COLD Value vm_unbound_cell(Thread *t, Value *base, unsigned reg);
Value vm_load_attr_slow(Thread *t, Value o, InlineCache *ic, CallResult *pushed, uint64_t flags);
/* super().name in a method without the super object, as vm_load_method_slow.  0 and nothing raised:
 * has to be done step by step. */
Value vm_super_method(Thread *t, InlineCache *ic, Value *self);
NODISCARD bool vm_store_attr_slow(Thread *t, Value o, Value v, InlineCache *ic);
/* callable; *self: value to pass as self or 0 */
Value vm_load_method_slow(Thread *t, Value o, InlineCache *ic, Value *self);
/* next() and UNPACK_SEQUENCE of an iterator with next_into: as that; when 1, *item, which nothing
 * reads, gets some value. */
int vm_next_into(Thread *t, Value it, Value *item, Value *out, size_t n);
NODISCARD bool vm_unpack(Thread *t, Value v, Value *out, size_t n);
NODISCARD bool vm_unpack_ex(Thread *t, Value v, Value *out, size_t before, size_t after);
/* more: items that will follow those of v. */
NODISCARD bool vm_list_extend(Thread *t, Value list, Value v, size_t more);
NODISCARD bool vm_dict_update(Thread *t, Value d, Value v);
NODISCARD bool vm_dict_merge(Thread *t, Value d, Value v, Value callee);
/* Items that a range's, list's or tuple's iterator has left, no more than a list may sensibly be
 * made for before the first; 0: not known. */
size_t vm_items_left(Value it);
Value vm_build_set(Thread *t, const Value *items, size_t n);
Value vm_format(Thread *t, Value v, Value spec, unsigned conv);
Value vm_make_function(Thread *t, Value *base, Value code, const Value *parts, unsigned which);
Value vm_function_text(Thread *t, Value callee);  /* "mod.f()" for messages */
Value vm_load_build_class(Thread *t, Value *base);
Value vm_builtin(Thread *t, Value *base, Value name); /* from the frame's builtins, NameError */
Value vm_import_name(Thread *t, Value *base, Value name, Value fromlist, Value level);
/* The same at module level, outside of try: may be lazy. */
Value vm_import_lazy(Thread *t, Value *base, Value name, Value fromlist, Value level);
Value vm_import_from(Thread *t, Value module, Value name);
NODISCARD bool vm_import_star(Thread *t, Value *base, Value module);
NODISCARD bool vm_before_with(Thread *t, Value v, Value *out, bool async);
Value vm_with_exit(Thread *t, Value exit, Value exc);
NODISCARD bool vm_print_expr(Thread *t, Value v);
/* exceptions */
/* false: a re-raise, the traceback stays as it is. */
COLD bool vm_raise(Thread *t, Value exc /* 0: re-raise */, Value cause /* 0: none */);
Value vm_match_exc(Thread *t, Value exc, Value types);
NODISCARD bool vm_match_exc_group(Thread *t, Value *exc, Value types, Value *match);
/* match statement */
Value vm_match_keys(Thread *t, Value subject, Value keys);
Value vm_match_class(Thread *t, Value subject, Value cls, Value names, unsigned npos);
Value vm_match_rest(Thread *t, Value subject, Value keys);
/* tracing */
NODISCARD bool vm_trace_call(Thread *t, Value *base);

extern Type finished_iter_type;
extern Type coroutine_wrapper_type, asyncgen_asend_type, asyncgen_athrow_type,
    asyncgen_wrapped_type, anext_awaitable_type;

/* Inline-cache words: 0, a record, or, bit 0 set, packed: guard ids are odd.  So every word is a
 * Value the collector can trace, and one comparison of its low half tells whether it is packed and
 * for this object.
 *   {slot:16 | misses:16 | guard id:32}  slot or member at byte offset 8 * slot of the object; 0 in
 *                                        it: slow path.  Id GUARD_ID_NEVER: nothing is known;
 *                                        given up when too many kinds of objects came by
 *   {offset:32 | guard id:32}            global: value at byte offset 8 * offset in a dict table
 */
static inline uint64_t cache_pack(uint32_t id, uint32_t high) { return (uint64_t)high << 32 | id; }
static inline uint32_t cache_id(uint64_t w) { return (uint32_t)w; }
static inline unsigned cache_slot(uint64_t w) { return w >> 48; }
static inline bool cache_knows_nothing(uint64_t w) { return !w || cache_id(w) == GUARD_ID_NEVER; }

/* Where the builtin is that globals do not hide. */
typedef struct GlobalCache { /* immutable */
    Object head;
    struct DictTable *globals;   /* lacks it */
    struct DictTable *builtins;
    uint32_t globals_count;      /* entries in globals then */
    Value *slot;                 /* value field of the entry */
    /* a cache line of its own: what lies next to it may be written all the time */
    char line_end[16];
} GlobalCache;
_Static_assert(sizeof(GlobalCache) == 64, "one cache line");

typedef enum {
    ATTR_VALUE,       /* value itself */
    ATTR_METHOD,      /* function: pass self */
    ATTR_TYPE,        /* class attribute of the class `owner` */
    ATTR_MODULE,      /* slot of a module dict's table */
    ATTR_TYPE_METHOD, /* classmethod of the class `owner`: pass owner */
    ATTR_PROPERTY,    /* value is the getter, a Function */
    ATTR_DESCR,       /* value is a data descriptor of a built-in type */
    /* value is what a classmethod in the object's class wraps: pass the class */
    ATTR_CLASSMETHOD,
    ATTR_TRANSITION, /* store that adds the slot */
    ATTR_SUPER, /* what super() finds for instances of the class with version id; `owner`: the class
                   behind which it looks */
    /* call of the class `owner`, whose version id is; value: the function to call after
     * object.__new__, or 0: type_call does it */
    ATTR_INIT,
    ATTR_EXT,   /* item `offset` of the instance's ext array */
    ATTR_DICT,  /* entry `offset` of the instance's __dict__, if its key is value, the name */
    ATTR_POLY   /* a PolyCache: several kinds of objects */
} AttrKind;
typedef struct AttrCache { /* immutable */
    Object head;
    uint32_t id;          /* guard */
    uint16_t kind;        /* AttrKind */
    uint16_t misses;      /* records made at this site before */
    uint32_t method_id;   /* ATTR_METHOD: id; else GUARD_ID_NONE */
    uint32_t meta_id;     /* ATTR_TYPE: version of the metatype */
    uint32_t offset;      /* ATTR_TRANSITION: byte offset of the slot; ATTR_EXT, ATTR_DICT */
    /* value is what a staticmethod in the class wraps; ATTR_INIT: calls without arguments make an
     * instance and do nothing else */
    bool inner;
    Value value;
    Object *owner;        /* class, module's dict table, new shape */
    Value *slot;          /* ATTR_MODULE */
} AttrCache;
/* What a site does for each of the kinds of objects it has met lately; immutable. */
enum { POLY_WAYS = 8 };
typedef struct PolyCache {
    Object head;
    /* 0, which guards nothing; this field and the next three as in AttrCache */
    uint32_t id;
    uint16_t kind;        /* ATTR_POLY */
    uint16_t misses;
    uint32_t method_id;   /* GUARD_ID_NONE */
    uint32_t count;
    uint32_t ids[POLY_WAYS];
    uint64_t words[POLY_WAYS]; /* packed words and AttrCaches guarded by the ids */
} PolyCache;
_Static_assert(offsetof(PolyCache, method_id) == offsetof(AttrCache, method_id), "common head");

#endif
