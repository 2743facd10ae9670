/* Seconds given by Python code (int or float) as nanoseconds. */
#ifndef CORE_OBJECT_TIME_VALUE_H
#define CORE_OBJECT_TIME_VALUE_H

#include "core/object/object.h"

typedef enum { NS_FLOOR, NS_CEILING, NS_HALF_EVEN, NS_TIMEOUT /* away from zero */ } NsRounding;

/* v seconds -> *ns.  ValueError for nan, OverflowError "timestamp too large to convert to C
 * _PyTime_t" beyond 63 bits, TypeError for what is no number.  Effects: raises. */
NODISCARD bool value_to_ns(Thread *t, Value v, NsRounding rounding, int64_t *ns);

#endif
