/* The records of zip archives (APPNOTE.TXT 6.3): sizes, marks, flags, reading of numbers; shared by
 * the files of the archive reader. */
#ifndef IMPORTER_ARCHIVE_FORMAT_H
#define IMPORTER_ARCHIVE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LOCAL_SIZE = 30, ENTRY_SIZE = 46, END_SIZE = 22, END64_SIZE = 56, LOCATOR64_SIZE = 20 };
enum {
    LOCAL_MARK = 0x04034b50,
    ENTRY_MARK = 0x02014b50,
    END_MARK = 0x06054b50,
    END64_MARK = 0x06064b50,
    LOCATOR64_MARK = 0x07064b50
};
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8, EXTRA64 = 1 };
enum { FLAG_ENCRYPTED = 1, FLAG_SIZES_BEHIND = 8, FLAG_UTF8 = 0x800 };

static inline uint16_t get_u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v); /* zip is little-endian, as the machines we run on */
    return v;
}
static inline uint64_t get_u64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* UTF-8 of n bytes in code page 437 (3 * n bytes of room); returns its length. */
size_t cp437_decode(const uint8_t *p, size_t n, char *out);

#endif
