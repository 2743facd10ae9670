/* Several items of a list at one moment, without its lock where nobody changes it.
 *
 * Who changes a list in a shared world counts that in its array's `flags`, with the lock held
 * (list_unlock).  A reader
 *      loads the array, its count and the length, and sees that the lock is free;
 *      copies the items;
 *      sees that the lock is free, and array, count and length are the same.
 * Whatever it reads of a change was stored with release behind the taking of the lock, and is
 * loaded with acquire: so it then finds the lock taken, or what the change has left.
 *
 * No count comes back: one at its end stays there, and the array, being worn, is read with the lock
 * until a reader that has it gives the list a new array.  A replaced array is never put back.
 */
#include "core/object/list_internal.h"
#include "core/object/tuple.h"

/* Copies every step-th of the items; n of them. */
static bool peek(List *l, size_t len, size_t start, ssize_t step, size_t n, Value *to)
{
    ValueArray *a = load_acquire(&l->array);
    uint16_t count = load_acquire(&a->head.flags);
    if (a->cap > LIST_COUNTED || count == LIST_WORN || object_may_change(l) ||
        load_acquire(&a->len) != len) {
        return false;
    }
    if (step == 1) {
        values_copy_looking(to, &a->items[start], n);
    } else {
        for (size_t i = 0; i < n; i++) {
            gc_init(&to[i], value_load(&a->items[(ssize_t)start + (ssize_t)i * step]));
        }
    }
    bool same = !object_may_change(l) && load_relaxed(&l->array) == a &&
                load_relaxed(&a->head.flags) == count && load_relaxed(&a->len) == len;
    if (UNLIKELY(!same)) {
        values_zero(to, n);
    }
    return same;
}

bool list_peek(List *l, size_t len, size_t start, size_t n, Value *to)
{
    return peek(l, len, start, 1, n, to);
}

/* Gives the list an array that is not worn, if there is memory. */
static void renew_locked(Thread *t, List *l)
{
    ValueArray *old = l->array;
    if (LIKELY(load_relaxed(&old->head.flags) != LIST_WORN)) {
        return;
    }
    ValueArray *a = value_array_from(t, old->cap, old->items, l->array->len);
    if (a == NULL) {
        error_clear(t);
        return;
    }
    GC_STORE_PTR(l, &l->array, a);
    gc_disown(old);
}

Value list_to_tuple(Thread *t, Value list)
{
    List *l = value_list(list);
    size_t n = list_len(list);
    if (world_is_shared() && n > 0 && n <= LIST_COUNTED) {
        Value r = tuple_new(t, n);
        if (r == 0 || LIKELY(list_peek(l, n, 0, n, value_tuple(r)->items))) {
            return r;
        }
    }
    bool taken = object_lock(t, l);
    renew_locked(t, l);
    Value r = tuple_from(t, l->array->items, l->array->len);
    object_unlock(l, taken);
    return r;
}

bool list_items_if(Thread *t, Value list, size_t n, Value *to)
{
    List *l = value_list(list);
    if (LIKELY(world_is_shared()) && LIKELY(list_peek(l, n, 0, n, to))) {
        return true;
    }
    bool taken = object_lock(t, l), same = l->array->len == n;
    renew_locked(t, l);
    if (LIKELY(same)) {
        values_copy(to, l->array->items, n);
    }
    object_unlock(l, taken);
    return same;
}

const Value *items_at_once(Thread *t, Value v, Value few[ITEMS_FEW], size_t *n)
{
    if (value_is_list_exact(v)) {
        *n = list_len(v);
        if (!world_is_shared()) {
            return value_list(v)->array->items;
        }
        if (*n <= ITEMS_FEW && list_items_if(t, v, *n, few)) {
            return few;
        }
        v = list_to_tuple(t, v);
        if (v == 0) {
            return NULL;
        }
    }
    *n = tuple_len(v);
    return value_tuple(v)->items;
}

Value list_get_slice(Thread *t, Value self, const SliceBounds *bounds)
{
    ssize_t start = bounds->start, stop = bounds->stop, step = bounds->step;
    List *l = value_list(self);
    Value r;
    if (world_is_shared()) {
        size_t len = list_len(self);
        size_t n = (size_t)slice_adjust((ssize_t)len, &start, &stop, step);
        r = n > 0 && n <= LIST_COUNTED ? list_new(t, n) : 0;
        if (r != 0 && peek(l, len, (size_t)start, step, n, value_list(r)->array->items)) {
            list_set_filled(r, n);
            return r;
        }
        if (error_pending(t)) {
            return 0;
        }
        start = bounds->start;
        stop = bounds->stop;
    }
    bool taken = object_lock(t, l);
    ssize_t n = slice_adjust((ssize_t)l->array->len, &start, &stop, step);
    renew_locked(t, l);
    r = list_new(t, (size_t)n);
    if (r != 0) {
        Value *to = value_list(r)->array->items;
        const Value *from = l->array->items;
        if (step == 1) {
            memcpy(to, from + start, (size_t)n * sizeof(Value));
        } else {
            for (ssize_t i = 0; i < n; i++) {
                gc_init(&to[i], from[start + i * step]);
            }
        }
        list_set_filled(r, (size_t)n);
    }
    object_unlock(l, taken);
    return r;
}
