/* The _posixshmem module: shared memory by name. */
#include <sys/mman.h>

#include "modules/posix/posix.h"

static const char *shm_name(Thread *t, Value v, const char *function, Value *keep)
{
    if (!value_is_str(v)) {
        type_error(t, "%s() argument 'path' must be str, not %T", function, v);
        return NULL;
    }
    return fs_cstr(t, v, keep);
}

static Value shmem_shm_open(ARGS)
{
    Value keep;
    int flags, mode = 0777, fd;
    const char *name = shm_name(t, args[0], "shm_open", &keep);
    if (!name || !value_to_int(t, args[1], &flags) || !int_arg(t, args[2], &mode)) {
        return 0;
    }
    BLOCKING(t, fd, shm_open(name, flags, (mode_t)mode));
    return fd >= 0            ? fixnum(fd)
           : error_pending(t) ? 0
                              : raise_errno(t, &exc_OSError, errno, args[0]);
}

static Value shmem_shm_unlink(ARGS)
{
    Value keep;
    int r;
    const char *name = shm_name(t, args[0], "shm_unlink", &keep);
    if (!name) {
        return 0;
    }
    BLOCKING(t, r, shm_unlink(name));
    return r == 0 ? NONE : error_pending(t) ? 0 : raise_errno(t, &exc_OSError, errno, args[0]);
}

static const NativeDef shmem_functions[] = {
    {"shm_open(path, flags, mode=511)", shmem_shm_open,
     "Open a shared memory object; returns a descriptor.", 0},
    {"shm_unlink(path)", shmem_shm_unlink, "Remove a shared memory object.", 0},
    {NULL, NULL, NULL, 0},
};

const ModuleDef module__posixshmem = {"_posixshmem", "POSIX shared memory.", shmem_functions, NULL};
