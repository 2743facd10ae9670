/* What the files of float and complex share. */
#ifndef CORE_OBJECT_FLOAT_INTERNAL_H
#define CORE_OBJECT_FLOAT_INTERNAL_H

#include "core/object/float.h"

extern const NativeDef float_methods[];
extern const GetSetDef float_getset[];

/* A float or int operand as a double: 1, 0 neither (NotImplemented), -1 raised. */
int float_operand(Thread *t, Value v, double *out);
double float_modulo(double a, double b, double *floor_div); /* b != 0 */
/* Longest float literal at p: as double_parse, with nothing else accepted.  Underscores between
 * digits are removed by float_strip_underscores first: false when one is misplaced. */
bool float_strip_underscores(char *p, size_t *n);
Value float_from_object(Thread *t, Value x); /* float(x) */
Value float_new_instance(Thread *t, Type *type, double d);
Value float_fromhex_method(Thread *t, Value *args, size_t n, Value kw);
Value float_hex_method(Thread *t, Value *args, size_t n, Value kw);
Value float_repr_slot(Thread *t, Value v);
int64_t nan_hash(Value v);
Value complex_power(Thread *t, double ar, double ai, double br, double bi);

#endif
