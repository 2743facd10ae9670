/* The import system. */
#ifndef IMPORTER_IMPORTER_H
#define IMPORTER_IMPORTER_H

#include "core/object/module.h"

bool importer_init(Thread *t, Value builtins_module, Value sys_module); /* frozen importlib, meta_path, path_hooks */
Value importer_import(Thread *t, Value name, Value globals, Value locals, Value fromlist, int level); /* __import__ */
/* marshal (also .pyc bodies): version 0..4 */
Value marshal_dumps(Thread *t, Value v, int version);
Value marshal_loads(Thread *t, const char *p, size_t n, size_t *used /* or NULL */);

#endif
