/* The import system. */
#ifndef IMPORTER_IMPORTER_H
#define IMPORTER_IMPORTER_H

#include "core/bytecode/code.h"
#include "core/object/module.h"
#include "core/object/str.h"

/* C extensions, for _imp: spec -> module, or 0; core/capi provides them through these pointers at
 * start-up. */
enum { EXTENSION_SUFFIXES = 2 };
extern const char *const extension_suffixes[EXTENSION_SUFFIXES]; /* endings of their file names */
Value extension_load(Thread *t, Value spec);
bool extension_exec(Thread *t, Value mod);
void extension_set_loader(Value (*load)(Thread *t, Value spec), bool (*exec)(Thread *t, Value mod));
/* dlopen(); what is in an archive is opened from memory.  NULL: raised, or dlerror() says why.
 * Effects: blocks, parked. */
void *library_open(Thread *t, const char *path, int flags);

/* Which names are built-in modules: modules/_imp.c knows. */
void importer_set_builtin_test(bool (*is_builtin)(Value name));
bool importer_is_builtin(Value name);
/* frozen importlib, meta_path, path_hooks */
bool importer_init(Thread *t, Value sys_module, Value imp_module);
/* zipimporter in front of sys.path_hooks */
bool importer_init_zip(Thread *t);
/* bytes: first word of our .pyc files */
Value importer_magic(Thread *t);
/* Source about to be compiled: the standard library's importlib gets our magic number, anything
 * else stays as it is. */
Value importer_adapt_source(Thread *t, Value filename, Value source);
/* How many of the first n characters of a dotted name are its parent's: those before the last dot,
 * 0 without one. */
static inline size_t parent_length(Value name, size_t n)
{
    while (n > 0 && str_get(value_str(name), --n) != '.') {
    }
    return n;
}
/* Absolute name of what an import statement with this level names; 0: raised. */
Value importer_absolute_name(Thread *t, Value name, Value globals, int level);
Value importer_import_module(Thread *t, Value name);               /* import a.b.c, returns a.b.c */
Value importer_import(Thread *t, Value name, Value globals, Value locals, Value fromlist,
                      int level); /* __import__ */
/* marshal (also .pyc bodies): version 0..4 */
Value marshal_dumps(Thread *t, Value v, int version);
/* Functions of code in it are read, and verified, when they are first called. */
Value marshal_loads(Thread *t, const void *p, size_t n);
/* One value from a file, of which no more is read. */
Value marshal_load(Thread *t, Value file);
/* The same as marshal_loads for bytes of the executable itself, whose code the build has
 * verified. */
Value marshal_loads_trusted(Thread *t, const void *p, size_t n);
extern const CodeReader marshal_stub_reader;
/* A dump for the executable: functions in it are read when they are first called. */
Value marshal_dumps_frozen(Thread *t, Value code);

#endif
