/* Generators: making, resuming, throwing into, closing; what coroutines and asynchronous generators
 * share with them.
 *
 *   CREATED --> RUNNING <--> SUSPENDED,  RUNNING --> FINISHED
 * The step to RUNNING is taken by one thread: the one that the generator is biased to, or else the
 * one whose compare-and-swap succeeds (core/vm/generator_bias.c).  Everything but `state` belongs
 * to the thread that runs it, or to nobody.
 */
#include "core/object/exception.h"
#include "core/object/native.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

#define GENERATOR(v) ((Generator *)value_object(v))

void generator_trace(Object *o, Tracer *tr)
{
    Generator *g = (Generator *)o;
    Code *code = (Code *)value_object(g->frame.code);
    /* many coroutines wait at a time: what their code keeps alive is looked at once */
    if (!code || !trace_is_marking(tr) || g->name != code->name || g->qualname != code->qualname) {
        trace_value(tr, g->name);
        trace_value(tr, g->qualname);
    }
    trace_value(tr, g->yield_from);
    trace_value(tr, g->origin);
    trace_value(tr, g->finalizer);
    trace_value(tr, g->exc.value);
    trace_value(tr, g->frame.func);
    trace_value(tr, g->frame.code);
    if (g->frame.flags & FRAME_NS) {
        trace_value(tr, g->frame.ns);
    }
    if (g->frame.flags & FRAME_OBJECT) {
        trace_value(tr, g->frame.frame_object);
    }
    if (g->frame.prev) {
        /* may point into another generator */
        trace_conservative(tr, &g->frame.prev, &g->frame.prev + 1);
    }
    bool suspended = code && generator_state(g) == GEN_SUSPENDED && trace_is_marking(tr);
    trace_stale_values(tr, g->regs,
                       suspended ? code_suspended_regs(code, frame_unit(g->regs)) : g->nregs);
}

static const char *kind_name(Generator *g)
{
    return g->head.type == &coroutine_type         ? "coroutine"
           : g->head.type == &async_generator_type ? "async generator"
                                                   : "generator";
}

/* Is there something to clean up, or to warn of?  Asynchronous generators always are registered. */
static inline bool generator_has_finalizer(Generator *g)
{
    return g->head.type == &coroutine_type ||
           (g->head.type == &generator_type &&
            ((Code *)value_object(g->frame.code))->n_exc);
}

/* g has come to its end, or not begun: nothing is left to clean up. */
static void set_no_finalizer(Generator *g) { gc_set_no_finalize(&g->head, true); }

/* A generator of this code that has ended and that nobody knows: as if it were new; or NULL. */
static Generator *take_spare(Thread *t, const Code *code, size_t nregs)
{
    Generator **place = &t->spare_generators[nregs % GENERATOR_SPARES], *g = *place;
    if (LIKELY(!g) || value_object(g->frame.code) != &code->head || objects_are_seen()) {
        return NULL;
    }
    *place = NULL;
    assert(g->nregs == nregs && generator_state(g) == GEN_FINISHED && !g->yield_from &&
           !g->exc.value);
    g->owned = false;
    g->origin = 0;
    gc_set_no_finalize(&g->head, false);
    return g;
}

Value generator_make(Thread *t, Value *base)
{
    Code *code = frame_code_of(base);
    Function *fn = frame_function(base);
    Type *type = code->flags & CO_COROUTINE         ? &coroutine_type
                 : code->flags & CO_ASYNC_GENERATOR ? &async_generator_type
                                                    : &generator_type;
    size_t nregs = (size_t)code->nregs + 1; /* one more: takes the first value sent */
    size_t size = sizeof(Generator) + nregs * sizeof(Value);
    Generator *spare = take_spare(t, code, nregs);
    Generator *g = UNLIKELY(spare)                 ? spare
                   : type == &async_generator_type ? object_alloc(t, type, size)
                                                   : object_alloc_fast(t, type, size);
    if (UNLIKELY(!g)) {
        return 0;
    }
    Frame *f = frame_of(base);
    bool unbiased = load_relaxed(&code->unbiased);
    atomic_store_explicit(&g->state, unbiased ? GEN_CREATED : thread_own_created(t),
                          memory_order_relaxed);
    g->nregs = (uint16_t)nregs;
    g->resume_reg = code->nregs;
    gc_init(&g->name, value_load(&fn->name));
    gc_init(&g->qualname, function_qualname(fn));
    g->frame = *f;
    g->frame.prev = NULL;
    g->frame.flags = FRAME_GEN | (f->flags & (FRAME_OBJECT | FRAME_TRACED | FRAME_NS)) |
                     (unbiased ? FRAME_UNBIASED : 0);
    for (uint32_t i = 0; i < code->nlocals; i++) {
        g->regs[i] = base[i];
    }
    if (f->flags & FRAME_OBJECT) {
        FrameObject *fo = (FrameObject *)value_object(f->frame_object);
        gc_store(fo, &fo->generator, object_value(g));
        store_release(&fo->base, g->regs);
        f->flags &= ~(uint64_t)FRAME_OBJECT;
    }
    if (type == &coroutine_type && t->coroutine_origin_depth) {
        coroutine_set_origin(t, g);
    }
    if (UNLIKELY(spare)) {
        gc_written(g); /* what it had to do in the end it has to do again: it is still registered */
    } else if (generator_has_finalizer(g)) {
        gc_register_finalizer(t, &g->head);
    } else if (type == &async_generator_type) {
        set_no_finalizer(g); /* until its first use, init_hooks */
    }
    return object_value(g);
}

static Value already_executing(Thread *t, Generator *g)
{
    return value_error(t, "%s already executing", kind_name(g));
}
static Value cannot_reuse(Thread *t)
{
    return runtime_error(t, "cannot reuse already awaited coroutine");
}
static bool depth_check(Thread *t)
{
    return LIKELY(t->depth < t->interp->recursion_limit) || vm_recursion_error(t);
}

bool generator_enter(Thread *t, Generator *g, Value v, uint64_t flags)
{
    if (generator_state(g) == GEN_CREATED && !is_none(v)) {
        type_error(t, "can't send non-None value to a just-started %s", kind_name(g));
        return false;
    }
    if (!depth_check(t)) {
        return false;
    }
    if (generator_claim(t, g) > GEN_SUSPENDED) {
        already_executing(t, g);
        return false;
    }
    generator_link(t, g, v, flags);
    return true;
}

/* Did the generator that this thread left last come to its end?  Its state may be another thread's
 * business by now. */
static __thread bool left_ended;

/* Nobody looks at the frame of g, which is running or not begun, any more. */
static void finish(Generator *g)
{
    g->frame.flags = FRAME_GEN;
    set_no_finalizer(g);
    memset(g->regs, 0, g->nregs * sizeof(Value));
    /* pairs with generator_state */
    atomic_store_explicit(&g->state, GEN_FINISHED, memory_order_release);
}

Value *generator_leave(Thread *t, Generator *g, GenState state)
{
    Value *prev = generator_unlink(t, g);
    left_ended = state == GEN_FINISHED;
    if (state == GEN_SUSPENDED) {
        generator_release(t, g, GEN_SUSPENDED);
        return prev;
    }
    g->exc.value = 0;
    if (!g->owned && generator_has_finalizer(g)) {
        gc_forget_finalizer(t, &g->head);
    }
    finish(g);
    return prev;
}

void generator_convert_stop(Thread *t, Generator *g)
{
    if (error_matches(t, &exc_StopIteration)) {
        raise_from(t, &exc_RuntimeError, "%s raised StopIteration", kind_name(g));
    } else if (g->head.type == &async_generator_type && error_matches(t, &exc_StopAsyncIteration)) {
        raise_from(t, &exc_RuntimeError, "async generator raised StopAsyncIteration");
    }
}

/* generator_resume for a g that generator_is_ready or at least generator_is_resumable, and v. */
static inline Value resume_now(Thread *t, Generator *g, bool ready, Value v, bool *done)
{
    assert(!error_pending(t));
    *done = false;
    if (UNLIKELY(!vm_c_stack_check(t)) ||
        UNLIKELY(!generator_resume_frame(t, g, ready, v, FRAME_ENTRY))) {
        return 0;
    }
    Value result = vm_run(t, g->regs);
    *done = left_ended;
    return result;
}

Value generator_resume(Thread *t, Generator *g, Value v, bool *done)
{
    bool ready = generator_is_ready(t, g, v);
    if (LIKELY(ready) || generator_is_resumable(g)) {
        return resume_now(t, g, ready, v, done);
    }
    *done = false;
    if (generator_state(g) != GEN_FINISHED) {
        return already_executing(t, g);
    }
    if (g->head.type == &coroutine_type) {
        return cannot_reuse(t);
    }
    *done = true;
    return NONE;
}

/* generator_resume for a g that t has claimed and that was CREATED or SUSPENDED before; v == 0: the
 * pending exception is raised where g stands. */
static Value run_claimed(Thread *t, Generator *g, GenState before, Value v, bool *done)
{
    Value thrown = v ? 0 : error_take(t);
    *done = false;
    if (!vm_c_stack_check(t) || !depth_check(t)) {
        generator_release(t, g, before);
        return 0;
    }
    generator_link(t, g, v ? v : NONE, FRAME_ENTRY);
    if (thrown && g->exc.value) {
        raise_exception(t, thrown); /* chains to what the generator is handling */
    } else {
        t->exc = thrown;
    }
    Value result = vm_run(t, g->regs);
    *done = left_ended;
    return result;
}

Value vm_stop_value(Thread *t)
{
    if (!error_matches(t, &exc_StopIteration)) {
        return 0;
    }
    Value exc = error_take(t);
    Value v = ((StopIterationExc *)value_object(exc))->value;
    return v ? v : NONE;
}

Value vm_send(Thread *t, Value it, Value v, bool *done)
{
    Type *ty = type_of(it);
    Value result;
    if (ty->send) {
        return ty->send(t, it, v, done);
    }
    if (is_none(v) && ty->next) {
        result = ty->next(t, it);
        if (!result && !t->exc) {
            *done = true;
            return NONE;
        }
    } else {
        result = call_method1(t, it, N(send), v);
    }
    if (!result && (result = vm_stop_value(t))) {
        *done = true;
    }
    return result;
}

/* ---- throwing ---- */
Value vm_throw_argument(Thread *t, Value type, Value value, Value tb)
{
    if (tb && !is_none(tb) && type_of(tb) != &traceback_type) {
        return type_error(t, "throw() third argument must be a traceback object");
    }
    Value exc;
    if (value_is_exception_type(type)) {
        if (value && value_is_exception(value) && object_isinstance(t, value, type) > 0) {
            exc = value;
        } else {
            exc = exception_normalize(t, type, value && !is_none(value) ? value : 0);
            if (!exc) {
                exc = error_take(t); /* thrown instead */
            }
        }
    } else if (value_is_exception(type)) {
        if (value && !is_none(value)) {
            return type_error(t, "instance exception may not have a separate value");
        }
        exc = type;
    } else {
        return type_error(
            t, "exceptions must be classes or instances deriving from BaseException, not %T", type);
    }
    if (exc && tb && !is_none(tb)) {
        exception_set_traceback(exc, tb);
    }
    return exc;
}

/* A delegate of g, which t has claimed, finished with v: g goes on behind its SEND. */
static Value run_after_delegate(Thread *t, Generator *g, Value v, bool *done)
{
    Value finished = finished_iter_new(t, v);
    if (!finished) {
        generator_release(t, g, GEN_SUSPENDED);
        return 0;
    }
    Value delegate = g->yield_from;
    for (uint32_t i = 0; i < g->nregs; i++) { /* the register that SEND will read */
        if (g->regs[i] == delegate) {
            g->regs[i] = finished;
        }
    }
    return run_claimed(t, g, GEN_SUSPENDED, NONE, done);
}

static bool close_iterator(Thread *t, Value it)
{
    if (value_is_generator_like(it) && type_of(it) != &async_generator_type) {
        return generator_close(t, GENERATOR(it));
    }
    Value close = 0;
    if (object_lookup_attr(t, it, N(close), &close) < 0) {
        error_unraisable(t, NULL, it);
        return true;
    }
    return !close || call0(t, close);
}

/* The delegate's own throw; *missing when it has none. */
static Value throw_into_delegate(Thread *t, Value it, Value exc, bool *sub_done, bool *missing)
{
    *missing = false;
    *sub_done = false;
    if (value_is_generator_like(it) && type_of(it) != &async_generator_type) {
        return generator_throw(t, GENERATOR(it), exc, sub_done);
    }
    Value throw = 0;
    if (object_lookup_attr(t, it, N(throw), &throw) < 0) {
        return 0;
    }
    if (!throw) {
        *missing = true;
        return 0;
    }
    Value v = call1(t, throw, exc);
    if (!v && (v = vm_stop_value(t))) {
        *sub_done = true;
    }
    return v;
}

/* The same for g that stands at its delegate `it` and that t has claimed: the delegate takes it, or
 * g does when that ends. */
static Value throw_by_delegate(Thread *t, Generator *g, Value it, Value exc, bool *done)
{
    if (exception_matches(t, exc, object_value(&exc_GeneratorExit))) {
        if (close_iterator(t, it)) {
            t->exc = exc;
        }
        return run_claimed(t, g, GEN_SUSPENDED, 0, done);
    }
    bool sub_done, missing;
    g->frame.prev = t->base; /* on the way to the delegate the generator's frame is seen */
    g->stack_top = vm_stack_top(t);
    t->base = g->regs;
    Value v = throw_into_delegate(t, it, exc, &sub_done, &missing);
    t->base = g->frame.prev;
    g->frame.prev = NULL;
    g->stack_top = NULL;
    if (missing) {
        t->exc = exc;
    } else if (v && !sub_done) {
        generator_release(t, g, GEN_SUSPENDED);
        return v;
    } else if (v) {
        return run_after_delegate(t, g, v, done);
    }
    return run_claimed(t, g, GEN_SUSPENDED, 0, done);
}

Value generator_throw(Thread *t, Generator *g, Value exc, bool *done)
{
    *done = false;
    GenState before = generator_claim(t, g);
    if (before == GEN_RUNNING) {
        return already_executing(t, g);
    }
    if (before == GEN_FINISHED && g->head.type == &coroutine_type) {
        return cannot_reuse(t);
    }
    Value it = before == GEN_SUSPENDED ? value_load(&g->yield_from) : 0;
    if (it) {
        return throw_by_delegate(t, g, it, exc, done);
    }
    t->exc = exc;
    return before == GEN_FINISHED ? 0 : run_claimed(t, g, before, 0, done);
}

/* generator_close for a g that t has claimed and that is to be seen at its end. */
static bool close_suspended(Thread *t, Generator *g)
{
    Value it = value_load(&g->yield_from);
    if (!it || close_iterator(t, it)) {
        Value exc = exception_normalize(t, object_value(&exc_GeneratorExit), 0);
        if (!exc) {
            generator_release(t, g, GEN_SUSPENDED);
            return false;
        }
        t->exc = exc;
    }
    bool done;
    Value v = run_claimed(t, g, GEN_SUSPENDED, 0, &done);
    if (v && !done) {
        runtime_error(t, "%s ignored GeneratorExit", kind_name(g));
        return false;
    }
    return v || error_clear_if(t, &exc_StopIteration) || error_clear_if(t, &exc_GeneratorExit);
}

bool generator_close(Thread *t, Generator *g)
{
    switch (generator_claim(t, g)) {
    case GEN_CREATED:
        if (g->frame.flags & FRAME_OBJECT) {
            frame_detach(t, g->regs);
        }
        finish(g);
        return true;
    case GEN_SUSPENDED:
        return close_suspended(t, g);
    case GEN_RUNNING:
        already_executing(t, g);
        return false;
    default:
        return true;
    }
}

void generator_finalize(Thread *t, Value self)
{
    Generator *g = GENERATOR(self);
    if (generator_state(g) != GEN_SUSPENDED) {
        return;
    }
    generator_forget_owner(t, g);
    if (!generator_close(t, g)) {
        error_unraisable(t, NULL, self);
    }
}

bool vm_is_unfinished(const Object *o)
{
    if (o->type != &generator_type && o->type != &coroutine_type &&
        o->type != &async_generator_type) {
        return false;
    }
    GenState state = generator_state((const Generator *)o);
    return state == GEN_SUSPENDED || (state == GEN_CREATED && o->type == &coroutine_type);
}

/* ---- the Python side ---- */
static Value generator_next(Thread *t, Value self)
{
    bool done;
    Generator *g = GENERATOR(self);
    bool ready = generator_is_ready(t, g, NONE);
    Value v = LIKELY(ready) ? resume_now(t, g, true, NONE, &done)
                            : generator_resume(t, g, NONE, &done);
    if (v && done) {
        return is_none(v) ? 0 : stop_iteration(t, v);
    }
    return v;
}

/* Where the items of a generator_each go. */
typedef struct ItemSink {
    ItemFn take;
    void *arg;
    enum { SINK_RUNS, SINK_STOPPED, SINK_AGAIN } state;
} ItemSink;

bool generator_hand_over(Thread *t, Generator *g, Value v)
{
    ItemSink *sink = t->sink;
    if (!sink->take(t, sink->arg, v)) {
        sink->state = SINK_STOPPED;
        return false;
    }
    bool ready = generator_is_ready(t, g, NONE);
    if (LIKELY(ready) || generator_is_resumable(g)) {
        return generator_resume_frame(t, g, ready, NONE, FRAME_ENTRY | FRAME_SINK);
    }
    sink->state = SINK_AGAIN;
    return false;
}

bool generator_each(Thread *t, Value it, ItemFn take, void *arg)
{
    Generator *g = GENERATOR(it);
    ItemSink sink = {.take = take, .arg = arg}, *outer = t->sink;
    Value v;
    do {
        bool ready = generator_is_ready(t, g, NONE);
        /* runs or has ended, perhaps by `take` */
        if (UNLIKELY(!ready) && UNLIKELY(!generator_is_resumable(g))) {
            bool done;
            v = generator_resume(t, g, NONE, &done);
            if (!v || done) {
                return v != 0;
            }
            sink.state = take(t, arg, v) ? SINK_AGAIN : SINK_STOPPED;
            continue;
        }
        if (UNLIKELY(!vm_c_stack_check(t)) ||
            UNLIKELY(!generator_resume_frame(t, g, ready, NONE, FRAME_ENTRY | FRAME_SINK))) {
            return false;
        }
        sink.state = SINK_RUNS;
        t->sink = &sink;
        v = vm_run(t, g->regs);
        t->sink = outer;
    } while (UNLIKELY(sink.state == SINK_AGAIN));
    return v && sink.state == SINK_RUNS;
}

Value generator_send_slot(Thread *t, Value self, Value v, bool *done)
{
    return generator_resume(t, GENERATOR(self), v, done);
}

Value generator_send_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    bool done;
    Value v = generator_resume(t, GENERATOR(args[0]), args[1], &done);
    return v && done ? stop_iteration(t, is_none(v) ? 0 : v) : v;
}

Value generator_throw_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value exc = vm_throw_argument(t, args[1], args[2], args[3]);
    if (!exc) {
        return 0;
    }
    bool done;
    Value v = generator_throw(t, GENERATOR(args[0]), exc, &done);
    return v && done ? stop_iteration(t, is_none(v) ? 0 : v) : v;
}

Value generator_close_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return generator_close(t, GENERATOR(args[0])) ? NONE : 0;
}

Value generator_repr(Thread *t, Value self, const char *what)
{
    return str_format(t, "<%s object %U at %p>", what,
                      value_load(&GENERATOR(self)->qualname), value_object(self));
}
static Value repr_generator(Thread *t, Value self) { return generator_repr(t, self, "generator"); }

/* Nobody resumes a generator between the two. */
static bool hold_resumers(Thread *t)
{
    bool stopped = world_is_shared();
    if (stopped) {
        world_stop(t);
    }
    return stopped;
}
static void release_resumers(Thread *t, bool stopped)
{
    if (stopped) {
        world_start(t);
    }
}

Value generator_get_frame(Thread *t, Value self, void *closure UNUSED)
{
    Generator *g = GENERATOR(self);
    bool stopped = hold_resumers(t); /* who runs it writes the frame's flags */
    Value frame = generator_state(g) == GEN_FINISHED ? NONE : frame_object_of(t, g->regs);
    release_resumers(t, stopped);
    return frame;
}
Value generator_get_running(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return bool_value(generator_state(GENERATOR(self)) == GEN_RUNNING);
}
Value generator_get_suspended(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return bool_value(generator_state(GENERATOR(self)) == GEN_SUSPENDED);
}
Value generator_get_code(Thread *t UNUSED, Value self, void *closure UNUSED)
{
    return GENERATOR(self)->frame.code;
}
Value generator_get_yield_from(Thread *t, Value self, void *closure UNUSED)
{
    bool stopped = hold_resumers(t); /* who runs it could make another one of its delegate */
    Generator *g = GENERATOR(self);
    Value v = generator_state(g) == GEN_SUSPENDED ? value_load(&g->yield_from) : 0;
    if (v && value_is_generator_like(v)) {
        GENERATOR(v)->owned = false;
    }
    release_resumers(t, stopped);
    return v ? v : NONE;
}
Value generator_get_text(Thread *t UNUSED, Value self, void *closure)
{
    return value_load(closure ? &GENERATOR(self)->qualname : &GENERATOR(self)->name);
}
bool generator_set_text(Thread *t, Value self, Value v, void *closure)
{
    if (!v || !value_is_str(v)) {
        type_error(t, "%s must be set to a string object", closure ? "__qualname__" : "__name__");
        return false;
    }
    gc_store(value_object(self),
             closure ? &GENERATOR(self)->qualname : &GENERATOR(self)->name, v);
    return true;
}

static const GetSetDef generator_getset[] = {
    {"gi_frame", generator_get_frame, NULL, "Frame, None when finished.", NULL},
    {"gi_running", generator_get_running, NULL, "Is it executing?", NULL},
    {"gi_suspended", generator_get_suspended, NULL, "Does it stand at a yield?", NULL},
    {"gi_code", generator_get_code, NULL, "Code object.", NULL},
    {"gi_yieldfrom", generator_get_yield_from, NULL,
     "Iterator that `yield from` delegates to, or None.", NULL},
    {"__name__", generator_get_text, generator_set_text, "name of the generator", NULL},
    {"__qualname__", generator_get_text, generator_set_text, "qualified name of the generator",
     (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};
static const NativeDef generator_methods[] = {
    {"send(arg, /)", generator_send_method, "Resumes with a value; returns what is yielded next.",
     0},
    {"throw(type, value=None, traceback=None, /)", generator_throw_method,
     "Raises an exception at the yield.", 0},
    {"close()", generator_close_method, "Raises GeneratorExit at the yield.", 0},
    {NULL, NULL, NULL, 0},
};

static Value iter_generator(Thread *t UNUSED, Value self) { return self; }

Type generator_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "generator",
    .getattr = generic_getattr,
    .doc = "What a function with yield returns.",
    .size = sizeof(Generator),
    .item_size = sizeof(Value),
    .flags = TYPE_NO_INSTANTIATE,
    .weakrefable = true,
    .trace = generator_trace,
    .finalize_registered = generator_finalize,
    .repr = repr_generator,
    .iter = iter_generator,
    .next = generator_next,
    .each = generator_each,
    .send = generator_send_slot,
    .getset = generator_getset,
    .methods = generator_methods,
};

/* ---- an iterator that is finished with a value ---- */
typedef struct FinishedIter { Object head; Value value; } FinishedIter;

static void trace_finished(Object *o, Tracer *tr)
{
    trace_value(tr, ((FinishedIter *)o)->value);
}
static Value finished_send(Thread *t UNUSED, Value self, Value v UNUSED, bool *done)
{
    *done = true;
    return ((FinishedIter *)value_object(self))->value;
}

Type finished_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "finished_iterator",
    .size = sizeof(FinishedIter),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_finished,
    .send = finished_send,
};

Value finished_iter_new(Thread *t, Value v)
{
    FinishedIter *f = object_alloc(t, &finished_iter_type, sizeof *f);
    if (f) {
        gc_init(&f->value, v);
    }
    return object_value(f);
}
