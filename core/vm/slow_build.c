/* Displays, unpacking, formatting, making functions. */
#include "core/object/dict.h"
#include "core/object/exception.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/set.h"
#include "core/object/slice.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "core/vm/interp_inline.h"

#define MOST_ROOM 65536 /* items: what a longer list is copied when it grows costs it little */

size_t vm_items_left(Value it)
{
    Type *type = type_of(it);
    size_t left = 0;
    if (type == &range_iter_type) {
        left = (size_t)__atomic_load_n(&((RangeIter *)value_object(it))->left, __ATOMIC_RELAXED);
    } else if (type == &list_iter_type || type == &tuple_iter_type) {
        SeqIter *items = (SeqIter *)value_object(it);
        Value seq = value_load(&items->seq);
        size_t pos = __atomic_load_n(&items->pos, __ATOMIC_RELAXED);
        size_t len = !seq ? 0 : type == &list_iter_type ? list_len(seq) : tuple_len(seq);
        left = len > pos ? len - pos : 0;
    }
    return left < MOST_ROOM ? left : MOST_ROOM;
}

Value vm_build_set(Thread *t, const Value *items, size_t n)
{
    Value s = set_new(t, 0);
    for (size_t i = 0; s && i < n; i++) {
        if (!set_add(t, s, items[i])) {
            return 0;
        }
    }
    return s;
}

/* Collects an iterable for unpacking, but reads no more than limit items (0: all). */
static Value unpack_items(Thread *t, Value v, size_t limit)
{
    if (value_is_list_exact(v) || value_is_tuple_exact(v)) {
        return sequence_list(t, v);
    }
    Type *ty = type_of(v);
    if (!ty->iter && !value_is_sequence(v)) {
        type_error(t, "cannot unpack non-iterable %T object", v);
        return 0;
    }
    if (!limit) {
        return sequence_list(t, v);
    }
    Value it = object_iter(t, v);
    Value list = it ? list_new(t, limit) : 0;
    for (size_t n = 0; list && n < limit; n++) {
        Value item = iter_next(t, it);
        if (!item) {
            return t->exc ? 0 : list;
        }
        if (!list_append(t, list, item)) {
            return 0;
        }
    }
    return list;
}

bool vm_unpack(Thread *t, Value v, Value *out, size_t n)
{
    if (value_is_tuple(v) && type_of(v)->iter == tuple_type.iter && tuple_len(v) == n) {
        values_copy(out, value_tuple(v)->items, n);
        return true;
    }
    if (value_is_list_exact(v) && list_items_if(t, v, n, out)) {
        return true;
    }
    Value list = unpack_items(t, v, n + 1);
    if (!list) {
        return false;
    }
    size_t len = list_len(list);
    if (len < n) {
        value_error(t, "not enough values to unpack (expected %zu, got %zu)", n, len);
        return false;
    }
    if (len > n) {
        value_error(t, "too many values to unpack (expected %zu)", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        out[i] = list_get(list, i);
    }
    return true;
}

bool vm_unpack_ex(Thread *t, Value v, Value *out, size_t before, size_t after)
{
    Value list = unpack_items(t, v, 0);
    if (!list) {
        return false;
    }
    size_t len = list_len(list);
    if (len < before + after) {
        value_error(t, "not enough values to unpack (expected at least %zu, got %zu)",
                    before + after, len);
        return false;
    }
    Value middle = list_from(t, value_list(list)->array->items + before, len - before - after);
    if (!middle) {
        return false;
    }
    for (size_t i = 0; i < before; i++) {
        out[i] = list_get(list, i);
    }
    out[before] = middle;
    for (size_t i = 0; i < after; i++) {
        out[before + 1 + i] = list_get(list, len - after + i);
    }
    return true;
}

bool vm_list_extend(Thread *t, Value list, Value v, size_t more)
{
    if (more && (value_is_list_exact(v) || value_is_tuple_exact(v))) {
        size_t n = value_is_list_exact(v) ? list_len(v) : tuple_len(v);
        if (!list_reserve(t, list, list_len(list) + n + more)) {
            return false;
        }
    }
    if (!type_of(v)->iter && !value_is_sequence(v)) {
        type_error(t, "Value after * must be an iterable, not %T", v);
        return false;
    }
    return list_fill(t, list, v);
}

static bool has_keys(Thread *t, Value v, int *result)
{
    *result = value_is_dict(v) ? 1 : object_hasattr(t, v, N(keys));
    return *result >= 0;
}

bool vm_dict_update(Thread *t, Value d, Value v)
{
    int mapping;
    if (!has_keys(t, v, &mapping)) {
        return false;
    }
    if (!mapping) {
        type_error(t, "'%T' object is not a mapping", v);
        return false;
    }
    return dict_merge(t, d, v, 1);
}

Value vm_function_text(Thread *t, Value callee)
{
    Value name = 0;
    if (object_lookup_attr(t, callee, N(__qualname__), &name) <= 0 || !value_is_str(name)) {
        error_clear(t);
        return object_str(t, callee);
    }
    Value module = 0;
    if (object_lookup_attr(t, callee, N(__module__), &module) > 0 && value_is_str(module) &&
        !str_eq_cstr(module, "builtins")) {
        return str_format(t, "%U.%U()", module, name);
    }
    error_clear(t);
    return str_format(t, "%U()", name);
}

bool vm_dict_merge(Thread *t, Value d, Value v, Value callee)
{
    int mapping;
    if (!has_keys(t, v, &mapping)) {
        return false;
    }
    if (!mapping) {
        Value text = vm_function_text(t, callee);
        if (text) {
            type_error(t, "%U argument after ** must be a mapping, not %T", text, v);
        }
        return false;
    }
    bool pairs = dict_iterates_table(v); /* what its class says of keys() and [] is not asked */
    Value keys = pairs ? dict_items_list(t, v) : call_method0(t, v, N(keys));
    Value it = keys ? object_iter(t, keys) : 0;
    for (Value next; it && (next = iter_next(t, it));) {
        Value key = pairs ? tuple_get(next, 0) : next;
        int found = dict_contains(t, d, key);
        if (found < 0) {
            return false;
        }
        if (found) {
            Value text = vm_function_text(t, callee);
            if (text) {
                type_error(t, "%U got multiple values for keyword argument '%S'", text, key);
            }
            return false;
        }
        Value item = pairs ? tuple_get(next, 1) : object_getitem(t, v, key);
        if (!item || !dict_set(t, d, key, item)) {
            return false;
        }
    }
    return it && !t->exc;
}

int vm_next_into(Thread *t, Value it, Value *item, Value *out, size_t n)
{
    Value items[4];
    int found = n <= ARRAY_SIZE(items) ? type_of(it)->next_into(t, it, items, n) : -1;
    if (LIKELY(found > 0)) {
        *item = NONE;
        if (LIKELY(n == 2)) {
            out[0] = items[0];
            out[1] = items[1];
            return found;
        }
        for (size_t i = 0; i < n; i++) {
            out[i] = items[i];
        }
    }
    return found;
}

Value vm_format(Thread *t, Value v, Value spec, unsigned conv)
{
    if (conv) {
        v = conv == 1 ? object_str(t, v) : conv == 2 ? object_repr(t, v) : object_ascii(t, v);
        if (!v) {
            return 0;
        }
    }
    if (value_is_str_exact(v) && (!spec || (value_is_str(spec) && str_len(spec) == 0))) {
        return v;
    }
    return object_format(t, v, spec);
}

Value vm_make_function(Thread *t, Value *base, Value code, const Value *parts, unsigned which)
{
    Value f = function_new(t, code, frame_function(base)->globals, 0);
    if (!f) {
        return 0;
    }
    Function *fn = (Function *)value_object(f);
    gc_init(&fn->builtins, frame_function(base)->builtins);
    if (which & 1) {
        gc_init(&fn->defaults, *parts++);
    }
    if (which & 2) {
        gc_init(&fn->kwdefaults, *parts++);
    }
    if (which & 4) {
        gc_init(&fn->annotations, *parts++);
    }
    if (which & 8) {
        gc_init(&fn->closure, *parts++);
    }
    return f;
}
