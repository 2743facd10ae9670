/* list.
 * Locking: writers hold the object lock.  Readers load `array` (acquire), then its `len`, and load
 * the item; a replaced array is garbage, never freed in place; slots beyond len are 0 (a reader that
 * finds 0 lost a race with a shrink: IndexError).  The array's head.flags count changes for who
 * reads several items (list_snapshot.c): lock, atomic.
 * The length is with the items, not in the List: lists made side by side share a cache line, and
 * then threads that append each to its own would wait for it. */
#ifndef CORE_OBJECT_LIST_H
#define CORE_OBJECT_LIST_H

#include "core/object/object.h"

/* len: of a list's array, those in use; others leave it 0 */
typedef struct ValueArray { Object head; size_t cap, len; Value items[]; } ValueArray;
typedef struct List { Object head; ValueArray *array; } List;
extern Type list_type, value_array_type;
static inline bool value_is_list(Value v) { return value_is_object(v) && value_has(v, TYPE_LIST); }
static inline bool value_is_list_exact(Value v)
{
    return value_is_object(v) && value_object(v)->type == &list_type;
}
static inline List *value_list(Value v)
{
    assert(value_is_list(v));
    return (List *)value_object(v);
}
NODISCARD ValueArray *value_array_new(Thread *t, size_t cap);
/* The same, its first n items being those, and its len n. */
NODISCARD ValueArray *value_array_from(Thread *t, size_t cap, const Value *items, size_t n);
Value list_new(Thread *t, size_t capacity);
Value list_from(Thread *t, const Value *items, size_t n);
/* v == 0: passes the error on */
NODISCARD bool list_append(Thread *t, Value list, Value v);
/* Makes room for n items in all. */
NODISCARD bool list_reserve(Thread *t, Value list, size_t n);
Value list_pop_last(Thread *t, Value list);             /* 0 and nothing raised: empty */
NODISCARD bool list_insert(Thread *t, Value list, ssize_t i, Value v);
NODISCARD bool list_extend(Thread *t, Value list, Value iterable);
/* The same for a list that nobody else knows: several items at a time, whatever they come from. */
NODISCARD bool list_fill(Thread *t, Value list, Value iterable);
static inline size_t list_len(Value v)
{
    const ValueArray *a = __atomic_load_n(&value_list(v)->array, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&a->len, __ATOMIC_RELAXED);
}
/* The thread sanitizer keeps 2 KB for each word that is stored with release, and copies them each
 * time.  To it, moving items within a long array is one release of the array, which those acquire
 * who read an item of it. */
#ifdef __SANITIZE_THREAD__
enum { LIST_LONG = 4096 };
void __tsan_acquire(void *address);
void __tsan_release(void *address);
static inline void list_acquire_moved(ValueArray *a)
{
    if (a->cap >= LIST_LONG) {
        __tsan_acquire(a);
    }
}
#else
static inline void list_acquire_moved(ValueArray *a UNUSED) {}
#endif
/* Item i or 0 when out of range (nothing raised); lock-free. */
static inline Value list_get(Value v, size_t i)
{
    List *l = value_list(v);
    ValueArray *a = __atomic_load_n(&l->array, __ATOMIC_ACQUIRE);
    if (UNLIKELY(i >= __atomic_load_n(&a->len, __ATOMIC_RELAXED))) {
        return 0;
    }
    Value item = value_load(&a->items[i]);
    list_acquire_moved(a);
    return item;
}
/* The array of a new list that nobody else knows, made for n items, has been filled. */
static inline void list_set_filled(Value list, size_t n)
{
    if (n > 0) { /* the array of those made for none is everybody's */
        __atomic_store_n(&value_list(list)->array->len, n, __ATOMIC_RELEASE);
    }
}
/* i in range, else IndexError */
NODISCARD bool list_set(Thread *t, Value list, size_t i, Value v);
Value list_to_tuple(Thread *t, Value list);                       /* atomic snapshot */
/* The same into n words, if the list has so many items. */
bool list_items_if(Thread *t, Value list, size_t n, Value *to);
/* The *n items of an exact list or tuple as they are at one moment, until code of Python runs or
 * the thread may stop: in place, in `few`, or in a copy.  NULL: MemoryError. */
enum { ITEMS_FEW = 32 };
const Value *items_at_once(Thread *t, Value list_or_tuple, Value few[ITEMS_FEW], size_t *n);
NODISCARD bool list_sort(Thread *t, Value list, Value key, bool reverse);
/* The same for a list that only the caller knows: its own array is put in order, without a copy. */
NODISCARD bool list_sort_private(Thread *t, Value list, Value key, bool reverse);
NODISCARD bool list_clear(Thread *t, Value list);
NODISCARD bool list_reverse(Thread *t, Value list);

#endif
