/* Unicode text to ASCII for the parsers of numbers. */
#include "core/object/number_text.h"

#include "core/base/memory.h"
#include "core/object/unicode.h"

/* First digit of each run of ten decimal digits (general category Nd) of Unicode 14. */
static const uint32_t digit_zeros[] = {
    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,   0xbe6,   0xc66,
    0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,  0x1090,  0x17e0,  0x1810,
    0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,  0x1c40,  0x1c50,  0xa620,  0xa8d0,
    0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,  0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0,
    0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec,
    0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
};

int unicode_decimal_value(uint32_t c)
{
    if (c < 128) {
        return c >= '0' && c <= '9' ? (int)(c - '0') : -1;
    }
    size_t lo = 0, hi = ARRAY_SIZE(digit_zeros);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (digit_zeros[mid] <= c) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo > 0 && c - digit_zeros[lo - 1] < 10 ? (int)(c - digit_zeros[lo - 1]) : -1;
}

void number_text_ascii(Value v, char *out)
{
    const Str *s = value_str(v);
    out[s->len] = 0;
    const char *ascii = s->ascii ? s->data : "";
    size_t i = 0;
    for (; i < s->len && ascii[i]; i++) { /* most texts are short */
        out[i] = ascii[i];
    }
    for (; i < s->len; i++) {
        uint32_t c = str_get(s, i);
        if (c >= 128) {
            int digit = unicode_decimal_value(c);
            c = unicode_is_space(c) ? ' ' : digit < 0 ? '?' : (uint32_t)('0' + digit);
        }
        out[i] = c ? (char)c : '?';
    }
}

static bool text_reserve(Thread *t, NumberText *x, size_t n)
{
    x->n = n;
    x->p = n < sizeof x->small ? x->small : mem_alloc(n + 1);
    if (!x->p) {
        raise_memory(t);
        return false;
    }
    return true;
}

bool number_text_init(Thread *t, NumberText *x, Value str)
{
    if (!text_reserve(t, x, str_len(str))) {
        return false;
    }
    number_text_ascii(str, x->p);
    return true;
}

bool number_text_init_bytes(Thread *t, NumberText *x, const char *p, size_t n)
{
    if (!text_reserve(t, x, n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        x->p[i] = p[i] > 0 ? p[i] : '?';
    }
    x->p[n] = 0;
    return true;
}

void number_text_free(NumberText *x)
{
    if (x->p != x->small) {
        mem_free(x->p);
    }
}
