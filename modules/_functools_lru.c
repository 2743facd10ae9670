/* _functools._lru_cache_wrapper.
 *
 * cache: dict from key to result (no bound) or to LruLink.  The links of a bounded cache form a
 * ring through `root`, newest behind root->prev... oldest at root->next; the ring and `count`
 * change under the object lock of the wrapper.  Looking a key up takes no lock; a hit on a bounded
 * cache locks only to move its link, and not even then when the link is the newest.  A key enters
 * the dict by one atomic setdefault, so each result is stored once. Hits and misses are counted per
 * thread group, to keep the cache line of a popular function unshared.
 *
 * Once several threads call it, a hit beside other threads does not move its link, which would take
 * the cache lines of three links from another processor: it only notes that there was one, and such
 * a link, when it is the oldest, becomes the newest once instead of being evicted (second chance).
 */
#include "core/base/atomics.h"
#include "core/object/int.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/lock.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "modules/_functools.h"

enum { LRU_GROUPS = 8, SECOND_CHANCES_MAX = 1024 /* at one eviction */ };

typedef struct LruLink {
    Object head;
    struct LruLink *prev, *next; /* NULL: not in the ring; lock of the wrapper */
    Value key, result;
    int64_t hash;
    bool hit; /* since it was the newest, and not moved; relaxed */
} LruLink;

typedef struct LruCounter {
    int64_t hits, misses; /* atomic relaxed */
    char pad[48];
} LruCounter;

typedef struct LruCache {
    Object head;
    Value fn;
    Value cache;     /* dict */
    Value info_type;
    Value mark;      /* object that separates positional from keyword arguments in keys */
    LruLink *root;
    ssize_t maxsize; /* -1: no bound */
    ssize_t count;   /* links in the ring; lock */
    uint64_t caller; /* serial of the first thread that had a hit; relaxed */
    bool many;       /* others have had one, too; relaxed */
    bool typed;
    char apart[CACHE_LINE]; /* what is counted shares no cache line with what every call reads */
    LruCounter counters[LRU_GROUPS];
} LruCache;

static inline LruCache *lru(Value v)
{
    assert(value_isa(v, &lru_cache_type));
    return (LruCache *)value_object(v);
}

static void lru_link_trace(Object *self, Tracer *tr)
{
    LruLink *l = (LruLink *)self;
    trace_object(tr, l->prev);
    trace_object(tr, l->next);
    trace_value(tr, l->key);
    trace_value(tr, l->result);
}

Type lru_links_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "functools._lru_list_elem",
    .size = sizeof(LruLink),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = lru_link_trace,
};

static void lru_cache_trace(Object *self, Tracer *tr)
{
    LruCache *c = (LruCache *)self;
    trace_value(tr, c->fn);
    trace_value(tr, c->cache);
    trace_value(tr, c->info_type);
    trace_value(tr, c->mark);
    trace_object(tr, c->root);
}

static LruLink *link_new(Thread *t, Value key, int64_t hash, Value result)
{
    LruLink *l = object_alloc(t, &lru_links_type, sizeof(LruLink));
    if (l != NULL) {
        gc_init(&l->key, key);
        gc_init(&l->result, result);
        l->hash = hash;
    }
    return l;
}

static void unlink_locked(LruLink *l)
{
    LruLink *prev = l->prev, *next = l->next;
    GC_STORE_PTR(prev, &prev->next, next);
    GC_STORE_PTR(next, &next->prev, prev);
    GC_STORE_PTR(l, &l->prev, NULL);
    GC_STORE_PTR(l, &l->next, NULL);
}

static void link_newest_locked(LruCache *c, LruLink *l)
{
    LruLink *root = c->root, *last = root->prev;
    GC_STORE_PTR(l, &l->prev, last);
    GC_STORE_PTR(l, &l->next, root);
    GC_STORE_PTR(last, &last->next, l);
    GC_STORE_PTR(root, &root->prev, l);
}

static inline LruCounter *counter_of(Thread *t, LruCache *c)
{
    return &c->counters[t->serial % LRU_GROUPS];
}

static Value lru_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("lru_cache(user_function, maxsize, typed, cache_info_type)");
    Value a[4];
    ssize_t maxsize = -1;
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!callable(a[0])) {
        return type_error(t, "the first argument must be callable");
    }
    if (!is_none(a[1])) {
        if (!value_is_fixnum(a[1]) && type_of(a[1])->index == NULL) {
            return type_error(t, "maxsize should be integer or None");
        }
        if (!value_to_ssize(t, a[1], &maxsize, &exc_OverflowError)) {
            return 0;
        }
        maxsize = maxsize < 0 ? 0 : maxsize;
    }
    int typed = object_truth(t, a[2]);
    Value cache = typed < 0 ? 0 : dict_new(t),
          mark = cache == 0 ? 0 : call0(t, object_value(&object_type));
    LruLink *root = mark == 0 ? NULL : link_new(t, 0, 0, 0);
    LruCache *c = root == NULL ? NULL : object_alloc_instance(t, type, 0);
    if (c == NULL) {
        return 0;
    }
    root->prev = root->next = root;
    gc_init(&c->fn, a[0]);
    gc_init(&c->cache, cache);
    gc_init(&c->info_type, a[3]);
    gc_init(&c->mark, mark);
    c->root = root;
    c->maxsize = maxsize;
    c->typed = typed;
    return object_value(c);
}

/* ---- calls ---- */

static Value key_of(Thread *t, LruCache *c, const Value *args, size_t n, Value kwnames)
{
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    if (!c->typed && nkw == 0) {
        if (n == 1 && (value_is_fixnum(args[0]) || value_is_str_exact(args[0]))) {
            return args[0];
        }
        return tuple_from(t, args, n);
    }
    size_t size = n + (nkw > 0 ? 1 + 2 * nkw : 0) + (c->typed ? n + nkw : 0), k = n;
    Value key = tuple_new(t, size);
    if (key == 0) {
        return 0;
    }
    Value *to = value_tuple(key)->items;
    memcpy(to, args, n * sizeof(Value));
    if (nkw > 0) {
        gc_init(&to[k++], c->mark);
        for (size_t i = 0; i < nkw; i++) {
            gc_init(&to[k++], tuple_get(kwnames, i));
            gc_init(&to[k++], args[n + i]);
        }
    }
    for (size_t i = 0; c->typed && i < n + nkw; i++) {
        gc_init(&to[k++], object_value(type_of(args[i])));
    }
    assert(k == size);
    return key;
}

static Value call_unbounded(Thread *t, LruCache *c, Value *args, size_t n, Value kwnames)
{
    Value key = key_of(t, c, args, n, kwnames);
    int64_t hash = key == 0 ? -1 : object_hash(t, key);
    if (hash == -1) {
        return 0;
    }
    Value r = dict_get_hash(t, c->cache, key, hash);
    if (r != 0) {
        (void)world_fetch_add(&counter_of(t, c)->hits, 1);
        return r;
    }
    if (error_pending(t)) {
        return 0;
    }
    (void)world_fetch_add(&counter_of(t, c)->misses, 1);
    r = call(t, c->fn, args, n, kwnames);
    return r != 0 && dict_set_hash(t, c->cache, key, hash, r) ? r : 0;
}

static bool is_called_by_many(Thread *t, LruCache *c)
{
    if (load_relaxed(&c->many)) {
        return true;
    }
    const uint64_t caller = load_relaxed(&c->caller);
    if (caller == 0) {
        store_relaxed(&c->caller, t->serial);
    } else if (caller != t->serial) {
        store_relaxed(&c->many, true);
    }
    return false;
}

static void touch(Thread *t, LruCache *c, LruLink *l)
{
    if (is_called_by_many(t, c) && world_is_shared()) {
        if (!load_relaxed(&l->hit)) {
            store_relaxed(&l->hit, true);
        }
        return;
    }
    if (load_relaxed(&c->root->prev) == l) {
        return;
    }
    bool taken = object_lock(t, c);
    if (l->prev != NULL) {
        unlink_locked(l);
        link_newest_locked(c, l);
    }
    object_unlock(c, taken);
}

/* The link to be evicted leaves the ring.  Others may have hits meanwhile: ends nevertheless. */
static LruLink *take_oldest_locked(LruCache *c)
{
    LruLink *l = c->root->next;
    for (int i = 0; i < SECOND_CHANCES_MAX && load_relaxed(&l->hit); i++, l = c->root->next) {
        store_relaxed(&l->hit, false); /* may miss one that comes now: no second chance for it */
        unlink_locked(l);
        link_newest_locked(c, l);
    }
    unlink_locked(l);
    return l;
}

/* Stores a new result; the oldest one goes when the cache is full. */
static bool store(Thread *t, LruCache *c, Value key, int64_t hash, Value result)
{
    LruLink *l = link_new(t, key, hash, result), *victim = NULL;
    if (l == NULL) {
        return false;
    }
    Value old = dict_setdefault_hash(t, c->cache, key, hash, object_value(l));
    if (old != object_value(l)) {
        return old != 0; /* the call itself, or another thread, has stored this key */
    }
    bool taken = object_lock(t, c);
    link_newest_locked(c, l);
    if (c->count >= c->maxsize) {
        victim = take_oldest_locked(c);
    } else {
        c->count++;
    }
    object_unlock(c, taken);
    return victim == NULL || dict_pop_hash(t, c->cache, victim->key, victim->hash) != 0 ||
           !error_pending(t);
}

static Value call_bounded(Thread *t, LruCache *c, Value *args, size_t n, Value kwnames)
{
    Value key = key_of(t, c, args, n, kwnames);
    int64_t hash = key == 0 ? -1 : object_hash(t, key);
    if (hash == -1) {
        return 0;
    }
    Value found = dict_get_hash(t, c->cache, key, hash);
    if (found != 0) {
        LruLink *l = (LruLink *)value_object(found);
        touch(t, c, l);
        (void)world_fetch_add(&counter_of(t, c)->hits, 1);
        return l->result;
    }
    if (error_pending(t)) {
        return 0;
    }
    (void)world_fetch_add(&counter_of(t, c)->misses, 1);
    Value r = call(t, c->fn, args, n, kwnames);
    return r != 0 && store(t, c, key, hash, r) ? r : 0;
}

static Value lru_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    LruCache *c = lru(self);
    if (c->maxsize < 0) {
        return call_unbounded(t, c, args, n, kwnames);
    }
    if (c->maxsize > 0) {
        return call_bounded(t, c, args, n, kwnames);
    }
    (void)world_fetch_add(&counter_of(t, c)->misses, 1);
    return call(t, c->fn, args, n, kwnames);
}

static Value lru_descr_get(Thread *t, Value self, Value obj, Value type UNUSED)
{
    return obj == 0 || is_none(obj) ? self : method_new(t, self, obj);
}

/* ---- methods ---- */

NATIVE_FN(lru_cache_info)
{
    LruCache *c = lru(args[0]);
    int64_t hits = 0, misses = 0;
    for (int i = 0; i < LRU_GROUPS; i++) {
        hits += __atomic_load_n(&c->counters[i].hits, __ATOMIC_RELAXED);
        misses += __atomic_load_n(&c->counters[i].misses, __ATOMIC_RELAXED);
    }
    Value a[4] = {fixnum(hits), fixnum(misses),
                  c->maxsize < 0 ? NONE : int_from_int64(t, c->maxsize),
                  fixnum((int64_t)dict_len(c->cache))};
    return call(t, c->info_type, a, 4, 0);
}

NATIVE_FN(lru_cache_clear)
{
    LruCache *c = lru(args[0]);
    bool taken = object_lock(t, c);
    while (c->root->next != c->root) {
        unlink_locked(c->root->next);
    }
    c->count = 0;
    object_unlock(c, taken);
    for (int i = 0; i < LRU_GROUPS; i++) {
        __atomic_store_n(&c->counters[i].hits, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&c->counters[i].misses, 0, __ATOMIC_RELAXED);
    }
    return dict_clear(t, c->cache) ? NONE : 0;
}

NATIVE_FN(lru_reduce)
{
    return object_getattr(t, args[0], N(__qualname__));
}

NATIVE_FN(lru_copy)
{
    return args[0];
}

static const NativeDef lru_methods[] = {
    {"cache_info()", lru_cache_info, "Report cache statistics", 0},
    {"cache_clear()", lru_cache_clear, "Clear the cache and cache statistics", 0},
    {"__reduce__()", lru_reduce, NULL, 0},
    {"__copy__()", lru_copy, NULL, 0},
    {"__deepcopy__(memo, /)", lru_copy, NULL, 0},
    {NULL, NULL, NULL, 0},
};

static Value lru_get_dict(Thread *t, Value self, void *closure UNUSED)
{
    return instance_dict(t, value_object(self));
}

static const GetSetDef lru_getset[] = {
    {"__dict__", lru_get_dict, functools_set_dict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type lru_cache_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "functools._lru_cache_wrapper",
    .doc = "Create a cached callable that wraps another function.\n\n"
           "user_function:      the function being cached\n\n"
           "maxsize:  0         for no caching\n          None      for unlimited cache size\n"
           "          n         for a bounded cache\n\n"
           "typed:    False     cache f(3) and f(3.0) as identical calls\n"
           "          True      cache f(3) and f(3.0) as distinct calls\n\n"
           "cache_info_type:    namedtuple class with the fields:\n"
           "                        hits misses currsize maxsize\n",
    .size = sizeof(LruCache),
    .flags = TYPE_IMMUTABLE | TYPE_HAS_DICT | TYPE_METHOD_DESCR | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .trace = lru_cache_trace,
    .new = lru_new,
    .call = lru_call,
    .descr_get = lru_descr_get,
    .methods = lru_methods,
    .getset = lru_getset,
};

bool lru_init(Thread *t)
{
    return type_ready(t, &lru_links_type);
}
