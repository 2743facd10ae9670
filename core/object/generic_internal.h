/* What genericalias.c and union.c share. */
#ifndef CORE_OBJECT_GENERIC_INTERNAL_H
#define CORE_OBJECT_GENERIC_INTERNAL_H

#include "core/object/str.h"

/* Appends how a type argument is shown: "int", "typing.Any", "..." */
bool generic_show_item(Thread *t, StrBuilder *b, Value item);

#endif
