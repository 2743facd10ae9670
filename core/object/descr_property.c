/* property. */
#include "core/object/descr.h"
#include "core/object/str.h"

static Property *property_of(Value v)
{
    assert(value_isa(v, &property_type));
    return (Property *)value_object(v);
}

static void property_trace(Object *o, Tracer *tr)
{
    trace_values(tr, &((Property *)o)->fget, 5);
}

static Value property_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static Value unless_none(Value v)
{
    return v && !is_none(v) ? v : 0;
}

/* The getter's docstring becomes the property's; a subclass keeps it in its __dict__, where it
 * hides the class's. */
static bool adopt_doc(Thread *t, Value self, Value getter)
{
    Property *p = property_of(self);
    Value doc;
    int r = object_lookup_attr(t, getter, N(__doc__), &doc);
    if (r <= 0) {
        return r == 0;
    }
    store_relaxed(&p->getter_doc, true);
    if (type_of(self) == &property_type) {
        gc_store(p, &p->doc, doc);
        return true;
    }
    return object_setattr(t, self, N(__doc__), doc);
}

static bool property_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("property(fget=None, fset=None, fdel=None, doc=None)");
    Value a[4];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    Property *p = property_of(self);
    gc_store(p, &p->fget, unless_none(a[0]));
    gc_store(p, &p->fset, unless_none(a[1]));
    gc_store(p, &p->fdel, unless_none(a[2]));
    gc_store(p, &p->doc, unless_none(a[3]));
    gc_store(p, &p->name, 0);
    store_relaxed(&p->getter_doc, false);
    if (!unless_none(a[3]) && unless_none(a[0])) {
        return adopt_doc(t, self, a[0]);
    }
    return type_of(self) == &property_type || !unless_none(a[3]) ||
           object_setattr(t, self, N(__doc__), a[3]);
}

static COLD Value lacks(Thread *t, Property *p, Value obj, const char *what)
{
    Value qualname = object_getattr(t, object_value(type_of(obj)), N(__qualname__));
    if (!qualname) {
        return 0;
    }
    Value name = value_load(&p->name);
    return name
               ? raise(t, &exc_AttributeError, "property %R of %R object has no %s", name,
                       qualname, what)
               : raise(t, &exc_AttributeError, "property of %R object has no %s", qualname, what);
}

static Value property_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    Property *p = property_of(descr);
    if (!obj || is_none(obj)) {
        return descr;
    }
    Value get = value_load(&p->fget); /* here and below: __init__ may be called again */
    return get ? call1(t, get, obj) : lacks(t, p, obj, "getter");
}

static bool property_set(Thread *t, Value descr, Value obj, Value v)
{
    Property *p = property_of(descr);
    Value f = value_load(v ? &p->fset : &p->fdel);
    if (!f) {
        lacks(t, p, obj, v ? "setter" : "deleter");
        return false;
    }
    return (v ? call2(t, f, obj, v) : call1(t, f, obj)) != 0;
}

/* A copy with one function replaced. */
static Value copy_with(Thread *t, Value self, Value get, Value set, Value del)
{
    Property *p = property_of(self);
    get = unless_none(get) ? get : value_load(&p->fget);
    set = unless_none(set) ? set : value_load(&p->fset);
    del = unless_none(del) ? del : value_load(&p->fdel);
    bool fresh_doc = p->getter_doc && get;
    Value old_doc = value_load(&p->doc), doc = fresh_doc || !old_doc ? NONE : old_doc;
    Value args[4] = {get ? get : NONE, set ? set : NONE, del ? del : NONE, doc};
    Value copy = call(t, object_value(type_of(self)), args, 4, 0);
    if (copy && value_isa(copy, &property_type)) {
        gc_store(value_object(copy), &property_of(copy)->name, value_load(&p->name));
    }
    return copy;
}

static Value getter_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return copy_with(t, args[0], args[1], 0, 0);
}

static Value setter_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return copy_with(t, args[0], 0, args[1], 0);
}

static Value deleter_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return copy_with(t, args[0], 0, 0, args[1]);
}

static Value set_name_method(Thread *t, Value *args, size_t n, Value kw UNUSED)
{
    if (n != 3) {
        return type_error(t, "__set_name__() takes 2 positional arguments but %zu were given",
                          n - 1);
    }
    gc_store(value_object(args[0]), &property_of(args[0])->name, args[2]);
    return NONE;
}

int object_is_abstract(Thread *t, Value o)
{
    Value v;
    int r = o ? object_lookup_attr(t, o, N(__isabstractmethod__), &v) : 0;
    return r > 0 ? object_truth(t, v) : r;
}

static Value get_abstract(Thread *t, Value self, void *closure UNUSED)
{
    Property *p = property_of(self);
    int r = object_is_abstract(t, value_load(&p->fget));
    r = r ? r : object_is_abstract(t, value_load(&p->fset));
    r = r ? r : object_is_abstract(t, value_load(&p->fdel));
    return r < 0 ? 0 : bool_value(r);
}

static const NativeDef property_methods[] = {
    {"getter(fget, /)", getter_method,
     "Descriptor to obtain a copy of the property with a different getter.", 0},
    {"setter(fset, /)", setter_method,
     "Descriptor to obtain a copy of the property with a different setter.", 0},
    {"deleter(fdel, /)", deleter_method,
     "Descriptor to obtain a copy of the property with a different deleter.", 0},
    {"__set_name__(owner, name, /)", set_name_method, "Method to set name of a property.",
     NATIVE_RAW},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef property_getset[] = {
    {"__isabstractmethod__", get_abstract, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef property_members[] = {
    {"fget", MEMBER_VALUE, offsetof(Property, fget), true, NULL},
    {"fset", MEMBER_VALUE, offsetof(Property, fset), true, NULL},
    {"fdel", MEMBER_VALUE, offsetof(Property, fdel), true, NULL},
    {"__doc__", MEMBER_VALUE, offsetof(Property, doc), false, NULL},
    {NULL, 0, 0, false, NULL},
};

Type property_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "property",
    .size = sizeof(Property),
    .flags = TYPE_BASETYPE,
    .trace = property_trace,
    .new = property_new,
    .init = property_init,
    .descr_get = property_get,
    .descr_set = property_set,
    .methods = property_methods,
    .getset = property_getset,
    .members = property_members,
    .sig = "property(fget=None, fset=None, fdel=None, doc=None)",
    .doc = "Property attribute.\n\nTypical use is to define a "
           "managed attribute with a getter, a setter and a deleter,\nmost easily by using it as a "
           "decorator.",
    .getattr = generic_getattr,
};
