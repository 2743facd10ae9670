/* _contextvars: Context, ContextVar, Token.
 *
 * A Context holds a dict from variables to values.  copy_context() shares the dict and marks both
 * contexts; the first set() of one then makes its own copy.  A context is entered by one thread at
 * a time, and only that thread changes it.
 */
#include "core/object/context.h"
#include "core/object/dict.h"
#include "core/object/iter.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/contextvars.h"

typedef struct ContextVar {
    Object head;
    Value name;
    Value dflt;   /* or 0 */
} ContextVar;
typedef struct Token {
    Object head;
    Value context, var;
    Value old;    /* or 0: there was none */
    bool used;
} Token;
extern Type context_type, context_var_type, context_token_type, token_missing_type;
static Object token_missing = OBJECT_STATIC_HEAD(&token_missing_type);

static inline Context *context(Value v)
{
    assert(value_isa(v, &context_type));
    return (Context *)value_object(v);
}

/* ---- Context ---- */

static void context_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Context *)self)->vars);
    trace_value(tr, ((Context *)self)->before);
}

static Value context_make(Thread *t, Value vars, bool shared)
{
    Context *c = vars == 0 ? NULL : object_alloc(t, &context_type, sizeof(Context));
    if (c == NULL) {
        return 0;
    }
    gc_init(&c->vars, vars);
    c->shared = shared;
    return object_value(c);
}

static Value context_new(Thread *t, Type *type UNUSED, Value *args UNUSED, size_t n, Value kwnames)
{
    if (n > 0 || (kwnames != 0 && tuple_len(kwnames) > 0)) {
        return type_error(t, "Context() does not accept any arguments");
    }
    return context_make(t, dict_new(t), false);
}

/* The context of the thread, made when there is none yet. */
static Value current_context(Thread *t)
{
    if (t->context == 0) {
        t->context = context_make(t, dict_new(t), false);
    }
    return t->context;
}

static Value context_copy_of(Thread *t, Value self)
{
    Context *c = context(self);
    __atomic_store_n(&c->shared, true, __ATOMIC_RELAXED);
    return context_make(t, value_load(&c->vars), true);
}

/* The dict of the running context, for a change. */
static Value own_vars(Thread *t, Value self)
{
    context_changes++;
    Context *c = context(self);
    Value vars = value_load(&c->vars);
    if (__atomic_load_n(&c->shared, __ATOMIC_RELAXED)) {
        vars = dict_copy(t, vars);
        if (vars != 0) {
            __atomic_store_n(&c->shared, false, __ATOMIC_RELAXED);
            gc_store(c, &c->vars, vars);
        }
    }
    return vars;
}

static bool check_key(Thread *t, Value key)
{
    if (!value_is_object(key) || type_of(key) != &context_var_type) {
        type_error(t, "a ContextVar key was expected, got %R", key);
        return false;
    }
    return true;
}

static ssize_t context_len(Thread *t UNUSED, Value self)
{
    return (ssize_t)dict_len(value_load(&context(self)->vars));
}

static Value context_getitem(Thread *t, Value self, Value key)
{
    if (!check_key(t, key)) {
        return 0;
    }
    Value v = dict_get(t, value_load(&context(self)->vars), key);
    return v != 0 || error_pending(t) ? v : key_error(t, key);
}

static int context_contains(Thread *t, Value self, Value key)
{
    return check_key(t, key) ? dict_contains(t, value_load(&context(self)->vars), key) : -1;
}

static Value context_iter(Thread *t, Value self)
{
    Value copy = context_copy_of(t, self); /* later changes go to another dict */
    return copy == 0 ? 0 : object_iter(t, context(copy)->vars);
}

static Value context_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (type_of(a) != &context_type || type_of(b) != &context_type ||
        (op != CMP_EQ && op != CMP_NE)) {
        return NOT_IMPLEMENTED;
    }
    return object_compare(t, value_load(&context(a)->vars),
                          value_load(&context(b)->vars), op);
}

NATIVE_FN(context_copy)
{
    return context_copy_of(t, args[0]);
}

NATIVE_FN(context_get)
{
    if (!check_key(t, args[1])) {
        return 0;
    }
    Value v = dict_get(t, value_load(&context(args[0])->vars), args[1]);
    if (v != 0 || error_pending(t)) {
        return v;
    }
    return args[2] != 0 ? args[2] : NONE;
}

/* Iterators over a state of the context that nobody changes any more. */
static Value frozen_view(Thread *t, Value self, Value name)
{
    Value copy = context_copy_of(t, self);
    Value view = copy == 0 ? 0 : call_method0(t, context(copy)->vars, name);
    return view == 0 ? 0 : object_iter(t, view);
}

NATIVE_FN(context_keys)
{
    return frozen_view(t, args[0], N(keys));
}
NATIVE_FN(context_values)
{
    return frozen_view(t, args[0], N(values));
}
NATIVE_FN(context_items)
{
    return frozen_view(t, args[0], N(items));
}

NATIVE_FN(context_run)
{
    if (n < 2) {
        return type_error(t, "run() missing 1 required positional argument");
    }
    if (!context_enter(t, args[0])) {
        return 0;
    }
    Value r = call(t, args[1], args + 2, n - 2, kw);
    return context_exit(t, args[0]) ? r : 0;
}

static const NativeDef context_methods[] = {
    {"get(key, default=None, /)", context_get,
     "Return the value for `key` if `key` has a value in the context object.", 0},
    {"items()", context_items, "Return all variables and their values in the context object.", 0},
    {"keys()", context_keys, "Return a list of all variables in the context object.", 0},
    {"values()", context_values, "Return a list of all variables' values in the context object.",
     0},
    {"copy()", context_copy, "Return a shallow copy of the context object.", 0},
    {"run", context_run, "Call the first argument with the others, in this context.",
     NATIVE_RAW | NATIVE_KW},
    {NULL, NULL, NULL, 0},
};

Type context_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_contextvars.Context",
    .getattr = generic_getattr,
    .size = sizeof(Context),
    .flags = TYPE_IMMUTABLE,
    .weakrefable = 1,
    .trace = context_trace,
    .new = context_new,
    .hash = hash_unhashable,
    .compare = context_compare,
    .iter = context_iter,
    .len = context_len,
    .getitem = context_getitem,
    .contains = context_contains,
    .methods = context_methods,
};

/* ---- ContextVar ---- */

static void context_var_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((ContextVar *)self)->name);
    trace_value(tr, ((ContextVar *)self)->dflt);
}

static Value var_alloc(Thread *t, Value name, Value dflt)
{
    ContextVar *v = object_alloc(t, &context_var_type, sizeof(ContextVar));
    if (v == NULL) {
        return 0;
    }
    gc_init(&v->name, name);
    gc_init(&v->dflt, dflt);
    return object_value(v);
}

static Value context_var_new(Thread *t, Type *type UNUSED, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("ContextVar(name, /, *, default)");
    Value a[2] = {0, 0};
    size_t nkw = kwnames == 0 ? 0 : tuple_len(kwnames);
    if (n < 1) {
        return type_error(t, "ContextVar() takes exactly 1 positional argument (%zu given)", n);
    }
    if (nkw == 0) {
        if (n > 1) {
            return type_error(t, "ContextVar() takes at most 1 positional argument (%zu given)", n);
        }
        a[0] = args[0];
    } else if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return 0;
    }
    if (!value_is_str(a[0])) {
        return type_error(t, "context variable name must be a str");
    }
    return var_alloc(t, a[0], a[1]);
}

Value context_var_make(Thread *t, const char *name)
{
    Value mod = import_module(t, "_contextvars"); /* readies the types */
    Value text = mod == 0 ? 0 : str_from_cstr(t, name);
    return text == 0 ? 0 : var_alloc(t, text, 0);
}

static Value context_var_repr(Thread *t, Value self)
{
    ContextVar *v = (ContextVar *)value_object(self);
    if (v->dflt == 0) {
        return str_format(t, "<ContextVar name=%R at %p>", v->name, (void *)v);
    }
    if (!repr_enter(t, self)) {
        return error_pending(t)
                   ? 0
                   : str_format(t, "<ContextVar name=%R default=... at %p>", v->name, (void *)v);
    }
    Value r = str_format(t, "<ContextVar name=%R default=%R at %p>", v->name, v->dflt, (void *)v);
    repr_leave(t, self);
    return r;
}

Value context_var_lookup(Thread *t, Value var)
{
    return t->context == 0 ? 0
                           : dict_get(t, value_load(&context(t->context)->vars), var);
}

NATIVE_FN(context_var_get)
{
    ContextVar *var = (ContextVar *)value_object(args[0]);
    Value v = context_var_lookup(t, args[0]);
    if (v != 0 || error_pending(t)) {
        return v;
    }
    if (args[1] != 0) {
        return args[1];
    }
    return var->dflt != 0 ? var->dflt : raise_value(t, &exc_LookupError, args[0]);
}

static Value token_make(Thread *t, Value ctx, Value var, Value old)
{
    Token *k = object_alloc(t, &context_token_type, sizeof(Token));
    if (k == NULL) {
        return 0;
    }
    gc_init(&k->context, ctx);
    gc_init(&k->var, var);
    gc_init(&k->old, old);
    return object_value(k);
}

NATIVE_FN(context_var_set)
{
    Value ctx = current_context(t), vars = ctx == 0 ? 0 : own_vars(t, ctx);
    if (vars == 0) {
        return 0;
    }
    Value old = dict_get(t, vars, args[0]);
    if (old == 0 && error_pending(t)) {
        return 0;
    }
    Value token = token_make(t, ctx, args[0], old);
    return token != 0 && dict_set(t, vars, args[0], args[1]) ? token : 0;
}

bool context_var_put(Thread *t, Value var, Value v)
{
    Value ctx = current_context(t), vars = ctx == 0 ? 0 : own_vars(t, ctx);
    return vars != 0 && dict_set(t, vars, var, v);
}

NATIVE_FN(context_var_reset)
{
    if (!value_is_object(args[1]) || type_of(args[1]) != &context_token_type) {
        return type_error(t, "expected an instance of Token, got %R", args[1]);
    }
    Token *k = (Token *)value_object(args[1]);
    if (k->used) {
        return runtime_error(t, "%R has already been used once", args[1]);
    }
    if (k->var != args[0]) {
        return value_error(t, "%R was created by a different ContextVar", args[1]);
    }
    Value ctx = current_context(t);
    if (ctx == 0) {
        return 0;
    }
    if (k->context != ctx) {
        return value_error(t, "%R was created in a different Context", args[1]);
    }
    k->used = true;
    Value vars = own_vars(t, ctx);
    if (vars == 0) {
        return 0;
    }
    if (k->old != 0) {
        return dict_set(t, vars, args[0], k->old) ? NONE : 0;
    }
    int c = dict_del(t, vars, args[0]);
    return c > 0 ? NONE : c == 0 ? raise_value(t, &exc_LookupError, args[0]) : 0;
}

static const NativeDef context_var_methods[] = {
    {"get(default=<unrepresentable>, /)", context_var_get,
     "Return a value for the context variable for the current context.\n\n"
     "Without one, the argument, else the variable's default, else LookupError.",
     0},
    {"set(value, /)", context_var_set,
     "Call to set a new value for the context variable in the current context.\n\n"
     "Returns a Token that restores the previous value through reset().",
     0},
    {"reset(token, /)", context_var_reset,
     "Reset the context variable to the value before the set() that made the token.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};
static const MemberDef context_var_members[] = {
    {"name", MEMBER_VALUE, offsetof(ContextVar, name), true, NULL},
    {NULL, 0, 0, false, NULL},
};

Type context_var_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_contextvars.ContextVar",
    .getattr = generic_getattr,
    .size = sizeof(ContextVar),
    .flags = TYPE_IMMUTABLE,
    .trace = context_var_trace,
    .new = context_var_new,
    .repr = context_var_repr,
    .methods = context_var_methods,
    .members = context_var_members,
};

/* ---- Token ---- */

static void token_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((Token *)self)->context);
    trace_value(tr, ((Token *)self)->var);
    trace_value(tr, ((Token *)self)->old);
}

static Value token_new(Thread *t, Type *type UNUSED, Value *args UNUSED, size_t n UNUSED,
                       Value kwnames UNUSED)
{
    return runtime_error(t, "Tokens can only be created by ContextVars");
}

static Value token_repr(Thread *t, Value self)
{
    Token *k = (Token *)value_object(self);
    return str_format(t, "<Token%s var=%R at %p>", k->used ? " used" : "", k->var, (void *)k);
}

static Value token_old_value(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value old = ((Token *)value_object(self))->old;
    return old != 0 ? old : object_value(&token_missing);
}

static const NativeDef token_methods[] = {
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};
static const MemberDef token_members[] = {
    {"var", MEMBER_VALUE, offsetof(Token, var), true, NULL},
    {NULL, 0, 0, false, NULL},
};
static const GetSetDef token_getset[] = {
    {"old_value", token_old_value, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

Type context_token_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_contextvars.Token",
    .getattr = generic_getattr,
    .size = sizeof(Token),
    .flags = TYPE_IMMUTABLE,
    .trace = token_trace,
    .new = token_new,
    .hash = hash_unhashable,
    .repr = token_repr,
    .methods = token_methods,
    .members = token_members,
    .getset = token_getset,
};

static Value token_missing_repr(Thread *t, Value self UNUSED)
{
    return str_from_cstr(t, "<Token.MISSING>");
}

Type token_missing_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "Token.MISSING",
    .size = sizeof(Object),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .repr = token_missing_repr,
};

/* ---- module ---- */

NATIVE_FN(contextvars_copy_context)
{
    Value ctx = current_context(t);
    return ctx == 0 ? 0 : context_copy_of(t, ctx);
}

static const NativeDef contextvars_functions[] = {
    {"copy_context()", contextvars_copy_context, NULL, 0},
    {NULL, NULL, NULL, 0},
};

static bool contextvars_exec(Thread *t, Value mod)
{
    Value missing = intern_cstr(t, "MISSING");
    return missing != 0 && module_add_type(t, mod, &context_type) &&
           module_add_type(t, mod, &context_var_type) &&
           module_add_type(t, mod, &context_token_type) && type_ready(t, &token_missing_type) &&
           dict_set(t, object_value(type_names(&context_token_type)), missing,
                    object_value(&token_missing)) &&
           type_modified(t, &context_token_type, missing);
}

extern const ModuleDef module__contextvars;
const ModuleDef module__contextvars = {
    .name = "_contextvars",
    .doc = "Context Variables",
    .functions = contextvars_functions,
    .exec = contextvars_exec,
};
