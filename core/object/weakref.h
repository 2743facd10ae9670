/* Weak references (ref, proxy, callable proxy).  Cleared by the collector; callbacks run outside
 * any lock, on a thread at its next safepoint.  Any object whose type has `weakrefable` may be
 * referenced. */
#ifndef CORE_OBJECT_WEAKREF_H
#define CORE_OBJECT_WEAKREF_H

#include "core/object/object.h"

extern Type weakref_type, weakproxy_type, weakcallableproxy_type;
Value weakref_new(Thread *t, Value referent, Value callback /* or 0 */);
Value weakref_get(Value ref);  /* referent or 0; keeps it alive from then on */
Value weakproxy_new(Thread *t, Value referent, Value callback /* or 0 */);
static inline bool value_is_weakproxy(Value v)
{
    return value_is_object(v) && (value_object(v)->type == &weakproxy_type ||
                                  value_object(v)->type == &weakcallableproxy_type);
}

#endif
