/* Formats of the struct module, parsed into items; conversion of single items.  array uses the
 * machine's codes of it too. */
#ifndef MODULES_STRUCT_STRUCT_FORMAT_H
#define MODULES_STRUCT_STRUCT_FORMAT_H

#include "core/object/module.h"

typedef struct StructItem {
    char code;
    bool native;     /* machine sizes: other messages for numbers out of range */
    bool big;        /* big-endian */
    size_t offset;
    size_t size;     /* of one unit; s and p: of the whole */
    size_t repeat;
} StructItem;

typedef struct StructFormat {
    StructItem *items;
    size_t n_items;
    size_t n_values; /* that pack takes and unpack gives */
    size_t size;     /* bytes */
} StructFormat;

extern Value struct_error_type; /* struct.error */

/* Parses n characters of fmt; false: raised struct.error or MemoryError.  items freed by mem_free.
 */
NODISCARD bool struct_format_parse(Thread *t, const char *fmt, size_t n, StructFormat *out);
/* The item->repeat values from v on to p; false: raised. */
NODISCARD bool struct_pack_run(Thread *t, const StructItem *item, const Value *v, unsigned char *p);
Value struct_unpack_item(Thread *t, const StructItem *item, const unsigned char *p);

#endif
