/* Pickling: everything without an opcode of its own: classes and functions by name, the rest by
 * __reduce_ex__. */
#include "core/vm/vm.h"
#include "modules/_pickle/pickle.h"

Value pickle_compat(Thread *t, const char *table)
{
    return import_attr(t, "_compat_pickle", table);
}

/* ---- names ---- */

/* The attribute `part`, one of the parts of `name`, which belongs to obj, of the object `at`. */
static Value dotted_part(Thread *t, Value obj, Value name, Value at, Value part)
{
    if (str_eq_cstr(part, "<locals>")) {
        raise_error(t, &exc_AttributeError, "Can't pickle local attribute %R on %R", name, obj);
        return 0;
    }
    Value v = object_getattr(t, at, part);
    if (!v && error_clear_if(t, &exc_AttributeError)) {
        raise_error(t, &exc_AttributeError, "Can't get attribute %R on %R", name, obj);
    }
    return v;
}

/* obj.a.b.c; the object before the last dot and the last part go to *parent and *last. */
Value pickle_dotted(Thread *t, Value obj, Value name, Value *parent, Value *last)
{
    *parent = obj;
    *last = name;
    if (value_is_str_exact(name) && value_str(name)->ascii &&
        !memchr(value_str(name)->data, '.', value_str(name)->len)) {
        return dotted_part(t, obj, name, obj, name);
    }
    Value parts = call_method1(t, name, INTERN(t, "split"), str_from_char(t, '.')), at = obj;
    for (size_t i = 0; parts && at && i < list_len(parts); i++) {
        *parent = at;
        *last = list_get(parts, i);
        at = dotted_part(t, obj, name, at, *last);
    }
    return parts ? at : 0;
}

/* The module that v is found in. */
static Value which_module(Thread *t, Value v, Value name)
{
    Value module, parent, last;
    if (object_lookup_attr(t, v, N(__module__), &module) < 0) {
        return 0;
    }
    if (module && !is_none(module)) {
        return module;
    }
    Value names_now = dict_keys_list(t, t->interp->modules);
    for (size_t i = 0; names_now && i < list_len(names_now); i++) {
        Value key = list_get(names_now, i), mod = dict_get(t, t->interp->modules, key);
        if (!mod || is_none(mod) ||
            (value_is_str(key) &&
             (str_eq_cstr(key, "__main__") || str_eq_cstr(key, "__mp_main__")))) {
            continue;
        }
        if (pickle_dotted(t, mod, name, &parent, &last) == v) {
            return key;
        }
        error_clear(t);
    }
    return names_now ? str_from_cstr(t, "__main__") : 0;
}

static bool put_line(Thread *t, Pickler *p, Value text, const char *encoding)
{
    Value bytes = value_is_str(text) ? str_encode(t, text, encoding, NULL) : 0;
    return bytes && pickle_put(t, p, value_bytes(bytes)->data, value_bytes(bytes)->len) &&
           pickle_op(t, p, '\n');
}

/* Python 2 names of a class, for protocols below 3. */
static bool old_names(Thread *t, Value *module, Value *name)
{
    Value table = pickle_compat(t, "REVERSE_NAME_MAPPING"),
          key = table ? tuple_pack(t, 2, *module, *name) : 0;
    Value pair = key ? dict_get(t, table, key) : 0;
    if (!key || error_pending(t)) {
        return false;
    }
    if (pair) {
        if (!value_is_tuple(pair) || tuple_len(pair) != 2) {
            runtime_error(
                t, "_compat_pickle.REVERSE_NAME_MAPPING values should be 2-tuples, not %T", pair);
            return false;
        }
        *module = tuple_get(pair, 0);
        *name = tuple_get(pair, 1);
        return true;
    }
    table = pickle_compat(t, "REVERSE_IMPORT_MAPPING");
    Value other = table ? dict_get(t, table, *module) : 0;
    *module = other ? other : *module;
    return table && !error_pending(t);
}

static bool put_global(Thread *t, Pickler *p, Value module, Value name)
{
    Value m = module, n = name;
    if (p->fix_imports && p->proto < 3 && !old_names(t, &m, &n)) {
        return false;
    }
    const char *encoding = p->proto >= 3 ? "utf-8" : "ascii";
    if (pickle_op(t, p, P_GLOBAL) && put_line(t, p, m, encoding) && put_line(t, p, n, encoding)) {
        return true;
    }
    if (error_clear_if(t, &exc_UnicodeEncodeError)) {
        raise_pickling(t, "can't pickle global identifier '%S.%S' using pickle protocol %d", module,
                       name, p->proto);
    }
    return false;
}

/* A code of copyreg's extension registry: 1 written, 0 has none, -1 raised. */
static int put_extension(Thread *t, Pickler *p, Value module, Value name)
{
    Value registry = import_attr(t, "copyreg", "_extension_registry"),
          key = registry ? tuple_pack(t, 2, module, name) : 0;
    Value code = key ? dict_get(t, registry, key) : 0;
    int64_t i;
    if (!code) {
        return error_pending(t) ? -1 : 0;
    }
    if (!value_is_int(code) || !int_try_int64(code, &i)) {
        raise_pickling(t, "Can't pickle %R: extension code isn't an integer", code);
        return -1;
    }
    if (i <= 0 || i > INT32_MAX) {
        raise_error(t, &exc_RuntimeError, "extension code %lld is out of range", (long long)i);
        return -1;
    }
    char text[5] = {(char)(i <= 0xff     ? P_EXT1
                           : i <= 0xffff ? P_EXT2
                                         : P_EXT4),
                    (char)i, (char)(i >> 8), (char)(i >> 16), (char)(i >> 24)};
    return pickle_put(t, p, text, i <= 0xff ? 2 : i <= 0xffff ? 3 : 5) ? 1 : -1;
}

/* The qualified name by which v is to be found; 0: raised. */
static Value global_name(Thread *t, Value v)
{
    Value name = 0, inside = str_from_cstr(t, ".<locals>.");
    if (!inside || object_lookup_attr(t, v, N(__qualname__), &name) < 0 ||
        (!name && !(name = object_getattr(t, v, N(__name__))))) {
        return 0;
    }
    if (!value_is_str(name)) {
        return type_error(t, "attribute name must be string, not '%T'", name);
    }
    if (str_find(name, inside, 0, str_len(name)) >= 0) {
        return raise_error(t, &exc_AttributeError, "Can't pickle local object %R", name);
    }
    return name;
}

bool pickle_save_global(Thread *t, Pickler *p, Value v, Value name)
{
    Value parent = 0, last = 0;
    if (!name && !(name = global_name(t, v))) {
        return false;
    }
    Value module_name = which_module(t, v, name);
    if (!module_name) {
        return false;
    }
    Value import = import_attr(t, "builtins", "__import__");
    Value module =
        import && call1(t, import, module_name) ? dict_get(t, t->interp->modules, module_name) : 0;
    if (!module) {
        error_clear(t);
        raise_pickling(t, "Can't pickle %R: import of module %R failed", v, module_name);
        return false;
    }
    Value found = pickle_dotted(t, module, name, &parent, &last);
    if (!found) {
        if (error_clear_if(t, &exc_AttributeError)) {
            raise_pickling(t, "Can't pickle %R: attribute lookup %S on %S failed", v, name,
                           module_name);
        }
        return false;
    }
    if (found != v) {
        raise_pickling(t, "Can't pickle %R: it's not the same object as %S.%S", v, module_name,
                       name);
        return false;
    }
    int extension = p->proto >= 2 ? put_extension(t, p, module_name, name) : 0;
    if (extension) {
        return extension > 0;
    }
    if (p->proto >= 4) {
        return pickle_save(t, p, module_name, true) && pickle_save(t, p, name, true) &&
               pickle_op(t, p, P_STACK_GLOBAL) && pickle_memo_put(t, p, v);
    }
    if (parent != module) { /* getattr(parent, last) */
        Value get = import_attr(t, "builtins", "getattr"),
              a = get ? tuple_pack(t, 2, parent, last) : 0;
        Value reduced = a ? tuple_pack(t, 2, get, a) : 0;
        return reduced && pickle_save_reduce(t, p, reduced, v);
    }
    return put_global(t, p, module_name, last) && pickle_memo_put(t, p, v);
}

static bool save_class(Thread *t, Pickler *p, Value v)
{
    Value only = v == object_value(&none_type)              ? NONE
                 : v == object_value(&not_implemented_type) ? NOT_IMPLEMENTED
                 : v == object_value(&ellipsis_type)        ? ELLIPSIS
                                                            : 0;
    if (!only) {
        return pickle_save_global(t, p, v, 0);
    }
    Value a = tuple_pack(t, 1, only),
          reduced = a ? tuple_pack(t, 2, object_value(&type_type), a) : 0;
    return reduced && pickle_save_reduce(t, p, reduced, v);
}

/* ---- the results of __reduce_ex__ ---- */

typedef struct Reduced {
    Value fn, args, state, list_items, dict_items, setter; /* 0: absent */
} Reduced;

static bool unpack_reduced(Thread *t, Value tuple, Reduced *r)
{
    size_t n = tuple_len(tuple);
    if (n < 2 || n > 6) {
        raise_pickling(t, "tuple returned by __reduce__ must contain 2 through 6 elements");
        return false;
    }
    Value v[6] = {0};
    for (size_t i = 0; i < n; i++) {
        v[i] = i >= 2 && is_none(tuple_get(tuple, i)) ? 0 : tuple_get(tuple, i);
    }
    *r = (Reduced){v[0], v[1], v[2], v[3], v[4], v[5]};
    if (!callable(r->fn)) {
        raise_pickling(t, "first item of the tuple returned by __reduce__ must be callable");
    } else if (!value_is_tuple(r->args)) {
        raise_pickling(t, "second item of the tuple returned by __reduce__ must be a tuple");
    } else if (r->list_items && !type_of(r->list_items)->next) {
        raise_pickling(
            t, "fourth element of the tuple returned by __reduce__ must be an iterator, not %T",
            r->list_items);
    } else if (r->dict_items && !type_of(r->dict_items)->next) {
        raise_pickling(
            t, "fifth element of the tuple returned by __reduce__ must be an iterator, not %T",
            r->dict_items);
    } else if (r->setter && !callable(r->setter)) {
        raise_pickling(
            t, "sixth element of the tuple returned by __reduce__ must be a function, not %T",
            r->setter);
    }
    return !error_pending(t);
}

static bool save_newobj_ex(Thread *t, Pickler *p, Value args)
{
    if (tuple_len(args) != 3) {
        raise_pickling(t, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zd",
                       (ssize_t)tuple_len(args));
        return false;
    }
    Value cls = tuple_get(args, 0), positional = tuple_get(args, 1), keywords = tuple_get(args, 2);
    if (!value_is_type(cls)) {
        raise_pickling(t, "first item from NEWOBJ_EX argument tuple must be a class, not %T", cls);
    } else if (!value_is_tuple(positional)) {
        raise_pickling(t, "second item from NEWOBJ_EX argument tuple must be a tuple, not %T",
                       positional);
    } else if (!value_is_dict(keywords)) {
        raise_pickling(t, "third item from NEWOBJ_EX argument tuple must be a dict, not %T",
                       keywords);
    }
    if (error_pending(t)) {
        return false;
    }
    if (p->proto >= 4) {
        return pickle_save(t, p, cls, true) && pickle_save(t, p, positional, true) &&
               pickle_save(t, p, keywords, true) && pickle_op(t, p, P_NEWOBJ_EX);
    }
    Value make = object_getattr(t, cls, N(__new__)),
          partial = make ? import_attr(t, "functools", "partial") : 0;
    Value list = partial ? list_new(t, 8) : 0;
    if (!list || !list_append(t, list, make) || !list_append(t, list, cls) ||
        !list_extend(t, list, positional)) {
        return false;
    }
    Value fn = call_tuple(t, partial, list_to_tuple(t, list), keywords);
    return fn && pickle_save(t, p, fn, true) && pickle_save(t, p, tuple_empty(), true) &&
           pickle_op(t, p, P_REDUCE);
}

static bool save_newobj(Thread *t, Pickler *p, Value args, Value v)
{
    Value make, own, cls = tuple_len(args) ? tuple_get(args, 0) : 0;
    if (!cls) {
        raise_pickling(t, "__newobj__ arglist is empty");
        return false;
    }
    if (object_lookup_attr(t, cls, N(__new__), &make) < 0) {
        return false;
    }
    if (!make) {
        raise_pickling(t, "args[0] from __newobj__ args has no __new__");
        return false;
    }
    if (v) {
        own = object_getattr(t, v, N(__class__));
        if (!own) {
            return false;
        }
        if (own != cls) {
            raise_pickling(t, "args[0] from __newobj__ args has the wrong class");
            return false;
        }
    }
    Value rest = tuple_slice(t, args, 1, tuple_len(args));
    return rest && pickle_save(t, p, cls, true) && pickle_save(t, p, rest, true) &&
           pickle_op(t, p, P_NEWOBJ);
}

static bool save_construction(Thread *t, Pickler *p, const Reduced *r, Value v)
{
    if (p->proto >= 2) {
        Value name;
        if (!p->newobj) {
            Value newobj = import_attr(t, "copyreg", "__newobj__");
            gc_store(p, &p->newobj, newobj);
        }
        if (!p->newobj) {
            return false;
        }
        if (r->fn == p->newobj) {
            return save_newobj(t, p, r->args, v);
        }
        if (object_lookup_attr(t, r->fn, N(__name__), &name) < 0) {
            return false;
        }
        if (name && value_is_str(name) && str_eq_cstr(name, "__newobj_ex__")) {
            return save_newobj_ex(t, p, r->args);
        }
        if (name && value_is_str(name) && str_eq_cstr(name, "__newobj__")) {
            return save_newobj(t, p, r->args, v);
        }
    }
    return pickle_save(t, p, r->fn, true) && pickle_save(t, p, r->args, true) &&
           pickle_op(t, p, P_REDUCE);
}

bool pickle_save_reduce(Thread *t, Pickler *p, Value reduced, Value v)
{
    Reduced r;
    uint64_t number;
    if (!unpack_reduced(t, reduced, &r) || !save_construction(t, p, &r, v)) {
        return false;
    }
    if (v) {
        /* its arguments contain it: what was built is thrown away */
        if (pickle_memo_find(p, v, &number)) {
            return pickle_op(t, p, P_POP) && pickle_memo_get(t, p, number);
        }
        if (!pickle_memo_put(t, p, v)) {
            return false;
        }
    }
    if ((r.list_items && !pickle_batch_list(t, p, r.list_items)) ||
        (r.dict_items && !pickle_batch_dict(t, p, r.dict_items))) {
        return false;
    }
    if (!r.state) {
        return true;
    }
    if (!r.setter) {
        return pickle_save(t, p, r.state, true) && pickle_op(t, p, P_BUILD);
    }
    return pickle_save(t, p, r.setter, true) && pickle_save(t, p, v, true) &&
           pickle_save(t, p, r.state, true) && pickle_op(t, p, P_TUPLE2) &&
           pickle_op(t, p, P_REDUCE) && pickle_op(t, p, P_POP);
}

/* ---- other objects ---- */

/* Function of the dispatch table for v's type; 0: none or raised. */
static Value dispatch_function(Thread *t, Pickler *p, Value v)
{
    Value type = object_value(type_of(v));
    Value own = value_load(&p->dispatch_table);
    if (!own) {
        if (!p->default_table) {
            Value table = import_attr(t, "copyreg", "dispatch_table");
            gc_store(p, &p->default_table, table);
        }
        return p->default_table ? dict_get(t, p->default_table, type) : 0;
    }
    Value f = object_getitem(t, own, type);
    if (!f) {
        (void)error_clear_if(t, &exc_KeyError);
    }
    return f;
}

static Value reduce_value(Thread *t, Pickler *p, Value v)
{
    Value f;
    if (LIKELY(type_lookup(t, type_of(v), N(__reduce_ex__)) != 0)) {
        return call_method1(t, v, N(__reduce_ex__), fixnum(p->proto));
    }
    if (object_lookup_attr(t, v, N(__reduce__), &f) < 0) {
        return 0;
    }
    return f ? call0(t, f)
             : raise_pickling(t, "can't pickle '%.200s' object: %R", type_text(type_of(v)), v);
}

static bool save_value(Thread *t, Pickler *p, Value reduced, Value v)
{
    if (!reduced) {
        return false;
    }
    if (value_is_str(reduced)) {
        return pickle_save_global(t, p, v, reduced);
    }
    if (!value_is_tuple(reduced)) {
        raise_pickling(t, "__reduce__ must return a string or tuple");
        return false;
    }
    return pickle_save_reduce(t, p, reduced, v);
}

bool pickle_save_other(Thread *t, Pickler *p, Value v)
{
    if (p->reducer_override) {
        Value r = call1(t, p->reducer_override, v);
        if (r != NOT_IMPLEMENTED) {
            return save_value(t, p, r, v);
        }
    }
    Type *type = type_of(v);
    if (type == &type_type) {
        return save_class(t, p, v);
    }
    if (type == &function_type) {
        return pickle_save_global(t, p, v, 0);
    }
    Value f = dispatch_function(t, p, v);
    if (error_pending(t)) {
        return false;
    }
    if (f) {
        return save_value(t, p, call1(t, f, v), v);
    }
    return value_is_type(v) ? pickle_save_global(t, p, v, 0)
                            : save_value(t, p, reduce_value(t, p, v), v);
}
