/* The sealed archives (seal.h) that this process has opened, and what -X require-signer asks for.
 *
 * Archives are found by path.  A record is immutable and lives as long as the process, as the file's
 * mapping does; an archive that is opened again, changed, gets another record in front of the old.
 */
#ifndef IMPORTER_SEALED_ARCHIVE_H
#define IMPORTER_SEALED_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/base/attrs.h"

typedef struct SealedArchive SealedArchive;

/* May code be taken from the archive?  Yes for one without a seal, or with a seal that holds; under
 * -X require-signer only where that key has signed it and no byte has changed.  If not, why[n] says
 * what is wrong with it, without its path.  *out: the archive, NULL without a seal.  Effects: reads
 * the file. */
NODISCARD bool sealed_archive_open(const char *path, const SealedArchive **out, char *why,
                                   size_t n);

/* n bytes at an offset, from memory; -X require-signer has had it copied, so that what was checked
 * is what is read. false: beyond the end. */
NODISCARD bool sealed_archive_copy(const SealedArchive *a, void *out, size_t n, uint64_t at);

/* Is the member whose local header lies at this offset as it was when the archive was sealed? */
NODISCARD bool sealed_archive_member_holds(const SealedArchive *a, uint64_t offset);

/* The file when it was opened. */
const struct stat *sealed_archive_stat(const SealedArchive *a);

#endif
