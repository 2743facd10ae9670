/* Running what the command line names: a file, a directory or archive, -c, -m, standard input, or
 * the prompt. */
#include "core/runtime/start.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/compile/compile.h"
#include "core/object/audit.h"
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/vm/vm.h"
#include "core/runtime/packed.h"
#include "importer/importer.h"
#include "importer/pyc.h"
#include "importer/sealed_archive.h"
#include "importer/zipimporter.h"
#include "modules/sys.h"

static Value main_dict(Thread *t)
{
    Value main = dict_get(t, t->interp->modules, N(__main__));
    return main ? module_dict(main) : runtime_error(t, "lost __main__");
}

/* Runs the code of __main__.  What the frames of the start still hold keeps nothing alive. */
static NOINLINE Value run_code(Thread *t, Value code, Value dict)
{
    char *stack_base = t->gc.stack_base;
    t->gc.stack_base = __builtin_frame_address(0);
    Value v = vm_eval_code(t, code, dict, 0, 0);
    t->gc.stack_base = stack_base;
    return v;
}

static int system_exit_code(Thread *t, Value exc)
{
    Value code = ((SystemExitExc *)value_object(exc))->code;
    if (!code || is_none(code)) {
        return 0;
    }
    int64_t n;
    if (value_is_int(code)) {
        return int_try_int64(code, &n) ? (int)(n & 0xff) : 255;
    }
    Value err = dict_get_cstr(t, t->interp->sys_dict, "stderr"), text = object_str(t, code);
    if (text && err && !is_none(err)) {
        Value line = str_format(t, "%U\n", text);
        if (line && call_method1(t, err, N(write), line) && call_method0(t, err, N(flush))) {
            return 1;
        }
    }
    error_clear(t);
    return 1;
}

static void call_excepthook(Thread *t, Value exc)
{
    Value tb = exception_traceback(exc);
    Value hook = dict_get_cstr(t, t->interp->sys_dict, "excepthook");
    bool ok = module_add(t, dict_get_cstr(t, t->interp->modules, "sys"), "last_type",
                         object_value(type_of(exc))) &&
              dict_set_cstr(t, t->interp->sys_dict, "last_value", exc) &&
              dict_set_cstr(t, t->interp->sys_dict, "last_traceback", tb ? tb : NONE);
    if (!ok) {
        error_clear(t);
    }
    if (!AUDIT(t, "sys.excepthook", 4, hook, object_value(type_of(exc)), exc, tb)) {
        if (error_clear_if(t, &exc_RuntimeError)) {
            return; /* the hook wants it unsaid */
        }
        error_unraisable(t, "in audit hook", 0);
    }
    if (!hook) {
        fputs("sys.excepthook is missing\n", stderr);
        exception_print(t, exc);
    } else if (!call3(t, hook, object_value(type_of(exc)), exc, tb ? tb : NONE)) {
        Value second = error_take(t);
        if (type_is_subtype(type_of(second), &exc_SystemExit)) {
            error_restore(t, second);
            return;
        }
        fputs("Error in sys.excepthook:\n", stderr);
        exception_print(t, second);
        fputs("\nOriginal exception was:\n", stderr);
        exception_print(t, exc);
    }
}

int exit_code_of_error(Thread *t)
{
    Value exc = error_take(t);
    if (type_is_subtype(type_of(exc), &exc_SystemExit) && !runtime.config.inspect) {
        return system_exit_code(t, exc);
    }
    call_excepthook(t, exc);
    if (t->exc) {
        return exit_code_of_error(t);
    }
    return type_is_subtype(type_of(exc), &exc_KeyboardInterrupt) ? EXIT_INTERRUPTED : 1;
}

/* Reads a whole descriptor into bytes. */
static Value read_all(Thread *t, int fd)
{
    size_t cap = 65536, len = 0;
    char *data = malloc(cap);
    for (;;) {
        thread_park(t);
        ssize_t n = read(fd, data + len, cap - len);
        thread_unpark(t);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            if (n < 0) {
                free(data);
                return raise_errno(t, &exc_OSError, errno, 0);
            }
            break;
        }
        len += (size_t)n;
        if (len == cap) {
            cap *= 2;
            data = realloc(data, cap);
        }
    }
    Value v = bytes_new(t, data, len);
    free(data);
    return v;
}

static int finish_run(Thread *t, Value result)
{
    return result ? 0 : exit_code_of_error(t);
}

/* Compiled bytecode as a script: header check, then the code. */
static Value read_pyc(Thread *t, Value data)
{
    Value magic = importer_magic(t);
    if (!magic) {
        return 0;
    }
    Bytes *b = value_bytes(data);
    if (b->len < PYC_HEADER || memcmp(b->data, value_bytes(magic)->data, 4) != 0) {
        return runtime_error(t, "Bad magic number in .pyc file");
    }
    Value code = marshal_loads(t, b->data + PYC_HEADER, b->len - PYC_HEADER);
    return !code || value_is_code(code) ? code : runtime_error(t, "Bad code object in .pyc file");
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), k = strlen(tail);
    return n >= k && strcmp(text + n - k, tail) == 0;
}

static bool set_main_file(Thread *t, Value dict, Value filename, bool pyc)
{
    Value cls = import_attr(t, "_frozen_importlib_external",
                            pyc ? "SourcelessFileLoader" : "SourceFileLoader");
    Value loader = cls ? call2(t, cls, N(__main__), filename) : 0;
    return loader && dict_set_cstr(t, dict, "__loader__", loader) &&
           dict_set_cstr(t, dict, "__file__", filename) && dict_set(t, dict, N(__cached__), NONE);
}

/* path: absolute. */
static int run_file(Thread *t, const CommandLine *line, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        fprintf(stderr, "%s: can't open file '%s': [Errno %d] %s\n", line->program, path, errno,
                strerror(errno));
        return 2;
    }
    Value filename = str_from_fs(t, path, strlen(path));
    Value data = filename ? read_all(t, fd) : 0;
    close(fd);
    Value dict = data ? main_dict(t) : 0;
    bool pyc = ends_with(path, ".pyc");
    if (!dict || !set_main_file(t, dict, filename, pyc)) {
        return exit_code_of_error(t);
    }
    if (line->skip_first_line) {
        char *p = value_bytes(data)->data, *newline = memchr(p, '\n', value_bytes(data)->len);
        data =
            newline ? bytes_new(t, newline, value_bytes(data)->len - (size_t)(newline - p)) : data;
    }
    Value code =
        pyc ? read_pyc(t, data)
            : compile_source(t, data, filename, "exec", COMPILE_FILE, runtime.config.optimize);
    return finish_run(t, code ? run_code(t, code, dict) : 0);
}

/* The importer sys.path_hooks has for a path: a directory or an archive. NONE: none; 0: raised. */
static Value path_importer(Thread *t, Value path)
{
    Value hooks = dict_get_cstr(t, t->interp->sys_dict, "path_hooks");
    for (size_t i = 0; hooks && i < list_len(hooks); i++) {
        Value importer = call1(t, list_get(hooks, i), path);
        if (importer) {
            return importer;
        }
        if (!error_clear_if(t, &exc_ImportError)) {
            return 0;
        }
    }
    return NONE;
}

static int run_module_as_main(Thread *t, const char *name, bool set_argv0)
{
    Value run = import_attr(t, "runpy", "_run_module_as_main");
    Value text = str_from_fs(t, name, strlen(name));
    return finish_run(t, run && text ? call2(t, run, text, bool_value(set_argv0)) : 0);
}

/* The script as the program sees it: relative to the directory at the start, links not followed.
 * malloc'ed. */
static char *absolute_path(const char *path)
{
    char *cwd = *path == '/' ? NULL : getcwd(NULL, 0), *result;
    if (!cwd || strcmp(path, ".") == 0) {
        return cwd ? cwd : strdup(path);
    }
    if (asprintf(&result, "%s%s%s", cwd, cwd[1] ? "/" : "", path) < 0) {
        result = NULL;
    }
    free(cwd);
    return result;
}

static bool boot_archive(Thread *t, Value importer)
{
    return type_of(importer) != &zipimporter_type || zipimporter_boot(t, importer);
}

/* A child of multiprocessing in a packed executable, and what that runs as an interpreter, has the
 * archive's modules, too. */
static bool boot_child(Thread *t)
{
    const char *archive = packed_archive();
    Value path = archive ? str_from_fs(t, archive, strlen(archive)) : 0,
          importer = path ? path_importer(t, path) : 0;
    return !archive || (importer && paths_insert(t, path) && boot_archive(t, importer));
}

/* The __main__ of an archive.  runpy would do the same, after importing much that most programs do
 * not need. */
static int run_archive(Thread *t, Value importer)
{
    Value dict = main_dict(t), name = N(__main__);
    Value spec = dict ? call_method1(t, importer, N(find_spec), name) : 0;
    Value code = spec ? call_method1(t, importer, intern_cstr(t, "get_code"), name) : 0;
    bool ok = code && dict_set(t, dict, N(__spec__), spec) &&
              dict_set(t, dict, N(__loader__), importer) &&
              dict_set_cstr(t, dict, "__file__", object_getattr(t, spec, N(origin))) &&
              dict_set_cstr(t, dict, "__cached__", object_getattr_cstr(t, spec, "cached")) &&
              dict_set(t, dict, N(__package__), str_from_cstr(t, ""));
    return finish_run(t, ok ? run_code(t, code, dict) : 0);
}

/* Is the file this executable, with its archive? */
static bool is_packed(const char *path)
{
    const char *archive = packed_archive();
    struct stat st, own;
    return archive && (strcmp(path, archive) == 0 ||
                       (stat(path, &st) == 0 && stat(archive, &own) == 0 &&
                        st.st_dev == own.st_dev && st.st_ino == own.st_ino));
}

/* Does the file begin as archives do, perhaps after a first line, or is it this executable? */
static bool should_be_archive(const char *path)
{
    char start[512];
    bool own = is_packed(path);
    int fd = own ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, start, sizeof start);
    if (fd >= 0) {
        close(fd);
    }
    const char *p = start, *end = start + (n > 0 ? n : 0);
    if (n > 2 && memcmp(p, "#!", 2) == 0) {
        p = memchr(p, '\n', (size_t)n);
        p = p ? p + 1 : end;
    }
    return own || (end - p >= 4 && memcmp(p, "PK\3\4", 4) == 0);
}

/* One line that says what is wrong with an archive that the path hooks do not take. */
static int report_damaged(Thread *t, const CommandLine *line, Value path)
{
    Value importer = import_attr(t, "zipimport", "zipimporter");
    if (!importer || call1(t, importer, path) || !value_isa(t->exc, &exc_ImportError)) {
        return t->exc ? exit_code_of_error(t) : 1;
    }
    Value text = object_str(t, error_take(t));
    const char *why = text ? str_utf8(t, text, NULL) : NULL;
    fprintf(stderr, "%s: damaged archive: %s\n", line->program, why ? why : line->target);
    return 1;
}

/* Does the seal of what is to be run hold, if it has one or must have one?  If not, one line says
 * why. */
static bool is_trusted(const CommandLine *line, const char *path)
{
    char why[512] = "not an archive";
    const SealedArchive *sealed;
    ArchiveFile f = {.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    bool ok = !runtime.config.require_signer;
    if (f.fd < 0) {
        snprintf(why, sizeof why, "%s", strerror(errno));
    } else if (fstat(f.fd, &f.st) == 0 && S_ISREG(f.st.st_mode)) {
        ok = sealed_archive_open(&f, &sealed, why, sizeof why);
    }
    if (f.fd >= 0) {
        close(f.fd);
    }
    if (!ok) {
        fprintf(stderr, "%s: %s: %s\n", line->program, line->target, why);
    }
    return ok;
}

static int run_script(Thread *t, const CommandLine *line, const char *script)
{
    if (!is_trusted(line, script)) {
        return EXIT_REFUSED;
    }
    Value path = str_from_fs(t, script, strlen(script));
    Value importer = path ? path_importer(t, path) : 0;
    if (!importer) {
        return exit_code_of_error(t);
    }
    if (!is_none(importer)) {
        if (!paths_insert(t, path) || !boot_archive(t, importer)) {
            return exit_code_of_error(t);
        }
        bool known = type_of(importer) == &zipimporter_type &&
                     zipimporter_has(t, importer, N(__main__)) == ZIP_MODULE;
        return known ? run_archive(t, importer) : run_module_as_main(t, "__main__", false);
    }
    if (should_be_archive(script)) {
        return report_damaged(t, line, path);
    }
    return paths_add_first(t, line) ? run_file(t, line, script) : exit_code_of_error(t);
}

static int run_path(Thread *t, const CommandLine *line)
{
    char *script = absolute_path(line->target);
    const char *own = script && is_packed(script) ? packed_archive() : NULL;
    int code = 1;
    if (script && !own && !boot_child(t)) {
        code = exit_code_of_error(t);
    } else if (script) {
        code = run_script(t, line, own ? own : script);
    }
    free(script);
    return code;
}

static int run_command(Thread *t, const char *text)
{
    Value dict = main_dict(t);
    Value source = dict ? str_from_fs(t, text, strlen(text)) : 0;
    if (source && !str_utf8(t, source, NULL)) {
        fputs("Unable to decode the command from the command line:\n", stderr);
    } else if (source) {
        Value newline = str_from_char(t, '\n');
        source = newline ? str_concat(t, source, newline) : 0;
    }
    Value code = source && !t->exc ? compile_source(t, source, N(string_filename), "exec", 0,
                                                    runtime.config.optimize)
                                   : 0;
    return finish_run(t, code ? run_code(t, code, dict) : 0);
}

static int run_prompt(Thread *t)
{
    runtime.config.inspect = false; /* SystemExit ends the prompt */
    Value interact = import_attr(t, "typhon.repl", "main");
    return finish_run(t, interact ? call0(t, interact) : 0);
}

static int run_stdin(Thread *t)
{
    if (isatty(0) || runtime.config.interactive) {
        return run_prompt(t);
    }
    Value dict = main_dict(t);
    Value data = dict ? read_all(t, 0) : 0;
    Value code = data ? compile_source(t, data, N(stdin_filename), "exec", COMPILE_FILE,
                                       runtime.config.optimize)
                      : 0;
    return finish_run(t, code ? run_code(t, code, dict) : 0);
}

int run_main(Thread *t, const CommandLine *line)
{
    int code;
    if (runtime.config.require_signer && line->kind != RUN_FILE) {
        fprintf(stderr, "%s: -X require-signer runs archives only\n", line->program);
        return EXIT_REFUSED;
    }
    if (line->kind == RUN_FILE) {
        code = run_path(t, line);
    } else if (!paths_add_first(t, line) || !boot_child(t)) {
        code = exit_code_of_error(t);
    } else if (line->kind == RUN_COMMAND) {
        code = run_command(t, line->target);
    } else if (line->kind == RUN_MODULE) {
        code = run_module_as_main(t, line->target, true);
    } else {
        return run_stdin(t);
    }
    const char *late = runtime.config.ignore_environment ? NULL : getenv("PYTHONINSPECT");
    if (runtime.config.inspect || (late && *late)) {
        code = run_prompt(t);
    }
    return code;
}
