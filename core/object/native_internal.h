/* What native.c and native_descr.c share. */
#ifndef CORE_OBJECT_NATIVE_INTERNAL_H
#define CORE_OBJECT_NATIVE_INTERNAL_H

#include "core/object/native.h"

/* Calls a NATIVE_RAW function whose args include self. */
Value native_call_raw(Thread *t, const NativeDef *def, Signature *sig, Value *args, size_t n,
                      Value kwnames);

#endif
