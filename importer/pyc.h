/* Bytecode files: where they are, whether they are good, reading and writing them.
 *
 *   magic (4) | flags (4) | mtime (4) size (4) of the source, or its hash (8) | marshal of the code
 * flags: bit 0 the source's hash is there (PEP 552), bit 1 it is to be checked.
 */
#ifndef IMPORTER_PYC_H
#define IMPORTER_PYC_H

#include <sys/stat.h>

#include "core/object/object.h"

enum { PYC_HEADER = 16, PYC_HASHED = 1, PYC_CHECK_SOURCE = 2 };
/* --check-hash-based-pycs */
typedef enum { PYC_HASH_DEFAULT, PYC_HASH_ALWAYS, PYC_HASH_NEVER } PycHashCheck;

/* Bytes of a file outside the heap. */
typedef struct FileData {
    uint8_t *data;   /* mem_alloc */
    size_t len;
    struct stat st;
} FileData;
/* false: *error is the errno.  Effects: blocks, parked. */
NODISCARD bool file_read(Thread *t, const char *path, FileData *out, int *error);
void file_data_free(FileData *f);
/* false: errno.  Effects: blocks. */
NODISCARD bool file_write_all(int fd, const void *data, size_t n);
/* Nothing has changed between the two looks at a file, as far as they tell. */
bool file_is_same(const struct stat *a, const struct stat *b);

/* What the cache file of a source is called: __pycache__/name.typhon-311[.opt-n].pyc, or the same
 * below the prefix.  0: raised. */
Value pyc_path(Thread *t, Value source_path);
bool pyc_magic_matches(const uint8_t *p);
uint64_t pyc_source_hash(const void *source, size_t n);
PycHashCheck pyc_hash_check(Thread *t);
/* The bytes of a cache file for `code`.  hash NULL: by the time and size in `source`. */
Value pyc_bytes(Thread *t, Value code, const struct stat *source, const uint64_t *hash,
                bool check_source);
/* May a cache file of this name be written?  Not into a folder that is a symbolic link or somebody
 * else's, and not in place of anything but a plain file. */
bool pyc_may_write(const char *path);
/* Writes it under another name and renames it; makes missing folders.  mode: that of the source.  A
 * failure is none of the program's business: false.  Effects: blocks, parked. */
bool pyc_write(Thread *t, const char *path, mode_t mode, const void *data, size_t n);

#endif
