/* _thread.lock and _thread.RLock: a futex mutex inside a heap object. */
#include <errno.h>

#include "core/base/clock.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/time_value.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/thread_stats.h"
#include "modules/_thread/thread.h"
#include "modules/file_descriptor.h"

int mutex_acquire(Thread *t, Mutex *m, int64_t deadline)
{
    if (mutex_try_lock(m)) {
        return 1;
    }
    if (deadline == 0) {
        return 0;
    }
    IdleWait idle = idle_wait();
    for (;;) {
        Alarm storage;
        const Alarm *alarm = thread_alarm(t, &storage);
        if (!thread_check_signals(t)) {
            return -1;
        }
        thread_wait_begin(t, "_thread.lock");
        thread_park_waiting(t);
        int err = mutex_lock_until(m, alarm, idle_until(&idle, deadline));
        thread_unpark(t);
        thread_wait_end(t);
        if (err == 0) {
            return 1;
        }
        if (err == ETIMEDOUT && !idle_again(t, &idle, deadline)) {
            return 0;
        }
    }
}

bool acquire_arguments(Thread *t, Value blocking, Value timeout, int64_t *deadline)
{
    int wait = 1;
    if (blocking != 0 && !value_to_int(t, blocking, &wait)) {
        return false;
    }
    int64_t ns = -1000000000;
    if (timeout != 0 && !value_to_ns(t, timeout, NS_TIMEOUT, &ns)) {
        return false;
    }
    if (!wait && ns != -1000000000) {
        value_error(t, "can't specify a timeout for a non-blocking call");
        return false;
    }
    if (ns < 0 && ns != -1000000000) {
        value_error(t, "timeout value must be a non-negative number");
        return false;
    }
    if (!wait || ns == 0) {
        *deadline = 0;
    } else if (ns < 0) {
        *deadline = -1;
    } else if (__builtin_add_overflow(monotonic_ns(), ns, deadline)) {
        *deadline = INT64_MAX;
    }
    return true;
}

static Value acquire_result(int got)
{
    return got < 0 ? 0 : bool_value(got);
}

/* ---- lock ---- */

static Lock *as_lock(Value v)
{
    assert(value_isa(v, &thread_lock_type));
    return (Lock *)value_object(v);
}

Value lock_new(Thread *t)
{
    return object_value(object_alloc(t, &thread_lock_type, sizeof(Lock)));
}

void lock_release_if_held(Lock *lock)
{
    if (mutex_is_locked(&lock->mutex)) {
        mutex_unlock(&lock->mutex);
    }
}

static Value lock_acquire(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int64_t deadline;
    if (!acquire_arguments(t, args[1], args[2], &deadline)) {
        return 0;
    }
    return acquire_result(mutex_acquire(t, &as_lock(args[0])->mutex, deadline));
}

static Value lock_release(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Lock *lock = as_lock(args[0]);
    if (!mutex_is_locked(&lock->mutex)) {
        return runtime_error(t, "release unlocked lock");
    }
    mutex_unlock(&lock->mutex);
    return NONE;
}

static Value lock_exit(Thread *t, Value *args, size_t n, Value kw)
{
    return lock_release(t, args, n, kw);
}

static Value lock_locked(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bool_value(mutex_is_locked(&as_lock(args[0])->mutex));
}

static Value lock_at_fork(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    mutex_reinit(&as_lock(args[0])->mutex);
    return NONE;
}

static Value lock_repr(Thread *t, Value self)
{
    return str_format(t, "<%s %s object at %p>",
                      mutex_is_locked(&as_lock(self)->mutex) ? "locked" : "unlocked",
                      type_of(self)->name, (void *)value_object(self));
}

static const NativeDef lock_methods[] = {
    {"acquire(blocking=True, timeout=-1)", lock_acquire,
     "Lock the lock; wait for it if `blocking`, at most `timeout` seconds.", 0},
    {"acquire_lock(blocking=True, timeout=-1)", lock_acquire, "An obsolete synonym of acquire().",
     0},
    {"release()", lock_release, "Release the lock, whichever thread holds it.", 0},
    {"release_lock()", lock_release, "An obsolete synonym of release().", 0},
    {"locked()", lock_locked, "True while the lock is held.", 0},
    {"locked_lock()", lock_locked, "An obsolete synonym of locked().", 0},
    {"__enter__(blocking=True, timeout=-1)", lock_acquire, "Lock the lock.", 0},
    {"__exit__(type=None, value=None, traceback=None, /)", lock_exit, "Release the lock.", 0},
    {"_at_fork_reinit()", lock_at_fork, "Make the lock unlocked in a forked child.", 0},
    {NULL, NULL, NULL, 0},
};

Type thread_lock_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_thread.lock",
    .doc = "A mutual exclusion lock that any thread may release.",
    .flags = TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .size = sizeof(Lock),
    .weakrefable = 1,
    .repr = lock_repr,
    .methods = lock_methods,
};

/* ---- RLock ---- */

static RLock *as_rlock(Value v)
{
    assert(value_isa(v, &thread_rlock_type));
    return (RLock *)value_object(v);
}

static bool is_owner(Thread *t, RLock *lock)
{
    return atomic_load_explicit(&lock->owner, memory_order_relaxed) == t->id;
}

static Value rlock_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                       Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static Value rlock_acquire(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    int64_t deadline;
    if (!acquire_arguments(t, args[1], args[2], &deadline)) {
        return 0;
    }
    if (is_owner(t, lock)) {
        store_relaxed(&lock->count, lock->count + 1);
        return TRUE_VALUE;
    }
    int got = mutex_acquire(t, &lock->mutex, deadline);
    if (got == 1) {
        atomic_store_explicit(&lock->owner, t->id, memory_order_relaxed);
        store_relaxed(&lock->count, 1);
    }
    return acquire_result(got);
}

static Value rlock_release(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    if (!is_owner(t, lock)) {
        return runtime_error(t, "cannot release un-acquired lock");
    }
    store_relaxed(&lock->count, lock->count - 1);
    if (lock->count == 0) {
        atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
        mutex_unlock(&lock->mutex);
    }
    return NONE;
}

static Value rlock_is_owned(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return bool_value(is_owner(t, as_rlock(args[0])));
}

static Value rlock_recursion_count(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    return is_owner(t, lock) ? int_from_uint64(t, lock->count) : fixnum(0);
}

static Value rlock_release_save(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    if (!is_owner(t, lock)) {
        return runtime_error(t, "cannot release un-acquired lock");
    }
    Value count = int_from_uint64(t, lock->count), owner = int_from_uint64(t, t->id);
    Value saved = count != 0 && owner != 0 ? tuple_pack(t, 2, count, owner) : 0;
    if (saved != 0) {
        store_relaxed(&lock->count, 0);
        atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
        mutex_unlock(&lock->mutex);
    }
    return saved;
}

static Value rlock_acquire_restore(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    uint64_t count, owner;
    if (!value_is_tuple(args[1]) || tuple_len(args[1]) != 2) {
        return type_error(t, "_acquire_restore() argument 1 must be 2-item tuple, not %T", args[1]);
    }
    if (!value_to_uint64(t, tuple_get(args[1], 0), &count) ||
        !value_to_uint64(t, tuple_get(args[1], 1), &owner)) {
        return 0;
    }
    /* must get it whatever handlers raise; the last error stays */
    while (mutex_acquire(t, &lock->mutex, -1) < 0) {
    }
    atomic_store_explicit(&lock->owner, owner, memory_order_relaxed);
    store_relaxed(&lock->count, count);
    return error_pending(t) ? 0 : NONE;
}

static Value rlock_at_fork(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    RLock *lock = as_rlock(args[0]);
    mutex_reinit(&lock->mutex);
    atomic_store_explicit(&lock->owner, 0, memory_order_relaxed);
    store_relaxed(&lock->count, 0);
    return NONE;
}

static Value rlock_repr(Thread *t, Value self)
{
    RLock *lock = as_rlock(self);
    uint64_t owner = atomic_load_explicit(&lock->owner, memory_order_relaxed);
    return str_format(t, "<%s %s object owner=%lld count=%lld at %p>",
                      owner ? "locked" : "unlocked", type_of(self)->name, (long long)owner,
                      (long long)load_relaxed(&lock->count), (void *)lock);
}

static const NativeDef rlock_methods[] = {
    {"acquire(blocking=True, timeout=-1)", rlock_acquire,
     "Lock the lock, or count once more when this thread holds it.", 0},
    {"release()", rlock_release, "Undo one acquire(); the last one lets other threads in.", 0},
    {"__enter__(blocking=True, timeout=-1)", rlock_acquire, "Lock the lock.", 0},
    {"__exit__(type=None, value=None, traceback=None, /)", rlock_release, "Release the lock.", 0},
    {"_is_owned()", rlock_is_owned, "For internal use by `threading.Condition`.", 0},
    {"_recursion_count()", rlock_recursion_count, "How often this thread has acquired the lock.",
     0},
    {"_release_save()", rlock_release_save, "For internal use by `threading.Condition`.", 0},
    {"_acquire_restore(state, /)", rlock_acquire_restore,
     "For internal use by `threading.Condition`.", 0},
    {"_at_fork_reinit()", rlock_at_fork, "Make the lock unlocked in a forked child.", 0},
    {NULL, NULL, NULL, 0},
};

Type thread_rlock_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_thread.RLock",
    .doc = "A lock that its owner may acquire repeatedly.",
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .size = sizeof(RLock),
    .weakrefable = 1,
    .new = rlock_new,
    .repr = rlock_repr,
    .methods = rlock_methods,
};
