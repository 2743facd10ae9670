/* An executable that is an application. */
#include "core/runtime/packed.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

/* What tools look for in the file; volatile: the compiler must not know what it says. */
static const volatile char packed_mark[] = "typhon-packed-application: no!";

const char *packed_archive(void)
{
    static char path[PATH_MAX]; /* init-only: main() asks first */
    if (packed_mark[sizeof packed_mark - 4] != 'y') {
        return NULL;
    }
    /* no /proc: as it was called */
    if (!*path && readlink("/proc/self/exe", path, sizeof path - 1) < 0) {
        const char *called = (const char *)getauxval(AT_EXECFN);
        return called && realpath(called, path) ? path : NULL;
    }
    return path;
}
