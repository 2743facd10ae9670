/* Properties of code points, Unicode 14.0 (the reference's version): own tables for properties,
 * utf8proc for normal forms. Every function takes any 32-bit number; beyond U+10FFFF means
 * unassigned.  Effects: none unless said. */
#ifndef CORE_OBJECT_UNICODE_H
#define CORE_OBJECT_UNICODE_H

#include "core/base/ascii.h"
#include "core/object/object.h"

bool unicode_is_alpha(uint32_t c);      /* category L* */
bool unicode_is_decimal(uint32_t c);
bool unicode_is_digit(uint32_t c);
bool unicode_is_numeric(uint32_t c);
bool unicode_is_alnum(uint32_t c);      /* any of the four above */
bool unicode_is_printable(uint32_t c);  /* space is printable, other separators are not */
bool unicode_is_lower(uint32_t c);
bool unicode_is_upper(uint32_t c);
bool unicode_is_title(uint32_t c);
bool unicode_is_cased(uint32_t c);
bool unicode_is_case_ignorable(uint32_t c);
bool unicode_is_xid_start(uint32_t c);  /* without '_' */
bool unicode_is_xid_continue(uint32_t c);
bool unicode_is_space_slow(uint32_t c);
bool unicode_is_linebreak_slow(uint32_t c);
static inline bool unicode_is_space(uint32_t c)
{
    return c < 128 ? ascii_is_space((uint8_t)c) : unicode_is_space_slow(c);
}
static inline bool unicode_is_linebreak(uint32_t c)
{
    const uint32_t low = 0x70003c00; /* bits 10 to 13 and 28 to 30 */
    return c < 128 ? c < 32 && low >> c & 1 : unicode_is_linebreak_slow(c);
}
int unicode_decimal(uint32_t c);        /* 0..9 or -1 */
int unicode_digit(uint32_t c);          /* 0..9 or -1 */
bool unicode_numeric(uint32_t c, double *value);

/* one to one */
uint32_t unicode_to_lower(uint32_t c);
uint32_t unicode_to_upper(uint32_t c);
uint32_t unicode_to_title(uint32_t c);
/* full mappings: 1 to 3 code points into out; they return how many */
int unicode_lower_full(uint32_t c, uint32_t out[3]);
int unicode_upper_full(uint32_t c, uint32_t out[3]);
int unicode_title_full(uint32_t c, uint32_t out[3]);
int unicode_fold_full(uint32_t c, uint32_t out[3]);
/* Lower or upper case of the first of n characters of that kind, up to one that becomes several or
 * depends on its neighbours; how many went to out. */
size_t unicode_map_plain(int kind, const void *chars, size_t n, bool upper, uint32_t *out);

const char *unicode_category(uint32_t c);        /* "Lu" ... "Cn" */
const char *unicode_bidirectional(uint32_t c);   /* "" when unassigned */
const char *unicode_east_asian_width(uint32_t c);
int unicode_combining(uint32_t c);
bool unicode_mirrored(uint32_t c);

typedef enum { NFC, NFD, NFKC, NFKD } NormalForm;
/* str in that normal form (s itself when it is already).  Effects: allocates, raises MemoryError.
 */
Value unicode_normalize(Thread *t, NormalForm form, Value s);
/* false also when out of memory (pending) */
bool unicode_is_normalized(Thread *t, NormalForm form, Value s);
/* One-level decomposition as unicodedata.decomposition gives it: tag ("<compat>" or NULL), code
 * points; count, 0: none. */
int unicode_decomposition(uint32_t c, const char **tag, uint32_t out[18]);

#endif
