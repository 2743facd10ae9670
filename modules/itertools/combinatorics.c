/* itertools.product, combinations, combinations_with_replacement, permutations.
 *
 * Each keeps the pool (product: the pools), the indices of the last result in a buffer of its own,
 * and builds a fresh tuple per step.  A step is made under the object lock (no Python code runs in
 * it), so racing threads share out the results.
 */
#include "modules/itertools/itertools.h"

#include "core/object/bytes.h"
#include "core/object/int.h"

typedef struct Combinatoric {
    Object head;
    Value pool;       /* tuple; product: tuple of tuples */
    RawBuffer *index; /* ssize_t[r]; permutations: n indices, then r cycles */
    ssize_t r;
    bool started, stopped;
} Combinatoric;

static inline Combinatoric *comb(Value v)
{
    return (Combinatoric *)value_object(v);
}
static inline ssize_t *indices(RawBuffer *b)
{
    return (ssize_t *)(void *)b->data;
}
static inline ssize_t *index_of(const Combinatoric *c)
{
    return indices(c->index);
}

static void comb_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Combinatoric *)self)->pool);
    trace_object(tr, ((Combinatoric *)self)->index);
}

static RawBuffer *indices_new(Thread *t, size_t n)
{
    RawBuffer *index = NULL;
    if (n < (size_t)1 << 40) {
        index = raw_buffer_new(t, (n + 1) * sizeof(ssize_t));
    } else {
        raise_memory(t);
    }
    if (index != NULL) {
        memset(index->data, 0, (n + 1) * sizeof(ssize_t));
    }
    return index;
}

static Combinatoric *comb_alloc(Thread *t, Type *type, Value pool, size_t n, ssize_t r)
{
    RawBuffer *index = indices_new(t, n);
    Combinatoric *c = index == NULL ? NULL : object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return NULL;
    }
    gc_init(&c->pool, pool);
    c->index = index;
    c->r = r;
    return c;
}

/* The tuple of the first r indices. */
static Value comb_result(Thread *t, Combinatoric *c)
{
    Value v = tuple_new(t, (size_t)c->r);
    for (ssize_t i = 0; v != 0 && i < c->r; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i],
                 tuple_get(c->pool, (size_t)index_of(c)[i]));
    }
    return v;
}

static inline Value comb_step(Thread *t, Value self, bool (*advance)(Combinatoric *c),
                              Value (*result)(Thread *t, Combinatoric *c))
{
    Combinatoric *c = comb(self);
    Value v = 0;
    bool taken = object_lock(t, c);
    if (!c->stopped) {
        if (!c->started) {
            c->started = true;
        } else if (!advance(c)) {
            c->stopped = true;
        }
        if (!c->stopped) {
            v = result(t, c);
        }
    }
    object_unlock(c, taken);
    return v;
}

static Value indices_tuple(Thread *t, const ssize_t *index, size_t n)
{
    Value v = tuple_new(t, n);
    for (size_t i = 0; v != 0 && i < n; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], fixnum(index[i]));
    }
    return v;
}

/* Item i of a state tuple, clamped to [lo, hi]. */
static bool state_index(Thread *t, Value state, size_t i, ssize_t lo, ssize_t hi, ssize_t *out)
{
    if (!value_to_ssize(t, tuple_get(state, i), out, &exc_OverflowError)) {
        return false;
    }
    *out = *out < lo ? lo : *out > hi ? hi : *out;
    return true;
}

/* Goes on from these indices, of a __setstate__: reading them may have run Python code. */
static Value comb_start(Thread *t, Combinatoric *c, RawBuffer *index)
{
    bool taken = object_lock(t, c);
    GC_STORE_PTR(c, &c->index, index);
    c->started = true;
    object_unlock(c, taken);
    return NONE;
}

/* ---- combinations, with and without replacement ---- */

static Value comb_make(Thread *t, Type *type, Signature *sig, Value *args, size_t n, Value kwnames)
{
    Value a[2];
    ssize_t r;
    if (!args_bind(t, sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!value_to_ssize(t, a[1], &r, &exc_OverflowError)) {
        return 0;
    }
    Value pool = sequence_tuple(t, a[0]);
    if (pool == 0) {
        return 0;
    }
    if (r < 0) {
        return value_error(t, "r must be non-negative");
    }
    Combinatoric *c = comb_alloc(t, type, pool, (size_t)r, r);
    return c == NULL ? 0 : object_value(c);
}

/* What __reduce__ answers while the lock is held. */
static Value comb_reduce_locked(Thread *t, Combinatoric *c)
{
    Value type = object_value(c->head.type);
    Value inner = tuple_pack(t, 2, c->stopped ? tuple_empty() : c->pool, fixnum(c->r));
    if (inner == 0) {
        return 0;
    }
    if (!c->started || c->stopped) {
        return tuple_pack(t, 2, type, inner);
    }
    Value state = indices_tuple(t, index_of(c), (size_t)c->r);
    return state == 0 ? 0 : tuple_pack(t, 3, type, inner, state);
}

static Value comb_locked(Thread *t, Value self, Value (*reduce)(Thread *t, Combinatoric *c))
{
    bool taken = object_lock(t, value_object(self));
    Value v = reduce(t, comb(self));
    object_unlock(value_object(self), taken);
    return v;
}

NATIVE_FN(comb_reduce)
{
    return comb_locked(t, args[0], comb_reduce_locked);
}

/* Room for the indices of a state of the right size, or NULL. */
static RawBuffer *check_state(Thread *t, Value state, ssize_t r)
{
    if (!value_is_tuple(state) || tuple_len(state) != (size_t)r) {
        value_error(t, "invalid arguments");
        return NULL;
    }
    return indices_new(t, (size_t)r);
}

static bool combinations_advance(Combinatoric *c)
{
    ssize_t *index = index_of(c), n = (ssize_t)tuple_len(c->pool), r = c->r, i = r - 1;
    while (i >= 0 && index[i] == i + n - r) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    index[i]++;
    for (ssize_t j = i + 1; j < r; j++) {
        index[j] = index[j - 1] + 1;
    }
    return true;
}

static Value combinations_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("combinations(iterable, r)");
    Value v = comb_make(t, type, &sig, args, n, kwnames);
    if (v != 0) {
        Combinatoric *c = comb(v);
        for (ssize_t i = 0; i < c->r; i++) {
            index_of(c)[i] = i;
        }
        c->stopped = c->r > (ssize_t)tuple_len(c->pool);
    }
    return v;
}

static Value combinations_next(Thread *t, Value self)
{
    return comb_step(t, self, combinations_advance, comb_result);
}

NATIVE_FN(combinations_setstate)
{
    Combinatoric *c = comb(args[0]);
    RawBuffer *index = check_state(t, args[1], c->r);
    for (ssize_t i = 0; index != NULL && i < c->r; i++) {
        ssize_t hi = i + (ssize_t)tuple_len(c->pool) - c->r;
        if (!state_index(t, args[1], (size_t)i, 0, hi < 0 ? 0 : hi, &indices(index)[i])) {
            return 0;
        }
    }
    return index == NULL ? 0 : comb_start(t, c, index);
}

static const NativeDef combinations_methods[] = {
    REDUCE_METHOD(comb_reduce), SETSTATE_METHOD(combinations_setstate), END_OF_METHODS};
#define combinations_trace comb_trace
ITERTOOL_TYPE(combinations_type, "combinations", "(iterable, r)", Combinatoric, combinations,
              "Return successive r-length combinations of elements in the iterable.\n\n"
              "combinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)");

static bool combinations_wr_advance(Combinatoric *c)
{
    ssize_t *index = index_of(c), last = (ssize_t)tuple_len(c->pool) - 1, i = c->r - 1;
    while (i >= 0 && index[i] == last) {
        i--;
    }
    if (i < 0) {
        return false;
    }
    ssize_t at = index[i] + 1;
    for (; i < c->r; i++) {
        index[i] = at;
    }
    return true;
}

static Value combinations_wr_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("combinations_with_replacement(iterable, r)");
    Value v = comb_make(t, type, &sig, args, n, kwnames);
    if (v != 0) {
        comb(v)->stopped = tuple_len(comb(v)->pool) == 0 && comb(v)->r > 0;
    }
    return v;
}

static Value combinations_wr_next(Thread *t, Value self)
{
    return comb_step(t, self, combinations_wr_advance, comb_result);
}

NATIVE_FN(combinations_wr_setstate)
{
    Combinatoric *c = comb(args[0]);
    ssize_t last = (ssize_t)tuple_len(c->pool) - 1;
    RawBuffer *index = check_state(t, args[1], c->r);
    for (ssize_t i = 0; index != NULL && i < c->r; i++) {
        if (!state_index(t, args[1], (size_t)i, 0, last < 0 ? 0 : last, &indices(index)[i])) {
            return 0;
        }
    }
    return index == NULL ? 0 : comb_start(t, c, index);
}

static const NativeDef combinations_wr_methods[] = {
    REDUCE_METHOD(comb_reduce), SETSTATE_METHOD(combinations_wr_setstate), END_OF_METHODS};
#define combinations_wr_trace comb_trace
ITERTOOL_TYPE(combinations_wr_type, "combinations_with_replacement", "(iterable, r)", Combinatoric,
              combinations_wr,
              "Return successive r-length combinations of elements in the iterable allowing "
              "individual elements to "
              "have successive repeats.");

/* ---- permutations ---- */

static Value permutations_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("permutations(iterable, r=None)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    Value pool = sequence_tuple(t, a[0]);
    if (pool == 0) {
        return 0;
    }
    ssize_t len = (ssize_t)tuple_len(pool), r = len;
    if (a[1] != 0 && !is_none(a[1])) {
        if (!value_is_int(a[1])) {
            return type_error(t, "Expected int as r");
        }
        if (!value_to_ssize(t, a[1], &r, &exc_OverflowError)) {
            return 0;
        }
        if (r < 0) {
            return value_error(t, "r must be non-negative");
        }
    }
    if (r > (ssize_t)1 << 40) {
        return raise_memory(t);
    }
    Combinatoric *c = comb_alloc(t, type, pool, (size_t)(len + r), r);
    if (c == NULL) {
        return 0;
    }
    ssize_t *index = index_of(c);
    for (ssize_t i = 0; i < len; i++) {
        index[i] = i;
    }
    for (ssize_t i = 0; i < r; i++) {
        index[len + i] = len - i;
    }
    c->stopped = r > len;
    return object_value(c);
}

static bool permutations_advance(Combinatoric *c)
{
    ssize_t n = (ssize_t)tuple_len(c->pool), *index = index_of(c), *cycles = index + n;
    for (ssize_t i = c->r - 1; i >= 0; i--) {
        if (--cycles[i] == 0) { /* rotate the rest to the left */
            ssize_t first = index[i];
            memmove(index + i, index + i + 1, (size_t)(n - 1 - i) * sizeof *index);
            index[n - 1] = first;
            cycles[i] = n - i;
        } else {
            ssize_t other = n - cycles[i], swap = index[i];
            index[i] = index[other];
            index[other] = swap;
            return true;
        }
    }
    return false;
}

static Value permutations_next(Thread *t, Value self)
{
    return comb_step(t, self, permutations_advance, comb_result);
}

static Value permutations_reduce_locked(Thread *t, Combinatoric *c)
{
    if (!c->started || c->stopped) {
        return comb_reduce_locked(t, c);
    }
    size_t len = tuple_len(c->pool);
    Value type = object_value(c->head.type), inner = tuple_pack(t, 2, c->pool, fixnum(c->r));
    Value index = indices_tuple(t, index_of(c), len),
          cycles = indices_tuple(t, index_of(c) + len, (size_t)c->r);
    Value state = index == 0 || cycles == 0 ? 0 : tuple_pack(t, 2, index, cycles);
    return inner == 0 || state == 0 ? 0 : tuple_pack(t, 3, type, inner, state);
}

NATIVE_FN(permutations_reduce)
{
    return comb_locked(t, args[0], permutations_reduce_locked);
}

NATIVE_FN(permutations_setstate)
{
    Combinatoric *c = comb(args[0]);
    if (!itertools_state(t, args[1], 2, 2)) {
        return 0;
    }
    ssize_t len = (ssize_t)tuple_len(c->pool);
    Value index = tuple_get(args[1], 0), cycles = tuple_get(args[1], 1);
    if (!value_is_tuple(index) || !value_is_tuple(cycles) || (ssize_t)tuple_len(index) != len ||
        (ssize_t)tuple_len(cycles) != c->r) {
        return value_error(t, "invalid arguments");
    }
    RawBuffer *fresh = indices_new(t, (size_t)(len + c->r));
    for (ssize_t i = 0; fresh != NULL && i < len; i++) {
        if (!state_index(t, index, (size_t)i, 0, len - 1, &indices(fresh)[i])) {
            return 0;
        }
    }
    for (ssize_t i = 0; fresh != NULL && i < c->r; i++) {
        if (!state_index(t, cycles, (size_t)i, 1, len - i, &indices(fresh)[len + i])) {
            return 0;
        }
    }
    return fresh == NULL ? 0 : comb_start(t, c, fresh);
}

static const NativeDef permutations_methods[] = {
    REDUCE_METHOD(permutations_reduce), SETSTATE_METHOD(permutations_setstate), END_OF_METHODS};
#define permutations_trace comb_trace
ITERTOOL_TYPE(permutations_type, "permutations", "(iterable, r=None)", Combinatoric, permutations,
              "Return successive r-length permutations of elements in the iterable.\n\n"
              "permutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)");

/* ---- product ---- */

static bool product_repeat(Thread *t, Value *args, size_t n, Value kwnames, ssize_t *repeat)
{
    *repeat = 1;
    if (kwnames == 0 || tuple_len(kwnames) == 0) {
        return true;
    }
    if (tuple_len(kwnames) > 1) {
        type_error(t, "product() takes at most 1 keyword argument (%zu given)", tuple_len(kwnames));
        return false;
    }
    if (!str_eq_cstr(tuple_get(kwnames, 0), "repeat")) {
        type_error(t, "'%U' is an invalid keyword argument for product()", tuple_get(kwnames, 0));
        return false;
    }
    if (!value_to_ssize(t, args[n], repeat, &exc_OverflowError)) {
        return false;
    }
    if (*repeat < 0) {
        value_error(t, "repeat argument cannot be negative");
        return false;
    }
    return true;
}

static Value product_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    ssize_t repeat;
    if (!product_repeat(t, args, n, kwnames, &repeat)) {
        return 0;
    }
    size_t given = repeat == 0 ? 0 : n, total;
    if (__builtin_mul_overflow(given, (size_t)repeat, &total) || total > (size_t)1 << 40) {
        return overflow_error(t, "repeat argument too large");
    }
    Value pools = tuple_new(t, total);
    if (pools == 0) {
        return 0;
    }
    bool empty = false;
    for (size_t i = 0; i < total; i++) {
        Value pool = i < given ? sequence_tuple(t, args[i]) : tuple_get(pools, i - given);
        if (pool == 0) {
            return 0;
        }
        empty |= tuple_len(pool) == 0;
        gc_store(value_object(pools), &value_tuple(pools)->items[i], pool);
    }
    Combinatoric *c = comb_alloc(t, type, pools, total, (ssize_t)total);
    if (c == NULL) {
        return 0;
    }
    c->stopped = empty;
    return object_value(c);
}

static bool product_advance(Combinatoric *c)
{
    ssize_t *index = index_of(c);
    for (ssize_t i = c->r - 1; i >= 0; i--) {
        if (++index[i] < (ssize_t)tuple_len(tuple_get(c->pool, (size_t)i))) {
            return true;
        }
        index[i] = 0;
    }
    return false;
}

static Value product_result(Thread *t, Combinatoric *c)
{
    Value v = tuple_new(t, (size_t)c->r);
    for (ssize_t i = 0; v != 0 && i < c->r; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i],
                 tuple_get(tuple_get(c->pool, (size_t)i), (size_t)index_of(c)[i]));
    }
    return v;
}

static Value product_next(Thread *t, Value self)
{
    return comb_step(t, self, product_advance, product_result);
}

static Value product_reduce_locked(Thread *t, Combinatoric *c)
{
    Value type = object_value(c->head.type);
    if (c->stopped) {
        Value inner = tuple_pack(t, 1, tuple_empty());
        return inner == 0 ? 0 : tuple_pack(t, 2, type, inner);
    }
    if (!c->started) {
        return tuple_pack(t, 2, type, c->pool);
    }
    Value state = indices_tuple(t, index_of(c), (size_t)c->r);
    return state == 0 ? 0 : tuple_pack(t, 3, type, c->pool, state);
}

NATIVE_FN(product_reduce)
{
    return comb_locked(t, args[0], product_reduce_locked);
}

NATIVE_FN(product_setstate)
{
    Combinatoric *c = comb(args[0]);
    RawBuffer *index = check_state(t, args[1], c->r);
    for (ssize_t i = 0; index != NULL && i < c->r; i++) {
        ssize_t len = (ssize_t)tuple_len(tuple_get(c->pool, (size_t)i));
        if (len == 0) {
            return NONE; /* at its end from the beginning */
        }
        if (!state_index(t, args[1], (size_t)i, 0, len - 1, &indices(index)[i])) {
            return 0;
        }
    }
    return index == NULL ? 0 : comb_start(t, c, index);
}

NATIVE_FN(product_sizeof)
{
    Combinatoric *c = comb(args[0]);
    return fixnum((int64_t)(type_of(args[0])->size + (size_t)c->r * sizeof(ssize_t)));
}

static const NativeDef product_methods[] = {
    REDUCE_METHOD(product_reduce),
    SETSTATE_METHOD(product_setstate),
    {"__sizeof__()", product_sizeof, "Returns size in memory, in bytes.", 0},
    END_OF_METHODS,
};
#define product_trace comb_trace
ITERTOOL_TYPE(product_type, "product", "", Combinatoric, product,
              "product(*iterables, repeat=1) --> product object\n\n"
              "Cartesian product of input iterables.  Equivalent to nested for-loops.\n"
              "The leftmost iterators are in the outermost for-loop, so the output tuples\n"
              "cycle in a manner similar to an odometer.");
