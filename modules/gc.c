/* The module gc.  The collector's two generations are not the reference's three: the numbers are
 * accepted, and collect() looks at everything whatever the number. */
#include "gc/gc.h"

#include <stdio.h>

#include "core/base/clock.h"
#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"

extern Type set_table_type;

enum {
    DEBUG_STATS = 1,
    DEBUG_COLLECTABLE = 2,
    DEBUG_UNCOLLECTABLE = 4,
    DEBUG_SAVEALL = 32,
    DEBUG_LEAK = 38
};
enum { FINALIZER_ROUNDS = 4 }; /* a file, its buffer, the raw file, and one more */

static _Atomic int debug_flags;
static _Atomic int thresholds[3] = {700, 10, 10};
static _Atomic int64_t frozen;
static _Atomic uint64_t young_runs[2], young_freed[2]; /* asked for by collect(0) and collect(1) */
static _Atomic uint64_t parts_freed; /* what collect() found and did not count */
static Value callback_list, garbage_list;

/* Parts of other objects that Python code never sees. */
static bool is_internal(Value v)
{
    const Type *type = type_of(v);
    return type == &value_array_type || type == &dict_table_type || type == &set_table_type ||
           type == &shape_type || vm_is_inline_cache(type) || type_mro(type) == 0;
}

/* Code objects, and tuples of what is no container itself, down to some depth: the reference does
 * not list them, and functions of bytecode files that are called for the first time make such. */
static bool is_plain(const Object *o, int depth)
{
    if (o->type != &tuple_type || depth == 0) {
        return o->type == &code_type || o->type->trace == NULL || o->type == &str_type;
    }
    Value v = object_value(o);
    for (size_t i = 0; i < tuple_len(v); i++) {
        Value item = tuple_get(v, i);
        if (item && value_is_object(item) && !is_plain(value_object(item), depth - 1)) {
            return false;
        }
    }
    return true;
}

static bool is_container(const Object *o)
{
    return o->type->trace != NULL && o->type != &str_type;
}

static bool is_tracked(const Object *o)
{
    enum { DEPTH = 4 };
    return is_container(o) && !is_plain(o, DEPTH);
}

/* Counts for collect(), and get_objects() lists it. */
static bool is_shown(const Object *o) { return is_tracked(o) && !is_internal(object_value(o)); }

/* ---- collect ---- */

static bool run_callbacks(Thread *t, const char *phase, int64_t generation, int64_t collected)
{
    if (list_len(callback_list) == 0) {
        return true;
    }
    Value info = dict_new(t), phase_text = str_from_cstr(t, phase);
    if (info == 0 || phase_text == 0 || !dict_set_cstr(t, info, "generation", fixnum(generation)) ||
        !dict_set_cstr(t, info, "collected", fixnum(collected)) ||
        !dict_set_cstr(t, info, "uncollectable", fixnum(0))) {
        return false;
    }
    for (size_t i = 0; i < list_len(callback_list); i++) {
        Value callback = list_get(callback_list, i);
        if (callback != 0 && call2(t, callback, phase_text, info) == 0) {
            error_unraisable(t, NULL, callback);
        }
    }
    return true;
}

static Value gc_module_collect(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int generation = 2;
    char *scan_from = t->gc.scan_from;
    t->gc.scan_from = NULL; /* callbacks collect, too */
    if (args[0] != 0 && !value_to_int(t, args[0], &generation)) {
        return 0;
    }
    if (generation < 0 || generation > 2) {
        return value_error(t, "invalid generation");
    }
    if (!run_callbacks(t, "start", generation, 0)) {
        return 0;
    }
    t->gc.scan_from = scan_from;
    size_t others, freed = gc_collect_counting(t, is_shown, &others);
    atomic_fetch_add(&parts_freed, others);
    if (generation < 2) {
        atomic_fetch_add(&young_runs[generation], 1);
        atomic_fetch_add(&young_freed[generation], freed);
    }
    if (atomic_load(&debug_flags) & DEBUG_STATS) {
        fprintf(stderr, "gc: done, %zu unreachable, 0 uncollectable\n", freed);
    }
    return run_callbacks(t, "stop", generation, (int64_t)freed) ? fixnum((int64_t)freed) : 0;
}

/* ---- settings ---- */

static Value gc_module_enable(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                              Value kw UNUSED)
{
    gc_set_enabled(true);
    return NONE;
}

static Value gc_module_disable(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                               Value kw UNUSED)
{
    gc_set_enabled(false);
    return NONE;
}

static Value gc_module_isenabled(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                 Value kw UNUSED)
{
    return bool_value(gc_is_enabled());
}

static Value gc_module_set_debug(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int flags;
    if (!value_to_int(t, args[0], &flags)) {
        return 0;
    }
    atomic_store(&debug_flags, flags);
    return NONE;
}

static Value gc_module_get_debug(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                 Value kw UNUSED)
{
    return fixnum(atomic_load(&debug_flags));
}

static Value gc_module_set_threshold(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    for (int i = 0; i < 3 && args[i] != 0; i++) {
        int value;
        if (!value_to_parsed_int(t, args[i], &value)) {
            return 0;
        }
        atomic_store(&thresholds[i], value);
    }
    return NONE;
}

static Value gc_module_get_threshold(Thread *t, Value *args UNUSED, size_t n UNUSED,
                                     Value kw UNUSED)
{
    return tuple_pack(t, 3, fixnum(thresholds[0]), fixnum(thresholds[1]), fixnum(thresholds[2]));
}

static Value gc_module_get_count(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    /* bytes; the collector counts bytes, the caller expects objects */
    enum { TYPICAL_OBJECT = 64 };
    return tuple_pack(t, 3, fixnum((int64_t)(gc_allocated_since() / TYPICAL_OBJECT)), fixnum(0),
                      fixnum(0));
}

/* What collect(0) and collect(1) asked for was a collection of everything. */
static Value gc_module_get_stats(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    GcStats stats;
    gc_get_stats(&stats);
    const GcPauses *young = &stats.kinds[GC_YOUNG], *full = &stats.kinds[GC_FULL];
    uint64_t runs[3] = {young_runs[0], young_runs[1], full->collections},
             freed[3] = {young_freed[0], young_freed[1], full->objects_freed};
    runs[2] -= runs[0] + runs[1];
    freed[2] -= freed[0] + freed[1] + parts_freed;
    runs[0] += young->collections;
    freed[0] += young->objects_freed;
    Value list = list_new(t, 3);
    for (int i = 0; list != 0 && i < 3; i++) {
        Value d = dict_new(t);
        if (d == 0 || !dict_set_cstr(t, d, "collections", fixnum((int64_t)runs[i])) ||
            !dict_set_cstr(t, d, "collected", fixnum((int64_t)freed[i])) ||
            !dict_set_cstr(t, d, "uncollectable", fixnum(0)) || !list_append(t, list, d)) {
            return 0;
        }
    }
    return list;
}

static bool put_seconds(Thread *t, Value d, const char *key, uint64_t ns)
{
    Value seconds = float_new(t, (double)ns / 1e9);
    return seconds != 0 && dict_set_cstr(t, d, key, seconds);
}

static bool put_pauses(Thread *t, Value d, const GcPauses *p)
{
    return dict_set_cstr(t, d, "count", fixnum((int64_t)p->collections)) &&
           put_seconds(t, d, "total", p->total_ns) && put_seconds(t, d, "longest", p->max_ns);
}

static Value kind_dict(Thread *t, const GcPauses *p)
{
    Value d = dict_new(t);
    return d != 0 && put_pauses(t, d, p) && put_seconds(t, d, "median", p->median_ns) ? d : 0;
}

/* What the reference has not: how the collector spends its time. */
static Value gc_module_get_pauses(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    GcStats stats;
    gc_get_stats(&stats);
    double elapsed = (double)(monotonic_ns() - stats.started_ns);
    Value d = dict_new(t), young = kind_dict(t, &stats.kinds[GC_YOUNG]),
          full = kind_dict(t, &stats.kinds[GC_FULL]);
    Value share = float_new(t, (double)stats.all.total_ns / elapsed);
    return d != 0 && young != 0 && full != 0 && share != 0 && put_pauses(t, d, &stats.all) &&
                   dict_set_cstr(t, d, "share", share) && dict_set_cstr(t, d, "young", young) &&
                   dict_set_cstr(t, d, "full", full) &&
                   dict_set_cstr(t, d, "live", fixnum((int64_t)stats.bytes_live)) &&
                   dict_set_cstr(t, d, "mapped", fixnum((int64_t)stats.bytes_mapped))
               ? d : 0;
}

/* ---- looking at the heap ---- */

typedef struct Gather {
    Value *items;
    size_t count, capacity;
    Tuple *targets;      /* get_referrers: the objects looked for */
    Object *candidate;   /* ... and the object whose references are being looked at */
    bool found;
} Gather;

static void gather_object(Object *o, void *arg)
{
    Gather *g = arg;
    if (is_shown(o)) {
        if (g->count < g->capacity) {
            g->items[g->count] = object_value(o);
        }
        g->count++;
    }
}

/* From now on what is being made may be known to others than the frame that makes it. */
static void stop_to_look(Thread *t)
{
    world_stop(t);
    atomic_store_explicit(&runtime.objects_seen, true, memory_order_relaxed);
}

/* Runs `fill` with the world stopped, with as much room as it turns out to need. */
static Value gather_list(Thread *t, void (*fill)(Object *o, void *arg), Gather *g)
{
    g->capacity = 1024;
    for (;;) {
        ValueArray *array = value_array_new(t, g->capacity);
        if (array == NULL) {
            return 0;
        }
        g->items = array->items;
        g->count = 0;
        stop_to_look(t);
        gc_walk(fill, g);
        gc_written(array); /* others may have collected since it was made */
        world_start(t);
        if (g->count <= g->capacity) {
            return list_from(t, array->items, g->count);
        }
        g->capacity = g->count + g->count / 8 + 64;
    }
}

static Value gc_module_get_objects(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int64_t generation = 2;
    if (args[0] != 0 && !is_none(args[0])) {
        ssize_t value;
        if (!value_to_ssize(t, args[0], &value, &exc_OverflowError)) {
            return 0;
        }
        if (value < -1) {
            return value_error(t, "generation parameter cannot be negative");
        }
        if (value > 2) {
            return value_error(
                t,
                "generation parameter must be less than the number of available generations (3)");
        }
        generation = value == -1 ? 2 : value;
    }
    if (!AUDIT(t, "gc.get_objects", 1, args[0] ? args[0] : fixnum(-1))) {
        return 0;
    }
    /* what is dead must not come back; what had a finalizer is found dead once it has run */
    for (int i = 0; i < FINALIZER_ROUNDS && gc_collect(t) > 0; i++) {
    }
    if (type_forget_dead_subclasses(t)) {
        gc_collect(t);
    }
    Gather g = {0};
    return generation == 2 ? gather_list(t, gather_object, &g) : list_new(t, 0);
}

static void match_target(Value v, void *arg)
{
    Gather *g = arg;
    for (size_t i = 0; !g->found && i < g->targets->len; i++) {
        g->found = g->targets->items[i] == v;
    }
    if (!g->found && is_internal(v) && type_of(v) != &shape_type) {
        gc_referents(value_object(v), match_target, g);
    }
}

static void gather_referrer(Object *o, void *arg)
{
    Gather *g = arg;
    if (!is_shown(o) || o == &g->targets->head) {
        return;
    }
    g->found = false;
    gc_referents(o, match_target, g);
    if (g->found) {
        if (g->count < g->capacity) {
            g->items[g->count] = object_value(o);
        }
        g->count++;
    }
}

static Value gc_module_get_referrers(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    Value targets = tuple_from(t, args, n);
    if (targets == 0 || !AUDIT(t, "gc.get_referrers", 1, targets)) {
        return 0;
    }
    gc_collect(t);
    Gather g = {.targets = (Tuple *)value_object(targets)};
    return gather_list(t, gather_referrer, &g);
}

static void gather_referent(Value v, void *arg)
{
    Gather *g = arg;
    if (is_internal(v)) {
        if (type_of(v) != &shape_type) {
            gc_referents(value_object(v), gather_referent, g);
        }
    } else if (!value_is_object(v) || !(value_object(v)->gc_flags & GC_STATIC) ||
               type_of(v) != &type_type) {
        if (g->count < g->capacity) {
            g->items[g->count] = v;
        }
        g->count++;
    }
}

static Value gc_module_get_referents(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    Gather g = {.capacity = 64};
    Value objects = tuple_from(t, args, n);
    if (objects == 0 || !AUDIT(t, "gc.get_referents", 1, objects)) {
        return 0;
    }
    for (;;) {
        ValueArray *array = value_array_new(t, g.capacity);
        if (array == NULL) {
            return 0;
        }
        g.items = array->items;
        g.count = 0;
        stop_to_look(t); /* nobody changes the objects meanwhile */
        for (size_t i = 0; i < n; i++) {
            if (value_is_object(args[i]) && is_container(value_object(args[i]))) {
                gc_referents(value_object(args[i]), gather_referent, &g);
            }
        }
        gc_written(array);
        world_start(t);
        if (g.count <= g.capacity) {
            return list_from(t, array->items, g.count);
        }
        g.capacity = g.count + 64;
    }
}

static bool dict_holds_container(Value d)
{
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(d, &table, &pos, &key, &v)) {
        if ((value_is_object(v) && is_container(value_object(v))) ||
            (value_is_object(key) && value_is_tuple(key))) {
            return true;
        }
    }
    return false;
}

static Value gc_module_is_tracked(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value v = args[0];
    Type *type = type_of(v);
    if (!value_is_object(v) || value_is_str(v) || v == tuple_empty() || type == &bytearray_type ||
        type == &object_type || (value_is_type(v) && !type_has(value_type(v), TYPE_HEAP))) {
        return FALSE_VALUE;
    }
    if (type_has(type, TYPE_HEAP)) {
        return TRUE_VALUE;
    }
    if (!is_tracked(value_object(v))) {
        return FALSE_VALUE;
    }
    return bool_value(!value_is_dict_exact(v) || dict_holds_container(v));
}

static Value gc_module_is_finalized(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bool_value(value_is_object(args[0]) && (value_object(args[0])->gc_flags & GC_FINALIZED));
}

static void count_container(Object *o, void *arg)
{
    *(int64_t *)arg += is_shown(o);
}

static Value gc_module_freeze(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    int64_t count = 0;
    world_stop(t);
    gc_walk(count_container, &count);
    world_start(t);
    atomic_store(&frozen, count);
    return NONE;
}

static Value gc_module_unfreeze(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                Value kw UNUSED)
{
    atomic_store(&frozen, 0);
    return NONE;
}

static Value gc_module_get_freeze_count(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                        Value kw UNUSED)
{
    return fixnum(atomic_load(&frozen));
}

static const NativeDef functions[] = {
    {"collect(generation=2)", gc_module_collect,
     "Run the collector; return the number of objects found unreachable.", NATIVE_COLLECTS},
    {"enable()", gc_module_enable, "Let collections start by themselves.", 0},
    {"disable()", gc_module_disable,
     "Keep collections from starting by themselves while memory allows it.", 0},
    {"isenabled()", gc_module_isenabled, "True if collections start by themselves.", 0},
    {"set_debug(flags, /)", gc_module_set_debug, "Set the debugging flags.", 0},
    {"get_debug()", gc_module_get_debug, "Return the debugging flags.", 0},
    {"set_threshold(threshold0, threshold1=None, threshold2=None, /)", gc_module_set_threshold,
     "Store the collection thresholds.", 0},
    {"get_threshold()", gc_module_get_threshold, "Return the stored collection thresholds.", 0},
    {"get_count()", gc_module_get_count,
     "Return roughly how much was allocated since the last collection.", 0},
    {"get_stats()", gc_module_get_stats, "Return a list of dictionaries with statistics.", 0},
    {"get_pauses()", gc_module_get_pauses,
     "Return a dictionary: number of collections, seconds in all and of the longest, share of the "
     "running time, the same and the median for each kind, bytes.",
     0},
    {"get_objects(generation=None)", gc_module_get_objects,
     "Return a list of the container objects in the heap.", NATIVE_COLLECTS},
    {"get_referrers(*objs)", gc_module_get_referrers,
     "Return the objects that directly refer to any of objs.", NATIVE_RAW},
    {"get_referents(*objs)", gc_module_get_referents,
     "Return the objects directly referred to by objs.", NATIVE_RAW},
    {"is_tracked(obj, /)", gc_module_is_tracked, "True if the object may refer to others.", 0},
    {"is_finalized(obj, /)", gc_module_is_finalized, "True if the finalizer of the object has run.",
     0},
    {"freeze()", gc_module_freeze, "Count all current objects as permanent.", 0},
    {"unfreeze()", gc_module_unfreeze, "Count no object as permanent.", 0},
    {"get_freeze_count()", gc_module_get_freeze_count, "Return how many objects freeze() counted.",
     0},
    {NULL, NULL, NULL, 0},
};

static bool exec(Thread *t, Value mod)
{
    if (callback_list == 0) {
        gc_add_root(&callback_list);
        gc_add_root(&garbage_list);
        callback_list = list_new(t, 0);
        garbage_list = list_new(t, 0);
    }
    return callback_list != 0 && garbage_list != 0 &&
           module_add(t, mod, "callbacks", callback_list) &&
           module_add(t, mod, "garbage", garbage_list) &&
           module_add_int(t, mod, "DEBUG_STATS", DEBUG_STATS) &&
           module_add_int(t, mod, "DEBUG_COLLECTABLE", DEBUG_COLLECTABLE) &&
           module_add_int(t, mod, "DEBUG_UNCOLLECTABLE", DEBUG_UNCOLLECTABLE) &&
           module_add_int(t, mod, "DEBUG_SAVEALL", DEBUG_SAVEALL) &&
           module_add_int(t, mod, "DEBUG_LEAK", DEBUG_LEAK);
}

const ModuleDef module_gc = {"gc", "Access to the garbage collector.", functions, exec};
