/* The one table of binary operators: their slots, what Python classes have in these, the methods
 * behind them and how messages name them. */
#ifndef CORE_OBJECT_OPERATOR_H
#define CORE_OBJECT_OPERATOR_H

#include "core/object/slot.h"

typedef struct Operator {
    BinaryFn generic, generic_inplace; /* slot functions that call the methods; NULL: none */
    size_t slot, inplace;              /* offsets in Type; 0: none */
    size_t name, rname, iname;         /* __add__, __radd__, __iadd__: offsets in struct Names */
    const char *symbol, *inplace_symbol;
} Operator;

/* ** has slots of another shape and only its symbols here; divmod has no generic. */
extern const Operator operators[OP_COUNT];

static inline BinaryFn operator_slot(Type *type, size_t offset)
{
    return *(BinaryFn *)((char *)type + offset);
}
static inline Value operator_name(size_t offset)
{
    return *(const Value *)((const char *)&names + offset);
}

#endif
