/* Native functions: signatures, argument binding, and the objects that wrap C functions:
 * builtin_function_or_method, method_descriptor, classmethod_descriptor, wrapper_descriptor,
 * method-wrapper, getset_descriptor, member_descriptor. */
#ifndef CORE_OBJECT_NATIVE_H
#define CORE_OBJECT_NATIVE_H

#include "core/object/object.h"

#define NATIVE_MAX_PARAMS 24

/* A parsed signature. */
typedef struct Signature {
    const char *text;        /* "name(a, b=0, /, ...)" */
    _Atomic int state;       /* 0: not parsed yet */
    const char *name;        /* without the arguments */
    /* "list.append": name with owner or module, for some messages; or NULL */
    const char *display;
    int nparams;             /* slots handed to the function, *args and **kw included */
    int npos;                /* positional parameters (pos-only and normal) */
    int nposonly;
    int nrequired;           /* leading positional parameters without default */
    uint32_t flags;          /* those of the definition */
    /* How functions are called with the arguments where they are.  direct: 1 + the number of
     * positional ones that leave nothing to bind; fit_end: npos + 1 when from nrequired to npos
     * positional ones need but zeroes behind them.  0: not parsed, or not so simple. */
    _Atomic uint32_t direct, fit_end;
    int vararg, varkw;       /* slot index or -1 */
    uint32_t kw_required;    /* bit per slot: keyword-only without default */
    Value *param_names;      /* nparams of them, interned; mem_alloc'ed when it is parsed */
} Signature;
#define SIGNATURE(text_) {.text = (text_)}

/* Binds a call to out[0..nparams): absent optional = 0.  self_count leading args (0 or 1) are
 * skipped in messages' counts and must not be part of args.  TypeError worded as the reference does
 * for C functions. */
NODISCARD bool args_bind(Thread *t, Signature *sig, const Value *args, size_t n, Value kwnames,
                         Value *out);
bool signature_parse(Thread *t, Signature *sig);
/* "append", before and after parsing */
static inline const char *signature_name(const Signature *sig)
{
    return __atomic_load_n(&sig->name, __ATOMIC_ACQUIRE);
}
/* "list.append", or NULL */
static inline const char *signature_display(const Signature *sig)
{
    return __atomic_load_n(&sig->display, __ATOMIC_ACQUIRE);
}
/* May the n positional arguments be handed over as they are, behind self if there is one? */
static inline bool native_is_direct(Signature *sig, size_t n)
{
    return atomic_load_explicit(&sig->direct, memory_order_acquire) == n + 1;
}
/* For RAW functions: "f expected at least 1 argument, got 0" / "f() takes no keyword arguments". */
NODISCARD bool args_count(Thread *t, const char *name, size_t n, size_t min, size_t max);
NODISCARD bool args_no_kw(Thread *t, const char *name, Value kwnames);

/* The beginning of the definition of a function from C code (NATIVE_FOREIGN). */
typedef struct ForeignDef {
    NativeDef def;
    /* a NativeFunction with this definition is called, or a MethodDescr with a fitting receiver */
    Value (*call)(Thread *t, Value callee, Value *args, size_t n, Value kwnames);
    Value (*call_method)(Thread *t, Value callee, Value *args, size_t n, Value kwnames);
    const char *(*doc)(const struct ForeignDef *def); /* as it is now; or NULL */
    const void *code;        /* functions with the same code and self are equal */
} ForeignDef;
/* builtin_function_or_method.  PyCMethodObject names the fields that C code may read: c_def, self
 * and module have their places. */
typedef struct NativeFunction {
    Object head;             /* flags: NATIVE_LEN or 0 */
    const void *c_def;       /* PyMethodDef of a function from C code, or one that is all zeros */
    Value self;              /* bound self, module, or 0 */
    Value module;            /* name str or 0 */
    const NativeDef *def;
    Signature *sig;          /* signature_unknown until the first call; native_signature() */
    Type *owner;             /* defining type for methods or NULL */
} NativeFunction;
/* c_def of what is not from C code. */
extern const struct NoCDefinition { uint64_t words[4]; } no_c_definition;
/* Non-NULL: the definition of something from C code. */
static inline const ForeignDef *foreign_def(const NativeDef *def)
{
    return def->flags & NATIVE_FOREIGN ? (const ForeignDef *)def : NULL;
}
/* Its docstring, or NULL. */
static inline const char *native_doc(const NativeDef *def)
{
    return def->flags & NATIVE_FOREIGN ? ((const ForeignDef *)def)->doc((const ForeignDef *)def)
                                       : def->doc;
}
/* All descriptors begin with their owner and name, as PyDescrObject does. */
typedef struct MethodDescr {
    Object head;
    Type *owner;
    Value name;
    const void *c_def;       /* PyMethodDef of a method from C code, or one that is all zeros */
    const NativeDef *def;
    Signature *sig;          /* signature_unknown until the first call; method_signature() */
} MethodDescr;
typedef struct WrapperDescr {
    Object head;
    Type *owner;
    Value name;
    const struct SlotDef *slot;
    void *fn;
} WrapperDescr;
typedef struct GetSetDescr {
    Object head;
    Type *owner;
    Value name;
    const GetSetDef *def;
} GetSetDescr;
typedef struct MemberDescr {
    Object head;
    Type *owner;
    Value name;
    const MemberDef *def;
} MemberDescr;
extern Type native_function_type, method_descr_type, classmethod_descr_type, wrapper_descr_type,
    method_wrapper_type, getset_descr_type, member_descr_type;
/* self: bound first argument passed as args[0] (0: plain function). */
Value native_function_new(Thread *t, const NativeDef *def, Value self, Value module_name);
Value native_call(Thread *t, const NativeDef *def, Signature *sig, Value self /* or 0 */,
                  const Value *args, size_t n, Value kwnames);

/* A callable that a loop calls with one argument each time.  fn: it is a function in C that takes
 * its self, if it has one, and the argument as they are, with zeroes behind them; a method takes
 * the argument for its self, which has to be an `owner`. */
typedef struct UnaryCall {
    Value f;
    NativeFn fn; /* NULL: call() is the way */
    Value self;  /* or 0 */
    Type *owner; /* NULL: no method */
    size_t slots;
} UnaryCall;
enum { UNARY_SLOTS = 4 };
void unary_call_prepare(Thread *t, UnaryCall *c, Value f);
static inline Value unary_call(Thread *t, const UnaryCall *c, Value arg)
{
    if (LIKELY(c->fn != NULL) && LIKELY(!c->owner || type_of(arg) == c->owner) &&
        LIKELY((char *)__builtin_frame_address(0) >= t->c_limit)) {
        Value slots[UNARY_SLOTS] = {c->self};
        slots[c->self != 0] = arg;
        return c->fn(t, slots, c->slots, 0);
    }
    return call1(t, c->f, arg);
}

/* The Signature of a definition: parsed at the first call, shared by all objects made from it,
 * lives for ever; its text and name are there at once.  NULL: raised. */
Signature *signature_of_def(Thread *t, const NativeDef *def);
/* Stands for one that nobody has needed yet: no call fits it.  Most programs call few of the
 * functions that there are. */
extern Signature signature_unknown;
static inline Signature *native_signature(const NativeFunction *f)
{
    return __atomic_load_n(&f->sig, __ATOMIC_ACQUIRE);
}
static inline Signature *method_signature(const MethodDescr *d)
{
    return __atomic_load_n(&d->sig, __ATOMIC_ACQUIRE);
}
/* The same for a call: never signature_unknown.  NULL: raised. */
Signature *native_signature_found(Thread *t, NativeFunction *f);
Signature *method_signature_found(Thread *t, MethodDescr *d);
/* The name in front of the parameters, interned; 0: raised. */
Value native_name(Thread *t, const NativeDef *def);
/* Calls it "owner.name" in messages, unless it has such a name. */
void signature_set_owner(Signature *sig, const char *owner);
/* Text for __text_signature__: "($self, a, /, b=0)" from "f(a, /, b=0)"; self: "$self", "$module",
 * "$type" or NULL. NONE: has none. */
Value signature_text(Thread *t, const char *sig, const char *self);
/* also class and static methods */
Value method_descr_new(Thread *t, Type *owner, const NativeDef *def);
Value getset_descr_new(Thread *t, Type *owner, const GetSetDef *def);
Value member_descr_new(Thread *t, Type *owner, const MemberDef *def);
/* def: mem_alloc'ed, freed with the descriptor */
Value member_descr_new_owned(Thread *t, Type *owner, const MemberDef *def);
Value wrapper_descr_new(Thread *t, Type *owner, const struct SlotDef *slot, void *fn);
#endif
