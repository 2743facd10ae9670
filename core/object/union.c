/* types.UnionType: int | None. */
#include "core/object/descr.h"
#include "core/object/generic_internal.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/tuple.h"

static UnionType *union_of(Value v)
{
    assert(value_isa(v, &union_type));
    return (UnionType *)value_object(v);
}

static void union_trace(Object *o, Tracer *tr)
{
    trace_value(tr, ((UnionType *)o)->args);
    trace_value(tr, ((UnionType *)o)->parameters);
}

static bool may_be_member(Value v)
{
    return is_none(v) || value_is_type(v) || value_isa(v, &generic_alias_type) ||
           type_of(v) == &union_type;
}

static int is_same(Thread *t, Value a, Value b)
{
    bool aliases = value_isa(a, &generic_alias_type) && value_isa(b, &generic_alias_type);
    return aliases ? object_compare_bool(t, a, b, CMP_EQ) : a == b;
}

static bool add_member(Thread *t, Value list, Value v)
{
    v = is_none(v) ? object_value(&none_type) : v;
    for (size_t i = 0; i < list_len(list); i++) {
        int r = is_same(t, list_get(list, i), v);
        if (r) {
            return r > 0;
        }
    }
    return list_append(t, list, v);
}

static bool add_members(Thread *t, Value list, Value v)
{
    if (type_of(v) != &union_type) {
        return add_member(t, list, v);
    }
    Value args = union_of(v)->args;
    for (size_t i = 0; i < tuple_len(args); i++) {
        if (!add_member(t, list, tuple_get(args, i))) {
            return false;
        }
    }
    return true;
}

Value union_or(Thread *t, Value a, Value b)
{
    if (!may_be_member(a) || !may_be_member(b)) {
        return NOT_IMPLEMENTED;
    }
    Value list = list_new(t, 2);
    if (!list || !add_members(t, list, a) || !add_members(t, list, b)) {
        return 0;
    }
    if (list_len(list) == 1) {
        return list_get(list, 0);
    }
    Value args = list_to_tuple(t, list);
    UnionType *u = args ? object_alloc(t, &union_type, sizeof *u) : NULL;
    if (u) {
        gc_init(&u->args, args);
    }
    return object_value(u);
}

static Value union_repr(Thread *t, Value self)
{
    Value args = union_of(self)->args;
    StrBuilder b;
    sb_init(&b, t);
    for (size_t i = 0; i < tuple_len(args); i++) {
        if (i) {
            sb_cstr(&b, " | ");
        }
        Value v = tuple_get(args, i);
        if (!(v == object_value(&none_type) ? sb_cstr(&b, "None") : generic_show_item(t, &b, v))) {
            return 0;
        }
    }
    return sb_finish(&b);
}

static int64_t union_hash(Thread *t, Value self)
{
    Value set = frozenset_new(t, union_of(self)->args);
    return set ? object_hash(t, set) : -1;
}

static Value union_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(b) != &union_type) {
        return NOT_IMPLEMENTED;
    }
    Value x = frozenset_new(t, union_of(a)->args), y = x ? frozenset_new(t, union_of(b)->args) : 0;
    return y ? object_compare(t, x, y, op) : 0;
}

static Value get_parameters(Thread *t, Value self, void *closure UNUSED)
{
    UnionType *u = union_of(self);
    Value p = value_load(&u->parameters);
    if (!p && (p = generic_parameters(t, u->args))) {
        gc_store(u, &u->parameters, p);
    }
    return p;
}

static Value union_getitem(Thread *t, Value self, Value item)
{
    Value parameters = get_parameters(t, self, NULL);
    Value args =
        parameters ? generic_subscript(t, self, union_of(self)->args, parameters, item) : 0;
    Value result = args ? tuple_get(args, 0) : 0;
    for (size_t i = 1; result && i < tuple_len(args); i++) {
        result = number_binary(t, OP_OR, result, tuple_get(args, i));
    }
    return result;
}

static bool check_members(Thread *t, Value args, const char *what)
{
    for (size_t i = 0; i < tuple_len(args); i++) {
        if (value_isa(tuple_get(args, i), &generic_alias_type)) {
            type_error(t, "%s() argument 2 cannot be a parameterized generic", what);
            return false;
        }
    }
    return true;
}

static Value instancecheck_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value members = union_of(args[0])->args;
    int r = check_members(t, members, "isinstance") ? object_isinstance(t, args[1], members) : -1;
    return r < 0 ? 0 : bool_value(r);
}

static Value subclasscheck_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_type(args[1])) {
        return type_error(t, "issubclass() arg 1 must be a class");
    }
    Value members = union_of(args[0])->args;
    int r = check_members(t, members, "issubclass") ? object_issubclass(t, args[1], members) : -1;
    return r < 0 ? 0 : bool_value(r);
}

static Value union_getattr(Thread *t, Value self, Value name)
{
    if (value_is_str(name) && str_eq(name, N(__module__))) {
        return object_getattr(t, object_value(&union_type), name);
    }
    return generic_getattr(t, self, name);
}

static const NativeDef union_methods[] = {
    {"__instancecheck__(instance, /)", instancecheck_method, "isinstance with any member.", 0},
    {"__subclasscheck__(cls, /)", subclasscheck_method, "issubclass with any member.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef union_getset[] = {
    {"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef union_members[] = {
    {"__args__", MEMBER_VALUE, offsetof(UnionType, args), true, NULL},
    {NULL, 0, 0, false, NULL},
};

Type union_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "types.UnionType",
    .size = sizeof(UnionType),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = union_trace,
    .getattr = union_getattr,
    .repr = union_repr,
    .hash = union_hash,
    .compare = union_compare,
    .getitem = union_getitem,
    .or_ = union_or,
    .methods = union_methods,
    .getset = union_getset,
    .members = union_members,
    .doc = "Represent a PEP 604 union type\n\nE.g. for int | str",
};
