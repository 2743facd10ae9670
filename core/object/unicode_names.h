/* Names of code points, for \N{...} and unicodedata. The table is inflated at first use. */
#ifndef CORE_OBJECT_UNICODE_NAMES_H
#define CORE_OBJECT_UNICODE_NAMES_H

#include "core/base/attrs.h"

/* Finds the code point with this name or alias (any case).  False: unknown, or no memory. Effects:
 * allocates. */
bool unicode_lookup_name(const char *name, size_t n, uint32_t *cp);
/* The same for named sequences too: up to 4 code points; returns how many, 0: unknown. */
int unicode_lookup_sequence(const char *name, size_t n, uint32_t out[4]);
/* The *n characters of the name, which may be in room; NULL: no name, or no memory. */
const char *unicode_name(uint32_t cp, char room[64], size_t *n);

#endif
