/* The exceptions of decimal, and SignalDict: the traps and flags of a context as a mapping from
 * them to bools. */
#include "core/object/dict.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "modules/_decimal/decimal.h"

typedef struct SignalDict {
    Object head;
    Value context; /* init-only; 0: made by calling the class */
    bool traps;
} SignalDict;

const char *const signal_names[SIGNAL_COUNT] = {
    "Clamped",  "InvalidOperation", "DivisionByZero", "Inexact",   "FloatOperation",
    "Overflow", "Rounded",          "Subnormal",      "Underflow",
};
const uint32_t signal_order[SIGNAL_COUNT] = {
    COND_INVALID,   COND_FLOAT,   COND_DIVISION_BY_ZERO, COND_OVERFLOW, COND_UNDERFLOW,
    COND_SUBNORMAL, COND_INEXACT, COND_ROUNDED,          COND_CLAMPED,
};
static const char *const condition_names[] = {"ConversionSyntax", "DivisionImpossible",
                                              "DivisionUndefined", "InvalidContext"};

/* by number of their bit; made once, roots */
static Value classes[SIGNAL_COUNT + ARRAY_SIZE(condition_names)];
static Value signal_dict_class;

Value signal_class(uint32_t condition) { return classes[__builtin_ctz(condition)]; }

uint32_t signal_of_class(Value cls)
{
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        if (classes[i] == cls) {
            return 1u << i;
        }
    }
    return 0;
}

/* ---- raising ---- */

static bool append_class(Thread *t, Value list, uint32_t status, uint32_t condition)
{
    return !(status & condition) || list_append(t, list, signal_class(condition));
}

static Value conditions_list(Thread *t, uint32_t status)
{
    Value list = list_new(t, 0);
    bool ok = list && append_class(t, list, status, COND_INVALID);
    for (uint32_t c = COND_SYNTAX; ok && c <= COND_INVALID_CONTEXT; c <<= 1) {
        ok = append_class(t, list, status, c);
    }
    for (size_t i = 1; ok && i < SIGNAL_COUNT; i++) {
        ok = append_class(t, list, status, signal_order[i]);
    }
    return ok ? list : 0;
}

void raise_conditions(Thread *t, uint32_t status, uint32_t traps)
{
    uint32_t trapped = status & (traps & COND_INVALID ? traps | COND_ANY_INVALID : traps);
    uint32_t signals = trapped | (trapped & COND_ANY_INVALID ? COND_INVALID : 0);
    size_t first = 0;
    while (!(signals & signal_order[first])) {
        first++;
    }
    Value list = conditions_list(t, trapped);
    if (list) {
        raise_value(t, value_type(signal_class(signal_order[first])), list);
    }
}

/* ---- SignalDict ---- */

static SignalDict *as_signals(Value v) { return (SignalDict *)value_object(v); }

static bool is_signals(Value v) { return value_is_object(v) && value_isa(v, &signal_mixin_type); }

static uint32_t *flags_of(Thread *t, Value self)
{
    SignalDict *d = as_signals(self);
    if (!d->context) {
        value_error(t, "invalid signal dict");
        return NULL;
    }
    DecimalContext *c = as_context(d->context);
    return d->traps ? &c->traps : &c->flags;
}

static void signals_trace(Object *self, Tracer *tr)
{
    trace_value(tr, ((SignalDict *)self)->context);
}

Value signal_dict_new(Thread *t, DecimalContext *c, bool traps)
{
    SignalDict *d = object_alloc_instance(t, value_type(signal_dict_class), 0);
    if (d) {
        gc_init(&d->context, object_value(c));
        d->traps = traps;
    }
    return object_value(d);
}

static uint32_t key_signal(Thread *t, Value key)
{
    uint32_t signal = signal_of_class(key);
    if (!signal) {
        raise(t, &exc_KeyError,
              "valid values for signals are:\n"
              "  [InvalidOperation, FloatOperation, DivisionByZero,\n"
              "   Overflow, Underflow, Subnormal, Inexact, Rounded,\n"
              "   Clamped]");
    }
    return signal;
}

static Value signals_getitem(Thread *t, Value self, Value key)
{
    uint32_t *flags = flags_of(t, self), signal = flags ? key_signal(t, key) : 0;
    return signal ? bool_value(load_relaxed(flags) & signal) : 0;
}

static bool signals_setitem(Thread *t, Value self, Value key, Value v)
{
    uint32_t *flags = flags_of(t, self);
    if (!flags) {
        return false;
    }
    if (!v) {
        value_error(t, "signal keys cannot be deleted");
        return false;
    }
    uint32_t signal = key_signal(t, key);
    int on = signal ? object_truth(t, v) : -1;
    if (on < 0) {
        return false;
    }
    uint32_t old = load_relaxed(flags);
    store_relaxed(flags, on ? old | signal : old & ~signal);
    return true;
}

static ssize_t signals_len(Thread *t UNUSED, Value self UNUSED) { return SIGNAL_COUNT; }

static Value order_tuple(Thread *t)
{
    Value v = tuple_new(t, SIGNAL_COUNT);
    for (size_t i = 0; v && i < SIGNAL_COUNT; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], signal_class(signal_order[i]));
    }
    return v;
}

static Value signals_iter(Thread *t, Value self)
{
    Value all = flags_of(t, self) ? order_tuple(t) : 0;
    return all ? object_iter(t, all) : 0;
}

static Value signals_dict(Thread *t, uint32_t flags)
{
    Value d = dict_new(t);
    for (size_t i = 0; d && i < SIGNAL_COUNT; i++) {
        if (!dict_set(t, d, signal_class(signal_order[i]), bool_value(flags & signal_order[i]))) {
            return 0;
        }
    }
    return d;
}

static Value signals_repr(Thread *t, Value self)
{
    uint32_t *flags = flags_of(t, self);
    if (!flags) {
        return 0;
    }
    StrBuilder b;
    sb_init(&b, t);
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        sb_format(&b, "%s%R:%s", i ? ", " : "{", signal_class(signal_order[i]),
                  load_relaxed(flags) & signal_order[i] ? "True" : "False");
    }
    sb_char(&b, '}');
    return sb_finish(&b);
}

Value signals_list(Thread *t, uint32_t flags)
{
    Value list = list_new(t, 0);
    for (size_t i = 0; list && i < SIGNAL_COUNT; i++) {
        if (!append_class(t, list, flags, signal_order[i])) {
            return 0;
        }
    }
    return list;
}

static bool flags_of_list(Thread *t, Value list, uint32_t *out)
{
    Value all = sequence_tuple(t, list);
    *out = 0;
    for (size_t i = 0; all && i < tuple_len(all); i++) {
        uint32_t signal = key_signal(t, tuple_get(all, i));
        if (!signal) {
            return false;
        }
        *out |= signal;
    }
    return all != 0;
}

static bool flags_of_dict(Thread *t, Value d, uint32_t *out)
{
    *out = 0;
    bool ok = dict_len(d) == SIGNAL_COUNT;
    for (size_t i = 0; ok && i < SIGNAL_COUNT; i++) {
        Value v = dict_get(t, d, signal_class(signal_order[i]));
        if (!v && error_pending(t)) {
            return false;
        }
        int on = v ? object_truth(t, v) : 0;
        if (on < 0) {
            return false;
        }
        ok = v != 0;
        *out |= on ? signal_order[i] : 0;
    }
    if (!ok) {
        raise(t, &exc_KeyError, "invalid signal dict");
    }
    return ok;
}

bool signals_from(Thread *t, Value v, bool lists, uint32_t *out)
{
    if (is_signals(v)) {
        uint32_t *flags = flags_of(t, v);
        *out = flags ? load_relaxed(flags) : 0;
        return flags != NULL;
    }
    if (value_is_object(v) && value_has(v, TYPE_LIST) && lists) {
        return flags_of_list(t, v, out);
    }
    if (value_is_dict(v)) {
        return flags_of_dict(t, v, out);
    }
    type_error(t, "argument must be a signal dict");
    return false;
}

static Value signals_compare(Thread *t, Value a, Value b, CompareOp op)
{
    if (op != CMP_EQ && op != CMP_NE) {
        return NOT_IMPLEMENTED;
    }
    uint32_t *mine = flags_of(t, a), theirs;
    if (!mine) {
        return 0;
    }
    if (is_signals(b) ? !signals_from(t, b, false, &theirs)
                      : value_is_dict(b) && !flags_of_dict(t, b, &theirs)) {
        return error_clear_if(t, &exc_KeyError) ? NOT_IMPLEMENTED : 0;
    }
    if (!is_signals(b) && !value_is_dict(b)) {
        return NOT_IMPLEMENTED;
    }
    return bool_value((*mine == theirs) == (op == CMP_EQ));
}

static Value signals_copy(DECIMAL_ARGS)
{
    uint32_t *flags = flags_of(t, args[0]);
    return flags ? signals_dict(t, load_relaxed(flags)) : 0;
}

static const NativeDef signals_methods[] = {
    {"copy()", signals_copy, "A dict with the same items.", 0},
    {0},
};

static Value signals_new(Thread *t, Type *type, Value *args UNUSED, size_t n UNUSED,
                         Value kw UNUSED)
{
    return object_value(object_alloc_instance(t, type, 0));
}

Type signal_mixin_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "decimal.SignalDictMixin",
    .doc = "What SignalDict adds to a MutableMapping.",
    .size = sizeof(SignalDict),
    .flags = TYPE_BASETYPE | TYPE_IMMUTABLE,
    .new = signals_new,
    .trace = signals_trace,
    .getattr = generic_getattr,
    .repr = signals_repr,
    .hash = hash_unhashable,
    .compare = signals_compare,
    .iter = signals_iter,
    .len = signals_len,
    .getitem = signals_getitem,
    .setitem = signals_setitem,
    .methods = signals_methods,
};

/* ---- the classes ---- */

/* A class as a class statement in the module decimal makes it. */
static Value make_class(Thread *t, Value meta, const char *name, Value base, Value second)
{
    Value bases = second ? tuple_pack(t, 2, base, second) : tuple_pack(t, 1, base);
    Value ns = bases ? dict_new(t) : 0, name_value = ns ? str_from_cstr(t, name) : 0;
    return name_value && dict_set_cstr(t, ns, "__module__", str_from_cstr(t, "decimal"))
               ? call3(t, meta, name_value, bases, ns)
               : 0;
}

static Value exception_class(Thread *t, const char *name, Value base, Value second)
{
    return make_class(t, object_value(&type_type), name, base, second);
}

static bool make_underflow_and_overflow(Thread *t)
{
    enum { OVERFLOW_AT = 5, UNDERFLOW_AT = 8, SUBNORMAL_AT = 7, INEXACT_AT = 3, ROUNDED_AT = 6 };
    classes[OVERFLOW_AT] = exception_class(t, "Overflow", classes[INEXACT_AT], classes[ROUNDED_AT]);
    Value bases = classes[OVERFLOW_AT] ? tuple_pack(t, 3, classes[INEXACT_AT], classes[ROUNDED_AT],
                                                    classes[SUBNORMAL_AT])
                                       : 0;
    Value ns = bases ? dict_new(t) : 0, name = ns ? str_from_cstr(t, "Underflow") : 0;
    if (!name || !dict_set_cstr(t, ns, "__module__", str_from_cstr(t, "decimal"))) {
        return false;
    }
    classes[UNDERFLOW_AT] = call3(t, object_value(&type_type), name, bases, ns);
    return classes[UNDERFLOW_AT] != 0;
}

static bool make_classes(Thread *t, Value root)
{
    for (size_t i = 0; i < SIGNAL_COUNT; i++) {
        uint32_t bit = 1u << i;
        if (bit == COND_OVERFLOW || bit == COND_UNDERFLOW) {
            continue;
        }
        Value second = bit == COND_DIVISION_BY_ZERO ? object_value(&exc_ZeroDivisionError)
                       : bit == COND_FLOAT          ? object_value(&exc_TypeError)
                                                    : 0;
        classes[i] = exception_class(t, signal_names[i], root, second);
        if (!classes[i]) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(condition_names); i++) {
        Value second = 1u << (SIGNAL_COUNT + i) == COND_DIVISION_UNDEFINED
                           ? object_value(&exc_ZeroDivisionError)
                           : 0;
        classes[SIGNAL_COUNT + i] =
            exception_class(t, condition_names[i], signal_class(COND_INVALID), second);
        if (!classes[SIGNAL_COUNT + i]) {
            return false;
        }
    }
    return make_underflow_and_overflow(t);
}

static Value decimal_exception;

static bool make_all(Thread *t)
{
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        gc_add_root(&classes[i]);
    }
    gc_add_root(&signal_dict_class);
    gc_add_root(&decimal_exception);
    decimal_exception =
        exception_class(t, "DecimalException", object_value(&exc_ArithmeticError), 0);
    if (!decimal_exception || !make_classes(t, decimal_exception)) {
        return false;
    }
    Value mapping = import_attr(t, "collections.abc", "MutableMapping");
    signal_dict_class = mapping && type_ready(t, &signal_mixin_type)
                            ? make_class(t, object_value(type_of(mapping)), "SignalDict",
                                         object_value(&signal_mixin_type), mapping)
                            : 0;
    return signal_dict_class != 0;
}

bool signals_init(Thread *t, Value mod)
{
    if (!signal_dict_class && !make_all(t)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
        const char *name = i < SIGNAL_COUNT ? signal_names[i] : condition_names[i - SIGNAL_COUNT];
        if (!module_add(t, mod, name, classes[i])) {
            return false;
        }
    }
    return module_add(t, mod, "DecimalException", decimal_exception);
}
