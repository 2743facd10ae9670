/* Python functions: attributes, construction, binding to instances. */
#include "core/object/audit.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

#define FUNCTION(v) ((Function *)value_object(v))
#define CODE(v) ((Code *)value_object(v))

static void trace_function(Object *o, Tracer *tr)
{
    Function *f = (Function *)o;
    trace_values(tr, &f->code, 12); /* code ... dict */
}
_Static_assert(offsetof(Function, dict) - offsetof(Function, code) == 11 * sizeof(Value),
               "fields traced in one run");

/* The builtins that code with these globals sees. */
static Value builtins_of(Thread *t, Value globals)
{
    Value b = dict_get_str(globals, N(__builtins__));
    if (b && value_is_object(b) && type_of(b) == &module_type) {
        b = module_dict(b);
    }
    if (!b && t->base) { /* those of the code that makes the function */
        b = frame_function(t->base)->builtins;
    }
    return b ? b : t->interp->builtins;
}

Value function_new(Thread *t, Value code, Value globals, Value qualname)
{
    Function *f = object_alloc(t, &function_type, sizeof *f);
    if (!f) {
        return 0;
    }
    Code *co = CODE(code);
    code_call_shape(co);
    gc_init(&f->code, code);
    gc_init(&f->globals, globals);
    gc_init(&f->builtins, builtins_of(t, globals));
    gc_init(&f->name, co->name);
    gc_init(&f->qualname, qualname ? qualname : co->qualname);
    Value module = dict_get_str(globals, N(__name__));
    gc_init(&f->module, module);
    atomic_init(&f->version, 1);
    return object_value(f);
}

Value function_own_code(Thread *t, Function *fn)
{
    Value code = value_load(&fn->code);
    if (LIKELY(!CODE(code)->is_template)) {
        return code;
    }
    Value clone = code_complete(t, CODE(code)) ? code_clone(t, code) : 0;
    if (clone && cas_acq_rel(&fn->code, &code, clone)) {
        gc_barrier(fn, &fn->code, clone);
        return clone;
    }
    return clone ? code : 0; /* another thread was faster */
}

static bool check_closure(Thread *t, Code *co, Value closure, Value name)
{
    size_t n = is_none(closure) ? 0 : tuple_len(closure);
    if (n != co->nfrees) {
        value_error(t, "%U requires closure of length %u, not %zu", name, (unsigned)co->nfrees, n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (type_of(tuple_get(closure, i)) != &cell_type) {
            type_error(t, "arg 5 (closure) expected cell, found %T", tuple_get(closure, i));
            return false;
        }
    }
    return true;
}

static Value function_construct(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig =
        SIGNATURE("function(code, globals, name=None, argdefs=None, closure=None)");
    Value a[5];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    for (int i = 2; i < 5; i++) {
        a[i] = a[i] ? a[i] : NONE;
    }
    if (!value_is_code(a[0])) {
        return type_error(t, "function() argument 'code' must be code, not %T", a[0]);
    }
    if (!value_is_dict(a[1])) {
        return type_error(t, "function() argument 'globals' must be dict, not %T", a[1]);
    }
    if (!is_none(a[2]) && !value_is_str(a[2])) {
        return type_error(t, "arg 3 (name) must be None or string");
    }
    if (!is_none(a[3]) && !value_is_tuple(a[3])) {
        return type_error(t, "arg 4 (defaults) must be None or tuple");
    }
    if (!value_is_tuple(a[4]) && (CODE(a[0])->nfrees || !is_none(a[4]))) {
        return type_error(t, CODE(a[0])->nfrees ? "arg 5 (closure) must be tuple"
                                                : "arg 5 (closure) must be None or tuple");
    }
    if (!check_closure(t, CODE(a[0]), a[4], CODE(a[0])->name)) {
        return 0;
    }
    Value f = AUDIT(t, "function.__new__", 1, a[0]) ? function_new(t, a[0], a[1], 0) : 0;
    if (f) {
        if (!is_none(a[2])) {
            gc_init(&FUNCTION(f)->name, a[2]);
        }
        gc_init(&FUNCTION(f)->defaults, is_none(a[3]) ? 0 : a[3]);
        gc_init(&FUNCTION(f)->closure, is_none(a[4]) || tuple_len(a[4]) == 0 ? 0 : a[4]);
    }
    return f;
}

static Value function_repr(Thread *t, Value self)
{
    return str_format(t, "<function %U at %p>", function_qualname(FUNCTION(self)),
                      value_object(self));
}

static Value function_descr_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    return !obj || is_none(obj) ? descr : method_new(t, descr, obj);
}

/* ---- attributes kept in fields ---- */
/* What changes or shows the code that a function runs is told to auditing hooks. */
static Value get_code_field(Thread *t, Value self, Value name, void *closure)
{
    return AUDIT(t, "object.__getattr__", 2, self, name) ? field_or_none(t, self, closure) : 0;
}
static Value get_code(Thread *t, Value self, void *closure)
{
    return function_own_code(t, FUNCTION(self)) ? get_code_field(t, self, N(__code__), closure)
                                                : 0;
}
static Value get_defaults(Thread *t, Value self, void *closure)
{
    return get_code_field(t, self, N(__defaults__), closure);
}
static Value get_kwdefaults(Thread *t, Value self, void *closure)
{
    return get_code_field(t, self, N(__kwdefaults__), closure);
}
static bool may_set(Thread *t, Value self, Value name, Value v)
{
    return v ? AUDIT(t, "object.__setattr__", 3, self, name, v)
             : AUDIT(t, "object.__delattr__", 2, self, name);
}
static void put_field(Value self, void *closure, Value v)
{
    gc_store(value_object(self), (Value *)((char *)value_object(self) + (size_t)closure),
             v);
}
static bool set_any(Thread *t UNUSED, Value self, Value v, void *closure)
{
    put_field(self, closure, v);
    return true;
}
static bool set_name(Thread *t, Value self, Value v, void *closure)
{
    if (!v || !value_is_str(v)) {
        type_error(t, "%s must be set to a string object",
                   (size_t)closure == offsetof(Function, name) ? "__name__" : "__qualname__");
        return false;
    }
    put_field(self, closure, v);
    return true;
}
static Value get_doc(Thread *t, Value self, void *closure UNUSED)
{
    Function *f = FUNCTION(self);
    Value doc = value_load(&f->doc), none_yet = 0;
    if (!doc && (doc = code_doc(t, CODE(value_load(&f->code))))) {
        doc = cas_acq_rel(&f->doc, &none_yet, doc) ? doc : none_yet;
        gc_barrier(f, &f->doc, doc);
    }
    return doc;
}
static bool set_doc(Thread *t UNUSED, Value self, Value v, void *closure)
{
    put_field(self, closure, v ? v : NONE);
    return true;
}
static bool set_code(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v || !value_is_code(v)) {
        type_error(t, "__code__ must be set to a code object");
        return false;
    }
    if (!may_set(t, self, N(__code__), v)) {
        return false;
    }
    Function *f = FUNCTION(self);
    size_t have = f->closure ? tuple_len(f->closure) : 0;
    if (CODE(v)->nfrees != have) {
        value_error(t, "%U() requires a code object with %zu free vars, not %zu", f->name, have,
                    (size_t)CODE(v)->nfrees);
        return false;
    }
    if (!get_doc(t, self, NULL)) { /* that of the old code */
        return false;
    }
    code_call_shape(CODE(v));
    gc_store(f, &f->code, v);
    atomic_fetch_add_explicit(&f->version, 1, memory_order_relaxed);
    return true;
}
static bool set_defaults(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v && !is_none(v) && !value_is_tuple(v)) {
        type_error(t, "__defaults__ must be set to a tuple object");
        return false;
    }
    if (!may_set(t, self, N(__defaults__), v)) {
        return false;
    }
    gc_store(value_object(self), &FUNCTION(self)->defaults, v && !is_none(v) ? v : 0);
    return true;
}
static bool set_kwdefaults(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v && !is_none(v) && !value_is_dict(v)) {
        type_error(t, "__kwdefaults__ must be set to a dict object");
        return false;
    }
    if (!may_set(t, self, N(__kwdefaults__), v)) {
        return false;
    }
    gc_store(value_object(self), &FUNCTION(self)->kwdefaults, v && !is_none(v) ? v : 0);
    return true;
}
/* Made when first read. */
static Value fresh_dict(Thread *t, Value self, Value *slot)
{
    Value d = value_load(slot);
    if (!d && (d = dict_new(t))) {
        Value none_yet = 0;
        if (!__atomic_compare_exchange_n(slot, &none_yet, d, false, __ATOMIC_ACQ_REL,
                                         __ATOMIC_ACQUIRE)) {
            d = none_yet;
        }
        gc_store(value_object(self), slot, d);
    }
    return d;
}
static Value get_annotations(Thread *t, Value self, void *closure UNUSED)
{
    return fresh_dict(t, self, &FUNCTION(self)->annotations);
}
static bool set_annotations(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (v && !is_none(v) && !value_is_dict(v)) {
        type_error(t, "__annotations__ must be set to a dict object");
        return false;
    }
    gc_store(value_object(self), &FUNCTION(self)->annotations, v && !is_none(v) ? v : 0);
    return true;
}
static Value get_dict(Thread *t, Value self, void *closure UNUSED)
{
    return fresh_dict(t, self, &FUNCTION(self)->dict);
}
static bool set_dict(Thread *t, Value self, Value v, void *closure UNUSED)
{
    if (!v) {
        type_error(t, "cannot delete __dict__");
        return false;
    }
    if (!value_is_dict(v)) {
        type_error(t, "__dict__ must be set to a dictionary, not a '%T'", v);
        return false;
    }
    gc_store(value_object(self), &FUNCTION(self)->dict, v);
    return true;
}

#define FIELD(f) ((void *)offsetof(Function, f))
static const GetSetDef function_getset[] = {
    {"__code__", get_code, set_code, NULL, FIELD(code)},
    {"__defaults__", get_defaults, set_defaults, NULL, FIELD(defaults)},
    {"__kwdefaults__", get_kwdefaults, set_kwdefaults, NULL, FIELD(kwdefaults)},
    {"__annotations__", get_annotations, set_annotations, NULL, NULL},
    {"__dict__", get_dict, set_dict, NULL, NULL},
    {"__name__", field_or_none, set_name, NULL, FIELD(name)},
    {"__qualname__", field_or_none, set_name, NULL, FIELD(qualname)},
    {"__doc__", get_doc, set_doc, NULL, FIELD(doc)},
    {"__module__", field_or_none, set_any, NULL, FIELD(module)},
    {"__closure__", field_or_none, NULL, NULL, FIELD(closure)},
    {NULL, NULL, NULL, NULL, NULL},
};
/* types.MemberDescriptorType is the type of __globals__ */
static const MemberDef function_members[] = {
    {"__globals__", MEMBER_VALUE, offsetof(Function, globals), true, NULL},
    {"__builtins__", MEMBER_VALUE, offsetof(Function, builtins), true, NULL},
    {NULL, 0, 0, false, NULL},
};

static Value function_getattr(Thread *t, Value self, Value name)
{
    Value attr = type_lookup(t, &function_type, name);
    if (attr && type_of(attr)->descr_set) {
        return type_of(attr)->descr_get(t, attr, self, object_value(&function_type));
    }
    Value d = value_load(&FUNCTION(self)->dict);
    if (d) {
        Value v = dict_get(t, d, name);
        if (v || t->exc) {
            return v;
        }
    }
    if (attr) {
        DescrGetFn get = type_of(attr)->descr_get;
        return get ? get(t, attr, self, object_value(&function_type)) : attr;
    }
    return t->exc ? 0 : attribute_error(t, self, name);
}

static bool function_setattr(Thread *t, Value self, Value name, Value v)
{
    Value attr = type_lookup(t, &function_type, name);
    if (attr && type_of(attr)->descr_set) {
        return type_of(attr)->descr_set(t, attr, self, v);
    }
    if (v) {
        Value d = get_dict(t, self, NULL);
        return d && dict_set(t, d, name, v);
    }
    Value d = value_load(&FUNCTION(self)->dict);
    int found = d ? dict_del(t, d, name) : 0;
    if (found == 0) {
        attribute_error(t, self, name);
    }
    return found == 1;
}

Type function_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "function",
    .doc = "A function written in Python.",
    .size = sizeof(Function),
    .flags = TYPE_METHOD_DESCR | TYPE_DEFAULT_GETATTR,
    .weakrefable = true,
    .dict_offset = offsetof(Function, dict),
    .trace = trace_function,
    .new = function_construct,
    .call = function_call,
    .repr = function_repr,
    .getattr = function_getattr,
    .setattr = function_setattr,
    .descr_get = function_descr_get,
    .getset = function_getset,
    .members = function_members,
    .sig = "function(code, globals, name=None, argdefs=None, closure=None)",
};
