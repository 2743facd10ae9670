/* The _imp module: what importlib needs from the interpreter. */
#include <dlfcn.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/late_math.h"
#include "core/base/locale.h"
#include "core/bytecode/code.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/thread_state.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/safepoint.h"
#include "importer/code_cache.h"
#include "importer/frozen.h"
#include "importer/importer.h"
#include "importer/module_lock.h"
#include "modules/modules.h"

#define ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

static Value imp_acquire_lock(ARGS)
{
    import_lock_acquire(t);
    return NONE;
}

static Value imp_release_lock(ARGS)
{
    return import_lock_release(t) ? NONE : runtime_error(t, "not holding the import lock");
}

static Value imp_lock_held(ARGS)
{
    return bool_value(import_lock_is_held());
}

static Value imp_extension_suffixes(ARGS)
{
    Value list = list_new(t, EXTENSION_SUFFIXES);
    for (int i = 0; list && i < EXTENSION_SUFFIXES; i++) {
        if (!list_append(t, list, str_from_cstr(t, extension_suffixes[i]))) {
            return 0;
        }
    }
    return list;
}

static bool name_arg(Thread *t, const char *fn, Value v)
{
    if (!value_is_str(v)) {
        type_error(t, "%s() argument must be str, not %T", fn, v);
        return false;
    }
    return true;
}

static Value imp_dump_frozen(ARGS)
{
    return value_is_code(args[0])
               ? marshal_dumps_frozen(t, args[0])
               : type_error(t, "_dump_frozen() argument must be code, not %T", args[0]);
}

static Value imp_is_builtin(ARGS)
{
    return name_arg(t, "is_builtin", args[0]) ? fixnum(builtin_module_find(args[0]) ? 1 : 0) : 0;
}

static Value imp_create_builtin(ARGS)
{
    Value name = object_getattr(t, args[0], N(name));
    if (!name || !name_arg(t, "create_builtin", name)) {
        return 0;
    }
    const ModuleDef *def = builtin_module_find(name);
    if (!def) {
        return NONE;
    }
    Value loaded = dict_get_cstr(t, t->interp->extra, "builtin_modules");
    Value mod = loaded ? dict_get(t, loaded, name) : 0;
    if (mod || t->exc) {
        return mod;
    }
    mod = module_from_def(t, def);
    return mod && (!loaded || dict_set(t, loaded, name, mod)) ? mod : 0;
}

static Value imp_exec_builtin(ARGS)
{
    if (!value_isa(args[0], &module_type)) {
        return fixnum(0);
    }
    return builtin_module_exec(t, args[0]) ? fixnum(0) : 0;
}

static Value imp_is_frozen(ARGS)
{
    if (!name_arg(t, "is_frozen", args[0])) {
        return 0;
    }
    const FrozenModule *m = frozen_find(args[0]);
    return bool_value(m && frozen_is_used(m));
}

static Value frozen_error(Thread *t, const char *format, Value name)
{
    Value msg = str_format(t, format, name);
    Value exc = msg ? call1(t, object_value(&exc_ImportError), msg) : 0;
    if (exc && object_setattr(t, exc, N(name), name)) {
        raise_exception(t, exc);
    }
    return 0;
}

static const FrozenModule *frozen_or_error(Thread *t, Value name)
{
    const FrozenModule *m = frozen_find(name);
    if (!m) {
        frozen_error(t, "No such frozen object named %R", name);
    } else if (!frozen_is_used(m)) {
        frozen_error(
            t, "Frozen modules are disabled and the frozen object named %R is not essential", name);
        m = NULL;
    }
    return m;
}

static Value imp_is_frozen_package(ARGS)
{
    const FrozenModule *m =
        name_arg(t, "is_frozen_package", args[0]) ? frozen_or_error(t, args[0]) : NULL;
    return m ? bool_value(m->is_package) : 0;
}

static Value imp_get_frozen_object(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "get_frozen_object() argument 1 must be str, not %T", args[0]);
    }
    if (args[1] && !is_none(args[1])) {
        Buffer view;
        if (!buffer_get_still(t, args[1], &view)) {
            return 0;
        }
        Value code = marshal_loads(t, view.buf, (size_t)view.len);
        buffer_release(t, &view);
        if (!code) {
            error_clear(t);
            return frozen_error(t, "Frozen object named %R is invalid", args[0]);
        }
        return value_is_code(code)
                   ? code
                   : type_error(t, "frozen object %R is not a code object", args[0]);
    }
    const FrozenModule *m = frozen_or_error(t, args[0]);
    return m ? frozen_code(t, m) : 0;
}

static Value frozen_data(Thread *t, const FrozenModule *m)
{
    const FrozenBlob *blob = frozen_blob(m);
    Value data = blob ? bytes_new(t, blob->data, blob->size) : 0;
    if (!blob) {
        Value code = frozen_code(t, m);
        data = code ? marshal_dumps(t, code, 4) : 0;
    }
    return data ? memoryview_new(t, data) : 0;
}

static Value imp_find_frozen(ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "find_frozen() argument 1 must be str, not %T", args[0]);
    }
    int with_data = args[1] ? object_truth(t, args[1]) : 0;
    const FrozenModule *m = frozen_find(args[0]);
    if (with_data < 0 || !m || !frozen_is_used(m)) {
        return with_data < 0 ? 0 : NONE;
    }
    Value data = with_data ? frozen_data(t, m) : NONE;
    Value origin = str_or_none(t, m->origname);
    return data && origin ? tuple_pack(t, 3, data, bool_value(m->is_package), origin) : 0;
}

static Value imp_init_frozen(ARGS)
{
    if (!name_arg(t, "init_frozen", args[0])) {
        return 0;
    }
    const FrozenModule *m = frozen_find(args[0]);
    if (!m || !frozen_is_used(m)) {
        return NONE;
    }
    Value mod = module_new(t, args[0]);
    Value code = mod ? frozen_code(t, m) : 0;
    if (!code || !dict_set(t, t->interp->modules, args[0], mod) ||
        !module_add(t, mod, "__origname__", str_or_none(t, m->origname))) {
        return 0;
    }
    return vm_eval_code(t, code, module_dict(mod), 0, 0) ? mod : 0;
}

static Value imp_frozen_names(ARGS)
{
    Value list = list_new(t, 0);
    for (const FrozenModule *m = frozen_modules; list && m->name; m++) {
        if (!list_append(t, list, str_from_cstr(t, m->name))) {
            return 0;
        }
    }
    return list;
}

/* A cached code object gets the name of the file it was found through. */
static Value imp_fix_co_filename(ARGS)
{
    if (!value_is_code(args[0]) || !value_is_str(args[1])) {
        return type_error(t, "_fix_co_filename() takes a code object and a str");
    }
    code_set_filename(t, args[0], args[1]);
    return NONE;
}

static Value imp_source_hash(ARGS)
{
    int64_t seed;
    Buffer view;
    if (!value_to_int64(t, args[0], &seed) || !buffer_get_still(t, args[1], &view)) {
        return 0;
    }
    const uint64_t key[2] = {(uint64_t)seed, 0};
    uint64_t h = siphash13(view.buf, (size_t)view.len, key);
    buffer_release(t, &view);
    return bytes_new(t, &h, sizeof h);
}

static Value imp_create_dynamic(ARGS)
{
    return extension_load(t, args[0]);
}

/* For extensions in archives: a library that they need, under the name it gives itself. */
static Value imp_open_library(ARGS)
{
    const char *path = str_fs_path(t, args[0]);
    if (!path) {
        return 0;
    }
    void *handle = library_open(t, path, RTLD_NOW | RTLD_GLOBAL);
    const char *why = handle || error_pending(t) ? NULL : dlerror();
    return handle ? NONE : why ? raise(t, &exc_ImportError, "%s", why) : 0;
}

static Value imp_exec_dynamic(ARGS)
{
    return extension_exec(t, args[0]) ? fixnum(0) : 0;
}

/* How often the bytecode cache has read and verified a file, compiled a source, answered without
 * either. */
static Value imp_cache_counts(ARGS)
{
    CodeCacheCounts counts = code_cache_counts();
    const struct { const char *name; uint64_t n;
    } rows[] = {{"reads", counts.reads},
                {"compiles", counts.compiles},
                {"hits", counts.hits},
                {"entries", counts.entries}};
    Value d = dict_new(t);
    for (size_t i = 0; d && i < ARRAY_SIZE(rows); i++) {
        if (!dict_set_cstr(t, d, rows[i].name, int_from_int64(t, (int64_t)rows[i].n))) {
            return 0;
        }
    }
    return d;
}

static Value imp_override_frozen(ARGS)
{
    int override;
    if (!value_to_int(t, args[0], &override)) {
        return 0;
    }
    frozen_set_override(override);
    return NONE;
}

static const NativeDef imp_functions[] = {
    {"extension_suffixes()", imp_extension_suffixes,
     "Return the file name endings of extension modules.", 0},
    {"lock_held()", imp_lock_held, "Return whether the import lock is held.", 0},
    {"acquire_lock()", imp_acquire_lock, "Acquire the import lock.", 0},
    {"release_lock()", imp_release_lock, "Release the import lock.", 0},
    {"find_frozen(name, /, *, withdata=False)", imp_find_frozen,
     "Return information about a frozen module.", 0},
    {"get_frozen_object(name, data=None, /)", imp_get_frozen_object,
     "Return the code of a frozen module.", 0},
    {"is_frozen_package(name, /)", imp_is_frozen_package,
     "Return whether the frozen module is a package.", 0},
    {"create_builtin(spec, /)", imp_create_builtin, "Create a built-in module.", 0},
    {"init_frozen(name, /)", imp_init_frozen, "Import a frozen module.", 0},
    {"is_builtin(name, /)", imp_is_builtin, "Return 1 when the name is that of a built-in module.",
     0},
    {"is_frozen(name, /)", imp_is_frozen, "Return whether the name is that of a frozen module.", 0},
    {"_frozen_module_names()", imp_frozen_names, "Return the names of the frozen modules.", 0},
    {"_dump_frozen(code, /)", imp_dump_frozen,
     "Return a module's code as bytes for the executable.", 0},
    {"_override_frozen_modules_for_tests(override, /)", imp_override_frozen,
     "For tests of importlib.", 0},
    {"_bytecode_cache_counts()", imp_cache_counts,
     "Return what the bytecode cache has done so far.", 0},
    {"create_dynamic(spec, file=None, /)", imp_create_dynamic, "Load an extension module.", 0},
    {"_open_library(path, /)", imp_open_library,
     "Load a shared library that extension modules need.", 0},
    {"exec_dynamic(mod, /)", imp_exec_dynamic, "Initialise an extension module.", 0},
    {"exec_builtin(mod, /)", imp_exec_builtin, "Initialise a built-in module.", 0},
    {"_fix_co_filename(code, path, /)", imp_fix_co_filename,
     "Change the file name of a code object.", 0},
    {"source_hash(key, source)", imp_source_hash, "Return the hash of a source file's bytes.", 0},
    {0},
};

static bool is_builtin(Value name)
{
    return builtin_module_find(name) != NULL;
}

static bool imp_exec(Thread *t, Value mod)
{
    if (t->interp == runtime.main_interp) {
        importer_set_builtin_test(is_builtin);
    }
    const char *mode = runtime.config.check_pycs;
    return module_add_str(t, mod, "check_hash_based_pycs", mode ? mode : "default");
}

const ModuleDef module__imp = {
    "_imp", "Low-level import machinery, for importlib only.", imp_functions, imp_exec};
