/* The module _thread: starting threads, their identity, hooks. */
#include <errno.h>
#include <signal.h>

#include "core/base/memory.h"
#include "core/base/os_thread.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/thread_stats.h"
#include "modules/_thread/thread.h"
#include "modules/signal.h"
#include "modules/sys.h"

/* What a new thread is to run; on a rooted list until the thread has attached itself. */
typedef struct Boot {
    Thread *thread;
    Value fn, args, kwargs;
    struct Boot *next, *prev;
} Boot;

static Mutex boots_lock;
static Boot *boots;
static _Atomic bool changed; /* a lock was made or a thread ended since _count() was last asked */
static _Atomic size_t stack_size;
static Value except_hook_args; /* type _ExceptHookArgs */

static void trace_boots(Tracer *tr, void *arg UNUSED)
{
    for (Boot *b = boots; b != NULL; b = b->next) {
        trace_value(tr, b->fn);
        trace_value(tr, b->args);
        trace_value(tr, b->kwargs);
    }
}

static void link_boot(Boot *b)
{
    mutex_lock(&boots_lock);
    b->next = boots;
    if (boots != NULL) {
        boots->prev = b;
    }
    boots = b;
    mutex_unlock(&boots_lock);
}

static void unlink_boot(Boot *b)
{
    mutex_lock(&boots_lock);
    if (b->prev != NULL) {
        b->prev->next = b->next;
    } else {
        boots = b->next;
    }
    if (b->next != NULL) {
        b->next->prev = b->prev;
    }
    mutex_unlock(&boots_lock);
}

static void release_sentinel(Thread *t UNUSED, Value lock)
{
    lock_release_if_held((Lock *)value_object(lock));
}

static void fork_in_child(Thread *t UNUSED)
{
    mutex_reinit(&boots_lock);
    boots = NULL;
}

static void note_change(void)
{
    /* few writes: all threads make locks */
    if (!atomic_load_explicit(&changed, memory_order_relaxed)) {
        atomic_store_explicit(&changed, true, memory_order_relaxed);
    }
}

/* What the thread runs is known to this frame only: later nothing of it lies on the thread's stack.
 */
static NOINLINE void run_boot(Thread *t, Boot *b)
{
    Value fn = b->fn, args = b->args, kwargs = b->kwargs;
    unlink_boot(b);
    mem_free(b);
    if (call_tuple(t, fn, args, kwargs) == 0) {
        if (error_matches(t, &exc_SystemExit)) {
            error_clear(t);
        } else {
            error_unraisable(t, "in thread started by", fn);
        }
    }
    gc_run_pending(t);
    local_thread_exit(t);
}

/* For -X threadstats: the name of the threading.Thread whose method is run. */
static void note_name(Thread *t, Value fn)
{
    Value owner, name;
    if (object_lookup_attr_cstr(t, fn, "__self__", &owner) > 0 &&
        object_lookup_attr_cstr(t, owner, "_name", &name) > 0 && value_is_str(name)) {
        const char *text = str_utf8(t, name, NULL);
        if (text) {
            thread_stats_set_name(t, text);
        }
    }
    error_clear(t);
}

static void thread_main(void *arg)
{
    Boot *b = arg;
    Thread *t = b->thread;
    thread_attach(t);
    if (thread_stats_on) {
        note_name(t, b->fn);
    }
    run_boot(t, b);
    note_change();
    atomic_fetch_sub_explicit(&t->interp->threads, 1, memory_order_relaxed);
    thread_detach_and_free(t);
}

static Value start_new_thread(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!callable(args[0])) {
        return type_error(t, "first arg must be callable");
    }
    if (!value_is_tuple(args[1])) {
        return type_error(t, "2nd arg must be a tuple");
    }
    if (args[2] != 0 && !value_is_dict(args[2])) {
        return type_error(t, "optional 3rd arg must be a dictionary");
    }
    if (atomic_load(&runtime.finalizing) || t->interp->finalizing) {
        return runtime_error(t, "can't create new thread at interpreter shutdown");
    }
    if (!thread_enable_multi()) {
        return runtime_error(t, "can't start new thread: this build has no synchronisation");
    }
    Boot *b = mem_calloc(1, sizeof *b);
    Thread *fresh = b != NULL ? thread_new(t->interp) : NULL;
    if (fresh == NULL || !vm_thread_init(fresh)) {
        if (fresh != NULL) {
            thread_free(fresh);
        }
        mem_free(b);
        return raise_memory(t);
    }
    *b = (Boot){.thread = fresh, .fn = args[0], .args = args[1], .kwargs = args[2]};
    link_boot(b);
    atomic_fetch_add_explicit(&t->interp->threads, 1, memory_order_relaxed);
    pthread_t id;
    if (os_thread_start(&id, stack_size, false, thread_main, b) != 0) {
        atomic_fetch_sub_explicit(&t->interp->threads, 1, memory_order_relaxed);
        unlink_boot(b);
        mem_free(b);
        thread_free(fresh);
        return runtime_error(t, "can't start new thread");
    }
    pthread_detach(id);
    return int_from_uint64(t, (uint64_t)(uintptr_t)id);
}

static Value exit_thread(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return raise_none(t, &exc_SystemExit);
}

static Value allocate_lock(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    note_change();
    return lock_new(t);
}

static Value get_ident(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return int_from_uint64(t, t->id);
}

static Value get_native_id(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return fixnum((int64_t)t->native_id);
}

/* Who counts threads goes on to look at what they left behind: what nothing refers to any more is
 * gone. */
static Value count_threads(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    char *scan_from = t->gc.scan_from;
    t->gc.scan_from = NULL;
    if (atomic_exchange(&changed, false)) {
        t->gc.scan_from = scan_from;
        gc_collect(t);
    }
    return fixnum(atomic_load_explicit(&t->interp->threads, memory_order_relaxed));
}

static Value thread_stack_size(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t old = atomic_load(&stack_size);
    ssize_t size = 0;
    if (args[0] != 0) {
        if (!value_to_ssize(t, args[0], &size, &exc_OverflowError)) {
            return 0;
        }
        if (size < 0) {
            return value_error(t, "size must be 0 or a positive value");
        }
        if (size != 0 && (size_t)size < OS_THREAD_STACK_MIN) {
            return value_error(t, "size not valid: %zd bytes", size);
        }
        /* what CPython runs in 32 KB needs more here */
        atomic_store(&stack_size, (size_t)size);
    }
    return fixnum((int64_t)old);
}

static Value set_sentinel(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Value lock = lock_new(t);
    if (lock != 0) {
        t->sentinel = lock;
    }
    return lock;
}

static Value interrupt_main(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number = SIGINT;
    if (args[0] != 0 && !value_to_int(t, args[0], &number)) {
        return 0;
    }
    if (!signal_simulate(number)) {
        return value_error(t, "signal number out of range");
    }
    return thread_check_signals(t) ? NONE : 0; /* at once when this is the main thread */
}

/* ---- _excepthook ---- */

static bool write_text(Thread *t, Value file, Value text)
{
    return text != 0 && call_method1(t, file, N(write), text) != 0;
}

static bool print_thread_exception(Thread *t, Value file, Value exc, Value thread)
{
    Value name = 0;
    if (!is_none(thread) && object_lookup_attr(t, thread, intern_cstr(t, "_name"), &name) < 0) {
        return false;
    }
    Value who = name != 0 ? object_str(t, name) : str_format(t, "%lld", (long long)t->id);
    if (who == 0 || !write_text(t, file, str_format(t, "Exception in thread %U:\n", who))) {
        return false;
    }
    Value print = import_attr(t, "traceback", "print_exception");
    Value kwnames = print != 0 ? tuple_pack(t, 1, intern_cstr(t, "file")) : 0;
    Value tb = ((Exception *)value_object(exc))->traceback;
    const Value call_args[] = {object_value(type_of(exc)), exc, tb != 0 ? tb : NONE, file};
    return kwnames != 0 && call(t, print, call_args, 3, kwnames) != 0 &&
           call_method0(t, file, N(flush)) != 0;
}

static Value excepthook(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (object_value(type_of(args[0])) != except_hook_args) {
        return type_error(t, "_thread.excepthook argument type must be ExceptHookArgs");
    }
    Value type = tuple_get(args[0], 0), exc = tuple_get(args[0], 1), thread = tuple_get(args[0], 3);
    if (type == object_value(&exc_SystemExit)) {
        return NONE;
    }
    if (is_none(exc)) {
        exc = exception_normalize(t, type, 0);
        if (exc == 0) {
            return 0;
        }
    }
    Value file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
    if ((file == 0 || is_none(file)) && !is_none(thread)) {
        file = object_getattr_cstr(t, thread, "_stderr");
        if (file == 0) {
            error_clear(t);
        }
    }
    if (file == 0 || is_none(file) || !value_is_exception(exc)) {
        return NONE;
    }
    return print_thread_exception(t, file, exc, thread) ? NONE : 0;
}

static const NativeDef functions[] = {
    {"start_new_thread(function, args, kwargs={}, /)", start_new_thread,
     "Start a thread that calls function(*args, **kwargs); return its identifier.", 0},
    {"start_new(function, args, kwargs={}, /)", start_new_thread,
     "An obsolete synonym of start_new_thread().", 0},
    {"allocate_lock()", allocate_lock, "Create a new lock.", 0},
    {"allocate()", allocate_lock, "An obsolete synonym of allocate_lock().", 0},
    {"exit()", exit_thread, "Raise SystemExit, which ends the thread silently.", 0},
    {"exit_thread()", exit_thread, "An obsolete synonym of exit().", 0},
    {"interrupt_main(signum=2, /)", interrupt_main,
     "Simulate the arrival of a signal, for the main thread.", 0},
    {"get_ident()", get_ident, "Identify the calling thread by a nonzero integer.", 0},
    {"get_native_id()", get_native_id, "The calling thread's number in the operating system.", 0},
    {"_count()", count_threads, "How many threads started by this module run.", NATIVE_COLLECTS},
    {"stack_size(size=0, /)", thread_stack_size,
     "Return the stack size of new threads; with an argument, set it.", 0},
    {"_set_sentinel()", set_sentinel,
     "Make the lock that is released when the calling thread ends.", 0},
    {"_excepthook(args, /)", excepthook, "Report an exception that ended a thread.", 0},
    {NULL, NULL, NULL, 0},
};

static bool add_except_hook_args(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"exc_type", "class of the exception"},
        {"exc_value", "the exception"},
        {"exc_traceback", "its traceback"},
        {"thread", "the thread it ended"},
        {NULL, NULL}};
    static const StructSeqDef def = {"_thread._ExceptHookArgs",
                                     "Type of the argument of excepthook.", fields, 4};
    return module_add_structseq(t, mod, &def, &except_hook_args);
}

static bool exec(Thread *t, Value mod)
{
    static bool once;
    if (!once) {
        once = true;
        gc_add_root_source(trace_boots, NULL);
        thread_add_fork_hook(fork_in_child);
        thread_release_sentinel = release_sentinel;
    }
    return module_add_type(t, mod, &thread_lock_type) &&
           module_add(t, mod, "LockType", object_value(&thread_lock_type)) &&
           module_add_type(t, mod, &thread_rlock_type) &&
           module_add_type(t, mod, &thread_local_type) &&
           module_add(t, mod, "error", object_value(&exc_RuntimeError)) &&
           module_add(t, mod, "TIMEOUT_MAX", float_new(t, 9223372036.0)) &&
           add_except_hook_args(t, mod);
}

const ModuleDef module__thread = {"_thread", "Low-level access to threads.", functions, exec};
