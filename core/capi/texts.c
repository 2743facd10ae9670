/* PyUnicode_*: making, reading and comparing str. */
#include "core/capi/capi.h"
#include "core/object/codec.h"
#include "core/object/unicode.h"

bool wants_str(PyObject *o)
{
    if (o && PyUnicode_Check(o)) {
        return true;
    }
    PyErr_BadArgument();
    return false;
}

static bool must_be_str(PyObject *o)
{
    if (o && PyUnicode_Check(o)) {
        return true;
    }
    type_error(thread_current(), "must be str, not %s", o ? Py_TYPE(o)->tp_name : "NULL");
    return false;
}

static Str *str_in(PyObject *o) { return (Str *)o; }

/* ---- the characters ---- */

int _typhon_str_kind(PyObject *o) { return str_in(o)->kind; }
int _typhon_str_is_ascii(PyObject *o) { return str_in(o)->ascii; }
int _PyUnicode_Ready(PyObject *o UNUSED) { return 0; }

/* C code expects a NUL behind the characters: text that has none is copied, once, to where it has.
 */
void *_typhon_str_data(PyObject *o)
{
    Str *s = str_in(o);
    if (s->str_flags & STR_TERMINATED) {
        return s->data;
    }
    if (s->ascii) {
        return (void *)(uintptr_t)str_utf8(thread_current(), object_value(o), NULL);
    }
    char *copy = PyMem_Malloc((s->len + 1) * s->kind);
    if (!copy) {
        return s->data;
    }
    memcpy(copy, s->data, s->len * s->kind);
    memset(copy + s->len * s->kind, 0, s->kind);
    atomic_store_explicit(&((Object *)copy)[-1].ext_refs, 0, memory_order_relaxed);
    return copy;
}

Py_UCS4 PyUnicode_MaxCharValue(PyObject *o)
{
    const Str *s = str_in(o);
    return s->ascii ? 0x7f : s->kind == 1 ? 0xff : s->kind == 2 ? 0xffff : 0x10ffff;
}

Py_ssize_t PyUnicode_GetLength(PyObject *o)
{
    return wants_str(o) ? (Py_ssize_t)str_in(o)->len : -1;
}

Py_UCS4 PyUnicode_ReadChar(PyObject *o, Py_ssize_t i)
{
    if (!wants_str(o)) {
        return (Py_UCS4)-1;
    }
    if (i < 0 || (size_t)i >= str_in(o)->len) {
        index_error(thread_current(), "string index out of range");
        return (Py_UCS4)-1;
    }
    return str_get(str_in(o), (size_t)i);
}

static void put_char(Str *s, size_t i, Py_UCS4 c) { PyUnicode_WRITE(s->kind, s->data, i, c); }

int PyUnicode_WriteChar(PyObject *o, Py_ssize_t i, Py_UCS4 c)
{
    if (!wants_str(o)) {
        return -1;
    }
    if (i < 0 || (size_t)i >= str_in(o)->len) {
        index_error(thread_current(), "string index out of range");
        return -1;
    }
    if (c > PyUnicode_MaxCharValue(o)) {
        value_error(thread_current(), "character out of range");
        return -1;
    }
    put_char(str_in(o), (size_t)i, c);
    return 0;
}

void _PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t at, PyObject *from, Py_ssize_t start,
                                   Py_ssize_t n)
{
    for (Py_ssize_t i = 0; i < n; i++) {
        put_char(str_in(to), (size_t)(at + i), str_get(str_in(from), (size_t)(start + i)));
    }
}

Py_ssize_t PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t at, PyObject *from, Py_ssize_t start,
                                    Py_ssize_t n)
{
    if (!to || !from || !PyUnicode_Check(to) || !PyUnicode_Check(from)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t have = (Py_ssize_t)str_in(from)->len - start;
    n = n > have ? have : n;
    if (start < 0 || at < 0 || have < 0 || at > (Py_ssize_t)str_in(to)->len) {
        index_error(thread_current(), "string index out of range");
        return -1;
    }
    if (at + n > (Py_ssize_t)str_in(to)->len) {
        system_error(thread_current(),
                     "Cannot write %zd characters at %zd in a string of %zd characters", n, at,
                     (ssize_t)str_in(to)->len);
        return -1;
    }
    _PyUnicode_FastCopyCharacters(to, at, from, start, n);
    return n;
}

Py_ssize_t PyUnicode_Fill(PyObject *o, Py_ssize_t start, Py_ssize_t n, Py_UCS4 c)
{
    if (!o || !PyUnicode_Check(o)) {
        PyErr_BadInternalCall();
        return -1;
    }
    Py_ssize_t i = 0;
    for (; i < n && start + i < (Py_ssize_t)str_in(o)->len; i++) {
        put_char(str_in(o), (size_t)(start + i), c);
    }
    return i;
}

/* ---- making ---- */

PyObject *PyUnicode_New(Py_ssize_t n, Py_UCS4 max_char)
{
    THREAD;
    return value_out(t, str_new(t, (size_t)n, max_char));
}

PyObject *PyUnicode_FromKindAndData(int kind, const void *p, Py_ssize_t n)
{
    THREAD;
    if (kind != 1 && kind != 2 && kind != 4) {
        system_error(t, "invalid kind");
        return NULL;
    }
    return value_out(t, str_from_kind(t, kind, p, (size_t)n));
}

PyObject *PyUnicode_FromStringAndSize(const char *s, Py_ssize_t n)
{
    THREAD;
    if (n < 0) {
        system_error(t, "Negative size passed to PyUnicode_FromStringAndSize");
        return NULL;
    }
    return value_out(t, s ? str_from_utf8(t, s, (size_t)n) : str_new(t, (size_t)n, 0x10ffff));
}

PyObject *PyUnicode_FromString(const char *s)
{
    return PyUnicode_FromStringAndSize(s, (Py_ssize_t)strlen(s));
}

PyObject *PyUnicode_FromObject(PyObject *o)
{
    THREAD;
    if (PyUnicode_CheckExact(o)) {
        return Py_NewRef(o);
    }
    if (PyUnicode_Check(o)) {
        return value_out(t, str_substring(t, value_in(o), 0, str_in(o)->len));
    }
    type_error(t, "Can't convert '%s' object to str implicitly", Py_TYPE(o)->tp_name);
    return NULL;
}

PyObject *PyUnicode_FromEncodedObject(PyObject *o, const char *encoding, const char *errors)
{
    THREAD;
    if (PyUnicode_Check(o)) {
        type_error(t, "decoding str is not supported");
        return NULL;
    }
    if (!PyObject_CheckBuffer(o)) {
        type_error(t, "decoding to str: need a bytes-like object, %s found", Py_TYPE(o)->tp_name);
        return NULL;
    }
    return value_out(t, buffer_decode(t, value_in(o), encoding ? encoding : "utf-8", errors));
}

PyObject *PyUnicode_FromOrdinal(int c)
{
    THREAD;
    if (c < 0 || c > 0x10ffff) {
        value_error(t, "chr() arg not in range(0x110000)");
        return NULL;
    }
    return value_out(t, str_from_char(t, (uint32_t)c));
}

PyObject *PyUnicode_FromWideChar(const wchar_t *w, Py_ssize_t n)
{
    THREAD;
    return value_out(t, str_from_ucs4(t, (const uint32_t *)w, n < 0 ? wcslen(w) : (size_t)n));
}

PyObject *PyUnicode_InternFromString(const char *s)
{
    THREAD;
    return value_out(t, intern_cstr(t, s));
}

void PyUnicode_InternInPlace(PyObject **o)
{
    THREAD;
    if (*o && PyUnicode_CheckExact(*o)) {
        Value v = intern_str(t, value_in(*o));
        if (v && v != value_in(*o)) {
            Py_DECREF(*o);
            *o = value_out(t, v);
        }
    }
}

int PyUnicode_Resize(PyObject **o, Py_ssize_t n)
{
    THREAD;
    Str *old = str_in(*o);
    if ((size_t)n == old->len) {
        return 0;
    }
    Value v = str_new(t, (size_t)n, PyUnicode_MaxCharValue(*o));
    if (!v) {
        return -1;
    }
    memcpy(value_str(v)->data, old->data,
           (old->len < (size_t)n ? old->len : (size_t)n) * old->kind);
    Py_DECREF(*o);
    *o = value_out(t, v);
    return 0;
}

/* ---- copies for C ---- */

Py_UCS4 *PyUnicode_AsUCS4(PyObject *o, Py_UCS4 *p, Py_ssize_t n, int null)
{
    if (!wants_str(o)) {
        return NULL;
    }
    const Str *s = str_in(o);
    if ((Py_ssize_t)s->len + (null != 0) > n) {
        system_error(thread_current(), "string is longer than the buffer");
        return NULL;
    }
    for (size_t i = 0; i < s->len; i++) {
        p[i] = str_get(s, i);
    }
    if (null) {
        p[s->len] = 0;
    }
    return p;
}

Py_UCS4 *PyUnicode_AsUCS4Copy(PyObject *o)
{
    if (!wants_str(o)) {
        return NULL;
    }
    Py_ssize_t n = (Py_ssize_t)str_in(o)->len + 1;
    Py_UCS4 *p = PyMem_Malloc((size_t)n * sizeof *p);
    if (!p) {
        PyErr_NoMemory();
        return NULL;
    }
    return PyUnicode_AsUCS4(o, p, n, 1);
}

Py_ssize_t PyUnicode_AsWideChar(PyObject *o, wchar_t *w, Py_ssize_t n)
{
    if (!wants_str(o)) {
        return -1;
    }
    const Str *s = str_in(o);
    Py_ssize_t len = (Py_ssize_t)s->len;
    if (!w) {
        return len + 1;
    }
    Py_ssize_t count = len < n ? len : n;
    for (Py_ssize_t i = 0; i < count; i++) {
        w[i] = (wchar_t)str_get(s, (size_t)i);
    }
    if (n > len) {
        w[len] = 0;
    }
    return count;
}

wchar_t *PyUnicode_AsWideCharString(PyObject *o, Py_ssize_t *n)
{
    wchar_t *w = (wchar_t *)PyUnicode_AsUCS4Copy(o);
    if (!w) {
        return NULL;
    }
    if (n) {
        *n = (Py_ssize_t)str_in(o)->len;
    } else if (wcslen(w) != str_in(o)->len) {
        PyMem_Free(w);
        value_error(thread_current(), "embedded null character");
        return NULL;
    }
    return w;
}

/* Lives as long as somebody points to it. */
wchar_t *PyUnicode_AsUnicode(PyObject *o)
{
    wchar_t *w = (wchar_t *)PyUnicode_AsUCS4Copy(o);
    if (w) {
        atomic_store_explicit(&((Object *)w)[-1].ext_refs, 0, memory_order_relaxed);
    }
    return w;
}

const char *PyUnicode_AsUTF8AndSize(PyObject *o, Py_ssize_t *n)
{
    size_t len;
    if (!wants_str(o)) {
        return NULL;
    }
    const char *p = str_utf8(thread_current(), value_in(o), &len);
    if (p && n) {
        *n = (Py_ssize_t)len;
    }
    return p;
}

const char *PyUnicode_AsUTF8(PyObject *o) { return PyUnicode_AsUTF8AndSize(o, NULL); }

/* ---- operations ---- */

PyObject *PyUnicode_Substring(PyObject *o, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    if (!must_be_str(o)) {
        return NULL;
    }
    if (lo < 0 || hi < 0) {
        index_error(t, "string index out of range");
        return NULL;
    }
    Py_ssize_t n = (Py_ssize_t)str_in(o)->len;
    hi = hi > n ? n : hi;
    lo = lo > hi ? hi : lo;
    return value_out(t, str_substring(t, value_in(o), (size_t)lo, (size_t)hi));
}

PyObject *PyUnicode_Concat(PyObject *a, PyObject *b)
{
    THREAD;
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        type_error(t,
                   PyUnicode_Check(a) ? "can only concatenate str (not \"%s\") to str"
                                      : "must be str, not %s",
                   Py_TYPE(PyUnicode_Check(a) ? b : a)->tp_name);
        return NULL;
    }
    return value_out(t, str_concat(t, value_in(a), value_in(b)));
}

void PyUnicode_Append(PyObject **a, PyObject *b)
{
    if (!*a) {
        return;
    }
    if (b && (!PyUnicode_Check(*a) || !PyUnicode_Check(b))) {
        PyErr_BadInternalCall();
        b = NULL;
    }
    PyObject *r = b ? PyUnicode_Concat(*a, b) : NULL;
    Py_DECREF(*a);
    *a = r;
}

void PyUnicode_AppendAndDel(PyObject **a, PyObject *b)
{
    PyUnicode_Append(a, b);
    Py_XDECREF(b);
}

PyObject *PyUnicode_Join(PyObject *sep, PyObject *iterable)
{
    THREAD;
    Value s = sep ? value_in(sep) : str_from_cstr(t, " ");
    if (sep && !PyUnicode_Check(sep)) {
        type_error(t, "separator: expected str instance, %s found", Py_TYPE(sep)->tp_name);
        return NULL;
    }
    return value_out(t, str_join(t, s, value_in(iterable)));
}

static PyObject *call_named(PyObject *o, const char *name, size_t n, const Value *args)
{
    THREAD;
    return value_out(t, call_method(t, value_in(o), intern_cstr(t, name), args, n));
}

PyObject *PyUnicode_Split(PyObject *o, PyObject *sep, Py_ssize_t max)
{
    Value args[] = {sep ? value_in(sep) : NONE, fixnum(max)};
    return must_be_str(o) && (!sep || must_be_str(sep)) ? call_named(o, "split", 2, args) : NULL;
}

PyObject *PyUnicode_Splitlines(PyObject *o, int keepends)
{
    Value arg = bool_value(keepends);
    return must_be_str(o) ? call_named(o, "splitlines", 1, &arg) : NULL;
}

PyObject *PyUnicode_Replace(PyObject *o, PyObject *old, PyObject *new_, Py_ssize_t max)
{
    Value args[] = {value_in(old), value_in(new_), fixnum(max)};
    return must_be_str(o) && must_be_str(old) && must_be_str(new_)
               ? call_named(o, "replace", 3, args)
               : NULL;
}

static Py_ssize_t number_from(PyObject *r)
{
    THREAD;
    Value v = value_take(r);
    ssize_t n;
    return v && value_to_ssize(t, v, &n, NULL) ? n : -2;
}

Py_ssize_t PyUnicode_Find(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi, int direction)
{
    THREAD;
    Value args[] = {value_in(sub), int_from_int64(t, lo), int_from_int64(t, hi)};
    return must_be_str(o) && must_be_str(sub)
               ? number_from(call_named(o, direction > 0 ? "find" : "rfind", 3, args))
               : -2;
}

Py_ssize_t PyUnicode_Count(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi)
{
    THREAD;
    Value args[] = {value_in(sub), int_from_int64(t, lo), int_from_int64(t, hi)};
    Py_ssize_t n =
        must_be_str(o) && must_be_str(sub) ? number_from(call_named(o, "count", 3, args)) : -1;
    return n < 0 ? -1 : n;
}

Py_ssize_t PyUnicode_FindChar(PyObject *o, Py_UCS4 c, Py_ssize_t lo, Py_ssize_t hi, int direction)
{
    const Str *s = str_in(o);
    Py_ssize_t n = (Py_ssize_t)s->len;
    lo = lo < 0 ? 0 : lo;
    hi = hi > n ? n : hi;
    for (Py_ssize_t i = 0; i < hi - lo; i++) {
        Py_ssize_t at = direction > 0 ? lo + i : hi - 1 - i;
        if (str_get(s, (size_t)at) == c) {
            return at;
        }
    }
    return -1;
}

Py_ssize_t PyUnicode_Tailmatch(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi,
                               int direction)
{
    THREAD;
    Value args[] = {value_in(sub), int_from_int64(t, lo), int_from_int64(t, hi)};
    if (!must_be_str(o) || !must_be_str(sub)) {
        return -1;
    }
    Value v = value_take(call_named(o, direction > 0 ? "endswith" : "startswith", 3, args));
    return v ? v == TRUE_VALUE : -1;
}

int PyUnicode_Compare(PyObject *a, PyObject *b)
{
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        type_error(thread_current(), "Can't compare %s and %s", Py_TYPE(a)->tp_name,
                   Py_TYPE(b)->tp_name);
        return -1;
    }
    int r = str_cmp(value_in(a), value_in(b));
    return r < 0 ? -1 : r > 0;
}

int PyUnicode_CompareWithASCIIString(PyObject *a, const char *b)
{
    const Str *s = str_in(a);
    size_t n = strlen(b);
    for (size_t i = 0; i < s->len && i < n; i++) {
        uint32_t c = str_get(s, i), d = (unsigned char)b[i];
        if (c != d) {
            return c < d ? -1 : 1;
        }
    }
    return s->len == n ? 0 : s->len < n ? -1 : 1;
}

int _PyUnicode_EqualToASCIIString(PyObject *a, const char *b)
{
    return PyUnicode_CompareWithASCIIString(a, b) == 0;
}
int _PyUnicode_EQ(PyObject *a, PyObject *b) { return str_eq(value_in(a), value_in(b)); }

PyObject *PyUnicode_RichCompare(PyObject *a, PyObject *b, int op)
{
    THREAD;
    if (!PyUnicode_Check(a) || !PyUnicode_Check(b)) {
        return Py_NewRef(Py_NotImplemented);
    }
    return value_out(t, str_type.compare(t, value_in(a), value_in(b), (CompareOp)op));
}

PyObject *PyUnicode_Format(PyObject *format, PyObject *args)
{
    THREAD;
    return must_be_str(format) ? value_out(t, str_mod(t, value_in(format), value_in(args))) : NULL;
}

int PyUnicode_Contains(PyObject *o, PyObject *sub)
{
    if (!PyUnicode_Check(sub)) {
        type_error(thread_current(), "'in <string>' requires string as left operand, not %s",
                   Py_TYPE(sub)->tp_name);
        return -1;
    }
    return wants_str(o) ? str_find(value_in(o), value_in(sub), 0, str_in(o)->len) >= 0 : -1;
}

int PyUnicode_IsIdentifier(PyObject *o) { return str_is_identifier(value_in(o)); }
