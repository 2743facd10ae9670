/* PyNumber_*, PyLong_*, PyFloat_*, PyComplex_*, PyBool_*. */
#include "core/capi/capi.h"
#include "core/base/dtoa.h"
#include "core/object/bytes.h"
#include "core/object/slot.h"

#define BINARY_FN(name, op)                                                          \
    PyObject *PyNumber_##name(PyObject *a, PyObject *b)                              \
    {                                                                                \
        THREAD;                                                                      \
        return value_out(t, number_binary(t, op, value_in(a), value_in(b)));         \
    }                                                                                \
    PyObject *PyNumber_InPlace##name(PyObject *a, PyObject *b)                       \
    {                                                                                \
        THREAD;                                                                      \
        return value_out(t, number_inplace(t, op, value_in(a), value_in(b)));        \
    }
BINARY_FN(Add, OP_ADD)
BINARY_FN(Subtract, OP_SUB)
BINARY_FN(Multiply, OP_MUL)
BINARY_FN(MatrixMultiply, OP_MATMUL)
BINARY_FN(FloorDivide, OP_FLOORDIV)
BINARY_FN(TrueDivide, OP_TRUEDIV)
BINARY_FN(Remainder, OP_MOD)
BINARY_FN(Lshift, OP_LSHIFT)
BINARY_FN(Rshift, OP_RSHIFT)
BINARY_FN(And, OP_AND)
BINARY_FN(Xor, OP_XOR)
BINARY_FN(Or, OP_OR)

#define UNARY_FN(name, fn)                              \
    PyObject *PyNumber_##name(PyObject *o)              \
    {                                                   \
        THREAD;                                         \
        return value_out(t, fn(t, value_in(o)));        \
    }
UNARY_FN(Negative, number_neg)
UNARY_FN(Positive, number_pos)
UNARY_FN(Absolute, number_abs)
UNARY_FN(Invert, number_invert)
UNARY_FN(Long, number_int)
UNARY_FN(Float, number_float)

PyObject *PyNumber_Divmod(PyObject *a, PyObject *b)
{
    THREAD;
    return value_out(t, number_binary(t, OP_DIVMOD, value_in(a), value_in(b)));
}

PyObject *PyNumber_Power(PyObject *a, PyObject *b, PyObject *mod)
{
    THREAD;
    Value m = mod && mod != Py_None ? value_in(mod) : 0;
    return value_out(t, m ? number_pow3(t, value_in(a), value_in(b), m)
                          : number_binary(t, OP_POW, value_in(a), value_in(b)));
}

PyObject *PyNumber_InPlacePower(PyObject *a, PyObject *b, PyObject *mod)
{
    THREAD;
    Value m = mod && mod != Py_None ? value_in(mod) : 0;
    return value_out(t, m ? number_pow3(t, value_in(a), value_in(b), m)
                          : number_inplace(t, OP_POW, value_in(a), value_in(b)));
}

PyObject *PyNumber_Index(PyObject *o)
{
    THREAD;
    Value v = number_index(t, value_in(o));
    return value_out(t, v && type_of(v) != &int_type ? int_to_exact(t, v) : v);
}

int PyIndex_Check(PyObject *o) { return type_in(Py_TYPE(o))->index != NULL; }

int PyNumber_Check(PyObject *o)
{
    if (!o) {
        return 0;
    }
    Type *type = type_in(Py_TYPE(o));
    return type->index || type->int_ || type->float_ || type == &complex_type;
}

Py_ssize_t PyNumber_AsSsize_t(PyObject *o, PyObject *exc)
{
    THREAD;
    ssize_t n;
    Type *raised = exc ? type_in((PyTypeObject *)exc) : NULL;
    bool ok = raised == &exc_OverflowError ? value_to_count(t, value_in(o), &n)
                                           : value_to_ssize(t, value_in(o), &n, raised);
    return ok ? n : -1;
}

PyObject *PyNumber_ToBase(PyObject *o, int base)
{
    THREAD;
    Value i = number_index(t, value_in(o));
    if (!i) {
        return NULL;
    }
    if (base == 10) {
        return value_out(t, int_to_str(t, i, 10));
    }
    const char *prefix = base == 2 ? "0b" : base == 8 ? "0o" : base == 16 ? "0x" : NULL;
    if (!prefix) {
        system_error(t, "PyNumber_ToBase: base must be 2, 8, 10 or 16");
        return NULL;
    }
    bool negative = int_sign(i) < 0;
    Value digits = int_to_str(t, negative ? int_neg(t, i) : i, base);
    return digits ? value_out(t, str_format(t, "%s%s%U", negative ? "-" : "", prefix, digits))
                  : NULL;
}

PyObject *_PyLong_Format(PyObject *o, int base) { return PyNumber_ToBase(o, base); }

/* ---- int to C ---- */

/* An int from o: itself, or by __index__.  0 raised. */
static Value as_int(Thread *t, PyObject *o)
{
    if (UNLIKELY(!o)) {
        PyErr_BadInternalCall();
        return 0;
    }
    Value v = value_peek(o);
    return value_is_int(v) ? v : number_index(t, v);
}

long long PyLong_AsLongLongAndOverflow(PyObject *o, int *overflow)
{
    THREAD;
    int64_t i;
    *overflow = 0;
    Value v = as_int(t, o);
    if (!v) {
        return -1;
    }
    if (!int_try_int64(v, &i)) {
        *overflow = int_sign(v);
        return -1;
    }
    return i;
}

long PyLong_AsLongAndOverflow(PyObject *o, int *overflow)
{
    return (long)PyLong_AsLongLongAndOverflow(o, overflow);
}

static int64_t as_int64(PyObject *o, const char *what)
{
    int overflow;
    int64_t i = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow) {
        overflow_error(thread_current(), "Python int too large to convert to C %s", what);
    }
    return i;
}

long PyLong_AsLong(PyObject *o) { return as_int64(o, "long"); }

long long PyLong_AsLongLong(PyObject *o)
{
    int overflow;
    long long i = PyLong_AsLongLongAndOverflow(o, &overflow);
    if (overflow) {
        overflow_error(thread_current(), "int too big to convert");
    }
    return i;
}

int _PyLong_AsInt(PyObject *o)
{
    int64_t i = as_int64(o, "int");
    if (i < INT_MIN || i > INT_MAX) {
        overflow_error(thread_current(), "Python int too large to convert to C int");
        return -1;
    }
    return (int)i;
}

/* For functions that take ints only. */
static Value exact_int(Thread *t, PyObject *o)
{
    if (!o) {
        PyErr_BadInternalCall();
        return 0;
    }
    Value v = value_in(o);
    return value_is_int(v) ? v : type_error(t, "an integer is required");
}

Py_ssize_t PyLong_AsSsize_t(PyObject *o)
{
    THREAD;
    return exact_int(t, o) ? as_int64(o, "ssize_t") : -1;
}

/* what: the C type in messages; NULL: those of long long. */
static uint64_t as_uint64(PyObject *o, const char *what)
{
    THREAD;
    int64_t i;
    Value v = exact_int(t, o);
    if (!v) {
        return (uint64_t)-1;
    }
    if (int_sign(v) < 0) {
        if (what) {
            overflow_error(t, "can't convert negative value to %s",
                           strcmp(what, "unsigned long") ? what : "unsigned int");
        } else {
            overflow_error(t, "can't convert negative int to unsigned");
        }
        return (uint64_t)-1;
    }
    if (int_try_int64(v, &i)) {
        return (uint64_t)i;
    }
    if (int_bit_length(v) > 64) {
        if (what) {
            overflow_error(t, "Python int too large to convert to C %s", what);
        } else {
            overflow_error(t, "int too big to convert");
        }
        return (uint64_t)-1;
    }
    return ((BigInt *)value_object(v))->limbs[0];
}

unsigned long PyLong_AsUnsignedLong(PyObject *o) { return as_uint64(o, "unsigned long"); }
unsigned long long PyLong_AsUnsignedLongLong(PyObject *o) { return as_uint64(o, NULL); }
size_t PyLong_AsSize_t(PyObject *o) { return as_uint64(o, "size_t"); }

unsigned long long PyLong_AsUnsignedLongLongMask(PyObject *o)
{
    THREAD;
    int64_t i;
    Value v = as_int(t, o);
    if (!v) {
        return (unsigned long long)-1;
    }
    if (int_try_int64(v, &i)) {
        return (unsigned long long)i;
    }
    uint64_t low = ((BigInt *)value_object(v))->limbs[0];
    return int_sign(v) < 0 ? -low : low;
}

unsigned long PyLong_AsUnsignedLongMask(PyObject *o) { return PyLong_AsUnsignedLongLongMask(o); }

double PyLong_AsDouble(PyObject *o)
{
    THREAD;
    Value v = exact_int(t, o);
    return v ? int_to_double(t, v) : -1.0;
}

void *PyLong_AsVoidPtr(PyObject *o)
{
    THREAD;
    Value v = exact_int(t, o);
    if (!v) {
        return NULL;
    }
    return (void *)(uintptr_t)(int_sign(v) < 0 ? (uint64_t)as_int64(o, "long")
                                               : as_uint64(o, "unsigned long"));
}

int _PyLong_Sign(PyObject *o) { return int_sign(value_in(o)); }
size_t _PyLong_NumBits(PyObject *o) { return int_bit_length(value_in(o)); }

int _PyLong_AsByteArray(PyLongObject *o, unsigned char *p, size_t n, int little_endian,
                        int is_signed)
{
    return int_to_bytes(thread_current(), value_in((PyObject *)o), p, n, little_endian, is_signed)
               ? 0
               : -1;
}

/* ---- int from C ---- */

PyObject *PyLong_FromLongLong(long long v)
{
    THREAD;
    return value_out(t, int_from_int64(t, v));
}

PyObject *PyLong_FromUnsignedLongLong(unsigned long long v)
{
    THREAD;
    return value_out(t, int_from_uint64(t, v));
}

PyObject *PyLong_FromLong(long v) { return PyLong_FromLongLong(v); }
PyObject *PyLong_FromSsize_t(Py_ssize_t v) { return PyLong_FromLongLong(v); }
PyObject *PyLong_FromUnsignedLong(unsigned long v) { return PyLong_FromUnsignedLongLong(v); }
PyObject *PyLong_FromSize_t(size_t v) { return PyLong_FromUnsignedLongLong(v); }
PyObject *PyLong_FromVoidPtr(void *p) { return PyLong_FromUnsignedLongLong((uintptr_t)p); }
PyObject *PyBool_FromLong(long v) { return (PyObject *)(v ? &true_object : &false_object); }

PyObject *PyLong_FromDouble(double d)
{
    THREAD;
    return value_out(t, int_from_double(t, d));
}

PyObject *PyLong_FromString(const char *s, char **end, int base)
{
    THREAD;
    size_t n = strlen(s);
    if (end) {
        *end = (char *)(uintptr_t)(s + n);
    }
    return value_out(t, int_from_text(t, s, n, base));
}

PyObject *PyLong_FromUnicodeObject(PyObject *s, int base)
{
    THREAD;
    return value_out(t, call2(t, object_value(&int_type), value_in(s), fixnum(base)));
}

PyObject *_PyLong_Copy(PyLongObject *o)
{
    THREAD;
    return value_out(t, int_to_exact(t, value_in((PyObject *)o)));
}

PyObject *_PyLong_FromByteArray(const unsigned char *p, size_t n, int little_endian, int is_signed)
{
    THREAD;
    return value_out(t, int_from_bytes(t, p, n, little_endian, is_signed));
}

PyLongObject *_PyLong_New(Py_ssize_t n)
{
    THREAD;
    BigInt *b = object_alloc(t, &int_type, sizeof *b + (size_t)(n ? n : 1) * sizeof(uint64_t));
    if (b) {
        b->size = n;
        Py_INCREF((PyObject *)b);
    }
    return (PyLongObject *)b;
}

long PyOS_strtol(const char *s, char **end, int base) { return strtol(s, end, base); }
unsigned long PyOS_strtoul(const char *s, char **end, int base) { return strtoul(s, end, base); }

/* ---- float ---- */

PyObject *PyFloat_FromDouble(double d)
{
    THREAD;
    return value_out(t, float_new(t, d));
}

PyObject *PyFloat_FromString(PyObject *s)
{
    THREAD;
    if (!PyUnicode_Check(s) && !PyObject_CheckBuffer(s)) {
        type_error(t, "float() argument must be a string or a real number, not '%s'",
                   Py_TYPE(s)->tp_name);
        return NULL;
    }
    return value_out(t, call1(t, object_value(&float_type), value_in(s)));
}

double PyFloat_AsDouble(PyObject *o)
{
    THREAD;
    double d;
    if (!o) {
        PyErr_BadArgument();
        return -1.0;
    }
    if (PyFloat_Check(o)) {
        return ((Float *)o)->value;
    }
    Type *type = type_in(Py_TYPE(o));
    if (!type->float_ && !type->index) {
        type_error(t, "must be real number, not %s", type->name);
        return -1.0;
    }
    return value_to_double(t, value_in(o), &d) ? d : -1.0;
}

double PyFloat_GetMax(void) { return __DBL_MAX__; }
double PyFloat_GetMin(void) { return __DBL_MIN__; }

static void copy_ordered(char *to, const char *from, size_t n, bool little)
{
    for (size_t i = 0; i < n; i++) {
        to[i] = from[little ? i : n - 1 - i];
    }
}

int PyFloat_Pack8(double x, char *p, int le)
{
    copy_ordered(p, (char *)&x, sizeof x, le);
    return 0;
}

int PyFloat_Pack4(double x, char *p, int le)
{
    float f = (float)x;
    if (isinf(f) && !isinf(x)) {
        overflow_error(thread_current(), "float too large to pack with f format");
        return -1;
    }
    copy_ordered(p, (char *)&f, sizeof f, le);
    return 0;
}

int PyFloat_Pack2(double x, char *p, int le)
{
    uint16_t h;
    if (!half_from_double(x, &h)) {
        overflow_error(thread_current(), "float too large to pack with e format");
        return -1;
    }
    copy_ordered(p, (char *)&h, sizeof h, le);
    return 0;
}

double PyFloat_Unpack2(const char *p, int le)
{
    uint16_t h;
    copy_ordered((char *)&h, p, sizeof h, le);
    return half_to_double(h);
}

double PyFloat_Unpack8(const char *p, int le)
{
    double d;
    copy_ordered((char *)&d, p, sizeof d, le);
    return d;
}

double PyFloat_Unpack4(const char *p, int le)
{
    float f;
    copy_ordered((char *)&f, p, sizeof f, le);
    return f;
}

double PyOS_string_to_double(const char *s, char **end, PyObject *overflow_exception)
{
    THREAD;
    char *stop;
    errno = 0;
    double d = (*s == ' ' || strncmp(s, "0x", 2) == 0) ? (stop = (char *)(uintptr_t)s, 0.0)
                                                       : strtod(s, &stop);
    if (stop == s || (!end && *stop)) {
        value_error(t, "could not convert string to float: '%.200s'", s);
        return -1.0;
    }
    if (errno == ERANGE && fabs(d) >= 1.0 && overflow_exception) {
        raise_c(t, overflow_exception,
                str_format(t, "value too large to convert to float: '%.200s'", s));
        return -1.0;
    }
    if (end) {
        *end = stop;
    }
    return d;
}

char *PyOS_double_to_string(double v, char code, int precision, int flags, int *type)
{
    THREAD;
    if (type) {
        *type = isnan(v) ? Py_DTST_NAN : isinf(v) ? Py_DTST_INFINITE : Py_DTST_FINITE;
    }
    Value s = code == 'r' && (flags & Py_DTSF_ADD_DOT_0)
                  ? float_repr_double(t, v)
                  : float_format_double(t, v, code, precision, 0);
    size_t n;
    const char *text = s ? str_utf8(t, s, &n) : NULL;
    bool sign = (flags & Py_DTSF_SIGN) && text && *text != '-';
    char *p = text ? PyMem_Malloc(n + 2) : NULL;
    if (p) {
        p[0] = '+';
        memcpy(p + sign, text, n + 1);
    }
    return p;
}

/* ---- complex ---- */

PyObject *PyComplex_FromDoubles(double re, double im)
{
    THREAD;
    return value_out(t, complex_new(t, re, im));
}

PyObject *PyComplex_FromCComplex(Py_complex c) { return PyComplex_FromDoubles(c.real, c.imag); }

Py_complex PyComplex_AsCComplex(PyObject *o)
{
    THREAD;
    Value v = value_in(o);
    Py_complex failed = {-1.0, 0.0};
    if (!value_isa(v, &complex_type)) {
        bool found;
        Value r = special_call(t, v, N(dunder_complex), NULL, 0, &found);
        if (found) {
            if (!r) {
                return failed;
            }
            if (!value_isa(r, &complex_type)) {
                type_error(t, "__complex__ returned non-complex (type %T)", r);
                return failed;
            }
            v = r;
        }
    }
    if (value_isa(v, &complex_type)) {
        Complex *c = (Complex *)value_object(v);
        return (Py_complex){c->re, c->im};
    }
    return (Py_complex){PyFloat_AsDouble(o), 0.0};
}

double PyComplex_RealAsDouble(PyObject *o)
{
    return PyComplex_Check(o) ? ((Complex *)o)->re : PyFloat_AsDouble(o);
}

double PyComplex_ImagAsDouble(PyObject *o) { return PyComplex_Check(o) ? ((Complex *)o)->im : 0.0; }
