/* Running GMP so that it can fail: its memory functions, and leaving it by longjmp.
 *
 * The blocks that a computation allocates are on a list of its own, by which they are freed when
 * it is left half-way.  A handler of signals leaves it at once, or, while a block is being
 * allocated, when that is done. */
#include "core/object/gmp_run.h"

#include <gmp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/clock.h"
#include "core/object/thread_state.h"

/* In front of each block of GMP's; 16-byte aligned, so that the block is, too. */
typedef struct GmpBlock {
    struct GmpBlock *next, **link; /* link: what points here; NULL: on no list */
} GmpBlock;

enum { NO_MEMORY = 1, INTERRUPTED = 2 };

typedef struct GmpRun {
    sigjmp_buf leave;
    GmpBlock *blocks;
    sigset_t mask;               /* of before, which a handler does not restore when it is left */
    int64_t started, patience;   /* nanoseconds; signals wait for so long */
    volatile sig_atomic_t hears, allocating, interrupted;
} GmpRun;

static _Thread_local GmpRun *volatile current_run;

static void block_link(GmpBlock *b, GmpRun *run)
{
    b->next = run ? run->blocks : NULL;
    b->link = run ? &run->blocks : NULL;
    if (run) {
        run->blocks = b;
        if (b->next) {
            b->next->link = &b->next;
        }
    }
}

static void block_unlink(GmpBlock *b)
{
    if (b->link) {
        *b->link = b->next;
        if (b->next) {
            b->next->link = b->link;
        }
    }
}

/* The run of this thread, which signals must not leave until allocation_end. */
static GmpRun *allocation_begin(void)
{
    GmpRun *run = current_run;
    if (run) {
        run->allocating = 1;
    }
    return run;
}

static void allocation_end(GmpRun *run)
{
    if (run) {
        run->allocating = 0;
        if (run->interrupted) {
            siglongjmp(run->leave, INTERRUPTED);
        }
    }
}

static COLD _Noreturn void allocation_failed(GmpRun *run, size_t size)
{
    if (run) {
        siglongjmp(run->leave, NO_MEMORY);
    }
    fprintf(stderr, "typhon: no memory for a number of %zu bytes\n", size);
    abort();
}

static void *block_allocate(size_t size)
{
    GmpRun *run = allocation_begin();
    GmpBlock *b = mem_alloc(sizeof *b + size);
    if (!b) {
        allocation_failed(run, size);
    }
    block_link(b, run);
    allocation_end(run);
    return b + 1;
}

static void *block_reallocate(void *p, size_t old_size UNUSED, size_t size)
{
    GmpRun *run = allocation_begin();
    GmpBlock *b = (GmpBlock *)p - 1;
    block_unlink(b);
    GmpBlock *larger = mem_realloc(b, sizeof *b + size);
    if (!larger) {
        block_link(b, run);
        allocation_failed(run, size);
    }
    block_link(larger, run);
    allocation_end(run);
    return larger + 1;
}

static void block_free(void *p, size_t size UNUSED)
{
    GmpRun *run = allocation_begin();
    GmpBlock *b = (GmpBlock *)p - 1;
    block_unlink(b);
    mem_free(b);
    allocation_end(run);
}

void gmp_init(void)
{
    mp_set_memory_functions(block_allocate, block_reallocate, block_free);
}

void gmp_signal(void)
{
    GmpRun *run = current_run;
    if (!run || !run->hears || monotonic_ns() - run->started < run->patience) {
        return;
    }
    if (run->allocating) {
        run->interrupted = 1;
        return;
    }
    run->hears = 0;
    pthread_sigmask(SIG_SETMASK, &run->mask, NULL);
    siglongjmp(run->leave, INTERRUPTED);
}

/* What is left of a run: freed, or now the caller's. */
static void run_end(GmpRun *run, bool free_blocks)
{
    current_run = NULL;
    while (run->blocks) {
        GmpBlock *b = run->blocks;
        block_unlink(b);
        b->link = NULL;
        if (free_blocks) {
            mem_free(b);
        }
    }
}

/* 0: done; or why it was left.  listener: the thread, when it is to hear signals. */
static int attempt(GmpRun *run, GmpWork *work, void *arg, Thread *listener)
{
    run->blocks = NULL;
    run->hears = run->allocating = run->interrupted = 0;
    int why = sigsetjmp(run->leave, 0);
    if (why == 0) {
        current_run = run;
        run->hears = listener != NULL;
        if (listener &&
            atomic_load_explicit(&listener->gc.poll, memory_order_relaxed) & POLL_SIGNAL) {
            run->hears = 0;
            siglongjmp(run->leave, INTERRUPTED); /* it has come before */
        }
        work(arg);
        run->hears = 0;
    }
    run_end(run, why != 0);
    return why;
}

static bool run_long(Thread *t, GmpWork *work, void *arg)
{
    GmpRun run = {.patience = 0};
    pthread_sigmask(SIG_SETMASK, NULL, &run.mask);
    for (;;) {
        run.started = monotonic_ns();
        thread_park(t);
        int why = attempt(&run, work, arg, t->is_main ? t : NULL);
        thread_unpark(t);
        if (why == 0) {
            return true;
        }
        if (why == NO_MEMORY) {
            raise_memory(t);
            return false;
        }
        run.patience = 2 * (monotonic_ns() - run.started);
        if (!thread_check_signals(t)) {
            return false;
        }
    }
}

bool gmp_run(Thread *t, GmpWork *work, void *arg, bool long_running)
{
    assert(!current_run);
    if (long_running) {
        return run_long(t, work, arg);
    }
    GmpRun run;
    if (attempt(&run, work, arg, NULL) != 0) {
        raise_memory(t);
        return false;
    }
    return true;
}
