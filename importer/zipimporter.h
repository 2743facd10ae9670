/* zipimport.zipimporter: the finder and loader of modules in archives.
 *
 * The module zipimport shows it to Python code; the import system itself looks into the archive's
 * index and loads from it without running Python code, each member read once.  Extension modules
 * are found, too: they get the loader of those in folders, which opens them from memory
 * (library_open).
 */
#ifndef IMPORTER_ZIPIMPORTER_H
#define IMPORTER_ZIPIMPORTER_H

#include "importer/archive.h"

extern Type zipimporter_type;

/* Code of a module in an archive. */
typedef struct ZipModule {
    Value code, path; /* path: archive/name.py or .pyc */
    Value folder;     /* of a package: what its __path__ holds; else 0 */
} ZipModule;

/* ZIP_PORTION: a folder that is a part of a namespace package. */
typedef enum { ZIP_NOTHING, ZIP_MODULE, ZIP_EXTENSION, ZIP_PORTION } ZipContent;
/* What the archive of `importer` has of this name, whatever is left of the name's last dot. */
ZipContent zipimporter_has(Thread *t, Value importer, Value name);
/* Loads the module's code.  false: raised.  Effects: blocks, may run Python code. */
NODISCARD bool zipimporter_load(Thread *t, Value importer, Value name, ZipModule *out);
/* Runs what typhon.pack has added to the archive, once: it opens the shared libraries that
 * extension modules need, and makes the archive's part of the standard library importable.  false:
 * raised.  Effects: blocks, runs Python code. */
NODISCARD bool zipimporter_boot(Thread *t, Value importer);
/* The archives by path, zipimport._zip_directory_cache.  0: raised */
Value zipimporter_cache(Thread *t);

#endif
