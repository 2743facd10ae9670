/* Parameters of the scheduler, for the posix module. */
#ifndef MODULES_POSIX_SCHED_H
#define MODULES_POSIX_SCHED_H

#include <sched.h>

#include "core/object/object.h"

/* a posix.sched_param */
NODISCARD bool sched_param_arg(Thread *t, Value v, struct sched_param *out);

#endif
