/* Unit test of core/base: hashing, utf-8, doubles, mutexes. */
#undef NDEBUG
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/dtoa.h"
#include "core/base/hash.h"
#include "core/base/memory.h"
#include "core/base/mutex.h"
#include "core/base/utf8.h"

static uint64_t random_state = 88172645463325252ull;

static uint64_t random_word(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

static void check_shortest(double d)
{
    char digits[18], text[64], fixed[64];
    int point, n = double_shortest(d, digits, &point);
    snprintf(text, sizeof text, "0.%se%d", digits, point);
    const char *end;
    assert(double_parse(text, text + strlen(text), &end) == fabs(d) && *end == 0);
    assert(strtod(text, NULL) == fabs(d));
    for (int precision = 0; precision < n - 1; precision++) { /* nothing shorter reads back */
        snprintf(fixed, sizeof fixed, "%.*e", precision, fabs(d));
        assert(precision < n - 2 || strtod(fixed, NULL) != fabs(d));
    }
    snprintf(fixed, sizeof fixed, "%.*e", n - 1, fabs(d));
    assert(strtod(fixed, NULL) != fabs(d) || strncmp(fixed + 2, digits + 1, (size_t)n - 1) == 0);
}

static void test_doubles(void)
{
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = random_word();
        double d;
        memcpy(&d, &bits, sizeof d);
        if (isfinite(d)) {
            check_shortest(d);
        }
        check_shortest((double)(int64_t)(bits >> 20) / 1000.0);
        check_shortest((double)(bits >> 40));
    }
    static const double edges[] = {5e-324, 1e23, 9007199254740993.0, 2.2250738585072014e-308, 1.7976931348623157e308,
                                   1e22, 1e21, 0.1, 123456789012345680.0, 4.35, 2e-3};
    for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
        check_shortest(edges[i]);
    }
    static const struct { double d; const char *text; } reprs[] = {
        {1.0, "1.0"}, {1e16, "1e+16"}, {123456789012345.0, "123456789012345.0"}, {0.0001, "0.0001"}, {0.00001, "1e-05"},
        {-0.0, "-0.0"}, {1e100, "1e+100"}, {1.5e-7, "1.5e-07"}, {100.25, "100.25"}, {9999999999999998.0, "9999999999999998.0"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(reprs); i++) {
        char out[32];
        assert(double_repr(reprs[i].d, out) == (int)strlen(reprs[i].text) && strcmp(out, reprs[i].text) == 0);
    }
    size_t len;
    char *s = double_format(-3.14159, 'f', 2, 0, &len);
    assert(strcmp(s, "-3.14") == 0 && len == 5);
    mem_free(s);
    s = double_format(0.5, '%', 1, DTOA_SIGN, &len);
    assert(strcmp(s, "+50.0%") == 0);
    mem_free(s);
    s = double_format(1e300, 'f', 400, 0, &len);
    assert(len == 301 + 1 + 400);
    mem_free(s);
}

static void test_utf8(void)
{
    const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
    Utf8Scan scan;
    assert(utf8_scan(text, sizeof text - 1, 0, &scan) && scan.length == 4 && scan.max_char == 0x1f600);
    uint32_t chars[4];
    assert(utf8_decode(text, sizeof text - 1, 0, 4, chars) == 4 && chars[2] == 0x20ac);
    char back[16];
    assert(utf8_encoded_size(4, chars, 4, 0, NULL) == sizeof text - 1);
    assert(utf8_encode(4, chars, 4, 0, back) == sizeof text - 1 && memcmp(back, text, sizeof text - 1) == 0);
    assert(!utf8_scan("ab\xe2\x82", 4, 0, &scan) && scan.valid == 2 && scan.bad == 2 && scan.truncated);
    assert(!utf8_scan("\xed\xa0\x80", 3, 0, &scan) && scan.bad == 1 && !scan.bad_start);
    assert(utf8_scan("\xed\xa0\x80", 3, UTF8_SURROGATES, &scan) && scan.max_char == 0xd800);
    assert(!utf8_scan("\xc0\x80", 2, 0, &scan) && scan.bad_start);
    assert(utf8_scan("x\xff", 2, UTF8_ESCAPE, &scan) && scan.max_char == 0xdcff && scan.length == 2);
}

static Mutex mutex;
static Cond cond;
static int counter, turns;

static void *count_up(void *arg UNUSED)
{
    for (int i = 0; i < 100000; i++) {
        mutex_lock(&mutex);
        counter++;
        mutex_unlock(&mutex);
    }
    mutex_lock(&mutex);
    turns++;
    cond_signal(&cond);
    mutex_unlock(&mutex);
    return NULL;
}

static void test_mutex(void)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, count_up, NULL);
    }
    mutex_lock(&mutex);
    while (turns < 3) {
        cond_wait(&cond, &mutex);
    }
    assert(counter == 300000);
    assert(!cond_wait_until(&cond, &mutex, monotonic_ns() + 1000000));
    mutex_unlock(&mutex);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
}

int main(void)
{
    const uint64_t key[2] = {0x0706050403020100ull, 0x0f0e0d0c0b0a0908ull};
    assert(siphash13("", 0, key) == 0xabac0158050fc4dcull); /* from the test vectors of the SipHash authors */
    test_doubles();
    test_utf8();
    test_mutex();
    puts("ok");
    return 0;
}
