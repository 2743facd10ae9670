/* Signal masks, waiting for signals, timers. */
#include "modules/_signal/signal.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/set.h"
#include "core/object/time_value.h"
#include "core/object/tuple.h"

static Value siginfo_type, itimer_error; /* roots, set once */

bool sigset_from_value(Thread *t, Value iterable, sigset_t *out)
{
    sigemptyset(out);
    Value it = object_iter(t, iterable), item;
    if (it == 0) {
        return false;
    }
    while ((item = iter_next(t, it)) != 0) {
        int64_t number;
        Value index = number_index(t, item);
        if (index == 0) {
            return false;
        }
        if (!int_try_int64(index, &number) || number < 1 || number >= NSIG) {
            value_error(t, "signal number %S out of range [1; %d]", index, NSIG - 1);
            return false;
        }
        if (sigaddset(out, (int)number) != 0 && errno != EINVAL) {
            signal_failed(t);
            return false;
        }
    }
    return !error_pending(t);
}

Value sigset_to_value(Thread *t, const sigset_t *set)
{
    Value result = set_new(t, 0);
    for (int i = 1; result != 0 && i < NSIG; i++) {
        if (sigismember(set, i) == 1 && !set_add(t, result, fixnum(i))) {
            return 0;
        }
    }
    return result;
}

static Value wait_pthread_sigmask(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int how;
    sigset_t set, old;
    if (!value_to_int(t, args[0], &how) || !sigset_from_value(t, args[1], &set)) {
        return 0;
    }
    int err = pthread_sigmask(how, &set, &old);
    if (err != 0) {
        return raise_errno(t, &exc_OSError, err, 0);
    }
    return thread_check_signals(t) ? sigset_to_value(t, &old) : 0;
}

static Value wait_sigpending(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    sigset_t set;
    return sigpending(&set) == 0 ? sigset_to_value(t, &set) : signal_failed(t);
}

static Value wait_sigwait(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    sigset_t set;
    int number, err;
    if (!sigset_from_value(t, args[0], &set)) {
        return 0;
    }
    thread_park(t);
    err = sigwait(&set, &number);
    thread_unpark(t);
    return err == 0 ? fixnum(number) : raise_errno(t, &exc_OSError, err, 0);
}

static Value siginfo_new(Thread *t, const siginfo_t *info)
{
    const Value fields[] = {fixnum(info->si_signo),    fixnum(info->si_code),
                            fixnum(info->si_errno),    fixnum((int)info->si_pid),
                            fixnum((int)info->si_uid), fixnum(info->si_status),
                            fixnum(info->si_band)};
    return structseq_pack(t, siginfo_type, fields);
}

/* deadline < 0: none.  0 with *expired: timed out. */
static Value wait_info(Thread *t, const sigset_t *set, int64_t deadline, bool *expired)
{
    siginfo_t info;
    for (;;) {
        struct timespec ts, *timeout = NULL;
        if (deadline >= 0) {
            int64_t left = deadline - monotonic_ns();
            left = left > 0 ? left : 0;
            ts = (struct timespec){left / 1000000000, left % 1000000000};
            timeout = &ts;
        }
        thread_park(t);
        int number = sigtimedwait(set, &info, timeout);
        int err = errno;
        thread_unpark(t);
        if (number >= 0) {
            return siginfo_new(t, &info);
        }
        if (err == EAGAIN && timeout != NULL) {
            *expired = true;
            return 0;
        }
        if (err != EINTR) {
            return raise_errno(t, &exc_OSError, err, 0);
        }
        if (!thread_check_signals(t)) {
            return 0;
        }
    }
}

static Value wait_sigwaitinfo(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    sigset_t set;
    bool expired = false;
    return sigset_from_value(t, args[0], &set) ? wait_info(t, &set, -1, &expired) : 0;
}

static Value wait_sigtimedwait(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    sigset_t set;
    int64_t ns, deadline;
    bool expired = false;
    if (!sigset_from_value(t, args[0], &set) || !value_to_ns(t, args[1], NS_CEILING, &ns)) {
        return 0;
    }
    if (ns < 0) {
        return value_error(t, "timeout must be non-negative");
    }
    if (__builtin_add_overflow(monotonic_ns(), ns, &deadline)) {
        deadline = INT64_MAX;
    }
    Value v = wait_info(t, &set, deadline, &expired);
    return expired ? NONE : v;
}

static Value wait_pause(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    thread_park(t);
    pause();
    thread_unpark(t);
    return thread_check_signals(t) ? NONE : 0;
}

static Value wait_alarm(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int seconds;
    return value_to_int(t, args[0], &seconds) ? fixnum(alarm((unsigned)seconds)) : 0;
}

/* ---- interval timers ---- */

static bool to_timeval(Thread *t, Value v, struct timeval *tv)
{
    int64_t ns;
    if (!value_to_ns(t, v, NS_CEILING, &ns)) {
        return false;
    }
    int64_t us = ns / 1000 + (ns % 1000 > 0);
    int64_t seconds = us / 1000000;
    us %= 1000000;
    if (us < 0) {
        us += 1000000;
        seconds--;
    }
    *tv = (struct timeval){seconds, us};
    return true;
}

static Value itimer_value(Thread *t, const struct itimerval *timer)
{
    Value value =
        float_new(t, (double)timer->it_value.tv_sec + (double)timer->it_value.tv_usec / 1e6);
    Value interval =
        float_new(t, (double)timer->it_interval.tv_sec + (double)timer->it_interval.tv_usec / 1e6);
    return value != 0 && interval != 0 ? tuple_pack(t, 2, value, interval) : 0;
}

static Value itimer_failed(Thread *t)
{
    return raise_errno(t, value_type(itimer_error), errno, 0);
}

static Value wait_setitimer(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int which;
    struct itimerval fresh = {{0, 0}, {0, 0}}, old;
    if (!value_to_int(t, args[0], &which) || !to_timeval(t, args[1], &fresh.it_value) ||
        (args[2] != 0 && !to_timeval(t, args[2], &fresh.it_interval))) {
        return 0;
    }
    return setitimer((__itimer_which_t)which, &fresh, &old) == 0 ? itimer_value(t, &old)
                                                                 : itimer_failed(t);
}

static Value wait_getitimer(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int which;
    struct itimerval old;
    if (!value_to_int(t, args[0], &which)) {
        return 0;
    }
    return getitimer((__itimer_which_t)which, &old) == 0 ? itimer_value(t, &old) : itimer_failed(t);
}

static Value wait_pidfd_send_signal(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int fd, number, flags = 0;
    if (!value_to_int(t, args[0], &fd) || !value_to_int(t, args[1], &number) ||
        (args[3] != 0 && !value_to_int(t, args[3], &flags))) {
        return 0;
    }
    if (args[2] != 0 && !is_none(args[2])) {
        return type_error(t, "siginfo must be None");
    }
    if (syscall(SYS_pidfd_send_signal, fd, number, NULL, flags)) {
        return signal_failed(t);
    }
    return thread_check_signals(t) ? NONE : 0; /* the process may be this one */
}

const NativeDef signal_wait_functions[] = {
    {"pthread_sigmask(how, mask, /)", wait_pthread_sigmask,
     "Change the calling thread's signal mask; return the old one.", 0},
    {"sigpending()", wait_sigpending,
     "Return the set of signals that wait for delivery to the calling thread.", 0},
    {"sigwait(sigset, /)", wait_sigwait, "Wait for one of the signals; return its number.", 0},
    {"sigwaitinfo(sigset, /)", wait_sigwaitinfo,
     "Wait for one of the signals; return a struct_siginfo.", 0},
    {"sigtimedwait(sigset, timeout, /)", wait_sigtimedwait,
     "Like sigwaitinfo() for at most timeout seconds, then None.", 0},
    {"pause()", wait_pause, "Wait until a signal arrives.", 0},
    {"alarm(seconds, /)", wait_alarm,
     "Arrange for SIGALRM to arrive after the given number of seconds.", 0},
    {"setitimer(which, seconds, interval=0.0, /)", wait_setitimer,
     "Set an interval timer; return its old values.", 0},
    {"getitimer(which, /)", wait_getitimer, "Return the values of an interval timer.", 0},
    {"pidfd_send_signal(pidfd, signalnum, siginfo=None, flags=0, /)", wait_pidfd_send_signal,
     "Send a signal to the process that a descriptor refers to.", 0},
    {NULL, NULL, NULL, 0},
};

bool signal_wait_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"si_signo", "number of the signal"},
        {"si_code", "reason"},
        {"si_errno", "errno that belongs to it"},
        {"si_pid", "process that sent it"},
        {"si_uid", "real user of that process"},
        {"si_status", "exit value or signal"},
        {"si_band", "event, for SIGPOLL"},
        {NULL, NULL}};
    static const StructSeqDef def = {"signal.struct_siginfo", "What sigwaitinfo returns.", fields,
                                     7};
    if (!itimer_error) {
        itimer_error = type_new_simple(t, "signal.itimer_error", &exc_OSError, "");
        if (!itimer_error) {
            return false;
        }
        gc_add_root(&itimer_error);
    }
    return module_add_structseq(t, mod, &def, &siginfo_type) &&
           module_add(t, mod, "ItimerError", itimer_error) &&
           module_add_int(t, mod, "ITIMER_REAL", ITIMER_REAL) &&
           module_add_int(t, mod, "ITIMER_VIRTUAL", ITIMER_VIRTUAL) &&
           module_add_int(t, mod, "ITIMER_PROF", ITIMER_PROF);
}
