/* Lists of folders that one interpreter has read, for the finders of others.
 *
 * A list is told by the folder's time of modification, as a finder tells its own; only lists of
 * folders that had not changed for some seconds are shared, for whatever changes later has another
 * time then.  The table is a dict, which locks itself: folder -> (time, frozenset). */
#ifndef IMPORTER_FOLDER_LISTS_H
#define IMPORTER_FOLDER_LISTS_H

#include <sys/stat.h>

#include "core/object/thread.h"

/* Does FileFinder's _fill_cache() for a folder with this stat, mtime being its time as a float.
 * st: NULL when there is no such folder.  false: raised.  Effects: may run Python code. */
NODISCARD bool folder_list_fill(Thread *t, Value finder, Value folder, Value mtime,
                                const struct stat *st);

#endif
