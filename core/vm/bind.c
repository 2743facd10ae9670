/* Binding the arguments of a call to a Python function's parameters.
 *
 * Parameters come in this order in varnames and in the window: positional (posonly first), keyword-only, *args, **kw.
 * The collector does not see a window that is not running yet: what is allocated here stays in C variables until all
 * allocation is done, everything else is held by the caller.
 */
#include <stdio.h>

#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/list.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/vm_internal.h"

uint32_t code_call_shape(Code *code)
{
    uint32_t shape = atomic_load_explicit(&code->call_shape, memory_order_relaxed);
    if (!shape) {
        bool simple = (code->flags & (CO_VARARGS | CO_VARKEYWORDS | CO_OPTIMIZED)) == CO_OPTIMIZED &&
                      code->kwonlyargcount == 0;
        shape = simple && code->argcount < 0xfffe ? code->argcount + 1u : 0xffff;
        atomic_store_explicit(&code->call_shape, shape, memory_order_relaxed);
    }
    return shape;
}

/* "'a'", "'a' and 'b'", "'a', 'b', and 'c'" of a list of names. */
static Value names_text(Thread *t, Value list)
{
    StrBuilder b;
    sb_init(&b, t);
    size_t n = list_len(list);
    for (size_t i = 0; i < n; i++) {
        const char *before = i == 0 ? "" : i + 1 < n ? ", " : n == 2 ? " and " : ", and ";
        sb_cstr(&b, before);
        sb_format(&b, "%R", list_get(list, i));
    }
    return sb_finish(&b);
}

static void missing_error(Thread *t, Function *fn, Value list, const char *kind)
{
    size_t n = list_len(list);
    Value text = names_text(t, list);
    if (text) {
        type_error(t, "%U() missing %zu required %s argument%s: %U", fn->qualname, n, kind, n == 1 ? "" : "s", text);
    }
}

static void too_many_error(Thread *t, Function *fn, Code *code, size_t given, const Value *window)
{
    Value defaults = value_load_acquire(&fn->defaults);
    size_t ndefaults = defaults ? tuple_len(defaults) : 0, kwonly_given = 0;
    for (size_t i = 0; i < code->kwonlyargcount; i++) {
        kwonly_given += window[code->argcount + i] != 0;
    }
    char takes[64], extra[96] = "";
    bool plural = code->argcount != 1;
    if (ndefaults) {
        snprintf(takes, sizeof takes, "from %zu to %u", code->argcount - ndefaults, (unsigned)code->argcount);
        plural = true;
    } else {
        snprintf(takes, sizeof takes, "%u", (unsigned)code->argcount);
    }
    if (kwonly_given) {
        snprintf(extra, sizeof extra, " positional argument%s (and %zu keyword-only argument%s)",
                 given != 1 ? "s" : "", kwonly_given, kwonly_given != 1 ? "s" : "");
    }
    type_error(t, "%U() takes %s positional argument%s but %zu%s %s given", fn->qualname, takes, plural ? "s" : "",
               given, extra, given == 1 && !kwonly_given ? "was" : "were");
}

/* Names in kwnames that stand for positional-only parameters; raises when there are some. */
static bool posonly_as_keyword(Thread *t, Function *fn, Code *code, Value kwnames)
{
    Value list = list_new(t, 0);
    for (size_t i = 0; list && i < code->posonlyargcount; i++) {
        Value name = tuple_get(code->varnames, i);
        for (size_t j = 0; j < tuple_len(kwnames); j++) {
            if (str_eq(name, tuple_get(kwnames, j)) && !list_append(t, list, name)) {
                return true;
            }
        }
    }
    if (!list || list_len(list) == 0) {
        return !list;
    }
    Value comma = str_from_cstr(t, ", ");
    Value text = comma ? str_join(t, comma, list) : 0;
    if (text) {
        type_error(t, "%U() got some positional-only arguments passed as keyword arguments: '%U'", fn->qualname, text);
    }
    return true;
}

/* Index of the parameter that keyword `name` means, -1: none. */
static int find_parameter(Code *code, Value name)
{
    int total = code->argcount + code->kwonlyargcount;
    const Value *names_ = value_tuple(code->varnames)->items;
    for (int i = code->posonlyargcount; i < total; i++) {
        if (names_[i] == name) {
            return i;
        }
    }
    for (int i = code->posonlyargcount; i < total; i++) {
        if (str_eq(names_[i], name)) {
            return i;
        }
    }
    return -1;
}

static bool bind_keywords(Thread *t, Function *fn, Code *code, Value *window, Value kwnames, const Value *values,
                          Value kwdict)
{
    for (size_t j = 0; j < tuple_len(kwnames); j++) {
        Value name = tuple_get(kwnames, j);
        if (!value_is_str(name)) {
            type_error(t, "%U() keywords must be strings", fn->qualname);
            return false;
        }
        int i = find_parameter(code, name);
        if (i < 0) {
            if (kwdict) {
                if (!dict_set(t, kwdict, name, values[j])) {
                    return false;
                }
                continue;
            }
            if (!posonly_as_keyword(t, fn, code, kwnames)) {
                type_error(t, "%U() got an unexpected keyword argument '%U'", fn->qualname, name);
            }
            return false;
        }
        if (window[i]) {
            type_error(t, "%U() got multiple values for argument '%U'", fn->qualname, name);
            return false;
        }
        window[i] = values[j];
    }
    return true;
}

static bool bind_defaults(Thread *t, Function *fn, Code *code, Value *window, size_t n)
{
    Value defaults = value_load_acquire(&fn->defaults), kwdefaults = value_load_acquire(&fn->kwdefaults);
    size_t argcount = code->argcount, ndefaults = defaults ? tuple_len(defaults) : 0;
    size_t required = ndefaults < argcount ? argcount - ndefaults : 0;
    Value missing = 0;
    for (size_t i = n; i < argcount; i++) {
        if (window[i]) {
            continue;
        }
        if (i >= required) {
            window[i] = tuple_get(defaults, i - (argcount - ndefaults));
        } else if ((!missing && !(missing = list_new(t, 0))) ||
                   !list_append(t, missing, tuple_get(code->varnames, i))) {
            return false;
        }
    }
    if (missing) {
        missing_error(t, fn, missing, "positional");
        return false;
    }
    for (size_t i = argcount; i < argcount + code->kwonlyargcount; i++) {
        if (window[i]) {
            continue;
        }
        Value name = tuple_get(code->varnames, i);
        if (kwdefaults) {
            window[i] = dict_get(t, kwdefaults, name);
        }
        if (!window[i]) {
            if (t->exc || (!missing && !(missing = list_new(t, 0))) || !list_append(t, missing, name)) {
                return false;
            }
        }
    }
    if (missing) {
        missing_error(t, fn, missing, "keyword-only");
    }
    return !missing;
}

static bool bind_general(Thread *t, Function *fn, Code *code, Value *window, const Value *args, size_t n,
                         Value kwnames, const Value *kwvalues)
{
    size_t argcount = code->argcount, named = argcount + code->kwonlyargcount;
    size_t npos = n < argcount ? n : argcount;
    Value rest = 0, kwdict = 0;
    if (code->flags & CO_VARARGS && !(rest = tuple_from(t, args + npos, n - npos))) {
        return false;
    }
    if (code->flags & CO_VARKEYWORDS && !(kwdict = dict_new(t))) {
        return false;
    }
    values_copy(window, args, npos);
    for (size_t i = npos; i < code->nlocals; i++) {
        window[i] = 0;
    }
    if (kwnames && !bind_keywords(t, fn, code, window, kwnames, kwvalues, kwdict)) {
        return false;
    }
    if (n > argcount && !rest) {
        too_many_error(t, fn, code, n, window);
        return false;
    }
    if (!bind_defaults(t, fn, code, window, npos)) {
        return false;
    }
    if (rest) {
        window[named++] = rest;
    }
    if (kwdict) {
        window[named] = kwdict;
    }
    return true;
}

bool vm_bind(Thread *t, Function *fn, Code *code, Value *window, const Value *args, size_t n, Value kwnames,
             const Value *kwvalues)
{
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    if (nkw == 0) {
        if (code_call_shape(code) == n + 1) {
            values_copy(window, args, n);
            for (size_t i = n; i < code->nlocals; i++) {
                window[i] = 0;
            }
            return true;
        }
        return bind_general(t, fn, code, window, args, n, 0, NULL);
    }
    if (nkw <= 32) { /* the values may lie where parameters are going to be */
        Value values[32];
        memcpy(values, kwvalues, nkw * sizeof(Value));
        return bind_general(t, fn, code, window, args, n, kwnames, values);
    }
    Value values = tuple_from(t, kwvalues, nkw);
    return values && bind_general(t, fn, code, window, args, n, kwnames, value_tuple(values)->items);
}
