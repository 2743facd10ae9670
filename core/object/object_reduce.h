/* The pickle protocol of object: methods of object_type. */
#ifndef CORE_OBJECT_OBJECT_REDUCE_H
#define CORE_OBJECT_OBJECT_REDUCE_H

#include "core/object/object.h"

Value object_reduce_ex_method(Thread *t, Value *args, size_t n, Value kwnames);
Value object_reduce_method(Thread *t, Value *args, size_t n, Value kwnames);
Value object_getstate_method(Thread *t, Value *args, size_t n, Value kwnames);

#endif
