/* The parts of the module _interpreters. */
#ifndef MODULES_INTERPRETERS_INTERPRETERS_H
#define MODULES_INTERPRETERS_INTERPRETERS_H

#include "core/object/iter.h"
#include "core/object/module.h"
#include "core/object/thread.h"

/* An exception class that all interpreters share, made once in *slot, a root. */
NODISCARD bool interpreters_add_error(Thread *t, Value mod, Value *slot, const char *name,
                                      Type *base, const char *doc);
/* What queue.c adds. */
extern const NativeDef interpreters_queue_functions[];
NODISCARD bool interpreters_queue_exec(Thread *t, Value mod);

#endif
