/* Loading C extension modules: the importer's side.  core/capi, which knows how to open one,
 * registers itself. */
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
