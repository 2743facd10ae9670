/* Members of archives as files: what open(), os.stat() and os.listdir() find under an archive's
 * path, `app.pyz/pkg/page.html`, when it has the member ARCHIVE_FILES.
 *
 * They ask here when the system has answered ENOTDIR, so that nothing else takes longer.  A member
 * that is opened becomes a file in memory.
 */
#ifndef IMPORTER_ARCHIVE_FILES_H
#define IMPORTER_ARCHIVE_FILES_H

#include <sys/stat.h>

#include "core/object/object.h"

/* typhon.pack --files adds it. */
#define ARCHIVE_FILES ".typhon-files"

/* The state of a member, or of a folder of members.  false: errno; ENOTDIR: the path leads into no
 * such archive that has been imported from.  Effects: blocks. */
bool archive_file_stat(Thread *t, const char *path, struct stat *st);
/* A descriptor of the member's bytes, for reading.  -1: raised, or errno.  Effects: blocks. */
int archive_file_open(Thread *t, const char *path, int flags);
/* list of str: what is in the folder.  0: raised, or errno. */
Value archive_file_list(Thread *t, const char *path);

#endif
