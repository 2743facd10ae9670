/* Iterators over sequences, and small helpers that the container types share. */
#ifndef CORE_OBJECT_ITER_H
#define CORE_OBJECT_ITER_H

#include "core/object/descr.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/tuple.h"

/* Head of a native function; absent optional parameters are 0 in args. */
#define NATIVE_FN(name)                                                                            \
    static Value name(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)

/* Iterator over a list, a tuple or anything with __getitem__ (one layout for the types below).
 * seq becomes 0 when exhausted.  One thread owns it in the usual case; threads that race may get an
 * item twice, never a torn one. */
typedef struct SeqIter {
    Object head;
    Value seq;   /* atomic; 0: exhausted */
    size_t pos;  /* atomic relaxed; list_reverseiterator: items left */
} SeqIter;
extern Type tuple_iter_type, list_iter_type, list_reverse_iter_type, seq_iter_type,
    callable_iter_type;

static inline size_t seq_iter_pos(SeqIter *it)
{
    return __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
}

/* The next item of a list's iterator; 0: exhausted. */
static inline Value list_iter_step(SeqIter *it)
{
    Value seq = value_load(&it->seq);
    if (UNLIKELY(seq == 0)) {
        return 0;
    }
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    Value v = list_get(seq, pos);
    if (LIKELY(v != 0)) {
        __atomic_store_n(&it->pos, pos + 1, __ATOMIC_RELAXED);
    } else {
        gc_store(it, &it->seq, 0);
    }
    return v;
}

/* The same of a list's reverse iterator. */
static inline Value list_reverse_iter_step(SeqIter *it)
{
    Value seq = value_load(&it->seq);
    size_t left = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    Value v = seq != 0 && left > 0 ? list_get(seq, left - 1) : 0;
    if (LIKELY(v != 0)) {
        __atomic_store_n(&it->pos, left - 1, __ATOMIC_RELAXED);
    } else {
        gc_store(it, &it->seq, 0);
    }
    return v;
}

/* The same of a tuple's iterator. */
static inline Value tuple_iter_step(SeqIter *it)
{
    Value seq = value_load(&it->seq);
    if (UNLIKELY(seq == 0)) {
        return 0;
    }
    size_t pos = __atomic_load_n(&it->pos, __ATOMIC_RELAXED);
    if (UNLIKELY(pos >= tuple_len(seq))) {
        gc_store(it, &it->seq, 0);
        return 0;
    }
    __atomic_store_n(&it->pos, pos + 1, __ATOMIC_RELAXED);
    return tuple_get(seq, pos);
}

/* iter_next of an iterator that object_iter gave, the commonest kinds inline. */
static inline Value iter_take(Thread *t, Value it)
{
    const Type *type = type_of(it);
    return type == &list_iter_type    ? list_iter_step((SeqIter *)value_object(it))
           : type == &tuple_iter_type ? tuple_iter_step((SeqIter *)value_object(it))
                                      : iter_next(t, it);
}

/* What a loop in C takes items from: a list or tuple by position, with no iterator for it, or the
 * iterator of anything else.  Whoever stops early leaves no one a started iterator of a list. */
typedef struct Items {
    Value from; /* list, tuple or iterator */
    size_t pos; /* of a list or tuple */
    enum { ITEMS_ITER, ITEMS_LIST, ITEMS_TUPLE } kind;
} Items;

/* Raises what iter(iterable) does.  Effects: runs Python (__iter__). */
NODISCARD static inline bool items_start(Thread *t, Items *items, Value iterable)
{
    items->pos = 0;
    items->kind = value_is_list_exact(iterable)    ? ITEMS_LIST
                  : value_is_tuple_exact(iterable) ? ITEMS_TUPLE
                                                   : ITEMS_ITER;
    items->from = items->kind == ITEMS_ITER ? object_iter(t, iterable) : iterable;
    return items->from != 0;
}

/* The next item; 0 at the end or when it raised. */
static inline Value items_take(Thread *t, Items *items)
{
    switch (items->kind) {
    case ITEMS_LIST: return list_get(items->from, items->pos++);
    case ITEMS_TUPLE:
        return items->pos < tuple_len(items->from) ? tuple_get(items->from, items->pos++) : 0;
    case ITEMS_ITER: break;
    }
    return iter_next(t, items->from);
}

/* Are they those of an iterator that gives many at once (Type.each)? */
static inline bool items_have_each(const Items *items)
{
    return items->kind == ITEMS_ITER && type_of(items->from)->each != NULL;
}

Value seq_iter_alloc(Thread *t, Type *type, Value seq, size_t pos);
void seq_iter_trace(Object *self, Tracer *tr);
/* What __reduce__ answers: (function `fn` of builtins, (sequence,), pos), or (fn, (empty,)) of an
 * exhausted one. The function is looked up first, as that may run code that uses the iterator. */
Value seq_iter_reduced(Thread *t, SeqIter *it, const char *fn, Value empty, size_t pos);
/* Native methods: __reduce__ with an empty tuple for an exhausted one; __length_hint__ by the
 * sequence's len; __setstate__ that clips to 0..len. */
Value seq_iter_reduce(Thread *t, Value *args, size_t n, Value kw);
Value seq_iter_length_hint(Thread *t, Value *args, size_t n, Value kw);
Value seq_iter_setstate_clipped(Thread *t, Value *args, size_t n, Value kw);
#define SEQ_ITER_LENGTH_HINT_METHOD \
    {"__length_hint__()", seq_iter_length_hint, "Private method returning an estimate of len(list(it)).", 0}
#define SEQ_ITER_REDUCE_METHOD(fn) {"__reduce__()", fn, "Return state information for pickling.", 0}
#define SEQ_ITER_SETSTATE_METHOD(fn)                                                               \
    {                                                                                              \
        "__setstate__(state, /)", fn, "Set state information for unpickling.", 0                   \
    }
/* Iterator that calls seq[0], seq[1], ... until IndexError. */
Value seq_iter_new(Thread *t, Value seq);
/* iter(callable, sentinel) */
Value callable_iter_new(Thread *t, Value fn, Value sentinel);

/* The object `name` of the builtins namespace, as __reduce__ methods name it.  AttributeError when
 * absent. */
Value builtin_named(Thread *t, const char *name);
/* Argument of index(x, start, stop): any __index__, clipped. */
NODISCARD bool slice_index_arg(Thread *t, Value v, ssize_t *out);
/* start/stop arguments (0: absent) of index() for a sequence of len items. */
NODISCARD bool index_range_args(Thread *t, Value start, Value stop, ssize_t len, ssize_t *lo,
                                ssize_t *hi);

#define CLASS_GETITEM_METHOD \
    {"__class_getitem__(object, /)", generic_alias_class_getitem, "See PEP 585", NATIVE_CLASS}

#endif
