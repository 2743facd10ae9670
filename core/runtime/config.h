/* Command line and environment. */
#ifndef CORE_RUNTIME_CONFIG_H
#define CORE_RUNTIME_CONFIG_H

#include "core/object/thread.h"

typedef struct CommandLine CommandLine;
typedef enum { RUN_REPL, RUN_FILE, RUN_COMMAND, RUN_MODULE, RUN_STDIN } RunKind;

/* What the command line asks for, next to the settings in runtime.config. */
struct CommandLine {
    RunKind kind;
    const char *program;        /* argv[0] */
    const char *target;         /* file, command text or module name */
    int argc;                   /* what becomes sys.argv[1:] */
    char **argv;
    int n_warn;                 /* -W options */
    const char *warn[64];
    int n_x;                    /* -X options */
    const char *x[64];
    int exit_code;              /* >= 0: stop now with this code (help, version, usage error) */
    bool skip_first_line;
};

void config_parse(int argc, char **argv, CommandLine *line);

#endif
