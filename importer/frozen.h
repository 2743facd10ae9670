/* Modules compiled into the executable.
 *
 * frozen_names lists what is frozen.  The build runs a first executable without bytecode (it
 * compiles the sources from the standard library at start) to write `frozen_blobs`, which the final
 * executable links.
 */
#ifndef IMPORTER_FROZEN_H
#define IMPORTER_FROZEN_H

#include "core/object/object.h"

typedef struct FrozenModule {
    const char *name;     /* "_frozen_importlib" */
    /* below the standard library: "importlib/_bootstrap.py"; NULL: a module for tests */
    const char *source;
    const char *filename; /* co_filename: "<frozen importlib._bootstrap>" */
    const char *origname; /* "importlib._bootstrap"; NULL: no module of the standard library */
    bool is_package;
} FrozenModule;

typedef struct FrozenBlob {
    const char *name;
    const unsigned char *data; /* marshal of the code */
    size_t size;
} FrozenBlob;

extern const FrozenModule frozen_modules[];        /* end: name == NULL */
extern const FrozenBlob frozen_blobs[] __attribute__((weak)); /* end: name == NULL */

const FrozenModule *frozen_find(Value name);       /* NULL: not frozen */
const FrozenBlob *frozen_blob(const FrozenModule *m); /* NULL: compiled from source */
bool frozen_is_named(Value name);                  /* frozen, and to be imported so */
/* False when the module is to be imported from its source: -X frozen_modules=off, or override < 0.
 */
bool frozen_is_used(const FrozenModule *m);
/* > 0: always used, < 0: only what importing needs, 0: as configured */
void frozen_set_override(int override);
Value frozen_code(Thread *t, const FrozenModule *m);
const char *stdlib_directory(void);                /* where the standard library is installed */

#endif
