/* Module objects and helpers for the built-in C modules. */
#include "core/object/module.h"

#include "core/base/atomics.h"
#include "core/object/dict.h"
#include "core/object/dict_internal.h"
#include "core/object/int.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/object/type_internal.h"
#include "core/object/upward.h"

static void module_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((Module *)o)->dict);
}

static Module *module_of(Value v)
{
    assert(value_isa(v, &module_type));
    return (Module *)value_object(v);
}

static Value module_make(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kwnames UNUSED)
{
    Module *m = object_alloc_instance(t, type, 0);
    Value dict = m ? dict_new(t) : 0;
    if (!dict) {
        return 0;
    }
    gc_init(&m->dict, dict);
    return object_value(m);
}

static bool fill(Thread *t, Value self, Value name, Value doc)
{
    Value dict = module_dict(self);
    return dict_set(t, dict, N(__name__), name) && dict_set(t, dict, N(__doc__), doc) &&
           dict_set(t, dict, N(__package__), NONE) && dict_set(t, dict, N(__loader__), NONE) &&
           dict_set(t, dict, N(__spec__), NONE);
}

static bool module_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("module(name, doc=None)");
    Value a[2];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    if (!value_is_str(a[0])) {
        type_error(t, "module() argument 'name' must be str, not %B", a[0]);
        return false;
    }
    return fill(t, self, a[0], a[1] ? a[1] : NONE);
}

Value module_new(Thread *t, Value name)
{
    return module_new_sized(t, name, 0);
}

Value module_new_sized(Thread *t, Value name, size_t n)
{
    enum { ALWAYS = 5 }; /* what fill() sets */
    Value m = module_make(t, &module_type, NULL, 0, 0);
    return m && dict_reserve(t, module_dict(m), ALWAYS + n) && fill(t, m, name, NONE) ? m : 0;
}

/* ---- attributes ---- */

static COLD Value missing(Thread *t, Value self, Value name)
{
    Value dict = module_dict(self);
    Value own_name = dict_get_str(dict, N(__name__)), spec = dict_get_str(dict, N(__spec__)), v;
    if (!own_name || !value_is_str(own_name)) {
        return raise(t, &exc_AttributeError, "module has no attribute '%U'", name);
    }
    int r = spec && !is_none(spec) ? object_lookup_attr_cstr(t, spec, "_initializing", &v) : 0;
    r = r > 0 ? object_truth(t, v) : r;
    if (r > 0) {
        return raise(t, &exc_AttributeError,
                     "partially initialized module '%U' has no attribute '%U' "
                     "(most likely due to a circular import)",
                     own_name, name);
    }
    error_clear(t);
    r = spec && !is_none(spec) ? object_lookup_attr_cstr(t, spec, "_uninitialized_submodules", &v)
                               : 0;
    if (r > 0 && object_contains(t, v, name) > 0) {
        return raise(t, &exc_AttributeError, "cannot access submodule '%U' of module '%U' "
                     "(most likely due to a circular import)", name, own_name);
    }
    error_clear(t);
    return raise(t, &exc_AttributeError, "module '%U' has no attribute '%U'", own_name, name);
}

static void note_name(Thread *t, Value self, Value name)
{
    if (t->exc && type_of(t->exc) == &exc_AttributeError) {
        AttributeErrorExc *e = (AttributeErrorExc *)value_object(t->exc);
        gc_store(e, &e->obj, self);
        gc_store(e, &e->name, name);
    }
}

Value module_find_attr(Thread *t, Value self, Value name)
{
    Value v;
    Type *type = type_of(self);
    Value descr = type_lookup(t, type, name);
    if (!descr && module_of(self)->dict) {
        v = dict_get_name(t, module_dict(self), name);
        if (v || UNLIKELY(error_pending(t))) {
            return v && UNLIKELY(value_is_lazy_import(v))
                       ? lazy_import_load(t, module_dict(self), name, v)
                       : v;
        }
    }
    if (descr) {
        v = generic_getattr(t, self, name);
        if (v || !error_matches(t, &exc_AttributeError)) {
            return v;
        }
        error_clear(t);
    }
    Value hook = dict_get_str(module_dict(self), N(__getattr__));
    return hook ? call1(t, hook, name) : 0;
}

Value module_getattr(Thread *t, Value self, Value name)
{
    if (UNLIKELY(!value_is_str(name))) {
        return generic_getattr(t, self, name);
    }
    Value v = module_find_attr(t, self, name);
    if (UNLIKELY(!v) && !error_pending(t)) {
        missing(t, self, name);
        note_name(t, self, name);
    }
    return v;
}

static Value module_dir(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value dict = object_getattr(t, args[0], N(__dict__));
    if (!dict) {
        return 0;
    }
    if (!value_is_dict(dict)) {
        return type_error(t, "<module>.__dict__ is not a dictionary");
    }
    Value hook = dict_get_str(dict, N(__dir__));
    return hook ? call0(t, hook) : dict_keys_list(t, dict);
}

static Value get_dict(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return module_dict(self);
}

static bool refuse_dict(Thread *t, Value self UNUSED, Value v UNUSED, void *closure UNUSED)
{
    raise(t, &exc_AttributeError, "readonly attribute");
    return false;
}

static Value get_annotations(Thread *t, Value self, void *closure UNUSED)
{
    Value dict = module_dict(self), v = dict_get_str(dict, N(__annotations__));
    if (v) {
        return v;
    }
    v = dict_new(t);
    return v ? dict_setdefault(t, dict, N(__annotations__), v) : 0;
}

static bool set_annotations(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v) {
        return dict_set(t, module_dict(self), N(__annotations__), v);
    }
    int r = dict_del(t, module_dict(self), N(__annotations__));
    if (r == 0) {
        raise(t, &exc_AttributeError, "__annotations__");
    }
    return r > 0;
}

/* ---- repr ---- */

static Value repr_from_spec(Thread *t, Value spec)
{
    Value name = object_getattr_cstr(t, spec, "name");
    Value origin = name ? object_getattr_cstr(t, spec, "origin") : 0;
    Value v =
        origin ? object_getattr_cstr(t, spec, is_none(origin) ? "loader" : "has_location") : 0;
    if (!v) {
        return 0;
    }
    if (is_none(origin)) {
        return is_none(v) ? str_format(t, "<module %R>", name)
                          : str_format(t, "<module %R (%R)>", name, v);
    }
    int located = object_truth(t, v);
    return located < 0 ? 0 : located ? str_format(t, "<module %R from %R>", name, origin)
                                     : str_format(t, "<module %R (%S)>", name, origin);
}

static Value module_repr(Thread *t, Value self)
{
    Value dict = module_dict(self);
    Value spec = dict_get_str(dict, N(__spec__)), name = dict_get_str(dict, N(__name__));
    if (spec && !is_none(spec)) {
        return repr_from_spec(t, spec);
    }
    name = name ? name : str_from_cstr(t, "?");
    Value file = dict_get_str(dict, N(__file__)), loader = dict_get_str(dict, N(__loader__)),
          repr = 0;
    if (loader && !is_none(loader) &&
        object_lookup_attr_cstr(t, loader, "module_repr", &repr) > 0) {
        Value text = call1(t, repr, self);
        if (text) {
            return text;
        }
    }
    error_clear(t);
    if (file) {
        return str_format(t, "<module %R from %R>", name, file);
    }
    return loader && !is_none(loader) ? str_format(t, "<module %R (%R)>", name, loader)
                                      : str_format(t, "<module %R>", name);
}

static const NativeDef module_methods[] = {
    {"__dir__()", module_dir, "__dir__() -> list\nspecialized dir() implementation", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef module_getset[] = {
    {"__dict__", get_dict, refuse_dict, NULL, NULL},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type module_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "module",
    .size = sizeof(Module),
    .flags = TYPE_BASETYPE,
    .weakrefable = 1,
    .dict_offset = offsetof(Module, dict),
    .trace = module_trace,
    .new = module_make,
    .init = module_init,
    .getattr = module_getattr,
    .repr = module_repr,
    .methods = module_methods,
    .getset = module_getset,
    .sig = "module(name, doc=None)",
    .doc = "Create a module object.\n\nThe name must be a string; the optional doc argument can "
           "have any type.",
};

/* ---- built-in modules ---- */

static bool add_functions(Thread *t, Value dict, const ModuleDef *def, Value module)
{
    for (const NativeDef *d = def->functions; d && d->sig; d++) {
        Value f = native_function_new(t, d, 0, module);
        Value name = f ? native_name(t, d) : 0;
        if (!name || !dict_set(t, dict, name, f)) {
            return false;
        }
    }
    return true;
}

/* Name -> the functions of the built-in module as a dict, for interpreters other than the main one:
 * built-in functions are immutable and know no interpreter.  A root. */
static Value function_tables;

static Value functions_of(Thread *t, const ModuleDef *def, Value name)
{
    if (!value_load(&function_tables)) {
        Value fresh = dict_new(t), none = 0;
        if (!fresh) {
            return 0;
        }
        if (cas_acq_rel(&function_tables, &none, fresh)) {
            gc_add_root(&function_tables);
        }
    }
    Value table = dict_get(t, function_tables, name);
    if (!table && !t->exc && (table = dict_new(t)) && add_functions(t, table, def, name)) {
        table = dict_setdefault(t, function_tables, name, table);
    }
    return t->exc ? 0 : table;
}

Value module_from_def(Thread *t, const ModuleDef *def)
{
    Value name = intern_cstr(t, def->name);
    Value m = name ? module_new(t, name) : 0;
    if (!m) {
        return 0;
    }
    module_of(m)->def = def;
    bool main = !t->interp || t->interp->id == 0;
    Value table = main ? 0 : functions_of(t, def, name);
    if (main ? !add_functions(t, module_dict(m), def, name)
             : !table || !dict_update(t, module_dict(m), table)) {
        return 0;
    }
    return !def->doc || module_add_str(t, m, "__doc__", def->doc) ? m : 0;
}

bool module_add(Thread *t, Value mod, const char *name, Value v)
{
    Value key = v ? intern_cstr(t, name) : 0;
    return key && dict_set(t, module_dict(mod), key, v);
}

bool module_add_int(Thread *t, Value mod, const char *name, int64_t v)
{
    return module_add(t, mod, name, int_from_int64(t, v));
}

bool module_add_ints(Thread *t, Value mod, const IntConstant *constants, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!module_add_int(t, mod, constants[i].name, constants[i].value)) {
            return false;
        }
    }
    return true;
}

bool module_add_str(Thread *t, Value mod, const char *name, const char *utf8)
{
    return module_add(t, mod, name, str_from_cstr(t, utf8));
}

bool module_add_type(Thread *t, Value mod, Type *type)
{
    return type_ready(t, type) && module_add(t, mod, type_short_name(type), object_value(type));
}

Value import_module(Thread *t, const char *dotted_name)
{
    Value name = intern_cstr(t, dotted_name);
    return name ? runtime.import_module(t, name) : 0;
}

Value import_attr(Thread *t, const char *dotted_name, const char *attr)
{
    Value loaded = dict_get_cstr(t, t->interp->modules, dotted_name);
    if (loaded && type_of(loaded) == &module_type) {
        Value v = dict_get_cstr(t, module_dict(loaded), attr);
        if (v || error_pending(t)) {
            return v;
        }
    } else if (error_pending(t)) {
        return 0;
    }
    Value m = import_module(t, dotted_name);
    return m ? object_getattr_cstr(t, m, attr) : 0;
}
