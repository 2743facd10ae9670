/* Functions with a leading underscore that generated and older code calls. */
#ifndef Py_UNDERSCORED_H
#define Py_UNDERSCORED_H

#include "pyruntime.h"

TYPHON_BEGIN_C

typedef struct _Py_Identifier {
    Py_ssize_t index;
    const char *string;
} _Py_Identifier;
#define _Py_static_string_init(value) {-1, (value)}
#define _Py_static_string(varname, value)                                                          \
    static _Py_Identifier varname = _Py_static_string_init(value)
#define _Py_IDENTIFIER(varname) _Py_static_string(PyId_##varname, #varname)
PyAPI_FUNC(PyObject *) _PyUnicode_FromId(_Py_Identifier *id);
PyAPI_FUNC(PyObject *) _PyObject_GetAttrId(PyObject *o, _Py_Identifier *id);
PyAPI_FUNC(int) _PyObject_SetAttrId(PyObject *o, _Py_Identifier *id, PyObject *v);
PyAPI_FUNC(int) _PyObject_LookupAttrId(PyObject *o, _Py_Identifier *id, PyObject **result);
PyAPI_FUNC(PyObject *)
    _PyObject_CallMethodId(PyObject *o, _Py_Identifier *id, const char *format, ...);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodIdNoArgs(PyObject *o, _Py_Identifier *id);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodIdOneArg(PyObject *o, _Py_Identifier *id, PyObject *arg);
PyAPI_FUNC(PyObject *) _PyObject_CallMethodIdObjArgs(PyObject *o, _Py_Identifier *id, ...);
#define _PyObject_CallMethodId_SizeT _PyObject_CallMethodId
PyAPI_FUNC(PyObject *) _PyDict_GetItemIdWithError(PyObject *d, _Py_Identifier *id);
PyAPI_FUNC(int) _PyDict_SetItemId(PyObject *d, _Py_Identifier *id, PyObject *v);

/* dict takes the place of o's own; NULL: not.  suppress: NULL without AttributeError. */
PyAPI_FUNC(PyObject *)
    _PyObject_GenericGetAttrWithDict(PyObject *o, PyObject *name, PyObject *dict, int suppress);
PyAPI_FUNC(void) _PyErr_SetKeyError(PyObject *key);
PyAPI_FUNC(void) _PyErr_WriteUnraisableMsg(const char *message, PyObject *o);

typedef struct _PyArg_Parser {
    const char *format;
    const char *const *keywords;
    const char *fname, *custom_msg;
    int pos, min, max;
    PyObject *kwtuple;
    struct _PyArg_Parser *next;
} _PyArg_Parser;
PyAPI_FUNC(int) _PyArg_ParseStackAndKeywords(PyObject *const *args, Py_ssize_t n, PyObject *kwnames,
                                             _PyArg_Parser *parser, ...);
PyAPI_FUNC(int)
    _PyArg_ParseTupleAndKeywordsFast(PyObject *args, PyObject *kw, _PyArg_Parser *parser, ...);
/* The arguments in the order of parser->keywords, NULL for absent ones: in buf, which has room for
 * all, or where they are.  NULL raised.  min_positional, max_positional: how many may come by
 * position; min_keywords: how many of the rest are required. */
PyAPI_FUNC(PyObject *const *)
    _PyArg_UnpackKeywords(PyObject *const *args, Py_ssize_t n, PyObject *kw, PyObject *kwnames,
                          _PyArg_Parser *parser, int min_positional, int max_positional,
                          int min_keywords, PyObject **buf);
#define _PyArg_ParseStackAndKeywords_SizeT _PyArg_ParseStackAndKeywords
#define _PyArg_ParseTupleAndKeywordsFast_SizeT _PyArg_ParseTupleAndKeywordsFast
#define _PyArg_Parse_SizeT PyArg_Parse

TYPHON_END_C
#endif
