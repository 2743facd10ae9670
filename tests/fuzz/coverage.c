/* Where the instrumented folders (TYPHON_COVERAGE in CMakeLists.txt) have been, for tests/fuzz
 * --guided: a byte of the file that the environment variable TYPHON_COVERAGE names, for each
 * pair of blocks that followed one another.  Threads of the process share it without harm. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MAP_BITS = 14, MAP_SIZE = 1 << MAP_BITS };

static uint8_t *map; /* init-only; NULL: nobody wants to know */
static _Thread_local uintptr_t previous;

void __sanitizer_cov_trace_pc(void);

void __sanitizer_cov_trace_pc(void)
{
    if (map) {
        uintptr_t here = (uintptr_t)__builtin_return_address(0);
        map[(here ^ previous) * 0x9E3779B97F4A7C15 >> (64 - MAP_BITS)] = 1;
        previous = here >> 1;
    }
}

__attribute__((constructor)) static void map_coverage(void)
{
    const char *path = getenv("TYPHON_COVERAGE");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd >= 0) {
        void *p = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        map = p == MAP_FAILED ? NULL : p;
        close(fd);
    }
}
