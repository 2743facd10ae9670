/* What repr() makes of characters of one byte each, of str and of bytes: a backslash and a letter
 * or two hexadecimal digits for those that cannot stand for themselves. */
#ifndef CORE_OBJECT_ESCAPE_H
#define CORE_OBJECT_ESCAPE_H

#include "core/base/attrs.h"

enum {
    ESCAPE_BYTES = 1,  /* of bytes: all above 126; else Latin-1 text: those not printable */
    ESCAPE_SINGLE = 2, /* a single quote, whichever quotes stand around, as bytearray does */
};

typedef struct Escapes {
    unsigned flags;
    char quote;   /* to stand around: '"' if there is a single one and no such */
    char escaped; /* the quote that gets a backslash */
    bool wide;    /* if any is escaped: a character above 126 stands for itself */
    size_t more;  /* characters more than n; 0: none is escaped */
} Escapes;

/* Looks at the n characters at p. */
void escapes_find(Escapes *e, unsigned flags, const uint8_t *p, size_t n);
/* Writes n + e->more characters, without the quotes around; returns their end. */
char *escapes_write(const Escapes *e, char *to, const uint8_t *p, size_t n);

#endif
