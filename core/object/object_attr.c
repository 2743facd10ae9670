/* The attribute protocol: getattr, setattr and the default rules of instances. */
#include "core/object/exception.h"
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/str.h"
#include "core/object/type_internal.h"

/* The instance's own attribute; 0: absent, or __eq__ of a key raised. */
static Value own_attribute(Thread *t, Value o, Type *type, Value name)
{
    if (type_has(type, TYPE_HAS_DICT)) {
        return instance_get(t, value_object(o), name);
    }
    if (type->dict_offset > 0) {
        Value dict = value_load((Value *)((char *)value_object(o) + type->dict_offset));
        return dict ? dict_get_name(t, dict, name) : 0;
    }
    return 0;
}

/* The default lookup without the final error: 0 and nothing raised when absent. */
static Value find_attribute(Thread *t, Value o, Value name)
{
    Type *type = type_of(o);
    Value descr = type_lookup(t, type, name);
    DescrGetFn get = descr ? type_of(descr)->descr_get : NULL;
    if (get && type_of(descr)->descr_set) {
        return get(t, descr, o, object_value(type));
    }
    Value own = own_attribute(t, o, type, name);
    if (own || UNLIKELY(error_pending(t))) {
        return own;
    }
    return get ? get(t, descr, o, object_value(type)) : descr;
}

static COLD Value name_error(Thread *t, Value name)
{
    return type_error(t, "attribute name must be string, not '%T'", name);
}

/* name as an exact str; 0 raised */
static Value exact_name(Thread *t, Value name)
{
    if (UNLIKELY(!value_is_str(name))) {
        return name_error(t, name);
    }
    return LIKELY(value_is_str_exact(name)) ? name : str_substring(t, name, 0, str_len(name));
}

Value generic_getattr(Thread *t, Value o, Value name)
{
    if (UNLIKELY(!value_is_str(name)) || UNLIKELY(!value_is_str_exact(name))) {
        name = exact_name(t, name);
        if (!name) {
            return 0;
        }
    }
    Value v = find_attribute(t, o, name);
    return v || error_pending(t) ? v : attribute_error(t, o, name);
}

static bool own_set(Thread *t, Value o, Type *type, Value name, Value v)
{
    Value *field = (Value *)((char *)value_object(o) + type->dict_offset);
    Value dict = value_load(field);
    if (!dict) {
        dict = v ? dict_new(t) : 0;
        if (v && !dict) {
            return false;
        }
        if (dict) {
            gc_store(value_object(o), field, dict);
        }
    }
    if (v) {
        return dict_set(t, dict, name, v);
    }
    int r = dict ? dict_del(t, dict, name) : 0;
    if (r == 0) {
        raise(t, &exc_AttributeError, "'%T' object has no attribute '%U'", o, name);
    }
    return r > 0;
}

bool generic_setattr(Thread *t, Value o, Value name, Value v)
{
    Type *type = type_of(o);
    name = exact_name(t, name);
    if (!name || (!value_str(name)->interned && !(name = intern_str(t, name)))) {
        return false;
    }
    Value descr = type_lookup(t, type, name);
    SetFn set = descr ? type_of(descr)->descr_set : NULL;
    if (set) {
        return set(t, descr, o, v);
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        return instance_set(t, value_object(o), name, v);
    }
    if (type->dict_offset > 0) {
        return own_set(t, o, type, name, v);
    }
    if (descr) {
        raise(t, &exc_AttributeError, "'%T' object attribute '%U' is read-only", o, name);
    } else {
        raise(t, &exc_AttributeError, "'%T' object has no attribute '%U'", o, name);
    }
    return false;
}

/* An AttributeError that does not tell what was looked for learns it. */
static void tell_attribute(Thread *t, Value o, Value name)
{
    if (value_object(t->exc)->type == &exc_AttributeError) {
        AttributeErrorExc *e = (AttributeErrorExc *)value_object(t->exc);
        if (!value_load(&e->name) && !value_load(&e->obj)) {
            gc_store(e, &e->name, name);
            gc_store(e, &e->obj, o);
        }
    }
}

Value object_getattr(Thread *t, Value o, Value name)
{
    if (UNLIKELY(!name)) {
        return 0; /* the name could not be made */
    }
    if (UNLIKELY(!value_is_str(name))) {
        return name_error(t, name);
    }
    BinaryFn fn = type_of(o)->getattr;
    if (UNLIKELY(!fn)) {
        return attribute_error(t, o, name);
    }
    Value v = fn(t, o, name);
    if (UNLIKELY(!v && t->exc)) {
        tell_attribute(t, o, name);
    }
    return v;
}

Value object_getattr_cstr(Thread *t, Value o, const char *name)
{
    Value s = intern_cstr(t, name);
    return s ? object_getattr(t, o, s) : 0;
}

int object_lookup_attr(Thread *t, Value o, Value name, Value *out)
{
    Value v;
    Type *type = type_of(o);
    if (!name || !value_is_str(name) || !value_is_str_exact(name)) {
        v = object_getattr(t, o, name);
    } else if (type->getattr == generic_getattr || type_has(type, TYPE_DEFAULT_GETATTR)) {
        v = find_attribute(t, o, name);
    } else if (type->getattr == type_getattr) {
        v = type_find_attr(t, o, name);
    } else if (type->getattr == module_getattr) {
        v = module_find_attr(t, o, name);
    } else {
        v = object_getattr(t, o, name);
    }
    *out = v;
    if (v) {
        return 1;
    }
    return !error_pending(t) || error_clear_if(t, &exc_AttributeError) ? 0 : -1;
}

int object_lookup_attr_cstr(Thread *t, Value o, const char *name, Value *out)
{
    Value s = intern_cstr(t, name);
    return s ? object_lookup_attr(t, o, s, out) : -1;
}

int object_hasattr(Thread *t, Value o, Value name)
{
    Value v;
    return object_lookup_attr(t, o, name, &v);
}

bool object_setattr(Thread *t, Value o, Value name, Value v)
{
    if (UNLIKELY(!name)) {
        return false;
    }
    if (UNLIKELY(!value_is_str(name))) {
        name_error(t, name);
        return false;
    }
    SetFn fn = type_of(o)->setattr;
    if (UNLIKELY(!fn)) {
        type_error(t, "'%T' object has no attributes", o);
        return false;
    }
    return fn(t, o, name, v);
}
