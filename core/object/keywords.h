/* Keywords out of a dict: what a callable gets when not all keys are str. */
#ifndef CORE_OBJECT_KEYWORDS_H
#define CORE_OBJECT_KEYWORDS_H

#include "core/object/object.h"

/* Some key of the dict kwargs is no str: a dict of the others where f leaves such keys alone
 * (a str's method format), else 0 with the TypeError that f has for it.  Effects: allocates,
 * raises. */
Value keywords_that_fit(Thread *t, Value f, Value kwargs);

#endif
