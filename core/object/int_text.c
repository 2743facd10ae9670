/* int to text and back.  Powers of two are cut out of the bits; other bases go through mpn_get_str
 * and mpn_set_str, and obey the limit on digits (sys.set_int_max_str_digits). */
#include "core/base/ascii.h"
#include "core/base/memory.h"

#include "core/object/dict.h"
#include "core/object/int_internal.h"
#include "core/object/number_text.h"

static const char digit_chars[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static int max_digits(void)
{
    return __atomic_load_n(&runtime.config.int_max_str_digits, __ATOMIC_RELAXED);
}

/* The limit for a number of at most `digits` digits; 0: none.  A module whose namespace says
 * __any_digits__ has none: decimal keeps its coefficients as text. */
static size_t limit_for(Thread *t, size_t digits)
{
    size_t limit = (size_t)max_digits();
    if (digits <= limit || runtime.current_globals == NULL) {
        return limit;
    }
    Value globals = runtime.current_globals(t);
    return globals && dict_get_cstr(t, globals, "__any_digits__") ? 0 : limit;
}

static COLD Value limit_error(Thread *t, size_t digits)
{
    if (digits) {
        return value_error(
            t,
            "Exceeds the limit (%d digits) for integer string conversion: value has %zu "
            "digits; use sys.set_int_max_str_digits() to increase the limit",
            max_digits(), digits);
    }
    return value_error(t,
                       "Exceeds the limit (%d digits) for integer string conversion; use "
                       "sys.set_int_max_str_digits() to increase the limit",
                       max_digits());
}

static const char digit_pairs[201] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546"
    "4748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293"
    "949596979899";

static Value small_decimal(Thread *t, int64_t i)
{
    char buf[24], *p = buf + sizeof buf;
    uint64_t m = i < 0 ? -(uint64_t)i : (uint64_t)i;
    if (i >= 0 && i < 10) {
        return str_from_char(t, (uint32_t)('0' + i));
    }
    for (; m >= 100; m /= 100) {
        p -= 2;
        memcpy(p, digit_pairs + m % 100 * 2, 2);
    }
    if (m >= 10) {
        p -= 2;
        memcpy(p, digit_pairs + m * 2, 2);
    } else {
        *--p = (char)('0' + m);
    }
    if (i < 0) {
        *--p = '-';
    }
    return str_from_ascii(t, p, (size_t)(buf + sizeof buf - p));
}

/* Digits in base `base`, and limbs: what one of the two functions below makes of the other. */
typedef struct TextWork {
    unsigned char *digits;
    mp_limb_t *limbs;
    const IntView *from;
    size_t n; /* digits */
    int base;
    size_t used; /* limbs */
} TextWork;

static void limbs_to_digits(void *arg)
{
    TextWork *w = arg;
    mpn_copyi(w->limbs, w->from->p, (mp_size_t)w->from->n); /* mpn_get_str spoils them */
    w->n = mpn_get_str(w->digits, w->base, w->limbs, (mp_size_t)w->from->n);
}

/* Eight hexadecimal digits, the first one the highest. */
static uint64_t pack_eight(const unsigned char *digits)
{
    uint64_t w;
    memcpy(&w, digits, sizeof w);
    w = be64toh(w);
    w = (w | w >> 4) & 0x00ff00ff00ff00ff;
    w = (w | w >> 8) & 0x0000ffff0000ffff;
    return (w | w >> 16) & 0xffffffff;
}

/* Digits of so many bits each; the limbs used. */
static size_t pack_digits(mp_limb_t *limbs, const unsigned char *digits, size_t n, unsigned bits)
{
    size_t used = 0;
    unsigned have = 0; /* bits of limb */
    for (; bits == 4 && n >= 16; n -= 16) {
        limbs[used++] = pack_eight(digits + n - 16) << 32 | pack_eight(digits + n - 8);
    }
    for (uint64_t limb = 0; n > 0 || have > 0;) {
        if (n > 0) {
            uint64_t d = digits[--n];
            limb |= d << have;
            have += bits;
            if (have < 64) {
                continue;
            }
            limbs[used++] = limb;
            have -= 64;
            limb = d >> (bits - have);
        } else {
            limbs[used++] = limb;
            have = 0;
        }
    }
    return used;
}

static void digits_to_limbs(void *arg)
{
    TextWork *w = arg;
    if (w->base & (w->base - 1)) {
        w->used = (size_t)mpn_set_str(w->limbs, w->digits, w->n, w->base);
    } else {
        unsigned bits = (unsigned)__builtin_ctz((unsigned)w->base);
        w->used = pack_digits(w->limbs, w->digits, w->n, bits);
    }
}

/* Digits made by limbs_to_digits, behind a free byte, as text with the sign. */
static Value digits_text(Thread *t, const TextWork *work, size_t limit)
{
    unsigned char *p = work->digits;
    size_t n = work->n;
    while (n > 1 && *p == 0) {
        p++;
        n--;
    }
    if (limit && n > limit) {
        return limit_error(t, 0);
    }
    for (size_t i = 0; i < n; i++) {
        p[i] += '0';
    }
    if (work->from->negative) {
        *--p = '-';
        n++;
    }
    return str_from_ascii(t, (char *)p, n);
}

static Value big_decimal(Thread *t, const IntView *w)
{
    enum { LOCAL_LIMBS = 16 }; /* up to here digits are made on the C stack */
    size_t bits = w->n * 64, cap = bits * 3 / 9 + 3; /* 1/3 > log10(2) */
    size_t limit = limit_for(t, cap);
    if (limit && bits > limit * 10 / 3 + 128) {  /* certainly too long: 3.32 bits per digit */
        return limit_error(t, 0);
    }
    TextWork work = {.from = w, .base = 10};
    if (w->n <= LOCAL_LIMBS) {
        mp_limb_t limbs[LOCAL_LIMBS];
        unsigned char digits[LOCAL_LIMBS * 64 / 3 + 4];
        work.limbs = limbs;
        work.digits = digits + 1;
        limbs_to_digits(&work);
        return digits_text(t, &work, limit);
    }
    unsigned char *text = mem_alloc(cap + 1);
    work.limbs = mem_alloc(w->n * sizeof *work.limbs);
    work.digits = text + 1;
    bool ok = text && work.limbs;
    if (!ok) {
        raise_memory(t);
    } else if (w->n <= INT_SURE_LIMBS) {
        limbs_to_digits(&work);
    } else {
        ok = gmp_run(t, limbs_to_digits, &work, true);
    }
    mem_free(work.limbs);
    Value r = ok ? digits_text(t, &work, limit) : 0;
    mem_free(text);
    return r;
}

Value int_decimal_text(Thread *t, Value v)
{
    int64_t i;
    if (LIKELY(int_try_int64(v, &i))) {
        return small_decimal(t, i);
    }
    IntView w;
    int_view(v, &w);
    return big_decimal(t, &w);
}

/* prefix: "" or two characters that go before the digits */
static Value power_of_two_text(Thread *t, Value v, int bits, const char *prefix)
{
    IntView w;
    int_view(v, &w);
    size_t len = (int_bit_length(v) + (size_t)bits - 1) / (size_t)bits;
    len += len == 0;
    char small[80];
    char *text = len + 3 <= sizeof small ? small : mem_alloc(len + 3);
    if (!text) {
        return raise_memory(t);
    }
    char *end = text + len + 3, *p = end;
    unsigned mask = (1u << bits) - 1;
    if (w.n <= 1) {
        uint64_t x = w.n ? w.p[0] : 0;
        do {
            *--p = digit_chars[x & mask];
            x >>= bits;
        } while (x);
        len = 0;
    }
    for (size_t d = 0; d < len; d++) {
        size_t at = d * (size_t)bits, limb = at / 64, off = at % 64;
        uint64_t x = limb < w.n ? w.p[limb] >> off : 0;
        if (off + (size_t)bits > 64 && limb + 1 < w.n) {
            x |= w.p[limb + 1] << (64 - off);
        }
        *--p = digit_chars[x & mask];
    }
    if (*prefix) {
        p -= 2;
        memcpy(p, prefix, 2);
    }
    if (w.negative) {
        *--p = '-';
    }
    Value r = str_from_ascii(t, p, (size_t)(end - p));
    if (text != small) {
        mem_free(text);
    }
    return r;
}

static int digit_bits(int base)
{
    assert(base == 2 || base == 8 || base == 16);
    return base == 2 ? 1 : base == 8 ? 3 : 4;
}

Value int_to_str(Thread *t, Value v, int base)
{
    return base == 10 ? int_decimal_text(t, v) : power_of_two_text(t, v, digit_bits(base), "");
}

Value int_to_prefixed(Thread *t, Value v, int base)
{
    return power_of_two_text(t, v, digit_bits(base), base == 2 ? "0b" : base == 8 ? "0o" : "0x");
}

/* ---- text to int ---- */

enum { NO_DIGIT = 36 };
/* The values of characters as digits. */
static const uint8_t digit_values[256] = {
    [0 ... '0' - 1] = NO_DIGIT, ['9' + 1 ... 'A' - 1] = NO_DIGIT,
    ['Z' + 1 ... 'a' - 1] = NO_DIGIT, ['z' + 1 ... 255] = NO_DIGIT,
#define DIGIT(v, c) [c] = v, [(c) | 32] = v
    ['0'] = 0, ['1'] = 1, ['2'] = 2, ['3'] = 3, ['4'] = 4, ['5'] = 5, ['6'] = 6, ['7'] = 7,
    ['8'] = 8, ['9'] = 9, DIGIT(10, 'A'), DIGIT(11, 'B'), DIGIT(12, 'C'), DIGIT(13, 'D'),
    DIGIT(14, 'E'), DIGIT(15, 'F'), DIGIT(16, 'G'), DIGIT(17, 'H'), DIGIT(18, 'I'),
    DIGIT(19, 'J'), DIGIT(20, 'K'), DIGIT(21, 'L'), DIGIT(22, 'M'), DIGIT(23, 'N'),
    DIGIT(24, 'O'), DIGIT(25, 'P'), DIGIT(26, 'Q'), DIGIT(27, 'R'), DIGIT(28, 'S'),
    DIGIT(29, 'T'), DIGIT(30, 'U'), DIGIT(31, 'V'), DIGIT(32, 'W'), DIGIT(33, 'X'),
    DIGIT(34, 'Y'), DIGIT(35, 'Z'),
#undef DIGIT
};

/* Reads an optional prefix; returns the base, 0: "0" with more digits in base 0 is only zero. */
static int take_prefix(const char **p, const char *end, int base, bool *prefixed)
{
    *prefixed = false;
    const char *s = *p;
    int found = 0;
    if (end - s >= 2 && s[0] == '0') {
        char c = (char)(s[1] | 0x20);
        found = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
    }
    if (found && (base == 0 || base == found)) {
        *p = s + 2;
        *prefixed = true;
        return found;
    }
    return base ? base : 10;
}

/* Values of the digits of a valid literal, underscores dropped; the count, or -1: not a literal. */
static ssize_t collect_digits(const char *p, const char *end, int base, bool prefixed,
                              unsigned char *out)
{
    unsigned char *to = out;
    bool may_underscore = prefixed;
    for (; p < end; p++) {
        const unsigned char *from = to;
        for (int d; p < end && (d = digit_values[(uint8_t)*p]) < base; p++) {
            *to++ = (unsigned char)d;
        }
        may_underscore |= to != from;
        if (p == end) {
            break;
        }
        if (*p != '_' || !may_underscore) {
            return -1;
        }
        may_underscore = false;
    }
    return to != out && may_underscore ? to - out : -1;
}

static Value digits_to_int(Thread *t, unsigned char *d, size_t n, int base, bool negative)
{
    while (n > 0 && *d == 0) {
        d++;
        n--;
    }
    if (n <= 12 || (n <= 18 && base <= 10)) {
        int64_t v = 0;
        for (size_t i = 0; i < n; i++) {
            v = v * base + d[i];
        }
        return int_from_int64(t, negative ? -v : v);
    }
    size_t bits = base <= 4 ? 2 : base <= 8 ? 3 : base <= 16 ? 4 : base <= 32 ? 5 : 6;
    size_t need = n / 64 * bits + (n % 64 * bits + 63) / 64 + 2;
    BigInt *b = big_new(t, need);
    if (!b) {
        return 0;
    }
    TextWork work = {.digits = d, .limbs = (mp_limb_t *)b->limbs, .n = n, .base = base};
    if (need <= INT_SURE_LIMBS) {
        digits_to_limbs(&work);
    } else if (!gmp_run(t, digits_to_limbs, &work, true)) {
        return 0;
    }
    for (size_t i = work.used; i < need; i++) {
        b->limbs[i] = 0;
    }
    return int_finish(b, work.used, negative);
}

/* 1: *out set; 0: no int literal; -1: raised. */
static int parse_int(Thread *t, const char *p, size_t n, int base, Value *out)
{
    const char *end = p + n;
    while (p < end && ascii_is_c_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_c_space((uint8_t)end[-1])) {
        end--;
    }
    bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    bool prefixed;
    int real = take_prefix(&p, end, base, &prefixed);
    unsigned char small[64],
        *digits = end - p <= (ssize_t)sizeof small ? small : mem_alloc((size_t)(end - p));
    if (!digits) {
        raise_memory(t);
        return -1;
    }
    int status = 0;
    ssize_t count = collect_digits(p, end, real, prefixed, digits);
    if (count > 0 && base == 0 && !prefixed && digits[0] == 0) {
        for (ssize_t i = 1; i < count && count > 0; i++) { /* 00 is zero, 010 is no literal */
            count = digits[i] ? -1 : count;
        }
    }
    if (count > 0) {
        size_t limit = real & (real - 1) ? limit_for(t, (size_t)count) : 0;
        if (limit && (size_t)count > limit) {
            limit_error(t, (size_t)count);
            status = -1;
        } else {
            *out = digits_to_int(t, digits, (size_t)count, real, negative);
            status = *out ? 1 : -1;
        }
    }
    if (digits != small) {
        mem_free(digits);
    }
    return status;
}

Value int_from_literal(Thread *t, const char *p, size_t n, int base, Value orig)
{
    Value v;
    int status = parse_int(t, p, n, base, &v);
    if (status == 0) {
        return value_error(t, "invalid literal for int() with base %d: %.200R", base, orig);
    }
    return status > 0 ? v : 0;
}

Value int_from_text(Thread *t, const char *p, size_t n, int base)
{
    Value v;
    int status = parse_int(t, p, n, base, &v);
    if (status == 0) {
        Value orig = str_from_utf8(t, p, n);
        return orig ? int_from_literal(t, "", 0, base, orig) : 0;
    }
    return status > 0 ? v : 0;
}

Value int_from_str_value(Thread *t, Value s, int base)
{
    NumberText x;
    if (!number_text_init(t, &x, s)) {
        return 0;
    }
    Value v = int_from_literal(t, x.p, x.n, base, s);
    number_text_free(&x);
    return v;
}
