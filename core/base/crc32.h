/* CRC-32 of zlib and zip archives. */
#ifndef CORE_BASE_CRC32_H
#define CORE_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* The sum of what came before, 0 at first, and these bytes: zlib's crc32, three times as fast where
 * the processor multiplies polynomials. */
uint32_t crc32_update(uint32_t crc, const void *p, size_t n);

#endif
