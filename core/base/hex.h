/* Hexadecimal digits. */
#ifndef CORE_BASE_HEX_H
#define CORE_BASE_HEX_H

#include "core/base/attrs.h"

/* What the digit c stands for, 0 to 15; -1: it is none. */
static inline int hex_digit_value(uint32_t c)
{
    if (c >= '0' && c <= '9') {
        return (int)c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? (int)c - 'a' + 10 : -1;
}

#endif
