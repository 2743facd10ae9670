/* The few names of core/vm that the type system needs: declared here, since this folder may not
 * include that one. */
#ifndef CORE_OBJECT_UPWARD_H
#define CORE_OBJECT_UPWARD_H

#include "core/object/type.h"

typedef struct UpwardCell { Object head; Value value; } UpwardCell; /* layout of Cell */
extern Type cell_type, function_type, method_type, traceback_type, lazy_import_type;
Value method_new(Thread *t, Value func, Value self);
/* First argument and __class__ cell of the innermost frame, for super(). */
NODISCARD bool vm_super_args(Thread *t, Type **type, Value *obj);
/* What a thread does when its poll word is not zero (core/vm/vm.h); thread_poll asks. */
NODISCARD bool vm_poll(Thread *t);
static inline bool value_is_lazy_import(Value v)
{
    return value_is_object(v) && value_object(v)->type == &lazy_import_type;
}
/* Imports what ns, a dict, has as a lazy import under this name, and puts it there; 0: raised. */
Value lazy_import_load(Thread *t, Value ns, Value name, Value lazy);

#endif
