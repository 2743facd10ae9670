/* A fence for two sides of which one passes often and the other seldom.
 *
 *   often:   x = 1;  fence_light();  look at y        seldom:  y = 1;  fence_heavy();  look at x
 *
 * At least one of the two sees what the other has written, as if each had a full fence.  The light
 * one costs nothing but order in the compiled code: the heavy one has the kernel interrupt the
 * processors that run other threads of the process (membarrier), which takes some microseconds.
 */
#ifndef CORE_BASE_FENCE_H
#define CORE_BASE_FENCE_H

#include <stdatomic.h>

#include "core/base/attrs.h"

static inline void fence_light(void)
{
#ifdef __SANITIZE_THREAD__
    __sync_synchronize(); /* the sanitizer knows nothing of what the kernel does */
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}
/* false: the system has no such thing, and nothing has happened. */
NODISCARD bool fence_heavy(void);
/* Before there is a second thread, when it costs little; otherwise the first fence_heavy does it,
 * some milliseconds long. */
void fence_prepare(void);

#endif
