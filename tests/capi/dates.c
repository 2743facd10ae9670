/* The C API of datetime: fields, constructors, checks, a derived type. */
#include "Python.h"
#include "datetime.h"

static PyObject *fields(PyObject *m, PyObject *o)
{
    (void)m;
    if (PyDateTime_Check(o)) {
        return Py_BuildValue("(siiiiiiiiO)", PyDateTime_CheckExact(o) ? "datetime" : "derived",
                             PyDateTime_GET_YEAR(o), PyDateTime_GET_MONTH(o), PyDateTime_GET_DAY(o),
                             PyDateTime_DATE_GET_HOUR(o), PyDateTime_DATE_GET_MINUTE(o),
                             PyDateTime_DATE_GET_SECOND(o), PyDateTime_DATE_GET_MICROSECOND(o),
                             PyDateTime_DATE_GET_FOLD(o), PyDateTime_DATE_GET_TZINFO(o));
    }
    if (PyDate_Check(o)) {
        return Py_BuildValue("(siii)", PyDate_CheckExact(o) ? "date" : "derived",
                             PyDateTime_GET_YEAR(o), PyDateTime_GET_MONTH(o),
                             PyDateTime_GET_DAY(o));
    }
    if (PyTime_Check(o)) {
        return Py_BuildValue("(siiiiiO)", PyTime_CheckExact(o) ? "time" : "derived",
                             PyDateTime_TIME_GET_HOUR(o), PyDateTime_TIME_GET_MINUTE(o),
                             PyDateTime_TIME_GET_SECOND(o), PyDateTime_TIME_GET_MICROSECOND(o),
                             PyDateTime_TIME_GET_FOLD(o), PyDateTime_TIME_GET_TZINFO(o));
    }
    if (PyDelta_Check(o)) {
        return Py_BuildValue("(siii)", PyDelta_CheckExact(o) ? "delta" : "derived",
                             PyDateTime_DELTA_GET_DAYS(o), PyDateTime_DELTA_GET_SECONDS(o),
                             PyDateTime_DELTA_GET_MICROSECONDS(o));
    }
    return PyBool_FromLong(PyTZInfo_Check(o) && !PyTZInfo_CheckExact(o));
}

static PyObject *make(PyObject *m, PyObject *arg)
{
    (void)m;
    PyObject *delta = PyDelta_FromDSU(0, 3600, 1000001), *stamp = Py_BuildValue("(i)", 86400);
    PyObject *zone_offset = PyDelta_FromDSU(0, -1800, 0), *name = PyUnicode_FromString("half");
    if (!delta || !stamp || !zone_offset || !name) {
        return NULL;
    }
    PyObject *zone = PyTimeZone_FromOffsetAndName(zone_offset, name);
    PyObject *r =
        Py_BuildValue("(NNNNNNNNNO)", PyDate_FromDate(2023, 2, 28),
                      PyDateTime_FromDateAndTime(2023, 2, 28, 1, 2, 3, 4),
                      PyDateTime_FromDateAndTimeAndFold(2023, 2, 28, 1, 2, 3, 4, 1),
                      PyTime_FromTime(5, 6, 7, 8), PyTime_FromTimeAndFold(5, 6, 7, 8, 1), delta,
                      PyTimeZone_FromOffset(zone_offset), PyDate_FromTimestamp(stamp),
                      PyDateTimeAPI->DateTime_FromDateAndTime(1999, 12, 31, 23, 59, 59, 0, zone,
                                                              (PyTypeObject *)arg),
                      PyDateTime_TimeZone_UTC);
    PyObject *when = r ? PyDateTime_FromTimestamp(stamp) : NULL;
    Py_XDECREF(when);
    Py_XDECREF(zone);
    Py_DECREF(zone_offset);
    Py_DECREF(name);
    Py_DECREF(stamp);
    return when ? r : NULL;
}

static PyObject *bad(PyObject *m, PyObject *unused)
{
    (void)m;
    (void)unused;
    return PyDate_FromDate(2023, 2, 30);
}

typedef struct {
    PyDateTime_DateTime base;
    int stamp;
} Stamped;

static int stamped_init(PyObject *self, PyObject *args, PyObject *kw)
{
    (void)args;
    (void)kw;
    Stamped *s = (Stamped *)self;
    s->stamp = PyDateTime_GET_YEAR(self) * 2;
    return _PyDateTime_HAS_TZINFO(&s->base) ||
                   sizeof(PyDateTime_TZInfo) != (size_t)PyDateTimeAPI->TZInfoType->tp_basicsize
               ? -1
               : 0;
}

static PyObject *stamped_twice(PyObject *self, PyObject *unused)
{
    (void)unused;
    return PyLong_FromLong(((Stamped *)self)->stamp);
}

static PyMethodDef stamped_methods[] = {{"twice", stamped_twice, METH_NOARGS, NULL},
                                        {NULL, NULL, 0, NULL}};
static PyTypeObject stamped_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "dates.Stamped",
    .tp_basicsize = sizeof(Stamped),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_init = stamped_init,
    .tp_methods = stamped_methods,
    .tp_alloc = PyType_GenericAlloc,
};

static PyMethodDef methods[] = {
    {"fields", fields, METH_O, NULL},
    {"make", make, METH_O, NULL},
    {"bad", bad, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};
static PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "dates", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_dates(void)
{
    PyDateTime_IMPORT;
    if (!PyDateTimeAPI) {
        return NULL;
    }
    stamped_type.tp_base = PyDateTimeAPI->DateTimeType;
    PyObject *m = PyType_Ready(&stamped_type) < 0 ? NULL : PyModule_Create(&module);
    if (m && PyModule_AddObjectRef(m, "Stamped", (PyObject *)&stamped_type) < 0) {
        Py_CLEAR(m);
    }
    return m;
}
