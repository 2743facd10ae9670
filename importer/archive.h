/* Zip archives: an index that is read once, and their members.
 *
 *   local header, data   for each member
 *   central directory    for each member: name, method, sizes, CRC-32, where its local header is
 *   end record           where the directory is; ZIP64: a larger one and its locator before it
 *
 * The file stays open, so that what is read belongs to the index even after the name got another
 * file.  What a reader of archives may understand in two ways is refused, as ZipImportError: more
 * than one end record, a directory whose size or number of entries is not what the end record says,
 * names that are double, absolute, empty, or with ".." or NUL in them, a local header that differs
 * from the directory, a member that is larger than it says or than its packed form can be, or whose
 * checksum is wrong.
 *
 * The members of a sealed archive are checked against its seal, too.
 *
 * An Archive is immutable but for the descriptor, `files` and `booted` (atomic), and shared by all
 * threads.
 */
#ifndef IMPORTER_ARCHIVE_H
#define IMPORTER_ARCHIVE_H

#include <sys/stat.h>

#include "core/object/object.h"
#include "importer/sealed_archive.h"

/* A deflated member may have so many bytes. */
#define ARCHIVE_MEMBER_MAX ((uint64_t)1 << 30)

typedef struct Member {
    const char *name; /* UTF-8, not terminated */
    uint32_t name_len;
    uint16_t raw_len, flags, method, time, date; /* raw_len: of the name in the archive */
    uint32_t crc, hash; /* hash: of the name */
    uint64_t packed, size;
    uint64_t offset;  /* of the local header in the file */
    const char *raw;  /* the name as the archive has it */
} Member;

typedef struct ArchiveSlot {
    uint32_t hash, place; /* place: 1 + index of the member; 0: free */
} ArchiveSlot;

typedef struct Archive {
    Object head;
    Value path;           /* str */
    _Atomic Value files;  /* what Python code sees: dict from name to tuple; 0: not made yet */
    struct stat st;
    _Atomic int fd;
    const SealedArchive *sealed; /* NULL: it has no seal */
    bool has_extensions;  /* some members' names end in ".so" */
    bool booted;          /* atomic: what typhon.pack added has been run (zipimporter_boot) */
    uint32_t n_members, mask;
    Member *members;
    ArchiveSlot *slots;   /* hash table with linear probing: mask + 1 of them, a power of 2 */
    uint8_t *directory;   /* the file's bytes, to which names point */
    char *decoded;        /* names that are not UTF-8 there, decoded */
} Archive;
extern Type archive_type;
extern Value archive_error_type; /* ZipImportError */
NODISCARD bool archive_init(Thread *t); /* makes the two */

/* Reads the index of the archive at this path (a str).  NULL: ZipImportError.  Effects: blocks,
 * parked. */
Archive *archive_open(Thread *t, Value path);
/* Is the file under the archive's path still the one that was indexed?  Effects: blocks. */
bool archive_is_current(Thread *t, const Archive *a);
/* NULL: there is none of this name. */
const Member *archive_find(const Archive *a, const char *name, size_t n);

/* Bytes of a member, outside the heap. */
typedef struct MemberData {
    void *memory; /* mem_alloc */
    const uint8_t *data;
    size_t len;
} MemberData;
/* Reads, unpacks and checks a member.  false: raised.  Effects: blocks, parked. */
NODISCARD bool archive_read(Thread *t, Archive *a, const Member *m, MemberData *out);
void member_data_free(MemberData *d);
/* "archive/name", the member's file name for Python code. */
Value archive_member_path(Thread *t, const Archive *a, const Member *m);
/* All n bytes at the offset; false: fewer are there, or an error.  fd: the archive's.  Effects:
 * blocks. */
bool archive_bytes(const Archive *a, int fd, void *out, size_t n, uint64_t at);
/* ZipImportError with the archive's path; returns 0.  format: with one %R, for the path */
COLD Value archive_error(Thread *t, Value path, const char *format);

#endif
