/* zipimporter: the methods of finders and loaders. */
#include <errno.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/archive_files.h"
#include "importer/source_import.h"
#include "importer/zipimporter_internal.h"

static bool check_name(Thread *t, Value name)
{
    if (!value_is_str(name)) {
        type_error(t, "module name must be str, not %T", name);
    }
    return value_is_str(name);
}

/* 1: a package, 0: a module, -1: raised, no such module. */
static int is_package(Thread *t, Value self, Value name)
{
    ZipImporter *z = check_name(t, name) ? zip_opened(t, self) : NULL;
    const char *ending;
    bool package;
    if (z && zip_find_module(t, z, name, &ending, &package)) {
        return package;
    }
    if (z) {
        zip_no_module(t, name, 0);
    }
    return -1;
}

NATIVE_FN(zip_is_package)
{
    int package = is_package(t, args[0], args[1]);
    return package < 0 ? 0 : bool_value(package);
}

static Value call_bootstrap(Thread *t, const char *function, const Value *args, const char *word)
{
    Value fn = object_getattr_cstr(t, t->interp->importlib, function);
    Value words = fn ? tuple_pack(t, 1, intern_cstr(t, word)) : 0;
    return words ? call(t, fn, args, 2, words) : 0;
}

/* The spec of an extension module, as for one in a folder. */
static Value extension_spec(Thread *t, Value self, Value name, const Member *m, bool is_package)
{
    ZipImporter *z = (ZipImporter *)value_object(self);
    Value path = zipimporter_boot(t, self) ? archive_member_path(t, zip_archive(z), m) : 0,
          external = path ? import_attr(t, "_frozen_importlib_external", "ExtensionFileLoader") : 0,
          loader = external ? call2(t, external, name, path) : 0,
          spec_from = loader ? import_attr(t, "_frozen_importlib_external",
                                           "spec_from_file_location") : 0,
          folders = is_package && spec_from ? list_new(t, 1) : NONE,
          folder = is_package && folders ? zip_module_folder(t, z, name) : NONE;
    if (!spec_from || !folders || !folder ||
        (is_package && !list_append(t, folders, folder))) {
        return 0;
    }
    const Value args[] = {name, path, loader, folders};
    Value words = tuple_pack(t, 2, N(loader), N(submodule_search_locations));
    return words ? call(t, spec_from, args, 2, words) : 0;
}

NATIVE_FN(zip_find_spec)
{
    if (!check_name(t, args[1]) || !zip_opened(t, args[0])) {
        return 0;
    }
    ZipContent has = zipimporter_has(t, args[0], args[1]);
    if (has == ZIP_NOTHING) {
        return NONE;
    }
    bool with_folder;
    const Member *extension =
        has == ZIP_EXTENSION
            ? zip_find_extension(t, (ZipImporter *)value_object(args[0]), args[1], &with_folder)
            : NULL;
    if (extension) {
        return extension_spec(t, args[0], args[1], extension, with_folder);
    }
    if (has == ZIP_MODULE) {
        int package = is_package(t, args[0], args[1]);
        const Value spec_args[] = {args[1], args[0], bool_value(package > 0)};
        return package < 0 ? 0 : call_bootstrap(t, "spec_from_loader", spec_args, "is_package");
    }
    const Value spec_args[] = {args[1], NONE, TRUE_VALUE};
    Value spec = call_bootstrap(t, "ModuleSpec", spec_args, "is_package"), folders = 0,
          folder = zip_module_folder(t, (ZipImporter *)value_object(args[0]), args[1]);
    return spec && folder && (folders = object_getattr(t, spec, N(submodule_search_locations))) &&
                   call_method1(t, folders, N(append), folder)
               ? spec
               : 0;
}

static bool warn_old(Thread *t, const char *method, const char *other)
{
    return warn(t, &exc_DeprecationWarning, 1,
                "%s() is deprecated and slated for removal in Python 3.12; use %s() instead",
                method, other);
}

/* (loader or None, list of folders of a namespace package) */
static Value find_loader(Thread *t, Value self, Value name)
{
    if (!check_name(t, name) || !zip_opened(t, self)) {
        return 0;
    }
    ZipContent has = zipimporter_has(t, self, name);
    Value folders = list_new(t, 0), folder = 0;
    if (!folders ||
        (has == ZIP_PORTION &&
         (!(folder = zip_module_folder(t, (ZipImporter *)value_object(self), name)) ||
          !list_append(t, folders, folder)))) {
        return 0;
    }
    return tuple_pack(t, 2, has == ZIP_MODULE ? self : NONE, folders);
}

NATIVE_FN(zip_find_loader)
{
    return warn_old(t, "zipimporter.find_loader", "find_spec") ? find_loader(t, args[0], args[1])
                                                               : 0;
}

NATIVE_FN(zip_find_module_method)
{
    Value pair = warn_old(t, "zipimporter.find_module", "find_spec")
                     ? find_loader(t, args[0], args[1])
                     : 0;
    return pair ? tuple_get(pair, 0) : 0;
}

NATIVE_FN(zip_get_code)
{
    ZipModule m;
    return check_name(t, args[1]) && zipimporter_load(t, args[0], args[1], &m) ? m.code : 0;
}

NATIVE_FN(zip_get_filename)
{
    ZipModule m;
    return check_name(t, args[1]) && zip_load_ahead(t, args[0], args[1], &m) ? m.path : 0;
}

/* The bytes of a member, as a bytes object. */
static Value member_bytes(Thread *t, Archive *a, const Member *m)
{
    MemberData d;
    if (!archive_read(t, a, m, &d)) {
        return 0;
    }
    Value bytes = bytes_new(t, d.data, d.len);
    member_data_free(&d);
    return bytes;
}

NATIVE_FN(zip_get_data)
{
    ZipImporter *z = zip_opened(t, args[0]);
    if (!z) {
        return 0;
    }
    if (!value_is_str(args[1])) {
        return type_error(t, "expected str, not %T", args[1]);
    }
    size_t n_path, n_archive;
    const char *path = str_utf8(t, args[1], &n_path),
               *archive = path ? str_utf8(t, z->archive, &n_archive) : NULL;
    error_clear(t);
    if (archive && n_path > n_archive && memcmp(path, archive, n_archive) == 0 &&
        path[n_archive] == '/') {
        path += n_archive + 1;
        n_path -= n_archive + 1;
    }
    Archive *a = zip_archive(z);
    const Member *m = a && path ? archive_find(a, path, n_path) : NULL;
    if (!m) {
        Value shown = path ? str_from_utf8(t, path, n_path) : args[1],
              empty = shown ? str_from_ascii(t, "", 0) : 0;
        Value exc = empty ? call3(t, object_value(&exc_OSError), fixnum(0), empty, shown) : 0,
              whole = exc ? str_format(t, "%U/%U", z->archive, shown) : 0;
        const char *file = whole ? str_fs_path(t, whole) : NULL;
        if (file) {
            raise_exception(t, exc);
            archive_file_note(t, file, ENOENT);
        }
        return 0;
    }
    return member_bytes(t, a, m);
}

NATIVE_FN(zip_get_source)
{
    int package = is_package(t, args[0], args[1]);
    ZipImporter *z = (ZipImporter *)value_object(args[0]);
    const Member *m = package < 0 ? NULL : zip_find_source(t, z, args[1], package);
    if (!m) {
        return package < 0 ? 0 : NONE;
    }
    Value bytes = member_bytes(t, zip_archive(z), m);
    Value text = bytes ? str_from_utf8(t, value_bytes(bytes)->data, value_bytes(bytes)->len) : 0;
    if (!bytes || text || !error_clear_if(t, &exc_UnicodeDecodeError)) {
        return text;
    }
    Value decode = import_attr(t, "_frozen_importlib_external", "decode_source");
    return decode ? call1(t, decode, bytes) : 0; /* its first lines name another encoding */
}

NATIVE_FN(zip_create_module)
{
    return NONE;
}

static bool run_in(Thread *t, Value code, Value mod)
{
    Value dict = object_getattr(t, mod, N(__dict__));
    if (!dict || !value_is_dict(dict)) {
        return dict && type_error(t, "module without a dictionary");
    }
    return (dict_get_str(dict, N(__builtins__)) ||
            dict_set(t, dict, N(__builtins__), t->interp->builtins)) &&
           vm_eval_code(t, code, dict, 0, 0);
}

NATIVE_FN(zip_exec_module)
{
    Value name = object_getattr(t, args[1], N(__name__));
    Value code = name ? call_method1(t, args[0], intern_cstr(t, "get_code"), name) : 0;
    if (code && !value_is_code(code)) {
        return is_none(code) ? raise(t, &exc_ImportError,
                                     "cannot load module %R when get_code() returns None", name)
                             : type_error(t, "get_code() returned a %T", code);
    }
    return code && run_in(t, code, args[1]) ? NONE : 0;
}

/* What load_module() puts into a module before it runs. */
static bool fix_module(Thread *t, Value self, Value name, Value mod, const ZipModule *m)
{
    Value folders = m->folder ? list_from(t, &m->folder, 1) : NONE,
          dict = object_getattr(t, mod, N(__dict__)),
          fix = import_attr(t, "_frozen_importlib_external", "_fix_up_module");
    return folders && dict && fix && object_setattr(t, mod, N(__loader__), self) &&
           (!m->folder || object_setattr(t, mod, N(__path__), folders)) &&
           call3(t, fix, dict, name, m->path);
}

NATIVE_FN(zip_load_module)
{
    ZipModule m;
    Value modules = t->interp->modules, name = args[1];
    if (!warn_old(t, "zipimport.zipimporter.load_module", "exec_module") || !check_name(t, name) ||
        !zipimporter_load(t, args[0], name, &m)) {
        return 0;
    }
    Value mod = dict_get(t, modules, name);
    if (!mod || !value_isa(mod, &module_type)) {
        mod = t->exc ? 0 : module_new(t, name);
        if (!mod || !dict_set(t, modules, name, mod)) {
            return 0;
        }
    }
    if (!fix_module(t, args[0], name, mod, &m) || !run_in(t, m.code, mod)) {
        module_forget(t, name);
        return 0;
    }
    mod = dict_get(t, modules, name);
    return mod || t->exc
               ? mod
               : raise(t, &exc_ImportError, "Loaded module %R not found in sys.modules", name);
}

NATIVE_FN(zip_get_resource_reader)
{
    int package = is_package(t, args[0], args[1]);
    if (package <= 0) {
        return package == 0 || error_clear_if(t, value_type(archive_error_type)) ? NONE : 0;
    }
    Value reader = import_attr(t, "importlib.readers", "ZipReader");
    return reader ? call2(t, reader, args[0], args[1]) : 0;
}

/* Reads the directory again, if the file is another one. */
NATIVE_FN(zip_invalidate_caches)
{
    ZipImporter *z = zip_opened(t, args[0]);
    Value cache = z ? zipimporter_cache(t) : 0, directory;
    if (!cache) {
        return 0;
    }
    const Archive *a = zip_archive(z);
    if (a && archive_is_current(t, a)) {
        return dict_set(t, cache, z->archive, object_value((Archive *)a)) ? NONE : 0;
    }
    if (dict_del(t, cache, z->archive) < 0) {
        return 0;
    }
    directory = zip_directory(t, z->archive);
    if (!directory && !error_clear_if(t, value_type(archive_error_type))) {
        return 0;
    }
    directory = directory ? directory : dict_new(t);
    if (!directory) {
        return 0;
    }
    gc_store(z, &z->directory, directory);
    return NONE;
}

const NativeDef zipimporter_methods[] = {
    {"find_spec(fullname, target=None)", zip_find_spec,
     "The module's spec; None when the archive does not have it.", 0},
    {"find_loader(fullname, path=None)", zip_find_loader,
     "The importer and an empty list, if the archive has the module; or None and a list with the "
     "folder of a namespace package.  Deprecated: find_spec() does that.",
     0},
    {"find_module(fullname, path=None)", zip_find_module_method,
     "The importer, or None.  Deprecated: find_spec() does that.", 0},
    {"get_code(fullname)", zip_get_code, "The module's code object.", 0},
    {"get_data(pathname)", zip_get_data,
     "The bytes of a member, by its name in the archive or with the archive's before that; OSError "
     "if there is none.",
     0},
    {"get_filename(fullname)", zip_get_filename, "What the module's __file__ would be.", 0},
    {"get_source(fullname)", zip_get_source,
     "The module's source; None if the archive has bytecode only.", 0},
    {"is_package(fullname)", zip_is_package, "Whether the module is a package.", 0},
    {"create_module(spec)", zip_create_module, "None: modules from archives are plain ones.", 0},
    {"exec_module(module)", zip_exec_module, "Run the module's code in it.", 0},
    {"load_module(fullname)", zip_load_module,
     "Load the module, or load it again.  Deprecated: exec_module() does that.", 0},
    {"get_resource_reader(fullname)", zip_get_resource_reader,
     "The reader of a package's resources; None for other modules.", 0},
    {"invalidate_caches()", zip_invalidate_caches, "Look at the archive's file again.", 0},
    {0},
};
