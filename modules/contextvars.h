/* Contexts of context variables, and variables, for C code. */
#ifndef MODULES_CONTEXTVARS_H
#define MODULES_CONTEXTVARS_H

#include "core/object/object.h"

/* context, a _contextvars.Context, becomes the thread's current one.  Raises RuntimeError when it
 * is entered already. */
NODISCARD bool context_enter(Thread *t, Value context);
/* The one before it is current again.  Raises RuntimeError when it is not the current one. */
NODISCARD bool context_exit(Thread *t, Value context);

/* A new ContextVar without a default. */
Value context_var_make(Thread *t, const char *name);
/* Its value in the thread's current context; 0: none, or raised (error_pending). */
Value context_var_lookup(Thread *t, Value var);
NODISCARD bool context_var_put(Thread *t, Value var, Value v);

#endif
