/* The steps of the start, private to core/runtime. */
#ifndef CORE_RUNTIME_START_H
#define CORE_RUNTIME_START_H

#include "core/runtime/config.h"
#include "core/runtime/runtime.h"

/* Where the executable is and what a file NAME._pth beside it says: the whole of sys.path, as
 * lines, and "import site"; then the settings are those of -I and -S.  PYTHONHOME.  false: no
 * standard library, which has been printed.  Effects: reads the file. */
NODISCARD bool paths_find(char **argv, int argc);
bool paths_init(Thread *t, Value sys, const CommandLine *line, char **all, int n_all);
/* Puts entry (0: passes the error on) before the others in sys.path.  false: raised, also when that
 * is no list. */
NODISCARD bool paths_insert(Thread *t, Value entry);
/* sys.path[0]: the script's real directory, '' for -c and stdin, the working directory for -m. */
NODISCARD bool paths_add_first(Thread *t, const CommandLine *line);
extern Type stderr_printer_type;
bool printer_install(Thread *t, Value sys);            /* a simple sys.stderr for the start */
/* sys.stdin, stdout, stderr and their __x__ twins */
bool streams_init(Thread *t, Value sys);
/* warn_options and xoptions lists of runtime.config */
bool options_init(Thread *t, const CommandLine *line);
/* Modules, import system, streams and site of t->interp, a new interpreter that is not the main
 * one.  false: raised. */
NODISCARD bool interpreter_start(Thread *t);
/* Its end: threading._shutdown(), atexit functions, streams; finalizers when it has classes with
 * some. */
void interpreter_finish(Thread *t);
/* runs what the command line names; exit code */
int run_main(Thread *t, const CommandLine *line);
#define EXIT_REFUSED 126 /* an archive whose seal does not hold, or without the signer asked for */
#define EXIT_INTERRUPTED INT32_MIN /* an uncaught KeyboardInterrupt: no code of sys.exit() */
/* handles the pending exception: SystemExit, or prints it; exit code */
int exit_code_of_error(Thread *t);

#endif
