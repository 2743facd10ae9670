/* The ring behind collections.deque.
 *
 *   Deque | len, start, state, maxlen | ring -> ValueArray of a power of two slots (or no slots)
 * Item i is in slot (start + i) & (cap - 1).  Everything changes under the object lock; state
 * counts the changes that make iterators fail, and `changes` all those in a shared world
 * (deque_unlock).  Readers look at it before and after (core/object/dict_snapshot.c says why), and
 * take the lock where somebody changes the deque: start and ring belong together.
 */
#ifndef MODULES_COLLECTIONS_DEQUE_H
#define MODULES_COLLECTIONS_DEQUE_H

#include "core/object/list_internal.h"
#include "modules/_collections/collections.h"

typedef struct Deque {
    Object head;
    size_t len;       /* lock, release, as all but maxlen */
    size_t start;
    ValueArray *ring; /* slots are stored with release, too */
    uint64_t state;
    uint64_t changes;
    ssize_t maxlen;   /* lock, read relaxed; -1: no limit */
} Deque;

static inline Deque *value_deque(Value v)
{
    assert(value_isa(v, &deque_type));
    return (Deque *)value_object(v);
}
static inline size_t deque_len(Value v)
{
    return __atomic_load_n(&value_deque(v)->len, __ATOMIC_RELAXED);
}
static inline ssize_t deque_limit(const Deque *d)
{
    return __atomic_load_n(&d->maxlen, __ATOMIC_RELAXED);
}
static inline uint64_t deque_state(Value v)
{
    return __atomic_load_n(&value_deque(v)->state, __ATOMIC_RELAXED);
}
static inline Value *deque_slot_locked(Deque *d, size_t i)
{
    return &d->ring->items[(d->start + i) & (d->ring->cap - 1)];
}
/* In place of object_unlock by who has changed the deque. */
static inline void deque_unlock(Deque *d, bool taken)
{
    if (UNLIKELY(taken)) {
        store_release(&d->changes, d->changes + 1);
    }
    object_unlock(d, taken);
}
/* In a shared world: what is read of a deque between the two, without its lock, is of one moment if
 * both say so. */
typedef struct DequeLook {
    size_t len, start;
    ValueArray *ring; /* start is not behind it, and it has room for len */
    uint64_t changes;
} DequeLook;
static inline bool deque_look_begin(Deque *d, DequeLook *look)
{
    look->changes = load_acquire(&d->changes);
    look->len = load_acquire(&d->len);
    look->start = load_acquire(&d->start);
    look->ring = load_acquire(&d->ring);
    return !object_may_change(d) && look->len <= look->ring->cap && look->start <= look->ring->cap;
}
static inline bool deque_look_end(Deque *d, const DequeLook *look)
{
    return !object_may_change(d) && load_relaxed(&d->changes) == look->changes;
}
static inline Value deque_look_item(const DequeLook *look, size_t i) /* i < len */
{
    return value_load(&look->ring->items[(look->start + i) & (look->ring->cap - 1)]);
}
Value deque_alloc(Thread *t, Type *type);
NODISCARD bool deque_append(Thread *t, Value d, Value v);
NODISCARD bool deque_append_left(Thread *t, Value d, Value v);
Value deque_pop(Thread *t, Value d);      /* 0: IndexError */
Value deque_pop_left(Thread *t, Value d);
/* With the lock of d held, until deque_unlock; take: 0 and nothing raised: empty. */
NODISCARD bool deque_append_locked(Thread *t, Deque *d, Value v);
Value deque_take_left_locked(Deque *d);
Value deque_get(Thread *t, Value d, size_t i);       /* 0 and nothing raised: out of range */
NODISCARD bool deque_insert(Thread *t, Value d, size_t i, Value v, bool *full);
/* Removes item i; false: out of range. */
bool deque_remove_at(Thread *t, Value d, size_t i);
void deque_clear(Thread *t, Value d);
void deque_rotate(Thread *t, Value d, ssize_t n);
void deque_reverse(Thread *t, Value d);
/* at_start: one after the other, so that the last one comes first. */
NODISCARD bool deque_extend(Thread *t, Value d, Value iterable, bool at_start);
/* A snapshot as a list. */
Value deque_items(Thread *t, Value d);
Value deque_copy(Thread *t, Value d);
Value deque_iter_new(Thread *t, Type *type, Value d);

#endif
