/* The resource module: limits and use of resources. */
#include "core/object/audit.h"
#include "modules/resource.h"

#include <errno.h>
#include <unistd.h>

#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/tuple.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static Value rusage_type; /* root; init-only */

static bool make_rusage_type(Thread *t)
{
    static const StructSeqField fields[] = {
        {"ru_utime", "seconds in user mode"},
        {"ru_stime", "seconds in the kernel"},
        {"ru_maxrss", "largest resident set, in KB"},
        {"ru_ixrss", "memory shared with others"},
        {"ru_idrss", "memory of its own"},
        {"ru_isrss", "memory of the stack"},
        {"ru_minflt", "page faults without reading"},
        {"ru_majflt", "page faults with reading"},
        {"ru_nswap", "times swapped out"},
        {"ru_inblock", "blocks read"},
        {"ru_oublock", "blocks written"},
        {"ru_msgsnd", "messages sent"},
        {"ru_msgrcv", "messages received"},
        {"ru_nsignals", "signals received"},
        {"ru_nvcsw", "times it gave up the processor"},
        {"ru_nivcsw", "times the processor was taken away"},
        {NULL, NULL}};
    static const StructSeqDef def = {"resource.struct_rusage", "What a process has used.", fields,
                                     16};
    if (!rusage_type) {
        rusage_type = structseq_type_new(t, &def);
        if (rusage_type) {
            gc_add_root(&rusage_type);
        }
    }
    return rusage_type != 0;
}

static Value timeval_seconds(Thread *t, const struct timeval *tv)
{
    return float_new(t, (double)tv->tv_sec + (double)tv->tv_usec * 1e-6);
}

Value rusage_value(Thread *t, const struct rusage *u)
{
    const long counts[] = {u->ru_maxrss, u->ru_ixrss,    u->ru_idrss,   u->ru_isrss,   u->ru_minflt,
                           u->ru_majflt, u->ru_nswap,    u->ru_inblock, u->ru_oublock, u->ru_msgsnd,
                           u->ru_msgrcv, u->ru_nsignals, u->ru_nvcsw,   u->ru_nivcsw};
    Value fields[2 + ARRAY_SIZE(counts)] = {timeval_seconds(t, &u->ru_utime),
                                            timeval_seconds(t, &u->ru_stime)};
    for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
        fields[2 + i] = int_from_int64(t, counts[i]);
    }
    return make_rusage_type(t) ? structseq_pack(t, rusage_type, fields) : 0;
}

static Value resource_getrusage(ARGS)
{
    int who;
    struct rusage usage;
    if (!value_to_int(t, args[0], &who)) {
        return 0;
    }
    if (getrusage(who, &usage)) {
        return errno == EINVAL ? value_error(t, "invalid who parameter")
                               : raise_errno(t, &exc_OSError, errno, 0);
    }
    return rusage_value(t, &usage);
}

/* RLIM_INFINITY is -1. */
static Value limit_value(Thread *t, const struct rlimit *l)
{
    return tuple_pack(t, 2,
                      l->rlim_cur == RLIM_INFINITY ? fixnum(-1) : int_from_uint64(t, l->rlim_cur),
                      l->rlim_max == RLIM_INFINITY ? fixnum(-1) : int_from_uint64(t, l->rlim_max));
}

static bool limit_part(Thread *t, Value v, rlim_t *out)
{
    int64_t i;
    Value index = number_index(t, v);
    if (!index) {
        return false;
    }
    if (int_sign(index) < 0) {
        if (!value_to_int64(t, index, &i)) {
            return false;
        }
        *out = (rlim_t)i;
        return true;
    }
    return value_to_uint64(t, index, out);
}

static bool limit_arg(Thread *t, Value v, struct rlimit *out)
{
    Value pair = sequence_tuple(t, v);
    if (!pair) {
        return false;
    }
    if (tuple_len(pair) != 2) {
        value_error(t, "expected a tuple of 2 integers");
        return false;
    }
    return limit_part(t, tuple_get(pair, 0), &out->rlim_cur) &&
           limit_part(t, tuple_get(pair, 1), &out->rlim_max);
}

static bool resource_arg(Thread *t, Value v, int *out)
{
    if (!value_to_int(t, v, out)) {
        return false;
    }
    if (*out < 0 || *out >= RLIM_NLIMITS) {
        value_error(t, "invalid resource specified");
        return false;
    }
    return true;
}

static Value limit_failed(Thread *t)
{
    if (errno == EINVAL) {
        return value_error(t, "current limit exceeds maximum limit");
    }
    return errno == EPERM ? value_error(t, "not allowed to raise maximum limit")
                          : raise_errno(t, &exc_OSError, errno, 0);
}

static Value resource_getrlimit(ARGS)
{
    int which;
    struct rlimit l;
    if (!resource_arg(t, args[0], &which)) {
        return 0;
    }
    return getrlimit(which, &l) ? raise_errno(t, &exc_OSError, errno, 0) : limit_value(t, &l);
}

static Value resource_setrlimit(ARGS)
{
    int which;
    struct rlimit l;
    if (!resource_arg(t, args[0], &which) || !limit_arg(t, args[1], &l)) {
        return 0;
    }
    if (!AUDIT(t, "resource.setrlimit", 2, fixnum(which), args[1])) {
        return 0;
    }
    return setrlimit(which, &l) ? limit_failed(t) : NONE;
}

static Value resource_prlimit(ARGS)
{
    int pid, which;
    struct rlimit old, l;
    bool set = args[2] && !is_none(args[2]);
    if (!value_to_int(t, args[0], &pid) || !resource_arg(t, args[1], &which) ||
        (set && !limit_arg(t, args[2], &l)) ||
        !AUDIT(t, "resource.prlimit", 3, fixnum(pid), fixnum(which), args[2])) {
        return 0;
    }
    if (prlimit(pid, which, set ? &l : NULL, &old)) {
        return errno == EINVAL ? value_error(t, "current limit exceeds maximum limit")
                               : raise_errno(t, &exc_OSError, errno, 0);
    }
    return limit_value(t, &old);
}

static Value resource_getpagesize(ARGS) { return fixnum(getpagesize()); }

static const NativeDef resource_functions[] = {
    {"getrusage(who, /)", resource_getrusage,
     "What the process, its children or the thread have used.", 0},
    {"getrlimit(resource, /)", resource_getrlimit, "Soft and hard limit of a resource.", 0},
    {"setrlimit(resource, limits, /)", resource_setrlimit, "Set the limits of a resource.", 0},
    {"prlimit(pid, resource, limits=None, /)", resource_prlimit, "Limits of another process.", 0},
    {"getpagesize()", resource_getpagesize, "Size of a page of memory.", 0},
    {NULL, NULL, NULL, 0},
};

static bool resource_exec(Thread *t, Value mod)
{
#define R(name) {#name, (int64_t)(name)}
    static const IntConstant constants[] = {
        R(RLIMIT_AS),     R(RLIMIT_CORE),     R(RLIMIT_CPU),        R(RLIMIT_DATA),
        R(RLIMIT_FSIZE),  R(RLIMIT_MEMLOCK),  R(RLIMIT_MSGQUEUE),   R(RLIMIT_NICE),
        R(RLIMIT_NOFILE), R(RLIMIT_NPROC),    R(RLIMIT_OFILE),      R(RLIMIT_RSS),
        R(RLIMIT_RTPRIO), R(RLIMIT_RTTIME),   R(RLIMIT_SIGPENDING), R(RLIMIT_STACK),
        R(RLIM_INFINITY), R(RUSAGE_CHILDREN), R(RUSAGE_SELF),       R(RUSAGE_THREAD),
    };
#undef R
    if (!module_add_ints(t, mod, constants, ARRAY_SIZE(constants))) {
        return false;
    }
    return make_rusage_type(t) && module_add(t, mod, "struct_rusage", rusage_type) &&
           module_add(t, mod, "error", object_value(&exc_OSError));
}

const ModuleDef module_resource = {"resource", "Limits and use of resources.", resource_functions,
                                   resource_exec};
