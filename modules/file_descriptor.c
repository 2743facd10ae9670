/* Descriptor arguments and deadlines of the modules that wait for files. */
#include "modules/file_descriptor.h"

#include <errno.h>
#include <limits.h>

#include "core/base/clock.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/time_value.h"
#include "core/vm/vm.h"

int value_fileno(Thread *t, Value v)
{
    int fd;
    if (!value_is_int(v)) {
        Value method;
        int found = object_lookup_attr(t, v, N(fileno), &method);
        if (found <= 0) {
            if (found == 0) {
                type_error(t, "argument must be an int, or have a fileno() method.");
            }
            return -1;
        }
        v = call0(t, method);
        if (!v) {
            return -1;
        }
        if (!value_is_int(v)) {
            type_error(t, "fileno() returned a non-integer");
            return -1;
        }
    }
    if (!value_to_int(t, v, &fd)) {
        return -1;
    }
    if (fd < 0) {
        value_error(t, "file descriptor cannot be a negative integer (%d)", fd);
        return -1;
    }
    return fd;
}

bool timeout_ns(Thread *t, Value v, const char *what, int64_t *ns)
{
    *ns = -1;
    if (v == 0 || is_none(v)) {
        return true;
    }
    if (!value_to_ns(t, v, NS_TIMEOUT, ns)) {
        if (what && error_clear_if(t, &exc_TypeError)) {
            type_error(t, "%s", what);
        }
        return false;
    }
    return true;
}

int64_t deadline_after(int64_t ns)
{
    int64_t deadline;
    if (ns < 0) {
        return -1;
    }
    return __builtin_add_overflow(monotonic_ns(), ns, &deadline) ? INT64_MAX : deadline;
}

int64_t deadline_left(int64_t deadline)
{
    if (deadline < 0) {
        return -1;
    }
    int64_t left = deadline - monotonic_ns();
    return left > 0 ? left : 0;
}

int poll_milliseconds(int64_t ns)
{
    if (ns < 0) {
        return -1;
    }
    int64_t ms = ns / 1000000 + (ns % 1000000 > 0);
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

IdleWait idle_wait(void) { return (IdleWait){monotonic_ns() + VM_IDLE_NS}; }

IdleWait idle_wait_within(int64_t ns)
{
    const int64_t shortest = 4 * 1000 * 1000; /* what is shorter is meant to be precise */
    int64_t half = ns / 2 < VM_IDLE_NS ? ns / 2 : VM_IDLE_NS;
    return (IdleWait){ns < shortest ? INT64_MAX : monotonic_ns() + half};
}

static bool idle_comes_first(const IdleWait *w, int64_t deadline)
{
    return w->at != INT64_MAX && (deadline < 0 || w->at < deadline);
}

int64_t idle_until(const IdleWait *w, int64_t deadline)
{
    return idle_comes_first(w, deadline) ? w->at : deadline;
}

int64_t idle_left(const IdleWait *w, int64_t deadline)
{
    return deadline_left(idle_until(w, deadline));
}

bool idle_again(Thread *t, IdleWait *w, int64_t deadline)
{
    if (w->at != INT64_MAX && w->at <= monotonic_ns()) {
        w->at = vm_idle(t);
    }
    return deadline < 0 || deadline_left(deadline) > 0;
}

bool descriptor_retry(Thread *t, bool *tried)
{
    int err = errno;
    if (*tried || (err != EMFILE && err != ENFILE)) {
        return false;
    }
    *tried = true;
    gc_collect(t);
    errno = err;
    return true;
}
