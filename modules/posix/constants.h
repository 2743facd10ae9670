/* Names of numbers, for the posix module. */
#ifndef MODULES_POSIX_CONSTANTS_H
#define MODULES_POSIX_CONSTANTS_H

#include "core/object/module.h"

extern const IntConstant sysconf_table[], pathconf_table[], confstr_table[]; /* end: NULL */

#endif
