/* Compiler attributes and branch hints used everywhere; no code. */
#ifndef CORE_BASE_ATTRS_H
#define CORE_BASE_ATTRS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define NODISCARD __attribute__((warn_unused_result))
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((noinline, cold))
/* where training sees too few of a case to think it worth it */
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define UNUSED __attribute__((unused))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
