/* Atomic operations with the memory order in the name, on plain (not _Atomic) lvalues as well:
 * fields that are mostly accessed by one thread stay ordinary in their struct. */
#ifndef CORE_BASE_ATOMICS_H
#define CORE_BASE_ATOMICS_H

#include <sched.h>

#include "core/base/attrs.h"

#define load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define load_seq_cst(p) __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define store_seq_cst(p, v) __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define exchange_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define fetch_add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define fetch_add_acq_rel(p, v) __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define fetch_or_acq_rel(p, v) __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define fetch_or_relaxed(p, v) __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define fetch_and_acq_rel(p, v) __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
/* Strong; *expected is updated on failure; true on success. */
#define cas_acq_rel(p, expected, v) \
    __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
#define cas_relaxed(p, expected, v) \
    __atomic_compare_exchange_n((p), (expected), (v), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)

/* Has *p any of the constant bits, which lie in one byte?  Is *p equal to v?  As by a load, relaxed
 * or with acquire, and a test, but in one instruction: compilers take no atomic load into
 * another. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__) &&                 \
    !defined(__SANITIZE_ADDRESS__) && !defined(TYPHON_NO_SYNC)
#define any_relaxed(p, bits)                                                                       \
    __extension__({                                                                                \
        bool any_;                                                                                 \
        __asm__ volatile("testb %2, %1"                                                            \
                         : "=@ccnz"(any_)                                                          \
                         : "m"(((const uint8_t *)(p))[__builtin_ctz(bits) / 8]),                   \
                           "n"((bits) >> __builtin_ctz(bits) / 8 * 8));                            \
        any_;                                                                                      \
    })
#define equal_(p, v, ...)                                                                          \
    __extension__({                                                                                \
        __typeof__(load_relaxed(p)) v_ = (v);                                                      \
        bool equal_;                                                                               \
        __asm__ volatile("cmp%z1 %2, %1"                                                           \
                         : "=@cce"(equal_)                                                         \
                         : "m"(*(const __typeof__(v_) *)(p)), "re"(v_)                             \
                         : __VA_ARGS__);                                                           \
        equal_;                                                                                    \
    })
#define equal_relaxed(p, v) equal_(p, v)
#define equal_acquire(p, v) equal_(p, v, "memory")
#else
#define any_relaxed(p, bits) ((load_relaxed(p) & (bits)) != 0)
#define equal_relaxed(p, v) (load_relaxed(p) == (v))
#define equal_acquire(p, v) (load_acquire(p) == (v))
#endif

/* What was loaded before counts as loaded with acquire.  Not for the thread sanitizer, which knows
 * no fences: to it each load says so itself. */
static inline void fence_acquire(void)
{
#if !defined(__SANITIZE_THREAD__)
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
#endif
}
/* What is stored from here on counts as stored with release.  The same holds for it. */
static inline void fence_release(void)
{
#if !defined(__SANITIZE_THREAD__)
    __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

/* Bytes that processors pass to each other as one. */
enum { CACHE_LINE = 64 };

#if defined(__SANITIZE_THREAD__)
void lines_pause(void) __attribute__((weak)); /* of tools/count_lines */
#endif
/* One turn of a spin loop. */
static inline void cpu_pause(void)
{
#if defined(__SANITIZE_THREAD__)
    if (lines_pause != NULL) {
        lines_pause();
    }
#endif
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* One wait between two tries of a lock that another thread holds; the next one is twice as long.
 * *pauses: from backoff_begin (core/base/mutex.h). */
enum { BACKOFF_MAX = 512 };
static inline void cpu_backoff(unsigned *pauses)
{
    for (unsigned i = 0; i < *pauses; i++) {
        cpu_pause();
    }
    if (*pauses < BACKOFF_MAX) {
        *pauses *= 2;
    }
}

#endif
