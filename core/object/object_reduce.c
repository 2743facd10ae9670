/* object.__reduce_ex__, __reduce__, __getstate__: what pickle and copy do with instances by
 * default. */
#include "core/object/object_reduce.h"

#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* ---- state ---- */

/* Names of __slots__ along the mro: a list, or None. */
static Value slot_names_of(Thread *t, Type *type)
{
    Value cached = dict_get_str(object_value(type_names(type)), INTERN(t, "__slotnames__"));
    if (cached) {
        return value_is_list(cached) || is_none(cached) ? cached
            : type_error(t, "%N.__slotnames__ should be a list or None, not %T", type, cached);
    }
    Value f = import_attr(t, "copyreg", "_slotnames");
    Value found = f ? call1(t, f, object_value(type)) : 0;
    if (found && !value_is_list(found) && !is_none(found)) {
        return type_error(t, "copyreg._slotnames didn't return a list or None");
    }
    return found;
}

static Value slots_state(Thread *t, Value o, Value slot_list)
{
    Value slots = dict_new(t);
    for (size_t i = 0; slots && i < list_len(slot_list); i++) {
        Value name = list_get(slot_list, i), v;
        int r = object_lookup_attr(t, o, name, &v);
        if (r < 0 || (r && !dict_set(t, slots, name, v))) {
            return 0;
        }
    }
    return slots;
}

static Value default_state(Thread *t, Value o, bool required)
{
    Type *type = type_of(o);
    if (required && (type->item_size || type->native_size > object_type.size)) {
        return type->item_size ? type_error(t, "cannot pickle %T objects", o)
                               : type_error(t, "cannot pickle '%T' object", o);
    }
    Value state = NONE;
    if (type_has(type, TYPE_HAS_DICT) && !instance_is_empty(t, value_object(o))) {
        state = instance_dict_copy(t, value_object(o));
    } else if (type->dict_offset > 0) {
        Value dict = value_load((Value *)((char *)value_object(o) + type->dict_offset));
        state = dict ? dict : NONE;
    }
    Value names_list = state ? slot_names_of(t, type) : 0;
    if (!names_list) {
        return 0;
    }
    if (is_none(names_list) || list_len(names_list) == 0) {
        return state;
    }
    Value slots = slots_state(t, o, names_list);
    return !slots || dict_len(slots) == 0 ? (slots ? state : 0) : tuple_pack(t, 2, state, slots);
}

Value object_getstate_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return default_state(t, args[0], false);
}

static Value state_of(Thread *t, Value o, bool required)
{
    Value f = object_getattr(t, o, N(__getstate__));
    if (!f) {
        return 0;
    }
    if (type_of(f) == &native_function_type) {
        NativeFunction *native = (NativeFunction *)value_object(f);
        if (native->self == o && native->def->fn == object_getstate_method) {
            return default_state(t, o, required);
        }
    }
    return call0(t, f);
}

/* ---- arguments of __new__ ---- */

static bool new_arguments_ex(Thread *t, Value pair, Value *args, Value *kwargs)
{
    if (!value_is_tuple(pair)) {
        type_error(t, "__getnewargs_ex__ should return a tuple, not '%T'", pair);
        return false;
    }
    if (tuple_len(pair) != 2) {
        value_error(t, "__getnewargs_ex__ should return a tuple of length 2, not %zu",
                    tuple_len(pair));
        return false;
    }
    *args = tuple_get(pair, 0);
    *kwargs = tuple_get(pair, 1);
    if (!value_is_tuple(*args)) {
        type_error(
            t, "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%T'",
            *args);
        return false;
    }
    if (!value_is_dict(*kwargs)) {
        type_error(
            t, "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%T'",
            *kwargs);
        return false;
    }
    return true;
}

static bool new_arguments(Thread *t, Value o, Value *args, Value *kwargs)
{
    bool found;
    *args = *kwargs = 0;
    Value v = special_call(t, o, N(__getnewargs_ex__), NULL, 0, &found);
    if (found) {
        return v && new_arguments_ex(t, v, args, kwargs);
    }
    v = special_call(t, o, N(__getnewargs__), NULL, 0, &found);
    if (!found) {
        return true;
    }
    if (v && !value_is_tuple(v)) {
        type_error(t, "__getnewargs__ should return a tuple, not '%T'", v);
        return false;
    }
    *args = v;
    return v != 0;
}

/* ---- reduce ---- */

static Value constructor_args(Thread *t, Type *type, Value args)
{
    size_t n = args ? tuple_len(args) : 0;
    Value all = tuple_new(t, n + 1);
    if (!all) {
        return 0;
    }
    gc_store(value_object(all), &value_tuple(all)->items[0], object_value(type));
    for (size_t i = 0; i < n; i++) {
        gc_store(value_object(all), &value_tuple(all)->items[i + 1], tuple_get(args, i));
    }
    return all;
}

static Value reduce_new(Thread *t, Value o)
{
    Type *type = type_of(o);
    Value args, kwargs;
    if (!type->new) {
        return type_error(t, "cannot pickle '%T' object", o);
    }
    if (!new_arguments(t, o, &args, &kwargs)) {
        return 0;
    }
    bool ex = kwargs && dict_len(kwargs);
    Value maker = import_attr(t, "copyreg", ex ? "__newobj_ex__" : "__newobj__");
    Value new_args = !maker ? 0
                     : ex   ? tuple_pack(t, 3, object_value(type), args, kwargs)
                            : constructor_args(t, type, args);
    Value state = new_args ? state_of(t, o, !(args || value_is_list(o) || value_is_dict(o))) : 0;
    if (!state) {
        return 0;
    }
    Value list_items = value_is_list(o) ? object_iter(t, o) : NONE;
    Value items = value_is_dict(o) ? call_method0(t, o, N(items)) : NONE;
    Value dict_items = items && !is_none(items) ? object_iter(t, items) : items;
    return list_items && dict_items
               ? tuple_pack(t, 5, maker, new_args, state, list_items, dict_items)
               : 0;
}

static Value reduce_by_protocol(Thread *t, Value o, int protocol)
{
    if (protocol >= 2) {
        return reduce_new(t, o);
    }
    Value f = import_attr(t, "copyreg", "_reduce_ex");
    return f ? call2(t, f, o, fixnum(protocol)) : 0;
}

Value object_reduce_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return reduce_by_protocol(t, args[0], 0);
}

Value object_reduce_ex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int protocol;
    Value reduce;
    if (!value_to_int(t, args[1], &protocol)) {
        return 0;
    }
    Value plain = type_lookup(t, &object_type, N(__reduce__));
    if (type_lookup(t, type_of(args[0]), N(__reduce__)) == plain) {
        return reduce_by_protocol(t, args[0], protocol);
    }
    int r = object_lookup_attr(t, args[0], N(__reduce__), &reduce);
    return r < 0 ? 0 : r ? call0(t, reduce) : reduce_by_protocol(t, args[0], protocol);
}
