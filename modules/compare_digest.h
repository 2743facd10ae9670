/* compare_digest() of _operator and _hashlib, and so of hmac and secrets. */
#ifndef MODULES_COMPARE_DIGEST_H
#define MODULES_COMPARE_DIGEST_H

#include "core/object/object.h"

/* args: two str of ASCII characters, or two bytes-like objects.  Whether they are equal, in a time
 * that does not tell where they differ. */
Value compare_digest(Thread *t, Value *args, size_t n, Value kw);

#endif
