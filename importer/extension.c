/* Loading C extension modules: the importer's side.  core/capi, which knows how to open one,
 * registers itself.  And opening shared libraries, also those in archives. */
#include <dlfcn.h>

#include "core/base/late_math.h"
#include "core/base/locale.h"
#include "core/object/error.h"
#include "importer/archive_files.h"
#include "importer/importer.h"

const char *const extension_suffixes[EXTENSION_SUFFIXES] = {".typhon-311-x86_64-linux-gnu.so",
                                                            ".so"};

static struct {
    Value (*load)(Thread *t, Value spec);
    bool (*exec)(Thread *t, Value mod);
} loader; /* init-only */

void extension_set_loader(Value (*load)(Thread *t, Value spec), bool (*exec)(Thread *t, Value mod))
{
    loader.load = load;
    loader.exec = exec;
}

Value extension_load(Thread *t, Value spec)
{
    return loader.load ? loader.load(t, spec)
                       : raise(t, &exc_ImportError, "extension modules are not supported");
}

bool extension_exec(Thread *t, Value mod)
{
    return !loader.exec || loader.exec(t, mod);
}

static void *open_parked(Thread *t, const char *path, int flags)
{
    thread_park(t);
    void *handle = dlopen(path, flags);
    thread_unpark(t);
    return handle;
}

void *library_open(Thread *t, const char *path, int flags)
{
    locale_use();
    late_math_load();
    (void)dlerror();
    void *handle = open_parked(t, path, flags);
    const char *inside = handle || !path ? NULL : archive_library_path(t, path);
    return inside ? open_parked(t, inside, flags) : handle;
}
