/* _posixsubprocess: fork_exec(), what subprocess.Popen starts programs with.
 *
 * Everything the child needs is prepared before the fork.  Without preexec_fn the child is a vfork
 * child (or a fork child when vfork is not allowed) of the parked calling thread and makes system
 * calls only: it shares the parent's memory. With preexec_fn it is a full fork with the other
 * threads stopped, as os.fork().
 * A failure before the new program runs is told to the parent through errpipe_write as "Name:errno
 * in hex:text".
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "modules/posix/posix.h"


enum { GROUPS_MAX = 65536, EXEC_FAILED = 255 };

typedef struct ForkArgs {
    char **argv, **execs, **envp; /* envp NULL: the parent's environment */
    int *keep;                    /* sorted */
    size_t n_keep;
    const char *cwd;
    int p2c_read, p2c_write, c2p_read, c2p_write, err_read, err_write, errpipe_read, errpipe_write;
    int close_fds, restore_signals, new_session;
    pid_t pgid;
    bool set_gid, set_uid, set_groups;
    gid_t gid;
    uid_t uid;
    gid_t *groups;
    size_t n_groups;
    int umask_value;
    Value preexec;                /* or 0 */
    Value roots[4];               /* what the strings belong to */
} ForkArgs;

/* ---- the child: system calls only ---- */

static int child_make_inheritable(const ForkArgs *a)
{
    for (size_t i = 0; i < a->n_keep; i++) {
        int fd = a->keep[i];
        if (fd == a->errpipe_write) {
            continue; /* stays close-on-exec: its end tells the parent that exec succeeded */
        }
        int flags = fcntl(fd, F_GETFD);
        if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0) {
            return -1;
        }
    }
    return 0;
}

static int child_close(int fd) { return fd != -1 ? close(fd) : 0; }

/* Makes fd number `wanted`, kept across exec. */
static int child_place(int fd, int wanted)
{
    if (fd == -1) {
        return 0;
    }
    return fd == wanted ? fcntl(fd, F_SETFD, 0) : dup2(fd, wanted) < 0 ? -1 : 0;
}

static int child_descriptors(const ForkArgs *a)
{
    int out = a->c2p_write, err = a->err_write;
    if (child_make_inheritable(a) || child_close(a->p2c_write) || child_close(a->c2p_read) ||
        child_close(a->err_read) || child_close(a->errpipe_read)) {
        return -1;
    }
    /* the standard numbers must not be overwritten before they have been copied */
    if (out == 0 && (out = dup(out)) < 0) {
        return -1;
    }
    while (err == 0 || err == 1) {
        err = dup(err);
        if (err < 0) {
            return -1;
        }
    }
    if (child_place(a->p2c_read, 0) || child_place(out, 1) || child_place(err, 2)) {
        return -1;
    }
    return 0;
}

static int child_identity(const ForkArgs *a)
{
    if (a->cwd && chdir(a->cwd)) {
        return -1;
    }
    if (a->umask_value >= 0) {
        umask((mode_t)a->umask_value);
    }
    if (a->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if ((a->new_session && setsid() < 0) || (a->pgid >= 0 && setpgid(0, a->pgid))) {
        return -1;
    }
    /* the system calls themselves: the library's wrappers would change all threads of the parent */
    if ((a->set_groups && syscall(SYS_setgroups, a->n_groups, a->groups)) ||
        (a->set_gid && syscall(SYS_setregid, a->gid, a->gid)) ||
        (a->set_uid && syscall(SYS_setreuid, a->uid, a->uid))) {
        return -1;
    }
    return 0;
}

static bool child_keeps(const ForkArgs *a, int fd)
{
    for (size_t i = 0; i < a->n_keep; i++) {
        if (a->keep[i] == fd) {
            return true;
        }
    }
    return false;
}

static void child_close_listed(const ForkArgs *a)
{
    struct Entry {
        uint64_t ino;
        int64_t off;
        unsigned short len;
        unsigned char type;
        char name[];
    };
    char buffer[1024] __attribute__((aligned(8)));
    int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        long max = sysconf(_SC_OPEN_MAX);
        for (int fd = 3; fd < (max > 0 ? max : 256); fd++) {
            if (!child_keeps(a, fd)) {
                close(fd);
            }
        }
        return;
    }
    for (long got; (got = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0;) {
        for (long at = 0; at < got;) {
            struct Entry *e = (struct Entry *)(buffer + at);
            at += e->len;
            int fd = 0;
            const char *p = e->name;
            while (*p >= '0' && *p <= '9') {
                fd = fd * 10 + (*p++ - '0');
            }
            if (*p == 0 && fd > 2 && fd != dir && !child_keeps(a, fd)) {
                close(fd);
            }
        }
    }
    close(dir);
}

static void child_close_fds(const ForkArgs *a)
{
    unsigned lo = 3;
    for (size_t i = 0; i <= a->n_keep; i++) {
        unsigned hi = i < a->n_keep ? (unsigned)a->keep[i] : ~0u;
        if (hi < lo) {
            continue;
        }
        if (i == a->n_keep || hi > lo) {
            if (syscall(SYS_close_range, lo, i == a->n_keep ? hi : hi - 1, 0)) {
                child_close_listed(a);
                return;
            }
        }
        lo = hi + 1;
    }
}

static void child_exec(const ForkArgs *a)
{
    int kept = 0;
    for (char **path = a->execs; *path; path++) {
        if (a->envp) {
            execve(*path, a->argv, a->envp);
        } else {
            execv(*path, a->argv);
        }
        if (errno != ENOENT && errno != ENOTDIR && kept == 0) {
            kept = errno;
        }
    }
    if (kept) {
        errno = kept;
    }
}

static void child_tell(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0) {
        return; /* nobody is left to tell */
    }
}

static void child_report(const ForkArgs *a, int err, const char *text)
{
    if (err == 0) {
        child_tell(a->errpipe_write, "SubprocessError:0:");
    } else {
        char hex[16], *p = hex + sizeof hex;
        *--p = 0;
        *--p = ':';
        for (unsigned e = (unsigned)err; e; e >>= 4) {
            *--p = "0123456789ABCDEF"[e & 15];
        }
        child_tell(a->errpipe_write, "OSError:");
        child_tell(a->errpipe_write, p);
    }
    child_tell(a->errpipe_write, text);
}

/* In the child, t is NULL when it may not run Python code. */
static _Noreturn void child_run(Thread *t, const ForkArgs *a)
{
    if (child_descriptors(a) || child_identity(a)) {
        child_report(a, errno, "noexec");
        _exit(EXEC_FAILED);
    }
    if (t && a->preexec && !call0(t, a->preexec)) {
        error_clear(t);
        child_report(a, 0, "Exception occurred in preexec_fn.");
        _exit(EXEC_FAILED);
    }
    if (a->close_fds) {
        child_close_fds(a);
    }
    child_exec(a);
    child_report(a, errno, "");
    _exit(EXEC_FAILED);
}

/* Handlers of the parent must not run in a child that shares its memory. */
static void child_default_handlers(void)
{
    for (int i = 1; i < _NSIG; i++) {
        struct sigaction action;
        if (i != SIGKILL && i != SIGSTOP && sigaction(i, NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL) {
            action.sa_handler = SIG_DFL;
            action.sa_flags = 0;
            sigaction(i, &action, NULL);
        }
    }
}

/* Never inlined: what the child does to its stack stays below the caller's frame. */
static NOINLINE pid_t start_child(const ForkArgs *a, bool share_memory)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    pid_t pid = share_memory ? vfork() : fork();
#pragma GCC diagnostic pop
    if (pid == 0) {
        child_default_handlers();
        sigprocmask(SIG_SETMASK, &old, NULL);
        child_run(NULL, a);
    }
    int err = errno;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = err;
    return pid;
}

/* ---- arguments ---- */

/* Sequence of str, bytes or paths (or of bytes only) as a NULL-terminated array; its strings live
 * in *root. */
static char **strings_from(Thread *t, Value seq, bool bytes_only, Value *root)
{
    ssize_t n = value_is_tuple(seq) || value_is_list(seq) ? 0 : object_len(t, seq);
    Value items = n < 0 ? 0 : sequence_tuple(t, seq);
    if (!items) {
        return NULL;
    }
    size_t count = tuple_len(items);
    Value keep = list_new(t, count);
    char **array = keep ? mem_calloc(count + 1, sizeof *array) : NULL;
    if (!array) {
        return keep ? (raise_memory(t), NULL) : NULL;
    }
    *root = tuple_pack(t, 2, items, keep);
    for (size_t i = 0; *root && i < count; i++) {
        Value item = tuple_get(items, i);
        if (bytes_only && !value_is_bytes(item)) {
            type_error(t, "expected bytes, %T found", item);
            break;
        }
        const char *p = str_fs_path(t, item), *start = p;
        Value copy = p ? bytes_from_cstr(t, start) : 0;
        if (!copy || !list_append(t, keep, copy)) {
            break;
        }
        array[i] = value_bytes(copy)->data;
    }
    if (t->exc) {
        mem_free(array);
        return NULL;
    }
    return array;
}

static bool keep_list(Thread *t, ForkArgs *a, Value tuple)
{
    if (!value_is_tuple(tuple)) {
        type_error(t, "fork_exec() argument 4 must be tuple, not %T", tuple);
        return false;
    }
    a->n_keep = tuple_len(tuple);
    a->keep = mem_calloc(a->n_keep + 1, sizeof *a->keep);
    if (!a->keep) {
        raise_memory(t);
        return false;
    }
    int64_t last = -1, fd;
    for (size_t i = 0; i < a->n_keep; i++, last = fd) {
        Value item = tuple_get(tuple, i);
        if (!value_is_int(item) || !int_try_int64(item, &fd) || fd < 0 || fd <= last ||
            fd > INT32_MAX) {
            value_error(t, "bad value(s) in fds_to_keep");
            return false;
        }
        a->keep[i] = (int)fd;
    }
    return true;
}

static bool groups_from(Thread *t, ForkArgs *a, Value list)
{
    if (is_none(list)) {
        return true;
    }
    if (!value_is_list(list)) {
        type_error(t, "setgroups argument must be a list");
        return false;
    }
    Value items = list_to_tuple(t, list);
    a->n_groups = items ? tuple_len(items) : 0;
    if (a->n_groups > GROUPS_MAX) {
        value_error(t, "too many groups");
        return false;
    }
    a->groups = mem_calloc(a->n_groups + 1, sizeof *a->groups);
    if (!items || !a->groups) {
        return items ? raise_memory(t) : false;
    }
    for (size_t i = 0; i < a->n_groups; i++) {
        Value item = tuple_get(items, i);
        if (!value_is_int(item)) {
            type_error(t, "groups must be integers");
            return false;
        }
        int64_t id;
        if (!int_try_int64(item, &id) || id < 0 || id > UINT32_MAX) {
            value_error(t, "invalid group id");
            return false;
        }
        a->groups[i] = (gid_t)id;
    }
    a->set_groups = true;
    return true;
}

/* kind: "uid" or "gid" */
static bool id_from(Thread *t, Value v, const char *kind, bool *set, uint32_t *out)
{
    if (is_none(v)) {
        return true;
    }
    Value index = number_index(t, v);
    int64_t id;
    if (!index) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "%s should be integer, not %T", kind, v);
        }
        return false;
    }
    if (!int_try_int64(index, &id) || id < -1 || id > UINT32_MAX) {
        overflow_error(t, "%s is %s", kind,
                       int_sign(index) < 0 ? "less than minimum" : "greater than maximum");
        return false;
    }
    *set = true;
    *out = (uint32_t)id;
    return true;
}

static bool child_setup(Thread *t, ForkArgs *a, Value *args)
{
    int *const numbers[] = {&a->p2c_read, &a->p2c_write, &a->c2p_read,     &a->c2p_write,
                            &a->err_read, &a->err_write, &a->errpipe_read, &a->errpipe_write};
    a->close_fds = object_truth(t, args[2]);
    a->restore_signals = object_truth(t, args[14]);
    a->new_session = object_truth(t, args[15]);
    if (a->close_fds < 0 || !keep_list(t, a, args[3])) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (!value_to_int(t, args[6 + i], numbers[i])) {
            return false;
        }
    }
    if (a->restore_signals < 0 || a->new_session < 0 || !value_to_int(t, args[16], &a->pgid) ||
        !value_to_int(t, args[20], &a->umask_value)) {
        return false;
    }
    if (a->close_fds && a->errpipe_write < 3) {
        value_error(t, "errpipe_write must be >= 3");
        return false;
    }
    a->execs = strings_from(t, args[1], true, &a->roots[0]);
    if (!a->execs) {
        return false;
    }
    if (!is_none(args[0])) {
        if (!value_is_sequence(args[0])) {
            type_error(t, "argv must be a tuple");
            return false;
        }
        a->argv = strings_from(t, args[0], false, &a->roots[1]);
        if (!a->argv) {
            return false;
        }
    }
    if (!is_none(args[5]) && !(a->envp = strings_from(t, args[5], true, &a->roots[2]))) {
        return false;
    }
    if (!is_none(args[4]) && !(a->cwd = str_fs_path(t, args[4]))) {
        return false;
    }
    a->preexec = is_none(args[21]) ? 0 : args[21];
    return groups_from(t, a, args[18]) && id_from(t, args[17], "gid", &a->set_gid, &a->gid) &&
           id_from(t, args[19], "uid", &a->set_uid, &a->uid);
}

static Value subprocess_fork_exec(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    static char *no_strings[1];
    ForkArgs a = {.argv = NULL};
    pid_t pid = -1;
    int err = 0, vfork_allowed = object_truth(t, args[22]);
    if (!is_none(args[21]) && !posix_process_allowed(t, "preexec_fn")) {
        return 0;
    }
    if (vfork_allowed >= 0 && child_setup(t, &a, args)) {
        char **argv = a.argv;
        a.argv = argv ? argv : no_strings;
        if (a.preexec) {
            pid = posix_fork(t, NULL);
            if (pid == 0) {
                child_run(t, &a);
            }
        } else {
            thread_park(t);
            pid = start_child(&a, vfork_allowed && !a.set_uid && !a.set_gid && !a.set_groups);
            thread_unpark(t);
        }
        err = errno;
        a.argv = argv;
        if (pid < 0 && !t->exc) {
            raise_errno(t, &exc_OSError, err, 0);
        }
    }
    mem_free(a.argv);
    mem_free(a.execs);
    mem_free(a.envp);
    mem_free(a.keep);
    mem_free(a.groups);
    return t->exc ? 0 : fixnum(pid);
}

static const NativeDef subprocess_functions[] = {
    {"fork_exec(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, "
     "c2pwrite, errread, "
     "errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, "
     "groups_list, uid, "
     "child_umask, preexec_fn, allow_vfork, /)",
     subprocess_fork_exec,
     "Start a program in a child process; return the child's id.\n\n"
     "Descriptors from 3 on are closed in the child when close_fds is true, but for those of the "
     "sorted tuple pass_fds.\n"
     "An error in the child is written to errpipe_write.",
     0},
    {NULL, NULL, NULL, 0},
};

extern const ModuleDef module__posixsubprocess;
const ModuleDef module__posixsubprocess = {.name = "_posixsubprocess",
                                           .doc = "Starting programs, for the subprocess module.",
                                           .functions = subprocess_functions};
