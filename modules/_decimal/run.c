/* Runs an operation in a context and makes a Decimal of the result.  Operations that may take long
 * let the collector run meanwhile: the arithmetic allocates nothing in the heap. */
#include "gc/safepoint.h"
#include "modules/_decimal/decimal.h"

typedef struct Run {
    Thread *t;
    DecimalContext *context;
    Env env;
    Num result;
    bool parked;
} Run;

static inline void begin(Run *run, Thread *t, DecimalContext *c, int64_t digits)
{
    run->t = t;
    run->context = c;
    env_of(c, &run->env);
    num_init(&run->result);
    run->parked = digits > PARK_DIGITS || run->env.prec > PARK_DIGITS;
    if (UNLIKELY(run->parked)) {
        thread_park(t);
    }
}

static inline void stop(Run *run)
{
    if (UNLIKELY(run->parked)) {
        thread_unpark(run->t);
        run->parked = false;
    }
}

static inline Value end(Run *run)
{
    stop(run);
    Value v = context_signal(run->t, run->context, run->env.status)
                  ? decimal_new(run->t, &decimal_type, &run->result)
                  : 0;
    num_clear(&run->result);
    return v;
}

static inline int64_t longer(const Operand *a, const Operand *b)
{
    return a->digits > b->digits ? a->digits : b->digits;
}

Value run_unary(Thread *t, DecimalContext *c, const Operand *a, NumUnary op)
{
    Run run;
    begin(&run, t, c, a->digits);
    op(&run.result, a, &run.env);
    return end(&run);
}

Value run_binary(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, NumBinary op)
{
    Run run;
    begin(&run, t, c, longer(a, b));
    op(&run.result, a, b, &run.env);
    return end(&run);
}

Value run_divmod(Thread *t, DecimalContext *c, const Operand *a, const Operand *b)
{
    Run run;
    Num q;
    num_init(&q);
    begin(&run, t, c, longer(a, b));
    num_divmod(&q, &run.result, a, b, &run.env);
    stop(&run);
    Value quotient = decimal_new(t, &decimal_type, &q);
    Value rest = end(&run);
    num_clear(&q);
    return quotient && rest ? tuple_pack(t, 2, quotient, rest) : 0;
}

Value run_fma(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, const Operand *x)
{
    Run run;
    begin(&run, t, c, longer(a, b));
    num_fma(&run.result, a, b, x, &run.env);
    return end(&run);
}

Value run_power_modulo(Thread *t, DecimalContext *c, const Operand *a, const Operand *b,
                       const Operand *m)
{
    Run run;
    begin(&run, t, c, longer(a, b));
    num_power_modulo(&run.result, a, b, m, &run.env);
    return end(&run);
}

Value run_quantize(Thread *t, DecimalContext *c, const Operand *a, const Operand *b, RoundMode mode)
{
    Value v = b->kind == KIND_FINITE ? quick_quantize(t, c, a, b->exp, mode) : 0;
    if (v || error_pending(t)) {
        return v;
    }
    Run run;
    begin(&run, t, c, longer(a, b));
    run.env.rounding = mode;
    num_quantize(&run.result, a, b, &run.env);
    return end(&run);
}

Value run_to_integral(Thread *t, DecimalContext *c, const Operand *a, RoundMode mode, bool exact)
{
    Run run;
    begin(&run, t, c, a->digits);
    run.env.rounding = mode;
    if (exact) {
        num_to_integral_exact(&run.result, a, &run.env);
    } else {
        num_to_integral(&run.result, a, &run.env);
    }
    return end(&run);
}
