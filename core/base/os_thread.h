/* Operating-system threads: start, name, ids, stack bounds. */
#ifndef CORE_BASE_OS_THREAD_H
#define CORE_BASE_OS_THREAD_H

#include <pthread.h>

#include "core/base/attrs.h"

typedef void (*OsThreadFn)(void *arg);

/* Starts a thread that runs fn(arg).  stack_size 0: the default (OS_THREAD_STACK).  Signals are
 * blocked in the new thread when `block_signals`.  A joinable thread is written to *out; out ==
 * NULL starts it detached. 0, or the errno value of the failure. */
NODISCARD int os_thread_start(pthread_t *out, size_t stack_size, bool block_signals, OsThreadFn fn,
                              void *arg);
void os_thread_join(pthread_t thread);
void os_thread_set_name(const char *name);         /* of the calling thread; cut at 15 bytes */
unsigned long os_thread_native_id(void);           /* gettid */
/* Highest address (exclusive) and lowest usable address of the calling thread's C stack. */
void os_thread_stack_bounds(char **lowest, char **highest);
int os_cpu_count(void);                            /* cores this process may run on, at least 1 */

#define OS_THREAD_STACK ((size_t)8 << 20) /* the usual size of a main thread's stack on Linux */
#define OS_THREAD_STACK_MIN ((size_t)32 << 10) /* smallest size threading.stack_size accepts */

#endif
