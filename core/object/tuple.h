/* tuple: immutable, items inline.  list: items in a replaceable ValueArray. */
#ifndef CORE_OBJECT_TUPLE_H
#define CORE_OBJECT_TUPLE_H

#include "core/object/object.h"

typedef struct Tuple { Object head; size_t len; Value items[]; } Tuple;
extern Type tuple_type;
static inline bool value_is_tuple(Value v)
{
    return value_is_object(v) && value_has(v, TYPE_TUPLE);
}
static inline bool value_is_tuple_exact(Value v)
{
    return value_is_object(v) && value_object(v)->type == &tuple_type;
}
static inline Tuple *value_tuple(Value v)
{
    assert(value_is_tuple(v));
    return (Tuple *)value_object(v);
}
static inline size_t tuple_len(Value v) { return value_tuple(v)->len; }
static inline Value tuple_get(Value v, size_t i) { return value_tuple(v)->items[i]; }
/* items 0, caller fills in with gc_init before publication */
Value tuple_new(Thread *t, size_t n);
Value tuple_from(Thread *t, const Value *items, size_t n); /* n == 0: the empty tuple */
Value tuple_pack(Thread *t, size_t n, ...);                /* Values */
static inline Value tuple_pair(Thread *t, Value a, Value b) /* tuple_pack of two, inline */
{
    Tuple *pair = object_alloc_fast(t, &tuple_type, sizeof(Tuple) + 2 * sizeof(Value));
    if (LIKELY(pair != NULL)) {
        pair->len = 2;
        gc_store(pair, &pair->items[0], a);
        gc_store(pair, &pair->items[1], b);
    }
    return object_value(pair);
}
Value tuple_slice(Thread *t, Value tup, size_t lo, size_t hi);
Value tuple_empty(void);

#endif
