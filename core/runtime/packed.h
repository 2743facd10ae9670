/* An executable that is an application: the interpreter, with an archive of bytecode behind it
 * (typhon -m typhon.pack --executable).
 *
 * The packer copies the interpreter, writes "yes" over the last word of packed_mark and appends the
 * archive.  Such an executable takes no options: all arguments are the program's, but for those
 * with which multiprocessing starts the executable again, as a child or as its tracker.  It
 * looks at no PYTHON* variable, no site-packages and no folder on the machine; sys.path is the
 * archive, and in it the folder with the standard library's modules. */
#ifndef CORE_RUNTIME_PACKED_H
#define CORE_RUNTIME_PACKED_H

#define PACKED_LIBRARY "_lib" /* the archive's folder of library modules */

/* The path of the archive, which is the executable's own; NULL: a plain interpreter. */
const char *packed_archive(void);

/* The index of multiprocessing's program among the arguments (after -c); 0: they are the
 * program's. */
int packed_child_program(int argc, char **argv);

#endif
