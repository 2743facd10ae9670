/* The parts of the sys module; see sys.c. */
#ifndef MODULES_SYS_H
#define MODULES_SYS_H

#include "core/object/exception.h"
#include "core/object/module.h"

bool sys_add_functions(Thread *t, Value mod);
bool sys_add_info(Thread *t, Value mod);       /* version, flags, paths, ... from runtime.config */
/* NativeFn */
Value sys_excepthook(Thread *t, Value *args, size_t n, Value kw);
Value sys_displayhook(Thread *t, Value *args, size_t n, Value kw);
Value sys_unraisablehook(Thread *t, Value *args, size_t n, Value kw);
Value sys_breakpointhook(Thread *t, Value *args, size_t n, Value kw);

/* Prints an exception with its traceback to sys.stderr (exception_print.c). Consumes pending errors
 * of its own. */
void exception_print(Thread *t, Value exc);
/* The name that exc, an AttributeError or NameError, may have meant, or 0 (exception_suggest.c).
 * Effects: runs Python. */
Value exception_suggestion(Thread *t, Value exc);
/* A note for whoever gets exc, an OSError, because its file name leads into an archive; or 0.  Not
 * for programs: exc is not changed.  Effects: allocates. */
Value exception_advice(Thread *t, Value exc);
/* As exception_print, without help from Python code: one line on the C stream stderr. */
void exception_print_fallback(Thread *t, Value exc);
/* Calls sys.unraisablehook for the pending exception. */
void sys_print_unraisable(Thread *t, const char *where, Value obj);
extern const ModuleDef module_sys;

#endif
