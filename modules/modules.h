/* The table of built-in modules. */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "core/object/error.h"
#include "core/object/module.h"

extern const ModuleDef *const builtin_modules[];   /* end: NULL; from modules.def */
const ModuleDef *builtin_module_find(Value name);  /* NULL: no such module */

/* Runs the exec function of a module made from its definition, once per module object.  While it
 * runs for the first time in the process, other interpreters that come to it wait: it may set up
 * what all of them share.  Effects: blocks. */
NODISCARD bool builtin_module_exec(Thread *t, Value mod);
void builtin_modules_after_fork(Thread *t); /* a fork hook */

/* The DeprecationWarning of a module that Python 3.13 has no more; for its exec function. */
static inline NODISCARD bool warn_leaving_module(Thread *t, const char *name)
{
    return warn(t, &exc_DeprecationWarning, 1,
                "'%s' is deprecated and slated for removal in Python 3.13", name);
}

#endif
