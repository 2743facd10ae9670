/* Context: limits, rounding, traps and flags; the context of a thread. */
#include "core/object/context.h"
#include "core/object/dict.h"
#include "core/object/iter.h"
#include "modules/_decimal/decimal.h"
#include "modules/contextvars.h"

const char *const rounding_names[ROUND_MODES] = {
    "ROUND_UP",      "ROUND_DOWN",      "ROUND_CEILING",   "ROUND_FLOOR",
    "ROUND_HALF_UP", "ROUND_HALF_DOWN", "ROUND_HALF_EVEN", "ROUND_05UP",
};
enum { DEFAULT_PREC = 28, DEFAULT_EMAX = 999999, SHORT_PREC = 9 };
enum { DEFAULT_TRAPS = COND_INVALID | COND_DIVISION_BY_ZERO | COND_OVERFLOW };

static Value rounding_constants[ROUND_MODES]; /* the names as strs; roots */
/* made once, roots */
static Value context_var, default_context, basic_context, extended_context;

static void context_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((DecimalContext *)self)->flags_dict);
    trace_value(tr, ((DecimalContext *)self)->traps_dict);
}

static DecimalContext *context_alloc(Thread *t, Type *type)
{
    DecimalContext *c = object_alloc_instance(t, type, 0);
    if (!c) {
        return NULL;
    }
    c->prec = DEFAULT_PREC;
    c->emax = DEFAULT_EMAX;
    c->emin = -DEFAULT_EMAX;
    c->rounding = ROUND_HALF_EVEN;
    c->capitals = 1;
    c->traps = DEFAULT_TRAPS;
    Value flags = signal_dict_new(t, c, false), traps = flags ? signal_dict_new(t, c, true) : 0;
    if (!traps) {
        return NULL;
    }
    gc_store(c, &c->flags_dict, flags);
    gc_store(c, &c->traps_dict, traps);
    return c;
}

void context_settings(DecimalContext *to, const DecimalContext *from)
{
    to->prec = load_relaxed(&from->prec);
    to->emax = load_relaxed(&from->emax);
    to->emin = load_relaxed(&from->emin);
    to->rounding = load_relaxed(&from->rounding);
    to->clamp = load_relaxed(&from->clamp);
    to->capitals = load_relaxed(&from->capitals);
    to->traps = load_relaxed(&from->traps);
    to->flags = load_relaxed(&from->flags);
}

Value context_new_copy(Thread *t, const DecimalContext *from)
{
    DecimalContext *c = context_alloc(t, &decimal_context_type);
    if (c) {
        context_settings(c, from);
    }
    return object_value(c);
}

/* ---- settings ---- */

static bool int_setting(Thread *t, Value v, int64_t *out)
{
    if (!value_is_int(v)) {
        type_error(t, "an integer is required");
        return false;
    }
    return int64_of_int(t, v, out);
}

static bool in_range(Thread *t, Value v, int64_t low, int64_t high, const char *message,
                     int64_t *out)
{
    if (!int_setting(t, v, out)) {
        return false;
    }
    if (*out < low || *out > high) {
        value_error(t, "%s", message);
        return false;
    }
    return true;
}

bool rounding_arg(Thread *t, Value v, RoundMode *out)
{
    for (int i = 0; i < ROUND_MODES; i++) {
        if (v == rounding_constants[i]) {
            *out = (RoundMode)i;
            return true;
        }
    }
    for (int i = 0; value_is_str(v) && i < ROUND_MODES; i++) {
        if (str_eq_cstr(v, rounding_names[i])) {
            *out = (RoundMode)i;
            return true;
        }
    }
    type_error(t, "valid values for rounding are:\n"
                  "  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n"
                  "   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n"
                  "   ROUND_05UP]");
    return false;
}

typedef enum {
    SET_PREC,
    SET_ROUNDING,
    SET_EMIN,
    SET_EMAX,
    SET_CAPITALS,
    SET_CLAMP,
    SET_FLAGS,
    SET_TRAPS,
    SETTINGS
} Setting;

static bool set_small(Thread *t, DecimalContext *c, Setting which, Value v)
{
    int64_t i;
    if (!in_range(t, v, 0, 1,
                  which == SET_CLAMP ? "valid values for clamp are 0 or 1"
                                     : "valid values for capitals are 0 or 1",
                  &i)) {
        return false;
    }
    store_relaxed(which == SET_CLAMP ? &c->clamp : &c->capitals, (uint8_t)i);
    return true;
}

static bool set_limit(Thread *t, DecimalContext *c, Setting which, Value v)
{
    static const struct {
        int64_t low, high;
        const char *message;
    } limits[] = {
        [SET_PREC] = {1, DEC_MAX_PREC, "valid range for prec is [1, MAX_PREC]"},
        [SET_EMIN] = {DEC_MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]"},
        [SET_EMAX] = {0, DEC_MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]"},
    };
    int64_t i;
    if (!in_range(t, v, limits[which].low, limits[which].high, limits[which].message, &i)) {
        return false;
    }
    int64_t *field = which == SET_PREC ? &c->prec : which == SET_EMIN ? &c->emin : &c->emax;
    store_relaxed(field, i);
    return true;
}

/* lists: signals may come as a list of classes */
static bool set_setting(Thread *t, DecimalContext *c, Setting which, Value v, bool lists)
{
    RoundMode mode;
    uint32_t signals;
    switch (which) {
    case SET_ROUNDING:
        if (!rounding_arg(t, v, &mode)) {
            return false;
        }
        store_relaxed(&c->rounding, (uint8_t)mode);
        return true;
    case SET_CAPITALS:
    case SET_CLAMP:
        return set_small(t, c, which, v);
    case SET_FLAGS:
    case SET_TRAPS:
        if (!signals_from(t, v, lists, &signals)) {
            return false;
        }
        store_relaxed(which == SET_FLAGS ? &c->flags : &c->traps, signals);
        return true;
    default:
        return set_limit(t, c, which, v);
    }
}

static Value get_setting(Thread *t, Value self, void *closure)
{
    DecimalContext *c = as_context(self);
    switch ((Setting)(uintptr_t)closure) {
    case SET_PREC:
        return int_from_int64(t, load_relaxed(&c->prec));
    case SET_ROUNDING:
        return intern_cstr(t, rounding_names[load_relaxed(&c->rounding)]);
    case SET_EMIN:
        return int_from_int64(t, load_relaxed(&c->emin));
    case SET_EMAX:
        return int_from_int64(t, load_relaxed(&c->emax));
    case SET_CAPITALS:
        return fixnum(load_relaxed(&c->capitals));
    case SET_CLAMP:
        return fixnum(load_relaxed(&c->clamp));
    case SET_FLAGS:
        return c->flags_dict;
    default:
        return c->traps_dict;
    }
}

static bool change_setting(Thread *t, Value self, Value v, void *closure)
{
    return set_setting(t, as_context(self), (Setting)(uintptr_t)closure, v, false);
}

static bool context_setattr(Thread *t, Value self, Value name, Value v)
{
    if (!v) {
        raise(t, &exc_AttributeError, "context attributes cannot be deleted");
        return false;
    }
    return generic_setattr(t, self, name, v);
}

#define SETTING(name, which, doc)                                                                  \
    {                                                                                              \
        name, get_setting, change_setting, doc, (void *)(uintptr_t)which                           \
    }
static const GetSetDef context_getset[] = {
    SETTING("prec", SET_PREC, "Digits of results."),
    SETTING("rounding", SET_ROUNDING, "Name of the rounding mode."),
    SETTING("Emin", SET_EMIN, "Smallest adjusted exponent of normal numbers."),
    SETTING("Emax", SET_EMAX, "Largest adjusted exponent."),
    SETTING("capitals", SET_CAPITALS, "1: exponents are written with E, 0: with e."),
    SETTING("clamp", SET_CLAMP, "1: exponents are kept to at most Etop()."),
    SETTING("flags", SET_FLAGS, "The signals that have occurred."),
    SETTING("traps", SET_TRAPS, "The signals that raise."),
    {0},
};
#undef SETTING

static Value context_type_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                              Value kw UNUSED)
{
    DecimalContext *c = context_alloc(t, type);
    if (c && default_context) {
        context_settings(c, as_context(default_context));
        c->flags = 0;
        c->capitals = 1;
    }
    return object_value(c);
}

static bool context_init(Thread *t, Value self, Value *args, size_t n, Value kwnames)
{
    static Signature sig = SIGNATURE("Context(prec=None, rounding=None, Emin=None, Emax=None, "
                                     "capitals=None, clamp=None, flags=None, traps=None)");
    Value a[SETTINGS];
    if (!args_bind(t, &sig, args, n, kwnames, a)) {
        return false;
    }
    for (int i = 0; i < SETTINGS; i++) {
        if (a[i] && !is_none(a[i]) && !set_setting(t, as_context(self), (Setting)i, a[i], true)) {
            return false;
        }
    }
    return true;
}

static void put_signals(StrBuilder *b, uint32_t flags)
{
    const char *separator = "";
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        if (flags >> i & 1) {
            sb_format(b, "%s%s", separator, signal_names[i]);
            separator = ", ";
        }
    }
}

static Value context_repr(Thread *t, Value self)
{
    DecimalContext c;
    StrBuilder b;
    context_settings(&c, as_context(self));
    sb_init(&b, t);
    sb_format(&b,
              "Context(prec=%lld, rounding=%s, Emin=%lld, Emax=%lld, capitals=%d, clamp=%d, "
              "flags=[",
              (long long)c.prec, rounding_names[c.rounding], (long long)c.emin, (long long)c.emax,
              c.capitals, c.clamp);
    put_signals(&b, c.flags);
    sb_cstr(&b, "], traps=[");
    put_signals(&b, c.traps);
    sb_cstr(&b, "])");
    return sb_finish(&b);
}

Type decimal_context_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "decimal.Context",
    .doc = "How results are rounded, and which conditions raise.",
    .sig = "Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, "
           "flags=None, traps=None)",
    .size = sizeof(DecimalContext),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE | TYPE_LIKE_CLASS,
    .new = context_type_new,
    .init = context_init,
    .trace = context_trace,
    .getattr = generic_getattr,
    .setattr = context_setattr,
    .repr = context_repr,
    .methods = context_methods,
    .getset = context_getset,
};

bool context_signal_slow(Thread *t, DecimalContext *c, uint32_t status)
{
    if (status & COND_NO_MEMORY) {
        raise_memory(t);
        return false;
    }
    uint32_t signals = status & SIGNAL_MASK;
    signals |= status & COND_ANY_INVALID ? COND_INVALID : 0;
    uint32_t flags = load_relaxed(&c->flags);
    uint32_t traps = load_relaxed(&c->traps);
    if (signals & ~flags) {
        store_relaxed(&c->flags, flags | signals);
    }
    if (signals & traps) {
        raise_conditions(t, status, traps);
        return false;
    }
    return true;
}

/* ---- the context of a thread ---- */

/* The context last found by the OS thread, in which variables had changed `changes` times; it is
 * kept alive by the contextvars.Context it was found in. */
static __thread struct {
    Value where, context;
    uint64_t changes;
} found;

DecimalContext *context_current(Thread *t)
{
    if (LIKELY(found.changes == context_changes && found.where == t->context && t->context != 0)) {
        return as_context(found.context);
    }
    Value c = context_var_lookup(t, context_var);
    if (c != 0 || error_pending(t)) {
        found.where = c ? t->context : 0;
        found.context = c;
        found.changes = context_changes;
        return (DecimalContext *)value_object(c);
    }
    c = context_new_copy(t, as_context(default_context));
    if (!c) {
        return NULL;
    }
    as_context(c)->flags = 0;
    return context_var_put(t, context_var, c) ? as_context(c) : NULL;
}

DecimalContext *context_arg(Thread *t, Value v)
{
    if (v == 0 || is_none(v)) {
        return context_current(t);
    }
    if (!is_context(v)) {
        type_error(t, "optional argument must be a context");
        return NULL;
    }
    return as_context(v);
}

Value decimal_getcontext(DECIMAL_ARGS) { return object_value(context_current(t)); }

Value decimal_setcontext(DECIMAL_ARGS)
{
    Value v = args[0];
    if (!is_context(v)) {
        return type_error(t, "argument must be a context");
    }
    if (v == default_context || v == basic_context || v == extended_context) {
        v = context_new_copy(t, as_context(v));
        if (!v) {
            return 0;
        }
        as_context(v)->flags = 0;
    }
    return context_var_put(t, context_var, v) ? NONE : 0;
}

/* ---- with localcontext() ---- */

typedef struct ContextManager {
    Object head;
    Value local, global; /* init-only */
} ContextManager;

static void manager_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((ContextManager *)self)->local);
    trace_value(tr, ((ContextManager *)self)->global);
}

static const char *const setting_names[SETTINGS] = {
    "prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps",
};

/* Changes c by keyword arguments. */
static bool set_keywords(Thread *t, DecimalContext *c, Value keywords)
{
    DictTable *table = NULL;
    size_t pos = 0;
    Value key, v;
    while (dict_next(keywords, &table, &pos, &key, &v)) {
        int which = 0;
        while (which < SETTINGS && !str_eq_cstr(key, setting_names[which])) {
            which++;
        }
        if (which == SETTINGS) {
            type_error(t, "%R is an invalid keyword argument for this function", key);
            return false;
        }
        if (!is_none(v) && !set_setting(t, c, (Setting)which, v, true)) {
            return false;
        }
    }
    return true;
}

Value decimal_localcontext(DECIMAL_ARGS)
{
    DecimalContext *current = context_current(t), *from = current ? context_arg(t, args[0]) : NULL;
    Value local = from ? context_new_copy(t, from) : 0;
    if (!local || (args[1] && !set_keywords(t, as_context(local), args[1]))) {
        return 0;
    }
    ContextManager *m =
        local ? object_alloc(t, &context_manager_type, sizeof(ContextManager)) : NULL;
    if (m) {
        gc_init(&m->local, local);
        gc_init(&m->global, object_value(current));
    }
    return object_value(m);
}

static Value manager_enter(DECIMAL_ARGS)
{
    Value local = ((ContextManager *)value_object(args[0]))->local;
    return context_var_put(t, context_var, local) ? local : 0;
}

static Value manager_exit(DECIMAL_ARGS)
{
    Value global = ((ContextManager *)value_object(args[0]))->global;
    return context_var_put(t, context_var, global) ? NONE : 0;
}

static const NativeDef manager_methods[] = {
    {"__enter__()", manager_enter, "Sets the local context and returns it.", 0},
    {"__exit__(*args)", manager_exit, "Sets the context that was there before.", 0},
    {0},
};

Type context_manager_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "decimal.ContextManager",
    .doc = "What localcontext() returns.",
    .size = sizeof(ContextManager),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = manager_trace,
    .getattr = generic_getattr,
    .methods = manager_methods,
};

/* ---- templates ---- */

static bool make_templates(Thread *t)
{
    default_context = object_value(context_alloc(t, &decimal_context_type));
    basic_context = default_context ? context_new_copy(t, as_context(default_context)) : 0;
    extended_context = basic_context ? context_new_copy(t, as_context(default_context)) : 0;
    context_var = extended_context ? context_var_make(t, "decimal_context") : 0;
    if (!context_var) {
        return false;
    }
    DecimalContext *basic = as_context(basic_context), *extended = as_context(extended_context);
    basic->prec = extended->prec = SHORT_PREC;
    basic->rounding = ROUND_HALF_UP;
    basic->traps = DEFAULT_TRAPS | COND_UNDERFLOW | COND_CLAMPED;
    extended->traps = 0;
    return true;
}

bool contexts_init(Thread *t, Value mod)
{
    if (!context_var) {
        gc_add_root(&context_var);
        gc_add_root(&default_context);
        gc_add_root(&basic_context);
        gc_add_root(&extended_context);
        for (int i = 0; i < ROUND_MODES; i++) {
            gc_add_root(&rounding_constants[i]);
        }
    }
    if (!module_add_type(t, mod, &decimal_context_type) || !type_ready(t, &context_manager_type) ||
        (!context_var && !make_templates(t))) {
        return false;
    }
    for (int i = 0; i < ROUND_MODES; i++) {
        Value name = intern_cstr(t, rounding_names[i]);
        if (!module_add(t, mod, rounding_names[i], name)) {
            return false;
        }
        gc_store_root(&rounding_constants[i], name);
    }
    return module_add(t, mod, "DefaultContext", default_context) &&
           module_add(t, mod, "BasicContext", basic_context) &&
           module_add(t, mod, "ExtendedContext", extended_context);
}
