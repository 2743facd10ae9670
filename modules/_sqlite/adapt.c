/* Adapters of Python types to those SQLite has, by the protocol of PEP 246, and converters of
 * columns back. */
#include "core/object/bytes.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_sqlite/sqlite.h"

/* dict: (type, protocol) -> function */
static Value adapters(Thread *t)
{
    return value_load(interp_slot(t, INTERP_sqlite_adapters));
}
/* dict: NAME -> function */
static Value converters(Thread *t)
{
    return value_load(interp_slot(t, INTERP_sqlite_converters));
}
static _Atomic bool base_type_adapted; /* an adapter for a type that needs none was registered */

static Value protocol_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

static bool protocol_init(Thread *t UNUSED, Value self UNUSED, Value *args UNUSED, size_t n UNUSED,
                          Value kwnames UNUSED)
{
    return true;
}

Type prepare_protocol_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "sqlite3.PrepareProtocol",
    .doc = "Asks objects for a form that SQLite can store.",
    .size = sizeof(Object),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .new = protocol_new,
    .init = protocol_init,
};

bool adapt_init(Thread *t, Value mod)
{
    Value for_types = dict_new(t), for_names = dict_new(t);
    if (!for_types || !for_names) {
        return false;
    }
    gc_store_root(interp_slot(t, INTERP_sqlite_adapters), for_types);
    gc_store_root(interp_slot(t, INTERP_sqlite_converters), for_names);
    return module_add(t, mod, "adapters", for_types) && module_add(t, mod, "converters", for_names);
}

Value adapt_register_adapter(SQL_ARGS)
{
    Value type = args[0];
    Value key = tuple_pack(t, 2, type, object_value(&prepare_protocol_type));
    if (type == object_value(&int_type) || type == object_value(&float_type) ||
        type == object_value(&str_type) || type == object_value(&bytearray_type)) {
        atomic_store(&base_type_adapted, true);
    }
    return key && dict_set(t, adapters(t), key, args[1]) ? NONE : 0;
}

static Value upper(Thread *t, Value name)
{
    return call_method0(t, name, intern_cstr(t, "upper"));
}

Value adapt_register_converter(SQL_ARGS)
{
    if (!value_is_str(args[0])) {
        return type_error(t, "register_converter() argument 1 must be str, not %T", args[0]);
    }
    Value key = upper(t, args[0]);
    return key && dict_set(t, converters(t), key, args[1]) ? NONE : 0;
}

Value converter_find(Thread *t, const char *name, size_t n)
{
    Value text = str_from_utf8(t, name, n), key = text ? upper(t, text) : 0;
    Value found = key ? dict_get(t, converters(t), key) : 0;
    return found || error_pending(t) ? found : NONE;
}

/* o.name(arg) if there is such a method: 0 without an exception: there is none, or it does not know
 * (None). */
static Value ask(Thread *t, Value o, const char *name, Value arg)
{
    Value method;
    int found = object_lookup_attr_cstr(t, o, name, &method);
    if (found <= 0) {
        return 0;
    }
    Value r = call1(t, method, arg);
    if (!r) {
        error_clear_if(t, &exc_TypeError);
    }
    return r && !is_none(r) ? r : 0;
}

/* The adapted object; 0 without an exception: nothing adapts it. */
static Value adapt(Thread *t, Value v, Value protocol)
{
    Value key = tuple_pack(t, 2, object_value(type_of(v)), protocol);
    Value adapter = key ? dict_get(t, adapters(t), key) : 0;
    if (adapter) {
        return call1(t, adapter, v);
    }
    Value r = error_pending(t) ? 0 : ask(t, protocol, "__adapt__", v);
    return r || error_pending(t) ? r : ask(t, v, "__conform__", protocol);
}

Value adapt_adapt(SQL_ARGS)
{
    Value r = adapt(t, args[0], args[1] ? args[1] : object_value(&prepare_protocol_type));
    if (r || error_pending(t)) {
        return r;
    }
    return args[2] ? args[2] : raise_sqlite(t, EXC_PROGRAMMING, "can't adapt");
}

Value adapt_parameter(Thread *t, Value v)
{
    Type *type = type_of(v);
    bool base = type == &int_type || type == &float_type || type == &str_type ||
                type == &bytearray_type;
    if (base && !atomic_load_explicit(&base_type_adapted, memory_order_relaxed)) {
        return v;
    }
    Value r = adapt(t, v, object_value(&prepare_protocol_type));
    return r || error_pending(t) ? r : v;
}
