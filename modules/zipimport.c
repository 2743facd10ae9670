/* The module zipimport: importing from archives; the work is done in importer/zipimporter*.c. */
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "importer/zipimporter.h"

static bool zipimport_exec(Thread *t, Value mod)
{
    Value cache = archive_init(t) ? zipimporter_cache(t) : 0;
    Value all = cache ? list_new(t, 2) : 0;
    return all && list_append(t, all, str_from_cstr(t, "ZipImportError")) &&
           list_append(t, all, str_from_cstr(t, "zipimporter")) &&
           module_add(t, mod, "__all__", all) && module_add_type(t, mod, &zipimporter_type) &&
           module_add(t, mod, "ZipImportError", archive_error_type) &&
           module_add(t, mod, "_zip_directory_cache", cache);
}

extern const ModuleDef module_zipimport;
const ModuleDef module_zipimport = {
    .name = "zipimport",
    .doc = "Importing modules from archives: the importer sys.path_hooks has for them.",
    .exec = zipimport_exec,
};
