/* What the two files of _functools share. */
#ifndef MODULES_FUNCTOOLS_H
#define MODULES_FUNCTOOLS_H

#include "core/object/iter.h"
#include "core/object/module.h"

extern Type partial_type, key_wrapper_type, lru_cache_type, lru_links_type;
/* Setter of __dict__: any dict. */
bool functools_set_dict(Thread *t, Value self, Value v, void *closure);
NODISCARD bool lru_init(Thread *t); /* readies the private types */

#endif
