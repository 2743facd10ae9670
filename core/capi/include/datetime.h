/* The C API of the datetime module: PyDateTime_IMPORT first, as with CPython. */
#ifndef DATETIME_H
#define DATETIME_H

#include "Python.h"

TYPHON_BEGIN_C

/* Fields that the macros below read; the runtime's own objects have this layout. */
typedef struct {
    PyObject ob_base;
    int days, seconds, microseconds;
} PyDateTime_Delta;
typedef struct {
    PyObject ob_base;
} PyDateTime_TZInfo;
typedef struct {
    unsigned char hour, minute, second, fold;
    int microsecond;
} _typhon_clock;
typedef struct {
    PyObject ob_base;
    int year;
    unsigned char month, day;
} PyDateTime_Date;
typedef struct {
    union {
        PyDateTime_Date date;
        struct {
            PyObject _typhon_head;
            int _typhon_year;
            unsigned char _typhon_month, _typhon_day, hastzinfo;
        };
    };
    _typhon_clock clock;
    PyObject *tzinfo; /* or None */
} PyDateTime_DateTime;
typedef struct {
    PyObject ob_base;
    _typhon_clock clock;
    PyObject *tzinfo; /* or None */
    unsigned char hastzinfo;
} PyDateTime_Time;
#define _PyDateTime_HAS_TZINFO(o) ((o)->hastzinfo)

#define PyDateTime_GET_YEAR(o) (((PyDateTime_Date *)(o))->year)
#define PyDateTime_GET_MONTH(o) ((int)((PyDateTime_Date *)(o))->month)
#define PyDateTime_GET_DAY(o) ((int)((PyDateTime_Date *)(o))->day)
#define PyDateTime_DATE_GET_HOUR(o) ((int)((PyDateTime_DateTime *)(o))->clock.hour)
#define PyDateTime_DATE_GET_MINUTE(o) ((int)((PyDateTime_DateTime *)(o))->clock.minute)
#define PyDateTime_DATE_GET_SECOND(o) ((int)((PyDateTime_DateTime *)(o))->clock.second)
#define PyDateTime_DATE_GET_MICROSECOND(o) (((PyDateTime_DateTime *)(o))->clock.microsecond)
#define PyDateTime_DATE_GET_FOLD(o) ((int)((PyDateTime_DateTime *)(o))->clock.fold)
#define PyDateTime_DATE_GET_TZINFO(o) (((PyDateTime_DateTime *)(o))->tzinfo)
#define PyDateTime_TIME_GET_HOUR(o) ((int)((PyDateTime_Time *)(o))->clock.hour)
#define PyDateTime_TIME_GET_MINUTE(o) ((int)((PyDateTime_Time *)(o))->clock.minute)
#define PyDateTime_TIME_GET_SECOND(o) ((int)((PyDateTime_Time *)(o))->clock.second)
#define PyDateTime_TIME_GET_MICROSECOND(o) (((PyDateTime_Time *)(o))->clock.microsecond)
#define PyDateTime_TIME_GET_FOLD(o) ((int)((PyDateTime_Time *)(o))->clock.fold)
#define PyDateTime_TIME_GET_TZINFO(o) (((PyDateTime_Time *)(o))->tzinfo)
#define PyDateTime_DELTA_GET_DAYS(o) (((PyDateTime_Delta *)(o))->days)
#define PyDateTime_DELTA_GET_SECONDS(o) (((PyDateTime_Delta *)(o))->seconds)
#define PyDateTime_DELTA_GET_MICROSECONDS(o) (((PyDateTime_Delta *)(o))->microseconds)

typedef struct {
    PyTypeObject *DateType, *DateTimeType, *TimeType, *DeltaType, *TZInfoType;
    PyObject *TimeZone_UTC;
    PyObject *(*Date_FromDate)(int year, int month, int day, PyTypeObject *cls);
    PyObject *(*DateTime_FromDateAndTime)(int year, int month, int day, int hour, int minute,
                                          int second, int us, PyObject *tz, PyTypeObject *cls);
    PyObject *(*Time_FromTime)(int hour, int minute, int second, int us, PyObject *tz,
                               PyTypeObject *cls);
    PyObject *(*Delta_FromDelta)(int days, int seconds, int us, int normalize, PyTypeObject *cls);
    PyObject *(*TimeZone_FromTimeZone)(PyObject *offset, PyObject *name);
    PyObject *(*DateTime_FromTimestamp)(PyObject *cls, PyObject *args, PyObject *kw);
    PyObject *(*Date_FromTimestamp)(PyObject *cls, PyObject *args);
    PyObject *(*DateTime_FromDateAndTimeAndFold)(int year, int month, int day, int hour, int minute,
                                                 int second, int us, PyObject *tz, int fold,
                                                 PyTypeObject *cls);
    PyObject *(*Time_FromTimeAndFold)(int hour, int minute, int second, int us, PyObject *tz,
                                      int fold, PyTypeObject *cls);
} PyDateTime_CAPI;
#define PyDateTime_CAPSULE_NAME "datetime.datetime_CAPI"

#ifndef TYPHON_RUNTIME
static PyDateTime_CAPI *PyDateTimeAPI __attribute__((unused));
#define PyDateTime_IMPORT                                                                          \
    PyDateTimeAPI = (PyDateTime_CAPI *)PyCapsule_Import(PyDateTime_CAPSULE_NAME, 0)
#define PyDateTime_TimeZone_UTC PyDateTimeAPI->TimeZone_UTC

#define PyDate_Check(op) PyObject_TypeCheck(op, PyDateTimeAPI->DateType)
#define PyDate_CheckExact(op) Py_IS_TYPE(op, PyDateTimeAPI->DateType)
#define PyDateTime_Check(op) PyObject_TypeCheck(op, PyDateTimeAPI->DateTimeType)
#define PyDateTime_CheckExact(op) Py_IS_TYPE(op, PyDateTimeAPI->DateTimeType)
#define PyTime_Check(op) PyObject_TypeCheck(op, PyDateTimeAPI->TimeType)
#define PyTime_CheckExact(op) Py_IS_TYPE(op, PyDateTimeAPI->TimeType)
#define PyDelta_Check(op) PyObject_TypeCheck(op, PyDateTimeAPI->DeltaType)
#define PyDelta_CheckExact(op) Py_IS_TYPE(op, PyDateTimeAPI->DeltaType)
#define PyTZInfo_Check(op) PyObject_TypeCheck(op, PyDateTimeAPI->TZInfoType)
#define PyTZInfo_CheckExact(op) Py_IS_TYPE(op, PyDateTimeAPI->TZInfoType)

#define PyDate_FromDate(year, month, day)                                                          \
    PyDateTimeAPI->Date_FromDate((year), (month), (day), PyDateTimeAPI->DateType)
#define PyDateTime_FromDateAndTime(year, month, day, hour, min, sec, usec)                         \
    PyDateTimeAPI->DateTime_FromDateAndTime((year), (month), (day), (hour), (min), (sec), (usec),  \
                                            Py_None, PyDateTimeAPI->DateTimeType)
#define PyDateTime_FromDateAndTimeAndFold(year, month, day, hour, min, sec, usec, fold)            \
    PyDateTimeAPI->DateTime_FromDateAndTimeAndFold((year), (month), (day), (hour), (min), (sec),   \
                                                   (usec), Py_None, (fold),                        \
                                                   PyDateTimeAPI->DateTimeType)
#define PyTime_FromTime(hour, minute, second, usecond)                                             \
    PyDateTimeAPI->Time_FromTime((hour), (minute), (second), (usecond), Py_None,                   \
                                 PyDateTimeAPI->TimeType)
#define PyTime_FromTimeAndFold(hour, minute, second, usecond, fold)                                \
    PyDateTimeAPI->Time_FromTimeAndFold((hour), (minute), (second), (usecond), Py_None, (fold),    \
                                        PyDateTimeAPI->TimeType)
#define PyDelta_FromDSU(days, seconds, useconds) \
    PyDateTimeAPI->Delta_FromDelta((days), (seconds), (useconds), 1, PyDateTimeAPI->DeltaType)
#define PyTimeZone_FromOffset(offset) PyDateTimeAPI->TimeZone_FromTimeZone((offset), NULL)
#define PyTimeZone_FromOffsetAndName(offset, name)                                                 \
    PyDateTimeAPI->TimeZone_FromTimeZone((offset), (name))
#define PyDateTime_FromTimestamp(args) \
    PyDateTimeAPI->DateTime_FromTimestamp((PyObject *)PyDateTimeAPI->DateTimeType, (args), NULL)
#define PyDate_FromTimestamp(args)                                                                 \
    PyDateTimeAPI->Date_FromTimestamp((PyObject *)PyDateTimeAPI->DateType, (args))
#endif

TYPHON_END_C
#endif
