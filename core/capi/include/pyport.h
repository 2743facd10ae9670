/* What the rest of the C API stands on: integer types, export and attribute macros. */
#ifndef Py_PYPORT_H
#define Py_PYPORT_H

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

typedef ssize_t Py_ssize_t;
typedef Py_ssize_t Py_hash_t;
typedef size_t Py_uhash_t;
typedef Py_ssize_t Py_ssize_clean_t;
typedef intptr_t Py_intptr_t;
typedef uintptr_t Py_uintptr_t;
#define PY_SSIZE_T_MAX ((Py_ssize_t)(((size_t)-1) >> 1))
#define PY_SSIZE_T_MIN (-PY_SSIZE_T_MAX - 1)
#define PY_SIZE_MAX SIZE_MAX
#define PY_FORMAT_SIZE_T "z"
#define PY_LONG_LONG long long
#define PY_LLONG_MIN LLONG_MIN
#define PY_LLONG_MAX LLONG_MAX
#define PY_ULLONG_MAX ULLONG_MAX
#define Py_LL(x) x##LL
#define Py_ULL(x) Py_LL(x##U)
#define SIZEOF_PY_HASH_T SIZEOF_SIZE_T
#define SIZEOF_PY_UHASH_T SIZEOF_SIZE_T
#define PY_UINT32_T uint32_t
#define PY_UINT64_T uint64_t
#define PY_INT32_T int32_t
#define PY_INT64_T int64_t
#define HAVE_LONG_LONG 1

#ifdef __cplusplus
#define TYPHON_EXTERN_C extern "C"
#define TYPHON_BEGIN_C extern "C" {
#define TYPHON_END_C }
#else
#define TYPHON_EXTERN_C extern
#define TYPHON_BEGIN_C
#define TYPHON_END_C
#endif
#define Py_EXPORTED_SYMBOL __attribute__((visibility("default")))
#define Py_IMPORTED_SYMBOL __attribute__((visibility("default")))
#define Py_LOCAL_SYMBOL __attribute__((visibility("hidden")))
#define PyAPI_FUNC(type) Py_EXPORTED_SYMBOL type
#define PyAPI_DATA(type) extern Py_EXPORTED_SYMBOL type
#ifdef __cplusplus
#define PyMODINIT_FUNC extern "C" Py_EXPORTED_SYMBOL PyObject *
#else
#define PyMODINIT_FUNC Py_EXPORTED_SYMBOL PyObject *
#endif

#define Py_LOCAL(type) static type
#define Py_LOCAL_INLINE(type) static inline type
#define Py_ALWAYS_INLINE __attribute__((always_inline))
#define Py_NO_INLINE __attribute__((noinline))
#define Py_DEPRECATED(version) __attribute__((__deprecated__))
#define Py_GCC_ATTRIBUTE(x) __attribute__(x)
#define _Py_NO_RETURN __attribute__((__noreturn__))
#define Py_UNUSED(name) _unused_##name __attribute__((unused))
#define Py_UNREACHABLE() __builtin_unreachable()
#define Py_BUILD_ASSERT_EXPR(cond) (sizeof(char[1 - 2 * !(cond)]) - 1)
#define Py_BUILD_ASSERT(cond) do { (void)Py_BUILD_ASSERT_EXPR(cond); } while (0)

#ifdef __cplusplus
#define _Py_STATIC_CAST(type, expr) static_cast<type>(expr)
#define _Py_CAST(type, expr) ((type)(expr))
#define _Py_NULL nullptr
#else
#define _Py_STATIC_CAST(type, expr) ((type)(expr))
#define _Py_CAST(type, expr) ((type)(expr))
#define _Py_NULL NULL
#endif

#define Py_MIN(x, y) (((x) > (y)) ? (y) : (x))
#define Py_MAX(x, y) (((x) > (y)) ? (x) : (y))
#define Py_ABS(x) ((x) < 0 ? -(x) : (x))
#define _Py_XSTRINGIFY(x) #x
#define Py_STRINGIFY(x) _Py_XSTRINGIFY(x)
#define Py_MEMBER_SIZE(type, member) sizeof(((type *)0)->member)
#define Py_CHARMASK(c) ((unsigned char)((c) & 0xff))
#define Py_ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define PyDoc_VAR(name) static const char name[]
#define PyDoc_STRVAR(name, str) PyDoc_VAR(name) = PyDoc_STR(str)
#define PyDoc_STR(str) str
#define _Py_SIZE_ROUND_UP(n, a) (((size_t)(n) + (size_t)((a) - 1)) & ~(size_t)((a) - 1))
#define _Py_SIZE_ROUND_DOWN(n, a) ((size_t)(n) & ~(size_t)((a) - 1))
#define _Py_ALIGN_DOWN(p, a) ((void *)((uintptr_t)(p) & ~(uintptr_t)((a) - 1)))
#define _Py_ALIGN_UP(p, a) \
    ((void *)(((uintptr_t)(p) + (uintptr_t)((a) - 1)) & ~(uintptr_t)((a) - 1)))
#define _Py_IS_ALIGNED(p, a) (!((uintptr_t)(p) & (uintptr_t)((a) - 1)))
#define Py_ALIGNED(x) __attribute__((aligned(x)))
#define Py_SAFE_DOWNCAST(value, wide, narrow) ((narrow)(value))
#define Py_ARITHMETIC_RIGHT_SHIFT(type, i, j) ((i) >> (j))
#define Py_FORCE_EXPANSION(x) x
#define Py_HUGE_VAL HUGE_VAL
#define Py_NAN ((double)NAN)
#define Py_IS_NAN(x) isnan(x)
#define Py_IS_INFINITY(x) isinf(x)
#define Py_IS_FINITE(x) isfinite(x)
#define Py_RETURN_NAN return PyFloat_FromDouble(Py_NAN)
#ifndef Py_MATH_PI
#define Py_MATH_PI 3.14159265358979323846
#define Py_MATH_E 2.7182818284590452354
#define Py_MATH_TAU 6.2831853071795864769252867665590057683943
#endif
#define Py_MEMCPY memcpy
#define Py_VA_COPY va_copy
#define PyFPE_START_PROTECT(text, leave)
#define PyFPE_END_PROTECT(v)
/* of ASCII, whatever the locale */
#define Py_ISLOWER(c) (Py_CHARMASK(c) >= 'a' && Py_CHARMASK(c) <= 'z')
#define Py_ISUPPER(c) (Py_CHARMASK(c) >= 'A' && Py_CHARMASK(c) <= 'Z')
#define Py_ISALPHA(c) (Py_ISLOWER(Py_CHARMASK(c) | 0x20))
#define Py_ISDIGIT(c) (Py_CHARMASK(c) >= '0' && Py_CHARMASK(c) <= '9')
#define Py_ISXDIGIT(c)                                                                             \
    (Py_ISDIGIT(c) || (Py_CHARMASK((c) | 0x20) >= 'a' && Py_CHARMASK((c) | 0x20) <= 'f'))
#define Py_ISALNUM(c) (Py_ISALPHA(c) || Py_ISDIGIT(c))
#define Py_ISSPACE(c) (Py_CHARMASK(c) == ' ' || (Py_CHARMASK(c) >= 9 && Py_CHARMASK(c) <= 13))
#define Py_TOLOWER(c) ((unsigned char)(Py_ISUPPER(c) ? Py_CHARMASK(c) | 0x20 : Py_CHARMASK(c)))
#define Py_TOUPPER(c) ((unsigned char)(Py_ISLOWER(c) ? Py_CHARMASK(c) & ~0x20 : Py_CHARMASK(c)))
#define PYLONG_BITS_IN_DIGIT 64
#define PY_LITTLE_ENDIAN (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define PY_BIG_ENDIAN (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)

/* Generated code reads no object from inside: what stands for Cython's switches.  PY_NOGIL is what
 * Cython knows an interpreter with other lists, tuples and slot wrappers by. */
#define PY_NOGIL 1
#define CYTHON_UPDATE_DESCRIPTOR_DOC 0
#define CYTHON_USE_PYTYPE_LOOKUP 0
#define CYTHON_USE_UNICODE_INTERNALS 0
#define CYTHON_USE_UNICODE_WRITER 0
#define CYTHON_USE_PYLIST_INTERNALS 0
#define CYTHON_USE_PYLONG_INTERNALS 0
#define CYTHON_UNPACK_METHODS 0
#define CYTHON_FAST_THREAD_STATE 0
#define CYTHON_FAST_PYCALL 0
#define CYTHON_FAST_PYCCALL 0
#define CYTHON_METH_FASTCALL 0
#define CYTHON_VECTORCALL 0
#define CYTHON_USE_DICT_VERSIONS 0
#define CYTHON_USE_EXC_INFO_STACK 0
#define CYTHON_ASSUME_SAFE_MACROS 0
#define CYTHON_AVOID_BORROWED_REFS 1

#endif
