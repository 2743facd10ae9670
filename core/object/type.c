/* The type `type`: calling, repr, methods; convenience constructors. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/descr.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/object/thread_state.h"
#include "core/object/type_internal.h"

const char *type_short_name(Type *type)
{
    bool is_class = type_has(type, TYPE_HEAP) && !type_has(type, TYPE_EXT) && type->name_value;
    const char *name = type_text(type), *dot = is_class ? NULL : strrchr(name, '.');
    return dot ? dot + 1 : name;
}

Value type_name_value(Thread *t, Type *type)
{
    return type->name_value ? type->name_value : intern_cstr(t, type_short_name(type));
}

/* ---- calling ---- */

Value type_abstract_error(Thread *t, Type *type)
{
    Value names_set = object_getattr(t, object_value(type), N(__abstractmethods__));
    Value list = names_set ? sequence_list(t, names_set) : 0;
    if (!list || !list_sort(t, list, 0, false)) {
        return 0;
    }
    Value joined = str_join(t, str_from_cstr(t, ", "), list);
    if (!joined) {
        return 0;
    }
    return type_error(t, "Can't instantiate abstract class %N with abstract method%s %U",
                      type, list_len(list) > 1 ? "s" : "", joined);
}

/* Native code that makes many objects may never come to a poll of the interpreter. */
static inline void run_waiting_finalizers(Thread *t, const Type *made)
{
    const uint32_t first = POLL_SIGNAL | POLL_PENDING;
    if (UNLIKELY(made->finalize != NULL)) {
        uint32_t bits = thread_poll_bits(t);
        if ((bits & POLL_FINALIZE) && !(bits & first)) {
            gc_run_pending(t);
        }
    }
}

Value type_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    Type *type = value_type(callee);
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    if (UNLIKELY(type == &type_type)) {
        if (n == 1 && nkw == 0) {
            return object_value(type_of(args[0]));
        }
        if (n != 3) {
            return type_error(t, "type() takes 1 or 3 arguments");
        }
    }
    if (UNLIKELY(!type->new)) {
        return type_error(t, "cannot create '%N' instances", type);
    }
    Value o = type->new(t, type, args, n, kwnames);
    if (!o) {
        return 0;
    }
    Type *made = type_of(o);
    InitFn init = made->init;
    if (init == object_type.init && made->new != object_type.new) {
        return o; /* object.__init__ takes any arguments then */
    }
    if (made != type && !type_is_subtype(made, type)) {
        return o;
    }
    if (init && !init(t, o, args, n, kwnames)) {
        return 0;
    }
    run_waiting_finalizers(t, made);
    return o;
}

static bool type_init(Thread *t, Value self UNUSED, Value *args UNUSED, size_t n, Value kwnames)
{
    if (n == 1 && kwnames && tuple_len(kwnames)) {
        type_error(t, "type.__init__() takes no keyword arguments");
        return false;
    }
    if (n != 1 && n != 3) {
        type_error(t, "type.__init__() takes 1 or 3 arguments");
        return false;
    }
    return true;
}

static Value type_repr(Thread *t, Value self)
{
    Type *type = value_type(self);
    Value module = object_getattr(t, self, N(__module__));
    if (!module) {
        if (!error_clear_if(t, &exc_AttributeError)) {
            return 0;
        }
    }
    Value qualname = object_getattr(t, self, N(__qualname__));
    if (!qualname) {
        return 0;
    }
    if (module && value_is_str(module) && !str_eq_cstr(module, "builtins")) {
        return str_format(t, "<class '%U.%S'>", module, qualname);
    }
    return type_has(type, TYPE_HEAP) ? str_format(t, "<class '%S'>", type_name_value(t, type))
                                     : str_format(t, "<class '%s'>", type->name);
}

/* ---- collector ---- */

static void type_trace(Object *o, Tracer *tr)
{
    Type *type = (Type *)o;
    trace_object(tr, type->base);
    trace_value(tr, type->bases);
    trace_value(tr, type->mro);
    trace_object(tr, type->dict);
    trace_value(tr, type->subclasses);
    trace_value(tr, type->qualname);
    trace_value(tr, type->module);
    trace_value(tr, type->name_value);
    trace_value(tr, type->slot_names);
    trace_object(tr, type->root_shape);
    trace_object(tr, type->dict_shape);
}

/* ---- methods ---- */

static Value mro_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value mro = mro_c3(t, value_type(args[0]));
    return mro ? sequence_list(t, mro) : 0;
}

static Value subclasses_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value all = type_subclasses(t, value_type(args[0]));
    if (!all || !atomic_load_explicit(&runtime.multi_interpreters, memory_order_relaxed)) {
        return all;
    }
    Value own = list_new(t, list_len(all)); /* not the classes of other interpreters */
    for (size_t i = 0; own && i < list_len(all); i++) {
        Value type = list_get(all, i);
        if ((!type_has(value_type(type), TYPE_HEAP) || value_type(type)->interp == t->interp->id) &&
            !list_append(t, own, type)) {
            return 0;
        }
    }
    return own;
}

static Value prepare_method(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return dict_new(t);
}

/* isinstance and issubclass without the hooks, for classes and for objects with __bases__. */
static Value instancecheck_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int r = object_recursive_isinstance(t, args[1], args[0]);
    return r < 0 ? 0 : bool_value(r);
}

static Value subclasscheck_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    int r = object_recursive_issubclass(t, args[1], args[0]);
    return r < 0 ? 0 : bool_value(r);
}

static bool add_keys(Thread *t, Value set, Value dict)
{
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(dict, &table, &pos, &key, &v)) {
        if (!set_add(t, set, key)) {
            return false;
        }
    }
    return true;
}

static Value dir_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value found = set_new(t, 0);
    Value mro = type_mro(value_type(args[0]));
    for (size_t i = 0; found && mro && i < tuple_len(mro); i++) {
        if (!add_keys(t, found, type_dict(value_type(tuple_get(mro, i))))) {
            return 0;
        }
    }
    return found ? sequence_list(t, found) : 0;
}

static Value sizeof_method(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    (void)t;
    return fixnum(sizeof(Type));
}

const NativeDef type_methods[] = {
    {"mro()", mro_method, "Return a type's method resolution order.", 0},
    {"__subclasses__()", subclasses_method, "Return a list of immediate subclasses.", 0},
    {"__prepare__(*args, **kwargs)", prepare_method,
     "Make the namespace for the body of a class statement.",
     NATIVE_CLASS | NATIVE_RAW | NATIVE_KW},
    {"__instancecheck__(instance, /)", instancecheck_method, "Check if an object is an instance.",
     0},
    {"__subclasscheck__(subclass, /)", subclasscheck_method, "Check if a class is a subclass.", 0},
    {"__dir__()", dir_method, "Specialized __dir__ implementation for types.", 0},
    {"__sizeof__()", sizeof_method, "Return memory consumption of the type object.", 0},
    {NULL, NULL, NULL, 0},
};

Type type_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "type",
    .size = sizeof(Type),
    .weakrefable = 1,
    .flags = TYPE_BASETYPE | TYPE_TYPE,
    .trace = type_trace,
    .new = type_new,
    .init = type_init,
    .call = type_call,
    .repr = type_repr,
    .getattr = type_getattr,
    .setattr = type_setattr,
    .or_ = union_or,
    .methods = type_methods,
    .getset = type_getset,
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
};

/* ---- conveniences ---- */

Value type_new_simple(Thread *t, const char *qualified_name, Type *base, const char *doc)
{
    const char *dot = strrchr(qualified_name, '.');
    Value ns = dict_new(t);
    Value name = str_from_cstr(t, dot ? dot + 1 : qualified_name);
    Value module = dot ? str_from_utf8(t, qualified_name, (size_t)(dot - qualified_name))
                       : str_from_cstr(t, "builtins");
    Value docstring = str_or_none(t, doc);
    if (!ns || !name || !module || !docstring || !dict_set(t, ns, N(__module__), module) ||
        !dict_set(t, ns, N(__doc__), docstring)) {
        return 0;
    }
    Value bases = tuple_pack(t, 1, object_value(base ? base : &object_type));
    Value args[3] = {name, bases, ns};
    return bases ? type_new(t, type_of(object_value(base ? base : &object_type)), args, 3, 0) : 0;
}
