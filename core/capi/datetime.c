/* What the capsule datetime.datetime_CAPI holds: the types of the module, and functions that call
 * them.  The macros of datetime.h read fields in place. */
#include "core/capi/capi.h"
#include "core/capi/include/datetime.h"

/* cls(args...) with fold as a keyword when it is not 0. */
static PyObject *construct(PyTypeObject *cls, PyObject *args, int fold)
{
    PyObject *kw = args && fold ? Py_BuildValue("{s:i}", "fold", fold) : NULL;
    PyObject *o = args && (!fold || kw) ? PyObject_Call((PyObject *)cls, args, kw) : NULL;
    Py_XDECREF(args);
    Py_XDECREF(kw);
    return o;
}

static PyObject *date_from(int year, int month, int day, PyTypeObject *cls)
{
    return construct(cls, Py_BuildValue("(iii)", year, month, day), 0);
}

static PyObject *datetime_from_fold(int year, int month, int day, int hour, int minute, int second,
                                    int us, PyObject *tz, int fold, PyTypeObject *cls)
{
    return construct(
        cls, Py_BuildValue("(iiiiiiiO)", year, month, day, hour, minute, second, us, tz), fold);
}

static PyObject *datetime_from(int year, int month, int day, int hour, int minute, int second,
                               int us, PyObject *tz, PyTypeObject *cls)
{
    return datetime_from_fold(year, month, day, hour, minute, second, us, tz, 0, cls);
}

static PyObject *time_from_fold(int hour, int minute, int second, int us, PyObject *tz, int fold,
                                PyTypeObject *cls)
{
    return construct(cls, Py_BuildValue("(iiiiO)", hour, minute, second, us, tz), fold);
}

static PyObject *time_from(int hour, int minute, int second, int us, PyObject *tz,
                           PyTypeObject *cls)
{
    return time_from_fold(hour, minute, second, us, tz, 0, cls);
}

static PyObject *delta_from(int days, int seconds, int us, int normalize UNUSED, PyTypeObject *cls)
{
    return construct(cls, Py_BuildValue("(iii)", days, seconds, us), 0);
}

static PyObject *timezone_from(PyObject *offset, PyObject *name)
{
    THREAD;
    Value cls = import_attr(t, "datetime", "timezone");
    return cls ? construct((PyTypeObject *)value_object(cls),
                           name ? PyTuple_Pack(2, offset, name) : PyTuple_Pack(1, offset), 0)
               : NULL;
}

static PyObject *from_timestamp(PyObject *cls, PyObject *args, PyObject *kw)
{
    PyObject *f = PyObject_GetAttrString(cls, "fromtimestamp");
    PyObject *o = f ? PyObject_Call(f, args, kw) : NULL;
    Py_XDECREF(f);
    return o;
}

static PyObject *date_from_timestamp(PyObject *cls, PyObject *args)
{
    return from_timestamp(cls, args, NULL);
}

static PyDateTime_CAPI api = {
    /* the first fields: filled in on first use */
    .Date_FromDate = date_from,
    .DateTime_FromDateAndTime = datetime_from,
    .Time_FromTime = time_from,
    .Delta_FromDelta = delta_from,
    .TimeZone_FromTimeZone = timezone_from,
    .DateTime_FromTimestamp = from_timestamp,
    .Date_FromTimestamp = date_from_timestamp,
    .DateTime_FromDateAndTimeAndFold = datetime_from_fold,
    .Time_FromTimeAndFold = time_from_fold,
};

static bool fill(Thread *t)
{
    static const struct { const char *name; size_t at;
    } types[] = {
        {"date", offsetof(PyDateTime_CAPI, DateType)},
        {"datetime", offsetof(PyDateTime_CAPI, DateTimeType)},
        {"time", offsetof(PyDateTime_CAPI, TimeType)},
        {"timedelta", offsetof(PyDateTime_CAPI, DeltaType)},
        {"tzinfo", offsetof(PyDateTime_CAPI, TZInfoType)},
    };
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        PyObject *type = value_out(t, import_attr(t, "datetime", types[i].name));
        if (!type) {
            return false;
        }
        __atomic_store_n((PyObject **)((char *)&api + types[i].at), type, __ATOMIC_RELEASE);
    }
    Value utc = import_attr(t, "datetime", "timezone");
    utc = utc ? object_getattr_cstr(t, utc, "utc") : 0;
    __atomic_store_n(&api.TimeZone_UTC, value_out(t, utc), __ATOMIC_RELEASE);
    return utc != 0;
}

bool datetime_api_ready(Thread *t)
{
    Value module = import_module(t, "datetime");
    if (!module || dict_get_cstr(t, module_dict(module), "datetime_CAPI")) {
        return module && !t->exc;
    }
    Value capsule = fill(t) ? value_take(PyCapsule_New(&api, PyDateTime_CAPSULE_NAME, NULL)) : 0;
    return capsule && module_add(t, module, "datetime_CAPI", capsule);
}
