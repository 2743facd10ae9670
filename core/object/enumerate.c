/* The iterators that builtins offers as types: enumerate, reversed, zip, map, filter. */
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"

extern Type enumerate_type, reversed_type, zip_type, map_type, filter_type;

/* ---- enumerate ---- */

typedef struct Enumerate {
    Object head;
    Value it;
    Value index; /* int: index of the next item; atomic relaxed */
} Enumerate;

static void enumerate_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Enumerate *)self)->it);
    trace_value(tr, ((Enumerate *)self)->index);
}

static Value enumerate_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    if (n + nkw > 2) {
        return type_error(t, "enumerate() takes at most 2 arguments (%zu given)", n + nkw);
    }
    static Signature sig = SIGNATURE("enumerate(iterable, start=0)");
    Value a[2];
    if (n + nkw == 0) {
        return type_error(t, "enumerate() missing required argument 'iterable'");
    }
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value start = a[1] == 0 ? fixnum(0) : number_index(t, a[1]);
    Value it = start == 0 ? 0 : object_iter(t, a[0]);
    Enumerate *e = it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (e == NULL) {
        return 0;
    }
    gc_init(&e->it, it);
    gc_init(&e->index, start);
    return object_value(e);
}

static int enumerate_next_into(Thread *t, Value self, Value *out, size_t n)
{
    if (n != 2) {
        return -1;
    }
    Enumerate *e = (Enumerate *)value_object(self);
    out[1] = iter_take(t, e->it);
    if (out[1] == 0) {
        return 0;
    }
    Value index = value_load(&e->index);
    Value next = LIKELY(value_is_fixnum(index)) && fixnum_get(index) < FIXNUM_MAX
                     ? fixnum(fixnum_get(index) + 1)
                     : int_add(t, index, fixnum(1));
    if (next == 0) {
        return 0;
    }
    gc_store(e, &e->index, next);
    out[0] = index;
    return 1;
}

static Value enumerate_next(Thread *t, Value self)
{
    Value pair[2];
    return enumerate_next_into(t, self, pair, 2) > 0 ? tuple_pair(t, pair[0], pair[1]) : 0;
}

NATIVE_FN(enumerate_reduce)
{
    Enumerate *e = (Enumerate *)value_object(args[0]);
    Value inner = tuple_pack(t, 2, e->it, value_load(&e->index));
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef enumerate_methods[] = {
    {"__reduce__()", enumerate_reduce, "Return state information for pickling.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

Type enumerate_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "enumerate",
    .getattr = generic_getattr,
    .doc = "Return an enumerate object.\n\n  iterable\n    an object supporting iteration\n\n"
           "The enumerate object yields pairs of a count (from start, which\n"
           "defaults to zero) and a value yielded by the iterable argument.",
    .sig = "enumerate(iterable, start=0)",
    .size = sizeof(Enumerate),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = enumerate_trace,
    .new = enumerate_new,
    .iter = iter_self,
    .next = enumerate_next,
    .next_into = enumerate_next_into,
    .methods = enumerate_methods,
};

/* ---- reversed ---- */

typedef struct Reversed {
    Object head;
    Value seq;     /* atomic; 0: exhausted */
    ssize_t index; /* of the next item; atomic relaxed */
} Reversed;

static void reversed_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Reversed *)self)->seq);
}

static Value reversed_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &reversed_type || type->init == reversed_type.init) &&
        !args_no_kw(t, "reversed", kwnames)) {
        return 0;
    }
    if (!args_count(t, "reversed", n, 1, 1)) {
        return 0;
    }
    Value seq = args[0], method = lookup_special(t, seq, N(__reversed__));
    if (method != 0 && is_none(method)) {
        return type_error(t, "'%T' object is not reversible", seq);
    }
    if (method != 0) {
        return call0(t, method);
    }
    if (error_pending(t)) {
        return 0;
    }
    if (!value_is_sequence(seq)) {
        return type_error(t, "'%T' object is not reversible", seq);
    }
    ssize_t len = object_len(t, seq);
    Reversed *r = len < 0 ? NULL : object_alloc_instance(t, type, 0);
    if (r == NULL) {
        return 0;
    }
    gc_init(&r->seq, seq);
    r->index = len - 1;
    return object_value(r);
}

static Value reversed_next(Thread *t, Value self)
{
    Reversed *r = (Reversed *)value_object(self);
    Value seq = value_load(&r->seq);
    ssize_t i = __atomic_load_n(&r->index, __ATOMIC_RELAXED);
    if (seq == 0 || i < 0) {
        gc_store(r, &r->seq, 0);
        return 0;
    }
    Type *type = type_of(seq);
    Value v =
        type->item != NULL ? type->item(t, seq, i) : object_getitem(t, seq, int_from_int64(t, i));
    if (v != 0) {
        __atomic_store_n(&r->index, i - 1, __ATOMIC_RELAXED);
        return v;
    }
    if (error_clear_if(t, &exc_IndexError) || error_clear_if(t, &exc_StopIteration)) {
        __atomic_store_n(&r->index, -1, __ATOMIC_RELAXED);
        gc_store(r, &r->seq, 0);
    }
    return 0;
}

NATIVE_FN(reversed_length_hint)
{
    Reversed *r = (Reversed *)value_object(args[0]);
    Value seq = value_load(&r->seq);
    if (seq == 0) {
        return fixnum(0);
    }
    ssize_t len = object_len(t, seq), left = __atomic_load_n(&r->index, __ATOMIC_RELAXED) + 1;
    if (len < 0) {
        return 0;
    }
    return int_from_int64(t, len < left ? 0 : left);
}

NATIVE_FN(reversed_reduce)
{
    Reversed *r = (Reversed *)value_object(args[0]);
    Value type = object_value(type_of(args[0])), seq = value_load(&r->seq);
    ssize_t index = __atomic_load_n(&r->index, __ATOMIC_RELAXED);
    Value inner = tuple_pack(t, 1, seq == 0 ? tuple_empty() : seq);
    if (inner == 0) {
        return 0;
    }
    return seq == 0 ? tuple_pack(t, 2, type, inner)
                    : tuple_pack(t, 3, type, inner, int_from_int64(t, index));
}

NATIVE_FN(reversed_setstate)
{
    Reversed *r = (Reversed *)value_object(args[0]);
    ssize_t i;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    Value seq = value_load(&r->seq);
    if (seq != 0) {
        ssize_t len = object_len(t, seq);
        if (len < 0) {
            return 0;
        }
        i = i < -1 ? -1 : i > len - 1 ? len - 1 : i;
        __atomic_store_n(&r->index, i, __ATOMIC_RELAXED);
    }
    return NONE;
}

static const NativeDef reversed_methods[] = {
    {"__length_hint__()", reversed_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    {"__reduce__()", reversed_reduce, "Return state information for pickling.", 0},
    {"__setstate__(state, /)", reversed_setstate, "Set state information for unpickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type reversed_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "reversed",
    .getattr = generic_getattr,
    .doc = "Return a reverse iterator over the values of the given sequence.",
    .sig = "reversed(sequence, /)",
    .size = sizeof(Reversed),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = reversed_trace,
    .new = reversed_new,
    .iter = iter_self,
    .next = reversed_next,
    .methods = reversed_methods,
};

/* ---- zip, map, filter: a tuple of iterators and perhaps a function ---- */

typedef struct Combine {
    Object head;
    Value fn;     /* map, filter; or 0 */
    Value its;    /* zip, map: tuple of iterators; filter: the iterator */
    _Atomic bool strict; /* zip; __setstate__ may set it at any moment */
} Combine;

static void combine_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Combine *)self)->fn);
    trace_value(tr, ((Combine *)self)->its);
}

static Value iterators_of(Thread *t, const Value *args, size_t n)
{
    Value its = tuple_new(t, n);
    for (size_t i = 0; its != 0 && i < n; i++) {
        Value it = object_iter(t, args[i]);
        if (it == 0) {
            return 0;
        }
        gc_store(value_object(its), &value_tuple(its)->items[i], it);
    }
    return its;
}

static Value combine_alloc(Thread *t, Type *type, Value fn, Value its)
{
    Combine *c = its == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return 0;
    }
    gc_init(&c->fn, fn);
    gc_init(&c->its, its);
    return object_value(c);
}

static Value zip_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    int strict = 0;
    if (kwnames != 0 && tuple_len(kwnames) > 0) {
        if (tuple_len(kwnames) > 1) {
            return type_error(t, "zip() takes at most 1 keyword argument (%zu given)",
                              tuple_len(kwnames));
        }
        if (tuple_get(kwnames, 0) != N(strict) && !str_eq(tuple_get(kwnames, 0), N(strict))) {
            return type_error(t, "'%U' is an invalid keyword argument for zip()",
                              tuple_get(kwnames, 0));
        }
        strict = object_truth(t, args[n]);
        if (strict < 0) {
            return 0;
        }
    }
    Value z = combine_alloc(t, type, 0, iterators_of(t, args, n));
    if (z != 0) {
        store_relaxed(&((Combine *)value_object(z))->strict, strict);
    }
    return z;
}

static Value zip_uneven(Thread *t, size_t i, const char *what)
{
    return i == 1 ? value_error(t, "zip() argument 2 is %s than argument 1", what)
                  : value_error(t, "zip() argument %zu is %s than arguments 1-%zu", i + 1, what, i);
}

/* Iterator i of a strict zip is exhausted. */
static Value zip_check_end(Thread *t, Value its, size_t i)
{
    if (error_pending(t) && !error_clear_if(t, &exc_StopIteration)) {
        return 0;
    }
    if (i > 0) {
        return zip_uneven(t, i, "shorter");
    }
    for (i = 1; i < tuple_len(its); i++) {
        if (iter_next(t, tuple_get(its, i)) != 0) {
            return zip_uneven(t, i, "longer");
        }
        if (error_pending(t)) {
            return 0;
        }
    }
    return 0;
}

static Value zip_next(Thread *t, Value self)
{
    Combine *z = (Combine *)value_object(self);
    Value its = z->its;
    size_t n = tuple_len(its);
    if (n == 0) {
        return 0;
    }
    Value r = tuple_new(t, n);
    if (r == 0) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        Value v = iter_take(t, tuple_get(its, i));
        if (v == 0) {
            return z->strict ? zip_check_end(t, its, i) : 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[i], v);
    }
    return r;
}

static int zip_next_into(Thread *t, Value self, Value *out, size_t n)
{
    Combine *z = (Combine *)value_object(self);
    if (n == 0 || tuple_len(z->its) != n) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = iter_take(t, tuple_get(z->its, i));
        if (out[i] == 0) {
            if (z->strict) {
                zip_check_end(t, z->its, i);
            }
            return 0;
        }
    }
    return 1;
}

NATIVE_FN(zip_reduce)
{
    Combine *z = (Combine *)value_object(args[0]);
    Value type = object_value(type_of(args[0]));
    return z->strict ? tuple_pack(t, 3, type, z->its, TRUE_VALUE) : tuple_pack(t, 2, type, z->its);
}

NATIVE_FN(zip_setstate)
{
    int strict = object_truth(t, args[1]);
    if (strict < 0) {
        return 0;
    }
    store_relaxed(&((Combine *)value_object(args[0]))->strict, strict);
    return NONE;
}

static const NativeDef zip_methods[] = {
    {"__reduce__()", zip_reduce, "Return state information for pickling.", 0},
    {"__setstate__(state, /)", zip_setstate, "Set state information for unpickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type zip_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "zip",
    .getattr = generic_getattr,
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\n"
           "The i-th element of every tuple comes from the i-th iterable.  With strict,\n"
           "a ValueError is raised when one iterable is exhausted before the others.\n\n"
           ">>> list(zip('ab', range(9)))\n[('a', 0), ('b', 1)]",
    .size = sizeof(Combine),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = combine_trace,
    .new = zip_new,
    .iter = iter_self,
    .next = zip_next,
    .next_into = zip_next_into,
    .methods = zip_methods,
};

static Value map_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &map_type || type->init == map_type.init) && !args_no_kw(t, "map", kwnames)) {
        return 0;
    }
    if (n < 2) {
        return type_error(t, "map() must have at least two arguments.");
    }
    return combine_alloc(t, type, args[0], iterators_of(t, args + 1, n - 1));
}

static Value map_next_many(Thread *t, Combine *m, size_t n)
{
    Value few[8], *args = few, holder = 0;
    if (n > ARRAY_SIZE(few)) {
        holder = tuple_new(t, n);
        if (holder == 0) {
            return 0;
        }
        args = value_tuple(holder)->items;
    }
    for (size_t i = 0; i < n; i++) {
        Value v = iter_take(t, tuple_get(m->its, i));
        if (v == 0) {
            return 0;
        }
        args[i] = v;
    }
    return call(t, m->fn, args, n, 0);
}

static Value map_next(Thread *t, Value self)
{
    Combine *m = (Combine *)value_object(self);
    if (LIKELY(tuple_len(m->its) == 1)) {
        Value v = iter_take(t, tuple_get(m->its, 0));
        return v == 0 ? 0 : call1(t, m->fn, v);
    }
    return map_next_many(t, m, tuple_len(m->its));
}

static bool map_each(Thread *t, Value self, ItemFn take, void *arg)
{
    Combine *m = (Combine *)value_object(self);
    bool one = tuple_len(m->its) == 1;
    Value it = one ? tuple_get(m->its, 0) : 0;
    UnaryCall fn;
    unary_call_prepare(t, &fn, m->fn);
    while (thread_poll(t)) {
        Value v = one ? iter_take(t, it) : map_next_many(t, m, tuple_len(m->its));
        v = v && one ? unary_call(t, &fn, v) : v;
        if (v == 0) {
            return !error_pending(t) || error_clear_if(t, &exc_StopIteration);
        }
        if (!take(t, arg, v)) {
            break;
        }
    }
    return false;
}

NATIVE_FN(map_reduce)
{
    Combine *m = (Combine *)value_object(args[0]);
    size_t k = tuple_len(m->its);
    Value inner = tuple_new(t, k + 1);
    if (inner == 0) {
        return 0;
    }
    gc_store(value_object(inner), &value_tuple(inner)->items[0], m->fn);
    for (size_t i = 0; i < k; i++) {
        gc_store(value_object(inner), &value_tuple(inner)->items[i + 1], tuple_get(m->its, i));
    }
    return tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef map_methods[] = {
    {"__reduce__()", map_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type map_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "map",
    .getattr = generic_getattr,
    .doc = "map(func, *iterables) --> map object\n\n"
           "Make an iterator that computes the function using arguments from\n"
           "each of the iterables.  Stops when the shortest iterable is exhausted.",
    .size = sizeof(Combine),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = combine_trace,
    .new = map_new,
    .iter = iter_self,
    .next = map_next,
    .each = map_each,
    .methods = map_methods,
};

static Value filter_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &filter_type || type->init == filter_type.init) &&
        !args_no_kw(t, "filter", kwnames)) {
        return 0;
    }
    if (!args_count(t, "filter", n, 2, 2)) {
        return 0;
    }
    return combine_alloc(t, type, args[0], object_iter(t, args[1]));
}

static Value filter_next(Thread *t, Value self)
{
    Combine *f = (Combine *)value_object(self);
    bool plain = is_none(f->fn) || f->fn == object_value(&bool_type);
    for (;;) {
        Value v = iter_take(t, f->its);
        if (v == 0) {
            return 0;
        }
        Value verdict = plain ? v : call1(t, f->fn, v);
        int c = verdict == 0 ? -1 : object_truth(t, verdict);
        if (c != 0) {
            return c > 0 ? v : 0;
        }
    }
}

NATIVE_FN(filter_reduce)
{
    Combine *f = (Combine *)value_object(args[0]);
    Value inner = tuple_pack(t, 2, f->fn, f->its);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef filter_methods[] = {
    {"__reduce__()", filter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type filter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "filter",
    .getattr = generic_getattr,
    .doc = "filter(function or None, iterable) --> filter object\n\n"
           "Return an iterator yielding those items of iterable for which function(item)\n"
           "is true. If function is None, return the items that are true.",
    .size = sizeof(Combine),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = combine_trace,
    .new = filter_new,
    .iter = iter_self,
    .next = filter_next,
    .methods = filter_methods,
};
