/* Every function of libm that the executable calls, under its own name: the first call looks it up.
 * The executable is not linked with libm then; a function that is missing here is an error of the
 * linker. */
#include "core/base/late_math.h"

#ifdef TYPHON_LATE_MATH
#include <complex.h>
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/attrs.h"

static NOINLINE void *find_function(const char *name)
{
    void *libm = dlopen(LIBM_SO, RTLD_LAZY | RTLD_GLOBAL);
    void *function = libm ? dlsym(libm, name) : NULL;
    if (function == NULL) {
        fprintf(stderr, "Fatal Python error: %s\n", dlerror());
        abort();
    }
    return function;
}

void late_math_load(void) { (void)find_function("floor"); }

/* Threads that look one up at the same moment find the same. */
#define LATE(type, name, parameters, arguments)                                      \
    type name parameters                                                             \
    {                                                                                \
        static type(*found) parameters;                                              \
        type(*function) parameters = __atomic_load_n(&found, __ATOMIC_RELAXED);      \
        if (UNLIKELY(function == NULL)) {                                            \
            *(void **)&function = find_function(#name);                              \
            __atomic_store_n(&found, function, __ATOMIC_RELAXED);                    \
        }                                                                            \
        return function arguments;                                                   \
    }
#define REAL(name) LATE(double, name, (double x), (x))
#define REAL_OF_TWO(name) LATE(double, name, (double x, double y), (x, y))
#define COMPLEX(name) LATE(double complex, name, (double complex z), (z))

REAL(acos) REAL(acosh) REAL(asin) REAL(asinh) REAL(atan) REAL(atanh) REAL(cbrt) REAL(ceil)
REAL(cos) REAL(cosh) REAL(erf) REAL(erfc) REAL(exp) REAL(exp2) REAL(expm1) REAL(floor) REAL(log)
REAL(log10) REAL(log1p) REAL(log2) REAL(nearbyint) REAL(round) REAL(sin) REAL(sinh) REAL(sqrt)
REAL(tan) REAL(tanh) REAL(tgamma) REAL(trunc)
REAL_OF_TWO(atan2) REAL_OF_TWO(fmax) REAL_OF_TWO(fmin) REAL_OF_TWO(fmod) REAL_OF_TWO(hypot)
REAL_OF_TWO(nextafter) REAL_OF_TWO(pow) REAL_OF_TWO(remainder)
COMPLEX(cacos) COMPLEX(cacosh) COMPLEX(casin) COMPLEX(casinh) COMPLEX(catan) COMPLEX(catanh)
COMPLEX(ccos) COMPLEX(ccosh) COMPLEX(cexp) COMPLEX(clog) COMPLEX(csin) COMPLEX(csinh)
COMPLEX(csqrt) COMPLEX(ctan) COMPLEX(ctanh)
LATE(double, cabs, (double complex z), (z))
LATE(double, fma, (double x, double y, double z), (x, y, z))
LATE(double, lgamma_r, (double x, int *sign), (x, sign))
LATE(void, sincos, (double x, double *s, double *c), (x, s, c))
#else
void late_math_load(void) { }
#endif
