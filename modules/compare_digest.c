/* Equality of secrets, for _operator and _hashlib. */
#include "modules/compare_digest.h"

#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/str.h"

/* Time does not depend on the position of a difference. */
static bool equal_bytes(const uint8_t *a, size_t na, const uint8_t *b, size_t nb)
{
    volatile uint8_t difference = na != nb;
    const uint8_t *left = na == nb ? a : b;
    for (size_t i = 0; i < nb; i++) {
        difference = (uint8_t)(difference | (left[i] ^ b[i]));
    }
    return difference == 0;
}

Value compare_digest(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (value_is_str(args[0]) && value_is_str(args[1])) {
        const Str *a = value_str(args[0]), *b = value_str(args[1]);
        if (!a->ascii || !b->ascii) {
            return type_error(t, "comparing strings with non-ASCII characters is not supported");
        }
        return bool_value(equal_bytes(a->data, a->len, b->data, b->len));
    }
    if (!value_has_buffer(args[0]) && !value_has_buffer(args[1])) {
        return type_error(t, "unsupported operand types(s) or combination of types: '%T' and '%T'",
                          args[0], args[1]);
    }
    if (type_of(args[0]) == &bytes_type && type_of(args[1]) == &bytes_type) {
        const Bytes *a = value_bytes(args[0]), *b = value_bytes(args[1]);
        return bool_value(
            equal_bytes((const uint8_t *)a->data, a->len, (const uint8_t *)b->data, b->len));
    }
    Buffer x, y;
    if (!buffer_get_still(t, args[0], &x)) {
        return 0;
    }
    if (!buffer_get_still(t, args[1], &y)) {
        buffer_release(t, &x);
        return 0;
    }
    bool equal = equal_bytes(x.buf, (size_t)x.len, y.buf, (size_t)y.len);
    buffer_release(t, &x);
    buffer_release(t, &y);
    return bool_value(equal);
}
