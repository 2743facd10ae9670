/* Stopping threads.
 *
 * A mutator polls t->poll on loop back-edges, calls and allocation.  Around every blocking system
 * call or long C loop it parks: thread_park ... thread_unpark; while parked it must not touch heap
 * objects (bytes of a str/bytes/buffer it holds on its C stack stay valid: the heap does not move).
 */
#ifndef GC_SAFEPOINT_H
#define GC_SAFEPOINT_H

#include "gc/value.h"

/* Reasons in the thread's poll word; any non-zero bit makes the interpreter take the slow path. */
enum {
    POLL_STOP = 1,       /* stop the world for the collector or a handshake */
    POLL_SIGNAL = 2,     /* signal handlers to run (main thread) */
    POLL_ASYNC_EXC = 4,  /* exception injected by another thread */
    POLL_FINALIZE = 8,   /* finalizers and weakref callbacks wait to be run */
    POLL_PENDING = 16,   /* pending calls */
    POLL_TRACE = 32,     /* sys.settrace / setprofile active in this thread */
    POLL_LET_GO = 64,    /* gc/prompt.h; the interpreter's own safepoints only */
};

/* Marks the calling thread as not touching the heap; saves registers and the live stack range.
 * The pair must be in one C function (the stack below it stays in place). */
void thread_park(Thread *t);
/* The same in a native function that Python code has called and that may wait long: what the
 * registers of the thread's frames hold that is dead may be forgotten meanwhile. */
void thread_park_waiting(Thread *t);
void thread_unpark(Thread *t); /* waits while the world is stopped; keeps errno */

/* Stops here when POLL_STOP is set.  Effects: blocks. */
void safepoint_stop(Thread *t);

/* Stops all other threads / lets them go on.  Not recursive.  In between this thread does not
 * collect, so that it may allocate. */
void world_stop(Thread *t);
void world_start(Thread *t);

#endif
