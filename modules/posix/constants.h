/* Names of numbers, for the posix module. */
#ifndef MODULES_POSIX_CONSTANTS_H
#define MODULES_POSIX_CONSTANTS_H

#include <stdint.h>

typedef struct NameValue { const char *name; int64_t value; } NameValue;
extern const NameValue sysconf_table[], pathconf_table[], confstr_table[]; /* end: NULL */

#endif
