/* list: methods and iterators. */
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list_internal.h"
#include "core/object/str.h"
#include "core/object/tuple.h"

NATIVE_FN(list_append_method)
{
    return list_append_quick(t, args[0], args[1]) ? NONE : 0;
}

NATIVE_FN(list_extend_method)
{
    return list_extend(t, args[0], args[1]) ? NONE : 0;
}

NATIVE_FN(list_insert_method)
{
    ssize_t i;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    return list_insert(t, args[0], i, args[2]) ? NONE : 0;
}

NATIVE_FN(list_pop)
{
    if (args[1] == 0 && LIKELY(!world_is_shared())) {
        Value last = list_take_last(value_list(args[0]));
        if (LIKELY(last)) {
            return last;
        }
    }
    ssize_t i = -1;
    if (args[1] != 0 && !value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    List *l = value_list(args[0]);
    bool taken = object_lock(t, l), ok = true;
    size_t len = l->array->len;
    Value v = 0;
    i = i < 0 ? i + (ssize_t)len : i;
    if (LIKELY(i >= 0 && (size_t)i < len)) {
        v = l->array->items[i];
        if ((size_t)i == len - 1) {
            list_set_len(l, len - 1);
            gc_store(l->array, &l->array->items[i], 0);
        } else {
            ok = list_splice_locked(t, l, (size_t)i, (size_t)i + 1, NULL, 0);
        }
    }
    list_unlock(l, taken);
    if (UNLIKELY(v == 0)) {
        return index_error(t, len == 0 ? "pop from empty list" : "pop index out of range");
    }
    return ok ? v : 0;
}

/* Removes the item at i when it still is v; otherwise the first item that is v. */
static bool remove_item(Thread *t, List *l, size_t i, Value v)
{
    bool taken = object_lock(t, l), ok = true;
    const Value *items = l->array->items;
    if (i >= l->array->len || items[i] != v) {
        for (i = 0; i < l->array->len && items[i] != v; i++) {
        }
    }
    if (i < l->array->len) {
        ok = list_splice_locked(t, l, i, i + 1, NULL, 0);
    }
    list_unlock(l, taken);
    return ok;
}

NATIVE_FN(list_remove)
{
    Value v;
    for (size_t i = 0; (v = list_get(args[0], i)) != 0; i++) {
        int c = value_equal(t, v, args[1]);
        if (c < 0) {
            return 0;
        }
        if (c > 0) {
            return remove_item(t, value_list(args[0]), i, v) ? NONE : 0;
        }
    }
    return value_error(t, "list.remove(x): x not in list");
}

NATIVE_FN(list_index)
{
    ssize_t lo, hi;
    if (!index_range_args(t, args[2], args[3], (ssize_t)list_len(args[0]), &lo, &hi)) {
        return 0;
    }
    Value v;
    for (ssize_t i = lo; i < hi && (v = list_get(args[0], (size_t)i)) != 0; i++) {
        int c = value_equal(t, v, args[1]);
        if (c != 0) {
            return c < 0 ? 0 : fixnum(i);
        }
    }
    return value_error(t, "%R is not in list", args[1]);
}

NATIVE_FN(list_count)
{
    int64_t found = 0;
    Value v;
    for (size_t i = 0; (v = list_get(args[0], i)) != 0; i++) {
        int c = value_equal(t, v, args[1]);
        if (c < 0) {
            return 0;
        }
        found += c;
    }
    return fixnum(found);
}

NATIVE_FN(list_copy)
{
    return list_get_slice(t, args[0], &(SliceBounds){0, PTRDIFF_MAX, 1});
}

NATIVE_FN(list_clear_method)
{
    return list_clear(t, args[0]) ? NONE : 0;
}

NATIVE_FN(list_reverse_method)
{
    return list_reverse(t, args[0]) ? NONE : 0;
}

NATIVE_FN(list_sort_method)
{
    int reverse = 0;
    if (args[2] != 0 && !value_to_int(t, args[2], &reverse)) {
        return 0;
    }
    Value key = args[1] == 0 || is_none(args[1]) ? 0 : args[1];
    return list_sort(t, args[0], key, reverse) ? NONE : 0;
}

NATIVE_FN(list_reversed)
{
    return seq_iter_alloc(t, &list_reverse_iter_type, args[0], list_len(args[0]));
}

NATIVE_FN(list_getitem_method)
{
    return list_type.getitem(t, args[0], args[1]);
}

NATIVE_FN(list_sizeof)
{
    List *l = value_list(args[0]);
    ValueArray *a = __atomic_load_n(&l->array, __ATOMIC_ACQUIRE);
    return fixnum((int64_t)(type_of(args[0])->size + a->cap * sizeof(Value)));
}

const NativeDef list_methods[] = {
    {"__getitem__(index, /)", list_getitem_method, "Return self[index].", NATIVE_COEXIST},
    {"__reversed__()", list_reversed, "Return a reverse iterator over the list.", 0},
    {"__sizeof__()", list_sizeof, "Return the size of the list in memory, in bytes.", 0},
    {"clear()", list_clear_method, "Remove all items from list.", 0},
    {"copy()", list_copy, "Return a shallow copy of the list.", 0},
    {"append(object, /)", list_append_method, "Append object to the end of the list.", 0},
    {"insert(index, object, /)", list_insert_method, "Insert object before index.", 0},
    {"extend(iterable, /)", list_extend_method,
     "Extend list by appending elements from the iterable.", 0},
    {"pop(index=-1, /)", list_pop,
     "Remove and return item at index (default last).\n\n"
     "Raises IndexError if list is empty or index is out of range.",
     0},
    {"remove(value, /)", list_remove,
     "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.", 0},
    {"index(value, start=0, stop=sys.maxsize, /)", list_index,
     "Return first index of value.\n\nRaises ValueError if the value is not present.", 0},
    {"count(value, /)", list_count, "Return number of occurrences of value.", 0},
    {"reverse()", list_reverse_method, "Reverse *IN PLACE*.", 0},
    {"sort(*, key=None, reverse=False)", list_sort_method,
     "Sort the list in ascending order and return None.\n\n"
     "The sort is in-place and stable.  A key function is applied once to each item;\n"
     "the reverse flag asks for descending order.",
     0},
    CLASS_GETITEM_METHOD,
    {NULL, NULL, NULL, 0},
};

/* ---- iterators ---- */

static Value list_iter_next(Thread *t UNUSED, Value self)
{
    return list_iter_step((SeqIter *)value_object(self));
}

static Value list_reverse_iter_next(Thread *t UNUSED, Value self)
{
    return list_reverse_iter_step((SeqIter *)value_object(self));
}

NATIVE_FN(list_reverse_iter_length_hint)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    Value seq = value_load(&it->seq);
    size_t left = seq_iter_pos(it);
    return fixnum(seq == 0 || left > list_len(seq) ? 0 : (int64_t)left);
}

NATIVE_FN(list_iter_reduce)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    return seq_iter_reduced(t, it, "iter", list_new(t, 0), seq_iter_pos(it));
}

NATIVE_FN(list_reverse_iter_reduce)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    const char *fn = value_load(&it->seq) == 0 ? "iter" : "reversed";
    return seq_iter_reduced(t, it, fn, list_new(t, 0), seq_iter_pos(it) - 1);
}

NATIVE_FN(list_reverse_iter_setstate)
{
    SeqIter *it = (SeqIter *)value_object(args[0]);
    ssize_t i;
    if (!value_to_ssize(t, args[1], &i, &exc_OverflowError)) {
        return 0;
    }
    Value seq = value_load(&it->seq);
    if (seq != 0) {
        ssize_t len = (ssize_t)list_len(seq);
        __atomic_store_n(&it->pos, (size_t)(i < -1 ? 0 : i > len - 1 ? len : i + 1),
                         __ATOMIC_RELAXED);
    }
    return NONE;
}

static const NativeDef list_iter_methods[] = {
    SEQ_ITER_LENGTH_HINT_METHOD,
    SEQ_ITER_REDUCE_METHOD(list_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(seq_iter_setstate_clipped),
    {NULL, NULL, NULL, 0},
};
static const NativeDef list_reverse_iter_methods[] = {
    {"__length_hint__()", list_reverse_iter_length_hint,
     "Private method returning an estimate of len(list(it)).", 0},
    SEQ_ITER_REDUCE_METHOD(list_reverse_iter_reduce),
    SEQ_ITER_SETSTATE_METHOD(list_reverse_iter_setstate),
    {NULL, NULL, NULL, 0},
};

Type list_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "list_iterator",
    .getattr = generic_getattr,
    .size = sizeof(SeqIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = seq_iter_trace,
    .iter = iter_self,
    .next = list_iter_next,
    .methods = list_iter_methods,
};

Type list_reverse_iter_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "list_reverseiterator",
    .getattr = generic_getattr,
    .size = sizeof(SeqIter),
    .flags = TYPE_IMMUTABLE | TYPE_NO_INSTANTIATE,
    .trace = seq_iter_trace,
    .iter = iter_self,
    .next = list_reverse_iter_next,
    .methods = list_reverse_iter_methods,
};
