/* __import__ and the start of the import system.
 *
 * The finders and loaders that Python sees are importlib's own, run from frozen bytecode; this file
 * is the fast path in front of them: a module that is loaded already is found without running
 * Python code.
 */
#include <unistd.h>

#include "importer/importer.h"

#include <stdio.h>
#include <string.h>

#include "bytecode_magic.h"
#include "core/base/clock.h"
#include "core/bytecode/code.h"
#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "importer/code_cache.h"
#include "importer/frozen.h"
#include "importer/module_lock.h"
#include "importer/pyc.h"
#include "importer/source_import.h"
#include "importer/zipimporter.h"

static bool (*builtin_test)(Value name); /* set by the main interpreter at start-up */

void importer_set_builtin_test(bool (*is_builtin)(Value name))
{
    builtin_test = is_builtin;
}

bool importer_is_builtin(Value name)
{
    return builtin_test && builtin_test(name);
}

static Value find_and_load(Thread *t, Value name);

Value importer_magic(Thread *t)
{
    static const char magic[4] = {(char)(MAGIC_FIRST_WORD & 0xff), (char)(MAGIC_FIRST_WORD >> 8),
                                  '\r', '\n'};
    return bytes_new(t, magic, sizeof magic);
}

/* 1: spec says the module is still being initialised, 0: not, -1: raised. */
static int is_initializing(Thread *t, Value mod)
{
    Value spec, flag;
    int found = object_lookup_attr(t, mod, N(__spec__), &spec);
    if (found <= 0 || is_none(spec)) {
        return found < 0 ? -1 : 0;
    }
    found = object_lookup_attr(t, spec, N(_initializing), &flag);
    return found <= 0 ? found : object_truth(t, flag);
}

static Value not_found(Thread *t, Value name, Value message)
{
    Value exc = message ? call1(t, object_value(&exc_ModuleNotFoundError), message) : 0;
    if (!exc) {
        return 0;
    }
    gc_store(value_object(exc), &((ImportErrorExc *)value_object(exc))->name, name);
    return raise_exception(t, exc);
}

/* The file that CPython would load as the module; NONE: there is none; 0: raised. */
static Value file_of_cpython(Thread *t, Value name, Value path)
{
    static const char *const endings[] = {".cpython-311-x86_64-linux-gnu.so", ".abi3.so"};
    size_t start = str_len(name);
    while (start > 0 && str_get(value_str(name), start - 1) != '.') {
        start--;
    }
    if (!path || is_none(path)) {
        path = dict_get_str(t->interp->sys_dict, N(path));
    }
    Value last = str_substring(t, name, start, str_len(name));
    Value folders = path && last ? sequence_tuple(t, path) : 0;
    for (size_t i = 0; folders && i < 2 * tuple_len(folders); i++) {
        Value folder = tuple_get(folders, i / 2);
        if (!value_is_str(folder)) {
            continue;
        }
        Value file = str_format(t, "%U%s%U%s", folder, str_len(folder) ? "/" : "", last,
                                endings[i % 2]);
        const char *s = file ? str_cstr(t, file) : NULL;
        if (!s) {
            return error_clear_if(t, &exc_ValueError) ? NONE : 0; /* no name of a file */
        }
        thread_park(t);
        bool there = access(s, R_OK) == 0;
        thread_unpark(t);
        if (there) {
            return file;
        }
    }
    return folders ? NONE : 0;
}

static Value nowhere(Thread *t, Value name, Value path)
{
    Value file = file_of_cpython(t, name, path);
    if (!file) {
        return 0;
    }
    return not_found(t, name,
                     is_none(file)
                         ? str_format(t, "No module named %R", name)
                         : str_format(t,
                                      "No module named %R: %U is built for CPython, and must be "
                                      "rebuilt against Typhon's headers",
                                      name, file));
}

/* A module that sys.modules has: waits until it is complete, unless that would be for ever. */
static Value loaded_module(Thread *t, Value name, Value mod)
{
    if (is_none(mod)) {
        return not_found(t, name, str_format(t, "import of %U halted; None in sys.modules", name));
    }
    int busy = is_initializing(t, mod);
    if (busy <= 0) {
        return busy < 0 ? 0 : mod;
    }
    ModuleLock *lock;
    ModuleLockResult result = module_lock_acquire(t, name, &lock);
    if (result == MODULE_LOCKED) {
        module_lock_release(t, lock);
    }
    return result == MODULE_LOCK_RAISED ? 0 : mod;
}

/* The parent's __path__, and its spec for the list of children under way. */
static Value path_of_parent(Thread *t, Value name, Value parent, Value *spec)
{
    Value path, mod = dict_get(t, t->interp->modules, parent);
    if (!mod) {
        return t->exc ? 0 : raise_exception(t, call1(t, object_value(&exc_KeyError), parent));
    }
    int found = object_lookup_attr(t, mod, N(__path__), &path);
    if (found <= 0) {
        if (found == 0) {
            not_found(t, name,
                      str_format(t, "No module named %R; %R is not a package", name, parent));
            ((Exception *)value_object(t->exc))->suppress_context = true;
        }
        return 0;
    }
    *spec = object_getattr(t, mod, N(__spec__));
    return *spec ? path : 0;
}

/* Finds the module along path (0: sys.path) and loads it. */
static Value load_new(Thread *t, Value name, Value path)
{
    SourceFound found;
    Value spec, sys_dict = t->interp->sys_dict;
    if (!AUDIT(t, "import", 5, name, 0, dict_get(t, sys_dict, N(path)),
               dict_get_cstr(t, sys_dict, "meta_path"), dict_get_cstr(t, sys_dict, "path_hooks"))) {
        return 0;
    }
    switch (source_find(t, name, path, &found)) {
    case SOURCE_RAISED:
        return 0;
    case SOURCE_FOUND:
        return source_load(t, name, &found);
    case SOURCE_ABSENT:
        spec = NONE;
        break;
    case SOURCE_SPEC:
        spec = found.spec;
        break;
    default:
        spec = call_method2(t, t->interp->importlib, intern_cstr(t, "_find_spec"), name,
                            path ? path : NONE);
    }
    if (!spec || is_none(spec)) {
        return spec ? nowhere(t, name, path) : 0;
    }
    return call_method1(t, t->interp->importlib, intern_cstr(t, "_load_unlocked"), spec);
}

/* The same for a submodule, which becomes an attribute of its parent. */
static Value load_child(Thread *t, Value name, Value parent)
{
    Value spec = 0, path = path_of_parent(t, name, parent, &spec), children = 0;
    Value child = path ? str_substring(t, name, str_len(parent) + 1, str_len(name)) : 0;
    if (!child ||
        (!is_none(spec) && (!(children = object_getattr(t, spec, N(_uninitialized_submodules))) ||
                            !call_method1(t, children, N(append), child)))) {
        return 0;
    }
    Value mod = load_new(t, name, path), exc = error_take(t);
    if (children && !call_method1(t, children, N(remove), child)) {
        error_clear(t);
    }
    error_restore(t, exc);
    Value owner = mod ? dict_get(t, t->interp->modules, parent) : 0;
    if (!owner) {
        return mod && !t->exc ? raise_exception(t, call1(t, object_value(&exc_KeyError), parent))
                              : 0;
    }
    if (!object_setattr(t, owner, child, mod) &&
        (!error_clear_if(t, &exc_AttributeError) ||
         !warn(t, &exc_ImportWarning, 1, "Cannot set an attribute on %R for child module %R",
               parent, child))) {
        return 0;
    }
    return mod;
}

/* The parent comes first, before the module's lock is taken: threads take the locks of a path in
 * one order. */
static Value import_parent(Thread *t, Value name)
{
    size_t n = parent_length(name, str_len(name));
    if (n == 0) {
        return NONE;
    }
    Value parent = str_substring(t, name, 0, n);
    if (!parent || !c_recursion_enter(t, " while importing")) {
        return 0;
    }
    bool ok = dict_get(t, t->interp->modules, parent) || (!t->exc && find_and_load(t, parent));
    c_recursion_leave(t);
    return ok ? parent : 0;
}

static Value import_missing(Thread *t, Value name)
{
    Value parent = import_parent(t, name);
    if (!parent) {
        return 0;
    }
    ModuleLock *lock;
    ModuleLockResult result = module_lock_acquire(t, name, &lock);
    if (result == MODULE_LOCK_RAISED) {
        return 0;
    }
    Value mod = dict_get(t, t->interp->modules, name);
    if (result == MODULE_DEADLOCK) {
        return mod || t->exc ? mod : module_lock_deadlock(t, name);
    }
    bool found = mod != 0;
    if (!found && !t->exc) {
        mod = is_none(parent) ? load_new(t, name, 0) : load_child(t, name, parent);
    }
    module_lock_release(t, lock);
    return found ? loaded_module(t, name, mod) : mod;
}

/* -X importtime: what the thread's imports under way have taken so far. */
typedef struct ImportTimes {
    int level;
    int64_t inner; /* ns taken by the imports that the innermost one made */
} ImportTimes;

static void print_time(const char *name, int64_t own, int64_t all, int level)
{
    char line[512];
    int n = snprintf(line, sizeof line, "import time: %9lld | %10lld | %*s%s\n",
                     (long long)((own + 999) / 1000), (long long)((all + 999) / 1000), level * 2,
                     "", name);
    fwrite(line, 1, n < (int)sizeof line ? (size_t)n : sizeof line - 1, stderr);
}

/* import_missing, with a line of the table on stderr. */
static Value import_timed(Thread *t, Value name)
{
    static _Thread_local ImportTimes times;
    static _Atomic bool head_printed;
    if (!atomic_exchange_explicit(&head_printed, true, memory_order_relaxed)) {
        fputs("import time: self [us] | cumulative | imported package\n", stderr);
    }
    const char *text = str_utf8(t, name, NULL);
    if (!text) {
        return 0;
    }
    ImportTimes outer = times;
    int64_t start = monotonic_ns();
    times = (ImportTimes){outer.level + 1, 0};
    Value mod = import_missing(t, name);
    int64_t all = monotonic_ns() - start;
    print_time(text, all - times.inner, all, outer.level);
    times = (ImportTimes){outer.level, outer.inner + all};
    return mod;
}

static Value find_and_load(Thread *t, Value name)
{
    Value mod = dict_get(t, t->interp->modules, name);
    if (mod) {
        return loaded_module(t, name, mod);
    }
    if (t->exc) {
        return 0;
    }
    return UNLIKELY(runtime.config.import_time) ? import_timed(t, name) : import_missing(t, name);
}

/* ---- what importlib's own code calls in place of its functions of these names ---- */

static Value find_and_load_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return value_is_str(args[0]) ? find_and_load(t, args[0])
                                 : type_error(t, "module name must be str, not %T", args[0]);
}

static Value lock_unlock_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    ModuleLock *lock;
    if (!value_is_str(args[0])) {
        return type_error(t, "module name must be str, not %T", args[0]);
    }
    ModuleLockResult result = module_lock_acquire(t, args[0], &lock);
    if (result == MODULE_LOCKED) {
        module_lock_release(t, lock);
    }
    return result == MODULE_LOCK_RAISED ? 0 : NONE;
}

/* SourceFileLoader._cache_bytecode(): set_data(), if the file may be there. */
static Value cache_bytecode_fn(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    const char *path = str_fs_path(t, args[2]), *source = path ? str_fs_path(t, args[1]) : NULL;
    struct stat st;
    if (!source || !pyc_may_write(path)) {
        return source ? NONE : 0;
    }
    mode_t mode = stat(source, &st) == 0 ? st.st_mode : 0666;
    Value set_data = object_getattr_cstr(t, args[0], "set_data"),
          words = tuple_pack(t, 1, intern_cstr(t, "_mode"));
    const Value call_args[] = {args[2], args[3], fixnum((mode | 0200) & 0777)};
    return set_data && words ? call(t, set_data, call_args, 2, words) : 0;
}

static const NativeDef bootstrap_functions[] = {
    {"_find_and_load(name, import_)", find_and_load_fn, "Find and load the module.", 0},
    {"_lock_unlock_module(name)", lock_unlock_fn,
     "Wait until another thread has imported the module.", 0},
    {0},
};
static const NativeDef cache_bytecode_method = {"_cache_bytecode(source_path, bytecode_path, data)",
                                                cache_bytecode_fn, "Write a bytecode file.", 0};

/* importlib's Python code and the code here must share the locks and the rules for cache files. */
static bool replace_functions(Thread *t, Value bootstrap)
{
    Value names_ = module_dict(bootstrap);
    for (const NativeDef *d = bootstrap_functions; d->sig; d++) {
        Value fn = native_function_new(t, d, 0, N(__name__));
        Value name = fn ? native_name(t, d) : 0;
        if (!name || !dict_set(t, names_, name, fn)) {
            return false;
        }
    }
    return type_ready(t, &module_lock_manager_type) &&
           dict_set_cstr(t, names_, "_ModuleLockManager", object_value(&module_lock_manager_type));
}

static bool replace_methods(Thread *t)
{
    Value loader = import_attr(t, "_frozen_importlib_external", "SourceFileLoader");
    Value fn = loader ? method_descr_new(t, value_type(loader), &cache_bytecode_method) : 0;
    return fn && object_setattr(t, loader, intern_cstr(t, "_cache_bytecode"), fn);
}

static Value no_name(Thread *t)
{
    return key_error(t, str_from_cstr(t, "'__name__' not in globals"));
}

/* What _resolve_name() says of a usual module's relative import; 0, perhaps without an exception:
 * importlib decides. */
static Value usual_absolute_name(Thread *t, Value name, Value globals, int level)
{
    Value package = value_is_str_exact(name) ? source_package(t, globals) : 0;
    size_t end = package ? str_len(package) : 0;
    for (; end > 0 && level > 1; level--) {
        end = parent_length(package, end);
    }
    if (end == 0) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    sb_sub(&b, package, 0, end);
    if (str_len(name) > 0) {
        sb_char(&b, '.');
        sb_str(&b, name);
    }
    return sb_finish(&b);
}

Value importer_absolute_name(Thread *t, Value name, Value globals, int level)
{
    if (level == 0) {
        return name;
    }
    if (!globals || is_none(globals)) {
        return no_name(t);
    }
    if (!value_is_dict(globals)) {
        return type_error(t, "globals must be a dict");
    }
    Value usual = level > 0 ? usual_absolute_name(t, name, globals, level) : 0;
    if (usual || t->exc) {
        return usual;
    }
    Value package = call_method1(t, t->interp->importlib, N(_calc___package__), globals);
    if (!package) {
        return error_clear_if(t, &exc_KeyError) ? no_name(t) : 0;
    }
    const Value check[] = {name, package, fixnum(level)};
    return call_method(t, t->interp->importlib, N(_sanity_check), check, 3) ?
           call_method(t, t->interp->importlib, N(_resolve_name), check, 3) : 0;
}

/* `import a.b` binds a; of a relative import the part of the absolute name that was not given is
 * kept. */
static Value top_module(Thread *t, Value name, Value absolute, Value mod, int level)
{
    ssize_t dot = str_find(name, str_from_char(t, '.'), 0, str_len(name));
    if (level == 0 && dot < 0) {
        return mod;
    }
    if (level == 0) {
        Value front = str_substring(t, name, 0, (size_t)dot);
        return front ? find_and_load(t, front) : 0;
    }
    if (str_len(name) == 0 || dot < 0) {
        return mod;
    }
    Value front = str_substring(t, absolute, 0, str_len(absolute) - (str_len(name) - (size_t)dot));
    Value found = front ? dict_get(t, t->interp->modules, front) : 0;
    return found || t->exc ? found
                           : raise(t, &exc_KeyError, "%R not in sys.modules as expected", front);
}

/* ---- tracebacks without the frames of importlib ---- */

static bool is_importlib_entry(Value tb, bool *calls_out)
{
    const Code *code = (Code *)value_object(frame_code(((Traceback *)value_object(tb))->frame));
    *calls_out = str_eq_cstr(code->name, "_call_with_frames_removed");
    return str_eq_cstr(code->filename, "<frozen importlib._bootstrap>") ||
           str_eq_cstr(code->filename, "<frozen importlib._bootstrap_external>");
}

/* Unlinks runs of importlib's entries: every run of an ImportError, of others those that end where
 * importlib called the module's code. -v keeps all. */
static void trim_traceback(Thread *t)
{
    if (!t->exc || runtime.config.verbose) {
        return;
    }
    Exception *exc = (Exception *)value_object(t->exc);
    bool always = value_isa(t->exc, &exc_ImportError), calls_out = false;
    Traceback *before_run = NULL, *previous = NULL;
    bool in_run = false;
    for (Value tb = exc->traceback; tb; tb = previous->next) {
        bool inside = is_importlib_entry(tb, &calls_out);
        if (inside && !in_run) {
            before_run = previous;
        }
        in_run = inside;
        previous = (Traceback *)value_object(tb);
        if (inside && (always || calls_out)) {
            gc_store(before_run ? (void *)before_run : (void *)exc,
                     before_run ? &before_run->next : &exc->traceback, previous->next);
        }
    }
}

static Value import_and_select(Thread *t, Value name, Value globals, Value fromlist, int level);

Value importer_import(Thread *t, Value name, Value globals, Value locals UNUSED, Value fromlist,
                      int level)
{
    Value mod = import_and_select(t, name, globals, fromlist, level);
    if (!mod) {
        trim_traceback(t);
    }
    return mod;
}

static Value import_and_select(Thread *t, Value name, Value globals, Value fromlist, int level)
{
    if (level < 0) {
        return value_error(t, "level must be >= 0");
    }
    if (level == 0 && str_len(name) == 0) {
        return value_error(t, "Empty module name");
    }
    Value absolute = importer_absolute_name(t, name, globals, level);
    Value mod = absolute ? find_and_load(t, absolute) : 0;
    if (!mod) {
        return 0;
    }
    int has_from = fromlist && !is_none(fromlist) ? object_truth(t, fromlist) : 0;
    if (has_from < 0) {
        return 0;
    }
    if (!has_from) {
        return top_module(t, name, absolute, mod, level);
    }
    Value path;
    int is_package = object_lookup_attr(t, mod, N(__path__), &path);
    if (is_package <= 0) {
        return is_package < 0 ? 0 : mod;
    }
    const Value args[] = {mod, fromlist, t->interp->import_func};
    return call_method(t, t->interp->importlib, N(_handle_fromlist), args, 3);
}

/* What runtime.import_module points to: import a.b.c, returns a.b.c. */
Value importer_import_module(Thread *t, Value name)
{
    if (!t->interp->importlib) {
        Value mod = dict_get(t, t->interp->modules, name);
        return mod || t->exc ? mod : raise(t, &exc_ImportError, "no import system yet");
    }
    return find_and_load(t, name);
}

static Value run_frozen(Thread *t, const char *name)
{
    Value text = intern_cstr(t, name);
    const FrozenModule *frozen = frozen_find(text);
    Value mod = module_new(t, text);
    Value code = mod ? frozen_code(t, frozen) : 0;
    if (!code || !dict_set(t, t->interp->modules, text, mod) ||
        !dict_set(t, module_dict(mod), N(__builtins__), t->interp->builtins) ||
        !module_add_str(t, mod, "__origname__", frozen->origname)) {
        return 0;
    }
    return vm_eval_code(t, code, module_dict(mod), 0, 0) ? mod : 0;
}

/* The part of importlib that knows the magic number says it as "MAGIC_NUMBER = (decimal)": another
 * number in its source. */
Value importer_adapt_source(Thread *t, Value filename, Value source)
{
    static const char file[] = "/importlib/_bootstrap_external.py", before[] = "\nMAGIC_NUMBER = (";
    size_t file_len, dir_len = strlen(stdlib_directory());
    const char *name = value_is_str(filename) ? str_utf8(t, filename, &file_len) : NULL;
    if (!name || !value_is_bytes(source) || file_len != dir_len + sizeof file - 1 ||
        memcmp(name, stdlib_directory(), dir_len) != 0 || strcmp(name + dir_len, file) != 0) {
        error_clear(t);
        return source;
    }
    Bytes *b = value_bytes(source);
    const char *at = memmem(b->data, b->len, before, sizeof before - 1);
    if (!at) {
        return source;
    }
    at += sizeof before - 1;
    const char *end = b->data + b->len, *rest = memchr(at, ')', (size_t)(end - at));
    char number[16];
    int n = snprintf(number, sizeof number, "%d", MAGIC_FIRST_WORD);
    Value changed = rest ? bytes_new(t, NULL, b->len - (size_t)(rest - at) + (size_t)n) : 0;
    if (changed) {
        char *p = value_bytes(changed)->data;
        p = mempcpy(p, b->data, (size_t)(at - b->data));
        p = mempcpy(p, number, (size_t)n);
        memcpy(p, rest, (size_t)(end - rest));
    }
    return rest ? changed : source;
}

bool importer_init(Thread *t, Value sys_module, Value imp_module)
{
    if (t->interp == runtime.main_interp) {
        code_reader = &marshal_stub_reader;
    }
    Value bootstrap = run_frozen(t, "_frozen_importlib");
    if (!bootstrap) {
        return false;
    }
    t->interp->importlib = bootstrap;
    if (t->interp == runtime.main_interp) {
        module_lock_init();
        code_cache_init();
    }
    if (!replace_functions(t, bootstrap)) {
        return false;
    }
    t->interp->import_func = dict_get_cstr(t, t->interp->builtins, "__import__");
    if (!call_method2(t, bootstrap, intern_cstr(t, "_install"), sys_module, imp_module)) {
        return false;
    }
    if (runtime.config.verbose) {
        fputs("import _frozen_importlib # frozen\nimport _imp # builtin\n", stderr);
    }
    return call_method0(t, bootstrap, intern_cstr(t, "_install_external_importers")) &&
           replace_methods(t) && source_import_init(t);
}

/* zipimporter goes first among the path hooks. */
bool importer_init_zip(Thread *t)
{
    Value zipimport = import_module(t, "zipimport"),
          hooks = dict_get_cstr(t, t->interp->sys_dict, "path_hooks");
    return zipimport && hooks && list_insert(t, hooks, 0, object_value(&zipimporter_type));
}
