/* posix: posix_spawn and posix_spawnp. */
#include <sched.h>
#include <spawn.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "modules/_signal/signal.h"
#include "modules/posix/posix.h"
#include "modules/posix/sched.h"

enum { ACTION_OPEN, ACTION_CLOSE, ACTION_DUP2 };

static bool action_failed(Thread *t, int err)
{
    if (err) {
        errno = err;
        os_failed(t);
    }
    return !err;
}

static bool add_open_action(Thread *t, Value item, Value keep, posix_spawn_file_actions_t *out)
{
    int fd, flags, mode;
    Value owner;
    if (tuple_len(item) != 5) {
        type_error(t, "A open file_action tuple must have 5 elements");
        return false;
    }
    if (!value_to_int(t, tuple_get(item, 1), &fd)) {
        return false;
    }
    const char *path = fs_cstr(t, tuple_get(item, 2), &owner);
    if (!path || !list_append(t, keep, owner) || !value_to_int(t, tuple_get(item, 3), &flags) ||
        !value_to_int(t, tuple_get(item, 4), &mode)) {
        return false;
    }
    return action_failed(t, posix_spawn_file_actions_addopen(out, fd, path, flags, (mode_t)mode));
}

static bool add_action(Thread *t, Value item, Value keep, posix_spawn_file_actions_t *out)
{
    int kind, fd, fd2;
    if (!value_is_tuple(item) || tuple_len(item) == 0) {
        type_error(t, "Each file_actions element must be a non-empty tuple");
        return false;
    }
    if (!value_to_int(t, tuple_get(item, 0), &kind)) {
        return false;
    }
    switch (kind) {
    case ACTION_OPEN:
        return add_open_action(t, item, keep, out);
    case ACTION_CLOSE:
        if (tuple_len(item) != 2) {
            type_error(t, "A close file_action tuple must have 2 elements");
            return false;
        }
        return value_to_int(t, tuple_get(item, 1), &fd) &&
               action_failed(t, posix_spawn_file_actions_addclose(out, fd));
    case ACTION_DUP2:
        if (tuple_len(item) != 3) {
            type_error(t, "A dup2 file_action tuple must have 3 elements");
            return false;
        }
        return value_to_int(t, tuple_get(item, 1), &fd) &&
               value_to_int(t, tuple_get(item, 2), &fd2) &&
               action_failed(t, posix_spawn_file_actions_adddup2(out, fd, fd2));
    default:
        type_error(t, "Unknown file_actions identifier");
        return false;
    }
}

static bool add_actions(Thread *t, Value v, Value *keep, posix_spawn_file_actions_t *out)
{
    Value items = sequence_fast(t, v, "file_actions must be a sequence or None");
    *keep = items ? list_new(t, 0) : 0;
    for (size_t i = 0; *keep && i < tuple_len(items); i++) {
        if (!add_action(t, tuple_get(items, i), *keep, out)) {
            return false;
        }
    }
    return *keep != 0;
}

static bool set_scheduler(Thread *t, Value v, posix_spawnattr_t *attr, short *flags)
{
    struct sched_param param;
    int policy;
    if (!value_is_tuple(v) || tuple_len(v) != 2) {
        type_error(t, "A scheduler tuple must have two elements");
        return false;
    }
    if (is_none(tuple_get(v, 0))) {
        *flags |= POSIX_SPAWN_SETSCHEDPARAM;
    } else {
        *flags |= POSIX_SPAWN_SETSCHEDULER;
        if (!value_to_int(t, tuple_get(v, 0), &policy) ||
            !action_failed(t, posix_spawnattr_setschedpolicy(attr, policy))) {
            return false;
        }
    }
    return sched_param_arg(t, tuple_get(v, 1), &param) &&
           action_failed(t, posix_spawnattr_setschedparam(attr, &param));
}

/* args from file_actions on */
static bool set_attributes(Thread *t, const Value *args, posix_spawnattr_t *attr)
{
    short flags = 0;
    int reset = 0, session = 0;
    sigset_t set;
    int group;
    if (args[0]) {
        if (!value_to_int(t, args[0], &group) ||
            !action_failed(t, posix_spawnattr_setpgroup(attr, group))) {
            return false;
        }
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    if (!int_arg(t, args[1], &reset) || !int_arg(t, args[2], &session)) {
        return false;
    }
    flags |= (reset ? POSIX_SPAWN_RESETIDS : 0) | (session ? POSIX_SPAWN_SETSID : 0);
    if (args[3]) {
        if (!sigset_from_value(t, args[3], &set) ||
            !action_failed(t, posix_spawnattr_setsigmask(attr, &set))) {
            return false;
        }
        flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (args[4]) {
        if (!sigset_from_value(t, args[4], &set) ||
            !action_failed(t, posix_spawnattr_setsigdefault(attr, &set))) {
            return false;
        }
        flags |= POSIX_SPAWN_SETSIGDEF;
    }
    if (args[5] && !is_none(args[5]) && !set_scheduler(t, args[5], attr, &flags)) {
        return false;
    }
    return action_failed(t, posix_spawnattr_setflags(attr, flags));
}

static Value spawn_with(Thread *t, PathArg *p, Value *args, char **argv, char **envp, bool search)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    Value keep = 0, r = 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    bool with_actions = args[3] && !is_none(args[3]);
    if ((!with_actions || add_actions(t, args[3], &keep, &actions)) &&
        set_attributes(t, args + 4, &attr) &&
        AUDIT(t, "os.posix_spawn", 3, p->object, args[1], args[2])) {
        pid_t pid;
        int err;
        thread_park(t);
        err = (search ? posix_spawnp : posix_spawn)(&pid, p->narrow, &actions, &attr, argv, envp);
        thread_unpark(t);
        errno = err;
        r = err ? path_failed(t, p) : fixnum(pid);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return r;
}

static Value spawn_as(Thread *t, const char *function, Value *args, bool search)
{
    PathArg p = PATH_ARG(function);
    Value keep, keep_env;
    if (!path_arg(t, args[0], &p)) {
        return 0;
    }
    if (!value_is_list(args[1]) && !value_is_tuple(args[1])) {
        return type_error(t, "%s: argv must be a tuple or list", function);
    }
    if (!type_of(args[2])->getitem) {
        return type_error(t, "%s: environment must be a mapping object", function);
    }
    char **argv =
        argv_from_value(t, args[1], search ? "posix_spawnp: argv" : "posix_spawn: argv", &keep);
    char **envp = argv ? envp_from_mapping(t, args[2], &keep_env) : NULL;
    Value r = envp ? spawn_with(t, &p, args, argv, envp, search) : 0;
    mem_free(argv);
    mem_free(envp);
    return r;
}
static Value os_posix_spawn(ARGS) { return spawn_as(t, "posix_spawn", args, false); }
static Value os_posix_spawnp(ARGS) { return spawn_as(t, "posix_spawnp", args, true); }

#define SPAWN_SIG                                                                                  \
    "(path, argv, env, /, *, file_actions=(), setpgroup=None, resetids=False, setsid=False, "      \
    "setsigmask=None, "                                                                            \
    "setsigdef=None, scheduler=None)"
const NativeDef posix_spawn_functions[] = {
    {"posix_spawn" SPAWN_SIG, os_posix_spawn, "Start a program in a new process.", 0},
    {"posix_spawnp" SPAWN_SIG, os_posix_spawnp, "Start a program found by PATH in a new process.",
     0},
    {NULL, NULL, NULL, 0},
};
