/* Raising, matching exceptions, with statements, the interactive display. */
#include "core/object/dict.h"
#include "core/object/exception_internal.h"
#include "core/object/slot.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

/* An exception instance from what stood behind `raise` or `from`; 0: TypeError pending. */
static Value instance_of(Thread *t, Value v, const char *message)
{
    if (value_is_exception(v)) {
        return v;
    }
    if (!value_is_exception_type(v)) {
        return type_error(t, "%s", message);
    }
    Type *type = value_type(v);
    if (LIKELY(type->new == exception_new) && LIKELY(type->init == exception_init) &&
        LIKELY(type_of(v)->call == type_type.call)) {
        return exception_new(t, type, NULL, 0, 0); /* there is nothing for __init__ to do */
    }
    Value exc = call0(t, v);
    if (exc && !value_is_exception(exc)) {
        return type_error(t, "calling %R should have returned an instance of BaseException, not %R",
                          v, object_value(type_of(exc)));
    }
    return exc;
}

static Value handled_exception(Thread *t)
{
    for (ExcInfo *e = t->exc_info; e; e = e->prev) {
        if (e->value) {
            return e->value;
        }
    }
    return 0;
}

bool vm_raise(Thread *t, Value exc, Value cause)
{
    if (!exc) {
        exc = handled_exception(t);
        if (!exc) {
            runtime_error(t, "No active exception to reraise");
            return true;
        }
        t->exc = exc;
        return false;
    }
    Value e = instance_of(t, exc, "exceptions must derive from BaseException");
    if (!e) {
        return true;
    }
    if (cause) {
        Value c = 0;
        if (!is_none(cause)) {
            c = instance_of(t, cause, "exception causes must derive from BaseException");
            if (!c) {
                return true;
            }
        }
        exception_set_cause(e, c);
    }
    raise_exception(t, e);
    return true;
}

static bool check_catchable(Thread *t, Value types, bool star)
{
    size_t n = value_is_tuple(types) ? tuple_len(types) : 1;
    for (size_t i = 0; i < n; i++) {
        Value ty = value_is_tuple(types) ? tuple_get(types, i) : types;
        if (!value_is_exception_type(ty)) {
            type_error(t, "catching classes that do not inherit from BaseException is not allowed");
            return false;
        }
        if (star && type_is_subtype(value_type(ty), &exc_BaseExceptionGroup)) {
            type_error(t,
                       "catching ExceptionGroup with except* is not allowed. Use except instead.");
            return false;
        }
    }
    return true;
}

Value vm_match_exc(Thread *t, Value exc, Value types)
{
    if (!check_catchable(t, types, false)) {
        return 0;
    }
    return bool_value(exception_matches(t, exc, types));
}

bool vm_match_exc_group(Thread *t, Value *exc, Value types, Value *match)
{
    if (!check_catchable(t, types, true)) {
        return false;
    }
    if (is_none(*exc)) {
        *match = NONE;
        return true;
    }
    Value rest = 0;
    if (!exception_group_match(t, *exc, types, match, &rest)) {
        return false;
    }
    *exc = rest;
    if (!is_none(*match)) {
        t->exc_info->value = *match;
    }
    return true;
}

bool vm_before_with(Thread *t, Value v, Value *out, bool async)
{
    const char *kind = async ? "asynchronous context manager" : "context manager";
    bool unbound;
    Value enter = special_method(t, v, async ? N(__aenter__) : N(__enter__), &unbound);
    if (!enter) {
        if (!t->exc) {
            type_error(t, "'%T' object does not support the %s protocol", v, kind);
        }
        return false;
    }
    Value exit = lookup_special(t, v, async ? N(__aexit__) : N(__exit__));
    if (!exit) {
        if (!t->exc) {
            type_error(t, "'%T' object does not support the %s protocol (missed %s method)", v,
                       kind, async ? "__aexit__" : "__exit__");
        }
        return false;
    }
    if (unbound && type_of(enter) == &function_type) {
        vm_push_special(t, enter, &v, 1, FRAME_ENTERS, exit);
        return false;
    }
    Value result = unbound ? call1(t, enter, v) : call0(t, enter);
    out[0] = exit;
    out[1] = result;
    return result != 0;
}

/* A method that starts a collection; the caller's register keeps it and its self. */
static Value exit_collecting(Thread *t, NativeFunction *f)
{
    Value args[] = {f->self, NONE, NONE, NONE};
    t->gc.scan_from = t->vm_entry; /* run_frames keeps nothing but its window */
    vm_forget_above(t, t->base + frame_code_of(t->base)->nregs);
    return f->def->fn(t, args, 4, 0);
}

static bool is_collecting(Value exit)
{
    const uint32_t flags = NATIVE_RAW | NATIVE_COLLECTS;
    if (type_of(exit) != &native_function_type) {
        return false;
    }
    NativeFunction *f = (NativeFunction *)value_object(exit);
    return f->self && f->def && (f->def->flags & flags) == flags;
}

Value vm_with_exit(Thread *t, Value exit, Value exc)
{
    if (!exc && is_collecting(exit)) {
        return exit_collecting(t, (NativeFunction *)value_object(exit));
    }
    Value tb = exc ? exception_traceback(exc) : 0, class = exc ? object_value(type_of(exc)) : NONE;
    Value args[] = {class, exc ? exc : NONE, tb ? tb : NONE};
    CallResult cr = vm_call_any(t, exit, args, 3, 0, NULL, 0);
    t->pushed = cr.base;
    return cr.value;
}

bool vm_print_expr(Thread *t, Value v)
{
    Value hook = dict_get_str(t->interp->sys_dict, N(displayhook));
    if (!hook) {
        runtime_error(t, "lost sys.displayhook");
        return false;
    }
    return call1(t, hook, v) != 0;
}
