/* An executable that is an application. */
#include "core/runtime/packed.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* What tools look for in the file; volatile: the compiler must not know what it says. */
static const volatile char packed_mark[] = "typhon-packed-application: no!";

/* The first letter of what the packer has written: "no!", "yes", or "all": an interpreter, too. */
static char mark_letter(void)
{
    return packed_mark[sizeof packed_mark - 4];
}

const char *packed_archive(void)
{
    static char path[PATH_MAX]; /* init-only: main() asks first */
    if (mark_letter() == 'n') {
        return NULL;
    }
    /* no /proc: as it was called */
    if (!*path && readlink("/proc/self/exe", path, sizeof path - 1) < 0) {
        const char *called = (const char *)getauxval(AT_EXECFN);
        return called && realpath(called, path) ? path : NULL;
    }
    return path;
}

const char *packed_interpreter(void)
{
    static char name[PATH_MAX + 2]; /* init-only: main() asks first */
    const char *archive = mark_letter() == 'a' ? packed_archive() : NULL,
               *slash = archive ? strrchr(archive, '/') : NULL;
    if (slash && !*name) {
        snprintf(name, sizeof name, "%.*s/.%s", (int)(slash - archive), archive, slash);
    }
    return slash ? name : NULL;
}

bool packed_is_interpreter(const char *called)
{
    const char *name = packed_interpreter(), *file = (const char *)getauxval(AT_EXECFN);
    return name && !getauxval(AT_SECURE) &&
           ((file && strcmp(file, name) == 0) || (called && strcmp(called, name) == 0));
}

/* Goes over the text if it stands at *p. */
static bool skip(const char **p, const char *text)
{
    size_t n = strlen(text);
    bool there = strncmp(*p, text, n) == 0;
    *p += there ? n : 0;
    return there;
}

/* Goes over what repr() writes for a string. */
static bool skip_string(const char **p)
{
    char quote = **p;
    if (quote != '\'' && quote != '"') {
        return false;
    }
    for (++*p; **p && **p != quote; ++*p) {
        if (**p == '\\' && !*++*p) {
            return false;
        }
    }
    return *(*p)++ == quote;
}

/* The same for a list of strings. */
static bool skip_strings(const char **p)
{
    if (!skip(p, "[")) {
        return false;
    }
    if (skip(p, "]")) {
        return true;
    }
    do {
        if (!skip_string(p)) {
            return false;
        }
    } while (skip(p, ", "));
    return skip(p, "]");
}

/* The server of start method forkserver: modules to import first are those of the archive. */
static bool is_fork_server(const char *p)
{
    int listener, alive, end = 0;
    if (sscanf(p, "from multiprocessing.forkserver import main; main(%9d, %9d, %n", &listener,
               &alive, &end) != 2 || end == 0) {
        return false;
    }
    p += end;
    return skip_strings(&p) && skip(&p, ", **{") &&
           (!skip(&p, "'sys_path': ") || skip_strings(&p)) && skip(&p, "})") && !*p;
}

/* Exactly what multiprocessing writes, so that nobody else's argument is run. */
static bool is_child_program(const char *text)
{
    int tracker, pipe, end = 0;
    if (is_fork_server(text)) {
        return true;
    }
    if (sscanf(text, "from multiprocessing.resource_tracker import main;main(%9d)%n", &tracker,
               &end) != 1) {
        int found = sscanf(text,
                           "from multiprocessing.spawn import spawn_main; "
                           "spawn_main(tracker_fd=%9d, pipe_handle=%9d)%n",
                           &tracker, &pipe, &end);
        end = found == 2 && pipe > 2 ? end : 0;
    }
    return end > 0 && text[end] == 0;
}

int packed_child_program(int argc, char **argv)
{
    int i = 1;
    while (i < argc && argv[i][0] == '-' && strcmp(argv[i], "-c") != 0) {
        i += strcmp(argv[i], "-X") == 0 || strcmp(argv[i], "-W") == 0 ? 2 : 1;
    }
    return i + 1 < argc && strcmp(argv[i], "-c") == 0 && is_child_program(argv[i + 1]) ? i + 1 : 0;
}
