/* UTF-16 and UTF-32, both byte orders.  A machine of little endian order is assumed for the byte
 * order mark and for runs of plain characters. */
#include "core/base/ascii.h"
#include "core/object/codec.h"
#include "core/object/str_internal.h"

static uint32_t get_unit(const uint8_t *p, int size, bool big)
{
    uint32_t c = 0;
    for (int i = 0; i < size; i++) {
        c = c << 8 | p[big ? i : size - 1 - i];
    }
    return c;
}

static void put_unit(uint8_t *p, uint32_t c, int size, bool big)
{
    for (int i = 0; i < size; i++) {
        p[big ? size - 1 - i : i] = (uint8_t)(c >> 8 * i);
    }
}

/* Skips a byte order mark when the order is open; returns the bytes skipped. */
static size_t read_mark(const uint8_t *p, size_t n, int size, int *order)
{
    if (*order != 0 || n < (size_t)size) {
        return 0;
    }
    if (get_unit(p, size, false) == 0xfeff) {
        *order = -1;
        return (size_t)size;
    }
    if (get_unit(p, size, true) == 0xfeff) {
        *order = 1;
        return (size_t)size;
    }
    return 0;
}

/* One UTF-16 character at i.  Returns its bytes, 0: *reason tells why not, *end where the bad part
 * ends. */
static size_t utf16_step(const DecodeErrors *d, size_t i, bool big, uint32_t *c,
                         const char **reason, size_t *end)
{
    size_t left = d->n - i;
    *end = d->n;
    if (left < 2) {
        *reason = "truncated data";
        return 0;
    }
    *c = get_unit(d->p + i, 2, big);
    if (!char_is_surrogate(*c)) {
        return 2;
    }
    if (*c >= 0xdc00) {
        *reason = "illegal encoding";
        *end = i + 2;
        return 0;
    }
    if (left < 4) {
        *reason = "unexpected end of data";
        return 0;
    }
    uint32_t low = get_unit(d->p + i + 2, 2, big);
    if (low < 0xdc00 || low > 0xdfff) {
        *reason = "illegal UTF-16 surrogate";
        *end = i + 2;
        return 0;
    }
    *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
    return 4;
}

static size_t utf32_step(const DecodeErrors *d, size_t i, bool big, uint32_t *c,
                         const char **reason, size_t *end)
{
    *end = d->n;
    if (d->n - i < 4) {
        *reason = "truncated data";
        return 0;
    }
    *c = get_unit(d->p + i, 4, big);
    *end = i + 4;
    if (char_is_surrogate(*c)) {
        *reason = "code point in surrogate code point range(0xd800, 0xe000)";
        return 0;
    }
    if (*c > 0x10ffff) {
        *reason = "code point not in range(0x110000)";
        return 0;
    }
    return 4;
}

/* How many of the n units at p, from i on, come before the next that is no character: a surrogate,
 * or a number above 0x10ffff. */
static size_t plain_units(int kind, const void *p, size_t i, size_t n)
{
    const size_t from = i;
    if (kind == 1) {
        return n - i;
    }
    for (; kind == 2 && n - i >= 8; i += 8) {
        typedef uint16_t Lanes __attribute__((vector_size(16)));
        Lanes eight;
        memcpy(&eight, (const uint16_t *)p + i, sizeof eight);
        eight = (Lanes)((eight & 0xf800) == 0xd800);
        if (any_of_16(&eight)) {
            break;
        }
    }
    for (; kind == 4 && n - i >= 4; i += 4) {
        typedef uint32_t Lanes __attribute__((vector_size(16)));
        Lanes four;
        memcpy(&four, (const uint32_t *)p + i, sizeof four);
        four = (Lanes)((four & 0xfffff800) == 0xd800) | (Lanes)(four > 0x10ffff);
        if (any_of_16(&four)) {
            break;
        }
    }
    for (; i < n; i++) {
        uint32_t c = chars_get(kind, p, i);
        if (char_is_surrogate(c) || c > 0x10ffff) {
            break;
        }
    }
    return i - from;
}

/* Appends the characters of one unit each that come next, up to a bufferful; how many they are. */
static size_t decode_plain(StrBuilder *out, const uint8_t *p, size_t n, int size, bool big)
{
    enum { AT_ONCE = 128 };
    uint32_t units[AT_ONCE];
    const size_t count = n / (size_t)size < AT_ONCE ? n / (size_t)size : AT_ONCE;
    size_t plain = 0;
    for (; plain < count; plain++) {
        uint32_t c = chars_get(size, p, plain);
        if (big) {
            c = size == 2 ? __builtin_bswap16((uint16_t)c) : __builtin_bswap32(c);
        }
        if (char_is_surrogate(c) || c > 0x10ffff) {
            break;
        }
        chars_put(size, units, plain, c);
    }
    return plain > 0 && sb_kind(out, size, units, plain) ? plain : 0;
}

static Value decode_units(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order,
                          size_t *consumed, int size)
{
    size_t i = read_mark(p, n, size, order);
    bool big = *order > 0;
    const size_t units = (n - i) / (size_t)size;
    if (!big && (n - i) % (size_t)size == 0 && (uintptr_t)(p + i) % (size_t)size == 0 &&
        plain_units(size, p + i, 0, units) == units) {
        if (consumed) {
            *consumed = n;
        }
        return str_from_kind(t, size, p + i, units);
    }
    const char *labels[2][2] = {{"utf-16-le", "utf-16-be"}, {"utf-32-le", "utf-32-be"}};
    DecodeErrors d = {.t = t, .encoding = labels[size == 4][big], .errors = errors, .p = p, .n = n};
    StrBuilder out;
    sb_init(&out, t);
    while (i < d.n && !out.failed) {
        uint32_t c = 0;
        const char *reason = NULL;
        size_t end;
        size_t plain = decode_plain(&out, d.p + i, d.n - i, size, big);
        if (plain) {
            i += plain * (size_t)size;
            continue;
        }
        size_t step = size == 2 ? utf16_step(&d, i, big, &c, &reason, &end)
                                : utf32_step(&d, i, big, &c, &reason, &end);
        if (step) {
            sb_char(&out, c);
            i += step;
            continue;
        }
        bool incomplete = reason[0] == 't' || reason[0] == 'u';
        if (incomplete && consumed) {
            break;
        }
        if (!decode_error(&d, reason, i, end, &out, &i)) {
            return 0;
        }
    }
    if (consumed) {
        *consumed = i;
    }
    return sb_finish(&out);
}

Value utf16_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order,
                   size_t *consumed)
{
    return decode_units(t, p, n, errors, order, consumed, 2);
}

Value utf32_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order,
                   size_t *consumed)
{
    return decode_units(t, p, n, errors, order, consumed, 4);
}

static bool append_char(ByteBuilder *b, uint32_t c, int size, bool big)
{
    uint8_t *p = (uint8_t *)bb_reserve(b, 4);
    if (!p) {
        return false;
    }
    if (size == 2 && c > 0xffff) {
        put_unit(p, 0xd800 + ((c - 0x10000) >> 10), 2, big);
        put_unit(p + 2, 0xdc00 + (c & 0x3ff), 2, big);
        b->len += 4;
    } else {
        put_unit(p, c, size, big);
        b->len += (size_t)size;
    }
    return true;
}

/* The n characters from i on, each of which is one unit. */
static void append_plain(ByteBuilder *b, const Str *s, size_t i, size_t n, int size, bool big)
{
    char *out = bb_reserve(b, n * (size_t)size);
    if (!out) {
        return;
    }
    chars_copy(size, out, 0, s->kind, s->data, i, n);
    for (size_t k = 0; big && k < n; k++) {
        uint32_t c = chars_get(size, out, k);
        chars_put(size, out, k, size == 2 ? __builtin_bswap16((uint16_t)c) : __builtin_bswap32(c));
    }
    b->len += n * (size_t)size;
}

/* s, each of whose characters is one unit, in the machine's order. */
static Value encode_plain(Thread *t, const Str *s, bool mark, int size)
{
    Value r = bytes_new_unset(t, (s->len + mark) * (size_t)size);
    if (r) {
        char *out = value_bytes(r)->data;
        if (mark) {
            put_unit((uint8_t *)out, 0xfeff, size, false);
        }
        chars_copy(size, out, mark, s->kind, s->data, 0, s->len);
    }
    return r;
}

static Value encode_units(Thread *t, Value v, const char *errors, int order, int size)
{
    Str *s = value_str(v);
    bool big = order > 0;
    size_t plain = s->kind <= size ? plain_units(s->kind, s->data, 0, s->len) : 0;
    if (plain == s->len && !big) {
        return encode_plain(t, s, order == 0, size);
    }
    const char *labels[2][3] = {{"utf-16-le", "utf-16", "utf-16-be"},
                                {"utf-32-le", "utf-32", "utf-32-be"}};
    const char *encoding = labels[size == 4][order + 1], *reason = "surrogates not allowed";
    EncodeErrors e = {.t = t, .encoding = encoding, .errors = errors, .object = v};
    ByteBuilder b;
    bb_init(&b, t);
    bb_reserve(&b, s->len * (size_t)size + 4);
    if (order == 0) {
        append_char(&b, 0xfeff, size, false);
    }
    for (size_t i = 0; i < s->len && !b.failed;) {
        plain = s->kind <= size ? plain_units(s->kind, s->data, i, s->len) : 0;
        if (plain) {
            append_plain(&b, s, i, plain, size, big);
            i += plain;
            continue;
        }
        uint32_t c = str_get(s, i);
        if (!char_is_surrogate(c)) {
            append_char(&b, c, size, big);
            i++;
            continue;
        }
        size_t start = i, end = i + 1;
        while (end < s->len && char_is_surrogate(str_get(s, end))) {
            end++;
        }
        Value r;
        if (!encode_error(&e, reason, start, end, &r, &i)) {
            return 0;
        }
        if (r && value_is_bytes(r)) {
            if (value_bytes(r)->len % (size_t)size) {
                return raise_unicode_encode(t, encoding, v, start, end, reason);
            }
            bb_bytes(&b, value_bytes(r)->data, value_bytes(r)->len);
        } else if (r) {
            if (!value_str(r)->ascii) {
                return raise_unicode_encode(t, encoding, v, start, end, reason);
            }
            for (size_t k = 0; k < str_len(r); k++) {
                append_char(&b, str_get(value_str(r), k), size, big);
            }
        }
    }
    return bb_finish(&b);
}

Value utf16_encode(Thread *t, Value s, const char *errors, int order)
{
    return encode_units(t, s, errors, order, 2);
}
Value utf32_encode(Thread *t, Value s, const char *errors, int order)
{
    return encode_units(t, s, errors, order, 4);
}
