/* PySlice_*, and the fields of PySliceObject.
 *
 * C code reads start, stop and step as objects.  Once extensions are used each slice carries them
 * boxed from the moment it is made; those that are there already get theirs at the start.
 */
#include "core/capi/capi.h"
#include "core/object/slice.h"

static bool box_fields(Thread *t, Slice *s)
{
    const Value values[] = {s->start, s->stop, s->step};
    for (int i = 0; i < 3; i++) {
        Object *o = (Object *)value_lend(t, values[i]);
        if (!o) {
            return false;
        }
        GC_STORE_PTR(s, &s->boxed[i], o);
    }
    return true;
}

typedef struct Gather {
    Value *items;
    size_t count, capacity;
} Gather;

static void gather(Object *o, void *arg)
{
    Gather *g = arg;
    if (o->type == &slice_type) {
        if (g->count < g->capacity) {
            g->items[g->count] = object_value(o);
        }
        g->count++;
    }
}

bool slices_start(Thread *t)
{
    __atomic_store_n(&runtime.slice_made, box_fields, __ATOMIC_RELEASE);
    for (Gather g = {.capacity = 64};; g.capacity = g.count + 64) {
        ValueArray *array = value_array_new(t, g.capacity);
        if (!array) {
            return false;
        }
        g.items = array->items;
        g.count = 0;
        world_stop(t);
        gc_walk(gather, &g);
        gc_written(array); /* others may have collected since it was made */
        world_start(t);
        if (g.count <= g.capacity) {
            for (size_t i = 0; i < g.count; i++) {
                if (!box_fields(t, (Slice *)value_object(g.items[i]))) {
                    return false;
                }
            }
            return true;
        }
    }
}

PyObject *PySlice_New(PyObject *start, PyObject *stop, PyObject *step)
{
    THREAD;
    return value_out(t, slice_new(t, start ? value_in(start) : NONE, stop ? value_in(stop) : NONE,
                                  step ? value_in(step) : NONE));
}

int PySlice_Unpack(PyObject *o, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step)
{
    return slice_unpack(thread_current(), value_in(o), start, stop, step) ? 0 : -1;
}

Py_ssize_t PySlice_AdjustIndices(Py_ssize_t len, Py_ssize_t *start, Py_ssize_t *stop,
                                 Py_ssize_t step)
{
    return slice_adjust(len, start, stop, step);
}

int PySlice_GetIndicesEx(PyObject *o, Py_ssize_t len, Py_ssize_t *start, Py_ssize_t *stop,
                         Py_ssize_t *step, Py_ssize_t *count)
{
    if (PySlice_Unpack(o, start, stop, step) < 0) {
        return -1;
    }
    *count = slice_adjust(len, start, stop, *step);
    return 0;
}

int PySlice_GetIndices(PyObject *o, Py_ssize_t len, Py_ssize_t *start, Py_ssize_t *stop,
                       Py_ssize_t *step)
{
    Py_ssize_t count;
    return PySlice_GetIndicesEx(o, len, start, stop, step, &count);
}

int _PyEval_SliceIndex(PyObject *o, Py_ssize_t *i)
{
    THREAD;
    if (o == Py_None) {
        return 1;
    }
    Value v = value_in(o);
    if (!type_of(v)->index) {
        type_error(t, "slice indices must be integers or None or have an __index__ method");
        return 0;
    }
    return value_to_ssize(t, v, i, NULL);
}
