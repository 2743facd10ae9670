/* _operator: the operators as functions, and the callables itemgetter, attrgetter, methodcaller. */
#include "core/object/dict.h"
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/compare_digest.h"

/* ---- functions ---- */

#define BINARY(id, op)                                       \
    NATIVE_FN(operator_##id)                                 \
    {                                                        \
        return number_binary(t, op, args[0], args[1]);       \
    }                                                        \
    NATIVE_FN(operator_i##id)                                \
    {                                                        \
        return number_inplace(t, op, args[0], args[1]);      \
    }
BINARY(add, OP_ADD)
BINARY(sub, OP_SUB)
BINARY(mul, OP_MUL)
BINARY(matmul, OP_MATMUL)
BINARY(truediv, OP_TRUEDIV)
BINARY(floordiv, OP_FLOORDIV)
BINARY(mod, OP_MOD)
BINARY(pow, OP_POW)
BINARY(lshift, OP_LSHIFT)
BINARY(rshift, OP_RSHIFT)
BINARY(and, OP_AND)
BINARY(or, OP_OR)
BINARY(xor, OP_XOR)

#define COMPARISON(id, op)                               \
    NATIVE_FN(operator_##id)                             \
    {                                                    \
        return object_compare(t, args[0], args[1], op);  \
    }
COMPARISON(lt, CMP_LT)
COMPARISON(le, CMP_LE)
COMPARISON(eq, CMP_EQ)
COMPARISON(ne, CMP_NE)
COMPARISON(gt, CMP_GT)
COMPARISON(ge, CMP_GE)

#define UNARY(id, fn)                \
    NATIVE_FN(operator_##id)         \
    {                                \
        return fn(t, args[0]);       \
    }
UNARY(neg, number_neg)
UNARY(pos, number_pos)
UNARY(abs, number_abs)
UNARY(invert, number_invert)
UNARY(index, number_index)

NATIVE_FN(operator_truth)
{
    int c = object_truth(t, args[0]);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(operator_not)
{
    int c = object_truth(t, args[0]);
    return c < 0 ? 0 : bool_value(!c);
}

NATIVE_FN(operator_is)
{
    return bool_value(args[0] == args[1]);
}

NATIVE_FN(operator_is_not)
{
    return bool_value(args[0] != args[1]);
}

NATIVE_FN(operator_contains)
{
    int c = object_contains(t, args[0], args[1]);
    return c < 0 ? 0 : bool_value(c);
}

NATIVE_FN(operator_getitem)
{
    return object_getitem(t, args[0], args[1]);
}

NATIVE_FN(operator_setitem)
{
    return object_setitem(t, args[0], args[1], args[2]) ? NONE : 0;
}

NATIVE_FN(operator_delitem)
{
    return object_delitem(t, args[0], args[1]) ? NONE : 0;
}

NATIVE_FN(operator_concat)
{
    return sequence_concat(t, args[0], args[1]);
}

NATIVE_FN(operator_iconcat)
{
    Type *type = type_of(args[0]);
    if (type->iconcat != NULL) {
        return type->iconcat(t, args[0], args[1]);
    }
    if (type->concat == NULL && !value_is_sequence(args[0])) {
        return type_error(t, "'%T' object can't be concatenated", args[0]);
    }
    return number_inplace(t, OP_ADD, args[0], args[1]);
}

/* Walks an iterable for an item equal to v: the index of the first (count == NULL), or all counted.
 */
static ssize_t search(Thread *t, Value iterable, Value v, ssize_t *count)
{
    Value it = object_iter(t, iterable), item;
    if (it == 0) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "argument of type '%T' is not iterable", iterable);
        }
        return -1;
    }
    for (ssize_t i = 0; (item = iter_next(t, it)) != 0; i++) {
        int c = object_compare_bool(t, item, v, CMP_EQ);
        if (c < 0) {
            return -1;
        }
        if (c && count == NULL) {
            return i;
        }
        if (c) {
            ++*count;
        }
    }
    return -1;
}

NATIVE_FN(operator_count_of)
{
    ssize_t count = 0;
    search(t, args[0], args[1], &count);
    return error_pending(t) ? 0 : fixnum(count);
}

NATIVE_FN(operator_index_of)
{
    ssize_t i = search(t, args[0], args[1], NULL);
    if (i < 0) {
        return error_pending(t) ? 0 : value_error(t, "sequence.index(x): x not in sequence");
    }
    return fixnum(i);
}

NATIVE_FN(operator_length_hint)
{
    ssize_t dflt = 0;
    if (args[1] != 0 && !value_to_ssize(t, args[1], &dflt, &exc_OverflowError)) {
        return 0;
    }
    ssize_t hint = object_length_hint(t, args[0], dflt);
    return hint == -1 && error_pending(t) ? 0 : int_from_int64(t, hint);
}

NATIVE_FN(operator_call)
{
    if (n < 1) {
        return type_error(t, "call expected at least 1 argument, got 0");
    }
    return call(t, args[0], args + 1, n - 1, kw);
}

#define PAIR(name, id, what)                                                  \
    {name "(a, b, /)", operator_##id, "Same as a " what " b.", 0},            \
    {"i" name "(a, b, /)", operator_i##id, "Same as a " what "= b.", 0}
static const NativeDef operator_functions[] = {
    PAIR("add", add, "+"),
    PAIR("sub", sub, "-"),
    PAIR("mul", mul, "*"),
    PAIR("matmul", matmul, "@"),
    PAIR("truediv", truediv, "/"),
    PAIR("floordiv", floordiv, "//"),
    PAIR("mod", mod, "%"),
    PAIR("pow", pow, "**"),
    PAIR("lshift", lshift, "<<"),
    PAIR("rshift", rshift, ">>"),
    PAIR("xor", xor, "^"),
    {"and_(a, b, /)", operator_and, "Same as a & b.", 0},
    {"iand(a, b, /)", operator_iand, "Same as a &= b.", 0},
    {"or_(a, b, /)", operator_or, "Same as a | b.", 0},
    {"ior(a, b, /)", operator_ior, "Same as a |= b.", 0},
    {"lt(a, b, /)", operator_lt, "Same as a < b.", 0},
    {"le(a, b, /)", operator_le, "Same as a <= b.", 0},
    {"eq(a, b, /)", operator_eq, "Same as a == b.", 0},
    {"ne(a, b, /)", operator_ne, "Same as a != b.", 0},
    {"gt(a, b, /)", operator_gt, "Same as a > b.", 0},
    {"ge(a, b, /)", operator_ge, "Same as a >= b.", 0},
    {"neg(a, /)", operator_neg, "Same as -a.", 0},
    {"pos(a, /)", operator_pos, "Same as +a.", 0},
    {"abs(a, /)", operator_abs, "Same as abs(a).", 0},
    {"inv(a, /)", operator_invert, "Same as ~a.", 0},
    {"invert(a, /)", operator_invert, "Same as ~a.", 0},
    {"index(a, /)", operator_index, "Same as a.__index__()", 0},
    {"truth(a, /)", operator_truth, "Return True if a is true, False otherwise.", 0},
    {"not_(a, /)", operator_not, "Same as not a.", 0},
    {"is_(a, b, /)", operator_is, "Same as a is b.", 0},
    {"is_not(a, b, /)", operator_is_not, "Same as a is not b.", 0},
    {"contains(a, b, /)", operator_contains, "Same as b in a (note reversed operands).", 0},
    {"getitem(a, b, /)", operator_getitem, "Same as a[b].", 0},
    {"setitem(a, b, c, /)", operator_setitem, "Same as a[b] = c.", 0},
    {"delitem(a, b, /)", operator_delitem, "Same as del a[b].", 0},
    {"concat(a, b, /)", operator_concat, "Same as a + b, for a and b sequences.", 0},
    {"iconcat(a, b, /)", operator_iconcat, "Same as a += b, for a and b sequences.", 0},
    {"countOf(a, b, /)", operator_count_of,
     "Return the number of items in a which are, or which equal, b.", 0},
    {"indexOf(a, b, /)", operator_index_of, "Return the first index of b in a.", 0},
    {"length_hint(obj, default=0, /)", operator_length_hint,
     "Return an estimate of the number of items in obj.\n\n"
     "The exact length when len(obj) works, otherwise what __length_hint__ says, or the default.",
     0},
    {"call(obj, /, *args, **kwargs)", operator_call, "Same as obj(*args, **kwargs).",
     NATIVE_RAW | NATIVE_KW},
    {"_compare_digest(a, b, /)", compare_digest,
     "Return 'a == b' in a time that does not tell where the two differ.", 0},
    {NULL, NULL, NULL, 0},
};

/* ---- itemgetter, attrgetter: a tuple of what to get ---- */

typedef struct Getter {
    Object head;
    Value what;  /* tuple: as given */
    Value paths; /* attrgetter: tuple of tuples of interned names */
} Getter;
extern Type itemgetter_type, attrgetter_type, methodcaller_type;

static void getter_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Getter *)self)->what);
    trace_value(tr, ((Getter *)self)->paths);
}

static Value getter_make(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    const char *name = type_short_name(type);
    if (!args_no_kw(t, name, kwnames)) {
        return 0;
    }
    if (n < 1) {
        return type_error(t, "%s expected 1 argument, got 0", name);
    }
    Value what = tuple_from(t, args, n);
    Getter *g = what == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (g == NULL) {
        return 0;
    }
    gc_init(&g->what, what);
    return object_value(g);
}

static Value itemgetter_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    return getter_make(t, type, args, n, kwnames);
}

static bool getter_check(Thread *t, Value self, size_t n, Value kwnames)
{
    if (LIKELY(n == 1 && kwnames == 0)) {
        return true;
    }
    const char *name = type_short_name(type_of(self));
    return args_no_kw(t, name, kwnames) && args_count(t, name, n, 1, 1);
}

static Value itemgetter_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!getter_check(t, self, n, kwnames)) {
        return 0;
    }
    Value what = ((Getter *)value_object(self))->what, obj = args[0];
    size_t k = tuple_len(what);
    if (k == 1) {
        return object_getitem(t, obj, tuple_get(what, 0));
    }
    Value r = tuple_new(t, k);
    for (size_t i = 0; r != 0 && i < k; i++) {
        Value v = object_getitem(t, obj, tuple_get(what, i));
        if (v == 0) {
            return 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[i], v);
    }
    return r;
}

/* "a.b.c" as a tuple of interned names. */
static Value split_path(Thread *t, Value path)
{
    Value parts = list_new(t, 1);
    size_t len = str_len(path), start = 0;
    for (size_t i = 0; parts != 0 && i <= len; i++) {
        if (i < len && str_get(value_str(path), i) != '.') {
            continue;
        }
        Value part = str_substring(t, path, start, i);
        part = part == 0 ? 0 : intern_str(t, part);
        if (part == 0 || !list_append(t, parts, part)) {
            return 0;
        }
        start = i + 1;
    }
    return parts == 0 ? 0 : list_to_tuple(t, parts);
}

static Value attrgetter_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    Value self = getter_make(t, type, args, n, kwnames), paths = self == 0 ? 0 : tuple_new(t, n);
    for (size_t i = 0; paths != 0 && i < n; i++) {
        if (!value_is_str(args[i])) {
            return type_error(t, "attribute name must be a string");
        }
        Value path = split_path(t, args[i]);
        if (path == 0) {
            return 0;
        }
        gc_store(value_object(paths), &value_tuple(paths)->items[i], path);
    }
    if (paths == 0) {
        return 0;
    }
    gc_init(&((Getter *)value_object(self))->paths, paths);
    return self;
}

static Value get_path(Thread *t, Value obj, Value path)
{
    for (size_t i = 0; obj != 0 && i < tuple_len(path); i++) {
        obj = object_getattr(t, obj, tuple_get(path, i));
    }
    return obj;
}

static Value attrgetter_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!getter_check(t, self, n, kwnames)) {
        return 0;
    }
    Value paths = ((Getter *)value_object(self))->paths, obj = args[0];
    size_t k = tuple_len(paths);
    if (k == 1) {
        return get_path(t, obj, tuple_get(paths, 0));
    }
    Value r = tuple_new(t, k);
    for (size_t i = 0; r != 0 && i < k; i++) {
        Value v = get_path(t, obj, tuple_get(paths, i));
        if (v == 0) {
            return 0;
        }
        gc_store(value_object(r), &value_tuple(r)->items[i], v);
    }
    return r;
}

static Value getter_repr(Thread *t, Value self)
{
    Value what = ((Getter *)value_object(self))->what;
    const char *name = type_of(self)->name;
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_format(t, "%s(...)", name);
    }
    Value r = tuple_len(what) == 1 ? str_format(t, "%s(%R)", name, tuple_get(what, 0))
                                   : str_format(t, "%s%R", name, what);
    repr_leave(t, self);
    return r;
}

NATIVE_FN(getter_reduce)
{
    return tuple_pack(t, 2, object_value(type_of(args[0])),
                      ((Getter *)value_object(args[0]))->what);
}

static const NativeDef getter_methods[] = {
    {"__reduce__()", getter_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

#define GETTER_TYPE(variable, name_, prefix, doc_)                                     \
    Type variable = {.head = OBJECT_STATIC_HEAD(&type_type),                           \
                     .name = "operator." name_,                                        \
                     .doc = doc_,                                                      \
                     .size = sizeof(Getter),                                           \
                     .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,                        \
                     .trace = getter_trace,                                            \
                     .new = prefix##_new,                                              \
                     .call = prefix##_call,                                            \
                     .repr = getter_repr,                                              \
                     .methods = getter_methods}
GETTER_TYPE(itemgetter_type, "itemgetter", itemgetter,
            "itemgetter(item, ...) --> itemgetter object\n\n"
            "Return a callable object that fetches the given item(s) from its operand.\n"
            "After f = itemgetter(2), the call f(r) returns r[2].\n"
            "After g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])");
GETTER_TYPE(attrgetter_type, "attrgetter", attrgetter,
            "attrgetter(attr, ...) --> attrgetter object\n\n"
            "Return a callable object that fetches the given attribute(s) from its operand.\n"
            "After f = attrgetter('name'), the call f(r) returns r.name.\n"
            "After h = attrgetter('name.first', 'name.last'), the call h(r) returns\n"
            "(r.name.first, r.name.last).");

/* ---- methodcaller ---- */

typedef struct MethodCaller {
    Object head;
    Value name;    /* interned str */
    Value args;    /* tuple: positional, then the values of the keywords */
    Value kwnames; /* tuple or 0 */
} MethodCaller;

static void methodcaller_trace(Object *self, Tracer *tr)
{
    MethodCaller *m = (MethodCaller *)self;
    trace_value(tr, m->name);
    trace_value(tr, m->args);
    trace_value(tr, m->kwnames);
}

static Value methodcaller_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (n < 1) {
        return type_error(t, "methodcaller needs at least one argument, the method name");
    }
    if (!value_is_str(args[0])) {
        return type_error(t, "method name must be a string");
    }
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    Value name = value_is_str_exact(args[0]) ? intern_str(t, args[0]) : args[0];
    Value rest = name == 0 ? 0 : tuple_from(t, args + 1, n - 1 + nkw);
    MethodCaller *m = rest == 0 ? NULL : object_alloc_instance(t, type, 0);
    if (m == NULL) {
        return 0;
    }
    gc_init(&m->name, name);
    gc_init(&m->args, rest);
    gc_init(&m->kwnames, nkw == 0 ? 0 : kwnames);
    return object_value(m);
}

static Value methodcaller_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    if (!getter_check(t, self, n, kwnames)) {
        return 0;
    }
    MethodCaller *m = (MethodCaller *)value_object(self);
    Value method = object_getattr(t, args[0], m->name);
    if (method == 0) {
        return 0;
    }
    size_t nkw = m->kwnames == 0 ? 0 : tuple_len(m->kwnames);
    return call(t, method, value_tuple(m->args)->items, tuple_len(m->args) - nkw, m->kwnames);
}

static Value methodcaller_repr(Thread *t, Value self)
{
    MethodCaller *m = (MethodCaller *)value_object(self);
    const char *name = type_of(self)->name;
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_format(t, "%s(...)", name);
    }
    size_t nkw = m->kwnames == 0 ? 0 : tuple_len(m->kwnames), npos = tuple_len(m->args) - nkw;
    StrBuilder b;
    sb_init(&b, t);
    bool ok = sb_format(&b, "%s(%R", name, m->name);
    for (size_t i = 0; ok && i < npos + nkw; i++) {
        ok = i < npos
                 ? sb_format(&b, ", %R", tuple_get(m->args, i))
                 : sb_format(&b, ", %U=%R", tuple_get(m->kwnames, i - npos), tuple_get(m->args, i));
    }
    sb_char(&b, ')');
    repr_leave(t, self);
    return sb_finish(&b);
}

NATIVE_FN(methodcaller_reduce)
{
    MethodCaller *m = (MethodCaller *)value_object(args[0]);
    size_t nkw = m->kwnames == 0 ? 0 : tuple_len(m->kwnames), npos = tuple_len(m->args) - nkw;
    Value type = object_value(type_of(args[0]));
    if (nkw == 0) {
        Value all = tuple_new(t, npos + 1);
        if (all == 0) {
            return 0;
        }
        gc_store(value_object(all), &value_tuple(all)->items[0], m->name);
        for (size_t i = 0; i < npos; i++) {
            gc_store(value_object(all), &value_tuple(all)->items[i + 1], tuple_get(m->args, i));
        }
        return tuple_pack(t, 2, type, all);
    }
    Value partial = import_attr(t, "functools", "partial"), bound = tuple_new(t, 2 + nkw);
    if (partial == 0 || bound == 0) {
        return 0;
    }
    gc_store(value_object(bound), &value_tuple(bound)->items[0], type);
    gc_store(value_object(bound), &value_tuple(bound)->items[1], m->name);
    for (size_t i = 0; i < nkw; i++) {
        gc_store(value_object(bound), &value_tuple(bound)->items[2 + i],
                 tuple_get(m->args, npos + i));
    }
    Value constructor = call(t, partial, value_tuple(bound)->items, 2, m->kwnames);
    Value positional = constructor == 0 ? 0 : tuple_slice(t, m->args, 0, npos);
    return positional == 0 ? 0 : tuple_pack(t, 2, constructor, positional);
}

static const NativeDef methodcaller_methods[] = {
    {"__reduce__()", methodcaller_reduce, "Return state information for pickling.", 0},
    {NULL, NULL, NULL, 0},
};

Type methodcaller_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "operator.methodcaller",
    .getattr = generic_getattr,
    .doc = "methodcaller(name, ...) --> methodcaller object\n\n"
           "Return a callable object that calls the given method on its operand.\n"
           "After f = methodcaller('name'), the call f(r) returns r.name().\n"
           "After g = methodcaller('name', 'date', foo=1), the call g(r) returns\n"
           "r.name('date', foo=1).",
    .size = sizeof(MethodCaller),
    .flags = TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .trace = methodcaller_trace,
    .new = methodcaller_new,
    .call = methodcaller_call,
    .repr = methodcaller_repr,
    .methods = methodcaller_methods,
};

static bool operator_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &itemgetter_type) && module_add_type(t, mod, &attrgetter_type) &&
           module_add_type(t, mod, &methodcaller_type);
}

extern const ModuleDef module__operator;
const ModuleDef module__operator = {
    .name = "_operator",
    .doc = "Operator interface.\n\n"
           "This module exports a set of functions implemented in C corresponding\n"
           "to the intrinsic operators of Python.  For example, operator.add(x, y)\n"
           "is equivalent to the expression x+y.",
    .functions = operator_functions,
    .exec = operator_exec,
};
