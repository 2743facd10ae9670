/* sys.path, sys.prefix, sys.executable, sys.argv: from the command line, the environment and where
 * we are installed. */
#include "core/runtime/start.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/object/dict.h"
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

/* path without "." and "..", which are understood without looking at links; path is absolute. */
static size_t normalize(char *path)
{
    size_t to = 0;
    for (const char *p = path; *p;) {
        p += strspn(p, "/");
        size_t n = strcspn(p, "/");
        if (n == 2 && p[0] == '.' && p[1] == '.') {
            while (to > 0 && path[--to] != '/') {
            }
        } else if (n > 0 && !(n == 1 && p[0] == '.')) {
            path[to++] = '/';
            memmove(path + to, p, n);
            to += n;
        }
        p += n;
    }
    path[to] = to == 0 ? '/' : 0;
    return to == 0 ? 1 : to;
}

/* n bytes of the first part and the others one behind the other in out, of PATH_MAX bytes; false:
 * it has been cut.  Each start does that: printf() would bring 200 KB of the C library along. */
static bool put_path(char *out, const char *first, size_t n, const char *second, const char *third)
{
    const struct {
        const char *text;
        size_t len;
    } parts[] = {{first, n}, {second, strlen(second)}, {third, strlen(third)}};
    size_t len = 0;
    bool whole = true;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        size_t room = PATH_MAX - 1 - len, fits = parts[i].len < room ? parts[i].len : room;
        memcpy(out + len, parts[i].text, fits);
        len += fits;
        whole &= fits == parts[i].len;
    }
    out[len] = 0;
    return whole;
}

/* Appends a path as an absolute one; it starts from `folder`, or NULL: the working directory. */
static bool append_path(Thread *t, Value list, const char *folder, const char *p, size_t n)
{
    char here[PATH_MAX], path[PATH_MAX * 2];
    bool is_absolute = n > 0 && *p == '/';
    if (!is_absolute && !folder) {
        folder = getcwd(here, sizeof here);
    }
    if (n >= PATH_MAX || (!is_absolute && !folder)) {
        return append_text(t, list, p, n);
    }
    snprintf(path, sizeof path, "%s%s%.*s", is_absolute ? "" : folder, is_absolute ? "" : "/",
             (int)n, p);
    return append_text(t, list, path, normalize(path));
}

static const char *variable(const char *name)
{
    const char *text = runtime.config.ignore_environment ? NULL : getenv(name);
    return text && *text ? text : NULL;
}

/* Appends the parts of a colon-separated variable. */
static bool append_variable(Thread *t, Value list, const char *name)
{
    for (const char *p = variable(name); p;) {
        size_t n = strcspn(p, ":");
        if (!append_path(t, list, NULL, p, n)) {
            return false;
        }
        p = p[n] ? p + n + 1 : NULL;
    }
    return true;
}

/* The text of a file, mem_alloc'ed; NULL: there is none. */
static char *read_text(const char *name)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *text = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                     ? mem_alloc((size_t)st.st_size + 1) : NULL;
    ssize_t n = text ? read(fd, text, (size_t)st.st_size) : 0;
    if (text) {
        text[n > 0 ? n : 0] = 0;
    }
    if (fd >= 0) {
        close(fd);
    }
    return text;
}

/* The pyvenv.cfg beside the executable or one folder up.  false: none. */
static bool environment_file(const char *executable, char *path)
{
    const char *slash = strrchr(executable, '/');
    for (int up = 0; slash && up < 2; up++) {
        struct stat st;
        if (put_path(path, executable, (size_t)(slash - executable), up ? "/.." : "",
                     "/pyvenv.cfg") &&
            stat(path, &st) == 0) {
            return true;
        }
    }
    return false;
}

/* What the environment's file says of a key, as "home", the folder of the interpreter that it was
 * made from.  false: nothing, or the executable is in none. */
static bool environment_value(const char *executable, const char *key, char *out)
{
    size_t n = strlen(key);
    char path[PATH_MAX];
    char *text = environment_file(executable, path) ? read_text(path) : NULL;
    bool found = false;
    for (const char *p = text; p && *p && !found; p += strcspn(p, "\n"), p += *p == '\n') {
        const char *value = strncmp(p, key, n) == 0 ? p + n + strspn(p + n, " \t") : "";
        if (*value == '=') {
            value += 1 + strspn(value + 1, " \t");
            found = put_path(out, value, strcspn(value, "\r\n"), "", "");
        }
    }
    mem_free(text);
    return found;
}

/* The installed stdlib/ that belongs to executables in a folder of n characters.  The system's name
 * of it has no links in it: what is one folder up need not be asked. */
static bool installed_stdlib(const char *folder, size_t n, char *path)
{
    const char *up = n > 0 ? memrchr(folder, '/', n) : NULL;
    return put_path(path, folder, up ? (size_t)(up - folder) : 0, "/lib/typhon/stdlib", "") &&
           is_directory(path);
}

/* Our own stdlib/: beside the installed executable, or that which it is a copy of, or in the source
 * tree for one that runs from its build folder. */
static bool append_own_stdlib(Thread *t, Value list, const char *executable)
{
    char path[PATH_MAX], home[PATH_MAX];
    const char *slash = strrchr(executable, '/');
    if (slash && (installed_stdlib(executable, (size_t)(slash - executable), path) ||
                  (environment_value(executable, "home", home) &&
                   installed_stdlib(home, strlen(home), path)))) {
        return append_text(t, list, path, strlen(path));
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
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 0111);
}

/* The executable as it was called, links not followed: a virtual environment is known by where its
 * link lies. */
static void called_executable(const char *argv0, const char *real, char *out)
{
    char cwd[PATH_MAX];
    put_path(out, real, strlen(real), "", "");
    if (!argv0 || !*argv0) {
        return;
    }
    char found[PATH_MAX];
    if (strchr(argv0, '/')) {
        if (*argv0 == '/' || !getcwd(cwd, sizeof cwd)) {
            cwd[0] = 0;
        }
        argv0 += argv0[0] == '.' && argv0[1] == '/' ? 2 : 0;
        if (put_path(found, cwd, strlen(cwd), cwd[0] && cwd[1] ? "/" : "", argv0) &&
            is_program(found)) {
            strcpy(out, found);
        }
        return;
    }
    for (const char *p = getenv("PATH"); p && *p;) {
        size_t n = strcspn(p, ":");
        if (put_path(found, p, n, "/", argv0) && is_program(found)) {
            strcpy(out, found);
            return;
        }
        p += n + (p[n] == ':');
    }
}

/* sys.path but for its first entry. */
static bool append_usual(Thread *t, Value path, const char *executable)
{
    const char *archive = packed_archive();
    if (archive) {
        char library[PATH_MAX];
        bool fits = put_path(library, archive, strlen(archive), "/" PACKED_LIBRARY, "");
        return append_text(t, path, library, fits ? strlen(library) : 0);
    }
    char zip[PATH_MAX];
    const char *library = stdlib_directory(), *slash = strrchr(library, '/');
    put_path(zip, library, slash ? (size_t)(slash - library) : 0, "/python311.zip", "");
    return append_variable(t, path, "TYPHONPATH") && append_variable(t, path, "PYTHONPATH") &&
           append_own_stdlib(t, path, executable) && append_text(t, path, zip, strlen(zip)) &&
           append_text(t, path, stdlib_directory(), strlen(stdlib_directory()));
}

/* ---- NAME._pth, PYTHONHOME ---- */

/* Found at start, not changed later. */
static struct {
    char executable[PATH_MAX], called[PATH_MAX];
    char *path_file; /* text of the ._pth file, mem_alloc; NULL: there is none */
    /* of the executable as it was called: what the file's lines start from */
    char folder[PATH_MAX];
    const char *prefix, *exec_prefix;
} place;

/* The next line of the ._pth file without comment and white space around, at *p, which goes on to
 * the line behind; false: the text has ended.  *n 0: nothing is left of it. */
static bool next_line(const char **p, const char **line, size_t *n)
{
    if (!**p) {
        return false;
    }
    size_t all = strcspn(*p, "\n"), used = strcspn(*p, "#\n");
    *line = *p;
    *p += all + ((*p)[all] == '\n');
    while (used > 0 && strchr(" \t\r\v\f", **line)) {
        ++*line;
        used--;
    }
    while (used > 0 && strchr(" \t\r\v\f", (*line)[used - 1])) {
        used--;
    }
    *n = used;
    return true;
}

static bool is_import(const char *line, size_t n)
{
    return n >= strlen("import ") && memcmp(line, "import ", strlen("import ")) == 0;
}

/* The file's lines decide, not the environment and not site, unless it says so. */
static void apply_path_file(void)
{
    Config *c = &runtime.config;
    const char *line;
    size_t n;
    c->isolated = c->ignore_environment = c->safe_path = c->no_site = true;
    for (const char *p = place.path_file; next_line(&p, &line, &n);) {
        if (n == strlen("import site") && memcmp(line, "import site", n) == 0) {
            c->no_site = false;
        } else if (is_import(line, n)) {
            fputs("unsupported 'import' line in ._pth file\n", stderr);
        }
    }
}

/* Takes the prefixes from PYTHONHOME: one for both, or two with ":" in between.  false: there is no
 * standard library, which has been said. */
static bool find_prefixes(void)
{
    const char *home = variable("PYTHONHOME"), *colon = home ? strchr(home, ':') : NULL;
    place.prefix = place.exec_prefix = "/usr";
    if (!home) {
        return true;
    }
    static const char below[] = "/lib/python3.11";
    size_t n = colon ? (size_t)(colon - home) : strlen(home);
    char *prefix = mem_alloc(n + 1), *library = mem_alloc(n + sizeof below);
    if (!prefix || !library) {
        return false;
    }
    snprintf(prefix, n + 1, "%s", home);
    snprintf(library, n + sizeof below, "%s%s", prefix, below);
    place.prefix = prefix;
    place.exec_prefix = colon ? colon + 1 : prefix;
    runtime.config.stdlib = library;
    if (!is_directory(library)) {
        fprintf(stderr,
                "Fatal Python error: PYTHONHOME = '%s': no standard library in '%s'\n", home,
                library);
        return false;
    }
    return true;
}

bool paths_find(char **argv, int argc)
{
    ssize_t n = readlink("/proc/self/exe", place.executable, sizeof place.executable - 1);
    place.executable[n > 0 ? n : 0] = 0;
    const char *name_of_packed = packed_interpreter();
    called_executable(name_of_packed ? name_of_packed : argc > 0 ? argv[0] : NULL, place.executable,
                      place.called);
    const char *slash = strrchr(place.called, '/');
    put_path(place.folder, place.called, slash ? (size_t)(slash - place.called) : 0, "", "");
    char name[PATH_MAX];
    if (!packed_archive() && !runtime.config.require_signer &&
        put_path(name, place.called, strlen(place.called), "._pth", "")) {
        place.path_file = read_text(name);
    }
    if (place.path_file) {
        apply_path_file();
    }
    return find_prefixes();
}

static bool append_path_file(Thread *t, Value path)
{
    const char *line;
    size_t n;
    for (const char *p = place.path_file; next_line(&p, &line, &n);) {
        if (n > 0 && n < PATH_MAX && !is_import(line, n) &&
            !append_path(t, path, place.folder, line, n)) {
            return false;
        }
    }
    return true;
}

bool paths_init(Thread *t, Value sys, const CommandLine *line, char **all, int n_all)
{
    char file[PATH_MAX], made_by[PATH_MAX];
    const char *base = place.path_file || !environment_file(place.called, file) ? place.called
                       : environment_value(place.executable, "executable", made_by)
                           ? made_by : place.executable, /* a copy */
               *prefix = place.path_file ? place.folder : place.prefix,
               *exec_prefix = place.path_file ? place.folder : place.exec_prefix;
    Value path = list_new(t, 8);
    return path &&
           (place.path_file ? append_path_file(t, path)
                            : append_usual(t, path, place.executable)) &&
           module_add(t, sys, "path", path) && add_text(t, sys, "executable", place.called) &&
           add_text(t, sys, "_base_executable", base) && add_text(t, sys, "prefix", prefix) &&
           add_text(t, sys, "exec_prefix", exec_prefix) &&
           add_text(t, sys, "base_prefix", prefix) &&
           add_text(t, sys, "base_exec_prefix", exec_prefix) &&
           add_text(t, sys, "_stdlib_dir", stdlib_directory()) &&
           add_text(t, sys, "_framework", "") && add_argv(t, sys, line, all, n_all);
}

bool paths_insert(Thread *t, Value entry)
{
    Value list = entry ? dict_get_cstr(t, t->interp->sys_dict, "path") : 0;
    if (!list) {
        if (!error_pending(t)) {
            runtime_error(t, "unable to get sys.path");
        }
        return false;
    }
    if (!value_is_list(list)) {
        type_error(t, "sys.path must be a list, not %T", list);
        return false;
    }
    return list_insert(t, list, 0, entry);
}

bool paths_add_first(Thread *t, const CommandLine *line)
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
    return paths_insert(t, str_from_fs(t, first, n));
}
