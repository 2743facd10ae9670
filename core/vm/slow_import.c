/* import statements. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/lazy_import.h"
#include "core/vm/vm_internal.h"

Value vm_import_name(Thread *t, Value *base, Value name, Value fromlist, Value level)
{
    Value builtins = frame_function(base)->builtins;
    Value import = value_is_dict(builtins) ? dict_get(t, builtins, N(__import__)) : 0;
    if (!import) {
        return t->exc ? 0 : raise_error(t, &exc_ImportError, "__import__ not found");
    }
    Frame *f = frame_of(base);
    Value args[5] = {name, frame_function(base)->globals, f->flags & FRAME_NS ? f->ns : NONE,
                     fromlist, level};
    return call(t, import, args, 5, 0);
}

Value vm_import_lazy(Thread *t, Value *base, Value name, Value fromlist, Value level)
{
    int lazy = lazy_import_wanted(t, base, name, level);
    return lazy < 0   ? 0
           : lazy > 0 ? lazy_import_new(t, base, name, fromlist, level)
                      : vm_import_name(t, base, name, fromlist, level);
}

static Value text_attribute(Thread *t, Value o, Value name)
{
    Value v = 0;
    if (object_lookup_attr(t, o, name, &v) < 0) {
        error_clear(t);
    }
    return v && value_is_str(v) ? v : 0;
}

static bool is_initializing(Thread *t, Value module)
{
    Value spec = 0, flag = 0;
    int truth = 0;
    if (object_lookup_attr(t, module, N(__spec__), &spec) > 0 && !is_none(spec) &&
        object_lookup_attr(t, spec, N(_initializing), &flag) > 0) {
        truth = object_truth(t, flag);
    }
    error_clear(t);
    return truth > 0;
}

static Value cannot_import(Thread *t, Value module, Value name)
{
    Value module_name = text_attribute(t, module, N(__name__));
    Value path = text_attribute(t, module, N(__file__));
    Value shown = module_name ? module_name : str_from_cstr(t, "<unknown module name>");
    if (!shown) {
        return 0;
    }
    if (!path) {
        raise_error(t, &exc_ImportError, "cannot import name %R from %R (unknown location)", name,
                    shown);
    } else if (is_initializing(t, module)) {
        raise_error(t, &exc_ImportError,
                    "cannot import name %R from partially initialized module %R (most likely due "
                    "to a circular "
                    "import) (%U)",
                    name, shown, path);
    } else {
        raise_error(t, &exc_ImportError, "cannot import name %R from %R (%U)", name, shown, path);
    }
    if (t->exc && type_of(t->exc) == &exc_ImportError) {
        ImportErrorExc *e = (ImportErrorExc *)value_object(t->exc);
        gc_store(e, &e->name, module_name ? module_name : NONE);
        gc_store(e, &e->path, path ? path : NONE);
    }
    return 0;
}

Value vm_import_from(Thread *t, Value module, Value name)
{
    Value v = 0;
    if (value_is_lazy_import(module)) {
        return lazy_import_attr(t, module, name);
    }
    int found = object_lookup_attr(t, module, name, &v);
    if (found) {
        return found > 0 ? v : 0;
    }
    Value module_name = text_attribute(t, module, N(__name__));
    if (module_name) { /* a submodule whose import is under way is not an attribute yet */
        Value full = str_format(t, "%U.%U", module_name, name);
        v = full ? dict_get(t, t->interp->modules, full) : 0;
        if (v || t->exc) {
            return v;
        }
    }
    return cannot_import(t, module, name);
}

/* Names to be imported by *: __all__, or the keys of __dict__ (then *skip_private). */
static Value star_names(Thread *t, Value module, bool *skip_private)
{
    Value all = 0;
    *skip_private = false;
    if (object_lookup_attr(t, module, N(__all__), &all) < 0) {
        return 0;
    }
    if (all) {
        return sequence_list(t, all);
    }
    *skip_private = true;
    Value dict = 0;
    if (object_lookup_attr(t, module, N(__dict__), &dict) <= 0) {
        return t->exc ? 0
                      : raise_error(t, &exc_ImportError,
                                    "from-import-* object has no __dict__ and no __all__");
    }
    Value keys = value_is_dict(dict) ? dict_keys_list(t, dict) : call_method0(t, dict, N(keys));
    return keys ? sequence_list(t, keys) : 0;
}

/* What is in the dict of a module is its attribute, but for dunders, which its class may have. */
static Value star_value(Thread *t, Value module, Value name)
{
    if (type_of(module) == &module_type && value_is_str_exact(name) && str_len(name) &&
        str_get(value_str(name), 0) != '_' && module_dict(module)) {
        Value v = dict_get_str(module_dict(module), name);
        if (v && !value_is_lazy_import(v)) {
            return v;
        }
    }
    return object_getattr(t, module, name);
}

bool vm_import_star(Thread *t, Value *base, Value module)
{
    bool skip_private;
    Value list = star_names(t, module, &skip_private);
    for (size_t i = 0; list && i < list_len(list); i++) {
        Value name = list_get(list, i);
        if (!value_is_str(name)) {
            Value module_name = text_attribute(t, module, N(__name__));
            if (module_name) {
                type_error(t, "%s in %U.%s must be str, not %T", skip_private ? "Key" : "Item",
                           module_name, skip_private ? "__dict__" : "__all__", name);
            } else if (!t->exc) {
                type_error(t, "module __name__ must be a string");
            }
            return false;
        }
        if (skip_private && str_len(name) && str_get(value_str(name), 0) == '_') {
            continue;
        }
        Value v = star_value(t, module, name);
        if (!v || !vm_store_name(t, base, name, v)) {
            return false;
        }
    }
    return list != 0;
}
