/* The module _signal: handlers.
 *
 * The C handler only sets flags: tripped[n] and POLL_SIGNAL in the main thread's poll word.  Then it
 * wakes that thread if it sleeps on a futex, and writes a byte to the wake-up descriptor.  Python
 * handlers run in the main thread at its next poll, or when a blocking call returns with EINTR.
 */
#include "modules/_signal/signal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object/dict.h"
#include "core/object/gmp_run.h"
#include "core/object/int.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/vm/vm.h"
#include "modules/signal.h"

enum { WAKEUP_NONE = -1 };
#define DEFAULT_HANDLER fixnum(0) /* SIG_DFL */
#define IGNORE_HANDLER fixnum(1)  /* SIG_IGN */

/* main thread: SIG_DFL, SIG_IGN, None (not ours) or a callable; 0: not asked for yet */
static Value handlers[NSIG];
static _Atomic int tripped[NSIG];
static _Atomic bool any_tripped;
static _Atomic int wakeup_fd = WAKEUP_NONE;
static _Atomic bool warn_on_full_buffer = true;
_Atomic int signal_event = -1;
static _Atomic int wakeup_error;  /* errno of a failed write to wakeup_fd, 0: none */

/* ---- arrival ---- */

static void trip(int number)
{
    atomic_store_explicit(&tripped[number], 1, memory_order_relaxed);
    atomic_store_explicit(&any_tripped, true, memory_order_release); /* pairs with run_handlers */
    Thread *main_thread = runtime.main_thread;
    if (main_thread != NULL) {
        atomic_fetch_or_explicit(&main_thread->gc.poll, POLL_SIGNAL, memory_order_release);
    }
    /* pairs with thread_alarm */
    atomic_fetch_add_explicit(&runtime.arrivals, 1, memory_order_release);
    futex_wake(&runtime.arrivals, INT_MAX);
    int fd = atomic_load_explicit(&signal_event, memory_order_relaxed);
    if (fd >= 0) {
        (void)!write(fd, &(uint64_t){1}, sizeof(uint64_t)); /* full: readable already */
    }
    fd = atomic_load_explicit(&wakeup_fd, memory_order_relaxed);
    if (fd != WAKEUP_NONE) {
        unsigned char byte = (unsigned char)number;
        ssize_t n;
        do {
            n = write(fd, &byte, 1);
        } while (n < 0 && errno == EINTR);
        bool full = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (n < 0 && (!full || atomic_load_explicit(&warn_on_full_buffer, memory_order_relaxed))) {
            atomic_store_explicit(&wakeup_error, errno, memory_order_relaxed);
        }
    }
}

static void handle_signal(int number)
{
    int saved = errno;
    trip(number);
    errno = saved;
    gmp_signal();
}

/* The handler, at first what the process was started with. */
static Value handler_of(int number)
{
    Value handler = value_load(&handlers[number]), none = 0;
    if (handler != 0) {
        return handler;
    }
    struct sigaction action;
    bool known = sigaction(number, NULL, &action) == 0;
    handler = !known                           ? NONE
              : action.sa_handler == SIG_DFL   ? DEFAULT_HANDLER
              : action.sa_handler == SIG_IGN   ? IGNORE_HANDLER
                                               : NONE;
    return __atomic_compare_exchange_n(&handlers[number], &none, handler, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED)
               ? handler
               : none;
}

bool signal_simulate(int number)
{
    if (number < 1 || number >= NSIG) {
        return false;
    }
    Value handler = handler_of(number);
    if (handler != DEFAULT_HANDLER && handler != IGNORE_HANDLER && handler != 0) {
        trip(number);
    }
    return true;
}

static bool report_wakeup_error(Thread *t)
{
    int err = atomic_exchange_explicit(&wakeup_error, 0, memory_order_relaxed);
    if (err != 0) {
        Value pending = error_take(t);
        raise_errno(t, &exc_OSError, err, 0);
        error_unraisable(t, "when trying to write to the signal wakeup fd", NONE);
        error_restore(t, pending);
    }
    return true;
}

/* In the main interpreter, whose handler it is, even when the thread is in another. */
static bool call_handler(Thread *t, Value handler, int number)
{
    Interpreter *own = t->interp;
    Value frame = own == runtime.main_interp ? vm_frame(t, 0) : 0;
    if (error_pending(t)) {
        return false;
    }
    t->interp = runtime.main_interp;
    Value result = call2(t, handler, fixnum(number), frame ? frame : NONE);
    t->interp = own;
    return result != 0;
}

static bool run_handlers(Thread *t)
{
    if (!t->is_main) {
        return true;
    }
    atomic_fetch_and_explicit(&t->gc.poll, ~(uint32_t)POLL_SIGNAL, memory_order_acq_rel);
    if (!atomic_exchange_explicit(&any_tripped, false, memory_order_acquire)) {
        return true;
    }
    report_wakeup_error(t);
    for (int i = 1; i < NSIG; i++) {
        if (!atomic_exchange_explicit(&tripped[i], 0, memory_order_relaxed)) {
            continue;
        }
        Value handler = handlers[i];
        if (handler == 0 || is_none(handler) || value_is_fixnum(handler)) {
            continue; /* changed since the signal came */
        }
        if (!call_handler(t, handler, i)) {
            atomic_store_explicit(&any_tripped, true, memory_order_release); /* others may wait */
            atomic_fetch_or_explicit(&t->gc.poll, POLL_SIGNAL, memory_order_release);
            return false;
        }
    }
    return true;
}

static bool check_now(Thread *t)
{
    return !atomic_load_explicit(&any_tripped, memory_order_relaxed) || run_handlers(t);
}

/* ---- helpers ---- */

Value signal_failed(Thread *t)
{
    return raise_errno(t, &exc_OSError, errno, 0);
}

bool signal_number(Thread *t, Value v, int *out)
{
    if (!value_to_int(t, v, out)) {
        return false;
    }
    if (*out < 1 || *out >= NSIG) {
        value_error(t, "signal number out of range");
        return false;
    }
    return true;
}

static bool install_for(int number, void (*fn)(int), struct sigaction *before)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = fn;
    action.sa_flags = SA_ONSTACK; /* no SA_RESTART: blocking calls return so that handlers run */
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, before) == 0;
}

static bool install(int number, void (*fn)(int)) { return install_for(number, fn, NULL); }

/* ---- functions ---- */

static Value signal_signal(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    if (!value_to_int(t, args[0], &number)) {
        return 0;
    }
    if (!thread_takes_signals(t)) {
        return value_error(t, "signal only works in main thread of the main interpreter");
    }
    if (number < 1 || number >= NSIG) {
        return value_error(t, "signal number out of range");
    }
    void (*fn)(int) = handle_signal;
    Value handler = args[1];
    if (value_is_int(handler) && !value_is_fixnum(handler)) {
        handler = int_to_exact(t, handler);
    }
    if (handler == IGNORE_HANDLER) {
        fn = SIG_IGN;
    } else if (handler == DEFAULT_HANDLER) {
        fn = SIG_DFL;
    } else if (!callable(handler)) {
        return type_error(
            t, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    }
    if (!check_now(t)) {
        return 0;
    }
    Value old = handler_of(number);
    if (!install(number, fn)) {
        return signal_failed(t);
    }
    __atomic_store_n(&handlers[number], handler, __ATOMIC_RELAXED);
    return old;
}

static Value signal_getsignal(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    if (!signal_number(t, args[0], &number)) {
        return 0;
    }
    return handler_of(number);
}

static Value signal_default_int_handler(Thread *t, Value *args UNUSED, size_t n UNUSED,
                                        Value kw UNUSED)
{
    return raise_none(t, &exc_KeyboardInterrupt);
}

static Value signal_raise(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    if (!value_to_int(t, args[0], &number)) {
        return 0;
    }
    if ((raise)(number) != 0) {
        return signal_failed(t);
    }
    return check_now(t) ? NONE : 0;
}

static Value signal_strsignal(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number;
    if (!signal_number(t, args[0], &number)) {
        return 0;
    }
    const char *text = strsignal(number);
    if (text == NULL || strstr(text, "Unknown signal") != NULL) {
        return NONE;
    }
    return str_from_fs(t, text, strlen(text));
}

static Value signal_siginterrupt(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int number, flag;
    if (!signal_number(t, args[0], &number) || !value_to_int(t, args[1], &flag)) {
        return 0;
    }
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0) {
        return signal_failed(t);
    }
    action.sa_flags = flag ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    return sigaction(number, &action, NULL) == 0 ? NONE : signal_failed(t);
}

static Value signal_set_wakeup_fd(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int fd, warn_full = args[1] != 0 ? object_truth(t, args[1]) : 1;
    if (warn_full < 0 || !value_to_int(t, args[0], &fd)) {
        return 0;
    }
    if (!thread_takes_signals(t)) {
        return value_error(t, "set_wakeup_fd only works in main thread of the main interpreter");
    }
    if (fd != -1) {
        struct stat st;
        int flags = fstat(fd, &st) == 0 ? fcntl(fd, F_GETFL) : -1;
        if (flags < 0) {
            return signal_failed(t);
        }
        if (!(flags & O_NONBLOCK)) {
            return value_error(t, "the fd %d must be in non-blocking mode", fd);
        }
    }
    atomic_store(&warn_on_full_buffer, warn_full);
    return fixnum(atomic_exchange(&wakeup_fd, fd));
}

static Value signal_pthread_kill(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    uint64_t id;
    int number;
    if (!value_to_uint64(t, args[0], &id) || !value_to_int(t, args[1], &number)) {
        return 0;
    }
    int err = pthread_kill((pthread_t)id, number);
    if (err != 0) {
        return raise_errno(t, &exc_OSError, err, 0);
    }
    return check_now(t) ? NONE : 0;
}

static Value signal_valid_signals(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    sigset_t set;
    sigfillset(&set);
    return sigset_to_value(t, &set);
}

static const NativeDef functions[] = {
    {"signal(signalnum, handler, /)", signal_signal,
     "Set the action for the given signal: SIG_DFL, SIG_IGN or a function of (signal number, "
     "frame).",
     0},
    {"getsignal(signalnum, /)", signal_getsignal, "Return the current action for the given signal.",
     0},
    {"default_int_handler(signalnum, frame, /)", signal_default_int_handler,
     "The default handler for SIGINT: raises KeyboardInterrupt.", 0},
    {"raise_signal(signalnum, /)", signal_raise, "Send a signal to the executing process.", 0},
    {"strsignal(signalnum, /)", signal_strsignal, "Return the system's description of the signal.",
     0},
    {"siginterrupt(signalnum, flag, /)", signal_siginterrupt,
     "Whether system calls are restarted (flag false) or interrupted by the signal.", 0},
    {"set_wakeup_fd(fd, /, *, warn_on_full_buffer=True)", signal_set_wakeup_fd,
     "Set the descriptor that receives a byte for each signal; return the old one.", 0},
    {"pthread_kill(thread_id, signalnum, /)", signal_pthread_kill, "Send a signal to a thread.", 0},
    {"valid_signals()", signal_valid_signals, "Return the set of valid signal numbers.", 0},
    {NULL, NULL, NULL, 0},
};

/* ---- start ---- */

static void forget_pending(Thread *t)
{
    for (int i = 1; i < NSIG; i++) {
        atomic_store_explicit(&tripped[i], 0, memory_order_relaxed);
    }
    atomic_store_explicit(&any_tripped, false, memory_order_relaxed);
    atomic_fetch_and_explicit(&t->gc.poll, ~(uint32_t)POLL_SIGNAL, memory_order_relaxed);
}

static void trace_handlers(Tracer *tr, void *arg UNUSED)
{
    trace_values(tr, handlers, NSIG);
}

static bool add_constants(Thread *t, Value mod)
{
    static const IntConstant constants[] = {
#define SIGNAL(name) {#name, name},
        SIGNAL(SIGHUP) SIGNAL(SIGINT) SIGNAL(SIGQUIT) SIGNAL(SIGILL) SIGNAL(SIGTRAP) SIGNAL(SIGIOT)
            SIGNAL(SIGABRT) SIGNAL(SIGFPE) SIGNAL(SIGKILL) SIGNAL(SIGBUS) SIGNAL(SIGSEGV)
                SIGNAL(SIGSYS) SIGNAL(SIGPIPE) SIGNAL(SIGALRM) SIGNAL(SIGTERM) SIGNAL(SIGUSR1)
                    SIGNAL(SIGUSR2) SIGNAL(SIGCLD) SIGNAL(SIGCHLD) SIGNAL(SIGPWR) SIGNAL(SIGIO)
                        SIGNAL(SIGURG) SIGNAL(SIGWINCH) SIGNAL(SIGPOLL) SIGNAL(SIGSTOP)
                            SIGNAL(SIGTSTP) SIGNAL(SIGCONT) SIGNAL(SIGTTIN) SIGNAL(SIGTTOU)
                                SIGNAL(SIGVTALRM) SIGNAL(SIGPROF) SIGNAL(SIGXCPU) SIGNAL(SIGXFSZ)
                                    SIGNAL(SIGSTKFLT) SIGNAL(SIG_BLOCK) SIGNAL(SIG_UNBLOCK)
                                        SIGNAL(SIG_SETMASK) SIGNAL(NSIG)
#undef SIGNAL
    };
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return module_add_int(t, mod, "SIGRTMIN", SIGRTMIN) &&
           module_add_int(t, mod, "SIGRTMAX", SIGRTMAX) && module_add_int(t, mod, "SIG_DFL", 0) &&
           module_add_int(t, mod, "SIG_IGN", 1);
}

static bool add_more_functions(Thread *t, Value mod)
{
    for (const NativeDef *def = signal_wait_functions; def->sig != NULL; def++) {
        Value fn = native_function_new(t, def, 0, intern_cstr(t, "_signal")),
              name = fn ? native_name(t, def) : 0;
        if (!name || !dict_set(t, module_dict(mod), name, fn)) {
            return false;
        }
    }
    return true;
}

/* SIGINT raises KeyboardInterrupt unless the process was started with it ignored. */
static bool take_interrupts(Value handler)
{
    struct sigaction before;
    if (value_load(&handlers[SIGINT]) == 0) {
        handlers[SIGINT] = handler;
        if (!install_for(SIGINT, handle_signal, &before) || before.sa_handler == SIG_DFL) {
            return true;
        }
        handlers[SIGINT] = 0;
        sigaction(SIGINT, &before, NULL);
    }
    if (handler_of(SIGINT) == DEFAULT_HANDLER) {
        handlers[SIGINT] = handler;
        install(SIGINT, handle_signal);
    }
    return true;
}

static bool exec(Thread *t, Value mod)
{
    if (runtime.run_signals == NULL) {
        gc_add_root_source(trace_handlers, NULL);
        thread_add_fork_hook(forget_pending);
        install(SIGPIPE, SIG_IGN);
        install(SIGXFSZ, SIG_IGN);
        runtime.run_signals = run_handlers;
    }
    if (!add_constants(t, mod) || !add_more_functions(t, mod) || !signal_wait_exec(t, mod)) {
        return false;
    }
    Value handler = object_getattr_cstr(t, mod, "default_int_handler");
    return handler && (!thread_takes_signals(t) || take_interrupts(handler));
}

const ModuleDef module__signal = {"_signal", "Handling of asynchronous events.", functions, exec};
