/* The parts of the module _lzma. */
#ifndef MODULES_LZMA_PARTS_H
#define MODULES_LZMA_PARTS_H

#include <lzma.h>

#include "modules/stream_buffer.h"

extern Value lzma_error; /* root: exception type */
/* LZMA_OK and the like: true; else raises. */
NODISCARD bool lzma_succeeded(Thread *t, lzma_ret err);

/* A filter chain; its options are freed by filters_free. */
NODISCARD bool filters_from_value(Thread *t, Value specs,
                                  lzma_filter filters[LZMA_FILTERS_MAX + 1]);
NODISCARD bool filter_from_value(Thread *t, Value spec, lzma_filter *f);
void filters_free(lzma_filter *filters);
Value filter_to_value(Thread *t, const lzma_filter *f);

#endif
