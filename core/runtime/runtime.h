/* Start and stop of the process. */
#ifndef CORE_RUNTIME_RUNTIME_H
#define CORE_RUNTIME_RUNTIME_H

#include "core/object/thread_state.h"


struct CommandLine;
/* Heap, types, builtins, sys, import system, streams, site. argv/argc: the whole command line.
 * NULL: a message was printed. */
Thread *runtime_start(const struct CommandLine *line, char **argv, int argc);
/* threading._shutdown, atexit, flush std streams; 0 or 120 when flushing failed */
int runtime_finish(Thread *t);
#endif
