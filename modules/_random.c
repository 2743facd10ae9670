/* The module _random: the Mersenne Twister MT19937 (Matsumoto, Nishimura), with the reference's
 * seeding, so that sequences agree. */
#include <sys/random.h>

#include "core/object/float.h"
#include "core/object/int.h"
#include "core/object/lock.h"
#include "core/object/module.h"
#include "core/object/bytes.h"
#include "core/object/tuple.h"

#define MT_N 624
#define MT_M 397

typedef struct Random {
    Object head;
    uint32_t index;          /* lock */
    uint32_t state[MT_N];    /* lock */
} Random;

static Random *as_random(Value v)
{
    return (Random *)value_object(v);
}

static inline uint32_t twisted(uint32_t high, uint32_t low, uint32_t other)
{
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return other ^ (y >> 1) ^ (-(y & 1) & 0x9908b0dfu);
}

static void twist(uint32_t *s)
{
    int i = 0;
    for (; i < MT_N - MT_M; i++) {
        s[i] = twisted(s[i], s[i + 1], s[i + MT_M]);
    }
    for (; i < MT_N - 1; i++) {
        s[i] = twisted(s[i], s[i + 1], s[i + MT_M - MT_N]);
    }
    s[i] = twisted(s[i], s[0], s[i + MT_M - MT_N]);
}

static uint32_t next_word_locked(Random *r)
{
    if (r->index >= MT_N) {
        twist(r->state);
        r->index = 0;
    }
    uint32_t y = r->state[r->index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

static void seed_word(Random *r, uint32_t s)
{
    r->state[0] = s;
    for (uint32_t i = 1; i < MT_N; i++) {
        r->state[i] = 1812433253u * (r->state[i - 1] ^ (r->state[i - 1] >> 30)) + i;
    }
    r->index = MT_N;
}

static void seed_array(Random *r, const uint32_t *key, size_t n)
{
    seed_word(r, 19650218u);
    uint32_t *s = r->state;
    size_t i = 1, j = 0;
    for (size_t k = n > MT_N ? n : MT_N; k; k--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1664525u)) + key[j] + (uint32_t)j;
        if (++i >= MT_N) {
            s[0] = s[MT_N - 1];
            i = 1;
        }
        if (++j >= n) {
            j = 0;
        }
    }
    for (size_t k = MT_N - 1; k; k--) {
        s[i] = (s[i] ^ ((s[i - 1] ^ (s[i - 1] >> 30)) * 1566083941u)) - (uint32_t)i;
        if (++i >= MT_N) {
            s[0] = s[MT_N - 1];
            i = 1;
        }
    }
    s[0] = 0x80000000u;
}

static bool seed_system(Thread *t, Random *r)
{
    uint32_t key[MT_N];
    char *p = (char *)key;
    for (size_t got = 0; got < sizeof key;) {
        size_t part = sizeof key - got < 256 ? sizeof key - got : 256;
        ssize_t n = getrandom(p + got, part, 0);
        if (n < 0) {
            runtime_error(t, "no random numbers from the system");
            return false;
        }
        got += (size_t)n;
    }
    bool locked = object_lock(t, r);
    seed_array(r, key, MT_N);
    object_unlock(r, locked);
    return true;
}

static bool seed_value(Thread *t, Random *r, Value v)
{
    if (!v || is_none(v)) {
        return seed_system(t, r);
    }
    Value n;
    if (value_is_int(v)) {
        n = int_sign(v) < 0 ? int_neg(t, v) : v;
    } else {
        int64_t h = object_hash(t, v);
        if (h == -1) {
            return false;
        }
        n = int_from_uint64(t, (uint64_t)h);
    }
    size_t words = n ? (int_bit_length(n) + 31) / 32 : 0;
    words += words == 0;
    Value bytes = n ? bytes_new(t, NULL, words * 4) : 0;
    if (!bytes ||
        !int_to_bytes(t, n, (uint8_t *)value_bytes(bytes)->data, words * 4, true, false)) {
        return false;
    }
    bool locked = object_lock(t, r);
    seed_array(r, (const uint32_t *)(const void *)value_bytes(bytes)->data, words);
    object_unlock(r, locked);
    return true;
}

static Value random_new(Thread *t, Type *type, Value *args, size_t n, Value kwnames)
{
    if (type->new == random_new && kwnames && !(type->flags & TYPE_HEAP)) {
        return type_error(t, "Random() takes no keyword arguments");
    }
    if (n > 1 && !(type->flags & TYPE_HEAP)) {
        return type_error(t, "Random() requires 0 or 1 argument");
    }
    Random *r = object_alloc_instance(t, type, 0);
    if (!r) {
        return 0;
    }
    if (type->flags & TYPE_HEAP) {           /* its own __init__ will seed it */
        seed_word(r, 5489);
        return object_value(r);
    }
    return seed_value(t, r, n ? args[0] : 0) ? object_value(r) : 0;
}

static bool random_init(Thread *t, Value self, Value *args, size_t n, Value kwnames UNUSED)
{
    return type_of(self)->flags & TYPE_HEAP ? seed_value(t, as_random(self), n ? args[0] : 0)
                                            : true;
}

static Value random_seed(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    return seed_value(t, as_random(args[0]), args[1]) ? NONE : 0;
}

static Value random_random(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Random *r = as_random(args[0]);
    bool locked = object_lock(t, r);
    uint32_t a = next_word_locked(r) >> 5, b = next_word_locked(r) >> 6;
    object_unlock(r, locked);
    return float_new(t, (a * 67108864.0 + b) * (1.0 / 9007199254740992.0));
}

static Value random_getrandbits(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Random *r = as_random(args[0]);
    int k;
    if (!value_to_int(t, args[1], &k)) {
        return 0;
    }
    if (k < 0) {
        return value_error(t, "number of bits must be non-negative");
    }
    if (k == 0) {
        return fixnum(0);
    }
    if (k <= 32) {
        bool locked = object_lock(t, r);
        uint32_t w = next_word_locked(r);
        object_unlock(r, locked);
        return fixnum(w >> (32 - k));
    }
    size_t words = ((size_t)k + 31) / 32;
    Value bytes = bytes_new(t, NULL, words * 4);
    if (!bytes) {
        return 0;
    }
    uint32_t *out = (uint32_t *)(void *)value_bytes(bytes)->data;
    bool locked = object_lock(t, r);
    for (size_t i = 0; i < words; i++, k -= 32) {
        uint32_t w = next_word_locked(r);
        out[i] = k < 32 ? w >> (32 - k) : w;
    }
    object_unlock(r, locked);
    return int_from_bytes(t, (uint8_t *)out, words * 4, true, false);
}

static Value random_getstate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Random *r = as_random(args[0]);
    Value state = tuple_new(t, MT_N + 1);
    if (!state) {
        return 0;
    }
    bool locked = object_lock(t, r);
    for (size_t i = 0; i < MT_N; i++) {
        gc_store(value_object(state), &value_tuple(state)->items[i], fixnum(r->state[i]));
    }
    gc_store(value_object(state), &value_tuple(state)->items[MT_N], fixnum(r->index));
    object_unlock(r, locked);
    return state;
}

static Value random_setstate(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    Random *r = as_random(args[0]);
    uint32_t state[MT_N];
    uint64_t w;
    int64_t index;
    if (!value_is_tuple(args[1])) {
        return type_error(t, "state vector must be a tuple");
    }
    if (tuple_len(args[1]) != MT_N + 1) {
        return value_error(t, "state vector is the wrong size");
    }
    for (size_t i = 0; i < MT_N; i++) {
        if (!value_to_uint64(t, tuple_get(args[1], i), &w)) {
            return 0;
        }
        state[i] = (uint32_t)w;
    }
    if (!value_to_int64(t, tuple_get(args[1], MT_N), &index)) {
        return 0;
    }
    if (index < 0 || index > MT_N) {
        return value_error(t, "invalid state");
    }
    bool locked = object_lock(t, r);
    memcpy(r->state, state, sizeof state);
    r->index = (uint32_t)index;
    object_unlock(r, locked);
    return NONE;
}

static const NativeDef random_methods[] = {
    {"random()", random_random, "random() -> x in the interval [0, 1).", 0},
    {"seed(n=None, /)", random_seed,
     "Starts the sequence that n stands for; None: one from the system.", 0},
    {"getstate()", random_getstate, "The state, for setstate().", 0},
    {"setstate(state, /)", random_setstate, "Restores a state of getstate().", 0},
    {"getrandbits(k, /)", random_getrandbits, "An int with k random bits.", 0},
    {0},
};

static Type random_type = {
    .head = OBJECT_STATIC_HEAD(&type_type),
    .name = "_random.Random",
    .doc = "Random() -> create a random number generator with its own internal state.",
    .flags = TYPE_BASETYPE | TYPE_LIKE_CLASS,
    .size = sizeof(Random),
    .new = random_new,
    .init = random_init,
    .methods = random_methods,
};

static bool random_exec(Thread *t, Value mod)
{
    return module_add_type(t, mod, &random_type);
}

const ModuleDef module__random = {"_random",
                                  "Module implements the Mersenne Twister random number generator.",
                                  NULL, random_exec};
