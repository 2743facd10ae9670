/* The _multiprocessing module: semaphores shared between processes. */
#include <limits.h>
#include <math.h>
#include <semaphore.h>
#include <time.h>

#include "core/base/memory.h"
#include "modules/posix/posix.h"

enum { KIND_RECURSIVE_MUTEX, KIND_SEMAPHORE };

typedef struct SemLock {
    Object head;
    sem_t *handle;           /* init-only */
    int kind, max;           /* init-only */
    _Atomic uint64_t owner;  /* id of the thread that acquired last */
    _Atomic int count;       /* acquired by this process */
    Value name;              /* str, or 0 */
} SemLock;

static SemLock *sem_of(Value v) { return (SemLock *)value_object(v); }

static void sem_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((SemLock *)o)->name);
}

static void sem_free(Object *o)
{
    SemLock *s = (SemLock *)o;
    if (s->handle && s->handle != SEM_FAILED) {
        sem_close(s->handle);
        s->handle = NULL;
    }
}

static bool is_mine(Thread *t, const SemLock *s)
{
    return atomic_load(&s->count) > 0 && atomic_load(&s->owner) == t->id;
}

static Value sem_make(Thread *t, Type *type, sem_t *handle, int kind, int max, Value name)
{
    SemLock *s = object_alloc_instance(t, type, 0);
    if (!s) {
        sem_close(handle);
        return 0;
    }
    s->handle = handle;
    s->kind = kind;
    s->max = max;
    gc_init(&s->name, name);
    return object_value(s);
}

static Value sem_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("SemLock(kind, value, maxvalue, name, unlink)");
    Value a[5], keep;
    int kind, value, max;
    bool unlink_ = false;
    if (!args_bind(t, &sig, args, n, kwnames, a) || !value_to_int(t, a[0], &kind) ||
        !value_to_int(t, a[1], &value) || !value_to_int(t, a[2], &max) ||
        !flag_arg(t, a[4], &unlink_)) {
        return 0;
    }
    if (!value_is_str(a[3])) {
        return type_error(t, "SemLock() argument 'name' must be str, not %T", a[3]);
    }
    if (kind != KIND_RECURSIVE_MUTEX && kind != KIND_SEMAPHORE) {
        return value_error(t, "unrecognized kind");
    }
    const char *name = fs_cstr(t, a[3], &keep);
    if (!name) {
        return 0;
    }
    sem_t *handle = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)value);
    if (handle == SEM_FAILED) {
        return os_failed(t);
    }
    if (unlink_ && sem_unlink(name) < 0) {
        int err = errno;
        sem_close(handle);
        errno = err;
        return os_failed(t);
    }
    return sem_make(t, type, handle, kind, max, unlink_ ? 0 : a[3]);
}

static Value sem_rebuild(ARGS)
{
    int64_t address;
    int kind, max;
    if (!value_to_int64(t, args[1], &address) || !value_to_int(t, args[2], &kind) ||
        !value_to_int(t, args[3], &max)) {
        return 0;
    }
    sem_t *handle = (sem_t *)(uintptr_t)address;
    Value name = args[4], keep;
    if (!is_none(name)) {
        const char *text = fs_cstr(t, name, &keep);
        if (!text) {
            return 0;
        }
        handle = sem_open(text, 0);
        if (handle == SEM_FAILED) {
            return os_failed(t);
        }
    }
    return sem_make(t, value_type(args[0]), handle, kind, max, is_none(name) ? 0 : name);
}

/* ---- acquire and release ---- */

static bool deadline_of(Thread *t, Value timeout, struct timespec *out)
{
    double seconds;
    if (!value_to_double(t, timeout, &seconds)) {
        return false;
    }
    seconds = seconds > 0 ? seconds < 1e9 ? seconds : 1e9 : 0;
    clock_gettime(CLOCK_REALTIME, out);
    double whole = floor(seconds);
    out->tv_sec += (time_t)whole;
    out->tv_nsec += (long)((seconds - whole) * 1e9);
    if (out->tv_nsec >= 1000000000) {
        out->tv_nsec -= 1000000000;
        out->tv_sec++;
    }
    return true;
}

static Value sem_acquire_with(Thread *t, SemLock *s, bool block, Value timeout)
{
    struct timespec deadline;
    bool timed = block && timeout && !is_none(timeout);
    int r;
    if (s->kind == KIND_RECURSIVE_MUTEX && is_mine(t, s)) {
        atomic_fetch_add(&s->count, 1);
        return TRUE_VALUE;
    }
    if (timed && !deadline_of(t, timeout, &deadline)) {
        return 0;
    }
    do {
        r = sem_trywait(s->handle);
    } while (r < 0 && errno == EINTR);
    if (r < 0 && errno == EAGAIN && block) {
        BLOCKING(t, r, timed ? sem_timedwait(s->handle, &deadline) : sem_wait(s->handle));
    }
    if (r < 0) {
        return !error_pending(t) && (errno == EAGAIN || errno == ETIMEDOUT) ? FALSE_VALUE
                                                                            : os_failed(t);
    }
    atomic_fetch_add(&s->count, 1);
    atomic_store(&s->owner, t->id);
    return TRUE_VALUE;
}

static Value sem_acquire(ARGS)
{
    bool block = true;
    return flag_arg(t, args[1], &block) ? sem_acquire_with(t, sem_of(args[0]), block, args[2]) : 0;
}
static Value sem_enter(ARGS) { return sem_acquire_with(t, sem_of(args[0]), true, 0); }

static Value sem_release(ARGS)
{
    SemLock *s = sem_of(args[0]);
    int value;
    if (s->kind == KIND_RECURSIVE_MUTEX) {
        if (!is_mine(t, s)) {
            return raise(t, &exc_AssertionError,
                         "attempt to release recursive lock not owned by thread");
        }
        if (atomic_load(&s->count) > 1) {
            atomic_fetch_sub(&s->count, 1);
            return NONE;
        }
    } else {
        if (sem_getvalue(s->handle, &value) < 0) {
            return os_failed(t);
        }
        if (value >= s->max) {
            return value_error(t, "semaphore or lock released too many times");
        }
    }
    atomic_fetch_sub(&s->count, 1); /* before another thread can have it */
    if (sem_post(s->handle) < 0) {
        atomic_fetch_add(&s->count, 1);
        return os_failed(t);
    }
    return NONE;
}

/* ---- state ---- */

static Value sem_count(ARGS) { return fixnum(atomic_load(&sem_of(args[0])->count)); }
static Value sem_is_mine(ARGS) { return bool_value(is_mine(t, sem_of(args[0]))); }
static Value sem_get_value(ARGS)
{
    int value;
    return sem_getvalue(sem_of(args[0])->handle, &value) < 0 ? os_failed(t)
                                                             : fixnum(value < 0 ? 0 : value);
}
static Value sem_is_zero(ARGS)
{
    int value;
    return sem_getvalue(sem_of(args[0])->handle, &value) < 0 ? os_failed(t)
                                                             : bool_value(value <= 0);
}
static Value sem_after_fork(ARGS)
{
    atomic_store(&sem_of(args[0])->count, 0);
    return NONE;
}
static Value sem_get_handle(Thread *t, Value self, void *closure UNUSED)
{
    return int_from_int64(t, (int64_t)(uintptr_t)sem_of(self)->handle);
}
static Value sem_reduce(ARGS)
{
    return type_error(t, "cannot pickle '%s' object", type_short_name(type_of(args[0])));
}

static const NativeDef sem_methods[] = {
    {"acquire(block=True, timeout=None)", sem_acquire, "Acquire the semaphore.", 0},
    {"release()", sem_release, "Release the semaphore.", 0},
    {"__enter__()", sem_enter, "Acquire the semaphore.", 0},
    {"__exit__(exc_type=None, exc_value=None, exc_tb=None, /)", sem_release,
     "Release the semaphore.", 0},
    {"_count()", sem_count, "How often this process has acquired it.", 0},
    {"_is_mine()", sem_is_mine, "Does the calling thread hold it?", 0},
    {"_get_value()", sem_get_value, "The value of the semaphore.", 0},
    {"_is_zero()", sem_is_zero, "Is the value zero?", 0},
    {"_rebuild(handle, kind, maxvalue, name, /)", sem_rebuild, "The semaphore of another process.",
     NATIVE_CLASS},
    {"_after_fork()", sem_after_fork, "Forget what the parent process had acquired.", 0},
    {"__reduce__()", sem_reduce, "Semaphores cannot be pickled.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef sem_getset[] = {
    {"handle", sem_get_handle, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef sem_members[] = {
    {"kind", MEMBER_INT, offsetof(SemLock, kind), true, NULL},
    {"maxvalue", MEMBER_INT, offsetof(SemLock, max), true, NULL},
    {"name", MEMBER_VALUE, offsetof(SemLock, name), true, NULL},
    {NULL, 0, 0, false, NULL},
};
static Type semlock_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_multiprocessing.SemLock",
    .size = sizeof(SemLock),
    .doc = "Semaphore or mutex shared between processes.",
    .flags = TYPE_BASETYPE,
    .trace = sem_trace,
    .free = sem_free,
    .new = sem_new,
    .methods = sem_methods,
    .getset = sem_getset,
    .members = sem_members,
};

static Value multiprocessing_sem_unlink(ARGS)
{
    Value keep;
    if (!value_is_str(args[0])) {
        return type_error(t, "sem_unlink() argument must be str, not %T", args[0]);
    }
    const char *name = fs_cstr(t, args[0], &keep);
    return name ? os_result(t, sem_unlink(name)) : 0;
}

static const NativeDef multiprocessing_functions[] = {
    {"sem_unlink(name, /)", multiprocessing_sem_unlink, "Remove the name of a semaphore.", 0},
    {NULL, NULL, NULL, 0},
};

static bool multiprocessing_exec(Thread *t, Value mod)
{
    Value flags = dict_new(t);
    return flags && dict_set_cstr(t, flags, "HAVE_SEM_OPEN", fixnum(1)) &&
           dict_set_cstr(t, flags, "HAVE_SEM_TIMEDWAIT", fixnum(1)) &&
           module_add(t, mod, "flags", flags) && module_add_type(t, mod, &semlock_type) &&
           dict_set_cstr(t, object_value(type_names(&semlock_type)), "SEM_VALUE_MAX",
                         fixnum(SEM_VALUE_MAX));
}

const ModuleDef module__multiprocessing = {"_multiprocessing", "Primitives for multiprocessing.",
                                           multiprocessing_functions, multiprocessing_exec};
