/* What the files of _collections share. */
#ifndef MODULES_COLLECTIONS_H
#define MODULES_COLLECTIONS_H

#include "core/object/iter.h"
#include "core/object/module.h"

extern Type deque_type, deque_iter_type, deque_reverse_iter_type, defaultdict_type,
    tuplegetter_type, ordered_dict_type;
extern const NativeDef deque_methods[];
/* _count_elements(mapping, iterable) */
Value collections_count_elements(Thread *t, Value *args, size_t n, Value kw);

#endif
