/* What belongs to the process: its command line, signals, clocks, forks, exit and fatal errors;
 * states, contexts, marks of modules. */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include <signal.h>
#include <sys/wait.h>
#include "_check.h"

void Py_GetArgcArgv(int *argc, wchar_t ***argv);

static PyObject *command_line(NONE_ARGS)
{
    UNUSED_ARGS;
    int argc;
    wchar_t **argv;
    Py_GetArgcArgv(&argc, &argv);
    PyObject *list = PyList_New(0);
    for (int i = 0; list && i < argc; i++) {
        PyObject *s = PyUnicode_FromWideChar(argv[i], -1);
        CHECK(s && PyList_Append(list, s) == 0);
    }
    CHECK(Py_GetProgramName() && wcslen(Py_GetProgramName()));
    return Py_BuildValue("Nu", list, Py_GetProgramFullPath());
}

static PyObject *clocks(NONE_ARGS)
{
    UNUSED_ARGS;
    _PyTime_t a, b, c;
    CHECK(_PyTime_GetMonotonicClockWithInfo(&a, NULL) == 0);
    CHECK(_PyTime_GetPerfCounterWithInfo(&b, NULL) == 0);
    CHECK(_PyTime_GetSystemClockWithInfo(&c, NULL) == 0);
    CHECK(a > 0 && b > 0 && _PyTime_AsSecondsDouble(c) > 1e9);
    Py_RETURN_NONE;
}

static int hits;
static void hit(int number) { hits += number; }

static int formatted(char *p, size_t n, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int r = PyOS_vsnprintf(p, n, format, ap);
    va_end(ap);
    return r;
}

static PyObject *signals(NONE_ARGS)
{
    UNUSED_ARGS;
    PyOS_sighandler_t before = PyOS_setsig(SIGUSR2, hit);
    CHECK(before != SIG_ERR && PyOS_getsig(SIGUSR2) == hit);
    raise(SIGUSR2);
    CHECK(hits == SIGUSR2 && PyOS_setsig(SIGUSR2, before) == hit);
    PyErr_SetInterrupt();
    CHECK(PyErr_CheckSignals() == -1 && RAISED(PyExc_KeyboardInterrupt));
    char text[8];
    CHECK(formatted(text, sizeof text, "%d|%s", 12, "x") == 4 && strcmp(text, "12|x") == 0);
    Py_RETURN_NONE;
}

static PyObject *states(PyObject *self, PyObject *context)
{
    (void)self;
    PyCompilerFlags flags = {0, 11};
    CHECK(PyEval_MergeCompilerFlags(&flags) == (flags.cf_flags != 0));
    CHECK(PyInterpreterState_Head() == PyInterpreterState_Get());
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif
    PyEval_InitThreads();
#pragma GCC diagnostic pop
    CHECK(PyContext_Enter(context) == 0);
    CHECK(PyContext_Enter(context) == -1 && RAISED(PyExc_RuntimeError));
    CHECK(PyContext_Exit(context) == 0);
    CHECK(PyContext_Exit(context) == -1 && RAISED(PyExc_RuntimeError));
    Py_RETURN_NONE;
}

/* The child counts to 7 and exits. */
static PyObject *forked(NONE_ARGS)
{
    UNUSED_ARGS;
    int status;
    PyOS_BeforeFork();
    pid_t child = fork();
    if (child == 0) {
        PyOS_AfterFork_Child();
        PyObject *seven = PyRun_String("sum([3, 4])", Py_eval_input, PyEval_GetGlobals(), NULL);
        _exit(seven ? (int)PyLong_AsLong(seven) : 1);
    }
    PyOS_AfterFork_Parent();
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return PyLong_FromLong(WEXITSTATUS(status));
}

static PyObject *file(PyObject *self, PyObject *fd)
{
    (void)self;
    return PyFile_FromFd((int)PyLong_AsLong(fd), "name", "w", -1, "utf-8", NULL, NULL, 0);
}

static PyObject *warned(PyObject *self, PyObject *text)
{
    (void)self;
    PyObject *name = PyUnicode_FromString("made_up.py");
    CHECK(PyErr_WarnExplicitObject(PyExc_UserWarning, text, name, 7, NULL, NULL) == 0);
    _PyErr_WriteUnraisableMsg("on purpose", (PyErr_SetString(PyExc_KeyError, "k"), text));
    Py_RETURN_NONE;
}

static void at_exit(void) { (void)!write(1, "at exit\n", 8); }

static PyObject *leave(NONE_ARGS)
{
    UNUSED_ARGS;
    return PyLong_FromLong(Py_AtExit(at_exit));
}

static PyObject *fatal(NONE_ARGS)
{
    UNUSED_ARGS;
    Py_FatalError("no way out");
}

static PyObject *fatal_in(NONE_ARGS)
{
    UNUSED_ARGS;
    _Py_FatalErrorFunc("here", "no way back");
}

static PyMethodDef methods[] = {
    {"command_line", command_line, METH_NOARGS, NULL},
    {"clocks", clocks, METH_NOARGS, NULL},
    {"signals", signals, METH_NOARGS, NULL},
    {"states", states, METH_O, NULL},
    {"forked", forked, METH_NOARGS, NULL},
    {"file", file, METH_O, NULL},
    {"warned", warned, METH_O, NULL},
    {"leave", leave, METH_NOARGS, NULL},
    {"fatal", fatal, METH_NOARGS, NULL},
    {"fatal_in", fatal_in, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "process", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_process(void)
{
    PyObject *m = PyModule_Create(&module);
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(m, Py_MOD_GIL_NOT_USED);
#endif
    return m;
}
