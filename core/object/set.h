/* set and frozenset: as dict (entries table replaced whole, lock-free membership), without values.
 */
#ifndef CORE_OBJECT_SET_H
#define CORE_OBJECT_SET_H

#include "core/object/object.h"

extern Type set_type, frozenset_type;
static inline bool value_is_anyset(Value v) { return value_is_object(v) && value_has(v, TYPE_SET); }
Value set_new(Thread *t, Value iterable /* or 0 */);
Value frozenset_new(Thread *t, Value iterable /* or 0 */);
NODISCARD bool set_add(Thread *t, Value s, Value v);   /* also on a frozenset under construction */
int set_discard(Thread *t, Value s, Value v);          /* 1, 0, -1 */
int set_contains(Thread *t, Value s, Value v);
NODISCARD bool set_update(Thread *t, Value s, Value iterable);
size_t set_len(Value s);
Value set_items_list(Thread *t, Value s);              /* atomic snapshot */
bool set_next(Value s, size_t *pos, Value *item);      /* pos starts at 0 */

#endif
