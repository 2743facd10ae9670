/* Coefficients as decimal digits, and back. */
#include "modules/_decimal/big.h"

/* "00" .. "99" */
static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

static void put_u64(uint64_t v, char *text, int64_t digits)
{
    int64_t i = digits;
    for (; i >= 2; v /= 100) {
        i -= 2;
        memcpy(text + i, pairs + v % 100 * 2, 2);
    }
    if (i > 0) {
        text[0] = (char)('0' + v % 10);
    }
}

static void put_u128(uint128 v, char *text, int64_t digits)
{
    if (digits <= 19) {
        put_u64((uint64_t)v, text, digits);
        return;
    }
    uint64_t unit = pow10_u64[19], low, top = (uint64_t)(v >> 64);
    uint64_t mid = divide_two_limbs(top % unit, (uint64_t)v, unit, &low);
    put_u64(low, text + digits - 19, 19);
    uint128 high = (uint128)(top / unit) << 64 | mid;
    if (digits <= 38) {
        put_u64((uint64_t)high, text, digits - 19);
    } else {
        put_u128(high, text, digits - 19);
    }
}

bool limbs_to_text(const uint64_t *p, size_t n, char *text, int64_t digits)
{
    if (n <= 2) {
        put_u128(limbs_u128(p, n), text, digits);
        return true;
    }
    Big copy;
    big_init(&copy);
    unsigned char *out = mem_alloc((size_t)digits + 2);
    bool ok = out && big_reserve(&copy, n + 1) && big_set(&copy, p, n);
    if (ok) {
        size_t len = mpn_get_str(out, 10, copy.p, (mp_size_t)n), skip = 0;
        while (skip < len && out[skip] == 0) {
            skip++;
        }
        size_t shown = len - skip;
        assert((int64_t)shown <= digits);
        memset(text, '0', (size_t)digits - shown);
        for (size_t i = 0; i < shown; i++) {
            text[(size_t)digits - shown + i] = (char)('0' + out[skip + i]);
        }
    }
    mem_free(out);
    big_clear(&copy);
    return ok;
}

static uint64_t take_u64(const char *text, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    return v;
}

bool big_from_text(Big *r, const char *text, size_t n)
{
    while (n > 0 && *text == '0') {
        text++;
        n--;
    }
    if (n <= 19) {
        big_set_u64(r, take_u64(text, n));
        return true;
    }
    if (n <= 38) {
        uint128 high = take_u64(text, n - 19);
        big_set_u128(r, high * pow10_u64[19] + take_u64(text + n - 19, 19));
        return true;
    }
    if ((int64_t)n > BIG_MAX_DIGITS || !big_reserve(r, n / 19 + 2)) {
        return false;
    }
    unsigned char *values = mem_alloc(n);
    if (!values) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = (unsigned char)(text[i] - '0');
    }
    r->n = (size_t)mpn_set_str(r->p, values, n, 10);
    r->n = limbs_trim(r->p, r->n);
    mem_free(values);
    return true;
}
