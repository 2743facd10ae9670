/* -X threadstats: where the time of each thread goes.
 *
 *   total = running + locks + parked + stopped
 *   locks    waiting for a lock, by kind: between thread_wait_begin and thread_wait_end
 *   parked   in system calls and other long work outside the heap (gc/safepoint.h)
 *   stopped  for the collector, or at work as the one that has stopped the world
 *
 * A thread has a record from gc_thread_attach on, if the option is given; without it a null pointer
 * is looked at where a thread parks or finds a lock taken, and nowhere else.  A record is written
 * by its thread alone, and read by all when it is printed.
 */
#ifndef GC_THREAD_STATS_H
#define GC_THREAD_STATS_H

#include "gc/gc_thread.h"

typedef struct ThreadStats ThreadStats;

extern bool thread_stats_on; /* init-only */
#define WAIT_COLLECTOR "the collector" /* a kind that counts as stopped */

ThreadStats *thread_stats_new(void);                 /* of the calling thread; NULL: no memory */
void thread_stats_set_name(Thread *t, const char *name);
void thread_stats_end(ThreadStats *s);               /* its thread ends */
void thread_stats_park(ThreadStats *s);
void thread_stats_unpark(ThreadStats *s, int64_t held_since /* 0: did not wait */);
void thread_stats_wait(ThreadStats *s, const char *kind);
void thread_stats_waited(ThreadStats *s);
void thread_stats_after_fork(ThreadStats *own);      /* in the child: forgets the others */
void thread_stats_print(void);                       /* to stderr, a table */

/* The calling thread waits for a lock of this kind (a string that lives as long) until
 * thread_wait_end.  A pair inside another counts as part of the outer one. */
static inline void thread_wait_begin(Thread *t, const char *kind)
{
    ThreadStats *s = ((GcThread *)t)->stats;
    if (UNLIKELY(s != NULL)) {
        thread_stats_wait(s, kind);
    }
}
static inline void thread_wait_end(Thread *t)
{
    ThreadStats *s = ((GcThread *)t)->stats;
    if (UNLIKELY(s != NULL)) {
        thread_stats_waited(s);
    }
}

#endif
