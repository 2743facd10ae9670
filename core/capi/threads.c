/* Extension locks, the "GIL" functions, thread states as C sees them, PyThread_*. */
#include <pthread.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/capi/capi.h"
#include "core/base/os_thread.h"
#include "core/object/lock.h"
#include "core/vm/vm.h"

/* ---- locks of extensions ---- */

CapiThread *capi_thread_slow(Thread *t)
{
    t->capi = mem_calloc(1, sizeof(CapiThread));
    if (!t->capi) {
        Py_FatalError("out of memory");
    }
    CapiThread *c = t->capi;
    c->thread = t;
    c->attached = true;
    c->state.gilstate_counter = 1;
    return c;
}

void extension_switch_slow(Thread *t, CapiThread *c, Extension *to)
{
    if (c->locked) {
        c->locked = false;
        mutex_unlock(&c->held->lock);
    }
    c->held = NULL;
    if (to && !to->free_threaded &&
        many_threads()) {
        mutex_lock_parked_in(t, &to->lock, "an extension module");
        c->locked = true;
    }
    c->held = to;
}

static void note_unlocked(Thread *other, void *count)
{
    CapiThread *c = other->capi;
    if (c && !c->parked && c->held && !c->held->free_threaded && !c->locked) {
        ++*(int *)count;
    }
}

/* The first thread beside the main one comes from C while an extension may be at work that took no
 * lock, as there was nobody to lock out: waits until it has left. */
static void wait_for_unlocked(Thread *t)
{
    for (;;) {
        int count = 0;
        world_stop(t);
        gc_each_thread_unlocked(note_unlocked, &count);
        world_start(t);
        if (!count) {
            return;
        }
        thread_park(t);
        usleep(100);
        thread_unpark(t);
    }
}

/* ---- threads that C code has started ---- */

static pthread_key_t end_key; /* set while the thread is known */

/* The calling thread is no Python thread any more; its state stays while something counts on it. */
static void thread_state_end(Thread *t)
{
    CapiThread *c = t->capi;
    extension_enter(t, NULL);
    pthread_setspecific(end_key, NULL);
    t->capi = NULL;
    c->thread = NULL;
    if (c->state.gilstate_counter == 0) {
        mem_free(c);
    }
    thread_detach_and_free(t);
}

/* A thread ends without having said so: nobody may look at its stack any more. */
static void end_forgotten(void *p)
{
    Thread *t = p;
    if (t != thread_current() || atomic_load_explicit(&runtime.finalizing, memory_order_relaxed)) {
        return;
    }
    CapiThread *c = t->capi;
    if (c->parked) {
        thread_unpark(t);
        c->parked = false;
    }
    thread_state_end(t);
}

static void make_end_key(void)
{
    if (pthread_key_create(&end_key, end_forgotten)) {
        Py_FatalError("no key for threads");
    }
}

PyThreadState *PyThreadState_New(PyInterpreterState *interp)
{
    Thread *t = thread_new((Interpreter *)interp);
    if (!t) {
        return NULL;
    }
    CapiThread *c = capi_thread(t);
    c->created = true;
    c->attached = false;
    c->parked = true;
    c->state.interp = interp;
    return &c->state;
}

static CapiThread *capi_thread_of(PyThreadState *ts)
{
    return (CapiThread *)((char *)ts - offsetof(CapiThread, state));
}

/* The calling OS thread, which is unknown, becomes that of ts. */
static void thread_state_begin(PyThreadState *ts)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    CapiThread *c = capi_thread_of(ts);
    if (c->attached) {
        Py_FatalError("a thread takes the state of another one");
    }
    bool first = !many_threads();
    if (!thread_enable_multi()) {
        Py_FatalError("a second thread in a build without synchronisation");
    }
    c->attached = true;
    c->parked = false;
    thread_attach(c->thread);
    if (!vm_thread_init(c->thread)) {
        Py_FatalError("Couldn't create thread-state for new thread");
    }
    if (first) {
        wait_for_unlocked(c->thread);
    }
    pthread_once(&once, make_end_key);
    pthread_setspecific(end_key, c->thread);
}

/* What it refers to goes with its thread. */
void PyThreadState_Clear(PyThreadState *ts)
{
    Thread *t = capi_thread_of(ts)->thread;
    if (t != NULL && t == thread_current()) {
        t->dict = 0;
    }
}

void PyThreadState_Delete(PyThreadState *ts)
{
    CapiThread *c = capi_thread_of(ts);
    if (c->thread != NULL && c->attached) {
        ts->gilstate_counter = 0; /* when the thread ends */
        return;
    }
    if (c->thread != NULL) {
        thread_free(c->thread); /* and c */
    } else {
        mem_free(c);
    }
}

void PyThreadState_DeleteCurrent(void)
{
    THREAD;
    CapiThread *c = capi_thread(t);
    if (c->created) {
        c->state.gilstate_counter = 0;
        thread_state_end(t);
    } else {
        (void)PyEval_SaveThread();
    }
}

PyThreadState *PyThreadState_Swap(PyThreadState *ts)
{
    PyThreadState *before = _PyThreadState_UncheckedGet();
    if (before != ts) {
        if (before != NULL) {
            (void)PyEval_SaveThread();
        }
        if (ts != NULL) {
            PyEval_RestoreThread(ts);
        }
    }
    return before;
}

/* ---- giving the interpreter up ---- */

static PyThreadState *state_of(Thread *t)
{
    CapiThread *c = capi_thread(t);
    c->state.interp = (PyInterpreterState *)t->interp;
    return &c->state;
}

PyThreadState *PyEval_SaveThread(void)
{
    THREAD;
    CapiThread *c = capi_thread(t);
    c->saved = c->held;
    extension_switch_slow(t, c, NULL);
    PyThreadState *ts = state_of(t);
    c->parked = true;
    thread_park(t);
    return ts;
}

void PyEval_RestoreThread(PyThreadState *ts)
{
    THREAD;
    if (t == NULL) {
        thread_state_begin(ts);
        extension_enter(thread_current(), extension_at(__builtin_return_address(0)));
        return;
    }
    int saved_errno = errno;
    CapiThread *c = t->capi;
    if (ts != NULL && ts != &c->state) {
        Py_FatalError("a thread that has a state takes another one");
    }
    thread_unpark(t);
    c->parked = false;
    extension_switch_slow(t, c, c->saved);
    c->saved = NULL;
    errno = saved_errno;
}

void PyEval_AcquireThread(PyThreadState *ts) { PyEval_RestoreThread(ts); }
void PyEval_ReleaseThread(PyThreadState *ts UNUSED) { (void)PyEval_SaveThread(); }
void PyEval_InitThreads(void) {}
int PyEval_ThreadsInitialized(void) { return 1; }

/* The thread may be unknown, inside Python already, or between SaveThread and RestoreThread. */
PyGILState_STATE PyGILState_Ensure(void)
{
    Thread *t = thread_current();
    Extension *caller = extension_at(__builtin_return_address(0));
    if (t != NULL && !(t->capi && ((CapiThread *)t->capi)->parked)) {
        capi_thread(t)->state.gilstate_counter++;
        return PyGILState_LOCKED;
    }
    if (t == NULL) {
        PyThreadState *ts = PyThreadState_New((PyInterpreterState *)runtime.main_interp);
        if (!ts) {
            Py_FatalError("out of memory");
        }
        thread_state_begin(ts);
        extension_enter(thread_current(), caller);
        return PyGILState_UNLOCKED;
    }
    CapiThread *c = t->capi;
    thread_unpark(t);
    c->parked = false;
    c->state.gilstate_counter++;
    extension_enter(t, c->saved ? c->saved : caller);
    return PyGILState_UNLOCKED;
}

void PyGILState_Release(PyGILState_STATE state)
{
    THREAD;
    CapiThread *c = t->capi;
    c->state.gilstate_counter--;
    if (state == PyGILState_LOCKED) {
        return;
    }
    if (c->created && c->state.gilstate_counter == 0) {
        thread_state_end(t);
        return;
    }
    extension_enter(t, NULL);
    c->parked = true;
    thread_park(t);
}

int PyGILState_Check(void)
{
    Thread *t = thread_current();
    return t != NULL && !(t->capi && ((CapiThread *)t->capi)->parked);
}

PyThreadState *PyGILState_GetThisThreadState(void)
{
    Thread *t = thread_current();
    return t ? state_of(t) : NULL;
}

/* ---- states ---- */

PyThreadState *PyThreadState_Get(void) { return state_of(thread_current()); }

/* NULL: the thread is unknown, or has given the interpreter up. */
PyThreadState *_PyThreadState_UncheckedGet(void)
{
    return PyGILState_Check() ? state_of(thread_current()) : NULL;
}

PyInterpreterState *PyThreadState_GetInterpreter(PyThreadState *ts) { return ts->interp; }
PyInterpreterState *PyInterpreterState_Get(void)
{
    return (PyInterpreterState *)thread_current()->interp;
}
PyInterpreterState *PyInterpreterState_Main(void)
{
    return (PyInterpreterState *)runtime.main_interp;
}
PyInterpreterState *PyInterpreterState_Head(void) { return PyInterpreterState_Main(); }
int64_t PyInterpreterState_GetID(PyInterpreterState *interp)
{
    return (int64_t)((Interpreter *)interp)->id;
}
uint64_t PyThreadState_GetID(PyThreadState *ts UNUSED) { return thread_current()->serial; }

static PyObject *own_dict(Thread *t, const char *name)
{
    Value d = t->interp->extra ? dict_get_cstr(t, t->interp->extra, name) : 0;
    if (!d && !t->exc) {
        d = dict_new(t);
        if (!d || !dict_set_cstr(t, t->interp->extra, name, d)) {
            return NULL;
        }
    }
    return value_lend(t, d);
}

PyObject *PyInterpreterState_GetDict(PyInterpreterState *interp UNUSED)
{
    return own_dict(thread_current(), "capi_dict");
}

PyObject *PyThreadState_GetDict(void)
{
    Thread *t = thread_current();
    if (!t) {
        return NULL;
    }
    if (!t->dict) {
        t->dict = dict_new(t);
    }
    if (!t->dict || !value_is_dict(t->dict)) {
        char name[40];
        snprintf(name, sizeof name, "capi_thread_dict_%llu", (unsigned long long)t->serial);
        error_clear(t);
        return own_dict(t, name);
    }
    return value_lend(t, t->dict);
}

typedef struct AsyncRequest { unsigned long id; Value exc; int count; } AsyncRequest;

static void set_async(Thread *other, void *arg)
{
    AsyncRequest *r = arg;
    if (other->id == r->id) {
        __atomic_store_n(&other->async_exc, r->exc, __ATOMIC_RELEASE);
        if (r->exc) {
            atomic_fetch_or_explicit(&other->gc.poll, POLL_ASYNC_EXC, memory_order_release);
        }
        r->count++;
    }
}

int PyThreadState_SetAsyncExc(unsigned long id, PyObject *exc)
{
    THREAD;
    AsyncRequest r = {id, value_in(exc), 0};
    gc_each_thread(t, set_async, &r);
    return r.count;
}

/* ---- PyThread ---- */

typedef struct Start { void (*fn)(void *); void *arg; } Start;

static void *thread_start(void *p)
{
    Start s = *(Start *)p;
    mem_free(p);
    s.fn(s.arg);
    return NULL;
}

void PyThread_init_thread(void) {}

unsigned long PyThread_start_new_thread(void (*fn)(void *), void *arg)
{
    pthread_t id;
    pthread_attr_t attr;
    Start *s = mem_alloc(sizeof *s);
    if (!s) {
        return PYTHREAD_INVALID_THREAD_ID;
    }
    *s = (Start){fn, arg};
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int err = pthread_create(&id, &attr, thread_start, s);
    pthread_attr_destroy(&attr);
    if (err) {
        mem_free(s);
        return PYTHREAD_INVALID_THREAD_ID;
    }
    return (unsigned long)id;
}

unsigned long PyThread_get_thread_ident(void) { return (unsigned long)pthread_self(); }
unsigned long PyThread_get_thread_native_id(void) { return os_thread_native_id(); }
PyThread_type_lock PyThread_allocate_lock(void) { return mem_calloc(1, sizeof(Mutex)); }
void PyThread_free_lock(PyThread_type_lock lock) { mem_free(lock); }
void PyThread_release_lock(PyThread_type_lock lock) { mutex_unlock(lock); }

/* A thread inside Python parks while it waits, but keeps its extension's lock: callers give that up
 * themselves. */
static int lock_until(Mutex *m, int64_t deadline)
{
    Thread *t = thread_current();
    bool park = PyGILState_Check();
    if (park) {
        thread_park(t);
    }
    int err = mutex_lock_until(m, NULL, deadline);
    if (park) {
        thread_unpark(t);
    }
    return err;
}

PyLockStatus PyThread_acquire_lock_timed(PyThread_type_lock lock, PY_TIMEOUT_T microseconds,
                                         int intr)
{
    if (mutex_try_lock(lock)) {
        return PY_LOCK_ACQUIRED;
    }
    if (microseconds == 0) {
        return PY_LOCK_FAILURE;
    }
    int64_t deadline = microseconds < 0 ? -1 : monotonic_ns() + microseconds * 1000;
    for (;;) {
        int err = lock_until(lock, deadline);
        if (err == 0) {
            return PY_LOCK_ACQUIRED;
        }
        if (err == ETIMEDOUT) {
            return PY_LOCK_FAILURE;
        }
        if (intr) {
            return PY_LOCK_INTR;
        }
    }
}

int PyThread_acquire_lock(PyThread_type_lock lock, int wait)
{
    return PyThread_acquire_lock_timed(lock, wait ? -1 : 0, 0) == PY_LOCK_ACQUIRED;
}

Py_tss_t *PyThread_tss_alloc(void) { return mem_calloc(1, sizeof(Py_tss_t)); }

void PyThread_tss_free(Py_tss_t *key)
{
    if (key) {
        PyThread_tss_delete(key);
        mem_free(key);
    }
}

int PyThread_tss_is_created(Py_tss_t *key) { return key->_is_initialized; }

int PyThread_tss_create(Py_tss_t *key)
{
    pthread_key_t k;
    if (key->_is_initialized) {
        return 0;
    }
    if (pthread_key_create(&k, NULL)) {
        return -1;
    }
    key->_key = k;
    key->_is_initialized = 1;
    return 0;
}

void PyThread_tss_delete(Py_tss_t *key)
{
    if (key->_is_initialized) {
        pthread_key_delete(key->_key);
        key->_is_initialized = 0;
    }
}

int PyThread_tss_set(Py_tss_t *key, void *v) { return pthread_setspecific(key->_key, v) ? -1 : 0; }
void *PyThread_tss_get(Py_tss_t *key) { return pthread_getspecific(key->_key); }

/* ---- fork ---- */

void PyOS_BeforeFork(void) { thread_before_fork(thread_current()); }
void PyOS_AfterFork_Parent(void) { thread_after_fork_parent(thread_current()); }
void PyOS_AfterFork_Child(void) { thread_after_fork_child(thread_current()); }

/* ---- clocks ---- */

double _PyTime_AsSecondsDouble(_PyTime_t t) { return (double)t * 1e-9; }

int _PyTime_GetMonotonicClockWithInfo(_PyTime_t *t, void *info UNUSED)
{
    *t = monotonic_ns();
    return 0;
}

int _PyTime_GetPerfCounterWithInfo(_PyTime_t *t, void *info)
{
    return _PyTime_GetMonotonicClockWithInfo(t, info);
}

int _PyTime_GetSystemClockWithInfo(_PyTime_t *t, void *info UNUSED)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    return 0;
}
