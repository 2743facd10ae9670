/* Code of the texts that interpreters compile while they start: lines of .pth files, which site
 * executes, and what these execute.
 *
 * The next interpreter compiles the same texts with the same result, so all but the first get
 * clones (code_clone) of what the first one got, which itself is never run.
 *
 * Locking: the table is a dict, which locks itself; what is in it does not change. */
#ifndef IMPORTER_START_CODE_H
#define IMPORTER_START_CODE_H

#include "core/object/object.h"

/* As runtime.compile_source; it may be called at any time. */
Value start_code_compile(Thread *t, Value text, Value filename, const char *mode, unsigned flags,
                         int optimize);

#endif
