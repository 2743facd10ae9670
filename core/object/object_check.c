/* isinstance, issubclass with their hooks, and dir(). */
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* ---- classes that are no types but have __bases__ ---- */

/* cls.__bases__ when it is a tuple; 0 without exception otherwise. */
static Value abstract_bases(Thread *t, Value cls)
{
    Value bases;
    int r = object_lookup_attr(t, cls, N(__bases__), &bases);
    return r > 0 && value_is_tuple(bases) ? bases : 0;
}

static bool check_class(Thread *t, Value cls, const char *message)
{
    if (abstract_bases(t, cls)) {
        return true;
    }
    if (!error_pending(t)) {
        type_error(t, "%s", message);
    }
    return false;
}

static int abstract_issubclass(Thread *t, Value derived, Value cls)
{
    if (derived == cls) {
        return 1;
    }
    if (!c_recursion_enter(t, " in __issubclass__")) {
        return -1;
    }
    Value bases = abstract_bases(t, derived);
    int r = !bases && error_pending(t) ? -1 : 0;
    for (size_t i = 0; bases && r == 0 && i < tuple_len(bases); i++) {
        r = abstract_issubclass(t, tuple_get(bases, i), cls);
    }
    c_recursion_leave(t);
    return r;
}

int object_recursive_issubclass(Thread *t, Value c, Value cls)
{
    if (value_is_type(cls) && value_is_type(c)) {
        return type_is_subtype(value_type(c), value_type(cls));
    }
    if (!check_class(t, c, "issubclass() arg 1 must be a class")) {
        return -1;
    }
    if (type_of(cls) != &union_type &&
        !check_class(t, cls,
                     "issubclass() arg 2 must be a class, a tuple of classes, or a union")) {
        return -1;
    }
    return abstract_issubclass(t, c, cls);
}

int object_recursive_isinstance(Thread *t, Value o, Value cls)
{
    Value other;
    if (value_is_type(cls)) {
        Type *type = type_of(o);
        if (type_is_subtype(type, value_type(cls))) {
            return 1;
        }
        if (type->getattr == generic_getattr &&
            (!(type->flags & TYPE_HEAP) ||
             type_lookup(t, type, N(__class__)) == type_lookup(t, &object_type, N(__class__)))) {
            return 0; /* no __class__ tells another one */
        }
        int r = object_lookup_attr(t, o, N(__class__), &other);
        if (r <= 0) {
            return r;
        }
        return value_is_type(other) && value_type(other) != type_of(o)
                   ? type_is_subtype(value_type(other), value_type(cls))
                   : 0;
    }
    if (!check_class(t, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union")) {
        return -1;
    }
    int r = object_lookup_attr(t, o, N(__class__), &other);
    return r > 0 ? abstract_issubclass(t, other, cls) : r;
}

/* ---- with hooks ---- */

typedef int (*CheckFn)(Thread *t, Value a, Value cls);

static int check_any(Thread *t, Value a, Value classes, CheckFn check)
{
    if (!c_recursion_enter(t, " in __instancecheck__")) {
        return -1;
    }
    int r = 0;
    for (size_t i = 0; r == 0 && i < tuple_len(classes); i++) {
        r = check(t, a, tuple_get(classes, i));
    }
    c_recursion_leave(t);
    return r;
}

static int call_hook(Thread *t, Value cls, Value hook, Value a, CheckFn fallback)
{
    bool found;
    if (!c_recursion_enter(t, " in __instancecheck__")) {
        return -1;
    }
    Value v = special_call(t, cls, hook, &a, 1, &found);
    c_recursion_leave(t);
    if (!found) {
        return fallback(t, a, cls);
    }
    return v ? object_truth(t, v) : -1;
}

int object_isinstance(Thread *t, Value o, Value cls)
{
    if (object_value(type_of(o)) == cls) {
        return 1;
    }
    if (type_of(cls) == &type_type) {
        return object_recursive_isinstance(t, o, cls);
    }
    if (type_of(cls) == &union_type) {
        cls = ((UnionType *)value_object(cls))->args;
        for (size_t i = 0; i < tuple_len(cls); i++) {
            if (value_isa(tuple_get(cls, i), &generic_alias_type)) {
                type_error(t, "isinstance() argument 2 cannot be a parameterized generic");
                return -1;
            }
        }
    }
    if (value_is_tuple(cls)) {
        return check_any(t, o, cls, object_isinstance);
    }
    return call_hook(t, cls, N(__instancecheck__), o, object_recursive_isinstance);
}

int object_issubclass(Thread *t, Value c, Value cls)
{
    if (type_of(cls) == &type_type) {
        return c == cls ? 1 : object_recursive_issubclass(t, c, cls);
    }
    if (type_of(cls) == &union_type) {
        cls = ((UnionType *)value_object(cls))->args;
        for (size_t i = 0; i < tuple_len(cls); i++) {
            if (value_isa(tuple_get(cls, i), &generic_alias_type)) {
                type_error(t, "issubclass() argument 2 cannot be a parameterized generic");
                return -1;
            }
        }
    }
    if (value_is_tuple(cls)) {
        return check_any(t, c, cls, object_issubclass);
    }
    return call_hook(t, cls, N(__subclasscheck__), c, object_recursive_issubclass);
}

/* ---- dir ---- */

static Value dir_of_locals(Thread *t)
{
    Value locals = runtime.current_locals(t);
    if (!locals) {
        return 0;
    }
    Value keys = call_method0(t, locals, N(keys));
    Value list = keys ? sequence_list(t, keys) : 0;
    return list && list_sort(t, list, 0, false) ? list : 0;
}

Value object_dir(Thread *t, Value o)
{
    if (!o) {
        return dir_of_locals(t);
    }
    bool found;
    Value names_found = special_call(t, o, N(__dir__), NULL, 0, &found);
    if (!found) {
        return type_error(t, "object does not provide __dir__");
    }
    Value list = names_found ? sequence_list(t, names_found) : 0;
    return list && list_sort(t, list, 0, false) ? list : 0;
}
