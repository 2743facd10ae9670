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

#include <errno.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

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

static inline bool racy_equal(const void *p, const void *q, size_t n)
{
    const uint8_t *x = p, *y = q;
    for (size_t i = 0; i < n; i++) {
        if (__atomic_load_n(x + i, __ATOMIC_RELAXED) != __atomic_load_n(y + i, __ATOMIC_RELAXED)) {
            return false;
        }
    }
    return true;
}
#else
static inline void racy_copy(void *to, const void *from, size_t n)
{
    memmove(to, from, n);
}

static inline bool racy_equal(const void *p, const void *q, size_t n)
{
    return n == 0 || memcmp(p, q, n) == 0;
}
#endif

/* The n bytes at p for a library or system call that looks at them or writes there: p itself.  The
 * thread sanitizer, which takes that for plain steps of the program, is shown a copy.
 * racy_take_back with what racy_lend gave and how much has been written (none when negative). */
static inline void *racy_lend(void *p, size_t n)
{
#ifdef __SANITIZE_THREAD__
    void *lent = malloc(n ? n : 1);
    if (lent) {
        racy_copy(lent, p, n);
    }
    return lent ? lent : p;
#else
    (void)n;
    return p;
#endif
}

static inline void racy_take_back(void *lent, void *p, ssize_t written)
{
    if (lent != p) {
        int err = errno;
        if (written > 0) {
            racy_copy(p, lent, (size_t)written);
        }
        free(lent);
        errno = err;
    }
}

#endif
