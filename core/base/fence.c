/* The heavy fence: membarrier(2), Linux 4.14. */
#include "core/base/fence.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool membarrier(int command)
{
    return syscall(SYS_membarrier, command, 0, 0) == 0;
}

void fence_prepare(void)
{
    int before = errno;
    (void)membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    errno = before;
}

bool fence_heavy(void)
{
#ifdef __SANITIZE_THREAD__
    __sync_synchronize();
    return true;
#else
    int before = errno;
    bool done = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) ||
                (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
                 membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
    errno = before;
    return done;
#endif
}
