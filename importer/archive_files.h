/* Members of archives as files: what open() and the functions of os that read find under an
 * archive's path, `app.pyz/pkg/page.html`, when it has the member ARCHIVE_FILES.  The path of the
 * archive itself is a file to os.stat(), and a folder to os.listdir() and os.scandir().
 *
 * They ask here when the system has answered ENOTDIR, so that nothing else takes longer.  A member
 * that is opened becomes a file in memory.  So do those that C libraries open by name (OpenSSL, the
 * dynamic linker); SQLite gets the bytes.
 */
#ifndef IMPORTER_ARCHIVE_FILES_H
#define IMPORTER_ARCHIVE_FILES_H

#include <sys/stat.h>

#include "importer/archive.h"

/* typhon.pack --files adds it, and each folder. */
#define ARCHIVE_FILES ".typhon-files"

/* The state of a member, or of a folder of members.  false: errno; ENOTDIR: the path leads into no
 * such archive that has been imported from.  Effects: blocks. */
bool archive_file_stat(Thread *t, const char *path, struct stat *st);
/* Whether access() allows what the mode asks for: everything may be read, folders may be searched.
 * Effects: blocks. */
bool archive_file_access(Thread *t, const char *path, int mode);
/* A descriptor of the member's bytes, for reading.  -1: raised, or errno.  Effects: blocks. */
int archive_file_open(Thread *t, const char *path, int flags);
/* The member's bytes; the caller frees them (member_data_free).  false: raised, or errno.  Effects:
 * blocks. */
NODISCARD bool archive_file_read(Thread *t, const char *path, MemberData *out);
/* list of str or bytes: what is in the folder.  0: raised, or errno.  Effects: blocks. */
Value archive_file_list(Thread *t, const char *path, bool as_bytes);

/* A name under which libraries that open files themselves find what a path names: the path, or for
 * a member that of a file in memory, which is there until archive_path_end().  NULL: raised.
 * Effects: blocks. */
typedef struct ArchivePath {
    int fd; /* -1: none */
    char text[32];
} ArchivePath;
const char *archive_path_begin(Thread *t, const char *path, ArchivePath *own);
void archive_path_end(ArchivePath *own);
/* The same for dlopen(), of any archive that has been imported from: each member has one name,
 * which is there until the process ends.  NULL: raised, or it leads to no member.  Effects:
 * blocks. */
const char *archive_library_path(Thread *t, const char *path);

/* What a path leads to, for those who explain an error. */
typedef enum ArchiveFinding {
    ARCHIVE_ELSEWHERE, /* not into an archive that has been imported from */
    ARCHIVE_MISSING,   /* into one that has no such member */
    ARCHIVE_MEMBER,
    ARCHIVE_FOLDER,
} ArchiveFinding;
/* *name: a str, in the archive; *has_files: it has ARCHIVE_FILES.  ARCHIVE_ELSEWHERE: or raised.
 * Effects: blocks. */
ArchiveFinding archive_file_look(Thread *t, const char *path, Value *name, bool *has_files);
/* What to say of a path that the system has answered with this error for.  0: nothing; an exception
 * that was pending stays. */
Value archive_file_advice(Thread *t, const char *path, int error);
/* Adds that to the pending exception as a note, where it has no filename. */
void archive_file_note(Thread *t, const char *path, int error);

#endif
