/* The short way for the common import. */
#include "importer/source_import.h"

#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/float.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/keep.h"
#include "importer/code_cache.h"
#include "importer/folder_lists.h"
#include "importer/frozen.h"
#include "importer/importer.h"
#include "importer/module_lock.h"
#include "importer/pyc.h"
#include "importer/zipimporter.h"

/* importlib's classes, and the methods whose work is done here. */
enum {
    BUILTIN_IMPORTER,
    FROZEN_IMPORTER,
    PATH_FINDER,
    FILE_FINDER,
    SOURCE_LOADER,
    MODULE_SPEC,
    CLASSES
};
static const char *const class_names[CLASSES] = {"BuiltinImporter",  "FrozenImporter",
                                                 "PathFinder",       "FileFinder",
                                                 "SourceFileLoader", "ModuleSpec"};
static const struct { int class; const char *method;
} methods[] = {
    {BUILTIN_IMPORTER, "find_spec"},
    {FROZEN_IMPORTER, "find_spec"},
    {PATH_FINDER, "find_spec"},
    {PATH_FINDER, "_get_spec"},
    {PATH_FINDER, "_path_importer_cache"},
    {PATH_FINDER, "_path_hooks"},
    {FILE_FINDER, "__init__"},
    {FILE_FINDER, "find_spec"},
    {FILE_FINDER, "_get_spec"},
    {FILE_FINDER, "_fill_cache"},
    {SOURCE_LOADER, "__init__"},
    {SOURCE_LOADER, "create_module"},
    {SOURCE_LOADER, "exec_module"},
    {SOURCE_LOADER, "get_code"},
    {SOURCE_LOADER, "get_filename"},
    {SOURCE_LOADER, "get_data"},
    {SOURCE_LOADER, "path_stats"},
    {SOURCE_LOADER, "set_data"},
    {SOURCE_LOADER, "_cache_bytecode"},
    {SOURCE_LOADER, "source_to_code"},
    {MODULE_SPEC, "__init__"},
    {MODULE_SPEC, "cached"},
    {MODULE_SPEC, "parent"},
    {MODULE_SPEC, "has_location"},
    {MODULE_SPEC, "__setattr__"},
};

/* Endings of file names in the order of importance: extensions, source, bytecode. */
enum { ENDING_PY = EXTENSION_SUFFIXES, ENDING_PYC, ENDINGS };

/* Of an interpreter; written at its start, but for the versions, which any thread may bring up to
 * date (relaxed), and the loaders. */
struct SourceImport {
    Value classes[CLASSES];
    Value originals[ARRAY_SIZE(methods)];
    _Atomic uint32_t versions[CLASSES];
    Value endings[ENDINGS];  /* strs: in FileFinder's order, and of what a package's folder holds */
    Value inits[ENDINGS];
    Value folder_hook;       /* of sys.path_hooks: makes FileFinders */
    Value loaders;           /* atomic; tuple: their _loaders, or 0: not seen yet */
    bool ready;              /* all of it is there */
};
typedef struct SourceImport SourceImport;

static void trace_state(Tracer *tr, void *arg)
{
    const SourceImport *s = arg;
    trace_values(tr, s->classes, CLASSES);
    trace_values(tr, s->originals, ARRAY_SIZE(methods));
    trace_values(tr, s->endings, ENDINGS);
    trace_values(tr, s->inits, ENDINGS);
    trace_value(tr, s->folder_hook);
    trace_value(tr, s->loaders);
}

static Value method_now(Thread *t, const SourceImport *s, size_t i)
{
    Value name = intern_cstr(t, methods[i].method);
    return name ? type_lookup(t, value_type(s->classes[methods[i].class]), name) : 0;
}

bool source_import_init(Thread *t)
{
    SourceImport *s = mem_calloc(1, sizeof *s);
    if (!s) {
        raise_memory(t);
        return false;
    }
    gc_add_root_source(trace_state, s); /* from here on: what follows allocates */
    t->interp->source_import = s;
    for (int i = 0; i < CLASSES; i++) {
        bool internal = i == BUILTIN_IMPORTER || i == FROZEN_IMPORTER || i == MODULE_SPEC;
        s->classes[i] = import_attr(
            t, internal ? "_frozen_importlib" : "_frozen_importlib_external", class_names[i]);
        if (!s->classes[i] || !value_is_type(s->classes[i])) {
            return false;
        }
        s->versions[i] = type_version(value_type(s->classes[i]));
    }
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        s->originals[i] = method_now(t, s, i);
        if (error_pending(t)) {
            return false;
        }
    }
    for (int i = 0; i < ENDINGS; i++) {
        s->endings[i] = intern_cstr(t, i < ENDING_PY    ? extension_suffixes[i]
                                       : i == ENDING_PY ? ".py"
                                                        : ".pyc");
        s->inits[i] = s->endings[i] ? str_concat(t, intern_cstr(t, "__init__"), s->endings[i]) : 0;
        if (!s->inits[i]) {
            return false;
        }
    }
    Value hooks = dict_get_str(t->interp->sys_dict, N(path_hooks));
    s->folder_hook =
        hooks && value_is_list_exact(hooks) && list_len(hooks) == 1 ? list_get(hooks, 0) : 0;
    s->ready = true;
    return true;
}

void source_import_free(Interpreter *i)
{
    if (i->source_import) {
        gc_remove_root_source(trace_state, i->source_import);
        mem_free(i->source_import);
    }
}

/* ---- is everything as it was? ---- */

static bool class_unchanged(Thread *t, SourceImport *s, int class)
{
    uint32_t version = type_version(value_type(s->classes[class]));
    if (LIKELY(guard_id_lasts(version)) &&
        LIKELY(version == atomic_load_explicit(&s->versions[class], memory_order_relaxed))) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (methods[i].class == class && method_now(t, s, i) != s->originals[i]) {
            return false;
        }
    }
    atomic_store_explicit(&s->versions[class], version, memory_order_relaxed);
    return true;
}

/* Do PathFinder and what it works with do what is done here? */
static bool is_usual(Thread *t, SourceImport *s)
{
    return !runtime.config.verbose && class_unchanged(t, s, PATH_FINDER) &&
           class_unchanged(t, s, FILE_FINDER) && class_unchanged(t, s, SOURCE_LOADER) &&
           class_unchanged(t, s, MODULE_SPEC);
}

/* Is `package` what a spec without folders and of this name has as its parent? */
static bool is_parent(Value package, Value name)
{
    size_t n = parent_length(name, str_len(name));
    for (size_t i = 0; i < n && n == str_len(package); i++) {
        if (str_get(value_str(name), i) != str_get(value_str(package), i)) {
            return false;
        }
    }
    return n == str_len(package);
}

Value source_package(Thread *t, Value globals)
{
    SourceImport *s = t->interp->source_import;
    Value package = dict_get_str(globals, N(__package__)), name, folders,
          spec = dict_get_str(globals, N(__spec__));
    if (!s || !s->ready || !package || !spec || !value_is_str_exact(package) ||
        type_of(spec) != value_type(s->classes[MODULE_SPEC]) ||
        !class_unchanged(t, s, MODULE_SPEC) || object_lookup_attr(t, spec, N(name), &name) <= 0 ||
        object_lookup_attr(t, spec, N(submodule_search_locations), &folders) <= 0 ||
        !value_is_str_exact(name)) {
        error_clear(t);
        return 0;
    }
    return (is_none(folders) ? is_parent(package, name) : str_eq(package, name)) ? package : 0;
}

/* FileFinder's list of (ending, loader) as path_hook() made it. */
static bool loaders_are_usual(const SourceImport *s, Value loaders)
{
    if (!value_is_list_exact(loaders) || list_len(loaders) != ENDINGS) {
        return false;
    }
    for (size_t i = 0; i < ENDINGS; i++) {
        Value pair = list_get(loaders, i);
        if (!pair || !value_is_tuple_exact(pair) || tuple_len(pair) != 2 ||
            !value_is_str(tuple_get(pair, 0)) || !str_eq(tuple_get(pair, 0), s->endings[i]) ||
            (i == ENDING_PY && tuple_get(pair, 1) != s->classes[SOURCE_LOADER])) {
            return false;
        }
    }
    return true;
}

/* ---- finding ---- */

static bool stat_str(Thread *t, Value path, struct stat *st)
{
    const char *p = str_fs_path(t, path);
    bool ok = p && stat(p, st) == 0;
    error_clear(t);
    return ok;
}

static Value join_path(Thread *t, Value folder, Value name)
{
    size_t n = str_len(folder);
    while (n > 0 && str_get(value_str(folder), n - 1) == '/') {
        n--;
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_sub(&b, folder, 0, n);
    sb_char(&b, '/');
    sb_str(&b, name);
    return sb_finish(&b);
}

/* A finder whose list of its folder was right a moment ago.  Both values are only compared: the
 * finder may be gone. */
typedef struct RightList {
    Value finder, mtime;
    int64_t since;
} RightList;

/* A list that was right so long ago is still believed where it has a name, whose file is looked at
 * anyway: a clock tick, by which the time of a folder advances in many file systems. */
enum { BELIEVED_NS = 10000000, RIGHT_LISTS = 16 };

static RightList *right_list(Value finder)
{
    static _Thread_local RightList lists[RIGHT_LISTS];
    return &lists[(finder >> 6) % RIGHT_LISTS];
}

/* The finder's list need not be compared with its folder, unless it lacks the name. */
static bool is_believed(Value finder, Value mtime)
{
    const RightList *l = right_list(finder);
    return l->finder == finder && l->mtime == mtime && monotonic_ns() - l->since < BELIEVED_NS;
}

/* Brings the finder's list of its folder up to date, as its find_spec does. */
static bool refresh(Thread *t, Value finder, Value folder, Value known)
{
    struct stat st;
    Value seen = float_new(t, -1.0);
    int64_t now = monotonic_ns();
    bool there = stat_str(t, folder, &st);
    if (there) {
        seen = float_new(t, (double)st.st_mtim.tv_sec + 1e-9 * (double)st.st_mtim.tv_nsec);
    }
    int same = seen ? object_compare_bool(t, known, seen, CMP_EQ) : -1;
    if (same < 0 || (same == 0 && (!folder_list_fill(t, finder, folder, seen, there ? &st : NULL) ||
                                   !object_setattr(t, finder, N(_path_mtime), seen)))) {
        return false;
    }
    *right_list(finder) = (RightList){finder, seen, now};
    return true;
}

/* A package of this name in the folder, which has an entry of this name. */
static SourceResult find_package(Thread *t, const SourceImport *s, Value base, SourceFound *found)
{
    struct stat st;
    for (int i = 0; i <= ENDING_PY; i++) {
        Value path = join_path(t, base, s->inits[i]);
        if (!path) {
            return SOURCE_RAISED;
        }
        if (!stat_str(t, path, &found->st) || !S_ISREG(found->st.st_mode)) {
            continue;
        }
        found->path = path;
        found->folder = base;
        return i == ENDING_PY ? SOURCE_FOUND : SOURCE_UNKNOWN;
    }
    return stat_str(t, base, &st) && S_ISDIR(st.st_mode) ? SOURCE_UNKNOWN : SOURCE_ABSENT;
}

/* A module of this name with an ending. */
static SourceResult find_file(Thread *t, const SourceImport *s, Value folder, Value entries,
                              Value tail, SourceFound *found)
{
    for (int i = 0; i < ENDINGS; i++) {
        Value file = str_concat(t, tail, s->endings[i]);
        int there = file ? set_contains(t, entries, file) : -1;
        if (there == 0) {
            continue;
        }
        Value path = there > 0 ? join_path(t, folder, file) : 0;
        if (!path || i != ENDING_PY) {
            return path ? SOURCE_UNKNOWN : SOURCE_RAISED;
        }
        if (stat_str(t, path, &found->st) && S_ISREG(found->st.st_mode)) {
            found->path = path;
            return SOURCE_FOUND;
        }
    }
    return SOURCE_ABSENT;
}

/* What the finder's list has of the name. */
static SourceResult find_in_list(Thread *t, const SourceImport *s, Value finder, Value folder,
                                 Value tail, SourceFound *found)
{
    Value entries;
    if (object_lookup_attr(t, finder, N(_path_cache), &entries) <= 0) {
        return t->exc ? SOURCE_RAISED : SOURCE_UNKNOWN;
    }
    if (type_of(entries) != &set_type) {
        return SOURCE_UNKNOWN;
    }
    int there = set_contains(t, entries, tail);
    if (there > 0) {
        Value base = join_path(t, folder, tail);
        SourceResult result = base ? find_package(t, s, base, found) : SOURCE_RAISED;
        if (result != SOURCE_ABSENT) {
            return result;
        }
    }
    return there < 0 ? SOURCE_RAISED : find_file(t, s, folder, entries, tail, found);
}

static SourceResult find_in_folder(Thread *t, const SourceImport *s, Value finder, Value tail,
                                   SourceFound *found)
{
    Value folder, loaders, mtime;
    if (object_lookup_attr(t, finder, N(path), &folder) <= 0 ||
        object_lookup_attr(t, finder, N(_loaders), &loaders) <= 0 ||
        object_lookup_attr(t, finder, N(_path_mtime), &mtime) <= 0 || !value_is_str_exact(folder) ||
        str_len(folder) == 0 || str_get(value_str(folder), 0) != '/' ||
        !loaders_are_usual(s, loaders)) {
        error_clear(t);
        return SOURCE_UNKNOWN;
    }
    if (is_believed(finder, mtime)) {
        SourceResult result = find_in_list(t, s, finder, folder, tail, found);
        if (result != SOURCE_ABSENT) {
            return result;
        }
    }
    return refresh(t, finder, folder, mtime) ? find_in_list(t, s, finder, folder, tail, found)
                                             : SOURCE_RAISED;
}

static SourceResult result_of_spec(Value spec, SourceFound *found)
{
    found->spec = spec;
    return !spec ? SOURCE_RAISED : is_none(spec) ? SOURCE_ABSENT : SOURCE_SPEC;
}

/* A finder for a path entry of another kind (an archive, or a program's own): its find_spec
 * decides. */
static SourceResult ask_entry_finder(Thread *t, Value finder, Value name, SourceFound *found)
{
    Value find, loader;
    int has = object_lookup_attr(t, finder, N(find_spec), &find);
    if (has <= 0) {
        return has < 0 ? SOURCE_RAISED : SOURCE_UNKNOWN;
    }
    import_lock_acquire(t);
    Value spec = call2(t, find, name, NONE);
    import_lock_release(t);
    SourceResult result = result_of_spec(spec, found);
    if (result != SOURCE_SPEC) {
        return result;
    }
    has = object_lookup_attr(t, found->spec, N(loader), &loader);
    return has < 0 ? SOURCE_RAISED : has && !is_none(loader) ? SOURCE_SPEC : SOURCE_UNKNOWN;
}

/* ---- finders of folders ---- */

/* Is sys.path_hooks as at the start: zipimporter, which refuses folders, and what takes them? */
static bool hooks_are_usual(Thread *t, const SourceImport *s)
{
    Value hooks = dict_get_str(t->interp->sys_dict, N(path_hooks));
    return s->folder_hook && hooks && value_is_list_exact(hooks) && list_len(hooks) == 2 &&
           list_get(hooks, 0) == object_value(&zipimporter_type) &&
           list_get(hooks, 1) == s->folder_hook;
}

static void note_loaders(Thread *t, SourceImport *s, Value finder)
{
    Value loaders;
    if (type_of(finder) == value_type(s->classes[FILE_FINDER]) &&
        object_lookup_attr(t, finder, N(_loaders), &loaders) > 0 && loaders_are_usual(s, loaders)) {
        gc_store_root(&s->loaders, list_to_tuple(t, loaders));
    }
    error_clear(t);
}

/* As FileFinder.__init__ makes it. */
static Value make_finder(Thread *t, const SourceImport *s, Value folder, Value usual_loaders)
{
    Object *o = object_alloc_instance(t, value_type(s->classes[FILE_FINDER]), 0);
    Value loaders = list_from(t, value_tuple(usual_loaders)->items, ENDINGS),
          entries = set_new(t, 0), relaxed_entries = set_new(t, 0);
    bool ok = o && loaders && entries && relaxed_entries &&
              instance_set(t, o, N(_loaders), loaders) && instance_set(t, o, N(path), folder) &&
              instance_set(t, o, N(_path_mtime), fixnum(-1)) &&
              instance_set(t, o, N(_path_cache), entries) &&
              instance_set(t, o, N(_relaxed_path_cache), relaxed_entries);
    return ok ? object_value(o) : 0;
}

/* The finder for a path entry that none has been asked for, put into `finders`.  None: there is
 * none; 0: raised. */
static Value new_finder(Thread *t, SourceImport *s, Value finders, Value entry)
{
    bool usual = hooks_are_usual(t, s);
    Value loaders = usual && str_get(value_str(entry), 0) == '/' ? value_load(&s->loaders) : 0;
    struct stat st;
    if (loaders && stat_str(t, entry, &st) && S_ISDIR(st.st_mode)) {
        Value finder = make_finder(t, s, entry, loaders);
        return finder ? dict_setdefault(t, finders, entry, finder) : 0;
    }
    import_lock_acquire(t); /* as importlib holds it for all finders and hooks of the program */
    Value finder = call_method1(t, s->classes[PATH_FINDER], N(_path_importer_cache), entry);
    import_lock_release(t);
    if (finder && usual && !value_load(&s->loaders)) {
        note_loaders(t, s, finder);
    }
    return finder;
}

/* ---- finding on the path ---- */

static SourceResult find_in_entry(Thread *t, SourceImport *s, Value name, Value tail,
                                  Value entry, SourceFound *found)
{
    Value finders = dict_get_str(t->interp->sys_dict, N(path_importer_cache));
    if (!finders || !value_is_dict_exact(finders) || !value_is_str_exact(entry)) {
        return SOURCE_UNKNOWN;
    }
    if (str_len(entry) == 0) {
        char here[4096];
        entry = getcwd(here, sizeof here) ? str_from_fs(t, here, strlen(here)) : 0;
        if (!entry) {
            return t->exc ? SOURCE_RAISED : SOURCE_UNKNOWN;
        }
    }
    Value finder = dict_get(t, finders, entry);
    if (!finder && !t->exc) {
        finder = new_finder(t, s, finders, entry);
    }
    if (!finder || is_none(finder)) {
        return finder ? SOURCE_ABSENT : SOURCE_RAISED;
    }
    if (type_of(finder) == value_type(s->classes[FILE_FINDER])) {
        return find_in_folder(t, s, finder, tail, found);
    }
    if (type_of(finder) == &zipimporter_type &&
        zipimporter_has(t, finder, tail) == ZIP_MODULE) {
        found->importer = finder;
        return SOURCE_FOUND;
    }
    return ask_entry_finder(t, finder, name, found);
}

static Value last_part(Thread *t, Value name)
{
    size_t len = str_len(name), n = parent_length(name, len);
    bool has_dot = n > 0 || (len > 0 && str_get(value_str(name), 0) == '.');
    return has_dot ? str_substring(t, name, n + 1, len) : name;
}

static SourceResult find_on_path(Thread *t, SourceImport *s, Value name, Value path,
                                 SourceFound *found)
{
    Value search = path ? path : dict_get_str(t->interp->sys_dict, N(path)),
          tail = last_part(t, name);
    if (!search || !value_is_list_exact(search)) {
        return SOURCE_UNKNOWN;
    }
    for (size_t i = 0; tail && i < list_len(search); i++) {
        Value entry = list_get(search, i);
        SourceResult result = entry ? find_in_entry(t, s, name, tail, entry, found) : SOURCE_ABSENT;
        if (result != SOURCE_ABSENT) {
            return result;
        }
    }
    return tail ? SOURCE_ABSENT : SOURCE_RAISED;
}

/* The find_spec of a finder on sys.meta_path. */
static SourceResult ask_meta_finder(Thread *t, Value finder, Value name, Value path,
                                    SourceFound *found)
{
    Value find, spec = 0;
    int has = object_lookup_attr(t, finder, N(find_spec), &find);
    if (has < 0) {
        return SOURCE_RAISED;
    }
    import_lock_acquire(t);
    const Value args[] = {finder, name, path ? path : NONE};
    spec = has ? call3(t, find, name, path ? path : NONE, NONE)
               : call_method(t, t->interp->importlib, intern_cstr(t, "_find_spec_legacy"), args, 3);
    import_lock_release(t);
    return result_of_spec(spec, found);
}

static SourceResult find_with(Thread *t, SourceImport *s, Value finder, Value name, Value path,
                              SourceFound *found)
{
    int class = 0;
    while (class <= PATH_FINDER && s->classes[class] != finder) {
        class++;
    }
    SourceResult result = SOURCE_UNKNOWN;
    if (class == PATH_FINDER && is_usual(t, s)) {
        result = find_on_path(t, s, name, path, found);
    } else if (class < PATH_FINDER && class_unchanged(t, s, class)) {
        bool has =
            class == FROZEN_IMPORTER ? frozen_is_named(name) : !path && importer_is_builtin(name);
        result = has ? SOURCE_UNKNOWN : SOURCE_ABSENT;
    }
    return result == SOURCE_UNKNOWN ? ask_meta_finder(t, finder, name, path, found) : result;
}

/* A finder may have imported the module itself: then what sys.modules has is it. */
static void prefer_loaded(Thread *t, Value name, SourceFound *found)
{
    Value mod = dict_get(t, t->interp->modules, name), spec;
    if (mod && object_lookup_attr(t, mod, N(__spec__), &spec) > 0 && !is_none(spec)) {
        found->spec = spec;
    }
    error_clear(t);
}

SourceResult source_find(Thread *t, Value name, Value path, SourceFound *found)
{
    SourceImport *s = t->interp->source_import;
    Value finders = dict_get_str(t->interp->sys_dict, N(meta_path));
    *found = (SourceFound){0};
    if (!s || !s->ready || !finders || !value_is_list_exact(finders) || list_len(finders) == 0) {
        return SOURCE_UNKNOWN;
    }
    for (size_t i = 0; i < list_len(finders); i++) {
        Value finder = list_get(finders, i);
        SourceResult result = finder ? find_with(t, s, finder, name, path, found) : SOURCE_ABSENT;
        if (result == SOURCE_SPEC) {
            prefer_loaded(t, name, found);
        }
        if (result != SOURCE_ABSENT) {
            return result;
        }
    }
    return SOURCE_ABSENT;
}

/* ---- loading ---- */

static Value make_loader(Thread *t, const SourceImport *s, Value name, Value path)
{
    Object *o = object_alloc_instance(t, value_type(s->classes[SOURCE_LOADER]), 0);
    return o && instance_set(t, o, N(name), name) && instance_set(t, o, N(path), path)
               ? object_value(o)
               : 0;
}

/* What a module is made from. */
typedef struct NewModule {
    Value name, loader, code;
    Value pyc;               /* what __cached__ says */
    const SourceFound *found;
} NewModule;

/* The attributes in the order in which ModuleSpec.__init__ sets them: one shape for all specs. */
static Value make_spec(Thread *t, const NewModule *m)
{
    const SourceFound *f = m->found;
    Object *o = object_alloc_instance(
        t, value_type(t->interp->source_import->classes[MODULE_SPEC]), 0);
    Value folders = f->folder ? list_from(t, &f->folder, 1) : NONE, children = list_new(t, 0);
    bool ok = o && folders && children && instance_set(t, o, N(name), m->name) &&
              instance_set(t, o, N(loader), m->loader) && instance_set(t, o, N(origin), f->path) &&
              instance_set(t, o, N(loader_state), NONE) &&
              instance_set(t, o, N(submodule_search_locations), folders) &&
              instance_set(t, o, N(_uninitialized_submodules), children) &&
              instance_set(t, o, N(_set_fileattr), TRUE_VALUE) &&
              instance_set(t, o, N(_cached), m->pyc) &&
              instance_set(t, o, N(_initializing), TRUE_VALUE);
    return ok ? object_value(o) : 0;
}

static Value package_name(Thread *t, Value name, const SourceFound *f)
{
    size_t n = str_len(name);
    return str_substring(t, name, 0, f->folder ? n : parent_length(name, n));
}

static Value make_module(Thread *t, const NewModule *m, Value spec)
{
    enum { SET_HERE = 4 }; /* attributes that it does not have as a new module */
    const SourceFound *f = m->found;
    /* what the code stores is among its names */
    size_t stores = tuple_len(((const Code *)value_object(m->code))->names_tuple);
    Value mod = module_new_sized(t, m->name, SET_HERE + stores);
    Value package = mod ? package_name(t, m->name, f) : 0, folders = NONE;
    if (!package) {
        return 0;
    }
    Value d = module_dict(mod);
    bool ok =
        dict_set(t, d, N(__loader__), m->loader) && dict_set(t, d, N(__package__), package) &&
        dict_set(t, d, N(__spec__), spec) &&
        (!f->folder || (object_lookup_attr(t, spec, N(submodule_search_locations), &folders) > 0 &&
                        dict_set(t, d, N(__path__), folders))) &&
        dict_set(t, d, N(__file__), f->path) && dict_set(t, d, N(__cached__), m->pyc) &&
        dict_set(t, d, N(__builtins__), t->interp->builtins);
    return ok ? mod : 0;
}

void module_forget(Thread *t, Value name)
{
    Value exc = error_take(t);
    if (dict_del(t, t->interp->modules, name) < 0) {
        error_clear(t);
    }
    error_restore(t, exc);
}

/* What a module's code makes, functions, classes and names, mostly stays: up to so many bytes,
 * since some modules are whole programs.  Memory is counted when runs of cells are taken, which
 * serve several modules: what one leaves of it others may use, also those before it, up to
 * MODULES_SHARE. */
enum { MODULE_STAYS = 8 << 10, MODULES_SHARE = 512 << 10 };

static int64_t at_most(int64_t n, int64_t most) { return n < most ? n : most; }

static void keep_made(Thread *t, uint64_t before)
{
    static _Thread_local int64_t left; /* negative: what was made and not yet said to stay */
    uint64_t now = gc_allocated(t);
    int64_t owed = left < 0 ? -left : 0, room = left + owed + MODULE_STAYS;
    int64_t made = (int64_t)(now - before) + owed, stays = at_most(made, room);
    left = made > room ? -at_most(made - room, MODULES_SHARE)
                       : at_most(room - made, MODULES_SHARE);
    gc_keep_allocated(t, now - (uint64_t)stays);
}

static bool run_body(Thread *t, Value mod, Value code)
{
    uint64_t before = gc_allocated(t);
    Value result = vm_eval_code(t, code, module_dict(mod), 0, 0);
    keep_made(t, before);
    return result != 0;
}

/* Runs the module's code.  The module is the one that sys.modules has at the end. */
static Value run_module(Thread *t, const NewModule *m, Value mod)
{
    Value modules = t->interp->modules;
    if (!dict_set(t, modules, m->name, mod)) {
        return 0;
    }
    if (!run_body(t, mod, m->code)) {
        module_forget(t, m->name);
        return 0;
    }
    mod = dict_get(t, modules, m->name);
    return mod || t->exc ? mod : raise_exception(t, call1(t, object_value(&exc_KeyError), m->name));
}

static Value load(Thread *t, const NewModule *m)
{
    uint64_t before = gc_allocated(t);
    Value spec = m->code && m->loader ? make_spec(t, m) : 0;
    Value mod = spec ? make_module(t, m, spec) : 0;
    gc_keep_allocated(t, before);
    if (!mod) {
        return 0;
    }
    mod = run_module(t, m, mod);
    Value exc = error_take(t);
    if (!object_setattr(t, spec, N(_initializing), FALSE_VALUE)) {
        error_clear(t);
    }
    error_restore(t, exc);
    return mod;
}

static Value load_from_archive(Thread *t, Value name, const SourceFound *f)
{
    ZipModule m;
    if (!zipimporter_load(t, f->importer, name, &m)) {
        return 0;
    }
    const SourceFound here = {.path = m.path, .folder = m.folder};
    bool is_source = str_get(value_str(m.path), str_len(m.path) - 1) == 'y';
    Value pyc = is_source ? pyc_path(t, m.path) : m.path; /* what importlib says of __cached__ */
    return pyc ? load(t, &(NewModule){.name = name,
                                      .loader = f->importer,
                                      .code = m.code,
                                      .pyc = pyc,
                                      .found = &here})
               : 0;
}

Value source_load(Thread *t, Value name, const SourceFound *f)
{
    if (f->importer) {
        return load_from_archive(t, name, f);
    }
    NewModule m = {.name = name, .pyc = pyc_path(t, f->path), .found = f};
    m.code = m.pyc ? code_cache_load(t, f->path, m.pyc, &f->st) : 0;
    m.loader = m.code ? make_loader(t, t->interp->source_import, name, f->path) : 0;
    return load(t, &m);
}
