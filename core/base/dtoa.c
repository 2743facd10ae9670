/* dtoa.h.
 *
 * Parsing: up to 19 digits and a small power of ten are exact in doubles (W. Clinger, "How to read
 * floating point numbers accurately"); everything else goes to strtod_l in the C locale, which is
 * correctly rounded. Shortest digits: Schubfach (R. Giulietti, "The Schubfach way to render
 * doubles"), with a table of 128-bit powers of ten that is computed once.
 * Fixed precision: glibc's snprintf is exact for every precision; the thread's locale is switched
 * to "C" around it.
 */
#include "core/base/dtoa.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/memory.h"

enum { POW_MIN = -292, POW_MAX = 324, WORDS = 19 };

typedef struct Pow10 { uint64_t hi, lo; } Pow10; /* ceil(10^k scaled to 128 bits) */

static Pow10 pow10_table[POW_MAX - POW_MIN + 1];
static locale_t c_locale;
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

/* The top 128 bits of a little-endian number, rounded up when the rest is not zero (or `inexact`).
 */
static Pow10 top_bits(const uint64_t *x, bool inexact)
{
    int top = WORDS - 1;
    while (x[top] == 0) {
        top--;
    }
    int shift = __builtin_clzll(x[top]);
    uint64_t w[3];
    for (int i = 0; i < 3; i++) {
        w[i] = top - i >= 0 ? x[top - i] : 0;
    }
    Pow10 r = {w[0], w[1]};
    uint64_t rest = w[2];
    if (shift != 0) {
        r.hi = w[0] << shift | w[1] >> (64 - shift);
        r.lo = w[1] << shift | w[2] >> (64 - shift);
        rest = w[2] << shift;
    }
    for (int i = top - 3; i >= 0; i--) {
        rest |= x[i];
    }
    if (rest != 0 || inexact) {
        r.lo++;
        r.hi += r.lo == 0;
    }
    return r;
}

static void make_tables(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", NULL);
    uint64_t x[WORDS] = {1};
    for (int k = 0; k <= POW_MAX; k++) { /* x = 10^k */
        pow10_table[k - POW_MIN] = top_bits(x, false);
        unsigned __int128 carry = 0;
        for (int i = 0; i < WORDS; i++) {
            carry += (unsigned __int128)x[i] * 10;
            x[i] = (uint64_t)carry;
            carry >>= 64;
        }
    }
    memset(x, 0, sizeof x);
    x[WORDS - 1] = 1; /* x = floor(2^1152 / 10^k) */
    for (int k = 1; k <= -POW_MIN; k++) {
        unsigned __int128 rest = 0;
        for (int i = WORDS - 1; i >= 0; i--) {
            rest = rest << 64 | x[i];
            x[i] = (uint64_t)(rest / 10);
            rest %= 10;
        }
        pow10_table[-k - POW_MIN] = top_bits(x, true);
    }
}

static void need_tables(void)
{
    pthread_once(&tables_once, make_tables);
}

/* ---- parsing ---- */

static inline bool is_digit(const char *p, const char *limit)
{
    return p < limit && *p >= '0' && *p <= '9';
}

static const char *match_word(const char *p, const char *limit, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(limit - p) >= n && strncasecmp(p, word, n) == 0 ? p + n : NULL;
}

static double parse_special(const char *p, const char *limit, const char **end)
{
    const char *after = match_word(p, limit, "infinity");
    if (after == NULL) {
        after = match_word(p, limit, "inf");
    }
    if (after != NULL) {
        *end = after;
        return HUGE_VAL;
    }
    after = match_word(p, limit, "nan");
    if (after != NULL) {
        *end = after;
        return (double)NAN;
    }
    return 0.0;
}

static double parse_slowly(const char *p, size_t n)
{
    char small[128];
    char *text = n < sizeof small ? small : mem_alloc(n + 1);
    if (text == NULL) { /* the first 127 bytes decide all but the last bits */
        text = small;
        n = sizeof small - 1;
    }
    memcpy(text, p, n);
    text[n] = 0;
    int saved = errno;
    double d = strtod_l(text, NULL, c_locale);
    errno = saved;
    if (text != small) {
        mem_free(text);
    }
    return d;
}

double double_parse(const char *p, const char *limit, const char **end)
{
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *start = p;
    bool negative = false;
    *end = p;
    if (p < limit && (*p == '+' || *p == '-')) {
        negative = *p++ == '-';
    }
    const char *number = p;
    uint64_t mantissa = 0;
    int digits = 0, significant = 0;
    long exponent = 0;
    bool point = false;
    for (;; p++) {
        if (is_digit(p, limit)) {
            digits++;
            if (mantissa != 0 || *p != '0') {
                significant++;
            }
            if (significant <= 19) {
                mantissa = mantissa * 10 + (uint64_t)(*p - '0');
            }
            exponent -= point;
        } else if (p < limit && *p == '.' && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (digits == 0) {
        double special = parse_special(number, limit, end);
        if (*end == start) {
            return 0.0;
        }
        return negative ? -special : special;
    }
    if (p < limit && (*p == 'e' || *p == 'E')) {
        const char *e = p + 1;
        bool minus = e < limit && *e == '-';
        if (e < limit && (*e == '+' || *e == '-')) {
            e++;
        }
        if (is_digit(e, limit)) {
            long value = 0;
            for (; is_digit(e, limit); e++) {
                value = value < 100000000 ? value * 10 + (*e - '0') : value;
            }
            exponent += minus ? -value : value;
            p = e;
        }
    }
    *end = p;
    double d;
    if (mantissa == 0) {
        d = 0.0;
    } else if (significant <= 19 && mantissa < (uint64_t)1 << 53 && exponent >= -22 &&
               exponent <= 22) {
        d = (double)mantissa;
        d = exponent < 0 ? d / exact[-exponent] : d * exact[exponent];
    } else {
        need_tables();
        d = parse_slowly(number, (size_t)(p - number));
    }
    return negative ? -d : d;
}

/* ---- shortest digits ---- */

static inline uint64_t round_to_odd(Pow10 g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g.lo * c;
    unsigned __int128 high = (unsigned __int128)g.hi * c + (uint64_t)(low >> 64);
    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

/* |d| = *digits * 10^exponent with the fewest digits (trailing zeros possible); d finite, not 0. */
static int schubfach(double d, uint64_t *digits)
{
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int biased = (int)(bits >> 52 & 0x7ff);
    uint64_t c = biased ? fraction | (uint64_t)1 << 52 : fraction;
    int q = (biased ? biased : 1) - 1075;
    if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) {
        *digits = c >> -q; /* an integer below 2^53 */
        return 0;
    }
    bool odd = c & 1;
    /* the lower neighbour is nearer than the upper one */
    bool closer = fraction == 0 && biased > 1;
    int k = (q * 1262611 - (closer ? 524031 : 0)) >> 22; /* floor(log10(2^q)), or of 3/4 * 2^q */
    int h = q + ((-k * 1741647) >> 19) + 1;             /* floor(log2(10^-k)) */
    Pow10 g = pow10_table[-k - POW_MIN];
    uint64_t lower = round_to_odd(g, (4 * c - 2 + closer) << h) + odd;
    uint64_t value = round_to_odd(g, 4 * c << h);
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = value / 4;
    if (s >= 10) {
        uint64_t tens = s / 10;
        bool below_fits = lower <= 40 * tens, above_fits = 40 * tens + 40 <= upper;
        if (below_fits != above_fits) {
            *digits = tens + above_fits;
            return k + 1;
        }
    }
    bool below_fits = lower <= 4 * s, above_fits = 4 * s + 4 <= upper;
    if (below_fits != above_fits) {
        *digits = s + above_fits;
        return k;
    }
    uint64_t middle = 4 * s + 2;
    *digits = s + (value > middle || (value == middle && (s & 1)));
    return k;
}

int double_shortest(double d, char digits[18], int *point)
{
    if (d == 0) {
        strcpy(digits, "0");
        *point = 1;
        return 1;
    }
    need_tables();
    uint64_t value;
    int exponent = schubfach(d, &value);
    while (value % 10 == 0) {
        value /= 10;
        exponent++;
    }
    char reversed[20];
    int n = 0;
    for (; value != 0; value /= 10) {
        reversed[n++] = (char)('0' + value % 10);
    }
    for (int i = 0; i < n; i++) {
        digits[i] = reversed[n - 1 - i];
    }
    digits[n] = 0;
    *point = n + exponent;
    return n;
}

static char *put_exponent(char *at, int exponent)
{
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    int e = abs(exponent);
    if (e >= 100) {
        *at++ = (char)('0' + e / 100);
    }
    *at++ = (char)('0' + e / 10 % 10);
    *at++ = (char)('0' + e % 10);
    return at;
}

/* Repr without sign; dot_0: "1.0" rather than "1". */
static int repr_unsigned(double d, bool dot_0, char *out)
{
    char digits[18];
    int point, n = double_shortest(d, digits, &point);
    char *at = out;
    if (point > 16 || point < -3) {
        *at++ = digits[0];
        if (n > 1) {
            *at++ = '.';
            memcpy(at, digits + 1, (size_t)n - 1);
            at += n - 1;
        }
        at = put_exponent(at, point - 1);
    } else if (point <= 0) {
        *at++ = '0';
        *at++ = '.';
        for (int i = point; i < 0; i++) {
            *at++ = '0';
        }
        memcpy(at, digits, (size_t)n);
        at += n;
    } else {
        for (int i = 0; i < point || i < n; i++) {
            if (i == point) {
                *at++ = '.';
            }
            *at++ = i < n ? digits[i] : '0';
        }
        if (n <= point && dot_0) {
            *at++ = '.';
            *at++ = '0';
        }
    }
    *at = 0;
    return (int)(at - out);
}

int double_repr(double d, char out[32])
{
    if (isnan(d)) {
        strcpy(out, "nan");
        return 3;
    }
    int sign = signbit(d) != 0;
    out[0] = '-';
    if (isinf(d)) {
        strcpy(out + sign, "inf");
        return sign + 3;
    }
    return sign + repr_unsigned(fabs(d), true, out + sign);
}

/* ---- fixed precision ---- */

/* snprintf in the C locale into fresh memory with `room` bytes to spare at both ends. */
static char *print_exactly(double d, char code, int precision, bool alt, size_t room, size_t *len)
{
    need_tables();
    char fmt[16];
    snprintf(fmt, sizeof fmt, alt ? "%%#.*%c" : "%%.*%c", code);
    locale_t old = uselocale(c_locale);
    char small[64];
    char *out = NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int n = snprintf(small, sizeof small, fmt, precision, d);
    if (n >= 0) {
        out = mem_alloc((size_t)n + 1 + 2 * room);
    }
    if (out != NULL) {
        if ((size_t)n < sizeof small) {
            memcpy(out + room, small, (size_t)n + 1);
        } else {
            snprintf(out + room, (size_t)n + 1, fmt, precision, d);
        }
        *len = (size_t)n;
    }
#pragma GCC diagnostic pop
    uselocale(old);
    return out;
}

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n && p[i] != 'e' && p[i] != 'E'; i++) {
        if (p[i] >= '1' && p[i] <= '9') {
            return false;
        }
    }
    return true;
}

/* 'g' for numbers that must keep a '.' or an exponent: all digits before the point is one too many.
 */
static char *print_short(double d, int precision, size_t room, size_t *len)
{
    int digits = precision > 0 ? precision : 1;
    char *out = print_exactly(d, 'e', digits - 1, false, room, len);
    if (out == NULL) {
        return NULL;
    }
    char *text = out + room, *e = strchr(text, 'e');
    if (e == NULL || atoi(e + 1) != digits - 1) {
        mem_free(out);
        return print_exactly(d, 'g', precision, false, room, len);
    }
    char *end = e;
    if (digits > 1) {
        while (end[-1] == '0') {
            end--;
        }
        end -= end[-1] == '.';
    }
    memmove(end, e, strlen(e) + 1);
    *len = strlen(text);
    return out;
}

/* d >= 0 with 0..9 digits behind the point, rounded half to even: m * 10^precision / 2^k in 128
 * bits is exact.  The length of the text, at most 30 bytes without a NUL; 0: d is too large for
 * this way. */
static size_t print_fixed(double d, int precision, bool alt, char *out)
{
    static const uint32_t powers[] = {1,      10,      100,      1000,      10000,
                                      100000, 1000000, 10000000, 100000000, 1000000000};
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    int exponent = (int)(bits >> 52);
    uint64_t m = exponent == 0 ? fraction : fraction | (uint64_t)1 << 52;
    int k = 1075 - (exponent == 0 ? 1 : exponent); /* d is m / 2^k */
    if (precision > 9 || k < -10) {
        return 0;
    }
    unsigned __int128 v = (unsigned __int128)m * powers[precision], q = 0;
    if (k <= 0) {
        q = v << -k;
    } else if (k < 128) { /* v < 2^83: below that everything rounds to 0 */
        unsigned __int128 half = (unsigned __int128)1 << (k - 1), rest = v & (half * 2 - 1);
        q = v >> k;
        q += rest > half || (rest == half && (q & 1));
    }
    if (q > UINT64_MAX) {
        return 0;
    }
    char digits[24];
    int n = 0;
    for (uint64_t left = (uint64_t)q; left != 0 || n <= precision; left /= 10) {
        digits[n++] = (char)('0' + left % 10);
    }
    size_t at = 0;
    while (n > precision) {
        out[at++] = digits[--n];
    }
    if (precision > 0 || alt) {
        out[at++] = '.';
    }
    while (n > 0) {
        out[at++] = digits[--n];
    }
    return at;
}

/* The n decimal digits, rounded to `keep` of them (half up), without zeros at the end; *point moves
 * when 99 becomes 100.  Returns how many are left. */
static int round_digits(char *digits, int n, int keep, int *point)
{
    if (n > keep) {
        n = keep;
        if (digits[keep] >= '5') {
            while (n > 0 && digits[n - 1] == '9') {
                n--;
            }
            if (n == 0) {
                digits[n++] = '1';
                ++*point;
            } else {
                digits[n - 1]++;
            }
        }
    }
    while (n > 1 && digits[n - 1] == '0') {
        n--;
    }
    return n;
}

enum { DIGITS_ROOM = 40 };

/* The first `keep` digits of d >= 0, correctly rounded, without zeros at the end; how many, 0: no
 * memory.  Most come from the shortest form: 15 digits of a normal number and that form agree as
 * far as both go, and when more digits are cut off the one rounds as the other, but for ties. */
static int leading_digits(double d, int keep, char digits[DIGITS_ROOM], int *point)
{
    if (d == 0 || (keep <= 15 && isnormal(d))) {
        int n = double_shortest(d, digits, point);
        if (n != keep + 1 || digits[keep] != '5') {
            return round_digits(digits, n, keep, point);
        }
    }
    size_t len;
    char *text = print_exactly(d, 'e', keep - 1, false, 0, &len); /* 1.234e+05 */
    if (text == NULL) {
        return 0;
    }
    digits[0] = text[0];
    memcpy(digits + 1, text + 2, (size_t)keep - 1);
    *point = atoi(strchr(text, 'e') + 1) + 1;
    mem_free(text);
    return round_digits(digits, keep, keep, point);
}

/* What code e or g makes of d >= 0 when it has no more than DIGITS_ROOM digits.  The length, at
 * most DIGITS_ROOM + 10; 0: not this way. */
static size_t print_digits(double d, char code, int precision, bool alt, char *out)
{
    bool upper = code == 'E' || code == 'G', general = code == 'g' || code == 'G';
    int point, keep = general && precision == 0 ? 1 : precision < DIGITS_ROOM ? precision + !general
                                                                            : DIGITS_ROOM + 1;
    char digits[DIGITS_ROOM];
    int n = keep <= DIGITS_ROOM ? leading_digits(d, keep, digits, &point) : 0;
    if (n == 0) {
        return 0;
    }
    bool scientific = !general || point <= -4 || point > keep;
    int before = scientific ? 1 : point; /* so many stand in front of the point */
    int behind = general && !alt ? n - before : keep - before;
    char *at = out;
    for (int k = before < 1 ? -1 : 0; k < (before < 1 ? 0 : before); k++) {
        *at++ = k >= 0 && k < n ? digits[k] : '0';
    }
    if (behind > 0 || alt) {
        *at++ = '.';
    }
    for (int k = before; k < before + behind; k++) {
        *at++ = k >= 0 && k < n ? digits[k] : '0';
    }
    if (scientific) {
        char *e = at;
        at = put_exponent(at, point - 1);
        *e = upper ? 'E' : 'e';
    }
    return (size_t)(at - out);
}

static char *body_text(double d, char code, int precision, unsigned flags, size_t room, size_t *len)
{
    char *out = NULL;
    if (isnan(d) || isinf(d) || code == 'r') {
        char small[32];
        if (isnan(d) || isinf(d)) {
            bool upper = code == 'E' || code == 'F' || code == 'G';
            strcpy(small, isnan(d) ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf"));
            *len = 3;
        } else {
            *len = (size_t)repr_unsigned(d, flags & DTOA_DOT_0, small);
        }
        out = mem_alloc(*len + 1 + 2 * room);
        if (out != NULL) {
            memcpy(out + room, small, *len + 1);
        }
    } else if (code == 'g' && (flags & DTOA_DOT_0) && !(flags & DTOA_ALT)) {
        out = print_short(d, precision, room, len);
    } else {
        char small[DIGITS_ROOM + 10];
        bool fixed = code == 'f' || code == 'F' || code == '%';
        size_t n = fixed ? print_fixed(d, precision, flags & DTOA_ALT, small)
                         : print_digits(d, code, precision, flags & DTOA_ALT, small);
        if (n == 0) {
            return print_exactly(d, code == '%' ? 'f' : code, precision, flags & DTOA_ALT, room,
                                 len);
        }
        out = mem_alloc(n + 1 + 2 * room);
        if (out != NULL) {
            memcpy(out + room, small, n);
            out[room + n] = 0;
            *len = n;
        }
    }
    return out;
}

char *double_format(double d, char code, int precision, unsigned flags, size_t *len)
{
    enum { ROOM = 4 };
    if (code == '%') {
        d *= 100;
    }
    bool negative = signbit(d) && !isnan(d);
    size_t n = 0;
    char *out = body_text(fabs(d), code, precision, flags, ROOM, &n);
    if (out == NULL) {
        return NULL;
    }
    char *at = out + ROOM;
    if ((flags & DTOA_DOT_0) && isfinite(d) && strpbrk(at, ".eE") == NULL) {
        memcpy(at + n, ".0", 3);
        n += 2;
    }
    if (code == '%') {
        memcpy(at + n, "%", 2);
        n++;
    }
    if (negative && (flags & DTOA_NO_NEG_0) && isfinite(d) && all_zero(at, n)) {
        negative = false;
    }
    if (negative || (flags & (DTOA_SIGN | DTOA_SPACE))) {
        *--at = negative ? '-' : flags & DTOA_SIGN ? '+' : ' ';
        n++;
    }
    memmove(out, at, n + 1);
    *len = n;
    return out;
}
