/* Calls of everything but a Python function that takes exactly the arguments given: bound methods,
 * classes with a Python
 * __init__, callable instances and argument lists that need binding are pushed as frames; native
 * code is run. */
#include "core/object/keywords.h"
#include "core/object/list.h"
#include "core/object/native.h"
#include "core/object/slot.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

#define MANY_ARGS 32

static CallResult call_failed(void) { return (CallResult){0, NULL}; }
static CallResult call_done(Value v) { return (CallResult){v, NULL}; }

Value vm_recursion_error(Thread *t)
{
    recursion_error(t, "");
    return 0;
}

bool vm_c_stack_check(Thread *t)
{
    if (UNLIKELY((char *)__builtin_frame_address(0) < t->c_limit)) {
        return c_recursion_enter(t, " while calling a Python object"); /* false */
    }
    return true;
}

bool vm_stack_check(Thread *t, Value *base, size_t nregs)
{
    if (UNLIKELY(base + nregs > t->stack_end)) {
        vm_recursion_error(t);
        return false;
    }
    return true;
}

Value *vm_window_on_stack(Thread *t UNUSED, Value *base, const Value *args, size_t n)
{
    Value *window = generator_of(base)->stack_top + FRAME_HEADER;
    values_copy(window, args, n);
    return window;
}

static Value *start_frame(Thread *t, Value *window, Value callee, Code *code, uint64_t flags)
{
    frame_init(t, window, callee, code, flags);
    /* a module's code as a function: its names are globals */
    if (UNLIKELY(!(code->flags & CO_OPTIMIZED))) {
        frame_of(window)->ns = ((Function *)value_object(callee))->globals;
        frame_of(window)->flags |= FRAME_NS;
    }
    return window;
}

Value *vm_push_function(Thread *t, Value callee, const Value *args, size_t n, Value kwnames,
                        Value *window, uint64_t flags)
{
    Function *fn = (Function *)value_object(callee);
    Code *code = code_to_run(t, fn);
    if (!window) {
        window = vm_new_window(t);
    }
    if (!code || !vm_stack_check(t, window, code->nregs) ||
        !vm_bind(t, fn, code, window, args, n, kwnames, args + n)) {
        return NULL;
    }
    return start_frame(t, window, callee, code, flags);
}

Value *vm_push_keywords(Thread *t, Value callee, const Value *args, size_t n, InlineCache *ic,
                        Value *window, uint64_t flags)
{
    Function *fn = (Function *)value_object(callee);
    Code *code = code_to_run(t, fn);
    const KeywordCache *kc = (const KeywordCache *)cache_load(ic);
    if (!code) {
        return NULL;
    }
    if (code->flags & (CO_VARARGS | CO_VARKEYWORDS)) {
        return vm_push_function(t, callee, args, n, ic->name, window, flags);
    }
    if (!window) {
        window = vm_new_window(t);
    }
    if (!vm_stack_check(t, window, code->nregs)) {
        return NULL;
    }
    if (LIKELY(kc != NULL) &&
        LIKELY(vm_bind_cached(fn, code, window, args, n, tuple_len(ic->name), kc))) {
        return start_frame(t, window, callee, code, flags);
    }
    vm_keyword_cache_fill(t, ic, fn, code, n);
    return vm_push_function(t, callee, args, n, ic->name, window, flags);
}

/* The same with one more argument in front. */
static CallResult push_function_self(Thread *t, Value callee, Value self, const Value *args,
                                     size_t n, Value kwnames, Value *window, uint64_t flags)
{
    size_t total = n + (kwnames ? tuple_len(kwnames) : 0);
    if (!window) {
        window = vm_new_window(t);
    }
    if (!vm_stack_check(t, window, total + 1)) {
        return call_failed();
    }
    values_copy(window + 1, args, total);
    window[0] = self;
    return (CallResult){0, vm_push_function(t, callee, window, n + 1, kwnames, window, flags)};
}

/* Arrays of arguments are no longer than what is put into them: a callee may wait for long, and what
 * had been on the C stack in their place would stay alive. */
static NOINLINE CallResult call_with_self(Thread *t, Value callee, Value self, const Value *args,
                                          size_t n, Value kwnames)
{
    size_t total = n + (kwnames ? tuple_len(kwnames) : 0);
    if (total < MANY_ARGS) {
        Value all[total + 1];
        all[0] = self;
        values_copy(all + 1, args, total);
        return call_done(call(t, callee, all, n + 1, kwnames));
    }
    Value all = tuple_new(t, total + 1);
    if (!all) {
        return call_failed();
    }
    gc_store(value_object(all), &value_tuple(all)->items[0], self);
    values_copy(value_tuple(all)->items + 1, args, total);
    return call_done(call(t, callee, value_tuple(all)->items, n + 1, kwnames));
}

/* The Python function that is called, after the object was allocated by object.__new__, when class
 * cls is; or 0. */
static Value plain_init(Thread *t, Type *cls)
{
    if (cls->new != object_type.new || cls->init != generic_init || cls->flags & TYPE_ABSTRACT) {
        return 0;
    }
    Value init = type_lookup(t, cls, N(__init__));
    return init && type_of(init) == &function_type ? init : 0;
}

static CallResult call_class(Thread *t, Value callee, Value *args, size_t n, Value kwnames,
                             Value *window, uint64_t flags)
{
    bool usual = type_of(callee)->call == type_type.call;
    Value init = usual ? plain_init(t, value_type(callee)) : 0;
    if (!init) {
        return t->exc ? call_failed()
                      : call_done(usual ? type_call(t, callee, args, n, kwnames)
                                        : call(t, callee, args, n, kwnames));
    }
    Object *self = object_alloc_instance(t, value_type(callee), 0);
    if (!self) {
        return call_failed();
    }
    CallResult cr = push_function_self(t, init, object_value(self), args, n, kwnames, window,
                                       flags | FRAME_INIT);
    if (cr.base) {
        frame_of(cr.base)->ns = object_value(self);
    }
    return cr;
}

void vm_class_cache_fill(Thread *t, InlineCache *ic, Value callee)
{
    uint32_t version = type_version(value_type(callee));
    Value init = plain_init(t, value_type(callee));
    if (t->exc) {
        error_clear(t); /* the call meets it again */
    } else if (guard_id_lasts(version)) {
        vm_cache_init(t, ic, version, callee, init);
    }
}

/* May fn be called with the arguments where they are, in the innermost window?  Zeroes the absent
 * optional ones behind them. */
static inline bool args_fit(Thread *t, Signature *sig, Value *args, size_t n)
{
    if (UNLIKELY(atomic_load_explicit(&sig->state, memory_order_acquire) == 0) &&
        !signature_parse(t, sig)) {
        error_clear(t); /* the general way meets it again */
        return false;
    }
    if (n >= atomic_load_explicit(&sig->fit_end, memory_order_acquire) || /* 0 until published */
        n < (size_t)sig->nrequired) {
        return false;
    }
    if (n < (size_t)sig->nparams) {
        Value *base = t->base;
        Value *end =
            frame_of(base)->flags & FRAME_GEN ? base + generator_of(base)->nregs : frame_top(base);
        if (args + sig->nparams > end) {
            return false;
        }
        for (size_t i = n; i < (size_t)sig->nparams; i++) {
            args[i] = 0;
        }
    }
    return true;
}

Value vm_call_method_descr(Thread *t, Value callee, Value *args, size_t n)
{
    MethodDescr *d = (MethodDescr *)value_object(callee);
    if (LIKELY(n > 0) &&
        (type_of(args[0]) == d->owner || type_is_subtype(type_of(args[0]), d->owner))) {
        if (d->def->flags & NATIVE_RAW) {
            if (foreign_def(d->def)) {
                return foreign_def(d->def)->call_method(t, callee, args, n, 0);
            }
            return d->def->fn(t, args, n, 0);
        }
        Signature *sig = method_signature(d);
        if (args_fit(t, sig, args + 1, n - 1)) {
            return d->def->fn(t, args, (size_t)sig->nparams + 1, 0);
        }
    }
    return call(t, callee, args, n, 0);
}

/* A function that starts a collection: what the caller's window holds from args on is dead. */
static COLD Value call_collecting(Thread *t, NativeFunction *f, Value *args, size_t n)
{
    Signature *sig = native_signature_found(t, f);
    if (!sig) {
        return 0;
    }
    if (f->self || !args_fit(t, sig, args, n)) {
        return call(t, object_value(f), args, n, 0);
    }
    t->gc.scan_from = t->vm_entry; /* run_frames keeps nothing but the window over a call */
    memset(args - FRAME_HEADER, 0, FRAME_HEADER * sizeof(Value));
    vm_forget_above(t, args + sig->nparams);
    return f->def->fn(t, args, (size_t)sig->nparams, 0);
}

Value vm_call_native_function(Thread *t, Value callee, Value *args, size_t n)
{
    NativeFunction *f = (NativeFunction *)value_object(callee);
    Signature *sig = native_signature(f);
    if (UNLIKELY(f->def->flags & (NATIVE_RAW | NATIVE_COLLECTS))) {
        if (f->def->flags & NATIVE_FOREIGN) {
            return foreign_def(f->def)->call(t, callee, args, n, 0);
        }
        if (f->def->flags & NATIVE_COLLECTS) {
            return call_collecting(t, f, args, n);
        }
        if (!f->self) {
            return f->def->fn(t, args, n, 0);
        }
    } else if (LIKELY(args_fit(t, sig, args, n))) {
        if (!f->self) {
            return f->def->fn(t, args, (size_t)sig->nparams, 0);
        }
        args[-1] = f->self; /* the last header word of the frame that is not made */
        return f->def->fn(t, args - 1, (size_t)sig->nparams + 1, 0);
    }
    return call(t, callee, args, n, 0);
}

CallResult vm_call_any(Thread *t, Value callee, Value *args, size_t n, Value kwnames, Value *window,
                       uint64_t flags)
{
    Type *ty = type_of(callee);
    if (ty == &function_type) {
        return (CallResult){0, vm_push_function(t, callee, args, n, kwnames, window, flags)};
    }
    if (ty == &method_type) {
        BoundMethod *m = (BoundMethod *)value_object(callee);
        if (type_of(m->func) == &function_type) {
            return push_function_self(t, m->func, m->self, args, n, kwnames, window, flags);
        }
        return call_with_self(t, m->func, m->self, args, n, kwnames);
    }
    if (ty->flags & TYPE_TYPE) {
        return call_class(t, callee, args, n, kwnames, window, flags);
    }
    if (ty->call == generic_call) {
        Value f = type_lookup(t, ty, N(__call__));
        if (f && type_of(f) == &function_type) {
            return push_function_self(t, f, callee, args, n, kwnames, window, flags);
        }
    }
    return call_done(call(t, callee, args, n, kwnames));
}

/* The names and the values behind the positional ones in a flat tuple; false: MemoryError. */
static bool flatten_keywords(Thread *t, Value args, const DictEntries *from, Value *flat,
                             Value *kwnames)
{
    size_t n = tuple_len(args);
    *kwnames = tuple_new(t, from->live);
    *flat = *kwnames ? tuple_new(t, n + from->live) : 0;
    if (!*flat) {
        return false;
    }
    Value *items = value_tuple(*flat)->items;
    memcpy(items, value_tuple(args)->items, n * sizeof(Value));
    keywords_split(from, value_tuple(*kwnames)->items, items + n);
    gc_written(value_object(*kwnames));
    return true;
}

/* Calls a Python function with at most MANY_ARGS keywords. */
static NOINLINE CallResult push_with_keywords(Thread *t, Value fn, Value args,
                                              const DictEntries *from, uint64_t flags)
{
    Value keys[MANY_ARGS], values[MANY_ARGS];
    keywords_split(from, keys, values);
    Code *code = code_to_run(t, (Function *)value_object(fn));
    Value *window = vm_new_window(t);
    if (code && vm_stack_check(t, window, code->nregs) &&
        vm_bind_general(t, (Function *)value_object(fn), code, window, value_tuple(args)->items,
                        tuple_len(args), &(Keywords){keys, values, from->live})) {
        return (CallResult){0, start_frame(t, window, fn, code, flags)};
    }
    return call_failed();
}

/* The dict with the keywords; kwargs itself when it is one.  0: raised. */
static Value keyword_dict(Thread *t, Value callee, Value kwargs)
{
    if (LIKELY(value_is_dict_exact(kwargs))) {
        return kwargs;
    }
    Value dict = dict_new(t);
    return dict && vm_dict_merge(t, dict, kwargs, callee) ? dict : 0;
}

/* What stands behind * as a tuple; 0: raised. */
static Value star_tuple(Thread *t, Value callee, Value args)
{
    if (value_is_tuple_exact(args)) {
        return args;
    }
    if (!type_of(args)->iter && !value_is_sequence(args)) {
        Value text = vm_function_text(t, callee);
        return text ? type_error(t, "%U argument after * must be an iterable, not %T", text, args)
                    : 0;
    }
    return sequence_tuple(t, args);
}

/* Calls with the few items of a tuple. */
static NOINLINE CallResult call_copied(Thread *t, Value callee, Value args, uint64_t flags)
{
    size_t n = tuple_len(args);
    Value copy[n + 1];
    values_copy(copy, value_tuple(args)->items, n);
    return vm_call_any(t, callee, copy, n, 0, NULL, flags);
}

CallResult vm_call_ex(Thread *t, Value callee, Value args, Value kwargs, uint64_t flags)
{
    if ((kwargs && !(kwargs = keyword_dict(t, callee, kwargs))) ||
        !(args = star_tuple(t, callee, args))) {
        return call_failed();
    }
    size_t n = tuple_len(args);
    bool function = type_of(callee) == &function_type;
    Value kwnames = 0, flat = args;
    if (kwargs && dict_len(kwargs)) {
        DictEntries from;
        if (!keywords_at_once(t, callee, kwargs, &from)) {
            return call_failed();
        }
        if (function && from.live <= MANY_ARGS) {
            return push_with_keywords(t, callee, args, &from, flags);
        }
        if (from.live && !flatten_keywords(t, args, &from, &flat, &kwnames)) {
            return call_failed();
        }
    }
    if (!kwnames && function) {
        return (CallResult){
            0, vm_push_function(t, callee, value_tuple(args)->items, n, 0, NULL, flags)};
    }
    if (!kwnames && n <= MANY_ARGS) {
        return call_copied(t, callee, args, flags);
    }
    if (!kwnames && !(flat = n ? tuple_from(t, value_tuple(args)->items, n) : args)) {
        return call_failed();
    }
    return vm_call_any(t, callee, value_tuple(flat)->items, n, kwnames, NULL, flags);
}

/* What the RETURN_GENERATOR that the frame at base begins with would return. */
static Value generator_of_call(Thread *t, Value *base)
{
    t->base = base;
    frame_of(base)->pc++;
    Value g = generator_make(t, base);
    t->base = frame_of(base)->prev;
    return g;
}

Value function_call(Thread *t, Value callee, Value *args, size_t n, Value kwnames)
{
    assert(!error_pending(t));
    if (!vm_c_stack_check(t)) {
        return 0;
    }
    Value *base = kwnames ? NULL : vm_push_simple(t, callee, args, n, FRAME_ENTRY);
    if (LIKELY(base)) {
        if (UNLIKELY(frame_code_of(base)->flags & CO_ANY_GENERATOR) &&
            LIKELY(!thread_poll_bits(t))) {
            return generator_of_call(t, base);
        }
    } else if (!(base = vm_push_function(t, callee, args, n, kwnames, NULL, FRAME_ENTRY))) {
        return 0;
    }
    t->depth++;
    return vm_run(t, base);
}
