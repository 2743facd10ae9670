/* itertools that filter, slice or join streams: chain, compress, dropwhile, takewhile, filterfalse,
 * starmap, islice, pairwise, accumulate, zip_longest.  An iterator belongs to one thread at a time;
 * racing threads get each item once as far as the underlying iterator does so, and never anything
 * torn. */
#include "modules/itertools/itertools.h"

#include <limits.h>

#include "core/object/int.h"
#include "core/object/list.h"

/* ---- function and iterator: dropwhile, takewhile, filterfalse, starmap; data and selectors:
 * compress ---- */

typedef struct Filtered {
    Object head;
    Value fn; /* compress: iterator of the selectors */
    Value it;
    bool flag; /* dropwhile: started; takewhile: stopped; atomic relaxed */
} Filtered;

static void filtered_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Filtered *)self)->fn);
    trace_value(tr, ((Filtered *)self)->it);
}

static inline Filtered *filtered(Value v)
{
    return (Filtered *)value_object(v);
}

static Value filtered_alloc(Thread *t, Type *type, Value fn, Value it)
{
    Filtered *f = fn == 0 || it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (f == NULL) {
        return 0;
    }
    gc_init(&f->fn, fn);
    gc_init(&f->it, it);
    return object_value(f);
}

static Value filtered_make(Thread *t, Type *type, Type *exact, Value *args, size_t n, Value kwnames)
{
    return itertools_args(t, type, exact, n, 2, kwnames)
               ? filtered_alloc(t, type, args[0], object_iter(t, args[1]))
               : 0;
}

static inline bool filtered_flag(Filtered *f)
{
    return __atomic_load_n(&f->flag, __ATOMIC_RELAXED);
}
static inline void filtered_set_flag(Filtered *f, bool flag)
{
    __atomic_store_n(&f->flag, flag, __ATOMIC_RELAXED);
}

NATIVE_FN(filtered_reduce)
{
    Filtered *f = filtered(args[0]);
    Value inner = tuple_pack(t, 2, f->fn, f->it);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

NATIVE_FN(filtered_reduce_flag)
{
    Filtered *f = filtered(args[0]);
    Value inner = tuple_pack(t, 2, f->fn, f->it);
    Value type = object_value(type_of(args[0]));
    return inner == 0 ? 0 : tuple_pack(t, 3, type, inner, fixnum(filtered_flag(f)));
}

NATIVE_FN(filtered_setstate)
{
    int c = object_truth(t, args[1]);
    if (c < 0) {
        return 0;
    }
    filtered_set_flag(filtered(args[0]), c);
    return NONE;
}

/* 1, 0, -1: truth of fn(v) */
static int verdict(Thread *t, Value fn, Value v)
{
    Value r = call1(t, fn, v);
    return r == 0 ? -1 : object_truth(t, r);
}

static Value dropwhile_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    return filtered_make(t, type, &dropwhile_type, args, n, kwnames);
}

static Value dropwhile_next(Thread *t, Value self)
{
    Filtered *f = filtered(self);
    for (;;) {
        Value v = iter_take(t, f->it);
        if (v == 0 || filtered_flag(f)) {
            return v;
        }
        int c = verdict(t, f->fn, v);
        if (c < 0) {
            return 0;
        }
        if (c == 0) {
            filtered_set_flag(f, true);
            return v;
        }
    }
}

static const NativeDef flag_methods[] = {REDUCE_METHOD(filtered_reduce_flag),
                                         SETSTATE_METHOD(filtered_setstate), END_OF_METHODS};
#define dropwhile_trace filtered_trace
#define dropwhile_methods flag_methods
ITERTOOL_TYPE(dropwhile_type, "dropwhile", "(predicate, iterable, /)", Filtered, dropwhile,
              "Drop items from the iterable while predicate(item) is true.\n\n"
              "Afterwards, return every element until the iterable is exhausted.");

static Value takewhile_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    return filtered_make(t, type, &takewhile_type, args, n, kwnames);
}

static Value takewhile_next(Thread *t, Value self)
{
    Filtered *f = filtered(self);
    Value v = filtered_flag(f) ? 0 : iter_take(t, f->it);
    if (v == 0) {
        return 0;
    }
    int c = verdict(t, f->fn, v);
    if (c == 0) {
        filtered_set_flag(f, true);
    }
    return c > 0 ? v : 0;
}

#define takewhile_trace filtered_trace
#define takewhile_methods flag_methods
ITERTOOL_TYPE(takewhile_type, "takewhile", "(predicate, iterable, /)", Filtered, takewhile,
              "Return successive entries from an iterable as long as the predicate evaluates to "
              "true for each entry.");

static Value filterfalse_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    return filtered_make(t, type, &filterfalse_type, args, n, kwnames);
}

static Value filterfalse_next(Thread *t, Value self)
{
    Filtered *f = filtered(self);
    bool plain = is_none(f->fn) || f->fn == object_value(&bool_type);
    for (;;) {
        Value v = iter_take(t, f->it);
        if (v == 0) {
            return 0;
        }
        int c = plain ? object_truth(t, v) : verdict(t, f->fn, v);
        if (c <= 0) {
            return c == 0 ? v : 0;
        }
    }
}

static const NativeDef filtered_methods[] = {REDUCE_METHOD(filtered_reduce), END_OF_METHODS};
#define filterfalse_trace filtered_trace
#define filterfalse_methods filtered_methods
ITERTOOL_TYPE(filterfalse_type, "filterfalse", "(function, iterable, /)", Filtered, filterfalse,
              "Return those items of iterable for which function(item) is false.\n\n"
              "If function is None, return the items that are false.");

static Value starmap_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    return filtered_make(t, type, &starmap_type, args, n, kwnames);
}

static Value starmap_next(Thread *t, Value self)
{
    Filtered *f = filtered(self);
    Value v = iter_take(t, f->it);
    if (v == 0) {
        return 0;
    }
    Value a = value_is_tuple_exact(v) ? v : sequence_tuple(t, v);
    return a == 0 ? 0 : call(t, f->fn, value_tuple(a)->items, tuple_len(a), 0);
}

#define starmap_trace filtered_trace
#define starmap_methods filtered_methods
ITERTOOL_TYPE(starmap_type, "starmap", "(function, iterable, /)", Filtered, starmap,
              "Return an iterator whose values are returned from the function evaluated with an "
              "argument tuple "
              "taken from the given sequence.");

static Value compress_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("compress(data, selectors)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value data = object_iter(t, a[0]);
    return data == 0 ? 0 : filtered_alloc(t, type, object_iter(t, a[1]), data);
}

static Value compress_next(Thread *t, Value self)
{
    Filtered *f = filtered(self);
    for (;;) {
        Value v = iter_take(t, f->it);
        Value selector = v == 0 ? 0 : iter_take(t, f->fn);
        if (selector == 0) {
            return 0;
        }
        int c = object_truth(t, selector);
        if (c != 0) {
            return c > 0 ? v : 0;
        }
    }
}

NATIVE_FN(compress_reduce)
{
    Filtered *f = filtered(args[0]);
    Value inner = tuple_pack(t, 2, f->it, f->fn);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef compress_methods[] = {REDUCE_METHOD(compress_reduce), END_OF_METHODS};
#define compress_trace filtered_trace
ITERTOOL_TYPE(compress_type, "compress", "(data, selectors)", Filtered, compress,
              "Return data elements corresponding to true selector elements.");

/* ---- chain ---- */

typedef struct Chain {
    Object head;
    Value source; /* iterator of the iterables; atomic, 0: exhausted */
    Value active; /* iterator of the iterable of the moment; atomic, or 0 */
} Chain;

static void chain_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Chain *)self)->source);
    trace_value(tr, ((Chain *)self)->active);
}

static Value chain_from(Thread *t, Type *type, Value source)
{
    Chain *c = source == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return 0;
    }
    gc_init(&c->source, source);
    return object_value(c);
}

static Value chain_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &chain_type || type->init == chain_type.init) &&
        !args_no_kw(t, "chain", kwnames)) {
        return 0;
    }
    Value all = tuple_from(t, args, n);
    return all == 0 ? 0 : chain_from(t, type, object_iter(t, all));
}

NATIVE_FN(chain_from_iterable)
{
    return chain_from(t, value_type(args[0]), object_iter(t, args[1]));
}

static Value chain_next(Thread *t, Value self)
{
    Chain *c = (Chain *)value_object(self);
    for (;;) {
        Value active = value_load(&c->active);
        if (active == 0) {
            Value source = value_load(&c->source);
            Value iterable = source == 0 ? 0 : iter_take(t, source);
            active = iterable == 0 ? 0 : object_iter(t, iterable);
            if (active == 0) {
                gc_store(c, &c->source, 0);
                return 0;
            }
            gc_store(c, &c->active, active);
        }
        Value v = iter_take(t, active);
        if (v != 0 || error_pending(t)) {
            return v;
        }
        gc_store(c, &c->active, 0);
    }
}

NATIVE_FN(chain_reduce)
{
    Chain *c = (Chain *)value_object(args[0]);
    Value type = object_value(type_of(args[0]));
    Value source = value_load(&c->source), active = value_load(&c->active);
    if (source == 0) {
        return tuple_pack(t, 2, type, tuple_empty());
    }
    Value state = active != 0 ? tuple_pack(t, 2, source, active) : tuple_pack(t, 1, source);
    return state == 0 ? 0 : tuple_pack(t, 3, type, tuple_empty(), state);
}

static bool is_iterator(Value v)
{
    return type_of(v)->next != NULL;
}

NATIVE_FN(chain_setstate)
{
    Chain *c = (Chain *)value_object(args[0]);
    Value state = args[1];
    if (!itertools_state(t, state, 1, 2)) {
        return 0;
    }
    Value active = tuple_len(state) > 1 ? tuple_get(state, 1) : 0;
    if (!is_iterator(tuple_get(state, 0)) || (active != 0 && !is_iterator(active))) {
        return type_error(t, "Arguments must be iterators.");
    }
    gc_store(c, &c->source, tuple_get(state, 0));
    gc_store(c, &c->active, active);
    return NONE;
}

static const NativeDef chain_methods[] = {
    {"from_iterable(iterable, /)", chain_from_iterable,
     "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
     NATIVE_CLASS},
    REDUCE_METHOD(chain_reduce),
    SETSTATE_METHOD(chain_setstate),
    CLASS_GETITEM_METHOD,
    END_OF_METHODS,
};
ITERTOOL_TYPE(chain_type, "chain", "", Chain, chain,
              "chain(*iterables) --> chain object\n\n"
              "Return elements from the first iterable until it is exhausted, then\n"
              "from the next iterable, until all of the iterables are exhausted.");

/* ---- islice ---- */

typedef struct ISlice {
    Object head;
    Value it;      /* atomic; 0: exhausted */
    ssize_t next;  /* index of the next item to give */
    ssize_t stop;  /* or -1 */
    ssize_t step;
    ssize_t count; /* items taken from it so far */
    bool started;  /* atomic: the items before the first index have been skipped */
} ISlice;

static void islice_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((ISlice *)self)->it);
}

static bool islice_arg(Thread *t, Value v, ssize_t *out, ssize_t least, const char *message)
{
    if (is_none(v)) {
        return true;
    }
    bool ok = (value_is_fixnum(v) || type_of(v)->index != NULL) &&
              value_to_ssize(t, v, out, &exc_OverflowError);
    if (ok && *out >= least) {
        return true;
    }
    error_clear(t);
    value_error(t, "%s", message);
    return false;
}

static Value islice_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if ((type == &islice_type || type->init == islice_type.init) &&
        !args_no_kw(t, "islice", kwnames)) {
        return 0;
    }
    if (!args_count(t, "islice", n, 2, 4)) {
        return 0;
    }
    const char *stop_message =
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const char *index_message =
        "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    ssize_t start = 0, stop = -1, step = 1;
    if (!islice_arg(t, args[n == 2 ? 1 : 2], &stop, 0, stop_message) ||
        (n > 2 && !islice_arg(t, args[1], &start, 0, index_message)) ||
        (n > 3 && !islice_arg(t, args[3], &step, 1,
                              "Step for islice() must be a positive integer or None."))) {
        return 0;
    }
    Value it = object_iter(t, args[0]);
    ISlice *s = it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (s == NULL) {
        return 0;
    }
    gc_init(&s->it, it);
    s->next = start;
    s->stop = stop;
    s->step = step;
    return object_value(s);
}

/* Takes n items from the source and drops them; false: it has ended or raised. */
static bool islice_skip(Thread *t, ISlice *s, Value it, ssize_t n)
{
    for (; n > 0; n--) {
        if (iter_take(t, it) == 0) {
            return false;
        }
        (void)world_fetch_add(&s->count, 1);
    }
    return true;
}

/* Threads that share the iterator claim an index each, so that no more are given than were asked
 * for. */
static Value islice_next(Thread *t, Value self)
{
    ISlice *s = (ISlice *)value_object(self);
    Value it = value_load(&s->it), v = 0;
    if (it == 0) {
        return 0;
    }
    if (!world_is_shared() && s->step == 1 &&
        s->started && s->next != s->stop) {
        s->next++;
        v = iter_take(t, it);
        if (v == 0) {
            gc_store(s, &s->it, 0);
        } else {
            (void)world_fetch_add(&s->count, 1);
        }
        return v;
    }
    ssize_t stop = s->stop, old = __atomic_load_n(&s->next, __ATOMIC_RELAXED), next;
    do {
        if (stop >= 0 && old >= stop) {
            /* else other threads take the rest */
            if (s->step > 1 || !__atomic_load_n(&s->started, __ATOMIC_RELAXED)) {
                (void)islice_skip(t, s, it, old - __atomic_load_n(&s->count, __ATOMIC_RELAXED));
            }
            goto end;
        }
        next = old > SSIZE_MAX - s->step ? SSIZE_MAX : old + s->step;
        next = stop >= 0 && next > stop ? stop : next;
    } while (!world_cas(&s->next, &old, next));
    bool first = !world_exchange(&s->started, true);
    if (islice_skip(t, s, it,
                    first ? old - __atomic_load_n(&s->count, __ATOMIC_RELAXED) : s->step - 1)) {
        v = iter_take(t, it);
    }
    if (v != 0) {
        (void)world_fetch_add(&s->count, 1);
        return v;
    }
end:
    gc_store(s, &s->it, 0);
    return 0;
}

NATIVE_FN(islice_reduce)
{
    ISlice *s = (ISlice *)value_object(args[0]);
    Value type = object_value(type_of(args[0])), inner;
    Value it = value_load(&s->it);
    if (it == 0) {
        Value empty = list_new(t, 0);
        it = empty == 0 ? 0 : object_iter(t, empty);
        inner = it == 0 ? 0 : tuple_pack(t, 2, it, fixnum(0));
        return inner == 0 ? 0 : tuple_pack(t, 3, type, inner, fixnum(0));
    }
    inner = tuple_pack(t, 4, it,
                       int_from_int64(t, __atomic_load_n(&s->next, __ATOMIC_RELAXED)),
                       s->stop < 0 ? NONE : int_from_int64(t, s->stop), int_from_int64(t, s->step));
    return inner == 0 ? 0 : tuple_pack(t, 3, type, inner,
                       int_from_int64(t, __atomic_load_n(&s->count, __ATOMIC_RELAXED)));
}

NATIVE_FN(islice_setstate)
{
    ssize_t count;
    if (!value_to_ssize(t, args[1], &count, &exc_OverflowError)) {
        return 0;
    }
    ISlice *s = (ISlice *)value_object(args[0]);
    __atomic_store_n(&s->count, count, __ATOMIC_RELAXED);
    return NONE;
}

static const NativeDef islice_methods[] = {REDUCE_METHOD(islice_reduce),
                                           SETSTATE_METHOD(islice_setstate), END_OF_METHODS};
ITERTOOL_TYPE(islice_type, "islice", "", ISlice, islice,
              "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> "
              "islice object\n\n"
              "Return an iterator whose next() method returns selected values from an iterable.");

/* ---- pairwise ---- */

typedef struct Pairwise {
    Object head;
    Value it;  /* atomic; 0: exhausted */
    Value old; /* the previous item or 0; atomic */
} Pairwise;

static void pairwise_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Pairwise *)self)->it);
    trace_value(tr, ((Pairwise *)self)->old);
}

static Value pairwise_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (!itertools_args(t, type, &pairwise_type, n, 1, kwnames)) {
        return 0;
    }
    Value it = object_iter(t, args[0]);
    Pairwise *p = it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (p == NULL) {
        return 0;
    }
    gc_init(&p->it, it);
    return object_value(p);
}

static Value pairwise_next(Thread *t, Value self)
{
    Pairwise *p = (Pairwise *)value_object(self);
    Value it = value_load(&p->it), old = value_load(&p->old);
    if (it == 0) {
        return 0;
    }
    if (old == 0) {
        old = iter_take(t, it);
        if (old != 0) {
            gc_store(p, &p->old, old);
            it = value_load(&p->it);
        }
    }
    Value v = old == 0 || it == 0 ? 0 : iter_take(t, it);
    if (v == 0) {
        gc_store(p, &p->it, 0);
        gc_store(p, &p->old, 0);
        return 0;
    }
    gc_store(p, &p->old, v);
    return tuple_pack(t, 2, old, v);
}

static const NativeDef pairwise_methods[] = {END_OF_METHODS};
ITERTOOL_TYPE(pairwise_type, "pairwise", "(iterable, /)", Pairwise, pairwise,
              "Return an iterator of overlapping pairs taken from the input iterator.\n\n"
              "    s -> (s0,s1), (s1,s2), (s2, s3), ...");

/* ---- accumulate ---- */

typedef struct Accumulate {
    Object head;
    Value it;
    Value fn;      /* or 0: addition */
    Value total;   /* atomic; 0: nothing yet */
    Value initial; /* not given yet, or 0; atomic */
} Accumulate;

static void accumulate_trace(Object *self, Tracer *tr)
{
    Accumulate *a = (Accumulate *)self;
    trace_value(tr, a->it);
    trace_value(tr, a->fn);
    trace_value(tr, a->total);
    trace_value(tr, a->initial);
}

static Value accumulate_make(Thread *t, Type *type, Value it, Value fn, Value initial)
{
    Accumulate *a = it == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (a == NULL) {
        return 0;
    }
    gc_init(&a->it, it);
    gc_init(&a->fn, fn == 0 || is_none(fn) ? 0 : fn);
    gc_init(&a->initial, initial == 0 || is_none(initial) ? 0 : initial);
    return object_value(a);
}

static Value accumulate_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("accumulate(iterable, func=None, *, initial=None)");
    Value a[3];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    return accumulate_make(t, type, object_iter(t, a[0]), a[1], a[2]);
}

static Value accumulate_next(Thread *t, Value self)
{
    Accumulate *a = (Accumulate *)value_object(self);
    Value initial = value_load(&a->initial);
    if (initial != 0) {
        gc_store(a, &a->total, initial);
        gc_store(a, &a->initial, 0);
        return initial;
    }
    Value v = iter_take(t, a->it);
    if (v == 0) {
        return 0;
    }
    Value total = value_load(&a->total);
    if (total != 0) {
        v = a->fn == 0 ? number_binary(t, OP_ADD, total, v) : call2(t, a->fn, total, v);
        if (v == 0) {
            return 0;
        }
    }
    gc_store(a, &a->total, v);
    return v;
}

/* chain([v], it) */
static Value prepend(Thread *t, Value v, Value it)
{
    Value one = list_from(t, &v, 1);
    Value both = one == 0 ? 0 : tuple_pack(t, 2, one, it);
    return both == 0 ? 0 : chain_from(t, &chain_type, object_iter(t, both));
}

NATIVE_FN(accumulate_reduce)
{
    Accumulate *a = (Accumulate *)value_object(args[0]);
    Value type = object_value(type_of(args[0])), fn = a->fn == 0 ? NONE : a->fn;
    Value initial = value_load(&a->initial), total = value_load(&a->total);
    if (initial != 0) {
        Value it = prepend(t, initial, a->it), inner = it == 0 ? 0 : tuple_pack(t, 2, it, fn);
        return inner == 0 ? 0 : tuple_pack(t, 3, type, inner, NONE);
    }
    if (total != 0 && is_none(total)) { /* None as state means: no total */
        Value it = prepend(t, NONE, a->it);
        Value again = it == 0 ? 0 : accumulate_make(t, type_of(args[0]), it, fn, 0);
        Value inner = again == 0 ? 0 : tuple_pack(t, 3, again, fixnum(1), NONE);
        return inner == 0 ? 0 : tuple_pack(t, 2, object_value(&islice_type), inner);
    }
    Value inner = tuple_pack(t, 2, a->it, fn);
    return inner == 0 ? 0 : tuple_pack(t, 3, type, inner, total == 0 ? NONE : total);
}

NATIVE_FN(accumulate_setstate)
{
    Accumulate *a = (Accumulate *)value_object(args[0]);
    gc_store(a, &a->total, args[1]);
    return NONE;
}

static const NativeDef accumulate_methods[] = {
    REDUCE_METHOD(accumulate_reduce), SETSTATE_METHOD(accumulate_setstate), END_OF_METHODS};
ITERTOOL_TYPE(accumulate_type, "accumulate", "(iterable, func=None, *, initial=None)", Accumulate,
              accumulate, "Return series of accumulated sums (or other binary function results).");

/* ---- zip_longest ---- */

typedef struct ZipLongest {
    Object head;
    ValueArray *its; /* the iterators; 0: exhausted */
    Value fill;
    size_t active; /* atomic relaxed */
} ZipLongest;

static void zip_longest_trace(Object *self, Tracer *tr)
{
    trace_object(tr, ((ZipLongest *)self)->its);
    trace_value(tr, ((ZipLongest *)self)->fill);
}

static Value zip_longest_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    Value fill = NONE;
    if (kwnames != 0 && tuple_len(kwnames) > 0) {
        if (tuple_len(kwnames) > 1 || !str_eq_cstr(tuple_get(kwnames, 0), "fillvalue")) {
            return type_error(t, "zip_longest() got an unexpected keyword argument");
        }
        fill = args[n];
    }
    ValueArray *its = value_array_new(t, n);
    for (size_t i = 0; its != NULL && i < n; i++) {
        Value it = object_iter(t, args[i]);
        if (it == 0) {
            return 0;
        }
        gc_store(its, &its->items[i], it);
    }
    ZipLongest *z = its == NULL ? NULL : object_alloc_instance(t, type, 0);
    if (z == NULL) {
        return 0;
    }
    GC_STORE_PTR(z, &z->its, its);
    gc_init(&z->fill, fill);
    z->active = n;
    return object_value(z);
}

static Value zip_longest_next(Thread *t, Value self)
{
    ZipLongest *z = (ZipLongest *)value_object(self);
    size_t n = z->its->cap;
    if (n == 0 || __atomic_load_n(&z->active, __ATOMIC_RELAXED) == 0) {
        return 0;
    }
    Value r = tuple_new(t, n);
    for (size_t i = 0; r != 0 && i < n; i++) {
        Value it = value_load(&z->its->items[i]), v = value_load(&z->fill);
        if (it != 0) {
            Value item = iter_take(t, it);
            if (item != 0) {
                v = item;
            } else if (error_pending(t)) {
                __atomic_store_n(&z->active, 0, __ATOMIC_RELAXED);
                return 0;
            } else {
                size_t left = __atomic_load_n(&z->active, __ATOMIC_RELAXED);
                left -= left > 0;
                __atomic_store_n(&z->active, left, __ATOMIC_RELAXED);
                if (left == 0) {
                    return 0;
                }
                gc_store(z->its, &z->its->items[i], 0);
            }
        }
        gc_store(value_object(r), &value_tuple(r)->items[i], v);
    }
    return r;
}

NATIVE_FN(zip_longest_reduce)
{
    ZipLongest *z = (ZipLongest *)value_object(args[0]);
    size_t k = z->its->cap;
    Value inner = tuple_new(t, k);
    for (size_t i = 0; inner != 0 && i < k; i++) {
        Value it = value_load(&z->its->items[i]);
        gc_store(value_object(inner), &value_tuple(inner)->items[i], it ? it : tuple_empty());
    }
    Value type = object_value(type_of(args[0]));
    return inner == 0 ? 0 : tuple_pack(t, 3, type, inner, value_load(&z->fill));
}

NATIVE_FN(zip_longest_setstate)
{
    ZipLongest *z = (ZipLongest *)value_object(args[0]);
    gc_store(z, &z->fill, args[1]);
    return NONE;
}

static const NativeDef zip_longest_methods[] = {
    REDUCE_METHOD(zip_longest_reduce), SETSTATE_METHOD(zip_longest_setstate), END_OF_METHODS};
ITERTOOL_TYPE(zip_longest_type, "zip_longest", "", ZipLongest, zip_longest,
              "zip_longest(iter1 [,iter2 [...]], [fillvalue=None]) --> zip_longest object\n\n"
              "Yield tuples until the longest iterable is exhausted; the shorter ones are\n"
              "continued with fillvalue.");
