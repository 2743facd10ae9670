/* __build_class__: the class statement. */
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

/* Bases with __mro_entries__ replaced by what that returns; the same tuple when there are none. */
static Value resolve_bases(Thread *t, Value bases)
{
    Value list = 0;
    for (size_t i = 0; i < tuple_len(bases); i++) {
        Value base = tuple_get(bases, i), hook = 0;
        if (!value_is_type(base)) {
            if (object_lookup_attr(t, base, N(__mro_entries__), &hook) < 0) {
                return 0;
            }
        }
        if (!hook) {
            if (list && !list_append(t, list, base)) {
                return 0;
            }
            continue;
        }
        Value entries = call1(t, hook, bases);
        if (!entries) {
            return 0;
        }
        if (!value_is_tuple(entries)) {
            return type_error(t, "__mro_entries__ must return a tuple");
        }
        if (!list && !(list = list_from(t, value_tuple(bases)->items, i))) {
            return 0;
        }
        if (!list_extend(t, list, entries)) {
            return 0;
        }
    }
    return list ? list_to_tuple(t, list) : bases;
}

/* The most derived metaclass. */
static Value winner_metaclass(Thread *t, Value meta, Value bases)
{
    Type *winner = value_type(meta);
    for (size_t i = 0; i < tuple_len(bases); i++) {
        Type *m = type_of(tuple_get(bases, i));
        if (type_is_subtype(winner, m)) {
            continue;
        }
        if (!type_is_subtype(m, winner)) {
            return type_error(
                t, "metaclass conflict: the metaclass of a derived class must be a (non-strict) "
                   "subclass of the metaclasses of all its bases");
        }
        winner = m;
    }
    return object_value(winner);
}

/* Calls f(a, b, **kw) with kw a dict or 0. */
static Value call_pair(Thread *t, Value f, Value args, Value kw)
{
    return call_tuple(t, f, args, kw && dict_len(kw) ? kw : 0);
}

static Value prepare_namespace(Thread *t, Value meta, Value name, Value bases, Value kw)
{
    Value prepare = 0;
    if (object_lookup_attr(t, meta, N(__prepare__), &prepare) < 0) {
        return 0;
    }
    if (!prepare) {
        return dict_new(t);
    }
    Value args = tuple_pack(t, 2, name, bases);
    Value ns = args ? call_pair(t, prepare, args, kw) : 0;
    if (ns && !value_is_mapping(ns)) {
        bool is_class = value_is_type(meta);
        return type_error(t, "%.200s.__prepare__() must return a mapping, not %T",
                          is_class ? type_short_name(value_type(meta)) : "<metaclass>", ns);
    }
    return ns;
}

/* Runs the class body in ns; the cell of __class__, None, or 0. */
static Value run_body(Thread *t, Function *body, Value ns)
{
    return vm_takes_arguments((Code *)value_object(body->code))
               ? call0(t, object_value(body))
               : vm_eval_code(t, body->code, body->globals, ns, body->closure);
}

static Value check_class_cell(Thread *t, Value cell, Value cls, Value name)
{
    if (type_of(cell) != &cell_type || !value_is_type(cls)) {
        return cls;
    }
    Value v = value_load(&((Cell *)value_object(cell))->value);
    if (!v) {
        return raise_error(
            t, &exc_RuntimeError,
            "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?",
            name, cls);
    }
    return v == cls ? cls : type_error(t, "__class__ set to %R defining %R as %R", v, name, cls);
}

/* The keywords as a dict, without metaclass, which goes to *meta. */
static bool split_keywords(Thread *t, const Value *values, Value kwnames, Value *kw, Value *meta)
{
    *kw = *meta = 0;
    if (!kwnames || tuple_len(kwnames) == 0) {
        return true;
    }
    *kw = dict_new(t);
    for (size_t i = 0; *kw && i < tuple_len(kwnames); i++) {
        if (str_eq(tuple_get(kwnames, i), N(metaclass))) {
            *meta = values[i];
        } else if (!dict_set(t, *kw, tuple_get(kwnames, i), values[i])) {
            return false;
        }
    }
    return *kw != 0;
}

Value builtins_build_class(Thread *t, Value *args, size_t n, Value kwnames)
{
    if (n < 2) {
        return type_error(t, "__build_class__: not enough arguments");
    }
    Value func = args[0], name = args[1];
    if (type_of(func) != &function_type) {
        return type_error(t, "__build_class__: func must be a function");
    }
    if (!value_is_str(name)) {
        return type_error(t, "__build_class__: name is not a string");
    }
    Value kw, meta;
    Value orig_bases = tuple_from(t, args + 2, n - 2);
    Value bases = orig_bases ? resolve_bases(t, orig_bases) : 0;
    if (!bases || !split_keywords(t, args + n, kwnames, &kw, &meta)) {
        return 0;
    }
    if (!meta) {
        meta = tuple_len(bases) ? object_value(type_of(tuple_get(bases, 0)))
                                : object_value(&type_type);
    }
    if (value_is_type(meta) && !(meta = winner_metaclass(t, meta, bases))) {
        return 0;
    }
    Value ns = prepare_namespace(t, meta, name, bases, kw);
    Value cell = ns ? run_body(t, (Function *)value_object(func), ns) : 0;
    if (!cell) {
        return 0;
    }
    if (bases != orig_bases && !object_setitem(t, ns, N(__orig_bases__), orig_bases)) {
        return 0;
    }
    Value call_args = tuple_pack(t, 3, name, bases, ns);
    Value cls = call_args ? call_pair(t, meta, call_args, kw) : 0;
    return cls ? check_class_cell(t, cell, cls, name) : 0;
}
