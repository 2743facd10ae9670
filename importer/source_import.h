/* The short way for the common import: a module or package of Python source in a folder on the
 * path, or in an archive.
 *
 * What importlib's finders and loaders would do is done here without running Python code, with the
 * same objects at the end: a ModuleSpec, a SourceFileLoader, the module's attributes, entries of
 * sys.path_importer_cache.  Finders on sys.meta_path are asked in their order; PathFinder is not,
 * while its methods and those of FileFinder and SourceFileLoader are the original ones.  What is
 * not known here (extension modules, a lone .pyc, a folder without __init__, -v) is left to its
 * find_spec.
 */
#ifndef IMPORTER_SOURCE_IMPORT_H
#define IMPORTER_SOURCE_IMPORT_H

#include <sys/stat.h>

#include "core/object/thread.h"

typedef enum {
    SOURCE_RAISED,
    SOURCE_FOUND,
    SOURCE_SPEC,
    SOURCE_ABSENT,
    SOURCE_UNKNOWN
} SourceResult;

/* What was found: SOURCE_FOUND fills path, folder and st, or importer; SOURCE_SPEC (another finder
 * has it): spec. */
typedef struct SourceFound {
    Value path;        /* of the .py file */
    Value folder;      /* of a package, or 0 */
    Value importer;    /* zipimporter that has it, or 0; then path and folder follow later */
    Value spec;
    struct stat st;
} SourceFound;

/* path: the __path__ of the parent, or 0: sys.path.  SOURCE_ABSENT: no such module. SOURCE_UNKNOWN:
 * ask importlib. */
SourceResult source_find(Thread *t, Value name, Value path, SourceFound *found);
/* Makes the module, puts it into sys.modules and runs its code.  0: raised.  Effects: runs Python
 * code. */
Value source_load(Thread *t, Value name, const SourceFound *found);
/* __package__ of a module with these globals, when its spec is as importlib makes one and says the
 * same; else 0, importlib decides.  Effects: allocates. */
Value source_package(Thread *t, Value globals);
/* A module's code has raised: takes it out of sys.modules; the exception stays pending. */
void module_forget(Thread *t, Value name);
/* Remembers importlib's classes and methods, once they are there. */
NODISCARD bool source_import_init(Thread *t);
void source_import_free(Interpreter *i);

#endif
