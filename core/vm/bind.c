/* Binding the arguments of a call to a Python function's parameters.
 *
 * Parameters come in this order in varnames and in the window: positional (posonly first),
 * keyword-only, *args, **kw. The collector does not see a window that is not running yet: what is
 * allocated here stays in C variables until all allocation is done, everything else is held by the
 * caller.
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
    if (!shape && !code->is_template &&
        !atomic_load_explicit(&code->unread, memory_order_acquire)) {
        bool simple =
            (code->flags & (CO_VARARGS | CO_VARKEYWORDS | CO_OPTIMIZED)) == CO_OPTIMIZED &&
            code->kwonlyargcount == 0;
        shape = simple && code->argcount < 0xfffe ? code->argcount + 1u : 0xffff;
        atomic_store_explicit(&code->call_shape, shape, memory_order_release);
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
        type_error(t, "%U() missing %zu required %s argument%s: %U", function_qualname(fn), n, kind,
                   n == 1 ? "" : "s", text);
    }
}

static void too_many_error(Thread *t, Function *fn, Code *code, size_t given, const Value *window)
{
    Value defaults = value_load(&fn->defaults);
    size_t ndefaults = defaults ? tuple_len(defaults) : 0, kwonly_given = 0;
    for (size_t i = 0; i < code->kwonlyargcount; i++) {
        kwonly_given += window[code->argcount + i] != 0;
    }
    char takes[64], extra[96] = "";
    bool plural = code->argcount != 1;
    if (ndefaults) {
        snprintf(takes, sizeof takes, "from %zu to %u", code->argcount - ndefaults,
                 (unsigned)code->argcount);
        plural = true;
    } else {
        snprintf(takes, sizeof takes, "%u", (unsigned)code->argcount);
    }
    if (kwonly_given) {
        snprintf(extra, sizeof extra, " positional argument%s (and %zu keyword-only argument%s)",
                 given != 1 ? "s" : "", kwonly_given, kwonly_given != 1 ? "s" : "");
    }
    type_error(t, "%U() takes %s positional argument%s but %zu%s %s given",
               function_qualname(fn), takes, plural ? "s" : "", given, extra,
               given == 1 && !kwonly_given ? "was" : "were");
}

/* Keywords that stand for positional-only parameters; raises when there are some. */
static bool posonly_as_keyword(Thread *t, Function *fn, Code *code, const Keywords *kw)
{
    Value list = list_new(t, 0);
    for (size_t i = 0; list && i < code->posonlyargcount; i++) {
        Value name = tuple_get(code->varnames, i);
        for (size_t j = 0; j < kw->n; j++) {
            if (str_eq(name, kw->names[j]) && !list_append(t, list, name)) {
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
        type_error(t, "%U() got some positional-only arguments passed as keyword arguments: '%U'",
                   function_qualname(fn), text);
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

static bool bind_keywords(Thread *t, Function *fn, Code *code, Value *window, const Keywords *kw,
                          Value kwdict)
{
    for (size_t j = 0; j < kw->n; j++) {
        Value name = kw->names[j];
        if (!value_is_str(name)) {
            type_error(t, "%U() keywords must be strings", function_qualname(fn));
            return false;
        }
        int i = find_parameter(code, name);
        if (i < 0) {
            if (kwdict) {
                if (!dict_set(t, kwdict, name, kw->values[j])) {
                    return false;
                }
                continue;
            }
            if (!posonly_as_keyword(t, fn, code, kw)) {
                type_error(t, "%U() got an unexpected keyword argument '%U'",
                           function_qualname(fn), name);
            }
            return false;
        }
        if (window[i]) {
            type_error(t, "%U() got multiple values for argument '%U'", function_qualname(fn),
                       name);
            return false;
        }
        window[i] = kw->values[j];
    }
    return true;
}

static bool bind_defaults(Thread *t, Function *fn, Code *code, Value *window, size_t n)
{
    Value defaults = value_load(&fn->defaults),
          kwdefaults = value_load(&fn->kwdefaults);
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
            if (t->exc || (!missing && !(missing = list_new(t, 0))) ||
                !list_append(t, missing, name)) {
                return false;
            }
        }
    }
    if (missing) {
        missing_error(t, fn, missing, "keyword-only");
    }
    return !missing;
}

bool vm_bind_general(Thread *t, Function *fn, Code *code, Value *window, const Value *args,
                     size_t n, const Keywords *kw)
{
    size_t argcount = code->argcount, named = argcount + code->kwonlyargcount;
    size_t npos = n < argcount ? n : argcount;
    Value rest = 0, kwdict = 0;
    if (code->flags & CO_VARARGS && !(rest = tuple_from(t, args + npos, n - npos))) {
        return false;
    }
    if (code->flags & CO_VARKEYWORDS && !(kwdict = dict_new_sized(t, kw ? kw->n : 0))) {
        return false;
    }
    values_copy(window, args, npos);
    locals_clear(window, npos, code->nlocals);
    if (kw && !bind_keywords(t, fn, code, window, kw, kwdict)) {
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

/* ---- the usual cases, without allocation but for the tuple of *args ---- */

/* f(a, b=1, *, c=2) called with positional arguments; false: not done, args are untouched, be they
 * in the window. */
static inline bool bind_positional(Function *fn, Code *code, Value *window, const Value *args,
                                   size_t n)
{
    size_t argcount = code->argcount, i = n;
    if (n > argcount) {
        return false;
    }
    if (n < argcount) {
        Value defaults = value_load(&fn->defaults);
        size_t ndefaults = defaults ? tuple_len(defaults) : 0;
        if (n + ndefaults < argcount) {
            return false;
        }
        values_copy(window, args, n);
        const Value *from = value_tuple(defaults)->items + ndefaults - argcount;
        for (; i < argcount; i++) {
            window[i] = from[i];
        }
    } else {
        values_copy(window, args, n);
    }
    for (size_t named = argcount + code->kwonlyargcount; UNLIKELY(i < named); i++) {
        Value kwdefaults = value_load(&fn->kwdefaults);
        Value v = kwdefaults ? dict_get_str(kwdefaults, tuple_get(code->varnames, i)) : 0;
        if (!v) {
            return false;
        }
        window[i] = v;
    }
    locals_clear(window, i, code->nlocals);
    return true;
}

/* Where each keyword goes, by identity of the names; *bound: bit per parameter that has a value.
 * false: a name is unknown, differs from its parameter's name or stands for a parameter that has a
 * value. */
static bool place_keywords(Code *code, Value kwnames, uint8_t *place, uint32_t *bound)
{
    const Value *params = value_tuple(code->varnames)->items, *given = value_tuple(kwnames)->items;
    size_t named = (size_t)code->argcount + code->kwonlyargcount, nkw = tuple_len(kwnames);
    for (size_t j = 0; j < nkw; j++) {
        size_t i = code->posonlyargcount;
        while (i < named && params[i] != given[j]) {
            i++;
        }
        if (i == named || *bound >> i & 1) {
            return false;
        }
        *bound |= 1u << i;
        place[j] = (uint8_t)i;
    }
    return true;
}

#define KEYWORD_MISS_LIMIT 24 /* a site that calls ever new functions keeps its last record */

static void trace_keyword_cache(Object *o, Tracer *tr)
{
    trace_object(tr, ((KeywordCache *)o)->code);
}

Type keyword_cache_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "keyword_cache",
    .size = sizeof(KeywordCache),
    .flags = TYPE_NO_INSTANTIATE,
    .trace = trace_keyword_cache,
};

/* Fills *kc for calls without *args and **kw in the signature, nothing missing or superfluous. */
static bool plan_keywords(Function *fn, Code *code, size_t n, Value kwnames, KeywordCache *kc)
{
    size_t argcount = code->argcount, nkw = kwnames ? tuple_len(kwnames) : 0;
    if (code->flags & (CO_VARARGS | CO_VARKEYWORDS) || n > argcount || nkw > PLAIN_KEYWORDS ||
        argcount + code->kwonlyargcount >= PLAIN_PARAMETERS ||
        code->kwonlyargcount > PLAIN_KEYWORDS) {
        return false;
    }
    uint32_t bound = (1u << n) - 1;
    if (nkw && !place_keywords(code, kwnames, kc->place, &bound)) {
        return false;
    }
    Value defaults = value_load(&fn->defaults);
    size_t ndefaults = defaults ? tuple_len(defaults) : 0;
    uint32_t required = ndefaults < argcount ? (1u << (argcount - ndefaults)) - 1 : 0;
    kc->code = code;
    kc->n = (uint16_t)n;
    kc->ndefaults = (uint16_t)ndefaults;
    kc->bound = bound;
    kc->in_order = n + nkw == argcount && code->kwonlyargcount == 0;
    for (size_t j = 0; j < nkw; j++) {
        kc->in_order &= kc->place[j] == n + j;
    }
    return ndefaults <= UINT16_MAX && (bound & required) == required;
}

void vm_keyword_cache_fill(Thread *t, InlineCache *ic, Function *fn, Code *code, size_t n)
{
    KeywordCache plan;
    const KeywordCache *old =
        (const KeywordCache *)atomic_load_explicit(&ic->word, memory_order_acquire);
    plan.misses = old ? old->misses + 1u : 1;
    if (plan.misses > KEYWORD_MISS_LIMIT || !plan_keywords(fn, code, n, ic->name, &plan)) {
        return;
    }
    KeywordCache *kc = object_alloc(t, &keyword_cache_type, sizeof *kc);
    if (!kc) {
        error_clear(t);
        return;
    }
    plan.head = kc->head;
    *kc = plan;
    /* pairs with cache_load */
    atomic_store_explicit(&ic->word, object_value(kc), memory_order_release);
    vm_cache_written(t, ic, object_value(kc));
}

bool vm_bind_cached(Function *fn, Code *code, Value *window, const Value *args, size_t n,
                    size_t nkw, const KeywordCache *kc)
{
    Value values[PLAIN_KEYWORDS], late[PLAIN_KEYWORDS];
    Value defaults = value_load(&fn->defaults);
    size_t ndefaults = defaults ? tuple_len(defaults) : 0, argcount = code->argcount, i = n;
    if (kc->code != code || kc->n != n || kc->ndefaults != ndefaults) {
        return false;
    }
    for (size_t j = 0; UNLIKELY(j < code->kwonlyargcount); j++) {
        late[j] = 0;
        if (!(kc->bound >> (argcount + j) & 1)) {
            Value kwdefaults = value_load(&fn->kwdefaults);
            late[j] =
                kwdefaults ? dict_get_str(kwdefaults, tuple_get(code->varnames, argcount + j)) : 0;
            if (!late[j]) {
                return false;
            }
        }
    }
    for (size_t j = 0; j < nkw; j++) {
        values[j] = args[n + j];
    }
    values_copy(window, args, n);
    for (; i < argcount; i++) {
        window[i] = kc->bound >> i & 1 ? 0 : tuple_get(defaults, i + ndefaults - argcount);
    }
    for (size_t j = 0; j < code->kwonlyargcount; j++) {
        window[i++] = late[j];
    }
    locals_clear(window, i, code->nlocals);
    for (size_t j = 0; j < nkw; j++) {
        window[kc->place[j]] = values[j];
    }
    return true;
}

/* f(a, b, *rest) called with positional arguments; false: not done or raised. */
static bool bind_rest(Thread *t, Code *code, Value *window, const Value *args, size_t n)
{
    size_t argcount = code->argcount;
    Value rest = tuple_from(t, args + argcount, n - argcount);
    if (!rest) {
        return false;
    }
    values_copy(window, args, argcount);
    window[argcount] = rest;
    locals_clear(window, argcount + 1, code->nlocals);
    return true;
}

bool vm_bind(Thread *t, Function *fn, Code *code, Value *window, const Value *args, size_t n,
             Value kwnames, const Value *kwvalues)
{
    size_t nkw = kwnames ? tuple_len(kwnames) : 0;
    KeywordCache plan;
    if (!(code->flags & (CO_VARARGS | CO_VARKEYWORDS))) {
        if ((nkw == 0 && LIKELY(bind_positional(fn, code, window, args, n))) ||
            (kwvalues == args + n && plan_keywords(fn, code, n, kwnames, &plan) &&
             vm_bind_cached(fn, code, window, args, n, nkw, &plan))) {
            return true;
        }
    } else if (nkw == 0 && !(code->flags & CO_VARKEYWORDS) && code->kwonlyargcount == 0 &&
               n >= code->argcount) {
        return bind_rest(t, code, window, args, n);
    }
    if (nkw == 0) {
        return vm_bind_general(t, fn, code, window, args, n, NULL);
    }
    Value few[32], *values = few; /* the values may lie where parameters are going to be */
    if (nkw > ARRAY_SIZE(few)) {
        Value tuple = tuple_from(t, kwvalues, nkw);
        if (!tuple) {
            return false;
        }
        values = value_tuple(tuple)->items;
    } else {
        values_copy(few, kwvalues, nkw);
    }
    return vm_bind_general(t, fn, code, window, args, n,
                           &(Keywords){value_tuple(kwnames)->items, values, nkw});
}
