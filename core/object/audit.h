/* Auditing events: what sys.addaudithook() functions of the interpreter are called with. */
#ifndef CORE_OBJECT_AUDIT_H
#define CORE_OBJECT_AUDIT_H

#include "core/object/thread.h"

/* Another hook; those that are there are asked before.  false: raised. */
NODISCARD bool audit_add_hook(Thread *t, Value hook);
/* Calls the hooks with the event and the tuple of its arguments.  false: a hook raised.
 * Effects: runs Python. */
NODISCARD bool audit_call_hooks(Thread *t, Value event, Value arguments);
/* The same with n Values behind n, where 0 stands for None. */
NODISCARD bool audit_event(Thread *t, const char *event, size_t n, ...);
/* For code that raises events: costs one load while there are no hooks. */
#define AUDIT(t_, ...)                                                                             \
    (!atomic_load_explicit(&runtime.audited, memory_order_relaxed) || audit_event(t_, __VA_ARGS__))

#endif
