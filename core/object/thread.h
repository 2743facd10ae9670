/* Thread states and the runtime they belong to.
 *
 * Runtime (one per process) > Interpreter (modules, builtins, import state) > Thread.
 * A Thread is touched by its owner only, but for the fields marked shared.  An OS thread that runs
 * code of another interpreter has a Thread for each, the inner one attached, the outer one parked
 * (core/object/interpreter.h).
 */
#ifndef CORE_OBJECT_THREAD_H
#define CORE_OBJECT_THREAD_H

#include "core/object/type.h"
#include "gc/gc_thread.h"

typedef struct Interpreter Interpreter;
typedef struct Frame Frame; /* core/vm/frame.h: one activation on a register stack */

/* One entry of the chain of exceptions being handled; generators push their own. */
typedef struct ExcInfo {
    Value value;           /* exception being handled or 0 */
    struct ExcInfo *prev;
} ExcInfo;

/* entries of a thread's cache of type lookups, to begin with and at most */
#define TYPE_CACHE_FIRST 128
#define TYPE_CACHE_SIZE 2048
typedef struct TypeCacheEntry {
    uint32_t version;
    Value name;
    Value value; /* 0: known to be absent */
} TypeCacheEntry;

typedef enum ProfileEvent {
    PROFILE_CALL,
    PROFILE_RETURN,
    PROFILE_C_CALL,
    PROFILE_C_RETURN,
    PROFILE_C_EXCEPTION
} ProfileEvent;
/* A profiler in C: self is what sys.getprofile() shows, of the code object or the native function.
 */
typedef void (*ProfileHook)(Thread *t, Value self, ProfileEvent what, Value of);

#define GENERATOR_SPARES 8

struct Thread {
    GcThread gc;             /* must be first: Thread * and GcThread * convert by cast */
    Value exc;               /* pending exception instance, 0: none */
    ExcInfo *exc_info;       /* innermost entry of the handled chain */
    ExcInfo exc_base;
    Value *stack;            /* register stack, mmap'ed */
    Value *stack_end;
    Value *stack_top;        /* first free slot above the innermost frame while in C code */
    Value *base;             /* window of the innermost VM frame while in C code; NULL: none */
    int depth;               /* Python call depth, checked against interp->recursion_limit */
    int c_depth;             /* nested C calls into the interpreter */
    int tree_depth;          /* nodes of a tree above the one that is walked through */
    /* core/vm: state of the generators suspended that are its own (core/vm/generator_bias.c);
     * changes with the world stopped */
    uint64_t own_suspended;
    char *c_limit;           /* lowest usable C stack address; below: RecursionError */
    Interpreter *interp;
    uint64_t id;             /* _thread.get_ident() */
    unsigned long native_id;
    uint64_t serial;         /* never reused in the process */
    /* owner, others read it: the instance into whose slots it stores without a lock, or did last;
     * never dereferenced; core/object/instance.h */
    Object *storing;
    uint32_t replaced;       /* values of instances that were not open */
    uint8_t lock_mark;       /* init-only: what it leaves in the locks of objects: turn_mark */
    /* core/object/lock_bias.c: the lock byte of objects biased to it, or LOCK_NO_BIAS (owner, or
     * world stopped); locks until it asks for one */
    uint8_t own_mark;
    uint16_t own_mark_in;
    Object *holding;         /* owner, others read it: the biased object whose lock it holds */
    Value dict;              /* per-thread dict for _thread._local and friends, or 0 */
    Value context;           /* current contextvars.Context or 0 */
    Value async_exc;         /* shared: exception set by another thread, with POLL_ASYNC_EXC */
    /* sys.settrace / setprofile; set by vm_set_trace, vm_set_profile */
    Value trace_fn, trace_arg, profile_fn;
    ProfileHook profile_hook; /* what takes the events for profile_fn; NULL: profile_fn is called */
    int tracing;             /* > 0: inside a trace function */
    /* While a slot wrapper of an extension's type is called for an object of a subtype: the object,
     * and the type whose slot is meant; the C API clears slot_self when it has seen them. */
    Value slot_self;
    Type *slot_owner;
    Value asyncgen_firstiter, asyncgen_finalizer;
    int coroutine_origin_depth;
    Value repr_stack;        /* list of objects being repr'ed, or 0 */
    uint8_t own_number;      /* core/object/lock_bias.c: of own_mark when it has one, or 0; owner */
    bool is_main;
    bool daemon;
    Value sentinel;          /* lock released when the thread ends, or 0 */
    void *vm;                /* core/vm private */
    Value *pushed;           /* core/vm: frame that a slow half of an instruction wants run */
    /* core/vm: where on the C stack the innermost vm_run begins and ends, of which all is on the
     * register stack while it calls; the frames of its callers lie above.  NULL: none runs */
    char *vm_entry, *vm_end;
    /* core/vm: generators that have ended, known to nobody; not beyond a collection */
    struct Generator *spare_generators[GENERATOR_SPARES];
    struct ItemSink *sink;   /* core/vm: of the innermost generator_each; NULL: none */
    void *capi;              /* core/capi private */
    bool type_cache_young;   /* an entry refers to a young object */
    /* entries in use - 1, and how many had to be filled; a thread that does little touches few
     * pages */
    uint32_t type_cache_mask, type_cache_misses;
    TypeCacheEntry type_cache[TYPE_CACHE_SIZE];
};

/* What built-in modules keep for each interpreter: their static variables, so to say. */
enum {
#define SLOT(name) INTERP_##name,
#include "core/object/interp_slots.def"
#undef SLOT
    INTERP_SLOTS
};

struct Interpreter {
    Value modules;           /* sys.modules */
    Value builtins;          /* dict of builtins */
    Value sys_dict;
    Value importlib;         /* _frozen_importlib module or 0 */
    Value import_func;       /* builtins.__import__ as installed at start */
    Value codec_search_path, codec_cache, codec_errors;
    _Atomic bool codecs_loaded; /* the standard encodings are there */
    int recursion_limit;
    _Atomic int dlopen_flags; /* of extension modules */
    _Atomic int64_t warnings_version;   /* counts changes of the filters */
    Value atexit_list;
    Value audit_hooks;       /* tuple, replaced as a whole; 0: none */
    uint64_t id;             /* init-only, never used again; main: 0 */
    _Atomic bool starting;   /* relaxed: the thread that makes it has not made it yet */
    /* counts, relaxed, what compiling has warned of */
    _Atomic uint32_t source_warnings;
    bool finalizing;
    _Atomic bool del_seen;   /* a class with a finalizer has been made in it */
    Value extra;             /* dict for rarely used state */
    Value slots[INTERP_SLOTS]; /* by interp_slot; as the fields above, roots */
    struct SourceImport *source_import; /* importer/source_import.c */
    /* core/runtime/interpreter.c */
    struct Interpreter *next;           /* locked by its table */
    _Atomic uint32_t users;             /* the table, and threads */
    _Atomic bool busy;                  /* somebody runs its __main__, or closes it */
    _Atomic int64_t threads;            /* started by _thread that have not ended */
    Value sentinel;          /* of its main thread while no thread runs it; locked by busy */
};

/* Settings from the command line and the environment; init-only. */
typedef struct Config {
    int optimize, verbose, inspect, interactive, quiet, debug, bytes_warning;
    bool isolated, ignore_environment, no_site, no_user_site, dont_write_bytecode, unbuffered,
         safe_path, dev_mode, utf8_mode, hash_seed_set, faulthandler, import_time, no_debug_ranges,
         warn_default_encoding, no_frozen, gc_stats;
    uint64_t hash_seed;
    int int_max_str_digits;
    int tracemalloc;         /* frames per traceback; 0: off */
    int max_digits_flag;     /* the limit by option or environment; -1: none given */
    const char *check_pycs;  /* --check-hash-based-pycs, or NULL */
    char *pycache_prefix;
    /* the codec of file names, arguments and the environment; NULL: UTF-8 */
    const char *fs_codec;
    const char *stdlib;      /* by PYTHONHOME, or NULL: where it was when this was built */
    const char *require_signer; /* -X require-signer: file of a public key, or NULL */
    Value warn_options, xoptions; /* list of str, dict */
} Config;

struct Slice;
typedef struct Runtime {
    /* becomes true when a second thread has been started, stays true */
    _Atomic bool multi_threaded;
    /* gc.get_objects and the like have been called: set with the world stopped */
    _Atomic bool objects_seen;
    _Atomic bool finalizing;
    _Atomic bool audited;        /* an audit hook has been added; relaxed */
    /* a class with a finalizer has been made: the end of the process looks for its instances */
    _Atomic bool del_seen;
    Config config;
    Interpreter *main_interp;
    Thread *_Atomic main_thread;  /* the attached state of the OS thread that takes signals */
    _Atomic uint32_t arrivals;    /* of signals: a futex word, behind POLL_SIGNAL (thread_alarm) */
    /* more interpreters than the main one have been made */
    _Atomic bool multi_interpreters;
    uint64_t hash_key[2];
    /* how often the bases or the order of a class have changed; type lock, read relaxed */
    uint32_t order_changes;
    Value no_names;          /* an empty dict: stands for a namespace that there is no memory for */
    /* upward hooks: filled by higher layers at start-up, called by lower ones */
    Value (*import_module)(Thread *t, Value name);           /* importer: import a.b, returns a.b */
    /* importer: the absolute name of an import statement's module; 0: raised */
    Value (*import_name)(Thread *t, Value name, Value globals, int level);
    /* false: became an error */
    /* source: the object that the warning is about, or 0 */
    bool (*warn)(Thread *t, Type *category, Value message, Value source, int stack_level);
    Value (*compile_source)(Thread *t, Value source, Value filename, const char *mode, int flags,
                            int optimize);
    /* POLL_SIGNAL, POLL_PENDING: handlers; false: raised */
    void (*at_exit)(void);   /* the last thing before the process ends; NULL: nothing */
    bool (*run_signals)(Thread *t);
    Value (*current_locals)(Thread *t);                      /* mapping of its local names */
    /* globals of the innermost Python frame or 0 */
    Value (*current_globals)(Thread *t);
    /* core/capi: after each new type, once extensions are used */
    void (*type_made)(Type *type);
    bool (*slice_made)(Thread *t, struct Slice *slice); /* the same for slices */
    /* core/capi, or NULL: GcOps.takes_apart of objects of C types */
    bool (*takes_apart)(const Object *o);
    /* vm_scrub: for the collector, as in GcOps */
    int (*scrub)(Thread *t, int frames);
    bool (*may_redo)(Thread *t); /* vm_may_redo, for buffer_exports_may_go */
    /* consumes the pending exception */
    void (*print_unraisable)(Thread *t, const char *where, Value obj);
} Runtime;

extern Runtime runtime;

/* Has there been a second thread?  world_is_shared (gc/safepoint.h) is what to ask for one
 * operation; this is for what holds beyond a poll, a wait or code of Python. */
static inline bool many_threads(void)
{
#ifdef TYPHON_NO_SYNC
    return false;
#else
    return atomic_load_explicit(&runtime.multi_threaded, memory_order_relaxed);
#endif
}

/* Can anybody but the frame that fills it refer to an object that is being made: the list of a
 * display or comprehension, the instance of an __init__? */
static inline bool objects_are_seen(void)
{
    return atomic_load_explicit(&runtime.objects_seen, memory_order_relaxed);
}

static inline Value *interp_slot(Thread *t, int slot) { return &t->interp->slots[slot]; }
/* Is it the thread that handles signals, and in the interpreter whose handlers they are? */
static inline bool thread_takes_signals(const Thread *t)
{
    return t->is_main && t->interp == runtime.main_interp;
}

#endif
