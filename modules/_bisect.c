/* _bisect: binary search in sorted sequences. */
#include "core/object/int.h"
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"

static Value sequence_item(Thread *t, Value seq, ssize_t i)
{
    if (value_is_list_exact(seq)) {
        Value v = list_get(seq, (size_t)i);
        return v != 0 ? v : index_error(t, "list index out of range");
    }
    Type *type = type_of(seq);
    return type->item != NULL ? type->item(t, seq, i)
                              : object_getitem(t, seq, int_from_int64(t, i));
}

/* args: a, x, lo, hi, key.  The insertion point, behind equal items when right; -1: raised. */
static ssize_t bisect(Thread *t, Value *args, Value x, bool right)
{
    ssize_t lo = 0, hi = -1;
    if (args[2] != 0 && !value_to_ssize(t, args[2], &lo, &exc_OverflowError)) {
        return -1;
    }
    if (lo < 0) {
        value_error(t, "lo must be non-negative");
        return -1;
    }
    if (args[3] != 0 && !is_none(args[3]) && !value_to_ssize(t, args[3], &hi, &exc_OverflowError)) {
        return -1;
    }
    if (hi < 0) {
        hi = object_len(t, args[0]);
        if (hi < 0) {
            return -1;
        }
    }
    Value key = args[4] == 0 || is_none(args[4]) ? 0 : args[4];
    while (lo < hi) {
        ssize_t mid = (ssize_t)(((size_t)lo + (size_t)hi) / 2);
        Value v = sequence_item(t, args[0], mid);
        v = v == 0 || key == 0 ? v : call1(t, key, v);
        if (v == 0) {
            return -1;
        }
        Value r = right ? object_compare(t, x, v, CMP_LT) : object_compare(t, v, x, CMP_LT);
        int c = r == 0 ? -1 : object_truth(t, r);
        if (c < 0) {
            return -1;
        }
        if ((bool)c == right) {
            hi = mid;
        } else {
            lo = mid + 1;
        }
    }
    return lo;
}

static Value insort(Thread *t, Value *args, bool right)
{
    Value x = args[1];
    if (args[4] != 0 && !is_none(args[4])) {
        x = call1(t, args[4], x);
        if (x == 0) {
            return 0;
        }
    }
    ssize_t i = bisect(t, args, x, right);
    if (i < 0) {
        return 0;
    }
    if (value_is_list_exact(args[0])) {
        return list_insert(t, args[0], i, args[1]) ? NONE : 0;
    }
    Value insert = intern_cstr(t, "insert");
    return insert == 0 || call_method2(t, args[0], insert, int_from_int64(t, i), args[1]) == 0
               ? 0
               : NONE;
}

NATIVE_FN(bisect_bisect_left)
{
    ssize_t i = bisect(t, args, args[1], false);
    return i < 0 ? 0 : int_from_int64(t, i);
}

NATIVE_FN(bisect_bisect_right)
{
    ssize_t i = bisect(t, args, args[1], true);
    return i < 0 ? 0 : int_from_int64(t, i);
}

NATIVE_FN(bisect_insort_left)
{
    return insort(t, args, false);
}

NATIVE_FN(bisect_insort_right)
{
    return insort(t, args, true);
}

static const NativeDef bisect_functions[] = {
    {"bisect_right(a, x, lo=0, hi=None, *, key=None)", bisect_bisect_right,
     "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
     "Behind all items that are equal to x.", 0},
    {"bisect_left(a, x, lo=0, hi=None, *, key=None)", bisect_bisect_left,
     "Return the index where to insert item x in list a, assuming a is sorted.\n\n"
     "Before all items that are equal to x.", 0},
    {"insort_right(a, x, lo=0, hi=None, *, key=None)", bisect_insort_right,
     "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
     "Behind all items that are equal to x.", 0},
    {"insort_left(a, x, lo=0, hi=None, *, key=None)", bisect_insort_left,
     "Insert item x in list a, and keep it sorted assuming a is sorted.\n\n"
     "Before all items that are equal to x.", 0},
    {NULL, NULL, NULL, 0},
};

extern const ModuleDef module__bisect;
const ModuleDef module__bisect = {
    .name = "_bisect",
    .doc = "Bisection algorithms.",
    .functions = bisect_functions,
};
