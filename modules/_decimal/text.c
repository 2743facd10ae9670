/* str, repr and the engineering form of numbers. */
#include <stdio.h>

#include "gc/safepoint.h"
#include "modules/_decimal/decimal.h"

static size_t put(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return n;
}

/* Where the point stands among the digits, counted from their left, and the exponent shown (0:
 * none).  The scientific form has one digit before it, the engineering one up to three. */
static int64_t point_place(const Operand *a, bool engineering, int64_t *shown)
{
    int64_t left = a->exp + a->digits;
    *shown = 0;
    if (a->exp <= 0 && left > -6) {
        return left;
    }
    int64_t place = 1;
    if (engineering) {
        int64_t exp = left - 1;
        int64_t third = ((exp % 3) + 3) % 3;
        place = third + 1;
        if (a->n == 0) {
            place = third == 0 ? 1 : third == 1 ? -1 : 0;
        }
    }
    *shown = left - place;
    return place;
}

/* digits with a point after `place` of them, zeros where there are none */
static size_t put_digits(char *to, const char *digits, int64_t n, int64_t place)
{
    char *p = to;
    if (place <= 0) {
        p += put(p, "0.");
        memset(p, '0', (size_t)-place);
        p += -place;
        memcpy(p, digits, (size_t)n);
        return (size_t)(p + n - to);
    }
    int64_t whole = place < n ? place : n;
    memcpy(p, digits, (size_t)whole);
    p += whole;
    memset(p, '0', (size_t)(place - whole));
    p += place - whole;
    if (n > place) {
        *p++ = '.';
        memcpy(p, digits + place, (size_t)(n - place));
        p += n - place;
    }
    return (size_t)(p - to);
}

static bool put_finite(char *to, const Operand *a, bool engineering, bool capitals, size_t *len)
{
    char small[TEXT_SMALL];
    char *digits = a->digits <= TEXT_SMALL ? small : mem_alloc((size_t)a->digits);
    if (!digits || !limbs_to_text(a->p, a->n, digits, a->digits)) {
        if (digits != small) {
            mem_free(digits);
        }
        return false;
    }
    int64_t exp, place = point_place(a, engineering, &exp);
    char *p = to + put_digits(to, digits, a->digits, place);
    if (exp != 0) {
        p += sprintf(p, "%c%+lld", capitals ? 'E' : 'e', (long long)exp);
    }
    *len = (size_t)(p - to);
    if (digits != small) {
        mem_free(digits);
    }
    return true;
}

char *operand_text(Thread *t, const Operand *a, bool engineering, bool capitals, char *small,
                   size_t *len)
{
    size_t most = (size_t)a->digits + 40;
    char *text = most <= TEXT_SMALL ? small : mem_alloc(most);
    if (!text) {
        raise_memory(t);
        return NULL;
    }
    char *p = text;
    size_t n = 0;
    bool ok = true;
    if (a->neg) {
        *p++ = '-';
    }
    if (a->kind == KIND_INF) {
        p += put(p, "Infinity");
    } else if (a->kind == KIND_FINITE) {
        PARKED_IF(t, a->digits > PARK_DIGITS, ok = put_finite(p, a, engineering, capitals, &n));
    } else {
        p += put(p, a->kind == KIND_SNAN ? "sNaN" : "NaN");
        if (a->n) {
            ok = limbs_to_text(a->p, a->n, p, a->digits);
            n = (size_t)a->digits;
        }
    }
    *len = (size_t)(p - text) + n;
    if (!ok) {
        if (text != small) {
            mem_free(text);
        }
        raise_memory(t);
        return NULL;
    }
    return text;
}

Value decimal_text(Thread *t, const Operand *a, bool engineering, bool capitals)
{
    char small[TEXT_SMALL];
    size_t n;
    char *text = operand_text(t, a, engineering, capitals, small, &n);
    Value v = text ? str_from_ascii(t, text, n) : 0;
    if (text != small) {
        mem_free(text);
    }
    return v;
}

Value decimal_str(Thread *t, Value self)
{
    DecimalContext *c = context_current(t);
    Operand a;
    operand_of_decimal(as_decimal(self), &a);
    return c ? decimal_text(t, &a, false, load_relaxed(&c->capitals)) : 0;
}

Value decimal_repr(Thread *t, Value self)
{
    Value text = decimal_str(t, self);
    return text ? str_format(t, "Decimal('%U')", text) : 0;
}
