/* The pwd module: the database of users. */
#include <pwd.h>

#include "modules/posix/database.h"
#include "modules/posix/posix.h"

static Value passwd_type; /* root; init-only */

static Value passwd_value(Thread *t, const struct passwd *p)
{
    const Value fields[] = {fs_text(t, p->pw_name), fs_text(t, p->pw_passwd),
                            id_value(t, p->pw_uid), id_value(t, p->pw_gid),
                            fs_text(t, p->pw_gecos), fs_text(t, p->pw_dir),
                            fs_text(t, p->pw_shell)};
    return structseq_pack(t, passwd_type, fields);
}

/* By name, or by uid when name is NULL.  None: not found. */
static Value find_user(Thread *t, const char *name, uid_t uid)
{
    for (size_t size = 1024;; size *= 2) {
        Value room = bytes_new(t, NULL, size);
        struct passwd p, *found = NULL;
        int err;
        if (!room) {
            return 0;
        }
        char *data = value_bytes(room)->data;
        PARKED(t, err,
               name ? getpwnam_r(name, &p, data, size, &found)
                    : getpwuid_r(uid, &p, data, size, &found));
        if (err != ERANGE || size > 1 << 24) {
            return found ? passwd_value(t, found) : NONE;
        }
    }
}

static Value pwd_getpwuid(ARGS)
{
    uid_t uid;
    if (!uid_arg(t, args[0], &uid)) {
        return error_clear_if(t, &exc_OverflowError)
                   ? raise(t, &exc_KeyError, "getpwuid(): uid not found")
                   : 0;
    }
    Value user = find_user(t, NULL, uid);
    return user && is_none(user)
               ? raise(t, &exc_KeyError, "getpwuid(): uid not found: %S", id_value(t, uid))
               : user;
}

static Value pwd_getpwnam(ARGS)
{
    Value keep;
    if (!value_is_str(args[0])) {
        return type_error(t, "getpwnam() argument must be str, not %T", args[0]);
    }
    const char *name = fs_cstr(t, args[0], &keep);
    Value user = name ? find_user(t, name, 0) : 0;
    return user && is_none(user)
               ? raise(t, &exc_KeyError, "getpwnam(): name not found: %R", args[0])
               : user;
}

static Value next_user(Thread *t)
{
    const struct passwd *p = getpwent();
    return p ? passwd_value(t, p) : 0;
}
static Value pwd_getpwall(ARGS)
{
    static Database users = {MUTEX_INIT, setpwent, next_user, endpwent};
    return database_entries(t, &users);
}

static const NativeDef pwd_functions[] = {
    {"getpwuid(uidobj, /)", pwd_getpwuid, "The user with this id.", 0},
    {"getpwnam(name, /)", pwd_getpwnam, "The user with this name.", 0},
    {"getpwall()", pwd_getpwall, "All users, in arbitrary order.", 0},
    {NULL, NULL, NULL, 0},
};

static bool pwd_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"pw_name", "name of the user"},
        {"pw_passwd", "password"},
        {"pw_uid", "number of the user"},
        {"pw_gid", "number of the group"},
        {"pw_gecos", "real name"},
        {"pw_dir", "home directory"},
        {"pw_shell", "shell"},
        {NULL, NULL}};
    static const StructSeqDef def = {"pwd.struct_passwd", "A user.", fields, 7};
    return module_add_structseq(t, mod, &def, &passwd_type);
}

const ModuleDef module_pwd = {"pwd", "The database of users.", pwd_functions, pwd_exec};
