/* What list.c, list_methods.c and list_sort.c share, and who fills new lists needs. */
#ifndef CORE_OBJECT_LIST_INTERNAL_H
#define CORE_OBJECT_LIST_INTERNAL_H

#include "core/object/list.h"
#include "core/object/lock.h"
#include "core/object/native.h"
#include "core/object/slice.h"

extern ValueArray list_no_items; /* the array of every empty list; capacity 0 */
extern const NativeDef list_methods[];

/* Word-wise copy and clear that racing readers may watch: never a torn word.  Atomic stores
 * without gc_store: gc_written(the object around them) comes after. */
void values_copy(Value *to, const Value *from, size_t n);
/* The same into what nobody else knows, between two looks at what others may be changing; any words,
 * not only values.  Left to memcpy, a few at a time, where it moves aligned words in vectors, which
 * tear none: glibc's turns to moves of bytes from some 2 KB on. */
static inline void values_copy_looking(void *to, const void *from, size_t n)
{
    if (UNLIKELY(world_is_shared())) {
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
        enum { FEW = 128 };
        for (; n > FEW; n -= FEW) {
            memcpy(to, from, FEW * sizeof(Value));
            to = (Value *)to + FEW;
            from = (const Value *)from + FEW;
        }
#else
        values_copy(to, from, n);
        n = 0;
#endif
    }
    memcpy(to, from, n * sizeof(Value));
    fence_acquire();
}
void values_zero(Value *to, size_t n);

static inline void list_set_len(List *l, size_t n)
{
    ValueArray *a = l->array;
    if (LIKELY(a->len != n)) { /* the array of all empty lists is not written */
        __atomic_store_n(&a->len, n, __ATOMIC_RELEASE); /* pairs with list_peek */
    }
}
/* In place of object_unlock by who has changed the list: counts it, for list_snapshot.c.  Arrays
 * with more slots have no count: to copy them takes longer than the lock. */
enum { LIST_COUNTED = 1024, LIST_WORN = UINT16_MAX };
static inline void list_count_locked(List *l, bool taken)
{
    ValueArray *a = l->array;
    if (UNLIKELY(taken) && a->cap - 1 < LIST_COUNTED) { /* not the one of all empty lists */
        uint16_t count = load_relaxed(&a->head.flags);
        store_release(&a->head.flags, (uint16_t)(count + (count != LIST_WORN)));
    }
}
static inline void list_unlock(List *l, bool taken)
{
    list_count_locked(l, taken);
    object_unlock(l, taken);
}
/* Copies n items from `start` on of a list of length len without its lock, at one moment.  false:
 * the length is another one, or somebody changes the list, or it is too long; to[0..n) is 0.
 * Effects: none. */
bool list_peek(List *l, size_t len, size_t start, size_t n, Value *to);
/* room that a new list of the pieces of a str or bytes gets */
enum { LIST_PIECES = 10 };
/* Puts v behind the items if there is room; for who has the list's lock or needs none. */
static inline bool list_put_if_room(List *l, Value v)
{
    ValueArray *a = l->array;
    size_t len = a->len;
    if (UNLIKELY(len == a->cap)) {
        return false;
    }
    gc_store(a, &a->items[len], v);
    __atomic_store_n(&a->len, len + 1, __ATOMIC_RELEASE); /* pairs with list_peek */
    return true;
}
/* The last item, which is taken off, or 0: there is none; for who has the list's lock or needs
 * none. */
static inline Value list_take_last(List *l)
{
    ValueArray *a = l->array;
    size_t len = a->len;
    if (UNLIKELY(len == 0)) {
        return 0;
    }
    Value v = a->items[len - 1];
    __atomic_store_n(&a->len, len - 1, __ATOMIC_RELEASE);
    gc_store(a, &a->items[len - 1], 0);
    return v;
}
/* list_append, inline while there is room and nobody else runs. */
NODISCARD static inline bool list_append_quick(Thread *t, Value list, Value v)
{
    return LIKELY(!world_is_shared() && list_put_if_room(value_list(list), v)) ||
           list_append(t, list, v);
}
/* The same for a new list that only the caller knows: without its lock, as long as nobody has
 * looked for objects. */
static inline bool list_add_new_quick(Value list, Value v)
{
    return LIKELY(!objects_are_seen() && list_put_if_room(value_list(list), v));
}
NODISCARD static inline bool list_add_new(Thread *t, Value list, Value v)
{
    return list_add_new_quick(list, v) || list_append(t, list, v);
}
/* Room for `need` items; false: MemoryError. */
NODISCARD bool list_reserve_locked(Thread *t, List *l, size_t need);
/* Cuts the list to n <= len items and clears the slots behind. */
void list_truncate_locked(List *l, size_t n);
/* Replaces items [lo, hi) by n others. */
NODISCARD bool list_splice_locked(Thread *t, List *l, size_t lo, size_t hi, const Value *items,
                                  size_t n);

/* How the keys of a sort are compared. */
typedef enum { LESS_FIXNUM, LESS_FLONUM, LESS_FLOAT, LESS_STR, LESS_TUPLE, LESS_ANY } LessKind;
typedef struct SortWord {
    uint64_t word;
    size_t at; /* where its key was */
} SortWord;
/* Sorts the keys, and the items with them unless they are NULL, by the words of the keys, or of
 * their first elements when they are tuples, whose kind is fixnum to str; of strs, in whose first
 * `skip` characters all agree, from there on.  The sorted words, which the caller frees with
 * mem_free: the keys are in order but those of equal words of str or tuples, which are in the order
 * they had.  NULL: nothing is done, it would not pay.  Effects: none. */
SortWord *sort_by_words(Value *keys, Value *items, size_t n, LessKind kind, bool tuples,
                        size_t skip);
/* In how many characters all n > 0 keys agree, which are strs, or tuples that begin with one:
 * `from` are known to be the same; not more than these when one has wide characters. */
size_t sort_common_prefix(const Value *keys, size_t n, bool tuples, size_t from);

#endif
