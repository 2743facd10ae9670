/* int: fixnums in the word, everything else a BigInt over GMP's mpn functions; bool is a subclass
 * with two objects. A BigInt of the exact type int never holds a value that fits a fixnum (int
 * subclasses always use BigInt). */
#ifndef CORE_OBJECT_INT_H
#define CORE_OBJECT_INT_H

#include "core/object/object.h"

typedef struct BigInt {
    Object head;
    ssize_t size;       /* limbs used; negative: negative number; 0: zero */
    uint64_t limbs[];   /* little-endian */
} BigInt;

static inline bool value_is_int(Value v)
{
    return value_is_fixnum(v) || (value_is_object(v) && value_has(v, TYPE_INT));
}
static inline bool value_is_bool(Value v) { return v == TRUE_VALUE || v == FALSE_VALUE; }
static inline bool value_is_int_exact(Value v)
{
    return value_is_fixnum(v) || (value_is_object(v) && value_object(v)->type == &int_type);
}
Value int_from_int64_slow(Thread *t, int64_t i);
static inline Value int_from_int64(Thread *t, int64_t i)
{
    return LIKELY(fixnum_fits(i)) ? fixnum(i) : int_from_int64_slow(t, i);
}
Value int_from_uint64(Thread *t, uint64_t u);
/* truncates; OverflowError / ValueError for inf, nan */
Value int_from_double(Thread *t, double d);
/* Text in base 2..36, or 0: by prefix; underscores and surrounding space allowed as int() allows.
 * Respects the digit limit. */
Value int_from_text(Thread *t, const char *p, size_t n, int base);
Value int_from_bytes(Thread *t, const uint8_t *p, size_t n, bool little_endian, bool is_signed);
NODISCARD bool int_to_bytes(Thread *t, Value v, uint8_t *p, size_t n, bool little_endian,
                            bool is_signed);
Value int_to_str(Thread *t, Value v, int base /* 2, 8, 10, 16; no prefix */);
Value int_to_prefixed(Thread *t, Value v, int base); /* "-0x1f"; base 2, 8 or 16 */
Value int_to_exact(Thread *t, Value v);          /* int of the exact type with the same value */
bool int_try_int64(Value v, int64_t *out);       /* v an int; false: does not fit */
/* correctly rounded; -1.0 with OverflowError pending */
double int_to_double(Thread *t, Value v);
int int_sign(Value v);
size_t int_bit_length(Value v);
int64_t int_hash(Value v);
int int_compare(Value a, Value b);               /* both int: <0, 0, >0 */
/* exact arithmetic on ints (any subclass), results of exact type */
Value int_add(Thread *t, Value a, Value b);
Value int_sub(Thread *t, Value a, Value b);
Value int_mul(Thread *t, Value a, Value b);
Value int_floordiv(Thread *t, Value a, Value b);
Value int_mod(Thread *t, Value a, Value b);
NODISCARD bool int_divmod(Thread *t, Value a, Value b, Value *q, Value *r);
Value int_neg(Thread *t, Value a);
Value int_lshift(Thread *t, Value a, size_t n);
Value int_rshift(Thread *t, Value a, size_t n);
Value int_gcd(Thread *t, Value a, Value b);
Value int_pow(Thread *t, Value a, Value b, Value mod /* or 0 */);

#endif
