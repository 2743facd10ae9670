/* Locks of modules that are being imported. */
#include "importer/module_lock.h"

#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/object/instance.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "gc/safepoint.h"
#include "gc/thread_stats.h"

enum { BUCKETS = 64 }; /* there are as many locks as imports under way */

struct ModuleLock {
    ModuleLock *next;          /* in its bucket */
    Interpreter *interp;       /* init-only, as the name */
    Value name;                /* kept alive by the stacks of those who use the lock */
    Thread *owner;             /* NULL: free */
    int depth;                 /* of the owner */
    int users;                 /* owner and waiters; 0: to be freed */
    _Atomic uint32_t releases; /* futex word */
};

/* A thread in module_lock_acquire, on its own stack. */
typedef struct Waiter {
    struct Waiter *next;
    Thread *thread;
    ModuleLock *wanted;
} Waiter;

static Mutex table_lock;
static ModuleLock *buckets[BUCKETS];
static Waiter *waiters;

static ModuleLock **find_place(Thread *t, Value name)
{
    ModuleLock **place = &buckets[(uint64_t)str_hash(name) % BUCKETS];
    while (*place && ((*place)->interp != t->interp || !str_eq((*place)->name, name))) {
        place = &(*place)->next;
    }
    return place;
}

/* Would t wait for itself? */
static bool is_cycle(const Thread *t, const ModuleLock *lock)
{
    while (lock && lock->owner != t) {
        const Waiter *w = waiters;
        while (w && w->thread != lock->owner) {
            w = w->next;
        }
        lock = w ? w->wanted : NULL;
    }
    return lock != NULL;
}

static void forget_user(ModuleLock *lock)
{
    if (--lock->users > 0) {
        return;
    }
    for (ModuleLock **place = &buckets[(uint64_t)str_hash(lock->name) % BUCKETS]; *place;
         place = &(*place)->next) {
        if (*place == lock) {
            *place = lock->next;
            mem_free(lock);
            return;
        }
    }
}

static void remove_waiter(const Waiter *w)
{
    Waiter **place = &waiters;
    while (*place != w) {
        place = &(*place)->next;
    }
    *place = w->next;
}

/* The mutex is held, before and after. */
static ModuleLockResult wait_for(Thread *t, ModuleLock *lock)
{
    Waiter me = {.next = waiters, .thread = t, .wanted = lock};
    ModuleLockResult result = MODULE_LOCKED;
    waiters = &me;
    while (result == MODULE_LOCKED && lock->owner) {
        if (is_cycle(t, lock)) {
            result = MODULE_DEADLOCK;
            break;
        }
        uint32_t seen = atomic_load_explicit(&lock->releases, memory_order_relaxed);
        mutex_unlock(&table_lock);
        Alarm storage;
        const Alarm *alarm = thread_alarm(t, &storage);
        if (thread_check_signals(t)) {
            thread_wait_begin(t, "the import of a module");
            thread_park(t);
            futex_wait_or(&lock->releases, seen, alarm, -1);
            thread_unpark(t);
            thread_wait_end(t);
        } else {
            result = MODULE_LOCK_RAISED;
        }
        mutex_lock(&table_lock);
    }
    remove_waiter(&me);
    return result;
}

ModuleLockResult module_lock_acquire(Thread *t, Value name, ModuleLock **out)
{
    str_hash(name);
    mutex_lock(&table_lock);
    ModuleLock **place = find_place(t, name), *lock = *place;
    if (!lock) {
        lock = mem_calloc(1, sizeof *lock);
        if (!lock) {
            mutex_unlock(&table_lock);
            raise_memory(t);
            return MODULE_LOCK_RAISED;
        }
        lock->interp = t->interp;
        lock->name = name;
        *place = lock;
    }
    lock->users++;
    ModuleLockResult result = lock->owner && lock->owner != t ? wait_for(t, lock) : MODULE_LOCKED;
    if (result == MODULE_LOCKED) {
        lock->owner = t;
        lock->depth++;
        *out = lock;
    } else {
        forget_user(lock);
    }
    mutex_unlock(&table_lock);
    return result;
}

void module_lock_release(Thread *t UNUSED, ModuleLock *lock)
{
    mutex_lock(&table_lock);
    assert(lock->owner == t && lock->depth > 0);
    if (--lock->depth == 0) {
        lock->owner = NULL;
        atomic_fetch_add_explicit(&lock->releases, 1, memory_order_relaxed);
        if (lock->users > 1) {
            futex_wake(&lock->releases, INT32_MAX);
        }
    }
    forget_user(lock);
    mutex_unlock(&table_lock);
}

Value module_lock_deadlock(Thread *t, Value name)
{
    Value type = object_getattr_cstr(t, t->interp->importlib, "_DeadlockError");
    Value exc = type ? call1(t, type, str_format(t, "deadlock detected by %R", name)) : 0;
    return exc ? raise_exception(t, exc) : 0;
}

/* In the child only the forking thread goes on: what others held or waited for is free. */
static void after_fork(Thread *t)
{
    mutex_reinit(&table_lock);
    waiters = NULL;
    for (int i = 0; i < BUCKETS; i++) {
        for (ModuleLock **place = &buckets[i]; *place;) {
            ModuleLock *lock = *place;
            if (lock->owner == t) {
                lock->users = lock->depth;
                place = &lock->next;
            } else {
                *place = lock->next;
                mem_free(lock);
            }
        }
    }
}

void module_lock_init(void)
{
    thread_add_fork_hook(after_fork);
}

/* ---- the import lock ---- */

static Mutex import_mutex;
static Thread *_Atomic import_owner;
static int import_depth; /* of the owner */

void import_lock_acquire(Thread *t)
{
    if (atomic_load_explicit(&import_owner, memory_order_relaxed) != t) {
        mutex_lock_parked(t, &import_mutex);
        atomic_store_explicit(&import_owner, t, memory_order_relaxed);
    }
    import_depth++;
}

bool import_lock_release(Thread *t)
{
    if (atomic_load_explicit(&import_owner, memory_order_relaxed) != t) {
        return false;
    }
    if (--import_depth == 0) {
        atomic_store_explicit(&import_owner, NULL, memory_order_relaxed);
        mutex_unlock(&import_mutex);
    }
    return true;
}

bool import_lock_is_held(void)
{
    return mutex_is_locked(&import_mutex);
}

/* ---- _ModuleLockManager(name): with-statements of importlib's own code ---- */

typedef struct Manager {
    Object head;
    Value name;
    ModuleLock *lock; /* between __enter__ and __exit__ */
} Manager;

static void manager_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Manager *)o)->name);
}

static Value manager_new(Thread *t, Type *type, Value *args, size_t n, Value kw)
{
    static Signature sig = SIGNATURE("_ModuleLockManager(name, /)");
    Value name;
    Manager *m = args_bind(t, &sig, args, n, kw, &name) ? object_alloc_instance(t, type, 0) : NULL;
    if (!m) {
        return 0;
    }
    if (!value_is_str(name)) {
        return type_error(t, "module name must be str, not %T", name);
    }
    gc_init(&m->name, name);
    return object_value(m);
}

static Value manager_enter(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Manager *m = (Manager *)value_object(args[0]);
    ModuleLockResult result = module_lock_acquire(t, m->name, &m->lock);
    if (result == MODULE_DEADLOCK) {
        return module_lock_deadlock(t, m->name);
    }
    return result == MODULE_LOCKED ? NONE : 0;
}

static Value manager_exit(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Manager *m = (Manager *)value_object(args[0]);
    if (!m->lock) {
        return runtime_error(t, "cannot release un-acquired lock");
    }
    ModuleLock *lock = m->lock;
    m->lock = NULL;
    module_lock_release(t, lock);
    return NONE;
}

static const NativeDef manager_methods[] = {
    {"__enter__()", manager_enter, "Acquire the module's lock.", 0},
    {"__exit__(*args)", manager_exit, "Release the module's lock.", 0},
    {0},
};

Type module_lock_manager_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_frozen_importlib._ModuleLockManager",
    .size = sizeof(Manager),
    .trace = manager_trace,
    .new = manager_new,
    .methods = manager_methods,
    .doc = "Context manager that holds the lock of a module.",
};
