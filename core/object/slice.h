/* slice and range objects. */
#ifndef CORE_OBJECT_SLICE_H
#define CORE_OBJECT_SLICE_H

#include "core/object/object.h"

typedef struct Slice {
    Object head;
    Value start, stop, step;
    Object *boxed[3]; /* the same as C code reads them; set by runtime.slice_made */
} Slice;
typedef struct Range { Object head; Value start, stop, step, length; } Range;
/* Iterator over a range whose values all are fixnums.  Only `left`, the number of values to come,
 * changes; the next value is end - left * step, end being the first value no more in the range. One
 * thread owns it in the usual case; racing threads may get a value twice, never one outside the
 * range. */
typedef struct RangeIter {
    Object head;
    int64_t end, step, left, count /* of all values; init-only */;
} RangeIter;
static inline int64_t range_iter_value(const RangeIter *it, int64_t left)
{
    return (int64_t)((uint64_t)it->end - (uint64_t)left * (uint64_t)it->step);
}
extern Type slice_type, range_type, range_iter_type, long_range_iter_type;
Value slice_new(Thread *t, Value start, Value stop, Value step); /* NONE for absent */
/* start, stop, step as slice.indices(len) gives them, for a len of any size. */
NODISCARD bool slice_indices_exact(Thread *t, Value slice, Value len, Value *start, Value *stop,
                                   Value *step);
/* What a key of seq[key] is.  SUBSCRIPT_INDEX: *i is its __index__, as large as it may be;
 * SUBSCRIPT_ERROR: an exception is pending, the TypeError `message` (with a %T for the key) when it
 * is neither an index nor a slice. */
typedef enum Subscript { SUBSCRIPT_ERROR, SUBSCRIPT_INDEX, SUBSCRIPT_SLICE } Subscript;
NODISCARD Subscript subscript_key(Thread *t, Value key, const char *message, ssize_t *i);
Value range_new(Thread *t, int64_t start, int64_t stop, int64_t step);

#endif
