/* Code objects, frames, tracebacks, trace functions. */
#ifndef Py_FRAMES_H
#define Py_FRAMES_H

#include "pyruntime.h"

TYPHON_BEGIN_C

/* Fields that C code may use; what lies behind them belongs to the runtime. */
struct _frame {
    PyObject ob_base;
    int f_lineno;            /* 0: that of the instruction */
    PyFrameObject *f_back;   /* what C code has stored there; PyFrame_GetBack() knows the caller */
};
typedef struct _traceback {
    PyObject ob_base;
    struct _traceback *tb_next;
    PyFrameObject *tb_frame;
} PyTracebackObject;
typedef struct {
    PyBaseExceptionObject base;
    void *opaque;
    PyObject *value;         /* there once PyErr_Fetch() has returned the exception */
} PyStopIterationObject;
struct PyCodeObject {
    PyObject ob_base;
    void *opaque[6];
    int co_flags, co_firstlineno;
};
typedef struct {
    PyObject ob_base;
    void *opaque[11];
    PyObject *gi_code;
} PyGenObject;
typedef PyGenObject PyCoroObject;
typedef PyGenObject PyAsyncGenObject;
PyAPI_FUNC(int) _PyGen_SetStopIterationValue(PyObject *v);
PyAPI_FUNC(int) _PyGen_FetchStopIterationValue(PyObject **v);

#ifndef TYPHON_RUNTIME /* which has them in an enum */
#define CO_OPTIMIZED 0x0001
#define CO_NEWLOCALS 0x0002
#define CO_VARARGS 0x0004
#define CO_VARKEYWORDS 0x0008
#define CO_NESTED 0x0010
#define CO_GENERATOR 0x0020
#define CO_COROUTINE 0x0080
#define CO_ITERABLE_COROUTINE 0x0100
#define CO_ASYNC_GENERATOR 0x0200
#define CO_FUTURE_DIVISION 0x20000
#define CO_FUTURE_ABSOLUTE_IMPORT 0x40000
#define CO_FUTURE_WITH_STATEMENT 0x80000
#define CO_FUTURE_PRINT_FUNCTION 0x100000
#define CO_FUTURE_UNICODE_LITERALS 0x200000
#define CO_FUTURE_BARRY_AS_BDFL 0x400000
#define CO_FUTURE_GENERATOR_STOP 0x800000
#define CO_FUTURE_ANNOTATIONS 0x1000000
#endif
#define CO_MAXBLOCKS 20
/* A code object that only tracebacks show: it cannot be run. */
PyAPI_FUNC(PyCodeObject *) PyCode_NewEmpty(const char *filename, const char *name, int line);
PyAPI_FUNC(Py_ssize_t) PyCode_GetNumFree(PyCodeObject *code);
PyAPI_FUNC(int) PyCode_Addr2Line(PyCodeObject *code, int lasti);
PyAPI_FUNC(PyObject *) PyCode_GetCode(PyCodeObject *code);
PyAPI_FUNC(PyObject *) PyCode_GetVarnames(PyCodeObject *code);
PyAPI_FUNC(PyObject *) PyCode_GetCellvars(PyCodeObject *code);
PyAPI_FUNC(PyObject *) PyCode_GetFreevars(PyCodeObject *code);

/* A frame of no activation, for PyTraceBack_Here(). */
PyAPI_FUNC(PyFrameObject *)
    PyFrame_New(PyThreadState *ts, PyCodeObject *code, PyObject *globals, PyObject *locals);
PyAPI_FUNC(int) PyFrame_GetLineNumber(PyFrameObject *f);
PyAPI_FUNC(int) PyFrame_GetLasti(PyFrameObject *f);
PyAPI_FUNC(PyCodeObject *) PyFrame_GetCode(PyFrameObject *f);
PyAPI_FUNC(PyFrameObject *) PyFrame_GetBack(PyFrameObject *f);
PyAPI_FUNC(PyObject *) PyFrame_GetGlobals(PyFrameObject *f);
PyAPI_FUNC(PyObject *) PyFrame_GetBuiltins(PyFrameObject *f);
PyAPI_FUNC(PyObject *) PyFrame_GetLocals(PyFrameObject *f);
PyAPI_FUNC(PyObject *) PyFrame_GetGenerator(PyFrameObject *f);
PyAPI_FUNC(PyFrameObject *) PyThreadState_GetFrame(PyThreadState *ts);
PyAPI_FUNC(int) PyTraceBack_Here(PyFrameObject *frame);
PyAPI_FUNC(int) PyTraceBack_Print(PyObject *tb, PyObject *file);
PyAPI_FUNC(void) _PyTraceback_Add(const char *func, const char *filename, int line);

#define PyTrace_CALL 0
#define PyTrace_EXCEPTION 1
#define PyTrace_LINE 2
#define PyTrace_RETURN 3
#define PyTrace_C_CALL 4
#define PyTrace_C_EXCEPTION 5
#define PyTrace_C_RETURN 6
#define PyTrace_OPCODE 7
typedef int (*Py_tracefunc)(PyObject *o, PyFrameObject *frame, int what, PyObject *arg);
PyAPI_FUNC(void) PyEval_SetTrace(Py_tracefunc fn, PyObject *o);
PyAPI_FUNC(void) PyEval_SetProfile(Py_tracefunc fn, PyObject *o);
PyAPI_FUNC(void) PyThreadState_EnterTracing(PyThreadState *ts);
PyAPI_FUNC(void) PyThreadState_LeaveTracing(PyThreadState *ts);

TYPHON_END_C
#endif
