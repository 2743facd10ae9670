/* os_thread.h on pthreads. */
#include "core/base/os_thread.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/memory.h"

typedef struct Start {
    OsThreadFn fn;
    void *arg;
    size_t stack_size;
} Start;

/* what the C library keeps above the frames of a thread and in its guard, at most */
#define STACK_OVERHEAD ((size_t)32 << 10)

/* The bounds of a stack that os_thread_start asked for: no need to look. */
static __thread char *own_lowest, *own_highest;

static void *thread_main(void *p)
{
    Start start = *(Start *)p;
    mem_free(p);
    if (start.stack_size >= 4 * STACK_OVERHEAD) {
        own_highest = (char *)(((uintptr_t)__builtin_frame_address(0) | 0xfff) + 1);
        own_lowest = own_highest - (start.stack_size - STACK_OVERHEAD);
    }
    start.fn(start.arg);
    return NULL;
}

int os_thread_start(pthread_t *out, size_t stack_size, bool block_signals, OsThreadFn fn, void *arg)
{
    Start *start = mem_alloc(sizeof *start);
    if (start == NULL) {
        return ENOMEM;
    }
    pthread_attr_t attr;
    pthread_t thread;
    int err = pthread_attr_init(&attr);
    if (err != 0) {
        mem_free(start);
        return err;
    }
    size_t size = stack_size ? stack_size : OS_THREAD_STACK;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    size *= 4; /* their frames are larger */
#endif
    if (size < (size_t)PTHREAD_STACK_MIN) {
        size = (size_t)PTHREAD_STACK_MIN;
    }
    size = (size + 4095) & ~(size_t)4095;
    *start = (Start){fn, arg, size};
    err = pthread_attr_setstacksize(&attr, size);
    if (err == 0 && out == NULL) {
        err = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    }
    if (err == 0) {
        sigset_t all, old;
        sigfillset(&all);
        if (block_signals) {
            pthread_sigmask(SIG_SETMASK, &all, &old);
        }
        err = pthread_create(&thread, &attr, thread_main, start);
        if (block_signals) {
            pthread_sigmask(SIG_SETMASK, &old, NULL);
        }
    }
    pthread_attr_destroy(&attr);
    if (err != 0) {
        mem_free(start);
    } else if (out != NULL) {
        *out = thread;
    }
    return err;
}

void os_thread_join(pthread_t thread)
{
    pthread_join(thread, NULL);
}

void os_thread_set_name(const char *name)
{
    char buf[16];
    snprintf(buf, sizeof buf, "%s", name);
    pthread_setname_np(pthread_self(), buf);
}

unsigned long os_thread_native_id(void)
{
    return (unsigned long)syscall(SYS_gettid);
}

enum { STACK_MAX = 1 << 30 }; /* a limit above is none */

/* The stack of the first thread, without reading /proc/self/maps; its limit is the one the process
 * was started with, and nothing else is mapped within 128 MB of its top. */
static bool main_stack_bounds(char **lowest, char **highest)
{
    extern void *__libc_stack_end __attribute__((weak)); /* where the dynamic linker started */
    enum { ALONE = 128 << 20 };
    struct rlimit limit;
    char here;
    if (!&__libc_stack_end || &here > (char *)__libc_stack_end ||
        &here < (char *)__libc_stack_end - ALONE ||
        getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur > STACK_MAX) {
        return false;
    }
    *highest = (char *)(((uintptr_t)__libc_stack_end | 0xfff) + 1);
    *lowest = *highest - limit.rlim_cur;
    return true;
}

void os_thread_stack_bounds(char **lowest, char **highest)
{
    if (own_highest) {
        *lowest = own_lowest;
        *highest = own_highest;
        return;
    }
    if (main_stack_bounds(lowest, highest)) {
        return;
    }
    pthread_attr_t attr;
    void *addr = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attr) == 0) {
        pthread_attr_getstack(&attr, &addr, &size);
        pthread_attr_destroy(&attr);
    }
    char here;
    if (addr == NULL) { /* no /proc: assume a small stack around this frame */
        *highest = (char *)(((uintptr_t)&here | 0xffff) + 1);
        *lowest = *highest - (1 << 20);
        return;
    }
    *lowest = addr;
    *highest = (char *)addr + size;
}

int os_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
        return CPU_COUNT(&set);
    }
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}
