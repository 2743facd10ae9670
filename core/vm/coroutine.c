/* Coroutines: await, the iterator behind __await__, the origin, and the warning for coroutines
 * nobody awaited. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

#define GENERATOR(v) ((Generator *)value_object(v))

static bool is_iterable_coroutine(Value v)
{
    return type_of(v) == &generator_type &&
           ((Code *)value_object(GENERATOR(v)->frame.code))->flags & CO_ITERABLE_COROUTINE;
}

/* Is f a generator function, whose call gave g?  Then nobody else knows g yet. */
static bool is_made_by(const Generator *g, Value f)
{
    return f == g->frame.func && f != 0 &&
           value_load(&((Function *)value_object(f))->code) == g->frame.code;
}

/* The iterator that awaiting v runs; 0: TypeError or what __await__ raised. */
static Value get_awaitable(Thread *t, Value v)
{
    if (type_of(v) == &coroutine_type || is_iterable_coroutine(v)) {
        return v;
    }
    Type *ty = type_of(v);
    if (!ty->await_) {
        return type_error(t, "object %T can't be used in 'await' expression", v);
    }
    Value it = ty->await_(t, v);
    if (!it) {
        return 0;
    }
    if (type_of(it) == &generator_type &&
        is_made_by(GENERATOR(it), type_lookup(t, ty, N(__await__)))) {
        GENERATOR(it)->owned = true;
    }
    if (type_of(it) == &coroutine_type || is_iterable_coroutine(it)) {
        return type_error(t, "__await__() returned a coroutine");
    }
    if (!type_of(it)->next) {
        return type_error(t, "__await__() returned non-iterator of type '%T'", it);
    }
    return it;
}

Value coroutine_awaitable(Thread *t, Value v, unsigned where)
{
    if (where && !type_of(v)->await_ && type_of(v) != &coroutine_type &&
        !is_iterable_coroutine(v)) {
        return type_error(
            t, "'async with' received an object from %s that does not implement __await__: %T",
            where == 1 ? "__aenter__" : "__aexit__", v);
    }
    Value it = get_awaitable(t, v);
    if (it && type_of(it) == &coroutine_type && value_load(&GENERATOR(it)->yield_from)) {
        return runtime_error(t, "coroutine is being awaited already");
    }
    return it;
}

Value vm_get_yield_from_iter(Thread *t, Value v, unsigned code_flags)
{
    if (type_of(v) == &generator_type) {
        return v;
    }
    if (type_of(v) == &coroutine_type) {
        if (!(code_flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE))) {
            return type_error(
                t, "cannot 'yield from' a coroutine object in a non-coroutine generator");
        }
        return v;
    }
    return object_iter(t, v);
}

Value vm_get_aiter(Thread *t, Value v)
{
    Type *ty = type_of(v);
    if (!ty->aiter) {
        return type_error(t, "'async for' requires an object with __aiter__ method, got %T", v);
    }
    Value it = ty->aiter(t, v);
    if (it && !type_of(it)->anext) {
        return type_error(
            t,
            "'async for' received an object from __aiter__ that does not implement __anext__: %T",
            it);
    }
    return it;
}

Value vm_get_anext(Thread *t, Value v)
{
    Type *ty = type_of(v);
    if (!ty->anext) {
        return type_error(t, "'async for' requires an iterator with __anext__ method, got %T", v);
    }
    Value next = ty->anext(t, v);
    if (!next || ty == &async_generator_type) {
        return next;
    }
    Value it = get_awaitable(t, next);
    return it ? it
              : raise_from(t, &exc_TypeError,
                           "'async for' received an invalid object from __anext__: %T", next);
}

/* ---- origin and finalization ---- */
void coroutine_set_origin(Thread *t, Generator *g)
{
    Value list = list_new(t, 0);
    Value *base = frame_of(t->base)->prev; /* the frame of the coroutine itself is not part of it */
    for (int i = 0; list && base && i < t->coroutine_origin_depth;
         i++, base = frame_of(base)->prev) {
        Code *code = frame_code_of(base);
        Value item =
            tuple_pack(t, 3, code->filename, fixnum(code_line(code, frame_unit(base))), code->name);
        if (!item || !list_append(t, list, item)) {
            list = 0;
        }
    }
    Value origin = list ? list_to_tuple(t, list) : 0;
    if (!origin) {
        error_clear(t);
    }
    gc_store(g, &g->origin, origin);
}

/* true: the hook of the warnings module has warned, or raised the warning. */
static bool hook_has_warned(Thread *t, Value self)
{
    Value warnings = dict_get_str(t->interp->modules, N(warnings));
    Value hook = 0;
    if (!warnings || object_lookup_attr(t, warnings, N(_warn_unawaited_coroutine), &hook) <= 0) {
        error_clear(t);
        return false;
    }
    if (call1(t, hook, self)) {
        return true;
    }
    bool is_warning = error_matches(t, &exc_RuntimeWarning);
    error_unraisable(t, NULL, self);
    return is_warning;
}

void coroutine_warn_unawaited(Thread *t, Generator *g)
{
    Value self = object_value(g);
    if (type_of(self) != &coroutine_type ||
        generator_state(g) != GEN_CREATED ||
        hook_has_warned(t, self)) {
        return;
    }
    if (!warn(t, &exc_RuntimeWarning, 1, "coroutine '%U' was never awaited",
              value_load(&g->qualname))) {
        error_unraisable(t, NULL, self);
    }
}

void coroutine_finalize(Thread *t, Value self)
{
    Generator *g = GENERATOR(self);
    if (generator_state(g) != GEN_CREATED) {
        generator_finalize(t, self);
        return;
    }
    coroutine_warn_unawaited(t, g);
}

/* ---- the type ---- */
static Value repr_coroutine(Thread *t, Value self) { return generator_repr(t, self, "coroutine"); }
static Value get_origin(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    Value v = value_load(&GENERATOR(self)->origin);
    return v ? v : NONE;
}

typedef struct CoroutineWrapper { Object head; Value coroutine; } CoroutineWrapper;
#define WRAPPED(v) (((CoroutineWrapper *)value_object(v))->coroutine)

static Value coroutine_await(Thread *t, Value self)
{
    CoroutineWrapper *w = object_alloc(t, &coroutine_wrapper_type, sizeof *w);
    if (w) {
        gc_init(&w->coroutine, self);
    }
    return object_value(w);
}

static const GetSetDef coroutine_getset[] = {
    {"cr_frame", generator_get_frame, NULL, "Frame, None when finished.", NULL},
    {"cr_running", generator_get_running, NULL, "Is it executing?", NULL},
    {"cr_suspended", generator_get_suspended, NULL, "Does it stand at an await?", NULL},
    {"cr_code", generator_get_code, NULL, "Code object.", NULL},
    {"cr_await", generator_get_yield_from, NULL, "What is being awaited, or None.", NULL},
    {"cr_origin", get_origin, NULL, "Where it was made, or None.", NULL},
    {"__name__", generator_get_text, generator_set_text, "name of the coroutine", NULL},
    {"__qualname__", generator_get_text, generator_set_text, "qualified name of the coroutine",
     (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef coroutine_methods[] = {
    {"send(arg, /)", generator_send_method,
     "Sends a value into coroutine; returns what it waits for next.", 0},
    {"throw(type, value=None, traceback=None, /)", generator_throw_method,
     "Raises an exception in coroutine, at its await.", 0},
    {"close()", generator_close_method, "Raises GeneratorExit inside coroutine, at its await.", 0},
    {NULL, NULL, NULL, 0},
};

Type coroutine_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "coroutine",
    .getattr = generic_getattr,
    .doc = "What an async function returns.",
    .size = sizeof(Generator),
    .item_size = sizeof(Value),
    .flags = TYPE_NO_INSTANTIATE,
    .weakrefable = true,
    .trace = generator_trace,
    .finalize_registered = coroutine_finalize,
    .repr = repr_coroutine,
    .await_ = coroutine_await,
    .send = generator_send_slot,
    .getset = coroutine_getset,
    .methods = coroutine_methods,
};

/* ---- the iterator that coroutine.__await__() returns ---- */
static void trace_wrapper(Object *o, Tracer *tr)
{
    trace_value(tr, ((CoroutineWrapper *)o)->coroutine);
}
static Value wrapper_iter(Thread *t UNUSED, Value self) { return self; }
static Value wrapper_send(Thread *t, Value self, Value v, bool *done)
{
    return generator_resume(t, GENERATOR(WRAPPED(self)), v, done);
}
static Value wrapper_next(Thread *t, Value self)
{
    bool done;
    Value v = wrapper_send(t, self, NONE, &done);
    return v && done ? stop_iteration(t, is_none(v) ? 0 : v) : v;
}
static Value wrapper_send_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value forwarded[2] = {WRAPPED(args[0]), args[1]};
    return generator_send_method(t, forwarded, 2, 0);
}
static Value wrapper_throw(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value forwarded[4] = {WRAPPED(args[0]), args[1], args[2], args[3]};
    return generator_throw_method(t, forwarded, 4, 0);
}
static Value wrapper_close(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return generator_close(t, GENERATOR(WRAPPED(args[0]))) ? NONE : 0;
}

static const NativeDef wrapper_methods[] = {
    {"send(arg, /)", wrapper_send_method, "Resumes the coroutine with a value.", 0},
    {"throw(type, value=None, traceback=None, /)", wrapper_throw,
     "Raises an exception in the coroutine.", 0},
    {"close()", wrapper_close, "Closes the coroutine.", 0},
    {NULL, NULL, NULL, 0},
};

Type coroutine_wrapper_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "coroutine_wrapper",
    .getattr = generic_getattr,
    .doc = "Iterator over a coroutine.",
    .size = sizeof(CoroutineWrapper),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_wrapper,
    .iter = wrapper_iter,
    .next = wrapper_next,
    .send = wrapper_send,
    .methods = wrapper_methods,
};
