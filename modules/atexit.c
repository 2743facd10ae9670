/* The module atexit: functions to call when the interpreter ends, last registered first.
 * interp->atexit_list is a list of (function, args, kwargs or None) tuples; once there it stays. */
#include "core/base/atomics.h"
#include "core/object/dict.h"
#include "core/object/list.h"
#include "core/object/module.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

static Value callbacks(Thread *t)
{
    Value *slot = &t->interp->atexit_list, list = value_load(slot), first = 0;
    if (list == 0 && (list = list_new(t, 0)) != 0 && !cas_acq_rel(slot, &first, list)) {
        list = first;
    }
    return list;
}

static Value atexit_register(Thread *t, Value *args, size_t n, Value kwnames)
{
    if (n == 0) {
        return type_error(t, "register() takes at least 1 argument (0 given)");
    }
    if (!callable(args[0])) {
        return type_error(t, "the first argument must be callable");
    }
    Value list = callbacks(t), kwargs = NONE;
    if (kwnames != 0 && tuple_len(kwnames) > 0) {
        kwargs = dict_new(t);
        for (size_t i = 0; kwargs != 0 && i < tuple_len(kwnames); i++) {
            if (!dict_set(t, kwargs, tuple_get(kwnames, i), args[n + i])) {
                return 0;
            }
        }
    }
    Value positional = tuple_from(t, args + 1, n - 1);
    Value entry =
        kwargs != 0 && positional != 0 ? tuple_pack(t, 3, args[0], positional, kwargs) : 0;
    return list != 0 && entry != 0 && list_append(t, list, entry) ? args[0] : 0;
}

static Value atexit_run(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Value list = callbacks(t);
    while (list != 0 && list_len(list) > 0) {
        Value entry = call_method0(t, list, intern_cstr(t, "pop"));
        if (entry == 0) {
            return 0;
        }
        Value kwargs = tuple_get(entry, 2);
        if (call_tuple(t, tuple_get(entry, 0), tuple_get(entry, 1), is_none(kwargs) ? 0 : kwargs) ==
            0) {
            error_unraisable(t, "in atexit callback", tuple_get(entry, 0));
        }
    }
    return list != 0 ? NONE : 0;
}

static Value atexit_clear(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Value list = callbacks(t);
    return list != 0 && list_clear(t, list) ? NONE : 0;
}

static Value atexit_count(Thread *t, Value *args UNUSED, size_t n UNUSED, Value kw UNUSED)
{
    Value list = callbacks(t);
    return list != 0 ? fixnum((int64_t)list_len(list)) : 0;
}

static Value atexit_unregister(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Value list = callbacks(t), found = list != 0 ? list_to_tuple(t, list) : 0;
    for (size_t i = 0; found != 0 && i < tuple_len(found); i++) {
        Value entry = tuple_get(found, i);
        int same = object_compare_bool(t, tuple_get(entry, 0), args[0], CMP_EQ);
        if (same < 0) {
            return 0;
        }
        if (same && call_method1(t, list, intern_cstr(t, "remove"), entry) == 0 &&
            !error_clear_if(t, &exc_ValueError)) { /* ValueError: has been removed meanwhile */
            return 0;
        }
    }
    return found != 0 ? NONE : 0;
}

static const NativeDef functions[] = {
    {"register(func, /, *args, **kwargs)", atexit_register,
     "Register a function to be called at the end; return it.", NATIVE_RAW | NATIVE_KW},
    {"_clear()", atexit_clear, "Forget all registered functions.", 0},
    {"unregister(func, /)", atexit_unregister, "Forget a registered function.", 0},
    {"_run_exitfuncs()", atexit_run, "Call all registered functions.", 0},
    {"_ncallbacks()", atexit_count, "How many functions are registered.", 0},
    {NULL, NULL, NULL, 0},
};

const ModuleDef module_atexit = {"atexit", "Functions to be called when the interpreter ends.",
                                 functions, NULL};
