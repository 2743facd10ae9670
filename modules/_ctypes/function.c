/* Function types: classes, making functions from names, addresses and callables, calling them. */
#include "modules/_ctypes/ctypes.h"

#include <dlfcn.h>

/* ---- classes ---- */

Value converters_of(Thread *t, Value types)
{
    Value list = value_is_sequence(types) ? sequence_tuple(t, types) : 0;
    if (!list) {
        return error_pending(t) ? 0 : type_error(t, "_argtypes_ must be a sequence of types");
    }
    size_t n = tuple_len(list);
    if (n > CTYPES_MAX_ARGS) {
        return raise_value(t, value_type(argument_error),
                           str_format(t, "_argtypes_ has too many arguments (%zd), maximum is %d",
                                      (ssize_t)n, CTYPES_MAX_ARGS));
    }
    Value converters = tuple_new(t, n);
    for (size_t i = 0; converters && i < n; i++) {
        Value f;
        int r = object_lookup_attr_cstr(t, tuple_get(list, i), "from_param", &f);
        if (r <= 0) {
            return r < 0 ? 0
                         : type_error(t, "item %zd in _argtypes_ has no from_param method",
                                      (ssize_t)i + 1);
        }
        gc_store(value_object(converters), &value_tuple(converters)->items[i], f);
    }
    return converters;
}

/* What checks a result of the type, or 0. */
static bool checker_of(Thread *t, Value restype, Value *out)
{
    *out = 0;
    return object_lookup_attr_cstr(t, restype, "_check_retval_", out) >= 0;
}

static bool good_restype(Value v) { return is_none(v) || info_of(v) || callable(v); }

static bool class_flags(Thread *t, Value type, int *out)
{
    Value v;
    int r = object_lookup_attr_cstr(t, type, "_flags_", &v);
    int64_t flags;
    if (r < 0) {
        return false;
    }
    if (r == 0 || !value_is_int(v) || !int_try_int64(v, &flags)) {
        type_error(t, "class must define _flags_ which must be an integer");
        return false;
    }
    *out = (int)flags;
    return true;
}

static bool class_arguments(Thread *t, Value type, CInfo *info)
{
    Value v;
    int r = object_lookup_attr_cstr(t, type, "_argtypes_", &v);
    if (r <= 0) {
        return r == 0;
    }
    if (!value_is_sequence(v)) {
        type_error(t, "_argtypes_ must be a sequence of types");
        return false;
    }
    Value list = sequence_tuple(t, v), converters = list ? converters_of(t, list) : 0;
    if (!converters) {
        return false;
    }
    gc_store(info, &info->argtypes, list);
    gc_store(info, &info->converters, converters);
    return true;
}

static bool class_result(Thread *t, Value type, CInfo *info)
{
    Value v, checker;
    int r = object_lookup_attr_cstr(t, type, "_restype_", &v);
    if (r <= 0) {
        return r == 0;
    }
    if (!good_restype(v)) {
        type_error(t, "_restype_ must be a type, a callable, or None");
        return false;
    }
    if (!checker_of(t, v, &checker)) {
        return false;
    }
    gc_store(info, &info->restype, v);
    gc_store(info, &info->checker, checker);
    return true;
}

Value function_meta_new(Thread *t, Type *meta, Value *args, size_t n, Value kwnames)
{
    Value type = type_new(t, meta, args, n, kwnames);
    CInfo *info = type ? info_new(t, KIND_FUNCTION) : NULL;
    if (!info || !class_flags(t, type, &info->func_flags) || !class_arguments(t, type, info) ||
        !class_result(t, type, info)) {
        return 0;
    }
    info->size = sizeof(void *);
    info->align = _Alignof(void *);
    info->ffi = ffi_type_pointer;
    info->length = 1;
    info->flags = INFO_POINTER;
    info->format = "X{}";
    return info_publish(t, value_type(type), info) ? type : type_error(t, "abstract class");
}

/* ---- making ---- */

static void function_trace(Object *o, Tracer *tr)
{
    CFunction *f = (CFunction *)o;
    cdata_trace(o, tr);
    trace_value(tr, f->callable);
    trace_value(tr, f->arguments);
    trace_value(tr, f->result);
    trace_value(tr, f->errcheck);
    trace_value(tr, f->paramflags);
}

static CFunction *function_of(Value v) { return (CFunction *)cdata_of(v); }

static void *function_address(const CFunction *f)
{
    void *p;
    memcpy(&p, cdata_ptr(&f->data), sizeof p);
    return p;
}

enum { PARAM_IN = 1, PARAM_OUT = 2, PARAM_LCID = 4 };

static bool check_out_type(Thread *t, Value type, size_t number)
{
    CInfo *info = info_of(type);
    if (info && (info->kind == KIND_POINTER || info->kind == KIND_ARRAY ||
                 (info->kind == KIND_SIMPLE && strchr("PzZ", info->code)))) {
        return true;
    }
    type_error(t, "'out' parameter %d must be a pointer type, not %s", (int)number,
               value_is_type(type) ? value_type(type)->name : type_of(type)->name);
    return false;
}

/* type: of the parameter, 0: not known yet */
static bool check_paramflag(Thread *t, Value item, Value type, size_t number)
{
    size_t n = value_is_tuple(item) ? tuple_len(item) : 0;
    int flag;
    bool good = n >= 1 && n <= 3 && value_is_int(tuple_get(item, 0)) &&
                (n < 2 || value_is_str(tuple_get(item, 1)) || is_none(tuple_get(item, 1)));
    if (!good || !value_to_int(t, tuple_get(item, 0), &flag)) {
        error_clear(t);
        type_error(t, "paramflags must be a sequence of (int [,string [,value]]) tuples");
        return false;
    }
    switch (flag & (PARAM_IN | PARAM_OUT | PARAM_LCID)) {
    case 0:
    case PARAM_IN:
    case PARAM_IN | PARAM_LCID:
    case PARAM_IN | PARAM_OUT:
        return true;
    case PARAM_OUT:
        return !type || check_out_type(t, type, number);
    default:
        type_error(t, "paramflag value %d not supported", flag);
        return false;
    }
}

static bool check_paramflags(Thread *t, Type *type, Value flags)
{
    Value argtypes = info_of_type(type)->argtypes;
    if (!flags) {
        return true;
    }
    if (!value_is_tuple(flags)) {
        type_error(t, "paramflags must be a tuple or None");
        return false;
    }
    if (argtypes && tuple_len(flags) != tuple_len(argtypes)) {
        value_error(t, "paramflags must have the same length as argtypes");
        return false;
    }
    for (size_t i = 0; i < tuple_len(flags); i++) {
        Value target = argtypes ? tuple_get(argtypes, i) : 0;
        if (!check_paramflag(t, tuple_get(flags, i), target, i + 1)) {
            return false;
        }
    }
    return true;
}

/* The symbol that (name, dll) names; NULL: raised. */
static void *find_symbol(Thread *t, Value spec)
{
    if (tuple_len(spec) != 2) {
        type_error(t, "illegal func_spec argument");
        return NULL;
    }
    Value name = tuple_get(spec, 0), dll = tuple_get(spec, 1);
    if (!value_is_str(name) && !value_is_bytes(name)) {
        type_error(t, "function name must be string, bytes object or integer");
        return NULL;
    }
    const char *text = value_is_bytes(name) ? value_bytes(name)->data : str_cstr(t, name);
    if (!text || !AUDIT(t, "ctypes.dlsym", 2, dll, name)) {
        return NULL;
    }
    Value handle = object_getattr_cstr(t, dll, "_handle");
    uint64_t h;
    if (!handle || !value_is_int(handle)) {
        if (handle) {
            type_error(t, "the _handle attribute of the second argument must be an integer");
        }
        return NULL;
    }
    if (!code_find('P')->set(t, &h, handle, sizeof h)) {
        return NULL;
    }
    void *address = symbol_find(t, (void *)(uintptr_t)h, text);
    if (!address) {
        const char *why = dlerror();
        raise(t, &exc_AttributeError, "%s", why ? why : "symbol is NULL");
    }
    return address;
}

static Value from_dll(Thread *t, Type *type, const Value *args, size_t n)
{
    Value flags = n > 1 && !is_none(args[1]) ? args[1] : 0;
    CInfo *info = info_of_type(type);
    if (!info) {
        return type_error(t, "abstract class");
    }
    void *address = find_symbol(t, args[0]);
    if (!address || !check_paramflags(t, type, flags)) {
        return 0;
    }
    Value v = cdata_new(t, type);
    if (!v) {
        return 0;
    }
    memcpy(cdata_ptr(cdata_of(v)), &address, sizeof address);
    gc_store(function_of(v), &function_of(v)->paramflags, flags);
    return cdata_keep(t, cdata_of(v), 0, tuple_get(args[0], 1)) ? v : 0;
}

static Value from_callable(Thread *t, Type *type, Value f)
{
    CInfo *info = info_of_type(type);
    if (!info || !info->argtypes) {
        return type_error(t, "cannot construct instance of this class: no argtypes");
    }
    void *code;
    Value thunk = thunk_new(t, f, info->argtypes, info->restype ? info->restype : NONE,
                            info->func_flags, &code);
    Value v = thunk ? cdata_new(t, type) : 0;
    if (!v) {
        return 0;
    }
    memcpy(cdata_ptr(cdata_of(v)), &code, sizeof code);
    gc_store(function_of(v), &function_of(v)->callable, f);
    return cdata_keep(t, cdata_of(v), 0, thunk) ? v : 0;
}

static Value function_new_instance(Thread *t, Type *type, Value *args, size_t n,
                                   Value kwnames UNUSED)
{
    if (n == 0) {
        return cdata_new(t, type);
    }
    if (value_is_tuple(args[0]) && n <= 2) {
        return from_dll(t, type, args, n);
    }
    if (n != 1) {
        return type_error(t, "function takes exactly 1 argument (%zu given)", n);
    }
    if (value_is_int(args[0])) {
        Value v = cdata_new(t, type);
        return v && code_find('P')->set(t, cdata_ptr(cdata_of(v)), args[0], sizeof(void *)) ? v : 0;
    }
    if (!callable(args[0])) {
        return type_error(t, "argument must be callable or integer function address");
    }
    return from_callable(t, type, args[0]);
}

/* ---- parameters by flags ---- */

typedef struct Build {
    CFunction *f;
    Value argtypes;
    const Value *args;       /* given */
    size_t n, next;
    Value kwnames;
    Value callargs;          /* list */
    size_t returned;         /* parameters that are results */
} Build;

typedef struct ParamSpec { int flag; Value name, dflt; } ParamSpec;

static ParamSpec param_spec(Value item)
{
    size_t n = tuple_len(item);
    int64_t flag = 0;
    (void)int_try_int64(tuple_get(item, 0), &flag);
    ParamSpec p = {(int)flag & 7, 0, n > 2 ? tuple_get(item, 2) : 0};
    p.name = n > 1 && !is_none(tuple_get(item, 1)) ? tuple_get(item, 1) : 0;
    return p;
}

static Value given_argument(Thread *t, Build *b, const ParamSpec *p)
{
    if (b->next < b->n) {
        return b->args[b->next++];
    }
    for (size_t i = 0; p->name && b->kwnames && i < tuple_len(b->kwnames); i++) {
        if (str_eq(tuple_get(b->kwnames, i), p->name)) {
            b->next++;
            return b->args[b->n + i];
        }
    }
    if (p->dflt) {
        return p->dflt;
    }
    return p->name ? type_error(t, "required argument '%S' missing", p->name)
                   : type_error(t, "not enough arguments");
}

static Value fresh_result(Thread *t, Value type)
{
    CInfo *info = info_of(type);
    if (!info || info->kind == KIND_SIMPLE || !info->proto) {
        return type_error(t, "%s 'out' parameter must be passed as default value",
                          value_is_type(type) ? value_type(type)->name : type_of(type)->name);
    }
    return call0(t, info->kind == KIND_ARRAY ? type : value_load(&info->proto));
}

static Value parameter(Thread *t, Build *b, size_t i)
{
    ParamSpec p = param_spec(tuple_get(b->f->paramflags, i));
    switch (p.flag) {
    case PARAM_IN | PARAM_LCID:
        return p.dflt ? p.dflt : fixnum(0);
    case PARAM_IN | PARAM_OUT:
        b->returned++;
        return given_argument(t, b, &p);
    case PARAM_OUT:
        b->returned++;
        return p.dflt ? p.dflt : fresh_result(t, tuple_get(b->argtypes, i));
    default:
        return given_argument(t, b, &p);
    }
}

static bool build_arguments(Thread *t, Build *b)
{
    size_t n = tuple_len(b->f->paramflags);
    n = tuple_len(b->argtypes) < n ? tuple_len(b->argtypes) : n;
    b->callargs = list_new(t, n);
    for (size_t i = 0; b->callargs && i < n; i++) {
        Value v = parameter(t, b, i);
        if (!v || !list_append(t, b->callargs, v)) {
            return false;
        }
    }
    size_t given = b->n + (b->kwnames ? tuple_len(b->kwnames) : 0);
    if (b->callargs && given != b->next) {
        type_error(t, "call takes exactly %d arguments (%zd given)", (int)b->next, (ssize_t)given);
        return false;
    }
    return b->callargs != 0;
}

/* The parameters that are results: one, or a tuple of them. */
static Value build_result(Thread *t, Build *b, Value callargs)
{
    Value results = tuple_new(t, b->returned);
    size_t at = 0;
    for (size_t i = 0; results && i < tuple_len(callargs); i++) {
        ParamSpec p = param_spec(tuple_get(b->f->paramflags, i));
        if (!(p.flag & PARAM_OUT)) {
            continue;
        }
        Value v = tuple_get(callargs, i);
        if (!(p.flag & PARAM_IN)) {
            v = call_method0(t, v, intern_cstr(t, "__ctypes_from_outparam__"));
        }
        if (!v || b->returned == 1) {
            return v;
        }
        gc_store(value_object(results), &value_tuple(results)->items[at++], v);
    }
    return results;
}

/* ---- calling ---- */

/* What the instance says, else its class. */
static CCall call_of(CFunction *f)
{
    CInfo *info = cdata_info(&f->data);
    Value arguments = value_load(&f->arguments), result = value_load(&f->result);
    CCall c = {function_address(f), info->argtypes, info->converters, info->restype,
               info->checker, info->func_flags};
    if (arguments) {
        c.argtypes = tuple_get(arguments, 0);
        c.converters = tuple_get(arguments, 1);
    }
    if (result) {
        c.restype = tuple_get(result, 0);
        c.checker = is_none(tuple_get(result, 1)) ? 0 : tuple_get(result, 1);
    }
    return c;
}

static bool check_count(Thread *t, const CCall *c, size_t n)
{
    size_t need = c->converters ? tuple_len(c->converters) : 0;
    bool at_least = c->flags & FUNC_CDECL;
    if (!c->converters || (at_least ? n >= need : n == need)) {
        return true;
    }
    type_error(t, "this function takes %s%d argument%s (%d given)", at_least ? "at least " : "",
               (int)need, need == 1 ? "" : "s", (int)n);
    return false;
}

static Value function_call(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    CFunction *f = function_of(self);
    CCall c = call_of(f);
    bool flags = f->paramflags && c.argtypes && tuple_len(f->paramflags);
    Build b = {.f = f, .argtypes = c.argtypes, .args = args, .n = n, .kwnames = kwnames};
    Value errcheck = value_load(&f->errcheck), callargs = 0;
    if (flags) {
        if (!build_arguments(t, &b) || !(callargs = list_to_tuple(t, b.callargs))) {
            return 0;
        }
        args = value_tuple(callargs)->items;
        n = tuple_len(callargs);
    }
    if (!check_count(t, &c, n)) {
        return 0;
    }
    if (errcheck && !callargs && !(callargs = tuple_from(t, args, n))) {
        return 0;
    }
    Value result = call_foreign(t, &c, args, n);
    if (result && errcheck) {
        Value v = call3(t, errcheck, result, self, callargs);
        if (!v || v != callargs) {
            return v;
        }
    }
    return result && b.returned ? build_result(t, &b, callargs) : result;
}

/* ---- attributes ---- */

static Value get_errcheck(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value v = value_load(&function_of(self)->errcheck);
    return v ? v : NONE;
}

static bool set_errcheck(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v && !callable(v)) {
        type_error(t, "the errcheck attribute must be callable");
        return false;
    }
    gc_store(function_of(self), &function_of(self)->errcheck, v);
    return true;
}

static Value get_restype(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value v = call_of(function_of(self)).restype;
    return v ? v : NONE;
}

static bool set_restype(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Value checker, pair = 0;
    if (v) {
        if (!good_restype(v)) {
            type_error(t, "restype must be a type, a callable, or None");
            return false;
        }
        if (!checker_of(t, v, &checker) ||
            !(pair = tuple_pack(t, 2, v, checker ? checker : NONE))) {
            return false;
        }
    }
    gc_store(function_of(self), &function_of(self)->result, pair);
    return true;
}

static Value get_argtypes(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value own = value_load(&function_of(self)->arguments);
    if (own) {
        return tuple_len(own) > 2 ? tuple_get(own, 2) : NONE;
    }
    Value v = cdata_info(cdata_of(self))->argtypes;
    return v ? v : NONE;
}

static bool set_argtypes(Thread *t, Value self, Value v, void *closure UNUSED)
{
    Value parts = 0;
    if (v && !is_none(v)) {
        Value converters = converters_of(t, v);
        Value list = converters ? sequence_tuple(t, v) : 0;
        if (!list) {
            return false;
        }
        if (tuple_len(list) != tuple_len(converters)) {
            runtime_error(t, "argument types changed while they were read");
            return false;
        }
        parts = tuple_pack(t, 3, list, converters, v);
        if (!parts) {
            return false;
        }
    }
    gc_store(function_of(self), &function_of(self)->arguments, parts);
    return true;
}

static const GetSetDef function_getset[] = {
    {"errcheck", get_errcheck, set_errcheck, "a function to check for errors", NULL},
    {"restype", get_restype, set_restype, "specify the result type", NULL},
    {"argtypes", get_argtypes, set_argtypes, "specify the argument types", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static Value function_repr(Thread *t, Value self)
{
    return str_format(t, "<%s object at %p>", type_of(self)->name, (void *)value_object(self));
}

static int function_truth(Thread *t UNUSED, Value self)
{
    return function_address(function_of(self)) != NULL;
}

CType c_function_type = {.type = {
    .head = OBJECT_STATIC_HEAD(&function_meta),
    .name = "_ctypes.CFuncPtr",
    .doc = "Function Pointer",
    .base = &cdata_type,
    .size = sizeof(CFunction),
    .flags = TYPE_BASETYPE,
    .trace = function_trace,
    .new = function_new_instance,
    .call = function_call,
    .repr = function_repr,
    .truth = function_truth,
    .getset = function_getset,
}};
