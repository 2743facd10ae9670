/* posix: making processes: fork, exec, the functions around them, signals to processes. */
#include <pty.h>
#include <signal.h>
#include <stdlib.h>

#include "core/base/atomics.h"
#include "core/base/memory.h"
#include "importer/module_lock.h"
#include "modules/posix/posix.h"

/* ---- functions around fork ---- */

typedef enum { FORK_BEFORE, FORK_PARENT, FORK_CHILD, FORK_KINDS } ForkKind;
/* Of the interpreter: lists or 0; under no lock: lists are safe to share. */
static Value *fork_functions(Thread *t, ForkKind kind)
{
    static const int slots[FORK_KINDS] = {INTERP_fork_before, INTERP_fork_in_parent,
                                          INTERP_fork_in_child};
    return interp_slot(t, slots[kind]);
}

static bool add_fork_function(Thread *t, ForkKind kind, Value f)
{
    if (!f) {
        return true;
    }
    Value *slot = fork_functions(t, kind), none = 0;
    if (!value_load(slot)) {
        Value list = list_new(t, 1);
        if (!list) {
            return false;
        }
        cas_acq_rel(slot, &none, list);
    }
    return list_append(t, value_load(slot), f);
}

static Value os_register_at_fork(ARGS)
{
    static const char *const names_[] = {"before", "after_in_child", "after_in_parent"};
    if (!args[0] && !args[1] && !args[2]) {
        return type_error(t, "At least one argument is required.");
    }
    for (int i = 0; i < 3; i++) {
        if (args[i] && !callable(args[i])) {
            return type_error(t, "'%s' must be callable, not %T", names_[i], args[i]);
        }
    }
    return add_fork_function(t, FORK_BEFORE, args[0]) &&
                   add_fork_function(t, FORK_CHILD, args[1]) &&
                   add_fork_function(t, FORK_PARENT, args[2])
               ? NONE
               : 0;
}

static void run_fork_functions(Thread *t, ForkKind kind, bool backwards)
{
    Value pending = error_take(t),
          list = value_load(fork_functions(t, kind)), all = list ? list_to_tuple(t, list) : 0;
    size_t count = all ? tuple_len(all) : 0;
    for (size_t i = 0; i < count; i++) {
        Value f = tuple_get(all, backwards ? count - 1 - i : i);
        if (!call0(t, f)) {
            error_unraisable(t, NULL, f);
        }
    }
    error_restore(t, pending);
}
void posix_run_before_fork(Thread *t) { run_fork_functions(t, FORK_BEFORE, true); }
void posix_run_after_fork_parent(Thread *t) { run_fork_functions(t, FORK_PARENT, false); }
void posix_run_after_fork_child(Thread *t) { run_fork_functions(t, FORK_CHILD, false); }

bool posix_process_allowed(Thread *t, const char *what)
{
    if (t->interp != runtime.main_interp) {
        runtime_error(t, "%s not supported for isolated subinterpreters", what);
        return false;
    }
    return true;
}

pid_t posix_fork(Thread *t, int *pty_master)
{
    posix_run_before_fork(t);
    import_lock_acquire(t);
    thread_before_fork(t);
    pid_t pid = pty_master ? forkpty(pty_master, NULL, NULL, NULL) : fork();
    int err = errno;
    if (pid == 0) {
        thread_after_fork_child(t);
        (void)import_lock_release(t);
        posix_run_after_fork_child(t);
    } else {
        thread_after_fork_parent(t);
        (void)import_lock_release(t);
        posix_run_after_fork_parent(t);
    }
    errno = err;
    return pid;
}

static Value os_fork(ARGS)
{
    if (!posix_process_allowed(t, "fork") || !AUDIT(t, "os.fork", 0)) {
        return 0;
    }
    pid_t pid = posix_fork(t, NULL);
    return pid < 0 ? os_failed(t) : fixnum(pid);
}

static Value os_forkpty(ARGS)
{
    int master = -1;
    if (!posix_process_allowed(t, "fork") || !AUDIT(t, "os.forkpty", 0)) {
        return 0;
    }
    pid_t pid = posix_fork(t, &master);
    return pid < 0 ? os_failed(t) : tuple_pack(t, 2, fixnum(pid), fixnum(master));
}

/* ---- exec ---- */

/* The bytes of str, bytes or a path object appended to keep; NULL: raised. */
static char *kept_cstr(Thread *t, Value v, Value keep)
{
    Value owner;
    const char *s = fs_cstr(t, v, &owner);
    if (!s) {
        return NULL;
    }
    Value copy = bytes_from_cstr(t, s);
    return copy && list_append(t, keep, copy) ? value_bytes(copy)->data : NULL;
}

char **argv_from_value(Thread *t, Value args, const char *what, Value *keep)
{
    if (!value_is_list(args) && !value_is_tuple(args)) {
        type_error(t, "%s must be a tuple or list", what);
        return NULL;
    }
    Value items = sequence_tuple(t, args);
    size_t count = items ? tuple_len(items) : 0;
    *keep = list_new(t, count);
    if (!items || !*keep) {
        return NULL;
    }
    if (count == 0) {
        value_error(t, "%s must not be empty", what);
        return NULL;
    }
    char **argv = mem_calloc(count + 1, sizeof *argv);
    if (!argv) {
        raise_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        argv[i] = kept_cstr(t, tuple_get(items, i), *keep);
        if (argv[i] && i == 0 && argv[i][0] == 0) {
            value_error(t, "%s first element cannot be empty", what);
        }
        if (error_pending(t)) {
            mem_free(argv);
            return NULL;
        }
    }
    return argv;
}

/* "key=value" appended to keep; NULL: raised. */
static char *env_entry(Thread *t, Value key, Value v, Value keep)
{
    Value key_owner, value_owner;
    const char *k = fs_cstr(t, key, &key_owner), *s = k ? fs_cstr(t, v, &value_owner) : NULL;
    if (!s) {
        return NULL;
    }
    if (!*k || strchr(k + 1, '=')) {
        value_error(t, "illegal environment variable name");
        return NULL;
    }
    size_t klen = strlen(k), len = strlen(s);
    Value entry = bytes_new(t, NULL, klen + 1 + len);
    if (!entry || !list_append(t, keep, entry)) {
        return NULL;
    }
    char *p = value_bytes(entry)->data;
    memcpy(p, k, klen);
    p[klen] = '=';
    memcpy(p + klen + 1, s, len);
    return p;
}

char **envp_from_mapping(Thread *t, Value env, Value *keep)
{
    Value keys = call_method0(t, env, intern_cstr(t, "keys")),
          values = keys ? call_method0(t, env, intern_cstr(t, "values")) : 0;
    keys = values ? sequence_tuple(t, keys) : 0;
    values = keys ? sequence_tuple(t, values) : 0;
    size_t count =
        values ? tuple_len(keys) < tuple_len(values) ? tuple_len(keys) : tuple_len(values) : 0;
    *keep = values ? list_new(t, count) : 0;
    char **envp = *keep ? mem_calloc(count + 1, sizeof *envp) : NULL;
    if (!envp) {
        if (!error_pending(t)) {
            raise_memory(t);
        }
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        envp[i] = env_entry(t, tuple_get(keys, i), tuple_get(values, i), *keep);
        if (!envp[i]) {
            mem_free(envp);
            return NULL;
        }
    }
    return envp;
}

static Value os_execv(ARGS)
{
    PathArg p = PATH_ARG("execv");
    Value keep;
    if (!posix_process_allowed(t, "exec") || !path_arg(t, args[0], &p)) {
        return 0;
    }
    char **argv = argv_from_value(t, args[1], "execv() arg 2", &keep);
    if (!argv) {
        return 0;
    }
    if (AUDIT(t, "os.exec", 3, p.object, args[1], NONE)) {
        thread_park(t);
        execv(p.narrow, argv);
        thread_unpark(t);
        os_failed(t);
    }
    mem_free(argv);
    return 0;
}

static Value os_execve(ARGS)
{
    PathArg p = PATH_FD_ARG("execve");
    Value keep, keep_env;
    if (!posix_process_allowed(t, "exec") || !path_arg(t, args[0], &p)) {
        return 0;
    }
    char **argv = argv_from_value(t, args[1], "execve: argv", &keep);
    if (!argv) {
        return 0;
    }
    char **envp = NULL;
    if (!type_of(args[2])->getitem) {
        type_error(t, "execve: environment must be a mapping object");
    } else if ((envp = envp_from_mapping(t, args[2], &keep_env)) &&
               AUDIT(t, "os.exec", 3, p.object, args[1], args[2])) {
        thread_park(t);
        if (p.fd != -1) {
            fexecve(p.fd, argv, envp);
        } else {
            execve(p.narrow, argv, envp);
        }
        thread_unpark(t);
        path_failed(t, &p);
    }
    mem_free(argv);
    mem_free(envp);
    return 0;
}

/* ---- ends and signals ---- */

static Value os__exit(ARGS)
{
    int status;
    if (value_to_int(t, args[0], &status)) {
        _exit(status);
    }
    return 0;
}
static Value os_abort(ARGS)
{
    abort();
}

static Value os_kill(ARGS)
{
    int pid, number;
    if (!value_to_parsed_int(t, args[0], &pid) || !value_to_int(t, args[1], &number) ||
        !AUDIT(t, "os.kill", 2, args[0], args[1])) {
        return 0;
    }
    return kill(pid, number) ? os_failed(t) : thread_check_signals(t) ? NONE : 0;
}
static Value os_killpg(ARGS)
{
    int pgid, number;
    if (!value_to_parsed_int(t, args[0], &pgid) || !value_to_int(t, args[1], &number) ||
        !AUDIT(t, "os.killpg", 2, args[0], args[1])) {
        return 0;
    }
    return killpg(pgid, number) ? os_failed(t) : thread_check_signals(t) ? NONE : 0;
}

static Value os_system(ARGS)
{
    Value keep;
    const char *command = fs_cstr(t, args[0], &keep);
    int r;
    if (!command || !AUDIT(t, "os.system", 1, args[0])) {
        return 0;
    }
    PARKED(t, r, system(command));
    return fixnum(r);
}

const NativeDef posix_process_functions[] = {
    {"register_at_fork(*, before=None, after_in_child=None, after_in_parent=None)",
     os_register_at_fork, "Register functions to be called when the process forks.", 0},
    {"fork()", os_fork, "Make a child process: 0 in the child, its id in the parent.", 0},
    {"forkpty()", os_forkpty, "fork() with a new pseudo-terminal for the child.", 0},
    {"execv(path, argv, /)", os_execv, "Replace the program of the process.", 0},
    {"execve(path, argv, env)", os_execve,
     "Replace the program of the process, with this environment.", 0},
    {"_exit(status)", os__exit, "End the process at once.", 0},
    {"abort()", os_abort, "End the process abnormally.", 0},
    {"kill(pid, signal, /)", os_kill, "Send a signal to a process.", 0},
    {"killpg(pgid, signal, /)", os_killpg, "Send a signal to a process group.", 0},
    {"system(command)", os_system, "Run a command in a shell.", 0},
    {NULL, NULL, NULL, 0},
};
