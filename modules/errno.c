/* The errno module: the system's error numbers by name. */
#include <errno.h>

#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/str.h"

static const struct { const char *name; int value; } codes[] = {
#include "modules/errno_names.inc"
};

static bool errno_exec(Thread *t, Value mod)
{
    Value by_number = dict_new(t);
    if (!by_number || !module_add(t, mod, "errorcode", by_number)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        if (!module_add_int(t, mod, codes[i].name, codes[i].value) ||
            !dict_set(t, by_number, fixnum(codes[i].value), intern_cstr(t, codes[i].name))) {
            return false;
        }
    }
    return true;
}

const ModuleDef module_errno = {"errno", "Names of the system's error numbers.", NULL, errno_exec};
