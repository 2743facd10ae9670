/* posix: waiting for processes and what their status says. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "modules/posix/posix.h"
#include "modules/resource.h"

static Value waitid_result_type; /* root; init-only */

static Value pid_and_status(Thread *t, pid_t pid, int status)
{
    return tuple_pack(t, 2, fixnum(pid), fixnum(status));
}

static Value wait_for(Thread *t, pid_t pid, int options)
{
    int status = 0;
    pid_t r;
    BLOCKING(t, r, waitpid(pid, &status, options));
    return r < 0 ? os_failed(t) : pid_and_status(t, r, r ? status : 0);
}
static Value os_wait(ARGS) { return wait_for(t, -1, 0); }
static Value os_waitpid(ARGS)
{
    int pid, options;
    return value_to_parsed_int(t, args[0], &pid) && value_to_parsed_int(t, args[1], &options)
               ? wait_for(t, pid, options)
               : 0;
}

static Value wait_usage(Thread *t, pid_t pid, int options)
{
    int status = 0;
    struct rusage usage = {0};
    pid_t r;
    BLOCKING(t, r, wait4(pid, &status, options, &usage));
    if (r < 0) {
        return os_failed(t);
    }
    Value u = rusage_value(t, &usage);
    return u ? tuple_pack(t, 3, fixnum(r), fixnum(r ? status : 0), u) : 0;
}
static Value os_wait3(ARGS)
{
    int options;
    return value_to_int(t, args[0], &options) ? wait_usage(t, -1, options) : 0;
}
static Value os_wait4(ARGS)
{
    int pid, options;
    return value_to_parsed_int(t, args[0], &pid) && value_to_parsed_int(t, args[1], &options)
               ? wait_usage(t, pid, options)
               : 0;
}

static Value os_waitid(ARGS)
{
    int kind, id, options, r;
    siginfo_t info = {0};
    if (!value_to_int(t, args[0], &kind) || !value_to_parsed_int(t, args[1], &id) ||
        !value_to_int(t, args[2], &options)) {
        return 0;
    }
    BLOCKING(t, r, waitid((idtype_t)kind, (id_t)id, &info, options));
    if (r < 0) {
        return os_failed(t);
    }
    if (info.si_pid == 0) {
        return NONE;
    }
    const Value fields[] = {fixnum(info.si_pid), id_value(t, info.si_uid), fixnum(info.si_signo),
                            fixnum(info.si_status), fixnum(info.si_code)};
    return structseq_pack(t, waitid_result_type, fields);
}

/* ---- status ---- */

#define STATUS_TEST(name)                                                               \
    static Value os_##name(ARGS)                                                        \
    {                                                                                   \
        int status;                                                                     \
        return value_to_int(t, args[0], &status) ? bool_value(name(status)) : 0;        \
    }
#define STATUS_PART(name)                                                               \
    static Value os_##name(ARGS)                                                        \
    {                                                                                   \
        int status;                                                                     \
        return value_to_int(t, args[0], &status) ? fixnum(name(status)) : 0;            \
    }
STATUS_TEST(WCOREDUMP)
STATUS_TEST(WIFCONTINUED)
STATUS_TEST(WIFEXITED)
STATUS_TEST(WIFSIGNALED)
STATUS_TEST(WIFSTOPPED)
STATUS_PART(WEXITSTATUS)
STATUS_PART(WSTOPSIG)
STATUS_PART(WTERMSIG)

static Value os_waitstatus_to_exitcode(ARGS)
{
    int status;
    if (!value_to_int(t, args[0], &status)) {
        return 0;
    }
    if (WIFEXITED(status)) {
        return fixnum(WEXITSTATUS(status));
    }
    if (WIFSIGNALED(status)) {
        return fixnum(-WTERMSIG(status));
    }
    return WIFSTOPPED(status)
               ? value_error(t, "process stopped by delivery of signal %d", WSTOPSIG(status))
               : value_error(t, "invalid wait status: %d", status);
}

const NativeDef posix_wait_functions[] = {
    {"wait()", os_wait, "Wait for any child: (pid, status).", 0},
    {"waitpid(pid, options, /)", os_waitpid, "Wait for a child: (pid, status).", 0},
    {"wait3(options)", os_wait3, "Wait for any child: (pid, status, rusage).", 0},
    {"wait4(pid, options)", os_wait4, "Wait for a child: (pid, status, rusage).", 0},
    {"waitid(idtype, id, options, /)", os_waitid, "Wait for children to change their state.", 0},
    {"WCOREDUMP(status, /)", os_WCOREDUMP, "Was a core file written?", 0},
    {"WIFCONTINUED(status)", os_WIFCONTINUED, "Has the process been continued?", 0},
    {"WIFEXITED(status)", os_WIFEXITED, "Has the process ended by exit?", 0},
    {"WIFSIGNALED(status)", os_WIFSIGNALED, "Has the process been ended by a signal?", 0},
    {"WIFSTOPPED(status)", os_WIFSTOPPED, "Has the process been stopped?", 0},
    {"WEXITSTATUS(status)", os_WEXITSTATUS, "The exit status.", 0},
    {"WSTOPSIG(status)", os_WSTOPSIG, "The signal that stopped the process.", 0},
    {"WTERMSIG(status)", os_WTERMSIG, "The signal that ended the process.", 0},
    {"waitstatus_to_exitcode(status)", os_waitstatus_to_exitcode,
     "Exit code, or minus the number of the signal.", 0},
    {NULL, NULL, NULL, 0},
};

bool posix_wait_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"si_pid", NULL},
        {"si_uid", NULL},
        {"si_signo", NULL},
        {"si_status", NULL},
        {"si_code", NULL},
        {NULL, NULL}};
    static const StructSeqDef def = {"posix.waitid_result", "What waitid() tells about a child.",
                                     fields, 5};
    return module_add_structseq(t, mod, &def, &waitid_result_type);
}
