/* Copies to and from memory that other threads may use at the same moment: the contents of
 * bytearray, array and memoryview.
 *
 * Such memory belongs to the program; two threads that write the same place at the same time leave
 * the bytes of one or the other there.  Each byte, and each aligned item of 2, 4 or 8 bytes that is
 * copied alone, is moved whole.  The ranges may overlap.  The processor's own copies do that; the
 * thread sanitizer is shown the single atomic steps.
 */
#ifndef CORE_BASE_RACY_H
#define CORE_BASE_RACY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SANITIZE_THREAD__
static inline void racy_byte(uint8_t *to, const uint8_t *from)
{
    __atomic_store_n(to, __atomic_load_n(from, __ATOMIC_RELAXED), __ATOMIC_RELAXED);
}

static inline void racy_copy(void *to, const void *from, size_t n)
{
    uint8_t *d = to;
    const uint8_t *s = from;
    if (n == 8 && ((uintptr_t)d | (uintptr_t)s) % 8 == 0) {
        __atomic_store_n((uint64_t *)to, __atomic_load_n((const uint64_t *)from, __ATOMIC_RELAXED),
                         __ATOMIC_RELAXED);
    } else if (d <= s) {
        for (size_t i = 0; i < n; i++) {
            racy_byte(d + i, s + i);
        }
    } else {
        while (n-- > 0) {
            racy_byte(d + n, s + n);
        }
    }
}
#else
static inline void racy_copy(void *to, const void *from, size_t n)
{
    memmove(to, from, n);
}
#endif

#endif
