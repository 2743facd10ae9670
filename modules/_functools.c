/* _functools: partial, reduce, cmp_to_key.  lru_cache is in _functools_lru.c. */
#include "modules/_functools.h"

#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* ---- partial ---- */

/* The four fields change only together, through __setstate__ (object lock); a call reads them one
 * by one, as the reference does. */
typedef struct Partial {
    Object head;
    Value fn;
    Value args;  /* tuple */
    Value kw;    /* dict */
} Partial;

static void partial_trace(Object *self, Tracer *tr)
{
    Partial *p = (Partial *)self;
    trace_value(tr, p->fn);
    trace_value(tr, p->args);
    trace_value(tr, p->kw);
}

static inline Partial *partial(Value v)
{
    assert(value_isa(v, &partial_type));
    return (Partial *)value_object(v);
}

static Value joined(Thread *t, Value a, const Value *more, size_t n)
{
    size_t k = tuple_len(a);
    Value r = tuple_new(t, k + n);
    for (size_t i = 0; r != 0 && i < k + n; i++) {
        gc_store(value_object(r), &value_tuple(r)->items[i], i < k ? tuple_get(a, i) : more[i - k]);
    }
    return r;
}

static Value partial_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (n < 1) {
        return type_error(t, "type 'partial' takes at least one argument");
    }
    Value fn = args[0], positional = 0, kw = 0;
    /* a partial of a partial is one partial, unless it has attributes of its own */
    if (type_of(fn) == &partial_type && type == &partial_type &&
        instance_is_empty(t, value_object(fn))) {
        Partial *inner = partial(fn);
        positional = joined(t, value_load(&inner->args), args + 1, n - 1);
        kw = dict_copy(t, value_load(&inner->kw));
        fn = value_load(&inner->fn);
    } else {
        if (!callable(fn)) {
            return type_error(t, "the first argument must be callable");
        }
        positional = tuple_from(t, args + 1, n - 1);
        kw = dict_new(t);
    }
    if (positional == 0 || kw == 0) {
        return 0;
    }
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    for (size_t i = 0; i < nkw; i++) {
        if (!dict_set(t, kw, tuple_get(kwnames, i), args[n + i])) {
            return 0;
        }
    }
    Partial *p = object_alloc_instance(t, type, 0);
    if (p == NULL) {
        return 0;
    }
    gc_init(&p->fn, fn);
    gc_init(&p->args, positional);
    gc_init(&p->kw, kw);
    return object_value(p);
}

static Value partial_call_kw(Thread *t, Partial *p, Value *args, size_t n, Value kwnames)
{
    Value kw = dict_copy(t, value_load(&p->kw)),
          all = joined(t, value_load(&p->args), args, n);
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    for (size_t i = 0; kw != 0 && i < nkw; i++) {
        if (!dict_set(t, kw, tuple_get(kwnames, i), args[n + i])) {
            return 0;
        }
    }
    return kw == 0 || all == 0 ? 0 : call_tuple(t, value_load(&p->fn), all, kw);
}

/* Room for n arguments, in `few` if that is enough.  NULL: MemoryError. */
enum { FEW = 10 };
static Value *room_for(Thread *t, Value few[FEW], size_t n)
{
    if (n <= FEW) {
        return few;
    }
    Value holder = tuple_new(t, n);
    return holder ? value_tuple(holder)->items : NULL;
}

/* A call without keywords of a partial that has some: they are read where they are, as long as
 * nobody changes them.  *done: it has been made. */
static Value call_with_own(Thread *t, Partial *p, Value *args, size_t n, bool *done)
{
    Value bound = value_load(&p->args), kw = value_load(&p->kw), few[FEW];
    size_t k = tuple_len(bound), nkw = dict_len(kw), i = 0, pos = 0;
    Value keys = tuple_new(t, nkw), *all = room_for(t, few, k + n + nkw);
    *done = keys == 0 || all == NULL;
    if (*done) {
        return 0;
    }
    memcpy(all, value_tuple(bound)->items, k * sizeof(Value));
    memcpy(all + k, args, n * sizeof(Value));
    DictTable *table = NULL;
    Value key;
    while (i < nkw && dict_next(kw, &table, &pos, &key, &all[k + n + i]) && value_is_str(key)) {
        gc_store(value_object(keys), &value_tuple(keys)->items[i++], key);
    }
    *done = i == nkw;
    return *done ? call(t, value_load(&p->fn), all, k + n, keys) : 0;
}

static Value partial_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    Partial *p = partial(self);
    Value bound = value_load(&p->args), kw = value_load(&p->kw);
    size_t k = tuple_len(bound), nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    if (dict_len(kw) > 0) {
        bool done = false;
        Value r = nkw == 0 ? call_with_own(t, p, args, n, &done) : 0;
        return done ? r : partial_call_kw(t, p, args, n, kwnames);
    }
    if (k == 0) {
        return call(t, value_load(&p->fn), args, n, kwnames);
    }
    Value few[FEW], *all = room_for(t, few, k + n + nkw);
    if (all == NULL) {
        return 0;
    }
    memcpy(all, value_tuple(bound)->items, k * sizeof(Value));
    if (n + nkw) {
        memcpy(all + k, args, (n + nkw) * sizeof(Value));
    }
    return call(t, value_load(&p->fn), all, k + n, kwnames);
}

static Value partial_repr(Thread *t, Value self)
{
    Partial *p = partial(self);
    if (!repr_enter(t, self)) {
        return error_pending(t) ? 0 : str_from_ascii(t, "...", 3);
    }
    Value positional = value_load(&p->args), kw = value_load(&p->kw), key, v;
    const char *name = type_of(self) == &partial_type ? "functools.partial" : type_of(self)->name;
    StrBuilder b;
    sb_init(&b, t);
    bool ok;
    if (type_of(self)->flags & TYPE_HEAP) {
        Value qualname = object_getattr(t, object_value(type_of(self)), N(__qualname__));
        ok = qualname != 0 && sb_format(&b, "%S(%R", qualname, value_load(&p->fn));
    } else {
        ok = sb_format(&b, "%s(%R", name, value_load(&p->fn));
    }
    for (size_t i = 0; ok && i < tuple_len(positional); i++) {
        ok = sb_format(&b, ", %R", tuple_get(positional, i));
    }
    DictTable *tb = NULL;
    size_t pos = 0;
    while (ok && dict_next(kw, &tb, &pos, &key, &v)) {
        ok = sb_format(&b, ", %S=%R", key, v);
    }
    sb_char(&b, ')');
    repr_leave(t, self);
    return ok ? sb_finish(&b) : 0;
}

static Value partial_get_dict(Thread *t, Value self, void *closure UNUSED)
{
    return instance_dict(t, value_object(self));
}

bool functools_set_dict(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v == 0 || !value_is_dict(v)) {
        type_error(t,
                   v == 0 ? "cannot delete __dict__"
                          : "__dict__ must be set to a dictionary, not a '%T'",
                   v);
        return false;
    }
    return instance_set_dict(t, value_object(self), v);
}

NATIVE_FN(partial_reduce)
{
    Partial *p = partial(args[0]);
    Value dict = instance_dict(t, value_object(args[0]));
    Value fn = value_load(&p->fn), inner = dict == 0 ? 0 : tuple_pack(t, 1, fn);
    Value state = inner == 0 ? 0
                             : tuple_pack(t, 4, fn, value_load(&p->args), value_load(&p->kw),
                                          dict_len(dict) > 0 ? dict : NONE);
    return state == 0 ? 0 : tuple_pack(t, 3, object_value(type_of(args[0])), inner, state);
}

NATIVE_FN(partial_setstate)
{
    Partial *p = partial(args[0]);
    Value state = args[1];
    if (!value_is_tuple(state) || tuple_len(state) != 4) {
        return type_error(t, "invalid partial state");
    }
    Value fn = tuple_get(state, 0), positional = tuple_get(state, 1),
          keywords = tuple_get(state, 2), dict = tuple_get(state, 3);
    if (!callable(fn) || !value_is_tuple(positional) ||
        (!is_none(keywords) && !value_is_dict(keywords))) {
        return type_error(t, "invalid partial state");
    }
    if (!value_is_tuple_exact(positional)) {
        positional = tuple_from(t, value_tuple(positional)->items, tuple_len(positional));
    }
    keywords = is_none(keywords)               ? dict_new(t)
               : value_is_dict_exact(keywords) ? keywords
                                               : dict_copy(t, keywords);
    if (positional == 0 || keywords == 0) {
        return 0;
    }
    if (!is_none(dict)) {
        if (!value_is_dict(dict)) {
            return type_error(t, "invalid partial state");
        }
        if (!instance_set_dict(t, value_object(args[0]), dict)) {
            return 0;
        }
    } else if (!instance_is_empty(t, value_object(args[0]))) {
        Value empty = dict_new(t);
        if (empty == 0 || !instance_set_dict(t, value_object(args[0]), empty)) {
            return 0;
        }
    }
    gc_store(p, &p->fn, fn);
    gc_store(p, &p->args, positional);
    gc_store(p, &p->kw, keywords);
    return NONE;
}

static const NativeDef partial_methods[] = {
    {"__reduce__()", partial_reduce, "Return state information for pickling.", 0},
    {"__setstate__(state, /)", partial_setstate, "Set state information for unpickling.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};
static const MemberDef partial_members[] = {
    {"func", MEMBER_VALUE, offsetof(Partial, fn), true,
     "function object to use in future partial calls"},
    {"args", MEMBER_VALUE, offsetof(Partial, args), true,
     "tuple of arguments to future partial calls"},
    {"keywords", MEMBER_VALUE, offsetof(Partial, kw), true,
     "dictionary of keyword arguments to future partial calls"},
    {NULL, 0, 0, false, NULL},
};
static const GetSetDef partial_getset[] = {
    {"__dict__", partial_get_dict, functools_set_dict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type partial_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "functools.partial",
    .getattr = generic_getattr,
    .doc = "partial(func, *args, **keywords) - new function with partial application\n"
           "    of the given arguments and keywords.\n",
    .size = sizeof(Partial),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_HAS_DICT | TYPE_LIKE_CLASS,
    .weakrefable = 1,
    .trace = partial_trace,
    .new = partial_new,
    .call = partial_call,
    .repr = partial_repr,
    .methods = partial_methods,
    .members = partial_members,
    .getset = partial_getset,
};

/* ---- reduce ---- */

NATIVE_FN(functools_reduce)
{
    if (!args_count(t, "reduce", n, 2, 3)) {
        return 0;
    }
    Value fn = args[0], total = n > 2 ? args[2] : 0, v;
    Items items;
    if (!items_start(t, &items, args[1])) {
        if (error_clear_if(t, &exc_TypeError)) {
            type_error(t, "reduce() arg 2 must support iteration");
        }
        return 0;
    }
    while ((v = items_take(t, &items)) != 0) {
        total = total == 0 ? v : call2(t, fn, total, v);
        if (total == 0) {
            return 0;
        }
    }
    if (error_pending(t)) {
        return 0;
    }
    return total != 0 ? total : type_error(t, "reduce() of empty iterable with no initial value");
}

/* ---- cmp_to_key ---- */

typedef struct KeyWrapper {
    Object head;
    Value cmp;
    Value object; /* or 0: the factory that cmp_to_key returned */
} KeyWrapper;

static void key_wrapper_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((KeyWrapper *)self)->cmp);
    trace_value(tr, ((KeyWrapper *)self)->object);
}

static Value key_wrapper_make(Thread *t, Value cmp, Value object)
{
    KeyWrapper *k = object_alloc(t, &key_wrapper_type, sizeof(KeyWrapper));
    if (k == NULL) {
        return 0;
    }
    gc_init(&k->cmp, cmp);
    gc_init(&k->object, object);
    return object_value(k);
}

static Value key_wrapper_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("K(obj)");
    Value obj;
    if (!args_bind(t, &sig, args, n, kwnames, &obj)) {
        return 0;
    }
    return key_wrapper_make(t, ((KeyWrapper *)value_object(self))->cmp, obj);
}

static Value key_wrapper_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (!value_is_object(b) || type_of(b) != &key_wrapper_type) {
        return type_error(t, "other argument must be K instance");
    }
    KeyWrapper *x = (KeyWrapper *)value_object(a), *y = (KeyWrapper *)value_object(b);
    Value of_x = value_load(&x->object), of_y = value_load(&y->object);
    if (of_x == 0 || of_y == 0) {
        return raise_error(t, &exc_AttributeError, "object");
    }
    Value r = call2(t, x->cmp, of_x, of_y);
    return r == 0 ? 0 : object_compare(t, r, fixnum(0), op);
}

NATIVE_FN(functools_cmp_to_key)
{
    return key_wrapper_make(t, args[0], 0);
}

static const MemberDef key_wrapper_members[] = {
    {"obj", MEMBER_VALUE, offsetof(KeyWrapper, object), false, "Value wrapped by a key function."},
    {NULL, 0, 0, false, NULL},
};

Type key_wrapper_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "functools.KeyWrapper",
    .size = sizeof(KeyWrapper),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE | TYPE_LIKE_CLASS,
    .trace = key_wrapper_trace,
    .call = key_wrapper_call,
    .hash = hash_unhashable,
    .compare = key_wrapper_compare,
    .members = key_wrapper_members,
};

/* ---- module ---- */

static const NativeDef functools_functions[] = {
    {"reduce", functools_reduce,
     "reduce(function, iterable[, initial]) -> value\n\n"
     "Apply a function of two arguments cumulatively to the items of an iterable, from left\n"
     "to right, so as to reduce the iterable to a single value.",
     NATIVE_RAW},
    {"cmp_to_key(mycmp)", functools_cmp_to_key, "Convert a cmp= function into a key= function.", 0},
    {NULL, NULL, NULL, 0},
};

static bool functools_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &partial_type) && module_add_type(t, mod, &lru_cache_type) &&
           type_ready(t, &key_wrapper_type) && lru_init(t);
}

extern const ModuleDef module__functools;
const ModuleDef module__functools = {
    .name = "_functools",
    .doc = "Tools that operate on functions.",
    .functions = functools_functions,
    .exec = functools_exec,
};
