/* Asynchronous generators and the awaitables of their methods.
 *
 * A value yielded by the generator's body arrives wrapped (ASYNC_GEN_WRAP); everything else that a
 * resume yields belongs to an await inside the body and is passed on.  The awaitables end with
 * StopIteration(value).
 */
#include "core/object/iter.h"
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/vm/vm_internal.h"

#define GENERATOR(v) ((Generator *)value_object(v))

typedef enum { AWAIT_INIT, AWAIT_ITER, AWAIT_CLOSED } AwaitState;
typedef struct Wrapped { Object head; Value value; } Wrapped;
/* asend(v) / __anext__(), and athrow(exc) / aclose() (value 0) */
typedef struct AgenAwait {
    Object head;
    Value generator, value;
    uint32_t state; /* AwaitState; atomic */
} AgenAwait;
#define AWAIT(v) ((AgenAwait *)value_object(v))

static void trace_wrapped(Object *o, Tracer *tr)
{
    trace_value(tr, ((Wrapped *)o)->value);
}
Type asyncgen_wrapped_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "async_generator_wrapped_value",
    .size = sizeof(Wrapped),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_wrapped,
};

Value asyncgen_wrap(Thread *t, Value v)
{
    Wrapped *w = object_alloc(t, &asyncgen_wrapped_type, sizeof *w);
    if (w) {
        gc_init(&w->value, v);
    }
    return object_value(w);
}
static bool is_wrapped(Value v) { return type_of(v) == &asyncgen_wrapped_type; }

static void trace_await(Object *o, Tracer *tr)
{
    trace_value(tr, ((AgenAwait *)o)->generator);
    trace_value(tr, ((AgenAwait *)o)->value);
}

/* The hooks of sys.set_asyncgen_hooks, at the first use of the generator. */
static bool init_hooks(Thread *t, Generator *g)
{
    if (load_relaxed(&g->hooks_inited) || exchange_acq_rel(&g->hooks_inited, true)) {
        return true;
    }
    gc_set_no_finalize(&g->head, false);
    if (t->asyncgen_finalizer && !is_none(t->asyncgen_finalizer)) {
        gc_store(g, &g->finalizer, t->asyncgen_finalizer);
    }
    if (t->asyncgen_firstiter && !is_none(t->asyncgen_firstiter)) {
        return call1(t, t->asyncgen_firstiter, object_value(g)) != 0;
    }
    return true;
}

static Value await_new(Thread *t, Type *type, Value self, Value v)
{
    if (!init_hooks(t, GENERATOR(self))) {
        return 0;
    }
    AgenAwait *a = object_alloc(t, type, sizeof *a);
    if (a) {
        gc_init(&a->generator, self);
        gc_init(&a->value, v);
    }
    return object_value(a);
}

/* What one resume of the generator gave: a pass-through value, or 0 with StopIteration(yielded) or
 * an error. */
static Value unwrap(Thread *t, Generator *g, Value v, bool done)
{
    if (!v || done) {
        if (v) {
            raise_none(t, &exc_StopAsyncIteration);
        }
        if (error_matches(t, &exc_StopAsyncIteration) || error_matches(t, &exc_GeneratorExit)) {
            store_relaxed(&g->closed, true);
        }
        store_relaxed(&g->running_async, false);
        return 0;
    }
    if (is_wrapped(v)) {
        store_relaxed(&g->running_async, false);
        return stop_iteration(t, ((Wrapped *)value_object(v))->value);
    }
    return v;
}

/* The same; an error closes the awaitable. */
static Value unwrap_or_close(Thread *t, AgenAwait *a, Value v, bool done)
{
    Value result = unwrap(t, GENERATOR(a->generator), v, done);
    if (!result) {
        store_relaxed(&a->state, AWAIT_CLOSED);
    }
    return result;
}

/* ---- asend, __anext__ ---- */
/* *done: what the generator yielded, without StopIteration around it. */
static Value asend_resume(Thread *t, Value self, Value v, bool *done)
{
    AgenAwait *a = AWAIT(self);
    Generator *g = GENERATOR(a->generator);
    if (load_relaxed(&a->state) == AWAIT_CLOSED) {
        return runtime_error(t, "cannot reuse already awaited __anext__()/asend()");
    }
    if (load_relaxed(&a->state) == AWAIT_INIT) {
        if (load_relaxed(&g->running_async)) {
            return runtime_error(t, "anext(): asynchronous generator is already running");
        }
        if (is_none(v)) {
            v = a->value;
        }
        store_relaxed(&a->state, AWAIT_ITER);
    }
    store_relaxed(&g->running_async, true);
    bool finished = false;
    Value result = generator_resume(t, g, v, &finished);
    if (LIKELY(result) && LIKELY(!finished) && is_wrapped(result)) {
        store_relaxed(&g->running_async, false);
        store_relaxed(&a->state, AWAIT_CLOSED);
        *done = true;
        return ((Wrapped *)value_object(result))->value;
    }
    return unwrap_or_close(t, a, result, finished);
}

static Value asend_step(Thread *t, Value self, Value v)
{
    bool done = false;
    Value result = asend_resume(t, self, v, &done);
    return done ? stop_iteration(t, result) : result;
}

/* throw() of an awaitable: args after self as those of generator.throw().  false: raised, what was
 * awaited is not one any more, or the arguments are wrong. */
static bool throw_into(Thread *t, AgenAwait *a, Value *args, const char *what, Value *result,
                       bool *done)
{
    if (load_relaxed(&a->state) == AWAIT_CLOSED) {
        runtime_error(t, "cannot reuse already awaited %s", what);
        return false;
    }
    Value exc = vm_throw_argument(t, args[1], args[2], args[3]);
    if (exc) {
        *result = generator_throw(t, GENERATOR(a->generator), exc, done);
    }
    return exc != 0;
}

static Value asend_throw(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    AgenAwait *a = AWAIT(args[0]);
    bool done = false;
    Value result;
    if (!throw_into(t, a, args, "__anext__()/asend()", &result, &done)) {
        return 0;
    }
    return unwrap_or_close(t, a, result, done);
}

/* ---- athrow, aclose ---- */
static Value athrow_failed(Thread *t, AgenAwait *a, Generator *g)
{
    store_relaxed(&g->running_async, false);
    store_relaxed(&a->state, AWAIT_CLOSED);
    if (!a->value &&
        (error_matches(t, &exc_StopAsyncIteration) || error_matches(t, &exc_GeneratorExit))) {
        error_clear(t);
        return stop_iteration(t, 0);
    }
    return 0;
}

/* A result of the generator on behalf of aclose(): yielding a value is not allowed. */
static Value aclose_result(Thread *t, AgenAwait *a, Generator *g, Value v, bool done)
{
    if (v && done) {
        raise_none(t, &exc_StopAsyncIteration);
        v = 0;
    }
    if (v && is_wrapped(v)) {
        store_relaxed(&g->running_async, false);
        store_relaxed(&a->state, AWAIT_CLOSED);
        return runtime_error(t, "async generator ignored GeneratorExit");
    }
    return v ? v : athrow_failed(t, a, g);
}

static Value athrow_start(Thread *t, AgenAwait *a, Generator *g, Value v)
{
    const char *what = a->value ? "athrow" : "aclose";
    if (load_relaxed(&g->running_async)) {
        store_relaxed(&a->state, AWAIT_CLOSED);
        return runtime_error(t, "%s(): asynchronous generator is already running", what);
    }
    if (load_relaxed(&g->closed)) {
        store_relaxed(&a->state, AWAIT_CLOSED);
        return raise_none(t, &exc_StopAsyncIteration);
    }
    if (!is_none(v)) {
        return runtime_error(t, "can't send non-None value to a just-started coroutine");
    }
    store_relaxed(&a->state, AWAIT_ITER);
    store_relaxed(&g->running_async, true);
    bool done = false;
    if (!a->value) {
        store_relaxed(&g->closed, true);
        Value exc = exception_normalize(t, object_value(&exc_GeneratorExit), 0);
        Value result = exc ? generator_throw(t, g, exc, &done) : 0;
        return aclose_result(t, a, g, result, done);
    }
    Value result = generator_throw(t, g, a->value, &done);
    result = unwrap(t, g, result, done);
    return result ? result : athrow_failed(t, a, g);
}

static Value athrow_step(Thread *t, Value self, Value v)
{
    AgenAwait *a = AWAIT(self);
    Generator *g = GENERATOR(a->generator);
    if (load_relaxed(&a->state) == AWAIT_CLOSED) {
        return runtime_error(t, "cannot reuse already awaited aclose()/athrow()");
    }
    if (generator_state(g) == GEN_FINISHED) {
        store_relaxed(&a->state, AWAIT_CLOSED);
        return stop_iteration(t, 0);
    }
    if (load_relaxed(&a->state) == AWAIT_INIT) {
        return athrow_start(t, a, g, v);
    }
    bool done = false;
    Value result = generator_resume(t, g, v, &done);
    if (!a->value) {
        return aclose_result(t, a, g, result, done);
    }
    return unwrap_or_close(t, a, result, done);
}

static Value athrow_throw(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    AgenAwait *a = AWAIT(args[0]);
    bool done = false;
    Value result;
    if (!throw_into(t, a, args, "aclose()/athrow()", &result, &done)) {
        return 0;
    }
    if (a->value) {
        return unwrap(t, GENERATOR(a->generator), result, done);
    }
    return aclose_result(t, a, GENERATOR(a->generator), result, done);
}

/* ---- both awaitables ---- */
static Value await_self(Thread *t UNUSED, Value self) { return self; }
static Value await_step(Thread *t, Value self, Value v)
{
    return type_of(self) == &asyncgen_asend_type ? asend_step(t, self, v) : athrow_step(t, self, v);
}
static Value await_next(Thread *t, Value self) { return await_step(t, self, NONE); }
static Value await_send_slot(Thread *t, Value self, Value v, bool *done)
{
    if (type_of(self) == &asyncgen_asend_type) {
        return asend_resume(t, self, v, done);
    }
    Value result = athrow_step(t, self, v);
    if (!result && (result = vm_stop_value(t))) {
        *done = true;
    }
    return result;
}
static Value await_send(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return await_step(t, args[0], args[1]);
}
static Value await_close(Thread *t UNUSED, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    store_relaxed(&AWAIT(args[0])->state, AWAIT_CLOSED);
    return NONE;
}

static const NativeDef asend_methods[] = {
    {"send(arg, /)", await_send, "Resumes with a value.", 0},
    {"throw(type, value=None, traceback=None, /)", asend_throw, "Raises an exception at the yield.",
     0},
    {"close()", await_close, "Gives up.", 0},
    {NULL, NULL, NULL, 0},
};
static const NativeDef athrow_methods[] = {
    {"send(arg, /)", await_send, "Resumes with a value.", 0},
    {"throw(type, value=None, traceback=None, /)", athrow_throw,
     "Raises an exception at the yield.", 0},
    {"close()", await_close, "Gives up.", 0},
    {NULL, NULL, NULL, 0},
};

Type asyncgen_asend_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "async_generator_asend",
    .getattr = generic_getattr,
    .size = sizeof(AgenAwait),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_await,
    .iter = await_self,
    .next = await_next,
    .await_ = await_self,
    .send = await_send_slot,
    .methods = asend_methods,
};
Type asyncgen_athrow_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "async_generator_athrow",
    .getattr = generic_getattr,
    .size = sizeof(AgenAwait),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_await,
    .iter = await_self,
    .next = await_next,
    .await_ = await_self,
    .send = await_send_slot,
    .methods = athrow_methods,
};

/* ---- the generator type ---- */
static Value agen_anext(Thread *t, Value self)
{
    return await_new(t, &asyncgen_asend_type, self, NONE);
}
static Value agen_asend(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return await_new(t, &asyncgen_asend_type, args[0], args[1]);
}
static Value agen_athrow(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value exc = vm_throw_argument(t, args[1], args[2], args[3]);
    return exc ? await_new(t, &asyncgen_athrow_type, args[0], exc) : 0;
}
static Value agen_aclose(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return await_new(t, &asyncgen_athrow_type, args[0], 0);
}
static Value repr_agen(Thread *t, Value self) { return generator_repr(t, self, "async_generator"); }
static Value get_running_async(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return bool_value(load_relaxed(&GENERATOR(self)->running_async));
}

void asyncgen_finalize(Thread *t, Value self)
{
    Generator *g = GENERATOR(self);
    Value finalizer = value_load(&g->finalizer);
    if (generator_state(g) == GEN_FINISHED) {
        return;
    }
    if (finalizer && !load_relaxed(&g->closed)) {
        if (!call1(t, finalizer, self)) {
            error_unraisable(t, NULL, self);
        }
        return;
    }
    generator_finalize(t, self);
}

static const GetSetDef agen_getset[] = {
    {"ag_frame", generator_get_frame, NULL, "Frame, None when finished.", NULL},
    {"ag_running", get_running_async, NULL, "Is it executing?", NULL},
    {"ag_suspended", generator_get_suspended, NULL, "Does it stand at a yield or await?", NULL},
    {"ag_code", generator_get_code, NULL, "Code object.", NULL},
    {"ag_await", generator_get_yield_from, NULL, "What is being awaited, or None.", NULL},
    {"__name__", generator_get_text, generator_set_text, "name of the async generator", NULL},
    {"__qualname__", generator_get_text, generator_set_text,
     "qualified name of the async generator", (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef agen_methods[] = {
    {"asend(arg, /)", agen_asend, "Awaitable that resumes with a value.", 0},
    {"athrow(type, value=None, traceback=None, /)", agen_athrow,
     "Awaitable that raises at the yield.", 0},
    {"aclose()", agen_aclose, "Awaitable that raises GeneratorExit at the yield.", 0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

Type async_generator_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "async_generator",
    .getattr = generic_getattr,
    .doc = "What an async function with yield returns.",
    .size = sizeof(Generator),
    .item_size = sizeof(Value),
    .flags = TYPE_NO_INSTANTIATE,
    .weakrefable = true,
    .trace = generator_trace,
    .finalize = asyncgen_finalize,
    .repr = repr_agen,
    .aiter = await_self,
    .anext = agen_anext,
    .getset = agen_getset,
    .methods = agen_methods,
};
