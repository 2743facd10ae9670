/* The functions of the C library's libm, which is loaded when the first of them is called: binding
 * it takes a process that does no mathematics a twentieth of its start. */
#ifndef CORE_BASE_LATE_MATH_H
#define CORE_BASE_LATE_MATH_H

/* Loads libm, so that libraries that are opened from now on find its names, as they do where an
 * interpreter is linked with it. */
void late_math_load(void);

#endif
