/* Doubles to and from decimal text, correctly rounded, independent of the locale. */
#ifndef CORE_BASE_DTOA_H
#define CORE_BASE_DTOA_H

#include "core/base/attrs.h"

/* Parses [+-] (digits [. digits] | . digits) [e [+-] digits], or inf, infinity, nan in any case, at
 * p (not beyond limit).  Returns the value and puts the end of what was read into *end (== p:
 * nothing parsed).  Too large gives an infinity, too small 0; no underscores, no spaces, no
 * hexadecimal. */
double double_parse(const char *p, const char *limit, const char **end);

/* Shortest decimal digits that read back as d (finite): |d| = 0.d1d2d3... * 10^*point.  Writes at
 * most 17 digits without leading or trailing zeros ("0" for zero, *point 1) and a NUL; returns
 * their number. */
int double_shortest(double d, char digits[18], int *point);

/* Text as float.__repr__ gives ("1.0", "1e+16", "-0.0", "inf", "nan"): at most 25 bytes with NUL;
 * returns the length. */
int double_repr(double d, char out[32]);

enum {
    DTOA_SIGN = 1,  /* '+' before non-negative numbers */
    DTOA_SPACE = 2, /* ' ' before non-negative numbers */
    DTOA_ALT = 4,   /* '#': keep the point, and trailing zeros with g */
    DTOA_DOT_0 = 8, /* code r or g: add ".0" when the result looks like an integer */
    DTOA_NO_NEG_0 = 16, /* 'z': a result that is all zeros loses its minus sign */
};

/* code: e E f F g G, '%' (times 100, then f), or r (shortest repr; the precision is ignored).
 * Upper-case codes give "INF"/"NAN". precision >= 0 (g: 0 counts as 1).  The result is
 * NUL-terminated, *len its length, freed by mem_free; NULL: no memory. */
NODISCARD char *double_format(double d, char code, int precision, unsigned flags, size_t *len);

#endif
