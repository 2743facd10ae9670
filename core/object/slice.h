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
/* What a slice means before the length is known, as slice_unpack gives it; step is not 0. */
typedef struct SliceBounds { ssize_t start, stop, step; } SliceBounds;
NODISCARD bool slice_unpack(Thread *t, Value slice, ssize_t *start, ssize_t *stop, ssize_t *step);
NODISCARD static inline bool slice_bounds(Thread *t, Value slice, SliceBounds *out)
{
    return slice_unpack(t, slice, &out->start, &out->stop, &out->step);
}
/* Slice indices: adjusts start/stop for len as slice.indices does, returns the count. */
ssize_t slice_adjust(ssize_t len, ssize_t *start, ssize_t *stop, ssize_t step);
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
/* seq[start:stop:step]; the second assigns v, or deletes: 0. */
Value list_get_slice(Thread *t, Value list, const SliceBounds *bounds);
NODISCARD bool list_set_slice(Thread *t, Value list, const SliceBounds *bounds, Value v);
Value tuple_get_slice(Thread *t, Value tuple, const SliceBounds *bounds);
Value str_get_slice(Thread *t, Value str, const SliceBounds *bounds);
Value bytes_get_slice(Thread *t, Value bytes, const SliceBounds *bounds); /* also bytearray */
Value range_new(Thread *t, int64_t start, int64_t stop, int64_t step);

#endif
