/* Raising: builds exception instances from C, chains contexts, tests what is pending. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/object/exception_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

Value raise_value(Thread *t, Type *exc, Value arg)
{
    Value e = arg && value_is_object(arg) && value_is_tuple_exact(arg)
                  ? call(t, object_value(exc), value_tuple(arg)->items, tuple_len(arg), 0)
                  : call(t, object_value(exc), &arg, 1, 0);
    return raise_exception(t, e);
}

Value raise_none(Thread *t, Type *exc)
{
    Value e = call(t, object_value(exc), NULL, 0, 0);
    return raise_exception(t, e);
}

static Value raise_va(Thread *t, Type *exc, const char *fmt, va_list ap)
{
    Value pending = error_take(t); /* formatting must not see it */
    Value msg = str_vformat(t, fmt, ap);
    (void)pending;
    return msg ? raise_value(t, exc, msg) : 0;
}

Value raise_error(Thread *t, Type *exc, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    raise_va(t, exc, fmt, ap);
    va_end(ap);
    return 0;
}

#define RAISER(name, exc)                          \
    Value name(Thread *t, const char *fmt, ...)    \
    {                                              \
        va_list ap;                                \
        va_start(ap, fmt);                         \
        raise_va(t, &exc_##exc, fmt, ap);          \
        va_end(ap);                                \
        return 0;                                  \
    }
RAISER(type_error, TypeError)
RAISER(value_error, ValueError)
RAISER(index_error, IndexError)
RAISER(overflow_error, OverflowError)
RAISER(runtime_error, RuntimeError)
RAISER(system_error, SystemError)

/* Makes `handled` the context of e, cutting the chain where it would close a cycle. */
static void set_context(Value e, Value handled)
{
    Value slow = handled, o = handled;
    bool step = false;
    while (o) {
        Value next = exception_context(o);
        if (next == e) {
            exception_set_context(o, 0);
            break;
        }
        o = next;
        if (o == slow) {
            break; /* an old cycle that does not contain e */
        }
        if (step && slow) { /* 0: another thread has cut the chain */
            slow = exception_context(slow);
        }
        step = !step;
    }
    exception_set_context(e, handled);
}

Value raise_exception(Thread *t, Value e)
{
    if (UNLIKELY(e == 0)) {
        return 0;
    }
    if (UNLIKELY(!value_is_exception(e))) { /* a class of Python's may have made anything */
        return type_error(
            t, "calling an exception class should have returned an instance of BaseException, "
               "not %R", object_value(type_of(e)));
    }
    Value handled = 0;
    for (ExcInfo *info = t->exc_info; info && !handled; info = info->prev) {
        handled = info->value;
    }
    if (handled && is_none(handled)) {
        handled = 0;
    }
    if (handled && handled != e) {
        set_context(e, handled);
    }
    t->exc = e;
    return 0;
}

Value raise_from(Thread *t, Type *exc, const char *fmt, ...)
{
    Value cause = error_take(t);
    va_list ap;
    va_start(ap, fmt);
    raise_va(t, exc, fmt, ap);
    va_end(ap);
    if (cause && t->exc && t->exc != cause) {
        exception_set_context(t->exc, cause);
        exception_set_cause(t->exc, cause);
    }
    return 0;
}

Value raise_errno(Thread *t, Type *exc, int err, Value filename)
{
    Value args[3] = {fixnum(err), str_from_cstr(t, strerror(err)), filename};
    if (!args[1]) {
        return 0;
    }
    Value e = call(t, object_value(exc ? exc : &exc_OSError), args,
                   filename && !is_none(filename) ? 3 : 2, 0);
    return raise_exception(t, e);
}

Value raise_errno2(Thread *t, int err, Value filename, Value filename2)
{
    if (!filename2) {
        return raise_errno(t, &exc_OSError, err, filename);
    }
    Value args[5] = {fixnum(err), str_from_cstr(t, strerror(err)), filename ? filename : NONE, NONE,
                     filename2};
    Value e = args[1] ? call(t, object_value(&exc_OSError), args, 5, 0) : 0;
    return raise_exception(t, e);
}

/* Raised when there is no memory for a new instance. */
static Value memory_error_spare;

bool memory_error_init(Thread *t)
{
    gc_add_root(&memory_error_spare);
    memory_error_spare = call(t, object_value(&exc_MemoryError), NULL, 0, 0);
    return memory_error_spare != 0;
}

Value raise_memory(Thread *t)
{
    static __thread bool making;
    Value e = 0;
    if (UNLIKELY(!runtime.main_interp)) { /* names and types are being made: nothing works yet */
        fputs("Fatal Typhon error: out of memory at start\n", stderr);
        exit(1);
    }
    if (!making) { /* most failures are of one large block: there is room for an exception */
        making = true;
        error_clear(t);
        e = call(t, object_value(&exc_MemoryError), NULL, 0, 0);
        making = false;
    }
    return raise_exception(t, e ? e : memory_error_spare);
}

Value raise_not_implemented(Thread *t, const char *what)
{
    return raise(t, &exc_NotImplementedError, "%s", what);
}

Value key_error(Thread *t, Value key)
{
    /* a tuple is one key, not the arguments */
    Value e = call(t, object_value(&exc_KeyError), &key, 1, 0);
    return raise_exception(t, e);
}

Value attribute_error(Thread *t, Value obj, Value name)
{
    if (value_is_type(obj)) {
        raise(t, &exc_AttributeError, "type object '%N' has no attribute '%U'", value_type(obj),
              name);
    } else {
        raise(t, &exc_AttributeError, "'%T' object has no attribute '%U'", obj, name);
    }
    if (t->exc && type_of(t->exc) == &exc_AttributeError) {
        AttributeErrorExc *e = (AttributeErrorExc *)value_object(t->exc);
        gc_store(e, &e->obj, obj);
        gc_store(e, &e->name, name);
    }
    return 0;
}

Value stop_iteration(Thread *t, Value value)
{
    if (!value) {
        return raise_none(t, &exc_StopIteration);
    }
    Value e = call(t, object_value(&exc_StopIteration), &value, 1, 0);
    return raise_exception(t, e);
}

bool error_matches(Thread *t, Type *exc)
{
    return t->exc && value_isa(t->exc, exc);
}

bool error_clear_if(Thread *t, Type *exc)
{
    if (!error_matches(t, exc)) {
        return false;
    }
    error_clear(t);
    return true;
}

bool exception_matches(Thread *t, Value exc, Value types)
{
    if (value_is_tuple(types)) {
        for (size_t i = 0; i < tuple_len(types); i++) {
            if (exception_matches(t, exc, tuple_get(types, i))) {
                return true;
            }
        }
        return false;
    }
    Type *type = value_is_exception(exc)        ? type_of(exc)
                 : value_is_exception_type(exc) ? value_type(exc)
                                                : NULL;
    return type && value_is_exception_type(types) ? type_is_subtype(type, value_type(types))
                                                  : exc == types;
}

void error_unraisable(Thread *t, const char *where, Value obj)
{
    if (runtime.print_unraisable) {
        runtime.print_unraisable(t, where, obj);
    }
    error_clear(t);
}

bool warn(Thread *t, Type *category, int stack_level, const char *fmt, ...)
{
    if (!runtime.warn) {
        return true;
    }
    va_list ap;
    va_start(ap, fmt);
    Value msg = str_vformat(t, fmt, ap);
    va_end(ap);
    return msg && runtime.warn(t, category, msg, 0, stack_level);
}

bool warn_unclosed(Thread *t, Value source, const char *fmt, ...)
{
    if (!runtime.warn) {
        return true;
    }
    va_list ap;
    va_start(ap, fmt);
    Value msg = str_vformat(t, fmt, ap);
    va_end(ap);
    return msg && runtime.warn(t, &exc_ResourceWarning, msg, source, 1);
}
