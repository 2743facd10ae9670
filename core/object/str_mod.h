/* printf-style formatting, for str (% of str_mod.c) and bytes (bytes_mod): one parser, two outputs.
 */
#ifndef CORE_OBJECT_STR_MOD_H
#define CORE_OBJECT_STR_MOD_H

#include "core/object/codec.h"

/* fmt % args for n bytes at p; object is the bytes or bytearray itself; the result as a builder. */
NODISCARD bool bytes_mod_into(Thread *t, const char *p, size_t n, Value args, ByteBuilder *out);

#endif
