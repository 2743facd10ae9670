/* What the two files of _functools share. */
#ifndef MODULES_FUNCTOOLS_H
#define MODULES_FUNCTOOLS_H

#include "core/object/iter.h"
#include "core/object/module.h"

extern Type partial_type, key_wrapper_type, lru_cache_type, lru_links_type;
/* Whether a partial object has attributes in its __dict__. */
bool partial_has_attributes(Value self);
NODISCARD bool lru_init(Thread *t); /* readies the private types */

#endif
