/* The sealed archives (seal.h) that this process has opened, and what -X require-signer asks for.
 *
 * Archives are found by path.  A record is immutable and lives as long as the process; an
 * archive that is opened again, changed, gets another record in front of the old. */
#ifndef IMPORTER_SEALED_ARCHIVE_H
#define IMPORTER_SEALED_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/base/attrs.h"

typedef struct SealedArchive SealedArchive;

/* A file to be opened as an archive. */
typedef struct ArchiveFile {
    const char *path;
    int fd;
    struct stat st; /* of fd, a regular file */
} ArchiveFile;

/* May code be taken from the archive?  Yes for one without a seal, or with a seal that holds; under
 * -X require-signer only where that key has signed it and no byte has changed.  If not, why[n] says
 * what is wrong with it, without its path.  *out: the archive, NULL without a seal.  Effects: reads
 * the file. */
NODISCARD bool sealed_archive_open(const ArchiveFile *f, const SealedArchive **out, char *why,
                                   size_t n);

/* The whole archive, which -X require-signer has had copied, so that what was checked is what is
 * read; NULL: it is read from its file. */
const uint8_t *sealed_archive_memory(const SealedArchive *a);

/* How many bytes the member has, its local header included, that lies at this offset; 0: none
 * does. */
size_t sealed_archive_member_size(const SealedArchive *a, uint64_t offset);
/* Are these the bytes it had when the archive was sealed? */
NODISCARD bool sealed_archive_member_holds(const SealedArchive *a, uint64_t offset,
                                           const void *bytes);

#endif
