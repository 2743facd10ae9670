/* The interpreter loop.
 *
 * State of the loop, kept in machine registers:
 *   t thread   r window of the running frame (== t->base)   k constants
 *   caches inline caches   table the active dispatch table
 *   at the instruction's first unit, pc the next one, w the WIDE prefix before it
 * Handlers are the bodies in ops/ *.inc, expanded twice: for 8-bit operands and, behind a WIDE
 * prefix, for 16-bit ones.  A handler ends with NEXT() (twice in branches: one shared dispatch
 * would become a conditional move), or leaves for one of the shared exits at the end of vm_run.
 * Rule: SAVE() before anything that can raise, call, allocate or be inspected.  While tracing,
 * `table` leads every instruction through trace_instruction first; while only a profile function is
 * set, calls and what may resume a generator.
 */
#include "core/vm/vm_internal.h"

#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/dict_internal.h"
#include "core/object/float.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list_internal.h"
#include "core/object/module.h"
#include "core/object/set_internal.h"
#include "core/object/slice.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

/* Fields of an instruction are loaded one by one: shifting them out of the unit takes longer. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a unit's first byte is its opcode");
#define UNIT_BYTE(n) (((const uint8_t *)at)[n])
#define UNIT_HIGH_HALF (((const uint16_t *)at)[1])
#define OSC ((int8_t)UNIT_BYTE(3))
#define OSBX ((int16_t)UNIT_HIGH_HALF)
#define NEXT()                       \
    do {                             \
        at = pc++;                   \
        goto *table[UNIT_BYTE(0)];   \
    } while (0)
/* The same when pc still is at the handler's second unit. */
#define NEXT_PAST()                  \
    do {                             \
        at = pc + 1;                 \
        pc += 2;                     \
        goto *table[UNIT_BYTE(0)];   \
    } while (0)
#define SAVE() (frame_of(r)->pc = pc)
#define LOAD_FRAME()                          \
    do {                                      \
        Code *code_ = frame_code_of(r);       \
        k = code_->consts;                    \
        caches = code_->caches;               \
        pc = frame_of(r)->pc;                 \
    } while (0)
#define CACHE(x) cache_at(caches, (x))
/* The second unit is a jump offset. */
#define TAKE_JUMP()                  \
    do {                             \
        pc += (int32_t)*pc + 1;      \
        NEXT();                      \
    } while (0)
#define SKIP_JUMP()                  \
    do {                             \
        __asm__ volatile("");        \
        pc += 1;                     \
        NEXT();                      \
    } while (0)
#define BRANCH(condition)            \
    do {                             \
        if (condition) {             \
            TAKE_JUMP();             \
        } else {                     \
            SKIP_JUMP();             \
        }                            \
    } while (0)
/* Ends a handler: the value (0: raised) goes to register A. */
#define RESULT(expression)                  \
    do {                                    \
        SAVE();                             \
        Value result_ = (expression);       \
        if (UNLIKELY(!result_)) {           \
            goto error;                     \
        }                                   \
        r[OA] = result_;                    \
        NEXT();                             \
    } while (0)
/* The slow half of an instruction for register A has raised, or left the frame of a special method
 * in t->pushed; left_, right_: the operands' registers, after_: AFTER_* flags. */
#define FRAME_OR_ERROR(left_, right_, after_)                                             \
    do {                                                                                  \
        dest = OA;                                                                        \
        follow = (uint64_t)(left_) << AFTER_LEFT_SHIFT |                                   \
                (uint64_t)(right_) << AFTER_RIGHT_SHIFT | (after_);                       \
        goto frame_or_error;                                                              \
    } while (0)
/* RESULT of an expression that may do so. */
#define RESULT_OR_FRAME(expression, left_, right_, after_)  \
    do {                                                    \
        SAVE();                                             \
        Value result_ = (expression);                       \
        if (UNLIKELY(!result_)) {                           \
            FRAME_OR_ERROR(left_, right_, after_);          \
        }                                                   \
        r[OA] = result_;                                    \
        NEXT();                                             \
    } while (0)
/* Ends a handler whose work returns false when it raised. */
#define CHECKED(expression)                 \
    do {                                    \
        SAVE();                             \
        if (UNLIKELY(!(expression))) {      \
            goto error;                     \
        }                                   \
        NEXT();                             \
    } while (0)

/* The reference v has just been let go of: what it was the last one of is finalized at once. */
#define LET_GO(v)                           \
    do {                                    \
        if (UNLIKELY(is_end_awaited(v))) {  \
            prompt_ask(t, value_object(v)); \
            SAVE();                         \
            goto poll;                      \
        }                                   \
    } while (0)
/* Stores None, which is how code lets go, into *slot of `object`. */
#define STORE_NONE(object, slot)            \
    do {                                    \
        Value before = value_load(slot);    \
        gc_store(object, slot, NONE);       \
        LET_GO(before);                     \
        NEXT();                             \
    } while (0)
/* CHECKED for an expression that may let go of references. */
#define CHECKED_LETTING_GO(expression)       \
    do {                                     \
        SAVE();                              \
        if (UNLIKELY(!(expression))) {       \
            goto error;                      \
        }                                    \
        if (UNLIKELY(thread_is_asked(t))) {  \
            goto poll;                       \
        }                                    \
        NEXT();                              \
    } while (0)

/* Enters a frame of function `callee` for code_, whose parameters are args[0..nargs); pc saved. */
#define ENTER_FRAME(code_, flags_)                                                           \
    do {                                                                                     \
        Frame *f_ = frame_of(args);                                                          \
        f_->func = callee;                                                                   \
        f_->code = object_value(code_);                                                      \
        f_->prev = r;                                                                        \
        f_->flags = (flags_);                                                                \
        locals_clear(args, nargs, code_->nlocals);                                           \
        t->base = r = args;                                                                  \
        k = code_->consts;                                                                   \
        caches = code_->caches;                                                              \
        pc = code_->instrs;                                                                  \
        t->depth++;                                                                          \
        if (UNLIKELY(t->depth > t->interp->recursion_limit || r + code_->nregs > t->stack_end || \
                     thread_poll_bits(t))) {                                                 \
            goto entered;                                                                    \
        }                                                                                    \
        NEXT();                                                                              \
    } while (0)

/* Enters the Python function `callee` with args[0..nargs) when its parameters are exactly those;
 * falls through otherwise. */
#define PUSH_SIMPLE_CALL()                                                                   \
    do {                                                                                     \
        Code *code_ = function_code(callee);                                                 \
        if (LIKELY(equal_acquire(&code_->call_shape, nargs + 1))) {                          \
            SAVE();                                                                          \
            if (UNLIKELY(frame_of(r)->flags & FRAME_GEN)) {                                  \
                args = vm_window_on_stack(t, r, args, nargs);                                \
            }                                                                                \
            ENTER_FRAME(code_, dest << FRAME_DEST_SHIFT);                                    \
        }                                                                                    \
    } while (0)

/* Ends a handler: a call of native code, which may use args[0..nargs) and the words behind. */
#define CALL_NATIVE(call)                                                               \
    do {                                                                                \
        SAVE();                                                                         \
        Value result_ = (call);                                                         \
        assert(!result_ == !!t->exc);                                                   \
        if (UNLIKELY(!result_)) {                                                       \
            goto error;                                                                 \
        }                                                                               \
        r[dest] = result_;                                                              \
        if (UNLIKELY(thread_is_asked(t))) {                                             \
            goto poll; /* handlers of signals that came during the call run at once */  \
        }                                                                               \
        NEXT();                                                                         \
    } while (0)

ALWAYS_INLINE char *stack_pointer(void)
{
    char *p;
#if defined(__x86_64__)
    __asm__ volatile("mov %%rsp, %0" : "=r"(p));
#else
    __asm__ volatile("mov %0, sp" : "=r"(p));
#endif
    return p;
}

static NOINLINE Value run_frames(Thread *t, Value *base);

/* Has the machine registers that the callers use saved in its frame, and notes where that ends:
 * gc.collect(), which run_frames calls with nothing but its window alive, lets the collector start
 * there.  And run_frames notes where its own frame ends, which in a call keeps nothing that is
 * needed, but words of the past as long as the thread is in it: see vm_scrub. */
Value vm_run(Thread *t, Value *base)
{
    char *outer = t->vm_entry, *outer_end = t->vm_end;
#if defined(__x86_64__)
    __asm__ volatile("" : : : "rbx", "r12", "r13", "r14", "r15", "memory");
#else
    __asm__ volatile(""
                     :
                     :
                     : "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
                       "memory");
#endif
    t->vm_entry = stack_pointer();
    Value v = run_frames(t, base);
    t->vm_entry = outer;
    t->vm_end = outer_end;
    return v;
}

static Value run_frames(Thread *t, Value *base)
{
    static const void *const narrow_table[256] = {
        [OP_CODE_COUNT ... 255] = &&invalid,
#define OP(name, format, a, b, c, effect) [OP_CODE_##name] = &&narrow_##name,
#include "core/bytecode/opcodes.def"
#undef OP
    };
    static const void *const wide_table[256] = {
        [OP_CODE_COUNT ... 255] = &&invalid,
#define OP(name, format, a, b, c, effect) [OP_CODE_##name] = &&wide_##name,
#include "core/bytecode/opcodes.def"
#undef OP
    };
    static const void *const trace_table[256] = {[0 ... 255] = &&trace_instruction};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
    static const void *const profile_table[256] = {
        [OP_CODE_COUNT... 255] = &&invalid,
#define OP(name, format, a, b, c, effect) [OP_CODE_##name] = &&narrow_##name,
#include "core/bytecode/opcodes.def"
#undef OP
#define PROFILED(name) [OP_CODE_##name] = &&trace_instruction
        PROFILED(WIDE),
        PROFILED(CALL),
        PROFILED(CALL_METHOD),
        PROFILED(CALL_KW),
        PROFILED(CALL_METHOD_KW),
        PROFILED(CALL_EX),
        PROFILED(LEN),
        PROFILED(WITH_EXIT),
        PROFILED(FOR_ITER),
        PROFILED(SEND),
#undef PROFILED
    };
#pragma GCC diagnostic pop
    const void *const *table = narrow_table;
    Value *r = base;
    const Instr *pc;
    const Value *k;
    InlineCache *caches;
    const Instr *at;
    volatile Instr w = 0; /* rarely used: kept out of the machine registers */
    /* operands of the shared exits */
    Value callee, *args, kwnames, result;
    size_t nargs;
    uint64_t dest, follow;
    bool add_traceback;

    assert(frame_of(r)->flags & FRAME_ENTRY);
    t->vm_end = stack_pointer();
    t->base = r;
    LOAD_FRAME();
    if (UNLIKELY(t->exc)) {
        vm_trace_throw(t, r);
        goto error;
    }
    if (frame_of(r)->flags & FRAME_GEN) {
        if (UNLIKELY(thread_is_asked(t))) {
            goto poll;
        }
        NEXT();
    }
    goto entered;

/* The fields as words, ready to be an index. */
#define OA ((uint64_t)UNIT_BYTE(1))
#define OB ((uint64_t)UNIT_BYTE(2))
#define OC ((uint64_t)UNIT_BYTE(3))
#define OBX ((uint64_t)UNIT_HIGH_HALF)
#define TARGET(name) narrow_##name:
#include "core/vm/ops/all.inc"
#undef TARGET
#undef OA
#undef OB
#undef OC
#undef OBX

#define OA ((uint64_t)UNIT_BYTE(1) | instr_a(w) << 8)
#define OB ((uint64_t)UNIT_BYTE(2) | instr_b(w) << 8)
#define OC ((uint64_t)UNIT_BYTE(3) | instr_c(w) << 8)
#define OBX ((uint64_t)UNIT_HIGH_HALF | instr_bx(w) << 16)
#define TARGET(name) wide_##name:
#include "core/vm/ops/all.inc"
#undef TARGET
#undef OA
#undef OB
#undef OC
#undef OBX

frame_or_error: /* t->pushed or an exception; dest, follow; pc saved */
    base = t->pushed;
    if (LIKELY(base)) {
        t->pushed = NULL;
        frame_of(base)->flags |= dest << FRAME_DEST_SHIFT;
        if (frame_of(base)->flags & FRAME_OPERATOR) {
            frame_of(base)->ns |= follow << 1;
        }
    }
    goto push_base;

call_function: /* callee is a Function; args, nargs, kwnames, dest */
    SAVE();
    base = vm_push_function(t, callee, args, nargs, kwnames,
                            frame_of(r)->flags & FRAME_GEN ? NULL : args, dest << FRAME_DEST_SHIFT);
    goto push_base;

call_class: /* callee is a class; args, nargs, dest; the unit before pc is the cache index */
    SAVE();
    {
        const AttrCache *known = cached_class(cache_load(CACHE(pc[-1])), callee);
        if (LIKELY(known != NULL) && known->value) {
            Object *self = object_alloc_instance(t, (Type *)value_object(callee), 0);
            if (UNLIKELY(!self)) {
                goto error;
            }
            if (UNLIKELY(frame_of(r)->flags & FRAME_GEN)) {
                args = vm_window_on_stack(t, r, args, nargs);
            }
            values_copy(args + 1, args, nargs++);
            args[0] = object_value(self);
            callee = known->value;
            Code *code = function_code(callee);
            if (LIKELY(equal_acquire(&code->call_shape, nargs + 1))) {
                frame_of(args)->ns = object_value(self);
                ENTER_FRAME(code, dest << FRAME_DEST_SHIFT | FRAME_INIT);
            }
            base = vm_push_function(t, callee, args, nargs, 0, args,
                                    dest << FRAME_DEST_SHIFT | FRAME_INIT);
            if (LIKELY(base)) {
                frame_of(base)->ns = object_value(self);
            }
            goto push_base;
        }
        if (known) {
            if (known->inner && nargs == 0) {
                CALL_NATIVE(object_value(object_alloc_instance(
                    t, (Type *)value_object(callee), 0)));
            }
            CALL_NATIVE(type_call(t, callee, args, nargs, 0));
        }
        vm_class_cache_fill(t, CACHE(pc[-1]), callee);
    }
call_any: /* callee, args, nargs, kwnames, dest */
    SAVE();
    {
        Value *window = frame_of(r)->flags & FRAME_GEN ? NULL : args;
        CallResult cr =
            vm_call_any(t, callee, args, nargs, kwnames, window, dest << FRAME_DEST_SHIFT);
        if (LIKELY(cr.value)) {
            r[dest] = cr.value;
            if (UNLIKELY(thread_is_asked(t))) {
                goto poll;
            }
            NEXT();
        }
        base = cr.base;
    }
push_base: /* base: new frame or NULL with an exception; pc saved */
    if (UNLIKELY(!base)) {
        goto error;
    }
    t->base = r = base;
    LOAD_FRAME();
    t->depth++;
entered: /* r runs from pc; depth counted */
    if (UNLIKELY(thread_poll_bits(t) | (uint32_t)(t->depth > t->interp->recursion_limit) |
                 (uint32_t)(r + frame_code_of(r)->nregs > t->stack_end))) {
        SAVE();
        if (UNLIKELY(t->depth > t->interp->recursion_limit ||
                     r + frame_code_of(r)->nregs > t->stack_end)) {
            goto too_deep;
        }
        goto poll;
    }
    NEXT();

too_deep: /* the frame just pushed is one too many; its caller raises */
    vm_recursion_error(t);
    t->depth--;
    if (frame_of(r)->flags & FRAME_ENTRY) {
        t->base = frame_of(r)->prev;
        return 0;
    }
    t->base = r = frame_of(r)->prev;
    goto error;

poll: /* pc saved */
    if (UNLIKELY(!vm_poll_between(t))) {
        goto error;
    }
    vm_forget_stack();
    table = narrow_table;
    if (UNLIKELY(thread_poll_bits(t) & POLL_TRACE)) {
        table = trace_table;
        if (!(frame_of(r)->flags & FRAME_TRACED) && pc == frame_code_of(r)->instrs) {
            if (!vm_trace_call(t, r)) {
                goto error;
            }
        }
    }
    NEXT();

trace_instruction: /* at is the next instruction, not yet run; pc behind it */
    SAVE();
    if (!(thread_poll_bits(t) & POLL_TRACE)) {
        table = narrow_table;
    } else {
        TraceStep step = vm_trace_instruction(t, r);
        if (UNLIKELY(step == TRACE_RAISED)) {
            goto error;
        }
        pc = frame_of(r)->pc; /* f_lineno may have been assigned */
        if (step == TRACE_DONE) {
            goto poll;
        }
        table = t->trace_fn || vm_enters_generator(pc - 1) ? trace_table : profile_table;
    }
    at = pc - 1;
    goto *narrow_table[UNIT_BYTE(0)];

return_special: /* result leaves frame r, which has flags */
    {
        uint64_t flags = frame_of(r)->flags;
        Value *prev = frame_of(r)->prev;
        bool coroutine = frame_code_of(r)->flags & CO_COROUTINE;
        Value ns = frame_of(r)->ns;
        if (LIKELY((flags & (FRAME_GEN | FRAME_OBJECT | FRAME_TRACED | FRAME_INIT)) == 0)) {
            /* special for what comes after */
        } else if (LIKELY((flags & (FRAME_GEN | FRAME_OBJECT | FRAME_TRACED)) == FRAME_GEN)) {
            t->depth++; /* counted down by generator_leave */
            generator_leave(t, generator_of(r), GEN_FINISHED);
            if (flags & FRAME_SEND) {
                generator_give(t, generator_of(r));
            }
        } else {
            result = vm_leave_special(t, r, result);
        }
        t->base = r = prev;
        if (flags & FRAME_ENTRY) {
            return result;
        }
        if (UNLIKELY(!result)) {
            goto error;
        }
        LOAD_FRAME();
        if (flags & FRAME_OPERATOR) {
            follow = (uint64_t)fixnum_get(ns);
            if (((follow & AFTER_KIND) > AFTER_COMPARE || UNLIKELY(result == NOT_IMPLEMENTED)) &&
                UNLIKELY(!(result = vm_operator_done(t, r, follow, result)))) {
                goto error;
            }
            if (follow & (AFTER_JUMP | AFTER_TRUTH)) {
                int truth = quick_truth(result);
                if (UNLIKELY(truth < 0) && (truth = object_truth(t, result)) < 0) {
                    goto error;
                }
                truth = truth == !!(follow & AFTER_WANT);
                if (follow & AFTER_JUMP) {
                    BRANCH(truth);
                }
                result = bool_value(truth);
            }
        }
        if (flags & FRAME_NEXT) {
            pc++;
        }
        if (flags & FRAME_ENTERS) {
            r[(flags >> FRAME_DEST_SHIFT) + 1] = result;
            result = ns;
        }
        if (flags & FRAME_FOR) {
            if (UNLIKELY(t->trace_fn != 0) && !is_none(result) && !vm_trace_stop(t, r, result)) {
                goto error;
            }
            pc += (int32_t)pc[-1];
            NEXT();
        }
        if (flags & FRAME_SEND) {
            if (UNLIKELY(t->trace_fn != 0) && (coroutine || !is_none(result)) &&
                !vm_trace_stop(t, r, result)) {
                goto error;
            }
            pc += (int32_t)pc[-1];
        }
        if (!(flags & FRAME_DISCARD)) {
            r[flags >> FRAME_DEST_SHIFT] = result;
        }
        NEXT();
    }

yield_result: /* result is handed to the resumer of the generator frame r; pc saved */
    {
        uint64_t flags = frame_of(r)->flags;
        if (UNLIKELY(flags & FRAME_TRACED) && !vm_trace_yield(t, r, result)) {
            goto error;
        }
        Generator *g = generator_of(r);
        if (flags & (FRAME_ENTRY | FRAME_UNBIASED)) {
            Value *resumer = generator_leave(t, g, GEN_SUSPENDED);
            if (LIKELY(flags & FRAME_ENTRY)) {
                if (!(flags & FRAME_SINK)) {
                    return result;
                }
                if (UNLIKELY(!generator_hand_over(t, g, result))) {
                    return 0;
                }
                LOAD_FRAME(); /* r is g's again */
                if (UNLIKELY(thread_is_asked(t))) {
                    goto poll;
                }
                NEXT();
            }
            r = resumer;
        } else {
            r = generator_unlink(t, g);
            generator_release_own(t, g, GEN_SUSPENDED);
        }
        LOAD_FRAME();
        r[flags >> FRAME_DEST_SHIFT] = result;
        NEXT();
    }

invalid:
    SAVE();
    system_error(t, "unknown opcode %d", (int)UNIT_BYTE(0));
error:
    add_traceback = true;
unwind:
    r = vm_unwind(t, r, add_traceback);
    if (!r) {
        return 0;
    }
    if (UNLIKELY(thread_poll_bits(t) & POLL_TRACE)) {
        table = trace_table;
    }
    LOAD_FRAME();
    NEXT();
}
