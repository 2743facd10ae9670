/* The module faulthandler: Python tracebacks of all threads when the process crashes, on a signal
 * or after a timeout.
 *
 * Everything that runs inside a signal handler writes with write(2) from C stack memory and reads
 * frames without locks or allocation; another thread's frames may change meanwhile, so chains are
 * bounded and pointers checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/os_thread.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/time_value.h"
#include "core/vm/frame.h"

enum { MAX_FRAMES = 100, MAX_TEXT = 500, MAX_THREADS = 100 };

/* ---- writing ---- */

static void put_bytes(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void put(int fd, const char *text)
{
    put_bytes(fd, text, strlen(text));
}

static void put_number(int fd, uint64_t value, unsigned base, int width)
{
    char buf[24];
    int at = sizeof buf;
    do {
        buf[--at] = "0123456789abcdef"[value % base];
        value /= base;
        width--;
    } while (value != 0 || width > 0);
    put_bytes(fd, buf + at, sizeof buf - (size_t)at);
}

/* A str as ASCII with escapes. */
static void put_str(int fd, Value v)
{
    if (v == 0 || !value_is_object(v) || !value_is_str(v)) {
        put(fd, "???");
        return;
    }
    const Str *s = value_str(v);
    size_t n = s->len < MAX_TEXT ? s->len : MAX_TEXT;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = str_get(s, i);
        if (c >= ' ' && c < 127) {
            char ch = (char)c;
            put_bytes(fd, &ch, 1);
        } else {
            put(fd, c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U");
            put_number(fd, c, 16, c < 0x100 ? 2 : c < 0x10000 ? 4 : 8);
        }
    }
    if (n < s->len) {
        put(fd, "...");
    }
}

__attribute__((no_sanitize("thread")))
static void put_frames(int fd, Thread *t)
{
    Value *base = t->base;
    if (base == NULL) {
        put(fd, "  <no Python frame>\n");
        return;
    }
    for (int depth = 0; base != NULL; base = frame_of(base)->prev) {
        if (depth++ == MAX_FRAMES) {
            put(fd, "  ...\n");
            return;
        }
        Code *code = frame_code_of(base);
        put(fd, "  File \"");
        put_str(fd, code->filename);
        put(fd, "\", line ");
        int line = code_line(code, frame_unit(base));
        put_number(fd, line > 0 ? (uint64_t)line : 0, 10, 1);
        put(fd, " in ");
        put_str(fd, code->name);
        put(fd, "\n");
    }
}

typedef struct Dump { int fd; Thread *current; int count; } Dump;

static void put_thread(Thread *t, void *arg)
{
    Dump *d = arg;
    if (d->count++ >= MAX_THREADS) {
        return;
    }
    if (d->count > 1) {
        put(d->fd, "\n");
    }
    put(d->fd, t == d->current ? "Current thread 0x" : "Thread 0x");
    put_number(d->fd, t->id, 16, 16);
    put(d->fd, " (most recent call first):\n");
    /* inside a finalizer or callback that a collection called */
    if (t == d->current && t->gc.running_pending) {
        put(d->fd, "  Garbage-collecting\n");
    }
    put_frames(d->fd, t);
}

static void dump(int fd, Thread *current, bool all_threads)
{
    if (all_threads) {
        Dump d = {fd, current, 0};
        gc_each_thread_unlocked(put_thread, &d);
    } else if (current != NULL) {
        put(fd, "Stack (most recent call first):\n");
        put_frames(fd, current);
    }
}

/* ---- arguments ---- */

/* Descriptor of file (0 or None: sys.stderr; an int: itself), flushed; *keep: what to hold on to.
 * -1: raised. */
static int file_descriptor(Thread *t, Value file, Value *keep)
{
    if (file == 0 || is_none(file)) {
        file = dict_get_cstr(t, t->interp->sys_dict, "stderr");
        if (file == 0) {
            runtime_error(t, "unable to get sys.stderr");
            return -1;
        }
        if (is_none(file)) {
            runtime_error(t, "sys.stderr is None");
            return -1;
        }
    } else if (value_is_int(file)) {
        int fd;
        if (!value_to_int(t, file, &fd)) {
            return -1;
        }
        if (fd < 0) {
            value_error(t, "file is not a valid file descripter");
            return -1;
        }
        *keep = 0;
        return fd;
    }
    Value number = call_method0(t, file, N(fileno));
    int fd;
    if (number == 0 || !value_to_int(t, number, &fd)) {
        return -1;
    }
    if (fd < 0) {
        runtime_error(t, "file.fileno() is not a valid file descriptor");
        return -1;
    }
    if (call_method0(t, file, N(flush)) == 0) {
        error_clear(t);
    }
    *keep = file;
    return fd;
}

static int flag_argument(Thread *t, Value v, bool otherwise)
{
    return v != 0 ? object_truth(t, v) : otherwise;
}

static Value faulthandler_dump_traceback(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value keep = 0;
    int fd = file_descriptor(t, args[0], &keep),
        all = fd >= 0 ? flag_argument(t, args[1], true) : -1;
    if (all < 0) {
        return 0;
    }
    if (all) {
        world_stop(t);
    }
    dump(fd, t, all);
    if (all) {
        world_start(t);
    }
    return NONE;
}

/* ---- fatal signals ---- */

static struct Fatal {
    int number;
    const char *name;
    bool enabled;
    struct sigaction previous;
} fatal_signals[] = {
    {SIGBUS, "Bus error", false, {{0}, {{0}}, 0, NULL}},
    {SIGILL, "Illegal instruction", false, {{0}, {{0}}, 0, NULL}},
    {SIGFPE, "Floating point exception", false, {{0}, {{0}}, 0, NULL}},
    {SIGABRT, "Aborted", false, {{0}, {{0}}, 0, NULL}},
    {SIGSEGV, "Segmentation fault", false, {{0}, {{0}}, 0, NULL}},
};
static struct { bool enabled, all_threads; int fd; Value file; } fatal;

static void fatal_handler(int number)
{
    int saved = errno;
    struct Fatal *f = fatal_signals;
    while (f->number != number) {
        f++;
    }
    sigaction(number, &f->previous, NULL); /* a second fault ends the process */
    f->enabled = false;
    put(fatal.fd, "Fatal Python error: ");
    put(fatal.fd, f->name);
    put(fatal.fd, "\n\n");
    dump(fatal.fd, thread_current(), fatal.all_threads);
    errno = saved;
    (raise)(number);
}

static void fatal_disable(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++) {
        struct Fatal *f = &fatal_signals[i];
        if (f->enabled) {
            sigaction(f->number, &f->previous, NULL);
            f->enabled = false;
        }
    }
    fatal.enabled = false;
    fatal.file = 0;
}

static bool fatal_enable(Thread *t)
{
    static char *alternate;
    if (alternate == NULL) { /* a stack overflow leaves no room for the handler */
        size_t size = (size_t)64 << 10;
        alternate = mem_alloc(size);
        stack_t stack = {.ss_sp = alternate, .ss_size = size};
        if (alternate == NULL || sigaltstack(&stack, NULL) != 0) {
            raise_errno(t, &exc_OSError, errno, 0);
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(fatal_signals) && !fatal.enabled; i++) {
        struct Fatal *f = &fatal_signals[i];
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = fatal_handler;
        action.sa_flags = SA_NODEFER | SA_ONSTACK;
        if (sigaction(f->number, &action, &f->previous) != 0) {
            raise_errno(t, &exc_OSError, errno, 0);
            return false;
        }
        f->enabled = true;
    }
    fatal.enabled = true;
    return true;
}

static Value faulthandler_enable(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value keep = 0;
    int fd = file_descriptor(t, args[0], &keep),
        all = fd >= 0 ? flag_argument(t, args[1], true) : -1;
    if (all < 0) {
        return 0;
    }
    fatal.fd = fd;
    fatal.file = keep;
    fatal.all_threads = all;
    return fatal_enable(t) ? NONE : 0;
}

static Value faulthandler_disable(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                  Value kw UNUSED)
{
    bool was = fatal.enabled;
    fatal_disable();
    return bool_value(was);
}

static Value faulthandler_is_enabled(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                     Value kw UNUSED)
{
    return bool_value(fatal.enabled);
}

/* ---- after a timeout ---- */

static struct {
    Mutex lock;
    Cond changed;
    uint64_t generation; /* lock: changes with every start and cancel */
    int64_t period;      /* lock: nanoseconds */
    bool running, repeat, leave;
    int fd;
    char header[64];
    Value file;
} later;

static void watch(void *arg)
{
    uint64_t generation = (uintptr_t)arg;
    mutex_lock(&later.lock);
    int64_t deadline = monotonic_ns() + later.period;
    while (later.generation == generation) {
        if (monotonic_ns() < deadline) {
            cond_wait_until(&later.changed, &later.lock, deadline);
            continue;
        }
        put(later.fd, later.header);
        dump(later.fd, NULL, true);
        if (later.leave) {
            _exit(1);
        }
        if (!later.repeat) {
            break;
        }
        deadline = monotonic_ns() + later.period;
    }
    if (later.generation == generation) {
        later.running = false;
    }
    mutex_unlock(&later.lock);
}

static void cancel_later(void)
{
    mutex_lock(&later.lock);
    later.generation++;
    later.running = false;
    later.file = 0;
    cond_broadcast(&later.changed);
    mutex_unlock(&later.lock);
}

/* "Timeout (0:00:01.500000)!" */
static void make_header(int64_t ns)
{
    int64_t us = ns / 1000, seconds = us / 1000000;
    us %= 1000000;
    int at = snprintf(later.header, sizeof later.header, "Timeout (%d:%02d:%02d",
                      (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    if (us != 0) {
        at += snprintf(later.header + at, sizeof later.header - (size_t)at, ".%06d", (int)us);
    }
    snprintf(later.header + at, sizeof later.header - (size_t)at, ")!\n");
}

static Value faulthandler_dump_later(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int64_t ns;
    if (!value_to_ns(t, args[0], NS_TIMEOUT, &ns)) {
        return 0;
    }
    if (ns <= 0) {
        return value_error(t, "timeout must be greater than 0");
    }
    Value keep = 0;
    int repeat = flag_argument(t, args[1], false), leave = flag_argument(t, args[3], false);
    int fd = repeat >= 0 && leave >= 0 ? file_descriptor(t, args[2], &keep) : -1;
    if (fd < 0) {
        return 0;
    }
    cancel_later();
    mutex_lock(&later.lock);
    later.period = ns;
    later.repeat = repeat;
    later.leave = leave;
    later.fd = fd;
    later.file = keep;
    later.running = true;
    make_header(ns);
    void *generation = (void *)(uintptr_t)++later.generation;
    mutex_unlock(&later.lock);
    if (os_thread_start(NULL, 0, true, watch, generation) != 0) {
        cancel_later();
        return runtime_error(t, "unable to start watchdog thread");
    }
    return NONE;
}

static Value faulthandler_cancel_later(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                       Value kw UNUSED)
{
    cancel_later();
    return NONE;
}

/* ---- user signals ---- */

static struct User {
    bool enabled, all_threads, chain;
    int fd;
    struct sigaction previous;
} users[NSIG];
static Value user_files[NSIG];

static void user_handler(int number)
{
    int saved = errno;
    struct User *u = &users[number];
    if (u->enabled) {
        dump(u->fd, thread_current(), u->all_threads);
        if (u->chain) {
            struct sigaction own;
            sigaction(number, &u->previous, &own);
            errno = saved;
            (raise)(number);
            sigaction(number, &own, NULL);
        }
    }
    errno = saved;
}

static bool user_number(Thread *t, Value v, int *number)
{
    if (!value_to_int(t, v, number)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(fatal_signals); i++) {
        if (fatal_signals[i].number == *number) {
            runtime_error(t, "signal %d cannot be registered, use enable() instead", *number);
            return false;
        }
    }
    if (*number < 1 || *number >= NSIG) {
        value_error(t, "signal number out of range");
        return false;
    }
    return true;
}

static Value faulthandler_register(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    Value keep = 0;
    if (!user_number(t, args[0], &number)) {
        return 0;
    }
    int all = flag_argument(t, args[2], true), chain = flag_argument(t, args[3], false);
    int fd = all >= 0 && chain >= 0 ? file_descriptor(t, args[1], &keep) : -1;
    if (fd < 0) {
        return 0;
    }
    struct User *u = &users[number];
    u->fd = fd;
    u->all_threads = all;
    u->chain = chain;
    user_files[number] = keep;
    struct sigaction action, previous;
    memset(&action, 0, sizeof action);
    action.sa_handler = user_handler;
    action.sa_flags = SA_RESTART | SA_ONSTACK | (chain ? SA_NODEFER : 0);
    if (sigaction(number, &action, &previous) != 0) {
        return raise_errno(t, &exc_OSError, errno, 0);
    }
    if (!u->enabled) {
        u->previous = previous;
        u->enabled = true;
    }
    return NONE;
}

static Value faulthandler_unregister(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    if (!user_number(t, args[0], &number)) {
        return 0;
    }
    struct User *u = &users[number];
    bool was = u->enabled;
    if (was) {
        u->enabled = false;
        sigaction(number, &u->previous, NULL);
        user_files[number] = 0;
    }
    return bool_value(was);
}

/* ---- crashes on demand, for tests ---- */

static void no_core_file(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static Value crash_by(int number)
{
    no_core_file();
    (raise)(number);
    return NONE;
}

static Value faulthandler_read_null(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                    Value kw UNUSED)
{
    no_core_file();
    volatile int *volatile nothing = NULL;
    return fixnum(*nothing);
}

static Value faulthandler_sigsegv(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                  Value kw UNUSED)
{
    return crash_by(SIGSEGV);
}

static Value faulthandler_sigabrt(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                  Value kw UNUSED)
{
    return crash_by(SIGABRT);
}

static Value faulthandler_sigfpe(Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED,
                                 Value kw UNUSED)
{
    return crash_by(SIGFPE);
}

static const NativeDef functions[] = {
    {"dump_traceback(file=None, all_threads=True)", faulthandler_dump_traceback,
     "Write the tracebacks of all threads.", 0},
    {"enable(file=None, all_threads=True)", faulthandler_enable,
     "Write tracebacks when the process crashes.", 0},
    {"disable()", faulthandler_disable, "Undo enable().", 0},
    {"is_enabled()", faulthandler_is_enabled, "True if enable() is in effect.", 0},
    {"dump_traceback_later(timeout, repeat=False, file=None, exit=False)", faulthandler_dump_later,
     "Write the tracebacks of all threads after timeout seconds.", 0},
    {"cancel_dump_traceback_later()", faulthandler_cancel_later, "Undo dump_traceback_later().", 0},
    {"register(signum, file=None, all_threads=True, chain=False)", faulthandler_register,
     "Write tracebacks when the signal arrives.", 0},
    {"unregister(signum, /)", faulthandler_unregister, "Undo register().", 0},
    {"_read_null()", faulthandler_read_null, "Read from address 0.", 0},
    {"_sigsegv(release_gil=False, /)", faulthandler_sigsegv, "Raise SIGSEGV.", 0},
    {"_sigabrt()", faulthandler_sigabrt, "Raise SIGABRT.", 0},
    {"_sigfpe()", faulthandler_sigfpe, "Raise SIGFPE.", 0},
    {NULL, NULL, NULL, 0},
};

static void trace_files(Tracer *tr, void *arg UNUSED)
{
    trace_value(tr, fatal.file);
    trace_value(tr, later.file);
    trace_values(tr, user_files, NSIG);
}

static void forget_watchdog(Thread *t UNUSED)
{
    mutex_reinit(&later.lock);
    cond_reinit(&later.changed);
    later.generation++;
    later.running = false;
}

static bool exec(Thread *t, Value mod UNUSED)
{
    static bool once;
    if (!once) {
        once = true;
        gc_add_root_source(trace_files, NULL);
        thread_add_fork_hook(forget_watchdog);
    }
    /* -X faulthandler: there may be no sys.stderr yet */
    if (runtime.config.faulthandler && !fatal.enabled) {
        fatal.fd = STDERR_FILENO;
        fatal.all_threads = true;
        return fatal_enable(t);
    }
    return true;
}

const ModuleDef module_faulthandler = {"faulthandler", "Tracebacks when the process crashes.",
                                       functions, exec};
