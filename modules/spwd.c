/* The spwd module: the database of shadow passwords. */
#include <shadow.h>

#include "modules/modules.h"
#include "modules/posix/database.h"
#include "modules/posix/posix.h"

static Value shadow_type; /* root; init-only */

static Value shadow_value(Thread *t, const struct spwd *p)
{
    const Value fields[] = {
        fs_text(t, p->sp_namp), fs_text(t, p->sp_pwdp), fixnum(p->sp_lstchg),
        fixnum(p->sp_min),      fixnum(p->sp_max),      fixnum(p->sp_warn),
        fixnum(p->sp_inact),    fixnum(p->sp_expire),   fixnum((int64_t)p->sp_flag),
        fs_text(t, p->sp_namp), fs_text(t, p->sp_pwdp)};
    return structseq_pack(t, shadow_type, fields);
}

static Value spwd_getspnam(ARGS)
{
    Value keep;
    if (!value_is_str(args[0])) {
        return type_error(t, "getspnam() argument must be str, not %T", args[0]);
    }
    const char *name = fs_cstr(t, args[0], &keep);
    for (size_t size = 1024; name; size *= 2) {
        Value room = bytes_new(t, NULL, size);
        struct spwd entry, *found = NULL;
        int err;
        if (!room) {
            return 0;
        }
        PARKED(t, err, getspnam_r(name, &entry, value_bytes(room)->data, size, &found));
        if (found) {
            return shadow_value(t, found);
        }
        if (err != ERANGE || size > 1 << 24) {
            return err == 0 || err == ENOENT
                       ? raise(t, &exc_KeyError, "getspnam(): name not found")
                       : raise_errno(t, &exc_OSError, err, 0);
        }
    }
    return 0;
}

static Value next_shadow(Thread *t)
{
    const struct spwd *p = getspent();
    return p ? shadow_value(t, p) : 0;
}
static Value spwd_getspall(ARGS)
{
    static Database shadows = {MUTEX_INIT, setspent, next_shadow, endspent};
    return database_entries(t, &shadows);
}

static const NativeDef spwd_functions[] = {
    {"getspnam(arg, /)", spwd_getspnam, "The entry of the user with this name.", 0},
    {"getspall()", spwd_getspall, "All entries, in arbitrary order.", 0},
    {NULL, NULL, NULL, 0},
};

static bool spwd_exec(Thread *t, Value mod)
{
    static const StructSeqField fields[] = {
        {"sp_namp", "name of the user"},
        {"sp_pwdp", "encrypted password"},
        {"sp_lstchg", "day of the last change"},
        {"sp_min", "days until it may change"},
        {"sp_max", "days until it must change"},
        {"sp_warn", "days of warning before that"},
        {"sp_inact", "days from then until the account is off"},
        {"sp_expire", "day when the account ends"},
        {"sp_flag", "reserved"},
        {"sp_nam", "the same as sp_namp"},
        {"sp_pwd", "the same as sp_pwdp"},
        {NULL, NULL}};
    static const StructSeqDef def = {"spwd.struct_spwd", "A shadow password.", fields, 9};
    return warn_leaving_module(t, "spwd") && module_add_structseq(t, mod, &def, &shadow_type);
}

const ModuleDef module_spwd = {"spwd", "The database of shadow passwords.", spwd_functions,
                               spwd_exec};
