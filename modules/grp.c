/* The grp module: the database of groups. */
#include <grp.h>

#include "modules/posix/database.h"
#include "modules/posix/posix.h"

static Value group_type; /* root; init-only */

static Value group_value(Thread *t, const struct group *g)
{
    Value members = list_new(t, 0);
    for (char **m = g->gr_mem; members && *m; m++) {
        Value name = fs_text(t, *m);
        if (!name || !list_append(t, members, name)) {
            return 0;
        }
    }
    const Value fields[] = {fs_text(t, g->gr_name), fs_text(t, g->gr_passwd),
                            id_value(t, g->gr_gid), members};
    return structseq_pack(t, group_type, fields);
}

/* By name, or by gid when name is NULL.  None: not found. */
static Value find_group(Thread *t, const char *name, gid_t gid)
{
    for (size_t size = 1024;; size *= 2) {
        Value room = bytes_new(t, NULL, size);
        struct group g, *found = NULL;
        int err;
        if (!room) {
            return 0;
        }
        char *data = value_bytes(room)->data;
        PARKED(t, err,
               name ? getgrnam_r(name, &g, data, size, &found)
                    : getgrgid_r(gid, &g, data, size, &found));
        if (err != ERANGE || size > 1 << 24) {
            return found ? group_value(t, found) : NONE;
        }
    }
}

static Value grp_getgrgid(ARGS)
{
    gid_t gid;
    if (!gid_arg(t, args[0], &gid)) {
        return 0;
    }
    Value group = find_group(t, NULL, gid);
    return group && is_none(group)
               ? raise(t, &exc_KeyError, "getgrgid(): gid not found: %S", id_value(t, gid))
               : group;
}

static Value grp_getgrnam(ARGS)
{
    Value keep;
    if (!value_is_str(args[0])) {
        return type_error(t, "getgrnam() argument 'name' must be str, not %T", args[0]);
    }
    const char *name = fs_cstr(t, args[0], &keep);
    Value group = name ? find_group(t, name, 0) : 0;
    return group && is_none(group)
               ? raise(t, &exc_KeyError, "getgrnam(): name not found: %R", args[0])
               : group;
}

static Value next_group(Thread *t)
{
    const struct group *g = getgrent();
    return g ? group_value(t, g) : 0;
}
static Value grp_getgrall(ARGS)
{
    static Database groups = {MUTEX_INIT, setgrent, next_group, endgrent};
    return database_entries(t, &groups);
}

static const NativeDef grp_functions[] = {
    {"getgrgid(id)", grp_getgrgid, "The group with this id.", 0},
    {"getgrnam(name)", grp_getgrnam, "The group with this name.", 0},
    {"getgrall()", grp_getgrall, "All groups, in arbitrary order.", 0},
    {NULL, NULL, NULL, 0},
};

static bool grp_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"gr_name", "name of the group"},
        {"gr_passwd", "password"},
        {"gr_gid", "number of the group"},
        {"gr_mem", "names of the members"},
        {NULL, NULL}};
    static const StructSeqDef def = {"grp.struct_group", "A group of users.", fields, 4};
    return module_add_structseq(t, mod, &def, &group_type);
}

const ModuleDef module_grp = {"grp", "The database of groups.", grp_functions, grp_exec};
