/* PyTuple_*, PyList_*, PyDict_*, PySet_*. */
#include "core/capi/capi.h"
#include "core/object/descr.h"
#include "core/object/set.h"

static void *internal_call(void)
{
    PyErr_BadInternalCall();
    return NULL;
}

/* ---- tuple ---- */

PyObject *PyTuple_New(Py_ssize_t n)
{
    THREAD;
    if (n < 0) {
        return internal_call();
    }
    return value_out(t, n == 0 ? tuple_empty() : tuple_new(t, (size_t)n));
}

PyObject *PyTuple_Pack(Py_ssize_t n, ...)
{
    THREAD;
    Value tuple = n ? tuple_new(t, (size_t)n) : tuple_empty();
    va_list ap;
    va_start(ap, n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i],
                 value_in(va_arg(ap, PyObject *)));
    }
    va_end(ap);
    return value_out(t, tuple);
}

Py_ssize_t PyTuple_Size(PyObject *o)
{
    if (!PyTuple_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return (Py_ssize_t)tuple_len(value_in(o));
}

/* A box made on the way out replaces nothing: asked again, an item that lives in a word is boxed
 * anew. */
PyObject *tuple_item(PyObject *o, Py_ssize_t i)
{
    return value_lend(thread_current(), ((Tuple *)o)->items[i]);
}

PyObject **_typhon_tuple_slot(PyObject *o, Py_ssize_t i)
{
    Value *slot = &((Tuple *)o)->items[i];
    if ((size_t)i >= ((Tuple *)o)->len || value_is_object(*slot)) {
        return (PyObject **)slot;
    }
    THREAD;
    CapiThread *c = capi_thread(t);
    PyObject **lent = &c->lent[c->lent_count++ % LENT_SLOTS];
    *lent = value_lend(t, *slot);
    return lent;
}

void _typhon_tuple_set_item(PyObject *o, Py_ssize_t i, PyObject *v)
{
    gc_store(o, &((Tuple *)o)->items[i], value_take(v));
}

PyObject *PyTuple_GetItem(PyObject *o, Py_ssize_t i)
{
    THREAD;
    if (!PyTuple_Check(o)) {
        return internal_call();
    }
    if (i < 0 || (size_t)i >= tuple_len(value_in(o))) {
        index_error(t, "tuple index out of range");
        return NULL;
    }
    return tuple_item(o, i);
}

int PyTuple_SetItem(PyObject *o, Py_ssize_t i, PyObject *v)
{
    if (!PyTuple_Check(o)) {
        Py_XDECREF(v);
        PyErr_BadInternalCall();
        return -1;
    }
    if (i < 0 || (size_t)i >= tuple_len(value_in(o))) {
        Py_XDECREF(v);
        index_error(thread_current(), "tuple assignment index out of range");
        return -1;
    }
    _typhon_tuple_set_item(o, i, v);
    return 0;
}

static void clip(size_t n, Py_ssize_t *lo, Py_ssize_t *hi)
{
    Py_ssize_t len = (Py_ssize_t)n;
    *lo = *lo < 0 ? 0 : *lo > len ? len : *lo;
    *hi = *hi < *lo ? *lo : *hi > len ? len : *hi;
}

PyObject *PyTuple_GetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    if (!PyTuple_Check(o)) {
        return internal_call();
    }
    clip(tuple_len(value_in(o)), &lo, &hi);
    return value_out(t, tuple_slice(t, value_in(o), (size_t)lo, (size_t)hi));
}

int _PyTuple_Resize(PyObject **o, Py_ssize_t n)
{
    THREAD;
    Value old = value_take(*o), v = n ? tuple_new(t, (size_t)n) : tuple_empty();
    if (!v) {
        *o = NULL;
        return -1;
    }
    size_t keep = tuple_len(old) < (size_t)n ? tuple_len(old) : (size_t)n;
    for (size_t i = 0; i < keep; i++) {
        gc_store(value_object(v), &value_tuple(v)->items[i], tuple_get(old, i));
    }
    *o = value_out(t, v);
    return 0;
}

/* ---- list ---- */

PyObject *PyList_New(Py_ssize_t n)
{
    THREAD;
    if (n < 0) {
        return internal_call();
    }
    Value list = list_new(t, (size_t)n);
    if (list) { /* items are set one by one */
        list_set_filled(list, (size_t)n);
    }
    return value_out(t, list);
}

Py_ssize_t PyList_Size(PyObject *o)
{
    if (!PyList_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return (Py_ssize_t)list_len(value_in(o));
}

/* Py_SET_SIZE: who uses it writes the items itself, too. */
void _typhon_list_set_size(PyObject *o, Py_ssize_t n)
{
    ValueArray *array = value_list(value_in(o))->array;
    if (n >= 0 && (size_t)n <= array->cap && (size_t)n != array->len) {
        __atomic_store_n(&array->len, (size_t)n, __ATOMIC_RELEASE);
    }
}

PyObject *PyList_GetItem(PyObject *o, Py_ssize_t i)
{
    THREAD;
    if (!PyList_Check(o)) {
        return internal_call();
    }
    if (i < 0 || (size_t)i >= list_len(value_in(o))) {
        index_error(t, "list index out of range");
        return NULL;
    }
    return value_lend(t, list_get(value_in(o), (size_t)i));
}

void _typhon_list_set_item(PyObject *o, Py_ssize_t i, PyObject *v)
{
    ValueArray *array = value_list(value_in(o))->array;
    gc_store(array, &array->items[i], value_take(v));
}

int PyList_SetItem(PyObject *o, Py_ssize_t i, PyObject *v)
{
    THREAD;
    Value item = value_take(v);
    if (!PyList_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    if (i < 0 || (size_t)i >= list_len(value_in(o))) {
        index_error(t, "list assignment index out of range");
        return -1;
    }
    return list_set(t, value_in(o), (size_t)i, item) ? 0 : -1;
}

int PyList_Insert(PyObject *o, Py_ssize_t i, PyObject *v)
{
    if (!PyList_Check(o) || !v) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_insert(thread_current(), value_in(o), i, value_in(v)) ? 0 : -1;
}

int PyList_Append(PyObject *o, PyObject *v)
{
    if (!PyList_Check(o) || !v) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_append(thread_current(), value_in(o), value_in(v)) ? 0 : -1;
}

PyObject *PyList_GetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    if (!PyList_Check(o)) {
        return internal_call();
    }
    clip(list_len(value_in(o)), &lo, &hi);
    return value_out(t, list_type.getitem(t, value_in(o), range_slice(t, lo, hi)));
}

int PyList_SetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi, PyObject *v)
{
    THREAD;
    if (!PyList_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    clip(list_len(value_in(o)), &lo, &hi);
    return list_type.setitem(t, value_in(o), range_slice(t, lo, hi), value_in(v)) ? 0 : -1;
}

int PyList_Sort(PyObject *o)
{
    if (!o || !PyList_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_sort(thread_current(), value_in(o), 0, false) ? 0 : -1;
}

int PyList_Reverse(PyObject *o)
{
    if (!o || !PyList_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    return list_reverse(thread_current(), value_in(o)) ? 0 : -1;
}

PyObject *PyList_AsTuple(PyObject *o)
{
    THREAD;
    if (!o || !PyList_Check(o)) {
        return internal_call();
    }
    return value_out(t, list_to_tuple(t, value_in(o)));
}

PyObject *_PyList_Extend(PyListObject *o, PyObject *iterable)
{
    return list_extend(thread_current(), value_in((PyObject *)o), value_in(iterable))
               ? Py_NewRef(Py_None)
               : NULL;
}

/* ---- dict ---- */

PyObject *PyDict_New(void)
{
    THREAD;
    return value_out(t, dict_new(t));
}

PyObject *_PyDict_NewPresized(Py_ssize_t n)
{
    THREAD;
    return value_out(t, dict_new_sized(t, (size_t)n));
}

PyObject *PyDictProxy_New(PyObject *o)
{
    THREAD;
    if (!PyMapping_Check(o) || PyList_Check(o) || PyTuple_Check(o)) {
        type_error(t, "mappingproxy() argument must be a mapping, not %s", Py_TYPE(o)->tp_name);
        return NULL;
    }
    return value_out(t, mappingproxy_new(t, value_in(o)));
}

static bool is_dict(PyObject *o)
{
    if (o && PyDict_Check(o)) {
        return true;
    }
    PyErr_BadInternalCall();
    return false;
}

void PyDict_Clear(PyObject *d)
{
    THREAD;
    if (PyDict_Check(d) && !dict_clear(t, value_in(d))) {
        error_clear(t);
    }
}

int PyDict_Contains(PyObject *d, PyObject *key)
{
    return dict_contains(thread_current(), value_in(d), value_in(key));
}

PyObject *PyDict_Copy(PyObject *d)
{
    THREAD;
    return is_dict(d) ? value_out(t, dict_copy(t, value_in(d))) : NULL;
}

int PyDict_SetItem(PyObject *d, PyObject *key, PyObject *v)
{
    THREAD;
    if (!is_dict(d)) {
        return -1;
    }
    return dict_set(t, value_in(d), value_in(key), value_in(v)) ? 0 : -1;
}

int PyDict_SetItemString(PyObject *d, const char *key, PyObject *v)
{
    THREAD;
    Value k = intern_cstr(t, key);
    return k && is_dict(d) && dict_set(t, value_in(d), k, value_in(v)) ? 0 : -1;
}

int PyDict_DelItem(PyObject *d, PyObject *key)
{
    THREAD;
    int r = is_dict(d) ? dict_del(t, value_in(d), value_in(key)) : -1;
    if (r == 0) {
        key_error(t, value_in(key));
    }
    return r > 0 ? 0 : -1;
}

int PyDict_DelItemString(PyObject *d, const char *key)
{
    THREAD;
    Value k = str_from_cstr(t, key);
    return k ? PyDict_DelItem(d, value_lend(t, k)) : -1;
}

PyObject *PyDict_GetItemWithError(PyObject *d, PyObject *key)
{
    THREAD;
    return is_dict(d) ? value_lend(t, dict_get(t, value_in(d), value_in(key))) : NULL;
}

/* Errors are swallowed, and one that was pending stays. */
PyObject *PyDict_GetItem(PyObject *d, PyObject *key)
{
    THREAD;
    if (!PyDict_Check(d)) {
        return NULL;
    }
    Value pending = error_take(t);
    PyObject *v = value_lend(t, dict_get(t, value_in(d), value_in(key)));
    error_restore(t, pending);
    return v;
}

PyObject *_PyDict_GetItemStringWithError(PyObject *d, const char *key)
{
    THREAD;
    return is_dict(d) ? value_lend(t, dict_get_cstr(t, value_in(d), key)) : NULL;
}

PyObject *PyDict_GetItemString(PyObject *d, const char *key)
{
    THREAD;
    Value pending = error_take(t);
    PyObject *v = PyDict_Check(d) ? value_lend(t, dict_get_cstr(t, value_in(d), key)) : NULL;
    error_restore(t, pending);
    return v;
}

PyObject *_PyDict_GetItem_KnownHash(PyObject *d, PyObject *key, Py_hash_t hash)
{
    THREAD;
    return is_dict(d) ? value_lend(t, dict_get_hash(t, value_in(d), value_in(key), hash)) : NULL;
}

int _PyDict_SetItem_KnownHash(PyObject *d, PyObject *key, PyObject *v, Py_hash_t hash)
{
    THREAD;
    return is_dict(d) && dict_set_hash(t, value_in(d), value_in(key), hash, value_in(v)) ? 0 : -1;
}

PyObject *_PyDict_Pop(PyObject *d, PyObject *key, PyObject *dflt)
{
    THREAD;
    Value v = is_dict(d) ? dict_pop(t, value_in(d), value_in(key)) : 0;
    if (!v && !t->exc) {
        if (dflt) {
            return Py_NewRef(dflt);
        }
        key_error(t, value_in(key));
    }
    return value_out(t, v);
}

PyObject *PyDict_SetDefault(PyObject *d, PyObject *key, PyObject *dflt)
{
    THREAD;
    return is_dict(d)
               ? value_lend(t, dict_setdefault(t, value_in(d), value_in(key), value_in(dflt)))
               : NULL;
}

PyObject *PyDict_Items(PyObject *d)
{
    THREAD;
    return is_dict(d) ? value_out(t, dict_items_list(t, value_in(d))) : NULL;
}

PyObject *PyDict_Keys(PyObject *d)
{
    THREAD;
    return is_dict(d) ? value_out(t, dict_keys_list(t, value_in(d))) : NULL;
}

PyObject *PyDict_Values(PyObject *d)
{
    THREAD;
    return is_dict(d) ? value_out(t, dict_values_list(t, value_in(d))) : NULL;
}

Py_ssize_t PyDict_Size(PyObject *d) { return is_dict(d) ? (Py_ssize_t)dict_len(value_in(d)) : -1; }

/* The position is an entry number; when the table has been replaced meanwhile, entries may repeat
 * or be missed. */
int PyDict_Next(PyObject *d, Py_ssize_t *pos, PyObject **key, PyObject **v)
{
    THREAD;
    if (!PyDict_Check(d)) {
        return 0;
    }
    DictTable *table = NULL;
    size_t at = (size_t)*pos;
    Value k, item;
    table = dict_table(value_in(d));
    if (!dict_next(value_in(d), &table, &at, &k, &item)) {
        return 0;
    }
    *pos = (Py_ssize_t)at;
    if (key) {
        *key = value_lend(t, k);
    }
    if (v) {
        *v = value_lend(t, item);
    }
    return 1;
}

int PyDict_Merge(PyObject *d, PyObject *other, int override_)
{
    THREAD;
    return is_dict(d) && dict_merge(t, value_in(d), value_in(other), override_ != 0) ? 0 : -1;
}

int PyDict_Update(PyObject *d, PyObject *other) { return PyDict_Merge(d, other, 1); }

int PyDict_MergeFromSeq2(PyObject *d, PyObject *seq2, int override_)
{
    THREAD;
    Value pairs = sequence_tuple(t, value_in(seq2));
    for (size_t i = 0; pairs && i < tuple_len(pairs); i++) {
        Value pair = sequence_tuple(t, tuple_get(pairs, i));
        if (!pair && error_clear_if(t, &exc_TypeError)) {
            type_error(t, "cannot convert dictionary update sequence element #%zu to a sequence",
                       i);
        }
        if (!pair) {
            return -1;
        }
        if (tuple_len(pair) != 2) {
            value_error(t, "dictionary update sequence element #%zu has length %zu; 2 is required",
                        i, tuple_len(pair));
            return -1;
        }
        int has = override_ ? 0 : dict_contains(t, value_in(d), tuple_get(pair, 0));
        if (has < 0 ||
            (!has && !dict_set(t, value_in(d), tuple_get(pair, 0), tuple_get(pair, 1)))) {
            return -1;
        }
    }
    return pairs ? 0 : -1;
}

/* ---- set ---- */

PyObject *PySet_New(PyObject *iterable)
{
    THREAD;
    return value_out(t, set_new(t, value_in(iterable)));
}

PyObject *PyFrozenSet_New(PyObject *iterable)
{
    THREAD;
    return value_out(t, frozenset_new(t, value_in(iterable)));
}

static bool is_set(PyObject *o)
{
    if (o && PyAnySet_Check(o)) {
        return true;
    }
    PyErr_BadInternalCall();
    return false;
}

Py_ssize_t PySet_Size(PyObject *o) { return is_set(o) ? (Py_ssize_t)set_len(value_in(o)) : -1; }
int PySet_Contains(PyObject *o, PyObject *key)
{
    return is_set(o) ? set_contains(thread_current(), value_in(o), value_in(key)) : -1;
}
int PySet_Add(PyObject *o, PyObject *key)
{
    return is_set(o) && set_add(thread_current(), value_in(o), value_in(key)) ? 0 : -1;
}
int PySet_Discard(PyObject *o, PyObject *key)
{
    return is_set(o) ? set_discard(thread_current(), value_in(o), value_in(key)) : -1;
}
int _PySet_Update(PyObject *o, PyObject *iterable)
{
    return is_set(o) && set_update(thread_current(), value_in(o), value_in(iterable)) ? 0 : -1;
}

PyObject *PySet_Pop(PyObject *o)
{
    THREAD;
    return is_set(o) ? value_out(t, call_method0(t, value_in(o), intern_cstr(t, "pop"))) : NULL;
}

int PySet_Clear(PyObject *o)
{
    THREAD;
    return is_set(o) && call_method0(t, value_in(o), intern_cstr(t, "clear")) ? 0 : -1;
}

int _PySet_NextEntry(PyObject *o, Py_ssize_t *pos, PyObject **key, Py_hash_t *hash)
{
    THREAD;
    size_t at = (size_t)*pos;
    Value v;
    if (!is_set(o) || !set_next(value_in(o), &at, &v)) {
        return 0;
    }
    *pos = (Py_ssize_t)at;
    *key = value_lend(t, v);
    *hash = object_hash(t, v);
    return 1;
}
