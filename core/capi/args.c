/* PyArg_Parse*: arguments by format.
 *
 * A Parser walks format and C destinations together.  An item that fails leaves either an exception
 * or a message
 * ("must be str, not int") that is completed with the place of the argument.
 */
#include "core/capi/capi.h"
#include "core/object/bytes.h"
#include "core/object/codec.h"

enum { MAX_DEPTH = 8 };

typedef struct Parser {
    Thread *t;
    const char *p;           /* next format character */
    va_list ap;
    const char *name;        /* behind ':' or NULL */
    const char *message;     /* behind ';' or NULL */
    char reason[200];        /* of the item that failed, when no exception is pending */
    int levels[MAX_DEPTH];   /* positions inside nested tuples, innermost last; 1-based */
    int depth;
} Parser;

static bool parse_item(Parser *s, PyObject *arg);

static bool at_end(const char *p) { return *p == 0 || *p == ':' || *p == ';'; }

/* What stands behind the items, which end at p. */
static void parser_tail(Parser *s, const char *p)
{
    s->name = *p == ':' ? p + 1 : NULL;
    s->message = *p == ';' ? p + 1 : NULL;
}

/* Everything but ap. */
static inline void parser_start(Parser *s, Thread *t, const char *format)
{
    s->t = t;
    s->p = format;
    s->name = s->message = NULL;
    s->reason[0] = 0;
    s->depth = 0;
}

static const char *shown(PyObject *o) { return o == Py_None ? "None" : Py_TYPE(o)->tp_name; }

static bool expected(Parser *s, const char *what, PyObject *arg)
{
    snprintf(s->reason, sizeof s->reason, "must be %.50s, not %.50s", what, shown(arg));
    return false;
}

/* Raises the TypeError for argument number n (1-based). */
static void report(Parser *s, int n)
{
    if (s->t->exc) {
        return;
    }
    char text[512];
    size_t at = 0;
    if (s->message) {
        type_error(s->t, "%s", s->message);
        return;
    }
    if (s->name) {
        at += (size_t)snprintf(text, sizeof text, "%.200s() ", s->name);
    }
    at += (size_t)snprintf(text + at, sizeof text - at, "argument");
    if (n) {
        at += (size_t)snprintf(text + at, sizeof text - at, " %d", n);
    }
    for (int i = 0; i < s->depth && s->levels[i] > 0; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, ", item %d", s->levels[i] - 1);
    }
    raise(s->t, s->reason[0] == '(' ? &exc_SystemError : &exc_TypeError, "%s %s", text, s->reason);
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

static const char *group_end(const char *p)
{
    for (int level = 1; *p; p++) {
        level += *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (level == 0) {
            return p;
        }
    }
    return p;
}

/* 1 when an item begins at *p, which goes to its last letter then. */
static inline int item_starts(const char **p)
{
    char c = **p;
    if (c == '(') {
        *p = group_end(*p + 1);
        return 1;
    }
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    *p += c == 'e' ? 1 : 0;
    return letter;
}

static int count_items(const char *p, const char *end)
{
    int n = 0;
    for (; p < end; p++) {
        n += item_starts(&p);
    }
    return n;
}

static bool parse_group(Parser *s, PyObject *arg)
{
    const char *end = group_end(s->p);
    int n = count_items(s->p, end);
    if (!PySequence_Check(arg) || PyBytes_Check(arg)) {
        snprintf(s->reason, sizeof s->reason, "must be %d-item sequence, not %.50s", n, shown(arg));
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
        if (!parse_item(s, item)) {
            return false;
        }
    }
    s->levels[level] = 0;
    s->depth--;
    s->p = end + 1;
    return true;
}

static bool parse_item(Parser *s, PyObject *arg)
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

/* Skips the format and the destinations of an absent item. */
static void skip_item(Parser *s)
{
    char c = *s->p++;
    if (c == '(') {
        const char *end = group_end(s->p);
        while (s->p < end) {
            skip_item(s);
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

/* ---- positional ---- */

/* Numbers of items: all, those before '|' and those before '$'; -1: there is none. */
typedef struct Counts { int all, required, positional; } Counts;

/* Counts the items and finds what stands behind them. */
static void count_format(Parser *s, Counts *counts)
{
    const char *p = s->p;
    int n = 0;
    *counts = (Counts){.required = -1, .positional = -1};
    for (; !at_end(p); p++) {
        if (*p == '|') {
            counts->required = n;
        } else if (*p == '$') {
            counts->positional = n;
        } else {
            n += item_starts(&p);
        }
    }
    counts->all = n;
    parser_tail(s, p);
}

static bool check_count(Parser *s, size_t n, int min, int max)
{
    if (n >= (size_t)min && n <= (size_t)max) {
        return true;
    }
    if (s->message) {
        type_error(s->t, "%s", s->message);
        return false;
    }
    int bound = n < (size_t)min ? min : max;
    type_error(s->t, "%s%s takes %s %d argument%s (%zd given)", s->name ? s->name : "function",
               s->name ? "()" : "",
               min == max        ? "exactly"
               : n < (size_t)min ? "at least"
                                 : "at most",
               bound, bound == 1 ? "" : "s", (ssize_t)n);
    return false;
}

/* A number that lives in a word, for a format of the plain C type: no box is needed.  False: the
 * usual way has to decide. */
static inline bool parse_word(Parser *s, Value v)
{
    if (!value_is_fixnum(v)) {
        if (*s->p != 'd' || !value_is_flonum(v)) {
            return false;
        }
        *va_arg(s->ap, double *) = flonum_get(v);
        return true;
    }
    int64_t i = fixnum_get(v);
    switch (*s->p) {
    case 'i':
        if (i < INT_MIN || i > INT_MAX) {
            return false;
        }
        *va_arg(s->ap, int *) = (int)i;
        return true;
    case 'l': *va_arg(s->ap, long *) = i; return true;
    case 'L': *va_arg(s->ap, long long *) = i; return true;
    case 'n': *va_arg(s->ap, Py_ssize_t *) = i; return true;
    case 'd': *va_arg(s->ap, double *) = (double)i; return true;
    case 'p': *va_arg(s->ap, int *) = i != 0; return true;
    default: return false;
    }
}

/* The box of a number that lives in a word is of no use any more once a format for numbers has
 * read it. */
static bool parse_lent(Parser *s, Value v)
{
    bool number = *s->p && strchr("bhilBHIkKLnfdDp", *s->p);
    PyObject *arg = value_lend_own(s->t, v);
    bool ok = arg && parse_item(s, arg);
    if (number && arg && !value_is_object(v)) {
        box_done(s->t, arg);
    }
    return ok;
}

static bool parse_value(Parser *s, Value v)
{
    if (value_is_object(v)) {
        return parse_item(s, (PyObject *)value_object(v));
    }
    if (LIKELY(parse_word(s, v))) {
        s->p++;
        return true;
    }
    return parse_lent(s, v);
}

static bool parse_positional(Parser *s, Value args)
{
    Counts counts;
    count_format(s, &counts);
    size_t n = tuple_len(args);
    int min = counts.required < 0 ? counts.all : counts.required;
    if (!check_count(s, n, min, counts.all)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (*s->p == '|') {
            s->p++;
        }
        if (!parse_value(s, tuple_get(args, i))) {
            report(s, (int)i + 1);
            return false;
        }
    }
    return true;
}

static int parse_tuple(PyObject *args, const char *format, va_list ap)
{
    THREAD;
    if (UNLIKELY(!args || !PyTuple_Check(args))) {
        system_error(t, "new style getargs format but argument is not a tuple");
        return 0;
    }
    Parser s;
    parser_start(&s, t, format);
    va_copy(s.ap, ap);
    bool ok = parse_positional(&s, object_value((Object *)args));
    va_end(s.ap);
    return ok;
}

int PyArg_VaParse(PyObject *args, const char *format, va_list ap)
{
    return parse_tuple(args, format, ap);
}

int PyArg_ParseTuple(PyObject *args, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int r = parse_tuple(args, format, ap);
    va_end(ap);
    return r;
}

int PyArg_Parse(PyObject *o, const char *format, ...)
{
    THREAD;
    Parser s;
    Counts counts;
    parser_start(&s, t, format);
    count_format(&s, &counts);
    if (counts.all == 0) {
        type_error(t, "%s%s takes no arguments", s.name ? s.name : "function", s.name ? "()" : "");
        return 0;
    }
    va_start(s.ap, format);
    bool ok = parse_item(&s, o);
    if (!ok) {
        report(&s, 0);
    }
    va_end(s.ap);
    return ok;
}

/* ---- with keywords ---- */

typedef struct Keywords {
    Value args, kw;      /* tuple; dict or 0 */
    char **names;
    int len, pos;        /* parameters; those of them without a name */
    int min, max;        /* required; positional (INT_MAX: not limited by '$') */
    size_t used;         /* keywords found */
} Keywords;

static const char *title(const Parser *s) { return s->name ? s->name : "function"; }
static const char *parens(const Parser *s) { return s->name ? "()" : ""; }

static bool check_total(Parser *s, const Keywords *k)
{
    size_t n = tuple_len(k->args), nkw = k->kw ? dict_len(k->kw) : 0;
    if (n + nkw <= (size_t)k->len) {
        return true;
    }
    type_error(s->t, "%s%s takes at most %d %sargument%s (%zd given)", title(s), parens(s), k->len,
               n == 0 ? "keyword " : "", k->len == 1 ? "" : "s", (ssize_t)(n + nkw));
    return false;
}

static bool check_positional(Parser *s, const Keywords *k)
{
    size_t n = tuple_len(k->args);
    if (n <= (size_t)k->max) {
        return true;
    }
    if (k->max == 0) {
        type_error(s->t, "%s%s takes no positional arguments", title(s), parens(s));
    } else {
        type_error(s->t, "%s%s takes %s %d positional argument%s (%zd given)", title(s), parens(s),
                   k->min < k->max ? "at most" : "exactly", k->max, k->max == 1 ? "" : "s",
                   (ssize_t)n);
    }
    return false;
}

static bool missing(Parser *s, const Keywords *k, int i)
{
    size_t n = tuple_len(k->args);
    if (i < k->pos) {
        int need = k->pos < k->min ? k->pos : k->min;
        type_error(s->t, "%s%s takes %s %d positional argument%s (%zd given)", title(s), parens(s),
                   need < k->len ? "at least" : "exactly", need,
                   need == 1 ? "" : "s", (ssize_t)n);
    } else {
        type_error(s->t, "%s%s missing required argument '%s' (pos %d)", title(s), parens(s),
                   k->names[i], i + 1);
    }
    return false;
}

/* The argument for parameter i: 1 found, 0 absent, -1 raised. */
static int find_argument(Parser *s, Keywords *k, int i, Value *arg)
{
    if ((size_t)i < tuple_len(k->args)) {
        *arg = tuple_get(k->args, (size_t)i);
        return 1;
    }
    *arg = k->kw && i >= k->pos ? dict_get_cstr(s->t, k->kw, k->names[i]) : 0;
    if (!*arg) {
        return s->t->exc ? -1 : 0;
    }
    k->used++;
    return 1;
}

/* All keywords must have been used: tells which one was not, and why. */
static bool check_keywords(Parser *s, const Keywords *k)
{
    if (!k->kw || k->used == dict_len(k->kw)) {
        return true;
    }
    size_t n = tuple_len(k->args);
    for (int i = k->pos; i < k->len && (size_t)i < n; i++) {
        if (dict_get_cstr(s->t, k->kw, k->names[i])) {
            type_error(s->t, "argument for %s%s given by name ('%s') and position (%d)", title(s),
                       parens(s), k->names[i], i + 1);
            return false;
        }
    }
    DictTable *table = NULL;
    size_t at = 0;
    Value key, v;
    while (dict_next(k->kw, &table, &at, &key, &v)) {
        bool known = false;
        if (!value_is_str(key)) {
            type_error(s->t, "keywords must be strings");
            return false;
        }
        for (int i = k->pos; i < k->len && !known; i++) {
            known = str_eq(key, str_from_cstr(s->t, k->names[i]));
        }
        if (!known) {
            type_error(s->t, "'%S' is an invalid keyword argument for %s%s", key,
                       s->name ? s->name : "this function", parens(s));
            return false;
        }
    }
    return true;
}

static bool parse_named(Parser *s, Keywords *k)
{
    Counts counts;
    count_format(s, &counts);
    if (!check_total(s, k)) {
        return false;
    }
    k->min = counts.required < 0 ? k->len : counts.required;
    k->max = counts.positional < 0 ? INT_MAX : counts.positional;
    if (k->max != INT_MAX && !check_positional(s, k)) {
        return false;
    }
    for (int i = 0; i < k->len; i++) {
        while (*s->p == '|' || *s->p == '$') {
            s->p++;
        }
        Value arg;
        int found = find_argument(s, k, i, &arg);
        if (found < 0 || (found > 0 && !parse_value(s, arg))) {
            report(s, i + 1);
            return false;
        }
        if (!found) {
            if (i < k->min) {
                return missing(s, k, i);
            }
            skip_item(s);
        }
    }
    return check_keywords(s, k);
}

int PyArg_VaParseTupleAndKeywords(PyObject *args, PyObject *kw, const char *format, char **names_,
                                  va_list ap)
{
    THREAD;
    Keywords k = {.args = value_in(args),
                  .kw = value_in(kw),
                  .names = names_};
    if (!k.args || !value_is_tuple(k.args) || (k.kw && !value_is_dict(k.kw)) || !format ||
        !names_) {
        PyErr_BadInternalCall();
        return 0;
    }
    while (names_[k.len]) {
        k.pos += names_[k.len][0] == 0 && k.pos == k.len ? 1 : 0;
        k.len++;
    }
    Parser s;
    parser_start(&s, t, format);
    va_copy(s.ap, ap);
    bool ok = parse_named(&s, &k);
    va_end(s.ap);
    return ok;
}

int PyArg_ParseTupleAndKeywords(PyObject *args, PyObject *kw, const char *format, char **names_,
                                ...)
{
    va_list ap;
    va_start(ap, names_);
    int r = PyArg_VaParseTupleAndKeywords(args, kw, format, names_, ap);
    va_end(ap);
    return r;
}

bool keywords_as_dict(Thread *t, PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                             Value *kw)
{
    size_t count = kwnames ? tuple_len(value_in(kwnames)) : 0;
    *kw = count ? dict_new(t) : 0;
    for (size_t i = 0; i < count; i++) {
        if (!*kw ||
            !dict_set(t, *kw, tuple_get(value_in(kwnames), i), value_in(args[n + (Py_ssize_t)i]))) {
            return false;
        }
    }
    return true;
}

Value positional_as_tuple(Thread *t, PyObject *const *args, Py_ssize_t n)
{
    Value tuple = tuple_new(t, (size_t)n);
    for (Py_ssize_t i = 0; tuple && i < n; i++) {
        gc_store(value_object(tuple), &value_tuple(tuple)->items[i], value_in(args[i]));
    }
    return tuple;
}

/* Positional arguments as they are, the others from a dict or from the values behind them. */
typedef struct Unpacked { PyObject *const *args; Py_ssize_t n; Value kw; PyObject **buf; } Unpacked;

static bool unpack_named(Parser *s, Keywords *k, const Unpacked *u, int min_keywords)
{
    if (!check_total(s, k) || !check_positional(s, k)) {
        return false;
    }
    for (int i = 0; i < k->len; i++) {
        u->buf[i] = i < u->n ? u->args[i] : NULL;
        if (i < u->n) {
            continue;
        }
        Value arg;
        if (find_argument(s, k, i, &arg) < 0 || (arg && !(u->buf[i] = value_lend(s->t, arg)))) {
            return false;
        }
        bool required = i < k->min || (i >= k->max && i < k->max + min_keywords);
        if (!u->buf[i] && required) {
            return missing(s, k, i);
        }
    }
    return check_keywords(s, k);
}

PyObject *const *_PyArg_UnpackKeywords(PyObject *const *args, Py_ssize_t n, PyObject *kw,
                                       PyObject *kwnames, _PyArg_Parser *parser, int min_positional,
                                       int max_positional, int min_keywords, PyObject **buf)
{
    THREAD;
    Keywords k = {.args = positional_as_tuple(t, args, n),
                  .kw = value_in(kw),
                  .names = (char **)parser->keywords,
                  .min = min_positional,
                  .max = max_positional};
    if (!k.args || (kwnames && !keywords_as_dict(t, args, n, kwnames, &k.kw))) {
        return NULL;
    }
    while (k.names[k.len]) {
        k.pos += k.names[k.len][0] == 0 && k.pos == k.len ? 1 : 0;
        k.len++;
    }
    Parser s;
    parser_start(&s, t, "");
    s.name = parser->fname;
    Unpacked u = {args, n, k.kw, buf};
    return unpack_named(&s, &k, &u, min_keywords) ? buf : NULL;
}

/* ---- simple forms ---- */

int PyArg_ValidateKeywordArguments(PyObject *kw)
{
    THREAD;
    Value d = value_in(kw), key, v;
    DictTable *table = NULL;
    size_t pos = 0;
    if (!d || !value_is_dict(d)) {
        PyErr_BadInternalCall();
        return 0;
    }
    while (dict_next(d, &table, &pos, &key, &v)) {
        if (!value_is_str(key)) {
            type_error(t, "keywords must be strings");
            return 0;
        }
    }
    return 1;
}

int _PyArg_CheckPositional(const char *name, Py_ssize_t n, Py_ssize_t min, Py_ssize_t max)
{
    THREAD;
    if (n >= min && n <= max) {
        return 1;
    }
    const char *sep = name ? " " : "";
    ssize_t bound = n < min ? min : max;
    type_error(t, "%s%sexpected %s%zd argument%s, got %zd",
               name ? name : "unpacked tuple should have", name ? sep : " ",
               min == max ? ""
               : n < min  ? "at least "
                          : "at most ",
               bound, bound == 1 ? "" : "s", (ssize_t)n);
    return 0;
}

int PyArg_UnpackTuple(PyObject *args, const char *name, Py_ssize_t min, Py_ssize_t max, ...)
{
    THREAD;
    Value tuple = value_in(args);
    if (!value_is_tuple(tuple)) {
        system_error(t, "PyArg_UnpackTuple() argument list is not a tuple");
        return 0;
    }
    Py_ssize_t n = (Py_ssize_t)tuple_len(tuple);
    if (!_PyArg_CheckPositional(name, n, min, max)) {
        return 0;
    }
    va_list ap;
    va_start(ap, max);
    bool ok = true;
    for (Py_ssize_t i = 0; i < n && ok; i++) {
        PyObject *o = value_lend(t, tuple_get(tuple, (size_t)i));
        *va_arg(ap, PyObject **) = o;
        ok = o != NULL;
    }
    va_end(ap);
    return ok;
}

int _PyArg_NoKeywords(const char *name, PyObject *kw)
{
    if (!kw || dict_len(value_in(kw)) == 0) {
        return 1;
    }
    type_error(thread_current(), "%s() takes no keyword arguments", name);
    return 0;
}

int _PyArg_NoPositional(const char *name, PyObject *args)
{
    if (!args || tuple_len(value_in(args)) == 0) {
        return 1;
    }
    type_error(thread_current(), "%s() takes no positional arguments", name);
    return 0;
}

void _PyArg_BadArgument(const char *fname, const char *displayname, const char *what, PyObject *arg)
{
    type_error(thread_current(), "%s() %s must be %s, not %s", fname, displayname, what,
               shown(arg));
}
