/* Frozen modules: the table, and their code objects. */
#include "importer/frozen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/atomics.h"
#include "core/base/memory.h"
#include "core/bytecode/code.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/str.h"
#include "gc/keep.h"
#include "importer/importer.h"

const FrozenModule frozen_modules[] = {
    {"_frozen_importlib", "importlib/_bootstrap.py", "<frozen importlib._bootstrap>",
     "importlib._bootstrap", false},
    {"_frozen_importlib_external", "importlib/_bootstrap_external.py",
     "<frozen importlib._bootstrap_external>", "importlib._bootstrap_external", false},
    {"abc", "abc.py", "<frozen abc>", "abc", false},
    {"codecs", "codecs.py", "<frozen codecs>", "codecs", false},
    {"io", "io.py", "<frozen io>", "io", false},
    {"_collections_abc", "_collections_abc.py", "<frozen _collections_abc>", "_collections_abc",
     false},
    {"_sitebuiltins", "_sitebuiltins.py", "<frozen _sitebuiltins>", "_sitebuiltins", false},
    {"genericpath", "genericpath.py", "<frozen genericpath>", "genericpath", false},
    {"ntpath", "ntpath.py", "<frozen ntpath>", "ntpath", false},
    {"posixpath", "posixpath.py", "<frozen posixpath>", "posixpath", false},
    {"os", "os.py", "<frozen os>", "os", false},
    {"site", "site.py", "<frozen site>", "site", false},
    {"stat", "stat.py", "<frozen stat>", "stat", false},
    {"importlib.util", "importlib/util.py", "<frozen importlib.util>", "importlib.util", false},
    {"importlib.machinery", "importlib/machinery.py", "<frozen importlib.machinery>",
     "importlib.machinery", false},
    {"runpy", "runpy.py", "<frozen runpy>", "runpy", false},
    /* for tests of the import system */
    {"__hello__", "__hello__.py", "<frozen __hello__>", "__hello__", false},
    {"__hello_alias__", "__hello__.py", "<frozen __hello_alias__>", "__hello__", false},
    {"__phello_alias__", "__hello__.py", "<frozen __phello_alias__>", "__hello__", true},
    {"__phello_alias__.spam", "__hello__.py", "<frozen __phello_alias__.spam>", "__hello__", false},
    {"__phello__", "__phello__/__init__.py", "<frozen __phello__>", "__phello__", true},
    {"__phello__.__init__", "__phello__/__init__.py", "<frozen __phello__.__init__>", "<__phello__",
     false},
    {"__phello__.ham", NULL, "<frozen __phello__.ham>", "__phello__.ham", true},
    {"__phello__.ham.__init__", NULL, "<frozen __phello__.ham.__init__>", "<__phello__.ham", false},
    {"__phello__.ham.eggs", NULL, "<frozen __phello__.ham.eggs>", "__phello__.ham.eggs", false},
    {"__phello__.spam", "__phello__/spam.py", "<frozen __phello__.spam>", "__phello__.spam", false},
    {"__hello_only__", NULL, "<frozen __hello_only__>", NULL, false},
    {0},
};

const char *stdlib_directory(void)
{
    return runtime.config.stdlib ? runtime.config.stdlib : TYPHON_STDLIB;
}

static _Atomic int frozen_override; /* _imp._override_frozen_modules_for_tests(); 0: none */

void frozen_set_override(int override)
{
    atomic_store_explicit(&frozen_override, override, memory_order_relaxed);
}

/* Without these there is no import system. */
static bool is_essential(const FrozenModule *m)
{
    return strcmp(m->name, "_frozen_importlib") == 0 ||
           strcmp(m->name, "_frozen_importlib_external") == 0;
}

bool frozen_is_used(const FrozenModule *m)
{
    int override = atomic_load_explicit(&frozen_override, memory_order_relaxed);
    return override > 0 || (override == 0 && !runtime.config.no_frozen) || is_essential(m);
}

const FrozenModule *frozen_find(Value name)
{
    uint32_t first = str_len(name) ? str_get(value_str(name), 0) : 0; /* asked for each import */
    for (const FrozenModule *m = frozen_modules; m->name; m++) {
        if ((unsigned char)*m->name == first && str_eq_cstr(name, m->name)) {
            return m;
        }
    }
    return NULL;
}

bool frozen_is_named(Value name)
{
    const FrozenModule *m = frozen_find(name);
    return m && frozen_is_used(m);
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

const FrozenBlob *frozen_blob(const FrozenModule *m)
{
    for (const FrozenBlob *b = frozen_blobs; b && b->name; b++) {
        if (strcmp(b->name, m->name) == 0) {
            return b;
        }
    }
    return NULL;
}

static Value make_frozen_code(Thread *t, const FrozenModule *m)
{
    const FrozenBlob *blob = frozen_blob(m);
    if (blob) {
        uint64_t before = gc_allocated(t);
        Value code = marshal_loads_trusted(t, blob->data, blob->size);
        gc_keep_allocated(t, before);
        return code;
    }
    if (!m->source) {
        const char *text = m->origname ? "" : "initialized = True\nprint('Hello world!')\n";
        return runtime.compile_source(t, bytes_new(t, text, strlen(text)),
                                      str_from_cstr(t, m->filename), "exec", 0, 0);
    }
    Value path = str_format(t, "%s/%s", stdlib_directory(), m->source);
    Value source = path ? read_source(t, str_utf8(t, path, NULL)) : 0;
    source = source ? importer_adapt_source(t, path, source) : 0;
    return source ? runtime.compile_source(t, source, str_from_cstr(t, m->filename), "exec", 0, 0)
                  : 0;
}

Value frozen_code(Thread *t, const FrozenModule *m)
{
    /* what interpreters other than the main one get clones of; itself it is never run; roots */
    static Value masters[ARRAY_SIZE(frozen_modules)];
    if (t->interp == runtime.main_interp || !runtime.main_interp) {
        return make_frozen_code(t, m);
    }
    Value *slot = &masters[m - frozen_modules], code = value_load(slot), none = 0;
    if (!code) {
        code = make_frozen_code(t, m);
        if (code) {
            code_make_template(code);
        }
        if (code && cas_acq_rel(slot, &none, code)) {
            gc_add_root(slot);
        }
    }
    return code ? code_clone(t, code) : 0;
}
