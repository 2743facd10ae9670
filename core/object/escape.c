/* escape.h. */
#include "core/object/escape.h"

#include "core/base/ascii.h"
#include "core/object/str_internal.h"

enum {
    MORE = 3,    /* these bits: how many characters more than one it becomes */
    SINGLE = 4,  /* a single quote */
    TWICE = 8,   /* a double one */
    BYTES = 16,  /* becomes three more, in bytes only */
    CONTROLS = 0x7f, LAST_CONTROL = 0xa0, SOFT_HYPHEN = 0xad,
};

static const uint8_t kinds[256] = {
    [0 ... '\b'] = 3, ['\t'] = 1, ['\n'] = 1, ['\v' ... '\f'] = 3, ['\r'] = 1, [14 ... 31] = 3,
    ['"'] = TWICE, ['\''] = SINGLE, ['\\'] = 1,
    [CONTROLS ... LAST_CONTROL] = 3, [LAST_CONTROL + 1 ... SOFT_HYPHEN - 1] = BYTES,
    [SOFT_HYPHEN] = 3, [SOFT_HYPHEN + 1 ... 255] = BYTES,
};

/* Whether all n, 16 or more, stand for themselves between single quotes. */
static bool are_plain(unsigned flags, const uint8_t *p, size_t n)
{
    typedef uint8_t Lanes __attribute__((vector_size(16)));
    const uint8_t span = flags & ESCAPE_BYTES ? 256 - CONTROLS : LAST_CONTROL + 1 - CONTROLS;
    for (size_t i = 0;; i = n - i < 2 * sizeof(Lanes) ? n - sizeof(Lanes) : i + sizeof(Lanes)) {
        Lanes x;
        memcpy(&x, p + i, sizeof x);
        x = (Lanes)(x < ' ') | (Lanes)(x == '\'') | (Lanes)(x == '\\') | (Lanes)(x == SOFT_HYPHEN) |
            (Lanes)(x - CONTROLS < span);
        if (any_of_16(&x)) {
            return false;
        }
        if (i + sizeof(Lanes) == n) {
            return true;
        }
    }
}

void escapes_find(Escapes *e, unsigned flags, const uint8_t *p, size_t n)
{
    *e = (Escapes){.flags = flags, .quote = '\'', .escaped = '\''};
    if (n >= 16 && are_plain(flags, p, n)) {
        return;
    }
    size_t more = 0, others = 0, singles = 0;
    unsigned seen = 0;
    for (size_t i = 0; i < n; i++) {
        const unsigned kind = kinds[p[i]];
        seen |= kind;
        more += kind & MORE;
    }
    for (size_t i = 0; seen & SINGLE && i < n; i++) {
        singles += p[i] == '\'';
    }
    for (size_t i = 0; seen & BYTES && flags & ESCAPE_BYTES && i < n; i++) {
        others += kinds[p[i]] == BYTES;
    }
    if ((seen & (SINGLE | TWICE)) == SINGLE) {
        e->quote = '"';
        e->escaped = flags & ESCAPE_SINGLE ? '\'' : '"';
    }
    e->wide = seen & BYTES && !(flags & ESCAPE_BYTES);
    e->more = more + 3 * others + (e->escaped == '\'' ? singles : 0);
}

char *escapes_write(const Escapes *e, char *to, const uint8_t *p, size_t n)
{
    if (e->more == 0) {
        copy_piece(to, (const char *)p, n);
        return to + n;
    }
    const uint8_t escaped = (uint8_t)e->escaped;
    const unsigned in_bytes = e->flags & ESCAPE_BYTES ? BYTES : 0;
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = p[i];
        const unsigned kind = kinds[c] & (MORE | in_bytes);
        if (LIKELY(kind == 0 && c != escaped)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        if (kind <= 1) {
            *to++ = c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : (char)c;
            continue;
        }
        *to++ = 'x';
        *to++ = "0123456789abcdef"[c >> 4];
        *to++ = "0123456789abcdef"[c & 15];
    }
    return to;
}
