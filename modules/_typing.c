/* The _typing module: an accelerator of typing. */
#include "core/object/module.h"

static Value typing_idfunc(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return args[0];
}

static const NativeDef typing_functions[] = {
    {"_idfunc(x, /)", typing_idfunc, "Return the argument.", 0},
    {NULL, NULL, NULL, 0},
};

const ModuleDef module__typing = {"_typing", "Accelerators for the typing module.",
                                  typing_functions, NULL};
