/* PySequence_*, PyMapping_*, PyObject_GetBuffer and its kin. */
#include "core/capi/capi.h"
#include "core/object/buffer.h"
#include "core/object/memoryview_internal.h"
#include "core/object/slice.h"

/* ---- sequences ---- */

int PySequence_Check(PyObject *o)
{
    if (!o || PyDict_Check(o)) {
        return 0;
    }
    Type *type = type_in(Py_TYPE(o));
    if (type_has(type, TYPE_EXT)) {
        return Py_TYPE(o)->tp_as_sequence && Py_TYPE(o)->tp_as_sequence->sq_item;
    }
    return value_is_sequence(value_in(o));
}

/* Mappings are told apart by what they cannot do: dict is no sequence. */
static bool not_a_mapping(PyObject *o)
{
    if (o && PyDict_Check(o)) {
        type_error(thread_current(), "%s is not a sequence", Py_TYPE(o)->tp_name);
        return false;
    }
    return true;
}

Py_ssize_t PySequence_Size(PyObject *o) { return not_a_mapping(o) ? PyObject_Size(o) : -1; }

PyObject *PySequence_Concat(PyObject *a, PyObject *b)
{
    THREAD;
    return value_out(t, sequence_concat(t, value_in(a), value_in(b)));
}

PyObject *PySequence_Repeat(PyObject *o, Py_ssize_t n)
{
    THREAD;
    return value_out(t, sequence_repeat(t, value_in(o), n));
}

PyObject *PySequence_InPlaceConcat(PyObject *a, PyObject *b)
{
    THREAD;
    Value v = value_in(a);
    BinaryFn fn = type_of(v)->iconcat;
    return value_out(t, fn ? fn(t, v, value_in(b)) : sequence_concat(t, v, value_in(b)));
}

PyObject *PySequence_InPlaceRepeat(PyObject *o, Py_ssize_t n)
{
    THREAD;
    Value v = value_in(o);
    BinaryFn fn = type_of(v)->irepeat;
    return value_out(t, fn ? fn(t, v, int_from_int64(t, n)) : sequence_repeat(t, v, n));
}

/* A negative index counts from the end, whether or not the type's own [] would. */
static Value item_of(Thread *t, PyObject *o, Py_ssize_t i)
{
    Value v = value_in(o);
    if (!type_of(v)->getitem) {
        return type_error(t, "'%T' object does not support indexing", v);
    }
    return object_getitem(t, v, int_from_int64(t, i));
}

PyObject *PySequence_GetItem(PyObject *o, Py_ssize_t i)
{
    THREAD;
    return not_a_mapping(o) ? value_out(t, item_of(t, o, i)) : NULL;
}

int PySequence_SetItem(PyObject *o, Py_ssize_t i, PyObject *v)
{
    THREAD;
    return object_setitem(t, value_in(o), int_from_int64(t, i), value_in(v)) ? 0 : -1;
}

int PySequence_DelItem(PyObject *o, Py_ssize_t i)
{
    THREAD;
    return object_delitem(t, value_in(o), int_from_int64(t, i)) ? 0 : -1;
}

Value range_slice(Thread *t, Py_ssize_t lo, Py_ssize_t hi)
{
    return slice_new(t, int_from_int64(t, lo), int_from_int64(t, hi), NONE);
}

PyObject *PySequence_GetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    if (!type_of(value_in(o))->getitem) {
        type_error(t, "'%s' object is unsliceable", Py_TYPE(o)->tp_name);
        return NULL;
    }
    return value_out(t, object_getitem(t, value_in(o), range_slice(t, lo, hi)));
}

int PySequence_SetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi, PyObject *v)
{
    THREAD;
    return object_setitem(t, value_in(o), range_slice(t, lo, hi), value_in(v)) ? 0 : -1;
}

int PySequence_DelSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    if (!type_of(value_in(o))->setitem) {
        type_error(t, "'%s' object doesn't support slice deletion", Py_TYPE(o)->tp_name);
        return -1;
    }
    return object_delitem(t, value_in(o), range_slice(t, lo, hi)) ? 0 : -1;
}

PyObject *PySequence_Tuple(PyObject *o)
{
    THREAD;
    return value_out(t, sequence_tuple(t, value_in(o)));
}

PyObject *PySequence_List(PyObject *o)
{
    THREAD;
    return value_out(t, sequence_list(t, value_in(o)));
}

PyObject *PySequence_Fast(PyObject *o, const char *message)
{
    THREAD;
    if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
        return Py_NewRef(o);
    }
    Value it = object_iter(t, value_in(o));
    if (!it) {
        if (error_matches(t, &exc_TypeError)) {
            error_clear(t);
            type_error(t, "%s", message);
        }
        return NULL;
    }
    return value_out(t, sequence_list(t, it));
}

PyObject *PySequence_Fast_Item(PyObject *o, Py_ssize_t i)
{
    THREAD;
    Value v = value_in(o);
    return value_lend(t, value_is_list(v) ? list_get(v, (size_t)i) : tuple_get(v, (size_t)i));
}

/* The items themselves when all of them are objects, else boxed copies; in either case borrowed
 * from o or found on the caller's stack. */
PyObject **PySequence_Fast_Items(PyObject *o)
{
    THREAD;
    Value v = value_in(o);
    bool is_list = value_is_list(v);
    size_t n = is_list ? list_len(v) : tuple_len(v);
    Value *items = is_list ? value_list(v)->array->items : value_tuple(v)->items;
    bool plain = true;
    for (size_t i = 0; i < n && plain; i++) {
        plain = value_is_object(items[i]);
    }
    if (plain) {
        return (PyObject **)items;
    }
    PyObject **boxed = PyMem_Malloc(n * sizeof *boxed);
    for (size_t i = 0; boxed && i < n; i++) {
        boxed[i] = value_lend(t, items[i]);
    }
    if (boxed) { /* lives as long as somebody points to it */
        atomic_store_explicit(&((Object *)boxed)[-1].ext_refs, 0, memory_order_relaxed);
    }
    return boxed;
}

int PySequence_Contains(PyObject *o, PyObject *v)
{
    return object_contains(thread_current(), value_in(o), value_in(v));
}

static Py_ssize_t count_or_find(PyObject *o, PyObject *v, bool find)
{
    THREAD;
    Value it = object_iter(t, value_in(o)), item, wanted = value_in(v);
    Py_ssize_t i = 0, count = 0;
    if (!it && error_clear_if(t, &exc_TypeError)) {
        type_error(t, "argument of type '%s' is not iterable", Py_TYPE(o)->tp_name);
    }
    while (it && (item = iter_next(t, it)) != 0) {
        int r = object_compare_bool(t, item, wanted, CMP_EQ);
        if (r < 0) {
            return -1;
        }
        if (r && find) {
            return i;
        }
        count += r;
        i++;
    }
    if (t->exc) {
        return -1;
    }
    if (find) {
        value_error(t, "sequence.index(x): x not in sequence");
        return -1;
    }
    return count;
}

Py_ssize_t PySequence_Count(PyObject *o, PyObject *v) { return count_or_find(o, v, false); }
Py_ssize_t PySequence_Index(PyObject *o, PyObject *v) { return count_or_find(o, v, true); }

/* ---- mappings ---- */

int PyMapping_Check(PyObject *o)
{
    if (!o) {
        return 0;
    }
    Type *type = type_in(Py_TYPE(o));
    if (type_has(type, TYPE_EXT)) {
        return Py_TYPE(o)->tp_as_mapping && Py_TYPE(o)->tp_as_mapping->mp_subscript;
    }
    return type->getitem != NULL;
}

Py_ssize_t PyMapping_Size(PyObject *o) { return PyObject_Size(o); }

static PyObject *list_of_method(PyObject *o, const char *name)
{
    THREAD;
    Value r = call_method0(t, value_in(o), intern_cstr(t, name));
    return r ? value_out(t, sequence_list(t, r)) : NULL;
}

PyObject *PyMapping_Keys(PyObject *o)
{
    return PyDict_CheckExact(o) ? PyDict_Keys(o) : list_of_method(o, "keys");
}
PyObject *PyMapping_Values(PyObject *o)
{
    return PyDict_CheckExact(o) ? PyDict_Values(o) : list_of_method(o, "values");
}
PyObject *PyMapping_Items(PyObject *o)
{
    return PyDict_CheckExact(o) ? PyDict_Items(o) : list_of_method(o, "items");
}

PyObject *PyMapping_GetItemString(PyObject *o, const char *key)
{
    THREAD;
    Value k = str_from_cstr(t, key);
    return k ? value_out(t, object_getitem(t, value_in(o), k)) : NULL;
}

int PyMapping_SetItemString(PyObject *o, const char *key, PyObject *v)
{
    THREAD;
    Value k = str_from_cstr(t, key);
    return k && object_setitem(t, value_in(o), k, value_in(v)) ? 0 : -1;
}

int PyMapping_HasKey(PyObject *o, PyObject *key)
{
    THREAD;
    Value v = object_getitem(t, value_in(o), value_in(key));
    error_clear(t);
    return v != 0;
}

int PyMapping_HasKeyString(PyObject *o, const char *key)
{
    THREAD;
    Value k = str_from_cstr(t, key);
    Value v = k ? object_getitem(t, value_in(o), k) : 0;
    error_clear(t);
    return v != 0;
}

/* ---- buffers ---- */

_Static_assert(sizeof(Py_buffer) == sizeof(Buffer) &&
                   offsetof(Py_buffer, internal) == offsetof(Buffer, internal),
               "Py_buffer and Buffer are the same");

int PyObject_CheckBuffer(PyObject *o)
{
    type_buffer_adopt(value_in(o));
    return value_has_buffer(value_in(o));
}

int PyObject_GetBuffer(PyObject *o, Py_buffer *view, int flags)
{
    THREAD;
    type_buffer_adopt(value_in(o));
    if (!buffer_get(t, value_in(o), (Buffer *)view, flags)) {
        return -1;
    }
    Py_XINCREF(view->obj);
    return 0;
}

void PyBuffer_Release(Py_buffer *view)
{
    PyObject *o = view->obj;
    if (o) {
        buffer_release(thread_current(), (Buffer *)view);
        view->obj = NULL;
        Py_DECREF(o);
    }
}

int PyBuffer_FillInfo(Py_buffer *view, PyObject *o, void *p, Py_ssize_t n, int readonly, int flags)
{
    THREAD;
    if (!view) {
        raise(t, &exc_BufferError, "PyBuffer_FillInfo: view==NULL argument is obsolete");
        return -1;
    }
    if (!buffer_fill(t, (Buffer *)view, o ? object_value(o) : 0, p, n, readonly, flags)) {
        return -1;
    }
    Py_XINCREF(o);
    return 0;
}

int PyBuffer_IsContiguous(const Py_buffer *view, char order)
{
    const Buffer *b = (const Buffer *)view;
    if (view->suboffsets) {
        return 0;
    }
    if (!view->strides || !view->shape || view->len == 0) { /* laid out as C does */
        return order != 'F' || view->ndim <= 1 || view->len == 0;
    }
    return order == 'C'   ? view_is_c_contiguous(b)
           : order == 'F' ? view_is_f_contiguous(b)
                          : view_is_c_contiguous(b) || view_is_f_contiguous(b);
}

int PyBuffer_ToContiguous(void *to, const Py_buffer *view, Py_ssize_t n, char order)
{
    if (n != view->len) {
        value_error(thread_current(), "PyBuffer_ToContiguous: len != view->len");
        return -1;
    }
    if (PyBuffer_IsContiguous(view, order)) {
        memcpy(to, view->buf, (size_t)n);
        return 0;
    }
    view_copy_out((const Buffer *)view, to, order == 'F');
    return 0;
}

void *PyBuffer_GetPointer(const Py_buffer *view, const Py_ssize_t *indices)
{
    char *p = view->buf;
    for (int i = 0; i < view->ndim; i++) {
        p = view_step((const Buffer *)view, p, i, indices[i]);
    }
    return p;
}

Py_ssize_t PyBuffer_SizeFromFormat(const char *format)
{
    THREAD;
    Value calcsize = import_attr(t, "struct", "calcsize");
    Value n = calcsize ? call1(t, calcsize, str_from_cstr(t, format)) : 0;
    ssize_t size;
    return n && value_to_ssize(t, n, &size, NULL) ? size : -1;
}

static int old_buffer(PyObject *o, const void **p, Py_ssize_t *n, int flags)
{
    Py_buffer view;
    if (PyObject_GetBuffer(o, &view, flags) < 0) {
        return -1;
    }
    *p = view.buf;
    *n = view.len;
    PyBuffer_Release(&view);
    return 0;
}

int PyObject_AsReadBuffer(PyObject *o, const void **p, Py_ssize_t *n)
{
    return old_buffer(o, p, n, PyBUF_SIMPLE);
}
int PyObject_AsCharBuffer(PyObject *o, const char **p, Py_ssize_t *n)
{
    return old_buffer(o, (const void **)p, n, PyBUF_SIMPLE);
}
int PyObject_AsWriteBuffer(PyObject *o, void **p, Py_ssize_t *n)
{
    int r = old_buffer(o, (const void **)(uintptr_t)p, n, PyBUF_WRITABLE);
    THREAD;
    if (r < 0 && (error_clear_if(t, &exc_BufferError) || error_clear_if(t, &exc_TypeError))) {
        type_error(t, "expected a writable bytes-like object");
    }
    return r;
}

/* ---- memoryview ---- */

PyObject *PyMemoryView_FromObject(PyObject *o)
{
    THREAD;
    return value_out(t, memoryview_new(t, value_in(o)));
}

PyObject *PyMemoryView_FromBuffer(const Py_buffer *view)
{
    THREAD;
    if (!view->buf) {
        value_error(t, "PyMemoryView_FromBuffer(): info->buf must not be NULL");
        return NULL;
    }
    return value_out(t, memoryview_from_buffer(t, (const Buffer *)view));
}

PyObject *PyMemoryView_FromMemory(char *p, Py_ssize_t n, int flags)
{
    THREAD;
    Buffer b;
    if (!buffer_fill(t, &b, 0, p, n, flags == PyBUF_READ, BUFFER_FULL_RO)) {
        return NULL;
    }
    return value_out(t, memoryview_from_buffer(t, &b));
}

PyObject *PyMemoryView_GetContiguous(PyObject *o, int buffertype, char order)
{
    THREAD;
    Value m = memoryview_new(t, value_in(o));
    if (!m) {
        return NULL;
    }
    Py_buffer *view = (Py_buffer *)&view_of(m)->view;
    if (buffertype == PyBUF_WRITE && view->readonly) {
        raise(t, &exc_BufferError, "underlying buffer is not writable");
        return NULL;
    }
    if (PyBuffer_IsContiguous(view, order)) {
        return value_out(t, m);
    }
    if (buffertype == PyBUF_WRITE) {
        raise(t, &exc_BufferError,
              "writable contiguous buffer requested for a non-contiguous object.");
        return NULL;
    }
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, view->len);
    if (!bytes || PyBuffer_ToContiguous(PyBytes_AS_STRING(bytes), view, view->len, order) < 0) {
        return NULL;
    }
    return value_out(t, memoryview_new(t, value_take(bytes)));
}

Py_buffer *PyMemoryView_GetBuffer(PyObject *o) { return (Py_buffer *)&view_of(value_in(o))->view; }
