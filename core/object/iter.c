/* The iterator over anything with __getitem__, iter(callable, sentinel), and helpers of the
 * sequence types. */
#include "core/object/int.h"
#include "core/object/iter.h"

#include <limits.h>

#include "core/object/dict.h"
#include "core/object/tuple.h"

Value builtin_named(Thread *t, const char *name)
{
    Value v = dict_get_cstr(t, t->interp->builtins, name);
    if (v == 0 && !error_pending(t)) {
        raise_error(t, &exc_AttributeError, "%s", name);
    }
    return v;
}

bool slice_index_arg(Thread *t, Value v, ssize_t *out)
{
    if (!value_is_fixnum(v) && type_of(v)->index == NULL) {
        type_error(t, "slice indices must be integers or have an __index__ method");
        return false;
    }
    return value_to_ssize(t, v, out, NULL);
}

bool index_range_args(Thread *t, Value start, Value stop, ssize_t len, ssize_t *lo, ssize_t *hi)
{
    *lo = 0;
    *hi = len;
    if ((start != 0 && !slice_index_arg(t, start, lo)) ||
        (stop != 0 && !slice_index_arg(t, stop, hi))) {
        return false;
    }
    *lo = *lo < 0 ? *lo + len : *lo;
    *lo = *lo < 0 ? 0 : *lo;
    *hi = *hi < 0 ? *hi + len : *hi;
    *hi = *hi > len ? len : *hi;
    return true;
}

Value seq_iter_alloc(Thread *t, Type *type, Value seq, size_t pos)
{
    SeqIter *it = object_alloc_fast(t, type, sizeof(SeqIter));
    if (UNLIKELY(it == NULL)) {
        return 0;
    }
    gc_init(&it->seq, seq);
    it->pos = pos;
    return object_value(it);
}

void seq_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((SeqIter *)self)->seq);
}

Value seq_iter_new(Thread *t, Value seq)
{
    return seq_iter_alloc(t, &seq_iter_type, seq, 0);
}

static Value seq_iter_next(Thread *t, Value self)
{
    SeqIter *it = (SeqIter *)value_object(self);
    Value seq = value_load(&it->seq);
    if (seq == 0) {
        return 0;
    }
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    if (pos == (size_t)SSIZE_MAX) {
        return overflow_error(t, "iter index too large");
    }
    Type *type = type_of(seq);
    Value v = type->item != NULL ? type->item(t, seq, (ssize_t)pos)
                                 : object_getitem(t, seq, int_from_int64(t, (int64_t)pos));
    if (v != 0) {
        __atomic_store_n(&it->pos, pos + 1, __ATOMIC_RELAXED);
    } else if (error_clear_if(t, &exc_IndexError) || error_clear_if(t, &exc_StopIteration)) {
        gc_store(it, &it->seq, 0);
    }
    return v;
}

Value seq_iter_length_hint(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    Value seq = value_load(&it->seq);
    if (seq == 0) {
        return fixnum(0);
    }
    if (type_of(seq)->len == NULL) {
        return NOT_IMPLEMENTED;
    }
    ssize_t len = object_len(t, seq), pos = (ssize_t)__atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    if (len < 0) {
        return 0;
    }
    return int_from_int64(t, len > pos ? len - pos : 0);
}

Value seq_iter_reduced(Thread *t, SeqIter *it, const char *fn, Value empty, size_t pos)
{
    Value function = builtin_named(t, fn), seq = value_load(&it->seq);
    Value inner =
        function == 0 || (seq == 0 && empty == 0) ? 0 : tuple_pack(t, 1, seq == 0 ? empty : seq);
    if (inner == 0) {
        return 0;
    }
    return seq == 0 ? tuple_pack(t, 2, function, inner)
                    : tuple_pack(t, 3, function, inner, int_from_int64(t, (int64_t)pos));
}

Value seq_iter_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    return seq_iter_reduced(t, it, "iter", tuple_empty(), seq_iter_pos(it));
}

/* Moves to the position of a __setstate__, at least 0 and, with a limit by the length, at most
 * that. */
static Value seq_iter_move(Thread *t, SeqIter *it, Value state, bool clipped)
{
    ssize_t pos;
    if (!value_to_ssize(t, state, &pos, &exc_OverflowError)) {
        return 0;
    }
    Value seq = value_load(&it->seq);
    if (seq == 0) {
        return NONE;
    }
    ssize_t len = clipped ? object_len(t, seq) : SSIZE_MAX;
    if (len < 0) {
        return 0;
    }
    __atomic_store_n(&it->pos, (size_t)(pos < 0 ? 0 : pos > len ? len : pos), __ATOMIC_RELAXED);
    return NONE;
}

NATIVE_FN(seq_iter_setstate)
{
    return seq_iter_move(t, (SeqIter *)value_object(args[0]), args[1], false);
}

Value seq_iter_setstate_clipped(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return seq_iter_move(t, (SeqIter *)value_object(args[0]), args[1], true);
}

static const NativeDef seq_iter_methods[] = {
    SEQ_ITER_LENGTH_HINT_METHOD,
    SEQ_ITER_REDUCE_METHOD(seq_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate),
    {NULL, NULL, NULL, 0},
};

Type seq_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "iterator",
    .getattr = generic_getattr,
    .size = sizeof(SeqIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = seq_iter_trace,
    .iter = iter_self,
    .next = seq_iter_next,
    .methods = seq_iter_methods,
};

/* ---- iter(callable, sentinel) ---- */

typedef struct CallableIter {
    Object head;
    Value fn; /* atomic; 0: exhausted */
    Value sentinel;
} CallableIter;

static void callable_iter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((CallableIter *)self)->fn);
    trace_value(tr, ((CallableIter *)self)->sentinel);
}

Value callable_iter_new(Thread *t, Value fn, Value sentinel)
{
    CallableIter *it = object_alloc(t, &callable_iter_type, sizeof(CallableIter));
    if (it == NULL) {
        return 0;
    }
    gc_init(&it->fn, fn);
    gc_init(&it->sentinel, sentinel);
    return object_value(it);
}

static Value callable_iter_next(Thread *t, Value self)
{
    CallableIter *it = (CallableIter *)value_object(self);
    Value fn = value_load(&it->fn), sentinel = it->sentinel;
    if (fn == 0) {
        return 0;
    }
    Value v = call0(t, fn);
    if (v == 0) {
        if (error_clear_if(t, &exc_StopIteration)) {
            gc_store(it, &it->fn, 0);
        }
        return 0;
    }
    if (value_load(&it->fn) == 0) { /* the call went on with this iterator to its end */
        return 0;
    }
    int c = object_compare_bool(t, sentinel, v, CMP_EQ);
    if (c == 0) {
        return v;
    }
    if (c > 0) {
        gc_store(it, &it->fn, 0);
    }
    return 0;
}

NATIVE_FN(callable_iter_reduce)
{
    CallableIter *it = (CallableIter *)value_object(args[0]);
    Value iter = builtin_named(t, "iter");
    if (iter == 0) {
        return 0;
    }
    Value fn = value_load(&it->fn);
    Value inner = fn == 0 ? tuple_pack(t, 1, tuple_empty()) : tuple_pack(t, 2, fn, it->sentinel);
    return inner == 0 ? 0 : tuple_pack(t, 2, iter, inner);
}

static const NativeDef callable_iter_methods[] = {
    {"__reduce__()", callable_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type callable_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "callable_iterator",
    .getattr = generic_getattr,
    .size = sizeof(CallableIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = callable_iter_trace,
    .iter = iter_self,
    .next = callable_iter_next,
    .methods = callable_iter_methods,
};
