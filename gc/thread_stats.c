/* The records of -X threadstats and their table. */
#include "gc/thread_stats.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/os_thread.h"

enum { KINDS = 12 };

typedef struct Wait {
    char *_Atomic kind; /* a copy; NULL: free, and the last place: all that the others leave over */
    _Atomic int64_t ns, times;
} Wait;

struct ThreadStats {
    ThreadStats *next; /* newest first; locked by list_lock */
    char name[32];
    unsigned long native_id;
    pthread_t os_thread;
    int64_t began;
    _Atomic int64_t ended, cpu;               /* ended 0: it runs */
    _Atomic int64_t parked, waited, stopped;  /* ns */
    Wait waits[KINDS];
    /* owner: the park and the wait under way */
    int64_t parked_since, waiting_since, stopped_before;
    const char *kind;
    int depth;
};

bool thread_stats_on;
static Mutex list_lock;
static ThreadStats *all_stats;

/* Only the record's thread adds. */
static void add(_Atomic int64_t *sum, int64_t n)
{
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static int64_t get(_Atomic int64_t *sum)
{
    return atomic_load_explicit(sum, memory_order_relaxed);
}

ThreadStats *thread_stats_new(void)
{
    ThreadStats *s = mem_calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->began = monotonic_ns();
    s->native_id = os_thread_native_id();
    s->os_thread = pthread_self();
    mutex_lock(&list_lock);
    snprintf(s->name, sizeof s->name, all_stats ? "thread %lu" : "main", s->native_id);
    s->next = all_stats;
    all_stats = s;
    mutex_unlock(&list_lock);
    return s;
}

void thread_stats_set_name(Thread *t, const char *name)
{
    ThreadStats *s = ((GcThread *)t)->stats;
    if (s != NULL) {
        mutex_lock(&list_lock);
        snprintf(s->name, sizeof s->name, "%s", name);
        mutex_unlock(&list_lock);
    }
}

void thread_stats_end(ThreadStats *s)
{
    mutex_lock(&list_lock); /* from here on the thread's clock is not asked any more */
    add(&s->cpu, clock_ns(CLOCK_THREAD_CPUTIME_ID));
    add(&s->ended, monotonic_ns());
    mutex_unlock(&list_lock);
}

void thread_stats_park(ThreadStats *s)
{
    s->parked_since = monotonic_ns();
}

void thread_stats_unpark(ThreadStats *s, int64_t held_since)
{
    int64_t now = monotonic_ns();
    if (s->depth == 0) {
        add(&s->parked, (held_since ? held_since : now) - s->parked_since);
    }
    if (held_since) {
        add(&s->stopped, now - held_since);
    }
}

void thread_stats_wait(ThreadStats *s, const char *kind)
{
    if (s->depth++ == 0) {
        s->kind = kind;
        s->waiting_since = monotonic_ns();
        s->stopped_before = get(&s->stopped);
    }
}

static char *copy_kind(const char *kind)
{
    size_t n = strlen(kind) + 1;
    char *copy = mem_alloc(n);
    return copy != NULL ? memcpy(copy, kind, n) : NULL;
}

static void add_wait(ThreadStats *s, const char *kind, int64_t ns)
{
    Wait *w = s->waits;
    for (; w < s->waits + KINDS - 1; w++) {
        const char *known = atomic_load_explicit(&w->kind, memory_order_relaxed);
        if (known == NULL) {
            atomic_store_explicit(&w->kind, copy_kind(kind), memory_order_release);
            break;
        }
        if (strcmp(known, kind) == 0) {
            break;
        }
    }
    add(&w->ns, ns);
    add(&w->times, 1);
    add(&s->waited, ns);
}

void thread_stats_waited(ThreadStats *s)
{
    if (--s->depth > 0) {
        return;
    }
    int64_t ns = monotonic_ns() - s->waiting_since - (get(&s->stopped) - s->stopped_before);
    if (strcmp(s->kind, WAIT_COLLECTOR) == 0) {
        add(&s->stopped, ns);
    } else {
        add_wait(s, s->kind, ns);
    }
    s->kind = NULL;
}

void thread_stats_after_fork(ThreadStats *own)
{
    mutex_reinit(&list_lock);
    if (own != NULL) {
        own->next = NULL;
        own->native_id = os_thread_native_id();
        own->os_thread = pthread_self();
    }
    all_stats = own; /* the others stay: threads that are gone cannot free them */
}

/* ---- the table ---- */

static double seconds(int64_t ns) { return (double)ns / 1e9; }

static void print_waits(ThreadStats *s)
{
    const char *before = "    waited for";
    for (Wait *w = s->waits; w < s->waits + KINDS; w++) {
        const char *kind = atomic_load_explicit(&w->kind, memory_order_acquire);
        if (get(&w->times) != 0) {
            fprintf(stderr, "%s %s: %.3f (%lld times)", before, kind ? kind : "others",
                    seconds(get(&w->ns)), (long long)get(&w->times));
            before = ",";
        }
    }
    if (*before == ',') {
        fputc('\n', stderr);
    }
}

/* The list is locked: a thread that has not ended waits for the lock before it does. */
static void print_thread(ThreadStats *s)
{
    clockid_t clock;
    int64_t end = get(&s->ended), cpu = get(&s->cpu);
    if (end == 0) {
        end = monotonic_ns();
        cpu = pthread_getcpuclockid(s->os_thread, &clock) == 0 ? clock_ns(clock) : 0;
    }
    int64_t total = end - s->began, parked = get(&s->parked), waited = get(&s->waited),
            stopped = get(&s->stopped);
    fprintf(stderr, "%-24s %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f\n", s->name, seconds(total),
            seconds(total - parked - waited - stopped), seconds(cpu), seconds(waited),
            seconds(parked), seconds(stopped));
    print_waits(s);
}

static void print_oldest_first(ThreadStats *s)
{
    ThreadStats *turned = NULL, *next;
    for (; s != NULL; s = next) {
        next = s->next;
        s->next = turned;
        turned = s;
    }
    for (s = turned, turned = NULL; s != NULL; s = next) {
        print_thread(s);
        next = s->next;
        s->next = turned;
        turned = s;
    }
}

void thread_stats_print(void)
{
    mutex_lock(&list_lock);
    fprintf(stderr, "%-24s %9s %9s %9s %9s %9s %9s\n", "thread (seconds)", "total", "running",
            "cpu", "locks", "parked", "stopped");
    print_oldest_first(all_stats);
    mutex_unlock(&list_lock);
}
