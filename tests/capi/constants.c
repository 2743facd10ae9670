/* Every constant of the headers that is an integer, by name: test_constants.py compares them with
 * what the language's documentation and the reference's headers give (constants.txt). */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "frameobject.h"
#include "structmember.h"

#define C(name) {#name, (long long)(name)}
static const struct { const char *name; long long value; } constants[] = {
    /* abstract.h */
    C(PY_VECTORCALL_ARGUMENTS_OFFSET),
    /* concrete.h */
    C(METH_VARARGS), C(METH_KEYWORDS), C(METH_NOARGS), C(METH_O), C(METH_CLASS), C(METH_STATIC),
    C(METH_COEXIST), C(METH_FASTCALL), C(METH_METHOD),
    /* frames.h */
    C(CO_OPTIMIZED), C(CO_NEWLOCALS), C(CO_VARARGS), C(CO_VARKEYWORDS), C(CO_NESTED),
    C(CO_GENERATOR), C(CO_COROUTINE), C(CO_ITERABLE_COROUTINE), C(CO_ASYNC_GENERATOR),
    C(CO_FUTURE_DIVISION), C(CO_FUTURE_ABSOLUTE_IMPORT), C(CO_FUTURE_WITH_STATEMENT),
    C(CO_FUTURE_PRINT_FUNCTION), C(CO_FUTURE_UNICODE_LITERALS), C(CO_FUTURE_BARRY_AS_BDFL),
    C(CO_FUTURE_GENERATOR_STOP), C(CO_FUTURE_ANNOTATIONS), C(CO_MAXBLOCKS), C(PyTrace_CALL),
    C(PyTrace_EXCEPTION), C(PyTrace_LINE), C(PyTrace_RETURN), C(PyTrace_C_CALL),
    C(PyTrace_C_EXCEPTION), C(PyTrace_C_RETURN), C(PyTrace_OPCODE),
    /* object.h */
    C(Py_INVALID_SIZE), C(PyBUF_MAX_NDIM), C(PyBUF_SIMPLE), C(PyBUF_WRITABLE), C(PyBUF_WRITEABLE),
    C(PyBUF_FORMAT), C(PyBUF_ND), C(PyBUF_STRIDES), C(PyBUF_C_CONTIGUOUS), C(PyBUF_F_CONTIGUOUS),
    C(PyBUF_ANY_CONTIGUOUS), C(PyBUF_INDIRECT), C(PyBUF_CONTIG), C(PyBUF_CONTIG_RO),
    C(PyBUF_STRIDED), C(PyBUF_STRIDED_RO), C(PyBUF_RECORDS), C(PyBUF_RECORDS_RO), C(PyBUF_FULL),
    C(PyBUF_FULL_RO), C(PyBUF_READ), C(PyBUF_WRITE), C(Py_TPFLAGS_HAVE_FINALIZE),
    C(Py_TPFLAGS_MANAGED_DICT), C(Py_TPFLAGS_SEQUENCE), C(Py_TPFLAGS_MAPPING),
    C(Py_TPFLAGS_DISALLOW_INSTANTIATION), C(Py_TPFLAGS_IMMUTABLETYPE), C(Py_TPFLAGS_HEAPTYPE),
    C(Py_TPFLAGS_BASETYPE), C(Py_TPFLAGS_HAVE_VECTORCALL), C(_Py_TPFLAGS_HAVE_VECTORCALL),
    C(Py_TPFLAGS_READY), C(Py_TPFLAGS_READYING), C(Py_TPFLAGS_HAVE_GC),
    C(Py_TPFLAGS_HAVE_STACKLESS_EXTENSION), C(Py_TPFLAGS_METHOD_DESCRIPTOR),
    C(Py_TPFLAGS_HAVE_VERSION_TAG), C(Py_TPFLAGS_VALID_VERSION_TAG), C(Py_TPFLAGS_IS_ABSTRACT),
    C(_Py_TPFLAGS_MATCH_SELF), C(Py_TPFLAGS_LONG_SUBCLASS), C(Py_TPFLAGS_LIST_SUBCLASS),
    C(Py_TPFLAGS_TUPLE_SUBCLASS), C(Py_TPFLAGS_BYTES_SUBCLASS), C(Py_TPFLAGS_UNICODE_SUBCLASS),
    C(Py_TPFLAGS_DICT_SUBCLASS), C(Py_TPFLAGS_BASE_EXC_SUBCLASS), C(Py_TPFLAGS_TYPE_SUBCLASS),
    C(Py_TPFLAGS_DEFAULT), C(Py_LT), C(Py_LE), C(Py_EQ), C(Py_NE), C(Py_GT), C(Py_GE),
    C(Py_PRINT_RAW), C(PYGEN_RETURN), C(PYGEN_ERROR), C(PYGEN_NEXT),
    /* patchlevel.h */
    C(PY_RELEASE_LEVEL_ALPHA), C(PY_RELEASE_LEVEL_BETA), C(PY_RELEASE_LEVEL_GAMMA),
    C(PY_RELEASE_LEVEL_FINAL), C(PY_MAJOR_VERSION), C(PY_MINOR_VERSION), C(PY_MICRO_VERSION),
    C(PY_RELEASE_LEVEL), C(PY_RELEASE_SERIAL), C(PY_VERSION_HEX), C(PYTHON_API_VERSION),
    C(PYTHON_ABI_VERSION),
    /* pyconfig.h */
    C(SIZEOF_SHORT), C(SIZEOF_INT), C(SIZEOF_LONG), C(SIZEOF_LONG_LONG), C(SIZEOF_VOID_P),
    C(SIZEOF_SIZE_T), C(SIZEOF_TIME_T), C(SIZEOF_WCHAR_T), C(SIZEOF_FLOAT), C(SIZEOF_DOUBLE),
    C(SIZEOF_OFF_T), C(SIZEOF_PID_T), C(SIZEOF_UINTPTR_T), C(ALIGNOF_LONG), C(ALIGNOF_SIZE_T),
    C(HAVE_STDINT_H), C(HAVE_INTTYPES_H), C(HAVE_UNISTD_H), C(HAVE_STDARG_PROTOTYPES),
    C(HAVE_PROTOTYPES), C(STDC_HEADERS), C(HAVE_SYS_TIME_H), C(HAVE_DYNAMIC_LOADING), C(HAVE_FORK),
    C(WITH_DOC_STRINGS),
    C(HAVE_DECL_RTLD_MEMBER), C(SIZEOF_FPOS_T), C(SIZEOF_LONG_DOUBLE), C(SIZEOF_PTHREAD_KEY_T),
    C(SIZEOF_PTHREAD_T), C(SIZEOF_PY_HASH_T), C(SIZEOF_PY_UHASH_T),
    /* pyport.h */
    C(PY_SSIZE_T_MAX), C(PY_SSIZE_T_MIN), C(PY_SIZE_MAX), C(PY_LLONG_MIN), C(PY_LLONG_MAX),
    C(PY_ULLONG_MAX), C(HAVE_LONG_LONG), C(_Py_NULL), C(PY_LITTLE_ENDIAN), C(PY_BIG_ENDIAN),
    /* pyruntime.h */
    C(Py_CLEANUP_SUPPORTED), C(Py_mod_create), C(Py_mod_exec), C(Py_single_input), C(Py_file_input),
    C(Py_eval_input), C(Py_DTSF_SIGN), C(Py_DTSF_ADD_DOT_0), C(Py_DTSF_ALT), C(Py_DTST_FINITE),
    C(Py_DTST_INFINITE), C(Py_DTST_NAN), C(_PyTime_MIN), C(_PyTime_MAX), C(WAIT_LOCK),
    C(NOWAIT_LOCK), C(PYTHREAD_INVALID_THREAD_ID), C(PyGILState_LOCKED), C(PyGILState_UNLOCKED),
    C(PY_LOCK_FAILURE), C(PY_LOCK_ACQUIRED), C(PY_LOCK_INTR),
    /* structmember.h */
    C(T_SHORT), C(T_INT), C(T_LONG), C(T_FLOAT), C(T_DOUBLE), C(T_STRING), C(T_OBJECT), C(T_CHAR),
    C(T_BYTE), C(T_UBYTE), C(T_USHORT), C(T_UINT), C(T_ULONG), C(T_STRING_INPLACE), C(T_BOOL),
    C(T_OBJECT_EX), C(T_LONGLONG), C(T_ULONGLONG), C(T_PYSSIZET), C(T_NONE), C(READONLY),
    C(READ_RESTRICTED), C(PY_WRITE_RESTRICTED), C(RESTRICTED), C(PY_AUDIT_READ),
    /* typeslots.h */
    C(Py_bf_getbuffer), C(Py_bf_releasebuffer), C(Py_mp_ass_subscript), C(Py_mp_length),
    C(Py_mp_subscript), C(Py_nb_absolute), C(Py_nb_add), C(Py_nb_and), C(Py_nb_bool),
    C(Py_nb_divmod), C(Py_nb_float), C(Py_nb_floor_divide), C(Py_nb_index), C(Py_nb_inplace_add),
    C(Py_nb_inplace_and), C(Py_nb_inplace_floor_divide), C(Py_nb_inplace_lshift),
    C(Py_nb_inplace_multiply), C(Py_nb_inplace_or), C(Py_nb_inplace_power),
    C(Py_nb_inplace_remainder), C(Py_nb_inplace_rshift), C(Py_nb_inplace_subtract),
    C(Py_nb_inplace_true_divide), C(Py_nb_inplace_xor), C(Py_nb_int), C(Py_nb_invert),
    C(Py_nb_lshift), C(Py_nb_multiply), C(Py_nb_negative), C(Py_nb_or), C(Py_nb_positive),
    C(Py_nb_power), C(Py_nb_remainder), C(Py_nb_rshift), C(Py_nb_subtract), C(Py_nb_true_divide),
    C(Py_nb_xor), C(Py_sq_ass_item), C(Py_sq_concat), C(Py_sq_contains), C(Py_sq_inplace_concat),
    C(Py_sq_inplace_repeat), C(Py_sq_item), C(Py_sq_length), C(Py_sq_repeat), C(Py_tp_alloc),
    C(Py_tp_base), C(Py_tp_bases), C(Py_tp_call), C(Py_tp_clear), C(Py_tp_dealloc), C(Py_tp_del),
    C(Py_tp_descr_get), C(Py_tp_descr_set), C(Py_tp_doc), C(Py_tp_getattr), C(Py_tp_getattro),
    C(Py_tp_hash), C(Py_tp_init), C(Py_tp_is_gc), C(Py_tp_iter), C(Py_tp_iternext),
    C(Py_tp_methods), C(Py_tp_new), C(Py_tp_repr), C(Py_tp_richcompare), C(Py_tp_setattr),
    C(Py_tp_setattro), C(Py_tp_str), C(Py_tp_traverse), C(Py_tp_members), C(Py_tp_getset),
    C(Py_tp_free), C(Py_nb_matrix_multiply), C(Py_nb_inplace_matrix_multiply), C(Py_am_await),
    C(Py_am_aiter), C(Py_am_anext), C(Py_tp_finalize), C(Py_am_send),
    /* unicodeobject.h */
    C(Py_UNICODE_SIZE), C(Py_UNICODE_REPLACEMENT_CHARACTER), C(PyUnicode_WCHAR_KIND),
    C(PyUnicode_1BYTE_KIND), C(PyUnicode_2BYTE_KIND), C(PyUnicode_4BYTE_KIND),
};

static PyObject *all(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    PyObject *d = PyDict_New();
    for (size_t i = 0; d && i < Py_ARRAY_LENGTH(constants); i++) {
        PyObject *v = PyLong_FromLongLong(constants[i].value);
        if (!v || PyDict_SetItemString(d, constants[i].name, v) < 0) {
            Py_CLEAR(d);
        }
        Py_XDECREF(v);
    }
    return d;
}

static PyMethodDef methods[] = {{"all", all, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "constants", NULL, -1, methods, NULL, NULL, NULL, NULL};
PyMODINIT_FUNC PyInit_constants(void)
{
    return PyModule_Create(&module);
}
