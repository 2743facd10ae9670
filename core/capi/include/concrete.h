/* The built-in types other than str: numbers, bytes, containers, functions, descriptors, capsules,
 * weak references. */
#ifndef Py_CONCRETE_H
#define Py_CONCRETE_H

#include "object.h"

TYPHON_BEGIN_C

/* Sizes only: what lies in them belongs to the runtime. */
typedef struct {
    PyObject ob_base;
    Py_ssize_t length;
    Py_hash_t hash; /* 0: not computed */
    void *opaque[3];
} PyUnicodeObject;
typedef PyUnicodeObject PyASCIIObject;
typedef PyUnicodeObject PyCompactUnicodeObject;
typedef uint64_t digit; /* least significant first; ob_size counts them and carries the sign */
#define PyLong_SHIFT 64
typedef struct { PyVarObject ob_base; digit ob_digit[1]; } PyLongObject;
typedef struct { PyObject ob_base; double ob_fval; } PyFloatObject;
typedef struct { double real, imag; } Py_complex;
typedef struct { PyObject ob_base; Py_complex cval; } PyComplexObject;
typedef struct { PyVarObject ob_base; } PyTupleObject;
typedef struct { PyObject ob_base; void *opaque; } PyListObject; /* no ob_size */
typedef struct { PyVarObject ob_base; int64_t opaque; char data[1]; } PyBytesObject;
typedef struct { PyVarObject ob_base; void *opaque[4]; } PyByteArrayObject;
typedef struct { PyObject ob_base; void *opaque[4]; } PyDictObject;
typedef struct { PyObject ob_base; void *opaque[5]; } PySetObject;
typedef struct { PyObject ob_base; void *opaque[3]; PyObject *start, *stop, *step; } PySliceObject;
typedef struct {
    PyObject ob_base;
    PyObject *args, *notes, *traceback, *context, *cause;
    char suppress_context;
} PyBaseExceptionObject;
typedef struct { PyBaseExceptionObject base; void *opaque[5]; } PyOSErrorObject;

/* ---- int, bool ---- */
PyAPI_DATA(PyTypeObject) PyLong_Type;
PyAPI_DATA(PyTypeObject) PyBool_Type;
#define PyLong_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_LONG_SUBCLASS)
#define PyLong_CheckExact(op) Py_IS_TYPE(op, &PyLong_Type)
#define PyBool_Check(op) Py_IS_TYPE(op, &PyBool_Type)
PyAPI_FUNC(PyObject *) PyBool_FromLong(long v);
PyAPI_FUNC(PyObject *) PyLong_FromLong(long v);
PyAPI_FUNC(PyObject *) PyLong_FromUnsignedLong(unsigned long v);
PyAPI_FUNC(PyObject *) PyLong_FromLongLong(long long v);
PyAPI_FUNC(PyObject *) PyLong_FromUnsignedLongLong(unsigned long long v);
PyAPI_FUNC(PyObject *) PyLong_FromSsize_t(Py_ssize_t v);
PyAPI_FUNC(PyObject *) PyLong_FromSize_t(size_t v);
PyAPI_FUNC(PyObject *) PyLong_FromDouble(double v);
PyAPI_FUNC(PyObject *) PyLong_FromVoidPtr(void *p);
PyAPI_FUNC(PyObject *) PyLong_FromString(const char *s, char **end, int base);
PyAPI_FUNC(PyObject *) PyLong_FromUnicodeObject(PyObject *s, int base);
PyAPI_FUNC(long) PyLong_AsLong(PyObject *o);
PyAPI_FUNC(long) PyLong_AsLongAndOverflow(PyObject *o, int *overflow);
PyAPI_FUNC(long long) PyLong_AsLongLong(PyObject *o);
PyAPI_FUNC(long long) PyLong_AsLongLongAndOverflow(PyObject *o, int *overflow);
PyAPI_FUNC(unsigned long) PyLong_AsUnsignedLong(PyObject *o);
PyAPI_FUNC(unsigned long long) PyLong_AsUnsignedLongLong(PyObject *o);
PyAPI_FUNC(unsigned long) PyLong_AsUnsignedLongMask(PyObject *o);
PyAPI_FUNC(unsigned long long) PyLong_AsUnsignedLongLongMask(PyObject *o);
PyAPI_FUNC(Py_ssize_t) PyLong_AsSsize_t(PyObject *o);
PyAPI_FUNC(size_t) PyLong_AsSize_t(PyObject *o);
PyAPI_FUNC(double) PyLong_AsDouble(PyObject *o);
PyAPI_FUNC(void *) PyLong_AsVoidPtr(PyObject *o);
PyAPI_FUNC(int) _PyLong_AsInt(PyObject *o);
PyAPI_FUNC(int) _PyLong_Sign(PyObject *o);
PyAPI_FUNC(PyObject *) _PyLong_Format(PyObject *o, int base);
PyAPI_FUNC(size_t) _PyLong_NumBits(PyObject *o);
PyAPI_FUNC(PyObject *) _PyLong_Copy(PyLongObject *o);
/* digits to be filled in; the top one must not be 0 in the end */
PyAPI_FUNC(PyLongObject *) _PyLong_New(Py_ssize_t n);
PyAPI_FUNC(PyObject *)
    _PyLong_FromByteArray(const unsigned char *p, size_t n, int little_endian, int is_signed);
PyAPI_FUNC(int) _PyLong_AsByteArray(PyLongObject *o, unsigned char *p, size_t n, int little_endian,
                                    int is_signed);
#define PyLong_AS_LONG(op) PyLong_AsLong(op)
#define PyLong_AsPid(op) ((pid_t)PyLong_AsLong(op))
#define PyLong_FromPid PyLong_FromLong
PyAPI_FUNC(long) PyOS_strtol(const char *s, char **end, int base);
PyAPI_FUNC(unsigned long) PyOS_strtoul(const char *s, char **end, int base);

/* ---- float, complex ---- */
PyAPI_DATA(PyTypeObject) PyFloat_Type;
PyAPI_DATA(PyTypeObject) PyComplex_Type;
#define PyFloat_Check(op) PyObject_TypeCheck(op, &PyFloat_Type)
#define PyFloat_CheckExact(op) Py_IS_TYPE(op, &PyFloat_Type)
#define PyComplex_Check(op) PyObject_TypeCheck(op, &PyComplex_Type)
#define PyComplex_CheckExact(op) Py_IS_TYPE(op, &PyComplex_Type)
PyAPI_FUNC(PyObject *) PyFloat_FromDouble(double v);
PyAPI_FUNC(PyObject *) PyFloat_FromString(PyObject *s);
PyAPI_FUNC(double) PyFloat_AsDouble(PyObject *o);
#define PyFloat_AS_DOUBLE(op) (((PyFloatObject *)(op))->ob_fval)
PyAPI_FUNC(double) PyFloat_GetMax(void);
PyAPI_FUNC(double) PyFloat_GetMin(void);
PyAPI_FUNC(int) PyFloat_Pack2(double x, char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack2(const char *p, int le);
PyAPI_FUNC(int) PyFloat_Pack4(double x, char *p, int le);
PyAPI_FUNC(int) PyFloat_Pack8(double x, char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack4(const char *p, int le);
PyAPI_FUNC(double) PyFloat_Unpack8(const char *p, int le);
PyAPI_FUNC(PyObject *) PyComplex_FromDoubles(double re, double im);
PyAPI_FUNC(PyObject *) PyComplex_FromCComplex(Py_complex c);
PyAPI_FUNC(double) PyComplex_RealAsDouble(PyObject *o);
PyAPI_FUNC(double) PyComplex_ImagAsDouble(PyObject *o);
PyAPI_FUNC(Py_complex) PyComplex_AsCComplex(PyObject *o);

/* ---- bytes, bytearray, memoryview ---- */
PyAPI_DATA(PyTypeObject) PyBytes_Type;
PyAPI_DATA(PyTypeObject) PyByteArray_Type;
PyAPI_DATA(PyTypeObject) PyMemoryView_Type;
#define PyBytes_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_BYTES_SUBCLASS)
#define PyBytes_CheckExact(op) Py_IS_TYPE(op, &PyBytes_Type)
#define PyByteArray_Check(op) PyObject_TypeCheck(op, &PyByteArray_Type)
#define PyByteArray_CheckExact(op) Py_IS_TYPE(op, &PyByteArray_Type)
#define PyMemoryView_Check(op) Py_IS_TYPE(op, &PyMemoryView_Type)
PyAPI_FUNC(PyObject *) PyBytes_FromString(const char *s);
PyAPI_FUNC(PyObject *) PyBytes_FromStringAndSize(const char *s, Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyBytes_FromObject(PyObject *o);
PyAPI_FUNC(PyObject *) PyBytes_FromFormat(const char *format, ...);
PyAPI_FUNC(PyObject *) PyBytes_FromFormatV(const char *format, va_list ap);
PyAPI_FUNC(char *) PyBytes_AsString(PyObject *o);
PyAPI_FUNC(int) PyBytes_AsStringAndSize(PyObject *o, char **s, Py_ssize_t *n);
PyAPI_FUNC(Py_ssize_t) PyBytes_Size(PyObject *o);
PyAPI_FUNC(void) PyBytes_Concat(PyObject **a, PyObject *b);
PyAPI_FUNC(void) PyBytes_ConcatAndDel(PyObject **a, PyObject *b);
PyAPI_FUNC(PyObject *) PyBytes_DecodeEscape(const char *s, Py_ssize_t n, const char *errors,
                                            Py_ssize_t u, const char *e);
PyAPI_FUNC(int) _PyBytes_Resize(PyObject **o, Py_ssize_t n);
PyAPI_FUNC(PyObject *) _PyBytes_Join(PyObject *sep, PyObject *iterable);
#define PyBytes_AS_STRING(op) (((PyBytesObject *)(op))->data)
#define PyBytes_GET_SIZE(op) Py_SIZE(op)
PyAPI_FUNC(PyObject *) PyByteArray_FromObject(PyObject *o);
PyAPI_FUNC(PyObject *) PyByteArray_FromStringAndSize(const char *s, Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyByteArray_Concat(PyObject *a, PyObject *b);
PyAPI_FUNC(Py_ssize_t) PyByteArray_Size(PyObject *o);
PyAPI_FUNC(char *) PyByteArray_AsString(PyObject *o);
PyAPI_FUNC(int) PyByteArray_Resize(PyObject *o, Py_ssize_t n);
#define PyByteArray_AS_STRING(op) PyByteArray_AsString(_PyObject_CAST(op))
#define PyByteArray_GET_SIZE(op) Py_SIZE(op)
PyAPI_FUNC(PyObject *) PyMemoryView_FromObject(PyObject *o);
PyAPI_FUNC(PyObject *) PyMemoryView_FromMemory(char *p, Py_ssize_t n, int flags);
PyAPI_FUNC(PyObject *) PyMemoryView_FromBuffer(const Py_buffer *view);
PyAPI_FUNC(PyObject *) PyMemoryView_GetContiguous(PyObject *o, int buffertype, char order);
PyAPI_FUNC(Py_buffer *) PyMemoryView_GetBuffer(PyObject *o);
#define PyMemoryView_GET_BUFFER(op) PyMemoryView_GetBuffer(_PyObject_CAST(op))
#define PyMemoryView_GET_BASE(op) (PyMemoryView_GetBuffer(_PyObject_CAST(op))->obj)

/* ---- tuple, list ---- */
PyAPI_DATA(PyTypeObject) PyTuple_Type;
PyAPI_DATA(PyTypeObject) PyList_Type;
#define PyTuple_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_TUPLE_SUBCLASS)
#define PyTuple_CheckExact(op) Py_IS_TYPE(op, &PyTuple_Type)
#define PyList_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_LIST_SUBCLASS)
#define PyList_CheckExact(op) Py_IS_TYPE(op, &PyList_Type)
PyAPI_FUNC(PyObject *) PyTuple_New(Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyTuple_Pack(Py_ssize_t n, ...);
PyAPI_FUNC(Py_ssize_t) PyTuple_Size(PyObject *o);
PyAPI_FUNC(PyObject *) PyTuple_GetItem(PyObject *o, Py_ssize_t i);
PyAPI_FUNC(int) PyTuple_SetItem(PyObject *o, Py_ssize_t i, PyObject *v);
PyAPI_FUNC(PyObject *) PyTuple_GetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi);
PyAPI_FUNC(int) _PyTuple_Resize(PyObject **o, Py_ssize_t n);
PyAPI_FUNC(PyObject **) _typhon_tuple_slot(PyObject *o, Py_ssize_t i);
PyAPI_FUNC(void) _typhon_tuple_set_item(PyObject *o, Py_ssize_t i, PyObject *v);
#define PyTuple_GET_SIZE(op) Py_SIZE(op)
/* may be read and have its address taken: where the items stand, as long as none is an int or
 * float */
#define PyTuple_GET_ITEM(op, i) (*_typhon_tuple_slot(_PyObject_CAST(op), (i)))
#define PyTuple_SET_ITEM(op, i, v)                                                                 \
    _typhon_tuple_set_item(_PyObject_CAST(op), (i), _PyObject_CAST(v))
PyAPI_FUNC(PyObject *) PyList_New(Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyList_GetItem(PyObject *o, Py_ssize_t i);
PyAPI_FUNC(int) PyList_SetItem(PyObject *o, Py_ssize_t i, PyObject *v);
PyAPI_FUNC(int) PyList_Insert(PyObject *o, Py_ssize_t i, PyObject *v);
PyAPI_FUNC(int) PyList_Append(PyObject *o, PyObject *v);
PyAPI_FUNC(PyObject *) PyList_GetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi);
PyAPI_FUNC(int) PyList_SetSlice(PyObject *o, Py_ssize_t lo, Py_ssize_t hi, PyObject *v);
PyAPI_FUNC(int) PyList_Sort(PyObject *o);
PyAPI_FUNC(int) PyList_Reverse(PyObject *o);
PyAPI_FUNC(PyObject *) PyList_AsTuple(PyObject *o);
PyAPI_FUNC(PyObject *) _PyList_Extend(PyListObject *o, PyObject *iterable);
PyAPI_FUNC(void) _typhon_list_set_item(PyObject *o, Py_ssize_t i, PyObject *v);
#define PyList_GET_SIZE(op) PyList_Size(_PyObject_CAST(op))
#define PyList_GET_ITEM(op, i) PyList_GetItem(_PyObject_CAST(op), (i))
#define PyList_SET_ITEM(op, i, v) _typhon_list_set_item(_PyObject_CAST(op), (i), _PyObject_CAST(v))

/* ---- dict, set ---- */
PyAPI_DATA(PyTypeObject) PyDict_Type;
PyAPI_DATA(PyTypeObject) PyDictKeys_Type;
PyAPI_DATA(PyTypeObject) PyDictValues_Type;
PyAPI_DATA(PyTypeObject) PyDictItems_Type;
PyAPI_DATA(PyTypeObject) PyDictProxy_Type;
PyAPI_DATA(PyTypeObject) PySet_Type;
PyAPI_DATA(PyTypeObject) PyFrozenSet_Type;
#define PyDict_Check(op) PyType_FastSubclass(Py_TYPE(op), Py_TPFLAGS_DICT_SUBCLASS)
#define PyDict_CheckExact(op) Py_IS_TYPE(op, &PyDict_Type)
#define PyDictKeys_Check(op) PyObject_TypeCheck(op, &PyDictKeys_Type)
#define PyDictValues_Check(op) PyObject_TypeCheck(op, &PyDictValues_Type)
#define PyDictItems_Check(op) PyObject_TypeCheck(op, &PyDictItems_Type)
PyAPI_FUNC(PyObject *) PyDict_New(void);
PyAPI_FUNC(PyObject *) _PyDict_NewPresized(Py_ssize_t n);
PyAPI_FUNC(PyObject *) PyDictProxy_New(PyObject *o);
PyAPI_FUNC(void) PyDict_Clear(PyObject *d);
PyAPI_FUNC(int) PyDict_Contains(PyObject *d, PyObject *key);
PyAPI_FUNC(PyObject *) PyDict_Copy(PyObject *d);
PyAPI_FUNC(int) PyDict_SetItem(PyObject *d, PyObject *key, PyObject *v);
PyAPI_FUNC(int) PyDict_SetItemString(PyObject *d, const char *key, PyObject *v);
PyAPI_FUNC(int) PyDict_DelItem(PyObject *d, PyObject *key);
PyAPI_FUNC(int) PyDict_DelItemString(PyObject *d, const char *key);
PyAPI_FUNC(PyObject *) PyDict_GetItem(PyObject *d, PyObject *key);
PyAPI_FUNC(PyObject *) PyDict_GetItemWithError(PyObject *d, PyObject *key);
PyAPI_FUNC(PyObject *) PyDict_GetItemString(PyObject *d, const char *key);
PyAPI_FUNC(PyObject *) _PyDict_GetItemStringWithError(PyObject *d, const char *key);
PyAPI_FUNC(PyObject *) _PyDict_GetItem_KnownHash(PyObject *d, PyObject *key, Py_hash_t hash);
PyAPI_FUNC(int) _PyDict_SetItem_KnownHash(PyObject *d, PyObject *key, PyObject *v, Py_hash_t hash);
PyAPI_FUNC(PyObject *) _PyDict_Pop(PyObject *d, PyObject *key, PyObject *dflt);
PyAPI_FUNC(PyObject *) PyDict_SetDefault(PyObject *d, PyObject *key, PyObject *dflt);
PyAPI_FUNC(PyObject *) PyDict_Items(PyObject *d);
PyAPI_FUNC(PyObject *) PyDict_Keys(PyObject *d);
PyAPI_FUNC(PyObject *) PyDict_Values(PyObject *d);
PyAPI_FUNC(Py_ssize_t) PyDict_Size(PyObject *d);
PyAPI_FUNC(int) PyDict_Next(PyObject *d, Py_ssize_t *pos, PyObject **key, PyObject **v);
PyAPI_FUNC(int) PyDict_Merge(PyObject *d, PyObject *other, int override_);
PyAPI_FUNC(int) PyDict_Update(PyObject *d, PyObject *other);
PyAPI_FUNC(int) PyDict_MergeFromSeq2(PyObject *d, PyObject *seq2, int override_);
#define PyDict_GET_SIZE(op) PyDict_Size(_PyObject_CAST(op))
#define PyAnySet_Check(op)                                                                         \
    (PyObject_TypeCheck(op, &PySet_Type) || PyObject_TypeCheck(op, &PyFrozenSet_Type))
#define PyAnySet_CheckExact(op) (Py_IS_TYPE(op, &PySet_Type) || Py_IS_TYPE(op, &PyFrozenSet_Type))
#define PySet_Check(op) PyObject_TypeCheck(op, &PySet_Type)
#define PySet_CheckExact(op) Py_IS_TYPE(op, &PySet_Type)
#define PyFrozenSet_Check(op) PyObject_TypeCheck(op, &PyFrozenSet_Type)
#define PyFrozenSet_CheckExact(op) Py_IS_TYPE(op, &PyFrozenSet_Type)
PyAPI_FUNC(PyObject *) PySet_New(PyObject *iterable);
PyAPI_FUNC(PyObject *) PyFrozenSet_New(PyObject *iterable);
PyAPI_FUNC(Py_ssize_t) PySet_Size(PyObject *o);
#define PySet_GET_SIZE(op) PySet_Size(_PyObject_CAST(op))
PyAPI_FUNC(int) PySet_Contains(PyObject *o, PyObject *key);
PyAPI_FUNC(int) PySet_Add(PyObject *o, PyObject *key);
PyAPI_FUNC(int) PySet_Discard(PyObject *o, PyObject *key);
PyAPI_FUNC(PyObject *) PySet_Pop(PyObject *o);
PyAPI_FUNC(int) PySet_Clear(PyObject *o);
PyAPI_FUNC(int) _PySet_NextEntry(PyObject *o, Py_ssize_t *pos, PyObject **key, Py_hash_t *hash);
PyAPI_FUNC(int) _PySet_Update(PyObject *o, PyObject *iterable);

/* ---- slice, range, iterators ---- */
PyAPI_DATA(PyTypeObject) PySlice_Type;
PyAPI_DATA(PyTypeObject) PyEllipsis_Type;
PyAPI_DATA(PyTypeObject) PyRange_Type;
PyAPI_DATA(PyTypeObject) PyReversed_Type;
PyAPI_DATA(PyTypeObject) PyEnum_Type;
#define PySlice_Check(op) Py_IS_TYPE(op, &PySlice_Type)
#define PyRange_Check(op) Py_IS_TYPE(op, &PyRange_Type)
PyAPI_FUNC(PyObject *) PySlice_New(PyObject *start, PyObject *stop, PyObject *step);
PyAPI_FUNC(int) PySlice_Unpack(PyObject *o, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t *step);
PyAPI_FUNC(Py_ssize_t)
    PySlice_AdjustIndices(Py_ssize_t len, Py_ssize_t *start, Py_ssize_t *stop, Py_ssize_t step);
PyAPI_FUNC(int) PySlice_GetIndices(PyObject *o, Py_ssize_t len, Py_ssize_t *start, Py_ssize_t *stop,
                                   Py_ssize_t *step);
PyAPI_FUNC(int) PySlice_GetIndicesEx(PyObject *o, Py_ssize_t len, Py_ssize_t *start,
                                     Py_ssize_t *stop, Py_ssize_t *step, Py_ssize_t *count);
PyAPI_FUNC(PyObject *) PySeqIter_New(PyObject *seq);
PyAPI_FUNC(PyObject *) PyCallIter_New(PyObject *f, PyObject *sentinel);
PyAPI_FUNC(int) _PyEval_SliceIndex(PyObject *o, Py_ssize_t *i);

/* ---- functions, methods, descriptors ---- */
typedef PyObject *(*PyCFunction)(PyObject *, PyObject *);
typedef PyObject *(*_PyCFunctionFast)(PyObject *, PyObject *const *, Py_ssize_t);
typedef PyObject *(*PyCFunctionWithKeywords)(PyObject *, PyObject *, PyObject *);
typedef PyObject *(*_PyCFunctionFastWithKeywords)(PyObject *, PyObject *const *, Py_ssize_t,
                                                  PyObject *);
typedef PyObject *(*PyCMethod)(PyObject *, PyTypeObject *, PyObject *const *, size_t, PyObject *);
#define _PyCFunction_CAST(f) ((PyCFunction)(void (*)(void))(f))
struct PyMethodDef {
    const char *ml_name;
    PyCFunction ml_meth;
    int ml_flags;
    const char *ml_doc;
};
typedef struct PyMethodDef PyMethodDef;
#define METH_VARARGS 0x0001
#define METH_KEYWORDS 0x0002
#define METH_NOARGS 0x0004
#define METH_O 0x0008
#define METH_CLASS 0x0010
#define METH_STATIC 0x0020
#define METH_COEXIST 0x0040
#define METH_FASTCALL 0x0080
#define METH_METHOD 0x0200
/* What functions begin with: m_ml, m_self and m_module are true of those from C code, the rest only
 * of an extension's own types that begin so.  The m_ml of a function of the runtime is all
 * zeros. */
typedef struct {
    PyObject ob_base;
    PyMethodDef *m_ml;
    PyObject *m_self, *m_module, *m_weakreflist;
    vectorcallfunc vectorcall;
} PyCFunctionObject;
typedef struct {
    PyCFunctionObject func;
    PyTypeObject *mm_class;
} PyCMethodObject;
typedef PyObject *(*getter)(PyObject *, void *);
typedef int (*setter)(PyObject *, PyObject *, void *);
struct PyGetSetDef {
    const char *name;
    getter get;
    setter set;
    const char *doc;
    void *closure;
};
typedef struct PyGetSetDef PyGetSetDef;
/* What every descriptor begins with. */
typedef struct {
    PyObject_HEAD
    PyTypeObject *d_type;
    PyObject *d_name;
} PyDescrObject;
#define PyDescr_COMMON PyDescrObject d_common
#define PyDescr_TYPE(x) (((PyDescrObject *)(x))->d_type)
#define PyDescr_NAME(x) (((PyDescrObject *)(x))->d_name)
typedef struct {
    PyDescr_COMMON;
    PyMethodDef *d_method; /* of a method that is not written in C against this API: all zeros */
} PyMethodDescrObject;
/* of an extension's type; doc may be replaced */
typedef struct {
    PyDescr_COMMON;
    struct PyMemberDef *d_member;
} PyMemberDescrObject;
/* name, doc and whether there is a setter; the functions are the runtime's */
typedef struct {
    PyDescr_COMMON;
    PyGetSetDef *d_getset;
} PyGetSetDescrObject;
PyAPI_DATA(PyTypeObject) PyCFunction_Type;
PyAPI_DATA(PyTypeObject) PyFunction_Type;
PyAPI_DATA(PyTypeObject) PyMethod_Type;
PyAPI_DATA(PyTypeObject) PyMethodDescr_Type;
PyAPI_DATA(PyTypeObject) PyClassMethodDescr_Type;
PyAPI_DATA(PyTypeObject) PyGetSetDescr_Type;
PyAPI_DATA(PyTypeObject) PyMemberDescr_Type;
PyAPI_DATA(PyTypeObject) PyWrapperDescr_Type;
PyAPI_DATA(PyTypeObject) PyProperty_Type;
PyAPI_DATA(PyTypeObject) PyClassMethod_Type;
PyAPI_DATA(PyTypeObject) PyStaticMethod_Type;
PyAPI_DATA(PyTypeObject) PyGen_Type;
PyAPI_DATA(PyTypeObject) PyCoro_Type;
PyAPI_DATA(PyTypeObject) PyAsyncGen_Type;
PyAPI_DATA(PyTypeObject) PyCell_Type;
PyAPI_DATA(PyTypeObject) PyCode_Type;
PyAPI_DATA(PyTypeObject) PyFrame_Type;
PyAPI_DATA(PyTypeObject) PyTraceBack_Type;
PyAPI_DATA(PyTypeObject) PyContext_Type;
#define PyContext_CheckExact(o) Py_IS_TYPE((o), &PyContext_Type)
#define PyCFunction_Check(op) PyObject_TypeCheck(op, &PyCFunction_Type)
#define PyCFunction_CheckExact(op) PyCFunction_Check(op)
#define PyFunction_Check(op) Py_IS_TYPE(op, &PyFunction_Type)
#define PyMethod_Check(op) Py_IS_TYPE(op, &PyMethod_Type)
#define PyGen_Check(op) PyObject_TypeCheck(op, &PyGen_Type)
#define PyGen_CheckExact(op) Py_IS_TYPE(op, &PyGen_Type)
#define PyCoro_CheckExact(op) Py_IS_TYPE(op, &PyCoro_Type)
#define PyAsyncGen_CheckExact(op) Py_IS_TYPE(op, &PyAsyncGen_Type)
#define PyCode_Check(op) Py_IS_TYPE(op, &PyCode_Type)
#define PyFrame_Check(op) Py_IS_TYPE(op, &PyFrame_Type)
#define PyTraceBack_Check(op) Py_IS_TYPE(op, &PyTraceBack_Type)
#define PyCell_Check(op) Py_IS_TYPE(op, &PyCell_Type)
PyAPI_FUNC(PyObject *) PyCFunction_New(PyMethodDef *def, PyObject *self);
PyAPI_FUNC(PyObject *) PyCFunction_NewEx(PyMethodDef *def, PyObject *self, PyObject *module);
PyAPI_FUNC(PyObject *)
    PyCMethod_New(PyMethodDef *def, PyObject *self, PyObject *module, PyTypeObject *cls);
PyAPI_FUNC(PyCFunction) PyCFunction_GetFunction(PyObject *f);
PyAPI_FUNC(PyObject *) PyCFunction_GetSelf(PyObject *f);
PyAPI_FUNC(int) PyCFunction_GetFlags(PyObject *f);
#define PyCFunction_GET_FUNCTION(f) PyCFunction_GetFunction(_PyObject_CAST(f))
#define PyCFunction_GET_SELF(f) PyCFunction_GetSelf(_PyObject_CAST(f))
#define PyCFunction_GET_FLAGS(f) PyCFunction_GetFlags(_PyObject_CAST(f))
PyAPI_FUNC(PyObject *) PyMethod_New(PyObject *f, PyObject *self);
PyAPI_FUNC(PyObject *) PyMethod_Function(PyObject *m);
PyAPI_FUNC(PyObject *) PyMethod_Self(PyObject *m);
#define PyMethod_GET_FUNCTION(m) PyMethod_Function(_PyObject_CAST(m))
#define PyMethod_GET_SELF(m) PyMethod_Self(_PyObject_CAST(m))
PyAPI_DATA(PyTypeObject) PyInstanceMethod_Type;
#define PyInstanceMethod_Check(op) Py_IS_TYPE(op, &PyInstanceMethod_Type)
PyAPI_FUNC(PyObject *) PyInstanceMethod_New(PyObject *f);
PyAPI_FUNC(PyObject *) PyInstanceMethod_Function(PyObject *m);
#define PyInstanceMethod_GET_FUNCTION(m) PyInstanceMethod_Function(_PyObject_CAST(m))
PyAPI_FUNC(PyObject *) PyFunction_GetCode(PyObject *f);
PyAPI_FUNC(PyObject *) PyFunction_GetGlobals(PyObject *f);
PyAPI_FUNC(PyObject *) PyFunction_GetModule(PyObject *f);
PyAPI_FUNC(PyObject *) PyFunction_GetDefaults(PyObject *f);
PyAPI_FUNC(PyObject *) PyFunction_GetAnnotations(PyObject *f);
#define PyFunction_GET_CODE(f) PyFunction_GetCode(_PyObject_CAST(f))
#define PyFunction_GET_GLOBALS(f) PyFunction_GetGlobals(_PyObject_CAST(f))
PyAPI_FUNC(PyObject *) PyDescr_NewMethod(PyTypeObject *type, PyMethodDef *def);
PyAPI_FUNC(PyObject *) PyDescr_NewClassMethod(PyTypeObject *type, PyMethodDef *def);
PyAPI_FUNC(PyObject *) PyDescr_NewMember(PyTypeObject *type, struct PyMemberDef *def);
PyAPI_FUNC(PyObject *) PyDescr_NewGetSet(PyTypeObject *type, PyGetSetDef *def);
PyAPI_FUNC(int) PyDescr_IsData(PyObject *o);
PyAPI_FUNC(PyObject *) PyClassMethod_New(PyObject *f);
PyAPI_FUNC(PyObject *) PyStaticMethod_New(PyObject *f);
PyAPI_FUNC(PyObject *) PyCell_New(PyObject *v);
PyAPI_FUNC(PyObject *) PyCell_Get(PyObject *cell);
PyAPI_FUNC(int) PyCell_Set(PyObject *cell, PyObject *v);

/* ---- capsules ---- */
typedef void (*PyCapsule_Destructor)(PyObject *);
PyAPI_DATA(PyTypeObject) PyCapsule_Type;
#define PyCapsule_CheckExact(op) Py_IS_TYPE(op, &PyCapsule_Type)
PyAPI_FUNC(PyObject *) PyCapsule_New(void *p, const char *name, PyCapsule_Destructor destructor_);
PyAPI_FUNC(void *) PyCapsule_GetPointer(PyObject *o, const char *name);
PyAPI_FUNC(PyCapsule_Destructor) PyCapsule_GetDestructor(PyObject *o);
PyAPI_FUNC(const char *) PyCapsule_GetName(PyObject *o);
PyAPI_FUNC(void *) PyCapsule_GetContext(PyObject *o);
PyAPI_FUNC(int) PyCapsule_IsValid(PyObject *o, const char *name);
PyAPI_FUNC(int) PyCapsule_SetPointer(PyObject *o, void *p);
PyAPI_FUNC(int) PyCapsule_SetDestructor(PyObject *o, PyCapsule_Destructor destructor_);
PyAPI_FUNC(int) PyCapsule_SetName(PyObject *o, const char *name);
PyAPI_FUNC(int) PyCapsule_SetContext(PyObject *o, void *context);
PyAPI_FUNC(void *) PyCapsule_Import(const char *name, int no_block);

/* ---- weak references ---- */
typedef struct _PyWeakReference PyWeakReference;
PyAPI_DATA(PyTypeObject) _PyWeakref_RefType;
PyAPI_DATA(PyTypeObject) _PyWeakref_ProxyType;
PyAPI_DATA(PyTypeObject) _PyWeakref_CallableProxyType;
#define PyWeakref_CheckRef(op) PyObject_TypeCheck(op, &_PyWeakref_RefType)
#define PyWeakref_CheckRefExact(op) Py_IS_TYPE(op, &_PyWeakref_RefType)
#define PyWeakref_CheckProxy(op)                                                                   \
    (Py_IS_TYPE(op, &_PyWeakref_ProxyType) || Py_IS_TYPE(op, &_PyWeakref_CallableProxyType))
#define PyWeakref_Check(op) (PyWeakref_CheckRef(op) || PyWeakref_CheckProxy(op))
PyAPI_FUNC(PyObject *) PyWeakref_NewRef(PyObject *o, PyObject *callback);
PyAPI_FUNC(PyObject *) PyWeakref_NewProxy(PyObject *o, PyObject *callback);
PyAPI_FUNC(PyObject *) PyWeakref_GetObject(PyObject *ref);
#define PyWeakref_GET_OBJECT(ref) PyWeakref_GetObject(_PyObject_CAST(ref))

/* ---- struct sequences ---- */
typedef struct PyStructSequence_Field { const char *name; const char *doc; } PyStructSequence_Field;
typedef struct PyStructSequence_Desc {
    const char *name;
    const char *doc;
    PyStructSequence_Field *fields;
    int n_in_sequence;
} PyStructSequence_Desc;
typedef PyTupleObject PyStructSequence;
PyAPI_DATA(const char *const) PyStructSequence_UnnamedField;
PyAPI_FUNC(PyTypeObject *) PyStructSequence_NewType(PyStructSequence_Desc *desc);
PyAPI_FUNC(void) PyStructSequence_InitType(PyTypeObject *type, PyStructSequence_Desc *desc);
PyAPI_FUNC(int) PyStructSequence_InitType2(PyTypeObject *type, PyStructSequence_Desc *desc);
PyAPI_FUNC(PyObject *) PyStructSequence_New(PyTypeObject *type);
PyAPI_FUNC(void) PyStructSequence_SetItem(PyObject *o, Py_ssize_t i, PyObject *v);
PyAPI_FUNC(PyObject *) PyStructSequence_GetItem(PyObject *o, Py_ssize_t i);
#define PyStructSequence_SET_ITEM PyStructSequence_SetItem
#define PyStructSequence_GET_ITEM PyStructSequence_GetItem

/* ---- context variables ---- */
PyAPI_FUNC(PyObject *) PyContextVar_New(const char *name, PyObject *dflt);
PyAPI_FUNC(int) PyContextVar_Get(PyObject *var, PyObject *dflt, PyObject **value);
PyAPI_FUNC(PyObject *) PyContextVar_Set(PyObject *var, PyObject *value);
PyAPI_FUNC(PyObject *) PyContext_CopyCurrent(void);
PyAPI_FUNC(int) PyContext_Enter(PyObject *context);
PyAPI_FUNC(int) PyContext_Exit(PyObject *context);

TYPHON_END_C
#endif
