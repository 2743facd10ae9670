/* sys.path, sys.prefix, sys.executable, sys.argv: from the command line, the environment and where
 * we are installed. */
#include "core/runtime/start.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/runtime/packed.h"
#include "importer/frozen.h"

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool append_text(Thread *t, Value list, const char *p, size_t n)
{
    Value v = str_from_fs(t, p, n);
    return v && list_append(t, list, v);
}

/* Appends the parts of a colon-separated variable. */
static bool append_variable(Thread *t, Value list, const char *name)
{
    const char *p = runtime.config.ignore_environment ? NULL : getenv(name);
    while (p && *p) {
        const char *colon = strchr(p, ':');
        size_t n = colon ? (size_t)(colon - p) : strlen(p);
        if (!append_text(t, list, p, n)) {
            return false;
        }
        p = colon ? colon + 1 : NULL;
    }
    return true;
}

/* Our own stdlib/: beside the installed executable, or in the source tree for one that runs from
 * its build folder. */
static bool append_own_stdlib(Thread *t, Value list, const char *executable)
{
    char path[PATH_MAX];
    const char *slash = strrchr(executable, '/');
    size_t n = slash ? (size_t)(slash - executable) : 0;
    snprintf(path, sizeof path, "%.*s/../lib/typhon/stdlib", (int)n, executable);
    char real[PATH_MAX];
    if (is_directory(path) && realpath(path, real)) {
        return append_text(t, list, real, strlen(real));
    }
    return !is_directory(TYPHON_SOURCE_DIR "/stdlib") ||
           append_text(t, list, TYPHON_SOURCE_DIR "/stdlib", strlen(TYPHON_SOURCE_DIR "/stdlib"));
}

static bool add_text(Thread *t, Value sys, const char *name, const char *text)
{
    return module_add(t, sys, name, str_from_fs(t, text, strlen(text)));
}

static bool add_argv(Thread *t, Value sys, const CommandLine *line, char **all, int n_all)
{
    const char *first = line->kind == RUN_FILE ? line->target : line->kind == RUN_COMMAND ? "-c"
                        : line->kind == RUN_MODULE ? "-m" : line->kind == RUN_STDIN ? "-" : "";
    Value argv = list_new(t, 8), orig = list_new(t, 8);
    if (!argv || !orig || !append_text(t, argv, first, strlen(first))) {
        return false;
    }
    for (int i = 0; i < line->argc; i++) {
        if (!append_text(t, argv, line->argv[i], strlen(line->argv[i]))) {
            return false;
        }
    }
    for (int i = 0; i < n_all; i++) {
        if (!append_text(t, orig, all[i], strlen(all[i]))) {
            return false;
        }
    }
    return module_add(t, sys, "argv", argv) && module_add(t, sys, "orig_argv", orig);
}

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The executable as it was called, links not followed: a virtual environment is known by where its
 * link lies. */
static void called_executable(const char *argv0, const char *real, char *out)
{
    char cwd[PATH_MAX];
    snprintf(out, PATH_MAX, "%s", real);
    if (!argv0 || !*argv0) {
        return;
    }
    char found[PATH_MAX];
    if (strchr(argv0, '/')) {
        if (*argv0 == '/' || !getcwd(cwd, sizeof cwd)) {
            cwd[0] = 0;
        }
        argv0 += argv0[0] == '.' && argv0[1] == '/' ? 2 : 0;
        if ((size_t)snprintf(found, sizeof found, "%s%s%s", cwd, cwd[0] && cwd[1] ? "/" : "",
                             argv0) < sizeof found &&
            is_program(found)) {
            snprintf(out, PATH_MAX, "%s", found);
        }
        return;
    }
    for (const char *p = getenv("PATH"); p && *p;) {
        size_t n = strcspn(p, ":");
        if ((size_t)snprintf(found, sizeof found, "%.*s/%s", (int)n, p, argv0) < sizeof found &&
            is_program(found)) {
            snprintf(out, PATH_MAX, "%s", found);
            return;
        }
        p += n + (p[n] == ':');
    }
}

/* Does a pyvenv.cfg lie beside the executable or one folder up? */
static bool in_environment(const char *executable)
{
    char path[PATH_MAX];
    const char *slash = strrchr(executable, '/');
    for (int up = 0; slash && up < 2; up++) {
        struct stat st;
        if ((size_t)snprintf(path, sizeof path, "%.*s%s/pyvenv.cfg", (int)(slash - executable),
                             executable, up ? "/.." : "") < sizeof path &&
            stat(path, &st) == 0) {
            return true;
        }
    }
    return false;
}

/* sys.path but for its first entry. */
static bool append_usual(Thread *t, Value path, const char *executable)
{
    const char *archive = packed_archive();
    if (archive) {
        char library[PATH_MAX];
        int n = snprintf(library, sizeof library, "%s/" PACKED_LIBRARY, archive);
        return append_text(t, path, library, n < (int)sizeof library ? (size_t)n : 0);
    }
    char zip[PATH_MAX];
    snprintf(zip, sizeof zip, "%s", stdlib_directory());
    char *slash = strrchr(zip, '/');
    snprintf(slash ? slash : zip, 16, "/python311.zip");
    return append_variable(t, path, "TYPHONPATH") && append_variable(t, path, "PYTHONPATH") &&
           append_own_stdlib(t, path, executable) && append_text(t, path, zip, strlen(zip)) &&
           append_text(t, path, stdlib_directory(), strlen(stdlib_directory()));
}

bool paths_init(Thread *t, Value sys, const CommandLine *line, char **all, int n_all)
{
    char executable[PATH_MAX], called[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", executable, sizeof executable - 1);
    executable[n > 0 ? n : 0] = 0;
    called_executable(n_all > 0 ? all[0] : NULL, executable, called);
    const char *base = in_environment(called) ? executable : called;
    Value path = list_new(t, 8);
    return path && append_usual(t, path, executable) && module_add(t, sys, "path", path) &&
           add_text(t, sys, "executable", called) && add_text(t, sys, "_base_executable", base) &&
           add_text(t, sys, "prefix", "/usr") && add_text(t, sys, "exec_prefix", "/usr") &&
           add_text(t, sys, "base_prefix", "/usr") &&
           add_text(t, sys, "base_exec_prefix", "/usr") &&
           add_text(t, sys, "_stdlib_dir", stdlib_directory()) &&
           add_text(t, sys, "_framework", "") && add_argv(t, sys, line, all, n_all);
}

/* sys.path[0]: the script's real directory, '' for -c and stdin, the working directory for -m. */
bool paths_add_first(Thread *t, Value path_list, const CommandLine *line)
{
    if (runtime.config.safe_path) {
        return true;
    }
    char real[PATH_MAX];
    const char *first = "";
    size_t n = 0;
    if (line->kind == RUN_MODULE) {
        first = getcwd(real, sizeof real) ? real : "";
        n = strlen(first);
    } else if (line->kind == RUN_FILE) {
        first = realpath(line->target, real) ? real : line->target;
        const char *slash = strrchr(first, '/');
        n = slash ? (size_t)(slash == first ? 1 : slash - first) : 0;
    }
    Value v = str_from_fs(t, first, n);
    return v && list_insert(t, path_list, 0, v);
}
