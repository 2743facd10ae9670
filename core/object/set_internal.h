/* What set.c and set_methods.c share. */
#ifndef CORE_OBJECT_SET_INTERNAL_H
#define CORE_OBJECT_SET_INTERNAL_H

#include "core/object/dict_internal.h"
#include "core/object/set.h"

#define SET_DELETED ((Value)2) /* in a slot's key: a deleted item; no tag of a real Value */

typedef struct SetEntry {
    int64_t hash; /* written before key; relaxed */
    Value key;    /* atomic: 0 free, SET_DELETED, or the item (release) */
} SetEntry;

typedef struct SetTable {
    Object head;
    size_t mask;       /* slots - 1; a power of two minus 1 */
    size_t fill;       /* slots not free; lock, read relaxed */
    SetEntry slots[];
} SetTable;

typedef struct Set {
    Object head;
    size_t used;       /* items; lock, release */
    SetTable *table;   /* acquire */
    uint64_t version;  /* changes of the contents; lock, release */
    int64_t hash;      /* frozenset: cached, 0: not computed; atomic relaxed */
    size_t finger;     /* where pop searches next; lock */
} Set;

extern Type set_table_type, set_iter_type;
extern const NativeDef set_methods[], frozenset_methods[];

/* set_add in a new set that only the caller knows: without its lock where no Python code runs, as
 * long as nobody has looked for objects. */
NODISCARD bool set_add_new(Thread *t, Value set, Value key);
static inline Set *value_set(Value v) { return (Set *)value_object(v); }
static inline SetTable *set_table(Value s)
{
    return __atomic_load_n(&value_set(s)->table, __ATOMIC_ACQUIRE);
}
static inline bool value_is_set_exact(Value v)
{
    return value_is_object(v) && type_of(v) == &set_type;
}
static inline bool value_is_frozenset_exact(Value v)
{
    return value_is_object(v) && type_of(v) == &frozenset_type;
}

Value set_alloc(Thread *t, Type *type);
/* A new set of the base type (set or frozenset) of `like` with the items of iterable (0: none). */
Value set_new_like(Thread *t, Value like, Value iterable);
/* A copy of s, of its base type, that may be changed; there is room for `more` items. */
Value set_copy(Thread *t, Value s, size_t more);
NODISCARD bool set_add_hash(Thread *t, Value s, Value key, int64_t hash);
/* The same for a key that s does not hold, s being known to the calling thread only and nothing
 * having been removed from it. */
NODISCARD bool set_add_absent(Thread *t, Value s, Value key, int64_t hash);
/* set_contains_hash where the first slot holds another key. */
int set_contains_on(Thread *t, Value s, Value key, int64_t hash);
static inline int set_contains_hash(Thread *t, Value s, Value key, int64_t hash) /* 1, 0, -1 */
{
    SetTable *tb = set_table(s);
    Value first = value_load(&tb->slots[hash & tb->mask].key);
    return first == key || first == 0 ? first == key : set_contains_on(t, s, key, hash);
}
int set_discard_hash(Thread *t, Value s, Value key, int64_t hash);  /* 1, 0, -1 */
/* Adds or discards what is in `from`, or (toggles) discards what both hold and adds the rest: in
 * one step for those that take the lock, but for keys whose comparison runs Python code. */
typedef enum { SET_ADD, SET_DISCARD, SET_TOGGLE } SetChange;
NODISCARD bool set_change_table(Thread *t, Value s, const SetTable *from, SetChange change);
/* Walks a table: next item with its hash; false at the end. */
static inline bool set_table_next(const SetTable *tb, size_t *pos, Value *key, int64_t *hash)
{
    for (size_t i = *pos; i <= tb->mask; i++) {
        Value k = value_load(&tb->slots[i].key);
        if (k != 0 && k != SET_DELETED) {
            *key = k;
            *hash = tb->slots[i].hash;
            *pos = i + 1;
            return true;
        }
    }
    *pos = tb->mask + 1;
    return false;
}
/* Removes the items of an iterable; those of both, adding the rest. */
NODISCARD bool set_difference_update(Thread *t, Value s, Value iterable);
NODISCARD bool set_symmetric_difference_update(Thread *t, Value s, Value iterable);
void set_clear(Thread *t, Value s);
Value set_pop(Thread *t, Value s); /* 0 without exception: empty */
/* s takes over the contents of `from`, which nobody else uses. */
void set_take(Thread *t, Value s, Value from);
Value set_iter(Thread *t, Value s);

#endif
