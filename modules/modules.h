/* The table of built-in modules. */
#ifndef MODULES_MODULES_H
#define MODULES_MODULES_H

#include "core/object/module.h"

extern const ModuleDef *const builtin_modules[];   /* end: NULL; from modules.def */
const ModuleDef *builtin_module_find(Value name);  /* NULL: no such module */

#endif
