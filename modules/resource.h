/* What other modules need of resource. */
#ifndef MODULES_RESOURCE_H
#define MODULES_RESOURCE_H

#include <sys/resource.h>

#include "core/object/module.h"

Value rusage_value(Thread *t, const struct rusage *usage); /* resource.struct_rusage */

#endif
