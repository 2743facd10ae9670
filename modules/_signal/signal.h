/* The parts of the module _signal. */
#ifndef MODULES_SIGNAL_PARTS_H
#define MODULES_SIGNAL_PARTS_H

#include <signal.h>

#include "core/object/module.h"
#include "core/object/thread_state.h"

/* set of int -> sigset_t and back */
NODISCARD bool sigset_from_value(Thread *t, Value iterable, sigset_t *out);
Value sigset_to_value(Thread *t, const sigset_t *set);
/* 1 <= n < NSIG, else ValueError "signal number out of range". */
NODISCARD bool signal_number(Thread *t, Value v, int *out);
Value signal_failed(Thread *t);              /* OSError from errno */

extern const NativeDef signal_wait_functions[]; /* wait.c: masks, waiting, timers */
NODISCARD bool signal_wait_exec(Thread *t, Value mod);

#endif
