/* Isolated interpreters: their table, creation and end. */
#include "core/object/interpreter.h"

#include <dlfcn.h>

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/dict.h"
#include "core/object/error.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/thread_state.h"
#include "core/runtime/start.h"
#include "gc/keep.h"
#include "importer/source_import.h"

static Mutex table_lock;
static Interpreter *table; /* oldest first, linked by next */
static uint64_t next_id;   /* table_lock */

/* ---- life of the structure ---- */

static void trace_interpreter(Tracer *tr, void *arg)
{
    Interpreter *i = arg;
    const Value fields[] = {i->modules,     i->builtins,     i->sys_dict,
                            i->importlib,   i->import_func,  i->codec_search_path,
                            i->codec_cache, i->codec_errors, i->sentinel,
                            i->atexit_list, i->audit_hooks,  i->extra};
    trace_values(tr, fields, ARRAY_SIZE(fields));
    trace_values(tr, i->slots, INTERP_SLOTS);
    if (i == runtime.main_interp) {
        trace_value(tr, runtime.config.warn_options);
        trace_value(tr, runtime.config.xoptions);
    }
}

void interpreter_add_user(Interpreter *i)
{
    atomic_fetch_add_explicit(&i->users, 1, memory_order_relaxed);
}

void interpreter_drop_user(Interpreter *i)
{
    if (i && atomic_fetch_sub_explicit(&i->users, 1, memory_order_acq_rel) == 1) {
        source_import_free(i);
        gc_remove_root_source(trace_interpreter, i);
        mem_free(i);
    }
}

static Interpreter *allocate(void)
{
    Interpreter *i = mem_calloc(1, sizeof *i);
    if (i) {
        i->recursion_limit = 1000;
        i->dlopen_flags = RTLD_NOW;
        i->users = 1;
        mutex_lock(&table_lock);
        i->id = next_id++;
        mutex_unlock(&table_lock);
        gc_add_root_source(trace_interpreter, i);
    }
    return i;
}

static void link_last(Interpreter *i)
{
    mutex_lock(&table_lock);
    Interpreter **place = &table;
    while (*place) {
        place = &(*place)->next;
    }
    *place = i;
    mutex_unlock(&table_lock);
}

static void unlink_interpreter(Interpreter *i)
{
    mutex_lock(&table_lock);
    Interpreter **place = &table;
    while (*place && *place != i) {
        place = &(*place)->next;
    }
    if (*place) {
        *place = i->next;
    }
    mutex_unlock(&table_lock);
}

/* ---- looking up ---- */

Interpreter *interpreter_find(uint64_t id)
{
    mutex_lock(&table_lock);
    Interpreter *i = table;
    while (i && i->id != id) {
        i = i->next;
    }
    if (i) {
        interpreter_add_user(i);
    }
    mutex_unlock(&table_lock);
    return i;
}

Value interpreter_ids(Thread *t)
{
    Value list = list_new(t, 4);
    uint64_t after = 0;
    for (bool first = true; list; first = false) { /* no allocation under the lock */
        mutex_lock(&table_lock);
        const Interpreter *i = table;
        while (i && !first && i->id <= after) {
            i = i->next;
        }
        after = i ? i->id : after;
        mutex_unlock(&table_lock);
        if (!i) {
            break;
        }
        if (!list_append(t, list, int_from_uint64(t, after))) {
            return 0;
        }
    }
    return list;
}

bool interpreter_claim(Interpreter *i)
{
    bool busy = false;
    return atomic_compare_exchange_strong(&i->busy, &busy, true);
}

void interpreter_unclaim(Interpreter *i)
{
    atomic_store(&i->busy, false);
}

/* ---- going in ---- */

/* The state of the interpreter's main thread lives from one run to the next: threading's main
 * thread waits for the sentinel. */
static void take_sentinel(Thread *inner)
{
    inner->sentinel = inner->interp->sentinel;
    inner->interp->sentinel = 0;
}

static void keep_sentinel(Thread *inner)
{
    inner->interp->sentinel = inner->sentinel;
}

NOINLINE bool interpreter_run(Thread *t, Interpreter *i, void (*fn)(Thread *inner, void *arg),
                              void *arg)
{
    Thread *inner = thread_enter(t, i, __builtin_frame_address(0));
    if (!inner) {
        raise_memory(t);
        return false;
    }
    take_sentinel(inner);
    fn(inner, arg);
    assert(!error_pending(inner));
    keep_sentinel(inner);
    thread_leave(inner, t);
    return true;
}

/* ---- begin and end ---- */

/* In the child of a fork the threads that were in other interpreters are gone. */
static void after_fork(Thread *t)
{
    mutex_reinit(&table_lock);
    for (Interpreter *i = table; i; i = i->next) {
        atomic_store(&i->busy, i == t->interp || i == runtime.main_interp);
        atomic_store(&i->threads, 0);
    }
}

Interpreter *interpreter_new(Thread *t)
{
    Interpreter *i = allocate();
    if (!i) {
        raise_memory(t);
        return NULL;
    }
    if (!t->interp) {
        t->interp = i;
        interpreter_add_user(i);
        i->busy = true;
        link_last(i);
        thread_add_fork_hook(after_fork);
    }
    return i;
}

typedef struct Outcome {
    bool ok;
    Value exc;
} Outcome;

static void start_inside(Thread *t, void *arg)
{
    Outcome *o = arg;
    gc_begin_start(t);
    atomic_store_explicit(&t->interp->starting, true, memory_order_relaxed);
    o->ok = interpreter_start(t);
    atomic_store_explicit(&t->interp->starting, false, memory_order_relaxed);
    gc_end_start(t);
    o->exc = error_take(t);
}

Interpreter *interpreter_create(Thread *t)
{
    Interpreter *i = interpreter_new(t);
    Outcome o = {false, 0};
    if (!i) {
        return NULL;
    }
    atomic_store_explicit(&runtime.multi_interpreters, true, memory_order_relaxed);
    bool ran = interpreter_run(t, i, start_inside, &o);
    gc_end_start(t);
    if (ran && o.ok) {
        link_last(i);
        return i;
    }
    interpreter_drop_user(i);
    if (o.exc) {
        raise_exception(t, o.exc);
    }
    return NULL;
}

static void finish_inside(Thread *t, void *arg UNUSED)
{
    interpreter_finish(t);
}

bool interpreter_close(Thread *t, Interpreter *i)
{
    assert(i->busy && i != runtime.main_interp);
    if (!interpreter_run(t, i, finish_inside, NULL)) {
        return false;
    }
    unlink_interpreter(i);
    interpreter_drop_user(i);
    return true;
}

void interpreter_close_all(Thread *t)
{
    Value ids = interpreter_ids(t);
    for (size_t n = 0; ids && n < list_len(ids); n++) {
        int64_t id;
        Interpreter *i =
            int_try_int64(list_get(ids, n), &id) ? interpreter_find((uint64_t)id) : NULL;
        if (i && interpreter_claim(i) && !interpreter_close(t, i)) {
            error_clear(t);
        }
        interpreter_drop_user(i);
    }
    error_clear(t);
}
