/* bool: two static objects without limbs; int's functions know them by identity. */
#include "core/object/int_internal.h"
#include "core/object/native.h"
#include "core/object/str.h"

Object true_object = OBJECT_STATIC_HEAD(&bool_type);
Object false_object = OBJECT_STATIC_HEAD(&bool_type);

static Value bool_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "bool", kwnames) || !args_count(t, "bool", n, 0, 1)) {
        return 0;
    }
    int truth = n ? object_truth(t, args[0]) : 0;
    return truth < 0 ? 0 : bool_value(truth);
}

static Value bool_repr(Thread *t UNUSED, Value v)
{
    return v == TRUE_VALUE ? N(true_text) : N(false_text);
}

static Value bool_and(Thread *t, Value a, Value b)
{
    return value_is_bool(a) && value_is_bool(b) ? bool_value(a == TRUE_VALUE && b == TRUE_VALUE)
                                                : int_and_slot(t, a, b);
}

static Value bool_or(Thread *t, Value a, Value b)
{
    return value_is_bool(a) && value_is_bool(b) ? bool_value(a == TRUE_VALUE || b == TRUE_VALUE)
                                                : int_or_slot(t, a, b);
}

static Value bool_xor(Thread *t, Value a, Value b)
{
    return value_is_bool(a) && value_is_bool(b) ? bool_value(a != b) : int_xor_slot(t, a, b);
}

static int bool_truth(Thread *t UNUSED, Value v)
{
    return v == TRUE_VALUE;
}

Type bool_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "bool",
    .doc = "bool(x) -> bool\n\nTrue when x is true, else False.  There are no other instances.",
    .flags = TYPE_INT | TYPE_MATCH_SELF,
    .size = sizeof(BigInt) + sizeof(uint64_t), /* what sizeof(PyLongObject) is to extensions */
    .base = &int_type,
    .new = bool_new,
    .repr = bool_repr,
    .and_ = bool_and,
    .or_ = bool_or,
    .xor = bool_xor,
    .truth = bool_truth,
};
