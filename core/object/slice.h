/* slice and range objects. */
#ifndef CORE_OBJECT_SLICE_H
#define CORE_OBJECT_SLICE_H

#include "core/object/object.h"

typedef struct Slice { Object head; Value start, stop, step; } Slice;
typedef struct Range { Object head; Value start, stop, step, length; } Range;
/* Iterator over a range whose values all are fixnums: next value, step, how many are left.
 * One thread owns it in the usual case; racing threads may get a value twice, never a torn one. */
typedef struct RangeIter { Object head; int64_t next, step, left; } RangeIter;
extern Type slice_type, range_type, range_iter_type, long_range_iter_type;
Value slice_new(Thread *t, Value start, Value stop, Value step); /* NONE for absent */
/* start, stop, step as slice.indices(len) gives them, for a len of any size. */
NODISCARD bool slice_indices_exact(Thread *t, Value slice, Value len, Value *start, Value *stop, Value *step);
Value range_new(Thread *t, int64_t start, int64_t stop, int64_t step);

#endif
