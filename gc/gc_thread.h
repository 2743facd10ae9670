/* The collector's part of a thread state: the first member of struct Thread. */
#ifndef GC_GC_THREAD_H
#define GC_GC_THREAD_H

#include <pthread.h>

#include "gc/safepoint.h"

#define GC_SIZE_CLASSES 64

typedef struct GcThread {
    _Atomic uint32_t poll;       /* POLL_* bits; set by anyone, read relaxed by the owner */
    _Atomic uint32_t state;      /* running, parked, stopped: gc/safepoint.c */
    void *free_list[GC_SIZE_CLASSES]; /* owner: cells ready for allocation per size class */
    void *block[GC_SIZE_CLASSES];     /* owner: block the free list came from */
    ssize_t credit;              /* owner: bytes left until this thread asks for a collection */
    char *stack_base;            /* init-only: highest address of the C stack */
    char *stack_top;             /* valid while parked or stopped: lowest live address */
    void *saved_regs[16];        /* callee-saved registers while parked or stopped */
    struct GcThread *next, *prev;/* thread list, locked by the world lock */
    pthread_t os_thread;
    int no_collect;              /* owner: > 0 delays collections */
    uint64_t allocated;          /* owner: statistics */
    void *extra;                 /* gc/ private */
} GcThread;

#endif
