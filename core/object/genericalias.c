/* types.GenericAlias: list[int], its parameters and their substitution (PEP 585, 646). */
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/generic_internal.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static GenericAlias *alias_of(Value v)
{
    assert(value_isa(v, &generic_alias_type));
    return (GenericAlias *)value_object(v);
}

static void alias_trace(Object *o, Tracer *tr)
{
    trace_values(tr, &((GenericAlias *)o)->origin, 3);
}

static Value alias_make(Thread *t, Type *type, Value origin, Value args, bool starred)
{
    Value tuple = value_is_tuple(args) ? args : tuple_pack(t, 1, args);
    GenericAlias *a = tuple ? object_alloc_instance(t, type, 0) : NULL;
    if (a) {
        gc_init(&a->origin, origin);
        gc_init(&a->args, tuple);
        a->starred = starred;
    }
    return object_value(a);
}

Value generic_alias_new(Thread *t, Value origin, Value args)
{
    return alias_make(t, &generic_alias_type, origin, args, false);
}

Value generic_alias_class_getitem(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return generic_alias_new(t, args[0], args[1]);
}

static Value alias_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (!args_no_kw(t, "GenericAlias", kwnames) || !args_count(t, "GenericAlias", n, 2, 2)) {
        return 0;
    }
    return alias_make(t, type, args[0], args[1], false);
}

/* ---- text ---- */

static bool show_list(Thread *t, StrBuilder *b, Value list)
{
    sb_char(b, '[');
    for (size_t i = 0; i < list_len(list); i++) {
        if (i) {
            sb_cstr(b, ", ");
        }
        if (!generic_show_item(t, b, list_get(list, i))) {
            return false;
        }
    }
    return sb_char(b, ']');
}

bool generic_show_item(Thread *t, StrBuilder *b, Value item)
{
    Value v, qualname, module;
    if (item == ELLIPSIS) {
        return sb_cstr(b, "...");
    }
    if (value_is_list_exact(item)) {
        return show_list(t, b, item);
    }
    int alias = object_lookup_attr(t, item, N(__origin__), &v);
    alias = alias > 0 ? object_lookup_attr(t, item, N(__args__), &v) : alias;
    int r = alias ? 0 : object_lookup_attr(t, item, N(__qualname__), &qualname);
    r = r > 0 ? object_lookup_attr(t, item, N(__module__), &module) : r;
    if (alias < 0 || r < 0) {
        return false;
    }
    if (r == 0 || is_none(module)) {
        v = object_repr(t, item);
        return v && sb_str(b, v);
    }
    bool plain = value_is_str(module) && str_eq_cstr(module, "builtins");
    return plain ? sb_format(b, "%S", qualname) : sb_format(b, "%S.%S", module, qualname);
}

static Value alias_repr(Thread *t, Value self)
{
    GenericAlias *a = alias_of(self);
    StrBuilder b;
    sb_init(&b, t);
    if (a->starred) {
        sb_char(&b, '*');
    }
    if (!generic_show_item(t, &b, a->origin)) {
        return 0;
    }
    sb_char(&b, '[');
    for (size_t i = 0; i < tuple_len(a->args); i++) {
        if (i) {
            sb_cstr(&b, ", ");
        }
        if (!generic_show_item(t, &b, tuple_get(a->args, i))) {
            return 0;
        }
    }
    sb_cstr(&b, tuple_len(a->args) ? "]" : "()]");
    return sb_finish(&b);
}

/* ---- parameters ---- */

static ssize_t index_of(Value tuple_or_list, Value item, bool list)
{
    size_t n = list ? list_len(tuple_or_list) : tuple_len(tuple_or_list);
    for (size_t i = 0; i < n; i++) {
        if ((list ? list_get(tuple_or_list, i) : tuple_get(tuple_or_list, i)) == item) {
            return (ssize_t)i;
        }
    }
    return -1;
}

static bool add_parameter(Thread *t, Value list, Value p)
{
    return index_of(list, p, true) >= 0 || list_append(t, list, p);
}

Value generic_parameters(Thread *t, Value args)
{
    Value list = list_new(t, 2);
    for (size_t i = 0; list && i < tuple_len(args); i++) {
        Value arg = tuple_get(args, i), v;
        if (value_is_type(arg)) {
            continue;
        }
        int r = object_lookup_attr(t, arg, N(__typing_subst__), &v);
        if (r < 0 || (r && !add_parameter(t, list, arg))) {
            return 0;
        }
        if (r) {
            continue;
        }
        r = object_lookup_attr(t, arg, N(__parameters__), &v);
        for (size_t j = 0; r > 0 && value_is_tuple(v) && j < tuple_len(v); j++) {
            if (!add_parameter(t, list, tuple_get(v, j))) {
                return 0;
            }
        }
        if (r < 0) {
            return 0;
        }
    }
    return list ? list_to_tuple(t, list) : 0;
}

/* x.name when it is there and not None; 0 without exception otherwise. */
static Value hook(Thread *t, Value x, Value name)
{
    Value v;
    return object_lookup_attr(t, x, name, &v) > 0 && !is_none(v) ? v : 0;
}

static bool extend_tuple(Thread *t, Value list, Value tuple)
{
    for (size_t i = 0; i < tuple_len(tuple); i++) {
        if (!list_append(t, list, tuple_get(tuple, i))) {
            return false;
        }
    }
    return true;
}

/* The items of a subscript with *tuple[int, str] spread out. */
static Value unpacked_items(Thread *t, Value item)
{
    Value items = value_is_tuple(item) ? item : tuple_pack(t, 1, item);
    Value out = items ? list_new(t, tuple_len(items)) : 0;
    for (size_t i = 0; out && i < tuple_len(items); i++) {
        Value x = tuple_get(items, i);
        Value inner = value_is_type(x) ? 0 : hook(t, x, N(__typing_unpacked_tuple_args__));
        if (error_pending(t)) {
            return 0;
        }
        bool spread = inner && value_is_tuple(inner) &&
                      !(tuple_len(inner) && tuple_get(inner, tuple_len(inner) - 1) == ELLIPSIS);
        if (!(spread ? extend_tuple(t, out, inner) : list_append(t, out, x))) {
            return 0;
        }
    }
    return out ? list_to_tuple(t, out) : 0;
}

/* obj[...] with the parameters it has in common with `parameters` replaced. */
static Value subscript_nested(Thread *t, Value obj, Value parameters, Value items)
{
    Value own = hook(t, obj, N(__parameters__));
    if (error_pending(t) || !own || !value_is_tuple(own) || tuple_len(own) == 0) {
        return error_pending(t) ? 0 : obj;
    }
    Value args = list_new(t, tuple_len(own));
    for (size_t i = 0; args && i < tuple_len(own); i++) {
        Value p = tuple_get(own, i);
        ssize_t at = index_of(parameters, p, false);
        Value v = at >= 0 ? tuple_get(items, (size_t)at) : p;
        bool spread = at >= 0 && type_of(p)->iter && value_is_tuple(v);
        if (!(spread ? extend_tuple(t, args, v) : list_append(t, args, v))) {
            return 0;
        }
    }
    Value key = args ? list_to_tuple(t, args) : 0;
    return key ? object_getitem(t, obj, key) : 0;
}

static Value substituted(Thread *t, Value arg, Value parameters, Value items)
{
    Value subst = hook(t, arg, N(__typing_subst__));
    if (error_pending(t)) {
        return 0;
    }
    if (!subst) {
        return subscript_nested(t, arg, parameters, items);
    }
    ssize_t at = index_of(parameters, arg, false);
    return at < 0 ? arg : call1(t, subst, tuple_get(items, (size_t)at));
}

static Value prepared_items(Thread *t, Value self, Value parameters, Value item)
{
    item = unpacked_items(t, item);
    for (size_t i = 0; item && i < tuple_len(parameters); i++) {
        Value prepare = hook(t, tuple_get(parameters, i), N(__typing_prepare_subst__));
        if (error_pending(t)) {
            return 0;
        }
        if (prepare) {
            item = call2(t, prepare, self, item);
            item = !item || value_is_tuple(item) ? item : tuple_pack(t, 1, item);
        }
    }
    return item;
}

Value generic_subscript(Thread *t, Value self, Value args, Value parameters, Value item)
{
    size_t n = tuple_len(parameters);
    if (n == 0) {
        return type_error(t, "%R is not a generic class", self);
    }
    Value items = prepared_items(t, self, parameters, item);
    if (!items) {
        return 0;
    }
    if (tuple_len(items) != n) {
        return type_error(t, "Too %s arguments for %R; actual %zu, expected %zu",
                          tuple_len(items) > n ? "many" : "few", self, tuple_len(items), n);
    }
    Value out = list_new(t, tuple_len(args));
    for (size_t i = 0; out && i < tuple_len(args); i++) {
        Value arg = tuple_get(args, i);
        if (value_is_type(arg)) {
            if (!list_append(t, out, arg)) {
                return 0;
            }
            continue;
        }
        Value mark = hook(t, arg, intern_cstr(t, "__typing_is_unpacked_typevartuple__"));
        int spread = mark ? object_truth(t, mark) : 0;
        Value v = error_pending(t) ? 0 : substituted(t, arg, parameters, items);
        if (!v ||
            !(spread > 0 && value_is_tuple(v) ? extend_tuple(t, out, v) : list_append(t, out, v))) {
            return 0;
        }
    }
    return out ? list_to_tuple(t, out) : 0;
}

static Value parameters_of(Thread *t, GenericAlias *a)
{
    Value p = value_load(&a->parameters);
    if (!p && (p = generic_parameters(t, a->args))) {
        gc_store(a, &a->parameters, p);
    }
    return p;
}

static Value alias_getitem(Thread *t, Value self, Value item)
{
    GenericAlias *a = alias_of(self);
    Value parameters = parameters_of(t, a);
    Value args = parameters ? generic_subscript(t, self, a->args, parameters, item) : 0;
    return args ? alias_make(t, &generic_alias_type, a->origin, args, a->starred) : 0;
}

/* ---- behaving like the origin ---- */

static bool is_own_name(Value name)
{
    static const char *const own[] = {
        "__class__",       "__origin__",     "__args__",
        "__unpacked__",    "__parameters__", "__typing_unpacked_tuple_args__",
        "__mro_entries__", "__reduce_ex__",  "__reduce__",
        "__copy__",        "__deepcopy__",
    };
    for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
        if (str_eq_cstr(name, own[i])) {
            return true;
        }
    }
    return false;
}

static Value alias_getattr(Thread *t, Value self, Value name)
{
    return value_is_str(name) && is_own_name(name)
               ? generic_getattr(t, self, name)
               : object_getattr(t, alias_of(self)->origin, name);
}

static Value alias_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Value o = call(t, alias_of(self)->origin, args, n, kwnames);
    if (o && !object_setattr(t, o, intern_cstr(t, "__orig_class__"), self)) {
        if (!error_clear_if(t, &exc_AttributeError) && !error_clear_if(t, &exc_TypeError)) {
            return 0;
        }
    }
    return o;
}

static int64_t alias_hash(Thread *t, Value self)
{
    int64_t a = object_hash(t, alias_of(self)->origin);
    int64_t b = a == -1 ? -1 : object_hash(t, alias_of(self)->args);
    if (a == -1 || b == -1) {
        return -1;
    }
    return (a ^ b) == -1 ? -2 : a ^ b;
}

static Value alias_compare(Thread *t, Value x, Value y, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || !value_isa(y, &generic_alias_type) ||
        !value_isa(x, &generic_alias_type)) {
        return NOT_IMPLEMENTED;
    }
    GenericAlias *a = alias_of(x), *b = alias_of(y);
    int r = a->starred == b->starred ? object_compare_bool(t, a->origin, b->origin, CMP_EQ) : 0;
    r = r > 0 ? object_compare_bool(t, a->args, b->args, CMP_EQ) : r;
    return r < 0 ? 0 : bool_value(r == (op == CMP_EQ));
}

/* ---- iteration: *tuple[int] ---- */

typedef struct AliasIter { Object head; Value alias; /* 0: exhausted */ } AliasIter;

static void alias_iter_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((AliasIter *)o)->alias);
}

static Value alias_iter(Thread *t, Value self)
{
    AliasIter *it = object_alloc(t, &generic_alias_iter_type, sizeof *it);
    if (it) {
        gc_init(&it->alias, self);
    }
    return object_value(it);
}

static Value alias_iter_next(Thread *t, Value self)
{
    AliasIter *it = (AliasIter *)value_object(self);
    Value alias = __atomic_exchange_n(&it->alias, 0, __ATOMIC_ACQ_REL);
    return alias ? alias_make(t, &generic_alias_type, alias_of(alias)->origin,
                              alias_of(alias)->args, true)
                 : 0;
}

static Value alias_iter_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value alias = ((AliasIter *)value_object(args[0]))->alias;
    Value iter = dict_get_cstr(t, t->interp->builtins, "iter");
    return iter ? tuple_pack(t, 2, iter, tuple_pack(t, 1, alias ? alias : tuple_empty())) : 0;
}

static const NativeDef alias_iter_methods[] = {
    {"__reduce__()", alias_iter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type generic_alias_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "generic_alias_iterator",
    .size = sizeof(AliasIter),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = alias_iter_trace,
    .iter = iter_self,
    .next = alias_iter_next,
    .methods = alias_iter_methods,
};

/* ---- methods ---- */

static Value mro_entries_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return tuple_pack(t, 1, alias_of(args[0])->origin);
}

static Value refuse_instance(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return type_error(t, "isinstance() argument 2 cannot be a parameterized generic");
}

static Value refuse_subclass(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    return type_error(t, "issubclass() argument 2 cannot be a parameterized generic");
}

static Value alias_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    GenericAlias *a = alias_of(args[0]);
    if (!a->starred) {
        return tuple_pack(t, 2, object_value(&generic_alias_type),
                          tuple_pack(t, 2, a->origin, a->args));
    }
    Value plain = generic_alias_new(t, a->origin, a->args);
    Value it = plain ? object_iter(t, plain) : 0;
    Value next = it ? dict_get_cstr(t, t->interp->builtins, "next") : 0;
    return next ? tuple_pack(t, 2, next, tuple_pack(t, 1, it)) : 0;
}

static Value alias_dir(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    static const char *const own[] = {"__origin__",     "__args__",        "__unpacked__",
                                      "__parameters__", "__mro_entries__", "__reduce_ex__",
                                      "__reduce__",     "__copy__",        "__deepcopy__"};
    Value list = object_dir(t, alias_of(args[0])->origin);
    for (size_t i = 0; list && i < ARRAY_SIZE(own); i++) {
        Value name = intern_cstr(t, own[i]);
        int r = name ? object_contains(t, list, name) : -1;
        if (r < 0 || (!r && !list_append(t, list, name))) {
            return 0;
        }
    }
    return list;
}

static Value get_parameters(Thread *t, Value self, void *closure UNUSED)
{
    return parameters_of(t, alias_of(self));
}

static Value get_unpacked_args(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    GenericAlias *a = alias_of(self);
    return a->starred && a->origin == object_value(&tuple_type) ? a->args : NONE;
}

static const NativeDef alias_methods[] = {
    {"__mro_entries__(bases, /)", mro_entries_method, "The origin, for a class statement.", 0},
    {"__instancecheck__(instance, /)", refuse_instance, "Not supported.", 0},
    {"__subclasscheck__(cls, /)", refuse_subclass, "Not supported.", 0},
    {"__reduce__()", alias_reduce, "Helper for pickle.", 0},
    {"__dir__()", alias_dir, "Names of the origin and of the alias.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef alias_getset[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias.", NULL},
    {"__typing_unpacked_tuple_args__", get_unpacked_args, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef alias_members[] = {
    {"__origin__", MEMBER_VALUE, offsetof(GenericAlias, origin), true, NULL},
    {"__args__", MEMBER_VALUE, offsetof(GenericAlias, args), true, NULL},
    {"__unpacked__", MEMBER_BOOL, offsetof(GenericAlias, starred), true, NULL},
    {NULL, 0, 0, false, NULL},
};

Type generic_alias_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "types.GenericAlias",
    .size = sizeof(GenericAlias),
    .flags = TYPE_BASETYPE,
    .weakrefable = 1,
    .trace = alias_trace,
    .new = alias_new,
    .getattr = alias_getattr,
    .call = alias_call,
    .hash = alias_hash,
    .compare = alias_compare,
    .repr = alias_repr,
    .getitem = alias_getitem,
    .iter = alias_iter,
    .or_ = union_or,
    .methods = alias_methods,
    .getset = alias_getset,
    .members = alias_members,
    .doc = "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and "
           "t.__args__ is (int,).",
};
