/* What the files of _decimal that deal with Python objects share.
 *
 * Decimal: immutable (init-only fields), of one size so that it can be subclassed freely; a
 * coefficient of at most two limbs lies inside, a longer one is an int of its own.
 *   sizes   n <= 2: limbs[0..n) (binary, little-endian); n == DECIMAL_WIDE: limbs[0] is the int
 *   digits  decimal digits of the coefficient, 1 for zero
 * DecimalContext: belongs to one thread, or to a contextvars.Context, which one thread runs in at a
 * time; fields are read and stored relaxed, so that sharing one loses flags at worst.
 * The arithmetic itself knows no objects: number.h.
 */
#ifndef MODULES_DECIMAL_DECIMAL_H
#define MODULES_DECIMAL_DECIMAL_H

#include "core/object/int_internal.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "modules/_decimal/number.h"

enum { DECIMAL_WIDE = 3 };
/* with more digits, the thread is parked while it computes */
enum { PARK_DIGITS = 5000 };
typedef struct Decimal {
    Object head;
    int64_t exp;
    uint32_t digits;
    uint8_t n, kind /* NumKind */;
    bool neg;
    uint64_t limbs[2];
} Decimal;

typedef struct DecimalContext {
    Object head;
    int64_t prec, emax, emin;
    uint8_t rounding, clamp, capitals;
    uint32_t traps, flags;       /* COND_* of signals */
    Value flags_dict, traps_dict; /* SignalDict, init-only */
} DecimalContext;

extern Type decimal_type, decimal_context_type, signal_mixin_type, context_manager_type;

static inline Decimal *as_decimal(Value v) { return (Decimal *)value_object(v); }
static inline bool is_decimal(Value v)
{
    return value_is_object(v) && value_isa(v, &decimal_type);
}
static inline bool is_exact_decimal(Value v)
{
    return value_is_object(v) && value_object(v)->type == &decimal_type;
}
static inline DecimalContext *as_context(Value v) { return (DecimalContext *)value_object(v); }
static inline bool is_context(Value v)
{
    return value_is_object(v) && value_isa(v, &decimal_context_type);
}

#define DECIMAL_ARGS Thread *t UNUSED, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED

/* ---- object.c: between Decimals and numbers ---- */
static inline void operand_of_decimal(const Decimal *d, Operand *o)
{
    o->exp = d->exp;
    o->digits = d->digits;
    o->kind = d->kind;
    o->neg = d->neg;
    if (LIKELY(d->n != DECIMAL_WIDE)) {
        o->p = d->limbs;
        o->n = d->n;
    } else {
        const BigInt *b = (const BigInt *)value_object(d->limbs[0]);
        o->p = b->limbs;
        o->n = (size_t)b->size;
    }
}
void operand_of_int(Value v, Operand *o);
NODISCARD bool int64_of_int(Thread *t, Value v, int64_t *out); /* v an int; OverflowError */
/* v a Decimal or an int; false: something else (nothing raised). */
bool operand_of_other(Value v, Operand *o); /* v is no Decimal of the exact type */
static inline bool operand_of(Value v, Operand *o)
{
    if (LIKELY(is_exact_decimal(v))) {
        operand_of_decimal(as_decimal(v), o);
        return true;
    }
    return operand_of_other(v, o);
}
/* The same, TypeError for anything else. */
NODISCARD bool operand_arg(Thread *t, Value v, Operand *o);
Value decimal_new(Thread *t, Type *type, const Num *r);
Value decimal_from_operand(Thread *t, Type *type, const Operand *a);
/* The number itself as a Decimal: a copy where it is an int. */
Value decimal_arg(Thread *t, Value v);
/* coefficient * 10^exp as an int: a power of ten beyond memory is MemoryError. */
Value int_from_operand(Thread *t, const Operand *a);
Value int_from_limbs(Thread *t, const uint64_t *p, size_t n, bool neg);
/* exactly */
void num_from_double(Num *r, double d, Env *e);

/* ---- signals.c ---- */
NODISCARD bool signals_init(Thread *t, Value mod);
extern const char *const signal_names[SIGNAL_COUNT];
/* The class of a signal or condition (one bit); borrowed. */
Value signal_class(uint32_t condition);
/* The order of iteration: bits of the signals. */
extern const uint32_t signal_order[SIGNAL_COUNT];
/* COND_* of a class; 0: none of the signals. */
uint32_t signal_of_class(Value cls);
/* Raises for the conditions that are trapped. */
COLD void raise_conditions(Thread *t, uint32_t status, uint32_t traps);
/* A list of the classes of the signals in `flags`. */
Value signals_list(Thread *t, uint32_t flags);
/* list, SignalDict or dict as flags; false: raised */
NODISCARD bool signals_from(Thread *t, Value v, bool lists, uint32_t *out);
Value signal_dict_new(Thread *t, DecimalContext *c, bool traps);

/* ---- context.c ---- */
Value context_new_copy(Thread *t, const DecimalContext *from);
/* The settings as they are at the moment. */
void context_settings(DecimalContext *to, const DecimalContext *from);
NODISCARD bool contexts_init(Thread *t, Value mod);
/* The thread's; NULL: raised */
DecimalContext *context_current(Thread *t);
/* v: a context, or 0 or None for the thread's */
DecimalContext *context_arg(Thread *t, Value v);
Value decimal_getcontext(DECIMAL_ARGS);
Value decimal_setcontext(DECIMAL_ARGS);
Value decimal_localcontext(DECIMAL_ARGS);
NODISCARD bool rounding_arg(Thread *t, Value v, RoundMode *out);
extern const char *const rounding_names[ROUND_MODES];
extern const NativeDef context_methods[];
static inline void env_of(const DecimalContext *c, Env *e)
{
    e->prec = load_relaxed(&c->prec);
    e->emax = load_relaxed(&c->emax);
    e->emin = load_relaxed(&c->emin);
    e->rounding = load_relaxed(&c->rounding);
    e->clamp = load_relaxed(&c->clamp);
    e->status = 0;
}
/* Records conditions; false: one of them is trapped (or memory is short), raised. */
NODISCARD bool context_signal_slow(Thread *t, DecimalContext *c, uint32_t status);
NODISCARD static inline bool context_signal(Thread *t, DecimalContext *c, uint32_t status)
{
    uint32_t known = load_relaxed(&c->flags) &
                     ~load_relaxed(&c->traps);
    return LIKELY((status & ~known) == 0) || context_signal_slow(t, c, status);
}

/* ---- run.c: operations on Values ---- */
typedef void (*NumUnary)(Num *r, const Operand *a, Env *e);
typedef void (*NumBinary)(Num *r, const Operand *a, const Operand *b, Env *e);
Value run_unary(Thread *t, DecimalContext *c, const Operand *a, NumUnary op);
Value run_binary(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, NumBinary op);
Value run_divmod(Thread *t, DecimalContext *c, const Operand *a, const Operand *b);
Value run_fma(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, const Operand *x);
Value run_power_modulo(Thread *t, DecimalContext *c, const Operand *a, const Operand *b,
                       const Operand *m);
Value run_quantize(Thread *t, DecimalContext *c, const Operand *a, const Operand *b,
                   RoundMode mode);
/* rounding by mode, to the exact or silent form */
Value run_to_integral(Thread *t, DecimalContext *c, const Operand *a, RoundMode mode, bool exact);

/* ---- quick.c: 0 and nothing raised: not this way ---- */
Value quick_add(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, bool subtract);
Value quick_multiply(Thread *t, DecimalContext *c, const Operand *a, const Operand *b);
Value quick_quantize(Thread *t, DecimalContext *c, const Operand *a, int64_t exp, RoundMode mode);
/* a * 10^places as an integer; false: not this way */
bool quick_cents(const Operand *a, int64_t places, RoundMode mode, uint64_t *coefficient);

/* ---- convert.c ---- */
Value decimal_type_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames);
/* exactly, as the constructor does */
Value decimal_from_value(Thread *t, Type *type, Value v, DecimalContext *c);
/* rounded, as create_decimal does */
Value decimal_create(Thread *t, Value v, DecimalContext *c);
Value decimal_from_float(Thread *t, Type *type, Value v, DecimalContext *c, bool exact);

/* ---- text.c ---- */
/* The text of a number; *len its length.  `small` or mem_alloc'ed; NULL: raised. */
enum { TEXT_SMALL = 96 };
char *operand_text(Thread *t, const Operand *a, bool engineering, bool capitals, char *small,
                   size_t *len);
Value decimal_text(Thread *t, const Operand *a, bool engineering, bool capitals);
Value decimal_str(Thread *t, Value self);
Value decimal_repr(Thread *t, Value self);

/* ---- format.c ---- */
Value decimal_format_method(DECIMAL_ARGS);

/* ---- type.c, methods.c ---- */
extern const NativeDef decimal_methods[];
extern const GetSetDef decimal_getset[];
Value decimal_compare_slot(Thread *t, Value a, Value b, CompareOp op);
int64_t decimal_hash(Thread *t, Value self);
Value decimal_int(Thread *t, Value self);
Value decimal_to_float(Thread *t, Value self);
/* The class of decimal values as tuples, DecimalTuple. */
Value decimal_tuple_class(void);
NODISCARD bool tuple_class_init(Thread *t, Value mod);
#endif
