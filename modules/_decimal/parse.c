/* Numbers from text: [sign] digits [. digits] [E [sign] digits], Inf[inity], [s]NaN[digits]. */
#include <strings.h>

#include "core/base/ascii.h"
#include "modules/_decimal/number.h"

static bool parse_nan(Num *r, const char *p, const char *end, Env *e)
{
    const char *start = p;
    while (p < end && ascii_is_digit(*p)) {
        p++;
    }
    if (p != end) {
        return false;
    }
    while (start < end && *start == '0') {
        start++;
    }
    if (end - start > e->prec - e->clamp) {
        return false;
    }
    if (!big_from_text(&r->c, start, (size_t)(end - start))) {
        num_no_memory(r, e);
    }
    return true;
}

/* What exponents beyond every limit come out as. */
#define EXPONENT_BEYOND INT64_C(4000000000000000000)

static bool parse_exponent(const char *p, const char *end, int64_t *out)
{
    bool neg = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    if (p == end) {
        return false;
    }
    int64_t exp = 0;
    for (; p < end; p++) {
        if (!ascii_is_digit(*p)) {
            return false;
        }
        exp = exp < EXPONENT_BEYOND / 10 ? exp * 10 + (*p - '0') : EXPONENT_BEYOND;
    }
    *out = neg ? -exp : exp;
    return true;
}

/* The digits from p to end, a point among them perhaps, as the coefficient. */
static bool coefficient(Num *r, const char *p, const char *point, const char *end)
{
    if (!point) {
        return big_from_text(&r->c, p, (size_t)(end - p));
    }
    size_t whole = (size_t)(point - p), part = (size_t)(end - point - 1);
    char small[64], *text = whole + part <= sizeof small ? small : mem_alloc(whole + part);
    if (!text) {
        return false;
    }
    memcpy(text, p, whole);
    memcpy(text + whole, point + 1, part);
    bool ok = big_from_text(&r->c, text, whole + part);
    if (text != small) {
        mem_free(text);
    }
    return ok;
}

static bool parse_finite(Num *r, const char *p, const char *end, Env *e)
{
    const char *start = p, *point = NULL;
    for (; p < end && (ascii_is_digit(*p) || (*p == '.' && !point)); p++) {
        point = *p == '.' ? p : point;
    }
    int64_t fraction = point ? p - point - 1 : 0, exp = 0;
    if (p - start - (point != NULL) == 0) {
        return false;
    }
    if (p < end && ((*p != 'e' && *p != 'E') || !parse_exponent(p + 1, end, &exp))) {
        return false;
    }
    r->exp = exp - fraction;
    if (!coefficient(r, start, point, p)) {
        num_no_memory(r, e);
    }
    return true;
}

bool num_parse(Num *r, const char *text, size_t n, Env *e)
{
    const char *p = text, *end = text + n;
    bool neg = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
    }
    size_t left = (size_t)(end - p);
    num_zero(r, neg, 0);
    if (left > 0 && (ascii_is_digit(*p) || *p == '.')) {
        return parse_finite(r, p, end, e);
    }
    if ((left == 3 && strncasecmp(p, "inf", 3) == 0) ||
        (left == 8 && strncasecmp(p, "infinity", 8) == 0)) {
        r->kind = KIND_INF;
        return true;
    }
    if (left >= 3 && strncasecmp(p, "nan", 3) == 0) {
        r->kind = KIND_QNAN;
        return parse_nan(r, p + 3, end, e);
    }
    if (left >= 4 && strncasecmp(p, "snan", 4) == 0) {
        r->kind = KIND_SNAN;
        return parse_nan(r, p + 4, end, e);
    }
    return false;
}
