/* Records which cache lines each thread reads and writes: stands in for the thread sanitizer's
 * run-time library in a program that was compiled with -fsanitize=thread (tools/count_lines).
 *
 * lines_record(N) begins the recording of the calling thread, once N threads have called it, and
 * lines_record(0) ends it; lines_save(path) writes, in the order in which they happened, the
 * entries of all threads.  No thread gets more than PACE accesses ahead of another one, so that
 * their operations alternate as on N processors, unless the other one does not move: it may wait
 * for a lock.  What the C library does is not seen, but calls of memcpy, memmove and memset are,
 * through the linker's --wrap.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { LINE = 64, PACE = 20, PATIENCE = 30, PATIENCE_STUCK = 4, MOST_THREADS = 64, MOST = 1 << 25 };

typedef struct Entry {
    uint32_t pc;     /* from the start of the program */
    uint16_t thread; /* 0: not written yet */
    uint16_t write;
    uint64_t line;
} Entry;

extern const char __executable_start;
static Entry *_Atomic entries; /* room for MOST */
static _Atomic uint32_t count, threads;
static _Atomic uint32_t progress[MOST_THREADS]; /* accesses; UINT32_MAX: the thread has ended */
static _Atomic uint32_t stuck[MOST_THREADS]; /* progress at which another has lost patience */
static __thread bool recording;
static __thread uint16_t own_number;
static __thread uint32_t steps;

void lines_record(int n);
int lines_save(const char *path);

static void wait_for_others(void)
{
    int yields = 0;
    for (uint32_t i = 0; i < threads; i++) {
        while (steps > PACE && progress[i] < steps - PACE) {
            uint32_t seen = progress[i];
            sched_yield();
            if (++yields >= (seen == stuck[i] ? PATIENCE_STUCK : PATIENCE)) {
                stuck[i] = seen;
                break;
            }
        }
    }
}

static void note(const void *p, size_t n, bool write, const void *pc)
{
    uint64_t first = (uintptr_t)p / LINE, last = ((uintptr_t)p + (n ? n - 1 : 0)) / LINE;
    for (uint64_t line = first; line <= last; line++) {
        uint32_t at = atomic_fetch_add(&count, 1);
        if (at < MOST) {
            entries[at] = (Entry){(uint32_t)((const char *)pc - &__executable_start), own_number,
                                  write, line};
        }
    }
    progress[own_number - 1] = ++steps;
    wait_for_others();
}
#define NOTE(p, n, write)                                                                          \
    do {                                                                                           \
        if (__builtin_expect(recording, 0)) {                                                      \
            note((const void *)(p), n, write, __builtin_return_address(0));                        \
        }                                                                                          \
    } while (0)

void lines_record(int n)
{
    if (n == 0) {
        recording = false;
        progress[own_number - 1] = UINT32_MAX;
        return;
    }
    Entry *room = mmap(NULL, MOST * sizeof(Entry), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), *none = NULL;
    if (!atomic_compare_exchange_strong(&entries, &none, room)) {
        munmap(room, MOST * sizeof(Entry));
    }
    own_number = (uint16_t)(atomic_fetch_add(&threads, 1) + 1);
    while (threads < (uint32_t)n) {
        sched_yield();
    }
    recording = true;
}

/* The number of entries; -1: there were too many, or the file cannot be written. */
int lines_save(const char *path)
{
    FILE *f = count <= MOST ? fopen(path, "wb") : NULL;
    if (!f) {
        return -1;
    }
    bool ok = fwrite(entries, sizeof(Entry), count, f) == count;
    return fclose(f) == 0 && ok ? (int)count : -1;
}

/* The interface that the compiler calls. */
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
