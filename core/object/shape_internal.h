/* What instance.c needs of shape.c. */
#ifndef CORE_OBJECT_SHAPE_INTERNAL_H
#define CORE_OBJECT_SHAPE_INTERNAL_H

#include "core/object/instance.h"

enum {
    SHAPE_MAX_SLOTS = 64,     /* instances with more attributes are used as dicts: they get one */
    SHAPE_MAX_CHILDREN = 128, /* the same for classes whose instances have unpredictable names */
    SHAPE_MAX_GONE = 8,       /* and for instances that lose and get attributes all the time */
};

/* The shape with `name` (interned) added or, when s has it, deleted; NULL: limits reached (nothing
 * raised) or no memory (raised). */
Shape *shape_child(Thread *t, Shape *s, Value name);
/* A closed copy of s; NULL: raised. */
Shape *shape_closed(Thread *t, Shape *s);

#endif
