/* Text on its way into numbers: str to the ASCII form that int(), float() and complex() parse. */
#ifndef CORE_OBJECT_NUMBER_TEXT_H
#define CORE_OBJECT_NUMBER_TEXT_H

#include "core/object/str.h"

/* Writes len(s) ASCII characters and a NUL to out: Unicode decimal digits become 0-9, Unicode
 * spaces beyond ASCII ' ', any other non-ASCII character (and NUL) '?', which no number
 * contains. */
void number_text_ascii(Value s, char *out);
/* Value 0-9 of a Unicode decimal digit, -1: not one. */
int unicode_decimal_value(uint32_t c);

/* A short text is parsed on the C stack, a long one in memory of its own. */
typedef struct NumberText {
    char *p;
    size_t n;
    char small[128];
} NumberText;
NODISCARD bool number_text_init(Thread *t, NumberText *x, Value str); /* false: MemoryError */
NODISCARD bool number_text_init_bytes(Thread *t, NumberText *x, const char *p, size_t n);
void number_text_free(NumberText *x);

#endif
