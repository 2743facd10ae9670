/* None, NotImplemented, Ellipsis. */
#include "core/object/object.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

Object none_object = OBJECT_STATIC_HEAD(&none_type);
Object not_implemented_object = OBJECT_STATIC_HEAD(&not_implemented_type);
Object ellipsis_object = OBJECT_STATIC_HEAD(&ellipsis_type);

static bool no_arguments(Thread *t, Type *type, size_t n, Value kwnames)
{
    if (n || (kwnames && tuple_len(kwnames))) {
        type_error(t, "%s takes no arguments",
                   type == &ellipsis_type ? "EllipsisType" : type->name);
        return false;
    }
    return true;
}

static Value none_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    return no_arguments(t, type, n, kwnames) ? NONE : 0;
}

static Value not_implemented_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    return no_arguments(t, type, n, kwnames) ? NOT_IMPLEMENTED : 0;
}

static Value ellipsis_new(Thread *t, Type *type, Value *args UNUSED, size_t n, Value kwnames)
{
    return no_arguments(t, type, n, kwnames) ? ELLIPSIS : 0;
}

static Value singleton_repr(Thread *t, Value self)
{
    return self == NONE ? N(none_text)
                        : str_from_cstr(t, self == ELLIPSIS ? "Ellipsis" : "NotImplemented");
}

static int none_truth(Thread *t UNUSED, Value self UNUSED)
{
    return 0;
}

static int not_implemented_truth(Thread *t, Value self UNUSED)
{
    return warn(t, &exc_DeprecationWarning, 1,
                "NotImplemented should not be used in a boolean context")
               ? 1
               : -1;
}

static Value singleton_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return singleton_repr(t, args[0]);
}

static const NativeDef named_methods[] = {
    {"__reduce__()", singleton_reduce, "Helper for pickle.", 0},
    {NULL, NULL, NULL, 0},
};

Type none_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "NoneType",
    .size = sizeof(Object),
    .new = none_new,
    .repr = singleton_repr,
    .truth = none_truth,
};
Type not_implemented_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "NotImplementedType",
    .size = sizeof(Object),
    .new = not_implemented_new,
    .repr = singleton_repr,
    .truth = not_implemented_truth,
    .methods = named_methods,
};
Type ellipsis_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "ellipsis",
    .size = sizeof(Object),
    .new = ellipsis_new,
    .repr = singleton_repr,
    .methods = named_methods,
    .getattr = generic_getattr,
};
