/* _lsprof: Profiler, what cProfile is made of (the design is that of lsprof by Brett Rosen, Ted
 * Czotter and Armin Rigo).
 *
 *   stats   one Stat per function that was called, and one per pair (caller, function); found
 *           through the hash table `slots`
 *   runs    one Run per thread that has enabled the profiler: the calls under way
 *
 * A call's time goes to its Stats when it returns: all of it to `total` unless the function is
 * active further out, and what its own calls did not take to `own`.  The events come through a
 * ProfileHook, so no frame objects are made.
 *
 * `lock` guards stats, slots, runs and what they contain.  Nothing that allocates objects or runs
 * Python happens under it: a thread that stops for the collector never holds it.
 */
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/time_value.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"

enum { SLOTS_FIRST = 64, STACK_FIRST = 64 };

typedef struct Stat {
    struct Stat *caller;     /* NULL: all calls of the function */
    const void *key;         /* Code, or the NativeDef of a native function */
    Value shown;             /* code object, or a native function's description */
    size_t index;            /* in Profiler.stats */
    int64_t calls, inner_calls; /* inner: made while one was active */
    int64_t total, own;      /* timer units */
    int64_t active;
} Stat;
typedef struct Call { Stat *stat, *edge /* or NULL */; int64_t start, in_callees; } Call;
typedef struct Run {
    struct Run *next;
    uint64_t thread /* Thread.serial */;
    size_t depth, capacity;
    Call *stack;
} Run;

typedef struct Profiler {
    Object head;
    Value timer;             /* or 0: the monotonic clock; __init__ may replace it at any moment */
    double unit;             /* lock; seconds in a unit of the timer; 0: it counts seconds */
    _Atomic bool subcalls, builtins;
    Mutex lock;
    bool no_memory;
    Stat **stats, **slots;
    size_t n_stats, n_slots; /* slots: a power of 2 or 0, at most half full */
    Run *runs;
} Profiler;
extern Type profiler_type;

static Value entry_type, subentry_type; /* roots; init-only */

static Profiler *profiler_of(Value v) { return (Profiler *)value_object(v); }

static void profiler_trace(Object *o, Tracer *tr)
{
    Profiler *p = (Profiler *)o;
    trace_value(tr, p->timer);
    for (size_t i = 0; i < p->n_stats; i++) {
        trace_value(tr, p->stats[i]->shown);
    }
}

/* Forgets the times and the calls under way. */
static void clear_locked(Profiler *p)
{
    for (size_t i = 0; i < p->n_stats; i++) {
        mem_free(p->stats[i]);
    }
    mem_free(p->stats);
    mem_free(p->slots);
    p->stats = p->slots = NULL;
    p->n_stats = p->n_slots = 0;
    for (Run *run = p->runs; run; run = run->next) {
        run->depth = 0;
    }
}

static void profiler_free(Object *o)
{
    Profiler *p = (Profiler *)o;
    clear_locked(p);
    while (p->runs) {
        Run *run = p->runs;
        p->runs = run->next;
        mem_free(run->stack);
        mem_free(run);
    }
}

/* ---- tables ---- */
/* Where the Stat is or belongs; n_slots > 0. */
static Stat **slot_locked(Profiler *p, const Stat *caller, const void *key)
{
    size_t mask = p->n_slots - 1, i = hash_mix((uintptr_t)key ^ hash_mix((uintptr_t)caller)) & mask;
    while (p->slots[i] && (p->slots[i]->caller != caller || p->slots[i]->key != key)) {
        i = (i + 1) & mask;
    }
    return &p->slots[i];
}

static Stat *find_locked(Profiler *p, const Stat *caller, const void *key)
{
    return p->n_slots ? *slot_locked(p, caller, key) : NULL;
}

static bool grow_locked(Profiler *p)
{
    size_t n = p->n_slots ? p->n_slots * 2 : SLOTS_FIRST;
    Stat **slots = mem_calloc(n, sizeof *slots);
    Stat **stats = slots ? mem_realloc(p->stats, n / 2 * sizeof *stats) : NULL;
    if (!stats) {
        mem_free(slots);
        return false;
    }
    mem_free(p->slots);
    p->slots = slots;
    p->n_slots = n;
    p->stats = stats;
    for (size_t i = 0; i < p->n_stats; i++) {
        *slot_locked(p, stats[i]->caller, stats[i]->key) = stats[i];
    }
    return true;
}

/* NULL: no memory. */
static Stat *add_locked(Profiler *p, Stat *caller, const void *key, Value shown)
{
    Stat *stat = find_locked(p, caller, key);
    if (stat) {
        return stat;
    }
    if (p->n_stats == p->n_slots / 2 && !grow_locked(p)) {
        return NULL;
    }
    stat = mem_calloc(1, sizeof *stat);
    if (stat) {
        stat->caller = caller;
        stat->key = key;
        stat->index = p->n_stats;
        gc_store(p, &stat->shown, shown);
        p->stats[p->n_stats++] = stat;
        *slot_locked(p, caller, key) = stat;
    }
    return stat;
}

static Run *run_locked(Profiler *p, Thread *t)
{
    for (Run *run = p->runs; run; run = run->next) {
        if (run->thread == t->serial) {
            return run;
        }
    }
    Run *run = mem_calloc(1, sizeof *run);
    if (run) {
        run->thread = t->serial;
        run->next = p->runs;
        p->runs = run;
    }
    return run;
}

/* ---- events ---- */
static double unit_of(Profiler *p)
{
    mutex_lock(&p->lock);
    double unit = p->unit;
    mutex_unlock(&p->lock);
    return unit;
}

/* The time in nanoseconds, or what the caller's timer says, in nanoseconds or units; its errors are
 * reported and count as 0. */
static int64_t timer_read(Thread *t, Profiler *p)
{
    Value timer = value_load(&p->timer);
    if (!timer) {
        return monotonic_ns();
    }
    int64_t now = 0;
    Value v = call0(t, timer);
    const bool counts = unit_of(p) > 0;
    if (v && counts && !value_is_int(v)) {
        v = type_error(t, "expect int, got %T", v);
    }
    if (!v || !(counts ? value_to_int64(t, v, &now) : value_to_ns(t, v, NS_FLOOR, &now))) {
        runtime.print_unraisable(t, NULL, timer);
        return 0;
    }
    return now;
}

/* The description of a native function: its module and name, or what its type shows. */
static Value native_shown(Thread *t, NativeFunction *f)
{
    const char *sig = f->def->sig;
    Value name = str_from_utf8(t, sig, strcspn(sig, "("));
    if (name && (!f->self || type_of(f->self) == &module_type) && f->module) {
        return str_format(t, "<built-in method %S.%U>", f->module, name);
    }
    Value member = name && f->self ? type_lookup(t, type_of(f->self), intern_str(t, name)) : 0;
    Value shown = member ? object_repr(t, member) : 0;
    if (!shown && name) {
        error_clear(t);
        shown = str_format(t, "<built-in method %U>", name);
    }
    return shown;
}

static const void *key_of(Value of)
{
    return type_of(of) == &native_function_type
               ? (const void *)((NativeFunction *)value_object(of))->def
               : value_object(of);
}

static bool push_locked(Thread *t, Profiler *p, Stat *stat, int64_t now)
{
    Run *run = stat ? run_locked(p, t) : NULL;
    if (run && run->depth == run->capacity) {
        size_t n = run->capacity ? run->capacity * 2 : STACK_FIRST;
        Call *stack = mem_realloc(run->stack, n * sizeof *stack);
        run->stack = stack ? stack : run->stack;
        run->capacity = stack ? n : run->capacity;
    }
    if (!run || run->depth == run->capacity) {
        return false;
    }
    Stat *edge = NULL;
    if (p->subcalls && run->depth) {
        edge = add_locked(p, run->stack[run->depth - 1].stat, stat->key, stat->shown);
        if (!edge) {
            return false;
        }
        edge->active++;
    }
    stat->active++;
    run->stack[run->depth++] =
        (Call){stat, edge, value_load(&p->timer) ? now : monotonic_ns(), 0};
    return true;
}

static void enter(Thread *t, Profiler *p, Value of)
{
    const void *key = key_of(of);
    int64_t now = value_load(&p->timer) ? timer_read(t, p) : 0;
    mutex_lock(&p->lock);
    Stat *stat = find_locked(p, NULL, key);
    if (!stat) {
        mutex_unlock(&p->lock);
        Value shown = type_of(of) == &native_function_type
                          ? native_shown(t, (NativeFunction *)value_object(of))
                          : of;
        error_clear(t);
        mutex_lock(&p->lock);
        stat = shown ? add_locked(p, NULL, key, shown) : NULL;
    }
    bool ok = push_locked(t, p, stat, now);
    p->no_memory |= !ok;
    mutex_unlock(&p->lock);
    if (!ok) {
        vm_set_profile(t, 0, NULL);
    }
}

static void count(Stat *stat, int64_t total, int64_t own)
{
    if (--stat->active == 0) {
        stat->total += total;
    } else {
        stat->inner_calls++;
    }
    stat->own += own;
    stat->calls++;
}

static void pop_locked(Run *run, int64_t now)
{
    Call *call = &run->stack[--run->depth];
    int64_t total = now - call->start, own = total - call->in_callees;
    if (run->depth) {
        call[-1].in_callees += total;
    }
    count(call->stat, total, own);
    if (call->edge) {
        count(call->edge, total, own);
    }
}

static void leave(Thread *t, Profiler *p, bool all)
{
    int64_t now = timer_read(t, p);
    mutex_lock(&p->lock);
    Run *run = run_locked(p, t);
    while (run && run->depth) {
        pop_locked(run, now);
        if (!all) {
            break;
        }
    }
    mutex_unlock(&p->lock);
}

static void profiler_event(Thread *t, Value self, ProfileEvent what, Value of)
{
    Profiler *p = profiler_of(self);
    switch (what) {
    case PROFILE_CALL:
        enter(t, p, of);
        break;
    case PROFILE_RETURN:
        leave(t, p, false);
        break;
    case PROFILE_C_CALL:
        if (p->builtins) {
            enter(t, p, of);
        }
        break;
    case PROFILE_C_RETURN:
    case PROFILE_C_EXCEPTION:
        if (p->builtins) {
            leave(t, p, false);
        }
        break;
    }
}

/* ---- methods ---- */
/* Sets an option when the argument is there; false: raised. */
static bool set_option(Thread *t, Value v, _Atomic bool *option)
{
    int truth = v ? object_truth(t, v) : 0;
    if (v && truth >= 0) {
        *option = truth;
    }
    return truth >= 0;
}

static Value profiler_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    Profiler *p = object_alloc_instance(t, type, 0);
    if (p) {
        p->subcalls = p->builtins = true;
    }
    return p ? object_value(p) : 0;
}

static bool profiler_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("Profiler(timer=None, timeunit=0.0, subcalls=True, builtins=True)");
    Profiler *p = profiler_of(self);
    Value a[4];
    double unit = 0;
    if (!args_bind(t, &sig, args, n, kwnames, a) || (a[1] && !value_to_double(t, a[1], &unit)) ||
        !set_option(t, a[2], &p->subcalls) || !set_option(t, a[3], &p->builtins)) {
        return false;
    }
    mutex_lock(&p->lock);
    p->unit = a[1] ? unit : p->unit;
    mutex_unlock(&p->lock);
    gc_store(p, &p->timer, a[0] && !is_none(a[0]) ? a[0] : 0);
    return true;
}

NATIVE_FN(profiler_enable)
{
    Profiler *p = profiler_of(args[0]);
    if (!set_option(t, args[1], &p->subcalls) || !set_option(t, args[2], &p->builtins)) {
        return 0;
    }
    vm_set_profile(t, args[0], profiler_event);
    return NONE;
}

NATIVE_FN(profiler_disable)
{
    Profiler *p = profiler_of(args[0]);
    vm_set_profile(t, 0, NULL);
    leave(t, p, true);
    mutex_lock(&p->lock);
    bool failed = p->no_memory;
    p->no_memory = false;
    mutex_unlock(&p->lock);
    return failed ? raise_error(t, &exc_MemoryError, "memory was exhausted while profiling") : NONE;
}

NATIVE_FN(profiler_clear)
{
    Profiler *p = profiler_of(args[0]);
    mutex_lock(&p->lock);
    clear_locked(p);
    mutex_unlock(&p->lock);
    return NONE;
}

/* A copy of the stats, which keeps what they show alive: `shown` is a tuple.  Callers and keys are
 * addresses only. */
typedef struct Snapshot { size_t n; Stat *stats; Value shown; } Snapshot;

static bool snapshot_take(Thread *t, Profiler *p, Snapshot *s)
{
    *s = (Snapshot){0};
    for (;;) {
        mutex_lock(&p->lock);
        size_t n = p->n_stats;
        if (s->shown && n <= s->n) {
            for (size_t i = 0; i < n; i++) {
                s->stats[i] = *p->stats[i];
                gc_store(value_object(s->shown), &value_tuple(s->shown)->items[i],
                         s->stats[i].shown);
                if (s->stats[i].caller) {
                    s->stats[i].index = s->stats[i].caller->index; /* from here on the caller's */
                }
            }
            s->n = n;
            mutex_unlock(&p->lock);
            return true;
        }
        mutex_unlock(&p->lock);
        mem_free(s->stats);
        s->n = n + SLOTS_FIRST;
        s->stats = mem_alloc(s->n * sizeof *s->stats);
        s->shown = s->stats ? tuple_new(t, s->n) : 0;
        for (size_t i = 0; s->shown && i < s->n; i++) {
            gc_store(value_object(s->shown), &value_tuple(s->shown)->items[i], NONE);
        }
        if (!s->shown) {
            mem_free(s->stats);
            if (!t->exc) {
                raise_memory(t);
            }
            return false;
        }
    }
}

/* An entry, or a subentry, which has all fields but calls (0). */
static Value entry_new(Thread *t, const Stat *stat, double factor, Value calls)
{
    Value total = float_new(t, (double)stat->total * factor),
          own = float_new(t, (double)stat->own * factor);
    const Value fields[] = {stat->shown, int_from_int64(t, stat->calls),
                            int_from_int64(t, stat->inner_calls), total, own, calls};
    return structseq_pack(t, calls ? entry_type : subentry_type, fields);
}

/* The lists of subentries by the caller's place in the snapshot; false: raised. */
static bool add_subentries(Thread *t, const Snapshot *s, double factor, Value lists)
{
    for (size_t i = 0; i < s->n; i++) {
        const Stat *stat = &s->stats[i];
        if (!stat->caller || !stat->calls) {
            continue;
        }
        Value list = tuple_get(lists, stat->index);
        if (is_none(list)) {
            list = list_new(t, 0);
            if (!list) {
                return false;
            }
            gc_store(value_object(lists), &value_tuple(lists)->items[stat->index], list);
        }
        Value sub = entry_new(t, stat, factor, 0);
        if (!sub || !list_append(t, list, sub)) {
            return false;
        }
    }
    return true;
}

static Value snapshot_entries(Thread *t, const Snapshot *s, double factor)
{
    Value entries = list_new(t, 0), lists = tuple_new(t, s->n);
    if (!entries || !lists) {
        return 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        gc_store(value_object(lists), &value_tuple(lists)->items[i], NONE);
    }
    if (!add_subentries(t, s, factor, lists)) {
        return 0;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!s->stats[i].caller && s->stats[i].calls) {
            Value entry = entry_new(t, &s->stats[i], factor, tuple_get(lists, i));
            if (!entry || !list_append(t, entries, entry)) {
                return 0;
            }
        }
    }
    return entries;
}

NATIVE_FN(profiler_getstats)
{
    Profiler *p = profiler_of(args[0]);
    Snapshot s;
    if (!snapshot_take(t, p, &s)) {
        return 0;
    }
    double unit = value_load(&p->timer) ? unit_of(p) : 0;
    Value entries = snapshot_entries(t, &s, unit > 0 ? unit : 1e-9);
    mem_free(s.stats);
    return entries;
}

static const NativeDef profiler_methods[] = {
    {"getstats()", profiler_getstats,
     "List of profiler_entry objects: code, callcount, reccallcount, totaltime, inlinetime, calls.",
     0},
    {"enable(subcalls=True, builtins=True)", profiler_enable,
     "Start collecting: with the times of a function's callees, and of built-in functions, unless "
     "told otherwise.",
     0},
    {"disable()", profiler_disable, "Stop collecting.", 0},
    {"clear()", profiler_clear, "Forget everything collected so far.", 0},
    {NULL, NULL, NULL, 0},
};

Type profiler_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_lsprof.Profiler",
    .doc = "Profiler(timer=None, timeunit=None, subcalls=True, builtins=True)\n\n"
           "Collects the times of calls; timer: a function to use instead of the clock, timeunit: "
           "seconds per\n"
           "unit when it returns integers.",
    .size = sizeof(Profiler),
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .trace = profiler_trace,
    .free = profiler_free,
    .new = profiler_new,
    .init = profiler_init,
    .methods = profiler_methods,
};

static bool lsprof_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"code", "code of the function, or name of a built-in one"},
        {"callcount", "number of calls"},
        {"reccallcount", "number of calls from itself"},
        {"totaltime", "time in it and what it calls"},
        {"inlinetime", "time in it alone"},
        {"calls", "what it calls"},
        {NULL, NULL}};
    static const StructSeqField sub_fields[] = {
        {"code", "code of the called function, or name of a built-in one"},
        {"callcount", "number of these calls"},
        {"reccallcount", "number of these calls from itself"},
        {"totaltime", "time in these calls and what they call"},
        {"inlinetime", "time in these calls alone"},
        {NULL, NULL}};
    static const StructSeqDef entry = {"_lsprof.profiler_entry", "Times of a function.", fields, 6};
    static const StructSeqDef subentry = {"_lsprof.profiler_subentry",
                                          "Times of a function called by another.", sub_fields, 5};
    return module_add_type(t, mod, &profiler_type) &&
           module_add_structseq(t, mod, &entry, &entry_type) &&
           module_add_structseq(t, mod, &subentry, &subentry_type);
}

extern const ModuleDef module__lsprof;
const ModuleDef module__lsprof = {
    .name = "_lsprof",
    .doc = "Fast profiler",
    .exec = lsprof_exec,
};
