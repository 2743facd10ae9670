/* The parts of the builtins module; see builtins.c. All are NativeFn. */
#ifndef MODULES_BUILTINS_H
#define MODULES_BUILTINS_H

#include "core/object/module.h"

Value builtins_compile(Thread *t, Value *args, size_t n, Value kw);
Value builtins_eval(Thread *t, Value *args, size_t n, Value kw);
Value builtins_exec(Thread *t, Value *args, size_t n, Value kw);
Value builtins_print(Thread *t, Value *args, size_t n, Value kw);
Value builtins_input(Thread *t, Value *args, size_t n, Value kw);
extern const ModuleDef module_builtins;

/* from the object layer and the machine */
Value anext_awaitable_new(Thread *t, Value awaitable, Value dflt);   /* core/vm/asyncgen.c */

/* The file name given to compile() as a str; other buffers than bytes are deprecated. */
Value source_filename(Thread *t, Value v);

#endif
