/* What the exception*.c files share. */
#ifndef CORE_OBJECT_EXCEPTION_INTERNAL_H
#define CORE_OBJECT_EXCEPTION_INTERNAL_H

#include "core/object/exception.h"
#include "core/object/native.h"

void exception_trace(Object *o, Tracer *tr);
Value exception_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
bool exception_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);
bool exception_set_args(Thread *t, Value self, const Value *args, size_t n);
Value exception_str(Thread *t, Value self);
/* (type, args) or (type, args, __dict__) */
Value exception_reduce_with(Thread *t, Value self, Value args);
void exception_fields_init(void);
/* Makes the instance that raise_memory falls back on (error.c). */
NODISCARD bool memory_error_init(Thread *t);
void exception_groups_init(void);

#endif
