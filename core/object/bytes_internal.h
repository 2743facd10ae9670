/* What the bytes*.c and bytearray*.c files share. */
#ifndef CORE_OBJECT_BYTES_INTERNAL_H
#define CORE_OBJECT_BYTES_INTERNAL_H

#include "core/object/buffer.h"
#include "core/object/bytes.h"

int64_t bytes_hash(Thread *t, Value v);

#endif
