/* Frozen modules: the table, and their code objects. */
#include "importer/frozen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "importer/importer.h"

const FrozenModule frozen_modules[] = {
    {"_frozen_importlib", "importlib/_bootstrap.py", "<frozen importlib._bootstrap>", "importlib._bootstrap", false},
    {"_frozen_importlib_external", "importlib/_bootstrap_external.py", "<frozen importlib._bootstrap_external>",
     "importlib._bootstrap_external", false},
    {"zipimport", "zipimport.py", "<frozen zipimport>", "zipimport", false},
    {"abc", "abc.py", "<frozen abc>", "abc", false},
    {"codecs", "codecs.py", "<frozen codecs>", "codecs", false},
    {"io", "io.py", "<frozen io>", "io", false},
    {"_collections_abc", "_collections_abc.py", "<frozen _collections_abc>", "_collections_abc", false},
    {"_sitebuiltins", "_sitebuiltins.py", "<frozen _sitebuiltins>", "_sitebuiltins", false},
    {"genericpath", "genericpath.py", "<frozen genericpath>", "genericpath", false},
    {"ntpath", "ntpath.py", "<frozen ntpath>", "ntpath", false},
    {"posixpath", "posixpath.py", "<frozen posixpath>", "posixpath", false},
    {"os", "os.py", "<frozen os>", "os", false},
    {"site", "site.py", "<frozen site>", "site", false},
    {"stat", "stat.py", "<frozen stat>", "stat", false},
    {"importlib.util", "importlib/util.py", "<frozen importlib.util>", "importlib.util", false},
    {"importlib.machinery", "importlib/machinery.py", "<frozen importlib.machinery>", "importlib.machinery", false},
    {"runpy", "runpy.py", "<frozen runpy>", "runpy", false},
    {0},
};

const char *stdlib_directory(void)
{
    const char *home = runtime.config.ignore_environment ? NULL : getenv("TYPHON_STDLIB");
    return home && *home ? home : TYPHON_STDLIB;
}

const FrozenModule *frozen_find(Value name)
{
    for (const FrozenModule *m = frozen_modules; m->name; m++) {
        if (str_eq_cstr(name, m->name)) {
            return m;
        }
    }
    return NULL;
}

static Value read_source(Thread *t, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        return raise_errno(t, &exc_OSError, errno, str_from_cstr(t, path));
    }
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    Value source = bytes_new(t, NULL, size > 0 ? (size_t)size : 0);
    if (source && fread(value_bytes(source)->data, 1, (size_t)size, f) != (size_t)size) {
        source = raise_errno(t, &exc_OSError, EIO, str_from_cstr(t, path));
    }
    fclose(f);
    return source;
}

Value frozen_code(Thread *t, const FrozenModule *m)
{
    for (const FrozenBlob *b = frozen_blobs; b && b->name; b++) {
        if (strcmp(b->name, m->name) == 0) {
            return marshal_loads(t, (const char *)b->data, b->size, NULL);
        }
    }
    Value path = str_format(t, "%s/%s", stdlib_directory(), m->source);
    Value source = path ? read_source(t, str_utf8(t, path, NULL)) : 0;
    return source ? runtime.compile_source(t, source, str_from_cstr(t, m->filename), "exec", 0, 0) : 0;
}
