/* Context variables for other modules; contexts themselves: core/object/context.h. */
#ifndef MODULES_CONTEXTVARS_H
#define MODULES_CONTEXTVARS_H

#include "core/object/object.h"

/* A new ContextVar without a default. */
Value context_var_make(Thread *t, const char *name);
/* Its value in the thread's current context; 0: none, or raised (error_pending). */
Value context_var_lookup(Thread *t, Value var);
NODISCARD bool context_var_put(Thread *t, Value var, Value v);

#endif
