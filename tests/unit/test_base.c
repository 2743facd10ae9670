/* folders: core/base */
/* core/base: atomic loads with a test, decimal doubles, UTF-8, hashing, arenas, mutexes under contention. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/atomics.h"
#include "core/base/clock.h"
#include "core/base/hash.h"
#include "core/base/mutex.h"

#define CHECK(x) ((x) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x), exit(1)))

static Mutex mutex = MUTEX_INIT;
static long counter;

static void *count(void *arg)
{
    for (int i = 0; i < 100000; i++) {
        mutex_lock(&mutex);
        counter++;
        mutex_unlock(&mutex);
    }
    return arg;
}

static void test_mutex(void)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        CHECK(pthread_create(&threads[i], NULL, count, NULL) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    CHECK(counter == 400000);
}

/* Waits that follow each other at once grow, however long they are themselves. */
static void test_backoff(void)
{
    bool grew = false;
    for (int i = 0; i < 1000 && !grew; i++) { /* this thread may lose its processor in between */
        unsigned first = backoff_begin();
        sleep_until(monotonic_ns() + 100000);
        backoff_end();
        grew = backoff_begin() > first;
    }
    CHECK(grew);
}

/* Loads and tests in one: of each width, of the first byte and the last, of either sign. */
static void test_looks(void)
{
    uint8_t byte = 0x81;
    uint16_t half = 0x8004;
    _Atomic uint32_t word = 0x80000001;
    uint64_t wide = 0x8000000000000000;
    _Atomic bool yes = true;
    CHECK(any_relaxed(&byte, 0x80) && any_relaxed(&byte, 1 | 2) && !any_relaxed(&byte, 0x7e));
    CHECK(any_relaxed(&half, 0x8000) && any_relaxed(&half, 4) && !any_relaxed(&half, 0x7f00));
    CHECK(any_relaxed(&word, 0x80000000) && !any_relaxed(&word, 0x100));
    CHECK(equal_relaxed(&byte, 0x81) && !equal_relaxed(&byte, 0x80));
    CHECK(equal_relaxed(&half, 0x8004) && !equal_relaxed(&half, 4));
    CHECK(equal_acquire(&word, 0x80000001) && !equal_acquire(&word, 1));
    CHECK(equal_acquire(&wide, 0x8000000000000000) && !equal_acquire(&wide, 0));
    CHECK(!equal_relaxed(&yes, false) && equal_relaxed(&yes, true));
}

static void test_hash(void)
{
    const uint64_t key[2] = {1, 2}, other[2] = {1, 3};
    CHECK(siphash13("abc", 3, key) == siphash13("abc", 3, key));
    CHECK(siphash13("abc", 3, key) != siphash13("abd", 3, key));
    CHECK(siphash13("abc", 3, key) != siphash13("abc", 3, other));
}

static void test_arena(void)
{
    Arena arena;
    arena_init(&arena);
    Arena *a = &arena;
    char *first = arena_alloc(a, 3), *large = arena_alloc(a, 1 << 20);
    CHECK(first && large && first[2] == 0 && large[(1 << 20) - 1] == 0);
    memset(large, 1, 1 << 20);
    CHECK(first[0] == 0 && (uintptr_t)large % 8 == 0);
    arena_free(a);
}

int main(void)
{
    test_mutex();
    test_backoff();
    test_looks();
    test_hash();
    test_arena();
    return 0;
}
