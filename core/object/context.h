/* Contexts of context variables, entered and left by modules/_contextvars.c and by C code.
 *
 * A context is entered by one thread at a time, and only that thread changes it; its variables may
 * be read from any.
 */
#ifndef CORE_OBJECT_CONTEXT_H
#define CORE_OBJECT_CONTEXT_H

#include "core/object/object.h"

typedef struct Context {
    Object head;
    Value vars;   /* dict; atomic */
    bool shared;  /* another context has the same dict; atomic */
    bool entered; /* atomic */
    Value before; /* current one when it was entered, or 0; owner: the thread that entered */
} Context;

/* Grows with every change that this OS thread makes to a variable or to which context is current:
 * what has been looked up stays right while it and t->context stay the same. */
extern __thread uint64_t context_changes;

/* context, a _contextvars.Context, becomes the thread's current one.  Raises RuntimeError when it
 * is entered already. */
NODISCARD bool context_enter(Thread *t, Value context);
/* The one before it is current again.  Raises RuntimeError when it is not the current one. */
NODISCARD bool context_exit(Thread *t, Value context);

#endif
