/* Running GMP so that it can fail.
 *
 * GMP has no errors: where memory is missing it ends the process, and nothing stops a long product.
 * What may need much memory or time therefore runs under gmp_run, which takes its memory from
 * functions of our own.  Missing memory is a MemoryError; a signal whose handler raises (Ctrl-C)
 * ends the computation.  A signal whose handler does not raise makes it start again, later ones
 * only after twice the time that was lost, so that a timer costs a computation no more than a
 * constant factor. */
#ifndef CORE_OBJECT_GMP_RUN_H
#define CORE_OBJECT_GMP_RUN_H

#include "core/object/object.h"

/* Calls GMP and nothing else: it may be left at any instruction, and started again. */
typedef void GmpWork(void *arg);

/* work(arg).  long_running: the thread is parked, and signals are heard.  false: raised, and all
 * that work has allocated is freed: mpz_t that it has set are not to be cleared.  true: they
 * belong to the caller.  Effects: may run Python code. */
NODISCARD bool gmp_run(Thread *t, GmpWork *work, void *arg, bool long_running);

/* For the C handler of signals, last: does not return when it ends a computation of this thread. */
void gmp_signal(void);

/* Before GMP is first used. */
void gmp_init(void);

#endif
