/* The seal of an archive: a hash tree over all its bytes, perhaps with its root signed.
 *
 *     front | member 1 | ... | member n | the member SEAL | directory, end record | comment
 *     <---------- segments -----------> <-- SEAL -------> <-- directory --------> <-- 158 -->
 *
 * A segment is a local header with its data, up to the next one; the first is what comes before all
 * members (a first line, an interpreter), if anything does.  The data of SEAL are one entry for
 * each segment: its offset in the file, 64 bits, and the SHA-256 of a zero byte and the segment.
 * The archive's comment, at the very end of the file:
 *
 *     "typhon-seal-1\n" | offset of SEAL | offset of the directory | root | public key | signature
 *      14                 8                8                         32     32           64 bytes
 *
 * root is the SHA-256 of a one byte, the two offsets, and the hashes of SEAL and of the directory
 * (both made as for a segment).  The signature is Ed25519, of the comment up to the end of root;
 * key and signature are zeros where nobody has signed.  Numbers are little-endian.  So every byte
 * of the file is covered once, opening costs the hash of the directory and of SEAL alone, and the
 * bytes of a member are checked when they have been read.
 *
 * A Seal is immutable, and owns the file's bytes from SEAL on. */
#ifndef IMPORTER_SEAL_H
#define IMPORTER_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE 32

/* Where the archive's bytes are: in memory, or in a file. */
typedef struct SealSource {
    const uint8_t *memory; /* or NULL */
    int fd;
    uint64_t size;
} SealSource;

typedef struct Seal {
    uint64_t size;             /* of the whole file */
    uint64_t start, directory; /* offsets of the member SEAL and of the directory */
    uint8_t *tail;             /* the file from `start` on, mem_alloc */
    const uint8_t *table;      /* the entries of SEAL, in tail */
    size_t n;
} Seal;

typedef enum { SEAL_NONE, SEAL_HOLDS, SEAL_BROKEN } SealState;

/* SEAL_HOLDS: there is a seal, its root is that of SEAL and of the directory, a first line is as it
 * was, and *seal is set; SEAL_BROKEN: there is what was one, or it cannot be read. Effects:
 * blocks. */
SealState seal_open(const SealSource *from, Seal *seal);
void seal_free(Seal *seal);

/* The size of the segment that starts at this offset; 0: none does. */
size_t seal_segment_size(const Seal *seal, uint64_t offset);

/* Are these the bytes that the segment at this offset had? */
bool seal_segment_holds(const Seal *seal, uint64_t offset, const void *bytes);

/* The offset of a segment whose hash has changed; UINT64_MAX: all hold.  memory: the whole file. */
uint64_t seal_find_change(const Seal *seal, const uint8_t *memory);

/* Is it signed with the private half of this key, and the signature valid? */
bool seal_is_by(const Seal *seal, const uint8_t key[SEAL_KEY_SIZE]);

/* What is at a segment's offset, for a message: the member's name, or "what precedes its
 * members". */
void seal_segment_name(const Seal *seal, uint64_t offset, char *name, size_t n);

/* Reads an Ed25519 public key, a PEM file. Returns NULL, or what is wrong. */
const char *seal_read_key(const char *path, uint8_t key[SEAL_KEY_SIZE]);

#endif
