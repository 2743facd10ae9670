/* What the files of zipimporter share: finding and loading in one, the methods in another. */
#ifndef IMPORTER_ZIPIMPORTER_INTERNAL_H
#define IMPORTER_ZIPIMPORTER_INTERNAL_H

#include "core/bytecode/code.h"
#include "importer/zipimporter.h"

/* archive and prefix are set once; the others are atomic. */
typedef struct ZipImporter {
    Object head;
    Value archive, prefix; /* strs */
    Value directory;       /* Archive; an empty dict: the file is gone */
    Value recent;          /* 0, or (name, directory, code, path, folder or None) loaded ahead */
} ZipImporter;

extern const NativeDef zipimporter_methods[];

/* The archive at a path, from the cache or opened.  0: raised */
Value zip_directory(Thread *t, Value path);
/* self, if __init__ has been run; NULL: raised */
ZipImporter *zip_opened(Thread *t, Value self);
Archive *zip_archive(const ZipImporter *z); /* NULL: it is gone */
/* The member that a module would be loaded from, if bytecode is good.  NULL: no such module. */
const Member *zip_find_module(Thread *t, ZipImporter *z, Value name, const char **ending,
                              bool *package);
/* The same for extension modules. */
const Member *zip_find_extension(Thread *t, const ZipImporter *z, Value name, bool *package);
const Member *zip_find_source(Thread *t, ZipImporter *z, Value name, bool package);
Value zip_module_folder(Thread *t, const ZipImporter *z, Value name); /* archive/prefix/tail */
/* As zipimporter_load; the next one to load the module gets the same. */
NODISCARD bool zip_load_ahead(Thread *t, Value importer, Value name, ZipModule *out);
/* Raises ZipImportError: no such module, or cause (0: none) was why it could not be loaded. */
COLD Value zip_no_module(Thread *t, Value name, Value cause);

#endif
