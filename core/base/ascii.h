/* Characters by their ASCII code: decimal and hexadecimal digits, simple escapes. */
#ifndef CORE_BASE_ASCII_H
#define CORE_BASE_ASCII_H

#include <stdbool.h>

#include "core/base/attrs.h"

static inline bool ascii_is_digit(int c) { return c >= '0' && c <= '9'; }

/* What the digit c stands for, 0 to 15; -1: it is none. */
static inline int hex_digit_value(uint32_t c)
{
    if (c >= '0' && c <= '9') {
        return (int)c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

/* The character that a backslash and c stand for in a literal; -1: not one of the simple escapes. */
static inline int ascii_simple_escape(int c)
{
    switch (c) {
    case '\\': case '\'': case '"': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 't': return '\t';
    case 'n': return '\n';
    case 'r': return '\r';
    case 'v': return '\v';
    case 'a': return '\a';
    default: return -1;
    }
}

#endif
