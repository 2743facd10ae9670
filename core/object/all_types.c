/* Start-up of the type system: readies every static type and fills builtins. */
#include "core/object/dict.h"
#include "core/object/exception.h"

#define TYPE(type) extern Type type;
#define TYPE_BUILTIN(type) extern Type type;
#include "core/object/all_types.def"
#undef TYPE
#undef TYPE_BUILTIN

typedef struct TypeRow { Type *type; bool builtin; } TypeRow;
static const TypeRow rows[] = {
#define TYPE(type) {&type, false},
#define TYPE_BUILTIN(type) {&type, true},
#include "core/object/all_types.def"
#undef TYPE
#undef TYPE_BUILTIN
};

bool types_init(Thread *t)
{
    runtime.no_names = dict_new(t);
    gc_add_root(&runtime.no_names);
    if (!runtime.no_names || !type_ready(t, &object_type) || !type_ready(t, &type_type)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (!type_ready(t, rows[i].type)) {
            return false;
        }
    }
    return exceptions_init(t);
}

static bool add_types(Thread *t, Value dict)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].builtin &&
            !dict_set_cstr(t, dict, rows[i].type->name, object_value(rows[i].type))) {
            return false;
        }
    }
#define EXC(name, base, doc)                                                  \
    if (!dict_set_cstr(t, dict, #name, object_value(&exc_##name))) {          \
        return false;                                                         \
    }
#include "core/object/exceptions.def"
#undef EXC
    return dict_set_cstr(t, dict, "IOError", object_value(&exc_OSError)) &&
           dict_set_cstr(t, dict, "EnvironmentError", object_value(&exc_OSError));
}

bool types_add_builtins(Thread *t, Value dict)
{
    return add_types(t, dict) && dict_set_cstr(t, dict, "None", NONE) &&
           dict_set_cstr(t, dict, "True", TRUE_VALUE) &&
           dict_set_cstr(t, dict, "False", FALSE_VALUE) &&
           dict_set_cstr(t, dict, "Ellipsis", ELLIPSIS) &&
           dict_set_cstr(t, dict, "NotImplemented", NOT_IMPLEMENTED);
}
