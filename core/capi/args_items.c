/* PyArg_Parse*: one argument by its letters. */
#include "core/capi/args.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"

static bool expected(Parser *s, const char *what, PyObject *arg)
{
    snprintf(s->reason, sizeof s->reason, "must be %.50s, not %.50s", what, parser_shown(arg));
    return false;
}

/* ---- numbers ---- */

static bool integer(Parser *s, PyObject *arg, long low, long high, const char *what, long *out)
{
    if (PyFloat_Check(arg)) {
        type_error(s->t, "'float' object cannot be interpreted as an integer");
        return false;
    }
    *out = PyLong_AsLong(arg);
    if (*out == -1 && s->t->exc) {
        return false;
    }
    if (*out < low || *out > high) {
        overflow_error(s->t, "%s is %s than %s", what, *out < low ? "less" : "greater",
                       *out < low ? "minimum" : "maximum");
        return false;
    }
    return true;
}

static bool parse_small(Parser *s, PyObject *arg, char c)
{
    long v = 0;
    switch (c) {
    case 'b':
        if (!integer(s, arg, LONG_MIN, LONG_MAX, "", &v)) {
            return false;
        }
        if (v < 0 || v > UCHAR_MAX) {
            overflow_error(s->t, "unsigned byte integer is %s",
                           v < 0 ? "less than minimum" : "greater than maximum");
            return false;
        }
        *va_arg(s->ap, unsigned char *) = (unsigned char)v;
        return true;
    case 'h':
        if (!integer(s, arg, SHRT_MIN, SHRT_MAX, "signed short integer", &v)) {
            return false;
        }
        *va_arg(s->ap, short *) = (short)v;
        return true;
    case 'i':
        if (!integer(s, arg, INT_MIN, INT_MAX, "signed integer", &v)) {
            return false;
        }
        *va_arg(s->ap, int *) = (int)v;
        return true;
    default: /* 'l' */
        if (!integer(s, arg, LONG_MIN, LONG_MAX, "", &v)) {
            return false;
        }
        *va_arg(s->ap, long *) = v;
        return true;
    }
}

/* Formats without a range check. */
static bool parse_masked(Parser *s, PyObject *arg, char c)
{
    if ((c == 'k' || c == 'K') && !PyLong_Check(arg)) {
        return expected(s, "int", arg);
    }
    unsigned long long v = PyLong_AsUnsignedLongLongMask(arg);
    if (v == (unsigned long long)-1 && s->t->exc) {
        return false;
    }
    switch (c) {
    case 'B': *va_arg(s->ap, unsigned char *) = (unsigned char)v; break;
    case 'H': *va_arg(s->ap, unsigned short *) = (unsigned short)v; break;
    case 'I': *va_arg(s->ap, unsigned *) = (unsigned)v; break;
    case 'k': *va_arg(s->ap, unsigned long *) = (unsigned long)v; break;
    default: *va_arg(s->ap, unsigned long long *) = v; break;
    }
    return true;
}

static bool parse_number(Parser *s, PyObject *arg, char c)
{
    switch (c) {
    case 'L': {
        if (PyFloat_Check(arg)) {
            type_error(s->t, "'float' object cannot be interpreted as an integer");
            return false;
        }
        long long v = PyLong_AsLongLong(arg);
        *va_arg(s->ap, long long *) = v;
        return v != -1 || !s->t->exc;
    }
    case 'n': {
        PyObject *index = PyNumber_Index(arg);
        Py_ssize_t n = index ? PyLong_AsSsize_t(index) : -1;
        Py_XDECREF(index);
        if (n == -1 && s->t->exc) {
            return false;
        }
        *va_arg(s->ap, Py_ssize_t *) = n;
        return true;
    }
    case 'f':
    case 'd': {
        double d = PyFloat_AsDouble(arg);
        if (d == -1.0 && s->t->exc) {
            return false;
        }
        if (c == 'f') {
            *va_arg(s->ap, float *) = (float)d;
        } else {
            *va_arg(s->ap, double *) = d;
        }
        return true;
    }
    case 'D': {
        Py_complex z = PyComplex_AsCComplex(arg);
        if (s->t->exc) {
            return false;
        }
        *va_arg(s->ap, Py_complex *) = z;
        return true;
    }
    default: { /* 'p' */
        int r = PyObject_IsTrue(arg);
        *va_arg(s->ap, int *) = r > 0;
        return r >= 0;
    }
    }
}

static bool parse_char(Parser *s, PyObject *arg, char c)
{
    if (c == 'c') {
        if (PyBytes_Check(arg) && PyBytes_GET_SIZE(arg) == 1) {
            *va_arg(s->ap, char *) = PyBytes_AS_STRING(arg)[0];
            return true;
        }
        if (PyByteArray_Check(arg) && PyByteArray_GET_SIZE(arg) == 1) {
            *va_arg(s->ap, char *) = PyByteArray_AS_STRING(arg)[0];
            return true;
        }
        return expected(s, "a byte string of length 1", arg);
    }
    if (!PyUnicode_Check(arg) || PyUnicode_GET_LENGTH(arg) != 1) {
        return expected(s, "a unicode character", arg);
    }
    *va_arg(s->ap, int *) = (int)PyUnicode_READ_CHAR(arg, 0);
    return true;
}

/* ---- text and bytes ---- */

static bool no_nul(Parser *s, const char *p, Py_ssize_t n, const char *what)
{
    if (strlen(p) == (size_t)n) {
        return true;
    }
    value_error(s->t, "embedded null %s", what);
    return false;
}

static bool into_buffer(Parser *s, PyObject *arg, char c)
{
    Py_buffer *view = va_arg(s->ap, Py_buffer *);
    if (c == 'z' && arg == Py_None) {
        PyBuffer_FillInfo(view, NULL, NULL, 0, 1, 0);
        return true;
    }
    if (c != 'y' && c != 'w' && PyUnicode_Check(arg)) {
        Py_ssize_t n;
        const char *p = PyUnicode_AsUTF8AndSize(arg, &n);
        return p && PyBuffer_FillInfo(view, arg, (void *)(uintptr_t)p, n, 1, 0) == 0;
    }
    if (PyObject_GetBuffer(arg, view, c == 'w' ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0) {
        if (c != 'w') {
            return false;
        }
        error_clear(s->t);
        return expected(s, "read-write bytes-like object", arg);
    }
    return true;
}

/* Read-only memory that stays while the argument does. */
static bool steady_memory(Parser *s, PyObject *arg, const char **p, Py_ssize_t *n)
{
    if (PyBytes_Check(arg)) {
        *p = PyBytes_AS_STRING(arg);
        *n = PyBytes_GET_SIZE(arg);
        return true;
    }
    Py_buffer view;
    if (type_in(Py_TYPE(arg))->release_buffer) { /* nothing would keep the memory in place */
        return expected(s, "read-only bytes-like object", arg);
    }
    if (PyObject_GetBuffer(arg, &view, PyBUF_SIMPLE) < 0) {
        return false;
    }
    *p = view.buf;
    *n = view.len;
    PyBuffer_Release(&view);
    return true;
}

/* s# z# y# */
static bool with_length(Parser *s, PyObject *arg, char c)
{
    const char **p = va_arg(s->ap, const char **);
    Py_ssize_t *n = va_arg(s->ap, Py_ssize_t *);
    if (c == 'z' && arg == Py_None) {
        *p = NULL;
        *n = 0;
        return true;
    }
    if (c != 'y' && PyUnicode_Check(arg)) {
        *p = PyUnicode_AsUTF8AndSize(arg, n);
        return *p != NULL;
    }
    return steady_memory(s, arg, p, n);
}

static bool plain_text(Parser *s, PyObject *arg, char c)
{
    const char **p = va_arg(s->ap, const char **);
    Py_ssize_t n;
    if (c == 'z' && arg == Py_None) {
        *p = NULL;
        return true;
    }
    if (c == 'y') {
        return steady_memory(s, arg, p, &n) && no_nul(s, *p, n, "byte");
    }
    if (!PyUnicode_Check(arg)) {
        return expected(s, c == 'z' ? "str or None" : "str", arg);
    }
    *p = PyUnicode_AsUTF8AndSize(arg, &n);
    return *p && no_nul(s, *p, n, "character");
}

static bool parse_text(Parser *s, PyObject *arg, char c)
{
    if (*s->p == '*') {
        s->p++;
        return into_buffer(s, arg, c);
    }
    if (*s->p == '#') {
        s->p++;
        return with_length(s, arg, c);
    }
    return c == 'w' ? (system_error(s->t, "invalid use of 'w' format character"), false)
                    : plain_text(s, arg, c);
}

/* es, et, with #: encoded copy, in memory the caller frees or provides. */
static bool parse_encoded(Parser *s, PyObject *arg)
{
    bool bytes_pass = *s->p++ == 't';
    bool with_size = *s->p == '#';
    s->p += with_size;
    const char *encoding = va_arg(s->ap, const char *);
    char **out = va_arg(s->ap, char **);
    Py_ssize_t *size = with_size ? va_arg(s->ap, Py_ssize_t *) : NULL;
    Value v = value_in(arg);
    const char *p;
    size_t n;
    if (bytes_pass && value_is_bytes(v)) {
        p = value_bytes(v)->data;
        n = value_bytes(v)->len;
    } else if (bytes_pass && value_is_bytearray(v)) {
        p = PyByteArray_AsString(arg);
        n = (size_t)PyByteArray_Size(arg);
    } else if (value_is_str(v)) {
        v = str_encode(s->t, v, encoding ? encoding : "utf-8", NULL);
        if (!v) {
            return false;
        }
        p = value_bytes(v)->data;
        n = value_bytes(v)->len;
    } else {
        return expected(s, bytes_pass ? "str, bytes or bytearray" : "str", arg);
    }
    if (!with_size && strlen(p) != n) {
        return expected(s, "encoded string without null bytes", arg);
    }
    if (with_size && *out) {
        if ((size_t)*size < n + 1) {
            value_error(s->t, "encoded string too long (%zd, maximum length %zd)", (ssize_t)n,
                        *size - 1);
            return false;
        }
    } else if (!(*out = PyMem_Malloc(n + 1))) {
        raise_memory(s->t);
        return false;
    }
    memcpy(*out, p, n);
    (*out)[n] = 0;
    if (size) {
        *size = (Py_ssize_t)n;
    }
    __asm__ volatile("" ::"r"(v));
    return true;
}

static bool parse_wide(Parser *s, PyObject *arg, char c)
{
    const wchar_t **out = va_arg(s->ap, const wchar_t **);
    Py_ssize_t n = 0, *size = *s->p == '#' ? (s->p++, va_arg(s->ap, Py_ssize_t *)) : NULL;
    if (c == 'Z' && arg == Py_None) {
        *out = NULL;
    } else if (!PyUnicode_Check(arg)) {
        return expected(s, c == 'Z' ? "str or None" : "str", arg);
    } else if (!(*out = PyUnicode_AsWideCharString(arg, size ? &n : NULL))) {
        return false; /* without a size it refuses null characters */
    }
    if (size) {
        *size = n;
    }
    return true;
}

/* ---- objects ---- */

static bool parse_object(Parser *s, PyObject *arg)
{
    if (*s->p == '!') {
        s->p++;
        PyTypeObject *type = va_arg(s->ap, PyTypeObject *);
        PyObject **out = va_arg(s->ap, PyObject **);
        if (!PyObject_TypeCheck(arg, type)) {
            return expected(s, type->tp_name, arg);
        }
        *out = arg;
        return true;
    }
    if (*s->p == '&') {
        s->p++;
        int (*convert)(PyObject *, void *) = va_arg(s->ap, int (*)(PyObject *, void *));
        void *out = va_arg(s->ap, void *);
        if (convert(arg, out)) {
            return true;
        }
        snprintf(s->reason, sizeof s->reason, "(unspecified)");
        return false;
    }
    *va_arg(s->ap, PyObject **) = arg;
    return true;
}

static bool parse_exact_kind(Parser *s, PyObject *arg, char c)
{
    bool ok = c == 'S'   ? PyBytes_Check(arg)
              : c == 'Y' ? PyByteArray_Check(arg)
                         : PyUnicode_Check(arg);
    if (!ok) {
        return expected(s, c == 'S' ? "bytes" : c == 'Y' ? "bytearray" : "str", arg);
    }
    *va_arg(s->ap, PyObject **) = arg;
    return true;
}

static int count_items(const char *p, const char *end)
{
    int n = 0;
    for (; p < end; p++) {
        n += parser_item_starts(&p);
    }
    return n;
}

static bool parse_group(Parser *s, PyObject *arg)
{
    const char *end = parser_group_end(s->p);
    int n = count_items(s->p, end);
    if (!PySequence_Check(arg) || PyBytes_Check(arg)) {
        snprintf(s->reason, sizeof s->reason, "must be %d-item sequence, not %.50s", n,
                 parser_shown(arg));
        return false;
    }
    Py_ssize_t len = PySequence_Size(arg);
    if (len != n) {
        snprintf(s->reason, sizeof s->reason, "must be sequence of length %d, not %zd", n, len);
        return false;
    }
    if (s->depth == MAX_DEPTH) {
        system_error(s->t, "too many nested tuples in argument format");
        return false;
    }
    int level = s->depth++;
    for (int i = 0; i < n; i++) {
        s->levels[level] = i + 1;
        PyObject *item = PySequence_GetItem(arg, i);
        if (!item) {
            return false;
        }
        Py_DECREF(item); /* borrowed from the sequence, and found on the stack meanwhile */
        if (!parser_item(s, item)) {
            return false;
        }
    }
    s->levels[level] = 0;
    s->depth--;
    s->p = end + 1;
    return true;
}

bool parser_item(Parser *s, PyObject *arg)
{
    char c = *s->p++;
    switch (c) {
    case '(':
        return parse_group(s, arg);
    case 'b': case 'h': case 'i': case 'l':
        return parse_small(s, arg, c);
    case 'B': case 'H': case 'I': case 'k': case 'K':
        return parse_masked(s, arg, c);
    case 'L': case 'n': case 'f': case 'd': case 'D': case 'p':
        return parse_number(s, arg, c);
    case 'c': case 'C':
        return parse_char(s, arg, c);
    case 's': case 'z': case 'y': case 'w':
        return parse_text(s, arg, c);
    case 'e':
        return parse_encoded(s, arg);
    case 'u': case 'Z':
        return parse_wide(s, arg, c);
    case 'O':
        return parse_object(s, arg);
    case 'S': case 'Y': case 'U':
        return parse_exact_kind(s, arg, c);
    default:
        snprintf(s->reason, sizeof s->reason, "(impossible<bad format char>)");
        return false;
    }
}

void parser_skip(Parser *s)
{
    char c = *s->p++;
    if (c == '(') {
        const char *end = parser_group_end(s->p);
        while (s->p < end) {
            parser_skip(s);
        }
        s->p = end + 1;
        return;
    }
    if (c == 'e') {
        s->p++;
        (void)va_arg(s->ap, char *);
    }
    (void)va_arg(s->ap, void *);
    if (*s->p == '#') {
        s->p++;
        (void)va_arg(s->ap, void *);
    } else if (*s->p == '*') {
        s->p++;
    } else if (c == 'O' && (*s->p == '!' || *s->p == '&')) {
        s->p++;
        (void)va_arg(s->ap, void *);
    }
}
