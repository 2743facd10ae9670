/* _heapq: binary heaps in lists (Williams and Floyd; sifting down goes to a leaf first, then up,
 * which saves comparisons). Comparisons may run Python code that changes the list: its length is
 * checked after each one. */
#include "core/object/iter.h"
#include "core/object/list.h"
#include "core/object/module.h"

/* The order of a heap: 1 when a belongs above b, 0, -1 raised. */
static inline int is_above(Thread *t, Value a, Value b, bool max)
{
    if (value_is_fixnum(a) && value_is_fixnum(b)) {
        return max ? (int64_t)b < (int64_t)a : (int64_t)a < (int64_t)b;
    }
    Value r = max ? object_compare(t, b, a, CMP_LT) : object_compare(t, a, b, CMP_LT);
    return r == 0 ? -1 : object_truth(t, r);
}

static bool check_len(Thread *t, Value heap, size_t len)
{
    if (UNLIKELY(list_len(heap) != len)) {
        runtime_error(t, "list changed size during iteration");
        return false;
    }
    return true;
}

/* Moves the item at pos up to its place, not above start. */
static bool sift_up(Thread *t, Value heap, size_t start, size_t pos, bool max)
{
    size_t len = list_len(heap);
    Value v = list_get(heap, pos);
    if (v == 0) {
        index_error(t, "index out of range");
        return false;
    }
    while (pos > start) {
        size_t parent_pos = (pos - 1) / 2;
        Value parent = list_get(heap, parent_pos);
        int c = parent == 0 ? 0 : is_above(t, v, parent, max);
        if (c < 0 || !check_len(t, heap, len)) {
            return false;
        }
        if (c == 0) {
            break;
        }
        /* both are read again: the comparison may have exchanged them */
        parent = list_get(heap, parent_pos);
        v = list_get(heap, pos);
        if (parent == 0 || v == 0 || !list_set(t, heap, parent_pos, v) ||
            !list_set(t, heap, pos, parent)) {
            return error_pending(t) ? false : check_len(t, heap, len);
        }
        pos = parent_pos;
    }
    return true;
}

/* Lets the item at pos sink: the better child moves up at each level, down to a leaf; then it rises
 * again. */
static bool sift_down(Thread *t, Value heap, size_t pos, bool max)
{
    size_t len = list_len(heap), start = pos;
    if (pos >= len) {
        index_error(t, "index out of range");
        return false;
    }
    while (pos < len / 2) {
        size_t child = 2 * pos + 1;
        Value a = list_get(heap, child), b = list_get(heap, child + 1);
        if (child + 1 < len && a != 0 && b != 0) {
            int c = is_above(t, a, b, max);
            if (c < 0 || !check_len(t, heap, len)) {
                return false;
            }
            child += !c;
        }
        a = list_get(heap, pos);
        b = list_get(heap, child);
        if (a == 0 || b == 0 || !list_set(t, heap, pos, b) || !list_set(t, heap, child, a)) {
            return error_pending(t) ? false : check_len(t, heap, len);
        }
        pos = child;
    }
    return sift_up(t, heap, start, pos, max);
}

static bool check_heap(Thread *t, Value heap, const char *fn, bool one_argument)
{
    if (!value_is_list(heap)) {
        type_error(t,
                   one_argument ? "%s() argument must be list, not %T"
                                : "%s() argument 1 must be list, not %T",
                   fn, heap);
        return false;
    }
    return true;
}


static Value heap_pop(Thread *t, Value heap, bool max)
{
    Value last = list_pop_last(t, heap);
    if (last == 0) {
        return index_error(t, "index out of range");
    }
    Value top = list_get(heap, 0);
    if (top == 0) {
        return last;
    }
    return list_set(t, heap, 0, last) && sift_down(t, heap, 0, max) ? top : 0;
}

static Value heap_replace(Thread *t, Value heap, Value v, bool max)
{
    Value top = list_get(heap, 0);
    if (top == 0) {
        return index_error(t, "index out of range");
    }
    return list_set(t, heap, 0, v) && sift_down(t, heap, 0, max) ? top : 0;
}

static Value heap_build(Thread *t, Value heap, bool max)
{
    for (size_t i = list_len(heap) / 2; i-- > 0;) {
        if (!sift_down(t, heap, i, max)) {
            return 0;
        }
    }
    return NONE;
}

NATIVE_FN(heapq_heappush)
{
    if (!check_heap(t, args[0], "heappush", false) || !list_append(t, args[0], args[1])) {
        return 0;
    }
    return sift_up(t, args[0], 0, list_len(args[0]) - 1, false) ? NONE : 0;
}

NATIVE_FN(heapq_heappop)
{
    return check_heap(t, args[0], "heappop", true) ? heap_pop(t, args[0], false) : 0;
}

NATIVE_FN(heapq_heappop_max)
{
    return check_heap(t, args[0], "_heappop_max", true) ? heap_pop(t, args[0], true) : 0;
}

NATIVE_FN(heapq_heapreplace)
{
    return check_heap(t, args[0], "heapreplace", false) ? heap_replace(t, args[0], args[1], false)
                                                        : 0;
}

NATIVE_FN(heapq_heapreplace_max)
{
    return check_heap(t, args[0], "_heapreplace_max", false)
               ? heap_replace(t, args[0], args[1], true)
               : 0;
}

NATIVE_FN(heapq_heapify)
{
    return check_heap(t, args[0], "heapify", true) ? heap_build(t, args[0], false) : 0;
}

NATIVE_FN(heapq_heapify_max)
{
    return check_heap(t, args[0], "_heapify_max", true) ? heap_build(t, args[0], true) : 0;
}

NATIVE_FN(heapq_heappushpop)
{
    if (!check_heap(t, args[0], "heappushpop", false)) {
        return 0;
    }
    Value top = list_get(args[0], 0);
    int c = top == 0 ? 0 : is_above(t, top, args[1], false);
    if (c <= 0) {
        return c < 0 ? 0 : args[1];
    }
    if (list_len(args[0]) == 0) {
        return index_error(t, "index out of range");
    }
    return heap_replace(t, args[0], args[1], false);
}

static const NativeDef heapq_functions[] = {
    {"heappush(heap, item, /)", heapq_heappush,
     "Push item onto heap, maintaining the heap invariant.", 0},
    {"heappushpop(heap, item, /)", heapq_heappushpop,
     "Push item on the heap, then pop and return the smallest item from the heap.", 0},
    {"heappop(heap, /)", heapq_heappop,
     "Pop the smallest item off the heap, maintaining the heap invariant.", 0},
    {"heapreplace(heap, item, /)", heapq_heapreplace,
     "Pop and return the current smallest value, and add the new item.", 0},
    {"heapify(heap, /)", heapq_heapify,
     "Transform list into a heap, in-place, in O(len(heap)) time.", 0},
    {"_heappop_max(heap, /)", heapq_heappop_max, "Maxheap variant of heappop.", 0},
    {"_heapify_max(heap, /)", heapq_heapify_max, "Maxheap variant of heapify.", 0},
    {"_heapreplace_max(heap, item, /)", heapq_heapreplace_max, "Maxheap variant of heapreplace.",
     0},
    {NULL, NULL, NULL, 0},
};

static bool heapq_exec(Thread *t, Value mod)
{
    return module_add_str(t, mod, "__about__", "Heap queues");
}

extern const ModuleDef module__heapq;
const ModuleDef module__heapq = {
    .name = "_heapq",
    .doc = "Heap queue algorithm (a.k.a. priority queue).",
    .functions = heapq_functions,
    .exec = heapq_exec,
};
