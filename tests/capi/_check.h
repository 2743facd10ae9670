/* What the extensions of this folder check with: a function returns NULL, with AssertionError and
 * the line of what does not hold unless another exception is there. */
#ifndef TESTS_CAPI_CHECK_H
#define TESTS_CAPI_CHECK_H

#define CHECK(condition)                                                                        \
    do {                                                                                        \
        if (!(condition)) {                                                                     \
            if (!PyErr_Occurred()) {                                                            \
                PyErr_Format(PyExc_AssertionError, "line %d: %s", __LINE__, #condition);        \
            }                                                                                   \
            return NULL;                                                                        \
        }                                                                                       \
    } while (0)
#define RAISED(exc) (PyErr_Occurred() && PyErr_ExceptionMatches(exc) && (PyErr_Clear(), 1))
#define NONE_ARGS PyObject *self, PyObject *unused
#define UNUSED_ARGS ((void)self, (void)unused)

#endif
