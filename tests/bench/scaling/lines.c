/* A machine with one processor for each thread, simulated: counts the cache lines that move.
 *
 * Stands in for the thread sanitizer's run-time library in a program that was compiled with
 * -fsanitize=thread (tools/count_lines).  Each thread that calls lines_begin(its number, N) waits
 * there; when N have, lines_run(0) lets them go.  One of them runs at a time, that whose own clock
 * shows least, until it is SLACK ahead of the next one.  Its clock goes on with what it does, by
 * the times below, and is what it reads as the system's clocks; a futex that it waits for, a nap
 * and sched_yield are simulated, too.  So what runs when follows from the program alone, however
 * slow the simulation is, and two runs count the same.
 *
 * Caches are endless.  A line that another processor has written to, or that others have copies of
 * where it is written to, takes LINE_MOVE to come, to one processor after the other.
 *
 * lines_count() begins to count once all have called it; lines_end() ends the thread's part and
 * returns when all have ended, as lines_run() does; lines_save(path) writes the moves.  What the C
 * library does is not seen, but calls of memcpy, memmove and memset are, through the linker's
 * --wrap.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "gc/mark.h"

enum { LINE = 64, MOST_THREADS = 64, MOST_LINES = 1 << 22, MOST_MOVES = 1 << 25 };
/* Times, in tenths of a nanosecond.  The sanitizer's program, with assertions and hardly optimized,
 * makes about ten accesses where a release build takes 1 ns; a pause with a look at a lock is 20 ns
 * where the product's limits for spinning come from. */
enum { ACCESS = 1, NS = 10 * ACCESS };
enum { PAUSE = 20 * NS, LINE_MOVE = 100 * NS, CLOCK = 20 * NS, CALL = 500 * NS, WAKE = 5000 * NS };
enum { SLACK = 5 * NS };
#define BEGIN INT64_C(1000000000000000000)
#define NEVER INT64_MAX

typedef struct Move {
    uint32_t pc;      /* from the start of the program */
    uint16_t dropped; /* copies in other caches */
    uint16_t moved;   /* 0: only copies were dropped */
    uint64_t at;      /* accesses before it */
} Move;

typedef struct Line {
    uint64_t number; /* address / LINE; 0: this place is free */
    uint64_t copies; /* a bit for each processor */
    int64_t free;    /* when it can move again */
    int64_t owner;   /* number of the processor that wrote last + 1 */
} Line;

typedef struct Processor {
    int64_t time;
    int64_t deadline;     /* while it waits; NEVER for none */
    const void *waits_on; /* a futex; itself: a nap */
    bool woken, ended;
    _Atomic uint32_t go;
} Processor;

extern const char __executable_start;
/* Of the thread that runs. */
static Processor processors[MOST_THREADS];
static Line *lines;
static Move *moves;
static uint64_t move_count, accesses;
static int64_t limit; /* on the clock of the thread that runs */
static uint32_t threads, counting;
static _Atomic uint32_t begun;
static _Atomic bool over;
static __thread Processor *self; /* NULL: not simulated */

void lines_await(uint32_t n);
void lines_begin(uint32_t number, uint32_t n);
void lines_count(void);
void lines_end(void);
void lines_run(int collect);
int64_t lines_save(const char *path);
void lines_pause(void);

long __real_syscall(long number, ...);
int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __real_nanosleep(const struct timespec *ns, struct timespec *rest);
int __real_clock_nanosleep(clockid_t clock, int flags, const struct timespec *ns,
                           struct timespec *rest);
int __real_sched_yield(void);

static void sleep_until_go(Processor *p)
{
    while (!atomic_exchange(&p->go, 0)) {
        __real_syscall(SYS_futex, &p->go, FUTEX_WAIT_PRIVATE, 0, NULL);
    }
}

static void let_go(Processor *p)
{
    atomic_store(&p->go, 1);
    __real_syscall(SYS_futex, &p->go, FUTEX_WAKE_PRIVATE, 1);
}

static void end_all(void)
{
    for (uint32_t i = 0; i < threads; i++) {
        if (!processors[i].ended) {
            fprintf(stderr, "all threads wait\n");
            _exit(3);
        }
    }
    atomic_store(&over, true);
    for (uint32_t i = 0; i < threads; i++) {
        let_go(&processors[i]);
    }
}

/* The processor whose turn it is; sets `limit`.  NULL: all have ended. */
static Processor *choose(void)
{
    int64_t least = NEVER, next = NEVER;
    Processor *chosen = NULL;
    for (Processor *p = processors; p < processors + threads; p++) {
        int64_t time = p->ended ? NEVER : p->waits_on != NULL ? p->deadline : p->time;
        if (time < least) {
            next = least;
            least = time;
            chosen = p;
        } else if (time < next) {
            next = time;
        }
    }
    if (chosen != NULL) {
        chosen->time = least;
        chosen->waits_on = NULL;
    }
    limit = next == NEVER ? NEVER : next + SLACK;
    return chosen;
}

static void give_way(void)
{
    Processor *p = choose();
    if (p == NULL) {
        end_all();
    } else if (p != self) {
        let_go(p);
    }
    if (p != self) {
        sleep_until_go(self);
    }
}

static void spend(int64_t time)
{
    self->time += time;
    if (self->time > limit) {
        give_way();
    }
}

/* Whether it was woken before the deadline. */
static bool wait_for(const void *what, int64_t deadline)
{
    self->waits_on = what;
    self->deadline = deadline;
    self->woken = false;
    give_way();
    return self->woken;
}

static Line *line_of(uint64_t number)
{
    uint64_t i = number * 0x9e3779b97f4a7c15 >> 42; /* Fibonacci; MOST_LINES are 22 bits */
    while (lines[i].number != number && lines[i].number != 0) {
        i = (i + 1) % MOST_LINES;
    }
    lines[i].number = number;
    return &lines[i];
}

static void touch(Line *line, bool write, uint32_t pc)
{
    int64_t number = self - processors + 1;
    uint64_t me = UINT64_C(1) << (number - 1), others = line->copies & ~me;
    bool comes = !(line->copies & me) && line->owner != 0;
    bool moved = comes || (write && others != 0 && line->owner != number);
    if (moved || (write && others != 0)) {
        self->time = (self->time > line->free ? self->time : line->free) + LINE_MOVE;
        line->free = self->time;
        if (counting == threads && move_count < MOST_MOVES) {
            uint16_t dropped = (uint16_t)(write ? __builtin_popcountll(others) : 0);
            moves[move_count++] = (Move){pc, dropped, moved, accesses};
        }
    }
    line->copies = write ? me : line->copies | me;
    line->owner = write ? number : line->owner;
}

static void note(const void *p, size_t n, bool write, const void *pc)
{
    uint64_t first = (uintptr_t)p / LINE, last = ((uintptr_t)p + (n ? n - 1 : 0)) / LINE;
    for (uint64_t number = first; number <= last; number++) {
        spend(ACCESS);
        touch(line_of(number), write, (uint32_t)((const char *)pc - &__executable_start));
        accesses += counting == threads;
    }
}
#define NOTE(p, n, write)                                                                          \
    do {                                                                                           \
        if (__builtin_expect(self != NULL, 0)) {                                                   \
            note((const void *)(p), n, write, __builtin_return_address(0));                        \
        }                                                                                          \
    } while (0)

void lines_pause(void)
{
    if (self != NULL) {
        self->time += PAUSE; /* who goes on is asked at its next access */
    }
}

/* Until n threads have begun, for who starts them one after the other. */
void lines_await(uint32_t n)
{
    while (atomic_load(&begun) < n) {
        __real_sched_yield();
    }
}

static void *room(size_t bytes)
{
    return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                -1, 0);
}

void lines_begin(uint32_t number, uint32_t n)
{
    Processor *p = &processors[number];
    p->time = BEGIN;
    if (number == 0) {
        lines = room(MOST_LINES * sizeof *lines);
        moves = room(MOST_MOVES * sizeof *moves);
        threads = n;
    }
    static cpu_set_t one; /* where they take turns without waking a processor */
    if (number == 0) {
        CPU_SET(sched_getcpu(), &one);
    }
    sched_setaffinity(0, sizeof one, &one);
    atomic_fetch_add(&begun, 1);
    sleep_until_go(p);
    self = p;
}

void lines_count(void)
{
    counting++;
}

void lines_end(void)
{
    self->ended = true;
    give_way();
    self = NULL;
}

/* For who has started the threads: lets them run, without a collection unless `collect`.  A wait of
 * Python's might collect meanwhile. */
void lines_run(int collect)
{
    if (!collect) {
        store_relaxed(&heap.threshold, SIZE_MAX / 2);
    }
    let_go(choose());
    while (!atomic_load(&over)) {
        __real_nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
}

/* Writes the moves; returns the number of all accesses, -1: there were too many moves, or the file
 * cannot be written. */
int64_t lines_save(const char *path)
{
    FILE *f = move_count < MOST_MOVES ? fopen(path, "wb") : NULL;
    if (!f) {
        return -1;
    }
    bool ok = fwrite(moves, sizeof(Move), move_count, f) == move_count;
    return fclose(f) == 0 && ok ? (int64_t)accesses : -1;
}

/* ---- calls of the system ---- */

static int64_t time_of(const struct timespec *t)
{
    return ((int64_t)t->tv_sec * 1000000000 + t->tv_nsec) * NS;
}

static int simulated_wait(_Atomic uint32_t *word, uint32_t value, const struct timespec *deadline)
{
    spend(CALL);
    if (*word != value) {
        errno = EAGAIN;
        return -1;
    }
    if (wait_for(word, deadline != NULL ? time_of(deadline) : NEVER)) {
        return 0;
    }
    errno = ETIMEDOUT;
    return -1;
}

/* Those whose clocks show least have waited longest.  Others than the simulated threads may wait,
 * too. */
static long simulated_wake(const void *word, int most)
{
    spend(CALL);
    int n = 0;
    for (; n < most; n++) {
        Processor *first = NULL;
        for (Processor *p = processors; p < processors + threads; p++) {
            if (p->waits_on == word && (first == NULL || p->time < first->time)) {
                first = p;
            }
        }
        if (first == NULL) {
            return n + __real_syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, most - n);
        }
        first->waits_on = NULL;
        first->woken = true;
        int64_t awake = self->time + WAKE;
        first->time = first->time > awake ? first->time : awake;
        limit = limit < first->time + SLACK ? limit : first->time + SLACK;
    }
    return n;
}

long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) {
        a[i] = va_arg(list, long);
    }
    va_end(list);
    if (self != NULL && number == SYS_futex) {
        return ((int)a[1] & FUTEX_CMD_MASK) == FUTEX_WAKE
                   ? simulated_wake((void *)a[0], (int)a[2])
                   : simulated_wait((_Atomic uint32_t *)a[0], (uint32_t)a[2], (void *)a[3]);
    }
    if (self != NULL) {
        spend(CALL);
    }
    return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    if (self == NULL || clock == CLOCK_REALTIME) {
        return __real_clock_gettime(clock, now);
    }
    spend(CLOCK);
    int64_t ns = self->time / NS;
    *now = (struct timespec){ns / 1000000000, ns % 1000000000};
    return 0;
}

int __wrap_sched_yield(void);
int __wrap_sched_yield(void)
{
    if (self == NULL) {
        return __real_sched_yield();
    }
    spend(CALL);
    return 0;
}

int __wrap_nanosleep(const struct timespec *ns, struct timespec *rest);
int __wrap_nanosleep(const struct timespec *ns, struct timespec *rest)
{
    if (self == NULL) {
        return __real_nanosleep(ns, rest);
    }
    (void)wait_for(self, self->time + time_of(ns) + WAKE);
    return 0;
}

int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *ns,
                           struct timespec *rest);
int __wrap_clock_nanosleep(clockid_t clock, int flags, const struct timespec *ns,
                           struct timespec *rest)
{
    if (self == NULL) {
        return __real_clock_nanosleep(clock, flags, ns, rest);
    }
    int64_t until = time_of(ns) + (flags & TIMER_ABSTIME ? 0 : self->time);
    (void)wait_for(self, (until > self->time ? until : self->time) + WAKE);
    return 0;
}

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
    (void)pid;
    memset(set, 0, size);
    for (int i = 0; i < MOST_THREADS; i++) {
        CPU_SET(i, set);
    }
    return 0;
}

/* ---- the interface that the compiler calls ---- */

#define EACH_SIZE(X) X(1) X(2) X(4) X(8) X(16)
#define PLAIN(n)                                                                                   \
    void __tsan_read##n(void *p);                                                                  \
    void __tsan_read##n(void *p) { NOTE(p, n, false); }                                            \
    void __tsan_write##n(void *p);                                                                 \
    void __tsan_write##n(void *p) { NOTE(p, n, true); }                                            \
    void __tsan_unaligned_read##n(void *p);                                                        \
    void __tsan_unaligned_read##n(void *p) { NOTE(p, n, false); }                                  \
    void __tsan_unaligned_write##n(void *p);                                                       \
    void __tsan_unaligned_write##n(void *p) { NOTE(p, n, true); }
EACH_SIZE(PLAIN)

void __tsan_init(void);
void __tsan_init(void) {}
void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc) { (void)pc; }
void __tsan_func_exit(void);
void __tsan_func_exit(void) {}
void __tsan_acquire(void *p); /* says what orders accesses: none itself */
void __tsan_acquire(void *p) { (void)p; }
void __tsan_release(void *p);
void __tsan_release(void *p) { (void)p; }
void __tsan_read_range(void *p, size_t n);
void __tsan_read_range(void *p, size_t n) { NOTE(p, n, false); }
void __tsan_write_range(void *p, size_t n);
void __tsan_write_range(void *p, size_t n) { NOTE(p, n, true); }
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order)
{
    (void)order;
    atomic_thread_fence(memory_order_seq_cst);
}
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order) { (void)order; }

#define FETCH(bits, name)                                                                          \
    uint##bits##_t __tsan_atomic##bits##_fetch_##name(void *p, uint##bits##_t v, int order);       \
    uint##bits##_t __tsan_atomic##bits##_fetch_##name(void *p, uint##bits##_t v, int order)        \
    {                                                                                              \
        (void)order;                                                                               \
        NOTE(p, bits / 8, true);                                                                   \
        return __atomic_fetch_##name((uint##bits##_t *)p, v, __ATOMIC_SEQ_CST);                    \
    }
#define COMPARE(bits, kind)                                                                        \
    int __tsan_atomic##bits##_compare_exchange_##kind(void *p, void *old, uint##bits##_t v,        \
                                                      int order, int failed);                      \
    int __tsan_atomic##bits##_compare_exchange_##kind(void *p, void *old, uint##bits##_t v,        \
                                                      int order, int failed)                       \
    {                                                                                              \
        (void)order;                                                                               \
        (void)failed;                                                                              \
        NOTE(p, bits / 8, true);                                                                   \
        return __atomic_compare_exchange_n((uint##bits##_t *)p, (uint##bits##_t *)old, v, 0,       \
                                           __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                    \
    }
#define ATOMIC(bits)                                                                               \
    uint##bits##_t __tsan_atomic##bits##_load(const void *p, int order);                           \
    uint##bits##_t __tsan_atomic##bits##_load(const void *p, int order)                            \
    {                                                                                              \
        (void)order;                                                                               \
        NOTE(p, bits / 8, false);                                                                  \
        return __atomic_load_n((const uint##bits##_t *)p, __ATOMIC_SEQ_CST);                       \
    }                                                                                              \
    void __tsan_atomic##bits##_store(void *p, uint##bits##_t v, int order);                        \
    void __tsan_atomic##bits##_store(void *p, uint##bits##_t v, int order)                         \
    {                                                                                              \
        (void)order;                                                                               \
        NOTE(p, bits / 8, true);                                                                   \
        __atomic_store_n((uint##bits##_t *)p, v, __ATOMIC_SEQ_CST);                                \
    }                                                                                              \
    uint##bits##_t __tsan_atomic##bits##_exchange(void *p, uint##bits##_t v, int order);           \
    uint##bits##_t __tsan_atomic##bits##_exchange(void *p, uint##bits##_t v, int order)            \
    {                                                                                              \
        (void)order;                                                                               \
        NOTE(p, bits / 8, true);                                                                   \
        return __atomic_exchange_n((uint##bits##_t *)p, v, __ATOMIC_SEQ_CST);                      \
    }                                                                                              \
    FETCH(bits, add) FETCH(bits, sub) FETCH(bits, and) FETCH(bits, or) FETCH(bits, xor)            \
    COMPARE(bits, strong) COMPARE(bits, weak)
ATOMIC(8) ATOMIC(16) ATOMIC(32) ATOMIC(64)

#define COPY(name)                                                                                 \
    void *__real_##name(void *to, const void *from, size_t n);                                     \
    void *__wrap_##name(void *to, const void *from, size_t n);                                     \
    void *__wrap_##name(void *to, const void *from, size_t n)                                      \
    {                                                                                              \
        NOTE(from, n, false);                                                                      \
        NOTE(to, n, true);                                                                         \
        return __real_##name(to, from, n);                                                         \
    }
COPY(memcpy) COPY(memmove)
void *__real_memset(void *to, int byte, size_t n);
void *__wrap_memset(void *to, int byte, size_t n);
void *__wrap_memset(void *to, int byte, size_t n)
{
    NOTE(to, n, true);
    return __real_memset(to, byte, n);
}
