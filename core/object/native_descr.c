/* The descriptors of static types: method_descriptor, classmethod_descriptor, wrapper_descriptor (a
 * slot seen from Python) with method-wrapper (the same, bound), getset_descriptor and
 * member_descriptor. */

#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/object/descr.h"
#include "core/object/dict.h"
#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/native_internal.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

/* What all descriptors share, at the same place in each. */
typedef struct Descr { Object head; Type *owner; Value name; } Descr;
typedef struct MethodWrapper { Object head; WrapperDescr *descr; Value self; } MethodWrapper;

enum { OWNS_DEF = 1 }; /* object flag of a MemberDescr: def is its own memory */

const struct NoCDefinition no_c_definition;

static Type *descr_owner(Value d) { return ((Descr *)value_object(d))->owner; }
static Value descr_name(Value d) { return ((Descr *)value_object(d))->name; }

static void descr_trace(Object *o, Tracer *tr)
{
    trace_object(tr, ((Descr *)o)->owner);
    trace_value(tr, ((Descr *)o)->name);
}

/* ---- attributes of all descriptors ---- */

static Value get_name(Thread *t UNUSED, Value d, void *closure UNUSED)
{
    return descr_name(d);
}

static Value get_objclass(Thread *t UNUSED, Value d, void *closure UNUSED)
{
    return object_value(descr_owner(d));
}

static Value get_qualname(Thread *t, Value d, void *closure UNUSED)
{
    Value qualname = object_getattr(t, object_value(descr_owner(d)), N(__qualname__));
    return qualname ? str_format(t, "%S.%U", qualname, descr_name(d)) : 0;
}

static const char *descr_doc(Value d)
{
    Type *type = type_of(d);
    Object *o = value_object(d);
    return type == &getset_descr_type   ? ((GetSetDescr *)o)->def->doc
           : type == &member_descr_type ? ((MemberDescr *)o)->def->doc
           : type == &wrapper_descr_type ? ((WrapperDescr *)o)->slot->doc
                                         : native_doc(((MethodDescr *)o)->def);
}

static Value get_doc(Thread *t, Value d, void *closure UNUSED)
{
    const char *doc = descr_doc(d);
    return str_or_none(t, doc);
}

static Value get_text_signature(Thread *t, Value d, void *closure UNUSED)
{
    if (type_of(d) == &wrapper_descr_type) {
        return signature_text(t, ((WrapperDescr *)value_object(d))->slot->sig, "$self");
    }
    const NativeDef *def = ((MethodDescr *)value_object(d))->def;
    return signature_text(t, def->sig, def->flags & NATIVE_CLASS ? "$type" : "$self");
}

static Value reduce_getattr(Thread *t, Value o, Value name)
{
    Value getattr = dict_get_cstr(t, t->interp->builtins, "getattr");
    return getattr ? tuple_pack(t, 2, getattr, tuple_pack(t, 2, o, name)) : 0;
}

static Value descr_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return reduce_getattr(t, object_value(descr_owner(args[0])), descr_name(args[0]));
}

static const NativeDef descr_methods[] = {
    {"__reduce__()", descr_reduce, "Tell pickle how to find the descriptor again.", 0},
    {NULL, NULL, NULL, 0},
};
static const GetSetDef callable_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL, NULL},
    {"__text_signature__", get_text_signature, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const GetSetDef data_getset[] = {
    {"__name__", get_name, NULL, NULL, NULL},
    {"__qualname__", get_qualname, NULL, NULL, NULL},
    {"__objclass__", get_objclass, NULL, NULL, NULL},
    {"__doc__", get_doc, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static bool check_receiver(Thread *t, Value d, Value obj)
{
    if (LIKELY(value_isa(obj, descr_owner(d)))) {
        return true;
    }
    type_error(t, "descriptor '%U' for '%N' objects doesn't apply to a '%T' object", descr_name(d),
               descr_owner(d), obj);
    return false;
}

/* ---- methods ---- */

Value method_descr_new(Thread *t, Type *owner, const NativeDef *def)
{
    Value name = native_name(t, def);
    if (name && def->flags & NATIVE_STATIC) {
        Value f = native_function_new(t, def, 0, 0);
        if (f) {
            GC_STORE_PTR(value_object(f), &((NativeFunction *)value_object(f))->owner, owner);
        }
        return f ? staticmethod_new(t, f) : 0;
    }
    Type *type = def->flags & NATIVE_CLASS ? &classmethod_descr_type : &method_descr_type;
    MethodDescr *d = name ? object_alloc(t, type, sizeof *d) : NULL;
    if (!d) {
        return 0;
    }
    d->c_def = &no_c_definition;
    d->def = def;
    d->sig = &signature_unknown;
    d->owner = owner;
    gc_init(&d->name, name);
    return object_value(d);
}

Signature *method_signature_found(Thread *t, MethodDescr *d)
{
    Signature *sig = method_signature(d);
    if (sig == &signature_unknown && (sig = signature_of_def(t, d->def))) {
        signature_set_owner(sig, type_short_name(d->owner));
        __atomic_store_n(&d->sig, sig, __ATOMIC_RELEASE);
    }
    return sig;
}

static Value method_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    MethodDescr *d = (MethodDescr *)value_object(callee);
    if (UNLIKELY(n == 0)) {
        return type_error(t, "unbound method %s.%U() needs an argument", type_short_name(d->owner),
                          d->name);
    }
    if (!kwnames && type_of(args[0]) == d->owner && native_is_direct(method_signature(d), n - 1)) {
        return d->def->fn(t, args, n, 0);
    }
    if (UNLIKELY(!check_receiver(t, callee, args[0]))) {
        return 0;
    }
    if (foreign_def(d->def)) {
        return foreign_def(d->def)->call_method(t, callee, args, n, kwnames);
    }
    Signature *sig = method_signature_found(t, d);
    if (!sig || d->def->flags & NATIVE_RAW) {
        return sig ? native_call_raw(t, d->def, sig, args, n, kwnames) : 0;
    }
    return native_call(t, d->def, sig, args[0], args + 1, n - 1, kwnames);
}

static Value bind_native(Thread *t, MethodDescr *d, Value self)
{
    Signature *sig = method_signature_found(t, d); /* it is going to be called */
    NativeFunction *f = sig ? object_alloc(t, &native_function_type, sizeof *f) : NULL;
    if (!f) {
        return 0;
    }
    f->c_def = d->c_def;
    f->def = d->def;
    f->sig = sig;
    f->owner = d->owner;
    gc_init(&f->self, self);
    return object_value(f);
}

static Value method_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    if (!obj) {
        return descr;
    }
    return check_receiver(t, descr, obj) ? bind_native(t, (MethodDescr *)value_object(descr), obj)
                                         : 0;
}

static Value method_repr(Thread *t, Value d)
{
    return str_format(t, "<method '%U' of '%N' objects>", descr_name(d), descr_owner(d));
}

Type method_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "method_descriptor",
    .size = sizeof(MethodDescr),
    .flags = TYPE_NO_INSTANTIATE | TYPE_METHOD_DESCR,
    .trace = descr_trace,
    .call = method_call,
    .descr_get = method_get,
    .repr = method_repr,
    .getset = callable_getset,
    .methods = descr_methods,
    .getattr = generic_getattr,
};

static Value class_method_get(Thread *t, Value descr, Value obj, Value type)
{
    MethodDescr *d = (MethodDescr *)value_object(descr);
    if (!type) {
        if (!obj) {
            return type_error(t, "descriptor '%U' for type '%N' needs either an object or a type",
                              d->name, d->owner);
        }
        type = object_value(type_of(obj));
    }
    if (!value_is_type(type)) {
        return type_error(t, "descriptor '%U' for type '%N' needs a type, not a '%T' as arg 2",
                          d->name, d->owner, type);
    }
    if (!type_is_subtype(value_type(type), d->owner)) {
        return type_error(t, "descriptor '%U' requires a subtype of '%N' but received '%N'",
                          d->name, d->owner, value_type(type));
    }
    return bind_native(t, d, type);
}

static Value class_method_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    MethodDescr *d = (MethodDescr *)value_object(callee);
    if (n == 0) {
        return type_error(t, "descriptor '%U' of '%N' object needs an argument", d->name, d->owner);
    }
    Value bound = class_method_get(t, callee, 0, args[0]);
    return bound ? call(t, bound, args + 1, n - 1, kwnames) : 0;
}

Type classmethod_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "classmethod_descriptor",
    .size = sizeof(MethodDescr),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = descr_trace,
    .call = class_method_call,
    .descr_get = class_method_get,
    .repr = method_repr,
    .getset = callable_getset,
    .getattr = generic_getattr,
};

/* ---- slots ---- */

Value wrapper_descr_new(Thread *t, Type *owner, const SlotDef *slot, void *fn)
{
    WrapperDescr *d = object_alloc(t, &wrapper_descr_type, sizeof *d);
    if (!d) {
        return 0;
    }
    d->slot = slot;
    d->fn = fn;
    d->owner = owner;
    gc_init(&d->name, slot_name(slot));
    return object_value(d);
}

static Value run_wrapper(Thread *t, const WrapperDescr *d, Value self, Value *args, size_t n,
                         Value kwnames)
{
    if (LIKELY(!type_has(d->owner, TYPE_EXT) || type_of(self) == d->owner)) {
        return d->slot->wrapper(t, d->slot, d->fn, self, args, n, kwnames);
    }
    Value outer_self = t->slot_self;
    Type *outer_owner = t->slot_owner;
    t->slot_self = self;
    t->slot_owner = d->owner;
    Value r = d->slot->wrapper(t, d->slot, d->fn, self, args, n, kwnames);
    t->slot_self = outer_self;
    t->slot_owner = outer_owner;
    return r;
}

static Value wrapper_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    WrapperDescr *d = (WrapperDescr *)value_object(callee);
    if (n == 0) {
        return type_error(t, "descriptor '%U' of '%N' object needs an argument", d->name, d->owner);
    }
    if (!value_isa(args[0], d->owner)) {
        return type_error(t, "descriptor '%U' requires a '%N' object but received a '%T'", d->name,
                          d->owner, args[0]);
    }
    return run_wrapper(t, d, args[0], args + 1, n - 1, kwnames);
}

static Value wrapper_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    if (!obj) {
        return descr;
    }
    if (!check_receiver(t, descr, obj)) {
        return 0;
    }
    MethodWrapper *w = object_alloc(t, &method_wrapper_type, sizeof *w);
    if (!w) {
        return 0;
    }
    w->descr = (WrapperDescr *)value_object(descr);
    gc_init(&w->self, obj);
    return object_value(w);
}

static Value wrapper_repr(Thread *t, Value d)
{
    return str_format(t, "<slot wrapper '%U' of '%N' objects>", descr_name(d), descr_owner(d));
}

Type wrapper_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "wrapper_descriptor",
    .size = sizeof(WrapperDescr),
    .flags = TYPE_NO_INSTANTIATE | TYPE_METHOD_DESCR,
    .trace = descr_trace,
    .call = wrapper_call,
    .descr_get = wrapper_get,
    .repr = wrapper_repr,
    .getset = callable_getset,
    .methods = descr_methods,
    .getattr = generic_getattr,
};

static MethodWrapper *wrapper_of(Value v)
{
    assert(value_isa(v, &method_wrapper_type));
    return (MethodWrapper *)value_object(v);
}

static void bound_trace(Object *o, Tracer *tr)
{
    trace_object(tr, ((MethodWrapper *)o)->descr);
    trace_value(tr, ((MethodWrapper *)o)->self);
}

static Value bound_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    WrapperDescr *d = wrapper_of(callee)->descr;
    return run_wrapper(t, d, wrapper_of(callee)->self, args, n, kwnames);
}

static Value bound_repr(Thread *t, Value v)
{
    Value self = wrapper_of(v)->self;
    return str_format(t, "<method-wrapper '%U' of %T object at %p>", wrapper_of(v)->descr->name,
                      self, (void *)(uintptr_t)self);
}

static Value bound_compare(Thread *t UNUSED, Value a, Value b, CompareOp op)
{
    if ((op != CMP_EQ && op != CMP_NE) || type_of(b) != &method_wrapper_type) {
        return NOT_IMPLEMENTED;
    }
    bool same =
        wrapper_of(a)->descr == wrapper_of(b)->descr && wrapper_of(a)->self == wrapper_of(b)->self;
    return bool_value(same == (op == CMP_EQ));
}

static int64_t bound_hash(Thread *t UNUSED, Value v)
{
    return (int64_t)(hash_mix(wrapper_of(v)->self ^ (uintptr_t)wrapper_of(v)->descr) >> 1);
}

Value field_or_none(Thread *t UNUSED, Value self, void *closure)
{
    Value v = value_load((Value *)((char *)value_object(self) + (size_t)closure));
    return v ? v : NONE;
}

static Value bound_attribute(Thread *t, Value v, void *closure)
{
    Value descr = object_value(wrapper_of(v)->descr);
    return ((Value (*)(Thread *, Value, void *))closure)(t, descr, NULL);
}

static Value bound_self(Thread *t UNUSED, Value v, void *closure UNUSED)
{
    return wrapper_of(v)->self;
}

static Value bound_reduce(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return reduce_getattr(t, wrapper_of(args[0])->self, wrapper_of(args[0])->descr->name);
}

static const GetSetDef bound_getset[] = {
    {"__name__", bound_attribute, NULL, NULL, get_name},
    {"__qualname__", bound_attribute, NULL, NULL, get_qualname},
    {"__objclass__", bound_attribute, NULL, NULL, get_objclass},
    {"__doc__", bound_attribute, NULL, NULL, get_doc},
    {"__text_signature__", bound_attribute, NULL, NULL, get_text_signature},
    {"__self__", bound_self, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef bound_methods[] = {
    {"__reduce__()", bound_reduce, "Tell pickle how to find the method again.", 0},
    {NULL, NULL, NULL, 0},
};

Type method_wrapper_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "method-wrapper",
    .size = sizeof(MethodWrapper),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = bound_trace,
    .call = bound_call,
    .repr = bound_repr,
    .compare = bound_compare,
    .hash = bound_hash,
    .getset = bound_getset,
    .methods = bound_methods,
    .getattr = generic_getattr,
};

/* ---- computed attributes ---- */

Value getset_descr_new(Thread *t, Type *owner, const GetSetDef *def)
{
    Value name = intern_cstr(t, def->name);
    GetSetDescr *d = name ? object_alloc(t, &getset_descr_type, sizeof *d) : NULL;
    if (!d) {
        return 0;
    }
    d->def = def;
    d->owner = owner;
    gc_init(&d->name, name);
    return object_value(d);
}

static Value getset_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    GetSetDescr *d = (GetSetDescr *)value_object(descr);
    if (!obj) {
        return descr;
    }
    if (UNLIKELY(!check_receiver(t, descr, obj))) {
        return 0;
    }
    if (!d->def->get) {
        return raise(t, &exc_AttributeError, "attribute '%U' of '%N' objects is not readable",
                     d->name, d->owner);
    }
    return d->def->get(t, obj, d->def->closure);
}

static bool getset_set(Thread *t, Value descr, Value obj, Value v)
{
    GetSetDescr *d = (GetSetDescr *)value_object(descr);
    if (!check_receiver(t, descr, obj)) {
        return false;
    }
    if (!d->def->set) {
        raise(t, &exc_AttributeError, "attribute '%U' of '%N' objects is not writable", d->name,
              d->owner);
        return false;
    }
    return d->def->set(t, obj, v, d->def->closure);
}

static Value getset_repr(Thread *t, Value d)
{
    return str_format(t, "<attribute '%U' of '%N' objects>", descr_name(d), descr_owner(d));
}

Type getset_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "getset_descriptor",
    .size = sizeof(GetSetDescr),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = descr_trace,
    .descr_get = getset_get,
    .descr_set = getset_set,
    .repr = getset_repr,
    .getset = data_getset,
    .getattr = generic_getattr,
};

/* ---- fields ---- */

Value member_descr_new(Thread *t, Type *owner, const MemberDef *def)
{
    Value name = intern_cstr(t, def->name);
    MemberDescr *d = name ? object_alloc(t, &member_descr_type, sizeof *d) : NULL;
    if (!d) {
        return 0;
    }
    d->def = def;
    d->owner = owner;
    gc_init(&d->name, name);
    return object_value(d);
}

Value member_descr_new_owned(Thread *t, Type *owner, const MemberDef *def)
{
    Value d = member_descr_new(t, owner, def);
    if (d) {
        value_object(d)->flags |= OWNS_DEF;
    }
    return d;
}

static void member_free(Object *o)
{
    if (o->flags & OWNS_DEF) {
        mem_free((void *)((MemberDescr *)o)->def);
    }
}

static Value member_get(Thread *t, Value descr, Value obj, Value type UNUSED)
{
    MemberDescr *d = (MemberDescr *)value_object(descr);
    if (!obj) {
        return descr;
    }
    if (UNLIKELY(!check_receiver(t, descr, obj))) {
        return 0;
    }
    char *p = (char *)value_object(obj) + d->def->offset;
    switch (d->def->kind) {
    case MEMBER_VALUE: {
        Value v = value_load((Value *)p);
        return v ? v : NONE;
    }
    case MEMBER_VALUE_EX: {
        Value v = value_load((Value *)p);
        return v ? v : attribute_error(t, obj, d->name);
    }
    case MEMBER_INT:
        return fixnum(load_relaxed((int *)p));
    case MEMBER_UINT:
        return fixnum(load_relaxed((unsigned *)p));
    case MEMBER_SSIZE:
        return int_from_int64(t, load_relaxed((ssize_t *)p));
    case MEMBER_BOOL:
        return bool_value(load_relaxed((bool *)p));
    case MEMBER_DOUBLE:
        return float_new(t, *(double *)p);
    default:
        return system_error(t, "bad member kind %d", d->def->kind);
    }
}

static bool set_number(Thread *t, const MemberDef *def, char *p, Value v)
{
    switch (def->kind) {
    case MEMBER_INT: {
        int i;
        if (!value_to_int(t, v, &i)) {
            return false;
        }
        store_relaxed((int *)p, i);
        return true;
    }
    case MEMBER_UINT: {
        uint64_t u;
        if (!value_to_uint64(t, v, &u)) {
            return false;
        }
        store_relaxed((unsigned *)p, (unsigned)u);
        return true;
    }
    case MEMBER_SSIZE: {
        ssize_t n;
        if (!value_to_ssize(t, v, &n, &exc_OverflowError)) {
            return false;
        }
        store_relaxed((ssize_t *)p, n);
        return true;
    }
    case MEMBER_DOUBLE:
        return value_to_double(t, v, (double *)p);
    case MEMBER_BOOL:
        if (v != TRUE_VALUE && v != FALSE_VALUE) {
            type_error(t, "attribute value type must be bool");
            return false;
        }
        store_relaxed((bool *)p, v == TRUE_VALUE);
        return true;
    default:
        system_error(t, "bad member kind %d", def->kind);
        return false;
    }
}

static bool member_set(Thread *t, Value descr, Value obj, Value v)
{
    MemberDescr *d = (MemberDescr *)value_object(descr);
    if (!check_receiver(t, descr, obj)) {
        return false;
    }
    if (d->def->readonly) {
        raise(t, &exc_AttributeError, "readonly attribute");
        return false;
    }
    char *p = (char *)value_object(obj) + d->def->offset;
    bool is_value = d->def->kind == MEMBER_VALUE || d->def->kind == MEMBER_VALUE_EX;
    if (!v && !is_value) {
        type_error(t, "can't delete numeric/char attribute");
        return false;
    }
    if (!is_value) {
        return set_number(t, d->def, p, v);
    }
    if (!v && d->def->kind == MEMBER_VALUE_EX && !value_load((Value *)p)) {
        raise(t, &exc_AttributeError, "%U", d->name); /* not about obj, as in the reference */
        return false;
    }
    gc_store(value_object(obj), (Value *)p, v);
    return true;
}

static Value member_repr(Thread *t, Value d)
{
    return str_format(t, "<member '%U' of '%N' objects>", descr_name(d), descr_owner(d));
}

Type member_descr_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "member_descriptor",
    .size = sizeof(MemberDescr),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = descr_trace,
    .free = member_free,
    .descr_get = member_get,
    .descr_set = member_set,
    .repr = member_repr,
    .getset = data_getset,
    .methods = descr_methods,
    .getattr = generic_getattr,
};
