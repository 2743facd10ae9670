/* str. */
#ifndef Py_UNICODEOBJECT_H
#define Py_UNICODEOBJECT_H

#include "concrete.h"

TYPHON_BEGIN_C

typedef uint32_t Py_UCS4;
typedef uint16_t Py_UCS2;
typedef uint8_t Py_UCS1;
typedef wchar_t Py_UNICODE;
#define PY_UNICODE_TYPE wchar_t
#define Py_UNICODE_SIZE 4

PyAPI_DATA(PyTypeObject) PyUnicode_Type;
PyAPI_DATA(PyTypeObject) PyUnicodeIter_Type;
#define PyUnicode_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_UNICODE_SUBCLASS)
#define PyUnicode_CheckExact(op) Py_IS_TYPE(op, &PyUnicode_Type)

enum PyUnicode_Kind {
    PyUnicode_WCHAR_KIND = 0,
    PyUnicode_1BYTE_KIND = 1,
    PyUnicode_2BYTE_KIND = 2,
    PyUnicode_4BYTE_KIND = 4
};
PyAPI_FUNC(int) _typhon_str_kind(PyObject *o);
PyAPI_FUNC(void *) _typhon_str_data(PyObject *o);
PyAPI_FUNC(int) _typhon_str_is_ascii(PyObject *o);
#define PyUnicode_READY(op) 0
#define PyUnicode_IS_READY(op) 1
#define PyUnicode_IS_COMPACT(op) 1
#define PyUnicode_IS_COMPACT_ASCII(op) _typhon_str_is_ascii(_PyObject_CAST(op))
#define PyUnicode_IS_ASCII(op) _typhon_str_is_ascii(_PyObject_CAST(op))
#define PyUnicode_KIND(op) ((enum PyUnicode_Kind)_typhon_str_kind(_PyObject_CAST(op)))
#define PyUnicode_DATA(op) _typhon_str_data(_PyObject_CAST(op))
#define PyUnicode_1BYTE_DATA(op) ((Py_UCS1 *)PyUnicode_DATA(op))
#define PyUnicode_2BYTE_DATA(op) ((Py_UCS2 *)PyUnicode_DATA(op))
#define PyUnicode_4BYTE_DATA(op) ((Py_UCS4 *)PyUnicode_DATA(op))
#define PyUnicode_GET_LENGTH(op) Py_SIZE(op)
#define PyUnicode_READ(kind, data, index)                                             \
    ((Py_UCS4)((kind) == PyUnicode_1BYTE_KIND   ? ((const Py_UCS1 *)(data))[(index)]  \
               : (kind) == PyUnicode_2BYTE_KIND ? ((const Py_UCS2 *)(data))[(index)]  \
                                                : ((const Py_UCS4 *)(data))[(index)]))
#define PyUnicode_READ_CHAR(op, index)                                                             \
    PyUnicode_READ(PyUnicode_KIND(op), PyUnicode_DATA(op), (index))
#define PyUnicode_WRITE(kind, data, index, value)                                     \
    do {                                                                              \
        if ((kind) == PyUnicode_1BYTE_KIND) {                                         \
            ((Py_UCS1 *)(data))[(index)] = (Py_UCS1)(value);                          \
        } else if ((kind) == PyUnicode_2BYTE_KIND) {                                  \
            ((Py_UCS2 *)(data))[(index)] = (Py_UCS2)(value);                          \
        } else {                                                                      \
            ((Py_UCS4 *)(data))[(index)] = (Py_UCS4)(value);                          \
        }                                                                             \
    } while (0)
PyAPI_FUNC(Py_UCS4) PyUnicode_MaxCharValue(PyObject *o);
#define PyUnicode_MAX_CHAR_VALUE(op) PyUnicode_MaxCharValue(_PyObject_CAST(op))
#define PyUnicode_CHECK_INTERNED(op) 0
PyAPI_FUNC(int) _PyUnicode_Ready(PyObject *o);

PyAPI_FUNC(PyObject *) PyUnicode_New(Py_ssize_t n, Py_UCS4 max_char);
PyAPI_FUNC(PyObject *) PyUnicode_FromKindAndData(int kind, const void *p, Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyUnicode_FromString(const char *s);
PyAPI_FUNC(PyObject *) PyUnicode_FromStringAndSize(const char *s, Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyUnicode_FromFormat(const char *format, ...);
PyAPI_FUNC(PyObject *) PyUnicode_FromFormatV(const char *format, va_list ap);
PyAPI_FUNC(PyObject *) PyUnicode_FromObject(PyObject *o);
PyAPI_FUNC(PyObject *)
    PyUnicode_FromEncodedObject(PyObject *o, const char *encoding, const char *errors);
PyAPI_FUNC(PyObject *) PyUnicode_FromOrdinal(int c);
PyAPI_FUNC(PyObject *) PyUnicode_FromWideChar(const wchar_t *w, Py_ssize_t n);
#define PyUnicode_FromUnicode(w, n) PyUnicode_FromWideChar((w), (n))
PyAPI_FUNC(PyObject *) PyUnicode_InternFromString(const char *s);
PyAPI_FUNC(void) PyUnicode_InternInPlace(PyObject **o);
PyAPI_FUNC(Py_ssize_t) PyUnicode_GetLength(PyObject *o);
#define PyUnicode_GetSize PyUnicode_GetLength
#define PyUnicode_GET_SIZE(op) PyUnicode_GetLength(_PyObject_CAST(op))
PyAPI_FUNC(Py_UCS4) PyUnicode_ReadChar(PyObject *o, Py_ssize_t i);
PyAPI_FUNC(int) PyUnicode_WriteChar(PyObject *o, Py_ssize_t i, Py_UCS4 c);
PyAPI_FUNC(Py_ssize_t) PyUnicode_CopyCharacters(PyObject *to, Py_ssize_t at, PyObject *from,
                                                Py_ssize_t start, Py_ssize_t n);
PyAPI_FUNC(void) _PyUnicode_FastCopyCharacters(PyObject *to, Py_ssize_t at, PyObject *from,
                                               Py_ssize_t start, Py_ssize_t n);
PyAPI_FUNC(Py_ssize_t) PyUnicode_Fill(PyObject *o, Py_ssize_t start, Py_ssize_t n, Py_UCS4 c);
PyAPI_FUNC(PyObject *) PyUnicode_Substring(PyObject *o, Py_ssize_t lo, Py_ssize_t hi);
PyAPI_FUNC(Py_UCS4 *) PyUnicode_AsUCS4(PyObject *o, Py_UCS4 *p, Py_ssize_t n, int null);
PyAPI_FUNC(Py_UCS4 *) PyUnicode_AsUCS4Copy(PyObject *o);
PyAPI_FUNC(int) PyUnicode_Resize(PyObject **o, Py_ssize_t n);

PyAPI_FUNC(const char *) PyUnicode_AsUTF8(PyObject *o);
PyAPI_FUNC(const char *) PyUnicode_AsUTF8AndSize(PyObject *o, Py_ssize_t *n);
#define _PyUnicode_AsString PyUnicode_AsUTF8
PyAPI_FUNC(PyObject *) PyUnicode_AsUTF8String(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsASCIIString(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsLatin1String(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsUTF16String(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsUTF32String(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsUnicodeEscapeString(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_AsRawUnicodeEscapeString(PyObject *o);
PyAPI_FUNC(PyObject *)
    PyUnicode_AsEncodedString(PyObject *o, const char *encoding, const char *errors);
PyAPI_FUNC(PyObject *)
    PyUnicode_Decode(const char *s, Py_ssize_t n, const char *encoding, const char *errors);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeUTF8(const char *s, Py_ssize_t n, const char *errors);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeUTF8Stateful(const char *s, Py_ssize_t n, const char *errors,
                                                    Py_ssize_t *consumed);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeASCII(const char *s, Py_ssize_t n, const char *errors);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeLatin1(const char *s, Py_ssize_t n, const char *errors);
PyAPI_FUNC(PyObject *)
    PyUnicode_DecodeUTF16(const char *s, Py_ssize_t n, const char *errors, int *byteorder);
PyAPI_FUNC(PyObject *)
    PyUnicode_DecodeUTF32(const char *s, Py_ssize_t n, const char *errors, int *byteorder);
PyAPI_FUNC(PyObject *)
    PyUnicode_DecodeUnicodeEscape(const char *s, Py_ssize_t n, const char *errors);
PyAPI_FUNC(PyObject *)
    PyUnicode_DecodeRawUnicodeEscape(const char *s, Py_ssize_t n, const char *errors);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeFSDefault(const char *s);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeFSDefaultAndSize(const char *s, Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyUnicode_EncodeFSDefault(PyObject *o);
PyAPI_FUNC(PyObject *) PyUnicode_DecodeLocale(const char *s, const char *errors);
PyAPI_FUNC(int) PyUnicode_FSConverter(PyObject *o, void *result);
PyAPI_FUNC(int) PyUnicode_FSDecoder(PyObject *o, void *result);
PyAPI_FUNC(Py_ssize_t) PyUnicode_AsWideChar(PyObject *o, wchar_t *w, Py_ssize_t n);
PyAPI_FUNC(wchar_t *) PyUnicode_AsWideCharString(PyObject *o, Py_ssize_t *n);
PyAPI_FUNC(const char *) PyUnicode_GetDefaultEncoding(void);
PyAPI_FUNC(wchar_t *) PyUnicode_AsUnicode(PyObject *o);
#define PyUnicode_AS_UNICODE(op) PyUnicode_AsUnicode(_PyObject_CAST(op))
#define PyUnicode_GET_DATA_SIZE(op) (PyUnicode_GET_SIZE(op) * Py_UNICODE_SIZE)
#define PyUnicode_AS_DATA(op) ((const char *)PyUnicode_AS_UNICODE(op))

PyAPI_FUNC(PyObject *) PyUnicode_Concat(PyObject *a, PyObject *b);
PyAPI_FUNC(void) PyUnicode_Append(PyObject **a, PyObject *b);
PyAPI_FUNC(void) PyUnicode_AppendAndDel(PyObject **a, PyObject *b);
PyAPI_FUNC(PyObject *) PyUnicode_Join(PyObject *sep, PyObject *iterable);
PyAPI_FUNC(PyObject *) PyUnicode_Split(PyObject *o, PyObject *sep, Py_ssize_t max);
PyAPI_FUNC(PyObject *) PyUnicode_Splitlines(PyObject *o, int keepends);
PyAPI_FUNC(PyObject *)
    PyUnicode_Replace(PyObject *o, PyObject *old, PyObject *new_, Py_ssize_t max);
PyAPI_FUNC(Py_ssize_t)
    PyUnicode_Tailmatch(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi, int direction);
PyAPI_FUNC(Py_ssize_t)
    PyUnicode_Find(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi, int direction);
PyAPI_FUNC(Py_ssize_t)
    PyUnicode_FindChar(PyObject *o, Py_UCS4 c, Py_ssize_t lo, Py_ssize_t hi, int direction);
PyAPI_FUNC(Py_ssize_t) PyUnicode_Count(PyObject *o, PyObject *sub, Py_ssize_t lo, Py_ssize_t hi);
PyAPI_FUNC(int) PyUnicode_Compare(PyObject *a, PyObject *b);
PyAPI_FUNC(int) PyUnicode_CompareWithASCIIString(PyObject *a, const char *b);
PyAPI_FUNC(int) _PyUnicode_EqualToASCIIString(PyObject *a, const char *b);
PyAPI_FUNC(int) _PyUnicode_EQ(PyObject *a, PyObject *b);
PyAPI_FUNC(PyObject *) PyUnicode_RichCompare(PyObject *a, PyObject *b, int op);
PyAPI_FUNC(PyObject *) PyUnicode_Format(PyObject *format, PyObject *args);
PyAPI_FUNC(int) PyUnicode_Contains(PyObject *o, PyObject *sub);
PyAPI_FUNC(int) PyUnicode_IsIdentifier(PyObject *o);

/* Growing text: buffer has room for size characters of kind, pos of which are written. */
typedef struct {
    PyObject *buffer;
    void *data;
    int kind;
    Py_UCS4 maxchar;
    Py_ssize_t size, pos, min_length;
    Py_UCS4 min_char;
    unsigned char overallocate, readonly;
} _PyUnicodeWriter;
PyAPI_FUNC(void) _PyUnicodeWriter_Init(_PyUnicodeWriter *w);
PyAPI_FUNC(int) _PyUnicodeWriter_Prepare(_PyUnicodeWriter *w, Py_ssize_t n, Py_UCS4 max_char);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteChar(_PyUnicodeWriter *w, Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteStr(_PyUnicodeWriter *w, PyObject *s);
PyAPI_FUNC(int)
    _PyUnicodeWriter_WriteSubstring(_PyUnicodeWriter *w, PyObject *s, Py_ssize_t lo, Py_ssize_t hi);
PyAPI_FUNC(int) _PyUnicodeWriter_WriteASCIIString(_PyUnicodeWriter *w, const char *s, Py_ssize_t n);
PyAPI_FUNC(int)
    _PyUnicodeWriter_WriteLatin1String(_PyUnicodeWriter *w, const char *s, Py_ssize_t n);
PyAPI_FUNC(PyObject *) _PyUnicodeWriter_Finish(_PyUnicodeWriter *w);
PyAPI_FUNC(void) _PyUnicodeWriter_Dealloc(_PyUnicodeWriter *w);

PyAPI_FUNC(int) _PyUnicode_IsWhitespace(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsAlpha(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsDigit(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsDecimalDigit(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsNumeric(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsUppercase(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsLowercase(Py_UCS4 c);
PyAPI_FUNC(int) _PyUnicode_IsPrintable(Py_UCS4 c);
PyAPI_FUNC(Py_UCS4) _PyUnicode_ToLowercase(Py_UCS4 c);
PyAPI_FUNC(Py_UCS4) _PyUnicode_ToUppercase(Py_UCS4 c);
#define Py_UNICODE_ISSPACE(c) _PyUnicode_IsWhitespace(c)
#define Py_UNICODE_ISALPHA(c) _PyUnicode_IsAlpha(c)
#define Py_UNICODE_ISDIGIT(c) _PyUnicode_IsDigit(c)
#define Py_UNICODE_ISDECIMAL(c) _PyUnicode_IsDecimalDigit(c)
#define Py_UNICODE_ISNUMERIC(c) _PyUnicode_IsNumeric(c)
#define Py_UNICODE_ISALNUM(c)                                                                      \
    (_PyUnicode_IsAlpha(c) || _PyUnicode_IsDecimalDigit(c) || _PyUnicode_IsDigit(c) ||             \
     _PyUnicode_IsNumeric(c))
#define Py_UNICODE_ISUPPER(c) _PyUnicode_IsUppercase(c)
#define Py_UNICODE_ISLOWER(c) _PyUnicode_IsLowercase(c)
#define Py_UNICODE_ISPRINTABLE(c) _PyUnicode_IsPrintable(c)
#define Py_UNICODE_TOLOWER(c) _PyUnicode_ToLowercase(c)
#define Py_UNICODE_TOUPPER(c) _PyUnicode_ToUppercase(c)
#define Py_UNICODE_HIGH_SURROGATE(c) (0xd800 - (0x10000 >> 10) + ((c) >> 10))
#define Py_UNICODE_LOW_SURROGATE(c) (0xdc00 + ((c)&0x3ff))
#define Py_UNICODE_IS_SURROGATE(c) ((c) >= 0xd800 && (c) <= 0xdfff)
#define Py_UNICODE_IS_HIGH_SURROGATE(c) ((c) >= 0xd800 && (c) <= 0xdbff)
#define Py_UNICODE_IS_LOW_SURROGATE(c) ((c) >= 0xdc00 && (c) <= 0xdfff)
#define Py_UNICODE_JOIN_SURROGATES(h, l)                                                           \
    ((((Py_UCS4)(h)&0x3ff) << 10 | ((Py_UCS4)(l)&0x3ff)) + 0x10000)
#define Py_UNICODE_REPLACEMENT_CHARACTER ((Py_UCS4)0xFFFD)

TYPHON_END_C
#endif
