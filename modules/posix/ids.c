/* posix: ids of processes, users and groups. */
#include <grp.h>
#include <limits.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "modules/posix/posix.h"

static Value os_getpid(ARGS) { return fixnum(getpid()); }
static Value os_getppid(ARGS) { return fixnum(getppid()); }
static Value os_getuid(ARGS) { return id_value(t, getuid()); }
static Value os_geteuid(ARGS) { return id_value(t, geteuid()); }
static Value os_getgid(ARGS) { return id_value(t, getgid()); }
static Value os_getegid(ARGS) { return id_value(t, getegid()); }
static Value os_getpgrp(ARGS) { return fixnum(getpgrp()); }

static Value os_getresuid(ARGS)
{
    uid_t r, e, s;
    return getresuid(&r, &e, &s) ? os_failed(t)
                                 : tuple_pack(t, 3, id_value(t, r), id_value(t, e), id_value(t, s));
}
static Value os_getresgid(ARGS)
{
    gid_t r, e, s;
    return getresgid(&r, &e, &s) ? os_failed(t)
                                 : tuple_pack(t, 3, id_value(t, r), id_value(t, e), id_value(t, s));
}

#define SET_ID(name, convert)                                      \
    static Value os_##name(ARGS)                                   \
    {                                                              \
        uint32_t id;                                               \
        return convert(t, args[0], &id) ? os_result(t, name(id)) : 0; \
    }
SET_ID(setuid, uid_arg)
SET_ID(seteuid, uid_arg)
SET_ID(setgid, gid_arg)
SET_ID(setegid, gid_arg)
#define SET_IDS2(name, convert)                                                                   \
    static Value os_##name(ARGS)                                                                  \
    {                                                                                             \
        uint32_t a, b;                                                                            \
        return convert(t, args[0], &a) && convert(t, args[1], &b) ? os_result(t, name(a, b)) : 0; \
    }
SET_IDS2(setreuid, uid_arg)
SET_IDS2(setregid, gid_arg)
#define SET_IDS3(name, convert)                                                              \
    static Value os_##name(ARGS)                                                             \
    {                                                                                        \
        uint32_t a, b, c;                                                                    \
        return convert(t, args[0], &a) && convert(t, args[1], &b) && convert(t, args[2], &c) \
                   ? os_result(t, name(a, b, c)) : 0;                                        \
    }
SET_IDS3(setresuid, uid_arg)
SET_IDS3(setresgid, gid_arg)

static Value os_getpgid(ARGS)
{
    int pid;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    pid_t r = getpgid(pid);
    return r < 0 ? os_failed(t) : fixnum(r);
}
static Value os_getsid(ARGS)
{
    int pid;
    if (!value_to_parsed_int(t, args[0], &pid)) {
        return 0;
    }
    pid_t r = getsid(pid);
    return r < 0 ? os_failed(t) : fixnum(r);
}
static Value os_setsid(ARGS) { return setsid() < 0 ? os_failed(t) : NONE; }
static Value os_setpgrp(ARGS) { return os_result(t, setpgid(0, 0)); }
static Value os_setpgid(ARGS)
{
    int pid, pgrp;
    return value_to_parsed_int(t, args[0], &pid) && value_to_parsed_int(t, args[1], &pgrp)
               ? os_result(t, setpgid(pid, pgrp))
               : 0;
}

/* ---- groups ---- */

static Value group_list(Thread *t, const gid_t *groups, int count)
{
    Value list = list_new(t, (size_t)count);
    for (int i = 0; list && i < count; i++) {
        if (!list_append(t, list, id_value(t, groups[i]))) {
            return 0;
        }
    }
    return list;
}

static Value os_getgroups(ARGS)
{
    int count = getgroups(0, NULL);
    gid_t *groups = count < 0 ? NULL : mem_alloc(((size_t)count + 1) * sizeof *groups);
    if (!groups) {
        return count < 0 ? os_failed(t) : raise_memory(t);
    }
    count = getgroups(count, groups);
    Value list = count < 0 ? os_failed(t) : group_list(t, groups, count);
    mem_free(groups);
    return list;
}

static Value os_setgroups(ARGS)
{
    if (!value_is_sequence(args[0])) {
        return type_error(t, "setgroups argument must be a sequence");
    }
    Value items = sequence_tuple(t, args[0]);
    if (!items) {
        return 0;
    }
    size_t count = tuple_len(items);
    if (count > NGROUPS_MAX) {
        return value_error(t, "too many groups");
    }
    gid_t *groups = mem_alloc((count + 1) * sizeof *groups);
    if (!groups) {
        return raise_memory(t);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++) {
        Value v = tuple_get(items, i);
        if (!value_is_int(v)) {
            type_error(t, "groups must be integers");
        }
        ok = !error_pending(t) && gid_arg(t, v, &groups[i]);
    }
    Value r = ok ? os_result(t, setgroups(count, groups)) : 0;
    mem_free(groups);
    return r;
}

static const char *user_arg(Thread *t, Value v, const char *function, Value *keep)
{
    if (!value_is_str(v)) {
        type_error(t, "%s argument 1 must be str, not %T", function, v);
        return NULL;
    }
    return fs_cstr(t, v, keep);
}

static Value os_getgrouplist(ARGS)
{
    Value keep;
    gid_t base;
    const char *user = user_arg(t, args[0], "getgrouplist()", &keep);
    if (!user || !gid_arg(t, args[1], &base)) {
        return 0;
    }
    for (int count = 64;; ) {
        gid_t *groups = mem_alloc((size_t)count * sizeof *groups);
        int got = count;
        if (!groups) {
            return raise_memory(t);
        }
        int r;
        PARKED(t, r, getgrouplist(user, base, groups, &got));
        Value list = r >= 0 ? group_list(t, groups, got) : 0;
        mem_free(groups);
        if (r >= 0) {
            return list;
        }
        count = got > count ? got : count * 2;
    }
}

static Value os_initgroups(ARGS)
{
    Value keep;
    gid_t gid;
    int r;
    const char *user = fs_cstr(t, args[0], &keep);
    if (!user || !gid_arg(t, args[1], &gid)) {
        return 0;
    }
    PARKED(t, r, initgroups(user, gid));
    return os_result(t, r);
}

static Value os_getlogin(ARGS)
{
    char name[256];
    int err;
    PARKED(t, err, getlogin_r(name, sizeof name));
    errno = err;
    return err ? os_failed(t) : str_from_fs(t, name, strlen(name));
}

static Value os_umask(ARGS)
{
    int mask;
    return value_to_int(t, args[0], &mask) ? fixnum(umask((mode_t)mask)) : 0;
}

const NativeDef posix_id_functions[] = {
    {"getpid()", os_getpid, "Id of the process.", 0},
    {"getppid()", os_getppid, "Id of the parent process.", 0},
    {"getuid()", os_getuid, "User id.", 0},
    {"geteuid()", os_geteuid, "Effective user id.", 0},
    {"getgid()", os_getgid, "Group id.", 0},
    {"getegid()", os_getegid, "Effective group id.", 0},
    {"getresuid()", os_getresuid, "Real, effective and saved user ids.", 0},
    {"getresgid()", os_getresgid, "Real, effective and saved group ids.", 0},
    {"setuid(uid, /)", os_setuid, "Set the user id.", 0},
    {"seteuid(euid, /)", os_seteuid, "Set the effective user id.", 0},
    {"setgid(gid, /)", os_setgid, "Set the group id.", 0},
    {"setegid(egid, /)", os_setegid, "Set the effective group id.", 0},
    {"setreuid(ruid, euid, /)", os_setreuid, "Set real and effective user ids.", 0},
    {"setregid(rgid, egid, /)", os_setregid, "Set real and effective group ids.", 0},
    {"setresuid(ruid, euid, suid, /)", os_setresuid, "Set real, effective and saved user ids.", 0},
    {"setresgid(rgid, egid, sgid, /)", os_setresgid, "Set real, effective and saved group ids.", 0},
    {"getpgid(pid)", os_getpgid, "Process group of a process.", 0},
    {"getpgrp()", os_getpgrp, "Process group of the process.", 0},
    {"getsid(pid, /)", os_getsid, "Session of a process.", 0},
    {"setsid()", os_setsid, "Start a session.", 0},
    {"setpgrp()", os_setpgrp, "Become the leader of a process group.", 0},
    {"setpgid(pid, pgrp, /)", os_setpgid, "Put a process into a process group.", 0},
    {"getgroups()", os_getgroups, "Supplementary groups.", 0},
    {"setgroups(groups, /)", os_setgroups, "Set the supplementary groups.", 0},
    {"getgrouplist(user, group, /)", os_getgrouplist, "Groups that a user belongs to.", 0},
    {"initgroups(username, gid, /)", os_initgroups,
     "Set the supplementary groups to those of a user.", 0},
    {"getlogin()", os_getlogin, "Name of the user logged in.", 0},
    {"umask(mask, /)", os_umask, "Set the mask for new files, return the old one.", 0},
    {NULL, NULL, NULL, 0},
};
