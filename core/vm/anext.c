/* The awaitable of anext(iterator, default): StopAsyncIteration ends it with the default. */
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/vm/vm_internal.h"

typedef struct AnextAwaitable { Object head; Value wrapped, dflt; } AnextAwaitable;
#define ANEXT(v) ((AnextAwaitable *)value_object(v))

static void trace_anext(Object *o, Tracer *tr)
{
    trace_value(tr, ((AnextAwaitable *)o)->wrapped);
    trace_value(tr, ((AnextAwaitable *)o)->dflt);
}

Value anext_awaitable_new(Thread *t, Value awaitable, Value dflt)
{
    AnextAwaitable *a = object_alloc(t, &anext_awaitable_type, sizeof *a);
    if (a) {
        gc_init(&a->wrapped, awaitable);
        gc_init(&a->dflt, dflt);
    }
    return object_value(a);
}

/* The iterator behind the wrapped awaitable; a coroutine's wrapper, so that send and throw exist.
 */
static Value wrapped_iterator(Thread *t, AnextAwaitable *a)
{
    Value it = coroutine_awaitable(t, a->wrapped, 0);
    if (it && type_of(it) == &coroutine_type) {
        it = coroutine_type.await_(t, it);
    }
    return it;
}

/* StopAsyncIteration pending: done with the default. */
static Value finish(Thread *t, AnextAwaitable *a)
{
    return error_clear_if(t, &exc_StopAsyncIteration) ? stop_iteration(t, a->dflt) : 0;
}

static Value anext_next(Thread *t, Value self)
{
    Value it = wrapped_iterator(t, ANEXT(self));
    if (!it) {
        return 0;
    }
    Value v = type_of(it)->next(t, it);
    if (!v && !t->exc) {
        return stop_iteration(t, 0);
    }
    return v ? v : finish(t, ANEXT(self));
}

static Value forward(Thread *t, Value self, Value name, const Value *args, size_t n)
{
    Value it = wrapped_iterator(t, ANEXT(self));
    Value v = it ? call_method(t, it, name, args, n) : 0;
    return v || !it ? v : finish(t, ANEXT(self));
}
static Value anext_send(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return forward(t, args[0], N(send), args + 1, 1);
}
static Value anext_throw(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    size_t given = args[3] ? 3 : args[2] ? 2 : 1;
    return forward(t, args[0], N(throw), args + 1, given);
}
static Value anext_close(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return forward(t, args[0], N(close), NULL, 0);
}
static Value anext_self(Thread *t UNUSED, Value self) { return self; }

static const NativeDef anext_methods[] = {
    {"send(arg, /)", anext_send, "Resumes with a value.", 0},
    {"throw(type, value=None, traceback=None, /)", anext_throw, "Raises an exception inside.", 0},
    {"close()", anext_close, "Gives up.", 0},
    {NULL, NULL, NULL, 0},
};

Type anext_awaitable_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "anext_awaitable",
    .size = sizeof(AnextAwaitable),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_anext,
    .iter = anext_self,
    .next = anext_next,
    .await_ = anext_self,
    .methods = anext_methods,
};
