/* _tracemalloc: where the objects of the heap were made.
 *
 *   entries   hash table by domain and address: one Entry per object made while tracing, and
 *             alive at the last collection, and per block that an extension tells of
 *   traces    hash table of Traces, each stack of (code, unit) once; lines are worked out when
 *             somebody asks
 *
 * The collector tells of each allocation and, after marking, lets the entries of dead objects go:
 * between collections garbage counts as memory in use.  What lies outside the heap is traced only
 * when an extension tells of it.
 *
 * `state.lock` guards all of it.  Nothing that stops for the collector happens under it.  A Trace
 * lives until tracing stops and nobody reads.
 */
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/frame.h"
#include "core/vm/vm.h"
#include "core/object/thread_state.h"

enum { FIRST_SLOTS = 1024, MOST_FRAMES = UINT16_MAX };
/* the domain of objects, which Python knows as 0; those of extensions are 0 and more */
enum { HEAP = -1 };

typedef struct Place { Value code; uint32_t unit; } Place;
typedef struct Trace {
    uint64_t hash;
    size_t index;        /* in creation order */
    uint32_t n, depth;   /* places; frames there were, at most MOST_FRAMES */
    Place places[];      /* innermost first */
} Trace;
/* Without a trace: no longer tracked, and gone when the table is rebuilt. */
typedef struct Entry { uintptr_t address; size_t size; Trace *trace; int64_t domain; } Entry;

static struct {
    Mutex lock;
    _Atomic bool tracing;
    bool prepared;                 /* root source and fork hook are there */
    uint32_t limit;                /* frames kept */
    Entry *entries;
    size_t n_entries, entry_slots; /* slots: powers of 2 or 0, at most half full */
    Trace **traces;
    size_t n_traces, trace_slots;
    size_t current, peak;          /* bytes */
    size_t own;                    /* bytes of the traces */
    int readers;                   /* hold Traces without the lock */
} state;

/* ---- tables ---- */
static Entry *entry_slot(Entry *entries, size_t slots, int64_t domain, uintptr_t address)
{
    size_t i = hash_mix(address) & (slots - 1);
    while (entries[i].address && (entries[i].address != address || entries[i].domain != domain)) {
        i = (i + 1) & (slots - 1);
    }
    return &entries[i];
}

/* Moves the entries, of objects those that `keep` (NULL: all) wants, to a table of the given size;
 * false: no memory. */
static bool rebuild_entries_locked(size_t slots, bool (*keep)(const void *, unsigned),
                                   unsigned live)
{
    Entry *entries = mem_calloc(slots, sizeof *entries);
    if (!entries) {
        return false;
    }
    state.n_entries = state.current = 0;
    for (size_t i = 0; i < state.entry_slots; i++) {
        Entry e = state.entries[i];
        if (e.trace && (!keep || e.domain != HEAP || keep((const void *)e.address, live))) {
            *entry_slot(entries, slots, e.domain, e.address) = e;
            state.n_entries++;
            state.current += e.size;
        }
    }
    mem_free(state.entries);
    state.entries = entries;
    state.entry_slots = slots;
    return true;
}

static bool grow_traces_locked(void)
{
    size_t slots = state.trace_slots ? state.trace_slots * 2 : FIRST_SLOTS;
    Trace **traces = mem_calloc(slots, sizeof *traces);
    for (size_t i = 0; traces && i < state.trace_slots; i++) {
        if (state.traces[i]) {
            size_t at = state.traces[i]->hash & (slots - 1);
            while (traces[at]) {
                at = (at + 1) & (slots - 1);
            }
            traces[at] = state.traces[i];
        }
    }
    if (traces) {
        mem_free(state.traces);
        state.traces = traces;
        state.trace_slots = slots;
    }
    return traces != NULL;
}

/* The one Trace with these places; NULL: no memory. */
static Trace *intern_trace_locked(const Place *places, uint32_t n, uint32_t depth)
{
    uint64_t hash = depth;
    for (uint32_t i = 0; i < n; i++) {
        hash = hash_mix(hash ^ places[i].code) + places[i].unit;
    }
    hash = hash_mix(hash);
    if (state.n_traces >= state.trace_slots / 2 && !grow_traces_locked()) {
        return NULL;
    }
    size_t i = hash & (state.trace_slots - 1);
    for (Trace *old; (old = state.traces[i]) != NULL; i = (i + 1) & (state.trace_slots - 1)) {
        bool same = old->hash == hash && old->n == n && old->depth == depth;
        for (uint32_t k = 0; same && k < n; k++) {
            same = old->places[k].code == places[k].code && old->places[k].unit == places[k].unit;
        }
        if (same) {
            return old;
        }
    }
    size_t size = sizeof(Trace) + n * sizeof(Place);
    Trace *new = mem_alloc(size);
    if (new) {
        *new = (Trace){.hash = hash, .index = state.n_traces++, .n = n, .depth = depth};
        for (uint32_t k = 0; k < n; k++) {
            new->places[k] = places[k];
        }
        state.own += size;
        state.traces[i] = new;
    }
    return new;
}

static void clear_locked(bool traces_too)
{
    mem_free(state.entries);
    state.entries = NULL;
    state.n_entries = state.entry_slots = state.current = state.peak = 0;
    if (!traces_too || state.readers) {
        return;
    }
    for (size_t i = 0; i < state.trace_slots; i++) {
        mem_free(state.traces[i]);
    }
    mem_free(state.traces);
    state.traces = NULL;
    state.n_traces = state.trace_slots = state.own = 0;
}

/* ---- what the collector calls ---- */
/* false: no memory; this one is not traced. */
static bool add_entry_locked(int64_t domain, uintptr_t address, size_t size, Trace *trace)
{
    if (!trace || (state.n_entries >= state.entry_slots / 2 &&
                   !rebuild_entries_locked(state.entry_slots ? state.entry_slots * 2 : FIRST_SLOTS,
                                           NULL, 0))) {
        return false;
    }
    Entry *e = entry_slot(state.entries, state.entry_slots, domain, address);
    state.n_entries += e->address == 0;
    state.current += size - e->size;
    state.peak = state.current > state.peak ? state.current : state.peak;
    *e = (Entry){address, size, trace, domain};
    return true;
}

/* The frame of a generator or coroutine that is about to be made: its caller makes it. */
static bool is_unborn(Value *base)
{
    enum { LATER = CO_ANY_GENERATOR };
    return (frame_code_of(base)->flags & LATER) && !(frame_of(base)->flags & FRAME_GEN);
}

/* false: no memory. */
static bool note_block(Thread *t, int64_t domain, uintptr_t address, size_t size)
{
    enum { PLACES = 64 };
    Place few[PLACES],
        *places = state.limit > PLACES ? mem_alloc(state.limit * sizeof *places) : few;
    uint32_t n = 0, depth = 0;
    for (Value *base = t->base; places && base && depth < MOST_FRAMES;
         base = frame_of(base)->prev, depth++) {
        if (is_unborn(base)) {
            depth--;
        } else if (n < state.limit) {
            places[n++] = (Place){frame_of(base)->code, frame_unit(base)};
        }
    }
    bool done = false;
    if (places) {
        mutex_lock(&state.lock);
        done = !state.tracing ||
               add_entry_locked(domain, address, size, intern_trace_locked(places, n, depth));
        mutex_unlock(&state.lock);
    }
    if (places != few) {
        mem_free(places);
    }
    return done;
}

static void note_allocation(Thread *t, const void *object, size_t size)
{
    /* a cache is part of the code, not made by the line that fills it */
    if (!vm_is_inline_cache(((const Object *)object)->type)) {
        (void)note_block(t, HEAP, (uintptr_t)object, size);
    }
}

static void forget_dead(unsigned dead)
{
    /* without memory for it the dead are forgotten next time, or replaced by what takes their place
     */
    (void)(state.entry_slots && rebuild_entries_locked(state.entry_slots, gc_survived, dead));
}

static void trace_codes(Tracer *tr, void *arg UNUSED)
{
    for (size_t i = 0; i < state.trace_slots; i++) {
        for (uint32_t k = 0; state.traces[i] && k < state.traces[i]->n; k++) {
            code_trace_kept(tr, state.traces[i]->places[k].code);
        }
    }
}

static void after_fork(Thread *t UNUSED)
{
    mutex_reinit(&state.lock);
}

/* ---- blocks of extensions ---- */
static bool note_extension_block(Thread *t, unsigned domain, uintptr_t address, size_t size)
{
    return !state.tracing || note_block(t, domain, address, size);
}

static void forget_extension_block(unsigned domain, uintptr_t address)
{
    mutex_lock(&state.lock);
    Entry *e = NULL;
    if (state.entry_slots) {
        e = entry_slot(state.entries, state.entry_slots, domain, address);
    }
    if (e && e->trace) {
        state.current -= e->size;
        e->size = 0;
        e->trace = NULL;
    }
    mutex_unlock(&state.lock);
}

/* ---- functions ---- */
NATIVE_FN(trace_start)
{
    static const GcAllocTrace hooks = {note_allocation, forget_dead, note_extension_block,
                                       forget_extension_block};
    int64_t frames = 1;
    if (args[0] && !value_to_int64(t, args[0], &frames)) {
        return 0;
    }
    if (frames < 1 || frames > MOST_FRAMES) {
        return value_error(t, "the number of frames must be in range [1; 65535]");
    }
    mutex_lock(&state.lock);
    bool first = !state.prepared, was = state.tracing;
    state.prepared = state.tracing = true;
    state.limit = was ? state.limit : (uint32_t)frames;
    mutex_unlock(&state.lock);
    if (first) {
        gc_add_late_root_source(trace_codes, NULL);
        thread_add_fork_hook(after_fork);
    }
    if (!was) {
        gc_set_alloc_trace(t, &hooks);
    }
    return NONE;
}

NATIVE_FN(trace_stop)
{
    if (state.tracing) {
        gc_set_alloc_trace(t, NULL);
        mutex_lock(&state.lock);
        state.tracing = false;
        clear_locked(true);
        mutex_unlock(&state.lock);
    }
    return NONE;
}

NATIVE_FN(trace_clear)
{
    mutex_lock(&state.lock);
    clear_locked(false);
    mutex_unlock(&state.lock);
    return NONE;
}

NATIVE_FN(trace_reset_peak)
{
    mutex_lock(&state.lock);
    state.peak = state.current;
    mutex_unlock(&state.lock);
    return NONE;
}

NATIVE_FN(trace_is_tracing) { return bool_value(state.tracing); }
NATIVE_FN(trace_limit) { return fixnum(state.limit ? state.limit : 1); }

NATIVE_FN(trace_own_memory)
{
    mutex_lock(&state.lock);
    size_t bytes =
        state.own + state.entry_slots * sizeof(Entry) + state.trace_slots * sizeof(Trace *);
    mutex_unlock(&state.lock);
    return fixnum((int64_t)bytes);
}

NATIVE_FN(trace_memory)
{
    mutex_lock(&state.lock);
    size_t current = state.current, peak = state.peak;
    mutex_unlock(&state.lock);
    return tuple_pack(t, 2, fixnum((int64_t)current), fixnum((int64_t)peak));
}

/* ((file name, line), ...), innermost first; one without places for what ran outside of Python
 * code. */
static Value trace_tuple(Thread *t, const Trace *trace)
{
    if (trace->n == 0) {
        Value unknown = tuple_pack(t, 2, str_from_cstr(t, "<unknown>"), fixnum(0));
        return unknown ? tuple_pack(t, 1, unknown) : 0;
    }
    Value places = tuple_new(t, trace->n);
    for (uint32_t i = 0; places && i < trace->n; i++) {
        Code *code = (Code *)value_object(trace->places[i].code);
        int line = code_line(code, trace->places[i].unit);
        Value place =
            tuple_pack(t, 2, code->filename, fixnum(line < 0 ? (int)code->firstlineno : line));
        if (!place) {
            return 0;
        }
        gc_store(value_object(places), &value_tuple(places)->items[i], place);
    }
    return places;
}

/* A copy of the entries; *n of them.  The reader lets the Traces go when it is done.  NULL without
 * any, or raised. */
static Entry *copy_entries(Thread *t, size_t *n, size_t *n_traces)
{
    mutex_lock(&state.lock);
    Entry *copy = state.n_entries ? mem_alloc(state.n_entries * sizeof *copy) : NULL;
    bool failed = state.n_entries && !copy;
    *n = 0;
    *n_traces = state.n_traces;
    for (size_t i = 0; copy && i < state.entry_slots; i++) {
        if (state.entries[i].trace) {
            copy[(*n)++] = state.entries[i];
        }
    }
    state.readers += copy != NULL;
    mutex_unlock(&state.lock);
    if (failed) {
        raise_memory(t);
    }
    return copy;
}

static void end_reading(void)
{
    mutex_lock(&state.lock);
    state.readers--;
    mutex_unlock(&state.lock);
}

/* [(domain, size, traceback, depth), ...]; tracebacks: a tuple with room for each Trace's. */
static Value entry_list(Thread *t, const Entry *entries, size_t n, Value tracebacks)
{
    Value list = list_new(t, n);
    for (size_t i = 0; list && i < n; i++) {
        const Trace *trace = entries[i].trace;
        Value places = tuple_get(tracebacks, trace->index);
        if (is_none(places)) {
            places = trace_tuple(t, trace);
            if (!places) {
                return 0;
            }
            gc_store(value_object(tracebacks), &value_tuple(tracebacks)->items[trace->index],
                     places);
        }
        int64_t domain = entries[i].domain == HEAP ? 0 : entries[i].domain;
        Value item = tuple_pack(t, 4, fixnum(domain), fixnum((int64_t)entries[i].size), places,
                                fixnum(trace->depth));
        if (!item || !list_append(t, list, item)) {
            return 0;
        }
    }
    return list;
}

NATIVE_FN(trace_list)
{
    size_t count, n_traces;
    Entry *entries = copy_entries(t, &count, &n_traces);
    if (!entries) {
        return t->exc ? 0 : list_new(t, 0);
    }
    Value tracebacks = tuple_new(t, n_traces);
    for (size_t i = 0; tracebacks && i < n_traces; i++) {
        gc_store(value_object(tracebacks), &value_tuple(tracebacks)->items[i], NONE);
    }
    Value list = tracebacks ? entry_list(t, entries, count, tracebacks) : 0;
    end_reading();
    mem_free(entries);
    return list;
}

NATIVE_FN(trace_of_object)
{
    if (!value_is_object(args[0])) {
        return NONE;
    }
    mutex_lock(&state.lock);
    Entry *e = state.entry_slots ? entry_slot(state.entries, state.entry_slots, HEAP,
                                              (uintptr_t)value_object(args[0]))
                                 : NULL;
    Trace *trace = e ? e->trace : NULL;
    state.readers += trace != NULL;
    mutex_unlock(&state.lock);
    if (!trace) {
        return NONE;
    }
    Value places = trace_tuple(t, trace);
    end_reading();
    return places;
}

static const NativeDef tracemalloc_functions[] = {
    {"is_tracing()", trace_is_tracing, "Return True if memory blocks are traced.", 0},
    {"start(nframe=1, /)", trace_start,
     "Start tracing, with the innermost nframe frames of each traceback.", 0},
    {"stop()", trace_stop, "Stop tracing and forget all traces.", 0},
    {"clear_traces()", trace_clear, "Forget the traces of the blocks made so far.", 0},
    {"reset_peak()", trace_reset_peak, "Set the peak to the current size.", 0},
    {"get_traceback_limit()", trace_limit, "Return the number of frames kept of a traceback.", 0},
    {"get_tracemalloc_memory()", trace_own_memory, "Return the bytes that the traces take.", 0},
    {"get_traced_memory()", trace_memory,
     "Return the current and the greatest size of the traced blocks.", 0},
    {"_get_traces()", trace_list, "Return the traces of all blocks.", 0},
    {"_get_object_traceback(obj, /)", trace_of_object, "Return where the object was made, or None.",
     0},
    {NULL, NULL, NULL, 0},
};

extern const ModuleDef module__tracemalloc;
const ModuleDef module__tracemalloc = {
    .name = "_tracemalloc",
    .doc = "Debug module to trace memory blocks allocated by Python.",
    .functions = tracemalloc_functions,
};
