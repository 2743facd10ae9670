/* PyBytes_*, PyByteArray_*. */
#include "core/object/bytes.h"
#include "core/capi/capi.h"
#include "core/object/buffer.h"

_Static_assert(offsetof(PyBytesObject, data) == offsetof(Bytes, data),
               "PyBytes_AS_STRING reads the bytes in place");

PyObject *PyBytes_FromStringAndSize(const char *s, Py_ssize_t n)
{
    THREAD;
    if (n < 0) {
        system_error(t, "Negative size passed to PyBytes_FromStringAndSize");
        return NULL;
    }
    return value_out(t, bytes_new(t, s, (size_t)n));
}

PyObject *PyBytes_FromString(const char *s)
{
    return PyBytes_FromStringAndSize(s, (Py_ssize_t)strlen(s));
}

PyObject *PyBytes_FromObject(PyObject *o)
{
    THREAD;
    if (!o) {
        PyErr_BadInternalCall();
        return NULL;
    }
    if (PyBytes_CheckExact(o)) {
        return Py_NewRef(o);
    }
    if (PyUnicode_Check(o) || PyLong_Check(o)) {
        type_error(t, "cannot convert '%s' object to bytes", Py_TYPE(o)->tp_name);
        return NULL;
    }
    return value_out(t, call1(t, object_value(&bytes_type), value_in(o)));
}

int PyBytes_AsStringAndSize(PyObject *o, char **s, Py_ssize_t *n)
{
    THREAD;
    if (!o || !PyBytes_Check(o)) {
        type_error(t, "expected bytes, %s found", o ? Py_TYPE(o)->tp_name : "NULL");
        return -1;
    }
    *s = PyBytes_AS_STRING(o);
    if (n) {
        *n = Py_SIZE(o);
    } else if (strlen(*s) != (size_t)Py_SIZE(o)) {
        value_error(t, "embedded null byte");
        return -1;
    }
    return 0;
}

char *PyBytes_AsString(PyObject *o)
{
    Py_ssize_t n;
    char *s;
    return PyBytes_AsStringAndSize(o, &s, &n) < 0 ? NULL : s;
}

Py_ssize_t PyBytes_Size(PyObject *o)
{
    Py_ssize_t n;
    char *s;
    return PyBytes_AsStringAndSize(o, &s, &n) < 0 ? -1 : n;
}

void PyBytes_Concat(PyObject **a, PyObject *b)
{
    THREAD;
    if (!*a) {
        return;
    }
    Value v = b ? sequence_concat(t, value_in(*a), value_in(b)) : 0;
    Py_DECREF(*a);
    *a = value_out(t, v);
}

void PyBytes_ConcatAndDel(PyObject **a, PyObject *b)
{
    PyBytes_Concat(a, b);
    Py_XDECREF(b);
}

/* Only bytes that nobody else has seen are resized: shrinking stays in place. */
int _PyBytes_Resize(PyObject **o, Py_ssize_t n)
{
    THREAD;
    PyObject *old = *o;
    if (!old || !PyBytes_Check(old) || n < 0) {
        *o = NULL;
        PyErr_BadInternalCall();
        return -1;
    }
    Bytes *b = (Bytes *)old;
    if ((size_t)n <= b->len && b->len != 0 && n != 0) {
        b->data[n] = 0;
        b->len = (size_t)n;
        return 0;
    }
    Value v = bytes_new(t, NULL, (size_t)n);
    *o = NULL;
    if (!v) {
        return -1;
    }
    memcpy(value_bytes(v)->data, b->data, b->len < (size_t)n ? b->len : (size_t)n);
    Py_DECREF(old);
    *o = value_out(t, v);
    return 0;
}

PyObject *_PyBytes_Join(PyObject *sep, PyObject *iterable)
{
    THREAD;
    return value_out(t, call_method1(t, value_in(sep), intern_cstr(t, "join"), value_in(iterable)));
}

/* ---- bytearray ---- */

PyObject *PyByteArray_FromStringAndSize(const char *s, Py_ssize_t n)
{
    THREAD;
    if (n < 0) {
        system_error(t, "Negative size passed to PyByteArray_FromStringAndSize");
        return NULL;
    }
    return value_out(t, bytearray_new(t, s, (size_t)n));
}

PyObject *PyByteArray_FromObject(PyObject *o)
{
    THREAD;
    return value_out(t, call1(t, object_value(&bytearray_type), value_in(o)));
}

PyObject *PyByteArray_Concat(PyObject *a, PyObject *b)
{
    THREAD;
    if (!PyObject_CheckBuffer(a) || !PyObject_CheckBuffer(b)) {
        type_error(t, "can't concat %s to %s", Py_TYPE(b)->tp_name, Py_TYPE(a)->tp_name);
        return NULL;
    }
    Value left = value_take(PyByteArray_FromObject(a));
    return left ? value_out(t, sequence_concat(t, left, value_in(b))) : NULL;
}

Py_ssize_t PyByteArray_Size(PyObject *o) { return (Py_ssize_t)((ByteArray *)o)->len; }

char *PyByteArray_AsString(PyObject *o)
{
    ByteArray *b = (ByteArray *)o;
    if (!b->buf) {
        static char empty[1];
        return empty;
    }
    return b->buf->data + b->start;
}

int PyByteArray_Resize(PyObject *o, Py_ssize_t n)
{
    THREAD;
    ByteArray *b = (ByteArray *)o;
    Py_ssize_t old = (Py_ssize_t)b->len;
    if (n > old) {
        Value more = bytes_new(t, NULL, (size_t)(n - old));
        return more && call_method1(t, value_in(o), intern_cstr(t, "extend"), more) ? 0 : -1;
    }
    Value slice = value_take(PySlice_New(value_lend(t, int_from_int64(t, n)), NULL, NULL));
    return n == old || (slice && object_delitem(t, value_in(o), slice)) ? 0 : -1;
}
