/* Start and stop of the runtime. */
#include "core/runtime/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"
#include "core/capi/start.h"
#include "core/compile/compile.h"
#include "core/object/dict.h"
#include "core/object/gmp_run.h"
#include "core/object/instance.h"
#include "core/object/int.h"
#include "core/object/interpreter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/names.h"
#include "core/object/slot_generic.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm.h"
#include "gc/thread_stats.h"
#include "importer/frozen.h"
#include "importer/importer.h"
#include "modules/_warnings.h"
#include "modules/builtins.h"
#include "modules/modules.h"
#include "modules/sys.h"

static Value compile_source_hook(Thread *t, Value source, Value filename, const char *mode,
                                 int flags, int optimize)
{
    return compile_source(t, source, filename, mode, (unsigned)flags, optimize);
}

/* Of the command line, for the paths of interpreters made later. */
static struct {
    const CommandLine *line;
    char **argv;
    int argc;
} called;

static bool make_namespaces(Thread *t)
{
    Interpreter *i = t->interp;
    i->modules = dict_new(t);
    i->extra = dict_new(t);
    Value loaded = dict_new(t);
    return i->modules && i->extra && loaded &&
           dict_set_cstr(t, i->extra, "builtin_modules", loaded);
}

/* Makes a built-in module before there is an import system. */
static Value make_builtin(Thread *t, const ModuleDef *def)
{
    Value mod = module_from_def(t, def);
    Value loaded = dict_get_cstr(t, t->interp->extra, "builtin_modules");
    bool ok = mod && dict_set_cstr(t, t->interp->modules, def->name, mod) &&
              dict_set_cstr(t, loaded, def->name, mod);
    return ok ? mod : 0;
}

static Value x_option_value(Thread *t, const char *opt, const char **name, size_t *n)
{
    const char *eq = strchr(opt, '=');
    *name = opt;
    *n = eq ? (size_t)(eq - opt) : strlen(opt);
    return eq ? str_from_fs(t, eq + 1, strlen(eq + 1)) : TRUE_VALUE;
}

/* Warning options in the reference's order: dev mode, environment, command line, -b. */
bool options_init(Thread *t, const CommandLine *line)
{
    Config *c = &runtime.config;
    c->warn_options = list_new(t, 4);
    c->xoptions = dict_new(t);
    if (!c->warn_options || !c->xoptions) {
        return false;
    }
    if (c->dev_mode && !list_append(t, c->warn_options, str_from_cstr(t, "default"))) {
        return false;
    }
    const char *env = c->ignore_environment ? NULL : getenv("PYTHONWARNINGS");
    while (env && *env) {
        const char *comma = strchr(env, ',');
        size_t n = comma ? (size_t)(comma - env) : strlen(env);
        if (!list_append(t, c->warn_options, str_from_fs(t, env, n))) {
            return false;
        }
        env = comma ? comma + 1 : NULL;
    }
    for (int i = 0; i < line->n_warn; i++) {
        if (!list_append(t, c->warn_options,
                         str_from_fs(t, line->warn[i], strlen(line->warn[i])))) {
            return false;
        }
    }
    if (c->bytes_warning &&
        !list_append(t, c->warn_options,
                     str_from_cstr(t, c->bytes_warning > 1 ? "error::BytesWarning"
                                                           : "default::BytesWarning"))) {
        return false;
    }
    for (int i = 0; i < line->n_x; i++) {
        const char *name;
        size_t n;
        Value v = x_option_value(t, line->x[i], &name, &n);
        Value key = str_from_fs(t, name, n);
        if (!v || !key || !dict_set(t, c->xoptions, key, v)) {
            return false;
        }
    }
    return true;
}

static void install_hooks(void)
{
    runtime.import_module = importer_import_module;
    runtime.import_name = importer_absolute_name;
    runtime.compile_source = compile_source_hook;
    runtime.current_globals = vm_current_globals;
    runtime.current_locals = vm_current_locals;
    runtime.scrub = vm_scrub;
    runtime.may_redo = vm_may_redo;
    runtime.print_unraisable = sys_print_unraisable;
    runtime.warn = warnings_warn;
    thread_add_fork_hook(builtin_modules_after_fork);
    capi_init();
}

/* builtins and sys, in the order their contents need each other. */
static Value core_modules(Thread *t)
{
    Value builtins = make_builtin(t, &module_builtins);
    if (!builtins) {
        return 0;
    }
    t->interp->builtins = module_dict(builtins);
    Value sys = builtin_module_exec(t, builtins) ? make_builtin(t, &module_sys) : 0;
    if (!sys) {
        return 0;
    }
    t->interp->sys_dict = module_dict(sys);
    return builtin_module_exec(t, sys) && printer_install(t, sys) ? sys : 0;
}

static bool start_import(Thread *t, Value sys)
{
    Value name = intern_cstr(t, "_imp");
    const ModuleDef *def = builtin_module_find(name);
    Value imp = make_builtin(t, def);
    return imp && builtin_module_exec(t, imp) && importer_init(t, sys, imp) &&
           paths_init(t, sys, called.line, called.argv, called.argc) && importer_init_zip(t);
}

static bool start_main_module(Thread *t)
{
    Value main = module_new(t, N(__main__));
    Value loader = import_attr(t, "_frozen_importlib", "BuiltinImporter");
    return main && loader &&
           module_add(t, main, "__builtins__", dict_get_cstr(t, t->interp->modules, "builtins")) &&
           module_add(t, main, "__loader__", loader) &&
           module_add(t, main, "__annotations__", dict_new(t)) &&
           dict_set(t, t->interp->modules, N(__main__), main);
}

/* -X tracemalloc */
static bool start_tracemalloc(Thread *t)
{
    int frames = runtime.config.tracemalloc;
    Value start = frames ? import_attr(t, "_tracemalloc", "start") : 0;
    return !frames || (start && call1(t, start, fixnum(frames)));
}

static bool start_signals(Thread *t)
{
    return import_module(t, "_signal") &&
           (!runtime.config.faulthandler || import_module(t, "faulthandler"));
}

/* What every interpreter begins with; sys.stderr is a simple printer until the streams are
 * there. */
static Value start_modules(Thread *t)
{
    Value sys = make_namespaces(t) ? core_modules(t) : 0;
    return sys && start_import(t, sys) ? sys : 0;
}

static bool start_streams_and_site(Thread *t, Value sys)
{
    if (!streams_init(t, sys) || !start_main_module(t)) {
        return false;
    }
    if (list_len(runtime.config.warn_options) && !import_module(t, "warnings")) {
        return false;
    }
    return runtime.config.no_site || import_module(t, "site");
}

static bool start_all(Thread *t)
{
    if (!names_init(t) || !types_init(t) || !interpreter_new(t)) {
        return false;
    }
    runtime.main_interp = t->interp;
    if (!options_init(t, called.line)) {
        return false;
    }
    install_hooks();
    Value sys = start_modules(t);
    return sys && start_tracemalloc(t) && start_signals(t) && start_streams_and_site(t, sys);
}

bool interpreter_start(Thread *t)
{
    Value sys = start_modules(t);
    return sys && start_streams_and_site(t, sys) && paths_add_first(t, called.line);
}

Thread *runtime_start(const CommandLine *line, char **argv, int argc)
{
    called.line = line;
    called.argv = argv;
    called.argc = argc;
    if (!paths_find(argv, argc)) {
        return NULL;
    }
    gmp_init();
    const char *ids = getenv("TYPHON_GUARD_IDS"); /* for tests: so many and no more */
    if (ids) {
        guard_ids_leave((uint32_t)strtoul(ids, NULL, 10));
    }
    Thread *t = thread_new(NULL);
    if (!t) {
        fputs("Fatal Python error: out of memory at start\n", stderr);
        return NULL;
    }
    thread_attach(t);
    t->is_main = true;
    runtime.main_thread = t;
    if (!vm_thread_init(t) || !start_all(t)) {
        fputs("Fatal Python error: the runtime could not be started\n", stderr);
        if (t->exc) {
            exception_print_fallback(t, error_take(t));
        }
        return NULL;
    }
    return t;
}

static bool flush_stream(Thread *t, const char *name)
{
    Value stream = dict_get_cstr(t, t->interp->sys_dict, name), closed;
    if (!stream || is_none(stream)) {
        return true;
    }
    if (object_lookup_attr(t, stream, N(closed), &closed) > 0 && object_truth(t, closed) == 1) {
        return true;
    }
    error_clear(t);
    if (call_method0(t, stream, N(flush))) {
        return true;
    }
    sys_print_unraisable(t, NULL, stream);
    return false;
}

static void call_module_hook(Thread *t, const char *module, const char *function)
{
    Value mod = dict_get_cstr(t, t->interp->modules, module);
    if (mod && !is_none(mod)) {
        Value f = object_getattr_cstr(t, mod, function);
        if (!f || !call0(t, f)) {
            sys_print_unraisable(t, NULL, f ? f : mod);
        }
    }
}

/* Does a module belong to the program: from no file of the library, or made by hand? */
static bool is_foreign(Thread *t, Value mod)
{
    Value file, spec;
    if (is_none(mod)) {
        return false;
    }
    if (object_lookup_attr_cstr(t, mod, "__file__", &file) <= 0 || !value_is_str(file)) {
        error_clear(t);
        bool by_hand = object_lookup_attr(t, mod, N(__spec__), &spec) > 0 && is_none(spec);
        error_clear(t);
        return by_hand;
    }
    const char *path = str_utf8(t, file, NULL);
    error_clear(t);
    size_t n = strlen(stdlib_directory());
    return path &&
           (strncmp(path, stdlib_directory(), n) != 0 || strncmp(path + n, "/test/", 6) == 0);
}

/* Takes main and the program's modules out of a dict that lives to the end. */
static void forget_modules_in(Thread *t, Value dict, Value main)
{
    Value names_left = dict_keys_list(t, dict);
    for (size_t i = 0; names_left && i < list_len(names_left); i++) {
        Value name = list_get(names_left, i), mod = dict_get(t, dict, name);
        if (mod && (mod == main || is_foreign(t, mod)) && !object_delitem(t, dict, name)) {
            error_clear(t);
        }
    }
    error_clear(t);
}

/* Takes what has a finalizer in Python out of the modules that are left, where the program has put
 * it: all but sys and builtins, which the end needs. */
static void forget_in_library(Thread *t)
{
    Value mods = dict_values_list(t, t->interp->modules);
    for (size_t i = 0; mods && i < list_len(mods); i++) {
        Value mod = list_get(mods, i), dict = value_isa(mod, &module_type) ? module_dict(mod) : 0;
        bool needed = !dict || dict == t->interp->sys_dict || dict == t->interp->builtins;
        Value items = needed ? 0 : dict_items_list(t, dict);
        for (size_t k = 0; items && k < list_len(items); k++) {
            Value item = list_get(items, k);
            if (type_of(tuple_get(item, 1))->finalize == generic_finalize &&
                !object_delitem(t, dict, tuple_get(item, 0))) {
                error_clear(t);
            }
        }
    }
    error_clear(t);
}

/* Forgets the program's modules, so that finalizers of what they hold run, with all modules of the
 * library still there. */
static NOINLINE void forget_modules(Thread *t) /* none of them stays in a register */
{
    static const char *const last[] = {"last_type", "last_value", "last_traceback"};
    for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
        if (dict_get_cstr(t, t->interp->sys_dict, last[i]) &&
            !dict_set_cstr(t, t->interp->sys_dict, last[i], NONE)) {
            error_clear(t);
        }
    }
    Value main = dict_get(t, t->interp->modules, N(__main__));
    forget_modules_in(t, t->interp->modules, main);
    forget_modules_in(t, t->interp->sys_dict, main);
    forget_modules_in(t, t->interp->builtins, main);
    forget_in_library(t);
}

/* The frames of the start and the end, and what the program's left where theirs are, keep nothing
 * alive.  The caller has scrubbed its C stack, for this frame. */
static NOINLINE void run_last_finalizers(Thread *t)
{
    char *stack_base = t->gc.stack_base;
    t->gc.stack_base = __builtin_frame_address(0);
    forget_modules(t);
    gc_collect(t);
    t->gc.stack_base = stack_base;
    flush_stream(t, "stdout");
    flush_stream(t, "stderr");
}

/* Would anybody see that the program's objects are finalized in the end?  Where warnings are
 * filtered in a way of the program's own it is also told of files that it has not closed. */
static bool finalizers_show(Thread *t, const _Atomic bool *del_seen)
{
    return atomic_load(del_seen) || runtime.config.dev_mode ||
           atomic_load(&t->interp->warnings_version) > 0 || gc_any_finalizable(t, vm_is_unfinished);
}

static void finalize_program(Thread *t, const _Atomic bool *del_seen)
{
    if (finalizers_show(t, del_seen)) {
        gc_scrub_stack();
        run_last_finalizers(t);
    }
}

/* Threads, atexit functions, streams.  false: stdout could not be flushed. */
static bool finish_program(Thread *t)
{
    call_module_hook(t, "threading", "_shutdown");
    call_module_hook(t, "atexit", "_run_exitfuncs");
    bool ok = flush_stream(t, "stdout");
    flush_stream(t, "stderr");
    return ok;
}

/* threading takes the OS thread that imported it for the main one.  When that is not the one that
 * ends the interpreter, threading._shutdown() waits for it: it counts as ended. */
static void release_main_thread(Thread *t)
{
    Value mod = dict_get_cstr(t, t->interp->modules, "threading");
    Value main = mod && !is_none(mod) ? object_getattr_cstr(t, mod, "_main_thread") : 0;
    Value ident = main ? object_getattr_cstr(t, main, "ident") : 0;
    Value own = ident ? int_from_uint64(t, t->id) : 0, lock = t->sentinel;
    if (own && lock && object_compare_bool(t, ident, own, CMP_NE) > 0) {
        t->sentinel = 0;
        thread_release_sentinel(t, lock);
    }
    error_clear(t);
}

void interpreter_finish(Thread *t)
{
    release_main_thread(t);
    finish_program(t);
    t->interp->finalizing = true;
    finalize_program(t, &t->interp->del_seen);
}

int runtime_finish(Thread *t)
{
    bool ok = finish_program(t);
    if (atomic_load(&runtime.multi_interpreters)) {
        interpreter_close_all(t);
    }
    atomic_store(&runtime.finalizing, true);
    t->interp->finalizing = true;
    finalize_program(t, &runtime.del_seen);
    call_module_hook(t, "_io", "_flush_all_at_exit");
    if (runtime.config.gc_stats) {
        gc_print_stats();
    }
    if (thread_stats_on) {
        thread_stats_print();
    }
    if (runtime.at_exit) {
        runtime.at_exit();
    }
    return ok ? 0 : 120;
}
