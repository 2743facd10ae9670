/* Generic slot functions: each looks the dunder method up on the class of self and calls it. */
#ifndef CORE_OBJECT_SLOT_GENERIC_H
#define CORE_OBJECT_SLOT_GENERIC_H

#include "core/object/type.h"

#define BINARY(field, dunder, rdunder, op) Value generic_##field(Thread *t, Value a, Value b);
#define INPLACE(field, dunder, op) Value generic_##field(Thread *t, Value a, Value b);
#define UNARY(field, dunder, doc) Value generic_##field(Thread *t, Value a);
#include "core/object/slots.def"

/* __getattribute__ and __getattr__ */
Value generic_getattr_method(Thread *t, Value self, Value name);
bool generic_setattr_method(Thread *t, Value self, Value name, Value v);
int64_t generic_hash(Thread *t, Value self);
Value generic_call(Thread *t, Value self, Value *args, size_t n, Value kwnames);
Value generic_compare(Thread *t, Value a, Value b, CompareOp op);
Value generic_next(Thread *t, Value self);
Value generic_iter(Thread *t, Value self);
Value generic_descr_get(Thread *t, Value descr, Value obj, Value type);
bool generic_descr_set(Thread *t, Value descr, Value obj, Value v);
bool generic_init(Thread *t, Value self, Value *args, size_t n, Value kwnames);
Value generic_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
Value generic_pow(Thread *t, Value a, Value b, Value mod);
Value generic_ipow(Thread *t, Value a, Value b, Value mod);
int generic_truth(Thread *t, Value self);
ssize_t generic_len(Thread *t, Value self);
Value generic_getitem(Thread *t, Value self, Value key);
bool generic_setitem(Thread *t, Value self, Value key, Value v);
int generic_contains(Thread *t, Value self, Value item);
Value generic_item(Thread *t, Value self, ssize_t i);
void generic_finalize(Thread *t, Value self);

#endif
