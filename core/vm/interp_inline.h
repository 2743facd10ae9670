/* Fast paths that handlers share: tests and arithmetic on tagged words, guards of inline caches. */
#ifndef CORE_VM_INTERP_INLINE_H
#define CORE_VM_INTERP_INLINE_H

#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/let_go.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

static inline bool both_fixnum(Value a, Value b) { return a & b & 1; }
static inline bool both_flonum(Value a, Value b)
{
    return (((a ^ FLOAT_TAG) | (b ^ FLOAT_TAG)) & 7) == 0;
}
static inline bool is_exact(Value v, Type *ty)
{
    return value_is_object(v) && value_object(v)->type == ty;
}

/* Fixnum arithmetic on tagged words; false: overflow. */
static inline bool fixnum_add(Value a, Value b, Value *out)
{
    int64_t s;
    bool overflow = __builtin_add_overflow((int64_t)a, (int64_t)(b - 1), &s);
    *out = (Value)s;
    return !overflow;
}
static inline bool fixnum_sub(Value a, Value b, Value *out)
{
    int64_t s;
    bool overflow = __builtin_sub_overflow((int64_t)a, (int64_t)(b - 1), &s);
    *out = (Value)s;
    return !overflow;
}
static inline bool fixnum_mul(Value a, Value b, Value *out)
{
    int64_t s;
    bool overflow = __builtin_mul_overflow((int64_t)a >> 1, (int64_t)(b - 1), &s);
    *out = (Value)s | 1;
    return !overflow;
}
/* Floor division; false: by zero, or the one overflow. */
static inline bool fixnum_floordiv(Value a, Value b, Value *out)
{
    int64_t x = fixnum_get(a), y = fixnum_get(b);
    if (UNLIKELY(y == 0 || y == -1)) {
        return false;
    }
    if (LIKELY(((uint64_t)x | (uint64_t)y) >> 32 == 0)) {
        *out = fixnum((uint32_t)x / (uint32_t)y);
        return true;
    }
    int64_t q = x / y;
    q -= (x % y != 0) & ((x ^ y) < 0);
    *out = fixnum(q);
    return true;
}
static inline bool fixnum_mod(Value a, Value b, Value *out)
{
    int64_t x = fixnum_get(a), y = fixnum_get(b);
    if (UNLIKELY(y == 0 || y == -1)) {
        return false;
    }
    if (LIKELY(((uint64_t)x | (uint64_t)y) >> 32 == 0)) {
        *out = fixnum((uint32_t)x % (uint32_t)y);
        return true;
    }
    int64_t m = x % y;
    *out = fixnum(m != 0 && (m ^ y) < 0 ? m + y : m);
    return true;
}
static inline bool fixnum_lshift(Value a, Value b, Value *out)
{
    int64_t x = fixnum_get(a), n = fixnum_get(b);
    if (UNLIKELY((uint64_t)n > 61 || x > FIXNUM_MAX >> n || x < FIXNUM_MIN >> n)) {
        return false;
    }
    *out = fixnum((int64_t)((uint64_t)x << n));
    return true;
}
static inline bool fixnum_rshift(Value a, Value b, Value *out)
{
    int64_t n = fixnum_get(b);
    if (UNLIKELY(n < 0)) {
        return false;
    }
    *out = fixnum(fixnum_get(a) >> (n > 63 ? 63 : n));
    return true;
}

/* Truth without calls: 1, 0, or -1: ask object_truth. */
static inline int quick_truth(Value v)
{
    if (LIKELY(v == TRUE_VALUE)) {
        return 1;
    }
    if (LIKELY(v == FALSE_VALUE) || v == NONE) {
        return 0;
    }
    return v & 1 ? v != fixnum(0) : -1;
}

/* ---- inline caches ---- */
static inline uint64_t cache_load(InlineCache *ic)
{
    return atomic_load_explicit(&ic->word, memory_order_acquire);
}
/* The value of a variable in globals by cache, or 0. */
static inline Value cached_in_globals(uint64_t word, Value globals)
{
    DictTable *table = dict_table(globals);
    return LIKELY(equal_relaxed(&table->guard_id, cache_id(word)))
               ? value_load((Value *)table + (word >> 32))
               : 0;
}
/* The same of one in builtins. */
static inline Value cached_builtin(uint64_t word, const Function *fn)
{
    if (UNLIKELY(!word) || UNLIKELY(word & 1)) {
        return 0;
    }
    const GlobalCache *gc = (const GlobalCache *)word;
    DictTable *table = dict_table(fn->globals);
    return LIKELY(table == gc->globals) &&
                   LIKELY(equal_acquire(&table->count, gc->globals_count)) &&
                   LIKELY(dict_table(fn->builtins) == gc->builtins)
               ? value_load(gc->slot)
               : 0;
}
/* The same wherever it is, builtins first. */
static inline Value cached_global(uint64_t word, const Function *fn)
{
    Value v = cached_builtin(word, fn);
    return LIKELY(v) ? v : cached_in_globals(word, fn->globals);
}
/* An attribute held in a field of the object, by packed cache word; 0: miss, or another word. */
static inline Value cached_field(uint64_t word, Value o)
{
    return LIKELY(value_is_object(o)) && LIKELY(object_guard_is(value_object(o), cache_id(word)))
               ? value_load((Value *)value_object(o) + cache_slot(word))
               : 0;
}
/* What a record of a class or module attribute knows, in the usual cases, nothing being passed as
 * self; 0: another word, or a miss. */
ALWAYS_INLINE Value cached_value(uint64_t word, Value o)
{
    const AttrCache *ac = (const AttrCache *)word;
    if (!word || (word & 1) || !value_is_object(o)) {
        return 0;
    }
    Object *object = value_object(o);
    if (ac->kind == ATTR_VALUE) {
        return LIKELY(object_guard_is(object, ac->id)) ? ac->value : 0;
    }
    if (ac->kind == ATTR_TYPE) {
        return LIKELY(object == ac->owner) && LIKELY(type_version((Type *)object) == ac->id) &&
                       LIKELY(type_version(object->type) == ac->meta_id)
                   ? ac->value
                   : 0;
    }
    if (ac->kind == ATTR_MODULE) {
        return LIKELY(object->type == &module_type) &&
                       LIKELY(&dict_table(module_dict(o))->head == ac->owner)
                   ? value_load(ac->slot)
                   : 0;
    }
    return 0;
}
/* Is the word a record of a method that the class of o, an object with a header, has? */
static inline bool word_is_method(uint64_t word, Value o)
{
    return LIKELY(word) && LIKELY(!(word & 1)) && LIKELY(value_is_object(o)) &&
           LIKELY(object_guard_is(value_object(o), ((const AttrCache *)word)->method_id));
}

static inline bool word_is_poly(uint64_t word)
{
    return word && !(word & 1) && ((const AttrCache *)word)->kind == ATTR_POLY;
}
/* The word that a PolyCache has for o, or 0.  The branches are predicted: what goes on with the
 * word need not wait for the comparison. */
static inline uint64_t poly_find(const PolyCache *pc, Value o)
{
    uint32_t id = value_guard_id(o);
    for (uint32_t i = 0; i < pc->count; i++) {
        if (pc->ids[i] == id) {
            return pc->words[i];
        }
    }
    return 0;
}

/* Do the n positional arguments and the keywords behind them stand where function f's parameters
 * do?  By the cache of a CALL_KW. */
static inline bool keywords_in_order(uint64_t word, Value f, size_t n)
{
    const KeywordCache *kc = (const KeywordCache *)word;
    return kc && kc->in_order && kc->code == function_code(f) && kc->n == n;
}
/* a == b for two exact strs: 1 or 0; -1: they are something else. */
static inline int quick_str_eq(Value a, Value b)
{
    if (!is_exact(a, &str_type) || !is_exact(b, &str_type)) {
        return -1;
    }
    return a == b || (str_len(a) == str_len(b) && str_eq(a, b));
}
/* The same for another comparison than ==: -1 unless it is !=. */
static inline int quick_str_compare(CompareOp op, Value a, Value b)
{
    int equal = op == CMP_EQ || op == CMP_NE ? quick_str_eq(a, b) : -1;
    return equal < 0 ? -1 : equal == (op == CMP_EQ);
}
/* len(o) of a built-in sequence or dict, or 0: has to be called. */
static inline Value quick_len(Value o)
{
    if (UNLIKELY(!value_is_object(o))) {
        return 0;
    }
    Type *type = value_object(o)->type;
    return type == &list_type    ? fixnum((int64_t)list_len(o))
           : type == &str_type   ? fixnum((int64_t)str_len(o))
           : type == &tuple_type ? fixnum((int64_t)tuple_len(o))
           : type == &dict_type  ? fixnum((int64_t)dict_len(o))
                                 : 0;
}
/* What the cache of a CALL knows of the class callee, an ATTR_INIT, or NULL. */
static inline const AttrCache *cached_class(uint64_t word, Value callee)
{
    const AttrCache *ac = (const AttrCache *)word;
    if (UNLIKELY(!ac) || UNLIKELY(word & 1) || UNLIKELY(ac->owner != value_object(callee)) ||
        UNLIKELY(ac->id != type_version((Type *)value_object(callee))) ||
        UNLIKELY(type_of(callee)->call != type_type.call)) {
        return NULL;
    }
    return ac;
}

/* frame_makes, for where it is seldom asked: one thread has the world alone mostly. */
bool vm_frame_makes(Value *base, const Instr *pc, Value o);
/* Adds the slot that the record describes, in frame base by an instruction that ends at pc; not
 * where that takes a lock. */
ALWAYS_INLINE bool store_transition(const Instr *pc, Value *base, Value o, Value v,
                                    const AttrCache *ac)
{
    if (ac->kind != ATTR_TRANSITION || !value_is_object(o) ||
        !object_guard_is(value_object(o), ac->id) ||
        (UNLIKELY(world_is_shared()) && !vm_frame_makes(base, pc, o))) {
        return false;
    }
    Object *object = value_object(o);
    gc_store(object, (Value *)((char *)object + ac->offset), v);
    GC_STORE_PTR(object, &instance_part(object)->shape, (Shape *)ac->owner);
    return true;
}

/* A new generator was left in register dest of a frame whose next instruction is at pc.  Does that
 * await it, dest being a temporary, which the compiler does not use again? */
static inline void generator_set_owned(Value generator, const Code *code, const Instr *pc,
                                       unsigned dest)
{
    if (instr_op(*pc) == OP_CODE_GET_AWAITABLE && instr_b(*pc) == dest &&
        dest >= (unsigned)code->nlocals + code->ncells + code->nfrees) {
        ((Generator *)value_object(generator))->owned = true;
    }
}

/* ---- tracing ---- */
typedef enum TraceStep {
    TRACE_RAISED,
    TRACE_RUN,  /* the instruction is to be run */
    TRACE_DONE, /* it was a call and has been made */
} TraceStep;
NODISCARD TraceStep vm_trace_instruction(Thread *t, Value *base);
/* May the instruction lead into a generator, whose frame then goes on without a poll? */
static inline bool vm_enters_generator(const Instr *at)
{
    unsigned op = instr_op(*at) == OP_CODE_WIDE ? instr_op(at[1]) : instr_op(*at);
    return op == OP_CODE_FOR_ITER || op == OP_CODE_SEND;
}
/* The call event of a generator that an exception is thrown into. */
void vm_trace_throw(Thread *t, Value *base);
void vm_trace_exception(Thread *t, Value *base);
NODISCARD bool vm_trace_return(Thread *t, Value *base, Value v);
/* FOR_ITER's iterator raised: true, and nothing pending, when it was StopIteration, which trace
 * functions see. */
COLD bool vm_end_iteration(Thread *t, Value *base);
NODISCARD bool vm_trace_stop(Thread *t, Value *base, Value result);
NODISCARD bool vm_trace_yield(Thread *t, Value *base, Value v);
/* Copies a call's arguments from a generator's window to a new one on the stack, header room
 * included. */
Value *vm_window_on_stack(Thread *t, Value *base, const Value *args, size_t n);

#endif
