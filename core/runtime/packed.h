/* An executable that is an application: the interpreter, with an archive of bytecode behind it
 * (typhon -m typhon.pack --executable).
 *
 * The packer copies the interpreter, writes "yes" over the last word of packed_mark and appends the
 * archive.  Such an executable takes no options: all arguments are the program's, but for those
 * with which multiprocessing starts the executable again, as a child or as its tracker.  It
 * looks at no PYTHON* variable, no site-packages and no folder on the machine; sys.path is the
 * archive, and in it the folder with the standard library's modules.
 *
 * With "all" in place of "yes" (--interpreter) it is an interpreter when it is called by a name of
 * its own, FOLDER/./NAME for FOLDER/NAME, which sys.executable is then: what libraries start with
 * sys.executable in front gets options and a program, and has the archive's modules; who calls the
 * application, by whatever path, gets the application.  The name says it rather than a variable,
 * which all children would inherit, or the arguments, which are anybody's. */
#ifndef CORE_RUNTIME_PACKED_H
#define CORE_RUNTIME_PACKED_H

#include <stdbool.h>

#define PACKED_LIBRARY "_lib" /* the archive's folder of library modules */

/* The path of the archive, which is the executable's own; NULL: a plain interpreter. */
const char *packed_archive(void);

/* Its name as an interpreter; NULL: it is none but for its own archive. */
const char *packed_interpreter(void);

/* Has it been called by that name?  called: argv[0].  Never where another user's rights came with
 * the file. */
bool packed_is_interpreter(const char *called);

/* The index of multiprocessing's program among the arguments (after -c); 0: they are the
 * program's. */
int packed_child_program(int argc, char **argv);

#endif
