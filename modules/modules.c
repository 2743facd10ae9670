/* The table of built-in modules, expanded from modules.def. */
#include "modules/modules.h"

#include "core/object/str.h"

#define MODULE(name) extern const ModuleDef module_##name;
#include "modules/modules.def"
#undef MODULE

const ModuleDef *const builtin_modules[] = {
#define MODULE(name) &module_##name,
#include "modules/modules.def"
#undef MODULE
    NULL};

const ModuleDef *builtin_module_find(Value name)
{
    for (const ModuleDef *const *m = builtin_modules; *m; m++) {
        if (str_eq_cstr(name, (*m)->name)) {
            return *m;
        }
    }
    return NULL;
}
