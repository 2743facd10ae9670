/* Py_BuildValue, and the calls whose arguments are given by a format. */
#include "core/capi/capi.h"
#include "core/object/bytes.h"

typedef struct Builder { Thread *t; const char *p; va_list ap; } Builder;

static Value build_one(Builder *b);

static void skip_space(Builder *b)
{
    b->p += strspn(b->p, " \t,:");
}

/* Items up to `end`, as a list. */
static Value build_items(Builder *b, char end)
{
    Value list = list_new(b->t, 4);
    bool ok = list != 0;
    for (;;) {
        skip_space(b);
        if (*b->p == end || *b->p == 0) {
            break;
        }
        /* goes on after an error, to take over the references that follow */
        Value v = build_one(b);
        ok = v && ok && list_append(b->t, list, v);
    }
    if (*b->p != end) {
        system_error(b->t, "unmatched paren in format");
        ok = false;
    } else if (end) {
        b->p++;
    }
    return ok && !b->t->exc ? list : 0;
}

static Value build_dict(Builder *b)
{
    Value items = build_items(b, '}');
    Value d = items ? dict_new(b->t) : 0;
    if (items && list_len(items) % 2) {
        return system_error(b->t, "Bad dict format");
    }
    for (size_t i = 0; d && i < list_len(items); i += 2) {
        if (!dict_set(b->t, d, list_get(items, i), list_get(items, i + 1))) {
            return 0;
        }
    }
    return d;
}

static Value build_text(Builder *b, char c)
{
    const char *s = va_arg(b->ap, const char *);
    Py_ssize_t n = -1;
    if (*b->p == '#') {
        b->p++;
        n = va_arg(b->ap, Py_ssize_t);
    }
    if (!s) {
        return NONE;
    }
    size_t len = n < 0 ? strlen(s) : (size_t)n;
    return c == 'y' ? bytes_new(b->t, s, len) : str_from_utf8(b->t, s, len);
}

static Value build_wide(Builder *b)
{
    const wchar_t *s = va_arg(b->ap, const wchar_t *);
    Py_ssize_t n = -1;
    if (*b->p == '#') {
        b->p++;
        n = va_arg(b->ap, Py_ssize_t);
    }
    return s ? str_from_ucs4(b->t, (const uint32_t *)s, n < 0 ? wcslen(s) : (size_t)n) : NONE;
}

static Value build_object(Builder *b, char c)
{
    if (*b->p == '&') {
        b->p++;
        PyObject *(*convert)(void *) = va_arg(b->ap, PyObject * (*)(void *));
        void *arg = va_arg(b->ap, void *);
        return value_take(convert(arg));
    }
    PyObject *o = va_arg(b->ap, PyObject *);
    if (!o) {
        return b->t->exc ? 0 : system_error(b->t, "NULL object passed to Py_BuildValue");
    }
    return c == 'N' ? value_take(o) : value_in(o);
}

static Value build_one(Builder *b)
{
    skip_space(b);
    char c = *b->p++;
    switch (c) {
    case '(': {
        Value items = build_items(b, ')');
        return items ? list_to_tuple(b->t, items) : 0;
    }
    case '[': return build_items(b, ']');
    case '{': return build_dict(b);
    case 'b': case 'B': case 'h': case 'i':
        return int_from_int64(b->t, va_arg(b->ap, int));
    case 'H': case 'I': return int_from_uint64(b->t, va_arg(b->ap, unsigned));
    case 'l': return int_from_int64(b->t, va_arg(b->ap, long));
    case 'k': return int_from_uint64(b->t, va_arg(b->ap, unsigned long));
    case 'L': return int_from_int64(b->t, va_arg(b->ap, long long));
    case 'K': return int_from_uint64(b->t, va_arg(b->ap, unsigned long long));
    case 'n': return int_from_int64(b->t, va_arg(b->ap, Py_ssize_t));
    case 'f': case 'd': return float_new(b->t, va_arg(b->ap, double));
    case 'D': {
        Py_complex *z = va_arg(b->ap, Py_complex *);
        return complex_new(b->t, z->real, z->imag);
    }
    case 'c': {
        char byte = (char)va_arg(b->ap, int);
        return bytes_new(b->t, &byte, 1);
    }
    case 'C': return value_take(PyUnicode_FromOrdinal(va_arg(b->ap, int)));
    case 's': case 'z': case 'U': case 'y':
        return build_text(b, c);
    case 'u': return build_wide(b);
    case 'O': case 'S': case 'N':
        return build_object(b, c);
    default:
        return system_error(b->t, "bad format char passed to Py_BuildValue");
    }
}

static int format_items(const char *p)
{
    int n = 0, level = 0;
    for (; *p; p++) {
        if (strchr("([{", *p)) {
            n += level++ == 0;
        } else if (strchr(")]}", *p)) {
            level--;
        } else if (!strchr("#&,: \t", *p)) {
            n += level == 0;
        }
    }
    return n;
}

static Value build_value(Thread *t, const char *format, va_list ap)
{
    Builder b = {.t = t, .p = format};
    va_copy(b.ap, ap);
    int n = format_items(format);
    Value v;
    if (n == 0) {
        v = NONE;
    } else if (n == 1) {
        v = build_one(&b);
    } else {
        Value items = build_items(&b, 0);
        v = items ? list_to_tuple(t, items) : 0;
    }
    va_end(b.ap);
    return t->exc ? 0 : v;
}

/* The arguments of a call: a tuple, whatever the number of items. */
static Value build_arguments(Thread *t, const char *format, va_list ap)
{
    if (!format || !*format) {
        return tuple_empty();
    }
    Value v = build_value(t, format, ap);
    return !v ? 0 : value_is_tuple(v) ? v : tuple_pack(t, 1, v);
}

PyObject *Py_VaBuildValue(const char *format, va_list ap)
{
    THREAD;
    Value pending = error_take(t);
    Value v = build_value(t, format, ap);
    if (v) {
        error_restore(t, pending);
    }
    return value_out(t, v);
}

PyObject *Py_BuildValue(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    PyObject *o = Py_VaBuildValue(format, ap);
    va_end(ap);
    return o;
}

/* ---- calls ---- */

PyObject *PyObject_CallFunction(PyObject *f, const char *format, ...)
{
    THREAD;
    va_list ap;
    va_start(ap, format);
    Value args = build_arguments(t, format, ap);
    va_end(ap);
    if (!args) {
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = call_tuple(t, value_in(f), args, 0);
    BACK_IN_EXTENSION;
    return value_out(t, r);
}

PyObject *PyObject_CallMethod(PyObject *o, const char *name, const char *format, ...)
{
    THREAD;
    Value f = object_getattr_cstr(t, value_in(o), name);
    va_list ap;
    va_start(ap, format);
    Value args = f ? build_arguments(t, format, ap) : 0;
    va_end(ap);
    if (!args) {
        return NULL;
    }
    LEAVE_EXTENSION;
    Value r = call_tuple(t, f, args, 0);
    BACK_IN_EXTENSION;
    return value_out(t, r);
}
