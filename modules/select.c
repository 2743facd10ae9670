/* The module select: select(), poll objects, epoll objects. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/file_descriptor.h"

/* ---- select() ---- */

typedef struct FdList {
    int n, max;
    fd_set set;
    int fds[FD_SETSIZE];
    Value objects; /* list: what was passed for fds[i] */
} FdList;

static bool fd_list_from(Thread *t, Value seq, FdList *l)
{
    FD_ZERO(&l->set);
    l->n = 0;
    l->max = -1;
    l->objects = list_new(t, 0);
    Value items =
        value_is_list(seq) ? seq : sequence_fast(t, seq, "arguments 1-3 must be sequences");
    if (!l->objects || !items) {
        return false;
    }
    bool live = value_is_list(items); /* fileno() methods may change it */
    for (size_t i = 0; i < (live ? list_len(items) : tuple_len(items)); i++) {
        Value item = live ? list_get(items, i) : tuple_get(items, i);
        if (!item) {
            break;
        }
        int fd = value_fileno(t, item);
        if (fd < 0) {
            return false;
        }
        if (fd >= FD_SETSIZE) {
            value_error(t, "filedescriptor out of range in select()");
            return false;
        }
        if (l->n >= FD_SETSIZE) {
            value_error(t, "too many file descriptors in select()");
            return false;
        }
        FD_SET(fd, &l->set);
        l->max = fd > l->max ? fd : l->max;
        l->fds[l->n++] = fd;
        if (!list_append(t, l->objects, item)) {
            return false;
        }
    }
    return true;
}

static Value fd_list_ready(Thread *t, const FdList *l, const fd_set *ready)
{
    Value result = list_new(t, 0);
    for (int i = 0; result && i < l->n; i++) {
        if (FD_ISSET(l->fds[i], ready) &&
            !list_append(t, result, list_get(l->objects, (size_t)i))) {
            return 0;
        }
    }
    return result;
}

/* Waits; ready[0..3) get the result. false: raised. */
static bool select_wait(Thread *t, FdList *lists, fd_set *ready, int64_t ns)
{
    int64_t deadline = deadline_after(ns);
    int max = lists[0].max > lists[1].max ? lists[0].max : lists[1].max;
    max = max > lists[2].max ? max : lists[2].max;
    IdleWait idle = idle_wait();
    for (;;) {
        for (int i = 0; i < 3; i++) {
            ready[i] = lists[i].set;
        }
        int64_t left = idle_left(&idle, deadline), us = left / 1000 + (left % 1000 > 0);
        struct timeval tv = {us / 1000000, us % 1000000};
        thread_park_waiting(t);
        int got = select(max + 1, &ready[0], &ready[1], &ready[2], left < 0 ? NULL : &tv);
        int err = errno;
        thread_unpark(t);
        if (got > 0) {
            return true;
        }
        if (got == 0 && idle_again(t, &idle, deadline)) {
            got = -1;
            err = EINTR;
        }
        if (got == 0 || (err == EINTR && deadline >= 0 && deadline_left(deadline) == 0)) {
            for (int i = 0; i < 3; i++) {
                FD_ZERO(&ready[i]);
            }
            return err != EINTR || got == 0 || thread_check_signals(t);
        }
        if (err != EINTR) {
            raise_errno(t, &exc_OSError, err, 0);
            return false;
        }
        if (!thread_check_signals(t)) {
            return false;
        }
    }
}

NATIVE_FN(select_select)
{
    int64_t ns;
    if (n > 3 && !timeout_ns(t, args[3], "timeout must be a float or None", &ns)) {
        return 0;
    }
    if (n <= 3 || is_none(args[3])) {
        ns = -1;
    } else if (ns < 0) {
        return value_error(t, "timeout must be non-negative");
    }
    FdList lists[3];
    for (int i = 0; i < 3; i++) {
        if (!fd_list_from(t, args[i], &lists[i])) {
            return 0;
        }
    }
    fd_set ready[3];
    if (!select_wait(t, lists, ready, ns)) {
        return 0;
    }
    Value r = fd_list_ready(t, &lists[0], &ready[0]),
          w = r ? fd_list_ready(t, &lists[1], &ready[1]) : 0,
          x = w ? fd_list_ready(t, &lists[2], &ready[2]) : 0;
    return x ? tuple_pack(t, 3, r, w, x) : 0;
}

static Value select_checked(Thread *t, Value *args, size_t n, Value kw)
{
    return args_count(t, "select", n, 3, 4) ? select_select(t, args, n, kw) : 0;
}

/* ---- poll ---- */

typedef struct Poll {
    Object head;
    Value masks;        /* dict: descriptor -> event mask */
    _Atomic bool busy;  /* inside poll() */
} Poll;
extern Type select_poll_type, select_epoll_type;

static Poll *poll_of(Value v)
{
    assert(value_isa(v, &select_poll_type));
    return (Poll *)value_object(v);
}
static void poll_trace(Object *self, Tracer *tr) { trace_value(tr, ((Poll *)self)->masks); }

NATIVE_FN(select_poll)
{
    Value masks = dict_new(t);
    Poll *p = masks ? object_alloc(t, &select_poll_type, sizeof(Poll)) : NULL;
    if (!p) {
        return 0;
    }
    gc_init(&p->masks, masks);
    return object_value(p);
}

static bool event_mask(Thread *t, Value v, uint16_t *out)
{
    int64_t mask;
    if (!value_is_int(v)) {
        type_error(t, "an integer is required");
        return false;
    }
    if (int_sign(v) < 0) {
        value_error(t, "value must be positive");
        return false;
    }
    if (!int_try_int64(v, &mask)) {
        overflow_error(t, "Python int too large to convert to C unsigned long");
        return false;
    }
    if (mask > UINT16_MAX) {
        overflow_error(t, "Python int too large for C unsigned short");
        return false;
    }
    *out = (uint16_t)mask;
    return true;
}

NATIVE_FN(poll_register)
{
    uint16_t mask = POLLIN | POLLPRI | POLLOUT;
    int fd = value_fileno(t, args[1]);
    if (fd < 0 || (args[2] && !event_mask(t, args[2], &mask))) {
        return 0;
    }
    return dict_set(t, poll_of(args[0])->masks, fixnum(fd), fixnum(mask)) ? NONE : 0;
}

NATIVE_FN(poll_modify)
{
    uint16_t mask;
    int fd = value_fileno(t, args[1]);
    if (fd < 0 || !event_mask(t, args[2], &mask)) {
        return 0;
    }
    int known = dict_contains(t, poll_of(args[0])->masks, fixnum(fd));
    if (known <= 0) {
        return known < 0 ? 0 : raise_errno(t, &exc_OSError, ENOENT, 0);
    }
    return dict_set(t, poll_of(args[0])->masks, fixnum(fd), fixnum(mask)) ? NONE : 0;
}

NATIVE_FN(poll_unregister)
{
    int fd = value_fileno(t, args[1]);
    if (fd < 0) {
        return 0;
    }
    int gone = dict_del(t, poll_of(args[0])->masks, fixnum(fd));
    return gone > 0 ? NONE : gone < 0 ? 0 : key_error(t, fixnum(fd));
}

/* Milliseconds (int, float, or None) as nanoseconds, < 0: for ever. */
static bool milliseconds_arg(Thread *t, Value v, int64_t *ns)
{
    *ns = -1;
    if (!v || is_none(v)) {
        return true;
    }
    if (value_is_float(v)) {
        double d = float_get(v) * 1e6;
        if (isnan(d)) {
            value_error(t, "Invalid value NaN (not a number)");
            return false;
        }
        if (!(fabs(d) < 9.2e18)) {
            overflow_error(t, "timestamp too large to convert to C _PyTime_t");
            return false;
        }
        *ns = (int64_t)(d < 0 ? floor(d) : ceil(d));
    } else {
        Value i = number_index(t, v);
        int64_t ms;
        if (!i) {
            if (error_clear_if(t, &exc_TypeError)) {
                type_error(t, "timeout must be an integer or None");
            }
            return false;
        }
        if (!int_try_int64(i, &ms) || __builtin_mul_overflow(ms, 1000000, ns)) {
            overflow_error(t, "timestamp too large to convert to C _PyTime_t");
            return false;
        }
    }
    if (*ns / 1000000 >= INT_MAX || *ns / 1000000 <= INT_MIN) {
        overflow_error(t, "timeout is too large");
        return false;
    }
    return true;
}

static Value poll_results(Thread *t, const struct pollfd *fds, size_t n)
{
    Value result = list_new(t, 0);
    for (size_t i = 0; result && i < n; i++) {
        if (fds[i].revents) {
            Value pair = tuple_pack(t, 2, fixnum(fds[i].fd), fixnum((uint16_t)fds[i].revents));
            if (!pair || !list_append(t, result, pair)) {
                return 0;
            }
        }
    }
    return result;
}

static Value poll_wait(Thread *t, struct pollfd *fds, size_t n, int64_t ns)
{
    int64_t deadline = deadline_after(ns);
    IdleWait idle = idle_wait();
    for (;;) {
        int ms = poll_milliseconds(idle_left(&idle, deadline));
        thread_park_waiting(t);
        int got = poll(fds, n, ms);
        int err = errno;
        thread_unpark(t);
        if (got == 0 && idle_again(t, &idle, deadline)) {
            got = -1;
            err = EINTR;
        }
        if (got >= 0) {
            return poll_results(t, fds, got ? n : 0);
        }
        if (err != EINTR) {
            return raise_errno(t, &exc_OSError, err, 0);
        }
        if (!thread_check_signals(t)) {
            return 0;
        }
        if (deadline >= 0 && deadline_left(deadline) == 0) {
            return list_new(t, 0);
        }
    }
}

NATIVE_FN(poll_poll)
{
    Poll *p = poll_of(args[0]);
    int64_t ns;
    if (!milliseconds_arg(t, args[1], &ns)) {
        return 0;
    }
    if (atomic_exchange(&p->busy, true)) {
        return runtime_error(t, "concurrent poll() invocation");
    }
    Value items = dict_items_list(t, p->masks), result = 0;
    size_t count = items ? list_len(items) : 0;
    struct pollfd *fds = items ? mem_calloc(count + 1, sizeof *fds) : NULL;
    if (fds) {
        for (size_t i = 0; i < count; i++) {
            Value pair = list_get(items, i);
            fds[i].fd = (int)fixnum_get(tuple_get(pair, 0));
            fds[i].events = (short)fixnum_get(tuple_get(pair, 1));
        }
        result = poll_wait(t, fds, count, ns);
    } else if (items) {
        raise_memory(t);
    }
    mem_free(fds);
    atomic_store(&p->busy, false);
    return result;
}

static const NativeDef poll_methods[] = {
    {"register(fd, eventmask=select.POLLIN|select.POLLPRI|select.POLLOUT, /)", poll_register,
     "Watch a file descriptor.", 0},
    {"modify(fd, eventmask, /)", poll_modify, "Change the events that are watched for.", 0},
    {"unregister(fd, /)", poll_unregister, "Stop to watch a file descriptor.", 0},
    {"poll(timeout=None, /)", poll_poll,
     "Wait for at most timeout milliseconds; return a list of (descriptor, events).", 0},
    {NULL, NULL, NULL, 0},
};
Type select_poll_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "select.poll",
    .size = sizeof(Poll),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = poll_trace,
    .methods = poll_methods,
};

/* ---- epoll ---- */

typedef struct Epoll {
    Object head;
    _Atomic int fd; /* -1: closed */
} Epoll;

static Epoll *epoll_of(Value v)
{
    assert(value_isa(v, &select_epoll_type));
    return (Epoll *)value_object(v);
}

static void epoll_free(Object *self)
{
    int fd = atomic_exchange(&((Epoll *)self)->fd, -1);
    if (fd >= 0) {
        close(fd);
    }
}

static Value epoll_alloc(Thread *t, Type *type, int fd)
{
    Epoll *e = object_alloc_instance(t, type, 0);
    if (!e) {
        close(fd);
        return 0;
    }
    store_relaxed(&e->fd, fd);
    return object_value(e);
}

static Value epoll_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("epoll(sizehint=-1, flags=0)");
    Value a[2];
    int hint = -1, flags = 0;
    if (!args_bind(t, &sig, args, n, kwnames, a) || (a[0] && !value_to_int(t, a[0], &hint)) ||
        (a[1] && !value_to_int(t, a[1], &flags))) {
        return 0;
    }
    if (hint != -1 && hint <= 0) {
        return value_error(t, "negative sizehint");
    }
    if (flags & ~EPOLL_CLOEXEC) {
        return raise(t, &exc_OSError, "invalid flags");
    }
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return raise_errno(t, &exc_OSError, errno, 0);
    }
    Value v = epoll_alloc(t, type, fd);
    return v;
}

static int epoll_fd(Thread *t, Value self)
{
    int fd = epoll_of(self)->fd;
    if (fd < 0) {
        value_error(t, "I/O operation on closed epoll object");
    }
    return fd;
}

NATIVE_FN(epoll_fromfd)
{
    int fd;
    return value_to_int(t, args[1], &fd) ? epoll_alloc(t, value_type(args[0]), fd) : 0;
}

NATIVE_FN(epoll_close)
{
    int fd = atomic_exchange(&epoll_of(args[0])->fd, -1);
    if (fd < 0) {
        return NONE;
    }
    thread_park(t);
    int failed = close(fd);
    thread_unpark(t);
    return failed ? raise_errno(t, &exc_OSError, errno, 0) : NONE;
}

NATIVE_FN(epoll_fileno)
{
    int fd = epoll_fd(t, args[0]);
    return fd < 0 ? 0 : fixnum(fd);
}

NATIVE_FN(epoll_enter) { return epoll_fd(t, args[0]) < 0 ? 0 : args[0]; }
NATIVE_FN(epoll_exit)
{
    Value closer = object_getattr(t, args[0], N(close));
    return closer ? call0(t, closer) : 0;
}

static Value epoll_control(Thread *t, Value self, int op, Value target, Value mask)
{
    int ep = epoll_fd(t, self), fd = ep < 0 ? -1 : value_fileno(t, target);
    int64_t events = EPOLLIN | EPOLLPRI | EPOLLOUT;
    if (fd < 0 || (mask && !value_to_int64(t, mask, &events))) {
        return 0;
    }
    struct epoll_event ev = {.events = (uint32_t)events};
    ev.data.fd = fd;
    return epoll_ctl(ep, op, fd, &ev) ? raise_errno(t, &exc_OSError, errno, 0) : NONE;
}
NATIVE_FN(epoll_register) { return epoll_control(t, args[0], EPOLL_CTL_ADD, args[1], args[2]); }
NATIVE_FN(epoll_modify) { return epoll_control(t, args[0], EPOLL_CTL_MOD, args[1], args[2]); }
NATIVE_FN(epoll_unregister) { return epoll_control(t, args[0], EPOLL_CTL_DEL, args[1], 0); }

static Value epoll_results(Thread *t, const struct epoll_event *events, int n)
{
    Value result = list_new(t, (size_t)n);
    for (int i = 0; result && i < n; i++) {
        Value pair = tuple_pack(t, 2, fixnum(events[i].data.fd), fixnum(events[i].events));
        if (!pair || !list_append(t, result, pair)) {
            return 0;
        }
    }
    return result;
}

static Value epoll_wait_for(Thread *t, int fd, struct epoll_event *events, int max, int64_t ns)
{
    int64_t deadline = deadline_after(ns);
    IdleWait idle = idle_wait();
    for (;;) {
        int ms = poll_milliseconds(idle_left(&idle, deadline));
        thread_park_waiting(t);
        int got = epoll_wait(fd, events, max, ms);
        int err = errno;
        thread_unpark(t);
        if (got == 0 && idle_again(t, &idle, deadline)) {
            got = -1;
            err = EINTR;
        }
        if (got >= 0) {
            return epoll_results(t, events, got);
        }
        if (err != EINTR) {
            return raise_errno(t, &exc_OSError, err, 0);
        }
        if (!thread_check_signals(t)) {
            return 0;
        }
        if (deadline >= 0 && deadline_left(deadline) == 0) {
            return list_new(t, 0);
        }
    }
}

NATIVE_FN(epoll_poll)
{
    enum { ON_STACK = 32 };
    struct epoll_event local[ON_STACK], *events = local;
    int fd = epoll_fd(t, args[0]), max = -1;
    int64_t ns;
    if (fd < 0 || !timeout_ns(t, args[1], "timeout must be an integer or None", &ns) ||
        (args[2] && !value_to_int(t, args[2], &max))) {
        return 0;
    }
    if (ns / 1000000 >= INT_MAX) {
        return overflow_error(t, "timeout is too large");
    }
    if (max == -1) {
        max = FD_SETSIZE - 1;
    } else if (max < 1) {
        return value_error(t, "maxevents must be greater than 0, got %d", max);
    }
    if (max > ON_STACK && !(events = mem_alloc((size_t)max * sizeof *events))) {
        return raise_memory(t);
    }
    Value result = epoll_wait_for(t, fd, events, max, ns);
    if (events != local) {
        mem_free(events);
    }
    return result;
}

static Value epoll_get_closed(Thread *t UNUSED, Value self, void *c UNUSED)
{
    return bool_value(epoll_of(self)->fd < 0);
}

static const NativeDef epoll_methods[] = {
    {"fromfd(fd, /)", epoll_fromfd, "Create an epoll object from a given control descriptor.",
     NATIVE_CLASS},
    {"close()", epoll_close, "Close the control descriptor; the object cannot be used any more.",
     0},
    {"fileno()", epoll_fileno, "Return the control descriptor.", 0},
    {"register(fd, eventmask=select.EPOLLIN|select.EPOLLPRI|select.EPOLLOUT)", epoll_register,
     "Watch a file descriptor; FileExistsError when it is watched already.", 0},
    {"modify(fd, eventmask)", epoll_modify, "Change the events that are watched for.", 0},
    {"unregister(fd)", epoll_unregister, "Stop to watch a file descriptor.", 0},
    {"poll(timeout=None, maxevents=-1)", epoll_poll,
     "Wait for events for at most timeout seconds; return a list of (descriptor, events).", 0},
    {"__enter__()", epoll_enter, "Return the epoll object itself, which has to be open.", 0},
    {"__exit__(exc_type=None, exc_value=None, exc_tb=None, /)", epoll_exit,
     "Close the epoll object.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef epoll_getset[] = {
    {"closed", epoll_get_closed, NULL, "True if the epoll handler is closed", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
Type select_epoll_type = {.head = OBJECT_STATIC_HEAD(&type_type),
                          .name = "select.epoll",
    .flags = TYPE_LIKE_CLASS,
                          .size = sizeof(Epoll),
                          .doc = "An epoll object.\n\nBoth arguments are for compatibility only.",
                          .sig = "epoll(sizehint=-1, flags=0)",
                          .free = epoll_free,
                          .new = epoll_new,
                          .methods = epoll_methods,
                          .getset = epoll_getset,
                          .getattr = generic_getattr};

/* ---- the module ---- */

static const NativeDef select_functions[] = {
    {"select(rlist, wlist, xlist, timeout=None, /)", select_checked,
     "Wait until one or more file descriptors are ready for some kind of I/O.\n\n"
     "The first three arguments are iterables of file descriptors to be waited for: to be read, to "
     "be written, for an\n"
     "exceptional condition.  The result is a tuple of three lists with those that are ready; they "
     "are empty when\n"
     "timeout seconds have passed.",
     NATIVE_RAW},
    {"poll()", select_poll, "Return an object for watching file descriptors.", 0},
    {NULL, NULL, NULL, 0},
};

static bool select_exec(Thread *t, Value mod)
{
#define CONSTANT(name) {#name, name}
    static const IntConstant constants[] = {CONSTANT(PIPE_BUF),     CONSTANT(POLLIN),
                                            CONSTANT(POLLPRI),      CONSTANT(POLLOUT),
                                            CONSTANT(POLLERR),      CONSTANT(POLLHUP),
                                            CONSTANT(POLLNVAL),     CONSTANT(POLLRDNORM),
                                            CONSTANT(POLLRDBAND),   CONSTANT(POLLWRNORM),
                                            CONSTANT(POLLWRBAND),   CONSTANT(POLLMSG),
                                            CONSTANT(POLLRDHUP),    CONSTANT(EPOLLIN),
                                            CONSTANT(EPOLLOUT),     CONSTANT(EPOLLPRI),
                                            CONSTANT(EPOLLERR),     CONSTANT(EPOLLHUP),
                                            CONSTANT(EPOLLRDHUP),   {"EPOLLET", UINT32_C(1) << 31},
                                            CONSTANT(EPOLLONESHOT), CONSTANT(EPOLLEXCLUSIVE),
                                            CONSTANT(EPOLLRDNORM),  CONSTANT(EPOLLRDBAND),
                                            CONSTANT(EPOLLWRNORM),  CONSTANT(EPOLLWRBAND),
                                            CONSTANT(EPOLLMSG),     CONSTANT(EPOLL_CLOEXEC)};
#undef CONSTANT
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return module_add(t, mod, "error", object_value(&exc_OSError)) &&
           type_ready(t, &select_poll_type) && module_add_type(t, mod, &select_epoll_type);
}

extern const ModuleDef module_select;
const ModuleDef module_select = {.name = "select",
                                 .doc = "Waiting for I/O on several file descriptors.",
                                 .functions = select_functions,
                                 .exec = select_exec};
