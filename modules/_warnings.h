/* Issuing warnings from C: what runtime.warn points to. */
#ifndef MODULES_WARNINGS_H
#define MODULES_WARNINGS_H

#include "core/object/error.h"

/* message: str. false: an exception is pending. */
bool warnings_warn(Thread *t, Type *category, Value message, Value source, int stack_level);

#endif
