/* _PyUnicodeWriter: text that grows in place. */
#include "core/capi/capi.h"

void _PyUnicodeWriter_Init(_PyUnicodeWriter *w)
{
    *w = (_PyUnicodeWriter){.kind = 1, .min_char = 127};
}

void _PyUnicodeWriter_Dealloc(_PyUnicodeWriter *w)
{
    Py_CLEAR(w->buffer);
    w->size = w->pos = 0;
}

/* Room for n more characters up to max_char. */
int _PyUnicodeWriter_Prepare(_PyUnicodeWriter *w, Py_ssize_t n, Py_UCS4 max_char)
{
    THREAD;
    Py_ssize_t need = w->pos + n;
    max_char = max_char < w->min_char ? w->min_char : max_char;
    if (w->buffer && need <= w->size && max_char <= w->maxchar) {
        return 0;
    }
    if (n > PY_SSIZE_T_MAX / 2 - w->pos) {
        PyErr_NoMemory();
        return -1;
    }
    Py_ssize_t size = need < w->min_length ? w->min_length : need;
    size = size < w->size                      ? w->size
           : w->overallocate && size > w->size ? size + size / 4 + 8
                                               : size;
    Value v = str_new(t, size ? (size_t)size : 1, max_char > w->maxchar ? max_char : w->maxchar);
    if (!v) {
        return -1;
    }
    Str *s = value_str(v);
    for (Py_ssize_t i = 0; i < w->pos; i++) {
        PyUnicode_WRITE(s->kind, s->data, i, PyUnicode_READ(w->kind, w->data, i));
    }
    Py_XDECREF(w->buffer);
    w->buffer = value_out(t, v);
    w->data = s->data;
    w->kind = s->kind;
    w->maxchar = PyUnicode_MaxCharValue(w->buffer);
    w->size = (Py_ssize_t)s->len;
    return 0;
}

int _PyUnicodeWriter_WriteChar(_PyUnicodeWriter *w, Py_UCS4 c)
{
    if (_PyUnicodeWriter_Prepare(w, 1, c) < 0) {
        return -1;
    }
    PyUnicode_WRITE(w->kind, w->data, w->pos, c);
    w->pos++;
    return 0;
}

static int write_kind(_PyUnicodeWriter *w, int kind, const void *p, Py_ssize_t n, Py_UCS4 max_char)
{
    if (n == 0) {
        return 0;
    }
    if (_PyUnicodeWriter_Prepare(w, n, max_char) < 0) {
        return -1;
    }
    for (Py_ssize_t i = 0; i < n; i++) {
        PyUnicode_WRITE(w->kind, w->data, w->pos + i, PyUnicode_READ(kind, p, i));
    }
    w->pos += n;
    return 0;
}

int _PyUnicodeWriter_WriteSubstring(_PyUnicodeWriter *w, PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    const Str *s = (Str *)o;
    return write_kind(w, s->kind, (const char *)s->data + lo * s->kind, hi - lo,
                      PyUnicode_MaxCharValue(o));
}

int _PyUnicodeWriter_WriteStr(_PyUnicodeWriter *w, PyObject *o)
{
    return _PyUnicodeWriter_WriteSubstring(w, o, 0, (Py_ssize_t)((Str *)o)->len);
}

int _PyUnicodeWriter_WriteASCIIString(_PyUnicodeWriter *w, const char *s, Py_ssize_t n)
{
    return write_kind(w, 1, s, n < 0 ? (Py_ssize_t)strlen(s) : n, 127);
}

int _PyUnicodeWriter_WriteLatin1String(_PyUnicodeWriter *w, const char *s, Py_ssize_t n)
{
    return write_kind(w, 1, s, n, 255);
}

PyObject *_PyUnicodeWriter_Finish(_PyUnicodeWriter *w)
{
    THREAD;
    PyObject *buffer = w->buffer;
    w->buffer = NULL;
    Value v =
        buffer ? str_from_kind(t, w->kind, w->data, (size_t)w->pos) : str_from_ascii(t, "", 0);
    Py_XDECREF(buffer);
    return value_out(t, v);
}
