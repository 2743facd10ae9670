/* itertools: the module, and the iterators that make endless or single streams: count, cycle,
 * repeat. repeat and count are atomic: each next() is one compare-and-swap, so racing threads share
 * out the values. */
#include "modules/itertools/itertools.h"

#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/list.h"

bool itertools_state(Thread *t, Value state, size_t min, size_t max)
{
    if (!value_is_tuple(state)) {
        type_error(t, "state is not a tuple");
        return false;
    }
    size_t n = tuple_len(state);
    if (n < min || n > max) {
        const char *how = min == max ? "exactly" : n < min ? "at least" : "at most";
        size_t limit = n < min ? min : max;
        type_error(t, "function takes %s %zu argument%s (%zu given)", how, limit,
                   limit == 1 ? "" : "s", n);
        return false;
    }
    return true;
}

bool itertools_args(Thread *t, Type *type, Type *exact, size_t n, size_t want, Value kwnames)
{
    const char *name = type_short_name(exact);
    if ((type == exact || type->init == exact->init) && !args_no_kw(t, name, kwnames)) {
        return false;
    }
    return args_count(t, name, n, want, want);
}

/* ---- count ---- */

typedef struct Count {
    Object head;
    Value next; /* atomic */
    Value step;
} Count;

static void count_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Count *)self)->next);
    trace_value(tr, ((Count *)self)->step);
}

static bool is_number(Value v)
{
    Type *ty = type_of(v);
    return ty->index != NULL || ty->int_ != NULL || ty->float_ != NULL || ty == &complex_type ||
           type_is_subtype(ty, &complex_type);
}

static Value count_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("count(start=0, step=1)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if ((a[0] != 0 && !is_number(a[0])) || (a[1] != 0 && !is_number(a[1]))) {
        return type_error(t, "a number is required");
    }
    Count *c = object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return 0;
    }
    gc_init(&c->step, a[1] == 0 ? fixnum(1) : a[1]);
    Value start = a[0] == 0 ? fixnum(0) : a[0];
    int64_t i;
    if (c->step == fixnum(1) && value_is_int(start) && int_try_int64(start, &i)) {
        start = int_to_exact(t, start);
    }
    if (start == 0) {
        return 0;
    }
    gc_init(&c->next, start);
    return object_value(c);
}

static Value count_next(Thread *t, Value self)
{
    Count *c = (Count *)value_object(self);
    Value now = value_load(&c->next), next;
    do {
        int64_t sum;
        if (LIKELY(value_is_fixnum(now) && value_is_fixnum(c->step)) &&
            fixnum_fits(sum = fixnum_get(now) + fixnum_get(c->step))) {
            next = fixnum(sum);
        } else {
            next = number_binary(t, OP_ADD, now, c->step);
            if (next == 0) {
                return 0;
            }
        }
    } while (!world_cas(&c->next, &now, next));
    gc_barrier(c, &c->next, next);
    return now;
}

static Value count_repr(Thread *t, Value self)
{
    Count *c = (Count *)value_object(self);
    const char *name = type_short_name(type_of(self));
    Value now = value_load(&c->next);
    return c->step == fixnum(1) ? str_format(t, "%s(%R)", name, now)
                                : str_format(t, "%s(%R, %R)", name, now, c->step);
}

NATIVE_FN(count_reduce)
{
    Count *c = (Count *)value_object(args[0]);
    Value now = value_load(&c->next);
    Value inner = c->step == fixnum(1) ? tuple_pack(t, 1, now) : tuple_pack(t, 2, now, c->step);
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef count_methods[] = {REDUCE_METHOD(count_reduce), END_OF_METHODS};

Type count_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "itertools.count",
    .getattr = generic_getattr,
    .doc = "Return a count object whose .__next__() method returns consecutive values.",
    .sig = "count(start=0, step=1)",
    .size = sizeof(Count),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = count_trace,
    .new = count_new,
    .repr = count_repr,
    .iter = iter_self,
    .next = count_next,
    .methods = count_methods,
};

/* ---- cycle ---- */

typedef struct Cycle {
    Object head;
    Value it;        /* atomic; 0: first pass is over */
    Value saved;     /* list of the items */
    bool first_pass; /* unpickled: items of `it` are in saved already; atomic relaxed */
    size_t index;    /* atomic relaxed */
} Cycle;

static void cycle_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Cycle *)self)->it);
    trace_value(tr, ((Cycle *)self)->saved);
}

static Value cycle_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (!itertools_args(t, type, &cycle_type, n, 1, kwnames)) {
        return 0;
    }
    Value it = object_iter(t, args[0]), saved = list_new(t, 0);
    Cycle *c = it == 0 || saved == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return 0;
    }
    gc_init(&c->it, it);
    gc_init(&c->saved, saved);
    return object_value(c);
}

static Value cycle_next(Thread *t, Value self)
{
    Cycle *c = (Cycle *)value_object(self);
    Value it = value_load(&c->it);
    if (it != 0) {
        Value v = iter_take(t, it);
        if (v != 0) {
            bool saved_before = __atomic_load_n(&c->first_pass, __ATOMIC_RELAXED);
            return saved_before || list_append(t, value_load(&c->saved), v) ? v : 0;
        }
        if (error_pending(t)) {
            return 0;
        }
        gc_store(c, &c->it, 0);
    }
    Value saved = value_load(&c->saved);
    size_t len = list_len(saved);
    if (len == 0) {
        return 0;
    }
    size_t i = __atomic_load_n(&c->index, __ATOMIC_RELAXED);
    i = i < len ? i : 0;
    __atomic_store_n(&c->index, i + 1 < len ? i + 1 : 0, __ATOMIC_RELAXED);
    return list_get(saved, i);
}

NATIVE_FN(cycle_reduce)
{
    Cycle *c = (Cycle *)value_object(args[0]);
    Value it = value_load(&c->it);
    Value done = bool_value(it == 0 || __atomic_load_n(&c->first_pass, __ATOMIC_RELAXED));
    Value saved = value_load(&c->saved);
    if (it == 0) {
        it = object_iter(t, saved);
        if (it == 0) {
            return 0;
        }
        size_t index = __atomic_load_n(&c->index, __ATOMIC_RELAXED);
        if (index != 0 && call_method1(t, it, N(__setstate__), fixnum((int64_t)index)) == 0) {
            return 0;
        }
    }
    Value inner = tuple_pack(t, 1, it), state = tuple_pack(t, 2, saved, done);
    return inner == 0 || state == 0
               ? 0
               : tuple_pack(t, 3, object_value(type_of(args[0])), inner, state);
}

NATIVE_FN(cycle_setstate)
{
    Cycle *c = (Cycle *)value_object(args[0]);
    if (!itertools_state(t, args[1], 2, 2)) {
        return 0;
    }
    Value saved = tuple_get(args[1], 0);
    if (!value_is_list(saved)) {
        return type_error(t, "argument 1 must be list, not %T", saved);
    }
    if (!value_is_int(tuple_get(args[1], 1))) {
        return type_error(t, "'%T' object cannot be interpreted as an integer",
                          tuple_get(args[1], 1));
    }
    int first = object_truth(t, tuple_get(args[1], 1));
    if (first < 0) {
        return 0;
    }
    gc_store(c, &c->saved, saved);
    __atomic_store_n(&c->first_pass, first, __ATOMIC_RELAXED);
    __atomic_store_n(&c->index, 0, __ATOMIC_RELAXED);
    return NONE;
}

static const NativeDef cycle_methods[] = {REDUCE_METHOD(cycle_reduce),
                                          SETSTATE_METHOD(cycle_setstate), END_OF_METHODS};
ITERTOOL_TYPE(cycle_type, "cycle", "(iterable, /)", Cycle, cycle,
              "Return elements from the iterable until it is exhausted. Then repeat the sequence "
              "indefinitely.");

/* ---- repeat ---- */

typedef struct Repeat {
    Object head;
    Value item;
    int64_t left; /* atomic; < 0: without end */
} Repeat;

static void repeat_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Repeat *)self)->item);
}

static Value repeat_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("repeat(object, times=-1)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    ssize_t times = -1;
    if (a[1] != 0) {
        if (!value_to_ssize(t, a[1], &times, &exc_OverflowError)) {
            return 0;
        }
        times = times < 0 ? 0 : times;
    }
    Repeat *r = object_alloc_instance(t, type, 0);
    if (r == NULL) {
        return 0;
    }
    gc_init(&r->item, a[0]);
    r->left = times;
    return object_value(r);
}

static int64_t repeat_left(Repeat *r)
{
    return __atomic_load_n(&r->left, __ATOMIC_RELAXED);
}

static Value repeat_next(Thread *t UNUSED, Value self)
{
    Repeat *r = (Repeat *)value_object(self);
    int64_t left = repeat_left(r);
    do {
        if (left == 0) {
            return 0;
        }
    } while (left > 0 && !world_cas(&r->left, &left, left - 1));
    return r->item;
}

static Value repeat_repr(Thread *t, Value self)
{
    Repeat *r = (Repeat *)value_object(self);
    const char *name = type_short_name(type_of(self));
    int64_t left = repeat_left(r);
    return left < 0 ? str_format(t, "%s(%R)", name, r->item)
                    : str_format(t, "%s(%R, %zd)", name, r->item, (ssize_t)left);
}

NATIVE_FN(repeat_length_hint)
{
    Repeat *r = (Repeat *)value_object(args[0]);
    int64_t left = repeat_left(r);
    return left < 0 ? type_error(t, "len() of unsized object") : int_from_int64(t, left);
}

NATIVE_FN(repeat_reduce)
{
    Repeat *r = (Repeat *)value_object(args[0]);
    int64_t left = repeat_left(r);
    Value inner = left < 0 ? tuple_pack(t, 1, r->item)
                           : tuple_pack(t, 2, r->item, int_from_int64(t, left));
    return inner == 0 ? 0 : tuple_pack(t, 2, object_value(type_of(args[0])), inner);
}

static const NativeDef repeat_methods[] = {
    {"__length_hint__()", repeat_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    REDUCE_METHOD(repeat_reduce),
    END_OF_METHODS,
};

Type repeat_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "itertools.repeat",
    .getattr = generic_getattr,
    .doc = "repeat(object [,times]) -> create an iterator which returns the object\n"
           "for the specified number of times.  If not specified, returns the object\nendlessly.",
    .size = sizeof(Repeat),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .trace = repeat_trace,
    .new = repeat_new,
    .repr = repeat_repr,
    .iter = iter_self,
    .next = repeat_next,
    .methods = repeat_methods,
};

/* ---- module ---- */

static bool itertools_exec(Thread *t, Value mod)
{
    Type *types[] = {&count_type,       &cycle_type,    &repeat_type,       &accumulate_type,
                     &chain_type,       &compress_type, &dropwhile_type,    &takewhile_type,
                     &filterfalse_type, &starmap_type,  &islice_type,       &pairwise_type,
                     &zip_longest_type, &groupby_type,  &grouper_type,      &tee_type,
                     &tee_data_type,    &product_type,  &combinations_type, &combinations_wr_type,
                     &permutations_type};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        if (!module_add_type(t, mod, types[i])) {
            return false;
        }
    }
    return true;
}

static const NativeDef itertools_functions[] = {
    {"tee(iterable, n=2, /)", itertools_tee, "Returns a tuple of n independent iterators.",
     NATIVE_RAW},
    END_OF_METHODS,
};

extern const ModuleDef module_itertools;
const ModuleDef module_itertools = {
    .name = "itertools",
    .doc = "Functional tools for creating and using iterators.",
    .functions = itertools_functions,
    .exec = itertools_exec,
};
