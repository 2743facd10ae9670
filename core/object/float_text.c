/* float to text and back, decimal and hexadecimal. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <strings.h>

#include "core/base/ascii.h"
#include "core/base/dtoa.h"
#include "core/base/memory.h"
#include "core/object/buffer.h"
#include "core/object/bytes.h"
#include "core/object/float_internal.h"
#include "core/object/int_internal.h"
#include "core/object/number_text.h"

Value float_repr_double(Thread *t, double d)
{
    char buf[32];
    int n = double_repr(d, buf);
    return str_from_ascii(t, buf, (size_t)n);
}

Value float_repr_slot(Thread *t, Value v)
{
    return float_repr_double(t, float_get(v));
}

Value float_format_double(Thread *t, double d, char code, int precision, unsigned flags)
{
    size_t n;
    char *p = double_format(d, code, precision, flags, &n);
    if (!p) {
        return raise_memory(t);
    }
    Value r = str_from_ascii(t, p, n);
    mem_free(p);
    return r;
}

bool float_strip_underscores(char *p, size_t *n)
{
    char prev = 0;
    size_t out = 0;
    for (size_t i = 0; i < *n; i++) {
        char c = p[i];
        if (c == '_') {
            if (!isdigit((unsigned char)prev)) {
                return false;
            }
        } else {
            if (prev == '_' && !isdigit((unsigned char)c)) {
                return false;
            }
            p[out++] = c;
        }
        prev = c;
    }
    *n = out;
    return prev != '_';
}

/* Text whose non-ASCII characters have been mapped; orig for the message. */
static Value parse_float(Thread *t, NumberText *x, Value orig)
{
    char *p = x->p;
    size_t n = x->n;
    while (n > 0 && ascii_is_c_space((uint8_t)*p)) {
        p++;
        n--;
    }
    while (n > 0 && ascii_is_c_space((uint8_t)p[n - 1])) {
        n--;
    }
    const char *end = p;
    double d = 0;
    if (n > 0 && float_strip_underscores(p, &n)) {
        d = double_parse(p, p + n, &end);
    }
    if (n == 0 || end != p + n) {
        return value_error(t, "could not convert string to float: %R", orig);
    }
    return float_new(t, d);
}

Value float_from_text(Thread *t, const char *p, size_t n, Value orig)
{
    NumberText x;
    if (!number_text_init_bytes(t, &x, p, n)) {
        return 0;
    }
    Value v = parse_float(t, &x, orig);
    number_text_free(&x);
    return v;
}

static Value float_from_str(Thread *t, Value s)
{
    NumberText x;
    if (!number_text_init(t, &x, s)) {
        return 0;
    }
    Value v = parse_float(t, &x, s);
    number_text_free(&x);
    return v;
}

static Value checked_float(Thread *t, Value x, Value v)
{
    if (!v || value_is_flonum(v) || type_of(v) == &float_type) {
        return v;
    }
    if (!value_is_float(v)) {
        return type_error(t, "%T.__float__ returned non-float (type %T)", x, v);
    }
    if (!warn(t, &exc_DeprecationWarning, 1,
              "%T.__float__ returned non-float (type %T).  The ability to return an instance of a "
              "strict subclass "
              "of float is deprecated, and may be removed in a future version of Python.",
              x, v)) {
        return 0;
    }
    return float_new(t, float_get(v));
}

Value float_from_object(Thread *t, Value x)
{
    Type *ty = type_of(x);
    if (ty == &float_type) {
        return x;
    }
    if (ty == &str_type) {
        return float_from_str(t, x);
    }
    if (ty->float_) {
        return checked_float(t, x, ty->float_(t, x));
    }
    if (ty->index) {
        Value i = number_index(t, x);
        double d = i ? int_to_double(t, i) : 0;
        return !i || (d == -1.0 && error_pending(t)) ? 0 : float_new(t, d);
    }
    if (value_is_str(x)) {
        return float_from_str(t, x);
    }
    if (value_has_buffer(x)) {
        Buffer view;
        if (!buffer_get_still(t, x, &view)) {
            return 0;
        }
        Value v = float_from_text(t, view.buf, (size_t)view.len, x);
        buffer_release(t, &view);
        return v;
    }
    return type_error(t, "float() argument must be a string or a real number, not '%T'", x);
}

/* ---- hexadecimal ---- */

Value float_hex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    double d = float_get(args[0]);
    if (!isfinite(d)) {
        return float_repr_double(t, d);
    }
    if (d == 0.0) {
        return str_from_cstr(t, signbit(d) ? "-0x0.0p+0" : "0x0.0p+0");
    }
    int e;
    double m = frexp(fabs(d), &e);
    if (e < -1021) {                                 /* subnormals keep the lowest exponent */
        m = ldexp(m, e + 1021);
        e = -1021;
    }
    uint64_t bits = (uint64_t)ldexp(m, 53);
    char buf[40];
    int len = snprintf(buf, sizeof buf, "%s0x%d.%013llxp%+d", d < 0 ? "-" : "", (int)(bits >> 52),
                       (unsigned long long)(bits & (((uint64_t)1 << 52) - 1)), e - 1);
    return str_from_ascii(t, buf, (size_t)len);
}

typedef struct HexParse {
    unsigned __int128 m;   /* leading significant bits */
    bool sticky;           /* lost bits were not all zero */
    int64_t e;             /* value = m * 2^e */
    bool any;              /* a digit was seen */
} HexParse;

static const char *take_hex_digits(const char *p, const char *end, bool fraction, HexParse *h)
{
    for (; p < end && isxdigit((unsigned char)*p); p++) {
        unsigned d =
            isdigit((unsigned char)*p) ? (unsigned)(*p - '0') : (unsigned)((*p | 0x20) - 'a' + 10);
        h->any = true;
        if (h->m >> 120) {
            h->sticky |= d != 0;
            h->e += fraction ? 0 : 4;
        } else {
            h->m = h->m << 4 | d;
            h->e -= fraction ? 4 : 0;
        }
    }
    return p;
}

static bool is_word(const char *p, const char *end, const char *word)
{
    return (size_t)(end - p) == strlen(word) && strncasecmp(p, word, (size_t)(end - p)) == 0;
}

/* false: no hexadecimal number; *d may be an infinity of overflow (checked by the caller through
 * *overflow). */
static bool parse_hex(const char *p, const char *end, double *d, bool *overflow)
{
    bool negative = p < end && *p == '-';
    *overflow = false;
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    if (is_word(p, end, "inf") || is_word(p, end, "infinity") || is_word(p, end, "nan")) {
        *d = (*p | 0x20) == 'i' ? INFINITY : NAN;
        *d = negative ? -*d : *d;
        return true;
    }
    if (end - p >= 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        p += 2;
    }
    HexParse h = {0};
    p = take_hex_digits(p, end, false, &h);
    if (p < end && *p == '.') {
        p = take_hex_digits(p + 1, end, true, &h);
    }
    if (!h.any) {
        return false;
    }
    if (p < end && (*p | 0x20) == 'p') {
        p++;
        bool minus = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+')) {
            p++;
        }
        if (p == end || !isdigit((unsigned char)*p)) {
            return false;
        }
        int64_t e = 0;
        for (; p < end && isdigit((unsigned char)*p); p++) {
            e = e < ((int64_t)1 << 58) ? e * 10 + (*p - '0') : e;
        }
        h.e += minus ? -e : e;
    }
    *d = double_from_scaled(h.m, h.sticky, h.e);
    *overflow = isinf(*d);
    *d = negative ? -*d : *d;
    return p == end;
}

Value float_fromhex_method(Thread *t, Value *args, size_t n UNUSED, Value kw UNUSED)
{
    if (!value_is_str(args[1])) {
        return type_error(t, "bad argument type for built-in operation");
    }
    size_t len;
    const char *p = str_utf8(t, args[1], &len);
    if (!p) {
        return 0;
    }
    const char *end = p + len;
    while (p < end && ascii_is_c_space((uint8_t)*p)) {
        p++;
    }
    while (end > p && ascii_is_c_space((uint8_t)end[-1])) {
        end--;
    }
    double d = 0;
    bool overflow = false, ok = parse_hex(p, end, &d, &overflow);
    if (!ok) {
        return value_error(t, "invalid hexadecimal floating-point string");
    }
    if (overflow) {
        return overflow_error(t, "hexadecimal value too large to represent as a float");
    }
    Value v = float_new(t, d);
    return !v || args[0] == object_value(&float_type) ? v : call1(t, args[0], v);
}
