/* Calling: any callable with a vector of arguments, methods without building bound methods. */
#include "core/object/dict.h"
#include "core/object/instance.h"
#include "core/object/keywords.h"
#include "core/object/native.h"
#include "core/object/str_internal.h"
#include "core/object/tuple.h"
#include "core/object/upward.h"

enum { SMALL_CALL = 8 };

void recursion_error(Thread *t, const char *where)
{
    int depth = t->depth, c_depth = t->c_depth;
    char *limit = t->c_limit;
    t->depth = t->c_depth = 0; /* the exception needs some calls itself */
    t->c_limit -= C_STACK_ERROR;
    raise(t, &exc_RecursionError, "maximum recursion depth exceeded%s", where);
    t->depth = depth;
    t->c_depth = c_depth;
    t->c_limit = limit;
}

bool tree_recursion_enter(Thread *t, const char *where)
{
    char here;
    if (UNLIKELY(&here < t->c_limit ||
                 (t->interp &&
                  t->c_depth + t->tree_depth / TREE_DEPTH >= t->interp->recursion_limit))) {
        recursion_error(t, where);
        return false;
    }
    t->tree_depth++;
    return true;
}

bool c_recursion_enter(Thread *t, const char *where)
{
    if (UNLIKELY((char *)__builtin_frame_address(0) < t->c_limit) ||
        UNLIKELY(t->interp && t->c_depth >= t->interp->recursion_limit)) {
        recursion_error(t, where);
        return false;
    }
    t->c_depth++;
    return true;
}

Value call(Thread *t, Value f, const Value *args, size_t n, Value kwnames)
{
    CallFn fn = type_of(f)->call;
    if (UNLIKELY(!fn)) {
        return type_error(t, "'%T' object is not callable", f);
    }
    if (fn == function_type.call) { /* counts its depth itself */
        return fn(t, f, (Value *)args, n, kwnames);
    }
    if (UNLIKELY(!c_recursion_enter(t, " while calling a Python object"))) {
        return 0;
    }
    Value result = fn(t, f, (Value *)args, n, kwnames);
    c_recursion_leave(t);
    assert(!result || !t->exc);
    return result;
}

Value call0(Thread *t, Value f)
{
    return call(t, f, NULL, 0, 0);
}

Value call1(Thread *t, Value f, Value a)
{
    return call(t, f, &a, 1, 0);
}

Value call2(Thread *t, Value f, Value a, Value b)
{
    Value args[2] = {a, b};
    return call(t, f, args, 2, 0);
}

Value call3(Thread *t, Value f, Value a, Value b, Value c)
{
    Value args[3] = {a, b, c};
    return call(t, f, args, 3, 0);
}

/* Room for n values: on the caller's stack when few, else in a tuple, which the collector traces.
 */
static Value *argument_room(Thread *t, Value *small, size_t n)
{
    if (n <= SMALL_CALL) {
        return small;
    }
    Value room = tuple_new(t, n);
    return room ? value_tuple(room)->items : NULL;
}

Value call_prepend(Thread *t, Value f, Value first, const Value *args, size_t n, Value kwnames)
{
    size_t total = n + (kwnames ? tuple_len(kwnames) : 0);
    Value small[SMALL_CALL];
    Value *all = argument_room(t, small, total + 1);
    if (!all) {
        return 0;
    }
    all[0] = first;
    for (size_t i = 0; i < total; i++) {
        all[i + 1] = args[i];
    }
    return call(t, f, all, n + 1, kwnames);
}

/* Some key is no str: the others, or false: raised. */
static bool keywords_that_fit(Thread *t, Value f, DictEntries *all)
{
    const Type *type = type_of(f);
    if (type == &native_function_type &&
        ((NativeFunction *)value_object(f))->def->fn == str_format_method) {
        DictTable *fit = dict_table_new(t, all->live);
        for (size_t i = 0; fit && i < all->n; i++) {
            const DictEntry *e = &all->entries[i];
            if (e->value && value_is_str(e->key)) {
                dict_table_append(fit, e->key, e->hash, e->value);
            }
        }
        if (fit) {
            all->entries = fit->entries;
            all->n = all->live = fit->count;
        }
        return fit != NULL;
    }
    if (value_is_type(f) && type == &type_type && value_type(f)->new == object_type.new &&
        value_type(f)->init == object_type.init) {
        call1(t, f, NONE); /* takes no arguments at all */
    } else if (type->call) {
        type_error(t, "keywords must be strings");
    } else {
        call0(t, f);
    }
    return false;
}

bool keywords_at_once(Thread *t, Value f, Value kwargs, DictEntries *to)
{
    if (!dict_entries_at_once(t, value_dict(kwargs), to)) {
        return false;
    }
    for (size_t i = 0; !to->str_keys_only && i < to->n; i++) {
        const DictEntry *e = &to->entries[i];
        if (e->value && !value_is_str(e->key)) {
            return keywords_that_fit(t, f, to);
        }
    }
    return true;
}

static NOINLINE Value call_keywords(Thread *t, Value f, Value args, Value kwargs)
{
    size_t n = tuple_len(args);
    Value small[SMALL_CALL];
    DictEntries from;
    if (!keywords_at_once(t, f, kwargs, &from)) {
        return 0;
    }
    if (from.live == 0) {
        return call(t, f, value_tuple(args)->items, n, 0);
    }
    Value kwnames = tuple_new(t, from.live);
    Value *all = argument_room(t, small, n + from.live);
    if (!kwnames || !all) {
        return 0;
    }
    memcpy(all, value_tuple(args)->items, n * sizeof(Value));
    keywords_split(&from, value_tuple(kwnames)->items, all + n);
    gc_written(value_object(kwnames));
    return call(t, f, all, n, kwnames);
}

Value call_tuple(Thread *t, Value f, Value args, Value kwargs)
{
    if (kwargs && dict_len(kwargs) > 0) {
        return call_keywords(t, f, args, kwargs);
    }
    return call(t, f, value_tuple(args)->items, tuple_len(args), 0);
}

Value object_get_method(Thread *t, Value o, Value name, bool *unbound)
{
    *unbound = false;
    Type *type = type_of(o);
    if (type->getattr != generic_getattr || type->dict_offset > 0 || UNLIKELY(!name)) {
        return object_getattr(t, o, name);
    }
    Value descr = type_lookup(t, type, name);
    if (!descr || !type_has(type_of(descr), TYPE_METHOD_DESCR)) {
        return generic_getattr(t, o, name);
    }
    if (type_has(type, TYPE_HAS_DICT)) {
        Value own = instance_get(t, value_object(o), name);
        if (own || UNLIKELY(error_pending(t))) {
            return own;
        }
    }
    *unbound = true;
    return descr;
}

Value call_method(Thread *t, Value self, Value name, const Value *args, size_t n)
{
    bool unbound;
    Value f = object_get_method(t, self, name, &unbound);
    if (!f) {
        return 0;
    }
    if (!unbound) {
        return call(t, f, args, n, 0);
    }
    return call_prepend(t, f, self, args, n, 0);
}

Value call_method0(Thread *t, Value self, Value name)
{
    return call_method(t, self, name, NULL, 0);
}

Value call_method1(Thread *t, Value self, Value name, Value a)
{
    return call_method(t, self, name, &a, 1);
}

Value call_method2(Thread *t, Value self, Value name, Value a, Value b)
{
    Value args[2] = {a, b};
    return call_method(t, self, name, args, 2);
}

int callable(Value v)
{
    return type_of(v)->call != NULL;
}
