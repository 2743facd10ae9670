/* builtin_function_or_method: a C function with an optional bound first argument. */

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/object/dict.h"
#include "core/object/module.h"
#include "core/object/native_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static NativeFunction *function_of(Value v)
{
    return (NativeFunction *)value_object(v);
}

static void function_trace(Object *o, Tracer *tr)
{
    NativeFunction *f = (NativeFunction *)o;
    trace_value(tr, f->self);
    trace_value(tr, f->module);
    trace_object(tr, f->owner);
}

Value native_function_new(Thread *t, const NativeDef *def, Value self, Value module_name)
{
    NativeFunction *f = object_alloc(t, &native_function_type, sizeof *f);
    if (!f) {
        return 0;
    }
    f->c_def = &no_c_definition;
    f->def = def;
    f->sig = &signature_unknown;
    f->head.flags = def->flags & NATIVE_LEN;
    gc_init(&f->self, self);
    gc_init(&f->module, module_name);
    return object_value(f);
}

/* What its messages call the function's owner; *owner NULL: nothing.  false: raised. */
static bool find_owner(Thread *t, const NativeFunction *f, const char **owner)
{
    *owner = f->owner ? type_short_name(f->owner) : NULL;
    if (*owner || !f->module || !value_is_str(f->module) || str_eq_cstr(f->module, "builtins")) {
        return true;
    }
    *owner = str_utf8(t, f->module, NULL);
    return *owner != NULL;
}

Signature *native_signature_found(Thread *t, NativeFunction *f)
{
    Signature *sig = native_signature(f);
    const char *owner;
    if (sig != &signature_unknown) {
        return sig;
    }
    sig = find_owner(t, f, &owner) ? signature_of_def(t, f->def) : NULL;
    if (sig && owner) {
        signature_set_owner(sig, owner);
    }
    if (sig) {
        __atomic_store_n(&f->sig, sig, __ATOMIC_RELEASE);
    }
    return sig;
}

static Value function_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    NativeFunction *f = function_of(callee);
    const ForeignDef *foreign = foreign_def(f->def);
    if (foreign) {
        return foreign->call(t, callee, args, n, kwnames);
    }
    if (!kwnames && !f->self && native_is_direct(native_signature(f), n)) {
        return f->def->fn(t, args, n, 0);
    }
    Signature *sig = native_signature_found(t, f);
    return sig ? native_call(t, f->def, sig, f->self, args, n, kwnames) : 0;
}

/* Has f no self, or its module for one? */
static bool is_module_function(const NativeFunction *f)
{
    return !f->self || (value_is_object(f->self) && value_object(f->self)->type == NULL) ||
           value_isa(f->self, &module_type);
}

/* Static methods of types are called without a self. */
static bool is_static_method(const NativeFunction *f) { return !f->self && f->owner; }

static Value function_repr(Thread *t, Value v)
{
    NativeFunction *f = function_of(v);
    Value name = native_name(t, f->def);
    if (!name) {
        return 0;
    }
    if (is_module_function(f) && !is_static_method(f)) {
        return str_format(t, "<built-in function %U>", name);
    }
    Value self = f->self ? f->self : object_value(f->owner);
    return str_format(t, "<built-in method %U of %T object at %p>", name, self,
                      (void *)(uintptr_t)self);
}

/* Equal functions have the same, and the same self. */
static const void *code_of(const NativeFunction *f)
{
    const ForeignDef *foreign = foreign_def(f->def);
    return foreign ? foreign->code : f->def;
}

static Value function_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(b) != &native_function_type) {
        return NOT_IMPLEMENTED;
    }
    bool same = code_of(function_of(a)) == code_of(function_of(b)) &&
                function_of(a)->self == function_of(b)->self;
    return bool_value(same == (op == CMP_EQ));
}

static int64_t function_hash(Thread *t UNUSED, Value v)
{
    NativeFunction *f = function_of(v);
    int64_t h = (int64_t)(hash_mix((uintptr_t)code_of(f) ^ f->self) >> 1);
    return h == -1 ? -2 : h;
}

static Value function_name(Thread *t, Value v, void *closure UNUSED)
{
    return native_name(t, function_of(v)->def);
}

static Value function_qualname(Thread *t, Value v, void *closure UNUSED)
{
    NativeFunction *f = function_of(v);
    if (is_module_function(f) && !is_static_method(f)) {
        return function_name(t, v, NULL);
    }
    Value type = !f->self                 ? object_value(f->owner)
                 : value_is_type(f->self) ? f->self
                                          : object_value(type_of(f->self));
    Value qualname = object_getattr(t, type, N(__qualname__)), name = native_name(t, f->def);
    return qualname && name ? str_format(t, "%S.%U", qualname, name) : 0;
}

static Value function_self(Thread *t, Value v, void *closure UNUSED)
{
    NativeFunction *f = function_of(v);
    if (f->self) {
        return f->self;
    }
    Value modules = t->interp ? t->interp->modules : 0;
    if (!f->owner && f->module && modules && value_is_dict(modules)) {
        Value module = dict_get(t, modules, f->module);
        if (module || error_pending(t)) {
            return module;
        }
    }
    return NONE;
}

static Value function_doc(Thread *t, Value v, void *closure UNUSED)
{
    return str_or_none(t, native_doc(function_of(v)->def));
}

static Value function_text_signature(Thread *t, Value v, void *closure UNUSED)
{
    NativeFunction *f = function_of(v);
    return signature_text(t, f->def->sig,
                          is_static_method(f)            ? NULL
                          : is_module_function(f)        ? "$module"
                          : f->def->flags & NATIVE_CLASS ? "$type"
                                                         : "$self");
}

static Value function_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    NativeFunction *f = function_of(args[0]);
    Value name = function_name(t, args[0], NULL);
    if (!name || (is_module_function(f) && (f->self || !f->owner))) {
        return name;
    }
    Value getattr = dict_get_cstr(t, t->interp->builtins, "getattr");
    return getattr ? tuple_pack(t, 2, getattr,
                                tuple_pack(t, 2, f->self ? f->self : object_value(f->owner), name))
                   : 0;
}

static const GetSetDef function_getset[] = {
    {"__name__", function_name, NULL, NULL, NULL},
    {"__qualname__", function_qualname, NULL, NULL, NULL},
    {"__self__", function_self, NULL, NULL, NULL},
    {"__doc__", function_doc, NULL, NULL, NULL},
    {"__text_signature__", function_text_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const MemberDef function_members[] = {
    {"__module__", MEMBER_VALUE, offsetof(NativeFunction, module), false, NULL},
    {NULL, 0, 0, false, NULL},
};
static const NativeDef function_methods[] = {
    {"__reduce__()", function_reduce, "Tell pickle how to find the function again.", 0},
    {NULL, NULL, NULL, 0},
};

Type native_function_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "builtin_function_or_method",
    .size = sizeof(NativeFunction),
    .flags = TYPE_NO_INSTANTIATE,
    .weakrefable = 1,
    .trace = function_trace,
    .call = function_call,
    .repr = function_repr,
    .compare = function_compare,
    .hash = function_hash,
    .getset = function_getset,
    .members = function_members,
    .methods = function_methods,
    .getattr = generic_getattr,
};
