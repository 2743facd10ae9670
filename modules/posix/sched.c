/* posix: the scheduler: policies, priorities, processors. */
#include "modules/posix/sched.h"

#include <limits.h>
#include <sys/resource.h>

#include "core/object/set.h"
#include "modules/posix/posix.h"

static Value sched_param_type; /* root; init-only */

static Value sched_param_value(Thread *t, Value priority)
{
    return structseq_pack(t, sched_param_type, &priority);
}

static Value sched_param_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("sched_param(sched_priority)");
    Value a[1];
    return args_bind(t, &sig, args, n, kwnames, a) ? structseq_pack(t, object_value(type), a) : 0;
}

static Value sched_param_reduce(ARGS)
{
    Value inner = tuple_pack(t, 1, tuple_get(args[0], 0));
    return inner ? tuple_pack(t, 2, object_value(type_of(args[0])), inner) : 0;
}

bool sched_param_arg(Thread *t, Value v, struct sched_param *out)
{
    if (type_of(v) != value_type(sched_param_type)) {
        type_error(t, "must have a sched_param object");
        return false;
    }
    int64_t priority;
    if (!value_to_int64(t, tuple_get(v, 0), &priority)) {
        return false;
    }
    if (priority > INT_MAX || priority < INT_MIN) {
        overflow_error(t, "sched_priority out of range");
        return false;
    }
    *out = (struct sched_param){.sched_priority = (int)priority};
    return true;
}

static Value os_sched_get_priority_max(ARGS)
{
    int policy;
    if (!value_to_int(t, args[0], &policy)) {
        return 0;
    }
    int r = sched_get_priority_max(policy);
    return r < 0 ? os_failed(t) : fixnum(r);
}
static Value os_sched_get_priority_min(ARGS)
{
    int policy;
    if (!value_to_int(t, args[0], &policy)) {
        return 0;
    }
    int r = sched_get_priority_min(policy);
    return r < 0 ? os_failed(t) : fixnum(r);
}
static Value os_sched_getscheduler(ARGS)
{
    int pid;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    int r = sched_getscheduler(pid);
    return r < 0 ? os_failed(t) : fixnum(r);
}
static Value os_sched_setscheduler(ARGS)
{
    int pid, policy;
    struct sched_param param;
    if (!value_to_parsed_int(t, args[0], &pid) || !value_to_int(t, args[1], &policy) ||
        !sched_param_arg(t, args[2], &param)) {
        return 0;
    }
    return sched_setscheduler(pid, policy, &param) < 0 ? os_failed(t) : NONE;
}
static Value os_sched_getparam(ARGS)
{
    int pid;
    struct sched_param param;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    return sched_getparam(pid, &param) ? os_failed(t)
                                       : sched_param_value(t, fixnum(param.sched_priority));
}
static Value os_sched_setparam(ARGS)
{
    int pid;
    struct sched_param param;
    return value_to_parsed_int(t, args[0], &pid) && sched_param_arg(t, args[1], &param)
               ? os_result(t, sched_setparam(pid, &param)) : 0;
}
static Value os_sched_rr_get_interval(ARGS)
{
    int pid;
    struct timespec ts;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    return sched_rr_get_interval(pid, &ts)
               ? os_failed(t)
               : float_new(t, (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}
static Value os_sched_yield(ARGS)
{
    int r;
    PARKED(t, r, sched_yield());
    return os_result(t, r);
}

/* ---- processors ---- */

static cpu_set_t *cpu_set_new(Thread *t, int count, size_t *size)
{
    *size = CPU_ALLOC_SIZE((size_t)count);
    cpu_set_t *set = CPU_ALLOC((size_t)count);
    if (!set) {
        raise_memory(t);
        return NULL;
    }
    CPU_ZERO_S(*size, set);
    return set;
}

static Value os_sched_getaffinity(ARGS)
{
    int pid;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    for (int count = 1024; count < 1 << 20; count *= 2) {
        size_t size;
        cpu_set_t *set = cpu_set_new(t, count, &size);
        if (!set) {
            return 0;
        }
        if (sched_getaffinity(pid, size, set) == 0) {
            Value result = set_new(t, 0);
            for (int i = 0; result && i < count; i++) {
                if (CPU_ISSET_S((size_t)i, size, set) && !set_add(t, result, fixnum(i))) {
                    result = 0;
                }
            }
            CPU_FREE(set);
            return result;
        }
        CPU_FREE(set);
        if (errno != EINVAL) {
            break;
        }
    }
    return os_failed(t);
}

/* Highest processor number of the list, for the size of the mask; -1: raised. */
static int cpu_numbers(Thread *t, Value list)
{
    int top = 0;
    for (size_t i = 0; i < list_len(list); i++) {
        Value v = list_get(list, i);
        int64_t cpu;
        if (!value_is_int(v)) {
            type_error(t, "expected an iterator of ints, but iterator yielded %R",
                       object_value(type_of(v)));
            return -1;
        }
        if (!value_to_int64(t, v, &cpu)) {
            return -1;
        }
        if (cpu < 0) {
            value_error(t, "negative CPU number");
            return -1;
        }
        if (cpu > INT_MAX - 1) {
            overflow_error(t, "CPU number too large");
            return -1;
        }
        top = cpu > top ? (int)cpu : top;
    }
    return top;
}

static Value os_sched_setaffinity(ARGS)
{
    int pid;
    size_t size;
    Value list = value_to_parsed_int(t, args[0], &pid) ? sequence_list(t, args[1]) : 0;
    int top = list ? cpu_numbers(t, list) : -1;
    cpu_set_t *set = top >= 0 ? cpu_set_new(t, top < 1024 ? 1024 : top + 1, &size) : NULL;
    if (!set) {
        return 0;
    }
    for (size_t i = 0; i < list_len(list); i++) {
        int64_t cpu;
        if (int_try_int64(list_get(list, i), &cpu)) {
            CPU_SET_S((size_t)cpu, size, set);
        }
    }
    int r = sched_setaffinity(pid, size, set);
    int err = errno;
    CPU_FREE(set);
    errno = err;
    return os_result(t, r);
}

static Value os_cpu_count(ARGS)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count >= 1 ? fixnum(count) : NONE;
}

/* ---- priorities ---- */

static Value os_nice(ARGS)
{
    int increment;
    if (!value_to_int(t, args[0], &increment)) {
        return 0;
    }
    errno = 0;
    int r = nice(increment);
    return r == -1 && errno ? os_failed(t) : fixnum(r);
}
static Value os_getpriority(ARGS)
{
    int which, who;
    if (!value_to_int(t, args[0], &which) || !value_to_int(t, args[1], &who)) {
        return 0;
    }
    errno = 0;
    int r = getpriority((__priority_which_t)which, (id_t)who);
    return errno ? os_failed(t) : fixnum(r);
}
static Value os_setpriority(ARGS)
{
    int which, who, priority;
    return value_to_int(t, args[0], &which) && value_to_int(t, args[1], &who) &&
                   value_to_int(t, args[2], &priority)
               ? os_result(t, setpriority((__priority_which_t)which, (id_t)who, priority))
               : 0;
}

const NativeDef posix_sched_functions[] = {
    {"sched_get_priority_max(policy)", os_sched_get_priority_max, "Highest priority of a policy.",
     0},
    {"sched_get_priority_min(policy)", os_sched_get_priority_min, "Lowest priority of a policy.",
     0},
    {"sched_getscheduler(pid, /)", os_sched_getscheduler, "Policy of a process.", 0},
    {"sched_setscheduler(pid, policy, param, /)", os_sched_setscheduler,
     "Set the policy of a process.", 0},
    {"sched_getparam(pid, /)", os_sched_getparam, "Parameters of a process.", 0},
    {"sched_setparam(pid, param, /)", os_sched_setparam, "Set the parameters of a process.", 0},
    {"sched_rr_get_interval(pid, /)", os_sched_rr_get_interval,
     "Time slice of a process in seconds.", 0},
    {"sched_yield()", os_sched_yield, "Let others have the processor.", 0},
    {"sched_getaffinity(pid, /)", os_sched_getaffinity, "Processors the process may run on.", 0},
    {"sched_setaffinity(pid, mask, /)", os_sched_setaffinity,
     "Set the processors the process may run on.", 0},
    {"cpu_count()", os_cpu_count, "Number of processors.", 0},
    {"nice(increment, /)", os_nice, "Add to the nice value of the process.", 0},
    {"getpriority(which, who)", os_getpriority, "Scheduling priority.", 0},
    {"setpriority(which, who, priority)", os_setpriority, "Set the scheduling priority.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_sched_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"sched_priority", "priority for the scheduler"},
        {NULL, NULL}};
    static const StructSeqDef def = {"posix.sched_param", "Scheduling parameters of a process.",
                                     fields, 1};
    static const NativeDef reduce = {"__reduce__()", sched_param_reduce, "Helper for pickle.", 0};
    const bool first = !value_load(&sched_param_type); /* the main interpreter's start */
    if (!module_add_structseq(t, mod, &def, &sched_param_type)) {
        return false;
    }
    if (!first) {
        return true;
    }
    Type *type = value_type(sched_param_type);
    type->new = sched_param_new;
    type->sig = "sched_param(sched_priority)";
    Value method = method_descr_new(t, type, &reduce);
    return method && dict_set_cstr(t, object_value(type_names(type)), "__reduce__", method);
}
