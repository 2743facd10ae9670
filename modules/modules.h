/* The table of built-in modules. */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "core/object/module.h"

extern const ModuleDef *const builtin_modules[];   /* end: NULL; from modules.def */
const ModuleDef *builtin_module_find(Value name);  /* NULL: no such module */

/* The import lock of _imp: recursive, held for moments only.  Held across fork(), so that the child finds importlib's table
 * of module locks whole.  Effects of acquiring: blocks.  Releasing: false when the thread does not hold it. */
void import_lock_acquire(Thread *t);
bool import_lock_release(Thread *t);

#endif
