/* Extensions that fail to load, one for each value of BROKEN. */
#include <Python.h>

static struct PyModuleDef def = {
    PyModuleDef_HEAD_INIT, "broken", NULL, 0, NULL, NULL, NULL, NULL, NULL};

#if BROKEN == 1 /* no PyInit */
PyObject *something_else(void);
PyObject *something_else(void) { return PyModule_Create(&def); }

#elif BROKEN == 2 /* NULL, and nothing raised */
PyMODINIT_FUNC PyInit_broken2(void) { return (void)&def, NULL; }

#elif BROKEN == 3 /* a symbol that does not exist */
extern int there_is_no_such_function(void);
PyMODINIT_FUNC PyInit_broken3(void)
{
    return there_is_no_such_function() ? NULL : PyModule_Create(&def);
}

#elif BROKEN == 4 /* an exception */
PyMODINIT_FUNC PyInit_broken4(void)
{
    (void)&def;
    PyErr_SetString(PyExc_RuntimeError, "will not start");
    return NULL;
}

#elif BROKEN == 5 /* a result and an exception */
PyMODINIT_FUNC PyInit_broken5(void)
{
    PyErr_SetString(PyExc_RuntimeError, "left behind");
    return PyModule_Create(&def);
}

#elif BROKEN == 6 /* the exec slot fails silently */
static int exec(PyObject *m) { return (void)m, -1; }
static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
PyMODINIT_FUNC PyInit_broken6(void)
{
    def.m_slots = slots;
    return PyModuleDef_Init(&def);
}

#elif BROKEN == 7 /* the exec slot raises */
static int exec(PyObject *m)
{
    PyErr_Format(PyExc_ValueError, "no exec of %s", PyModule_GetName(m));
    return -1;
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, exec}, {0, NULL}};
PyMODINIT_FUNC PyInit_broken7(void)
{
    def.m_slots = slots;
    return PyModuleDef_Init(&def);
}

#elif BROKEN == 8 /* not a module */
PyMODINIT_FUNC PyInit_broken8(void) { return (void)&def, PyLong_FromLong(8); }

#elif BROKEN == 9 /* a create slot that returns an object of its own */
static PyObject *create(PyObject *spec, PyModuleDef *d)
{
    (void)d;
    return PyObject_GetAttrString(spec, "name");
}
static PyModuleDef_Slot slots[] = {{Py_mod_create, create}, {0, NULL}};
PyMODINIT_FUNC PyInit_broken9(void)
{
    def.m_slots = slots;
    return PyModuleDef_Init(&def);
}
#endif
