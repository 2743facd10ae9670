/* The sealed archives (seal.h) that this process has opened, and what -X require-signer asks for.
 *
 * Archives are found by path.  A record is immutable and lives as long as the process, as the file's
 * mapping does; an archive that is opened again, changed, gets another record in front of the old.
 */
#ifndef IMPORTER_SEALED_ARCHIVE_H
#define IMPORTER_SEALED_ARCHIVE_H

#include "core/base/attrs.h"

#include <stdbool.h>
#include <stddef.h>

/* May code be taken from the archive?  Yes for one without a seal, or with a seal that holds; under
 * -X require-signer only where that key has signed it and no byte has changed.  If not, why[n] says
 * what is wrong with it, without its path.  Effects: reads the file. */
NODISCARD bool sealed_archive_open(const char *path, char *why, size_t n);

/* A descriptor of the archive's bytes as they were checked, where -X require-signer has had them
 * copied to memory: a duplicate, the caller's; -1: there is none. */
int sealed_archive_fd(const char *path);

/* Is the member whose local header lies at this offset as it was when the archive was sealed?  True
 * for archives without a seal.  If not, why[n] names it. */
NODISCARD bool sealed_member_check(const char *path, size_t offset, char *why, size_t n);

#endif
