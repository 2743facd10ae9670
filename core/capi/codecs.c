/* PyUnicode_Decode*, PyUnicode_As*String, file names, PyCodec_*, properties of characters. */
#include "core/capi/capi.h"
#include "core/object/codec.h"
#include "core/object/unicode.h"

#define BYTES_ARGS (const uint8_t *)s, (size_t)n, errors

PyObject *PyUnicode_Decode(const char *s, Py_ssize_t n, const char *encoding, const char *errors)
{
    THREAD;
    return value_out(t, str_decode(t, s, (size_t)n, encoding ? encoding : "utf-8", errors));
}

PyObject *PyUnicode_DecodeUTF8(const char *s, Py_ssize_t n, const char *errors)
{
    THREAD;
    return value_out(t, utf8_to_str(t, s, (size_t)n, errors, NULL));
}

PyObject *PyUnicode_DecodeUTF8Stateful(const char *s, Py_ssize_t n, const char *errors,
                                       Py_ssize_t *consumed)
{
    THREAD;
    size_t used = 0;
    Value v = utf8_to_str(t, s, (size_t)n, errors, consumed ? &used : NULL);
    if (consumed) {
        *consumed = (Py_ssize_t)used;
    }
    return value_out(t, v);
}

PyObject *PyUnicode_DecodeASCII(const char *s, Py_ssize_t n, const char *errors)
{
    THREAD;
    return value_out(t, ascii_decode(t, BYTES_ARGS));
}

PyObject *PyUnicode_DecodeLatin1(const char *s, Py_ssize_t n, const char *errors UNUSED)
{
    THREAD;
    return value_out(t, str_from_latin1(t, (const uint8_t *)s, (size_t)n));
}

PyObject *PyUnicode_DecodeUTF16(const char *s, Py_ssize_t n, const char *errors, int *byteorder)
{
    THREAD;
    int order = byteorder ? *byteorder : 0;
    Value v = utf16_decode(t, BYTES_ARGS, &order, NULL);
    if (byteorder) {
        *byteorder = order;
    }
    return value_out(t, v);
}

PyObject *PyUnicode_DecodeUTF32(const char *s, Py_ssize_t n, const char *errors, int *byteorder)
{
    THREAD;
    int order = byteorder ? *byteorder : 0;
    Value v = utf32_decode(t, BYTES_ARGS, &order, NULL);
    if (byteorder) {
        *byteorder = order;
    }
    return value_out(t, v);
}

PyObject *PyUnicode_DecodeUnicodeEscape(const char *s, Py_ssize_t n, const char *errors)
{
    THREAD;
    return value_out(t, unicode_escape_decode(t, BYTES_ARGS, NULL));
}

PyObject *PyUnicode_DecodeRawUnicodeEscape(const char *s, Py_ssize_t n, const char *errors)
{
    THREAD;
    return value_out(t, raw_unicode_escape_decode(t, BYTES_ARGS, NULL));
}

PyObject *PyBytes_DecodeEscape(const char *s, Py_ssize_t n, const char *errors, Py_ssize_t u UNUSED,
                               const char *e UNUSED)
{
    THREAD;
    ssize_t first_invalid;
    return value_out(t, bytes_escape_decode(t, BYTES_ARGS, &first_invalid));
}

/* ---- encoding ---- */

#define ENCODE_FN(name, expr)                                       \
    PyObject *PyUnicode_As##name##String(PyObject *o)               \
    {                                                               \
        THREAD;                                                     \
        return wants_str(o) ? value_out(t, expr) : NULL;            \
    }
ENCODE_FN(UTF8, utf8_encode_str(t, value_in(o), NULL))
ENCODE_FN(ASCII, ascii_encode(t, value_in(o), NULL))
ENCODE_FN(Latin1, latin1_encode(t, value_in(o), NULL))
ENCODE_FN(UTF16, utf16_encode(t, value_in(o), NULL, 0))
ENCODE_FN(UTF32, utf32_encode(t, value_in(o), NULL, 0))
ENCODE_FN(UnicodeEscape, unicode_escape_encode(t, value_in(o)))
ENCODE_FN(RawUnicodeEscape, raw_unicode_escape_encode(t, value_in(o)))

PyObject *PyUnicode_AsEncodedString(PyObject *o, const char *encoding, const char *errors)
{
    THREAD;
    return wants_str(o)
               ? value_out(t, str_encode(t, value_in(o), encoding ? encoding : "utf-8", errors))
               : NULL;
}

const char *PyUnicode_GetDefaultEncoding(void) { return "utf-8"; }

/* ---- file names ---- */

const char *Py_FileSystemDefaultEncoding = "utf-8";
const char *Py_FileSystemDefaultEncodeErrors = "surrogateescape";

PyObject *PyUnicode_DecodeFSDefaultAndSize(const char *s, Py_ssize_t n)
{
    THREAD;
    return value_out(t, str_from_fs(t, s, (size_t)n));
}

PyObject *PyUnicode_DecodeFSDefault(const char *s)
{
    return PyUnicode_DecodeFSDefaultAndSize(s, (Py_ssize_t)strlen(s));
}
PyObject *PyUnicode_DecodeLocale(const char *s, const char *errors UNUSED)
{
    return PyUnicode_DecodeFSDefault(s);
}

PyObject *PyUnicode_EncodeFSDefault(PyObject *o)
{
    return PyUnicode_AsEncodedString(o, "utf-8", "surrogateescape");
}

PyObject *PyOS_FSPath(PyObject *path)
{
    THREAD;
    if (PyUnicode_Check(path) || PyBytes_Check(path)) {
        return Py_NewRef(path);
    }
    Value fspath = import_attr(t, "os", "fspath");
    return fspath ? value_out(t, call1(t, fspath, value_in(path))) : NULL;
}

/* Converters of O&: called with NULL to clean up. */
int PyUnicode_FSConverter(PyObject *o, void *result)
{
    THREAD;
    if (!o) {
        Py_XDECREF(*(PyObject **)result);
        *(PyObject **)result = NULL;
        return 1;
    }
    PyObject *path = PyOS_FSPath(o);
    PyObject *bytes = !path                 ? NULL
                      : PyBytes_Check(path) ? Py_NewRef(path)
                                            : PyUnicode_EncodeFSDefault(path);
    Py_XDECREF(path);
    if (!bytes) {
        return 0;
    }
    if (strlen(PyBytes_AS_STRING(bytes)) != (size_t)PyBytes_GET_SIZE(bytes)) {
        value_error(t, "embedded null byte");
        Py_DECREF(bytes);
        return 0;
    }
    *(PyObject **)result = bytes;
    return Py_CLEANUP_SUPPORTED;
}

int PyUnicode_FSDecoder(PyObject *o, void *result)
{
    THREAD;
    if (!o) {
        Py_XDECREF(*(PyObject **)result);
        *(PyObject **)result = NULL;
        return 1;
    }
    PyObject *path = PyOS_FSPath(o);
    PyObject *s =
        !path ? NULL
        : PyUnicode_Check(path)
            ? Py_NewRef(path)
            : PyUnicode_DecodeFSDefaultAndSize(PyBytes_AS_STRING(path), PyBytes_GET_SIZE(path));
    Py_XDECREF(path);
    if (!s) {
        return 0;
    }
    if (PyUnicode_FindChar(s, 0, 0, PyUnicode_GET_LENGTH(s), 1) >= 0) {
        value_error(t, "embedded null character");
        Py_DECREF(s);
        return 0;
    }
    *(PyObject **)result = s;
    return Py_CLEANUP_SUPPORTED;
}

/* ---- registry ---- */

int PyCodec_KnownEncoding(const char *encoding)
{
    THREAD;
    Value v = codec_lookup(t, encoding);
    error_clear(t);
    return v != 0;
}

PyObject *PyCodec_Encode(PyObject *o, const char *encoding, const char *errors)
{
    THREAD;
    return value_out(t, codec_encode(t, value_in(o), encoding, errors));
}

PyObject *PyCodec_Decode(PyObject *o, const char *encoding, const char *errors)
{
    THREAD;
    return value_out(t, codec_decode(t, value_in(o), encoding, errors));
}

static PyObject *codec_part(const char *encoding, size_t i)
{
    THREAD;
    Value v = codec_lookup(t, encoding);
    return v ? value_out(t, tuple_get(v, i)) : NULL;
}

PyObject *PyCodec_Encoder(const char *encoding) { return codec_part(encoding, 0); }
PyObject *PyCodec_Decoder(const char *encoding) { return codec_part(encoding, 1); }

/* ---- characters ---- */

int _PyUnicode_IsWhitespace(Py_UCS4 c) { return unicode_is_space(c); }
int _PyUnicode_IsAlpha(Py_UCS4 c) { return unicode_is_alpha(c); }
int _PyUnicode_IsDigit(Py_UCS4 c) { return unicode_is_digit(c); }
int _PyUnicode_IsDecimalDigit(Py_UCS4 c) { return unicode_is_decimal(c); }
int _PyUnicode_IsNumeric(Py_UCS4 c) { return unicode_is_numeric(c); }
int _PyUnicode_IsUppercase(Py_UCS4 c) { return unicode_is_upper(c); }
int _PyUnicode_IsLowercase(Py_UCS4 c) { return unicode_is_lower(c); }
int _PyUnicode_IsPrintable(Py_UCS4 c) { return unicode_is_printable(c); }
Py_UCS4 _PyUnicode_ToLowercase(Py_UCS4 c) { return unicode_to_lower(c); }
Py_UCS4 _PyUnicode_ToUppercase(Py_UCS4 c) { return unicode_to_upper(c); }

int PyOS_mystrnicmp(const char *a, const char *b, Py_ssize_t n)
{
    return n ? strncasecmp(a, b, (size_t)n) : 0;
}
int PyOS_mystricmp(const char *a, const char *b) { return strcasecmp(a, b); }
