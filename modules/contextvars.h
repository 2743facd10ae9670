/* Contexts of context variables, entered and left by C code. */
#ifndef MODULES_CONTEXTVARS_H
#define MODULES_CONTEXTVARS_H

#include "core/object/object.h"

/* context, a _contextvars.Context, becomes the thread's current one.  Raises RuntimeError when it
 * is entered already. */
NODISCARD bool context_enter(Thread *t, Value context);
/* The one before it is current again.  Raises RuntimeError when it is not the current one. */
NODISCARD bool context_exit(Thread *t, Value context);

#endif
