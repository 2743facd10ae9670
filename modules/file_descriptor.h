/* Descriptor arguments and deadlines of the modules that wait for files. */
#ifndef MODULES_FILE_DESCRIPTOR_H
#define MODULES_FILE_DESCRIPTOR_H

#include "core/object/object.h"

/* An int, or the result of fileno(); -1: raised. */
NODISCARD int value_fileno(Thread *t, Value v);

/* Seconds (None or 0: for ever) -> nanoseconds, < 0 for ever.  false: raised; TypeError says
 * `what`. */
NODISCARD bool timeout_ns(Thread *t, Value v, const char *what, int64_t *ns);
/* monotonic time when ns nanoseconds have passed, -1: never; and what is left until then (>= 0; -1:
 * for ever). */
int64_t deadline_after(int64_t ns);
int64_t deadline_left(int64_t deadline);
/* Nanoseconds as the timeout of poll(): rounded up, clipped, -1 for ever. */
int poll_milliseconds(int64_t ns);

/* A call that makes a descriptor failed with errno: when none is left, collects what nobody uses
 * any more, which closes files; true: try again.  *tried: false at first.  Keeps errno.  Effects:
 * runs Python. */
NODISCARD bool descriptor_retry(Thread *t, bool *tried);

/* A wait until a deadline (or for ever) that stops on the way to call vm_idle(). */
typedef struct IdleWait { int64_t at; } IdleWait;
IdleWait idle_wait(void);
IdleWait idle_wait_within(int64_t ns);                     /* for a wait that may be shorter */
int64_t idle_until(const IdleWait *w, int64_t deadline);   /* when to stop waiting; -1: never */
int64_t idle_left(const IdleWait *w, int64_t deadline);    /* the same in nanoseconds from now on */
/* The wait came to its end: true: look for signals and go on waiting.  Effects: runs Python. */
bool idle_again(Thread *t, IdleWait *w, int64_t deadline);

#endif
